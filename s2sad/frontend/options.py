"""Which options a call of a function of NumPy gives, by name or by place."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import numpy as np

from s2sad.frontend.infer import type_of
from s2sad.frontend.values import Value, atoms
from s2sad.ir.nodes import Lit
from s2sad.ir.types import is_complex
from s2sad.rules.notation import Primitive
from s2sad.rules.table import definition, is_defined, of_complex


def stated_by(f: Any, args: list[Value], kwargs: dict[str, Value]) -> Primitive | None:
    """What states a function of NumPy in terms of others, as it is called here."""
    found = of_complex(f) if gives_complex(args, kwargs) else None
    if found is None and is_defined(f):
        found = definition(f, given_options(f, args, kwargs))
    return found


def gives_complex(args: list[Value], kwargs: dict[str, Value]) -> bool:
    """Whether an argument is complex."""
    return any(is_complex(type_of(a)) for v in (*args, *kwargs.values()) for a in atoms(v))


def given_options(f: Any, args: list[Value], kwargs: dict[str, Value]) -> set[str]:
    """The options of a call of NumPy that are not left at what they are anyway."""
    known = defaults_of(f)
    given = dict(zip(positions_of(f), args, strict=False)) | kwargs
    return {k for k, v in given.items() if not _is_left(v, known.get(k, True))}


def _is_left(v: Value, default: Any) -> bool:
    """Whether an option is given as what it is anyway: None always says nothing."""
    return isinstance(v, Lit) and (v.value is None or v.value is default)


@functools.cache
def defaults_of(f: Any) -> dict[str, Any]:
    """The parameters of a function with their defaults; True where these are not told."""
    try:
        found = inspect.signature(f).parameters
    except (ValueError, TypeError):
        return {}
    hidden = (inspect.Parameter.empty, np._NoValue)
    told = {k: p.default for k, p in found.items()}
    return {k: True if any(d is h for h in hidden) else d for k, d in told.items()}


@functools.cache
def positions_of(f: Any) -> tuple[str, ...]:
    """The parameters of a function that may be given by their place."""
    if not defaults_of(f):
        return ()
    found = inspect.signature(f).parameters.values()
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(p.name for p in found if p.kind in by_place)


def has_out(f: Any, args: list[Value], kwargs: dict[str, Value]) -> bool:
    """Whether a call of a NumPy function names the array for its result."""
    if isinstance(f, np.ufunc) and len(args) > f.nin:
        return True
    given = kwargs.get("out")
    module = getattr(f, "__module__", "") or ""
    numpy = module.partition(".")[0] == "numpy" or module.startswith("s2sad.rules")
    return (
        given is not None
        and not (isinstance(given, Lit) and given.value is None)
        and (numpy or isinstance(f, np.ufunc))
    )


@functools.cache
def out_place(f: Any) -> int | None:
    """The position of `out` among the parameters of a function of NumPy."""
    if (getattr(f, "__module__", "") or "").partition(".")[0] != "numpy":
        return None
    names = positions_of(f)
    return names.index("out") if "out" in names else None

"""The notation of a rule: ordinary Python functions, callable in a test, inlined as source.

A rule knows nothing of the IR.  Its bodies (`primal`, `tangent`, `adjoint`, the partials of an
elementwise rule) are read with gast and interpreted by the frontend like the user's own code.
`shape` and `dtype` run as they are, while types are inferred.
"""

from __future__ import annotations

import inspect
import linecache
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

import numpy as np

from s2sad.rules.naming import qualified_name
from s2sad.rules.primitive import Primitive, Template

__all__ = [
    "AT_COMPILE_TIME", "DEFINITIONS", "OF_COMPLEX", "RULES", "Primitive", "Template",
    "at_compile_time", "data", "defined", "elementwise", "qualified_name", "real_only", "rule",
    "spelled",
    "table_of", "variadic",
]  # fmt: skip

F = TypeVar("F", bound=Callable[..., Any])


RULES: dict[Any, Primitive] = {}
"""Every function with a rule, by identity of the function."""

DEFINITIONS: dict[Any, Primitive] = {}
"""Every function that is stated in terms of others: walked where it is called."""

AT_COMPILE_TIME: set[Any] = set()
"""Functions of strings, numbers and tuples that are known while the program is compiled."""


def at_compile_time(function: F) -> F:
    """A function of what is known at compile time that rules call: run, and not walked."""
    AT_COMPILE_TIME.add(function)
    return function


OF_COMPLEX: dict[Any, Primitive] = {}
"""Likewise, where an argument is complex and the function is not analytic."""


def table_of(p: Primitive) -> dict[Any, Primitive]:
    """The table to which a primitive belongs."""
    if p.kind != "defined":
        return RULES
    return OF_COMPLEX if p.when == ("complex",) else DEFINITIONS


def _declare(p: Primitive) -> Primitive:
    table = table_of(p)
    if p.of in table:
        raise ValueError(f"{p.name} has a rule already")
    table[p.of] = p
    return p


def _operands(of: Any) -> int:
    """How many operands a ufunc, or a function of `math`, takes."""
    return of.nin if hasattr(of, "nin") else len(inspect.signature(of).parameters)


def elementwise(
    of: Any,
    partials: Callable[..., Any],
    on: Mapping[str, Any] | None = None,
    doc: str = "",
    unknown: Mapping[str, str] | None = None,
    *,
    analytic: bool = True,
    poles: bool = False,
) -> Primitive:
    """A ufunc: for each operand the partial times `d`, where `d` is x_dot forward and ans_bar back.

    The lambda's parameters are what it reads: `d`, `ans`, and the operands (`x`, or `x1, x2`,
    or the names of a longer operand list).  It returns one expression per operand, None for one
    that `unknown` names.
    """
    t = Template(partials)
    count = _operands(of)
    args = ("x",) if count == 1 else tuple(f"x{i + 1}" for i in range(count))
    others = set(t.params) - {"d", "ans", *args}
    if others:
        raise TypeError(f"the rule of {of.__name__} reads unknown names {sorted(others)}")
    p = Primitive(
        of, qualified_name(of), kind="elementwise", params=args, wrt=args,
        partials=t, on=on, doc=doc, signature=",".join(["()"] * count) + "->()",
    )  # fmt: skip
    p.unknown = dict(unknown or {})
    p.analytic, p.poles = analytic, poles
    return _declare(p)


_BODIES = ("primal", "tangent", "adjoint")


def rule(
    of: Any,
    signature: str | None = None,
    *,
    linear: str = "",
    multilinear: str = "",
    sequences: str = "",
    wrt: str | None = None,
    view: bool = False,
    pure: bool = True,
    on: Mapping[str, Any] | None = None,
    elementwise: bool = False,
    analytic: bool = True,
    results: int = 1,
    returns: type = tuple,
    unknown: Mapping[str, str] | None = None,
    phases: bool = False,
) -> Callable[[type], Primitive]:
    """A class whose members `primal`, `shape`, `dtype`, `tangent`, `adjoint` state the rule.

    `wrt` defaults to the parameters p for which `adjoint` returns `p_bar`, in that order.
    `elementwise=True`: operands of `wrt` broadcast against each other (the engine sums their
    cotangents); without it the rule itself returns cotangents of the operands' own shapes.
    """

    def declare(cls: type) -> Primitive:
        m = {k: v for k, v in vars(cls).items() if inspect.isfunction(v)}
        t: dict[str, Any] = {k: Template(m[k]) for k in _BODIES if k in m}
        params = inspect.signature(m["primal"]).parameters
        defaults = {k: p.default for k, p in params.items() if p.default is not p.empty}
        names = tuple(params)
        active = _checked(cls, t, names, _returned(t) if wrt is None else tuple(wrt.split()))
        kind = "elementwise" if elementwise else "structured" if active else "data"
        p = Primitive(
            of, qualified_name(of), kind=kind, params=names, wrt=active, defaults=defaults,
            doc=inspect.cleandoc(cls.__doc__ or ""), linear=tuple(linear.split()),
            multilinear=tuple(multilinear.split()), sequences=tuple(sequences.split()),
            shape=m.get("shape"), dtype=m.get("dtype"), view=view, pure=pure, on=on,
            signature=signature, **t,
        )  # fmt: skip
        p.analytic, p.results, p.returns = analytic, results, returns
        p.unknown, p.phases = dict(unknown or {}), phases
        return _declare(p)

    return declare


def _checked(
    cls: type, templates: Mapping[str, Template], names: tuple[str, ...], active: tuple[str, ...]
) -> tuple[str, ...]:
    """The active parameters; raises where a function of a rule reads what there is not."""
    known = {*names, "ans", "ans_bar", "ans_dot"}
    known |= {a + s for a in active for s in ("_dot", "_bar")}
    for k, template in templates.items():
        if set(template.params) - known:
            raise TypeError(f"{cls.__name__}.{k} reads {set(template.params) - known}")
    return active


def defined(
    of: Any,
    wrt: str | None = None,
    *,
    when: str = "",
    on: Mapping[str, Any] | None = None,
    analytic: bool = True,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A function of NumPy stated in terms of others that have rules: a Python function.

    The compiler walks it where it is called, like a function of the user's, so it states exactly
    what NumPy does, its errors too, and needs neither sizes nor dtypes nor derivatives.  The first
    line of its docstring is the name of the function.  Where it calls the function itself, that
    stands for the rule of it.

    wrt: the parameters that carry derivatives; the first one if nothing is said.
    when: it holds only where one of these options is given, and there is a rule for the others;
        with "complex", where an argument is complex.
    on: where `check_rule` draws arguments from, by name (see `s2sad.rules.domains`).
    analytic: it holds for complex numbers too; these are refused without it.
    """

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        found = inspect.signature(function).parameters.items()
        params = {n: q for n, q in found if q.kind is not q.VAR_KEYWORD}
        p = Primitive(
            of, qualified_name(of), kind="defined", params=tuple(params),
            wrt=tuple(params)[:1] if wrt is None else tuple(wrt.split()),
            defaults={k: q.default for k, q in params.items() if q.default is not q.empty},
            doc=inspect.cleandoc(function.__doc__ or ""), primal=Template(function), on=on,
        )  # fmt: skip
        p.when, p.analytic = tuple(when.split()), analytic
        _declare(p)
        return function

    return declare


@cache
def variadic(p: Primitive) -> str | None:
    """The parameter that takes any number of operands one by one."""
    if p.primal is None:
        return None
    parameters = inspect.signature(p.primal.function).parameters.values()
    return next((q.name for q in parameters if q.kind is q.VAR_POSITIONAL), None)


def _returned(templates: Mapping[str, Template]) -> tuple[str, ...]:
    """The parameters whose cotangents the adjoint returns, from its last line.

    Read as text: parsing every rule when the package is imported would double the time that takes.
    """
    adjoint = templates.get("adjoint")
    if adjoint is None:
        return ()
    code = adjoint.function.__code__
    last = max(line for _, _, line in code.co_lines() if line is not None)
    found = re.fullmatch(r"\s*return ([\w, ]+)\n", linecache.getline(code.co_filename, last))
    if found is None:
        raise SyntaxError(f"{code.co_filename}:{last}: end an adjoint with `return a_bar, b_bar`")
    return tuple(name.strip().removesuffix("_bar") for name in found[1].split(","))


def data(*functions: Any, dtype: Any = None, on: Mapping[str, Any] | None = None) -> None:
    """Elementwise functions without a derivative: comparisons, floor, integer work."""
    for of in functions:
        count = _operands(of)
        args = ("x",) if count == 1 else tuple(f"x{i + 1}" for i in range(count))
        d = None if dtype is None else (lambda dtype=dtype, **_: np.dtype(dtype))
        _declare(Primitive(of, qualified_name(of), kind="data", params=args, dtype=d, on=on,
                           signature=",".join(["()"] * count) + "->()"))  # fmt: skip


def spelled(of: Any, as_: Any) -> Primitive:
    """Another spelling of a function that has a rule: `operator.add` of `np.add`, `math.exp`."""
    p = RULES[as_]
    made = _declare(
        Primitive(
            of, qualified_name(of), kind=p.kind, params=p.params, wrt=p.wrt,
            defaults=p.defaults, doc=p.doc, linear=p.linear, multilinear=p.multilinear,
            sequences=p.sequences, primal=p.primal, partials=p.partials, tangent=p.tangent,
            adjoint=p.adjoint, shape=p.shape, dtype=p.dtype, view=p.view, pure=p.pure, on=p.on,
            signature=p.signature, rule=p.rule,
        )
    )  # fmt: skip
    made.analytic, made.poles = p.analytic, p.poles
    made.results, made.returns, made.phases = p.results, p.returns, p.phases
    return made


def real_only(*functions: Any) -> None:
    """These functions take complex numbers, for which their rules do not hold: refused then."""
    for of in functions:
        RULES[of].analytic = False

"""The dtypes of results, by asking NumPy with samples as small as they can be."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.ir.types import Number
from s2sad.rules.notation import Primitive

KNOWN: dict[object, Any] = {}
"""What NumPy has said so far."""

COMPARISONS = frozenset(
    {np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal}
)


def result_dtype(p: Primitive, types: list[Any]) -> tuple[Any, bool]:
    """The dtype of an elementwise result, and whether it is a Python number."""
    key = (p.of, *((t.dtype, getattr(t, "weak", False)) for t in types))
    if key not in KNOWN:
        KNOWN[key] = _ask_dtype(p, types)
    found: tuple[Any, bool] = KNOWN[key]
    return found


def _ask_dtype(p: Primitive, types: list[Any]) -> tuple[Any, bool]:
    if p.rule.of in COMPARISONS:
        return np.dtype(bool), all(getattr(t, "weak", False) for t in types)
    if any(t.dtype is None for t in types):
        return None, False
    weak = all(isinstance(t, Number) and t.weak for t in types)
    if getattr(p.of, "__module__", "") == "math" or (weak and is_operator(p)):
        values = [sample(t) for t in types]
        result = attempt(p.of, values)
        if result is None:
            return np.dtype("f8"), True
        return np.asarray(result).dtype, isinstance(result, bool | int | float | complex)
    if p.dtype is not None:
        named = {n: t.dtype for n, t in zip(p.params, types, strict=False)}
        return np.dtype(p.dtype(**named)), False
    left_out = sum(n not in p.defaults for n in p.params) - len(types)  # None, as bounds may be
    return probe(p, [sample(t) for t in types] + [None] * left_out), False


def is_operator(p: Primitive) -> bool:
    """Whether numbers of Python stay such."""
    return getattr(p.of, "__module__", "") in ("_operator", "builtins")


def sample(t: Any) -> Any:
    """A value of this type, as small as it can be: what NumPy is asked with."""
    if isinstance(t, Number):
        one = t.dtype.type(1)
        return one.item() if t.weak else one
    rank = 1 if t.dims is None else len(t.dims)
    return np.ones((1,) * rank, t.dtype)


def attempt(f: Callable[..., Any], values: list[Any]) -> Any:
    """f(*values), or None where the sample is outside the domain of `f`."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return f(*values)
    except (TypeError, ValueError, ArithmeticError, LookupError):
        return None


def probe(p: Primitive, values: list[Any]) -> Any:
    """The dtype of `p(*values)`, None where the samples are outside its domain."""
    f = p.primal.function if p.primal is not None else p.of
    result = attempt(f, values)
    return None if result is None else np.asarray(result).dtype

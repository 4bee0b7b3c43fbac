"""Python's conversions: int, bool, str, repr, float and round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.frontend.prims import template
from s2sad.frontend.raising import as_users
from s2sad.frontend.values import Value
from s2sad.ir.nodes import Lit, Var
from s2sad.ir.types import FLOAT, INT, OPAQUE, UNKNOWN, Array, Number
from s2sad.rules.notation import RULES

Handler = Callable[..., Value]


def converted(cls: Any, result: Any) -> Handler:
    """int, bool, str, repr, round: the result is data."""

    def handle(s: Any, a: list[Value], k: Any, n: Any) -> Value:
        if all(isinstance(x, Lit) for x in a):
            with as_users(ValueError, TypeError, OverflowError):
                return Lit(cls(*(x.value for x in a)))
        texts, operands = s.rendered(a)
        t = result
        if cls is int and isinstance(a[0], Var) and isinstance(a[0].type, Number):
            t = Number(INT.dtype, True, a[0].type.size)
        p = template(f"{cls.__name__}({', '.join(texts)})", len(operands), t, pure=True)
        if t is OPAQUE:
            p.callee = Lit(cls)
        return s.b.let(p, tuple(operands))

    return handle


def to_float(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    """float(x)"""
    if not a or (isinstance(a[0], Lit) and not isinstance(a[0].value, np.ndarray)):
        with as_users(ValueError, TypeError, OverflowError):
            return Lit(float(*(x.value for x in a)))
    return s.b.let(RULES[float], (s.operand(a[0], n),))


def rounded(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    """round(number, ndigits): the result is data."""
    a = [*a, *(k[x] for x in ("number", "ndigits")[len(a) :] if x in k)]
    if len(a) == 2 and isinstance(a[1], Lit) and a[1].value is None:
        a = a[:1]
    if isinstance(a[0], Var) and isinstance(a[0].type, Array) and a[0].type.dims is not None:
        return s.call(Lit(np.round), a, {}, n)
    if isinstance(a[0], Var) and isinstance(a[0].type, Array):
        return converted(round, UNKNOWN)(s, a, {}, n)
    kept = a[0].type if isinstance(a[0], Var) else FLOAT  # round(x, 1) of a float32 is one
    return converted(round, INT if len(a) == 1 else kept)(s, a, {}, n)

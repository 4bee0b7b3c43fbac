"""np.cross: of how many components its vectors are decides which product it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.frontend.infer import type_of
from s2sad.frontend.values import Value
from s2sad.frontend.zero import ZERO
from s2sad.ir.nodes import Lit
from s2sad.rules import vectors
from s2sad.rules.table import lookup

NAMES = ("a", "b", "axisa", "axisb", "axisc", "axis")


def cross(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    """np.cross of arrays whose vectors are of a known size, or else of three components."""
    named = {**dict(zip(NAMES, a, strict=False)), **k}
    if set(named) - set(NAMES) or not {"a", "b"} <= set(named):
        raise TypeError(f"cross() takes {', '.join(NAMES)}")
    operands = [s.current(s.array_operand(named[x], n)) for x in ("a", "b")]
    if any(x is ZERO for x in operands):
        return ZERO
    given = [s.static(named[x], x, n) if x in named else None for x in NAMES[2:]]
    axes = [-1 if x is None else x for x in given[:3]] if given[3] is None else [given[3]] * 3
    dims: Any = [getattr(s.b.canonical(type_of(x)), "dims", None) for x in operands]
    if any(d is None for d in dims):
        raise s.refuse("np.cross of arrays of unknown rank", "write out its components", n)
    sizes = [d[axis] for d, axis in zip(dims, axes, strict=False)]
    if any(d == 2 for d in sizes) and all(isinstance(d, int) for d in sizes):
        found: Value = s.call_library(vectors.planar, [*operands, *map(Lit, axes)], {}, n)
        return found
    for x, size, axis in zip(operands, sizes, axes, strict=False):
        if size != 3:
            s.call_library(check_three, [x, Lit(axis)], {}, n)
            s.b.unify(size, 3)
    rest = [Lit(-1 if x is None else x) for x in given[:3]]
    made: Value = s.b.let(lookup(np.cross), (*operands, *rest, Lit(given[3])))
    return made


def check_three(a: Any, axis: int) -> None:
    """Raises where vectors have two components, which makes a result of another rank."""
    if a.shape[axis] != 3:
        raise ValueError(
            "s2sad: np.cross takes vectors of three components; write the product of two as"
            " x[..., 0] * y[..., 1] - x[..., 1] * y[..., 0]"
        )

"""Linear algebra that Numba hands to LAPACK, for single matrices in memory."""

from __future__ import annotations

import numpy as np

from s2sad.ir.nodes import Let
from s2sad.ir.types import Number
from s2sad.loops.elementwise import result_dtype
from s2sad.loops.lower import Lowering
from s2sad.loops.nodes import Index, Line, Name
from s2sad.loops.values import Elements, Unlowered, in_memory, named


def _square(low: Lowering, let: Let) -> Elements:
    """The first operand, which must be one square matrix of double precision."""
    a = low.array(let.args[0])
    if len(a.extents) != 2 or a.dtype != np.dtype("f8"):
        raise Unlowered(f"{let.primitive.name} of stacked matrices", let.at)
    low.same(a.extents[0], a.extents[1])
    return a


def _call(low: Lowering, let: Let, text: str, operands: list[Elements], extents: Index) -> None:
    name = low.names.of(let.target)
    args = tuple(Name(low.materialized(x)) for x in operands)
    low.out.append(Line(f"{name} = {text}", args, (name,)))
    low.values[let.target] = in_memory(name, extents, result_dtype(let))


def lower_inv(low: Lowering, let: Let) -> None:
    """`np.linalg.inv`."""
    a = _square(low, let)
    _call(low, let, "np.linalg.inv({0})", [a], a.extents)


def lower_cholesky(low: Lowering, let: Let) -> None:
    """`np.linalg.cholesky`, of the lower triangle."""
    a = _square(low, let)
    upper = dict(zip(let.primitive.params, let.args, strict=False)).get("upper")
    if upper is not None and getattr(upper, "value", None) is not False:
        raise Unlowered("np.linalg.cholesky of the upper triangle", let.at)
    _call(low, let, "np.linalg.cholesky({0})", [a], a.extents)


def lower_solve(low: Lowering, let: Let) -> None:
    """`np.linalg.solve`, of one vector or of several."""
    a, b = _square(low, let), low.array(let.args[1])
    if len(b.extents) not in (1, 2) or b.dtype != a.dtype:
        raise Unlowered("np.linalg.solve of stacked matrices", let.at)
    low.same(a.extents[0], b.extents[0])
    _call(low, let, "np.linalg.solve({0}, {1})", [a, b], b.extents)


def lower_det(low: Lowering, let: Let) -> None:
    """`np.linalg.det`: a number."""
    a = _square(low, let)
    if not isinstance(let.target.type, Number):
        raise Unlowered("np.linalg.det of stacked matrices", let.at)
    name = low.names.of(let.target)
    low.out.append(Line(f"{name} = np.linalg.det({{0}})", (Name(low.materialized(a)),), (name,)))
    low.values[let.target] = named(name, a.dtype)

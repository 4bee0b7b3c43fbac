"""Arrays of which backward reads no more than the shape: the shape is taken on the way forward.

    back: ... = np.zeros_like(h)      ->      forward: s = h.shape
                                                back: ... = np.zeros(s)

To record the shape costs a few bytes, to record the array would keep all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.frontend.prims import LENGTH, NDIM, NP_SHAPE, SHAPE, SIZE
from s2sad.ir.nodes import Block, For, If, Let, Lit, Operand, Statement, Var, While
from s2sad.ir.types import Array, Shape
from s2sad.ir.walk import operand_vars, reads, regions, statements, substitute_block, targets
from s2sad.rules.notation import RULES

OF_SHAPE = (SHAPE, NP_SHAPE, LENGTH, NDIM, SIZE)


def shapes_taken(
    b: Any, forward: list[Statement], back: Block, kept: Iterable[Var]
) -> tuple[list[Statement], Block] | None:
    """Both parts with the shapes of such arrays handed over; None where none of `kept` is such."""
    arrays = [v for v in kept if isinstance(v.type, Array)]
    only = {v for v in arrays if _shape_only(v, back)}
    if not only:
        return None
    made: dict[Any, Var] = {}
    names: dict[Var, Operand] = {}
    changed: dict[Var, Let | None] = {}
    for s in statements(back):
        v = _asked(s)
        if v is None or v not in only or not isinstance(s, Let):
            continue
        asks = s.primitive
        if asks.of is np.zeros_like:
            asks = SHAPE if v in b.defined and getattr(v.type, "dims", None) else NP_SHAPE
        if (asks, v) not in made:
            type_ = (
                Shape(getattr(v.type, "dims", None)) if asks in (SHAPE, NP_SHAPE) else s.target.type
            )
            made[asks, v] = w = b.var(type_, "", "alpha")
            b.defined[w] = taken = Let(w, asks, (v,), s.at)
            forward = _after(forward, taken)
        if asks is s.primitive:
            names[s.target], changed[s.target] = made[asks, v], None
        else:
            changed[s.target] = b.defined[s.target] = _zeros(s, made[asks, v])
    return forward, substitute_block(_rewritten(back, changed), names)


def _zeros(s: Let, shape: Var) -> Let:
    """`np.zeros` in place of `np.zeros_like`."""
    p = RULES[np.zeros]
    dtype = getattr(s.target.type, "dtype", None)
    given: dict[str, Operand] = {"shape": shape}
    if dtype is not None and dtype != np.dtype("f8"):
        given["dtype"] = Lit(dtype.type)
    return replace(
        s, primitive=p, args=tuple(given.get(n, Lit(p.defaults.get(n))) for n in p.params)
    )


def _asked(s: Statement) -> Var | None:
    """The array whose shape a statement asks for, and nothing else."""
    if not isinstance(s, Let) or not s.args or not isinstance(s.args[0], Var):
        return None
    if s.primitive in OF_SHAPE:
        return s.args[0]
    t = s.args[0].type
    plain = s.primitive.of is np.zeros_like and isinstance(t, Array) and t.dtype is not None
    given = [a.value if isinstance(a, Lit) else a for a in s.args[1:]]
    return s.args[0] if plain and given == [*s.primitive.defaults.values()] else None


def _shape_only(v: Var, back: Block) -> bool:
    for s in statements(back):
        if _asked(s) is not v and _in(v, reads(s)):
            return False
    blocks = [back, *(r for s in statements(back) for r in regions(s))]
    return not any(_in(v, block.yields) for block in blocks)


def _in(v: Var, operands: Any) -> bool:
    return any(v is x for x in operand_vars(tuple(operands)))


def _after(body: list[Statement], let: Let) -> list[Statement]:
    """The statements with one more as soon as its operand is there."""
    place = next((i + 1 for i, s in enumerate(body) if let.args[0] in targets(s)), 0)
    return [*body[:place], let, *body[place:]]


def _rewritten(block: Block, changed: Mapping[Var, Let | None]) -> Block:
    """The block with others, or none, in place of the statements that bind these."""
    body: list[Statement] = []
    for s in block.body:
        if isinstance(s, Let) and s.target in changed:
            new = changed[s.target]
            body += [] if new is None else [new]
        else:
            body.append(_inner(s, changed))
    return Block(tuple(body), block.yields)


def _inner(s: Statement, changed: Mapping[Var, Let | None]) -> Statement:
    if isinstance(s, If):
        then, orelse = (_rewritten(way, changed) for way in (s.then, s.orelse))
        return replace(s, then=then, orelse=orelse)
    if isinstance(s, For):
        return replace(s, body=_rewritten(s.body, changed))
    if isinstance(s, While):
        return replace(s, test=_rewritten(s.test, changed), body=_rewritten(s.body, changed))
    return s

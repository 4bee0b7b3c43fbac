"""What backward computes again from what is recorded, or still there, instead of recording it.

Reading a part of an array that is still there, a view, a shape and the arithmetic of numbers cost
about what writing a value to a tape and reading it back cost.  So does one sum or product of
arrays.  Longer ways than `LONGEST` are not taken.  Where one value gives several others, such as
the state of a loop all its shifted views, it is recorded in their place.
"""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from s2sad.frontend.prims import LENGTH, NDIM, NOT, SHAPE, SIZE, is_allocation
from s2sad.ir.nodes import Let, Lit, Operand, Span, Statement, Var
from s2sad.ir.types import Array, Number
from s2sad.ir.walk import operand_vars, substitute

FREE = (SHAPE, NDIM, SIZE, LENGTH)
ON_NUMBERS = frozenset(
    {operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod,
     operator.neg, operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne}
)  # fmt: skip
ON_ARRAYS = frozenset({operator.add, operator.sub, operator.mul, operator.neg})
COPIES = (np.asarray, np.ascontiguousarray, np.reshape, np.ravel)
"""Primitives that return a view only where they can."""

LONGEST = 3
"""How many operations of arithmetic may stand for one recorded number; one for an array."""

MOST = 64
"""Among more values than these, none is looked for that gives several of them."""


class Recomputed:
    """Of the values `needed`, those that are `recorded`, and how the others are made again.

    local: what the forward statements bind, and what a trip starts with; the `index` is there
    anyway.  Values that are `unsure` to be bound are not recorded for others.
    """

    def __init__(
        self,
        forward: list[Statement],
        local: Iterable[Var],
        needed: list[Var],
        index: Var | None,
        unsure: Collection[Var],
    ) -> None:
        self.local = {v for v in local if v is not index}
        self.needed = dict.fromkeys(needed)
        self.order = {s.target: s for s in forward if isinstance(s, Let)}
        self.recorded = self._least(needed)
        for v in self._sources() if len(self.recorded) <= MOST else ():
            if v in unsure or not isinstance(v.type, Number | Array):
                continue
            tried = self._least([v, *self.recorded])
            if _weight(tried) < _weight(self.recorded):
                self.recorded = tried
        again: set[Var] = set()
        for v in needed:
            again.update(self._way(v, self.recorded) or ())
        self.repeated = [s for v, s in self.order.items() if v in again]

    def _least(self, recorded: Iterable[Var]) -> list[Var]:
        """As few of the recorded values as still give those that are needed."""
        kept = dict.fromkeys(recorded)
        there = {*kept, *self.needed}
        for v in [*kept][::-1]:
            there.remove(v)
            way = self._way(v, there)
            if way is not None and _length(way.values()) <= _longest(v):
                del kept[v]
            if v in kept or v in self.needed:
                there.add(v)
        return list(kept)

    def _way(self, v: Var, there: Collection[Var]) -> dict[Var, Let] | None:
        """The statements that make `v` from values that are `there`; None if there is no way."""
        found: dict[Var, Let] = {}
        work = [v]
        while work:
            x = work.pop()
            if x in there or x in found or x not in self.local:
                continue
            s = self.order.get(x)
            if s is None or not _is_light(s):
                return None
            found[x] = s
            work += [y for a in s.args for y in operand_vars(a)]
        return found

    def _sources(self) -> list[Var]:
        """The values from which recorded ones could be made, and which no cheap operation makes."""
        seen: dict[Var, bool] = {}
        work = list(self.recorded)
        while work:
            v = work.pop()
            if v in seen or v not in self.local:
                continue
            s = self.order.get(v)
            seen[v] = s is None or not _is_light(s)
            if s is not None and not seen[v]:
                work += [x for a in s.args for x in operand_vars(a)]
        return [v for v, first in seen.items() if first and v not in self.recorded]

    def statements(self, b: Any, names: dict[Var, Var]) -> list[Statement]:
        """The repeated statements in their order, under new names (added to `names`)."""
        out: list[Statement] = []
        for s in self.repeated:
            v = s.target
            names[v] = new = b.var(v.type, v.hint, v.role)
            args = tuple(substitute(a, names) for a in s.args)
            b.defined[new] = again = Let(new, s.primitive, args, s.at)
            out.append(again)
        return out


def _is_light(s: Let) -> bool:
    p = s.primitive
    if not p.pure or is_allocation(p):
        return False
    if p in FREE or p is NOT:
        return True
    if p.of in ON_NUMBERS and isinstance(s.target.type, Number):
        return True
    if p.of in ON_ARRAYS:
        return isinstance(s.target.type, Array) and s.target.type.dtype is not None
    if p.rule.of is operator.getitem:
        return _is_basic(s.args[1])
    return p.view and p.rule.of not in COPIES


def _is_basic(index: Operand) -> bool:
    items = index if isinstance(index, tuple) else (index,)
    return all(
        isinstance(i, Lit | Span) or (isinstance(i, Var) and not isinstance(i.type, Array))
        for i in items
    )


def _length(way: Iterable[Let]) -> int:
    """How many operations of a way are more than a look at what is there."""
    return sum(s.primitive.of in ON_NUMBERS for s in way)


def _longest(v: Var) -> int:
    return LONGEST if isinstance(v.type, Number) else 1


def _weight(recorded: Collection[Var]) -> int:
    """The memory that values take, as far as the numbers of their dimensions tell."""
    ranks = (len(v.type.dims or (0,)) for v in recorded if isinstance(v.type, Array))
    memory: int = sum(8**rank for rank in ranks)
    return len(recorded) + memory

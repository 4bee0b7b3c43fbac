"""Outer products that a loop sums up, as one matrix product after it.

    beta_w = np.zeros_like(w)                   beta_a_rows = np.empty((n, len(w)))
    for t in range(n - 1, -1, -1):              for t in range(n - 1, -1, -1):
        ...                              ->         ...
        beta_w += beta_a[:, None] * x[t]            beta_a_rows[t] = beta_a
                                                beta_w = beta_a_rows.T @ x

A trip then writes one row where it went through a whole matrix twice.  What is a row of an array
already, at the index of the loop, is taken from there.  The same for the sum of a number times
such a row.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeGuard

import numpy as np

from s2sad.errors import Location
from s2sad.frontend.infer import infer
from s2sad.ir.nodes import Block, For, Let, Lit, Operand, Span, Statement, Var
from s2sad.ir.prune import prune
from s2sad.ir.types import Array, Number, Size, is_inexact
from s2sad.ir.walk import every, operand_vars, reads, regions
from s2sad.rules.notation import RULES, Primitive
from s2sad.runtime import index_add, store
from s2sad.transform.room import Room
from s2sad.transform.tapes import Tapes


class Products:
    """The sums of the loop `s` that can be made after it."""

    def __init__(self, owner: Any, s: For, tapes: Tapes | None) -> None:
        """`tapes` are those of the loop that `s` is the adjoint of."""
        self.b, self.s = owner.b, s
        self.room = Room(owner, s, s.index)
        self.tapes = () if tapes is None else tapes.results
        if tapes is not None and not owner.loops and not owner.apart:
            self.room.counted = tapes.room.counted
        self.made = {x.target: x for x in s.body.body if isinstance(x, Let)}
        self.read = _reads(s.body)
        self.rows: dict[Var, Var | None] = {}  # the arrays with the rows of all trips
        self.stores: list[Statement] = []
        self.inits: list[Var] = []
        self.starts: list[Var] = []
        self.ends: list[Var] = []
        self.results: list[Var] = []

    def add(self) -> None:
        """Adds the loop, and the products after it."""
        s, b = self.s, self.b
        sums = dict(self._with_rows(list(self._sums())))
        for x in self.room.before if sums else ():
            b.add(x)
        b.add(self._without(set(sums)) if sums else s)
        for i, (left, right, at) in sums.items():
            with b.placed(at):
                self._product(s.inits[i], left, right, s.results[i])

    def _product(self, start: Operand, column: Var, row: Var, result: Var) -> None:
        """Adds `result`, which is `start` plus the sum over the trips."""
        b = self.b
        left: Operand = column
        if len(_dims(result) or ()) == 2:
            left = b.let(RULES[np.transpose], (column, Lit(None)))
        zero = b.defined.get(start) if isinstance(start, Var) else None
        p: Primitive = RULES[operator.matmul]
        args: tuple[Operand, ...] = (left, row)
        total = infer(p, args, b.fresh)
        whole = getattr(b.canonical(total), "dims", None) == b.canonical(result.type).dims
        if zero is None or zero.primitive.of is not np.zeros_like:
            p, args = RULES[operator.add], (start, b.let(p, args))
        elif not whole:  # sizes that fit if there is a trip
            p, args = RULES[index_add], (start, Lit(Ellipsis), b.let(p, args))
        b.add(Let(result, p, args, b.at))

    def _sums(self) -> Iterator[tuple[int, tuple[Var, Var], Location | None]]:
        """The places of sums, the two factors of what a trip adds, and where it does."""
        for i, (c, y) in enumerate(zip(self.s.carried, self.s.body.yields, strict=True)):
            if self.read[c] == 1 and isinstance(y, Var) and self.read[y] == 1:
                factors = self._factors(y, c) if is_inexact(c.type) else None
                if factors is not None:
                    yield i, factors, self.made[y].at

    def _with_rows(
        self, sums: list[tuple[int, tuple[Var, Var], Location | None]]
    ) -> Iterator[tuple[int, tuple[Var, Var, Location | None]]]:
        """Those whose factors there is memory for, with the rows of all trips."""
        if not sums or self.room.is_short():
            return
        for i, factors, at in sums:
            left, right = (self._rows(v, at) for v in factors)
            if left is not None and right is not None:
                yield i, (left, right, at)

    def _factors(self, y: Var, c: Var) -> tuple[Var, Var] | None:
        """What is multiplied if `y` is `c` plus a product of a column or a number and a row."""
        parts = self._operands(y, operator.add)
        if c not in parts:
            return None
        added = parts[1 - parts.index(c)]
        if not isinstance(added, Var) or self.read[added] != 1:
            return None
        dims = _dims(c) or ()
        factors = self._operands(added, operator.mul)
        for a, row in zip(factors, factors[::-1], strict=True):
            if not _is_row(row, c):
                continue
            if len(dims) == 1 and _is_number(a, c) and self._whole(row) is not None:
                return a, row
            args = self._operands(a, operator.getitem) if len(dims) == 2 else ()
            if args and _is_column(args[1]) and _is_row(args[0], c):
                return args[0], row
        return None

    def _operands(self, v: Operand, of: Any) -> tuple[Operand, ...]:
        made = self.made.get(v) if isinstance(v, Var) else None
        return made.args if made is not None and made.primitive.of is of else ()

    # the rows of all trips

    def _rows(self, v: Var, at: Location | None) -> Var | None:
        """An array with `v` of every trip, or None where there can be none before the loop."""
        if v not in self.rows:
            whole = self._whole(v)
            self.rows[v] = self._stored(v, at) if whole is None else whole
        return self.rows[v]

    def _whole(self, v: Var) -> Var | None:
        """The array whose rows, from the first to the last, are `v` of the trips."""
        made, s = self.made.get(v), self.s
        if made is None or made.primitive.of is not operator.getitem:
            return None
        of, index = made.args
        if not isinstance(of, Var) or of in self.made or of in s.carried:
            return None
        if of in self.tapes:
            return of if index is s.index or self._is_place(index) else None
        if index is not s.index or (_known(s.start), _known(s.step)) != (0, 1):
            return None
        dims = _dims(of)
        size = getattr(s.stop.type, "size", None) if isinstance(s.stop, Var) else s.stop.value
        return of if dims and self.b.size(dims[0]) == size else None

    def _is_place(self, index: Operand) -> bool:
        """Whether an index is the number of the trip."""
        made = self.made.get(index) if isinstance(index, Var) else None
        wanted = self.room.again[-1] if self.room.again else None
        return isinstance(wanted, Let) and made is not None and made.args == wanted.args

    def _stored(self, v: Var, at: Location | None) -> Var | None:
        """An array to which each trip adds what it has as `v`."""
        made: Var | None = self.room.array_of(v)
        if made is None:
            return None
        hint = v.hint or "beta"
        made.hint, made.role = f"{hint}_rows", "beta"
        start, end, result = (self.b.var(made.type, made.hint, "beta") for _ in range(3))
        self.stores.append(Let(end, RULES[store], (start, self.room.place_again, v), at))
        self.inits.append(made)
        self.starts.append(start)
        self.ends.append(end)
        self.results.append(result)
        return result  # type: ignore[no-any-return]

    def _without(self, sums: set[int]) -> For:
        """The loop without these sums, which stores the rows."""
        s = self.s
        take = [i for i in range(len(s.carried)) if i not in sums]
        body = (*(self.room.again if self.stores else ()), *s.body.body, *self.stores)
        return replace(
            s,
            inits=(*(s.inits[i] for i in take), *self.inits),
            carried=(*(s.carried[i] for i in take), *self.starts),
            body=prune(Block(body, (*(s.body.yields[i] for i in take), *self.ends))),
            results=(*(s.results[i] for i in take), *self.results),
        )


def _reads(block: Block) -> Counter[Var]:
    """How often each name is read in a block."""
    found: Counter[Var] = Counter(v for x in block.yields for v in operand_vars(x))
    for s in every(block.body):
        inner = (y for r in regions(s) for y in r.yields)
        found.update(v for x in (*reads(s), *inner) for v in operand_vars(x))
    return found


def _is_column(index: Operand) -> bool:
    """Whether an index is [:, None]."""
    match index:
        case (Span(Lit(value=None), Lit(value=None), Lit(value=None)), Lit(value=None)):
            return True
    return False


def _is_row(v: Operand, total: Var) -> TypeGuard[Var]:
    """Whether an operand is an array of one dimension and of the dtype of the sum."""
    return isinstance(v, Var) and len(_dims(v) or ()) == 1 and _dtype(v) == _dtype(total)


def _is_number(v: Operand, total: Var) -> TypeGuard[Var]:
    return isinstance(v, Var) and isinstance(v.type, Number) and _dtype(v) == _dtype(total)


def _known(v: Operand) -> Any:
    return v.value if isinstance(v, Lit) else None


def _dims(v: Var) -> tuple[Size, ...] | None:
    """The sizes of an array, if their number is known."""
    return v.type.dims if isinstance(v.type, Array) else None


def _dtype(v: Var) -> Any:
    return getattr(v.type, "dtype", None)

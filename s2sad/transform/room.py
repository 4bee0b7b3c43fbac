"""The memory of a tape of known length: its kind, its size, and where in it a trip writes."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

from s2sad.frontend.prims import EMPTY_BUFFER, LENGTH, SHAPE, SIZE, memory, template
from s2sad.ir.nodes import Block, For, Let, Lit, Operand, Statement, Var
from s2sad.ir.types import INT, Array, Buffer, Dim, Number, Shape, Size
from s2sad.ir.walk import free_vars
from s2sad.rules.notation import RULES, Primitive

NOT_NEGATIVE = template("max({0}, 0)", 1, INT, pure=True)
TRIPS = template("len(range({0}, {1}))", 2, INT, pure=True)
TRIPS_BY = template("len(range({0}, {1}, {2}))", 3, INT, pure=True)

SHORT = 16
"""Inside another loop, a loop of fewer trips keeps a stack."""


class Room:
    """Allocates for the loop `s` whose adjoint counts with `index`.

    before: the statements that go before the loop; ahead and again: those that find the place of a
    trip, in the body and in its adjoint; place and place_again: that place.
    """

    def __init__(self, owner: Any, s: For, index: Var) -> None:
        self.owner, self.b, self.s = owner, owner.b, s
        self.before: list[Statement] = []
        self.ahead: list[Statement] = []
        self.again: list[Statement] = []
        self._made: dict[object, Var] = {}
        with self._into(self.ahead, {}):
            self.place = self._place(s.index)
        with self._into(self.again, {}):
            self.place_again = self._place(index)
        self.counted: Operand | None = None  # the number of trips
        self._visible: list[Var] = []

    def of(self, v: Var) -> Var | None:
        """Memory for `v` of every trip, or None where that has to be a stack."""
        if v in self.owner.unsure or v.role == "tape":
            return None  # the array of an inner loop is new in each trip, and need not be copied
        t = self.b.canonical(v.type)
        if isinstance(t, Number) and t.weak:
            return self._buffer(v, t) if t.dtype.kind in EMPTY_BUFFER else None
        return self.array_of(v)

    def array_of(self, v: Var) -> Var | None:
        """An array for `v` of every trip, or None where it cannot be made before the loop."""
        t = self.b.canonical(v.type)
        if v in self.owner.unsure or not isinstance(t, Number | Array):
            return None
        if t.dims is None or t.dtype is None or _name(t.dtype) is None:
            return None
        with self._into(self.before, self._made):
            shape = self._shape(t)
            if shape is None:
                return None
            dtype = "" if t.dtype == np.dtype("f8") else f", np.{_name(t.dtype)}"
            text, args = shape
            kind = Array(t.dtype, (self._trip_size(), *t.dims))
            return self._memory(_array(text, dtype, len(args)), args, kind, v)

    # the memory

    def _buffer(self, v: Var, t: Number) -> Var:
        with self._into(self.before, self._made):
            kind = Buffer(t.dtype, (self._trip_size(),))
            return self._memory(EMPTY_BUFFER[t.dtype.kind], (self.trips(),), kind, v)

    def _memory(self, p: Primitive, args: tuple[Operand, ...], t: Array, v: Var) -> Var:
        made: Var = self.b.var(t, _hint(v), "tape")
        self.b.add(Let(made, p, args, self.s.at))
        return made

    def _shape(self, t: Number | Array) -> tuple[str, tuple[Operand, ...]] | None:
        """The shape of the memory as text with holes, and what fills them."""
        dims = t.dims or ()
        like = self._like(dims) if len(dims) > 1 else None
        if like is not None:
            return "({0}, *{1}.shape)", (self.trips(), like)
        sizes = [self._size(d) for d in dims]
        if any(n is None for n in sizes):
            return None
        if not sizes:
            return "{0}", (self.trips(),)
        return "{0}", ((self.trips(), *(n for n in sizes if n is not None)),)

    def _like(self, dims: tuple[Size, ...]) -> Var | None:
        """An array of these sizes that is there before the loop."""
        if all(isinstance(d, int) for d in dims):
            return None
        found = (x for x in self._arrays() if _named(self._dims(x)) == _named(dims))
        return next(found, None)

    def _size(self, d: Size) -> Operand | None:
        """A size as it can be computed before the loop."""
        if isinstance(d, int):
            return Lit(d)
        best: tuple[int, Var, int] | None = None
        for x in self._arrays():
            for axis, e in enumerate(self._dims(x)):
                if not isinstance(e, Dim) or e.name != d.name:
                    continue
                more = d.offset - e.offset
                if more > 0 and e.offset < 0:
                    continue  # no size is negative: `x` may be longer than its type says
                if best is None or abs(more) < abs(best[0]):
                    best = more, x, axis
        return None if best is None else self._of_axis(*best)

    def _of_axis(self, more: int, x: Var, axis: int) -> Operand:
        size = self.b.let(LENGTH, (x,))
        if axis:
            shape = self.b.let(SHAPE, (x,))
            size = self.b.let(RULES[operator.getitem], (shape, Lit(axis)))
        if more > 0:
            size = self.b.let(RULES[operator.add], (size, Lit(more)))
        if more < 0:
            less = self.b.let(RULES[operator.sub], (size, Lit(-more)))
            size = self.b.let(NOT_NEGATIVE, (less,))
        return size  # type: ignore[no-any-return]

    def _arrays(self) -> list[Var]:
        """The arrays that are surely there before the loop, with sizes that their types tell."""
        if not self._visible:
            found = dict.fromkeys(free_vars(Block((self.s,))))
            if self.owner.visible is not None:
                found |= dict.fromkeys(self.owner.visible)
            elif not self.owner.apart:
                found |= dict.fromkeys(self.owner.walk.parameters)
            plain = [x for x in found if self._is_plain(x)]
            self._visible = sorted(plain, key=lambda x: x.role != "alpha")
        return self._visible

    def _is_plain(self, x: Var) -> bool:
        if not isinstance(x.type, Array) or not x.type.dims or x in self.owner.unsure:
            return False
        return x.role == "alpha" or x in self.b.defined

    def _dims(self, x: Var) -> tuple[Size, ...]:
        return getattr(self.b.canonical(x.type), "dims", None) or ()

    # the trips

    def trips(self) -> Operand:
        """How often the loop runs."""
        if self.counted is None:
            with self._into(self.before, self._made):
                self.counted = self._counted()
        return self.counted

    def _counted(self) -> Operand:
        s = self.s
        bounds = [getattr(x, "value", None) for x in (s.start, s.stop, s.step)]
        if all(isinstance(x, int) for x in bounds):
            first, end, by = (int(x) for x in bounds if x is not None)
            return Lit(len(range(first, end, by)))
        start, _, step = bounds
        made: Operand
        if (start, step) == (0, 1):
            made = s.stop if self._is_length(s.stop) else self.b.let(NOT_NEGATIVE, (s.stop,))
        elif step == 1:
            made = self.b.let(TRIPS, (s.start, s.stop))
        else:
            made = self.b.let(TRIPS_BY, (s.start, s.stop, s.step))
        return made

    def is_short(self) -> bool:
        """Whether memory of its own would cost more than the trips that fill it."""
        n = self.trips()
        return isinstance(n, Lit) and n.value < SHORT

    def _is_length(self, n: Operand) -> bool:
        """Whether a number of trips was read from a shape, and is not negative therefore."""
        made = self.b.defined.get(n)
        if made is None:
            return False
        if made.primitive in (LENGTH, SIZE, NOT_NEGATIVE, TRIPS, TRIPS_BY):
            return True
        of = made.args[0] if made.primitive.of is operator.getitem else None
        return isinstance(of, Var) and isinstance(of.type, Shape)

    def _trip_size(self) -> Size:
        n = self.trips()
        if isinstance(n, Lit):
            return int(n.value)
        size: Size | None = getattr(n.type, "size", None) if isinstance(n, Var) else None
        return self.b.fresh() if size is None else size

    def _place(self, index: Var) -> Operand:
        """The number of the trip in which the loop has this index."""
        start, step = (getattr(x, "value", None) for x in (self.s.start, self.s.step))
        place: Operand = index
        if step == -1:
            place = self.b.let(RULES[operator.sub], (self.s.start, index))
            return place
        if start != 0:
            place = self.b.let(RULES[operator.sub], (index, self.s.start))
        if step != 1:
            place = self.b.let(RULES[operator.floordiv], (place, self.s.step))
        return place

    @contextmanager
    def _into(self, made: list[Statement], known: dict[object, Var]) -> Iterator[None]:
        """What is made inside goes to `made`, and is shared with nothing but what is `known`."""
        b = self.b
        before = b.shared, b.role, b.current
        b.shared, b.role, b.current = [known], "alpha", None  # about values, not about arrays
        b.regions.append(made)
        try:
            yield
        finally:
            b.regions.pop()
            b.shared, b.role, b.current = before


@cache
def _array(shape: str, dtype: str, count: int) -> Primitive:
    return memory(f"np.empty({shape}{dtype})", count)


def _hint(v: Var) -> str:
    return f"{v.hint}_tape" if v.hint else ""


def _name(dtype: np.dtype) -> str | None:
    """What NumPy calls a dtype of numbers, if its own name says all of it."""
    name = dtype.type.__name__
    if dtype.kind not in "biufc" or not hasattr(np, name) or np.dtype(getattr(np, name)) != dtype:
        return None
    return name


def _named(dims: tuple[Size, ...]) -> list[object]:
    return [d if isinstance(d, int) else (d.name, d.offset) for d in dims]

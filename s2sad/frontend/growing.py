"""Lists whose length is not known when the code is written: rows of arrays, and a count.

An item that is appended is stored in the next row; where no row is left, the array is resized.
A loop of counted trips makes room before it starts.  Items that are arrays are copied: a write to
one of them, or to the array that was appended, is refused, since Python would change both.
"""

from __future__ import annotations

import operator
from typing import Any

import gast
import numpy as np

from s2sad.frontend.item_types import Leaf, Misfit, Spec, is_symbol, merged, spec_of
from s2sad.frontend.journal import Items, Region
from s2sad.frontend.memory import Restart
from s2sad.frontend.prims import SHAPE, template
from s2sad.frontend.statements import FALLS
from s2sad.frontend.values import Growing, NeedsUnrolling, Sequence, Value
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Operand, Span, Var
from s2sad.ir.types import BOOL, INT, Array, Dim, Number, Size
from s2sad.rules.notation import RULES
from s2sad.runtime import place, resized, room, store

NOTHING = object()
ZERO, ONE = Lit(0), Lit(1)


class GrowingLists:
    """Making, reading and changing lists of unknown length."""

    # learning which lists these are

    def grow_instead(self: Walk, made: Any, node: Any) -> None:
        """Walks again with the lists made by the expression `made` of unknown length."""
        if made is None or made in self.learned.growing:
            return
        if made in self.learned.kept:
            raise self.refuse(
                f"a list of unknown length: {self.learned.kept[made]}; this",
                "append items of one kind and shape, or keep several lists",
                node,
            )
        self.learned.growing[made] = None
        raise Restart

    def learn_list(self: Walk, e: NeedsUnrolling, node: Any) -> None:
        """The same for a loop that cannot be unrolled; an index may be that of one around."""
        if not (self.loop_depth and isinstance(e.made, gast.Subscript)):
            self.grow_instead(e.made, node)

    def keep_as_it_is(self: Walk, made: Any, why: Misfit) -> None:
        """Walks again with the lists made by `made` as lists of known length."""
        self.learned.growing.pop(made, None)
        self.learned.kept[made] = str(why)
        raise Restart

    def learn_items(self: Walk, made: Any, spec: Spec | None, items: list[Value]) -> Spec | None:
        """The type of the items so far and of these; walks again where that is news."""
        try:
            for v in items:
                new = spec_of(v, self.b.canonical, self.is_told)
                spec = new if spec is None else merged(spec, new, self.b.fresh)
        except Misfit as why:
            self.keep_as_it_is(made, why)
        if spec is not None and self.learned.growing.get(made) != spec:
            self.learned.growing[made] = spec
            raise Restart
        return spec

    def is_told(self: Walk, d: Size) -> bool:
        """Whether a size can be told from the arguments."""
        return isinstance(d, int) or (not is_symbol(d) and self.told(d) is not None)

    def told(self: Walk, d: Dim) -> tuple[Var, int] | None:
        """An argument and its dimension of that size."""
        for v in self.parameters:
            dims = getattr(v.type, "dims", None) or ()
            for i, n in enumerate(dims):
                if isinstance(v.type, Array) and self.b.size(n) == self.b.size(d):
                    return v, i
        return None

    # making

    def new_list(self: Walk, items: list[Value], made: Any, cls: Any = list) -> Value:
        """A list, which is of unknown length if an earlier walk found so."""
        spec = self.learned.growing.get(made, NOTHING)
        if spec is NOTHING:
            return Sequence(cls, items, self.region, made)
        spec = self.learn_items(made, spec, items)
        if spec is None or not items:
            state = Sequence(list, [ZERO, ZERO, *self.no_rows(spec)], self.region)
            return Growing(cls, spec, state, made)
        columns = zip(*(spec.stored(v) for v in items), strict=True)
        arrays = [
            self.rows_from(list(column), leaf)
            for column, leaf in zip(columns, spec.kept(), strict=True)
        ]
        self.note_listed(items)
        n = Lit(len(items))
        return Growing(cls, spec, Sequence(list, [n, n, *arrays], self.region), made)

    def rows_from(self: Walk, column: list[Operand], leaf: Leaf) -> Operand:
        """An array with these rows."""
        made = self.call(Lit(np.array), [Sequence(list, column)], {}, None)
        found: Operand = self.in_dtype(made, leaf.dtype)
        return found

    def no_rows(self: Walk, spec: Spec | None) -> list[Operand]:
        return [] if spec is None else [self.empty_rows(ZERO, leaf) for leaf in spec.kept()]

    def empty_rows(self: Walk, count: Operand, leaf: Leaf) -> Any:
        """An array with room for so many rows."""
        inner = [self.size_operand(d) for d in leaf.shape]
        shape = (count, *inner) if inner else count
        p = RULES[np.zeros if isinstance(count, Lit) else np.empty]
        made: Any = self.b.let(p, (shape, Lit(_spelled(leaf.dtype)), Lit("C")))
        if isinstance(count, Lit):
            dims = (self.b.fresh() if d is None else d for d in leaf.shape)
            made.type = Array(leaf.dtype, (0, *dims))
        return made

    def size_operand(self: Walk, d: Size | None) -> Operand:
        if d is None or isinstance(d, int):
            return Lit(d or 0)
        found = self.told(d)
        assert found is not None
        v, i = found
        shape = self.b.let(SHAPE, (v,))
        return self.b.let(RULES[operator.getitem], (shape, Lit(i)))

    def grown_from(
        self: Walk, arrays: list[Operand], spec: Spec, count: Operand, cls: Any, node: Any
    ) -> Growing:
        """A list of unknown length with these arrays for its rows, all of them items."""
        state = Sequence(list, [count, count, *arrays], self.region)
        return Growing(cls, spec, state, node)

    # changing

    def may_grow(self: Walk, g: Growing, node: Any) -> None:
        """Notes that a list of unknown length is about to change."""
        if g.cls is not list:
            raise AttributeError(f"'{g.cls.__name__}' object cannot be changed")
        if g.region is self.foreign:
            raise self.refuse(
                "a change of a list of unknown length that a branch or loop made,",
                "make the list before the branch or loop, and append to it there",
                node,
            )
        self.touch(Items(g.state))

    def fitted(self: Walk, g: Growing, v: Value) -> Spec:
        """The type of the items of a list to which `v` belongs from here on."""
        spec = self.learn_items(g.made, g.spec, [v])
        assert isinstance(spec, Spec)
        return spec

    def append_item(self: Walk, g: Growing, v: Value, node: Any) -> None:
        """g.append(v)"""
        self.may_grow(g, node)
        spec = self.fitted(g, v)
        count, size, *arrays = g.state.items
        values = spec.stored(v)
        after = self.add_int(count, ONE)
        known = all(None not in leaf.shape for leaf in spec.kept())
        if not known or not self.room_was_made(g):
            new = self.b.let(RULES[room], (size, after), "size")
            pairs = zip(arrays, values, spec.kept(), strict=True)
            arrays = [self.resize(a, size, new, x, leaf) for a, x, leaf in pairs]
            size = new
        stored = zip(arrays, values, strict=True)
        arrays = [self.b.let(RULES[store], (a, count, x), g.hint) for a, x in stored]
        g.state.items[:] = [after, size, *arrays]
        self.note_listed([v])

    def resize(
        self: Walk, a: Operand, size: Operand, new: Operand, row: Any = None, leaf: Any = None
    ) -> Any:
        """An array with so many rows, `row` being one that is to be stored."""
        assert isinstance(a, Var) and isinstance(a.type, Array) and a.type.dims
        checked = leaf is not None and leaf.dims is not None
        shape = self.b.let(SHAPE, (row,)) if checked else Lit(None)
        made: Any = self.b.let(RULES[resized], (a, size, new, shape), a.hint)
        if not is_symbol(a.type.dims[0]):
            made.type = Array(a.type.dtype, (self.b.fresh(), *a.type.dims[1:]))
        return made

    def set_growing(self: Walk, g: Growing, index: Value, v: Value, node: Any) -> None:
        """g[index] = v"""
        self.may_grow(g, node)
        if isinstance(index, Span):
            raise self.not_growing(g, "a slice of it is assigned", node)
        spec = self.fitted(g, v)
        i = self.place_in(g, index, node)
        pairs = zip(g.state.items[2:], spec.stored(v), spec.kept(), strict=True)
        rows = [self.checked_row(a, x, leaf) for a, x, leaf in pairs]
        g.state.items[2:] = [self.b.let(RULES[store], (a, i, x), g.hint) for a, x in rows]
        self.note_listed([v])

    def checked_row(self: Walk, a: Any, x: Any, leaf: Leaf) -> tuple[Any, Any]:
        """An array and a row to be stored in it, which has the shape of the others."""
        if None in leaf.shape:
            n = self.b.let(template("len({0})", 1, INT, pure=True), (a,))
            a = self.resize(a, n, n, x, leaf)
        return a, x

    # reading

    def growing_length(self: Walk, g: Growing) -> Operand:
        count: Operand = g.state.items[0]
        return count

    def growing_truth(self: Walk, g: Growing) -> bool | Operand:
        count = g.state.items[0]
        if isinstance(count, Lit):
            return bool(count.value)
        return self.b.let(RULES[operator.ne], (count, ZERO))

    def is_full(self: Walk, g: Growing) -> bool:
        """Whether all rows are items."""
        count, size = g.state.items[:2]
        same = isinstance(count, Lit) and isinstance(size, Lit) and count.value == size.value
        return count is size or same

    def place_in(self: Walk, g: Growing, index: Value, node: Any) -> Operand:
        """The row of an item; an IndexError where Python raises one."""
        i = self.operand(index, node)
        count = g.state.items[0]
        if isinstance(i, Lit) and isinstance(count, Lit):
            return Lit(place(operator.index(i.value), count.value))
        if isinstance(i, Lit):
            i = Lit(operator.index(i.value))
        return self.b.let(RULES[place], (i, count))

    def growing_item(self: Walk, g: Growing, i: Operand) -> Value:
        """The item in row `i`."""
        found = [self.b.let(RULES[operator.getitem], (a, i)) for a in g.state.items[2:]]
        pairs = zip(found, g.spec.kept(), strict=True)
        item = g.spec.item([self.as_python(x, leaf) for x, leaf in pairs])
        self.note_listed([item])
        return item

    def as_python(self: Walk, x: Operand, leaf: Leaf) -> Operand:
        """A number of NumPy's as the Python number that was stored."""
        if leaf.mixed and isinstance(x, Var):
            x.type = Number(leaf.dtype, others=((leaf.dtype, True),), stored=True)
        if not leaf.weak:
            return x
        if leaf.dtype.kind == "f":
            return self.b.let(RULES[float], (x,))
        kind = BOOL if leaf.dtype.kind == "b" else INT
        text = "bool({0})" if leaf.dtype.kind == "b" else "int({0})"
        return self.b.let(template(text, 1, kind, pure=True), (x,))

    def growing_subscript(self: Walk, g: Growing, index: Value, node: Any) -> Value:
        """g[index]"""
        if g.spec is None:
            if isinstance(index, Span):
                return Sequence(g.cls, [], self.region, node)
            raise IndexError("list index out of range")
        if isinstance(index, Span):
            arrays = [
                self.own(self.b.let(RULES[operator.getitem], (a, index))) for a in self.filled(g)
            ]
            return self.grown_from(arrays, g.spec, self.length(arrays[0], node), g.cls, node)
        return self.growing_item(g, self.place_in(g, index, node))

    def filled(self: Walk, g: Growing) -> list[Operand]:
        """The rows that are items, of every array."""
        arrays: list[Operand] = g.state.items[2:]
        if self.is_full(g):
            return arrays
        count = g.state.items[0]
        rows = Span(Lit(None), count, Lit(None))
        return [self.cut(a, rows, self.symbol(count)) for a in arrays]

    def symbol(self: Walk, count: Operand) -> Size:
        """The size of an array with so many rows."""
        if isinstance(count, Lit):
            return int(count.value)
        assert isinstance(count, Var) and isinstance(count.type, Number)
        if count.type.size is None:
            count.type = Number(count.type.dtype, count.type.weak, self.b.fresh())
        assert count.type.size is not None
        return count.type.size

    def cut(self: Walk, a: Operand, rows: Span, n: Size) -> Any:
        """The first `n` rows of an array."""
        made: Any = self.b.let(RULES[operator.getitem], (a, rows))
        made.type = Array(made.type.dtype, (n, *made.type.dims[1:]))
        return made

    def as_array(self: Walk, g: Growing, node: Any) -> Operand:
        """np.array(g)"""
        if g.spec is None:
            made: Operand = self.call(Lit(np.zeros), [ZERO], {}, node)
            return made
        if not isinstance(g.spec.like, Lit) and not self.is_row(g.spec):
            raise self.not_growing(g, "an array is made of items of several parts", node)
        if g.spec.kept()[0].shape or len(g.state.items) > 3:
            self.demand_items(g, node)
        arrays = self.filled(g)
        if len(arrays) > 1:
            made = self.b.let(RULES[np.stack], (tuple(arrays), Lit(1)))
            return made
        (a,) = arrays
        p = RULES[np.copy]
        rest = tuple(Lit(p.defaults[n]) for n in p.params[1:])
        return self.b.let(p, (a, *rest)) if self.b.writes else a

    def is_row(self: Walk, spec: Spec) -> bool:
        """Whether items are tuples of numbers of one dtype."""
        flat = isinstance(spec.like, Sequence) and all(isinstance(i, Lit) for i in spec.like.items)
        kinds = {(leaf.dtype, leaf.dims) if leaf else None for leaf in spec.leaves}
        return flat and len(kinds) == 1 and None not in kinds and spec.kept()[0].dims is None

    def demand_items(self: Walk, g: Growing, node: Any) -> None:
        """Raises where there are none: the array would have another shape."""
        empty = self.growing_truth(g)
        if isinstance(empty, bool):
            if not empty:
                raise ValueError("need at least one array to stack")
            return
        text = "raise ValueError('s2sad: an array of an empty list of arrays')"
        way = self.way(lambda: self.raised(text))
        if g.state.items[0] in self.memory.filled:
            return
        if not self.b.conditional:
            self.memory.filled[g.state.items[0]] = None
        none = self.b.let(RULES[operator.eq], (g.state.items[0], ZERO))
        self.joined(none, way, self.way(lambda: FALLS), node)

    def dims_of(self: Walk, a: Operand) -> tuple[Size, ...]:
        """The sizes of an array of known rank."""
        dims = a.type.dims if isinstance(a, Var) and isinstance(a.type, Array) else None
        assert dims is not None
        return dims

    def is_inside(self: Walk, g: Growing, serial: int) -> bool:
        """Whether a list was made after a region of that serial."""
        return isinstance(g.region, Region) and g.region.serial > serial


def _spelled(dtype: np.dtype[Any]) -> Any:
    """A dtype as NumPy's functions are given it."""
    return float if dtype == np.float64 else dtype.type

"""What Python does with lists of unknown length: methods, operators, unpacking, sorting."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from s2sad.frontend.infer import type_of
from s2sad.frontend.item_types import Misfit, Spec, merged, spec_of
from s2sad.frontend.prims import LENGTH
from s2sad.frontend.values import Frame, Growing, Lazy, Range, Sequence, Value
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Operand, Span, Var
from s2sad.ir.types import Array, Number, same_dtype
from s2sad.rules.notation import RULES

NONE, ZERO, ONE = Lit(None), Lit(0), Lit(1)
_LAZY = ("zip", "map", "starmap", "reversed", "enumerate")


class GrowingMethods:
    """Methods and operators of lists of unknown length, and what makes such lists."""

    def grows_by(self: Walk, v: Value) -> bool:
        """Whether an iterable has elements, and it is not known how many."""
        if self.known_elements(v) is not None or self.fixed_length(v) is not None:
            return False
        if isinstance(v, Lazy) and v.kind in _LAZY:
            return any(self.grows_by(p) for p in v.parts[:1] if v.kind != "zip") or (
                v.kind == "zip" and all(self.grows_by(p) for p in v.parts)
            )
        array = isinstance(v, Var) and isinstance(v.type, Array)
        return isinstance(v, Growing | Range) or (array and bool(v.type.dims))

    def not_growing(self: Walk, g: Growing, why: str, node: Any) -> Exception:
        """The error for what lists of unknown length cannot do; first others are tried."""
        if g.made is not None and g.made in self.learned.growing:
            self.keep_as_it_is(g.made, Misfit(why))
        error: Exception = self.refuse(
            f"a list of unknown length: {why}; this", "keep the items in an array", node
        )
        return error

    def lengths_inside(self: Walk, v: Value) -> list[Operand]:
        """The counts of all lists of unknown length that an iterable runs over."""
        if isinstance(v, Growing):
            return [v.state.items[0]]
        if isinstance(v, Lazy):
            return [n for p in v.parts for n in self.lengths_inside(p)]
        return []

    # lists made of iterables

    def list_of(self: Walk, v: Value, node: Any, cls: Any = list) -> Value:
        """list(v) or tuple(v) of something whose length is not known."""
        if isinstance(v, Growing):
            arrays = [self.own(a) for a in self.filled(v)]
            return self.listed_from(arrays, v.spec, v.state.items[0], cls, node)
        if isinstance(v, Var) and isinstance(v.type, Array):
            return self.list_of_array(v, node, cls)
        target = gast.Name(" item", gast.Store(), None, None)
        generator = gast.comprehension(target, None, [], 0)
        return self.collect(v, [generator], gast.Name(" item", gast.Load(), None, None), node, cls)

    def list_of_array(self: Walk, v: Var, node: Any, cls: Any = list, weak: bool = False) -> Value:
        """The elements of an array, or its rows."""
        row = self.growing_row(v)
        try:
            spec = spec_of(row, self.b.canonical, self.is_told)
        except Misfit as why:
            raise self.refuse(f"a list with {why}", "keep the array as it is", node) from None
        if weak:
            spec = Spec(spec.like, tuple(_weakened(leaf) for leaf in spec.leaves))
        p = RULES[np.copy]
        rows = self.b.let(p, (v, *(Lit(p.defaults[n]) for n in p.params[1:])))
        self.note_listed([v] if len(self.dims_of(v)) > 1 else [])
        return self.listed_from([rows], spec, self.b.let(LENGTH, (rows,)), cls, node)

    def growing_row(self: Walk, v: Var) -> Var:
        """A stand-in for an element of an array."""
        assert isinstance(v.type, Array) and v.type.dims
        dtype, dims = v.type.dtype, v.type.dims[1:]
        return Var("row", Array(dtype, dims) if dims or dtype is None else Number(dtype))

    def listed_from(
        self: Walk, arrays: list[Operand], spec: Spec, count: Operand, cls: Any, node: Any
    ) -> Growing:
        """A list with these arrays for its rows; with room for what else it will hold."""
        known = self.learned.growing.get(node)
        if known is not None:
            try:
                wide = merged(spec, known, self.b.fresh)
            except Misfit as why:
                self.keep_as_it_is(node, why)
            pairs = zip(arrays, wide.kept(), strict=True)
            arrays = [self.in_dtype(a, leaf.dtype) for a, leaf in pairs]
            spec = wide
        made: Growing = self.grown_from(arrays, spec, count, cls, node)
        return made

    def in_dtype(self: Walk, a: Operand, dtype: Any) -> Operand:
        if same_dtype(getattr(type_of(a), "dtype", None), dtype):
            return a
        made: Operand = self.call(self.attribute(a, "astype", None), [Lit(dtype)], {}, None)
        return made

    def collect(
        self: Walk, first: Value, generators: list[Any], element: Any, e: Any, cls: Any = list
    ) -> Value:
        """[element for ... in first ...] as a loop that appends."""
        outer = self.frame
        inner = Frame(outer.source, {}, outer.globals, outer.cells, outer, outer.path)
        inner.locals = {" values": self.new_list([], e), " source": first}
        load = gast.Load()
        append = gast.Attribute(gast.Name(" values", load, None, None), "append", load)
        body: Any = gast.Expr(gast.Call(append, [element], []))
        for n, g in reversed(list(enumerate(generators))):
            for test in reversed(g.ifs):
                body = gast.If(test, [body], [])
            source = g.iter if n else gast.Name(" source", load, None, None)
            body = gast.For(g.target, source, [body], [], None)
        self.run_loop(inner, body, e)
        made = inner.locals[" values"]
        if isinstance(made, Growing):
            return Growing(cls, made.spec, made.state, made.made)
        return made if cls is list else Sequence(cls, made.items)

    def unpack_growing(self: Walk, target: Any, star: int, value: Value) -> None:
        """a, *b, c = value"""
        after = len(target.elts) - star - 1
        whole = value if isinstance(value, Growing) else self.list_of(value, target, tuple)
        if not isinstance(whole, Growing):
            raise self.refuse("a starred name for this", "unpack a list", target)
        for i in range(star):
            self.assign(target.elts[i], self.growing_subscript(whole, Lit(i), target))
        for i in range(after):
            item = self.growing_subscript(whole, Lit(i - after), target)
            self.assign(target.elts[star + 1 + i], item)
        if star and after:
            self.growing_subscript(whole, Lit(star + after - 1), target)  # there are so many
        stop = Lit(-after) if after else NONE
        rest = self.growing_subscript(whole, Span(Lit(star), stop, NONE), target)
        rest = Growing(list, rest.spec, rest.state, rest.made)
        self.assign(
            target.elts[star].value, self.named(rest, getattr(target.elts[star].value, "id", ""))
        )

    # methods

    def growing_method(
        self: Walk, g: Growing, name: str, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        found = METHODS.get(name)
        if found is None:
            raise self.not_growing(g, f"its method {name} is not supported", node)
        if name != "copy":
            self.may_grow(g, node)
        return found(self, g, args, kwargs, node)

    def extend_growing(self: Walk, g: Growing, v: Value, node: Any) -> None:
        """g.extend(v)"""
        self.may_grow(g, node)
        if v is g:
            v = self.list_of(g, None)
        if not self.grows_by(v):
            for x in self.elements(v, node):
                self.append_item(g, x, node)
            return
        outer = self.frame
        inner = Frame(outer.source, {}, outer.globals, outer.cells, outer, outer.path)
        inner.locals = {" values": g, " source": v}
        load = gast.Load()
        append = gast.Attribute(gast.Name(" values", load, None, None), "append", load)
        item = gast.Name(" item", gast.Load(), None, None)
        step = gast.Expr(gast.Call(append, [item], []))
        target = gast.Name(" item", gast.Store(), None, None)
        loop = gast.For(target, gast.Name(" source", load, None, None), [step], [], None)
        for x in gast.walk(loop):
            if not hasattr(x, "lineno") and hasattr(node, "lineno"):
                gast.copy_location(x, node)
        self.frame = inner
        self.frames.append(inner)
        try:
            self.do_For(loop)
        finally:
            self.frame = outer
            self.frames.pop()

    def take_out(self: Walk, g: Growing, i: Operand) -> None:
        """del g[i], `i` being a row."""
        self.lose_room(g, self.memory.rooms)
        count = g.state.items[0]
        after = self.add_int(i, ONE)
        rest = self.add_int(count, Lit(-1))
        joined = []
        for a in self.filled(g):
            parts = [Span(NONE, i, NONE), Span(after, NONE, NONE)]
            rows = tuple(self.b.let(RULES[operator.getitem], (a, s)) for s in parts)
            joined.append(self.b.let(RULES[np.concatenate], (rows, ZERO), g.hint))
        g.state.items[:] = [rest, rest, *joined]

    def delete_item(self: Walk, g: Growing, index: Value, node: Any) -> None:
        """del g[index]"""
        if g.spec is None or isinstance(index, Span):
            raise self.not_growing(g, "a slice of it is deleted", node)
        self.may_grow(g, node)
        self.take_out(g, self.place_in(g, index, node))

    def growing_order(self: Walk, g: Growing, kwargs: dict[str, Value], node: Any) -> Operand:
        """The places of the items in the order that list.sort makes."""
        key = kwargs.get("key", NONE)
        keys: Value = g
        if not (isinstance(key, Lit) and key.value is None):
            keys = self.list_of(Lazy("map", (g, key)), node)
        if not isinstance(keys, Growing) or not isinstance(keys.spec.like, Lit):
            raise self.not_growing(g, "it is sorted by what are no numbers", node)
        values: Value = self.as_array(keys, node)
        reverse = "reverse" in kwargs and self.static(kwargs["reverse"], "reverse", node)
        if reverse:
            values = self.unary(gast.USub(), values, node)
        order: Operand = self.call(Lit(np.argsort), [values], {"kind": Lit("stable")}, node)
        return order

    def extreme_of_growing(
        self: Walk, of: Any, array: Any, v: Value, kwargs: dict[str, Value], node: Any
    ) -> Value:
        """max or min of what is not known one by one."""
        if isinstance(v, Lazy):
            v = self.list_of(v, node)
        key = kwargs.get("key", NONE)
        if not (isinstance(key, Lit) and key.value is None):
            raise self.refuse(
                f"{of.__name__} with key= of elements of unknown number",
                "find the place with np.argmax or np.argmin",
                node,
            )
        if "default" not in kwargs:
            return self.call(Lit(array), [v], {}, node)
        truth = self.b.let(RULES[operator.ne], (self.length(v, node), ZERO))
        return self.branch_expression(
            truth, lambda: self.call(Lit(array), [v], {}, node), lambda: kwargs["default"]
        )

    def truth_of_all(self: Walk, wanted: bool, v: Value, node: Any) -> Value:
        """any or all of what is not known one by one."""
        if isinstance(v, Lazy):
            v = self.list_of(v, node)
        return self.call(Lit(np.any if wanted else np.all), [v], {}, node)

    def sorted_list(self: Walk, v: Value, kwargs: dict[str, Value], node: Any) -> Value:
        """sorted(v)"""
        g = self.list_of(v, node)
        if isinstance(g, Growing) and g.spec is not None:
            order = self.growing_order(g, kwargs, node)
            arrays = [self.b.let(RULES[operator.getitem], (a, order)) for a in self.filled(g)]
            g.state.items[2:] = arrays
            g.state.items[1] = g.state.items[0]
        return g


def _weakened(leaf: Any) -> Any:
    return type(leaf)(leaf.dtype, leaf.dims is None, leaf.dims)


def _append(s: Any, g: Growing, a: list[Value], k: Any, n: Any) -> Value:
    s.append_item(g, a[0], n)
    return NONE


def _extend(s: Any, g: Growing, a: list[Value], k: Any, n: Any) -> Value:
    s.extend_growing(g, a[0], n)
    return NONE


def _pop(s: Any, g: Growing, a: list[Value], k: Any, n: Any) -> Value:
    if g.spec is None:
        raise IndexError("pop from empty list")
    last = not a or (isinstance(a[0], Lit) and a[0].value == -1)
    i = s.place_in(g, Lit(-1) if last else a[0], n)
    item = s.growing_item(g, i)
    if last:
        g.state.items[0] = i
    else:
        s.take_out(g, i)
    return item


def _insert(s: Any, g: Growing, a: list[Value], k: Any, n: Any) -> Value:
    s.lose_room(g, s.memory.rooms)
    spec = s.fitted(g, a[1])
    count = s.add_int(g.state.items[0], ONE)
    at = s.operand(a[0], n)
    joined = []
    for array, x, leaf in zip(s.filled(g), spec.stored(a[1]), spec.kept(), strict=True):
        row = s.rows_from([x], leaf)
        before = s.b.let(RULES[operator.getitem], (array, Span(NONE, at, NONE)))
        after = s.b.let(RULES[operator.getitem], (array, Span(at, NONE, NONE)))
        joined.append(s.b.let(RULES[np.concatenate], ((before, row, after), ZERO), g.hint))
    s.note_listed([a[1]])
    g.state.items[:] = [count, count, *joined]
    return NONE


def _clear(s: Any, g: Growing, a: list[Value], k: Any, n: Any) -> Value:
    g.state.items[0] = ZERO
    return NONE


def _copy(s: Any, g: Growing, a: list[Value], k: Any, n: Any) -> Value:
    copied: Value = s.list_of(g, n)
    return copied


def _reverse(s: Any, g: Growing, a: list[Value], k: Any, n: Any) -> Value:
    s.lose_room(g, s.memory.rooms)
    rows = Span(NONE, NONE, Lit(-1))
    g.state.items[2:] = [s.own(s.b.let(RULES[operator.getitem], (x, rows))) for x in s.filled(g)]
    g.state.items[1] = g.state.items[0]
    return NONE


def _sort(s: Any, g: Growing, a: list[Value], k: Any, n: Any) -> Value:
    s.lose_room(g, s.memory.rooms)
    if g.spec is not None:
        order = s.growing_order(g, k, n)
        g.state.items[2:] = [s.b.let(RULES[operator.getitem], (x, order)) for x in s.filled(g)]
        g.state.items[1] = g.state.items[0]
    return NONE


METHODS: dict[str, Callable[..., Value]] = {
    "append": _append, "extend": _extend, "pop": _pop, "insert": _insert, "clear": _clear,
    "copy": _copy, "reverse": _reverse, "sort": _sort,
}  # fmt: skip

"""What a loop runs over: ranges, arrays, containers, and enumerate, zip, reversed of them."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from s2sad.frontend.containers import VIEWS
from s2sad.frontend.infer import type_of
from s2sad.frontend.prims import LENGTH, SIZE, template
from s2sad.frontend.raising import Raises
from s2sad.frontend.statements import FALLS
from s2sad.frontend.values import (
    Growing,
    Instance,
    Lazy,
    Mapping,
    NeedsUnrolling,
    Range,
    Sequence,
    Value,
)
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Operand, Var
from s2sad.ir.types import INT, Array, Number, Shape
from s2sad.rules.notation import RULES

ZERO, ONE = Lit(0), Lit(1)
SHORT = 16
"""So many trips are unrolled where a list grows."""
FEW = 64
"""So many trips are unrolled where a loop leaves open which arrays are the same."""


class Iteration:
    """Turns an iterable into a counted loop, or into its elements one by one."""

    def iterate(self: Walk, iterable: Value, s: Any) -> Value:
        """`for target in iterable: body`."""
        if not isinstance(iterable, Range):
            items = self.known_elements(iterable)
            if items is None and isinstance(iterable, Lazy) and iterable.kind == "zip":
                guarded = self.zip_of_both(iterable, s)
                if guarded is not None:
                    return guarded
            return self.counted_over(iterable, s) if items is None else self.unrolled(items, s)
        known = self.known_elements(iterable)
        if known is not None and len(known) <= FEW:
            if s in self.learned.unrolled:
                return self.unrolled(known, s)
            self.memory.short.add(s)
        before = self.checkpoint()
        try:
            return self.counted_over(iterable, s)
        except NeedsUnrolling as e:
            self.go_back(before)
            items = self.known_elements(iterable)
            if items is None:
                if e.made not in self.learned.kept:
                    self.learn_list(e, s)
                self.demand_bounds(iterable, e, s)
                raise self.refuse(str(e), "loop over the container itself", s) from None
            if len(items) > SHORT and e.made not in self.learned.kept:
                self.grow_instead(e.made, s)
            return self.unrolled(items, s)

    def zip_of_both(self: Walk, v: Lazy, s: Any) -> Value | None:
        """zip of containers and arrays: a trip for every item, while the arrays last."""
        known = [self.known_elements(p) for p in v.parts]
        if all(k is None for k in known) or any(isinstance(p, Lazy | Range) for p in v.parts):
            return None
        count = min(len(k) for k in known if k is not None)
        lengths = [self.length(p, s) for p, k in zip(v.parts, known, strict=True) if k is None]
        last = lengths[0] if len(lengths) == 1 else self.call(Lit(min), lengths, {}, s)

        def trip(i: int) -> Value:
            parts = [
                k[i] if k is not None else self.item(p, Lit(i))
                for k, p in zip(known, v.parts, strict=True)
            ]
            self._bind_item(s.target, Sequence(tuple, parts))
            return self.block(s.body)

        for i in range(count):
            truth = self.truth(self.compare(gast.Lt(), Lit(i), last, s))
            if isinstance(truth, bool):
                outcome = trip(i) if truth else FALLS
            else:
                ways = (self.way(functools.partial(trip, i)), self.way(lambda: FALLS))
                outcome = self.joined(truth, *ways, s)
            if outcome is not FALLS:
                return outcome
        return FALLS

    def counted_over(self: Walk, iterable: Value, s: Any) -> Value:
        if isinstance(iterable, Range):
            bounds = (iterable.start, iterable.stop, iterable.step)
            return self.counted(*bounds, s, lambda i: self.assign(s.target, i))
        count, item = self.indexable(iterable, s)
        lengths = self.lengths_inside(iterable)
        done = self.counted(ZERO, count, ONE, s, lambda i: self._bind_item(s.target, item(i)))
        if self.lengths_inside(iterable) != lengths:
            raise self.refuse(
                "a loop over a list of unknown length that changes its length in the loop",
                "loop over a copy of it (list(...)), or write a while loop",
                s,
            )
        return done

    def _bind_item(self: Walk, target: Any, value: Value) -> None:
        self.assign(target, self.named(value, getattr(target, "id", "")))

    def demand_bounds(self: Walk, r: Range, e: NeedsUnrolling, s: Any) -> None:
        """Asks for the bounds of a range to be known, since its index has to be."""
        for bound in (r.start, r.stop, r.step):
            if isinstance(bound, Var):
                self.demand(bound, "the length of this loop", s)

    def checkpoint(self: Walk) -> Any:
        """The state of the walk, to go back to where a loop has to be unrolled after all."""
        return (
            dict(self.frame.locals),
            len(self.b.regions[-1]),
            dict(self.b.shared[-1]),
            set(self.used_up),
            len(self.frozen),
        )

    def go_back(self: Walk, before: Any) -> None:
        names, length, shared, self.used_up, frozen = before
        self.frame.locals = names
        del self.b.regions[-1][length:]
        self.b.shared[-1] = shared
        self.thaw(frozen)

    # elements that are known one by one

    def known_elements(self: Walk, v: Value) -> list[Value] | None:
        """The elements of an iterable whose length is known at compile time, else None."""
        match v:
            case Sequence():
                return list(v.items)
            case Growing() if v.spec is None:
                return []
            case Mapping():
                return [Lit(k) for k in v.items]
            case Lit() if not self.is_object(v):
                return _known_literal(v.value)
            case Range():
                bounds = [b.value for b in (v.start, v.stop, v.step) if isinstance(b, Lit)]
                if len(bounds) == 3:
                    return [Lit(i) for i in range(*bounds)]
            case Lazy():
                return self.known_lazy(v)
            case Instance():
                items: list[Value] | None = self.iterated(v)
                return items
            case Var() if isinstance(v.type, Shape) and v.type.dims is not None:
                return [self.shape_item(v, i) for i in range(len(v.type.dims))]
        return None

    def iterated(self: Walk, v: Instance) -> list[Value] | None:
        """The elements of an object of the user's."""
        if hasattr(v.cls, "__iter__"):
            made = self.call(self.attribute(v, "__iter__", None), [], {}, None)
            known: list[Value] | None = self.known_elements(made)
            return known
        if not hasattr(v.cls, "__getitem__"):
            raise TypeError(f"{v.cls.__name__!r} object is not iterable")
        found: list[Value] = []
        while True:
            try:
                found.append(self.subscript(v, Lit(len(found)), None))
            except Raises as error:
                if not issubclass(error.cls, IndexError):
                    raise
                return found

    def fixed_length(self: Walk, v: Value) -> int | None:
        """The length of an array where it is part of the types."""
        dims = getattr(type_of(v), "dims", None) if isinstance(v, Var | Lit) else None
        return dims[0] if dims and isinstance(dims[0], int) else None

    def known_lazy(self: Walk, v: Lazy) -> list[Value] | None:
        if v.kind in VIEWS:
            return VIEWS[v.kind](v.parts[0])
        if v.kind == "zip":
            known = [self.known_elements(p) for p in v.parts]
            lengths = [len(k) for k in known if k is not None]
            lengths += [n for n in map(self.fixed_length, v.parts) if n is not None]
            if len(lengths) < len(v.parts) or all(k is None for k in known):
                return None
            n = min(lengths)
            parts = [
                k[:n] if k is not None else [self.item(p, Lit(i)) for i in range(n)]
                for k, p in zip(known, v.parts, strict=True)
            ]
            return [Sequence(tuple, items) for items in zip(*parts, strict=True)]
        items = self.known_elements(v.parts[0])
        if items is None:
            return None
        if v.kind == "reversed":
            return items[::-1]
        if v.kind == "enumerate":
            start = self.static(v.parts[1], "the start of enumerate")
            return [Sequence(tuple, [Lit(i), x]) for i, x in enumerate(items, start)]
        return [self.call(v.parts[1], [x], {}, None) for x in items]

    def elements(self: Walk, v: Value, node: Any = None, count: int | None = None) -> list[Value]:
        """The elements, one by one; an array has them if its length is known or `count` says it."""
        items = self.known_elements(v)
        if items is not None:
            return items
        if isinstance(v, Var) and isinstance(v.type, Array) and v.type.dims is not None:
            first = v.type.dims[0] if v.type.dims else None
            n = first if isinstance(first, int) else count
            if n is not None:
                return [self.item(v, Lit(i)) for i in range(n)]
        if isinstance(v, Var) and isinstance(v.type, Array) and count is not None:
            return [self.item(v, Lit(i)) for i in range(count)]
        if isinstance(v, Growing) and count is not None:
            return [self.growing_subscript(v, Lit(i), node) for i in range(count)]
        if isinstance(v, Range):
            bounds = [
                self.static(b, "the length of a range", node) for b in (v.start, v.stop, v.step)
            ]
            return [Lit(i) for i in range(*bounds)]
        if isinstance(v, Lit) and isinstance(v.value, np.ndarray):
            return [self.item(v, Lit(i)) for i in range(len(v.value))]
        raise self.refuse(
            f"taking the elements of {_a(self.kind_of(v))} of unknown length one by one",
            "loop over it with for, or use array operations",
            node,
        )

    # elements by index

    def item(self: Walk, v: Value, i: Operand) -> Value:
        """v[i] for an array."""
        return self.b.let(RULES[operator.getitem], (v, i))

    def length(self: Walk, v: Value, node: Any) -> Operand:
        """len(v)."""
        items = None if isinstance(v, Range) else self.known_elements(v)
        if items is not None:
            return Lit(len(items))
        if isinstance(v, Growing):
            count: Operand = self.growing_length(v)
            return count
        if isinstance(v, Range):
            return self.range_length(v)
        if isinstance(v, Lit) and isinstance(v.value, np.ndarray):
            return Lit(len(v.value))
        if self.is_object(v):
            p = template("len({0})", 1, INT)
            return self.b.let(p, self.rendered([v])[1:][0])
        if isinstance(v, Var):
            dims = getattr(v.type, "dims", None)
            if dims and isinstance(dims[0], int):
                return Lit(dims[0])
            return self.b.let(LENGTH, (v,))
        raise self.refuse(f"len of a {self.kind_of(v)}", "count while looping", node)

    def range_length(self: Walk, r: Range) -> Operand:
        """len(range(start, stop, step)) for step 1 and start 0; others are made by Python."""
        if (
            isinstance(r.start, Lit)
            and r.start.value == 0
            and isinstance(r.step, Lit)
            and r.step.value == 1
        ):
            if isinstance(r.stop, Lit):
                return Lit(max(0, r.stop.value))
            d = self.b.defined.get(r.stop)
            if d is not None and d.primitive in (LENGTH, SIZE):
                return r.stop
            return self.b.let(template("len(range({0}))", 1, INT, pure=True), (r.stop,))
        return self.b.let(
            template("len(range({0}, {1}, {2}))", 3, INT, pure=True), (r.start, r.stop, r.step)
        )

    def indexable(self: Walk, v: Value, s: Any) -> tuple[Operand, Callable[[Operand], Value]]:
        """The number of elements, and the element at a run-time index."""
        match v:
            case Range():
                return self.range_length(v), lambda i: self._range_item(v, i)
            case Lazy("enumerate", (inner, start)):
                count, item = self.indexable(inner, s)
                return count, lambda i: Sequence(tuple, [self.add_int(i, start), item(i)])
            case Lazy("zip", parts):
                return self.indexable_zip(parts, s)
            case Lazy("reversed", (inner,)):
                count, item = self.indexable(inner, s)
                last = self.b.let(RULES[operator.sub], (count, ONE))
                return count, lambda i: item(self.b.let(RULES[operator.sub], (last, i)))
            case Lazy("starmap", (inner, function)):
                count, item = self.indexable(inner, s)
                return count, lambda i: self.call(function, item(i).items, {}, s)
            case Lazy("map", (inner, function)):
                count, item = self.indexable(inner, s)
                return count, lambda i: self.call(function, [item(i)], {}, s)
            case Var() if isinstance(v.type, Array):
                return self.length(v, s), lambda i: self.item(v, i)
            case Growing():
                return self.growing_length(v), lambda i: self.growing_item(v, i)
            case Lit() if isinstance(v.value, np.ndarray):
                return Lit(len(v.value)), lambda i: self.item(v, i)
        if isinstance(type_of(v) if isinstance(v, Var | Lit) else None, Number):
            raise TypeError(f"'{self.kind_of(v)}' object is not iterable")
        raise self.refuse(f"a loop over {_a(self.kind_of(v))}", "loop over a range or an array", s)

    def indexable_zip(
        self: Walk, parts: tuple[Value, ...], s: Any
    ) -> tuple[Operand, Callable[[Operand], Value]]:
        found = [self.indexable(p, s) for p in parts]
        count = found[0][0]
        for other, _ in found[1:]:
            if other is not count:
                count = self.call(Lit(min), [count, other], {}, s)
        return count, lambda i: Sequence(tuple, [item(i) for _, item in found])

    def _range_item(self: Walk, r: Range, i: Operand) -> Value:
        step = r.step
        scaled = (
            i
            if isinstance(step, Lit) and step.value == 1
            else self.b.let(RULES[operator.mul], (step, i))
        )
        return self.add_int(scaled, r.start)

    def add_int(self: Walk, i: Operand, start: Value) -> Operand:
        if isinstance(start, Lit) and start.value == 0:
            return i
        if isinstance(i, Lit) and isinstance(start, Lit):
            return Lit(i.value + start.value)
        return self.b.let(RULES[operator.add], (i, start))


def _known_literal(value: object) -> list[Value] | None:
    if isinstance(value, tuple | str | range | bytes):
        return [Lit(x) for x in value]
    if isinstance(value, set | frozenset):
        numbers = all(isinstance(x, int) for x in value)
        return [Lit(x) for x in (value if numbers else sorted(value, key=repr))]
    return None


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"

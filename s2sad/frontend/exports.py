"""Names after a branch for what its ways have made, so that it can be said what they chose."""

from __future__ import annotations

from typing import Any

from s2sad.frontend.infer import type_of
from s2sad.frontend.journal import Contents
from s2sad.frontend.memory import serial_of
from s2sad.frontend.prims import template
from s2sad.frontend.views import UNSURE, sharing
from s2sad.ir.nodes import UNDEFINED, Lit, Operand, Span, Var
from s2sad.ir.types import INT, Array, Type

MOST_OPTIONS = 16


class NotFollowed(Exception):
    """An array of which it cannot be said after a branch which one it is."""


class Export:
    """What is known after a branch of the arrays that its ways left."""

    def __init__(self, walk: Any, results: list[Var], ways: tuple[Any, Any]) -> None:
        self.walk, self.results, self.ways = walk, results, ways

    def choice(self, x: Operand, way: Any) -> tuple[Operand, list[Operand]]:
        """A place, as the way knows it, among options that are known after the branch."""
        c = self.walk.choice_of(x)
        if c is None:
            return Lit(0), [self.operand(x, way)]
        return c.which, [self.operand(o, way) for o in c.options]

    def either(
        self, a: tuple[Operand, list[Operand]], b: tuple[Operand, list[Operand]]
    ) -> tuple[Operand, list[Operand]]:
        """The place among the options of both ways, as a result of the branch."""
        options = list(a[1])
        places = [_place(x, options) for x in b[1]]
        if len(options) > MOST_OPTIONS:
            raise NotFollowed
        if len(options) == 1:
            return Lit(0), options
        with self.walk.b.reopened(self.ways[1].body):
            second = moved(self.walk.b, b[0], places)
        return self.added(INT, "which", (a[0], second)), options

    # names

    def operand(self, x: Any, way: Any) -> Any:
        """A number, an array or an index that a way left, as it is known after the branch."""
        if isinstance(x, tuple):
            return tuple(self.operand(i, way) for i in x)
        if isinstance(x, Span):
            return Span(*(self.operand(i, way) for i in (x.start, x.stop, x.step)))
        if isinstance(x, Lit):
            return x
        o = self.walk.object_of(x)
        if serial_of(o) <= way.counter:
            return o
        if o not in way.exported:
            way.exported[o] = self.made(o, way)
            self.follow_merged(o)
        return way.exported[o]

    def made(self, o: Var, way: Any) -> Any:
        """A name after the branch for what a way has made."""
        walk = self.walk
        if not isinstance(o.type, Array):
            return self.left(o, o, way)
        c, d = walk.choice_of(o), walk.view_of(o)
        if c is not None:
            options = [self.operand(x, way) for x in c.options]
            return walk.one_of(self.operand(c.which, way), options, o.type, o.hint)
        if d is None:
            walk.put(Contents(walk.memory, o), self.left(o, walk.value_in(way, o), way))
            return o
        if sharing(d, walk.in_rows) == UNSURE:
            raise NotFollowed
        return walk.unmade_view(d, tuple(self.operand(a, way) for a in d.args))

    def follow_merged(self, o: Var) -> None:
        """What a way has made is known by its name: so is what it was made one with before that."""
        walk = self.walk
        for (x, y, undefined), r in list(walk.pairs_joined.items()):
            merged = isinstance(r.type, Array) and r not in walk.memory.choices
            if merged and not any(undefined) and o in map(walk.object_of, (x, y)):
                walk.memory.chosen.pop(r, None)
                which = self.added(INT, "which", (Lit(0), Lit(1)))
                walk.note_choice(r, which, [])
                options = [self.operand(v, w) for v, w in zip((x, y), self.ways, strict=True)]
                walk.note_choice(r, which, options)

    def left(self, x: Var, value: Operand, way: Any) -> Var:
        """A result of the branch for what one way has made."""
        ends = tuple(value if w is way else UNDEFINED for w in self.ways)
        return self.added(type_of(value), x.hint, ends)

    def added(self, t: Type, hint: str, ends: tuple[Operand, ...]) -> Var:
        """One more result of the branch."""
        result: Var = self.walk.b.var(t, hint)
        self.results.append(result)
        for way, end in zip(self.ways, ends, strict=True):
            way.yields.append(end)
        return result


def moved(b: Any, which: Operand, places: list[int]) -> Operand:
    """The place among other options of what stands at `which`; `places` has it for each."""
    if isinstance(which, Lit):
        return Lit(places[which.value])
    if places == list(range(len(places))):
        return which
    row = ", ".join(map(str, places))
    found: Operand = b.let(template(f"({row})[{{0}}]", 1, INT, pure=True), (which,))
    return found


def _place(x: Operand, options: list[Operand]) -> int:
    """The place of an option in a list, in which it then is."""
    for i, o in enumerate(options):
        if o is x:
            return i
    options.append(x)
    return len(options) - 1

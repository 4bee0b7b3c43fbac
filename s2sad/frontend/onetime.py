"""What can be run through once: generators, iterators, map, zip and the like.

Their elements are found when they are made.  Python finds them when they are asked for, so what
they were made of must be the same still when they are read, and they are read once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import gast

from s2sad.frontend.binding import assigned
from s2sad.frontend.values import Closure, Frame, Instance, Lazy, Mapping, Sequence, Value
from s2sad.frontend.walk import Walk

ADVICE = "make a list of it first: list(...)"


class Once(Sequence):
    """The elements of a generator or an iterator that are left."""

    __slots__ = ("depth", "names", "parts")

    def __init__(self, items: Iterable[Value], walk: Any) -> None:
        super().__init__(tuple, items, walk.region)
        self.depth = walk.loop_depth
        self.names: list[tuple[Any, str, Value]] = []  # read by it: frame, name and value
        self.parts: list[tuple[Value, Any]] = []  # containers it was made of, as they were


class OneTime:
    """Reads names of what can be run through once."""

    def once(self: Walk, items: Iterable[Value], *sources: Value, code: Any = None) -> Once:
        """A value that can be run through once, made of the sources and by the code."""
        made = Once(items, self)
        start: Frame = code.frame if isinstance(code, Closure) else self.frame
        tree = code.node if isinstance(code, Closure) else code
        for node in gast.walk(tree) if tree is not None else ():
            if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load):
                frame: Frame | None = start
                while frame is not None and node.id not in frame.locals:
                    frame = frame.parent
                if frame is not None:
                    made.names.append((frame, node.id, frame.locals[node.id]))
        values = [*sources, *(v for _, _, v in made.names)]
        made.parts = [(v, _content(v)) for v in values if _content(v) is not None]
        return made

    def taken(self: Walk, v: Value, name: str, node: Any) -> Value:
        """The value of a name that holds what can be run through once."""
        depth = v.depth if isinstance(v, Once) else self.lazy_depths.get(v, self.loop_depth)
        if isinstance(v, Once):
            self.check_unchanged(v, node)
        if depth != self.loop_depth:
            raise self.refuse(f"{name}, which a first trip of the loop uses up,", ADVICE, node)
        if v in self.used_up:
            raise self.refuse(f"{name}, which was used up before,", ADVICE, node)
        self.used_up.add(v)
        if isinstance(v, Lazy):
            again: Value = Lazy(v.kind, v.parts)
            self.lazy_depths[again] = depth
            return again
        copy = Once(v.items, self)
        copy.names, copy.parts = v.names, v.parts
        return copy

    def check_unchanged(self: Walk, v: Once, node: Any) -> None:
        """What a generator reads must be what it was when its elements were found."""
        moved = any(f.locals.get(n) is not old for f, n, old in v.names)
        if moved or any(_content(x) != before for x, before in v.parts):
            raise self.refuse("a generator that reads what has changed since", ADVICE, node)

    def check_loop(self: Walk, v: Value, s: Any) -> None:
        """The body of a loop over a generator must not change what the generator reads."""
        bound = set(assigned([*s.body, s.target])) if isinstance(v, Once) else set()
        if any(f is self.frame and n in bound for f, n, _ in getattr(v, "names", ())):
            raise self.refuse("a generator that reads what the loop changes", ADVICE, s)

    def advance(self: Walk, v: Once, node: Any) -> Value | None:
        """The next element, taken away; None at the end."""
        if v in self.used_up:
            raise self.refuse("an iterator that was used up before", ADVICE, node)
        self.may_change(v, node)
        self.check_unchanged(v, node)
        return v.items.pop(0) if v.items else None


def _content(v: Value) -> Any:
    """What a container holds, by identity; None for what cannot change."""
    if isinstance(v, Once):
        return None
    if isinstance(v, Sequence):
        return [id(i) for i in v.items]
    if isinstance(v, Mapping):
        return [(k, id(i)) for k, i in v.items.items()]
    if isinstance(v, Instance):
        return [(k, id(i)) for k, i in v.fields.items()]
    return None

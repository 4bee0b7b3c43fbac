"""What a way of a branch or the trip of a loop changes besides the names of its own function.

The contents of arrays, the items of containers and the names of functions around are *places*.  A
change notes the value before in the innermost journal, so that a branch can walk both its ways
from the same state and join what they left, and a loop can carry what its body changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from s2sad.frontend.memory import Memory, Stale
from s2sad.frontend.values import Frame, Instance, Mapping, Missing, Sequence, Value, tick
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Var

UNBOUND = Missing("it is not bound")


class Region:
    """A stretch of the walk in which containers are made: later ones have a higher serial."""

    def __init__(self) -> None:
        self.serial = tick()


@dataclass(frozen=True)
class Contents:
    """What an array object holds; the object itself where it was never written."""

    memory: Memory
    object: Var

    @property
    def key(self) -> Any:
        return "array", self.object

    @property
    def label(self) -> str:
        return self.object.hint or "an array"

    def get(self) -> Any:
        return self.memory.contents.get(self.object, self.object)

    def set(self, value: Any) -> None:
        if value is self.object:
            self.memory.contents.pop(self.object, None)
            return
        self.memory.contents[self.object] = value
        if not isinstance(value, Stale):
            self.memory.objects[value] = self.object
            self.memory.objects[self.object] = self.object


@dataclass(frozen=True)
class Name:
    """A name of a function."""

    frame: Frame
    name: str

    @property
    def key(self) -> Any:
        return "name", id(self.frame), self.name

    @property
    def label(self) -> str:
        return self.name

    def get(self) -> Value:
        return self.frame.locals.get(self.name, UNBOUND)

    def set(self, value: Value) -> None:
        if value is UNBOUND:
            self.frame.locals.pop(self.name, None)
        else:
            self.frame.locals[self.name] = value


@dataclass(frozen=True)
class Items:
    """All that a container holds: a list or a dict, copied."""

    container: Any

    @property
    def key(self) -> Any:
        return "items", id(self.container)

    @property
    def label(self) -> str:
        return "a container"

    def get(self) -> Any:
        c = self.container
        return list(c.items) if isinstance(c, Sequence) else dict(held(c))

    def set(self, value: Any) -> None:
        if isinstance(self.container, Sequence):
            self.container.items[:] = value
        else:
            inside = held(self.container)
            inside.clear()
            inside.update(value)


@dataclass(frozen=True)
class Item:
    """One item of a container."""

    container: Any
    index: Any

    @property
    def key(self) -> Any:
        return "item", id(self.container), self.index

    @property
    def label(self) -> str:
        return str(self.index) if isinstance(self.container, Instance) else f"item {self.index!r}"

    def get(self) -> Value:
        c = self.container
        return c.items[self.index] if isinstance(c, Sequence) else held(c)[self.index]

    def set(self, value: Value) -> None:
        c = self.container
        inside = c.items if isinstance(c, Sequence) else held(c)
        inside[self.index] = value


Place: TypeAlias = Contents | Name | Items | Item
Log: TypeAlias = dict[Any, tuple[Place, Any]]


def held(c: Mapping | Instance) -> dict[Any, Value]:
    """The values of a dict or an object by key or name."""
    return c.items if isinstance(c, Mapping) else c.fields


class Journals:
    """Notes changes, and takes them back."""

    def touch(self: Walk, place: Place) -> None:
        """Notes what a place holds, which is about to change."""
        self.touched.append((place.key, self.b.counter))
        if self.journals and place.key not in self.journals[-1]:
            self.journals[-1][place.key] = (place, place.get())

    def will_write(self: Walk, v: Var) -> None:
        """Notes that NumPy puts a result into an array at once: it stays there if that raises."""
        self.touched.extend((Contents(self.memory, o).key, self.b.counter) for o in self.bases(v))

    def put(self: Walk, place: Place, value: Any) -> None:
        """Changes a place."""
        self.touch(place)
        place.set(value)

    def change(self: Walk, object: Var, value: Any) -> None:
        """Changes the contents of an array."""
        self.put(Contents(self.memory, object), value)

    @contextmanager
    def journal(self: Walk) -> Iterator[Log]:
        """The changes made inside; after an exception they are taken back."""
        log: Log = {}
        self.journals.append(log)
        try:
            yield log
        except BaseException:
            self.revert(log)
            raise
        finally:
            self.journals.pop()

    @contextmanager
    def trial(self: Walk) -> Iterator[None]:
        """Whatever is done inside leaves no trace: neither statements nor changes."""
        names, region, frozen = dict(self.frame.locals), self.region, len(self.frozen)
        self.region = Region()  # so that every change is noted
        try:
            with self.journal() as log, self.b.region():
                yield
                self.revert(log)
        finally:
            self.frame.locals, self.region = names, region
            self.thaw(frozen)

    def revert(self: Walk, log: Log) -> None:
        """Puts everything back as it was."""
        for place, before in reversed(log.values()):
            place.set(before)

    def keep(self: Walk, log: Log) -> None:
        """Lets the changes stand: they belong to what is around."""
        if self.journals:
            for key, noted in log.items():
                self.journals[-1].setdefault(key, noted)

"""Loops of counted trips make room before they start for what they append to lists."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from s2sad.frontend.journal import Items
from s2sad.frontend.values import Growing, Range, Value, tick
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Atom, Lit, Operand, Var
from s2sad.rules.notation import RULES
from s2sad.runtime import room

MOST_TRIES = 6


@dataclass
class Room:
    """What a trip appends to one list: at most so many items.

    steady: exactly one, after `start` others, so that the count of items is that of the trips.
    """

    list: Growing
    most: int
    start: Operand
    steady: bool = False


@dataclass
class Rooms:
    """What a loop makes room for: as found by the last walk of its body, and as was made."""

    serial: int = 0  # of regions before the loop
    found: dict[int, Room] = field(default_factory=dict)
    made: dict[int, Room] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)  # lists that use up room in other ways
    unsteady: set[int] = field(default_factory=set)  # lists with items of unknown number before


class NeedsRoom(Exception):
    """More is appended than there is room for: walk the loop again."""

    def __init__(self, rooms: Rooms) -> None:
        super().__init__("room")
        self.rooms = rooms


class MakingRoom:
    """The lists of unknown length that a loop appends to."""

    def room_was_made(self: Walk, g: Growing) -> bool:
        """Whether the loop around makes room for what is appended to `g` here."""
        rooms = self.memory.rooms[-1] if self.memory.rooms else None
        self.lose_room(g, self.memory.rooms[:-1])
        if rooms is None or self.is_inside(g, rooms.serial) or id(g) in rooms.lost:
            return False
        found = rooms.found.get(id(g))
        if found is None:
            found = rooms.found[id(g)] = Room(g, 0, g.state.items[0])
        found.most += 1
        return True

    def lose_room(self: Walk, g: Growing, around: list[Any]) -> None:
        """Notes that these loops around cannot tell how much room is left."""
        for rooms in around:
            if rooms is not None:
                rooms.lost.add(id(g))

    @contextmanager
    def rooms_of(self: Walk, rooms: Rooms | None) -> Iterator[None]:
        """The body of a loop: one of counted trips, or (None) another."""
        self.memory.rooms.append(rooms)
        try:
            yield
        finally:
            self.memory.rooms.pop()

    def with_room(
        self: Walk, start: Atom, stop: Atom, step: Atom, walk: Callable[[Rooms], Value]
    ) -> Value:
        """Walks a loop over range(start, stop, step), and again when it is known what it needs."""
        rooms = Rooms(tick())
        for _ in range(MOST_TRIES):
            before = self.checkpoint()
            try:
                with self.journal() as log:
                    trips = self.make_room(rooms, start, stop, step)
                    outcome = walk(rooms)
                    self.count_trips(rooms, start, trips)
                self.keep(log)
            except NeedsRoom as e:
                if e.rooms is not rooms:
                    raise
                self.go_back(before)
                self.wanted_rooms(rooms)
                continue
            return outcome
        raise self.refuse("a loop that appends to a list in too many ways", "append in one place")

    def wanted_rooms(self: Walk, rooms: Rooms) -> None:
        """What the last walk asks for is to be made; the lists are as before the loop."""
        rooms.made = {key: r for key, r in rooms.found.items() if r.most and key not in rooms.lost}
        for key, r in rooms.made.items():
            r.start = r.list.state.items[0]
            if not isinstance(r.start, Lit):
                rooms.unsteady.add(key)
            r.steady = r.steady and key not in rooms.unsteady

    def make_room(self: Walk, rooms: Rooms, start: Atom, stop: Atom, step: Atom) -> Operand:
        if not rooms.made:
            return Lit(0)
        trips = self.range_length(Range(start, stop, step))
        for r in rooms.made.values():
            g = r.list
            count, size, *arrays = g.state.items
            more = trips if r.most == 1 else self.b.let(RULES[operator.mul], (trips, Lit(r.most)))
            need = self.add_int(more, count)
            self.touch(Items(g.state))
            if isinstance(size, Lit) and size.value == 0:
                arrays = [self.empty_rows(need, leaf) for leaf in g.spec.kept()]
                for a in arrays:
                    a.hint = g.hint
                size = need
            else:
                new = self.b.let(RULES[room], (size, need), "size")
                arrays = [self.resize(a, size, new) for a in arrays]
                size = new
            g.state.items[:] = [count, size, *arrays]
        return trips

    def start_trip(self: Walk, rooms: Rooms, index: Operand, start: Atom) -> None:
        """The counts of items at the start of a trip, where they are that of the trips."""
        rooms.found = {}
        for key, r in rooms.made.items():
            if r.steady and isinstance(start, Lit):
                g = r.list
                assert isinstance(r.start, Lit)
                first = self.add_int(index, Lit(r.start.value - start.value))
                self.touch(Items(g.state))
                g.state.items[0] = first
                rooms.found[key] = Room(g, 0, first)

    def end_trip(self: Walk, rooms: Rooms, start: Atom, step: Atom) -> None:
        """After the last walk of the body: whether the room made is what it needs."""
        one = isinstance(step, Lit) and step.value == 1 and isinstance(start, Lit)
        found = {key: r for key, r in rooms.found.items() if r.most}
        for key, r in found.items():
            alike = r.most == 1 and self.is_next(r.start, r.list.state.items[0])
            if key in rooms.made and rooms.made[key].steady and not alike:
                rooms.unsteady.add(key)
            r.steady = one and alike and key not in rooms.unsteady
        wanted = {key: (r.most, r.steady) for key, r in found.items()}
        if rooms.lost & found.keys() or wanted != {
            key: (r.most, r.steady) for key, r in rooms.made.items()
        }:
            raise NeedsRoom(rooms)

    def is_next(self: Walk, before: Operand, after: Operand) -> bool:
        """Whether a count is, after the trip, one more than at its start."""
        d = self.b.defined.get(after) if isinstance(after, Var) else None
        if d is None or d.primitive.rule is not RULES[operator.add].rule:
            return False
        (a, b) = d.args
        return a is before and isinstance(b, Lit) and b.value == 1

    def count_trips(self: Walk, rooms: Rooms, start: Atom, trips: Operand) -> None:
        """After the loop: the counts that are those of the trips."""
        for r in rooms.made.values():
            if r.steady:
                self.touch(Items(r.list.state))
                r.list.state.items[0] = self.add_int(trips, r.start)

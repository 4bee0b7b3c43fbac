"""What a loop carries: its body is walked until the types of that are stable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from s2sad.frontend.binding import only_augmented
from s2sad.frontend.branches import join
from s2sad.frontend.identity import holds_mutable, is_mutable, parts
from s2sad.frontend.identity import serial as made_at
from s2sad.frontend.infer import type_of
from s2sad.frontend.journal import UNBOUND, Contents, Item, Items, Name, Place, Region
from s2sad.frontend.memory import Stale, StaleRead, serial_of
from s2sad.frontend.statements import FALLS, RAISED
from s2sad.frontend.values import (
    Growing,
    Missing,
    NeedsUnrolling,
    Unbound,
    Value,
    atoms,
    rebuilt,
    same_structure,
    tick,
)
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import UNDEFINED, Lit, Operand, Var
from s2sad.ir.types import Array, Dim, Number, Shape, Type

MOST_WALKS = 8
CHANGING = "it is bound to different kinds of values from trip to trip of a loop"
WRITTEN = "it was written under another name, which a branch or loop chose"
_CARRIED = (bool, int, float, complex, np.generic, np.ndarray)


@dataclass
class Carried:
    """What one place carries from trip to trip."""

    place: Place
    before: Value  # the value at entry, or None where it is not bound there
    value: Value  # its structure, with the names at the start of a trip as atoms
    params: list[Var] = field(default_factory=list)
    inits: list[Operand] = field(default_factory=list)


def same_known(before: Value, after: Value) -> bool:
    """Whether a value without atoms is still the same in all that matters."""
    if after is None or isinstance(after, Missing):
        return False
    return same_structure(before, after)


def same_parts(before: Value, after: Value) -> bool:
    """Whether two tuples or methods are made alike, so that only their parts need be compared."""
    if is_mutable(before) or type(before) is not type(after):
        return False
    return len(parts(before)) == len(parts(after)) and getattr(before, "cls", 0) is getattr(
        after, "cls", 0
    )


class KindChange(Exception):
    """A variable has no one type that holds on every trip."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Retry(Exception):
    """The types of what is carried have changed: walk the body again."""


class CarriedValues:
    """The fixpoint of a loop."""

    def fixpoint(
        self: Walk,
        names: list[str],
        walk: Callable[[Trips], Any],
        close: Callable[[Any, list[Carried], list[Var]], None],
        s: Any,
    ) -> None:
        """Walks a loop until its carried types are stable, then adds it and binds its results."""
        frame, sizes = self.frame, self.b.sizes
        loop = s if s in self.memory.short else None
        trips = Trips(dict(frame.locals), self.b.counter, tick(), loop)
        self.first_guess(trips, names, s)
        trips.listed = len(self.memory.listed)
        for _ in range(MOST_WALKS):
            try:
                parts, final = self.trip(trips, names, walk)
                break
            except Retry:
                continue
            except Unbound as e:
                if e.name not in trips.pending:
                    raise
                raise self.refuse(
                    f"{e.name} is read before the loop binds it; this", f"bind {e.name} first", s
                ) from None
            finally:
                frame.locals = dict(trips.entry)
        else:
            raise KindChange(self.changing)
        self.finish(trips, final, parts, close, sizes)

    def trip(
        self: Walk, trips: Trips, names: list[str], walk: Callable[[Trips], Any]
    ) -> tuple[Any, dict[str, Value]]:
        """Walks the body once; the state before is put back."""
        frame = self.frame
        frame.locals = dict(trips.entry)
        with self.journal() as log:
            for c in trips.carried.values():
                self.put(c.place, c.value)
            trips.pending = {n for n in names if n not in frame.locals} - frame.pending
            self.relate(trips)
            with self.inside_loop(trips.pending):
                parts = walk(trips)
            final = dict(frame.locals)
            self.revert(log)
        return parts, final

    @contextmanager
    def inside_loop(self: Walk, pending: set[str]) -> Iterator[None]:
        """The state of the walk inside the body of a loop."""
        frame, region = self.frame, self.region
        self.region = Region()
        frame.pending |= pending
        self.b.conditional += 1
        self.loop_depth += 1
        try:
            yield
        finally:
            frame.pending -= pending
            self.region = region
            self.b.conditional -= 1
            self.loop_depth -= 1

    def first_guess(self: Walk, trips: Trips, names: list[str], s: Any) -> None:
        """What is carried if every type stays as it is at entry."""
        changed = set(only_augmented(s))
        for name in names:
            before = trips.entry.get(name, UNBOUND)
            if isinstance(before, Missing):
                continue
            in_place = isinstance(before, Var) and isinstance(before.type, Array)
            in_place |= isinstance(before, Growing)
            place = Name(self.frame, name)
            if any(True for _ in atoms(before)) and not (
                in_place and (name in changed or holds_mutable(before))
            ):
                trips.carried[place.key] = self.carry(place, before, before, None, trips.loop)
            else:
                trips.uncarried[place] = before

    def carry(
        self: Walk, place: Place, before: Value, like: Value, types: Any, loop: Any = None
    ) -> Carried:
        """A `Carried` with fresh names of the given types (by default those at entry)."""
        c = Carried(place, before, None)
        at_entry = list(atoms(before)) if before is not None else None
        kinds = types or [_entry_type(a) for a in atoms(like)]
        out: list[Operand] = []
        single = isinstance(like, Var | Lit)
        hint = place.label if isinstance(place, Name) else ""
        for i, (a, t) in enumerate(zip(atoms(like), kinds, strict=True)):
            if isinstance(a, Lit) and not isinstance(a.value, _CARRIED):
                out.append(a)
                continue
            param = self.b.var(t, hint if single and hint else getattr(a, "hint", ""))
            init = at_entry[i] if at_entry is not None else UNDEFINED
            if not isinstance(place, Contents):
                self.choose(param, [init])
            c.params.append(param)
            c.inits.append(init)
            out.append(param)
        c.value = rebuilt(like, iter(out))
        self.freeze(before, True, loop)
        self.freeze_stand_in(c.value, loop)
        return c

    def after_trip(self: Walk, trips: Trips, outcome: Value, s: Any) -> list[Operand]:
        """What the body yields for every carried place; `Retry` where its type is wider."""
        carried = trips.carried
        if outcome is RAISED:
            return [p for c in carried.values() for p in c.params]
        if outcome is not FALLS:
            raise self.refuse("a return inside a loop", "leave the loop by its condition", s)
        again = False
        yields: list[Operand] = []
        for key, c in list(carried.items()):
            changed, found = self.compare_trip(key, c, trips)
            again |= changed
            yields += found
        again |= self.changed_otherwise(trips)
        again |= self.newly_bound(trips)
        again |= self.changed_places(trips, s)
        again |= self.widen_choices(trips)
        listed = [v for v in self.memory.listed if not trips.is_born(v)]
        again |= len(listed) > trips.listed
        trips.listed = len(listed)
        if again:
            raise Retry
        return yields

    def compare_trip(self: Walk, key: Any, c: Carried, trips: Trips) -> tuple[bool, list[Operand]]:
        if isinstance(c.value, Missing | Stale):
            return False, []
        after = c.place.get()
        if isinstance(after, Stale):
            trips.carried[key] = Carried(c.place, c.before, after)
            return True, []
        if isinstance(after, Missing) or not same_structure(c.value, after):
            trips.carried[key] = Carried(c.place, c.before, Missing(CHANGING, unroll=True))
            return True, []
        types: list[Type] = []
        yields: list[Operand] = []
        mark = len(self.frozen)
        if after is not c.value:
            self.freeze(after, True, trips.loop)
        changed = any(made_at(v) <= trips.serial for v, _ in self.frozen[mark:])
        for p, x in zip(atoms(c.value), atoms(after), strict=True):
            if isinstance(p, Lit):
                if not _same_literal(p, x) and not isinstance(p.value, _CARRIED):
                    raise KindChange(c.place.label)
                changed |= not _same_literal(p, x)
                types.append(type_of(x) if _same_literal(p, x) else _entry_type(x))
                continue
            wide = without_size(join(p.type, type_of(x), self.b.fresh))
            wide = _keep_unknown(p.type, wide)
            changed |= wide != without_size(p.type)
            types.append(wide)
            try:
                yields.append(self.current(x))
            except StaleRead:
                missing = Missing(WRITTEN, loops=(trips.loop,))
                trips.carried[key] = Carried(c.place, c.before, missing)
                return True, []
        if changed:
            self.changing = c.place.label
            like = c.before if c.before is not None else after
            new = self.carry(c.place, c.before, like, types, trips.loop)
            self.keep_choices(c, new)
            trips.carried[key] = new
        return changed, yields

    def changed_otherwise(self: Walk, trips: Trips) -> bool:
        """Names that were not carried (a function, an array), and are something else now."""
        again = False
        for place, before in trips.uncarried.items():
            after = place.get()
            if place.key not in trips.carried and not self.same_value(before, after):
                again = True
                trips.carried[place.key] = self.carried_anew(place, before, trips.loop)
        return again

    def same_value(self: Walk, before: Value, after: Value) -> bool:
        """Whether a place holds the same object as before the trip."""
        if after is before:
            return True
        if holds_mutable(before):
            return same_parts(before, after) and all(
                map(self.same_value, parts(before), parts(after))
            )
        if any(True for _ in atoms(before)):
            both = isinstance(before, Var) and isinstance(after, Var)
            return both and self.same_object(before, after)
        return same_known(before, after)

    def carried_anew(self: Walk, place: Place, before: Value, loop: Any) -> Carried:
        """A place whose change only showed when the body was walked."""
        after = place.get()
        if isinstance(after, Stale):
            return Carried(place, before, after)
        if before is UNBOUND:
            types = [without_size(type_of(a)) for a in atoms(after)]
            unbound: Carried = self.carry(place, None, after, types, loop)
            return unbound
        if any(True for _ in atoms(before)):
            same: Carried = self.carry(place, before, before, None, loop)
            return same
        return Carried(place, before, Missing(CHANGING, unroll=True))

    def newly_bound(self: Walk, trips: Trips) -> bool:
        """Names that the body binds first: read by the next trip, or after the loop."""
        again = False
        names = self.frame.locals
        for name in sorted(self.frame.pending & names.keys()):
            value, place = names[name], Name(self.frame, name)
            if place.key in trips.carried or isinstance(value, Missing) or not _plain(value):
                continue
            if isinstance(value, Growing) and trips.entry.get(name) is value:
                continue  # the same list as before, whose items are carried
            types = [without_size(type_of(a)) for a in atoms(value)]
            trips.carried[place.key] = self.carry(place, None, value, types, trips.loop)
            again = True
        return again

    def changed_places(self: Walk, trips: Trips, s: Any) -> bool:
        """Arrays, containers and outer names that the body changed."""
        again = False
        for key, (place, old) in list(self.journals[-1].items()):
            if key in trips.carried or trips.made(place):
                continue
            if isinstance(place, Items):
                again |= self.changed_items(place, old, trips, s)
                continue
            after = place.get()
            if isinstance(after, Missing) or self.same_place(place, old, after):
                continue
            again = True
            trips.carried[key] = self.carried_anew(place, old, trips.loop)
        return again

    def same_place(self: Walk, place: Place, old: Value, after: Value) -> bool:
        if isinstance(place, Contents) or isinstance(old, Missing):
            return after is old
        return bool(self.same_value(old, after))

    def changed_items(self: Walk, place: Items, old: Any, trips: Trips, s: Any) -> bool:
        """The items of a container that the body changed."""
        now = place.get()
        pairs = list(enumerate(now)) if isinstance(now, list) else list(now.items())
        before = dict(enumerate(old)) if isinstance(old, list) else old
        if before.keys() != dict(pairs).keys():
            raise NeedsUnrolling(
                "a container that grows in a loop of unknown length",
                self.location(s),
                getattr(place.container, "made", None),
            )
        again = False
        for k, v in pairs:
            item = Item(place.container, k)
            if item.key in trips.carried or self.same_value(before[k], v):
                continue
            again = True
            trips.carried[item.key] = self.carried_anew(item, before[k], trips.loop)
        return again

    # which arrays may be the same

    def keep_choices(self: Walk, old: Carried, new: Carried) -> None:
        for p, q in zip(old.params, new.params, strict=False):
            found = self.memory.chosen.get(p, frozenset()) | self.memory.chosen.get(q, frozenset())
            if found:
                self.memory.chosen[q] = found

    def relate(self: Walk, trips: Trips) -> None:
        """Which of the arrays at the start of a trip may be the same."""
        slots = list(trips.slots())
        for n, (k, p, init) in enumerate(slots):
            for other, q, start in slots[:n]:
                same = frozenset((k, other)) in trips.related or self.may_share(init, start)
                self.memory.related[frozenset((p, q))] = same
            if trips.loop is not None:
                self.memory.made_by[p] = trips.loop

    def widen_choices(self: Walk, trips: Trips) -> bool:
        """What the carried arrays may be after a trip; whether that is more than assumed."""
        again = False
        ends: list[tuple[Any, Operand]] = []
        for key, c in trips.carried.items():
            if isinstance(c.value, Missing | Stale) or isinstance(c.place, Contents):
                continue
            after = [x for p, x in zip(atoms(c.value), atoms(c.place.get()), strict=False)
                     if not isinstance(p, Lit)]  # fmt: skip
            for i, (p, x) in enumerate(zip(c.params, after, strict=False)):
                found = {r for o in self.bases(x) for r in self.family(o) if not trips.is_born(r)}
                again |= self.stays_listed(p, x)
                known = self.memory.chosen.get(p, frozenset())
                again |= not found <= known
                if found:
                    self.memory.chosen[p] = known | found
                pairs = [frozenset(((key, i), k)) for k, y in ends if self.may_share(x, y)]
                again |= not trips.related.issuperset(pairs)
                trips.related.update(pairs)
                ends.append(((key, i), x))
        return again

    def finish(
        self: Walk,
        trips: Trips,
        final: dict[str, Value],
        parts: Any,
        close: Callable[[Any, list[Carried], list[Var]], None],
        sizes: int,
    ) -> None:
        results: list[Var] = []
        ends: dict[Var, Var] = {}
        slots = list(trips.slots())
        for c in trips.carried.values():
            c.inits = [self.current(i) for i in c.inits]
        for c in trips.carried.values():
            if isinstance(c.value, Missing | Stale):
                gone = c.value
                if isinstance(gone, Missing):
                    gone = Missing(gone.why, loops=gone.loops)
                self.put(c.place, gone)
                continue
            out: list[Operand] = []
            for p in atoms(c.value):
                if isinstance(p, Lit):
                    out.append(p)
                    continue
                r = self.b.var(_outside(without_size(p.type), sizes, self.b.fresh), p.hint)
                if p in self.memory.chosen:
                    self.memory.chosen[r] = self.memory.chosen[p]
                ends[p] = r
                self.stays_listed(r, p)
                if trips.loop is not None:
                    self.memory.made_by[r] = trips.loop
                results.append(r)
                out.append(r)
            value = rebuilt(c.value, iter(out))
            self.freeze_stand_in(value, trips.loop)
            self.put(c.place, value)
        for n, (_, p, _) in enumerate(slots):
            for _, q, _ in slots[:n]:
                self.memory.related[frozenset((ends[p], ends[q]))] = self.may_be_same(p, q)
        for name in final:
            if name not in self.frame.locals:
                self.frame.locals[name] = Missing("it is bound inside a loop above")
        close(parts, list(trips.carried.values()), results)


@dataclass
class Trips:
    """A loop while its body is walked: what it carries, and what was there before it."""

    entry: dict[str, Value]
    counter: int  # of names made before
    serial: int  # regions and frames with a higher one are made by the body
    loop: Any  # the statement, if it makes but few trips
    carried: dict[Any, Carried] = field(default_factory=dict)  # by the key of the place
    uncarried: dict[Place, Value] = field(default_factory=dict)  # assigned, not carried so far
    pending: set[str] = field(default_factory=set)  # bound by the body, and not before
    related: set[Any] = field(default_factory=set)  # pairs of arrays that may be the same
    listed: int = 0  # arrays from before that are items of a list of unknown length

    def is_born(self, v: Var) -> bool:
        """Whether a name was made while the loop was walked."""
        return serial_of(v) > self.counter

    def made(self, place: Place) -> bool:
        """Whether a place is part of something that the body itself made."""
        if isinstance(place, Contents):
            return self.is_born(place.object)
        if isinstance(place, Items | Item):
            return made_at(place.container) > self.serial
        return place.frame.serial > self.serial

    def slots(self) -> Iterator[tuple[Any, Var, Operand]]:
        """The carried arrays that names hold: where, the name at the start, that before."""
        for key, c in self.carried.items():
            if not isinstance(c.place, Contents) and not isinstance(c.value, Missing | Stale):
                for i, (p, init) in enumerate(zip(c.params, c.inits, strict=True)):
                    if isinstance(p.type, Array):
                        yield (key, i), p, init


def _plain(v: Value) -> bool:
    found = list(atoms(v))
    return bool(found) and all(isinstance(a, Var) or isinstance(a.value, _CARRIED) for a in found)


def _entry_type(a: Operand) -> Type:
    """The type a carried value starts with: its own, with nothing said of its being a size."""
    return without_size(type_of(a))


def without_size(t: Type) -> Type:
    """The type, with nothing said of the value being the size of something."""
    if isinstance(t, Number) and t.size is not None:
        return Number(t.dtype, t.weak)
    return t


def _keep_unknown(before: Type, wide: Type) -> Type:
    """A size that is unknown at the start of a trip stays that same symbol."""
    if not isinstance(before, Array) or not isinstance(wide, Array):
        return wide
    if before.dims is None or wide.dims is None or len(before.dims) != len(wide.dims):
        return wide
    dims = tuple(
        b if isinstance(b, Dim) and b.name.startswith("?") else w
        for b, w in zip(before.dims, wide.dims, strict=True)
    )
    return Array(wide.dtype, dims)


def _outside(t: Type, sizes: int, fresh: Any) -> Type:
    """A type as seen after the loop: sizes that are the loop's own get new symbols."""
    if not isinstance(t, Array | Shape) or t.dims is None:
        return t
    dims = tuple(
        fresh() if isinstance(d, Dim) and d.name[0] == "?" and int(d.name[1:]) > sizes else d
        for d in t.dims
    )
    return Array(t.dtype, dims) if isinstance(t, Array) else Shape(dims)


def _same_literal(p: Lit, x: Operand) -> bool:
    return isinstance(x, Lit) and (x.value is p.value)

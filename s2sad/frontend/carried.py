"""What a loop carries: its body is walked until the types of that are stable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from s2sad.frontend.binding import only_augmented
from s2sad.frontend.identity import holds_mutable, parts
from s2sad.frontend.identity import serial as made_at
from s2sad.frontend.infer import type_of
from s2sad.frontend.joins import join
from s2sad.frontend.journal import UNBOUND, Contents, Item, Items, Name, Place, Region
from s2sad.frontend.memory import Stale, StaleRead
from s2sad.frontend.names import Flag, Result
from s2sad.frontend.statements import FALLS, RAISED
from s2sad.frontend.trips import (
    CARRIED,
    CHANGING,
    WRITTEN,
    Carried,
    KindChange,
    Retry,
    Trips,
    entry_type,
    is_plain_value,
    keep_unknown,
    same_known,
    same_literal,
    same_parts,
    without_size,
)
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
from s2sad.ir.types import Array, Type

MOST_WALKS = 8


def place_of(s: Any) -> Any:
    """Where a statement stands, the same in every walk."""
    return s.lineno, s.col_offset


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
        self.drop_unreadable(names)
        trips = Trips(dict(frame.locals), self.b.counter, tick(), loop, place_of(s))
        self.first_guess(trips, names, s)
        trips.listed, trips.sizes = len(self.memory.listed), sizes
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

    def drop_unreadable(self: Walk, names: list[str]) -> None:
        """Names that the loop binds, and of which it is not known what they hold before it."""
        for name in names:
            value = self.frame.locals.get(name, UNBOUND)
            for x in () if isinstance(value, Missing) else atoms(value):
                gone = self.stale_in(x)
                if gone is not None:
                    self.learn_to_unroll(gone.loops)
                    self.frame.locals[name] = Missing(WRITTEN, chosen=True, slots=gone.slots)

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
        self.loop_depth += 1
        try:
            with self.b.supposing():
                yield
        finally:
            frame.pending -= pending
            self.region = region
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
            if isinstance(name, Flag) and isinstance(before, Lit):
                trips.uncarried[place] = before  # until a jump is found that may set it
            elif any(True for _ in atoms(before)) and not (
                in_place and (name in changed or holds_mutable(before))
            ):
                trips.carried[place.key] = self.carry(place, before, before, None, trips)
            else:
                trips.uncarried[place] = before

    def carry(
        self: Walk, place: Place, before: Value, like: Value, types: Any, trips: Trips
    ) -> Carried:
        """A `Carried` with fresh names of the given types (by default those at entry)."""
        c = Carried(place, before, None)
        at_entry = list(atoms(before)) if before is not None else None
        kinds = types or [entry_type(a) for a in atoms(like)]
        out: list[Operand] = []
        single = isinstance(like, Var | Lit)
        hint = place.label if isinstance(place, Name) else ""
        for i, (a, t) in enumerate(zip(atoms(like), kinds, strict=True)):
            if isinstance(a, Lit) and not isinstance(a.value, CARRIED):
                out.append(a)
                continue
            name = hint if single and hint else getattr(a, "hint", "")
            slot = self.slot_of(trips, place, i, a)
            if slot is not None:
                init = at_entry[i] if at_entry is not None else None
                out.append(self.carry_choice(c, i, slot, t, name, init))
                continue
            param = self.b.var(t, name)
            init = at_entry[i] if at_entry is not None else UNDEFINED
            if not isinstance(place, Contents):
                self.choose(param, [init])
            c.params.append(param)
            c.inits.append(init)
            if isinstance(t, Array):
                c.arrays.append((i, param, init))
                self.memory.chosen.setdefault(param, frozenset())  # it may be another one's array
            out.append(param)
        c.value = rebuilt(like, iter(out))
        self.freeze(before, True, trips.loop)
        self.freeze_stand_in(c.value, trips.loop)
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
        gone = self.gone_after(c, after)
        if gone is not None:
            return trips.lose(key, gone)
        types: list[Type] = []
        yields: list[Operand] = []
        mark = len(self.frozen)
        if after is not c.value:
            self.freeze(after, True, trips.loop)
        changed = any(made_at(v) <= trips.serial for v, _ in self.frozen[mark:])
        for i, (p, x) in enumerate(zip(atoms(c.value), atoms(after), strict=True)):
            if isinstance(p, Lit):
                if not same_literal(p, x) and not isinstance(p.value, CARRIED):
                    if c.before is not None:
                        raise KindChange(c.place.label)
                    return trips.lose(key, Missing(CHANGING, unroll=True))
                changed |= not same_literal(p, x)
                types.append(type_of(x) if same_literal(p, x) else entry_type(x))
                continue
            wide = self.wider(p.type, type_of(x), trips.sizes)
            changed |= wide != without_size(p.type)
            types.append(wide)
            if self.absorbed(c, i, x, trips):
                changed = True
                continue
            try:
                yields += self.handed_on(c, i, x)
            except StaleRead:
                return trips.lose(key, Missing(WRITTEN, chosen=True, loops=(trips.loop,)))
        if changed:
            self.changing = c.place.label
            like = c.before if c.before is not None else after
            new = self.carry(c.place, c.before, like, types, trips)
            self.keep_choices(c, new)
            trips.carried[key] = new
        return changed, yields

    def wider(self: Walk, before: Type, after: Type, sizes: int) -> Type:
        """The type of what is of these types at the start and at the end of a trip."""
        if self.b.canonical(before) == self.b.canonical(after):
            return without_size(before)
        return keep_unknown(before, without_size(join(before, after, self.b.fresh)), sizes)

    def gone_after(self: Walk, c: Carried, after: Value) -> Missing | Stale | None:
        """What stands in the place of something that cannot be carried."""
        if isinstance(after, Stale) or (isinstance(after, Missing) and after.chosen):
            return after
        if isinstance(after, Missing):
            return Missing(after.why, unroll=True)
        return None if same_structure(c.value, after) else Missing(CHANGING, unroll=True)

    def changed_otherwise(self: Walk, trips: Trips) -> bool:
        """Names that were not carried (a function, an array), and are something else now."""
        again = False
        for place, before in trips.uncarried.items():
            after = place.get()
            if place.key not in trips.carried and not self.same_value(before, after):
                again = True
                trips.carried[place.key] = self.carried_anew(place, before, trips)
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

    def carried_anew(self: Walk, place: Place, before: Value, trips: Trips) -> Carried:
        """A place whose change only showed when the body was walked."""
        after = place.get()
        if isinstance(after, Stale):
            return Carried(place, before, after)
        if before is UNBOUND:
            types = [without_size(type_of(a)) for a in atoms(after)]
            unbound: Carried = self.carry(place, None, after, types, trips)
            return unbound
        if any(True for _ in atoms(before)):
            same: Carried = self.carry(place, before, before, None, trips)
            return same
        return Carried(place, before, Missing(CHANGING, unroll=True))

    def newly_bound(self: Walk, trips: Trips) -> bool:
        """Names that the body binds first: read by the next trip, or after the loop."""
        again = False
        names = self.frame.locals
        for name in sorted((self.frame.pending & names.keys()) - trips.entry.keys()):
            value, place = names[name], Name(self.frame, name)
            if place.key in trips.carried or isinstance(value, Missing):
                continue
            if not is_plain_value(value) and not isinstance(name, Result):
                continue
            if isinstance(value, Growing) and trips.entry.get(name) is value:
                continue  # the same list as before, whose items are carried
            types = [without_size(type_of(a)) for a in atoms(value)]
            trips.carried[place.key] = self.carry(place, None, value, types, trips)
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
            if isinstance(place, Name) and place.frame is self.frame:
                if place.name not in trips.entry and old is not UNBOUND:
                    continue  # the body itself binds it, before anything else changes it
                old = trips.entry.get(place.name, UNBOUND)
            after = place.get()
            if isinstance(after, Missing) or self.same_place(place, old, after):
                continue
            again = True
            trips.carried[key] = self.carried_anew(place, old, trips)
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
            trips.carried[item.key] = self.carried_anew(item, before[k], trips)
        return again

"""Which of the arrays that a loop carries may be the same, from trip to trip and after it."""

from __future__ import annotations

from typing import Any

from s2sad.frontend.journal import Contents
from s2sad.frontend.memory import Stale, serial_of
from s2sad.frontend.trips import Carried, Trips
from s2sad.frontend.values import Missing, atoms
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Operand, Var


class Choices:
    """Found by walking the body: what holds at the start of a trip must hold at its end."""

    def keep_choices(self: Walk, old: Carried, new: Carried) -> None:
        names = {i: q for i, q, _ in new.arrays}
        for i, p, _ in old.arrays:
            q = names.get(i, p)
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
            slot = trips.slot(trips.carried[k[0]].place, k[1])
            self.memory.carries[p] = trips.sources.setdefault(k, {})
            self.memory.carries[p][slot] = None

    def widen_choices(self: Walk, trips: Trips) -> bool:
        """What the carried arrays may be after a trip; whether that is more than assumed."""
        again = False
        ends: list[tuple[Any, Operand]] = []
        for key, c in trips.carried.items():
            if isinstance(c.value, Missing | Stale) or isinstance(c.place, Contents):
                continue
            after = list(atoms(c.place.get()))
            for i, p, _ in c.arrays:
                for x in self.own_options(c.followed.get(i), after[i]):
                    again |= self.widen_choice(p, x, trips)
                    for o in sorted(self.bases(x), key=serial_of):
                        found = trips.sources.setdefault((key, i), {})
                        found.update(self.memory.carries.get(o, {}))
                    again |= self.widen_pairs((key, i), x, ends, trips)
                    ends.append(((key, i), x))
        return again

    def widen_choice(self: Walk, p: Var, x: Operand, trips: Trips) -> bool:
        """What a carried array may be that is `x` after a trip; whether that is news."""
        found = {r for o in self.bases(x) for r in self.family(o) if not trips.is_born(r)}
        again: bool = self.stays_listed(p, x)
        known = self.memory.chosen.get(p, frozenset())
        if found:
            self.memory.chosen[p] = known | found
        return again or not found <= known

    def widen_pairs(
        self: Walk, slot: Any, x: Operand, ends: list[tuple[Any, Operand]], trips: Trips
    ) -> bool:
        """Which others it may be the same as; whether that is news."""
        pairs = [frozenset((slot, k)) for k, y in ends if k != slot and self.may_share(x, y)]
        again = not trips.related.issuperset(pairs)
        trips.related.update(pairs)
        return again

    def follow(self: Walk, p: Var, r: Var, trips: Trips) -> None:
        """What is known of a carried array holds for the result `r` of the loop."""
        if p in self.memory.chosen:
            self.memory.chosen[r] = self.memory.chosen[p]
        self.stays_listed(r, p)
        if p in self.memory.carries:
            self.memory.carries[r] = self.memory.carries[p]
        if trips.loop is not None:
            self.memory.made_by[r] = trips.loop

    def relate_ends(self: Walk, slots: list[Any], ends: dict[Operand, Var]) -> None:
        """Which of the arrays after the loop may be the same."""
        for n, (_, p, _) in enumerate(slots):
            for _, q, _ in slots[:n]:
                self.memory.related[frozenset((ends[p], ends[q]))] = self.may_be_same(p, q)

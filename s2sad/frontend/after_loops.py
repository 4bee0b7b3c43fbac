"""What names, arrays and containers hold after a loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s2sad.frontend.journal import Contents
from s2sad.frontend.memory import Stale
from s2sad.frontend.trips import Carried, Trips, seen_outside, without_size
from s2sad.frontend.values import Missing, Value, atoms, rebuilt
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Operand, Var


class AfterLoops:
    """Binds the results of a loop."""

    def finish(
        self: Walk,
        trips: Trips,
        final: dict[str, Value],
        parts: Any,
        close: Callable[[Any, list[Carried], list[Var]], None],
        sizes: int,
    ) -> None:
        results: list[Var] = []
        ends: dict[Operand, Any] = {}
        slots = list(trips.slots())

        def new(p: Var) -> Var:
            t = seen_outside(without_size(p.type), sizes, self.b.fresh)
            r: Var = self.b.var(t, p.hint)
            self.follow(p, r, trips)
            results.append(r)
            return r

        for c in trips.carried.values():
            c.inits = [self.current(i) for i in c.inits]
        for c in trips.carried.values():
            if isinstance(c.value, Missing | Stale):
                self.put(c.place, self.unknown_after(c))
            else:
                value = self.value_after(c, ends, new)
                self.freeze_stand_in(value, trips.loop, getattr(self.region, "serial", 0))
                self.put(c.place, value)
        self.relate_ends(slots, ends)
        self.forget_names(final)
        close(parts, list(trips.carried.values()), results)

    def value_after(self: Walk, c: Carried, ends: dict[Operand, Any], new: Any) -> Value:
        """What a place holds after the loop, its atoms results of the loop."""
        out: list[Operand] = []
        for i, p in enumerate(atoms(c.value)):
            if i in c.followed:
                ends[p] = self.end_choice(c.followed[i], p, ends, new)
            elif not isinstance(p, Lit):
                ends[p] = new(p)
            out.append(ends.get(p, p))
        return rebuilt(c.value, iter(out))

    def unknown_after(self: Walk, c: Carried) -> Missing | Stale:
        """What is left of a place of which it is not known what it holds."""
        gone: Any = c.value
        if isinstance(gone, Stale):
            return gone
        if isinstance(c.place, Contents):
            return Stale(self.b.at, tuple(gone.loops))
        return Missing(gone.why, False, gone.loops, gone.chosen, gone.slots)

    def forget_names(self: Walk, final: dict[str, Value]) -> None:
        """What the body bound and no trip hands on is not bound after the loop."""
        for name, last in final.items():
            if name not in self.frame.locals:
                chosen = isinstance(last, Missing) and last.chosen
                gone = last if chosen else Missing("it is bound inside a loop above")
                self.frame.locals[name] = gone

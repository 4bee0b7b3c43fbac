"""Loops: `for` and `while` whose trips are counted, peeled or unrolled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from s2sad.frontend.binding import assigned
from s2sad.frontend.names import spelled
from s2sad.frontend.onetime import Once
from s2sad.frontend.rooms import Rooms
from s2sad.frontend.statements import FALLS
from s2sad.frontend.trips import Carried, KindChange, Trips
from s2sad.frontend.values import NeedsUnrolling, Value
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Atom, Block, For, Lit, Operand, Var, While
from s2sad.ir.types import INT

MOST_UNROLLED = 512


MOST_TRIPS = 1000
"""So many trips of a loop are walked one by one."""


class TestWrites(Exception):
    """The test of a `while` changes an array, a container or a name of a function around."""


class Loops:
    """`for` and `while` whose number of trips depends on data, and the unrolled rest."""

    def do_For(self: Walk, s: Any) -> Value:
        iterable = self.eval(s.iter)
        self.check_loop(iterable, s)
        try:
            outcome = self.iterate(iterable, s)
        except NeedsUnrolling as e:
            self.learn_list(e, s)
            raise
        if isinstance(iterable, Once):
            self.check_unchanged(iterable, s)
        return outcome

    def counted(
        self: Walk, start: Atom, stop: Atom, step: Atom, s: Any,
        bind: Callable[[Operand], None],
    ) -> Value:  # fmt: skip
        """A loop over range(start, stop, step); `bind` gives the target its value of the trip.

        Where a variable has another kind on the first trip (`previous = None`), that trip is
        walked by itself.
        """
        before = self.checkpoint()
        try:
            return self.counted_alike(start, stop, step, s, bind)
        except KindChange as change:
            if not isinstance(step, Lit) or not isinstance(step.value, int):
                raise self.kind_refused(change.name, s) from None
            self.go_back(before)
            return self.peeled(start, stop, step, s, bind)

    def peeled(
        self: Walk, start: Atom, stop: Atom, step: Lit, s: Any, bind: Callable[[Operand], None]
    ) -> Value:
        """The first trip, if there is one, and then the others."""
        up = step.value > 0

        def run() -> Value:
            bind(start)
            outcome = self.block(s.body)
            if outcome is not FALLS:
                return outcome
            following = self.add_int(start, step)
            try:
                return self.counted_alike(following, stop, step, s, bind)
            except KindChange as change:
                raise self.kind_refused(change.name, s) from None

        compare = gast.Lt() if up else gast.Gt()
        truth = self.truth(self.compare(compare, start, stop, s))
        if isinstance(truth, bool):
            return run() if truth else FALLS
        return self.joined(truth, self.way(run), self.way(lambda: FALLS), s)

    def kind_refused(self: Walk, name: str, s: Any) -> Exception:
        """The error for a variable without one kind."""
        error: Exception = self.refuse(
            f"a loop in which {spelled(name)} changes its kind from trip to trip",
            f"give {spelled(name)} its final kind before the loop: a number, an array",
            s,
        )
        return error

    def counted_alike(
        self: Walk, start: Atom, stop: Atom, step: Atom, s: Any,
        bind: Callable[[Operand], None],
    ) -> Value:  # fmt: skip
        """A loop whose variables have the same kind on every trip."""
        return self.with_room(
            start, stop, step,
            lambda rooms: self.counted_trips(start, stop, step, s, bind, rooms),
        )  # fmt: skip

    def counted_trips(
        self: Walk, start: Atom, stop: Atom, step: Atom, s: Any,
        bind: Callable[[Operand], None], rooms: Rooms,
    ) -> Value:  # fmt: skip
        """A loop that has made the room that its lists need."""
        names = assigned([*s.body, s.target])

        def walk(trips: Trips) -> Any:
            index = self.b.var(INT, s.target.id if isinstance(s.target, gast.Name) else "")
            self.indices.add(index)
            with self.b.region() as body, self.rooms_of(rooms):
                self.start_trip(rooms, index, start)
                bind(index)
                outcome = self.block(s.body)
                after = self.after_trip(trips, outcome, s)
                self.end_trip(rooms, start, step)
            return index, body, after

        def close(parts: Any, carried: list[Carried], results: list[Var]) -> None:
            index, body, yields = parts
            params = tuple(p for c in carried for p in c.params)
            inits = tuple(i for c in carried for i in c.inits)
            block = self.b.block(body, tuple(yields))
            self.b.add(
                For(
                    index, start, stop, step, False, inits, params, block, tuple(results), self.b.at
                )
            )

        self.fixpoint(names, walk, close, s)
        return FALLS

    def do_While(self: Walk, s: Any) -> Value:
        if _has_walrus(s.test):
            return self.while_with_walrus(s)
        before = self.checkpoint()
        try:
            return self.while_alike(s)
        except TestWrites:
            self.go_back(before)
            return self.while_with_walrus(s)
        except KindChange:
            self.go_back(before)
        except NeedsUnrolling as e:
            self.go_back(before)
            if self.known_test(s) is None:
                self.learn_list(e, s)
                raise
            self.go_back(before)
            return self.trip_by_trip(s)
        truth = self.test(s.test)
        if isinstance(truth, bool):
            return self.after_first(s) if truth else FALLS
        return self.joined(truth, self.way(lambda: self.after_first(s)), self.way(lambda: FALLS), s)

    def known_test(self: Walk, s: Any) -> bool | None:
        """The test of a `while` where it is known; nothing is evaluated for it."""
        with self.trial():
            truth = self.truth(self.eval(s.test))
        return truth if isinstance(truth, bool) else None

    def trip_by_trip(self: Walk, s: Any) -> Value:
        """A `while` whose test is known on every trip: no loop is left."""
        for _ in range(MOST_TRIPS):
            if self.known_test(s) is None:
                return self.do_While(s)
            truth = self.truth(self.eval(s.test))
            outcome = self.block(s.body) if truth else FALLS
            if not truth or outcome is not FALLS:
                return outcome
        raise self.refuse(
            f"a loop of more than {MOST_TRIPS} trips over what is known before the call",
            "loop over an array",
            s,
        )

    def after_first(self: Walk, s: Any) -> Value:
        """The first trip of a `while` by itself, and then the others."""
        outcome = self.block(s.body)
        if outcome is not FALLS:
            return outcome
        try:
            return self.while_alike(s)
        except KindChange as change:
            raise self.kind_refused(change.name, s) from None

    def while_alike(self: Walk, s: Any) -> Value:
        """A `while` whose variables have the same kind on every trip."""
        names = assigned(s.body)

        def walk(trips: Trips) -> Any:
            with self.journal() as written, self.b.region() as test:
                truth = self.test(s.test)
                if isinstance(truth, bool):
                    truth = Lit(truth)
            self.keep(written)
            if not all(trips.made(place) for place, _ in written.values()):
                raise TestWrites
            with self.b.region() as body, self.rooms_of(None):
                outcome = self.block(s.body)
                after = self.after_trip(trips, outcome, s)
            return (test, truth), body, after

        def close(parts: Any, carried: list[Carried], results: list[Var]) -> None:
            (test, truth), body, yields = parts
            params = tuple(p for c in carried for p in c.params)
            inits = tuple(i for c in carried for i in c.inits)
            tested = Block(tuple(test), (truth,))
            block = self.b.block(body, tuple(yields))
            self.b.add(While(inits, params, tested, block, tuple(results), self.b.at))

        self.fixpoint(names, walk, close, s)
        return FALLS

    def while_with_walrus(self: Walk, s: Any) -> Value:
        """A test that binds or writes something becomes a variable.

        It is set before the loop and at the end of each trip.
        """
        name = "test"
        while name in self.frame.locals or name in self.frame.scope:
            name += "_"
        test = gast.Name(name, gast.Load(), None, None)
        store = gast.Name(name, gast.Store(), None, None)
        update = gast.copy_location(gast.Assign([store], s.test, None), s)
        outcome = self.statement(update)
        loop = gast.copy_location(gast.While(test, [*s.body, update], []), s)
        return self.do_While(loop) if outcome is FALLS else outcome

    def unrolled(self: Walk, items: list[Value], s: Any) -> Value:
        """A loop over values that are known one by one."""
        if len(items) > MOST_UNROLLED:
            raise self.refuse(
                f"a loop over {len(items)} values of a container",
                "put the values into an array and loop over that",
                s,
            )
        for item in items:
            hint = s.target.id if isinstance(s.target, gast.Name) else ""
            self.assign(s.target, self.named(item, hint))
            outcome = self.block(s.body)
            if outcome is not FALLS:
                return outcome
        return FALLS


def _has_walrus(e: Any) -> bool:
    return any(isinstance(n, gast.NamedExpr) for n in gast.walk(e))

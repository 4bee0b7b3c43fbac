"""Branches: both ways walked, what they bind joined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from s2sad.frontend.identity import held_at_end, holds_mutable, is_number, serial, static_equal
from s2sad.frontend.infer import type_of
from s2sad.frontend.joins import join
from s2sad.frontend.journal import UNBOUND, Contents, Item, Items, Name, Place, Region, held
from s2sad.frontend.memory import Stale, StaleRead, serial_of
from s2sad.frontend.raising import Raises
from s2sad.frontend.statements import FALLS, RAISED, Raised
from s2sad.frontend.trips import WRITTEN
from s2sad.frontend.values import (
    Missing,
    Sequence,
    Unbound,
    Value,
    atoms,
    is_atom,
    tick,
)
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import UNDEFINED, Atom, If, Lit, Operand, Statement, Var
from s2sad.ir.types import Array

DEAD = object()
"""The state after a path that raised or cannot be walked yet."""

Changes: TypeAlias = dict[Any, tuple[Place, Any]]
"""By the key of a place: what it holds at the end of a way."""


class Way:
    """One way through a branch: its statements, its outcome, and what it changed."""

    def __init__(
        self, body: list[Statement], names: dict[str, Value], outcome: Value, changes: Changes,
        counter: tuple[int, int],
    ) -> None:  # fmt: skip
        self.body = body
        self.names = names
        self.outcome = outcome
        self.changes = changes
        self.counter, self.serial = counter  # of names, and of what is made later, before
        self.dead = isinstance(outcome, Raised) or outcome is DEAD
        self.yields: list[Operand] = []
        self.used: set[Any] = set()  # what could be run through once
        self.contents: dict[int, Any] = {}  # of the containers that it changed, at its end
        self.before: Changes = {}  # what arrays held before it, or before the other way
        self.counts: Any = None
        self.test: Any = None
        self.exported: dict[Var, Operand] = {}  # what it made, as it is known after the branch


class Branches:
    """`if` on data, as a statement and as an expression."""

    def do_If(self: Walk, s: Any) -> Value:
        truth = self.test(s.test)
        if isinstance(truth, bool):
            return self.block(s.body if truth else s.orelse)
        then = self.way(lambda: self.block(s.body))
        orelse = self.way(lambda: self.block(s.orelse))
        return self.joined(truth, then, orelse, s)

    def branch_expression(
        self: Walk, truth: Operand, then: Callable[[], Value], orelse: Callable[[], Value]
    ) -> Value:
        """The value of `then` or of `orelse`, whichever the data says; only that one is run."""
        return self.joined(truth, self.way(then), self.way(orelse), None)

    def way(self: Walk, run: Callable[[], Value]) -> Way:
        """Walks one way, from the state as it is now, which is put back afterwards."""
        frame, counter = self.frame, (self.b.counter, tick())
        before, region, used = dict(frame.locals), self.region, set(self.used_up)
        self.region = Region()
        try:
            with self.b.supposing(), self.journal() as log, self.b.region() as body:
                try:
                    outcome = run()
                except Unbound:
                    outcome = DEAD
                except Raises as error:
                    outcome = DEAD
                    self.emit_raise(error.error, error.cls, None)
                after = dict(frame.locals)
                changes = {key: (place, place.get()) for key, (place, _) in log.items()}
                before_it = {k: x for k, x in log.items() if isinstance(x[0], Contents)}
                contents = held_at_end(changes)
                self.revert(log)
        finally:
            frame.locals, self.region = before, region
        way = Way(body, after, outcome, changes, counter)
        way.used, self.used_up = self.used_up, used
        way.contents, way.before = contents, before_it
        return way

    def joined(self: Walk, truth: Any, then: Way, orelse: Way, node: Any) -> Value:
        """One `If` with the joined state and outcome of both ways as its results."""
        self.used_up |= then.used | orelse.used
        if then.dead and orelse.dead:
            self._close(truth, then, orelse, [])
            if DEAD in (then.outcome, orelse.outcome):
                raise Unbound("")
            return RAISED
        results: list[Var] = []
        then.test = truth
        then.before = orelse.before = then.before | orelse.before
        outer, self.pairs_joined = self.pairs_joined, {}
        around = self.merges, self.adoptions
        self.merges, self.adoptions = {}, {}
        try:
            self.join_names(then, orelse, results)
            outcome = self.join_outcomes(then, orelse, results, node)
            self.join_places(then, orelse, results, node)
            self.note_held(results)
        finally:
            self.pairs_joined = outer
            self.merges, self.adoptions = around
        self._close(truth, then, orelse, results)
        return outcome

    def join_places(self: Walk, then: Way, orelse: Way, results: list[Var], node: Any) -> None:
        """Arrays, containers and outer names that either way changed."""
        changes = {**then.changes, **orelse.changes}
        for key in changes:
            place = changes[key][0]
            ways = [DEAD if w.dead else _held_after(w, place) for w in (then, orelse)]
            match place:
                case Item() if Items(place.container).key in changes:
                    pass  # among all items of the container
                case Contents() if serial_of(place.object) > then.counter:
                    pass  # made by one of the ways, and reached through what that way bound
                case Contents():
                    self.put(place, self.join_contents(place, *ways, then, orelse, results))
                case Items() | Item() if id(place.container) in self.adoptions:
                    pass  # likewise, and bound to what the branch results in
                case Items() | Item() if serial(place.container) >= min(then.serial, orelse.serial):
                    pass  # likewise
                case Items():
                    self.put(place, self.join_items(place, *ways, then, orelse, results, node))
                case Name() if place.frame is self.frame or place.frame.serial > then.serial:
                    pass  # among the names of both ways, or of a function that has ended
                case Name() | Item():
                    a, b = (DEAD if v is UNBOUND else v for v in ways)
                    if a is not b:
                        self.put(place, self.join_named(place.label, a, b, then, orelse, results))

    def join_contents(
        self: Walk, place: Contents, a: Any, b: Any, then: Way, orelse: Way, results: list[Var]
    ) -> Any:
        """What an array holds after a branch in which it was written."""
        for v in (a, b):
            if isinstance(v, Stale):
                return v
        if a is DEAD or b is DEAD:
            v = b if a is DEAD else a
            result = self.b.var(v.type, place.object.hint)
        else:
            result = self.b.var(join(a.type, b.type, self.b.fresh), place.object.hint)
        results.append(result)
        then.yields.append(UNDEFINED if a is DEAD else a)
        orelse.yields.append(UNDEFINED if b is DEAD else b)
        return result

    def join_items(
        self: Walk, place: Items, a: Any, b: Any, then: Way, orelse: Way, results: list[Var],
        node: Any,
    ) -> Any:  # fmt: skip
        """What a container holds after a branch that changed it."""
        known = [v for v in (a, b) if v is not DEAD]
        keys = [list(range(len(v))) if isinstance(v, list) else list(v) for v in known]
        if keys[0] != keys[-1]:
            self.grow_instead(getattr(place.container, "made", None), node)
            raise self.refuse(
                "a container that has other items after each way of a branch",
                "change it the same way in both, or make a new one",
                node,
            )
        found = {}
        for k in keys[0]:
            x, y = (v if v is DEAD else v[k] for v in (a, b))
            before = self.item_before(place.container, k)
            same = x is y or ((x if y is DEAD else y) is before and DEAD in (x, y))
            found[k] = (
                (y if x is DEAD else x)
                if same
                else self.join_named(str(k), x, y, then, orelse, results)
            )
        return list(found.values()) if isinstance(known[0], list) else found

    def item_before(self: Walk, container: Any, k: Any) -> Value:
        """An item as it was before the branch."""
        if isinstance(container, Sequence):
            return container.items[k] if k < len(container.items) else DEAD
        return held(container).get(k, DEAD)

    def _close(self: Walk, truth: Atom, then: Way, orelse: Way, results: list[Var]) -> None:
        if not results and not then.body and not orelse.body:
            return
        a = self.b.block(then.body, tuple(then.yields))
        b = self.b.block(orelse.body, tuple(orelse.yields))
        self.b.add(If(truth, a, b, tuple(results), self.b.at))

    def join_names(self: Walk, then: Way, orelse: Way, results: list[Var]) -> None:
        names = self.frame.locals
        for name in [*then.names, *(n for n in orelse.names if n not in then.names)]:
            a = then.names.get(name, DEAD) if not then.dead else DEAD
            b = orelse.names.get(name, DEAD) if not orelse.dead else DEAD
            one_way = DEAD in (a, b) and (then.dead or orelse.dead)
            kept = (b if a is DEAD else a) if one_way else a
            if (a is b or (one_way and kept is names.get(name))) and kept is not DEAD:
                names[name] = kept
            elif a is not DEAD or b is not DEAD:
                names[name] = self.join_named(name, a, b, then, orelse, results)

    def join_named(
        self: Walk, name: str, a: Value, b: Value, then: Way, orelse: Way, results: list[Var]
    ) -> Value:
        """What a name holds after a branch that bound it to `a` or to `b` (DEAD: not at all)."""
        if isinstance(a, Missing) or isinstance(b, Missing):
            return a if isinstance(a, Missing) else b
        try:
            if (a is DEAD and then.dead) or (b is DEAD and orelse.dead):
                return self.surviving(b if a is DEAD else a, a is DEAD, then, orelse, results, name)
            if a is DEAD or b is DEAD:
                return self.half_bound(name, a, b, then, orelse, results)
            if not self.alike_at_end(a, b, then, orelse):
                return Missing("it is bound to different kinds of values by the branches above")
            return self.join_values(a, b, then, orelse, results, name)
        except StaleRead:
            if not is_atom(b if a is DEAD else a):
                raise  # a part of it is joined already
            return Missing(WRITTEN, chosen=True)

    def surviving(
        self: Walk,
        v: Value,
        first_dead: bool,
        then: Way,
        orelse: Way,
        results: list[Var],
        hint: str,
    ) -> Value:
        """The value of the way that goes on, where the other one raised."""
        return self.join_values(
            v, v, then, orelse, results, hint, undefined=(first_dead, not first_dead)
        )

    def half_bound(
        self: Walk, name: str, a: Value, b: Value, then: Way, orelse: Way, results: list[Var]
    ) -> Value:
        """A name that one way binds: undefined after the other, as in Python."""
        v = b if a is DEAD else a
        if not all(isinstance(x, Var | Lit) for x in atoms(v)) or not (
            holds_mutable(v) or list(atoms(v))
        ):
            return Missing("it is bound by one of the branches above only")
        return self.join_values(v, v, then, orelse, results, name, undefined=(a is DEAD, b is DEAD))

    def join_values(
        self: Walk,
        a: Value,
        b: Value,
        then: Way,
        orelse: Way,
        results: list[Var],
        hint: str,
        undefined: tuple[bool, bool] = (False, False),
    ) -> Value:
        """One value for both ways, its atoms results of the branch where they differ."""
        single = is_atom(a)

        def take(x: Operand, y: Operand) -> Operand:
            wanted = hint if single else getattr(x, "hint", "") or getattr(y, "hint", "")
            found: Operand = self.join_operands(x, y, then, orelse, results, wanted, undefined)
            return found

        if any(undefined):
            return self.adopted(a, orelse if undefined[0] else then, lambda x: take(x, x))
        return self.merged(a, b, then, orelse, take)

    def join_operands(
        self: Walk, x: Operand, y: Operand, then: Way, orelse: Way, results: list[Var],
        hint: str, undefined: tuple[bool, bool],
    ) -> Operand:  # fmt: skip
        """One atom of a value: the same as before, or a result of the branch."""
        half = any(undefined)
        gone = (then if undefined[0] else orelse).dead
        if static_equal(x, y) and (not half or gone or not is_number(x)):
            return x
        if isinstance(x, Var) and not half and self.same_object(x, y):
            return x
        if half and x is y and self.is_older(x, then):
            return x
        if self.learned.choices:
            followed: Operand | None = self.joined_arrays(
                x, y, then, orelse, results, hint, undefined
            )
            if followed is not None:
                return followed
        made: Operand = self.join_atoms(x, y, then, orelse, results, hint, undefined)
        return made

    def is_older(self: Walk, x: Operand, way: Way) -> bool:
        """Whether an atom is an array that was there before the branch: it stays that object."""
        if not isinstance(x, Var) or not isinstance(x.type, Array) or not self.b.writes:
            return False
        return serial_of(self.object_of(x)) <= way.counter

    def same_object(self: Walk, x: Operand, y: Operand) -> bool:
        """Whether two atoms are one and the same value, or versions of one array."""
        if x is y:
            return True
        if not isinstance(x, Var) or not isinstance(y, Var) or self.b.role != "alpha":
            return False
        return x in self.memory.objects and self.object_of(x) is self.object_of(y)

    def join_atoms(
        self: Walk, x: Operand, y: Operand, then: Way, orelse: Way, results: list[Var],
        hint: str, undefined: tuple[bool, bool],
    ) -> Operand:  # fmt: skip
        """The result of the branch that is `x` after one way and `y` after the other."""
        pairs = self.pairs_joined
        if (x, y, undefined) in pairs:
            found: Operand = pairs[x, y, undefined]
            return found
        ends = (
            UNDEFINED if undefined[0] else self.value_in(then, x),
            UNDEFINED if undefined[1] else self.value_in(orelse, y),
        )
        result = self.b.var(join(type_of(x), type_of(y), self.b.fresh), hint)
        self.choose(result, [v for v, u in zip((x, y), undefined, strict=True) if not u])
        for (x2, y2, _), other in pairs.items():
            same = self.may_share(x, x2) or self.may_share(y, y2)
            self.memory.related[frozenset((result, other))] = same
        results.append(result)
        then.yields.append(ends[0])
        orelse.yields.append(ends[1])
        pairs[x, y, undefined] = result
        return result

    def value_in(self: Walk, way: Way, x: Operand) -> Operand:
        """What an array holds at the end of a way."""
        if not isinstance(x, Var) or not isinstance(x.type, Array):
            return x
        with self.journal() as log, self.b.reopened(way.body):
            for place, value in way.before.values():
                self.put(place, value)
            for o in way.exported:
                self.change(o, o)
            for place, value in way.changes.values():
                if isinstance(place, Contents):
                    self.put(place, value)
            found: Operand = self.current(x)
            self.revert(log)
        return found

    def join_outcomes(self: Walk, then: Way, orelse: Way, results: list[Var], node: Any) -> Value:
        a, b = then.outcome, orelse.outcome
        if then.dead or orelse.dead:
            v = b if then.dead else a
            if v is FALLS:
                return FALLS
            return self.surviving(v, then.dead, then, orelse, results, "")
        if a is FALLS and b is FALLS:
            return FALLS
        if a is FALLS or b is FALLS:
            raise self.refuse("a return on one way only", "return at the end of the function", node)
        if not self.alike_at_end(a, b, then, orelse):
            raise self.refuse(
                "a result of different structure on each way",
                "return the same kind of value from every branch",
                node,
            )
        return self.join_values(a, b, then, orelse, results, "")


def _held_after(way: Way, place: Place) -> Any:
    """What a place holds after a way, of which the state from before the branch is back."""
    if place.key in way.changes:
        return way.changes[place.key][1]
    found = place.get()
    if isinstance(place, Items):
        for other, value in way.changes.values():
            if isinstance(other, Item) and other.container is place.container:
                found[other.index] = value
    return found

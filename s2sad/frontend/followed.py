"""Arrays that a loop carries of which it is followed, trip by trip, which ones they are.

    for _ in range(n):              which = 0
        if c(a): a, b = b, a        for _ in range(n):
        a[0] = b[1]                     if c(...): which = 1 - which
                                        if which == 0: a[0] = b[1]   else: b[0] = a[1]

Such a name is one of the arrays from before the loop or a view of one, or else an array that the
loop made, which is carried as ever: one of its *own*.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from s2sad.frontend.build import operand_key
from s2sad.frontend.exports import MOST_OPTIONS, NotFollowed, moved
from s2sad.frontend.infer import type_of
from s2sad.frontend.journal import Contents, Place
from s2sad.frontend.memory import Restart
from s2sad.frontend.views import UNSURE, sharing
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import UNDEFINED, Lit, Operand, Var
from s2sad.ir.types import INT, Array, Type


@dataclass
class Slot:
    """What a carried array may be: one of these, or (`own`, the last) one that the loop made."""

    options: list[Operand] = field(default_factory=list)
    keys: list[Any] = field(default_factory=list)
    own: bool = False


@dataclass
class Followed:
    """A slot while the body is walked: which one it is, and what the loop made."""

    slot: Slot
    which: Operand
    own: Var | None


class Follows:
    """Carried arrays that are one of several."""

    def slot_of(self: Walk, trips: Any, place: Place, i: int, a: Operand) -> Slot | None:
        """The options of the array `a`, the i-th atom of a place; None where not followed."""
        wanted = trips.slot(place, i) in self.learned.followed
        if isinstance(place, Contents) or not wanted or not isinstance(type_of(a), Array):
            return None
        if (place.key, i) not in trips.followed:
            slot = trips.followed[place.key, i] = Slot()
            self.absorb(trips, (place.key, i), slot, a)
        found: Slot | None = trips.followed[place.key, i]
        return found

    def carry_choice(
        self: Walk, c: Any, i: int, slot: Slot, t: Type, hint: str, init: Operand | None
    ) -> Operand:
        """The name at the start of a trip; what is carried to know which array it is."""
        which: Operand = Lit(0)
        if len(slot.options) + slot.own > 1:
            which = self.b.var(INT, "which")
            c.params.append(which)
            c.inits.append(Lit(0) if init is None else self.places(slot, init)[0])
        own = self.b.var(t, hint) if slot.own else None
        if own is not None:
            c.params.append(own)
            c.inits.append(UNDEFINED if init is None else init)  # any array will do
            c.arrays.append((i, own, UNDEFINED))
            self.memory.chosen.setdefault(own, frozenset())
        c.followed[i] = Followed(slot, which, own)
        made: Operand = self.one_of(which, [*slot.options, *([own] if own else [])], t, hint)
        return made

    def absorbed(self: Walk, c: Any, i: int, x: Operand, trips: Any) -> bool:
        """Whether `x` is news for what the i-th atom of a carried place may be."""
        if i not in c.followed:
            return False
        found: bool = self.absorb(trips, (c.place.key, i), c.followed[i].slot, x)
        return found

    def absorb(self: Walk, trips: Any, key: Any, slot: Slot, x: Operand) -> bool:
        """Adds what `x` may be to the options; whether that is news."""
        count, own = len(slot.options), slot.own
        try:
            for o in self.options_of(x)[1]:
                self.absorb_option(trips, slot, o)
        except NotFollowed:
            trips.followed[key] = None
            return True
        return len(slot.options) > count or slot.own != own

    def absorb_option(self: Walk, trips: Any, slot: Slot, o: Operand) -> None:
        key = self.view_key(o)
        if key in slot.keys:
            return
        if o is not UNDEFINED and not (isinstance(o, Var) and isinstance(o.type, Array)):
            raise NotFollowed
        if isinstance(o, Var) and trips.is_born(o) and self.view_of(o) is None:
            slot.own = True
            return
        if len(slot.options) >= MOST_OPTIONS:
            raise NotFollowed
        slot.options.append(self.from_outside(o, trips))
        slot.keys.append(key)

    def options_of(self: Walk, x: Operand) -> tuple[Operand, tuple[Operand, ...]]:
        c = self.choice_of(x)
        if c is not None:
            return c.which, c.options
        return Lit(0), (self.object_of(x) if isinstance(x, Var) else x,)

    def view_key(self: Walk, o: Operand) -> Any:
        """Equal for arrays that are the same, and for equal views of the same."""
        d = self.view_of(o) if isinstance(o, Var) and isinstance(o.type, Array) else None
        if d is None:
            return operand_key(o)
        base = d.args[0]
        inner = self.object_of(base) if isinstance(base, Var) else base
        return (d.primitive, self.view_key(inner), *map(operand_key, d.args[1:]))

    def from_outside(self: Walk, o: Any, trips: Any) -> Any:
        """An array as it can be named before the loop: itself, or an equal view."""
        if isinstance(o, Lit) or not trips.is_born(o):
            return o
        d = self.view_of(o) if isinstance(o.type, Array) else None
        if d is None or sharing(d, self.in_rows) == UNSURE or self.choice_of(o) is not None:
            raise NotFollowed
        if any(trips.is_born(v) for v in _vars(d.args[1:])):
            raise NotFollowed
        base = self.from_outside(self.object_of(d.args[0]), trips)
        return self.unmade_view(d, (base, *d.args[1:]))

    def places(self: Walk, slot: Slot, x: Operand) -> tuple[Operand, list[bool]]:
        """The place of `x` among the options, and which of what it may be is the loop's own."""
        which, options = self.options_of(x)
        keys = [self.view_key(o) for o in options]
        found = [slot.keys.index(k) if k in slot.keys else len(slot.keys) for k in keys]
        return moved(self.b, which, found), [n == len(slot.keys) for n in found]

    def handed_on(self: Walk, c: Any, i: int, x: Operand) -> list[Operand]:
        """What a trip hands to the next one of the i-th atom of a place, `x` at its end."""
        f = c.followed.get(i)
        if f is None:
            return [self.current(x)]
        place, mine = self.places(f.slot, x)
        out = [place] if isinstance(f.which, Var) else []
        if f.own is not None:
            out.append(self.current(self.own_part(f.own, x, mine)))
        return out

    def own_part(self: Walk, own: Var, x: Operand, mine: list[bool]) -> Operand:
        """The array `x` where the loop made it, else the one that it made before."""
        if not any(mine):
            return own
        which, options = self.options_of(x)
        kept: list[Operand] = [o if m else own for o, m in zip(options, mine, strict=True)]
        if all(o is kept[0] for o in kept):
            return kept[0]
        part: Operand = self.one_of(which, kept, own.type, own.hint)
        return part

    def own_options(self: Walk, f: Followed | None, x: Operand) -> list[Operand]:
        """Of what `x` may be, that which the loop made; all of it where it is not followed."""
        if f is None:
            return [x]
        mine = self.places(f.slot, x)[1]
        return [o for o, m in zip(self.options_of(x)[1], mine, strict=True) if m]

    def end_choice(self: Walk, f: Followed, p: Operand, ends: dict[Any, Var], new: Any) -> Operand:
        """The array after the loop; `new` makes a result of the loop for a carried name."""
        which = new(f.which) if isinstance(f.which, Var) else f.which
        options = list(f.slot.options)
        if f.own is not None:
            ends[f.own] = new(f.own)
            options.append(ends[f.own])
        t = type_of(p)
        made: Operand = self.one_of(which, options, t, getattr(p, "hint", ""))
        return made

    def learn_to_follow(self: Walk, slots: Any) -> None:
        """Walks again with these carried arrays followed, where that has not been tried."""
        new = [s for s in slots if s not in self.learned.followed]
        if self.learned.choices and new:
            self.learned.followed.update(new)
            raise Restart


def _vars(args: Any) -> list[Var]:
    out: list[Var] = []
    for a in args:
        if isinstance(a, Var):
            out.append(a)
        elif isinstance(a, tuple):
            out += _vars(a)
        elif not isinstance(a, Lit):
            out += _vars((a.start, a.stop, a.step))
    return out

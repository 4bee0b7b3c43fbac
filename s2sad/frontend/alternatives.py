"""Arrays that are one of several others, as an integer says that a branch or a loop left.

Such an array has no contents of its own, like a view.  It is read as `a if which == 0 else b`, with
these as they are now, and a write to it goes to the one or to the other:

    y = a if c else b               y, which = (a, 0) if c else (b, 1)
    y[0] = 1.0                      if which == 0: a[0] = 1.0
                                    else: b[0] = 1.0

What a way of a branch has made is known after it by the name it had there, and holds a result of
the branch.  A view that a way took becomes an *unmade* one: the same view, taken where it is read.

This costs a branch at every read and write, so it is done only in functions where it is not known
otherwise what an array holds (`Learned.choices`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import gast

from s2sad.frontend.exports import Export, NotFollowed
from s2sad.frontend.infer import type_of
from s2sad.frontend.joins import join
from s2sad.frontend.memory import Stale, serial_of
from s2sad.frontend.statements import FALLS
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import UNDEFINED, If, Let, Lit, Operand, Var
from s2sad.ir.types import Array, Type
from s2sad.rules.notation import RULES
from s2sad.runtime import store


@dataclass(frozen=True)
class Choice:
    """The option whose place is `which`: arrays, numbers, or UNDEFINED where the name is unbound.

    held: what they held when this was made, where its own name means a value at all.
    """

    which: Operand
    options: tuple[Operand, ...]
    held: Any = None


class Alternatives:
    """Reads and writes of what was chosen."""

    def choice_of(self: Walk, v: Operand) -> Choice | None:
        """What an array is one of, if it is followed which one."""
        if not isinstance(v, Var) or not self.memory.choices:
            return None
        found: Choice | None = self.memory.choices.get(self.object_of(v))
        return found

    def as_chosen(self: Walk, v: Var, c: Choice) -> Operand:
        """What an array holds now that is one of several."""
        held = self.held_by(c)
        if held == c.held:
            return v
        key = "choice", v, held
        for scope in reversed(self.b.shared):
            if key in scope:
                return scope[key]
        found: Var = self.option_now(v, c, 0)
        self.b.shared[-1][key] = found
        return found

    def option_now(self: Walk, v: Var, c: Choice, place: int) -> Any:
        """The option at `place`, or a later one, as it is now: another version of `v`."""
        if place == len(c.options) - 1:
            return self.current(c.options[place])
        truth = self.is_option(c, place)
        with self.one_way() as then:
            a = self.current(c.options[place])
        with self.one_way() as orelse:
            b = self.option_now(v, c, place + 1)
        result = self.b.var(v.type, v.hint)
        self.memory.objects[result] = v
        ways = self.b.block(then, (a,)), self.b.block(orelse, (b,))
        self.b.add(If(truth, *ways, (result,), self.b.at))
        return result

    @contextmanager
    def one_way(self: Walk) -> Iterator[Any]:
        """A region that is not always run."""
        self.b.conditional += 1
        try:
            with self.b.region() as body:
                yield body
        finally:
            self.b.conditional -= 1

    def is_option(self: Walk, c: Choice, place: int) -> Any:
        """Whether it is the option at `place`, which is not the last."""
        return self.truth(self.compare(gast.Eq(), c.which, Lit(place), None))

    def held_by(self: Walk, c: Choice) -> Any:
        """Equal where all of the options hold the same."""
        bases = sorted({o for x in c.options for o in self.bases(x)}, key=serial_of)
        return tuple((o, self.memory.contents.get(o)) for o in bases)

    def write_chosen(self: Walk, v: Var, write: Callable[[Any], None], node: Any) -> bool:
        """Calls `write` for the array that `v` is, where it is one of several; whether it was."""
        c = self.choice_of(v)
        if c is not None:
            self.write_option(c, 0, write, node)
        return c is not None

    def write_option(
        self: Walk, c: Choice, place: int, write: Callable[[Any], None], node: Any
    ) -> None:
        x = c.options[place]

        def run() -> Any:
            if x is UNDEFINED:
                return FALLS  # Python has raised
            if not isinstance(type_of(x), Array):
                raise self.refuse(
                    "a write to what is a number on one path and an array on the other",
                    "make it an array on every path",
                    node,
                )
            write(x)
            return FALLS

        def others() -> Any:
            self.write_option(c, place + 1, write, node)
            return FALLS

        if place == len(c.options) - 1:
            run()
        else:
            self.joined(self.is_option(c, place), self.way(run), self.way(others), node)

    def write_like(self: Walk, a: Var, v: Var, new: Operand, node: Any) -> None:
        """The array `a`, which is what `v` means, holds `new` from here on."""
        if getattr(v.type, "dtype", None) != getattr(a.type, "dtype", None):
            raise self.refuse(
                "a write to one of two arrays of different dtypes, as a branch or loop chose,",
                "give both one dtype",
                node,
            )
        self.memory.objects.pop(new, None)  # nor is it what the option before holds
        if not self.keeps_form(a, type_of(new)):
            held = self.current(a), Lit(Ellipsis), new
            new = self.b.let(RULES[store], held, a.hint, as_it_is=True)
        self.write(a, new, node)

    # what a branch leaves to choose from

    def joined_arrays(
        self: Walk, x: Operand, y: Operand, then: Any, orelse: Any, results: list[Var],
        hint: str, undefined: tuple[bool, bool],
    ) -> Operand | None:  # fmt: skip
        """The array that is `x` after one way and `y` after the other; None if it is a new one."""
        t = join(type_of(x), type_of(y), self.b.fresh)
        ways = then, orelse
        bound = [(v, w) for v, w, u in zip((x, y), ways, undefined, strict=True) if not u]
        new = all(self.is_new(v, w) for v, w in bound)
        if not isinstance(t, Array) or (new and len(bound) == 2):
            return None
        here = Export(self, results, ways)
        if new:
            own: Operand = here.operand(*bound[0])
            return own
        try:
            found = [here.choice(v, w) for v, w in bound]
            if any(w.dead for w in ways):  # the other one always binds it
                which, options = found[0]
                there: Operand = self.one_of(here.operand(which, bound[0][1]), options, t, hint)
                return there
            if len(found) == 1:
                found.insert(int(undefined[0] is False), (Lit(0), [UNDEFINED]))
            which, options = here.either(*found)
        except NotFollowed:
            return None
        if len(options) == 1:
            return options[0]
        result: Var = self.join_atoms(x, y, then, orelse, results, hint, undefined)
        self.memory.chosen.pop(result, None)
        self.note_choice(result, which, options)
        return result

    def note_choice(self: Walk, v: Var, which: Operand, options: list[Operand]) -> None:
        """The array `v` is the option at `which`."""
        self.memory.choices[v] = Choice(which, tuple(options))

    def one_of(self: Walk, which: Operand, options: list[Operand], t: Type, hint: str) -> Operand:
        """The option at `which`; where there are several, a name that has no value by itself."""
        if len(options) == 1:
            return options[0]
        made: Var = self.b.var(t, hint)
        self.note_choice(made, which, options)
        self.memory.unmade[made] = None
        return made

    def unmade_view(self: Walk, d: Let, args: tuple[Operand, ...]) -> Var:
        """The view that `d` makes of `args`, taken where it is read."""
        made: Var = self.b.var(d.target.type, d.target.hint)
        self.b.defined[made] = Let(made, d.primitive, args, d.at)
        self.memory.unmade[made] = None
        return made

    def is_new(self: Walk, x: Operand, way: Any) -> bool:
        """Whether a way made this number, or this array with memory of its own."""
        if not isinstance(x, Var):
            return True
        if not isinstance(x.type, Array):
            return bool(serial_of(x) > way.counter)
        o = self.object_of(x)
        if serial_of(o) <= way.counter or o in self.memory.choices or o in way.exported:
            return False
        d: Let | None = self.view_of(o)
        return d is None

    def note_held(self: Walk, results: list[Var]) -> None:
        """After a branch its results hold what their options hold."""
        choices = self.memory.choices
        for r in results:
            if r in choices:
                held = self.held_by(choices[r])
                if not any(isinstance(x, Stale) for _, x in held):
                    choices[r] = replace(choices[r], held=held)

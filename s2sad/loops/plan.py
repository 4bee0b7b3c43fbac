"""What is decided before a function is lowered: what is a view, who owns memory, who shares a name.

Views are never made: what reads one reads the array that it is a view of, at other places.  So the
array is alive as long as its views are; where that would cost a copy of the array at a write, the
view is copied instead.
"""

from __future__ import annotations

from collections.abc import Mapping

from s2sad.backend.buffers import Summary
from s2sad.backend.coalesce import Classes
from s2sad.backend.fold import is_write
from s2sad.backend.live import Live
from s2sad.backend.memory import returns_view
from s2sad.backend.reuse import Reuse
from s2sad.ir.nodes import Function, Let, Operand, Var
from s2sad.ir.types import Array, Number
from s2sad.ir.walk import param_vars, statements


class Plan:
    """live, reuse, classes: as of the NumPy backend, with the `views` written where they are read.

    copied: views that are arrays of their own.
    """

    def __init__(self, function: Function, known: Mapping[str, Summary]) -> None:
        self.function = function
        lets = (s for s in statements(function.body) if isinstance(s, Let))
        found = {let.target: let for let in lets if is_view(let)}
        self.live = Live(function, {})
        self.reuse = Reuse(function, self.live, known)
        self.copied = {let.target for let in self.reuse.parted}
        allowed = set(self.reuse.in_place)
        while True:
            self.views = {v: let for v, let in found.items() if v not in self.copied}
            self.live = Live(function, self.views)
            self.reuse = Reuse(function, self.live, known)
            self.copied |= {let.target for let in self.reuse.parted}
            lost = [let for let in allowed if let not in self.reuse.in_place]
            more = {v for let in lost for v in self.views_across(let)}
            if not more:
                break
            self.copied |= more
        self.classes = self.coalesce()

    def views_across(self, let: Let) -> list[Var]:
        """The views that are read after a write to what they are views of."""
        return [v for v in self.views if v not in self.copied and self.is_across(v, let)]

    def is_across(self, view: Var, let: Let) -> bool:
        mask = self.live.mask((view,))
        mine = sum(b for b in (self.live.bits[v] for v in self.holders(let)))
        return bool(mask & mine & self.live.after[let])

    def holders(self, let: Let) -> set[Var]:
        """The variables that may stand for the array that is written."""
        held = self.reuse.of(let.args[0])
        found = 0
        for buffer in held.buffers:
            found |= buffer.holders
        return {v for v in self.live.variables if found & self.live.bits[v]}

    def coalesce(self) -> Classes:
        """Who shares a name: versions of one array, what a copy joins, versions of one number."""
        params = ((p.tree, p.name) for p in self.function.params)
        classes = Classes(self.live, {v: name for v, name in params if isinstance(v, Var)})
        for let in self.reuse.in_place:
            if isinstance(let.args[0], Var):
                classes.join(let.args[0], let.target)
        for target, source in self.live.moves:
            if target.type.__class__ is source.type.__class__:
                classes.join(target, source)
        self.join_results(classes)
        self.join_numbers(classes)
        return classes

    def join_results(self, classes: Classes) -> None:
        """A result takes the place of an operand of the user's name that dies in it."""
        for let, places in self.reuse.outputs.items():
            for i in places:
                a = let.args[i]
                if isinstance(a, Var) and a not in self.views and a.hint == let.target.hint != "":
                    classes.join(a, let.target)

    def join_numbers(self, classes: Classes) -> None:
        """The versions of a number of the user's share its name where they can."""
        first: dict[tuple[str, str, object], list[Var]] = {}
        for v in classes.variables:
            if v.hint and isinstance(v.type, Number):
                known = first.setdefault((v.hint, v.role, v.type.dtype), [])
                if not any(classes.join(other, v) for other in known):
                    known.append(v)

    def shares(self, var: Var, operand: Operand) -> bool:
        """Whether an operand has the name of a variable."""
        return (
            isinstance(operand, Var)
            and operand not in self.views
            and (self.classes.same(var, operand))
        )

    def is_read(self, var: Var, live: int) -> bool:
        """Whether a variable is among the live ones."""
        return bool(live & self.live.bits[var])

    def params(self) -> tuple[Var, ...]:
        """The run-time values among the leaves of the parameters."""
        return param_vars(self.function)


def is_view(s: Let) -> bool:
    """Whether a statement only looks at an array in another way."""
    if is_write(s) or not isinstance(s.target.type, Array):
        return False
    return bool(s.target.type.dims) and returns_view(s) and bool(s.args)

"""`a is b` of arrays, of which a branch or a loop may have chosen one."""

from __future__ import annotations

from s2sad.frontend.memory import Restart
from s2sad.frontend.prims import template
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import UNDEFINED, Lit, Operand, Var
from s2sad.ir.types import BOOL


class SameArrays:
    """Whether names mean one array: known, found at run time by what was chosen, or refused."""

    def same_array(self: Walk, a: Var, b: Var) -> Operand:
        """Whether two names mean one array."""
        if self.object_of(a) is self.object_of(b):
            return Lit(True)
        (p, mine), (q, others) = self.options_of(a), self.options_of(b)
        both = [(i, j) for i in range(len(mine)) for j in range(len(others))]
        for i, j in both:
            if mine[i] is not others[j] and self.may_be_one_array(mine[i], others[j]):
                self.ask_which(mine[i], others[j])
        same = [(i, j) for i, j in both if mine[i] is others[j] and mine[i] is not UNDEFINED]
        if not same:
            return Lit(False)
        text = " or ".join(f"{{0}} == {i} and {{1}} == {j}" for i, j in same)
        truth: Operand = self.b.let(template(text, 2, BOOL, pure=True), (p, q))
        return truth

    def may_be_one_array(self: Walk, x: Operand, y: Operand) -> bool:
        """Whether it is not known of two different names that they mean different arrays."""
        memory = self.memory
        open_ = any(v in m for v in (x, y) for m in (memory.chosen, memory.unmade, memory.carries))
        return open_ and bool(self.may_share(x, y))

    def ask_which(self: Walk, x: Operand, y: Operand) -> None:
        """Asks for it to be followed which of several arrays these are."""
        if self.learned.follow_choices():
            raise Restart
        self.learn_to_follow(self.carriers(*self.bases(x), *self.bases(y)))
        raise self.refuse(
            "asking whether two arrays are one, of which a branch or loop chose one,",
            "keep a number that says which one it is",
        )

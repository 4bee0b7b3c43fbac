"""Branches that are expressions: `y = a if test else b`, `a and b`, `a or b`, `not a`.

    y = if test: t = multiply(x, 2.0); yield t     ->    y = x * 2.0 if test else x
        else: yield x

An `If` becomes a `Let` where it has one result, its arms are pure expressions in which the user
named nothing, and the line stays short.  The statements of the arms leave their blocks: they are
written inside the expression whatever else is folded, so that only the taken side is evaluated.
"""

from __future__ import annotations

from dataclasses import replace

from s2sad.backend.choice import BOTH, CHOOSE, EITHER, NOT, is_choice
from s2sad.backend.fold import LIMIT, Reads, count_reads, is_write
from s2sad.backend.rewrite import rewritten
from s2sad.errors import Location
from s2sad.ir.nodes import UNDEFINED, Block, Function, If, Let, Lit, Operand, Statement, Var
from s2sad.ir.types import BOOL, Tape


class Conditionals:
    """The `function` with conditional expressions; `arms` are the statements inside of these."""

    def __init__(self, function: Function) -> None:
        self.counts = count_reads(function)
        self.arms: dict[Var, Let] = {}
        self.reads = Reads(self.arms)
        self.function = replace(function, body=rewritten(function.body, self.statement))

    def statement(self, statement: Statement, depth: int) -> Statement:
        """A branch as an expression where that is possible and fits into its line."""
        if not isinstance(statement, If) or len(statement.results) != 1:
            return statement
        if _is_conditional(statement.then):
            return statement
        arms = [self.arm(b, statement.results[0]) for b in (statement.then, statement.orelse)]
        if not all(arm is not None for arm in arms):
            return statement
        inner = {let.target: let for arm in arms if arm for let in arm}
        choice = _choice(statement, _place(statement, [*inner.values()]))
        width = len(choice.target.hint or "alpha_1") + 3
        width += Reads(self.arms | inner).width_of_let(choice)
        if width > LIMIT - 4 * depth:
            return statement
        self.arms |= inner
        return choice

    def arm(self, block: Block, result: Var) -> list[Let] | None:
        """The statements of an arm that is an expression; None where it is more than that."""
        (value,) = block.yields
        if not _is_value(value, result) or (not block.body and _is_version(value, result)):
            return None
        lets: list[Let] = []
        bound: set[Var] = set()
        for let in block.body:
            if not isinstance(let, Let) or not self.is_expression(let, value, result):
                return None
            if is_choice(let) and bound.intersection(self.reads.inside(let.args[1:])):
                return None  # it would no longer be evaluated on both sides
            if let.primitive is CHOOSE and let.target is not value:
                return None  # nobody reads that
            bound.add(let.target)
            lets.append(let)
        return lets

    def is_expression(self, let: Let, value: Operand, result: Var) -> bool:
        """Whether a statement may be written where its target is read."""
        target = let.target
        if not let.primitive.pure or is_write(let) or self.counts.get(target) != 1:
            return False
        named = target.hint and not (target is value and _is_version(target, result))
        return not named and not isinstance(target.type, Tape)


def _choice(branch: If, at: Location | None) -> Let:
    """The expression of a branch, in the shortest form."""
    (a,), (b,) = branch.then.yields, branch.orelse.yields
    test, (result,) = branch.test, branch.results
    plain = isinstance(test, Var) and test.type == BOOL
    if b is test or (plain and _is_lit(b, False) and not isinstance(a, Lit)):
        return Let(result, BOTH, (test, a), at)
    if a is test or (plain and _is_lit(a, True) and not isinstance(b, Lit)):
        return Let(result, EITHER, (test, b), at)
    if _is_lit(a, False) and _is_lit(b, True):
        return Let(result, NOT, (test,), at)
    return Let(result, CHOOSE, (test, a, b), at)


def _place(branch: If, lets: list[Let]) -> Location | None:
    """The one line that the arms come from, else the line of the branch."""
    places = [let.at for let in lets if let.at is not None]
    lines = {(at.filename, at.line) for at in places}
    return places[0] if len(lines) == 1 else branch.at


def _is_conditional(block: Block) -> bool:
    """Whether a block is a conditional expression: legible to the right of `else` only."""
    last = block.body[-1] if block.body else None
    return isinstance(last, Let) and last.primitive is CHOOSE


def _is_value(value: Operand, result: Var) -> bool:
    return value is not UNDEFINED and not isinstance(result.type, Tape)


def _is_version(value: Operand, result: Var) -> bool:
    """Whether a value is another version of the user's variable, or of the adjoint."""
    if not isinstance(value, Var) or not result.hint:
        return False
    return (value.hint, value.role) == (result.hint, result.role)


def _is_lit(operand: Operand, value: bool) -> bool:
    return isinstance(operand, Lit) and operand.value is value

"""The copies at the edges of regions, as assignments in an order that needs no help."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from s2sad.backend.literal_tree import LOAD
from s2sad.backend.plan import Plan
from s2sad.backend.spell import Speller
from s2sad.ir.nodes import UNDEFINED, Lit, Operand, Var


@dataclass(slots=True)
class Copy:
    """An assignment to be: the target, the value, and the classes of variables that it reads."""

    target: Var
    value: ast.expr
    reads: set[Var]


class Copies:
    """Parallel copies of a function: all values are read before any target is assigned."""

    def __init__(self, plan: Plan, speller: Speller) -> None:
        self.plan = plan
        self.speller = speller

    def lines(
        self,
        targets: Sequence[Var],
        sources: Sequence[Operand],
        live: int,
        duplicated: Collection[int] = (),
    ) -> list[ast.stmt]:
        """The assignments to those targets that are live; `duplicated` take a copy of the array."""
        pending = []
        for i, (target, source) in enumerate(zip(targets, sources, strict=True)):
            if not self.plan.is_read(target, live):
                continue
            if source is UNDEFINED:
                if target not in self.plan.unset:
                    continue
                source = Lit(None)
            if i in duplicated:
                pending.append(Copy(target, self.duplicate(source), self.reads(source)))
            elif not self.plan.shares(target, source):
                pending.append(Copy(target, self.speller.operand(source), self.reads(source)))
        return self.ordered(pending)

    def duplicate(self, source: Operand) -> ast.expr:
        """A copy of an array, or None where there is none."""
        copied = self.speller.copied(source)
        if source not in self.plan.unset:
            return copied
        bound = ast.Compare(self.speller.operand(source), [ast.IsNot()], [ast.Constant(None)])
        return ast.IfExp(bound, copied, ast.Constant(None))

    def reads(self, operand: Operand) -> set[Var]:
        """The classes of variables that an operand reads."""
        live, classes = self.plan.live, self.plan.classes
        mask, found = live.mask((operand,)), set()
        while mask:
            lowest = mask & -mask
            found.add(classes.of(live.variables[lowest.bit_length() - 1]))
            mask ^= lowest
        return found

    def ordered(self, pending: list[Copy]) -> list[ast.stmt]:
        """One after the other while nothing is overwritten that is still read; the rest at once."""
        lines: list[ast.stmt] = []
        while pending:
            free = next((c for c in pending if not self.is_needed(c, pending)), None)
            if free is None:
                names: list[ast.expr] = [self.speller.name(c.target) for c in pending]
                values = ast.Tuple([c.value for c in pending], LOAD)
                return [*chained(lines), ast.Assign([ast.Tuple(names, LOAD)], values)]
            lines.append(ast.Assign([self.speller.name(free.target)], free.value))
            pending.remove(free)
        return chained(lines)

    def is_needed(self, copy: Copy, pending: Sequence[Copy]) -> bool:
        """Whether another copy still reads what this one overwrites."""
        root = self.plan.classes.of(copy.target)
        return any(root in other.reads for other in pending if other is not copy)


def chained(lines: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The assignments, those of one and the same constant as one: `a = b = 0.0`."""
    found: list[ast.stmt] = []
    for line in lines:
        last = found[-1] if found else None
        if isinstance(last, ast.Assign) and isinstance(line, ast.Assign):
            a, b = last.value, line.value
            same = isinstance(a, ast.Constant) and isinstance(b, ast.Constant)
            if same and len(last.targets) < 5 and ast.dump(a) == ast.dump(b):
                last.targets.extend(line.targets)
                continue
        found.append(line)
    return found

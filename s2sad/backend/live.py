"""Liveness and interference of the statements that are printed, as bit masks.

Every variable has a bit.  Copies happen in parallel where a region begins or ends: the carried
values of a loop are assigned before it and at the end of its body, the results of a branch at the
end of each of its arms.  A definition interferes with all that is live after it, except with the
source it is a copy of (Chaitin), so both may share one identifier.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from s2sad.backend.fold import is_write
from s2sad.ir.nodes import (
    Block,
    Call,
    Comment,
    For,
    Function,
    If,
    Let,
    Operand,
    Pop,
    Push,
    Span,
    Statement,
    Var,
    While,
)
from s2sad.ir.walk import entry_vars, param_vars, reads, regions, statements, targets


class Live:
    """The live variables around every statement of a function, and who interferes with whom.

    variables: all of them, in the order of the text; bits: the bit of each; rows: by position, the
    mask of what was live where it was bound; after: what is live after a statement; heads: what is
    live at the start of every iteration of a loop; entries: and before the first one; moves: the
    pairs of variables (target, source) joined by a copy.
    """

    def __init__(self, function: Function, folded: Mapping[Var, Let]) -> None:
        self.folded = folded
        self.variables = list(_variables(function))
        self.bits = {v: 1 << i for i, v in enumerate(self.variables)}
        self.rows = dict.fromkeys(self.variables, 0)
        self.after: dict[Statement, int] = {}
        self.heads: dict[Statement, int] = {}
        self.entries: dict[Statement, int] = {}
        self.moves: list[tuple[Var, Var]] = []
        self._masks: dict[Var, int] = {}
        self._frees: dict[Block, int] = {}
        self.start = self.block(function.body, self.mask(function.body.yields))
        for var in param_vars(function):
            self.rows[var] |= self.start & ~self.bits[var]

    def mask(self, operands: Iterable[Operand]) -> int:
        """The variables that are read where the operands are evaluated."""
        found = 0
        for operand in operands:
            if isinstance(operand, Var):
                found |= self._masks.get(operand) or self.expand(operand)
            elif isinstance(operand, tuple):
                found |= self.mask(operand)
            elif isinstance(operand, Span):
                found |= self.mask((operand.start, operand.stop, operand.step))
        return found

    def expand(self, var: Var) -> int:
        let = self.folded.get(var)
        found = self.bits[var] if let is None else self.mask(let.args)
        self._masks[var] = found
        return found

    def any(self, found: Iterable[Var]) -> int:
        """The mask of these variables themselves."""
        mask = 0
        for var in found:
            mask |= self.bits[var]
        return mask

    def block(self, block: Block, live: int) -> int:
        """What is live before a block if `live` is after it (its yields included)."""
        for statement in reversed(block.body):
            live = self.statement(statement, live)
        return live

    def statement(self, statement: Statement, live: int) -> int:
        match statement:
            case Let():
                return self.let(statement, live)
            case Comment():
                return live
            case If():
                self.after[statement] = live
                return self.branch(statement, live)
            case For():
                self.after[statement] = live
                return self.loop(statement, live)
            case While():
                self.after[statement] = live
                return self.loop(statement, live)
            case Call() | Push() | Pop():
                self.after[statement] = live
                return self.simple(statement, live)

    def let(self, let: Let, live: int) -> int:
        target = let.target
        if target in self.folded:
            return live
        self.after[let] = live
        bit = self.bits[target]
        read = self.mask(let.args)
        self.rows[target] |= live & ~bit
        if is_write(let):
            # A copy of the array is named before the value is computed that is written into it.
            self.rows[target] |= read & ~self.mask(let.args[:1])
        return live & ~bit | read

    def simple(self, statement: Call | Push | Pop, live: int) -> int:
        bound = self.any(targets(statement))
        for var in targets(statement):
            self.rows[var] |= (live | bound) & ~self.bits[var]
        return live & ~bound | self.mask(reads(statement))

    def copy(self, targets: Sequence[Var], sources: Sequence[Operand], live: int) -> int:
        """What is live before a parallel copy of which `live` is live after."""
        before = live & ~self.any(targets)
        for target, source in zip(targets, sources, strict=True):
            if not live & self.bits[target]:
                continue
            same = 0
            if isinstance(source, Var) and source not in self.folded:
                self.moves.append((target, source))
                same = self.bits[source]
            self.rows[target] |= live & ~self.bits[target] & ~same
            before |= self.mask((source,))
        return before

    def branch(self, branch: If, live: int) -> int:
        before = self.mask((branch.test,))
        for arm in (branch.orelse, branch.then):
            before |= self.block(arm, self.copy(branch.results, arm.yields, live))
        return before

    def loop(self, loop: For | While, live: int) -> int:
        head = self.copy(loop.results, loop.carried, live)
        entry = head = head | self.free(loop) & ~self.any(entry_vars(loop)[: isinstance(loop, For)])
        self.heads[loop] = head
        inside = self.block(loop.body, self.copy(loop.carried, loop.body.yields, head))
        if isinstance(loop, For):
            self.rows[loop.index] |= (head | inside) & ~self.bits[loop.index]
            entry |= self.mask((loop.start, loop.stop, loop.step))
        else:
            at_test = self.copy(loop.results, loop.carried, live) | inside
            self.block(loop.test, at_test | self.mask(loop.test.yields))
        self.entries[loop] = entry
        return self.copy(loop.carried, loop.inits, entry)

    def free(self, statement: Statement) -> int:
        """What the regions of a statement read and do not bind."""
        found = 0
        for region in regions(statement):
            found |= self.free_of(region)
        return found

    def free_of(self, block: Block) -> int:
        if block not in self._frees:
            bound = read = 0
            for statement in block.body:
                if isinstance(statement, Let) and statement.target in self.folded:
                    continue
                read |= self.mask(reads(statement))
                read |= self.free(statement) & ~self.any(entry_vars(statement))
                bound |= self.any(targets(statement))
            self._frees[block] = (read | self.mask(block.yields)) & ~bound
        return self._frees[block]


def _variables(function: Function) -> Iterable[Var]:
    yield from param_vars(function)
    for statement in statements(function.body):
        yield from entry_vars(statement)
        yield from targets(statement)

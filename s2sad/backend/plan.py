"""Everything that is decided about a function before its first line is written."""

from __future__ import annotations

from collections.abc import Mapping

from s2sad.backend.buffers import Summary
from s2sad.backend.coalesce import Classes, coalesce
from s2sad.backend.conditional import Conditionals
from s2sad.backend.fold import Folder, count_reads, unpacked
from s2sad.backend.live import Live
from s2sad.backend.loops import Loops
from s2sad.backend.names import tape_name
from s2sad.backend.reuse import Reuse
from s2sad.backend.unset import unset_variables
from s2sad.ir.nodes import Function, Let, Operand, Var
from s2sad.ir.types import Tape


class Plan:
    """What is folded, who is live where, what is written in place, who shares an identifier.

    Temporaries that would remain as the source of a mere copy, and derivatives that would need a
    number after their name, are folded in a second round.

    function: what is printed, with the loops and the conditional expressions that people write.
    """

    def __init__(
        self, function: Function, known: Mapping[str, Summary], *, atomic: bool = False
    ) -> None:
        self.atomic = atomic
        self.known = known
        self.arms: dict[Var, Let] = {}
        self.loops = Loops(function, rewrite=not atomic)
        if not atomic:
            conditionals = Conditionals(self.loops.function)
            function, self.arms = conditionals.function, conditionals.arms
        self.function = function
        self.params = _param_names(function)
        pairs = zip(function.params, self.params, strict=True)
        self.fixed = {p.tree: name for p, name in pairs if isinstance(p.tree, Var)}
        counts = count_reads(function, self.arms)
        self.several = {} if atomic else unpacked(function.body, counts)
        self.decide(function, {} if atomic else Folder(function, counts, self.arms).folded)
        moved = {} if atomic else self.copied_only(counts) | self.needless(counts)
        if moved:
            self.decide(function, Folder(function, counts, self.arms, moved).folded)
        self.unset = unset_variables(function, self.arms, self.classes, self.reuse.copied)

    def decide(self, function: Function, folded: dict[Var, Let]) -> None:
        self.live = Live(function, folded)
        self.reuse = Reuse(function, self.live, self.known)
        writes = [
            (let.target, let.args[0]) for let in self.reuse.in_place if isinstance(let.args[0], Var)
        ]
        outputs = [
            (let.target, operand)
            for let, places in self.reuse.outputs.items()
            for operand in (let.args[i] for i in places)
            if isinstance(operand, Var) and not self.atomic
        ]
        self.classes: Classes = coalesce(self.live, self.fixed, writes, outputs)

    def copied_only(self, counts: Mapping[Var, int]) -> dict[Var, None]:
        return {
            source: None
            for target, source in self.live.moves
            if not source.hint and counts.get(source) == 1 and not self.classes.same(target, source)
        }

    def needless(self, counts: Mapping[Var, int]) -> dict[Var, None]:
        """Derivatives that are read once and whose own name is taken by another version."""
        return {
            let.target: None
            for let in self.live.after
            if isinstance(let, Let)
            and let.target.role in ("beta", "dot")
            and counts.get(let.target) == 1
            and self.classes.is_numbered(let.target)
        }

    def shares(self, var: Var, operand: Operand) -> bool:
        """Whether an operand has the identifier of a variable."""
        if not isinstance(operand, Var) or operand in self.live.folded:
            return False
        return self.classes.same(var, operand)

    def is_read(self, var: Var, live: int) -> bool:
        """Whether a variable is among the live ones."""
        return bool(live & self.live.bits[var])


def _param_names(function: Function) -> list[str]:
    """The names of the parameters; those of tapes are shortened where nothing else has the name."""
    names = [p.name for p in function.params]
    for i, param in enumerate(function.params):
        short = tape_name(param.name)
        if isinstance(param.tree, Var) and isinstance(param.tree.type, Tape) and short not in names:
            names[i] = short
    return names

"""What backward reads and would no longer find: recorded on a tape, handed out, or recomputed.

A value of the forward part is free in the adjoint.  Inside a loop, or in a function of its own,
it is pushed where it is made and popped where its adjoint begins.  After a branch that is not in
a loop, it is a further result of the branch.  What costs next to nothing is computed again.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from typing import Any

from s2sad.frontend.prims import NEW_TAPE
from s2sad.ir.nodes import (
    UNDEFINED,
    Block,
    Call,
    For,
    If,
    Let,
    Lit,
    Operand,
    Pop,
    Push,
    Statement,
    Var,
    While,
)
from s2sad.ir.types import INT, TAPE, Array, Buffer, Number
from s2sad.ir.walk import every, free_vars, substitute_block, targets
from s2sad.rules.notation import RULES
from s2sad.transform.recompute import Recomputed
from s2sad.transform.shapes import shapes_taken
from s2sad.transform.tangent import widened
from s2sad.transform.tapes import Tapes

EMPTY: Mapping[Var, tuple[Var, Var]] = {}


class Recorder:
    """Mixed into `Adjoint`: makes the adjoint of a region independent of the forward names."""

    filled: Tapes | None = None  # the arrays of the loop at hand

    def with_tapes(self: Any, forward: list[Statement]) -> list[Statement]:
        """The forward part with the tapes it fills made at its start."""
        made: list[Statement] = [Let(t, NEW_TAPE, (), None) for t in self.tapes]
        return [*made, *forward]

    def make_tape(self: Any, hint: str) -> Var:
        tape: Var = self.b.var(TAPE, f"{hint}_tape" if hint else "tape", "tape")
        self.tapes.append(tape)
        return tape

    def tapes_for(self: Any, pair: Any) -> list[Operand]:
        """The tapes that a callee's two halves share, made here or passed on."""
        if pair.tapes is None:
            return [Lit(pair)]  # not known yet: filled in when the pair is complete
        found: list[Operand] | None = self.callee_tapes.get(pair)
        if found is None:
            found = self.callee_tapes[pair] = [self.make_tape(t.hint) for t in pair.tapes]
        return found

    # branches

    def record_branch(
        self: Any, s: If, forward: list[list[Statement]], backward: list[Block]
    ) -> tuple[If, list[Block]]:
        """The forward branch with what its adjoint reads handed out, and that adjoint."""
        if self.loops or self.apart:
            ways = [self.record(f, b, ()) for f, b in zip(forward, backward, strict=True)]
            (first, _), (second, _) = ways
            taken = Block(tuple(first), s.then.yields), Block(tuple(second), s.orelse.yields)
            return If(s.test, *taken, s.results, s.at), [b for _, b in ways]
        results, then, orelse = list(s.results), list(s.then.yields), list(s.orelse.yields)
        changed = []
        for i, (f, b) in enumerate(zip(forward, backward, strict=True)):
            local = _defined(f)
            names = {}
            for v in free_vars(b):
                if v in local:
                    names[v] = outside = self.b.var(v.type, v.hint, v.role)
                    results.append(outside)
                    then.append(v if i == 0 else UNDEFINED)
                    orelse.append(v if i == 1 else UNDEFINED)
            changed.append(substitute_block(b, names))
        first, second = forward
        taken = Block(tuple(first), tuple(then)), Block(tuple(second), tuple(orelse))
        return If(s.test, *taken, tuple(results), s.at), changed

    # loops

    def record_loop(
        self: Any, s: Any, forward: list[Statement], back: Block
    ) -> tuple[Var, Any, Block]:
        """The index of the backward loop, the forward loop that records, and the adjoint body."""
        again = self.handed_back(s) if isinstance(s, For) else {}
        body, back = self.record(forward, back, s.carried, getattr(s, "index", None), again)
        if isinstance(s, While):
            self.filled = None
            return _counting(self.b, s, Block(tuple(body), s.body.yields), back)
        index = self.b.var(INT, s.index.hint)
        self.filled = tapes = Tapes(self, s, index)
        body, back = tapes.put(body, substitute_block(back, {s.index: index}))
        self.ahead = tapes.room.before
        return index, tapes.loop(s, body), back

    def handed_back(self: Any, s: For) -> dict[Var, tuple[Var, Var]]:
        """What a trip ends with, with its names at the start of a trip and after the loop."""
        found: dict[Var, tuple[Var, Var]] = {}
        for start, end, v in zip(s.carried, s.results, s.body.yields, strict=True):
            if isinstance(v, Var) and not {v, start, end} & self.unsure and _alike(v, end):
                found.setdefault(v, (start, end))
        return found

    # values

    def record(
        self: Any,
        forward: list[Statement],
        back: Block,
        more: Iterable[Var],
        index: Var | None = None,
        next_: Mapping[Var, tuple[Var, Var]] = EMPTY,
    ) -> tuple[list[Statement], Block]:
        """Pushes what `back` reads of `forward` (and of `more`) and pops it before `back`.

        A value in `next_` is what the next trip starts with under another name, and what the loop
        ends with under a third: where the one is recorded, it is handed from trip to trip.
        """
        local = dict.fromkeys(more) | _defined(forward)
        read = set(free_vars(back))
        needed = [v for v in local if v in read]
        if not needed:
            return forward, back
        again = Recomputed(forward, local, needed, index, self.unsure)
        kept = [v for v in local if v in again.recorded]
        made = [s.target for s in again.repeated if not s.primitive.view]  # at a price
        sure = [v for v in (*kept, *made) if v in read and v not in self.unsure]
        taken = shapes_taken(self.b, forward, back, sure)
        if taken is not None:
            found: tuple[list[Statement], Block] = self.record(*taken, more, index, next_)
            return found
        names: dict[Var, Var] = {v: self.b.var(v.type, v.hint, v.role) for v in kept}
        for v, (start, end) in next_.items():
            if v in kept and start in kept:
                kept.remove(v)
                self.handed.append((end, names[v], names[start]))
        repeated = again.statements(self.b, names)
        if kept:
            tape = self.make_tape(_hint(kept))
            forward = _with_push(forward, Push(tape, tuple(kept), None), kept)
            forward = _defined_anyway(forward, set(kept))
            repeated.insert(0, Pop(tuple(names[v] for v in kept), tape, None))
        back = substitute_block(back, names)
        return forward, Block((*repeated, *back.body), back.yields)


def _counting(b: Any, s: While, block: Block, back: Block) -> tuple[Var, Statement, Block]:
    """A `while` that counts its trips, for the adjoint to make as many."""
    before, after, count = (b.var(INT, "trips", "alpha") for _ in range(3))
    step = Let(after, RULES[operator.add], (before, Lit(1)), s.at)
    counted = Block((*block.body, step), (*block.yields, after))
    new = widened(s, (Lit(0),), (before,), counted, (count,))
    return b.var(INT, ""), new, back


def _alike(a: Var, b: Var) -> bool:
    """Whether two values are of one dtype and one number of dimensions."""
    s, t = a.type, b.type
    if not isinstance(s, Number | Array) or type(s) is not type(t) or isinstance(s, Buffer):
        return False
    return _kind(s) == _kind(t)


def _kind(t: Number | Array) -> object:
    weak = isinstance(t, Number) and t.weak
    return weak, str(t.dtype), None if t.dims is None else len(t.dims)


def _hint(kept: list[Var]) -> str:
    return kept[0].hint if len(kept) == 1 and kept[0].hint else ""


def _defined(body: list[Statement]) -> dict[Var, Statement]:
    return {t: s for s in body for t in targets(s)}


def _with_push(body: list[Statement], push: Push, kept: list[Var]) -> list[Statement]:
    """The statements with the push as soon as the values it records are made.

    A call may push on the same tape (recursion), and backward pops before it calls back.
    """
    place = 0
    for i, s in enumerate(body):
        if any(t in kept for t in targets(s)) or any(isinstance(x, Call) for x in every([s])):
            place = i + 1
    return [*body[:place], push, *body[place:]]


def _defined_anyway(body: list[Statement], kept: set[Var]) -> list[Statement]:
    """Recorded results of a branch that one way leaves undefined hold None there."""
    out = []
    for s in body:
        if isinstance(s, If) and any(r in kept for r in s.results):
            then, orelse = (_yields_anyway(way, s.results, kept) for way in (s.then, s.orelse))
            s = If(s.test, then, orelse, s.results, s.at)
        out.append(s)
    return out


def _yields_anyway(way: Block, results: tuple[Var, ...], kept: set[Var]) -> Block:
    pairs = zip(results, way.yields, strict=True)
    return Block(
        way.body, tuple(Lit(None) if y is UNDEFINED and r in kept else y for r, y in pairs)
    )

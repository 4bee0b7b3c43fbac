"""Who owns which buffer: where an array may be overwritten because nobody can see its old value.

A forward walk gives every variable the buffers it may stand for.  A buffer is *fresh* as long as
only variables of this function can reach it: a primitive allocated it here, and it was not
recorded or handed out since.  A variable may be overwritten by the statement that reads it last
if it stands for whole fresh buffers that no variable live afterwards can reach.

A carried value is taken to own a buffer of its own, if that holds of what it is at the start and
of what the body yields; the walk is repeated until the assumption is borne out.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence

import numpy as np

from s2sad.backend.buffers import Buffer, Held, Summary
from s2sad.backend.choice import is_choice, outcomes
from s2sad.backend.fold import is_write
from s2sad.backend.live import Live
from s2sad.backend.memory import allocates, is_basic, returns_view, same_layout, ufunc_of
from s2sad.ir.nodes import (
    UNDEFINED,
    Block,
    Call,
    Comment,
    For,
    Function,
    If,
    Let,
    Lit,
    Operand,
    Pop,
    Push,
    Span,
    Statement,
    Var,
    While,
)
from s2sad.ir.types import Array, Number, Shape
from s2sad.ir.walk import param_vars, regions
from s2sad.runtime import resized, sum_to


class Reuse:
    """The facts: `in_place` the writes that need no copy, `outputs` the operands whose buffer a
    statement may take for its result, `copied` the carried values to copy before their loop,
    `parted` the views to copy where they are taken, since the whole array is written while they
    are read, `pushed` the values to copy where they are recorded, for the same reason; `summary`
    for callers; `known` are the summaries of the functions that are called.
    """

    def __init__(self, function: Function, live: Live, known: Mapping[str, Summary]) -> None:
        self.live = live
        self.known = known
        self.keeps = False
        self.outside = Buffer(fresh=False)
        self.held: dict[Var, Held] = {}
        self.in_place: dict[Let, None] = {}
        self.outputs: dict[Let, tuple[int, ...]] = {}
        self.copied: dict[For | While, set[int]] = {}
        self.written: set[Var] = set()
        self.parted: dict[Let, None] = {}
        self.pushed: dict[Push, set[int]] = {}
        self.views: dict[Var, Let] = {}
        self.find_written(function.body)
        self.changed = live.any(v for v in self.written if v in live.bits)
        known_parts = -1
        while known_parts != len(self.parted):  # what is parted changes who holds what
            known_parts = len(self.parted)
            self.keeps = False
            self.in_place.clear()
            self.outputs.clear()
            for var in param_vars(function):
                self.hold(var, self.unknown())
            self.block(function.body)
        self.summary = self.summarize(function)

    def summarize(self, function: Function) -> Summary:
        """What callers may know of a function."""
        results = [self.of(y) for y in function.body.yields]
        counts = _counts(results)
        fresh = tuple(r.owned() and all(counts[id(b)] == 1 for b in r.buffers) for r in results)
        return Summary(fresh, self.keeps or not all(fresh))

    def find_written(self, block: Block) -> None:
        """The variables that a write starts from, or a loop that writes to them."""
        for statement in block.body:
            for region in regions(statement):
                self.find_written(region)
            if isinstance(statement, Let) and (
                is_write(statement) or statement.primitive.of is resized
            ):
                self.written.update(a for a in statement.args[:1] if isinstance(a, Var))
            elif isinstance(statement, For | While):
                for _ in statement.carried:  # what another name holds in the next trip
                    ends = zip(statement.body.yields, statement.carried, strict=True)
                    self.written.update(
                        y for y, c in ends if c in self.written and y in statement.carried
                    )
                pairs = zip(statement.inits, statement.carried, strict=True)
                self.written.update(i for i, c in pairs if c in self.written and isinstance(i, Var))

    def unknown(self) -> Held:
        return Held([self.outside], whole=False)

    def hold(self, var: Var, held: Held) -> None:
        """Let a variable stand for these buffers."""
        if isinstance(var.type, Number | Shape):
            held = Held()
        self.held[var] = held
        for buffer in held.buffers:
            buffer.holders |= self.live.bits[var]

    def of(self, operand: Operand) -> Held:
        """The buffers an operand may stand for."""
        if isinstance(operand, Var):
            let = self.live.folded.get(operand)
            return self.held.get(operand, Held()) if let is None else self.result(let)
        if isinstance(operand, Lit):
            plain = isinstance(operand.value, int | float | complex | str | None)
            return Held() if plain or operand is UNDEFINED else self.unknown()
        if isinstance(operand, Span):
            return Held()
        return self.union([self.of(item) for item in operand], whole=False)

    def flow(self, source: Operand, sink: Var) -> Held:
        """The buffers that flow into a variable; those of another dtype cannot take its values."""
        held = self.of(source)
        if isinstance(source, Var) and _dtype(source) == _dtype(sink):
            return held
        return Held(held.buffers, whole=held.whole and not held.buffers)

    def union(self, parts: Sequence[Held], whole: bool = True) -> Held:
        found: dict[int, Buffer] = {}
        for part in parts:
            found.update((id(b), b) for b in part.buffers)
        return Held(list(found.values()), whole and all(p.whole for p in parts))

    def release(self, operands: Sequence[Operand]) -> None:
        """Code that is not seen here may keep these arrays."""
        self.keeps = True
        self.pin(operands)

    def pin(self, operands: Sequence[Operand]) -> None:
        """From here on these arrays are not overwritten."""
        for operand in operands:
            for buffer in self.of(operand).buffers:
                buffer.fresh = False

    def dead(self, held: Held, live: int) -> bool:
        """Whether none of the live variables can see the buffers."""
        return not any(b.holders & live for b in held.buffers)

    def result(self, let: Let) -> Held:
        """The buffers of a statement's result."""
        if isinstance(let.target.type, Number | Shape):
            return Held()
        if is_choice(let):
            return self.union([self.flow(a, let.target) for a in outcomes(let)])
        if is_write(let) or allocates(let.primitive) or let in self.parted:
            return Held([Buffer()])
        if let.primitive.of is resized:
            held = self.of(let.args[0])  # itself, or an array of its own
            return Held([*held.buffers, Buffer()], held.whole)
        if returns_view(let):
            return Held(self.of(let.args[0]).buffers, whole=False)
        if let.args and let.primitive.name == "operator.getitem":
            return Held([Buffer()])
        parts = self.union([self.of(a) for a in let.args])
        return Held([*parts.buffers, self.outside], whole=False)

    def block(self, block: Block) -> None:
        for statement in block.body:
            self.statement(statement)

    def statement(self, statement: Statement) -> None:
        match statement:
            case Let():
                if statement.target not in self.live.folded:
                    self.let(statement)
            case If():
                self.branch(statement)
            case For():
                self.loop(statement, (statement.body,))
            case While():
                self.loop(statement, (statement.test, statement.body))
            case Call():
                self.call(statement)
            case Push():
                self.push(statement)
            case Pop():
                for var in statement.targets:
                    self.hold(var, self.unknown())
            case Comment():
                pass

    def push(self, push: Push) -> None:
        """A record keeps its arrays; of one that is written, a copy of the part it records."""
        parts = {i for i, v in enumerate(push.values) if self.is_part_of_written(v)}
        self.pushed[push] = parts
        self.release([v for i, v in enumerate(push.values) if i not in parts])

    def is_part_of_written(self, operand: Operand) -> bool:
        held = self.of(operand)
        if not isinstance(operand, Var) or held.whole or not isinstance(operand.type, Array):
            return False
        fresh = bool(held.buffers) and all(b.fresh for b in held.buffers)
        return fresh and any(b.holders & self.changed for b in held.buffers)

    def call(self, call: Call) -> None:
        unknown = Summary((False,) * len(call.targets), True)
        summary = self.known.get(call.callee, unknown)
        if summary.keeps:
            self.release(call.args)
        for var, fresh in zip(call.targets, summary.fresh, strict=True):
            self.hold(var, Held([Buffer()]) if fresh else self.unknown())

    def let(self, let: Let) -> None:
        after = self.live.after[let] & ~self.live.bits[let.target]
        if is_write(let):
            self.in_place.pop(let, None)
            if self.may_write(let, after):
                self.in_place[let] = None
        elif not let.primitive.pure:
            self.release(let.args)
        elif ufunc_of(let.primitive) is not None:
            self.outputs[let] = tuple(
                i for i, a in enumerate(let.args) if self.may_take(let, a, after)
            )
        if let.primitive.of in (operator.getitem, sum_to) and isinstance(let.target.type, Array):
            self.views[let.target] = let
        self.hold(let.target, self.result(let))

    def may_write(self, let: Let, after: int) -> bool:
        """Whether `store` or `index_add` may change its array itself."""
        array, index, value = let.args
        held = self.of(array)
        if not isinstance(array, Var) or not held.buffers or not held.owned():
            return False
        if not is_basic(index):
            # Elements go one by one: what is read meanwhile must not be what is written.
            read = [*self.of(index).buffers, *self.of(value).buffers]
            if any(a is b for a in read for b in held.buffers):
                return False
        if not self.dead(held, after) and not self.part(held, after):
            return False
        self.mark_written(held)
        return True

    def part(self, held: Held, after: int) -> bool:
        """Whether only views are live that can be copies: they become such on the next walk."""
        seen = 0
        for buffer in held.buffers:
            seen |= buffer.holders & after
        bits = self.live.bits
        views = [v for v, x in self.views.items() if seen & bits[v] and x not in self.parted]
        if self.live.any(views) != seen:
            return False
        self.parted.update((self.views[v], None) for v in views)
        return True

    def mark_written(self, held: Held) -> None:
        for buffer in held.buffers:
            buffer.written = True

    def may_take(self, let: Let, operand: Operand, after: int) -> bool:
        """Whether the result may be computed into the buffer of this operand."""
        if not isinstance(operand, Var) or operand in self.live.folded:
            return False
        if not same_layout(operand.type, let.target.type):
            return False
        held = self.of(operand)
        return bool(held.buffers) and held.owned() and self.dead(held, after)

    def branch(self, branch: If) -> None:
        self.block(branch.then)
        self.block(branch.orelse)
        arms = zip(branch.then.yields, branch.orelse.yields, strict=True)
        for var, sources in zip(branch.results, arms, strict=True):
            self.hold(var, self.union([self.flow(s, var) for s in sources]))

    def loop(self, loop: For | While, blocks: tuple[Block, ...]) -> None:
        """Walk over a loop until what is assumed of its carried values holds."""
        owned = self.owned_at_start(loop)
        while True:
            self.enter(loop, owned)
            for block in blocks:
                self.block(block)
            still = owned & self.owners(loop.body.yields, loop, self.live.heads[loop])
            still -= {i for i in self.copied[loop] if not self.is_written_in(loop, i)}
            if still == owned:
                break
            owned = still
            self.copied[loop] &= owned
        self.leave(loop, owned)

    def is_written_in(self, loop: For | While, i: int) -> bool:
        """Whether a loop writes to the array that a carried variable starts a trip with, or later.

        Later: another carried variable takes it over, as when two arrays change places.
        """
        todo, seen = [i], {i}
        while todo:
            var = loop.carried[todo.pop()]
            if self.is_written(var):
                return True
            ends = enumerate(loop.body.yields)
            new = [k for k, y in ends if y is var and k not in seen]
            todo += new
            seen.update(new)
        return False

    def is_written(self, var: Var) -> bool:
        return any(buffer.written for buffer in self.held[var].buffers)

    def leave(self, loop: For | While, owned: set[int]) -> None:
        """What the results stand for."""
        for i, (var, carried) in enumerate(zip(loop.results, loop.carried, strict=True)):
            held = self.held[carried]
            if self.is_written(carried):
                self.mark_written(self.of(loop.inits[i]))
            if i not in owned:
                self.pin(loop.body.yields[i : i + 1])
                held = self.union([held, self.of(loop.body.yields[i])], whole=False)
            self.hold(var, held)

    def owned_at_start(self, loop: For | While) -> set[int]:
        """The carried values that own their buffers at the start, some by a copy."""
        owned = self.owners(loop.inits, loop, self.live.entries[loop])
        pairs = enumerate(zip(loop.inits, loop.carried, strict=True))
        self.copied[loop] = {
            i
            for i, (init, carried) in pairs
            if i not in owned and carried in self.written and _can_copy(init, carried)
        }
        return owned | self.copied[loop]

    def owners(self, sources: Sequence[Operand], loop: For | While, live: int) -> set[int]:
        """Which of the values flowing into the carried ones are reachable through these alone."""
        live &= ~self.live.any(loop.carried)
        held = [self.flow(s, c) for s, c in zip(sources, loop.carried, strict=True)]
        counts = _counts(held)
        return {
            i
            for i, one in enumerate(held)
            if one.owned() and self.dead(one, live) and all(counts[id(b)] == 1 for b in one.buffers)
        }

    def enter(self, loop: For | While, owned: set[int]) -> None:
        """What the carried values stand for at the start of an iteration."""
        for i, (init, carried) in enumerate(zip(loop.inits, loop.carried, strict=True)):
            if i in owned:
                self.hold(carried, Held([Buffer()]))
            else:
                self.pin((init,))
                buffers = [*self.of(init).buffers, self.outside]
                self.hold(carried, Held(buffers, whole=False))


def _counts(held: Sequence[Held]) -> dict[int, int]:
    """How many of the values may stand for each buffer."""
    counts: dict[int, int] = {}
    for one in held:
        for buffer in one.buffers:
            counts[id(buffer)] = counts.get(id(buffer), 0) + 1
    return counts


def _can_copy(source: Operand, sink: Var) -> bool:
    """Whether a copy of the array can stand for the variable."""
    if isinstance(source, Var):
        return isinstance(source.type, Array) and _dtype(source) == _dtype(sink)
    return isinstance(source, Lit) and isinstance(source.value, np.ndarray)


def _dtype(var: Var) -> object:
    return var.type.dtype if isinstance(var.type, Array | Number) else None

"""The statements of a function as syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from s2sad.backend.comments import comment, remark
from s2sad.backend.conditions import break_if, negated, with_break
from s2sad.backend.copies import Copies
from s2sad.backend.literal_tree import LOAD
from s2sad.backend.loops import is_int
from s2sad.backend.plan import Plan
from s2sad.backend.spell import Speller
from s2sad.backend.updates import Updates
from s2sad.errors import Location
from s2sad.ir.nodes import (
    Block,
    Call,
    Comment,
    For,
    If,
    Let,
    Lit,
    Pop,
    Push,
    Statement,
    Var,
    While,
)

MINUS_ONE = ast.UnaryOp(ast.USub(), ast.Constant(1))


class Writer:
    """The statements of one function, given its plan."""

    def __init__(self, plan: Plan, speller: Speller) -> None:
        self.plan = plan
        self.live = plan.live
        self.speller = speller
        self.names = speller.names
        self.updates = Updates(plan, speller)
        self.copies = Copies(plan, speller)

    def block(self, block: Block) -> list[ast.stmt]:
        """The statements of a block, without what its yields become."""
        return self.parts(block)[0]

    def parts(self, block: Block) -> tuple[list[ast.stmt], list[ast.stmt]]:
        """The statements of a block, and a comment at its end that heads nothing in it."""
        lines: list[ast.stmt] = []
        heading: list[ast.stmt] = []
        place: Location | None = None
        taken: set[Statement] = set()
        for statement in block.body:
            if isinstance(statement, Comment):
                heading = [comment(statement.text)]
                continue
            if statement in taken:
                continue
            found = self.statement(statement)
            taken.update(self.plan.several.get(statement, ()))
            if found:
                lines += heading
                heading = []
                if _is_adjoint(statement) and not _same_line(statement.at, place):
                    place = statement.at
                    lines += [remark(place.text.strip())] if place is not None else []
                lines += found
        return lines, heading

    def statement(self, statement: Statement) -> list[ast.stmt]:
        match statement:
            case Let() if statement in self.plan.several:
                return self.unpacked(statement, self.plan.several[statement])
            case Let():
                return [] if statement.target in self.live.folded else self.updates.lines(statement)
            case If():
                return self.branch(statement)
            case For() | While():
                return self.loop(statement)
            case Call():
                args = [self.speller.operand(a) for a in statement.args]
                call = ast.Call(ast.Name(statement.callee, LOAD), args, [])
                return [self.bind(statement.targets, call, self.live.after[statement])]
            case Push():
                parts = self.plan.reuse.pushed.get(statement, ())
                values = [
                    self.speller.copied(v) if i in parts else self.speller.operand(v)
                    for i, v in enumerate(statement.values)
                ]
                record = self.method(statement.tape, "append", [one_or_tuple(values)])
                return [ast.Expr(record)]
            case Pop():
                pop = self.method(statement.tape, "pop", [])
                return [self.bind(statement.targets, pop, self.live.after[statement])]
            case Comment():
                return []

    def unpacked(self, several: Let, items: Sequence[Let]) -> list[ast.stmt]:
        """The results of a function that returns several, each under its name."""
        targets: dict[int, Var] = {s.primitive.item: s.target for s in items}
        live = self.live.after[items[-1]]
        names: list[ast.expr] = []
        for i in range(several.primitive.results):
            read = i in targets and self.plan.is_read(targets[i], live)
            names.append(
                self.speller.name(targets[i]) if read else ast.Name(self.names.unused(), LOAD)
            )
        return [ast.Assign([one_or_tuple(names)], self.speller.value(several))]

    def method(self, tape: Var, name: str, args: list[ast.expr]) -> ast.expr:
        return ast.Call(ast.Attribute(self.speller.name(tape), name, LOAD), args, [])

    def bind(self, targets: Sequence[Var], value: ast.expr, live: int) -> ast.stmt:
        """The assignment of one value or of several; what nobody reads is named `_`."""
        if not any(self.plan.is_read(t, live) for t in targets):
            return ast.Expr(value)
        names: list[ast.expr] = [
            self.speller.name(t)
            if self.plan.is_read(t, live)
            else ast.Name(self.names.unused(), LOAD)
            for t in targets
        ]
        return ast.Assign([one_or_tuple(names)], value)

    def branch(self, branch: If) -> list[ast.stmt]:
        live = self.live.after[branch]
        then, orelse = (
            [*self.block(arm), *self.copies.lines(branch.results, arm.yields, live)]
            for arm in (branch.then, branch.orelse)
        )
        if not then and not orelse:
            return []
        test = self.speller.operand(branch.test)
        return [ast.If(test, then, orelse) if then else ast.If(negated(test), orelse, [])]

    def loop(self, loop: For | While) -> list[ast.stmt]:
        """Initial values, the loop with the copies at its end, the results."""
        entry, after = self.live.entries[loop], self.live.after[loop]
        stops = self.plan.loops.stops
        entry &= ~self.live.any(c for c in loop.carried if c in stops)
        duplicated = self.plan.reuse.copied.get(loop, set())
        lines = self.copies.lines(loop.carried, loop.inits, entry, duplicated)
        lines.append(self.count(loop) if isinstance(loop, For) else self.repeat(loop))
        return [*lines, *self.copies.lines(loop.results, loop.carried, after)]

    def body(self, loop: For | While) -> list[ast.stmt]:
        lines = self.block(loop.body)
        return [*lines, *self.copies.lines(loop.carried, loop.body.yields, self.live.heads[loop])]

    def count(self, loop: For) -> ast.stmt:
        body = self.body(loop) or [ast.Pass()]
        if loop.index in self.plan.loops.drained:
            return ast.While(self.speller.name(self.plan.loops.drained[loop.index]), body, [])
        used = bool(self.live.free_of(loop.body) & self.live.bits[loop.index])
        name = self.names.of(loop.index) if used else self.names.unused()
        iterator = self.range(loop, backward=loop.backward and used)
        return ast.For(ast.Name(name, LOAD), iterator, body, [])

    def repeat(self, loop: While) -> ast.stmt:
        before = self.block(loop.test)
        test = self.speller.operand(loop.test.yields[0])
        body = self.body(loop)
        for flag in loop.carried:
            if flag in self.plan.loops.stops:
                stop: ast.expr = self.speller.name(flag)
                body = with_break(body, stop if self.plan.loops.stops[flag] else negated(stop))
        if not before:
            return ast.While(test, body or [ast.Pass()], [])
        return ast.While(ast.Constant(True), [*before, break_if(negated(test)), *body], [])

    def range(self, loop: For, *, backward: bool) -> ast.expr:
        """The iterator of a loop."""
        start, stop, step = (self.speller.operand(a) for a in (loop.start, loop.stop, loop.step))
        name = self.speller.module.required(range)
        from_zero, by_one = is_int(loop.start, 0), is_int(loop.step, 1)
        if backward and from_zero and by_one:
            last: ast.expr = ast.BinOp(stop, ast.Sub(), ast.Constant(1))
            if isinstance(loop.stop, Lit) and isinstance(loop.stop.value, int):
                last = self.speller.operand(Lit(loop.stop.value - 1))
            return ast.Call(name, [last, MINUS_ONE, MINUS_ONE], [])
        bounds = [stop] if from_zero and by_one else [start, stop]
        call = ast.Call(name, bounds if by_one else [*bounds, step], [])
        reverse = self.speller.module.required(reversed) if backward else None
        return ast.Call(reverse, [call], []) if reverse else call


def one_or_tuple(items: list[ast.expr]) -> ast.expr:
    """A single item as it is, several as a tuple."""
    return items[0] if len(items) == 1 else ast.Tuple(items, LOAD)


def _is_adjoint(statement: Statement) -> bool:
    return isinstance(statement, Let) and statement.target.role == "beta"


def _same_line(a: Location | None, b: Location | None) -> bool:
    """Whether there is nothing new to say about the place."""
    return a is None or (b is not None and (a.filename, a.line) == (b.filename, b.line))

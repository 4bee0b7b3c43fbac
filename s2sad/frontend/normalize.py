"""Normalize control flow: no `break`, no `continue`, no early `return`, no loop with `else`.

What follows a statement that may jump moves into the branch that does not jump; only where both
branches may go on and one of them may also jump, a flag says afterwards whether it did:

    for i in range(n):                      s2_done = False
        if x[i] < 0:                        s2_index = 0
            return i                        s2_stop = n
        s = s + x[i]                        while not s2_done and s2_index < s2_stop:
    return s                                    i = s2_index
                                                s2_index = s2_index + 1
                                                if x[i] < 0:
                                                    s2_result = i
                                                    s2_done = True
                                                else:
                                                    s = s + x[i]
                                            if s2_done:
                                                return s2_result
                                            else:
                                                return s

Code is moved, never copied, except for a `return` of a name or a constant. Functions and classes
inside are left alone: they are normalized when they are called. What a `return` from within gives
is evaluated after the statement where that is the same (`returns.py`).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import Any

import gast

from s2sad.frontend.exits import (
    always_true,
    asks_for_jumps,
    is_structured,
    jumps,
    jumps_of,
    matches_all,
    may_finish,
    runs_on,
)
from s2sad.frontend.names import Flag, FreshNames, is_builtin_range
from s2sad.frontend.returns import Returns
from s2sad.frontend.source import Source
from s2sad.frontend.stopping import counting_while, guarded_for, is_range_call
from s2sad.frontend.syntax import Maker, header, replaced

__all__ = ["normalize"]

Block = list[Any]


def normalize(tree: Any, source: Source | None = None) -> Any:
    """Return the function with structured control flow; the tree itself if it has it already."""
    if isinstance(tree, gast.Lambda) or is_structured(tree.body):
        return tree
    return _Normalizer(tree, source).function(tree)


@dataclass(slots=True)
class _Loop:
    """The loop around: the flag it runs on, if it has its own, and the flag of `continue`."""

    more: str | None
    skip: str | None = None


@dataclass(frozen=True, slots=True)
class _Context:
    """What surrounds a block.

    `tail`: the function ends where the block ends. `records`: code after the block asks
    whether a `continue` happened. `returns`: those of the statement around, if it is followed by
    code that asks for them.
    """

    tail: bool
    loop: _Loop | None = None
    records: bool = False
    returns: Returns | None = None


class _Normalizer:
    def __init__(self, tree: Any, source: Source | None) -> None:
        self.fresh = FreshNames(tree)
        self.range_is_ours = is_builtin_range(tree, source)

    def function(self, tree: Any) -> Any:
        return replaced(tree, body=self.block(tree.body, _Context(tail=True), tree))

    def block(self, statements: Block, context: _Context, after: Any) -> Block:
        """Rewrite a block; `after` has the place of what is added at its end."""
        out: Block = []
        for index, statement in enumerate(statements):
            rest = statements[index + 1 :]
            if isinstance(statement, gast.For | gast.While):
                return out + self.loop(statement, rest, context)
            if jumps(statement):
                return out + self.jump(statement, rest, context)
            if not may_finish([statement]):
                return [*out, self.inside(statement, replace(context, tail=False))]
            out.append(self.inside(statement, replace(context, tail=False)))
        if context.tail and not (out and isinstance(out[-1], gast.Return)):
            make = Maker(header(statements[-1] if statements else after))
            out.append(make.give_back(make.constant(None)))
        return out

    def jump(self, statement: Any, rest: Block, context: _Context) -> Block:
        """Rewrite a statement that may jump, together with what follows it."""
        if isinstance(statement, gast.Return | gast.Break | gast.Continue):
            return self.leave(statement, context)
        if isinstance(statement, gast.If):
            joined = self.nested(statement, rest, context)
            if joined is not None:
                return joined
        elif isinstance(statement, gast.Match):
            joined = self.nested_cases(statement, rest, context)
            if joined is not None:
                return joined
        elif rest and isinstance(statement, gast.Try) and _goes_on_in_else(statement):
            going_on = replaced(statement, orelse=[*statement.orelse, *rest])
            return [self.inside(going_on, context)]
        elif not rest and not asks_for_jumps(statement):
            return [self.inside(statement, context)]
        kinds = jumps(statement)
        if "continue" in kinds and context.loop and context.loop.skip is None:
            context.loop.skip = self.fresh("s2_skip", Flag)
        start, around = self.noting(statement, kinds, context)
        inside = replace(around, tail=False, records="continue" in kinds)
        first = self.inside(statement, inside)
        if context.tail and around.returns:
            rest = self.block(rest, context, statement)
            return [*start, first, *around.returns.give_back(rest, Maker(header(statement)))]
        return [first, *self.unless(kinds, rest, context, statement)]

    def noting(
        self, statement: Any, kinds: frozenset[str], context: _Context
    ) -> tuple[Block, _Context]:
        """Return how a statement that may return begins to note it, and the context for that."""
        if not context.tail or "return" not in kinds:
            return [], context
        returns = Returns(statement, self.fresh)
        return [returns.start(Maker(header(statement)))], replace(context, returns=returns)

    def nested(self, statement: Any, rest: Block, context: _Context) -> Block | None:
        """Move what follows an `if` into the branch that reaches it; None if both branches do."""
        going_on = [may_finish(statement.body), may_finish(statement.orelse)]
        if all(going_on) and rest and not _is_small(rest):
            return None
        body, orelse = statement.body, statement.orelse
        if going_on[0]:
            body = body + rest
        if going_on[1]:
            # Shared nodes would let a pass that marks one mark the other.
            orelse = orelse + (copy.deepcopy(rest) if going_on[0] else rest)
        make = Maker(statement)
        new_body = self.block(body, context, statement)
        new_orelse = self.block(orelse, context, statement)
        return make.branch(statement.test, new_body, new_orelse)

    def nested_cases(self, statement: Any, rest: Block, context: _Context) -> Block | None:
        """Move what follows a `match` into the case that reaches it; None if several do."""
        make = Maker(header(statement))
        cases = list(statement.cases)
        if not matches_all(cases):
            pattern = make.place(gast.MatchAs(None, None))
            cases.append(gast.match_case(pattern, None, []))
        going_on = [may_finish(case.body) for case in cases]
        if sum(going_on) > 1 and rest and not _is_small(rest):
            return None
        new = []
        for case, goes_on in zip(cases, going_on, strict=True):
            body = case.body + copy.deepcopy(rest) if goes_on else case.body
            body = self.block(body, context, statement) or [make.place(gast.Pass())]
            new.append(replaced(case, body=body))
        return [replaced(statement, cases=new)]

    def leave(self, statement: Any, context: _Context) -> Block:
        """Rewrite a `return`, `break` or `continue` itself."""
        make = Maker(statement)
        if isinstance(statement, gast.Continue):
            skip = context.loop.skip if context.loop and context.records else None
            return [make.assign(skip, make.constant(True))] if skip else []
        if context.tail:
            return [statement]
        out: Block = []
        if isinstance(statement, gast.Return) and context.returns:
            out = context.returns.note(statement)
        if context.loop and context.loop.more:
            out.append(make.assign(context.loop.more, make.constant(False)))
        return out

    def forget(self, kinds: frozenset[str], context: _Context, make: Maker) -> Block:
        """Take back the jumps of some kinds that were noted."""
        loop = context.loop
        out: Block = []
        if "return" in kinds and context.returns:
            out.append(context.returns.start(make))
        if loop and loop.more and kinds & {"break", "return"}:
            out.append(make.assign(loop.more, make.constant(True)))
        if loop and loop.skip and "continue" in kinds:
            out.append(make.assign(loop.skip, make.constant(False)))
        return out

    def put_off(self, kinds: frozenset[str], context: _Context, make: Maker) -> tuple[Block, Block]:
        """Take back the jumps of some kinds that were noted; and note them again."""
        cleared = self.forget(kinds, context, make)
        saved, again = [], []
        for flag in (statement.targets[0].id for statement in cleared):
            before = self.fresh(f"{flag}_before", Flag)
            saved.append(make.assign(before, make.load(flag)))
            again.append(make.assign(flag, make.load(before)))
        return saved + cleared, again

    def unless(self, kinds: frozenset[str], rest: Block, context: _Context, at: Any) -> Block:
        """Rewrite what follows a statement whose jumps have set flags."""
        make = Maker(header(at))
        return make.branch(self.no_jump(kinds, context, make), self.block(rest, context, at), [])

    def no_jump(self, kinds: frozenset[str], context: _Context, make: Maker) -> Any:
        """Build the test that no jump of these kinds was noted."""
        tests = []
        loop = context.loop
        if loop and loop.more and kinds & {"break", "return"}:
            tests.append(make.load(loop.more))
        elif "return" in kinds and context.returns:
            tests.append(context.returns.going_on(make))
        if loop and loop.skip and "continue" in kinds:
            tests.append(make.negation(make.load(loop.skip)))
        return make.both(tests)

    def inside(self, statement: Any, context: _Context) -> Any:
        """Rewrite the blocks of a statement that is not a loop, each in the same context."""
        if isinstance(statement, gast.Try) and jumps_of(statement.finalbody):
            return self.finished(statement, context)
        if isinstance(statement, gast.FunctionDef | gast.AsyncFunctionDef | gast.ClassDef):
            return statement
        # A `try` body goes on to its `else`, and a `finally` block to wherever control was going.
        is_try = isinstance(statement, gast.Try)
        going_on = {"finalbody", "body"} if is_try and statement.orelse else {"finalbody"}
        fields: dict[str, Any] = {}
        for name in ("body", "orelse", "finalbody"):
            if name == "orelse" and asks_for_jumps(statement):
                kinds = jumps_of(statement.body)
                fields[name] = self.unless(kinds, statement.orelse, context, statement)
            elif getattr(statement, name, None):
                here = replace(context, tail=False) if name in going_on else context
                fields[name] = self.filled(getattr(statement, name), here)
        # What runs after a jump may raise: then the jump is not made.
        raised = jumps_of(statement.body) if is_try and runs_on(statement.body) else frozenset()
        for name in ("handlers", "cases"):
            if getattr(statement, name, None):
                fields[name] = [
                    replaced(
                        part,
                        body=self.forget(raised, context, Maker(header(part)))
                        + self.filled(part.body, context),
                    )
                    for part in getattr(statement, name)
                ]
        return replaced(statement, **fields) if fields else statement

    def filled(self, statements: Block, context: _Context) -> Block:
        """Rewrite a block that the grammar wants to be filled."""
        at = statements[0]
        return self.block(statements, context, at) or [Maker(at).place(gast.Pass())]

    def finished(self, statement: Any, context: _Context) -> Any:
        """Rewrite a `try` whose `finally` may jump: what was raised is then raised no more.

        Before: `try: BODY finally: LAST`. After: `try: BODY except: LAST; if not jumped: raise
        else: LAST`. The jumps of `BODY` wait for the end of `LAST`, whose own come before them.
        """
        make = Maker(header(statement))
        inner = [replaced(statement, finalbody=[])] if statement.handlers else statement.body
        kinds = jumps_of(statement.finalbody)
        context = replace(context, tail=False)
        body = self.filled(inner, context)
        off, again = self.put_off(jumps_of(inner), context, make)
        caught = self.filled(copy.deepcopy(statement.finalbody), context)
        caught += self.unless(kinds, [make.place(gast.Raise(None, None))], context, statement)
        caught = self.forget(jumps_of(inner), context, make) + caught
        orelse = off + self.filled(statement.finalbody, context)
        orelse += make.branch(self.no_jump(kinds, context, make), again, [])
        handler = make.place(gast.ExceptHandler(None, None, caught))
        return make.place(gast.Try(body, [handler], orelse, []))

    def loop(self, statement: Any, rest: Block, context: _Context) -> Block:
        """Rewrite a loop, its `else` clause and what follows it."""
        kinds = jumps_of(statement.body)
        make = Maker(header(statement))
        inner = _Loop(self.fresh("s2_more", Flag) if "break" in kinds else None)
        start, around = self.noting(replaced(statement, orelse=[]), kinds, context)
        inside = _Context(tail=False, loop=inner, returns=around.returns)
        body = self.filled(statement.body, inside)
        if inner.skip:
            body.insert(0, make.assign(inner.skip, make.constant(False)))
        go_on = make.load(inner.more) if inner.more else None
        if go_on is None and "return" in kinds and around.returns:
            go_on = around.returns.going_on(make)
        out = [*start, *self.running(statement, go_on, body)]
        if inner.more:
            out.insert(0, make.assign(inner.more, make.constant(True)))
        ending = statement.orelse
        if inner.more and ending:
            ending = make.branch(make.load(inner.more), ending, [])
        rest = ending + rest
        if "return" not in kinds:
            endless = not may_finish([statement])
            return out if endless else out + self.block(rest, context, statement)
        return out + self.after_return(statement, rest, context, around.returns)

    def running(self, statement: Any, go_on: Any, body: Block) -> Block:
        """Rebuild a loop around its new body so that it stops where `go_on` is false."""
        if isinstance(statement, gast.While):
            tests = [] if go_on and always_true(statement.test) else [statement.test]
            test = Maker(header(statement)).both([go_on, *tests] if go_on else tests)
            return [replaced(statement, test=test, body=body, orelse=[])]
        if go_on is None:
            return [replaced(statement, body=body, orelse=[])]
        if self.range_is_ours and is_range_call(statement.iter):
            return counting_while(statement, go_on, body, self.fresh)
        return guarded_for(statement, go_on, body, self.fresh)

    def after_return(
        self, loop: Any, rest: Block, context: _Context, returns: Returns | None
    ) -> Block:
        """Rewrite what follows a loop that may have returned: the loops around stop as well."""
        make = Maker(header(loop))
        is_reached = may_finish([loop])
        if context.tail and returns:
            following = self.block(rest, context, loop) if is_reached else None
            return returns.give_back(following, make)
        rest = rest if is_reached else []
        if context.loop and context.loop.more and returns:
            stop = [make.assign(context.loop.more, make.constant(False))]
            return make.branch(returns.reached(make), stop, self.block(rest, context, loop))
        return self.unless(frozenset({"return"}), rest, context, loop)


def _goes_on_in_else(statement: Any) -> bool:
    """Say whether what follows a `try` is reached only if nothing was raised."""
    if statement.finalbody or not statement.handlers or jumps_of(statement.body):
        return False
    return not any(may_finish(handler.body) for handler in statement.handlers)


def _is_small(rest: Block) -> bool:
    """Say whether a block is one `return` that may well be written twice."""
    if not isinstance(rest[0], gast.Return):
        return False
    return rest[0].value is None or isinstance(rest[0].value, gast.Name | gast.Constant)

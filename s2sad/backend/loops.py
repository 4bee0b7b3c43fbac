"""Loops as people write them: `break` in place of a flag, `while tape:` in place of a count.

    more = True                              while x < 50.0:
    while more and x < 50.0:                     ...
        ...                           ->         if x > y:
        if x > y: more = False                       break

    trips = 0                                while x > 1.0:
    while x > 1.0: tape.append(x); ...           tape.append(x); ...
        trips += 1                    ->
    for _ in range(trips): tape.pop()        while tape: tape.pop()

A flag is tested at the end of the body, after the copies: nothing in between can see a difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from s2sad.backend.choice import is_not
from s2sad.backend.fold import count_reads
from s2sad.backend.rewrite import rewritten
from s2sad.ir.nodes import (
    Block,
    For,
    Function,
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
from s2sad.ir.types import BOOL, Tape
from s2sad.ir.walk import operand_vars, reads, statements, substitute_block

T = TypeVar("T")


class Loops:
    """The `function` with such loops.

    stops: carried values that end their loop at the end of its body, and whether they do when
    true; drained: the tape that a loop empties, by the loop's index.
    """

    def __init__(self, function: Function, *, rewrite: bool) -> None:
        self.function = function
        self.stops: dict[Var, bool] = {}
        self.drained: dict[Var, Var] = {}
        if rewrite and any(isinstance(s, While) for s in statements(function.body)):
            self.counts = count_reads(function)
            body = rewritten(function.body, self.flag)
            self.function = replace(function, body=self.drain(body))

    # -- flags

    def flag(self, loop: Statement, depth: int) -> Statement:
        """A loop without the flag in its test; `test` yields the rest of the condition, and it."""
        if not isinstance(loop, While):
            return loop
        found = self.test_without_flag(loop)
        if found is None:
            return loop
        at, test = found
        init = loop.inits[at]
        body = substitute_block(loop.body, {loop.carried[at]: init})
        branch = self.last_setter(body, body.yields[at], init)
        stop = Var(loop.carried[at].name, BOOL)
        self.stops[stop] = branch is not None or _is_bool(init, False)
        if branch is not None:
            body = _without_result(body, branch, at)
        carried = (*loop.carried[:at], stop, *loop.carried[at + 1 :])
        result = Var(loop.results[at].name, BOOL)
        results = (*loop.results[:at], result, *loop.results[at + 1 :])
        test = Block(test.body, (*test.yields, stop))
        return replace(loop, carried=carried, results=results, test=test, body=body)

    def test_without_flag(self, loop: While) -> tuple[int, Block] | None:
        """Where the flag is carried that a loop tests first, and the test without it."""
        for at, flag in enumerate(loop.carried):
            init = loop.inits[at]
            if flag.type != BOOL or self.counts.get(loop.results[at]):
                continue
            if not _only_yielded(flag, loop.body):
                continue
            if _is_bool(init, True):
                rest = _rest_of_test(loop.test, flag)
            else:
                rest = _rest_after_not(loop.test, flag) if _is_bool(init, False) else None
            if rest is not None:
                return at, rest
        return None

    def last_setter(self, body: Block, value: Operand, init: Operand) -> If | None:
        """The branch whose test says that the flag changes, if nobody else reads the flag."""
        if not isinstance(value, Var) or self.counts.get(value) != 1:
            return None
        for branch in body.body:
            if isinstance(branch, If) and value in branch.results:
                at = branch.results.index(value)
                changed, kept = branch.then.yields[at], branch.orelse.yields[at]
                plain = isinstance(branch.test, Var) and branch.test.type == BOOL
                sets = _is_bool(changed, _is_bool(init, False)) and kept is init
                return branch if plain and sets else None
        return None

    # -- counters

    def drain(self, body: Block) -> Block:
        """The body of the function without the counters that only say how long a tape is."""
        tapes = {
            s.target for s in body.body if isinstance(s, Let) and isinstance(s.target.type, Tape)
        }
        loops = {r: s for s in body.body if isinstance(s, While) for r in s.results}
        found: dict[Statement, Statement] = {}
        for loop in body.body:
            if not isinstance(loop, For) or not isinstance(loop.stop, Var):
                continue
            counted = loops.get(loop.stop)
            tape = self.tape_of(counted, loop, tapes) if counted and self.is_count(loop) else None
            if counted is None or tape is None or counted in found:
                continue
            at = counted.results.index(loop.stop)
            if self.is_counter(counted, at):
                found[counted] = _without_carried(counted, at)
                found[loop] = replace(loop, stop=Lit(0))
                self.drained[loop.index] = tape
        return Block(tuple(found.get(s, s) for s in body.body), body.yields)

    def is_count(self, loop: For) -> bool:
        """Whether a loop only repeats its body, as often as nothing else asks."""
        whole = is_int(loop.start, 0) and is_int(loop.step, 1)
        stop = isinstance(loop.stop, Var) and self.counts.get(loop.stop) == 1
        return whole and stop and not self.counts.get(loop.index)

    def is_counter(self, loop: While, at: int) -> bool:
        """Whether a carried value counts the trips of its loop and nothing else."""
        carried, after = loop.carried[at], loop.body.yields[at]
        if not is_int(loop.inits[at], 0) or not isinstance(after, Var):
            return False
        if self.counts.get(carried) != 1 or self.counts.get(after) != 1:
            return False
        return any(
            isinstance(let, Let)
            and let.target is after
            and let.primitive.name == "operator.add"
            and let.args[0] is carried
            and is_int(let.args[1], 1)
            for let in loop.body.body
        )

    def tape_of(self, counted: While, loop: For, tapes: set[Var]) -> Var | None:
        """The tape on which every trip of the one loop pushes what a trip of the other pops."""
        pushed = [s.tape for s in counted.body.body if isinstance(s, Push)]
        popped = [s.tape for s in loop.body.body if isinstance(s, Pop)]
        for tape in popped:
            if tape in tapes and tape in pushed and self.counts.get(tape) == 2:
                return tape
        return None


def _only_yielded(var: Var, block: Block) -> bool:
    """Whether no statement reads a variable."""
    found = (o for s in statements(block) for o in reads(s))
    return not any(var in operand_vars(operand) for operand in found)


def _rest_of_test(test: Block, flag: Var) -> Block | None:
    """What is tested after the flag: `flag`, or `flag and condition` as it is normalized."""
    if not test.body:
        return Block((), (Lit(True),)) if test.yields == (flag,) else None
    branch = test.body[0] if len(test.body) == 1 else None
    if not isinstance(branch, If) or branch.test is not flag or branch.results != test.yields:
        return None
    if branch.orelse.body or branch.orelse.yields != (flag,):
        return None
    inner = branch.then
    return inner if _only_yielded(flag, inner) and flag not in inner.yields else None


def _rest_after_not(test: Block, flag: Var) -> Block | None:
    """What is tested after `not flag`."""
    first = test.body[0] if test.body else None
    if not isinstance(first, Let) or first.args != (flag,) or not is_not(first):
        return None
    rest = _rest_of_test(Block(test.body[1:], test.yields), first.target)
    if rest is None or not _only_yielded(flag, rest) or flag in rest.yields:
        return None
    return rest


def _without_result(body: Block, branch: If, at: int) -> Block:
    """The body with the test of a branch as its value in place of one of the branch's results."""
    place = branch.results.index(body.yields[at])
    then, orelse = (
        Block(arm.body, _without(arm.yields, place)) for arm in (branch.then, branch.orelse)
    )
    less = replace(branch, then=then, orelse=orelse, results=_without(branch.results, place))
    idle = not less.results and not then.body and not orelse.body
    lines = tuple(less if s is branch else s for s in body.body if s is not branch or not idle)
    return Block(lines, (*body.yields[:at], branch.test, *body.yields[at + 1 :]))


def _without_carried(loop: While, at: int) -> While:
    after = loop.body.yields[at]
    lines = (s for s in loop.body.body if not (isinstance(s, Let) and s.target is after))
    return replace(
        loop,
        inits=_without(loop.inits, at),
        carried=_without(loop.carried, at),
        results=_without(loop.results, at),
        body=Block(tuple(lines), _without(loop.body.yields, at)),
    )


def _without(items: Sequence[T], at: int) -> tuple[T, ...]:
    return (*items[:at], *items[at + 1 :])


def _is_bool(operand: Operand, value: bool) -> bool:
    return isinstance(operand, Lit) and operand.value is value


def is_int(operand: Operand, value: int) -> bool:
    """Whether an operand is this integer, known at compile time."""
    return isinstance(operand, Lit) and type(operand.value) is int and operand.value == value

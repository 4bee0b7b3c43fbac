"""What a derivative keeps for its backward part, and which statements of that part read it.

Read off the derivative's own program.  A value is recorded where the forward part puts it on a
tape, kept where the backward part reads it by its name, and an argument where the caller has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from s2sad.errors import Location
from s2sad.ir.nodes import (
    Block,
    Comment,
    For,
    Function,
    If,
    Operand,
    Pop,
    Program,
    Push,
    Statement,
    Var,
    While,
)
from s2sad.ir.tree import leaves
from s2sad.ir.types import Tape
from s2sad.ir.walk import every, operand_vars, param_vars, reads, regions, targets

Loop = For | While


@dataclass(frozen=True)
class Record:
    """A value of the forward part that the backward part reads.

    how: "recorded", "kept" or "argument".
    loops: those whose every trip records it, the outermost first.
    callee: the function that records it at each of its calls, "" for the derivative itself.
    readers: the user's statements whose adjoints read it.
    """

    var: Var
    how: str
    loops: tuple[Loop, ...]
    callee: str
    readers: tuple[Location, ...]


def recorded(program: Program) -> tuple[Record, ...]:
    """All that the backward part of a derivative in reverse mode reads of its forward part.

    Tapes that are stacks are described here.  A tape that is an array carried through its loop
    (stored into at the index of the trip, read at that index backward) would be a second source
    beside `_stacked`, of the same records.
    """
    _, backward = halves(program)
    by_name = [Record(v, _how(v, program), (), "", r) for v, r in _named(program, backward)]
    return (*by_name, *_stacked(program))


def halves(program: Program) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """The statements of the forward and of the backward part."""
    pull = _pullback(program)
    if pull is not None:
        return program.entry.body.body, pull.body.body
    body = program.entry.body.body
    for i, s in enumerate(body):
        if isinstance(s, Comment) and s.text == "backward":
            return body[:i], body[i + 1 :]
    return body, ()


def _pullback(program: Program) -> Function | None:
    """The backward part where it is a function of its own."""
    return next((f for f in program.callees if f.name.endswith("_pullback")), None)


# ---- by name -----------------------------------------------------------------------------------


def _named(
    program: Program, backward: tuple[Statement, ...]
) -> Iterator[tuple[Var, tuple[Location, ...]]]:
    pull = _pullback(program)
    if pull is not None:  # what it needs is its first parameter
        there = dict.fromkeys(v for v in leaves(pull.params[0].tree) if isinstance(v, Var))
    else:
        forward, _ = halves(program)
        there = dict.fromkeys(param_vars(program.entry))
        there |= dict.fromkeys(t for s in forward for t in targets(s))
    found = readers(backward)
    for v in there:
        if v in found and not isinstance(v.type, Tape):
            yield v, found[v]


def _how(v: Var, program: Program) -> str:
    """A pullback has copies of the arguments, which the caller may change before it is called."""
    given = v in param_vars(program.entry) and _pullback(program) is None
    return "argument" if given else "kept"


def readers(body: Iterable[Statement]) -> dict[Var, tuple[Location, ...]]:
    """For each variable that is read, the places of the user's code that the reading stems from."""
    found: dict[Var, dict[Location, None]] = {}
    for s in every(body):
        operands: list[Operand] = list(reads(s))
        for region in regions(s):
            operands += region.yields
        at = getattr(s, "at", None)
        for v in (v for x in operands for v in operand_vars(x)):
            places = found.setdefault(v, {})
            if at is not None:
                places[at] = None
    return {v: tuple(places) for v, places in found.items()}


def origins(body: Iterable[Statement]) -> Iterator[tuple[Var, Var]]:
    """Results of branches, each with a value of the branch that it hands out."""
    for s in every(body):
        if isinstance(s, If):
            ways = zip(s.then.yields, s.orelse.yields, strict=True)
            for r, pair in zip(s.results, ways, strict=True):
                inside = [y for y in pair if isinstance(y, Var)]
                if inside:
                    yield r, inside[0]


# ---- on stacks ---------------------------------------------------------------------------------


def _stacked(program: Program) -> Iterator[Record]:
    popped = {
        s.tape: (s, readers(f.body.body))
        for f in _functions(program)
        for s in every(f.body.body)
        if isinstance(s, Pop)
    }
    for f in _functions(program):
        for push, loops in _pushes(f.body, ()):
            if push.tape not in popped:
                continue
            pop, found = popped[push.tape]
            callee = "" if f is program.entry else f.name
            for v, t in zip(push.values, pop.targets, strict=True):
                if isinstance(v, Var):
                    yield Record(v, "recorded", loops, callee, found.get(t, ()))


def _functions(program: Program) -> tuple[Function, ...]:
    return (program.entry, *program.callees)


def _pushes(block: Block, loops: tuple[Loop, ...]) -> Iterator[tuple[Push, tuple[Loop, ...]]]:
    for s in block.body:
        if isinstance(s, Push):
            yield s, loops
        inside = (*loops, s) if isinstance(s, For | While) else loops
        for region in regions(s):
            yield from _pushes(region, inside)

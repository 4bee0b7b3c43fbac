"""What a derivative keeps for its backward part, and which statements of that part read it.

Read off the derivative's own program.  A value is recorded where the forward part puts it on a
tape, a stack or an array, kept where the backward part reads it by its name, and an argument where
the caller has it.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from s2sad.analysis.parts import Loop, backward, forward, functions, halves, pullback
from s2sad.analysis.versions import Versions, is_array_tape, is_recording, pops
from s2sad.errors import Location
from s2sad.ir.nodes import For, If, Let, Operand, Program, Push, Statement, Var, While
from s2sad.ir.tree import leaves
from s2sad.ir.types import Tape
from s2sad.ir.walk import every, operand_vars, param_vars, reads, regions, targets
from s2sad.runtime import store


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
    """All that the backward part of a derivative in reverse mode reads of its forward part."""
    versions = Versions(program)
    described: dict[Var, list[Record]] = {}
    for tape, record in _in_arrays(program, versions):
        described.setdefault(tape, []).append(record)
    others = (r for r in (*_named(program), *_stacked(program)))
    return (
        *(r for r in others if versions.first(r.var) not in described),
        *(r for found in described.values() for r in found),
    )


# ---- readers -----------------------------------------------------------------------------------


def readers(body: Iterable[Statement]) -> dict[Var, tuple[Location, ...]]:
    """For each variable that is read, the places of the user's code that the reading stems from.

    What is handed to a loop is read where the loop reads it.
    """
    found: dict[Var, dict[Location, None]] = {}
    handed: list[tuple[Operand, Var]] = []
    for s in every(body):
        operands: list[Operand] = list(reads(s))
        if isinstance(s, For | While):
            handed += [*zip(s.inits, s.carried, strict=True)]
            handed += [*zip(s.body.yields, s.carried, strict=True)]
            operands = operands[len(s.inits) :]
        elif isinstance(s, If):
            operands += [y for region in regions(s) for y in region.yields]
        at = getattr(s, "at", None)
        for v in (v for x in operands for v in operand_vars(x)):
            places = found.setdefault(v, {})
            if at is not None:
                places[at] = None
    _follow(handed, found)
    return {v: tuple(places) for v, places in found.items()}


def _follow(handed: list[tuple[Operand, Var]], found: dict[Var, dict[Location, None]]) -> None:
    """Adds the readers of what loops carry to those of what they are handed."""
    more = True
    while more:
        more = False
        for x, carried in handed:
            if isinstance(x, Var):
                places = found.setdefault(x, {})
                before = len(places)
                places |= found.get(carried, {})
                more |= len(places) > before


# ---- by name -----------------------------------------------------------------------------------


def _named(program: Program) -> Iterator[Record]:
    first, second = halves(program)
    pull = pullback(program)
    if pull is not None:  # what it needs is its first parameter
        there = dict.fromkeys(v for v in leaves(pull.params[0].tree) if isinstance(v, Var))
    else:
        there = dict.fromkeys(param_vars(program.entry))
        there |= dict.fromkeys(t for s in first for t in targets(s))
    found = readers(second)
    for v in there:
        if v in found and not isinstance(v.type, Tape):
            yield Record(v, _how(v, program), (), "", found[v])


def _how(v: Var, program: Program) -> str:
    """A pullback has copies of the arguments, which the caller may change before it is called."""
    given = v in param_vars(program.entry) and pullback(program) is None
    return "argument" if given else "kept"


# ---- on stacks ---------------------------------------------------------------------------------


def _stacked(program: Program) -> Iterator[Record]:
    popped = pops(program)
    found = {v: r for f in functions(program) for v, r in readers(f.body.body).items()}
    for callee, s, loops in forward(program):
        if isinstance(s, Push) and s.tape in popped:
            for v, t in zip(s.values, popped[s.tape].targets, strict=True):
                if isinstance(v, Var):
                    yield Record(v, "recorded", loops, callee, found.get(t, ()))


# ---- in arrays ---------------------------------------------------------------------------------


def _in_arrays(program: Program, versions: Versions) -> Iterator[tuple[Var, Record]]:
    """What is written to arrays and read again, each with its array."""
    found = _taken_out(program, versions)
    for callee, s, loops in forward(program):
        if is_recording(s) and isinstance(s.args[2], Var):
            tape = versions.first(s.target)
            if tape in found:
                yield tape, Record(s.args[2], "recorded", loops, callee, tuple(found[tape]))


def _taken_out(program: Program, versions: Versions) -> dict[Var, dict[Location, None]]:
    """The arrays that the backward part reads, by value or whole, each with who reads them."""
    found: dict[Var, dict[Location, None]] = {}
    for body in backward(program):
        known = readers(body)
        for s in every(body):
            if not isinstance(s, Let) or s.primitive.of is store:
                continue
            for tape in (x for x in s.args if is_array_tape(x)):
                whole = s.primitive.of is not operator.getitem
                by = (s.at,) if whole and s.at is not None else known.get(s.target, ())
                found.setdefault(versions.first(tape), {}).update(dict.fromkeys(by))
    return found

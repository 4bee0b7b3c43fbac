"""Which variables are versions of one tape, where tapes are arrays (`transform/tapes.py`).

Such an array is carried by its loop, through branches of the body; that of an inner loop lies on a
stack until the backward part needs it.  All on the way are versions of the array first made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeGuard

from s2sad.analysis.parts import functions
from s2sad.ir.nodes import For, If, Let, Operand, Pop, Program, Push, Statement, Var, While
from s2sad.ir.types import Tape
from s2sad.ir.walk import every
from s2sad.runtime import store


class Versions:
    """The versions of the arrays of a program."""

    def __init__(self, program: Program) -> None:
        self.before = {t: x for t, x in _handed_on(program) if is_array_tape(t)}

    def first(self, v: Var) -> Var:
        """The array as it was made."""
        while v in self.before:
            v = self.before[v]
        return v


def is_array_tape(x: Operand) -> TypeGuard[Var]:
    """Whether a variable is a tape, and an array or a buffer."""
    return isinstance(x, Var) and x.role == "tape" and not isinstance(x.type, Tape)


def is_recording(s: Statement) -> TypeGuard[Let]:
    """Whether a statement writes the value of one trip to an array."""
    return isinstance(s, Let) and s.primitive.of is store and is_array_tape(s.target)


def pops(program: Program) -> dict[Var, Pop]:
    """The statement that reads each stack."""
    found = (s for f in functions(program) for s in every(f.body.body))
    return {s.tape: s for s in found if isinstance(s, Pop)}


def origins(body: Iterable[Statement]) -> Iterator[tuple[Var, Var]]:
    """Results of branches, each with a value of the branch that it hands out."""
    for s in every(body):
        if isinstance(s, If):
            yield from _handed_out(s)


def _handed_out(s: If) -> Iterator[tuple[Var, Var]]:
    ways = zip(s.then.yields, s.orelse.yields, strict=True)
    for r, pair in zip(s.results, ways, strict=True):
        inside = [y for y in pair if isinstance(y, Var)]
        if inside:
            yield r, inside[0]


def _handed_on(program: Program) -> Iterator[tuple[Var, Var]]:
    """Variables, each with the one that had its array before; what loops carry, from the start."""
    popped = pops(program)
    for f in functions(program):
        for s in every(f.body.body):
            yield from ((t, x) for t, x in _pairs(s, popped) if isinstance(x, Var))


def _pairs(s: Statement, popped: Mapping[Var, Pop]) -> Iterator[tuple[Var, Operand]]:
    if is_recording(s):
        yield s.target, s.args[0]
    elif isinstance(s, If):
        yield from _handed_out(s)
    elif isinstance(s, For | While):
        yield from zip(s.carried, s.inits, strict=True)
        yield from zip(s.results, s.inits, strict=True)
    elif isinstance(s, Push) and s.tape in popped:
        yield from zip(popped[s.tape].targets, s.values, strict=True)

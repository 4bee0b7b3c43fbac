"""The passes in their order."""

from __future__ import annotations

from collections.abc import Callable

from s2sad.ir.nodes import Call, Function, Let, Program, Statement
from s2sad.ir.walk import statements
from s2sad.optimize.dead import drop_dead
from s2sad.optimize.same import drop_same
from s2sad.optimize.several import take_at_once
from s2sad.optimize.shapes import ask_others

PASSES: tuple[Callable[[Function], Function], ...] = (
    drop_same,
    drop_dead,
    ask_others,
    take_at_once,
)
"""Each keeps the meaning of a function, and may be left out."""


def optimize(program: Program) -> Program:
    """The program after all passes, without functions that nobody calls."""
    entry = _passed(program.entry)
    callees = [_passed(f) for f in program.callees]
    return Program(entry, _called(entry, callees), program.bindings)


def _passed(f: Function) -> Function:
    for run in PASSES:
        f = run(f)
    return f


def _called(entry: Function, callees: list[Function]) -> tuple[Function, ...]:
    """The functions that the entry reaches; a pullback is an entry of its own."""
    by_name = {f.name: f for f in callees}
    roots = [entry, *(f for f in callees if f.name.endswith("_pullback"))]
    found = {f.name for f in roots}
    work = list(roots)
    while work:
        for s in statements(work.pop().body):
            callee = s.callee if isinstance(s, Call) else _named_by(s)
            if callee is not None and callee not in found:
                found.add(callee)
                work.append(by_name[callee])
    return tuple(f for f in callees if f.name in found)


def _named_by(s: Statement) -> str | None:
    """The function that a statement runs as data, to see whether it raises."""
    name: str | None = getattr(s.primitive, "calls", None) if isinstance(s, Let) else None
    return name

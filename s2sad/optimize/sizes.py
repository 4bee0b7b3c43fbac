"""Sizes that the user's function compares by computing with them, and the derivative does not.

`x @ w` raises where the sizes do not fit.  If the derivative needs no `x @ w`, nothing of it would
notice, and a gradient would come back for a function that has no value.  What was learned from a
statement that is gone is tested at the start instead.  That cannot be done where the statement may
not run, in a branch or a loop: then the function is derived again without what such teach.
"""

from __future__ import annotations

import operator
from typing import Any

from s2sad.frontend.memory import Restart
from s2sad.frontend.prims import SHAPE, template
from s2sad.ir.nodes import Block, Function, If, Let, Lit, Operand, Program, Var
from s2sad.ir.types import Dim, Size
from s2sad.ir.walk import param_vars, statements
from s2sad.rules.notation import RULES


def check_sizes(walk: Any, program: Program) -> Program:
    """The program with a test for every pair of sizes that nothing else holds together."""
    functions = (program.entry, *program.callees)
    kept = {_key(s) for f in functions for s in statements(f.body) if isinstance(s, Let)}
    lost = {(a, b): may_not_run for s, a, b, may_not_run in walk.b.lessons if _key(s) not in kept}
    if not lost:
        return program
    if any(lost.values()):
        walk.learned.supposes = False
        raise Restart
    places = _places(program.entry)
    with walk.b.region() as checks:
        for a, b in lost:
            if all(isinstance(d, int) or d.name in places for d in (a, b)):
                x, y = (_size(walk, d, places) for d in (a, b))
                _check(walk, x, y, a, b)
    f = program.entry
    body = Block((*checks, *f.body.body), f.body.yields)
    entry = Function(f.name, f.params, body, f.result, f.doc, f.at)
    return Program(entry, program.callees, program.bindings)


def _key(s: Let) -> object:
    """Equal for copies of a statement; what a rule makes at the same line has another role."""
    return s.primitive, s.at, s.target.role


def _places(f: Function) -> dict[str, tuple[Var, int]]:
    """Where the size of each symbol can be read: an argument and its dimension."""
    found: dict[str, tuple[Var, int]] = {}
    for v in param_vars(f):
        for i, d in enumerate(getattr(v.type, "dims", None) or ()):
            if isinstance(d, Dim):
                found.setdefault(d.name, (v, i))
    return found


def _size(walk: Any, d: Size, places: dict[str, tuple[Var, int]]) -> Operand:
    if isinstance(d, int):
        return Lit(d)
    v, i = places[d.name]
    shape = walk.b.let(SHAPE, (v,))
    found: Operand = walk.b.let(RULES[operator.getitem], (shape, Lit(i)))
    return found


def _check(walk: Any, x: Operand, y: Operand, a: Size, b: Size) -> None:
    test = walk.b.let(RULES[operator.ne], (x, y))
    text = f"raise ValueError('sizes that do not fit: {a} and {b}')"
    with walk.b.region() as raised:
        walk.b.let(template(text, 0), ())
    walk.b.add(If(test, Block(tuple(raised)), Block(()), ()))

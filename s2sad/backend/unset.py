"""Variables that may be unbound where the generated code copies or records them.

A yield or an initial value may be undefined: the user's code binds a name on one path only.  Mostly
nothing needs to be done, because nobody reads the name on the other path.  Where a copy, a record
or a call would read it all the same, it is set to None.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np

from s2sad.backend.choice import is_choice, outcomes
from s2sad.backend.coalesce import Classes
from s2sad.frontend.prims import NP_SHAPE
from s2sad.ir.nodes import UNDEFINED, Block, Call, For, Function, If, Let, Operand, Push, Var, While
from s2sad.ir.walk import operand_vars, regions, statements
from s2sad.rules.notation import Primitive
from s2sad.runtime import copy_array, spread

LIKE = (np.zeros_like, np.full_like, np.broadcast_to, spread, copy_array)
"""What makes a cotangent of the form of a variable, which may be unbound where it is zero."""


def unset_variables(
    function: Function, arms: Mapping[Var, Let], classes: Classes,
    copied: Mapping[For | While, Collection[int]],
) -> set[Var]:  # fmt: skip
    """The variables that are set to None where they receive an undefined value.

    copied: by loop, which of its initial values it takes a copy of.
    """
    choices = list(_choices(function, arms))
    flows = [*_flows(function), *choices]
    maybe = {target for target, source in flows if source is UNDEFINED}
    if not maybe:
        return set()
    _close(maybe, [(s, t) for t, s in flows if isinstance(s, Var)])
    read = {
        source
        for target, source in flows
        if isinstance(source, Var) and not classes.same(target, source)
    }
    sure = _sure(function, maybe)
    for var, known in _handed_on(function.body, frozenset()):
        if sure.get(var) not in known:
            read.add(var)
    read.update(operand_vars(function.body.yields))
    inits = tuple(loop.inits[i] for loop, places in copied.items() for i in places)
    read.update(operand_vars(inits))
    read.update(source for _, source in choices if isinstance(source, Var))
    needed = maybe & read
    _close(needed, [(t, s) for t, s in flows if isinstance(s, Var)])
    return needed


def _sure(function: Function, maybe: set[Var]) -> dict[Var, tuple[Operand, bool]]:
    """The test, and its outcome, that a result of a branch is known to be bound after."""
    found: dict[Var, tuple[Operand, bool]] = {}
    for branch in statements(function.body):
        if isinstance(branch, If):
            arms = zip(branch.results, branch.then.yields, branch.orelse.yields, strict=True)
            for result, a, b in arms:
                if (a is UNDEFINED) is not (b is UNDEFINED) and not maybe.intersection((a, b)):
                    found[result] = branch.test, b is UNDEFINED
    return found


def _handed_on(
    block: Block, known: frozenset[tuple[Operand, bool]]
) -> Iterator[tuple[Var, frozenset[tuple[Operand, bool]]]]:
    """The variables that records, calls and zeros read, with the outcomes of tests known there."""
    for statement in block.body:
        if isinstance(statement, Push | Call):
            operands = statement.values if isinstance(statement, Push) else statement.args
            for var in operand_vars(operands):
                yield var, known
        elif isinstance(statement, Let) and _is_like(statement.primitive):
            for var in operand_vars(statement.args):
                yield var, known
        elif isinstance(statement, If):
            yield from _handed_on(statement.then, known | {(statement.test, True)})
            yield from _handed_on(statement.orelse, known | {(statement.test, False)})
        else:
            for region in regions(statement):
                yield from _handed_on(region, known)


def _is_like(p: Primitive) -> bool:
    return p is NP_SHAPE or p.rule.of in LIKE


def _flows(function: Function) -> Iterator[tuple[Var, Operand]]:
    """The pairs (target, source) of all copies."""
    for statement in statements(function.body):
        if isinstance(statement, If):
            yield from zip(statement.results, statement.then.yields, strict=True)
            yield from zip(statement.results, statement.orelse.yields, strict=True)
        elif isinstance(statement, For | While):
            yield from zip(statement.carried, statement.inits, strict=True)
            yield from zip(statement.carried, statement.body.yields, strict=True)
            yield from zip(statement.results, statement.carried, strict=True)


def _choices(function: Function, arms: Mapping[Var, Let]) -> Iterator[tuple[Var, Operand]]:
    """The pairs of a conditional expression and what may be its value."""
    for let in (*statements(function.body), *arms.values()):
        if isinstance(let, Let) and is_choice(let):
            for source in outcomes(let):
                yield let.target, source


def _close(found: set[Var], edges: list[tuple[Var, Var]]) -> None:
    """Add everything that an edge leads to from what was found."""
    grown = True
    while grown:
        before = len(found)
        found.update(b for a, b in edges if a in found)
        grown = len(found) > before

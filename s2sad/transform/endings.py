"""What surrounds the derivative of a function that writes into its arguments."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from s2sad.analysis.sharing import Owners, owners
from s2sad.analysis.sharing import of as owners_of
from s2sad.errors import Unsupported
from s2sad.frontend.memory import Restart, Stale
from s2sad.frontend.prims import template
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Block, Function, Let, Lit, Operand, Push, Statement, Var
from s2sad.ir.types import OPAQUE, Array
from s2sad.ir.walk import entry_vars, every, statements, substitute_block, targets
from s2sad.rules.notation import RULES, Primitive
from s2sad.runtime import check_apart, check_rows, copy_array
from s2sad.transform.handed import distinct, write_back_containers
from s2sad.transform.tapes import unsure_vars


def checks(walk: Walk) -> list[Statement]:
    """Statements that look at the arguments: whether they share memory, or have gaps.

    A function that writes to an array is derived on the assumption that no other argument and no
    array from outside shares its memory.
    """
    memory, found = walk.memory, distinct(walk)
    arrays = [v for v in walk.parameters if isinstance(v.type, Array) and v.type.dims != ()]
    touched = _arguments(walk, (o for o in memory.objects if o is memory.objects[o]))
    written = [v for v in arrays if v in touched]
    others: list[Operand] = [v for v in arrays if v not in touched]
    others += [Lit(v) for v in walk.bindings.values() if hasattr(v, "__array_interface__")]
    if written and len(written) + len(others) > 1:
        found.append(_effect(walk, check_apart, (tuple(written), tuple(others))))
    needed = _arguments(walk, memory.needed)
    if needed:
        found.append(_effect(walk, check_rows, (tuple(v for v in arrays if v in needed),)))
    return found


def write_back(walk: Walk) -> None:
    """Leaves in the arguments what the function would leave there."""
    for v in walk.parameters:
        left = walk.memory.contents.get(v)
        if isinstance(left, Stale):
            walk.learn_to_unroll(left.loops)
            if walk.learned.follow_choices():
                raise Restart
            walk.learn_to_follow(left.slots)
            raise Unsupported(
                f"the value of a function of which it is not known what it leaves in {v.hint}",
                f"pass {v.hint}.copy() on to what writes into it, or ask for the gradient alone",
                left.at,
            )
        if left is not None and left is not v:
            p = template("{0}[...] = {1}", 2)
            p.writes = True  # type: ignore[attr-defined]
            walk.b.add(Let(walk.b.var(OPAQUE), p, (v, left), None))  # `v` itself, not its contents
    write_back_containers(walk)


def read_from_copies(walk: Walk, recorded: list[Operand]) -> list[Operand]:
    """Makes all that was done so far read copies of the arguments.

    What is recorded may be a part of an argument, which the caller may change before the pullback
    is called.
    """
    body = walk.b.regions[0]
    arrays = [v for v in walk.parameters if isinstance(v.type, Array)]
    names: dict[Var, Operand] = {v: walk.b.var(v.type, v.hint) for v in arrays}
    block = substitute_block(Block(tuple(body), tuple(recorded)), names)
    p = RULES[np.copy]
    rest = tuple(Lit(p.defaults[n]) for n in p.params[1:])
    copies = [Let(new, p, (v, *rest), None) for v, new in names.items() if isinstance(new, Var)]
    body[:] = [*copies, *block.body]
    return list(block.yields)


def name_sizes_alike(walk: Walk, functions: Iterable[Function]) -> None:
    """Gives sizes that were found to be equal one name, in the types of all variables."""
    for f in functions:
        for s in statements(f.body):
            for v in (*targets(s), *entry_vars(s)):
                v.type = walk.b.canonical(v.type)


def kept_apart(
    walk: Walk, kept: list[Var], forward: list[Statement], given: tuple[Operand, ...]
) -> list[Operand]:
    """What the pullback will read: copies of arrays that the caller may change by then.

    These are the arguments and the results (`given`), and what may share memory with them.
    """
    known, unsure = owners(forward), unsure_vars(forward)
    seen = owners_of(given, known).union(walk.parameters)
    return [_apart(walk, v, known, seen, unsure) for v in kept]


def shown_apart(walk: Walk, outputs: Sequence[Operand], forward: list[Statement]) -> list[Operand]:
    """The results; copies of those that may share memory with what a stack has recorded."""
    known, unsure = owners(forward), unsure_vars(forward)
    recorded = tuple(x for s in every(forward) if isinstance(s, Push) for x in s.values)
    taken = owners_of(recorded, known)
    return [_apart(walk, v, known, taken, unsure) for v in outputs]


def _apart(
    walk: Walk, v: Operand, known: Owners, taken: frozenset[Var], unsure: set[Var]
) -> Operand:
    """`v`, copied where it may be an array that shares memory with one of those taken."""
    if not isinstance(v, Var) or not isinstance(v.type, Array):
        return v
    if taken.isdisjoint(owners_of(v, known)):
        return v
    if v in unsure or not v.type.dims:
        return walk.b.let(_primitive(copy_array, 1), (v,), as_it_is=True)
    p = RULES[np.copy]
    rest = (Lit(p.defaults[n]) for n in p.params[1:])
    return walk.b.let(p, (v, *rest), as_it_is=True)


def _arguments(walk: Walk, objects: Iterable[Var]) -> set[Var]:
    """The arguments that these objects are or stand for."""
    found: set[Var] = set()
    for o in objects:
        bases = [o]
        while bases:
            base = bases.pop()
            if base in walk.parameters:
                found.add(base)
            elif base in walk.memory.stands:
                bases += walk.bases(walk.memory.stands[base])
            bases += [b for b in walk.memory.chosen.get(base, ()) if b is not base]
    return found


def _effect(walk: Walk, of: Any, args: tuple[Operand, ...]) -> Let:
    return Let(walk.b.var(OPAQUE), _primitive(of, len(args)), args, None)


@functools.cache
def _primitive(of: Any, count: int) -> Primitive:
    names = tuple(f"x{i}" for i in range(count))
    return Primitive(of, of.__name__, kind="data", params=names, pure=False)

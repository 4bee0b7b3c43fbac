"""What surrounds the derivative of a function that writes into its arguments."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import numpy as np

from s2sad.errors import Unsupported
from s2sad.frontend.memory import Stale
from s2sad.frontend.prims import template
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Block, Function, Let, Lit, Operand, Statement, Var
from s2sad.ir.types import OPAQUE, Array
from s2sad.ir.walk import entry_vars, statements, substitute_block, targets
from s2sad.rules.notation import RULES, Primitive
from s2sad.runtime import check_apart, check_rows
from s2sad.transform.handed import distinct, write_back_containers


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
    arrays = [v for v in walk.parameters if isinstance(v.type, Array) and v.type.dims != ()]
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

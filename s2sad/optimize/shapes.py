"""Do not compute an array to ask for its shape, where other arrays have the same sizes.

y = sort(x @ w);  s = y.shape    becomes    s = (x.shape[0], w.shape[1])

The first arrays that have the sizes and are computed anyway are asked, arguments before others.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import replace

from s2sad.frontend.prims import LENGTH, NP_SHAPE, SHAPE
from s2sad.ir.nodes import Block, For, Function, If, Let, Lit, Operand, Statement, Var, While
from s2sad.ir.prune import prune
from s2sad.ir.types import INT, Array, Number, Shape, Size
from s2sad.ir.walk import (
    operand_vars,
    param_vars,
    reads,
    regions,
    statements,
    substitute_block,
)
from s2sad.rules.notation import RULES


def ask_others(f: Function) -> Function:
    """The function without arrays of which only sizes are read that others have, too."""
    idle = _idle(f.body)
    if not idle:
        return f
    asking = _Asking(idle, set(_read_whole(f.body)))
    body = asking.block(f.body, tuple(v for v in param_vars(f) if isinstance(v.type, Array)))
    found = asking.found
    return replace(f, body=prune(substitute_block(body, found))) if found else f


def _idle(body: Block) -> set[Var]:
    """The arrays that are computed for their shape alone: nothing else of them is read."""
    asked = {s.args[0] for s in statements(body) if isinstance(s, Let) and _is_shape(s)}
    read = set(_read(body)) if asked else set()
    made = (s for s in statements(body) if isinstance(s, Let) and s.primitive.pure)
    return {s.target for s in made if s.target in asked and s.target not in read}


def _is_shape(s: Let) -> bool:
    return s.primitive in (SHAPE, NP_SHAPE, LENGTH)


def _read(block: Block) -> Iterator[Var]:
    """The variables of which more than the shape is read."""
    for s in block.body:
        if not isinstance(s, Let) or not _is_shape(s):
            yield from operand_vars(reads(s))
        for region in regions(s):
            yield from _read(region)
    yield from operand_vars(block.yields)


def _read_whole(block: Block) -> Iterator[Var]:
    """What stands where only a name may: in a record, a loop, a call, or at the end of a block."""
    for s in block.body:
        if not isinstance(s, Let):
            yield from operand_vars(reads(s))
        for region in regions(s):
            yield from _read_whole(region)
    yield from operand_vars(block.yields)


class _Asking:
    """The rewriting of one function; `found` are the shapes and sizes read elsewhere."""

    def __init__(self, idle: set[Var], whole: set[Var]) -> None:
        self.idle, self.whole = idle, whole
        self.found: dict[Var, Operand] = {}

    def block(self, block: Block, arrays: tuple[Var, ...]) -> Block:
        """The block, given the arrays that are there before it."""
        body: list[Statement] = []
        for s in block.body:
            if not isinstance(s, Let):
                body.append(self.inside(s, arrays))
                continue
            lets = self.asked(s, arrays)
            body += [s] if lets is None else lets
            if isinstance(s.target.type, Array) and s.target not in self.idle:
                arrays = (*arrays, s.target)
        return Block(tuple(body), block.yields)

    def inside(self, s: Statement, arrays: tuple[Var, ...]) -> Statement:
        """A statement with its regions rewritten."""
        match s:
            case If():
                then, orelse = self.block(s.then, arrays), self.block(s.orelse, arrays)
                return replace(s, then=then, orelse=orelse)
            case For():
                return replace(s, body=self.block(s.body, arrays))
            case While():
                test, body = self.block(s.test, arrays), self.block(s.body, arrays)
                return replace(s, test=test, body=body)
        return s

    def asked(self, s: Let, arrays: tuple[Var, ...]) -> list[Let] | None:
        """What stands in place of a statement that asks for sizes; None where it stays."""
        source = s.args[0] if s.args else None
        if not isinstance(source, Var) or s.target in self.whole:
            return None
        if source in self.idle and _is_shape(s):
            return self.elsewhere(s, source, arrays)
        shape, index = self.found.get(source), s.args[-1]
        if s.primitive.of is not operator.getitem or not isinstance(shape, tuple):
            return None
        if isinstance(index, Lit) and isinstance(index.value, int):
            self.found[s.target] = shape[index.value]
            return []
        return None

    def elsewhere(self, s: Let, source: Var, arrays: tuple[Var, ...]) -> list[Let] | None:
        """The statements that ask other arrays."""
        dims = getattr(source.type, "dims", None)
        if not dims:
            return None
        for v in arrays:
            if getattr(v.type, "dims", None) == dims:
                return [replace(s, args=(v,))]
        lets: list[Let] = []
        sizes = [_size(d, s, arrays, lets) for d in (dims[:1] if s.primitive is LENGTH else dims)]
        known = tuple(x for x in sizes if x is not None)
        if len(known) < len(sizes):
            return None
        self.found[s.target] = known[0] if s.primitive is LENGTH else known
        return lets


def _size(d: Size, s: Let, arrays: tuple[Var, ...], lets: list[Let]) -> Operand | None:
    """A size, by statements added to `lets` that ask one of the arrays for it."""
    if isinstance(d, int):
        return Lit(d)
    for v in arrays:
        dims = getattr(v.type, "dims", None) or ()
        if d in dims:
            name, role = f"{s.target.name}.{len(lets)}", s.target.role
            shape = Var(name, Shape(dims), "", role)
            size = Var(f"{name}.size", Number(INT.dtype, True, d), "", role)
            index = Lit(dims.index(d))
            lets.append(Let(shape, SHAPE, (v,), s.at))
            lets.append(Let(size, RULES[operator.getitem], (shape, index), s.at))
            return size
    return None

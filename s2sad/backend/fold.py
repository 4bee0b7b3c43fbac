"""Folding: which temporaries are written inside the one expression that reads them.

A `Let` is folded where its target has no name of its own and one reader, the reader stands in the
same block, the expression is pure, the line stays short, and nothing that it reads gets a new
version on the way: folding across that would keep the old version alive, and cost a copy.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from s2sad.backend.choice import is_choice
from s2sad.frontend.prims import is_item
from s2sad.ir.nodes import Block, Call, For, Function, If, Let, Operand, Pop, Push, Span, Var, While
from s2sad.ir.nodes import Statement as AnyStatement
from s2sad.ir.types import Array, Tape
from s2sad.ir.walk import entry_vars, operand_vars, reads, regions, statements, targets
from s2sad.runtime import index_add, scatter, store

LIMIT = 88
"""The width of a line that folding may fill."""

_TEMPORARY = len("alpha_1")


def count_reads(function: Function, arms: Mapping[Var, Let] | None = None) -> dict[Var, int]:
    """How often each variable is read, in the arms of conditional expressions too."""
    counts: dict[Var, int] = {}
    _count(function.body, counts)
    for let in (arms or {}).values():
        _count(Block((let,)), counts)
    return counts


def _count(block: Block, counts: dict[Var, int]) -> None:
    for statement in block.body:
        for operand in reads(statement):
            for var in operand_vars(operand):
                counts[var] = counts.get(var, 0) + 1
        for region in regions(statement):
            _count(region, counts)
    for operand in block.yields:
        for var in operand_vars(operand):
            counts[var] = counts.get(var, 0) + 1


def is_write(let: Let) -> bool:
    """Whether the statement makes a new version of an array (`store`, `scatter`, `index_add`)."""
    of = let.primitive.of
    return of is store or of is index_add or of is scatter


def only_var(let: Let) -> Var:
    """The operand of a statement that has just one."""
    (operand,) = let.args
    assert isinstance(operand, Var)
    return operand


def unpacked(block: Block, counts: Mapping[Var, int]) -> dict[AnyStatement, list[Let]]:
    """The statements that take several results right where they are made, and all that is used."""
    found: dict[AnyStatement, list[Let]] = {}
    for i, s in enumerate(block.body):
        if isinstance(s, Let) and s.primitive.results > 1:
            takes = functools.partial(takes_from, s)
            taken = [t for t in takewhile(takes, block.body[i + 1 :]) if isinstance(t, Let)]
            if len(taken) > 1 and counts.get(s.target) == len(taken):
                found[s] = taken
        for region in regions(s):
            found |= unpacked(region, counts)
    return found


def takes_from(several: Let, s: AnyStatement) -> bool:
    """Whether a statement takes one of the results of `several`."""
    return isinstance(s, Let) and is_item(s.primitive) and only_var(s) is several.target


def inner_vars(operands: Iterable[Operand]) -> Iterator[Var]:
    """The variables in operands."""
    for operand in operands:
        yield from operand_vars(operand)


class Reads:
    """What is read, and how wide it is written, where `arms` are written inside expressions."""

    def __init__(self, arms: Mapping[Var, Let]) -> None:
        self.arms = arms

    def inside(self, operands: Iterable[Operand]) -> Iterator[Var]:
        """The variables that the text of the operands names."""
        for operand in operands:
            for var in operand_vars(operand):
                let = self.arms.get(var)
                if let is None:
                    yield var
                else:
                    yield from self.inside(let.args)

    def width(self, operand: Operand) -> int:
        let = self.arms.get(operand) if isinstance(operand, Var) else None
        return _width(operand) if let is None else self.width_of_let(let)

    def width_of_let(self, let: Let) -> int:
        return _width_of_call(let) + sum(map(self.width, let.args))


@dataclass(slots=True)
class _Candidate:
    """A statement that waits for its reader: its width, and what must not change meanwhile."""

    let: Let
    width: int
    keys: set[object] = field(default_factory=set)


class Folder:
    """The folded statements of a function, by target, those in `arms` among them.

    The temporaries in `moved` may be folded into copies too.
    """

    def __init__(
        self,
        function: Function,
        counts: dict[Var, int],
        arms: Mapping[Var, Let],
        moved: Collection[Var] = (),
    ) -> None:
        self.counts = counts
        self.moved = moved
        self.inner = Reads(arms)
        self.folded = dict(arms)
        self.roots: dict[Var, Var] = {}
        self.final = _only_derivative(function)
        pending = self.block(function.body, 1)
        self.results(function.body.yields, pending)

    def block(self, block: Block, depth: int) -> dict[Var, _Candidate]:
        """Fold inside a block; what still waits at its end is returned."""
        pending: dict[Var, _Candidate] = {}
        for statement in block.body:
            self.statement(statement, pending, depth)
        return pending

    def statement(
        self, statement: AnyStatement, pending: dict[Var, _Candidate], depth: int
    ) -> None:
        room = LIMIT - 4 * depth
        match statement:
            case Let():
                self.let(statement, pending, room)
            case If():
                self.absorb((statement.test,), pending, room, 4)
            case For():
                bounds = (statement.start, statement.stop, statement.step)
                self.absorb(bounds, pending, room, 24)
                self.copies(statement.inits, pending, room)
            case While():
                self.copies(statement.inits, pending, room)
            case Call() | Push():
                operands = statement.args if isinstance(statement, Call) else statement.values
                self.absorb(operands, pending, room, 24)
            case _:
                pass
        if not isinstance(statement, Let):
            self.nested(statement, pending, depth)

    def nested(self, statement: AnyStatement, pending: dict[Var, _Candidate], depth: int) -> None:
        for region in regions(statement):
            waiting = self.block(region, depth + 1)
            if isinstance(statement, While) and region is statement.test:
                self.absorb(region.yields, waiting, LIMIT - 4 * depth, 7)
            else:
                self.copies(region.yields, waiting, LIMIT - 4 * depth - 4)
        if isinstance(statement, If | For | While | Call | Pop):
            self.rebound((*targets(statement), *entry_vars(statement)), pending)
        for region in regions(statement):
            for inner in statements(region):
                written = isinstance(inner, Let) and is_write(inner)
                self.rebound((*targets(inner), *entry_vars(inner)), pending, written)

    def let(self, let: Let, pending: dict[Var, _Candidate], room: int) -> None:
        target = let.target
        if getattr(let.primitive, "writes", False):
            pending.clear()  # an argument changes here: what reads it stays before
        prefix = _width_of_name(target) + 3
        args = let.args[1:] if is_write(let) else let.args
        width = prefix + _width_of_call(let)
        lazy: tuple[Operand, ...] = ()
        if is_choice(let):
            # What is always evaluated must not move to a side that may not be.
            args, lazy = args[:1], args[1:]
            width += sum(map(self.inner.width, lazy))
        width, keys = self.absorb(args, pending, room, width)
        for var in self.inner.inside(lazy):
            keys.update(self.keys(var))
        self.alias(let)
        self.rebound((target,), pending, written=is_write(let))
        if let.primitive.name.startswith("{0}[...] ="):  # what is left in an argument
            self.rebound(inner_vars(let.args[:1]), pending, written=True)
        if self.is_candidate(let):
            pending[target] = _Candidate(let, width - prefix, keys)

    def is_candidate(self, let: Let) -> bool:
        target = let.target
        if target.hint and target is not self.final and target not in self.moved:
            return False
        if self.counts.get(target, 0) != 1 or not let.primitive.pure:
            return False
        if is_item(let.primitive) and self.counts.get(only_var(let), 0) != 1:
            return False  # each of several results has its name
        return not isinstance(target.type, Tape) and not is_write(let)

    def absorb(
        self, operands: Iterable[Operand], pending: dict[Var, _Candidate], room: int, width: int
    ) -> tuple[int, set[object]]:
        """Fold what fits of the operands; the width of all, and the keys of what they read."""
        keys: set[object] = set()
        operands = tuple(operands)
        width += sum(map(_width, operands))
        for operand in operands:
            for var in operand_vars(operand):
                candidate = pending.pop(var, None)
                if candidate is None or width + candidate.width - _width_of_name(var) > room:
                    keys.update(self.keys(var))
                    continue
                self.folded[var] = candidate.let
                width += candidate.width - _width_of_name(var)
                keys |= candidate.keys
        return width, keys

    def copies(self, sources: Iterable[Operand], pending: dict[Var, _Candidate], room: int) -> None:
        """Fold into the copies at the edge of a region what coalescing cannot remove."""
        for source in sources:
            if isinstance(source, Var) and source in self.moved:
                self.absorb((source,), pending, room, 16)

    def results(self, yields: tuple[Operand, ...], pending: dict[Var, _Candidate]) -> None:
        self.absorb(yields, pending, LIMIT - 4, len("return "))

    def alias(self, let: Let) -> None:
        """Views and new versions share the root of the array that they come from."""
        if (is_write(let) or let.primitive.view) and let.args and isinstance(let.args[0], Var):
            self.roots[let.target] = self.roots.get(let.args[0], let.args[0])

    def keys(self, var: Var) -> Iterable[object]:
        if var.hint:
            yield (var.role, var.hint)
        if isinstance(var.type, Array):
            yield self.roots.get(var, var)

    def rebound(
        self, found: Iterable[Var], pending: dict[Var, _Candidate], written: bool = False
    ) -> None:
        """Give up the candidates that read an older version of what was bound or written now."""
        if not pending:
            return
        for var in found:
            keys: set[object] = {(var.role, var.hint)} if var.hint else set()
            if written:
                keys.add(self.roots.get(var, var))
            for waiting in [v for v, c in pending.items() if keys & c.keys]:
                del pending[waiting]


def _only_derivative(function: Function) -> Operand | None:
    """The derivative that is all a function returns: it needs no name."""
    (only,) = function.body.yields if len(function.body.yields) == 1 else (None,)
    return only if isinstance(only, Var) and only.role in ("beta", "dot") else None


def _width_of_name(var: Var) -> int:
    return len(var.hint) or _TEMPORARY


def _width(operand: Operand) -> int:
    if isinstance(operand, Var):
        return _width_of_name(operand)
    if isinstance(operand, tuple):
        return sum(_width(item) + 2 for item in operand)
    if isinstance(operand, Span):
        return 1 + sum(_width(p) for p in (operand.start, operand.stop, operand.step))
    return 0 if operand.value is None else min(len(repr(operand.value)), 24)


def _width_of_call(let: Let) -> int:
    """What a statement's primitive adds to the width of its operands."""
    name = let.primitive.name
    separators = 2 * (len(let.args) - 1)
    if is_choice(let):
        return len(" if  else ") if separators == 4 else len(f" {name} ")
    return 3 if name.startswith("operator.") else len(name) + 2 + max(separators, 0)

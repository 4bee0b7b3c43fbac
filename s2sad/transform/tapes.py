"""Tapes of loops whose trips are counted before they start: arrays, one a recorded value.

    for i in range(n):                          h_tape = np.empty((n, *x.shape))
        h = np.tanh(w * h)         ->           for i in range(n):
                                                    h_tape[i] = h
                                                    h = np.tanh(w * h)

A value goes to an array if its dtype is known and its sizes are the same in every trip and known
before the loop.  The array is carried by the loop, through the branches of its body; writing and
reading it are ordinary operations, so a derivative of the derivative needs nothing more.  Python's
own floats and bools lie in a memoryview, which gives them back as they were.  Python's own integers
have no largest one, and stay on the stack with what is of another kind.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from s2sad.frontend.infer import type_of
from s2sad.frontend.prims import is_allocation
from s2sad.ir.nodes import (
    UNDEFINED,
    Block,
    For,
    If,
    Let,
    Lit,
    Operand,
    Pop,
    Push,
    Statement,
    Var,
    While,
)
from s2sad.ir.types import Array
from s2sad.ir.walk import every, targets
from s2sad.rules.notation import RULES
from s2sad.runtime import store
from s2sad.transform.room import Room


class Tapes:
    """The arrays that the loop `s` fills and that its adjoint, which counts with `index`, reads."""

    def __init__(self, owner: Any, s: For, index: Var) -> None:
        self.owner, self.b = owner, owner.b
        self.room = Room(owner, s, index)
        self.index = index
        self.first = 0  # the place after what is stored at the start of a trip
        self.again = False  # whether an array that was there before is read
        made = (self.b.defined.get(i) for i in s.inits)
        flows = zip(s.carried, made, s.results, strict=True)
        self.tapes = {c: r for c, let, r in flows if let and is_allocation(let.primitive)}
        self.inits: list[Operand] = []
        self.carried: list[Var] = []
        self.ends: list[Operand] = []
        self.results: list[Var] = []

    def put(self, body: list[Statement], back: Block) -> tuple[list[Statement], Block]:
        """The body and its adjoint with arrays for all that need not be pushed and popped."""
        if self.owner.loops and self.room.is_short():
            return body, back
        for push, pop in list(self._pairs(body, back)):
            stacked: list[int] = []
            reads: list[Statement] = []
            for i, (v, t) in enumerate(zip(push.values, pop.targets, strict=True)):
                assert isinstance(v, Var)
                assert isinstance(v, Var)
                found = self._recorded(body, push, v)
                made = self.room.of(v) if found is None else None
                if made is not None:
                    body = self._stored(body, push, v, made)
                    found = self.results[-1]
                if found is None:
                    stacked.append(i)
                else:
                    reads.append(self._read(t, found))
            less: list[Statement] = []
            if stacked:
                less = [replace(push, values=tuple(push.values[i] for i in stacked))]
                popped = tuple(pop.targets[i] for i in stacked)
                reads = [replace(pop, targets=popped), *reads]
            else:
                self.owner.tapes.remove(push.tape)
            body = _replaced(body, push, less)
            back = Block(tuple(_replaced(back.body, pop, reads)), back.yields)
        if self.inits or self.again:
            self._name_indices()
            body = [*self.room.ahead, *body]
            back = Block((*self.room.again, *back.body), back.yields)
        return body, back

    def loop(self, s: For, body: list[Statement]) -> For:
        """The loop with that body, which carries the arrays too."""
        return replace(
            s,
            inits=(*s.inits, *self.inits),
            carried=(*s.carried, *self.carried),
            body=Block(tuple(body), (*s.body.yields, *self.ends)),
            results=(*s.results, *self.results),
        )

    def _pairs(self, body: list[Statement], back: Block) -> Iterator[tuple[Push, Pop]]:
        """The records that are made at most once in a trip, and their readings."""
        pops = {s.tape: s for s in _of_trip(back.body) if isinstance(s, Pop)}
        for s in _of_trip(body):
            if not isinstance(s, Push) or s.tape not in pops or s.tape not in self.owner.tapes:
                continue
            if _uses(body, s.tape) == _uses(back.body, s.tape) == 1:
                yield s, pops[s.tape]

    def _stored(self, body: list[Statement], push: Push, v: Var, made: Var) -> list[Statement]:
        """The body that also stores `v` where `push` records it."""
        start, result = self._version(made), self._version(made)
        body, end = self._with_store(body, push, v, start)
        self.inits.append(made)
        self.carried.append(start)
        self.ends.append(end)
        self.results.append(result)
        return body

    def _recorded(self, body: list[Statement], push: Push, v: Operand) -> Var | None:
        """The array in which the loop keeps `v` already: it is part of a derivative."""
        makers = {t: s for s in every(body) for t in targets(s)}
        for s in _along(body, push) or ():
            if isinstance(s, Let) and s.primitive.of is store and s.args[2] is v:
                tape: Any = s.target
                while tape in makers:
                    maker = makers[tape]
                    if isinstance(maker, If):
                        tape = maker.then.yields[maker.results.index(tape)]
                    elif isinstance(maker, Let) and maker.primitive.of is store:
                        tape = maker.args[0]
                    else:
                        break
                if tape in self.tapes:
                    self.again = True
                    return self.tapes[tape]
        return None

    def _version(self, tape: Var) -> Var:
        version: Var = self.b.var(tape.type, tape.hint, "tape")
        return version

    def _with_store(
        self, body: Iterable[Statement], push: Push, v: Var, tape: Var
    ) -> tuple[list[Statement], Var]:
        """The statements with a write to `tape` where they record, and the array after them."""
        out = list(body)
        if push in out:
            place = next((i + 1 for i, s in enumerate(out) if v in targets(s)), None)
            if place is None:
                place = self.first
                self.first += 1
            new = self._version(tape)
            out.insert(
                place, Let(new, RULES[store], (tape, _index(self.room.place, v), v), push.at)
            )
            return out, new
        for i, s in enumerate(out):
            if isinstance(s, If) and push in _of_trip([s]):
                out[i], tape = self._through(s, push, v, tape)
        return out, tape

    def _through(self, s: If, push: Push, v: Var, tape: Var) -> tuple[If, Var]:
        """The branch that hands the array on, written to or not."""
        ways = []
        for way in (s.then, s.orelse):
            body, end = self._with_store(way.body, push, v, tape)
            ways.append(Block(tuple(body), (*way.yields, end)))
        new = self._version(tape)
        then, orelse = ways
        return replace(s, then=then, orelse=orelse, results=(*s.results, new)), new

    def _name_indices(self) -> None:
        """An index that nothing read so far gets a name."""
        for index in (self.room.s.index, self.index):
            if index.hint in ("", "_"):
                index.hint = "i"

    def _read(self, t: Var, tape: Var) -> Let:
        """The statement that takes the value of a trip from an array."""
        at = _index(self.room.place_again, t)
        read = Let(t, RULES[operator.getitem], (tape, at), None)
        self.b.defined[t] = read
        return read


def _index(place: Operand, v: Var) -> Operand:
    """The index of what one trip recorded; an array without dimensions stays an array."""
    return (place, Lit(Ellipsis)) if isinstance(v.type, Array) and v.type.dims == () else place


def _of_trip(body: Iterable[Statement]) -> Iterator[Statement]:
    """The statements that run at most once, those in branches among them."""
    for s in body:
        yield s
        if isinstance(s, If):
            yield from _of_trip((*s.then.body, *s.orelse.body))


def _along(body: Iterable[Statement], push: Push) -> list[Statement] | None:
    """The statements that run in every trip in which one records; None where it is not."""
    found = list(body)
    if push in found:
        return found
    for s in found:
        if isinstance(s, If):
            for way in (s.then, s.orelse):
                inner = _along(way.body, push)
                if inner is not None:
                    return [*found, *inner]
    return None


def _uses(body: Iterable[Statement], tape: Var) -> int:
    return sum(isinstance(s, Push | Pop) and s.tape is tape for s in every(body))


def _replaced(body: Iterable[Statement], old: Statement, new: list[Statement]) -> list[Statement]:
    """The statements with others in place of one, in branches too."""
    out: list[Statement] = []
    for s in body:
        if s is old:
            out += new
        elif isinstance(s, If):
            ways = (Block(tuple(_replaced(w.body, old, new)), w.yields) for w in (s.then, s.orelse))
            then, orelse = ways
            out.append(replace(s, then=then, orelse=orelse))
        else:
            out.append(s)
    return out


def unsure_vars(body: Iterable[Statement]) -> set[Var]:
    """The variables that may be unbound, hold None instead, or a value of another shape.

    A path did not define them, or defined a number where another one defines an array.
    """
    flows: list[tuple[Var, Operand]] = []
    for s in every(body):
        if isinstance(s, If):
            for way in (s.then, s.orelse):
                flows += zip(s.results, way.yields, strict=True)
        elif isinstance(s, For | While):
            for given in (s.inits, s.body.yields):
                flows += zip(s.carried, given, strict=True)
            flows += zip(s.results, s.carried, strict=True)
    pushed = [s for s in every(body) if isinstance(s, Push)]
    for s in every(body):
        if isinstance(s, Pop):
            for given in (p.values for p in pushed if p.tape is s.tape):
                flows += zip(s.targets, given, strict=True)
    found = {t for t, x in flows if not _fits(x, t)}
    before = -1
    while before != len(found):
        before = len(found)
        found |= {t for t, x in flows if x in found}
    return found


def _fits(x: Operand, t: Var) -> bool:
    """Whether a value is surely there, with as many dimensions as the type of `t` says."""
    if x is UNDEFINED or (isinstance(x, Lit) and x.value is None):
        return False
    have, want = (getattr(y, "dims", None) for y in (type_of(x), t.type))
    return have is None or want is None or len(have) == len(want)

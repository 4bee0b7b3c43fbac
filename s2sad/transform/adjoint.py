"""Reverse mode: the statements again from the last to the first, each as its adjoint.

A sweep walks a block backwards, adds the adjoint of every statement to the builder's current
region and returns the statements of the forward part.  The adjoint names the values of the
forward part as if they were all still there; `record.py` then sees to those that are not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from s2sad.analysis.activity import Activity
from s2sad.frontend.build import is_shareable, operation_key
from s2sad.frontend.infer import type_of
from s2sad.frontend.prims import NEW_TAPE
from s2sad.frontend.walk import Walk
from s2sad.frontend.zero import ZERO
from s2sad.ir.nodes import (
    UNDEFINED,
    Atom,
    Block,
    Call,
    Comment,
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
from s2sad.ir.prune import prune
from s2sad.ir.types import TAPE, Number, Tape, is_inexact
from s2sad.ir.walk import every, free_vars, targets
from s2sad.transform.apart import adjoint_functions
from s2sad.transform.contributions import Contributions
from s2sad.transform.custom_reverse import adjoint_of
from s2sad.transform.engine import number_like
from s2sad.transform.products import Products
from s2sad.transform.record import Recorder
from s2sad.transform.refusals import refuse_lost
from s2sad.transform.tapes import unsure_vars


class Adjoint(Recorder, Contributions):
    """Cotangents of structured statements; `cot` holds those that are not zero."""

    def __init__(self, walk: Walk, *, apart: bool = False) -> None:
        super().__init__(walk)
        self.fields: dict[Var, list[int]] = {}  # of tapes: the positions with cotangents
        self.shadows: dict[Var, Var] = {}  # of tapes: the tape of their cotangents
        self.tapes: list[Var] = []  # made for the forward part
        self.handed: list[tuple[Var, Var, Var]] = []  # inits, names and ends for the loop at hand
        self.ahead: list[Statement] = []  # of the forward part, before the statement at hand
        self.callee_tapes: dict[Any, list[Var]] = {}  # by the pair of functions that shares them
        self.apart = apart  # a function of its own: what backward reads must be recorded
        self.visible: list[Var] | None = None  # the parameters, in a function of its own
        self.loops = 0

    def run(
        self,
        body: list[Statement],
        outputs: Collection[Operand],
        cots: Iterable[Operand],
        wrt: list[Var],
        mark: int = 0,
    ) -> tuple[list[Statement], list[Statement], list[Operand]]:
        """The forward part, the backward part, and the cotangents of `wrt` (ZERO where none).

        mark: of the cotangents given (see `masking`).
        """
        self.analyze(body, wrt, outputs)
        before, self.b.role = self.b.role, "beta"
        try:
            with self.b.region() as backward:
                self._share(body)
                self.make_shadows(body)
                for x, g in zip(outputs, cots, strict=True):
                    self.accumulate(x, g, mark)
                forward = self.sweep(body)
            return self.with_tapes(forward), backward, [self.cot.get(v, ZERO) for v in wrt]
        finally:
            self.b.role = before

    def analyze(
        self,
        body: list[Statement],
        wrt: Iterable[Var],
        outputs: Iterable[Operand],
        tapes: Iterable[Var] = (),
    ) -> None:
        outputs = list(outputs)
        self.know(body)
        facts = Activity(body, wrt, outputs, tapes)
        refuse_lost(self.walk, body, facts, outputs)
        self.active = facts.active
        self.unsure = unsure_vars(body)
        self.fields = {
            t: sorted(found & facts.wanted.get(t, set())) for t, found in facts.fields.items()
        }

    def _share(self, body: list[Statement]) -> None:
        """Values that the forward part has already are not computed again."""
        for s in body:
            if isinstance(s, Let) and is_shareable(s.primitive):
                self.b.shared[-1].setdefault(operation_key(s.primitive, s.args), s.target)

    def make_shadows(self, body: list[Statement]) -> None:
        passed = {
            a for s in every(body) if isinstance(s, Call) for a in s.args if isinstance(a, Var)
        }
        for s in body:
            made = s.target if isinstance(s, Let) and s.target.type == TAPE else None
            if made is not None and (self.fields.get(made) or made in passed):
                self.shadows[made] = self.new_tape(made.hint)

    # statements

    def sweep(self, body: Iterable[Statement]) -> list[Statement]:
        """Adds the adjoints, last statement first; returns the forward statements."""
        forward: list[Statement] = []
        for s in reversed(tuple(body)):
            with self.b.placed(getattr(s, "at", None)):
                if not isinstance(s, Let):
                    self.guard_all()
                use = self.walk.customs.get(s.callee) if isinstance(s, Call) else None
                if isinstance(s, Call) and use is not None and self._reached(s.targets):
                    forward += reversed(adjoint_of(self, use, s))
                else:
                    forward.append(self.reverse(s))
                forward += reversed(self.ahead)
                self.ahead = []
        self.guard_all()
        return forward[::-1]

    def reverse(self, s: Statement) -> Statement:
        match s:
            case Let():
                g = self.cot.pop(s.target, None)
                if g is not None:
                    self.let(s, g)
                return s
            case If():
                return self.branch(s) if self._reached(s.results) or _has_tape(s) else s
            case For() | While():
                reached = self._reached(s.results) or _has_tape(s)
                return self.loop(s) if reached else s
            case Call():
                return self.call(s)
            case Push():
                self.push(s)
                return s
            case Pop():
                self.pop(s)
                return s
            case Comment():
                return s
        raise TypeError(s)

    def _reached(self, results: Iterable[Var]) -> bool:
        return any(r in self.cot for r in results)

    # control flow

    def branch(self, s: If) -> Statement:
        """The same branch again, over the adjoints of each way."""
        outer = self.cot
        cots = {r: outer.pop(r) for r in s.results if r in outer}
        ways = [self._way(way, s, cots, outer) for way in (s.then, s.orelse)]
        touched: dict[Var, None] = {}
        for _, _, found in ways:
            touched.update(dict.fromkeys(v for v in found if found[v] is not outer.get(v)))
        local = set(_bound(s.then)) | set(_bound(s.orelse))
        names = [v for v in touched if v not in local]
        blocks = [
            self._closed(way, body, found, outer, names)
            for way, (_, body, found) in zip((s.then, s.orelse), ways, strict=True)
        ]
        results = [self.bar(v) for v in names]
        new, (then, orelse) = self.record_branch(s, [w[0] for w in ways], blocks)
        self.b.add(If(s.test, then, orelse, tuple(results), self.b.at))
        self.cot = outer | dict(zip(names, results, strict=True))
        return new

    def _way(self, way: Block, s: If, cots: dict[Var, Operand], outer: dict[Var, Operand]) -> Any:
        self.cot = dict(outer)
        with self.b.supposing(way.body), self.b.region() as body:
            for r, y in zip(s.results, way.yields, strict=True):
                if r in cots:
                    self.accumulate(y, cots[r])
            forward = self.sweep(way.body)
        return forward, body, self.cot

    def _closed(
        self,
        way: Block,
        body: list[Statement],
        found: dict[Var, Operand],
        outer: dict[Var, Operand],
        names: list[Var],
    ) -> Block:
        """The adjoint of one way with the cotangents it yields, all of full size."""
        with self.b.supposing(way.body), self.b.reopened(body):
            yields = tuple(self.carried(found.get(v, outer.get(v, ZERO)), v) for v in names)
        return prune(Block(tuple(body), yields))

    def loop(self, s: Any) -> Statement:
        """The loop backwards; it carries cotangents of what was carried and of what was read."""
        outer = self.cot
        places = [i for i, p in enumerate(s.carried) if p in self.active]
        read = [v for v in free_vars(_whole(s)) if v in self.active and v.type != TAPE]
        inits = [self._start(outer.pop(s.results[i], ZERO), s.results[i]) for i in places]
        inits += [self._start(outer.get(v, ZERO), v) for v in read]
        params = [self.bar(s.carried[i]) for i in places] + [self.bar(v) for v in read]
        carries, sums = params[: len(places)], params[len(places) :]
        self.cot = dict(zip(read, sums, strict=True))
        self.loops += 1
        with self.b.supposing(s.body.body), self.b.region() as body:
            for i, c in zip(places, carries, strict=True):
                self.accumulate(s.body.yields[i], c)
            forward = self.sweep(s.body.body)
            yields = [
                self.carried(self.cot.get(s.carried[i], ZERO), s.carried[i])
                if s.carried[i] in self.cot
                else self._start(ZERO, c)
                for i, c in zip(places, carries, strict=True)
            ]
            yields += [self.carried(self.cot[v], v) for v in read]
        self.loops -= 1
        block = Block(tuple(body), tuple(yields))
        block, kept = _drop_unchanged(block, params, yields, len(places))
        new: Statement
        index, new, block = self.record_loop(s, forward, prune(block))
        results = [self.bar(s.carried[i]) for i in places] + [self.bar(v) for v in read]
        self._add_loop(s, new, index, block, inits, params, results, kept)
        self.cot = outer
        for v, r, k in zip(read, results[len(places) :], kept[len(places) :], strict=True):
            if k:
                self.cot[v] = r
        for i, r in zip(places, results, strict=False):
            self.accumulate(s.inits[i], r)
        return new

    def _start(self, g: Operand, v: Var) -> Operand:
        """The cotangent that a loop starts with."""
        if g is ZERO and getattr(v.type, "dims", ()) is None and not getattr(v.type, "alike", ""):
            return number_like(0.0, v.type)  # the trips may differ in shape
        d = self.b.defined.get(g) if isinstance(g, Var) else None
        if d is not None and d.primitive.rule.of is np.broadcast_to and isinstance(d.args[0], Lit):
            return self.apply(np.full_like, v, d.args[0])  # the body may write into it
        return self.carried(g, v)

    def _add_loop(
        self, s: Any, new: Any, index: Var, block: Block, inits: list[Operand],
        params: list[Var], results: list[Var], kept: list[bool],
    ) -> None:  # fmt: skip
        take = [i for i, k in enumerate(kept) if k]
        handed, self.handed = self.handed, []
        carried = (*(params[i] for i in take), *(v for _, v, _ in handed))
        starts = (*(inits[i] for i in take), *(v for v, _, _ in handed))
        ends = (*(results[i] for i in take), *(self.b.var(v.type) for _, v, _ in handed))
        block = Block(block.body, (*block.yields, *(v for _, _, v in handed)))
        start, stop, step, backward = _trips(s, new)
        rest = (starts, carried, block, ends, self.b.at)
        Products(self, For(index, start, stop, step, backward, *rest), self.filled).add()

    # calls and tapes

    def call(self, s: Call) -> Statement:
        taped = [a for a in s.args if isinstance(a, Var) and isinstance(a.type, Tape)]
        if not self._reached(s.targets) and not any(t in self.shadows for t in taped):
            return s
        callee = self.walk.functions[s.callee]
        pair = adjoint_functions(self.walk, callee, lambda: Adjoint(self.walk, apart=True))
        tapes = self.tapes_for(pair)
        cots = [self._call_cot(t) for t in s.targets if is_inexact(t.type)]
        shadows = [self.shadows[t] for t in taped]
        inexact = [a for a, p in zip(s.args, pair.inexact, strict=True) if p]
        bars = [self.b.var(t, role="beta") for t in pair.types]
        self.b.add(Call(tuple(bars), pair.backward, (*cots, *shadows, *tapes), self.b.at))
        for a, g in zip(inexact, bars, strict=True):
            self.accumulate(a, g)
        return Call(s.targets, pair.forward, (*s.args, *tapes), s.at)

    def _call_cot(self, t: Var) -> Operand:
        g = self.cot.pop(t, ZERO)
        return Lit(0.0) if g is ZERO and isinstance(t.type, Number) else self.carried(g, t)

    def push(self, s: Push) -> None:
        """What was pushed gets the cotangents that its reading left."""
        fields = self.fields.get(s.tape, [])
        if fields and s.tape in self.shadows:
            found = [self._bar_like(s.values[i]) for i in fields]
            self.b.add(Pop(tuple(found), self.shadows[s.tape], self.b.at))
            for i, g in zip(fields, found, strict=True):
                self.accumulate(s.values[i], g)

    def _bar_like(self, x: Operand) -> Var:
        return self.bar(x) if isinstance(x, Var) else self.b.var(type_of(x), role="beta")

    def pop(self, s: Pop) -> None:
        fields = self.fields.get(s.tape, [])
        if fields and s.tape in self.shadows:
            pairs = [(self.cot.pop(s.targets[i], ZERO), s.targets[i]) for i in fields]
            cots = tuple(self.carried(g, v) for g, v in pairs)
            self.b.add(Push(self.shadows[s.tape], cots, self.b.at))

    def new_tape(self, hint: str) -> Var:
        """A tape made at the start of the backward part."""
        tape = self.b.var(TAPE, f"beta_{hint}" if hint else "", "tape")
        self.b.add(Let(tape, NEW_TAPE, (), self.b.at))
        return tape


def _trips(s: For | While, new: Any) -> tuple[Atom, Atom, Atom, bool]:
    """The bounds of the adjoint loop, and whether it runs down; a `while` has counted its trips."""
    if isinstance(s, While):
        return Lit(0), new.results[-1], Lit(1), True
    return s.start, s.stop, s.step, not s.backward


def _whole(s: Any) -> Block:
    """A loop's body as a block whose free variables are those of the loop but its carried ones."""
    return Block((s,), ()) if not isinstance(s, For | While) else Block((_bare(s),), ())


def _bare(s: Any) -> Any:
    """The loop without its initial values, which are read outside it."""
    nothing = tuple(UNDEFINED for _ in s.inits)
    if isinstance(s, For):
        return For(s.index, Lit(0), Lit(0), Lit(1), False, nothing, s.carried, s.body, s.results)
    return While(nothing, s.carried, s.test, s.body, s.results)


def _bound(block: Block) -> Iterable[Var]:
    for s in block.body:
        yield from targets(s)


def _has_tape(s: Any) -> bool:
    """Whether a region records or reads back: then it has an adjoint whatever its results."""
    return any(isinstance(x, Push | Pop) for x in every([s]))


def _drop_unchanged(
    block: Block, params: list[Var], yields: list[Operand], first: int
) -> tuple[Block, list[bool]]:
    """Leaves out the sums to which the body adds nothing."""
    kept = [i < first or y is not p for i, (p, y) in enumerate(zip(params, yields, strict=True))]
    return Block(block.body, tuple(y for y, k in zip(yields, kept, strict=True) if k)), kept

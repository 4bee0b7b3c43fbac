"""Which values depend on what is differentiated (varied), and which reach a result (useful)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from s2sad.ir.nodes import (
    Call,
    For,
    If,
    Let,
    Operand,
    Pop,
    Push,
    Statement,
    Var,
    While,
)
from s2sad.ir.types import Tape, is_inexact
from s2sad.ir.walk import operand_vars
from s2sad.rules.notation import Primitive


def differentiable(p: Primitive) -> bool:
    """Whether derivatives pass through a primitive, or are missing there (no rule is known)."""
    return bool(p.wrt or p.rule.unknown) or hasattr(p, "callee")


def active_args(s: Let) -> tuple[Operand, ...]:
    """The operands of a statement through which derivatives pass, or would if they were known."""
    p = s.primitive
    if hasattr(p, "callee"):
        return s.args
    names = {*p.wrt, *p.rule.unknown}
    return tuple(a for n, a in zip(p.params, s.args, strict=True) if n in names)


class Activity:
    """Forward and backward closure over structured statements, until nothing changes."""

    def __init__(
        self,
        body: Iterable[Statement],
        varied: Iterable[Var],
        useful: Iterable[Operand],
        tapes: Iterable[Var] = (),
    ) -> None:
        self.body = tuple(body)
        self.outside = set(tapes)  # given to a function: whatever is on them may be active
        self.varied = set(varied)
        self.fields: dict[Var, set[int]] = {}  # of tapes: the recorded positions that are varied
        self.wanted: dict[Var, set[int]] = {}  # of tapes: the positions whose values are useful
        self._settle(lambda: self._forward(self.body))
        self.useful: set[Var] = set()
        self._want(useful)
        self._settle(lambda: self._backward(self.body))
        self.active = self.varied & self.useful

    def _settle(self, step: Any) -> None:
        before = -1
        while before != (now := self._count()):
            before = now
            step()

    def _count(self) -> int:
        useful = getattr(self, "useful", ())
        tapes = [*self.fields.values(), *self.wanted.values()]
        return len(self.varied) + len(useful) + sum(map(len, tapes))

    # forward: varied

    def _is_varied(self, x: Operand) -> bool:
        return any(v in self.varied for v in operand_vars(x))

    def _vary(self, targets: Iterable[Var], values: Iterable[Operand]) -> None:
        for t, v in zip(targets, values, strict=True):
            if self._is_varied(v) and (is_inexact(t.type) or isinstance(t.type, Tape)):
                self.varied.add(t)

    def _forward(self, body: Iterable[Statement]) -> None:
        for s in body:
            match s:
                case Let():
                    passes = differentiable(s.primitive) and is_inexact(s.target.type)
                    if passes and any(map(self._is_varied, active_args(s))):
                        self.varied.add(s.target)
                case If():
                    self._forward(s.then.body)
                    self._forward(s.orelse.body)
                    self._vary(s.results, s.then.yields)
                    self._vary(s.results, s.orelse.yields)
                case For() | While():
                    self._forward_loop(s)
                case Call():
                    if any(map(self._is_varied, s.args)):
                        self.varied |= {t for t in s.targets if is_inexact(t.type)}
                        self._vary_tapes(s)
                case Push():
                    found = {i for i, v in enumerate(s.values) if self._is_varied(v)}
                    self.fields.setdefault(s.tape, set()).update(found)
                case Pop():
                    for i, t in enumerate(s.targets):
                        if i in self.fields.get(s.tape, ()) or s.tape in self.outside:
                            self._vary_popped(t)

    def _vary_popped(self, t: Var) -> None:
        if is_inexact(t.type):
            self.varied.add(t)

    def _vary_tapes(self, s: Call) -> None:
        for a in s.args:
            if isinstance(a, Var) and isinstance(a.type, Tape):
                self.varied.add(a)

    def _forward_loop(self, s: Any) -> None:
        self._vary(s.carried, s.inits)
        before = -1
        while before != len(self.varied):
            before = len(self.varied)
            self._forward(s.body.body)
            self._vary(s.carried, s.body.yields)
        self._vary(s.results, s.carried)
        self._vary(s.results, s.inits)

    # backward: useful

    def _want(self, values: Iterable[Operand]) -> None:
        for x in values:
            self.useful.update(operand_vars(x))

    def _backward(self, body: Iterable[Statement]) -> None:
        for s in reversed(tuple(body)):
            match s:
                case Let():
                    if s.target in self.useful and differentiable(s.primitive):
                        self._want(active_args(s))
                case If():
                    for way in (s.then, s.orelse):
                        self._want(
                            y
                            for r, y in zip(s.results, way.yields, strict=True)
                            if r in self.useful
                        )
                        self._backward(way.body)
                case For() | While():
                    self._backward_loop(s)
                case Call():
                    if any(t in self.useful for t in s.targets) or any(
                        a in self.useful
                        for a in s.args
                        if isinstance(a, Var) and isinstance(a.type, Tape)
                    ):
                        self._want(s.args)
                case Push():
                    wanted = self.wanted.get(s.tape, set())
                    outside = s.tape in self.outside
                    self._want(v for i, v in enumerate(s.values) if outside or i in wanted)
                case Pop():
                    found = {i for i, t in enumerate(s.targets) if t in self.useful}
                    self.wanted.setdefault(s.tape, set()).update(found)

    def _backward_loop(self, s: Any) -> None:
        for r, p in zip(s.results, s.carried, strict=True):
            if r in self.useful:
                self.useful.add(p)
        before = -1
        while before != len(self.useful):
            before = len(self.useful)
            self._want(y for p, y in zip(s.carried, s.body.yields, strict=True) if p in self.useful)
            self._backward(s.body.body)
        self._want(i for p, i in zip(s.carried, s.inits, strict=True) if p in self.useful)

"""Forward mode: every statement followed by the tangents of what it binds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from s2sad.analysis.activity import Activity
from s2sad.analysis.lost import is_opaque
from s2sad.frontend.infer import is_elementwise, type_of
from s2sad.frontend.prims import NEW_TAPE, is_item
from s2sad.frontend.values import Sequence, Value
from s2sad.frontend.walk import Walk
from s2sad.frontend.zero import ZERO
from s2sad.ir.nodes import (
    UNDEFINED,
    Block,
    Call,
    Comment,
    For,
    Function,
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
from s2sad.ir.tree import Struct
from s2sad.ir.types import FLOAT, TAPE, Array, Tape, Type, is_inexact
from s2sad.ir.walk import every
from s2sad.rules.notation import Template
from s2sad.runtime import zeroed
from s2sad.transform.apart import parameters, recorded_fields
from s2sad.transform.engine import Engine, number_like, of_number
from s2sad.transform.masking import has_poles
from s2sad.transform.refusals import no_rule, refuse_complex, refuse_lost, refuse_unknown
from s2sad.transform.tapes import unsure_vars
from s2sad.transform.unranked import refuse_second_order


class Tangent(Engine):
    """Tangents of structured statements; `dots` holds those that are not zero."""

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        self.dots: dict[Var, Operand] = {}
        self.varied: set[Var] = set()
        self.fields: dict[Var, set[int]] = {}
        self.guards = False  # whether a zero tangent is zero against infinite partials too

    def run(
        self, body: list[Statement], outputs: Iterable[Operand], wrt: list[Var], dots: list[Operand]
    ) -> list[Operand]:
        """Adds the statements with their tangents; returns the tangents of the outputs."""
        outputs = list(outputs)
        self.know(body)
        facts = Activity(body, wrt, outputs)
        refuse_lost(self.walk, body, facts, outputs)
        self.varied, self.unsure = facts.active, unsure_vars(body)
        self.fields = {t: f & facts.wanted.get(t, set()) for t, f in facts.fields.items()}
        self.dots = dict(zip(wrt, dots, strict=True))
        before, self.b.role = self.b.role, "dot"
        try:
            self.statements(body)
            return [self.dot(x) for x in outputs]
        finally:
            self.b.role = before

    def run_function(
        self, body: list[Statement], outputs: Iterable[Operand], wrt: list[Var],
        dots: list[Operand], tapes: list[Var],
    ) -> list[Operand]:  # fmt: skip
        """The same for the body of a function: tangents of all inexact outputs, of full size."""
        outputs = list(outputs)
        self.know_items(body)
        facts = Activity(body, wrt, outputs, tapes)
        refuse_lost(self.walk, body, facts, outputs)
        self.varied, self.fields = facts.varied - _unread(body, facts) | set(wrt), facts.fields
        self.unsure = unsure_vars(body)
        for tape in tapes:
            self.fields[tape] = recorded_fields(body, tape)
        self.dots = dict(zip(wrt, dots, strict=True))
        before, self.b.role = self.b.role, "dot"
        try:
            self.statements(body)
            return [
                self.carried(self.dot(x), x) if isinstance(x, Var) else self.zeros_of_literal(x)
                for x in outputs
                if is_inexact(type_of(x))
            ]
        finally:
            self.b.role = before

    def dot(self, x: Operand) -> Operand:
        """The tangent of an operand, ZERO if it has none."""
        return self.dots.get(x, ZERO) if isinstance(x, Var) else ZERO

    def full_dot(self, x: Operand, like: Var) -> Operand:
        """The tangent with the sizes of `like`, a zero made if there is none."""
        if x is UNDEFINED:
            return UNDEFINED
        if not isinstance(x, Var):
            return self.zeros_of_literal(x, like.type)
        return self.carried(self.dot(x), x)

    def named(self, g: Operand, v: Var) -> Operand:
        """A fresh tangent takes the name of its variable."""
        if v.hint and isinstance(g, Var) and not g.hint and g.role == "dot":
            g.hint = f"dot_{v.hint}"
        return g

    def statements(self, body: Iterable[Statement]) -> None:
        for s in body:
            with self.b.placed(getattr(s, "at", None)):
                self.statement(s)

    def statement(self, s: Statement) -> None:
        match s:
            case Let() if is_item(s.primitive):
                if s.args[0] not in self.items:
                    self.b.add(s)
                if s.target in self.varied:
                    self.dots[s.target] = self._one_of_several(s)
            case Let():
                self.b.add(s)
                for taken in self.items.get(s.target, {}).values():
                    self.b.add(taken)
                if s.target.type == TAPE:
                    self.new_tape(s.target)
                elif s.target in self.varied:
                    self.dots[s.target] = self.named(self.let(s), s.target)
            case If():
                self.branch(s)
            case For() | While():
                self.loop(s)
            case Call():
                self.call(s)
            case Push():
                self.b.add(s)
                self.push(s)
            case Pop():
                self.b.add(s)
                self.pop(s)
            case Comment():
                self.b.add(s)

    # values

    def let(self, s: Let) -> Operand:
        """The tangent of one operation."""
        p = s.primitive
        refuse_complex(s)
        self.check_real(s)
        refuse_second_order(s, self.dots)
        refuse_unknown(s, [v for v, d in self.dots.items() if d is not ZERO])
        values = self.arguments(s)
        dots = {n: self._dots_of(a) for n, a in zip(p.params, s.args, strict=True) if n in p.wrt}
        if hasattr(p, "callee"):
            raise no_rule(s)
        if p.partials is not None:
            return self._elementwise(p.partials, values, dots, s)
        if p.tangent is not None:
            given = {f"{n}_dot": self.given_dot(d, values[n], p) for n, d in dots.items()}
            found = self.inline(p.tangent, values | given)
            if p.results > 1 and isinstance(found, Sequence):
                return tuple(map(self.walk.operand, found.items))
            return self.walk.operand(found)
        if p.linear:
            return self._linear(s, dots)
        if p.multilinear:
            return self._multilinear(s, dots)
        raise no_rule(s)

    def _one_of_several(self, s: Let) -> Operand:
        """The tangent of one result."""
        found = self.dot(s.args[0])
        d = found[s.primitive.item] if isinstance(found, tuple) else found
        return self.named(d, s.target)

    def _dots_of(self, a: Operand) -> Value:
        if isinstance(a, tuple):
            return Sequence(tuple, [self._dots_of(x) for x in a])
        return self.dot(a)

    def _elementwise(
        self, partials: Template, values: dict[str, Value], dots: dict[str, Value], s: Let
    ) -> Operand:
        total: Operand = ZERO
        for i, n in enumerate(s.primitive.wrt):
            if dots[n] is ZERO:
                continue
            result = self.inline(partials, values | {"d": dots[n]})
            term = result.items[i] if isinstance(result, Sequence) else result
            if self.guards and has_poles(s):
                term = self.apply(zeroed, term, dots[n])
            total = self.add(total, term)
        return total

    def _linear(self, s: Let, dots: dict[str, Value]) -> Operand:
        """A linear operation applied to the tangents of its linear operands."""
        args = []
        for n, a in zip(s.primitive.params, s.args, strict=True):
            args.append(self._linear_arg(dots[n], a, s) if n in s.primitive.linear else a)
        return self.b.let(s.primitive, tuple(args))

    def _linear_arg(self, d: Value, a: Operand, s: Let) -> Operand:
        if isinstance(a, tuple):
            return tuple(self._linear_arg(x, y, s) for x, y in zip(d.items, a, strict=True))
        if d is ZERO and is_elementwise(s.primitive):
            return Lit(0.0)
        if d is ZERO:
            return self.zeros(a) if isinstance(a, Var) else self.zeros_of_literal(a)
        return self.full(d, a) if isinstance(a, Var) and not is_elementwise(s.primitive) else d

    def zeros_of_literal(self, a: Operand, t: Type = FLOAT) -> Operand:
        """The tangent of a literal; `t` is the type of what it flows into."""
        if isinstance(a, Lit) and a.value is None:
            return a  # stands for a name that is not bound on this path
        if isinstance(type_of(a), Array):
            return self.apply(np.zeros_like, a)
        return number_like(0.0, t) if isinstance(t, Array) else Lit(0.0)

    def _multilinear(self, s: Let, dots: dict[str, Value]) -> Operand:
        """The sum over the operands of the operation with that one replaced by its tangent."""
        p = s.primitive
        total: Operand = ZERO
        for i, n in enumerate(p.params):
            for d in self._one_at_a_time(dots[n], s.args[i], s) if n in p.multilinear else ():
                total = self.add(total, self.b.let(p, (*s.args[:i], d, *s.args[i + 1 :])))
        return total

    def _one_at_a_time(self, d: Value, a: Operand, s: Let) -> Iterator[Operand]:
        """An operand replaced by its tangent; for a sequence, each item of it in turn."""
        if isinstance(a, tuple):
            for i, (item_dot, item) in enumerate(zip(d.items, a, strict=True)):
                for x in self._one_at_a_time(item_dot, item, s):
                    yield (*a[:i], x, *a[i + 1 :])
        elif d is not ZERO:
            yield self._linear_arg(d, a, s)

    # control flow

    def carries(self, v: Var) -> bool:
        return v in self.varied

    def branch(self, s: If) -> None:
        results = [r for r in s.results if self.carries(r)]
        dots = [self._dot_var(r) for r in results]
        then, orelse = (self._way(way, s, results) for way in (s.then, s.orelse))
        self.b.add(If(s.test, then, orelse, (*s.results, *dots), s.at))
        self.dots.update(zip(results, dots, strict=True))

    def _way(self, way: Block, s: If, results: list[Var]) -> Block:
        with self.b.supposing(way.body), self.b.region() as body:
            self.statements(way.body)
            yields = dict(zip(s.results, way.yields, strict=True))
            dots = tuple(self.full_dot(yields[r], r) for r in results)
        return Block(tuple(body), (*way.yields, *dots))

    def _dot_var(self, v: Var) -> Var:
        return self.b.var(of_number(v.type), f"dot_{v.hint}" if v.hint else "", "dot")

    def loop(self, s: Any) -> None:
        """A loop that also carries the tangents of what it carries."""
        places = [i for i, p in enumerate(s.carried) if self.carries(p)]
        inits = [self._init_dot(s, i) for i in places]
        params = [self._dot_var(s.carried[i]) for i in places]
        self.dots.update((s.carried[i], d) for i, d in zip(places, params, strict=True))
        with self.b.supposing(s.body.body), self.b.region() as body:
            self.statements(s.body.body)
            dots = [self.full_dot(s.body.yields[i], s.carried[i]) for i in places]
        block = Block(tuple(body), (*s.body.yields, *dots))
        results = [self._dot_var(s.results[i]) for i in places]
        self.dots.update((s.results[i], d) for i, d in zip(places, results, strict=True))
        self.b.add(widened(s, tuple(inits), tuple(params), block, tuple(results)))

    def _init_dot(self, s: Any, i: int) -> Operand:
        init: Operand = s.inits[i]
        if init is UNDEFINED:
            return UNDEFINED
        if not isinstance(init, Var):
            return self.zeros_of_literal(init, s.carried[i].type)
        t = s.carried[i].type
        known = getattr(t, "dims", ()) is not None
        return self.full_dot(init, init) if known else self._loose_dot(init)

    def _loose_dot(self, init: Var) -> Operand:
        d = self.dot(init)
        return Lit(0.0) if d is ZERO else d

    # calls and tapes

    def call(self, s: Call) -> None:
        if not any(t in self.varied for t in s.targets) and not any(
            isinstance(a, Var) and a in self.varied and isinstance(a.type, Tape) for a in s.args
        ):
            self.b.add(s)
            return
        use = self.walk.customs.get(s.callee)
        if use is not None and use.custom is not None:
            self.walk.derive.custom_tangent(self, use, s)
            return
        f = self.walk.functions[s.callee]
        name, places = tangent_function(self.walk, f)
        if use is not None:
            self.walk.customs[name] = use  # its adjoint is evaluated again, too
        dots = [self._call_dot(a) for a, active in zip(s.args, places, strict=True) if active]
        results = [self._dot_var(t) for t in s.targets if is_inexact(t.type)]
        self.b.add(Call((*s.targets, *results), name, (*s.args, *dots), s.at))
        inexact = [t for t in s.targets if is_inexact(t.type)]
        self.dots.update(zip(inexact, results, strict=True))

    def _call_dot(self, a: Operand) -> Operand:
        if isinstance(a, Lit):
            return self.zeros_of_literal(a)
        assert isinstance(a, Var)
        return self.dots[a] if isinstance(a.type, Tape) else self.carried(self.dot(a), a)

    def new_tape(self, tape: Var) -> None:
        if self.fields.get(tape) or tape in self.varied:
            made = self.b.var(TAPE, f"dot_{tape.hint}" if tape.hint else "", "tape")
            self.b.add(Let(made, NEW_TAPE, (), self.b.at))
            self.dots[tape] = made

    def push(self, s: Push) -> None:
        fields = sorted(self.fields.get(s.tape, ()))
        if fields:
            dots = tuple(self._pushed(s.values[i]) for i in fields)
            self.b.add(Push(self._tape(s.tape), dots, s.at))

    def _pushed(self, v: Operand) -> Operand:
        return self.carried(self.dot(v), v) if isinstance(v, Var) else self.zeros_of_literal(v)

    def _tape(self, tape: Var) -> Var:
        found = self.dots[tape]
        assert isinstance(found, Var)
        return found

    def pop(self, s: Pop) -> None:
        fields = sorted(self.fields.get(s.tape, ()))
        if fields:
            dots = [self._dot_var(s.targets[i]) for i in fields]
            self.b.add(Pop(tuple(dots), self._tape(s.tape), s.at))
            self.dots.update((s.targets[i], d) for i, d in zip(fields, dots, strict=True))


def widened(
    s: Any,
    inits: tuple[Operand, ...],
    params: tuple[Var, ...],
    body: Block,
    results: tuple[Var, ...],
) -> Statement:
    """The loop `s` with more that is carried, and a new body."""
    more = ((*s.inits, *inits), (*s.carried, *params))
    if isinstance(s, For):
        return For(
            s.index, s.start, s.stop, s.step, s.backward, *more, body, (*s.results, *results), s.at
        )
    return While(*more, s.test, body, (*s.results, *results), s.at)


def _unread(body: list[Statement], facts: Activity) -> set[Var]:
    """The results of opaque calls that no result depends on: such calls need no rule."""
    lets = (s for s in every(body) if isinstance(s, Let) and is_opaque(s.primitive))
    return {s.target for s in lets} - facts.useful


def tangent_function(walk: Walk, f: Function) -> tuple[str, list[bool]]:
    """The name of the tangent of a function, and which of its parameters have tangents."""
    params = [p.tree for p in f.params]
    active = [is_inexact(p.type) or isinstance(p.type, Tape) for p in params]
    name = f"{f.name}_tangent"
    if name in walk.functions or name in walk.in_progress:
        return name, active
    walk.in_progress.add(name)
    t = Tangent(walk)
    dots = [t._dot_var(p) for p, a in zip(params, active, strict=True) if a]
    given = [p for p, a in zip(params, active, strict=True) if a]
    shared, walk.b.shared = walk.b.shared, [{}]
    with walk.b.supposing(f.body.body, anew=True), walk.b.region() as body:
        tapes = [p for p in given if isinstance(p.type, Tape)]
        found = t.run_function(list(f.body.body), f.body.yields, given, list(dots), tapes)
    walk.b.shared = shared
    yields = (*f.body.yields, *found)
    walk.functions[name] = Function(
        name,
        parameters((*params, *dots)),
        Block(tuple(body), yields),
        0 if len(yields) == 1 else Struct("tuple", tuple(range(len(yields)))),
    )
    walk.in_progress.discard(name)
    return name, active

"""What depends on the arguments in a way that no derivative sees: through objects and texts.

    q = deque()                     what is read from q depends on x
    q.append(x[0] ** 2)
    y = q[-1] * x[1]

    s = f"{x[0]:.17g}"              and so does the number that is read from the text
    y = float(s) * x[1]

Such a result is no constant, so a derivative must not take it for one.  Objects are followed as a
whole, from the first statement to the last: what is put into one may be in everything that it is
made of, that is made of it, or that a branch or loop may have chosen instead.
"""

from __future__ import annotations

import types
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from s2sad.analysis.activity import Activity, active_args, differentiable
from s2sad.frontend.fixed import is_fixed
from s2sad.ir.nodes import (
    Call,
    For,
    Function,
    If,
    Let,
    Lit,
    Operand,
    Pop,
    Push,
    Span,
    Statement,
    Var,
    While,
)
from s2sad.ir.types import UNKNOWN, Array, Number, Opaque, Type, is_inexact
from s2sad.ir.walk import every, operand_vars, param_vars, reads
from s2sad.rules.notation import Primitive


@dataclass(frozen=True)
class Loss:
    """The statement behind which derivatives do not see.

    stored: it puts a value into an object; written: it may write one into an array.
    """

    at: Let
    stored: bool = False
    written: bool = False


@dataclass(frozen=True)
class Summary:
    """What a call loses if its arguments vary, by the places of its results and parameters."""

    results: Mapping[int, Loss]
    params: Mapping[int, Loss]
    objects: Mapping[Any, Loss]  # that it finds outside


def is_opaque(p: Primitive) -> bool:
    """Whether nothing is known of what a primitive does: it has neither source nor rule."""
    return hasattr(p, "callee")


def keeps_data(t: Type) -> bool:
    """Whether a value of this type may hold numbers that no derivative sees."""
    if isinstance(t, Number | Array):
        return t.dtype is not None and t.dtype.kind in "OSUV"
    return isinstance(t, Opaque)


def holds(t: Type) -> bool:
    """Whether a value of this type may hold a number that depends on the arguments."""
    return is_inexact(t) or keeps_data(t)


class Lost:
    """The losses of a body, for the values that are `varied` at its start.

    functions: those that it calls, by name; followed: the names of those with derivatives of their
    own, behind which nothing is lost.
    """

    def __init__(
        self,
        body: Iterable[Statement],
        varied: Collection[Var],
        functions: Mapping[str, Function],
        followed: Collection[str] = (),
        summaries: dict[str, Summary] | None = None,
    ) -> None:
        self.body = tuple(every(body))
        self.varied = varied
        self.functions = functions
        self.followed = followed
        self.summaries = {} if summaries is None else summaries
        self.above: dict[Any, Any] = {}  # objects that are parts of one another, as a forest
        self.losses: dict[Any, Loss] = {}  # of the roots
        self.made: dict[Var, Loss] = {}  # of what an opaque statement makes of what varies
        self.tapes: dict[Var, Loss] = {}
        self.views = {
            s.target: s.args[0] for s in self.body if isinstance(s, Let) and s.primitive.view
        }
        for s in self.body:
            self._link(s)
        before = -1
        while before != (now := len(self.losses) + len(self.tapes)):
            before = now
            for s in self.body:
                self._follow(s)

    def loss(self, x: Operand) -> Loss | None:
        """Where it was lost what an operand depends on; None if nothing was."""
        if isinstance(x, Var) and x in self.made:
            return self.made[x]
        return next((self.losses[r] for r in map(self._root, _names(x)) if r in self.losses), None)

    def before(self, useful: Collection[Var], outputs: Iterable[Operand]) -> Loss | None:
        """A loss on the way to what is asked for."""
        for s in self.body:
            if isinstance(s, Let) and s.target in useful and differentiable(s.primitive):
                if is_opaque(s.primitive) and any(v in self.varied for v in operand_vars(s.args)):
                    return Loss(s)
                for a in active_args(s):
                    found = self.loss(a)
                    if found is not None:
                        return found
        return next((found for x in outputs if (found := self.loss(x)) is not None), None)

    # which objects are parts of one another

    def _root(self, name: Any) -> Any:
        while name in self.above:
            name = self.above[name]
        return name

    def _join(self, names: Iterable[Any]) -> None:
        roots = list(dict.fromkeys(map(self._root, names)))
        for r in roots[1:]:
            self.above[r] = roots[0]

    def _link(self, s: Statement) -> None:
        match s:
            case Let() if is_opaque(s.primitive):
                made = [s.target] if _is_object(s.target) else []
                self._join([*made, *_objects(s)])
            case If():
                for r, *ends in zip(s.results, s.then.yields, s.orelse.yields, strict=True):
                    self._choose(r, ends)
            case For() | While():
                each = zip(s.results, s.carried, s.inits, s.body.yields, strict=True)
                for r, c, *ends in each:
                    self._choose(r, [c, *ends])

    def _choose(self, result: Var, ends: list[Operand]) -> None:
        if isinstance(result.type, Opaque):
            self._join([result, *(n for x in ends for n in _names(x))])

    # where something is lost

    def _reached(self, x: Operand) -> bool:
        return any(n in self.varied or self._root(n) in self.losses for n in _names(x))

    def _lose(self, name: Any, loss: Loss) -> None:
        self.losses.setdefault(self._root(name), loss)

    def _pass_on(self, target: Var, sources: Iterable[Operand]) -> None:
        found = next((f for x in sources if (f := self.loss(x)) is not None), None)
        if found is not None and holds(target.type):
            self._lose(target, found)

    def _follow(self, s: Statement) -> None:
        match s:
            case Let():
                self._follow_let(s)
            case If():
                for r, *ends in zip(s.results, s.then.yields, s.orelse.yields, strict=True):
                    self._pass_on(r, ends)
            case For() | While():
                each = zip(s.results, s.carried, s.inits, s.body.yields, strict=True)
                for r, c, *ends in each:
                    self._pass_on(c, ends)
                    self._pass_on(r, [c, *ends])
            case Call():
                self._follow_call(s)
            case Push():
                found = self.loss(s.values)
                if found is not None:
                    self.tapes.setdefault(s.tape, found)
            case Pop() if s.tape in self.tapes:
                for t in s.targets:
                    if keeps_data(t.type):
                        self._lose(t, self.tapes[s.tape])

    def _follow_let(self, s: Let) -> None:
        p, t = s.primitive, s.target
        if is_opaque(p):
            if any(map(self._reached, s.args)):
                if not p.pure and not is_print(p):
                    for name in _objects(s):
                        self._lose(name, Loss(s, stored=True))
                    for v in () if getattr(p, "only_reads", False) else self._arrays(s):
                        self.made.setdefault(v, Loss(s, written=True))
                        self._lose(v, self.made[v])
                if holds(t.type):
                    self.made[t] = Loss(s)
                    self._lose(t, self.made[t])
        elif differentiable(p):
            self._pass_on(t, active_args(s))
            if keeps_data(t.type) and any(map(self._reached, active_args(s))):
                self._lose(t, Loss(s))

    def _arrays(self, s: Let) -> Iterator[Var]:
        """The arrays that an opaque statement may write into, itself or through a view of them."""
        for v in operand_vars(s.args):
            x: Operand = v
            while isinstance(x, Var) and isinstance(x.type, Array):
                if x.type.dims != () and holds(x.type):
                    yield x
                x = self.views.get(x, Lit(None))

    def _follow_call(self, s: Call) -> None:
        if s.callee in self.followed or s.callee not in self.functions:
            return
        if not any(map(self._reached, s.args)):
            return
        known = self._summary(s.callee)
        for i, found in known.results.items():
            self._lose(s.targets[i], found)
        for i, found in known.params.items():
            for name in _names(s.args[i]):
                self._lose(name, found)
        for name, found in known.objects.items():
            self._lose(name, found)

    def _summary(self, name: str) -> Summary:
        """What the function loses; of one that calls itself, as far as is known."""
        found = self.summaries.get(name)
        if found is None:
            found, f = Summary({}, {}, {}), self.functions[name]
            for _ in range(len(f.params) + len(f.body.yields) + 1):
                self.summaries[name] = found
                new = self._summed_up(f)
                if same(new, found):
                    break
                found = new
            self.summaries[name] = found
        return found

    def _summed_up(self, f: Function) -> Summary:
        params = param_vars(f)
        facts = Activity(f.body.body, params, f.body.yields)
        inner = Lost(f.body.body, facts.varied, self.functions, self.followed, self.summaries)
        return Summary(
            {i: e for i, x in enumerate(f.body.yields) if (e := inner.loss(x)) is not None},
            {
                i: e
                for i, x in enumerate(params)
                if (e := inner.loss(x)) is not None and (e.stored or e.written)
            },
            {n: e for n in inner.names() if (e := inner.losses.get(inner._root(n))) is not None},
        )

    def names(self) -> Iterator[Any]:
        """The objects from outside that the body names."""
        for s in self.body:
            for x in reads(s):
                yield from (n for n in _names(x) if not isinstance(n, Var))


def same(a: Summary, b: Summary) -> bool:
    """Whether two summaries lose the same."""
    return all(
        set(x) == set(y)
        for x, y in ((a.results, b.results), (a.params, b.params), (a.objects, b.objects))
    )


def is_print(p: Primitive) -> bool:
    """Whether a primitive prints: it does not change what it prints."""
    return isinstance(p.callee, Lit) and p.callee.value is print


def has_opaque(body: Iterable[Statement], functions: Mapping[str, Function]) -> bool:
    """Whether there is something that could be lost at all."""
    blocks = [tuple(body), *(f.body.body for f in functions.values())]
    return any(_may_lose(s) for block in blocks for s in every(block))


def _may_lose(s: Statement) -> bool:
    if not isinstance(s, Let):
        return False
    return (is_opaque(s.primitive) and not is_print(s.primitive)) or keeps_data(s.target.type)


def _is_object(v: Var) -> bool:
    return isinstance(v.type, Opaque) or v.type == UNKNOWN or _is_unknown(v.type)


def _is_unknown(t: Type) -> bool:
    return isinstance(t, Array) and t.dtype is None and t.dims is None


def _objects(s: Let) -> list[Any]:
    """The objects among the operands of an opaque statement: arrays are none, but for an owner."""
    found = [n for a in s.args for n in _names(a) if not isinstance(n, Var) or _keeps(n)]
    if s.primitive.name.startswith("{0}.") and s.args:
        found += [n for n in _names(s.args[0]) if isinstance(n, Var) and _is_object(n)]
    return found


def _keeps(v: Var) -> bool:
    return isinstance(v.type, Opaque)


def _names(x: Operand) -> Iterator[Any]:
    """The variables of an operand, and the objects among its literals by their identity."""
    if isinstance(x, Var):
        yield x
    elif isinstance(x, tuple):
        for i in x:
            yield from _names(i)
    elif isinstance(x, Span):
        yield from _names((x.start, x.stop, x.step))
    elif isinstance(x, Lit):
        owner = _owner(x.value)
        if owner is not None:
            yield ("object", id(owner))


def _owner(value: Any) -> Any:
    """The object that a literal is, or whose method it is; None for what is fixed."""
    if isinstance(value, types.MethodType | types.BuiltinMethodType | types.MethodWrapperType):
        value = value.__self__
    return None if is_fixed(value) else value

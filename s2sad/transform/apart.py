"""The adjoint of a function that is called by name: a forward and a backward function."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from s2sad.errors import Unsupported
from s2sad.frontend.infer import type_of
from s2sad.ir.nodes import (
    Block,
    Call,
    For,
    Function,
    If,
    Lit,
    Operand,
    Param,
    Pop,
    Push,
    Statement,
    Var,
    While,
)
from s2sad.ir.prune import prune
from s2sad.ir.tree import Struct
from s2sad.ir.types import TAPE, Tape, Type, is_inexact
from s2sad.ir.walk import every


@dataclass(eq=False)
class Pair:
    """Forward and backward function; `tapes` are what they share, None while in the making."""

    forward: str
    backward: str
    inexact: list[bool]
    types: list[Type]
    tapes: list[Var] | None = None
    done: list[Function] = field(default_factory=list)


def adjoint_functions(walk: Any, f: Function, make: Callable[[], Any]) -> Pair:
    """The two functions that the adjoint of a call of `f` needs; `make` makes an `Adjoint`."""
    found: Pair | None = walk.pairs.get(f.name)
    if found is None:
        params = [p.tree for p in f.params]
        inexact = [is_inexact(p.type) for p in params]
        types = [p.type for p, i in zip(params, inexact, strict=True) if i]
        found = Pair(f"{f.name}_forward", f"{f.name}_backward", inexact, types)
        walk.pairs[f.name] = found
        _make(walk, f, found, make)
    return found


def _make(walk: Any, f: Function, pair: Pair, make: Callable[[], Any]) -> None:
    a = make()
    params = [p.tree for p in f.params]
    given = [p for p in params if is_inexact(p.type)]
    taped = [p for p in params if isinstance(p.type, Tape)]
    body = list(f.body.body)
    a.analyze(body, [*given, *taped], [*f.body.yields, *taped], taped)
    a.active |= set(given)
    shadows = [a.b.var(TAPE, f"beta_{t.hint}", "tape") for t in taped]
    a.shadows.update(zip(taped, shadows, strict=True))
    _all_fields(a, body, taped)
    cots: list[Var] = []
    shared, walk.b.shared = walk.b.shared, [{}]
    before, walk.b.role = walk.b.role, "beta"
    with walk.b.supposing(body, anew=True), walk.b.region() as back:
        a.make_shadows(body)
        for y in f.body.yields:
            if isinstance(y, Var) and is_inexact(y.type):
                cots.append(a.bar(y))
                a.accumulate(y, cots[-1])
        forward = a.sweep(body)
        bars = tuple(a.carried(a.cot[p], p) if p in a.cot else a.zeros(p) for p in given)
    walk.b.shared, walk.b.role = shared, before
    forward, block = a.record(forward, prune(Block(tuple(back), bars)), params)
    pair.tapes = list(a.tapes)
    walk.functions[pair.forward] = Function(
        pair.forward,
        parameters((*params, *a.tapes)),
        _filled(Block(tuple(forward), f.body.yields), pair),
        f.result,
    )
    shape = 0 if len(bars) == 1 else Struct("tuple", tuple(range(len(bars))))
    walk.functions[pair.backward] = Function(
        pair.backward, parameters((*cots, *shadows, *a.tapes)), _filled(block, pair), shape
    )


def parameters(given: Iterable[Var]) -> tuple[Param, ...]:
    """Parameters named after what they hold, each name once."""
    found: dict[str, Var] = {}
    for v in given:
        wish = v.hint or v.role
        name, n = wish, 1
        while name in found:
            name, n = f"{wish}_{n}", n + 1
        found[name] = v
    return tuple(Param(name, v) for name, v in found.items())


def recorded_fields(body: Iterable[Statement], tape: Var) -> set[int]:
    """The inexact positions of what a function pushes on, or pops from, a tape it was given."""
    for s in every(body):
        if isinstance(s, Push) and s.tape is tape:
            return {i for i, v in enumerate(s.values) if is_inexact(type_of(v))}
        if isinstance(s, Pop) and s.tape is tape:
            return {i for i, t in enumerate(s.targets) if is_inexact(t.type)}
    return set()


def _all_fields(a: Any, body: list[Statement], taped: list[Var]) -> None:
    """A tape from outside carries cotangents of all that is inexact on it: both sides agree."""
    for t in taped:
        a.fields[t] = sorted(recorded_fields(body, t))


def _filled(block: Block, pair: Pair) -> Block:
    """The block with the tapes of `pair` passed on where it calls itself."""
    return Block(tuple(_statement(s, pair) for s in block.body), block.yields)


def _statement(s: Statement, pair: Pair) -> Statement:
    match s:
        case Call():
            args: list[Operand] = []
            for x in s.args:
                if isinstance(x, Lit) and isinstance(x.value, Pair) and x.value is not pair:
                    raise Unsupported(
                        f"two recursive functions that call each other ({s.callee})",
                        "let one of them call itself only, or use a loop",
                        s.at,
                    )
                args += (pair.tapes or []) if isinstance(x, Lit) and x.value is pair else [x]
            return Call(s.targets, s.callee, tuple(args), s.at, s.pure)
        case If():
            return If(s.test, _filled(s.then, pair), _filled(s.orelse, pair), s.results, s.at)
        case For():
            return For(
                s.index, s.start, s.stop, s.step, s.backward, s.inits, s.carried,
                _filled(s.body, pair), s.results, s.at,
            )  # fmt: skip
        case While():
            return While(s.inits, s.carried, s.test, _filled(s.body, pair), s.results, s.at)
    return s

"""Drops what nobody reads: statements, results of branches, carried values of loops."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from s2sad.ir.nodes import (
    Block,
    Call,
    Comment,
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
from s2sad.ir.walk import operand_vars


def prune(block: Block) -> Block:
    """The block without what neither its yields nor its effects need."""
    live: set[Var] = set()
    _use(block.yields, live)
    return Block(_pruned(block.body, live), block.yields)


def _use(operands: Iterable[Operand], live: set[Var]) -> None:
    for x in operands:
        live.update(operand_vars(x))


def _pruned(body: Iterable[Statement], live: set[Var]) -> tuple[Statement, ...]:
    kept: list[Statement] = []
    for s in reversed(tuple(body)):
        new = _one(s, live)
        if new is not None:
            kept.append(new)
    return tuple(reversed(kept))


def _one(s: Statement, live: set[Var]) -> Statement | None:
    match s:
        case Let():
            if s.primitive.pure and s.target not in live:
                return None
            _use(s.args, live)
            return s
        case If():
            return _branch(s, live)
        case For():
            return _for(s, live)
        case While():
            return _while(s, live)
        case Call():
            if s.pure and not any(t in live for t in s.targets):
                return None
            _use(s.args, live)
            return s
        case Push():
            _use(s.values, live)
            live.add(s.tape)
            return s
        case Pop():
            live.add(s.tape)
            return s
        case Comment():
            return s
    raise TypeError(s)


def _branch(s: If, live: set[Var]) -> Statement | None:
    places = [i for i, r in enumerate(s.results) if r in live]
    then, orelse = (_way(way, places, live) for way in (s.then, s.orelse))
    if not places and not then.body and not orelse.body:
        return None
    _use([s.test], live)
    return If(s.test, then, orelse, tuple(s.results[i] for i in places), s.at)


def _way(way: Block, places: list[int], live: set[Var]) -> Block:
    yields = tuple(way.yields[i] for i in places)
    _use(yields, live)
    return Block(_pruned(way.body, live), yields)


def _needed(s: Any, live: set[Var], more: Iterable[Operand]) -> tuple[list[int], set[Var]]:
    """The carried values that are read after the loop or inside it, and what the body reads."""
    wanted = {i for i, r in enumerate(s.results) if r in live}
    while True:
        inner: set[Var] = set()
        _use(more, inner)
        _use((s.body.yields[i] for i in wanted), inner)
        _pruned(s.body.body, inner)
        if isinstance(s, While):
            _pruned(s.test.body, inner)
        found = wanted | {i for i, p in enumerate(s.carried) if p in inner}
        if found == wanted:
            return sorted(wanted), inner
        wanted = found


def _for(s: For, live: set[Var]) -> Statement | None:
    places, inner = _needed(s, live, ())
    yields = tuple(s.body.yields[i] for i in places)
    body = _pruned(s.body.body, _vars(yields))
    if not places and not body:
        return None
    live |= inner
    inits = tuple(s.inits[i] for i in places)
    _use((*inits, s.start, s.stop, s.step), live)
    carried = tuple(s.carried[i] for i in places)
    results = tuple(s.results[i] for i in places)
    return For(
        s.index,
        s.start,
        s.stop,
        s.step,
        s.backward,
        inits,
        carried,
        Block(body, yields),
        results,
        s.at,
    )


def _while(s: While, live: set[Var]) -> Statement:
    places, inner = _needed(s, live, s.test.yields)
    yields = tuple(s.body.yields[i] for i in places)
    body = _pruned(s.body.body, _vars(yields))
    test = prune(s.test)
    live |= inner
    inits = tuple(s.inits[i] for i in places)
    _use(inits, live)
    carried = tuple(s.carried[i] for i in places)
    results = tuple(s.results[i] for i in places)
    return While(inits, carried, test, Block(body, yields), results, s.at)


def _vars(operands: Iterable[Operand]) -> set[Var]:
    found: set[Var] = set()
    _use(operands, found)
    return found

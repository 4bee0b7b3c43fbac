"""A copy of a block in which everything bound has a new name."""

from __future__ import annotations

from typing import Any

from s2sad.ir.nodes import Block, Call, For, If, Let, Pop, Statement, Var, While
from s2sad.ir.walk import entry_vars, regions, substitute_block, targets


def renamed(b: Any, block: Block) -> Block:
    """The block with fresh names for all it binds, in its regions too."""
    names: dict[Var, Var] = {}
    _collect(b, block, names)
    return called(block, names)


def called(block: Block, names: dict[Var, Var]) -> Block:
    """The block with other names for some of what it binds."""
    return _targets(substitute_block(block, names), names)


def _collect(b: Any, block: Block, names: dict[Var, Var]) -> None:
    for s in block.body:
        for v in (*targets(s), *entry_vars(s)):
            names[v] = b.var(v.type, v.hint, v.role)
        for region in regions(s):
            _collect(b, region, names)


def _targets(block: Block, names: dict[Var, Var]) -> Block:
    return Block(tuple(_one(s, names) for s in block.body), block.yields)


def _all(found: tuple[Var, ...], names: dict[Var, Var]) -> tuple[Var, ...]:
    return tuple(names.get(v, v) for v in found)


def _one(s: Statement, names: dict[Var, Var]) -> Statement:
    match s:
        case Let():
            return Let(names.get(s.target, s.target), s.primitive, s.args, s.at)
        case If():
            ways = (_targets(s.then, names), _targets(s.orelse, names))
            return If(s.test, *ways, _all(s.results, names), s.at)
        case For():
            return For(
                names.get(s.index, s.index), s.start, s.stop, s.step, s.backward, s.inits,
                _all(s.carried, names), _targets(s.body, names), _all(s.results, names), s.at,
            )  # fmt: skip
        case While():
            return While(
                s.inits, _all(s.carried, names), _targets(s.test, names), _targets(s.body, names),
                _all(s.results, names), s.at,
            )  # fmt: skip
        case Call():
            return Call(_all(s.targets, names), s.callee, s.args, s.at, s.pure)
        case Pop():
            return Pop(_all(s.targets, names), s.tape, s.at)
    return s

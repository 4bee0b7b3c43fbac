"""Whether transposed code is linear: of what it is linear in nothing but shapes is read."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable

import numpy as np

from s2sad.frontend.prims import DTYPE, LENGTH, NDIM, NP_SHAPE, SHAPE, SIZE, template
from s2sad.ir.nodes import Block, For, If, Let, Operand, Statement, Var, While
from s2sad.ir.prune import prune
from s2sad.ir.walk import free_vars
from s2sad.rules.notation import Primitive

OF_SHAPE = (SHAPE, NP_SHAPE, NDIM, SIZE, LENGTH, DTYPE)
OF_SHAPES = (np.zeros_like, np.ones_like, np.empty_like, np.full_like)


@functools.cache
def shape_test(who: str) -> Primitive:
    """The test that two operands have the same shape; `who` answers for the first."""
    text = f"assert np.shape({{0}}) == np.shape({{1}}), '{who} returns another shape'"
    return template(text, 2)


def depends(forward: Iterable[Statement], back: Block, on: Collection[Var]) -> bool:
    """Whether `back`, which follows `forward`, reads a value that depends on one of `on`."""
    whole = Block((*_shapeless(forward), *_shapeless(back.body)), back.yields)
    return any(v in on for v in free_vars(prune(whole)))


def kept(body: Iterable[Statement], wanted: Iterable[Operand]) -> tuple[Statement, ...]:
    """The statements that the wanted values need, and those with effects."""
    return prune(Block(tuple(body), tuple(wanted))).body


def _shapeless(body: Iterable[Statement]) -> list[Statement]:
    return [_one(s) for s in body]


def _one(s: Statement) -> Statement:
    """The statement without the operands of which it reads the shape alone."""
    match s:
        case Let() if _is_shape_test(s.primitive):
            return Let(s.target, s.primitive, (), s.at)
        case Let() if s.primitive in OF_SHAPE or s.primitive.rule.of in OF_SHAPES:
            return Let(s.target, s.primitive, s.args[1:], s.at)
        case If():
            return If(s.test, _block(s.then), _block(s.orelse), s.results, s.at)
        case For():
            return For(
                s.index, s.start, s.stop, s.step, s.backward, s.inits, s.carried,
                _block(s.body), s.results, s.at,
            )  # fmt: skip
        case While():
            return While(s.inits, s.carried, _block(s.test), _block(s.body), s.results, s.at)
    return s


def _is_shape_test(p: Primitive) -> bool:
    return p.name.startswith("assert np.shape(")


def _block(block: Block) -> Block:
    return Block(tuple(_shapeless(block.body)), block.yields)

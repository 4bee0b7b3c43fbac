"""Effects and draws of a function that is evaluated again: they happen once."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from s2sad.errors import Location, Unsupported
from s2sad.ir.nodes import Block, For, If, Let, Statement, While
from s2sad.ir.types import TAPE
from s2sad.ir.walk import free_vars, statements

_EMPTY = (np.empty, np.empty_like)


def has_effects(body: Iterable[Statement]) -> bool:
    """Whether a block prints, raises, draws or calls what may."""
    return any(map(_is_effect, statements(Block(tuple(body)))))


def _is_effect(s: Statement) -> bool:
    return isinstance(s, Let) and not s.primitive.pure and s.target.type != TAPE


def _is_opaque(s: Statement) -> bool:
    """Whether a statement has an effect; an array without values is made again."""
    return _is_effect(s) and not (isinstance(s, Let) and s.primitive.of in _EMPTY)


def without_effects(body: list[Statement]) -> list[Statement]:
    """The block for its values alone, after it was run once with its effects.

    What an opaque call returned then is read again; one inside a loop or a branch is refused.
    """
    return [_inner(s, JACOBIAN) for s in body if not _is_effect(s)]


JACOBIAN = "a function that a Jacobian evaluates again,"


def _inner(s: Statement, where: str) -> Statement:
    match s:
        case If():
            return If(s.test, once(s.then, where), once(s.orelse, where), s.results, s.at)
        case For():
            return For(
                s.index, s.start, s.stop, s.step, s.backward, s.inits, s.carried,
                once(s.body, where), s.results, s.at,
            )  # fmt: skip
        case While():
            ways = once(s.test, where), once(s.body, where)
            return While(s.inits, s.carried, *ways, s.results, s.at)
    return s


def once(block: Block, where: str) -> Block:
    """The block without its effects; one whose value is read again is refused."""
    effects = [s for s in block.body if _is_opaque(s)]
    body = [_inner(s, where) for s in block.body if not _is_opaque(s)]
    rest = Block(tuple(body), block.yields)
    read = set(free_vars(rest))
    for s in effects:
        if isinstance(s, Let) and s.target in read:
            raise _again(where, s.at)
    return rest


def _again(where: str, at: Location | None) -> Unsupported:
    if where is JACOBIAN:
        return Unsupported(
            f"an opaque call inside a loop or branch, in {where}",
            "make the call before the loop, or outside the function",
            at,
        )
    return Unsupported(
        f"an opaque call or a random draw, whose value may change, in {where}",
        "make the call outside of it, and pass its value as an argument",
        at,
    )

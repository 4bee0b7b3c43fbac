"""Operations on what is a number or an array, so that their rule has to be run as it stands.

The cotangents come from `pulled`, of which there is one primitive for each function: it is linear
in the cotangent that it is given, and constant in what the function is linear in.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Container
from typing import Any

import numpy as np

from s2sad.errors import Unsupported
from s2sad.ir.nodes import Let, Operand, Var
from s2sad.ir.types import UNKNOWN, Array
from s2sad.ir.walk import operand_vars
from s2sad.rules.creation import astype
from s2sad.rules.notation import Primitive
from s2sad.runtime import index_add, pulled, scatter, spread, store, sum_to, zeroed

RANK_FREE = (np.sum, np.broadcast_to, operator.getitem, sum_to, spread, index_add, store, scatter,
             astype, np.asarray, zeroed)  # fmt: skip
"""Operations whose adjoint asks for no rank, or that stand for themselves."""


def is_unranked(p: Primitive, args: tuple[Operand, ...]) -> bool:
    """Whether the adjoint of `p(*args)` asks for a rank that is not known.

    Rules of sequences ask for none of their other operands, such as a path of np.einsum.
    """
    asks = p.rule.of not in RANK_FREE and not p.sequences
    return asks and any(map(_may_be_a_number, args))


def _may_be_a_number(a: Operand) -> bool:
    return isinstance(a, Var) and isinstance(a.type, Array) and a.type.dims is None


@functools.cache
def pulled_by(p: Primitive, of: str) -> Primitive:
    """`pulled(function, i, ans, ans_bar, *args)` for the function of `p` and its operand `of`."""
    operands = tuple(f"x{k}" for k in range(len(p.params)))
    idle = {*p.linear} if of in p.linear else {of} & {*p.multilinear}
    read = tuple(f"x{p.params.index(n)}" for n in p.wrt if n not in idle)
    made = Primitive(
        pulled, "pulled", kind="structured", params=("function", "i", "ans", "ans_bar", *operands),
        wrt=("ans_bar", *read), linear=("ans_bar",),
    )  # fmt: skip
    made.result = UNKNOWN
    return made


def refuse_second_order(s: Let, varied: Container[Operand] | None = None) -> None:
    """Raises for `pulled` where its own derivative is asked for.

    varied: what has tangents; in its linear operand `pulled` has one, too.
    """
    operands: Any = dict(zip(s.primitive.params, s.args, strict=False))
    if s.primitive.of is not pulled:
        return
    read = operand_vars(tuple(operands[n] for n in s.primitive.wrt[1:]))
    if varied is None or any(v in varied for v in read):
        name = getattr(operands["function"].value, "__name__", "an operation")
        raise Unsupported(
            f"a second derivative through {name} of what may be a number or an array",
            "give the variable its shape before the loop or branch, as by np.zeros",
            s.at,
        )

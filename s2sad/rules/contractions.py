"""Sums of products of any number of arrays over any labels: np.einsum.

The compiler writes most of them as products of matrices, which are faster (`frontend/einsum.py`);
what is here holds for all.
"""

from __future__ import annotations

import numpy as np

from s2sad.rules.domains import of_shape, together
from s2sad.rules.notation import rule
from s2sad.rules.subscripts import (
    explicit,
    missing,
    on_the_diagonal,
    places,
    repeated,
    taken_apart,
    turned_round,
)
from s2sad.runtime import sum_to


def joined(shapes):
    """The size of one label: of all axes that have it, those of size 1 broadcast."""
    known = [n for n in shapes if not (isinstance(n, int) and n == 1)]
    if not known:
        return 1
    numbers = [n for n in known if isinstance(n, int)]
    sure = [n for n in known if getattr(n, "never_one", False)]
    same = all(n == known[0] for n in known)
    return numbers[0] if numbers else sure[0] if sure else known[0] if same else None


def replaced(operands, i, other):
    """The operands, another one in the place of the i-th."""
    return [*operands[:i], other, *operands[i + 1 :]]


def operand_bar(subscripts, operands, i, g):
    """The cotangent of operand i: the same sum, the labels of the result and its own exchanged."""
    x = operands[i]
    own = places(subscripts, i)
    alone = missing(subscripts, i)
    shared = tuple([x.shape[own[k]] for k in range(len(own)) if k not in alone])
    around = [*operands[:i], *operands[i + 1 :]]
    bar = sum_to(np.einsum(turned_round(subscripts, i), g, *around), shared)
    if len(alone) > 0:
        bar = np.broadcast_to(np.expand_dims(bar, alone), tuple([x.shape[k] for k in own]))
    if len(repeated(subscripts, i)) > 0:
        units = [np.eye(x.shape[k], dtype=x.dtype) for k in repeated(subscripts, i)]
        bar = np.einsum(on_the_diagonal(subscripts, i), bar, *units)
    return bar


@rule(
    np.einsum,
    sequences="operands",
    on={
        "subscripts operands": together(
            ("ij,jk->ik", [of_shape(2, 3), of_shape(3, 4)]),
            ("ji,jk", [of_shape(3, 2), of_shape(3, 4)]),
            ("ij,kj->ki", [of_shape(2, 3), of_shape(4, 3)]),
            ("ij,j", [of_shape(2, 3), of_shape(3)]),
            ("i,ij->j", [of_shape(2), of_shape(2, 3)]),
            ("i,i", [of_shape(3), of_shape(3)]),
            ("i,j", [of_shape(3), of_shape(2)]),
            ("j,i->ij", [of_shape(3), of_shape(2)]),
            ("ij,ij->i", [of_shape(2, 3), of_shape(2, 3)]),
            ("ij,ji->", [of_shape(2, 3), of_shape(3, 2)]),
            ("ij,i->ji", [of_shape(2, 3), of_shape(2)]),
            ("bij,bjk->bik", [of_shape(5, 2, 3), of_shape(5, 3, 4)]),
            ("bhqd,bkhd->bhqk", [of_shape(2, 3, 4, 5), of_shape(2, 2, 3, 5)]),
            ("bij,bjk->kbi", [of_shape(5, 2, 3), of_shape(1, 3, 4)]),
            ("abij,bjk->aik", [of_shape(2, 5, 2, 3), of_shape(5, 3, 4)]),
            ("baij,bcj->bcia", [of_shape(2, 2, 4, 3), of_shape(2, 5, 3)]),
            ("ijk,jil->kl", [of_shape(2, 3, 4), of_shape(3, 2, 5)]),
            ("ijk,jil->lk", [of_shape(2, 3, 4), of_shape(3, 2, 5)]),
            ("ijk,kl->ilj", [of_shape(2, 3, 4), of_shape(4, 5)]),
            ("ij,ij->ij", [of_shape(2, 1), of_shape(1, 3)]),
            ("i,ij->ij", [of_shape(1), of_shape(4, 3)]),
            ("ij,ij->ij", [of_shape(1, 2), of_shape(1, 1)]),
            ("ij,jk->i", [of_shape(2, 3), of_shape(3, 4)]),
            ("ii", [of_shape(3, 3)]),
            ("ii->i", [of_shape(3, 3)]),
            ("iji->ij", [of_shape(3, 2, 3)]),
            ("iij->j", [of_shape(3, 3, 2)]),
            ("iii->i", [of_shape(2, 2, 2)]),
            ("ii,ij->j", [of_shape(3, 3), of_shape(3, 2)]),
            ("ij->ji", [of_shape(2, 3)]),
            ("ba", [of_shape(2, 3)]),
            ("ijk->ki", [of_shape(2, 3, 4)]),
            ("ij->", [of_shape(2, 3)]),
            ("ij->ij", [of_shape(2, 3)]),
            ("...ij,...jk", [of_shape(5, 2, 3), of_shape(3, 4)]),
            ("i...,j...->ij...", [of_shape(2, 3, 1), of_shape(4, 5)]),
            ("i...->...", [of_shape(2, 3, 4)]),
            ("k...,jk", [of_shape(3, 2), of_shape(4, 3)]),
            ("...,...", [of_shape(), of_shape(2, 3)]),
            (",ij->ji", [of_shape(), of_shape(2, 3)]),
            ("ij,jk,kl->il", [of_shape(2, 3), of_shape(3, 4), of_shape(4, 2)]),
            ("i,j,k->ijk", [of_shape(2), of_shape(3), of_shape(2)]),
            ("ij,ik,il->jkl", [of_shape(4, 2), of_shape(4, 3), of_shape(4, 2)]),
            ("i,ij,j", [of_shape(2), of_shape(2, 3), of_shape(3)]),
            ("ea,fb,abcd,gc,hd->efgh", [of_shape(2, 3), of_shape(3, 2), of_shape(3, 2, 2, 3),
                                        of_shape(2, 2), of_shape(3, 3)]),
            ("ij,jk->ik", [of_shape(0, 3), of_shape(3, 2)]),
            ("ij,jk->ik", [of_shape(2, 0), of_shape(0, 2)]),
        )
    },
)  # fmt: skip
class einsum:
    """ans = Σ Π operands over the labels that the result has not; axes of size 1 broadcast."""

    def primal(subscripts, *operands, optimize=False, order="K"):
        return np.einsum(subscripts, *operands, optimize=optimize, order=order)

    def shape(subscripts, operands):
        parts, result = taken_apart(explicit(subscripts, *[len(x) for x in operands]))
        axes = [(p[k], x[k]) for p, x in zip(parts, operands, strict=True) for k in range(len(p))]
        return tuple(joined([n for c, n in axes if c == label]) for label in result)

    def dtype(operands):
        return np.result_type(*operands)

    def tangent(subscripts, operands, operands_dot):
        total = 0.0
        for i in range(len(operands)):
            total = total + np.einsum(subscripts, *replaced(operands, i, operands_dot[i]))
        return total

    def adjoint(subscripts, operands, ans_bar):
        sums = subscripts
        if "..." in subscripts or "->" not in subscripts:
            sums = explicit(subscripts, *[x.ndim for x in operands])
        operands_bar = [operand_bar(sums, operands, i, ans_bar) for i in range(len(operands))]
        return operands_bar

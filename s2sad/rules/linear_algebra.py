"""Inverses, linear systems, determinants and the Cholesky factor: results that are one array.

The formulas are those of Giles, Collected matrix derivative results for forward and reverse mode
algorithmic differentiation (2008), written for stacks of matrices.
"""

from __future__ import annotations

import numpy as np

from s2sad.linalg import cofactors, cofactors_along, halved, inverse_lower, regular
from s2sad.rules import (  # noqa: F401  (the other chapters of np.linalg)
    eigenvectors,
    least_squares,
    matrices,
    norms,
    spectra,
)
from s2sad.rules.axes import broadcast
from s2sad.rules.domains import of_shape, one_of, positive_definite, regular_matrix, together
from s2sad.rules.notation import rule
from s2sad.rules.products import adjointed, conjugated, turned
from s2sad.rules.spectra import from_lower, to_lower
from s2sad.runtime import sum_to

SQUARE = one_of(
    regular_matrix.of(3, 3), regular_matrix.of(2, 3, 3), regular_matrix.of(1, 1),
    regular_matrix.of(2, 0, 2, 2), regular_matrix.of(0, 0), regular_matrix.of(2, 1, 4, 4),
)  # fmt: skip


@rule(np.linalg.inv, on={"a": SQUARE})
class inv:
    """ans = a⁻¹.  [Giles 2008, 2.2.3]"""

    def primal(a):
        return np.linalg.inv(a)

    def shape(a):
        return a

    def tangent(ans, a_dot):
        return -(ans @ a_dot @ ans)

    def adjoint(ans, ans_bar):
        a_bar = -(turned(ans) @ ans_bar @ turned(ans))
        return a_bar


SYSTEMS = together(
    (regular_matrix.of(3, 3), of_shape(3)),
    (regular_matrix.of(3, 3), of_shape(3, 4)),
    (regular_matrix.of(3, 3), of_shape(3, 1)),
    (regular_matrix.of(1, 1), of_shape(1)),
    (regular_matrix.of(5, 3, 3), of_shape(3)),
    (regular_matrix.of(6, 1, 3, 3), of_shape(3)),
    (regular_matrix.of(3, 3), of_shape(5, 3, 2)),
    (regular_matrix.of(5, 3, 3), of_shape(3, 2)),
    (regular_matrix.of(6, 1, 3, 3), of_shape(5, 3, 2)),
    (regular_matrix.of(1, 3, 3), of_shape(5, 3, 2)),
    (regular_matrix.of(0, 0), of_shape(0, 2)),
)


def product(a, x):
    """a @ x, where `x` is a vector for each matrix of the stack `a`."""
    return np.matmul(a, np.expand_dims(x, -1))[..., 0]


def solution(a, b):
    """a⁻¹ b, where `b` is a vector for each matrix of the stack `a`."""
    return np.linalg.solve(a, np.expand_dims(b, -1))[..., 0]


def solved_back(a, b, g):
    """The solution of aᵀ x = g for the cotangent `g` of a⁻¹ b."""
    return solution(turned(a), g) if b.ndim == 1 and a.ndim > 2 else np.linalg.solve(turned(a), g)


def crossed(a, b, x, y):
    """x yᵀ summed to the shape of a, for cotangents `x` and solutions `y` of the shape of b."""
    if b.ndim == 1:
        return np.expand_dims(x, -1) * np.expand_dims(y, -2)
    return sum_to(x @ turned(y), a.shape)


@rule(np.linalg.solve, on={"a b": SYSTEMS})
class solve:
    """ans = a⁻¹ b; b is a vector if it has one dimension, else a stack of matrices.

    [Giles 2008, 2.3.1]
    """

    def primal(a, b):
        return np.linalg.solve(a, b)

    def shape(a, b):
        if len(b) == 1:
            return a[:-1]
        stack = broadcast(a[:-2], b[:-2])
        return None if stack is None else (*stack, a[-2], b[-1])

    def tangent(a, b, ans, a_dot, b_dot):
        if b.ndim == 1 and a.ndim > 2:
            return solution(a, b_dot - product(a_dot, ans))
        return np.linalg.solve(a, b_dot - a_dot @ ans)

    def adjoint(a, b, ans, ans_bar):
        right_bar = solved_back(a, b, ans_bar)
        a_bar = -crossed(a, b, right_bar, ans)
        b_bar = sum_to(right_bar, b.shape)
        return a_bar, b_bar


RANK_TWO = np.array([[1.0, 2.0, 0.5], [2.0, -1.0, 1.5], [3.0, 1.0, 2.0]])
RANK_ONE = np.array([[1.0, 2.0], [2.0, 4.0]])


@rule(
    np.linalg.det,
    on={"a": SQUARE, "kinks": [(RANK_TWO,), (RANK_ONE,), (np.zeros((2, 2)),), (np.zeros((1, 1)),)]},
)
class det:
    """ans = det a, whose gradient is the matrix of cofactors, finite at singular matrices, too.

    [Giles 2008, 2.2.4]
    """

    def primal(a):
        return np.linalg.det(a)

    def shape(a):
        return a[:-2]

    def tangent(a, a_dot):
        return np.sum(cofactors(a) * a_dot, axis=(-2, -1))

    def adjoint(a, ans_bar):
        scale = np.expand_dims(ans_bar, (-2, -1)) if a.ndim > 2 else ans_bar
        a_bar = scale * cofactors(a)
        return a_bar


@rule(
    np.linalg.slogdet,
    results=2,
    returns=type(np.linalg.slogdet(np.eye(1))),
    on={"a": SQUARE},
)
class slogdet:
    """ans = the sign of det a, and log |det a|, with t = tr(a⁻¹ a_dot): i sign Im t, and Re t.

    The sign of a real matrix is constant.  [Giles 2008, 2.2.4]
    """

    def primal(a):
        return np.linalg.slogdet(a)

    def shape(a):
        return a[:-2], a[:-2]

    def tangent(a, ans, a_dot):
        moved = np.sum(turned(np.linalg.inv(a)) * a_dot, axis=(-2, -1))
        if np.iscomplexobj(a):
            return 1j * ans[0] * np.imag(moved), np.real(moved)
        return np.zeros_like(ans[0]), moved

    def adjoint(a, ans, ans_bar):
        along = ans_bar[1]
        if np.iscomplexobj(a):
            along = along + 1j * np.imag(ans_bar[0] * ans[0])
        scale = np.expand_dims(along, (-2, -1)) if a.ndim > 2 else along
        a_bar = scale * turned(np.linalg.inv(a))
        return a_bar


@rule(cofactors, on={"a": SQUARE, "kinks": [(RANK_TWO,), (RANK_ONE,)]})
class cofactors_:
    """ans = the cofactors of a: det(a) a⁻ᵀ where a is regular."""

    def primal(a):
        return cofactors(a)

    def shape(a):
        return a

    def tangent(a, a_dot):
        return cofactors_along(a, a_dot)

    def adjoint(a, ans_bar):
        a_bar = cofactors_along(a, ans_bar)
        return a_bar


def traced(a):
    """The traces of a stack of matrices, to scale them with."""
    return np.expand_dims(np.trace(a, axis1=-2, axis2=-1), (-2, -1))


def cofactors_along_two(a, e, f):
    """The derivative of cofactors_along(a, e) along f; a symmetric function of e and f.

    With x = a⁻¹, y = x e, z = x f it is
    det(a) ((tr(y) tr(z) - tr(y z)) x - tr(y) z x - tr(z) y x + (y z + z y) x)ᵀ.
    """
    x = np.linalg.inv(regular(a))
    y, z = x @ e, x @ f
    pairs = y @ z
    mixed = pairs + z @ y - traced(y) * z - traced(z) * y
    found = (traced(y) * traced(z) - traced(pairs)) * x + mixed @ x
    return np.expand_dims(np.linalg.det(a), (-2, -1)) * turned(found)


@rule(
    cofactors_along,
    on={
        "a e": together(
            (regular_matrix.of(3, 3), of_shape(3, 3)),
            (regular_matrix.of(2, 3, 3), of_shape(2, 3, 3)),
            (regular_matrix.of(1, 1), of_shape(1, 1)),
        )
    },
)
class cofactors_along_:
    """ans = the derivative of cofactors(a) along e; its own in a only where a is regular."""

    def primal(a, e):
        return cofactors_along(a, e)

    def shape(a):
        return a

    def tangent(a, e, a_dot, e_dot):
        return cofactors_along(a, e_dot) + cofactors_along_two(a, e, a_dot)

    def adjoint(a, e, ans_bar):
        a_bar = cofactors_along_two(a, e, ans_bar)
        e_bar = cofactors_along(a, ans_bar)
        return a_bar, e_bar


@rule(regular, on={"a": SQUARE})
class regular_:
    """ans = a, which is an error where a is singular."""

    def primal(a):
        return regular(a)

    def shape(a):
        return a

    def tangent(a_dot):
        return a_dot

    def adjoint(ans_bar):
        a_bar = ans_bar
        return a_bar


FACTORED = one_of(
    positive_definite.of(3, 3), positive_definite.of(1, 1), positive_definite.of(2, 4, 4),
    positive_definite.of(0, 0), positive_definite.of(2, 1, 2, 2),
)  # fmt: skip


@rule(np.linalg.cholesky, on={"a": FACTORED, "upper": one_of(False, True)})
class cholesky:
    """ans lower (or upper) triangular with ans ansᴴ = a (or ansᴴ ans = a).

    NumPy reads that triangle of `a` only, so derivatives are those of its elements, the others
    have none.  With φ(x) the lower triangle of x with half its diagonal, for the lower factor l
    l_dot = l φ(l⁻¹ a_dot l⁻ᴴ), and the gradient in Hermitian a is that of l⁻ᴴ φ(lᴴ l_bar) l⁻¹.
    [Murray, Differentiation of the Cholesky decomposition, 2016, (8) and (10)]
    """

    def primal(a, upper=False):
        return np.linalg.cholesky(a, upper=upper)

    def shape(a):
        return a

    def tangent(upper, ans, a_dot):
        low = adjointed(ans) if upper else ans
        w = inverse_lower(low)
        moved = from_lower(adjointed(a_dot) if upper else a_dot)
        low_dot = low @ halved(w @ moved @ adjointed(w))
        return adjointed(low_dot) if upper else low_dot

    def adjoint(upper, ans, ans_bar):
        low = adjointed(ans) if upper else ans
        low_bar = turned(ans_bar) if upper else conjugated(ans_bar)
        w = inverse_lower(low)
        spread = to_lower(adjointed(w) @ (halved(adjointed(low) @ low_bar) @ w))
        a_bar = turned(spread) if upper else conjugated(spread)
        return a_bar

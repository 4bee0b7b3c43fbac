"""Eigenvalues of Hermitian matrices and singular values, with their vectors.

A vector of a real matrix is determined up to its sign, which LAPACK chooses and keeps nearby.  That
of a complex one is determined up to its phase: tangents are those of vectors whose phase rests
(diag(vᴴ v_dot) = 0), and a cotangent that depends on the phase is an error (`depends`).  The
vectors of a repeated eigenvalue have no derivative (`over_gaps` says what is returned then).

The formulas are about gradients in the sense of <g, x> = Re Σ conj(g) x.  A cotangent is the
conjugate of one, hence the conjugation at the start and at the end of an adjoint.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.linalg import (
    beyond,
    completed,
    depends,
    halved,
    leading,
    over_each,
    over_gaps,
    over_sums,
)
from s2sad.rules import triangles  # noqa: F401  (the rule of halved)
from s2sad.rules.domains import distinct, of_shape, one_of, positive, separated, together
from s2sad.rules.notation import defined, rule
from s2sad.rules.products import adjointed, conjugated, real_part, turned

SINGULAR: Any = type(np.linalg.svd(np.eye(1)))
SYMMETRIC: Any = type(np.linalg.eigh(np.eye(1)))
SPREAD_OUT = one_of(
    separated.of(3, 3), separated.of(1, 1), separated.of(2, 3, 3), separated.of(2, 1, 2, 2),
    separated.of(0, 0),
)  # fmt: skip


def from_lower(x):
    """The Hermitian matrix that the lower triangle of x stands for."""
    half = halved(x)
    return half + adjointed(half)


def to_lower(x):
    """The transpose of `from_lower`: the lower triangle of x + xᴴ, its diagonal that of x."""
    return halved(x + mirrored(x))


def mirrored(x):
    """The conjugate transpose of a tangent or cotangent."""
    return np.matrix_transpose(np.conj(x) if np.iscomplexobj(x) else x)


def symmetric(x):
    """The Hermitian part of x."""
    return 0.5 * (x + mirrored(x))


def antisymmetric(x):
    """The anti-Hermitian part of x."""
    return 0.5 * (x - mirrored(x))


def inner(u, x):
    """The real parts of the inner products of the columns of u and of x."""
    return real_part(np.sum(conjugated(u) * x, axis=-2))


def lower_of(a, UPLO):
    """The matrix whose lower triangle np.linalg.eigh reads."""
    return adjointed(a) if UPLO in ("U", "u") else a


@rule(
    np.linalg.eigh,
    results=2,
    returns=SYMMETRIC,
    on={"a": SPREAD_OUT, "UPLO": one_of("L", "U", "l", "u")},
    phases=True,
)
class eigh:
    """ans = w, v with a v = v diag(w), of the Hermitian matrix in one triangle of a.

    With f_ij = 1 / (w_j - w_i): v_dot = v (f ∘ vᴴ a_dot v).  Where an eigenvalue is repeated, w_dot
    is its change along the vectors returned.  [Giles 2008, 3.1]
    """

    def primal(a, UPLO="L"):
        return np.linalg.eigh(a, UPLO)

    def shape(a):
        return a[:-1], a

    def tangent(UPLO, ans, a_dot):
        w, v = ans
        moved = from_lower(lower_of(a_dot, UPLO)) @ v
        return inner(v, moved), v @ (over_gaps(w) * (adjointed(v) @ moved))

    def adjoint(UPLO, ans, ans_bar):
        w, v = ans
        w_bar, v_bar = ans_bar[0], conjugated(ans_bar[1])
        used = depends(w, w_bar, v_bar, 0.0, v) if np.iscomplexobj(v) else depends(w, w_bar, v_bar)
        turning = v @ (over_gaps(w, used) * (adjointed(v) @ v_bar))
        spread = to_lower((v * np.expand_dims(w_bar, -2) + turning) @ adjointed(v))
        a_bar = conjugated(lower_of(spread, UPLO))
        return a_bar


@rule(over_gaps, on={"w used": together((distinct.of(3), None), (distinct.of(2, 3), None))})
class over_gaps_:
    """ans_ij = 1 / (w_j - w_i), the diagonal 0."""

    def primal(w, used=None):
        return over_gaps(w, used)

    def shape(w):
        return (*w, w[-1])

    def tangent(ans, w_dot):
        return ans * ans * (np.expand_dims(w_dot, -1) - np.expand_dims(w_dot, -2))

    def adjoint(ans, ans_bar):
        spread = ans_bar * (ans * ans)
        w_bar = np.sum(spread, axis=-1) - np.sum(spread, axis=-2)
        return w_bar


@rule(over_sums, on={"s": one_of(positive.of(3), positive.of(2, 3))})
class over_sums_:
    """ans_ij = 1 / (s_i + s_j), 0 where both are 0."""

    def primal(s):
        return over_sums(s)

    def shape(s):
        return (*s, s[-1])

    def tangent(ans, s_dot):
        return -(ans * ans * (np.expand_dims(s_dot, -1) + np.expand_dims(s_dot, -2)))

    def adjoint(ans, ans_bar):
        spread = ans_bar * (ans * ans)
        s_bar = -(np.sum(spread, axis=-1) + np.sum(spread, axis=-2))
        return s_bar


@rule(
    over_each,
    on={"s n used": together((positive.of(3), 4, None), (positive.of(2, 3), 5, None))},
)
class over_each_:
    """ans = 1 / s."""

    def primal(s, n, used=None):
        return over_each(s, n, used)

    def shape(s):
        return s

    def tangent(ans, s_dot):
        return -(ans * ans * s_dot)

    def adjoint(ans, ans_bar):
        s_bar = -(ans * ans * ans_bar)
        return s_bar


@rule(
    beyond,
    on={"u x": together((of_shape(3, 2), of_shape(3, 2)), (of_shape(2, 4, 1), of_shape(2, 4, 1)))},
)
class beyond_:
    """ans = x - u uᴴ x; of a square u, where it is zero, its multiples are: `over_each` is zero."""

    def primal(u, x):
        return beyond(u, x)

    def shape(x):
        return x

    def tangent(u, x, u_dot, x_dot):
        return beyond(u, x_dot) - (u_dot @ (adjointed(u) @ x) + u @ (mirrored(u_dot) @ x))

    def adjoint(u, x, ans_bar):
        v = conjugated(u)
        u_bar = -(ans_bar @ (turned(x) @ v) + conjugated(x) @ (adjointed(ans_bar) @ v))
        x_bar = beyond(v, ans_bar)
        return u_bar, x_bar


@rule(
    depends,
    wrt="",
    on={"s s_bar u_bar": together((np.ones(3), np.zeros(3), np.eye(2, 3)))},
)
class depends_:
    """ans = for each element of s whether a cotangent of it or of its vectors is not zero."""

    def primal(s, s_bar, u_bar, v_bar=0.0, u=None, v=None):
        return depends(s, s_bar, u_bar, v_bar, u, v)

    def shape(s):
        return s


@rule(leading, linear="x", on={"x n": together((of_shape(2, 3), 3), (of_shape(2, 1, 1), 1))})
class leading_:
    """ans = the first n columns of x, where the others are zero."""

    def primal(x, n):
        return leading(x, n)

    def shape(x, n):
        return (*x[:-1], least(x[-1], n))

    def adjoint(x, ans_bar):
        rest = np.zeros_like(x[..., ans_bar.shape[-1] :])
        x_bar = np.concatenate((ans_bar, rest), axis=-1)
        return x_bar


@rule(completed, linear="x", on={"x n": together((of_shape(2, 3), 3), (of_shape(2, 1, 1), 1))})
class completed_:
    """ans = the columns of x, followed by NaN."""

    def primal(x, n):
        return completed(x, n)

    def shape(x, n):
        return (*x[:-1], n)

    def adjoint(x, ans_bar):
        x_bar = ans_bar[..., : x.shape[-1]]
        return x_bar


def singular_shapes(a, full_matrices):
    """The shapes of u, s and vh."""
    (*stack, m, n) = a
    if full_matrices:
        return (*stack, m, m), (*stack, least(m, n)), (*stack, n, n)
    return (*stack, m, least(m, n)), (*stack, least(m, n)), (*stack, least(m, n), n)


def least(m, n):
    """The smaller one of two sizes, where that is known."""
    known = isinstance(m, int) and isinstance(n, int)
    return m if m == n else min(m, n) if known else None


@rule(
    np.linalg.svd,
    results=3,
    returns=SINGULAR,
    on={
        "a full_matrices": together(
            (separated.of(3, 3), True),
            (separated.of(3, 3), False),
            (separated.of(4, 2), False),
            (separated.of(2, 4), False),
            (separated.of(2, 4, 3), False),
            (separated.of(1, 1), True),
            (separated.of(3, 1), False),
            (separated.of(2, 1, 2, 2), True),
        )
    },
    phases=True,
)
class svd:
    """ans = u, s, vh with a = u diag(s) vh.

    With p = uᴴ a_dot v, f_ij = 1 / (s_j - s_i) and h_ij = 1 / (s_i + s_j), and ∘ the product of
    elements, u turns by f ∘ sym(p) + h ∘ anti(p) and v by f ∘ sym(p) - h ∘ anti(p), and where a is
    not square, what is outside of their spans is divided by s.  This is the formula of Townsend
    (Differentiating the singular value decomposition, 2016) without differences of squares.
    """

    def primal(a, full_matrices=True):
        return np.linalg.svd(a, full_matrices)

    def shape(a, full_matrices):
        return singular_shapes(a, full_matrices)

    def tangent(a, full_matrices, ans, a_dot):
        u, s, vh = ans
        if full_matrices:
            u, vh = u[..., : s.shape[-1]], vh[..., : s.shape[-1], :]
        left, right = a_dot @ adjointed(vh), adjointed(a_dot) @ u
        p = adjointed(u) @ left
        turning, shear = over_gaps(s) * symmetric(p), over_sums(s) * antisymmetric(p)
        wide, high = np.expand_dims(over_each(s, a.shape[-1]), -2), over_each(s, a.shape[-2])
        u_dot = u @ (turning + shear) + beyond(u, left) * np.expand_dims(high, -2)
        v_dot = adjointed(vh) @ (turning - shear) + beyond(adjointed(vh), right) * wide
        if full_matrices:
            u_dot, v_dot = completed(u_dot, a.shape[-2]), completed(v_dot, a.shape[-1])
        return u_dot, inner(u, left), adjointed(v_dot)

    def adjoint(a, full_matrices, ans, ans_bar):
        u, s, vh = ans
        u_bar, s_bar, v_bar = conjugated(ans_bar[0]), ans_bar[1], np.matrix_transpose(ans_bar[2])
        if full_matrices:
            u, vh = u[..., : s.shape[-1]], vh[..., : s.shape[-1], :]
            u_bar, v_bar = leading(u_bar, s.shape[-1]), leading(v_bar, s.shape[-1])
        x, y = adjointed(u) @ u_bar, vh @ v_bar
        if np.iscomplexobj(u):
            used = depends(s, s_bar, u_bar, v_bar, u, adjointed(vh))
        else:
            used = depends(s, s_bar, u_bar, v_bar)
        turning = over_gaps(s, used) * antisymmetric(x + y)
        core = turning + over_sums(s) * antisymmetric(x - y)
        out, over = beyond(u, u_bar), beyond(adjointed(vh), v_bar)
        high = np.expand_dims(over_each(s, a.shape[-2], depends(s, 0.0, out)), -2)
        wide = np.expand_dims(over_each(s, a.shape[-1], depends(s, 0.0, over)), -2)
        a_bar = (u * np.expand_dims(s_bar, -2) + u @ core + out * high) @ vh
        a_bar = conjugated(a_bar + u @ mirrored(over * wide))
        return a_bar


@defined(
    np.linalg.svd,
    on={
        "a full_matrices compute_uv hermitian": together(
            (separated.of(3, 3), True, True, False),
            (separated.of(4, 2), False, True, False),
            (separated.of(3, 3), True, False, False),
            (separated.of(2, 3, 3), True, True, True),
            (separated.of(3, 3), False, False, True),
            (separated.of(3, 3), False, True, True),
            (separated.of(2, 3, 3), False, False, True),
        )
    },
)
def any_svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """np.linalg.svd"""
    if not hermitian and not compute_uv:
        return np.linalg.svdvals(a)
    if not hermitian:
        return np.linalg.svd(a, full_matrices)
    if not compute_uv:
        return np.flip(np.sort(np.abs(np.linalg.eigvalsh(a)), axis=-1), axis=-1)
    w, v = np.linalg.eigh(a)
    order = np.flip(np.argsort(np.abs(w), axis=-1), axis=-1)
    w = np.take_along_axis(w, order, axis=-1)
    u = np.take_along_axis(v, np.expand_dims(order, -2), axis=-1)
    vh = mirrored(u * np.expand_dims(np.sign(w), -2))
    return SINGULAR(u, np.abs(w), vh)


@rule(
    np.linalg.svdvals,
    on={"x": one_of(separated.of(3, 3), separated.of(2, 4, 3), separated.of(2, 4))},
)
class svdvals:
    """ans = the singular values, with s_dot = Re diag(uᴴ x_dot v)."""

    def primal(x):
        return np.linalg.svdvals(x)

    def shape(x):
        return (*x[:-2], least(x[-2], x[-1]))

    def tangent(x, x_dot):
        u, _, vh = np.linalg.svd(x, full_matrices=False)
        return inner(u, x_dot @ adjointed(vh))

    def adjoint(x, ans_bar):
        u, _, vh = np.linalg.svd(x, full_matrices=False)
        x_bar = conjugated((u * np.expand_dims(ans_bar, -2)) @ vh)
        return x_bar


@rule(np.linalg.eigvalsh, on={"a": SPREAD_OUT, "UPLO": one_of("L", "U")})
class eigvalsh:
    """ans = the eigenvalues of a Hermitian matrix, with w_dot = diag(vᴴ a_dot v)."""

    def primal(a, UPLO="L"):
        return np.linalg.eigvalsh(a, UPLO)

    def shape(a):
        return a[:-1]

    def tangent(a, UPLO, a_dot):
        v = np.linalg.eigh(a, UPLO)[1]
        return inner(v, from_lower(lower_of(a_dot, UPLO)) @ v)

    def adjoint(a, UPLO, ans_bar):
        v = np.linalg.eigh(a, UPLO)[1]
        spread = to_lower((v * np.expand_dims(ans_bar, -2)) @ adjointed(v))
        a_bar = conjugated(lower_of(spread, UPLO))
        return a_bar

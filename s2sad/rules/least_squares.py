"""The pseudo-inverse, least squares, and the QR factorization."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.linalg import completed, cut_off, inverse_lower, inverted, leading, row
from s2sad.rules.asking import array_of, refuse
from s2sad.rules.domains import of_shape, regular_matrix, separated, together
from s2sad.rules.notation import defined, rule
from s2sad.rules.products import adjointed, conjugated, real_part, turned
from s2sad.rules.spectra import from_lower, inner, least, mirrored, to_lower

RANK_TWO = np.array([[1.0, 2.0, 3.0], [2.0, -1.0, 1.0], [0.5, 1.5, 2.0], [1.0, 0.0, 1.0]])


def trusted(a, ans, rcond):
    """The pseudo-inverse, where its derivative is that of an inverse of the same rank."""
    return ans if rcond is None else inverted(a, ans, rcond)


@rule(
    np.linalg.pinv,
    on={
        "a rcond": together(
            (regular_matrix.of(3, 3), None),
            (regular_matrix.of(4, 2), None),
            (regular_matrix.of(2, 4), None),
            (regular_matrix.of(2, 4, 3), 1e-10),
            (regular_matrix.of(1, 3), None),
        )
    },
)
class pinv:
    """ans = a⁺, of constant rank: what `rcond` cuts off must be zero but for roundings.

    a⁺_dot = -a⁺ a_dot a⁺ + a⁺ a⁺ᴴ a_dotᴴ (1 - a a⁺) + (1 - a⁺ a) a_dotᴴ a⁺ᴴ a⁺.
    [Golub and Pereyra, The differentiation of pseudo-inverses, 1973, (4.12)]
    """

    def primal(a, rcond=None):
        return np.linalg.pinv(a, rcond)

    def shape(a):
        return (*a[:-2], a[-1], a[-2])

    def tangent(a, rcond, ans, a_dot):
        p = trusted(a, ans, rcond)
        left = (p @ adjointed(p)) @ adjointed(a_dot)
        right = adjointed(a_dot) @ (adjointed(p) @ p)
        return (left - (left @ a) @ p) + (right - p @ (a @ right)) - p @ a_dot @ p

    def adjoint(a, rcond, ans, ans_bar):
        p = trusted(a, ans, rcond)
        back = turned(ans_bar)
        left = back @ (p @ adjointed(p))
        right = adjointed(p) @ (p @ back)
        spread = (left - a @ (p @ left)) + (right - (right @ p) @ a)
        a_bar = conjugated(spread - adjointed(p) @ conjugated(ans_bar) @ adjointed(p))
        return a_bar


@defined(
    np.linalg.pinv,
    on={
        "a rcond hermitian rtol": together(
            (regular_matrix.of(3, 3), None, False, np._NoValue),
            (regular_matrix.of(3, 3), None, True, np._NoValue),
            (regular_matrix.of(2, 4), None, False, None),
            (regular_matrix.of(4, 2), None, False, 1e-8),
            ([[2.0, 0.5], [0.3, 1.5]], None, False, None),
        )
    },
)
def any_pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = np._NoValue) -> Any:
    """np.linalg.pinv"""
    a = array_of(a)
    if rtol is None:
        rcond = cut_off(a, None)
    elif rtol is not np._NoValue:
        rcond = rtol
    return np.linalg.pinv(from_lower(a) if hermitian else a, rcond)


def column(x, b):
    """x as a matrix, where b is a vector."""
    return np.expand_dims(x, 1) if b.ndim == 1 else x


FITS = together(
    (separated.of(5, 3), of_shape(5), None),
    (separated.of(5, 3), of_shape(5, 2), None),
    (separated.of(3, 3), of_shape(3), None),
    (separated.of(2, 4), of_shape(2), None),
    (separated.of(2, 4), of_shape(2, 3), -1),
    (separated.of(5, 2), of_shape(5), 1e-10),
)


@rule(np.linalg.lstsq, results=4, on={"a b rcond": FITS})
class lstsq:
    """ans = x, residuals, rank, s: x = a⁺ b, |b - a x|², data, and the singular values of a.

    Of constant rank, as the pseudo-inverse.  The residuals are least, so that x may be held.
    """

    def primal(a, b, rcond=None):
        return np.linalg.lstsq(a, b, rcond)

    def shape(a, b):
        return (a[1], *b[1:]), (None,), (), (least(*a),)

    def dtype(a, b):
        found = np.result_type(a, b)
        found = found if found.kind in "fc" else np.dtype("f8")
        real = np.dtype(found.char.lower())
        return found, real, np.dtype("i4"), real

    def tangent(a, b, rcond, ans, a_dot, b_dot):
        x, residuals, rank, _ = ans
        u, _, vh = np.linalg.svd(a, full_matrices=False)
        p = trusted(a, np.linalg.pinv(a, cut_off(a, rcond)), rcond)
        fit = column(x, b)
        rest, moved = column(b, b) - a @ fit, column(b_dot, b) - a_dot @ fit
        side = mirrored(a_dot) @ (adjointed(p) @ fit)
        x_dot = p @ (moved + adjointed(p) @ (mirrored(a_dot) @ rest)) + side - p @ (a @ side)
        fallen = 2.0 * real_part(np.sum(conjugated(rest) * moved, axis=0))
        s_dot = inner(u, a_dot @ adjointed(vh))
        return np.reshape(x_dot, x.shape), fallen[: residuals.shape[0]], rank, s_dot

    def adjoint(a, b, rcond, ans, ans_bar):
        x, _, _, _ = ans
        x_bar, residuals_bar, _, s_bar = ans_bar
        u, _, vh = np.linalg.svd(a, full_matrices=False)
        p = trusted(a, np.linalg.pinv(a, cut_off(a, rcond)), rcond)
        fit, fit_bar = column(x, b), column(conjugated(x_bar), b)
        rest, back = column(b, b) - a @ fit, adjointed(p) @ fit_bar
        pull = back + 2.0 * row(residuals_bar, fit.shape[1]) * rest
        side = (adjointed(p) @ fit) @ mirrored(fit_bar - adjointed(a) @ back)
        spread = rest @ mirrored(p @ back) + side + (u * s_bar) @ vh
        a_bar = conjugated(spread - pull @ mirrored(fit))
        b_bar = np.reshape(conjugated(pull), b.shape)
        return a_bar, b_bar


@rule(
    inverted,
    linear="p",
    on={"a p rcond": together((regular_matrix.of(4, 2), of_shape(2, 4), 1e-10))},
)
class inverted_:
    """ans = p, which is an error where it is not the inverse of all of a."""

    def primal(a, p, rcond):
        return inverted(a, p, rcond)

    def shape(p):
        return p

    def adjoint(ans_bar):
        p_bar = ans_bar
        return p_bar


@rule(cut_off, wrt="", on={"a rcond": together((of_shape(2, 3), None), (of_shape(2, 3), 0.1))})
class cut_off_:
    """ans = which part of the largest singular value counts as zero."""

    def primal(a, rcond):
        return cut_off(a, rcond)

    def shape(a):
        return ()


@rule(row, linear="g", on={"g n": together((of_shape(3), 3), (of_shape(0), 2))})
class row_:
    """ans = g as a row of n; zeros if it is empty."""

    def primal(g, n):
        return row(g, n)

    def shape(n):
        return (1, n)

    def adjoint(g, ans_bar):
        g_bar = ans_bar[0, : g.shape[0]]
        return g_bar


def pulled_back(q, r, q_bar, r_bar):
    """The cotangent of a matrix that is not wide, from those of its factors."""
    turning = r @ mirrored(r_bar) - mirrored(q_bar) @ q
    return (q_bar + q @ from_lower(turning)) @ inverse_lower(adjointed(r))


QR: Any = type(np.linalg.qr(np.eye(1)))


@rule(
    np.linalg.qr,
    results=2,
    returns=QR,
    on={
        "a mode": together(
            (regular_matrix.of(3, 3), "reduced"),
            (regular_matrix.of(4, 2), "reduced"),
            (regular_matrix.of(2, 4), "reduced"),
            (regular_matrix.of(2, 3, 3), "complete"),
            (regular_matrix.of(3, 2, 4), "complete"),
            (regular_matrix.of(1, 1), "reduced"),
            (regular_matrix.of(4, 1), "reduced"),
        )
    },
)
class qr:
    """ans = q, r with a = q r, whose first columns are independent.

    With t = a_dot r⁻¹, c = qᴴ t and w = triu(c) + tril(c, -1)ᴴ, whose diagonal is real as that of
    r is: q_dot = t - q w, r_dot = w r.
    [Walter, Lehmann and Lamour, On evaluating higher-order derivatives of the QR decomposition of
    tall matrices with full column rank in forward and reverse mode, 2012, 2.3; columns beyond the
    square have r = qᵀ a]
    """

    def primal(a, mode="reduced"):
        return np.linalg.qr(a, mode)

    def shape(a, mode):
        (*stack, m, n) = a
        inner = m if mode == "complete" else least(m, n)
        return (*stack, m, inner), (*stack, inner, n)

    def tangent(a, mode, ans, a_dot):
        q, r = ans
        if mode == "complete":
            q, r = q[..., : a.shape[-1]], r[..., : a.shape[-1], :]
        k = q.shape[-1]
        t = a_dot[..., :k] @ adjointed(inverse_lower(adjointed(r[..., :k])))
        w = adjointed(to_lower(adjointed(q) @ t))
        q_dot = t - q @ w
        more = adjointed(q_dot) @ a[..., k:] + adjointed(q) @ a_dot[..., k:]
        r_dot = np.concatenate((w @ r[..., :k], more), axis=-1)
        if mode == "complete":
            return completed(q_dot, a.shape[-2]), with_rows(r_dot, a.shape[-2])
        return q_dot, r_dot

    def adjoint(a, mode, ans, ans_bar):
        q, r = ans
        q_bar, r_bar = conjugated(ans_bar[0]), conjugated(ans_bar[1])
        if mode == "complete":
            q, r = q[..., : a.shape[-1]], r[..., : a.shape[-1], :]
            q_bar, r_bar = leading(q_bar, a.shape[-1]), r_bar[..., : a.shape[-1], :]
        if a.shape[-2] >= a.shape[-1]:
            a_bar = conjugated(pulled_back(q, r, q_bar, r_bar))
        else:
            k = q.shape[-1]
            rest = np.zeros_like(a[..., k:]) + q @ r_bar[..., k:]
            total_bar = q_bar + a[..., k:] @ mirrored(r_bar[..., k:])
            first = pulled_back(q, r[..., :k], total_bar, r_bar[..., :k])
            a_bar = conjugated(np.concatenate((first, rest), axis=-1))
        return a_bar


def with_rows(x, m):
    """x followed by rows of zeros, m in all."""
    rest = np.zeros((*x.shape[:-2], m - x.shape[-2], x.shape[-1]), x.dtype)
    return np.concatenate((x, rest), axis=-2)


@defined(
    np.linalg.qr,
    on={
        "a mode": together(
            (regular_matrix.of(3, 3), "reduced"),
            (regular_matrix.of(3, 3), "complete"),
            (regular_matrix.of(4, 2), "r"),
            (regular_matrix.of(2, 4), "r"),
        )
    },
)
def any_qr(a: Any, mode: Any = "reduced") -> Any:
    """np.linalg.qr"""
    if mode == "r":
        return np.linalg.qr(a).R
    if mode not in ("reduced", "complete"):
        refuse(f"np.linalg.qr with mode={mode!r}", "use mode='reduced' or mode='r'")
    return np.linalg.qr(a, mode)

"""Polynomials by their coefficients, the highest power first: np.polyval and its kin."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.asking import array_of, is_known, refuse
from s2sad.rules.conversions import floating
from s2sad.rules.creation import astype
from s2sad.rules.domains import nonzero, of_shape, one_of, reals, together
from s2sad.rules.notation import defined, rule


@rule(
    np.polyval,
    on={
        "p": one_of(of_shape(4), of_shape(1), of_shape(2)),
        "x": one_of(reals.of(), of_shape(3), of_shape(2, 3)),
    },
)
class polyval:
    """ans = Σ p_k x^(n - 1 - k)."""

    def primal(p, x):
        return np.polyval(p, x)

    def shape(p, x):
        return x

    def tangent(p, x, p_dot, x_dot):
        of_one(p)
        return np.polyval(np.broadcast_to(p_dot, p.shape), x) + np.polyval(slope(p), x) * x_dot

    def adjoint(p, x, ans_bar):
        of_one(p)
        matrix = np.vander(np.reshape(x, (-1,)), p.size)  # float64 always
        p_bar = np.reshape(ans_bar, (-1,)) @ astype(matrix, ans_bar.dtype)
        x_bar = ans_bar * np.polyval(slope(p), x)
        return p_bar, x_bar


def of_one(p):
    """Refuses coefficients of several polynomials at once."""
    if p.ndim != 1:
        refuse("np.polyval with coefficients of several dimensions", "call it for each polynomial")


def slope(p):
    """The coefficients of the derivative, in their dtype."""
    return p[:-1] * np.arange(p.size - 1, 0, -1, dtype=p.dtype)


def powers(p: Any) -> Any:
    """The power that each coefficient belongs to, and 1 added."""
    return np.arange(p.shape[0], 0, -1)


@defined(np.polyder, on={"p m": together((of_shape(4), 1), (of_shape(4), 3), (of_shape(2), 0))})
def polyder(p: Any, m: int = 1) -> Any:
    """np.polyder"""
    p = array_of(p)
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    for _ in list(range(int(m))):
        p = p[:-1] * powers(p[:-1])
    return p


@defined(
    np.polyint,
    wrt="p k",
    on={
        "p m k": together(
            (of_shape(3), 1, None),
            (of_shape(3), 2, None),
            (of_shape(3), 1, reals.of()),
            (of_shape(1), 2, 0.5),
            (of_shape(2), 2, of_shape(2)),
            (of_shape(2), 3, [1.0, 0.5, -2.0]),
            (of_shape(2), 0, None),
        )
    },
)
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """np.polyint"""
    p = array_of(p)
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    if k is not None:
        k = np.reshape(array_of(k), (-1,))
    for i in list(range(int(m))):
        constant = np.zeros(1) if k is None else np.full(1, k[0]) if k.size == 1 else k[i : i + 1]
        p = np.concatenate((p / powers(p), constant))
    return p


def longer(a: Any, n: Any) -> Any:
    """Coefficients with zeros before them, to be n."""
    return np.concatenate((np.zeros(n - a.size, a.dtype), a))


PAIRS = together(
    (of_shape(4), of_shape(3)),
    (of_shape(2), of_shape(3)),
    (of_shape(3), of_shape(3)),
    (of_shape(1), of_shape(2)),
    (reals.of(), of_shape(3)),
    ([1.5, -2.0], [0.5, 1.0, 2.0]),
)
ZEROS_FIRST = [
    {"a1": np.array([0.0, 0.0, 1.5]), "a2": np.array([0.0, 2.0])},
    {"a1": np.array([0.0]), "a2": np.array([1.0, 2.0])},
    {"a1": np.array([2, 0, 1]), "a2": np.array([0, 1])},
]


def in_a_row(a: Any) -> Any:
    """Coefficients as an array of one dimension."""
    a = array_of(a)
    return np.reshape(a, (1,)) if a.ndim == 0 else a


@defined(np.polyadd, wrt="a1 a2", on={"a1 a2": PAIRS})
def polyadd(a1: Any, a2: Any) -> Any:
    """np.polyadd"""
    a1, a2 = in_a_row(a1), in_a_row(a2)
    same = a1.size == a2.size
    if is_known(same) and same:
        return a1 + a2
    n = max(a1.size, a2.size)
    return longer(a1, n) + longer(a2, n)


@defined(np.polysub, wrt="a1 a2", on={"a1 a2": PAIRS})
def polysub(a1: Any, a2: Any) -> Any:
    """np.polysub"""
    a1, a2 = in_a_row(a1), in_a_row(a2)
    same = a1.size == a2.size
    if is_known(same) and same:
        return a1 - a2
    n = max(a1.size, a2.size)
    return longer(a1, n) - longer(a2, n)


def leading(a: Any) -> Any:
    """Coefficients without the zeros before them, one at least."""
    return a[np.argmax(np.concatenate((a[:-1] != 0, [True]))) :]


@defined(np.polymul, wrt="a1 a2", on={"a1 a2": PAIRS, "values": ZEROS_FIRST})
def polymul(a1: Any, a2: Any) -> Any:
    """np.polymul"""
    return np.convolve(leading(in_a_row(a1)), leading(in_a_row(a2)))


@defined(
    np.polydiv,
    wrt="u v",
    on={
        "u v": together(
            (of_shape(4), nonzero.of(2)), (of_shape(3), nonzero.of(1)), (of_shape(2), nonzero.of(3))
        ),
        "values": [{"u": np.array([3, 1, 2]), "v": np.array([2, 1])}],
    },
)
def polydiv(u: Any, v: Any) -> Any:
    """np.polydiv"""
    u, v = floating(in_a_row(u)), floating(in_a_row(v))
    steps = u.size - v.size + 1
    r = u + 0.0 * v[0]
    q = np.zeros(max(steps, 1), r.dtype)
    for k in range(steps):
        d = r[k] / v[0]
        q[k] = d
        r[k : k + v.size] -= d * v
    small = np.isclose(r[:-1], 0.0, rtol=1e-14)
    return q, r[np.argmax(np.concatenate((~small, [True]))) :]


@defined(np.poly, on={"seq_of_zeros": one_of(of_shape(3), of_shape(1))})
def poly(seq_of_zeros: Any) -> Any:
    """np.poly"""
    roots = in_a_row(seq_of_zeros)
    if roots.ndim != 1:
        refuse("np.poly of a matrix", "call it with the eigenvalues, np.linalg.eigvalsh(a)")
    a = np.zeros(roots.size + 1, roots.dtype)
    a[0] = 1.0
    for i in range(roots.size):
        a[1 : i + 2] -= roots[i] * a[: i + 1]
    return a

"""Diffusion in two dimensions by implicit steps of alternating direction.

The kernel adi of NPBench and PolyBench (https://github.com/spcl/npbench): a step solves tridiagonal
systems along the columns, then along the rows, the boundary being one. The result is the sum of the
squares. 20 steps on 100 x 100 points.

Linear, so nothing is recorded. The coefficients of the elimination depend on nothing that is
differentiated and are the same in every step. Both directions, forward and backward, run over rows
that are contiguous: between them the inner points are transposed.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[np.float64]

KIND = "gradient"
WRT = (1,)
STATIC = (0,)
SIZES = {"T20 N100": {"steps": 20, "n": 100}, "small": {"steps": 3, "n": 7}}
TIME = 0.02


def arguments(steps: int, n: int) -> tuple[int, Array]:
    return steps, np.random.default_rng(24).uniform(0.5, 2.0, (n, n))


def adi(steps, u):
    u = u.copy()
    n = len(u)
    v = np.empty_like(u)
    p = np.empty_like(u)
    q = np.empty_like(u)
    dx = 1.0 / n
    dt = TIME / steps
    mul1 = 2.0 * dt / dx**2
    mul2 = 1.0 * dt / dx**2
    a = -mul1 / 2.0
    b = 1.0 + mul1
    d = -mul2 / 2.0
    e = 1.0 + mul2
    for _ in range(steps):
        v[0, 1:-1] = 1.0
        p[1:-1, 0] = 0.0
        q[1:-1, 0] = v[0, 1:-1]
        for j in range(1, n - 1):
            p[1:-1, j] = -a / (a * p[1:-1, j - 1] + b)
            q[1:-1, j] = (
                -d * u[j, :-2] + (1.0 + 2.0 * d) * u[j, 1:-1] - d * u[j, 2:] - a * q[1:-1, j - 1]
            ) / (a * p[1:-1, j - 1] + b)
        v[-1, 1:-1] = 1.0
        for j in range(n - 2, 0, -1):
            v[j, 1:-1] = p[1:-1, j] * v[j + 1, 1:-1] + q[1:-1, j]
        u[1:-1, 0] = 1.0
        p[1:-1, 0] = 0.0
        q[1:-1, 0] = u[1:-1, 0]
        for j in range(1, n - 1):
            p[1:-1, j] = -d / (d * p[1:-1, j - 1] + e)
            q[1:-1, j] = (
                -a * v[:-2, j] + (1.0 + 2.0 * a) * v[1:-1, j] - a * v[2:, j] - d * q[1:-1, j - 1]
            ) / (d * p[1:-1, j - 1] + e)
        u[1:-1, -1] = 1.0
        for j in range(n - 2, 0, -1):
            u[1:-1, j] = p[1:-1, j] * u[1:-1, j + 1] + q[1:-1, j]
    return np.sum(u**2)


FUNCTION = adi


@njit(error_model="numpy", nogil=True)
def primal(steps: int, u: Array) -> float:
    u = u.copy()
    n = u.shape[0]
    v = np.empty((n, n))
    p = np.empty((n, n))
    q = np.empty((n, n))
    dx = 1.0 / n
    dt = TIME / steps
    mul1 = 2.0 * dt / dx**2
    mul2 = 1.0 * dt / dx**2
    a = -mul1 / 2.0
    b = 1.0 + mul1
    d = -mul2 / 2.0
    e = 1.0 + mul2
    for _ in range(steps):
        for i in range(1, n - 1):
            v[0, i] = 1.0
            p[i, 0] = 0.0
            q[i, 0] = 1.0
            for j in range(1, n - 1):
                pivot = a * p[i, j - 1] + b
                p[i, j] = -a / pivot
                q[i, j] = (
                    -d * u[j, i - 1] + (1.0 + 2.0 * d) * u[j, i] - d * u[j, i + 1] - a * q[i, j - 1]
                ) / pivot
            v[n - 1, i] = 1.0
            for j in range(n - 2, 0, -1):
                v[j, i] = p[i, j] * v[j + 1, i] + q[i, j]
        for i in range(1, n - 1):
            u[i, 0] = 1.0
            p[i, 0] = 0.0
            q[i, 0] = 1.0
            for j in range(1, n - 1):
                pivot = d * p[i, j - 1] + e
                p[i, j] = -d / pivot
                q[i, j] = (
                    -a * v[i - 1, j] + (1.0 + 2.0 * a) * v[i, j] - a * v[i + 1, j] - d * q[i, j - 1]
                ) / pivot
            u[i, n - 1] = 1.0
            for j in range(n - 2, 0, -1):
                u[i, j] = p[i, j] * u[i, j + 1] + q[i, j]
    total = 0.0
    for i in range(n):
        for j in range(n):
            total += u[i, j] * u[i, j]
    return total


@njit(error_model="numpy", nogil=True)
def elimination(lower, diagonal, n):
    """The coefficients p of the elimination, and one over its pivots."""
    p = np.zeros(n)
    inverse = np.zeros(n)
    for j in range(1, n - 1):
        inverse[j] = 1.0 / (lower * p[j - 1] + diagonal)
        p[j] = -lower * inverse[j]
    return p, inverse


@njit(error_model="numpy", nogil=True)
def solve(u, v, p, inverse, lower, other):
    """v, with systems from row to row, from u, whose rows are differenced explicitly."""
    n = u.shape[0]
    v[0] = 1.0
    for j in range(1, n - 1):
        for i in range(1, n - 1):
            v[j, i] = inverse[j] * (
                (1.0 + 2.0 * other) * u[j, i]
                - other * (u[j, i - 1] + u[j, i + 1])
                - lower * v[j - 1, i]
            )
    v[n - 1] = 1.0
    for j in range(n - 2, 0, -1):
        for i in range(1, n - 1):
            v[j, i] += p[j] * v[j + 1, i]


@njit(error_model="numpy", nogil=True)
def solve_adjoint(v_bar, u_bar, p, inverse, lower, other):
    """The inner rows of the adjoint of u from the inner points of that of v, which is lost.

    There are zeros around the inner points of `v_bar`.
    """
    n = v_bar.shape[0]
    for j in range(1, n - 2):
        for i in range(1, n - 1):
            v_bar[j + 1, i] += p[j] * v_bar[j, i]
    for j in range(n - 2, 0, -1):
        for i in range(1, n - 1):
            v_bar[j, i] *= inverse[j]
        if j > 1:
            for i in range(1, n - 1):
                v_bar[j - 1, i] -= lower * v_bar[j, i]
        u_bar[j, 0] = -other * v_bar[j, 1]
        for i in range(1, n - 1):
            u_bar[j, i] = (1.0 + 2.0 * other) * v_bar[j, i] - other * (
                v_bar[j, i - 1] + v_bar[j, i + 1]
            )
        u_bar[j, n - 1] = -other * v_bar[j, n - 2]


@njit(error_model="numpy", nogil=True)
def transpose_rows(x, y):
    """The inner rows of y are the inner columns of x."""
    n = x.shape[0]
    for i in range(1, n - 1):
        for j in range(n):
            y[i, j] = x[j, i]


@njit(error_model="numpy", nogil=True)
def transpose_inner(x, y):
    n = x.shape[0]
    for i in range(1, n - 1):
        for j in range(1, n - 1):
            y[i, j] = x[j, i]


@njit(error_model="numpy", nogil=True)
def adjoint(steps: int, u: Array) -> tuple[Array]:
    n = u.shape[0]
    dt_dx = TIME / steps * n * n
    a, d = -dt_dx, -dt_dx / 2.0
    p_1, inverse_1 = elimination(a, 1.0 + 2.0 * dt_dx, n)
    p_2, inverse_2 = elimination(d, 1.0 + dt_dx, n)
    u = u.copy()
    v = np.empty((n, n))
    v_rows = np.empty((n, n))
    for _ in range(steps):
        solve(u, v, p_1, inverse_1, a, d)
        transpose_rows(v, v_rows)
        solve(v_rows, v, p_2, inverse_2, d, a)
        transpose_rows(v, u)
    for i in range(n):
        for j in range(n):
            u[i, j] *= 2.0
    v[:] = 0.0
    for _ in range(steps):
        transpose_inner(u, v)
        solve_adjoint(v, u, p_2, inverse_2, d, a)
        transpose_inner(u, v)
        solve_adjoint(v, u, p_1, inverse_1, a, d)
    return (u,)


def coefficients(steps: int, n: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """What a direction needs, as the peers take it: p, one over the pivots, lower and other."""
    dt_dx = TIME / steps * n * n
    a, d = -dt_dx, -dt_dx / 2.0
    return (
        (*elimination.py_func(a, 1.0 + 2.0 * dt_dx, n), a, d),
        (*elimination.py_func(d, 1.0 + dt_dx, n), d, a),
    )


def in_jax() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def solved(inner, p, inverse, lower, other):
        """From the inner rows of u, all rows of v without its first and last column."""
        explicit = (1.0 + 2.0 * other) * inner[:, 1:-1] - other * (inner[:, :-2] + inner[:, 2:])

        def eliminate(q, row):
            explicit, inverse = row
            q = (explicit - lower * q) * inverse
            return q, q

        def substitute(v, row):
            p, q = row
            v = p * v + q
            return v, v

        ones = jnp.ones(explicit.shape[1])
        _, q = jax.lax.scan(eliminate, ones, (explicit, inverse[1:-1]))
        _, v = jax.lax.scan(substitute, ones, (p[1:-1], q), reverse=True)
        return jnp.concatenate([ones[None], v, ones[None]])

    def function(steps, u):
        first, second = coefficients(steps, len(u))

        def step(inner, _):
            return solved(solved(inner, *first).T, *second).T, None

        inner, _ = jax.lax.scan(step, u[1:-1], None, length=steps)
        return jnp.sum(inner**2) + jnp.sum(u[0] ** 2) + jnp.sum(u[-1] ** 2)

    return function


def _in(xp: Any, transpose: Callable[..., Any]) -> Callable[..., Any]:
    """Without writing in place: rows are collected and stacked."""

    def solved(inner, p, inverse, lower, other):
        explicit = (1.0 + 2.0 * other) * inner[:, 1:-1] - other * (inner[:, :-2] + inner[:, 2:])
        ones = xp.ones(explicit.shape[1])
        q = [ones]
        for j in range(1, len(p) - 1):
            q.append((explicit[j - 1] - lower * q[-1]) * inverse[j])
        v = [ones]
        for j in range(len(p) - 2, 0, -1):
            v.append(p[j] * v[-1] + q[j])
        return xp.stack([ones, *v[::-1]])

    def function(steps, u):
        first, second = coefficients(steps, len(u))
        inner = u[1:-1]
        for _ in range(steps):
            inner = transpose(solved(transpose(solved(inner, *first)), *second))
        return xp.sum(inner**2) + xp.sum(u[0] ** 2) + xp.sum(u[-1] ** 2)

    return function


def in_torch() -> Callable[..., Any]:
    import torch

    return _in(torch, lambda x: x.T)


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    return _in(anp, anp.transpose)

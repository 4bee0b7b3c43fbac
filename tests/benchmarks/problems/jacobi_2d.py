"""Jacobi's iteration for the five-point stencil in two dimensions, between two arrays.

The kernel jacobi_2d of NPBench and PolyBench (https://github.com/spcl/npbench): every half step
replaces the inner points of one array by the mean of five points of the other. The result is the
sum of the squares of the array written last. 50 steps on 150 x 150 points.

The inner part of a step is symmetric: its adjoint is the same stencil, applied to the adjoints of
the inner points with zeros around them; the fixed border collects what its neighbors send. Nothing
is recorded.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[np.float64]

KIND = "gradient"
WRT = (1, 2)
STATIC = (0,)
SIZES = {"T50 N150": {"steps": 50, "n": 150}, "small": {"steps": 4, "n": 9}}


def arguments(steps: int, n: int) -> tuple[int, Array, Array]:
    rng = np.random.default_rng(7)
    return steps, rng.uniform(0.5, 2.0, (n, n)), rng.uniform(0.5, 2.0, (n, n))


def jacobi_2d(steps, a, b):
    a = a.copy()
    b = b.copy()
    for _ in range(steps):
        b[1:-1, 1:-1] = 0.2 * (
            a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1]
        )
        a[1:-1, 1:-1] = 0.2 * (
            b[1:-1, 1:-1] + b[1:-1, :-2] + b[1:-1, 2:] + b[2:, 1:-1] + b[:-2, 1:-1]
        )
    return np.sum(a**2)


FUNCTION = jacobi_2d


@njit(error_model="numpy", nogil=True)
def smooth(a, b):
    n, m = a.shape
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            b[i, j] = 0.2 * (a[i, j] + a[i, j - 1] + a[i, j + 1] + a[i + 1, j] + a[i - 1, j])


@njit(error_model="numpy", nogil=True)
def primal(steps: int, a: Array, b: Array) -> float:
    a = a.copy()
    b = b.copy()
    for _ in range(steps):
        smooth(a, b)
        smooth(b, a)
    total = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            total += a[i, j] * a[i, j]
    return total


@njit(error_model="numpy", nogil=True)
def send_to_border(inner, border):
    n, m = inner.shape
    for j in range(1, m - 1):
        border[0, j] += 0.2 * inner[1, j]
        border[n - 1, j] += 0.2 * inner[n - 2, j]
    for i in range(1, n - 1):
        border[i, 0] += 0.2 * inner[i, 1]
        border[i, m - 1] += 0.2 * inner[i, m - 2]


@njit(error_model="numpy", nogil=True)
def adjoint(steps: int, a: Array, b: Array) -> tuple[Array, Array]:
    n, m = a.shape
    a = a.copy()
    b = b.copy()
    for _ in range(steps):
        smooth(a, b)
        smooth(b, a)
    a_bar = np.empty((n, m))
    for i in range(n):
        for j in range(m):
            a_bar[i, j] = 2.0 * a[i, j]
    b_bar = np.zeros((n, m))
    # from here on, a and b hold the adjoints of the inner points, and zeros around them
    a[:] = 0.0
    b[:] = 0.0
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            a[i, j] = a_bar[i, j]
    for _ in range(steps):
        send_to_border(a, b_bar)
        smooth(a, b)
        send_to_border(b, a_bar)
        smooth(b, a)
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            a_bar[i, j] = a[i, j]
    return a_bar, b_bar


def in_jax() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def smoothed(a):
        return 0.2 * (a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])

    def function(steps, a, b):
        def step(state, _):
            a, b = state
            b = b.at[1:-1, 1:-1].set(smoothed(a))
            a = a.at[1:-1, 1:-1].set(smoothed(b))
            return (a, b), None

        (a, b), _ = jax.lax.scan(step, (a, b), None, length=steps)
        return jnp.sum(a**2)

    return function


def in_torch() -> Callable[..., Any]:
    import torch

    def smoothed(a):
        return 0.2 * (a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])

    def function(steps, a, b):
        a, b = a.clone(), b.clone()
        for _ in range(steps):
            b[1:-1, 1:-1] = smoothed(a)
            a[1:-1, 1:-1] = smoothed(b)
        return torch.sum(a**2)

    return function


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    def smoothed(a):
        return 0.2 * (a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])

    def with_inner(a, inner):
        middle = anp.concatenate([a[1:-1, :1], inner, a[1:-1, -1:]], axis=1)
        return anp.concatenate([a[:1], middle, a[-1:]])

    def function(steps, a, b):
        for _ in range(steps):
            b = with_inner(b, smoothed(a))
            a = with_inner(a, smoothed(b))
        return anp.sum(a**2)

    return function

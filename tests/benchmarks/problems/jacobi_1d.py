"""Jacobi's iteration for the three-point stencil in one dimension, between two arrays.

The kernel jacobi_1d of NPBench and PolyBench (https://github.com/spcl/npbench): every half step
replaces the inner points of one array by the mean of three points of the other. The result is the
sum of the squares of the array written last. 800 steps on 3 200 points.

The inner part of a step is symmetric: its adjoint is the same stencil, applied to the adjoints of
the inner points with zeros around them; the two end points collect what their neighbors send.
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
SIZES = {"T800 N3200": {"steps": 800, "n": 3200}, "small": {"steps": 5, "n": 11}}


def arguments(steps: int, n: int) -> tuple[int, Array, Array]:
    rng = np.random.default_rng(8)
    return steps, rng.uniform(0.5, 2.0, n), rng.uniform(0.5, 2.0, n)


def jacobi_1d(steps, a, b):
    a = a.copy()
    b = b.copy()
    for _ in range(steps):
        b[1:-1] = 0.33333 * (a[:-2] + a[1:-1] + a[2:])
        a[1:-1] = 0.33333 * (b[:-2] + b[1:-1] + b[2:])
    return np.sum(a**2)


FUNCTION = jacobi_1d


@njit(error_model="numpy", nogil=True)
def smooth(a, b):
    for i in range(1, a.size - 1):
        b[i] = 0.33333 * (a[i - 1] + a[i] + a[i + 1])


@njit(error_model="numpy", nogil=True)
def primal(steps: int, a: Array, b: Array) -> float:
    a = a.copy()
    b = b.copy()
    for _ in range(steps):
        smooth(a, b)
        smooth(b, a)
    total = 0.0
    for i in range(a.size):
        total += a[i] * a[i]
    return total


@njit(error_model="numpy", nogil=True)
def adjoint(steps: int, a: Array, b: Array) -> tuple[Array, Array]:
    n = a.size
    a = a.copy()
    b = b.copy()
    for _ in range(steps):
        smooth(a, b)
        smooth(b, a)
    a_left, a_right = 2.0 * a[0], 2.0 * a[n - 1]
    b_left, b_right = 0.0, 0.0
    # from here on, a and b hold the adjoints of the inner points, and zeros around them
    for i in range(1, n - 1):
        a[i] *= 2.0
    a[0] = a[n - 1] = b[0] = b[n - 1] = 0.0
    for _ in range(steps):
        b_left += 0.33333 * a[1]
        b_right += 0.33333 * a[n - 2]
        smooth(a, b)
        a_left += 0.33333 * b[1]
        a_right += 0.33333 * b[n - 2]
        smooth(b, a)
    a[0], a[n - 1] = a_left, a_right
    b[:] = 0.0
    b[0], b[n - 1] = b_left, b_right
    return a, b


def in_jax() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def smoothed(a):
        return 0.33333 * (a[:-2] + a[1:-1] + a[2:])

    def function(steps, a, b):
        def step(state, _):
            a, b = state
            b = b.at[1:-1].set(smoothed(a))
            a = a.at[1:-1].set(smoothed(b))
            return (a, b), None

        (a, b), _ = jax.lax.scan(step, (a, b), None, length=steps)
        return jnp.sum(a**2)

    return function


def in_torch() -> Callable[..., Any]:
    import torch

    def function(steps, a, b):
        a, b = a.clone(), b.clone()
        for _ in range(steps):
            b[1:-1] = 0.33333 * (a[:-2] + a[1:-1] + a[2:])
            a[1:-1] = 0.33333 * (b[:-2] + b[1:-1] + b[2:])
        return torch.sum(a**2)

    return function


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    def smoothed(a, b):
        return anp.concatenate([b[:1], 0.33333 * (a[:-2] + a[1:-1] + a[2:]), b[-1:]])

    def function(steps, a, b):
        for _ in range(steps):
            b = smoothed(a, b)
            a = smoothed(b, a)
        return anp.sum(a**2)

    return function

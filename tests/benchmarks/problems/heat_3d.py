"""The heat equation in three dimensions by explicit steps between two arrays.

The kernel heat_3d of NPBench and PolyBench (https://github.com/spcl/npbench): second differences
along three axes, weighted by an eighth. The result is the sum of the squares of the array written
last. 25 steps on 25 x 25 x 25 points.

The inner part of a step is symmetric: its adjoint is the same stencil, applied to the adjoints of
the inner points with zeros around them; the six fixed faces collect what their neighbors send.
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
SIZES = {"T25 N25": {"steps": 25, "n": 25}, "small": {"steps": 3, "n": 6}}


def arguments(steps: int, n: int) -> tuple[int, Array, Array]:
    rng = np.random.default_rng(9)
    return steps, rng.uniform(0.5, 2.0, (n, n, n)), rng.uniform(0.5, 2.0, (n, n, n))


def heat_3d(steps, a, b):
    a = a.copy()
    b = b.copy()
    for _ in range(steps):
        b[1:-1, 1:-1, 1:-1] = (
            0.125 * (a[2:, 1:-1, 1:-1] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[:-2, 1:-1, 1:-1])
            + 0.125 * (a[1:-1, 2:, 1:-1] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[1:-1, :-2, 1:-1])
            + 0.125 * (a[1:-1, 1:-1, 2:] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[1:-1, 1:-1, :-2])
            + a[1:-1, 1:-1, 1:-1]
        )
        a[1:-1, 1:-1, 1:-1] = (
            0.125 * (b[2:, 1:-1, 1:-1] - 2.0 * b[1:-1, 1:-1, 1:-1] + b[:-2, 1:-1, 1:-1])
            + 0.125 * (b[1:-1, 2:, 1:-1] - 2.0 * b[1:-1, 1:-1, 1:-1] + b[1:-1, :-2, 1:-1])
            + 0.125 * (b[1:-1, 1:-1, 2:] - 2.0 * b[1:-1, 1:-1, 1:-1] + b[1:-1, 1:-1, :-2])
            + b[1:-1, 1:-1, 1:-1]
        )
    return np.sum(a**2)


FUNCTION = heat_3d


@njit(error_model="numpy", nogil=True)
def diffuse(a, b):
    n, m, p = a.shape
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            for k in range(1, p - 1):
                b[i, j, k] = (
                    0.125 * (a[i + 1, j, k] - 2.0 * a[i, j, k] + a[i - 1, j, k])
                    + 0.125 * (a[i, j + 1, k] - 2.0 * a[i, j, k] + a[i, j - 1, k])
                    + 0.125 * (a[i, j, k + 1] - 2.0 * a[i, j, k] + a[i, j, k - 1])
                    + a[i, j, k]
                )


@njit(error_model="numpy", nogil=True)
def primal(steps: int, a: Array, b: Array) -> float:
    a = a.copy()
    b = b.copy()
    for _ in range(steps):
        diffuse(a, b)
        diffuse(b, a)
    total = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            for k in range(a.shape[2]):
                total += a[i, j, k] * a[i, j, k]
    return total


@njit(error_model="numpy", nogil=True)
def diffuse_adjoint(inner, other, border):
    """The symmetric stencil, in fewer operations, and what it sends to the faces."""
    n, m, p = inner.shape
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            for k in range(1, p - 1):
                other[i, j, k] = 0.25 * inner[i, j, k] + 0.125 * (
                    (inner[i + 1, j, k] + inner[i - 1, j, k])
                    + (inner[i, j + 1, k] + inner[i, j - 1, k])
                    + (inner[i, j, k + 1] + inner[i, j, k - 1])
                )
    for j in range(1, m - 1):
        for k in range(1, p - 1):
            border[0, j, k] += 0.125 * inner[1, j, k]
            border[n - 1, j, k] += 0.125 * inner[n - 2, j, k]
    for i in range(1, n - 1):
        for k in range(1, p - 1):
            border[i, 0, k] += 0.125 * inner[i, 1, k]
            border[i, m - 1, k] += 0.125 * inner[i, m - 2, k]
        for j in range(1, m - 1):
            border[i, j, 0] += 0.125 * inner[i, j, 1]
            border[i, j, p - 1] += 0.125 * inner[i, j, p - 2]


@njit(error_model="numpy", nogil=True)
def adjoint(steps: int, a: Array, b: Array) -> tuple[Array, Array]:
    n, m, p = a.shape
    a = a.copy()
    b = b.copy()
    for _ in range(steps):
        diffuse(a, b)
        diffuse(b, a)
    a_bar = np.empty((n, m, p))
    for i in range(n):
        for j in range(m):
            for k in range(p):
                a_bar[i, j, k] = 2.0 * a[i, j, k]
    b_bar = np.zeros((n, m, p))
    # from here on, a and b hold the adjoints of the inner points, and zeros around them
    a[:] = 0.0
    b[:] = 0.0
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            for k in range(1, p - 1):
                a[i, j, k] = a_bar[i, j, k]
    for _ in range(steps):
        diffuse_adjoint(a, b, b_bar)
        diffuse_adjoint(b, a, a_bar)
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            for k in range(1, p - 1):
                a_bar[i, j, k] = a[i, j, k]
    return a_bar, b_bar


def in_jax() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    inner = (slice(1, -1),) * 3

    def diffused(a):
        return (
            0.125 * (a[2:, 1:-1, 1:-1] - 2.0 * a[inner] + a[:-2, 1:-1, 1:-1])
            + 0.125 * (a[1:-1, 2:, 1:-1] - 2.0 * a[inner] + a[1:-1, :-2, 1:-1])
            + 0.125 * (a[1:-1, 1:-1, 2:] - 2.0 * a[inner] + a[1:-1, 1:-1, :-2])
            + a[inner]
        )

    def function(steps, a, b):
        def step(state, _):
            a, b = state
            b = b.at[inner].set(diffused(a))
            a = a.at[inner].set(diffused(b))
            return (a, b), None

        (a, b), _ = jax.lax.scan(step, (a, b), None, length=steps)
        return jnp.sum(a**2)

    return function


def in_torch() -> Callable[..., Any]:
    import torch

    inner = (slice(1, -1),) * 3

    def diffused(a):
        return (
            0.125 * (a[2:, 1:-1, 1:-1] - 2.0 * a[inner] + a[:-2, 1:-1, 1:-1])
            + 0.125 * (a[1:-1, 2:, 1:-1] - 2.0 * a[inner] + a[1:-1, :-2, 1:-1])
            + 0.125 * (a[1:-1, 1:-1, 2:] - 2.0 * a[inner] + a[1:-1, 1:-1, :-2])
            + a[inner]
        )

    def function(steps, a, b):
        a, b = a.clone(), b.clone()
        for _ in range(steps):
            b[inner] = diffused(a)
            a[inner] = diffused(b)
        return torch.sum(a**2)

    return function


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    inner = (slice(1, -1),) * 3

    def diffused(a):
        return (
            0.125 * (a[2:, 1:-1, 1:-1] - 2.0 * a[inner] + a[:-2, 1:-1, 1:-1])
            + 0.125 * (a[1:-1, 2:, 1:-1] - 2.0 * a[inner] + a[1:-1, :-2, 1:-1])
            + 0.125 * (a[1:-1, 1:-1, 2:] - 2.0 * a[inner] + a[1:-1, 1:-1, :-2])
            + a[inner]
        )

    def with_inner(a, new):
        c = a[1:-1, 1:-1]
        new = anp.concatenate([c[:, :, :1], new, c[:, :, -1:]], axis=2)
        new = anp.concatenate([a[1:-1, :1], new, a[1:-1, -1:]], axis=1)
        return anp.concatenate([a[:1], new, a[-1:]])

    def function(steps, a, b):
        for _ in range(steps):
            b = with_inner(b, diffused(a))
            a = with_inner(a, diffused(b))
        return anp.sum(a**2)

    return function

"""Softmax along the last axis of four.

The kernel softmax of NPBench (https://github.com/spcl/npbench), as in the attention layers of
transformers. The result is the sum of the squares of what comes out. 8 x 8 x 64 x 64.

The adjoint takes some rows at a time, which stay in the cache, and leaves exponentials to NumPy,
whose loop is vectorized where Numba calls a function for every element. Sums and maxima of a row
have four accumulators.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[np.float64]

KIND = "gradient"
WRT = (0,)
SIZES = {"8x8x64x64": {"shape": (8, 8, 64, 64)}, "small": {"shape": (2, 1, 3, 6)}}
ROWS = 256
"""How many rows the adjoint takes at a time."""


def arguments(shape: tuple[int, ...]) -> tuple[Array]:
    return (np.random.default_rng(18).uniform(-2.0, 2.0, shape),)


def softmax(x):
    tmp_max = np.max(x, axis=-1, keepdims=True)
    tmp_out = np.exp(x - tmp_max)
    tmp_sum = np.sum(tmp_out, axis=-1, keepdims=True)
    return np.sum((tmp_out / tmp_sum) ** 2)


FUNCTION = softmax


@njit(error_model="numpy", nogil=True)
def primal(x: Array) -> float:
    rows = x.reshape((-1, x.shape[-1]))
    n, m = rows.shape
    out = np.empty(m)
    total = 0.0
    for i in range(n):
        largest = rows[i, 0]
        for j in range(1, m):
            largest = max(largest, rows[i, j])
        normalizer = 0.0
        for j in range(m):
            out[j] = np.exp(rows[i, j] - largest)
            normalizer += out[j]
        for j in range(m):
            total += (out[j] / normalizer) ** 2
    return total


@njit(error_model="numpy", nogil=True)
def subtract_largest(rows, out):
    n, m = rows.shape
    for i in range(n):
        a = b = c = d = rows[i, 0]
        for j in range(0, m - 3, 4):
            a, b = max(a, rows[i, j]), max(b, rows[i, j + 1])
            c, d = max(c, rows[i, j + 2]), max(d, rows[i, j + 3])
        for j in range(m - m % 4, m):
            a = max(a, rows[i, j])
        largest = max(max(a, b), max(c, d))
        for j in range(m):
            out[i, j] = rows[i, j] - largest


@njit(error_model="numpy", nogil=True)
def from_exponentials(out):
    """With s the softmax of a row, its adjoint is 2 s (s - sum(s^2))."""
    n, m = out.shape
    for i in range(n):
        a = b = c = d = 0.0
        a2 = b2 = c2 = d2 = 0.0
        for j in range(0, m - 3, 4):
            u, v, w, x = out[i, j], out[i, j + 1], out[i, j + 2], out[i, j + 3]
            a, b, c, d = a + u, b + v, c + w, d + x
            a2, b2, c2, d2 = a2 + u * u, b2 + v * v, c2 + w * w, d2 + x * x
        for j in range(m - m % 4, m):
            a += out[i, j]
            a2 += out[i, j] * out[i, j]
        scale = 1.0 / ((a + b) + (c + d))
        squares = ((a2 + b2) + (c2 + d2)) * (scale * scale)
        for j in range(m):
            s = out[i, j] * scale
            out[i, j] = 2.0 * s * (s - squares)


def adjoint(x: Array) -> tuple[Array]:
    x_bar = np.empty_like(x)
    rows, bars = x.reshape(-1, x.shape[-1]), x_bar.reshape(-1, x.shape[-1])
    for start in range(0, len(rows), ROWS):
        block = bars[start : start + ROWS]
        subtract_largest(rows[start : start + ROWS], block)
        np.exp(block, out=block)
        from_exponentials(block)
    return (x_bar,)


def in_jax() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    return lambda x: jnp.sum(jax.nn.softmax(x, axis=-1) ** 2)


def in_torch() -> Callable[..., Any]:
    import torch

    return lambda x: torch.sum(torch.softmax(x, dim=-1) ** 2)


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    def function(x):
        exponentials = anp.exp(x - anp.max(x, axis=-1, keepdims=True))
        return anp.sum((exponentials / anp.sum(exponentials, axis=-1, keepdims=True)) ** 2)

    return function

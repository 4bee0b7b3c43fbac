"""A trace of hyperbolic tangents, added to the whole matrix.

The kernel go_fast of NPBench (https://github.com/spcl/npbench), from the first page of Numba's
manual. The result is the sum of the squares of the matrix that comes out. 400 x 400.

The adjoint sums in columns, whose sums do not wait for each other.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[np.float64]

KIND = "gradient"
WRT = (0,)
SIZES = {"N400": {"n": 400}, "small": {"n": 5}}


def arguments(n: int) -> tuple[Array]:
    return (np.random.default_rng(22).uniform(-1.0, 1.0, (n, n)),)


def go_fast(a):
    trace = 0.0
    for i in range(a.shape[0]):
        trace += np.tanh(a[i, i])
    return np.sum((a + trace) ** 2)


FUNCTION = go_fast


@njit(error_model="numpy", nogil=True)
def primal(a: Array) -> float:
    trace = 0.0
    for i in range(a.shape[0]):
        trace += np.tanh(a[i, i])
    total = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            total += (a[i, j] + trace) ** 2
    return total


@njit(error_model="numpy", nogil=True)
def adjoint(a: Array) -> tuple[Array]:
    n, m = a.shape
    tangents = np.empty(n)
    trace = 0.0
    for i in range(n):
        tangents[i] = np.tanh(a[i, i])
        trace += tangents[i]
    a_bar = np.empty((n, m))
    sums = np.zeros(m)
    for i in range(n):
        for j in range(m):
            a_bar[i, j] = 2.0 * (a[i, j] + trace)
            sums[j] += a_bar[i, j]
    trace_bar = 0.0
    for j in range(m):
        trace_bar += sums[j]
    for i in range(n):
        a_bar[i, i] += trace_bar * (1.0 - tangents[i] * tangents[i])
    return (a_bar,)


def in_jax() -> Callable[..., Any]:
    import jax.numpy as jnp

    return lambda a: jnp.sum((a + jnp.sum(jnp.tanh(jnp.diagonal(a)))) ** 2)


def in_torch() -> Callable[..., Any]:
    import torch

    return lambda a: torch.sum((a + torch.sum(torch.tanh(torch.diagonal(a)))) ** 2)


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    return lambda a: anp.sum((a + anp.sum(anp.tanh(anp.diag(a)))) ** 2)

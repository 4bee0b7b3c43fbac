"""Forward substitution in a lower triangular system, row by row.

The kernel trisolv of NPBench and PolyBench (https://github.com/spcl/npbench). The result is the sum
of the solution. 500 unknowns.

The adjoint is the substitution backward, column by column, which is along the rows of the matrix;
every element of the matrix's adjoint is written once.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[np.float64]

KIND = "gradient"
WRT = (0, 1)
SIZES = {"N500": {"n": 500}, "small": {"n": 7}}


def arguments(n: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(15)
    lower = np.tril(rng.uniform(-1.0, 1.0, (n, n))) / np.sqrt(n) + 2.0 * np.eye(n)
    return lower, rng.uniform(0.5, 2.0, n)


def trisolv(lower, b):
    n = len(b)
    x = np.zeros(n)
    for i in range(n):
        x[i] = (b[i] - lower[i, :i] @ x[:i]) / lower[i, i]
    return np.sum(x)


FUNCTION = trisolv


@njit(error_model="numpy", nogil=True)
def primal(lower: Array, b: Array) -> float:
    n = b.size
    x = np.empty(n)
    total = 0.0
    for i in range(n):
        product = 0.0
        for k in range(i):
            product += lower[i, k] * x[k]
        x[i] = (b[i] - product) / lower[i, i]
        total += x[i]
    return total


@njit(error_model="numpy", nogil=True)
def adjoint(lower: Array, b: Array) -> tuple[Array, Array]:
    n = b.size
    x = np.empty(n)
    for i in range(n):
        x[i] = (b[i] - np.dot(lower[i, :i], x[:i])) / lower[i, i]
    lower_bar = np.empty((n, n))
    b_bar = np.ones(n)  # the adjoint of x, until a row is done
    for i in range(n - 1, -1, -1):
        g = b_bar[i] / lower[i, i]
        b_bar[i] = g
        for k in range(i):
            b_bar[k] -= g * lower[i, k]
        for k in range(i + 1):
            lower_bar[i, k] = -g * x[k]
        for k in range(i + 1, n):
            lower_bar[i, k] = 0.0
    return lower_bar, b_bar


def in_jax() -> Callable[..., Any]:
    import jax.numpy as jnp
    from jax.scipy.linalg import solve_triangular

    def function(lower, b):
        return jnp.sum(solve_triangular(lower, b, lower=True))

    return function


def in_torch() -> Callable[..., Any]:
    import torch

    def function(lower, b):
        solution = torch.linalg.solve_triangular(lower, b[:, None], upper=False)
        return torch.sum(solution)

    return function


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp
    from autograd.scipy.linalg import solve_triangular

    def function(lower, b):
        return anp.sum(solve_triangular(lower, b, lower=True))

    return function

"""Gauss-Seidel sweeps with a nine-point stencil in two dimensions, in place.

The kernel seidel_2d of NPBench and PolyBench (https://github.com/spcl/npbench): every row first
adds what can be added as a whole, then runs along itself. The result is the sum of the squares.
8 sweeps over 50 x 50 points.

Linear, so nothing is recorded. The adjoint of a row runs along it backward; what it has then is
sent to the rows above and below as sums of three, computed once for both.
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
SIZES = {"T8 N50": {"steps": 8, "n": 50}, "small": {"steps": 2, "n": 7}}


def arguments(steps: int, n: int) -> tuple[int, Array]:
    rng = np.random.default_rng(10)
    return steps, rng.uniform(0.5, 2.0, (n, n))


def seidel_2d(steps, a):
    a = a.copy()
    n, m = a.shape
    for _ in range(steps):
        for i in range(1, n - 1):
            a[i, 1:-1] += (
                a[i - 1, :-2]
                + a[i - 1, 1:-1]
                + a[i - 1, 2:]
                + a[i, 2:]
                + a[i + 1, :-2]
                + a[i + 1, 1:-1]
                + a[i + 1, 2:]
            )
            for j in range(1, m - 1):
                a[i, j] += a[i, j - 1]
                a[i, j] /= 9.0
    return np.sum(a**2)


FUNCTION = seidel_2d


@njit(error_model="numpy", nogil=True)
def sweep(a):
    n, m = a.shape
    for i in range(1, n - 1):
        for j in range(1, m - 1):  # reads ahead along the row: no copy is needed
            a[i, j] += (
                a[i - 1, j - 1]
                + a[i - 1, j]
                + a[i - 1, j + 1]
                + a[i, j + 1]
                + a[i + 1, j - 1]
                + a[i + 1, j]
                + a[i + 1, j + 1]
            )
        left = a[i, 0]
        for j in range(1, m - 1):
            left = (a[i, j] + left) / 9.0
            a[i, j] = left


@njit(error_model="numpy", nogil=True)
def primal(steps: int, a: Array) -> float:
    a = a.copy()
    for _ in range(steps):
        sweep(a)
    total = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            total += a[i, j] * a[i, j]
    return total


@njit(error_model="numpy", nogil=True)
def adjoint(steps: int, a: Array) -> tuple[Array]:
    n, m = a.shape
    a = a.copy()
    for _ in range(steps):
        sweep(a)
    for i in range(n):
        for j in range(m):
            a[i, j] *= 2.0
    row = np.zeros(m + 2)  # row[j + 1]: what a[i, j] has sent; zeros at both ends
    ninth = 1.0 / 9.0
    for _ in range(steps):
        for i in range(n - 2, 0, -1):
            right = 0.0
            for j in range(m - 2, 0, -1):
                right = (a[i, j] + right) * ninth
                row[j + 1] = right
            a[i, 0] += right
            a[i - 1, 0] += row[2]
            a[i + 1, 0] += row[2]
            for j in range(1, m):
                three = row[j] + row[j + 1] + row[j + 2]
                a[i - 1, j] += three
                a[i + 1, j] += three
            for j in range(1, m - 1):
                a[i, j] = row[j + 1] + row[j]
            a[i, m - 1] += row[m - 1]
    return (a,)


def in_jax() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def function(steps, a):
        def along(left, value):
            left = (value + left) / 9.0
            return left, left

        def row(above, rows):
            here, below = rows
            three = above[:-2] + above[1:-1] + above[2:] + below[:-2] + below[1:-1] + below[2:]
            _, inner = jax.lax.scan(along, here[0], here[1:-1] + three + here[2:])
            here = here.at[1:-1].set(inner)
            return here, here

        def sweep(a, _):
            _, inner = jax.lax.scan(row, a[0], (a[1:-1], a[2:]))
            return a.at[1:-1].set(inner), None

        a, _ = jax.lax.scan(sweep, a, None, length=steps)
        return jnp.sum(a**2)

    return function


def in_torch() -> Callable[..., Any]:
    import torch

    def function(steps, a):
        a = a.clone()
        n, m = a.shape
        for _ in range(steps):
            for i in range(1, n - 1):
                a[i, 1:-1] += (
                    a[i - 1, :-2]
                    + a[i - 1, 1:-1]
                    + a[i - 1, 2:]
                    + a[i, 2:]
                    + a[i + 1, :-2]
                    + a[i + 1, 1:-1]
                    + a[i + 1, 2:]
                )
                for j in range(1, m - 1):
                    a[i, j] += a[i, j - 1]
                    a[i, j] /= 9.0
        return torch.sum(a**2)

    return function


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    def function(steps, a):
        n, m = a.shape
        rows = [a[i] for i in range(n)]
        for _ in range(steps):
            for i in range(1, n - 1):
                above, here, below = rows[i - 1], rows[i], rows[i + 1]
                three = above[:-2] + above[1:-1] + above[2:] + below[:-2] + below[1:-1] + below[2:]
                sums = here[1:-1] + three + here[2:]
                new = [here[0]]
                for j in range(m - 2):
                    new.append((sums[j] + new[-1]) / 9.0)
                new.append(here[-1])
                rows[i] = anp.stack(new)
        return anp.sum(anp.stack(rows) ** 2)

    return function

"""The correlation matrix of columns of data.

The kernel correlation of NPBench and PolyBench (https://github.com/spcl/npbench): columns that
hardly vary are not scaled. The result is the sum of the squares of the matrix. 240 observations of
200 variables, one of which hardly varies.

With Z the scaled data and C their correlations without the diagonal, the adjoint of Z is 4 Z C: two
products of matrices, both by BLAS. It then goes through mean and deviation in closed form.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[np.float64]

KIND = "gradient"
WRT = (0,)
SIZES = {"N240 M200": {"n": 240, "m": 200}, "small": {"n": 7, "m": 5}}


def arguments(n: int, m: int) -> tuple[Array]:
    rng = np.random.default_rng(21)
    data = rng.uniform(-1.0, 2.0, (n, m)) + rng.uniform(-1.0, 1.0, (n, 1))
    data[:, 3] *= 0.05
    return (data,)


def correlation(data):
    n, m = data.shape
    mean = np.mean(data, axis=0)
    stddev = np.std(data, axis=0)
    stddev[stddev <= 0.1] = 1.0
    data = data - mean
    data /= np.sqrt(n) * stddev
    corr = np.eye(m)
    for i in range(m - 1):
        corr[i + 1 :, i] = corr[i, i + 1 :] = data[:, i] @ data[:, i + 1 :]
    return np.sum(corr**2)


FUNCTION = correlation


@njit(error_model="numpy", nogil=True)
def scaled(data):
    """The scaled data, the factor of each column, and whether its deviation is in the factor."""
    n, m = data.shape
    mean = np.zeros(m)
    for i in range(n):
        for j in range(m):
            mean[j] += data[i, j]
    for j in range(m):
        mean[j] /= n
    z = np.empty((n, m))
    square = np.zeros(m)
    for i in range(n):
        for j in range(m):
            z[i, j] = data[i, j] - mean[j]
            square[j] += z[i, j] * z[i, j]
    factor = np.empty(m)
    varies = np.empty(m)
    for j in range(m):
        deviation = np.sqrt(square[j] / n)
        varies[j] = deviation > 0.1
        factor[j] = 1.0 / (np.sqrt(n) * (deviation if deviation > 0.1 else 1.0))
    for i in range(n):
        for j in range(m):
            z[i, j] *= factor[j]
    return z, factor, varies


@njit(error_model="numpy", nogil=True)
def primal(data: Array) -> float:
    z, _, _ = scaled(data)
    n, m = z.shape
    row = np.empty(m)
    total = float(m)
    for i in range(m - 1):
        row[:] = 0.0
        for k in range(n):
            factor = z[k, i]
            for j in range(i + 1, m):
                row[j] += factor * z[k, j]
        for j in range(i + 1, m):
            total += 2.0 * row[j] * row[j]
    return total


@njit(error_model="numpy", nogil=True)
def adjoint(data: Array) -> tuple[Array]:
    n, m = data.shape
    z, factor, varies = scaled(data)
    corr = np.dot(z.T, z)
    for i in range(m):
        for j in range(m):
            corr[i, j] *= 4.0
        corr[i, i] = 0.0
    data_bar = np.dot(z, corr)
    # scaling: of the deviation first, which is as long as the column of z times it
    along = np.zeros(m)
    for i in range(n):
        for j in range(m):
            along[j] += data_bar[i, j] * z[i, j]
    mean = np.zeros(m)
    for j in range(m):
        along[j] *= varies[j]
    for i in range(n):
        for j in range(m):
            data_bar[i, j] = (data_bar[i, j] - along[j] * z[i, j]) * factor[j]
            mean[j] += data_bar[i, j]
    for j in range(m):
        mean[j] /= n
    for i in range(n):
        for j in range(m):
            data_bar[i, j] -= mean[j]
    return (data_bar,)


def in_jax() -> Callable[..., Any]:
    import jax.numpy as jnp

    def function(data):
        n, m = data.shape
        stddev = jnp.std(data, axis=0)
        stddev = jnp.where(stddev <= 0.1, 1.0, stddev)
        z = (data - jnp.mean(data, axis=0)) / (jnp.sqrt(n) * stddev)
        corr = jnp.fill_diagonal(z.T @ z, 1.0, inplace=False)
        return jnp.sum(corr**2)

    return function


def in_torch() -> Callable[..., Any]:
    import torch

    def function(data):
        n, m = data.shape
        stddev = torch.std(data, dim=0, correction=0)
        stddev = torch.where(stddev <= 0.1, 1.0, stddev)
        z = (data - torch.mean(data, dim=0)) / (n**0.5 * stddev)
        corr = z.T @ z
        corr = corr - torch.diag(torch.diagonal(corr)) + torch.eye(m)
        return torch.sum(corr**2)

    return function


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    def function(data):
        n, m = data.shape
        stddev = anp.std(data, axis=0)
        stddev = anp.where(stddev <= 0.1, 1.0, stddev)
        z = (data - anp.mean(data, axis=0)) / (n**0.5 * stddev)
        corr = anp.dot(z.T, z) * (1.0 - anp.eye(m)) + anp.eye(m)
        return anp.sum(corr**2)

    return function

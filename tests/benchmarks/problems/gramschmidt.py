"""QR factorization by the modified Gram-Schmidt process, in place.

The kernel gramschmidt of NPBench and PolyBench (https://github.com/spcl/npbench). The result is the
sum of the elements of both factors. 120 x 100.

The adjoint works on the transpose, where columns run in stride. It records nothing: backward, what
was subtracted from a column is added again.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[np.float64]

KIND = "gradient"
WRT = (0,)
SIZES = {"M120 N100": {"m": 120, "n": 100}, "small": {"m": 6, "n": 4}}


def arguments(m: int, n: int) -> tuple[Array]:
    rng = np.random.default_rng(23)
    return (rng.uniform(-1.0, 1.0, (m, n)) + 4.0 * np.eye(m, n),)


def gramschmidt(a):
    a = a.copy()
    n = a.shape[1]
    q = np.zeros_like(a)
    r = np.zeros((n, n))
    for k in range(n):
        nrm = np.dot(a[:, k], a[:, k])
        r[k, k] = np.sqrt(nrm)
        q[:, k] = a[:, k] / r[k, k]
        for j in range(k + 1, n):
            r[k, j] = np.dot(q[:, k], a[:, j])
            a[:, j] -= q[:, k] * r[k, j]
    return np.sum(q) + np.sum(r)


FUNCTION = gramschmidt


@njit(error_model="numpy", nogil=True)
def primal(a: Array) -> float:
    a = a.copy()
    m, n = a.shape
    row = np.empty(n)
    q = np.empty(m)
    total = 0.0
    for k in range(n):
        norm = 0.0
        for i in range(m):
            norm += a[i, k] * a[i, k]
        norm = np.sqrt(norm)
        total += norm
        for i in range(m):
            q[i] = a[i, k] / norm
            total += q[i]
        row[:] = 0.0
        for i in range(m):
            for j in range(k + 1, n):
                row[j] += q[i] * a[i, j]
        for i in range(m):
            for j in range(k + 1, n):
                a[i, j] -= q[i] * row[j]
        for j in range(k + 1, n):
            total += row[j]
    return total


@njit(error_model="numpy", nogil=True)
def adjoint(a: Array) -> tuple[Array]:
    m, n = a.shape
    columns = a.T.copy()
    r = np.empty((n, n))
    q = np.empty(m)
    for k in range(n):
        norm = np.sqrt(np.dot(columns[k], columns[k]))
        r[k, k] = norm
        for i in range(m):
            q[i] = columns[k, i] / norm
        for j in range(k + 1, n):
            product = np.dot(q, columns[j])
            r[k, j] = product
            for i in range(m):
                columns[j, i] -= q[i] * product
    bars = np.zeros((n, m))
    q_bar = np.empty(m)
    for k in range(n - 1, -1, -1):
        norm = r[k, k]
        for i in range(m):
            q[i] = columns[k, i] / norm
            q_bar[i] = 1.0
        for j in range(k + 1, n):
            product = r[k, j]
            product_bar = 1.0 - np.dot(q, bars[j])
            for i in range(m):
                before = columns[j, i] + q[i] * product
                columns[j, i] = before
                q_bar[i] += before * product_bar - bars[j, i] * product
                bars[j, i] += q[i] * product_bar
        norm_bar = 1.0 - np.dot(q_bar, q) / norm
        for i in range(m):
            bars[k, i] = q_bar[i] / norm + norm_bar * q[i]
    return (bars.T.copy(),)


def in_jax() -> Callable[..., Any]:
    import jax.numpy as jnp

    def function(a):
        q, r = jnp.linalg.qr(a)
        signs = jnp.sign(jnp.diagonal(r))  # the process has positive numbers there
        return jnp.sum(q * signs) + jnp.sum(r * signs[:, None])

    return function


def in_torch() -> Callable[..., Any]:
    import torch

    def function(a):
        q, r = torch.linalg.qr(a)
        signs = torch.sign(torch.diagonal(r))
        return torch.sum(q * signs) + torch.sum(r * signs[:, None])

    return function


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    def function(a):
        total = 0.0
        while a.shape[1] > 0:
            norm = anp.sqrt(anp.dot(a[:, 0], a[:, 0]))
            q = a[:, 0] / norm
            row = anp.dot(q, a[:, 1:])
            total = total + norm + anp.sum(q) + anp.sum(row)
            a = a[:, 1:] - anp.outer(q, row)
        return total

    return function

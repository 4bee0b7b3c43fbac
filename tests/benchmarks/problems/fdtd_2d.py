"""Finite differences in the time domain for electromagnetic fields in two dimensions, in place.

The kernel fdtd_2d of NPBench and PolyBench (https://github.com/spcl/npbench). The result is the sum
of the squares of the magnetic field. 40 steps on 200 x 220 points.

Linear, so nothing is recorded. A step, forward or backward, goes through the three arrays once: a
row of the magnetic field is updated as soon as the electric field is known in it and in the next.
The arrays lie at distances where no load has the last twelve bits of the address of a store shortly
before: processors take such a load for dependent, which here doubled the time.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[np.float64]

KIND = "gradient"
WRT = (0, 1, 2, 3)
SIZES = {
    "T40 200x220": {"steps": 40, "n": 200, "m": 220},
    "small": {"steps": 3, "n": 6, "m": 5},
}
PAGE, APART = 512, 340  # elements: what twelve bits address, and a distance within it


def arguments(steps: int, n: int, m: int) -> tuple[Array, Array, Array, Array]:
    rng = np.random.default_rng(16)
    ex, ey, hz = (rng.uniform(0.5, 2.0, (n, m)) for _ in range(3))
    return ex, ey, hz, rng.uniform(0.5, 2.0, steps)


def fdtd_2d(ex, ey, hz, source):
    ex = ex.copy()
    ey = ey.copy()
    hz = hz.copy()
    for t in range(len(source)):
        ey[0, :] = source[t]
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return np.sum(hz**2)


FUNCTION = fdtd_2d


@njit(error_model="numpy", nogil=True)
def primal(ex: Array, ey: Array, hz: Array, source: Array) -> float:
    ex = ex.copy()
    ey = ey.copy()
    hz = hz.copy()
    n, m = hz.shape
    for t in range(source.size):
        for j in range(m):
            ey[0, j] = source[t]
        for i in range(1, n):
            for j in range(m):
                ey[i, j] -= 0.5 * (hz[i, j] - hz[i - 1, j])
        for i in range(n):
            for j in range(1, m):
                ex[i, j] -= 0.5 * (hz[i, j] - hz[i, j - 1])
        for i in range(n - 1):
            for j in range(m - 1):
                hz[i, j] -= 0.7 * (ex[i, j + 1] - ex[i, j] + ey[i + 1, j] - ey[i, j])
    total = 0.0
    for i in range(n):
        for j in range(m):
            total += hz[i, j] * hz[i, j]
    return total


@njit(error_model="numpy", nogil=True)
def step_forward(ex, ey, hz, source):
    n, m = hz.shape
    for i in range(n):
        if i == 0:
            for j in range(m):
                ey[0, j] = source
        else:
            for j in range(m):
                ey[i, j] -= 0.5 * (hz[i, j] - hz[i - 1, j])
        for j in range(1, m):
            ex[i, j] -= 0.5 * (hz[i, j] - hz[i, j - 1])
        if i > 0:
            for j in range(m - 1):
                hz[i - 1, j] -= 0.7 * (ex[i - 1, j + 1] - ex[i - 1, j] + ey[i, j] - ey[i - 1, j])


@njit(error_model="numpy", nogil=True)
def step_backward(ex_bar, ey_bar, hz_bar):
    """The adjoint of a step; returns that of its source."""
    n, m = hz_bar.shape
    for i in range(n):
        if i < n - 1:
            ex_bar[i, 0] += 0.7 * hz_bar[i, 0]
            for j in range(1, m - 1):
                ex_bar[i, j] += 0.7 * (hz_bar[i, j] - hz_bar[i, j - 1])
            ex_bar[i, m - 1] -= 0.7 * hz_bar[i, m - 2]
        if i == 0:
            for j in range(m - 1):
                ey_bar[0, j] += 0.7 * hz_bar[0, j]
        elif i < n - 1:
            for j in range(m - 1):
                ey_bar[i, j] += 0.7 * (hz_bar[i, j] - hz_bar[i - 1, j])
        else:
            for j in range(m - 1):
                ey_bar[i, j] -= 0.7 * hz_bar[i - 1, j]
        if i > 0:
            magnetic_row(ex_bar, ey_bar, hz_bar, i - 1)
            for j in range(m):
                hz_bar[i - 1, j] += 0.5 * ey_bar[i, j]
    magnetic_row(ex_bar, ey_bar, hz_bar, n - 1)
    source_bar = 0.0
    for j in range(m):
        source_bar += ey_bar[0, j]
        ey_bar[0, j] = 0.0
    return source_bar


@njit(error_model="numpy", nogil=True)
def magnetic_row(ex_bar, ey_bar, hz_bar, i):
    """What a row of the magnetic field gets from the electric field in it."""
    m = hz_bar.shape[1]
    if i > 0:
        for j in range(m):
            hz_bar[i, j] -= 0.5 * ey_bar[i, j]
    hz_bar[i, 0] += 0.5 * ex_bar[i, 1]
    for j in range(1, m - 1):
        hz_bar[i, j] += 0.5 * (ex_bar[i, j + 1] - ex_bar[i, j])
    hz_bar[i, m - 1] -= 0.5 * ex_bar[i, m - 1]


@njit(error_model="numpy", nogil=True)
def copies_apart(ex, ey, hz):
    n, m = hz.shape
    size = n * m
    distance = size + (APART - size) % PAGE
    block = np.empty(3 * distance)
    copies = block[:size], block[distance : distance + size], block[2 * distance :][:size]
    for copy, field in zip(copies, (ex, ey, hz)):
        copy[:] = field.reshape(size)
    return copies[0].reshape((n, m)), copies[1].reshape((n, m)), copies[2].reshape((n, m))


@njit(error_model="numpy", nogil=True)
def adjoint(ex: Array, ey: Array, hz: Array, source: Array) -> tuple[Array, Array, Array, Array]:
    ex, ey, hz = copies_apart(ex, ey, hz)
    for t in range(source.size):
        step_forward(ex, ey, hz, source[t])
    for i in range(hz.shape[0]):
        for j in range(hz.shape[1]):
            hz[i, j] *= 2.0
    ex[:] = 0.0
    ey[:] = 0.0
    source_bar = np.empty(source.size)
    for t in range(source.size - 1, -1, -1):
        source_bar[t] = step_backward(ex, ey, hz)
    return ex, ey, hz, source_bar


def in_jax() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def step(state, source):
        ex, ey, hz = state
        ey = ey.at[0].set(source).at[1:].add(-0.5 * (hz[1:] - hz[:-1]))
        ex = ex.at[:, 1:].add(-0.5 * (hz[:, 1:] - hz[:, :-1]))
        curl = ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1]
        return (ex, ey, hz.at[:-1, :-1].add(-0.7 * curl)), None

    def function(ex, ey, hz, source):
        (_, _, hz), _ = jax.lax.scan(step, (ex, ey, hz), source)
        return jnp.sum(hz**2)

    return function


def in_torch() -> Callable[..., Any]:
    import torch

    def function(ex, ey, hz, source):
        ex, ey, hz = ex.clone(), ey.clone(), hz.clone()
        for t in range(len(source)):
            ey[0, :] = source[t]
            ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
            ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
            hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
        return torch.sum(hz**2)

    return function


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    def function(ex, ey, hz, source):
        ones = anp.ones((1, hz.shape[1]))
        for t in range(len(source)):
            ey = anp.concatenate([source[t] * ones, ey[1:] - 0.5 * (hz[1:] - hz[:-1])])
            ex = anp.concatenate([ex[:, :1], ex[:, 1:] - 0.5 * (hz[:, 1:] - hz[:, :-1])], axis=1)
            curl = ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1]
            inner = anp.concatenate([hz[:-1, :-1] - 0.7 * curl, hz[:-1, -1:]], axis=1)
            hz = anp.concatenate([inner, hz[-1:]])
        return anp.sum(hz**2)

    return function

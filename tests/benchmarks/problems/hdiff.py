"""Horizontal diffusion of a weather model: Laplacian, limited fluxes, their divergence.

The kernel hdiff of NPBench (https://github.com/spcl/npbench), from the COSMO model. The result is
the sum of the squares of the field that comes out. 64 x 64 columns of 32 levels.

All planes of constant first index are independent but for their next neighbors. The adjoint goes
through them once, with all that it needs of the values and of the adjoints in rings of two or three
planes that stay in the cache; every adjoint is a gather over buffers with zeros around them. The
masks of the limiter are found again from the Laplacian.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[np.float64]

KIND = "gradient"
WRT = (0, 1)
SIZES = {"64x64x32": {"shape": (64, 64, 32)}, "small": {"shape": (5, 4, 3)}}


def arguments(shape: tuple[int, int, int]) -> tuple[Array, Array]:
    rng = np.random.default_rng(11)
    i, j, k = shape
    return rng.uniform(0.5, 2.0, (i + 4, j + 4, k)), rng.uniform(0.02, 0.1, shape)


def hdiff(field, coeff):
    n, m, _ = coeff.shape
    lap = 4.0 * field[1:-1, 1:-1] - (
        field[2:, 1:-1] + field[:-2, 1:-1] + field[1:-1, 2:] + field[1:-1, :-2]
    )
    res = lap[1:, 1:-1] - lap[:-1, 1:-1]
    flx = np.where(res * (field[2:-1, 2:-2] - field[1:-2, 2:-2]) > 0, 0.0, res)
    res = lap[1:-1, 1:] - lap[1:-1, :-1]
    fly = np.where(res * (field[2:-2, 2:-1] - field[2:-2, 1:-2]) > 0, 0.0, res)
    out = field[2:-2, 2:-2] - coeff * (flx[1:] - flx[:-1] + fly[:, 1:] - fly[:, :-1])
    return np.sum(out**2)


FUNCTION = hdiff


@njit(error_model="numpy", nogil=True)
def primal(field: Array, coeff: Array) -> float:
    n, m, p = coeff.shape
    lap = np.empty((n + 2, m + 2, p))
    for i in range(n + 2):
        for j in range(m + 2):
            for k in range(p):
                lap[i, j, k] = 4.0 * field[i + 1, j + 1, k] - (
                    field[i + 2, j + 1, k]
                    + field[i, j + 1, k]
                    + field[i + 1, j + 2, k]
                    + field[i + 1, j, k]
                )
    flx = np.empty((n + 1, m, p))
    for i in range(n + 1):
        for j in range(m):
            for k in range(p):
                res = lap[i + 1, j + 1, k] - lap[i, j + 1, k]
                slope = field[i + 2, j + 2, k] - field[i + 1, j + 2, k]
                flx[i, j, k] = 0.0 if res * slope > 0.0 else res
    fly = np.empty((n, m + 1, p))
    for i in range(n):
        for j in range(m + 1):
            for k in range(p):
                res = lap[i + 1, j + 1, k] - lap[i + 1, j, k]
                slope = field[i + 2, j + 2, k] - field[i + 2, j + 1, k]
                fly[i, j, k] = 0.0 if res * slope > 0.0 else res
    total = 0.0
    for i in range(n):
        for j in range(m):
            for k in range(p):
                out = field[i + 2, j + 2, k] - coeff[i, j, k] * (
                    flx[i + 1, j, k] - flx[i, j, k] + fly[i, j + 1, k] - fly[i, j, k]
                )
                total += out * out
    return total


@njit(error_model="numpy", nogil=True)
def adjoint(field: Array, coeff: Array) -> tuple[Array, Array]:
    n, m, p = coeff.shape
    wide = m * p
    f = field.reshape((n + 4, wide + 4 * p))  # planes as rows: neighbors in j are p apart
    c = coeff.reshape((n, wide))
    f_bar = np.zeros((n + 4, wide + 4 * p))
    c_bar = np.empty((n, wide))
    # rings; those of adjoints have a column of zeros (two for `lap_bar`) on both sides
    lap = np.empty((3, wide + 2 * p))
    flx = np.empty((2, wide))
    fly = np.empty(wide + p)
    flow = np.zeros((2, wide + 2 * p))  # adjoint of the divergence, with its sign changed
    flx_bar = np.zeros((2, wide + 2 * p))
    fly_bar = np.zeros((2, wide + 3 * p))
    lap_bar = np.zeros((3, wide + 6 * p))
    for a in range(-2, n + 4):
        # planes a + 2 of the Laplacian, a + 1 and a of the fluxes, a of the result
        if a + 2 < n + 2:
            _laplacian(f[a + 2], f[a + 3], f[a + 4], lap[(a + 2) % 3], p)
        if -1 <= a < n:
            after, before = lap[(a + 2) % 3], lap[(a + 1) % 3]
            _flux(after[p:], before[p:], f[a + 3, 2 * p :], f[a + 2, 2 * p :], flx[(a + 1) % 2])
        if 0 <= a < n:
            here, values = lap[(a + 1) % 3], f[a + 2]
            _flux(here[p:], here, values[2 * p :], values[p:], fly)
            _result(
                values[2 * p :], c[a], flx[(a + 1) % 2], flx[a % 2], fly[p:], fly,
                f_bar[a + 2, 2 * p :], c_bar[a], flow[a % 2, p:],
            )  # fmt: skip
        elif a >= n:
            flow[a % 2] = 0.0
        # planes a of the adjoints of the fluxes and of the Laplacian, a of the field
        if 0 <= a <= n:
            after, before = lap[(a + 1) % 3], lap[a % 3]
            _flux_bar(
                flow[a % 2, p:], flow[(a + 1) % 2, p:], after[p:], before[p:],
                f[a + 2, 2 * p :], f[a + 1, 2 * p :], flx_bar[a % 2, p : p + wide],
            )  # fmt: skip
        elif a > n:
            flx_bar[a % 2] = 0.0
        if 0 <= a < n:
            here, values, flows = lap[(a + 1) % 3], f[a + 2], flow[a % 2]
            _flux_bar(
                flows[p:], flows, here[p:], here, values[2 * p :], values[p:],
                fly_bar[a % 2, p : 2 * p + wide],
            )  # fmt: skip
        elif a >= n:
            fly_bar[a % 2] = 0.0
        if 0 <= a < n + 2:
            _laplacian_bar(
                flx_bar[a % 2], flx_bar[(a + 1) % 2], fly_bar[(a + 1) % 2],
                lap_bar[a % 3, 2 * p : 4 * p + wide], p,
            )  # fmt: skip
        elif a >= n + 2:
            lap_bar[a % 3] = 0.0
        if a >= 0:
            _field_bar(lap_bar[(a + 1) % 3], lap_bar[(a + 2) % 3], lap_bar[a % 3], f_bar[a], p)
    return f_bar.reshape(field.shape), c_bar.reshape(coeff.shape)


@njit(error_model="numpy", nogil=True)
def _laplacian(before, here, after, lap, p):
    before, left, center, right, after = before[p:], here, here[p:], here[2 * p :], after[p:]
    for x in range(lap.size):
        lap[x] = 4.0 * center[x] - (after[x] + before[x] + right[x] + left[x])


@njit(error_model="numpy", nogil=True)
def _flux(lap, lap_before, f, f_before, flux):
    for x in range(flux.size):
        res = lap[x] - lap_before[x]
        flux[x] = 0.0 if res * (f[x] - f_before[x]) > 0.0 else res


@njit(error_model="numpy", nogil=True)
def _result(f, c, flx_after, flx, fly_after, fly, f_bar, c_bar, flow):
    """The divergence of the fluxes, then what it and the result have for adjoints."""
    for x in range(c.size):
        flow[x] = flx_after[x] - flx[x] + fly_after[x] - fly[x]
    for x in range(c.size):
        f_bar[x] = 2.0 * (f[x] - c[x] * flow[x])
    for x in range(c.size):
        c_bar[x] = -f_bar[x] * flow[x]
        flow[x] = f_bar[x] * c[x]


@njit(error_model="numpy", nogil=True)
def _flux_bar(flow, flow_before, lap, lap_before, f, f_before, flux_bar):
    for x in range(flux_bar.size):
        held = (lap[x] - lap_before[x]) * (f[x] - f_before[x]) > 0.0
        flux_bar[x] = 0.0 if held else flow[x] - flow_before[x]


@njit(error_model="numpy", nogil=True)
def _laplacian_bar(flx_bar, flx_bar_before, fly_bar_before, lap_bar, p):
    fly_bar_after = fly_bar_before[p:]
    for x in range(lap_bar.size):
        lap_bar[x] = flx_bar_before[x] - flx_bar[x] + fly_bar_before[x] - fly_bar_after[x]


@njit(error_model="numpy", nogil=True)
def _field_bar(before, here, after, f_bar, p):
    before, left, center, right, after = before[p:], here, here[p:], here[2 * p :], after[p:]
    for x in range(f_bar.size):
        f_bar[x] += 4.0 * center[x] - (before[x] + after[x] + left[x] + right[x])


def _in(where: Callable[..., Any], total: Callable[..., Any]) -> Callable[..., Any]:
    """The function as the peers take it: it writes nothing in place."""

    def function(field, coeff):
        lap = 4.0 * field[1:-1, 1:-1] - (
            field[2:, 1:-1] + field[:-2, 1:-1] + field[1:-1, 2:] + field[1:-1, :-2]
        )
        res = lap[1:, 1:-1] - lap[:-1, 1:-1]
        flx = where(res * (field[2:-1, 2:-2] - field[1:-2, 2:-2]) > 0, 0.0, res)
        res = lap[1:-1, 1:] - lap[1:-1, :-1]
        fly = where(res * (field[2:-2, 2:-1] - field[2:-2, 1:-2]) > 0, 0.0, res)
        out = field[2:-2, 2:-2] - coeff * (flx[1:] - flx[:-1] + fly[:, 1:] - fly[:, :-1])
        return total(out**2)

    return function


def in_jax() -> Callable[..., Any]:
    import jax.numpy as jnp

    return _in(jnp.where, jnp.sum)


def in_torch() -> Callable[..., Any]:
    import torch

    return _in(torch.where, torch.sum)


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    return _in(anp.where, anp.sum)

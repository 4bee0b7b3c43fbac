"""Vertical advection of a weather model: a tridiagonal system in every column.

The kernel vadv of NPBench (https://github.com/spcl/npbench), from the COSMO model. The result is
the sum of the squares of the tendency that comes out. 32 x 32 columns of 60 levels.

The columns share nothing but the wind between two of them, so the adjoint goes forward and backward
a few columns at a time, with what it needs in buffers of these: divisions that wait for each other
in one column do not wait for those of the others.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[np.float64]

KIND = "gradient"
WRT = (0, 1, 2, 3, 4)
SIZES = {"32x32x60": {"shape": (32, 32, 60)}, "small": {"shape": (2, 11, 5)}}
BET_M = 0.5
BET_P = 0.5
COLUMNS = 8
"""How many columns the adjoint takes at a time."""


def arguments(shape: tuple[int, int, int]) -> tuple[Array, Array, Array, Array, Array, float]:
    rng = np.random.default_rng(26)
    i, j, k = shape
    utens_stage, u_stage, u_pos, utens = rng.uniform(-1.0, 1.0, (4, i, j, k))
    return utens_stage, u_stage, rng.uniform(-0.15, 0.15, (i + 1, j, k)), u_pos, utens, 0.15


def vadv(utens_stage, u_stage, wcon, u_pos, utens, dtr_stage):
    utens_stage = utens_stage.copy()
    n, m, levels = utens_stage.shape
    ccol = np.empty((n, m, levels))
    dcol = np.empty((n, m, levels))

    k = 0
    gcv = 0.25 * (wcon[1:, :, k + 1] + wcon[:-1, :, k + 1])
    cs = gcv * BET_M
    ccol[:, :, k] = gcv * BET_P
    bcol = dtr_stage - ccol[:, :, k]
    correction_term = -cs * (u_stage[:, :, k + 1] - u_stage[:, :, k])
    dcol[:, :, k] = (
        dtr_stage * u_pos[:, :, k] + utens[:, :, k] + utens_stage[:, :, k] + correction_term
    )
    divided = 1.0 / bcol
    ccol[:, :, k] = ccol[:, :, k] * divided
    dcol[:, :, k] = dcol[:, :, k] * divided

    for k in range(1, levels - 1):
        gav = -0.25 * (wcon[1:, :, k] + wcon[:-1, :, k])
        gcv = 0.25 * (wcon[1:, :, k + 1] + wcon[:-1, :, k + 1])
        as_ = gav * BET_M
        cs = gcv * BET_M
        acol = gav * BET_P
        ccol[:, :, k] = gcv * BET_P
        bcol = dtr_stage - acol - ccol[:, :, k]
        correction_term = -as_ * (u_stage[:, :, k - 1] - u_stage[:, :, k]) - cs * (
            u_stage[:, :, k + 1] - u_stage[:, :, k]
        )
        dcol[:, :, k] = (
            dtr_stage * u_pos[:, :, k] + utens[:, :, k] + utens_stage[:, :, k] + correction_term
        )
        divided = 1.0 / (bcol - ccol[:, :, k - 1] * acol)
        ccol[:, :, k] = ccol[:, :, k] * divided
        dcol[:, :, k] = (dcol[:, :, k] - dcol[:, :, k - 1] * acol) * divided

    k = levels - 1
    gav = -0.25 * (wcon[1:, :, k] + wcon[:-1, :, k])
    as_ = gav * BET_M
    acol = gav * BET_P
    bcol = dtr_stage - acol
    correction_term = -as_ * (u_stage[:, :, k - 1] - u_stage[:, :, k])
    dcol[:, :, k] = (
        dtr_stage * u_pos[:, :, k] + utens[:, :, k] + utens_stage[:, :, k] + correction_term
    )
    divided = 1.0 / (bcol - ccol[:, :, k - 1] * acol)
    dcol[:, :, k] = (dcol[:, :, k] - dcol[:, :, k - 1] * acol) * divided

    data_col = dcol[:, :, k]
    utens_stage[:, :, k] = dtr_stage * (data_col - u_pos[:, :, k])
    for k in range(levels - 2, -1, -1):
        data_col = dcol[:, :, k] - ccol[:, :, k] * data_col
        utens_stage[:, :, k] = dtr_stage * (data_col - u_pos[:, :, k])
    return np.sum(utens_stage**2)


FUNCTION = vadv


@njit(error_model="numpy", nogil=True)
def primal(
    utens_stage: Array, u_stage: Array, wcon: Array, u_pos: Array, utens: Array, dtr_stage: float
) -> float:
    n, m, levels = utens_stage.shape
    ccol = np.empty(levels)
    dcol = np.empty(levels)
    total = 0.0
    for i in range(n):
        for j in range(m):
            for k in range(levels):
                acol, ccol[k], correction_term = 0.0, 0.0, 0.0
                if k > 0:
                    gav = -0.25 * (wcon[i + 1, j, k] + wcon[i, j, k])
                    acol = gav * BET_P
                    correction_term -= gav * BET_M * (u_stage[i, j, k - 1] - u_stage[i, j, k])
                if k < levels - 1:
                    gcv = 0.25 * (wcon[i + 1, j, k + 1] + wcon[i, j, k + 1])
                    ccol[k] = gcv * BET_P
                    correction_term -= gcv * BET_M * (u_stage[i, j, k + 1] - u_stage[i, j, k])
                pivot = dtr_stage - acol - ccol[k]
                dcol[k] = (
                    dtr_stage * u_pos[i, j, k]
                    + utens[i, j, k]
                    + utens_stage[i, j, k]
                    + correction_term
                )
                if k > 0:
                    pivot -= ccol[k - 1] * acol
                    dcol[k] -= dcol[k - 1] * acol
                divided = 1.0 / pivot
                ccol[k] *= divided
                dcol[k] *= divided
            data_col = 0.0
            for k in range(levels - 1, -1, -1):
                data_col = dcol[k] - ccol[k] * data_col
                out = dtr_stage * (data_col - u_pos[i, j, k])
                total += out * out
    return total


@njit(error_model="numpy", nogil=True)
def prepare(utens_stage, u_stage, west, east, u_pos, utens, dtr_stage, wind, rhs):
    """A quarter of the wind at the lower side of each level, and the right side of the system."""
    levels = rhs.size
    for k in range(levels):
        wind[k] = 0.25 * (west[k] + east[k])
    for k in range(levels):
        rhs[k] = dtr_stage * u_pos[k] + utens[k] + utens_stage[k]
    for k in range(1, levels):
        rhs[k] += wind[k] * BET_M * (u_stage[k - 1] - u_stage[k])
    for k in range(levels - 1):
        rhs[k] -= wind[k + 1] * BET_M * (u_stage[k + 1] - u_stage[k])


@njit(error_model="numpy", nogil=True)
def eliminate(dtr_stage, wind, c, d, divided):
    """In place for several columns: rows of the buffers are columns, d the right sides."""
    count, levels = d.shape
    for x in range(count):
        c[x, 0] = wind[x, 1] * BET_P
        divided[x, 0] = 1.0 / (dtr_stage - c[x, 0])
        c[x, 0] *= divided[x, 0]
        d[x, 0] *= divided[x, 0]
    for k in range(1, levels):
        for x in range(count):
            a = -wind[x, k] * BET_P
            ck = wind[x, k + 1] * BET_P
            inverse = 1.0 / (dtr_stage - a - ck - c[x, k - 1] * a)
            divided[x, k] = inverse
            c[x, k] = ck * inverse
            d[x, k] = (d[x, k] - d[x, k - 1] * a) * inverse


@njit(error_model="numpy", nogil=True)
def eliminate_adjoint(wind, c, d, divided, d_bar, wind_bar, c_bar):
    """In place: `d_bar` becomes the adjoint of the right sides."""
    count, levels = d.shape
    for k in range(levels - 1, 0, -1):
        for x in range(count):
            a = -wind[x, k] * BET_P
            inverse = divided[x, k]
            # of the pivot: divided is used twice, its derivative is -divided^2
            pivot_bar = -inverse * (d_bar[x, k] * d[x, k] + c_bar[x, k] * c[x, k])
            own = d_bar[x, k] * inverse
            d_bar[x, k] = own
            d_bar[x, k - 1] -= own * a
            c_bar[x, k - 1] -= pivot_bar * a
            a_bar = -own * d[x, k - 1] - pivot_bar * (1.0 + c[x, k - 1])
            wind_bar[x, k] -= a_bar * BET_P
            wind_bar[x, k + 1] += (c_bar[x, k] * inverse - pivot_bar) * BET_P
    for x in range(count):
        inverse = divided[x, 0]
        pivot_bar = -inverse * (d_bar[x, 0] * d[x, 0] + c_bar[x, 0] * c[x, 0])
        d_bar[x, 0] *= inverse
        wind_bar[x, 1] += (c_bar[x, 0] * inverse - pivot_bar) * BET_P


@njit(error_model="numpy", nogil=True)
def distribute(u_stage, wind, d_bar, wind_bar, u_stage_bar):
    """The adjoint of `prepare` for the correction term."""
    levels = d_bar.size
    for k in range(levels):
        u_stage_bar[k] = 0.0
    for k in range(1, levels):
        wind_bar[k] += (d_bar[k] + d_bar[k - 1]) * BET_M * (u_stage[k - 1] - u_stage[k])
    for k in range(1, levels):
        u_stage_bar[k] -= wind[k] * BET_M * (d_bar[k] + d_bar[k - 1])
    for k in range(levels - 1):
        u_stage_bar[k] += wind[k + 1] * BET_M * (d_bar[k + 1] + d_bar[k])


@njit(error_model="numpy", nogil=True)
def adjoint(
    utens_stage: Array, u_stage: Array, wcon: Array, u_pos: Array, utens: Array, dtr_stage: float
) -> tuple[Array, Array, Array, Array, Array]:
    n, m, levels = utens_stage.shape
    utens_stage_bar = np.empty((n, m, levels))
    u_stage_bar = np.empty((n, m, levels))
    wcon_bar = np.zeros((n + 1, m, levels))
    u_pos_bar = np.empty((n, m, levels))
    utens_bar = np.empty((n, m, levels))
    wind, wind_bar = np.zeros((COLUMNS, levels + 1)), np.zeros((COLUMNS, levels + 1))
    c, d, divided = (
        np.empty((COLUMNS, levels)),
        np.empty((COLUMNS, levels)),
        np.empty((COLUMNS, levels)),
    )
    data, c_bar, d_bar = (
        np.empty((COLUMNS, levels)),
        np.empty((COLUMNS, levels)),
        np.empty((COLUMNS, levels)),
    )
    for i in range(n):
        for first in range(0, m, COLUMNS):
            count = min(COLUMNS, m - first)
            for x in range(count):
                j = first + x
                prepare(
                    utens_stage[i, j], u_stage[i, j], wcon[i, j], wcon[i + 1, j],
                    u_pos[i, j], utens[i, j], dtr_stage, wind[x], d[x],
                )  # fmt: skip
            eliminate(dtr_stage, wind[:count], c[:count], d[:count], divided[:count])
            for k in range(levels - 1, -1, -1):
                for x in range(count):
                    above = data[x, k + 1] if k < levels - 1 else 0.0
                    data[x, k] = d[x, k] - c[x, k] * above
            for x in range(count):
                j = first + x
                for k in range(levels):
                    out_bar = 2.0 * dtr_stage * dtr_stage * (data[x, k] - u_pos[i, j, k])
                    d_bar[x, k] = out_bar
                    u_pos_bar[i, j, k] = -out_bar
            # the substitution backward: d_bar becomes the adjoint of the result
            for k in range(1, levels):
                for x in range(count):
                    d_bar[x, k] -= d_bar[x, k - 1] * c[x, k - 1]
            for x in range(count):
                for k in range(levels - 1):
                    c_bar[x, k] = -d_bar[x, k] * data[x, k + 1]
                c_bar[x, levels - 1] = 0.0
            wind_bar[:] = 0.0
            eliminate_adjoint(
                wind[:count], c[:count], d[:count], divided[:count],
                d_bar[:count], wind_bar[:count], c_bar[:count],
            )  # fmt: skip
            for x in range(count):
                j = first + x
                distribute(u_stage[i, j], wind[x], d_bar[x], wind_bar[x], u_stage_bar[i, j])
                for k in range(levels):
                    utens_stage_bar[i, j, k] = d_bar[x, k]
                    utens_bar[i, j, k] = d_bar[x, k]
                for k in range(levels):
                    u_pos_bar[i, j, k] += dtr_stage * d_bar[x, k]
                for k in range(levels):
                    wcon_bar[i, j, k] += 0.25 * wind_bar[x, k]
                for k in range(levels):
                    wcon_bar[i + 1, j, k] += 0.25 * wind_bar[x, k]
    return utens_stage_bar, u_stage_bar, wcon_bar, u_pos_bar, utens_bar


def _system(xp: Any) -> Callable[..., Any]:
    """The coefficients below, on and above the diagonal and the right side, all levels at once."""

    def system(utens_stage, u_stage, wcon, u_pos, utens, dtr_stage):
        wind = 0.25 * (wcon[1:, :, 1:] + wcon[:-1, :, 1:])
        zeros = xp.zeros_like(wind[:, :, :1])
        acol = xp.concatenate([zeros, -wind * BET_P], 2)
        ccol = xp.concatenate([wind * BET_P, zeros], 2)
        step = wind * BET_M * (u_stage[:, :, 1:] - u_stage[:, :, :-1])
        correction = xp.concatenate([zeros, -step], 2) - xp.concatenate([step, zeros], 2)
        rhs = dtr_stage * u_pos + utens + utens_stage + correction
        return acol, dtr_stage - acol - ccol, ccol, rhs

    return system


def in_jax() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def function(utens_stage, u_stage, wcon, u_pos, utens, dtr_stage):
        system = _system(jnp)(utens_stage, u_stage, wcon, u_pos, utens, dtr_stage)

        def eliminate(state, level):
            c, d = state
            acol, bcol, ccol, rhs = level
            divided = 1.0 / (bcol - c * acol)
            state = (ccol * divided, (rhs - d * acol) * divided)
            return state, state

        def substitute(data, level):
            c, d = level
            data = d - c * data
            return data, data

        zeros = jnp.zeros(utens_stage.shape[:2])
        levels = tuple(jnp.moveaxis(x, 2, 0) for x in system)
        _, (c, d) = jax.lax.scan(eliminate, (zeros, zeros), levels)
        _, data = jax.lax.scan(substitute, zeros, (c, d), reverse=True)
        out = dtr_stage * (data - jnp.moveaxis(u_pos, 2, 0))
        return jnp.sum(out**2)

    return function


def _in(xp: Any) -> Callable[..., Any]:
    def function(utens_stage, u_stage, wcon, u_pos, utens, dtr_stage):
        acol, bcol, ccol, rhs = _system(xp)(utens_stage, u_stage, wcon, u_pos, utens, dtr_stage)
        levels = u_pos.shape[2]
        c, d = [ccol[:, :, 0] / bcol[:, :, 0]], [rhs[:, :, 0] / bcol[:, :, 0]]
        for k in range(1, levels):
            divided = 1.0 / (bcol[:, :, k] - c[-1] * acol[:, :, k])
            d.append((rhs[:, :, k] - d[-1] * acol[:, :, k]) * divided)
            c.append(ccol[:, :, k] * divided)
        data = [d[-1]]
        for k in range(levels - 2, -1, -1):
            data.append(d[k] - c[k] * data[-1])
        out = dtr_stage * (xp.stack(data[::-1], 2) - u_pos)
        return xp.sum(out**2)

    return function


def in_torch() -> Callable[..., Any]:
    import torch

    return _in(torch)


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    return _in(anp)

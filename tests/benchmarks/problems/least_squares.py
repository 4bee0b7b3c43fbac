"""A polynomial fitted to the sign function: GradBench's `llsq`.

sum((s - p(t))^2) / 2 over n points, p of m coefficients by Horner's rule (`llsq_obj` of cmpad, by
B. M. Bell).  The adjoint takes 64 points at a time, the innermost loop, which vectorizes so; it
sums as many parts of each result apart.
"""

from collections.abc import Callable

import numpy as np
from numba import njit


def least_squares(x, t, s):
    model = np.zeros_like(t)
    for coefficient in x[::-1]:
        model = model * t + coefficient
    residual = s - model
    return 0.5 * np.sum(residual**2)


FUNCTION = least_squares
WRT = (0,)
SIZES = {"m = 32": {"m": 32, "n": 4000}, "small": {"m": 4, "n": 21}}


def arguments(m: int, n: int) -> tuple:
    x = np.random.default_rng(23).normal(size=m)
    t = np.linspace(-1.0, 1.0, n)
    return x, t, np.sign(t)


@njit(error_model="numpy", nogil=True)
def primal(x, t, s):
    total = 0.0
    for i in range(t.shape[0]):
        model = 0.0
        for j in range(x.shape[0] - 1, -1, -1):
            model = model * t[i] + x[j]
        total += (s[i] - model) ** 2
    return 0.5 * total


LANES = 64


@njit(error_model="numpy", nogil=True)
def adjoint(x, t, s):
    m, n = x.shape[0], t.shape[0]
    x_bar = np.zeros(m)
    parts = np.zeros((m, LANES))
    model = np.empty(LANES)
    whole = n - n % LANES
    for first in range(0, whole, LANES):
        for lane in range(LANES):
            model[lane] = x[m - 1]
        for j in range(m - 2, -1, -1):
            for lane in range(LANES):
                model[lane] = model[lane] * t[first + lane] + x[j]
        for lane in range(LANES):
            model[lane] -= s[first + lane]
        for j in range(m):
            for lane in range(LANES):
                parts[j, lane] += model[lane]
                model[lane] *= t[first + lane]
    for j in range(m):
        for lane in range(LANES):
            x_bar[j] += parts[j, lane]
    for i in range(whole, n):
        p = 0.0
        for j in range(m - 1, -1, -1):
            p = p * t[i] + x[j]
        p -= s[i]
        for j in range(m):
            x_bar[j] += p
            p *= t[i]
    return (x_bar,)


def in_jax() -> Callable:
    import jax.numpy as jnp

    def in_jax(x, t, s):
        model = jnp.zeros_like(t)
        for coefficient in x[::-1]:
            model = model * t + coefficient
        return 0.5 * jnp.sum((s - model) ** 2)

    return in_jax


def in_torch() -> Callable:
    import torch

    def in_torch(x, t, s):
        model = torch.zeros_like(t)
        for coefficient in x.flip(0):
            model = model * t + coefficient
        return 0.5 * torch.sum((s - model) ** 2)

    return in_torch


def in_autograd() -> Callable:
    import autograd.numpy as np

    def in_autograd(x, t, s):
        model = np.zeros(t.shape)
        for coefficient in x[::-1]:
            model = model * t + coefficient
        return 0.5 * np.sum((s - model) ** 2)

    return in_autograd

"""A chain of differential equations by Runge-Kutta of order 4: GradBench's `ode`.

y_0' = x_0 and y_i' = x_i y_(i-1), from zero; the output is the last element at the end (from
`an_ode` of B. M. Bell's cmpad; here the time is long enough for that element not to vanish).  The
adjoint keeps the state of every step and computes the stages anew.
"""

from collections.abc import Callable

import numpy as np
from numba import njit


def slope(x, y):
    dy = np.empty_like(y)
    dy[0] = x[0]
    dy[1:] = x[1:] * y[:-1]
    return dy


def ode_rk4(x, time, steps):
    h = time / steps
    y = np.zeros(x.shape[0])
    for _ in range(steps):
        k1 = slope(x, y)
        k2 = slope(x, y + h / 2 * k1)
        k3 = slope(x, y + h / 2 * k2)
        k4 = slope(x, y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y[-1]


FUNCTION = ode_rk4
WRT = (0,)
STATIC = (2,)
SIZES = {"30 equations": {"n": 30, "steps": 500}, "small": {"n": 5, "steps": 10}}


def arguments(n: int, steps: int) -> tuple:
    return np.random.default_rng(19).uniform(0.7, 1.3, n), n / 3.0, steps


loops = njit(error_model="numpy", nogil=True)


@loops
def slope_at(x, y, factor, k, dy):
    """dy = slope(x, y + factor k)."""
    dy[0] = x[0]
    for i in range(1, x.shape[0]):
        dy[i] = x[i] * (y[i - 1] + factor * k[i - 1])


@loops
def primal(x, time, steps):
    n, h = x.shape[0], time / steps
    y = np.zeros(n)
    k1, k2, k3, k4 = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    for _ in range(steps):
        slope_at(x, y, 0.0, y, k1)
        slope_at(x, y, h / 2, k1, k2)
        slope_at(x, y, h / 2, k2, k3)
        slope_at(x, y, h, k3, k4)
        for i in range(n):
            y[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i])
    return y[-1]


@loops
def adjoint(x, time, steps):
    """All stages go in one loop: an element of a stage needs the one before it of the stage before,
    which is still at hand."""
    n, h = x.shape[0], time / steps
    states = np.empty((steps + 1, n))
    states[0] = 0.0
    for t in range(steps):
        y, new = states[t], states[t + 1]
        k1 = k2 = k3 = x[0]
        new[0] = y[0] + h * x[0]
        for i in range(1, n):
            before = y[i - 1]
            k4 = x[i] * (before + h * k3)
            k3 = x[i] * (before + h / 2 * k2)
            k2 = x[i] * (before + h / 2 * k1)
            k1 = x[i] * before
            new[i] = y[i] + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    y2, y3, y4 = np.empty(n), np.empty(n), np.empty(n)
    x_bar, y_bar = np.zeros(n), np.zeros(n)
    y_bar[n - 1] = 1.0
    for t in range(steps - 1, -1, -1):
        y = states[t]
        k1 = k2 = k3 = x[0]
        for i in range(1, n):
            before = y[i - 1]
            y2[i], y3[i], y4[i] = before + h / 2 * k1, before + h / 2 * k2, before + h * k3
            k1, k2, k3 = x[i] * before, x[i] * y2[i], x[i] * y3[i]
        y1_bar = y2_bar = y3_bar = y4_bar = 0.0  # of the element before, in each stage
        for i in range(n - 1, 0, -1):
            bar = y_bar[i]
            k4_bar = h / 6 * bar
            k3_bar = h / 3 * bar + h * y4_bar
            k2_bar = h / 3 * bar + h / 2 * y3_bar
            k1_bar = h / 6 * bar + h / 2 * y2_bar
            y_bar[i] = bar + (y1_bar + y2_bar + y3_bar + y4_bar)
            x_bar[i] += y[i - 1] * k1_bar + y2[i] * k2_bar + y3[i] * k3_bar + y4[i] * k4_bar
            y1_bar, y2_bar = x[i] * k1_bar, x[i] * k2_bar
            y3_bar, y4_bar = x[i] * k3_bar, x[i] * k4_bar
        x_bar[0] += h * y_bar[0] + h * y4_bar + h / 2 * (y3_bar + y2_bar)
        y_bar[0] += y1_bar + y2_bar + y3_bar + y4_bar
    return (x_bar,)


def in_jax() -> Callable:
    import jax
    import jax.numpy as jnp

    def in_jax(x, time, steps):
        h = time / steps

        def slope(y):
            return x * jnp.concatenate([jnp.ones(1), y[:-1]])

        def step(y, _):
            k1 = slope(y)
            k2 = slope(y + h / 2 * k1)
            k3 = slope(y + h / 2 * k2)
            k4 = slope(y + h * k3)
            return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), None

        return jax.lax.scan(step, jnp.zeros_like(x), None, length=steps)[0][-1]

    return in_jax


def in_torch() -> Callable:
    import torch

    def slope(x, y):
        return torch.cat([x[:1], x[1:] * y[:-1]])

    def in_torch(x, time, steps):
        h = time / steps
        y = torch.zeros_like(x)
        for _ in range(steps):
            k1 = slope(x, y)
            k2 = slope(x, y + h / 2 * k1)
            k3 = slope(x, y + h / 2 * k2)
            k4 = slope(x, y + h * k3)
            y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return y[-1]

    return in_torch


def in_autograd() -> Callable:
    import autograd.numpy as np

    def slope(x, y):
        return np.concatenate([x[:1], x[1:] * y[:-1]])

    def in_autograd(x, time, steps):
        h = time / steps
        y = np.zeros(x.shape[0])
        for _ in range(steps):
            k1 = slope(x, y)
            k2 = slope(x, y + h / 2 * k1)
            k3 = slope(x, y + h / 2 * k2)
            k4 = slope(x, y + h * k3)
            y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return y[-1]

    return in_autograd

"""The value of a game at the best answer, found by gradient ascent: after GradBench's `saddle`,
with a derivative of a function that takes derivatives itself.

g(x) = max over y of f(x, y), f(x, y) = |x|^2 - |y|^2 + sum(cos(x y)), by a number of steps of
ascent along the gradient of f in y (B. A. Pearlmutter, J. M. Siskind, "Using programming language
theory to make automatic differentiation sound and efficient", 2008; the cosine is added so that the
answer depends on x).  The gradient is for x and for where the ascent starts.
"""

from collections.abc import Callable

import numpy as np
from numba import njit

import s2sad


def payoff(x, y):
    return np.sum(x**2) - np.sum(y**2) + np.sum(np.cos(x * y))


uphill = s2sad.grad(payoff, argnums=1)


def saddle(x, start, rate, steps):
    y = start
    for _ in range(steps):
        y = y + rate * uphill(x, y)
    return payoff(x, y)


FUNCTION = saddle
WRT = (0, 1)
STATIC = (3,)
SIZES = {"500 steps": {"steps": 500}, "small": {"steps": 20}}


def arguments(steps: int) -> tuple:
    return np.array([1.7, 1.2]), np.array([0.9, -0.6]), 5.0 / steps, steps


@njit(error_model="numpy", nogil=True)
def primal(x, start, rate, steps):
    n = x.shape[0]
    y = start.copy()
    for _ in range(steps):
        for i in range(n):
            y[i] += rate * (-2 * y[i] - np.sin(x[i] * y[i]) * x[i])
    value = 0.0
    for i in range(n):
        value += x[i] ** 2 - y[i] ** 2 + np.cos(x[i] * y[i])
    return value


@njit(error_model="numpy", nogil=True)
def adjoint(x, start, rate, steps):
    n = x.shape[0]
    ys, sines = np.empty((steps + 1, n)), np.empty((steps, n))
    ys[0] = start
    for t in range(steps):
        for i in range(n):
            sines[t, i] = np.sin(x[i] * ys[t, i])
            ys[t + 1, i] = ys[t, i] + rate * (-2 * ys[t, i] - sines[t, i] * x[i])
    x_bar, y_bar = np.empty(n), np.empty(n)
    for i in range(n):
        sine = np.sin(x[i] * ys[steps, i])
        x_bar[i] = 2 * x[i] - sine * ys[steps, i]
        y_bar[i] = -2 * ys[steps, i] - sine * x[i]
    for t in range(steps - 1, -1, -1):
        for i in range(n):
            step_bar = rate * y_bar[i]
            product_bar = -np.cos(x[i] * ys[t, i]) * x[i] * step_bar
            x_bar[i] += product_bar * ys[t, i] - sines[t, i] * step_bar
            y_bar[i] += product_bar * x[i] - 2 * step_bar
    return x_bar, y_bar


def in_jax() -> Callable:
    import jax
    import jax.numpy as jnp

    def payoff(x, y):
        return jnp.sum(x**2) - jnp.sum(y**2) + jnp.sum(jnp.cos(x * y))

    def in_jax(x, start, rate, steps):
        def step(y, _):
            return y + rate * jax.grad(payoff, 1)(x, y), None

        return payoff(x, jax.lax.scan(step, start, None, length=steps)[0])

    return in_jax


def in_torch() -> Callable:
    import torch

    def payoff(x, y):
        return torch.sum(x**2) - torch.sum(y**2) + torch.sum(torch.cos(x * y))

    def in_torch(x, start, rate, steps):
        y = start
        for _ in range(steps):
            (gradient,) = torch.autograd.grad(payoff(x, y), y, create_graph=True)
            y = y + rate * gradient
        return payoff(x, y)

    return in_torch


def in_autograd() -> Callable:
    import autograd
    import autograd.numpy as np

    def payoff(x, y):
        return np.sum(x**2) - np.sum(y**2) + np.sum(np.cos(x * y))

    uphill = autograd.grad(payoff, 1)

    def in_autograd(x, start, rate, steps):
        y = start
        for _ in range(steps):
            y = y + rate * uphill(x, y)
        return payoff(x, y)

    return in_autograd

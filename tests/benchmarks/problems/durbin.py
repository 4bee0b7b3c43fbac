"""Durbin's recursion for the Yule-Walker equations.

The kernel durbin of NPBench and PolyBench (https://github.com/spcl/npbench); the algorithm is in
Golub and Van Loan, Matrix Computations, section 4.7. The result is the sum of the solution.
400 coefficients.

The adjoint records the vector of every step, reversed and in one array: then all products of two
vectors, forward and backward, run in stride. The scalars of a step are recorded too.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[np.float64]

KIND = "gradient"
WRT = (0,)
SIZES = {"N400": {"n": 400}, "small": {"n": 7}}


def arguments(n: int) -> tuple[Array]:
    rng = np.random.default_rng(12)
    return (0.6 ** np.arange(1, n + 1) + rng.uniform(-0.3, 0.3, n) / n,)


def durbin(r):
    n = len(r)
    y = np.empty_like(r)
    alpha = -r[0]
    beta = 1.0
    y[0] = -r[0]
    for k in range(1, n):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(np.flip(r[:k]), y[:k])) / beta
        y[:k] += alpha * np.flip(y[:k])
        y[k] = alpha
    return np.sum(y)


FUNCTION = durbin


@njit(error_model="numpy", nogil=True)
def primal(r: Array) -> float:
    n = r.size
    y = np.empty(n)
    old = np.empty(n)
    alpha = -r[0]
    beta = 1.0
    y[0] = -r[0]
    for k in range(1, n):
        beta *= 1.0 - alpha * alpha
        product = 0.0
        for i in range(k):
            product += r[k - 1 - i] * y[i]
        alpha = -(r[k] + product) / beta
        for i in range(k):
            old[i] = y[i]
        for i in range(k):
            y[i] += alpha * old[k - 1 - i]
        y[k] = alpha
    total = 0.0
    for i in range(n):
        total += y[i]
    return total


@njit(error_model="numpy", nogil=True)
def adjoint(r: Array) -> tuple[Array]:
    n = r.size
    tape = np.empty(n * (n - 1) // 2 + 1)  # y of step k, reversed, at k (k - 1) / 2
    alphas = np.empty(n)
    betas = np.empty(n)
    alphas[0] = tape[0] = -r[0]
    betas[0] = 1.0
    for k in range(1, n):
        y = tape[k * (k - 1) // 2 : k * (k + 1) // 2]
        betas[k] = betas[k - 1] * (1.0 - alphas[k - 1] * alphas[k - 1])
        alpha = -(r[k] + np.dot(r[:k], y)) / betas[k]
        alphas[k] = alpha
        if k + 1 < n:
            new = tape[k * (k + 1) // 2 : (k + 1) * (k + 2) // 2]
            new[0] = alpha
            for i in range(k):
                new[i + 1] = y[i] + alpha * y[k - 1 - i]
    r_bar = np.zeros(n)
    y_bar = np.ones(n)
    new_bar = np.empty(n)
    alpha_bar = 0.0
    beta_bar = 0.0
    for k in range(n - 1, 0, -1):
        y = tape[k * (k - 1) // 2 : k * (k + 1) // 2]
        alpha = alphas[k]
        alpha_bar += y_bar[k] + np.dot(y_bar[:k], y)
        numerator_bar = -alpha_bar / betas[k]
        beta_bar += numerator_bar * alpha
        for i in range(k):
            new_bar[i] = y_bar[i] + alpha * y_bar[k - 1 - i] + numerator_bar * r[k - 1 - i]
        for i in range(k):
            r_bar[i] += numerator_bar * y[i]
        r_bar[k] += numerator_bar
        y_bar, new_bar = new_bar, y_bar
        alpha_bar = -2.0 * beta_bar * betas[k - 1] * alphas[k - 1]
        beta_bar *= 1.0 - alphas[k - 1] * alphas[k - 1]
    r_bar[0] -= y_bar[0] + alpha_bar
    return (r_bar,)


def in_jax() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def function(r):
        n = r.size
        indices = jnp.arange(n)

        def step(state, k):
            y, reversed_r, alpha, beta = state  # reversed_r starts with r[k - 1], ..., r[0]
            inside = indices < k
            beta = beta * (1.0 - alpha * alpha)
            alpha = -(r[k] + jnp.dot(reversed_r, y)) / beta
            reversed_y = jnp.where(inside, jnp.roll(y[::-1], k), 0.0)
            y = jnp.where(inside, y + alpha * reversed_y, 0.0).at[k].set(alpha)
            reversed_r = jnp.roll(reversed_r, 1).at[0].set(r[k])
            return (y, reversed_r, alpha, beta), None

        first = jnp.zeros(n).at[0].set(r[0])
        state = (-first, first, -r[0], 1.0)
        (y, *_), _ = jax.lax.scan(step, state, jnp.arange(1, n))
        return jnp.sum(y)

    return function


def in_torch() -> Callable[..., Any]:
    import torch

    def function(r):
        y = -r[:1]
        alpha = -r[0]
        beta = 1.0
        for k in range(1, len(r)):
            beta = beta * (1.0 - alpha * alpha)
            alpha = -(r[k] + torch.dot(torch.flip(r[:k], (0,)), y)) / beta
            y = torch.cat([y + alpha * torch.flip(y, (0,)), alpha[None]])
        return torch.sum(y)

    return function


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    def function(r):
        y = -r[:1]
        alpha = -r[0]
        beta = 1.0
        for k in range(1, len(r)):
            beta = beta * (1.0 - alpha * alpha)
            alpha = -(r[k] + anp.dot(r[:k][::-1], y)) / beta
            y = anp.append(y + alpha * y[::-1], alpha)
        return anp.sum(y)

    return function

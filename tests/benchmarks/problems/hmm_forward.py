"""The log likelihood of a hidden Markov model: the forward algorithm with scaling.

L. R. Rabiner, "A tutorial on hidden Markov models", Proc. IEEE 77 (1989), section V.A.  The
gradient is for the first distribution (n,), the transitions (n, n) and the emissions (n, m).
The adjoint keeps the filtered and the predicted distributions; the adjoint of the transitions is
one matrix product at the end.
"""

from collections.abc import Callable

import numpy as np
from numba import njit


def hmm_forward(initial, transition, emission, observed):
    alpha = initial * emission[:, observed[0]]
    scale = np.sum(alpha)
    alpha = alpha / scale
    log_likelihood = np.log(scale)
    for t in range(1, len(observed)):
        alpha = (alpha @ transition) * emission[:, observed[t]]
        scale = np.sum(alpha)
        alpha = alpha / scale
        log_likelihood += np.log(scale)
    return log_likelihood


FUNCTION = hmm_forward
WRT = (0, 1, 2)
SIZES = {"16 states": {"n": 16, "m": 32, "steps": 1000}, "small": {"n": 4, "m": 5, "steps": 30}}


def arguments(n: int, m: int, steps: int) -> tuple:
    rng = np.random.default_rng(11)
    initial, transition, emission = rng.random(n) + 0.1, rng.random((n, n)), rng.random((n, m))
    transition += 2 * np.eye(n)
    return (
        initial / initial.sum(),
        transition / transition.sum(axis=1, keepdims=True),
        emission / emission.sum(axis=1, keepdims=True),
        rng.integers(0, m, steps),
    )


@njit(error_model="numpy", nogil=True)
def primal(initial, transition, emission, observed):
    n = initial.shape[0]
    alpha, new = np.empty(n), np.empty(n)
    scale = 0.0
    for j in range(n):
        alpha[j] = initial[j] * emission[j, observed[0]]
        scale += alpha[j]
    log_likelihood = np.log(scale)
    for t in range(1, observed.shape[0]):
        for j in range(n):
            alpha[j] /= scale
            new[j] = 0.0
        for i in range(n):
            for j in range(n):
                new[j] += alpha[i] * transition[i, j]
        scale = 0.0
        for j in range(n):
            alpha[j] = new[j] * emission[j, observed[t]]
            scale += alpha[j]
        log_likelihood += np.log(scale)
    return log_likelihood


@njit(error_model="numpy", nogil=True)
def product(x, matrix, out):
    """out = x matrix, four rows at a time."""
    n = x.shape[0]
    for j in range(out.shape[0]):
        out[j] = 0.0
    for i in range(0, n - 3, 4):
        x0, x1, x2, x3 = x[i], x[i + 1], x[i + 2], x[i + 3]
        r0, r1, r2, r3 = matrix[i], matrix[i + 1], matrix[i + 2], matrix[i + 3]
        for j in range(out.shape[0]):
            out[j] += x0 * r0[j] + x1 * r1[j] + x2 * r2[j] + x3 * r3[j]
    for i in range(n - n % 4, n):
        x0, r0 = x[i], matrix[i]
        for j in range(out.shape[0]):
            out[j] += x0 * r0[j]


@njit(error_model="numpy", nogil=True)
def adjoint(initial, transition, emission, observed):
    n, steps = initial.shape[0], observed.shape[0]
    emitted = np.ascontiguousarray(emission.T)
    backward = np.ascontiguousarray(transition.T)
    alphas, predicted = np.empty((steps, n)), np.empty((steps, n))
    scales = np.empty(steps)
    predicted[0] = initial
    for t in range(steps):
        p, alpha, e = predicted[t], alphas[t], emitted[observed[t]]
        if t > 0:
            product(alphas[t - 1], transition, p)
        scale = 0.0
        for j in range(n):
            a = p[j] * e[j]
            alpha[j] = a
            scale += a
        scales[t] = scale
        for j in range(n):
            alpha[j] /= scale

    predicted_bars = np.empty((steps, n))
    emitted_bar = np.zeros_like(emitted)
    alpha_bar = np.zeros(n)
    for t in range(steps - 1, -1, -1):
        p, p_bar, alpha = predicted[t], predicted_bars[t], alphas[t]
        e, e_bar = emitted[observed[t]], emitted_bar[observed[t]]
        inner = 0.0
        for j in range(n):
            inner += alpha_bar[j] * alpha[j]
        factor = 1 / scales[t]
        for j in range(n):
            a_bar = (alpha_bar[j] + (1.0 - inner)) * factor
            e_bar[j] += a_bar * p[j]
            p_bar[j] = a_bar * e[j]
        product(p_bar, backward, alpha_bar)
    transition_bar = np.dot(alphas[:-1].T, predicted_bars[1:])
    return predicted_bars[0].copy(), transition_bar, np.ascontiguousarray(emitted_bar.T)


def in_jax() -> Callable:
    import jax
    import jax.numpy as jnp

    def in_jax(initial, transition, emission, observed):
        def normalized(alpha):
            scale = jnp.sum(alpha)
            return alpha / scale, jnp.log(scale)

        def step(alpha, emitted):
            return normalized((alpha @ transition) * emitted)

        emitted = emission.T[observed]
        alpha, first = normalized(initial * emitted[0])
        _, logarithms = jax.lax.scan(step, alpha, emitted[1:], unroll=4)  # measured: the best
        return first + jnp.sum(logarithms)

    return in_jax


def in_torch() -> Callable:
    import torch

    def in_torch(initial, transition, emission, observed):
        emitted = emission.T[observed]
        alpha = initial * emitted[0]
        scale = alpha.sum()
        alpha = alpha / scale
        log_likelihood = torch.log(scale)
        for t in range(1, len(observed)):
            alpha = (alpha @ transition) * emitted[t]
            scale = alpha.sum()
            alpha = alpha / scale
            log_likelihood = log_likelihood + torch.log(scale)
        return log_likelihood

    return in_torch


def in_autograd() -> Callable:
    import autograd.numpy as np

    def in_autograd(initial, transition, emission, observed):
        alpha = initial * emission[:, observed[0]]
        scale = np.sum(alpha)
        alpha = alpha / scale
        log_likelihood = np.log(scale)
        for t in range(1, len(observed)):
            alpha = np.dot(alpha, transition) * emission[:, observed[t]]
            scale = np.sum(alpha)
            alpha = alpha / scale
            log_likelihood = log_likelihood + np.log(scale)
        return log_likelihood

    return in_autograd

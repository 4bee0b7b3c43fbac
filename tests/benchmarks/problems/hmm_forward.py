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
def adjoint(initial, transition, emission, observed):
    n, steps = initial.shape[0], observed.shape[0]
    emitted = np.ascontiguousarray(emission.T)
    backward = np.ascontiguousarray(transition.T)
    alphas, predicted = np.empty((steps, n)), np.empty((steps, n))
    scales = np.empty(steps)
    for t in range(steps):
        if t == 0:
            predicted[0] = initial
        else:
            for j in range(n):
                predicted[t, j] = 0.0
            for i in range(n):
                a = alphas[t - 1, i]
                for j in range(n):
                    predicted[t, j] += a * transition[i, j]
        o = observed[t]
        scale = 0.0
        for j in range(n):
            a = predicted[t, j] * emitted[o, j]
            alphas[t, j] = a
            scale += a
        scales[t] = scale
        for j in range(n):
            alphas[t, j] /= scale

    predicted_bars = np.empty((steps, n))
    emitted_bar = np.zeros_like(emitted)
    alpha_bar = np.zeros(n)
    for t in range(steps - 1, -1, -1):
        o = observed[t]
        inner = 0.0
        for j in range(n):
            inner += alpha_bar[j] * alphas[t, j]
        factor = 1 / scales[t]
        for j in range(n):
            product_bar = (alpha_bar[j] + (1.0 - inner)) * factor
            emitted_bar[o, j] += product_bar * predicted[t, j]
            predicted_bars[t, j] = product_bar * emitted[o, j]
            alpha_bar[j] = 0.0
        if t > 0:
            for j in range(n):
                p = predicted_bars[t, j]
                for i in range(n):
                    alpha_bar[i] += p * backward[j, i]
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
        _, logarithms = jax.lax.scan(step, alpha, emitted[1:])
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

"""The log likelihood of a linear Gaussian model: the Kalman filter.

R. E. Kalman, "A new approach to linear filtering and prediction problems", J. Basic Eng. 82 (1960);
the likelihood by its innovations as in A. C. Harvey, "Forecasting, structural time series models
and the Kalman filter" (1989), section 3.4.  The gradient is for the first mean (n,) and covariance
(n, n), the matrices of motion (n, n) and observation (m, n), and both noise covariances.
The adjoint keeps all that a step computes; of the covariances it uses that they are symmetric, but
not of their adjoints.
"""

from collections.abc import Callable

import numpy as np
from numba import njit


def kalman(mean, cov, motion, motion_noise, observation, observation_noise, observed):
    log_likelihood = 0.0
    for t in range(observed.shape[0]):
        mean = motion @ mean
        cov = motion @ cov @ motion.T + motion_noise
        innovation = observed[t] - observation @ mean
        spread = observation @ cov @ observation.T + observation_noise
        precision = np.linalg.inv(spread)
        gain = cov @ observation.T @ precision
        distance = innovation @ precision @ innovation
        log_likelihood -= 0.5 * (distance + np.log(2 * np.pi * np.linalg.det(spread)))
        mean = mean + gain @ innovation
        cov = cov - gain @ observation @ cov
    return log_likelihood


FUNCTION = kalman
WRT = (0, 1, 2, 3, 4, 5)
SIZES = {"200 steps": {"steps": 200}, "small": {"steps": 7}}


def arguments(steps: int) -> tuple:
    """Position and velocity in the plane, of which the position is seen."""
    rng = np.random.default_rng(17)
    eye, still = np.eye(2), np.zeros((2, 2))
    motion = np.block([[eye, 0.3 * eye], [still, 0.97 * eye]])
    motion += rng.uniform(-0.01, 0.01, (4, 4))
    observation = np.hstack([eye, still]) + rng.uniform(-0.02, 0.02, (2, 4))
    observed = np.cumsum(rng.normal(0.1, 0.3, (steps, 2)), axis=0) + rng.normal(0, 0.4, (steps, 2))
    noises = 0.05 * covariance(rng, 4), 0.2 * covariance(rng, 2)
    return (
        rng.normal(size=4),
        covariance(rng, 4),
        motion,
        noises[0],
        observation,
        noises[1],
        observed,
    )


def covariance(rng: np.random.Generator, n: int) -> np.ndarray:
    """A positive definite matrix."""
    a = rng.normal(size=(n, n))
    return a @ a.T / n + np.eye(n)


loops = njit(error_model="numpy", nogil=True)


@loops
def product(a, b, factor, c):
    """c += factor a b; the innermost loop runs over rows, so that it vectorizes."""
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            scaled = factor * a[i, k]
            for j in range(b.shape[1]):
                c[i, j] += scaled * b[k, j]


@loops
def product_nt(a, b, factor, c):
    """c += factor a b^T."""
    for i in range(a.shape[0]):
        for j in range(b.shape[0]):
            inner = 0.0
            for k in range(a.shape[1]):
                inner += a[i, k] * b[j, k]
            c[i, j] += factor * inner


@loops
def product_tn(a, b, factor, c):
    """c += factor a^T b."""
    for k in range(a.shape[0]):
        for i in range(a.shape[1]):
            scaled = factor * a[k, i]
            for j in range(b.shape[1]):
                c[i, j] += scaled * b[k, j]


@loops
def outer(x, y, factor, c):
    """c += factor x y^T."""
    for i in range(x.shape[0]):
        scaled = factor * x[i]
        for j in range(y.shape[0]):
            c[i, j] += scaled * y[j]


@loops
def apply(a, x, factor, y):
    """y += factor a x."""
    for i in range(a.shape[0]):
        inner = 0.0
        for j in range(a.shape[1]):
            inner += a[i, j] * x[j]
        y[i] += factor * inner


@loops
def apply_t(a, x, factor, y):
    """y += factor a^T x."""
    for i in range(a.shape[0]):
        scaled = factor * x[i]
        for j in range(a.shape[1]):
            y[j] += scaled * a[i, j]


@loops
def copy(a, b):
    """b = a."""
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            b[i, j] = a[i, j]


@loops
def zero(a):
    """a = 0."""
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            a[i, j] = 0.0


@loops
def invert(a, work, inverse):
    """The inverse of a positive definite matrix by elimination; returns the determinant."""
    m = a.shape[0]
    determinant = 1.0
    for i in range(m):
        for j in range(m):
            work[i, j] = a[i, j]
            inverse[i, j] = 0.0
        inverse[i, i] = 1.0
    for k in range(m):
        pivot = work[k, k]
        determinant *= pivot
        for j in range(m):
            work[k, j] /= pivot
            inverse[k, j] /= pivot
        for i in range(m):
            if i != k:
                factor = work[i, k]
                for j in range(m):
                    work[i, j] -= factor * work[k, j]
                    inverse[i, j] -= factor * inverse[k, j]
    return determinant


@loops
def primal(mean, cov, motion, motion_noise, observation, observation_noise, observed):
    n, m = motion.shape[0], observation.shape[0]
    x, p = mean.copy(), cov.copy()
    x1, p1, moved, v = np.empty(n), np.empty((n, n)), np.empty((n, n)), np.empty(m)
    s, work, precision = np.empty((m, m)), np.empty((m, m)), np.empty((m, m))
    seen, cross, gain = np.empty((m, n)), np.empty((n, m)), np.empty((n, m))
    log_likelihood = 0.0
    for t in range(observed.shape[0]):
        log_likelihood += filtered(
            x, p, motion, motion_noise, observation, observation_noise, observed[t],
            x1, p1, moved, v, s, work, precision, seen, cross, gain, x, p,
        )  # fmt: skip
    return log_likelihood


@loops
def filtered(x, p, f, q, h, r, y, x1, p1, moved, v, s, work, precision, seen, cross, gain, x2, p2):
    """One step: from the mean x and covariance p to x2 and p2; returns its log likelihood."""
    n, m = f.shape[0], h.shape[0]
    for i in range(n):
        x1[i] = 0.0
    apply(f, x, 1.0, x1)
    zero(moved)
    product(f, p, 1.0, moved)
    copy(q, p1)
    product_nt(moved, f, 1.0, p1)
    for i in range(m):
        v[i] = y[i]
    apply(h, x1, -1.0, v)
    zero(seen)
    product(h, p1, 1.0, seen)
    copy(r, s)
    product_nt(seen, h, 1.0, s)
    determinant = invert(s, work, precision)
    zero(cross)
    product_nt(p1, h, 1.0, cross)  # seen^T were unstable: its rounding errors grow
    zero(gain)
    product(cross, precision, 1.0, gain)
    distance = 0.0
    for i in range(m):
        for j in range(m):
            distance += v[i] * precision[i, j] * v[j]
    for i in range(n):
        x2[i] = x1[i]
    apply(gain, v, 1.0, x2)
    copy(p1, p2)
    product(gain, seen, -1.0, p2)
    return -0.5 * (distance + np.log(2 * np.pi * determinant))


@loops
def adjoint(mean, cov, motion, motion_noise, observation, observation_noise, observed):
    steps, n, m = observed.shape[0], motion.shape[0], observation.shape[0]
    f, h = motion, observation
    x, p = np.empty((steps + 1, n)), np.empty((steps + 1, n, n))
    x1, p1, moved = np.empty((steps, n)), np.empty((steps, n, n)), np.empty((steps, n, n))
    v, precision = np.empty((steps, m)), np.empty((steps, m, m))
    seen, gain = np.empty((steps, m, n)), np.empty((steps, n, m))
    s, work, cross = np.empty((m, m)), np.empty((m, m)), np.empty((n, m))
    x[0], p[0] = mean, cov
    for t in range(steps):
        filtered(
            x[t], p[t], f, motion_noise, h, observation_noise, observed[t],
            x1[t], p1[t], moved[t], v[t], s, work, precision[t], seen[t], cross, gain[t],
            x[t + 1], p[t + 1],
        )  # fmt: skip

    f_bar, q_bar, h_bar, r_bar = (
        np.zeros((n, n)),
        np.zeros((n, n)),
        np.zeros((m, n)),
        np.zeros((m, m)),
    )
    x_bar, p_bar = np.zeros(n), np.zeros((n, n))
    x_next, moved_bar, v_bar = np.empty(n), np.empty((n, n)), np.empty(m)
    gain_bar, seen_bar, cross_bar = np.empty((n, m)), np.empty((m, n)), np.empty((n, m))
    s_bar, precision_bar = np.empty((m, m)), np.empty((m, m))
    for t in range(steps - 1, -1, -1):
        k, si, w = gain[t], precision[t], seen[t]
        # x2 = x1 + gain v, p2 = p1 - gain seen
        zero(gain_bar)
        outer(x_bar, v[t], 1.0, gain_bar)
        product_nt(p_bar, w, -1.0, gain_bar)
        zero(seen_bar)
        product_tn(k, p_bar, -1.0, seen_bar)
        for i in range(m):
            v_bar[i] = 0.0
        apply_t(k, x_bar, 1.0, v_bar)
        # the likelihood, gain = (p1 h^T) precision, precision = s^-1
        apply(si, v[t], -1.0, v_bar)
        zero(precision_bar)
        outer(v[t], v[t], -0.5, precision_bar)
        product(w, gain_bar, 1.0, precision_bar)
        zero(cross_bar)
        product(gain_bar, si, 1.0, cross_bar)
        zero(work)
        product(si, precision_bar, 1.0, work)
        for i in range(m):
            for j in range(m):
                s_bar[i, j] = -0.5 * si[i, j]
        product(work, si, -1.0, s_bar)
        # s = seen h^T + r, seen = h p1, v = y - h x1
        product(s_bar, h, 1.0, seen_bar)
        product_tn(s_bar, w, 1.0, h_bar)
        product(cross_bar, h, 1.0, p_bar)
        product_tn(h, seen_bar, 1.0, p_bar)
        for i in range(m):
            for j in range(m):
                r_bar[i, j] += s_bar[i, j]
            for j in range(n):
                seen_bar[i, j] += cross_bar[j, i]
        product(seen_bar, p1[t], 1.0, h_bar)
        outer(v_bar, x1[t], -1.0, h_bar)
        apply_t(h, v_bar, -1.0, x_bar)
        # p1 = moved f^T + q, moved = f p, x1 = f x
        zero(moved_bar)
        product(p_bar, f, 1.0, moved_bar)
        product_tn(p_bar, moved[t], 1.0, f_bar)
        product(moved_bar, p[t], 1.0, f_bar)
        outer(x_bar, x[t], 1.0, f_bar)
        for i in range(n):
            x_next[i] = 0.0
            for j in range(n):
                q_bar[i, j] += p_bar[i, j]
                p_bar[i, j] = 0.0
        product_tn(f, moved_bar, 1.0, p_bar)
        apply_t(f, x_bar, 1.0, x_next)
        x_bar, x_next = x_next, x_bar
    return x_bar, p_bar, f_bar, q_bar, h_bar, r_bar


def in_jax() -> Callable:
    import jax
    import jax.numpy as jnp

    def in_jax(mean, cov, motion, motion_noise, observation, observation_noise, observed):
        def step(state, y):
            mean, cov = state
            mean = motion @ mean
            cov = motion @ cov @ motion.T + motion_noise
            innovation = y - observation @ mean
            spread = observation @ cov @ observation.T + observation_noise
            precision = jnp.linalg.inv(spread)
            gain = cov @ observation.T @ precision
            distance = innovation @ precision @ innovation
            part = -0.5 * (distance + jnp.log(2 * jnp.pi * jnp.linalg.det(spread)))
            return (mean + gain @ innovation, cov - gain @ observation @ cov), part

        return jnp.sum(jax.lax.scan(step, (mean, cov), observed)[1])

    return in_jax


def in_torch() -> Callable:
    import torch

    def in_torch(mean, cov, motion, motion_noise, observation, observation_noise, observed):
        log_likelihood = 0.0
        for y in observed:
            mean = motion @ mean
            cov = motion @ cov @ motion.T + motion_noise
            innovation = y - observation @ mean
            spread = observation @ cov @ observation.T + observation_noise
            precision = torch.linalg.inv(spread)
            gain = cov @ observation.T @ precision
            distance = innovation @ precision @ innovation
            log_det = torch.log(2 * torch.pi * torch.linalg.det(spread))
            log_likelihood = log_likelihood - 0.5 * (distance + log_det)
            mean = mean + gain @ innovation
            cov = cov - gain @ observation @ cov
        return log_likelihood

    return in_torch


def in_autograd() -> Callable:
    import autograd.numpy as np

    def in_autograd(mean, cov, motion, motion_noise, observation, observation_noise, observed):
        log_likelihood = 0.0
        for y in observed:
            mean = np.dot(motion, mean)
            cov = motion @ cov @ motion.T + motion_noise
            innovation = y - np.dot(observation, mean)
            spread = observation @ cov @ observation.T + observation_noise
            precision = np.linalg.inv(spread)
            gain = cov @ observation.T @ precision
            distance = np.dot(innovation, np.dot(precision, innovation))
            log_det = np.log(2 * np.pi * np.linalg.det(spread))
            log_likelihood = log_likelihood - 0.5 * (distance + log_det)
            mean = mean + np.dot(gain, innovation)
            cov = cov - gain @ observation @ cov
        return log_likelihood

    return in_autograd

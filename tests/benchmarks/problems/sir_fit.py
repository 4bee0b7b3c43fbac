"""An epidemic model fitted to daily counts: squared residuals of SIR by Runge-Kutta of order 4.

s' = -beta s i, i' = beta s i - gamma i (W. O. Kermack, A. G. McKendrick, "A contribution to the
mathematical theory of epidemics", Proc. R. Soc. A 115, 1927); the infected share at the end of each
day is compared with data.  The gradient is for beta, gamma and the share that is infected at first.
The adjoint keeps the state of every step and computes the stages anew.
"""

from collections.abc import Callable

import numpy as np
from numba import njit


def slope(s, i, beta, gamma):
    infections = beta * s * i
    return -infections, infections - gamma * i


def sir_fit(beta, gamma, infected, data, substeps):
    h = 1.0 / substeps
    s, i = 1.0 - infected, infected
    loss = 0.0
    for day in range(data.shape[0]):
        for _ in range(substeps):
            ds1, di1 = slope(s, i, beta, gamma)
            ds2, di2 = slope(s + h / 2 * ds1, i + h / 2 * di1, beta, gamma)
            ds3, di3 = slope(s + h / 2 * ds2, i + h / 2 * di2, beta, gamma)
            ds4, di4 = slope(s + h * ds3, i + h * di3, beta, gamma)
            s = s + h / 6 * (ds1 + 2 * ds2 + 2 * ds3 + ds4)
            i = i + h / 6 * (di1 + 2 * di2 + 2 * di3 + di4)
        loss = loss + (i - data[day]) ** 2
    return loss


FUNCTION = sir_fit
WRT = (0, 1, 2)
STATIC = (4,)
SIZES = {"80 days": {"days": 80, "substeps": 10}, "small": {"days": 6, "substeps": 3}}


def arguments(days: int, substeps: int) -> tuple:
    rng = np.random.default_rng(13)
    data = 0.15 * np.exp(-(((np.arange(1, days + 1) - 35) / 12) ** 2)) * rng.uniform(0.9, 1.1, days)
    return 0.42, 0.17, 0.004, data, substeps


@njit(error_model="numpy", nogil=True)
def primal(beta, gamma, infected, data, substeps):
    h = 1.0 / substeps
    s, i = 1.0 - infected, infected
    loss = 0.0
    for day in range(data.shape[0]):
        for _ in range(substeps):
            n = beta * s * i
            ds1, di1 = -n, n - gamma * i
            s2, i2 = s + h / 2 * ds1, i + h / 2 * di1
            n = beta * s2 * i2
            ds2, di2 = -n, n - gamma * i2
            s3, i3 = s + h / 2 * ds2, i + h / 2 * di2
            n = beta * s3 * i3
            ds3, di3 = -n, n - gamma * i3
            s4, i4 = s + h * ds3, i + h * di3
            n = beta * s4 * i4
            ds4, di4 = -n, n - gamma * i4
            s += h / 6 * (ds1 + 2 * ds2 + 2 * ds3 + ds4)
            i += h / 6 * (di1 + 2 * di2 + 2 * di3 + di4)
        loss += (i - data[day]) ** 2
    return loss


@njit(error_model="numpy", nogil=True)
def adjoint(beta, gamma, infected, data, substeps):
    days = data.shape[0]
    h = 1.0 / substeps
    states = np.empty((days * substeps, 2))
    ends = np.empty(days)
    s, i = 1.0 - infected, infected
    for day in range(days):
        for step in range(day * substeps, (day + 1) * substeps):
            states[step, 0], states[step, 1] = s, i
            n1 = beta * s * i
            d1 = n1 - gamma * i
            s2, i2 = s - h / 2 * n1, i + h / 2 * d1
            n2 = beta * s2 * i2
            d2 = n2 - gamma * i2
            s3, i3 = s - h / 2 * n2, i + h / 2 * d2
            n3 = beta * s3 * i3
            d3 = n3 - gamma * i3
            s4, i4 = s - h * n3, i + h * d3
            n4 = beta * s4 * i4
            d4 = n4 - gamma * i4
            s -= h / 6 * (n1 + 2 * n2 + 2 * n3 + n4)
            i += h / 6 * (d1 + 2 * d2 + 2 * d3 + d4)
        ends[day] = i
    s_bar = i_bar = beta_bar = gamma_bar = 0.0
    for day in range(days - 1, -1, -1):
        i_bar += 2 * (ends[day] - data[day])
        for step in range((day + 1) * substeps - 1, day * substeps - 1, -1):
            s, i = states[step, 0], states[step, 1]
            n1 = beta * s * i
            s2, i2 = s - h / 2 * n1, i + h / 2 * (n1 - gamma * i)
            n2 = beta * s2 * i2
            s3, i3 = s - h / 2 * n2, i + h / 2 * (n2 - gamma * i2)
            n3 = beta * s3 * i3
            s4, i4 = s - h * n3, i + h * (n3 - gamma * i3)

            d_bar = h / 6 * i_bar
            n_bar = d_bar - h / 6 * s_bar
            s4_bar = beta * i4 * n_bar
            i4_bar = beta * s4 * n_bar - gamma * d_bar
            product_bar = s4 * i4 * n_bar
            decay_bar = i4 * d_bar

            d_bar = h / 3 * i_bar + h * i4_bar
            n_bar = d_bar - h / 3 * s_bar - h * s4_bar
            s3_bar = beta * i3 * n_bar
            i3_bar = beta * s3 * n_bar - gamma * d_bar
            product_bar += s3 * i3 * n_bar
            decay_bar += i3 * d_bar

            d_bar = h / 3 * i_bar + h / 2 * i3_bar
            n_bar = d_bar - h / 3 * s_bar - h / 2 * s3_bar
            s2_bar = beta * i2 * n_bar
            i2_bar = beta * s2 * n_bar - gamma * d_bar
            product_bar += s2 * i2 * n_bar
            decay_bar += i2 * d_bar

            d_bar = h / 6 * i_bar + h / 2 * i2_bar
            n_bar = d_bar - h / 6 * s_bar - h / 2 * s2_bar
            beta_bar += product_bar + s * i * n_bar
            gamma_bar -= decay_bar + i * d_bar
            s_bar += s4_bar + s3_bar + s2_bar + beta * i * n_bar
            i_bar += i4_bar + i3_bar + i2_bar + beta * s * n_bar - gamma * d_bar
    return beta_bar, gamma_bar, i_bar - s_bar


def in_jax() -> Callable:
    import jax
    import jax.numpy as jnp

    def in_jax(beta, gamma, infected, data, substeps):
        h = 1.0 / substeps

        def step(state, _):
            s, i = state
            ds1, di1 = slope(s, i, beta, gamma)
            ds2, di2 = slope(s + h / 2 * ds1, i + h / 2 * di1, beta, gamma)
            ds3, di3 = slope(s + h / 2 * ds2, i + h / 2 * di2, beta, gamma)
            ds4, di4 = slope(s + h * ds3, i + h * di3, beta, gamma)
            s = s + h / 6 * (ds1 + 2 * ds2 + 2 * ds3 + ds4)
            i = i + h / 6 * (di1 + 2 * di2 + 2 * di3 + di4)
            return (s, i), None

        def day(state, count):
            state, _ = jax.lax.scan(step, state, None, length=substeps)
            return state, (state[1] - count) ** 2

        _, squares = jax.lax.scan(day, (1.0 - infected, infected), data)
        return jnp.sum(squares)

    return in_jax


def in_torch() -> Callable:
    return sir_fit


def in_autograd() -> Callable:
    return sir_fit

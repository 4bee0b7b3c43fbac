"""Prices of European call options, and their sensitivities: a million options.

C = S N(d1) - K exp(-r T) N(d2), d1 = (log(S / K) + (r + v^2 / 2) T) / (v sqrt(T)),
d2 = d1 - v sqrt(T) (F. Black, M. Scholes, "The pricing of options and corporate liabilities", J.
Polit. Econ. 81, 1973); the output is the value of so many units of each.  The gradient is for spot,
strike, maturity, volatility and the rate.

The adjoint makes no use of S phi(d1) = K exp(-r T) phi(d2), which no tool knows.  It works in
blocks that stay in the cache, with NumPy's vectorized exponential and logarithm between loops; N is
the rational function of J. F. Hart et al., "Computer Approximations" (1968), as given by G. West,
"Better approximations to cumulative normal functions" (2005), which needs exp(-d^2 / 2) as the
density does, and vectorizes.
"""

import math
from collections.abc import Callable

import numpy as np
from numba import njit
from scipy.special import erf


def cumulative(x):
    return 0.5 * (1.0 + erf(x / np.sqrt(2.0)))


def black_scholes(spot, strike, maturity, volatility, rate, units):
    deviation = volatility * np.sqrt(maturity)
    d1 = (np.log(spot / strike) + (rate + 0.5 * volatility**2) * maturity) / deviation
    d2 = d1 - deviation
    price = spot * cumulative(d1) - strike * np.exp(-rate * maturity) * cumulative(d2)
    return np.sum(units * price)


FUNCTION = black_scholes
WRT = (0, 1, 2, 3, 4)
SIZES = {"1e6 options": {"n": 1_000_000}, "small": {"n": 50}}


def arguments(n: int) -> tuple:
    rng = np.random.default_rng(7)
    strike = rng.uniform(50.0, 150.0, n)
    spot = strike * rng.uniform(0.7, 1.4, n)
    maturity, volatility = rng.uniform(0.2, 3.0, n), rng.uniform(0.1, 0.6, n)
    return spot, strike, maturity, volatility, 0.03, rng.uniform(-1.0, 2.0, n)


@njit(error_model="numpy", nogil=True)
def primal(spot, strike, maturity, volatility, rate, units):
    total = 0.0
    for i in range(spot.shape[0]):
        deviation = volatility[i] * np.sqrt(maturity[i])
        drift = (rate + 0.5 * volatility[i] ** 2) * maturity[i]
        d1 = (np.log(spot[i] / strike[i]) + drift) / deviation
        d2 = d1 - deviation
        n1 = 0.5 * (1.0 + math.erf(d1 / math.sqrt(2.0)))
        n2 = 0.5 * (1.0 + math.erf(d2 / math.sqrt(2.0)))
        price = spot[i] * n1 - strike[i] * np.exp(-rate * maturity[i]) * n2
        total += units[i] * price
    return total


BLOCK = 2048
"""Options in a block.  The rows of the work space have this fixed distance, so that LLVM sees that
they do not overlap, and vectorizes."""

loops = njit(error_model="numpy", nogil=True)


def adjoint(spot, strike, maturity, volatility, rate, units):
    n = len(spot)
    bars = np.empty((4, n))
    work = np.empty((6, BLOCK))
    flat = work.reshape(-1)
    rate_bar = 0.0
    for first in range(0, n, BLOCK):
        block = slice(first, first + BLOCK)
        s, k, t, v, u = (a[block] for a in (spot, strike, maturity, volatility, units))
        rows = work[:, : len(s)]
        np.divide(s, k, out=rows[0])
        np.log(rows[0], out=rows[0])
        prepare(t, v, rate, flat)
        np.exp(rows[2:5], out=rows[2:5])
        rate_bar += sensitivities(s, k, t, v, rate, u, flat)
        bars[:, block] = rows[:4]
    return *bars, rate_bar


@loops
def prepare(t, v, rate, work):
    """From the logarithm of the ratio: d1, and the exponents of both densities and the discount."""
    for i in range(t.shape[0]):
        deviation = v[i] * np.sqrt(t[i])
        d1 = (work[i] + (rate + 0.5 * v[i] * v[i]) * t[i]) / deviation
        d2 = d1 - deviation
        work[BLOCK + i] = d1
        work[2 * BLOCK + i] = -0.5 * d1 * d1
        work[3 * BLOCK + i] = -0.5 * d2 * d2
        work[4 * BLOCK + i] = -rate * t[i]


@loops
def sensitivities(s, k, t, v, rate, u, work):
    """The four derivatives into the first rows, and that for the rate."""
    density = 1 / math.sqrt(2 * math.pi)
    for i in range(t.shape[0]):
        root = np.sqrt(t[i])
        deviation = v[i] * root
        d1 = work[BLOCK + i]
        e1, e2, discount = work[2 * BLOCK + i], work[3 * BLOCK + i], work[4 * BLOCK + i]
        n1, n2 = normal(d1, e1), normal(d1 - deviation, e2)
        present_bar = u[i] * n2 * discount
        d2_bar = -u[i] * k[i] * discount * density * e2
        d1_bar = u[i] * s[i] * density * e1 + d2_bar
        drift_bar = d1_bar / deviation
        deviation_bar = -d2_bar - drift_bar * d1
        rate_bar = (drift_bar + present_bar * k[i]) * t[i]
        work[i] = u[i] * n1 + drift_bar / s[i]
        work[BLOCK + i] = -present_bar - drift_bar / k[i]
        work[2 * BLOCK + i] = (
            drift_bar * (rate + 0.5 * v[i] * v[i])
            + deviation_bar * v[i] * 0.5 / root
            + present_bar * k[i] * rate
        )
        work[3 * BLOCK + i] = drift_bar * v[i] * t[i] + deviation_bar * root
        work[5 * BLOCK + i] = rate_bar
    total = 0.0
    for i in range(t.shape[0]):
        total += work[5 * BLOCK + i]
    return total


@loops
def normal(d, e):
    """The distribution function, given e = exp(-d^2 / 2)."""
    x = abs(d)
    a = 3.52624965998911e-02 * x + 0.700383064443688
    a = (((a * x + 6.37396220353165) * x + 33.912866078383) * x + 112.079291497871) * x
    a = (a + 221.213596169931) * x + 220.206867912376
    b = 8.83883476483184e-02 * x + 1.75566716318264
    b = (((b * x + 16.064177579207) * x + 86.7807322029461) * x + 296.564248779674) * x
    b = ((b + 637.333633378831) * x + 793.826512519948) * x + 440.413735824752
    far = 2.506628274631 * (x + 1 / (x + 2 / (x + 3 / (x + 4 / (x + 0.65)))))
    tail = e * (a / b if x < 7.07106781186547 else 1 / far)
    return 1 - tail if d > 0 else tail


def in_jax() -> Callable:
    import jax.numpy as jnp
    from jax.scipy.stats import norm

    def in_jax(spot, strike, maturity, volatility, rate, units):
        deviation = volatility * jnp.sqrt(maturity)
        d1 = (jnp.log(spot / strike) + (rate + 0.5 * volatility**2) * maturity) / deviation
        d2 = d1 - deviation
        price = spot * norm.cdf(d1) - strike * jnp.exp(-rate * maturity) * norm.cdf(d2)
        return jnp.sum(units * price)

    return in_jax


def in_torch() -> Callable:
    import torch

    def cumulative(x):
        return 0.5 * (1.0 + torch.erf(x / math.sqrt(2.0)))

    def in_torch(spot, strike, maturity, volatility, rate, units):
        deviation = volatility * torch.sqrt(maturity)
        d1 = (torch.log(spot / strike) + (rate + 0.5 * volatility**2) * maturity) / deviation
        d2 = d1 - deviation
        price = spot * cumulative(d1) - strike * torch.exp(-rate * maturity) * cumulative(d2)
        return torch.sum(units * price)

    return in_torch


def in_autograd() -> Callable:
    import autograd.numpy as np
    from autograd.scipy.special import erf

    def cumulative(x):
        return 0.5 * (1.0 + erf(x / np.sqrt(2.0)))

    def in_autograd(spot, strike, maturity, volatility, rate, units):
        deviation = volatility * np.sqrt(maturity)
        d1 = (np.log(spot / strike) + (rate + 0.5 * volatility**2) * maturity) / deviation
        d2 = d1 - deviation
        price = spot * cumulative(d1) - strike * np.exp(-rate * maturity) * cumulative(d2)
        return np.sum(units * price)

    return in_autograd

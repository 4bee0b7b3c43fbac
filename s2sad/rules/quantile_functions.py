"""The number below which a draw falls with a given probability, for every distribution.

The laws hold the derivatives of draws to these functions; the compiler takes the draws themselves.
Those of the normal, gamma and beta distributions are SciPy's, which nothing but the laws needs.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np


def special(name: str, *values: Any) -> Any:
    """A function of scipy.special."""
    return getattr(importlib.import_module("scipy.special"), name)(*values)


def normal(draw: Any, loc: Any, scale: Any) -> Any:
    """z from the normal distribution."""
    return loc + scale * special("ndtri", draw)


def laplace(draw: Any, loc: Any, scale: Any) -> Any:
    """z exponential on both sides of 0."""
    z = np.where(draw < 0.5, np.log(2.0 * draw), -np.log(2.0 - 2.0 * draw))
    return loc + scale * z


def logistic(draw: Any, loc: Any, scale: Any) -> Any:
    """z the logarithm of the odds."""
    return loc + scale * np.log(draw / (1.0 - draw))


def gumbel(draw: Any, loc: Any, scale: Any) -> Any:
    """z the opposite of the logarithm of an exponential draw."""
    return loc - scale * np.log(-np.log(draw))


def multivariate_normal(draw: Any, mean: Any) -> Any:
    """Any vector about the mean."""
    return draw + mean


def uniform(draw: Any, low: Any, high: Any) -> Any:
    """The part `draw` of the way."""
    return low + (high - low) * draw


def lognormal(draw: Any, mean: Any, sigma: Any) -> Any:
    """The exponential of a normal draw."""
    return np.exp(normal(draw, mean, sigma))


def exponential(draw: Any, scale: Any) -> Any:
    """The opposite of the logarithm of a uniform draw."""
    return -scale * np.log(1.0 - draw)


def rayleigh(draw: Any, scale: Any) -> Any:
    """The root of twice an exponential draw."""
    return scale * np.sqrt(-2.0 * np.log(1.0 - draw))


def weibull(draw: Any, a: Any) -> Any:
    """A power of an exponential draw."""
    return (-np.log(1.0 - draw)) ** (1.0 / a)


def power(draw: Any, a: Any) -> Any:
    """A power of a uniform draw."""
    return draw ** (1.0 / a)


def pareto(draw: Any, a: Any) -> Any:
    """The negative power of a uniform draw, less one."""
    return (1.0 - draw) ** (-1.0 / a) - 1.0


def triangular(draw: Any, left: Any, mode: Any, right: Any) -> Any:
    """The area of a triangle from its left end, or from its right one."""
    top = (mode - left) / (right - left)
    rising = left + np.sqrt(draw * (right - left) * (mode - left))
    falling = right - np.sqrt((1.0 - draw) * (right - left) * (right - mode))
    return np.where(draw <= top, rising, falling)


def standard_gamma(draw: Any, shape: Any) -> Any:
    """The inverse of P(shape, x)."""
    return special("gammaincinv", shape, draw)


def gamma(draw: Any, shape: Any, scale: Any) -> Any:
    """The same, scaled."""
    return scale * standard_gamma(draw, shape)


def chisquare(draw: Any, df: Any) -> Any:
    """Twice a draw from the gamma distribution."""
    return 2.0 * standard_gamma(draw, 0.5 * df)


def beta(draw: Any, a: Any, b: Any) -> Any:
    """The inverse of I(x; a, b)."""
    return special("betaincinv", a, b, draw)


def standard_t(draw: Any, df: Any) -> Any:
    """Of Student's distribution."""
    return special("stdtrit", df, draw)


def f(draw: Any, dfnum: Any, dfden: Any) -> Any:
    """The odds of a draw from the beta distribution."""
    w = beta(draw, 0.5 * dfnum, 0.5 * dfden)
    return dfden * w / (dfnum * (1.0 - w))


def wald(draw: Any, mean: Any, scale: Any) -> Any:
    """By bisection on Φ(s (x/m - 1)) + exp(2 l/m) Φ(-s (x/m + 1)) with s = sqrt(l/x)."""
    low, high = np.full(np.shape(draw + mean + scale), 1e-9), mean * 1e3 + 0.0 * draw
    for _ in range(200):
        x = np.sqrt(low * high)
        s = np.sqrt(scale / x)
        below = special("ndtr", s * (x / mean - 1.0))
        below = below + np.exp(2.0 * scale / mean) * special("ndtr", -s * (x / mean + 1.0))
        low, high = np.where(below < draw, x, low), np.where(below < draw, high, x)
    return low


def vonmises(draw: Any, mu: Any, kappa: Any) -> Any:
    """By bisection on the integral of exp(κ cos t) / (2π I0(κ)) from 0."""
    places, weights = np.polynomial.legendre.leggauss(64)
    t, weights = 0.5 * (places + 1.0), 0.5 * weights
    whole = 2.0 * np.pi * np.exp(np.multiply.outer(kappa, np.cos(np.pi * t))) @ weights
    low: Any = np.full(np.shape(draw + mu + kappa), -np.pi)
    high: Any = np.pi
    for _ in range(60):
        y = 0.5 * (low + high)
        density = np.exp(kappa[..., None] * np.cos(y[..., None] * t))
        below = 0.5 + y * (density @ weights) / whole
        low, high = np.where(below < draw, y, low), np.where(below < draw, high, y)
    return mu + low


def dirichlet(draw: Any, alpha: Any) -> Any:
    """Of two numbers: one from the beta distribution, and the rest."""
    first = beta(draw, alpha[0], alpha[1])
    return np.stack([first, 1.0 - first], axis=-1)

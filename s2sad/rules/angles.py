"""How quantiles of the von Mises distribution move with its concentration.

The density of an angle y is exp(κ cos y) / (2π I0(κ)), symmetric about 0, so that

    -(dF/dκ) / p(y)  =  ∫_0^y (A - cos t) exp(κ (cos t - cos y)) dt,   A = E cos t.

The integral over (0, π) is zero.  Where cos y < A the one from y to π is taken instead, with the
other sign: in both the integrand has one sign, and nothing cancels.  Derivatives of higher order
in κ replace cos t - A by polynomials in it whose coefficients are the cumulants of cos t.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from s2sad.rules.probabilities import bell, finished, flat, in_pieces

PLACES, WEIGHTS = np.polynomial.legendre.leggauss(24)
PANELS = (0.0, 0.04, 0.12, 0.3, 0.6, 1.0)
WIDTHS = np.diff(PANELS)
NODES = np.concatenate(
    [low + 0.5 * w * (PLACES + 1.0) for low, w in zip(PANELS, WIDTHS, strict=False)]
)[:, None]
MEASURE = 0.5 * np.multiply.outer(WIDTHS, WEIGHTS).reshape(-1, 1)
"""Nodes and weights of Gauss and Legendre on (0, 1), closer together near 0."""
FAR = 45.0
"""Where the exponent is below this number, nothing is left of a density."""


def angle_score(kappa: Any, y: Any, order: int = 1) -> Any:
    """The derivative in κ of the density of an angle y, relative to it."""
    dtype, shape, (kappa, y) = flat(kappa, y)
    found = bell(_cumulants(kappa, y, order), order)[order]
    return finished(found + 0.0 * y, dtype, shape)


def angle_slope(kappa: Any, y: Any, order: int = 1) -> Any:
    """-(d/dκ)^order F(y) / p(y) for an angle y between -π and π about its mean.

    Of order 1 it is the derivative of a quantile y in κ.
    """
    dtype, shape, (kappa, y) = flat(kappa, y)
    return finished(in_pieces(_angle_slope, order, kappa, y), dtype, shape)


def _angle_slope(order: int, kappa: Any, y: Any) -> Any:
    angle = np.abs(y)
    least = _cumulants(kappa, angle, 1)(1) >= 0.0  # cos y is at least its mean
    reach = _reach(kappa, angle)
    t = np.where(least, angle * (1.0 - NODES), angle + reach * NODES)
    # cos t - cos y, without cancellation
    risen = 2.0 * np.sin(0.5 * (angle + t)) * np.sin(0.5 * (angle - t))
    density = np.exp(kappa * risen) * MEASURE * np.where(least, angle, reach)
    inner = bell(_cumulants(kappa, t, order), order)[order]
    total = np.sum(inner * density, axis=0)
    return np.where(least, -total, total) * np.sign(y)


def _reach(kappa: Any, angle: Any) -> Any:
    """How far beyond an angle there is anything left of the density."""
    steep = kappa * np.sin(angle)
    level = kappa * np.abs(np.cos(angle))
    far = 2.0 * FAR / (steep + np.sqrt(steep * steep + 2.0 * FAR * level) + 1e-300)
    return np.minimum(np.pi - angle, far)


def _cumulants(kappa: Any, t: Any, order: int) -> Any:
    """Those of cos t - E cos t with the sign of the logarithm of the density, and at first itself.

    They come from the moments of u = 1 - cos t, small where the density is narrow.
    """
    reach = _reach(kappa, np.zeros_like(kappa))
    nodes = reach * NODES
    u = 2.0 * np.sin(0.5 * nodes) ** 2
    density = np.exp(-kappa * u) * MEASURE
    whole = np.sum(density, axis=0)
    moments = [np.sum(u**k * density, axis=0) / whole for k in range(1, max(order, 1) + 1)]
    found: list[Any] = []
    for n in range(1, max(order, 1) + 1):
        rest = sum(math.comb(n - 1, k - 1) * found[k - 1] * moments[n - k - 1] for k in range(1, n))
        found.append(moments[n - 1] - rest)
    first = found[0] - 2.0 * np.sin(0.5 * t) ** 2
    return lambda k: first if k == 1 else -((-1.0) ** k) * found[k - 1]

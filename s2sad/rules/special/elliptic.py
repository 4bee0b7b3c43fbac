"""Elliptic integrals, by Carlson's symmetric ones, in which nothing cancels.  [DLMF 19.18, 19.25]

R_D(x, y, z) is the derivative of R_F(x, y, z) in z, times minus six.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from s2sad.rules.creation import astype
from s2sad.rules.domains import between, either, positive
from s2sad.rules.notation import elementwise

MODULUS = either(between(-3.0, -0.6), between(-0.4, 0.4), between(0.6, 0.9))
AMPLITUDE = either(between(0.2, 1.3), between(2.0, 4.0), between(-1.2, -0.3))


def first_slope(m, complement, dtype):
    """K'(m), from m and 1 - m, one of which is exact: a power series next to m = 0."""
    near = np.abs(m) < 0.5
    series = special.hyp2f1(1.5, 1.5, 2.0, np.where(near, m, 0.0))
    carlson = special.elliprd(0.0, 1.0, np.where(near, 2.0, complement))
    return np.where(near, astype(series * (np.pi / 8.0), dtype), carlson / 6.0)


def second_slope(m, dtype):
    """E'(m): a power series next to m = 0."""
    near = np.abs(m) < 0.5
    series = special.hyp2f1(0.5, 1.5, 2.0, np.where(near, m, 0.0))
    carlson = special.elliprd(0.0, np.where(near, 2.0, 1.0 - m), 1.0)
    return -np.where(near, astype(series * (np.pi / 8.0), dtype), carlson / 6.0)


elementwise(
    special.ellipk,
    lambda d, x, ans: d * first_slope(x, 1.0 - x, ans.dtype),
    on={"x": MODULUS},
    poles=True,
)
elementwise(
    special.ellipkm1,
    lambda d, x, ans: -(d * first_slope(1.0 - x, x, ans.dtype)),
    on={"x": either(between(0.1, 0.4), between(0.6, 1.4), between(1.6, 3.0))},
    poles=True,
)
elementwise(
    special.ellipe, lambda d, x, ans: d * second_slope(x, ans.dtype), on={"x": MODULUS}, poles=True
)


# Incomplete ones: beyond ±π/2 they go on by twice the complete ones for each half turn.


def turns(phi):
    """How many half turns lie between 0 and phi."""
    return np.rint(phi / np.pi)


def first_by_modulus(phi, m, ans):
    """The derivative of F(φ | m) in m."""
    k = turns(phi)
    s, c = np.sin(phi - k * np.pi), np.cos(phi)
    part = s * s * s / 6.0 * special.elliprd(c * c, 1.0, 1.0 - m * s * s)
    inside = np.where(k == 0.0, 0.0, m)
    return astype(part + 2.0 * k * first_slope(inside, 1.0 - inside, ans.dtype), ans.dtype)


def second_by_modulus(phi, m, ans):
    """The derivative of E(φ | m) in m."""
    k = turns(phi)
    s, c = np.sin(phi - k * np.pi), np.cos(phi)
    part = s * s * s / 6.0 * special.elliprd(c * c, 1.0 - m * s * s, 1.0)
    inside = np.where(k == 0.0, 0.0, m)
    return astype(2.0 * k * second_slope(inside, ans.dtype) - part, ans.dtype)


elementwise(
    special.ellipkinc,
    lambda d, x1, x2, ans: (
        d / np.sqrt(1.0 - x2 * np.sin(x1) ** 2),
        d * first_by_modulus(x1, x2, ans),
    ),
    on={"x1": AMPLITUDE, "x2": MODULUS},
)
elementwise(
    special.ellipeinc,
    lambda d, x1, x2, ans: (
        d * np.sqrt(1.0 - x2 * np.sin(x1) ** 2),
        d * second_by_modulus(x1, x2, ans),
    ),
    on={"x1": AMPLITUDE, "x2": MODULUS},
)


# Carlson's integrals.


def apart(x, z):
    """z - x, not a number where the two are too close for a quotient by it."""
    return np.where(np.abs(z - x) > 1e-4 * np.abs(z), z - x, np.nan)


def other_slope(x, y, z, ans):
    """The derivative of R_D(x, y, z) in x."""
    return astype(0.5 * (ans - special.elliprd(z, y, x)) / apart(x, z), ans.dtype)


def moved(x, y, z, ans):
    """x times the derivative of R_D(x, y, z) in x: zero at x = 0, where that is infinite."""
    safe = np.where(x == 0.0, 0.5 * z, x)
    return np.where(x == 0.0, 0.0, safe * other_slope(safe, y, z, ans))


def last_slope(x, y, z, ans):
    """The derivative of R_D(x, y, z) in z, as it is homogeneous of degree -3/2."""
    others = moved(x, y, z, ans) + moved(y, x, z, ans)
    return astype((-1.5 * ans - others) / z, ans.dtype)


elementwise(
    special.elliprd,
    lambda d, x1, x2, x3, ans: (
        d * other_slope(x1, x2, x3, ans),
        d * other_slope(x2, x1, x3, ans),
        d * last_slope(x1, x2, x3, ans),
    ),
    on={"x1": between(0.2, 0.8), "x2": between(1.0, 1.4), "x3": between(1.6, 3.0)},
    poles=True,
)
elementwise(
    special.elliprf,
    lambda d, x1, x2, x3: (
        -(d * (special.elliprd(x2, x3, x1) / 6.0)),
        -(d * (special.elliprd(x3, x1, x2) / 6.0)),
        -(d * (special.elliprd(x1, x2, x3) / 6.0)),
    ),
    on={"x1": between(0.2, 0.8), "x2": between(1.0, 1.4), "x3": between(1.6, 3.0)},
    poles=True,
)


def surface_slope(x, y, z):
    """The derivative of R_G(x, y, z) in x."""
    return 0.25 * (special.elliprf(x, y, z) - x * special.elliprd(y, z, x) / 3.0)


elementwise(
    special.elliprg,
    lambda d, x1, x2, x3: (
        d * surface_slope(x1, x2, x3),
        d * surface_slope(x2, x3, x1),
        d * surface_slope(x3, x1, x2),
    ),
    on={"x1": between(0.2, 0.8), "x2": between(1.0, 1.4), "x3": between(1.6, 3.0)},
)


def degenerate_slope(x, y, ans):
    """The derivative of R_C(x, y) in x; for y < 0 of its principal value, where x = y is far."""
    low = y < 0.0
    other = np.where(low, y, -1.0)
    return np.where(
        low,
        0.5 * (1.0 / np.sqrt(x) - ans) / (x - other),
        special.elliprd(np.where(low, x + 1.0, y), np.where(low, x + 1.0, y), x) / -6.0,
    )


def degenerate_slope_below(x, y, ans):
    """The derivative of R_C(x, y) in y, as it is homogeneous of degree -1/2."""
    safe = np.where(x == 0.0, y, x)
    return -(0.5 * ans + np.where(x == 0.0, 0.0, safe * degenerate_slope(safe, y, ans))) / y


elementwise(
    special.elliprc,
    lambda d, x1, x2, ans: (
        d * astype(degenerate_slope(x1, x2, ans), ans.dtype),
        d * astype(degenerate_slope_below(x1, x2, ans), ans.dtype),
    ),
    on={"x1": between(0.3, 0.9), "x2": either(between(1.2, 3.0), between(-2.0, -0.5))},
    poles=True,
)


def mean_slope(a, b, ans):
    """The derivative of the arithmetic-geometric mean (a + b) π / (4 K) in a."""
    total = a + b
    share, complement = ans / total, 4.0 * (a / total) * (b / total)
    slope = first_slope(1.0 - complement, complement, ans.dtype)
    return share + share * share * (16.0 / np.pi) * slope * (b / total) * ((b - a) / total)


elementwise(
    special.agm,
    lambda d, x1, x2, ans: (d * mean_slope(x1, x2, ans), d * mean_slope(x2, x1, ans)),
    on={"x1": positive, "x2": either(positive, between(10.0, 30.0))},
)

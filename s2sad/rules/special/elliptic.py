"""Elliptic integrals, by Carlson's symmetric ones, in which nothing cancels.  [DLMF 19.18, 19.25]

R_D(x, y, z) is the derivative of R_F(x, y, z) in z, times minus six; those of R_D itself are
integrals of the same kind with larger exponents.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from s2sad.rules.creation import astype
from s2sad.rules.domains import between, either, positive, together
from s2sad.rules.notation import RULES, elementwise
from s2sad.rules.slopes import slope
from s2sad.rules.special.carlson import carlson

MODULUS = either(between(-3.0, -0.6), between(-0.4, 0.4), between(-1e-6, 1e-6), between(0.6, 0.9))
AMPLITUDE = either(between(0.2, 1.3), between(2.0, 4.0), between(-1.2, -0.3), between(-0.01, 0.01))
ANY = either(between(0.2, 3.0), between(0.999999, 1.000001))


def first_slope(complement):
    """K'(m), from 1 - m."""
    return special.elliprd(0.0, 1.0, complement) / 6.0


def second_slope(m):
    """E'(m)."""
    return special.elliprd(0.0, 1.0 - m, 1.0) / -6.0


elementwise(special.ellipk, lambda d, x: d * first_slope(1.0 - x), on={"x": MODULUS}, poles=True)
elementwise(
    special.ellipkm1,
    lambda d, x: -(d * first_slope(x)),
    on={"x": either(between(0.1, 0.9), between(0.999999, 1.000001), between(1.2, 3.0))},
    poles=True,
)
elementwise(special.ellipe, lambda d, x: d * second_slope(x), on={"x": MODULUS}, poles=True)


# Incomplete ones: beyond ±π/2 they go on by twice the complete ones for each half turn.


def folded(phi):
    """How many half turns lie between 0 and phi; sine and cosine of the rest, up to their signs."""
    k = np.rint(phi / np.pi)
    return k, np.sin(phi - k * np.pi), np.cos(phi)


def first_by_modulus(phi, m, ans):
    """The derivative of F(φ | m) in m."""
    k, s, c = folded(phi)
    part = s * s * s / 6.0 * special.elliprd(c * c, 1.0, 1.0 - m * s * s)
    complement = np.where(k == 0.0, 1.0, 1.0 - m)
    return astype(part + 2.0 * k * first_slope(complement), ans.dtype)


def second_by_modulus(phi, m, ans):
    """The derivative of E(φ | m) in m."""
    k, s, c = folded(phi)
    part = s * s * s / 6.0 * special.elliprd(c * c, 1.0 - m * s * s, 1.0)
    inside = np.where(k == 0.0, 0.0, m)
    return astype(2.0 * k * second_slope(inside) - part, ans.dtype)


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


slope(
    carlson,
    "x y z",
    lambda d, x, y, z, i, j, k: (
        d * (-(i + 0.5) * carlson(x, y, z, i + 1, j, k)),
        d * (-(j + 0.5) * carlson(x, y, z, i, j + 1, k)),
        d * (-(k + 0.5) * carlson(x, y, z, i, j, k + 1)),
    ),
    {"x": ANY, "y": ANY, "z": ANY, "i j k": together((0, 0, 1), (1, 0, 1), (0, 2, 0))},
)
RULES[carlson].poles = True
elementwise(
    special.elliprd,
    lambda d, x1, x2, x3: (
        d * (-0.75 * carlson(x1, x2, x3, 1, 0, 1)),
        d * (-0.75 * carlson(x1, x2, x3, 0, 1, 1)),
        d * (-2.25 * carlson(x1, x2, x3, 0, 0, 2)),
    ),
    on={
        "x1": ANY,
        "x2": ANY,
        "x3": ANY,
        "slopes": [
            ((1.0, 1.0, 1.0), (-0.3, -0.3, -0.9)),
            ((0.0, 1.25, 2.0), (-np.inf, -0.2786645050677124, -0.5671195665587982)),
        ],
    },
    poles=True,
)
elementwise(
    special.elliprf,
    lambda d, x1, x2, x3: (
        -(d * (special.elliprd(x2, x3, x1) / 6.0)),
        -(d * (special.elliprd(x3, x1, x2) / 6.0)),
        -(d * (special.elliprd(x1, x2, x3) / 6.0)),
    ),
    on={"x1": ANY, "x2": ANY, "x3": ANY},
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
    on={"x1": ANY, "x2": ANY, "x3": ANY},
)


def degenerate_slope(x, y, ans):
    """The derivative of R_C(x, y) in x; for y < 0 of its principal value, where x = y is far."""
    low = y < 0.0
    negative, other = np.where(low, y, -0.5), np.where(low, x - y, y)
    return np.where(
        low,
        0.5 * (1.0 / np.sqrt(x) - ans) / (x - negative),
        special.elliprd(other, other, x) / -6.0,
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
    on={
        "x1": between(0.3, 0.9),
        "x2": either(between(0.1, 0.8), between(1.2, 3.0)),
        "kinks": [(1.0, 2.0), (0.5, 0.5), (0.7, -1.3)],
        "slopes": [
            ((0.0, 4.0), (-np.inf, -np.pi / 32.0)),
            ((0.5, -1.5), (0.2564488656917621, 0.21495565509926956)),
            ((2.0, -0.5), (-0.04118569226607109, 0.7482924734526186)),
        ],
    },
    poles=True,
)


def mean_slope(a, b, ans):
    """The derivative of the arithmetic-geometric mean (a + b) π / (4 K) in a."""
    total = a + b
    share, complement = ans / total, 4.0 * (a / total) * (b / total)
    steep = first_slope(complement)
    return share + share * share * (16.0 / np.pi) * steep * (b / total) * ((b - a) / total)


elementwise(
    special.agm,
    lambda d, x1, x2, ans: (d * mean_slope(x1, x2, ans), d * mean_slope(x2, x1, ans)),
    on={
        "x1 x2": together(
            (positive.of(3), either(positive, between(10.0, 30.0)).of(2, 3)),
            (positive.of(), between(10.0, 30.0).of()),
            (1.5, between(1.499, 1.501).of(3)),
        )
    },
)

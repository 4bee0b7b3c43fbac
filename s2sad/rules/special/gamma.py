"""The gamma function and its kin: logarithm, reciprocal, polygamma, beta, binomials, zeta."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from s2sad.rules.creation import astype
from s2sad.rules.domains import between, either, integers, positive, together
from s2sad.rules.notation import RULES, data, defined, elementwise, real_only, rule

OFF_POLES = either(between(0.3, 3.0), between(-1.8, -1.2), between(-0.7, -0.3))
UNLIKE = {"x1": positive, "x2": between(0.4, 2.0)}


def rgamma_slope(x):
    """The derivative of 1 / Γ, from 1 / Γ(x) = sin(πx) Γ(1 - x) / π left of one half.

    It is finite at the poles of Γ, and so are its own derivatives.
    """
    low = x < 0.5
    left, right = np.where(low, x, 0.25), np.where(low, 0.75, x)
    turned = np.cos(np.pi * left) - np.sin(np.pi * left) / np.pi * special.digamma(1.0 - left)
    return np.where(
        low,
        special.gamma(1.0 - left) * turned,
        -special.rgamma(right) * special.digamma(right),
    )


elementwise(
    special.gamma, lambda d, x, ans: d * (ans * special.digamma(x)), on={"x": OFF_POLES}, poles=True
)
elementwise(special.gammaln, lambda d, x: d * special.digamma(x), on={"x": OFF_POLES}, poles=True)
elementwise(special.loggamma, lambda d, x: d * special.digamma(x), on={"x": positive}, poles=True)
elementwise(
    special.rgamma,
    lambda d, x: d * rgamma_slope(x),
    on={"x": either(OFF_POLES, between(0.45, 0.55)), "kinks": [(0.0,), (-1.0,), (-2.0,)]},
)
elementwise(special.psi, lambda d, x: d * special.zeta(2.0, x), on={"x": OFF_POLES}, poles=True)
data(special.gammasgn, on={"x": OFF_POLES})

# math has them without their derivatives.
elementwise(
    math.gamma, lambda d, x, ans: d * (ans * special.digamma(x)), on={"x": OFF_POLES.of()}
)  # fmt: skip
elementwise(math.lgamma, lambda d, x: d * special.digamma(x), on={"x": OFF_POLES.of()})


@rule(
    special.polygamma,
    "(),()->()",
    elementwise=True,
    on={"n": integers(0, 4), "x": positive},
    unknown={"n": "the order n, a whole number"},
)
class polygamma:
    """ans = the nth derivative of digamma at x."""

    def primal(n, x):
        return special.polygamma(n, x)

    def tangent(n, x, x_dot):
        return x_dot * special.polygamma(n + 1, x)

    def adjoint(n, x, ans_bar):
        x_bar = ans_bar * special.polygamma(n + 1, x)
        return x_bar


RULES[special.polygamma].makes_arrays = True


@rule(
    special.zeta,
    elementwise=True,
    on={
        "x q": together(
            (3.0, positive.of(2, 3)),
            (np.array([1.5, 2.0, 4.0]), positive.of(3)),
            (2.5, positive.of()),
            (2, either(positive, between(-0.7, -0.3)).of(4)),
        )
    },
    unknown={"x": "its exponent x"},
)
class zeta:
    """ans = Σ (q + k)^-x over k = 0, 1, ...; Riemann's function without q."""

    def primal(x, q=None, out=None):
        return special.zeta(x) if q is None else special.zeta(x, q)

    def tangent(x, q, q_dot):
        return q_dot * (-x * special.zeta(x + 1.0, q))

    def adjoint(x, q, ans_bar):
        q_bar = ans_bar * (-x * special.zeta(x + 1.0, q))
        return q_bar


elementwise(
    special.beta,
    lambda d, x1, x2, ans: (
        d * (ans * (special.digamma(x1) - special.digamma(x1 + x2))),
        d * (ans * (special.digamma(x2) - special.digamma(x1 + x2))),
    ),
    on=UNLIKE,
    poles=True,
)
elementwise(
    special.betaln,
    lambda d, x1, x2: (
        d * (special.digamma(x1) - special.digamma(x1 + x2)),
        d * (special.digamma(x2) - special.digamma(x1 + x2)),
    ),
    on=UNLIKE,
    poles=True,
)


# Γ(n + 1) / (Γ(k + 1) Γ(n - k + 1)).  Where a reciprocal in it is zero, its slope is not.


def only(where, value):
    """`value` at some places, and elsewhere what is on the pole of no function here."""
    return np.where(where, value, 0.5)


def binom_slope(n, k, ans):
    """The derivative of a binomial coefficient in n, n at a zero of it included."""
    zero, rest = ans == 0.0, n - k + 1.0
    top, low = only(zero, n + 1.0), only(zero, rest)
    inside = special.digamma(top) * special.rgamma(low) + rgamma_slope(low)
    safe = special.digamma(n + 1.0) - special.digamma(only(ans != 0.0, rest))
    found = np.where(zero, special.gamma(top) * special.rgamma(k + 1.0) * inside, ans * safe)
    return astype(found, ans.dtype)


def binom_slope_below(n, k, ans):
    """The derivative of a binomial coefficient in k, k at a zero of it included."""
    zero, rest = ans == 0.0, n - k + 1.0
    top, low, own = only(zero, n + 1.0), only(zero, rest), only(zero, k + 1.0)
    inside = rgamma_slope(own) * special.rgamma(low) - special.rgamma(own) * rgamma_slope(low)
    other = ans != 0.0
    safe = special.digamma(only(other, rest)) - special.digamma(only(other, k + 1.0))
    return astype(np.where(zero, special.gamma(top) * inside, ans * safe), ans.dtype)


BINOMIALS = [(3.0, 3.0), (2.0, 3.0), (2.0, 5.0), (3.0, 5.0), (1.0, -1.0), (3.0, -3.0), (2.5, -2.0)]
elementwise(
    special.binom,
    lambda d, x1, x2, ans: (d * binom_slope(x1, x2, ans), d * binom_slope_below(x1, x2, ans)),
    on={"x1": between(2.2, 6.0), "x2": between(0.3, 1.9), "kinks": BINOMIALS},
)


def poch_slope(a, m, ans):
    """The derivative of Γ(a + m) / Γ(a) in a, finite at its zeros and where both are poles."""
    zero, both = ans == 0.0, (a + m <= 0.0) & (m == np.rint(m))
    top, low = only(zero, a + m), only(zero, a)
    inside = special.digamma(top) * special.rgamma(low) + rgamma_slope(low)
    after, before = np.where(both, 1.0 - a - m, a + m), np.where(both, 1.0 - a, a)
    other = ans != 0.0
    safe = special.digamma(only(other, after)) - special.digamma(only(other, before))
    return astype(np.where(zero, special.gamma(top) * inside, ans * safe), ans.dtype)


elementwise(
    special.poch,
    lambda d, x1, x2, ans: (d * poch_slope(x1, x2, ans), d * (ans * special.digamma(x1 + x2))),
    on={
        "x1 x2": together(
            (positive.of(3), between(1.0, 3.0).of(2, 3)),
            (between(-0.7, -0.3).of(2, 1), between(1.0, 3.0).of(3)),
            (positive.of(), between(1.0, 3.0).of()),
            (between(-4.7, -4.3).of(3), 3),
            (np.array([1.0, 2.0, 3.0, -3.0]), np.array([0, -1, 3, 4])),
        ),
        "kinks": [(0.0, 2.0), (-3.0, 3), (-2.0, 3), (-1.0, 4)],
    },
    poles=True,
)


@defined(
    special.multigammaln,
    on={
        "a d": together(
            (between(2.1, 4.0).of(3), 3),
            (between(1.0, 2.0).of(), 1),
            ([between(0.6, 1.0).of(), 2.0], 2),
        ),
        "errors": [
            {"a": 2.0, "d": 1.5},
            {"a": 2.0, "d": np.array([1])},
            {"a": 1.0, "d": 3},
            {"a": 0.5, "d": 2},
        ],
    },
)
def multigammaln(a, d):
    """scipy.special.multigammaln"""
    a = np.asarray(a)
    if not np.isscalar(d) or (np.floor(d) != d):
        raise ValueError("d should be a positive integer (dimension)")
    if np.any(a <= 0.5 * (d - 1)):
        raise ValueError(f"condition a > 0.5 * (d-1) ({0.5 * (d - 1)}) not met")
    total = (d * (d - 1) * 0.25) * np.log(np.pi)
    for j in range(1, d + 1):
        total = total + special.loggamma(a - (j - 1.0) / 2)
    return total


real_only(special.psi)

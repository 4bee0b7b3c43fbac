"""Elementary functions that SciPy has for their accuracy: logistic, entropies, Box-Cox, losses."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from s2sad.rules.creation import astype
from s2sad.rules.domains import (
    apart,
    between,
    either,
    nonzero,
    positive,
    reals,
)
from s2sad.rules.elementwise import LN2, LN10, base, logarithm, or_one
from s2sad.rules.notation import data, defined, elementwise

DEGREE = math.pi / 180.0
UNIT = between(0.1, 0.9)
POSITIVE = {"x1": positive, "x2": positive, "kinks": [(0, 0.0), (0, 1.0)]}


def or_one_beside(x1, x2):
    """x2, and one where both are zero."""
    return x2 + ((x1 == 0) & (x2 == 0))


def quotient(x1, x2):
    """x1 / x2, zero where both are."""
    return x1 / or_one_beside(x1, x2)


def log_ratio(x1, x2, ans):
    """log(x1 / x2) without the quotient, which may overflow; minus infinity for x1 = 0."""
    return astype(np.log(x1) - np.log(or_one_beside(x1, x2)), ans.dtype)


# The logistic function: 1 - ans is expit(-x), which keeps its digits far out.
elementwise(special.expit, lambda d, x, ans: d * (ans * special.expit(-x)))
elementwise(special.log_expit, lambda d, x: d * special.expit(-x))
elementwise(special.logit, lambda d, x: d / (x * (1.0 - x)), on={"x": UNIT}, poles=True)

# x log y, with 0 log 0 = 0: constant in y where x is zero.
elementwise(
    special.xlogy,
    lambda d, x1, x2: (d * np.log(x2), d * quotient(x1, x2)),
    on={"x2": positive, "kinks": [(0.0, 1.0), (0, 0.0)]},
    poles=True,
)
elementwise(
    special.xlog1py,
    lambda d, x1, x2: (d * np.log1p(x2), d * quotient(x1, 1.0 + x2)),
    on={"x2": positive, "kinks": [(0.0, 0.0), (0, -1.0)]},
    poles=True,
)

# Entropies.  Their slope in x is infinite at x = 0, as that of x log x is.
elementwise(special.entr, lambda d, x: -(d * (np.log(x) + 1.0)), on={"x": positive}, poles=True)
elementwise(
    special.rel_entr,
    lambda d, x1, x2, ans: (d * (log_ratio(x1, x2, ans) + 1.0), -(d * quotient(x1, x2))),
    on={
        **POSITIVE,
        "slopes": [
            ((0.0, 0.0), (-np.inf, 0.0)),
            ((0.0, 2.0), (-np.inf, 0.0)),
            ((1.0, 0.0), (np.inf, -np.inf)),
        ],
    },
    poles=True,
)
elementwise(
    special.kl_div,
    lambda d, x1, x2, ans: (d * log_ratio(x1, x2, ans), d * (1.0 - quotient(x1, x2))),
    on={
        **POSITIVE,
        "slopes": [
            ((0.0, 0.0), (-np.inf, 1.0)),
            ((0.0, 2.0), (-np.inf, 1.0)),
            ((1e150, 1e-200), (350.0 * np.log(10.0), -np.inf)),
        ],
    },
    poles=True,
)

# Powers, logarithms and angles.
elementwise(special.exp2, lambda d, ans: d * (ans * LN2))
elementwise(special.exp10, lambda d, ans: d * (ans * LN10))
elementwise(special.expm1, lambda d, x: d * np.exp(x))
elementwise(special.log1p, lambda d, x: d / (1.0 + x), on={"x": positive}, poles=True)
elementwise(special.cbrt, lambda d, ans: d / (3.0 * ans * ans), on={"x": nonzero}, poles=True)
elementwise(special.cosm1, lambda d, x: -(d * np.sin(x)))
elementwise(special.exprel, lambda d, x: d * (0.5 * special.hyp1f1(2.0, 3.0, x)))
elementwise(
    special.powm1,
    lambda d, x1, x2, ans: (
        d * (x2 * base(x1, x2) ** (x2 - 1)),
        d * ((ans + 1.0) * logarithm(x1, ans)),
    ),
    on={"x1": positive, "kinks": [(0.0, 1.0), (0.0, 2.0), (0.0, 3.5), (2.0, 0.0)]},
    poles=True,
)
elementwise(special.sindg, lambda d, x: d * (DEGREE * special.cosdg(x)))
elementwise(special.cosdg, lambda d, x: -(d * (DEGREE * special.sindg(x))))
elementwise(
    special.tandg,
    lambda d, ans: d * (DEGREE * (1.0 + ans * ans)),
    on={"x": between(-60.0, 70.0)},
)
elementwise(
    special.cotdg,
    lambda d, ans: -(d * (DEGREE * (1.0 + ans * ans))),
    on={"x": between(20.0, 150.0)},
    poles=True,
)
elementwise(special.radian, lambda d: (d * DEGREE, d * (DEGREE / 60.0), d * (DEGREE / 3600.0)))


data(special.round, on={"x": apart()})


# Box-Cox transformations: with u = λ log x, ans = log x (e^u - 1) / u.


def boxcox_slope(log_x, power, lmbda, ans):
    """The derivative of (x^λ - 1) / λ in λ: log²x / 2 at λ = 0, by a series next to it."""
    u = lmbda * log_x
    far = (np.abs(u) > 1.0) | (power == 0.0)
    rest = (power * log_x - ans) / np.where(far, lmbda, 1.0)
    return np.where(far, rest, 0.5 * log_x**2 * special.hyp1f1(2.0, 3.0, np.where(far, 0.0, u)))


def inv_boxcox_slope(x, lmbda, ans):
    """The derivative of (λx + 1)^(1/λ) in λ: -x² e^x / 2 at λ = 0, by a series next to it."""
    u = lmbda * x
    far = np.abs(u) > 0.5
    v, other = np.where(far, u, 1.0), np.where(far, lmbda, 1.0)
    near = astype(special.hyp2f1(2.0, 2.0, 3.0, np.where(far, 0.0, -u)), ans.dtype)
    rest = (v / (1.0 + v) - np.log1p(v)) / (other * other)
    return ans * np.where(far, rest, -0.5 * x * x * near)


elementwise(
    special.boxcox,
    lambda d, x1, x2, ans: (
        d * x1 ** (x2 - 1.0),
        d * boxcox_slope(logarithm(x1, ans), x1**x2, x2, ans),
    ),
    on={"x1": positive, "x2": either(reals, between(2.5, 4.0)), "kinks": [(2.0, 0.0), (0.0, 2.0)]},
    poles=True,
)
elementwise(
    special.boxcox1p,
    lambda d, x1, x2, ans: (
        d * (1.0 + x1) ** (x2 - 1.0),
        d * boxcox_slope(logarithm(1.0 + x1, ans), (1.0 + x1) ** x2, x2, ans),
    ),
    on={"x1": positive, "x2": either(reals, between(2.5, 4.0)), "kinks": [(2.0, 0.0), (0.0, 2.0)]},
    poles=True,
)
elementwise(
    special.inv_boxcox,
    lambda d, x1, x2, ans: (d * (ans / (x1 * x2 + 1.0)), d * inv_boxcox_slope(x1, x2, ans)),
    on={"x1": positive, "x2": between(0.1, 2.0), "kinks": [(2.0, 0.0)]},
    poles=True,
)
elementwise(
    special.inv_boxcox1p,
    lambda d, x1, x2, ans: (
        d * ((ans + 1.0) / (x1 * x2 + 1.0)),
        d * inv_boxcox_slope(x1, x2, ans + 1.0),
    ),
    on={"x1": positive, "x2": between(0.1, 2.0), "kinks": [(2.0, 0.0)]},
    poles=True,
)

# Losses.
elementwise(
    special.huber,
    lambda d, x1, x2, ans: (
        d * astype(np.maximum(np.abs(x2) - x1, 0.0), ans.dtype),
        d * astype(np.where(np.abs(x2) <= x1, x2, np.copysign(x1, x2)), ans.dtype),
    ),
    on={
        "x1": between(0.6, 0.9),
        "x2": either(between(1.0, 2.0), between(-2.0, -1.0), between(-0.5, 0.5)),
        "kinks": [(1.0, 1.0), (1.0, -1.0), (1.0, 0.0)],
    },
)


def pseudo_huber_slope(delta, r):
    """The derivative of δ² (√(1 + (r/δ)²) - 1) in δ, |r| at δ = 0: nothing cancels or overflows."""
    root = or_one(np.hypot(delta, r))
    share = r / or_one(np.hypot(delta, r) + delta)
    return share * share * r * (r / root)


elementwise(
    special.pseudo_huber,
    lambda d, x1, x2: (
        d * pseudo_huber_slope(x1, x2),
        d * (x2 * (x1 / or_one(np.hypot(x1, x2)))),
    ),
    on={"x1": positive, "x2": either(reals, between(-0.1, 0.1)), "kinks": [(1.0, 0.0)]},
)
if hasattr(special, "softplus"):  # SciPy 1.17

    @defined(special.softplus, on={"x": reals})
    def softplus(x):
        """scipy.special.softplus"""
        return np.logaddexp(0, x)

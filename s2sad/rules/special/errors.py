"""The error function and its kin, and the normal distribution."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from s2sad.rules.creation import astype
from s2sad.rules.domains import between, either, inside_unit, positive, reals
from s2sad.rules.notation import elementwise

TWO_OVER_SQRT_PI = 2.0 / math.sqrt(math.pi)
HALF_SQRT_PI = math.sqrt(math.pi) / 2.0
SQRT_2 = math.sqrt(2.0)
SQRT_2_PI = math.sqrt(2.0 * math.pi)
SQRT_2_OVER_PI = math.sqrt(2.0 / math.pi)
SQRT_HALF_PI = math.sqrt(math.pi / 2.0)
WIDE = either(reals, between(24.0, 27.0), between(60.0, 90.0))
UNIT = between(0.1, 0.9)


def tail(t):
    """Σ (2k - 1)!! t^k over k = 1, ..., 7, the asymptotic series of erfcx and dawsn at t << 1."""
    last = 105.0 + t * (945.0 + t * (10395.0 + t * 135135.0))
    return t * (1.0 + t * (3.0 + t * (15.0 + t * last)))


def erfcx_slope(x, ans):
    """2 x ans - 2 / √π; beyond 25, where the two cancel, by their asymptotic series."""
    beyond = x > 25.0
    far, within = np.where(beyond, x, 25.0), np.where(beyond, 25.0, x)
    near = 2.0 * within * ans - TWO_OVER_SQRT_PI
    return np.where(beyond, TWO_OVER_SQRT_PI * tail(-0.5 / far / far), near)


def dawsn_slope(x, ans):
    """1 - 2 x ans; beyond 25, where the two cancel, by their asymptotic series."""
    beyond = np.abs(x) > 25.0
    far, within = np.where(beyond, x, 25.0), np.where(beyond, 25.0, x)
    return np.where(beyond, -tail(0.5 / far / far), 1.0 - 2.0 * within * ans)


def hazard(x, ans):
    """φ(x) / Φ(x) for ans = log Φ(x): by erfcx left of zero, where exp would lose all digits."""
    left = np.where(x < 0.0, x, 0.0)
    power = np.where(x < 0.0, 0.0, -0.5 * x * x - ans)
    return np.where(
        x < 0.0, SQRT_2_OVER_PI / special.erfcx(left / -SQRT_2), np.exp(power) / SQRT_2_PI
    )


elementwise(special.erf, lambda d, x: d * (TWO_OVER_SQRT_PI * np.exp(-x * x)))
elementwise(special.erfc, lambda d, x: -(d * (TWO_OVER_SQRT_PI * np.exp(-x * x))))
elementwise(special.erfi, lambda d, x: d * (TWO_OVER_SQRT_PI * np.exp(x * x)))
elementwise(
    special.erfcx,
    lambda d, x, ans: d * erfcx_slope(x, ans),
    on={"x": WIDE, "slopes": [((25.5,), (-0.0008656564170014193,))]},
)
elementwise(
    special.dawsn,
    lambda d, x, ans: d * dawsn_slope(x, ans),
    on={"x": WIDE, "slopes": [((25.5,), (-0.0007707156647916857,))]},
)
elementwise(
    special.erfinv,
    lambda d, ans: d * (HALF_SQRT_PI * np.exp(ans * ans)),
    on={"x": inside_unit},
    poles=True,
)
elementwise(
    special.erfcinv,
    lambda d, ans: -(d * (HALF_SQRT_PI * np.exp(ans * ans))),
    on={"x": between(0.15, 1.8)},
    poles=True,
)

# The normal distribution and its inverse.
elementwise(special.ndtr, lambda d, x: d * (np.exp(-0.5 * x * x) / SQRT_2_PI))
elementwise(
    special.ndtri,
    lambda d, ans: d * (SQRT_2_PI * np.exp(0.5 * ans * ans)),
    on={"x": UNIT},
    poles=True,
)
elementwise(
    special.log_ndtr,
    lambda d, x, ans: d * hazard(x, ans),
    on={
        "x": reals,
        "slopes": [
            ((-8.0,), (8.121368112236112,)),
            ((-30.0,), (30.033259667433676,)),
            ((-1e150,), (1e150,)),
        ],
    },
)
elementwise(
    special.ndtri_exp,
    lambda d, ans: d * (SQRT_HALF_PI * special.erfcx(ans / -SQRT_2)),
    on={"x": between(-4.0, -0.3)},
    poles=True,
)
elementwise(
    special.owens_t,
    lambda d, x1, x2: (
        -(d * (np.exp(-0.5 * x1 * x1) * special.erf(x1 * x2 / SQRT_2) / (2.0 * SQRT_2_PI))),
        d * (np.exp(-0.5 * x1 * x1 * (1.0 + x2 * x2)) / (2.0 * np.pi * (1.0 + x2 * x2))),
    ),
)

# Mean and deviation of a normal distribution from a probability at x3.


def quantile(p, ans):
    """The normal quantile of p, in the dtype of ans."""
    return astype(special.ndtri(p), ans.dtype)


elementwise(
    special.nrdtrimn,
    lambda d, x1, x2, ans: (
        -(d * (x2 * SQRT_2_PI * np.exp(0.5 * quantile(x1, ans) ** 2))),
        -(d * quantile(x1, ans)),
        d,
    ),
    on={"x1": UNIT, "x2": positive},
    poles=True,
)
elementwise(
    special.nrdtrisd,
    lambda d, x2, ans: (
        -(d / quantile(x2, ans)),
        -(d * (ans / quantile(x2, ans) * SQRT_2_PI * np.exp(0.5 * quantile(x2, ans) ** 2))),
        d / quantile(x2, ans),
    ),
    on={"x1": between(-1.0, 0.0), "x2": between(0.6, 0.9), "x3": positive},
    poles=True,
)

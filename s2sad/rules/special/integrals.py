"""Exponential integrals, the dilogarithm, hypergeometric and Wright functions in their argument."""

from __future__ import annotations

import numpy as np
from scipy import special

from s2sad.rules.creation import astype
from s2sad.rules.domains import between, either, nonzero, positive, reals, together
from s2sad.rules.notation import elementwise, real_only
from s2sad.rules.special.bessel import below

SHAPE = between(0.6, 2.4)
AB = {"x1": "the parameter a", "x2": "the parameter b"}
INSIDE = between(-0.7, 0.7)


def expn_slope(n, x, ans):
    """The derivative of E_n: -E_(n-1), where E_0 is exp(-x) / x."""
    if np.ndim(n) == 0:
        return -special.expn(n - 1, x) if n > 0 else -(ans + ans / x)
    return -np.where(n > 0, special.expn(below(n), x), ans + ans / x)


def spence_slope(z, ans):
    """log z / (1 - z); next to z = 1, where both vanish, as a hypergeometric function."""
    near = np.abs(z - 1.0) < 0.5
    inside, outside = np.where(near, 1.0 - z, 0.0), np.where(near, 2.0, z)
    series = astype(special.hyp2f1(1.0, 1.0, 2.0, inside), ans.dtype)
    return np.where(near, -series, np.log(outside) / (1.0 - outside))


elementwise(special.expi, lambda d, x: d * (np.exp(x) / x), on={"x": nonzero}, poles=True)
elementwise(special.exp1, lambda d, x: -(d * (np.exp(-x) / x)), on={"x": positive}, poles=True)
elementwise(
    special.expn,
    lambda d, x1, x2, ans: (None, d * expn_slope(x1, x2, ans)),
    on={
        "x1 x2": together(
            (0, positive.of()),
            (1, positive.of(3)),
            (2, positive.of(2)),
            (np.array([0, 1, 3]), positive.of(2, 3)),
        )
    },
    unknown={"x1": "the order n, a whole number"},
    poles=True,
)
elementwise(
    special.spence,
    lambda d, x, ans: d * spence_slope(x, ans),
    on={"x": either(between(0.2, 0.4), between(0.6, 1.4), between(1.6, 4.0)), "kinks": [(1.0,)]},
    poles=True,
)

# Hypergeometric functions.  [DLMF 13.3(ii), 15.5(i)]
elementwise(
    special.hyp0f1,
    lambda d, x1, x2: (None, d * (special.hyp0f1(x1 + 1.0, x2) / x1)),
    on={"x1": SHAPE, "x2": reals},
    unknown={"x1": "the parameter v"},
)
elementwise(
    special.hyp1f1,
    lambda d, x1, x2, x3: (
        None,
        None,
        d * (x1 / x2 * special.hyp1f1(x1 + 1.0, x2 + 1.0, x3)),
    ),
    on={"x1": SHAPE, "x2": SHAPE, "x3": reals},
    unknown=AB,
)
elementwise(
    special.hyp2f1,
    lambda d, x1, x2, x3, x4: (
        None,
        None,
        None,
        d * (x1 * x2 / x3 * special.hyp2f1(x1 + 1.0, x2 + 1.0, x3 + 1.0, x4)),
    ),
    on={
        "x1 x2 x3 x4": together(
            (0.7, 1.3, SHAPE.of(3), INSIDE.of(2, 3)), (SHAPE.of(3, 1), 2.0, 1.5, INSIDE.of())
        )
    },
    unknown={**AB, "x3": "the parameter c"},
    poles=True,
)
elementwise(
    special.hyperu,
    lambda d, x1, x2, x3: (None, None, -(d * (x1 * special.hyperu(x1 + 1.0, x2 + 1.0, x3)))),
    on={"x1": SHAPE, "x2": between(1.2, 1.8), "x3": between(0.2, 1.5)},
    unknown=AB,
    poles=True,
)
elementwise(
    special.wright_bessel,
    lambda d, x1, x2, x3: (None, None, d * special.wright_bessel(x1, x1 + x2, x3)),
    on={"x1": SHAPE, "x2": SHAPE, "x3": positive},
    unknown=AB,
)
if hasattr(special, "log_wright_bessel"):  # SciPy 1.14
    elementwise(
        special.log_wright_bessel,
        lambda d, x1, x2, x3, ans: (
            None,
            None,
            d * np.exp(special.log_wright_bessel(x1, x1 + x2, x3) - ans),
        ),
        on={"x1": SHAPE, "x2": SHAPE, "x3": positive},
        unknown=AB,
    )
elementwise(special.wrightomega, lambda d, ans: d * (ans / (1.0 + ans)))

real_only(special.expi)  # the cut on the negative axis is not where that of exp(x) / x is

"""The incomplete gamma and beta functions, and their inverses, in their last argument.

Their derivatives are the densities of the gamma and the beta distribution.  In the shapes a and b
they have no closed form, and are refused.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from s2sad.rules.creation import astype
from s2sad.rules.domains import between, positive, together
from s2sad.rules.notation import elementwise

SHAPE = {"x1": "the shape a, which has no closed form"}
SHAPES = {**SHAPE, "x2": "the shape b, which has no closed form"}
GAMMA = {
    "x1 x2": together(
        (between(0.4, 4.0).of(3), positive.of(2, 3)),
        (between(0.4, 4.0).of(), positive.of()),
        (500.0, between(450.0, 550.0).of(3)),
        (np.array([2.0, 900.0, 2.5]), np.array([0.7, 900.0, 3.0])),
    ),
    "kinks": [(1.0, 0.0), (2.0, 0.0), (3.5, 0.0)],
}
QUANTILE = {"x1": between(0.6, 4.0), "x2": between(0.15, 0.85)}
SMALL, WITHIN = between(0.5, 3.0), between(0.1, 0.9)
BETA = {
    "x1 x2 x3": together(
        (SMALL.of(3), 2.0, WITHIN.of(2, 3)),
        (0.7, SMALL.of(2, 1), WITHIN.of(3)),
        (SMALL.of(), SMALL.of(), WITHIN.of()),
        (25.0, 30.0, between(0.35, 0.6).of(3)),
        (np.array([2.0, 40.0]), np.array([40.0, 25.0]), np.array([0.07, 0.6])),
        (30.0, 1.5, between(0.85, 0.95).of()),
    )
}


def gamma_density(a, x, ans):
    """x^(a-1) exp(-x) / Γ(a).

    A power next to zero, where it has all its derivatives, and its logarithm, which does not
    overflow, elsewhere; in the dtype of ans.
    """
    p = np.where(x < 1.0, a - 1.0, 0.0)
    density = x**p * np.exp(special.xlogy(a - 1.0 - p, x) - x - special.gammaln(a))
    return astype(density, ans.dtype)


def power(a, x):
    """x^(a-1) for a < 20, which has all its derivatives at zero; one otherwise."""
    if np.ndim(a) == 0:
        return x ** (a - 1.0) if a < 20.0 else 1.0
    return x ** np.where(a < 20.0, a - 1.0, 0.0)


def rest(a, x):
    """The logarithm of x^(a-1) where `power` is one, and zero elsewhere."""
    if np.ndim(a) == 0:
        return 0.0 if a < 20.0 else special.xlogy(a - 1.0, x)
    return special.xlogy(np.where(a < 20.0, 0.0, a - 1.0), x)


def rest_below(b, x):
    """The same of (1-x)^(b-1)."""
    if np.ndim(b) == 0:
        return 0.0 if b < 20.0 else special.xlog1py(b - 1.0, -x)
    return special.xlog1py(np.where(b < 20.0, 0.0, b - 1.0), -x)


def beta_density(a, b, x, ans):
    """x^(a-1) (1-x)^(b-1) / B(a, b): powers for small exponents, logarithms for large ones."""
    logarithm = rest(a, x) + rest_below(b, x) - special.betaln(a, b)
    return astype(power(a, x) * power(b, 1.0 - x) * np.exp(logarithm), ans.dtype)


elementwise(
    special.gammainc,
    lambda d, x1, x2, ans: (None, d * gamma_density(x1, x2, ans)),
    on=GAMMA,
    unknown=SHAPE,
    poles=True,
)
elementwise(
    special.gammaincc,
    lambda d, x1, x2, ans: (None, -(d * gamma_density(x1, x2, ans))),
    on=GAMMA,
    unknown=SHAPE,
    poles=True,
)
elementwise(
    special.gammaincinv,
    lambda d, x1, ans: (None, d / gamma_density(x1, ans, ans)),
    on=QUANTILE,
    unknown=SHAPE,
    poles=True,
)
elementwise(
    special.gammainccinv,
    lambda d, x1, ans: (None, -(d / gamma_density(x1, ans, ans))),
    on=QUANTILE,
    unknown=SHAPE,
    poles=True,
)
elementwise(
    special.betainc,
    lambda d, x1, x2, x3, ans: (None, None, d * beta_density(x1, x2, x3, ans)),
    on=BETA,
    unknown=SHAPES,
    poles=True,
)
elementwise(
    special.betaincinv,
    lambda d, x1, x2, ans: (None, None, d / beta_density(x1, x2, ans, ans)),
    on=BETA,
    unknown=SHAPES,
    poles=True,
)
if hasattr(special, "betaincc"):  # SciPy 1.11
    elementwise(
        special.betaincc,
        lambda d, x1, x2, x3, ans: (None, None, -(d * beta_density(x1, x2, x3, ans))),
        on=BETA,
        unknown=SHAPES,
        poles=True,
    )
    elementwise(
        special.betainccinv,
        lambda d, x1, x2, ans: (None, None, -(d / beta_density(x1, x2, ans, ans))),
        on=BETA,
        unknown=SHAPES,
        poles=True,
    )

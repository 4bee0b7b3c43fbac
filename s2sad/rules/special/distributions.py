"""Distribution functions in their continuous arguments: the density; 1 / density for quantiles.

Counts, and the shapes in which there is no closed form, are refused where they are active.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from s2sad.rules.creation import astype
from s2sad.rules.domains import between, one_of, positive, reals
from s2sad.rules.notation import elementwise
from s2sad.rules.special.incomplete import beta_density, gamma_density

COUNTS = {"x1": "the count k", "x2": "the number n of trials"}
FREEDOM = {"x1": "the degrees of freedom"}
BOTH = {"x1": "the degrees of freedom of the numerator", "x2": "those of the denominator"}
TRIALS = {
    "x1": one_of(0, 1, 3).of(),
    "x2": one_of(np.int64(4), np.int64(6)).of(),
    "x3": between(0.1, 0.9),
}
PROBABILITY = between(0.1, 0.9)
SHAPE = between(0.8, 4.0)


def binomial_density(k, n, p, ans):
    """Minus the derivative in p of the probability of at most k successes in n trials."""
    whole = np.floor(k)
    return beta_density(whole + 1.0, n - whole, p, ans)


def negative_density(k, n, p, ans):
    """The derivative in p of the probability of at most k failures before n successes."""
    return beta_density(n, k + 1.0, p, ans)


elementwise(
    special.bdtr,
    lambda d, x1, x2, x3, ans: (None, None, -(d * binomial_density(x1, x2, x3, ans))),
    on=TRIALS,
    unknown=COUNTS,
    poles=True,
)
elementwise(
    special.bdtrc,
    lambda d, x1, x2, x3, ans: (None, None, d * binomial_density(x1, x2, x3, ans)),
    on=TRIALS,
    unknown=COUNTS,
    poles=True,
)
elementwise(
    special.bdtri,
    lambda d, x1, x2, ans: (None, None, -(d / binomial_density(x1, x2, ans, ans))),
    on=TRIALS,
    unknown=COUNTS,
    poles=True,
)
elementwise(
    special.nbdtr,
    lambda d, x1, x2, x3, ans: (None, None, d * negative_density(x1, x2, x3, ans)),
    on=TRIALS,
    unknown=COUNTS,
)
elementwise(
    special.nbdtrc,
    lambda d, x1, x2, x3, ans: (None, None, -(d * negative_density(x1, x2, x3, ans))),
    on=TRIALS,
    unknown=COUNTS,
)
elementwise(
    special.nbdtri,
    lambda d, x1, x2, ans: (None, None, d / negative_density(x1, x2, ans, ans)),
    on=TRIALS,
    unknown=COUNTS,
    poles=True,
)

# Poisson.


def poisson_density(k, m, ans):
    """Minus the derivative in m of the probability of at most k events where m are expected."""
    return gamma_density(np.floor(k) + 1.0, m, ans)


POISSON = {"x1": one_of(0, 1, 4).of(), "x2": positive}
elementwise(
    special.pdtr,
    lambda d, x1, x2, ans: (None, -(d * poisson_density(x1, x2, ans))),
    on=POISSON,
    unknown={"x1": COUNTS["x1"]},
)
elementwise(
    special.pdtrc,
    lambda d, x1, x2, ans: (None, d * poisson_density(x1, x2, ans)),
    on=POISSON,
    unknown={"x1": COUNTS["x1"]},
)
elementwise(
    special.pdtri,
    lambda d, x1, ans: (None, -(d / poisson_density(x1, ans, ans))),
    on={**POISSON, "x2": PROBABILITY},
    unknown={"x1": COUNTS["x1"]},
)

# Gamma and chi square.
elementwise(
    special.gdtr,
    lambda d, x1, x2, x3, ans: (
        d * (x3 * gamma_density(x2, x1 * x3, ans)),
        None,
        d * (x1 * gamma_density(x2, x1 * x3, ans)),
    ),
    on={"x1": positive, "x2": SHAPE, "x3": positive},
    unknown={"x2": "the shape b"},
    poles=True,
)
elementwise(
    special.gdtrc,
    lambda d, x1, x2, x3, ans: (
        -(d * (x3 * gamma_density(x2, x1 * x3, ans))),
        None,
        -(d * (x1 * gamma_density(x2, x1 * x3, ans))),
    ),
    on={"x1": positive, "x2": SHAPE, "x3": positive},
    unknown={"x2": "the shape b"},
    poles=True,
)
elementwise(
    special.gdtrix,
    lambda d, x1, x2, ans: (
        -(d * (ans / x1)),
        None,
        d / (x1 * gamma_density(x2, x1 * ans, ans)),
    ),
    on={"x1": positive, "x2": SHAPE, "x3": PROBABILITY},
    unknown={"x2": "the shape b"},
    poles=True,
)
elementwise(
    special.gdtria,
    lambda d, x2, x3, ans: (
        d / (x3 * gamma_density(x2, ans * x3, ans)),
        None,
        -(d * (ans / x3)),
    ),
    on={"x1": PROBABILITY, "x2": SHAPE, "x3": positive},
    unknown={"x2": "the shape b"},
    poles=True,
)
elementwise(
    special.chdtr,
    lambda d, x1, x2, ans: (None, d * (0.5 * gamma_density(0.5 * x1, 0.5 * x2, ans))),
    on={"x1": SHAPE, "x2": positive},
    unknown=FREEDOM,
    poles=True,
)
elementwise(
    special.chdtrc,
    lambda d, x1, x2, ans: (None, -(d * (0.5 * gamma_density(0.5 * x1, 0.5 * x2, ans)))),
    on={"x1": SHAPE, "x2": positive},
    unknown=FREEDOM,
    poles=True,
)
elementwise(
    special.chdtri,
    lambda d, x1, ans: (None, -(d * 2.0 / gamma_density(0.5 * x1, 0.5 * ans, ans))),
    on={"x1": SHAPE, "x2": PROBABILITY},
    unknown=FREEDOM,
    poles=True,
)


# F and Student's t.


def f_density(m, n, x, ans):
    """The density of the F distribution with m and n degrees of freedom."""
    both = n + m * x
    return beta_density(0.5 * m, 0.5 * n, m * x / both, ans) * (m / both * (n / both))


def t_density(df, t, ans):
    """The density of Student's distribution."""
    power = -0.5 * (df + 1.0) * np.log1p(t * t / df) - special.betaln(0.5, 0.5 * df)
    return astype(np.exp(power) / np.sqrt(df), ans.dtype)


elementwise(
    special.fdtr,
    lambda d, x1, x2, x3, ans: (None, None, d * f_density(x1, x2, x3, ans)),
    on={"x1": SHAPE, "x2": SHAPE, "x3": positive},
    unknown=BOTH,
    poles=True,
)
elementwise(
    special.fdtrc,
    lambda d, x1, x2, x3, ans: (None, None, -(d * f_density(x1, x2, x3, ans))),
    on={"x1": SHAPE, "x2": SHAPE, "x3": positive},
    unknown=BOTH,
    poles=True,
)
elementwise(
    special.fdtri,
    lambda d, x1, x2, ans: (None, None, d / f_density(x1, x2, ans, ans)),
    on={"x1": between(2.0, 4.0), "x2": between(2.0, 4.0), "x3": PROBABILITY},
    unknown=BOTH,
    poles=True,
)
elementwise(
    special.stdtr,
    lambda d, x1, x2, ans: (None, d * t_density(x1, x2, ans)),
    on={"x1": SHAPE, "x2": reals},
    unknown=FREEDOM,
)
elementwise(
    special.stdtrit,
    lambda d, x1, ans: (None, d / t_density(x1, ans, ans)),
    on={"x1": SHAPE, "x2": PROBABILITY},
    unknown=FREEDOM,
    poles=True,
)

# Tukey's lambda: its quantile (p^λ - (1-p)^λ) / λ is what has a closed form.
elementwise(
    special.tklmbda,
    lambda d, x2, ans: (d / (ans ** (x2 - 1.0) + (1.0 - ans) ** (x2 - 1.0)), None),
    on={"x1": between(-0.6, 0.6), "x2": between(0.2, 0.9)},
    unknown={"x2": "the shape lmbda"},
)

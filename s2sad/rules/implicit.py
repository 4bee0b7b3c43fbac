"""Random draws that NumPy makes by rejection: their derivatives are implicit.

    F(x, a) constant, hence dx/da = -(dF/da) / p(x),

after Figurnov, Mohamed and Mnih, "Implicit reparameterization gradients", NeurIPS 2018.  The
quotients are computed in `probabilities.py` and `angles.py`.
"""

from __future__ import annotations

import numpy as np

from s2sad.rules import slopes  # noqa: F401  (what the rules below call has rules of its own)
from s2sad.rules.angles import angle_slope
from s2sad.rules.domains import above_one, between, positive
from s2sad.rules.elementwise import or_one
from s2sad.rules.notation import Primitive, Template
from s2sad.rules.pathwise import drawn, draws, pathwise, quantile
from s2sad.rules.probabilities import beta_slope, gamma_slope, mills

pathwise(
    "standard_gamma", "shape", "ans at a fixed value of P(shape, ans)",
    lambda d, ans, shape: d * gamma_slope(shape, ans),
    {"shape": positive},
)  # fmt: skip
pathwise(
    "gamma", "shape scale", "ans at a fixed value of P(shape, ans / scale)",
    lambda d, ans, shape, scale: (
        d * (scale * gamma_slope(shape, ans / scale)),
        d * (ans / scale),
    ),
    {"shape": positive, "scale": positive},
)  # fmt: skip
pathwise(
    "chisquare", "df", "ans at a fixed value of P(df / 2, ans / 2)",
    lambda d, ans, df: d * gamma_slope(0.5 * df, 0.5 * ans),
    {"df": positive},
)  # fmt: skip
pathwise(
    "beta", "a b", "ans at a fixed value of I(ans; a, b)",
    lambda d, ans, a, b: (d * beta_slope(a, b, ans), -d * beta_slope(b, a, 1.0 - ans)),
    {"a": positive, "b": positive},
)  # fmt: skip


# t and F are functions of a draw from the beta distribution


def t_with_df(df, x):
    """For w = df / (df + x²), which has the beta distribution of df/2 and 1/2."""
    total = df + x * x
    moved = 0.25 * total * total / df * beta_slope(0.5 * df, 0.5, df / total)
    return 0.5 * x / df - moved / or_one(x)


pathwise(
    "standard_t", "df", "df / (df + ans²) at a fixed value of I(df / (df + ans²); df/2, 1/2)",
    lambda d, ans, df: d * t_with_df(df, ans),
    {"df": positive, "draw": between(0.53, 0.97)},
)  # fmt: skip


def spread_of_f(dfnum, dfden, x):
    """The derivative of x in w, where w = dfnum x / (dfnum x + dfden), halved."""
    total = dfnum * x + dfden
    return 0.5 * total * total / (dfnum * dfden)


def place_of_f(dfnum, dfden, x):
    """w = dfnum x / (dfnum x + dfden), which has the beta distribution."""
    return dfnum * x / (dfnum * x + dfden)


pathwise(
    "f", "dfnum dfden", "w = dfnum ans / (dfnum ans + dfden) at a fixed value of"
    " I(w; dfnum/2, dfden/2)",
    lambda d, ans, dfnum, dfden: (
        d * (
            spread_of_f(dfnum, dfden, ans)
            * beta_slope(0.5 * dfnum, 0.5 * dfden, place_of_f(dfnum, dfden, ans))
            - ans / dfnum
        ),
        d * (
            ans / dfden
            - spread_of_f(dfnum, dfden, ans)
            * beta_slope(0.5 * dfden, 0.5 * dfnum, dfden / (dfnum * ans + dfden))
        ),
    ),
    {"dfnum": positive, "dfden": above_one},
)  # fmt: skip


# the inverse Gaussian: F = Φ(s (x/m - 1)) + exp(2 l/m) Φ(-s (x/m + 1)), s = sqrt(l/x)


def wald_with_mean(mean, scale, x):
    """-(dF/dm) / p: the densities of the two terms are equal, so their slopes cancel."""
    ratio = mills(np.sqrt(scale / x) * (x / mean + 1.0))
    return 2.0 * np.sqrt(scale * x) * (x / (mean * mean)) * ratio


pathwise(
    "wald", "mean scale", "ans at a fixed value of the inverse Gaussian distribution function",
    lambda d, ans, mean, scale: (
        d * wald_with_mean(mean, scale, ans),
        d * ((ans - mean * wald_with_mean(mean, scale, ans)) / scale),
    ),
    {"mean": positive, "scale": positive},
)  # fmt: skip


# angles, which are drawn in turns about mu


def turned(angle):
    """An angle between -π and π."""
    return angle - 2.0 * np.pi * np.round(angle / (2.0 * np.pi))


pathwise(
    "vonmises", "mu kappa", "ans - mu at a fixed value of the von Mises distribution function",
    lambda d, ans, mu, kappa: (d, d * angle_slope(kappa, turned(ans - mu))),
    {"mu": between(-0.5, 0.5).of(3), "kappa": between(0.3, 4.0).of(3),
     "draw": between(0.1, 0.9).of(3)},
)  # fmt: skip


# vectors on the simplex


class dirichlet:
    """Each number moves with its own parameter as a draw from its marginal, a beta distribution
    with fixed sum of parameters, and the others shrink in proportion: Jankowiak and Obermeyer,
    "Pathwise derivatives beyond the reparameterization trick", ICML 2018."""

    def tangent(ans, alpha, alpha_dot):
        moved = with_own(ans, alpha) * alpha_dot
        return moved - ans * np.sum(moved, axis=-1, keepdims=True)

    def adjoint(ans, alpha, ans_bar):
        inside = ans_bar - np.sum(ans * ans_bar, axis=-1, keepdims=True)
        own = with_own(ans, alpha) * inside
        alpha_bar = np.sum(np.reshape(own, (-1, alpha.shape[0])), axis=0)
        return alpha_bar


def with_own(ans, alpha):
    """What a number moves with its own parameter, relative to what the others are."""
    return beta_slope(alpha, np.sum(alpha) - alpha, ans) / or_one(1.0 - ans)


draws(
    Primitive(
        drawn("dirichlet"), "np.random.Generator.dirichlet", kind="structured",
        params=("draw", "alpha"), wrt=("alpha",), primal=quantile("dirichlet"),
        tangent=Template(dirichlet.tangent), adjoint=Template(dirichlet.adjoint),
        doc=dirichlet.__doc__ or "",
        on={"draw": between(0.05, 0.95).of(3), "alpha": positive.of(2)},
    )
)  # fmt: skip

"""Rules of the slopes of quantiles, so that draws have derivatives of any order.

Each slope is R = -(D F) / p with a derivative D of some order in the parameters.  One more
derivative in a parameter gives the slope of the next order less R times the slope of log p; one
in x gives -(D p) / p, the score of that order, less R times the slope of log p in x.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from s2sad.rules import notation
from s2sad.rules.angles import angle_score, angle_slope
from s2sad.rules.domains import Domain, between, one_of, positive, together
from s2sad.rules.naming import qualified_name
from s2sad.rules.notation import Primitive, Template
from s2sad.rules.probabilities import (
    beta_score,
    beta_slope,
    gamma_score,
    gamma_slope,
    mills,
)

ORDERS = one_of(1, 2)
PAIRS = together((1, 0), (1, 1), (2, 1))


def slope(
    of: Callable[..., Any], wrt: str, partials: Callable[..., Any], on: Mapping[str, Domain]
) -> None:
    """An elementwise function of the operands `wrt`, and of the orders of its derivative."""
    parameters = inspect.signature(of).parameters
    defaults = {n: p.default for n, p in parameters.items() if p.default is not p.empty}
    notation._declare(
        Primitive(
            of, qualified_name(of), kind="elementwise", params=tuple(parameters),
            wrt=tuple(wrt.split()),
            defaults=defaults, partials=Template(partials), on=on,
            doc=(of.__doc__ or "").partition("\n")[0],
        )
    )  # fmt: skip


# the gamma distribution: log p = (a - 1) log x - x - log Γ(a)


def gamma_fall(a, x):
    """The slope of log p in x."""
    return (a - 1.0) / x - 1.0


slope(
    gamma_score, "a x",
    lambda d, ans, a, x, order: (
        d * (gamma_score(a, x, order + 1) - ans * gamma_score(a, x)),
        d * (order * gamma_score(a, x, order - 1) / x),
    ),
    {"a": positive, "x": positive, "order": ORDERS},
)  # fmt: skip
slope(
    gamma_slope, "a x",
    lambda d, ans, a, x, order: (
        d * (gamma_slope(a, x, order + 1) - ans * gamma_score(a, x)),
        -d * (gamma_score(a, x, order) + ans * gamma_fall(a, x)),
    ),
    {"a": positive, "x": positive, "order": ORDERS},
)  # fmt: skip


# the beta distribution: log p = (a - 1) log x + (b - 1) log(1 - x) - log B(a, b)


def beta_fall(a, b, x):
    """The slope of log p in x."""
    return (a - 1.0) / x - (b - 1.0) / (1.0 - x)


slope(
    beta_score, "a b x",
    lambda d, ans, a, b, x, in_a, in_b: (
        d * (beta_score(a, b, x, in_a + 1, in_b) - ans * beta_score(a, b, x, 1, 0)),
        d * (beta_score(a, b, x, in_a, in_b + 1) - ans * beta_score(a, b, x, 0, 1)),
        d * (
            (in_a * beta_score(a, b, x, in_a - 1, in_b) / x if in_a > 0 else 0.0)
            - (in_b * beta_score(a, b, x, in_a, in_b - 1) / (1.0 - x) if in_b > 0 else 0.0)
        ),
    ),
    {"a": positive, "b": positive, "x": between(0.05, 0.95), "in_a in_b": PAIRS},
)  # fmt: skip
slope(
    beta_slope, "a b x",
    lambda d, ans, a, b, x, in_a, in_b: (
        d * (beta_slope(a, b, x, in_a + 1, in_b) - ans * beta_score(a, b, x, 1, 0)),
        d * (beta_slope(a, b, x, in_a, in_b + 1) - ans * beta_score(a, b, x, 0, 1)),
        -d * (beta_score(a, b, x, in_a, in_b) + ans * beta_fall(a, b, x)),
    ),
    {"a": positive, "b": positive, "x": between(0.05, 0.95), "in_a in_b": PAIRS},
)  # fmt: skip


# the normal distribution

slope(
    mills, "z", lambda d, z, order: -d * mills(z, order + 1),
    {"z": positive, "order": one_of(0, 1)},
)  # fmt: skip


# the von Mises distribution: log p = κ cos y - log I0(κ)

slope(
    angle_score, "kappa y",
    lambda d, ans, kappa, y, order: (
        d * (angle_score(kappa, y, order + 1) - ans * angle_score(kappa, y)),
        -d * (order * angle_score(kappa, y, order - 1) * np.sin(y)),
    ),
    {"kappa": positive, "y": between(-3.0, 3.0), "order": ORDERS},
)  # fmt: skip
slope(
    angle_slope, "kappa y",
    lambda d, ans, kappa, y, order: (
        d * (angle_slope(kappa, y, order + 1) - ans * angle_score(kappa, y)),
        -d * (angle_score(kappa, y, order) - ans * kappa * np.sin(y)),
    ),
    {"kappa": positive, "y": between(-3.0, 3.0), "order": ORDERS},
)  # fmt: skip

"""Random draws that are functions of noise: location and scale, powers, the triangle."""

from __future__ import annotations

import numpy as np

from s2sad.rules.domains import above_one, between, one_of, positive, together
from s2sad.rules.elementwise import or_one
from s2sad.rules.pathwise import pathwise

# location and scale: x = loc + scale z


def located(name: str) -> None:
    """A draw x = loc + scale z of the noise z."""
    pathwise(
        name, "loc scale", "ans = loc + scale z",
        lambda d, ans, loc, scale: (d, d * ((ans - loc) / scale)),
        {"scale": positive},
    )  # fmt: skip


for name in ("normal", "laplace", "logistic", "gumbel"):
    located(name)

pathwise(
    "multivariate_normal", "mean", "ans = mean + z, of vectors",
    lambda d: d, {},
)  # fmt: skip
pathwise(
    "uniform", "low high", "ans = low + (high - low) z",
    lambda d, ans, low, high: (
        d * ((high - ans) / (high - low)),
        d * ((ans - low) / (high - low)),
    ),
    {"low": between(-1.7, 1.0), "high": above_one},
)  # fmt: skip
pathwise(
    "lognormal", "mean sigma", "ans = exp(mean + sigma z)",
    lambda d, ans, mean, sigma: (d * ans, d * (ans * ((log(ans) - mean) / sigma))),
    {"sigma": positive},
)  # fmt: skip


def scaled(name: str) -> None:
    """A draw x = scale z."""
    pathwise(
        name, "scale", "ans = scale z",
        lambda d, ans, scale: d * (ans / scale),
        {"scale": positive},
    )  # fmt: skip


for name in ("exponential", "rayleigh"):
    scaled(name)


# powers of noise


def log(x):
    """log x; finite at 0, which draws reach by underflow, so that x log x is 0 there."""
    return np.log(np.maximum(x, 5e-324))


pathwise(
    "weibull", "a", "ans = z**(1/a) with z from the exponential distribution",
    lambda d, ans, a: -d * (ans * log(ans) / a),
    {"a": positive},
)  # fmt: skip
pathwise(
    "power", "a", "ans = z**(1/a) with z uniform in (0, 1)",
    lambda d, ans, a: -d * (ans * log(ans) / a),
    {"a": positive},
)  # fmt: skip
pathwise(
    "pareto", "a", "ans = exp(z/a) - 1 with z from the exponential distribution",
    lambda d, ans, a: -d * ((1.0 + ans) * np.log1p(ans) / a),
    {"a": positive},
)  # fmt: skip


# the triangle: (x - left)² = z (right - left) (mode - left) up to the mode, likewise beyond it


def leg(ans, left, mode, right):
    """How far a draw is from the end of its own leg of the triangle, halved."""
    return 0.5 * np.where(ans <= mode, ans - left, right - ans)


def with_mode(ans, left, mode, right):
    """What a draw moves with the mode."""
    length = np.where(ans <= mode, mode - left, right - mode)
    return leg(ans, left, mode, right) / or_one(length)


def with_end(ans, left, mode, right, own):
    """What a draw moves with one end: that of its own leg, or the other one."""
    other = leg(ans, left, mode, right) / (right - left)
    return np.where(own, 1.0 - with_mode(ans, left, mode, right) - other, other)


pathwise(
    "triangular", "left mode right",
    "(ans - left)² = z (right - left) (mode - left) up to the mode, and likewise beyond it",
    lambda d, ans, left, mode, right: (
        d * with_end(ans, left, mode, right, ans <= mode),
        d * with_mode(ans, left, mode, right),
        d * with_end(ans, left, mode, right, ans > mode),
    ),
    {
        "draw": one_of(between(0.03, 0.15).of(3), between(0.7, 0.97).of(3)),
        "left mode right": together(
            (between(-1.0, 0.0).of(3), between(0.5, 1.0).of(3), between(2.0, 3.0).of(3)),
            (between(-1.0, 0.0).of(), between(0.5, 1.0).of(3), between(2.0, 3.0).of()),
        ),
    },
)  # fmt: skip

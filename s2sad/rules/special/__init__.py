"""The functions of scipy.special, chapter by chapter; read when one of them is looked up.

SciPy is optional: nothing else in the package imports it.  Orders, degrees and shapes of
distributions are data where their derivative has no closed form; an active one is refused.
"""

from s2sad.rules.special import (
    bessel,
    distributions,
    elementary,
    elliptic,
    errors,
    gamma,
    incomplete,
    integrals,
    kelvin,
    polynomials,
    several,
    sums,
)

__all__ = [
    "bessel",
    "distributions",
    "elementary",
    "elliptic",
    "errors",
    "gamma",
    "incomplete",
    "integrals",
    "kelvin",
    "polynomials",
    "several",
    "sums",
]

"""The coefficients of `s2sad.elementary`, computed by the exchange algorithm of Remez.

`python -m tests.elementary.coefficients` prints them all; a test compares them with the source.
Each entry approximates a smooth function g on an interval by a polynomial p so that the largest
|weight (p - g)| is as small as a polynomial of this degree makes it, then rounds to double.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from mpmath import mp, mpf

POINTS = 1200
"""Points of the grid on which the error is levelled."""

ROUNDS = 12
"""Most exchanges; the error is level long before."""


def series(terms: list[mpf], t: mpf) -> mpf:
    """The sum of a power series, the constant first, by Horner's rule."""
    total = mpf(0)
    for term in reversed(terms):
        total = total * t + term
    return total


@dataclass(frozen=True)
class Fit:
    """What is approximated: a function, its interval, the degree, and the weight of an error."""

    function: Callable[[mpf], mpf]
    low: float
    high: float
    degree: int
    weight: Callable[[mpf], mpf]
    poles: int = 0
    """The degree of the denominator of a rational approximation, 0 for a polynomial."""


def solve(fit: Fit, nodes: list[mpf], denominator: list[mpf]) -> list[mpf]:
    """Coefficients whose weighted error alternates between plus and minus h at the nodes.

    p(t) - g(t) (q(t) - 1) = g(t) + (-1)**i h q(t) / weight(t), with the last q on the right.
    """
    count, size = fit.degree + 1, len(nodes)
    rows, values = mp.matrix(size, size), mp.matrix(size, 1)
    for i, t in enumerate(nodes):
        g = fit.function(t)
        for j in range(count):
            rows[i, j] = t**j
        for j in range(fit.poles):
            rows[i, count + j] = -g * t ** (j + 1)
        rows[i, size - 1] = (-1) ** i * series(denominator, t) / fit.weight(t)
        values[i] = g
    return list(mp.lu_solve(rows, values))[:-1]


def extremes(errors: np.ndarray, count: int) -> list[int]:
    """The places of the largest error in each run of one sign: `count` of them in sequence."""
    signs = np.array([e > 0 for e in errors])
    starts = [0, *(np.flatnonzero(signs[1:] != signs[:-1]) + 1), len(errors)]
    runs = itertools.pairwise(starts)
    places = [a + max(range(b - a), key=lambda i: abs(errors[a + i])) for a, b in runs]
    while len(places) > count:
        places.pop(0 if abs(errors[places[0]]) < abs(errors[places[-1]]) else -1)
    return places


def minimax(fit: Fit) -> tuple[list[float], list[float], float]:
    """Numerator and denominator from the constant upward, as doubles, and the largest error.

    The denominator starts with 1, and is [1] for a polynomial.
    """
    with mp.workdps(50):
        middle, half = (mpf(fit.high) + fit.low) / 2, (mpf(fit.high) - fit.low) / 2
        angles = [mp.pi * (i + mpf(1) / 2) / POINTS for i in range(POINTS)]
        points = np.array([middle - half * mp.cos(a) for a in angles])
        wanted = np.array([fit.function(t) for t in points])
        weights = np.array([fit.weight(t) for t in points])
        count = fit.degree + fit.poles + 2
        places = [round((POINTS - 1) * i / (count - 1)) for i in range(count)]
        below = [mpf(1)]
        for _ in range(ROUNDS):
            for _ in range(3 if fit.poles else 1):
                found = solve(fit, [points[i] for i in places], below)
                above, below = found[: fit.degree + 1], [mpf(1), *found[fit.degree + 1 :]]
            evaluate = np.polynomial.polynomial.polyval
            errors = weights * (evaluate(points, above) / evaluate(points, below) - wanted)
            level = extremes(errors, count)
            if level == places or len(level) < count:
                break
            places = level
        return [float(c) for c in above], [float(c) for c in below], float(max(abs(errors)))

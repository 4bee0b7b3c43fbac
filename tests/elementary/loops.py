"""Compiled loops over elementary functions, arguments to try them on, and errors in ulps."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import njit

from s2sad.elementary import NAMED

LIMITS = (
    *(0.41421356237309515, 2.414213562373095, 1075.0, 1022.0),
    *(0.0, 5e-324, 2.2250738585072014e-308, 1e-300, 1e-17, 1e-9, 0.25, 0.5, 0.5**0.5, 1.0),
    *(2.0**0.5, 1.5, 2.0, 3.0, 4.0, 10.0, 1000.0, 2.0**44, 1e300, 1.7976931348623157e308),
    *(np.inf, np.nan, np.pi / 4, np.pi / 2, np.pi, 0.3465735902799727, 0.6931471805599453),
    *(709.782712893384, 708.3964185322641, 745.1332191019411, 710.4758600739439, 0.55, 20.0),
    *(6381956970095103 * 2.0**797, 2.0**1023, 2.0**1023.5, 37.42994775023705, 1e-8),
)
"""Where something changes: zeros, subnormals, seams, thresholds, the hardest angle."""


@cache
def loop(name: str) -> Any:
    """A compiled loop that fills its last argument with values of the function."""
    function = NAMED[name].function
    if name == "power":

        @njit(error_model="numpy")
        def fill_two(x, y, out):
            for i in range(out.size):
                out[i] = function(x[i], y[i])

        return fill_two

    @njit(error_model="numpy")
    def fill(x, out):
        for i in range(out.size):
            out[i] = function(x[i])

    return fill


def values(name: str, *arguments: np.ndarray) -> np.ndarray:
    """The function of each argument, in their precision."""
    out = np.empty_like(arguments[0])
    loop(name)(*arguments, out)
    return out


def limits() -> np.ndarray:
    """The places where something changes, of both signs, and five doubles on either side."""
    points = np.array([*LIMITS, *(-x for x in LIMITS)])
    above, below, found = points, points, [points]
    with np.errstate(over="ignore"):
        for _ in range(5):
            above, below = np.nextafter(above, np.inf), np.nextafter(below, -np.inf)
            found += [above, below]
    return np.concatenate(found)


def arguments(count: int = 20000, seed: int = 0) -> np.ndarray:
    """Doubles of all kinds: any bits, every exponent, and the ranges where functions live."""
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2**64, count, dtype=np.uint64)
    exponents = np.repeat(np.arange(2048, dtype=np.uint64), 8)
    fractions = rng.integers(0, 2**52, exponents.size, dtype=np.uint64)
    signs = rng.integers(0, 2, exponents.size, dtype=np.uint64)
    every = (signs << np.uint64(63)) | (exponents << np.uint64(52)) | fractions
    sizes = 2.0 ** rng.uniform(-60, 12, count) * rng.choice([-1.0, 1.0], count)
    ranges = [rng.uniform(-r, r, count) for r in (1.0, 2.0, 8.0, 40.0, 800.0)]
    close = 1.0 + rng.uniform(-1e-3, 1e-3, count)
    return np.concatenate(
        [bits.view(float), every.view(float), sizes, *ranges, close, -close, limits()]
    )


def errors(found: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """Errors in units of the last place of the exact value; infinite for a wrong inf or NaN."""
    rounded = exact.astype(found.dtype)
    finite = np.isfinite(rounded) & np.isfinite(found)
    unit = np.spacing(np.abs(np.where(finite, rounded, 1)))
    same = (rounded == found) | (np.isnan(rounded) & np.isnan(found))
    return np.where(
        finite,
        np.abs(np.where(finite, found.astype(exact.dtype) - exact, 0)) / unit,
        np.where(same, 0, np.inf),
    ).astype(float)

"""Elementary functions against the same functions in extended precision."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("numba")

from s2sad.elementary import FUNCTIONS
from tests.elementary.loops import arguments, errors, limits, values

UNARY = {u.__name__: u for u in FUNCTIONS if u.nin == 1}

extended = pytest.mark.skipif(
    np.finfo(np.longdouble).nmant < 63, reason="no precision beyond double to compare with"
)

LARGEST = {
    "exp": 1.1,
    "exp2": 1.2,
    "expm1": 1.4,
    "tanh": 1.4,
    "sinh": 1.7,
    "cosh": 1.7,
    "arctan": 2.0,
    "arcsinh": 1.4,
    "arccosh": 1.7,
}
"""Errors in ulps, 1 where nothing is said."""


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


@extended
@pytest.mark.parametrize("name", UNARY)
def test_doubles_are_within_ulps(name: str):
    x = arguments()
    error = errors(values(name, x), UNARY[name](x.astype(np.longdouble)))
    worst = np.argmax(error)
    assert error[worst] <= LARGEST.get(name, 1.0), f"{error[worst]} ulp at {x[worst]!r}"


@extended
@pytest.mark.parametrize("name", UNARY)
def test_singles_are_rounded_from_doubles(name: str):
    bits = np.random.default_rng(1).integers(0, 2**32, 50000, dtype=np.uint32)
    x = np.concatenate([bits.view(np.float32), arguments(5000).astype(np.float32)])
    found = values(name, x)
    assert found.dtype == np.float32
    exact = UNARY[name](x.astype(np.longdouble))
    error = errors(found, exact)
    assert error.max() < 0.5001, f"{error.max()} ulp at {x[np.argmax(error)]!r}"


@extended
def test_powers_are_within_ulps():
    rng = np.random.default_rng(2)
    scale = rng.uniform(-1070, 1020, 20000)
    near = 1 + rng.uniform(-1, 1, 20000) * 2.0 ** rng.uniform(-52, -1, 20000)
    pairs = [
        (2.0**scale, rng.uniform(-1070, 1020, 20000) / scale),
        (rng.uniform(0, 4, 20000), rng.uniform(-300, 300, 20000)),
        (near, rng.uniform(-745, 710, 20000) / np.log(near)),
        (arguments(5000), arguments(5000, seed=3)),
        (-rng.integers(0, 20, 2000).astype(float), rng.integers(-20, 20, 2000).astype(float)),
    ]
    for x, y in pairs:
        exact = np.power(x.astype(np.longdouble), y.astype(np.longdouble))
        error = errors(values("power", x, y), exact)
        worst = np.argmax(error)
        assert error[worst] <= 1.3, f"{error[worst]} ulp at {x[worst]!r}, {y[worst]!r}"


def test_powers_of_special_numbers_are_those_of_numpy():
    special = [0.0, 1.0, 2.0, 3.0, 0.5, 1.5, np.inf, np.nan, 5e-324, 1e308, 2.0**53 + 1, 1e-310]
    x, y = (a.ravel() for a in np.meshgrid(*[[*special, *(-s for s in special)]] * 2))
    found, expected = values("power", x, y), np.power(x, y)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    extreme = ~np.isfinite(expected) | (expected == 0) | (np.abs(expected) == 1)
    np.testing.assert_array_equal(found[extreme], expected[extreme])
    assert np.all((np.signbit(found) == np.signbit(expected)) | np.isnan(expected))


def test_single_powers_are_rounded_from_doubles():
    rng = np.random.default_rng(3)
    x, y = (rng.uniform(-3, 8, 5000).astype(np.float32) for _ in range(2))
    found = values("power", x, y)
    np.testing.assert_array_equal(found, np.power(x.astype(float), y.astype(float)).astype("f4"))


@pytest.mark.parametrize(("name", "largest"), [("erf", 1.0), ("erfc", 1.95)])
def test_error_functions_are_within_ulps(name: str, largest: float):
    mpmath = pytest.importorskip("mpmath")
    rng = np.random.default_rng(4)
    ranges = [(-6.5, 6.5), (-1.1, 1.1), (0.9, 3.0), (3.0, 27.3), (-30, 30)]
    x = np.concatenate([rng.uniform(*r, 600) for r in ranges] + [2.0 ** rng.uniform(-60, 1, 300)])
    function = getattr(mpmath, name)
    with mpmath.workprec(140):
        for argument, found in zip(x, values(name, x), strict=True):
            exact = function(mpmath.mpf(argument))
            error = float(abs(found - exact) / np.spacing(abs(float(exact))))
            assert error <= largest, f"{error} ulp at {argument!r}"


@pytest.mark.parametrize("name", ["erf", "erfc"])
def test_error_functions_at_zeros_infinities_and_limits(name: str):
    x = limits()
    expected = np.array([getattr(math, name)(v) for v in x])
    found = values(name, x)
    np.testing.assert_allclose(found, expected, rtol=1e-15, atol=5e-324)
    assert np.all((np.signbit(found) == np.signbit(expected)) | np.isnan(expected))


@pytest.mark.parametrize("name", UNARY)
def test_zeros_infinities_and_nans_are_those_of_numpy(name: str):
    x = limits()
    found, expected = values(name, x), UNARY[name](x)
    special = ~np.isfinite(expected) | (expected == 0) | ~np.isfinite(x) | (x == 0)
    np.testing.assert_array_equal(found[special], expected[special])
    signs = np.signbit(found) == np.signbit(expected)
    assert np.all(signs | np.isnan(expected)), x[~signs]


@pytest.mark.parametrize(
    ("name", "x", "y"),
    [
        ("exp", [0.0, -0.0, -np.inf, np.inf], [1.0, 1.0, 0.0, np.inf]),
        (
            "exp2",
            [-1074.0, -1075.0, 3.0, 1023.0, 1024.0],
            [5e-324, 0.0, 8.0, 2.0**1023, np.inf],
        ),
        ("arctan", [np.inf, -np.inf, 5e-324], [np.pi / 2, -np.pi / 2, 5e-324]),
        ("arcsin", [1.0, -1.0, 5e-324], [np.pi / 2, -np.pi / 2, 5e-324]),
        ("arccos", [1.0, -1.0, 0.0], [0.0, np.pi, np.pi / 2]),
        ("arcsinh", [np.inf, -np.inf, 5e-324], [np.inf, -np.inf, 5e-324]),
        ("arccosh", [1.0, np.inf], [0.0, np.inf]),
        ("arctanh", [1.0, -1.0, 5e-324], [np.inf, -np.inf, 5e-324]),
        ("cbrt", [27.0, -8.0, 1e-300, np.inf, -0.0], [3.0, -2.0, 1e-100, np.inf, -0.0]),
        ("expm1", [-np.inf, -800.0, 710.0], [-1.0, -1.0, np.inf]),
        ("log", [1.0, 0.0, -0.0, np.inf], [0.0, -np.inf, -np.inf, np.inf]),
        ("log1p", [-1.0, np.inf, 5e-324], [-np.inf, np.inf, 5e-324]),
        ("log2", [2.0**-1074, 0.5, 1.0, 8.0, 2.0**1023], [-1074.0, -1.0, 0.0, 3.0, 1023.0]),
        ("log10", [1.0, 10.0, 100.0, 1000.0, 1e15, 1e22], [0.0, 1.0, 2.0, 3.0, 15.0, 22.0]),
        ("tanh", [np.inf, -np.inf, 30.0, 5e-324], [1.0, -1.0, 1.0, 5e-324]),
        ("cosh", [0.0, np.inf, -np.inf], [1.0, np.inf, np.inf]),
        ("cos", [0.0, -0.0, 1e-300], [1.0, 1.0, 1.0]),
        ("sin", [5e-324, 1e-300], [5e-324, 1e-300]),
    ],
)
def test_values_that_are_exact(name: str, x: list[float], y: list[float]):
    np.testing.assert_array_equal(values(name, np.array(x)), np.array(y))


@pytest.mark.parametrize(
    ("name", "seams"),
    [
        ("exp", (0.34657359, 1.03972077, -0.34657359, -708.39641853)),
        ("expm1", (0.34657359, 1.03972077, -0.34657359, 1e-17, -40.0)),
        ("log", (0.70710678, 1.41421356, 2.82842712, 2.2250738585072014e-308)),
        ("log1p", (0.41421356, -0.29289322, 1e-17)),
        ("log2", (0.70710678, 1.41421356)),
        ("log10", (0.70710678, 1.41421356)),
        ("tanh", (0.55, 20.0, 0.6931471805599453)),
        ("sinh", (1.0, 710.47586007)),
        ("exp2", (0.5, 1.5, -1022.0)),
        ("arctan", (0.41421356237309515, 2.414213562373095)),
        ("arcsin", (0.5, -0.5)),
        ("arcsinh", (1e-9, 1e17)),
        ("arccosh", (1e17, 2.0)),
        ("arctanh", (1e-9, 0.5)),
        ("cbrt", (0.70710678, 1.41421356, 2.82842712, 2.2250738585072014e-308)),
        ("sin", (0.78539816, 1e-9, -0.78539816)),
        ("tan", (0.78539816, 1e-9, -0.78539816)),
    ],
)
def test_monotone_across_seams_but_for_an_ulp(name: str, seams: tuple[float, ...]):
    """At neighbors on either side of a seam no value falls below an earlier one by two ulps."""
    for seam in seams:
        start = np.array([seam]).view(np.int64)
        x = (start + np.arange(-2000, 2000)).view(float)
        y = values(name, np.sort(x))
        y = y[np.isfinite(y)]
        fall = np.maximum.accumulate(y)[:-1] - y[1:]
        assert np.all(fall <= 2 * np.spacing(np.abs(y[1:])))

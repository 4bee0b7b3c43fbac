"""Recurrences and cumulative products: every way to compute them gives the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

from s2sad.sequences import cumprod_bar, recurrence

RNG = np.random.default_rng(0)


def stepwise(a, b):
    y = [b[0]]
    for i in range(1, len(b)):
        y.append(a[i] * y[-1] + b[i])
    return np.array(y)


@pytest.mark.parametrize("shape", [(5,), (1200,), (1225,), (65,), (100, 3), (70, 2, 2), (100, 300)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_recurrence(shape, dtype):
    a, b = (RNG.normal(size=shape).astype(dtype) for _ in range(2))
    a[::7] = 0.0
    found = recurrence(a, b, 0)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, stepwise(a, b), rtol=1e5 * np.finfo(dtype).eps, atol=1e-5)
    last = recurrence(np.moveaxis(a, 0, -1), np.moveaxis(b, 0, -1), len(shape) - 1)
    np.testing.assert_array_equal(np.moveaxis(last, -1, 0), found)


@pytest.mark.parametrize("first", [0.0, np.inf, np.nan])
def test_recurrence_of_what_overflows_in_between(first):
    a = np.full(1200, 1e30)
    a[5::6] = 1e-150
    b = np.zeros(1200)
    b[0] = first
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(recurrence(a, b, 0), stepwise(a, b))


def exact(a, g):
    """The sums as they are defined, without a division."""
    n = len(a)
    return np.array([
        sum(g[k] * np.prod(np.delete(a[: k + 1], i)) for k in range(i, n)) for i in range(n)
    ])  # fmt: skip


@pytest.mark.parametrize(
    "change", [{}, {3: 0.0}, {2: 0.0, 7: 0.0}, {0: 0.0}, {4: -1e200}, {4: 1e-200}]
)
def test_cumprod_bar(change):
    a, g = RNG.normal(size=(2, 12))
    for i, x in change.items():
        a[i] = x
    np.testing.assert_allclose(cumprod_bar(a, g, 0), exact(a, g), rtol=1e-12)


def test_cumprod_bar_of_what_underflows():
    a, g = np.full(2000, 0.5), np.ones(2000)
    found = cumprod_bar(a, g, 0)
    np.testing.assert_allclose(found[:100], 2.0 * 0.5 ** np.arange(100), rtol=1e-12)


def test_empty():
    assert recurrence(np.zeros(0), np.zeros(0), 0).shape == (0,)
    assert cumprod_bar(np.zeros((2, 0)), np.zeros((2, 0)), 1).shape == (2, 0)
    assert cumprod_bar(np.zeros((0, 2)), np.zeros((0, 2)), 0).shape == (0, 2)

"""Statistics: second derivatives as compiled, ties, and what has to be refused."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from s2sad import Unsupported, grad, jvp, value_and_grad
from s2sad.rules import table
from s2sad.rules.notation import DEFINITIONS, Primitive
from s2sad.rules.table import RULES
from s2sad.testing import check_grads, check_rule

table.read_all()
CHAPTERS = {"differences", "quantiles", "medians", "missing", "statistics", "interpolation",
            "histograms", "choosing"}  # fmt: skip


def chapter(p: Primitive) -> str:
    assert p.primal is not None
    return p.primal.function.__module__.rpartition(".")[2]


STATED = [p for t in (RULES, DEFINITIONS) for p in t.values()
          if p.primal is not None and p.wrt and chapter(p) in CHAPTERS]  # fmt: skip


@pytest.mark.parametrize("p", STATED, ids=lambda p: f"{p.name}-{p.kind}")
def test_second_derivatives(p: Primitive) -> None:
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        check_rule(p, examples=26 if "quantile" in p.name else 8, order=2)


def total(f: Any) -> Any:
    return grad(lambda x: np.sum(f(x)))


ONES = np.ones(4)
TIED = np.array([1.0, 2.0, 2.0, 3.0, 2.0])


@pytest.mark.parametrize(
    ("f", "x", "wanted"),
    [
        (lambda x: np.median(x), ONES, [0.25, 0.25, 0.25, 0.25]),
        (lambda x: np.median(x), TIED, [0.0, 1 / 3, 1 / 3, 0.0, 1 / 3]),
        (lambda x: np.quantile(x, 1.0), TIED, [0.0, 0.0, 0.0, 1.0, 0.0]),
        (lambda x: np.quantile(x, 0.125), TIED, [0.5, 1 / 6, 1 / 6, 0.0, 1 / 6]),
        (lambda x: np.quantile(x, 0.5, method="nearest"), TIED, [0.0, 1 / 3, 1 / 3, 0.0, 1 / 3]),
        (lambda x: np.nanmax(x), np.array([3.0, np.nan, 3.0]), [0.5, 0.0, 0.5]),
        (lambda x: np.nanmedian(x), np.array([3.0, np.nan, 4.0]), [0.5, 0.0, 0.5]),
        (lambda x: np.nanmean(x), np.array([3.0, np.nan, 4.0]), [0.5, 0.0, 0.5]),
        (lambda x: np.nanstd(x), np.array([3.0, np.nan, 4.0]), [-0.5, 0.0, 0.5]),
        (lambda x: np.nanprod(x), np.array([3.0, np.nan, 4.0]), [4.0, 0.0, 3.0]),
        (lambda x: np.nanstd(x), np.array([3.0, np.nan, 3.0]), [0.0, 0.0, 0.0]),
        (lambda x: np.std(x, where=x > 0), ONES, [0.0, 0.0, 0.0, 0.0]),
        (lambda x: np.sum(x, where=x > 1, initial=2.0), TIED, [0.0, 1.0, 1.0, 1.0, 1.0]),
        (lambda x: np.max(x, initial=3.0), TIED, [0.0, 0.0, 0.0, 0.5, 0.0]),
        (lambda x: np.interp(x, [0.0, 1.0, 2.0], [1.0, 0.5, 2.0]), np.array([0.0, 1.0, 2.0, 3.0]),
         [-0.5, 1.5, 1.5, 0.0]),
    ],
)  # fmt: skip
def test_ties_and_gaps(f: Any, x: Any, wanted: Any) -> None:
    assert_allclose(total(f)(x), wanted, atol=1e-15)
    dots = [jvp(lambda y: np.sum(f(y)), (x,), (unit,))[1] for unit in np.eye(len(x))]
    assert_allclose(dots, wanted, atol=1e-15)


def test_deviations_of_equal_elements_whose_mean_is_rounded() -> None:
    """np.std of three times 0.1 is 1.4e-17, and its derivative was -1/3 for each."""
    for n in (3, 6, 7):
        assert_allclose(grad(lambda x: np.std(x))(np.full(n, 0.1)), np.zeros(n), atol=1e-9)


def test_slices_without_a_number() -> None:
    a = np.array([[1.0, 2.0], [np.nan, np.nan]])
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
        for f, wanted in (
            (np.nanmedian, [0.5, 0.5]), (np.nanmean, [0.5, 0.5]), (np.nanmax, [0.0, 1.0])
        ):  # fmt: skip
            found = grad(lambda x, f=f: f(x, axis=1)[0])(a)
            assert_allclose(found, [wanted, [0.0, 0.0]])


def test_the_slope_in_the_probability() -> None:
    x = np.array([1.0, 2.0, 4.0, 8.0])
    slope = grad(lambda q: np.quantile(x, q))
    assert_allclose([slope(q) for q in (0.1, 1 / 3, 1.0)], [3.0, 6.0, 12.0])
    assert grad(lambda q: np.percentile(x, q, method="lower"))(40.0) == 0.0


def test_what_may_be_overwritten_is_not() -> None:
    x = np.array([3.0, 1.0, 2.0, 5.0])
    for f in (
        lambda x: np.median(x, overwrite_input=True),
        lambda x: np.quantile(x, 0.5, None, None, True),
    ):
        assert_allclose(grad(f)(x), [0.5, 0.0, 0.5, 0.0])
        assert x.tolist() == [3.0, 1.0, 2.0, 5.0]


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(x, where=x > 0),
        lambda x: np.sum(x, where=x > 0, initial=np.float64(2.0)),
        lambda x: np.max(x, initial=np.float64(0.1)),
        lambda x: np.nanmax(x, initial=np.float64(0.1)),
        lambda x: np.std(x, where=x > 0),
        lambda x: np.median(x),
        lambda x: np.percentile(x, 30.0),
        lambda x: np.average(x, weights=x),
        lambda x: np.sum(np.gradient(x, 0.5)),
        lambda x: np.sum(np.unwrap(9 * x)),
    ],
)
def test_single_precision(f: Any) -> None:
    x = np.array([0.3, -0.7, 1.9, 0.2], np.float32)
    value, gradient = value_and_grad(f)(x)
    assert value.dtype == gradient.dtype == jvp(f, (x,), (x,))[1].dtype == np.float32


def test_errors_are_those_of_numpy() -> None:
    x = np.arange(3.0)
    for f, error in (
        (lambda x: np.average(x, weights=x - 1), ZeroDivisionError),
        (lambda x: np.sum(np.gradient(x[:2], edge_order=2)), ValueError),
        (lambda x: np.sum(np.gradient(x, np.arange(4.0))), ValueError),
    ):
        with pytest.raises(error):
            grad(f)(x)


def test_refusals_say_what_to_write() -> None:
    x = np.arange(6.0).reshape(3, 2)
    with pytest.raises(Unsupported, match="give one for each column"):
        grad(lambda x: np.sum(np.histogramdd(x, 3)[1][0]))(x)
    with pytest.raises(Unsupported, match="give n as a number"):
        grad(lambda x, n: np.sum(np.diff(x, n)))(x, 2)


def test_weights_of_elements_that_count() -> None:
    x = np.array([2.0, 2.0, 3.0])
    f = grad(lambda x: np.quantile(x, 0.4, method="inverted_cdf", weights=[1.0, 0.0, 1.0]))
    assert_allclose(f(x), [1.0, 0.0, 0.0])


def test_a_histogram_of_nothing() -> None:
    edges, gradient = value_and_grad(lambda x: np.sum(np.histogram(x, 3)[1]))(np.zeros(0))
    assert edges == 2.0
    assert gradient.shape == (0,)


def test_methods_and_lists() -> None:
    x = np.array([0.3, -0.7, 1.9, 0.2])
    mask = np.array([True, False, True, True])
    for f in (
        lambda x: x.std(where=mask, ddof=1),
        lambda x: x.var(mean=x.mean(keepdims=True)),
        lambda x: x.mean(where=mask),
        lambda x: x.max(initial=0.0, where=mask),
        lambda x: np.median([x[0], x[1], 2.0 * x[2]]),
        lambda x: np.diff([x[0], x[1], x[2]], prepend=[x[3]]),
        lambda x: np.trapezoid([x[0], x[1]], [0.0, 2.0]),
        lambda x: np.clip(x, min=0.0),
        lambda x: np.clip(x, None, None),
        lambda x: np.average([x[0], x[1]], weights=[1, 2]),
    ):
        check_grads(f, (x,))

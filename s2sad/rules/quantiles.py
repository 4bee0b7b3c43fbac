"""Order statistics: quantiles by every method of NumPy, and medians.

A quantile is an element of the sorted slice, or lies between two neighbors.  Elements equal to one
of these share its cotangent equally, as the largest ones do under np.max.  In q the derivative is
the slope between the neighbors: to the right where a quantile meets an element, to the left at the
last one, and 0 by the methods whose quantiles jump.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.asking import array_of
from s2sad.rules.axes import first, place, without, wrapped
from s2sad.rules.creation import astype
from s2sad.rules.domains import Domain, distinct, holed, one_of, together
from s2sad.rules.notation import defined, rule
from s2sad.rules.reductions import KEEP, count, reduced

CONTINUOUS = {
    "linear": (1.0, -1.0),
    "midpoint": (1.0, -1.0),
    "interpolated_inverted_cdf": (0.0, 0.0),
    "averaged_inverted_cdf": (0.0, 0.0),
    "hazen": (0.5, 0.0),
    "weibull": (0.0, 1.0),
    "median_unbiased": (1 / 3.0, 1 / 3.0),
    "normal_unbiased": (0.375, 0.25),
}
"""What the methods that interpolate have for alpha and 1 - alpha - beta; others pick an element.

R. J. Hyndman and Y. Fan, Sample quantiles in statistical packages, 1996.
"""

JUMPING = ("midpoint", "averaged_inverted_cdf")


def reduced_axes(axis, ndim):
    """The axes that are reduced, none negative."""
    return first(ndim) if axis is None else wrapped(axis, ndim)


def rows(a, axis):
    """`a` with the reduced axes as one in front."""
    if a.ndim == 1:
        return a
    if axis is None:
        return np.ravel(a)
    axes = wrapped(axis, a.ndim)
    if len(axes) == 1:
        return np.moveaxis(a, axes[0], 0) if axes[0] > 0 else a
    others = without(a.ndim, axes)
    moved = np.transpose(a, axes + others)
    return np.reshape(moved, (-1, *tuple([a.shape[i] for i in others])))


def lifted(v, a, lead, axis, keepdims=False):
    """A result with its lost axes back, so that it broadcasts against `a`; lead: the rank of q."""
    if keepdims or np.ndim(v) == 0:
        return v
    return np.expand_dims(v, tuple([lead + i for i in reduced_axes(axis, a.ndim)]))


def under(v, ndim):
    """`v`, of the dimensions of q or a number, with axes of size 1 for those that follow."""
    if np.ndim(v) == 0 or ndim == 0:
        return v
    return np.expand_dims(v, tuple([np.ndim(v) + i for i in range(ndim)]))


def position(q, n, method):
    """Where a quantile of n sorted elements lies, in steps from the first one."""
    if method in ("linear", "midpoint"):
        return (n - 1) * q
    alpha, rest = CONTINUOUS[method]
    return n * q + (alpha + q * rest) - 1.0


def neighbors(at, last, method):
    """The places of the two elements around `at`, and the weight of the second one."""
    if method == "midpoint":
        return np.floor(at), np.ceil(at), 0.5
    inside = at if method == "linear" else np.minimum(np.maximum(at, 0.0), last)
    if method == "averaged_inverted_cdf":
        low = np.floor(inside)
        weight = np.where(at < 0.0, 0.0, np.where(at == low, 0.5, 1.0))
        return low, np.minimum(low + 1, last), weight
    low = np.maximum(np.minimum(np.floor(inside), last - 1), 0)
    return low, np.minimum(low + 1, last), inside - low


def speed(at, n, last, method):
    """How fast the place of a quantile moves with q."""
    if method in JUMPING:
        return 0.0
    if method == "linear" and np.ndim(n) == 0:
        return last
    _, rest = CONTINUOUS[method]
    return np.where((at >= 0.0) & (at <= last), n + rest, 0.0)


def picked(ordered, index, lead):
    """The elements at these places of the sorted rows, which all have the same or their own."""
    index = np.asarray(index, np.intp)
    if index.ndim <= lead:
        return ordered[index]
    found = np.take_along_axis(ordered, np.reshape(index, (-1, *ordered.shape[1:])), 0)
    return np.reshape(found, index.shape)


def around(a, q, axis, method, n):
    """The elements around a quantile, the weight of the second, and the slope of its place in q.

    n: how many elements there are, in all slices or in each one.
    """
    ndim = a.ndim - len(reduced_axes(axis, a.ndim))
    last = n - 1
    at = position(q if np.ndim(n) == 0 else under(q, ndim), n, method)
    low, high, weight = neighbors(at, last, method)
    ordered = np.sort(rows(a, axis), axis=0)
    lower = lifted(picked(ordered, low, np.ndim(q)), a, np.ndim(q), axis)
    upper = lifted(picked(ordered, high, np.ndim(q)), a, np.ndim(q), axis)
    slope = speed(at, n, last, method)
    if np.ndim(n) == 0:
        return lower, upper, under(weight, a.ndim), under(slope, a.ndim)
    return lower, upper, lifted(weight, a, np.ndim(q), axis), lifted(slope, a, np.ndim(q), axis)


def aligned(weights, a, axis):
    """Weights of the reduced axes, so that they broadcast against `a`."""
    axes = reduced_axes(axis, a.ndim)
    if weights.ndim == a.ndim and axes == tuple(sorted(axes)):
        return weights
    turned = np.transpose(weights, tuple([place(axes, i) for i in sorted(axes)]))
    if weights.ndim == a.ndim:
        return weights if weights.shape == a.shape else turned
    return np.expand_dims(turned, without(a.ndim, axes))


def attained(a, v, weights, axis):
    """Where `a` is the element `v`, and has a weight if there are weights."""
    if weights is None:
        return a == v
    return (a == v) & (aligned(np.asarray(weights), a, axis) > 0)


def shared(chosen, lead, axis, dtype):
    """How many elements of each slice are chosen."""
    axes = tuple([lead + i for i in reduced_axes(axis, chosen.ndim - lead)])
    return astype(np.maximum(np.count_nonzero(chosen, axis=axes, keepdims=True), 1), dtype)


def split(chosen, lead, axis, g, dtype):
    """The cotangent `g` of the chosen elements, in equal parts, summed over q."""
    parts = np.where(chosen, g / shared(chosen, lead, axis, dtype), 0.0)
    return parts if lead == 0 else np.sum(parts, axis=first(lead))


def averaged(chosen, lead, axis, a_dot, dtype):
    """The mean tangent of the chosen elements."""
    axes = tuple([lead + i for i in reduced_axes(axis, chosen.ndim - lead)])
    total = np.sum(np.where(chosen, a_dot, 0.0), axis=axes, keepdims=True)
    return total / shared(chosen, lead, axis, dtype)


def pushed(a, q, axis, method, weights, keepdims, n, ans, a_dot, q_dot):
    """The tangent of a quantile."""
    lead = np.ndim(q)
    if method not in CONTINUOUS:
        chosen = attained(a, lifted(ans, a, lead, axis, keepdims), weights, axis)
        return np.reshape(averaged(chosen, lead, axis, a_dot, a.dtype), ans.shape)
    lower, upper, weight, slope = around(a, q, axis, method, n)
    weight = np.asarray(weight, ans.dtype)
    low_dot = averaged(a == lower, lead, axis, a_dot, a.dtype)
    rise = averaged(a == upper, lead, axis, a_dot, a.dtype) - low_dot
    step = (upper - lower) * np.asarray(slope, ans.dtype)
    # Turned around, the axes of q are the last ones, as broadcasting wants them.
    moved = step * q_dot if lead == 0 else np.transpose(np.transpose(step) * np.transpose(q_dot))
    return np.reshape(low_dot + weight * rise + moved, ans.shape)


def pulled_a(a, q, axis, method, weights, keepdims, n, ans, ans_bar):
    """The cotangent of the elements."""
    lead = np.ndim(q)
    g = lifted(ans_bar, a, lead, axis, keepdims)
    if method not in CONTINUOUS:
        chosen = attained(a, lifted(ans, a, lead, axis, keepdims), weights, axis)
        return split(chosen, lead, axis, g, a.dtype)
    lower, upper, weight, _ = around(a, q, axis, method, n)
    weight = np.asarray(weight, ans.dtype)
    low_bar = split(a == lower, lead, axis, (1.0 - weight) * g, a.dtype)
    return low_bar + split(a == upper, lead, axis, weight * g, a.dtype)


def pulled_q(a, q, axis, method, keepdims, n, ans, ans_bar):
    """The cotangent of the probabilities."""
    if method not in CONTINUOUS:
        return np.zeros(np.shape(q), ans.dtype)
    lower, upper, _, slope = around(a, q, axis, method, n)
    lead = np.ndim(q)
    step = (upper - lower) * np.asarray(slope, ans.dtype)
    step = step * lifted(ans_bar, a, lead, axis, keepdims)
    return np.sum(step, axis=tuple([lead + i for i in range(np.ndim(step) - lead)]))


def present(a, axis):
    """How many elements of each slice are numbers; 1 where there is none."""
    return np.maximum(np.count_nonzero(~np.isnan(rows(a, axis)), axis=0), 1)


def quantile_shape(a, q, axis, keepdims):
    """The sizes of q, and then those of a reduction."""
    return tuple(np.shape(q) if not isinstance(q, tuple) else q) + reduced(a, axis, keepdims)


METHODS = (*CONTINUOUS, "lower", "nearest", "inverted_cdf", "higher", "closest_observation")
# Away from the places where some method has a kink.
SLICES = (
    (distinct.of(5), one_of(0.02, 0.28, np.float64(0.48)), None),
    (distinct.of(6), np.array([0.36, 0.62, 0.98]), 0),
    (distinct.of(2, 3), one_of(0.48, np.array(0.78)), None),
    (distinct.of(2, 3, 4), np.array([0.4, 0.6]), (0, -1)),
    (distinct.of(2, 5), np.array([[0.23], [0.73]]), -1),
    (distinct.of(3, 2, 4), one_of(0.56, np.array(0.48)), (2, 0)),
    (distinct.of(1), 0.4, None),
)
HOLED = (
    (holed.of(5), one_of(0.02, np.float64(0.48)), None),
    (holed.of(6), np.array([0.48, 0.52, 0.98]), 0),
    (holed.of(2, 4), one_of(0.48, np.array(0.52)), None),
    (holed.of(2, 3, 4), np.array([0.02, 0.48]), (0, -1)),
    (holed.of(3, 5), np.array([[0.52], [0.98]]), -1),
    (holed.of(3, 2, 4), one_of(0.52, np.array(0.48)), (2, 0)),
    (holed.of(4, 3), 0.48, 0),
)
# np.nanquantile itself fails with such weights.
ALONG = (distinct.of(4, 2), 0.45, 0, "inverted_cdf", np.array([1.0, 0.0, 2.5, 2.0]))
ALONE = (np.array([[np.nan, 0.5, np.nan], [1.5, np.nan, 2.0]]), 0.4, -1, "linear", None)
LOADS = np.array([[1.0, 0.0, 2.5, 2.0], [0.0, 3.0, 0.0, 1.0]])
WEIGHTED = tuple(
    (*case, "inverted_cdf", weights)
    for *case, weights in (
        (np.array([1.0, 2.0, 2.0, 0.5]), 0.5, None, LOADS[0]),
        (distinct.of(2, 4), np.array([0.3, 0.7]), None, LOADS),
        (distinct.of(2, 4), 0.45, (1, 0), LOADS.T),
    )
)
TURNED = (
    distinct.of(4, 2, 3),
    np.array([0.3]),
    (2, 0),
    "inverted_cdf",
    np.arange(12.0).reshape(3, 4),
)


def _cases(slices: Any, *more: Any) -> Domain:
    """Every slice and every method at least once, each with others."""
    pairs = [(slices[i % 7], METHODS[i % 13]) for i in range(60)]
    return together(*[(*case, method, None) for case, method in pairs], *more)


TIED = np.array([2.0, 1.0, 3.0, 2.0])
KINKS = [(TIED, 0.5), (distinct.sample(np.random.default_rng(0), (4,)), 0.5, None, None, False,
                       "averaged_inverted_cdf")]  # fmt: skip


@rule(
    np.quantile,
    on={
        "a q axis method weights": _cases(SLICES, *WEIGHTED, TURNED, ALONG),
        "keepdims": KEEP,
        "kinks": KINKS,
    },
)
class quantile:
    """ans = the element at the place q (n - 1) of the sorted slice, between two: interpolated."""

    def primal(
        a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False,
        weights=None,
    ):  # fmt: skip
        return np.quantile(a, q, axis=axis, method=method, keepdims=keepdims, weights=weights)

    def shape(a, q, axis, keepdims):
        return quantile_shape(a, q, axis, keepdims)

    def tangent(a, q, axis, method, keepdims, weights, ans, a_dot, q_dot):
        n = count(a, axis)
        return pushed(a, q, axis, method, weights, keepdims, n, ans, a_dot, q_dot)

    def adjoint(a, q, axis, method, keepdims, weights, ans, ans_bar):
        n = count(a, axis)
        a_bar = pulled_a(a, q, axis, method, weights, keepdims, n, ans, ans_bar)
        q_bar = pulled_q(a, q, axis, method, keepdims, n, ans, ans_bar)
        return a_bar, q_bar


@rule(
    np.nanquantile,
    on={"a q axis method weights": _cases(HOLED, *WEIGHTED, ALONE), "keepdims": KEEP},
)
class nanquantile:
    """ans = the quantile of the elements of each slice that are numbers."""

    def primal(
        a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False,
        weights=None,
    ):  # fmt: skip
        return np.nanquantile(a, q, axis=axis, method=method, keepdims=keepdims, weights=weights)

    def shape(a, q, axis, keepdims):
        return quantile_shape(a, q, axis, keepdims)

    def tangent(a, q, axis, method, keepdims, weights, ans, a_dot, q_dot):
        n = present(a, axis)
        return pushed(a, q, axis, method, weights, keepdims, n, ans, a_dot, q_dot)

    def adjoint(a, q, axis, method, keepdims, weights, ans, ans_bar):
        n = present(a, axis)
        a_bar = pulled_a(a, q, axis, method, weights, keepdims, n, ans, ans_bar)
        q_bar = pulled_q(a, q, axis, method, keepdims, n, ans, ans_bar)
        return a_bar, q_bar


@defined(
    np.percentile,
    wrt="a q",
    on={
        "a q axis": together(
            (distinct.of(5), 28.0, None),
            (distinct.of(2, 3), np.array([28.0, 52.0]), 1),
        ),
        "method": one_of(*METHODS),
    },
)
def percentile(
    a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
    method: Any = "linear", keepdims: bool = False, *, weights: Any = None,
) -> Any:  # fmt: skip
    """np.percentile"""
    q = array_of(q) / 100
    return np.quantile(a, q, axis, out, False, method, keepdims, weights=weights)


@defined(
    np.nanpercentile,
    wrt="a q",
    on={
        "a q axis": together(
            (holed.of(5), 48.0, None),
            (holed.of(2, 4), np.array([48.0, 52.0]), 1),
        ),
        "method": one_of(*METHODS),
    },
)
def nanpercentile(
    a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
    method: Any = "linear", keepdims: bool = False, *, weights: Any = None,
) -> Any:  # fmt: skip
    """np.nanpercentile"""
    q = array_of(q) / 100
    return np.nanquantile(a, q, axis, out, False, method, keepdims, weights=weights)

"""Histograms: how much weight falls between edges.

Which bin an element falls into is constant; weights are linear.  Where the edges come from the
least and the largest element, they move with these.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.asking import array_of, is_known, ranked, refuse
from s2sad.rules.creation import astype
from s2sad.rules.differences import along_axis, diff
from s2sad.rules.domains import apart, of_shape, one_of, together
from s2sad.rules.notation import defined, rule


@rule(
    np.bincount,
    linear="weights",
    on={
        "x weights": together(
            (np.array([0, 3, 1, 1, 3]), of_shape(5)), (np.array([2, 0]), of_shape(2))
        ),
        "minlength": one_of(0, 6),
    },
)
class bincount:
    """ans_k = Σ weights_i over the i with x_i = k; without weights their number."""

    def primal(x, weights=None, minlength=0):
        return np.bincount(x, weights, minlength)

    def shape(x):
        return (None,)

    def adjoint(x, ans_bar):
        weights_bar = np.take(ans_bar, x)  # x may be truths, which would select
        return weights_bar


def edges_of(a: Any, bins: Any, limits: Any) -> Any:
    """The edges between bins: those that are given, or a number of bins of equal size."""
    if not isinstance(bins, str) and np.ndim(bins) > 0:
        edges = array_of(bins)
        if np.any(edges[:-1] > edges[1:]):
            raise ValueError("`bins` must increase monotonically, when an array")
        return edges
    count = len(np.histogram_bin_edges(a, bins, limits)) - 1 if isinstance(bins, str) else bins
    if limits is not None:
        first, last = limits[0], limits[1]
        if first > last:
            raise ValueError("max must be larger than min in range parameter.")
    else:
        first, last = (np.min(a), np.max(a)) if a.size > 0 else (0.0, 1.0)
    widened = 0.5 if first == last else 0.0
    dtype = a.dtype if a.dtype.kind == "f" else np.float64
    return np.linspace(first - widened, last + widened, count + 1, dtype=dtype)


def places(a: Any, edges: Any) -> Any:
    """The bin of each element, counted from 1; the last edge belongs to the last bin."""
    found = np.searchsorted(edges, a, side="right")
    return np.where(a == edges[-1], len(edges) - 1, found)


POINTS = np.array([[0.1, 0.9], [0.7, -1.3], [1.6, 0.4], [2.9, 2.2], [-0.2, 1.3], [1.1, -0.1]])


@defined(
    np.histogram,
    wrt="a bins weights",
    on={
        "a bins range weights": together(
            (apart(0.1, 0.9).of(8), 4, (-3.0, 5.0), None),
            (apart(0.1, 0.9).of(8), 4, (-3.0, 5.0), of_shape(8)),
            (apart(0.1, 0.9).of(2, 4), np.array([-2.0, -1.0, 1.0, 3.0]), None, of_shape(2, 4)),
            (np.array([0.1, 0.7, 1.6, 2.9, -0.2, 1.1]), 3, None, None),
            (np.array([0.1, 0.7, 1.6, 2.9, -0.2, 1.1]), 3, None, np.arange(6)),
            (np.array([1, 4, 2, 2]), 3, None, of_shape(4)),
            (np.array([0.1, 0.7, 1.6, 2.9, -0.2, 1.1]), "sturges", None, None),
            (np.array([3, 3]), 4, None, of_shape(2)),
            (np.array([2.5]), 3, None, of_shape(1)),
        ),
        "density": one_of(None, False, True),
        "values": [{"a": np.zeros(0), "bins": 3}],
        "errors": [
            {"a": np.ones(3), "bins": np.array([0, 2, 1])},
            {"a": np.ones(3), "range": (1.0, 0.0)},
        ],
    },
    analytic=False,
)
def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    """np.histogram"""
    a = np.ravel(ranked(a, "np.histogram"))
    edges = edges_of(a, bins, range)
    place = places(a, edges)
    if weights is None:
        found = np.bincount(place, minlength=len(edges) + 1)[1:-1]
    else:
        weights = np.ravel(weights)
        found = np.bincount(place, weights, len(edges) + 1)[1:-1]
        found = found if weights.dtype == np.float64 else astype(found, weights.dtype)
    return (found / diff(edges) / np.sum(found) if density else found), edges


@defined(
    np.histogramdd,
    wrt="sample bins weights",
    on={
        "sample bins range": together(
            (apart(0.1, 0.9).of(6, 2), [3, 2], [(-3.0, 3.0), (-4.0, 4.0)]),
            (POINTS, [np.array([-2.0, 0.0, 1.0, 3.0]), 2], None),
            (POINTS[:, 0], [4], None),
            ([POINTS[:, 0], POINTS[:, 1]], 3, None),
        ),
        "density": one_of(None, True),
        "weights": one_of(None, of_shape(6)),
    },
    analytic=False,
)
def histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    """np.histogramdd"""
    points = ranked(sample, "np.histogramdd")
    if isinstance(sample, (list, tuple)) or points.ndim == 1:
        points = np.atleast_2d(points).T
    single = isinstance(bins, (int, np.integer))
    count = len(range) if range is not None else points.shape[1] if single else len(bins)
    if not is_known(count):
        refuse("np.histogramdd with one number of bins for all columns of an array",
               "give one for each column, as in bins=[10, 10]")  # fmt: skip
    every = [bins] * count if single else [*bins]
    limits = [None] * count if range is None else [*range]
    columns = [points[:, i] for i, _ in enumerate(every)]
    edges = [edges_of(x, b, r) for x, b, r in zip(columns, every, limits, strict=True)]
    return counted(columns, edges, density, weights), edges


def counted(columns: Any, edges: Any, density: Any, weights: Any) -> Any:
    """How much weight falls into each box between edges."""
    sizes = [len(e) + 1 for e in edges]
    total, place = 1, 0
    for x, e in zip(columns, edges, strict=True):
        place = place * (len(e) + 1) + places(x, e)
        total = total * (len(e) + 1)
    loads = None if weights is None else array_of(weights)
    found = np.bincount(place, loads, total).reshape(sizes) * 1.0
    found = found[tuple([slice(1, -1) for _ in edges])]
    if not density:
        return found
    whole = np.sum(found)
    for i, e in enumerate(edges):
        found = found / along_axis(diff(e), len(edges), i)
    return found / whole


@defined(
    np.histogram2d,
    wrt="x y bins weights",
    on={
        "x y bins range": together(
            (apart(0.1, 0.9).of(6), apart(0.1, 0.9).of(6), 2, [(-2.0, 2.0), (-4.0, 4.0)]),
            (POINTS[:, 0], POINTS[:, 1], [2, 4], None),
            (apart(0.1, 0.9).of(6), apart(0.1, 0.9).of(6), np.array([-3.0, 0.0, 1.0, 4.0]), None),
            (POINTS[:, 0], POINTS[:, 1], np.array([3, 2]), None),
        ),
        "density": one_of(None, True),
        "weights": one_of(None, of_shape(6)),
    },
    analytic=False,
)
def histogram2d(
    x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    """np.histogram2d"""
    if len(x) != len(y):
        raise ValueError("x and y must have the same length.")
    own = isinstance(bins, (list, tuple)) or (np.ndim(bins) > 0 and bins.dtype.kind in "iu")
    own = own and len(bins) <= 2
    found, edges = histogramdd([x, y], bins if own else [bins, bins], range, density, weights)
    return found, edges[0], edges[1]

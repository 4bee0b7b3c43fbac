"""Averages, covariances and correlations, with weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.asking import array_of, ranked, refuse
from s2sad.rules.creation import astype
from s2sad.rules.domains import of_shape, one_of, positive, together
from s2sad.rules.notation import defined
from s2sad.rules.quantiles import aligned
from s2sad.rules.reductions import KEEP, count


@defined(
    np.average,
    wrt="a weights",
    on={
        "a axis weights": together(
            (of_shape(4), None, None),
            (of_shape(4), None, positive.of(4)),
            (of_shape(2, 3), None, positive.of(2, 3)),
            (of_shape(2, 3), 0, positive.of(2)),
            (of_shape(2, 3), -1, positive.of(3)),
            (of_shape(2, 3), 1, positive.of(2, 3)),
            (of_shape(2, 3, 4), (2, 0), positive.of(4, 2)),
            (of_shape(2, 3, 4), (0, 1), None),
            (of_shape(3), None, np.array([0.25, 0.25, 0.5])),
            ([1.5, 2.0], None, None),
            ([1.5, 2.0], 0, np.array([1.0, 3.0], np.float32)),
        ),
        "returned": one_of(False, True),
        "keepdims": KEEP,
    },
)
def average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False
) -> Any:
    """np.average"""
    a = array_of(a)
    if weights is None:
        mean = np.mean(a, axis=axis, keepdims=keepdims)
        return (mean, np.full_like(mean, count(a, axis))) if returned else mean
    a, weights = ranked(a, "np.average"), ranked(weights, "np.average")
    if axis is None and weights.ndim != a.ndim:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    weights = aligned(weights, a, axis)
    scale = np.sum(weights, axis=axis, keepdims=keepdims)
    if np.any(scale == 0.0):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    mean = np.sum(a * weights, axis=axis, keepdims=keepdims) / scale
    if not returned:
        return mean
    scale = np.broadcast_to(scale, np.shape(mean)) * 1.0
    return mean, scale if scale.dtype == mean.dtype else astype(scale, mean.dtype)


def in_dtype(x: Any, dtype: Any) -> Any:
    """`x` in a dtype, in double precision if none is given."""
    if dtype is None and x.dtype.kind in "fc" and x.dtype.itemsize >= 8:
        return x
    wanted = np.dtype("f8" if dtype is None else dtype)
    return x if x.dtype == wanted else astype(x, wanted)


def variables(m: Any, y: Any, rowvar: bool, dtype: Any) -> Any:
    """The observations, one variable a row, in at least double precision."""
    m = in_dtype(ranked(m, "np.cov"), dtype)
    if m.ndim > 2:
        raise ValueError("m has more than 2 dimensions")
    rows = m.T if m.ndim > 1 and not rowvar else np.atleast_2d(m)
    if y is None:
        return rows
    y = np.atleast_2d(in_dtype(ranked(y, "np.cov"), dtype))
    if y.ndim > 2:
        raise ValueError("y has more than 2 dimensions")
    return np.concatenate((rows, y.T if not rowvar and y.shape[0] != 1 else y))


def frequencies(fweights: Any, aweights: Any) -> Any:
    """The weights of the observations: how often each one came, times how much it counts."""
    if fweights is None:
        return aweights
    return fweights if aweights is None else fweights * aweights


WEIGHED, LOADS = np.array([[0.5, 2.0, 1.0], [1.5, -1.0, 3.0]]), np.array([0.5, 2.0, 1.5])


@defined(
    np.cov,
    wrt="m y aweights",
    on={
        "m y rowvar": together(
            (of_shape(5), None, True),
            (of_shape(3, 5), None, True),
            (of_shape(5, 3), None, False),
            (of_shape(5), of_shape(5), True),
            (of_shape(2, 5), of_shape(5), True),
            (of_shape(5, 2), of_shape(5, 2), False),
            (of_shape(5, 2), of_shape(5), False),
            (of_shape(2, 5), of_shape(3, 5), True),
            (np.array([[0.5, 1.5, -0.5, 2.0, 3.5]], np.float32), of_shape(5), True),
        ),
        "bias": one_of(False, True),
        "ddof": one_of(None, 0, 1, None),
        "fweights": one_of(None, np.array([1, 2, 1, 3, 1]), None),
        "aweights": one_of(None, positive.of(5), None, np.full(5, 0.2)),
        "dtype": one_of(None, np.float64),
        "values": [{"m": WEIGHED, "aweights": LOADS, "fweights": f} for f in (None, [1, 2, 3])],
        "errors": [{"m": np.ones((2, 2, 2))}, {"m": np.ones(2), "y": np.ones((2, 2, 2))}],
    },
)
def cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None,
    fweights: Any = None, aweights: Any = None, *, dtype: Any = None,
) -> Any:  # fmt: skip
    """np.cov"""
    x = variables(m, y, rowvar, dtype)
    less = ddof if ddof is not None else 0 if bias else 1
    fweights = None if fweights is None else array_of(fweights)
    aweights = None if aweights is None else array_of(aweights)
    weights = frequencies(fweights, aweights)
    if weights is None:
        free = x.shape[1] - less
        deviation = x - np.mean(x, axis=1, keepdims=True)
        product = deviation @ deviation.T.conj()
        product *= 1.0 / np.float64(np.maximum(free, 0))
        return product if y is not None else np.squeeze(product)
    total = np.sum(weights)
    if np.any(total == 0.0):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    deviation = x - np.sum(x * weights, axis=1, keepdims=True) / total
    if less == 0:
        free = total
    elif aweights is None:
        free = total - less
    else:
        free = total - less * np.sum(weights * aweights) / total
    product = deviation @ (deviation * weights).T.conj()
    product *= 1.0 / np.maximum(free, 0.0)
    return product if y is not None else np.squeeze(product)


@defined(
    np.corrcoef,
    wrt="x y",
    on={
        "x y rowvar": together(
            (of_shape(5), None, True),
            (of_shape(3, 5), None, True),
            (of_shape(5, 3), None, False),
            (of_shape(5), of_shape(5), True),
            (of_shape(2, 5), of_shape(5), True),
            (of_shape(5, 2), of_shape(5, 2), False),
        )
    },
)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """np.corrcoef"""
    c = cov(x, y, rowvar, dtype=dtype)
    if np.iscomplexobj(c):
        refuse("np.corrcoef of complex numbers", "divide np.cov by the deviations")
    if c.ndim == 0:
        return c / c
    spread = np.sqrt(np.diagonal(c))
    return np.clip(c / spread[:, None] / spread[None, :], -1, 1)

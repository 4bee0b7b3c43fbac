"""Reductions of some elements only, with a value to start with, or with a mean that is known."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.asking import array_of, ranked
from s2sad.rules.creation import astype
from s2sad.rules.domains import of_shape, one_of, positive, together
from s2sad.rules.notation import defined
from s2sad.rules.reductions import number_of

CHOSEN = together(
    (None, False, np.array([[True, False, True], [True, True, False]])),
    (0, False, np.array([[True], [False]])),
    ((0, 1), True, np.array([[True], [True]])),
    (-1, True, np.array([[True, False, True], [False, True, True]])),
)
ROWS = one_of(
    of_shape(2, 3),
    [[0.5, -1.0, 2.5], [1.5, 0.3, -0.7]],
    np.array([[0.5, -1.0, 2.5], [1.5, 0.3, -0.7]], np.float32),
)
STARTED = {"a": ROWS, "axis keepdims where": CHOSEN, "dtype": one_of(None, np.float64)}


def in_dtype(started: Any, total: Any) -> Any:
    """What came of a value to start with, in the dtype of the reduction itself."""
    return started if started.dtype == total.dtype else astype(started, total.dtype)


@defined(
    np.sum,
    wrt="a initial",
    when="initial",
    on={**STARTED, "initial": one_of(-3.0, None, positive.of())},
)
def sum(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False,
    initial: Any = None, where: Any = True,
) -> Any:  # fmt: skip
    """np.sum with `initial`."""
    total = np.sum(array_of(a), axis=axis, dtype=dtype, keepdims=keepdims, where=where)
    return total if initial is None else in_dtype(total + initial, total)


@defined(
    np.prod,
    wrt="a initial",
    when="initial where",
    on={**STARTED, "initial": one_of(-3.0, None, positive.of())},
)
def prod(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False,
    initial: Any = None, where: Any = True,
) -> Any:  # fmt: skip
    """np.prod with `initial` and `where`."""
    kept = a if where is True else np.where(where, a, 1)
    total = np.prod(kept, axis=axis, dtype=dtype, keepdims=keepdims)
    return total if initial is None else in_dtype(total * initial, total)


def chosen(a: Any, where: Any, initial: Any) -> Any:
    """`a`, the value to start with in place of what is not chosen."""
    if where is True:
        return a
    if initial is None:
        raise ValueError("to use a where mask one has to specify 'initial'")
    return np.where(where, a, initial)


@defined(
    np.amax,
    wrt="a initial",
    when="initial where",
    on={"a": ROWS, "axis keepdims where": CHOSEN, "initial": one_of(-3.0, 0.6, np.float64(-4.0))},
)
@defined(
    np.max,
    wrt="a initial",
    when="initial where",
    on={"a": ROWS, "axis keepdims where": CHOSEN, "initial": one_of(-3.0, 0.6, np.float64(-4.0))},
)
def max(
    a: Any, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None,
    where: Any = True,
) -> Any:  # fmt: skip
    """np.max with `initial` and `where`."""
    a = array_of(a)
    top = np.max(chosen(a, where, initial), axis=axis, keepdims=keepdims)
    return in_dtype(np.maximum(top, initial), a)


@defined(
    np.amin,
    wrt="a initial",
    when="initial where",
    on={"a": ROWS, "axis keepdims where": CHOSEN, "initial": one_of(3.0, 0.6, np.float64(4.0))},
)
@defined(
    np.min,
    wrt="a initial",
    when="initial where",
    on={"a": ROWS, "axis keepdims where": CHOSEN, "initial": one_of(3.0, 0.6, np.float64(4.0))},
)
def min(
    a: Any, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None,
    where: Any = True,
) -> Any:  # fmt: skip
    """np.min with `initial` and `where`."""
    a = array_of(a)
    low = np.min(chosen(a, where, initial), axis=axis, keepdims=keepdims)
    return in_dtype(np.minimum(low, initial), a)


SPREAD = {
    "a": one_of(of_shape(2, 3), [[0.5, -1.0, 2.5], [1.5, 0.3, -0.7]]),
    "axis keepdims where mean": together(
        (None, False, np.array([[True, False, True], [True, True, False]]), None),
        (0, True, np.array([[True], [True]]), None),
        (-1, False, np.array([[True, False, True], [False, True, True]]), None),
        ((0, 1), True, np.array([[True], [True]]), None),
        (-1, True, np.array([[True, False, True], [False, True, True]]), of_shape(2, 1)),
        (None, False, True, of_shape(1, 1)),
        (1, False, True, of_shape(2, 1)),
    ),
    "ddof correction": one_of((0, None), (1, None), (0, 0.5)),
}


@defined(np.var, wrt="a mean", when="where mean", on=SPREAD)
def var(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0,
    keepdims: bool = False, *, where: Any = True, mean: Any = None, correction: Any = None,
) -> Any:  # fmt: skip
    """np.var with `where` and `mean`."""
    a = ranked(a, "np.var")
    if correction is not None and ddof != 0:
        raise ValueError("ddof and correction can't be provided simultaneously.")
    less = ddof if correction is None else correction
    center = np.mean(a, axis, dtype, keepdims=True, where=where) if mean is None else mean
    deviation = a - center if where is True else np.where(where, a - center, 0)
    total = np.sum(deviation * deviation, axis=axis, dtype=dtype, keepdims=keepdims, where=where)
    return total / astype(np.maximum(number_of(a, axis, keepdims, where) - less, 0), total.dtype)


@defined(np.std, wrt="a mean", when="where mean", on=SPREAD)
def std(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0,
    keepdims: bool = False, *, where: Any = True, mean: Any = None, correction: Any = None,
) -> Any:  # fmt: skip
    """np.std with `where` and `mean`."""
    spread = var(a, axis, dtype, out, ddof, keepdims, where=where, mean=mean, correction=correction)
    return np.sqrt(spread)

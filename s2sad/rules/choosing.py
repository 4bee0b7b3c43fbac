"""Reductions of some elements only, or with a value to start with."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.creation import astype
from s2sad.rules.domains import of_shape, one_of, together
from s2sad.rules.notation import defined

CHOSEN = together(
    (None, False, np.array([[True, False, True], [True, True, False]])),
    (0, False, np.array([[True], [False]])),
    ((0, 1), True, np.array([[True], [True]])),
    (-1, True, np.array([[True, False, True], [False, True, True]])),
)


@defined(
    np.sum,
    when="initial where",
    on={"a": of_shape(2, 3), "axis keepdims where": CHOSEN, "initial": one_of(-3.0, 0.5)},
)
def sum(
    a: Any, axis: Any = None, keepdims: bool = False, initial: Any = 0, where: Any = True
) -> Any:
    """np.sum with `initial` and `where`."""
    kept = a if where is True else np.where(where, a, np.zeros_like(a))
    return np.sum(kept, axis=axis, keepdims=keepdims) + initial


@defined(
    np.prod,
    when="initial where",
    on={"a": of_shape(2, 3), "axis keepdims where": CHOSEN, "initial": one_of(-3.0, 0.5)},
)
def prod(
    a: Any, axis: Any = None, keepdims: bool = False, initial: Any = 1, where: Any = True
) -> Any:
    """np.prod with `initial` and `where`."""
    kept = a if where is True else np.where(where, a, np.ones_like(a))
    return np.prod(kept, axis=axis, keepdims=keepdims) * initial


@defined(
    np.max,
    when="initial where",
    on={"a": of_shape(2, 3), "axis keepdims where": CHOSEN, "initial": one_of(-3.0, 0.5)},
)
def max(
    a: Any, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """np.max with `initial` and `where`."""
    kept = a if where is True else np.where(where, a, initial)
    return np.maximum(np.max(kept, axis=axis, keepdims=keepdims), initial)


@defined(
    np.min,
    when="initial where",
    on={"a": of_shape(2, 3), "axis keepdims where": CHOSEN, "initial": one_of(3.0, 0.5)},
)
def min(
    a: Any, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """np.min with `initial` and `where`."""
    kept = a if where is True else np.where(where, a, initial)
    return np.minimum(np.min(kept, axis=axis, keepdims=keepdims), initial)


@defined(np.mean, when="where", on={"a": of_shape(2, 3), "axis keepdims where": CHOSEN})
def mean(a: Any, axis: Any = None, keepdims: bool = False, where: Any = True) -> Any:
    """np.mean with `where`."""
    chosen = np.broadcast_to(where, a.shape)
    total = np.sum(np.where(chosen, a, np.zeros_like(a)), axis=axis, keepdims=keepdims)
    number = np.count_nonzero(chosen, axis=axis, keepdims=keepdims)
    return total / astype(number, total.dtype)

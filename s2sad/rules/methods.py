"""Methods and attributes of arrays: which functions they are, the array first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.rules.axes import size_of
from s2sad.rules.creation import astype
from s2sad.rules.domains import of_shape, reals
from s2sad.rules.elementwise import BOUNDS, above, below, clipped_dot, unclipped_bar
from s2sad.rules.notation import rule


def item(a: Any) -> Any:
    """`a.item()`: the only element of `a` as a Python number."""
    return a.item()


@rule(item, linear="a", on={"a": reals.of(1, 1)})
class item_:
    """ans = the only element of a, as a Python number."""

    def primal(a):
        return item(a)

    def shape(a):
        return ()

    def adjoint(a, ans_bar):
        a_bar = np.full(a.shape, ans_bar, dtype=a.dtype)
        return a_bar


def clip(a: Any, min: Any = None, max: Any = None) -> Any:
    """`a.clip(min, max)`: np.clip, but either bound may be left out."""
    return a.clip(min, max)


@rule(
    clip,
    elementwise=True,
    on={"a min max": BOUNDS, "kinks": [(1.0, 0.0, 1.0), (0.0, 0.0, 1.0)]},
)
class clip_:
    """ans = min(max(a, lower), upper); at a bound the derivative in a is 1, in the bound 0."""

    def primal(a, min=None, max=None):
        return clip(a, min, max)

    def tangent(a, min, max, a_dot, min_dot, max_dot):
        return clipped_dot(a, min, max, a_dot, min_dot, max_dot)

    def adjoint(a, min, max, ans_bar):
        a_bar = unclipped_bar(a, min, max, ans_bar)
        min_bar = 0.0 if min is None else np.where(below(a, min, max), ans_bar, 0.0)
        max_bar = 0.0 if max is None else np.where(above(a, min, max), ans_bar, 0.0)
        return a_bar, min_bar, max_bar


def flatten(a: Any, order: str = "C") -> Any:
    """`a.flatten()`: a copy of the elements of `a` in one row."""
    return a.flatten(order)


@rule(flatten, linear="a", on={"a": of_shape(2, 3)})
class flatten_:
    """ans = the elements of a in one row, copied."""

    def primal(a, order="C"):
        return flatten(a, order)

    def shape(a):
        return size_row(a)

    def adjoint(a, order, ans_bar):
        a_bar = np.reshape(ans_bar, a.shape, order=order)
        return a_bar


def size_row(a):
    """The shape of a flattened array."""
    return (size_of(a),)


def compress(a: Any, condition: Any, axis: Any = None, out: Any = None) -> Any:
    """`a.compress(condition, axis)`: np.compress with its operands exchanged."""
    return np.compress(condition, a, axis=axis, out=out)


METHODS: dict[str, Callable[..., Any]] = {
    "all": np.all,
    "any": np.any,
    "argmax": np.argmax,
    "argmin": np.argmin,
    "argpartition": np.argpartition,
    "argsort": np.argsort,
    "astype": astype,
    "choose": np.choose,
    "clip": clip,
    "compress": compress,
    "conj": np.conjugate,
    "conjugate": np.conjugate,
    "copy": np.copy,
    "cumprod": np.cumprod,
    "cumsum": np.cumsum,
    "diagonal": np.diagonal,
    "dot": np.dot,
    "flatten": flatten,
    "item": item,
    "max": np.max,
    "mean": np.mean,
    "min": np.min,
    "nonzero": np.nonzero,
    "prod": np.prod,
    "ravel": np.ravel,
    "repeat": np.repeat,
    "reshape": np.reshape,
    "round": np.round,
    "searchsorted": np.searchsorted,
    "squeeze": np.squeeze,
    "std": np.std,
    "sum": np.sum,
    "swapaxes": np.swapaxes,
    "take": np.take,
    "trace": np.trace,
    "transpose": np.transpose,
    "var": np.var,
}
"""Name of a method of arrays -> the function it is, the array its first argument."""

ONLY_METHODS: dict[Callable[..., Any], str] = {
    astype: "astype",
    clip: "clip",
    flatten: "flatten",
    item: "item",
}
"""Functions that NumPy has as methods only: generated code writes `a.astype(dtype)`."""

VARARGS: dict[str, str] = {"reshape": "shape", "transpose": "axes"}
"""Methods that take a tuple also as several arguments: `x.reshape(2, 3)` -> that parameter."""

ATTRIBUTES: dict[str, Callable[..., Any]] = {
    "T": np.transpose,
    "imag": np.imag,
    "mT": np.matrix_transpose,
    "real": np.real,
}
"""Name of an attribute -> the function of one argument it is.  Shapes and dtypes are types."""

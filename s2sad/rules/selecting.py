"""Elements chosen by conditions, by numbers, and by order."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.asking import array_of, refuse
from s2sad.rules.axes import broadcast, without, wrapped
from s2sad.rules.domains import distinct, nonzero, of_shape, one_of, reals, together
from s2sad.rules.indexing import landing
from s2sad.rules.notation import defined, rule
from s2sad.runtime import sum_to

CHOICES = together(
    (np.array([0, 1, 0]), [of_shape(3), of_shape(3)], "raise"),
    (np.array([[2], [0]]), [of_shape(3), of_shape(), of_shape(2, 1)], "raise"),
    (np.array([1, -1, 5]), [of_shape(3), of_shape(2, 3)], "wrap"),
    (np.array([1, -1, 5]), (of_shape(3), of_shape(1)), "clip"),
)


@rule(np.choose, linear="choices", sequences="choices", on={"a choices mode": CHOICES})
class choose:
    """ans_i = choices[a_i]_i, all of them broadcast."""

    def primal(a, choices, out=None, mode="raise"):
        return np.choose(a, choices, mode=mode)

    def shape(a, choices):
        dims = a
        for c in choices:
            dims = broadcast(dims, c)
        return dims

    def adjoint(a, choices, mode, ans_bar):
        chosen = landing(a, len(choices), mode)
        choices_bar = [
            sum_to(np.where(chosen == i, ans_bar, 0.0), choices[i].shape)
            for i in range(len(choices))
        ]
        return choices_bar


@defined(
    np.choose,
    wrt="choices",
    on={
        "a choices mode": together(
            (np.array([0, 1, 0]), [of_shape(3), of_shape()], "raise"),
            (np.array([0, 1, 0]), of_shape(2, 3), "raise"),
            (np.array([[0], [5]]), of_shape(2, 3), "wrap"),
            (np.array([[1, 7], [0, -1]]), of_shape(3, 2), "clip"),
            (np.array([1, 0]), of_shape(3, 4, 2), "raise"),
        )
    },
)
def choose_(a: Any, choices: Any, out: Any = None, mode: Any = "raise") -> Any:
    """np.choose"""
    if isinstance(choices, (list, tuple)):
        return np.choose(a, choices, mode=mode)
    table = array_of(choices)
    shape = np.broadcast_shapes(np.shape(a), table.shape[1:])
    ones = (1,) * (len(shape) - table.ndim + 1)
    table = np.broadcast_to(
        np.reshape(table, (table.shape[0], *ones, *table.shape[1:])), (table.shape[0], *shape)
    )
    chosen = np.broadcast_to(landing(a, table.shape[0], mode) + 0, shape)  # truths are numbers
    return np.take_along_axis(table, chosen[None], 0)[0]


@defined(
    np.select,
    wrt="choicelist default",
    on={
        "condlist choicelist default": together(
            ([np.array([True, False, False]), np.array([True, True, False])],
             [of_shape(3), of_shape(3)], reals.of()),
            ([np.array([True, False]), np.array([[True], [False]])], [reals.of(), of_shape(2)], 0),
            ([np.array(True)], [of_shape(3)], of_shape(2, 1)),
        )
    },
)  # fmt: skip
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """np.select"""
    n = len(condlist)
    if n != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    if n == 0:
        raise ValueError("select with an empty condition list is not possible")
    result = default
    for i in range(n - 1, -1, -1):
        result = np.where(condlist[i], choicelist[i], result)
    return result


def conditions_of(x: Any, condlist: Any) -> Any:
    """The conditions of np.piecewise, of which one may stand alone."""
    if isinstance(condlist, (list, tuple)):
        alone = np.ndim(condlist[0]) == 0 and x.ndim > 0
        return [array_of(condlist)] if alone else [array_of(c) for c in condlist]
    table = array_of(condlist)
    if table.ndim == 0 or (table.ndim == 1 and x.ndim > 0):
        return [table]
    return [table[i] for i in range(table.shape[0])]


def none_of(conditions: Any) -> Any:
    """Where no condition holds."""
    held = conditions[0]
    for c in conditions[1:]:
        held = np.logical_or(held, c)
    return np.logical_not(held)


@defined(
    np.piecewise,
    wrt="x",
    on={
        "x condlist funclist args": together(
            (of_shape(3), np.array([[1, 0, 0], [0, 1, 0]], bool), [np.sin, np.exp, np.cos], ()),
            (of_shape(2), [np.array([True, False])], [np.square, 2.5], ()),
            (of_shape(2, 2), np.array([[[True, False], [True, True]]]), [np.multiply], (3.5,)),
            (of_shape(3), np.array([True, False, True]), [np.sin, 2.5], ()),
            (of_shape(), np.bool_(True), [np.sin], ()),
            (of_shape(), np.array([False, False]), [np.sin, np.cos, np.exp], ()),
            (of_shape(), [np.array(True)], [np.sin], ()),
            (of_shape(3), [True, False, True], [np.sin, -1.0], ()),
        )
    },
)
def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """np.piecewise"""
    x = array_of(x)
    conditions = conditions_of(x, condlist)
    n = len(funclist)
    if n == len(conditions) + 1:
        conditions = [*conditions, none_of(conditions)]
    if n != len(conditions):
        raise ValueError(f"with {len(conditions)} condition(s), as many functions are expected")
    if x.ndim == 0:
        row = np.reshape(x, (1,))
        found = filled(row, [np.reshape(c, (1,)) for c in conditions], funclist, args, kw)
        return np.reshape(found, ())
    return filled(x, conditions, funclist, args, kw)


def filled(x: Any, conditions: Any, functions: Any, args: Any, kw: Any) -> Any:
    """Where each condition holds, what its function gives there; zero elsewhere."""
    y = np.zeros_like(x)
    for i in range(len(conditions)):
        f = functions[i]
        y[conditions[i]] = f(x[conditions[i]], *args, **kw) if callable(f) else f
    return y


@defined(
    np.compress,
    wrt="a",
    on={
        "condition a axis": together(
            (np.array([True, False, True]), of_shape(3), None),
            (np.array([False, True]), of_shape(2, 3), 0),
            (np.array([1, 0, 2]), of_shape(2, 3), -1),
            (np.array([True, False, True]), of_shape(2, 3), None),
        )
    },
)
def compress(condition: Any, a: Any, axis: Any = None, out: Any = None) -> Any:
    """np.compress"""
    if np.ndim(condition) != 1:
        raise ValueError("condition must be a 1-d array")
    return np.take(a, np.flatnonzero(condition), axis=axis)


@defined(
    np.extract,
    wrt="arr",
    on={
        "condition arr": together(
            (np.array([True, False, True]), of_shape(3)),
            (np.array([[1, 0, 1], [0, 0, 1]]), of_shape(2, 3)),
        )
    },
)
def extract(condition: Any, arr: Any) -> Any:
    """np.extract"""
    return np.ravel(arr)[np.flatnonzero(condition)]


@rule(
    np.partition,
    on={
        "a kth axis": together(
            (distinct.of(5), 2, -1), (distinct.of(3, 4), 1, 0), (distinct.of(3, 4), (0, 2), 1),
            (distinct.of(2, 3), 3, None), (distinct.of(5), -2, -1),
        )
    },
)  # fmt: skip
class partition:
    """ans = a with the smaller elements before the kth and the larger ones after it.

    In which order these stand is NumPy's choice: an element is found again by its rank.
    """

    def primal(a, kth, axis=-1, kind="introselect", order=None):
        return np.partition(a, kth, axis=axis)

    def shape(a, axis):
        return a if axis is not None else (None,)

    def tangent(a, axis, ans, a_dot):
        if axis is None:
            return np.ravel(a_dot)[origins(np.ravel(a), ans, 0)]
        return np.take_along_axis(a_dot, origins(a, ans, axis), axis)

    def adjoint(a, axis, ans, ans_bar):
        if axis is None:
            a_bar = np.reshape(ans_bar[origins(ans, np.ravel(a), 0)], a.shape)
        else:
            a_bar = np.take_along_axis(ans_bar, origins(ans, a, axis), axis)
        return a_bar


def origins(a, ans, axis):
    """Where in `a` the elements of `ans` stand, which are the same in another order."""
    order = np.argsort(a, axis=axis, kind="stable")
    rank = np.argsort(np.argsort(ans, axis=axis, kind="stable"), axis=axis)
    return np.take_along_axis(order, rank, axis)


@defined(
    np.trim_zeros,
    on={
        "filt trim": together(
            (np.array([0, 0, 1, 0, 2, 0]), "fb"),
            (np.array([0, 1, 2, 0, 0]), "f"),
            (np.array([0, 1, 2, 0, 0]), "B"),
            (np.array([[0, 0, 0], [0, 1, 0]]), "fb"),
            (np.array([0, 0]), "b"),
            (nonzero.of(3, 2), "bf"),
        ),
        "axis": one_of(None, 0, (-1,)),
    },
)
def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    """np.trim_zeros"""
    if isinstance(filt, (list, tuple)):
        refuse("np.trim_zeros of a list or tuple", "make an array of it with np.array")
    if trim.lower() not in ("fb", "bf", "f", "b"):
        raise ValueError(f"unexpected character(s) in `trim`: {trim!r}")
    axes = range(filt.ndim) if axis is None else wrapped(axis, filt.ndim)
    return filt[tuple([extent(filt, i, trim.lower(), i in axes) for i in range(filt.ndim)])]


def extent(x: Any, axis: int, trim: str, trimmed: bool) -> Any:
    """The slice of what is left along an axis; an empty one where all elements are zero."""
    if not trimmed:
        return slice(None)
    present = np.any(x != 0, axis=without(x.ndim, (axis,)))
    some = np.any(present)
    start = np.argmax(present) if "f" in trim else 0
    last = np.argmax(present[::-1]) if "b" in trim else 0
    return slice(start, (x.shape[axis] - last) * some)

"""Differences, cumulative sums with a start, and integrals of samples."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from s2sad.rules.asking import array_of, is_known, ranked, refuse
from s2sad.rules.domains import Domain, distinct, of_shape, one_of, positive, reals, together
from s2sad.rules.notation import defined, rule
from s2sad.rules.splitting import part

SPACED = np.array([0.0, 0.5, 1.5, 1.75, 3.0])
increasing = Domain(lambda rng, shape: np.cumsum(rng.uniform(0.4, 1.2, shape), axis=-1))


def at(a: Any, axis: int, i: int) -> Any:
    """`a[i]` along `axis`."""
    return a[(slice(None),) * (axis % a.ndim) + (i,)]


def slab(a: Any, like: Any, axis: int) -> Any:
    """What goes before or after `like` along `axis`: a number stands for a slice of it."""
    a = array_of(a)
    if np.ndim(a) > 0:
        return a
    shape = [1 if i == axis % like.ndim else n for i, n in enumerate(like.shape)]
    return np.broadcast_to(a, shape)


@defined(
    np.diff,
    wrt="a prepend append",
    on={
        "a n axis": together(
            (of_shape(5), 1, -1),
            (of_shape(3, 4), 2, 0),
            (of_shape(3, 4), 1, 1),
            (of_shape(3, 4), 3, -1),
            (of_shape(3, 4), 0, -1),
            (of_shape(1), 1, 0),
            (of_shape(3), 2, 0),
            ([0.5, 2.0, 1.0], 1, -1),
        ),
        "prepend": one_of(None, reals.of(), None),
        "append": one_of(None, None, reals.of(), reals.of()),
        "values": [
            {"a": np.array([True, False, False])},
            {"a": np.ones((2, 3)), "prepend": np.zeros((2, 2)), "append": np.ones((2, 1))},
            {"a": np.ones((2, 3)), "prepend": [[0.5, 2.0, 1.0]], "axis": 0},
        ],
        "errors": [{"a": np.ones(2), "n": -1}, {"a": np.float64(2.0)}],
    },
)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """np.diff"""
    if not is_known(n):
        refuse("np.diff with an n that is computed", "give n as a number, as in np.diff(x, 2)")
    if n == 0:
        return a
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    a = ranked(a, "np.diff")
    if a.ndim == 0:
        raise ValueError("diff requires input that is at least one dimensional")
    before = [] if prepend is None else [slab(prepend, a, axis)]
    after = [] if append is None else [slab(append, a, axis)]
    whole = np.concatenate((*before, a, *after), axis) if before or after else a
    return functools.reduce(step, [axis] * n, whole)


def step(a: Any, axis: int) -> Any:
    """The differences along `axis`."""
    late, early = part(a, axis, 1, None), part(a, axis, None, -1)
    return late != early if a.dtype == np.bool else late - early


@defined(
    np.ediff1d,
    wrt="ary to_end to_begin",
    on={
        "ary": one_of(of_shape(5), of_shape(2, 3), of_shape(1)),
        "to_end": one_of(None, of_shape(2), of_shape(), None, of_shape(3)),
        "to_begin": one_of(None, None, of_shape(), of_shape(2, 1)),
        "values": [{"ary": np.ones(2, np.float32), "to_end": np.ones(2)}],
        "errors": [{"ary": np.ones(2, int), "to_end": np.ones(2)}],
    },
)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """np.ediff1d"""
    flat = np.ravel(ary)
    between = flat[1:] - flat[:-1]
    if to_begin is None and to_end is None:
        return between
    before = [] if to_begin is None else [np.ravel(to_begin)]
    after = [] if to_end is None else [np.ravel(to_end)]
    for end in before + after:
        if not np.can_cast(end.dtype, flat.dtype, casting="same_kind"):
            raise TypeError("dtype of `to_begin` and `to_end` must be compatible with `ary`")
    joined = np.concatenate((*before, between, *after))
    return joined if joined.dtype == flat.dtype else joined.astype(flat.dtype)


@rule(
    np.unwrap,
    on={
        "p": one_of(np.array([0.1, 4.2, 9.0, 1.3, -3.0]), distinct.of(3, 4)),
        "axis": one_of(-1, 0),
        "discont": one_of(None, 4.0),
        "period": one_of(6.0, 2.5),
    },
)
class unwrap:
    """ans = p with whole periods added along `axis`; how many is constant."""

    def primal(p, discont=None, axis=-1, period=6.283185307179586):
        return np.unwrap(p, discont, axis, period=period)

    def shape(p):
        return p

    def tangent(p, period, ans, p_dot, period_dot):
        return p_dot + (ans - p) / period * period_dot

    def adjoint(p, period, ans, ans_bar):
        p_bar = ans_bar
        period_bar = np.sum(ans_bar * (ans - p)) / period
        return p_bar, period_bar


@defined(
    np.trapezoid,
    wrt="y x dx",
    on={
        "y x axis": together(
            (of_shape(5), None, -1),
            (of_shape(5), SPACED, -1),
            (of_shape(3, 5), of_shape(5), 1),
            (of_shape(5, 3), of_shape(5), 0),
            (of_shape(3, 5), of_shape(3, 5), -1),
            (of_shape(3, 5), None, 0),
            (of_shape(3, 5), of_shape(3, 5), 0),
        ),
        "dx": one_of(1.0, positive.of()),
    },
)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """np.trapezoid"""
    y = ranked(y, "np.trapezoid")
    x = None if x is None else ranked(x, "np.trapezoid")
    d = dx if x is None else diff(x) if x.ndim == 1 else diff(x, axis=axis)
    if x is not None and x.ndim == 1:
        d = along_axis(d, y.ndim, axis)
    return np.sum(d * (part(y, axis, 1, None) + part(y, axis, None, -1)) / 2.0, axis=axis)


def along_axis(values: Any, ndim: int, axis: int) -> Any:
    """A vector as an array of `ndim` dimensions that varies along `axis` alone."""
    axes = [i for i in range(ndim) if i != axis % ndim]
    return np.expand_dims(values, axes) if axes else values


def three(f: Any, axis: int, places: tuple[int, ...], factors: tuple[Any, ...]) -> Any:
    """The sum of three slices of `f` with these factors."""
    first, second, third = [c * at(f, axis, i) for i, c in zip(places, factors, strict=True)]
    return first + second + third


def inner(f: Any, axis: int, h: Any) -> Any:
    """The central differences at all points but the ends; h: one step, or one for each pair."""
    before, at, after = part(f, axis, None, -2), part(f, axis, 1, -1), part(f, axis, 2, None)
    if np.ndim(h) == 0:
        return (after - before) / (2.0 * h)
    left, right = h[:-1], h[1:]
    a = along_axis(-right / (left * (left + right)), f.ndim, axis)
    b = along_axis((right - left) / (left * right), f.ndim, axis)
    c = along_axis(left / (right * (left + right)), f.ndim, axis)
    return a * before + b * at + c * after


def ends(f: Any, axis: int, h: Any, edge_order: int) -> Any:
    """The one-sided differences at the first and at the last point."""
    if edge_order == 1:
        first, last = (h, h) if np.ndim(h) == 0 else (h[0], h[-1])
        low = (at(f, axis, 1) - at(f, axis, 0)) / first
        return low, (at(f, axis, -1) - at(f, axis, -2)) / last
    if np.ndim(h) == 0:
        low = three(f, axis, (0, 1, 2), (-1.5 / h, 2.0 / h, -0.5 / h))
        return low, three(f, axis, (-3, -2, -1), (0.5 / h, -2.0 / h, 1.5 / h))
    p, q = h[0], h[1]
    factors = (-(2.0 * p + q) / (p * (p + q)), (p + q) / (p * q), -p / (q * (p + q)))
    low = three(f, axis, (0, 1, 2), factors)
    p, q = h[-2], h[-1]
    factors = (q / (p * (p + q)), -(q + p) / (p * q), (2.0 * q + p) / (q * (p + q)))
    return low, three(f, axis, (-3, -2, -1), factors)


def slope(f: Any, axis: int, spacing: Any, edge_order: int) -> Any:
    """The gradient along one axis; spacing: the step, or the coordinates of the points."""
    if f.shape[axis] < edge_order + 1:
        raise ValueError(
            "Shape of array too small to calculate a numerical gradient, "
            "at least (edge_order + 1) elements are required."
        )
    spacing = array_of(spacing)
    if np.ndim(spacing) > 1:
        raise ValueError("distances must be either scalars or 1d")
    if np.ndim(spacing) == 1 and len(spacing) != f.shape[axis]:
        raise ValueError("when 1d, distances must match the length of the corresponding dimension")
    h = diff(spacing) if np.ndim(spacing) == 1 else spacing
    low, high = ends(f, axis, h, edge_order)
    low, high = np.expand_dims(low, axis), np.expand_dims(high, axis)
    return np.concatenate((low, inner(f, axis, h), high), axis=axis)


@defined(
    np.gradient,
    wrt="f varargs",
    on={
        "f varargs axis": together(
            (of_shape(5), (), None),
            (of_shape(5), (0.5,), None),
            (of_shape(5), (increasing.of(5),), None),
            (of_shape(3, 5), (), None),
            (of_shape(3, 5), (positive.of(), increasing.of(5)), (0, -1)),
            (of_shape(4, 3), (increasing.of(4),), 0),
            (of_shape(4, 3), (2.0,), (1, 0)),
            (of_shape(4, 3, 4), (increasing.of(3),), 1),
        ),
        "edge_order": one_of(1, 2),
        "values": [
            {"f": np.ones(2), "varargs": ()},
            {"f": np.arange(3), "varargs": (), "edge_order": 2},
        ],
        "errors": [
            {"f": np.ones(1), "varargs": ()},
            {"f": np.ones(2), "varargs": (), "edge_order": 2},
            {"f": np.ones(3), "varargs": (), "edge_order": 3},
            {"f": np.ones(3), "varargs": (np.ones((3, 3)),)},
            {"f": np.ones(3), "varargs": (np.ones(4),)},
            {"f": np.ones(3), "varargs": (1.0, 2.0)},
        ],
    },
)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """np.gradient"""
    f = ranked(f, "np.gradient")
    f = f.astype(np.float64) if f.dtype.kind in "biu" else f
    axes = range(f.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if len(varargs) == 0:
        steps = [1.0] * len(axes)
    elif len(varargs) == 1 and np.ndim(varargs[0]) == 0:
        steps = [varargs[0]] * len(axes)
    elif len(varargs) == len(axes):
        steps = [*varargs]
    else:
        raise TypeError("invalid number of arguments")
    if edge_order > 2:
        raise ValueError("'edge_order' greater than 2 not supported")
    slopes = [slope(f, i, h, edge_order) for i, h in zip(axes, steps, strict=True)]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


@defined(
    np.cumulative_sum,
    on={
        "x axis": together(
            (of_shape(4), None), (of_shape(4), 0), (of_shape(2, 3), 0), (of_shape(2, 3), -1)
        ),
        "include_initial": one_of(False, True),
        "dtype": one_of(None, None, np.float64),
    },
)
def cumulative_sum(
    x: Any, axis: Any = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    """np.cumulative_sum"""
    x = array_of(x)
    if axis is None and x.ndim != 1:
        raise ValueError("For arrays which have more than one dimension ``axis`` is required.")
    along = 0 if axis is None else axis
    total = np.cumsum(x, axis=along, dtype=dtype)
    if not include_initial:
        return total
    return np.concatenate((np.zeros_like(part(total, along, 0, 1)), total), axis=along)


@defined(
    np.cumulative_prod,
    on={
        "x axis": together(
            (of_shape(4), None), (of_shape(4), 0), (of_shape(2, 3), 0), (of_shape(2, 3), -1)
        ),
        "include_initial": one_of(False, True),
        "dtype": one_of(None, None, np.float64),
    },
)
def cumulative_prod(
    x: Any, axis: Any = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    """np.cumulative_prod"""
    x = array_of(x)
    if axis is None and x.ndim != 1:
        raise ValueError("For arrays which have more than one dimension ``axis`` is required.")
    along = 0 if axis is None else axis
    product = np.cumprod(x, axis=along, dtype=dtype)
    if not include_initial:
        return product
    return np.concatenate((np.ones_like(part(product, along, 0, 1)), product), axis=along)

"""Sums, products, averages and extrema over axes; cumulative sums; searching as data."""

from __future__ import annotations

from string import ascii_letters

import numpy as np

from s2sad.rules.axes import size_of, wrapped
from s2sad.rules.creation import astype
from s2sad.rules.domains import booleans, distinct, of_shape, one_of, reals, together
from s2sad.rules.elementwise import or_infinite
from s2sad.rules.notation import at_compile_time, rule, spelled

AXES = one_of(None, 0, -1, 1, (0, 2), (-1, 1), (0, 1, 2))
KEEP = one_of(True, False)
NO_AXIS = one_of(*AXES.cases, ())
REDUCE = {"a": of_shape(2, 3, 4), "axis": AXES, "keepdims": KEEP}
DISTINCT = {**REDUCE, "a": distinct.of(2, 3, 4)}


def reduced(a, axis, keepdims):
    """The shape of a reduction of an array of shape `a`."""
    axes = range(len(a)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = {i % len(a) for i in axes} if a else set()
    if keepdims:
        return tuple(1 if i in axes else n for i, n in enumerate(a))
    return tuple(n for i, n in enumerate(a) if i not in axes)


def expanded(g, axis, keepdims):
    """A reduced `g` with its lost axes back, so that it broadcasts against the operand."""
    return g if axis is None or keepdims else np.expand_dims(g, axis)


def count(a, axis):
    """How many elements of `a` one element of its reduction comes from."""
    if axis is None:
        return a.size
    if not isinstance(axis, tuple):
        return a.shape[axis]
    if len(axis) == 0:
        return 1
    total = a.shape[axis[0]]
    for i in axis[1:]:
        total = total * a.shape[i]
    return total


def spread_over(g, a, axis, keepdims, where):
    """What each element of `a` gets of `g`, its sum or mean: nothing where it is not chosen."""
    a_bar = np.broadcast_to(expanded(g, axis, keepdims), a.shape)
    return a_bar if where is True else np.where(where, a_bar, 0.0)


def number_of(a, axis, keepdims, where):
    """How many elements of `a` one element of its reduction comes from, where they are chosen."""
    if where is True:
        return count(a, axis)
    number = np.count_nonzero(np.broadcast_to(where, a.shape), axis=axis, keepdims=keepdims)
    return astype(number, a.dtype)


MASK = np.array([[True, False, True], [True, True, False]])
PARTS = together(
    *[(of_shape(2, 3, 4), axis, i % 3 == 0, True) for i, axis in enumerate(NO_AXIS.cases)],
    (of_shape(2, 3), None, True, MASK),
    (of_shape(2, 3), 0, False, np.array([[True], [False]])),
    (of_shape(2, 3), None, False, np.array([[True], [False]])),
    (of_shape(2, 3), (0, 1), True, MASK[1]),
    (of_shape(2, 3), -1, False, MASK),
)


@rule(np.sum, linear="a", on={"a axis keepdims where": PARTS})
class sum:
    """ans = Σ a over `axis`, where chosen."""

    def primal(a, axis=None, dtype=None, out=None, keepdims=False, where=True):
        return np.sum(a, axis=axis, dtype=dtype, keepdims=keepdims, where=where)

    def shape(a, axis, keepdims):
        return reduced(a, axis, keepdims)

    def adjoint(a, axis, keepdims, where, ans_bar):
        a_bar = spread_over(ans_bar, a, axis, keepdims, where)
        return a_bar


@rule(
    np.mean,
    linear="a",
    on={"a axis keepdims where": together(*PARTS.cases[:-4], *PARTS.cases[-3:])},
)
class mean:
    """ans = Σ a / n over `axis`, where chosen."""

    def primal(a, axis=None, dtype=None, out=None, keepdims=False, where=True):
        return np.mean(a, axis=axis, dtype=dtype, keepdims=keepdims, where=where)

    def shape(a, axis, keepdims):
        return reduced(a, axis, keepdims)

    def adjoint(a, axis, keepdims, where, ans_bar):
        g = ans_bar / number_of(a, axis, keepdims, where)
        a_bar = spread_over(g, a, axis, keepdims, where)
        return a_bar


def deviation(a, axis):
    """a - mean(a), the mean over `axis`."""
    return a - np.mean(a, axis=axis, keepdims=True)


def centered(a, axis):
    """The deviation, of equal elements exactly 0: the first ones are subtracted before the mean.

    Of equal elements the mean may be another number, and both it and std are of that size then.
    """
    axes = range(a.ndim) if axis is None else wrapped(axis, a.ndim)
    first = tuple([slice(0, 1) if i in axes else slice(None) for i in range(a.ndim)])
    return deviation(a - a[first], axis)


@at_compile_time
def summed(ndim, axis):
    """The subscripts by which np.einsum sums the product of two arrays over `axis`."""
    axes = range(ndim) if axis is None else wrapped(axis, ndim)
    labels = ascii_letters[:ndim]
    kept = "".join([c for i, c in enumerate(labels) if i not in axes])
    return f"{labels},{labels}->{kept}"


def root_mean_square(d, axis, keepdims, n):
    """√(Σ d² / n) over `axis`."""
    found = np.sqrt(np.einsum(summed(d.ndim, axis), d, d) / n)
    return expanded(found, axis, False) if keepdims else found


def freedom(a, axis, ddof, correction):
    """The divisor of a variance: n - ddof."""
    less = ddof if correction is None else correction
    return count(a, axis) if less == 0 else count(a, axis) - less


SPREAD = {**REDUCE, "ddof correction": one_of((0, None), (1, None), (0.5, None), (0, 1))}


@rule(np.var, analytic=False, on=SPREAD)
class var:
    """ans = Σ (a - mean a)² / (n - ddof) over `axis`."""

    def primal(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, correction=None):
        if correction is None:
            return np.var(a, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims)
        return np.var(a, axis=axis, dtype=dtype, ddof=correction, keepdims=keepdims)

    def shape(a, axis, keepdims):
        return reduced(a, axis, keepdims)

    def tangent(a, axis, ddof, keepdims, correction, a_dot):
        ans_dot = np.sum(deviation(a, axis) * a_dot, axis=axis, keepdims=keepdims)
        return 2.0 * ans_dot / freedom(a, axis, ddof, correction)

    def adjoint(a, axis, ddof, keepdims, correction, ans_bar):
        n = freedom(a, axis, ddof, correction)
        if ddof == 0 and correction is None:
            a_bar = expanded(2.0 / n * ans_bar, axis, keepdims) * deviation(a, axis)
        else:  # n may be zero, by which only an array can be divided
            a_bar = expanded(ans_bar, axis, keepdims) * deviation(a, axis) / (0.5 * n)
        return a_bar


@rule(np.std, analytic=False, on={**SPREAD, "kinks": [(np.full((2, 3, 4), 1.5),)]})
class std:
    """ans = √var; where all elements are equal the derivative returned is 0."""

    def primal(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, correction=None):
        if correction is None:
            return np.std(a, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims)
        return np.std(a, axis=axis, dtype=dtype, ddof=correction, keepdims=keepdims)

    def shape(a, axis, keepdims):
        return reduced(a, axis, keepdims)

    def tangent(a, axis, ddof, keepdims, correction, ans, a_dot):
        ans_dot = np.sum(centered(a, axis) * a_dot, axis=axis, keepdims=keepdims)
        return ans_dot / (freedom(a, axis, ddof, correction) * or_infinite(ans))

    def adjoint(a, axis, ddof, keepdims, correction, ans, ans_bar):
        d, n = centered(a, axis), freedom(a, axis, ddof, correction)
        if a.dtype != np.float16:  # whose squares may overflow
            ans = root_mean_square(d, axis, keepdims, n)
        scaled = ans_bar / (n * or_infinite(ans))
        a_bar = expanded(scaled, axis, keepdims) * d
        return a_bar


def ties(a, ans, axis, keepdims):
    """Where `a` is the extremum of its slice."""
    return a == expanded(ans, axis, keepdims)


def share(a, ans, axis, keepdims, g):
    """The cotangent `g` of an extremum, shared equally by all elements that attain it."""
    attained = ties(a, ans, axis, keepdims)
    number = astype(np.count_nonzero(attained, axis=axis, keepdims=True), a.dtype)
    return np.where(attained, expanded(g, axis, keepdims) / number, 0.0)


def averaged(a, ans, axis, keepdims, a_dot):
    """The mean tangent of all elements that attain an extremum."""
    attained = ties(a, ans, axis, keepdims)
    number = astype(np.count_nonzero(attained, axis=axis, keepdims=keepdims), a.dtype)
    return np.sum(np.where(attained, a_dot, 0.0), axis=axis, keepdims=keepdims) / number


TIED = [(np.array([[1.0, 2.0, 2.0], [2.0, 0.0, 1.0]]),)]


@rule(np.max, on={**DISTINCT, "kinks": TIED})
class max:
    """ans = the largest element over `axis`; ties share equally."""

    def primal(a, axis=None, out=None, keepdims=False):
        return np.max(a, axis=axis, keepdims=keepdims)

    def shape(a, axis, keepdims):
        return reduced(a, axis, keepdims)

    def tangent(a, axis, keepdims, ans, a_dot):
        return averaged(a, ans, axis, keepdims, a_dot)

    def adjoint(a, axis, keepdims, ans, ans_bar):
        a_bar = share(a, ans, axis, keepdims, ans_bar)
        return a_bar


@rule(np.min, on={**DISTINCT, "kinks": TIED})
class min:
    """ans = the smallest element over `axis`; ties share equally."""

    def primal(a, axis=None, out=None, keepdims=False):
        return np.min(a, axis=axis, keepdims=keepdims)

    def shape(a, axis, keepdims):
        return reduced(a, axis, keepdims)

    def tangent(a, axis, keepdims, ans, a_dot):
        return averaged(a, ans, axis, keepdims, a_dot)

    def adjoint(a, axis, keepdims, ans, ans_bar):
        a_bar = share(a, ans, axis, keepdims, ans_bar)
        return a_bar


@rule(np.ptp, on=DISTINCT)
class ptp:
    """ans = max a - min a over `axis`."""

    def primal(a, axis=None, out=None, keepdims=False):
        return np.ptp(a, axis=axis, keepdims=keepdims)

    def shape(a, axis, keepdims):
        return reduced(a, axis, keepdims)

    def tangent(a, axis, keepdims, a_dot):
        high = np.max(a, axis=axis, keepdims=keepdims)
        low = np.min(a, axis=axis, keepdims=keepdims)
        rise = averaged(a, high, axis, keepdims, a_dot)
        return rise - averaged(a, low, axis, keepdims, a_dot)

    def adjoint(a, axis, keepdims, ans_bar):
        high = np.max(a, axis=axis, keepdims=keepdims)
        low = np.min(a, axis=axis, keepdims=keepdims)
        rise = share(a, high, axis, keepdims, ans_bar)
        a_bar = rise - share(a, low, axis, keepdims, ans_bar)
        return a_bar


def accumulated(a, axis):
    """The shape of a cumulative sum: flat without an axis."""
    return (size_of(a),) if axis is None else a


@rule(np.cumsum, linear="a", on={"a": of_shape(2, 3, 4), "axis": one_of(None, 0, 1, -1)})
class cumsum:
    """ans_i = Σ_{j <= i} a_j along `axis`, of the flat array without one."""

    def primal(a, axis=None, dtype=None, out=None):
        return np.cumsum(a, axis=axis, dtype=dtype)

    def shape(a, axis):
        return accumulated(a, axis)

    def adjoint(a, axis, ans_bar):
        along = 0 if axis is None else axis
        summed = np.flip(np.cumsum(np.flip(ans_bar, along), axis=along), along)
        a_bar = np.reshape(summed, a.shape) if axis is None else summed
        return a_bar


@rule(np.argmax, on={"a": distinct.of(2, 3), "axis": one_of(None, 0, -1), "keepdims": KEEP})
class argmax:
    """ans = the index of the first largest element."""

    def primal(a, axis=None, out=None, keepdims=False):
        return np.argmax(a, axis=axis, keepdims=keepdims)

    def shape(a, axis, keepdims):
        return reduced(a, axis, keepdims)


@rule(np.argmin, on={"a": distinct.of(2, 3), "axis": one_of(None, 0, -1), "keepdims": KEEP})
class argmin:
    """ans = the index of the first smallest element."""

    def primal(a, axis=None, out=None, keepdims=False):
        return np.argmin(a, axis=axis, keepdims=keepdims)

    def shape(a, axis, keepdims):
        return reduced(a, axis, keepdims)


@rule(np.any, on={"a": booleans.of(2, 3, 4), "axis": AXES, "keepdims": KEEP})
class any:
    """ans = whether any element is true."""

    def primal(a, axis=None, out=None, keepdims=False, where=True):
        return np.any(a, axis=axis, keepdims=keepdims, where=where)

    def shape(a, axis, keepdims):
        return reduced(a, axis, keepdims)


@rule(np.all, on={"a": booleans.of(2, 3, 4), "axis": AXES, "keepdims": KEEP})
class all:
    """ans = whether all elements are true."""

    def primal(a, axis=None, out=None, keepdims=False, where=True):
        return np.all(a, axis=axis, keepdims=keepdims, where=where)

    def shape(a, axis, keepdims):
        return reduced(a, axis, keepdims)


@rule(np.count_nonzero, on={"a": booleans.of(2, 3, 4), "axis": AXES, "keepdims": KEEP})
class count_nonzero:
    """ans = the number of elements that are not zero."""

    def primal(a, axis=None, keepdims=False):
        return np.count_nonzero(a, axis=axis, keepdims=keepdims)

    def shape(a, axis, keepdims):
        return reduced(a, axis, keepdims)


@rule(np.argsort, on={"a": distinct.of(2, 3), "axis": one_of(0, -1, None)})
class argsort:
    """ans = the indices that sort a along `axis`."""

    def primal(a, axis=-1, kind=None, order=None, stable=None):
        return np.argsort(a, axis=axis, kind=kind, stable=stable)

    def shape(a, axis):
        return accumulated(a, axis)


@rule(np.searchsorted, on={"a v": together((np.arange(5.0), reals.of(3)))})
class searchsorted:
    """ans = where elements of v would be inserted into the sorted a."""

    def primal(a, v, side="left", sorter=None):
        return np.searchsorted(a, v, side=side, sorter=sorter)

    def shape(v):
        return v


spelled(np.amax, np.max)
spelled(np.amin, np.min)

"""Methods of ufuncs: reduce, accumulate, reduceat and outer.

Where a ufunc has a function of NumPy for it, or a formula of its own, that is used; the others are
stated by the loop that they stand for.
"""

from __future__ import annotations

import numpy as np

from s2sad.rules.creation import astype
from s2sad.rules.domains import distinct, nonzero, of_shape, one_of
from s2sad.rules.elementwise import or_one
from s2sad.rules.notation import rule
from s2sad.rules.reductions import expanded, reduced
from s2sad.rules.scans import backward, front
from s2sad.rules.shaping import piece
from s2sad.runtime import (
    index_add,
    parts_of_places,
    places_of_parts,
)
from s2sad.sequences import recurrence

AXES = {"axis": one_of(0, 1, -1), "keepdims": one_of(False, True)}
SEVERAL = {"axis": one_of(0, None, (0, 2), -1, (1, 2)), "keepdims": one_of(False, True)}
ALONG = {"axis": one_of(0, 1, -1)}
NOTHING = np.full((2, 3), -np.inf)
ENDLESS = np.array([[-np.inf, 1.0, np.inf, np.inf], [0.5, 2.0, 1.0, np.inf]])


# ---- reductions --------------------------------------------------------------------------------


def weights(array, ans, axis, keepdims):
    """exp(array - ans): how much of a sum each term is; of infinite terms those count alike."""
    total = expanded(ans, axis, keepdims)
    infinite = np.isinf(total)
    equal = astype(array == total, array.dtype)
    number = or_one(np.sum(equal, axis=axis, keepdims=True))
    return np.where(infinite, equal / number, np.exp(array - np.where(infinite, 0.0, total)))


@rule(
    np.logaddexp.reduce,
    on={"array": of_shape(2, 3, 4), **SEVERAL, "kinks": [(NOTHING,), (NOTHING, None), (ENDLESS,)]},
)
class logaddexp_reduce:
    """ans = log Σ exp(array) over `axis`."""

    def primal(array, axis=0, dtype=None, out=None, keepdims=False):
        return np.logaddexp.reduce(array, axis=axis, keepdims=keepdims)

    def shape(array, axis, keepdims):
        return reduced(array, axis, keepdims)

    def tangent(array, axis, keepdims, ans, array_dot):
        terms = weights(array, ans, axis, keepdims) * array_dot
        return np.sum(terms, axis=axis, keepdims=keepdims)

    def adjoint(array, axis, keepdims, ans, ans_bar):
        spread = expanded(ans_bar, axis, keepdims)
        array_bar = spread * weights(array, ans, axis, keepdims)
        return array_bar


@rule(
    np.hypot.reduce,
    on={"array": nonzero.of(2, 3, 4), **SEVERAL, "kinks": [(np.zeros((2, 3)),)]},
)
class hypot_reduce:
    """ans = √Σ array² over `axis`; its derivative where all is 0 is 0, as that of the norm."""

    def primal(array, axis=0, dtype=None, out=None, keepdims=False):
        return np.hypot.reduce(array, axis=axis, keepdims=keepdims)

    def shape(array, axis, keepdims):
        return reduced(array, axis, keepdims)

    def tangent(array, axis, keepdims, ans, array_dot):
        terms = array / or_one(expanded(ans, axis, keepdims)) * array_dot
        return np.sum(terms, axis=axis, keepdims=keepdims)

    def adjoint(array, axis, keepdims, ans, ans_bar):
        norm = or_one(expanded(ans, axis, keepdims))
        array_bar = expanded(ans_bar, axis, keepdims) * (array / norm)
        return array_bar


def but_first(array, axis):
    """`array` with the sign changed of all but the first slice along `axis`."""
    rest = np.negative(piece(array, axis, 1, None))
    return np.concatenate((front(array, axis), rest), axis=axis)


@rule(np.subtract.reduce, linear="array", on={"array": of_shape(2, 3), **AXES})
class subtract_reduce:
    """ans = the first along `axis` less all others."""

    def primal(array, axis=0, dtype=None, out=None, keepdims=False):
        return np.subtract.reduce(array, axis=axis, keepdims=keepdims)

    def shape(array, axis, keepdims):
        return reduced(array, axis, keepdims)

    def adjoint(array, axis, keepdims, ans_bar):
        spread = np.broadcast_to(expanded(ans_bar, axis, keepdims), array.shape)
        array_bar = but_first(spread, axis % array.ndim)
        return array_bar


# ---- cumulative functions ----------------------------------------------------------------------


def changed(ans, axis):
    """1 where `ans` is not what it was one before along `axis`, and at the first; 0 elsewhere."""
    later = piece(ans, axis, 1, None) != piece(ans, axis, 0, -1)
    return np.concatenate((np.ones_like(front(ans, axis)), astype(later, ans.dtype)), axis=axis)


def shares(array, ans, axis):
    """The share that each element has in the extremum so far: equal ones share it equally."""
    attained = astype(array == ans, ans.dtype)
    number = recurrence(1.0 - changed(ans, axis), attained, axis)
    return attained / or_one(number)


def extreme_dot(array, ans, axis, array_dot):
    """The tangent of the extremum so far along an axis that is not negative."""
    own = shares(array, ans, axis)
    return recurrence(1.0 - own, own * array_dot, axis)


def extreme_bar(array, ans, axis, g):
    """The cotangent of the array of which `ans` is the extremum so far."""
    own = shares(array, ans, axis)
    return own * backward(1.0 - own, g, axis)


TIED = [(np.array([[1.0, 1.0, 0.0, 1.0], [0.0, 2.0, 2.0, 2.0]]), 1), (np.ones((3, 2)), 0)]
EXTREME = {"array": distinct.of(2, 5), **ALONG, "kinks": TIED}


@rule(np.maximum.accumulate, on=EXTREME)
class maximum_accumulate:
    """ans = the largest so far along `axis`; equal elements share equally."""

    def primal(array, axis=0, dtype=None, out=None):
        return np.maximum.accumulate(array, axis=axis)

    def shape(array):
        return array

    def tangent(array, axis, ans, array_dot):
        return extreme_dot(array, ans, axis % array.ndim, array_dot)

    def adjoint(array, axis, ans, ans_bar):
        array_bar = extreme_bar(array, ans, axis % array.ndim, ans_bar)
        return array_bar


@rule(np.minimum.accumulate, on=EXTREME)
class minimum_accumulate:
    """ans = the smallest so far along `axis`; equal elements share equally."""

    def primal(array, axis=0, dtype=None, out=None):
        return np.minimum.accumulate(array, axis=axis)

    def shape(array):
        return array

    def tangent(array, axis, ans, array_dot):
        return extreme_dot(array, ans, axis % array.ndim, array_dot)

    def adjoint(array, axis, ans, ans_bar):
        array_bar = extreme_bar(array, ans, axis % array.ndim, ans_bar)
        return array_bar


def earlier(ans, axis):
    """`ans` moved on by one along `axis`, its first slice twice."""
    return np.concatenate((front(ans, axis), piece(ans, axis, 0, -1)), axis=axis)


def kept(ans, axis):
    """What part of exp(ans) was there before each element of a cumulative log-sum."""
    lasting = 1.0 - changed(ans, axis)
    return np.where(np.isinf(ans), lasting, np.exp(earlier(ans, axis) - ans))


def added(array, ans, axis):
    """What part of exp(ans) each element itself is; of infinite ones the first is all."""
    first = astype(array == ans, ans.dtype) * changed(ans, axis)
    return np.where(np.isinf(ans), first, np.exp(array - ans))


LIMITS = [(np.array([[-np.inf, 1.0, 2.0], [1.0, np.inf, 2.0]]), 1), (np.array([1.0, np.inf]),)]


@rule(np.logaddexp.accumulate, on={"array": of_shape(3, 4), **ALONG, "kinks": LIMITS})
class logaddexp_accumulate:
    """ans = the logarithm of the sum of exp(array) so far along `axis`."""

    def primal(array, axis=0, dtype=None, out=None):
        return np.logaddexp.accumulate(array, axis=axis)

    def shape(array):
        return array

    def tangent(array, axis, ans, array_dot):
        along = axis % array.ndim
        new = added(array, ans, along) * array_dot
        return recurrence(kept(ans, along), new, along)

    def adjoint(array, axis, ans, ans_bar):
        along = axis % array.ndim
        passed = backward(kept(ans, along), ans_bar, along)
        array_bar = passed * added(array, ans, along)
        return array_bar


# ---- reductions of parts -----------------------------------------------------------------------

PARTS = {
    "array": of_shape(4, 5),
    "indices": one_of(np.array([0, 2]), np.array([1, 3, 2, 0]), np.array([2])),
    "axis": one_of(0, -1),
}


@rule(places_of_parts, on={"indices": PARTS["indices"], "size": one_of(4)})
class places_of_parts_:
    """ans = the places of all elements that a reduction of parts reads, part by part."""

    def primal(indices, size):
        return places_of_parts(indices, size)

    def shape(indices):
        return (None,)


@rule(parts_of_places, on={"indices": PARTS["indices"], "size": one_of(4)})
class parts_of_places_:
    """ans = for each element that a reduction of parts reads, which part reads it."""

    def primal(indices, size):
        return parts_of_places(indices, size)

    def shape(indices):
        return (None,)


@rule(np.add.reduceat, linear="array", on=PARTS)
class add_reduceat:
    """ans_k = the sum from indices[k] up to indices[k + 1] along `axis`, or the one element."""

    def primal(array, indices, axis=0, dtype=None, out=None):
        return np.add.reduceat(array, indices, axis=axis)

    def shape(array, indices, axis):
        return parted(array, indices, axis)

    def adjoint(array, indices, axis, ans_bar):
        along = (slice(None),) * (axis % array.ndim)
        place = (*along, places_of_parts(indices, array.shape[axis]))
        part = (*along, parts_of_places(indices, array.shape[axis]))
        array_bar = index_add(np.zeros_like(array), place, ans_bar[part])
        return array_bar


def parted(array, indices, axis):
    """The shape of a reduction of parts along `axis`."""
    count = indices[0] if isinstance(indices, tuple) else None
    return (*array[: axis % len(array)], count, *array[axis % len(array) + 1 :])

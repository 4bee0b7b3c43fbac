"""Products of elements and linear recurrences: exact, in every order, where elements are zero."""

from __future__ import annotations

import numpy as np

from s2sad.rules.domains import nonzero, of_shape, one_of, reals
from s2sad.rules.notation import rule
from s2sad.rules.reductions import NO_AXIS, REDUCE, accumulated, expanded, reduced
from s2sad.rules.shaping import piece
from s2sad.sequences import cumprod_bar, recurrence

ZEROS = np.array([[2.0, 0.0, 3.0], [0.0, 0.0, 1.5]])


def delayed(a, axis, start):
    """`a` moved on by one along `axis`, `start` (a slice of size 1) coming first."""
    return np.concatenate((start, piece(a, axis, 0, -1)), axis=axis)


def front(a, axis):
    """The first slice along `axis`, of size 1 there."""
    return piece(a, axis, 0, 1)


def after_one(a, axis):
    """`a` moved on by one along `axis`, ones coming first."""
    return delayed(a, axis, np.ones_like(front(a, axis)))


def after_zero(a, axis):
    """`a` moved on by one along `axis`, zeros coming first."""
    return delayed(a, axis, np.zeros_like(front(a, axis)))


def backward(a, g, axis):
    """The transposed recurrence: y[i] = a[i + 1] * y[i + 1] + g[i], from the end."""
    factors = after_one(np.flip(a, axis), axis)
    return np.flip(recurrence(factors, np.flip(g, axis), axis), axis)


@rule(
    recurrence,
    on={"a": one_of(of_shape(3, 4), reals.of(3, 4)), "b": of_shape(3, 4), "axis": one_of(0, 1)},
)
class recurrence_:
    """ans_i = a_i ans_{i-1} + b_i along `axis`, from zero."""

    def primal(a, b, axis):
        return recurrence(a, b, axis)

    def shape(b):
        return b

    def tangent(a, axis, ans, a_dot, b_dot):
        return recurrence(a, a_dot * after_zero(ans, axis) + b_dot, axis)

    def adjoint(a, axis, ans, ans_bar):
        b_bar = backward(a, ans_bar, axis)
        a_bar = b_bar * after_zero(ans, axis)
        return a_bar, b_bar


def grown(a, axis, ans, a_dot):
    """The tangent of a cumulative product along an axis that is not negative."""
    return recurrence(a, after_one(ans, axis) * a_dot, axis)


def ahead(a, axis):
    """`a` moved back by one along `axis`, zeros coming last."""
    return np.flip(after_zero(np.flip(a, axis), axis), axis)


@rule(
    cumprod_bar,
    on={"a": one_of(reals.of(2, 3), nonzero.of(2, 3)), "g": of_shape(2, 3), "axis": one_of(0, 1),
        "kinks": [(ZEROS, np.ones((2, 3)), 1)]},
)  # fmt: skip
class cumprod_bar_:
    """ans_i = y_i Π_{j < i} a_j, with y_i = a_{i+1} y_{i+1} + g_i along `axis`, from the end."""

    def primal(a, g, axis):
        return cumprod_bar(a, g, axis)

    def shape(g):
        return g

    def tangent(a, g, axis, a_dot, g_dot):
        products = np.cumprod(a, axis=axis)
        y = backward(a, g, axis)
        y_dot = backward(a, ahead(a_dot * y, axis) + g_dot, axis)
        products_dot = grown(a, axis, products, a_dot)
        return y_dot * after_one(products, axis) + y * after_zero(products_dot, axis)

    def adjoint(a, g, axis, ans_bar):
        y = backward(a, g, axis)
        g_bar = recurrence(a, ans_bar * earlier(a, axis), axis)
        a_bar = after_zero(g_bar, axis) * y + cumprod_bar(a, ahead(ans_bar * y, axis), axis)
        return a_bar, g_bar


@rule(
    np.cumprod,
    on={"a": nonzero.of(2, 3, 4), "axis": one_of(None, 0, 1, -1), "kinks": [(ZEROS, 1), (ZEROS,)]},
)
class cumprod:
    """ans_i = Π_{j <= i} a_j along `axis`, of the flat array without one."""

    def primal(a, axis=None, dtype=None, out=None):
        return np.cumprod(a, axis=axis, dtype=dtype)

    def shape(a, axis):
        return accumulated(a, axis)

    def tangent(a, axis, ans, a_dot):
        if axis is None:
            return grown(np.ravel(a), 0, ans, np.ravel(a_dot))
        return grown(a, axis % a.ndim, ans, a_dot)

    def adjoint(a, axis, ans_bar):
        if axis is None and a.ndim != 1:
            a_bar = np.reshape(cumprod_bar(np.ravel(a), ans_bar, 0), a.shape)
        else:
            a_bar = cumprod_bar(a, ans_bar, 0 if axis is None else axis % a.ndim)
        return a_bar


def others(a, axis):
    """For each element the product of all others along `axis`; no division, so zeros are exact."""
    if axis is None and a.ndim == 1:
        return others_along(a, 0)
    if axis is None:
        return np.reshape(others_along(np.ravel(a), 0), a.shape)
    if not isinstance(axis, tuple):
        return others_along(a, axis)
    product = np.ones_like(a)
    for i in axis:
        product = product * others_along(a, i)
        a = np.prod(a, axis=i, keepdims=True)
    return product


def others_along(a, axis):
    """The same along one axis: what comes before times what comes after."""
    return earlier(a, axis) * np.flip(earlier(np.flip(a, axis), axis), axis)


def earlier(a, axis):
    """For each element the product of those before it."""
    return after_one(np.cumprod(a, axis=axis), axis % a.ndim)


@rule(
    np.prod,
    on={
        **REDUCE,
        "a": nonzero.of(2, 3, 4),
        "axis": NO_AXIS,
        "kinks": [(ZEROS,), (ZEROS, 1), (ZEROS, 0), (ZEROS[0],)],
    },
)
class prod:
    """ans = Π a over `axis`."""

    def primal(a, axis=None, dtype=None, out=None, keepdims=False):
        return np.prod(a, axis=axis, dtype=dtype, keepdims=keepdims)

    def shape(a, axis, keepdims):
        return reduced(a, axis, keepdims)

    def tangent(a, axis, keepdims, a_dot):
        return np.sum(others(a, axis) * a_dot, axis=axis, keepdims=keepdims)

    def adjoint(a, axis, keepdims, ans_bar):
        a_bar = expanded(ans_bar, axis, keepdims) * others(a, axis)
        return a_bar

"""Medians.  Elements equal to a middle one share its cotangent equally."""

from __future__ import annotations

import numpy as np

from s2sad.rules.domains import Domain, distinct, holed, together
from s2sad.rules.notation import rule
from s2sad.rules.quantiles import TIED, averaged, lifted, picked, present, rows, split
from s2sad.rules.reductions import KEEP, count, reduced


def middle(a, axis, n):
    """Where the middle elements of each slice are, which are one where n is odd."""
    ordered = np.sort(rows(a, axis), axis=0)
    lower = lifted(picked(ordered, (n - 1) // 2, 0), a, 0, axis)
    return a == lower, a == lifted(picked(ordered, n // 2, 0), a, 0, axis)


def median_dot(a, axis, n, ans, a_dot):
    """The tangent of a median."""
    lower, upper = middle(a, axis, n)
    low_dot = averaged(lower, 0, axis, a_dot, a.dtype)
    return np.reshape(0.5 * (low_dot + averaged(upper, 0, axis, a_dot, a.dtype)), ans.shape)


def median_bar(a, axis, keepdims, n, ans_bar):
    """The cotangent of the elements of a median."""
    lower, upper = middle(a, axis, n)
    g = lifted(0.5 * ans_bar, a, 0, axis, keepdims)
    return split(lower, 0, axis, g, a.dtype) + split(upper, 0, axis, g, a.dtype)


MIDDLE = ((5, None), (4, 0), ((2, 3), None), ((2, 5), -1), ((2, 3, 4), (0, 2)), ((3, 4), 1))


def _middle(elements: Domain) -> Domain:
    """Arrays of these shapes with the axes to reduce."""
    return together(*[(elements.of(*np.atleast_1d(n).tolist()), axis) for n, axis in MIDDLE])


@rule(np.median, on={"a axis": _middle(distinct), "keepdims": KEEP, "kinks": [(TIED,)]})
class median:
    """ans = the middle element of the sorted slice, or the mean of the two middle ones."""

    def primal(a, axis=None, out=None, overwrite_input=False, keepdims=False):
        return np.median(a, axis=axis, keepdims=keepdims)

    def shape(a, axis, keepdims):
        return reduced(a, axis, keepdims)

    def tangent(a, axis, ans, a_dot):
        return median_dot(a, axis, count(a, axis), ans, a_dot)

    def adjoint(a, axis, keepdims, ans_bar):
        a_bar = median_bar(a, axis, keepdims, count(a, axis), ans_bar)
        return a_bar


@rule(np.nanmedian, on={"a axis": _middle(holed), "keepdims": KEEP})
class nanmedian:
    """ans = the median of the elements of each slice that are numbers."""

    def primal(a, axis=None, out=None, overwrite_input=False, keepdims=False):
        return np.nanmedian(a, axis=axis, keepdims=keepdims)

    def shape(a, axis, keepdims):
        return reduced(a, axis, keepdims)

    def tangent(a, axis, ans, a_dot):
        return median_dot(a, axis, present(a, axis), ans, a_dot)

    def adjoint(a, axis, keepdims, ans_bar):
        a_bar = median_bar(a, axis, keepdims, present(a, axis), ans_bar)
        return a_bar

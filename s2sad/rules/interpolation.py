"""Linear interpolation."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.asking import array_of
from s2sad.rules.domains import of_shape, one_of, reals, together
from s2sad.rules.elementwise import or_one
from s2sad.rules.notation import defined, rule
from s2sad.runtime import index_add


def segment(x, xp):
    """The index of the sample before each point; the first or last but one outside of them."""
    return np.clip(np.searchsorted(xp, x, side="right") - 1, 0, xp.shape[0] - 2)


def fraction(x, xp, i):
    """How far each point is from the sample before it to the one after it; 0 or 1 outside."""
    return np.clip((x - xp[i]) / or_one(xp[i + 1] - xp[i]), 0.0, 1.0)


def steepness(x, xp, fp, i):
    """The slope at each point, 0 outside of the samples."""
    slope = (fp[i + 1] - fp[i]) / or_one(xp[i + 1] - xp[i])
    return np.where((x < xp[0]) | (xp[-1] < x), 0.0, slope)


def blended(v, i, t):
    """Between the elements of `v` at i and after it."""
    return (1.0 - t) * np.take(v, i) + t * np.take(v, i + 1)


def within(x, xp, left, right, g):
    """`g` where the samples are what counts, 0 where `left` or `right` is the value."""
    if left is not None:
        g = np.where(x < xp[0], 0.0, g)
    return g if right is None else np.where(xp[-1] < x, 0.0, g)


def spread(like, i, low, high):
    """A cotangent of the samples: what goes to those before the points and to those after."""
    return index_add(index_add(np.zeros_like(like), i, low), i + 1, high)


KNOTS = np.array([0.0, 1.0, 2.0])


@rule(
    np.interp,
    on={
        "x": one_of(
            np.array([0.3, -0.7, 1.2, 4.1, 2.2, 1.9]),
            np.array([[0.1], [5.0]]),
            np.array(2.6),
            np.float64(1.4),
        ),
        "xp fp": together(
            (np.array([0.0, 1.0, 1.5, 3.2]), of_shape(4)), (np.array([-0.2, 1.7]), of_shape(2))
        ),
        "left right": together((None, None), (reals.of(), None), (None, -0.3), (0.5, reals.of())),
        "kinks": [
            (np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 2.0]), np.array([1.0, 0.5, 2.0]))
        ],
    },
)
class interp:
    """ans = the line through the samples (xp, fp) at x; at a sample, the slope to its right.

    At the last sample the slope to its left is returned.
    """

    def primal(x, xp, fp, left=None, right=None, period=None):
        return np.interp(x, xp, fp, left=left, right=right)

    def shape(x):
        return x

    def dtype(fp):
        return np.result_type(np.float64 if fp is None else fp, np.float64)

    def tangent(x, xp, fp, left, right, x_dot, xp_dot, fp_dot, left_dot, right_dot):
        i = segment(x, xp)
        t = fraction(x, xp, i)
        moved = x_dot - blended(xp_dot, i, t)
        ans_dot = steepness(x, xp, fp, i) * moved + blended(fp_dot, i, t)
        if left is not None:
            ans_dot = np.where(x < xp[0], left_dot, ans_dot)
        return ans_dot if right is None else np.where(xp[-1] < x, right_dot, ans_dot)

    def adjoint(x, xp, fp, left, right, ans_bar):
        i = segment(x, xp)
        t = fraction(x, xp, i)
        x_bar = steepness(x, xp, fp, i) * ans_bar
        xp_bar = spread(xp, i, -((1.0 - t) * x_bar), -(t * x_bar))
        g = within(x, xp, left, right, ans_bar)
        fp_bar = spread(fp, i, (1.0 - t) * g, t * g)
        left_bar = np.sum(np.where(x < xp[0], ans_bar, 0.0))
        right_bar = np.sum(np.where(xp[-1] < x, ans_bar, 0.0))
        return x_bar, xp_bar, fp_bar, left_bar, right_bar


@defined(
    np.interp,
    wrt="x xp fp period",
    when="period",
    on={
        "x": one_of(np.array([0.3, -0.7, 1.2, 4.1, 2.2, 1.9]), np.array([[0.1], [5.0]])),
        "xp fp": together(
            (np.array([0.2, 1.0, 1.5, 3.4]), of_shape(4)), (np.array([1.7, -0.2]), of_shape(2))
        ),
        "period": one_of(3.0, 4.5),
    },
)
def interp_around(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    """np.interp with `period`."""
    if period == 0:
        raise ValueError("period must be a non-zero value")
    period = np.abs(period)
    xp = array_of(xp) % period
    order = np.argsort(xp)
    xp, fp = xp[order], array_of(fp)[order]
    xp = np.concatenate((xp[-1:] - period, xp, xp[:1] + period))
    return np.interp(array_of(x) % period, xp, np.concatenate((fp[-1:], fp, fp[:1])))

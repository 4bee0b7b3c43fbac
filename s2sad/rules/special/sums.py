"""Logarithms of sums of exponentials, and softmax."""

from __future__ import annotations

import numpy as np
from scipy import special

from s2sad.rules.axes import broadcast
from s2sad.rules.domains import between, of_shape, one_of, positive, together
from s2sad.rules.notation import defined, rule
from s2sad.rules.reductions import AXES, expanded, reduced
from s2sad.runtime import sum_to

ENTRIES = of_shape(2, 3, 4)
SUMMED = together(
    (ENTRIES, None, None, False),
    (ENTRIES, 0, None, True),
    (ENTRIES, -1, positive.of(2, 3, 4), False),
    (ENTRIES, (0, 2), positive.of(4), True),
    (ENTRIES, (-1, 1), between(0.5, 3.0).of(3, 1), False),
    (ENTRIES, None, positive.of(), True),
    (of_shape(3), 0, positive.of(2, 3), False),
    (of_shape(3), -1, positive.of(2, 1), False),
    (of_shape(4), 0, np.array([1.0, 0.0, 2.0, -0.1]), False),
    (of_shape(4), None, np.array([2, 0, 1, 3]), False),
    (of_shape(), None, None, False),
    (of_shape(), None, positive.of(3), False),
)
WITH_SIGN = one_of(
    (of_shape(3), None, positive.of(3), False, False),
    (np.array([1.0, 0.0]), None, np.array([1.0, -2.5]), False, True),
    (np.array([0.0, 750.0, 1.0]), 0, np.array([1, 0, 2]), False, True),
    (np.array([[0.0, 1.0], [-800.0, -801.0]]), 1, None, False, True),
    (np.array([1000.0, 999.0, -1000.0]), 0, np.array([1.0, -1.0, 1.0]), True, True),
    *[(*c, True) for c in SUMMED.cases],
)


def logarithms(a, ans, axis, keepdims):
    """a - ans, the logarithm of what each entry has of its sum; a where the whole sum is zero."""
    total = expanded(ans, axis, keepdims)
    return a - np.where(total == -np.inf, 0.0, total)


def weighted(a, b, ans, axis, keepdims):
    """b exp(a - ans), which does not overflow where b is zero."""
    if b is None:
        return np.exp(logarithms(a, ans, axis, keepdims))
    most = 88.0 if ans.dtype == np.float32 else 709.0
    return b * np.exp(np.minimum(logarithms(a, ans, axis, keepdims), most))


RATIO = 1e-50 * np.exp(115.0)
TINY_WEIGHT = (
    (np.array([0.0, 115.0]), None, np.array([1.0, 1e-50])),
    (np.array([1.0, RATIO]) / (1.0 + RATIO), None, np.array([1.0, np.exp(115.0)]) / (1.0 + RATIO)),
)


@rule(special.logsumexp, on={"a axis b keepdims": SUMMED, "slopes": [TINY_WEIGHT]})
class logsumexp:
    """ans = log Σ b exp(a) over `axis`; of entries that are all -inf the derivative is zero."""

    def primal(a, axis=None, b=None, keepdims=False):
        return special.logsumexp(a, axis=axis, b=b, keepdims=keepdims)

    def shape(a, axis, b, keepdims):
        dims = tuple(a) if b is None else broadcast(a, b)
        return reduced(dims or (1,), axis, keepdims)

    def tangent(a, axis, b, keepdims, ans, a_dot, b_dot):
        by_weight = np.exp(logarithms(a, ans, axis, keepdims)) * b_dot
        moved = weighted(a, b, ans, axis, keepdims) * a_dot + by_weight
        return np.sum(moved, axis=axis, keepdims=keepdims)

    def adjoint(a, axis, b, keepdims, ans, ans_bar):
        g = expanded(ans_bar, axis, keepdims)
        a_bar = sum_to(g * weighted(a, b, ans, axis, keepdims), a.shape)
        b_bar = None
        if b is not None:
            b_bar = sum_to(
                g * np.exp(logarithms(np.broadcast_arrays(a, b)[0], ans, axis, keepdims)), b.shape
            )
        return a_bar, b_bar


@defined(
    special.logsumexp,
    analytic=False,
    wrt="a b",
    when="return_sign",
    on={"a axis b keepdims return_sign": WITH_SIGN},
)
def logsumexp_and_sign(a, axis=None, b=None, keepdims=False, return_sign=False):
    """scipy.special.logsumexp"""
    if not return_sign:
        return special.logsumexp(a, axis, b, keepdims)
    present = a if b is None else np.where(b, a, -np.inf)
    most = np.max(present, axis=axis, keepdims=True)
    terms = np.exp(present - np.where(np.isfinite(most), most, 0.0))
    if b is not None:
        terms = b * terms
    sign = np.sign(np.sum(terms, axis=axis, keepdims=True))
    if b is not None:
        b = b * sign
    if not keepdims:
        sign = np.squeeze(sign, axis)
    return special.logsumexp(a, axis, b, keepdims), sign


@rule(special.softmax, on={"x": ENTRIES, "axis": AXES})
class softmax:
    """ans = exp(x) / Σ exp(x) over `axis`."""

    def primal(x, axis=None):
        return special.softmax(x, axis)

    def shape(x):
        return x

    def tangent(axis, ans, x_dot):
        return ans * (x_dot - np.sum(ans * x_dot, axis=axis, keepdims=True))

    def adjoint(axis, ans, ans_bar):
        x_bar = ans * (ans_bar - np.sum(ans * ans_bar, axis=axis, keepdims=True))
        return x_bar


@rule(special.log_softmax, on={"x": ENTRIES, "axis": AXES})
class log_softmax:
    """ans = x - log Σ exp(x) over `axis`."""

    def primal(x, axis=None):
        return special.log_softmax(x, axis)

    def shape(x):
        return x

    def tangent(axis, ans, x_dot):
        return x_dot - np.sum(np.exp(ans) * x_dot, axis=axis, keepdims=True)

    def adjoint(axis, ans, ans_bar):
        x_bar = ans_bar - np.exp(ans) * np.sum(ans_bar, axis=axis, keepdims=True)
        return x_bar

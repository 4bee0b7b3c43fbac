"""Reductions that leave out what is not a number."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules import choosing
from s2sad.rules.asking import array_of, ranked
from s2sad.rules.creation import astype
from s2sad.rules.domains import holed, one_of, together
from s2sad.rules.notation import defined, rule
from s2sad.rules.quantiles import averaged, lifted, split
from s2sad.rules.reductions import KEEP, number_of, reduced

HOLES = one_of(*[
    np.array([[1.5, np.nan, -0.3], [0.2, 2.5, -1.1]]),
    np.array([[np.nan, 0.7, 1.3], [0.4, np.nan, -0.6]]),
    [[np.nan, 0.7, 1.3], [0.4, 2.0, -0.6]],
])  # fmt: skip
MASK = np.array([[True, False, True], [True, True, False]])
SOME = {
    "a": HOLES,
    "axis keepdims": together((None, False), (-1, True), (0, False), ((0, 1), True), (1, False)),
    "where": one_of(True, True, MASK),
}

SPREAD = {**SOME, "ddof correction": one_of((0, None), (0.5, None), (0, 0.5))}


def present(a: Any, where: Any) -> Any:
    """Where `a` is a number, and chosen."""
    number = ~np.isnan(a)
    return number if where is True else number & where


def filled(a: Any, value: int) -> Any:
    """`a` with a value in place of what is not a number."""
    return np.where(np.isnan(a), value, a)


@defined(np.nansum, wrt="a initial", on={**SOME, "initial": one_of(None, 0.5)})
def nansum(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False,
    initial: Any = None, where: Any = True,
) -> Any:  # fmt: skip
    """np.nansum"""
    return choosing.sum(filled(a, 0), axis, dtype, out, keepdims, initial, where)


@defined(np.nanprod, wrt="a initial", on={**SOME, "initial": one_of(None, 0.5)})
def nanprod(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False,
    initial: Any = None, where: Any = True,
) -> Any:  # fmt: skip
    """np.nanprod"""
    return choosing.prod(filled(a, 1), axis, dtype, out, keepdims, initial, where)


@defined(np.nanmean, on=SOME)
def nanmean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False,
    *, where: Any = True,
) -> Any:  # fmt: skip
    """np.nanmean"""
    a = ranked(a, "np.nanmean")
    total = np.sum(filled(a, 0), axis, dtype, out, keepdims, where=where)
    number = number_of(a, axis, keepdims, present(a, where))
    return total / (number if dtype is None else astype(number, total.dtype))


@defined(
    np.nanvar,
    wrt="a mean",
    on={**SOME, "ddof correction": one_of((0, None), (0.5, None), (0, 0.5))},
    analytic=False,
)
def nanvar(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0,
    keepdims: bool = False, *, where: Any = True, mean: Any = None, correction: Any = None,
) -> Any:  # fmt: skip
    """np.nanvar"""
    kept = present(a, where)
    return choosing.var(
        a, axis, dtype, out, ddof, keepdims, where=kept, mean=mean, correction=correction
    )


@defined(
    np.nanstd,
    wrt="a mean",
    on={**SOME, "ddof correction": one_of((0, None), (0.5, None), (0, 0.5))},
    analytic=False,
)
def nanstd(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0,
    keepdims: bool = False, *, where: Any = True, mean: Any = None, correction: Any = None,
) -> Any:  # fmt: skip
    """np.nanstd"""
    kept = present(a, where)
    return choosing.std(
        a, axis, dtype, out, ddof, keepdims, where=kept, mean=mean, correction=correction
    )


@defined(np.nancumsum, on={"a": HOLES, "axis": one_of(None, 0, -1)})
def nancumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """np.nancumsum"""
    return np.cumsum(filled(a, 0), axis, dtype, out)


@defined(np.nancumprod, on={"a": HOLES, "axis": one_of(None, 0, -1)})
def nancumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """np.nancumprod"""
    return np.cumprod(filled(a, 1), axis, dtype, out)


EXTREMES = {
    "a axis": together(
        (holed.of(2, 4), None), (holed.of(2, 4), -1), (holed.of(2, 3), 0),
        (holed.of(2, 3, 4), (0, 2)),
    ),
    "keepdims": KEEP,
    "kinks": [(np.array([1.0, np.nan, 2.0, 2.0]),), (np.array([2.0, 2.0, np.nan, 2.5, 2.5]),)],
}  # fmt: skip


@rule(np.nanmax, on=EXTREMES)
class nanmax:
    """ans = the largest number over `axis`; ties share equally."""

    def primal(a, axis=None, out=None, keepdims=False):
        return np.nanmax(a, axis=axis, keepdims=keepdims)

    def shape(a, axis, keepdims):
        return reduced(a, axis, keepdims)

    def tangent(a, axis, keepdims, ans, a_dot):
        attained = a == lifted(ans, a, 0, axis, keepdims)
        return np.reshape(averaged(attained, 0, axis, a_dot, a.dtype), ans.shape)

    def adjoint(a, axis, keepdims, ans, ans_bar):
        attained = a == lifted(ans, a, 0, axis, keepdims)
        a_bar = split(attained, 0, axis, lifted(ans_bar, a, 0, axis, keepdims), a.dtype)
        return a_bar


@rule(np.nanmin, on={**EXTREMES, "kinks": [(np.array([1.0, np.nan, 1.0, 2.0]),)]})
class nanmin:
    """ans = the smallest number over `axis`; ties share equally."""

    def primal(a, axis=None, out=None, keepdims=False):
        return np.nanmin(a, axis=axis, keepdims=keepdims)

    def shape(a, axis, keepdims):
        return reduced(a, axis, keepdims)

    def tangent(a, axis, keepdims, ans, a_dot):
        attained = a == lifted(ans, a, 0, axis, keepdims)
        return np.reshape(averaged(attained, 0, axis, a_dot, a.dtype), ans.shape)

    def adjoint(a, axis, keepdims, ans, ans_bar):
        attained = a == lifted(ans, a, 0, axis, keepdims)
        a_bar = split(attained, 0, axis, lifted(ans_bar, a, 0, axis, keepdims), a.dtype)
        return a_bar


def chosen(a: Any, where: Any, initial: Any) -> Any:
    """`a`, NaN in place of what is not chosen."""
    if where is True:
        return a
    if initial is None:
        raise ValueError("to use a where mask one has to specify 'initial'")
    return np.where(where, a, np.nan)


STARTED = {**SOME, "initial": one_of(-3.0, 0.5)}


@defined(np.nanmax, wrt="a initial", when="initial where", on=STARTED)
def nanmax_from(
    a: Any, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None,
    where: Any = True,
) -> Any:  # fmt: skip
    """np.nanmax with `initial` and `where`."""
    a = array_of(a)
    top = np.nanmax(chosen(a, where, initial), axis=axis, keepdims=keepdims)
    return choosing.in_dtype(np.fmax(top, initial), a)


@defined(np.nanmin, wrt="a initial", when="initial where", on=STARTED)
def nanmin_from(
    a: Any, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None,
    where: Any = True,
) -> Any:  # fmt: skip
    """np.nanmin with `initial` and `where`."""
    a = array_of(a)
    low = np.nanmin(chosen(a, where, initial), axis=axis, keepdims=keepdims)
    return choosing.in_dtype(np.fmin(low, initial), a)


@rule(np.nanargmax, on={"a": holed.of(2, 4), "axis": one_of(None, 0, -1), "keepdims": KEEP})
class nanargmax:
    """ans = the index of the first largest number."""

    def primal(a, axis=None, out=None, keepdims=False):
        return np.nanargmax(a, axis=axis, keepdims=keepdims)

    def shape(a, axis, keepdims):
        return reduced(a, axis, keepdims)


@rule(np.nanargmin, on={"a": holed.of(2, 4), "axis": one_of(None, 0, -1), "keepdims": KEEP})
class nanargmin:
    """ans = the index of the first smallest number."""

    def primal(a, axis=None, out=None, keepdims=False):
        return np.nanargmin(a, axis=axis, keepdims=keepdims)

    def shape(a, axis, keepdims):
        return reduced(a, axis, keepdims)

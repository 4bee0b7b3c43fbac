"""Ranges of numbers: arange, linspace, logspace and geomspace."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.asking import array_of
from s2sad.rules.axes import broadcast
from s2sad.rules.creation import astype
from s2sad.rules.domains import between, one_of, positive, reals, together
from s2sad.rules.notation import RULES, defined, rule
from s2sad.runtime import sum_to


@rule(np.arange, on={"start stop step": together((5, None, 1), (1, 7, 2), (0.5, 2.0, 0.25))})
class arange:
    """ans = start, start + step, ... before stop, of whole numbers or of constants."""

    def primal(start, stop=None, step=1, dtype=None):
        if stop is None:
            return np.arange(start, dtype=dtype)
        return np.arange(start, stop, step, dtype=dtype)

    def shape(start, stop, step):
        if stop is None:
            start, stop = 0, start
        if isinstance(start, int) and isinstance(stop, int) and isinstance(step, int):
            return (len(range(start, stop, step)),)
        counts = isinstance(start, int) and start == 0 and isinstance(step, int) and step == 1
        return (stop,) if counts and not isinstance(stop, float | tuple) else (None,)


def progression(start: Any, stop: Any, step: Any = 1, dtype: Any = None) -> Any:
    """np.arange of floating numbers, which has derivatives in `start` and `step`."""
    return np.arange(start, stop, step, dtype=dtype)


@rule(
    progression,
    analytic=False,
    on={
        "start stop step": together(
            (between(0.1, 0.2).of(), 3.4, 0.5), (2.3, 0.15, -0.3), (0.2, 0.5, 0.71)
        )
    },
)
class progression_:
    """ans_i = start + i step before stop, which only says how many there are."""

    def primal(start, stop, step=1, dtype=None):
        return progression(start, stop, step, dtype)

    def shape(start):
        return (None,)

    def tangent(ans, start_dot, step_dot):
        return start_dot + np.arange(ans.size, dtype=ans.dtype) * step_dot

    def adjoint(ans_bar):
        start_bar = np.sum(ans_bar)
        step_bar = np.arange(ans_bar.size, dtype=ans_bar.dtype) @ ans_bar
        return start_bar, step_bar


RULES[progression].of = np.arange  # as which it is written


@rule(
    np.linspace,
    linear="start stop",
    on={
        "start": one_of(reals.of(), reals.of(3)),
        "stop": one_of(reals.of(), reals.of(2, 1)),
        "num": one_of(1, 2, 5),
        "endpoint": one_of(True, False),
    },
)
class linspace:
    """ans_i = start + t_i (stop - start), t evenly spaced in [0, 1], or [0, 1)."""

    def primal(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, device=None):
        return np.linspace(start, stop, num, endpoint=endpoint, dtype=dtype, axis=axis)

    def shape(start, stop, num, axis):
        dims = broadcast(start, stop)
        at = axis % (len(dims) + 1)
        return (*dims[:at], num, *dims[at:])

    def adjoint(start, stop, num, endpoint, axis, ans_bar):
        t = np.linspace(0.0, 1.0, num, endpoint=endpoint, dtype=ans_bar.dtype)
        last = np.moveaxis(ans_bar, axis, -1)
        start_bar = sum_to(last @ (1.0 - t), start.shape)
        stop_bar = sum_to(last @ t, stop.shape)
        return start_bar, stop_bar


@defined(
    np.linspace,
    "start stop",
    when="retstep",
    on={
        "start": one_of(reals.of(), reals.of(3)),
        "stop": one_of(reals.of(), reals.of(2, 1)),
        "num": one_of(2, 5),
        "endpoint": one_of(True, False),
        "retstep": one_of(True),
    },
)
def linspace_and_step(
    start: Any, stop: Any, num: Any = 50, endpoint: Any = True, retstep: Any = False,
    dtype: Any = None, axis: Any = 0, device: Any = None,
) -> Any:  # fmt: skip
    """np.linspace(..., retstep=True)"""
    first, last = array_of(start), array_of(stop)
    made = np.linspace(first, last, num, endpoint=endpoint, dtype=dtype, axis=axis)
    if not retstep:
        return made
    intervals = num - 1 if endpoint else num
    return made, np.subtract(last, first) / intervals if intervals > 0 else np.nan


def lifted(a: Any, rank: Any) -> Any:
    """`a` with axes of size 1 before its own, so that it has `rank`."""
    return np.reshape(a, (1,) * (rank - np.ndim(a)) + np.shape(a))


@defined(
    np.logspace,
    "start stop base",
    on={
        "start stop base axis": together(
            (reals.of(), reals.of(), 10, 0),
            (reals.of(3), reals.of(2, 1), positive.of(), 0),
            (reals.of(3), 0.5, 2, -1),
            (reals.of(3), reals.of(), positive.of(2, 3), 0),
            (reals.of(2, 3), reals.of(3), positive.of(3), -1),
            (reals.of(), reals.of(2), positive.of(2), 1),
        ),
        "num": one_of(1, 2, 4),
        "endpoint": one_of(True, False),
    },
)
def logspace(
    start: Any, stop: Any, num: Any = 50, endpoint: Any = True, base: Any = 10.0,
    dtype: Any = None, axis: Any = 0,
) -> Any:  # fmt: skip
    """np.logspace"""
    first, last = array_of(start), array_of(stop)
    if np.ndim(base) > 0:
        of = array_of(base)
        rank = max(np.ndim(first), np.ndim(last), np.ndim(of))
        first, last = lifted(first, rank), lifted(last, rank)
        base = np.expand_dims(lifted(of, rank), axis)
    made = np.power(base, np.linspace(first, last, num, endpoint=endpoint, axis=axis))
    return made if dtype is None else astype(made, dtype)


@defined(
    np.geomspace,
    "start stop",
    on={
        "start stop axis": together(
            (positive.of(), positive.of(), 0), (positive.of(3), positive.of(2, 1), 0),
            (positive.of(3), 0.5, -1), (-2.0, -0.5, 0), (1.0, 8.0, 0), (8.0, 1.0, 0),
            (positive.of(2), positive.of(2), 1), (np.float32(2.0), np.float32(3.0), 0),
        ),
        "num": one_of(1, 2, 0, 4),
        "endpoint": one_of(True, False),
        "errors": [{"start": 0.0, "stop": 2.0}, {"start": 2.0, "stop": 0.0}],
    },
)  # fmt: skip
def geomspace(
    start: Any, stop: Any, num: Any = 50, endpoint: Any = True, dtype: Any = None, axis: Any = 0
) -> Any:
    """np.geomspace"""
    first, last = array_of(start), array_of(stop)
    if np.any(first == 0) or np.any(last == 0):
        raise ValueError("Geometric sequence cannot include zero")
    if dtype is None:
        first, last = first * np.float64(1.0), last * np.float64(1.0)
    sign = np.sign(first)
    first, last = first / sign, last / sign
    exponents = np.linspace(np.log10(first), np.log10(last), num, endpoint=endpoint)
    made = np.power(10.0, exponents)
    if num > 0:
        made[0] = first
    if num > 1 and endpoint:
        made[-1] = last
    made = made * sign
    if axis != 0:
        made = np.moveaxis(made, 0, axis)
    return made if dtype is None else astype(made, dtype)

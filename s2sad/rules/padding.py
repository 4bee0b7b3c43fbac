"""np.pad: arrays extended at their ends."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.asking import array_of, is_known, refuse
from s2sad.rules.creation import astype
from s2sad.rules.domains import distinct, of_shape, reals, together
from s2sad.rules.notation import defined, rule
from s2sad.rules.shaping import piece
from s2sad.runtime import index_add


def as_pairs(widths, ndim):
    """A pair (before, after) for each axis, from all the ways in which NumPy takes them."""
    if isinstance(widths, dict):
        pairs = [(0, 0)] * ndim
        for axis in widths:
            pairs[axis] = pair_of(widths[axis])
        return tuple(pairs)
    if not is_row(widths):
        return ((widths, widths),) * ndim
    if not is_row(widths[0]):
        return (pair_of(widths),) * ndim
    if len(widths) == 1:
        return (pair_of(widths[0]),) * ndim
    if len(widths) != ndim:
        raise ValueError(f"{len(widths)} pairs for an array of {ndim} dimensions")
    return tuple([pair_of(w) for w in widths])


def is_row(x):
    """Whether there are several numbers."""
    return isinstance(x, (tuple, list)) or (x is not None and np.ndim(x) > 0)


def pair_of(width):
    """One width or two as a pair."""
    if not is_row(width):
        return (width, width)
    return (width[0], width[1] if len(width) > 1 else width[0])


def padded_size(n, pair):
    """A size with what is added before and after; None where that is not known."""
    known = n is not None and all(isinstance(k, int) for k in pair)
    return n + sum(pair) if known else None


MOVED = together(
    (of_shape(3), 2, "edge", 0, "even"),
    (of_shape(2, 3), ((1, 2), (0, 1)), "edge", 0, "even"),
    (of_shape(4), (1, 2), "wrap", 0, "even"),
    (of_shape(2, 3), ((5, 4), (0, 7)), "wrap", 0, "even"),
    (of_shape(4), ((2, 1),), "reflect", 0, "even"),
    (of_shape(2, 3), ((0, 3), (5, 1)), "reflect", 0, "even"),
    (of_shape(3), (7, 0), "symmetric", 0, "even"),
    (of_shape(3, 1), 2, "symmetric", 0, "even"),
    (of_shape(4), (2, 3), "reflect", 0, "odd"),
    (of_shape(2, 3), ((0, 3), (8, 7)), "reflect", 0, "odd"),
    (of_shape(3), (7, 10), "symmetric", 0, "odd"),
    (of_shape(1, 2), 3, "reflect", 0, "odd"),
    (of_shape(2, 1), 2, "symmetric", 0, "odd"),
    (of_shape(3), (1, 2), "constant", 0, "even"),
    (of_shape(2, 3), ((1, 0), (2, 1)), "constant", 2.5, "even"),
)


@rule(
    np.pad,
    on={"array pad_width mode constant_values reflect_type": MOVED},
)
class pad:
    """ans = array with elements of its own, or known numbers, before and after it."""

    def primal(array, pad_width, mode="constant", constant_values=0, reflect_type="even"):
        if mode == "constant":
            return np.pad(array, pad_width, constant_values=constant_values)
        if reflect_type == "even":
            return np.pad(array, pad_width, mode=mode)
        return np.pad(array, pad_width, mode=mode, reflect_type=reflect_type)

    def shape(array, pad_width):
        pairs = as_pairs(pad_width, len(array))
        return tuple(padded_size(n, p) for n, p in zip(array, pairs, strict=True))

    def tangent(pad_width, mode, reflect_type, array_dot):
        if mode == "constant":
            return np.pad(array_dot, pad_width)
        if reflect_type == "even":
            return np.pad(array_dot, pad_width, mode=mode)
        return np.pad(array_dot, pad_width, mode=mode, reflect_type=reflect_type)

    def adjoint(array, pad_width, mode, reflect_type, ans_bar):
        pairs = as_pairs(pad_width, array.ndim)
        if mode == "constant":
            array_bar = ans_bar[inside(array.shape, pairs)]
        else:
            array_bar = folded_back(ans_bar, array.shape, pairs, mode, reflect_type)
        return array_bar


def is_nothing(pair):
    """Whether certainly nothing is added."""
    return is_known(pair) and pair[0] == 0 and pair[1] == 0


def inside(shape, pairs):
    """The index of the array itself in what it was padded to."""
    starts = [pairs[i][0] for i in range(len(shape))]
    own = [slice(starts[i], starts[i] + shape[i]) for i in range(len(shape))]
    return tuple([slice(None) if is_nothing(pairs[i]) else own[i] for i in range(len(shape))])


def folded_back(g, shape, pairs, mode, reflect_type):
    """The cotangent of an array that was padded with its own elements."""
    for axis in range(len(shape)):
        before, after = pairs[axis]
        if not is_nothing(pairs[axis]):
            n = shape[axis]
            core = piece(g, axis, before, before + n)
            outer = (piece(g, axis, 0, before), piece(g, axis, before + n, None))
            if mode == "edge":
                core = index_add(core, ends(axis, 0, 1), np.sum(outer[0], axis, keepdims=True))
                g = index_add(core, ends(axis, -1, None), np.sum(outer[1], axis, keepdims=True))
            else:
                outer = np.concatenate(outer, axis=axis)
                origin = outside(np.pad(np.arange(n), (before, after), mode=mode), before, n)
                if reflect_type == "odd":
                    turn = outside(np.arange(n + before + after) - before, before, n)
                    turn = turn // np.maximum(n - 1 if mode == "reflect" else n, 1)
                    g = turned_back(core, outer, axis, origin, turn)
                else:
                    g = index_add(core, (*ends(axis, None, None)[:-1], origin), outer)
    return g


def ends(axis, start, stop):
    """The index of a part along an axis."""
    return (slice(None),) * axis + (slice(start, stop),)


def outside(places, before, n):
    """What stands before and after the n places of the array itself."""
    return np.concatenate((places[:before], places[before + n :]))


def turned_back(core, outer, axis, origin, turn):
    """The cotangent of odd reflection.

    At turn q, counted from the array itself, the value is x[origin] + q (last - first) for even q
    and 2 last - x[origin] + (q - 1) (last - first) for odd q.
    """
    shape = (-1,) + (1,) * (core.ndim - axis - 1)
    odd = np.reshape(astype(turn % 2, core.dtype), shape)
    even = np.reshape(astype(turn - turn % 2, core.dtype), shape)
    first = -np.sum(even * outer, axis=axis, keepdims=True)
    last = np.sum((even + 2.0 * odd) * outer, axis=axis, keepdims=True)
    core = index_add(core, (*ends(axis, None, None)[:-1], origin), (1.0 - 2.0 * odd) * outer)
    return index_add(index_add(core, ends(axis, 0, 1), first), ends(axis, -1, None), last)


def extended(x: Any, axis: int, left: Any, right: Any) -> Any:
    """`x` between two others along an axis; None stands for nothing."""
    parts = [p for p in (left, x, right) if p is not None]
    return np.concatenate(parts, axis=axis) if len(parts) > 1 else x


def widened(value: Any, x: Any, axis: int, width: Any) -> Any:
    """`value` broadcast to the shape of `x` with another size along one axis; None for no size."""
    if is_known(width) and width == 0:
        return None
    shape = tuple([width if i == axis else x.shape[i] for i in range(x.ndim)])
    return np.broadcast_to(np.asarray(value, dtype=x.dtype), shape)


def framed(x: Any, pairs: Any, values: Any) -> Any:
    """`x` with numbers before and after it, for each axis its own."""
    for i in range(x.ndim):
        left = widened(values[i][0], x, i, pairs[i][0])
        x = extended(x, i, left, widened(values[i][1], x, i, pairs[i][1]))
    return x


def ramp(x: Any, axis: int, end: Any, edge: int, width: Any) -> Any:
    """The numbers from `end` to the edge of `x`, that one excluded; None for no width."""
    if is_known(width) and width == 0:
        return None
    stop = x[(slice(None),) * axis + (edge,)]
    return np.linspace(end, stop, width, endpoint=False, dtype=x.dtype, axis=axis)


def ramped(x: Any, pairs: Any, values: Any) -> Any:
    """`x` between linear ramps."""
    for i in range(x.ndim):
        left = ramp(x, i, values[i][0], 0, pairs[i][0])
        right = ramp(x, i, values[i][1], -1, pairs[i][1])
        x = extended(x, i, left, None if right is None else np.flip(right, i))
    return x


def statistic(mode: str, part: Any, axis: int) -> Any:
    """The number that stands for a part of an array along one axis."""
    if mode == "mean":
        return np.mean(part, axis=axis, keepdims=True)
    if mode == "median":
        return np.median(part, axis=axis, keepdims=True)
    if mode == "maximum":
        return np.max(part, axis=axis, keepdims=True)
    return np.min(part, axis=axis, keepdims=True)


def surrounded(x: Any, pairs: Any, mode: str, lengths: Any) -> Any:
    """`x` between statistics of its first and last elements."""
    for i in range(x.ndim):
        before, after = lengths[i]
        lead = (slice(None),) * i
        first = x if before is None else x[(*lead, slice(0, before))]
        left = statistic(mode, first, i)
        last = x if after is None else x[(*lead, slice(-after, None))]
        right = left if before is None and after is None else statistic(mode, last, i)
        left = widened(left, x, i, pairs[i][0])
        x = extended(x, i, left, widened(right, x, i, pairs[i][1]))
    return x


OPTIONS = {
    "constant": "constant_values", "linear_ramp": "end_values", "reflect": "reflect_type",
    "symmetric": "reflect_type", "maximum": "stat_length", "minimum": "stat_length",
    "mean": "stat_length", "median": "stat_length",
}  # fmt: skip
"""The option that each mode of np.pad takes."""


NUMBERS = (reals.of(), reals.of())


@defined(
    np.pad,
    wrt="array constant_values end_values",
    on={
        "array pad_width mode stat_length constant_values end_values": together(
            (of_shape(3), 2, "constant", None, 0, 0),
            (of_shape(2, 3), ((1, 0), (2, 1)), "constant", None, NUMBERS, 0),
            (of_shape(2, 3), ((0, 0), (0, 2)), "constant", None, reals.of(), 0),
            (of_shape(2, 3), {1: (1, 2)}, "edge", None, 0, 0),
            (of_shape(2, 3), {-1: 1}, "wrap", None, 0, 0),
            (of_shape(2, 3), 0, "mean", None, 0, 0),
            (of_shape(3), 2, "linear_ramp", None, 0, 0),
            (of_shape(2, 3), ((1, 0), (2, 3)), "linear_ramp", None, 0, NUMBERS),
            (of_shape(3), [2], "mean", None, 0, 0),
            (of_shape(2, 3), ((1, 0), (2, 1)), "mean", 2, 0, 0),
            (distinct.of(2, 3), ((1, 0), (2, 1)), "maximum", None, 0, 0),
            (distinct.of(3, 4), ((1, 2), (2, 1)), "maximum", ((1, 2), (2, 3)), 0, 0),
            (distinct.of(2, 3), (1, 2), "minimum", (1, 2), 0, 0),
            (distinct.of(4), ((1, 2),), "minimum", (2, 3), 0, 0),
            (distinct.of(3, 4), ((1,), (2,)), "median", None, 0, 0),
            (distinct.of(5), 2, "median", 3, 0, 0),
        )
    },
)
def pad_(
    array: Any, pad_width: Any, mode: Any = "constant", *, stat_length: Any = None,
    constant_values: Any = 0, end_values: Any = 0, reflect_type: Any = "even",
) -> Any:  # fmt: skip
    """np.pad"""
    if callable(mode):
        refuse("np.pad with a function for its mode", "pad with zeros, and write into the edges")
    check_options(mode, stat_length, constant_values, end_values, reflect_type)
    x = array_of(array)
    pairs = as_pairs(pad_width, x.ndim)
    if isinstance(pad_width, (dict, np.ndarray)):
        pad_width = pairs
    if mode == "empty" or all(is_nothing(pair) for pair in pairs):
        return np.pad(x, pad_width)
    if mode == "constant":
        if is_known(constant_values):
            return np.pad(x, pad_width, constant_values=constant_values)
        return framed(x, pairs, as_pairs(constant_values, x.ndim))
    if mode == "linear_ramp":
        return ramped(x, pairs, as_pairs(end_values, x.ndim))
    if mode in ("maximum", "minimum", "mean", "median"):
        return surrounded(x, pairs, mode, as_pairs(stat_length, x.ndim))
    if reflect_type == "odd":
        return np.pad(x, pad_width, mode=mode, reflect_type=reflect_type)
    return np.pad(x, pad_width, mode=mode)


def check_options(
    mode: str, stat_length: Any, constant_values: Any, end_values: Any, reflect_type: Any
) -> None:
    """Raise as NumPy does for options of other modes."""
    if mode not in (*OPTIONS, "empty", "edge", "wrap"):
        raise ValueError(f"mode '{mode}' is not supported")
    left = {
        "stat_length": stat_length is None,
        "constant_values": is_zero(constant_values),
        "end_values": is_zero(end_values),
        "reflect_type": reflect_type == "even",
    }
    for name in left:
        if not left[name] and name != OPTIONS.get(mode):
            raise ValueError(f"unsupported keyword arguments for mode '{mode}': {name}")


def is_zero(value: Any) -> bool:
    """Whether an option is left at 0."""
    return is_known(value) and not isinstance(value, (tuple, list)) and value == 0

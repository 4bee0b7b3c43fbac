"""Elements inserted, deleted, and seen through windows."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from s2sad.rules.axes import wrapped
from s2sad.rules.domains import of_shape, reals, together
from s2sad.rules.notation import rule
from s2sad.runtime import add_windows, index_add, store, sum_to


@rule(
    np.delete,
    linear="arr",
    on={
        "arr obj axis": together(
            (of_shape(4), 1, None),
            (of_shape(4), -1, 0),
            (of_shape(2, 3), 4, None),
            (of_shape(2, 3), [0, 2], 1),
            (of_shape(2, 3), np.array([True, False, True]), -1),
            (of_shape(4, 2), slice(None, None, 2), 0),
            (of_shape(4), np.array([1, 1, -1]), 0),
            (of_shape(3), [], 0),
        )
    },
)
class delete:
    """ans = arr without some of its elements or slices."""

    def primal(arr, obj, axis=None):
        return np.delete(arr, obj, axis)

    def shape(arr, axis):
        if axis is None:
            return (None,)
        return tuple(None if i == axis % len(arr) else n for i, n in enumerate(arr))

    def adjoint(arr, obj, axis, ans_bar, arr_bar):
        if axis is None:
            flat = index_add(np.ravel(arr_bar), kept(arr.size, obj), ans_bar)
            arr_bar = np.reshape(flat, arr.shape)
        else:
            place = kept(arr.shape[axis], obj)
            arr_bar = index_add(arr_bar, (slice(None),) * (axis % arr.ndim) + (place,), ans_bar)
        return arr_bar


def kept(n, obj):
    """Which of n elements np.delete leaves."""
    return store(np.ones(n, dtype=bool), obj, False)


def new_places(n, obj, count):
    """Where the inserted elements are, in the order of their values."""
    marks = np.insert(np.zeros(n, dtype=int), obj, np.arange(1, count + 1))
    return np.argsort(marks, kind="stable")[n:]


@rule(
    np.insert,
    linear="arr values",
    on={
        "arr obj values axis": together(
            (of_shape(4), 1, reals.of(), None),
            (of_shape(4), -1, of_shape(2), 0),
            (of_shape(4), [2, 0], of_shape(2), None),
            (of_shape(4), [2, 0, 2], reals.of(), 0),
            (of_shape(2, 3), 2, reals.of(), None),
            (of_shape(2, 3), 1, of_shape(2), 1),
            (of_shape(2, 3), [1], of_shape(2, 1), 1),
            (of_shape(2, 3), [3, 1], of_shape(2), -1),
            (of_shape(2, 3), [0, 1], of_shape(3), 0),
            (of_shape(4), slice(0, 3, 2), of_shape(2), 0),
            (of_shape(2, 3), slice(0, 2), of_shape(2), 1),
            (of_shape(3), np.array([True, False, True]), reals.of(), 0),
            (of_shape(2, 3, 2), 1, of_shape(2, 2), 1),
        )
    },
)
class insert:
    """ans = arr with values inserted before the places `obj` of arr."""

    def primal(arr, obj, values, axis=None):
        return np.insert(arr, obj, values, axis)

    def shape(arr, axis):
        if axis is None:
            return (None,)
        return tuple(None if i == axis % len(arr) else n for i, n in enumerate(arr))

    def dtype(arr):
        return getattr(arr, "dtype", arr)

    def adjoint(arr, obj, values, axis, ans_bar):
        along = 0 if axis is None else axis % arr.ndim
        n = arr.size if axis is None else arr.shape[axis]
        places = new_places(n, obj, ans_bar.shape[along] - n)
        arr_bar = np.reshape(np.delete(ans_bar, places, axis=along), arr.shape)
        inserted = np.take(ans_bar, places, axis=along)
        alone = not isinstance(obj, slice) and np.ndim(obj) == 0
        values_bar = returned(inserted, values, along, alone)
        return arr_bar, values_bar


def returned(g, values, axis, alone):
    """The cotangent of the values of np.insert from that of what was inserted."""
    if alone:
        g = np.moveaxis(g, axis, 0)
    return sum_to(g, values.shape)


WINDOWS = together(
    (of_shape(5), 3, None),
    (of_shape(3, 4), (2, 3), None),
    (of_shape(3, 4), 2, 0),
    (of_shape(3, 4), (2,), (-1,)),
    (of_shape(4, 3, 5), (2, 3), (2, 0)),
    (of_shape(4, 5), (2, 2), (1, 1)),
)


@rule(
    sliding_window_view,
    linear="x",
    view=True,
    on={"x window_shape axis": WINDOWS},
)
class sliding_window_view_:
    """ans = every window of x, the place in the window as new last axes."""

    def primal(x, window_shape, axis=None):
        return sliding_window_view(x, window_shape, axis)

    def shape(x, window_shape, axis):
        sizes = window_sizes(window_shape)
        dims = list(x)
        for i, n in zip(window_axes(axis, len(x)), sizes, strict=True):
            known = isinstance(n, int) and dims[i] is not None
            dims[i] = dims[i] - (n - 1) if known else None
        return (*dims, *sizes)

    def adjoint(x, window_shape, axis, ans_bar, x_bar):
        x_bar = add_windows(x_bar, window_shape, axis, ans_bar)
        return x_bar


def window_sizes(window_shape):
    """The sizes of a window as a tuple."""
    return tuple(window_shape) if isinstance(window_shape, (tuple, list)) else (window_shape,)


def window_axes(axis, ndim):
    """The axes along which a window moves."""
    return tuple(range(ndim)) if axis is None else wrapped(axis, ndim)


@rule(
    add_windows,
    linear="a v",
    on={
        "a window_shape axis v": together(
            (of_shape(5), 3, None, of_shape(3, 3)),
            (of_shape(3, 4), (2, 2), (0, 1), of_shape(2, 3, 2, 2)),
            (of_shape(3, 4), 2, -1, of_shape(3, 3, 2)),
        )
    },
)
class add_windows_:
    """ans = a with v added where the windows are that v would be a view of."""

    def primal(a, window_shape, axis, v):
        return add_windows(a, window_shape, axis, v)

    def shape(a):
        return a

    def adjoint(window_shape, axis, ans_bar):
        a_bar = ans_bar
        v_bar = sliding_window_view(ans_bar, window_shape, axis)
        return a_bar, v_bar

"""Changing shape, joining, flipping and repeating arrays."""

from __future__ import annotations

import numpy as np

from s2sad.rules.axes import inverse, size_of, without, wrapped
from s2sad.rules.domains import of_shape, one_of, together
from s2sad.rules.notation import rule
from s2sad.runtime import sum_to


def _with_known(dims, shape):
    """The shape after reshape: -1 is computed where the sizes are numbers."""
    shape = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
    total = size_of(dims)
    rest = size_of([n for n in shape if not (isinstance(n, int) and n == -1)])
    missing = total // rest if isinstance(total, int) and isinstance(rest, int) and rest else None
    if isinstance(rest, int) and rest == 1 and total is not None:
        missing = total
    return tuple(missing if isinstance(n, int) and n == -1 else n for n in shape)


@rule(
    np.reshape,
    linear="a",
    view=True,
    on={
        "a shape": together(
            (of_shape(2, 6), (3, 4)), (of_shape(2, 6), -1), (of_shape(2, 6), (2, -1, 3)),
            (of_shape(12), (3, 4)), (of_shape(1), ()),
        ),
        "order": one_of("C", "F"),
    },
)  # fmt: skip
class reshape:
    """ans = the elements of a in another shape."""

    def primal(a, shape, order="C", copy=None):
        return np.reshape(a, shape, order=order, copy=copy)

    def shape(a, shape):
        return _with_known(a, shape)

    def adjoint(a, order, ans_bar):
        a_bar = np.reshape(ans_bar, a.shape, order=order)
        return a_bar


@rule(
    np.ravel,
    linear="a",
    view=True,
    on={"a": one_of(of_shape(2, 3), of_shape()), "order": one_of("C", "F")},
)
class ravel:
    """ans = the elements of a in one row."""

    def primal(a, order="C"):
        return np.ravel(a, order=order)

    def shape(a):
        return (size_of(a),)

    def adjoint(a, order, ans_bar):
        a_bar = np.reshape(ans_bar, a.shape, order=order)
        return a_bar


@rule(
    np.transpose,
    linear="a",
    view=True,
    on={
        "a axes": together(
            (of_shape(2, 3), None), (of_shape(2, 3, 4), None), (of_shape(2, 3, 4), (1, 2, 0)),
            (of_shape(2, 3, 4), (-1, 0, 1)), (of_shape(2, 3), [1, 0]), (of_shape(3), None),
            (of_shape(3), 0),
        )
    },
)  # fmt: skip
class transpose:
    """ans = a with its axes in another order, reversed without one."""

    def primal(a, axes=None):
        return np.transpose(a, axes)

    def shape(a, axes):
        if axes is None or not isinstance(axes, tuple | list):
            return tuple(a[::-1])  # an axis that is a number is the only one
        return tuple(a[i] for i in axes)

    def adjoint(axes, ans_bar):
        if axes is None or not isinstance(axes, (tuple, list)):
            a_bar = np.transpose(ans_bar)
        else:
            a_bar = np.transpose(ans_bar, inverse(wrapped(axes, len(axes))))
        return a_bar


@rule(
    np.matrix_transpose, linear="x", view=True, on={"x": one_of(of_shape(2, 3), of_shape(5, 2, 3))}
)
class matrix_transpose:
    """ans = x with its last two axes exchanged."""

    def primal(x):
        return np.matrix_transpose(x)

    def shape(x):
        return (*x[:-2], x[-1], x[-2])

    def adjoint(ans_bar):
        x_bar = np.matrix_transpose(ans_bar)
        return x_bar


@rule(
    np.swapaxes,
    linear="a",
    view=True,
    on={"a": of_shape(2, 3, 4), "axis1": one_of(0, 1, -1), "axis2": one_of(0, -2, 2)},
)
class swapaxes:
    """ans = a with two axes exchanged."""

    def primal(a, axis1, axis2):
        return np.swapaxes(a, axis1, axis2)

    def shape(a, axis1, axis2):
        dims = list(a)
        dims[axis1], dims[axis2] = dims[axis2], dims[axis1]
        return tuple(dims)

    def adjoint(axis1, axis2, ans_bar):
        a_bar = np.swapaxes(ans_bar, axis1, axis2)
        return a_bar


@rule(
    np.moveaxis,
    linear="a",
    view=True,
    on={"a": of_shape(2, 3, 4), "source destination": together((0, -1), (2, 0), ((0, 1), (-1, 0)))},
)
class moveaxis:
    """ans = a with axes moved to other places, the others in their order."""

    def primal(a, source, destination):
        return np.moveaxis(a, source, destination)

    def shape(a, source, destination):
        taken, places = wrapped(source, len(a)), wrapped(destination, len(a))
        order = [i for i in range(len(a)) if i not in taken]
        for place, axis in sorted(zip(places, taken, strict=True)):
            order.insert(place, axis)
        return tuple(a[i] for i in order)

    def adjoint(source, destination, ans_bar):
        a_bar = np.moveaxis(ans_bar, destination, source)
        return a_bar


@rule(
    np.expand_dims,
    linear="a",
    view=True,
    on={"a": of_shape(2, 3), "axis": one_of(0, 1, -1, (0, 2), (-1, 0))},
)
class expand_dims:
    """ans = a with axes of size 1 inserted."""

    def primal(a, axis):
        return np.expand_dims(a, axis)

    def shape(a, axis):
        count = len(axis) if isinstance(axis, tuple | list) else 1
        new = wrapped(axis, len(a) + count)
        rest = iter(a)
        return tuple(1 if i in new else next(rest) for i in range(len(a) + count))

    def adjoint(a, ans_bar):
        a_bar = np.reshape(ans_bar, a.shape)
        return a_bar


def _never_one(n):
    """Whether a symbolic size is known not to be 1."""
    return getattr(n, "never_one", False)


@rule(
    np.squeeze,
    linear="a",
    view=True,
    on={"a axis": together((of_shape(1, 3, 1), one_of(None, 0, -1, (0, 2))), (of_shape(1), None))},
)
class squeeze:
    """ans = a without axes of size 1."""

    def primal(a, axis=None):
        return np.squeeze(a, axis=axis)

    def shape(a, axis):
        if axis is None:
            kept = tuple(n for n in a if not (isinstance(n, int) and n == 1))
            return kept if all(isinstance(n, int) or _never_one(n) for n in kept) else None
        return tuple(a[i] for i in without(len(a), wrapped(axis, len(a))))

    def adjoint(a, ans_bar):
        a_bar = np.reshape(ans_bar, a.shape)
        return a_bar


@rule(
    np.broadcast_to,
    linear="array",
    view=True,
    on={
        "array shape": together(
            (of_shape(3), (2, 3)), (of_shape(2, 1), (4, 2, 3)), (of_shape(), (2,)), (of_shape(3), 3)
        )
    },
)
class broadcast_to:
    """ans = the array repeated along new axes and axes of size 1."""

    def primal(array, shape, subok=False):
        return np.broadcast_to(array, shape)

    def shape(shape):
        return tuple(shape) if isinstance(shape, tuple | list) else (shape,)

    def adjoint(array, ans_bar):
        array_bar = sum_to(ans_bar, array.shape)
        return array_bar


def before(arrays, axis, i):
    """Where the i-th of concatenated arrays begins."""
    return sum([a.shape[axis] for a in arrays[:i]])


def piece(g, axis, start, stop):
    """g[start:stop] along an axis that is not negative."""
    return g[(slice(None),) * axis + (slice(start, stop),)]


def pieces(arrays, axis, g):
    """The cotangents of concatenated arrays: `g` cut where they meet."""
    return [
        piece(g, axis, before(arrays, axis, i), before(arrays, axis, i + 1))
        for i in range(len(arrays))
    ]


def joined_shape(arrays, axis):
    """The shape of arrays of these shapes joined along `axis`."""
    total = arrays[0][axis]
    for a in arrays[1:]:
        known = isinstance(total, int) or isinstance(a[axis], int)
        total = total + a[axis] if known and total is not None else None
    dims = list(arrays[0])
    dims[axis] = total
    return tuple(dims)


JOINED = together(
    ((of_shape(2, 3), of_shape(4, 3)), 0),
    ([of_shape(2, 3), of_shape(2, 1), of_shape(2, 2)], 1),
    ((of_shape(2, 3), of_shape(2, 2)), -1),
    ((of_shape(2, 3), of_shape(4)), None),
    ((of_shape(3),), 0),
)


@rule(np.concatenate, linear="arrays", sequences="arrays", on={"arrays axis": JOINED})
class concatenate:
    """ans = the arrays one after another along `axis`, flattened without one."""

    def primal(arrays, axis=0):
        return np.concatenate(arrays, axis=axis)

    def shape(arrays, axis):
        if axis is not None:
            return joined_shape(arrays, axis)
        sizes = [(size_of(a),) for a in arrays]
        return (None,) if (None,) in sizes else joined_shape(sizes, 0)

    def adjoint(arrays, axis, ans_bar):
        if axis is None:
            flat = pieces([np.ravel(a) for a in arrays], 0, ans_bar)
            arrays_bar = [np.reshape(flat[i], arrays[i].shape) for i in range(len(arrays))]
        else:
            arrays_bar = pieces(arrays, axis % arrays[0].ndim, ans_bar)
        return arrays_bar


@rule(
    np.stack,
    linear="arrays",
    sequences="arrays",
    on={
        "arrays": one_of((of_shape(2, 3), of_shape(2, 3)), [of_shape(2, 3)] * 3),
        "axis": one_of(0, 1, -1, -2),
    },
)
class stack:
    """ans = the arrays along a new axis."""

    def primal(arrays, axis=0):
        return np.stack(arrays, axis=axis)

    def shape(arrays, axis):
        at = axis % (len(arrays[0]) + 1)
        return (*arrays[0][:at], len(arrays), *arrays[0][at:])

    def adjoint(arrays, axis, ans_bar):
        before = (slice(None),) * (axis % ans_bar.ndim)
        arrays_bar = [ans_bar[(*before, i)] for i in range(len(arrays))]
        return arrays_bar

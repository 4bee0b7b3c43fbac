"""Products of vectors in stacks: np.cross, np.kron, and the ufuncs vecdot, matvec and vecmat."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from s2sad.rules.asking import array_of
from s2sad.rules.axes import broadcast, without, wrapped
from s2sad.rules.creation import astype
from s2sad.rules.domains import of_shape, one_of, together
from s2sad.rules.notation import at_compile_time, defined, rule
from s2sad.runtime import sum_to

LETTERS = "abcdefghijklm", "nopqrstuvwxyz"


@at_compile_time
def all_pairs(m: int, n: int) -> str:
    """The subscripts of all products of two elements, the axes of both in turn from the last one.

    >>> all_pairs(1, 2)
    'b,no->nbo'
    """
    rank = max(m, n)
    left, right = LETTERS[0][rank - m : rank], LETTERS[1][rank - n : rank]
    pairs = map(operator.add, left.rjust(rank), right.rjust(rank))
    return f"{left},{right}->" + "".join(pairs).replace(" ", "")


@defined(
    np.kron,
    wrt="a b",
    on={
        "a b": together(
            (of_shape(2, 3), of_shape(4, 2)),
            (of_shape(2), of_shape(3)),
            (of_shape(2), of_shape(3, 2)),
            (of_shape(2, 3, 2), of_shape(2)),
            (of_shape(2, 2, 2), of_shape(1, 3, 2)),
            (of_shape(), of_shape(3)),
            (of_shape(2, 2), of_shape()),
            ([1.5, -2.0], [[0.5], [2.0]]),
        )
    },
)
def kron(a: Any, b: Any) -> Any:
    """np.kron"""
    a, b = array_of(a), array_of(b)
    rank = max(a.ndim, b.ndim)
    rows = (1,) * (rank - a.ndim) + a.shape
    columns = (1,) * (rank - b.ndim) + b.shape
    shape = tuple([rows[i] * columns[i] for i in range(rank)])
    return np.reshape(np.einsum(all_pairs(a.ndim, b.ndim), a, b), shape)


def conjugated(x: Any) -> Any:
    """The complex conjugate of what may be complex."""
    return np.conjugate(x) if x.dtype.kind == "c" else x


@at_compile_time
def cast(given: Any, wanted: Any, casting: Any) -> Any:
    """The dtype to which NumPy converts; TypeError where it does not."""
    if not np.can_cast(given, wanted, casting):
        raise TypeError(f"cannot cast {given} to {wanted} according to the rule {casting!r}")
    return np.dtype(wanted)


def converted(x: Any, dtype: Any, casting: str) -> Any:
    """An operand in the dtype in which a ufunc is asked to compute."""
    x = array_of(x)
    return x if dtype is None or x.dtype == dtype else astype(x, cast(x.dtype, dtype, casting))


def put_last(x: Any, axes: Any) -> Any:
    """The core axes of an operand at its end."""
    axes = axes if isinstance(axes, tuple) else (axes,)
    return np.moveaxis(x, axes, tuple(range(-len(axes), 0)))


def put_back(x: Any, axes: Any) -> Any:
    """The core axes of a result where they are asked for."""
    axes = axes if isinstance(axes, tuple) else (axes,)
    return np.moveaxis(x, tuple(range(-len(axes), 0)), axes)


GUFUNC = "axes axis keepdims dtype casting order"


@defined(
    np.matmul,
    wrt="x1 x2",
    when=GUFUNC,
    on={
        "x1 x2 axes": together(
            (of_shape(3, 2), of_shape(3, 4), [(1, 0), (0, 1), (0, 1)]),
            (of_shape(2, 3, 5), of_shape(5, 4, 3), [(0, 1), (2, 1), (1, 2)]),
            (of_shape(3, 5, 2), of_shape(3), [(2, 0), 0, 0]),
            (of_shape(3), of_shape(3), [0, 0, ()]),
            (of_shape(3), of_shape(3, 4), [(0,), (-2, -1), (-1,)]),
            (of_shape(2, 3), of_shape(3, 4), None),
            ([[0.5, 2.0]], [[1.0], [-3.0]], None),
        ),
        "dtype": one_of(None, "f8"),
    },
)
def matmul(
    x1: Any, x2: Any, *, casting: str = "same_kind", order: str = "K", dtype: Any = None,
    axes: Any = None,
) -> Any:  # fmt: skip
    """np.matmul with options."""
    x1, x2 = converted(x1, dtype, casting), converted(x2, dtype, casting)
    if axes is None:
        return x1 @ x2
    made = put_last(x1, axes[0]) @ put_last(x2, axes[1])
    return put_back(made, axes[2])


@defined(
    np.vecdot,
    wrt="x1 x2",
    on={
        "x1 x2 axis axes keepdims": together(
            (of_shape(3), of_shape(3), None, None, False),
            (of_shape(2, 3), of_shape(3), None, None, False),
            (of_shape(2, 3), of_shape(4, 1, 3), None, None, False),
            (of_shape(3), of_shape(2, 3), None, None, False),
            ([0.5, 2.0], [1.0, -3.0], None, None, False),
            (of_shape(3), of_shape(3), None, None, True),
            (of_shape(2, 3), of_shape(2, 1), 0, None, False),
            (of_shape(2, 3), of_shape(2, 3), -2, None, True),
            (of_shape(2, 3), of_shape(3, 2), None, [0, 1], False),
            (of_shape(2, 3), of_shape(2, 3), None, [0, 0, ()], False),
            (of_shape(2, 3), of_shape(2, 3), None, [0, 0, 1], True),
            (of_shape(2, 3), of_shape(2, 3), None, [0, 0], True),
        ),
        "dtype": one_of(None, "f8"),
    },
)
def vecdot(
    x1: Any, x2: Any, *, casting: str = "same_kind", order: str = "K", dtype: Any = None,
    axis: Any = None, axes: Any = None, keepdims: bool = False,
) -> Any:  # fmt: skip
    """np.vecdot"""
    x1, x2 = converted(x1, dtype, casting), converted(x2, dtype, casting)
    axes = axes if axes is not None else [-1, -1] if axis is None else [axis] * 3
    x1, x2 = np.moveaxis(conjugated(x1), axes[0], -1), np.moveaxis(x2, axes[1], -1)
    made = x1 @ x2 if x2.ndim == 1 else np.einsum("...i,...i->...", x1, x2)
    return np.expand_dims(made, axes[2] if len(axes) > 2 else -1) if keepdims else made


@defined(
    np.matvec,
    wrt="x1 x2",
    on={
        "x1 x2 axes": together(
            (of_shape(2, 3), of_shape(3), None),
            (of_shape(5, 2, 3), of_shape(3), None),
            (of_shape(2, 3), of_shape(5, 3), None),
            (of_shape(4, 1, 2, 3), of_shape(5, 3), None),
            (of_shape(3, 2, 5), of_shape(3, 5), [(1, 0), 0, 1]),
            ([[0.5, 2.0]], [1.0, -3.0], None),
        ),
        "dtype": one_of(None, "f8"),
    },
)
def matvec(
    x1: Any, x2: Any, *, casting: str = "same_kind", order: str = "K", dtype: Any = None,
    axes: Any = None,
) -> Any:  # fmt: skip
    """np.matvec"""
    x1, x2 = converted(x1, dtype, casting), converted(x2, dtype, casting)
    if axes is not None:
        x1, x2 = put_last(x1, axes[0]), put_last(x2, axes[1])
    if x2.ndim == 1:
        made = x1 @ x2
    elif x1.ndim == 2:
        made = x2 @ x1.T
    else:
        made = np.einsum("...ij,...j->...i", x1, x2)
    return made if axes is None else put_back(made, axes[2])


@defined(
    np.vecmat,
    wrt="x1 x2",
    on={
        "x1 x2 axes": together(
            (of_shape(3), of_shape(3, 4), None),
            (of_shape(5, 3), of_shape(3, 4), None),
            (of_shape(3), of_shape(5, 3, 4), None),
            (of_shape(4, 1, 3), of_shape(5, 3, 2), None),
            (of_shape(3, 5), of_shape(3, 2, 5), [0, (0, 1), 1]),
            (of_shape(3, 5), of_shape(3, 2, 5), [0, (0, 1), 0]),
            ([1.0, -3.0], [[0.5], [2.0]], None),
        ),
        "dtype": one_of(None, "f8"),
    },
)
def vecmat(
    x1: Any, x2: Any, *, casting: str = "same_kind", order: str = "K", dtype: Any = None,
    axes: Any = None,
) -> Any:  # fmt: skip
    """np.vecmat"""
    x1, x2 = conjugated(converted(x1, dtype, casting)), converted(x2, dtype, casting)
    if axes is not None:
        x1, x2 = put_last(x1, axes[0]), put_last(x2, axes[1])
    plain = x1.ndim == 1 or x2.ndim == 2
    made = x1 @ x2 if plain else np.einsum("...i,...ij->...j", x1, x2)
    return made if axes is None else put_back(made, axes[2])


VECTORS = together(
    (of_shape(3), of_shape(3), -1, -1, -1, None),
    (of_shape(5, 3), of_shape(5, 3), -1, -1, -1, None),
    (of_shape(5, 3), of_shape(3), -1, -1, -1, None),
    (of_shape(3), of_shape(2, 5, 3), -1, -1, -1, None),
    (of_shape(4, 1, 3), of_shape(5, 3), -1, 1, 0, None),
    (of_shape(3, 5), of_shape(3, 5), -1, -1, -1, 0),
    (of_shape(3, 5), of_shape(5, 3), 0, -1, 1, None),
    (of_shape(2, 3, 5), of_shape(3, 2, 1), 1, -3, -1, None),
)


@rule(np.cross, multilinear="a b", on={"a b axisa axisb axisc axis": VECTORS})
class cross:
    """ans = a × b of vectors with three components, in stacks that broadcast."""

    def primal(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
        return np.cross(a, b, axisa=axisa, axisb=axisb, axisc=axisc, axis=axis)

    def shape(a, b, axisa, axisb, axisc, axis):
        own, other, made = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
        left = [a[i] for i in without(len(a), wrapped(own, len(a)))]
        right = [b[i] for i in without(len(b), wrapped(other, len(b)))]
        stack = broadcast(left, right)
        at = made % (len(stack) + 1)
        return None if stack is None else (*stack[:at], 3, *stack[at:])

    def adjoint(a, b, axisa, axisb, axisc, axis, ans_bar):
        own, other, made = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
        a_bar = summed(np.cross(b, ans_bar, axisa=other, axisb=made), a, own)
        b_bar = summed(np.cross(ans_bar, a, axisa=made, axisb=own), b, other)
        return a_bar, b_bar


def summed(g, x, axis):
    """A cotangent with its vectors last, in the shape of the operand `x`."""
    rest = tuple([x.shape[i] for i in without(x.ndim, wrapped(axis, x.ndim))])
    g = sum_to(g, (*rest, 3))
    return g if axis in (-1, x.ndim - 1) else np.moveaxis(g, -1, axis)


def cross_in_plane(a: Any, b: Any, axisa: int, axisb: int, axisc: int) -> Any:
    """np.cross where an operand has vectors with two components: their third one is zero."""
    spatial = [
        np.concatenate((x, np.zeros((*x.shape[:-1], 3 - x.shape[-1]))), axis=-1)
        for x in (np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1))
    ]
    made = np.cross(spatial[0], spatial[1])
    return made[..., 2] if a.shape[axisa] == b.shape[axisb] else np.moveaxis(made, -1, axisc)


@defined(
    cross_in_plane,
    wrt="a b",
    on={
        "a b axisa axisb axisc": together(
            (of_shape(2), of_shape(2), -1, -1, -1),
            (of_shape(5, 2), of_shape(5, 2), -1, -1, -1),
            (of_shape(2, 5), of_shape(5, 2), 0, 1, -1),
            (of_shape(1, 2), of_shape(4, 3), -1, 1, 0),
            (of_shape(4, 3), of_shape(4, 2), -1, -1, -1),
            (of_shape(3, 4), of_shape(4, 2), 0, -1, 0),
            (of_shape(3, 2, 3), of_shape(3, 3, 3), 1, 1, 1),
        )
    },
)
def planar(a: Any, b: Any, axisa: int, axisb: int, axisc: int) -> Any:
    """The cross product where one of the operands has vectors with two components."""
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    if a.shape[-1] == 2 and b.shape[-1] == 2:
        return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    flat, other = (a, b) if a.shape[-1] == 2 else (b, a)
    x, y = flat[..., 0], flat[..., 1]
    product = np.stack(
        (
            y * other[..., 2],
            -(x * other[..., 2]),
            x * other[..., 1] - y * other[..., 0],
        ),
        axis=-1,
    )
    return np.moveaxis(product if a.shape[-1] == 2 else -product, -1, axisc)

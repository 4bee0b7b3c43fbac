"""New arrays, copies and conversions.

The cotangent of a conversion is the cotangent itself: the engine brings every cotangent to the
dtype of its operand.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.domains import of_shape, one_of, reals, together
from s2sad.rules.notation import rule
from s2sad.runtime import sum_to

SHAPES = one_of(3, (2, 3), ())


def dims_of(shape: Any) -> Any:
    """A shape argument as a tuple: `np.zeros(3)` means `(3,)`."""
    return tuple(shape) if isinstance(shape, tuple | list) else (shape,)


def astype(a: Any, dtype: Any) -> Any:
    """`a.astype(dtype)`: a copy of `a` in another dtype."""
    return a.astype(dtype)


def as_real(a, g):
    """The part of a cotangent that a real operand feels."""
    return np.real(g) if np.iscomplexobj(g) and not np.iscomplexobj(a) else g


@rule(astype, linear="a", on={"a": of_shape(2, 3), "dtype": one_of("f8", "f4")})
class astype_:
    """ans = a in another dtype; its cotangent goes back to the dtype of a."""

    def primal(a, dtype):
        return astype(a, dtype)

    def shape(a):
        return a

    def dtype(dtype):
        return np.dtype(dtype)

    def adjoint(a, ans_bar):
        a_bar = astype(as_real(a, ans_bar), a.dtype)
        return a_bar


@rule(np.zeros, on={"shape": SHAPES})
class zeros:
    """ans = an array of zeros."""

    def primal(shape, dtype=float, order="C"):
        return np.zeros(shape, dtype=dtype, order=order)

    def shape(shape):
        return dims_of(shape)

    def dtype(dtype):
        return np.dtype(dtype)


@rule(np.ones, on={"shape": SHAPES})
class ones:
    """ans = an array of ones."""

    def primal(shape, dtype=None, order="C"):
        return np.ones(shape, dtype=dtype, order=order)

    def shape(shape):
        return dims_of(shape)

    def dtype(dtype):
        return np.dtype(dtype)


@rule(np.empty, pure=False, on={"shape": SHAPES})
class empty:
    """ans = an array of any values, to be written before it is read."""

    def primal(shape, dtype=float, order="C"):
        return np.empty(shape, dtype=dtype, order=order)

    def shape(shape):
        return dims_of(shape)

    def dtype(dtype):
        return np.dtype(dtype)


@rule(
    np.full,
    linear="fill_value",
    on={"shape": one_of((2, 3), (4, 3)), "fill_value": one_of(of_shape(), of_shape(3))},
)
class full:
    """ans = an array filled with `fill_value`, which may broadcast."""

    def primal(shape, fill_value, dtype=None, order="C"):
        return np.full(shape, fill_value, dtype=dtype, order=order)

    def shape(shape):
        return dims_of(shape)

    def dtype(fill_value, dtype):
        return np.dtype(fill_value if dtype is None else dtype)

    def adjoint(fill_value, ans_bar):
        fill_value_bar = sum_to(ans_bar, fill_value.shape)
        return fill_value_bar


def _like(a, shape):
    if shape is not None:
        return dims_of(shape)
    return a.shape if isinstance(a, np.ndarray) else a  # an array known at compile time


@rule(np.zeros_like, on={"a": of_shape(2, 3)})
class zeros_like:
    """ans = zeros of the shape and dtype of a."""

    def primal(a, dtype=None, order="K", subok=True, shape=None):
        return np.zeros_like(a, dtype=dtype, order=order, shape=shape)

    def shape(a, shape):
        return _like(a, shape)


@rule(np.ones_like, on={"a": of_shape(2, 3)})
class ones_like:
    """ans = ones of the shape and dtype of a."""

    def primal(a, dtype=None, order="K", subok=True, shape=None):
        return np.ones_like(a, dtype=dtype, order=order, shape=shape)

    def shape(a, shape):
        return _like(a, shape)


@rule(np.empty_like, pure=False, on={"prototype": of_shape(2, 3)})
class empty_like:
    """ans = an array like `prototype`, to be written before it is read."""

    def primal(prototype, dtype=None, order="K", subok=True, shape=None):
        return np.empty_like(prototype, dtype=dtype, order=order, shape=shape)

    def shape(prototype, shape):
        return _like(prototype, shape)


@rule(
    np.full_like,
    linear="fill_value",
    on={"a": of_shape(2, 3), "fill_value": one_of(reals.of(), reals.of(3))},
)
class full_like:
    """ans = an array of the shape and dtype of a, filled with `fill_value`."""

    def primal(a, fill_value, dtype=None, order="K", subok=True, shape=None):
        return np.full_like(a, fill_value, dtype=dtype, order=order, shape=shape)

    def shape(a, shape):
        return _like(a, shape)

    def adjoint(fill_value, ans_bar):
        fill_value_bar = sum_to(ans_bar, fill_value.shape)
        return fill_value_bar


@rule(np.eye, on={"N M k": together((3, None, 0), (3, 4, 1), (4, 2, -1))})
class eye:
    """ans = ones on a diagonal, zeros elsewhere."""

    def primal(N, M=None, k=0, dtype=float, order="C"):
        return np.eye(N, M, k, dtype=dtype, order=order)

    def shape(N, M):
        return (N, N if M is None else M)

    def dtype(dtype):
        return np.dtype(dtype)


@rule(np.identity, on={"n": one_of(1, 3)})
class identity:
    """ans = the identity matrix."""

    def primal(n, dtype=None):
        return np.identity(n, dtype=dtype)

    def shape(n):
        return (n, n)

    def dtype(dtype):
        return np.dtype(dtype)


@rule(np.array, linear="object", on={"object": of_shape(2, 3)})
class array:
    """ans = a new array of the values of `object`."""

    def primal(object, dtype=None, order="K", subok=False):
        return np.array(object, dtype=dtype, order=order)

    def shape(object):
        return object

    def adjoint(ans_bar):
        object_bar = ans_bar
        return object_bar


@rule(np.asarray, linear="a", view=True, on={"a": of_shape(2, 3)})
class asarray:
    """ans = a as an array, itself if it is one of that dtype."""

    def primal(a, dtype=None, order=None):
        return np.asarray(a, dtype=dtype, order=order)

    def shape(a):
        return a

    def adjoint(ans_bar):
        a_bar = ans_bar
        return a_bar


@rule(np.asanyarray, linear="a", view=True, on={"a": of_shape(2, 3)})
class asanyarray:
    """ans = a as an array, itself if it is one."""

    def primal(a, dtype=None, order=None):
        return np.asanyarray(a, dtype=dtype, order=order)

    def shape(a):
        return a

    def adjoint(ans_bar):
        a_bar = ans_bar
        return a_bar


@rule(np.ascontiguousarray, linear="a", view=True, on={"a": of_shape(2, 3)})
class ascontiguousarray:
    """ans = a in C order, at least one-dimensional."""

    def primal(a, dtype=None):
        return np.ascontiguousarray(a, dtype=dtype)

    def shape(a):
        return a or (1,)

    def adjoint(a, ans_bar):
        a_bar = np.reshape(ans_bar, a.shape)
        return a_bar


@rule(np.copy, linear="a", on={"a": of_shape(2, 3)})
class copy:
    """ans = a copy of a."""

    def primal(a, order="K"):
        return np.copy(a, order=order)

    def shape(a):
        return a

    def adjoint(ans_bar):
        a_bar = ans_bar
        return a_bar


@rule(np.float64, linear="x", on={"x": reals.of()})
class float64:
    """ans = x as a double."""

    def primal(x):
        return np.float64(x)

    def shape(x):
        return x

    def adjoint(ans_bar):
        x_bar = ans_bar
        return x_bar


@rule(np.float32, linear="x", on={"x": reals.of()})
class float32:
    """ans = x rounded to single precision."""

    def primal(x):
        return np.float32(x)

    def shape(x):
        return x

    def adjoint(ans_bar):
        x_bar = ans_bar
        return x_bar


@rule(np.complex128, linear="x", on={"x": reals.of()})
class complex128:
    """ans = x as a complex number in double precision."""

    def primal(x):
        return np.complex128(x)

    def shape(x):
        return x

    def adjoint(ans_bar):
        x_bar = ans_bar
        return x_bar


@rule(np.complex64, linear="x", on={"x": reals.of()})
class complex64:
    """ans = x as a complex number in single precision."""

    def primal(x):
        return np.complex64(x)

    def shape(x):
        return x

    def adjoint(ans_bar):
        x_bar = ans_bar
        return x_bar

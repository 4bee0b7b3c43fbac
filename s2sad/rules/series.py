"""Series of polynomials: the evaluators and operations of numpy.polynomial, for its six bases.

The functions of a basis differ in name alone.  A value is linear in the coefficients, by the matrix
`vander`, and its derivative in x is the value of the series that `der` gives.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

from s2sad.rules.axes import broadcast, first
from s2sad.rules.domains import nonzero, of_shape, one_of, reals, together
from s2sad.rules.notation import rule
from s2sad.runtime import sum_to

BASES: tuple[tuple[Any, str], ...] = (
    (polynomial, "poly"),
    (chebyshev, "cheb"),
    (legendre, "leg"),
    (hermite, "herm"),
    (hermite_e, "herme"),
    (laguerre, "lag"),
)

VALUES = together(
    (reals.of(), of_shape(4), True),
    (of_shape(3), of_shape(4), True),
    (of_shape(2, 3), of_shape(4), True),
    (of_shape(3), of_shape(1), True),
    (of_shape(3), of_shape(2), True),
    (of_shape(2), of_shape(4, 3), True),
    (reals.of(), of_shape(4, 3), True),
    (of_shape(3, 2), of_shape(3, 5), True),
    (of_shape(3), of_shape(4, 3), False),
    (of_shape(2, 3), of_shape(4, 3), False),
    (reals.of(), of_shape(4, 3), False),
    (of_shape(3), of_shape(4, 2, 1), False),
)


def evaluated_shape(x, c, tensor):
    """The shape of the values of series: their own axes first, or broadcast against x."""
    return (*c[1:], *x) if tensor else broadcast(c[1:], x)


def by_columns(powers, c, g):
    """The cotangent of coefficients whose series broadcast against x."""
    more = g.ndim - powers.ndim + 1
    shape = (powers.shape[-1], *(1,) * more, *powers.shape[:-1])
    terms = np.reshape(np.moveaxis(powers, -1, 0), shape) * g
    rows = (c.shape[0], *(1,) * (g.ndim - c.ndim + 1), *c.shape[1:])
    return np.reshape(sum_to(terms, rows), c.shape)


def state_value(val, der, vander):
    """The rule of the evaluator of a basis."""

    @rule(val, on={"x c tensor": VALUES})
    class value:
        """ans = Σ c_k P_k(x) for the series in the columns of c."""

        def primal(x, c, tensor=True):
            return val(x, c, tensor=tensor)

        def shape(x, c, tensor):
            return evaluated_shape(x, c, tensor)

        def tangent(x, c, tensor, x_dot, c_dot):
            return val(x, c_dot, tensor=tensor) + val(x, der(c), tensor=tensor) * x_dot

        def adjoint(x, c, tensor, ans_bar):
            x_bar = sum_to(ans_bar * val(x, der(c), tensor=tensor), x.shape)
            if c.ndim == 1:
                c_bar = np.reshape(ans_bar, (-1,)) @ vander(np.reshape(x, (-1,)), c.size - 1)
            elif x.ndim == 0:
                powers = vander(np.reshape(x, (1,)), c.shape[0] - 1)
                c_bar = np.reshape(powers, (-1, *(1,) * (c.ndim - 1))) * ans_bar
            elif tensor:
                places = tuple([c.ndim - 1 + i for i in range(x.ndim)])
                c_bar = np.tensordot(
                    vander(x, c.shape[0] - 1), ans_bar, axes=(first(x.ndim), places)
                )
            else:
                c_bar = by_columns(vander(x, c.shape[0] - 1), c, ans_bar)
            return x_bar, c_bar


def state_matrix(vander, der):
    """The rule of the matrix of a basis."""

    def slopes(x, deg):
        return vander(x, max(deg - 1, 0)) @ der(np.eye(deg + 1, dtype=x.dtype))

    @rule(vander, on={"x": one_of(reals.of(), of_shape(3), of_shape(2, 3)), "deg": one_of(3, 0, 1)})
    class matrix:
        """ans = P_k(x) for k to deg, in a new last axis."""

        def primal(x, deg):
            return vander(x, deg)

        def shape(x, deg):
            return (*(x or (1,)), deg + 1 if isinstance(deg, int) else None)

        def tangent(x, deg, x_dot):
            if x.ndim == 0:
                return slopes(x, deg) * x_dot
            return slopes(x, deg) * np.expand_dims(x_dot, -1)

        def adjoint(x, deg, ans_bar):
            x_bar = np.reshape(np.sum(ans_bar * slopes(x, deg), axis=-1), x.shape)
            return x_bar


DERIVED = together(
    (of_shape(5), 1, 1, 0),
    (of_shape(5), 2, reals.of(), 0),
    (of_shape(4, 2), 3, nonzero.of(), 0),
    (of_shape(2, 4), 1, nonzero.of(), 1),
    (of_shape(2, 4, 3), 2, 2.0, -2),
    (of_shape(1), 1, 1, 0),
    (of_shape(2), 5, 1, 0),
    (of_shape(3), 0, 1, 0),
)


def rows_first(matrix, g, axis):
    """The transposed matrix applied along an axis."""
    found = np.tensordot(matrix, g, axes=(0, axis))
    return found if axis == 0 else np.moveaxis(found, 0, axis)


def state_derivative(der):
    """The rule of the coefficients of the derivative of a series."""

    @rule(der, on={"c m scl axis": DERIVED})
    class derivative:
        """ans = scl^m times the coefficients of the m-th derivative of the series along `axis`."""

        def primal(c, m=1, scl=1, axis=0):
            return der(c, m, scl, axis)

        def shape(c, m, axis):
            dims = list(c)
            known = isinstance(dims[axis], int) and isinstance(m, int)
            dims[axis] = max(dims[axis] - m, 1) if known else None
            return tuple(dims)

        def tangent(c, m, scl, axis, c_dot, scl_dot):
            slope = der(c, m, 1, axis) * (m * scl ** max(m - 1, 0))
            return der(np.broadcast_to(c_dot, c.shape), m, scl, axis) + slope * scl_dot

        def adjoint(c, m, scl, axis, ans_bar):
            matrix = der(np.eye(c.shape[axis], dtype=c.dtype), m, scl)
            c_bar = ans_bar @ matrix if c.ndim == 1 else rows_first(matrix, ans_bar, axis)
            scl_bar = np.sum(ans_bar * der(c, m, 1, axis)) * (m * scl ** max(m - 1, 0))
            return c_bar, scl_bar


for _module, _name in BASES:
    _val, _der, _vander = (getattr(_module, _name + part) for part in ("val", "der", "vander"))
    state_value(_val, _der, _vander)
    state_matrix(_vander, _der)
    state_derivative(_der)

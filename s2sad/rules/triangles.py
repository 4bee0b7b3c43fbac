"""Triangles and symmetric parts of square matrices: what rules of several chapters share."""

from __future__ import annotations

import numpy as np

from s2sad.linalg import halved
from s2sad.rules.domains import of_shape, one_of
from s2sad.rules.notation import rule
from s2sad.rules.products import turned


@rule(halved, linear="x", on={"x": one_of(of_shape(3, 3), of_shape(2, 2, 2))})
class halved_:
    """ans = the lower triangle of x with half its diagonal."""

    def primal(x):
        return halved(x)

    def shape(x):
        return x

    def adjoint(ans_bar):
        x_bar = halved(ans_bar)
        return x_bar


def from_lower(x):
    """The symmetric matrix that the lower triangle of x stands for."""
    return np.tril(x) + turned(np.tril(x, -1))


def to_lower(x):
    """The transpose of `from_lower`: the lower triangle of x + xᵀ, its diagonal that of x."""
    return halved(x + np.matrix_transpose(x))


def symmetric(x):
    """The symmetric part of x."""
    return 0.5 * (x + np.matrix_transpose(x))


def antisymmetric(x):
    """The antisymmetric part of x."""
    return 0.5 * (x - np.matrix_transpose(x))

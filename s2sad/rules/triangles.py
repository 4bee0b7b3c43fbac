"""Triangular matrices: what derivatives of factorizations need."""

from __future__ import annotations

import numpy as np

from s2sad.linalg import halved, inverse_lower
from s2sad.rules.domains import of_shape, one_of, regular_matrix
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


@rule(inverse_lower, on={"lower": one_of(regular_matrix.of(3, 3), regular_matrix.of(2, 3, 3))})
class inverse_lower_:
    """ans = the inverse of the lower triangle of `lower`."""

    def primal(lower):
        return inverse_lower(lower)

    def shape(lower):
        return lower

    def tangent(ans, lower_dot):
        return -(ans @ np.tril(lower_dot) @ ans)

    def adjoint(ans, ans_bar):
        lower_bar = -np.tril(turned(ans) @ np.tril(ans_bar) @ turned(ans))
        return lower_bar

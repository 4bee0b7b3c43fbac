"""Triangles and symmetric parts of square matrices: what rules of several chapters share."""

from __future__ import annotations

import numpy as np

from s2sad.rules.products import turned


def halved(x):
    """The lower triangle of x with half its diagonal."""
    return np.tril(x) - 0.5 * on_diagonal(x)


def on_diagonal(x):
    """x with zeros off its diagonal."""
    return np.tril(np.triu(x))


def from_lower(x):
    """The symmetric matrix that the lower triangle of x stands for."""
    return np.tril(x) + turned(np.tril(x, -1))


def to_lower(x):
    """The transpose of `from_lower`: the lower triangle of x + xᵀ, its diagonal that of x."""
    return np.tril(x) + np.tril(turned(x), -1)


def symmetric(x):
    """The symmetric part of x."""
    return 0.5 * (x + np.matrix_transpose(x))


def antisymmetric(x):
    """The antisymmetric part of x."""
    return 0.5 * (x - np.matrix_transpose(x))

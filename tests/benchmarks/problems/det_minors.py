"""The determinant by expansion by minors: GradBench's `det`, a function that calls itself.

`det_by_minor` of cmpad, by B. M. Bell.  The adjoint needs no tape: the adjoint of a minor is known
when it is entered, its value when it is left.  It marks the columns in use as bits and copies
nothing.  The peers get all permutations at once, since they cannot take so many calls.
"""

from collections.abc import Callable
from itertools import permutations

import numpy as np
from numba import njit


def det_minors(a):
    n = a.shape[0]
    if n == 1:
        return a[0, 0]
    total = 0.0
    sign = 1.0
    for j in range(n):
        minor = np.delete(a[1:], j, axis=1)
        total += sign * a[0, j] * det_minors(minor)
        sign = -sign
    return total


FUNCTION = det_minors
WRT = (0,)
SIZES = {"6 x 6": {"n": 6}, "small": {"n": 3}}


def arguments(n: int) -> tuple:
    return (np.random.default_rng(31).uniform(0.2, 1.0, (n, n)) + 0.5 * np.eye(n),)


@njit(error_model="numpy", nogil=True)
def primal(a):
    return det_of(a, 0, 0)


@njit(error_model="numpy", nogil=True)
def det_of(a, row, used):
    """The determinant of the rows from this one on, without the columns whose bits are set."""
    n = a.shape[0]
    total = 0.0
    sign = 1.0
    for j in range(n):
        if not used >> j & 1:
            minor = 1.0 if row == n - 1 else det_of(a, row + 1, used | 1 << j)
            total += sign * a[row, j] * minor
            sign = -sign
    return total


@njit(error_model="numpy", nogil=True)
def adjoint(a):
    a_bar = np.zeros_like(a)
    det_and_adjoint(a, 0, 0, 1.0, a_bar)
    return (a_bar,)


@njit(error_model="numpy", nogil=True)
def det_and_adjoint(a, row, used, bar, a_bar):
    """The same determinant, whose adjoint is `bar`."""
    n = a.shape[0]
    total = 0.0
    sign = 1.0
    for j in range(n):
        if not used >> j & 1:
            minor = 1.0
            if row < n - 1:
                minor_bar = sign * bar * a[row, j]
                minor = det_and_adjoint(a, row + 1, used | 1 << j, minor_bar, a_bar)
            a_bar[row, j] += sign * bar * minor
            total += sign * a[row, j] * minor
            sign = -sign
    return total


def permutations_and_signs(n):
    """All permutations of n, and 1 for the even ones, -1 for the odd ones."""
    all_of_them = np.array(list(permutations(range(n))))
    earlier = all_of_them[:, :, None] > all_of_them[:, None, :]
    inversions = np.sum(np.triu(earlier), axis=(1, 2))
    return all_of_them, 1.0 - 2.0 * (inversions % 2)


def in_jax() -> Callable:
    import jax.numpy as jnp

    def in_jax(a):
        n = a.shape[0]
        columns, signs = permutations_and_signs(n)
        return jnp.sum(signs * jnp.prod(a[jnp.arange(n), columns], axis=1))

    return in_jax


def in_torch() -> Callable:
    import torch

    def in_torch(a):
        n = a.shape[0]
        columns, signs = map(torch.as_tensor, permutations_and_signs(n))
        return torch.sum(signs * torch.prod(a[torch.arange(n), columns], dim=1))

    return in_torch


def in_autograd() -> Callable:
    import autograd.numpy as anp

    def in_autograd(a):
        n = a.shape[0]
        columns, signs = permutations_and_signs(n)
        return anp.sum(signs * anp.prod(a[np.arange(n), columns], axis=1))

    return in_autograd

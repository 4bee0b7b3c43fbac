"""The gradient and the diagonal of the Hessian of the cost of a clustering, for a step of Newton's.

The function of `kmeans`.  Its Hessian is diagonal where no point is as near to a second centroid,
so that the Hessian times ones has the diagonal.
"""

import numpy as np
from numba import njit

from tests.benchmarks.problems.kmeans import (
    arguments,
    in_autograd,
    in_jax,
    in_torch,
    kmeans,
    primal,
    sums,
)

__all__ = ["adjoint", "arguments", "in_autograd", "in_jax", "in_torch", "primal"]

FUNCTION = kmeans
WRT = (0,)
KIND = "hessian_diagonal"
SIZES = {"n = 10 000": {"n": 10_000, "k": 16, "d": 8}, "small": {"n": 30, "k": 4, "d": 3}}


@njit(error_model="numpy", nogil=True)
def adjoint(centroids, points):
    gradient, counts = sums(centroids, points)
    diagonal = np.empty_like(gradient)
    for j in range(gradient.shape[0]):
        for a in range(gradient.shape[1]):
            diagonal[j, a] = 2 * counts[j]
    return gradient, diagonal

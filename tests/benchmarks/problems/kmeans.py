"""The cost of a clustering, and its gradient: GradBench's `kmeans`.

The sum over points (n, d) of the squared distance to the nearest of k centroids (k, d), after
L. Bottou, Y. Bengio, "Convergence properties of the k-means algorithms", NIPS 1994.  The gradient
is for the centroids; `kmeans_hessian` has the diagonal of the Hessian too.
"""

from collections.abc import Callable

import numpy as np
from numba import njit


def kmeans(centroids, points):
    difference = points[:, None, :] - centroids[None, :, :]
    return np.sum(np.min(np.sum(difference**2, axis=2), axis=1))


FUNCTION = kmeans
WRT = (0,)
SIZES = {"n = 10 000": {"n": 10_000, "k": 16, "d": 8}, "small": {"n": 30, "k": 4, "d": 3}}


def arguments(n: int, k: int, d: int) -> tuple:
    rng = np.random.default_rng(29)
    centers = rng.normal(size=(k, d))
    points = centers[rng.integers(0, k, n)] + 0.4 * rng.normal(size=(n, d))
    return centers + 0.1 * rng.normal(size=(k, d)), points


@njit(error_model="numpy", nogil=True)
def primal(centroids, points):
    k, d = centroids.shape
    total = 0.0
    for i in range(points.shape[0]):
        nearest = np.inf
        for j in range(k):
            distance = 0.0
            for a in range(d):
                distance += (points[i, a] - centroids[j, a]) ** 2
            nearest = min(nearest, distance)
        total += nearest
    return total


BLOCK = 64


@njit(error_model="numpy", nogil=True)
def sums(centroids, points):
    """The gradient, and how many points are nearest to each centroid.

    The innermost loops run over a block of points, so that distances and choices vectorize.
    """
    (n, d), k = points.shape, centroids.shape[0]
    columns = np.zeros((d, BLOCK))
    distance, least, nearest = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    gradient, counts = np.zeros((k, d)), np.zeros(k)
    for first in range(0, n, BLOCK):
        width = min(BLOCK, n - first)
        for b in range(width):
            for a in range(d):
                columns[a, b] = points[first + b, a]
        least[:] = np.inf
        for j in range(k):
            for b in range(BLOCK):
                distance[b] = 0.0
            for a in range(d):
                c = centroids[j, a]
                for b in range(BLOCK):
                    difference = columns[a, b] - c
                    distance[b] += difference * difference
            number = float(j)
            for b in range(BLOCK):
                closer = distance[b] < least[b]
                least[b] = distance[b] if closer else least[b]
                nearest[b] = number if closer else nearest[b]
        for b in range(width):
            j = int(nearest[b])
            counts[j] += 1
            for a in range(d):
                gradient[j, a] += 2 * (centroids[j, a] - points[first + b, a])
    return gradient, counts


@njit(error_model="numpy", nogil=True)
def adjoint(centroids, points):
    return (sums(centroids, points)[0],)


def in_jax() -> Callable:
    import jax.numpy as jnp

    def in_jax(centroids, points):
        difference = points[:, None, :] - centroids[None, :, :]
        return jnp.sum(jnp.min(jnp.sum(difference**2, axis=2), axis=1))

    return in_jax


def in_torch() -> Callable:
    import torch

    def in_torch(centroids, points):
        difference = points[:, None, :] - centroids[None, :, :]
        return torch.sum(torch.amin(torch.sum(difference**2, dim=2), dim=1))

    return in_torch


def in_autograd() -> Callable:
    import autograd.numpy as np

    def in_autograd(centroids, points):
        difference = points[:, None, :] - centroids[None, :, :]
        return np.sum(np.min(np.sum(difference**2, axis=2), axis=1))

    return in_autograd

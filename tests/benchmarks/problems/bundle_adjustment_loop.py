"""Bundle adjustment as a loop over observations: the problem of `bundle_adjustment`, one at a time.

Formula, sizes, blocks of the Jacobian, loops by hand and peers are those of `bundle_adjustment`;
what is measured is what becomes of the function that a scientist writes for one observation: small
vectors, a branch for the angle 0, a row written in place.  s2sad gets the blocks from two rows in
reverse mode, as there: with a camera and a point of its own for every observation, the sum of the
residuals has every observation in columns of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.problems import bundle_adjustment as vectorized

WRT = vectorized.WRT
KIND = vectorized.KIND
SIZES = vectorized.SIZES
arguments = vectorized.arguments
columns = vectorized.columns


def rotate(rotation, x):
    square = rotation @ rotation
    if square > 0.0:
        angle = np.sqrt(square)
        axis = rotation / angle
        turned = np.cos(angle) * x + np.sin(angle) * np.cross(axis, x)
        return turned + (1.0 - np.cos(angle)) * (axis @ x) * axis
    return x + np.cross(rotation, x)


def project(camera, point):
    x = rotate(camera[:3], point - camera[3:6])
    p = x[:2] / x[2]
    square = p @ p
    distortion = 1.0 + camera[9] * square + camera[10] * square**2
    return camera[6] * distortion * p + camera[7:9]


def bundle_adjustment_loop(cameras, points, weights, observations, features):
    size = len(observations)
    residuals, weight_errors = np.empty((size, 2)), np.empty(size)
    for i in range(size):
        camera, point = observations[i]
        residuals[i] = weights[i] * (project(cameras[camera], points[point]) - features[i])
        weight_errors[i] = 1.0 - weights[i] ** 2
    return residuals, weight_errors


FUNCTION = bundle_adjustment_loop
primal = vectorized.primal
adjoint = vectorized.adjoint


def sum_of_residuals(cameras, points, weights, observations, features):
    residuals, _ = bundle_adjustment_loop(cameras, points, weights, observations, features)
    return np.sum(residuals, axis=0)


def sum_of_weight_errors(cameras, points, weights, observations, features):
    _, weight_errors = bundle_adjustment_loop(cameras, points, weights, observations, features)
    return np.sum(weight_errors)


def derivative_by_s2sad(backend: str) -> Callable[..., Any]:
    """Two rows in reverse mode, and a gradient."""
    import s2sad

    options = {} if backend == "numpy" else {"backend": backend}
    rows = s2sad.jacrev(sum_of_residuals, argnums=(0, 1, 2), **options)
    of_weights = s2sad.grad(sum_of_weight_errors, argnums=2, **options)

    def blocks(cameras, points, weights, observations, features):
        size = len(observations)
        own = cameras[observations[:, 0]], points[observations[:, 1]]
        itself = np.stack([np.arange(size), np.arange(size)], axis=1)
        parts = rows(*own, weights, itself, features)
        of_errors = of_weights(*own, weights, itself, features)
        return *(np.moveaxis(part, 0, 1) for part in parts), of_errors

    return blocks


derivative_in_jax = vectorized.derivative_in_jax
derivative_in_torch = vectorized.derivative_in_torch
derivative_in_autograd = vectorized.derivative_in_autograd

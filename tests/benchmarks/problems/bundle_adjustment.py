"""Residuals of bundle adjustment and their Jacobian by blocks; NumPy over all observations at once.

An observation (camera, point) has the residual w (f D(p) p + u - feature), where p is the rotated
point R (X - C) divided by its depth and D(p) = 1 + k1 |p|^2 + k2 |p|^4.  A camera's eleven numbers
are its rotation (axis times angle), C, f, u, k1 and k2.  Each weight w has the residual 1 - w^2.

Formula: F. Srajer, Z. Kukelova, A. Fitzgibbon, "A benchmark of selected algorithmic differentiation
tools on some problems in computer vision and machine learning" (2018), section 4.2; Rodrigues'
rotation formula.  No camera has the rotation 0.

The Jacobian is block-sparse: a residual depends on one camera, one point and one weight.  The
result, for p observations, is the tuple of
    camera (p, 2, 11), point (p, 2, 3), weight (p, 2), weight_error (p,),
the derivatives of both residuals of an observation by its camera, its point and its weight, and
those of the weights' residuals.  Put side by side they are the values of the matrix in compressed
rows.  Tools get them from `reprojection` of parameters that are gathered first: the sum of the
residuals over all observations has two rows, in which every observation has its own columns.

Sizes: 2 000 and 31 843 observations (the first data set of ADBench: 49 cameras, 7 776 points).  The
adjoint goes through the observations once and propagates both rows backward.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

WRT = (0, 1, 2)
KIND = "jacobian"
SIZES = {
    "2 000 observations": {"cameras": 12, "points": 500, "observations": 2000},
    "31 843 observations": {"cameras": 49, "points": 7776, "observations": 31_843},
    "small": {"cameras": 3, "points": 5, "observations": 8},
}


def arguments(cameras: int, points: int, observations: int) -> tuple[Any, ...]:
    """cameras (n, 11), points (m, 3), weights (p,), observations (p, 2), features (p, 2)."""
    rng = np.random.default_rng(3)
    camera = rng.uniform(-0.5, 0.5, size=(cameras, 11))
    camera[:, 5] -= 4.0
    camera[:, 6] += 1.5
    point = rng.uniform(-1.0, 1.0, size=(points, 3))
    weights = rng.uniform(0.5, 1.5, size=observations)
    seen = rng.integers(0, (cameras, points), size=(observations, 2))
    return camera, point, weights, seen, rng.normal(size=(observations, 2))


def columns(*_: Any) -> int:
    """The columns of a block."""
    return 15


def rotate(rotation, x):
    angle = np.linalg.norm(rotation, axis=1)[:, np.newaxis]
    axis = rotation / angle
    along = np.sum(axis * x, axis=1)[:, np.newaxis]
    return (
        np.cos(angle) * x + np.sin(angle) * np.cross(axis, x) + (1.0 - np.cos(angle)) * along * axis
    )


def project(cameras, points):
    x = rotate(cameras[:, :3], points - cameras[:, 3:6])
    p = x[:, :2] / x[:, 2:]
    square = np.sum(p**2, axis=1)
    distortion = 1.0 + cameras[:, 9] * square + cameras[:, 10] * square**2
    return p * (cameras[:, 6] * distortion)[:, np.newaxis] + cameras[:, 7:9]


def reprojection(cameras, points, weights, features):
    return weights[:, np.newaxis] * (project(cameras, points) - features)


def bundle_adjustment(cameras, points, weights, observations, features):
    cameras, points = cameras[observations[:, 0]], points[observations[:, 1]]
    return reprojection(cameras, points, weights, features), 1.0 - weights**2


FUNCTION = bundle_adjustment


# ---- by hand ------------------------------------------------------------------------------------


@njit(error_model="numpy", nogil=True)
def primal(cameras, points, weights, observations, features):
    size = weights.shape[0]
    residuals, weight_errors = np.empty((size, 2)), np.empty(size)
    for i in range(size):
        camera, point = cameras[observations[i, 0]], points[observations[i, 1]]
        angle = np.sqrt(camera[0] ** 2 + camera[1] ** 2 + camera[2] ** 2)
        sin, cos = np.sin(angle), np.cos(angle)
        a0, a1, a2 = camera[0] / angle, camera[1] / angle, camera[2] / angle
        d0, d1, d2 = point[0] - camera[3], point[1] - camera[4], point[2] - camera[5]
        along = (1.0 - cos) * (a0 * d0 + a1 * d1 + a2 * d2)
        q0 = cos * d0 + sin * (a1 * d2 - a2 * d1) + along * a0
        q1 = cos * d1 + sin * (a2 * d0 - a0 * d2) + along * a1
        q2 = cos * d2 + sin * (a0 * d1 - a1 * d0) + along * a2
        p0, p1 = q0 / q2, q1 / q2
        square = p0 * p0 + p1 * p1
        factor = camera[6] * (1.0 + square * (camera[9] + square * camera[10]))
        residuals[i, 0] = weights[i] * (factor * p0 + camera[7] - features[i, 0])
        residuals[i, 1] = weights[i] * (factor * p1 + camera[8] - features[i, 1])
        weight_errors[i] = 1.0 - weights[i] * weights[i]
    return residuals, weight_errors


@njit(error_model="numpy", nogil=True)
def adjoint(cameras, points, weights, observations, features):
    size = weights.shape[0]
    camera_bar, point_bar = np.empty((size, 2, 11)), np.empty((size, 2, 3))
    weight_bar, weight_error_bar = np.empty((size, 2)), np.empty(size)
    for i in range(size):
        camera, point = cameras[observations[i, 0]], points[observations[i, 1]]
        angle = np.sqrt(camera[0] ** 2 + camera[1] ** 2 + camera[2] ** 2)
        sin, cos, inverse = np.sin(angle), np.cos(angle), 1.0 / angle
        a0, a1, a2 = camera[0] * inverse, camera[1] * inverse, camera[2] * inverse
        d0, d1, d2 = point[0] - camera[3], point[1] - camera[4], point[2] - camera[5]
        dot, versine = a0 * d0 + a1 * d1 + a2 * d2, 1.0 - cos
        q0 = cos * d0 + sin * (a1 * d2 - a2 * d1) + versine * dot * a0
        q1 = cos * d1 + sin * (a2 * d0 - a0 * d2) + versine * dot * a1
        q2 = cos * d2 + sin * (a0 * d1 - a1 * d0) + versine * dot * a2
        depth = 1.0 / q2
        p0, p1 = q0 * depth, q1 * depth
        square = p0 * p0 + p1 * p1
        distortion = 1.0 + square * (camera[9] + square * camera[10])
        slope = 2.0 * camera[6] * (camera[9] + 2.0 * square * camera[10])
        weight_bar[i, 0] = camera[6] * distortion * p0 + camera[7] - features[i, 0]
        weight_bar[i, 1] = camera[6] * distortion * p1 + camera[8] - features[i, 1]
        weight_error_bar[i] = -2.0 * weights[i]
        for row in range(2):
            w, p = weights[i], p0 if row == 0 else p1
            p0_bar = w * slope * p * p0 + (w * camera[6] * distortion if row == 0 else 0.0)
            p1_bar = w * slope * p * p1 + (w * camera[6] * distortion if row == 1 else 0.0)
            q0_bar, q1_bar = p0_bar * depth, p1_bar * depth
            q2_bar = -(q0_bar * p0 + q1_bar * p1)
            # for a fixed axis dq / dangle = axis x q; d is rotated back by the negative angle
            angle_bar = (
                q0_bar * (a1 * q2 - a2 * q1)
                + q1_bar * (a2 * q0 - a0 * q2)
                + q2_bar * (a0 * q1 - a1 * q0)
            )
            a_bar = a0 * q0_bar + a1 * q1_bar + a2 * q2_bar
            d0_bar = cos * q0_bar - sin * (a1 * q2_bar - a2 * q1_bar) + versine * a_bar * a0
            d1_bar = cos * q1_bar - sin * (a2 * q0_bar - a0 * q2_bar) + versine * a_bar * a1
            d2_bar = cos * q2_bar - sin * (a0 * q1_bar - a1 * q0_bar) + versine * a_bar * a2
            a0_bar = sin * (d1 * q2_bar - d2 * q1_bar) + versine * (a_bar * d0 + dot * q0_bar)
            a1_bar = sin * (d2 * q0_bar - d0 * q2_bar) + versine * (a_bar * d1 + dot * q1_bar)
            a2_bar = sin * (d0 * q1_bar - d1 * q0_bar) + versine * (a_bar * d2 + dot * q2_bar)
            angle_bar -= (a0 * a0_bar + a1 * a1_bar + a2 * a2_bar) * inverse
            camera_bar[i, row, 0] = angle_bar * a0 + a0_bar * inverse
            camera_bar[i, row, 1] = angle_bar * a1 + a1_bar * inverse
            camera_bar[i, row, 2] = angle_bar * a2 + a2_bar * inverse
            camera_bar[i, row, 3] = -d0_bar
            camera_bar[i, row, 4] = -d1_bar
            camera_bar[i, row, 5] = -d2_bar
            camera_bar[i, row, 6] = w * distortion * p
            camera_bar[i, row, 7] = w if row == 0 else 0.0
            camera_bar[i, row, 8] = w if row == 1 else 0.0
            camera_bar[i, row, 9] = w * camera[6] * p * square
            camera_bar[i, row, 10] = w * camera[6] * p * square * square
            point_bar[i, row, 0] = d0_bar
            point_bar[i, row, 1] = d1_bar
            point_bar[i, row, 2] = d2_bar
    return camera_bar, point_bar, weight_bar, weight_error_bar


# ---- the blocks by each tool --------------------------------------------------------------------


def sum_of_residuals(cameras, points, weights, features):
    return np.sum(reprojection(cameras, points, weights, features), axis=0)


def sum_of_weight_errors(weights):
    return np.sum(1.0 - weights**2)


def derivative_by_s2sad(backend: str) -> Callable[..., Any]:
    """Two rows in reverse mode."""
    import s2sad

    options = {} if backend == "numpy" else {"backend": backend}
    rows = s2sad.jacrev(sum_of_residuals, argnums=(0, 1, 2), **options)
    of_weights = s2sad.grad(sum_of_weight_errors, **options)

    def blocks(cameras, points, weights, observations, features):
        own = cameras[observations[:, 0]], points[observations[:, 1]]
        parts = rows(*own, weights, features)
        return *(np.moveaxis(part, 0, 1) for part in parts), of_weights(weights)

    return blocks


def derivative_in_jax() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def residual(camera, point, weight, feature):
        angle = jnp.linalg.norm(camera[:3])
        axis = camera[:3] / angle
        d = point - camera[3:6]
        cos, sin = jnp.cos(angle), jnp.sin(angle)
        x = cos * d + sin * jnp.cross(axis, d) + (1.0 - cos) * jnp.dot(axis, d) * axis
        p = x[:2] / x[2]
        square = jnp.dot(p, p)
        distortion = 1.0 + camera[9] * square + camera[10] * square**2
        return weight * (camera[6] * distortion * p + camera[7:9] - feature)

    of_observations = jax.vmap(jax.jacrev(residual, (0, 1, 2)))
    of_weights = jax.vmap(jax.grad(lambda weight: 1.0 - weight**2))

    def blocks(cameras, points, weights, observations, features):
        own = cameras[observations[:, 0]], points[observations[:, 1]]
        return *of_observations(*own, weights, features), of_weights(weights)

    return blocks


def derivative_in_torch() -> Callable[..., Any]:
    import torch

    def residuals(cameras, points, weights, features):
        angle = torch.linalg.norm(cameras[:, :3], dim=1, keepdim=True)
        axis = cameras[:, :3] / angle
        d = points - cameras[:, 3:6]
        along = torch.sum(axis * d, 1, keepdim=True)
        cos, sin = torch.cos(angle), torch.sin(angle)
        x = cos * d + sin * torch.linalg.cross(axis, d) + (1.0 - cos) * along * axis
        p = x[:, :2] / x[:, 2:]
        square = torch.sum(p**2, 1)
        distortion = 1.0 + cameras[:, 9] * square + cameras[:, 10] * square**2
        projected = p * (cameras[:, 6] * distortion)[:, None] + cameras[:, 7:9]
        return weights[:, None] * (projected - features)

    def blocks(cameras, points, weights, observations, features):
        own = cameras[observations[:, 0]], points[observations[:, 1]], weights
        own = [part.detach().requires_grad_() for part in own]
        total = residuals(*own, features).sum(0)
        rows = [torch.autograd.grad(part, own, retain_graph=True) for part in total]
        of_weights = torch.autograd.grad(torch.sum(1.0 - own[2] ** 2), own[2])
        return *(torch.stack(pair, 1) for pair in zip(*rows, strict=True)), *of_weights

    return blocks


def derivative_in_autograd() -> Callable[..., Any]:
    import autograd
    import autograd.numpy as anp

    def residuals(cameras, points, weights, features):
        angle = anp.sqrt(anp.sum(cameras[:, :3] ** 2, axis=1, keepdims=True))
        axis = cameras[:, :3] / angle
        d = points - cameras[:, 3:6]
        along = anp.sum(axis * d, axis=1, keepdims=True)
        cos, sin = anp.cos(angle), anp.sin(angle)
        x = cos * d + sin * anp.cross(axis, d) + (1.0 - cos) * along * axis
        p = x[:, :2] / x[:, 2:]
        square = anp.sum(p**2, axis=1)
        distortion = 1.0 + cameras[:, 9] * square + cameras[:, 10] * square**2
        projected = p * (cameras[:, 6] * distortion)[:, None] + cameras[:, 7:9]
        return weights[:, None] * (projected - features)

    def row(cameras, points, weights, features, k):
        return anp.sum(residuals(cameras, points, weights, features)[:, k])

    of_row = autograd.grad(row, (0, 1, 2))
    of_weights = autograd.grad(lambda weights: anp.sum(1.0 - weights**2))

    def blocks(cameras, points, weights, observations, features):
        own = cameras[observations[:, 0]], points[observations[:, 1]]
        rows = [of_row(*own, weights, features, k) for k in range(2)]
        parts = (np.stack(pair, axis=1) for pair in zip(*rows, strict=True))
        return *parts, of_weights(weights)

    return blocks

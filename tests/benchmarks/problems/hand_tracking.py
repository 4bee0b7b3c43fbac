"""Hand tracking: from the 26 parameters of a hand to the distances of its vertices from points.

theta holds the rotation of the hand (axis times angle), its translation, and for each of five
fingers the flexion and abduction of the first of its moving bones and the flexion of the others.
A bone b turns in its parent's frame, absolute[b] = absolute[parent] base_relative[b] rotation[b];
linear blend skinning moves a vertex p, in homogeneous coordinates, to

    sum_b weight[p, b] absolute[b] inverse_base_absolute[b] p,

which the hand's rotation and translation take to its place.  The residual of a correspondence is
its point minus its vertex.

Formula: J. Taylor et al., "User-specific hand modeling from monocular depth sequences" (2014), as
used in F. Srajer, Z. Kukelova, A. Fitzgibbon, "A benchmark of selected algorithmic differentiation
tools on some problems in computer vision and machine learning" (2018), section 4.3.

The Jacobian has 26 columns, shape (points, 3, 26).

Sizes: a model of 544 vertices with 100 points and one of 10 000 with as many points; both are
random and of 22 bones.  The adjoint moves only vertices that are asked for, in blocks; every bone
carries tangents of those parameters alone that move it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from tests.benchmarks.hand_loops import (
    BLOCK,
    BONES,
    PARAMETERS,
    PARENTS,
    add_transformed,
    hand_rotation,
    transforms_of,
    weighted_positions,
    write_block,
)
from tests.benchmarks.hand_peers import vertices_in_autograd, vertices_in_jax, vertices_in_torch

WRT = (0,)
KIND = "jacobian"
SIZES = {
    "544 vertices 100 points": {"vertices": 544, "points": 100},
    "10 000 vertices 10 000 points": {"vertices": 10_000, "points": 10_000},
    "small": {"vertices": 12, "points": 5},
}


def arguments(vertices: int, points: int) -> tuple[Any, ...]:
    """theta, the model (parents, two stacks of transforms, positions, weights), the points."""
    rng = np.random.default_rng(4)
    relatives = np.tile(np.eye(4), (BONES, 1, 1))
    relatives[:, :3, :3] = np.linalg.qr(rng.normal(size=(BONES, 3, 3)))[0]
    relatives[:, :3, 3] = rng.normal(size=(BONES, 3))
    absolutes = relatives.copy()
    for b in range(1, BONES):
        absolutes[b] = absolutes[PARENTS[b]] @ relatives[b]
    positions = np.ones((vertices, 4))
    positions[:, :3] = rng.normal(size=(vertices, 3))
    weights = rng.uniform(size=(vertices, BONES)) ** 4
    weights /= np.sum(weights, axis=1, keepdims=True)
    model = PARENTS.copy(), relatives, np.linalg.inv(absolutes), positions, weights
    correspondences = rng.integers(0, vertices, size=points)
    theta = rng.uniform(-1.0, 1.0, size=PARAMETERS)
    return theta, *model, correspondences, rng.normal(size=(points, 3))


def rotation_by_euler(x, z, y):
    cx, sx, cy, sy, cz, sz = np.cos(x), np.sin(x), np.cos(y), np.sin(y), np.cos(z), np.sin(z)
    about_x = np.array([[1.0, 0.0, 0.0], [0.0, cx, -sx], [0.0, sx, cx]])
    about_y = np.array([[cy, 0.0, sy], [0.0, 1.0, 0.0], [-sy, 0.0, cy]])
    about_z = np.array([[cz, -sz, 0.0], [sz, cz, 0.0], [0.0, 0.0, 1.0]])
    return about_z @ about_y @ about_x


def rotation_by_axis(r):
    angle = np.sqrt(np.sum(r**2))
    if angle < 1e-4:
        return np.eye(3)
    x, y, z = r / angle
    K = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + np.sin(angle) * K + (1.0 - np.cos(angle)) * (K @ K)


def angles_of_bones(theta, bones):
    angles = np.zeros((bones, 3))
    for finger in range(5):
        first, own = 2 + 4 * finger, theta[6 + 4 * finger : 10 + 4 * finger]
        angles[first, :2] = own[:2]
        angles[first + 1 : first + 3, 0] = own[2:]
    return angles


def bone_transforms(theta, parents, base_relatives, inverse_base_absolutes):
    angles = angles_of_bones(theta, len(parents))
    absolutes = np.zeros_like(base_relatives)
    for b in range(len(parents)):
        rotation = np.eye(4)
        rotation[:3, :3] = rotation_by_euler(angles[b, 0], angles[b, 1], angles[b, 2])
        absolutes[b] = base_relatives[b] @ rotation
        if parents[b] >= 0:
            absolutes[b] = absolutes[parents[b]] @ absolutes[b]
    return absolutes @ inverse_base_absolutes


def skinned_vertices(theta, parents, base_relatives, inverse_base_absolutes, positions, weights):
    transforms = bone_transforms(theta, parents, base_relatives, inverse_base_absolutes)
    skinned = np.zeros((len(positions), 3))
    for b in range(len(parents)):
        skinned += weights[:, b : b + 1] * (positions @ transforms[b, :3].T)
    return skinned @ rotation_by_axis(theta[:3]).T + theta[3:6]


def hand_tracking(
    theta,
    parents,
    base_relatives,
    inverse_base_absolutes,
    positions,
    weights,
    correspondences,
    points,
):
    vertices = skinned_vertices(
        theta, parents, base_relatives, inverse_base_absolutes, positions, weights
    )
    return points - vertices[correspondences]


FUNCTION = hand_tracking


# ---- by hand ------------------------------------------------------------------------------------


@njit(error_model="numpy", nogil=True)
def primal(
    theta, parents, base_relatives, inverse_base_absolutes,
    positions, weights, correspondences, points
):  # fmt: skip
    hand, turns, residuals = np.empty((3, 3)), np.empty((3, 3, 3)), np.empty_like(points)
    hand_rotation(theta, hand, turns)
    transforms, _ = transforms_of(
        theta, parents, base_relatives, inverse_base_absolutes, hand, np.empty((0, 0, 3, 4))
    )
    moved, weighted = np.empty((3, BLOCK)), np.zeros((4, BLOCK))
    for start in range(0, points.shape[0], BLOCK):
        vertices = correspondences[start : start + BLOCK]
        moved[:] = 0.0
        for b in range(parents.shape[0]):
            weighted_positions(positions, weights, vertices, b, weighted)
            add_transformed(transforms[b], weighted, moved)
        for p in range(vertices.shape[0]):
            for i in range(3):
                residuals[start + p, i] = points[start + p, i] - moved[i, p] - theta[3 + i]
    return residuals


@njit(error_model="numpy", nogil=True)
def adjoint(
    theta, parents, base_relatives, inverse_base_absolutes,
    positions, weights, correspondences, points
):  # fmt: skip
    bones = parents.shape[0]
    hand, turns = np.empty((3, 3)), np.empty((3, 3, 3))
    hand_rotation(theta, hand, turns)
    tangents = np.zeros((bones, PARAMETERS, 3, 4))
    transforms, ranges = transforms_of(
        theta, parents, base_relatives, inverse_base_absolutes, hand, tangents
    )
    jacobian = np.empty((points.shape[0], 3, PARAMETERS))
    moved, weighted = np.empty((3, BLOCK)), np.zeros((4, BLOCK))
    by_finger = np.empty((PARAMETERS, 3, BLOCK))
    for start in range(0, points.shape[0], BLOCK):
        vertices = correspondences[start : start + BLOCK]
        moved[:] = 0.0
        by_finger[:] = 0.0
        for b in range(bones):
            weighted_positions(positions, weights, vertices, b, weighted)
            add_transformed(transforms[b], weighted, moved)
            for j in range(ranges[b, 0], ranges[b, 1]):
                add_transformed(tangents[b, j], weighted, by_finger[j])
        write_block(moved, by_finger, turns, jacobian[start : start + BLOCK])
    return (jacobian,)


# ---- the peers ----------------------------------------------------------------------------------


def in_jax() -> Callable[..., Any]:
    vertices = vertices_in_jax()

    def f(theta, parents, relatives, inverses, positions, weights, chosen, points):
        return points - vertices(theta, relatives, inverses, positions, weights, chosen)

    return f


def of_all_vertices(vertices: Callable[..., Any]) -> Callable[..., Any]:
    """The residuals from a function that moves all vertices."""

    def f(theta, parents, relatives, inverses, positions, weights, chosen, points):
        return points - vertices(theta, parents, relatives, inverses, positions, weights)[chosen]

    return f


def in_torch() -> Callable[..., Any]:
    return of_all_vertices(vertices_in_torch())


def derivative_in_autograd() -> Callable[..., Any]:
    """Column by column in forward mode: there are more rows."""
    import autograd

    push_from = autograd.make_jvp(of_all_vertices(vertices_in_autograd()))

    def jacobian(theta, *model):
        push = push_from(theta, *model)
        return (np.stack([push(direction)[1] for direction in np.eye(len(theta))], axis=2),)

    return jacobian

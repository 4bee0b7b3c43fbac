"""Hand tracking with points on triangles: ADBench's "complicated" form of `hand_tracking`.

A correspondence is a triangle of the model, and its two barycentric coordinates u are parameters as
well: the residual is the point minus u0 v0 + u1 v1 + (1 - u0 - u1) v2 for the vertices v of the
triangle.  Formula: as `hand_tracking`.

Of the Jacobian with respect to u only those columns are not zero that belong to the correspondence.
The result is the tuple of the derivatives by theta, (points, 3, 26), and by the u of the same
correspondence, (points, 3, 2).  Tools get the latter as the derivative by a shift of all u.

Sizes: those of `hand_tracking`.  The adjoint moves the vertices that are corners, and blends
weighted positions with u before it applies the tangents of the bones, which then cost as much as
for one vertex.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from tests.benchmarks.hand_loops import (
    BLOCK,
    PARAMETERS,
    add_transformed,
    hand_rotation,
    transforms_of,
    write_block,
)
from tests.benchmarks.hand_peers import vertices_in_autograd, vertices_in_jax, vertices_in_torch
from tests.benchmarks.problems import hand_tracking
from tests.benchmarks.problems.hand_tracking import skinned_vertices

WRT = (0, 1)
KIND = "jacobian"
SIZES = hand_tracking.SIZES


def arguments(vertices: int, points: int) -> tuple[Any, ...]:
    """theta, u (n, 2), the model, its triangles (m, 3), and each point's triangle and place."""
    theta, *model, _, seen = hand_tracking.arguments(vertices, points)
    rng = np.random.default_rng(5)
    triangles = rng.integers(0, vertices, size=(2 * vertices, 3))
    correspondences = rng.integers(0, len(triangles), size=points)
    return theta, rng.uniform(size=(points, 2)), *model, triangles, correspondences, seen


def columns(*_: Any) -> int:
    """Those of theta and of one correspondence."""
    return PARAMETERS + 2


def hand_tracking_barycentric(
    theta,
    u,
    parents,
    base_relatives,
    inverse_base_absolutes,
    positions,
    weights,
    triangles,
    correspondences,
    points,
):
    vertices = skinned_vertices(
        theta, parents, base_relatives, inverse_base_absolutes, positions, weights
    )
    corners = vertices[triangles[correspondences]]
    coordinates = np.column_stack([u, 1.0 - np.sum(u, axis=1)])
    return points - np.sum(coordinates[:, :, np.newaxis] * corners, axis=1)


FUNCTION = hand_tracking_barycentric


# ---- by hand ------------------------------------------------------------------------------------


@njit(error_model="numpy", nogil=True)
def turned_vertices(transforms, positions, weights, triangles, correspondences):
    """The corners but for the hand's translation: each by its blend of the bones' transforms."""
    needed = np.zeros(positions.shape[0], np.bool_)
    for p in range(correspondences.shape[0]):
        for t in range(3):
            needed[triangles[correspondences[p], t]] = True
    moved, blended, flat = np.empty((len(positions), 3)), np.empty(12), transforms.reshape(-1, 12)
    for v in range(positions.shape[0]):
        if not needed[v]:
            continue
        blended[:] = 0.0
        for b in range(flat.shape[0]):
            for k in range(12):
                blended[k] += weights[v, b] * flat[b, k]
        for i in range(3):
            s = 0.0
            for k in range(4):
                s += blended[4 * i + k] * positions[v, k]
            moved[v, i] = s
    return moved


@njit(error_model="numpy", nogil=True)
def gather(positions, weights, u, corners, places, shares):
    """The corners' positions, (3, 4, BLOCK), and weights times u, (3, bones, BLOCK), transposed."""
    for p in range(corners.shape[0]):
        for t in range(3):
            v = corners[p, t]
            coordinate = 1.0 - u[p, 0] - u[p, 1] if t == 2 else u[p, t]
            for k in range(4):
                places[t, k, p] = positions[v, k]
            for b in range(shares.shape[1]):
                shares[t, b, p] = coordinate * weights[v, b]


@njit(error_model="numpy", nogil=True)
def blend(places, shares, b, blended):
    """Positions weighted for a bone, of which the three corners make one."""
    for k in range(4):
        for p in range(BLOCK):
            blended[k, p] = (
                shares[0, b, p] * places[0, k, p]
                + shares[1, b, p] * places[1, k, p]
                + shares[2, b, p] * places[2, k, p]
            )


@njit(error_model="numpy", nogil=True)
def primal(
    theta, u, parents, base_relatives, inverse_base_absolutes,
    positions, weights, triangles, correspondences, points
):  # fmt: skip
    hand, turns, residuals = np.empty((3, 3)), np.empty((3, 3, 3)), np.empty_like(points)
    hand_rotation(theta, hand, turns)
    transforms, _ = transforms_of(
        theta, parents, base_relatives, inverse_base_absolutes, hand, np.empty((0, 0, 3, 4))
    )
    vertices = turned_vertices(transforms, positions, weights, triangles, correspondences)
    for p in range(points.shape[0]):
        v, u0, u1 = triangles[correspondences[p]], u[p, 0], u[p, 1]
        for i in range(3):
            on_triangle = u0 * vertices[v[0], i] + u1 * vertices[v[1], i]
            on_triangle += (1.0 - u0 - u1) * vertices[v[2], i]
            residuals[p, i] = points[p, i] - on_triangle - theta[3 + i]
    return residuals


@njit(error_model="numpy", nogil=True)
def adjoint(
    theta, u, parents, base_relatives, inverse_base_absolutes,
    positions, weights, triangles, correspondences, points
):  # fmt: skip
    bones, size = parents.shape[0], points.shape[0]
    hand, turns = np.empty((3, 3)), np.empty((3, 3, 3))
    hand_rotation(theta, hand, turns)
    tangents = np.zeros((bones, PARAMETERS, 3, 4))
    transforms, ranges = transforms_of(
        theta, parents, base_relatives, inverse_base_absolutes, hand, tangents
    )
    vertices = turned_vertices(transforms, positions, weights, triangles, correspondences)
    jacobian, jacobian_of_u = np.empty((size, 3, PARAMETERS)), np.empty((size, 3, 2))
    moved, blended = np.empty((3, BLOCK)), np.empty((4, BLOCK))
    places, shares = np.zeros((3, 4, BLOCK)), np.zeros((3, bones, BLOCK))
    by_finger, corners = np.empty((PARAMETERS, 3, BLOCK)), np.empty((BLOCK, 3), triangles.dtype)
    for start in range(0, size, BLOCK):
        count = min(BLOCK, size - start)
        for p in range(count):
            u0, u1 = u[start + p, 0], u[start + p, 1]
            for t in range(3):
                corners[p, t] = triangles[correspondences[start + p], t]
            for i in range(3):
                last = vertices[corners[p, 2], i]
                side0, side1 = vertices[corners[p, 0], i] - last, vertices[corners[p, 1], i] - last
                jacobian_of_u[start + p, i, 0] = -side0
                jacobian_of_u[start + p, i, 1] = -side1
                moved[i, p] = u0 * side0 + u1 * side1 + last
        by_finger[:] = 0.0
        own = u[start : start + count]
        gather(positions, weights, own, corners[:count], places, shares)
        for b in range(bones):
            if ranges[b, 0] == ranges[b, 1]:
                continue
            blend(places, shares, b, blended)
            for j in range(ranges[b, 0], ranges[b, 1]):
                add_transformed(tangents[b, j], blended, by_finger[j])
        write_block(moved, by_finger, turns, jacobian[start : start + BLOCK])
    return jacobian, jacobian_of_u


# ---- the Jacobian by each tool ------------------------------------------------------------------


def with_shift(theta, shift, u, *others):
    return hand_tracking_barycentric(theta, u + shift, *others)


def derivative_by_s2sad(backend: str) -> Callable[..., Any]:
    """All columns in forward mode."""
    import s2sad

    options = {} if backend == "numpy" else {"backend": backend}
    of_shift = s2sad.jacfwd(with_shift, argnums=(0, 1), **options)
    return lambda theta, *others: of_shift(theta, np.zeros(2), *others)


def derivative_in_jax() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    vertices = vertices_in_jax()

    def f(theta, shift, u, parents, relatives, inverses, positions, weights, corners, points):
        few = corners.size < len(positions)
        chosen = corners.reshape(-1) if few else jnp.arange(len(positions))
        moved = vertices(theta, relatives, inverses, positions, weights, chosen)
        moved = moved.reshape(-1, 3, 3) if few else moved[corners]
        u = u + shift
        u = jnp.column_stack([u, 1.0 - jnp.sum(u, axis=1)])
        return points - jnp.einsum("nt,nti->ni", u, moved)

    def jacobian(theta, u, *others):
        *model, triangles, correspondences, points = others
        model = *model, triangles[correspondences], points
        return jax.jacfwd(f, (0, 1))(theta, jnp.zeros(2), u, *model)

    return jacobian


def of_all_vertices(vertices: Callable[..., Any]) -> Callable[..., Any]:
    """The residuals from a function that moves all vertices, with a shift of all u."""

    def f(theta, shift, u, *others):
        *model, triangles, correspondences, points = others
        corners = triangles[correspondences]
        moved, u = vertices(theta, *model), u + shift
        last = (1.0 - u[:, :1] - u[:, 1:]) * moved[corners[:, 2]]
        return points - u[:, :1] * moved[corners[:, 0]] - u[:, 1:] * moved[corners[:, 1]] - last

    return f


def derivative_in_torch() -> Callable[..., Any]:
    import torch

    of_shift = torch.func.jacfwd(of_all_vertices(vertices_in_torch()), (0, 1))
    return lambda theta, *others: of_shift(theta, torch.zeros(2), *others)


def derivative_in_autograd() -> Callable[..., Any]:
    """Column by column in forward mode: there are more rows."""
    import autograd

    of_vertices = of_all_vertices(vertices_in_autograd())
    push_from = autograd.make_jvp(lambda x, *others: of_vertices(x[:-2], x[-2:], *others))

    def jacobian(theta, *others):
        push = push_from(np.append(theta, [0.0, 0.0]), *others)
        columns = [push(direction)[1] for direction in np.eye(len(theta) + 2)]
        return np.stack(columns[:-2], axis=2), np.stack(columns[-2:], axis=2)

    return jacobian

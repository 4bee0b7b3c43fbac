"""The bones of a hand and what they move, in loops by hand: for the problems of hand tracking.

The hand has a wrist, four bones for each finger from the palm outward, of which the last three
turn, and a forearm.  Transforms are (3, 4) matrices, of which the row (0, 0, 0, 1) is left out.
"""

from __future__ import annotations

import numpy as np
from numba import njit

FINGERS = 5
BONES = 22
PARAMETERS = 26
BLOCK = 64
"""How many vertices the loops over vertices take at once."""
PARENTS = np.array([-1, *(0 if b % 4 == 1 else b - 1 for b in range(1, BONES - 1)), 0])


@njit(error_model="numpy", nogil=True)
def product(a, b, out):
    """out = a b for matrices of a few rows."""
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            s = 0.0
            for k in range(b.shape[0]):
                s += a[i, k] * b[k, j]
            out[i, j] = s


@njit(error_model="numpy", nogil=True)
def finger_rotation(b, theta, rotation):
    """The rotation of a bone; the first of its angles in theta, and how many it has."""
    finger, joint = (b - 1) // 4, (b - 1) % 4
    rotation[:] = 0.0
    for i in range(3):
        rotation[i, i] = 1.0
    if b == 0 or finger >= FINGERS or joint == 0:
        return 0, 0
    first = 6 + 4 * finger + (joint if joint > 1 else 0)
    cx, sx, cz, sz = np.cos(theta[first]), np.sin(theta[first]), 1.0, 0.0
    if joint == 1:
        cz, sz = np.cos(theta[first + 1]), np.sin(theta[first + 1])
    rotation[0, 0], rotation[0, 1], rotation[0, 2] = cz, -sz * cx, sz * sx
    rotation[1, 0], rotation[1, 1], rotation[1, 2] = sz, cz * cx, -cz * sx
    rotation[2, 0], rotation[2, 1], rotation[2, 2] = 0.0, sx, cx
    return first, 2 if joint == 1 else 1


@njit(error_model="numpy", nogil=True)
def hand_rotation(theta, rotation, turns):
    """The rotation R of the hand, and for its three parameters the matrix (dR) R'."""
    x, y, z = theta[0], theta[1], theta[2]
    angle = np.sqrt(x * x + y * y + z * z)
    rotation[:] = 0.0
    turns[:] = 0.0
    for i in range(3):
        rotation[i, i] = 1.0
    if angle < 1e-4:
        return
    axis = np.array([x / angle, y / angle, z / angle])
    sin, cos = np.sin(angle), np.cos(angle)
    for i in range(3):
        for j in range(3):
            rotation[i, j] = (1.0 - cos) * axis[i] * axis[j]
        rotation[i, i] += cos
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        rotation[k, j] += sin * axis[i]
        rotation[j, k] -= sin * axis[i]
    # dR R' is the cross product with the column m of the left Jacobian of the rotation group
    for m in range(3):
        for i in range(3):
            j, k = (i + 1) % 3, (i + 2) % 3
            along = (1.0 - sin / angle) * axis[i] * axis[m]
            about = 0.0 if i == m else (-axis[k] if j == m else axis[j])
            entry = along + (sin / angle if i == m else 0.0) + (1.0 - cos) / angle * about
            turns[m, k, j] += entry
            turns[m, j, k] -= entry


@njit(error_model="numpy", nogil=True)
def transforms_of(theta, parents, base_relatives, inverse_base_absolutes, hand, tangents):
    """The (3, 4) transforms of the bones in space, and the range of parameters that move each.

    With `tangents`, (bones, 26, 3, 4), that of each such parameter is written there.
    """
    bones = parents.shape[0]
    absolutes, relative, small = np.empty((bones, 3, 4)), np.empty((4, 4)), np.empty((3, 4))
    transforms, rotation = np.empty((bones, 3, 4)), np.empty((3, 3))
    turned, derivative = np.empty((3, 3)), np.empty((3, 3))
    ranges = np.zeros((bones, 2), np.int64)
    moving = tangents.shape[0] > 0
    relative[3] = 0.0
    relative[3, 3] = 1.0
    for b in range(bones):
        first, count = finger_rotation(b, theta, rotation)
        product(base_relatives[b, :3, :3], rotation, relative[:3, :3])
        relative[:3, 3] = base_relatives[b, :3, 3]
        parent = parents[b]
        if parent < 0:
            product(hand, relative[:3], absolutes[b])
        else:
            product(absolutes[parent, :, :3], relative[:3], absolutes[b])
            absolutes[b, :, 3] += absolutes[parent, :, 3]
            ranges[b] = ranges[parent]
        product(absolutes[b, :, :3], inverse_base_absolutes[b, :3], transforms[b])
        transforms[b, :, 3] += absolutes[b, :, 3]
        if moving:
            for j in range(ranges[b, 0], ranges[b, 1]):
                product(tangents[parent, j], relative, small)
                tangents[b, j] = small
            for own in range(count):
                # flexion turns about the bone's own x axis, abduction about its parent's z axis
                derivative[:] = 0.0
                if own == 0:
                    derivative[:, 1], derivative[:, 2] = rotation[:, 2], -rotation[:, 1]
                else:
                    derivative[0], derivative[1] = -rotation[1], rotation[0]
                product(base_relatives[b, :3, :3], derivative, turned)
                before = hand if parent < 0 else absolutes[parent, :, :3]
                product(before, turned, tangents[b, first + own, :, :3])
                tangents[b, first + own, :, 3] = 0.0
            if count > 0:
                empty = ranges[b, 0] == ranges[b, 1]
                ranges[b, 0] = first if empty else min(first, ranges[b, 0])
                ranges[b, 1] = max(first + count, ranges[b, 1])
    if moving:
        for b in range(bones):
            for j in range(ranges[b, 0], ranges[b, 1]):
                product(tangents[b, j], inverse_base_absolutes[b], small)
                tangents[b, j] = small
    return transforms, ranges


@njit(error_model="numpy", nogil=True)
def weighted_positions(positions, weights, vertices, b, weighted):
    """Homogeneous positions of some vertices times their weights of a bone, (4, BLOCK)."""
    for p in range(vertices.shape[0]):
        v = vertices[p]
        for k in range(4):
            weighted[k, p] = weights[v, b] * positions[v, k]


@njit(error_model="numpy", nogil=True)
def add_transformed(transform, weighted, out):
    """out += transform weighted, for (3, 4) and (4, BLOCK)."""
    for i in range(3):
        for p in range(BLOCK):
            out[i, p] += (
                transform[i, 0] * weighted[0, p]
                + transform[i, 1] * weighted[1, p]
                + transform[i, 2] * weighted[2, p]
                + transform[i, 3] * weighted[3, p]
            )


@njit(error_model="numpy", nogil=True)
def write_block(moved, by_finger, turns, jacobian):
    """The rows of the Jacobian of residuals, from positions and their tangents by the fingers."""
    for p in range(jacobian.shape[0]):
        for i in range(3):
            for m in range(3):
                turned = turns[m, i, 0] * moved[0, p] + turns[m, i, 1] * moved[1, p]
                jacobian[p, i, m] = -(turned + turns[m, i, 2] * moved[2, p])
                jacobian[p, i, 3 + m] = -1.0 if i == m else 0.0
            for j in range(6, PARAMETERS):
                jacobian[p, i, j] = -by_finger[j, i, p]

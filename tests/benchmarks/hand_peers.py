"""A skinned hand in JAX, PyTorch and autograd: for the problems of hand tracking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.hand_loops import BONES, FINGERS, PARENTS


def vertices_in_jax() -> Callable[..., Any]:
    """The chosen vertices, without the others; the skeleton is known when JAX compiles."""
    import jax.numpy as jnp

    def rotations_by_euler(x, z):
        cx, sx, cz, sz = jnp.cos(x), jnp.sin(x), jnp.cos(z), jnp.sin(z)
        zero, one = jnp.zeros_like(x), jnp.ones_like(x)
        rows = [
            [cz, -sz * cx, sz * sx, zero],
            [sz, cz * cx, -cz * sx, zero],
            [zero, sx, cx, zero],
            [zero, zero, zero, one],
        ]
        return jnp.moveaxis(jnp.array(rows), 2, 0)

    def rotation_by_axis(r):
        angle = jnp.sqrt(r @ r)
        x, y, z = r / angle
        K = jnp.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
        return jnp.eye(3) + jnp.sin(angle) * K + (1.0 - jnp.cos(angle)) * (K @ K)

    def vertices(theta, base_relatives, inverse_base_absolutes, positions, weights, chosen):
        own = theta[6:].reshape(FINGERS, 4)
        angles = jnp.zeros((FINGERS, 4, 2)).at[:, 1].set(own[:, :2]).at[:, 2:, 0].set(own[:, 2:])
        x, z = jnp.zeros((BONES, 2)).at[1:-1].set(angles.reshape(-1, 2)).T
        relatives = base_relatives @ rotations_by_euler(x, z)
        absolutes = []
        for b, parent in enumerate(PARENTS):
            absolutes.append(relatives[b] if parent < 0 else absolutes[parent] @ relatives[b])
        transforms = (jnp.stack(absolutes) @ inverse_base_absolutes)[:, :3]
        moved = jnp.einsum("vb,bij,vj->vi", weights[chosen], transforms, positions[chosen])
        return moved @ rotation_by_axis(theta[:3]).T + theta[3:6]

    return vertices


def vertices_in_torch() -> Callable[..., Any]:
    """All vertices."""
    import torch

    def rotation_by_euler(x, z):
        cx, sx, cz, sz = torch.cos(x), torch.sin(x), torch.cos(z), torch.sin(z)
        zero, one = torch.zeros_like(x), torch.ones_like(x)
        about_x = [one, zero, zero, zero, zero, cx, -sx, zero, zero, sx, cx, zero]
        about_z = [cz, -sz, zero, zero, sz, cz, zero, zero, zero, zero, one, zero]
        last = [zero, zero, zero, one]
        matrices = [torch.stack(part + last).reshape(4, 4) for part in (about_z, about_x)]
        return matrices[0] @ matrices[1]

    def rotation_by_axis(r):
        angle = torch.linalg.norm(r)
        x, y, z = r / angle
        zero = torch.zeros_like(x)
        K = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero]).reshape(3, 3)
        return torch.eye(3) + torch.sin(angle) * K + (1.0 - torch.cos(angle)) * (K @ K)

    def vertices(theta, parents, base_relatives, inverse_base_absolutes, positions, weights):
        absolutes = []
        for b, parent in enumerate(parents.tolist()):
            relative, (finger, joint) = base_relatives[b], divmod(b - 1, 4)
            if 0 <= finger < FINGERS and joint > 0:
                own, zero = theta[6 + 4 * finger : 10 + 4 * finger], torch.zeros_like(theta[0])
                x, z = (own[0], own[1]) if joint == 1 else (own[joint], zero)
                relative = relative @ rotation_by_euler(x, z)
            absolutes.append(relative if parent < 0 else absolutes[parent] @ relative)
        transforms = (torch.stack(absolutes) @ inverse_base_absolutes)[:, :3]
        moved = torch.einsum("vb,bij,vj->vi", weights, transforms, positions)
        return moved @ rotation_by_axis(theta[:3]).T + theta[3:6]

    return vertices


def vertices_in_autograd() -> Callable[..., Any]:
    """All vertices, by what autograd has forward rules for."""
    import autograd.numpy as anp

    def rotation_by_euler(x, z):
        cx, sx, cz, sz = anp.cos(x), anp.sin(x), anp.cos(z), anp.sin(z)
        rows = [[cz, -sz * cx, sz * sx, 0], [sz, cz * cx, -cz * sx, 0], [0, sx, cx, 0]]
        return anp.array([*rows, [0, 0, 0, 1]])

    def rotation_by_axis(r):
        angle = anp.sqrt(anp.sum(r**2))
        x, y, z = r / angle
        K = anp.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
        return np.eye(3) + anp.sin(angle) * K + (1.0 - anp.cos(angle)) * anp.dot(K, K)

    def vertices(theta, parents, base_relatives, inverse_base_absolutes, positions, weights):
        absolutes, moved = [], 0.0
        for b, parent in enumerate(parents):
            relative, (finger, joint) = base_relatives[b], divmod(b - 1, 4)
            if 0 <= finger < FINGERS and joint > 0:
                own = theta[6 + 4 * finger : 10 + 4 * finger]
                x, z = (own[0], own[1]) if joint == 1 else (own[joint], 0.0)
                relative = anp.dot(relative, rotation_by_euler(x, z))
            absolutes.append(relative if parent < 0 else anp.dot(absolutes[parent], relative))
            transform = anp.dot(absolutes[b], inverse_base_absolutes[b])[:3]
            moved = moved + weights[:, b : b + 1] * anp.dot(positions, transform.T)
        return anp.dot(moved, rotation_by_axis(theta[:3]).T) + theta[3:6]

    return vertices

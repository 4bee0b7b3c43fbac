"""Bodies that attract each other, by leapfrog steps, and their energy at every step.

The kernel nbody of NPBench (https://github.com/spcl/npbench), after the N-body code of P. Mocz. The
result is the sum of kinetic and potential energies over all steps. 32 bodies, 50 steps.

The distance of a body to itself is zero and masked after its root was taken. The adjoint records
positions and velocities; it takes every pair once for both bodies, and the accelerations' adjoint
together with that of the potential energy, at the same positions.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[np.float64]

KIND = "gradient"
WRT = (0, 1, 2)
STATIC = (3,)
SIZES = {"N32 T50": {"n": 32, "steps": 50}, "small": {"n": 4, "steps": 3}}


def arguments(n: int, steps: int) -> tuple[Array, Array, Array, int, float, float, float]:
    rng = np.random.default_rng(25)
    mass = rng.uniform(0.5, 1.5, (n, 1)) * 20.0 / n
    return mass, rng.normal(size=(n, 3)), rng.normal(size=(n, 3)), steps, 0.01, 1.1, 0.1


def get_acc(pos, mass, gravity, softening):
    x = pos[:, 0:1]
    y = pos[:, 1:2]
    z = pos[:, 2:3]
    dx = x.T - x
    dy = y.T - y
    dz = z.T - z
    inv_r3 = dx**2 + dy**2 + dz**2 + softening**2
    inv_r3[inv_r3 > 0] = inv_r3[inv_r3 > 0] ** (-1.5)
    ax = gravity * (dx * inv_r3) @ mass
    ay = gravity * (dy * inv_r3) @ mass
    az = gravity * (dz * inv_r3) @ mass
    return np.hstack((ax, ay, az))


def get_energy(pos, vel, mass, gravity):
    kinetic = 0.5 * np.sum(mass * vel**2)
    x = pos[:, 0:1]
    y = pos[:, 1:2]
    z = pos[:, 2:3]
    dx = x.T - x
    dy = y.T - y
    dz = z.T - z
    inv_r = np.sqrt(dx**2 + dy**2 + dz**2)
    inv_r[inv_r > 0] = 1.0 / inv_r[inv_r > 0]
    potential = gravity * np.sum(np.triu(-(mass * mass.T) * inv_r, 1))
    return kinetic, potential


def nbody(mass, pos, vel, steps, dt, gravity, softening):
    pos = pos.copy()
    vel = vel - np.mean(mass * vel, axis=0) / np.mean(mass)
    acc = get_acc(pos, mass, gravity, softening)
    kinetic = np.empty(steps + 1)
    potential = np.empty(steps + 1)
    kinetic[0], potential[0] = get_energy(pos, vel, mass, gravity)
    for i in range(steps):
        vel += acc * dt / 2.0
        pos += vel * dt
        acc = get_acc(pos, mass, gravity, softening)
        vel += acc * dt / 2.0
        kinetic[i + 1], potential[i + 1] = get_energy(pos, vel, mass, gravity)
    return np.sum(kinetic) + np.sum(potential)


FUNCTION = nbody


@njit(error_model="numpy", nogil=True)
def accelerate(pos, mass, gravity, softening, acc):
    n = pos.shape[0]
    acc[:] = 0.0
    for i in range(n):
        ax, ay, az = 0.0, 0.0, 0.0
        for j in range(i + 1, n):
            dx = pos[j, 0] - pos[i, 0]
            dy = pos[j, 1] - pos[i, 1]
            dz = pos[j, 2] - pos[i, 2]
            square = dx * dx + dy * dy + dz * dz + softening * softening
            weight = gravity / (square * np.sqrt(square))
            here, there = weight * mass[j, 0], weight * mass[i, 0]
            ax += here * dx
            ay += here * dy
            az += here * dz
            acc[j, 0] -= there * dx
            acc[j, 1] -= there * dy
            acc[j, 2] -= there * dz
        acc[i, 0] += ax
        acc[i, 1] += ay
        acc[i, 2] += az


@njit(error_model="numpy", nogil=True)
def energy(pos, vel, mass, gravity):
    n = pos.shape[0]
    total = 0.0
    for i in range(n):
        square = vel[i, 0] ** 2 + vel[i, 1] ** 2 + vel[i, 2] ** 2
        total += 0.5 * mass[i, 0] * square
        around = 0.0
        for j in range(i + 1, n):
            dx = pos[j, 0] - pos[i, 0]
            dy = pos[j, 1] - pos[i, 1]
            dz = pos[j, 2] - pos[i, 2]
            around += mass[j, 0] / np.sqrt(dx * dx + dy * dy + dz * dz)
        total -= gravity * mass[i, 0] * around
    return total


@njit(error_model="numpy", nogil=True)
def center(mass, vel):
    """The velocity of the center of mass, and the whole mass."""
    whole, x, y, z = 0.0, 0.0, 0.0, 0.0
    for i in range(mass.shape[0]):
        whole += mass[i, 0]
        x += mass[i, 0] * vel[i, 0]
        y += mass[i, 0] * vel[i, 1]
        z += mass[i, 0] * vel[i, 2]
    return x / whole, y / whole, z / whole, whole


@njit(error_model="numpy", nogil=True)
def start(mass, vel):
    x, y, z, _ = center(mass, vel)
    moved = np.empty_like(vel)
    for i in range(vel.shape[0]):
        moved[i, 0] = vel[i, 0] - x
        moved[i, 1] = vel[i, 1] - y
        moved[i, 2] = vel[i, 2] - z
    return moved


@njit(error_model="numpy", nogil=True)
def primal(
    mass: Array,
    pos: Array,
    vel: Array,
    steps: int,
    dt: float,
    gravity: float,
    softening: float,
) -> float:
    n = pos.shape[0]
    pos = pos.copy()
    vel = start(mass, vel)
    acc = np.empty((n, 3))
    accelerate(pos, mass, gravity, softening, acc)
    total = energy(pos, vel, mass, gravity)
    for _ in range(steps):
        for i in range(n):
            for x in range(3):
                vel[i, x] += acc[i, x] * dt / 2.0
                pos[i, x] += vel[i, x] * dt
        accelerate(pos, mass, gravity, softening, acc)
        for i in range(n):
            for x in range(3):
                vel[i, x] += acc[i, x] * dt / 2.0
        total += energy(pos, vel, mass, gravity)
    return total


@njit(error_model="numpy", nogil=True)
def pairs_adjoint(pos, mass, gravity, softening, acc_bar, pos_bar, mass_bar):
    """Accelerations and potential energy of all pairs, the latter with adjoint one."""
    n = pos.shape[0]
    for i in range(n):
        x_bar, y_bar, z_bar, own_bar = 0.0, 0.0, 0.0, 0.0
        own = mass[i, 0]
        for j in range(i + 1, n):
            dx = pos[j, 0] - pos[i, 0]
            dy = pos[j, 1] - pos[i, 1]
            dz = pos[j, 2] - pos[i, 2]
            bare = dx * dx + dy * dy + dz * dz
            square = bare + softening * softening
            other = mass[j, 0]
            inverse = gravity / np.sqrt(bare)
            pull = own * other * inverse / bare
            weight = gravity / (square * np.sqrt(square))
            # the adjoint of weight * (dx, dy, dz)
            bx = other * acc_bar[i, 0] - own * acc_bar[j, 0]
            by = other * acc_bar[i, 1] - own * acc_bar[j, 1]
            bz = other * acc_bar[i, 2] - own * acc_bar[j, 2]
            pull -= 3.0 * weight / square * (dx * bx + dy * by + dz * bz)
            bx = pull * dx + weight * bx
            by = pull * dy + weight * by
            bz = pull * dz + weight * bz
            x_bar -= bx
            y_bar -= by
            z_bar -= bz
            pos_bar[j, 0] += bx
            pos_bar[j, 1] += by
            pos_bar[j, 2] += bz
            own_bar -= other * inverse + weight * (
                dx * acc_bar[j, 0] + dy * acc_bar[j, 1] + dz * acc_bar[j, 2]
            )
            mass_bar[j, 0] += (
                weight * (dx * acc_bar[i, 0] + dy * acc_bar[i, 1] + dz * acc_bar[i, 2])
                - own * inverse
            )
        pos_bar[i, 0] += x_bar
        pos_bar[i, 1] += y_bar
        pos_bar[i, 2] += z_bar
        mass_bar[i, 0] += own_bar


@njit(error_model="numpy", nogil=True)
def kinetic_adjoint(vel, mass, vel_bar, mass_bar):
    for i in range(vel.shape[0]):
        square = vel[i, 0] ** 2 + vel[i, 1] ** 2 + vel[i, 2] ** 2
        mass_bar[i, 0] += 0.5 * square
        for x in range(3):
            vel_bar[i, x] += mass[i, 0] * vel[i, x]


@njit(error_model="numpy", nogil=True)
def adjoint(
    mass: Array,
    pos: Array,
    vel: Array,
    steps: int,
    dt: float,
    gravity: float,
    softening: float,
) -> tuple[Array, Array, Array]:
    n = pos.shape[0]
    positions = np.empty((steps + 1, n, 3))
    velocities = np.empty((steps + 1, n, 3))
    acc = np.empty((n, 3))
    positions[0] = pos
    velocities[0] = start(mass, vel)
    for t in range(steps):
        accelerate(positions[t], mass, gravity, softening, acc)
        if t > 0:
            for i in range(n):
                for x in range(3):
                    velocities[t, i, x] += acc[i, x] * dt / 2.0
        for i in range(n):
            for x in range(3):
                half = velocities[t, i, x] + acc[i, x] * dt / 2.0
                velocities[t + 1, i, x] = half
                positions[t + 1, i, x] = positions[t, i, x] + half * dt
    if steps > 0:
        accelerate(positions[steps], mass, gravity, softening, acc)
        for i in range(n):
            for x in range(3):
                velocities[steps, i, x] += acc[i, x] * dt / 2.0
    mass_bar, pos_bar, vel_bar = np.zeros((n, 1)), np.zeros((n, 3)), np.zeros((n, 3))
    acc_bar = acc
    acc_bar[:] = 0.0
    for t in range(steps, 0, -1):
        kinetic_adjoint(velocities[t], mass, vel_bar, mass_bar)
        for i in range(n):
            for x in range(3):
                acc_bar[i, x] += vel_bar[i, x] * dt / 2.0
        pairs_adjoint(positions[t], mass, gravity, softening, acc_bar, pos_bar, mass_bar)
        for i in range(n):
            for x in range(3):
                vel_bar[i, x] += pos_bar[i, x] * dt
                acc_bar[i, x] = vel_bar[i, x] * dt / 2.0
    kinetic_adjoint(velocities[0], mass, vel_bar, mass_bar)
    pairs_adjoint(positions[0], mass, gravity, softening, acc_bar, pos_bar, mass_bar)
    whole = center(mass, vel)[3]
    for x in range(3):
        drift_bar = 0.0
        for i in range(n):
            drift_bar -= vel_bar[i, x]
        for i in range(n):
            vel_bar[i, x] += drift_bar * mass[i, 0] / whole
            mass_bar[i, 0] += drift_bar * velocities[0, i, x] / whole
    return mass_bar, pos_bar, vel_bar


def in_jax() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def distances(pos):
        return pos[None, :, :] - pos[:, None, :]

    def accelerations(pos, mass, gravity, softening):
        d = distances(pos)
        weight = (jnp.sum(d**2, axis=2) + softening**2) ** -1.5
        return gravity * jnp.einsum("ijx,ij,j->ix", d, weight, mass[:, 0])

    def energy(pos, vel, mass, gravity):
        square = jnp.sum(distances(pos) ** 2, axis=2)
        apart = square > 0
        inverse = jnp.where(apart, 1.0 / jnp.sqrt(jnp.where(apart, square, 1.0)), 0.0)
        potential = -gravity * jnp.sum(jnp.triu(mass * mass.T * inverse, 1))
        return 0.5 * jnp.sum(mass * vel**2) + potential

    def function(mass, pos, vel, steps, dt, gravity, softening):
        vel = vel - jnp.mean(mass * vel, axis=0) / jnp.mean(mass)

        def step(state, _):
            pos, vel, acc = state
            vel = vel + acc * dt / 2.0
            pos = pos + vel * dt
            acc = accelerations(pos, mass, gravity, softening)
            vel = vel + acc * dt / 2.0
            return (pos, vel, acc), energy(pos, vel, mass, gravity)

        state = (pos, vel, accelerations(pos, mass, gravity, softening))
        _, energies = jax.lax.scan(step, state, None, length=steps)
        return energy(pos, vel, mass, gravity) + jnp.sum(energies)

    return function


def _in(xp: Any, triu: Callable[..., Any]) -> Callable[..., Any]:
    """Without writing in place."""

    def distances(pos):
        return pos[None, :, :] - pos[:, None, :]

    def accelerations(pos, mass, gravity, softening):
        d = distances(pos)
        weight = (xp.sum(d**2, 2) + softening**2) ** -1.5
        return gravity * xp.sum(d * weight[:, :, None] * mass[None, :, :], 1)

    def energy(pos, vel, mass, gravity):
        square = xp.sum(distances(pos) ** 2, 2)
        inverse = triu(1.0 / xp.sqrt(xp.where(square > 0, square, 1.0)))
        return 0.5 * xp.sum(mass * vel**2) - gravity * xp.sum(mass * mass.T * inverse)

    def function(mass, pos, vel, steps, dt, gravity, softening):
        vel = vel - xp.sum(mass * vel, 0) / xp.sum(mass)
        acc = accelerations(pos, mass, gravity, softening)
        total = energy(pos, vel, mass, gravity)
        for _ in range(steps):
            vel = vel + acc * dt / 2.0
            pos = pos + vel * dt
            acc = accelerations(pos, mass, gravity, softening)
            vel = vel + acc * dt / 2.0
            total = total + energy(pos, vel, mass, gravity)
        return total

    return function


def in_torch() -> Callable[..., Any]:
    import torch

    return _in(torch, lambda x: torch.triu(x, 1))


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    return _in(anp, lambda x: anp.triu(x, 1))

"""A charged particle that flies over the horizontal axis: GradBench's `particle`, with derivatives
of a function that takes derivatives itself.

Two charges stand at (10, 10 - w) and (10, 0); the force is minus the gradient of the potential
1 / |p - c1| + 1 / |p - c2|; Euler's method follows the particle to the axis, and the output is the
square of where it arrives (B. A. Pearlmutter, J. M. Siskind, "Using programming language theory to
make automatic differentiation sound and efficient", 2008).  The gradient is for the control w, the
start and the first velocity, through a loop of unknown length.  The adjoint keeps the positions in
an array that grows.  JAX has no reverse mode through such a loop and takes five tangents.
"""

from collections.abc import Callable

import numpy as np
from numba import njit

import s2sad


def potential(p, w):
    to_upper = np.sqrt((p[0] - 10.0) ** 2 + (p[1] - 10.0 + w) ** 2)
    to_lower = np.sqrt((p[0] - 10.0) ** 2 + p[1] ** 2)
    return 1.0 / to_upper + 1.0 / to_lower


field = s2sad.grad(potential)


def particle(w, position, velocity, dt):
    ahead = position + dt * velocity
    while ahead[1] > 0.0:
        velocity = velocity - dt * field(position, w)
        position = ahead
        ahead = position + dt * velocity
    remaining = -position[1] / velocity[1]
    return (position[0] + remaining * velocity[0]) ** 2


FUNCTION = particle
WRT = (0, 1, 2)
SIZES = {"dt = 0.05": {"dt": 0.05}, "small": {"dt": 0.5}}


def arguments(dt: float) -> tuple:
    return 0.3, np.array([0.0, 8.0]), np.array([0.75, 0.0]), dt


loops = njit(error_model="numpy", nogil=True)


@loops
def force(x, y, w):
    """Minus the gradient of the potential at a point."""
    dx, up, low = x - 10.0, y - 10.0 + w, y
    square1, square2 = dx * dx + up * up, dx * dx + low * low
    a, b = 1 / (square1 * np.sqrt(square1)), 1 / (square2 * np.sqrt(square2))
    return (a + b) * dx, a * up + b * low


@loops
def primal(w, position, velocity, dt):
    x, y = position[0], position[1]
    vx, vy = velocity[0], velocity[1]
    while y + dt * vy > 0.0:
        fx, fy = force(x, y, w)
        x += dt * vx
        y += dt * vy
        vx += dt * fx
        vy += dt * fy
    return (x - y / vy * vx) ** 2


@loops
def adjoint(w, position, velocity, dt):
    x, y = position[0], position[1]
    vx, vy = velocity[0], velocity[1]
    path = np.empty((256, 2))
    steps = 0
    while y + dt * vy > 0.0:
        if steps == path.shape[0]:
            longer = np.empty((2 * steps, 2))
            longer[:steps] = path
            path = longer
        path[steps, 0], path[steps, 1] = x, y
        steps += 1
        fx, fy = force(x, y, w)
        x += dt * vx
        y += dt * vy
        vx += dt * fx
        vy += dt * fy

    remaining = -y / vy
    x_bar = 2 * (x + remaining * vx)
    vx_bar = remaining * x_bar
    y_bar = -vx * x_bar / vy
    vy_bar = remaining * y_bar
    w_bar = 0.0
    for t in range(steps - 1, -1, -1):
        dx, up, low = path[t, 0] - 10.0, path[t, 1] - 10.0 + w, path[t, 1]
        square1, square2 = dx * dx + up * up, dx * dx + low * low
        a, b = 1 / (square1 * np.sqrt(square1)), 1 / (square2 * np.sqrt(square2))
        fx_bar, fy_bar = dt * vx_bar, dt * vy_bar
        vx_bar += dt * x_bar
        vy_bar += dt * y_bar
        along1 = 3 * (dx * fx_bar + up * fy_bar) * a / square1
        along2 = 3 * (dx * fx_bar + low * fy_bar) * b / square2
        x_bar += (a + b) * fx_bar - (along1 + along2) * dx
        up_bar = a * fy_bar - along1 * up
        w_bar += up_bar
        y_bar += up_bar + b * fy_bar - along2 * low
    return w_bar, np.array([x_bar, y_bar]), np.array([vx_bar, vy_bar])


def derivative_in_jax() -> Callable:
    import jax
    import jax.numpy as jnp

    def potential(p, w):
        to_upper = jnp.sqrt((p[0] - 10.0) ** 2 + (p[1] - 10.0 + w) ** 2)
        to_lower = jnp.sqrt((p[0] - 10.0) ** 2 + p[1] ** 2)
        return 1.0 / to_upper + 1.0 / to_lower

    def particle(w, position, velocity, dt):
        def step(state):
            position, velocity = state
            return position + dt * velocity, velocity - dt * jax.grad(potential)(position, w)

        def above(state):
            return state[0][1] + dt * state[1][1] > 0.0

        position, velocity = jax.lax.while_loop(above, step, (position, velocity))
        remaining = -position[1] / velocity[1]
        return (position[0] + remaining * velocity[0]) ** 2

    return jax.jacfwd(particle, (0, 1, 2))


def in_torch() -> Callable:
    import torch

    def potential(p, w):
        to_upper = torch.sqrt((p[0] - 10.0) ** 2 + (p[1] - 10.0 + w) ** 2)
        to_lower = torch.sqrt((p[0] - 10.0) ** 2 + p[1] ** 2)
        return 1.0 / to_upper + 1.0 / to_lower

    def particle(w, position, velocity, dt):
        ahead = position + dt * velocity
        while ahead[1] > 0.0:
            (gradient,) = torch.autograd.grad(potential(position, w), position, create_graph=True)
            velocity = velocity - dt * gradient
            position = ahead
            ahead = position + dt * velocity
        remaining = -position[1] / velocity[1]
        return (position[0] + remaining * velocity[0]) ** 2

    return particle


def in_autograd() -> Callable:
    import autograd
    import autograd.numpy as np

    def potential(p, w):
        to_upper = np.sqrt((p[0] - 10.0) ** 2 + (p[1] - 10.0 + w) ** 2)
        to_lower = np.sqrt((p[0] - 10.0) ** 2 + p[1] ** 2)
        return 1.0 / to_upper + 1.0 / to_lower

    field = autograd.grad(potential)

    def particle(w, position, velocity, dt):
        ahead = position + dt * velocity
        while ahead[1] > 0.0:
            velocity = velocity - dt * field(position, w)
            position = ahead
            ahead = position + dt * velocity
        remaining = -position[1] / velocity[1]
        return (position[0] + remaining * velocity[0]) ** 2

    return particle

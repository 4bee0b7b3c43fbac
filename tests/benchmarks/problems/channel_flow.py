"""Flow in a periodic channel, driven by a force, until it hardly changes: a loop of unknown length.

The kernel channel_flow of NPBench (https://github.com/spcl/npbench), after step 12 of L. Barba's
"12 steps to Navier-Stokes". The result is the sum of the squares of velocities and pressure. Some
20 steps of 20 iterations for the pressure, on 41 x 41 points.

The adjoint keeps all fields with a column more on either side, which repeats the other end: then
periodic columns are like others, forward and backward. It records the velocities of every step in
buffers that grow. The iteration for the pressure is symmetric on the inner points; the walls have
values of their own only at the first of all.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from tests.benchmarks.incompressible import (
    advance,
    advance_adjoint,
    advanced,
    carried_adjoint,
    pressure_adjoint,
    pressure_forces,
    relax,
    relax_adjoint,
    relaxed,
    sources,
    sources_adjoint,
    sources_of,
    total_of,
    widened,
    wrap,
)

Array = npt.NDArray[np.float64]

KIND = "gradient"
WRT = (1, 2, 3)
STATIC = (0,)
SIZES = {"P20 N41": {"nit": 20, "n": 41}, "small": {"nit": 2, "n": 6, "tolerance": 0.05}}
MOST_STEPS = 40
"""JAX has to know a bound."""


def arguments(
    nit: int, n: int, tolerance: float = 0.03
) -> tuple[int, Array, Array, Array, float, float, float, float, float, float, float]:
    rng = np.random.default_rng(28)
    v, p = rng.uniform(-0.1, 0.1, (2, n, n + 1))
    u = rng.uniform(0.0, 0.2, (n, n + 1))
    u[[0, -1]] = v[[0, -1]] = 0.0
    return nit, u, v, p, 0.01, 2.0 / n, 2.0 / (n - 1), 1.1, 0.05, 1.0, tolerance


def build_up_b(rho, dt, dx, dy, u, v):
    b = np.zeros_like(u)
    b[1:-1, 1:-1] = rho * (
        1 / dt * ((u[1:-1, 2:] - u[1:-1, :-2]) / (2 * dx) + (v[2:, 1:-1] - v[:-2, 1:-1]) / (2 * dy))
        - ((u[1:-1, 2:] - u[1:-1, :-2]) / (2 * dx)) ** 2
        - 2 * ((u[2:, 1:-1] - u[:-2, 1:-1]) / (2 * dy) * (v[1:-1, 2:] - v[1:-1, :-2]) / (2 * dx))
        - ((v[2:, 1:-1] - v[:-2, 1:-1]) / (2 * dy)) ** 2
    )
    # the last column, then the first
    b[1:-1, -1] = rho * (
        1 / dt * ((u[1:-1, 0] - u[1:-1, -2]) / (2 * dx) + (v[2:, -1] - v[:-2, -1]) / (2 * dy))
        - ((u[1:-1, 0] - u[1:-1, -2]) / (2 * dx)) ** 2
        - 2 * ((u[2:, -1] - u[:-2, -1]) / (2 * dy) * (v[1:-1, 0] - v[1:-1, -2]) / (2 * dx))
        - ((v[2:, -1] - v[:-2, -1]) / (2 * dy)) ** 2
    )
    b[1:-1, 0] = rho * (
        1 / dt * ((u[1:-1, 1] - u[1:-1, -1]) / (2 * dx) + (v[2:, 0] - v[:-2, 0]) / (2 * dy))
        - ((u[1:-1, 1] - u[1:-1, -1]) / (2 * dx)) ** 2
        - 2 * ((u[2:, 0] - u[:-2, 0]) / (2 * dy) * (v[1:-1, 1] - v[1:-1, -1]) / (2 * dx))
        - ((v[2:, 0] - v[:-2, 0]) / (2 * dy)) ** 2
    )
    return b


def pressure_poisson_periodic(nit, p, dx, dy, b):
    both = 2 * (dx**2 + dy**2)
    for _ in range(nit):
        pn = p.copy()
        p[1:-1, 1:-1] = (
            (pn[1:-1, 2:] + pn[1:-1, :-2]) * dy**2 + (pn[2:, 1:-1] + pn[:-2, 1:-1]) * dx**2
        ) / both - dx**2 * dy**2 / both * b[1:-1, 1:-1]
        p[1:-1, -1] = (
            (pn[1:-1, 0] + pn[1:-1, -2]) * dy**2 + (pn[2:, -1] + pn[:-2, -1]) * dx**2
        ) / both - dx**2 * dy**2 / both * b[1:-1, -1]
        p[1:-1, 0] = (
            (pn[1:-1, 1] + pn[1:-1, -1]) * dy**2 + (pn[2:, 0] + pn[:-2, 0]) * dx**2
        ) / both - dx**2 * dy**2 / both * b[1:-1, 0]
        p[-1, :] = p[-2, :]
        p[0, :] = p[1, :]
    return p


def channel_flow(nit, u, v, p, dt, dx, dy, rho, nu, force, tolerance):
    u = u.copy()
    v = v.copy()
    p = p.copy()
    udiff = 1.0
    while udiff > tolerance:
        un = u.copy()
        vn = v.copy()
        b = build_up_b(rho, dt, dx, dy, u, v)
        p = pressure_poisson_periodic(nit, p, dx, dy, b)
        u[1:-1, 1:-1] = (
            un[1:-1, 1:-1]
            - un[1:-1, 1:-1] * dt / dx * (un[1:-1, 1:-1] - un[1:-1, :-2])
            - vn[1:-1, 1:-1] * dt / dy * (un[1:-1, 1:-1] - un[:-2, 1:-1])
            - dt / (2 * rho * dx) * (p[1:-1, 2:] - p[1:-1, :-2])
            + nu * dt / dx**2 * (un[1:-1, 2:] - 2 * un[1:-1, 1:-1] + un[1:-1, :-2])
            + nu * dt / dy**2 * (un[2:, 1:-1] - 2 * un[1:-1, 1:-1] + un[:-2, 1:-1])
            + force * dt
        )
        v[1:-1, 1:-1] = (
            vn[1:-1, 1:-1]
            - un[1:-1, 1:-1] * dt / dx * (vn[1:-1, 1:-1] - vn[1:-1, :-2])
            - vn[1:-1, 1:-1] * dt / dy * (vn[1:-1, 1:-1] - vn[:-2, 1:-1])
            - dt / (2 * rho * dy) * (p[2:, 1:-1] - p[:-2, 1:-1])
            + nu * dt / dx**2 * (vn[1:-1, 2:] - 2 * vn[1:-1, 1:-1] + vn[1:-1, :-2])
            + nu * dt / dy**2 * (vn[2:, 1:-1] - 2 * vn[1:-1, 1:-1] + vn[:-2, 1:-1])
        )
        for here, west, east in ((-1, -2, 0), (0, -1, 1)):
            u[1:-1, here] = (
                un[1:-1, here]
                - un[1:-1, here] * dt / dx * (un[1:-1, here] - un[1:-1, west])
                - vn[1:-1, here] * dt / dy * (un[1:-1, here] - un[:-2, here])
                - dt / (2 * rho * dx) * (p[1:-1, east] - p[1:-1, west])
                + nu * dt / dx**2 * (un[1:-1, east] - 2 * un[1:-1, here] + un[1:-1, west])
                + nu * dt / dy**2 * (un[2:, here] - 2 * un[1:-1, here] + un[:-2, here])
                + force * dt
            )
            v[1:-1, here] = (
                vn[1:-1, here]
                - un[1:-1, here] * dt / dx * (vn[1:-1, here] - vn[1:-1, west])
                - vn[1:-1, here] * dt / dy * (vn[1:-1, here] - vn[:-2, here])
                - dt / (2 * rho * dy) * (p[2:, here] - p[:-2, here])
                + nu * dt / dx**2 * (vn[1:-1, east] - 2 * vn[1:-1, here] + vn[1:-1, west])
                + nu * dt / dy**2 * (vn[2:, here] - 2 * vn[1:-1, here] + vn[:-2, here])
            )
        u[0, :] = 0
        u[-1, :] = 0
        v[0, :] = 0
        v[-1, :] = 0
        udiff = (np.sum(u) - np.sum(un)) / np.sum(u)
    return np.sum(u**2) + np.sum(v**2) + np.sum(p**2)


FUNCTION = channel_flow


@njit(error_model="numpy", nogil=True)
def continue_pressure(p):
    """Periodic columns, and walls equal to the points next to them."""
    wrap(p)
    n, m = p.shape
    for j in range(m):
        p[0, j] = p[1, j]
        p[n - 1, j] = p[n - 2, j]


@njit(error_model="numpy", nogil=True)
def continue_velocities(u, v):
    wrap(u)
    wrap(v)
    n, m = u.shape
    for j in range(m):
        u[0, j] = u[n - 1, j] = v[0, j] = v[n - 1, j] = 0.0


@njit(error_model="numpy", nogil=True)
def primal(
    nit: int, u: Array, v: Array, p: Array, dt: float, dx: float, dy: float, rho: float, nu: float,
    force: float, tolerance: float,
) -> float:  # fmt: skip
    u, v, p = widened(u), widened(v), widened(p)
    un, vn, pn, b = np.empty_like(u), np.empty_like(u), np.empty_like(u), np.empty_like(u)
    udiff = 1.0
    while udiff > tolerance:
        u, un = un, u
        v, vn = vn, v
        sources(un, vn, b, rho, dt, dx, dy)
        for _ in range(nit):
            p, pn = pn, p
            relax(pn, p, b, dx, dy)
            continue_pressure(p)
        advance(un, vn, p, u, v, dt, dx, dy, rho, nu, force)
        continue_velocities(u, v)
        total = total_of(u)
        udiff = (total - total_of(un)) / total
    total = 0.0
    for i in range(u.shape[0]):
        for j in range(1, u.shape[1] - 1):
            total += u[i, j] * u[i, j] + v[i, j] * v[i, j] + p[i, j] * p[i, j]
    return total


@njit(error_model="numpy", nogil=True)
def grown(tape):
    longer = np.empty((2 * tape.shape[0], tape.shape[1], tape.shape[2]))
    longer[: tape.shape[0]] = tape
    return longer


@njit(error_model="numpy", nogil=True)
def walls_adjoint(v_bar, p_bar, dt, dy, rho):
    """Adds what the velocity has from the pressure at walls, which was that one point inside."""
    n, m = p_bar.shape
    cy = dt / (2.0 * rho * dy)
    for j in range(1, m - 1):
        p_bar[1, j] += cy * v_bar[1, j]
        p_bar[n - 2, j] -= cy * v_bar[n - 2, j]


@njit(error_model="numpy", nogil=True)
def first_walls_adjoint(p_bar, new_bar, dx, dy):
    """Before the first iteration of all, the walls have values of their own."""
    n, m = p_bar.shape
    wy = dx * dx / (2.0 * (dx * dx + dy * dy))
    for j in range(1, m - 1):
        new_bar[1, j] -= wy * p_bar[1, j]
        new_bar[0, j] = wy * p_bar[1, j]
        new_bar[n - 2, j] -= wy * p_bar[n - 2, j]
        new_bar[n - 1, j] = wy * p_bar[n - 2, j]


@njit(error_model="numpy", nogil=True)
def walls_of_velocity(v, w_bar, y_bar, new_bar, dt, dy, nu):
    """What the first step of all has from the values of a velocity at the walls."""
    n, m = v.shape
    ay, ky = dt / dy, nu * dt / (dy * dy)
    for j in range(1, m - 1):
        new_bar[0, j] = w_bar[1, j] * (ay * v[1, j] + ky) - y_bar[1, j]
        new_bar[n - 1, j] = w_bar[n - 2, j] * ky + y_bar[n - 2, j]


@njit(error_model="numpy", nogil=True)
def adjoint(
    nit: int, u: Array, v: Array, p: Array, dt: float, dx: float, dy: float, rho: float, nu: float,
    force: float, tolerance: float,
) -> tuple[Array, Array, Array]:  # fmt: skip
    p = widened(p)
    n, m = p.shape
    us, vs = np.empty((8, n, m)), np.empty((8, n, m))
    us[0], vs[0] = widened(u), widened(v)
    pn, b = np.empty((n, m)), np.empty((n, m))
    steps = 0
    total = total_of(us[0])
    udiff = 1.0
    while udiff > tolerance:
        if steps + 1 == us.shape[0]:
            us, vs = grown(us), grown(vs)
        sources(us[steps], vs[steps], b, rho, dt, dx, dy)
        for _ in range(nit):
            p, pn = pn, p
            relax(pn, p, b, dx, dy)
            continue_pressure(p)
        new_u, new_v = us[steps + 1], vs[steps + 1]
        advance(us[steps], vs[steps], p, new_u, new_v, dt, dx, dy, rho, nu, force)
        continue_velocities(new_u, new_v)
        before = total
        total = total_of(new_u)
        udiff = (total - before) / total
        steps += 1
    # adjoints of inner points, with zeros at the walls, until the first step of all
    u_bar, v_bar = np.zeros((n, m)), np.zeros((n, m))
    for i in range(1, n - 1):
        for j in range(m):
            u_bar[i, j] = 2.0 * us[steps, i, j]
            v_bar[i, j] = 2.0 * vs[steps, i, j]
    for i in range(n):
        for j in range(m):
            p[i, j] *= 2.0
    for j in range(m):
        p[1, j] += p[0, j]
        p[n - 2, j] += p[n - 1, j]
    p_bar, new_p, b_bar = p, pn, b
    new_u, new_v = np.zeros((n, m)), np.zeros((n, m))
    ux_bar, uy_bar = np.zeros((n, m)), np.zeros((n, m))
    vx_bar, vy_bar = np.zeros((n, m)), np.zeros((n, m))
    for t in range(steps - 1, -1, -1):
        u, v = us[t], vs[t]
        pressure_adjoint(u_bar, v_bar, p_bar, dt, dx, dy, rho)
        walls_adjoint(v_bar, p_bar, dt, dy, rho)
        b_bar[:] = 0.0
        for _ in range(nit):
            continue_pressure(p_bar)
            relax_adjoint(p_bar, new_p, b_bar, dx, dy)
            p_bar, new_p = new_p, p_bar
        if t == 0:
            first_walls_adjoint(new_p, p_bar, dx, dy)
        sources_adjoint(u, v, b_bar, ux_bar, uy_bar, vx_bar, vy_bar, rho, dt, dx, dy)
        wrap(ux_bar)
        wrap(vx_bar)
        advance_adjoint(u, v, u_bar, ux_bar, uy_bar, new_u, dt, dx, dy, nu)
        advance_adjoint(u, v, v_bar, vx_bar, vy_bar, new_v, dt, dx, dy, nu)
        carried_adjoint(u, v, u_bar, v_bar, new_u, new_v, dt, dx, dy)
        wrap(new_u)
        wrap(new_v)
        if t == 0:
            walls_of_velocity(v, u_bar, uy_bar, new_u, dt, dy, nu)
            walls_of_velocity(v, v_bar, vy_bar, new_v, dt, dy, nu)
        u_bar, new_u = new_u, u_bar
        v_bar, new_v = new_v, v_bar
    return u_bar[:, 1:-1].copy(), v_bar[:, 1:-1].copy(), p_bar[:, 1:-1].copy()


def _step_in(xp: Any, repeat: Callable[..., Any]) -> Callable[..., Any]:
    """A step without writing in place, from and to arrays without the repeated columns."""

    def around(a):
        return xp.concatenate([a[:, -1:], a, a[:, :1]], 1)

    def step(state, nit, dt, dx, dy, rho, nu, force):
        u, v, p = state
        wide_u, wide_v = around(u), around(v)
        b = sources_of(wide_u, wide_v, dt, dx, dy, rho)

        def iterate(p):
            inner = relaxed(around(p), b, dx, dy)
            return xp.concatenate([inner[:1], inner, inner[-1:]], 0)

        p = repeat(iterate, p, nit)
        gx, gy = pressure_forces(around(p), dt, dx, dy, rho)
        new_u = advanced(wide_u, wide_u, wide_v, gx, dt, dx, dy, nu) + force * dt
        new_v = advanced(wide_v, wide_u, wide_v, gy, dt, dx, dy, nu)
        row = 0.0 * u[:1]
        return xp.concatenate([row, new_u, row], 0), xp.concatenate([row, new_v, row], 0), p

    return step


def in_jax() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def repeat(iterate, p, nit):
        return jax.lax.scan(lambda p, _: (iterate(p), None), p, None, length=nit)[0]

    advance_by_step = _step_in(jnp, repeat)

    def function(nit, u, v, p, dt, dx, dy, rho, nu, force, tolerance):
        # reverse mode has no loops of unknown length: steps after the last one do nothing
        def run(state):
            new = advance_by_step(state, nit, dt, dx, dy, rho, nu, force)
            return new, (jnp.sum(new[0]) - jnp.sum(state[0])) / jnp.sum(new[0])

        def step(carried, _):
            state, udiff = carried
            return jax.lax.cond(udiff > tolerance, run, lambda state: (state, udiff), state), None

        ((u, v, p), _), _ = jax.lax.scan(step, ((u, v, p), 1.0), None, length=MOST_STEPS)
        return jnp.sum(u**2) + jnp.sum(v**2) + jnp.sum(p**2)

    return function


def _in(xp: Any) -> Callable[..., Any]:
    def repeat(iterate, p, nit):
        for _ in range(nit):
            p = iterate(p)
        return p

    advance_by_step = _step_in(xp, repeat)

    def function(nit, u, v, p, dt, dx, dy, rho, nu, force, tolerance):
        udiff = 1.0
        while udiff > tolerance:
            un = u
            u, v, p = advance_by_step((u, v, p), nit, dt, dx, dy, rho, nu, force)
            udiff = (xp.sum(u) - xp.sum(un)) / xp.sum(u)
        return xp.sum(u**2) + xp.sum(v**2) + xp.sum(p**2)

    return function


def in_torch() -> Callable[..., Any]:
    import torch

    return _in(torch)


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    return _in(anp)

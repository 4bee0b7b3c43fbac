"""Flow in a cavity whose lid moves: the Navier-Stokes equations in two dimensions.

The kernel cavity_flow of NPBench (https://github.com/spcl/npbench), after step 11 of L. Barba's
"12 steps to Navier-Stokes": every step solves for the pressure by Jacobi's iteration. The result is
the sum of the squares of velocities and pressure. 20 steps of 20 iterations on 41 x 41 points.

The adjoint records the velocities of every step. On the inner points the iteration with its walls
is symmetric, so its adjoint is the same iteration with the same walls; only at the first iteration
of all are the values at the walls free. All other adjoints are gathers with zeros at the walls.
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
)

Array = npt.NDArray[np.float64]

KIND = "gradient"
WRT = (2, 3, 4)
STATIC = (0, 1)
SIZES = {
    "T20 P20 N41": {"steps": 20, "nit": 20, "n": 41},
    "small": {"steps": 3, "nit": 2, "n": 6},
}


def arguments(
    steps: int, nit: int, n: int
) -> tuple[int, int, Array, Array, Array, float, float, float, float, float]:
    rng = np.random.default_rng(27)
    u, v, p = rng.uniform(-0.5, 0.5, (3, n, n + 1))
    return steps, nit, u, v, p, 0.001, 2.0 / n, 2.0 / (n - 1), 1.1, 0.1


def build_up_b(b, rho, dt, u, v, dx, dy):
    b[1:-1, 1:-1] = rho * (
        1 / dt * ((u[1:-1, 2:] - u[1:-1, :-2]) / (2 * dx) + (v[2:, 1:-1] - v[:-2, 1:-1]) / (2 * dy))
        - ((u[1:-1, 2:] - u[1:-1, :-2]) / (2 * dx)) ** 2
        - 2 * ((u[2:, 1:-1] - u[:-2, 1:-1]) / (2 * dy) * (v[1:-1, 2:] - v[1:-1, :-2]) / (2 * dx))
        - ((v[2:, 1:-1] - v[:-2, 1:-1]) / (2 * dy)) ** 2
    )


def pressure_poisson(nit, p, dx, dy, b):
    for _ in range(nit):
        pn = p.copy()
        p[1:-1, 1:-1] = (
            (pn[1:-1, 2:] + pn[1:-1, :-2]) * dy**2 + (pn[2:, 1:-1] + pn[:-2, 1:-1]) * dx**2
        ) / (2 * (dx**2 + dy**2)) - dx**2 * dy**2 / (2 * (dx**2 + dy**2)) * b[1:-1, 1:-1]
        p[:, -1] = p[:, -2]
        p[0, :] = p[1, :]
        p[:, 0] = p[:, 1]
        p[-1, :] = 0


def cavity_flow(steps, nit, u, v, p, dt, dx, dy, rho, nu):
    u = u.copy()
    v = v.copy()
    p = p.copy()
    b = np.zeros_like(p)
    for _ in range(steps):
        un = u.copy()
        vn = v.copy()
        build_up_b(b, rho, dt, u, v, dx, dy)
        pressure_poisson(nit, p, dx, dy, b)
        u[1:-1, 1:-1] = (
            un[1:-1, 1:-1]
            - un[1:-1, 1:-1] * dt / dx * (un[1:-1, 1:-1] - un[1:-1, :-2])
            - vn[1:-1, 1:-1] * dt / dy * (un[1:-1, 1:-1] - un[:-2, 1:-1])
            - dt / (2 * rho * dx) * (p[1:-1, 2:] - p[1:-1, :-2])
            + nu
            * (
                dt / dx**2 * (un[1:-1, 2:] - 2 * un[1:-1, 1:-1] + un[1:-1, :-2])
                + dt / dy**2 * (un[2:, 1:-1] - 2 * un[1:-1, 1:-1] + un[:-2, 1:-1])
            )
        )
        v[1:-1, 1:-1] = (
            vn[1:-1, 1:-1]
            - un[1:-1, 1:-1] * dt / dx * (vn[1:-1, 1:-1] - vn[1:-1, :-2])
            - vn[1:-1, 1:-1] * dt / dy * (vn[1:-1, 1:-1] - vn[:-2, 1:-1])
            - dt / (2 * rho * dy) * (p[2:, 1:-1] - p[:-2, 1:-1])
            + nu
            * (
                dt / dx**2 * (vn[1:-1, 2:] - 2 * vn[1:-1, 1:-1] + vn[1:-1, :-2])
                + dt / dy**2 * (vn[2:, 1:-1] - 2 * vn[1:-1, 1:-1] + vn[:-2, 1:-1])
            )
        )
        u[0, :] = 0
        u[:, 0] = 0
        u[:, -1] = 0
        u[-1, :] = 1
        v[0, :] = 0
        v[-1, :] = 0
        v[:, 0] = 0
        v[:, -1] = 0
    return np.sum(u**2) + np.sum(v**2) + np.sum(p**2)


FUNCTION = cavity_flow


@njit(error_model="numpy", nogil=True)
def walls(p):
    n, m = p.shape
    for i in range(1, n - 1):
        p[i, m - 1] = p[i, m - 2]
        p[i, 0] = p[i, 1]
    for j in range(m):
        p[0, j] = p[1, j]
        p[n - 1, j] = 0.0


@njit(error_model="numpy", nogil=True)
def walls_and_lid(u, v):
    n, m = u.shape
    for i in range(1, n - 1):
        u[i, 0] = u[i, m - 1] = v[i, 0] = v[i, m - 1] = 0.0
    for j in range(m):
        u[0, j] = v[0, j] = v[n - 1, j] = 0.0
        u[n - 1, j] = 1.0


@njit(error_model="numpy", nogil=True)
def primal(
    steps: int,
    nit: int,
    u: Array,
    v: Array,
    p: Array,
    dt: float,
    dx: float,
    dy: float,
    rho: float,
    nu: float,
) -> float:
    un, vn, pn = u.copy(), v.copy(), p.copy()
    u, v, p = u.copy(), v.copy(), p.copy()
    b = np.empty_like(p)
    for _ in range(steps):
        u, un = un, u
        v, vn = vn, v
        sources(un, vn, b, rho, dt, dx, dy)
        for _ in range(nit):
            p, pn = pn, p
            relax(pn, p, b, dx, dy)
            walls(p)
        advance(un, vn, p, u, v, dt, dx, dy, rho, nu, 0.0)
        walls_and_lid(u, v)
    total = 0.0
    for i in range(u.shape[0]):
        for j in range(u.shape[1]):
            total += u[i, j] * u[i, j] + v[i, j] * v[i, j] + p[i, j] * p[i, j]
    return total


@njit(error_model="numpy", nogil=True)
def walls_adjoint(u_bar, v_bar, p_bar, dt, dx, dy, rho):
    """Adds what the velocities have from the pressure at walls, which was that one point inside."""
    n, m = p_bar.shape
    cx, cy = dt / (2.0 * rho * dx), dt / (2.0 * rho * dy)
    for i in range(1, n - 1):
        p_bar[i, 1] += cx * u_bar[i, 1]
        p_bar[i, m - 2] -= cx * u_bar[i, m - 2]
    for j in range(1, m - 1):
        p_bar[1, j] += cy * v_bar[1, j]


@njit(error_model="numpy", nogil=True)
def first_walls_adjoint(p_bar, new_bar, dx, dy):
    """Before the first iteration of all, the walls have values of their own."""
    n, m = p_bar.shape
    both = 2.0 * (dx * dx + dy * dy)
    wx, wy = dy * dy / both, dx * dx / both
    for j in range(m):
        new_bar[0, j] = new_bar[n - 1, j] = 0.0
    for i in range(1, n - 1):
        new_bar[i, 1] -= wx * p_bar[i, 1]
        new_bar[i, m - 2] -= wx * p_bar[i, m - 2]
        new_bar[i, 0] = wx * p_bar[i, 1]
        new_bar[i, m - 1] = wx * p_bar[i, m - 2]
    for j in range(1, m - 1):
        new_bar[1, j] -= wy * p_bar[1, j]
        new_bar[0, j] = wy * p_bar[1, j]
        new_bar[n - 1, j] = wy * p_bar[n - 2, j]


@njit(error_model="numpy", nogil=True)
def walls_of_velocity(u, v, w_bar, x_bar, y_bar, new_bar, dt, dx, dy, nu):
    """What the first step of all has from the values of a velocity at the walls."""
    n, m = u.shape
    ax, ay, kx, ky = dt / dx, dt / dy, nu * dt / (dx * dx), nu * dt / (dy * dy)
    for i in range(1, n - 1):
        new_bar[i, 0] = w_bar[i, 1] * (ax * u[i, 1] + kx) - x_bar[i, 1]
        new_bar[i, m - 1] = w_bar[i, m - 2] * kx + x_bar[i, m - 2]
    for j in range(1, m - 1):
        new_bar[0, j] = w_bar[1, j] * (ay * v[1, j] + ky) - y_bar[1, j]
        new_bar[n - 1, j] = w_bar[n - 2, j] * ky + y_bar[n - 2, j]


@njit(error_model="numpy", nogil=True)
def adjoint(
    steps: int,
    nit: int,
    u: Array,
    v: Array,
    p: Array,
    dt: float,
    dx: float,
    dy: float,
    rho: float,
    nu: float,
) -> tuple[Array, Array, Array]:
    n, m = p.shape
    us, vs = np.empty((steps + 1, n, m)), np.empty((steps + 1, n, m))
    us[0], vs[0] = u, v
    p, pn, b = p.copy(), np.empty((n, m)), np.empty((n, m))
    for t in range(steps):
        sources(us[t], vs[t], b, rho, dt, dx, dy)
        for _ in range(nit):
            p, pn = pn, p
            relax(pn, p, b, dx, dy)
            walls(p)
        advance(us[t], vs[t], p, us[t + 1], vs[t + 1], dt, dx, dy, rho, nu, 0.0)
        walls_and_lid(us[t + 1], vs[t + 1])
    # adjoints of inner points, with zeros at the walls, until the first step of all
    u_bar, v_bar = np.zeros((n, m)), np.zeros((n, m))
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            u_bar[i, j] = 2.0 * us[steps, i, j]
            v_bar[i, j] = 2.0 * vs[steps, i, j]
    for i in range(n):
        for j in range(m):
            p[i, j] *= 2.0
    for j in range(m):
        p[1, j] += p[0, j]
    for i in range(1, n - 1):
        p[i, 1] += p[i, 0]
        p[i, m - 2] += p[i, m - 1]
    p_bar, new_p, b_bar = p, pn, b
    new_u, new_v = np.zeros((n, m)), np.zeros((n, m))
    ux_bar, uy_bar = np.zeros((n, m)), np.zeros((n, m))
    vx_bar, vy_bar = np.zeros((n, m)), np.zeros((n, m))
    for t in range(steps - 1, -1, -1):
        u, v = us[t], vs[t]
        pressure_adjoint(u_bar, v_bar, p_bar, dt, dx, dy, rho)
        walls_adjoint(u_bar, v_bar, p_bar, dt, dx, dy, rho)
        b_bar[:] = 0.0
        for _ in range(nit):
            walls(p_bar)
            relax_adjoint(p_bar, new_p, b_bar, dx, dy)
            p_bar, new_p = new_p, p_bar
        if t == 0:
            first_walls_adjoint(new_p, p_bar, dx, dy)
        sources_adjoint(u, v, b_bar, ux_bar, uy_bar, vx_bar, vy_bar, rho, dt, dx, dy)
        advance_adjoint(u, v, u_bar, ux_bar, uy_bar, new_u, dt, dx, dy, nu)
        advance_adjoint(u, v, v_bar, vx_bar, vy_bar, new_v, dt, dx, dy, nu)
        carried_adjoint(u, v, u_bar, v_bar, new_u, new_v, dt, dx, dy)
        if t == 0:
            walls_of_velocity(u, v, u_bar, ux_bar, uy_bar, new_u, dt, dx, dy, nu)
            walls_of_velocity(u, v, v_bar, vx_bar, vy_bar, new_v, dt, dx, dy, nu)
        u_bar, new_u = new_u, u_bar
        v_bar, new_v = new_v, v_bar
    return u_bar, v_bar, p_bar


def in_jax() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def function(steps, nit, u, v, p, dt, dx, dy, rho, nu):
        def step(state, _):
            u, v, p = state
            b = sources_of(u, v, dt, dx, dy, rho)

            def relax(p, _):
                p = p.at[1:-1, 1:-1].set(relaxed(p, b, dx, dy))
                p = p.at[:, -1].set(p[:, -2])
                p = p.at[0].set(p[1])
                return p.at[:, 0].set(p[:, 1]).at[-1].set(0.0), None

            p, _ = jax.lax.scan(relax, p, None, length=nit)
            gx, gy = pressure_forces(p, dt, dx, dy, rho)
            new_u = jnp.pad(advanced(u, u, v, gx, dt, dx, dy, nu), 1).at[-1].set(1.0)
            new_v = jnp.pad(advanced(v, u, v, gy, dt, dx, dy, nu), 1)
            return (new_u, new_v, p), None

        (u, v, p), _ = jax.lax.scan(step, (u, v, p), None, length=steps)
        return jnp.sum(u**2) + jnp.sum(v**2) + jnp.sum(p**2)

    return function


def _in(xp: Any) -> Callable[..., Any]:
    """Without writing in place: rows and columns are joined."""

    def enclosed(inner, lid):
        column = 0.0 * inner[:, :1]
        inner = xp.concatenate([column, inner, column], 1)
        row = 0.0 * inner[:1]
        return xp.concatenate([row, inner, row + lid], 0)

    def function(steps, nit, u, v, p, dt, dx, dy, rho, nu):
        for _ in range(steps):
            b = sources_of(u, v, dt, dx, dy, rho)
            for _ in range(nit):
                inner = relaxed(p, b, dx, dy)
                inner = xp.concatenate([inner[:, :1], inner, inner[:, -1:]], 1)
                p = xp.concatenate([inner[:1], inner, 0.0 * inner[:1]], 0)
            gx, gy = pressure_forces(p, dt, dx, dy, rho)
            u, v = (
                enclosed(advanced(u, u, v, gx, dt, dx, dy, nu), 1.0),
                enclosed(advanced(v, u, v, gy, dt, dx, dy, nu), 0.0),
            )
        return xp.sum(u**2) + xp.sum(v**2) + xp.sum(p**2)

    return function


def in_torch() -> Callable[..., Any]:
    import torch

    return _in(torch)


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    return _in(anp)

"""One step of incompressible flow on the inner points of a grid, and its adjoint, for two problems.

Velocities u along the columns and v along the rows, pressure p with sources b, all of one shape:
the first and last rows and columns say how the inner points are continued, and are the problems'.
Periodic columns are continued by a column more on either side.
"""

import numpy as np
from numba import njit


@njit(error_model="numpy", nogil=True)
def sources(u, v, b, rho, dt, dx, dy):
    for i in range(1, b.shape[0] - 1):
        for j in range(1, b.shape[1] - 1):
            ux = (u[i, j + 1] - u[i, j - 1]) / (2.0 * dx)
            uy = (u[i + 1, j] - u[i - 1, j]) / (2.0 * dy)
            vx = (v[i, j + 1] - v[i, j - 1]) / (2.0 * dx)
            vy = (v[i + 1, j] - v[i - 1, j]) / (2.0 * dy)
            b[i, j] = rho * ((ux + vy) / dt - ux * ux - 2.0 * uy * vx - vy * vy)


@njit(error_model="numpy", nogil=True)
def relax(pn, p, b, dx, dy):
    both = 2.0 * (dx * dx + dy * dy)
    wx, wy, wb = dy * dy / both, dx * dx / both, dx * dx * dy * dy / both
    for i in range(1, p.shape[0] - 1):
        for j in range(1, p.shape[1] - 1):
            p[i, j] = (
                wx * (pn[i, j + 1] + pn[i, j - 1])
                + wy * (pn[i + 1, j] + pn[i - 1, j])
                - wb * b[i, j]
            )


@njit(error_model="numpy", nogil=True)
def advance(un, vn, p, u, v, dt, dx, dy, rho, nu, force):
    n, m = u.shape
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            u[i, j] = (
                un[i, j]
                - un[i, j] * (dt / dx) * (un[i, j] - un[i, j - 1])
                - vn[i, j] * (dt / dy) * (un[i, j] - un[i - 1, j])
                - dt / (2.0 * rho * dx) * (p[i, j + 1] - p[i, j - 1])
                + nu * dt / (dx * dx) * (un[i, j + 1] - 2.0 * un[i, j] + un[i, j - 1])
                + nu * dt / (dy * dy) * (un[i + 1, j] - 2.0 * un[i, j] + un[i - 1, j])
                + force * dt
            )
        for j in range(1, m - 1):
            v[i, j] = (
                vn[i, j]
                - un[i, j] * (dt / dx) * (vn[i, j] - vn[i, j - 1])
                - vn[i, j] * (dt / dy) * (vn[i, j] - vn[i - 1, j])
                - dt / (2.0 * rho * dy) * (p[i + 1, j] - p[i - 1, j])
                + nu * dt / (dx * dx) * (vn[i, j + 1] - 2.0 * vn[i, j] + vn[i, j - 1])
                + nu * dt / (dy * dy) * (vn[i + 1, j] - 2.0 * vn[i, j] + vn[i - 1, j])
            )


@njit(error_model="numpy", nogil=True)
def pressure_adjoint(u_bar, v_bar, p_bar, dt, dx, dy, rho):
    """Adds what the velocities have from the pressure."""
    n, m = p_bar.shape
    cx, cy = dt / (2.0 * rho * dx), dt / (2.0 * rho * dy)
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            p_bar[i, j] += cx * (u_bar[i, j + 1] - u_bar[i, j - 1]) + cy * (
                v_bar[i + 1, j] - v_bar[i - 1, j]
            )


@njit(error_model="numpy", nogil=True)
def relax_adjoint(p_bar, new_bar, b_bar, dx, dy):
    """`p_bar` has values around the inner points that say how these were continued."""
    both = 2.0 * (dx * dx + dy * dy)
    wx, wy, wb = dy * dy / both, dx * dx / both, dx * dx * dy * dy / both
    for i in range(1, p_bar.shape[0] - 1):
        for j in range(1, p_bar.shape[1] - 1):
            b_bar[i, j] -= wb * p_bar[i, j]
            new_bar[i, j] = wx * (p_bar[i, j + 1] + p_bar[i, j - 1]) + wy * (
                p_bar[i + 1, j] + p_bar[i - 1, j]
            )


@njit(error_model="numpy", nogil=True)
def sources_adjoint(u, v, b_bar, ux_bar, uy_bar, vx_bar, vy_bar, rho, dt, dx, dy):
    """The adjoints of the four derivatives, over the steps of their differences."""
    sx, sy = rho / (2.0 * dx), rho / (2.0 * dy)
    for i in range(1, b_bar.shape[0] - 1):
        for j in range(1, b_bar.shape[1] - 1):
            ux_bar[i, j] = sx * b_bar[i, j] * (1.0 / dt - (u[i, j + 1] - u[i, j - 1]) / dx)
        for j in range(1, b_bar.shape[1] - 1):
            vy_bar[i, j] = sy * b_bar[i, j] * (1.0 / dt - (v[i + 1, j] - v[i - 1, j]) / dy)
        for j in range(1, b_bar.shape[1] - 1):
            uy_bar[i, j] = -sy * b_bar[i, j] * ((v[i, j + 1] - v[i, j - 1]) / dx)
        for j in range(1, b_bar.shape[1] - 1):
            vx_bar[i, j] = -sx * b_bar[i, j] * ((u[i + 1, j] - u[i - 1, j]) / dy)


@njit(error_model="numpy", nogil=True)
def advance_adjoint(u, v, w_bar, x_bar, y_bar, new_bar, dt, dx, dy, nu):
    """The adjoint of one velocity before a step, as what is carried and diffuses.

    `w_bar` is its adjoint after the step; `x_bar` and `y_bar` are those of its derivatives.
    """
    ax, ay, kx, ky = dt / dx, dt / dy, nu * dt / (dx * dx), nu * dt / (dy * dy)
    for i in range(1, u.shape[0] - 1):
        for j in range(1, u.shape[1] - 1):
            new_bar[i, j] = (
                w_bar[i, j] * (1.0 - ax * u[i, j] - ay * v[i, j] - 2.0 * (kx + ky))
                + w_bar[i, j + 1] * (ax * u[i, j + 1] + kx)
                + w_bar[i + 1, j] * (ay * v[i + 1, j] + ky)
                + w_bar[i, j - 1] * kx
                + w_bar[i - 1, j] * ky
                + (x_bar[i, j - 1] - x_bar[i, j + 1])
                + (y_bar[i - 1, j] - y_bar[i + 1, j])
            )


@njit(error_model="numpy", nogil=True)
def carried_adjoint(u, v, u_bar, v_bar, u_new, v_new, dt, dx, dy):
    """Adds to both adjoints what the velocities have as those that carry."""
    ax, ay = dt / dx, dt / dy
    for i in range(1, u.shape[0] - 1):
        for j in range(1, u.shape[1] - 1):
            u_new[i, j] -= ax * (
                u_bar[i, j] * (u[i, j] - u[i, j - 1]) + v_bar[i, j] * (v[i, j] - v[i, j - 1])
            )
        for j in range(1, u.shape[1] - 1):
            v_new[i, j] -= ay * (
                u_bar[i, j] * (u[i, j] - u[i - 1, j]) + v_bar[i, j] * (v[i, j] - v[i - 1, j])
            )


@njit(error_model="numpy", nogil=True)
def wrap(a):
    """The columns outside repeat the other end of the inner rows."""
    n, m = a.shape
    for i in range(1, n - 1):
        a[i, 0] = a[i, m - 2]
        a[i, m - 1] = a[i, 1]


@njit(error_model="numpy", nogil=True)
def widened(a):
    """A copy with the columns outside."""
    n, m = a.shape
    wide = np.empty((n, m + 2))
    for i in range(n):
        for j in range(m):
            wide[i, j + 1] = a[i, j]
        wide[i, 0] = a[i, m - 1]
        wide[i, m + 1] = a[i, 0]
    return wide


@njit(error_model="numpy", nogil=True)
def total_of(a):
    """The sum over the columns that are not repeated, of which none waits for the other."""
    n, m = a.shape
    sums = np.zeros(m)
    for i in range(n):
        for j in range(m):
            sums[j] += a[i, j]
    total = 0.0
    for j in range(1, m - 1):
        total += sums[j]
    return total


def sources_of(u, v, dt, dx, dy, rho):
    """The sources of the pressure at the inner points, in slices, as the peers take them."""
    ux = (u[1:-1, 2:] - u[1:-1, :-2]) / (2 * dx)
    uy = (u[2:, 1:-1] - u[:-2, 1:-1]) / (2 * dy)
    vx = (v[1:-1, 2:] - v[1:-1, :-2]) / (2 * dx)
    vy = (v[2:, 1:-1] - v[:-2, 1:-1]) / (2 * dy)
    return rho * ((ux + vy) / dt - ux**2 - 2 * uy * vx - vy**2)


def relaxed(p, b, dx, dy):
    """The inner points of the pressure after an iteration."""
    return ((p[1:-1, 2:] + p[1:-1, :-2]) * dy**2 + (p[2:, 1:-1] + p[:-2, 1:-1]) * dx**2) / (
        2 * (dx**2 + dy**2)
    ) - dx**2 * dy**2 / (2 * (dx**2 + dy**2)) * b


def advanced(w, u, v, gradient, dt, dx, dy, nu):
    """The inner points of a velocity after a step."""
    c = w[1:-1, 1:-1]
    return (
        c
        - u[1:-1, 1:-1] * dt / dx * (c - w[1:-1, :-2])
        - v[1:-1, 1:-1] * dt / dy * (c - w[:-2, 1:-1])
        - gradient
        + nu * dt / dx**2 * (w[1:-1, 2:] - 2 * c + w[1:-1, :-2])
        + nu * dt / dy**2 * (w[2:, 1:-1] - 2 * c + w[:-2, 1:-1])
    )


def pressure_forces(p, dt, dx, dy, rho):
    """What the pressure takes from either velocity."""
    return (
        dt / (2 * rho * dx) * (p[1:-1, 2:] - p[1:-1, :-2]),
        dt / (2 * rho * dy) * (p[2:, 1:-1] - p[:-2, 1:-1]),
    )

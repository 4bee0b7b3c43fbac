"""The Lorenz system by Euler's method, 1 000 steps.

x' = sigma (y - x), y' = x (rho - z) - y, z' = x y - beta z (E. N. Lorenz, "Deterministic
nonperiodic flow", J. Atmos. Sci. 20, 1963).  The output is the squared norm of the last state; the
gradient is for the first state and the three parameters.  The adjoint keeps the states.
"""

from collections.abc import Callable

import numpy as np
from numba import njit


def lorenz(x, y, z, sigma, rho, beta, dt, steps):
    for _ in range(steps):
        dx = sigma * (y - x)
        dy = x * (rho - z) - y
        dz = x * y - beta * z
        x += dt * dx
        y += dt * dy
        z += dt * dz
    return x * x + y * y + z * z


FUNCTION = lorenz
WRT = (0, 1, 2, 3, 4, 5)
STATIC = (7,)
SIZES = {"1 000 steps": {"steps": 1000}, "small": {"steps": 40}}


def arguments(steps: int) -> tuple:
    return 1.2, 1.3, 1.6, 10.0, 28.0, 8.0 / 3.0, 0.005, steps


@njit(error_model="numpy", nogil=True)
def primal(x, y, z, sigma, rho, beta, dt, steps):
    for _ in range(steps):
        dx = sigma * (y - x)
        dy = x * (rho - z) - y
        dz = x * y - beta * z
        x += dt * dx
        y += dt * dy
        z += dt * dz
    return x * x + y * y + z * z


@njit(error_model="numpy", nogil=True)
def adjoint(x, y, z, sigma, rho, beta, dt, steps):
    states = np.empty((steps, 3))
    for k in range(steps):
        states[k, 0] = x
        states[k, 1] = y
        states[k, 2] = z
        dx = sigma * (y - x)
        dy = x * (rho - z) - y
        dz = x * y - beta * z
        x += dt * dx
        y += dt * dy
        z += dt * dz
    x_bar, y_bar, z_bar = 2 * x, 2 * y, 2 * z
    sigma_bar = rho_bar = beta_bar = 0.0
    for k in range(steps - 1, -1, -1):
        x, y, z = states[k, 0], states[k, 1], states[k, 2]
        dx_bar, dy_bar, dz_bar = dt * x_bar, dt * y_bar, dt * z_bar
        sigma_bar += (y - x) * dx_bar
        rho_bar += x * dy_bar
        beta_bar -= z * dz_bar
        x_bar += (rho - z) * dy_bar + y * dz_bar - sigma * dx_bar
        y_bar += sigma * dx_bar + x * dz_bar - dy_bar
        z_bar -= x * dy_bar + beta * dz_bar
    return x_bar, y_bar, z_bar, sigma_bar, rho_bar, beta_bar


def in_jax() -> Callable:
    import jax

    def in_jax(x, y, z, sigma, rho, beta, dt, steps):
        def step(state, _):
            x, y, z = state
            dx, dy, dz = sigma * (y - x), x * (rho - z) - y, x * y - beta * z
            return (x + dt * dx, y + dt * dy, z + dt * dz), None

        (x, y, z), _ = jax.lax.scan(step, (x, y, z), None, length=steps)
        return x * x + y * y + z * z

    return in_jax


def in_torch() -> Callable:
    return lorenz_of_tensors


def lorenz_of_tensors(x, y, z, sigma, rho, beta, dt, steps):
    for _ in range(steps):
        dx = sigma * (y - x)
        dy = x * (rho - z) - y
        dz = x * y - beta * z
        x, y, z = x + dt * dx, y + dt * dy, z + dt * dz
    return x * x + y * y + z * z


def in_autograd() -> Callable:
    return lorenz

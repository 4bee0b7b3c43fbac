"""Distances along great circles between pairs of points on the sphere.

The kernel arc_distance of NPBench (https://github.com/spcl/npbench): the haversine formula. The
result is the sum of the distances. 100 000 pairs.

With t the haversine, the derivative of 2 arctan2(sqrt(t), sqrt(1 - t)) is 1 / sqrt(t (1 - t)): the
adjoint needs sines and cosines only, each once.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[np.float64]

KIND = "gradient"
WRT = (0, 1, 2, 3)
SIZES = {"N1e5": {"n": 100_000}, "small": {"n": 5}}


def arguments(n: int) -> tuple[Array, Array, Array, Array]:
    rng = np.random.default_rng(17)
    theta_1, theta_2 = rng.uniform(-1.4, 1.4, (2, n))
    phi_1, phi_2 = rng.uniform(-3.0, 3.0, (2, n))
    return theta_1, phi_1, theta_2, phi_2


def arc_distance(theta_1, phi_1, theta_2, phi_2):
    temp = (
        np.sin((theta_2 - theta_1) / 2) ** 2
        + np.cos(theta_1) * np.cos(theta_2) * np.sin((phi_2 - phi_1) / 2) ** 2
    )
    distance = 2 * np.arctan2(np.sqrt(temp), np.sqrt(1 - temp))
    return np.sum(distance)


FUNCTION = arc_distance


@njit(error_model="numpy", nogil=True)
def primal(theta_1: Array, phi_1: Array, theta_2: Array, phi_2: Array) -> float:
    total = 0.0
    for i in range(theta_1.size):
        sine = np.sin((theta_2[i] - theta_1[i]) / 2.0)
        other = np.sin((phi_2[i] - phi_1[i]) / 2.0)
        temp = sine * sine + np.cos(theta_1[i]) * np.cos(theta_2[i]) * other * other
        total += 2.0 * np.arctan2(np.sqrt(temp), np.sqrt(1.0 - temp))
    return total


@njit(error_model="numpy", nogil=True)
def adjoint(
    theta_1: Array, phi_1: Array, theta_2: Array, phi_2: Array
) -> tuple[Array, Array, Array, Array]:
    n = theta_1.size
    theta_1_bar, phi_1_bar = np.empty(n), np.empty(n)
    theta_2_bar, phi_2_bar = np.empty(n), np.empty(n)
    for i in range(n):
        half = (theta_2[i] - theta_1[i]) / 2.0
        half_phi = (phi_2[i] - phi_1[i]) / 2.0
        sine, sine_phi = np.sin(half), np.sin(half_phi)
        sine_1, cosine_1 = np.sin(theta_1[i]), np.cos(theta_1[i])
        sine_2, cosine_2 = np.sin(theta_2[i]), np.cos(theta_2[i])
        square = sine_phi * sine_phi
        temp = sine * sine + cosine_1 * cosine_2 * square
        bar = 1.0 / np.sqrt(temp * (1.0 - temp))
        half_bar = bar * sine * np.cos(half)
        half_phi_bar = bar * cosine_1 * cosine_2 * sine_phi * np.cos(half_phi)
        theta_1_bar[i] = -half_bar - bar * sine_1 * cosine_2 * square
        theta_2_bar[i] = half_bar - bar * cosine_1 * sine_2 * square
        phi_1_bar[i] = -half_phi_bar
        phi_2_bar[i] = half_phi_bar
    return theta_1_bar, phi_1_bar, theta_2_bar, phi_2_bar


def _in(xp: Any) -> Callable[..., Any]:
    def function(theta_1, phi_1, theta_2, phi_2):
        temp = (
            xp.sin((theta_2 - theta_1) / 2) ** 2
            + xp.cos(theta_1) * xp.cos(theta_2) * xp.sin((phi_2 - phi_1) / 2) ** 2
        )
        return xp.sum(2 * xp.arctan2(xp.sqrt(temp), xp.sqrt(1 - temp)))

    return function


def in_jax() -> Callable[..., Any]:
    import jax.numpy as jnp

    return _in(jnp)


def in_torch() -> Callable[..., Any]:
    import torch

    return _in(torch)


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    return _in(anp)

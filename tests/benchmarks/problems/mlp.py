"""A perceptron of three layers: two with rectifiers, then a softmax.

The kernel mlp of NPBench (https://github.com/spcl/npbench). The result is the sum of the squares of
what comes out. 8 inputs of 3 numbers, layers of 1000, 500 and 200.

The adjoint leaves the products of matrices to BLAS and does all between them in loops.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[np.float64]

KIND = "gradient"
WRT = (0, 1, 2, 3, 4, 5, 6)
SIZES = {
    "8x3-1000-500-200": {"layers": (8, 3, 1000, 500, 200)},
    "small": {"layers": (3, 2, 7, 5, 4)},
}


def arguments(layers: tuple[int, int, int, int, int]) -> tuple[Array, ...]:
    rng = np.random.default_rng(19)
    batch, inputs, first, second, outputs = layers
    parts = [rng.uniform(-1.0, 1.0, (batch, inputs))]
    for a, b in ((inputs, first), (first, second), (second, outputs)):
        parts += [rng.uniform(-1.0, 1.0, (a, b)) / np.sqrt(a), rng.uniform(-0.5, 0.5, b)]
    return tuple(parts)


def relu(x):
    return np.maximum(x, 0)


def softmax(x):
    tmp_max = np.max(x, axis=-1, keepdims=True)
    tmp_out = np.exp(x - tmp_max)
    tmp_sum = np.sum(tmp_out, axis=-1, keepdims=True)
    return tmp_out / tmp_sum


def mlp(x, w1, b1, w2, b2, w3, b3):
    x = relu(x @ w1 + b1)
    x = relu(x @ w2 + b2)
    x = softmax(x @ w3 + b3)
    return np.sum(x**2)


FUNCTION = mlp


@njit(error_model="numpy", nogil=True)
def layer(x, w, b):
    n, p = x.shape
    m = b.size
    y = np.empty((n, m))
    for i in range(n):
        for j in range(m):
            y[i, j] = b[j]
        for k in range(p):
            for j in range(m):
                y[i, j] += x[i, k] * w[k, j]
    return y


@njit(error_model="numpy", nogil=True)
def rectify(x):
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            x[i, j] = max(x[i, j], 0.0)


@njit(error_model="numpy", nogil=True)
def primal(x: Array, w1: Array, b1: Array, w2: Array, b2: Array, w3: Array, b3: Array) -> float:
    x = layer(x, w1, b1)
    rectify(x)
    x = layer(x, w2, b2)
    rectify(x)
    x = layer(x, w3, b3)
    n, m = x.shape
    total = 0.0
    for i in range(n):
        largest = x[i, 0]
        for j in range(1, m):
            largest = max(largest, x[i, j])
        normalizer = 0.0
        for j in range(m):
            x[i, j] = np.exp(x[i, j] - largest)
            normalizer += x[i, j]
        for j in range(m):
            total += (x[i, j] / normalizer) ** 2
    return total


@njit(error_model="numpy", nogil=True)
def rectified_layer(x, w, b):
    y = np.dot(x, w)
    for i in range(y.shape[0]):
        for j in range(b.size):
            y[i, j] = max(y[i, j] + b[j], 0.0)
    return y


@njit(error_model="numpy", nogil=True)
def squared_softmax_bar(z, b):
    """In place: from the last product to the adjoint of the sum that it is part of."""
    n, m = z.shape
    for i in range(n):
        largest = z[i, 0] + b[0]
        for j in range(m):
            z[i, j] += b[j]
            largest = max(largest, z[i, j])
        normalizer, squares = 0.0, 0.0
        for j in range(m):
            z[i, j] = np.exp(z[i, j] - largest)
            normalizer += z[i, j]
            squares += z[i, j] * z[i, j]
        scale = 1.0 / normalizer
        squares *= scale * scale
        for j in range(m):
            s = z[i, j] * scale
            z[i, j] = 2.0 * s * (s - squares)


@njit(error_model="numpy", nogil=True)
def sum_of_rows(x):
    total = np.zeros(x.shape[1])
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            total[j] += x[i, j]
    return total


@njit(error_model="numpy", nogil=True)
def mask(x_bar, x):
    """In place: the adjoint through a rectifier, from what it gave."""
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            x_bar[i, j] = x_bar[i, j] if x[i, j] > 0.0 else 0.0


@njit(error_model="numpy", nogil=True)
def adjoint(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array, w3: Array, b3: Array
) -> tuple[Array, Array, Array, Array, Array, Array, Array]:
    x1 = rectified_layer(x, w1, b1)
    x2 = rectified_layer(x1, w2, b2)
    z_bar = np.dot(x2, w3)
    squared_softmax_bar(z_bar, b3)
    w3_bar, b3_bar = np.dot(x2.T, z_bar), sum_of_rows(z_bar)
    x2_bar = np.dot(z_bar, w3.T)
    mask(x2_bar, x2)
    w2_bar, b2_bar = np.dot(x1.T, x2_bar), sum_of_rows(x2_bar)
    x1_bar = np.dot(x2_bar, w2.T)
    mask(x1_bar, x1)
    w1_bar, b1_bar = np.dot(x.T, x1_bar), sum_of_rows(x1_bar)
    return np.dot(x1_bar, w1.T), w1_bar, b1_bar, w2_bar, b2_bar, w3_bar, b3_bar


def in_jax() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def function(x, w1, b1, w2, b2, w3, b3):
        x = jax.nn.relu(x @ w1 + b1)
        x = jax.nn.relu(x @ w2 + b2)
        return jnp.sum(jax.nn.softmax(x @ w3 + b3, axis=-1) ** 2)

    return function


def in_torch() -> Callable[..., Any]:
    import torch

    def function(x, w1, b1, w2, b2, w3, b3):
        x = torch.relu(x @ w1 + b1)
        x = torch.relu(x @ w2 + b2)
        return torch.sum(torch.softmax(x @ w3 + b3, dim=-1) ** 2)

    return function


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    def function(x, w1, b1, w2, b2, w3, b3):
        x = anp.maximum(anp.dot(x, w1) + b1, 0)
        x = anp.maximum(anp.dot(x, w2) + b2, 0)
        z = anp.dot(x, w3) + b3
        exponentials = anp.exp(z - anp.max(z, axis=-1, keepdims=True))
        return anp.sum((exponentials / anp.sum(exponentials, axis=-1, keepdims=True)) ** 2)

    return function

"""A convolution of images with many channels, and a bias.

The kernel conv2d of NPBench (https://github.com/spcl/npbench). The result is the sum of the squares
of what comes out. 4 images of 32 x 32 with 3 channels, windows of 5 x 5, 8 channels out.

The adjoint writes the windows of an image as the rows of a matrix: what comes out, the weights'
adjoint and the windows' adjoint are then products of matrices. One image at a time, for the cache.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[np.float64]

KIND = "gradient"
WRT = (0, 1, 2)
SIZES = {
    "4x32x32x3 K5 C8": {"images": (4, 32, 32, 3), "window": 5, "channels": 8},
    "small": {"images": (2, 6, 5, 2), "window": 3, "channels": 3},
}


def arguments(
    images: tuple[int, int, int, int], window: int, channels: int
) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(20)
    weights = rng.uniform(-1.0, 1.0, (window, window, images[3], channels))
    return rng.uniform(-1.0, 1.0, images), weights, rng.uniform(-1.0, 1.0, channels)


def conv2d(images, weights, bias):
    k = weights.shape[0]
    n, height, width, _ = images.shape
    output = np.empty((n, height - k + 1, width - k + 1, weights.shape[3]))
    for i in range(height - k + 1):
        for j in range(width - k + 1):
            output[:, i, j, :] = np.sum(
                images[:, i : i + k, j : j + k, :, np.newaxis] * weights[np.newaxis],
                axis=(1, 2, 3),
            )
    return np.sum((output + bias) ** 2)


FUNCTION = conv2d


@njit(error_model="numpy", nogil=True)
def primal(images: Array, weights: Array, bias: Array) -> float:
    n, height, width, inputs = images.shape
    k = weights.shape[0]
    outputs = weights.shape[3]
    out = np.empty(outputs)
    total = 0.0
    for image in range(n):
        for i in range(height - k + 1):
            for j in range(width - k + 1):
                for o in range(outputs):
                    out[o] = bias[o]
                for di in range(k):
                    for dj in range(k):
                        for c in range(inputs):
                            for o in range(outputs):
                                out[o] += images[image, i + di, j + dj, c] * weights[di, dj, c, o]
                for o in range(outputs):
                    total += out[o] * out[o]
    return total


@njit(error_model="numpy", nogil=True)
def windows_of(image, window, inputs, k, windows):
    """Rows of an image, their channels next to each other, to the rows of windows in it."""
    height = image.shape[0] - k + 1
    width = windows.shape[0] // height
    for i in range(height):
        for j in range(width):
            for di in range(k):
                source = image[i + di, j * inputs : j * inputs + window]
                target = windows[i * width + j, di * window : di * window + window]
                for x in range(window):
                    target[x] = source[x]


@njit(error_model="numpy", nogil=True)
def image_of(windows, window, inputs, k, image):
    """The adjoint of `windows_of`."""
    height = image.shape[0] - k + 1
    width = windows.shape[0] // height
    for i in range(height):
        for j in range(width):
            for di in range(k):
                source = windows[i * width + j, di * window : di * window + window]
                target = image[i + di, j * inputs : j * inputs + window]
                for x in range(window):
                    target[x] += source[x]


@njit(error_model="numpy", nogil=True)
def adjoint(images: Array, weights: Array, bias: Array) -> tuple[Array, Array, Array]:
    n, height, width, inputs = images.shape
    k = weights.shape[0]
    outputs = bias.size
    window = k * inputs
    rows = images.reshape((n, height, width * inputs))
    matrix = weights.reshape((k * window, outputs))
    images_bar = np.zeros((n, height, width * inputs))
    matrix_bar = np.zeros((k * window, outputs))
    bias_bar = np.zeros(outputs)
    count = (height - k + 1) * (width - k + 1)
    windows = np.empty((count, k * window))
    out = np.empty((count, outputs))
    part = np.empty((k * window, outputs))
    for image in range(n):
        windows_of(rows[image], window, inputs, k, windows)
        np.dot(windows, matrix, out)
        for x in range(count):
            for o in range(outputs):
                out[x, o] = 2.0 * (out[x, o] + bias[o])
                bias_bar[o] += out[x, o]
        np.dot(windows.T, out, part)
        for x in range(k * window):
            for o in range(outputs):
                matrix_bar[x, o] += part[x, o]
        np.dot(out, matrix.T, windows)
        image_of(windows, window, inputs, k, images_bar[image])
    return images_bar.reshape(images.shape), matrix_bar.reshape(weights.shape), bias_bar


def in_jax() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def function(images, weights, bias):
        out = jax.lax.conv_general_dilated(
            images, weights, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        return jnp.sum((out + bias) ** 2)

    return function


def in_torch() -> Callable[..., Any]:
    import torch

    def function(images, weights, bias):
        out = torch.nn.functional.conv2d(
            images.permute(0, 3, 1, 2), weights.permute(3, 2, 0, 1), bias
        )
        return torch.sum(out**2)

    return function


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    def function(images, weights, bias):
        k = weights.shape[0]
        height, width = images.shape[1] - k + 1, images.shape[2] - k + 1
        out = 0.0
        for i in range(k):
            for j in range(k):
                out = out + anp.dot(images[:, i : i + height, j : j + width], weights[i, j])
        return anp.sum((out + bias) ** 2)

    return function

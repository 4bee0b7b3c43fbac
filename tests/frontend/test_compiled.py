"""Functions that the user compiles with Numba are differentiated from their source."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import s2sad

numba = pytest.importorskip("numba")
njit, prange, vectorize = numba.njit, numba.prange, numba.vectorize

pytestmark = pytest.mark.filterwarnings("ignore::s2sad.NumPyUsed")


@njit
def scalar(x):
    return math.sin(x) * x


@vectorize
def swish(x):
    return x / (1.0 + np.exp(-x))


@vectorize(["float64(float64, float64)"])
def bent(x, y):
    if x > y:
        return x * y
    return math.exp(x) + y


@njit
def by_calls(x):
    total = 0.0
    for i in range(x.shape[0]):
        total += scalar(x[i]) + swish(x[i])
    return total


@njit(parallel=True)
def in_parallel(x):
    total = 0.0
    for i in prange(x.shape[0]):
        total += x[i] ** 2
    for i in numba.prange(1, x.shape[0], 2):
        total += math.sin(x[i])
    return total


@njit
def elementwise(x):
    return np.sum(swish(x)) + np.sum(bent(x, 0.5))


def made(k):
    @njit
    def inner(x):
        return k * x * x

    @njit
    def outer(x):
        return np.sum(inner(x))

    return outer


of_closures = made(3.0)


@numba.jit(nopython=True)
def of_tuples(x):
    pair = (x, 2.0 * x)
    a, b = pair
    total = 0.0
    for factor in numba.literal_unroll((1, 2.5)):
        total += factor * np.sum(a * b)
    return total


@njit
def with_casts(x):
    total = numba.float64(0.0)
    for i in range(numba.int64(3)):
        total += numba.float64(x[i]) ** 2
    return total


@njit
def with_a_list(x):
    kept = numba.typed.List()
    for i in range(3):
        kept.append(x[i] * 2.0)
    total = 0.0
    for i in range(3):
        total += kept[i] * kept[i]
    return total


FUNCTIONS = [
    by_calls, in_parallel, elementwise, of_closures, of_tuples, with_casts, with_a_list,
]  # fmt: skip


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_compiled_functions(function: Callable[..., Any], backend: str) -> None:
    x = np.linspace(0.1, 1.1, 5)
    found = s2sad.grad(function, backend=backend)(x)
    plain = function.py_func
    step = 1e-6 * np.eye(5)
    expected = [(plain(x + d) - plain(x - d)) / 2e-6 for d in step]
    assert np.allclose(found, expected, atol=1e-7)


def test_vectorized_functions_themselves() -> None:
    assert s2sad.grad(swish)(0.0) == 0.5
    assert s2sad.grad(bent, (0, 1))(2.0, 1.0) == (1.0, 2.0)


def test_a_call_with_tuples_as_arguments() -> None:
    @njit
    def f(pair):
        a, b = pair
        return np.sum(a * b)

    a, b = s2sad.grad(f)((np.ones(2), np.full(2, 3.0)))
    assert (a.tolist(), b.tolist()) == ([3.0, 3.0], [1.0, 1.0])


def test_a_jitclass_is_refused_by_name() -> None:
    @numba.experimental.jitclass([("k", numba.float64)])
    class Scale:
        def __init__(self, k):
            self.k = k

        def of(self, x):
            return self.k * x

    scale = Scale(2.0)
    for function in (lambda x: Scale(2.0).of(x), lambda x: scale.of(x), scale.of):
        with pytest.raises(s2sad.Unsupported, match=r"jitclass(.|\n)*take @jitclass off"):
            s2sad.grad(function)(1.0)

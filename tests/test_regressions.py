"""The smallest program of every bug that was found, with the right answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from s2sad import grad, hessian, jacrev, jvp, vjp

# Named like parameters and functions of the generated code.
cotangent = np.array([1.0, 2.0])
w = np.array([1.0, 2.0])
squares_grad = np.array([1.0, 2.0])
half = 0.5 * np.eye(2)
ones = np.ones(2)


@dataclass
class Spring:
    stiffness: float


spring = Spring(1.0)


def scaled(x):
    return cotangent * np.exp(x)


def weighted(x):
    return w * x


def twice_weighted(w):
    return np.sum(weighted(w) * w)


def squares(x):
    return np.sum(squares_grad * x * x)


def test_captured_arrays_keep_apart_from_names_of_the_generated_code():
    """A global may be called as a parameter, as the function, or as what a pullback takes."""
    assert_allclose(vjp(scaled, np.zeros(2))[1](np.ones(2))[0], [1.0, 2.0])
    assert_allclose(grad(twice_weighted)(np.array([3.0, 4.0])), [6.0, 16.0])
    assert_allclose(grad(squares)(np.ones(2)), [2.0, 4.0])


def contraction(a, x):
    for _ in range(2):
        x = np.tanh(a @ x)
    return np.sum(x)


def test_a_constant_carried_through_a_loop_has_a_zero_tangent_of_its_shape():
    """Forward over forward, where the loop starts from a captured array."""

    def directional(a, x):
        return jvp(contraction, (a, x), (half, ones))[1]

    h = 1e-5
    numeric = (directional(half + h * half, ones) - directional(half - h * half, ones)) / (2 * h)
    tangent = jvp(directional, (half, ones), (half, 0 * ones))[1]
    assert_allclose(tangent, numeric, rtol=1e-7)


def pair(x):
    return ones, x * np.sin(x)


def test_the_tangent_of_a_captured_constant_is_zero():
    assert_allclose(jvp(pair, (ones,), (ones,))[1][0], [0.0, 0.0])


def test_a_captured_cotangent_is_summed_over_what_was_broadcast():
    """A literal array as the cotangent of y + z[0, 0]."""
    direction = np.array([1.0, 2.0, 3.0])

    def f(y, z):
        return y + z[0, 0]

    def pulled(y, z):
        return vjp(f, y, z)[1](direction)

    y_bar, z_bar = jvp(pulled, (np.ones(3), np.ones((2, 2))), (np.ones(3), np.ones((2, 2))))[0]
    assert_allclose(y_bar, direction)
    assert_allclose(z_bar, [[6.0, 0.0], [0.0, 0.0]])


def energy(p):
    return p.stiffness * p.stiffness


def test_a_captured_dataclass_is_taken_apart():
    assert_allclose(
        jvp(lambda p: jvp(energy, (p,), (spring,))[1], (spring,), (spring,)), (2.0, 2.0)
    )


def test_a_numpy_scalar_indexed_by_nothing():
    assert_allclose(grad(lambda x: x[()] * x)(np.float64(0.3)), 0.6)


def test_nonlocal_writes():
    """They were lost once, and the gradient was zero."""

    def total(x):
        s = 0.0

        def add(y):
            nonlocal s
            s = s + y * y

        add(x)
        return s

    assert_allclose(grad(total)(2.0), 4.0)


def test_sizes_that_do_not_fit_raise_though_the_product_is_not_needed():
    """The derivative of a linear function does not compute it."""
    with pytest.raises(ValueError, match="sizes that do not fit"):
        grad(lambda a: np.sum(a @ np.ones(4)))(np.ones(3))


def test_a_slice_of_sum_over_one_axis_is_no_inner_product():
    """axis=0 is equal to False, and no reason to sum over all."""

    def f(a, b):
        return np.sum(np.sum(np.tanh(a) * b, axis=0) ** 2)

    a, b = np.random.default_rng(0).normal(size=(2, 3, 4))
    column = np.sum(np.tanh(a) * b, axis=0)
    assert_allclose(grad(f)(a, b), 2 * column * b / np.cosh(a) ** 2)


def test_jacobians_print_once(capsys: Any):
    def loud(x):
        print("evaluated")
        return x * x

    jacrev(loud)(np.arange(3.0))
    hessian(lambda x: np.sum(loud(x)))(np.arange(3.0))
    assert capsys.readouterr().out == "evaluated\n" * 2


def power(x, n):
    return x if n == 0 else x * power(x, n - 1)


def test_recursion_reads_its_tape_in_order():
    """Forward and reverse, and each over the other."""
    x, n = 1.3, 4
    assert_allclose(grad(power)(x, n), 5 * x**4)
    assert_allclose(grad(grad(power))(x, n), 20 * x**3)
    assert_allclose(hessian(power)(x, n), 20 * x**3)


def test_a_rounded_float32_keeps_its_dtype():
    """Its derivative is zero, of the same dtype as well."""
    value, tangent = jvp(
        lambda y: round(y, 1) * np.float32(2), (np.float32(0.53),), (np.float32(1),)
    )
    assert value.dtype == tangent.dtype == np.float32
    assert tangent == 0
    (cotangent,) = vjp(lambda y: round(y, 1), np.float32(0.53))[1](np.float32(0.7))
    assert np.asarray(cotangent).dtype == np.float32

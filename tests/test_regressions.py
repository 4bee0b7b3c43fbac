"""The smallest program of every bug that was found, with the right answer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.polynomial import legendre
from numpy.testing import assert_allclose
from scipy import special

from s2sad import Unsupported, grad, hessian, hvp, jacfwd, jacrev, jvp, value_and_grad, vjp
from s2sad.testing import check_grads

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


def last_bound(x, w):
    for _ in x:
        x = w
    return x * x


def early_row(x, w):
    for _ in range(3):
        return np.tanh(x) * w
    return x


def squared_in_place(y):
    y *= y
    return y


@pytest.mark.parametrize("f", [last_bound, early_row])
def test_a_pullback_keeps_nothing_that_the_caller_holds(f):
    """A loop or branch may hand on an argument, a stack may record the result itself."""
    x, w, cotangent = np.array([0.3, -0.7]), np.array([1.5, 0.4]), np.array([0.6, -1.1])
    expected = [b.copy() for b in vjp(f, x, w)[1](cotangent)]
    out, pull = vjp(f, x, w)
    for a in (x, w, out):
        a[...] = np.nan
    for found, wanted in zip(pull(cotangent), expected, strict=True):
        assert_allclose(found, wanted)


def test_a_pullback_keeps_an_array_without_dimensions_as_it_was_given():
    y = np.array(1.5)
    assert_allclose(vjp(squared_in_place, y)[1](np.array(2.0))[0], 6.0)


def scaled_rows(w, y):
    for i in range(1, len(w)):
        w[i] *= y
    return w


def zero_dimensional(x, y):
    z = np.zeros(())
    for v in x:
        z += v * y
    return z * 1.0


def peeled_or_not(m, k):
    zeros = np.zeros(m.shape)
    if k > 1:
        return zeros
    return m + zeros


def test_what_a_loop_or_branch_hands_on_has_the_dtype_of_its_variable():
    x = np.array([0.5, -1.5, 2.0], np.float32)
    y_bar = vjp(scaled_rows, x.copy(), 1.5)[1](x)[1]
    assert type(y_bar) is float
    assert_allclose(y_bar, 6.25)
    assert_allclose(vjp(zero_dimensional, x, 1.5)[1](2.0)[0], 3.0)
    dot = jvp(lambda m: peeled_or_not(m, 0), (x,), (x,))[1]
    assert dot.dtype == np.float64


def summed(x):
    total = 0
    for v in x:
        total = total + v * v
    return total


def sums_in_a_loop(x, y):
    for _ in range(2):
        y = y * summed(x) + sum([v * y for v in x])
    return y


def test_a_function_with_a_loop_can_be_called_in_a_loop():
    """The names of a call end with it; they are not carried from trip to trip."""
    x, y, dot = np.array([0.5, -1.5]), 0.7, np.array([0.3, 0.8])
    s, t = 2.5, -1.0
    ds, dt = 2 * x @ dot, dot.sum()
    assert_allclose(jvp(lambda x: sums_in_a_loop(x, y), (x,), (dot,))[1],
                    2 * y * (s + t) * (ds + dt))  # fmt: skip


def halved(a):
    a *= 0.5
    return a.sum()


def writing_test(x):
    trips = 0.0
    y = x * 1.0
    while halved(y) > 0.4:
        trips += y[0]
    return trips + y[1]


def test_the_test_of_a_while_may_write_to_an_array():
    x = np.array([3.0, 1.0])
    assert writing_test(x) == 1.5 + 0.75 + 0.375 + 0.0625
    assert_allclose(grad(writing_test)(x), [0.875, 0.0625])


def item_of_a_way(x, y):
    if y > 1:
        z = y
    else:
        d = [x[0]]
        for v in x:
            d[0] += v * y
        z = d[0]
    return z


def test_a_container_made_in_one_way_of_a_branch_is_of_no_concern_to_the_other():
    x = np.array([0.5, -1.5])
    assert_allclose(grad(item_of_a_way)(x, 0.5), [1.5, 0.5])
    assert_allclose(grad(item_of_a_way, 1)(x, 1.5), 1.0)


def read_in_an_inner_loop(x, y):
    for row in x:
        if row[0] * y > 0.4:
            continue
        for v in y * row:
            if v + row[1] > 9.0:
                return y
    return np.sum(x) * y


def test_what_the_outer_loop_bound_is_bound_in_the_inner_one():
    x = np.array([[0.3, 0.6], [-0.4, 1.2]])
    assert_allclose(grad(read_in_an_inner_loop)(x, 0.7), 0.7)
    assert_allclose(grad(read_in_an_inner_loop, 1)(x, 20.0), 1.0)


def either_kind(x, y):
    for _ in x:
        for _ in x:
            if not y:
                return y
        return x
    return y


def test_a_result_that_no_trip_has_bound_yet_has_no_shape():
    x, dot = np.array([0.3, -0.6]), np.array([1.1, 0.7])
    assert_allclose(jvp(either_kind, (x, 1.5), (dot, 0.2))[1], dot)
    assert_allclose(jvp(either_kind, (x, 0.0), (dot, 0.2))[1], 0.2)


def turned(m, s):
    m.T[1] *= s
    m.T[...] += 0.1
    return np.sum(m)


def accumulated(x):
    out = np.zeros(4)
    np.cumsum(x, out=out)
    return out


def multiplied_at(x):
    np.multiply.at(x, np.array([1, 0, 1, 0]), x)
    return x


def test_writes_round_as_those_of_numpy():
    """The layout of the array stays, sums are in the dtype of `out`, operands are read before."""
    m = np.random.default_rng(1).normal(size=(7, 5))
    assert value_and_grad(turned)(m.copy(), 1.3)[0] == turned(m.copy(), 1.3)
    x = np.array([0.1, 0.7, -0.3, 1.9], np.float32)
    assert np.array_equal(jvp(accumulated, (x,), (x,))[0], accumulated(x))
    assert np.array_equal(jvp(multiplied_at, (x.copy(),), (x,))[0], multiplied_at(x.copy()))


def test_a_loop_without_a_trip_says_nothing_of_sizes():
    """What its statements compare may differ as long as they do not run."""

    def total(w, x, n):
        s = np.sum(w**2) + np.sum(x**3)
        for _ in range(n):
            s = s + np.sum(np.tanh(w + x)) + np.sum(w * x)
        return s

    w, x = np.array([0.3, -1.2, 0.7]), np.array([1.1, -0.4, 0.2, -0.9])
    found = grad(total, argnums=(0, 1))(w, x, 0)
    np.testing.assert_allclose(found[0], 2 * w)
    np.testing.assert_allclose(found[1], 3 * x**2)
    with pytest.raises(ValueError, match="broadcast"):
        grad(total, argnums=(0, 1))(w, x, 1)
    check_grads(lambda w, x: total(w, x, 2), (w, x[:3]))


def test_sizes_that_a_loop_compares_need_no_sums():
    def relaxed(a, b, u, n):
        for _ in range(n):
            u = u + 0.1 * (a @ u - b)
        return np.sum(u * u)

    rng = np.random.default_rng(3)
    args = rng.normal(size=(4, 4)), rng.normal(size=4), rng.normal(size=4), 3
    derivative = grad(relaxed, argnums=(0, 1, 2))
    derivative(*args)
    assert "sum_to" not in derivative.source
    check_grads(lambda a, b, u: relaxed(a, b, u, 3), args[:3])


@pytest.mark.parametrize("name", ["conj", "conjugate"])
def test_the_method_conj_of_a_real_array_is_the_array_and_the_function_is_not(name):
    """The function was printed as the method, and a write went into the argument."""

    def by_function(x):
        y = getattr(np, name)(x)
        y[0] = x[1] * 2.5
        return np.sum(y**2) + np.sum(x**3)

    def by_method(x):
        y = getattr(x, name)()
        y[0] = x[1] * 2.5
        return np.sum(y**2) + np.sum(x**3)

    x = np.array([0.3, -1.2, 0.7])
    for f in (by_function, by_method):
        numeric = [(f(x + h) - f(x - h)) / 2e-6 for h in 1e-6 * np.eye(3)]
        assert_allclose(grad(f)(x.copy()), numeric, rtol=1e-8, atol=1e-8)
    check_grads(by_function, (x,))


@pytest.mark.parametrize("indices", [[0, 2, 2], (2, 0), [[0, 1], [1, 1]]])
def test_take_with_a_list(indices):
    """The list was an index of several dimensions to the adjoint."""
    a = np.array([[0.3, -1.2, 0.7], [1.1, 0.4, -0.6], [0.9, 0.2, 1.7]])
    check_grads(lambda a: np.take(a, indices) ** 2, (a,))
    check_grads(lambda a: np.take(a, indices, axis=1) ** 2, (a,))
    check_grads(lambda a: a[0].take(indices) ** 2, (a,))


def a_number_before_the_loop(x, w):
    s = 0.0
    for v in x:
        s = w * v
    total = 0.0
    for v in w + s:
        total = total - v
    return total


def product_of_either(x, w):
    v = 0
    for _ in x:
        v = x
    return w @ v


def mean_of_either(x, w):
    v = 0.0
    for a in x:
        v = w * a
    return np.mean(v)


def test_what_is_a_number_or_an_array_has_a_cotangent_of_its_shape():
    x, w = np.array([1.0, 2.0]), np.array([0.3, -0.6, 0.5])
    assert_allclose(grad(a_number_before_the_loop)(x, w), [0.0, -0.2])
    assert_allclose(grad(a_number_before_the_loop, 1)(x, w), [-3.0, -3.0, -3.0])
    assert_allclose(grad(a_number_before_the_loop, 1)(x[:0], w), [-1.0, -1.0, -1.0])


def test_a_second_derivative_through_either_is_right_or_refused():
    """The rule is run as it stands for what may be a number, and is not derived itself."""
    x, w = np.array([1.0, 2.0]), np.array([0.3, -0.6])
    dots = (np.array([0.1, 0.2]), np.array([1.0, -2.0]))
    assert_allclose(hvp(mean_of_either, (0, 1))(x, w, dots), [[0.0, -0.5], [0.1, 0.1]])
    with pytest.raises(Unsupported, match="a second derivative through matmul"):
        hvp(product_of_either, (0, 1))(x, w, dots)


def number_or_single(x, y):
    v = 0
    for _ in x:
        v = x
    return x + v


def sum_of_either(x, w, y):
    h = 0
    for _ in x:
        h = w
    return np.sum(h) + y


def double_on_one_path(x, y):
    return y + min(y, np.float64(0.3))


def single_at_first(x, y):
    for a in x:
        y -= min(-0.75, a)
    return math.sin(y)


def another_dtype_from_trip_to_trip(x, y):
    v = np.stack([y, y, y])
    for _ in x:
        v, x = v, v
    v *= np.sum(x)
    return v


def stacked_either(x, y):
    v = y
    for _ in x:
        v = np.hypot(2.0, 1.0) * np.sum([y, v])
    return v


def smaller_of_a_number_and_an_array(x, y):
    return y + min(2, y)


DTYPES = [
    (number_or_single, np.float32, 1.0),
    (double_on_one_path, float, np.float32(0.2)),
    (double_on_one_path, float, np.float32(0.4)),
    (single_at_first, float, np.float32(0.2)),
    (single_at_first, np.float32, 0.2),
    (another_dtype_from_trip_to_trip, float, np.float32(0.2)),
    (stacked_either, np.float32, 0.2),
    (stacked_either, float, np.float32(0.2)),
    (smaller_of_a_number_and_an_array, float, np.array(0.2)),
]


@pytest.mark.parametrize("count", [0, 3])
@pytest.mark.parametrize(("f", "dtype", "y"), DTYPES)
def test_what_has_another_dtype_on_another_path_is_asked_for_it(f, dtype, y, count):
    """Tangents have the dtype of the result as it came out, cotangents that of the argument."""
    x = np.array([-0.9, 0.5, 1.5], dtype)[:count]
    value, dot = jvp(f, (x, y), (x, y))
    out, pull = vjp(f, x, y)
    bars = pull(out)
    for found, wanted in [(value, f(x, y)), (dot, value), *zip(bars, (x, y), strict=True)]:
        assert np.asarray(found).dtype == np.asarray(wanted).dtype
        assert np.shape(found) == np.shape(wanted)
    assert isinstance(dot, np.ndarray) == isinstance(value, np.ndarray)
    forward = np.sum(np.asarray(out, float) * dot)
    assert_allclose(forward, np.sum(bars[0] * x) + bars[1] * y, rtol=1e-5)


def test_a_sum_of_what_may_be_a_number_leaves_a_number_to_a_number():
    x = np.ones(2, np.float32)
    bars = vjp(sum_of_either, x, x, 1.5)[1](np.float32(1.0))
    assert [np.asarray(b).dtype for b in bars] == [np.float32, np.float32, np.float64]


def returned_from_loops(x, y):
    while not y:
        return x
    for _ in x:
        while y:
            return x
        return x[2:]


def test_a_cotangent_of_what_is_not_bound_has_no_shape():
    x = np.arange(4.0)
    assert_allclose(vjp(returned_from_loops, x, 1.0)[1](x)[0], x)


def pythons_and_numpys(x, y):
    h = [y]
    for _ in x:
        h.append(np.sin(y))
    return x * h[-1]


def truth_and_numbers(x):
    h = [True]
    for a in x:
        h.append(np.sin(a))
    return h[-1]


def singles_and_doubles(x, y):
    h = [0.1]
    for a in x:
        h.append(a)
    return h[0] * y


def test_a_list_whose_items_come_back_as_others_is_refused():
    """What is read from an array has lost whether it was Python's, and its dtype."""
    x = np.array([0.5, -1.5])
    assert_allclose(vjp(pythons_and_numpys, x, 0.3)[1](x)[0], np.sin(0.3) * x)
    with pytest.raises(Unsupported, match="holds Python's numbers and NumPy's"):
        vjp(pythons_and_numpys, x.astype(np.float32), 0.3)
    with pytest.raises(Unsupported, match="truth values and numbers"):
        grad(truth_and_numbers)(x)
    with pytest.raises(Unsupported, match="numbers of float32 and others"):
        grad(singles_and_doubles)(x.astype(np.float32), 0.3)


def scaled_by_recursion(x, y):
    def scale(n):
        if n > 0:
            x[n] *= y * -y
            scale(n - 1)

    scale(2)
    return np.sum(x * x)


def test_a_second_derivative_reads_what_was_recorded_and_not_what_it_was_made_of():
    """y stands for -y in the derivative of the recursion, where only the one is at hand."""
    assert_allclose(hessian(scaled_by_recursion, 1)(np.array([1.0, 2.0, 3.0]), 0.5), 39.0)


def larger(x, y):
    return np.maximum(x @ x, y)


def test_the_gradient_of_a_number_in_single_precision_is_a_number():
    bar = vjp(larger, np.ones(2), np.float32(3.0))[1](np.float64(1.0))[1]
    assert type(bar) is np.float32 and bar == 1.0


def shifted_or_summed(x, y):
    if x[0] > 0:
        return 1.5 + y
    return np.sum(x)


def test_the_tangent_of_a_number_that_a_branch_returns_is_a_number():
    y = np.array(0.5)
    for x in (np.ones(2), -np.ones(2)):
        dot = jvp(shifted_or_summed, (x, y), (x, y))[1]
        assert type(dot) is np.float64 and dot == (0.5 if x[0] > 0 else -2.0)


def squares_of_product(a, x):
    v = 0.0
    for _ in x:
        v = a
    return np.sum(x**2 * (v @ x))


def test_a_cotangent_is_constant_in_what_the_operation_is_linear_in():
    """That of x in v @ x asks for v, which is data here."""
    a, x, d = np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([0.3, -0.7]), np.array([0.2, 1.0])
    once = 2 * d * (a @ x) + 2 * x * (a @ d) + a.T @ (2 * x * d)
    assert_allclose(hvp(squares_of_product, 1)(a, x, d), once)


def test_items_that_one_way_changes_one_by_one_and_the_other_as_a_whole():
    """The items were joined after the one item was, with what it had become by that."""

    def f(x, n):
        items = [x[0], x[1]]
        if n > 0:
            items[0] = x[2] ** 2
            items[1] = items[1] * x[0]
        else:
            items.append(x[2])
            items[0] = items.pop() * 3.0
        return items[0] * items[1]

    class Cell:
        def __init__(self, value):
            self.value = value

    def g(x, m):
        c = Cell(np.sum(x))
        if x[0] > 5.0:
            return x[0]
        for v in m:
            c.value = np.sin(c.value) * v
        x[0] = 1.0
        c.value = c.value * 2.0 + x[0]
        return c.value

    x = np.array([0.3, -1.2, 0.7])
    for n in (1, 0):
        check_grads(lambda x, n=n: f(x, n), (x,))
    for first in (0.3, 5.5):
        x[0] = first
        check_grads(lambda x: g(x.copy(), (0.4, 1.1)), (x,))


def test_objects_that_finally_makes_on_both_paths():
    """The attributes of the one that a failed trial made were not there when both were joined."""

    class Pair:
        def __init__(self, a, b):
            self.a, self.b = a, b

    def f(x, m):
        try:
            row = m[2]
        finally:
            try:
                p = Pair(x, x[0])
                return m * p.b + np.sum(p.a)  # noqa: B012
            finally:
                row = x
        return row

    x, m = np.array([0.3, -1.2, 0.7]), np.array([1.1, 0.4, -0.6])
    check_grads(f, (x, m))
    check_grads(f, (x, m[:2]))  # the IndexError ends at the return


def test_a_list_that_an_inner_branch_replaced_is_a_result_of_the_outer_one():
    def f(x, y):
        if x[0] > 0:
            items = [y, y**2]
            if x[1] > 0:
                items = [2.0 * y, x[2]]
        if x[2] > 0.1:
            return items[0] * items[1]
        return y

    for x in ([1.0, 1.0, 0.7], [1.0, -1.0, 0.7], [-1.0, 1.0, 0.0]):
        check_grads(f, (np.array(x), 0.4))


def test_the_rows_of_an_array_that_one_path_makes_are_written():
    """On the other path the loop started with a copy of what is not bound there."""

    def f(x, m):
        if x > 0:
            m = np.ones((2, 1))
        for row in m:
            row *= x
        return np.sum(m)

    def g(x, m):
        rows = x
        if m[0, 0] > 0:
            x, rows = m
        else:
            for _ in range(2):
                rows, x = np.array(x), rows
        for _ in zip(rows, x, strict=True):
            rows += 3.0
        return m * rows

    x, m = np.array([0.3, -1.2]), np.array([[1.1, 0.4], [-0.6, 2.0]])
    for sign in (1.0, -1.0):
        check_grads(lambda x, m: f(x, m.copy()), (0.7 * sign, m))
        check_grads(lambda x, m: g(x.copy(), m.copy()), (x, m * sign))


def test_sums_are_computed_in_the_dtype_of_out_where_that_is_known_at_run_time_only():
    def f(w, y):
        out = np.broadcast_to(min(y, 0.5), len(w)).copy()
        np.cumsum(w, out=out)
        return out

    w, d = np.array([0.1, 0.2, 0.3], np.float32), np.array([0.7, -0.1, 0.4], np.float32)
    for y in (np.array(0.25), 0.25, np.float32(0.25), np.array(0.25, np.float32)):
        value, dot = jvp(f, (w, y), (d, y))
        expected = f(w, y)
        assert value.dtype == expected.dtype
        assert_allclose(value, expected, rtol=1e-15)
        assert_allclose(dot, f(d, y), rtol=1e-6)
        bar = vjp(f, w, y)[1](np.ones_like(expected))[0]
        assert bar.dtype == np.float32
        assert_allclose(bar, [3.0, 2.0, 1.0])


def test_the_cotangent_of_a_float_is_one_whatever_the_dtype_of_the_result():
    def f(x, y):
        return np.sum(sum([v for v in x])) + y  # noqa: C416

    _, pullback = vjp(f, np.array([0.3, -1.2], np.float32), 1.5)
    assert type(pullback(np.float32(-1.3))[1]) is float


def test_the_gradient_of_an_array_of_no_dimensions_has_its_dtype():
    """A zero of Python's own on one path met a float32, and float32 came out."""

    def f(m, y, n):
        z = m[1] * y
        found = z
        for i in range(n):
            if i == 1:
                found = m
                break
        return np.sum(found) * 1.0

    m, y = np.array([0.3, -1.2, 0.7], np.float32), np.array(0.4)
    for n in (0, 2, 3):
        _, pullback = vjp(lambda m, y, n=n: f(m, y, n), m, y)
        found = pullback(0.5)
        assert [g.dtype for g in found] == [np.float32, np.float64]
        assert_allclose(found[1], 0.5 * m[1] if n < 2 else 0.0)


def test_no_derivative_is_an_array_of_the_caller():
    """It was where a loop that handed it on made no trip, or a branch left it as it was."""

    def doubled(w, x, n):
        for _ in range(n):
            w = w * 2.0
        return np.sum(w * x)

    def scaled(x, y, n):
        for _ in range(n):
            x = x * 2.0
        return x + y if n < 5 else x

    w, x, c = np.ones(3), np.arange(3.0), np.array([0.3, -1.2, 0.7])
    assert not np.shares_memory(grad(doubled)(w, x, 0), x)
    for n in (0, 1):
        _, pullback = vjp(lambda x, y, n=n: scaled(x, y, n), x, w)
        first, second = pullback(c)
        assert not np.shares_memory(first, c) and not np.shares_memory(second, c)
        assert not np.shares_memory(first, second)
        _, dot = jvp(lambda x, y, n=n: scaled(x, y, n + 5), (x, w), (c, w))
        assert not np.shares_memory(dot, c)


@pytest.mark.parametrize("f", [np.sum, np.prod, np.max, np.min])
def test_a_reduction_of_a_number_over_its_first_axis(f):
    for y in (np.float32(1.5), np.array(-1.5), np.float64(2.0)):
        for axis in (None, 0, -1):
            assert grad(lambda y, axis=axis: f(y, axis=axis) * y)(y) == 2 * y


def test_what_the_body_of_a_loop_binds_first_and_a_loop_inside_changes():
    """The value that the inner loop found was taken for the one from before the outer loop."""

    def walrus(m, w):
        for a, b in zip(m, w, strict=True):
            while _ := b:
                return m * a
        return m

    def pair(x, y):
        s = y
        for a in x:
            items = ("a", a)
            for b in x:
                items = ("a", items[1] * b)
            s = s + items[1]
        return s

    x = np.array([0.3, -1.2])
    for w in ([0.0, 0.4], [0.0, 0.0]):
        check_grads(lambda x, w=w: walrus(x, w), (x,))
    check_grads(pair, (x, 0.7))


def test_containers_that_a_loop_inside_a_way_leaves_are_made_by_that_way():
    """They were as old as those from before the branch, so they were not results of it."""

    class Cell:
        def __init__(self, value):
            self.value = value

    def f(x, y):
        items = [y]
        if x[0] > 5:
            raise ValueError
        else:
            while items[0] < 5:
                items = [2 * items[0] + x[1]]
        return items[0]

    def g(x, y):
        c = Cell(y)
        held = {"c": (c, [c])}
        if x[0] > 5:
            raise ValueError
        else:
            for v in x:
                c = Cell(c.value * v)
                held = {"c": (c, [c])}
        return c.value * held["c"][1][0].value

    for h in (f, g):
        check_grads(h, (np.array([0.3, 1.2]), 0.7))


def test_an_array_that_only_one_way_makes_is_copied_only_where_it_is():
    """The loop, which writes to it, copied it before its first trip although it was not bound."""

    class Cell:
        def __init__(self, value):
            self.value = value

    def f(x, w, c):
        cell = Cell(x + w if np.sum(w) > c else w)
        for v in x:
            cell.value[0] += v
            cell.value = x * 0.5
        return x * w + cell.value

    for c in (-9.0, 9.0):
        check_grads(lambda x, w, c=c: f(x, w.copy(), c), (np.array([0.3, -1.2]), np.ones(2)))
        x, w = np.array([0.3, -1.2]), np.ones(2)
        _, pullback = vjp(lambda x, w, c=c: f(x, w, c), x, w)
        first = 1.0 if c > 0 else 0.0
        assert_allclose(w, [1.0 + 0.3 * first, 1.0])
        assert_allclose(pullback(np.ones(2))[1], x)


def test_what_a_stack_gives_back_may_be_unbound_as_well():
    """The derivative of a derivative put it into an array."""

    def f(x, m):
        if x > 0:
            out = np.ones(2)
        for i in range(2):
            if x > 0:
                out[i] = out[i] * x * m
        return np.sum(out) if x > 0 else x

    check_grads(f, (-0.7, 1.1))
    check_grads(f, (0.7, 1.1))


def test_a_jacobian_of_a_function_with_an_array_of_numbers_in_a_branch():
    """The array that a list of numbers makes was taken for an effect."""

    def f(x):
        if x[0] > 0:
            return x * np.array([1.0, 2.0, 3.0])
        for i in range(2):
            w = np.array([1.0, 4.0, 3.0])
            w[1] = x[i]
            x = x * w
        return x

    assert_allclose(jacrev(f)(np.array([0.5, -1.0, 2.0])), np.diag([1.0, 2.0, 3.0]))
    found = jacrev(f)(np.array([-0.7, 0.4, 0.9]))
    assert_allclose(found, [[1, 0, 0], [-2 * 0.7 * 0.16, 2 * 0.49 * 0.4, 0], [0, 0, 9]], atol=1e-12)


def test_what_may_be_an_array_is_changed_in_its_dtype():
    """It was changed as a number is, which takes the dtype of the result."""

    def single(x):
        v = 1
        for _ in x:
            v += x.astype(np.float32)
        w = np.tanh(v)
        w *= x
        return w

    def either(x, n):
        v = 0.0
        for _ in range(n):
            v = x.astype(np.float32)
        v += x
        return v

    def whole(x):
        v = 0
        for _ in x:
            v = np.arange(3)
        v += 1.5
        return v * x

    x, dot, bar = np.array([0.3, -1.2, 0.7]), np.array([0.2, 0.1, -0.4]), np.array([1.0, -2.0, 3.0])
    for f in (single, lambda x: either(x, 0), lambda x: either(x, 1)):
        value, pullback = vjp(f, x)
        expected = f(x)
        assert value.dtype == expected.dtype and np.array_equal(value, expected)
        _, tangent = jvp(f, (x,), (dot,))
        assert tangent.dtype == expected.dtype
        bars = pullback(bar.astype(expected.dtype))[0]
        assert bars.dtype == x.dtype
        assert_allclose(bars @ dot, tangent @ bar, rtol=1e-5)
    with pytest.raises(TypeError, match="same_kind"):
        vjp(whole, x)


def test_squeeze_of_what_may_have_one_element():
    """The rank was said to stay that of the slice, and the cotangent was broadcast against it."""

    def f(a):
        return np.squeeze(a[:, :1])

    bar = np.array([1.0, -2.0, 3.0])
    value, pullback = vjp(f, np.ones((3, 2)))
    assert value.shape == (3,)
    assert_allclose(pullback(bar)[0], np.stack([bar, np.zeros(3)], axis=1))


def test_lists_given_to_functions_that_make_data():
    """They were no arrays to the compiler, which looked for their sizes and failed."""

    def f(x):
        i = np.searchsorted([0.1, 0.2, 0.9], [0.15, 0.3, 0.4])
        j = np.argsort([x[0], -x[1], x[2]])
        return x * (i + j + np.ones_like([1, 2, 3]) + np.searchsorted(np.array([0.2, 0.9]), 0.5))

    x = np.array([1.0, 2.0, 3.5])
    value, pullback = vjp(f, x)
    assert_allclose(value, f(x))
    assert_allclose(pullback(np.ones(3))[0], f(x) / x)


def test_limits_of_dtypes_are_known():
    """Where their class was walked like the user's, an object of it could be given to nothing."""

    def f(x):
        return np.sum(x) * np.finfo(x.dtype).eps + np.maximum(x[0], np.finfo(float).tiny)

    x = np.array([1.0, 2.0])
    assert_allclose(grad(f)(x), np.array([1.0, 0.0]) + np.finfo(float).eps, rtol=1e-15)
    assert_allclose(grad(lambda x: x * np.iinfo(np.int32).max)(1.0), 2.0**31 - 1.0)


def test_options_that_only_functions_have():
    """np.std(x, correction=1) was written as the method, which knows no correction."""
    x = np.array([0.3, -1.2, 0.7])
    _, dot = jvp(lambda x: np.std(x, correction=1) + np.var(x, correction=1), (x,), (x,))
    assert_allclose(dot, np.std(x, ddof=1) + 2.0 * np.var(x, ddof=1))


def test_the_rank_and_size_of_lists_of_numbers():
    """np.ndim and np.size asked the list for them, which has none."""

    def f(x):
        return x * np.ndim([1.0, 2.0]) * np.size([[1.0, 2.0], [3.0, x]])

    assert grad(f)(3.0) == 4.0


def test_an_array_of_unknown_size_that_a_loop_makes_longer():
    """Its symbol was taken for the size in every trip, and the tape had rows of that size."""

    def f(c):
        c = c[: c.size - np.argmax(c != 0)]
        y = c
        for _ in range(2):
            y = np.convolve(y, c)
        return y

    x = np.array([0.3, 0.4])
    value, pullback = vjp(f, x)
    assert_allclose(value, f(x))
    assert_allclose(pullback(np.ones(4))[0], np.full(2, 3 * 0.7**2))


def test_a_path_of_einsum_that_a_run_knows():
    """Its rank is unknown, and so the operands were skipped: their derivatives were zeros."""

    def f(a, b, c):
        path = np.einsum_path("ij,jk,kl->il", a, b, c, optimize="optimal")[0]
        return np.sum(np.einsum("ij,jk,kl->il", a, b, c, optimize=path))

    a, b, c = np.full((2, 3), 2.0), np.ones((3, 4)), np.ones((4, 2))
    assert_allclose(grad(f)(a, b, c), np.full((2, 3), 8.0))


def test_a_size_that_is_not_known_is_no_option_left_out():
    """The columns were taken to be as many as the rows, and the derivative by x was zero."""

    def f(p, x):
        return np.sum(np.vander(np.reshape(x, (-1,)), p.size) * p)

    def g(x, n):
        return np.sum(np.eye(2, n[0] + 1) @ x)

    assert_allclose(grad(f, 1)(np.array([2.0, 3.0, 5.0]), 1.5), 2.0 * 2.0 * 1.5 + 3.0)
    x = np.ones((4, 3))
    assert_allclose(grad(g)(x, np.array([3])), np.eye(2, 4).T @ np.ones((2, 3)))


@pytest.mark.parametrize(
    "copied",
    [
        lambda x: np.array(x.T),
        lambda x: np.copy(x, order="F"),
        lambda x: np.full((2, 3), x[0, 0], order="F"),
    ],
)
def test_a_copy_in_the_order_of_fortran_is_no_row(copied):
    """Its reshape is a copy, and a write to that was taken for one to the array itself."""

    def f(x):
        y = copied(x)
        z = y.reshape(-1)
        z[0] = 5.0
        return np.sum(y * y)

    with pytest.raises(Unsupported, match="may or may not share"):
        grad(f)(np.ones((2, 3)))


def test_asarray_in_another_order_may_copy():
    def f(x):
        b = x * 1.0
        y = np.asarray(b, order="F")
        y[0, 0] = 2.0
        return np.sum(b * y)

    with pytest.raises(Unsupported, match="may or may not share"):
        grad(f)(np.ones((2, 3)))


def test_the_diagonal_that_diag_gives_is_a_view():
    def f(x):
        b = x * 1.0
        y = np.diag(b)
        b[0, 0] = x[1, 1] ** 2
        return np.sum(y * y)

    check_grads(f, (np.array([[0.5, 1.5], [2.0, -0.7]]),))


def test_put_along_an_axis_of_three_dimensions():
    """The other axes were taken as a whole, and the values written everywhere."""

    def f(x, v):
        b = x * 1.0
        np.put_along_axis(b, np.array([[[1, 0]], [[0, 1]]]), v, axis=1)
        return b * b

    x = np.arange(8.0).reshape(2, 2, 2) / 7.0
    np.testing.assert_array_equal(vjp(f, x, 0.5)[0], f(x, 0.5))
    check_grads(f, (x, 0.5))


def test_equal_calls_with_several_results_make_different_arrays():
    """The second call was taken for the first, whose results then had names that nothing bound."""

    def f(x):
        y = x * 1.0
        y[np.triu_indices(2)] = y.T[np.triu_indices(2)] * x[0, 1]
        return np.sum(y * y)

    check_grads(f, (np.array([[0.5, 1.5], [2.0, -0.7]]),))


def test_a_part_of_flat_is_a_copy():
    def f(x):
        y = x * 1.0
        part = y.flat[0:2]
        part[0] = 7.0
        return np.sum(y * y)

    check_grads(f, (np.array([[0.5, 1.5], [2.0, -0.7]]),))


def test_flat_of_a_transpose_is_live():
    """It was a copy, so that what was written through it, or to the array meanwhile, was lost."""

    def f(x):
        y = x * 1.0
        elements = y.T.flat
        elements[1] = 7.0
        return np.sum(y * y)

    with pytest.raises(Unsupported, match="ravel to read"):
        grad(f)(np.ones((2, 3)))


def test_choices_between_arrays_that_broadcast_along_sizes_that_are_not_known():
    """The cotangent of a row was taken to be one, and had as many rows as what it met."""

    def f(x, y):
        rows = np.concatenate((x, x)).reshape(2, -1)
        row = y[y > 0.0][None]
        return np.where(rows > 1.5, row, rows) * rows, np.clip(rows, row, 9.0) ** 2

    def spread(x):
        return np.ptp(np.tile(x, 2).reshape(2, -1) ** np.array([[1.0], [2.0]]), axis=0)

    x = np.array([1.2, 2.0, 3.0])
    check_grads(f, (x, x + 0.1), order=2)
    check_grads(spread, (x,), order=2)


def test_the_size_along_an_axis():
    check_grads(lambda x: x * np.size(x, 1), (np.ones((2, 3)),))


def test_options_after_one_by_name():
    """np.diagonal was called with axis1 by position after offset by name."""
    check_grads(lambda x: np.diagonal(x, 1, 2, 0) ** 2, (np.arange(24.0).reshape(2, 3, 4) / 9,))


def test_the_start_of_a_sum_of_a_generator_may_be_given_by_name():
    def f(x, s):
        return sum((v * v for v in x), start=s)

    x = np.array([1.0, 2.0])
    value, (x_bar, s_bar) = value_and_grad(f, argnums=(0, 1))(x, 0.5)
    assert (value, x_bar.tolist(), s_bar) == (5.5, [2.0, 4.0], 1.0)


def test_a_list_of_single_precision_holds_doubles():
    def f(x):
        return sum(x.tolist()) / 3.0

    x = np.array([0.1, 0.2], np.float32)
    value, x_bar = value_and_grad(f)(x)
    assert value == f(x)
    assert x_bar.dtype == np.float32


def test_a_range_depends_on_its_start_and_its_step():
    def f(start, step):
        return np.sum(np.arange(start, 2.0, step) ** 2)

    start_bar, step_bar = grad(f, argnums=(0, 1))(0.5, 0.4)
    t = np.arange(0.5, 2.0, 0.4)
    assert start_bar == pytest.approx(2.0 * np.sum(t))
    assert step_bar == pytest.approx(2.0 * np.sum(t * np.arange(4)))


def test_what_a_library_function_returns_may_be_what_it_was_given():
    def f(x):
        y = x.copy()
        z = np.asarray(y, order="F")
        z[0, 0] = 5.0
        return np.sum(y**2)

    with pytest.raises(Unsupported, match="may or may not share its memory"):
        grad(f)(np.ones((2, 2)))


def test_a_range_along_another_axis_is_no_row():
    def f(x):
        y = np.linspace(x, 2.0 * x, 3, axis=1)
        flat = y.reshape(-1)
        flat[0] = 7.0
        return np.sum(y**2)

    with pytest.raises(Unsupported, match="may or may not share its memory"):
        grad(f)(np.ones(2))


def test_an_infinite_slope_is_not_met_where_nobody_reads_the_result():
    def surprise(p):
        return np.sum(special.entr(p)[1:])

    def rest(x, m):
        return np.sum(np.remainder(x, m)[1:])

    p = np.array([0.0, 0.5])
    with np.errstate(all="ignore"):
        assert_allclose(grad(surprise)(p), [0.0, -np.log(0.5) - 1.0])
        assert_allclose(grad(rest, argnums=1)(np.array([1.5, 2.5]), np.array([0.0, 1.0])), [0, -2])


def test_tangents_given_to_rules_have_the_sizes_of_their_operands():
    """The tangent of v + A had the sizes of v, and that of the inverse was another matrix."""
    a = np.array([[2.0, 1.0], [0.5, 3.0]])

    def f(v):
        return np.linalg.inv(v + a), np.linalg.solve(a, v + np.zeros((2, 2))), np.sort(v + a, 0)

    for v in (0.3, np.array([1.3, 0.4])):
        check_grads(f, (v,), order=2)


def test_tangents_of_products_of_series_may_end_in_zeros():
    """NumPy leaves zeros at the end out, so that columns of the Jacobian were too short."""

    def f(c):
        return legendre.legmul(c, np.array([1.0, 2.0])), legendre.legmul(c, c)

    for dtype in (np.float64, np.float32):
        c = np.array([1.0, 2.0, 0.5], dtype)
        for forward, backward in zip(jacfwd(f)(c), jacrev(f)(c), strict=True):
            assert_allclose(forward, backward, rtol=1e-6)
        assert jvp(f, (c,), (c,))[1][1].dtype == dtype


def test_an_axis_alone_and_no_bounds_at_all():
    x = np.array([0.5, -2.0, 3.0])
    check_grads(lambda x: np.transpose(x, axes=0) ** 2, (x,), order=2)
    check_grads(lambda x: np.clip(x) ** 2, (x,), order=2)
    with pytest.raises(TypeError, match="missing"):
        grad(lambda x: np.sum(np.clip(x, 1.0)))(x)
    assert grad(lambda x: np.sum(np.clip(x, 1.0, None) ** 2))(x).tolist() == [0.0, 0.0, 6.0]


@pytest.mark.filterwarnings("ignore:Degrees of freedom:RuntimeWarning")
def test_a_variance_of_one_element_without_degrees_of_freedom():
    """NumPy's is NaN; the derivative raised a ZeroDivisionError of Python's."""
    with np.errstate(all="ignore"):
        for f in (np.var, np.std):
            for x in (2.0, np.array([2.0]), np.array([2.0], np.float32)):
                assert np.isnan(grad(lambda x: f(x, ddof=1))(x)).all()


def test_a_sum_in_double_precision_stays_so_where_a_known_mask_chooses():
    mask = np.array([[True, False, True], [True, True, False]])

    def total(x):
        return np.sum(x, dtype=np.float64, where=mask, initial=np.float64(1e-9))

    x = np.ones((2, 3), np.float32)
    value, slope = value_and_grad(total)(x)
    assert value == total(x) and value.dtype == np.float64
    assert_allclose(slope, mask)


def test_a_trace_whose_second_axis_comes_first():
    x = np.arange(9.0).reshape(3, 3)
    slope = grad(lambda x: np.trace(x, 1, axis1=1, axis2=0))(x)
    assert slope.tolist() == np.eye(3, k=-1).tolist()
    check_grads(lambda x: np.trace(x, -1, 1, 0) ** 2, (x[:2],), order=2)

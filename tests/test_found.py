"""The smallest programs that showed a wrong answer or a crash, one test each.

A construct may be exact or refused; `agree` accepts both, and nothing else.
"""

from __future__ import annotations

import contextlib
import copy
import io
import math
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from s2sad import grad, hessian, jacfwd, jvp, stop_gradient, value_and_grad, vjp
from s2sad.errors import InternalError, OutputError, S2SADError
from s2sad.testing import check_grads

X = np.array([0.7, -1.3, 2.1])
MATRIX = np.arange(6.0).reshape(2, 3) / 3 + 0.1


def wrong(why: str) -> pytest.MarkDecorator:
    """The mark of a program that the compiler gets wrong today."""
    return pytest.mark.xfail(strict=True, reason=why)


def agree(f: Callable[..., Any], *args: Any, order: int = 1) -> None:
    """The value is that of `f` to the bit and the derivatives are exact, or `f` is refused."""
    expected = f(*copy.deepcopy(args))
    before = copy.deepcopy(args)
    try:
        value = vjp(f, *args)[0]
    except InternalError:
        raise
    except S2SADError as refusal:
        assert refusal.location is not None, "a refusal without its place"
        return
    assert type(value) is type(expected), f"{value!r} instead of {expected!r}"
    np.testing.assert_array_equal(value, expected, strict=isinstance(value, np.ndarray))
    np.testing.assert_equal(args, before)
    check_grads(f, args, order=order)


# ---- loops over several things -----------------------------------------------------------------


def test_zip_ends_with_the_shorter_array():
    def f(x):
        s = 0.0
        for a, b in zip((1.0, 2.0, 3.0), x):  # noqa: B905
            s += a * b * b
        return s

    agree(f, X[:2])


def test_length_of_an_empty_range():
    n = np.array([-3])

    def f(x):
        return x * len(range(n[0]))

    agree(f, 2.0)


def test_length_of_a_range_of_an_argument():
    def f(x, n):
        return x * len(range(n))

    assert value_and_grad(f)(2.0, -3) == (0.0, 0.0)


# ---- names that are written from an inner function -----------------------------------------------


def test_nonlocal_write():
    def f(x):
        c = 0.0

        def add(v):
            nonlocal c
            c = c + v

        add(x)
        return c * x

    agree(f, 2.0)


COUNTER = 1.0


def test_global_write():
    def f(x):
        global COUNTER
        COUNTER = 5.0
        return read() * x

    def read():
        return COUNTER

    try:
        assert value_and_grad(f)(2.0) == (10.0, 5.0)
    except S2SADError:
        assert COUNTER == 1.0
    finally:
        globals()["COUNTER"] = 1.0


# ---- arrays with two names ----------------------------------------------------------------------


def test_view_from_a_loop():
    def f(x):
        y = x * 2
        z = y[0]
        for i in range(2):
            z = y[i]
        y *= x
        return z * z

    agree(f, MATRIX)


def test_view_from_a_branch():
    def f(x):
        y = x * 2
        z = y[0] if x[0, 0] > 0 else y[1]
        y *= x
        return z * z

    agree(f, MATRIX)


def test_written_while_an_expression_holds_it():
    def f(x):
        y = x * 2

        def write():
            nonlocal y
            y += 1
            return 1.0

        return y + write()

    agree(f, X)


def test_default_is_an_alias():
    def f(x):
        y = x * 2

        def g(a=y):
            return a * a

        y += 1
        return g() * y

    agree(f, X)


def test_asarray_of_a_scalar_with_an_alias():
    def f(x):
        y = np.asarray(x * 3)
        z = y
        y += 1
        return y * z

    agree(f, 2.0)


def test_array_of_a_scalar_with_an_alias():
    def f(x):
        y = np.array(x)
        z = y
        y += 1.0
        return y * z

    agree(f, 2.0)


def test_stop_gradient_is_an_alias():
    def f(x):
        y = x * 2
        z = stop_gradient(y)
        y += 1
        return np.sum(z * x)

    expected = f(X)
    with contextlib.suppress(S2SADError):
        assert value_and_grad(f)(X)[0] == expected


KEPT = np.ones(3)


def test_global_array_written_under_another_name():
    def f(x):
        g = KEPT
        g += 1
        return np.sum(x * g)

    with contextlib.suppress(S2SADError):
        grad(f)(X)
        assert KEPT[0] == 2.0
    KEPT[:] = 1.0


def test_list_chosen_by_a_condition():
    def f(x):
        a = [x[0]]
        b = [x[1]]
        c = a if x[0] > 0 else b
        c[0] = x[2]
        return a[0] * b[0]

    agree(f, X)


# ---- dtypes -------------------------------------------------------------------------------------


def test_augmented_assignment_keeps_the_dtype():
    def f(x, y):
        s = x * 1
        s *= y
        return s

    agree(f, X.astype("f4"), X)


def test_augmented_assignment_of_integers():
    def f(x):
        k = np.arange(3) * 1
        k += x
        return k

    with pytest.raises((TypeError, S2SADError)):
        jacfwd(f)(X)


def test_augmented_assignment_keeps_the_shape():
    def f(x):
        s = np.zeros(1)
        s += x
        return np.sum(s)

    with pytest.raises((ValueError, S2SADError)):
        grad(f)(X)


def test_integer_result_of_no_trips():
    def f(x, n):
        s = 0
        for i in range(n):
            s = s + x[i]
        return s

    value = value_and_grad(f)(X, 0)[0]
    assert type(value) is int


# ---- crashes ------------------------------------------------------------------------------------


def test_else_of_a_loop_that_returns():
    def f(x):
        for v in x:
            if v > 100:
                break
        else:
            return x * v
        return x

    agree(f, X, order=2)


def test_scalar_or_array_by_a_branch():
    def f(x):
        s = 1.0
        if x[0] > 0:
            s = x
        return s * x

    agree(f, X)


def test_bound_in_the_first_trip():
    def f(x):
        for i in range(3):
            if i == 0:
                acc = x
            else:
                acc = acc * x
        return acc

    agree(f, X, order=2)


def test_braces_in_an_f_string():
    def f(x):
        print(f"{x} {{}}")
        return x

    with contextlib.redirect_stdout(io.StringIO()) as printed:
        grad(f)(2.0)
    assert set(printed.getvalue().splitlines()) == {"2.0 {}"}


def test_recursion_that_reads_a_closure():
    def f(x):
        def go(y):
            if y > 10:
                return y
            return go(y * y + x) * x

        return go(x)

    agree(f, 0.7)


def test_lambda_that_calls_the_one_before():
    def f(x):
        g = lambda v: v * x
        for _ in range(3):
            g = lambda v, h=g: h(v) * x
        return g(x)

    agree(f, X)


def test_second_order_of_a_loop_that_shrinks():
    def f(x):
        y = x
        for _ in range(2):
            y = y[1:] * y[:-1]
        return y

    agree(f, X, order=2)


def test_second_order_of_a_scalar_that_becomes_an_array():
    def f(x):
        s = 1.0
        t = 2
        for _ in range(3):
            t = s * t
            s = s * x
        return t * s

    agree(f, X, order=2)


def variadic(a, b=2.0, *rest, d):
    return a * b + sum(rest) * d


def test_second_order_of_variadic_arguments():
    def f(x):
        return variadic(x[0], x[0], x[1], x[2], d=2.0) * x

    agree(f, X, order=2)


def test_hessian_of_a_namedtuple_made_in_a_function():
    def f(p):
        return p.a * p.b

    Own = namedtuple("Own", "a b")
    assert hessian(f)(Own(2.0, 3.0)).a.b == 1.0


# ---- what is returned and kept ------------------------------------------------------------------


def test_gradients_share_no_memory():
    a, b = vjp(lambda x, y: x + y, X, X)[1](np.ones(3))
    assert not np.shares_memory(a, b)


def test_pullback_returns_no_argument():
    given = np.ones(3)
    (returned,) = vjp(lambda x: x, X)[1](given)
    assert not np.shares_memory(given, returned)


def test_tangent_of_the_output_is_no_argument():
    given = np.ones(3)
    _, returned = jvp(lambda x: x, (X,), (given,))
    assert not np.shares_memory(given, returned)


def test_gradient_can_be_written():
    assert grad(lambda x: np.mean(x.T))(np.ones((2, 2))).flags.writeable


def test_pullback_after_the_output_was_changed():
    out, pull = vjp(lambda x: np.exp(x), X)
    out[:] = 0.0
    assert_allclose(pull(np.ones(3))[0], np.exp(X))


def test_pullback_after_the_argument_was_changed():
    x = X.copy()
    _, pull = vjp(lambda x: x * x, x)
    x[:] = 0.0
    assert_allclose(pull(np.ones(3))[0], 2 * X)


# ---- what changes between calls -----------------------------------------------------------------


def test_changed_set():
    k = {1.0, 2.0}
    f = lambda x: x * sum(k)
    with contextlib.suppress(S2SADError):
        df = grad(f)
        assert df(1.0) == 3.0
        k.add(5.0)
        assert df(1.0) == 8.0


@wrong("defaults that were replaced are not noticed")
def test_changed_defaults():
    def f(x, k=2.0):
        return k * x

    df = grad(f)
    assert df(1.0) == 2.0
    f.__defaults__ = (3.0,)
    assert df(1.0) == 3.0


# ---- arguments and exceptions -------------------------------------------------------------------


@wrong("**options cannot be named, though the message offers it")
def test_gradient_of_keyword_options():
    def f(x, **options):
        return x * sum(options.values())

    assert grad(f, "options")(3.0, a=1.0) == {"a": 3.0}


@wrong("what the gradient does not read is not computed, and does not raise")
def test_exception_of_what_is_multiplied_by_zero():
    def f(x):
        return math.log(x) * 0 + x

    with pytest.raises(ValueError):
        grad(f)(-1.0)


# ---- containers that hold arrays ----------------------------------------------------------------


def test_item_of_a_dict_is_an_alias():
    def f(x):
        y = x * 2
        d = {"a": y}
        d["a"] += 1
        return y * x

    agree(f, X)


def test_item_of_a_list_is_the_argument():
    def f(x):
        a = [x]
        a[0] *= 2
        return a[0] * x

    given = X.copy()
    with contextlib.suppress(S2SADError):
        vjp(f, given)
        assert_allclose(given, 2 * X)


# ---- float32 with other numbers -----------------------------------------------------------------

SINGLE = X.astype("f4")


def dtypes_agree(f: Callable[..., Any], *args: Any) -> None:
    """Tangents have the dtype of the output, and cotangents that of the arguments."""
    out, dot = jvp(f, args, args)
    assert np.result_type(dot) == np.result_type(out)
    _, pull = vjp(f, *args)
    for a, bar in zip(args, pull(out), strict=True):
        assert type(a) is type(bar) and getattr(a, "dtype", float) == getattr(bar, "dtype", float)


def test_single_number_with_a_double_array():
    dtypes_agree(lambda y: y + np.ones(3), np.float32(0.5))


def test_single_array_with_a_double_of_no_dimension():
    dtypes_agree(lambda x: x + np.array(2.0), SINGLE)


def test_python_float_with_a_single_array():
    dtypes_agree(lambda x, y: np.sum(x) * y, SINGLE, 0.8)


def test_single_number_with_a_double_number():
    dtypes_agree(lambda y: y + np.tanh(1), np.float32(0.5))


def test_clip_of_singles():
    dtypes_agree(lambda x: np.clip(x, 0.5, 2.6), SINGLE)


def test_float_or_single_by_a_condition():
    agree(lambda x, y: y if x[0] > 0 else x[0], SINGLE, 0.3)


def test_largest_of_a_float_and_a_single():
    agree(lambda x, y: max(y, x[0]), SINGLE, 0.3)


def test_float_that_becomes_an_array_of_singles():
    def f(x, y):
        for _ in range(3):
            y = x
        return y

    agree(f, SINGLE, 0.3)


# ---- more crashes -------------------------------------------------------------------------------


def test_shape_of_a_number_that_becomes_an_array():
    def f(x):
        s = 0
        for _ in x:
            s = x
        return np.concatenate((s, s))

    agree(f, X)


def test_argmax_of_a_captured_array():
    agree(lambda x: x * np.argmax(WEIGHTS), X)


def test_argsort_of_a_captured_array():
    agree(lambda x: x * np.argsort(WEIGHTS), X)


def test_none_where_no_branch_returns():
    def f(x):
        if x > 1:
            return x
        return None

    try:
        assert jvp(f, (2.0,), (1.0,)) == (2.0, 1.0)
    except InternalError:
        raise
    except S2SADError as refusal:
        assert refusal.location is not None


def test_array_of_no_dimension_or_a_number():
    agree(lambda y: (y or 2) * 3.0, np.array(0.3))


WEIGHTS = np.array([0.5, -0.25, 1.5])


@wrong("second order: a number that becomes an array")
def test_second_order_of_a_number_that_becomes_an_array():
    def f(x, y):
        s = y
        for _ in range(2):
            s = x
        return s[0] * x

    agree(f, X, 0.5, order=2)


# ---- silent ones, and exits ---------------------------------------------------------------------


def test_rounded_value_of_unknown_type_as_a_factor():
    def f(x, y):
        s = 0.0
        for _ in range(2):
            s = x
        return round(s[0], 1) * y

    assert jvp(f, (X, 0.5), (np.zeros(3), 1.0))[1] == 0.7


def test_rounded_to_an_integer():
    def f(x, y):
        s = 0.0
        for _ in range(2):
            s = x
        return round(s[2]) * y

    agree(f, X, 0.5)


def test_array_returned_from_a_loop_or_after_it():
    def f(x, m):
        for v in x:
            if v > 90:
                return m[:1]
        return m

    agree(f, X, MATRIX)


def test_argmax_of_unknown_type_as_a_factor():
    def f(x):
        s = 0.0
        for _ in range(2):
            s = x
        return np.argmax(s) * x

    assert_allclose(jvp(f, (X,), (np.ones(3),))[1], 2.0)


def power(a, n):
    if n:
        return a
    return None


def test_second_order_through_a_branch_that_returns_none():
    with contextlib.suppress(OutputError):
        assert hessian(lambda y, k: power(y, k).mean() ** 2)(np.array(0.7), 2) == 2.0

"""Writes and the world around a derivative: shared arguments, globals, pullbacks, read-only arrays.

Where two arguments share memory a write through one is seen through the other. A derivative that
knows its arguments by name alone must notice that or give the value of the function anyway.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from s2sad import grad, hessian, hvp, jacfwd, jacrev, jvp, value_and_grad, vjp
from s2sad.errors import InternalError, S2SADError
from tests.corpus.oracle import leaves

X = np.array([0.7, -1.3, 2.1, 0.4])


def writes_first(a, b):
    a[0] = a[1] * 2.0
    b[-1] += a[0]
    return np.sum(a * b)


def writes_list(rows):
    rows[0] *= 2.0
    rows[1] += 1.0
    return np.sum(rows[0] * rows[1])


def writes_dict(state):
    state["u"][0] = 3.0
    return np.sum(state["u"] * state["v"])


def reads_only(a, b):
    return np.sum(a * b * b)


def same_value_or_refused(f: Callable[..., Any], make: Callable[[], tuple[Any, ...]]) -> None:
    """The value is that of the function, and what it wrote is all or nothing."""
    plain = make()
    expected, before = f(*plain), make()
    given = make()
    try:
        value, _ = value_and_grad(f)(*given)
    except InternalError:
        raise
    except S2SADError as refusal:
        assert str(refusal)
        return
    assert value == expected
    after = [np.array(v) for v in leaves(list(given))]
    written = all(map(np.array_equal, after, leaves(list(plain))))
    kept = all(map(np.array_equal, after, leaves(list(before))))
    assert written or kept


def pair_of_one() -> tuple[Any, ...]:
    x = X.copy()
    return x, x


def pair_of_views() -> tuple[Any, ...]:
    x = X.copy()
    return x[:3], x[1:]


def view_and_base() -> tuple[Any, ...]:
    x = X.copy()
    return x[::-1], x


def disjoint_views() -> tuple[Any, ...]:
    x = np.concatenate([X, X])
    return x[:4], x[4:]


@pytest.mark.parametrize("make", [pair_of_one, pair_of_views, view_and_base, disjoint_views])
@pytest.mark.parametrize("f", [writes_first, reads_only])
def test_arguments_that_share_memory(f: Callable[..., Any], make: Callable[..., Any]):
    same_value_or_refused(f, make)


@pytest.mark.parametrize("make", [pair_of_one, pair_of_views, disjoint_views])
def test_entries_that_share_memory(make: Callable[..., Any]):
    same_value_or_refused(writes_list, lambda: (list(make()),))
    same_value_or_refused(writes_dict, lambda: (dict(zip("uv", make(), strict=True)),))


def test_the_signature_does_not_hide_shared_memory():
    """A derivative that was made for arrays apart is asked again with one array twice."""
    derivative = value_and_grad(writes_first)
    for make in (disjoint_views, pair_of_one, disjoint_views, view_and_base):
        given, plain = make(), make()
        try:
            value, _ = derivative(*given)
        except S2SADError as refusal:
            assert not isinstance(refusal, InternalError)
            continue
        assert value == writes_first(*plain)


SHARED = np.array([1.0, 2.0, 3.0])


def writes_while_it_reads_a_global(x):
    x[0] = 10.0 * x[1]
    return np.sum(x * SHARED)


def test_a_global_that_is_the_argument():
    """The write reaches the array that the global names, since it is the same."""
    try:
        same_value_or_refused(writes_while_it_reads_a_global, lambda: (restored(),))
    finally:
        restored()


def restored() -> Any:
    SHARED[:] = [1.0, 2.0, 3.0]
    return SHARED


def test_a_closure_that_holds_the_argument():
    def make_function(held):
        def f(x):
            x[0] = 5.0 * x[1]
            return np.sum(x * held)

        return f

    held = X.copy()
    expected = make_function(held)(held)
    held = X.copy()
    try:
        value, _ = value_and_grad(make_function(held))(held)
    except S2SADError as refusal:
        assert not isinstance(refusal, InternalError)
    else:
        assert value == expected


def stepped(x):
    y = x * 1.0
    for k in range(3):
        y[1:] += y[:-1] * y[1:]
        y[0] = np.sin(y[0]) * y[k]
    return y


def test_a_pullback_can_be_called_again():
    value, pullback = vjp(stepped, X.copy())
    first, second = np.array([1.0, -2.0, 0.5, 3.0]), np.array([0.3, 0.1, -1.0, 2.0])
    a, b = pullback(first)[0].copy(), pullback(second)[0].copy()
    assert_array_equal(pullback(first)[0], a)
    assert_allclose(pullback(first + 2 * second)[0], a + 2 * b, rtol=1e-12)
    assert_array_equal(first, [1.0, -2.0, 0.5, 3.0])
    value *= 0.0
    assert_array_equal(pullback(first)[0], a)
    pullback(first)[0][:] = 7.0
    assert_array_equal(pullback(first)[0], a)


def test_a_pullback_after_the_argument_was_changed():
    x = X.copy()
    _, pullback = vjp(stepped, x)
    expected = pullback(np.ones(4) * X)[0].copy()
    x[:] = 99.0
    assert_array_equal(pullback(np.ones(4) * X)[0], expected)


def test_every_way_to_ask():
    """Jacobians, Hessians and products of a program that writes agree with each other."""

    def loss(x):
        return np.sum(stepped(x) ** 2)

    matrix, direction = jacfwd(stepped)(X), np.array([0.2, -0.4, 1.0, 0.3])
    assert_allclose(jacrev(stepped)(X), matrix, rtol=1e-12, atol=1e-13)
    assert_allclose(jvp(stepped, (X,), (direction,))[1], matrix @ direction, rtol=1e-12)
    assert_allclose(vjp(stepped, X)[1](direction)[0], direction @ matrix, rtol=1e-12)
    assert_allclose(grad(loss)(X), 2 * stepped(X) @ matrix, rtol=1e-12)
    second = hessian(loss)(X)
    assert_allclose(second, second.T, rtol=1e-10, atol=1e-12)
    assert_allclose(hvp(loss)(X, direction), second @ direction, rtol=1e-10)
    h = 1e-5
    numeric = (grad(loss)(X + h * direction) - grad(loss)(X - h * direction)) / (2 * h)
    assert_allclose(second @ direction, numeric, rtol=1e-5)


def test_read_only_arguments():
    """They may be read, copied and differentiated; a write to them fails as in the function."""
    x = X.copy()
    x.flags.writeable = False
    assert_allclose(vjp(stepped, x)[1](X)[0], vjp(stepped, X.copy())[1](X)[0])
    assert grad(lambda a: np.sum(a * a))(x).flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        writes_first(x, X.copy())
    with pytest.raises((ValueError, S2SADError)):
        value_and_grad(writes_first)(x, X.copy())


def test_arguments_of_other_layouts():
    """What is a view depends on the strides of the argument."""

    def f(a):
        r = a.reshape(-1)
        r[1] *= 3.0
        a[0, 0] = 2.0 * a[0, 1]
        return np.sum(a * a) + np.sum(r)

    base = np.arange(24.0).reshape(4, 6) / 7 - 1.4
    by_rows = base[:2, :3].copy()
    layouts = [
        by_rows,
        np.asfortranarray(by_rows),
        base[::2, ::2],
        base.T[::3, 1::2],
        base[:, ::-2],
    ]
    for a in layouts:
        # A copy of a whole array keeps its layout; of a strided part it would not.
        def fresh(a=a):
            space = np.full((9, 13), np.nan)
            view = np.lib.stride_tricks.as_strided(space, a.shape, strides_of(a, space))
            view[...] = a
            return view

        expected = f(fresh())
        try:
            value, slope = value_and_grad(f)(fresh())
        except S2SADError as refusal:
            assert not isinstance(refusal, InternalError)
            continue
        assert value == expected
        for i, j in np.ndindex(a.shape):
            up, down = fresh(), fresh()
            up[i, j] += 1e-6
            down[i, j] -= 1e-6
            assert abs(slope[i, j] - (f(up) - f(down)) / 2e-6) < 1e-6


def strides_of(a: Any, space: Any) -> tuple[int, ...]:
    """Strides without a sign that make the same layouts possible: rows, columns or gaps."""
    if a.flags.c_contiguous:
        return (a.shape[1] * 8, 8)
    if a.flags.f_contiguous:
        return (8, a.shape[0] * 8)
    return (space.strides[0], 16)


def test_the_function_may_be_called_afterwards():
    """A derivative leaves no trace in workspaces that outlive the call."""
    work = np.zeros(4)

    def f(x):
        np.multiply(x, x, out=work)
        return np.sum(work * x)

    expected = f(X)
    kept = work.copy()
    try:
        value, slope = value_and_grad(f)(X * 2)
    except S2SADError as refusal:
        assert not isinstance(refusal, InternalError)
        assert_array_equal(work, kept)
    else:
        assert_allclose(slope, 12 * X * X)
        assert value == np.sum((2 * X) ** 2 * (2 * X))
        assert np.array_equal(work, kept) or np.array_equal(work, 4 * X * X)
    assert f(X) == expected


def test_derivatives_inside_a_function_that_writes():
    def inner(v):
        w = v * 1.0
        w[0] *= w[1]
        return np.sum(w**2)

    def outer(x):
        y = x * 1.0
        for _ in range(2):
            y -= 0.1 * grad(inner)(y)
        return np.sum(y * y)

    h, e = 1e-5, np.eye(4)
    numeric = [(outer(X + h * e[i]) - outer(X - h * e[i])) / (2 * h) for i in range(4)]
    assert_allclose(grad(outer)(X), numeric, rtol=1e-6, atol=1e-8)


def test_a_failed_call_leaves_the_arguments_alone_or_as_the_function_does():
    def f(x, k):
        x[0] = 5.0
        x[k] = 1.0
        return np.sum(x)

    plain, given = X.copy(), X.copy()
    with pytest.raises(IndexError):
        f(plain, 9)
    with pytest.raises((IndexError, S2SADError)):
        grad(f)(given, 9)
    assert np.array_equal(given, X) or np.array_equal(given, plain)

"""Outer products that a loop sums up become one matrix product after it."""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose

from s2sad import grad, hessian, jacfwd, jvp, vjp
from s2sad.testing import check_grads


def source(f, *args, argnums=0):
    """The text of the gradient, made for these arguments."""
    d = grad(f, argnums=argnums)
    d(*args)
    return d.source


def arrays(*shapes, seed=0, dtype=float):
    rng = np.random.default_rng(seed)
    return [(0.5 * rng.normal(size=s)).astype(dtype) for s in shapes]


def recurrent(w, u, x):
    h = np.zeros(len(u))
    for t in range(len(x)):
        h = np.tanh(w @ x[t] + u @ h)
    return np.sum(h**2)


def filled(w, x):
    x = x.copy()
    for t in range(1, len(x)):
        x[t] = np.tanh(w @ x[t - 1])
    return np.sum(x**2)


def every_second(w, x):
    total = 0.0
    for t in range(len(x) - 1, 0, -2):
        total += np.sum(np.tanh(w @ x[t]) ** 2) * t
    return total


def residuals(w, x, y):
    total = 0.0
    for i in range(len(x)):
        total += (x[i] @ w - y[i]) ** 2
    return total


def of_two(w, x):
    """The matrix is a factor twice in a trip."""
    total = 0.0
    for t in range(len(x)):
        total += np.sum(np.tanh(w @ np.tanh(w @ x[t])))
    return total


def inside(w, x):
    """A loop in a loop, and a branch."""
    total = 0.0
    for k in range(3):
        for t in range(len(x)):
            y = w @ x[t]
            if y[0] > 0:
                y = y * (k + 1.0)
            total += np.sum(y**3)
    return total


def until(w, x):
    h, n = x, 0
    while np.sum(h**2) > 1e-3 and n < 40:
        h = np.tanh(w @ h)
        n += 1
    return np.sum(h) + np.sum(x @ w)


PROGRAMS = [
    (recurrent, (4, 3), (4, 4), (20, 3)),
    (filled, (3, 3), (20, 3)),
    (every_second, (4, 3), (40, 3)),
    (residuals, (3,), (20, 3), (20,)),
    (of_two, (3, 3), (20, 3)),
    (inside, (4, 3), (20, 3)),
    (until, (3, 3), (3,)),
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p[0].__name__)
def test_they_are_exact(program):
    f, *shapes = program
    args = arrays(*shapes)
    check_grads(f, args)
    dots = arrays(*shapes, seed=1)
    _, dot = jvp(f, tuple(args), tuple(dots))
    bars = grad(f, argnums=tuple(range(len(args))))(*args)
    assert_allclose(sum(np.sum(g * d) for g, d in zip(bars, dots, strict=True)), dot, rtol=1e-9)


@pytest.mark.parametrize("f", [filled, residuals, of_two, inside])
def test_they_have_derivatives_of_their_own(f):
    args = arrays(*next(p[1:] for p in PROGRAMS if p[0] is f))
    expected = jacfwd(jacfwd(f))(*args)
    assert_allclose(hessian(f)(*args), expected, rtol=1e-9, atol=1e-12)
    bars = vjp(grad(f), *args)[1](np.ones(args[0].shape) * 0.3)[0]
    axes = (0, 1) if args[0].ndim == 2 else (0,)
    assert_allclose(bars, 0.3 * np.sum(expected, axis=axes), rtol=1e-9, atol=1e-12)


def test_rows_that_are_there_are_not_stored_again():
    text = source(recurrent, *arrays((4, 3), (4, 4), (20, 3)), argnums=(0, 1))
    assert len(re.findall(r"_rows = np\.empty", text)) == 1
    assert re.search(r"^    beta_w \+= beta_\S+ @ x$", text, re.M)
    assert re.search(r"^    beta_u \+= beta_\S+ @ h_tape$", text, re.M)
    assert "[:, None]" not in text and "sum_to" not in text


def test_the_tape_of_a_loop_that_starts_late_is_whole():
    text = source(filled, *arrays((3, 3), (20, 3)))
    assert re.search(r"^    beta_w \+= beta_rows.T @ tape\b", text, re.M)
    assert "[:, None]" not in text


def test_the_sum_of_numbers_times_rows():
    text = source(residuals, *arrays((3,), (20, 3), (20,)))
    assert re.search(r"^    beta_w \+= beta_rows @ x\b", text, re.M)


def test_rows_of_no_trip_have_any_length():
    """What a trip would say of sizes does not hold if there is none."""
    w, u, _ = arrays((4, 3), (4, 4), (2, 3))
    found = grad(recurrent, argnums=(0, 1))(w, u, np.ones((0, 3)))
    assert [g.shape for g in found] == [(4, 3), (4, 4)]
    with pytest.raises(ValueError, match="operands could not be broadcast"):
        grad(recurrent)(w, u, np.ones((0, 7)))


def test_rows_of_another_array_than_the_trips():
    """The loop ends before the array does, or runs on another one."""

    def some(w, x, n):
        total = 0.0
        for t in range(n):
            total += np.sum(np.tanh(w @ x[t]))
        return total

    w, x = arrays((3, 3), (20, 3))
    for n in (-2, 0, 1, 12, 20):
        expected = sum(((1 - np.tanh(w @ r) ** 2)[:, None] * r for r in x[: max(n, 0)]), 0 * w)
        assert_allclose(grad(some)(w, x, n), expected, rtol=1e-12, atol=1e-15)


def test_a_row_of_one_element_that_is_broadcast():
    def spread(w, x, n):
        total = 0.0
        for t in range(len(x)):
            row = x[t, :n]
            total += np.sum((w * x[t, 0])[:, None] * row * w)
        return total

    w, x = arrays((3,), (20, 3))
    for n in (1, 3):
        check_grads(lambda w, x, n=n: spread(w, x, n), (w, x))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_stays(dtype):
    w, u, x = arrays((4, 3), (4, 4), (20, 3), dtype=dtype)
    gw, gu = grad(recurrent, argnums=(0, 1))(w, u, x)
    assert gw.dtype == gu.dtype == dtype
    exact = grad(recurrent)(w.astype(float), u.astype(float), x.astype(float))
    assert_allclose(gw, exact, rtol=1e-4 if dtype == np.float32 else 1e-12)


def test_few_trips_are_summed_one_by_one():
    def short(w, x):
        for _ in range(3):
            x = np.tanh(w @ x)
        return np.sum(x)

    assert "_rows" not in source(short, *arrays((3, 3), (3,)))

"""What is recorded, where, in which dtype, and how much of it."""

import math
import re
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose

from s2sad import grad, hessian, hvp, jacrev, vjp
from s2sad.testing import check_grads


def source(f, *args, operator=grad):
    """The text of a derivative, made for these arguments."""
    d = operator(f)
    d(*args)
    return d.source


def tapes(text):
    """The lines that make a tape, from the equals sign on."""
    return re.findall(r"tape\w* = (\[\]|np\.empty\(.*)$", text, re.M)


def wave(x, n):
    y = x
    for _ in range(n):
        y = math.sin(y) * x + 0.1
    return y


def test_python_floats_lie_in_a_memoryview():
    text = source(wave, 0.4, 5)
    assert len(tapes(text)) == 2
    assert all(line.endswith(".data") for line in tapes(text))
    assert "append" not in text
    check_grads(wave, (0.4, 5))


def test_what_is_read_back_is_a_python_float():
    def divided(x, n):
        y = x
        for _ in range(n):
            y = y / (y - 1.0) + x
        return y

    assert type(grad(divided)(0.3, 2)) is float
    with pytest.raises(ZeroDivisionError):
        grad(divided)(1.0, 1)


@pytest.mark.parametrize("n", [-3, 0, 1])
def test_few_trips(n):
    assert grad(wave)(0.4, n) == pytest.approx(
        1.0 if n < 1 else math.cos(0.4) * 0.4 + math.sin(0.4)
    )
    assert_allclose(grad(grad(wave))(0.4, n), hessian(wave)(0.4, n), atol=1e-12)


def power_iteration(w, x, n):
    for _ in range(n):
        x = np.tanh(w @ x)
    return np.sum(x * x)


def decay(x, n):
    y = x
    for _ in range(n):
        y = np.exp(-y * x)
    return np.sum(y)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_arrays_lie_in_an_array_of_their_dtype(dtype):
    x = np.array([0.3, -0.7, 1.1], dtype)
    text = source(decay, x, 4)
    shape = "(max(n, 0), len(x))"
    wanted = f"np.empty({shape})" if dtype is np.float64 else f"np.empty({shape}, np.float32)"
    assert tapes(text) == [wanted]
    found = grad(decay)(x, 4)
    assert found.dtype == dtype
    assert_allclose(found, grad(decay)(x.astype(float), 4), rtol=1e-5)


def test_a_state_is_recorded_once_though_start_and_end_of_a_trip_are_read():
    x = np.array([0.3, -0.7, 1.1])
    assert source(decay, x, 4).count("_tape[i] = ") == 1
    check_grads(decay, (x, 4))
    check_grads(decay, (x, 1))


def test_numpy_scalars_keep_their_dtype():
    def f(x, n):
        y = x[0]
        for _ in range(n):
            y = np.sin(y) * x[1]
        return y

    x = np.array([0.3, 0.7], np.float32)
    assert tapes(source(f, x, 4)) == ["np.empty(alpha_1, np.float32)"] * 2
    assert grad(f)(x, 4).dtype == np.float32


def test_matrices_take_their_sizes_from_an_array_of_the_same():
    def f(a, n):
        b = a
        for _ in range(n):
            b = np.sin(b) * a
        return np.sum(b)

    a = np.array([[0.3, -0.4], [1.2, 0.7], [0.1, -2.0]])
    assert "np.empty((alpha_1, *a.shape))" in source(f, a, 3)
    check_grads(f, (a, 3))


def test_parts_take_their_sizes_from_the_whole():
    def f(u, n):
        for _ in range(n):
            v = np.sin(u[1:-1])
            u = u * np.sum(v * v)
        return np.sum(u)

    u = np.array([0.3, -0.4, 1.2, 0.7])
    assert "max(alpha_1 - 2, 0)" in source(f, u, 3)
    check_grads(f, (u, 3))
    assert_allclose(grad(f)(np.array([0.5]), 2), [0.0])


def test_sizes_that_change_stay_on_a_stack():
    def f(x):
        for _ in range(2):
            x = np.sin(x[1:] * x[:-1])
        return np.sum(x)

    x = np.array([0.3, -0.4, 1.2, 0.7])
    assert tapes(source(f, x)) == ["[]"]
    check_grads(f, (x,))


def test_python_integers_stay_on_a_stack():
    def f(x, n):
        p, s = 1, 0.5
        for i in range(1, n):
            p = p * i * i
            s = s + np.sin(s * x) * x / p
        return s

    assert "[]" in tapes(source(f, 0.4, 30))
    assert_allclose(grad(f)(0.4, 30), jacrev(f)(0.4, 30))
    check_grads(f, (0.4, 30))


def test_conditions_are_recorded_as_bools():
    def f(x, n):
        y = x
        for _ in range(n):
            larger = math.cos(y) > 0.6
            y = math.sin(y) * x + 0.3
            if larger:
                y = y * x
        return y

    assert "np.empty(alpha_1, bool).data" in tapes(source(f, 0.9, 6))
    check_grads(f, (0.9, 6))


def test_only_the_trips_that_take_a_branch_write():
    def f(x, n):
        y = x
        for i in range(n):
            if i % 3:
                y = np.sin(y) * x
            else:
                y = np.exp(y * x) - y
        return np.sum(y)

    x = np.array([0.3, -0.7])
    text = source(f, x, 5)
    assert "append" not in text
    assert "if i % 3:\n            y = np.sin(y)\n            tape[i] = y\n" in text
    check_grads(f, (x, 5))


@pytest.mark.parametrize(
    ("start", "stop", "step"),
    [(0, 7, 1), (2, 9, 1), (1, 8, 3), (1, 9, 4), (6, -1, -1), (9, 0, -2), (3, 3, 1), (5, 2, 1)],
)
def test_ranges(start, stop, step):
    def up(x, start, stop, step):
        y = x
        for i in range(start, stop, step):
            y = math.sin(y + 0.1 * i) * x
        return y

    def down(x, start, stop, step):
        y = x
        for i in reversed(range(start, stop, step)):
            y = math.sin(y + 0.1 * i) * x
        return y

    for f in (up, down):
        args = (0.7, start, stop, step)
        assert "append" not in source(f, *args)
        check_grads(f, args)
        assert_allclose(grad(grad(f))(*args), hessian(f)(*args), atol=1e-12)


def nested(x, n, m):
    s = 0.2
    for i in range(n):
        y = x * (i + 1) * s
        for _ in range(m):
            y = math.sin(y) + x
        s = s + y * y
    return s


@pytest.mark.parametrize(("n", "m"), [(3, 4), (0, 4), (3, 0)])
def test_nested_loops(n, m):
    assert any(".data" in line for line in tapes(source(nested, 0.4, n, m)))
    check_grads(nested, (0.4, n, m))
    assert_allclose(grad(grad(nested))(0.4, n, m), hessian(nested)(0.4, n, m), atol=1e-10)


def test_the_arrays_of_an_inner_loop_are_not_copied():
    def f(x, n, m):
        s = x
        for _ in range(n):
            y = s
            for _ in range(m):
                y = np.sin(y) * x
            s = s + y
        return np.sum(s * s)

    x = np.array([0.3, -0.7])
    assert "tape.append((y_tape, tape_1))" in source(f, x, 3, 2)
    check_grads(f, (x, 3, 2))
    assert_allclose(jacrev(grad(f))(x, 3, 2), hessian(f)(x, 3, 2))


def test_a_short_loop_inside_another_keeps_a_stack():
    def f(x, n):
        s = x
        for _ in range(n):
            for _ in range(3):
                s = math.sin(s) + x
        return s

    assert "np.empty" not in source(f, 0.4, 5)
    check_grads(f, (0.4, 5))


def test_a_while_loop_keeps_a_stack():
    def f(x):
        while x < 20.0:
            x = x * x + math.sin(x)
        return x

    assert tapes(source(f, 1.3)) == ["[]"]
    check_grads(f, (1.3,))


def test_a_counted_loop_in_a_while_loop():
    def f(x, n):
        while x < 20.0:
            for _ in range(n):
                x = x * 1.1 + math.sin(x) + 1.0
        return x

    assert sorted(tapes(source(f, 1.3, 4)))[0].startswith("[]")
    check_grads(f, (1.3, 4))


def test_the_second_derivative_reads_what_the_first_recorded():
    text = source(wave, 0.4, 5, operator=lambda f: grad(grad(f)))
    assert len(re.findall(r"^ *y_tape\w*\[i\] = y$", text, re.M)) == 1
    assert "copy" not in text
    assert "np.array(" not in text


def test_a_pullback_can_be_called_again():
    x = np.array([0.3, -0.7, 1.1])
    _, pullback = vjp(lambda x: decay(x, 4), x)
    first, second = pullback(0.7), pullback(-1.4)
    assert_allclose(-2 * np.asarray(first[0]), second[0])


def test_recursion_around_a_counted_loop():
    def f(x, k):
        y = x
        for _ in range(k):
            y = math.sin(y) * x + 0.2
        return y if k < 1 else y * f(x + 0.1, k - 1)

    check_grads(f, (0.8, 3))


def peak(f, *args):
    """The most memory that is held while a function runs, after a first call."""
    f(*args)
    tracemalloc.start()
    try:
        f(*args)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("n", [20_000])
def test_memory_of_numbers(n):
    """Eight bytes for every number that is read again."""
    once, twice = (peak(grad(wave), 0.4, k) for k in (n, 2 * n))
    assert once < 17 * n
    assert twice < 2.1 * once
    second = grad(grad(wave))
    once, twice = (peak(second, 0.4, k) for k in (n, 2 * n))
    assert once < 80 * n
    assert twice < 2.1 * once


def test_memory_of_arrays():
    """One state for every trip, and one that is at work."""
    x = np.linspace(0.1, 0.9, 1000)
    once, twice = (peak(grad(decay), x, k) for k in (50, 100))
    assert once < 60 * x.nbytes
    assert twice < 2.1 * once
    assert peak(hvp(decay), x, 50, x) < 180 * x.nbytes


def test_an_array_is_not_kept_for_its_shape():
    def f(x, n):
        s = 0.1
        for _ in range(n):
            y = np.repeat(x, 1000)
            s = s + y[7] * s
        return s

    x = np.array([0.3, -0.7])
    assert peak(grad(f), x, 50) < 10 * 2000 * 8
    check_grads(f, (x, 5))


def test_a_state_is_recorded_for_the_views_of_it():
    def f(u, c, n):
        for _ in range(n):
            v = u[1:-1]
            d = u[2:] - u[:-2]
            u = u * (1.0 + np.sum(v - c * v * d))
        return np.sum(u * u)

    u = np.array([0.3, -0.4, 1.2, 0.7, 0.2])
    text = source(f, u, 0.3, 3)
    assert text.count("u_tape[i] = u") == 1
    assert not re.search(r"[vd]_tape", text)
    check_grads(f, (u, 0.3, 3))

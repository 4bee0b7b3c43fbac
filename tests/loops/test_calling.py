"""Gradients called from compiled code, without the interpreter's lock; the debug flag."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad.runtime import Retreat

numba = pytest.importorskip("numba")


def loss(w, x, unused=None):
    return np.sum((x @ w) ** 2)


X = np.arange(6.0).reshape(3, 2)
W = np.array([1.0, -2.0])


def test_a_gradient_in_compiled_code() -> None:
    gradient = s2sad.grad(loss, backend="numba").compiled_for(W, X)

    @numba.njit
    def descend(w, x, steps):
        for _ in range(steps):
            w = w - 0.01 * gradient(w, x, None)
        return w

    w = W
    for _ in range(5):
        w = w - 0.01 * s2sad.grad(loss)(w, X)
    assert np.allclose(descend(W, X, 5), w, 1e-12)
    assert np.allclose(gradient(W[::-1], X.T[:, :2], None), s2sad.grad(loss)(W[::-1], X.T[:, :2]))


def test_results_of_several_parts() -> None:
    both = s2sad.value_and_grad(loss, (0, 1), backend="numba").compiled_for(W, X)

    @numba.njit
    def use(w, x):
        value, (a, b) = both(w, x, None)
        return value + a[0] + b[0, 0]

    value, (a, b) = s2sad.value_and_grad(loss, (0, 1))(W, X)
    assert np.isclose(use(W, X), value + a[0] + b[0, 0], 1e-12)


def test_a_failing_test_raises() -> None:
    gradient = s2sad.grad(lambda x, y: np.sum(x * y), backend="numba").compiled_for(W, W)
    with pytest.raises(Retreat):
        gradient(W, np.ones(3))


def test_an_error_of_numpy_is_raised_by_itself() -> None:
    with pytest.raises(ValueError) as caught:
        s2sad.grad(lambda x, y: np.sum(x * y), backend="numba")(W, np.ones(3))
    assert caught.value.__context__ is None


def test_the_lock_is_released() -> None:
    def slow(x):
        y = 0.0
        for i in range(len(x)):
            y = np.sin(y) + x[i]
        return y

    gradient = s2sad.grad(slow, backend="numba").compiled_for(np.ones(2))
    x = np.ones(2_000_000)
    ticks = [0]
    running = True

    def count() -> None:
        while running:
            ticks[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    before = ticks[0]
    gradient(x)
    counted = ticks[0] - before
    running = False
    thread.join()
    assert counted > 1000


def test_forward_mode_runs_as_loops() -> None:
    x, d = np.linspace(0.0, 1.0, 5), np.arange(5.0)

    def f(x):
        return np.sum(np.exp(x) * x), x * x

    found = s2sad.jvp(f, (x,), (d,), backend="numba")
    expected = s2sad.jvp(f, (x,), (d,))
    for a, b in zip((*found[0], *found[1]), (*expected[0], *expected[1]), strict=True):
        assert type(a) is type(b)
        assert np.allclose(a, b, 1e-13)


def test_what_has_no_loops_is_refused() -> None:
    with pytest.raises(s2sad.ArgumentError, match='backend="numba"'):
        s2sad.grad(loss).compiled_for(W, X)
    with pytest.raises(s2sad.Unsupported, match="lists or dicts"):
        s2sad.grad(lambda p: np.sum(p["a"]), backend="numba").compiled_for({"a": W})


def test_debugging_checks_bounds(monkeypatch: Any) -> None:
    monkeypatch.setenv("S2SAD_DEBUG", "1")
    gradient = s2sad.grad(lambda x: np.sum(x * x), backend="numba")
    assert np.array_equal(gradient(W), 2.0 * W)
    assert "boundscheck=True" in gradient.source
    monkeypatch.delenv("S2SAD_DEBUG")
    gradient = s2sad.grad(lambda x: np.sum(x * x) + 1.0, backend="numba")
    gradient(W)
    assert "boundscheck" not in gradient.source

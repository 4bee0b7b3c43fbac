"""Programs on which other tools were wrong or slow, each under the name of its report."""

from __future__ import annotations

import ast
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from s2sad import grad, value_and_grad
from tests.agreement import exact

U = np.array([0.3, -1.2, 0.8, 0.1, 2.0, -0.6, 0.9])


def test_taichi_2505():
    """x = cos(theta) * x, stored where x was read: the factor is the old value."""

    def update(x, theta):
        multiplier = x[()]
        x[()] = np.cos(theta) * multiplier
        return x[()] ** 2

    def update_entry(x, theta, trigger):
        loss = 0.0
        for i in range(len(x)):
            multiplier = 1.0
            if trigger:
                multiplier = x[i]
            x[i] = np.cos(theta) * multiplier
            loss += x[i]
        return loss

    exact(update, np.array(1.7), 0.6)
    for trigger in (0, 1):
        exact(update_entry, U[:3].copy(), 0.6, trigger, wrt=(0, 1))
    x, theta = np.array([1.7]), 0.6
    dx, dtheta = grad(update_entry, argnums=(0, 1))(x, theta, 1)
    assert np.allclose(dx, [np.cos(0.6)])
    assert np.isclose(dtheta, -np.sin(0.6) * 1.7)


def test_warp_1350():
    """A number carried nonlinearly by a loop of unknown length, read in between by stores."""

    def f(x, n):
        y = np.zeros(n + 1)
        s = x
        for i in range(n):
            s = s * s * 0.5 + x
            y[i] = s
            s = s + y[i - 1] * 0.1
            y[i + 1] = y[i] * s
        return np.sum(y) * s

    for n in (0, 1, 2, 5):
        exact(f, 0.7, n, wrt=(0,))


@pytest.mark.parametrize("start", [0.0, 5.0])
def test_warp_1694(start: float):
    """A variable from before a loop of unknown length, used after it."""

    def f(x, s, n):
        b = x[0] * 2.0
        acc = start
        for k in range(n):
            acc += s[k] * x[0]
        return acc * b

    def stored(x, s, n):
        b = x * 2.0
        acc = np.full(2, start)
        for k in range(n):
            acc[k % 2] += s[k] * x[0]
            acc[0] *= 1.5
        return np.sum(acc * b[:2])

    for n in (0, 1, 3):
        exact(f, U[:1].copy(), U[:3].copy(), n, wrt=(0, 1))
        exact(stored, U[:2].copy(), U[:3].copy(), n, wrt=(0, 1))
    x, s = np.array([3.0]), np.array([1.0, 2.0, 4.0])
    assert np.isclose(grad(f)(x, s, 3)[0], 2 * start + 4 * 3.0 * 7.0)


def test_warp_1697():
    """v[i] = v[i] + x is v[i] += x, in reverse as well."""

    def spelled_out(x):
        v = np.zeros(3)
        v[0] = v[0] + x
        v[0] = v[0] + x * x
        v[0] = v[0] + x
        return v[0] * v[0]

    def augmented(x):
        v = np.zeros(3)
        v[0] += x
        v[0] += x * x
        v[0] += x
        return v[0] * v[0]

    exact(spelled_out, 0.7)
    exact(augmented, 0.7)
    assert np.isclose(grad(spelled_out)(0.7), 2 * (1.4 + 0.49) * (2 + 1.4))


def test_warp_1552():
    """continue in a search for the largest: the adjoint goes to the trip that won."""

    def f(x, c):
        out = np.empty(len(x))
        for k in range(len(x)):
            largest = -1e20
            for p in range(3):
                if c[p] == 0.0:
                    continue
                v = x[k] * c[p] * (p + 1.0)
                if v > largest:
                    largest = v
            out[k] = largest
        return out

    exact(f, U, np.array([1.0, 0.0, 0.7]), wrt=(0,))


def test_warp_1293():
    """Nested loops whose bounds are read from arrays."""

    def f(x, starts, counts):
        s = 1.0
        for i in range(starts[0], starts[1]):
            t = x[i]
            for j in range(counts[i]):
                t = t * np.cos(s) + x[j]
                s = s * t
        return s

    exact(f, U[:4].copy(), np.array([1, 4]), np.array([0, 2, 0, 3]), wrt=(0,))


def test_time_loop_of_tangent():
    """The explicit time step, nonlinear in the array that it overwrites."""

    def f(u, c, steps):
        for _ in range(steps):
            u[1:-1] = u[1:-1] + c * (u[2:] - 2 * u[1:-1] + u[:-2]) * u[1:-1]
        return np.sum(u * u)

    def without_writes(u, c, steps):
        for _ in range(steps):
            middle = u[1:-1] + c * (u[2:] - 2 * u[1:-1] + u[:-2]) * u[1:-1]
            u = np.concatenate([u[:1], middle, u[-1:]])
        return np.sum(u * u)

    for steps in (0, 1, 2, 6):
        exact(f, U.copy(), 0.05, steps, wrt=(0, 1))
        ours = grad(f, argnums=(0, 1))(U.copy(), 0.05, steps)
        other = grad(without_writes, argnums=(0, 1))(U.copy(), 0.05, steps)
        np.testing.assert_allclose(ours[0], other[0], rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(ours[1], other[1], rtol=1e-12)


@pytest.mark.parametrize("n", [0, 1, 6, 7])
def test_range_with_a_step_of_dace(n: int):
    """for i in range(0, N, 2): the reverse sweep starts at the last trip that ran."""

    def f(x, n):
        y = x * 1.0
        s = 1.0
        for i in range(0, n, 2):
            s = s * y[i] + 0.5
            y[i] = s * s
        for i in range(n - 1, 0, -2):
            y[i] *= y[i - 1]
            s = s + y[i]
        return np.sum(y) * s

    exact(f, U.copy(), n, wrt=(0,))


def test_alias_of_autograd():
    """z = y; z *= 2 changes y as well."""

    def f(x):
        y = x + 1.0
        z = y
        z *= 2
        return np.sum(y * x)

    def g(x):
        y = x + 1.0
        z = y
        z = z * 2
        return np.sum(y * x) + 0.0 * np.sum(z)

    exact(f, U.copy())
    exact(g, U.copy())
    np.testing.assert_allclose(grad(f)(U.copy()), 4 * U + 2)
    np.testing.assert_allclose(grad(g)(U.copy()), 2 * U + 1)


def read_one_by_one(x):
    s = 0.0
    for i in range(len(x)):
        s = s * 0.5 + x[i] * x[i]
    return s


def written_one_by_one(x):
    y = np.zeros(len(x))
    for i in range(1, len(x)):
        y[i] = 0.5 * y[i - 1] + x[i] * x[i]
    return y[-1]


def evaluated_polynomial(p):
    ex = p[-1]
    for c in p[::-1]:
        ex = 0.7 * ex + c * c
    return ex


@pytest.mark.parametrize("f", [read_one_by_one, written_one_by_one, evaluated_polynomial])
def test_indexing_of_zygote(f: Callable[..., Any]):
    """Reading or writing n entries one by one costs O(n) backward, in steps and in memory."""
    exact(f, U.copy())
    derivative = value_and_grad(f)
    derivative(np.linspace(0.1, 0.9, 11))
    steps, memory = zip(*(cost(derivative, n) for n in (400, 800)), strict=True)
    assert steps[1] < 2.3 * steps[0]
    assert memory[1] < 2.6 * memory[0]
    assert not creations_in_loops(derivative.source)


def cost(derivative: Callable[..., Any], n: int) -> tuple[int, int]:
    """How many lines of generated code run for n entries, and how many bytes they ask for."""
    x = np.linspace(0.1, 0.9, n)
    steps, asked = 0, 0
    tracemalloc_was_on, outer = tracemalloc.is_tracing(), sys.gettrace()

    def trace(frame: Any, event: str, _: Any) -> Any:
        nonlocal steps, asked
        now, peak = tracemalloc.get_traced_memory()
        asked += max(peak - now, 0)
        steps += event == "line"
        tracemalloc.reset_peak()
        return trace

    tracemalloc.start()
    sys.settrace(trace)
    try:
        derivative(x)
    finally:
        sys.settrace(outer)
        if not tracemalloc_was_on:
            tracemalloc.stop()
    return steps, asked


def test_the_cost_of_full_arrays_is_noticed():
    """A gradient that makes an array of zeros for every read grows with the square."""

    def naive(x):
        total = np.zeros(len(x))
        for i in range(len(x)):
            one = np.zeros(len(x))
            one[i] = 2 * x[i]
            total = total + one
        return total

    (_, less), (_, more) = cost(naive, 400), cost(naive, 800)
    assert more > 3.0 * less
    assert creations_in_loops("for i in range(3):\n    y = np.zeros(4)") == ["np.zeros(4)"]


def creations_in_loops(source: str) -> list[str]:
    """The calls in loops that make an array of some size."""
    makers = {"zeros", "zeros_like", "empty", "full", "ones", "broadcast_to", "copy"}
    return [
        ast.unparse(call)
        for loop in ast.walk(ast.parse(source))
        if isinstance(loop, ast.For | ast.While)
        for call in ast.walk(loop)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in makers
    ]

"""Checkpointed functions: the same derivatives from less memory, and what they refuse."""

from __future__ import annotations

import pickle
import tracemalloc

import numpy as np
import pytest

from s2sad import (
    Unsupported,
    checkpoint,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacrev,
    jvp,
    value_and_grad,
    vjp,
)
from s2sad.testing import check_grads

RNG = np.random.default_rng(7)
U = RNG.normal(size=7)
V = RNG.normal(size=7)


def slope(u, k):
    return np.sin(u) * np.roll(u, 1) - k * u * u


def rk4(u, dt, k=0.1):
    k1 = slope(u, k)
    k2 = slope(u + 0.5 * dt * k1, k)
    k3 = slope(u + 0.5 * dt * k2, k)
    k4 = slope(u + dt * k3, k)
    return u + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)


step = checkpoint(rk4)


@checkpoint
def five(u, dt):
    for _ in range(5):
        u = step(u, dt)
    return u


def plain_loss(u, dt, n):
    for _ in range(n):
        u = rk4(u, dt)
    return np.sum(u * u)


def loss(u, dt, n):
    for _ in range(n):
        u = step(u, dt)
    return np.sum(u * u)


def nested_loss(u, dt, n):
    for _ in range(n):
        u = five(u, dt)
    return np.sum(u * u)


def test_a_plain_call_is_a_call_of_the_function():
    assert np.array_equal(step(U, 0.1), rk4(U, 0.1))
    assert np.array_equal(step(U, k=0.3, dt=0.1), rk4(U, 0.1, 0.3))


def test_jax_agrees(jax):
    jnp = jax.numpy

    def slope_jax(u, k):
        return jnp.sin(u) * jnp.roll(u, 1) - k * u * u

    def step_jax(u, dt, k=0.1):
        k1 = slope_jax(u, k)
        k2 = slope_jax(u + 0.5 * dt * k1, k)
        k3 = slope_jax(u + 0.5 * dt * k2, k)
        k4 = slope_jax(u + dt * k3, k)
        return u + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)

    def loss_jax(u, dt):
        for _ in range(4):
            u = jax.checkpoint(step_jax)(u, dt)
        return jnp.sum(u * u)

    found, wanted = grad(loss, (0, 1))(U, 0.1, 4), jax.grad(loss_jax, (0, 1))(U, 0.1)
    np.testing.assert_allclose(found[0], wanted[0], rtol=1e-12)
    np.testing.assert_allclose(found[1], wanted[1], rtol=1e-12)
    second = hessian(loss)(U, 0.1, 4)
    np.testing.assert_allclose(second, jax.hessian(loss_jax)(U, 0.1), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("f", [loss, nested_loss])
def test_all_orders_and_modes(f):
    check_grads(lambda u, dt: f(u, dt, 2), (U, 0.1), order=2)


@pytest.mark.parametrize("operator", [grad, value_and_grad, jacfwd, jacrev, hessian])
def test_every_operator_gives_what_it_gives_without(operator):
    found, wanted = operator(loss)(U, 0.1, 3), operator(plain_loss)(U, 0.1, 3)
    if operator is value_and_grad:
        assert found[0] == pytest.approx(wanted[0], rel=1e-13)
        found, wanted = found[1], wanted[1]
    np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-13)


def test_vjp_jvp_and_hvp():
    out, pull = vjp(lambda u: step(u, 0.2), U)
    wanted, plain_pull = vjp(lambda u: rk4(u, 0.2), U)
    np.testing.assert_array_equal(out, wanted)
    np.testing.assert_allclose(pull(V)[0], plain_pull(V)[0], rtol=1e-13)
    np.testing.assert_allclose(pull(2.0 * V)[0], 2.0 * plain_pull(V)[0], rtol=1e-13)
    found = jvp(lambda u: step(u, 0.2), (U,), (V,))
    np.testing.assert_allclose(found, jvp(lambda u: rk4(u, 0.2), (U,), (V,)), rtol=1e-13)
    np.testing.assert_allclose(hvp(loss)(U, 0.1, 3, V), hvp(plain_loss)(U, 0.1, 3, V), rtol=1e-12)


def test_the_function_itself_is_derived():
    f = checkpoint(lambda x: np.sin(x) * x)
    assert grad(f)(0.7) == pytest.approx(np.cos(0.7) * 0.7 + np.sin(0.7), rel=1e-14)
    assert grad(grad(f))(0.7) == pytest.approx(2 * np.cos(0.7) - 0.7 * np.sin(0.7), rel=1e-14)


def peak(f, *args):
    f(*args)
    tracemalloc.start()
    f(*args)
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


def second_of(f):
    return lambda u, dt, n: grad(lambda u: np.sum(grad(f)(u, dt, n) * np.cos(u)))(u)


def test_a_loop_keeps_one_state_a_trip():
    u = RNG.normal(size=5000)
    n, state = 200, u.nbytes
    kept = peak(grad(loss), u, 1e-3, n)
    assert kept < (n + 45) * state  # and what one step needs while it is derived
    assert peak(grad(plain_loss), u, 1e-3, n) > 8 * kept


def test_nested_checkpoints_keep_less_than_a_state_a_trip():
    u = RNG.normal(size=5000)
    kept = peak(grad(nested_loss), u, 1e-3, 12)  # of 60 steps: 12 states, and 5 while it is inside
    assert kept < 0.7 * peak(grad(loss), u, 1e-3, 60)


def test_a_second_derivative_keeps_as_little():
    u = RNG.normal(size=5000)
    few, many = peak(second_of(loss), u, 1e-3, 40), peak(second_of(plain_loss), u, 1e-3, 40)
    assert many > 6 * few


def test_a_result_that_nobody_reads_is_not_computed():
    f = checkpoint(lambda x: np.sum(np.sin(x) * np.exp(x)))
    g = grad(lambda x: 2.0 * f(x))
    g(U)
    assert "function_adjoint(x" in g.source
    assert "function(x)" not in g.source


@checkpoint
def branching(x, n):
    s = 0.0
    for i in range(n):
        s = s + np.sin(x * i) if i % 2 else s * x
    if s > 0.0:
        return s * x, x
    return s - x * x, s


def test_control_flow_and_several_results():
    for x in (0.7, -1.3):
        check_grads(lambda x: branching(x, 5), (x,), order=2)
        check_grads(lambda x: branching(x, 5)[1] * 2.0, (x,), order=2)


def test_structures():
    @checkpoint
    def f(p, xs):
        return {"y": p["a"] * xs[0] + xs[1], "z": p["b"]}

    def total(p, xs):
        out = f(p, xs)
        return np.sum(np.sin(out["y"])) * out["z"]

    check_grads(total, ({"a": 0.7, "b": -1.2}, [U, V]), order=2)


def scaled(u, dt, n):
    gain = np.sum(u) * dt

    @checkpoint
    def inner(x):
        return np.tanh(gain * x) + x

    y = inner(u)
    gain = gain * 2.0  # the second call sees another value
    for _ in range(n):
        y = checkpoint(lambda x: inner(x) * dt)(y)
    return np.sum(y * y)


def scaled_plain(u, dt, n):
    gain = np.sum(u) * dt
    y = np.tanh(gain * u) + u
    gain = gain * 2.0
    for _ in range(n):
        y = (np.tanh(gain * y) + y) * dt
    return np.sum(y * y)


def test_closures_inside_a_function():
    found, wanted = (grad(f, (0, 1))(U, 0.3, 3) for f in (scaled, scaled_plain))
    np.testing.assert_allclose(found[0], wanted[0], rtol=1e-12)
    np.testing.assert_allclose(found[1], wanted[1], rtol=1e-12)
    check_grads(lambda u, dt: scaled(u, dt, 2), (U, 0.3), order=2)


def test_sizes_of_each_call_are_its_own():
    f = checkpoint(lambda a, b: a * np.sum(b) + np.sin(a))

    def total(x, y):
        return np.sum(f(x, y)) + np.sum(f(y, x) ** 2) + np.sum(f(x, x)) + np.sum(f(x, y[:1]))

    check_grads(total, (U, RNG.normal(size=4)), order=2)


def test_broadcasting_is_not_taken_for_granted():
    f = checkpoint(lambda a, b: a * b)
    check_grads(
        lambda x, y: np.sum(f(x, x) ** 2) + np.sum(f(x, y[y > 0]) ** 2),
        (U, np.array([-1.0, 2.0, -3.0])),
    )


def test_single_precision_stays_single():
    found = grad(loss)(U.astype("f4"), np.float32(0.1), 3)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, grad(plain_loss)(U, 0.1, 3), rtol=2e-4)


def test_effects_happen_once(capsys):
    @checkpoint
    def noisy(x):
        print("here")
        if x > 10.0:
            raise ValueError("too large")
        return np.sin(x) * x

    assert grad(lambda x: noisy(x) * x)(0.7) == pytest.approx(
        grad(lambda x: np.sin(x) * x * x)(0.7)
    )
    assert capsys.readouterr().out == "here\n"
    with pytest.raises(ValueError, match="too large"):
        grad(lambda x: noisy(x) * x)(11.0)


rng = np.random.default_rng(0)


@checkpoint
def drawing(x):
    return x * rng.normal()


@checkpoint
def drawing_inside(x):
    for _ in range(int(x)):
        x = x * rng.normal()
    return x


@checkpoint
def calling_drawing(x):
    return checkpoint(lambda x: x * rng.normal())(x) * 2.0


@pytest.mark.parametrize("f", [drawing, drawing_inside, calling_drawing])
def test_draws_are_refused_in_reverse_mode(f):
    with pytest.raises(Unsupported, match="checkpointed function"):
        grad(f)(2.5)


def test_draws_are_made_once_in_forward_mode():
    rng.bit_generator.state = np.random.default_rng(3).bit_generator.state
    draw = np.random.default_rng(3).normal()
    assert jvp(drawing, (2.0,), (1.0,)) == pytest.approx((2.0 * draw, draw))


@checkpoint
def endless(x, n):
    return x if n <= 0 else endless(x * x, n - 1)


def test_recursion_is_refused():
    with pytest.raises(Unsupported, match="calls itself"):
        grad(lambda x, n: endless(x, n))(0.9, 3)


def test_a_list_from_outside_is_not_changed():
    def f(x):
        found = []

        @checkpoint
        def g(x):
            found.append(x)
            return x * x

        return g(x) + found[0]

    with pytest.raises(Unsupported, match="container"):
        grad(f)(2.0)


def test_pickle_and_name():
    assert pickle.loads(pickle.dumps(five)) is five
    restored = pickle.loads(pickle.dumps(step))  # not what `rk4` names
    assert restored.fun is rk4
    np.testing.assert_array_equal(
        grad(lambda u: np.sum(restored(u, 0.1)))(U), grad(lambda u: np.sum(step(u, 0.1)))(U)
    )
    assert five.__name__ == "five"


def test_a_gradient_is_nobody_elses_array():
    f = checkpoint(lambda x, y: (x, y * 2.0))
    g = grad(lambda x: np.sum(f(x, 3.0)[0]))
    found = g(U)
    found += 1.0
    np.testing.assert_array_equal(g(U), np.ones(7))

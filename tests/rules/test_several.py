"""Functions that return several results: their rules, and the programs that call them."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad.rules import laws
from s2sad.rules.domains import of_shape
from s2sad.rules.notation import DEFINITIONS, RULES, rule
from s2sad.testing import check_grads, check_rule

Polar = namedtuple("Polar", "radius angle turns")


def polar(x: Any, y: Any) -> Polar:
    """Polar coordinates, and in how many quarter turns the point is."""
    return Polar(np.hypot(x, y), np.arctan2(y, x), np.floor(np.arctan2(y, x)).astype(int))


@pytest.fixture(autouse=True)
def _rule_of_polar():
    @rule(
        polar,
        results=3,
        returns=Polar,
        on={"x": of_shape(3), "y": of_shape(3)},
    )
    class polar_:
        """ans = radius, angle, and turns as data."""

        def primal(x, y):
            return polar(x, y)

        def shape(x, y):
            return x, x, x

        def tangent(x, y, ans, x_dot, y_dot):
            radius, _, turns = ans
            turn = (x * y_dot - y * x_dot) / (radius * radius)
            return (x * x_dot + y * y_dot) / radius, turn, turns

        def adjoint(x, y, ans, ans_bar):
            radius, _, _ = ans
            radius_bar, angle_bar, _ = ans_bar
            scaled = radius_bar / radius
            turning = angle_bar / (radius * radius)
            x_bar = x * scaled - y * turning
            y_bar = y * scaled + x * turning
            return x_bar, y_bar

    yield
    RULES.pop(polar, None)
    DEFINITIONS.pop(polar, None)


rng = np.random.default_rng(3)
X, Y = rng.normal(size=3), rng.normal(size=3)


def both(x: Any, y: Any) -> Any:
    radius, angle, turns = polar(x, y)
    return np.sum(radius * np.sin(angle) + turns * x)


def one(x: Any, y: Any) -> Any:
    return np.sum(polar(x, y)[1] ** 2)


def named(x: Any, y: Any) -> Any:
    p = polar(x * y, y)
    return np.sum(p.radius * p.turns) + np.prod(p.angle)


def in_a_loop(x: Any, y: Any) -> Any:
    for k in range(3):
        r, a, _ = polar(x + k, y)
        if k == 1:
            r = r * 2.0
        r[0] = a[1] * x[2]
        x = r - a
    return np.sum(x * y)


def handed_on(x: Any, y: Any) -> Any:
    found = [polar(x, y), polar(y, x)]
    return sum(np.sum(p[0] * q[1]) for p, q in zip(found, found[::-1], strict=True))


def of_unknown_rank(x: Any, y: Any, n: int) -> Any:
    z = 1.0
    for _ in range(n):
        z = z * x
    r, a, _ = polar(z, y)
    return np.sum(r * a**2)


def test_the_laws_hold() -> None:
    check_rule(polar, examples=5, order=2)


def test_a_wrong_adjoint_breaks_a_law() -> None:
    p = RULES[polar]
    right = p.adjoint.function
    p.adjoint.function = lambda x, y, ans, ans_bar: right(x, y, ans, (ans_bar[0], ans_bar[0], 0))
    with pytest.raises(AssertionError):
        laws.check_rule(p)


@pytest.mark.parametrize("f", [both, one, named, in_a_loop, handed_on])
def test_programs(f: Any) -> None:
    check_grads(f, (X, Y), order=2)


def test_of_unknown_rank() -> None:
    check_grads(lambda x, y: of_unknown_rank(x, y, 2), (X, Y), order=1)


def test_results_have_names_of_their_own() -> None:
    gradient = s2sad.grad(both)
    gradient(X, Y)
    assert "radius, angle, turns = test_several.polar(x, y)" in gradient.source


def test_what_is_returned_is_what_the_function_returns() -> None:
    out, pull = s2sad.vjp(lambda x, y: polar(x, y), X, Y)
    assert type(out) is Polar
    assert np.array_equal(out.radius, polar(X, Y).radius)
    x_bar, y_bar = pull(Polar(np.ones(3), np.zeros(3), 0))
    assert np.allclose(x_bar, X / np.hypot(X, Y)), y_bar


def test_jacobians() -> None:
    j = s2sad.jacrev(lambda x: polar(x, Y)[0] * polar(x, Y)[1])(X)
    assert np.allclose(j, s2sad.jacfwd(lambda x: polar(x, Y)[0] * polar(x, Y)[1])(X))

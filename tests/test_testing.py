"""The checking kit: it passes what is right, and catches what is wrong."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pytest

from s2sad.errors import ArgumentError, CheckFailed
from s2sad.numeric import central_differences, complex_step, directional
from s2sad.rules.notation import RULES
from s2sad.rules.table import lookup
from s2sad.testing import check_grads, check_rule

X = np.array([0.3, -1.2, 2.0])


class Pair(NamedTuple):
    a: Any
    b: Any


def structured(params: Any, k: int, x: Any) -> Any:
    return np.sum(np.tanh(x @ params["w"]) ** k) * params["b"][0], params["b"]


def loop(x: Any) -> Any:
    y = x
    for _ in range(4):
        y = math.sin(y) + x if y < 1 else y * y
    return y


def squares(x: Any) -> Any:
    return x * x


def absolute(x: Any) -> Any:
    return np.sum(np.abs(x))


RIGHT = [
    (squares, (1.5,)),
    (np.tanh, (X,)),
    (lambda x, y: np.outer(x, y) @ y, (X, X[:2])),
    (structured, ({"w": np.full((3, 2), 0.1), "b": (2.0,)}, 2, np.ones((4, 3)))),
    (loop, (0.3,)),
    (lambda p: p.a * np.sin(p.b), (Pair(0.5, X),)),
    (lambda x, y: np.sum(x * y), (X.astype(np.float32), X)),
    (absolute, (X,)),
    (lambda x, n: x**n, (1.5, 3)),
]


@pytest.mark.parametrize(("f", "args"), RIGHT)
def test_right_derivatives_pass(f: Any, args: Any) -> None:
    check_grads(f, args)
    check_grads(f, args, modes=["fwd"], order=1)
    check_grads(f, args, modes=["rev"], order=2, seed=3)


def test_third_order() -> None:
    check_grads(lambda x: np.stack([x, np.exp(x)]) @ x, (X,), order=3)


@pytest.fixture
def wrong_sine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sine with the derivative of the cosine, in both modes."""
    monkeypatch.setenv("S2SAD_CACHE", "0")
    monkeypatch.setattr(RULES[np.sin], "partials", RULES[np.cos].partials)


@pytest.fixture
def wrong_adjoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """The transpose with the adjoint of the copy: forward mode stays right."""
    monkeypatch.setenv("S2SAD_CACHE", "0")
    monkeypatch.setattr(RULES[np.flip], "adjoint", RULES[np.copy].adjoint)


def test_a_wrong_rule_is_caught_in_each_mode(wrong_sine: None) -> None:
    with pytest.raises(CheckFailed, match=r"forward mode, order 1: .* and the numeric"):
        check_grads(lambda x: np.sum(np.sin(x)), (X,))
    with pytest.raises(CheckFailed, match="reverse mode, order 1"):
        check_grads(lambda x: np.sum(np.sin(x)) + 1, (X,), modes=("rev",))


def test_a_wrong_transpose_is_caught(wrong_adjoint: None) -> None:
    with pytest.raises(CheckFailed, match="reverse mode, order 1"):
        check_grads(lambda x: np.flip(x, 0) * X, (X,))
    check_grads(lambda x: np.flip(x, 0) * X * 2, (X,), modes=("fwd",))


def test_a_wrong_second_derivative_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cosine is wrong, the sine is right: only order 2 of the sine sees it."""
    monkeypatch.setenv("S2SAD_CACHE", "0")
    monkeypatch.setattr(RULES[np.cos], "partials", RULES[np.sin].partials)
    check_grads(lambda x: np.sum(np.sin(x)) * 3, (X,), order=1)
    with pytest.raises(CheckFailed, match=r"order 2 \(fwd of fwd\)"):
        check_grads(lambda x: np.sum(np.sin(x)) * 3, (X,), order=2)


def test_a_kink_is_caught_and_names_the_numbers() -> None:
    with pytest.raises(CheckFailed) as caught:
        check_grads(lambda x: x if x > 0 else 2 * x, (0.0,), order=1)
    assert "the derivative is" in str(caught.value) and "kink" in str(caught.value)
    assert isinstance(caught.value, AssertionError)


def test_wrong_use() -> None:
    with pytest.raises(ValueError, match="modes are"):
        check_grads(squares, (1.0,), modes=("sideways",))
    with pytest.raises(ArgumentError, match="no argument holds a floating number"):
        check_grads(squares, (1,))


def test_numeric_derivatives() -> None:
    assert abs(complex_step(np.sin, (0.5,), (1.0,)) - math.cos(0.5)) < 1e-15
    assert complex_step(math.sin, (0.5,), (1.0,)) is None
    assert abs(central_differences(math.sin, (0.5,), (1.0,)) - math.cos(0.5)) < 1e-11
    # abs takes complex numbers and is not analytic: the central difference is right.
    assert abs(directional(np.abs, (-2.0,), (1.0,)) + 1.0) < 1e-10
    assert abs(directional(np.log, (1e-5,), (1.0,)) - 1e5) < 1e-3


CHECKED = [np.exp, np.arctan2, np.multiply, np.sum, np.matmul, np.concatenate, math.sin, math.pow]


@pytest.mark.parametrize("function", CHECKED, ids=lambda f: f.__name__)
def test_rules_that_hold(function: Any) -> None:
    check_rule(function, 10)
    check_rule(lookup(function), 3, seed=1)


def test_a_rule_that_breaks_a_law_is_caught(wrong_sine: None) -> None:
    with pytest.raises(CheckFailed, match=r"the rule of np\.sin breaks a law"):
        check_rule(np.sin)


def test_a_rule_that_compiles_wrong_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The laws run the rule as it stands; the compiler may still make something else of it."""
    from s2sad.transform.adjoint import Adjoint

    monkeypatch.setenv("S2SAD_CACHE", "0")
    plain = Adjoint.accumulate

    def doubled(self: Any, *args: Any) -> None:
        plain(self, *args)
        plain(self, *args)

    monkeypatch.setattr(Adjoint, "accumulate", doubled)
    with pytest.raises(CheckFailed, match=r"np\.cosh: .*reverse mode"):
        check_rule(np.cosh)  # which nothing else here has compiled already


def test_no_rule() -> None:
    with pytest.raises(ArgumentError, match="has no rule"):
        check_rule(print)

"""The check of a first call: what it finds and names, what it lets pass, what it costs."""

from __future__ import annotations

import functools
import inspect
import pickle
import random
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

import s2sad
from s2sad import (
    api,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacrev,
    jvp,
    specialize,
    stop_gradient,
    value_and_grad,
    vjp,
)
from s2sad.errors import CheckFailed, S2SADError
from s2sad.rules.table import RULES
from s2sad.transform.derive import Derive

RNG = np.random.default_rng(3)
X = RNG.normal(size=4) + 0.3


@pytest.fixture(autouse=True)
def own_rules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing compiled with other rules before, and the table of rules as it was."""
    specialize._shared.clear()
    api._remembered.cache_clear()
    monkeypatch.setenv("S2SAD_CACHE", "0")
    monkeypatch.delenv("S2SAD_CHECK", raising=False)
    before = dict(RULES)
    yield
    RULES.clear()
    RULES.update(before)


def line_of(f: Any, text: str) -> int:
    """The line of the file in which the source of `f` has this text."""
    lines, first = inspect.getsourcelines(f)
    return first + next(i for i, line in enumerate(lines) if text in line)


def caught(derivative: Any, *args: Any) -> CheckFailed:
    with pytest.raises(CheckFailed) as found:
        derivative(*args)
    assert isinstance(found.value, S2SADError)
    return found.value


# ---- wrong rules, named --------------------------------------------------------------------------


def softsign(x: Any) -> Any:
    return x / (1.0 + np.abs(x))


def uses_softsign(x: Any) -> Any:
    y = np.sin(x)
    z = softsign(y) * 2.0
    return np.sum(z * y)


@pytest.mark.parametrize("operator", [grad, value_and_grad, jacrev, jacfwd, hessian])
def test_a_wrong_ufunc_is_named_with_its_line(operator: Any) -> None:
    s2sad.elementwise(softsign, lambda d, x: d / (1.0 + np.abs(x)))
    error = caught(operator(uses_softsign, check=True), X)
    assert error.location is not None
    assert error.location.line == line_of(uses_softsign, "softsign(y)")
    assert "the derivative of" in error.problem and "softsign" in error.problem


def test_a_right_ufunc_passes() -> None:
    s2sad.elementwise(softsign, lambda d, x: d / (1.0 + np.abs(x)) ** 2)
    assert np.array_equal(grad(uses_softsign, check=True)(X), grad(uses_softsign)(X))


def thirds(x: Any) -> Any:
    return x * 3.0


def uses_thirds(x: Any) -> Any:
    y = x * x
    y = thirds(y)
    return np.sum(np.exp(-y))


def test_a_wrong_adjoint_beside_a_right_tangent() -> None:
    @s2sad.rule(thirds, elementwise=True)
    class stated:
        def primal(x):
            return thirds(x)

        def tangent(x_dot):
            return 3.0 * x_dot

        def adjoint(ans_bar):
            x_bar = 2.0 * ans_bar
            return x_bar

    error = caught(grad(uses_thirds, check=True), X)
    assert "the adjoint of" in error.problem and "thirds" in error.problem
    assert error.location is not None
    assert error.location.line == line_of(uses_thirds, "thirds(y)")
    assert "the adjoint of" in caught(jacfwd(uses_thirds, check=True), X).problem


def test_a_wrong_tangent_beside_a_right_adjoint() -> None:
    @s2sad.rule(thirds, elementwise=True)
    class stated:
        def primal(x):
            return thirds(x)

        def tangent(x_dot):
            return -3.0 * x_dot

        def adjoint(ans_bar):
            x_bar = 3.0 * ans_bar
            return x_bar

    error = caught(grad(uses_thirds, check=True), X)
    assert "the tangent of" in error.problem
    assert error.location is not None
    assert error.location.line == line_of(uses_thirds, "thirds(y)")


def in_a_loop(x: Any, n: int) -> Any:
    for i in range(n):
        if i > 1:
            x = softsign(x)
        else:
            x = np.sin(x) + 0.5
    return np.sum(x)


def test_the_trip_of_a_loop_is_named() -> None:
    s2sad.elementwise(softsign, lambda d, x: d * 0.9)
    error = caught(grad(in_a_loop, check=True), X, 5)
    assert "i=2" in error.problem
    assert error.location is not None
    assert error.location.line == line_of(in_a_loop, "softsign(x)")


def tiny(x: Any) -> Any:
    return 1e-25 * np.sum(softsign(x))


def test_small_numbers_are_checked_as_well() -> None:
    s2sad.elementwise(softsign, lambda d, x: d * 0.9)
    assert "softsign" in caught(grad(tiny, check=True), X).problem


def after_many_trips(x: Any, n: int) -> Any:
    for _ in range(n):
        x = x + 1e-6 * np.sin(x)
    return softsign(x)


def test_a_statement_after_a_long_loop_is_named() -> None:
    s2sad.elementwise(softsign, lambda d, x: d * 0.9)
    error = caught(grad(after_many_trips, check=True), 0.5, 40_000)
    assert error.location is not None
    assert error.location.line == line_of(after_many_trips, "softsign(x)")


def test_the_first_of_two_wrong_statements_is_named() -> None:
    s2sad.elementwise(softsign, lambda d, x: d * 0.5)
    monkey = RULES[np.sin].partials
    try:
        RULES[np.sin].partials = RULES[np.cos].partials
        error = caught(grad(uses_softsign, check=True), X)
    finally:
        RULES[np.sin].partials = monkey
    assert error.location is not None
    assert error.location.line == line_of(uses_softsign, "np.sin(x)")


def test_what_no_rule_is_to_blame_for_is_not_blamed_on_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A transformation that drops a term: every rule is right, and the gradient is not."""
    finished = Derive.finished
    monkeypatch.setattr(
        Derive,
        "finished",
        lambda self, names, cots: finished(self, names, [self.apply(np.negative, g) for g in cots]),
    )

    def f(x: Any) -> Any:
        return np.sum(np.sin(x) * x)

    error = caught(grad(f, check=True), X)
    assert error.location is None
    assert "the other mode" in error.problem and "bug in s2sad" in str(error)


def test_a_wrong_derivative_stays_refused() -> None:
    s2sad.elementwise(softsign, lambda d, x: d)
    derivative = grad(uses_softsign, check=True)
    first, second = caught(derivative, X), caught(derivative, X)
    assert str(first) == str(second)
    assert caught(derivative, X[:2]).location == first.location


# ---- when it is on -------------------------------------------------------------------------------


def test_the_environment_switches_it_on_and_the_argument_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    s2sad.elementwise(softsign, lambda d, x: d * 0.25)
    grad(uses_softsign)(X)
    monkeypatch.setenv("S2SAD_CHECK", "1")
    caught(grad(uses_softsign), X + 1.0)
    caught(functools.partial(vjp, uses_softsign), X)
    grad(uses_softsign, check=False)(X)
    monkeypatch.setenv("S2SAD_CHECK", "0")
    grad(uses_softsign)(X)


def test_decorators_take_it_and_pickles_keep_it() -> None:
    @grad(check=True)
    def square(x: float) -> float:
        return x * x

    assert square(1.5) == 3.0
    made = grad(uses_thirds, check=True)
    assert pickle.loads(pickle.dumps(made)).check is True


def test_later_calls_run_the_bare_code() -> None:
    derivative = grad(uses_thirds, check=True)
    derivative(X)
    cases = derivative._cases
    ((call, _),) = cases.entries.values()
    assert call is cases.latest.call


def test_each_signature_is_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from s2sad.selfcheck import first_call

    seen = []
    monkeypatch.setattr(first_call, "check_first_call", lambda *given: seen.append(given[2]))
    derivative = grad(uses_thirds, check=True)
    for x in (X, X + 1, X.astype(np.float32), X[:3], X.astype(np.float32), X.reshape(2, 2)):
        derivative(x)
    assert [v[0].dtype.char + str(v[0].ndim) for v in seen] == ["d1", "f1", "d2"]
    for a in (X, X + 1):
        vjp(lambda x: np.sum(a * x), X, check=True)
    assert len(seen) == 4  # the same code for another captured value


# ---- what must pass ------------------------------------------------------------------------------


def kinks(x: Any) -> Any:
    return np.sum(np.abs(x)) + np.max(x) + np.sum(np.maximum(x, 0.0) * x)


def jumps(x: Any) -> Any:
    y = x * x
    return np.sum(np.floor(y) * x + np.where(x > 0.0, 1.0, -1.0))


def branches(x: Any) -> Any:
    s = 0.0
    for i in range(len(x)):
        s = s + (x[i] ** 2 if x[i] >= 0.0 else 5.0 - x[i])
    return s


def stopped(x: Any) -> Any:
    return np.sum(x * stop_gradient(np.sin(x)))


def rounded(x: Any) -> Any:
    return np.sum(np.round(x, 6) * x)


def wild(x: Any) -> Any:
    return np.sum(np.sin(1e7 * x))


def vanishes(x: Any) -> Any:
    y = 1e3 * x
    return np.sum(np.sin(y) ** 2 + np.cos(y) ** 2 - 1.0)


def vanishes_after_many_trips(x: Any) -> Any:
    y = x
    for _ in range(1500):
        y = y * 1.001 - 1e-4
    return vanishes(y)


def cancels(x: Any) -> Any:
    return np.sum((1e8 + x) ** 2 - 1e16 - 2e8 * x)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (kinks, np.array([0.0, 1.0, 1.0, -0.5])),
        (jumps, np.array([1.0, -2.0, 0.0, 0.7])),
        (branches, np.array([0.0, 1e-9, -1e-9, 2.0])),
        (stopped, X),
        (rounded, X),
        (wild, X),
        (cancels, X),
        (vanishes, X),
        (vanishes_after_many_trips, X),
        (kinks, np.array([0.0, 0.25, -3.0], np.float32)),
        (jumps, np.array([1.0, 0.25, -3.0], np.float16)),
        (uses_thirds, X.astype(np.float32) * 30),
    ],
)
@pytest.mark.parametrize("operator", [grad, jacfwd, hessian])
def test_kinks_jumps_and_rounding_are_no_errors(operator: Any, f: Any, x: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        assert np.shape(operator(f, check=True)(x))[0] == len(x)


def test_stop_gradient_does_not_even_warn() -> None:
    assert np.allclose(grad(stopped, check=True)(X), np.sin(X))


def straight(x: Any) -> Any:
    return np.round(x)


def test_a_rule_that_is_meant_to_be_no_derivative_is_told_apart_by_hand() -> None:
    s2sad.elementwise(straight, lambda d, x: d)

    def f(x: Any) -> Any:
        return np.sum(straight(x) * x)

    assert "check=False" in str(caught(grad(f, check=True), X))
    assert np.allclose(grad(f, check=False)(X), np.round(X) + X)


# ---- ways to call --------------------------------------------------------------------------------


class Pair(NamedTuple):
    a: Any
    b: Any


class Model:
    def __init__(self, k: float) -> None:
        self.k = k

    def energy(self, x: Any, *, scale: float = 1.0) -> Any:
        return scale * self.k * np.sum(x**3)


def structured(p: Pair, *xs: Any, **named: Any) -> Any:
    total = np.sum(p.a * p.b)
    for x in xs:
        total = total + np.sum(np.sin(x))
    return total * named["k"], {"aux": total}


def test_structures_options_methods_and_partials() -> None:
    pair = Pair(X, 2.0 * X)
    for operator in (grad, value_and_grad, jacfwd, jacrev, hessian):
        checked = operator(structured, argnums=(0, 2, "k"), has_aux=True, check=True)
        plain = operator(structured, argnums=(0, 2, "k"), has_aux=True)
        ours, theirs = checked(pair, X, X[:2], k=1.5), plain(pair, X, X[:2], k=1.5)
        assert repr(ours) == repr(theirs)
    model = Model(0.7)
    assert np.allclose(grad(model.energy, check=True)(X, scale=2.0), 4.2 * X**2)
    partial = functools.partial(model.energy, scale=3.0)
    assert np.allclose(grad(partial, check=True)(X), 6.3 * X**2)
    cached = functools.lru_cache(uses_thirds)
    assert np.allclose(grad(cached, check=True)(X), grad(uses_thirds)(X))
    assert np.allclose(grad(np.prod, check=True)(X), np.prod(X) / X)


def test_the_other_operators() -> None:
    x, v = X, X[::-1].copy()
    out, pull = vjp(uses_thirds, x, check=True)
    assert np.allclose(pull(1.0)[0], grad(uses_thirds)(x))
    assert jvp(uses_thirds, (x,), (v,), check=True)[0] == out
    assert np.allclose(hvp(uses_thirds, check=True)(x, v), hessian(uses_thirds)(x) @ v)
    nested = jacfwd(grad(uses_thirds), check=True)
    assert np.allclose(nested(x), hessian(uses_thirds)(x))
    product = grad(lambda x, v: np.sum(hvp(uses_thirds)(x, v)), check=True)
    assert np.shape(product(x, v)) == np.shape(x)


# ---- effects -------------------------------------------------------------------------------------


def test_prints_appear_once_and_draws_are_those_of_an_unchecked_call(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def f(x: Any) -> Any:
        print("called")
        return np.sum(x * x)

    grad(f, check=True)(X)
    assert capsys.readouterr().out == "called\n"
    np.random.seed(5)  # noqa: NPY002 - the global generator is what is tested
    random.seed(5)
    wanted = np.random.normal(), random.random()  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    random.seed(5)
    grad(f, check=True)(X + 1.0)
    assert (np.random.normal(), random.random()) == wanted  # noqa: NPY002


def test_arguments_are_left_alone() -> None:
    x = X.copy()
    grad(uses_thirds, check=True)(x)
    assert np.array_equal(x, X)


def test_what_changes_from_call_to_call_is_not_judged() -> None:
    rng = np.random.default_rng(1)

    def noisy(x: Any) -> Any:
        return np.sum(x * stop_gradient(rng.normal(size=4)))

    with pytest.warns(RuntimeWarning, match="other values each time"):
        grad(noisy, check=True)(X)


def test_an_exception_of_the_function_passes() -> None:
    def picky(x: Any) -> Any:
        if x[0] > 0:
            raise ValueError("positive")
        return np.sum(x)

    with pytest.raises(ValueError, match="positive"):
        grad(picky, check=True)(np.abs(X))

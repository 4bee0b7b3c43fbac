"""Zero cotangents against infinite partials: what is left out contributes zero."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import s2sad

X = np.array([0.0, 1.0, -1.0, 2.0])


def logarithm(x: Any) -> Any:
    return np.sum(np.where(x > 0, np.log(x), 0.0))


def quotient(x: Any) -> Any:
    return np.sum(np.where(x != 0, 1 / x, 0.0))


def chain(x: Any) -> Any:
    return np.sum(np.where(x > 0, np.sin(x**0.5) * np.log(x) / x, x))


def by_mask(x: Any) -> Any:
    y = np.log(x)
    return np.sum(y[x > 0])


def by_index(x: Any) -> Any:
    y = np.log(x)
    return np.sum(y[1:2]) + y[3]


def by_maximum(x: Any) -> Any:
    return np.sum(np.maximum(np.log(x), -5.0))


def by_clip(x: Any) -> Any:
    return np.sum(np.clip(np.log(x), -5.0, 5.0))


def broadcast(x: Any) -> Any:
    column = x[:, None]
    return np.sum(np.where(column > 0, np.log(column) * x, 0))


def overflow(x: Any) -> Any:
    return np.sum(np.where(x * 1000 < 700, np.exp(x * 1000), 0.0))


def twice(x: Any) -> Any:
    y = np.where(x > 0, np.log(x), 0.0)
    z = np.where(x > 1, np.log(x) * y, y)
    return np.sum(z * x)


def written_over(x: Any) -> Any:
    y = np.log(x)
    y[x <= 0] = 0.0
    return np.sum(y)


def in_a_loop(x: Any) -> Any:
    s = 0.0
    for k in range(3):
        s = s + np.sum(np.where(x > k, np.log(x - k), 0.0))
    return s


def through_a_branch(x: Any) -> Any:
    y = np.log(x)
    if np.sum(x) > 0:
        z = np.where(x > 0, y * y, 0.0)
    else:
        z = np.where(x > 0, y, 0.0)
    return np.sum(z)


def used_by_both(x: Any) -> Any:
    y = np.where(x == 0, 1.0, x)
    z = np.sqrt(y * y)
    return np.sum(np.where(x == 0, 0.0, z / x)) + np.sum(z)


def replaced(x: Any) -> Any:
    return np.sum(np.nan_to_num(1.0 / x, posinf=7.0) * x)


PROGRAMS = [
    logarithm, quotient, chain, by_mask, by_index, by_maximum, by_clip, broadcast, overflow, twice,
    written_over, in_a_loop, through_a_branch, used_by_both,
    replaced,
]  # fmt: skip


def regular(f: Any, i: int) -> Any:
    """The derivative along the i-th axis by differences, where the function is smooth."""
    h = 1e-6
    step = h * np.eye(4)[i]
    at = np.array([0.0, 1.0, 0.5 if f in (by_maximum, by_clip) else -1.0, 2.0])
    at[0] = 0.1 if f in (by_maximum, by_clip) else 0.0
    return (f(at + step) - f(at - step)) / (2 * h)


@pytest.mark.parametrize("f", PROGRAMS)
def test_gradients_are_finite_and_right(f: Any) -> None:
    with np.errstate(all="ignore"):
        found = s2sad.grad(f)(X)
        assert np.all(np.isfinite(found)), found
        for i in (1, 3):
            if not (f is in_a_loop or (f in (twice, overflow) and i == 1)):
                assert np.isclose(found[i], regular(f, i), rtol=1e-5), (f, i)


@pytest.mark.parametrize("f", PROGRAMS)
def test_second_derivatives_are_finite_and_agree(f: Any) -> None:
    with np.errstate(all="ignore"):
        by_columns = s2sad.hessian(f)(X)
        by_rows = s2sad.jacrev(s2sad.grad(f))(X)
    assert np.all(np.isfinite(by_columns)), by_columns
    assert np.allclose(by_columns, by_rows)
    assert np.allclose(by_columns, by_columns.T)


def test_missing_data_is_left_out() -> None:
    data = np.array([1.0, np.nan, 2.0])

    def loss(a: Any) -> Any:
        return np.sum(np.where(np.isnan(data), 0.0, (a * data - 1.0) ** 2))

    assert s2sad.grad(loss)(2.0) == 2 * (1 * (2 - 1) + 2 * (4 - 1))


def test_seeds_of_jacobians_are_choices() -> None:
    with np.errstate(all="ignore"):
        for jacobian in (s2sad.jacrev, s2sad.jacfwd):
            assert np.array_equal(jacobian(np.log)(np.array([0.0, 1.0])), [[np.inf, 0], [0, 1]])


def test_what_is_infinite_and_read_stays_infinite() -> None:
    with np.errstate(all="ignore"):
        assert np.array_equal(s2sad.grad(lambda x: np.sum(np.log(x)))(X[:2]), [np.inf, 1.0])
        found = s2sad.grad(lambda x: np.sum(np.where(x >= 0, np.log(x), 0.0)))(X)
    assert np.array_equal(found, [np.inf, 1.0, 0.0, 0.5])


def test_a_smooth_program_has_no_guards() -> None:
    gradient = s2sad.grad(lambda x: np.sum(np.log(x) / x + np.exp(x) ** 0.5))
    gradient(np.array([1.0, 2.0]))
    assert "zeroed" not in gradient.source


def test_a_slice_asks_for_guards_at_poles_only() -> None:
    gradient = s2sad.grad(lambda x: np.sum((x * x)[1:] * x[:-1]))
    gradient(X)
    assert "zeroed" not in gradient.source


def test_single_precision_is_kept() -> None:
    with np.errstate(all="ignore"):
        assert s2sad.grad(chain)(X.astype(np.float32)).dtype == np.float32


def stored_one_by_one(x: Any) -> Any:
    out = np.zeros_like(x)
    for i in range(len(x)):
        out[i] = np.log(x[i]) / x[i]
    return np.sum(out)


def advected(x: Any, dx: Any) -> Any:
    u = x.copy()
    for _ in range(3):
        u[1:-1] = u[1:-1] + 0.1 * (u[2:] - u[:-2]) / (2 * dx) * u[1:-1]
    return np.sum(u**2)


@pytest.mark.parametrize(("f", "arguments"), [(stored_one_by_one, ()), (advected, (0.1,))])
def test_values_that_are_stored_and_divisors_that_are_numbers_have_no_guards(
    f: Any, arguments: Any
) -> None:
    gradient = s2sad.grad(f)
    gradient(np.array([1.0, 2.0, 0.5, 3.0]), *arguments)
    assert "zeroed" not in gradient.source

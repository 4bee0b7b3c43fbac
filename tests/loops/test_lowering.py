"""Smallest programs for what is lowered: both backends agree, compiled and interpreted."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import s2sad

numba = pytest.importorskip("numba")

X = np.array([0.4, -1.3, 2.1, 0.7, -0.2, 1.6, 0.9])
V = np.array([1.2, -0.4, 0.8, 1.9, 0.3])
A = np.linspace(-1.0, 2.0, 20).reshape(5, 4)
I5 = np.array([0, 3, -1, 3, 2])


def written_argument(x):
    x += 1.0
    x[0] = x[1] * x[0]
    return np.sum(x * x)


def masks(x, y):
    big = x > 0.3
    return np.sum(x[big] ** 2) * np.mean(y[~big]) + np.sum(y[(x > -0.2) & big])


def masked_writes(x):
    y = x * 3
    y[x > 0] = 2.0
    y[y < -1] *= x[0]
    return np.sum(y * y)


def rows_by_mask(a, m):
    return np.sum(a[m] ** 2)


def picked(x, i):
    return np.sum(x[i] * np.arange(1.0, 6.0)) + np.sum(x[i] ** 2)


def placed(x, i, v):
    y = x * 2
    y[i] = v
    y[i] += v * x[1]
    return np.sum(y**2)


def picked_pairs(a, i, j):
    return np.sum(a[i, j] ** 2) + np.sum(a[:, j] * a[:, i] ** 2) + np.sum(a[1, j] ** 2)


def picked_columns(a):
    return np.sum(a[:, np.array([0, 2])] ** 2)


def asserted(x):
    assert x.size > 1, "two at least"
    if x[0] > 100:
        raise ValueError(f"{x[0]} is too large")
    return np.vdot(x, x)


def running_product(x):
    return np.cumprod(x) @ x


def grown_list(x, n):
    found = []
    for i in range(n):
        found.append(x[i] * x[i])
        if x[i] > 0:
            found.append(x[i])
    return sum(found) + found[0] * found[-1]


def moved_axes(a):
    return np.sum(np.moveaxis(np.stack([a, a * a]), 0, -1)[0] ** 2)


CASES: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (written_argument, (X,)),
    (masks, (X, X[::-1])),
    (masked_writes, (X,)),
    (masked_writes, (np.abs(X),)),
    (rows_by_mask, (A, A > 0)),
    (rows_by_mask, (A, A[:, 0] > 0)),
    (rows_by_mask, (A, A > 9)),
    (picked, (X, I5)),
    (placed, (X, I5, V)),
    (picked_pairs, (A, np.array([0, 2, -1]), np.array([1, 1, 3]))),
    (picked_pairs, (A, np.array([0]), np.array([1, 1, 3]))),
    (picked_columns, (A,)),
    (asserted, (X,)),
    (grown_list, (X, 7)),
    (moved_axes, (A,)),
]
HANDED_OVER: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (running_product, (X,)),
    (masks, (X, V)),
    (picked, (X, np.array([0, 3, 9, 3, 2]))),
    (picked, (X, np.array([0, 3, -9, 3, 2]))),
    (placed, (X, I5, V[:1])),
    (placed, (X, np.array([0, 3, 7, 3, 2]), V)),
    (rows_by_mask, (A, A.T > 0)),
    (asserted, (X[:1],)),
    (asserted, (X + 200.0,)),
]


def floating(arguments: tuple[Any, ...]) -> list[int]:
    """The arguments that are arrays of floating numbers."""
    arrays = ((k, a) for k, a in enumerate(arguments) if isinstance(a, np.ndarray))
    return [k for k, a in arrays if a.dtype.kind == "f"]


def outcome(backend: str, f: Callable[..., Any], arguments: tuple[Any, ...]) -> list[Any]:
    """Value, gradients and what became of the arguments; or the error."""
    arguments = copy.deepcopy(arguments)
    wrt = floating(arguments)
    try:
        value, gradients = s2sad.value_and_grad(f, wrt, backend=backend)(*arguments)
    except (ValueError, IndexError, AssertionError) as error:
        return [type(error), str(error)]
    return [value, *gradients, *arguments]


def assert_agree(f: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    expected, found = (outcome(b, f, arguments) for b in ("numpy", "numba"))
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        if not isinstance(b, float | np.ndarray | np.number):
            assert a == b
            continue
        assert np.shape(a) == np.shape(b)
        assert getattr(a, "dtype", type(a)) == getattr(b, "dtype", type(b))
        np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(("f", "arguments"), CASES, ids=lambda x: getattr(x, "__name__", ""))
def test_is_lowered(f: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    wrt = floating(arguments)
    derivative = s2sad.value_and_grad(f, wrt, backend="numba")
    derivative(*copy.deepcopy(arguments))
    assert "_loops(" in derivative.source


@pytest.mark.parametrize(
    ("f", "arguments"), CASES + HANDED_OVER, ids=lambda x: getattr(x, "__name__", "")
)
@pytest.mark.parametrize("compiled", [False, True], ids=["interpreted", "compiled"])
def test_backends_agree(
    f: Callable[..., Any], arguments: tuple[Any, ...], compiled: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(numba.config, "DISABLE_JIT", not compiled)
    assert_agree(f, arguments)

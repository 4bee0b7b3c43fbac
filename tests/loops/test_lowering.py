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


def growing_without_a_bound(x):
    found, total = [], x[0]
    while total < 9.0:
        total = total + x[len(found) % 7] ** 2
        found.append(total * x[1])
    return sum(found) * found[-1]


def moved_axes(a):
    return np.sum(np.moveaxis(np.stack([a, a * a]), 0, -1)[0] ** 2)


TABLE = np.linspace(0.5, 2.0, 7)


def array_of_the_module(x):
    return np.sum(TABLE * x**2) + x @ TABLE


def diagonals(a):
    b = a[:4] * np.diag(a[0])
    upper, lower = np.triu(a) ** 2, np.tril(a, -1)
    return np.trace(b @ b) + np.sum(np.diagonal(b) * np.diag(b)) + np.sum(upper - lower)


def rolled(x, a):
    b = np.roll(a, -1, axis=0) * a + np.roll(a, 1, 1)
    return np.sum(np.roll(x, 2) * x) + np.sum(b * b)


def largest(x, a):
    rows = np.argmax(a, axis=1)
    return x[np.argmax(x)] ** 2 + x[np.argmin(x)] + np.sum(a[np.arange(5), rows] ** 2)


def line(x):
    return np.sum(x * np.linspace(-1.0, x[0], 7)) + np.sum(np.linspace(0, 1, 3))


def contracted(a, b, x):
    quadratic = np.einsum("i,ij,j->", x[:5], b, x[:5])
    outer = np.einsum("ij,k->kij", a, x)
    return quadratic + np.sum(outer**2) + np.sum(np.einsum("ji,jk->ki", a, b) ** 2)


def stacked_products(a, x):
    three = a[:, None, :] * x[:3, None]
    squares = three @ np.swapaxes(three, 1, 2)
    rows = squares @ x[:3] + x[:4] @ np.swapaxes(three, 1, 2)
    return np.sum(rows**2) + np.einsum("ii", squares[0]) + np.sum(np.inner(a, a) ** 2)


def many_axes(a):
    product = np.einsum("ij,klj->kli", a, a[:2, None] * a)
    return np.sum(np.sum(product**2, axis=(1, 2)) * 0.5) + np.sum(np.trace(a[:4] @ a[:4].T))


def centred(a):
    b = a - np.mean(a, keepdims=True)
    return np.sum(b**3) + np.mean(b[0] ** 2, axis=0, keepdims=True)[0]


def as_arrays(x):
    return np.sum(np.asarray(x) ** 2 * np.asarray([1, 2, 3, 4, 5, 6, 7]))


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
    (running_product, (X,)),
    (running_product, (X * np.array([1, 1, 0, 1, 1, 0, 1]),)),
    (grown_list, (X, 7)),
    (growing_without_a_bound, (X,)),
    (moved_axes, (A,)),
    (array_of_the_module, (X,)),
    (diagonals, (A,)),
    (rolled, (X, A)),
    (largest, (X, A)),
    (largest, (np.array([1.0, np.nan, 2.0, np.nan]), np.where(A > 1, np.nan, A))),
    (largest, (np.ones(3), np.ones((5, 2)))),
    (line, (X,)),
    (contracted, (A, A @ A.T + np.eye(5), X)),
    (stacked_products, (A, X)),
    (many_axes, (A,)),
    (centred, (A,)),
    (as_arrays, (X,)),
]
HANDED_OVER: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (diagonals, (A[:3],)),
    (rolled, (X[:1], A)),
    (largest, (X[:0], A)),
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


def read_by_another_shape(x):
    """`y` is written after `flat`, which is the same memory, was read."""
    y = 2.0 * x
    a = y * x
    flat = y.reshape(-1)
    s = np.sum(flat * flat)
    y[:, :] = a * a
    return s + np.sum(y * y)


def test_other_names_of_memory_keep_their_order():
    x = np.arange(6.0).reshape(2, 3) - 2.2
    expected = s2sad.value_and_grad(read_by_another_shape)(x)
    found = s2sad.value_and_grad(read_by_another_shape, backend="numba")(x)
    assert np.allclose(found[0], expected[0]) and np.allclose(found[1], expected[1])

"""Arrays that a branch or a loop chose: what may not be silently wrong, and what the code says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from s2sad import Unsupported, checkpoint, grad, value_and_grad

X = np.array([1.0, 2.0, 3.0])


def numeric(f: Callable[..., Any], x: Any, *rest: Any) -> Any:
    """Central differences."""
    steps = 1e-6 * np.eye(len(x))
    return [(f(x + h, *rest) - f(x - h, *rest)) / 2e-6 for h in steps]


def two_names_in_a_loop(x, n):
    s = 0.0
    a = b = x * 1.0
    for i in range(n):
        a[0] = 5.0 * x[1]
        s = s + b[0] * x[0]
        a = b = x * i
    return s


def twice(a, n):
    if n <= 0:
        b = a * 2.0
        return b, b
    return twice(a * 1.5, n - 1)


def a_recursion_returns_it_twice(x, n):
    p, q = twice(x, n)
    p[0] = x[1] * 5.0
    return np.sum(q * x)


@checkpoint
def apart(a):
    b = a * 2.0
    return b, b, b[1:]


def a_checkpoint_returns_it_twice(x, n):
    p, q, r = apart(x)
    p[1] = x[1] * n
    return np.sum(q * x) + np.sum(r)


@checkpoint
def part(a):
    return a[1:]


def a_checkpoint_returns_a_part(x, n):
    y = x * 2.0
    part(y)[0] = x[1] * n
    return np.sum(y * x)


def which_view(x, n):
    a, s = x * 1.0, 0.0
    u = v = a
    for _ in range(n):
        s = s + (2.0 if u is v else 1.0) * v[0]
        v = a[1:]
        u = v if a[0] > 0 else a[:-1]
    return s


@pytest.mark.parametrize(
    "f",
    [two_names_in_a_loop, a_recursion_returns_it_twice, a_checkpoint_returns_it_twice,
     a_checkpoint_returns_a_part, which_view],
)  # fmt: skip
def test_what_is_not_followed_is_refused(f):
    with pytest.raises(Unsupported, match="a branch or loop chose"):
        grad(f)(X, 3)


def identity_after_branches(x, c):
    a, b = x * 2.0, x * 3.0
    y, z = (a, b) if c > 0 else (b, a)
    w = a if x[0] > 1.5 else b
    return np.sum(y) * (2.0 if y is w else 3.0) * (1.0 if z is not w else 5.0)


def identity_in_a_loop(x, c):
    a, b = x * 1.0, x * c
    first, s = a, 0.0
    for i in range(70):
        if a[i % 3] < i:
            a, b = b, a
        s = s + (2.0 if a is first else 1.0) * a[0]
    return s


@pytest.mark.parametrize("f", [identity_after_branches, identity_in_a_loop])
@pytest.mark.parametrize("c", [-0.5, 0.5])
@pytest.mark.parametrize("first", [1.0, 2.0])
def test_identity_of_what_was_chosen(f, c, first):
    x = X * first
    value, gradient = value_and_grad(f)(x, c)
    assert value == f(x, c)
    assert_allclose(gradient, numeric(f, x, c), rtol=1e-6)


def item_of_a_written_one(x, c):
    a, b = x * 2.0, x * 3.0
    box = [a, b]
    if c > 0:
        b[1] = 4.0 * c
    else:
        box[0] = b
    return np.sum(box[0] * x) + np.sum(a * b)


@pytest.mark.parametrize("c", [-0.5, 0.5])
def test_one_way_takes_into_a_list_what_the_other_wrote(c):
    assert_allclose(grad(item_of_a_written_one)(X, c), numeric(item_of_a_written_one, X, c), 1e-6)


def written(x, c):
    a, b = x * 2.0, x * 3.0
    y = a if c > 0 else b
    y[0] = 1.0
    return np.sum(a * x)


def read(x, c):
    a, b = x * 2.0, x * 3.0
    y = a if c > 0 else b
    return np.sum(y * x)


def test_it_is_followed_only_where_it_has_to_be():
    for f, followed in ((written, True), (read, False)):
        gradient = grad(f)
        gradient(X, 1.0)
        assert ("which" in gradient.source) is followed


def sixteen(x, n):
    arrays = [x * k for k in range(20)]
    y = arrays[0]
    for a in arrays:
        if a[0] > n:
            y = a
    y[0] = 1.0
    return sum(np.sum(a) for a in arrays)


def test_so_many_arrays_are_not_followed():
    with pytest.raises(Unsupported, match="branch or loop chose"):
        grad(sixteen)(X, 3)


def of_two_dtypes(x, c):
    a, b = x * 2.0, (x * 3.0).astype(np.float32)
    y = a if c > 0 else b
    y *= 2.0
    return np.sum(a)


def test_a_whole_write_needs_one_dtype():
    with pytest.raises(Unsupported, match="different dtypes"):
        grad(of_two_dtypes)(X, 1.0)


def of_two_kinds(x, c):
    a = x * 2.0
    y = 1.5 if c > 0 else a
    if c < 0:
        y[0] = x[1]
    return np.sum(a * y)


def test_a_write_needs_an_array_on_every_path():
    with pytest.raises(Unsupported, match="a number on one path"):
        grad(of_two_kinds)(X, -1.0)

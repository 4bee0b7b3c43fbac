"""Lists of unknown length: what is refused rather than wrong, what raises, and what it costs."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from s2sad import grad
from s2sad.errors import Unsupported

X = np.array([0.7, -1.3, 2.1, 0.4])


def append_then_write(x):
    items = []
    for v in x:
        y = x * v
        items.append(y)
        y[0] = 1.0
    return np.sum(np.array(items) ** 2)


def buffer(x):
    b = np.zeros(3)
    items = []
    for v in x:
        b[0] = v
        items.append(b)
    return np.sum(np.array(items) ** 2)


def carried(x):
    y = x * 1.0
    items = []
    for v in x:
        y[0] += v
        z = y * 2
        items.append(z)
        y = z
    return np.sum(np.array(items) ** 2)


def item_written(x):
    items = [x * v for v in x]
    items[0][0] = 5.0
    return np.sum(items[0]) + np.sum(np.array(items))


def item_aug(x):
    items = [x * v for v in x]
    items[0] += 5.0
    return np.sum(items[0]) + np.sum(np.array(items))


def row_loop(x):
    items = [x * v for v in x]
    for r in items:
        r *= 2.0
    return np.sum(np.array(items))


def later(x):
    items = []
    y = x * 2
    for v in x:
        items.append(y * v)
    items.append(y)
    y[0] = 3.0
    return np.sum(np.array(items))


def view_appended(x):
    a = x * 2.0
    items = []
    for i in range(len(x) - 1):
        items.append(a[i : i + 2])
    a[0] = 9.0
    return np.sum(np.array(items))


def listarr(x):
    m = np.outer(x, x)
    items = list(m)
    m[0, 0] = 3.0
    return np.sum(items[0])


def chosen(x):
    items = []
    a = x * 1.0
    b = x * 2.0
    for v in x:
        c = a if v > 0 else b
        items.append(c)
    a[0] = 4.0
    return np.sum(np.array(items))


def isy(x):
    items = []
    for v in x:
        y = x * v
        items.append(y)
    return 1.0 * x[0] if items[-1] is y else 2.0 * x[0]


def growing_while_iter(x):
    items = list(x)
    for v in items:
        if v > 1.0 and len(items) < 20:
            items.append(v / 2)
    return sum(items)


def inner_changed(x):
    c = [0.0, 1.0]
    t = []
    for v in x:
        c[0] = v
        t.append(c)
    return sum(r[0] * r[1] for r in t)


REFUSED = [
    append_then_write,
    buffer,
    carried,
    item_written,
    item_aug,
    row_loop,
    later,
    view_appended,
    listarr,
    chosen,
    isy,
    growing_while_iter,
    inner_changed,
]


@pytest.mark.parametrize("program", REFUSED, ids=lambda f: f.__name__)
def test_arrays_in_a_list_are_not_written(program: Callable[..., Any]) -> None:
    """Python would change the array and the item; the list has copies."""
    with pytest.raises(Unsupported):
        grad(program)(X)


def outofrange(x):
    items = [v for v in x if v > 100]
    return items[0]


def outneg(x):
    items = list(x)
    return items[-len(x) - 1]


def emptypop(x):
    items = list(x)
    t = 0.0
    for _ in range(len(x) + 1):
        t += items.pop()
    return t


def ragged1(x):
    items = []
    for i in range(len(x)):
        items.append(x[: min(i + 1, 2)])
    return np.sum(np.array(items))


@pytest.mark.parametrize(
    ("program", "error"),
    [(outofrange, IndexError), (outneg, IndexError), (emptypop, IndexError), (ragged1, ValueError)],
)
def test_errors_are_those_of_python(program: Callable[..., Any], error: type[Exception]) -> None:
    """There is no reading of rows that hold no item."""
    with pytest.raises(error):
        program(X)
    with pytest.raises(error):
        grad(program)(X)


def appended(x):
    items = []
    v = 0.1
    for u in x:
        v = np.sin(v) * 0.5 + u
        items.append(v)
    return np.sum(np.array(items) ** 2) * items[-1]


def appended_while(x):
    items = [x[0]]
    i = 1
    while i < len(x):
        items.append(np.sin(items[-1]) * 0.5 + x[i])
        i += 1
    return np.sum(np.array(items) ** 2) * items[-1]


@pytest.mark.parametrize("program", [appended, appended_while])
def test_memory_is_linear_in_the_trips(program: Callable[..., Any]) -> None:
    """A list is not recorded by every trip."""
    gradient = grad(program)
    gradient(np.linspace(-1.0, 2.0, 10))
    peaks = []
    for n in (1000, 8000):
        x = np.linspace(-1.0, 2.0, n)
        tracemalloc.start()
        gradient(x)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 16 * peaks[0]


def test_the_code_is_the_loop_one_would_write() -> None:
    """Room is made once, and the trip is the place."""

    def squares(x, n):
        return np.sum(np.array([x[i] ** 2 for i in range(n)]) ** 2)

    gradient = grad(squares)
    gradient(X, 3)
    assert "resized" not in gradient.source
    assert "np.empty(len(range(n)))" in gradient.source
    assert "[i] = x[i] ** 2" in gradient.source

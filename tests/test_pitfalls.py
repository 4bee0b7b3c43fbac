"""One test for each known way of being wrong about imperative array code, by its number.

The numbers are those of the project's list of pitfalls: 1 to 14 mutation and aliasing, 15 to 22
control flow, 23 to 33 numerics, 34 to 40 the theory, 41 to 50 Python and its tools.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import io
import pickle
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import s2sad
from s2sad import grad, jacfwd, jacrev, jvp, value_and_grad, vjp
from s2sad.errors import OutputError, S2SADError
from s2sad.rules.table import RULES
from tests.agreement import exact, exact_or_refused
from tests.corpus.oracle import assert_close, jacobian
from tests.corpus.registry import Program, value

X = np.array([0.7, -1.3, 2.1, 0.4, -0.6])
A = np.array([[0.7, -1.3, 2.1], [0.4, -0.6, 1.1], [-0.2, 0.9, 0.5]])

Check = Callable[[], None]
CHECKS: dict[int, list[Check]] = {}


def line(number: int) -> Callable[[Check], Check]:
    """Register a test of a line of the list."""

    def registered(check: Check) -> Check:
        CHECKS.setdefault(number, []).append(check)
        return check

    return registered


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """All checks, which are registered below, in the order of their numbers."""
    if "check" in metafunc.fixturenames:
        found = [(n, check) for n in sorted(CHECKS) for check in CHECKS[n]]
        ids = [f"{n:02}-{check.__name__}" for n, check in found]
        metafunc.parametrize("check", [check for _, check in found], ids=ids)


def test_pitfall(check: Check):
    check()


def test_every_line_has_a_test():
    assert sorted(CHECKS) == list(range(1, 51))


# ---- mutation and aliasing -----------------------------------------------------------------------


@line(1)
def augmented_item():
    def f(x, k):
        y = x * 2
        for i in range(4):
            y[k] += x[i] ** 2
            y[i] *= y[k]
            k = (k + 2) % 5
        return y

    exact(f, X, 1, wrt=(0,))


@line(2)
def repeated_indices():
    def last_write(x):
        y = np.ones(3)
        y[[0, 2, 0, 0]] += x[:4]
        y[[1, 1]] = x[:2] ** 2
        return y

    def accumulated(x):
        y = np.ones(3)
        np.add.at(y, [0, 2, 0, 0], x[:4])
        return y * y

    exact(last_write, X)
    exact(accumulated, X)
    exact(lambda x: x[[0, 2, 0, 0]] ** 2, X)


@line(3)
def saved_slices():
    def f(x):
        y = x * 1.0
        v, w = y[:3], y[1:4]
        p = v * w
        y[2] = p[0]
        q = v * w
        w *= 2.0
        return p * q * v

    exact(f, X)


@line(4)
def augmented_or_rebound():
    def changed(y):
        z = y
        z *= 2
        return y * z

    def rebound(y):
        z = y
        z = z * 2
        return y * z

    exact(changed, X)
    exact(rebound, X)


@line(5)
def identities():
    def f(x):
        y = x * 1.0
        a, b, c, d = y * 1, y + 0, y**1, np.asarray(y)
        e, g, h = y[:], y.reshape(5, 1), y.ravel()
        a += 1.0
        b[0] = 2.0
        c *= x
        d[1] = 3.0 * x[0]
        e[2] *= 4.0
        g[3] -= x[1]
        h[4] = y[0]
        return y * a * b * c

    exact(f, X)
    kept = X.copy()
    assert grad(lambda x: np.sum((x * 1) * (x + 0) * x**1))(kept) is not kept
    assert_array_equal(kept, X)


@line(6)
def overlapping_regions():
    def at_once(u):
        u = u * 1.0
        u[1:-1] = u[2:] * u[:-2]
        u[1:] -= u[:-1] ** 2
        return u

    def one_by_one(u):
        u = u * 1.0
        for i in range(1, len(u) - 1):
            u[i] = u[i + 1] * u[i - 1]
        return u

    exact(at_once, X)
    exact(one_by_one, X)


@line(7)
def swapped_buffers():
    def f(x, n):
        a, b = x * 1.0, np.ones(5)
        for _ in range(n):
            b[1:] = a[:-1] * b[:-1]
            a, b = b, a
        return a * x + b

    for n in (0, 1, 2, 3):
        exact(f, X, n, wrt=(0,))


@line(8)
def written_argument():
    def f(x):
        x *= 2.0
        x[0] = x[1] ** 2
        return np.sum(x**2)

    exact(f, X)
    before, after = X.copy(), X.copy()
    f(after)
    given = X.copy()
    grad(f)(given)
    assert np.array_equal(given, before) or np.array_equal(given, after)


@line(9)
def callee_that_writes():
    def clear(v):
        v[0] = 0.0
        return v

    def f(x):
        y = x * 2
        z = clear(y)
        z += y * x
        return y * z

    exact(f, X)


@line(10)
def functions_with_side_effects():
    def f(x):
        y, z = np.zeros(5), x * 1.0
        np.multiply(x, x, out=y)
        np.add(y, 1.0, out=y, where=x > 0)
        np.add.at(y, [0, 0], x[1])
        np.copyto(z, y)
        z.sort()
        y.fill(2.0)
        np.put(y, [1], z[0])
        return y * z

    exact(f, X)


@line(11)
def buffers_of_adjoints():
    def f(a):
        t = a.T
        return np.sum(a, axis=0), np.sum(t, axis=0), t + a, a.mean() * t

    exact(f, A)
    left, right = grad(lambda a, b: np.sum(a + b), argnums=(0, 1))(A, A * 2)
    assert not np.shares_memory(left, right)
    left += 1.0
    right *= 2.0
    assert np.all(left == 2.0) and np.all(right == 2.0)


@line(12)
def overwritten_data():
    def f(x, k, n, flag):
        y = x * 1.0
        for i in range(n):
            y[k] *= x[i]
            k = (k + 3) % 5
            n = 0
            if flag:
                y[k] += y[k - 1] ** 2
            flag = not flag
        k, flag = 0, None
        return y

    exact(f, X, 1, 4, True, wrt=(0,))


@line(13)
def from_before_the_loop():
    def f(x, n):
        b = x[0] * 3
        work = x * b
        for i in range(n):
            c = work[i] * b
            work[i] = c
        return work * b

    for n in (0, 3):
        exact(f, X, n, wrt=(0,))


@line(14)
def bound_at_times():
    def f(x, n):
        for i in range(n):
            if i == 0:
                first = x[0] ** 2
            else:
                rest = first * x[i]
        if n > 1:
            return rest * first
        return x[0] * (first if n else 1.0)

    for n in (0, 1, 4):
        exact(f, X, n, wrt=(0,))


# ---- control flow --------------------------------------------------------------------------------


@line(15)
def exits():
    def f(x, bound):
        y = x * 1.0
        s = 0.0
        for i in range(5):
            if y[i] < -1.0:
                continue
            for j in range(i, 5):
                y[j] *= 1.2
                if y[j] > bound:
                    break
                s += y[j]
            if s > 2 * bound:
                return s * y[i]
        return s + np.sum(y)

    for bound in (0.2, 0.9, 50.0):
        exact(f, X, bound, wrt=(0,))


@line(16)
def trip_counts_of_while():
    def f(x, level):
        y, outer = x * 1.0, 0
        while np.sum(y**2) > level:
            y *= 0.6
            inner = 0
            while y[inner] > 0.2 and inner < 4:
                y[inner] = np.sin(y[inner])
                inner += 1
            outer += 1
        return y * outer + y

    for level in (0.1, 3.0, 100.0):
        exact(f, X, level, wrt=(0,))


@line(17)
def ranges():
    def f(x, start, stop, step):
        y = x * 1.0
        i = 2
        for i in range(start, stop, step):
            y[i] = y[i] * y[i - 1]
            stop = 0
        return y * y[i]

    for bounds in ((0, 5, 2), (0, 4, 2), (4, -1, -3), (3, 0, -2), (2, 2, 1), (0, 5, 7)):
        exact(f, X, *bounds, wrt=(0,))


@line(18)
def rows_are_views():
    def f(a):
        m = a * 1.0
        for row in m:
            row *= row[0]
        for i, (row, column) in enumerate(zip(m, m.T, strict=True)):
            row[i] += column[0]
        return m

    exact(f, A)


@line(19)
def conditional_operands():
    def f(x, k):
        y = x * 1.0
        a = k < 5 and y[k] > 0
        b = k >= 5 or y[k] < 1
        c = y[k] if k < 5 else 2.0
        d = 1.0 if 0 < k < 5 and 1 / k > 0.3 else np.sqrt(-1.0 if k < 9 else 4.0)
        return y * c * d * (1 + a + b)

    for k in (1, 3, 9):
        exact(f, X, k, wrt=(0,))


@line(20)
def blocks_are_code():
    def f(x):
        y = x * 1.0
        with np.errstate(all="ignore"):
            y *= 2.0
        try:
            y[0] **= 2
        finally:
            y[1] += y[0]
        assert y[0] >= 0
        return y

    assert exact_or_refused(f, X) in ("exact", "refused")


@line(21)
def scopes_of_comprehensions():
    def f(x):
        i = x[0] * 2
        squares = [i * i for i in x[1:]]
        late = [lambda: i * k for k in range(3)]
        early = [lambda k=k: i * k for k in range(3)]
        return sum(squares) * i + sum(g() for g in late) * sum(g() ** 2 for g in early)

    assert exact_or_refused(f, X) in ("exact", "refused")

    def g(x):
        i = x[0] * 2
        late = [lambda: i * k for k in range(3)]
        early = [lambda k=k: i * k for k in range(3)]
        return late[0]() * early[1]() + early[2]()

    exact(g, X)


@line(22)
def recursion():
    def f(x, y, n):
        if n == 0:
            return x * y
        return f(x * y, y if n % 2 else 1.5, n - 1) + np.sin(x) * f(0.5, x, n - 2 if n > 1 else 0)

    exact(f, 0.7, -1.2, 4, wrt=(0, 1))


# ---- numerics ------------------------------------------------------------------------------------


@line(23)
def untaken_branches():
    def by_if(x):
        s = 0.0
        for v in x:
            s += np.sqrt(v) if v > 0 else 0.0
        return s

    def guarded(x):
        return np.sum(np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0.0))

    def plain(x):
        return np.sum(np.where(x > 0, np.sqrt(x), 0.0))

    at = np.array([4.0, 0.0, 0.25])
    assert_array_equal(grad(by_if)(at), [0.25, 0.0, 1.0])
    assert_array_equal(grad(guarded)(at), [0.25, 0.0, 1.0])
    with np.errstate(all="ignore"):
        found = grad(plain)(at)
    assert found[1] == 0.0 or np.isnan(found[1]), "a finite number that is wrong"
    assert_array_equal(found[[0, 2]], [0.25, 1.0])


@line(24)
def kinks():
    zero = np.zeros(3)
    assert_array_equal(grad(lambda x: np.sum(np.abs(x)))(zero), zero)
    assert_array_equal(grad(lambda x: np.sqrt(np.sum(x * x)))(zero), zero)
    assert np.sum(grad(np.max)(np.array([1.0, 3.0, 3.0]))) == 1.0
    a, b = grad(lambda x, y: np.maximum(x, y), argnums=(0, 1))(2.0, 2.0)
    assert a + b == 1.0
    assert grad(lambda x: x**2)(0.0) == 0.0
    assert grad(lambda x: x**0)(0.0) == 0.0
    assert grad(lambda x: x**3)(-2.0) == 12.0
    assert grad(lambda x: np.power(x, 3.0))(np.float64(-2.0)) == 12.0
    assert grad(lambda x, p: np.power(x, p), argnums=1)(np.float64(0.0), 2.0) == 0.0


@line(24)
def ties_of_sorting():
    def f(x):
        y = x * 1.0
        y.sort()
        return y[0] * 2 + y[1] * 3

    try:
        slope = grad(f)(np.array([1.0, 3.0, 1.0]))
    except S2SADError as refusal:
        assert refusal.location is not None
    else:
        assert slope[1] == 0.0 and slope[0] + slope[2] == 5.0
    exact_or_refused(lambda x: np.sort(x)[1] * np.sort(x)[-1], X)


@line(25)
def powers():
    def f(x, y):
        z = np.abs(x) ** y
        z[0] **= y[0]
        z **= 2
        return z

    exact(lambda x, y: np.abs(x)[:, None] ** y, X, X[:3])
    exact(lambda x, p: np.abs(x) ** p, X, 1.7)
    exact(f, X, np.abs(X))


@line(26)
def broadcasting():
    def f(a, x, s):
        m = np.zeros((3, 3))
        m[:] = s
        m[1:] += x
        m[:, 0] *= x * s
        w = np.where(a > x, s, a)
        np.add(m, x, out=m)
        return m * w + (x - s) / (a**2 + 1)

    exact(f, A, X[2:], 0.6)
    exact(lambda x, s: np.where(x > 0, s, x) * (x > s), X, 0.3)


@line(27)
def reductions():
    def f(a):
        return (
            a.sum(axis=(0, 1)),
            np.mean(a, axis=-1, keepdims=True),
            np.var(a, axis=0, ddof=1),
            np.prod(a, axis=-2),
            np.max(a, axis=1),
            np.sum(a[:0]),
            np.sum(a, initial=2.0) * np.mean([1, 2, 4]),
        )

    exact(f, A)
    exact_or_refused(lambda a: np.sum(a, where=a > 0) + np.max(a, initial=0.5), A)


@line(28)
def dtypes():
    def f(w, n):
        y = np.zeros(3)
        y[:] = w * n
        return np.sum(y**2)

    w = np.array([0.5, -1.5, 2.0], np.float32)
    found = grad(f)(w, 2)
    assert found.dtype == np.float32
    assert_allclose(found, 8 * w, rtol=1e-6)
    assert grad(lambda w: np.sum(w * np.float32(2)))(w).dtype == np.float32
    for whole in (3, True, np.array([1, 2])):
        with pytest.raises(TypeError):
            grad(lambda n: np.sum(n * 2.0))(whole)
    exact(lambda x, k: x * k, 0.7, np.array([1, 2, 3]), wrt=(0,))


@line(29)
def arrays_without_dimensions():
    def f(x):
        number = x[1]
        number += 1.0
        view = x[0, ...]
        view *= 3.0
        total = np.array(0.5)
        other = total
        total += view
        return x * other * number

    exact(f, X)


@line(30)
def rounding():
    def f(x):
        k = int(x[2]) % 3
        y = x * (7 // 2) + x % 0.9 + np.floor(x) * x
        y[k] *= round(float(k)) + x[0] // 0.2
        y[int(abs(x[1]) * 3)] = x[k]
        return y

    exact(f, X)


@line(31)
def large_and_small():
    def log_sum_exp(x):
        top = np.max(x)
        return top + np.log(np.sum(np.exp(x - top)))

    big = np.array([1000.0, 999.0, -1000.0])
    weights = np.exp(big - 1000) / np.sum(np.exp(big - 1000))
    assert_allclose(grad(log_sum_exp)(big), weights)
    assert_allclose(grad(lambda x: np.logaddexp(x, 1.0))(1000.0), 1.0)
    assert_allclose(grad(lambda x: np.sqrt(x * x))(1e-150), 1.0)
    second = grad(grad(np.tanh))(12.0)
    assert_allclose(second, -8 * np.exp(-24.0), rtol=1e-4)


@line(32)
def repeated_runs():
    def f(x):
        y = np.zeros(4)
        for k in range(50):
            y[k % 4] += np.sin(x[k % 5] * k)
            y *= 0.9
        return np.sum(y**3)

    first = value_and_grad(f)(X)
    for _ in range(3):
        again = value_and_grad(f)(X)
        assert again[0] == first[0]
        assert_array_equal(again[1], first[1])


@line(33)
def random_numbers():
    rng = np.random.default_rng(3)

    def f(x):
        s = 0.0
        for _ in range(3):
            s = s + np.sum(x * rng.normal(size=5))
        return s

    try:
        y, slope = value_and_grad(f)(X)
    except S2SADError as refusal:
        assert refusal.location is not None
    else:
        assert np.isclose(y, slope @ X), "the draws of the value are not those of the gradient"


# ---- the theory ----------------------------------------------------------------------------------


@line(34)
def nested_derivatives():
    def f(x):
        return x * grad(lambda y: x + y)(1.0)

    def g(x):
        return x * jvp(lambda y: x * y * y, (x,), (1.0,))[1]

    assert grad(f)(2.0) == 1.0
    assert jvp(f, (2.0,), (1.0,))[1] == 1.0
    assert grad(g)(2.0) == 6 * 2.0**2
    assert jvp(g, (2.0,), (1.0,))[1] == 6 * 2.0**2


def softplus(x):
    return np.log1p(np.exp(x))


@line(35)
def rules_are_differentiable():
    logistic, before = 1 / (1 + np.exp(-0.3)), dict(RULES)
    try:
        s2sad.elementwise(softplus, lambda d, x: d / (1 + np.exp(-x)))
        assert_allclose(grad(softplus)(0.3), logistic)
        assert_allclose(grad(grad(softplus))(0.3), logistic * (1 - logistic))
    finally:
        RULES.clear()
        RULES.update(before)
    assert_allclose(grad(grad(grad(lambda x: np.sin(x) * x)))(0.3), _third(0.3))

    def f(x):
        y = np.zeros(2)
        y[0] = x**3
        y[1] = y[0] * np.sin(x)
        y[0] *= y[1]
        return y[0] * y[1]

    h = 1e-4
    numeric = (grad(f)(0.8 + h) - grad(f)(0.8 - h)) / (2 * h)
    assert_allclose(grad(grad(f))(0.8), numeric, rtol=1e-6)


def _third(x):
    return -3 * np.sin(x) - x * np.cos(x)


@line(36)
def overwritten_results():
    def f(x):
        y = np.exp(x)
        y += 1.0
        z = np.sqrt(y)
        z *= z
        z -= np.tanh(z)
        return y * z

    def carried(x, n):
        s = x
        for _ in range(n):
            s = s * s - x
        return s

    exact(f, X)
    exact(carried, 0.6, 4, wrt=(0,))


@line(37)
def activity_of_storage():
    @dataclass
    class Box:
        content: Any

    def f(x):
        work = np.zeros(3)
        box, record, entries = Box(1.0), {"a": 2.0}, [3.0, 4.0]
        work[1] = x[0]
        box.content = work[1] * x[1]
        record["a"] = box.content + work[0]
        entries[1] = record["a"] * x[2]
        return work * entries[1] + box.content * entries[0]

    exact(f, X)


@line(38)
def unused_arguments():
    def f(x, y, z):
        y[0] = 5.0
        return np.sum(y[:1]) * x

    dx, dy, dz = grad(f, argnums=(0, 1, 2))(2.0, X.copy(), np.float32(1.5))
    assert dx == 5.0
    assert_array_equal(dy, np.zeros(5))
    assert dz == 0 and np.asarray(dz).dtype == np.float32
    assert grad(lambda x: 3.0)(1.0) == 0.0
    assert_array_equal(jacfwd(lambda x: np.ones(2))(X), np.zeros((2, 5)))


@line(39)
def no_implicit_seed():
    for derivative in (grad, value_and_grad):
        with pytest.raises(OutputError) as error:
            derivative(lambda x: x * 2)(X)
        assert "jacrev" in str(error.value) or "vjp" in str(error.value)
    _, pullback = vjp(lambda x: x * X, X)
    assert_allclose(pullback(np.arange(5.0))[0], X * np.arange(5.0))


@line(40)
def effects_happen_once():
    def f(x):
        y = x * 1.0
        for i in range(3):
            print("trip", i)
            y[i] = y[i] ** 2
        return np.sum(y)

    plain, ours = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(plain):
        f(X.copy())
    with contextlib.redirect_stdout(ours):
        value_and_grad(f)(X.copy())
    assert ours.getvalue() == plain.getvalue()


# ---- Python --------------------------------------------------------------------------------------

SCALE = 2.0
WORK = np.zeros(3)


def reads_globals(x):
    return x * SCALE + WORK[0]


def writes_global(x):
    WORK[1] = x
    return WORK[1] * x


@line(41)
def globals_are_read_at_the_call():
    derivative = value_and_grad(reads_globals)
    assert derivative(3.0) == (6.0, 2.0)
    try:
        globals()["SCALE"] = 5.0
        WORK[0] = 1.0
        assert derivative(3.0) == (16.0, 5.0)
    finally:
        globals()["SCALE"] = 2.0
        WORK[:] = 0.0

    def remembers(x, memory=[]):  # noqa: B006 - that it is mutable is the point
        memory.append(x)
        return sum(memory)

    for f in (writes_global, remembers):
        try:
            y, slope = value_and_grad(f)(3.0)
        except S2SADError as refusal:
            assert refusal.location is not None
        else:
            assert (y, slope) in [(9.0, 6.0), (3.0, 1.0)]
        finally:
            WORK[:] = 0.0


@line(42)
def closures():
    def make(k):
        def f(x):
            return k * x * x

        def change(new):
            nonlocal k
            k = new

        return f, change

    (f, change), (g, _) = make(2.0), make(10.0)
    df, dg = grad(f), grad(g)
    assert (df(3.0), dg(3.0)) == (12.0, 60.0)
    change(5.0)
    assert (df(3.0), dg(3.0)) == (30.0, 60.0)
    assert not {"k", "beta_x"} & set(globals())


@line(43)
def hygiene():
    def f(np, tape, d, b_x, da, _):
        alpha_1 = np * tape
        beta_alpha_1 = alpha_1 * d + b_x
        dot_x, sum, len = da * _, alpha_1, beta_alpha_1
        return dot_x * sum * len

    exact(f, 0.7, -1.2, 0.4, 1.1, 0.9, -0.3)


@line(44)
def identity_of_functions():
    def same(x):
        return x * 2

    first = same

    def same(x):
        return x * 3

    twice, thrice = lambda x: x * 2, lambda x: x * 3  # fmt: skip
    for f, slope in ((first, 2.0), (same, 3.0), (twice, 2.0), (thrice, 3.0)):
        assert grad(f)(1.0) == slope

    @functools.wraps(first)
    def wrapped(x):
        return first(x) * 10

    class Model:
        def __init__(self, w):
            self.w = w

        def __call__(self, x):
            return self.w * x

        def method(self, x):
            return self.w * x * x

    assert grad(wrapped)(1.0) == 20.0
    assert grad(functools.lru_cache(first))(1.0) == 2.0
    assert grad(functools.partial(lambda a, x: a * x, 7.0))(1.0) == 7.0
    assert grad(Model(4.0))(1.0) == 4.0 and grad(Model(4.0).method)(1.0) == 8.0
    space: dict[str, Any] = {}
    text = "def typed(x):\n    return x * 11\n"
    exec(text, space)
    with pytest.raises(OSError):
        grad(space["typed"])(1.0)
    space["typed"].__s2sad_source__ = text
    assert grad(space["typed"])(1.0) == 11.0


@line(45)
def order_of_evaluation():
    def count(box):
        box[0] += 1
        return box[0]

    def f(x):
        box, y = [0], x * 1.0
        y[count(box)] += count(box) * x[0]
        a = count(box) * x[1] - y[count(box)]
        i, y[i] = 0, a
        b = c = y[1:]
        c *= 2
        (p, *q), r = (y[0], y[1], y[2]), (s := x[3])
        return b * p * q[-1] * r * s + box[0]

    exact(f, X)


@line(46)
def changing_names():
    def f(x, n):
        v = x[0]
        t = 1
        for i in range(n):
            v = v * x[i]
            t = t * v
        w = x
        w = np.sum(w)
        del x
        x = w * t
        return x * v

    for n in (0, 1, 3):
        exact(f, X, n, wrt=(0,))


@line(47)
def accumulating_lists():
    def f(x, n):
        entries = []
        for i in range(n):
            entries.append(x[i] * (entries[-1] if entries else 1.0))
        entries[0] = entries[0] * 2
        entries = entries + [x[0]]
        record = {"all": np.array(entries), "stack": np.stack([x, x * x])}
        return np.sum(record["all"] ** 2) * record["stack"][1]

    for n in (1, 4):
        exact(f, X, n, wrt=(0,))


@line(48)
def layouts():
    def f(a, index):
        b = np.zeros((3, 3))
        b.T[:] = a
        b[:, ::-1] += a
        np.add.at(b, index, a[0])
        return b @ a

    index = np.array([0, 0, 2])
    strided = np.arange(36.0).reshape(6, 6)[::2, ::-2] / 9 - 1.3
    for a in (A, np.asfortranarray(A), A.T, strided):
        exact(f, a, index, wrt=(0,))
    again = np.asfortranarray(A)
    assert_allclose(grad(lambda a: np.sum(a**2))(again), 2 * A)


@line(49)
def the_oracle_itself():
    def f(x):
        x *= 2.0
        return x

    program = Program(f, (value(X),), (0,), complex_step=False, samples=1, tolerance=1e-9)
    at = X.copy()
    for _ in range(2):
        matrix, tolerance = jacobian(program, (at,))
        assert_close(matrix, 2 * np.eye(5), tolerance)
    assert_array_equal(at, X)
    for wrong in (np.full((5, 5), np.nan), 2 * np.eye(5) + 1e-4, np.eye(5)):
        with pytest.raises(AssertionError):
            assert_close(wrong, matrix, tolerance)
    turned, _ = jacobian(Program(np.transpose, (value(A),), (0,), False, 1, 1e-9), (A,))
    ones, seed = np.ones(9), np.arange(9.0) ** 2 + 0.3
    assert_close(ones @ turned, ones, tolerance)
    with pytest.raises(AssertionError):
        assert_close(seed @ turned, seed, tolerance)


def pickled(x):
    y = x * 1.0
    y[0] = y[1] ** 2
    return np.sum(y)


@line(50)
def hygiene_of_generated_files():
    derivative = value_and_grad(pickled)
    expected = derivative(X)
    again = pickle.loads(pickle.dumps(derivative))
    assert_array_equal(again(X)[1], expected[1])
    copied = copy.deepcopy(derivative)
    assert_array_equal(copied(X)[1], expected[1])
    wrong: list[Any] = []

    def work(k: int) -> None:
        with warnings.catch_warnings():
            for n in range(2, 12):
                x = np.linspace(0.1, 1.0, n) * k
                value, slope = derivative(x)
                if value != pickled(x) or slope[1] != 1.0 + 2 * x[1] or slope[0] != 0.0:
                    wrong.append((k, n, value, slope))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert jacrev(lambda x: x * X)(X).shape == (5, 5)

"""Objects and texts that derivatives do not see through: what depends on them is no constant."""

from __future__ import annotations

import array
import collections
import ctypes
import decimal
import heapq
import io
import os
import queue
import re
from collections import deque

import numpy as np
import pytest

from s2sad import NoRule, S2SADError, Unsupported, grad, jvp, vjp

X = np.array([0.3, -1.2, 0.7])
SHARED: deque = deque([1.0, 2.0])
ORDERED = collections.OrderedDict(a=1.0)
NUMBERS = array.array("d", [0.0, 0.0])

KEPT = "kept in an object of a class without source"


# ---- what is kept in an object and read again --------------------------------------------------


def queued(x):
    q = deque()
    for i in range(3):
        q.append(x[i] ** 2)
    return sum(q) + q[0] * q[-1]


def windowed(x):
    q = deque(maxlen=2)
    total = 0.0
    for v in (x[0] ** 2, x[1] * x[2], x[2]):
        q.append(v)
        total += sum(q) ** 2
    return total


def shared(x):
    SHARED.append(x[0] * 2)
    found = SHARED[-1] * x[1]
    SHARED.pop()
    return found


def by_its_method(x):
    push = SHARED.append
    push(x[0] ** 3)
    found = SHARED[-1]
    SHARED.pop()
    return found


def handed_over(x):
    q = queue.Queue()
    q.put(x[0] ** 2)
    return q.get() * x[1]


def of_two(x):
    a, b = deque(), deque()
    c = a if x[0] > 0 else b
    c.append(x[1])
    return (a[0] if x[0] > 0 else b[0]) ** 2


def through_a_text(x):
    b = io.StringIO()
    b.write(str(x[0]))
    return float(b.getvalue()) ** 2


def in_a_callee(x):
    def keep(q, v):
        if v > 5.0:
            return keep(q, v - 1.0)
        q.append(v)
        return v

    q = deque()
    keep(q, x[0] * x[1])
    return q[0] * x[2]


@pytest.mark.parametrize(
    "f", [queued, windowed, shared, by_its_method, handed_over, of_two, in_a_callee]
)
@pytest.mark.parametrize("derived", [grad, lambda f: lambda x: jvp(f, (x,), (x,))])
def test_what_is_kept_in_an_object_is_no_constant(f, derived):
    with pytest.raises(Unsupported, match=KEPT):
        derived(f)(X)


@pytest.mark.parametrize(
    ("f", "name"),
    [
        (lambda x: float(str(x[0])) ** 2, "str"),
        (lambda x: float(repr(float(x[0]))) ** 2, "repr"),
        (lambda x: float(f"{x[0]:.17g}") ** 2, "the text of a number"),
        (lambda x: np.random.default_rng(0).poisson(x[0] ** 2), "Generator.poisson"),
        (lambda x: float(decimal.Decimal(x[0])) ** 2, "Decimal"),
        (lambda x: SHARED.index(x[0]) * x[1] if x[2] > 5 else deque([x[0]])[0], "deque"),
    ],
)
def test_what_is_made_of_a_number_is_no_constant(f, name):
    for derived in (grad(f), lambda x: jvp(f, (x,), (x,))):
        with pytest.raises(NoRule, match=f"there is no derivative rule for {name}"):
            derived(X)


def test_a_text_in_an_object_is_no_constant():
    with pytest.raises(S2SADError):
        grad(through_a_text)(X)


@pytest.mark.parametrize("dtype", [object, str, "U25"])
def test_arrays_of_objects_and_texts_are_no_constants(dtype):
    def f(x):
        return float(x.astype(dtype)[0]) ** 2 * x[1]

    with pytest.raises(Unsupported, match=r"an array of dtype .* that depends on the arguments"):
        grad(f)(X)
    with pytest.raises(Unsupported, match="an array of dtype"):
        grad(lambda x: np.array([x[0], x[1]], dtype=dtype)[0] * x[1])(X)


def test_what_is_only_shown_is_not_lost(capsys):
    def f(x):
        log = deque()
        total = 0.0
        for v in x:
            total += v**2
            log.append(total)
            print(f"{total:.2f}", log)
        log.append(str(total))
        return total * len(log)

    np.testing.assert_allclose(grad(f)(X), 8 * X)
    assert capsys.readouterr().out.count("deque") == 3
    np.testing.assert_allclose(jvp(f, (X,), (X,))[1], 8 * X @ X)


def test_what_is_only_shown_in_a_recursion_needs_no_rule(capsys):
    def f(x, n):
        if n == 0:
            return np.sum(x)
        print("at", n, f"{x[0]:.3f}")
        return f(x * x, n - 1)

    np.testing.assert_allclose(jvp(lambda x: f(x, 2), (X,), (X,))[1], np.sum(4 * X**4))
    np.testing.assert_allclose(grad(lambda x: f(x, 2))(X), 4 * X**3)


# ---- what a known object holds is asked when the function runs ---------------------------------


def pushed(x):
    SHARED.append(3.0)
    found = x[0] * SHARED[-1] * len(SHARED) + x[1] * (1.0 if 3.0 in SHARED else 2.0)
    SHARED.pop()
    return found


def emptied(x):
    kept = SHARED.copy()
    SHARED.clear()
    found = x[0] * (2.0 if SHARED else 5.0)
    SHARED.extend(kept)
    return found


def summed(x):
    SHARED.append(4.0)
    found = x[0] * sum(SHARED) + x[1] * max(SHARED) + x[2] * np.sum(SHARED)
    SHARED.pop()
    return found


def updated(x):
    ORDERED.update(b=3.0)
    found = x[0] * len(ORDERED) * ORDERED["b"]
    ORDERED.pop("b")
    return found


def measured(x):
    q = deque()
    a = len(q)
    q.append(1)
    b = len(q)
    q.append(1)
    return x[0] * (a + 10 * b + 100 * len(q)) + x[1] * sum(q) + x[2] * sum(q)


def from_the_environment(x):
    return x[0] * float(os.environ.get("S2SAD_NOT_SET", "2.5"))


def matched(x):
    m = re.match(r"(\d+)", "12ab")
    return x[0] * int(m.group(1))


def seen_before(x):
    seen = {0}
    total = 0.0
    for k in (1, 2, 1, 3, 0):
        if k in seen:
            continue
        seen.add(k)
        total += x[0] ** k
    return total * len(seen)


def a_known_set(x):
    chosen = {0, 2}
    return sum(v * v for i, v in enumerate((x[0], x[1], x[2])) if i in chosen)


def made_again(x):
    """Each trip has a set of its own."""
    total = 0.0
    for i in range(3):
        seen = {i, 5}
        if i == 1:
            seen.discard(5)
        total += x[i] ** 2 * len(seen)
    return total


@pytest.mark.parametrize(
    "f",
    [pushed, emptied, summed, updated, measured, from_the_environment, matched, seen_before,
     a_known_set, made_again],
)  # fmt: skip
def test_it_is_asked_when_the_function_runs(f):
    numeric = [(f(X + h) - f(X - h)) / 2e-6 for h in 1e-6 * np.eye(3)]
    for _ in range(2):
        np.testing.assert_allclose(grad(f)(X), numeric, rtol=1e-7, atol=1e-8)
        np.testing.assert_allclose(jvp(f, (X,), (X,))[1], X @ numeric, rtol=1e-7)
        np.testing.assert_allclose(vjp(f, X)[1](2.0)[0], 2 * np.array(numeric), rtol=1e-7)


# ---- lists that are given to functions without source ------------------------------------------


def test_a_list_that_a_function_may_change_is_not_copied():
    def smallest(x):
        heap = []
        heapq.heappush(heap, x[0])
        heapq.heappush(heap, x[1])
        return heapq.heappop(heap) ** 2

    with pytest.raises(Unsupported, match="a list given to heappush, which may change or keep it"):
        grad(smallest)(X)

    def kept(x):
        row, rows = [1.0], deque()
        rows.append(row)
        row.append(2.0)
        return x[0] * len(rows[0])

    with pytest.raises(Unsupported, match=r"a list given to the method append .* may keep it"):
        grad(kept)(X)


# ---- arrays that are given to functions without source -----------------------------------------

LIBRARY = ctypes.CDLL(None)
MEMSET, MEMCPY = LIBRARY.memset, LIBRARY.memcpy
NUMPY_ARRAY = np.ctypeslib.ndpointer(float)
MEMSET.restype = MEMCPY.restype = None
MEMSET.argtypes = [NUMPY_ARRAY, ctypes.c_int, ctypes.c_size_t]
MEMCPY.argtypes = [NUMPY_ARRAY, NUMPY_ARRAY, ctypes.c_size_t]


def cleared(x):
    y = x * 1.0
    MEMSET(y, 0, 8)
    return np.sum(y**2)


def copied_into(x):
    out = np.zeros(3)
    MEMCPY(out, x, 24)
    return np.sum(out**2)


def copied_into_a_row(x):
    rows = np.zeros((2, 3))
    MEMCPY(rows[1], x, 24)
    return np.sum(rows)


def through_a_pointer(x):
    y = x.copy()
    (ctypes.c_double * 3).from_buffer(y)[0] = 5.0
    return np.sum(y**2)


@pytest.mark.parametrize("f", [cleared, copied_into, copied_into_a_row, through_a_pointer])
def test_what_a_function_without_source_may_have_written_is_no_constant(f):
    for derived in (grad(f), lambda x: jvp(f, (x,), (x,))):
        with pytest.raises(Unsupported, match="which has no source and may write into it"):
            derived(X)


def test_copies_and_data_may_be_given_to_functions_without_source():
    def looked_at(x):
        y = x**2
        MEMSET(y.copy(), 0, 8)
        return np.sum(y)

    def weighted(x):
        weights = np.zeros(3)
        MEMCPY(weights, np.arange(3.0), 24)
        return np.sum(weights * x)

    def saved(x):
        y = x**2
        np.save(io.BytesIO(), y)
        return np.sum(y)

    np.testing.assert_allclose(grad(looked_at)(X), 2 * X)
    np.testing.assert_allclose(grad(weighted)(X), np.arange(3.0))
    np.testing.assert_allclose(grad(saved)(X), 2 * X)


def test_an_array_of_pythons_own_is_not_written():
    def f(x):
        NUMBERS[0] = x[0] ** 2
        return NUMBERS[0] * x[1]

    with pytest.raises(Unsupported, match=r"a write to an? array"):
        grad(f)(X)


@pytest.mark.parametrize(
    ("cls", "instead"),
    [(collections.OrderedDict, "keeps the order"), (collections.defaultdict, "setdefault"),
     (collections.Counter, r"d\.get")],
)  # fmt: skip
def test_dicts_of_other_classes_are_refused_with_what_to_write(cls, instead):
    def f(x):
        d = cls()
        d["a"] = x[0]
        return d["a"] ** 2

    with pytest.raises(Unsupported, match=instead):
        grad(f)(X)

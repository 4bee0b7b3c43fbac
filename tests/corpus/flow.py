"""Jumps out of loops that write, names after loops, trips and indices that depend on data."""

import math

import numpy as np

from tests.corpus.registry import normal, one_of, register, scalar, value


def breaks_and_writes(x, limit):
    y = np.zeros_like(x)
    total = 0.0
    for i in range(len(x)):
        y[i] = x[i] ** 2
        if total + y[i] > limit:
            y[i] *= 0.5
            break
        total += y[i]
    return total * np.sum(y) + y[i]


register(breaks_and_writes, normal(6), one_of(0.1, 1.5, 99.0), wrt=(0,), samples=5)


def continues_in_nested_loops(a):
    b = a.copy()
    for i in range(3):
        if a[i, i] < -0.5:
            b[i] *= 2.0
            continue
        for j in range(3):
            if j == i:
                continue
            if b[i, j] > 1.5:
                b[i, j] = 1.5 * b[j, i]
                break
            b[i, j] += b[j, i] ** 2
        else:
            b[i] -= b[i, 0]
            continue
        b[i, 0] += 0.25
    return np.sum(b**2)


register(continues_in_nested_loops, normal(3, 3), samples=4)


def returns_from_two_loops(a, bound):
    work = a * 1.0
    for i, row in enumerate(work):
        for j in range(len(row)):
            row[j] *= row[j - 1]
            if abs(row[j]) > bound:
                return np.sum(work) * (i + 1) + row[j] ** 2 * j
        row += 0.5
    return np.sum(work**2)


register(
    returns_from_two_loops,
    normal(3, 3),
    one_of(0.3, 1.0, 50.0),
    wrt=(0,),
    samples=5,
)


def search_with_else(x, threshold):
    for i, v in enumerate(x):
        if v > threshold:
            found = v * i
            break
    else:
        found, i = np.sum(x), -1
    return found * x[i]


register(search_with_else, normal(5), one_of(-0.5, 0.6, 9.0), wrt=(0,), samples=5)


def while_with_else(x, budget):
    y, n = x, 0
    while n < 6:
        y = y * 1.2 + 0.1
        n += 1
        if abs(y) > budget:
            break
    else:
        y = y - x * n
    return y * n


register(while_with_else, scalar(), one_of(0.5, 2.0, 90.0), wrt=(0,), samples=5)


def names_after_the_loop(x):
    for i in range(0, 7, 3):
        last = x[i // 2] * i
    for j, (p, q) in enumerate(zip(x, x[1:])):
        pass
    k = 10
    for k in range(0):
        pass
    for row in x.reshape(2, 2):
        row = row * 2
    return last * i + p * q * j + k * row[0]


register(names_after_the_loop, normal(4))


def steps_of_two(x):
    """for i in range(0, n, 2), up and down, with ends that are not met."""
    y = x.copy()
    for i in range(0, len(y), 2):
        y[i] = y[i] * y[i - 1]
    for i in range(len(y) - 2, 0, -2):
        y[i] += y[i + 1] ** 2
    for i in range(len(y) - 1, -1, -3):
        y[i] *= 0.5
    return np.sum(y * np.arange(1.0, 8.0))


register(steps_of_two, normal(7))


def bounds_are_read_once(x):
    n, step = 3, 1
    y = x * 1.0
    for i in range(0, n, step):
        n -= 1
        step += 1
        y[i] *= n + step * y[i + 1]
    items = [y[0], y[1]]
    for v in items:
        items = [v * 2]
    return np.sum(y) * items[0]


register(bounds_are_read_once, normal(5))


def loop_variable_changed(x):
    total = 0.0
    for i in range(4):
        total += x[i]
        i = i * 2 + 1
        total *= x[i % 4]
    return total * i


register(loop_variable_changed, normal(4))


def zero_trips(x, n):
    y = x * 3
    for i in range(n):
        y[i] = y[i] ** 2
        extra = y[i]
    while n > 5:
        y *= 2
        n -= 1
    if n:
        y += extra
    return np.sum(y * x)


register(zero_trips, normal(4), one_of(0, 1, 4), wrt=(0,), samples=5)


def bound_on_one_branch(x, mode):
    if mode > 0:
        offset = x[0] ** 2
        work = x * 2
    if mode == 2:
        work[1] = offset
        bonus = work[1:]
        bonus *= 3.0
    if mode > 0:
        return np.sum(work) * offset
    return np.sum(x)


register(bound_on_one_branch, normal(3), one_of(0, 1, 2), wrt=(0,), samples=5)


def bound_in_the_first_trip(x):
    for i, v in enumerate(x):
        if i == 0:
            best = v
            seen = np.zeros(3)
        seen[i % 3] += v * best
        if v > best:
            best = v
    return best * np.sum(seen**2)


register(bound_in_the_first_trip, normal(5), samples=3, complex_step=False)


def trips_decided_by_values(x):
    """The numbers decide how often and where is written."""
    y = np.zeros(6)
    level, trips = 0.0, 0
    while level < 4.0:
        position = int(level * 1.3) % 6
        y[position] += x * (1 + level)
        level += abs(x) + 0.3
        trips += 1
    return np.sum(y**2) / trips


register(trips_decided_by_values, scalar(0.3, 2.0), samples=4, complex_step=False)


def follows_pointers(x, start):
    following = np.array([3, 0, 4, 2, 1])
    i, y, visited = start, x.copy(), []
    while i not in visited:
        visited.append(i)
        following[i], old = (following[i] + 1) % 5, following[i]
        y[i] = y[i] * y[old]
        i = old
    return np.sum(y) * len(visited)


register(follows_pointers, normal(5), one_of(0, 2), wrt=(0,), samples=3)


def condition_overwritten(x, flag):
    """What a branch asked has another value when its adjoint runs."""
    y = x * 1.0
    threshold = 0.0
    for i in range(len(x)):
        if y[i] > threshold and flag:
            y[i] = y[i] * y[i]
            threshold = 0.3
            flag = not flag
        else:
            y[i] = y[i] - 1.0
            flag = True
    return np.prod(y)


register(condition_overwritten, normal(5), value(True), wrt=(0,), samples=3)


def index_overwritten(x):
    k = 0
    y = np.zeros(3)
    for v in x:
        y[k] += v**2
        k = (k + 1) % 3 if v > 0 else 0
    m = np.argmax(y)
    y[m] = y[m] ** 2
    m = 0
    return np.sum(y) * x[m]


register(index_overwritten, normal(6), samples=3, complex_step=False)


def nested_whiles_with_writes(x, n):
    """Counts of the inner loop differ; they are a stack, not a number."""
    y = np.zeros(n)
    i = 0
    while i < n:
        j = i
        y[i] = x
        while j > 0:
            y[i] = np.sin(y[i] * j) + y[j - 1]
            j -= 1
            if y[i] > 1.6:
                break
        i += 1
    return np.sum(y * y)


register(
    nested_whiles_with_writes, scalar(), one_of(1, 2, 5), wrt=(0,), samples=4, complex_step=False
)


def walrus_and_chains(x):
    y = x * 1.0
    i = 0
    while (v := y[i]) < 50 and i < 3:
        y[i + 1] += v * v
        i += 1
    if 0 <= (m := np.argmin(y)) < 2 and (s := np.sum(y)) > -100:
        y[m] = s
    return y[0] * v + y[-1] ** 2


register(walrus_and_chains, normal(4), samples=3)


def short_circuit_with_writes(x, k):
    y = x * 1.0

    def bump(i):
        y[i] *= 2.0
        return y[i] > 0

    first = bump(0) or bump(1)
    second = bump(2) and bump(0)
    third = y[0] if k and bump(1) else y[2]
    return np.sum(y**2) + third * (1 + first + second)


register(short_circuit_with_writes, normal(3), one_of(0, 1), wrt=(0,), samples=5)


def iteration_sees_writes(x):
    """The elements of an array are read when their turn comes."""
    y = x * 1.0
    total = 0.0
    for i, v in enumerate(y):
        total += v * v
        if i + 1 < len(y):
            y[i + 1] += v
            y[0] = 100.0
    return total


register(iteration_sees_writes, normal(4))


def trapped_in_one_branch(x):
    """Values that would be NaN are not computed, nor are their derivatives."""
    y = np.zeros(4)
    for i, v in enumerate(x):
        y[i] = math.log(v) if v > 0 else 0.0
        if v > 0:
            y[i] *= math.sqrt(v)
        elif v < -0.2:
            y[i] -= (-v) ** 1.5
    return float(np.sum(y)) + np.sum(y * x)


register(trapped_in_one_branch, normal(4), samples=3, complex_step=False)


def union_of_branches(x, mode, n):
    """Each branch loops and writes another array."""
    a, b = np.zeros(3), x * 1.0
    for k in range(n):
        if mode == "a" or k == 2:
            i = 0
            while i < 3:
                a[i] += b[i] * (k + 1)
                i += 1
        elif b[0] > 0:
            b[1:] = b[:-1] * b[1:]
        else:
            a, b = b, a + 1
    return np.sum(a * x) + np.sum(b)


register(
    union_of_branches,
    normal(3),
    one_of("a", "b"),
    value(4),
    wrt=(0,),
    samples=5,
    complex_step=False,
)


def asserted_in_a_loop(x):
    y = np.empty(3)
    for i in range(3):
        y[i] = x[i] ** 2
        assert y[i] >= 0, "squares are not negative"
        if not np.isfinite(y[i]):
            raise ValueError("not finite")
    return np.sum(y) * between_zero_and_one(y[0])


def between_zero_and_one(v):
    if v < 0:
        return 0.0
    if v > 1:
        return 1.0
    return v


register(asserted_in_a_loop, normal(3), samples=3, complex_step=False)

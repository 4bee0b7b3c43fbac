"""Loops with for: ranges, arrays, enumerate, zip, reversed, tuples, lists, nesting."""

import numpy as np

from tests.corpus.registry import (
    between,
    listed,
    normal,
    one_of,
    positive,
    register,
    scalar,
    several,
    value,
)


def repeated(x, n):
    y = x
    for _ in range(n):
        y = np.sin(y) * x + 0.1
    return y


register(repeated, scalar(), one_of(0, 1, 7), wrt=(0,), samples=4)


def stepping(x):
    """Steps, negative steps, bounds that are not met exactly."""
    total = 0.0
    for i in range(2, 11, 3):
        total = total + x**i / (i + 1)
    for j in range(9, -1, -4):
        total = total * 0.9 + j * np.sin(x)
    for k in range(5, 2):
        total = total * x
    return total


register(stepping, between(0.3, 1.4))


def polynomial(c, x):
    """Horner's rule, over the entries of an array."""
    total = 0
    for a in c[::-1]:
        total = total * x + a
    return total


register(polynomial, normal(6), scalar(-1.2, 1.2))


def becomes_float(x):
    """An accumulator that starts as an integer."""
    s = 0
    for i in range(5):
        s += x[i] * i
    return s * s


register(becomes_float, normal(5))


def becomes_array(x, n):
    """An accumulator that starts as a scalar and becomes an array."""
    s = 0.0
    for i in range(n):
        s = s + x * np.cos(i * x)
    return np.sum(s)


register(becomes_array, normal(4), value(3), wrt=(0,))


def weighted(x, y):
    total = 0.0
    for i, v in enumerate(x):
        total += (i + 1) * v * v
    for i, v in enumerate(y, start=3):
        total += v * np.sin(i * v)
    return total


register(weighted, normal(5), normal(3))


def dot_by_hand(x, y):
    total = 0.0
    for a, b in zip(x, y):
        total += a * b + a
    return total


register(dot_by_hand, normal(5), normal(5))


def unequal_lengths(x, y):
    """zip ends with the shorter one."""
    total = 1.0
    for i, (a, b) in enumerate(zip(x, y)):
        total = total * (a + b / (i + 1))
    return total


register(unequal_lengths, normal(3), normal(5))


def backwards(x):
    total = 1.0
    for v in reversed(x):
        total = total * 0.5 + v
    for i in reversed(range(len(x))):
        total = total + x[i] * i
    return total


register(backwards, normal(6))


def rows(a):
    """Iterating a matrix gives its rows."""
    total = 0.0
    for row in a:
        norm = np.sqrt(np.sum(row * row))
        for v in row:
            total += v / norm
    return total


register(rows, normal(4, 3))


def over_a_tuple(x, y, z):
    total = 0.0
    for factor, term in ((2.0, x), (3.0, y * y), (-1.0, z)):
        total = total * factor + term
    return total


register(over_a_tuple, scalar(), scalar(), scalar())


def over_a_list(ws, x):
    h = x
    for w in ws:
        h = np.tanh(w * h)
    for k in [3, 1, 2]:
        h = h * k + 0.1
    return np.sum(h)


register(over_a_list, listed(scalar(), scalar(), scalar()), normal(3))


def triangle(x, n):
    """An inner loop whose length depends on the outer one."""
    total = 0.0
    for i in range(n):
        inner = x
        for j in range(i):
            inner = inner * np.cos(j + inner)
        total += inner * (i + 1)
    return total


register(triangle, scalar(), value(5), wrt=(0,))


def pairs(x):
    total = 0.0
    for i in range(len(x)):
        for j in range(i + 1, len(x)):
            total += np.exp(-((x[i] - x[j]) ** 2)) * (i + j)
    return total


register(pairs, normal(5))


def branch_in_loop(x):
    up, down = 0.0, 1.0
    for i in range(len(x)):
        if x[i] > 0.2:
            up += x[i] ** 2
        elif i % 2 == 0:
            down *= x[i]
        else:
            up, down = down, up
    return up * 2 + down * up


register(branch_in_loop, normal(7), samples=3)


def fibonacci(a, b, n):
    """Names that rotate."""
    for _ in range(n):
        a, b = b, a * 0.5 + np.sin(b)
    return a * b


register(fibonacci, scalar(), scalar(), one_of(1, 2, 6), wrt=(0, 1), samples=3)


def index_after_loop(x, n):
    """The loop variable keeps its last value."""
    y = x
    for i in range(1, n):
        y = y + x / i
    return y * i


register(index_after_loop, scalar(), value(5), wrt=(0,))


def loop_in_branch(x, n):
    if x > 0:
        y = 1.0
        for i in range(n):
            y = y * x + i
    else:
        y = x
        for i in range(n):
            y = y - x * y * 0.1
    return y


register(loop_in_branch, scalar(), one_of(0, 4), wrt=(0,), samples=5)


def matrix_powers(a, x, n):
    """An array carried through a loop."""
    for _ in range(n):
        x = np.tanh(a @ x) + x * 0.5
    return np.sum(x * x)


register(matrix_powers, normal(3, 3, scale=0.5), normal(3), one_of(0, 4), wrt=(0, 1), samples=3)


def augmented(x, y):
    """Every augmented operator, on names that nothing else refers to."""
    z = x
    z += y
    z *= x
    z -= 0.5
    z /= y
    z **= 2
    k = 7
    k //= 2
    k %= 2
    for i in range(3):
        z *= 0.9
        z += i * y * k
    return z


register(augmented, positive(), positive())


def unpacked_in_target(points):
    total = 0.0
    for (x, y), weight in points:
        total += weight * np.sqrt(x * x + y * y)
    return total


register(
    unpacked_in_target,
    listed(
        several(several(scalar(), scalar()), scalar()),
        several(several(scalar(), scalar()), scalar()),
    ),
)


def running_maximum(x):
    best = x[0]
    for v in x:
        if v > best:
            best = v
    where = np.argmax(x)
    return best * x[where] + best


register(running_maximum, normal(6), samples=3)


def loop_invariant(x, y, n):
    """A value made before the loop and used in it and after it."""
    base = np.exp(y)
    s = x
    for i in range(n):
        s = s + base * s / (i + 2)
    return s * base


register(loop_invariant, scalar(), scalar(-1, 1), value(4), wrt=(0, 1))


def two_results(x, n):
    odd, even = 0.0, 0.0
    for i in range(n):
        if i % 2:
            odd += x**i
        else:
            even += x**i
    return odd, even


register(two_results, positive(), value(6), wrt=(0,))


def list_of_lengths(x):
    """Integers as data: lengths, sums, positions."""
    n = len(x)
    middle = n // 2
    total = sum(x[i] for i in range(middle)) if n < 0 else x[middle]
    for i in range(int(n * 1.5) - n):
        total = total * x[i % n] + float(i)
    return total


register(list_of_lengths, normal(5))


def summed_rows(a, b):
    s = sum([a[0], a[1], b]) + sum((b, b), a[0])
    for i in range(a.shape[0]):
        s = s + a[i, :] * np.sum(a[:, i % a.shape[1]])
    return np.sum(s * s)


register(summed_rows, normal(3, 4), scalar())


def geometric(r, n):
    return positive_series(r, n) / (1 - r)


def positive_series(r, n):
    total, term = 0.0, 1.0
    for _ in range(n):
        total, term = total + term, term * r
    return total


register(geometric, between(0.2, 0.7), value(8), wrt=(0,))

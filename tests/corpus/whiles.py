"""Loops with while: trip counts that depend on data."""

import numpy as np

from tests.corpus.registry import between, normal, positive, register, scalar


def square_root(a):
    """Heron's method, until it stands still."""
    x = 1.0
    while abs(x * x - a) > 1e-13:
        x = 0.5 * (x + a / x)
    return x


register(square_root, positive(), complex_step=False, samples=3)


def halved(x):
    while x > 1.0:
        x = x * 0.5
    return x * x


register(halved, between(0.3, 30.0), samples=4)


def counted(x):
    """The number of trips is a result too, of a kind without derivative."""
    n = 0
    while x < 5.0:
        x = x * 1.7 + 0.3
        n += 1
    return x / n + n * x


register(counted, between(0.2, 3.0), samples=3)


def never_entered(x):
    y = x * 2
    while x > 1e9:
        y = y * x
        x = x - 1
    return y * x


register(never_entered, scalar())


def two_conditions(x, y):
    while x < 4 and y > 0.05:
        x, y = x + y, y * 0.6
    return x * y


register(two_conditions, between(0.2, 1.0), between(0.5, 3.0), samples=3)


def nested_whiles(x):
    total = 0.0
    level = 3
    while level > 0:
        y = x * level
        while y > 0.7:
            y = y * 0.8
            total += y * y
        level -= 1
    return total + x


register(nested_whiles, between(0.5, 3.0), samples=3)


def while_in_for(x, n=3):
    s = 0.0
    for i in range(n):
        v = x[i]
        while v * v > 0.5:
            v = v * 0.7
        s += v * (i + 1)
    return s


register(while_in_for, normal(3, scale=2.0), samples=3)


def series(x):
    """The exponential series, until a term no longer counts."""
    term, total, k = 1.0, 1.0, 1
    while abs(term) > 1e-17 * abs(total):
        term = term * x / k
        total += term
        k += 1
    return total


register(series, scalar(), complex_step=False)


def array_condition(x):
    """The condition reads an array that the loop carries."""
    while np.sum(x * x) > 1.0:
        x = x * 0.8 - 0.01
    return np.sum(np.sin(x))


register(array_condition, normal(4, scale=3.0))


def collatz(n, x):
    """Integers decide, floats flow."""
    while n != 1:
        if n % 2 == 0:
            n //= 2
            x = x * 0.5 + 0.1
        else:
            n = 3 * n + 1
            x = np.sin(x) + x
    return x


register(collatz, lambda rng: int(rng.integers(2, 12)), scalar(), wrt=(1,), samples=3)


def bisection(a, lo, hi):
    """Root of x**3 - a; a step of Newton at the end carries the derivative."""
    while hi - lo > 0.2:
        middle = 0.5 * (lo + hi)
        if middle**3 > a:
            hi = middle
        else:
            lo = middle
    x = 0.5 * (lo + hi)
    return x - (x**3 - a) / (3 * x**2)


register(bisection, between(0.5, 5.0), between(-0.3, 0.1), between(2.0, 2.5), samples=3)


def geometric_mean(a, b):
    """The arithmetic-geometric mean."""
    trips = 0
    while abs(a - b) > 1e-9 and trips < 40:
        a, b = 0.5 * (a + b), np.sqrt(a * b)
        trips += 1
    return a


register(geometric_mean, positive(), positive(), complex_step=False)

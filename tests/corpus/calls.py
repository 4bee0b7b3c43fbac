"""Calls: parameters of every kind, closures, lambdas, recursion, functions passed, globals."""

import functools
import math

import numpy as np

from tests.corpus import straight
from tests.corpus.registry import between, normal, one_of, positive, register, scalar, value

SCALE = 1.75
WEIGHTS = np.array([0.3, -1.2, 2.1])
SETTINGS = {"rate": 0.4, "name": "run"}


class Constants:
    """Attributes of a class, read as globals are."""

    gravity = 9.81
    axis = np.array([0.5, 1.5, -0.5])


def helper(x, y=2.0, *, power=2):
    return (x * y) ** power


def defaults(x):
    return helper(x) + helper(x, 3.0) + helper(x, power=3) + helper(y=x, x=1.5)


register(defaults, scalar())


def variadic(x, *rest, scale=0.5, **options):
    total = x
    for r in rest:
        total = total * scale + r
    for name in options:
        total = total + options[name] * len(name)
    return total


def calls_variadic(a, b, c):
    numbers = (a, b, c)
    extra = {"one": a, "three": c * b}
    return variadic(a) + variadic(*numbers, scale=b) * variadic(b, c, a, last=c, **extra)


register(calls_variadic, scalar(), scalar(), scalar())


def sum_of_squares(*xs):
    total = 0.0
    for x in xs:
        total += x * x
    return total


register(sum_of_squares, scalar(), scalar(), scalar())


def several_results(x, y):
    def both(a, b):
        return a * b, a + b, (a, {"key": b})

    p, q, (r, box) = both(x, y)
    s, t, _ = both(q, p)
    return p * s + t * r * box["key"]


register(several_results, scalar(), scalar())


def other_module(x, y):
    return straight.product(x, y) * straight.slide(x * 0.3)


register(other_module, scalar(), scalar())


def globals_read(x):
    return x * SCALE + np.sum(WEIGHTS * x) * SETTINGS["rate"] + Constants.gravity * x**2


register(globals_read, scalar())


def global_arrays(x):
    return np.dot(WEIGHTS, x) * np.sum(Constants.axis * x) + len(SETTINGS["name"]) * math.pi


register(global_arrays, normal(3))


def closure(x, y):
    scale = x * x

    def inner(z):
        return scale * z + y

    return inner(y) * inner(x)


register(closure, scalar(), scalar())


def make_power(k):
    def power(x):
        return x**k * offset

    offset = k + 0.5
    return power


cube, root = make_power(3), make_power(0.5)


def factories(x):
    """Two closures of one source with different cells."""
    return cube(x) - 2 * root(x) + make_power(x)(1.3)


register(factories, positive())


def lambdas(x, y):
    f, g = lambda a: a * a + y, lambda a: np.sin(a) * x
    return f(g(x)) + (lambda a, b=x: a * b)(y)


register(lambdas, scalar(), scalar())

double, triple, shift = lambda x: 2 * x, lambda x: 3 * x, lambda x, by=0.5: x * x + by


def lambdas_on_a_line(x):
    return double(x) * triple(x) + shift(x) + shift(x, by=x)


register(lambdas_on_a_line, scalar())


def apply_twice(f, x):
    return f(f(x))


def compose(*fs):
    def composed(x):
        for f in fs:
            x = f(x)
        return x

    return composed


def functions_as_arguments(x):
    a = apply_twice(np.sin, x) + apply_twice(lambda t: t * x, x)
    return a * compose(np.exp, double, np.tanh)(x) + apply_twice(helper, x * 0.3)


register(functions_as_arguments, scalar(-1.0, 1.2))


def factorial_like(x, n):
    return 1.0 if n == 0 else (x + n) * factorial_like(x, n - 1)


register(factorial_like, scalar(), one_of(0, 1, 5), wrt=(0,), samples=3)


def recursive_cosine(x, depth):
    """Recursion whose depth is decided by the data."""
    if x * x < 0.01 or depth == 0:
        return 1 - x * x / 2
    half = recursive_cosine(x / 2, depth - 1)
    return 2 * half * half - 1


register(recursive_cosine, scalar(), value(8), wrt=(0,), samples=3)


def tree_sum(x, lo, hi):
    if hi - lo == 1:
        return x[lo] * x[lo]
    middle = (lo + hi) // 2
    left, right = tree_sum(x, lo, middle), tree_sum(x, middle, hi)
    return left + np.sin(right) * left


register(tree_sum, normal(6), value(0), value(6), wrt=(0,))


def is_even(n, x):
    return x if n == 0 else is_odd(n - 1, x * 1.1 + 0.2)


def is_odd(n, x):
    return -x if n == 0 else is_even(n - 1, np.sin(x))


register(is_even, one_of(0, 3, 6), scalar(), wrt=(1,), samples=4)


def newton(f, slope, x, trips=6):
    for _ in range(trips):
        x = x - f(x) / slope(x)
    return x


def root_of_a_closure(a, b):
    return newton(lambda t: t**3 + b * t - a, lambda t: 3 * t**2 + b, 1.0)


register(root_of_a_closure, positive(), positive())


def nested_three_deep(x):
    def outer(y):
        def middle(z):
            def inner(w):
                return w * x + y * z

            return inner(z) * y

        return middle(y + x)

    return outer(x * 0.5)


register(nested_three_deep, scalar())


def activation(kind):
    return {"tanh": np.tanh, "sine": np.sin, "square": lambda t: t * t}[kind]


def by_name(x, kind):
    return np.sum(activation(kind)(x) * x)


register(by_name, normal(4), one_of("tanh", "sine", "square"), wrt=(0,), samples=4)


def partial_application(x, y):
    inner = functools.partial(helper, y=y)
    return inner(x) * inner(x, power=3)


register(partial_application, scalar(), scalar())


def evaluation_order(x, y):
    """Calls happen in the order they are written, once each."""
    trail = []

    def note(v, name):
        print(name, end=" ")
        return v * v

    total = note(x, "first") - note(y, "second") * note(x + y, "third")
    print("done")
    return total + len(trail)


register(evaluation_order, scalar(), scalar())


def simpson(f, a, b, n):
    h = (b - a) / n
    total = f(a) + f(b)
    for i in range(1, n):
        total += (4 if i % 2 else 2) * f(a + i * h)
    return total * h / 3


def integral(a, b, w):
    return simpson(lambda t: np.exp(-w * t * t) * np.sin(t), a, b, 10)


register(integral, between(-1.0, 0.0), between(0.5, 2.0), positive())


def derivative_by_differences(x):
    """A function that takes and returns functions."""

    def slope(f, h=1e-2):
        return lambda t: (f(t + h) - f(t - h)) / (2 * h)

    return slope(slope(np.sin))(x) + slope(lambda t: t**3)(x)


register(derivative_by_differences, scalar())

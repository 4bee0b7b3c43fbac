"""Straight-line programs: assignment in all its forms, and arithmetic."""

import math
import operator
from math import atan2, hypot
from math import exp as e_to_the

import numpy as np

from tests.corpus.registry import between, normal, positive, register, scalar


def slide(x):
    return 10 * np.log(1 + np.exp(-2 * x))


register(slide, scalar())


def product(x1, x2):
    return np.sin(x1) + x1 * x2


register(product, scalar(), scalar())


def waves(w0, w1, x):
    y1 = np.sin(w1 * x + w0)
    y2 = np.cos(w1 * x + w0)
    return y1, y2


register(waves, scalar(), scalar(), scalar())


def squared_error(w, x, y):
    return 0.5 * (w * x - y) ** 2


register(squared_error, scalar(), scalar(), scalar())


def reassigned(x, y):
    """A name bound many times, and names that swap."""
    a = x * y
    a = a + x
    b = a * a
    a, b = b, a
    a = a - b * y
    x = a * 0.3
    return x + b * y


register(reassigned, scalar(), scalar())


def chained_assignment(x):
    a = b = x * x
    a = a + 1.0
    c = d = a * b
    return c * d + b


register(chained_assignment, scalar())


def unpacking(p, q):
    (a, b), c = (p, q), p * q
    first, *middle, last = a, b, c, a + b, 2.0
    [d, e] = middle[0] * last, middle[1]
    (*front, (g, h)) = d, e, (first, c)
    return front[0] * g - front[1] * h + len(middle) * a


register(unpacking, scalar(), scalar())


def powers(x, y):
    """Every kind of exponent."""
    a = x**2 + x**3 - x**0
    b = x**-2 + x**0.5 + x**-1.5
    c = x**y
    d = 2.0**y + 3**x
    e = pow(x, 4) + pow(y, 2.5)
    return a + b * c - d / e


register(powers, positive(), positive())


def negative_bases(x):
    """Integer powers of negative numbers need no logarithm."""
    return x**3 + x**4 / (x**-2) + np.power(x, 5) - x**-3


register(negative_bases, between(-2.0, -0.5))


def every_operator(x, y):
    a = +x - -y
    b = x / y + y / 3 + 3 / y
    c = 1 - x
    d = a * b * c
    return -d + operator.mul(a, b) - operator.sub(c, 2 * d)


register(every_operator, scalar(), positive())


def remainders(x, y):
    """Floor division is data; the remainder is x minus a multiple of y."""
    steps = x // y
    rest = x % y
    turns = math.floor(x)
    return rest * rest + steps * x + 0.25 * turns * y + np.floor(x) * 0.5


register(remainders, between(3.1, 7.9), between(0.7, 1.3), complex_step=False, samples=3)


def mathematics(x, y):
    a = math.sin(x) * math.cos(y) + math.tan(x / 4)
    b = math.exp(-x * x) + math.log(y) + math.log1p(y) + math.expm1(x / 3)
    c = math.sqrt(y) + math.atan(x) + math.tanh(x) + math.sinh(x) - math.cosh(y)
    d = math.log(y, 2) + math.log2(y) + math.log10(y) + math.pow(y, 1.7)
    return a * b + c * d + math.pi * x + math.fabs(x)


register(mathematics, scalar(), positive(), complex_step=False)


def imported_names(x, y):
    r = hypot(x, y)
    phi = atan2(y, x)
    return e_to_the(-r) * phi + math.asin(x / 4) * math.acos(y / 4) + math.erf(x)


register(imported_names, scalar(), scalar(), complex_step=False)


def ufuncs(x):
    """The smooth functions of one array that exist for complex numbers too."""
    a = np.sin(x) + np.cos(x) * np.tan(x / 3)
    b = np.sinh(x) + np.cosh(x) * np.tanh(x)
    c = np.exp(x) + np.log(x) + np.sqrt(x) + np.exp2(x) + np.expm1(x) + np.log1p(x)
    d = np.arcsin(x / 3) + np.arccos(x / 3) + np.arctan(x) + np.arcsinh(x)
    e = np.square(x) + np.reciprocal(x) + np.log2(x) + np.log10(x) + np.arctanh(x / 3)
    return np.sum(a * b + c * d - e * np.arccosh(1 + x) + np.negative(x))


register(ufuncs, positive(5))


def real_ufuncs(x, y):
    """Functions that know real numbers only, and piecewise smooth ones."""
    a = np.abs(x) + np.cbrt(x) + np.hypot(x, y) + np.arctan2(x, y)
    b = np.logaddexp(x, y) + np.logaddexp2(x, y) - np.maximum(x, y) * np.minimum(x, y)
    c = np.fmax(x, 0.3) * np.fmin(y, 0.2) + np.clip(x, -0.8, 0.9) + np.sign(x) * y
    return np.sum(a * b + c * np.deg2rad(x) + np.copysign(x, y))


register(real_ufuncs, normal(6), normal(6), complex_step=False, samples=3)


def unused_argument(x, y, z):
    """The gradient with respect to y is zero and has y's shape."""
    waste = np.sum(y) * 2
    return x * x + z


register(unused_argument, scalar(), normal(3), scalar())


def constant_result(x):
    a = x * 2
    return 3.5


register(constant_result, scalar())


def argument_returned(x):
    return x


register(argument_returned, scalar())


def long_expression(x, y):
    return (x + y) * (x - y) / (1 + (x * y) ** 2) + ((x - (y - (x - y))) * 2 - (x / (y * y + 1)))


register(long_expression, scalar(), scalar())


def printed(x, y):
    """Effects happen once, as in the program itself."""
    a = x * y
    assert np.isfinite(a), f"{a} is not finite"
    print("a is", round(float(a), 3), f"and x is {x:.2f}")
    label = f"{x:.1f}-{y!r}"
    b = np.sin(a) * len(label.split("-", 1)[0] and "ab")
    print(f"{'b'}", end="\n")
    return b + a


register(printed, scalar(), scalar(), complex_step=False)


def shadowed_names(x, tape):
    """Names that a compiler might want for itself, and names of builtins."""
    alpha_1 = x * tape
    beta_x = alpha_1 + 1.0
    grad = np.exp(-beta_x)
    _ = grad * tape
    sum = _ + beta_x
    λ = sum * alpha_1
    return λ + beta_x * _


register(shadowed_names, scalar(-1.0, 1.0), scalar(-1.0, 1.0))


def annotated(x: float, y: float = 0.5) -> float:
    """Annotations, docstrings, pass and constant folding change nothing."""
    scale: float = 2.0**3 / 4
    other: float
    other = x * scale
    pass
    return other * y + x


register(annotated, scalar(), scalar())

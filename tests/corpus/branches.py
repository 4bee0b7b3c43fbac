"""Branches: if, conditional expressions, and/or/not, chained comparison, walrus."""

import numpy as np

from tests.corpus.registry import between, normal, one_of, positive, register, scalar


def absolute(x):
    if x > 0:
        return x * x
    else:
        return -3 * x


register(absolute, scalar(), samples=4)


def ladder(x):
    if x < -1:
        y = x * x
    elif x < 0:
        y = np.sin(x)
    elif x < 1.2:
        y = np.exp(x) * x
    else:
        y = 3 * x
    return y + x


register(ladder, scalar(), samples=8)


def nested(x, y):
    a = x * y
    if x > 0:
        b = a + x
        if y > 0:
            a = b * b
        else:
            a = b - y
    else:
        b = np.cos(a)
    return a * b


register(nested, scalar(), scalar(), samples=6)


def only_then(x, y):
    z = x
    if y > 0.3:
        z = z * y
        y = y + z
    return z * y


register(only_then, scalar(), scalar(), samples=4)


def conditional_expression(x, y):
    a = x if x > y else y * y
    return (a + 1 if a > 0.5 else a * 2) * (x if y < 0 else 1.0)


register(conditional_expression, scalar(), scalar(), samples=6)


def untaken_branch(x):
    """The branch not taken would be NaN, and must leave no trace."""
    if x > 0:
        y = np.sqrt(x)
    else:
        y = -x
    z = np.log(y) if y > 1 else y
    return y * z


register(untaken_branch, scalar(), samples=6)


def logic(x, y, z):
    if x > 0 and y > 0 or not z < 0.5:
        r = x * y
    else:
        r = x - z
    if not (x > 1 or y > 1) and z == z:
        r = r * z
    return r


register(logic, scalar(), scalar(), scalar(), samples=8)


def short_circuit(x):
    """The right operand would divide by zero wherever the left one decides."""
    zero = 0.0
    if x > -10 or 1 / zero > 2:
        x = x * 3
    if x > 100 and 1 / zero > 2:
        x = x * 5
    return x * x


register(short_circuit, scalar())


def chained_comparison(x, low, high):
    if low < x <= high:
        return x * x
    if not low < x < high != 0:
        return x * low + high
    return x


register(chained_comparison, scalar(), between(-2.0, 0.0), between(0.0, 2.0), samples=8)


def walrus(x):
    if (y := x * x) > 1.5:
        z = y + x
    else:
        z = y * (w := np.sin(y)) + w
    return z * y


register(walrus, scalar(), samples=5)


def and_or_values(x, y):
    """`and` and `or` return one of their operands."""
    a = (x > 0 and x * y) or y
    b = x or y
    return a + b * 2


register(and_or_values, scalar(), scalar(), samples=5)


def by_word(x, kind):
    if kind == "square":
        return x * x
    elif kind in ("sine", "sin"):
        return np.sin(x)
    return -x if kind is None else x


register(by_word, scalar(), one_of("square", "sin", None, "other"), wrt=(0,), samples=6)


def masked(x, y):
    """Both operands of np.where are evaluated, one of them counts."""
    picked = np.where(x > y, x * x, np.sin(y))
    return np.sum(np.where(picked > 0.2, picked, 0.1 * picked) * x)


register(masked, normal(7), normal(7), samples=3)


def safe_where(x):
    """A mask over a function that is not finite everywhere, guarded twice."""
    inside = np.where(x > 0, x, 1.0)
    return np.sum(np.where(x > 0, np.sqrt(inside) * np.log(inside), 0.5 * x))


register(safe_where, normal(6), samples=3)


def extremes(x, y, z):
    a = max(x, y)
    b = min(x, y, z)
    c = max([x * y, z, 0.1])
    return a * b + c + abs(x - z)


register(extremes, scalar(), scalar(), scalar(), complex_step=False, samples=5)


def leaky(x, slope):
    """An array branch written with comparisons as numbers."""
    positive_part = (x > 0) * x
    return np.sum(positive_part + slope * (x - positive_part)) + np.sum(x[x > 0.5] ** 2)


register(leaky, normal(8), scalar(), samples=3)


def early_return(x, y):
    if x < -0.5:
        return y
    t = x * y
    if t > 0.5:
        return t * t
    u = t + x
    return u * u * y


register(early_return, scalar(), scalar(), samples=8)


def asserted(x):
    assert x > 0, "x must be positive"
    y = np.log(x)
    if y > 50:
        raise ValueError(f"{y} is too large")
    return y * x


register(asserted, positive())


def bound_on_one_branch(x, flag):
    if flag:
        extra = x * x
    y = x + 1
    if flag:
        y = y * extra
    return y


register(bound_on_one_branch, scalar(), one_of(True, False), wrt=(0,), samples=4)

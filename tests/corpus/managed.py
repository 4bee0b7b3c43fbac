"""try, except, finally, with and match, around code that counts and writes."""

import contextlib
import math
from dataclasses import dataclass

import numpy as np

from tests.corpus.registry import (
    listed,
    named,
    normal,
    one_of,
    positive,
    register,
    scalar,
    several,
    value,
)


def tried(x, k):
    try:
        y = x[k] ** 2
    except IndexError:
        y = np.sum(x)
    return y * x[0]


register(tried, normal(3), one_of(1, 7), wrt=(0,), samples=4)


def raised_in_a_callee(x):
    def root(v):
        if v < 0:
            raise ValueError("negative")
        return math.sqrt(v)

    total = 0.0
    for v in x:
        try:
            total += root(v)
        except (ValueError, ArithmeticError) as error:
            total += v * v * len(str(error))
        else:
            total *= 1.5
    return total


register(raised_in_a_callee, normal(5), samples=3, complex_step=False)


def written_before_the_exception(x, k):
    """What was stored before the exception stays stored."""
    y = x * 1.0
    try:
        y[0] *= 3.0
        y[1] = y[0] * x[k]
        y[2] = 0.0
    except IndexError:
        y[1] += 1.0
    finally:
        y[0] += x[1]
    return np.sum(y**2)


register(written_before_the_exception, normal(3), one_of(2, 9), wrt=(0,), samples=4)


def doubled_and_marked(x, box):
    try:
        x[0] *= 2.0
        return np.sum(x**2)
    finally:
        x[1] = 100.0
        box["runs"] = 1


def finally_runs_after_return(x):
    box = {"runs": 0}
    return doubled_and_marked(x, box) * box["runs"] * x[1]


register(finally_runs_after_return, normal(3))


def finally_in_a_loop(x):
    y = x.copy()
    for i in range(len(y)):
        try:
            if y[i] < 0:
                continue
            if y[i] > 1.5:
                break
            y[i] **= 2
        finally:
            y[i] += 0.5
    return np.sum(y * np.arange(1.0, 6.0))


register(finally_in_a_loop, normal(5), samples=4)


def keys_that_are_missing(params, x):
    try:
        rate = params["rate"]
    except KeyError:
        rate = 0.1
    try:
        bias = params["bias"]
    except KeyError:
        bias = x**2
    return rate * x + bias


register(keys_that_are_missing, named(rate=scalar(), scale=scalar()), scalar())


def without_warnings(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(np.abs(x)) * x
        y[0] = y[1] / x[2]
    return np.sum(y**2)


register(without_warnings, normal(4), complex_step=False)


class Scaled:
    """Writes on the way in, and takes it back on the way out."""

    def __init__(self, v, factor):
        self.v, self.factor = v, factor

    def __enter__(self):
        self.v *= self.factor
        return self.v

    def __exit__(self, kind, error, trace):
        self.v /= self.factor
        return False


def context_of_the_user(x, s):
    y = x * 1.0
    with Scaled(y, s) as z, Scaled(z[1:], 1.5):
        total = np.sum(y**2)
        z[0] += x[1]
    with contextlib.nullcontext(total) as t:
        y[1] *= t
    return np.sum(y) * total


register(context_of_the_user, normal(3, scale=0.6), positive())


class Suppress:
    def __init__(self, kind):
        self.kind = kind

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        return kind is not None and issubclass(kind, self.kind)


def context_that_swallows(x, k):
    y = x * 1.0
    with Suppress(IndexError):
        y[0] = x[1] * 2
        y[1] = x[k]
        y[2] *= 5.0
    with contextlib.suppress(ZeroDivisionError):
        y[0] /= len(y) - 2
    return np.sum(y**2)


register(
    context_that_swallows,
    normal(3),
    one_of(0, 8),
    wrt=(0,),
    samples=4,
    refusal="may swallow exceptions",
)


@contextlib.contextmanager
def shifted(v, by):
    v += by
    try:
        yield v * 2
    finally:
        v -= by


def context_by_a_generator(x, s):
    y = x * 1.0
    with shifted(y, s) as doubled:
        inside = np.sum(y * doubled)
    return inside * y[0]


register(context_by_a_generator, normal(3), scalar())


def matched_words(x, kind):
    match kind:
        case "sine" | "sin":
            return np.sin(x)
        case "power":
            y = x**3
        case None:
            y = x
        case _:
            y = x * len(kind)
    return y * y


register(
    matched_words,
    scalar(),
    one_of("sin", "power", None, "other"),
    wrt=(0,),
    samples=6,
)


def matched_sequences(layers, x):
    for layer in layers:
        match layer:
            case ("scale", s):
                x = x * s
            case ("shift", s, t) if t > 0:
                x = x + s * t
            case ("shift", s, _):
                x = x - s
            case [name, *rest]:
                x = x * len(name) + sum(rest)
            case []:
                x[0] = 1.0
    return np.sum(x**2)


register(
    matched_sequences,
    listed(
        several(value("scale"), scalar()),
        several(value("shift"), scalar(), scalar()),
        several(value("many"), scalar(), scalar(), scalar()),
        several(),
    ),
    normal(3),
    wrt=(1,),
    samples=3,
)


@dataclass
class Circle:
    radius: float


@dataclass
class Box:
    width: float
    height: float


def matched_classes(a, b):
    total = 0.0
    for shape in (Circle(a), Box(a, b), Box(height=b, width=1.0), 3.0 * b):
        match shape:
            case Circle(radius=r):
                total += np.pi * r**2
            case Box(width=1.0, height=h):
                total += h**3
            case Box(w, h):
                total *= w * h
            case float() | np.floating():
                total -= shape
    return total


register(matched_classes, scalar(), positive(), complex_step=False)


def matched_mappings(command, x):
    match command:
        case {"op": "add", "by": amount, **rest}:
            x = x + amount * (1 + len(rest))
        case {"op": "mul", "by": amount} if amount > 0:
            x = x * amount
        case {"by": amount}:
            x = x**2 - amount
    return x * x


register(
    matched_mappings,
    one_of(
        {"op": "add", "by": 1.5, "note": "n"}, {"op": "mul", "by": 2.5}, {"op": "mul", "by": -0.5}
    ),
    scalar(),
    wrt=(1,),
    samples=6,
)


def matched_numbers(x, codes):
    for k in codes:
        match k:
            case 0:
                continue
            case 1 | 2 as n:
                x = x * n
            case int() if k > 50:
                break
            case -1:
                x = np.sin(x)
            case other:
                x = x + 0.1 * other
    return x


register(matched_numbers, scalar(), value((0, 1, -1, 2, 7, 99, 3)), wrt=(0,))


def retried(x, limit):
    """A loop that gives up after an exception."""
    y, rate, failures = x * 1.0, 1.0, 0
    for attempt in range(5):
        trial = y - rate * y**3
        try:
            if np.sum(trial**2) > limit * np.sum(y**2):
                raise ArithmeticError
        except ArithmeticError:
            rate *= 0.3
            failures += 1
            continue
        y[:] = trial
    return np.sum(y * x) * (1 + failures)


register(retried, normal(3, scale=0.6), value(1.1), wrt=(0,), samples=3)


def nested_tries(x, k):
    log = []
    try:
        try:
            v = x[k] / (k - 1)
        except IndexError:
            log.append(1.0)
            raise ValueError("translated") from None
        finally:
            log.append(x[0])
    except ZeroDivisionError:
        v = x[0] ** 2
    except ValueError:
        v = x[1] ** 3
    return v * sum(log)


register(
    nested_tries,
    normal(3),
    one_of(0, 2, 12),
    wrt=(0,),
    samples=5,
    refusal="a change of a container in a try body",
)


def early_returns_in_with(x, threshold):
    for v in x:
        with np.errstate(all="ignore"):
            if v > threshold:
                return v**2
            x = x * 1.1
    return np.sum(x)


register(early_returns_in_with, normal(4), one_of(0.0, 5.0), wrt=(0,), samples=3)

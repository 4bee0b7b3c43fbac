"""match, with, try, and what else steers a program."""

import contextlib
import functools
import itertools
import math
import operator
import threading
import warnings
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import numpy as np

from tests.corpus.registry import normal, one_of, register, scalar, value


class Kind(Enum):
    LINEAR = 1
    SQUARE = 2
    CUBIC = 3


@dataclass
class Point:
    x: float
    y: float


class Pair(NamedTuple):
    first: float
    second: float


class Rod:
    """A class of its own order of positional patterns, and with a property."""

    __match_args__ = ("length", "width")

    def __init__(self, width, length):
        self.width = width
        self.length = length

    @property
    def area(self):
        return self.width * self.length


def by_literal(x, mode):
    match mode:
        case "a" | "b":
            r = np.sum(x * x)
        case 2 | 3 as n:
            r = np.sum(x) * n
        case None:
            return x[0] * 3.0
        case True:
            r = x[2] ** 3
        case -1:
            r = np.sin(x[1])
        case _:
            r = np.prod(x)
    return r * x[1]


register(by_literal, normal(3), one_of("a", 2, 3, None, True, -1, 2.5), wrt=(0,), samples=9)


def by_member(x, kind):
    match kind:
        case Kind.LINEAR:
            return 2.0 * x
        case Kind.SQUARE | Kind.CUBIC:
            return x**kind.value


register(by_member, scalar(), one_of(*Kind), wrt=(0,), samples=6)


def by_number(x):
    """The subject is known at run time only."""
    n = int(x)
    match n:
        case 0:
            y = np.sin(x)
        case 1 | 2:
            y = x * x
        case k if k > 4:
            y = x * k
        case _:
            y = np.exp(-x) * n
    return y


register(by_number, scalar(0.1, 7.0), samples=8, complex_step=False)


def by_parts(x, a):
    """Which alternative binds depends on data."""
    n = int(a)
    match (n, x):
        case (0, v) | (v, 0.0):
            r = v * v * x
        case (3 | 4 as w, v):
            r = v * w + v**3
        case (_, *rest):
            r = np.sin(rest[0])
    return r


register(by_parts, scalar(0.5, 2.0), one_of(0.5, 3.7, 6.0), wrt=(0,), samples=6, complex_step=False)


def by_shape(x, y):
    """Sequence patterns: tuples and shapes match, arrays do not."""
    match x:
        case [a, b]:
            s = a * b
        case np.ndarray(shape=(n, m)):
            s = np.sum(x * x) * n / m
        case np.ndarray():
            s = np.sum(x**3)
    match (s, [y, 2 * y], 3.0):
        case (p, [q, r], *rest) if len(rest) == 1:
            return p * q + r * rest[0]


register(
    by_shape, lambda rng: rng.normal(size=(3, 2) if rng.integers(2) else 4), scalar(), samples=5
)


def by_class(a, b):
    total = 0.0
    for part in (Point(a, b), Pair(b, a * b), Rod(a, b), {"x": a, "y": b, "z": 2.0}, [a, b], a, 3):
        match part:
            case Pair(first=u, second=v):
                total += u * v
            case Point(u, y=v) if u > v:
                total += u * u * v
            case Point(u, v):
                total += u * v * v
            case Rod(length, area=area):
                total += np.sin(length) * area
            case {"x": u, **rest} if len(rest) == 2:
                total += u**3 * rest["z"]
            case [u, *_]:
                total += np.exp(u * 0.1)
            case float(u):
                total += u / 7.0
            case int():
                total += b * part
    return total


register(by_class, scalar(0.3, 2.0), scalar(0.3, 2.0), samples=4, complex_step=False)


def leaves_by_case(x, limits):
    """return, break and continue inside of cases."""
    total = x
    for i, limit in enumerate(limits):
        match i:
            case 1:
                continue
            case 3:
                break
            case _ if total > limit:
                return total * x
            case _:
                total = total * 1.5 + x
    return total - 1.0


register(
    leaves_by_case, scalar(0.1, 3.0), value((1.0, 1.0, 3.0, 0.0)), wrt=(0,), samples=6,
    complex_step=False,
)  # fmt: skip


def singletons(x):
    match bool(x > 0.5):
        case True:
            y = x * x
        case False:
            y = np.sin(x)
    above = bool(y > 1.0)
    return y * 2.0 if above is True else y * 3.0


register(singletons, scalar(0.0, 2.0), samples=6, complex_step=False)


LOCK = threading.Lock()


class Scale:
    """Its attributes change while it is entered and left."""

    def __init__(self, factor):
        self.factor = factor
        self.entered = 0

    def __enter__(self):
        self.entered += 1
        self.factor = self.factor * 2.0
        return self

    def __exit__(self, *exception):
        self.factor = self.factor * self.entered + 1.0
        return False

    def __call__(self, x):
        return self.factor * x


@contextlib.contextmanager
def damped(x, k=0.5):
    """Code before the yield, and after it."""
    box = [x * k]
    yield box
    box.append(box[0] * x)


def under_errstate(x):
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = np.log(x * x) / x
    return np.sum(y * y)


register(under_errstate, normal(4))


def with_own_class(x, y):
    with Scale(x) as scale, LOCK:
        z = scale(y) * x
    with contextlib.nullcontext(z * x) as w:
        return scale(w) + z


register(with_own_class, scalar(), scalar())


def with_generator(x, y):
    with damped(x * y, k=0.3) as box:
        z = box[0] * y
        box[0] = box[0] * x
    return z + box[1]


register(with_generator, scalar(), scalar())


def leaves_from_inside(x, limit):
    """return, break and continue out of a with: what comes after the body still runs."""
    total = x
    for i in range(6):
        with contextlib.nullcontext(), contextlib.nullcontext(i * 0.5) as step:
            if i == 1:
                continue
            if total > limit:
                return total * x
            total = total * x + step
            if i == 4:
                break
        with damped(total) as box:
            total = total + box[0]
    with Scale(0.5) as scale:
        total = scale(total)
    return total * scale.factor


register(
    leaves_from_inside, scalar(0.5, 1.6), one_of(4.0, 50.0), wrt=(0,), samples=6,
    complex_step=False,
)  # fmt: skip


def local_manager(x):
    @contextlib.contextmanager
    def squared(v):
        yield v * v

    total = 0.0
    for _ in range(3):
        with squared(x + total) as q:
            total = q * 0.5
    return total * x


register(local_manager, scalar(-1.0, 1.0))


class Low(ValueError):
    """An exception of the program's own."""


def guarded_division(x, y):
    """A division of Python numbers, which raises where NumPy's gives infinity."""
    try:
        z = 1.0 / float(y)
    except ZeroDivisionError:
        z = 7.0
    return z * x * x


register(guarded_division, scalar(), one_of(0, 2, 5), wrt=(0,), samples=6)


def known_failures(d, key):
    """What is known to fail takes its handler at once; else and finally run where they should."""
    total = 1.0
    try:
        s = d[key]
    except KeyError as error:
        s = d["a"] * len(error.args)
    else:
        s = s * 3.0
    finally:
        total = total + d["b"]
    try:
        a, b, c = d["a"], d["b"]
    except (TypeError, ValueError):
        a, b, c = d["a"], d["b"], 2.0
    try:
        import a_module_that_is_not_there as m
    except ImportError:
        m = math
    return s * total + a * b**c + m.sin(a)


register(
    known_failures, lambda rng: {"a": rng.uniform(1, 2), "b": rng.uniform(1, 2)},
    one_of("a", "b", "z"), wrt=(0,), samples=6, complex_step=False,
)  # fmt: skip


def checked_root(v, least):
    if v < least:
        raise Low("too low")
    return math.sqrt(v)


def raised_in_a_call(x, y):
    """An exception that depends on data, raised in a call, and handled as its parent's."""
    try:
        z = checked_root(x, 0.5) * y
        z = z + checked_root(y, 1.0)
    except ValueError:
        z = x * y * 3.0
    return z * z


register(raised_in_a_call, scalar(0, 1.5), scalar(0.2, 2), samples=8, complex_step=False)


def in_a_loop(x):
    """break and continue out of body and handler; the rest of the body is skipped."""
    total = 0.0
    for i in range(6):
        try:
            if x * i > 4.0:
                raise Low("big")
            if i == 1:
                continue
            total = total + math.log(x - 0.3 * i)
        except Low:
            total = total + x * x
            break
        except (ValueError, ZeroDivisionError):
            total = total * 0.5 + x
        total = total * 1.5
    return total


register(in_a_loop, scalar(0.1, 3.0), samples=10, complex_step=False)


def raised_again(x):
    """Nested: raise from, raise by itself, finally on every path."""
    z = 0.5
    try:
        try:
            if x < 1.0:
                raise Low("low")
            y = x * x
        except Low as error:
            raise KeyError("low") from error
        finally:
            z = z + x
    except KeyError:
        y = x**3
        z = x
    return y * z


register(raised_again, scalar(0, 2), samples=6, complex_step=False)


def suppressed(x):
    result = x * x
    with contextlib.suppress(ValueError, OverflowError), contextlib.nullcontext(2.0) as k:
        result = math.log(x - 1.0) * k
    return result * x


register(suppressed, scalar(0.2, 3), samples=6, complex_step=False)


def returns_from_handler(x, y):
    """What follows runs only if nothing was raised: names of the body are bound there."""
    try:
        try:
            a = math.log(x)
            b = math.sqrt(y - a)
        finally:
            c = x * y
    except ValueError:
        return x * 2.0 - y
    total = a
    for i in range(3):
        try:
            r = 1.0 / math.log(i + x)
        except (ZeroDivisionError, ValueError):
            continue
        total = total + r * b
    return total * c


register(returns_from_handler, scalar(-0.5, 2.0), scalar(0.0, 2.0), samples=8, complex_step=False)


def returns_from_try(x, i):
    """return out of body and handler, with code that follows."""
    try:
        v = x[i]
        if v > 0.5:
            return v * v
    except IndexError:
        return x[-1] * 3.0
    return v * x[0]


register(returns_from_try, normal(3), one_of(0, 1, 2, 8), wrt=(0,), samples=10)


def floating_point_errors(x, y):
    try:
        with np.errstate(divide="raise", invalid="raise"):
            z = np.log(y)
    except FloatingPointError:
        z = y * 0.5
    return np.sum(z * x)


register(floating_point_errors, normal(3), lambda rng: rng.uniform(1, 2, 3) * rng.integers(0, 2, 3),
         wrt=(0,), samples=6)  # fmt: skip


def jittered(x, shift):
    """A factor, as data, that a small addition makes possible."""
    a = np.array([[1.0, shift], [shift, 2.0]])
    try:
        factor = np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        factor = np.linalg.cholesky(a + 9.0 * np.eye(2))
    return np.sum(factor @ x)


register(jittered, normal(2), one_of(0.5, 4.0), wrt=(0,), samples=6)


@contextlib.contextmanager
def falling_back(values):
    try:
        yield values
    except LookupError:
        values.append(1.0)
    finally:
        values.append(2.0)


def handled_by_a_manager(x, key):
    values = [x]
    with falling_back(values) as found:
        found.append({"a": x * x}[key])
        found.append(x)
    return sum(v * (i + 1) for i, v in enumerate(values))


register(handled_by_a_manager, scalar(), one_of("a", "b"), wrt=(0,), samples=6)


def powers(x, count):
    """A generator with a loop and a delegate."""
    y = x
    for _ in range(count):
        yield y
        y = y * x
    yield from (x * 2.0, x * 3.0)


def generated(x):
    def shifted(values, by=1.0):
        for v in values:
            yield v + by

    total = 0.0
    for i, p in enumerate(powers(x, 2)):
        total += (i + 1) * p
    return total + sum(shifted(powers(x, 6))) + max(list(powers(x, 1)))


register(generated, scalar(0.3, 1.5))


def comprehended(x):
    """Nested, conditional, with a walrus; sets and dicts."""
    classes = {i % 3 for i in range(7)}
    table = {f"{i:>{3}}": x[i] ** (i + 1) for i in classes if i != 1}
    pairs = [x[i] * x[j] for i in range(3) for j in range(i) if (i + j) % 2]
    squares = [(last := v * v) + 1.0 for v in (x[0], x[1])]
    if any(v > 100.0 for v in x) or not all(v < 100.0 for v in x):
        return x[0]
    return sum(table.values()) + sum(pairs) + sum(squares) * last


register(comprehended, normal(3))


def positives(x):
    """any and all stop at the first element that decides."""
    if any(v > 0.5 for v in x if v != 2.0):
        return np.sum(x * x)
    return np.sum(np.exp(x)) if all(v < 0.0 for v in x) else x[0] * x[1]


register(positives, normal(3, scale=0.6), samples=8, complex_step=False)


def with_iterators(x, y):
    values = [x, y, x * y]
    it = iter(values)
    total = next(it) * 2.0
    total += sum(v * v for v in it)
    total += next(iter(()), x)
    for a, b in itertools.pairwise(values):
        total += a * b
    total += sum(itertools.chain(values, (x * x,), itertools.chain.from_iterable([[y], [y]])))
    total += sum(a * b for a, b in itertools.product(values, (1.0, y)))
    total += list(itertools.accumulate(values, operator.mul, initial=0.5))[-1]
    total += sum(a * (b + 1) for a, b in itertools.zip_longest(values, (x,), fillvalue=y))
    total += sum(a * b * c for a, b, c in itertools.combinations([*values, 2.0], 3))
    total += sum(itertools.islice(values, 1, None)) + sum(itertools.repeat(x, 3))
    total += sum(itertools.starmap(math.hypot, [(x, y), (y, 2.0)]))
    total += sum(values[i] for i in filter(lambda i: i != 1, range(3)))
    return total + sum(map(lambda a, b: a * b, values, reversed(values)))


register(with_iterators, scalar(0.3, 2.0), scalar(0.3, 2.0), complex_step=False)


class Wave:
    def __init__(self, x):
        self.x = x

    @functools.cached_property
    def doubled(self):
        return self.x * 2.0

    def scaled(self, k, power=1):
        return self.x**power * k

    cubed = functools.partialmethod(scaled, 3.0, power=3)


FIRST = operator.itemgetter(0)


def with_functools(x, y):
    @functools.lru_cache(maxsize=None)
    def area(a, b):
        return a * b

    def twice(f):
        @functools.wraps(f)
        def inner(*args):
            return 2.0 * f(*args)

        return inner

    wave = Wave(x)
    items = [(2, x), (1, y * y), (3, x * y)]
    items.sort(key=FIRST, reverse=True)
    table = {"b": x, "a": y} | {"c": x * y}
    table.setdefault("d", x + y)
    total = sum(i * v for i, (_, v) in enumerate(items, 1))
    total += sum((i + 1) * v for i, (_, v) in enumerate(sorted(table.items())))
    total += functools.reduce(operator.mul, [x, y, area(x, y)]) + twice(area)(x, y)
    total += wave.doubled * wave.doubled + wave.cubed() + operator.attrgetter("x")(wave)
    total += operator.methodcaller("scaled", 2.0, power=2)(wave) + math.prod([x, y, y])
    total += functools.partial(area, y)(b=x) * [1, 2, 3].index(2) * getattr(items, "nothing", 3.0)
    return total * pow(2, 5, 7) * range(0, 9, 4)[1] * (8 in range(9))


register(with_functools, scalar(), scalar())


def product_of_all(x):
    return math.prod(x) * math.prod(x[1:], start=2.0)


register(product_of_all, normal(4))

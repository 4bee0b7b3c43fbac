"""functools, itertools and Python's own functions of functions; names from around a function."""

import functools
import itertools
import operator
from functools import partial, reduce

import numpy as np

from tests.corpus.registry import listed, named, normal, one_of, positive, register, scalar, value

GAIN = 1.5
TABLE = {"low": 0.5, "high": 2.0}
WEIGHTS = np.array([0.5, -1.0, 2.0])


def logged(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f(*args, **kwargs) * 2.0

    return wrapper


def repeat(times):
    def decorate(f):
        @functools.wraps(f)
        def wrapper(x, *rest):
            for _ in range(times):
                x = f(x, *rest)
            return x

        return wrapper

    return decorate


@logged
@repeat(3)
def damped(x, rate=0.1):
    return x - rate * np.sin(x)


def decorated(x, rate):
    return damped(x, rate) + damped(x)


register(decorated, scalar(), scalar(0.1, 0.9))


@functools.lru_cache(maxsize=None)
def binomial(n, k):
    return 1 if k in (0, n) else binomial(n - 1, k - 1) + binomial(n - 1, k)


def bernstein(c, t):
    n = len(c) - 1
    return sum(binomial(n, k) * c[k] * t**k * (1 - t) ** (n - k) for k in range(n + 1))


register(bernstein, normal(4), scalar(0.1, 0.9))


def partials(x, y):
    scale = partial(np.multiply, x)
    power = partial(pow, y)
    shifted = partial(lambda a, b, c=1.0: a * b + c, c=x)
    again = partial(shifted, y)
    return scale(y) + power(3) + shifted(2.0, y) + again(x) + again(x, c=0.0)


register(partials, positive(), positive())


def reduced(xs, x):
    product = reduce(lambda a, b: a * b, xs)
    horner = reduce(lambda acc, c: acc * x + c, xs, 0.0)
    total = reduce(operator.add, [v**2 for v in xs])
    return product + horner * total


register(reduced, listed(scalar(), scalar(), scalar()), scalar())


def mapped_and_filtered(x):
    squares = list(map(lambda v: v * v, x))
    sums = list(map(lambda a, b: a + 2 * b, squares, x))
    positive_ones = [v for v in filter(lambda v: v > 0, sums)]
    return sum(positive_ones) + sum(map(np.sin, x)) + sum(a * b for a, b in zip(x[1:], squares))


register(mapped_and_filtered, normal(5), samples=3, refusal="of unknown length one by one")


def ordered_by_key(points):
    by_length = sorted(points, key=lambda p: p[0] ** 2 + p[1] ** 2)
    nearest, farthest = by_length[0], by_length[-1]
    top = max(points, key=lambda p: p[1])
    lowest = min(enumerate(points), key=lambda item: item[1][1])
    descending = sorted([p[0] for p in points], reverse=True)
    return nearest[0] * farthest[1] + top[0] * lowest[0] + descending[0] * descending[-1]


register(ordered_by_key, listed(normal(2), normal(2), normal(2)), samples=3)


def iterated_tools(x):
    total = 0.0
    for i, j in itertools.combinations(range(len(x)), 2):
        total += x[i] * x[j]
    for i, j in itertools.product(range(2), repeat=2):
        total -= x[i] ** 2 * j
    for v in itertools.chain(x[:1], x[2:]):
        total += np.sin(v)
    for k, v in zip(itertools.count(1), x):
        total += v / k
    return total


register(iterated_tools, normal(4), refusal="the length of a range that depends on data")


def running(x):
    sums = list(itertools.accumulate(x))
    products = list(itertools.accumulate(x, lambda a, b: a * b + 1))
    pairs = list(itertools.pairwise(sums))
    return sums[-1] * products[-1] + sum(a * b for a, b in pairs)


register(running, normal(4), refusal="of unknown length one by one")


def even(x, n):
    return x if n == 0 else odd(x * 1.1, n - 1) + 0.1


def odd(x, n):
    return np.cos(x) if n == 0 else even(np.sin(x), n - 1) * x


def mutual_recursion(x, n):
    return even(x, n) * odd(x, n)


register(mutual_recursion, scalar(), one_of(0, 1, 4), wrt=(0,), samples=3)


def functions_in_containers(x, names):
    table = {"sin": np.sin, "square": lambda v: v * v, "half": partial(np.multiply, 0.5)}
    steps = [table[n] for n in names]
    steps.append(lambda v: v + x)
    y = x
    for f in steps:
        y = f(y)
    return y * (steps[0] if len(names) > 1 else np.cos)(x)


register(
    functions_in_containers,
    scalar(),
    one_of(("sin", "square"), ("half",), ()),
    wrt=(0,),
    samples=4,
)


def globals_of_a_module(x):
    y = WEIGHTS * x
    y[0] += GAIN
    return np.sum(y * TABLE["high"] + WEIGHTS @ y * TABLE["low"])


register(globals_of_a_module, normal(3))


def bits_and_sets(x, mask):
    """Integers, sets and a global name decide which entries count."""
    global GAIN
    chosen = {0, 2} if mask is not None else set()
    total = GAIN
    for i in range(len(x)):
        if i in chosen or (mask or 0) & (1 << i):
            total = total * x[i] + (mask ^ 5 if mask is not None else 0)
    return total * x[-1]


register(bits_and_sets, normal(4), one_of(None, 2, 9), wrt=(0,), samples=4)


def nonlocal_counter(x):
    total, calls = 0.0, 0

    def add(v):
        nonlocal total, calls
        total += v * (1 + 0.1 * total)
        calls += 1
        return total

    for v in x:
        if add(v) > 1.0:
            add(-0.5 * v)
    return total * calls


register(nonlocal_counter, normal(5), samples=3)


def nonlocal_through_two(x):
    level = x

    def outer(k):
        def inner():
            nonlocal level
            level = level * k + x
            return level

        return inner() * 2 + level

    first = outer(2.0)
    return first * outer(level) + level


register(nonlocal_through_two, scalar())


def generator_of_closures(x):
    """Late binding: all see the last value, but for the default."""
    late = [lambda v: v * i for i in range(3)]
    early = [lambda v, i=i: v * i for i in range(3)]
    y = 1.0
    hold = lambda: y
    y = x * 2
    return sum(f(x) for f in late) + sum(f(x) ** 2 for f in early) + hold()


register(generator_of_closures, scalar())


def remember(v, memory=[]):
    memory.append(v)
    value = sum(memory) * len(memory)
    memory.clear()
    return value


def mutable_default(x):
    """A default that is emptied after its use."""
    return remember(x) * remember(x * x)


register(mutable_default, scalar(), refusal="from outside the function")


def weighted(x, *ws, bias=0.0, **options):
    y = bias
    for w in ws:
        y = y + w * x
    return activate(y, **options)


def activate(y, *, kind="tanh", slope=1.0):
    return np.tanh(slope * y) if kind == "tanh" else np.maximum(y, 0.1 * y) * slope


def arguments_passed_on(x, p, kind):
    ws = [p["a"], p["b"]]
    y = weighted(x, *ws, 0.5, kind=kind, slope=p["slope"])
    args = (x, *ws[:1])
    return y * weighted(*args, **{"bias": p["b"]})


register(
    arguments_passed_on,
    scalar(),
    named(a=scalar(), b=scalar(), slope=positive()),
    one_of("tanh", "leaky"),
    wrt=(0, 1),
    samples=4,
)


def compose_in_place(*fs):
    def run(v):
        for f in fs:
            f(v)
        return v

    return run


def pipeline_of_writers(x, s):
    def scale(v):
        v *= s

    def shift(v):
        v[1:] += v[:-1].copy()

    y = x * 1.0
    run = compose_in_place(scale, shift, scale, lambda v: np.negative(v, out=v))
    return run(run(y)) * y


register(pipeline_of_writers, normal(3), scalar())


def operator_functions(a, b):
    y = operator.mul(a, b)
    y = operator.iadd(y, a)
    get = operator.itemgetter(1, 0)
    p, q = get([a, y])
    return operator.truediv(p, operator.add(1.0, operator.pow(q, 2))) + operator.neg(y)


register(operator_functions, scalar(), scalar())


def conditionally_defined(x, smooth):
    if smooth:

        def act(v):
            return np.log1p(np.exp(v))
    else:

        def act(v):
            return v if v > 0 else 0.2 * v

    return act(x) * act(-x)


register(conditionally_defined, scalar(), one_of(True, False), wrt=(0,), samples=4)


def fixed_point_of(f, x, *args, trips=8):
    for _ in range(trips):
        x = f(x, *args)
    return x


def iterated_function(a, b):
    return fixed_point_of(lambda v, p, q: np.cos(v * p) + 0.1 * q, 0.5, a, b) + fixed_point_of(
        np.sin, a, trips=2
    )


register(iterated_function, scalar(0.2, 0.9), scalar())


def constant_data(x, data):
    """Data is turned into indices and weights; none of it is active."""
    order = sorted(range(len(data)), key=data.__getitem__)
    weights = [len(str(d)) for d in data]
    return sum(w * x[i] ** (k + 1) for k, (i, w) in enumerate(zip(order, weights)))


register(constant_data, normal(3), value([30, 4, 100]), wrt=(0,))


def reduced_over_data(x, m):
    """`reduce` over arrays, rows and lists of unknown length, with and without a start."""
    product = functools.reduce(operator.mul, x)
    nested = functools.reduce(lambda a, b: np.sin(a) * b, x, 1.5)
    total = functools.reduce(lambda a, row: 0.5 * a + row * row, m)
    kept = functools.reduce(lambda a, b: a + b * b, [v for v in x if v > -0.5], 0.0)
    return product * nested + np.sum(total) * kept


register(reduced_over_data, normal(4), normal(3, 4), wrt=(0, 1))

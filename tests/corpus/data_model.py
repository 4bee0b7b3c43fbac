"""Python's data model: what a class may override, and what an easy reading of it would miss."""

import functools
from dataclasses import InitVar, dataclass, field

import numpy as np

from tests.corpus.registry import normal, one_of, positive, register, scalar


class Celsius:
    def __init__(self, degrees):
        self.degrees = degrees

    @property
    def kelvin(self):
        return self.degrees + 2.7

    @kelvin.setter
    def kelvin(self, k):
        self.degrees = (k - 2.7) * 2


def property_that_is_set(x):
    """The setter runs, also for an augmented assignment."""
    t = Celsius(x)
    t.kelvin = x * x
    before = t.degrees
    t.kelvin *= 2
    return t.degrees * before


register(property_that_is_set, scalar())


class Tally:
    def __init__(self, v):
        self.v = v

    def __add__(self, other):
        return Tally(self.v + other)

    def __iadd__(self, other):
        self.v = self.v * other
        return self

    def __imul__(self, other):
        return Tally(self.v + other)


def in_place_operators(x, y):
    """__iadd__ is another function than __add__, and may give back the same object."""
    a = Tally(x)
    b = a
    a += y
    c = a + y
    b *= x
    return a.v * b.v + c.v


register(in_place_operators, scalar(), scalar())


class Doubling:
    def __setattr__(self, name, v):
        object.__setattr__(self, name, v * 2)

    def __getattr__(self, name):
        return len(name) * 1.5


def attributes_that_are_intercepted(x):
    d = Doubling()
    d.x = x
    d.x += 1.0
    return d.x * d.missing


register(attributes_that_are_intercepted, scalar())


class Positive:
    """A descriptor."""

    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, instance, owner):
        return getattr(instance, self.name)

    def __set__(self, instance, v):
        setattr(instance, self.name, v if v > 0 else -v)


class Bond:
    length = Positive()

    def __init__(self, length):
        self.length = length


def descriptors(x):
    b = Bond(x)
    b.length = b.length * x
    return b.length * x


register(descriptors, scalar(), samples=3)


class Registry:
    entries = []
    count = 0

    def __init__(self, v):
        self.entries.append(v)
        self.count += 1
        type(self).count += 2


def attributes_of_the_class(x):
    """A list of the class is shared; a number becomes the instance's own."""
    Registry.entries.clear()
    Registry.count = 0
    a, b = Registry(x), Registry(x * x)
    return sum(a.entries) * a.count + b.count * Registry.count


register(attributes_of_the_class, scalar(), refusal="from outside the function")


class Grid:
    def __init__(self, values):
        self.values = values
        self.reads = 0

    def __getitem__(self, k):
        self.reads += 1
        i, j = k
        return self.values[i % 2][j % 2]

    def __setitem__(self, k, v):
        i, j = k
        self.values[i % 2][j % 2] = v * 2

    def __contains__(self, v):
        return any(v == w for row in self.values for w in row)

    def __iter__(self):
        return iter(self.values[0] + self.values[1])

    def __len__(self):
        return 7


def container_of_the_user(x, y):
    g = Grid([[x, y], [x * y, 1.0]])
    g[2, 3] = g[1, 0] + x
    g[0, 0] += y
    total = sum(v * v for v in g)
    return total * len(g) * g.reads if 1.0 in g else total


register(container_of_the_user, scalar(), scalar())


class Comparable:
    def __init__(self, v):
        self.v = v

    def __lt__(self, other):
        return self.v**2 < other.v**2

    def __eq__(self, other):
        return isinstance(other, Comparable) and abs(self.v - other.v) < 0.6

    def __hash__(self):
        return 1


def ordered_by_the_user(x, y, z):
    items = [Comparable(x), Comparable(y), Comparable(z)]
    smallest, largest = min(items), max(items)
    ordered = sorted(items)
    near = sum(1 for a in items for b in items if a == b)
    return smallest.v * largest.v + ordered[1].v ** 2 * near


register(ordered_by_the_user, scalar(), scalar(), scalar(), samples=4)


class Singleton:
    def __new__(cls, v):
        self = super().__new__(cls)
        self.seen = v * 3
        return self

    def __init__(self, v):
        self.v = v + self.seen


def made_by_new(x):
    s = Singleton(x)
    return s.v * s.seen


register(made_by_new, scalar())


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a):
        self.a = a

    def fill(self):
        if not hasattr(self, "b"):
            self.b = self.a * 2
        return self.b


def slots(x):
    s = Slotted(x)
    first = s.fill()
    s.a = 100.0
    return s.fill() * first


register(slots, scalar())


class Left:
    def area(self):
        return self.w * 2

    def total(self):
        return self.area() + 1.0


class Mixed:
    def area(self):
        return super().area() * self.w


class Both(Mixed, Left):
    def __init__(self, w):
        self.w = w


def order_of_the_bases(x):
    """super() in a mixin is the next class of the instance's order, not of its own bases."""
    return Both(x).total() * Both.area(Both(x * 2)) + Left.area(Both(x))


register(order_of_the_bases, scalar())


class Lazy:
    def __init__(self, x):
        self.x = x
        self.computed = 0

    @functools.cached_property
    def square(self):
        self.computed += 1
        return self.x * self.x


def computed_once(x):
    lazy = Lazy(x)
    first = lazy.square
    lazy.x = x * 100
    return lazy.square * lazy.computed + first * lazy.x


register(computed_once, scalar())


@dataclass
class Mesh:
    n: int
    spacing: float
    scale: InitVar[float] = 2.0
    points: np.ndarray = field(init=False)
    tags: list = field(default_factory=list)
    kind: str = field(default="line", repr=False, compare=False)

    def __post_init__(self, scale):
        self.points = np.arange(self.n) * self.spacing * scale
        self.tags.append(self.spacing**2)


def dataclass_features(h, s):
    a, b = Mesh(3, h), Mesh(2, h * s, scale=s)
    a.points[1] += s
    return np.sum(a.points**2) * np.sum(b.points) + a.tags[0] * len(b.tags) + len(b.kind)


register(dataclass_features, positive(), scalar())


class Chain:
    """Methods that give back the object, or a new one."""

    def __init__(self, v):
        self.v = v

    def add(self, w):
        self.v = self.v + w
        return self

    def copied(self):
        return Chain(self.v * 1.0)

    def map(self, f, *args):
        return Chain(f(self.v, *args))


def fluent_calls(x, y):
    c = Chain(x)
    d = c.add(y).copied().add(x)
    c.add(d.v)
    return c.map(np.sin).add(y).v * d.map(lambda v, k: v * k, c.v).v


register(fluent_calls, scalar(), scalar())


def methods_as_values(x):
    """A bound method keeps its object, a function of the class wants one."""
    c = Chain(x)
    add, v = c.add, c.v
    c.v = x * 3
    add(1.0)
    Chain.add(c, v)
    c.extra = c.v * 2
    scale = functools.partial(Chain.map, c, np.multiply)
    return scale(x).v * c.extra + vars(c)["v"]


register(methods_as_values, scalar())


def same_or_equal(x, k):
    """Identity of objects, arrays and None."""
    a, b = Chain(x), Chain(x)
    c = a if k else b
    y = np.array([x, 1.0])
    z = y if k > 1 else y.copy()
    z[0] *= 2.0
    total = 3.0 if c is a else 5.0
    if z is not y:
        total *= y[0]
    return total * np.sum(z) * (a is not None)


register(same_or_equal, scalar(), one_of(0, 1, 2), wrt=(0,), samples=5)


def objects_in_a_set_of_lists(x):
    """One object in several lists; removing it from one leaves it in the other."""
    boxes = [Chain(v) for v in (x[0], x[1], x[2])]
    active, all_boxes = list(boxes), boxes
    active[1].v = x[0] * x[2]
    gone = active.pop(0)
    gone.v *= 2.0
    all_boxes[2].add(gone.v)
    return sum(b.v for b in all_boxes) * sum(b.v**2 for b in active)


register(objects_in_a_set_of_lists, normal(3))

"""Objects and containers: identity through branches and loops, classes, arguments that change."""

from __future__ import annotations

import copy
import dataclasses
import enum
import gc
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_allclose

from s2sad import Unsupported, grad, jvp, value_and_grad, vjp

Program = Callable[[float], float]


def agrees(f: Program, x: float) -> None:
    """Both modes give the derivative that differences show, and the value of the function."""
    value, forward = jvp(f, (x,), (1.7,))
    again, pullback = vjp(f, x)
    h = 1e-5
    numeric = (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h)
    assert value == again == f(x)
    assert_allclose(forward / 1.7, numeric, rtol=1e-7, atol=1e-7)
    assert_allclose(pullback(0.6)[0] / 0.6, forward / 1.7, rtol=1e-12)


# ---- which containers are one ------------------------------------------------------------------


def second_name_on_the_only_way(x):
    b = [x]
    if x > 100:
        raise ValueError
    else:
        c = b
    c.append(x * x)
    return sum(b)


def two_names_on_the_only_way(x):
    if x > 100:
        raise ValueError
    else:
        c = d = [x * x]
    c.append(x)
    return sum(d) * c[0]


def inside_another_on_the_only_way(x):
    b = [x]
    if x > 100:
        raise ValueError
    else:
        d = [b]
    d[0].append(x * x)
    return sum(b)


def the_same_inside_both(x):
    b = [x]
    if x > 1:
        d = [b, x]
    else:
        d = [b, 2 * x]
    d[0].append(x * x)
    return sum(b) * d[1]


def changed_by_a_branch_in_the_branch(x):
    if x > 1:
        c = [x]
        if x > 2:
            c[0] = x * x
    else:
        c = [1.0]
    return c[0] * x


def changed_and_chosen(x):
    b = [x]
    if x > 1:
        c = b
        c[0] = x * x
    else:
        c = [1.0]
    return c[0] * b[0]


class Node:
    def __init__(self, v, parent=None):
        self.v = v
        self.parent = parent
        self.kids = []
        if parent is not None:
            parent.kids.append(self)

    def add(self, v):
        self.v += v
        return self


def objects_chosen(x):
    a, b = Node(x), Node(x * x)
    if x > 1:
        m = a
        m.v = 2 * x
    else:
        m = b
        m.v = 3 * x
    return a.v * b.v * m.v


def nested_choice(x):
    a = Node(x)
    if x > 0:
        if x > 1:
            c = [a]
            a.v = x * x
        else:
            c = [a]
    else:
        c = [a]
    return c[0].v * a.v


def returned_by_two_ways_and_changed(x):
    def make(v):
        if v > 1:
            return [v]
        return [v * v]

    made = make(x)
    made.append(x * x)
    return sum(made) * made[0]


def bound_again_in_a_loop(x, n=4):
    b = [x, x]
    c = b
    s = 0.0
    for _ in range(n):
        c[0] = c[0] * x
        c = c
        s += b[0]
    return s


def exchanged_in_a_loop(x, n=4):
    b, c = [x, x], [x, 2 * x]
    s = 0.0
    for _ in range(n):
        c[0] = c[0] * x
        s += b[0]
        b, c = c, b
    return s


def new_object_every_trip(x):
    a = Node(x)
    for _ in range(3):
        b = Node(0.0)
        b.add(a.v + x)
        a = b
    a.add(x)
    return a.v * x


def objects_that_know_each_other(x):
    r = Node(x)
    a, b = Node(x * x, r), Node(2 * x, r)
    a.v = a.v * b.parent.v
    b.v = b.v * x if x > 1 else 1.0
    s = 0.0
    for _ in range(2):
        for k in r.kids:
            s += k.v
    return s * copy.deepcopy(a).parent.kids[1].v


def stack_of_known_length(x):
    stack, s = [(x, 0), (2 * x, 1)], 0.0
    while stack:
        v, d = stack.pop()
        s += v * v * (d + 1)
        if d < 2:
            stack.append((v * x, d + 1))
            stack.append((v + x, d + 1))
    return s


def iterable_with_an_effect(x):
    items = [x, x * x, 3 * x]

    def shorter():
        items.pop()
        return items

    return sum(v for v in shorter()) * len(items)


def unbalanced_tree(x):
    def total(t):
        if isinstance(t, tuple):
            return total(t[0]) * 2 + total(t[1])
        return t * t

    return total(((x, 2.0 * x), 3 * x)) + total((x, (x * 2, x)))


IDENTITY = [
    second_name_on_the_only_way, two_names_on_the_only_way, inside_another_on_the_only_way,
    the_same_inside_both, changed_by_a_branch_in_the_branch, changed_and_chosen, objects_chosen,
    nested_choice, returned_by_two_ways_and_changed, bound_again_in_a_loop, exchanged_in_a_loop,
    new_object_every_trip, objects_that_know_each_other, stack_of_known_length,
    iterable_with_an_effect, unbalanced_tree,
]  # fmt: skip


@pytest.mark.parametrize("f", IDENTITY, ids=lambda f: f.__name__)
@pytest.mark.parametrize("x", [0.7, 1.4, 2.3])
def test_identity(f: Program, x: float):
    agrees(f, x)


def changed_after_the_choice(x):
    b = [x]
    c = b if x > 1 else [1.0]
    b[0] = x * x
    return c[0] * b[0]


def asked_which(x):
    b, d = [x], [x]
    c = b if x > 1 else d
    return x * x if c is b else x


def method_of_one_of_two(x):
    a, b = Node(x), Node(2 * x)
    add = a.add if x > 1 else b.add
    add(x)
    return a.v * b.v


def run_through_twice(x):
    pairs = zip([x, 2 * x], [x, x], strict=True)
    s = sum(a * b for a, b in [*pairs])
    for a, b in pairs:
        s += a * b
    return s


@pytest.mark.parametrize("f", [changed_after_the_choice, asked_which, method_of_one_of_two])
def test_what_a_branch_chose_is_not_changed(f: Program):
    with pytest.raises(Unsupported, match="branch or loop chose"):
        grad(f)(1.4)


def test_what_an_integer_chooses_may_be_changed():
    def f(x, k):
        a, b = [x], [2 * x]
        c = a if k > 0 else b
        c[0] = x**3
        return a[0] * b[0] * (5.0 if c is a else 7.0)

    gradient = grad(f)
    assert_allclose(gradient(1.5, 1), 40 * 1.5**3)
    assert_allclose(gradient(1.5, 0), 28 * 1.5**3)


def test_an_iterator_has_its_elements_once():
    def twice(x):
        pairs = zip([x, x * x], [x, x])  # noqa: B905
        s = 0.0
        for a, b in pairs:
            s += a * b
        for a, b in pairs:
            s += a * b
        return s

    with pytest.raises(Unsupported, match="used up"):
        grad(twice)(1.3)


# ---- classes -----------------------------------------------------------------------------------


class Vector(NamedTuple):
    a: float
    b: float = 2.0

    def __add__(self, other):
        return Vector(self.a + other.a, self.b * other.b)

    @property
    def norm(self):
        return self.a**2 + self.b**2


def namedtuple_with_operators(x):
    v = Vector(x, 2 * x) + Vector(x) + Vector(b=x, a=1.0)._replace(a=x * x)
    return v[0] * v.b + v.norm


class Account:
    total = 0.0
    rate = 2.0

    def __init__(self):
        self.items = []

    def add(self, v):
        self.total += v
        self.items.append(v)
        return self

    @classmethod
    def of(cls, *values):
        made = cls()
        for v in values:
            made.add(v)
        return made

    @staticmethod
    def square(v):
        return v * v

    def __iadd__(self, v):
        return self.add(v)

    def __eq__(self, other):
        return NotImplemented

    __hash__ = None

    def __matmul__(self, other):
        return sum(a * b for a, b in zip(self.items, other.items, strict=True))

    def __rmul__(self, k):
        return Account.of(*[k * i for i in self.items])

    def __bool__(self):
        return len(self.items) > 1

    def __getitem__(self, i):
        return self.items[i]

    def __call__(self, x):
        return self.total * x * self.rate

    def __abs__(self):
        return self.total * 3

    @property
    def mean(self):
        return self.total / len(self.items)

    @mean.setter
    def mean(self, v):
        self.total = v * len(self.items)

    @mean.deleter
    def mean(self):
        self.total = 0.5


def special_methods(x):
    a = Account.of(x, x * x)
    b = a
    a += 3.0
    c = 2.0 * a
    c.mean = c.mean * x
    m = c.mean
    del c.mean
    total = (a @ c) * b.mean * m + c.total + a(x) + (x if a else 0.0) + sum(v for v in a)
    return total + Account.square(x) + (1.0 if a == b else 2.0) * x + abs(a)


class Doubled(Account):
    def add(self, v):
        super().add(v * 2)
        super().add(v)
        return self

    @classmethod
    def of(cls, *values):
        return super().of(*values, 1.0)

    @property
    def mean(self):
        return super().mean + 1.0


def super_of_all_kinds(x):
    a = Doubled.of(x, 2 * x)
    return a.mean * a.total


class Private:
    __slots__ = ("__w", "u")

    def __init__(self, w):
        self.__w = w

    def get(self):
        return (lambda: self.__w)()

    def __setattr__(self, name, v):
        object.__setattr__(self, name, v)


def private_names_and_slots(x):
    m = Private(x)
    m.u = x
    y = m.get() * m._Private__w * m.u
    del m.u
    return y * (2.0 if hasattr(m, "u") else 3.0)


@dataclass(order=True, frozen=True)
class Ordered:
    a: float
    b: float = field(compare=False, default=2.0)


def ordered_dataclass(x):
    p, q = Ordered(x), Ordered(2.0, x)
    r = dataclasses.replace(p, b=x * x)
    m = max([p, q, r])
    return m.a * r.b if p == r and p in [q, r] else m.b


@dataclass(kw_only=True)
class Keywords:
    w: float
    n: int = 3
    parts: list = field(default_factory=lambda: [1.0])


def keyword_dataclass(x):
    a, b = Keywords(w=x), Keywords(w=x * x, n=2)
    a.parts.append(x)
    d = dataclasses.asdict(a)
    d["parts"].append(5.0)
    return sum(a.parts) * len(b.parts) * b.w * len(d["parts"]) * getattr(a, "n")  # noqa: B009


class Kind(enum.Enum):
    A = 1
    B = 2


def enumeration(x):
    table = {Kind.A: x * x, Kind.B: x}
    c = Kind["A"]
    return table[c] + (x if c is Kind.A else 2 * x) + (Kind(2) == Kind.B) * x + c.value * x


def dict_methods(x):
    d = dict(a=x, b=2 * x)  # noqa: C408
    live = d.items()
    e = d | {"b": x * x}
    d |= {"c": x}
    e.setdefault("z", []).append(x)
    e.setdefault("z", []).append(2 * x)
    _, v = d.popitem()
    f = dict.fromkeys(["p", "q"], x)
    f["p"] += 1.0
    e.update(q=x * 3)
    del e["a"]
    same = 1.0 if d == {"a": x, "b": 2 * x} else 0.0
    return sum(d.values()) * e["b"] * v * f["p"] * f["q"] + sum(e["z"]) + same + len(live) * x


def list_methods(x):
    a = [x, 2 * x, 3 * x]
    a.insert(1, x * x)
    a.remove(a[0])
    b = a.copy()
    b.clear()
    b.extend(a[::-1])
    b[1:2] = [x, x]
    b *= 2
    del b[0]
    del b[-2:]
    ranks = [3, 1, 2]
    ranks.sort(reverse=True)
    b[ranks[0]] = b[ranks.index(1)]
    return sum(v * (i + 1) for i, v in enumerate(b)) * len(b) + (1.0 if x in b else 3.0) * x


def tuples_compared(x):
    a, b = (1.0, x, [x]), (1.0, 1.4, [2.0])
    return x * 2 if a < b else x + 3 if a[:2] == b[:2] else x**3


CLASSES = [
    namedtuple_with_operators, special_methods, super_of_all_kinds, private_names_and_slots,
    ordered_dataclass, keyword_dataclass, enumeration, dict_methods, list_methods,
    tuples_compared,
]  # fmt: skip


@pytest.mark.parametrize("f", CLASSES, ids=lambda f: f.__name__)
@pytest.mark.parametrize("x", [0.7, 1.9])
def test_classes(f: Program, x: float):
    agrees(f, x)


class Model:
    rate = 2.0
    table = [1.0, 2.0]

    def __init__(self, w):
        self.w = w

    def apply(self, x):
        return self.w * x * self.rate * self.table[1]

    @property
    def size(self):
        return self.w


class Derived(Model):
    def apply(self, x):
        return super().apply(x) + self.size


def test_what_classes_define_is_read_at_every_call(monkeypatch: pytest.MonkeyPatch):
    gradient = grad(lambda x: Derived(x).apply(3.0))
    assert gradient(1.5) == 13.0
    monkeypatch.setattr(Model, "rate", 5.0)
    assert gradient(1.5) == 31.0
    monkeypatch.setattr(Model, "table", [1.0, 2.0])
    Model.table[1] = 4.0
    assert gradient(1.5) == 61.0
    monkeypatch.setattr(Model, "size", property(lambda self: self.w * 7))
    assert gradient(1.5) == 67.0
    monkeypatch.setattr(Model, "apply", lambda self, x: self.w * 11)
    assert gradient(1.5) == 18.0
    monkeypatch.setattr(Derived, "apply", lambda self, x: x)
    assert gradient(1.5) == 0.0


@dataclass
class Point:
    w: float
    k = 2.0

    def scaled(self, x):
        return self.w * x * self.k


def test_the_class_of_an_argument_is_guarded_and_the_argument_not_kept(
    monkeypatch: pytest.MonkeyPatch,
):
    gradient = grad(lambda p, x: p.scaled(x), argnums=1)
    point = Point(3.0)
    assert gradient(point, 2.0) == 6.0
    monkeypatch.setattr(Point, "k", 5.0)
    assert gradient(point, 2.0) == 15.0
    seen = weakref.ref(point)
    del point
    gc.collect()
    assert seen() is None


class Halved:
    def __init__(self, v):
        self.v = v / 2


def test_a_result_is_not_made_by_init():
    value, tangent = jvp(lambda x: Halved(x * x), (3.0,), (1.0,))
    assert type(value) is type(tangent) is Halved
    assert (value.v, tangent.v) == (4.5, 3.0)


# ---- arguments that the function changes -------------------------------------------------------


@dataclass
class State:
    u: np.ndarray
    history: list = field(default_factory=list)


def advanced(dt, s, log):
    for _ in range(3):
        old = s.u
        s.u = s.u + dt * s.u**2
        old[0] = dt
        s.history.append(s.u.sum())
    log["n"] = log["n"] + 1
    log["last"] = [s.history[-1], (dt, "x")]
    return s.history[-1] * s.history[0] + s.u[0]


def state():
    return State(np.array([1.3, -2.1, 0.4])), {"n": 1}


@pytest.mark.parametrize("argnums", [0, (0, 1), 1])
def test_containers_are_left_as_the_function_leaves_them(argnums: Any):
    ours, plain = state(), state()
    value, _ = value_and_grad(advanced, argnums=argnums)(0.13, *ours)
    assert value == advanced(0.13, *plain)
    assert_allclose(ours[0].u, plain[0].u)
    assert_allclose(ours[0].history, plain[0].history)
    assert ours[1] == plain[1] and list(ours[1]) == list(plain[1])


def test_a_gradient_alone_leaves_them_alone():
    ours, before = state(), state()
    found = grad(advanced, argnums=(0, 1))(0.13, *ours)
    assert_allclose(ours[0].u, before[0].u)
    assert ours[0].history == [] and ours[1] == {"n": 1}
    numeric = (advanced(0.13 + 1e-6, *state()) - advanced(0.13 - 1e-6, *state())) / 2e-6
    assert_allclose(found[0], numeric, rtol=1e-6)
    assert type(found[1]) is State and found[1].history == []


def test_the_pullback_reads_what_was_there_before():
    def f(u, s):
        s["v"] = s["v"] * u[0] ** 2
        u[0] = 5.0
        return np.sum(u * s["v"])

    u, s = np.array([1.5, 2.5]), {"v": np.array([0.3, -0.7])}
    expected = grad(f, argnums=(0, 1))(u.copy(), copy.deepcopy(s))
    _, pullback = vjp(f, u, s)
    found = pullback(1.0)
    assert_allclose(found[0], expected[0])
    assert_allclose(found[1]["v"], expected[1]["v"])
    assert u[0] == 5.0


def test_a_container_passed_twice_is_noticed():
    def f(x, p, q):
        p["a"] = p["a"] * x
        return q["a"] * x

    one = {"a": 2.0}
    assert grad(f)(3.0, {"a": 2.0}, {"a": 2.0}) == 2.0
    with pytest.raises(ValueError, match="twice in the arguments"):
        grad(f)(3.0, one, one)


def test_new_values_of_arguments_are_kept_as_they_are():
    def f(x, memory):
        memory.append(x)
        memory.append([x * x, (x, 2.0)])
        return x * memory[1][0]

    memory: list[Any] = []
    assert value_and_grad(f)(1.5, memory) == (1.5**3, 3 * 1.5**2)
    assert memory == [1.5, [2.25, (1.5, 2.0)]]


def test_keys_of_any_kind_are_written():
    def f(x, d):
        d["{a}"][0] = {"{0}": x, "b'": (1.0,)}
        d[("k", 1)] = x * d.pop("gone")
        return d[("k", 1)] * d["{a}"][0]["{0}"]

    ours: Any = {"{a}": [1.0], "gone": 2.0}
    plain = copy.deepcopy(ours)
    assert value_and_grad(f)(1.5, ours) == (f(1.5, plain), 6.0)
    assert ours == plain and list(ours) == list(plain)


KEPT = [1.0]
COUNT = 0


def appends_to_a_global(x):
    KEPT.append(x)
    return sum(KEPT)


def counts(x):
    global COUNT
    COUNT += 1
    return x * COUNT


def changes_a_class(x):
    Account.rate = 3.0
    return x


def memory_of_a_default(x):
    return remembered(x) * x


def remembered(x, memory=[]):  # noqa: B006
    memory.append(x)
    return sum(memory)


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (appends_to_a_global, "a list from outside the function"),
        (memory_of_a_default, "a list from outside the function"),
        (counts, "COUNT, which is global"),
        (changes_a_class, "the attribute rate of the class Account"),
    ],
)
def test_what_is_outside_is_not_changed(f: Program, message: str):
    with pytest.raises(Unsupported, match=message) as caught:
        grad(f)(1.3)
    assert caught.value.location is not None


def test_a_lambda_that_is_refused_says_where():
    with pytest.raises(Unsupported) as caught:
        grad(lambda x: [x].sort(key=1) or {x: 1}[x])(1.3)
    assert caught.value.location is not None

"""Objects whose attributes change: in methods, in loops, through properties and containers."""

from collections import namedtuple
from dataclasses import dataclass, field, replace

import numpy as np

from tests.corpus.registry import between, built, normal, one_of, positive, register, scalar, value


class Accumulator:
    """Plain attributes, changed by a method."""

    def __init__(self, start=0.0):
        self.total = start
        self.count = 0

    def add(self, v):
        self.total += v
        self.count += 1

    def mean(self):
        return self.total / self.count


def accumulated_in_an_object(x):
    acc = Accumulator()
    for v in x:
        acc.add(v * v)
        if v > 0.5:
            acc.total *= 1.1
    return acc.mean() * acc.count


register(accumulated_in_an_object, normal(5), samples=3)


class Dense:
    def __init__(self, w, b):
        self.w = w
        self.b = b
        self.last = None

    def __call__(self, x):
        self.last = x
        return np.tanh(x @ self.w + self.b)

    def update(self, gw, gb, rate):
        self.w = self.w - rate * gw
        self.b -= rate * gb


def layers_with_state(w, b, x):
    first, second = Dense(w * 1.0, b * 1.0), Dense(w.T * 0.5, b[:2] * 1.0)
    out = second(first(x))
    first.update(first.last.T @ first(x), first.last.sum(), 0.1)
    for layer in (first, second):
        layer.update(0.1 * layer.w, 0.2 * layer.b, 0.5)
    return np.sum(second(first(x)) ** 2) + np.sum(out * second.last[:, :2])


register(layers_with_state, normal(2, 3), normal(3), normal(4, 2))


class Oscillator:
    def __init__(self, position, velocity, stiffness):
        self.x, self.v = position, velocity
        self.stiffness = stiffness
        self.log = []

    @property
    def energy(self):
        return 0.5 * self.v**2 + 0.5 * self.stiffness * self.x**2

    @property
    def amplitude(self):
        return np.sqrt(2 * self.energy / self.stiffness)

    @amplitude.setter
    def amplitude(self, a):
        factor = a / self.amplitude
        self.x *= factor
        self.v *= factor

    def run(self, steps, dt):
        for _ in range(steps):
            self.v -= dt * self.stiffness * self.x
            self.x += dt * self.v
            self.log.append(self.energy)
        return self


def oscillator(position, velocity, stiffness, steps):
    o = Oscillator(position, velocity, stiffness).run(steps, 0.1)
    before = o.energy
    o.amplitude = 2.0 * stiffness
    o.run(2, 0.05)
    return before * o.x + sum(o.log)


register(oscillator, scalar(), scalar(), positive(), one_of(0, 1, 4), wrt=(0, 1, 2), samples=3)


@dataclass
class Body:
    position: np.ndarray
    velocity: np.ndarray
    mass: float = 1.0
    trail: list = field(default_factory=list)

    def kick(self, force, dt):
        self.velocity += force / self.mass * dt

    def drift(self, dt):
        self.position += self.velocity * dt
        self.trail.append(self.position.copy())


def bodies_as_dataclasses(position, velocity, mass):
    sun, planet = Body(np.zeros(2), np.zeros(2), 10.0), Body(position * 1.0, velocity * 1.0, mass)
    for _ in range(3):
        d = planet.position - sun.position
        force = -d * sun.mass * planet.mass / (d @ d + 1.0) ** 1.5
        planet.kick(force, 0.1)
        sun.kick(-force, 0.1)
        for body in (sun, planet):
            body.drift(0.1)
    return np.sum(np.stack(planet.trail) ** 2) + np.sum(sun.position)


register(bodies_as_dataclasses, normal(2), normal(2), positive(), complex_step=False)


@dataclass
class Parameters:
    w: np.ndarray
    rate: float


def dataclass_argument_updated(p, x):
    """The attribute of an argument is bound anew, and its array changed before."""
    p.w[0] *= 2.0
    old = p.w
    p.w = p.w - p.rate * x
    p.rate *= 0.5
    q = replace(p, rate=p.rate * 3)
    return np.sum(p.w * old) * p.rate + q.rate


register(dataclass_argument_updated, built(Parameters, w=normal(3), rate=scalar()), normal(3))


@dataclass(frozen=True)
class Interval:
    low: float
    high: float

    def __post_init__(self):
        assert self.low <= self.high

    @property
    def width(self):
        return self.high - self.low

    def halves(self):
        middle = (self.low + self.high) / 2
        return Interval(self.low, middle), Interval(middle, self.high)


def adaptive(interval, f, depth):
    whole = f((interval.low + interval.high) / 2) * interval.width
    if depth == 0:
        return whole
    parts = sum(f((h.low + h.high) / 2) * h.width for h in interval.halves())
    if abs(parts - whole) < 0.02:
        return parts
    return sum(adaptive(half, f, depth - 1) for half in interval.halves())


def adaptive_quadrature(a, width):
    return adaptive(Interval(a, a + width), lambda t: np.exp(-t * t) * a, 4)


register(adaptive_quadrature, scalar(-1.0, 1.0), between(0.5, 2.0))

State = namedtuple("State", "u v t")


def namedtuple_in_a_loop(u, v, n):
    s = State(u * 1.0, v, 0)
    for _ in range(n):
        s.u[1:] += 0.1 * s.v
        s = s._replace(v=s.v * 0.9 + s.u[0], t=s.t + 1)
    u2, v2, t = s
    return np.sum(u2) * v2 * (t + 1)


register(namedtuple_in_a_loop, normal(3), scalar(), one_of(0, 3), wrt=(0, 1), samples=3)


class Node:
    def __init__(self, value, left=None, right=None):
        self.value, self.left, self.right = value, left, right

    def total(self):
        s = self.value**2
        for child in (self.left, self.right):
            if child is not None:
                s += self.value * child.total()
        return s


def tree_of_nodes(a, b, c):
    leaf = Node(c)
    root = Node(a, Node(b, leaf), leaf)
    leaf.value = leaf.value + a
    root.left.right = Node(a * b)
    return root.total()


register(tree_of_nodes, scalar(), scalar(), scalar())


class Schedule:
    """A callable whose state decides about the next call; entries by getattr and setattr."""

    def __init__(self, rate):
        self.rate, self.calls = rate, 0

    def __call__(self):
        self.calls += 1
        if self.calls % 2 == 0:
            self.rate *= 0.5
        return self.rate


def stateful_callable(x, rate):
    schedule = Schedule(rate)
    for _ in range(5):
        x = x - schedule() * np.sin(x)
    for name in ("rate", "calls"):
        setattr(schedule, name, getattr(schedule, name) * 2)
    return x * schedule.rate * schedule.calls


register(stateful_callable, scalar(), positive())


class Network:
    """Objects in a list in an object, trained by a rule of its own."""

    def __init__(self, ws):
        self.layers = [w * 1.0 for w in ws]
        self.hooks = {}

    def forward(self, x):
        for k, w in enumerate(self.layers):
            x = np.tanh(w @ x)
            self.hooks[k] = x
        return x

    def decay(self, rate):
        for w in self.layers:
            w *= 1 - rate
        self.layers[0][0] += rate


def network_object(w1, w2, x, n):
    net = Network([w1, w2])
    loss = 0.0
    for _ in range(n):
        loss = loss + np.sum(net.forward(x) ** 2)
        net.decay(0.2)
    return loss + np.sum(net.layers[0]) * (net.hooks[0][1] if n else 1.0)


register(network_object, normal(3, 2), normal(2, 3), normal(2), value(3), wrt=(0, 1, 2))

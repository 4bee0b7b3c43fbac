"""Structured arguments and results: tuples, lists, dicts, dataclasses, namedtuples, nested."""

from collections import namedtuple
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tests.corpus.registry import (
    between,
    built,
    listed,
    named,
    normal,
    positive,
    register,
    scalar,
    several,
    value,
)


def pair(p):
    a, b = p
    return a * a + a * b[0] * b[1]


register(pair, several(scalar(), several(scalar(), scalar())))


def list_argument(xs):
    return xs[0] * xs[1] + xs[-1] ** 2 * len(xs)


register(list_argument, listed(scalar(), scalar(), scalar()))


def dictionary(parameters, x):
    return np.sum(np.tanh(parameters["w"] * x + parameters["b"])) * parameters["scale"]


register(dictionary, named(w=normal(4), b=normal(4), scale=scalar()), normal(4))


def nested_structure(model):
    total = 0.0
    for layer in model["layers"]:
        w, (b, c) = layer
        total = total * c + np.sum(w * b)
    return total * model["options"]["rate"]


register(
    nested_structure,
    named(
        layers=listed(
            several(normal(2), several(scalar(), scalar())),
            several(normal(3), several(scalar(), scalar())),
        ),
        options=named(rate=scalar(), unused=normal(2)),
    ),
)


def dense_layers(layers, x):
    h = x
    for w, b in layers[:-1]:
        h = np.tanh(h @ w + b)
    w, b = layers[-1]
    return np.sum((h @ w + b) ** 2)


register(
    dense_layers,
    listed(several(normal(3, 4), normal(4)), several(normal(4, 2), normal(2))),
    normal(5, 3),
)


@dataclass
class Spring:
    stiffness: float
    length: float = 1.0

    def energy(self, x):
        return 0.5 * self.stiffness * (x - self.length) ** 2


def dataclass_argument(spring, x):
    return 0.5 * spring.stiffness * (x - spring.length) ** 2 + spring.length


register(dataclass_argument, built(Spring, stiffness=positive(), length=positive()), scalar())

Point = namedtuple("Point", ["x", "y", "z"], defaults=[0.5])


class Line(NamedTuple):
    start: Point
    end: Point
    width: float = 1.0


def namedtuple_argument(line):
    (x0, y0, _), end = line.start, line.end
    return ((end.x - x0) ** 2 + (end.y - y0) ** 2 + end[2] ** 2) * line.width


register(
    namedtuple_argument,
    built(
        Line,
        start=built(Point, x=scalar(), y=scalar()),
        end=built(Point, x=scalar(), y=scalar(), z=scalar()),
        width=positive(),
    ),
)


def iterate_dictionary(parameters, x):
    total = x
    for key, v in parameters.items():
        total = total * v + len(key)
    for v in parameters.values():
        total += v * v
    return total + (parameters["b"] if "b" in parameters else 0.0)


register(iterate_dictionary, named(a=scalar(), b=scalar(), cc=scalar()), scalar())


def structured_result(x, y):
    return {"sum": x + y, "parts": (x * y, [np.sin(x), y])}


register(structured_result, scalar(), normal(3))


def build_and_take_apart(x, y):
    box = {"x": x, "both": (x * y, [y, x])}
    a, (b, c) = box["both"][0], box["both"][1]
    items = [a, b] + [c] * 2
    first, *others = items
    return first * others[0] + others[-1] * box["x"] * len(others)


register(build_and_take_apart, scalar(), scalar())


def builds_a_namedtuple(x, y):
    p = Point(x * y, y=x + y)
    q = p._replace(z=p.x * 2)
    return q.x * q.y + q.z


register(builds_a_namedtuple, scalar(), scalar())


def shared_leaf(p):
    """One entry read twice, another never."""
    a = p["a"]
    b = p["a"] * 2
    return a * b * p["nested"][1]


register(shared_leaf, named(a=scalar(), nested=listed(normal(2), scalar(), scalar())))


def tuple_arithmetic(state, dt):
    position, velocity = state
    for _ in range(4):
        force = tuple(-p for p in position) if dt < 0 else (-position[0], -position[1] * 2)
        velocity = (velocity[0] + dt * force[0], velocity[1] + dt * force[1])
        position = (position[0] + dt * velocity[0], position[1] + dt * velocity[1])
    return position, velocity


register(
    tuple_arithmetic,
    several(several(scalar(), scalar()), several(scalar(), scalar())),
    between(0.05, 0.3),
)


def records(rows, k):
    total = 0.0
    for row in rows:
        total += row["weight"] * row["value"][k] ** 2
    return total


register(
    records,
    listed(named(weight=scalar(), value=normal(3)), named(weight=scalar(), value=normal(3))),
    value(1),
    wrt=(0,),
)

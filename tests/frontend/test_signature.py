"""Keys and abstraction of call signatures."""

from __future__ import annotations

import collections
import dataclasses
import enum
import math
import timeit
from typing import Any, NamedTuple

import numpy as np
import pytest

from s2sad.errors import ArgumentError
from s2sad.frontend.signature import (
    Demand,
    abstract,
    by_value,
    children,
    follow,
    key,
    leaf_paths,
)
from s2sad.ir.nodes import Lit, Var
from s2sad.ir.tree import Struct, leaves
from s2sad.ir.types import Array, Dim, Number, Opaque


class Point(NamedTuple):
    x: Any
    y: Any


@dataclasses.dataclass
class Layer:
    weight: Any
    bias: Any


@dataclasses.dataclass(slots=True, frozen=True)
class Slotted:
    weight: Any


class Color(enum.Enum):
    RED = 1


def a(*shape, dtype=float):
    return np.zeros(shape, dtype)


SAME = [
    (1.0, 2.5),
    (1, 2),
    (1j, 2j),
    (np.float32(1), np.float32(2)),
    (a(3), a(4)),
    (a(3, 1), a(5, 1)),
    (a(0), a(2)),
    ([1.0, a(2)], [2.0, a(3)]),
    ({"w": 1.0}, {"w": 2.0}),
    (Point(1.0, 2), Point(2.0, 3)),
    (Layer(a(2), 1.0), Layer(a(3), 2.0)),
    (Slotted(1.0), Slotted(2.0)),
    ("relu", "re" + "lu"),
    (slice(1, 2), slice(1, 2)),
    (np.random.default_rng(0), np.random.default_rng(1)),
    (object(), object()),
]
DIFFERENT = [
    (1.0, 1),
    (1, True),
    (1.0, 1j),
    (1.0, np.float64(1)),
    (np.float32(1), np.float64(1)),
    (np.float64(1), np.array(1.0)),
    (a(3), a(1)),
    (a(3), a(3, 3)),
    (a(3, 1), a(1, 3)),
    (a(3, 1), a(3, 3)),
    (a(3), a(3, dtype="f4")),
    (a(3), a(3, dtype=">f8")),
    (True, False),
    ("relu", "tanh"),
    ("", None),
    ("a", b"a"),
    (slice(1), slice(2)),
    (slice(1), slice(True)),
    (math.sin, math.cos),
    (np.sin, np.cos),
    (float, int),
    (float, 1.0),
    (np.dtype("f8"), np.dtype("f4")),
    ((1.0,), [1.0]),
    ((1.0,), (1.0, 1.0)),
    ((1.0, (1.0,)), ((1.0,), 1.0)),
    ({"a": 1.0, "b": 1.0}, {"b": 1.0, "a": 1.0}),
    ({"a": 1.0}, {"b": 1.0}),
    ({"a": 1.0}, collections.OrderedDict(a=1.0)),
    (Point(1.0, 2.0), (1.0, 2.0)),
    (Layer(1.0, 2.0), Layer(1.0, 2)),
    (lambda: 1, lambda: 1),
    (Color.RED, 1),
    (range(3), range(4)),
]


@pytest.mark.parametrize(("x", "y"), SAME)
def test_same_key(x, y):
    assert key(x) == key(y)
    assert hash(key(x)) == hash(key(y))


@pytest.mark.parametrize(("x", "y"), DIFFERENT)
def test_different_key(x, y):
    assert key(x) != key(y)


def test_a_key_does_not_change_between_calls():
    for x, y in SAME + DIFFERENT:
        for value in (x, y):
            assert key(value) == key(value)


def test_by_value():
    assert by_value(3) == by_value(3) != by_value(4)
    assert by_value(0.0) != by_value(-0.0)
    assert by_value(math.nan) == by_value(math.nan)
    assert by_value(np.arange(3)) == by_value(np.arange(3)) != by_value(np.arange(1, 4))
    assert by_value(np.int64(3)) != by_value(3)
    thing = [1]
    assert by_value(thing) == by_value(thing) != by_value([1])


def test_types_of_leaves():
    values = [1.0, 2, 1j, np.float32(1), a(3, 1), np.random.default_rng(0)]
    params = abstract(["x", "n", "z", "s", "w", "rng"], values)
    assert [p.name for p in params] == ["x", "n", "z", "s", "w", "rng"]
    types = [p.tree.type for p in params]
    assert types[0] == Number(np.dtype("f8"), weak=True)
    assert types[1] == Number(np.dtype("i8"), weak=True, size=Dim("n"))
    assert types[2] == Number(np.dtype("c16"), weak=True)
    assert types[3] == Number(np.dtype("f4"))
    # n is taken by the parameter of that name
    assert types[4] == Array(np.dtype("f8"), (Dim("m", never_one=True), 1))
    assert types[5] == Opaque(np.random.Generator)


def test_every_dimension_has_a_letter_of_its_own():
    w = a(2, 3)
    params = abstract(["w", "v", "u"], [w, w, a(*[2] * 20)])
    dims = [d.name for p in params for d in p.tree.type.dims]
    assert dims[:6] == ["n", "m", "k", "d", "p", "q"]
    assert len(set(dims)) == len(dims) == 24
    assert not {"w", "v", "u"} & set(dims)


def test_static_leaves_are_literals():
    params = abstract(["f", "flag", "name", "nothing"], [math.sin, True, "x", None])
    assert [p.tree.value for p in params] == [math.sin, True, "x", None]


def test_demanded_leaves_are_literals():
    index = np.arange(3)
    n, x, i = abstract(["n", "x", "i"], [4, 1.0, index], {"n", "i"})
    assert isinstance(n.tree, Lit) and n.tree.value == 4
    assert isinstance(x.tree, Var)
    index[0] = 7
    assert i.tree.value[0] == 0, "a literal is not changed from outside"


def test_structures_names_and_hints():
    value = {"w": [1.0, 2.0], "a b": 1.0, 3: (1.0,), "layer": Layer(1.0, Point(1.0, 2.0))}
    (param,) = abstract(["p"], [value])
    tree = param.tree
    assert (tree.kind, tree.keys) == ("dict", ("w", "a b", 3, "layer"))
    assert [t.kind for t in tree.items if isinstance(t, Struct)] == ["list", "tuple", "dataclass"]
    assert tree.items[3].cls is Layer
    assert tree.items[3].items[1].cls is Point
    found = [(v.name, v.hint) for v in leaves(tree)]
    assert found == [
        ("p_w_0", "w_0"),
        ("p_w_1", "w_1"),
        ("p_1", "p_1"),
        ("p_3_0", "p_3_0"),
        ("p_layer_weight", "weight"),
        ("p_layer_bias_x", "x"),
        ("p_layer_bias_y", "y"),
    ]


def test_names_are_distinct():
    params = abstract(["a", "a_b", "c"], [{"b": 1.0, "b_c": 2.0}, {"c": 1.0}, 1.0])
    names = [v.name for p in params for v in leaves(p.tree)]
    assert len(set(names)) == 4
    assert "a_b" not in names


def test_paths_lead_to_the_leaves():
    values = [{"w": [1.0, 2.0], 3: (5.0,)}, Layer(3.0, Point(4.0, 6.0)), 7.0]
    names = ["p", "q", "r"]
    paths = leaf_paths(names, values)
    variables = [v for p in abstract(names, values) for v in leaves(p.tree)]
    assert [v.name for v in variables] == list(paths)
    assert [follow(values, paths[v.name]) for v in variables] == [1.0, 2.0, 5.0, 3.0, 4.0, 6.0, 7.0]


@pytest.mark.parametrize(
    "value",
    [np.ones((1, 1)).view(np.matrix), np.ma.masked_array([1.0]), {"w": np.rec.array([(1.0,)])}],
)
def test_subclasses_of_ndarray_are_refused(value):
    with pytest.raises(ArgumentError, match=r"'x\w*' is a numpy\S+, a subclass.*\n.*np.asarray"):
        abstract(["x"], [value])


def test_demand_names_the_leaves():
    assert Demand(["b", "a"]).names == {"a", "b"}
    assert str(Demand({"n"})) == "n"


def test_leaves_have_no_children():
    assert children(1.0) is None and children(Layer) is None and children("ab") is None


@pytest.mark.parametrize(
    ("value", "microseconds"),
    [(1.0, 0.4), (a(3, 4), 0.8), ({k: a(3, 4) for k in "abcd"}, 5.0)],
    ids=["float", "array", "dict of four arrays"],
)
def test_a_key_is_made_quickly(value, microseconds):
    seconds = min(timeit.repeat(lambda: key(value), number=2000, repeat=15)) / 2000
    assert seconds * 1e6 < microseconds

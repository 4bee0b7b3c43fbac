"""Primitives of the frontend itself: shapes, tapes, and Python expressions used as data."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.ir.types import INT, OPAQUE, TAPE, UNKNOWN, Array, Number, Shape, Type
from s2sad.rules.notation import Primitive


class Template:
    """A Python expression or statement with holes `{0}`, `{1}`; what it prints is what it is."""

    def __init__(self, text: str) -> None:
        self.__s2sad_template__ = text
        self.__name__ = "expression"
        self.__module__ = __name__


def template(text: str, count: int, type: Type = UNKNOWN, *, pure: bool = False) -> Primitive:
    """A primitive that prints `text` with its operands in the holes."""
    of: Any = Template(text)
    p = Primitive(of, text, kind="data", params=tuple(f"x{i}" for i in range(count)), pure=pure)
    p.result = type
    return p


def _fixed(text: str, count: int, result: Callable[..., Type]) -> Primitive:
    p = template(text, count, pure=True)
    p.result_of = result
    return p


def _shape(t: Any) -> Type:
    return Shape(getattr(t, "dims", None))


def _length(t: Any) -> Type:
    dims = getattr(t, "dims", None)
    return Number(INT.dtype, weak=True, size=dims[0] if dims else None)


def _dtype(t: Any) -> Type:
    return OPAQUE


SHAPE = _fixed("{0}.shape", 1, _shape)
NP_SHAPE = _fixed("np.shape({0})", 1, _shape)
NDIM = _fixed("{0}.ndim", 1, lambda t: INT)
SIZE = _fixed("{0}.size", 1, lambda t: INT)
DTYPE = _fixed("{0}.dtype", 1, _dtype)
LENGTH = _fixed("len({0})", 1, _length)
NOT = _fixed("not {0}", 1, lambda t: Number(np.dtype("?"), weak=True))
METADATA = frozenset({SHAPE, NP_SHAPE, NDIM, SIZE, DTYPE, LENGTH})
"""What no write to an array changes."""


@functools.cache
def item(i: int) -> Primitive:
    """Takes the i-th result of a function that returns several."""
    p = _fixed(f"{{0}}[{i}]", 1, lambda t: t.items[i])
    p.wrt = ("x0",)
    p.item = i
    return p


def is_item(p: Primitive) -> bool:
    """Whether a primitive takes one of several results."""
    return hasattr(p, "item")


NEW_TAPE = template("[]", 0, TAPE, pure=False)


def memory(text: str, count: int) -> Primitive:
    """An allocation.  Equal ones are two pieces of memory, and each is made where it stands."""
    p = template(text, count, pure=True)
    p.allocation = True
    return p


def is_allocation(p: Primitive) -> bool:
    """Whether a primitive makes memory to be written before it is read."""
    return getattr(p, "allocation", False)


EMPTY_BUFFER = {"f": memory("np.empty({0}).data", 1), "b": memory("np.empty({0}, bool).data", 1)}
"""Memory for so many Python numbers, by the kind of their dtype."""

ZERO_BUFFER = _fixed("np.zeros_like({0}).data", 1, lambda t: t)
"""Zeros, as many as a buffer of floats has elements."""


def stopped(x: Any) -> Primitive:
    """The identity through which no derivative passes, for a value of the type of `x`."""
    p = template("{0}", 1, x.type, pure=True)
    p.view = True  # the same array under another name
    return p


def declared_type(p: Primitive, types: list[Any]) -> Type | None:
    """The type a template states for its result."""
    if hasattr(p, "result_of"):
        result: Type = p.result_of(*types)
        return result
    return getattr(p, "result", None)


def of_array(t: Any) -> bool:
    """Whether a value of this type may be an ndarray."""
    return isinstance(t, Array)

"""Attributes and methods, by what they are of."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from s2sad.frontend.array_methods import METHOD_HANDLERS
from s2sad.frontend.fixed import CHANGING
from s2sad.frontend.infer import type_of
from s2sad.frontend.instances import NOTHING, in_order
from s2sad.frontend.prims import DTYPE, NDIM, NP_SHAPE, SHAPE, SIZE
from s2sad.frontend.raising import as_users, raises
from s2sad.frontend.signature import Demand
from s2sad.frontend.values import Bound, Instance, Mapping, Sequence, Super, Value
from s2sad.frontend.walk import Walk
from s2sad.frontend.writes import WRITING_METHODS
from s2sad.ir.nodes import Lit, Var
from s2sad.ir.types import GENERATORS, Array, Number, Opaque, Shape
from s2sad.rules.methods import ATTRIBUTES, METHODS, VARARGS
from s2sad.rules.refused import refusal

_STABLE = frozenset(
    {"numpy", "math", "operator", "scipy", "cmath", "functools", "itertools", "s2sad"}
)
_IN_PLACE = frozenset({"partition", "resize", "itemset", "setflags", "byteswap"})
_OF_NAMEDTUPLES = frozenset({"_asdict", "_replace"})


class Attributes:
    """What an attribute is for each kind of value."""

    def attribute(self: Walk, owner: Value, name: str, node: Any) -> Value:
        match owner:
            case Instance():
                return self.instance_attribute(owner, name, node)
            case Super():
                return self.super_attribute(owner, name, node)
            case Sequence() if owner.cls not in (list, tuple):
                return self.tuple_attribute(owner, name, node)
            case Bound():
                return self.method_attribute(owner, name, node)
            case Lit() if not isinstance(owner.value, np.ndarray | np.generic | float | int):
                return self.known_attribute(owner.value, name, node)
            case Var() | Lit():
                return self.array_attribute(owner, name, node)
        cls = owner.cls if isinstance(owner, Sequence) else dict
        if isinstance(owner, Sequence | Mapping) and not hasattr(cls, name):
            raise raises(AttributeError(f"{cls.__name__!r} object has no attribute {name!r}"))
        return Bound(Lit(ContainerMethod(name)), (owner,))

    def known_attribute(self: Walk, value: object, name: str, node: Any) -> Value:
        if isinstance(value, type):
            found, base = in_order(value, name)
            if isinstance(found, classmethod | staticmethod | property):
                return self.class_described(value, found, base, name, node)
        if isinstance(value, set) and name in CHANGING:
            self.set_changes(value)
        if type(value) in GENERATORS:
            method = self.generator_method(Lit(value), type(value), name)
            if method is not None:
                return method
        with as_users(AttributeError):
            found = getattr(value, name)
        path = self.paths.get(id(value))
        if isinstance(value, types.ModuleType) and value.__name__.partition(".")[0] in _STABLE:
            path = None
        return self.known(found, None if path is None else (*path, ("attr", name)))

    def tuple_attribute(self: Walk, owner: Sequence, name: str, node: Any) -> Value:
        """An attribute of a namedtuple: a field, what its class defines, or a method of tuples."""
        if name in owner.cls._fields:
            return owner.items[owner.cls._fields.index(name)]
        found, base = in_order(owner.cls, name)
        if found is NOTHING:
            raise raises(AttributeError(f"{owner.cls.__name__!r} object has no attribute {name!r}"))
        if base is tuple or name in _OF_NAMEDTUPLES:
            return Bound(Lit(ContainerMethod(name)), (owner,))
        return self.described(owner.cls, found, base, owner, name, node)

    def method_attribute(self: Walk, m: Bound, name: str, node: Any) -> Value:
        """What one may ask of a method: its object and its function."""
        if name == "__self__" and m.args:
            return m.args[0]
        if name == "__func__":
            return m.function
        return self.attribute(m.function, name, node)

    def array_attribute(self: Walk, owner: Any, name: str, node: Any) -> Value:
        """An attribute or method of an array or a number."""
        t = type_of(owner)
        cls = t.cls if isinstance(t, Opaque) else None
        method = self.generator_method(owner, cls, name) if cls in GENERATORS else None
        if method is not None:
            return method
        if isinstance(t, Opaque) and owner in self.parameters:
            raise Demand({self.parameters[owner]})  # an object: its attributes are read now
        made = _META.get(name)
        if made is not None and isinstance(t, Array | Number):
            return made(self, owner, t)
        if isinstance(t, Opaque):
            return Bound(Lit(OpaqueMethod(name)), (owner,))
        if name == "flat" and isinstance(t, Array):
            if self.b.writes and not self.in_rows(owner):
                raise self.refuse(
                    ".flat of an array that may not be contiguous, where arrays are written,",
                    "use np.ravel to read, and an index of the array itself to write",
                    node,
                )
            return self.call(Lit(np.reshape), [owner, Lit(-1)], {}, node)
        if name in ATTRIBUTES:
            return self.call(Lit(ATTRIBUTES[name]), [owner], {}, node)
        if name in WRITING_METHODS and isinstance(t, Array):
            return Bound(Lit(WritingMethod(name)), (owner,))
        if name in METHODS or (name in METHOD_HANDLERS and getattr(t, "dtype", None) is not None):
            return Bound(Lit(ArrayMethod(name)), (owner,))
        if isinstance(t, Array) and t.dtype is None:
            return Bound(Lit(OpaqueMethod(name)), (owner,))
        why = refusal(f"ndarray.{name}")
        if why is not None:
            raise self.refuse(f"{name} of an array, {why.reason},", why.advice, node)
        if name in _IN_PLACE:
            raise self.refuse(
                f"the in-place array method {name}", f"use np.{name} or build a new array", node
            )
        if not hasattr(np.ndarray, name) and not hasattr(float, name):
            raise raises(AttributeError(f"'{t}' object has no attribute {name!r}"))
        raise self.refuse(f"the array attribute {name}", "use a NumPy function with a rule", node)

    def part_of_flat(self: Walk, e: Any) -> Value:
        """x.flat[index], which is a copy of what is there now."""
        owner = self.eval(e.value.value)
        if not (isinstance(owner, Var) and isinstance(owner.type, Array)):
            return self.subscript(self.attribute(owner, "flat", e), self.eval(e.slice), e)
        elements = self.call(Lit(np.ravel), [owner], {}, e)
        found: Value = self.subscript(elements, self.eval(e.slice), e)
        part = isinstance(found, Var) and isinstance(found.type, Array)
        return self.own(found) if part else found

    def call_method(
        self: Walk, m: Any, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        """x.method(...) of an array: the function that equals it."""
        if isinstance(m, WritingMethod):
            return self.call_writing(WRITING_METHODS[m.name], args, kwargs, node)
        if m.name in ("conj", "conjugate"):
            return self.conjugated(args[0], node)
        if m.name in METHOD_HANDLERS:
            return METHOD_HANDLERS[m.name](self, args, kwargs, node)
        packed = VARARGS.get(m.name)
        owner, *rest = args
        if packed is not None and rest and not (len(rest) == 1 and _is_packed(rest[0])):
            rest = [Sequence(tuple, rest)]
        return self.call(Lit(METHODS[m.name]), [owner, *rest], kwargs, node)

    def conjugated(self: Walk, owner: Any, node: Any) -> Value:
        """x.conj(): of an array that is not complex the array itself, unlike np.conj(x)."""
        dtype = getattr(type_of(owner), "dtype", None)
        if dtype is None:
            raise self.refuse("conj of an array of unknown dtype", "use np.conjugate", node)
        return self.call(Lit(np.conjugate), [owner], {}, node) if dtype.kind == "c" else owner


class ArrayMethod:
    """A method of an array, known by name until it is called."""

    def __init__(self, name: str) -> None:
        self.name = name


class WritingMethod(ArrayMethod):
    """A method of an array that writes into it."""


class OpaqueMethod(ArrayMethod):
    """A method of an object of unknown kind."""


class ContainerMethod(ArrayMethod):
    """A method of a container."""


def _shape(self: Any, v: Any, t: Any) -> Value:
    if isinstance(t, Number):
        return Sequence(tuple, [])
    if t.dims is not None and all(isinstance(d, int) for d in t.dims):
        return Sequence(tuple, [Lit(d) for d in t.dims])
    of_rule = self.b.role != "alpha"  # where what is thought to be an array may be a number
    return self.b.let(NP_SHAPE if of_rule and t.dims is None else SHAPE, (v,))


def _ndim(self: Any, v: Any, t: Any) -> Value:
    return Lit(len(t.dims)) if t.dims is not None else self.b.let(NDIM, (v,))


def _size(self: Any, v: Any, t: Any) -> Value:
    if t.dims is not None and all(isinstance(d, int) for d in t.dims):
        return Lit(int(np.prod(t.dims, dtype=int)))
    return self.b.let(SIZE, (v,))


def _dtype(self: Any, v: Any, t: Any) -> Value:
    return Lit(t.dtype) if t.dtype is not None else self.b.let(DTYPE, (v,))


def _item(self: Any, v: Any, t: Any) -> Value:
    return Lit(t.dtype.itemsize) if t.dtype is not None else Lit(8)


def _bytes(self: Any, v: Any, t: Any) -> Value:
    return self.binary(gast.Mult(), _size(self, v, t), _item(self, v, t), None)


_META: dict[str, Callable[..., Value]] = {
    "shape": _shape, "ndim": _ndim, "size": _size, "dtype": _dtype, "itemsize": _item,
    "nbytes": _bytes,
}  # fmt: skip


def _is_packed(v: Value) -> bool:
    return (
        isinstance(v, Sequence)
        or (isinstance(v, Var) and isinstance(v.type, Shape))
        or (isinstance(v, Lit) and v.value is None)
    )

"""Which calls one function compiled apart may serve, and the types of its results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s2sad.frontend.build import operand_key
from s2sad.frontend.trips import without_size
from s2sad.frontend.values import (
    Bound,
    Closure,
    Instance,
    Mapping,
    Sequence,
    Transformed,
    Value,
    atoms,
)
from s2sad.ir.nodes import (
    Lit,
    Var,
)
from s2sad.ir.types import Array, Dim, Number, Shape, Size, Type


def is_fixed(v: Value) -> bool:
    """Whether a value is all that it shows: no function that remembers names around it."""
    match v:
        case Closure() | Transformed():
            return False
        case Bound():
            return is_fixed(v.function) and all(map(is_fixed, (*v.args, *v.kwargs.values())))
        case Sequence():
            return all(map(is_fixed, v.items))
        case Mapping():
            return all(map(is_fixed, v.items.values()))
        case Instance():
            return all(map(is_fixed, v.fields.values()))
    return True


def structure_of(v: Value) -> Any:
    """Equal for values of equal structure and equal static parts."""
    match v:
        case Var():
            return Var
        case Lit():
            return operand_key(v)
        case Sequence():
            return v.cls, *map(structure_of, v.items)
        case Mapping():
            return dict, *((k, structure_of(i)) for k, i in v.items.items())
        case Instance():
            return v.cls, *((k, structure_of(i)) for k, i in v.fields.items())
        case Bound():
            named = ((k, structure_of(i)) for k, i in v.kwargs.items())
            return Bound, structure_of(v.function), *map(structure_of, v.args), *named
    return type(v), *map(structure_of, atoms(v))


def kinds_of(given: list[Value]) -> tuple[Any, ...]:
    """Equal for types that one function serves: sizes that are equal must be equal again."""
    seen: dict[str, int] = {}

    def size(d: Size) -> Any:
        if isinstance(d, int):
            return d
        return seen.setdefault(d.name, len(seen)), d.offset, d.never_one

    found: list[Any] = []
    for t in (without_size(a.type) for v in given for a in atoms(v) if isinstance(a, Var)):
        dims = getattr(t, "dims", None)
        if isinstance(t, Number):
            found.append((t.dtype, t.weak))
        elif dims is not None:
            found.append((type(t), getattr(t, "dtype", None), *map(size, dims)))
        else:
            alike = getattr(t, "alike", "")
            same = alike and seen.setdefault(alike, len(seen))
            found.append((type(t), str(getattr(t, "dtype", None)), same))
    return tuple(found)


def match_sizes(param: Type, actual: Type, sizes: dict[str, Size]) -> None:
    """Notes which sizes of an argument the symbols of its parameter stand for."""
    dims = getattr(param, "dims", None) or ()
    for d, n in zip(dims, getattr(actual, "dims", None) or (), strict=False):
        if isinstance(d, Dim) and not d.offset:
            sizes.setdefault(d.name, n)


def sized(t: Type, sizes: dict[str, Size], fresh: Callable[[], Dim]) -> Type:
    """The type with the sizes of the caller in the place of its symbols."""
    if isinstance(t, Number):
        return without_size(t)
    if not isinstance(t, Array | Shape):
        return t
    if t.dims is None:
        return Array(t.dtype, None, fresh().name) if isinstance(t, Array) else t
    dims = tuple(_size(d, sizes, fresh) for d in t.dims)
    return Array(t.dtype, dims) if isinstance(t, Array) else Shape(dims)


def _size(d: Size, sizes: dict[str, Size], fresh: Callable[[], Dim]) -> Size:
    if isinstance(d, int):
        return d
    found = sizes.setdefault(d.name, fresh())
    if isinstance(found, int):
        return max(0, found + d.offset)
    return found + d.offset if d.offset else found

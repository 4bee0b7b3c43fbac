"""The call signature: a fast hashable key of the values, and what they become in the IR.

Two calls with the same key run the same compiled derivative.  A key is made at every call, so it
says as little as possible: the type of a number, the dtype and rank of an array and which of its
dimensions are 1, the structure of containers, and the value of whatever is static.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import itertools
import types
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from s2sad.errors import ArgumentError
from s2sad.frontend.parameters import Customized, Derived
from s2sad.ir.nodes import Lit, Param, Var
from s2sad.ir.tree import Struct, Tree
from s2sad.ir.types import GENERATORS, OPAQUE, Array, Dim, Number, Opaque, Size, Type

Key: TypeAlias = Hashable | type  # mypy does not know that classes are hashable
Path: TypeAlias = tuple[tuple[str, Any], ...]
"""How to reach a leaf from the tuple of values: ("item", i or key) and ("attr", field) steps."""

_ndarray = np.ndarray
_PYTHON_NUMBERS = {float: np.dtype("f8"), int: np.dtype("i8"), complex: np.dtype("c16")}
_NUMPY_NUMBERS = frozenset(np.dtype(c).type for c in "?" + np.typecodes["AllInteger"] + "efdgFDG")
_STATIC = (
    str,
    bytes,
    bool,
    type(None),
    type,
    range,
    slice,
    enum.Enum,
    functools.partial,
    types.EllipsisType,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.ModuleType,
    np.dtype,
    np.ufunc,
    type(np.sum),  # NumPy's functions that dispatch on the type of their arguments
    Derived,
    Customized,
)
_LETTERS = "nmkdpqrstuvwhlabc"
_MAX_TYPES = 1024


class Demand(Exception):
    """The compiler asks for the values of these leaves, given by the names of their `Var`s."""

    def __init__(self, names: Collection[str]) -> None:
        super().__init__(*sorted(names))
        self.names = frozenset(names)


class Identity:
    """An object as a key of its own, whatever it calls equal; it keeps the object alive."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identity) and self.value is other.value


# ---- keys --------------------------------------------------------------------------------------


def key(value: Any) -> Key:
    """The key of one value."""
    t = type(value)
    if t is float:
        return t
    if t is _ndarray:
        shape = value.shape
        if 1 in shape:
            return value.dtype, tuple([n == 1 for n in shape])
        return value.dtype, len(shape)
    make = _MAKERS.get(t)
    if make is None:
        make = _maker(t)
    return make(value)


def by_value(value: Any) -> Key:
    """The key of a leaf that is part of the signature by its value."""
    t = type(value)
    if isinstance(value, np.ndarray):
        return t, value.dtype, value.shape, value.tobytes()
    if t in _NUMPY_NUMBERS:
        return t, value.tobytes()
    if t is float or t is complex:
        return t, repr(value)  # tells 0.0 from -0.0, and NaN equals itself
    if t is slice:
        return t, by_value(value.start), by_value(value.stop), by_value(value.step)
    if t is int or isinstance(value, _STATIC):
        return t, value
    return Identity(value)


def _tuple_key(value: Any) -> Key:
    return (tuple, *[key(v) for v in value])


def _list_key(value: Any) -> Key:
    return (list, *[key(v) for v in value])


def _dict_key(value: Any) -> Key:
    t: Any = type(value)
    return (t, tuple(value), *[key(v) for v in value.values()])


def _namedtuple_key(value: Any) -> Key:
    t: Any = type(value)
    return (t, *[key(v) for v in value])


def _dataclass_key(value: Any) -> Key:
    t: Any = type(value)
    return (t, *[key(getattr(value, name)) for name in _fields(t)])


def _static_key(value: Any) -> Key:
    return type(value), value


_MAKERS: dict[type, Callable[[Any], Key]] = {
    tuple: _tuple_key,
    list: _list_key,
    dict: _dict_key,
    OrderedDict: _dict_key,
    slice: by_value,
    int: type,
    complex: type,
    **dict.fromkeys(_NUMPY_NUMBERS, type),
}


def _maker(t: type) -> Callable[[Any], Key]:
    """How keys of values of type `t` are made, remembered for the next call."""
    make: Callable[[Any], Key] = type
    if _is_namedtuple(t):
        make = _namedtuple_key
    elif issubclass(t, _STATIC):
        make = _static_key
    elif dataclasses.is_dataclass(t):
        make = _dataclass_key
    if len(_MAKERS) < _MAX_TYPES:  # classes made by the thousand must not pile up here
        _MAKERS[t] = make
    return make


@functools.lru_cache(maxsize=256)
def _fields(t: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(t))  # type: ignore[arg-type]


def _is_namedtuple(t: type) -> bool:
    return issubclass(t, tuple) and hasattr(t, "_fields")


# ---- leaves ------------------------------------------------------------------------------------


def children(value: Any) -> tuple[str, tuple[Any, ...], tuple[Any, ...]] | None:
    """The kind, keys and items of a container, as in `Struct`; None for a leaf."""
    t = type(value)
    if t is tuple or t is list:
        return t.__name__, (), tuple(value)
    if t is dict or t is OrderedDict:
        return "dict", tuple(value), tuple(value.values())
    if _is_namedtuple(t):
        return "namedtuple", t._fields, tuple(value)
    if dataclasses.is_dataclass(t) and not isinstance(value, _STATIC):
        names = _fields(t)
        return "dataclass", names, tuple(getattr(value, name) for name in names)
    return None


def is_static(value: Any) -> bool:
    """Whether a leaf belongs to the signature by its value, whatever the compiler asks for."""
    return isinstance(value, _STATIC)


def leaf_type(value: Any, name: str, dims: Iterator[Dim]) -> Type:
    """The type of a leaf that is a run-time value; `dims` are fresh names for dimensions.

    Raises ArgumentError for subclasses of `np.ndarray`, whose operations are not NumPy's own.
    """
    t = type(value)
    if t is np.ndarray:
        sizes: list[Size] = [1 if n == 1 else next(dims) for n in value.shape]
        return Array(value.dtype, tuple(sizes))
    if t is int:
        return Number(_PYTHON_NUMBERS[int], weak=True, size=Dim(name))
    if t in _PYTHON_NUMBERS:
        return Number(_PYTHON_NUMBERS[t], weak=True)
    if t in _NUMPY_NUMBERS:
        return Number(value.dtype)
    if isinstance(value, np.ndarray):
        raise ArgumentError(
            f"{name!r} is a {t.__module__}.{t.__qualname__}, a subclass of np.ndarray with"
            " operations of its own",
            f"pass a plain array: np.asarray({name})",
        )
    return Opaque(t) if t in GENERATORS else OPAQUE


def abstract(
    names: Sequence[str], values: Sequence[Any], static: Collection[str] = ()
) -> tuple[Param, ...]:
    """The signature of a call: for each parameter a tree of `Var` and `Lit` leaves.

    A leaf is named after its parameter and its place (`w`, `params_w`, `xs_0`), and its hint is
    the last part of it where that is an identifier.  Leaves named in `static` become `Lit`s.
    Dimensions that are not 1 get a letter of their own each, even those of one array passed
    twice: what is equal by chance in this call need not be in the next.

    >>> w, b = abstract(["w", "b"], [np.ones((3, 1)), 2.0])
    >>> print(w.tree.type, b.tree.type)
    f8[n, 1] float
    """
    namer = _Namer(names)
    params = []
    for name, value in zip(names, values, strict=True):
        params.append(Param(name, _abstract(value, name, name, namer, static)))
    return tuple(params)


def leaf_paths(names: Sequence[str], values: Sequence[Any]) -> dict[str, Path]:
    """Where the leaf of each name that `abstract` gives is found in the tuple of values."""
    namer = _Namer(names)
    found: dict[str, Path] = {}
    for i, (name, value) in enumerate(zip(names, values, strict=True)):
        for leaf, path in _walk(value, name, namer, (("item", i),)):
            found[leaf] = path
    return found


def follow(values: Any, path: Path) -> Any:
    """The leaf at `path`."""
    for kind, what in path:
        values = values[what] if kind == "item" else getattr(values, what)
    return values


class _Namer:
    """Distinct names for leaves, in the order they are met, and letters for dimensions."""

    def __init__(self, names: Sequence[str]) -> None:
        self._taken = set(names)
        self.dims = (Dim(letter, never_one=True) for letter in self._letters())

    def leaf(self, name: str) -> str:
        unique = name
        for i in itertools.count(1):
            if unique not in self._taken:
                break
            unique = f"{name}_{i}"
        self._taken.add(unique)
        return unique

    def _letters(self) -> Iterator[str]:
        for suffix in itertools.chain([""], map(str, itertools.count(2))):
            for letter in _LETTERS:
                if letter + suffix not in self._taken:
                    yield letter + suffix


def _abstract(
    value: Any, name: str, hint: str, namer: _Namer, static: Collection[str], top: bool = True
) -> Tree:
    inside = children(value)
    if inside is not None:
        kind, keys, items = inside
        parts = [
            _abstract(item, f"{name}_{part}", hint_of(hint, part), namer, static, top=False)
            for part, item in _parts(keys, items)
        ]
        cls = type(value) if type(value) not in (tuple, list, dict) else None
        return Struct(kind, tuple(parts), keys, cls)
    unique = name if top else namer.leaf(name)
    if is_static(value):
        return Lit(value)
    if unique in static:
        return Lit(value.copy() if isinstance(value, np.ndarray) else value)
    return Var(unique, leaf_type(value, unique, namer.dims), hint)


def _walk(
    value: Any, name: str, namer: _Namer, path: Path, top: bool = True
) -> Iterator[tuple[str, Path]]:
    inside = children(value)
    if inside is None:
        yield (name if top else namer.leaf(name)), path
        return
    kind, keys, items = inside
    step = "attr" if kind == "dataclass" else "item"
    for i, (part, item) in enumerate(_parts(keys, items)):
        what = keys[i] if kind in ("dict", "dataclass") else i
        yield from _walk(item, f"{name}_{part}", namer, (*path, (step, what)), top=False)


def _parts(keys: tuple[Any, ...], items: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    """The items with the part of their name that says which one it is."""
    for i, item in enumerate(items):
        part = str(keys[i]) if keys else str(i)
        yield (part if f"_{part}".isidentifier() else str(i)), item


def hint_of(container: str, part: str) -> str:
    """The identifier a nested leaf wants: its own key, or the container's name and its number."""
    return part if part.isidentifier() else f"{container}_{part}"


def hashable(value: object) -> bool:
    """Whether a value can be a key: not every object whose class has a hash is."""
    try:
        hash(value)
    except TypeError:
        return False
    return True

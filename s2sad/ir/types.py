"""What is known of a value before it exists: dtype, number of dimensions, symbolic sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np


@dataclass(frozen=True, slots=True)
class Dim:
    """The size `max(0, name + offset)` of one dimension; `never_one` when it is known not to be 1.

    A dimension of an argument is either the integer 1 or never 1: that is part of the call
    signature.  Sizes that are computed (`m - 2`, a boolean selection) may turn out to be 1.
    """

    name: str
    offset: int = 0
    never_one: bool = False

    def __add__(self, n: object) -> Dim:
        if not isinstance(n, int):
            return NotImplemented
        return self if n == 0 else Dim(self.name, self.offset + n)

    __radd__ = __add__

    def __sub__(self, n: object) -> Dim:
        return self + -n if isinstance(n, int) else NotImplemented

    def __str__(self) -> str:
        return self.name if not self.offset else f"{self.name}{self.offset:+d}"


Size: TypeAlias = int | Dim
"""A known size, or a symbol for one."""


Kind: TypeAlias = tuple[np.dtype, bool]
"""The dtype of a number, and whether it is Python's own."""


@dataclass(frozen=True, slots=True)
class Number:
    """A rank-0 value that is not an ndarray; `weak` for Python's own int, float, bool, complex.

    `size` is set where an integer is known as the (symbolic) size of a dimension, `others` where a
    floating number is of other kinds on other paths, as after `s = 0.0` and `s += x[i]` in a loop;
    with `stored` it was, before it was read from an array.
    """

    dtype: np.dtype
    weak: bool = False
    size: Size | None = None
    others: tuple[Kind, ...] = ()
    stored: bool = False

    @property
    def dims(self) -> tuple[Size, ...]:
        return ()

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """All that it may be."""
        return ((self.dtype, self.weak), *self.others)

    def __str__(self) -> str:
        name = self.dtype.str[1:]
        return {"f8": "float", "i8": "int", "b1": "bool"}.get(name, name) if self.weak else name


@dataclass(frozen=True, slots=True, eq=False)
class Array:
    """An ndarray; `dims` is None where even the rank is unknown, `dtype` None where it is.

    Values of unknown rank have the same shape where they say that they are `alike`.
    """

    dtype: np.dtype | None
    dims: tuple[Size, ...] | None
    alike: str = ""

    def __eq__(self, other: object) -> bool:
        # To NumPy, dtype("f8") == None: an unknown dtype must not pass for float64.
        if type(other) is not type(self) or (self.dtype is None) != (other.dtype is None):
            return False
        same = self.dtype == other.dtype and self.dims == other.dims
        return bool(same and self.alike == other.alike)

    def __hash__(self) -> int:
        return hash((self.dtype, self.dims, self.alike))

    def __str__(self) -> str:
        name = self.dtype.str[1:] if self.dtype is not None else "?"
        return f"{name}[...]" if self.dims is None else f"{name}[{', '.join(map(str, self.dims))}]"


class Buffer(Array):
    """A memoryview of one dimension: memory as of an array, but its elements are Python numbers.

    Only tapes have this type.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return f"buffer {Array.__str__(self)}"


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of an array: a tuple of integers whose symbolic values are known."""

    dims: tuple[Size, ...] | None

    def __str__(self) -> str:
        return "shape" if self.dims is None else f"({', '.join(map(str, self.dims))})"


@dataclass(frozen=True, slots=True)
class Opaque:
    """A Python object that is used as data: a string, a random generator, an unknown result.

    cls: the class of a random generator, whose methods are known.
    """

    cls: type | None = None

    def __str__(self) -> str:
        return "object" if self.cls is None else self.cls.__name__


@dataclass(frozen=True, slots=True)
class Several:
    """The tuple that a function with several results returns: taken apart as soon as it is made."""

    items: tuple[Type, ...]

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.items))})"


@dataclass(frozen=True, slots=True)
class Tape:
    """A stack of tuples: what each trip of a loop, or each call, recorded."""

    def __str__(self) -> str:
        return "tape"


Type: TypeAlias = Number | Array | Shape | Opaque | Several | Tape

FLOAT = Number(np.dtype("f8"), weak=True)
INT = Number(np.dtype("i8"), weak=True)
BOOL = Number(np.dtype("?"), weak=True)
SOME_FLOAT = Number(np.dtype("f8"), others=((np.dtype("f4"), False),))
"""An element of an array whose dtype is not known: such arrays come from floats that differ."""
OPAQUE = Opaque()
GENERATORS = (np.random.Generator, np.random.RandomState)
TAPE = Tape()
UNKNOWN = Array(None, None)


def same_dtype(a: np.dtype | None, b: np.dtype | None) -> bool:
    """Whether two dtypes are known and equal; to NumPy, dtype("f8") == None."""
    return a is not None and b is not None and a == b


def kinds_of(t: Type) -> tuple[tuple[np.dtype | None, bool], ...]:
    """The dtypes that a value may have, each with whether it is a number of Python then."""
    return t.kinds if isinstance(t, Number) else ((getattr(t, "dtype", None), False),)


def is_complex(t: Type) -> bool:
    """Whether values of this type are complex numbers, or may be."""
    return any(dtype is not None and dtype.kind == "c" for dtype, _ in kinds_of(t))


def is_inexact(t: Type) -> bool:
    """Whether values of this type can carry a derivative (floating, complex or unknown)."""
    if isinstance(t, Number | Array):
        return t.dtype is None or t.dtype.kind in "fc"
    return isinstance(t, Several) and any(map(is_inexact, t.items))

"""What a variable of the IR stands for while a function is lowered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from s2sad.analysis.sizes import Amount
from s2sad.errors import Location
from s2sad.loops.nodes import Const, Expr, Index, Item, Name, Size

ONE = Amount.number(1)
ZERO = Amount()


class Unlowered(Exception):
    """A construct that stays NumPy's: what it is, and where."""

    def __init__(self, what: str, at: Location | None = None) -> None:
        super().__init__(what)
        self.what, self.at = what, at


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number: an expression that may be written again, and its amount if it is an integer."""

    expr: Expr
    dtype: np.dtype
    amount: Amount | None = None
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Elements:
    """An array: what its elements are, by place.

    memory: the array that holds it, whole and in C order, if there is one; place: the array that
    it is a view of, and how its places are found there; whole: the sizes of that array.
    """

    extents: Index
    dtype: np.dtype
    at: Callable[[Index], Expr]
    memory: str = ""
    place: tuple[str, Callable[[Index], Index]] | None = None
    whole: Index = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """A tuple of sizes."""

    sizes: Index


@dataclass(frozen=True, slots=True)
class Handle:
    """Something that is only handed on, by its name."""

    name: str


Value: TypeAlias = Scalar | Elements | Shape | Handle


def in_memory(name: str, extents: Index, dtype: np.dtype) -> Elements:
    """An array of this name."""
    return Elements(extents, dtype, lambda i: Item(name, i), name, (name, lambda i: i), extents)


def viewed(base: Elements, extents: Index, places: Callable[[Index], Index]) -> Elements:
    """A view: its element at `i` is that of the base at `places(i)`."""
    at = base.at
    place = None
    if base.place is not None:
        name, inner = base.place
        place = (name, lambda i: inner(places(i)))
    return Elements(extents, base.dtype, lambda i: at(places(i)), "", place, base.whole)


def integer(a: Amount) -> Scalar:
    """An integer that is known as an amount."""
    return Scalar(Size(a), np.dtype("i8"), a, weak=True)


def named(name: str, dtype: np.dtype, weak: bool = False) -> Scalar:
    """A number that is held in a name."""
    amount = Amount.symbol(name) if dtype == np.dtype("i8") else None
    return Scalar(Name(name), dtype, amount, weak)


def literal(value: object, dtype: np.dtype | None = None) -> Scalar:
    """A number known at compile time."""
    weak = not isinstance(value, np.generic)
    plain = value.item() if isinstance(value, np.generic) else value
    if not isinstance(plain, bool | int | float):
        raise Unlowered(f"the value {value!r}")
    kind = np.dtype(type(plain)) if weak else np.dtype(value.dtype)  # type: ignore[attr-defined]
    if dtype is not None and dtype.kind == "f" and kind.kind in "iu":
        plain, kind = float(plain), np.dtype("f8")
    if isinstance(plain, bool) or kind.kind == "b":
        return Scalar(Const(repr(bool(plain))), np.dtype("?"), None, weak)
    if isinstance(plain, int):
        return Scalar(Size(Amount.number(plain)), np.dtype("i8"), Amount.number(plain), weak)
    return Scalar(Const(spelled(plain)), kind, None, weak)


def spelled(x: float) -> str:
    """A floating number as it is written."""
    if x != x:
        return "np.nan"
    if x in (float("inf"), float("-inf")):
        return "np.inf" if x > 0 else "-np.inf"
    return repr(x)

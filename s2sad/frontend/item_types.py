"""What the items of a list of unknown length are: one structure of numbers and arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2sad.frontend.infer import type_of
from s2sad.frontend.joins import join
from s2sad.frontend.values import Growing, Instance, Mapping, Sequence, Value, atoms, rebuilt
from s2sad.ir.nodes import Lit, Operand, Var
from s2sad.ir.types import Array, Dim, Number, Size

NUMBERS = (bool, int, float, np.bool_, np.integer, np.floating, np.ndarray)


@dataclass(frozen=True)
class Leaf:
    """A number (`dims` is None) or an array in an item; sizes that are not known are None.

    weak: Python's own numbers; mixed: these and NumPy's, which are read as NumPy's.
    """

    dtype: np.dtype[Any]
    weak: bool
    dims: tuple[Size | None, ...] | None
    mixed: bool = False

    @property
    def shape(self) -> tuple[Size | None, ...]:
        """Of a row of the array that holds such leaves."""
        return self.dims or ()


class Misfit(Exception):
    """Values that cannot be the items of one list of unknown length; says why."""


@dataclass(frozen=True, eq=False)
class Spec:
    """The structure of an item, with a `Leaf` for each number and array, None for what is fixed."""

    like: Value
    leaves: tuple[Leaf | None, ...]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Spec) or not _same_form(self.like, other.like):
            return False
        fixed = zip(self.fixed(), other.fixed(), strict=True)
        return self.leaves == other.leaves and all(a.value == b.value for a, b in fixed)

    def __hash__(self) -> int:
        return hash(self.leaves)

    def fixed(self) -> list[Any]:
        """What is the same in all items: strings, None."""
        pairs = zip(atoms(self.like), self.leaves, strict=True)
        return [a for a, leaf in pairs if leaf is None]

    def stored(self, v: Value) -> list[Operand]:
        """The numbers and arrays of an item."""
        pairs = zip(atoms(v), self.leaves, strict=True)
        return [a for a, leaf in pairs if leaf is not None]

    def kept(self) -> list[Leaf]:
        """The types of these."""
        return [leaf for leaf in self.leaves if leaf is not None]

    def item(self, found: list[Operand]) -> Value:
        """An item made of its numbers and arrays."""
        take = iter(found)
        pairs = zip(atoms(self.like), self.leaves, strict=True)
        return rebuilt(self.like, iter([a if f is None else next(take) for a, f in pairs]))


def spec_of(v: Value, canonical: Any, known: Any) -> Spec:
    """The type of an item; `known` says of a size whether it can be told from the arguments."""
    if not any(True for _ in atoms(v)):
        raise Misfit("an item without numbers")
    if any(isinstance(x, Growing) for x in _containers(v)):
        raise Misfit("an item that is a list of unknown length itself")
    leaves = tuple(_leaf(a, canonical, known) for a in atoms(v))
    blank = [a if leaf is None else Lit(0) for a, leaf in zip(atoms(v), leaves, strict=True)]
    return Spec(rebuilt(v, iter(blank)), leaves)


def merged(a: Spec, b: Spec, fresh: Any) -> Spec:
    """The type of items that are of the one or the other."""
    if not _same_form(a.like, b.like) or len(a.leaves) != len(b.leaves):
        raise Misfit("items of different structure")
    leaves = []
    for x, y in zip(a.leaves, b.leaves, strict=True):
        if (x is None) != (y is None):
            raise Misfit("items of different structure")
        leaves.append(None if x is None or y is None else _merged(x, y, fresh))
    same = zip(a.fixed(), b.fixed(), strict=True)
    if any(type(p.value) is not type(q.value) or p.value != q.value for p, q in same):
        raise Misfit("items with different constants")
    return Spec(a.like, tuple(leaves))


def _merged(x: Leaf, y: Leaf, fresh: Any) -> Leaf:
    if x == y:
        return x
    if (x.dims is None) != (y.dims is None) or len(x.shape) != len(y.shape):
        raise Misfit("items of different numbers of dimensions")
    if x.dims is None or y.dims is None:
        return _merged_numbers(x, y)
    if x.dtype != y.dtype:
        raise Misfit("arrays of different dtypes")
    dims = zip(x.dims, y.dims, strict=True)
    return Leaf(x.dtype, False, tuple(p if p == q else None for p, q in dims))


def _merged_numbers(x: Leaf, y: Leaf) -> Leaf:
    number = join(Number(x.dtype, x.weak), Number(y.dtype, y.weak), None)
    assert isinstance(number, Number)
    found = {x.dtype, y.dtype}
    if len(found) > 1 and np.dtype(bool) in found:
        raise Misfit("truth values and numbers")
    lost = [d for d in found if d.kind == "f" and d != np.dtype("f8")]
    if lost and (x.dtype, x.weak) != (y.dtype, y.weak):
        raise Misfit(f"numbers of {lost[0]} and others")
    mixed = number.dtype.kind == "f" and (x.mixed or y.mixed or x.weak != y.weak)
    return Leaf(number.dtype, number.weak, None, mixed)


def _leaf(a: Any, canonical: Any, known: Any) -> Leaf | None:
    if isinstance(a, Lit) and not isinstance(a.value, NUMBERS):
        return None
    t = canonical(type_of(a))
    if isinstance(t, Number):
        if len({dtype for dtype, _ in t.kinds}) > 1:
            raise Misfit("a number of which only is known that its dtype is one of several")
        return Leaf(t.dtype, t.weak, None, bool(t.others))
    if not isinstance(t, Array) or t.dims is None or t.dtype is None:
        raise Misfit(f"an item of which only is known that it is {t}")
    if not t.dims:
        raise Misfit("an item that is an array without dimensions")
    return Leaf(t.dtype, False, tuple(d if known(d) else None for d in t.dims))


def _containers(v: Value) -> Iterator[Value]:
    yield v
    inside: list[Value] = []
    match v:
        case Sequence():
            inside = v.items
        case Mapping():
            inside = list(v.items.values())
        case Instance():
            inside = list(v.fields.values())
    for x in inside:
        yield from _containers(x)


def _same_form(a: Value, b: Value) -> bool:
    if isinstance(a, Var | Lit) and isinstance(b, Var | Lit):
        return True
    if type(a) is not type(b):
        return False
    match a:
        case Sequence():
            return a.cls is b.cls and _all_same(a.items, b.items)
        case Mapping():
            same = list(a.items) == list(b.items)
            return same and _all_same(list(a.items.values()), list(b.items.values()))
        case Instance():
            same = a.cls is b.cls and list(a.fields) == list(b.fields)
            return same and _all_same(list(a.fields.values()), list(b.fields.values()))
    return a is b


def _all_same(a: list[Value], b: list[Value]) -> bool:
    return len(a) == len(b) and all(map(_same_form, a, b))


def is_symbol(d: Size) -> bool:
    """Whether a size is a symbol of which nothing is known."""
    return isinstance(d, Dim) and d.name.startswith("?")

"""What a loop carries while its body is walked, and the types of that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from s2sad.frontend.identity import is_mutable, parts
from s2sad.frontend.identity import serial as made_at
from s2sad.frontend.infer import type_of
from s2sad.frontend.journal import Contents, Item, Items, Place
from s2sad.frontend.memory import Stale, serial_of
from s2sad.frontend.values import (
    Missing,
    Value,
    atoms,
    same_structure,
)
from s2sad.ir.nodes import Lit, Operand, Var
from s2sad.ir.types import Array, Dim, Number, Shape, Type

CHANGING = "it is bound to different kinds of values from trip to trip of a loop"


WRITTEN = "it was written under another name, which a branch or loop chose"


CARRIED = (bool, int, float, complex, np.generic, np.ndarray)


@dataclass
class Carried:
    """What one place carries from trip to trip."""

    place: Place
    before: Value  # the value at entry, or None where it is not bound there
    value: Value  # its structure, with the names at the start of a trip as atoms
    params: list[Var] = field(default_factory=list)
    inits: list[Operand] = field(default_factory=list)
    arrays: list[tuple[int, Var, Operand]] = field(default_factory=list)  # atom, name, initial
    followed: dict[int, Any] = field(default_factory=dict)  # by atom: which array it is


def same_known(before: Value, after: Value) -> bool:
    """Whether a value without atoms is still the same in all that matters."""
    if after is None or isinstance(after, Missing):
        return False
    return same_structure(before, after)


def same_parts(before: Value, after: Value) -> bool:
    """Whether two tuples or methods are made alike, so that only their parts need be compared."""
    if is_mutable(before) or type(before) is not type(after):
        return False
    return len(parts(before)) == len(parts(after)) and getattr(before, "cls", 0) is getattr(
        after, "cls", 0
    )


class KindChange(Exception):
    """A variable has no one type that holds on every trip."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Retry(Exception):
    """The types of what is carried have changed: walk the body again."""


@dataclass
class Trips:
    """A loop while its body is walked: what it carries, and what was there before it."""

    entry: dict[str, Value]
    counter: int  # of names made before
    serial: int  # regions and frames with a higher one are made by the body
    loop: Any  # the statement, if it makes but few trips
    at: Any = None  # where it stands
    carried: dict[Any, Carried] = field(default_factory=dict)  # by the key of the place
    uncarried: dict[Place, Value] = field(default_factory=dict)  # assigned, not carried so far
    pending: set[str] = field(default_factory=set)  # bound by the body, and not before
    related: set[Any] = field(default_factory=set)  # pairs of arrays that may be the same
    followed: dict[Any, Any] = field(default_factory=dict)  # by place and atom: what it may be
    sources: dict[Any, Any] = field(default_factory=dict)  # by the same: slots that it came from
    sizes: int = 0  # of unknown sizes that were there before
    listed: int = 0  # arrays from before that are items of a list of unknown length

    def is_born(self, v: Var) -> bool:
        """Whether a name was made while the loop was walked."""
        return serial_of(v) > self.counter

    def made(self, place: Place) -> bool:
        """Whether a place is part of something that the body itself made."""
        if isinstance(place, Contents):
            return self.is_born(place.object)
        if isinstance(place, Items | Item):
            return made_at(place.container) > self.serial
        return place.frame.serial > self.serial

    def lose(self, key: Any, gone: Missing | Stale) -> tuple[bool, list[Operand]]:
        """What a place holds has no one value any more; what is carried has changed by that."""
        c = self.carried[key]
        self.carried[key] = Carried(c.place, c.before, gone)
        return True, []

    def slot(self, place: Place, i: int) -> Any:
        """The i-th atom of a place, the same in every walk of the function."""
        return self.at, place.label, i

    def slots(self) -> Iterator[tuple[Any, Var, Operand]]:
        """The carried arrays that names hold: where, the name at the start, that before."""
        for key, c in self.carried.items():
            if not isinstance(c.place, Contents) and not isinstance(c.value, Missing | Stale):
                for i, p, init in c.arrays:
                    yield (key, i), p, init


def is_plain_value(v: Value) -> bool:
    """Whether all parts of a value are numbers or arrays."""
    found = list(atoms(v))
    return bool(found) and all(isinstance(a, Var) or isinstance(a.value, CARRIED) for a in found)


def entry_type(a: Operand) -> Type:
    """The type a carried value starts with: its own, with nothing said of its being a size."""
    return without_size(type_of(a))


def without_size(t: Type) -> Type:
    """The type, with nothing said of the value being the size of something."""
    if isinstance(t, Number) and t.size is not None:
        return replace(t, size=None)
    return t


def keep_unknown(before: Type, wide: Type, sizes: int) -> Type:
    """A size that an earlier walk of the loop found to change stays the symbol that it has.

    sizes: the number of symbols from before the loop: those are of one size in all trips.
    """
    if not isinstance(before, Array) or not isinstance(wide, Array):
        return wide
    if before.dims is None or wide.dims is None or len(before.dims) != len(wide.dims):
        return wide
    dims = tuple(
        b if isinstance(b, Dim) and b.name[0] == "?" and int(b.name[1:]) > sizes else w
        for b, w in zip(before.dims, wide.dims, strict=True)
    )
    return Array(wide.dtype, dims)


def seen_outside(t: Type, sizes: int, fresh: Any) -> Type:
    """A type as seen after the loop: sizes that are the loop's own get new symbols."""
    if not isinstance(t, Array | Shape) or t.dims is None:
        return t
    dims = tuple(
        fresh() if isinstance(d, Dim) and d.name[0] == "?" and int(d.name[1:]) > sizes else d
        for d in t.dims
    )
    return Array(t.dtype, dims) if isinstance(t, Array) else Shape(dims)


def same_literal(p: Lit, x: Operand) -> bool:
    """Whether an operand is this very literal."""
    return isinstance(x, Lit) and (x.value is p.value)

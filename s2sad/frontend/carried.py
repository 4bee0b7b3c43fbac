"""What a loop carries: its body is walked until the types of that are stable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from s2sad.frontend.branches import join
from s2sad.frontend.infer import type_of
from s2sad.frontend.statements import FALLS, RAISED
from s2sad.frontend.values import (
    Missing,
    Unbound,
    Value,
    atoms,
    freeze,
    rebuilt,
    same_structure,
)
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import UNDEFINED, Lit, Operand, Var
from s2sad.ir.types import Array, Dim, Number, Shape, Type

MOST_WALKS = 8
UNBOUND = Missing("it is not bound")
CHANGING = "it is bound to different kinds of values from trip to trip of a loop"
_CARRIED = (bool, int, float, complex, np.generic, np.ndarray)


@dataclass
class Carried:
    """What one name carries from trip to trip."""

    before: Value  # the value at entry, or None when the name is not bound there
    value: Value  # its structure, with the names at the start of a trip as atoms
    params: list[Var] = field(default_factory=list)
    inits: list[Operand] = field(default_factory=list)


def same_known(before: Value, after: Value) -> bool:
    """Whether a value without atoms is still the same in all that matters."""
    if after is None or isinstance(after, Missing):
        return False
    return same_structure(before, after)


class KindChange(Exception):
    """A variable has no one type that holds on every trip."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Retry(Exception):
    """The types of what is carried have changed: walk the body again."""


class CarriedValues:
    """The fixpoint of a loop."""

    def fixpoint(
        self: Walk,
        names: list[str],
        walk: Callable[[dict[str, Carried]], Any],
        close: Callable[[Any, list[Carried], list[Var]], None],
        s: Any,
    ) -> None:
        """Walks a loop until its carried types are stable, then adds it and binds its results."""
        frame = self.frame
        entry, sizes = dict(frame.locals), self.b.sizes
        carried = self.first_guess(names, entry)
        bound = [n for n in names if not isinstance(entry.get(n, UNBOUND), Missing)]
        uncarried = {n: entry[n] for n in bound if n not in carried}
        for _ in range(MOST_WALKS):
            frame.locals = dict(entry)
            for name, c in carried.items():
                frame.locals[name] = c.value
            pending = {n for n in names if n not in frame.locals} - frame.pending
            try:
                with self.inside_loop(pending, uncarried):
                    parts = walk(carried)
                break
            except Retry:
                continue
            except Unbound as e:
                if e.name not in pending:
                    raise
                raise self.refuse(
                    f"{e.name} is read before the loop binds it; this", f"bind {e.name} first", s
                ) from None
        else:
            raise KindChange(self.changing)
        final = frame.locals
        frame.locals = dict(entry)
        self.finish(carried, final, parts, close, sizes)

    @contextmanager
    def inside_loop(self: Walk, pending: set[str], uncarried: dict[str, Value]) -> Iterator[None]:
        """The state of the walk inside the body of a loop."""
        frame, region, before = self.frame, self.region, self.uncarried
        self.region, self.uncarried = object(), uncarried
        frame.pending |= pending
        self.b.conditional += 1
        self.loop_depth += 1
        try:
            yield
        finally:
            frame.pending -= pending
            self.region, self.uncarried = region, before
            self.b.conditional -= 1
            self.loop_depth -= 1

    def first_guess(self: Walk, names: list[str], entry: dict[str, Value]) -> dict[str, Carried]:
        """What is carried if every type stays as it is at entry."""
        carried: dict[str, Carried] = {}
        for name in names:
            if name in entry and not isinstance(entry[name], Missing):
                before = entry[name]
                if any(True for _ in atoms(before)):
                    carried[name] = self.carry(name, before, before, None)
        return carried

    def carry(
        self: Walk, name: str, before: Value, like: Value, types: Any, owned: bool = True
    ) -> Carried:
        """A `Carried` with fresh names of the given types (by default those at entry)."""
        c = Carried(before, None)
        at_entry = list(atoms(before)) if before is not None else None
        kinds = types or [_entry_type(a) for a in atoms(like)]
        out: list[Operand] = []
        single = isinstance(like, Var | Lit)
        for i, (a, t) in enumerate(zip(atoms(like), kinds, strict=True)):
            if isinstance(a, Lit) and not isinstance(a.value, _CARRIED):
                out.append(a)
                continue
            param = self.b.var(t, name if single else getattr(a, "hint", ""))
            init = at_entry[i] if at_entry is not None else UNDEFINED
            if owned and (isinstance(init, Lit) or not self.shared_array(init)):
                self.owned.add(param)
            c.params.append(param)
            c.inits.append(init)
            out.append(param)
        c.value = rebuilt(like, iter(out))
        return c

    def after_trip(
        self: Walk, carried: dict[str, Carried], outcome: Value, s: Any
    ) -> list[Operand]:
        """What the body yields for every carried name; `Retry` where its type is wider."""
        if outcome is RAISED:
            return [p for c in carried.values() for p in c.params]
        if outcome is not FALLS:
            raise self.refuse("a return inside a loop", "leave the loop by its condition", s)
        again = False
        yields: list[Operand] = []
        names = self.frame.locals
        for name, c in list(carried.items()):
            changed, found = self.compare_trip(name, c, names.get(name), carried)
            again |= changed
            yields += found
        again |= self.changed_otherwise(carried, names)
        again |= self.newly_bound(carried, names)
        if again:
            raise Retry
        return yields

    def compare_trip(
        self: Walk, name: str, c: Carried, after: Value, carried: dict[str, Carried]
    ) -> tuple[bool, list[Operand]]:
        if isinstance(c.value, Missing):
            return False, []
        if after is None or isinstance(after, Missing) or not same_structure(c.value, after):
            carried[name] = Carried(c.before, Missing(CHANGING, unroll=True))
            return True, []
        types: list[Type] = []
        yields: list[Operand] = []
        changed = disowned = False
        for p, x in zip(atoms(c.value), atoms(after), strict=True):
            if isinstance(p, Lit):
                if not _same_literal(p, x) and not isinstance(p.value, _CARRIED):
                    raise KindChange(name)
                changed |= not _same_literal(p, x)
                types.append(type_of(x) if _same_literal(p, x) else _entry_type(x))
                continue
            wide = without_size(join(p.type, type_of(x), self.b.fresh))
            wide = _keep_unknown(p.type, wide)
            disowned |= p in self.owned and isinstance(x, Var) and self.shared_array(x)
            changed |= wide != p.type or disowned
            types.append(wide)
            yields.append(x)
        if changed:
            self.changing = name
            like = c.before if c.before is not None else after
            carried[name] = self.carry(name, c.before, like, types, not disowned)
        return changed, yields

    def changed_otherwise(self: Walk, carried: dict[str, Carried], names: dict[str, Value]) -> bool:
        """Names that held nothing to carry (a function, an empty tuple), and something else now."""
        again = False
        for name, before in self.uncarried.items():
            after = names.get(name)
            if name not in carried and after is not before and not same_known(before, after):
                carried[name] = Carried(before, Missing(CHANGING, unroll=True))
                again = True
        return again

    def newly_bound(self: Walk, carried: dict[str, Carried], names: dict[str, Value]) -> bool:
        """Names that the body binds first: read by the next trip, or after the loop."""
        again = False
        for name in sorted(self.frame.pending & names.keys()):
            value = names[name]
            if name in carried or isinstance(value, Missing) or not _plain(value):
                continue
            types = [without_size(type_of(a)) for a in atoms(value)]
            carried[name] = self.carry(name, None, value, types)
            again = True
        return again

    def finish(
        self: Walk,
        carried: dict[str, Carried],
        final: dict[str, Value],
        parts: Any,
        close: Callable[[Any, list[Carried], list[Var]], None],
        sizes: int,
    ) -> None:
        results: list[Var] = []
        for name, c in carried.items():
            if isinstance(c.value, Missing):
                self.frame.locals[name] = Missing(c.value.why)
                continue
            out: list[Operand] = []
            for p in atoms(c.value):
                if isinstance(p, Lit):
                    out.append(p)
                    continue
                r = self.b.var(_outside(p.type, sizes, self.b.fresh), p.hint)
                if p in self.owned:
                    self.owned.add(r)
                results.append(r)
                out.append(r)
            freeze(c.before, self.foreign)
            self.frame.locals[name] = rebuilt(c.value, iter(out))
            freeze(self.frame.locals[name], self.foreign)
        for name in final:
            if name not in self.frame.locals:
                self.frame.locals[name] = Missing("it is bound inside a loop above")
        close(parts, list(carried.values()), results)


def _plain(v: Value) -> bool:
    found = list(atoms(v))
    return bool(found) and all(isinstance(a, Var) or isinstance(a.value, _CARRIED) for a in found)


def _entry_type(a: Operand) -> Type:
    """The type a carried value starts with: its own, with nothing said of its being a size."""
    return without_size(type_of(a))


def without_size(t: Type) -> Type:
    """The type, with nothing said of the value being the size of something."""
    if isinstance(t, Number) and t.size is not None:
        return Number(t.dtype, t.weak)
    return t


def _keep_unknown(before: Type, wide: Type) -> Type:
    """A size that is unknown at the start of a trip stays that same symbol."""
    if not isinstance(before, Array) or not isinstance(wide, Array):
        return wide
    if before.dims is None or wide.dims is None or len(before.dims) != len(wide.dims):
        return wide
    dims = tuple(
        b if isinstance(b, Dim) and b.name.startswith("?") else w
        for b, w in zip(before.dims, wide.dims, strict=True)
    )
    return Array(wide.dtype, dims)


def _outside(t: Type, sizes: int, fresh: Any) -> Type:
    """A type as seen after the loop: sizes that are the loop's own get new symbols."""
    if not isinstance(t, Array | Shape) or t.dims is None:
        return t
    dims = tuple(
        fresh() if isinstance(d, Dim) and d.name[0] == "?" and int(d.name[1:]) > sizes else d
        for d in t.dims
    )
    return Array(t.dtype, dims) if isinstance(t, Array) else Shape(dims)


def _same_literal(p: Lit, x: Operand) -> bool:
    return isinstance(x, Lit) and (x.value is p.value)

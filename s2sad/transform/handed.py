"""Containers that the function is given and changes: what it leaves in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2sad.errors import Unsupported
from s2sad.frontend.identity import is_mutable, like, parts, refill
from s2sad.frontend.instances import is_plain
from s2sad.frontend.journal import Item, Items, Name
from s2sad.frontend.prims import template
from s2sad.frontend.values import Instance, Mapping, Sequence, Value, is_atom
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Let, Lit, Operand, Statement, Var
from s2sad.ir.types import OPAQUE, Array
from s2sad.rules.notation import RULES
from s2sad.runtime import check_distinct


@dataclass
class Held:
    """A container that was given, the one the function works on, and what that held at first."""

    given: Any
    fresh: Any
    before: Any

    def is_changed(self) -> bool:
        return not _same(Items(self.fresh).get(), self.before)


def paired(given: Value, fresh: Value) -> list[Held]:
    """The containers of two values of one structure that may be changed."""
    found = [Held(given, fresh, Items(fresh).get())] if is_mutable(given) else []
    for a, b in zip(parts(given), parts(fresh), strict=True):
        found += paired(a, b)
    return found


class Left:
    """What the function left in the arrays and containers that it worked on."""

    def __init__(
        self, held: list[Held], arrays: dict[Operand, Any], names: dict[Var, Operand], places: Any
    ) -> None:
        self.arrays = arrays  # what is left in arrays, by the actual argument
        self.names = names  # of the leaves of arguments, and what they stand for
        self.places = [p for p in places if isinstance(p, Items | Item | Name)]
        self.seen: dict[int, Value] = {}  # containers in which names were replaced
        self.given = {id(h.fresh): h.given for h in held}
        self.changed = [h for h in held if h.is_changed()]

    def operands(self) -> list[Operand]:
        """What was left in arrays, and the operands in containers."""
        return [*self.arrays.values(), *self._inside()]

    def _inside(self) -> list[Operand]:
        return [a for h in self.changed for x in parts(h.fresh) for a in self._atoms(x)]

    def put(self, walk: Walk, outs: list[Operand]) -> None:
        """Puts it into the containers that were given, with these operands instead."""
        take = iter(outs)
        self._rename()
        for h in self.changed:
            new = Items(like(h.fresh, [self._with(x, take) for x in parts(h.fresh)], None))
            walk.put(Items(h.given), new.get())

    def _rename(self) -> None:
        """Puts the arguments into what was changed, instead of the names that stand for them."""
        for place in self.places:
            now = place.get()
            if isinstance(place, Items):
                found = Sequence(tuple, now if isinstance(now, list) else now.values())
                new = self._renamed(found).items
                place.set(new if isinstance(now, list) else dict(zip(now, new, strict=True)))
            else:
                place.set(self._renamed(now))

    def _renamed(self, v: Value) -> Value:
        if is_atom(v):
            return self.names.get(v, v)
        if is_mutable(v):
            if id(v) not in self.given and id(v) not in self.seen:
                self.seen[id(v)] = v
                refill(v, [self._renamed(x) for x in parts(v)])
            return v
        if not isinstance(v, Sequence):
            return v
        return like(v, [self._renamed(x) for x in v.items], v.region)

    def _atoms(self, v: Value) -> Iterator[Operand]:
        if is_atom(v):
            yield v
        elif id(v) not in self.given:
            for x in parts(v):
                yield from self._atoms(x)

    def _with(self, v: Value, take: Iterator[Operand]) -> Value:
        if is_atom(v):
            return next(take)
        if id(v) in self.given:
            return self.given[id(v)]
        if isinstance(v, Sequence | Mapping | Instance):
            return like(v, [self._with(x, take) for x in parts(v)], v.region)
        return v


# at the end of the generated function


def distinct(walk: Walk) -> list[Statement]:
    """A look at the arguments: a container that is changed is there but once."""
    if not walk.changes_arguments or len(walk.containers) < 2:
        return []
    names = list(dict.fromkeys(path[0][1] for _, path, _ in walk.containers))
    return [_statement(walk, f"{{0}}({', '.join(names)})", [Lit(check_distinct)])]


def write_back_containers(walk: Walk) -> None:
    """Leaves in the containers that are arguments what the function would leave there."""
    paths = {id(c): path for c, path, _ in walk.containers}
    for c, path, before in walk.containers:
        now = Items(c).get()
        if not _same(now, before):
            for text, values in _changes(c, path, before, now):
                operands: list[Operand] = []
                spelled = [_spell(walk, v, where, paths, operands) for v, where in values]
                walk.b.add(_statement(walk, text.format(*spelled), operands))


def _changes(c: Any, path: Any, before: Any, now: Any) -> Iterator[tuple[str, list[Any]]]:
    """The statements that make of a container what it is now: text with holes, and values."""
    place = _twice(spell_path(path))
    if isinstance(now, list):
        if len(now) != len(before):
            values = [(v, (*path, ("item", i))) for i, v in enumerate(now)]
            yield f"{place}[:] = [{', '.join('{}' for _ in now)}]", values
            return
        before, now = dict(enumerate(before)), dict(enumerate(now))
    kept = [k for k in before if k in now]
    if list(now)[: len(kept)] != kept:
        raise _unknown(path)
    kind = "attr" if isinstance(c, Instance) else "item"
    for k in before:
        if k not in now:
            yield f"del {_twice(spell_path((*path, (kind, k))))}", []
    for k, v in now.items():
        if k not in before or v is not before[k]:
            at = (*path, (kind, k))
            yield _twice(spell_path(at)) + " = {}", [(v, at)]


def spell_path(path: Any) -> str:
    """Where a part of an argument is found, as Python text."""
    text: str = path[0][1]
    for kind, what in path[1:]:
        text += f".{what}" if kind == "attr" else f"[{what!r}]"
    return text


def _spell(walk: Walk, v: Value, at: Any, paths: dict[int, Any], operands: list[Operand]) -> str:
    """A value as text, with holes for operands."""
    if id(v) in paths:
        if paths[id(v)] != at:
            raise _unknown(at)
        return _braced(spell_path(at))
    if is_atom(v):
        operands.append(_own(walk, v))
        return f"{{{len(operands) - 1}}}"
    inside = [_spell(walk, x, None, paths, operands) for x in parts(v)]
    match v:
        case Sequence() if v.cls is list:
            return f"[{', '.join(inside)}]"
        case Sequence() if v.cls is tuple:
            return f"({', '.join(inside)}{',' if len(inside) == 1 else ''})"
        case Mapping():
            pairs = zip(v.items, inside, strict=True)
            return "{{" + ", ".join(f"{_braced(repr(k))}: {x}" for k, x in pairs) + "}}"
        case Sequence() | Instance() if isinstance(v, Sequence) or is_plain(v.cls, list(v.fields)):
            walk.name_object(v.cls)
            operands.append(Lit(v.cls))
            hole = f"{{{len(operands) - 1}}}"
            names = v.cls._fields if isinstance(v, Sequence) else v.fields
            given = zip(names, inside, strict=True)
            return f"{hole}({', '.join(f'{k}={x}' for k, x in given)})"
    raise _unknown(at)


def _braced(text: str) -> str:
    """Text for a template, in which braces are holes."""
    return text.replace("{", "{{").replace("}", "}}")


def _twice(text: str) -> str:
    """Text for a template that is itself put together by a template."""
    return _braced(_braced(text))


def _own(walk: Walk, v: Operand) -> Operand:
    """An operand to be kept by the caller: an argument itself, or an array of its own."""
    if not isinstance(v, Var) or not isinstance(v.type, Array):
        return v
    o: Var = walk.object_of(v)
    if o in walk.parameters:
        return o
    p = RULES[np.copy]
    own: Operand = walk.b.let(p, (v, *(Lit(p.defaults[n]) for n in p.params[1:])))
    return own


def _statement(walk: Walk, text: str, operands: list[Operand]) -> Statement:
    return Let(walk.b.var(OPAQUE), template(text, len(operands)), tuple(operands), None)


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return list(a) == list(b) and all(a[k] is b[k] for k in a)
    return len(a) == len(b) and all(x is y for x, y in zip(a, b, strict=True))


def _unknown(path: Any) -> Unsupported:
    where = "an argument" if path is None else spell_path(path)
    return Unsupported(
        f"the value of a function that leaves its containers in another order ({where})",
        "ask for the gradient alone, or return what is new",
        None,
    )

"""Which containers are one object: what a branch or a loop may join, and what is frozen by it.

A list, a dict or an object keeps its identity through branches and loops as long as every way
leaves the same one under a name.  Where the ways leave different ones, a new container stands for
whichever it is; from then on none of them may be changed, since the change would have to show in
the others.  Only a container that nothing else refers to is joined without that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from s2sad.frontend.journal import Item, Items
from s2sad.frontend.values import (
    Bound,
    Closure,
    Frame,
    Frozen,
    Growing,
    Instance,
    Lazy,
    Mapping,
    Sequence,
    Super,
    Transformed,
    Value,
    atoms,
    is_atom,
    rebuilt,
    same_structure,
)
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Operand, Var
from s2sad.ir.types import Opaque

Contents = dict[int, Any]
"""By the id of a container: what it holds at the end of a way, where that is noted."""


def is_mutable(v: Value) -> bool:
    """Whether a value is a container that may be changed in place."""
    return isinstance(v, Mapping | Instance) or (isinstance(v, Sequence) and v.cls is list)


def holds_mutable(v: Value) -> bool:
    """Whether a value is a container that may be changed, or has one inside."""
    return is_mutable(v) or any(map(holds_mutable, parts(v)))


def holds_container(v: Value) -> bool:
    """Whether a value is a container."""
    return isinstance(v, Sequence | Mapping | Instance)


def parts(v: Value) -> list[Value]:
    """The values directly inside a container, a method or an iterator."""
    match v:
        case Sequence():
            return v.items
        case Growing():
            return [v.state]
        case Mapping():
            return list(v.items.values())
        case Instance():
            return list(v.fields.values())
        case Bound():
            return [v.function, *v.args, *v.kwargs.values()]
        case Lazy():
            return list(v.parts)
        case Super():
            return [v.owner]
        case Transformed():
            return [v.function]
    return []


def _mutable_inside(v: Value) -> list[Any]:
    """The containers that a value is made of and that may be changed, each once."""
    found: dict[int, Value] = {}
    work = [v]
    while work:
        x = work.pop()
        if id(x) not in found:
            found[id(x)] = x
            work += parts(x)
    return list(filter(is_mutable, found.values()))


def may_be_one(a: Value, b: Value) -> bool:
    """Whether two containers may be one object, since a branch or loop chose one of them."""
    if not is_mutable(a) or type(a) is not type(b):
        return False
    kinds = getattr(a, "cls", dict), getattr(b, "cls", dict)
    return kinds[0] is kinds[1] and any(
        isinstance(v.region, Frozen) and v.region.stands for v in (a, b)
    )


def serial(v: Any) -> int:
    """When a container was made; 0 where that is not known."""
    found: int = getattr(v.region, "serial", 0)
    return found


def like(v: Any, items: Iterable[Value], region: object) -> Value:
    """A container of the same kind and keys with other items."""
    if isinstance(v, Sequence):
        return Sequence(v.cls, items, region)
    made = dict(zip(v.items if isinstance(v, Mapping) else v.fields, items, strict=True))
    return Mapping(made, region) if isinstance(v, Mapping) else Instance(v.cls, made, region)


class Identities:
    """Joins containers; notes which are frozen."""

    def freeze(
        self: Walk, v: Value, in_loop: bool = False, loop: Any = None, deep: bool = True
    ) -> None:
        """Marks containers that are changed no more."""
        for x in _mutable_inside(v) if deep or not is_mutable(v) else [v]:
            if not isinstance(x.region, Frozen):
                self.frozen.append((x, x.region))
                x.region = Frozen(serial(x), in_loop, loops=() if loop is None else (loop,))

    def freeze_stand_in(self: Walk, v: Value, loop: Any, made: int | None = None) -> None:
        """Marks what a loop carries in the place of the containers of any trip.

        These stand-ins are as old as what they stand for, or made where the loop ends.
        """
        self.freeze(v, True, loop)
        for x in _mutable_inside(v):
            now = serial(x) if made is None else made
            x.region = replace(x.region, serial=now, stands=True)

    def ask_for_choice(self: Walk, *containers: Value) -> None:
        """Asks for the numbers to be known by which a branch chose, if they are integers."""
        for v in containers:
            test = getattr(getattr(v, "region", None), "test", None)
            if isinstance(test, Var):
                self.demand(test, "the choice of a container")

    def thaw(self: Walk, mark: int) -> None:
        """Takes back what was frozen since `mark`: the walk goes back to that point."""
        while len(self.frozen) > mark:
            v, region = self.frozen.pop()
            v.region = region

    # at the end of one way

    def at_end(self: Walk, v: Value, contents: Contents) -> Value:
        """A value as it is at the end of a way: itself where nothing inside was changed."""
        return _at_end(v, contents, {})

    def alike_at_end(self: Walk, a: Value, b: Value, then: Any, orelse: Any) -> bool:
        """Whether the values that the ways leave differ in nothing but their atoms."""
        if a is b:
            return True
        ends = self.at_end(a, then.contents), self.at_end(b, orelse.contents)
        return same_structure(*ends)

    def adopted(self: Walk, v: Value, way: Any, take: Callable[[Operand], Operand]) -> Value:
        """The value of the only way that has it, its atoms as results of the branch.

        Containers made by the way stay the objects they are, and so do those from before it.
        """
        if is_atom(v):
            return take(v)
        if isinstance(v, Bound):
            args = tuple(self.adopted(x, way, take) for x in v.args)
            kwargs = {k: self.adopted(x, way, take) for k, x in v.kwargs.items()}
            return Bound(self.adopted(v.function, way, take), args, kwargs)
        if not isinstance(v, Sequence | Mapping | Instance):
            return rebuilt(v, map(take, atoms(v)))
        if not is_mutable(v):
            items = [self.adopted(x, way, take) for x in parts(v)]
            return v if _same(items, parts(v)) else like(v, items, v.region)
        if serial(v) < way.serial or id(v) in self.adoptions:
            return v
        self.adoptions[id(v)] = v
        refill(v, way.contents.get(id(v)))
        refill(v, [self.adopted(x, way, take) for x in parts(v)])
        if not isinstance(v.region, Frozen):
            v.region = self.region
        return v

    # one value for two

    def merged(
        self: Walk, a: Value, b: Value, then: Any, orelse: Any,
        take: Callable[[Operand, Operand], Operand],
    ) -> Value:  # fmt: skip
        """A value that is `a` after one way and `b` after the other; they have one structure."""
        if is_atom(a):
            return take(a, b)
        if a is b:
            return a
        if isinstance(a, Bound):
            args = [self.merged(*x, then, orelse, take) for x in zip(a.args, b.args, strict=True)]
            kwargs = {
                k: self.merged(x, b.kwargs[k], then, orelse, take) for k, x in a.kwargs.items()
            }
            function = self.merged(a.function, b.function, then, orelse, take)
            return Bound(function, tuple(args), kwargs)
        if not isinstance(a, Sequence | Mapping | Instance):
            return rebuilt(a, map(take, atoms(a), atoms(b)))
        found = self.merges.get((id(a), id(b)))
        if found is not None:
            return found[0]
        pairs = zip(_contents(a, then.contents), _contents(b, orelse.contents), strict=True)
        items = [self.merged(*x, then, orelse, take) for x in pairs]
        region = self.region if self.is_alone(a, then) and self.is_alone(b, orelse) else None
        mark = len(self.frozen)
        for v in (a, b):
            self.freeze(v, deep=False)
        for v, _ in self.frozen[mark:]:
            v.region = replace(v.region, test=then.test)
        held_after = then.contents.get(id(a))
        made = like(a, items if not isinstance(held_after, dict) else parts(a), region)
        if isinstance(held_after, dict):
            refill(made, dict(zip(held_after, items, strict=True)))
        if region is None and is_mutable(made):
            now = getattr(self.region, "serial", 0)
            made.region = Frozen(now, stands=True, test=then.test)
        self.merges[id(a), id(b)] = made, a, b  # which keeps them, and their ids, alive
        return made

    def is_alone(self: Walk, v: Value, way: Any) -> bool:
        """Whether nothing but one place refers to a container that the way made."""
        if not is_mutable(v):
            return True
        if serial(v) < way.serial or isinstance(v.region, Frozen):
            return False
        if way.counts is None:
            way.counts = self.references(way)
        return bool(way.counts[id(v)] == 1)

    def references(self: Walk, way: Any) -> Counter[int]:
        """How many references there are to each container at the end of a way."""
        counts: Counter[int] = Counter()
        frames = [f for f in self.frames if f is not self.frame]
        work: list[Value] = [*way.names.values(), way.outcome]
        seen: dict[int, Any] = {id(self.frame): self.frame}
        for f in frames:
            work += _names_of(f, seen)
        while work:
            v = work.pop()
            if isinstance(v, Closure):
                work += [x for x in v.defaults.values() if id(v) not in seen]
                work += _names_of(v.frame, seen)
            elif is_atom(v):
                continue
            counts[id(v)] += 1
            if id(v) not in seen:
                seen[id(v)] = v
                work += _contents(v, way.contents)
        return counts


def held_at_end(changes: Any) -> dict[int, Any]:
    """What the containers hold that are among the changes, by their ids."""
    found = [p.container for p, _ in changes.values() if isinstance(p, Items | Item)]
    return {id(c): Items(c).get() for c in found}


def is_number(x: Operand) -> bool:
    """Whether an operand is a number, or may be one."""
    return isinstance(x, Var) or (isinstance(x, Lit) and isinstance(x.value, int | float | complex))


def static_equal(x: Operand, y: Operand) -> bool:
    """Whether two literals are the same object or the same immutable value."""
    if not isinstance(x, Lit) or not isinstance(y, Lit):
        return False
    if x.value is y.value:
        return True
    plain = (bool, int, float, complex, str, bytes)
    return (
        type(x.value) is type(y.value) and type(x.value) in plain and repr(x.value) == repr(y.value)
    )


def _names_of(frame: Frame | None, seen: dict[int, Any]) -> Iterator[Value]:
    """The values of the names of a frame and of those around it, once."""
    while frame is not None and id(frame) not in seen:
        seen[id(frame)] = frame
        yield from frame.locals.values()
        frame = frame.parent


def _contents(v: Value, contents: Contents) -> list[Value]:
    """The values inside, at the end of a way."""
    found = contents.get(id(v))
    if found is None:
        return parts(v)
    return list(found) if isinstance(found, list) else list(found.values())


def _at_end(v: Value, contents: Contents, seen: dict[int, Value]) -> Value:
    if not isinstance(v, Sequence | Mapping | Instance) or not contents:
        return v
    if id(v) in seen:
        return seen[id(v)]
    seen[id(v)] = v
    noted = contents.get(id(v))
    inside = [_at_end(x, contents, seen) for x in _contents(v, contents)]
    if noted is None and _same(inside, parts(v)):
        return v
    made = like(v, parts(v), v.region)
    refill(made, noted)
    refill(made, inside)
    return made


def refill(v: Any, items: Any) -> None:
    """Puts other items into a container: a list of them, or a dict with its keys."""
    if items is None:
        return
    if isinstance(v, Sequence):
        v.items[:] = items
        return
    inside = v.items if isinstance(v, Mapping) else v.fields
    new = items if isinstance(items, dict) else dict(zip(inside, items, strict=True))
    inside_new = dict(new)
    inside.clear()
    inside.update(inside_new)


def _same(a: list[Value], b: list[Value]) -> bool:
    return len(a) == len(b) and all(x is y for x, y in zip(a, b, strict=True))


def generator_and_another(v: Value, other: Value) -> bool:
    """Whether a value is surely a random generator, and another one known to be none."""
    cls = v.type.cls if isinstance(v, Var) and isinstance(v.type, Opaque) else None
    return cls is not None and isinstance(other, Lit) and type(other.value) is not cls

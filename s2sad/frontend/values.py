"""What a name holds while the frontend interprets: an atom of the IR, or a container of values."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from s2sad.ir.nodes import Atom, Lit, Operand, Span, Var

Value: TypeAlias = Any
"""A `Var`, a `Lit`, a `Span`, or one of the classes below."""


tick = itertools.count(1).__next__
"""The next number; what is made later has a higher one."""


class Sequence:
    """A tuple, a namedtuple (`cls`) or a list whose length is known."""

    __slots__ = ("cls", "items", "made", "region")

    def __init__(
        self, cls: Any, items: Iterable[Value], region: object = None, made: object = None
    ) -> None:
        self.cls = cls
        self.items = list(items)
        self.region = region  # where a list was made: it may only be changed there
        self.made = made  # the expression that made a list

    def __repr__(self) -> str:
        return f"{self.cls.__name__}{self.items}"


class Growing:
    """A list (or tuple) whose length is not known: the first rows of arrays.

    state: the number of items, the number of rows, and an array for each number or array in an
    item (`spec`, which is None while the list is empty and nothing is known of its items).
    """

    __slots__ = ("cls", "hint", "made", "spec", "state")

    def __init__(self, cls: Any, spec: Any, state: Sequence, made: object, hint: str = "") -> None:
        self.cls = cls
        self.spec = spec
        self.state = state
        self.made = made
        self.hint = hint

    @property
    def region(self) -> object:
        """Where it may be changed."""
        return self.state.region


class Mapping:
    """A dict whose keys are known."""

    __slots__ = ("items", "region")

    def __init__(self, items: dict[Any, Value], region: object = None) -> None:
        self.items = items
        self.region = region


class Instance:
    """A dataclass instance or another object taken apart into its attributes."""

    __slots__ = ("cls", "fields", "region")

    def __init__(self, cls: type, fields: dict[str, Value], region: object = None) -> None:
        self.cls = cls
        self.fields = fields
        self.region = region


@dataclass(eq=False)
class Closure:
    """A function or lambda defined while interpreting."""

    node: Any
    frame: Frame
    name: str
    defaults: dict[str, Value]


@dataclass(eq=False)
class Bound:
    """A function with its first arguments given: a method, a partial."""

    function: Value
    args: tuple[Value, ...]
    kwargs: dict[str, Value] = field(default_factory=dict)


@dataclass(eq=False)
class Transformed:
    """grad(f), a pullback and so on, of a function value; `options` as in a request."""

    kind: str
    function: Value
    argnums: Any = 0
    has_aux: bool = False
    extra: Any = None
    holomorphic: bool = False


@dataclass(eq=False)
class Super:
    """super() of an object or class: attributes are looked for after `cls` in its order."""

    cls: type
    owner: Value


@dataclass(frozen=True)
class Frozen:
    """The region of containers that are changed no more: one name may stand for several.

    serial: of the region where the container was made; in_loop: whether a loop is the reason;
    loops: those that could be unrolled instead.
    """

    serial: int
    in_loop: bool = False
    stands: bool = False  # it stands for one of several, whichever it is
    test: Any = None  # of the branch that chose
    loops: tuple[Any, ...] = ()


@dataclass(eq=False)
class Range:
    """range(start, stop, step), not yet iterated."""

    start: Atom
    stop: Atom
    step: Atom

    @property
    def known(self) -> range | None:
        """The range itself, where its bounds are known."""
        bounds = [a.value for a in (self.start, self.stop, self.step) if isinstance(a, Lit)]
        return range(*bounds) if len(bounds) == 3 else None


@dataclass(eq=False)
class Lazy:
    """An iterable made of others: enumerate, zip, reversed, map; `parts` are its operands."""

    kind: str
    parts: tuple[Value, ...]


class Missing:
    """A name that is not bound, or no longer usable; `why` completes the sentence of an error."""

    def __init__(
        self, why: str, unroll: bool = False, loops: tuple[Any, ...] = (), chosen: bool = False,
        slots: tuple[Any, ...] = (),
    ) -> None:  # fmt: skip
        self.why = why
        self.chosen = chosen  # it could be read if it were followed what branches chose
        self.slots = slots  # or what these places of loops hold
        self.unroll = unroll  # it could be read if the loop it stands in were unrolled
        self.loops = tuple(x for x in loops if x is not None)  # or these loops before it


@dataclass(eq=False)
class Frame:  # compared by identity: a closure is its code and the frame it was made in
    """The names of one function while its body is interpreted."""

    source: Any
    locals: dict[str, Value]
    globals: dict[str, Any]
    cells: dict[str, Any]  # closure cells of a plain Python function
    parent: Frame | None  # of a function defined while interpreting
    path: tuple[tuple[str, str], ...] | None  # how the root function leads to this one
    scope: frozenset[str] = frozenset()  # names that are local to the function
    pending: set[str] = field(default_factory=set)  # bound later in an enclosing loop
    outside: frozenset[str] = frozenset()  # declared global or nonlocal
    free: set[str] = field(default_factory=set)  # of functions around, handed in as arguments
    serial: int = field(default_factory=lambda: tick())  # later ones have higher ones


class Unbound(Exception):
    """A name was read that an earlier trip of a loop, or another path, has yet to bind."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class NeedsUnrolling(Exception):
    """A loop index was needed as a number known at compile time."""

    def __init__(self, what: str, at: Any = None, made: object = None) -> None:
        super().__init__(what)
        self.at = at
        self.made = made  # the list that grows


def is_atom(v: Value) -> bool:
    """Whether a value is a single operand of the IR, and no container."""
    return isinstance(v, Var | Lit)


def atoms(v: Value) -> Iterator[Atom]:
    """The atoms of a value, from left to right; nothing for what has none."""
    return _atoms(v, {})


def _atoms(v: Value, seen: dict[int, Value]) -> Iterator[Atom]:
    """The atoms of a value; those of a container that is met again are not repeated."""
    match v:
        case Var() | Lit():
            yield v
        case Sequence() | Mapping() | Instance():
            if id(v) in seen:
                return
            seen[id(v)] = v
            for item in _inside(v):
                yield from _atoms(item, seen)
        case Growing():
            yield from _atoms(v.state, seen)
        case Bound():
            for item in (v.function, *v.args, *v.kwargs.values()):
                yield from _atoms(item, seen)
        case Span():
            for item in (v.start, v.stop, v.step):
                yield from atoms(item)
        case Range():
            for item in (v.start, v.stop, v.step):
                yield from atoms(item)


def rebuilt(v: Value, take: Iterator[Operand]) -> Value:
    """The same structure with its atoms taken from `take`."""
    return _rebuilt(v, take, {})


def _rebuilt(v: Value, take: Iterator[Operand], seen: dict[int, Value]) -> Value:
    match v:
        case Var() | Lit():
            return next(take)
        case Sequence() | Mapping() | Instance():
            return seen[id(v)] if id(v) in seen else _container(v, take, seen)
        case Growing():
            return Growing(v.cls, v.spec, _rebuilt(v.state, take, seen), v.made, v.hint)
        case Bound():
            function = _rebuilt(v.function, take, seen)
            args = tuple(_rebuilt(i, take, seen) for i in v.args)
            named = {k: _rebuilt(i, take, seen) for k, i in v.kwargs.items()}
            return Bound(function, args, named)
        case Span():
            return Span(*(next(take) for _ in range(3)))
        case Range():
            return Range(*(_rebuilt(i, take, seen) for i in (v.start, v.stop, v.step)))
    return v


def _container(v: Value, take: Iterator[Operand], seen: dict[int, Value]) -> Value:
    made: Value
    match v:
        case Sequence():
            made = seen[id(v)] = Sequence(v.cls, [], v.region)
            made.items.extend(_rebuilt(i, take, seen) for i in v.items)
        case Mapping():
            made = seen[id(v)] = Mapping({}, v.region)
            made.items.update((k, _rebuilt(i, take, seen)) for k, i in v.items.items())
        case _:
            made = seen[id(v)] = Instance(v.cls, {}, v.region)
            made.fields.update((k, _rebuilt(i, take, seen)) for k, i in v.fields.items())
    return made


def _inside(v: Value) -> list[Value]:
    """The items of a container."""
    if isinstance(v, Sequence):
        return v.items
    return list(v.items.values() if isinstance(v, Mapping) else v.fields.values())


def same_structure(a: Value, b: Value) -> bool:
    """Whether two values differ in nothing but their atoms."""
    return _same(a, b, {})


def _same(a: Value, b: Value, seen: dict[Any, Value]) -> bool:
    if is_atom(a) and is_atom(b):
        return True
    if type(a) is not type(b):
        return False
    match a:
        case Sequence() | Mapping() | Instance():
            if id(a) in seen or ("other", id(b)) in seen:  # the same one is met again in both
                return seen.get(id(a)) is b
            seen[id(a)] = b
            seen["other", id(b)] = a
            return _same_form(a, b) and _all_same(_inside(a), _inside(b), seen)
        case Growing():
            return a.cls is b.cls and a.spec == b.spec
        case Bound():
            return (
                _same(a.function, b.function, seen)
                and list(a.kwargs) == list(b.kwargs)
                and _all_same([*a.args, *a.kwargs.values()], [*b.args, *b.kwargs.values()], seen)
            )
        case Span() | Range():
            return True
    return a is b


def _same_form(a: Value, b: Value) -> bool:
    """Whether two containers of one kind have the same class and keys."""
    if isinstance(a, Mapping):
        return list(a.items) == list(b.items)
    if isinstance(a, Instance):
        return a.cls is b.cls and list(a.fields) == list(b.fields)
    return bool(a.cls is b.cls)


def _all_same(a: list[Value], b: list[Value], seen: dict[Any, Value]) -> bool:
    return len(a) == len(b) and all(_same(x, y, seen) for x, y in zip(a, b, strict=True))

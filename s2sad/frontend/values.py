"""What a name holds while the frontend interprets: an atom of the IR, or a container of values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from s2sad.ir.nodes import Atom, Lit, Operand, Span, Var

Value: TypeAlias = Any
"""A `Var`, a `Lit`, a `Span`, or one of the classes below."""


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


@dataclass(eq=False)
class Range:
    """range(start, stop, step), not yet iterated."""

    start: Atom
    stop: Atom
    step: Atom


@dataclass(eq=False)
class Lazy:
    """An iterable made of others: enumerate, zip, reversed, map; `parts` are its operands."""

    kind: str
    parts: tuple[Value, ...]


class Missing:
    """A name that is not bound, or no longer usable; `why` completes the sentence of an error."""

    def __init__(self, why: str, unroll: bool = False, loops: tuple[Any, ...] = ()) -> None:
        self.why = why
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
    match v:
        case Var() | Lit():
            yield v
        case Sequence():
            for item in v.items:
                yield from atoms(item)
        case Growing():
            yield from atoms(v.state)
        case Mapping():
            for item in v.items.values():
                yield from atoms(item)
        case Instance():
            for item in v.fields.values():
                yield from atoms(item)
        case Bound():
            yield from atoms(v.function)
            for item in (*v.args, *v.kwargs.values()):
                yield from atoms(item)
        case Span():
            for item in (v.start, v.stop, v.step):
                yield from atoms(item)
        case Range():
            for item in (v.start, v.stop, v.step):
                yield from atoms(item)


def rebuilt(v: Value, take: Iterator[Operand]) -> Value:
    """The same structure with its atoms taken from `take`."""
    match v:
        case Var() | Lit():
            return next(take)
        case Sequence():
            return Sequence(v.cls, [rebuilt(i, take) for i in v.items], v.region)
        case Growing():
            return Growing(v.cls, v.spec, rebuilt(v.state, take), v.made, v.hint)
        case Mapping():
            return Mapping({k: rebuilt(i, take) for k, i in v.items.items()}, v.region)
        case Instance():
            return Instance(v.cls, {k: rebuilt(i, take) for k, i in v.fields.items()}, v.region)
        case Bound():
            function = rebuilt(v.function, take)
            args = tuple(rebuilt(i, take) for i in v.args)
            return Bound(function, args, {k: rebuilt(i, take) for k, i in v.kwargs.items()})
        case Span():
            return Span(*(rebuilt(i, take) for i in (v.start, v.stop, v.step)))
        case Range():
            return Range(*(rebuilt(i, take) for i in (v.start, v.stop, v.step)))
    return v


def freeze(v: Value, region: object) -> None:
    """Marks containers that may be reached under another name: they are changed no more."""
    match v:
        case Sequence():
            v.region = region
            for item in v.items:
                freeze(item, region)
        case Growing():
            v.state.region = region
        case Mapping():
            v.region = region
            for item in v.items.values():
                freeze(item, region)
        case Instance():
            v.region = region
            for item in v.fields.values():
                freeze(item, region)


def same_structure(a: Value, b: Value) -> bool:
    """Whether two values differ in nothing but their atoms."""
    if is_atom(a) and is_atom(b):
        return True
    if type(a) is not type(b):
        return False
    match a:
        case Sequence():
            return a.cls is b.cls and _all_same(a.items, b.items)
        case Growing():
            return a.cls is b.cls and a.spec == b.spec
        case Mapping():
            return list(a.items) == list(b.items) and _all_same(
                list(a.items.values()), list(b.items.values())
            )
        case Instance():
            return (
                a.cls is b.cls
                and list(a.fields) == list(b.fields)
                and _all_same(list(a.fields.values()), list(b.fields.values()))
            )
        case Bound():
            return same_structure(a.function, b.function) and _all_same(list(a.args), list(b.args))
        case Span() | Range():
            return True
    return a is b


def _all_same(a: list[Value], b: list[Value]) -> bool:
    return len(a) == len(b) and all(map(same_structure, a, b))

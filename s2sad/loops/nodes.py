"""Loops over elements: what array statements are lowered to.

Unlike in the IR, names are memory here: a scalar or an array may be assigned again.  Places in
arrays and bounds of loops are sums of products of names (`Amount`), so they can be compared.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from s2sad.analysis.sizes import Amount

Index: TypeAlias = tuple[Amount, ...]


@dataclass(frozen=True, slots=True)
class Const:
    """A literal; `text` as it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class Name:
    """A scalar, or an array as a whole."""

    name: str


@dataclass(frozen=True, slots=True)
class Size:
    """An integer that is known as a sum of products of names."""

    amount: Amount


@dataclass(frozen=True, slots=True)
class Item:
    """One element of an array."""

    array: str
    index: Index


@dataclass(frozen=True, slots=True)
class Apply:
    """An expression: `text` with the operands in its holes `{0}`, `{1}`."""

    text: str
    args: tuple[Expr, ...]


Expr: TypeAlias = Const | Name | Size | Item | Apply


@dataclass(slots=True, eq=False)
class Assign:
    """name = value: a scalar, or another name for an array."""

    name: str
    value: Expr


@dataclass(slots=True, eq=False)
class Store:
    """array[index] = value, or with `op` array[index] += value."""

    array: str
    index: Index
    value: Expr
    op: str = ""


@dataclass(slots=True, eq=False)
class Add:
    """name += value, in an order that is left open: a sum over elements."""

    name: str
    value: Expr


@dataclass(slots=True, eq=False)
class Alloc:
    """A new array; `fill` is "empty" or "zeros"."""

    name: str
    dtype: str
    extents: Index
    fill: str = "empty"


@dataclass(slots=True, eq=False)
class Nest:
    """for index in range(0, stop): made for the elements of arrays; may be fused with others."""

    index: str
    stop: Amount
    body: list[Stmt]


@dataclass(slots=True, eq=False)
class For:
    """A loop of the user's: in order, of any step."""

    index: str
    bounds: tuple[Expr, Expr, Expr]
    backward: bool
    body: list[Stmt]


@dataclass(slots=True, eq=False)
class While:
    """while True: before; if not test: break; body."""

    before: list[Stmt]
    test: Expr
    body: list[Stmt]


@dataclass(slots=True, eq=False)
class If:
    """if test: then else: orelse."""

    test: Expr
    then: list[Stmt]
    orelse: list[Stmt]


@dataclass(slots=True, eq=False)
class Guard:
    """Hands over to NumPy's code where `test` does not hold."""

    test: Expr


@dataclass(slots=True, eq=False)
class Line:
    """Any other statement: `text` with operands in its holes; `writes` are the names it binds."""

    text: str
    args: tuple[Expr, ...] = ()
    writes: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Remark:
    """A comment: on a line of its own, or with `beside` after the next statement."""

    text: str
    beside: bool = False


Stmt: TypeAlias = Assign | Store | Add | Alloc | Nest | For | While | If | Guard | Line | Remark


@dataclass(slots=True)
class Kernel:
    """A compiled function: flat parameters, flat results."""

    name: str
    params: list[str]
    body: list[Stmt]
    results: list[Expr] = field(default_factory=list)


# ---- walking ------------------------------------------------------------------------------------


def bodies(s: Stmt) -> tuple[list[Stmt], ...]:
    """The statements inside a statement."""
    match s:
        case Nest() | For():
            return (s.body,)
        case While():
            return (s.before, s.body)
        case If():
            return (s.then, s.orelse)
        case _:
            return ()


def every(body: list[Stmt]) -> Iterator[Stmt]:
    """All statements, outer ones first."""
    for s in body:
        yield s
        for inner in bodies(s):
            yield from every(inner)


def exprs(s: Stmt) -> tuple[Expr, ...]:
    """The expressions that a statement itself evaluates."""
    match s:
        case Assign() | Add():
            return (s.value,)
        case Store():
            return (s.value, *map(Size, s.index))
        case Alloc():
            return tuple(map(Size, s.extents))
        case Nest():
            return (Size(s.stop),)
        case For():
            return s.bounds
        case While() | If() | Guard():
            return (s.test,)
        case Line():
            return s.args
        case _:
            return ()


def parts(e: Expr) -> Iterator[Expr]:
    """An expression and all inside it."""
    yield e
    if isinstance(e, Apply):
        for a in e.args:
            yield from parts(a)


def names_in(e: Expr) -> Iterator[str]:
    """The scalars and sizes that an expression reads, those in places too; no arrays of items."""
    for x in parts(e):
        if isinstance(x, Name):
            yield x.name
        elif isinstance(x, Size):
            yield from x.amount.symbols()
        elif isinstance(x, Item):
            for a in x.index:
                yield from a.symbols()


def items_in(e: Expr) -> Iterator[Item]:
    """The elements of arrays that an expression reads."""
    return (x for x in parts(e) if isinstance(x, Item))


def mapped(e: Expr, f: Callable[[Expr], Expr]) -> Expr:
    """The expression with `f` applied to all in it, inner ones first."""
    if isinstance(e, Apply):
        e = Apply(e.text, tuple(mapped(a, f) for a in e.args))
    return f(e)


def with_exprs(s: Stmt, f: Callable[[Expr], Expr], g: Callable[[Amount], Amount]) -> Stmt:
    """The statement with `f` applied to its expressions and `g` to sizes and places."""

    def whole(e: Expr) -> Expr:
        return mapped(e, lambda x: f(_placed(x, g)))

    match s:
        case Assign() | Add():
            return replace(s, value=whole(s.value))
        case Store():
            return replace(s, value=whole(s.value), index=tuple(map(g, s.index)))
        case Alloc():
            return replace(s, extents=tuple(map(g, s.extents)))
        case Nest():
            body = [with_exprs(x, f, g) for x in s.body]
            return replace(s, stop=g(s.stop), body=body)
        case For():
            a, b, c = map(whole, s.bounds)
            return replace(s, bounds=(a, b, c), body=[with_exprs(x, f, g) for x in s.body])
        case While():
            before, body = ([with_exprs(x, f, g) for x in b] for b in (s.before, s.body))
            return replace(s, before=before, test=whole(s.test), body=body)
        case If():
            then, orelse = ([with_exprs(x, f, g) for x in b] for b in (s.then, s.orelse))
            return replace(s, test=whole(s.test), then=then, orelse=orelse)
        case Guard():
            return replace(s, test=whole(s.test))
        case Line():
            return replace(s, args=tuple(map(whole, s.args)))
        case Remark():
            return s


def _placed(e: Expr, g: Callable[[Amount], Amount]) -> Expr:
    if isinstance(e, Size):
        return Size(g(e.amount))
    return Item(e.array, tuple(map(g, e.index))) if isinstance(e, Item) else e


def replaced(a: Amount, name: str, by: Amount) -> Amount:
    """The amount with a symbol replaced."""
    total = Amount()
    for names, n in a.terms:
        term = Amount.number(n)
        for x in names:
            term = term * (by if x == name else Amount.symbol(x))
        total = total + term
    return total


def constant(a: Amount) -> int | None:
    """The number that an amount is, if it is one."""
    if not a.terms:
        return 0
    return a.terms[0][1] if len(a.terms) == 1 and a.terms[0][0] == () else None


def is_identifier(text: str) -> bool:
    """Whether a text is a name."""
    return text.isidentifier() and isinstance(ast.parse(text, mode="eval").body, ast.Name)

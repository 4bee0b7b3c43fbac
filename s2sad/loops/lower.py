"""From the IR to loops: the state of a function that is being lowered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from s2sad.analysis.sizes import Amount
from s2sad.backend.names import LocalNames
from s2sad.ir import nodes as ir
from s2sad.ir import types as t
from s2sad.loops.facts import Facts
from s2sad.loops.names import Indices
from s2sad.loops.nodes import (
    Alloc,
    Apply,
    Assign,
    Const,
    Expr,
    Guard,
    Index,
    Name,
    Nest,
    Size,
    Stmt,
    Store,
    constant,
    items_in,
)
from s2sad.loops.plan import Plan
from s2sad.loops.values import (
    Elements,
    Handle,
    Scalar,
    Shape,
    Unlowered,
    Value,
    in_memory,
    literal,
    named,
)

FLOATS = ("f8", "f4")


class Lowering:
    """One function on its way to loops.

    values: what the variables stand for; facts: what is known of sizes; out: the statements of the
    region that is being lowered; counts: how many elements of a mask are true; written: arguments
    that the user's function writes to, and the arrays that they are to equal.
    """

    def __init__(self, plan: Plan, names: LocalNames, indices: Indices) -> None:
        self.plan, self.names, self.indices = plan, names, indices
        self.live = plan.live
        self.facts = Facts()
        self.values: dict[ir.Var, Value] = {}
        self.out: list[Stmt] = []
        self.sizes: dict[str, Amount] = {}
        self.outside: dict[str, np.ndarray] = {}
        self.checks: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
        self.local: dict[str, Amount] = {}
        self.counts: dict[ir.Var, Amount] = {}
        self.given: list[ir.Var] = []
        self.written: list[tuple[ir.Var, str]] = []
        self.first: list[Stmt] = []
        self.equal: list[tuple[str, Amount]] = []
        self.inner = 0

    # -- parameters

    def enter(self, v: ir.Var, name: str) -> None:
        """A variable that is given from outside: its sizes get names."""
        if isinstance(v.type, t.Tape):
            self.values[v] = Handle(name)
            return
        check_type(v.type, v.hint)
        if isinstance(v.type, t.Number):
            self.values[v] = named(name, v.type.dtype, is_weak(v.type))
            return
        assert isinstance(v.type, t.Array)
        self.values[v] = self.sized(name, v.type)

    def sized(self, name: str, type: t.Array) -> Elements:
        """An array whose sizes are read off it; those that have a name must agree."""
        extents: list[Amount] = []
        dims = type.dims or ()
        for axis, d in enumerate(dims):
            size = Apply(f"{{0}}.shape[{axis}]", (Name(name),))
            if isinstance(d, int):
                if d != 1:
                    self.out.append(Guard(Apply("{0} == {1}", (size, Const(str(d))))))
                extents.append(Amount.number(d))
                continue
            symbol = "" if d.offset or d.name.startswith("?") else d.name
            if symbol and symbol in self.sizes:
                known = self.sizes[symbol]
                self.out.append(Guard(Apply("{0} == {1}", (size, Size(known)))))
                extents.append(known)
                continue
            made = self.indices.size(symbol or "n")
            self.out.append(Assign(made, size))
            self.facts.bound(made, Amount.number(0), None)
            extents.append(Amount.symbol(made))
            if not self.inner:
                self.facts.sizes.add(made)
                if symbol:
                    self.sizes[symbol] = extents[-1]
        return in_memory(name, tuple(extents), dtype_of(type))

    # -- values

    def value(self, operand: ir.Operand) -> Value:
        """What an operand stands for."""
        if isinstance(operand, ir.Var):
            if operand not in self.values:
                raise Unlowered(f"{operand.type} {operand.hint}")
            return self.values[operand]
        if isinstance(operand, ir.Lit):
            if isinstance(operand.value, np.ndarray):
                return self.captured(operand.value)
            if isinstance(operand.value, tuple):
                return Shape(tuple(self.amount(ir.Lit(x)) for x in operand.value))
            return literal(operand.value)
        if isinstance(operand, tuple):
            return Shape(tuple(map(self.amount, operand)))
        raise Unlowered("a slice as a value")

    def captured(self, array: np.ndarray) -> Elements:
        """An array from outside becomes one more parameter."""
        type = t.Array(array.dtype, array.shape)
        check_type(type, "an array from outside the function")
        if not array.ndim:
            raise Unlowered("an array without dimensions from outside the function")
        for name, known in self.outside.items():
            if known is array:
                return self.sized(name, type)
        name = self.indices.fresh("given")
        self.outside[name] = array
        return self.sized(name, type)

    def scalar(self, operand: ir.Operand) -> Scalar:
        """A number, or the only element of an array without dimensions."""
        found = self.value(operand)
        if isinstance(found, Elements) and not found.extents:
            return Scalar(found.at(()), found.dtype)
        if not isinstance(found, Scalar):
            raise Unlowered(f"{type(found).__name__.lower()} where a number is expected")
        return found

    def array(self, operand: ir.Operand) -> Elements:
        found = self.value(operand)
        if isinstance(found, Scalar):
            return Elements((), found.dtype, lambda _: found.expr)
        if not isinstance(found, Elements):
            raise Unlowered("no array where one is expected")
        return found

    def amount(self, operand: ir.Operand) -> Amount:
        """An integer as an amount, of a name if need be."""
        found = self.scalar(operand)
        if found.amount is not None:
            return found.amount
        if found.dtype.kind not in "iu":
            raise Unlowered("a place that is not an integer")
        name = self.indices.fresh("place")
        self.out.append(Assign(name, found.expr))
        return Amount.symbol(name)

    def learn_size_names(self, type: t.Type, value: Value | None) -> None:
        """What a type calls its sizes, where these are sizes of the arguments."""
        if isinstance(type, t.Array) and isinstance(value, Elements):
            for d, n in zip(type.dims or (), value.extents, strict=False):
                if isinstance(d, t.Dim) and not d.offset and self.facts.is_size(n):
                    self.sizes.setdefault(d.name, n)

    # -- making things

    def guard(self, a: Amount) -> None:
        """`a` is not negative from here on, or NumPy's code takes over."""
        if not self.facts.holds(a):
            self.facts.learn(a)
            out = self.first if self.facts.is_size(a) else self.out
            low = Amount.of({k: -n for k, n in a.terms if n < 0})
            high = Amount.of({k: n for k, n in a.terms if n > 0})
            out.append(Guard(Apply("{0} >= {1}", (Size(high), Size(low)))))

    def same(self, a: Amount, b: Amount) -> None:
        """Two sizes are equal from here on."""
        if constant(a - b) == 0 or (self.facts.holds(a - b) and self.facts.holds(b - a)):
            return
        self.facts.learn(a - b)
        self.facts.learn(b - a)
        a, b = shortened(a, b)
        always = self.facts.is_size(a - b)
        (self.first if always else self.out).append(Guard(Apply("{0} == {1}", (Size(a), Size(b)))))
        if always:
            self.equal += replacements(a, b)

    @contextmanager
    def region(self) -> Iterator[list[Stmt]]:
        """Statements of their own."""
        outer, self.out = self.out, []
        self.inner += 1
        local, counts = dict(self.local), dict(self.counts)
        try:
            with self.facts.inside():
                yield self.out
        finally:
            self.out = outer
            self.inner -= 1
            self.local, self.counts = local, counts

    def nest(self, extents: Index, body: Callable[[Index], list[Stmt]]) -> None:
        """Loops over all places."""
        self.out += self.loops(extents, body)

    def loops(self, extents: Index, body: Callable[[Index], list[Stmt]]) -> list[Stmt]:
        place = self.places(extents)
        found = body(place)
        self.indices.release(len(extents))
        for at, stop in zip(reversed(place), reversed(extents), strict=True):
            if constant(stop) != 1:
                found = [Nest(str(at), stop, found)]
        return found

    def places(self, extents: Index) -> Index:
        """The place that loops over these sizes are at: 0 where there is only one."""
        names = iter(self.indices.take(len(extents)))
        return tuple(
            Amount.symbol(name) if constant(n) != 1 else Amount()
            for n, name in zip(extents, names, strict=True)
        )

    def fill(
        self, name: str, extents: Index, dtype: np.dtype, at: Callable[[Index], Expr],
        *, in_place: bool = False,
    ) -> Elements:  # fmt: skip
        """A new array of this name with these elements; in place of the old one if that may be."""
        place = self.places(extents)
        items = [x for x in items_in(at(place)) if x.array == name]
        self.indices.release(len(extents))
        into = name
        if items and (not in_place or any(x.index != place for x in items)):
            into = self.indices.fresh("alpha")
        if into != name or not items:
            self.out.append(Alloc(into, dtype.str[1:], extents))
        self.nest(extents, lambda i: [Store(into, i, at(i))])
        if into != name:
            self.out.append(Assign(name, Name(into)))
        return in_memory(name, extents, dtype)

    def materialized(self, value: Elements) -> str:
        """The name of an array that holds the elements."""
        if value.memory:
            return value.memory
        name = self.indices.fresh("alpha")
        self.fill(name, value.extents, value.dtype, value.at)
        return name

    def assign(self, v: ir.Var, expr: Expr) -> None:
        """A number gets its name."""
        assert isinstance(v.type, t.Number)
        name = self.names.of(v)
        if not isinstance(expr, Name) or expr.name != name:
            self.out.append(Assign(name, expr))
        self.values[v] = named(name, v.type.dtype, is_weak(v.type))


def check_type(type: t.Type, what: str) -> None:
    """Numbers and arrays of 64-bit integers, booleans and floating numbers, of known rank."""
    dtype = getattr(type, "dtype", None)
    if not isinstance(type, t.Number | t.Array) or dtype is None:
        raise Unlowered(f"{what or 'a value'} of type {type}")
    if isinstance(type, t.Array) and type.dims is None:
        raise Unlowered(f"the array {what} of unknown rank")
    if dtype.str[1:] not in ("f8", "f4", "i8", "b1") or not dtype.isnative:
        raise Unlowered(f"{what or 'a value'} of dtype {dtype}")
    if isinstance(type, t.Number) and any(kind != dtype for kind, _ in type.others):
        raise Unlowered(f"the number {what} of several kinds")


def is_weak(type: t.Number) -> bool:
    """Whether a number may be one of Python's own, which raises where NumPy's warns."""
    return any(weak for _, weak in type.kinds)


def dtype_of(type: t.Array) -> np.dtype:
    """The dtype of an array."""
    if type.dtype is None:
        raise Unlowered("an array of unknown dtype")
    return type.dtype


def shortened(a: Amount, b: Amount) -> tuple[Amount, Amount]:
    """Two amounts without what both have."""
    common = dict(a.terms)
    shared = {k: n for k, n in b.terms if common.get(k) == n}
    less = Amount.of(shared)
    return a - less, b - less


def replacements(a: Amount, b: Amount) -> list[tuple[str, Amount]]:
    """A size that stands for another amount from now on, if one of the two is a single name."""
    for name, other in ((b, a), (a, b)):
        symbols = name.symbols()
        plain = len(symbols) == 1 and name == Amount.symbol(symbols[0])
        if plain and symbols[0] not in other.symbols():
            return [(symbols[0], other)]
    return []

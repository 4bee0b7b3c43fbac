"""From the IR to loops: the control flow of a function."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from s2sad.analysis.sizes import Amount
from s2sad.ir import nodes as ir
from s2sad.ir import types as t
from s2sad.loops.lower import Lowering, check_type, dtype_of, is_weak
from s2sad.loops.making import lower_let
from s2sad.loops.nodes import (
    Apply,
    Assign,
    Const,
    Expr,
    For,
    Guard,
    If,
    Index,
    Kernel,
    Line,
    Name,
    Remark,
    Size,
    Stmt,
    While,
    constant,
    mapped,
    names_in,
    replaced,
    with_exprs,
)
from s2sad.loops.templates import raises
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


class Control(Lowering):
    """Branches, loops, tapes, and what is copied at their edges."""

    def kernel(self, name: str) -> Kernel:
        """The whole function."""
        params = []
        for v in self.plan.params():
            if not self.plan.is_read(v, self.live.start):
                continue
            if isinstance(v.type, t.Array) and not v.type.dims:
                raise Unlowered(f"the argument {v.hint} of type {v.type}")
            if isinstance(v.type, t.Opaque | t.Shape | t.Several):
                raise Unlowered(f"the argument {v.hint or v.name} of type {v.type}")
            self.given.append(v)
            params.append(self.names.of(v))
            self.enter(v, params[-1])
        entering, self.out = self.out, []
        self.block(self.plan.function.body)
        results = [self.result(y) for y in self.plan.function.body.yields]
        results += [Name(kept) for _, kept in self.written]
        body = [*entering, *self.first, *self.out]
        for old, new in self.equal:
            body, results = renamed(body, results, old, new)
        return Kernel(name, [*params, *self.outside], body, results)

    def result(self, y: ir.Operand) -> Expr:
        """What is returned for an operand: an array of its own, or a number."""
        value = self.value(y)
        if isinstance(value, Elements):
            return Name(value.memory or self.materialized(value))
        if isinstance(value, Scalar):
            return value.expr
        if isinstance(value, Handle):
            return Name(value.name)
        raise Unlowered("a tuple of sizes that is returned")

    # -- statements

    def block(self, block: ir.Block) -> None:
        for s in block.body:
            try:
                self.statement(s)
            except Unlowered as found:
                found.at = found.at or getattr(s, "at", None)
                raise

    def statement(self, s: ir.Statement) -> None:
        match s:
            case ir.Let():
                lower_let(self, s)
            case ir.If():
                self.branch(s)
            case ir.For():
                self.count(s)
            case ir.While():
                self.repeat(s)
            case ir.Comment():
                self.out.append(Remark(s.text))
            case ir.Push():
                self.push(s)
            case ir.Pop():
                self.pop(s)
            case ir.Call():
                raise Unlowered(f"a call of {s.callee}", s.at)

    def push(self, s: ir.Push) -> None:
        kept = self.plan.reuse.pushed.get(s, set())
        values: list[Expr] = []
        for i, v in enumerate(s.values):
            found = self.value(v)
            if isinstance(found, Shape):
                continue
            if isinstance(found, Elements) and (i in kept or not found.memory):
                name = self.indices.fresh("alpha")
                self.fill(name, found.extents, found.dtype, found.at)
                values.append(Name(name))
            else:
                values.append(found.expr if isinstance(found, Scalar) else self.result(v))
        tape = self.value(s.tape)
        assert isinstance(tape, Handle)
        if values:
            text = ", ".join(f"{{{k + 1}}}" for k in range(len(values)))
            text = f"({text})" if len(values) > 1 else text
            self.out.append(Line(f"{{0}}.append({text})", (Name(tape.name), *values)))

    def pop(self, s: ir.Pop) -> None:
        tape = self.value(s.tape)
        assert isinstance(tape, Handle)
        bound = [v for v in s.targets if not isinstance(v.type, t.Shape)]
        names = [self.names.of(v) for v in bound]
        for v in s.targets:
            if isinstance(v.type, t.Shape):
                self.values[v] = Shape(tuple(map(self.known, v.type.dims or (None,))))
        if names:
            text = f"{', '.join(names)} = {{0}}.pop()"
            self.out.append(Line(text, (Name(tape.name),), tuple(names)))
        for v, name in zip(bound, names, strict=True):
            self.enter(v, name)

    def known(self, d: t.Size | None) -> Amount:
        """A size of a type, where it is that of an argument."""
        if isinstance(d, int):
            return Amount.number(d)
        if d is None or d.name not in self.sizes:
            raise Unlowered(f"the size {d} that is recorded")
        found = self.sizes[d.name] + Amount.number(d.offset)
        if d.offset < 0:
            self.guard(found)
        return found

    def branch(self, s: ir.If) -> None:
        test = self.truth(s.test)
        live = self.live.after[s]
        arms = []
        for arm in (s.then, s.orelse):
            with self.region() as out:
                if raises(arm):
                    out.append(Guard(Const("False")))
                else:
                    self.block(arm)
                    self.moves(s.results, arm.yields, live)
            arms.append(out)
        self.out.append(If(test, *arms))
        self.bound(s.results, live)

    def truth(self, test: ir.Operand) -> Expr:
        found = self.scalar(test)
        if found.dtype.kind not in "bif":
            raise Unlowered("a test that is not a number")
        return found.expr

    def count(self, s: ir.For) -> None:
        self.start(s)
        start, stop, step = map(self.amount, (s.start, s.stop, s.step))
        name = self.names.of(s.index)
        with self.region() as out:
            self.bound(s.carried, self.live.heads[s])
            self.values[s.index] = named(name, np.dtype("i8"), weak=True)
            one = constant(step) == 1
            low, high = (start, stop - Amount.number(1)) if one else (None, None)
            self.facts.bound(name, low, high)
            if one:
                self.facts.learn(stop - start - Amount.number(1))
            self.block(s.body)
            self.moves(s.carried, s.body.yields, self.live.heads[s])
        bounds = (Size(start), Size(stop), Size(step))
        self.out.append(For(name, bounds, s.backward, out))
        self.finish(s)

    def repeat(self, s: ir.While) -> None:
        self.start(s)
        with self.region() as before:
            self.bound(s.carried, self.live.heads[s])
            self.block(s.test)
            test = self.truth(s.test.yields[0])
        with self.region() as body:
            self.block(s.body)
            self.moves(s.carried, s.body.yields, self.live.heads[s])
        self.out.append(While(before, test, body))
        self.finish(s)

    def start(self, s: ir.For | ir.While) -> None:
        for carried, init in zip(s.carried, s.inits, strict=True):
            if isinstance(init, ir.Var) and init in self.values:
                self.learn_sizes(carried.type, self.values[init])
        duplicated = self.plan.reuse.copied.get(s, set())
        self.moves(s.carried, s.inits, self.live.entries[s], duplicated)

    def finish(self, s: ir.For | ir.While) -> None:
        live = self.live.after[s]
        self.bound(s.carried, ~0)
        self.moves(s.results, s.carried, live)
        self.bound(s.results, live)

    # -- copies at the edges of regions

    def bound(self, variables: Sequence[ir.Var], live: int) -> None:
        """Variables that regions assign: known by name, with the sizes of their types."""
        for v in variables:
            if not self.plan.is_read(v, live):
                continue
            name = self.names.of(v)
            if isinstance(v.type, t.Number):
                check_type(v.type, v.hint)
                self.values[v] = named(name, v.type.dtype, is_weak(v.type))
            elif isinstance(v.type, t.Array):
                check_type(v.type, v.hint)
                self.values[v] = in_memory(name, self.carried_sizes(v, name), dtype_of(v.type))
            elif isinstance(v.type, t.Tape):
                self.values[v] = Handle(name)
            else:
                raise Unlowered(f"{v.type} that is carried")

    def learn_sizes(self, type: t.Type, value: Value) -> None:
        """The sizes of an array that keeps them, as its type says by their names."""
        if isinstance(type, t.Array) and isinstance(value, Elements):
            for d, n in zip(type.dims or (), value.extents, strict=False):
                if isinstance(d, t.Dim) and not d.offset:
                    self.local[d.name] = n

    def carried_sizes(self, v: ir.Var, name: str) -> Index:
        """The sizes of an array that a region assigns."""
        assert isinstance(v.type, t.Array)
        found = []
        for axis, d in enumerate(v.type.dims or ()):
            if isinstance(d, int):
                found.append(Amount.number(d))
            elif d.name in self.sizes and d.offset == 0:
                found.append(self.sizes[d.name])
            elif d.name in self.local and d.offset == 0:
                found.append(self.local[d.name])
            else:
                made = self.indices.fresh("size")
                self.out.append(Assign(made, Apply(f"{{0}}.shape[{axis}]", (Name(name),))))
                self.facts.bound(made, Amount.number(0), None)
                found.append(Amount.symbol(made))
        return tuple(found)

    def moves(
        self, targets: Sequence[ir.Var], sources: Sequence[ir.Operand], live: int,
        duplicated: Collection[int] = (),
    ) -> None:  # fmt: skip
        """All at once: the targets that are live take the values of the sources."""
        pending: list[Assign] = []
        for i, (target, source) in enumerate(zip(targets, sources, strict=True)):
            if not self.plan.is_read(target, live):
                continue
            unset = source is ir.UNDEFINED
            name = self.names.of(target)
            expr = nothing(target.type) if unset else self.moved(target, source, i in duplicated)
            if expr != Name(name):
                pending.append(Assign(name, expr))
        self.out += ordered(pending, self.indices.fresh)

    def moved(self, target: ir.Var, source: ir.Operand, duplicated: bool) -> Expr:
        """The value that a variable takes over."""
        value = self.value(source)
        if isinstance(value, Elements) and isinstance(target.type, t.Array):
            if dtype_of(target.type) != value.dtype:
                raise Unlowered("an array whose dtype changes in a loop")
            if len(value.extents) != len(target.type.dims or ()):
                raise Unlowered("an array whose rank depends on the path")
            for have, d in zip(value.extents, target.type.dims or (), strict=True):
                if isinstance(d, t.Dim) and d.name in self.sizes and not d.offset:
                    self.same(have, self.sizes[d.name])
            if duplicated and value.memory:
                return Apply("{0}.copy()", (Name(value.memory),))
            return Name(value.memory or self.materialized(value))
        if isinstance(value, Handle):
            return Name(value.name)
        if isinstance(target.type, t.Number) and not isinstance(value, Shape):
            if isinstance(source, ir.Lit):
                return literal(source.value, target.type.dtype).expr
            return self.scalar(source).expr
        raise Unlowered(f"{target.type} that changes its kind in a loop")


def nothing(type: t.Type) -> Expr:
    """A value of a type that stands where none is bound yet."""
    if isinstance(type, t.Tape):
        raise Unlowered("a tape that is not there on every path")
    check_type(type, "")
    spelled = {"f8": "0.0", "f4": "np.float32(0.0)", "i8": "0", "b1": "False"}
    if isinstance(type, t.Number):
        return Const(spelled[type.dtype.str[1:]])
    assert isinstance(type, t.Array)
    zeros = ", ".join("0" for _ in type.dims or ())
    return Apply(f"np.empty(({zeros},), np.{dtype_of(type).name.replace('bool', 'bool_')})", ())


def ordered(pending: list[Assign], fresh: Callable[[str], str]) -> list[Stmt]:
    """Assignments one after the other that do what they do all at once."""
    lines: list[Stmt] = []
    pending = list(pending)
    while pending:
        free = next((a for a in pending if not is_needed(a, pending)), None)
        if free is None:
            first = pending[0]
            kept = fresh("alpha")
            lines.append(Assign(kept, Name(first.name)))
            pending = [_renamed(a, first.name, kept) for a in pending]
            continue
        lines.append(free)
        pending.remove(free)
    return lines


def renamed(
    body: list[Stmt], results: list[Expr], old: str, by: Amount
) -> tuple[list[Stmt], list[Expr]]:
    """The statements with an amount in place of a size that is equal to it."""
    changed: list[Stmt] = []
    for s in body:
        own = isinstance(s, Assign) and s.name == old
        test = isinstance(s, Guard) and _is_equality(s, old, by)
        changed.append(s if own or test else with_exprs(s, lambda e: e, _replacing(old, by)))
    return changed, [mapped(r, lambda e: e) for r in results]


def _replacing(old: str, by: Amount) -> Callable[[Amount], Amount]:
    return lambda a: replaced(a, old, by) if old in a.symbols() else a


def _is_equality(s: Guard, old: str, by: Amount) -> bool:
    """Whether this is the test that the two are equal."""
    sides = (Size(by), Size(Amount.symbol(old)))
    return isinstance(s.test, Apply) and s.test.args in (sides, sides[::-1])


def is_needed(a: Assign, pending: Sequence[Assign]) -> bool:
    """Whether another assignment still reads what this one overwrites."""
    return any(a.name in names_in(b.value) for b in pending if b is not a)


def _renamed(a: Assign, old: str, new: str) -> Assign:
    def one(e: Expr) -> Expr:
        if isinstance(e, Name) and e.name == old:
            return Name(new)
        return Size(replaced(e.amount, old, Amount.symbol(new))) if isinstance(e, Size) else e

    return Assign(a.name, mapped(a.value, one))

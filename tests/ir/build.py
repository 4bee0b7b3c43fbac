"""Programs of the IR in a few words, for tests."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from s2sad.errors import Location
from s2sad.ir.nodes import (
    Block,
    Call,
    Comment,
    For,
    Function,
    If,
    Let,
    Lit,
    Operand,
    Param,
    Pop,
    Program,
    Push,
    Span,
    Statement,
    Var,
    While,
)
from s2sad.ir.tree import Struct
from s2sad.ir.types import FLOAT, INT, TAPE, Array, Dim, Number, Type
from s2sad.rules.notation import Primitive
from s2sad.runtime import index_add, store

F8 = np.dtype("f8")
N = Dim("n", never_one=True)
M = Dim("m", never_one=True)
VEC = Array(F8, (N,))
MAT = Array(F8, (N, M))
SCALAR = Number(F8)
BOOLEAN = Number(np.dtype("?"), weak=True)


def primitive(of: Callable[..., Any], *params: str, view: bool = False, **more: Any) -> Primitive:
    """A primitive without derivatives."""
    module = {"numpy": "np.", "_operator": "operator.", "math": "math."}
    name = module.get(getattr(of, "__module__", None) or "numpy", "") + of.__name__
    return Primitive(of, name, kind="data", params=params, view=view, **more)


def template(text: str, *params: str, pure: bool = True) -> Primitive:
    """A primitive that is printed by filling in a text."""

    class Of:
        __s2sad_template__ = text
        __name__ = "expression"

    of: Any = Of()
    return Primitive(of, text, kind="data", params=params, pure=pure)


ADD = primitive(operator.add, "x1", "x2")
SUB = primitive(operator.sub, "x1", "x2")
MUL = primitive(operator.mul, "x1", "x2")
DIV = primitive(operator.truediv, "x1", "x2")
POW = primitive(operator.pow, "x1", "x2")
NEG = primitive(operator.neg, "x")
LT = primitive(operator.lt, "x1", "x2")
MATMUL = primitive(operator.matmul, "x1", "x2")
ITEM = primitive(operator.getitem, "a", "index", view=True)
TANH = primitive(np.tanh, "x")
EXP = primitive(np.exp, "x")
NP_ADD = primitive(np.add, "x1", "x2")
SUM = primitive(np.sum, "a", "axis", "keepdims", defaults={"axis": None, "keepdims": False})
TRANSPOSE = primitive(np.transpose, "a", "axes", view=True, defaults={"axes": None})
ZEROS = primitive(np.zeros, "shape", "dtype", defaults={"dtype": float})
ZEROS_LIKE = primitive(np.zeros_like, "a")
COPY = primitive(np.copy, "a")
STORE = primitive(store, "a", "index", "v")
INDEX_ADD = primitive(index_add, "a", "index", "v")
NEW_TAPE = template("[]", pure=False)


class Build:
    """A function under construction: every method adds a statement and returns what it binds."""

    def __init__(self) -> None:
        self.count = 0
        self.body: list[Statement] = []
        self.params: list[Param] = []

    def var(self, type: Type, hint: str = "", role: str = "alpha") -> Var:
        self.count += 1
        return Var(f"v{self.count}", type, hint, role)

    def param(self, name: str, type: Type) -> Var:
        var = self.var(type, name)
        self.params.append(Param(name, var))
        return var

    def let(
        self,
        p: Primitive,
        *args: Any,
        type: Type = FLOAT,
        hint: str = "",
        role: str = "alpha",
        at: str = "",
    ) -> Var:
        target = self.var(type, hint, role)
        place = Location("model.py", sum(map(ord, at)), 0, None, at) if at else None
        self.body.append(Let(target, p, tuple(map(operand, args)), place))
        return target

    def comment(self, text: str) -> None:
        self.body.append(Comment(text))

    def tape(self) -> Var:
        return self.let(NEW_TAPE, type=TAPE, role="tape")

    def push(self, tape: Var, *values: Any) -> None:
        self.body.append(Push(tape, tuple(map(operand, values))))

    def pop(self, tape: Var, *targets: Var) -> tuple[Var, ...]:
        self.body.append(Pop(targets, tape))
        return targets

    def call(self, callee: str, args: Sequence[Any], *targets: Var) -> tuple[Var, ...]:
        self.body.append(Call(targets, callee, tuple(map(operand, args))))
        return targets

    @contextmanager
    def block(self) -> Iterator[list[Statement]]:
        """The statements added inside form a region of their own."""
        outside, self.body = self.body, []
        try:
            yield self.body
        finally:
            self.body = outside

    def branch(
        self,
        test: Var,
        then: Callable[[], Sequence[Any]],
        orelse: Callable[[], Sequence[Any]],
        *results: Var,
    ) -> tuple[Var, ...]:
        blocks = []
        for arm in (then, orelse):
            with self.block() as body:
                yields = tuple(map(operand, arm()))
            blocks.append(Block(tuple(body), yields))
        self.body.append(If(test, blocks[0], blocks[1], results))
        return results

    def loop(
        self,
        n: Any,
        inits: Sequence[Any],
        body: Callable[..., Sequence[Any]],
        hints: Sequence[str] = (),
        *,
        index: str = "i",
        backward: bool = False,
        role: str = "alpha",
        types: Sequence[Type] | None = None,
        start: Any = 0,
        step: Any = 1,
    ) -> tuple[Var, ...]:
        """`body(i, *carried)` returns what it yields."""
        sources = [operand(i) for i in inits]
        known = types or [_type(s) for s in sources]
        names = [*hints, *[""] * (len(sources) - len(hints))]
        carried = tuple(self.var(t, h, role) for t, h in zip(known, names, strict=True))
        results = tuple(self.var(t, h, role) for t, h in zip(known, names, strict=True))
        i = self.var(INT, index)
        with self.block() as inside:
            yields = tuple(map(operand, body(i, *carried)))
        bounds = [operand(b) for b in (start, n, step)]
        region = Block(tuple(inside), yields)
        self.body.append(
            For(i, *bounds, backward, tuple(sources), carried, region, results)  # type: ignore[arg-type]
        )
        return results

    def repeat(
        self,
        inits: Sequence[Any],
        test: Callable[..., Any],
        body: Callable[..., Sequence[Any]],
        hints: Sequence[str] = (),
        types: Sequence[Type] | None = None,
    ) -> tuple[Var, ...]:
        sources = [operand(i) for i in inits]
        known = types or [_type(s) for s in sources]
        names = [*hints, *[""] * (len(sources) - len(hints))]
        carried = tuple(self.var(t, h) for t, h in zip(known, names, strict=True))
        results = tuple(self.var(t, h) for t, h in zip(known, names, strict=True))
        with self.block() as before:
            condition = operand(test(*carried))
        with self.block() as inside:
            yields = tuple(map(operand, body(*carried)))
        blocks = Block(tuple(before), (condition,)), Block(tuple(inside), yields)
        self.body.append(While(tuple(sources), carried, *blocks, results))
        return results

    def function(
        self, *yields: Any, name: str = "f", result: Any = None, doc: str = ""
    ) -> Function:
        if result is None:
            one = len(yields) == 1
            result = 0 if one else Struct("tuple", tuple(range(len(yields))))
        body = Block(tuple(self.body), tuple(map(operand, yields)))
        return Function(name, tuple(self.params), body, result, doc)

    def program(self, *yields: Any, bindings: Any = (), callees: Any = (), **more: Any) -> Program:
        return Program(self.function(*yields, **more), tuple(callees), tuple(bindings))


def operand(value: Any) -> Operand:
    """A number or None stands for a literal, a slice for a span."""
    if isinstance(value, Var | Lit | Span):
        return value
    if isinstance(value, tuple):
        return tuple(map(operand, value))
    if isinstance(value, slice):
        return Span(operand(value.start), operand(value.stop), operand(value.step))
    return Lit(value)


def _type(source: Operand) -> Type:
    if isinstance(source, Var):
        return source.type
    return INT if isinstance(source, Lit) and isinstance(source.value, int) else FLOAT

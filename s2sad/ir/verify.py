"""The invariants of the IR: what every pass may rely on and must keep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from s2sad.errors import InternalError, Location
from s2sad.ir.nodes import (
    UNDEFINED,
    Block,
    Call,
    Comment,
    For,
    Function,
    If,
    Let,
    Lit,
    Operand,
    Pop,
    Program,
    Push,
    Span,
    Statement,
    Var,
    While,
)
from s2sad.ir.show import statement_text
from s2sad.ir.tree import Tree, leaves
from s2sad.ir.types import Array, Number, Tape, Type, kinds_of
from s2sad.ir.walk import entry_vars, operand_vars, param_vars, reads, regions, targets


def verify(program: Program) -> None:
    """Raise `InternalError` naming function and statement where an invariant does not hold.

    Every name is bound once, before it is used and where it is visible; regions yield as many
    values as are asked for, of agreeing types; callees exist; literals are values or bindings.
    """
    functions = (*program.callees, program.entry)
    arities = {f.name: (len(f.params), len(f.body.yields)) for f in functions}
    if len(arities) < len(functions):
        raise InternalError("two functions of one program have the same name")
    bindings = [value for _, value in program.bindings]
    for function in functions:
        _Verifier(function, arities, bindings).run()


class _Verifier:
    """One walk over a function."""

    def __init__(
        self, function: Function, arities: dict[str, tuple[int, int]], bindings: list[object]
    ) -> None:
        self.function = function
        self.arities = arities
        self.bindings = bindings
        self.bound: set[Var] = set()  # ever
        self.names: set[str] = set()
        self.visible: set[Var] = set()  # here

    def run(self) -> None:
        params = [p.name for p in self.function.params]
        if len(set(params)) < len(params):
            self.fail("two parameters have the same name", None)
        self.bind(param_vars(self.function), None)
        self.block(self.function.body)
        count = len(self.function.body.yields)
        for leaf in _positions(self.function.result):
            if not 0 <= leaf < count:
                self.fail(f"the result asks for value {leaf} of {count}", None)

    def fail(self, problem: str, statement: Statement | None) -> None:
        where = f" in `{statement_text(statement)}`" if statement is not None else ""
        at: Location | None = self.function.at
        if statement is not None and not isinstance(statement, Comment):
            at = statement.at or at
        raise InternalError(f"{problem}{where} of function {self.function.name}", None, at)

    def bind(self, found: Iterable[Var], statement: Statement | None) -> None:
        for var in found:
            if var in self.bound or var.name in self.names:
                self.fail(f"{var} is bound twice", statement)
            self.bound.add(var)
            self.names.add(var.name)
            self.visible.add(var)

    def use(self, operands: Iterable[Operand], statement: Statement | None) -> None:
        for operand in operands:
            for var in operand_vars(operand):
                if var not in self.visible:
                    state = "out of scope" if var in self.bound else "not bound"
                    self.fail(f"{var} is {state}", statement)
            for value in _values(operand):
                self.literal(value, statement)

    def literal(self, value: object, statement: Statement | None) -> None:
        function = type(value).__name__ == "function" and value.__module__ != "s2sad.runtime"
        foreign = isinstance(value, np.ndarray) or function
        if foreign and not any(value is b for b in self.bindings):
            self.fail(f"a {type(value).__name__} stands as a literal without a binding", statement)

    def block(self, block: Block) -> None:
        for statement in block.body:
            self.statement(statement)
        self.use(block.yields, None)

    def statement(self, statement: Statement) -> None:
        self.use(reads(statement), statement)
        self.forms(statement)
        outside = set(self.visible)
        for region in regions(statement):
            self.visible = set(outside)
            if region is regions(statement)[0]:
                self.bind(entry_vars(statement), statement)
            self.visible.update(entry_vars(statement))
            self.block(region)
        self.visible = outside
        self.bind(targets(statement), statement)

    def forms(self, statement: Statement) -> None:
        """Whether the parts of a statement fit each other."""
        match statement:
            case Let():
                self.let(statement)
            case If():
                for block in (statement.then, statement.orelse):
                    self.flow(block.yields, statement.results, statement, "results")
            case For():
                self.loop(statement, statement.inits, statement.carried, statement.body)
            case While():
                self.loop(statement, statement.inits, statement.carried, statement.body)
                if len(statement.test.yields) != 1:
                    self.fail("the test does not yield one value", statement)
            case Call():
                self.call(statement)
            case Push() | Pop():
                if not isinstance(statement.tape.type, Tape):
                    self.fail(f"{statement.tape} is not a tape", statement)
            case Comment():
                pass

    def let(self, let: Let) -> None:
        params, defaults = let.primitive.params, let.primitive.defaults
        if len(let.args) == len(params) or let.primitive.sequences:
            return
        if not len(params) - len(defaults) <= len(let.args) <= len(params):
            self.fail(f"{len(let.args)} operands for the parameters {params}", let)

    def call(self, call: Call) -> None:
        if call.callee not in self.arities:
            self.fail(f"there is no function {call.callee}", call)
        params, results = self.arities[call.callee]
        if (len(call.args), len(call.targets)) != (params, results):
            self.fail(f"{call.callee} takes {params} values and returns {results}", call)

    def loop(
        self, loop: For | While, inits: Sequence[Operand], carried: tuple[Var, ...], body: Block
    ) -> None:
        self.flow(inits, carried, loop, "carried values")
        self.flow(body.yields, carried, loop, "carried values")
        self.flow(carried, loop.results, loop, "results")

    def flow(
        self, sources: Sequence[Operand], sinks: tuple[Var, ...], statement: Statement, what: str
    ) -> None:
        """Whether values may flow from `sources` to `sinks`, one by one."""
        if len(sources) != len(sinks):
            self.fail(f"{len(sources)} values for {len(sinks)} {what}", statement)
        for source, sink in zip(sources, sinks, strict=True):
            if isinstance(source, Var) and not _agree(source.type, sink.type):
                problem = f"{source}: {source.type} flows into {sink}: {sink.type}"
                self.fail(problem, statement)


def _agree(a: Type, b: Type) -> bool:
    """Whether what is known of both types can hold of one value."""
    if isinstance(a, Tape) or isinstance(b, Tape):
        return isinstance(a, Tape) and isinstance(b, Tape)
    if not isinstance(a, Number | Array) or not isinstance(b, Number | Array):
        return True
    if a.dtype is not None and b.dtype is not None and not any(_casts(k, b) for k in kinds_of(a)):
        return False
    return a.dims is None or b.dims is None or len(a.dims) == len(b.dims)


def _casts(kind: Any, t: Number | Array) -> bool:
    dtype, weak = kind  # a number of Python takes the dtype of what it meets
    return weak or any(np.can_cast(dtype, d) for d, _ in kinds_of(t) if d is not None)


def _positions(result: Tree) -> Iterator[int]:
    return (leaf for leaf in leaves(result) if isinstance(leaf, int))


def _values(operand: Operand) -> Iterator[object]:
    if isinstance(operand, Lit):
        if operand is not UNDEFINED:
            yield operand.value
    elif isinstance(operand, tuple):
        for item in operand:
            yield from _values(item)
    elif isinstance(operand, Span):
        yield from _values((operand.start, operand.stop, operand.step))

"""A program of the IR run statement by statement, every operation seen as it happens."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from s2sad.cli.problems import UsageError
from s2sad.cli.spelling import Operations
from s2sad.ir.nodes import (
    UNDEFINED,
    Block,
    Call,
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
from s2sad.ir.tree import Struct, Tree, leaves
from s2sad.ir.walk import operand_vars

MOST_STEPS = 100_000


@dataclass(eq=False, slots=True)
class Cell:
    """A value that a variable held at some time; `number` is k of alpha_k, 0 if it has none."""

    value: Any
    number: int = 0
    varied: bool = False


@dataclass(eq=False, slots=True)
class Step:
    """One operation that was executed: its statement, operands and result, and the loops around."""

    let: Let
    operands: dict[Var, Cell]
    result: Cell
    where: tuple[str, ...] = field(default=())


Env = dict[Var, Cell]


class Evaluator:
    """Runs programs; `watch` is called after every operation."""

    def __init__(
        self, program: Program, watch: Callable[[Step], None], most: int = MOST_STEPS
    ) -> None:
        self.functions = {f.name: f for f in (*program.callees, program.entry)}
        self.operations = Operations()
        self.watch, self.most = watch, most
        self.where: tuple[str, ...] = ()
        self.count = 0
        for f in program.callees:
            self.operations.objects.space[f.name] = functools.partial(self.apart, f)

    def apart(self, f: Function, *values: Any) -> None:
        """Runs a function for what it raises; its operations are not those of the trace."""
        watch, self.watch = self.watch, lambda step: None
        try:
            self.function(f, list(map(Cell, values)))
        finally:
            self.watch = watch

    def function(self, f: Function, args: Sequence[Any]) -> list[Cell]:
        """What the function yields, in the order of its result; `args` are trees of cells."""
        env: Env = {}
        for param, arg in zip(f.params, args, strict=True):
            env.update(_bound(param.tree, arg))
        yields = self.block(f.body, env)
        return [yields[i] for i in leaves(f.result) if isinstance(i, int)]

    def block(self, block: Block, env: Env) -> list[Any]:
        for statement in block.body:
            self.statement(statement, env)
        return [self.operand(y, env) for y in block.yields]

    def operand(self, x: Operand, env: Env) -> Any:
        """A cell, or a tuple of them."""
        if isinstance(x, Var):
            return env[x]
        if isinstance(x, tuple):
            return tuple(self.operand(item, env) for item in x)
        return Cell(None if x is UNDEFINED else self.value(x, env))

    def value(self, x: Operand, env: Env) -> Any:
        if isinstance(x, Var):
            return env[x].value
        if isinstance(x, Lit):
            return x.value
        if isinstance(x, Span):
            return slice(*(self.value(part, env) for part in (x.start, x.stop, x.step)))
        return tuple(self.value(item, env) for item in x)

    def statement(self, s: Statement, env: Env) -> None:
        match s:
            case Let():
                self.let(s, env)
            case If():
                way = s.then if self.value(s.test, env) else s.orelse
                env.update(zip(s.results, self.block(way, env), strict=True))
            case For():
                self.counted(s, env)
            case While():
                self.conditional(s, env)
            case Call():
                self.call(s, env)
            case Push():
                env[s.tape].value.append([self.operand(v, env) for v in s.values])
            case Pop():
                env.update(zip(s.targets, env[s.tape].value.pop(), strict=True))

    def let(self, s: Let, env: Env) -> None:
        operands = {v: env[v] for a in s.args for v in operand_vars(a)}
        values = {v: cell.value for v, cell in operands.items()}
        env[s.target] = result = Cell(self.operations.run(s, values))
        self.count += 1
        if self.count > self.most:
            raise UsageError(f"more than {self.most} operations", "trace a smaller call")
        self.watch(Step(s, operands, result, self.where))

    def counted(self, s: For, env: Env) -> None:
        trips = range(*(self.value(a, env) for a in (s.start, s.stop, s.step)))
        env.update(zip(s.carried, (self.operand(x, env) for x in s.inits), strict=True))
        for i in reversed(trips) if s.backward else trips:
            env[s.index] = Cell(i)
            self.trip(s.body, s.carried, env, f"{s.index.hint or 'i'}={i}")
        env.update(zip(s.results, [env[c] for c in s.carried], strict=True))

    def conditional(self, s: While, env: Env) -> None:
        env.update(zip(s.carried, (self.operand(x, env) for x in s.inits), strict=True))
        n = 0
        while self.block(s.test, env)[0].value:
            self.trip(s.body, s.carried, env, f"trip {n}")
            n += 1
        env.update(zip(s.results, [env[c] for c in s.carried], strict=True))

    def trip(self, body: Block, carried: tuple[Var, ...], env: Env, title: str) -> None:
        outside = self.where
        self.where = (*outside, title)
        yields = self.block(body, env)
        env.update(zip(carried, yields, strict=True))
        self.where = outside

    def call(self, s: Call, env: Env) -> None:
        outside = self.where
        self.where = (*outside, f"{s.callee}()")
        found = self.function(self.functions[s.callee], [self.operand(a, env) for a in s.args])
        env.update(zip(s.targets, found, strict=True))
        self.where = outside


def _bound(tree: Tree, arg: Any) -> Iterator[tuple[Var, Cell]]:
    if isinstance(tree, Var):
        yield tree, arg
    elif isinstance(tree, Struct):
        for item, part in zip(tree.items, arg, strict=True):
            yield from _bound(item, part)


def is_shown(value: Any) -> bool:
    """Whether a value gets an alpha_k: floating numbers, truth values, arrays."""
    return isinstance(value, float | complex | np.inexact | np.ndarray | bool | np.bool_)

"""What a program of the IR means: every primitive called on values, nothing ever overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

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
from s2sad.ir.tree import Struct, Tree


def evaluate(program: Program, *args: Any) -> Any:
    """The result of the entry function."""
    functions = {f.name: f for f in (*program.callees, program.entry)}
    return _Evaluator(functions).call(program.entry, args)


class _Evaluator:
    def __init__(self, functions: dict[str, Function]) -> None:
        self.functions = functions

    def call(self, function: Function, args: Any) -> Any:
        env: dict[Var, Any] = {}
        for param, value in zip(function.params, args, strict=True):
            env.update(_bindings(param.tree, value))
        values = self.block(function.body, env)
        return _result(function.result, values)

    def block(self, block: Block, env: dict[Var, Any]) -> list[Any]:
        for statement in block.body:
            self.statement(statement, env)
        return [self.value(y, env) for y in block.yields]

    def value(self, operand: Operand, env: dict[Var, Any]) -> Any:
        if operand is UNDEFINED:
            return UNDEFINED
        if isinstance(operand, Var):
            return env[operand]
        if isinstance(operand, Lit):
            return operand.value
        if isinstance(operand, Span):
            parts = (operand.start, operand.stop, operand.step)
            return slice(*(self.value(p, env) for p in parts))
        return tuple(self.value(item, env) for item in operand)

    def statement(self, s: Statement, env: dict[Var, Any]) -> None:
        match s:
            case Let():
                env[s.target] = self.let(s, [self.value(a, env) for a in s.args])
            case If():
                arm = s.then if self.value(s.test, env) else s.orelse
                env.update(zip(s.results, self.block(arm, env), strict=True))
            case For():
                self.loop(s, env)
            case While():
                env.update(zip(s.carried, [self.value(i, env) for i in s.inits], strict=True))
                while self.block(s.test, env)[0]:
                    env.update(zip(s.carried, self.block(s.body, env), strict=True))
                env.update(zip(s.results, [env[c] for c in s.carried], strict=True))
            case Call():
                out = self.call(self.functions[s.callee], [self.value(a, env) for a in s.args])
                env.update(zip(s.targets, [out] if len(s.targets) == 1 else out, strict=True))
            case Push():
                env[s.tape].append([self.value(v, env) for v in s.values])
            case Pop():
                env.update(zip(s.targets, env[s.tape].pop(), strict=True))

    def loop(self, s: For, env: dict[Var, Any]) -> None:
        trips = range(*(self.value(a, env) for a in (s.start, s.stop, s.step)))
        env.update(zip(s.carried, [self.value(i, env) for i in s.inits], strict=True))
        for index in reversed(trips) if s.backward else trips:
            env[s.index] = index
            env.update(zip(s.carried, self.block(s.body, env), strict=True))
        env.update(zip(s.results, [env[c] for c in s.carried], strict=True))

    def let(self, s: Let, args: list[Any]) -> Any:
        template = getattr(s.primitive.of, "__s2sad_template__", None)
        if template is not None:
            names = {f"x{i}": a for i, a in enumerate(args)}
            return eval(template.format(*names), {"np": np, **names})
        named = dict(zip(s.primitive.params, args, strict=False))
        optional = {k: named.pop(k) for k in s.primitive.defaults if k in named}
        return s.primitive.of(*named.values(), **optional)


def _bindings(tree: Tree, value: Any) -> Iterator[tuple[Var, Any]]:
    if isinstance(tree, Var):
        yield tree, value
    elif isinstance(tree, Struct):
        for i, item in enumerate(tree.items):
            attribute = tree.kind in ("dataclass", "namedtuple")
            key = tree.keys[i] if tree.keys else i
            yield from _bindings(item, getattr(value, key) if attribute else value[key])


def _result(tree: Tree, values: list[Any]) -> Any:
    if not isinstance(tree, Struct):
        return values[tree] if isinstance(tree, int) else None
    items = [_result(item, values) for item in tree.items]
    if tree.cls is not None:
        return tree.cls(**dict(zip(tree.keys, items, strict=True)))
    if tree.kind == "dict":
        return dict(zip(tree.keys, items, strict=True))
    return tuple(items) if tree.kind == "tuple" else items

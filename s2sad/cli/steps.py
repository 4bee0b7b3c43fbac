"""The derivative of single operations, written by the compiler for the types they ran with.

Each executed operation becomes a program of one statement, of which the compiler's own tangent or
adjoint is taken: rules, broadcasting and all are those of the generated code.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2sad.cli.evaluate import Cell, Evaluator, Step
from s2sad.cli.problems import UsageError
from s2sad.cli.spelling import Operations, formula
from s2sad.frontend.infer import type_of_value
from s2sad.frontend.memory import Learned
from s2sad.frontend.zero import ZERO
from s2sad.ir.nodes import (
    Block,
    Function,
    Let,
    Lit,
    Operand,
    Program,
    Span,
    Statement,
    Var,
)
from s2sad.ir.types import OPAQUE, Array, Type
from s2sad.numeric import is_inexact
from s2sad.pipeline import interpreter
from s2sad.transform.adjoint import Adjoint
from s2sad.transform.tangent import Tangent


@dataclass
class Concrete:
    """An executed operation as a statement of its own; each variable stands for one cell."""

    let: Let
    cells: dict[Var, Cell]

    def names(self) -> dict[Var, str]:
        """alpha_k for every variable."""
        return {v: f"alpha_{cell.number}" for v, cell in self.cells.items()}

    def wrt(self) -> list[Var]:
        """The operands that depend on what one differentiates with respect to."""
        return [v for v, c in self.cells.items() if c.varied and v is not self.let.target]


def concrete(step: Step) -> Concrete:
    """The statement with variables for numbered values, and literals for all other values."""
    made: dict[Cell, Var] = {}

    def replaced(x: Operand) -> Operand:
        if isinstance(x, Var):
            cell = step.operands[x]
            if not cell.number:
                return _literal(cell.value)
            return made.setdefault(cell, Var(f"alpha_{cell.number}", _type(cell.value)))
        if isinstance(x, tuple):
            return tuple(map(replaced, x))
        if isinstance(x, Span):
            return Span(replaced(x.start), replaced(x.stop), replaced(x.step))
        return x

    args = tuple(map(replaced, step.let.args))
    target = Var(f"alpha_{step.result.number}", _type(step.result.value))
    cells = {v: cell for cell, v in made.items()} | {target: step.result}
    return Concrete(Let(target, step.let.primitive, args, step.let.at), cells)


def _literal(value: Any) -> Operand:
    if type(value) is tuple:
        return tuple(map(_literal, value))
    if isinstance(value, slice):
        return Span(Lit(value.start), Lit(value.stop), Lit(value.step))
    return Lit(value)


def _type(value: Any) -> Type:
    if isinstance(value, np.ndarray):
        return Array(value.dtype, value.shape)
    found = type_of_value(value)
    return OPAQUE if found is None else found


def operation(c: Concrete) -> ast.expr:
    """The operation as an expression of alphas."""
    return formula(c.let.target, c.names(), {c.let.target: c.let})


class Linear:
    """A linear map between derivatives, as statements: formulas to show, values to compute."""

    def __init__(
        self, c: Concrete, inputs: Mapping[Var, str], body: Sequence[Statement],
        outputs: Sequence[Operand],
    ) -> None:  # fmt: skip
        self.c, self.inputs = c, inputs
        self.body, self.outputs = list(body), list(outputs)

    def formulas(self, title: str) -> list[ast.expr | None]:
        """An expression for each output, None for a zero.

        What takes more than expressions to write is called `title`.
        """
        lets = {s.target: s for s in self.body if isinstance(s, Let)}
        if len(lets) < len(self.body):
            arguments: list[ast.expr] = [ast.Name(name) for name in self.inputs.values()]
            return [None if g is ZERO else _call(title, arguments) for g in self.outputs]
        names = {**self.c.names(), **self.inputs}
        return [None if g is ZERO else formula(g, names, lets) for g in self.outputs]

    def values(self, operations: Evaluated, given: Mapping[Var, Any]) -> list[Any]:
        """A value for each output, None for a zero."""
        env = {v: cell.value for v, cell in self.c.cells.items()} | dict(given)
        return operations.run(self.body, self.outputs, env)


def _call(title: str, arguments: list[ast.expr]) -> ast.expr:
    return ast.Call(ast.Name(title, ast.Load()), arguments, [])


class Evaluated:
    """Runs the statements of linear maps."""

    def __init__(self) -> None:
        self.operations = Operations()

    def run(self, body: list[Statement], outputs: list[Operand], env: dict[Var, Any]) -> list[Any]:
        run = Evaluator(Program(Function("step", (), Block(()), None)), lambda step: None)
        run.operations = self.operations
        cells = {v: Cell(value) for v, value in env.items()}
        for s in body:
            run.statement(s, cells)
        return [None if x is ZERO else run.value(x, cells) for x in outputs]


def _walk(let: Let) -> Any:
    walk = interpreter(Learned())
    walk.b.at = let.at
    walk.b.defined[let.target] = let
    return walk


def pullback(c: Concrete) -> tuple[Var, Linear]:
    """The cotangent of the result, and the map from it to cotangents of `c.wrt()`."""
    walk = _walk(c.let)
    seed: Var = walk.b.var(c.let.target.type, "", "beta")
    _, body, found = Adjoint(walk).run([c.let], [c.let.target], [seed], c.wrt())
    names = {seed: f"beta_{c.cells[c.let.target].number}"}
    return seed, Linear(c, names, body, found)


def pushforward(c: Concrete, wrt: Sequence[Var]) -> tuple[dict[Var, Var], Linear]:
    """The tangents of `wrt` by operand, and the map from them to the tangent of the result."""
    walk = _walk(c.let)
    dots: dict[Var, Var] = {v: walk.b.var(v.type, "", "dot") for v in wrt}
    with walk.b.region() as body:
        found = Tangent(walk).run([c.let], [c.let.target], list(dots), list(dots.values()))
    names = {d: f"dot_{c.cells[v].number}" for v, d in dots.items()}
    return dots, Linear(c, names, [s for s in body if s is not c.let], found)


def depends(step: Step) -> bool:
    """Whether the result of a step has a derivative that may not be zero."""
    given = any(cell.varied for cell in step.operands.values())
    p = step.let.primitive
    if given and (p.results > 1 or p.same):
        raise UsageError(
            f"a row for {p.name}, which has several results or is a random draw",
            "trace a part of the function without it, or read the code that s2sad show prints",
        )
    return given and bool(step.let.primitive.wrt) and is_inexact(step.result.value)


def like(value: Any, fill: float) -> Any:
    """A tangent or cotangent of the shape and dtype of `value`, all of it `fill`."""
    if isinstance(value, np.ndarray | np.generic):
        return np.full_like(value, fill)[()]
    return fill


def sized(g: Any, value: Any) -> Any:
    """`g` in the shape of `value`, of which it may lack dimensions."""
    if isinstance(value, np.ndarray):
        return np.broadcast_to(g, value.shape)
    return g

"""The tangents and adjoints of a trace, row by row."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from s2sad.cli.evaluate import Cell, Step
from s2sad.cli.spelling import summed, text
from s2sad.cli.steps import (
    Concrete,
    Evaluated,
    concrete,
    depends,
    like,
    pullback,
    pushforward,
    sized,
)
from s2sad.cli.text import spelled
from s2sad.frontend.zero import ZERO
from s2sad.ir.nodes import Var
from s2sad.numeric import is_inexact

if TYPE_CHECKING:
    from s2sad.cli.unroll import Trace


MOST_TERMS = 6
"""Of one adjoint; a parameter that a loop reads gets one from every iteration."""


class Column:
    """The derivatives of the rows for one seed: a formula and a value by cell."""

    def __init__(self, title: str, name: str) -> None:
        self.title, self.name = title, name
        self.formulas: dict[Cell, str] = {}
        self.values: dict[Cell, Any] = {}

    def at(self, cell: Cell) -> list[str]:
        """The two entries of the row of a value."""
        if cell not in self.values:
            return ["", ""]
        shown = f"{self.name}_{cell.number} = {self.formulas[cell]}"
        return [shown, spelled(self.values[cell])]

    def seed(self, cell: Cell) -> list[str]:
        """The two entries of the row of a result."""
        return ["", ""]


def tangents(trace: Trace, chosen: list[Cell]) -> list[Column]:
    """Forward mode: one column for each chosen input."""
    titles = {cell: title for title, cell in trace.inputs}
    several = len(chosen) > 1
    columns = []
    for cell in chosen:
        title = f"tangent along {titles[cell]}" if several else "tangent"
        columns.append(_tangents(trace, cell, title))
    return columns


def _tangents(trace: Trace, chosen: Cell, title: str) -> Column:
    column, operations = Column(title, "dot"), Evaluated()
    for _, cell in trace.inputs:
        cell.varied = cell is chosen
        if is_inexact(cell.value):
            column.values[cell] = like(cell.value, float(cell.varied))
            column.formulas[cell] = str(int(cell.varied))
    for step in trace.steps:
        step.result.varied = depends(step)
        if step.result.varied:
            _push(step, column, operations)
        if not step.result.varied and is_inexact(step.result.value):
            column.values[step.result] = like(step.result.value, 0.0)
            column.formulas[step.result] = "0"
    return column


def _push(step: Step, column: Column, operations: Evaluated) -> None:
    c = concrete(step)
    dots, linear = pushforward(c, c.wrt())
    if linear.outputs[0] is ZERO:
        step.result.varied = False
        return
    given = {d: column.values[c.cells[v]] for v, d in dots.items()}
    value = linear.values(operations, given)[0]
    formula = linear.formulas(f"tangent_of_{c.let.primitive.name.split('.')[-1]}")[0]
    assert formula is not None
    column.values[step.result] = sized(value, step.result.value)
    column.formulas[step.result] = text(formula)


def adjoints(trace: Trace, chosen: list[Cell]) -> list[Column]:
    """Reverse mode: one column for each result."""
    for _, cell in trace.inputs:
        cell.varied = cell in chosen
    for step in trace.steps:
        step.result.varied = depends(step)
    results = [(t, c) for t, c in trace.outputs if is_inexact(c.value)]
    several = len(results) > 1
    sweep = _Sweep(trace, chosen)
    return [sweep.run(f"adjoint of {t}" if several else "adjoint", c) for t, c in results]


class _Sweep:
    """Goes up the rows; what the compiler wrote for a step serves every column."""

    def __init__(self, trace: Trace, chosen: list[Cell]) -> None:
        self.trace, self.chosen = trace, chosen
        self.operations = Evaluated()
        self.pullbacks: dict[Step, tuple[Concrete, Var, Any]] = {}

    def run(self, title: str, output: Cell) -> Column:
        column = Column(title, "beta")
        self.terms: dict[Cell, list[ast.expr]] = {}
        if output.varied:
            column.values[output] = like(output.value, 1.0)
            column.formulas[output] = "1"
            self.terms[output] = [ast.Constant(1)]
        for step in reversed(self.trace.steps):
            if step.result in column.values and step.result.varied:
                self.pull(step, column)
        for cell in self.chosen:
            if cell not in column.values:
                column.values[cell], column.formulas[cell] = like(cell.value, 0.0), "0"
        return column

    def pull(self, step: Step, column: Column) -> None:
        """The contributions of one step to the adjoints of its operands."""
        if step not in self.pullbacks:
            c = concrete(step)
            self.pullbacks[step] = (c, *pullback(c))
        c, seed, linear = self.pullbacks[step]
        values = linear.values(self.operations, {seed: column.values[step.result]})
        formulas = linear.formulas(f"adjoint_of_{c.let.primitive.name.split('.')[-1]}")
        for v, value, formula in zip(c.wrt(), values, formulas, strict=True):
            if formula is not None:
                self.add(column, c.cells[v], sized(value, c.cells[v].value), formula)

    def add(self, column: Column, cell: Cell, value: Any, formula: ast.expr) -> None:
        before = column.values.get(cell)
        column.values[cell] = value if before is None else before + value
        terms = self.terms.setdefault(cell, [])
        terms.append(formula)
        if len(terms) <= MOST_TERMS:
            column.formulas[cell] = text(summed(terms))
        elif len(terms) == MOST_TERMS + 1:
            column.formulas[cell] += " + ..."

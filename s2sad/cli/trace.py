"""`s2sad trace`: the evaluation trace as the lectures draw it.

The function is lowered as for a derivative and run operation by operation: each operation that is
executed is a row and gets the next alpha_k, loops and branches unrolled.  Beside it stands its
tangent, or its adjoint, in terms of the other rows, with the value.
"""

from __future__ import annotations

import contextlib
import copy
import io
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2sad.cli.evaluate import Cell
from s2sad.cli.problems import file_of, user_code
from s2sad.cli.show import wrt_of
from s2sad.cli.spelling import text
from s2sad.cli.steps import concrete, operation
from s2sad.cli.sweeps import Column, adjoints, tangents
from s2sad.cli.target import find
from s2sad.cli.text import shortened, speaks_unicode, spelled, table
from s2sad.cli.unroll import Trace, traced
from s2sad.cli.values import arguments
from s2sad.derivative import Derivative
from s2sad.errors import ArgumentError
from s2sad.numeric import is_inexact

WIDEST = 72
"""Longer formulas are cut."""


def run(options: Namespace) -> int:
    """Print the table; see `s2sad trace --help`."""
    fun = find(options.target)
    bound = arguments(fun, options.at)
    name = getattr(fun, "__name__", "the function")
    with user_code(name, file_of(fun)), contextlib.redirect_stdout(io.StringIO()):
        fun(*copy.deepcopy(bound.args), **copy.deepcopy(bound.kwargs))
    trace = traced(fun, bound.args, bound.kwargs)
    chosen = _chosen(trace, fun, options)
    with user_code("the derivative at this point"), np.errstate(all="ignore"):
        columns = (adjoints if options.mode == "reverse" else tangents)(trace, chosen)
    plain = options.ascii or not speaks_unicode()
    print(_table(trace, columns, plain, options.rows))
    return 0


def _chosen(trace: Trace, fun: Callable[..., Any], options: Namespace) -> list[Cell]:
    """The input cells one differentiates with respect to."""
    floats = [(title, cell) for title, cell in trace.inputs if is_inexact(cell.value)]
    if not floats:
        raise ArgumentError(
            "no argument is a floating number", 'write a decimal point: --at "x=1.0"'
        )
    wrt = wrt_of(options.wrt)
    if wrt is None:
        first = _parameter(floats[0][0])
        names = {_parameter(t) for t, _ in floats} if options.mode == "reverse" else {first}
    else:
        request = Derivative(fun, "jvp", wrt).request
        blanks = tuple(() for _ in request.parameters.names)
        names = {request.parameters.names[place[0]] for place in request.wrt(blanks)}
    found = [cell for title, cell in floats if _parameter(title) in names]
    if not found:
        raise ArgumentError(f"{options.wrt} holds no floating number", "write a decimal point")
    return found


def _parameter(title: str) -> str:
    return title.split("[")[0].split(".")[0]


# ---- printing ----------------------------------------------------------------------------------


def _table(trace: Trace, columns: list[Column], plain: bool, most: int) -> str:
    rows = [*_input_rows(trace), *_step_rows(trace), *_output_rows(trace)]
    nested = any(row.where for row in rows)
    lines = len({row.line for row in rows if row.line}) > 1
    head = [*["line"] * lines, *["where"] * nested, "operation", "value"]
    for column in columns:
        head += [column.title, "value"]
    start = len(head) - 2 * len(columns)
    cells = []
    for row in rows:
        shown = [*[row.line] * lines, *[row.where] * nested, row.text, spelled(row.cell.value)]
        for column in columns:
            shown += column.at(row.cell) if row.is_step else column.seed(row.cell)
        cells.append([shortened(c, WIDEST) for c in shown])
    if len(cells) > most:
        gap = [f"... {len(cells) - most} rows ..." if h == "operation" else "" for h in head]
        cells = [*cells[: most // 2], gap, *cells[len(cells) - (most - most // 2) :]]
    bars = [start + 2 * i for i in range(len(columns))]
    return table(head, cells, right=[0] if lines else [], bars=bars, plain=plain)


@dataclass
class _Row:
    text: str
    cell: Cell
    line: str = ""
    where: str = ""
    is_step: bool = True


def _input_rows(trace: Trace) -> list[_Row]:
    return [_Row(f"alpha_{c.number} = {title}", c) for title, c in trace.inputs if c.number]


def _step_rows(trace: Trace) -> list[_Row]:
    rows = []
    for step in trace.steps:
        if step.result.number:
            formula = text(operation(concrete(step)))
            line = str(step.let.at.line) if step.let.at is not None else ""
            where = " ".join(step.where)
            rows.append(_Row(f"alpha_{step.result.number} = {formula}", step.result, line, where))
    return rows


def _output_rows(trace: Trace) -> list[_Row]:
    rows = []
    for title, cell in trace.outputs:
        source = f"alpha_{cell.number}" if cell.number else spelled(cell.value)
        rows.append(_Row(f"{title} = {source}", cell, is_step=False))
    return rows

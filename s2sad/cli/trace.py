"""`s2sad trace`: the evaluation trace as the lectures draw it.

The function is lowered as for a derivative and run operation by operation: each operation that is
executed is a row and gets the next alpha_k, loops and branches unrolled.  Beside it stands its
tangent, or its adjoint, in terms of the other rows, with the value.
"""

from __future__ import annotations

import copy
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from s2sad.cli.evaluate import Cell, Evaluator, Step, is_inexact, is_shown
from s2sad.cli.problems import user_code
from s2sad.cli.show import wrt_of
from s2sad.cli.steps import concrete, operation
from s2sad.cli.sweeps import Column, adjoints, tangents
from s2sad.cli.target import find
from s2sad.cli.text import shortened, speaks_unicode, spelled, table
from s2sad.cli.values import arguments
from s2sad.derivative import Derivative
from s2sad.errors import ArgumentError
from s2sad.frontend.signature import Demand, abstract, children
from s2sad.ir.nodes import Block, Function, Lit, Param, Program, Var
from s2sad.ir.tree import Struct, Tree

WIDEST = 72
"""Longer formulas are cut."""


@dataclass
class Trace:
    """What ran: inputs with their names, steps in order, outputs with their names."""

    inputs: list[tuple[str, Cell]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    outputs: list[tuple[str, Cell]] = field(default_factory=list)

    def number(self, cell: Cell, numbers: Iterator[int]) -> None:
        if is_shown(cell.value):
            cell.number = next(numbers)


def run(options: Namespace) -> int:
    """Print the table; see `s2sad trace --help`."""
    fun = find(options.target)
    bound = arguments(fun, options.at)
    with user_code(
        f"{options.target}", getattr(getattr(fun, "__code__", None), "co_filename", None)
    ):
        fun(*copy.deepcopy(bound.args), **copy.deepcopy(bound.kwargs))
    trace = traced(fun, bound.args, bound.kwargs)
    chosen = _chosen(trace, fun, options)
    columns = (adjoints if options.mode == "reverse" else tangents)(trace, chosen)
    plain = options.ascii or not speaks_unicode()
    print(_table(trace, columns, plain, options.rows))
    return 0


# ---- running -----------------------------------------------------------------------------------


def traced(fun: Callable[..., Any], args: Any, kwargs: Any) -> Trace:
    """The trace of one call."""
    derivative = Derivative(fun, "jvp", 0)
    values = derivative.bind(*args, **kwargs)
    program, params = _lowered(derivative, values)
    return _executed(program, params, copy.deepcopy(values), derivative.request.name)


def _lowered(derivative: Derivative, values: tuple[Any, ...]) -> tuple[Program, tuple[Param, ...]]:
    static: frozenset[str] = frozenset()
    while True:
        params = abstract(derivative.request.parameters.names, values, static)
        try:
            return primal(derivative, params), params
        except Demand as demand:
            static |= demand.names


def primal(derivative: Derivative, params: tuple[Param, ...]) -> Program:
    """The function itself as a program."""
    from s2sad.frontend.outline import Restart
    from s2sad.pipeline import MOST_RESTARTS, interpreter

    recursive: set[Any] = set()
    for _ in range(MOST_RESTARTS):
        try:
            return _walked(interpreter(recursive), derivative, params)
        except Restart:
            continue
    raise ArgumentError("the recursion of the function has no end at compile time")


def _walked(walk: Any, derivative: Derivative, params: tuple[Param, ...]) -> Program:
    from s2sad.frontend.trees import tree_of, value_of
    from s2sad.ir.tree import leaves
    from s2sad.pipeline import asked

    for p in params:
        walk.parameters |= {v: v.name for v in leaves(p.tree) if isinstance(v, Var)}
    values: dict[Any, Any] = {i: value_of(walk, p) for i, p in enumerate(params)}
    call = asked(walk, derivative.request, params, values)
    tree, yields = tree_of(call.call(call.values))
    body = Block(tuple(walk.b.regions[0]), tuple(yields))
    entry = Function(derivative.request.name, params, body, tree)
    return Program(entry, tuple(walk.functions.values()), tuple(walk.bindings.items()))


def _executed(
    program: Program, params: tuple[Param, ...], values: tuple[Any, ...], name: str
) -> Trace:
    trace = Trace()
    cells = [_cells(p.tree, value, p.name, trace) for p, value in zip(params, values, strict=True)]
    count = 0

    def numbered(cell: Cell) -> None:
        nonlocal count
        if is_shown(cell.value):
            count += 1
            cell.number = count

    for _, cell in trace.inputs:
        numbered(cell)

    def watch(step: Step) -> None:
        numbered(step.result)
        trace.steps.append(step)

    evaluator = Evaluator(program, watch)
    found = evaluator.function(program.entry, cells)
    trace.outputs = list(zip(_titles(program.entry.result, name), found, strict=True))
    return trace


def _cells(tree: Tree, value: Any, title: str, trace: Trace) -> Any:
    """The leaves of a parameter as cells, in the order of its tree."""
    if not isinstance(tree, Struct):
        cell = Cell(value)
        if not isinstance(tree, Lit):
            trace.inputs.append((title, cell))
        return cell
    _, _, items = children(value) or ("", (), ())
    parts = zip(tree.items, items, _steps(tree), strict=True)
    return tuple(_cells(item, part, title + step, trace) for item, part, step in parts)


def _steps(tree: Struct) -> list[str]:
    if tree.kind in ("dataclass", "namedtuple"):
        return [f".{key}" for key in tree.keys]
    return [f"[{key!r}]" for key in (tree.keys or range(len(tree.items)))]


def _titles(tree: Tree, title: str) -> list[str]:
    if isinstance(tree, Struct):
        parts = zip(tree.items, _steps(tree), strict=True)
        return [t for item, step in parts for t in _titles(item, title + step)]
    return [title] if isinstance(tree, int) else []


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
    head = [*["line"] * lines, *["in"] * nested, "operation", "value"]
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
    from s2sad.cli.spelling import text

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

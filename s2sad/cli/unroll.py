"""One call of a function, lowered as for a derivative and run operation by operation."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from s2sad.cli.evaluate import MOST_STEPS, Cell, Evaluator, Step, is_shown
from s2sad.derivative import Derivative
from s2sad.errors import ArgumentError
from s2sad.frontend.memory import Learned, Restart, StaleRead
from s2sad.frontend.signature import Demand, abstract, children
from s2sad.frontend.trees import tree_of, value_of
from s2sad.ir.nodes import Block, Function, Lit, Param, Program, Var
from s2sad.ir.tree import Struct, Tree, leaves
from s2sad.pipeline import MOST_RESTARTS, asked, interpreter


@dataclass
class Trace:
    """What ran: inputs with their names, steps in order, outputs with their names."""

    inputs: list[tuple[str, Cell]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    outputs: list[tuple[str, Cell]] = field(default_factory=list)
    most: int = MOST_STEPS

    def see(self, step: Step) -> None:
        """Notes an operation that has run."""
        self.steps.append(step)


def traced(fun: Callable[..., Any], args: Any, kwargs: Any) -> Trace:
    """The trace of one call."""
    derivative = Derivative(fun, "jvp", _any_argument(fun, kwargs))
    trace = Trace()
    execute(derivative, copy.deepcopy(derivative.bind(*args, **kwargs)), trace)
    return trace


def execute(derivative: Derivative, values: tuple[Any, ...], trace: Trace) -> None:
    """Fills the trace with a call of the function inside; what it ran stays where it fails."""
    program, params = _lowered(derivative, values)
    _executed(program, params, values, derivative.request.name, trace)


def _any_argument(fun: Callable[..., Any], kwargs: Mapping[str, Any]) -> int | str:
    """An argument that exists: lowering asks for one, and does not care which."""
    for name, p in inspect.signature(fun).parameters.items():
        if p.kind is p.VAR_POSITIONAL:
            return 0
        return next(iter(kwargs), 0) if p.kind is p.VAR_KEYWORD else name
    raise ArgumentError("the function takes no arguments", "there is nothing to differentiate")


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
    learned = Learned()
    for _ in range(MOST_RESTARTS):
        try:
            return _walked(interpreter(learned), derivative, params)
        except Restart:
            continue
        except StaleRead:
            if not learned.follow_choices():
                raise
    raise ArgumentError("the recursion of the function has no end at compile time")


def _walked(walk: Any, derivative: Derivative, params: tuple[Param, ...]) -> Program:
    for p in params:
        walk.parameters |= {v: v.name for v in leaves(p.tree) if isinstance(v, Var)}
    values: dict[Any, Any] = {i: value_of(walk, p) for i, p in enumerate(params)}
    call = asked(walk, derivative.request, params, values)
    tree, yields = tree_of(walk.settled(call.call(call.values)))
    body = Block(tuple(walk.b.regions[0]), tuple(yields))
    entry = Function(derivative.request.name, params, body, tree)
    return Program(entry, tuple(walk.functions.values()), tuple(walk.bindings.items()))


def _executed(
    program: Program, params: tuple[Param, ...], values: tuple[Any, ...], name: str, trace: Trace
) -> None:
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
        trace.see(step)

    evaluator = Evaluator(program, watch, trace.most)
    found = evaluator.function(program.entry, cells)
    trace.outputs = list(zip(_titles(program.entry.result, name), found, strict=True))


def _cells(tree: Tree, value: Any, title: str, trace: Trace) -> Any:
    """The leaves of a parameter as cells, in the order of its tree."""
    if not isinstance(tree, Struct):
        cell = Cell(value)
        if not isinstance(tree, Lit):
            trace.inputs.append((title, cell))
        return cell
    _, _, items = children(value) or ("", (), ())
    parts = zip(tree.items, items, steps(tree), strict=True)
    return tuple(_cells(item, part, title + step, trace) for item, part, step in parts)


def steps(tree: Struct) -> list[str]:
    """What is written behind a structure to take each of its items."""
    if tree.kind in ("dataclass", "namedtuple"):
        return [f".{key}" for key in tree.keys]
    return [f"[{key!r}]" for key in (tree.keys or range(len(tree.items)))]


def _titles(tree: Tree, title: str) -> list[str]:
    if isinstance(tree, Struct):
        parts = zip(tree.items, steps(tree), strict=True)
        return [t for item, step in parts for t in _titles(item, title + step)]
    return [title] if isinstance(tree, int) else []

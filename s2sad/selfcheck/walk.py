"""The statement where a derivative goes wrong: the trace of the call, operation by operation.

Each operation that ran is held by itself to a numeric derivative of it, at the values that it had
and along random directions of its operands, and its adjoint to its tangent.  No branch can flip
and no error of another statement can reach it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2sad.cli.evaluate import Cell, Step
from s2sad.cli.problems import UsageError
from s2sad.cli.spelling import Operations
from s2sad.cli.steps import (
    Concrete,
    Evaluated,
    concrete,
    depends,
    pullback,
    pushforward,
    sized,
)
from s2sad.cli.unroll import Trace, execute
from s2sad.errors import Location, NoRule, OutputError, Unsupported
from s2sad.ir.nodes import Let, Var
from s2sad.numeric import is_inexact, leaves, slope
from s2sad.selfcheck.subject import Subject, call_of, copied

MOST_STEPS = 1000
"""Operations looked at, besides the first run of every statement."""
DIRECTIONS = 3
"""Random directions along which an operation is tried before its derivative counts as right."""
LONGEST = 2_000_000
"""Operations of a call that is walked at all."""


@dataclass
class Parting:
    """An operation whose derivative is wrong, and what is wrong with it."""

    what: str
    at: Location | None


LIKE = (np.zeros_like, np.ones_like, np.full_like, np.empty_like)
"""What takes no more than the form of its operand."""


class Sample(Trace):
    """Of a long trace the first operations, and of those that come later one of each statement.

    complete: whether every operation is there.
    stopped: whether something varied goes into what is declared to have no derivative.
    largest: of all varied numbers.
    """

    def __init__(self, names: list[str]) -> None:
        super().__init__(most=LONGEST)
        self.names = names
        self.complete, self.stopped = True, False
        self.count, self.largest = 0, 0.0
        self.known: set[Let] = set()

    def see(self, step: Step) -> None:
        """Notes an operation, and whether its result is varied."""
        if self.count == 0:
            for title, cell in self.inputs:
                cell.varied = is_inexact(cell.value) and any(within(title, n) for n in self.names)
        self.count += 1
        step.result.varied = depends(step)
        if not step.result.varied:
            given = step.let.primitive.of not in LIKE and any(
                cell.varied for cell in step.operands.values()
            )
            self.stopped |= given and not step.let.primitive.wrt and is_inexact(step.result.value)
        if self.count <= MOST_STEPS or (step.result.varied and step.let not in self.known):
            self.steps.append(step)
        else:
            self.complete = False
        if step.result.varied:
            self.known.add(step.let)
            found = float(np.max(np.abs(step.result.value), initial=0.0))
            self.largest = max(self.largest, found) if np.isfinite(found) else self.largest


def trace_of(subject: Subject) -> Sample:
    """The trace of the call."""
    derivative = subject.further("jvp")
    args, kwargs = call_of(subject.derivative, copied(subject.values))
    trace = Sample(list(_titles(subject)))
    subject.again()
    try:
        execute(derivative, derivative.bind(*args, **kwargs), trace)
    except (NoRule, OutputError, Unsupported, UsageError):  # the last one if it is too long
        trace.complete = False
    return trace


class Walk:
    """Goes down the trace of a subject."""

    def __init__(self, subject: Subject, floor: float, rtol: float, rtol_numeric: float) -> None:
        """`floor` is what may be lost whatever the size of the numbers, `rtol` relative to it."""
        self.subject, self.floor = subject, floor
        self.rtol, self.rtol_numeric = rtol, rtol_numeric
        self.operations, self.linear = Operations(), Evaluated()
        self.trace = trace_of(subject)

    def parting(self) -> Parting | None:
        """The first operation whose derivative is wrong.

        Along one direction the numeric derivative of an operation may not settle, or its error may
        hide what is wrong, so that several are tried.
        """
        for _ in range(DIRECTIONS):
            for step in self.trace.steps:
                what = self._problem(step) if step.result.varied else ""
                if what:
                    return Parting(what, step.let.at)
        return None

    def tangent(self) -> tuple[float, float] | None:
        """The number under check by way of the trace, and the size of the values on that way.

        None where the trace is too long for that, or its output not that of the call.
        """
        subject = self.subject
        bars = _floats(subject.out, subject.cotangent)
        ends = [cell for _, cell in self.trace.outputs if is_inexact(cell.value)]
        if not self.trace.complete or len(ends) < len(bars):
            return None
        values = self._tangents()
        pairs = zip(bars, ends, strict=False)  # what is auxiliary comes after the output
        total = sum(np.sum(np.multiply(bar, values.get(cell, 0.0))) for bar, cell in pairs)
        sizes = [float(np.max(np.abs(v), initial=0.0)) for v in values.values()]
        return float(total), max(sizes, default=0.0)

    def _tangents(self) -> dict[Cell, Any]:
        """The tangents of all varied cells, one operation after the other."""
        subject = self.subject
        names = list(_titles(subject))
        given = [c for n in names for t, c in self.trace.inputs if c.varied and within(t, n)]
        values: dict[Cell, Any] = dict(zip(given, _floats(subject.wrt, subject.dots), strict=True))
        for step in self.trace.steps:
            if step.result.varied:
                c = concrete(step)
                wrt = [v for v in c.wrt() if c.cells[v] in values]
                dots, linear = pushforward(c, wrt)
                known = {dots[v]: values[c.cells[v]] for v in wrt}
                found = linear.values(self.linear, known)[0]
                if found is not None:
                    values[step.result] = sized(found, step.result.value)
        return values

    # ---- one operation

    def _problem(self, step: Step) -> str:
        """What is wrong with the derivative of an operation; empty where nothing is."""
        c = concrete(step)
        wrt = c.wrt()
        dots = {v: self.subject.direction(c.cells[v].value) for v in wrt}
        bar = self.subject.direction(step.result.value)
        try:
            forward, backward = self._tangent(c, dots, bar), self._adjoint(c, dots, bar)
        except (NoRule, Unsupported):
            return ""
        numeric, error = self._numeric(step, {c.cells[v]: dots[v] for v in wrt}, bar)
        size = float(np.sum(np.abs(bar * step.result.value))) + abs(forward) + abs(backward)
        agree = near(forward, backward, self.rtol * size + self.floor)
        if agree and not np.isfinite(error):
            return ""
        bound = 10.0 * error + self.rtol_numeric * size + self.floor
        right = [near(x, numeric, bound) for x in (forward, backward)]
        if agree and right[0]:
            return ""
        of = ", ".join([step.let.primitive.name.removeprefix("__main__."), *step.where])
        return _said(of, forward, backward, numeric if np.isfinite(error) else None, right)

    def _tangent(self, c: Concrete, dots: dict[Var, Any], bar: Any) -> float:
        given, linear = pushforward(c, list(dots))
        found = linear.values(self.linear, {given[v]: d for v, d in dots.items()})[0]
        return 0.0 if found is None else float(np.sum(np.multiply(bar, found)))

    def _adjoint(self, c: Concrete, dots: dict[Var, Any], bar: Any) -> float:
        seed, linear = pullback(c)
        found = linear.values(self.linear, {seed: bar})
        total = 0.0
        for (v, dot), g in zip(dots.items(), found, strict=True):
            if g is not None:
                total += float(np.sum(np.multiply(dot, sized(g, c.cells[v].value))))
        return total

    def _numeric(self, step: Step, dots: dict[Any, Any], bar: Any) -> tuple[float, float]:
        cells = list(dots)

        def projected(*values: Any) -> Any:
            moved = dict(zip(cells, values, strict=True))
            given = {v: moved.get(cell, cell.value) for v, cell in step.operands.items()}
            return np.sum(np.multiply(bar, self.operations.run(step.let, given)))

        return slope(projected, [cell.value for cell in cells], [dots[cell] for cell in cells])


def near(a: float, b: float, bound: float) -> bool:
    """Whether two numbers differ by no more than `bound`; a number that is none is like itself."""
    return abs(a - b) <= bound or a == b or bool(np.isnan(a) and np.isnan(b))


def _said(
    of: str, forward: float, backward: float, numeric: float | None, right: list[bool]
) -> str:
    if numeric is None:
        return f"the adjoint of {of} is not the transpose of its tangent"
    wrong = "adjoint" if right[0] else "tangent" if right[1] else "derivative"
    found = backward if wrong == "adjoint" else forward
    return f"the {wrong} of {of} is {found:.6g}, and the numeric one {numeric:.6g}"


def _floats(like: Any, values: Any) -> list[Any]:
    """The leaves of `values` where those of `like` are floating numbers."""
    return [v for x, v in zip(leaves(like), leaves(values), strict=True) if is_inexact(x)]


def _titles(subject: Subject) -> Iterator[str]:
    """What one differentiates with respect to, as the inputs of a trace are titled."""
    request = subject.derivative.request
    for place in request.wrt(subject.values):
        name = request.parameters.names[place[0]]
        yield name if len(place) == 1 else f"{name}[{place[1]!r}]"


def within(title: str, name: str) -> bool:
    """Whether an input of a trace belongs to what is called `name`."""
    return title == name or (title.startswith(name) and title[len(name)] in "[.")

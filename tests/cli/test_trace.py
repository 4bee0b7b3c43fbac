"""s2sad trace: the tables of the lectures, and the same numbers as the compiled code."""

from __future__ import annotations

import contextlib
import copy
import io
from typing import Any

import numpy as np
import pytest

from s2sad.cli.problems import UsageError
from s2sad.cli.sweeps import adjoints, tangents
from s2sad.cli.unroll import traced
from s2sad.derivative import Derivative
from s2sad.matching import select
from s2sad.numeric import each, is_inexact, leaves
from tests.cli.conftest import Run
from tests.corpus import PROGRAMS, Program

SLIDE = """\
operation                    value    │ adjoint                                            value
──────────────────────────────────────┼───────────────────────────────────────────────────────────
alpha_1 = x1                 2.0      │ beta_1 = beta_4 * alpha_2 + beta_3 * cos(alpha_1)  6.58385
alpha_2 = x2                 7.0      │ beta_2 = beta_4 * alpha_1                          2.0
alpha_3 = sin(alpha_1)       0.909297 │ beta_3 = beta_5                                    1.0
alpha_4 = alpha_1 * alpha_2  14.0     │ beta_4 = beta_5                                    1.0
alpha_5 = alpha_3 + alpha_4  14.9093  │ beta_5 = 1                                         1.0
product = alpha_5            14.9093  │
"""

FORWARD = """\
operation                    value    | tangent                       value
--------------------------------------+----------------------------------------
alpha_1 = x1                 2.0      | dot_1 = 1                     1.0
alpha_2 = x2                 7.0      | dot_2 = 0                     0.0
alpha_3 = sin(alpha_1)       0.909297 | dot_3 = dot_1 * cos(alpha_1)  -0.416147
alpha_4 = alpha_1 * alpha_2  14.0     | dot_4 = dot_1 * alpha_2       7.0
alpha_5 = alpha_3 + alpha_4  14.9093  | dot_5 = dot_3 + dot_4         6.58385
product = alpha_5            14.9093  |
"""


def test_the_slide(run: Run) -> None:
    found = run("trace", "model.py:product", "--at", "x1=2.0, x2=7.0")
    assert (found.status, found.err) == (0, "")
    assert found.out == SLIDE


def test_the_slide_in_forward_mode_and_ascii(run: Run) -> None:
    at = ("--at", "x1=2.0, x2=7.0", "--mode", "forward", "--ascii")
    assert run("trace", "model.py:product", *at).out == FORWARD


def test_only_what_is_asked_for(run: Run) -> None:
    found = run("trace", "model.py:product", "--at", "x1=2.0, x2=7.0", "--wrt", "x2")
    assert "beta_2 = beta_4 * alpha_1" in found.out
    assert "beta_1" not in found.out and "beta_3" not in found.out


def test_a_loop_shows_its_iterations_and_branches(run: Run) -> None:
    found = run("trace", "model.py:loop", "--at", "x=1.2")
    rows = [line.split("│") for line in found.out.splitlines()]
    assert [row[0].split()[1] for row in rows[3:10]] == [*["i=0"] * 3, *["i=1"] * 3, "i=2"]
    assert "alpha_2 = alpha_1 > 1.5" in rows[3][0] and "False" in rows[3][0]
    assert "beta_1 = beta_9 * alpha_7 + beta_3 * cos(alpha_1)" in rows[2][1]


def test_a_while_loop_shows_its_trips(run: Run) -> None:
    out = run("trace", "model.py:trips", "--at", "x=1.2").out
    assert "trip 0" in out and "trip 2" in out and "trip 3" not in out


def test_recursion(run: Run) -> None:
    found = run("trace", "model.py:power", "--at", "x=2.0, n=3")
    assert found.status == 0, found.err
    assert "12.0" in next(line for line in found.out.splitlines() if "alpha_1 = x" in line)


def test_results_have_a_column_each(run: Run) -> None:
    head = run("trace", "model.py:two", "--at", "x=1.5").out.splitlines()[0]
    assert "adjoint of two[0]" in head and "adjoint of two[1]" in head


def test_arrays_and_structures(run: Run) -> None:
    at = "params={'w': [1, 2], 'b': 0.5}, x=[[1, 2], [3, 4], [5, 6], [7, 8]]"
    found = run("trace", "model.py:layers", "--at", at)
    assert "alpha_1 = params['w']" in found.out
    assert "[[1, 2], [3, 4], [5, 6], [7, 8]] (4, 2)" in found.out


def test_long_traces_are_cut(run: Run) -> None:
    out = run("trace", "model.py:loop", "--at", "x=0.5, n=30", "--rows", "10").out
    assert len(out.splitlines()) == 13
    assert "rows ..." in out


def test_no_floats(run: Run) -> None:
    found = run("trace", "model.py:typed", "--at", "k=3, x='a'")
    assert found.status == 1
    found = run("trace", "model.py:product", "--at", "x1=2, x2=3")
    assert found.status == 1 and "no argument is a floating number" in found.err


def ones(y: Any) -> Any:
    if not is_inexact(y):
        return y
    return np.ones_like(y) if isinstance(y, np.ndarray) else type(y)(1.0)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.name)
def test_the_trace_has_the_numbers_of_the_compiled_code(program: Program) -> None:
    """Adjoints, and tangents along ones, of every program of the corpus."""
    arguments = program.arguments(0)
    with contextlib.redirect_stdout(io.StringIO()):
        derivative = Derivative(program.function, "vjp", program.wrt)
        values = derivative.bind(*copy.deepcopy(arguments))
        compiled = derivative.select(values)
        out, kept, *_ = compiled.call(*values)
        trace = traced(program.function, copy.deepcopy(arguments), {})
    bars = compiled.extra["pullback"](kept, each(ones, out))
    wanted = [b for b in leaves(bars) if is_inexact(b)]
    active = list(leaves(select(derivative.request, derivative.bind(*arguments))))
    chosen = [c for _, c in trace.inputs if any(same(c.value, a) for a in active)]
    if len(chosen) != len(wanted):
        pytest.skip("arguments that equal each other")
    with np.errstate(all="ignore"):
        try:
            columns = adjoints(trace, chosen)
        except UsageError as refused:
            assert "several results" in str(refused)
            return
        assert all(column.values for column in tangents(trace, chosen[:1]))
    for cell, bar in zip(chosen, wanted, strict=True):
        found = sum(column.values[cell] for column in columns if cell in column.values)
        tolerance = 1e-3 if np.asarray(bar).dtype == np.float32 else 1e-8
        np.testing.assert_allclose(found, bar, tolerance, tolerance)


def same(a: Any, b: Any) -> bool:
    return is_inexact(b) and type(a) is type(b) and np.array_equal(a, b, equal_nan=True)

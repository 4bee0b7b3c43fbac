"""The corpus on both backends: loops give what array statements give, in every mode.

Most programs run with the loops interpreted, which takes no time to compile and tests the same
text; some of them compiled.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import s2sad
import tests.corpus  # noqa: F401 - fills the table
from s2sad.errors import S2SADError
from tests.corpus.registry import PROGRAMS, Program

numba = pytest.importorskip("numba")


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels run as plain Python."""
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)


def leaves(x: Any) -> Iterator[Any]:
    """The numbers and arrays of a result."""
    if isinstance(x, dict):
        for key in x:
            yield from leaves(x[key])
    elif isinstance(x, tuple | list):
        for item in x:
            yield from leaves(item)
    elif hasattr(x, "__dict__"):
        yield from leaves(vars(x))
    else:
        yield x


def assert_equal(program: Program, found: Any, expected: Any) -> None:
    """Of the same kinds, and equal but for the order of sums."""
    mine, theirs = list(leaves(found)), list(leaves(expected))
    assert len(mine) == len(theirs)
    floats = [x for x in theirs if isinstance(x, float | np.ndarray | np.number) and np.size(x)]
    scale = max((float(np.max(np.abs(x))) for x in floats), default=0.0)
    scale = scale if np.isfinite(scale) else 1.0
    for a, b in zip(mine, theirs, strict=True):
        assert np.shape(a) == np.shape(b)
        assert getattr(a, "dtype", type(a)) == getattr(b, "dtype", type(b))
        if isinstance(a, float | np.ndarray | np.number):
            rounding = 1e-12 if program.tolerance < 1e-6 else 10 * program.tolerance
            assert np.allclose(a, b, rtol=rounding, atol=rounding * scale, equal_nan=True)


def compare(program: Program) -> None:
    """Both backends on the same arguments: gradients where there is one output, else Jacobians."""
    arguments = program.arguments(0)
    with np.errstate(all="ignore"):
        operator: Any = s2sad.value_and_grad
        try:
            expected = operator(program.function, program.wrt)(*copy.deepcopy(arguments))
        except (S2SADError, AssertionError):
            operator = s2sad.jacfwd
            try:
                expected = operator(program.function, program.wrt)(*copy.deepcopy(arguments))
            except S2SADError as refused:
                pytest.skip(f"neither a gradient nor a Jacobian: {refused}")
        derivative = operator(program.function, program.wrt, backend="numba")
        found = derivative(*copy.deepcopy(arguments))
    assert_equal(program, found, expected)


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::s2sad.NumPyUsed")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.name)
def test_loops_as_text(program: Program, interpreted: None, capsys: Any) -> None:
    compare(program)


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::s2sad.NumPyUsed")
@pytest.mark.parametrize("program", PROGRAMS[::12], ids=lambda p: p.name)
def test_loops_compiled(program: Program, capsys: Any) -> None:
    compare(program)

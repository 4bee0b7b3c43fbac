"""The check on programs of the corpus: none is accused, and what a wrong rule reaches is named."""

from __future__ import annotations

import contextlib
import io
import math
import warnings
from typing import Any

import numpy as np
import pytest

from s2sad import jacfwd, jacrev, specialize
from s2sad.errors import CheckFailed, OutputError, Unsupported
from s2sad.numeric import is_inexact, leaves
from s2sad.rules.table import RULES
from tests.corpus import PROGRAMS, Program

SOME = PROGRAMS[::3]


def run(program: Program, operator: Any, check: bool) -> Any:
    specialize._shared.clear()
    with contextlib.redirect_stdout(io.StringIO()):
        derivative = operator(program.function, argnums=program.wrt, check=check)
        return derivative(*program.arguments(0))


def has_jacobian(program: Program, operator: Any = jacrev) -> bool:
    """Whether a Jacobian, which evaluates the function again for every row, is not refused."""
    try:
        run(program, operator, False)
    except (Unsupported, OutputError):
        return False
    return True


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S2SAD_CACHE", "0")


@pytest.mark.parametrize("program", SOME, ids=lambda program: program.name)
def test_right_derivatives_are_not_accused(program: Program) -> None:
    for operator in (o for o in (jacrev, jacfwd) if has_jacobian(program, o)):
        with np.errstate(all="ignore"):
            run(program, operator, True)  # a warning would be an error


def test_every_wrong_derivative_is_caught_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    reached = 0
    for program in filter(has_jacobian, SOME):
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            right = run(program, jacrev, False)
            with monkeypatch.context() as patch:
                for f, other in ((np.sin, np.cos), (math.sin, math.cos), (np.exp, np.tanh)):
                    patch.setattr(RULES[f], "partials", RULES[other].partials)
                wrong = run(program, jacrev, False)
                if not differ(right, wrong):
                    continue
                reached += 1
                with pytest.raises(CheckFailed) as caught:
                    run(program, jacrev, True)
                assert caught.value.location is not None
                assert "sin" in caught.value.problem or "exp" in caught.value.problem
    assert reached > 10


def differ(a: Any, b: Any) -> bool:
    pairs = zip(leaves(a), leaves(b), strict=True)
    return any(not np.allclose(x, y, 1e-4, 1e-7, equal_nan=True) for x, y in pairs if is_inexact(x))

"""Derivatives at kinks, beside invalid branches and far out, in both modes and of second order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad import S2SADError
from tests import numerics
from tests.numerics import CASES, Case, errors

GAPS = numerics.gaps()


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_a_case(case: Case) -> None:
    """Right, or a gap that is listed: `python -m tests.numerics` takes it off the list."""
    if case.name not in GAPS:
        assert not errors(case)
        return
    try:
        wrong = errors(case)
    except S2SADError:
        return
    assert wrong, "right now, and no gap any more: python -m tests.numerics"


def test_cases_are_named_once_and_gaps_are_cases() -> None:
    names = [c.name for c in CASES]
    assert len(set(names)) == len(names)
    assert set(GAPS) <= set(names)


def test_the_page_is_what_would_be_written() -> None:
    assert numerics.PAGE.read_text("utf-8") == numerics.page(), "python -m tests.numerics"


@pytest.mark.parametrize("f", [np.std, np.linalg.norm], ids=["std", "norm"])
def test_where_a_root_vanishes_all_second_derivatives_are_zero(f: Any) -> None:
    """In every direction, as the first ones are: not those of a denominator set to one."""
    x, dot = np.zeros(3), np.array([1.0, -2.0, 4.0])
    assert np.all(s2sad.hvp(lambda x: f(x))(x, dot) == 0.0)
    assert np.all(s2sad.hessian(lambda x: f(x))(x) == 0.0)

"""Ordinary one-line expressions are differentiated, but for a list of gaps that may only shrink."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from s2sad.testing import check_grads
from tests.one_liners import OneLiner, gaps, one_liners, verdict

EVERY = list(one_liners())
GAPS = gaps()
RIGHT = [one for one in EVERY if one.text not in GAPS]


def each(found: list[OneLiner]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("one", found, ids=[one.text for one in found])


@each(EVERY)
def test_an_expression(one: OneLiner) -> None:
    """Right in both modes, or listed as a gap: then it is an error and never a wrong number."""
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
        found = verdict("s2sad", one)
    if one.text in GAPS:
        assert found.startswith("error"), f"{found}: `python -m tests.one_liners gaps`"
    else:
        assert found == "right"


@pytest.mark.slow
@each([one for one in RIGHT if "nans" not in one.names])
def test_second_derivatives_of_an_expression(one: OneLiner) -> None:
    check_grads(one.function(), one.arguments, order=2, rtol=1e-4, atol=1e-5)


def test_every_expression_is_there_once_and_gaps_are_expressions() -> None:
    texts = [one.text for one in EVERY]
    assert len(set(texts)) == len(texts) >= 240
    assert GAPS.keys() <= set(texts)

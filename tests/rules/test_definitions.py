"""What is stated in terms of other functions: its value, and its derivatives as compiled."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from s2sad.rules import definition_laws, table
from s2sad.rules.cases import turns
from s2sad.rules.notation import DEFINITIONS, OF_COMPLEX, Primitive
from s2sad.testing import check_rule

table.read_all()


@pytest.mark.parametrize(
    "stated", [*DEFINITIONS.values(), *OF_COMPLEX.values()], ids=lambda p: p.name
)
def test_a_definition(stated: Primitive) -> None:
    assert stated.doc, f"{stated.name} has no docstring"
    with np.errstate(all="ignore"):
        check_rule(stated, examples=turns(stated))


@pytest.mark.parametrize("stated", DEFINITIONS.values(), ids=lambda p: p.name)
def test_complex_numbers_are_what_numpy_makes_of_them(stated: Primitive) -> None:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        definition_laws.complex_values(stated, examples=turns(stated))


@pytest.mark.parametrize("chapter", table.LATER)
def test_a_chapter_states_what_the_table_says(chapter: str) -> None:
    names = table.LATER[chapter].split()
    of = {
        p.of
        for t in (table.RULES, DEFINITIONS, OF_COMPLEX)
        for p in t.values()
        if _chapter(p) == chapter
    }
    for name in names:
        assert getattr(np, name, None) in (None, *of), f"{chapter} does not state np.{name}"
    of -= OF_COMPLEX.keys()
    listed = [getattr(np, n, None) for n in names]
    assert [f for f in of if getattr(np, f.__name__, None) is f and f not in listed] == []


def _chapter(p: Primitive) -> str:
    t = p.primal or p.partials
    return t.function.__module__.rpartition(".")[2] if t is not None else ""

"""The laws notice rules with one thing wrong."""

from __future__ import annotations

import numpy as np
import pytest

from s2sad.rules.table import RULES
from tests.rules.mutants import CHAPTERS, MUTANTS, Mutant, killer, source_of


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: f"{m.chapter}-{m.old}-{m.new}"[:60])
def test_a_law_kills(mutant: Mutant) -> None:
    with np.errstate(all="ignore"):
        assert killer(mutant.chapter, mutant.source())


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_chapters_as_they_stand_survive(chapter: str) -> None:
    before = dict(RULES)
    assert killer(chapter, source_of(chapter)) == ""
    assert before == RULES


def test_a_mutant_that_is_not_in_the_source_is_an_error() -> None:
    with pytest.raises(LookupError):
        Mutant("elementwise", "no such text", "").source()

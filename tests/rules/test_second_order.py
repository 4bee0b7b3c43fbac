"""Second derivatives of every rule of the later chapters, as the compiler writes them."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from s2sad.rules.notation import RULES, Primitive
from s2sad.testing import check_rule

SPECIAL = (
    "bessel", "distributions", "elementary", "elliptic", "errors", "gamma", "incomplete",
    "integrals", "kelvin", "polynomials", "several", "sums",
)  # fmt: skip
CHAPTERS = ("floating", "mathematics", "ranges", "ufunc_methods")
if importlib.util.find_spec("scipy"):
    CHAPTERS += tuple(f"special.{name}" for name in SPECIAL)
ONLY_PYTHON = ("s2sad.runtime.", "math.")


def stated_in(chapter: str) -> list[Primitive]:
    """The rules of a chapter that have derivatives."""
    module = importlib.import_module(f"s2sad.rules.{chapter}")
    stated = [p for p in vars(module).values() if isinstance(p, Primitive)]
    functions = [p for p in RULES.values() if getattr(p.partials or p.primal, "function", None)]
    stated += [p for p in functions if _module(p) == module.__name__ and p not in stated]
    return [p for p in stated if p.wrt and p.rule is p]


def _module(p: Primitive) -> str:
    template = p.partials or p.primal
    assert template is not None
    return template.function.__module__


@pytest.mark.parametrize(
    "stated", [p for c in CHAPTERS for p in stated_in(c)], ids=lambda p: p.name
)
def test_second_derivatives(stated: Primitive) -> None:
    with np.errstate(all="ignore"):
        check_rule(stated, examples=4 if stated.name.startswith(ONLY_PYTHON) else 8, order=2)

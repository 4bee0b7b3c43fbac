"""Second derivatives of the chapters that shape and assemble arrays, and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from s2sad import grad
from s2sad.errors import S2SADError
from s2sad.rules import table
from s2sad.rules.notation import DEFINITIONS, RULES, Primitive
from s2sad.testing import check_rule

table.read_all()
CHAPTERS = ("joining", "padding", "selecting", "inserting", "conversions", "applying")


def _chapter(p: Primitive) -> str:
    return p.primal.function.__module__.rpartition(".")[2] if p.primal is not None else ""


STATED = [p for t in (RULES, DEFINITIONS) for p in t.values() if _chapter(p) in CHAPTERS and p.wrt]


@pytest.mark.parametrize("rule", STATED, ids=[f"{p.kind}-{p.name}" for p in STATED])
def test_second_derivatives(rule: Primitive) -> None:
    counts: list[Any] = [len(getattr(d, "cases", ())) for d in rule.on.values()]
    check_rule(rule, examples=max(3, *counts), order=2)


X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda x: np.sum(np.ravel(x.T, order="K")), "write order='C' or order='F'"),
        (lambda x: np.sum(x.flatten("A")), "write order='C' or order='F'"),
        (lambda x: np.sum(as_strided(x, (2,), (8,))), "sliding_window_view"),
        (lambda x: np.sum(np.pad(x, 1, lambda v, w, i, k: None)), "pad with zeros"),
        (lambda x: np.sum(np.trim_zeros([x[0, 0], 0.0])), "np.array"),
        (lambda x: np.sum(np.require(x, requirements="O")), "copy with np.array"),
        (lambda x: sum(y for y in np.nditer(x)), "loop"),
    ],
)
def test_what_is_refused_says_what_to_write(function: Any, says: str) -> None:
    with pytest.raises(S2SADError) as refused:
        grad(function)(X)
    assert says in str(refused.value)


def test_windows_are_read_only_views() -> None:
    def written(x: Any) -> Any:
        y = x * 1.0
        windows = sliding_window_view(y, 2)
        y[1] = x[0] ** 2
        return np.sum(windows**2)

    x = np.array([0.5, -1.0, 2.0])
    np.testing.assert_allclose(grad(written)(x), [2 * 0.5 + 8 * 0.5**3, 0.0, 4.0])

    def forbidden(x: Any) -> Any:
        windows = sliding_window_view(x * 1.0, 2)
        windows[0, 0] = x[1]
        return np.sum(windows)

    with pytest.raises(ValueError, match="read-only"):
        grad(forbidden)(x)

"""Two hundred random programs, and that the judge and the shrinker do their work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.random_programs import judge as judging
from tests.random_programs.generate import generate
from tests.random_programs.judge import Verdict, judge
from tests.random_programs.shrink import shrink

COUNT = 200
EXACT = 80
"""How many at least must be exact, so that refusing everything is no way out."""


def test_random_programs_are_exact_or_refused() -> None:
    kinds: Counter[str] = Counter()
    failures = []
    for seed in range(COUNT):
        text = generate(seed).text
        verdict = judge(text, seed, second=seed % 4 == 0)
        kinds[verdict.kind.partition(":")[0].partition(",")[0]] += 1
        if verdict.failed or "without a place" in verdict.kind:
            failures.append(f"seed {seed}: {verdict.kind}: {verdict.detail}")
    assert not failures, "\n".join(failures)
    assert kinds["exact"] >= EXACT, kinds


def test_the_same_seed_gives_the_same_program() -> None:
    assert generate(5) == generate(5)
    assert len({generate(seed).text for seed in range(50)}) == 50


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("return np.sum(x) * y", "exact"),
        ("x[0] = y\n    return x", "refused: Unsupported"),
        ("return x[7]", "discarded"),
    ],
)
def test_the_judge_knows_right_from_wrong(body: str, kind: str) -> None:
    text = f"import numpy as np\n\ndef f(x, y, m, k):\n    {body}\n"
    assert judge(text, 0).kind == kind


@pytest.mark.parametrize(
    ("operator", "change", "kind"),
    [
        ("jvp", lambda out, dot: (out + 1, dot), "failed: value or arguments, jvp"),
        ("jvp", lambda out, dot: (out, dot * 1.01), "failed: reverse"),
        ("vjp", lambda out, pull: (out + 1, pull), "failed: value or arguments, vjp"),
        ("vjp", lambda out, pull: (out, lambda c: pull(2 * c)), "failed: reverse"),
        ("hvp", lambda x_bar, *bars: (x_bar + 1, *bars), "failed: second order"),
    ],
)
def test_the_judge_notices_a_wrong_operator(
    monkeypatch: pytest.MonkeyPatch, operator: str, change: Callable[..., Any], kind: str
) -> None:
    right = getattr(judging, operator)
    if operator == "hvp":
        wrong = lambda *given: lambda *args: change(*right(*given)(*args))
    else:
        wrong = lambda *given: change(*right(*given))
    monkeypatch.setattr(judging, operator, wrong)
    text = "def f(x, y, m, k):\n    return y * y * x.sum()\n"
    assert judge(text, 0, second=True).kind == kind


def test_the_shrinker_keeps_the_kind_of_a_failure() -> None:
    text = "def f(x, y, m, k):\n    a = x * 2\n    b = y + 1\n    x[0] = b\n    return a * b\n"
    small, found = shrink(text, 0, Verdict("refused: Unsupported"))
    assert found.kind == "refused: Unsupported"
    assert len(small) < len(text) and "x[0]" in small

"""Five hundred random programs, and that the judge and the shrinker do their work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.random_programs import judge as judging
from tests.random_programs.campaign import Counts, verdicts
from tests.random_programs.generate import Program, generate
from tests.random_programs.judge import Verdict, judge, verdict_of
from tests.random_programs.shrink import shrink
from tests.random_programs.writing import generate_writing

SHARDS, COUNT = 10, 50
"""So many programs in each of so many tests, which may run side by side."""

KNOWN = {26}
"""Seeds of programs that fail still: an attribute that a loop binds, after an early return."""

EXACT = 25
"""How many of a shard at least must be exact, so that refusing everything is no way out."""


@pytest.mark.parametrize("shard", range(SHARDS))
def test_random_programs_are_exact_or_refused(shard: int) -> None:
    counts, failures = Counts(), []
    for seed, verdict in verdicts(range(shard * COUNT, (shard + 1) * COUNT), "both", 1):
        counts.add(seed, verdict)
        if verdict.failed:
            failures.append(f"seed {seed}: {verdict.kind}: {verdict.detail}")
    assert not failures, "\n".join(failures)
    assert counts.kinds["exact"] >= EXACT, counts.kinds


@pytest.mark.parametrize("make", [generate, generate_writing])
def test_the_same_seed_gives_the_same_program(make: Callable[[int], Program]) -> None:
    assert make(5) == make(5)
    assert len({make(seed).text for seed in range(50)}) == 50


def test_every_form_can_be_filled() -> None:
    """What stands in the tables is valid Python, in whatever it is put."""
    for seed in range(300):
        compile(generate_writing(seed).text, "program", "exec")


def test_the_counts_tell_refusals_by_kind_and_not_by_name() -> None:
    counts = Counts()
    for seed, name in enumerate(["v1", "v23"]):
        counts.add(seed, Verdict("refused: Unsupported", f"{name} is read (line {seed})"))
    counts.add(2, Verdict("failed: reverse"))
    assert list(counts.refusals.values()) == [2]
    assert counts.failed == 1
    assert "66.7 % of 3" in "\n".join(counts.lines())


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("return np.sum(x) * y", "exact"),
        ("x[0] = y\n    return x", "exact"),
        ("global g\n    g = y\n    return x", "refused: Unsupported"),
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


def test_the_judge_stops_what_does_not_end() -> None:
    text = "def f(x, y, m, k):\n    while True:\n        pass\n"
    assert verdict_of(text, 0, False, 1).kind == "failed: too slow"


def test_the_judge_notices_an_argument_left_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Untouched, or as the function leaves it; nothing between."""

    def touching(g: Any, primals: Any, dots: Any) -> Any:
        result = right(g, primals, dots)
        primals[0][1] += 1.0
        return result

    right = judging.jvp
    text = "def f(x, y, m, k):\n    x[0] = y\n    return x.sum()\n"
    assert judge(text, 0).kind == "exact"
    monkeypatch.setattr(judging, "jvp", touching)
    assert judge(text, 0).kind == "failed: value or arguments, jvp"


def test_the_shrinker_keeps_the_kind_of_a_failure() -> None:
    text = "def f(x, y, m, k):\n    a = x * 2\n    b = y + 1\n    global g\n    g = b\n"
    text += "    return a * b\n"
    small, found = shrink(text, 0, Verdict("refused: Unsupported"))
    assert found.kind == "refused: Unsupported"
    assert len(small) < len(text) and "g = " in small

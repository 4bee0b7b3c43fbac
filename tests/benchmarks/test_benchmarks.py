"""The measuring itself: what is measured is what it says."""

import contextlib

import numpy as np
import pytest

import s2sad
from tests.benchmarks.compile_time import LIMITS, subject
from tests.benchmarks.timing import interleaved, table, with_numpy


@pytest.mark.parametrize("lines", LIMITS)
def test_subjects_have_their_length_and_run(lines: int):
    names: dict[str, object] = {}
    text = subject(lines)
    exec(text, names)
    assert abs(text.split("def f")[1].count("\n") - lines) <= 1
    assert np.isfinite(names["f"](np.linspace(0.1, 1.3, 12)))


def test_slower_is_slower():
    times = interleaved(
        {"little": lambda: sum(range(10)), "much": lambda: sum(range(10_000))}, 5, 1e-3
    )
    assert times["little"] < times["much"]


def root(x):
    return np.sqrt(x)


def test_numpy_is_replaced():
    class Other:
        sqrt = staticmethod(lambda x: ("other", x))

    assert with_numpy(root, Other)(4.0) == ("other", 4.0)
    assert root(4.0) == 2.0


def test_table_aligns(capsys: pytest.CaptureFixture[str]):
    table(["what", "ms"], [["a", "1.0"], ["longer", "10.25"]])
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:] == ["a         1.0", "longer  10.25"]


@pytest.mark.slow
def test_the_gradients_that_are_timed_are_those_of_jax(jax):
    from tests.benchmarks.rules import CASES, contestants

    for case in CASES:
        with contextlib.suppress(s2sad.NoRule):
            contestants(case, 80)

"""The measuring itself: what is measured is what it says."""

import contextlib
import dataclasses
import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numba
import numpy as np
import pytest

import s2sad
from tests.benchmarks.__main__ import is_wrong
from tests.benchmarks.__main__ import main as benchmark
from tests.benchmarks.compile_time import LIMITS, subject
from tests.benchmarks.contestants import CONTESTANTS
from tests.benchmarks.measure import checked
from tests.benchmarks.problem import Problem, disagreement, load, names
from tests.benchmarks.report import geometric_mean, number, print_report
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


PARTS = ("primal", "by hand", "s2sad numpy", "s2sad numba")
"""The contestants that the extra `test` installs."""


def states_of(a_problem: Problem) -> dict[str, tuple[str, str]]:
    """What is found of these contestants, and the notes."""
    parts = {name: CONTESTANTS[name] for name in PARTS}
    records, _ = checked(a_problem, a_problem.arguments("small"), parts)
    return {name: (record["state"], record["note"]) for name, record in records.items()}


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What Numba would compile runs as Python: the small sizes take less time than compiling."""
    kept = {m for m in sys.modules if not m.startswith("tests.benchmarks.")}
    for module in set(sys.modules) - kept:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    yield
    for module in [m for m in sys.modules if m.startswith("tests.benchmarks.problems.")]:
        del sys.modules[module]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", names())
def test_problems_agree(name: str, interpreted: None):
    a_problem = load(name)
    states = states_of(a_problem)
    if a_problem.refused:
        assert a_problem.refused in states.pop("s2sad numpy")[1]
        assert a_problem.refused in states.pop("s2sad numba")[1]
    assert {state for state, _ in states.values()} == {"timed"}, states


def test_wrong_results_are_found():
    right = load("lorenz")

    def adjoint(*arguments):
        first, *others = right.adjoint(*arguments)
        return first * (1 + 1e-7), *others

    state, note = states_of(dataclasses.replace(right, adjoint=adjoint))["s2sad numpy"]
    assert state == "wrong" and note.startswith("result 0 is off by")


@pytest.mark.parametrize(
    ("found", "expected", "message"),
    [
        (([1.0, 2.0],), (1.0, 2.0), ""),
        ((np.array([1.0, 1e-9]), 0.0), (np.array([1.0, 0.0]), 1e-16), ""),
        ((np.ones(2),), (np.ones((2, 1)),), "shapes [(2,)], not [(2, 1)]"),
        ((1.0,), (1.0, 2.0), "shapes [()], not [(), ()]"),
        ((1.0, np.nan), (1.0, 2.0), "result 1 is off by nan"),
        ((1e9, 1.1), (1e9, 1.0), "result 1 is off by 1.0e-01"),
    ],
)
def test_disagreement(found, expected, message: str):
    assert disagreement(found, expected).startswith(message)
    assert bool(disagreement(found, expected)) == bool(message)


def test_written_arguments_are_wrong():
    def adjoint(x):
        x[0] = 0.0
        return right.adjoint(x)

    right = load("logsumexp")
    note = states_of(dataclasses.replace(right, adjoint=adjoint))["by hand"][1]
    assert note == "the arguments were changed"


def test_what_a_tool_says_is_kept():
    def adjoint(x):
        warnings.warn("left to NumPy\nfor a reason", stacklevel=1)
        return right.adjoint(x)

    right = load("logsumexp")
    with pytest.warns(UserWarning, match="left to NumPy"):
        states = states_of(dataclasses.replace(right, adjoint=adjoint))
    assert states["by hand"] == ("timed", "UserWarning: left to NumPy")


def test_the_benchmark_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    figure, data = tmp_path / "times.png", tmp_path / "times.json"
    options = ["--sizes", "small", "--seconds", "1e-4", "--plot", str(figure), "--json", str(data)]
    assert benchmark(["logsumexp", *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("logsumexp small") and "geometric mean" in lines[3]
    (record,) = json.loads(data.read_text("utf-8"))
    assert {record["contestants"][name]["state"] for name in PARTS} == {"timed"}
    assert figure.read_bytes().startswith(b"\x89PNG")


def test_wrong_is_shown_and_counts(capsys: pytest.CaptureFixture[str]):
    timed = {"state": "timed", "note": "", "first": 0.1, "time": 2e-3}
    others = {"by hand": timed, "primal": {**timed, "time": 1e-3}}
    wrong = {"state": "wrong", "note": "off", "first": 0.1}
    record = {
        "problem": "p",
        "size": "n",
        "columns": 1,
        "contestants": {**others, "jax.jit": wrong},
    }
    assert is_wrong(record) and not is_wrong({**record, "contestants": others})
    print_report([record])
    text = capsys.readouterr().out
    assert "WRONG" in text.splitlines()[2] and "jax.jit, WRONG: off (p n)" in text
    assert geometric_mean([2.0, None, 8.0]) == pytest.approx(4.0)


def test_numbers_have_significant_digits():
    shown = [number(value, 3) for value in (1234.5, 12.345, 0.012345, None)]
    assert shown == ["1234", "12.3", "0.0123", "-"]


def test_unknown_problems_are_refused(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        benchmark(["no_such_problem"])
    assert "no problem is called no_such_problem" in capsys.readouterr().err

"""One problem at one size: every contestant checked, then all timed; prints one line of JSON.

python -m tests.benchmarks.measure NAME SIZE [--rounds N] [--seconds S]

This runs in a process of its own, on one core, started by `python -m tests.benchmarks`.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Mapping
from typing import Any

import numba

from tests.benchmarks.contestants import CONTESTANTS, Arguments, Call, Maker, Missing
from tests.benchmarks.problem import Problem, copied, disagreement, leaves, load
from tests.benchmarks.timing import interleaved, on_one_core

Record = dict[str, Any]


def measured(name: str, size: str, rounds: int = 7, seconds: float = 0.05) -> Record:
    """What is known of a problem at a size after all its contestants ran.

    Of each contestant: its `state` ("timed", "missing", "refused", "wrong"), a `note` on it,
    the seconds of its `first` call, which compiles, and of the median of later ones, `time`.
    """
    problem = load(name)
    arguments = problem.arguments(size)
    start_numba()
    records, calls = checked(problem, arguments, CONTESTANTS)
    for contestant, median in interleaved(calls, rounds, seconds, time.process_time).items():
        records[contestant]["time"] = median
    return {
        "problem": name,
        "size": size,
        "kind": problem.kind,
        "columns": problem.columns(arguments),
        "contestants": records,
    }


def start_numba() -> None:
    """Compile something: what starting Numba costs is no contestant's."""
    numba.njit(lambda x: x + 1.0)(1.0)


def checked(
    problem: Problem, arguments: Arguments, contestants: Mapping[str, Maker]
) -> tuple[dict[str, Record], dict[str, Call]]:
    """A record of each contestant, and the calls of those whose results are right."""
    start = time.process_time()
    by_hand = problem.adjoint(*copied(arguments))
    compiled = time.process_time() - start
    value = problem.function(*copied(arguments))
    records: dict[str, Record] = {}
    calls: dict[str, Call] = {}
    for name, make in contestants.items():
        expected = value if name == "primal" else by_hand
        records[name], call = tried(make, problem, arguments, expected)
        if call is not None:
            calls[name] = call
    if "by hand" in calls:
        records["by hand"]["first"] = compiled
    return records, calls


def tried(
    make: Maker, problem: Problem, arguments: Arguments, expected: Any
) -> tuple[Record, Call | None]:
    """The record of one contestant, and its call if its result is as expected."""
    mine = copied(arguments)
    start = time.process_time()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        try:
            call = make(problem, mine)
            result = call()
        except Missing as reason:
            return {"state": "missing", "note": str(reason)}, None
        except Exception as error:  # whatever a tool raises is its refusal, and is shown
            return {"state": "refused", "note": first_line(error)}, None
    first = time.process_time() - start
    wrong = disagreement(result, expected) or changed(mine, arguments)
    if wrong:
        return {"state": "wrong", "note": wrong, "first": first}, None
    said = "; ".join(dict.fromkeys(first_line(warning.message) for warning in caught))
    return {"state": "timed", "note": said, "first": first}, call


def changed(after: Arguments, before: Arguments) -> str:
    """Whether arguments were written to, in words."""
    pairs = zip(leaves(after), leaves(before), strict=True)
    same = all((a == b).all() for a, b in pairs)
    return "" if same else "the arguments were changed"


def first_line(error: object) -> str:
    """The type and the first line of the message."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.measure")
    parser.add_argument("name")
    parser.add_argument("size")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.05)
    given = parser.parse_args()
    print(json.dumps(measured(given.name, given.size, given.rounds, given.seconds)))


if __name__ == "__main__":
    on_one_core("tests.benchmarks.measure")
    main()

"""The benchmark: every problem in a fresh process on one core, and one table of all.

python -m tests.benchmarks [NAMES...] [--sizes LABELS] [--plot FILE.png] [--json FILE]

Every contestant is checked against the adjoint by hand before it is timed, to 1e-8 of the largest
element; one that fails is shown as WRONG, and the exit status is 1.  A dash stands for a tool that
is not installed or refuses; the notes below the table say what it says.  Times are medians of
process time in milliseconds.  First calls are compiled in the process, with `--cache FOLDER` only
when the folder is new: a second run shows what a later process of a user waits for.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks.problem import load, names
from tests.benchmarks.report import plot, print_report

MALLOC = {"MALLOC_MMAP_THRESHOLD_": "536870912", "MALLOC_TRIM_THRESHOLD_": "1073741824"}
"""Freed memory stays with the process: else page faults depend on what ran before in it."""


def selected(wanted: list[str], sizes: list[str]) -> list[tuple[str, str]]:
    """Problems, all if none is named, with sizes, all but those of the tests if none is named."""
    return [
        (name, size)
        for name in wanted or names()
        for size in (sizes or load(name).measured_sizes())
        if size in load(name).sizes
    ]


def in_own_process(
    name: str, size: str, options: list[str], cache: Path | None = None
) -> dict[str, Any]:
    """The record of a problem, or one that says how its process ended."""
    command = [sys.executable, "-m", "tests.benchmarks.measure", name, size, *options]
    environment = {**os.environ, **MALLOC, "S2SAD_CACHE": "0"}
    if cache is not None:
        environment |= {"S2SAD_CACHE": "1", "S2SAD_CACHE_DIR": str(cache)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True)
    if ended.returncode == 0:
        return dict(json.loads(ended.stdout.splitlines()[-1]))
    last = (ended.stderr.strip().splitlines() or [""])[-1]
    failure = f"exit status {ended.returncode}: {last}"
    return {"problem": name, "size": size, "contestants": {}, "failure": failure}


def is_wrong(record: dict[str, Any]) -> bool:
    """Whether a result of the problem was wrong, or nothing came of it at all."""
    states = [contestant["state"] for contestant in record["contestants"].values()]
    return "failure" in record or "wrong" in states


def main(arguments: list[str] | None = None) -> int:
    """Measure what is asked for and print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAMES", help=", ".join(names()))
    parser.add_argument("--sizes", default="", help="labels of sizes, with commas between them")
    parser.add_argument("--rounds", default="7", help="interleaved rounds of timing")
    parser.add_argument("--seconds", default="0.05", help="of one contestant in one round")
    parser.add_argument("--cache", type=Path, help="a folder for compiled code, otherwise not kept")
    parser.add_argument("--plot", type=Path, help="a file to draw the times into")
    parser.add_argument("--json", type=Path, help="a file to write all that was measured into")
    given = parser.parse_args(arguments)
    if unknown := set(given.names) - set(names()):
        parser.error(f"no problem is called {', '.join(sorted(unknown))}")
    records = []
    for name, size in selected(given.names, [label for label in given.sizes.split(",") if label]):
        print(f"{name} {size}", file=sys.stderr, flush=True)
        options = ["--rounds", given.rounds, "--seconds", given.seconds]
        records.append(in_own_process(name, size, options, given.cache))
    print_report(records)
    if given.json:
        given.json.write_text(json.dumps(records, indent=1) + "\n", "utf-8")
    if given.plot:
        plot(records, given.plot)
    return int(any(map(is_wrong, records)))


if __name__ == "__main__":
    sys.exit(main())

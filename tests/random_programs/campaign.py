"""Many programs, in several processes: what became of them, counted."""

from __future__ import annotations

import multiprocessing
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.random_programs.generate import Program, generate
from tests.random_programs.judge import Verdict, verdict_of
from tests.random_programs.writing import generate_writing

OWN_NAME = re.compile(r"\b(?:[a-z]+\d+|[xywmkqans]|line \d+)\b")
"""A name that the generator made, which tells nothing about the kind of a refusal."""

FAMILIES = ("writing", "plain", "both")


def program(seed: int, family: str = "both") -> Program:
    """The program of a seed: of both families, one in five writes nothing."""
    if family == "plain" or (family == "both" and seed % 5 == 4):
        return generate(seed)
    return generate_writing(seed)


def is_second(seed: int) -> bool:
    """Whether the second order of a program is compared as well."""
    return seed % 4 == 0


def verdicts(seeds: range, family: str, jobs: int) -> Iterator[tuple[int, Verdict]]:
    """The judgement of each seed, in order; processes are replaced now and then."""
    tasks = [(seed, family) for seed in seeds]
    if jobs == 1:
        yield from map(_task, tasks)
        return
    context = multiprocessing.get_context("spawn")
    with context.Pool(jobs, maxtasksperchild=250) as pool:
        yield from pool.imap(_task, tasks, chunksize=5)


def _task(task: tuple[int, str]) -> tuple[int, Verdict]:
    seed, family = task
    return seed, verdict_of(program(seed, family).text, seed, is_second(seed))


@dataclass
class Counts:
    """How many programs ended in which way."""

    kinds: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    first: dict[str, int] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    def add(self, seed: int, verdict: Verdict) -> None:
        """Count one judgement."""
        kind = verdict.kind
        if kind.startswith("refused"):
            what = f"{kind.partition(': ')[2]}: {OWN_NAME.sub('...', verdict.detail)}"
            self.refusals[what] += 1
            self.first.setdefault(what, seed)
            kind = "refused"
        self.kinds[kind] += 1
        self.first.setdefault(kind, seed)

    @property
    def failed(self) -> int:
        return sum(n for kind, n in self.kinds.items() if kind.startswith("failed"))

    def lines(self) -> Iterator[str]:
        """The table, and the share of refusals among the programs that are valid."""
        run = sum(self.kinds.values())
        valid = run - self.kinds["discarded"]
        seconds = time.monotonic() - self.started
        yield f"{run:6d}  run, {seconds / max(run, 1):.3f} s each"
        yield from (f"{n:6d}  {kind}" for kind, n in self.kinds.most_common())
        share = 100.0 * self.kinds["refused"] / max(valid, 1)
        yield f"refused: {share:.1f} % of {valid} valid programs; by kind, with the first seed:"
        for what, n in self.refusals.most_common():
            yield f"{n:6d}  {what}  (seed {self.first[what]})"
        yield f"{self.failed:6d}  failures"

"""Interleaved timing, so that a busy moment of the machine hits every contestant alike."""

from __future__ import annotations

import os
import statistics
import sys
import time
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def on_one_core(module: str) -> None:
    """Start the script again on one core: thread pools that fight measure themselves."""
    if "S2SAD_ON_ONE_CORE" not in os.environ:
        os.environ.update(S2SAD_ON_ONE_CORE="1", OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        os.execv(sys.executable, [sys.executable, "-m", module, *sys.argv[1:]])


def calls_in(
    seconds: float, function: Callable[[], Any], clock: Callable[[], float] = time.perf_counter
) -> int:
    """How many calls fill about this time."""
    count = 1
    while True:
        start = clock()
        for _ in range(count):
            function()
        spent = clock() - start
        if spent > seconds / 4:
            return max(1, round(count * seconds / spent))
        count *= 4


def interleaved(
    contestants: Mapping[str, Callable[[], Any]],
    rounds: int = 31,
    seconds: float = 0.01,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Median seconds of one call of each, over rounds in which all take turns."""
    counts = {name: calls_in(seconds, function, clock) for name, function in contestants.items()}
    samples: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, function in contestants.items():
            start = clock()
            for _ in range(counts[name]):
                function()
            samples[name].append((clock() - start) / counts[name])
    return {name: statistics.median(times) for name, times in samples.items()}


def with_numpy(function: Callable[..., Any], module: Any, **others: Any) -> Callable[..., Any]:
    """The same function with another module under the name `np`, and other globals replaced."""
    assert isinstance(function, types.FunctionType)
    names = {**function.__globals__, "np": module, **others}
    return types.FunctionType(function.__code__, names, function.__name__, function.__defaults__)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under a header, the first column to the left and numbers to the right."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    for row in [header, ["-" * width for width in widths], *rows]:
        first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        print(first.strip().ljust(widths[0]), *rest, sep="  ")

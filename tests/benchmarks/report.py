"""The table and the plot of what the benchmark measured."""

from __future__ import annotations

import contextlib
import math
import platform
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from tests.benchmarks.contestants import CONTESTANTS
from tests.benchmarks.timing import table

Record = dict[str, Any]

RATIOS = (
    ("numba/hand", "s2sad numba", "by hand"),
    ("numba/jax", "s2sad numba", "jax.jit"),
    ("numba/primal", "s2sad numba", "primal"),
    ("hand/jax", "by hand", "jax.jit"),
    ("hand/primal", "by hand", "primal"),
)
"""A column of ratios: whose time over whose.  Over the primal it is per column of a Jacobian."""

FIRST = (("first numba, s", "s2sad numba"), ("first primal, s", "primal"))


def print_report(records: list[Record]) -> None:
    """One table of all, the geometric means of the ratios, and notes on what was not timed."""
    shown = [name for name in CONTESTANTS if any(name in r["contestants"] for r in records)]
    header = ["ms", *shown, *(label for label, *_ in RATIOS), *(label for label, _ in FIRST)]
    rows = [
        [
            title(record),
            *(time_cell(record, name) for name in shown),
            *(number(ratio(record, *pair), 3) for _, *pair in RATIOS),
            *(number(of(record, name, "first"), 3) for _, name in FIRST),
        ]
        for record in records
    ]
    means = [number(geometric_mean(ratio(r, *pair) for r in records), 3) for _, *pair in RATIOS]
    table(header, [*rows, ["geometric mean", *[""] * len(shown), *means, *[""] * len(FIRST)]])
    print()
    for line in [*summary(records), *notes(records), versions()]:
        print(line)


def title(record: Record) -> str:
    """The problem, with its size."""
    return f"{record['problem']} {record['size']}"


def of(record: Record, contestant: str, key: str) -> float | None:
    """A number of a contestant, if it was timed."""
    found = record["contestants"].get(contestant, {})
    return found.get(key) if found.get("state") == "timed" else None


def ratio(record: Record, above: str, below: str) -> float | None:
    """One time over another; over the primal for one column."""
    a, b = of(record, above, "time"), of(record, below, "time")
    if not a or not b:
        return None
    return a / b / (record["columns"] if below == "primal" else 1)


def geometric_mean(values: Iterable[float | None]) -> float | None:
    """Of the values that are there."""
    logarithms = [math.log(value) for value in values if value is not None]
    return math.exp(math.fsum(logarithms) / len(logarithms)) if logarithms else None


def time_cell(record: Record, contestant: str) -> str:
    """A time in milliseconds, or the word for what came instead."""
    if record["contestants"].get(contestant, {}).get("state") == "wrong":
        return "WRONG"
    seconds = of(record, contestant, "time")
    return number(None if seconds is None else 1e3 * seconds, 4)


def number(value: float | None, digits: int) -> str:
    """A number in so many significant digits and without an exponent; a dash for none."""
    if value is None:
        return "-"
    whole = math.floor(math.log10(abs(value))) + 1 if value else 1
    return f"{value:.{max(0, digits - max(whole, -2))}f}"


def summary(records: list[Record]) -> Iterator[str]:
    """The worst ratios, and how often the compiled gradient is faster than JAX's."""
    for label, *pair in RATIOS[:3]:
        found = [(value, title(r)) for r in records if (value := ratio(r, *pair)) is not None]
        if found:
            worst, where = max(found)
            below = sum(value < 1 for value, _ in found)
            yield f"{label}: at most {worst:.3g} ({where}); below 1 on {below} of {len(found)}"


def notes(records: list[Record]) -> Iterator[str]:
    """What was not timed, and why; what a tool says of several problems stands once."""
    where: dict[str, list[str]] = {}
    for record in records:
        if "failure" in record:
            where.setdefault(record["failure"], []).append(title(record))
        for name, contestant in record["contestants"].items():
            if contestant["note"]:
                state = "WRONG" if contestant["state"] == "wrong" else contestant["state"]
                note = f"{name}, {state}: {contestant['note']}"
                where.setdefault(note, []).append(title(record))
    for note, titles in where.items():
        yield f"{note} ({', '.join(titles)})"


def versions() -> str:
    """Of Python and the tools that are installed."""
    found = [f"Python {platform.python_version()}"]
    for name in ("numpy", "numba", "jax", "torch", "autograd"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            found.append(f"{name} {metadata.version(name)}")
    return ", ".join(found)


def plot(records: list[Record], path: Path) -> None:
    """Bars of the times over that of the adjoint by hand, on a logarithmic axis."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawn = [r for r in records if of(r, "by hand", "time") is not None]
    names = [n for n in CONTESTANTS if any(of(r, n, "time") is not None for r in drawn)]
    names.remove("by hand")
    figure = Figure(figsize=(9, 1.5 + 0.16 * len(drawn) * (len(names) + 1)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    height = 1 / (len(names) + 1)
    for k, name in enumerate(names):
        bars = [(i, value) for i, r in enumerate(drawn) if (value := over_hand(r, name))]
        places = [i + (k - (len(names) - 1) / 2) * height for i, _ in bars]
        axes.barh(places, [value - 1 for _, value in bars], height, left=1.0, label=name)
    axes.axvline(1.0, color="black", linewidth=0.8)
    axes.set_xscale("log")
    drawn_values = [value for r in drawn for n in names if (value := over_hand(r, n))]
    axes.set_xlim(0.8 * min(drawn_values, default=1.0), 1.2 * max(drawn_values, default=1.0))
    axes.set_xlabel("time over that of the adjoint by hand")
    axes.set_yticks(range(len(drawn)), [title(r) for r in drawn])
    axes.invert_yaxis()
    figure.legend(loc="outside upper center", ncols=len(names), frameon=False)
    figure.savefig(path, dpi=120)


def over_hand(record: Record, name: str) -> float | None:
    """A contestant's time over that of the adjoint by hand."""
    a, b = of(record, name, "time"), of(record, "by hand", "time")
    return a / b if a and b else None

"""Elementary functions in a compiled loop beside NumPy's ufuncs, Numba's own calls, and compiling.

python -m tests.benchmarks.elementary [name ...]

Nanoseconds for an element of 1 000, 10 000 and 1 000 000, on one core, the least of many rounds
that take turns: what else the machine does can only add. The last two columns are the largest
error in ulps over random arguments and what a function adds to the compilation of a loop.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import scipy.special
from numba import float64, njit, void

from s2sad.elementary import NAMED
from tests.benchmarks.timing import on_one_core, table
from tests.elementary.loops import arguments, errors, loop, values

SIZES = (1_000, 10_000, 1_000_000)
ROUNDS = 60

RANGES = {
    **dict.fromkeys(("log", "log2", "log10", "power"), (0.1, 20.0)),
    **dict.fromkeys(("arcsin", "arccos", "arctanh"), (-1.0, 1.0)),
    "log1p": (-0.9, 20.0),
    "arccosh": (1.0, 20.0),
}
"""Where the arguments lie, from -5 to 5 where nothing is said."""


def ufunc(name: str) -> Any:
    """What NumPy has, or SciPy."""
    return getattr(np, name, None) or getattr(scipy.special, name)


def library_loop(name: str) -> Any:
    """The loop as Numba compiles it, with a call of the C library for each number."""
    call = f"{NAMED[name].scalar}({'x[i], y[i]' if name == 'power' else 'x[i]'})"
    head = "x, y, out" if name == "power" else "x, out"
    names: dict[str, Any] = {"np": np, "math": __import__("math")}
    exec(f"def fill({head}):\n    for i in range(out.size):\n        out[i] = {call}", names)
    return njit(error_model="numpy")(names["fill"])


def least(contestants: Mapping[str, Callable[[], Any]]) -> dict[str, float]:
    """The least time of one call of each, over rounds in which all take turns."""
    found = dict.fromkeys(contestants, float("inf"))
    for function in contestants.values():
        function()
    for _ in range(ROUNDS):
        for name, function in contestants.items():
            start = time.perf_counter()
            function()
            found[name] = min(found[name], time.perf_counter() - start)
    return found


def nanoseconds(name: str, size: int) -> dict[str, float]:
    """Nanoseconds for an element."""
    low, high = RANGES.get(name, (-5.0, 5.0))
    rng = np.random.default_rng(0)
    inputs = [rng.uniform(low, high, size)]
    if name == "power":
        inputs.append(rng.uniform(-5.0, 5.0, size))
    out, theirs, library = np.empty(size), ufunc(name), library_loop(name)
    repeats = max(1, 20_000 // size)

    def often(function: Callable[..., Any]) -> Callable[[], None]:
        def run() -> None:
            for _ in range(repeats):
                function(*inputs, out)

        return run

    contestants = {"s2sad": loop(name), "NumPy": theirs, "libm": library}
    times = least({who: often(function) for who, function in contestants.items()})
    return {who: 1e9 * seconds / size / repeats for who, seconds in times.items()}


def largest_error(name: str) -> str:
    """The largest error over random arguments, in ulps, where NumPy knows better."""
    theirs = getattr(np, name, None)
    if theirs is None or theirs.nin == 2:
        return ""
    x = arguments(200_000)
    with np.errstate(all="ignore"):
        return f"{errors(values(name, x), theirs(x.astype(np.longdouble))).max():.2f}"


def milliseconds_to_compile(name: str | None) -> float:
    """Process time of compiling a loop with a function, or a loop that copies."""
    best = float("inf")
    for _ in range(3):
        function = NAMED[name].function if name else None
        count = 2 if name == "power" else 1
        compiled = copying() if function is None else fresh(function, count)
        start = time.process_time()
        compiled.compile(void(*[float64[::1]] * (count + 1)))
        best = min(best, time.process_time() - start)
    return 1e3 * best


def copying() -> Any:
    """A loop that calls nothing."""

    @njit(error_model="numpy")
    def fill(x, out):
        for i in range(out.size):
            out[i] = x[i]

    return fill


def fresh(function: Any, count: int) -> Any:
    """A loop that has not been compiled yet."""
    if count == 2:

        @njit(error_model="numpy")
        def fill_two(x, y, out):
            for i in range(out.size):
                out[i] = function(x[i], y[i])

        return fill_two

    @njit(error_model="numpy")
    def fill(x, out):
        for i in range(out.size):
            out[i] = function(x[i])

    return fill


def main() -> None:
    """Measure and print."""
    milliseconds_to_compile(None)
    empty = milliseconds_to_compile(None)
    rows = []
    for name in sys.argv[1:] or NAMED:
        cells = [name]
        for size in SIZES:
            times = nanoseconds(name, size)
            cells += [f"{times[who]:.2f}" for who in ("s2sad", "NumPy", "libm")]
        compiling = milliseconds_to_compile(name) - empty
        rows.append([*cells, largest_error(name), f"{compiling:.0f}"])
    sizes = [f"{who} {size:.0e}" for size in SIZES for who in ("s2sad", "NumPy", "libm")]
    table(["function", *sizes, "ulp", "compile ms"], rows)


if __name__ == "__main__":
    on_one_core("tests.benchmarks.elementary")
    main()

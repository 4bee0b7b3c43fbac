"""From `grad(f)(x)` to the first result: cold, and from the disk cache, each in a fresh process.

python -m tests.benchmarks.compile_time
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.timing import table

LIMITS = {10: (60, 15), 50: (150, 15), 200: (500, 15)}  # lines: milliseconds cold, cached
REPEATS = 7

CYCLE = (
    "a = np.sin(a) * b + x[{k}]",
    "b = np.exp(-a * a) + 0.5 * b",
    "v = np.tanh(v * a + b)",
    "if a > {k}.5:",
    "    a = a * 0.5",
    "for i in range(3):",
    "    b = b * 0.9 + v[i]",
    "c, d = a * b, a - b",
    "v = v - c * np.cos(x)",
    "a = a + d / (2.0 + c * c) + np.sum(v * x)",
)

CHILD = """
import time
import numpy as np
import s2sad
import subject
x = np.linspace(0.1, 1.3, 12)
start = time.perf_counter()
gradient = s2sad.grad(subject.f)(x)
print(time.perf_counter() - start)
assert gradient.shape == (12,) and np.all(np.isfinite(gradient))
"""


def subject(lines: int) -> str:
    """A function with about this many lines: scalars, arrays, branches, short loops."""
    body = [CYCLE[k % len(CYCLE)].format(k=k // len(CYCLE) % 12) for k in range(lines - 3)]
    while body[-1].endswith(":"):
        body[-1] = "a = a * 1.5"
    head = ["a, b, v = x[0], x[1], x", *body, "return a + b + np.sum(v)"]
    return "import numpy as np\n\n\ndef f(x):\n" + "".join(f"    {line}\n" for line in head)


def first_result(folder: Path, cache: Path) -> float:
    """Seconds to the first gradient, in a new process."""
    root = Path(__file__).resolve().parents[2]
    paths = os.pathsep.join([str(folder), str(root)])
    environment = {**os.environ, "PYTHONPATH": paths, "S2SAD_CACHE_DIR": str(cache)}
    out = subprocess.run(
        [sys.executable, "-c", CHILD], env=environment, capture_output=True, text=True, check=True
    )
    return float(out.stdout)


def measure(lines: int) -> tuple[float, float]:
    """Median seconds cold and from the cache."""
    cold, cached = [], []
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "subject.py").write_text(subject(lines))
            cold.append(first_result(folder, folder / "cache"))
            cached.append(first_result(folder, folder / "cache"))
    return statistics.median(cold), statistics.median(cached)


def main() -> None:
    """Measure and print."""
    rows = []
    for lines, (cold_limit, cached_limit) in LIMITS.items():
        cold, cached = measure(lines)
        rows.append(
            [
                f"{lines} lines",
                f"{1e3 * cold:.1f}",
                str(cold_limit),
                f"{1e3 * cached:.1f}",
                str(cached_limit),
            ]
        )
    table(["first result, ms", "cold", "at most", "from cache", "at most"], rows)


if __name__ == "__main__":
    main()

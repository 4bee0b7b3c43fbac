"""A campaign: `python -m tests.random_programs --count 2000 --seed 0`; exit code 1 for failures."""

from __future__ import annotations

import argparse
import sys

from tests.random_programs.campaign import FAMILIES, Counts, is_second, program, verdicts
from tests.random_programs.shrink import shrink


def main() -> int:
    """Judge programs, print the smallest form of the first failure of a kind, and the counts."""
    parser = argparse.ArgumentParser(prog="python -m tests.random_programs", description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="of the first program")
    parser.add_argument("--show", type=int, default=1, help="failures of one kind to show")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--family", choices=FAMILIES, default="both", help="of programs")
    options = parser.parse_args()
    counts = Counts()
    seeds = range(options.seed, options.seed + options.count)
    for seed, verdict in verdicts(seeds, options.family, options.jobs):
        counts.add(seed, verdict)
        if not verdict.failed:
            continue
        print(f"---- seed {seed}: {verdict.kind}", flush=True)
        if counts.kinds[verdict.kind] <= options.show:
            text = program(seed, options.family).text
            small, found = shrink(text, seed, verdict, is_second(seed))
            print(f"{small}\n{found.detail[:600]}\n", flush=True)
    print("\n".join(counts.lines()))
    return int(counts.failed > 0)


if __name__ == "__main__":
    sys.exit(main())

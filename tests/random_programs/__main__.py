"""A campaign: `python -m tests.random_programs --count 2000 --seed 0`; exit code 1 for failures."""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter

from tests.random_programs.generate import generate
from tests.random_programs.judge import judge
from tests.random_programs.shrink import shrink

OWN_NAME = re.compile(r"\b[a-z]\d*\b(?=[ ,]|$)")
"""A name that the generator made, which tells nothing about the kind of a refusal."""


def main() -> int:
    """Judge programs, print the smallest form of the first failure of a kind, and the counts."""
    parser = argparse.ArgumentParser(prog="python -m tests.random_programs", description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="of the first program")
    parser.add_argument("--show", type=int, default=1, help="failures of one kind to show")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    for seed in range(options.seed, options.seed + options.count):
        text = generate(seed).text
        verdict = judge(text, seed, seed % 4 == 0)
        refused = verdict.kind.startswith("refused")
        what = f"{verdict.kind}: {OWN_NAME.sub('...', verdict.detail)}"
        counts[what if refused else verdict.kind] += 1
        if verdict.failed and counts[verdict.kind] <= options.show:
            small, found = shrink(text, seed, verdict)
            print(f"---- seed {seed}: {found.kind}\n{small}\n{found.detail[:600]}\n", flush=True)
    for kind, n in sorted(counts.items(), key=lambda item: -item[1]):
        print(f"{n:6d}  {kind}")
    return int(any(kind.startswith("failed") for kind in counts))


if __name__ == "__main__":
    sys.exit(main())

"""A corpus of plain Python and NumPy programs, each registered with arguments to try it on."""

from tests.corpus import (
    arrays,
    branches,
    calls,
    inference,
    loops,
    numerics,
    physics,
    straight,
    structures,
    whiles,
    writes,
)
from tests.corpus.registry import PROGRAMS, Program

__all__ = [
    "PROGRAMS",
    "Program",
    "arrays",
    "branches",
    "calls",
    "inference",
    "loops",
    "numerics",
    "physics",
    "straight",
    "structures",
    "whiles",
    "writes",
]

"""The same function and signature give the same bytes, whatever the order of hashes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
from tests.corpus import PROGRAMS
import s2sad
for program in PROGRAMS:
    for operator in (s2sad.jacrev, s2sad.jacfwd):
        derivative = operator(program.function, argnums=program.wrt)
        try:
            derivative(*program.arguments(0))
        except s2sad.S2SADError as error:
            print(program.name, error)
        else:
            print(derivative.source)
"""


def sources(seed: str) -> str:
    """The generated code of the whole corpus in a process of its own."""
    environment = {**os.environ, "PYTHONHASHSEED": seed, "S2SAD_CACHE": "0"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


@pytest.mark.slow
def test_bytes_do_not_depend_on_the_order_of_hashes():
    """Two processes with different hash seeds write the same code."""
    first = sources("1")
    assert first.count("def ") > 200
    assert sources("2") == first

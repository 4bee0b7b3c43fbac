"""Functions in a file of the user, and the command line run on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from s2sad.cli.main import main

MODEL = '''\
"""A model."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


def product(x1, x2):
    return np.sin(x1) + x1 * x2


def typed(x: float, k: int = 3):
    return x**k


def strings(x: "f8[:, 3]", w: "f8[3]"):
    return np.sum(x @ w)


def array(x: npt.NDArray[np.float64]):
    return np.sum(x * x)


def loop(x, n=3):
    y = x
    for i in range(n):
        if y > 1.5:
            y = y * x
        else:
            y = math.sin(y) + i
    return y


def trips(x):
    y = x
    while y < 10.0:
        y = y * y + 1.0
    return y * x


def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)


def layers(params, x):
    return np.sum(np.tanh(x @ params["w"] + params["b"]))


def several(*xs, scale=2.0):
    return scale * sum(x * x for x in xs)


def two(x):
    return x * x, np.sin(x)


def fails(x):
    if x > 1:
        raise ValueError("too large")
    return x * x


def at_kink(x):
    return abs(x - 1.0)


def unsupported(x):
    return np.sum(np.abs(np.roots(x)))


@dataclass
class Spring:
    stiffness: float = 2.0

    def energy(self, x):
        return 0.5 * self.stiffness * x * x

    @staticmethod
    def double(x):
        return 2 * x * x


class Needs:
    def __init__(self, a):
        self.a = a

    def f(self, x):
        return self.a * x
'''


@dataclass
class Result:
    """What one run printed, and its exit status."""

    status: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `s2sad` in a folder with model.py."""
    (tmp_path / "model.py").write_text(MODEL)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        status = main(arguments)
        captured = capsys.readouterr()
        return Result(status, captured.out, captured.err)

    return run

"""Random programs: what is emitted computes what the IR means, and leaves its arguments alone."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2sad.backend.emit import emit
from s2sad.backend.reuse import Reuse
from s2sad.ir.nodes import Program
from s2sad.ir.show import show
from s2sad.ir.verify import verify
from tests.ir.evaluate import evaluate
from tests.ir.generate import BINDINGS, Generator


def arguments() -> list[Any]:
    return [0.3, np.array([1.0, -2.0, 0.5, 3.0]), -0.7, np.array([0.1, 0.2, -0.3, 0.4])]


def run(source: str) -> Any:
    space = dict(BINDINGS)
    exec(compile(source, "<random>", "exec"), space)
    args = arguments()
    with np.errstate(all="ignore"):
        result = space["f"](*args)
    for now, before in zip(args, arguments(), strict=True):
        assert np.array_equal(now, before), "an argument was overwritten"
    return result


def same(a: Any, b: Any) -> bool:
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return np.shape(a) == np.shape(b) and np.array_equal(a, b, equal_nan=True)


def check(program: Program) -> None:
    verify(program)
    with np.errstate(all="ignore"):
        wanted = evaluate(program, *arguments())
    for atomic in (False, True):
        source = emit(program, atomic=atomic)
        assert same(run(source), wanted), f"{show(program)}\n{source}"


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([3, 6, 12]))
def test_emitted_code_computes_what_the_ir_means(seed: int, size: int) -> None:
    check(Generator(Random(seed), size).program())


def test_the_random_programs_notice_a_wrong_analysis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reuse, "dead", lambda *_: True)
    wrong = 0
    for seed in range(120):
        try:
            check(Generator(Random(seed), 8).program())
        except (AssertionError, ValueError):
            wrong += 1
    assert wrong > 3

"""s2sad check: agreement, disagreement, and what is compared."""

from __future__ import annotations

import numpy as np
import pytest

from s2sad.rules.notation import RULES
from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("target", "at"),
    [
        ("product", "x1=2.0, x2=7.0"),
        ("product", "2.0, x2=np.linspace(0, 1, 5)"),
        ("typed", "x=2"),
        ("loop", "x=1.2"),
        ("trips", "1.2"),
        ("power", "1.1, 4"),
        ("two", "x=[1, 2, 3]"),
        ("layers", "params={'w': [1, 2], 'b': 0.5}, x=[[1, 2], [3, 4]]"),
        ("several", "1.0, 2.0, scale=3.0"),
        ("Spring.energy", "x=0.5"),
        ("array", "np.arange(200.0)"),
        ("product", "x1=np.float32(0.5), x2=1.0"),
    ],
)
def test_agreement(run: Run, target: str, at: str) -> None:
    found = run("check", f"model.py:{target}", "--at", at)
    assert (found.status, found.err) == (0, "")
    assert found.out.endswith("the derivatives agree\n")


def test_the_table(run: Run) -> None:
    lines = run("check", "model.py:layers", "--mode", "reverse", "--at",
                "params={'w': [1, 2], 'b': 0.5}, x=[[1, 2], [3, 4]]").out.splitlines()  # fmt: skip
    assert lines[0].split() == [
        "argument",
        "mode",
        "elements",
        "worst",
        "relative",
        "error",
        "where",
        "s2sad",
        "numeric",
    ]
    assert lines[2].split()[:3] == ["params", "reverse", "3"]
    assert lines[3].split()[:3] == ["x", "reverse", "4"]


def test_many_elements_are_sampled(run: Run) -> None:
    assert "100 of 200" in run("check", "model.py:array", "--at", "np.arange(200.0)").out


def test_a_kink_differs(run: Run) -> None:
    assert run("check", "model.py:at_kink", "--at", "x=1.1").status == 0
    # The value at the kink is 0 by convention, and so is the central difference.
    assert run("check", "model.py:at_kink", "--at", "x=1.0").status == 0
    assert run("check", "model.py:at_kink", "--at", "x=1.0003").status == 1


def test_a_wrong_rule_is_caught(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S2SAD_CACHE", "0")
    monkeypatch.setattr(RULES[np.sin], "partials", RULES[np.cos].partials)
    found = run("check", "model.py:product", "--at", "x1=2.0, x2=7.0")
    assert found.status == 1
    assert "DIFFERS" in found.out and found.out.endswith("the derivatives differ\n")
    lines = [line for line in found.out.splitlines() if line.startswith("x1")]
    assert all("DIFFERS" in line and "6.583853163" in line for line in lines)


def test_wrt(run: Run) -> None:
    out = run("check", "model.py:product", "--at", "x1=2.0, x2=7", "--wrt", "x2").out
    assert "x2" in out and "x1" not in out
    found = run("check", "model.py:product", "--at", "x1=2.0, x2=7.0", "--wrt", "x3")
    assert found.status == 2 and "the arguments are x1, x2" in found.err


def test_nothing_to_differentiate(run: Run) -> None:
    found = run("check", "model.py:product", "--at", "x1=2, x2=7")
    assert found.status == 1
    assert "no argument is a floating number" in found.err

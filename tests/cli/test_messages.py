"""Exit statuses and messages of wrong command lines and failing functions."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from s2sad.cli.notation import parse
from s2sad.cli.problems import UsageError
from s2sad.version import __version__
from tests.cli.conftest import Run

ROOT = str(Path(__file__).resolve().parents[2])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "required"),
        (["derive"], "invalid choice"),
        (["show"], "required"),
        (["show", "model.py:product", "--mode", "sideways"], "invalid choice"),
        (["check", "model.py:product"], "--at"),
        (["show", "modle.py:product"], "did you mean model.py?"),
        (["show", "model.py:produkt"], "did you mean product?"),
        (["show", "model.py:Spring.energie"], "did you mean energy?"),
        (["show", "model.py"], "write model.py:FUNCTION"),
        (["show", "product"], "write FILE.py:FUNCTION or MODULE:FUNCTION"),
        (["show", "nomodule.sub:f"], "there is no module 'nomodule.sub'"),
        (["show", "model.py:Spring"], "is not a function"),
        (["show", "model.py:Needs.f"], "Needs in Needs.f needs arguments"),
        (["show", "model.py:product", "--types", "x9: f8"], "no parameter 'x9'"),
        (["show", "model.py:product", "--wrt", ","], "--wrt names no argument"),
        (["show", "model.py:product", "--value", "--mode", "forward"], "--value goes with"),
        (["trace", "model.py:product", "--at", "x1=2.0"], "missing a required argument: 'x2'"),
        (["trace", "model.py:product", "--at", "x1=2.0, x2=1.0, y=1.0"], "unexpected keyword"),
        (["check", "model.py:product", "--at", "x1=1/0, x2=1.0"], "ZeroDivisionError"),
    ],
)
def test_usage_errors(run: Run, arguments: list[str], said: str) -> None:
    found = run(*arguments)
    assert found.status == 2
    assert said in found.err
    assert found.out == "" and "Traceback" not in found.err


@pytest.mark.parametrize(
    ("text", "problem", "column"),
    [
        ("x: f9[:]", "'f9' is no type", 3),
        ("x f8", "a colon and the type of x is missing", 2),
        ("x: f8[:", "a comma or ] is missing", 7),
        ("x: f8[1.5]", "a size is", 6),
        ("x: f8, x: f8", "stands there twice", 7),
        ("x: ", "no type", 3),
        ("x: (f8", "a comma or ) is missing", 6),
        ("x: {w f8}", "a colon is missing", 6),
        ("x: f8 y: f8", "a comma is missing", 6),
    ],
)
def test_wrong_types_have_a_caret(text: str, problem: str, column: int) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    first, quoted, caret, *_ = str(caught.value).split("\n")
    assert problem in first
    assert quoted == f"  {text}"
    assert caret == "  " + " " * column + "^"


def test_a_wrong_value_has_a_caret(run: Run) -> None:
    err = run("trace", "model.py:product", "--at", "x1=2.0, x2=nope").err
    assert err.splitlines()[1:3] == ["  x1=2.0, x2=nope", "  " + " " * 11 + "^"]
    assert "name 'nope' is not defined" in err
    err = run("trace", "model.py:product", "--at", "x1=2.0, x2=[1").err
    assert "^" in err


def test_the_users_exception(run: Run) -> None:
    found = run("trace", "model.py:fails", "--at", "x=2.0")
    assert found.status == 1
    assert "fails raised ValueError: too large" in found.err
    assert 'raise ValueError("too large")' in found.err
    assert "model.py:" in found.err and "Traceback" not in found.err
    assert run("check", "model.py:fails", "--at", "x=2.0").err == found.err
    assert run("check", "model.py:fails", "--at", "x=0.5").status == 0


def test_a_file_that_fails(run: Run) -> None:
    Path("broken.py").write_text("x = 1 +\n")
    found = run("show", "broken.py:f")
    assert found.status == 1 and "importing broken.py raised SyntaxError" in found.err
    Path("worse.py").write_text("import math\nmath.sqrt(-1)\n")
    found = run("show", "worse.py:f")
    assert found.status == 1 and "worse.py:2" in found.err and "math.sqrt(-1)" in found.err


def test_what_cannot_be_differentiated(run: Run) -> None:
    found = run("show", "model.py:unsupported", "--types", "x: float")
    assert found.status == 1
    assert "s2sad: " in found.err and "model.py" in found.err and "Traceback" not in found.err


@pytest.mark.parametrize("command", ["show", "check", "trace"])
def test_help_has_an_example(run: Run, command: str) -> None:
    found = run(command, "--help")
    assert found.status == 0
    assert f"example: s2sad {command} model.py:" in found.out


def test_version_and_help(run: Run) -> None:
    assert run("--version").out == f"s2sad {__version__}\n"
    assert "example: s2sad show" in run("--help").out


def command(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": ROOT, "PYTHONIOENCODING": "utf-8"}
    line = [sys.executable, "-m", "s2sad", *arguments]
    return subprocess.run(line, env=environment, text=True, capture_output=True, **options)  # type: ignore[call-overload, no-any-return]


def test_as_a_process(run: Run) -> None:
    found = command("show", "model.py:product", "--types", "x1: f8, x2: f8")
    assert found.returncode == 0 and found.stderr == ""
    assert found.stdout.startswith("import numpy as np\n") and "\x1b" not in found.stdout
    assert command("show", "model:product").returncode == 0
    assert command("show", "nothing.py:f").returncode == 2
    assert command("check", "model.py:at_kink", "--at", "x=1.0003").returncode == 1


def test_a_closed_pipe(run: Run) -> None:
    environment = {**os.environ, "PYTHONPATH": ROOT}
    line = [sys.executable, "-m", "s2sad", "trace", "model.py:loop", "--at", "x=0.5, n=3000",
            "--rows", "100000"]  # fmt: skip
    with subprocess.Popen(
        line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141

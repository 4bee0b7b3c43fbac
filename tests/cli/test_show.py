"""s2sad show: which code, for which types."""

from __future__ import annotations

import ast
import sys

import numpy as np
import pytest

from s2sad.cli import text
from tests.cli.conftest import Run


def result_of(source: str, name: str, *arguments: object) -> object:
    space: dict[str, object] = {}
    exec(source, space)
    return space[name](*arguments)  # type: ignore[operator]


def test_the_gradient_for_given_types(run: Run) -> None:
    found = run("show", "model.py:product", "--types", "x1: float, x2: float")
    assert found.status == 0 and found.err == ""
    assert "x1: float, x2: float" in found.out
    assert "sum_to" not in found.out
    assert result_of(found.out, "product_grad", 2.0, 7.0) == 7.0 + np.cos(2.0)


def test_what_is_printed_is_python_and_runs(run: Run) -> None:
    types = "params: {w: f8[:], b: float}, x: f8[:, :]"
    found = run("show", "model.py:layers", "--types", types)
    x, w = np.array([[1.0, 2.0], [0.5, 0.1]]), np.array([0.1, 0.2])
    gradient = result_of(found.out, "layers_grad", {"w": w, "b": 0.3}, x)
    slope = 1 - np.tanh(x @ w + 0.3) ** 2
    assert np.allclose(gradient["w"], x.T @ slope)  # type: ignore[index]
    assert np.isclose(gradient["b"], slope.sum())  # type: ignore[index]


@pytest.mark.parametrize(
    ("mode", "name", "arguments", "wanted"),
    [
        ("reverse", "typed_grad", (2.0, 3), 12.0),
        ("forward", "typed_jvp", (2.0, 3, (1.0,)), (8.0, 12.0)),
        ("hessian", "typed_hessian", (2.0, 3), 12.0),
        ("hvp", "typed_hvp", (2.0, 3, (0.5,)), 6.0),
    ],
)
def test_modes(run: Run, mode: str, name: str, arguments: tuple[object], wanted: object) -> None:
    found = run("show", "model.py:typed", "--mode", mode)
    assert found.status == 0, found.err
    assert result_of(found.out, name, *arguments) == wanted


def test_annotations_and_defaults_say_the_types(run: Run) -> None:
    assert "x: float, k: int" in run("show", "model.py:typed").out
    assert "x: f8[n, 3], w: f8[3]" in run("show", "model.py:strings").out
    assert "x: f8[...]" in run("show", "model.py:array").out


def test_types_may_be_values(run: Run) -> None:
    found = run("show", "model.py:typed", "--types", "k: 2")
    assert found.status == 0
    assert result_of(found.out, "typed_grad", 3.0, 2) == 6.0


def test_unknown_types_give_code_that_is_right_all_the_same(run: Run) -> None:
    found = run("show", "model.py:product")
    assert found.status == 0
    assert "x1: ?[...]" in found.out
    assert np.isclose(result_of(found.out, "product_grad", 2.0, 7.0), 7 + np.cos(2.0))  # type: ignore[arg-type]


def test_value_and_wrt(run: Run) -> None:
    types = ("--types", "x1: f8, x2: f8")
    found = run("show", "model.py:product", "--value", "--wrt", "x2,x1", *types)
    value, gradient = result_of(found.out, "product_value_and_grad", 2.0, 7.0)  # type: ignore[misc]
    assert value == np.sin(2.0) + 14.0
    assert gradient == (2.0, 7.0 + np.cos(2.0))


def test_several_results_have_a_pullback(run: Run) -> None:
    found = run("show", "model.py:two", "--types", "x: float")
    assert found.status == 0
    assert "def two_pullback(" in found.out and "def two_vjp(" in found.out


def test_atomic_has_one_operation_a_line(run: Run) -> None:
    found = run("show", "model.py:layers", "--types", "x: f8[:, :], params: {w: f8[:], b: f8}",
                "--atomic")  # fmt: skip
    for statement in ast.walk(ast.parse(found.out)):
        if isinstance(statement, ast.Assign):
            operations = [n for n in ast.walk(statement) if isinstance(n, ast.BinOp | ast.Call)]
            assert len(operations) <= 1


def test_ir(run: Run) -> None:
    found = run("show", "model.py:product", "--ir", "--types", "x1: float, x2: float")
    assert found.out.startswith("product_grad(x1: x1: float, x2: x2: float)\n")
    assert "np.cos(x1)" in found.out


def test_methods_and_modules(run: Run) -> None:
    assert run("show", "model.py:Spring.energy", "--types", "x: float").status == 0
    assert run("show", "model.py:Spring.double", "--types", "x: float").status == 0
    assert run("show", "examples_missing:f").status == 2


@pytest.mark.parametrize(("no_color", "is_colored"), [("", True), ("1", False)])
def test_color_on_a_terminal_only(
    run: Run, monkeypatch: pytest.MonkeyPatch, no_color: str, is_colored: bool
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", no_color)
    assert "\x1b[" not in run("show", "model.py:typed").out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert ("\x1b[" in text.highlighted("def f(x): return x")) is is_colored
    monkeypatch.setenv("TERM", "dumb")
    assert not text.wants_color()

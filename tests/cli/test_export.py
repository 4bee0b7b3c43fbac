"""s2sad export: one file, the same to the byte, that runs where s2sad is not installed."""

from __future__ import annotations

import copy
import importlib.util
import pickle
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import s2sad
import tests.corpus  # noqa: F401 - fills the table
from s2sad import pipeline
from s2sad.api import chosen
from s2sad.cli.export import exported
from s2sad.derivative import Derivative
from s2sad.errors import S2SADError
from s2sad.frontend.signature import Demand, abstract
from tests.cli.conftest import Run
from tests.corpus.registry import PROGRAMS, Program

TYPES = ("--types", "x: f8[n, 3], w: f8[3]")

RUN = """\
import importlib.util, pickle, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("s2sad", "gast", "astunparse"):
            raise ImportError(f"{name} is not to be imported")

sys.meta_path.insert(0, Blocked())
import numpy as np
np.seterr(all="ignore")
folder = sys.argv[1]
with open(f"{folder}/calls", "rb") as file:
    calls = pickle.load(file)
found = []
for name, entry, arguments in calls:
    spec = importlib.util.spec_from_file_location(name, f"{folder}/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found.append(getattr(module, entry)(*arguments))
assert not any(m.partition(".")[0] == "s2sad" for m in sys.modules)
with open(f"{folder}/found", "wb") as file:
    pickle.dump(found, file)
"""


def text_of(program: Program, backend: str) -> tuple[str, str]:
    """The file of a program's value and gradient for its arguments, and the function to call."""
    options = chosen(backend)
    derivative = Derivative(program.function, "value_and_grad", program.wrt, options=options)
    values = derivative.bind(*program.arguments(0))
    static: frozenset[str] = frozenset()
    while True:
        params = abstract(derivative.request.parameters.names, values, static)
        try:
            found, _, _ = pipeline.derive(derivative.request, params)
        except Demand as demand:
            static |= demand.names
            continue
        return exported(derivative.request, found), found.entry.name


def is_plain(x: Any) -> bool:
    """Whether a value means the same where nothing but NumPy is installed."""
    if isinstance(x, tuple | list):
        return type(x) in (tuple, list) and all(map(is_plain, x))
    if isinstance(x, dict):
        return all(map(is_plain, x.values()))
    return isinstance(x, bool | int | float | complex | np.ndarray | np.generic)


def assert_alike(a: Any, b: Any, tolerance: float) -> None:
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        a, b = tuple(a.values()), tuple(b.values())
    if isinstance(a, tuple | list):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_alike(x, y, tolerance)
        return
    assert type(a) is type(b)
    assert np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)


def run_apart(programs: list[Program], backend: str, folder: Path, python: list[str]) -> int:
    """Runs the files of programs in a process that has no s2sad; returns how many there are."""
    calls, expected = [], []
    for i, program in enumerate(programs):
        arguments = program.arguments(0)
        if not is_plain(arguments):
            continue
        derivative = s2sad.value_and_grad(program.function, program.wrt, backend=backend)
        with np.errstate(all="ignore"):
            try:
                result = derivative(*copy.deepcopy(arguments))
                text, entry = text_of(program, backend)
            except (S2SADError, AssertionError):
                continue
        (folder / f"file_{i}.py").write_text(text)
        values = derivative.bind(*arguments)
        calls.append((f"file_{i}", entry, values))
        expected.append(result)
    (folder / "run.py").write_text(RUN)
    with open(folder / "calls", "wb") as file:
        pickle.dump(calls, file)
    subprocess.run([*python, str(folder / "run.py"), str(folder)], check=True, cwd=folder)
    with open(folder / "found", "rb") as file:
        found = pickle.load(file)
    for (name, _, _), a, b in zip(calls, found, expected, strict=True):
        try:
            assert_alike(a, b, 0.0 if backend == "numpy" else 1e-12)
        except AssertionError as error:
            raise AssertionError((folder / f"{name}.py").read_text()) from error
    return len(calls)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_files_run_without_s2sad(tmp_path: Path, capsys: Any) -> None:
    assert run_apart(PROGRAMS[::8], "numpy", tmp_path, [sys.executable, "-I"]) > 20


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::s2sad.NumPyUsed")
def test_compiled_files_run_without_s2sad(tmp_path: Path, capsys: Any) -> None:
    pytest.importorskip("numba")
    assert run_apart(PROGRAMS[::60], "numba", tmp_path, [sys.executable, "-I"]) > 3


@pytest.mark.slow
def test_files_run_in_an_environment_without_s2sad(tmp_path: Path, capsys: Any) -> None:
    home = tmp_path / "home"
    venv.create(home, with_pip=False, symlinks=True)
    site = next(home.glob("lib/python*/site-packages"))
    for name in ("numpy", "scipy", "numba", "llvmlite"):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            continue
        origin = Path(spec.origin).parent
        for path in (origin, origin.parent / f"{name}.libs"):
            if path.exists():
                (site / path.name).symlink_to(path)
    python = [str(home / "bin" / "python"), "-I"]
    missing = subprocess.run([*python, "-c", "import s2sad"], stderr=subprocess.PIPE)
    assert b"No module named 's2sad'" in missing.stderr
    assert run_apart(PROGRAMS[3::40], "numpy", tmp_path, python) > 3


def test_the_same_to_the_byte(run: Run, tmp_path: Path) -> None:
    first = run("export", "model.py:strings", *TYPES)
    assert first.status == 0
    assert run("export", "model.py:strings", *TYPES).out == first.out
    assert run("export", "model.py:strings", *TYPES, "-o", "grad.py").out == ""
    assert (tmp_path / "grad.py").read_bytes() == first.out.encode()


def test_the_function_stands_there_as_comments(run: Run) -> None:
    out = run("export", "model.py:strings", *TYPES).out
    assert '\n# def strings(x: "f8[:, 3]", w: "f8[3]"):\n#     return np.sum(x @ w)\n' in out
    assert "    x: f8[n, 3], w: f8[3].\n" in out
    assert "s2sad." not in out.replace("by s2sad.", "")


def test_check_compares(run: Run, tmp_path: Path) -> None:
    same = ("export", "model.py:strings", *TYPES, "-o", "grad.py", "--check")
    missing = run(*same)
    assert missing.status == 2
    assert "grad.py cannot be read" in missing.err
    run(*same[:-1])
    assert run(*same).status == 0
    file = tmp_path / "grad.py"
    file.write_text(file.read_text().replace("strings_grad(", "strings_slope("))
    changed = run(*same)
    assert changed.status == 1
    assert "\n-def strings_slope(x, w):\n+def strings_grad(x, w):\n" in changed.out
    assert run("export", "model.py:strings", "--check").status == 2


def test_modes(run: Run, tmp_path: Path) -> None:
    for mode in ("grad", "value_and_grad", "jvp", "vjp", "jacfwd", "jacrev", "hessian", "hvp"):
        made = run("export", "model.py:product", "--types", "x1: f8, x2: f8", "--mode", mode)
        assert made.status == 0
        space: dict[str, Any] = {}
        exec(made.out, space)
        (entry,) = (
            f for name, f in space.items() if name.startswith("product_") and "pull" not in name
        )
        x1, x2 = np.float64(0.5), np.float64(2.0)
        more = ((np.float64(1.0),),) if mode in ("jvp", "hvp") else ()
        found = entry(x1, x2, *more)
        slope, bend = np.cos(0.5) + 2.0, -np.sin(0.5)
        expected = {"grad": slope, "jacfwd": slope, "jacrev": slope, "hessian": bend, "hvp": bend}
        if mode in expected:
            assert np.isclose(found, expected[mode], 1e-14)
        elif mode == "vjp":
            assert np.isclose(space["product_pullback"](found[1], 1.0), slope)
        else:
            assert np.isclose(found[1], slope, 1e-14)


CAPTURED = """\
import numpy as np

WEIGHTS = np.array([0.1, np.inf, -2.0])
MANY = np.ones(2000)


def weighted(x: "f8[3]"):
    return np.sum(np.where(x > 0, x * 2.0, x) * np.minimum(WEIGHTS, 1.0))


def too_many(x: "f8[2000]"):
    return np.sum(x * MANY)


def untyped(x):
    return np.linalg.norm(x) + np.sum(np.cumsum(x))
"""


def test_names_of_the_user_are_not_taken(run: Run, tmp_path: Path) -> None:
    (tmp_path / "names.py").write_text(
        "import numpy as np\n\n\ndef f(sum_to, x):\n    return np.sum(sum_to * x)\n"
    )
    types = ("--types", "sum_to: f8[:], x: f8[:, :]")
    space: dict[str, Any] = {}
    exec(run("export", "names.py:f", *types).out, space)
    assert np.array_equal(space["f_grad"](np.ones(2), np.ones((3, 2))), [3.0, 3.0])


def test_what_the_function_captures(run: Run, tmp_path: Path) -> None:
    (tmp_path / "captured.py").write_text(CAPTURED)
    made = run("export", "captured.py:weighted")
    assert "WEIGHTS = np.array([0.1, np.inf, -2.0], np.float64).reshape((3,))" in made.out
    large = run("export", "captured.py:too_many")
    assert large.status == 1
    assert "an array of 2000 elements that cannot be written into a file" in large.err
    assert "pass it as an argument" in large.err

"""What is said of backend="numba": what stays NumPy's, why, and that Numba is missing."""

from __future__ import annotations

import importlib.util
import warnings
from typing import Any

import numpy as np
import pytest

import s2sad
from tests.cli.conftest import Run, run  # noqa: F401 - a fixture

pytest.importorskip("numba")
special = pytest.importorskip("scipy.special")


def summed(x):
    return np.sum(np.exp(x) * x)


def bessel(x):
    return np.sum(special.j0(x))


def test_what_runs_it_can_be_asked() -> None:
    looped, stays = (s2sad.grad(f, backend="numba") for f in (summed, bessel))
    looped(np.ones(2))
    with pytest.warns(s2sad.NumPyUsed):
        stays(np.ones(2))
    assert (looped.runs_on, stays.runs_on) == ("numba", "numpy")
    assert s2sad.grad(summed).runs_on == "numpy"
    first = stays.source.split("\n")[0]
    assert first.startswith(
        "# bessel_grad runs on NumPy: there are no loops yet for scipy.special.j1 ("
    )
    assert "test_said.py:" in first


def test_staying_is_said_once_and_in_the_place_of_the_call() -> None:
    gradient = s2sad.grad(bessel, backend="numba")
    with pytest.warns(
        s2sad.NumPyUsed, match=r"no loops yet for scipy\.special\.j1.*test_said\.py:"
    ) as got:
        found = gradient(np.ones(2))
    assert got[0].filename == __file__
    assert np.array_equal(found, -special.j1(np.ones(2)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gradient(np.ones(3))
        gradient(np.ones((2, 2)))
        s2sad.grad(summed, backend="numba")(np.ones(3))


def test_it_is_said_of_code_from_the_disk_too(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("S2SAD_CACHE", "1")
    monkeypatch.setenv("S2SAD_CACHE_DIR", str(tmp_path))
    for _ in range(2):
        gradient = s2sad.grad(bessel, backend="numba")
        with pytest.warns(s2sad.NumPyUsed):
            gradient(np.ones(2))
        assert gradient.runs_on == "numpy"


def test_without_numba_the_backend_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(s2sad.BackendMissing, match=r'pip install "s2sad\[numba\]"'):
        s2sad.grad(summed, backend="numba")
    s2sad.grad(summed)


MODULE = """\
import numpy as np
import scipy.special as sp


def loops(x: "f8[:]"):
    return np.sum(x * x)


def two(x: "f8[:]"):
    return x * x


def stays(x: "f8[:]"):
    w = sp.j0(x)
    return np.sum(w)


def untyped(x):
    return np.sum(x * x)
"""


@pytest.fixture
def told(run: Run, tmp_path: Any) -> Run:  # noqa: F811
    (tmp_path / "stays.py").write_text(MODULE)
    return run


def test_explain_says_whether_there_are_loops(told: Run) -> None:
    for name in ("loops", "two"):
        shown = told("explain", f"stays.py:{name}", "--backend", "numba")
        assert shown.out.startswith("the derivative runs as loops that Numba compiles\n\nline")
    shown = told("explain", "stays.py:stays", "--backend", "numba")
    assert "no loops yet for scipy.special.j1 (stays.py:14)\n" in shown.out
    assert "    w = sp.j0(x)\n    ^" in shown.out
    shown = told("explain", "stays.py:untyped", "--backend", "numba")
    assert 'say the types: --types "x: f8[:, :]"' in shown.out
    assert "runs" not in told("explain", "stays.py:stays").out


def test_show_prints_the_loops(told: Run) -> None:
    assert "@numba.njit" in told("show", "stays.py:loops", "--backend", "numba").out
    assert "def two_jacobian_loops(x)" in told("show", "stays.py:two", "--backend", "numba").out
    assert "@numba.njit" not in told("show", "stays.py:loops").out
    wrong = told("show", "stays.py:loops", "--backend", "numba", "--atomic")
    assert wrong.status == 2
    assert "--atomic" in wrong.err

"""Elementary functions in compiled loops: vectorized, exact under fast math, pasted, mixed."""

from __future__ import annotations

import importlib.util
import platform
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba")

from numba import njit

from s2sad.elementary import FUNCTIONS, NAMED, source_of
from tests.elementary.loops import loop, values

x86 = pytest.mark.skipif(
    platform.machine() not in {"x86_64", "AMD64"}, reason="names of registers of x86"
)


def assembly(compiled) -> str:
    """The machine code of a function that was compiled for one signature."""
    return next(iter(compiled.inspect_asm().values()))


@x86
@pytest.mark.parametrize("name", NAMED)
def test_loops_are_vectorized(name: str):
    x = np.linspace(0.1, 0.9, 64)
    values(name, *[x] * (2 if name == "power" else 1))
    text = assembly(loop(name))
    wide = [line for line in text.splitlines() if "mulpd" in line or "fmadd" in line]
    assert any("ymm" in line or "zmm" in line for line in wide)


@x86
def test_functions_share_a_vectorized_loop():
    exp, sin, log, cos = (NAMED[n].function for n in ("exp", "sin", "log", "cos"))

    @njit(error_model="numpy")
    def fill(x, out):
        for i in range(out.size):
            out[i] = exp(-x[i]) * sin(x[i]) + log(x[i]) * cos(x[i]) + exp(x[i])

    x, out = np.linspace(0.1, 5.0, 1001), np.empty(1001)
    fill(x, out)
    expected = np.exp(-x) * np.sin(x) + np.log(x) * np.cos(x) + np.exp(x)
    np.testing.assert_allclose(out, expected, rtol=1e-14)
    assert any("mm" in n and "divpd" in n for n in assembly(fill).splitlines())


@pytest.mark.parametrize("name", [u.__name__ for u in FUNCTIONS if u.nin == 1])
def test_fast_math_of_the_caller_changes_nothing(name: str):
    function = NAMED[name].function

    @njit(error_model="numpy", fastmath={"reassoc", "contract", "nsz", "arcp"})
    def fill(x, out):
        for i in range(out.size):
            out[i] = function(x[i])

    x = np.array([1e-20, 0.1, 0.3, 0.7, 0.9, 1e-9, 0.0, np.nan, np.inf, 1e300, 5e-324])
    out = np.empty_like(x)
    fill(x, out)
    np.testing.assert_array_equal(out, values(name, x))


def test_arrays_of_odd_lengths_and_strides():
    sin = NAMED["sin"].function

    @njit(error_model="numpy")
    def fill(x, out):
        for i in range(out.size):
            out[i] = sin(x[i])

    for count in range(20):
        x = np.linspace(-1e15, 1e15, 2 * count)[::2]  # beyond 2**44 and not
        out = np.empty(count)
        fill(x, out)
        np.testing.assert_array_equal(out, [values("sin", np.array([v]))[0] for v in x])


@x86
def test_rare_arguments_of_several_functions_in_functions_that_call_each_other():
    sin, cos, tan, power = (NAMED[n].function for n in ("sin", "cos", "tan", "power"))

    @njit(error_model="numpy")
    def inner(x, out):
        for i in range(out.size):
            out[i] = sin(x[i]) + power(x[i], 3.0)

    @njit(error_model="numpy")
    def outer(x, out):
        inner(x, out)
        for i in range(out.size):
            out[i] += sin(x[i]) * cos(x[i]) + tan(x[i]) + power(x[i], 0.5)

    x = np.concatenate([np.linspace(0.1, 9.0, 101), 10.0 ** np.arange(10.0, 30.0)])
    out = np.empty_like(x)
    outer(x, out)
    s, c = values("sin", x), values("cos", x)
    expected = s + x**3.0 + (s * c + values("tan", x) + x**0.5)
    np.testing.assert_allclose(out, expected, rtol=1e-14)
    wide = [line for line in assembly(outer).splitlines() if "divpd" in line]
    assert any("ymm" in line or "zmm" in line for line in wide)


def test_integers_become_doubles():
    exp = NAMED["exp"].function
    assert njit(lambda i: exp(i))(2) == values("exp", np.array([2.0]))[0]


@pytest.mark.parametrize("name", NAMED)
def test_source_stands_alone(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The pasted text compiles, is cached on disk, and gives the same numbers."""
    two = name == "power"
    text = f"""from __future__ import annotations

from numba import njit
{source_of(name)}

@njit(error_model="numpy", cache=True)
def fill(x, y, out):
    for i in range(out.size):
        out[i] = _{name}({"x[i], y[i]" if two else "x[i]"})
"""
    assert "s2sad.elementary" not in text
    path = tmp_path / "generated.py"
    path.write_text(text, "utf-8")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    spec = importlib.util.spec_from_file_location("generated", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "generated", module)
    spec.loader.exec_module(module)
    x, out = np.linspace(0.1, 0.9, 33), np.empty(33)
    module.fill(x, x, out)
    np.testing.assert_array_equal(out, values(name, x, x) if two else values(name, x))


def test_source_of_several_defines_each_once():
    text = source_of("exp", "tanh", "sin", "cos")
    for name in ("Value", "fma", "exp", "tanh", "sin", "cos", "far", "small_expm1"):
        assert text.count(f"\ndef _{name}(") + text.count(f"\nclass _{name}:") == 1
    assert "_log" not in text


def test_source_can_keep_its_names():
    assert "\ndef exp(" in source_of("exp", prefix="")

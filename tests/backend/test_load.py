"""Generated modules: their source in tracebacks, `inspect` and pdb, and when it is forgotten."""

from __future__ import annotations

import contextlib
import gc
import inspect
import io
import linecache
import os
import pathlib
import pdb
import subprocess
import sys
import traceback

import numpy as np
import pytest

from s2sad.backend.load import Compiled, load, rebound
from s2sad.frontend.captures import Capture

SOURCE = '''\
def f_grad(x):
    """Gradient of f."""
    beta_x = divide(1.0, x)    # f.py:2
    return beta_x
'''


def divide(a, b):
    return a / b


def make(source=SOURCE, **kwargs):
    return load(source, (("divide", divide),), "f_grad", **kwargs)["f_grad"]


def test_load():
    f = make()
    assert f(2.0) == 0.5
    assert f.__doc__ == "Gradient of f."
    assert type(f.__globals__) is dict


@pytest.fixture(autouse=True, params=["file", "no file", "not writable"])
def kind(request, monkeypatch, tmp_path):
    """Where the text is: in a file, or nowhere but in memory."""
    monkeypatch.setenv("S2SAD_CACHE", "0" if request.param == "no file" else "1")
    where = tmp_path / "cache"
    if request.param == "not writable":
        where.write_text("a file, no directory")
    monkeypatch.setenv("S2SAD_CACHE_DIR", str(where))
    return request.param


def test_file_name(kind, tmp_path):
    name = make().__code__.co_filename
    start, end = (f"{tmp_path}/cache/f_grad_", ".py") if kind == "file" else ("<s2sad f_grad ", ">")
    assert name.startswith(start) and name.endswith(end)
    assert make().__code__.co_filename == name
    assert make(SOURCE + "\n").__code__.co_filename != name
    assert make(key="other").__code__.co_filename != name
    name = load("def f(): pass", name="<lämbda>")["f"].__code__.co_filename
    assert "_l_mbda_" in name


def test_the_file_holds_the_text_and_is_never_run(kind):
    name = make().__code__.co_filename
    if kind != "file":
        return
    path = pathlib.Path(name)
    assert path.read_text() == SOURCE
    path.write_text("#" * (len(SOURCE) - 1) + "\n")
    linecache.checkcache()
    f = make()
    assert f(2.0) == 0.5
    assert inspect.getsource(f) == SOURCE
    path.write_text("another length")
    make()
    assert path.read_text() == SOURCE


def test_getsource():
    assert inspect.getsource(make()) == SOURCE


def test_an_exception_nobody_catches_shows_the_line(tmp_path):
    """Before Python 3.13 the interpreter itself reads the file, and nothing else."""
    script = tmp_path / "script.py"
    script.write_text(
        f"from s2sad.backend.load import load\nload({SOURCE!r}, (('divide', 1),))['f_grad'](0)"
    )
    env = {**os.environ, "S2SAD_CACHE": "1", "S2SAD_CACHE_DIR": str(tmp_path / "other")}
    env["PYTHONPATH"] = str(pathlib.Path(__file__).parents[2])
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, env=env)
    assert "beta_x = divide(1.0, x)" in run.stderr


def test_traceback_shows_the_line():
    with pytest.raises(ZeroDivisionError) as caught:
        make()(0.0)
    linecache.checkcache()
    text = "".join(traceback.format_exception(caught.value))
    assert "beta_x = divide(1.0, x)    # f.py:2" in text


def test_breakpoint():
    f = make()
    # Only to stop at once would need a terminal: the breakpoint does it.
    debugger = pdb.Pdb(
        stdin=io.StringIO("p x + 40\ncontinue\n"), stdout=io.StringIO(), nosigint=True
    )
    debugger.use_rawinput = False
    error = debugger.set_break(f.__code__.co_filename, 4)
    assert error is None
    debugger.runcall(f, 2.0)
    assert "42.0" in debugger.stdout.getvalue()
    debugger.clear_all_breaks()


def test_source_is_forgotten_with_the_last_function():
    f, g = make(), make()
    name = f.__code__.co_filename
    del f
    gc.collect()
    assert linecache.getline(name, 4) == "    return beta_x\n"
    del g
    gc.collect()
    assert name not in linecache.cache


def test_names_of_the_user_are_text_only():
    with contextlib.suppress(SyntaxError):
        load("x = 1", (("x'; raise SystemExit #", 1),), "f\n'; raise SystemExit")


def test_rebound():
    source = "def f(x):\n    return table * x\n\n\ndef pullback(kept, c):\n    return c * table\n"
    old = np.ones(2)
    bindings = (("table", old), ("other", 3))
    space = load(source, bindings, "f")
    captures = (Capture((("global", "TABLE"),), old),)
    more = {"pullback": space["pullback"], "n": 2}
    compiled = Compiled(space["f"], source, captures, more, bindings)
    new = np.full(3, 2.0)
    again = rebound(compiled, [Capture(captures[0].path, new)])
    assert again.call(2.0).tolist() == [4.0] * 3
    assert again.extra["pullback"](None, 1.0).tolist() == [2.0] * 3
    assert again.extra["n"] == 2
    assert compiled.call(2.0).tolist() == [2.0] * 2
    assert again.bindings[1] == ("other", 3)

"""Generated modules: their source in tracebacks, `inspect` and pdb, and when it is forgotten."""

from __future__ import annotations

import contextlib
import gc
import inspect
import io
import linecache
import pdb
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


def test_file_name():
    name = make().__code__.co_filename
    assert name.startswith("<s2sad f_grad ") and name.endswith(">")
    assert make().__code__.co_filename == name
    assert make(SOURCE + "\n").__code__.co_filename != name
    assert make(key="other").__code__.co_filename != name
    assert "<s2sad _lambda_ " in load("def f(): pass", name="<lambda>")["f"].__code__.co_filename


def test_getsource():
    assert inspect.getsource(make()) == SOURCE


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

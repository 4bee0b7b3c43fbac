"""The tree and the text of a function are found, or refused with the way out."""

import functools
import gc
import importlib.util
import inspect
import linecache
import sys
import textwrap
import time
import types

import gast
import numpy as np
import pytest

from s2sad.errors import NoRule, SourceUnavailable, Unsupported
from s2sad.frontend.source import attach_source, read, unwrap


def double(function):
    """Wrap a function in one that doubles: a wrapper that must not be skipped."""

    @functools.wraps(function)
    def doubled(*args):
        return 2 * function(*args)

    return doubled


def plain(x):
    """Do nothing much."""
    y = x + 1  # a comment
    return y


@double
def decorated(x):
    return x


@functools.lru_cache(maxsize=None)  # noqa: UP033
def cached(x):
    return x + 2


class Model:
    """A class with methods, one of a private name."""

    def method(self, x):
        return x * self.__scale()

    def __scale(self):
        return 3

    @staticmethod
    def static(x):
        return x

    @classmethod
    def of_class(cls, x):
        return cls, x

    def __call__(self, x):
        return x


def outer(a):
    def inner(x):
        def innermost(y):
            return a * x * y

        return innermost

    return inner


# fmt: off
pair = (lambda x: x + 1, lambda x: x * 2, lambda y: lambda z: y + z)
same = [lambda x: x.real, lambda x: x.imag, lambda x: x.imag]
default = lambda x, key=lambda v: -v: key(x)
several = dict(  # noqa: C408
    first=lambda x:
        x + 10,
    second=(lambda x, *more:
        x + len(more)),
)

def long_head(a,
              b=2):
    if (a and
            b):
        return a
    é = "äöü" + str(a); b = b + 1  # noqa: E702
    c = max(a, \
            b)
    while b: b -= 1  # noqa: E701
    for i in range(3):
        b += i
    return c, é
# fmt: on


def dumped(source):
    return gast.dump(source.tree)


def test_plain_function():
    source = read(plain)
    assert source.function is plain
    assert source.filename == plain.__code__.co_filename
    assert source.first_line == plain.__code__.co_firstlineno
    assert source.lines == tuple(inspect.getsource(plain).rstrip("\n").split("\n"))
    assert isinstance(source.tree, gast.FunctionDef) and source.tree.name == "plain"


def test_decorators_are_dropped_and_wrappers_are_not():
    source = read(decorated)
    assert source.tree.name == "doubled"
    wrapped = read(decorated.__wrapped__)
    assert wrapped.tree.decorator_list == []
    assert wrapped.lines[0] == "def decorated(x):"


def test_caches_and_compiled_dispatchers_are_looked_through():
    assert unwrap(cached) is cached.__wrapped__
    assert read(cached).tree.name == "cached"
    dispatcher = type("Dispatcher", (), {"__module__": "numba.core", "py_func": plain})()
    assert unwrap(dispatcher) is plain


def test_methods():
    model = Model()
    assert read(model.method).tree.name == "method"
    assert read(Model.method).function is Model.method
    assert read(model._Model__scale).tree.name == "__scale"
    assert read(Model.static).tree.name == "static"
    assert read(vars(Model)["static"]).tree.name == "static"
    assert read(Model.of_class).tree.name == "of_class"
    assert read(model.__call__).tree.name == "__call__"


def test_closures():
    inner = outer(2)
    assert read(inner).tree.name == "inner"
    source = read(inner(3))
    assert source.tree.name == "innermost"
    place = source.location(source.tree.body[0])
    assert (place.column, place.text) == (12, "            return a * x * y")


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (pair[0], "lambda x: x + 1"),
        (pair[1], "lambda x: x * 2"),
        (pair[2], "lambda y: lambda z: y + z"),
        (pair[2](1), "lambda z: y + z"),
        (same[0], "lambda x: x.real"),
        (same[1], "lambda x: x.imag"),
        (same[2], "lambda x: x.imag"),
        (default, "lambda x, key=lambda v: -v: key(x)"),
        (default.__defaults__[0], "lambda v: -v"),
        (several["first"], "lambda x: ..."),
        (several["second"], "lambda x, *more: ..."),
    ],
)
def test_lambdas(function, text):
    source = read(function)
    assert isinstance(source.tree, gast.Lambda)
    assert source.text(source.tree) == text


def test_lambda_runs_as_the_function_does():
    for function in pair[:2]:
        tree = gast.gast_to_ast(gast.Expression(read(function).tree))
        assert eval(compile(tree, "<test>", "eval"))(5) == function(5)


def test_locations_count_characters_and_lines_of_the_file():
    source = read(long_head)
    first = long_head.__code__.co_firstlineno
    accented, second = source.tree.body[1:3]
    place = source.location(second)
    assert (place.line, place.text[place.column : place.end_column]) == (first + 5, "b = b + 1")
    constant = accented.value.left
    place = source.location(constant)
    assert place.text[place.column : place.end_column] == '"äöü"'
    assert source.location(source.tree).end_column is None
    assert source.location(source.tree.args).line == first


def test_text_of_statements():
    source = read(long_head)
    assert source.text(source.tree) == "def long_head(a, ..."
    assert [source.text(node) for node in source.tree.body] == [
        "if (a and ...",
        'é = "äöü" + str(a)',
        "b = b + 1",
        "c = max(a, ...",
        "while b: b -= 1",
        "for i in range(3):",
        "return c, é",
    ]


def test_trees_are_not_shared():
    one, other = read(plain), read(plain)
    assert one.tree is not other.tree
    one.tree.body.clear()
    assert read(plain).tree.body


def test_no_source():
    names = {}
    exec("def f(x):\n    return x", names)
    with pytest.raises(SourceUnavailable) as caught:
        read(names["f"])
    assert "the source of f is not available: it was defined in <string>" in str(caught.value)
    assert "set f.__s2sad_source__ to its text" in str(caught.value)


def test_attached_source():
    text = "    def g(x):\n        return '''a\n    b''' * x\n    def f(x):\n        return x + 1\n"
    names = {}
    exec(textwrap.dedent(text.replace("\n    b", " b")), names)
    function = attach_source(names["f"], text)
    assert function is names["f"]
    source = read(function)
    assert source.tree.name == "f" and source.first_line == 4
    place = source.location(source.tree.body[0])
    assert place.text[place.column : place.end_column] == "return x + 1"


def test_attached_source_of_a_closure_is_trusted():
    names = {}
    exec("def make(a):\n    def f(x):\n        return a * x\n    return f", names)
    function = attach_source(names["make"](2), "def f(x):\n    return a * x")
    assert read(function).tree.name == "f"


def test_attached_source_of_another_function():
    function = attach_source(eval("lambda x: x"), "def f(x):\n    return x")
    with pytest.raises(SourceUnavailable, match="does not define <lambda>"):
        read(function)
    attach_source(function, "lambda x: (")
    with pytest.raises(SourceUnavailable, match="does not define <lambda>"):
        read(function)


def test_source_in_the_line_cache():
    text = "def f(x):\n    return x - 1\n"
    names = {}
    exec(compile(text, "<cell 1>", "exec"), names)
    linecache.cache["<cell 1>"] = (len(text), None, text.splitlines(True), "<cell 1>")
    try:
        assert read(names["f"]).text(read(names["f"]).tree.body[0]) == "return x - 1"
    finally:
        del linecache.cache["<cell 1>"]


def imported(path, text):
    path.write_text(textwrap.dedent(text))
    specification = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_edited_file(tmp_path):
    path = tmp_path / "edited.py"
    module = imported(path, "def f(x):\n    return x + 1\n\ng = lambda x: x\n")
    assert read(module.f).first_line == 1
    path.write_text("# moved down\n\ndef f(x):\n    return x + 1\n\ng = lambda x: x\n")
    assert read(module.f).first_line == 3
    assert read(module.g).first_line == 6
    for changed in ("x + 1.0", "x + y", "x - 1", "True"):
        path.write_text(f"def f(x):\n    return {changed} # longer {changed}\n\ng = lambda x: -x\n")
        with pytest.raises(SourceUnavailable, match="has changed since it was imported"):
            read(module.f)
        with pytest.raises(SourceUnavailable, match="put each on a line of its own"):
            read(module.g)
    path.write_text("def f(x:\n")
    with pytest.raises(SourceUnavailable, match="has changed since it was imported"):
        read(module.f)


def test_unusual_layouts(tmp_path):
    module = imported(
        tmp_path / "layouts.py",
        '''\
        from __future__ import annotations
        text = """
        def f(x):
            no code
        """
        if text:
            def f(x: int = len("""
        x""")) -> int:
                return x
        else:
            def f(x):
                return 0
        def twice(function): return function
        @twice
        @twice
        def g(x):
            def h(y):
                """Have lines
        at the margin.
                """
                return x
            return h
        def k(x): y = x; return y
        a = 1; m = lambda x: x; n = lambda x: x + a
        def f2(x):
            return 1
        first = f2
        def f2(x):
            return 1
        ''',
    )
    found = [read(f) for f in (module.f, module.g, module.g(1), module.k, module.m, module.n)]
    assert [s.first_line for s in found] == [7, 16, 17, 23, 24, 24]
    assert found[3].text(found[3].tree.body[1]) == "return y"
    assert found[5].text(found[5].tree) == "lambda x: x + a"
    assert read(module.first).first_line == 25 and read(module.f2).first_line == 28


def generator(x):
    def inner():
        yield 0

    inner()
    yield x


async def coroutine(x):
    return x


@pytest.mark.parametrize(
    ("function", "caret"),
    [
        (generator, "    yield x\n    ^^^^^^^"),
        (coroutine, "    async def coroutine(x):\n    ^^^^^^^^^^^^^^^^^^^^^^^"),
        (lambda x: (yield x), "(yield x)"),
    ],
)
def test_generators_and_coroutines_are_refused(function, caret):
    with pytest.raises(Unsupported) as caught:
        read(function)
    assert caret in str(caught.value)


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (len, NoRule, "no derivative rule for len"),
        (np.exp, NoRule, "no derivative rule for numpy.exp"),
        (functools.partial(plain, 1), Unsupported, "functools.partial"),
        (Model, Unsupported, "the class Model"),
        (Model(), Unsupported, "an object of class Model"),
        (3, Unsupported, "a value of type int"),
    ],
)
def test_what_is_not_a_function_is_refused(value, error, message):
    with pytest.raises(error, match=message):
        read(value)


def test_lambdas_that_cannot_be_told_apart(monkeypatch):
    code = pair[1].__code__
    stripped = types.FunctionType(code.replace(co_linetable=b""), {})
    source = read(stripped)  # equal code still tells which it is
    assert source.text(source.tree) == "lambda x: x * 2"


def test_reading_is_fast(tmp_path):
    body = "".join(f"    y{k} = x * {k}\n" for k in range(8))
    text = "".join(f"def f{n}(x):\n{body}    return x\n" for n in range(50))
    module = imported(tmp_path / "many.py", text)
    assert len(text.splitlines()) == 500
    read(module.f0)
    gc.collect()
    times = []
    for n in range(1, 40):
        start = time.perf_counter()
        read(getattr(module, f"f{n}"))
        times.append(time.perf_counter() - start)
    assert min(times) < 0.003, sys.version

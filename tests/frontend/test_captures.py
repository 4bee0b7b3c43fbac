"""Captured values: paths, guards, and how fast the guards are."""

from __future__ import annotations

import functools
import sys
import types

import numpy as np
import pytest

from s2sad.frontend.captures import Capture, guards, resolve, same, still_valid

C = 2.0
TABLE = {"a": [1.0, (2.0, 3.0)]}
DATA = np.ones(3)


class Config:
    G = 9.81

    def __init__(self):
        self.h = 1.0

    @property
    def twice(self):
        return 2 * self.h

    def method(self):
        return self.h


config = Config()


def helper(x, n=3, *, m=4):
    return C * x


def closure(k):
    def f(x):
        return helper(x) * k * config.h

    return f


def root(x):
    return len(x)


@pytest.fixture(autouse=True)
def _restore():
    kept = dict(globals())
    yield
    globals().update(kept)
    config.__dict__.clear()
    config.__init__()


PATHS = [
    ((("global", "C"),), lambda: C),
    ((("global", "len"),), lambda: len),
    ((("global", "helper"), ("global", "C")), lambda: C),
    ((("global", "helper"), ("default", 0)), lambda: 3),
    ((("global", "helper"), ("kwdefault", "m")), lambda: 4),
    ((("global", "config"), ("attr", "h")), lambda: 1.0),
    ((("global", "config"), ("attr", "G")), lambda: 9.81),
    ((("global", "config"), ("attr", "twice")), lambda: 2.0),
    ((("global", "config"), ("attr", "method"), ("global", "C")), lambda: C),
    ((("global", "np"), ("attr", "sin")), lambda: np.sin),
    ((("global", "TABLE"), ("item", "a"), ("item", 1), ("item", 0)), lambda: 2.0),
    ((("global", "TABLE"), ("item", "a"), ("len", None)), lambda: 2),
    ((("global", "TABLE"), ("keys", None)), lambda: ("a",)),
    ((("cell", "k"),), lambda: 7.0),
]


@pytest.mark.parametrize(("path", "value"), PATHS)
def test_resolve_and_guard(path, value):
    f = closure(7.0)
    assert resolve(f, path) == value()
    checks = guards(f, [Capture(path, value())])
    assert checks is not None
    assert still_valid(checks)


def test_a_wrong_value_is_no_guard():
    assert guards(root, [Capture((("global", "C"),), 3.0)]) is None
    assert guards(root, [Capture((("global", "missing"),), 3.0)]) is None
    assert guards(root, [Capture((("cell", "k"),), 3.0)]) is None


def rebind(name, value):
    globals()[name] = value


def new_code():
    helper.__code__ = (lambda x, n, *, m: x).__code__


CHANGES = [
    ((("global", "C"),), lambda: rebind("C", 3.0)),
    ((("global", "len"),), lambda: rebind("len", max)),
    ((("global", "helper"),), lambda: rebind("helper", lambda x: x)),
    ((("global", "helper"),), new_code),
    ((("global", "helper"), ("global", "C")), lambda: rebind("C", 3.0)),
    ((("global", "helper"), ("global", "C")), lambda: rebind("helper", lambda x: x)),
    ((("global", "helper"), ("default", 0)), lambda: setattr(helper, "__defaults__", (5,))),
    ((("global", "config"), ("attr", "h")), lambda: setattr(config, "h", 2.0)),
    ((("global", "config"), ("attr", "h")), lambda: delattr(config, "h")),
    ((("global", "config"), ("attr", "h")), lambda: rebind("config", types.SimpleNamespace(h=2))),
    ((("global", "config"), ("attr", "G")), lambda: setattr(config, "G", 2.0)),
    ((("global", "config"), ("attr", "twice")), lambda: setattr(config, "h", 2.0)),
    ((("global", "TABLE"), ("item", "a")), lambda: rebind("TABLE", {"a": 1})),
    ((("global", "TABLE"), ("item", "a"), ("item", 0)), lambda: TABLE["a"].__setitem__(0, 7)),
    ((("global", "TABLE"), ("item", "a"), ("len", None)), lambda: TABLE["a"].append(1)),
    ((("global", "TABLE"), ("keys", None)), lambda: TABLE.setdefault("b", 1)),
    ((("global", "DATA"),), lambda: rebind("DATA", np.ones(3))),
]


@pytest.mark.parametrize(("path", "change"), CHANGES)
def test_a_change_is_noticed(path, change):
    globals()["TABLE"] = {"a": [1.0, (2.0, 3.0)]}
    kept = helper.__code__, helper.__defaults__
    checks = guards(root, [Capture(path, resolve(root, path))])
    try:
        assert still_valid(checks)
        change()
        assert not still_valid(checks)
    finally:
        helper.__code__, helper.__defaults__ = kept
        globals().pop("len", None)


def test_a_changed_or_emptied_cell_is_noticed():
    k = 1.0

    def f(x):
        return k * x  # noqa: F821 - deleted below, which is the point

    checks = guards(f, [Capture((("cell", "k"),), k)])
    assert still_valid(checks)
    k = 2.0
    assert not still_valid(checks)
    k = 1.0
    assert still_valid(guards(f, [Capture((("cell", "k"),), 1.0)]))
    del k
    assert not still_valid(checks)


def test_what_is_the_same_again_is_valid_again():
    checks = guards(root, [Capture((("global", "C"),), C)])
    old, globals()["C"] = C, 3.0
    assert not still_valid(checks)
    globals()["C"] = old
    assert still_valid(checks)


def test_an_edited_root_function_is_noticed():
    def f(x):
        return x

    checks = guards(f, [])
    f.__code__ = (lambda x: 2 * x).__code__
    assert not still_valid(checks)


def test_paths_through_wrapped_functions():
    wrapped = functools.lru_cache(helper)
    for fun in (wrapped, functools.partial(helper, 1), types.MethodType(helper, 1)):
        assert resolve(fun, (("global", "C"),)) == C


def test_static_arguments_are_roots_too():
    path = (("param", "self"), ("attr", "h"))
    checks = guards(root, [Capture(path, 1.0)], {"self": config})
    assert still_valid(checks)
    config.h = 5.0
    assert not still_valid(checks)


def test_same():
    assert same(2.0, float("2.0")) and same("ab", "".join("ab")) and same((1, 2.0), (1, 2.0))
    assert same(config.method, config.method)
    assert same(float("nan"), float("nan"))
    for a, b in [(0.0, -0.0), (1, 1.0), (True, 1), ([1], [1]), (np.ones(1), np.ones(1)), (1, 2)]:
        assert not same(a, b)


def test_equal_numbers_keep_their_checks_apart():
    """Two dict entries of one name in two dicts are two checks."""
    one, two = types.SimpleNamespace(v=1.0), types.SimpleNamespace(v=1.0)
    globals()["one"], globals()["two"] = one, two
    captures = [Capture((("global", n), ("attr", "v")), 1.0) for n in ("one", "two")]
    checks = guards(root, captures)
    two.v = 2.0
    assert not still_valid(checks)


def test_prefixes_are_checked_once():
    captures = [
        Capture((("global", "config"), ("attr", n)), getattr(config, n)) for n in ("h", "G")
    ]
    assert len(guards(root, captures)) == 4  # the root's code, config, h, G


def test_fits():
    capture = Capture((), np.ones(3))
    assert capture.fits(np.zeros(3))
    assert Capture((), np.ones(3), pattern=True).fits(np.zeros(4))
    for other in (np.ones(4), np.ones(1), np.ones((3, 3)), np.ones(3, "f4"), [1.0], 1.0):
        assert not capture.fits(other)
    assert Capture((), 2.0).fits(2.0) and not Capture((), 2.0).fits(3.0)
    assert Capture((), 2.0, pattern=True).fits(3.0)


def test_a_guard_calls_nothing_of_pythons():
    """Guards are looked at in every call: one call of C each."""
    captures = [Capture(path, value()) for path, value in PATHS[:2] + PATHS[5:6] + PATHS[13:]]
    checks = guards(closure(7.0), captures)
    called = []
    sys.setprofile(lambda frame, event, arg: called.append((event, frame.f_code.co_name)))
    try:
        still_valid(checks)
    finally:
        sys.setprofile(None)
    inside = [name for event, name in called if event == "call" and name != "still_valid"]
    assert not inside
    assert sum(event == "c_call" for event, _ in called) <= len(checks) + 1

"""match, with and try: what is decided at once, what is refused, and what is raised."""

import contextlib
import tempfile
import warnings
from collections.abc import Sequence as AnySequence

import numpy as np
import pytest

import s2sad
from s2sad import grad, value_and_grad
from s2sad.errors import Unsupported


def test_a_comparison_of_python_numbers_is_true_itself():
    def f(x):
        above = x > 1.0
        match above:
            case True:
                return x * x
            case False:
                return x * 3.0

    def g(x):
        above = x > 1.0
        return x * x if above is True else x * 3.0

    for function in (f, g):
        assert value_and_grad(function)(2.0) == (4.0, 4.0)
        assert value_and_grad(function)(0.5) == (1.5, 3.0)


def test_a_numpy_bool_is_not_true():
    def f(x):
        match x[0] > 1.0:
            case True:
                return x[0] * x[0]
        return x[0] * 3.0

    x = np.array([2.0])
    assert f(x) == 6.0
    assert grad(f)(x) == [3.0]


def test_no_case_matches():
    def f(x, k):
        y = x
        match k:
            case 1:
                y = x * x
        return y

    assert grad(f)(3.0, 1) == 6.0
    assert grad(f)(3.0, 2) == 1.0


def test_names_of_a_pattern_stay_bound_when_the_guard_fails():
    def f(x, y):
        match (x, y):
            case (a, b) if a < 0:
                return b
        return a * b

    assert grad(f, argnums=(0, 1))(3.0, 4.0) == (4.0, 3.0)
    assert grad(f, argnums=(0, 1))(-3.0, 4.0) == (0.0, 1.0)


def test_too_many_positional_patterns_raise_as_in_python():
    def f(x, z):
        match z:
            case complex(a, b):
                return x * a * b

    with pytest.raises(TypeError, match="accepts 0 positional sub-patterns"):
        f(1.0, 1j)
    with pytest.raises(TypeError, match="accepts 0 positional sub-patterns"):
        grad(f)(1.0, 1j)


class Row(AnySequence):
    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def test_a_class_that_is_a_sequence_is_refused_in_a_sequence_pattern():
    def f(x):
        match Row((x, x)):
            case [a, b]:
                return a * b

    with pytest.raises(Unsupported, match="a sequence pattern for a class that is a sequence"):
        grad(f)(2.0)


def test_a_case_is_printed_as_a_branch():
    def f(x):
        match int(x):
            case 0:
                y = x * x
            case 1 | 2:
                y = x * 3.0
            case _:
                y = x
        return y

    g = grad(f)
    assert [g(v) for v in (0.5, 1.5, 2.5, 5.0)] == [1.0, 3.0, 3.0, 1.0]
    assert " and True" not in g.source
    assert "alpha_3 = alpha_1 == 1 or alpha_1 == 2" in g.source
    assert s2sad.jvp(f, (1.5,), (2.0,))[1] == 6.0


class Swallows:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        return kind is KeyError


def test_an_exit_that_may_swallow_is_refused():
    def f(x):
        with Swallows():
            y = x * x
        return y

    with pytest.raises(Unsupported, match="whose __exit__ may swallow exceptions") as refusal:
        grad(f)(2.0)
    assert "with Swallows()" in str(refusal.value)


def test_an_unknown_manager_is_refused_by_name():
    def f(x):
        with tempfile.TemporaryDirectory():
            return x * x

    with pytest.raises(Unsupported, match="the context manager TemporaryDirectory"):
        grad(f)(2.0)


def test_warnings_as_errors_are_refused():
    def f(x):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return x * x

    with pytest.raises(Unsupported, match="warnings as errors"):
        grad(f)(2.0)


@contextlib.contextmanager
def sometimes(x):
    if x > 0:
        yield x
    else:
        yield -x


def test_a_yield_under_a_condition_on_data_is_refused():
    def f(x):
        with sometimes(x) as y:
            return y * y

    with pytest.raises(Unsupported, match="a yield under a condition that depends on data"):
        grad(f)(2.0)


@contextlib.contextmanager
def reporting(name):
    print("begin", name)
    yield
    print("end", name)


def test_what_a_manager_prints_comes_once_and_in_order(capsys):
    def f(x):
        for i in range(2):
            with reporting("a"), reporting("b"):
                print(i)
                if i == 1:
                    return x * x

    f(2.0)
    expected = capsys.readouterr().out
    assert grad(f)(2.0) == 4.0
    assert capsys.readouterr().out == expected
    assert grad(grad(f))(2.0) == 2.0
    assert capsys.readouterr().out == expected


def test_a_file_is_read_and_closed(tmp_path):
    path = str(tmp_path / "factor")
    with open(path, "w") as file:
        file.write("3.5")

    def f(x):
        with open(path) as file:
            k = float(file.read())
        assert file.closed
        return x * k

    assert grad(f)(2.0) == 3.5

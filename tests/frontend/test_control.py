"""match, with and try: what is decided at once, what is refused, and what is raised."""

import contextlib
import dataclasses
import math
import re
import tempfile
import threading
import warnings
from collections.abc import Sequence as AnySequence

import numpy as np
import pytest

import s2sad
from s2sad import grad, hessian, jacfwd, jacrev, jvp, value_and_grad
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


def test_what_is_not_handled_is_raised_as_it_is():
    def f(x):
        try:
            if x < 0:
                raise KeyError("negative")
            y = 1.0 / x
        except ValueError:
            y = x
        return y

    assert grad(f)(2.0) == -0.25
    with pytest.raises(KeyError, match="negative"):
        grad(f)(-1.0)
    with pytest.raises(ZeroDivisionError):
        value_and_grad(f)(0.0)


def test_names_bound_before_a_failure_are_read():
    def f(x):
        k = x
        try:
            k = k * 2.0
            y = 1.0 / x
            k = k * 3.0
            y = y + 1.0 / (x - 1.0)
        except ZeroDivisionError:
            y = k
        return y

    assert [grad(f)(x) for x in (2.0, 1.0, 0.0)] == [-1.25, 6.0, 2.0]


def test_names_that_a_loop_binds_before_a_failure_are_not_read_stale():
    def f(x):
        k = x
        try:
            for _ in range(3):
                k = k * 2.0
                x = x + 1.0 / x
        except ZeroDivisionError:
            x = k
        return x

    with pytest.raises(Unsupported, match="bound in a try body that may have failed") as refusal:
        grad(f)(2.0)
    assert "x = k" in str(refusal.value)


def test_names_bound_before_the_first_statement_that_may_fail_are_read():
    def f(x):
        k = x
        try:
            k = k * 2.0
            y = 1.0 / (x - 1.0)
        except ZeroDivisionError:
            y = k
        return y

    assert value_and_grad(f)(1.0) == (2.0, 2.0)
    assert value_and_grad(f)(3.0) == (0.5, -0.25)


def test_an_effect_in_a_body_that_may_fail_is_refused():
    def f(x):
        try:
            y = 1.0 / x
            print(y)
        except ZeroDivisionError:
            y = x
        return y

    def g(x):
        try:
            print(x)
            y = 1.0 / x
        except ZeroDivisionError:
            y = x
        return y

    with pytest.raises(Unsupported, match=r"an effect .* in a try body that may fail"):
        grad(f)(2.0)
    assert grad(g)(2.0) == -0.25


def test_the_exception_of_a_handler_is_the_one_that_was_raised(capsys):
    def f(x):
        try:
            y = 1.0 / x
        except ZeroDivisionError as error:
            print("caught", error)
            y = x
        return y

    f(0.0)
    printed = capsys.readouterr().out
    assert grad(f)(0.0) == 1.0
    assert capsys.readouterr().out == printed


def test_finally_runs_on_early_exits_and_known_exceptions(capsys):
    def by_index(x, n):
        for i in range(3):
            try:
                if i == n:
                    return x * x
            finally:
                print("left", i)
        return x

    def known(x, n):
        try:
            try:
                raise RuntimeError("seven")
            finally:
                print("left", n)
        except RuntimeError:
            print("caught")
        return x

    for f, n, derivative in ((by_index, 1, 4.0), (by_index, 5, 1.0), (known, 7, 1.0)):
        f(2.0, n)
        printed = capsys.readouterr().out
        assert grad(f)(2.0, n) == derivative
        assert capsys.readouterr().out == printed


def test_exceptions_of_operations_are_asked_for_in_order():
    def f(x, y):
        try:
            a = math.log(x)
            b = 1.0 / y
            c = b - a
        except ValueError:
            c = x
        except ZeroDivisionError:
            c = 2.0 * x
        return c

    assert value_and_grad(f)(-1.0, 0.0) == (-1.0, 1.0)
    assert value_and_grad(f)(1.0, 0.0) == (2.0, 2.0)
    assert value_and_grad(f)(2.0, 1.0) == (1.0 - math.log(2.0), -0.5)


def test_an_operation_whose_result_nobody_reads_may_raise():
    def f(x):
        try:
            for i in range(3):
                1.0 / (x - i)
            y = x
        except ZeroDivisionError:
            y = x * x
        return y

    assert value_and_grad(f)(1.0) == (1.0, 2.0)
    assert value_and_grad(f)(0.5) == (0.5, 1.0)


def test_a_known_exception_on_one_path_is_raised_at_run_time():
    def f(x, d):
        if x < 0:
            return d["missing"] * x
        return d["a"] * x

    assert grad(f)(2.0, {"a": 3.0}) == 3.0
    with pytest.raises(KeyError, match="missing"):
        grad(f)(-2.0, {"a": 3.0})
    with pytest.raises(KeyError, match="missing"):
        grad(lambda x: {"a": x}["missing"])(1.0)


def test_a_try_is_differentiated_twice_and_in_both_modes():
    def f(x):
        try:
            y = math.log(x)
        except ValueError:
            y = x**3
        return y * x

    for x, first, second in ((2.0, math.log(2.0) + 1, 0.5), (-2.0, -32.0, 48.0)):
        assert grad(f)(x) == pytest.approx(first)
        assert s2sad.jvp(f, (x,), (1.0,))[1] == pytest.approx(first)
        assert grad(grad(f))(x) == pytest.approx(second)
        assert s2sad.hessian(f)(x) == pytest.approx(second)


def test_a_try_is_kept_on_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("S2SAD_CACHE", str(tmp_path))
    for _ in range(2):
        g = grad(divided)
        assert g(2.0) == -0.25
        assert g(0.0) == 1.0


def divided(x):
    try:
        y = 1.0 / x
    except ZeroDivisionError:
        y = x
    return y


def test_except_star_is_refused():
    def f(x):
        try:
            y = x * x
        except* ValueError:
            y = x
        return y

    with pytest.raises(Unsupported, match=r"try with except\*"):
        grad(f)(2.0)


def test_sizes_that_do_not_fit_are_handled():
    def f(x, y):
        try:
            z = x + y
        except ValueError:
            z = x * 2.0
        return np.sum(z * z) + np.sum(y)

    x = np.array([1.0, -2.0, 3.0])
    for y in (np.array([0.5, 1.5, 2.0]), np.array([4.0, 5.0]), np.array([2.0])):
        value, (gx, gy) = value_and_grad(f, argnums=(0, 1))(x, y)
        fits = len(y) != 2
        assert value == f(x, y)
        assert np.allclose(gx, 2 * (x + y) if fits else 8 * x)
        expected = 1 + 2 * (x + y) if fits else np.ones(2)
        assert np.allclose(gy, expected if len(y) > 1 else [expected.sum() - 2])


def test_what_runs_after_a_jump_may_raise():
    def f(x):
        try:
            try:
                return x
            finally:
                x = {"a": x}["b"]
        except KeyError:
            x = x * 2.0
        return x * 3.0

    def g(x):
        for i in range(3):
            try:
                try:
                    if x[0] > 0.5 or i == 1:
                        break
                finally:
                    x[i + 1]
            except IndexError:
                x = x * 2.0
        return x[0]

    assert grad(f)(1.0) == 6.0
    assert np.allclose(grad(g)(np.array([0.7, 3.0])), [1.0, 0.0])
    assert np.allclose(grad(g)(np.array([0.1, 3.0])), [4.0, 0.0])


def test_what_a_failing_statement_has_changed_is_not_read():
    def changed(table, x, k):
        table["a"] = x[1] * 5.0
        return x[k]

    def f(x, k):
        table = {"a": x[0]}
        try:
            y = changed(table, x, k)
        except IndexError:
            y = 0.0
        return table["a"] + y

    def g(x, k):
        def bind(value):
            nonlocal scale
            scale = value
            return x[k]

        scale = x[0]
        try:
            y = bind(x[1] * 3.0)
        except IndexError:
            y = 1.0
        return scale * y

    def h(x, k):
        y = x[0]
        try:
            y = x[k] * 2.0
            (1, 2)[5]
        except IndexError:
            pass
        return y

    def in_place(x, k):
        y = x * 1.0
        try:
            with np.errstate(all="raise"):
                np.divide(x, x - x[k], out=y)
        except FloatingPointError:
            y[1] = x[0]
        return y[1]

    x = np.array([0.3, 0.7])
    assert np.allclose(grad(h)(x, 1), [0.0, 2.0])
    assert np.allclose(grad(h)(x, 7), [1.0, 0.0])
    for function in (f, g, in_place):
        with pytest.raises(Unsupported, match="try body"):
            grad(function)(x, 7 if function is not in_place else 1)


def test_a_handler_inside_of_errstate_is_refused():
    def f(x):
        with np.errstate(all="raise"):
            try:
                y = 1.0 / (x - x)
            except FloatingPointError:
                y = x * 3.0
        return y[0]

    with pytest.raises(Unsupported, match="put the with statement into the try body"):
        grad(f)(np.array([0.3, 0.7]))


def test_a_container_changed_after_what_may_fail():
    def f(x):
        found = []
        try:
            found.append(x * x)
            found.append(1.0 / x)
        except ZeroDivisionError:
            return x
        return found[0] * found[-1]

    def g(x):
        found = [x]
        with contextlib.suppress(ZeroDivisionError):
            found[0] = 1.0 / x
        return found[0]

    # The container is changed when nothing can fail any more, and is as it was otherwise.
    assert (grad(f)(2.0), grad(f)(0.0)) == (1.0, 1.0)
    assert (grad(g)(2.0), grad(g)(0.0)) == (-0.25, 1.0)


def test_a_data_dependent_handler_of_a_manager_is_refused():
    @contextlib.contextmanager
    def careful():
        with contextlib.suppress(ZeroDivisionError):
            yield

    def f(x):
        y = x
        with careful():
            y = 1.0 / x
        return y

    with pytest.raises(Unsupported, match="a yield under a condition that depends on data"):
        grad(f)(2.0)


def test_what_is_known_to_be_missing_takes_its_handler():
    def f(x):
        table, row = {"a": x}, [x]
        try:
            y = table.pop("b")
        except KeyError:
            y = table.pop("a") * 2.0
        try:
            row.pop(3)
        except IndexError:
            y = y * row.pop()
        try:
            row.index(5)
        except ValueError as error:
            assert isinstance(error, ValueError)
            y = y * x
        try:
            y = y * x.no_such_attribute
        except AttributeError:
            y = y + float("3")
        return y

    assert value_and_grad(f)(2.0) == (19.0, 24.0)


def test_a_try_in_every_operator():
    def f(x):
        try:
            y = np.array([math.log(x[0]), x[1] * x[0]])
        except ValueError:
            y = x * x
        return y

    def squared(x):
        return np.sum(f(x) ** 2)

    for x, expected in (
        (np.array([2.0, 3.0]), [[0.5, 0.0], [3.0, 2.0]]),
        (np.array([-2.0, 3.0]), [[-4.0, 0.0], [0.0, 6.0]]),
    ):
        assert np.allclose(s2sad.jacrev(f)(x), expected)
        assert np.allclose(s2sad.jacfwd(f)(x), expected)
        vector = np.array([0.7, -1.3])
        product = s2sad.hvp(squared)(x, vector)
        assert np.allclose(product, s2sad.hessian(squared)(x) @ vector)
        value, pullback = s2sad.vjp(f, x)
        assert np.allclose(value, f(x))
        for _ in range(2):
            assert np.allclose(pullback(vector)[0], vector @ np.array(expected))


@dataclasses.dataclass
class Labelled:
    name: str
    value: object


@pytest.mark.parametrize(
    "wrap",
    [
        lambda name, y: (name, y),
        lambda name, y: {"kind": name, "value": [y, None]},
        lambda name, y: Labelled(name, y),
    ],
)
def test_a_result_with_labels_is_returned_from_a_loop(wrap):
    def f(x):
        for v in x:
            name = "found"
            if v > 0.5:
                y = v * x
                return wrap(name, y)
            x = x * 2.0
        return wrap("found", x)

    for x, expected in ((np.array([0.1, 0.2]), [4.0, 4.0]), (np.array([0.7, 0.2]), [1.6, 0.7])):
        value, pullback = s2sad.vjp(f, x)
        assert str(value) == str(f(x))
        assert np.allclose(pullback(wrap("found", np.ones(2)))[0], expected)


def test_what_finally_does_to_a_result_is_not_lost():
    def f(x):
        x = x * 1.0
        for v in x * 1.0:
            y = x[:]
            try:
                if v > 0.5:
                    return y
            finally:
                y *= 2.0
        return x

    for x in ([0.1, 0.7], [0.7, 0.1], [0.1, 0.2]):
        value, pullback = s2sad.vjp(f, np.array(x))
        expected = f(np.array(x))
        assert np.allclose(value, expected)  # each trip doubles all of it
        assert np.allclose(pullback(np.array([0.3, -1.1]))[0], [0.3, -1.1] * (expected / x))


def test_a_name_that_is_not_bound_raises_as_in_python():
    def f(x):
        if x > 1.0:
            y = y + x  # noqa: F821
        else:
            y = 3.0 * x
        return y

    def g(x):
        def inner():
            return scale * x

        if x > 1.0:
            return inner()
        scale = x
        return inner()

    assert grad(f)(0.5) == 3.0
    assert grad(g)(0.5) == 1.0
    for function, kind in ((f, UnboundLocalError), (g, NameError)):
        with pytest.raises(kind) as expected:
            function(2.0)
        with pytest.raises(kind) as found:
            grad(function)(2.0)
        assert str(found.value) == str(expected.value)


def test_a_name_that_a_recursive_path_binds():
    def product(n, x):
        if n > 0:
            y = product(n - 1, x) * x
        if n <= 0:
            y = x
        return y

    def f(x):
        return product(int(x * 0.0 + 3), x)

    assert np.isclose(grad(f)(1.5), 4 * 1.5**3)


def test_a_return_that_reads_what_a_loop_sums_needs_no_variable():
    def f(x):
        total = 0.0
        for i in range(len(x)):
            if x[i] < 0.0:
                return total
            total += x[i] ** 2
        return total

    derivative = grad(f)
    assert np.allclose(derivative(np.array([1.0, 2.0, -3.0, 4.0])), [2.0, 4.0, 0.0, 0.0])
    assert "s2_done = x[s2_index] < 0.0\n" in derivative.source
    assert "s2_result" not in derivative.source


def test_a_loop_that_only_raises():
    def f(x):
        while True:
            y = x * 2.0
            raise ValueError("never")
            return y

    with pytest.raises(s2sad.S2SADError, match="f never returns"):
        grad(f)(2.0)


def test_a_function_that_always_raises_raises_what_it_does():
    def abstract(x):
        raise NotImplementedError("of subclasses")

    def f(x):
        if x[0] > 0.0:
            raise ValueError(f"{x[0]} is positive")
        return abstract(x) * 2.0

    for operator in (grad, value_and_grad, jacrev, jacfwd, hessian):
        with pytest.raises(ValueError, match=re.escape("1.0 is positive")):
            operator(f)(np.ones(1))
        with pytest.raises(NotImplementedError, match="of subclasses"):
            operator(f)(-np.ones(1))
    with pytest.raises(ValueError, match="is positive"):
        jvp(f, (np.ones(1),), (np.ones(1),))


def test_a_lock_made_inside_changes_nothing():
    def f(x):
        lock = threading.Lock()
        with lock:
            y = x * x
        return y

    assert value_and_grad(f)(3.0) == (9.0, 6.0)

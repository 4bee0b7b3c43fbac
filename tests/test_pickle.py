"""Derivatives through pickle and into other processes, forked and spawned."""

from __future__ import annotations

import functools
import multiprocessing
import operator
import pickle

import numpy as np
import pytest

from s2sad import grad, hvp, value_and_grad
from tests import stand_in


def f(x, y=2.0):
    return x * x * y


@grad
def decorated(x):
    return x * x


@value_and_grad(argnums=("y", "x"), has_aux=True)
def with_options(x, y):
    return x * y, "aux"


@grad
@grad
def second(x):
    return x**3


class Model:
    def __init__(self, k):
        self.k = k

    def loss(self, x):
        return self.k * x * x

    @grad(argnums="x")
    def slope(self, x):
        return self.k * x * x

    class Inner:
        @staticmethod
        @grad
        def free(x):
            return x * x


derivative_of_f = grad(f)


@pytest.fixture(autouse=True)
def _compiler(monkeypatch):
    monkeypatch.setenv("S2SAD_CACHE", "0")
    stand_in.install(monkeypatch)


def again(value, protocol=pickle.DEFAULT_PROTOCOL):
    return pickle.loads(pickle.dumps(value, protocol))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_by_reference_of_the_function(protocol):
    df = again(grad(f, "y"), protocol)
    assert df.fun is f
    assert df(3.0) == pytest.approx(9.0)
    assert again(derivative_of_f, protocol)(3.0) == pytest.approx(12.0)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_decorated_function_is_its_own_global(protocol):
    for df in (decorated, with_options, second, Model.slope, Model.Inner.free):
        if protocol < 4 and "." in df.__qualname__:
            continue  # nested names cannot be pickled by these at all
        assert again(df, protocol) is df


def test_compiled_state_does_not_matter():
    df = grad(f)
    before = pickle.dumps(df)
    df(1.0)
    df(np.float32(1))
    assert pickle.dumps(df) == before


def test_everything_comes_along():
    df = again(value_and_grad(lambda_free, argnums=(1, "x"), has_aux=True))
    assert (df.kind, df.argnums, df.has_aux) == ("value_and_grad", (1, "x"), True)
    (value, aux), gradient = df(3.0, 2.0)
    assert (value, aux) == (6.0, 1)
    assert gradient == pytest.approx((3.0, 2.0))


def lambda_free(x, y):
    return x * y, 1


def test_nested_bound_and_partial():
    assert again(grad(grad(f)))(3.0) == pytest.approx(4.0, rel=1e-3)
    assert again(hvp(grad_of_builtin))(1.0, 1.0) == pytest.approx(-np.sin(1.0), rel=1e-3)
    assert again(grad(Model(3.0).loss))(2.0) == pytest.approx(12.0)
    assert again(Model(3.0).slope)(2.0) == pytest.approx(12.0)
    assert again(grad(functools.partial(f, y=5.0)))(3.0) == pytest.approx(30.0)
    assert again(grad(np.sin))(0.0) == pytest.approx(1.0)
    assert again(grad(decorated))(3.0) == pytest.approx(2.0, rel=1e-3)


def grad_of_builtin(x):
    return np.sin(x)


def test_closures_and_lambdas_are_refused_as_functions_are():
    def local(x):
        return x

    @grad
    def local_decorated(x):
        return x

    for fun in (local, lambda x: x):
        with pytest.raises((pickle.PicklingError, AttributeError)) as expected:
            pickle.dumps(fun)
        with pytest.raises(type(expected.value)):
            pickle.dumps(grad(fun))
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(local_decorated)


def work(df, *args):
    """What a worker does, which imports this module anew when spawned."""
    stand_in.install()
    return df(*args)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_other_processes(method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    used = grad(f)
    used(1.0)
    jobs = [(used, 3.0), (decorated, 3.0), (second, 2.0), (Model(3.0).slope, 2.0)]
    with multiprocessing.get_context(method).Pool(2) as pool:
        results = pool.starmap(work, jobs)
    assert results == pytest.approx([12.0, 6.0, 12.0, 12.0], rel=1e-3)


def product(x, y):
    return np.sum(x * y * np.sin(x))


def apply(df, *args):
    return df(*args)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_other_processes_with_the_compiler(method, monkeypatch):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    monkeypatch.undo()
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    jobs = [(grad(product), x, y), (grad(product, "y"), x, y), (decorated, 3.0), (second, 2.0)]
    with multiprocessing.get_context(method).Pool(2) as pool:
        results = pool.starmap(apply, jobs)
    np.testing.assert_allclose(results[0], y * np.sin(x) + x * y * np.cos(x))
    np.testing.assert_allclose(results[1], x * np.sin(x))
    assert results[2:] == pytest.approx([6.0, 12.0])


def test_operator_of_the_standard_library():
    assert again(grad(operator.mul))(2.0, 3.0) == pytest.approx(3.0)

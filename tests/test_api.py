"""The public operators around the compiler: arguments, errors, caching, wrapping, overhead.

The derivatives themselves come from `tests.stand_in` here.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import gc
import inspect
import timeit
import types
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

import s2sad
from s2sad import grad, hessian, hvp, jacfwd, jacobian, jacrev, jvp, specialize, value_and_grad, vjp
from s2sad.backend.load import Compiled, load
from s2sad.errors import ArgumentError, ArgumentIndexError, OutputError
from s2sad.frontend.request import OPERATORS
from s2sad.ir.types import FLOAT, INT, UNKNOWN
from tests import stand_in

SCALE = 2.0


@pytest.fixture(autouse=True)
def compilations(monkeypatch):
    monkeypatch.setenv("S2SAD_CACHE", "0")
    stand_in.install(monkeypatch)
    specialize._shared.clear()
    globals()["SCALE"] = 2.0
    return stand_in.compilations


def f(x, y=2.0):
    """x squared times y."""
    return x * x * y


def close(a, b, tolerance=1e-3):
    """Equal as far as numeric second derivatives can be."""
    assert_allclose(a, b, rtol=tolerance, atol=tolerance)


# ---- calling -----------------------------------------------------------------------------------


def test_grad():
    close(grad(f)(3.0, 5.0), 30.0)
    close(grad(f)(3.0), 12.0)
    close(grad(f)(x=3.0, y=5.0), 30.0)
    close(grad(f, 1)(3.0, 5.0), 9.0)
    close(grad(f, -1)(3.0), 9.0)
    close(grad(f, "y")(3.0, y=5.0), 9.0)
    close(grad(f, ("y", 0))(3.0, 5.0), (9.0, 30.0))
    close(grad(f, (0,))(3.0, 5.0), (30.0,))
    assert isinstance(grad(f, [0, 1])(3.0, 5.0), tuple)


def test_decorators():
    @grad
    def a(x):
        return x * x

    @grad(argnums="y")
    def b(x, y):
        return x * y * y

    @value_and_grad()
    def c(x):
        return x * x

    @grad(has_aux=True)
    def d(x):
        return x * x, "aux"

    close(a(3.0), 6.0)
    close(b(3.0, 2.0), 12.0)
    close(c(3.0), (9.0, 6.0))
    assert d(3.0)[1] == "aux"
    assert a.__name__ == "a" and b.__name__ == "b"


def test_value_and_grad():
    value, gradient = value_and_grad(f, (0, 1))(3.0, 5.0)
    close(value, 45.0)
    close(gradient, (30.0, 9.0))
    (value, aux), gradient = value_and_grad(lambda x: (x * x, [x]), has_aux=True)(3.0)
    close((value, gradient), (9.0, 6.0))
    assert aux == [3.0]


def test_jacobians_and_hessians():
    def g(x):
        return np.array([x[0] * x[1], x[1] ** 2, x[0]])

    x = np.array([2.0, 3.0])
    for operator in (jacfwd, jacrev, jacobian):
        close(operator(g)(x), [[3, 2], [0, 6], [1, 0]])
    assert jacobian is jacrev
    close(hessian(lambda x: x[0] ** 2 * x[1])(x), [[6, 4], [4, 0]])
    v = np.array([1.0, 1.0])
    close(hvp(lambda x: x[0] ** 2 * x[1])(x, v), [10, 4])


def test_hvp_takes_the_vector_last():
    def g(x, k=10.0, *, m=1.0):
        return m * k * x**3

    close(hvp(g)(2.0, 1.0), 120.0)
    close(hvp(g)(2.0, 1.0, 1.0), 12.0)
    close(hvp(g)(2.0, 1.0, m=2.0), 240.0)
    close(hvp(g)(2.0, v=1.0), 120.0)
    close(hvp(g, "x")(k=1.0, x=2.0, v=1.0), 12.0)
    close(hvp(g, (0, 1))(2.0, 1.0, (1.0, 0.0)), (12.0, 12.0))
    with pytest.raises(TypeError, match=r"g\(\) missing 1 required positional argument: 'x'"):
        hvp(g)(1.0)
    with pytest.raises(ArgumentError, match="the vector"):
        hvp(g)(2.0, np.ones(3))
    assert str(inspect.signature(hvp(g))) == "(x, k, v, /, *, m=1.0)"


def test_vjp():
    out, pullback = vjp(f, 3.0, 5.0)
    close(out, 45.0)
    close(pullback(1.0), (30.0, 9.0))
    close(pullback(2), (60.0, 18.0))
    out, pullback, aux = vjp(lambda x: (x * x, "aux"), 3.0, has_aux=True)
    close(pullback(1.0), (6.0,))
    assert aux == "aux"
    out, pullback = vjp(f, 3.0)
    close(pullback(1.0), (12.0,))
    close(vjp(lambda *xs: xs[0] * xs[1], 3.0, 2.0)[1](1.0), (2.0, 3.0))
    out, pullback = vjp(lambda x: {"a": x, "b": (x[0], 3)}, np.ones(2))
    close(pullback({"b": (1.0, None or 0), "a": np.ones(2)})[0], [2.0, 1.0])


def test_jvp():
    close(jvp(f, (3.0, 5.0), (1.0, 0.0)), (45.0, 30.0))
    close(jvp(f, (3.0,), [1]), (18.0, 12.0))
    x = np.ones(3, "f4")
    _, dot = jvp(lambda x: x * x, (x,), (x,))
    assert dot.dtype == np.float32


def test_stop_gradient_is_the_identity():
    value = {"a": [np.ones(2)]}
    assert s2sad.stop_gradient(value) is value


def test_builtins_of_numpy_and_math():
    import math

    close(grad(np.sin)(0.0), 1.0)
    close(grad(math.sin)(0.0), 1.0)
    close(grad(np.multiply, (0, 1))(2.0, 3.0), (3.0, 2.0))


def test_nesting():
    close(grad(grad(lambda x: x**3))(2.0), 12.0)
    close(jacfwd(grad(lambda x: x[0] ** 3))(np.array([2.0])), [[12.0]])
    close(jvp(grad(lambda x: x**3), (2.0,), (1.0,)), (12.0, 12.0))
    close(grad(hvp(lambda x: x**2), "v")(2.0, 1.0), 2.0)


def test_variable_arguments():
    def g(x, *xs, k=1.0, **named):
        return x + sum((i + 2) * v for i, v in enumerate(xs)) + k * named.get("z", 0.0)

    close(grad(g, (0, 1, 2))(1.0, 1.0, 1.0), (1, 2, 3))
    close(grad(g, -1)(1.0, 1.0, 1.0), 3)
    close(grad(g, "z")(1.0, k=4.0, z=1.0), 4)
    close(grad(g, "k")(1.0, z=5.0), 5)


class Model:
    def __init__(self, k):
        self.k = k

    def loss(self, x, y=1.0):
        return self.k * x * x * y

    def __call__(self, x):
        return self.loss(x)

    @grad(argnums="x")
    def slope(self, x):
        """The slope."""
        return self.k * x * x

    @staticmethod
    @grad
    def free(x):
        return x * x


def test_methods_and_other_callables():
    model = Model(3.0)
    close(grad(model.loss)(2.0), 12.0)
    close(grad(model.loss, 1)(2.0), 12.0)
    close(grad(model.loss, ("y", "x"))(2.0), (12.0, 12.0))
    close(grad(model)(2.0), 12.0)
    close(grad(Model.loss, 1)(model, 2.0), 12.0)
    close(model.slope(2.0), 12.0)
    close(Model.slope(model, 2.0), 12.0)
    close(model.slope(x=2.0), 12.0)
    close(grad(model.slope)(2.0), 6.0)
    close(Model.free(3.0), 6.0)
    assert model.slope.__doc__ == "The slope."
    assert "derive" in model.slope.source
    close(grad(functools.partial(f, 3.0))(5.0), 9.0)
    close(grad(functools.partial(f, y=5.0))(3.0), 30.0)
    close(grad(functools.partial(f, y=5.0))(3.0, y=1.0), 6.0)
    close(grad(functools.partial(grad(f), y=5.0))(3.0), 10.0)
    close(grad(functools.lru_cache(f))(3.0), 12.0)


class Pair(NamedTuple):
    a: Any
    b: Any


@dataclasses.dataclass
class Box:
    w: Any


def test_structures():
    def g(p):
        return p["pair"].a * 2 + p["box"].w[0] * 3 + p["list"][0] * 5

    point = {"pair": Pair(1.0, 1.0), "box": Box(np.ones(2)), "list": [1.0]}
    found = grad(g)(point)
    close(found["pair"], (2, 0))
    assert isinstance(found["pair"], Pair) and isinstance(found["box"], Box)
    close(found["box"].w, (3, 0))
    close(found["list"], [5])


# ---- specialization ----------------------------------------------------------------------------


def test_compiled_once_a_signature(compilations):
    df = grad(lambda x: np.sum(x * x))
    for x in (1.0, 2.0, np.ones(3), np.ones(4), np.ones(1), np.ones(3, "f4"), 3.0, np.ones(5)):
        close(df(x), 2 * x, 0.1)  # in float32 differences are that coarse
    assert len(compilations) == 4


def test_changed_globals_and_cells_are_noticed(compilations):
    k = 1.0

    def g(x):
        return SCALE * k * x

    dg = grad(g)
    close(dg(1.0), 2.0)
    globals()["SCALE"] = 3.0
    close(dg(1.0), 3.0)
    k = 2.0
    close(dg(1.0), 6.0)
    assert len(compilations) == 3
    globals()["SCALE"] = float("2.0")
    k = 1.0
    close(dg(1.0), 2.0)
    assert len(compilations) == 3, "an older specialization is valid again"


def test_another_function_of_the_same_code_is_not_compiled_again(compilations):
    for k in (1.0, 1.0, 2.0, 1.0):
        grad(lambda x: k * x)(1.0)
    assert len(compilations) == 3

    compilations.clear()
    for i in range(5):
        batch = np.full(3, float(i))
        close(grad(lambda x: np.sum(x * batch))(np.ones(3)), batch)


def test_demanded_values_are_static(compilations):
    def g(x, n_static, m=1):
        return x**n_static * m

    dg = grad(g)
    for n in (2, 3, 2, 3, 2):
        close(dg(2.0, n), n * 2.0 ** (n - 1))
    assert len(compilations) == 2
    dg(2.0, np.array(2))
    assert len(compilations) == 3


def test_the_caches_are_bounded(monkeypatch):
    monkeypatch.setattr(specialize, "MAX_ENTRIES", 10)
    dg = grad(lambda x, n_static, s: x * n_static)
    for i in range(50):
        close(dg(1.0, i, str(i)), i)
    cases = dg._cases
    sizes = [len(d) for d in (cases.entries, cases._variants, cases._demands, specialize._shared)]
    assert max(sizes) <= 11


def test_derivatives_are_collected():
    import weakref

    def make():
        big = np.ones(3)

        def g(x):
            return np.sum(x * big)

        dg = grad(g)
        dg(np.ones(3))
        return weakref.ref(dg), weakref.ref(g)

    refs = make()
    specialize._shared.clear()
    gc.collect()
    assert [r() for r in refs] == [None, None]


# ---- errors ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (3, r"respect to x, which is an int \(3\)\n.*pass a float, such as 3.0"),
        (True, r"which is a bool \(True\)"),
        ("ab", r"which is a str \('ab'\)"),
        (None, "which is None"),
        (np.int32(3), r"which is an int32"),
        (np.arange(3), r"which is an array of dtype int64\n.*x.astype\(float\)"),
        ([1.0, 2], r"respect to x\[1\], which is an int"),
        ({"w": {"n": 3}}, r"respect to x\['w'\]\['n'\]"),
        (Pair(1.0, "b"), r"respect to x\.b, which is a str"),
        (Box((np.ones(2), True)), r"respect to x\.w\[1\]"),
        (object(), "which is an object"),
        (np.random.default_rng(0), "which is a Generator"),
    ],
)
def test_arguments_without_derivative(value, message):
    with pytest.raises(ArgumentError, match=message) as caught:
        grad(lambda x: x)(value)
    assert isinstance(caught.value, TypeError)


def test_an_argument_that_is_left_out_may_be_anything():
    close(grad(lambda x, n: x * n)(1.0, 3), 3.0)


def test_none_inside_a_structure_is_let_through(monkeypatch):
    monkeypatch.setattr(s2sad.pipeline, "compile_derivative", _bare)
    assert grad(lambda p: p["x"])({"x": 1.0, "none": None}) == 1.0


def test_items_of_variable_arguments_are_named():
    with pytest.raises(ArgumentError, match=r"respect to xs\[1\]"):
        grad(lambda *xs: xs[0], (0, 1))(1.0, 2)
    with pytest.raises(ArgumentError, match=r"respect to kw\['n'\]"):
        grad(lambda **kw: kw["n"], "n")(n=1)


@pytest.mark.parametrize(
    ("argnums", "kind"),
    [(2, ArgumentIndexError), ("z", ArgumentIndexError), ((0, "x"), ArgumentIndexError)],
)
def test_argnums_are_checked_before_the_call(argnums, kind):
    with pytest.raises(kind):
        grad(f, argnums)


def test_argnums_of_a_bound_method_do_not_reach_self():
    model = Model(1.0)
    for argnums in (2, -3, "self"):
        with pytest.raises(ArgumentIndexError):
            grad(model.loss, argnums)


@pytest.mark.parametrize(
    ("args", "kwargs"), [((), {}), ((1.0, 2.0, 3.0), {}), ((1.0,), {"z": 1}), ((1.0,), {"x": 1})]
)
def test_a_wrong_call_fails_as_the_function_does(args, kwargs):
    messages = []
    for function in (f, grad(f)):
        with pytest.raises(TypeError) as caught:
            function(*args, **kwargs)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


def test_wrong_numbers_of_primals():
    with pytest.raises(TypeError, match="takes from 1 to 2 positional arguments but 3 were given"):
        vjp(f, 1.0, 2.0, 3.0)
    with pytest.raises(ArgumentError, match="without primals"):
        vjp(f)
    with pytest.raises(ArgumentError, match="tangents is a tuple of 2, where a tuple of 1"):
        jvp(f, (1.0,), (1.0, 2.0))
    with pytest.raises(ArgumentError, match="primals as a tuple, not as a float"):
        jvp(f, 1.0, (1.0,))


X = np.ones(3)


@pytest.mark.parametrize(
    ("primal", "tangent", "message"),
    [
        (
            X,
            np.ones(4),
            r"tangents\[0\] is an array of shape \(4,\).*where .* shape \(3,\)",
        ),
        (X, np.ones((3, 1)), "shape"),
        (X, np.ones(3, "f4"), "dtype float32, where .* dtype float64"),
        (X, np.ones(3, int), "dtype int64"),
        (X, 1.0, "a float"),
        (X, [1.0, 1.0, 1.0], "a list of 3"),
        (1.0, np.ones(2), "shape"),
        (1.0, 1j, "complex"),
        (1.0, "a", "str"),
        ({"a": 1.0}, {"b": 1.0}, "a dict with keys 'b', where a dict with keys 'a'"),
        ({"a": X}, {"a": 1.0}, r"tangents\[0\]\['a'\]"),
        ([X], (X,), "a tuple of 1, where a list of 1"),
        (Pair(1.0, 1.0), (1.0, 1.0), "where a Pair"),
        (Pair(1.0, X), Pair(1.0, 1.0), r"tangents\[0\]\.b"),
    ],
)
def test_tangents_that_do_not_fit(primal, tangent, message):
    with pytest.raises(ArgumentError, match=message):
        jvp(lambda x: x, (primal,), (tangent,))


def test_cotangents_that_do_not_fit():
    _, pullback = vjp(lambda x: (x, {"s": np.sum(x)}), X)
    close(pullback((X, {"s": 1.0}))[0], [2, 2, 2])
    for wrong, message in [
        (X, "the cotangent is an array .* where a tuple of 2"),
        ((X, {"s": X}), r"the cotangent\[1\]\['s'\]"),
        ((X, {"t": 1.0}), "dict with keys 't'"),
        ((X[:2], {"s": 1.0}), r"the cotangent\[0\] is an array of shape \(2,\)"),
    ]:
        with pytest.raises(ArgumentError, match=message):
            pullback(wrong)


def test_output_that_is_no_number():
    with pytest.raises(OutputError):
        grad(lambda x: x)(X)


def test_exceptions_of_the_function_pass():
    class Mine(Exception):
        pass

    def g(x):
        raise Mine("here")

    dg = grad(g)
    for _ in range(2):
        with pytest.raises(Mine, match="here"):
            dg(1.0)


def test_subclasses_of_arrays_are_refused():
    with pytest.raises(ArgumentError, match=r"'x' is a numpy\.ma\.\S*MaskedArray"):
        grad(lambda x: np.sum(x))(np.ma.masked_array([1.0]))


# ---- wrapping ----------------------------------------------------------------------------------


def test_it_looks_like_the_function():
    df = grad(f)
    assert (df.__name__, df.__qualname__, df.__module__) == ("f", "f", __name__)
    assert df.__doc__ == "x squared times y."
    assert inspect.signature(df) == inspect.signature(f)
    assert df.fun is f
    assert callable(df)
    assert repr(df) == "<grad of f with respect to 0>"
    assert repr(grad(functools.partial(f, 1.0), -1)) == "<grad of f with respect to -1>"
    assert inspect.signature(s2sad.derivative.Derivative).parameters["fun"]


def test_getsource_gives_the_generated_code(compilations):
    df = grad(lambda x: x * x)
    assert inspect.signature(df) is not None
    assert compilations == [], "to look at the signature does not compile"
    for _ in range(2):
        source = inspect.getsource(df)
        assert source == df.source
        assert source.startswith("def lambda_grad(x):")
        df(1.0)
    assert inspect.unwrap(df).__code__.co_filename.startswith("<s2sad lambda_grad ")
    assert "class Derivative" in inspect.getsource(type(df))


def test_source_is_that_of_the_last_signature():
    df = grad(lambda x, y=None: x)
    df(1.0)
    assert "# 2 parameters" in df.source


def test_types_before_the_first_call(monkeypatch):
    found = []

    def compile_derivative(request, params):
        found.append([getattr(p.tree, "type", p.tree) for p in params])
        return stand_in.compile_derivative(request, params)

    monkeypatch.setattr(s2sad.pipeline, "compile_derivative", compile_derivative)

    def g(a: float, b: int, c: NDArray[np.float32], d, e=1.0, *args, k="relu", **kw):
        return a

    dg = grad(g)
    assert "g_grad" in dg.source
    assert found[0][:2] == [FLOAT, INT]
    assert (found[0][2].dtype, found[0][2].dims) == (np.dtype("f4"), None)
    assert found[0][3] == UNKNOWN
    assert found[0][4] == FLOAT
    assert found[0][6].value == "relu"
    dg.source_for({"d": INT})
    assert found[1][3] == INT


def test_copies():
    df = grad(f, "y")
    for other in (copy.copy(df), copy.deepcopy(df)):
        assert other is not df
        close(other(3.0, 5.0), 9.0)


def test_all_names_exist():
    for name in s2sad.__all__:
        assert hasattr(s2sad, name)
    assert OPERATORS[jacobian] == "jacrev"
    assert set(OPERATORS.values()) <= set(s2sad.__all__)


def test_documentation_is_complete():
    for operator in OPERATORS:
        assert ">>>" in operator.__doc__


# ---- overhead ----------------------------------------------------------------------------------


def _bare(request, params):
    names = ", ".join(request.parameters.names)
    space = load(f"def bare({names}):\n    return 1.0\n")
    return Compiled(space["bare"], "", stand_in.captures_of(request.root))


def _tree(p):
    return p["a"] * SCALE


@pytest.mark.parametrize(
    ("function", "argument", "microseconds"),
    [
        (f, 1.0, 1.0),
        (lambda x: x * SCALE, 1.0, 1.0),
        (lambda x: x, np.ones((3, 4)), 2.0),
        (_tree, {k: np.ones((3, 4)) for k in "abcd"}, 6.0),
    ],
    ids=["float", "float and a global", "array", "dict of four arrays"],
)
def test_overhead_of_a_call(monkeypatch, function, argument, microseconds):
    monkeypatch.setattr(s2sad.pipeline, "compile_derivative", _bare)
    df = grad(function)
    df(argument)
    bare = df._cases.latest.call
    args = (argument, 2.0)[: len(inspect.signature(function).parameters)]

    def measure(call):
        return min(timeit.repeat(lambda: call(*args), number=5000, repeat=15)) / 5000 * 1e6

    overhead = measure(df) - measure(bare)
    print(f"\n{overhead:.2f} µs")
    assert overhead < microseconds


def test_pipeline_is_imported_at_the_first_call():
    assert isinstance(s2sad.pipeline, types.ModuleType)

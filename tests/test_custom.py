"""Functions that state their own derivatives, against closed forms, JAX and numeric derivatives."""

from __future__ import annotations

import ctypes
import ctypes.util
import dataclasses
import functools
import os
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest

from s2sad import (
    ArgumentError,
    ArgumentIndexError,
    NoRule,
    OutputError,
    Unsupported,
    custom_jvp,
    custom_vjp,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacrev,
    jvp,
    stop_gradient,
    value_and_grad,
    vjp,
)
from s2sad.testing import check_grads

RNG = np.random.default_rng(11)
X = RNG.normal(size=5)
Y = RNG.normal(size=5)


# ---- opaque functions --------------------------------------------------------------------------

libm = ctypes.CDLL(ctypes.util.find_library("m"))
c_sin, c_cos = libm.sin, libm.cos
for c_function in (c_sin, c_cos):
    c_function.restype, c_function.argtypes = ctypes.c_double, [ctypes.c_double]


@custom_jvp
def sin(x):
    return float(c_sin(x))


@custom_jvp
def cos(x):
    return float(c_cos(x))


@sin.defjvp
def sin_jvp(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return sin(x), cos(x) * x_dot


cos.defjvps(lambda x_dot, ans, x: -sin(x) * x_dot)


def test_functions_of_c_to_the_third_order():
    check_grads(lambda x: sin(x) * x, (0.7,), order=3)
    f = grad(grad(grad(lambda x: sin(x) * x)))
    wanted = -3.0 * np.sin(0.7) - 0.7 * np.cos(0.7)
    assert f(0.7) == pytest.approx(wanted, rel=1e-13)


bare_sin = custom_jvp(c_sin)
bare_sin.defjvps(lambda x_dot, ans, x: bare_cos(x) * x_dot)
bare_cos = custom_vjp(c_cos)
bare_cos.defvjp(lambda x: (bare_cos(x), x), lambda x, g: (-bare_sin(x) * g,))


def test_a_function_of_c_without_a_wrapper():
    def f(x):
        return bare_sin(x) * x + bare_cos(2.0 * x)

    wanted = 0.7 * np.cos(0.7) + np.sin(0.7) - 2 * np.sin(1.4)
    assert grad(f)(0.7) == pytest.approx(wanted, rel=1e-14)
    assert jvp(f, (0.7,), (2.0,))[1] == pytest.approx(2 * wanted, rel=1e-14)
    second = 2 * np.cos(0.7) - 0.7 * np.sin(0.7) - 4 * np.cos(1.4)
    assert grad(grad(f))(0.7) == pytest.approx(second, rel=1e-13)


def solved(a, b):
    return np.linalg.inv(a.copy()) @ b


def opaque_solve(a, b):
    with np.errstate(all="ignore"):  # no statement of the accepted language
        try:
            return solved(a, b)
        finally:
            pass


@custom_vjp
def solve(a, b):
    return opaque_solve(a, b)


def solve_fwd(a, b):
    x = solve(a, b)
    return x, (a, x)


def solve_bwd(residuals, g):
    a, x = residuals
    y = solve(a.T, g)
    return -np.outer(y, x), y


solve.defvjp(solve_fwd, solve_bwd)


def test_what_cannot_be_walked_needs_no_walk():
    a = RNG.normal(size=(5, 5)) + 4.0 * np.eye(5)

    def f(a, b):
        return np.sum(np.sin(solve(a, b)) * b)

    found = grad(f, (0, 1))(a, X)
    x = np.linalg.solve(a, X)
    y = np.linalg.solve(a.T, np.cos(x) * X)
    wanted = -np.outer(y, x), y + np.sin(x)
    np.testing.assert_allclose(found[0], wanted[0], rtol=1e-9)
    np.testing.assert_allclose(found[1], wanted[1], rtol=1e-9)


def test_an_opaque_rule_has_no_second_derivative():
    f = custom_vjp(lambda x: float(c_sin(x)))
    f.defvjp(lambda x: (float(c_sin(x)), x), lambda x, g: (g * float(c_cos(x)),))
    assert grad(lambda x: f(x) * 2.0)(0.7) == pytest.approx(2.0 * np.cos(0.7))
    with pytest.raises(NoRule, match="cos"):
        grad(grad(lambda x: f(x) * 2.0))(0.7)


# ---- custom_vjp --------------------------------------------------------------------------------


@functools.partial(custom_vjp, nondiff_argnums=(0,))
def affine(n, p, x, k=2.0):
    return n * p["a"] * x, p["b"] + k * np.sum(x)


def affine_fwd(n, p, x, k):
    return affine(n, p, x, k), (p, x, k)


def affine_bwd(n, residuals, g):
    p, x, k = residuals
    g1, g2 = g
    return {"a": n * np.sum(g1 * x), "b": g2}, n * p["a"] * g1 + k * g2, g2 * np.sum(x)


affine.defvjp(affine_fwd, affine_bwd)


def by_name(p, x):
    y, z = affine(3, p, k=1.5, x=x)
    return np.sum(y**2) * z


def one_result(p, x):
    return np.sum(affine(3, p, x)[0] ** 2)


def in_a_loop(p, x, n=3):
    s = 0.0
    for _ in range(n):
        y, z = affine(2, p, x)
        x = np.sin(y)
        if z > 0:
            s = s + z * z
    return s + np.sum(x)


@pytest.mark.parametrize("f", [by_name, one_result, in_a_loop])
def test_structures_options_and_control_flow(f):
    check_grads(f, ({"a": 0.7, "b": -1.3}, X), order=2)
    check_grads(f, ({"a": -0.4, "b": 2.3}, X), order=2)


def test_every_operator():
    p = {"a": 0.7, "b": -1.3}

    def plain(x):
        return np.sum((3 * 0.7 * x) ** 2) * (-1.3 + 1.5 * np.sum(x))

    for operator in (grad, jacrev, jacfwd, hessian):
        found, wanted = operator(lambda x: by_name(p, x))(X), operator(plain)(X)
        np.testing.assert_allclose(found, wanted, rtol=1e-11)
    np.testing.assert_allclose(hvp(lambda x: by_name(p, x))(X, Y), hvp(plain)(X, Y), rtol=1e-11)
    value, found = value_and_grad(lambda x: by_name(p, x))(X)
    assert value == pytest.approx(plain(X))
    _, pull = vjp(lambda x: affine(2, p, x), X)
    np.testing.assert_allclose(pull((Y, 0.3))[0], 1.4 * Y + 0.6, rtol=1e-13)
    np.testing.assert_allclose(jacrev(lambda x: affine(2, p, x)[0])(X), 1.4 * np.eye(5), rtol=1e-13)


def test_jax_does_the_same_with_the_same_program(jax):
    def build(decorate, np_):
        f = decorate(lambda x, y: np_.exp(x) * y)
        f.defvjp(
            lambda x, y: (np_.exp(x) * y, (np_.exp(x), y)),
            lambda r, g: (0.5 * g * r[0] * r[1], g * r[0] + 1.0),
        )
        return lambda x, y: np_.sum(f(np_.sin(x), y) ** 2)

    ours, theirs = build(custom_vjp, np), build(jax.custom_vjp, jax.numpy)
    for argnums in (0, 1):
        found, wanted = grad(ours, argnums)(X, Y), jax.grad(theirs, argnums)(X, Y)
        np.testing.assert_allclose(found, wanted, rtol=1e-13)  # a wrong rule counts, too
        found = jacrev(grad(ours, argnums), 0)(X, Y)
        wanted = jax.jacrev(jax.grad(theirs, argnums), 0)(X, Y)
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


@custom_vjp
def clipped(low, high, x):
    return x


clipped.defvjp(
    lambda low, high, x: (x, (low, high)),
    lambda limits, g: (None, None, np.clip(g, limits[0], limits[1])),
)


def test_the_identity_with_another_gradient():
    x = np.array([3.0, 0.1, -2.0])
    g = grad(lambda x: np.sum(clipped(-1.0, 1.5, x) ** 2))
    np.testing.assert_array_equal(g(x), [1.5, 0.2, -1.0])
    assert grad(clipped, 2)(-1.0, 0.25, 3.0) == 0.25
    assert clipped(-1.0, 0.25, 3.0) == 3.0
    kept = x.copy()
    out, pull = vjp(lambda x: clipped(-1.0, 1.0, x), x)
    pull(out)
    np.testing.assert_array_equal(x, kept)
    again = g(x)
    again *= 0.0  # the gradient is nobody else's array
    np.testing.assert_array_equal(g(x), [1.5, 0.2, -1.0])


def test_forward_mode_of_a_bwd_that_is_not_linear_is_refused():
    for derive in (lambda f: jvp(f, (X,), (Y,)), lambda f: jacfwd(f)(X)):
        with pytest.raises(Unsupported, match="bwd of clipped, which is not linear"):
            derive(lambda x: clipped(-1.0, 1.0, x))


@custom_vjp
def masked(x):
    return x * 2.0


masked.defvjp(lambda x: (x * 2.0, None), lambda r, g: (np.where(g > 0.0, g, 0.0) * 2.0,))


@custom_vjp
def normalized(x):
    return x * 2.0


normalized.defvjp(lambda x: (x * 2.0, None), lambda r, g: (g / np.sum(g * g),))


@custom_vjp
def looping(x):
    return x * 8.0


def looping_bwd(_, g):
    for _ in range(3):
        g = g * 2.0 if np.sum(g) > -1e9 else g
    return (g,)


looping.defvjp(lambda x: (x * 8.0, None), looping_bwd)


@pytest.mark.parametrize("f", [masked, normalized, looping])
def test_every_way_not_to_be_linear_is_seen(f):
    with pytest.raises(Unsupported, match="not linear in the cotangent"):
        jvp(f, (X,), (Y,))


def test_a_linear_bwd_with_a_loop_is_transposed():
    f = custom_vjp(lambda a, x: np.cumsum(x) * a)

    def bwd(r, g):
        a, x = r
        out = g * a
        total, parts = 0.0, []
        for i in range(5):
            total = total + out[4 - i]
            parts.append(total)
        return np.sum(g * np.cumsum(x)), np.array(parts)[::-1]

    f.defvjp(lambda a, x: (f(a, x), (a, x)), bwd)
    check_grads(lambda a, x: np.sum(np.sin(f(a, x))), (1.3, X), order=2)


# ---- custom_jvp --------------------------------------------------------------------------------


@custom_jvp
def softplus(x):
    return np.logaddexp(x, 0.0)


@softplus.defjvp
def softplus_jvp(primals, tangents):
    (x,) = primals
    (x_dot,) = tangents
    return softplus(x), x_dot / (1.0 + np.exp(-x))


def test_transposed_to_reverse_mode():
    def f(w, x):
        for _ in range(3):
            x = softplus(w * x) - 0.5
        return np.sum(x * Y)

    check_grads(f, (0.8, X), order=2)
    g = grad(f)
    g(0.8, X)
    code = re.sub("#.*", "", g.source)
    assert "x_dot" not in code.replace("beta_x_dot", "")  # no tangent is left


def test_reverse_mode_reads_shapes_of_tangents_only():
    f = custom_jvp(lambda a, b: np.sum(a) * b)
    f.defjvp(lambda p, t: (np.sum(p[0]) * p[1], np.sum(t[0] * 1.0) * p[1] + np.sum(p[0]) * t[1]))
    check_grads(lambda a, b: np.sum(f(np.sin(a), b) ** 2), (X, RNG.normal(size=3)), order=2)


def test_arguments_without_a_tangent_and_nondiff():
    f = custom_jvp(lambda power, x, y: x**power * y, nondiff_argnums=(0,))
    f.defjvp(
        lambda power, p, t: (
            p[0] ** power * p[1],
            power * p[0] ** (power - 1) * p[1] * t[0] + p[0] ** power * t[1],
        )
    )
    check_grads(lambda x, y: f(3, x, y), (X, Y), order=2)
    check_grads(lambda x: np.sum(f(3, x, 2.0)), (X,), order=2)
    assert grad(lambda x, n: f(n, x, 2.0))(2.0, 3) == 24.0


def test_one_function_for_each_argument():
    f = custom_jvp(lambda x, y, z: x * y**2 * z)
    f.defjvps(lambda t, ans, x, y, z: y**2 * z * t, lambda t, ans, x, y, z: 2.0 * ans / y * t, None)
    check_grads(lambda x, y: np.sum(f(x, y, 0.3)), (X, Y), order=2)
    assert grad(lambda z: f(1.0, 2.0, z))(3.0) == 0.0


@custom_jvp
def squared(x):
    return x * x


def test_a_jvp_that_is_not_linear_is_refused_in_reverse_mode():
    squared.defjvp(lambda p, t: (p[0] ** 2, 2.0 * p[0] * t[0] ** 2))
    with pytest.raises(Unsupported, match="jvp rule of squared, which is not linear"):
        grad(squared)(2.0)
    squared.defjvp(lambda p, t: (p[0] ** 2, 2.0 * p[0] * t[0]))
    assert grad(squared)(2.0) == 4.0


class Model:
    def __init__(self, k):
        self.k = k

    @custom_jvp
    def cube(self, x):
        return self.k * x**3

    cube.defjvps(None, lambda t, ans, self, x: 3.0 * self.k * x**2 * t)


def test_methods():
    model = Model(2.0)
    assert grad(lambda x: model.cube(x))(2.0) == 24.0
    assert grad(model.cube)(2.0) == 24.0
    assert model.cube(2.0) == 16.0


# ---- what is refused ---------------------------------------------------------------------------


@custom_vjp
def double(x):
    return x * 2.0


WRONG = {
    "returns f8 for a value of type f8": (lambda x: (x * 2.0, None), lambda r, g: (np.sum(g),)),
    "bwd of double returns array": (lambda x: (x * 2.0, None), lambda r, g: g * 2.0),
    "bwd of double returns 2 for 1": (lambda x: (x * 2.0, None), lambda r, g: (g, g)),
    "fwd of double returns no pair": (lambda x: x * 2.0, lambda r, g: (g,)),
    "fwd of double returns f8 where": (lambda x: (np.sum(x), None), lambda r, g: (g,)),
    "fwd of double returns another structure": (
        lambda x: ((x, x), None),
        lambda r, g: (g,),
    ),
    "another structure for argument 0": (lambda x: (x * 2.0, None), lambda r, g: ((g, g),)),
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_rules(message):
    double.defvjp(*WRONG[message])
    with pytest.raises(OutputError, match=message):
        grad(lambda x: np.sum(double(x)))(X)


def test_a_cotangent_of_another_length():
    double.defvjp(lambda x: (x * 2.0, None), lambda r, g: (g[:2],))
    with pytest.raises(AssertionError, match="bwd of double returns another shape"):
        grad(lambda x: np.sum(double(x)))(X)


def test_a_tangent_of_another_shape():
    f = custom_jvp(lambda x: x * 2.0)
    f.defjvp(lambda p, t: (p[0] * 2.0, np.sum(t[0])))
    for derive in (lambda: jvp(f, (X,), (Y,)), lambda: grad(lambda x: np.sum(f(x)))(X)):
        with pytest.raises(OutputError, match="jvp rule of <lambda> returns"):
            derive()


def test_no_rule_yet():
    f = custom_vjp(lambda x: x * 2.0)
    with pytest.raises(NoRule, match="defvjp"):
        grad(f)(2.0)
    f.defvjp(lambda x: (x * 2.0, None), lambda r, g: (g * 2.0,))
    assert grad(f)(2.0) == 2.0


def test_derivatives_that_would_be_lost():
    p = {"a": 0.7, "b": -1.3}
    with pytest.raises(Unsupported, match="nondiff_argnums"):
        grad(lambda n: np.sum(affine(n, p, X)[0]))(2.0)
    kept = grad(lambda n: np.sum(affine(stop_gradient(n), p, X)[0]))(2.0)
    assert kept == 0.0

    @functools.partial(custom_vjp, nondiff_argnums=(0,))
    def apply(f, x):
        return f(x)

    apply.defvjp(lambda f, x: (f(x), x), lambda f, x, g: (g * 3.0,))
    assert grad(lambda x: apply(np.sin, x) * 2.0)(0.5) == 6.0
    with pytest.raises(Unsupported, match="handed to apply"):
        grad(lambda a, x: apply(lambda x: a * x, x))(2.0, 3.0)


def test_malformed_declarations():
    with pytest.raises(ArgumentError):
        custom_vjp(3)
    with pytest.raises(ArgumentError, match="fwd"):
        double.defvjp(None, lambda r, g: (g,))
    with pytest.raises(ArgumentIndexError):
        custom_vjp(lambda x: x, nondiff_argnums=("x",))
    with pytest.raises(TypeError, match="missing"):
        grad(lambda x: affine(3, x))(2.0)


# ---- caches, pickling --------------------------------------------------------------------------


def test_another_rule_is_another_derivative():
    f = custom_vjp(lambda x: x * 2.0)
    g = grad(lambda x: f(x) * 3.0)
    for k in (2.0, 5.0, 2.0):
        f.defvjp(lambda x: (x * 2.0, None), lambda r, g, k=k: (g * k,))
        assert g(1.0) == 3.0 * k


PROGRAM = """
import numpy as np
from s2sad import checkpoint, custom_jvp, custom_vjp, grad


def helper(g):
    return g * {0}


@custom_vjp
def f(x):
    return x * x


f.defvjp(lambda x: (f(x), x), lambda x, g: (helper(g) * x * {1},))


@checkpoint
def again(x):
    return np.sin(x) * {2}


@custom_jvp
def third(x):
    return x**3


third.defjvps(lambda t, ans, x: {3} * x**2 * t)


def loss(x):
    return f(again(third(x)))


print(grad(loss)(0.9), grad(f)(3.0))
"""


def test_an_edited_rule_is_not_served_from_disk(tmp_path):
    env = {**os.environ, "S2SAD_CACHE": "1", "S2SAD_CACHE_DIR": str(tmp_path / "cache")}
    seen, counts = [], []
    given = [1.0, 2.0, 1.0, 3.0]
    for i in (None, None, 0, 1, 2, 3):
        if i is not None:
            given[i] *= 2.0
        (tmp_path / "program.py").write_text(PROGRAM.format(*given))
        run = subprocess.run(
            [sys.executable, tmp_path / "program.py"], env=env, capture_output=True, text=True
        )
        assert not run.returncode, run.stderr
        seen.append(tuple(map(float, run.stdout.split())))
        counts.append(len(list((tmp_path / "cache").iterdir())))
    a, b, c, d = given
    x, y = 0.9**3, np.sin(0.9**3) * c
    assert seen[-1] == pytest.approx((a * b * y * c * np.cos(x) * d * 0.81, a * b * 3.0))
    assert seen[0] == seen[1] and counts[0] == counts[1]  # the second run compiled nothing
    assert len(set(seen)) == 5


def test_pickle():
    assert pickle.loads(pickle.dumps(affine)) is affine
    restored = pickle.loads(pickle.dumps(custom_vjp(np.sin, nondiff_argnums=(1,))))
    assert restored.fun is np.sin and restored.nondiff == (1,)
    made = custom_jvp(np.tanh)
    made.defjvps(tanh_tangent)
    again = pickle.loads(pickle.dumps(made))
    assert grad(lambda x: again(x))(0.5) == pytest.approx(7.0)


def tanh_tangent(t, ans, x):
    return 7.0 * t


def test_another_rule_of_a_method_is_another_derivative():
    class Gain:
        @custom_vjp
        def times(self, x):
            return x

    gain = Gain()
    derived = [grad(lambda x: gain.times(x)), grad(gain.times), grad(of_given, 1)]
    for k in (3.0, 5.0):
        Gain.times.defvjp(lambda self, x: (x, None), lambda r, g, k=k: (None, g * k))
        assert derived[0](2.0) == derived[1](2.0) == k
    given = Given(2.0)
    for k in (3.0, 5.0):
        Given.times.defvjp(lambda self, x: (x, None), lambda r, g, k=k: (None, g * k))
        assert derived[2](given, 2.0) == k


@dataclasses.dataclass
class Given:
    size: float

    @custom_vjp
    def times(self, x):
        return x * self.size


def of_given(given, x):
    return given.times(x)


def test_a_default_is_part_of_what_is_cached(tmp_path):
    program = "import sys\nfrom s2sad import grad\n"
    program += "h = (lambda k: lambda x, k=k: x * k)(float(sys.argv[1]))"
    (tmp_path / "program.py").write_text(
        f"{program}\n\n\ndef loss(x):\n    return h(x)\n\n\nprint(grad(loss)(2.0))\n"
    )
    env = {**os.environ, "S2SAD_CACHE": "1", "S2SAD_CACHE_DIR": str(tmp_path / "cache")}
    for k in (3.0, 5.0):
        run = subprocess.run(
            [sys.executable, tmp_path / "program.py", str(k)],
            env=env, capture_output=True, text=True,
        )  # fmt: skip
        assert float(run.stdout) == k, run.stderr


def made_inside(x):
    @custom_vjp
    def square(x):
        return x * x

    return square(x)


def test_a_function_made_inside_is_refused():
    with pytest.raises(Unsupported, match="custom_vjp inside a function"):
        grad(made_inside)(2.0)

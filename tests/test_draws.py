"""Random draws: made once, with the function's own numbers, and with derivatives in parameters."""

# ruff: noqa: NPY002 - the functions of np.random are to be differentiated, too

from __future__ import annotations

import copy
import functools
import math
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from s2sad import (
    NoRule,
    Unsupported,
    grad,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    stop_gradient,
    value_and_grad,
    vjp,
)
from s2sad.frontend.source import attach_source
from s2sad.rules import laws
from s2sad.rules.table import draw_rules
from s2sad.testing import check_grads

EXPLICIT = {
    "normal": (0.5, 1.2), "laplace": (0.5, 1.2), "logistic": (0.5, 1.2), "gumbel": (0.5, 1.2),
    "uniform": (-0.5, 1.7), "lognormal": (0.5, 0.6), "exponential": (1.3,), "rayleigh": (1.3,),
    "weibull": (1.3,), "power": (1.3,), "pareto": (2.3,), "triangular": (-0.5, 0.3, 1.2),
}  # fmt: skip
IMPLICIT = {
    "standard_gamma": (1.7,), "gamma": (0.6, 1.3), "chisquare": (2.4,), "beta": (0.7, 2.1),
    "standard_t": (3.1,), "f": (2.2, 3.4), "wald": (1.1, 0.8), "vonmises": (0.2, 1.4),
}  # fmt: skip
GENERATORS = ("np.random.default_rng(seed)", "np.random.RandomState(seed)")


def drawing(name, generator, count, size):
    """The function that draws by a method of a generator that it makes."""
    names = ", ".join("abc"[:count])
    text = f"def f({names}):\n    rng = {generator}\n    return rng.{name}({names}, size=size)\n"
    space = {"np": np, "seed": 11, "size": size}
    exec(compile(text, "<draws>", "exec"), space)
    return attach_source(space["f"], text)


def summed(f):
    return lambda *args: np.sum(np.sin(f(*args)))


# ---- laws ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(draw_rules()))
def test_the_derivative_is_that_of_the_quantile(name):
    laws.check_rule(draw_rules()[name], examples=12)


@pytest.mark.parametrize("generator", GENERATORS)
@pytest.mark.parametrize("size", [None, 4, (2, 4), ()])
@pytest.mark.parametrize("name", EXPLICIT)
def test_draws_by_a_function_of_noise(name, size, generator):
    args = EXPLICIT[name]
    f = summed(drawing(name, generator, len(args), size))
    check_grads(f, args, order=2)
    vectors = tuple(np.linspace(x - 0.1, x + 0.1, 4) for x in args)
    if size != ():
        check_grads(f, vectors, order=2)
        check_grads(f, (*vectors[:1], *args[1:]), order=1)


def quantile(name, x, at, args):
    """The number with the probability that x has for the parameters `at`, for others."""
    stats = pytest.importorskip("scipy.stats")
    made = {
        "standard_gamma": lambda a: stats.gamma(a),
        "gamma": lambda a, b: stats.gamma(a, scale=b),
        "chisquare": stats.chi2, "beta": stats.beta, "standard_t": stats.t, "f": stats.f,
        "wald": lambda m, s: stats.invgauss(m / s, scale=s),
    }[name]  # fmt: skip
    return made(*args).ppf(made(*at).cdf(x))


@pytest.mark.parametrize("name", [n for n in IMPLICIT if n != "vonmises"])
def test_draws_by_rejection(name):
    args = IMPLICIT[name]
    f = drawing(name, GENERATORS[0], len(args), 5)
    x, wrt = f(*args), tuple(range(len(args)))
    for i, columns in enumerate(zip(*[jacfwd(f, wrt)(*args), jacrev(f, wrt)(*args)], strict=True)):
        h = 1e-3 * np.eye(len(args))[i]
        at = [quantile(name, x, args, np.add(args, k * h)) for k in (-2, -1, 1, 2)]
        wanted = (8 * (at[2] - at[1]) - (at[3] - at[0])) / 12e-3
        for found in columns:
            assert_allclose(found, wanted, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", IMPLICIT)
def test_second_derivatives_of_draws_by_rejection(name):
    """The quantile is a function of the parameters, so second derivatives are symmetric."""
    args = np.array(IMPLICIT[name])
    f = summed(drawing(name, GENERATORS[0], len(args), 5))

    def of_all(p):
        return f(*p)

    if len(args) == 2:

        def of_all(p):
            return f(p[0], p[1])
    else:

        def of_all(p):
            return f(p[0])

    found = hessian(of_all)(args)
    assert_allclose(found, found.T, rtol=1e-8, atol=1e-10)
    assert_allclose(found, jacrev(grad(of_all))(args), rtol=1e-8, atol=1e-10)
    assert_allclose(found, jacfwd(jacfwd(of_all))(args), rtol=1e-8, atol=1e-10)


def test_dirichlet_of_two_numbers_is_beta():
    def by_vectors(a, b):
        x = np.random.default_rng(3).dirichlet(np.array([a, b]), 6)
        return np.sum(x[:, 0] ** 2 * np.arange(6.0))

    x = np.random.default_rng(3).dirichlet([0.7, 1.9], 6)[:, 0]
    at = [quantile("beta", x, (0.7, 1.9), (0.7 + h, 1.9)) for h in (-1e-5, 1e-5)]
    wanted = np.sum(2 * x * (at[1] - at[0]) / 2e-5 * np.arange(6.0))
    assert grad(by_vectors)(0.7, 1.9) == pytest.approx(wanted, rel=1e-6)


def test_dirichlet_moves_on_the_simplex_and_in_both_modes_alike():
    def vectors(alpha):
        return np.random.default_rng(3).dirichlet(alpha, (2, 3))

    alpha, dot = np.array([0.4, 1.3, 2.2]), np.array([0.3, -0.2, 0.9])
    out, moved = jvp(vectors, (alpha,), (dot,))
    assert_array_equal(out, vectors(alpha))
    assert_allclose(moved.sum(axis=-1), 0.0, atol=1e-14)
    bar = np.random.default_rng(0).normal(size=out.shape)
    assert np.vdot(bar, moved) == pytest.approx(vjp(vectors, alpha)[1](bar)[0] @ dot)


def test_the_mean_of_a_dirichlet_draw_moves_as_it_must():
    """The derivative of E x_0 in alpha: an average over many draws."""

    def average(alpha):
        return np.mean(np.random.default_rng(3).dirichlet(alpha, 200_000)[:, 0])

    found = grad(average)(np.array([1.5, 0.5, 2.0]))
    assert_allclose(found, np.array([2.5, -1.5, -1.5]) / 16.0, atol=2e-3)


# ---- made once -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXPLICIT | IMPLICIT)
def test_value_and_state_are_those_of_the_function(name):
    args = (EXPLICIT | IMPLICIT)[name]
    text = f"def f(rng, {', '.join('abc'[: len(args)])}):\n"
    text += f"    x = rng.{name}({', '.join('abc'[: len(args)])}, 3)\n"
    text += "    return np.sum(x**2) + rng.standard_normal()\n"
    space = {"np": np}
    exec(compile(text, "<draws>", "exec"), space)
    f = attach_source(space["f"], text)
    for make, state in (
        (np.random.default_rng, lambda rng: rng.bit_generator.state),
        (np.random.RandomState, lambda rng: str(rng.get_state())),
    ):
        plain, rng = make(5), make(5)
        value = f(plain, *args)
        found, bar = value_and_grad(f, argnums=1)(rng, *args)
        assert value == found
        assert state(plain) == state(rng)
        again = make(5)
        assert jvp(lambda a: f(again, a, *args[1:]), args[:1], (1.0,)) == (
            value,
            pytest.approx(bar),
        )
        assert state(plain) == state(again)


def test_the_functions_of_the_module_draw_from_the_one_generator():
    def f(mu, sigma):
        np.random.seed(4)
        x = np.random.normal(mu, sigma, size=3)
        return np.sum(x**3) + np.random.rand() + np.random.randn(2) @ np.random.rand(2)

    value, bars = value_and_grad(f, argnums=(0, 1))(0.3, 1.5)
    assert value == f(0.3, 1.5)
    after = np.random.random()
    f(0.3, 1.5)
    assert after == np.random.random()
    check_grads(f, (0.3, 1.5))
    assert bars[0] != 0.0


def looped(mu, sigma, rng, n):
    s = mu
    for i in range(n):
        s = s * 0.9 + rng.normal(mu, sigma) * np.sin(s)
        if i == 1:
            rng.uniform()
        while rng.random() < 0.3:
            s = s * rng.exponential(sigma)
    return s


def test_in_loops_and_branches():
    value, bars = value_and_grad(looped, argnums=(0, 1))(0.5, 1.1, np.random.default_rng(8), 6)
    assert value == looped(0.5, 1.1, np.random.default_rng(8), 6)

    def at(mu, sigma):
        return looped(mu, sigma, np.random.default_rng(8), 6)

    h = 1e-6
    wanted = [(at(0.5 + h, 1.1) - at(0.5 - h, 1.1)) / (2 * h),
              (at(0.5, 1.1 + h) - at(0.5, 1.1 - h)) / (2 * h)]  # fmt: skip
    assert_allclose(bars, wanted, rtol=1e-6)
    check_grads(at, (0.5, 1.1), order=2)


def test_a_draw_that_nobody_reads_is_made():
    def f(x):
        rng = np.random.default_rng(2)
        rng.normal(x, 1.0, 5)
        np.sum(rng.gamma(x, size=3))
        return rng.normal(x, 1.0)

    value, slope = value_and_grad(f)(0.7)
    assert value == f(0.7)
    assert slope == 1.0


def test_draws_keep_their_order():
    def f(x, y):
        rng = np.random.default_rng(2)
        a = rng.normal(x)
        b = rng.normal(y)
        return b * 100.0 + a**2

    check_grads(f, (0.3, 0.8))
    assert value_and_grad(f)(0.3, 0.8)[0] == f(0.3, 0.8)


def test_equal_draws_are_two():
    def f(x):
        rng = np.random.default_rng(2)
        return rng.normal(x) * rng.normal(x)

    check_grads(f, (0.3,))


@pytest.mark.parametrize("derive", [jacfwd, jacrev, hessian])
def test_jacobians_draw_once(derive):
    def f(x, rng):
        y = rng.normal(x, 2.0) * x
        return np.sum(y**2) if derive is hessian else y

    x = np.array([0.5, -1.0, 2.0])
    rng, plain = np.random.default_rng(6), np.random.default_rng(6)
    found = derive(f)(x, rng)
    z = plain.normal(x, 2.0)
    wanted = np.diag(2 * (x + z) ** 2 + 4 * x * z) if derive is hessian else np.diag(x + z)
    assert_allclose(found, wanted)
    assert rng.bit_generator.state == plain.bit_generator.state


def test_one_derivative_serves_all_generators():
    def f(x, rng):
        return np.sum(rng.normal(x, 1.0, 3) ** 2)

    g = value_and_grad(f)
    for seed in range(3):
        assert g(0.5, np.random.default_rng(seed))[0] == f(0.5, np.random.default_rng(seed))
    assert "rng.normal(x, 1.0, 3)" in g.source
    assert g(0.5, np.random.RandomState(1))[0] == f(0.5, np.random.RandomState(1))


SHARED = np.random.default_rng(0)


def test_generators_in_objects_closures_and_globals():
    class Model:
        def __init__(self, seed):
            self.rng = np.random.default_rng(seed)

        def sample(self, mu):
            return self.rng.normal(mu, 1.0, 3)

    def by_object(x):
        model = Model(3)
        return np.sum(model.sample(x) ** 2)

    check_grads(by_object, (0.4,))

    def by_global(x):
        return SHARED.normal(x, 2.0) ** 2

    SHARED.bit_generator.state = np.random.default_rng(1).bit_generator.state
    value, slope = value_and_grad(by_global)(0.4)
    assert slope == pytest.approx(2 * math.sqrt(value) * math.copysign(1.0, slope))

    own = np.random.default_rng(9)
    normal = own.normal

    def by_method(x):
        return normal(x) ** 2 + own.uniform(0.0, x)

    value, _ = value_and_grad(by_method)(0.4)
    rng = np.random.default_rng(9)
    assert value == rng.normal(0.4) ** 2 + rng.uniform(0.0, 0.4)


def test_generators_in_containers_and_chosen_by_branches():
    def f(x, rngs, first):
        rng = rngs[0] if first else rngs[1]
        return rng.normal(x, 2.0) ** 2 + sum(r.normal(x) for r in rngs)

    for first in (True, False):
        made = [np.random.default_rng(s) for s in (1, 2)]
        value, slope = value_and_grad(f)(0.4, made, first)
        assert value == f(0.4, [np.random.default_rng(s) for s in (1, 2)], first)
        rng = np.random.default_rng(1 if first else 2)
        assert slope == pytest.approx(2 * rng.normal(0.4, 2.0) + 2)


# ---- elements of arrays --------------------------------------------------------------------------


X = np.array([0.3, -1.2, 0.7, 2.1])
M = np.arange(12.0).reshape(4, 3) / 5.0


@pytest.mark.parametrize("generator", GENERATORS)
def test_elements_are_gathered(generator):
    text = f"""
def f(x):
    rng = {generator}
    y = rng.permutation(x)
    z = rng.choice(x, size=(2, 3))
    s = np.sum(y**2 * np.arange(1.0, len(x) + 1.0)) + np.sum(z**3) + rng.choice(x) ** 2
    z = rng.choice(x, 3, replace=False, p=np.full(len(x), 1.0 / len(x)))
    w = x * 2.0
    rng.shuffle(w)
    return s + z @ np.arange(3.0) + np.sum(np.sin(w) * np.arange(len(w)))
"""
    space = {"np": np, "seed": 3}
    exec(compile(text, "<draws>", "exec"), space)
    f = attach_source(space["f"], text)
    assert value_and_grad(f)(X)[0] == f(X)
    check_grads(f, (X,), order=2)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_elements_are_gathered_along_an_axis(axis):
    def f(x):
        rng = np.random.default_rng(5)
        y = rng.permutation(x, axis=axis) * np.arange(12.0).reshape(4, 3)
        z = rng.permuted(x, axis=axis) ** 2 * np.arange(12.0).reshape(4, 3)
        c = rng.choice(x, 2, axis=axis, shuffle=False, replace=False) ** 2
        w = x.copy()
        rng.shuffle(w, axis=axis)
        return np.sum(y) + np.sum(z) + np.sum(np.cumsum(c)) + np.sum(np.cumsum(w))

    assert value_and_grad(f)(M)[0] == f(M)
    check_grads(f, (M,), order=2)


@pytest.mark.parametrize("x", [X, M, M[::-1].T, np.asfortranarray(M)])
def test_permuted_of_all_elements(x):
    def f(x):
        rng = np.random.default_rng(5)
        out = np.zeros_like(x)
        y = rng.permuted(x, out=out)
        return np.sum(np.cumsum(rng.permuted(x) ** 2)) + np.sum(np.cumsum(out)) + np.sum(y**2)

    value, slope = value_and_grad(f)(x)
    assert value == pytest.approx(f(x), rel=1e-15)  # an array is shuffled as it lies in memory
    unit = np.zeros_like(x)
    unit.flat[1] = 1e-6
    assert slope.flat[1] == pytest.approx((f(x + unit) - f(x - unit)) / 2e-6, rel=1e-6)


def test_a_shuffle_in_place_is_seen_through_other_names():
    def f(x):
        y = x * 1.0
        part = y[1:]
        np.random.default_rng(1).shuffle(part)
        return y @ np.arange(4.0)

    assert value_and_grad(f)(X)[0] == f(X)
    check_grads(f, (X,))


def test_lists_of_numbers_are_drawn_from():
    def f(a, b):
        rng = np.random.default_rng(1)
        return rng.choice([a, b, a * b], 4) @ rng.normal([a, b, 1.0, 2.0], [1.0, 2.0, a, b])

    check_grads(f, (0.5, 0.8), order=2)
    assert value_and_grad(f)(0.5, 0.8)[0] == f(0.5, 0.8)


def test_indices_by_draws_are_data():
    def f(x):
        rng = np.random.default_rng(1)
        batch = x[rng.integers(0, len(x), size=2)]
        mask = rng.random(x.shape) < 0.5
        order = rng.permutation(len(x))
        return np.sum(batch**2) + np.sum(np.where(mask, x, 0.0)) + x[order[0]] * rng.poisson(3.0)

    assert value_and_grad(f)(X)[0] == f(X)
    check_grads(f, (X,))


# ---- options -------------------------------------------------------------------------------------


def test_out_and_dtype():
    def f(x):
        rng = np.random.default_rng(1)
        noise = np.empty(x.shape, np.float32)
        rng.standard_normal(out=noise, dtype=np.float32)
        more = np.zeros(3)
        rng.random(out=more[1:])
        return np.sum(x * noise) + x[0] * more @ more + x[1] * rng.random(dtype=np.float32)

    assert value_and_grad(f)(X)[0] == f(X)
    check_grads(f, (X,), order=1)


def test_out_of_active_draws():
    def f(a):
        rng = np.random.default_rng(1)
        out = np.empty(3)
        rng.standard_gamma(a, out=out)
        return np.sum(out**2) + np.sum(rng.standard_gamma(a, 2, dtype=np.float32))

    value, slope = value_and_grad(f)(1.4)
    assert value == f(1.4)
    x = np.random.default_rng(1).standard_gamma(1.4, 3)
    assert math.isfinite(slope)
    assert slope > 2 * np.sum(x) * 0.1


@pytest.mark.parametrize("size", ["n", "(n,)", "(2, n)", "x.shape", "len(x)", "[n, 2]"])
def test_sizes(size):
    text = f"""
def f(x, n):
    rng = np.random.default_rng(3)
    y = rng.normal(x[0], 2.0, size={size}) * 2.0
    return np.sum(y**2) + rng.normal(x[1], 1.0, None) * np.sum(rng.uniform(size={size}))
"""
    space = {"np": np}
    exec(compile(text, "<draws>", "exec"), space)
    f = attach_source(space["f"], text)
    assert value_and_grad(f)(X, 4)[0] == pytest.approx(f(X, 4), rel=1e-14)
    check_grads(f, (X, 4))


def test_parameters_of_every_shape():
    def f(mean, scale):
        rng = np.random.default_rng(3)
        x = rng.normal(mean, scale)
        return np.sum(np.cumsum(x) ** 2)

    for shapes in (
        ((3,), ()),
        ((2, 1), (3,)),
        ((1, 3), (2, 1)),
        ((0,), ()),
        ((), ()),
        ((1,), (3,)),
    ):
        args = tuple(np.full(s, 0.7) + 0.1 * np.arange(np.prod(s)).reshape(s) for s in shapes)
        check_grads(f, args)


def test_single_precision():
    def f(mean, noise):
        return np.sum(np.random.default_rng(3).normal(mean, noise) ** 2)

    mean = np.array([0.3, 0.6], np.float32)
    bars = grad(f, argnums=(0, 1))(mean, np.float32(0.5))
    assert bars[0].dtype == np.float32


def test_the_mean_of_normal_vectors():
    def f(mean):
        rng = np.random.default_rng(3)
        x = rng.multivariate_normal(mean, np.array([[2.0, 0.5], [0.5, 1.0]]), (2, 3))
        return np.sum(np.cumsum(x) ** 2)

    check_grads(f, (np.array([0.3, 0.6]),))


@pytest.mark.parametrize("method", ["svd", "eigh", "cholesky", "legacy"])
def test_the_covariance_of_normal_vectors(method):
    """The derivative of the factorization by which NumPy draws."""
    legacy = method == "legacy"

    def f(mean, a):
        cov = a @ a.T + np.diag([1.0, 2.0, 3.0])
        if legacy:
            x = np.random.RandomState(3).multivariate_normal(mean, cov, (2, 2))
        else:
            x = np.random.default_rng(3).multivariate_normal(mean, cov, 4, method=method)
        return np.sum(np.sin(x) * np.arange(1.0, 4.0))

    mean, a = np.array([0.3, 0.6, -0.2]), np.random.default_rng(0).normal(size=(3, 2))
    assert value_and_grad(f)(mean, a)[0] == f(mean, a)
    check_grads(f, (mean, a), order=1)


def test_a_covariance_that_is_none_is_told():
    def f(mean, cov):
        return np.sum(np.random.default_rng(3).multivariate_normal(mean, cov, check_valid="raise"))

    with pytest.raises(ValueError, match="positive-semidefinite"):
        grad(f, argnums=(0, 1))(np.zeros(2), np.diag([1.0, -1.0]))


# ---- refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "draw",
    ["poisson(x)", "binomial(5, x)", "geometric(x)", "negative_binomial(2.0, x)", "zipf(1.0 + x)",
     "logseries(x)", "choice(3, p=np.array([x, 1.0 - x, 0.0]))", "multinomial(4, [x, 1.0 - x])"],
)  # fmt: skip
@pytest.mark.parametrize("use", ["float(np.sum(k)) * x", "x", "x * X[np.ravel(k)[0] % 4]"])
def test_draws_that_jump_are_refused(draw, use):
    text = f"def f(x):\n    k = np.random.default_rng(1).{draw}\n    return {use}\n"
    space = {"np": np, "X": X}
    exec(compile(text, "<draws>", "exec"), space)
    f = attach_source(space["f"], text)
    with pytest.raises(NoRule, match=r"whose (result|choice) jumps where"):
        grad(f)(0.4)
    with pytest.raises(NoRule, match="stop_gradient"):
        jvp(f, (0.4,), (1.0,))


def test_draws_that_jump_with_fixed_parameters():
    def f(x):
        rng = np.random.default_rng(1)
        return x * rng.poisson(stop_gradient(x) * 5.0) + x * rng.binomial(5, 0.4)

    rng = np.random.default_rng(1)
    assert grad(f)(0.4) == rng.poisson(2.0) + rng.binomial(5, 0.4)


@pytest.mark.parametrize("draw", ["noncentral_chisquare(3.0, x)", "noncentral_f(3.0, x, 1.0)"])
def test_draws_without_stated_derivatives_are_refused(draw):
    text = f"def f(x):\n    return np.random.default_rng(1).{draw}\n"
    space = {"np": np}
    exec(compile(text, "<draws>", "exec"), space)
    with pytest.raises(NoRule, match="in the parameters are not stated"):
        grad(attach_source(space["f"], text))(0.4)


class Loaded(np.random.Generator):
    """A generator of its own, which draws something else."""

    def normal(self, *args, **kwargs):
        return 3.0


def test_generators_of_other_classes_are_not_taken_for_numpys():
    def f(x, rng):
        return rng.normal(x, 1.0) * x

    rng = Loaded(np.random.PCG64(0))
    try:
        slope = grad(f)(2.0, rng)
    except NoRule:
        return
    assert slope == 3.0


def test_an_object_of_unknown_class_is_told():
    kept = pickle.dumps(np.random.default_rng(0))

    def f(x):
        return pickle.loads(kept).normal(x, 1.0) ** 2

    with pytest.raises(NoRule, match="an object whose class is not known"):
        grad(f)(0.4)


def test_arguments_that_do_not_fit():
    def f(x):
        return np.random.default_rng(1).normal(x, 1.0, 3, 4)

    with pytest.raises(TypeError):
        grad(f)(0.4)

    def g(x):
        return np.random.default_rng(1).normal(x, -1.0)

    with pytest.raises(ValueError, match="scale"):
        grad(g)(0.4)


# ---- what else is done with a generator ----------------------------------------------------------


def test_a_copy_draws_the_same_numbers():
    def f(x, given):
        rng = np.random.default_rng(2)
        before = copy.deepcopy(rng)
        own = copy.deepcopy(given)
        shared = copy.deepcopy(SHARED)
        return rng.normal(x) * before.normal(2.0 * x) + own.normal(x) * shared.uniform()

    given, state = np.random.default_rng(5), SHARED.bit_generator.state
    value = value_and_grad(f)(0.4, given)[0]
    assert value == f(0.4, given)
    assert given.bit_generator.state == np.random.default_rng(5).bit_generator.state
    assert state == SHARED.bit_generator.state


def test_generators_that_others_make():
    def f(x):
        first, second = np.random.default_rng(2).spawn(2)
        third = np.random.Generator(np.random.PCG64(3))
        return first.normal(x) * second.normal(x) + np.random.default_rng(third).normal(x) ** 2

    assert value_and_grad(f)(0.4)[0] == f(0.4)
    check_grads(f, (0.4,))


def sampled(x, rng=None):
    if rng is None:
        rng = np.random.default_rng(4)
    elif isinstance(rng, np.random.RandomState):
        return rng.normal(x) * x
    elif not isinstance(rng, np.random.Generator):
        rng = np.random.default_rng(rng)
    return rng.normal(x, 2.0) ** 2


def test_what_one_asks_of_a_generator():
    for make in (lambda: None, lambda: 7, lambda: np.random.default_rng(1),
                 lambda: np.random.RandomState(1)):  # fmt: skip
        assert value_and_grad(sampled)(0.4, make())[0] == sampled(0.4, make())
    assert "isinstance" not in jvp_source(sampled, (0.4, np.random.default_rng(1)))


def jvp_source(f, args):
    derivative = grad(f)
    derivative(*args)
    return derivative.source


def test_the_state_of_a_generator():
    def f(x, rng):
        name = type(rng.bit_generator).__name__
        return rng.normal(x) ** 2 + len(name)

    assert value_and_grad(f)(0.4, np.random.default_rng(1))[0] == f(0.4, np.random.default_rng(1))

    def g(x):
        rng = np.random.default_rng(1)
        return rng.normal(x) * rng.bit_generator.state["has_uint32"]

    with pytest.raises(Unsupported, match="the attribute bit_generator of a generator"):
        grad(g)(0.4)


def test_methods_by_any_way_to_them():
    def f(x):
        rng = np.random.default_rng(3)
        scaled = functools.partial(rng.normal, scale=2.0)
        ways = {"a": rng.normal, "b": rng.gumbel}
        found = [scaled(x), scaled(loc=x), ways["a"](x), ways["b"](x), rng.laplace(x)]
        found += [np.random.Generator.normal(rng, x, 2.0), *map(rng.normal, [x, 2.0 * x])]
        return sum(v**2 for v in found)

    assert value_and_grad(f)(0.4)[0] == f(0.4)
    check_grads(f, (0.4,))

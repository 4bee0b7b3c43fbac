"""Functions of scipy.special where they are delicate: at edges, far out, with data as orders."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

special = pytest.importorskip("scipy.special")

import s2sad  # noqa: E402
from s2sad import NoRule, grad, hessian, jvp, vjp  # noqa: E402
from s2sad.testing import check_grads  # noqa: E402


def slope(f: Any, x: float) -> float:
    """The derivative of an elementwise function at one number."""
    return float(grad(lambda v: np.sum(f(v)))(np.array([x]))[0])


def bend(f: Any, x: float) -> float:
    """Its second derivative."""
    return float(hessian(lambda v: np.sum(f(v)))(np.array([x]))[0, 0])


SLOPES: dict[str, tuple[Any, float, float]] = {
    "expit far left": (special.expit, -700.0, math.exp(-700.0)),
    "expit far right": (special.expit, 700.0, math.exp(-700.0)),
    "log_expit far right": (special.log_expit, 700.0, math.exp(-700.0)),
    "log_expit far left": (special.log_expit, -1e10, 1.0),
    "log_ndtr far left": (special.log_ndtr, -1e150, 1e150),
    "log_ndtr far right": (special.log_ndtr, 1e150, 0.0),
    "erfcx far right": (special.erfcx, 1e100, -1e-200 / math.sqrt(math.pi)),
    "dawsn far left": (special.dawsn, -1e100, -5e-201),
    "erfcinv at a tiny number": (
        lambda x: special.erfcinv(x), 1e-100,
        -math.sqrt(math.pi) / 2.0 * math.exp(special.erfcinv(1e-100) ** 2),
    ),
    "gammaln of a large number": (special.gammaln, 1e150, math.log(1e150)),
    "digamma of a large number": (special.digamma, 1e150, 1e-150),
    "rgamma at a pole of gamma": (special.rgamma, -3.0, -6.0),
    "binom at its zero": (lambda x: special.binom(x, 3.0), 2.0, 1.0 / 3.0),
    "poch at its zero": (lambda x: special.poch(x, 3.0), -1.0, -1.0),
    "poch between poles": (lambda x: special.poch(x, 3.0), -3.0, 11.0),
    "xlogy at zeros": (lambda x: special.xlogy(0.0, x), 0.0, 0.0),
    "xlog1py at zeros": (lambda x: special.xlog1py(0.0, x), -1.0, 0.0),
    "rel_entr at zeros": (lambda x: special.rel_entr(0.0, x), 0.0, 0.0),
    "kl_div at zeros": (lambda x: special.kl_div(0.0, x), 0.0, 1.0),
    "kl_div of a huge quotient": (
        lambda x: special.kl_div(x, 1e-200), 1e150, 350.0 * math.log(10.0)
    ),
    "ellipk far left": (special.ellipk, -1e12, (math.log(1.6e13) / 2.0 - 1.0) / 2e18),
    "ellipk at zero": (special.ellipk, 0.0, math.pi / 8.0),
    "ellipe at zero": (special.ellipe, 0.0, -math.pi / 8.0),
    "exprel at zero": (special.exprel, 0.0, 0.5),
    "exprel far left": (special.exprel, -1e5, 1e-10),
    "spence at one": (special.spence, 1.0, -1.0),
    "jv at zero": (lambda x: special.jv(1, x), 0.0, 0.5),
    "iv at zero": (lambda x: special.iv(0, x), 0.0, 0.0),
    "j1 at zero": (special.j1, 0.0, 0.5),
    "spherical_jn at zero": (lambda x: special.spherical_jn(1, x), 0.0, 1.0 / 3.0),
    "boxcox in its exponent at zero": (
        lambda x: special.boxcox(math.e, x), 0.0, 0.5
    ),
    "pseudo_huber at zero": (lambda x: special.pseudo_huber(x, 2.0), 0.0, 2.0),
    "betainc at an end": (lambda x: special.betainc(1.0, 3.0, x), 0.0, 3.0),
    "gammainc at zero": (lambda x: special.gammainc(1.0, x), 0.0, 1.0),
    "betainc of large shapes": (lambda x: special.betainc(3e3, 5e3, x), 0.0, 0.0),
    "diric at zero": (lambda x: special.diric(x, 5), 0.0, 0.0),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SLOPES)
def test_a_slope(name: str) -> None:
    f, x, wanted = SLOPES[name]
    np.testing.assert_allclose(slope(f, x), wanted, rtol=1e-7 if "far left" in name else 1e-11)


BENDS: dict[str, tuple[Any, float, float]] = {
    "expit far right": (special.expit, 700.0, -math.exp(-700.0)),
    "log_ndtr far right": (special.log_ndtr, 100.0, 0.0),
    "erfcx beyond the threshold": (special.erfcx, 1e5, 2e-15 / math.sqrt(math.pi)),
    "rgamma at a pole of gamma": (special.rgamma, 0.0, 2.0 * np.euler_gamma),
    "binom at its zero": (lambda x: special.binom(x, 3.0), 2.0, 1.0),
    "ellipk at zero": (special.ellipk, 0.0, 9.0 * math.pi / 64.0),
    "ellipkinc at zero": (lambda m: special.ellipkinc(1.0, m), 0.0, 0.09301917398640511),
    "ellipeinc at zero": (lambda m: special.ellipeinc(1.0, m), 0.0, -0.031006391328801706),
    "ellipkinc of a small angle": (
        lambda m: special.ellipkinc(0.001, m),
        0.5,
        1.5000006250000363e-16,
    ),
    "elliprf at one": (lambda x: special.elliprf(x, 1.0, 1.0), 1.0, 3.0 / 20.0),
    "elliprd at one": (lambda x: special.elliprd(x, 1.0, 1.0), 1.0, 9.0 / 28.0),
    "elliprc of a negative number": (lambda x: special.elliprc(x, -1.5), 0.5, -0.5458900398620954),
    "agm of equal numbers": (lambda x: special.agm(x, 1.0), 1.0, -0.125),
    "spence at one": (special.spence, 1.0, 0.5),
    "betainc at an end": (lambda x: special.betainc(2.0, 3.0, x), 0.0, 12.0),
    "gammainc at zero": (lambda x: special.gammainc(2.0, x), 0.0, 1.0),
    "spherical_jn at zero": (lambda x: special.spherical_jn(0, x), 0.0, -1.0 / 3.0),
    "jv at zero": (lambda x: special.jv(0, x), 0.0, -0.5),
    "ber at zero": (special.bei, 0.0, 0.5),
    "legendre at an end": (lambda x: special.eval_legendre(3, x), -1.0, -15.0),
    "diric at zero": (lambda x: special.diric(x, 5), 0.0, -2.0),
    "sine integral at zero": (lambda x: special.sici(x)[0], 0.0, 0.0),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", BENDS)
def test_a_second_derivative(name: str) -> None:
    f, x, wanted = BENDS[name]
    np.testing.assert_allclose(bend(f, x), wanted, rtol=1e-9, atol=1e-300)


@pytest.mark.filterwarnings("ignore")
def test_infinite_slopes_of_entropies() -> None:
    for f in (special.rel_entr, special.kl_div):
        for y in (0.0, 1.0):
            assert grad(lambda x, y, f=f: f(x, y))(0.0, y) == -math.inf
    assert slope(special.entr, 0.0) == math.inf


INF = math.inf


def test_logsumexp_of_what_is_infinite() -> None:
    g = grad(lambda a: special.logsumexp(a))
    np.testing.assert_array_equal(g(np.array([-INF, 0.0, -INF])), [0.0, 1.0, 0.0])
    np.testing.assert_array_equal(g(np.array([-INF, -INF])), [0.0, 0.0])
    np.testing.assert_allclose(g(np.array([1e4, 1e4])), [0.5, 0.5])
    np.testing.assert_allclose(g(np.array([-1e4, -1e4])), [0.5, 0.5])


def test_logsumexp_with_weights_of_zero() -> None:
    def f(a: Any, b: Any) -> Any:
        return special.logsumexp(a, b=b)

    a, b = np.array([0.0, 1e308, 1.0]), np.array([1.0, 0.0, 2.0])
    a_bar = grad(f)(a, b)
    np.testing.assert_allclose(
        a_bar, np.array([1.0, 0.0, 2.0 * math.e]) / (1.0 + 2.0 * math.e), rtol=1e-12
    )
    np.testing.assert_allclose(grad(f, "b")(np.zeros(3), np.array([1.0, 0.0, -0.5])), 2.0)
    check_grads(f, (np.zeros(3), np.array([1.0, 0.0, 1.5])), order=3)


def test_the_sign_of_logsumexp_far_below_other_entries() -> None:
    def f(a: Any, b: Any) -> Any:
        value, sign = special.logsumexp(a, axis=1, b=b, return_sign=True)
        return np.sum(value * sign)

    a, b = np.array([[0.0, 1.0], [-800.0, -801.0]]), np.array([[-1.0, 0.5], [-1.0, 0.5]])
    terms = b * np.exp(a - a[:, :1])
    sums = np.sum(terms, axis=1, keepdims=True)
    value, a_bar = s2sad.value_and_grad(f)(a, b)
    np.testing.assert_allclose(value, f(a, b))
    np.testing.assert_allclose(a_bar, np.sign(sums) * terms / sums)


def test_softmax_of_large_numbers() -> None:
    g = grad(lambda x: special.softmax(x)[0] - special.log_softmax(x)[1])
    np.testing.assert_allclose(g(np.array([1e4, -1e4, -INF])), [1.0, -1.0, 0.0])


REFUSED: dict[str, Any] = {
    "the order v": lambda x: special.jv(x, 1.0),
    "the shape a": lambda x: special.gammainc(x, 1.0),
    "the shape b": lambda x: special.betainc(1.0, x, 0.5),
    "the degree n": lambda x: special.eval_legendre(x, 0.5),
    "its exponent x": lambda x: special.zeta(x),
    "degrees of freedom": lambda x: special.stdtr(x, 0.5),
    "the order n": lambda x: special.polygamma(x, 0.5),
    "the order m": lambda x: special.mathieu_cem(x, 0.5, 1.0)[0],
    "of whole numbers": lambda x: special.factorial(x),
    "complex numbers": lambda x: special.voigt_profile(x, 1.0, 1.0),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_known_is_refused(what: str) -> None:
    f = REFUSED[what]
    with pytest.raises(NoRule, match=what):
        grad(lambda x: np.sum(f(x)))(np.array([2.0]))
    with pytest.raises(NoRule, match=what):
        jvp(lambda x: np.sum(f(x)), (np.array([2.0]),), (np.ones(1),))


def test_an_order_that_is_data() -> None:
    def f(n: Any, x: Any) -> Any:
        return np.sum(special.jv(n, x))

    n, x = np.array([0, 1, 2]), np.array([0.3, 0.7, 1.1])
    wanted = special.jvp(n, x)
    np.testing.assert_allclose(grad(f, 1)(n, x), wanted)
    np.testing.assert_allclose(grad(f, 1)(n.astype(float), x), wanted)
    _, pull = vjp(lambda x: f(n, x), x)
    np.testing.assert_allclose(pull(1.0)[0], wanted)

    def held(v: Any) -> Any:
        return np.sum(special.jv(s2sad.stop_gradient(v), v))

    np.testing.assert_allclose(grad(held)(x), special.jvp(x, x))


def test_unknown_types_and_lists() -> None:
    def f(x: Any, y: Any) -> Any:
        return special.logsumexp([x, y, 0.5]) + special.xlogy([x, y], [2.0, x]).sum()

    check_grads(f, (0.3, 0.7))

    def by_name(x: Any) -> Any:
        first = special.polygamma(n=1, x=x) + special.diric(x=x, n=3)
        return special.softmax(x=np.stack([first, x]), axis=0)[0]

    check_grads(by_name, (0.3,))


def test_what_is_an_array_stays_one() -> None:
    """polygamma gives an array without dimensions, which is written in place."""

    def f(x: Any) -> Any:
        y = special.polygamma(1, x)
        z = y
        z *= x
        return y * z

    check_grads(f, (0.7,))


def test_out_and_where() -> None:
    def f(x: Any) -> Any:
        y = np.zeros_like(x)
        special.expit(x, out=y)
        z = np.ones_like(x)
        special.gammaln(x, out=z, where=x > 1.0)
        return np.sum(y * z)

    check_grads(f, (np.array([0.3, 1.7, 2.5]),))

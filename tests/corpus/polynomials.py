"""Polynomials evaluated, fitted, multiplied and integrated, in several bases."""

import numpy as np
from numpy.polynomial import chebyshev as C
from numpy.polynomial import hermite_e as E
from numpy.polynomial import laguerre, legendre
from numpy.polynomial import polynomial as P

from tests.corpus.registry import between, normal, register, scalar


def calibration(coefficients, readings):
    """A sensor's polynomial, and its slope at the readings."""
    values = np.polyval(coefficients, readings)
    slopes = np.polyval(np.polyder(coefficients), readings)
    return values, slopes / np.sqrt(1.0 + values**2)


register(calibration, normal(4), normal(5))


def area_under(coefficients, low, high):
    whole = np.polyint(coefficients)
    return np.polyval(whole, high) - np.polyval(whole, low), np.polyint(coefficients, 2, k=[1, low])


register(area_under, normal(3), scalar(), scalar())


def algebra(p, q):
    """(p + q)(p - q) = p² - q², and a quotient."""
    product = np.polymul(np.polyadd(p, q), np.polysub(p, q))
    quotient, rest = np.polydiv(np.polymul(p, q), np.array([1.0, 0.5]))
    return product, quotient, rest


register(algebra, normal(3), normal(2))


def from_roots(roots, x):
    """Two ways to a polynomial by its roots."""
    return np.polyval(np.poly(roots), x) - P.polyvalfromroots(x, roots), np.poly(roots)


register(from_roots, normal(4), normal(3))


def trend(t, y):
    """What is left of a series after a parabola is taken out."""
    c = np.polyfit(t, y, 2)
    return y - np.polyval(c, t), c[0]


register(trend, lambda rng: np.sort(rng.normal(size=6)), normal(6), complex_step=False)


def weighted_trend(y, w):
    t = np.arange(6.0)
    c, v = np.polyfit(t, y, 1, w=w, cov=True)
    return c, np.diag(v), C.chebfit(t / 5.0, y, 2, w=w)


register(weighted_trend, normal(6), between(0.5, 2.0, 6), complex_step=False, rounding=1e-13)


def clenshaw(c, x):
    """A Chebyshev series, its slope, and its integral from -1."""
    return C.chebval(x, c), C.chebval(x, C.chebder(c)), C.chebval(x, C.chebint(c, lbnd=-1.0))


register(clenshaw, normal(5), between(-0.9, 0.9, 4))


def moments(c, d):
    """Legendre series multiplied, and integrated by Gauss's rule of five points."""
    x, w = legendre.leggauss(5)
    product = legendre.legmul(c, d)
    return legendre.legval(x, product) @ w, product, legendre.legadd(c, d)


register(moments, normal(3), normal(4))


def quadrature(scale):
    """An expectation over a normal variable by Gauss and Hermite."""
    x, w = E.hermegauss(6)
    return np.sum(w * np.exp(-((scale * x) ** 2))) / np.sqrt(2.0 * np.pi)


register(quadrature, scalar())


def surface(x, y, c):
    """A surface of two variables at points and on a grid."""
    return (
        P.polyval2d(x, y, c),
        laguerre.laggrid2d(x, y, c),
        P.polyvander2d(x, y, [1, 2]) @ c.ravel(),
    )


register(surface, normal(3), normal(3), normal(2, 3))


def many_series(c, x):
    """One series for each column of the coefficients."""
    return P.polyval(x, c), P.polyval(x, c, tensor=False), E.hermeval(x, c)


register(many_series, normal(3, 4), normal(4))


def newton_on_a_polynomial(c, x):
    for _ in range(3):
        x = x - np.polyval(c, x) / (np.polyval(np.polyder(c), x) + 4.0)
    return x


register(newton_on_a_polynomial, normal(3), scalar())

"""Series of polynomials in other forms: quotients, other bases, matrices, points of quadrature."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.polynomial import chebyshev

from s2sad.rules import fits as _fits  # noqa: F401  (states the fits of these bases)
from s2sad.rules.conversions import floating
from s2sad.rules.domains import nonzero, of_shape, one_of, together
from s2sad.rules.notation import defined, rule
from s2sad.rules.series import BASES
from s2sad.rules.series_operations import SERIES, times_x, titled, trimmed

DIVIDED = together(
    (of_shape(5), nonzero.of(3)),
    (of_shape(3), nonzero.of(1)),
    (of_shape(2), nonzero.of(3)),
    (of_shape(3), nonzero.of(3)),
)


BY_ONE = {"c1": np.array([3, 2, 1]), "c2": np.array([2, 1])}
BY_ZERO = {"c1": np.ones(2), "c2": np.zeros(1)}


def state_quotient(div: Any, mul: Any) -> None:
    """The quotient of two series, and what is left over."""

    @defined(div, wrt="c1 c2", on={"c1 c2": DIVIDED, "values": [BY_ONE], "errors": [BY_ZERO]})
    @titled(div)
    def quotient(c1: Any, c2: Any) -> Any:
        rest, c2 = trimmed(floating(c1)), trimmed(floating(c2))
        if c2[-1] == 0:
            raise ZeroDivisionError("division by a series of zeros")
        steps = rest.size - c2.size + 1
        found = np.zeros(max(steps, 1), rest.dtype)
        for i in range(steps - 1, -1, -1):
            unit = np.concatenate((np.zeros(i, c2.dtype), np.ones(1, c2.dtype)))
            part = mul(unit, c2).astype(rest.dtype)
            found[i] = rest[-1] / part[-1]
            rest = rest[:-1] - found[i] * part[:-1]
        return found, trimmed(np.concatenate((rest, np.zeros(1, rest.dtype))))


def monomials(name: str, n: Any) -> Any:
    """The coefficients of the first n polynomials of a basis in powers of x, row by row."""
    found = np.eye(n)
    if n > 1 and name == "lag":
        found[1, 0], found[1, 1] = 1.0, -1.0
    if n > 1 and name == "herm":
        found[1, 1] = 2.0
    for k in range(1, n - 1):
        found[k + 1] = 0.0
        if name == "leg":
            found[k + 1, 1:] = (2 * k + 1) / (k + 1) * found[k, :-1]
            found[k + 1] -= k / (k + 1) * found[k - 1]
        elif name == "lag":
            found[k + 1, 1:] = found[k, :-1] / -(k + 1)
            found[k + 1] += ((2 * k + 1) * found[k] - k * found[k - 1]) / (k + 1)
        else:
            found[k + 1, 1:] = found[k, :-1] * (1 if name == "herme" else 2)
            found[k + 1] -= found[k - 1] * (1 if name == "cheb" else 2 * k if name == "herm" else k)
    return found


def state_conversions(name: str, to_powers: Any, from_powers: Any) -> None:
    """A series in powers of x instead, and one in powers of x in this basis."""

    @defined(to_powers, on={"c": one_of(*SERIES, of_shape(6))})
    @titled(to_powers)
    def in_powers(c: Any) -> Any:
        c = trimmed(floating(c))
        return trimmed(c @ monomials(name, c.size).astype(c.dtype))

    @defined(from_powers, on={"pol": one_of(*SERIES, of_shape(6))})
    @titled(from_powers)
    def in_the_basis(pol: Any) -> Any:
        pol = trimmed(floating(pol))
        c = pol[-1:]
        for i in range(pol.size - 2, -1, -1):
            c = times_x(name, c) + np.concatenate((pol[i : i + 1], np.zeros(c.size, c.dtype)))
        return c


def state_companion(companion: Any) -> None:
    """The matrix whose eigenvalues are the roots: the coefficients stand in its last column."""

    def weights(n, dtype):
        """What multiplies c_i / c_n in the last column."""
        ones, unit = np.ones(n + 1, dtype), np.concatenate((np.zeros(n, dtype), np.ones(1, dtype)))
        return (companion(ones) - companion(unit))[:, -1]

    @rule(companion, on={"c": one_of(nonzero.of(4), nonzero.of(2), nonzero.of(3))})
    class matrix:
        """ans = a constant matrix, and w_i c_i / c_n added to its last column."""

        def primal(c):
            return companion(c)

        def shape(c):
            return (c[0] - 1, c[0] - 1)

        def tangent(c, c_dot):
            n = c.size - 1
            ratio_dot = (c_dot[:-1] - c[:-1] / c[-1] * c_dot[-1]) / c[-1]
            last = np.concatenate((np.zeros(n - 1, c.dtype), np.ones(1, c.dtype)))
            return np.outer(weights(n, c.dtype) * ratio_dot, last)

        def adjoint(c, ans_bar):
            ratio_bar = ans_bar[:, -1] * weights(c.size - 1, c.dtype) / c[-1]
            last = -np.sum(ratio_bar * c[:-1] / c[-1])
            c_bar = np.concatenate((ratio_bar, np.reshape(last, (1,))))
            return c_bar


def state_points(gauss: Any) -> None:
    """The points and weights of a rule of quadrature: data."""

    @rule(gauss, results=2, on={"deg": one_of(1, 3, 4)})
    class quadrature:
        """ans = the points, and their weights."""

        def primal(deg):
            return gauss(deg)

        def shape(deg):
            return ((deg,), (deg,))


for _module, _name in BASES:
    _div, _mul, _companion = (
        getattr(_module, _name + part) for part in ("div", "mul", "companion")
    )
    state_quotient(_div, _mul)
    state_companion(_companion)
    if _name != "poly":
        _to, _from = (getattr(_module, text) for text in (f"{_name}2poly", f"poly2{_name}"))
        state_conversions(_name, _to, _from)
        state_points(getattr(_module, _name + "gauss"))


@rule(chebyshev.chebpts1, on={"npts": one_of(1, 4)})
class chebpts1:
    """ans = the Chebyshev points of the first kind."""

    def primal(npts):
        return chebyshev.chebpts1(npts)

    def shape(npts):
        return (npts,)


@rule(chebyshev.chebpts2, on={"npts": one_of(2, 4)})
class chebpts2:
    """ans = the Chebyshev points of the second kind."""

    def primal(npts):
        return chebyshev.chebpts2(npts)

    def shape(npts):
        return (npts,)


@defined(chebyshev.chebinterpolate, wrt="", on={"func deg": together((np.cos, 4), (np.exp, 0))})
def chebinterpolate(func: Any, deg: int, args: Any = ()) -> Any:
    """np.polynomial.chebyshev.chebinterpolate"""
    x = chebyshev.chebpts1(deg + 1)
    c = chebyshev.chebvander(x, deg).T @ func(x, *args)
    scale = np.where(np.arange(deg + 1) == 0, deg + 1, 0.5 * (deg + 1))
    return (c.T / scale).T

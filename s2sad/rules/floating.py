"""Floating point routines, and the special functions that NumPy has itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.asking import array_of, refuse
from s2sad.rules.domains import (
    apart,
    between,
    integers,
    nonzero,
    of_shape,
    one_of,
    reals,
    together,
)
from s2sad.rules.notation import defined, elementwise, rule
from s2sad.runtime import bessel_i, sinc_derivative

SMALL = between(-0.02, 0.02)


@rule(
    np.heaviside,
    "(),()->()",
    elementwise=True,
    on={
        "x1 x2": together(
            (nonzero.of(3), reals.of(2, 3)),
            (np.zeros((2, 3)), reals.of(3)),
            (np.array([0.0, 1.0, -1.0]), reals.of(2, 1)),
            (0.0, reals.of()),
        )
    },
)
class heaviside:
    """ans = 0 left of zero, 1 right of it, x2 at zero; its derivative in x1 is given as 0."""

    def primal(x1, x2):
        return np.heaviside(x1, x2)

    def tangent(x1, x2_dot):
        return np.where(x1 == 0, x2_dot, 0.0)

    def adjoint(x1, ans_bar):
        x2_bar = np.where(x1 == 0, ans_bar, 0.0)
        return x2_bar


@rule(np.nextafter, "(),()->()", elementwise=True)
class nextafter:
    """ans = x1 but for its last bit, so that its derivative in x1 is 1, and in x2 it is 0."""

    def primal(x1, x2):
        return np.nextafter(x1, x2)

    def tangent(x1_dot):
        return x1_dot

    def adjoint(ans_bar):
        x1_bar = ans_bar
        return x1_bar


@rule(np.ldexp, "(),()->()", elementwise=True, linear="x1", on={"x2": integers(-3, 4)})
class ldexp:
    """ans = x1 2^x2, the exponent whole."""

    def primal(x1, x2):
        return np.ldexp(x1, x2)

    def adjoint(x2, ans_bar):
        x1_bar = np.ldexp(ans_bar, x2)
        return x1_bar


# sinc has all derivatives, and each is computed without loss where its formula cancels.
elementwise(
    np.sinc,
    lambda d, x: d * sinc_derivative(x, 1),
    on={"x": one_of(reals.of(3), SMALL.of(2, 3))},
    analytic=False,
)


@rule(
    sinc_derivative,
    elementwise=True,
    on={"x": one_of(reals.of(3), SMALL.of(2, 3), reals.of()), "order": one_of(1, 2, 3)},
)
class sinc_derivative_:
    """ans = the derivative of sin(πx) / (πx) of this order."""

    def primal(x, order):
        return sinc_derivative(x, order)

    def tangent(x, order, x_dot):
        return x_dot * sinc_derivative(x, order + 1)

    def adjoint(x, order, ans_bar):
        x_bar = ans_bar * sinc_derivative(x, order + 1)
        return x_bar


elementwise(np.i0, lambda d, x: d * bessel_i(1, x), on={"x": reals.of(2, 3)})


@rule(
    bessel_i,
    elementwise=True,
    on={"order": one_of(1, 2, 3), "x": one_of(reals.of(3), SMALL.of(2, 3), reals.of())},
)
class bessel_i_:
    """ans = I_n(x); I_n' = (I_{n-1} + I_{n+1}) / 2 (Abramowitz and Stegun 9.6.26)."""

    def primal(order, x):
        return bessel_i(order, x)

    def tangent(order, x, x_dot):
        return x_dot * (0.5 * (bessel_i(order - 1, x) + bessel_i(order + 1, x)))

    def adjoint(order, x, ans_bar):
        x_bar = ans_bar * (0.5 * (bessel_i(order - 1, x) + bessel_i(order + 1, x)))
        return x_bar


ODD = np.array([np.nan, np.inf, -np.inf, 1.5])


@rule(
    np.nan_to_num,
    elementwise=True,
    on={
        "x nan posinf neginf": together(
            (of_shape(2, 3), 0.0, None, None),
            (of_shape(), 0.0, None, None),
            (of_shape(3), reals.of(), reals.of(), reals.of()),
            (of_shape(2, 1), reals.of(2, 1), None, 2.0),
            (ODD, reals.of(), reals.of(), reals.of(4)),
            (ODD, reals.of(4), None, None),
        )
    },
    analytic=False,
)
class nan_to_num:
    """ans = x, but `nan` for what is none, `posinf` and `neginf` for infinities.

    Where x is replaced its cotangent is 0, and that of the replacement is the one of ans.
    """

    def primal(x, copy=True, nan=0.0, posinf=None, neginf=None):
        return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)

    def tangent(x, posinf, neginf, x_dot, nan_dot, posinf_dot, neginf_dot):
        ans_dot = np.where(np.isnan(x), nan_dot, np.where(np.isinf(x), 0.0, x_dot))
        if posinf is not None:
            ans_dot = np.where(x == np.inf, posinf_dot, ans_dot)
        if neginf is not None:
            ans_dot = np.where(x == -np.inf, neginf_dot, ans_dot)
        return ans_dot

    def adjoint(x, nan, posinf, neginf, ans_bar):
        x_bar = np.where(np.isfinite(x), ans_bar, 0.0)
        nan_bar = np.where(np.isnan(x), ans_bar, 0.0)
        posinf_bar = 0.0 if posinf is None else np.where(x == np.inf, ans_bar, 0.0)
        neginf_bar = 0.0 if neginf is None else np.where(x == -np.inf, ans_bar, 0.0)
        return x_bar, nan_bar, posinf_bar, neginf_bar


@defined(
    np.nan_to_num,
    "x nan posinf neginf",
    when="copy",
    on={
        "x": one_of(of_shape(3), of_shape()),
        "copy": one_of(False, True),
        "values": [{"x": ODD, "copy": c} for c in (True, False)],
    },
)
def nan_to_num_here(
    x: Any, copy: Any = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    """np.nan_to_num(x, copy=False), which writes into x"""
    replaced = np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)
    if copy or np.ndim(x) == 0:
        return replaced
    x[...] = replaced
    return x


@defined(np.real_if_close, on={"a": one_of(of_shape(2, 3), apart().of())})
def real_if_close(a: Any, tol: Any = 100) -> Any:
    """np.real_if_close, of what is real"""
    found = array_of(a)
    if found.dtype.kind == "c":
        refuse("np.real_if_close of complex numbers", "write np.real")
    return np.asanyarray(found)


@rule(np.fix, on={"x": apart().of(4)})
class fix:
    """ans = x rounded towards zero; piecewise constant."""

    def primal(x, out=None):
        return np.fix(x)

    def shape(x):
        return x


@defined(
    np.divmod,
    "x1 x2",
    on={"x1 x2": together((apart().of(3), 1.0), (apart(0.1, 0.4).of(2, 3), 0.5))},
)
def divmod(x1: Any, x2: Any) -> Any:
    """np.divmod"""
    return np.floor_divide(x1, x2), np.remainder(x1, x2)


@rule(np.modf, results=2, on={"x": one_of(apart().of(3), apart().of(2, 2), apart().of())})
class modf:
    """ans = the fraction of x and its whole part, both of the sign of x; that is constant."""

    def primal(x):
        return np.modf(x)

    def shape(x):
        return x, x

    def tangent(x, x_dot):
        return x_dot, np.zeros_like(x)

    def adjoint(ans_bar):
        x_bar, _ = ans_bar
        return x_bar


@rule(np.frexp, results=2, on={"x": one_of(nonzero.of(3), nonzero.of(2, 2), nonzero.of())})
class frexp:
    """ans = the mantissa m, 1/2 <= |m| < 1, and the exponent of x = m 2^e, which is data."""

    def primal(x):
        return np.frexp(x)

    def shape(x):
        return x, x

    def tangent(ans, x_dot):
        _, exponent = ans
        return np.ldexp(x_dot, -exponent), exponent

    def adjoint(ans, ans_bar):
        mantissa_bar, _ = ans_bar
        _, exponent = ans
        x_bar = np.ldexp(mantissa_bar, -exponent)
        return x_bar


@defined(
    np.kaiser,
    wrt="beta",
    on={"M beta": together((6, reals.of()), (1, reals.of()), (2, reals.of()))},
)
def kaiser(M: Any, beta: Any) -> Any:
    """np.kaiser: I_0(beta sqrt(1 - t^2)) / I_0(beta) for t evenly spaced in [-1, 1]."""
    if M <= 1:
        return np.ones(M)
    t = 2.0 * np.arange(M) / (M - 1) - 1.0
    return np.i0(beta * np.sqrt(1.0 - t * t)) / np.i0(beta)

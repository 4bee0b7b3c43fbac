"""Bessel functions and their kin in their argument, by the recurrences that hold at zero as well.

Their derivatives in the order have no closed form, and are refused.  [DLMF 10.6, 10.29, 10.51]
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from s2sad.rules.creation import astype
from s2sad.rules.domains import between, nonzero, one_of, positive, reals, together
from s2sad.rules.notation import defined, elementwise, real_only, rule

SQRT_PI = math.sqrt(math.pi)
ORDER = {"x1": "the order v, which has no closed form"}
FIRST = {"x1": one_of(0, 1, 2, 5).of(), "x2": reals}
FRACTION = {"x1 x2": together(*[(v, positive.of(*s)) for v, s in ((0.5, ()), (2.3, (3,)))])}
SECOND = {"x1": one_of(0, 1, 2, 3).of(), "x2": positive}
AT_ZERO = [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0)]

# Of the first and second kind; the scaled ones are the same for a real argument.
elementwise(
    special.jv,
    lambda d, x1, x2: (None, d * (0.5 * (special.jv(x1 - 1, x2) - special.jv(x1 + 1, x2)))),
    on={**FIRST, "kinks": AT_ZERO},
    unknown=ORDER,
    poles=True,
)
elementwise(
    special.jve,
    lambda d, x1, x2: (None, d * (0.5 * (special.jve(x1 - 1, x2) - special.jve(x1 + 1, x2)))),
    on={**FIRST, "kinks": AT_ZERO},
    unknown=ORDER,
)
elementwise(
    special.yv,
    lambda d, x1, x2: (None, d * (0.5 * (special.yv(x1 - 1, x2) - special.yv(x1 + 1, x2)))),
    on=SECOND,
    unknown=ORDER,
)
elementwise(
    special.yve,
    lambda d, x1, x2: (None, d * (0.5 * (special.yve(x1 - 1, x2) - special.yve(x1 + 1, x2)))),
    on=SECOND,
    unknown=ORDER,
)
elementwise(
    special.yn,
    lambda d, x1, x2: (None, d * (0.5 * (special.yn(x1 - 1, x2) - special.yn(x1 + 1, x2)))),
    on=SECOND,
    unknown=ORDER,
)
elementwise(special.j0, lambda d, x: -(d * special.j1(x)))
elementwise(special.j1, lambda d, x: d * (0.5 * (special.j0(x) - special.jv(2.0, x))))
elementwise(special.y0, lambda d, x: -(d * special.y1(x)), on={"x": positive}, poles=True)
elementwise(special.y1, lambda d, x, ans: d * (special.y0(x) - ans / x), on={"x": positive})

# Modified ones.
elementwise(
    special.iv,
    lambda d, x1, x2: (None, d * (0.5 * (special.iv(x1 - 1, x2) + special.iv(x1 + 1, x2)))),
    on={**FIRST, "kinks": AT_ZERO},
    unknown=ORDER,
    poles=True,
)
elementwise(
    special.kv,
    lambda d, x1, x2: (None, -(d * (0.5 * (special.kv(x1 - 1, x2) + special.kv(x1 + 1, x2))))),
    on=SECOND,
    unknown=ORDER,
    poles=True,
)
elementwise(
    special.kn,
    lambda d, x1, x2: (None, -(d * (0.5 * (special.kn(x1 - 1, x2) + special.kn(x1 + 1, x2))))),
    on=SECOND,
    unknown=ORDER,
    poles=True,
)
elementwise(special.i0, lambda d, x: d * special.i1(x))
elementwise(special.i1, lambda d, x: d * (0.5 * (special.i0(x) + special.iv(2.0, x))))
elementwise(special.k0, lambda d, x: -(d * special.k1(x)), on={"x": positive}, poles=True)
elementwise(
    special.k1, lambda d, x, ans: -(d * (special.k0(x) + ans / x)), on={"x": positive}, poles=True
)

# Scaled by exp(-|x|), whose kink at zero has the derivative zero here, or by exp(x).
elementwise(
    special.ive,
    lambda d, x1, x2, ans: (
        None,
        d * (0.5 * (special.ive(x1 - 1, x2) + special.ive(x1 + 1, x2)) - np.sign(x2) * ans),
    ),
    on={"x1": one_of(0, 1, 2).of(), "x2": nonzero, "kinks": AT_ZERO},
    unknown=ORDER,
)
elementwise(
    special.kve,
    lambda d, x1, x2, ans: (
        None,
        d * (ans - 0.5 * (special.kve(x1 - 1, x2) + special.kve(x1 + 1, x2))),
    ),
    on=SECOND,
    unknown=ORDER,
)
elementwise(
    special.i0e,
    lambda d, x, ans: d * (special.i1e(x) - np.sign(x) * ans),
    on={"x": nonzero, "kinks": [(0.0,)]},
)
elementwise(
    special.i1e,
    lambda d, x, ans: d * (0.5 * (special.i0e(x) + special.ive(2.0, x)) - np.sign(x) * ans),
    on={"x": nonzero, "kinks": [(0.0,)]},
)
elementwise(special.k0e, lambda d, x, ans: d * (ans - special.k1e(x)), on={"x": positive})
elementwise(special.k1e, lambda d, x, ans: d * (ans - special.k0e(x) - ans / x), on={"x": positive})

# Struve functions.  [DLMF 11.4]
elementwise(
    special.struve,
    lambda d, x1, x2: (
        None,
        d * (0.5 * (special.struve(x1 - 1, x2) - special.struve(x1 + 1, x2) + lead(x1, x2))),
    ),
    on={"x1": one_of(0, 1, 2).of(), "x2": positive, "kinks": AT_ZERO},
    unknown=ORDER,
)
elementwise(
    special.modstruve,
    lambda d, x1, x2: (
        None,
        d * (0.5 * (special.modstruve(x1 - 1, x2) + special.modstruve(x1 + 1, x2) + lead(x1, x2))),
    ),
    on={"x1": one_of(0, 1, 2).of(), "x2": positive, "kinks": AT_ZERO},
    unknown=ORDER,
)


def lead(v, x):
    """(x/2)^v / (√π Γ(v + 3/2)), the first term of Struve's recurrence."""
    return (0.5 * x) ** v * (special.rgamma(v + 1.5) / SQRT_PI)


elementwise(
    special.itstruve0,
    lambda d, x, ans: d * astype(special.struve(0, x), ans.dtype),
    on={"x": positive},
)
elementwise(
    special.it2struve0,
    lambda d, x, ans: -(d * astype(special.struve(0, x) / x, ans.dtype)),
    on={"x": positive},
)
elementwise(
    special.itmodstruve0,
    lambda d, x, ans: d * astype(special.modstruve(0, x), ans.dtype),
    on={"x": positive},
)
elementwise(
    special.besselpoly,
    lambda d, x1, x2, x3: (
        d
        * (special.besselpoly(x1, x2 + 1.0, x3 - 1.0) - special.besselpoly(x1, x2 + 1.0, x3 + 1.0)),
        None,
        None,
    ),
    on={"x1": positive, "x2": between(0.2, 1.5), "x3": between(1.2, 2.5)},
    unknown={"x2": "the exponent lmb", "x3": "the order nu"},
)


# Spherical ones: functions with the option of their own derivative.


def below(n):
    """n - 1, and 0 for n = 0."""
    return n - (n != 0)


def spherical_slopes(n, lower, upper, sign):
    """(n f(n - 1) ± (n + 1) f(n + 1)) / (2n + 1), the derivative of a spherical function f."""
    return (n * lower + sign * (n + 1.0) * upper) / (2.0 * n + 1.0)


DEGREE = {"n": "the order n, a whole number"}
SPHERICAL = {"n": one_of(0, 1, 3).of(), "z": positive, "derivative": one_of(False, True)}


def slope_jn(n, z, derivative):
    """The derivative of what spherical_jn gives."""
    lower = special.spherical_jn(below(n), z, derivative)
    return spherical_slopes(n, lower, special.spherical_jn(n + 1, z, derivative), -1.0)


@rule(special.spherical_jn, "(),()->()", elementwise=True, on=SPHERICAL, unknown=DEGREE)
class spherical_jn:
    """ans = the spherical Bessel function of the first kind, or its derivative."""

    def primal(n, z, derivative=False):
        return special.spherical_jn(n, z, derivative)

    def tangent(n, z, derivative, z_dot):
        return z_dot * slope_jn(n, z, derivative)

    def adjoint(n, z, derivative, ans_bar):
        z_bar = ans_bar * slope_jn(n, z, derivative)
        return z_bar


def slope_yn(n, z, derivative):
    """The derivative of what spherical_yn gives."""
    lower = special.spherical_yn(below(n), z, derivative)
    return spherical_slopes(n, lower, special.spherical_yn(n + 1, z, derivative), -1.0)


@rule(special.spherical_yn, "(),()->()", elementwise=True, on=SPHERICAL, unknown=DEGREE)
class spherical_yn:
    """ans = the spherical Bessel function of the second kind, or its derivative."""

    def primal(n, z, derivative=False):
        return special.spherical_yn(n, z, derivative)

    def tangent(n, z, derivative, z_dot):
        return z_dot * slope_yn(n, z, derivative)

    def adjoint(n, z, derivative, ans_bar):
        z_bar = ans_bar * slope_yn(n, z, derivative)
        return z_bar


def slope_in(n, z, derivative):
    """The derivative of what spherical_in gives."""
    lower = special.spherical_in(below(n), z, derivative)
    return spherical_slopes(n, lower, special.spherical_in(n + 1, z, derivative), 1.0)


@rule(special.spherical_in, "(),()->()", elementwise=True, on=SPHERICAL, unknown=DEGREE)
class spherical_in:
    """ans = the modified spherical Bessel function of the first kind, or its derivative."""

    def primal(n, z, derivative=False):
        return special.spherical_in(n, z, derivative)

    def tangent(n, z, derivative, z_dot):
        return z_dot * slope_in(n, z, derivative)

    def adjoint(n, z, derivative, ans_bar):
        z_bar = ans_bar * slope_in(n, z, derivative)
        return z_bar


def slope_kn(n, z, derivative):
    """The derivative of what spherical_kn gives."""
    lower = special.spherical_kn(below(n), z, derivative)
    return spherical_slopes(n, lower, special.spherical_kn(n + 1, z, derivative), 1.0)


@rule(special.spherical_kn, "(),()->()", elementwise=True, on=SPHERICAL, unknown=DEGREE)
class spherical_kn:
    """ans = the modified spherical Bessel function of the second kind, or its derivative."""

    def primal(n, z, derivative=False):
        return special.spherical_kn(n, z, derivative)

    def tangent(n, z, derivative, z_dot):
        return -(z_dot * slope_kn(n, z, derivative))

    def adjoint(n, z, derivative, ans_bar):
        z_bar = -(ans_bar * slope_kn(n, z, derivative))
        return z_bar


# Derivatives of any order, as SciPy states them.


def derived(f, v, z, n, sign):
    """The nth derivative of a cylinder function: Σ (±1)^k binom(n, k) f(v - n + 2k, z) / 2^n."""
    factor, result = 1.0, f(v - n, z)
    for i in range(1, n + 1):
        factor = sign * (factor * (n - i + 1)) / i
        result = result + factor * f(v - n + i * 2, z)
    return result / 2.0**n


def checked(n):
    """n, if it is an order of derivative."""
    if n < 0:
        raise ValueError("n must be a non-negative integer.")
    return n


PRIMED = {"v z n": together(*[(v, positive.of(3), n) for v, n in ((0, 1), (1.5, 0), (2, 3))])}


@defined(special.jvp, wrt="z", on=PRIMED)
def jvp(v, z, n=1):
    """scipy.special.jvp"""
    return special.jv(v, z) if checked(n) == 0 else derived(special.jv, v, z, n, -1)


@defined(special.yvp, wrt="z", on=PRIMED)
def yvp(v, z, n=1):
    """scipy.special.yvp"""
    return special.yv(v, z) if checked(n) == 0 else derived(special.yv, v, z, n, -1)


@defined(special.ivp, wrt="z", on=PRIMED)
def ivp(v, z, n=1):
    """scipy.special.ivp"""
    return special.iv(v, z) if checked(n) == 0 else derived(special.iv, v, z, n, 1)


@defined(special.kvp, wrt="z", on=PRIMED)
def kvp(v, z, n=1):
    """scipy.special.kvp"""
    if checked(n) == 0:
        return special.kv(v, z)
    return (-1) ** n * derived(special.kv, v, z, n, 1)


real_only(special.jve, special.yve, special.ive)

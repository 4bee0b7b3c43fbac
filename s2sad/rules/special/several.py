"""Functions with several results at once: Airy, Fresnel, Jacobi, Mathieu, parabolic cylinders.

A slope is the derivative of one of the results, in terms of them: where a function is given with
its derivative, its differential equation closes them.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from s2sad.rules.axes import broadcast
from s2sad.rules.creation import astype
from s2sad.rules.domains import between, of_shape, one_of, positive, together
from s2sad.rules.notation import elementwise, real_only, rule
from s2sad.rules.special.elliptic import first_by_modulus
from s2sad.runtime import sum_to

SHAPES = one_of(of_shape(3), of_shape(), of_shape(2, 3))
RADIANS = math.pi / 180.0


def shaped(values):
    """Values of a domain in arrays of a few shapes."""
    return one_of(values.of(3), values.of(), values.of(2, 3))


def together_shape(*shapes):
    """The shape of operands together; a number that is known stands for its shape."""
    found = ()
    for dims in shapes:
        found = broadcast(found, dims) if isinstance(dims, tuple) else found
    return found


def paired(slopes, bars):
    """The sum of the slopes, each times the cotangent of its result."""
    found = slopes[0] * bars[0]
    for slope, bar in zip(slopes[1:], bars[1:], strict=True):
        found = found + slope * bar
    return found


def like_results(value, ans):
    """`value` in the dtype of the results."""
    return astype(value, ans[0].dtype)


def several(of, slopes, on=SHAPES):
    """State the rule of a function of one argument from the slopes of its results."""

    @rule(of, results=of.nout, on={"x": on})
    class stated:
        """ans = several functions of x, whose slopes are functions of them and of x."""

        def primal(x):
            return of(x)

        def shape(x):
            return (x,) * of.nout

        def tangent(x, ans, x_dot):
            return tuple([s * x_dot for s in slopes(x, ans)])

        def adjoint(x, ans, ans_bar):
            x_bar = paired(slopes(x, ans), ans_bar)
            return x_bar


def of_order(of, slopes, unknown, on):
    """The same for a function of an order, which is data, and an argument."""

    @rule(of, results=of.nout, unknown={"v": unknown}, on={"v x": on})
    class stated:
        """ans = a function of order v at x, and its derivative."""

        def primal(v, x):
            return of(v, x)

        def shape(v, x):
            return (together_shape(v, x),) * of.nout

        def tangent(v, x, ans, x_dot):
            return tuple([s * x_dot for s in slopes(v, x, ans)])

        def adjoint(v, x, ans, ans_bar):
            x_bar = sum_to(paired(slopes(v, x, ans), ans_bar), x.shape)
            return x_bar


def of_mathieu(of, slopes, x):
    """The same for Mathieu functions of order m with the parameter q, both of them data."""

    @rule(
        of,
        results=2,
        unknown={"m": "the order m, a whole number", "q": "the parameter q"},
        on={"m q x": together((2, 1.5, x.of(3)), (1, 0.5, x.of()))},
    )
    class stated:
        """ans = a Mathieu function of order m at x, and its derivative."""

        def primal(m, q, x):
            return of(m, q, x)

        def shape(m, q, x):
            return (together_shape(m, q, x),) * 2

        def tangent(m, q, x, ans, x_dot):
            first, second = slopes(m, q, x, ans)
            return first * x_dot, second * x_dot

        def adjoint(m, q, x, ans, ans_bar):
            x_bar = sum_to(paired(slopes(m, q, x, ans), ans_bar), x.shape)
            return x_bar


# Integrals: their integrands, in the form without a quotient at zero where there is one.


def sici_slopes(x, ans):
    """Those of the sine and cosine integrals."""
    return like_results(special.spherical_jn(0, x), ans), np.cos(x) / x


def shichi_slopes(x, ans):
    """Those of the hyperbolic sine and cosine integrals."""
    return like_results(special.spherical_in(0, x), ans), np.cosh(x) / x


def fresnel_slopes(x, ans):
    """Those of Fresnel's integrals S and C."""
    angle = 0.5 * np.pi * x * x
    return np.sin(angle), np.cos(angle)


def itj0y0_slopes(x, ans):
    """Those of the integrals of J0 and Y0."""
    return special.j0(x), special.y0(x)


def iti0k0_slopes(x, ans):
    """Those of the integrals of I0 and K0."""
    return special.i0(x), special.k0(x)


def growth(f, x, sign):
    """(f(x) - 1) / x for f = I0 and sign = 1, (1 - f(x)) / x for J0 and -1: a series at zero."""
    near = np.abs(x) < 0.5
    z, far = np.where(near, 0.25 * sign * x * x, 0.0), np.where(near, 1.0, x)
    series = 1.0 + z / 4.0 * (
        1.0 + z / 9.0 * (1.0 + z / 16.0 * (1.0 + z / 25.0 * (1.0 + z / 36.0)))
    )
    return np.where(near, 0.25 * x * series, sign * (f - 1.0) / far)


def it2j0y0_slopes(x, ans):
    """Those of the integrals of (1 - J0(t)) / t to x, and of Y0(t) / t from x on."""
    return growth(special.j0(x), x, -1.0), -special.y0(x) / x


def it2i0k0_slopes(x, ans):
    """Those of the integrals of (I0(t) - 1) / t to x, and of K0(t) / t from x on."""
    return growth(special.i0(x), x, 1.0), -special.k0(x) / x


# Airy functions: Ai'' = x Ai, and so for Bi.


def airy_slopes(x, ans):
    """Those of Ai, Ai', Bi, Bi'."""
    return ans[1], x * ans[0], ans[3], x * ans[2]


def airye_slopes(x, ans):
    """Those of Ai and Ai' times exp(2/3 x^(3/2)), and of Bi and Bi' divided by it where x > 0."""
    root = np.sqrt(np.maximum(x, 0.0))
    first = ans[1] + root * ans[0], x * ans[0] + root * ans[1]
    return *first, ans[3] - root * ans[2], x * ans[2] - root * ans[3]


several(special.sici, sici_slopes, shaped(positive))
several(special.shichi, shichi_slopes, shaped(positive))
several(special.fresnel, fresnel_slopes)
several(special.itj0y0, itj0y0_slopes, shaped(positive))
several(special.iti0k0, iti0k0_slopes, shaped(positive))
several(special.it2j0y0, it2j0y0_slopes, shaped(positive))
several(special.it2i0k0, it2i0k0_slopes, shaped(positive))
several(special.airy, airy_slopes)
several(special.airye, airye_slopes, shaped(positive))


# Parabolic cylinders: w'' = (x²/4 + a) w.  [DLMF 12.2]


def cylinder_slopes(v, x, ans):
    """Those of D or V of order v, and of its derivative."""
    return ans[1], (0.25 * x * x - v - 0.5) * ans[0]


def wave_slopes(a, x, ans):
    """Those of W with the parameter a, and of its derivative."""
    return ans[1], (a - 0.25 * x * x) * ans[0]


ORDERS = together(
    (1.5, positive.of(3)), (0.5, positive.of()), (np.array([0.5, 2.5]), positive.of())
)
of_order(special.pbdv, cylinder_slopes, "the order v", ORDERS)
of_order(special.pbvv, cylinder_slopes, "the order v", ORDERS)
of_order(special.pbwa, wave_slopes, "the parameter a", ORDERS)


# The characteristic values of Mathieu's equation, as data.
CHARACTER = {"x1": "the order m, a whole number", "x2": "the parameter q"}
WHOLE = {"x1 x2": together((2, 1.5), (1, of_shape(3)))}
elementwise(special.mathieu_a, lambda d: (None, None), on=WHOLE, unknown=CHARACTER)
elementwise(special.mathieu_b, lambda d: (None, None), on=WHOLE, unknown=CHARACTER)

# Mathieu functions, of an angle in degrees, and the modified ones of a number.


def even_slopes(m, q, x, ans):
    """Those of ce and its derivative in radians."""
    turning = like_results(special.mathieu_a(m, q), ans) - 2.0 * q * np.cos(2.0 * RADIANS * x)
    return RADIANS * ans[1], -RADIANS * turning * ans[0]


def odd_slopes(m, q, x, ans):
    """Those of se and its derivative in radians."""
    turning = like_results(special.mathieu_b(m, q), ans) - 2.0 * q * np.cos(2.0 * RADIANS * x)
    return RADIANS * ans[1], -RADIANS * turning * ans[0]


def modified_even_slopes(m, q, x, ans):
    """Those of Mc and its derivative."""
    rising = like_results(special.mathieu_a(m, q), ans) - 2.0 * q * np.cosh(2.0 * x)
    return ans[1], rising * ans[0]


def modified_odd_slopes(m, q, x, ans):
    """Those of Ms and its derivative."""
    rising = like_results(special.mathieu_b(m, q), ans) - 2.0 * q * np.cosh(2.0 * x)
    return ans[1], rising * ans[0]


ANGLES, NUMBERS = between(10.0, 80.0), between(0.3, 1.5)
of_mathieu(special.mathieu_cem, even_slopes, ANGLES)
of_mathieu(special.mathieu_sem, odd_slopes, ANGLES)
of_mathieu(special.mathieu_modcem1, modified_even_slopes, NUMBERS)
of_mathieu(special.mathieu_modcem2, modified_even_slopes, NUMBERS)
of_mathieu(special.mathieu_modsem1, modified_odd_slopes, NUMBERS)
of_mathieu(special.mathieu_modsem2, modified_odd_slopes, NUMBERS)


# Jacobi's elliptic functions, of u and the parameter m.


def amplitude_by_modulus(ph, m, dn):
    """The derivative of the amplitude in m, where F(ph | m) = u stays."""
    return -dn * first_by_modulus(ph, m, ph)


def turned(ans, m, ph_dot, own_dot):
    """The tangents of sn, cn, dn, ph for that of ph, and for that of m where it stands itself."""
    sn, cn, dn, _ = ans
    dn_dot = -sn * (m * cn * ph_dot + 0.5 * sn * own_dot) / dn
    return cn * ph_dot, -sn * ph_dot, dn_dot, ph_dot


@rule(
    special.ellipj,
    results=4,
    on={
        "u m": together(
            (positive.of(3), between(0.1, 0.8).of(3)), (positive.of(), between(0.1, 0.8).of(2))
        )
    },
)
class ellipj:
    """ans = sn, cn, dn, and the amplitude ph: sn = sin ph, cn = cos ph, dn² = 1 - m sn²."""

    def primal(u, m):
        return special.ellipj(u, m)

    def shape(u, m):
        return (broadcast(u, m),) * 4

    def tangent(m, ans, u_dot, m_dot):
        _, _, dn, ph = ans
        ph_dot = dn * u_dot + amplitude_by_modulus(ph, m, dn) * m_dot
        return turned(ans, m, ph_dot, m_dot)

    def adjoint(u, m, ans, ans_bar):
        sn, cn, dn, ph = ans
        sn_bar, cn_bar, dn_bar, ph_bar = ans_bar
        falling = dn_bar * sn / dn
        turn = cn * sn_bar - sn * cn_bar - m * cn * falling + ph_bar
        own = amplitude_by_modulus(ph, m, dn) * turn - 0.5 * sn * falling
        u_bar = sum_to(dn * turn, u.shape)
        m_bar = sum_to(own, m.shape)
        return u_bar, m_bar


real_only(special.airye)

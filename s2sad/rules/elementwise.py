"""Mathematical functions: NumPy's ufuncs, one line each, and the elementwise `where` and `clip`."""

from __future__ import annotations

import math

import numpy as np

from s2sad.rules.creation import astype
from s2sad.rules.domains import (
    above_one,
    apart,
    away_from_poles,
    booleans,
    inside_unit,
    integers,
    nonzero,
    of_shape,
    one_of,
    positive,
    reals,
    together,
)
from s2sad.rules.notation import at_compile_time, data, defined, elementwise, rule, spelled

LN2 = math.log(2.0)
LN10 = math.log(10.0)
MODULUS = together((apart().of(3), 1.0), (apart(0.1, 0.4).of(2, 3), np.array([-1.0, 1.0, 0.5])))
WHOLE = {"x1": integers(0, 9), "x2": integers(0, 9)}


def or_one(x):
    """`x`, one where it is zero: a denominator whose numerator is zero there too."""
    return x + (x == 0)


@at_compile_time
def tiny(dtype):
    """The smallest normal number of a dtype."""
    return float(np.finfo(dtype).tiny)


def inverse_size(ans):
    """1 / ans; 1 where ans is zero, or so small that the inverse overflows."""
    return 1.0 / (ans + (ans < tiny(ans.dtype)))


def or_infinite(x):
    """`x`, infinity where it is zero: what is divided by it is zero there to every order."""
    if np.ndim(x) == 0:
        return x if x != 0.0 else np.inf
    return np.where(x != 0.0, x, np.inf)


def logarithm(x1, ans):
    """log x1, 0 for x1 = 0, in the dtype of ans: a number's logarithm is a double otherwise."""
    return astype(np.log(or_one(x1)), ans.dtype)


def base(x1, x2):
    """The base of `x2 * x1 ** (x2 - 1)`: one instead of zero under exponent zero (not 0 * inf)."""
    if np.ndim(x2) == 0:
        return x1 if x2 != 0 else or_one(x1)
    return x1 + ((x1 == 0) & (x2 == 0))


def doubled(ans):
    """Twice a root, infinite where that is zero or not a number: its reciprocal is zero there."""
    if np.iscomplexobj(ans):
        return np.where(ans == 0.0, np.inf, 2.0 * ans)
    if np.ndim(ans) == 0:
        return 2.0 * ans if ans > 0.0 else np.inf
    return np.where(ans > 0.0, 2.0 * ans, np.inf)


def behind(x1, x2):
    """How far x1 is behind x2: not at all where both are the same infinity."""
    return np.where(np.isinf(x1) & (x1 == x2), 0.0, x2 - x1)


def weight(behind):
    """How much of a sum of two exponentials one is that is so far behind the other.

    Not exp(x1 - log of the sum), where large numbers cancel.
    """
    return np.exp(-np.logaddexp(0.0, behind))


def one_and(x):
    """√(1 + x²), which np.hypot computes without overflow."""
    return np.sqrt(1.0 + x * x) if np.iscomplexobj(x) else np.hypot(x, 1.0)


def larger(d, x1, x2):
    """`d` where x1 is the larger, half of it in a tie: the cotangent x1 gets from a maximum."""
    return np.where(x1 > x2, d, np.where(x1 == x2, 0.5 * d, 0.0))


def chosen(d, x1, x2, ans):
    """`d` where ans is x1, half of it in a tie: as `larger`, but an operand that is NaN loses."""
    return np.where(x1 == x2, 0.5 * d, np.where(x1 == ans, d, 0.0))


# Arithmetic.  The exponent's partial never meets log(0): 0 ** x2 is constant (0) for x2 > 0.
elementwise(np.add, lambda d: (d, d))
elementwise(np.subtract, lambda d: (d, -d))
elementwise(np.multiply, lambda d, x1, x2: (d * x2, d * x1))
elementwise(np.divide, lambda d, x2, ans: (d / x2, -(d / x2 * ans)), on={"x2": nonzero}, poles=True)
elementwise(np.negative, lambda d: -d)
elementwise(np.positive, lambda d: d)
elementwise(np.conjugate, lambda d: np.conjugate(d))
elementwise(
    np.power,
    lambda d, x1, x2, ans: (d * (x2 * base(x1, x2) ** (x2 - 1)), d * (ans * logarithm(x1, ans))),
    on={"x1": positive, "kinks": [(0.0, 0.0), (0.0, 1.0), (0.0, 2.0), (0.0, 3.5), (2.0, 0.0)]},
    poles=True,
)
elementwise(
    np.float_power,
    lambda d, x1, x2, ans: (d * (x2 * base(x1, x2) ** (x2 - 1)), d * (ans * logarithm(x1, ans))),
    on={"x1": positive, "kinks": [(0.0, 0.0), (0.0, 1.0), (0.0, 2.0), (0.0, 3.5), (2.0, 0.0)]},
    poles=True,
)
elementwise(
    np.remainder,
    lambda d, x1, x2: (d, -(d * np.floor_divide(x1, x2))),
    on={"x1 x2": MODULUS},
    poles=True,
)
elementwise(
    np.fmod, lambda d, x1, x2: (d, -(d * np.trunc(x1 / x2))), on={"x1 x2": MODULUS}, poles=True
)
elementwise(np.square, lambda d, x: d * (2.0 * x))
elementwise(np.reciprocal, lambda d, ans: -(d * (ans * ans)), on={"x": nonzero}, poles=True)

# Roots.  sqrt'(0) is 0, as in Tapenade and Enzyme: the gradient of a root of a sum of squares
# is then 0 at the origin, a subgradient, and not NaN; and so is what a masked sqrt(-1) gives.
elementwise(
    np.sqrt,
    lambda d, ans: d / doubled(ans),
    on={"x": positive, "kinks": [(0.0,), (-1.0,)]},
)
elementwise(np.cbrt, lambda d, ans: d / (3.0 * ans * ans), on={"x": nonzero}, poles=True)
elementwise(
    np.hypot,
    lambda d, x1, x2, ans: (d * (x1 / or_infinite(ans)), d * (x2 / or_infinite(ans))),
    on={"x1": nonzero, "kinks": [(0.0, 0.0), (0.0, 1.0)]},
)

# Exponentials and logarithms.  exp(x) rather than ans + 1 in expm1: nothing cancels.
elementwise(np.exp, lambda d, ans: d * ans)
elementwise(np.exp2, lambda d, ans: d * (ans * LN2))
elementwise(np.expm1, lambda d, x: d * np.exp(x))
elementwise(np.log, lambda d, x: d / x, on={"x": positive}, poles=True)
elementwise(np.log2, lambda d, x: d / (x * LN2), on={"x": positive}, poles=True)
elementwise(np.log10, lambda d, x: d / (x * LN10), on={"x": positive}, poles=True)
elementwise(np.log1p, lambda d, x: d / (1.0 + x), on={"x": positive}, poles=True)
elementwise(
    np.logaddexp,
    lambda d, x1, x2: (d * weight(behind(x1, x2)), d * weight(behind(x2, x1))),
    on={"kinks": [(-np.inf, -np.inf), (-np.inf, 1.0), (np.inf, np.inf), (np.inf, 1.0)]},
)
elementwise(
    np.logaddexp2,
    lambda d, x1, x2: (d * weight(LN2 * behind(x1, x2)), d * weight(LN2 * behind(x2, x1))),
    on={"kinks": [(-np.inf, -np.inf), (-np.inf, 1.0), (np.inf, np.inf), (np.inf, 1.0)]},
)

# Trigonometric and hyperbolic.  (1 - x)(1 + x) rather than 1 - x²: nothing cancels near 1.
elementwise(np.sin, lambda d, x: d * np.cos(x))
elementwise(np.cos, lambda d, x: -(d * np.sin(x)))
elementwise(np.tan, lambda d, ans: d * (1.0 + ans * ans), on={"x": away_from_poles})
elementwise(
    np.arcsin, lambda d, x: d / np.sqrt((1.0 - x) * (1.0 + x)), on={"x": inside_unit}, poles=True
)
elementwise(
    np.arccos, lambda d, x: -(d / np.sqrt((1.0 - x) * (1.0 + x))), on={"x": inside_unit}, poles=True
)
elementwise(np.arctan, lambda d, x: d / (1.0 + x * x))
elementwise(
    np.arctan2,
    lambda d, x1, x2: (
        d * (x2 / or_infinite(np.hypot(x1, x2)) / or_infinite(np.hypot(x1, x2))),
        -(d * (x1 / or_infinite(np.hypot(x1, x2)) / or_infinite(np.hypot(x1, x2)))),
    ),
    on={"x1": nonzero, "x2": positive, "kinks": [(0.0, 0.0)]},
)
elementwise(np.sinh, lambda d, x: d * np.cosh(x))
elementwise(np.cosh, lambda d, x: d * np.sinh(x))
elementwise(np.tanh, lambda d, ans: d * (1.0 - ans * ans))
elementwise(np.arcsinh, lambda d, x: d / one_and(x))
elementwise(
    np.arccosh,
    lambda d, x: d / (np.sqrt(x - 1.0) * np.sqrt(x + 1.0)),
    on={"x": above_one},
    poles=True,
)
elementwise(np.arctanh, lambda d, x: d / ((1.0 - x) * (1.0 + x)), on={"x": inside_unit}, poles=True)
elementwise(np.deg2rad, lambda d: np.deg2rad(d))
elementwise(np.radians, lambda d: np.radians(d))
elementwise(np.rad2deg, lambda d: np.rad2deg(d))
elementwise(np.degrees, lambda d: np.degrees(d))


# With kinks: abs'(0) = 0; a tie of two operands is shared equally.
@rule(np.absolute, "()->()", elementwise=True, on={"x": nonzero, "kinks": [(0.0,)]})
class absolute:
    """ans = |x|; its derivative at 0 is 0."""

    def primal(x):
        return np.absolute(x)

    def tangent(x, ans, x_dot):
        if np.iscomplexobj(x):
            return np.real(np.conjugate(x) * x_dot) / or_one(ans)
        return x_dot * np.sign(x)

    def adjoint(x, ans, ans_bar):
        if np.iscomplexobj(x):
            x_bar = ans_bar * (np.conjugate(x) * inverse_size(ans))
        else:
            x_bar = ans_bar * np.sign(x)
        return x_bar


elementwise(np.fabs, lambda d, x: d * np.sign(x), on={"x": nonzero, "kinks": [(0.0,)]})
elementwise(
    np.maximum,
    lambda d, x1, x2: (larger(d, x1, x2), larger(d, x2, x1)),
    on={"x1": apart(0.2, 0.4), "x2": apart(0.6, 0.8), "kinks": [(1.5, 1.5)]},
)
elementwise(
    np.minimum,
    lambda d, x1, x2: (larger(d, x2, x1), larger(d, x1, x2)),
    on={"x1": apart(0.2, 0.4), "x2": apart(0.6, 0.8), "kinks": [(1.5, 1.5)]},
)
elementwise(
    np.fmax,
    lambda d, x1, x2, ans: (chosen(d, x1, x2, ans), chosen(d, x2, x1, ans)),
    on={"x1": apart(0.2, 0.4), "x2": apart(0.6, 0.8), "kinks": [(1.5, 1.5)]},
)
elementwise(
    np.fmin,
    lambda d, x1, x2, ans: (chosen(d, x1, x2, ans), chosen(d, x2, x1, ans)),
    on={"x1": apart(0.2, 0.4), "x2": apart(0.6, 0.8), "kinks": [(1.5, 1.5)]},
)


@rule(np.copysign, "(),()->()", elementwise=True, on={"x1": nonzero, "kinks": [(0.0, 1.0)]})
class copysign:
    """ans = |x1| with the sign of x2; its derivative in x1 at 0 is 0, as that of abs."""

    def primal(x1, x2):
        return np.copysign(x1, x2)

    def tangent(x1, x2, x1_dot):
        return x1_dot * (np.sign(x1) * np.copysign(1.0, x2))

    def adjoint(x1, x2, ans_bar):
        x1_bar = ans_bar * (np.sign(x1) * np.copysign(1.0, x2))
        return x1_bar


@rule(np.where, "(),(),()->()", elementwise=True, linear="x y", on={"condition": booleans})
class where:
    """ans = x where condition holds, else y."""

    def primal(condition, x, y):
        return np.where(condition, x, y)

    def adjoint(condition, ans_bar):
        x_bar = np.where(condition, ans_bar, 0.0)
        y_bar = np.where(condition, 0.0, ans_bar)
        return x_bar, y_bar


def within(a, a_min, a_max):
    """Where a is not clipped: the bounds themselves count as inside."""
    if a_min is None:
        return a <= a_max
    if a_max is None:
        return a_min <= a
    return (a_min <= a) & (a <= a_max)


def below(a, a_min, a_max):
    """Where the lower bound is the result; the upper one wins if they cross, as in NumPy."""
    return a < a_min if a_max is None else (a < a_min) & (a_min <= a_max)


def above(a, a_min, a_max):
    """Where the upper bound is the result."""
    return a_max < a if a_min is None else (a_max < a) | (a_max < a_min)


def clipped_dot(a, a_min, a_max, a_dot, a_min_dot, a_max_dot):
    """The tangent of whichever of the three is the result."""
    if a_min is None and a_max is None:
        return a_dot
    if a_min is None:
        return np.where(within(a, a_min, a_max), a_dot, a_max_dot)
    if a_max is None:
        return np.where(within(a, a_min, a_max), a_dot, a_min_dot)
    bound_dot = np.where(below(a, a_min, a_max), a_min_dot, a_max_dot)
    return np.where(within(a, a_min, a_max), a_dot, bound_dot)


def unclipped_bar(a, a_min, a_max, ans_bar):
    """The cotangent of what may be clipped."""
    if a_min is None and a_max is None:
        return ans_bar
    return np.where(within(a, a_min, a_max), ans_bar, 0.0)


BOUNDS = together(
    (apart(0.4, 0.6).of(7), -1.0, 1.0),
    (apart(0.4, 0.6).of(7), None, one_of(0.0, 1)),
    (apart(0.4, 0.6).of(2, 3), one_of(0, -1.0), None),
    (apart(0.4, 0.6).of(5, 3), apart(0.1, 0.2).of(3), apart(0.8, 0.9).of(5, 1)),
    (apart(0.4, 0.6).of(3), None, None),
)


@rule(
    np.clip,
    elementwise=True,
    on={
        "a a_min a_max": BOUNDS,
        "kinks": [(1.0, 0.0, 1.0), (0.0, 0.0, 1.0)],
    },
)
class clip:
    """ans = min(max(a, a_min), a_max); at a bound the derivative in a is 1, in the bound 0."""

    def primal(a, a_min, a_max):
        return np.clip(a, a_min, a_max)

    def tangent(a, a_min, a_max, a_dot, a_min_dot, a_max_dot):
        return clipped_dot(a, a_min, a_max, a_dot, a_min_dot, a_max_dot)

    def adjoint(a, a_min, a_max, ans_bar):
        a_bar = unclipped_bar(a, a_min, a_max, ans_bar)
        a_min_bar = 0.0 if a_min is None else np.where(below(a, a_min, a_max), ans_bar, 0.0)
        a_max_bar = 0.0 if a_max is None else np.where(above(a, a_min, a_max), ans_bar, 0.0)
        return a_bar, a_min_bar, a_max_bar


@defined(np.clip, wrt="a min max", when="min max", on={"a min max": together(*BOUNDS.cases[:-1])})
def clip_by_name(a, *, min=None, max=None):
    """np.clip with `min` and `max`."""
    return np.clip(a, min, max)


# Without a derivative: the result is used as data.
data(np.sign, np.floor, np.ceil, np.rint, np.trunc, np.spacing)
data(np.iscomplex, np.isreal)
data(np.floor_divide, np.signbit, np.isnan, np.isinf, np.isfinite)
data(np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal)
data(np.logical_and, np.logical_or, np.logical_xor, np.logical_not)
data(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.left_shift, np.right_shift, on=WHOLE)
data(np.gcd, np.lcm, on=WHOLE)
data(np.invert, np.bitwise_count, on={"x": integers(0, 9)})


@rule(np.round, on={"a decimals": together((apart().of(4), 0), (reals.of(3), 1))})
class round_:
    """ans = a rounded to `decimals` digits; piecewise constant."""

    def primal(a, decimals=0, out=None):
        return np.round(a, decimals)

    def shape(a):
        return a


spelled(np.around, np.round)


@rule(np.isclose, "(),()->()", on={"x": reals})
class isclose:
    """ans = |a - b| <= atol + rtol * |b|."""

    def primal(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
        return np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)


@rule(np.allclose, on={"a": of_shape(3), "b": of_shape(3)})
class allclose:
    """ans = whether all elements are close."""

    def primal(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
        return np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)

    def shape(a):
        return ()

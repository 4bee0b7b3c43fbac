"""Python's own spellings: `operator`, `math` and the builtins, on top of NumPy's rules."""

from __future__ import annotations

import builtins
import math
import operator

import numpy as np

from s2sad.rules import elementwise as _elementwise  # noqa: F401  (their rules come first)
from s2sad.rules import products as _products  # noqa: F401
from s2sad.rules.domains import (
    above_one,
    apart,
    nonzero,
    of_shape,
    one_of,
    positive,
    reals,
    together,
)
from s2sad.rules.notation import data, elementwise, rule, spelled

TWO_OVER_SQRT_PI = 2.0 / math.sqrt(math.pi)

for _function, _same in {
    operator.add: np.add,
    operator.sub: np.subtract,
    operator.mul: np.multiply,
    operator.truediv: np.divide,
    operator.floordiv: np.floor_divide,
    operator.mod: np.remainder,
    operator.pow: np.power,
    operator.matmul: np.matmul,
    operator.neg: np.negative,
    operator.pos: np.positive,
    operator.abs: np.absolute,
    operator.invert: np.invert,
    operator.and_: np.bitwise_and,
    operator.or_: np.bitwise_or,
    operator.xor: np.bitwise_xor,
    operator.lshift: np.left_shift,
    operator.rshift: np.right_shift,
    operator.lt: np.less,
    operator.le: np.less_equal,
    operator.gt: np.greater,
    operator.ge: np.greater_equal,
    operator.eq: np.equal,
    operator.ne: np.not_equal,
    operator.not_: np.logical_not,
    abs: np.absolute,
    pow: np.power,
    math.pow: np.power,
    math.exp: np.exp,
    math.exp2: np.exp2,
    math.expm1: np.expm1,
    math.log2: np.log2,
    math.log10: np.log10,
    math.log1p: np.log1p,
    math.sqrt: np.sqrt,
    math.cbrt: np.cbrt,
    math.hypot: np.hypot,
    math.sin: np.sin,
    math.cos: np.cos,
    math.tan: np.tan,
    math.asin: np.arcsin,
    math.acos: np.arccos,
    math.atan: np.arctan,
    math.atan2: np.arctan2,
    math.sinh: np.sinh,
    math.cosh: np.cosh,
    math.tanh: np.tanh,
    math.asinh: np.arcsinh,
    math.acosh: np.arccosh,
    math.atanh: np.arctanh,
    math.degrees: np.degrees,
    math.radians: np.radians,
    math.fabs: np.fabs,
    math.fmod: np.fmod,
    math.copysign: np.copysign,
    math.isnan: np.isnan,
    math.isinf: np.isinf,
    math.isfinite: np.isfinite,
}.items():
    spelled(_function, _same)

elementwise(
    math.erf,
    lambda d, x: d * (TWO_OVER_SQRT_PI * np.exp(-x * x)),
    on={"x": reals.of()},
)
elementwise(
    math.erfc,
    lambda d, x: -(d * (TWO_OVER_SQRT_PI * np.exp(-x * x))),
    on={"x": reals.of()},
)
elementwise(
    math.remainder,
    lambda d, x1, x2: (d, -(d * np.rint(x1 / x2))),
    on={"x1 x2": together((apart(0.1, 0.4).of(), 1.0), (apart(0.6, 0.7).of(), 0.5))},
)


@rule(
    math.log,
    elementwise=True,
    on={"x base": together((positive.of(), None), (positive.of(), above_one.of()))},
)
class log:
    """ans = log x, or log x / log base."""

    def primal(x, base=None):
        return math.log(x) if base is None else math.log(x, base)

    def tangent(x, base, ans, x_dot, base_dot):
        if base is None:
            return x_dot / x
        return (x_dot / x - base_dot * ans / base) / np.log(base)

    def adjoint(x, base, ans, ans_bar):
        x_bar = ans_bar / x if base is None else ans_bar / (x * np.log(base))
        base_bar = 0.0 if base is None else -ans_bar * ans / (base * np.log(base))
        return x_bar, base_bar


@rule(float, linear="x", on={"x": reals.of()})
class float_:
    """ans = x as a Python float."""

    def primal(x):
        return float(x)

    def shape(x):
        return ()

    def dtype(x):
        return np.dtype("f8")

    def adjoint(ans_bar):
        x_bar = ans_bar
        return x_bar


data(math.floor, math.ceil, math.trunc, dtype="i8", on={"x": one_of(-1.5, 0.3, 2.7)})


@rule(int, on={"x": apart().of()})
class int_:
    """ans = x truncated to a Python int."""

    def primal(x):
        return int(x)

    def shape(x):
        return ()

    def dtype(x):
        return np.dtype("i8")


@rule(bool, on={"x": nonzero.of()})
class bool_:
    """ans = whether x is not zero."""

    def primal(x):
        return bool(x)

    def shape(x):
        return ()

    def dtype(x):
        return np.dtype("?")


@rule(round, on={"number": apart(0.1, 0.4).of()})
class round_:
    """ans = number rounded to `ndigits`; an int without it."""

    def primal(number, ndigits=None):
        return round(float(number), ndigits)

    def shape(number):
        return ()


@rule(math.isclose, on={"a": reals.of(), "b": reals.of()})
class isclose:
    """ans = |a - b| <= max(rel_tol * max(|a|, |b|), abs_tol)."""

    def primal(a, b, rel_tol=1e-09, abs_tol=0.0):
        return math.isclose(a, b, rel_tol=rel_tol, abs_tol=abs_tol)

    def shape(a):
        return ()


@rule(builtins.len, on={"a": of_shape(3, 2)})
class len_:
    """ans = the first size of a."""

    def primal(a):
        return len(a)

    def shape(a):
        return ()

    def dtype(a):
        return np.dtype("i8")

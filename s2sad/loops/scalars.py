"""Functions of numbers and of single elements, as Numba takes them with NumPy's meaning."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from s2sad.runtime import zeroed

ARITHMETIC: dict[Any, str] = {
    operator.add: "{0} + {1}", np.add: "{0} + {1}",
    operator.sub: "{0} - {1}", np.subtract: "{0} - {1}",
    operator.mul: "{0} * {1}", np.multiply: "{0} * {1}",
    operator.neg: "-{0}", np.negative: "-{0}", operator.pos: "{0}", np.positive: "{0}",
    np.square: "{0} * {0}",
}  # fmt: skip
"""On operands of the dtype of the result."""

DIVISION: dict[Any, str] = {operator.truediv: "{0} / {1}", np.divide: "{0} / {1}"}

FLOATING: dict[Any, str] = {
    of: f"np.{of.__name__}({{0}})"
    for of in (
        np.exp, np.expm1, np.exp2, np.log, np.log1p, np.log2, np.log10, np.sqrt, np.sin, np.cos,
        np.tan, np.arcsin, np.arccos, np.arctan, np.sinh, np.cosh, np.tanh, np.arcsinh, np.arccosh,
        np.arctanh, np.floor, np.ceil, np.trunc, np.rint, np.sign, np.deg2rad, np.rad2deg,
    )
} | {
    abs: "abs({0})",
    np.reciprocal: "1.0 / {0}", np.abs: "abs({0})", np.fabs: "abs({0})", operator.abs: "abs({0})",
    np.arctan2: "np.arctan2({0}, {1})", np.hypot: "np.hypot({0}, {1})",
    np.copysign: "np.copysign({0}, {1})", np.logaddexp: "np.logaddexp({0}, {1})",
}  # fmt: skip

INTEGERS: dict[Any, str] = {
    operator.mod: "{0} % {1}", np.remainder: "{0} % {1}",
    operator.floordiv: "{0} // {1}", np.floor_divide: "{0} // {1}",
}  # fmt: skip
"""Of integers, and the remainder of floating numbers."""

LARGER = "{0} if {0} >= {1} or {0} != {0} else {1}"
SMALLER = "{0} if {0} <= {1} or {0} != {0} else {1}"
"""Of doubles: NaN where one is."""

CHOOSING: dict[Any, str] = {
    np.maximum: LARGER,
    np.minimum: SMALLER,
    zeroed: "0.0 if {1} == 0.0 else {0}",
}
"""Operands are written twice, so they must be names or elements."""

OF_PYTHON: dict[Any, tuple[str, str]] = {
    math.exp: ("np.exp({0})", "{1} < np.inf or {0} == np.inf or {0} != {0}"),
    math.log: ("np.log({0})", "{0} > 0.0 or {0} != {0}"),
    math.sqrt: ("np.sqrt({0})", "{0} >= 0.0 or {0} != {0}"),
    math.sin: ("np.sin({0})", "abs({0}) < np.inf or {0} != {0}"),
    math.cos: ("np.cos({0})", "abs({0}) < np.inf or {0} != {0}"),
    math.tanh: ("np.tanh({0})", ""),
    math.atan: ("np.arctan({0})", ""),
    math.fabs: ("abs({0})", ""),
    math.erf: ("math.erf({0})", ""),
}
"""Functions of `math`: how they are computed, and the condition without which they raise."""

BY_NAME = {
    "scipy.special.erf": "math.erf({0})", "scipy.special.erfc": "math.erfc({0})",
    "scipy.special.gammaln": "math.lgamma({0})",
    "scipy.special.expit": "1.0 / (1.0 + np.exp(-{0}))",
}  # fmt: skip
"""Of modules that are read only where the user's function uses them; of double precision."""

COMPARISONS: dict[Any, str] = {
    operator.lt: "{0} < {1}", np.less: "{0} < {1}", operator.le: "{0} <= {1}",
    np.less_equal: "{0} <= {1}", operator.gt: "{0} > {1}", np.greater: "{0} > {1}",
    operator.ge: "{0} >= {1}", np.greater_equal: "{0} >= {1}", operator.eq: "{0} == {1}",
    np.equal: "{0} == {1}", operator.ne: "{0} != {1}", np.not_equal: "{0} != {1}",
}  # fmt: skip

LOGIC: dict[Any, str] = {
    np.logical_and: "{0} and {1}", np.logical_or: "{0} or {1}", np.logical_not: "not {0}",
    operator.not_: "not {0}", operator.and_: "{0} and {1}", operator.or_: "{0} or {1}",
    operator.invert: "not {0}", np.bitwise_and: "{0} and {1}", np.bitwise_or: "{0} or {1}",
    operator.xor: "{0} != {1}", np.logical_xor: "{0} != {1}",
}  # fmt: skip
"""Of booleans."""

TESTS: dict[Any, str] = {
    np.isnan: "{0} != {0}", np.isfinite: "abs({0}) < np.inf", np.isinf: "abs({0}) == np.inf",
    np.signbit: "np.copysign(1.0, {0}) < 0.0",
}  # fmt: skip

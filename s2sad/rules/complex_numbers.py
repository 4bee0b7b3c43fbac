"""Complex numbers: parts, and what is not analytic in terms of real and imaginary parts.

A cotangent w of z stands for the linear function dz -> Re(w dz), as in JAX.  Nothing is conjugated
on the way back, the rules of analytic functions hold as they stand, and the gradient of a real
function f of x + iy is df/dx - i df/dy.
"""

from __future__ import annotations

import builtins
import cmath
from typing import Any

import numpy as np

from s2sad.rules import functions as _functions  # noqa: F401  (their rules come first)
from s2sad.rules.creation import astype
from s2sad.rules.domains import of_shape, one_of, positive, reals, together, with_imaginary_part
from s2sad.rules.elementwise import or_one
from s2sad.rules.notation import defined, rule, spelled

NUMBER = with_imaginary_part(reals).of()
VECTOR = with_imaginary_part(reals).of(3)
MATRIX = with_imaginary_part(reals).of(2, 3)
SPREAD = {
    "a": MATRIX,
    "axis ddof keepdims correction": together(
        (None, 0, False, None), (0, 1, True, None), (-1, 0, False, 1), ((0, 1), 0.5, False, None)
    ),
}


@rule(np.real, linear="val", view=True, on={"val": of_shape(2, 3)})
class real:
    """ans = the real part of val; val itself where that is real."""

    def primal(val):
        return np.real(val)

    def shape(val):
        return val

    def adjoint(ans_bar):
        val_bar = ans_bar
        return val_bar


@rule(np.imag, linear="val", view=True, on={"val": of_shape(2, 3)})
class imag:
    """ans = the imaginary part of val: Re(-i val)."""

    def primal(val):
        return np.imag(val)

    def shape(val):
        return val

    def adjoint(val, ans_bar):
        val_bar = -(1j * ans_bar) if np.iscomplexobj(val) else 0.0 * ans_bar
        return val_bar


@rule(builtins.complex, linear="real imag", on={"real": reals.of(), "imag": reals.of()})
class complex_:
    """ans = real + i imag, as a number of Python."""

    def primal(real, imag=0.0):
        return complex(real, imag)

    def shape(real):
        return ()

    def dtype(real):
        return np.dtype("c16")

    def adjoint(ans_bar):
        real_bar = ans_bar
        imag_bar = 1j * ans_bar
        return real_bar, imag_bar


@defined(np.sign, when="complex", on={"x": one_of(MATRIX, NUMBER)})
def sign(x: Any) -> Any:
    """np.sign of complex numbers: x / |x|, and 0 for 0."""
    return x / astype(or_one(np.abs(x)), x.dtype)


RIGHT = with_imaginary_part(positive)
"""Complex numbers away from where their angle jumps."""


@defined(
    np.angle, on={"z": one_of(RIGHT.of(2, 3), RIGHT.of(), of_shape(3)), "deg": one_of(False, True)}
)
def angle(z: Any, deg: bool = False) -> Any:
    """np.angle"""
    if np.iscomplexobj(z):
        found = np.arctan2(np.imag(z), np.real(z))
    else:
        found = np.arctan2(np.zeros_like(z), z)
    return np.degrees(found) if deg else found


@defined(
    np.vdot,
    "a b",
    when="complex",
    on={"a b": together((VECTOR, VECTOR), (of_shape(2, 3), with_imaginary_part(reals).of(6)))},
)
def vdot(a: Any, b: Any) -> Any:
    """np.vdot of complex arrays, of which it conjugates the first."""
    return np.dot(np.conjugate(np.ravel(a)), np.ravel(b))


@defined(np.var, when="complex", on=SPREAD)
def var(
    a: Any, axis: Any = None, ddof: Any = 0, keepdims: bool = False, correction: Any = None
) -> Any:
    """np.var of complex numbers: of the real part and the imaginary part together."""
    if correction is None:
        correction = ddof
    parts = [np.var(np.real(a), axis=axis, ddof=correction, keepdims=keepdims)]
    return parts[0] + np.var(np.imag(a), axis=axis, ddof=correction, keepdims=keepdims)


@defined(np.std, when="complex", on=SPREAD)
def std(
    a: Any, axis: Any = None, ddof: Any = 0, keepdims: bool = False, correction: Any = None
) -> Any:
    """np.std of complex numbers."""
    return np.sqrt(var(a, axis, ddof, keepdims, correction))


for _function, _same in {
    cmath.exp: np.exp,
    cmath.sqrt: np.sqrt,
    cmath.log10: np.log10,
    cmath.sin: np.sin,
    cmath.cos: np.cos,
    cmath.tan: np.tan,
    cmath.asin: np.arcsin,
    cmath.acos: np.arccos,
    cmath.atan: np.arctan,
    cmath.sinh: np.sinh,
    cmath.cosh: np.cosh,
    cmath.tanh: np.tanh,
    cmath.asinh: np.arcsinh,
    cmath.acosh: np.arccosh,
    cmath.atanh: np.arctanh,
    cmath.isnan: np.isnan,
    cmath.isinf: np.isinf,
    cmath.isfinite: np.isfinite,
}.items():
    spelled(_function, _same)


@defined(cmath.log, "x base", on={"x base": together((NUMBER, None), (NUMBER, NUMBER))})
def log(x: Any, base: Any = None) -> Any:
    """cmath.log"""
    found = complex(np.log(complex(x)))
    return found if base is None else found / complex(np.log(complex(base)))


@defined(cmath.phase, on={"z": NUMBER})
def phase(z: Any) -> float:
    """cmath.phase"""
    return float(np.arctan2(complex(z).imag, complex(z).real))


@defined(cmath.polar, on={"z": NUMBER})
def polar(z: Any) -> tuple[float, float]:
    """cmath.polar"""
    return float(abs(complex(z))), phase(z)


@defined(cmath.rect, "r phi", on={"r": reals.of(), "phi": reals.of()}, analytic=False)
def rect(r: Any, phi: Any) -> complex:
    """cmath.rect"""
    return complex(r * np.cos(phi), r * np.sin(phi))

"""Functions of Python's `math` that are not functions of NumPy as well."""

from __future__ import annotations

import math

import numpy as np

from s2sad.rules import floating as _floating  # noqa: F401  (their rules come first)
from s2sad.rules.domains import apart, nonzero, of_shape, one_of, reals
from s2sad.rules.elementwise import or_one
from s2sad.rules.notation import rule, spelled
from s2sad.runtime import hypot

spelled(math.ldexp, np.ldexp)


@rule(math.nextafter, elementwise=True, on={"x": reals.of(), "y": reals.of()})
class nextafter:
    """ans = x but for its last bit, so that its derivative in x is 1, and in y it is 0."""

    def primal(x, y):
        return math.nextafter(x, y)

    def tangent(x_dot):
        return x_dot

    def adjoint(ans_bar):
        x_bar = ans_bar
        return x_bar


@rule(math.ulp, on={"x": nonzero.of()})
class ulp:
    """ans = the last bit of x; piecewise constant."""

    def primal(x):
        return math.ulp(x)

    def shape(x):
        return ()

    def dtype(x):
        return np.dtype("f8")


@rule(math.modf, results=2, on={"x": apart().of()})
class modf:
    """ans = the fraction of x and its whole part, both of the sign of x; that is constant."""

    def primal(x):
        return math.modf(x)

    def shape(x):
        return (), ()

    def dtype(x):
        return "f8", "f8"

    def tangent(x_dot):
        return x_dot, 0.0

    def adjoint(ans_bar):
        x_bar, _ = ans_bar
        return x_bar


@rule(math.frexp, results=2, on={"x": nonzero.of()})
class frexp:
    """ans = the mantissa m, 1/2 <= |m| < 1, and the exponent of x = m 2^e, which is data."""

    def primal(x):
        return math.frexp(x)

    def shape(x):
        return (), ()

    def dtype(x):
        return "f8", "i8"

    def tangent(ans, x_dot):
        _, exponent = ans
        return math.ldexp(x_dot, -exponent), 0

    def adjoint(ans, ans_bar):
        mantissa_bar, _ = ans_bar
        _, exponent = ans
        x_bar = math.ldexp(mantissa_bar, -exponent)
        return x_bar


@rule(math.fsum, linear="seq", on={"seq": of_shape(4)})
class fsum:
    """ans = Σ seq, without the errors of rounding in between."""

    def primal(seq):
        return math.fsum(seq)

    def shape(seq):
        return ()

    def dtype(seq):
        return np.dtype("f8")

    def adjoint(seq, ans_bar):
        seq_bar = np.full(seq.shape, ans_bar)
        return seq_bar


@rule(math.dist, on={"p": nonzero.of(3), "q": of_shape(3), "kinks": [(np.ones(2), np.ones(2))]})
class dist:
    """ans = √Σ (p - q)²; where p is q its derivative is 0, as that of the norm."""

    def primal(p, q):
        return math.dist(p, q)

    def shape(p, q):
        return ()

    def dtype(p):
        return np.dtype("f8")

    def tangent(p, q, ans, p_dot, q_dot):
        return np.sum((p - q) * (p_dot - q_dot)) / or_one(ans)

    def adjoint(p, q, ans, ans_bar):
        p_bar = ans_bar / or_one(ans) * (p - q)
        q_bar = -p_bar
        return p_bar, q_bar


def slopes(coordinates, ans):
    """The derivative of the norm in each coordinate; 0 where all are."""
    return [x / or_one(ans) for x in coordinates]


@rule(
    hypot,
    sequences="coordinates",
    on={
        "coordinates": one_of(
            (nonzero.of(),), (nonzero.of(), reals.of(), reals.of()), [nonzero.of()] * 4
        )
    },
)
class hypot_:
    """ans = √Σ x² of all coordinates."""

    def primal(coordinates):
        return hypot(coordinates)

    def shape(coordinates):
        return ()

    def dtype(coordinates):
        return np.dtype("f8")

    def tangent(coordinates, ans, coordinates_dot):
        found = slopes(coordinates, ans)
        return sum([found[i] * coordinates_dot[i] for i in range(len(coordinates))])

    def adjoint(coordinates, ans, ans_bar):
        coordinates_bar = [ans_bar * slope for slope in slopes(coordinates, ans)]
        return coordinates_bar


if hasattr(math, "sumprod"):

    @rule(math.sumprod, multilinear="p q", on={"p": of_shape(4), "q": of_shape(4)})
    class sumprod:
        """ans = Σ p q, computed with more digits than each product."""

        def primal(p, q):
            return math.sumprod(p, q)

        def shape(p, q):
            return ()

        def dtype(p):
            return np.dtype("f8")

        def adjoint(p, q, ans_bar):
            p_bar = ans_bar * q
            q_bar = ans_bar * p
            return p_bar, q_bar

"""exp, expm1 and the hyperbolic functions.

x = k log(2) + r with a whole number k and |r| <= log(2) / 2 (Cody and Waite, "Software Manual for
the Elementary Functions", 1980); adding 1.5 * 2**52 rounds to a whole number and leaves it in the
lowest bits. exp(r) - 1 = r + r**2 q(r) with q a minimax polynomial.
"""

from __future__ import annotations

from s2sad.elementary.values import (
    Value,
    bits,
    double,
    elementary,
    fma,
    magnitude,
    polynomial,
    signed,
    where,
)


def reduced(x: Value, offset: float) -> tuple[Value, Value, Value]:
    """k, x - k log(2) to its first 53 bits, and a double whose lowest bits hold k + offset."""
    shift = 6755399441055744.0 + offset
    shifted = fma(x, 1.4426950408889634, shift)
    k = shifted - shift
    return k, fma(k, -0.6931471805599453, x), shifted


def exp_polynomial(r: Value) -> Value:
    """(exp(r) - 1 - r) / r**2, to 2**-58 of exp(r)."""
    return polynomial(
        r,
        0.5000000000000011,
        0.16666666666666413,
        0.04166666666652987,
        0.008333333333494813,
        0.001388888894371599,
        0.00019841269506025013,
        2.4801493000150766e-05,
        2.75575866750909e-06,
        2.763028667478282e-07,
        2.5000028538783673e-08,
    )


def small_expm1(k: Value, high: Value) -> Value:
    """exp(r) - 1 for `high` less the rest of k log(2)."""
    r = fma(k, -2.3190468138462996e-17, high)
    return fma(r * r, exp_polynomial(r), r)


def quarter_exp(x: Value) -> Value:
    """exp(x) / 4 for 0 <= x < 711."""
    k, high, shifted = reduced(x, 1021.0)
    quarter = double(bits(shifted) << 52)
    return fma(quarter, small_expm1(k, high), quarter)


def scaled(y: Value, k: Value, shifted: Value) -> Value:
    """2**k y, in two steps, which reach subnormal results and overflow."""
    half = fma(k, 0.5, 6755399441055744.0 + 1023.0)
    return y * double(bits(half) << 52) * double((bits(shifted) - bits(half)) << 52)


@elementary
def exp(x: Value) -> Value:
    """The exponential, as 2**k exp(r)."""
    x = where(x > 710.0, 710.0, x)
    x = where(x < -746.0, -746.0, x)
    k, high, shifted = reduced(x, 2046.0)
    return scaled(small_expm1(k, high) + 1.0, k, shifted)


@elementary
def exp2(x: Value) -> Value:
    """2 to the power of x, exact for whole numbers."""
    x = where(x > 1025.0, 1025.0, x)
    x = where(x < -1080.0, -1080.0, x)
    shifted = x + (6755399441055744.0 + 2046.0)
    k = shifted - (6755399441055744.0 + 2046.0)
    r = (x - k) * 0.6931471805599453
    return scaled(fma(r * r, exp_polynomial(r), r) + 1.0, k, shifted)


@elementary
def expm1(x: Value) -> Value:
    """exp(x) - 1 = 2 (h (p + 1) - 1/2) with h = 2**(k - 1), since 2**k may overflow."""
    bounded = where(x > 710.0, 710.0, x)
    bounded = where(bounded < -40.0, -40.0, bounded)
    k, high, shifted = reduced(bounded, 1022.0)
    r = fma(k, -2.3190468138462996e-17, high)
    lost = fma(k, -2.3190468138462996e-17, high - r)
    q = polynomial(
        r,
        0.5,
        0.16666666666666677,
        0.04166666666666651,
        0.008333333333321667,
        0.0013888888888962528,
        0.00019841269886036942,
        2.480158717233135e-05,
        2.7557244294878187e-06,
        2.755740273245758e-07,
        2.510900901918803e-08,
        2.0875328805364545e-09,
    )
    half = double(bits(shifted) << 52)
    y = fma(half, fma(r * r, q, lost), fma(half, r, half - 0.5))
    return where(magnitude(x) < 1e-17, x, y + y)


@elementary
def tanh(x: Value) -> Value:
    """1 - 2 / (exp(2 x) + 1) from 0.55 on, below x + x**3 p(x**2) / q(x**2)."""
    size = magnitude(x)
    large = size > 0.55
    bounded = where(size > 20.0, 20.0, size)
    k, high, shifted = reduced(bounded + bounded, 1023.0)
    power = double(bits(shifted) << 52)
    below = fma(power, small_expm1(k, high), power + 1.0)
    z = size * size
    p = polynomial(z, -0.3333333333333333, -0.020500424041845423, -0.00019925005181745624)
    q = polynomial(z, 1.0, 0.4615012721255321, 0.023293497100995413, 0.0002066108656900737)
    y = where(large, -2.0, size * z * p) / where(large, below, q)
    return signed(y + where(large, 1.0, size), x)


@elementary
def sinh(x: Value) -> Value:
    """(exp(x) - exp(-x)) / 2 from 1 on, below x + x**3 p(x**2)."""
    size = magnitude(x)
    e = quarter_exp(where(size > 710.5, 710.5, size))
    y = e - 0.0625 / e
    z = size * size
    p = polynomial(
        z,
        0.16666666666666669,
        0.008333333333333139,
        0.0001984126984143768,
        2.7557319155336803e-06,
        2.5052123398558897e-08,
        1.6057240341321114e-10,
        7.759312194479256e-13,
    )
    return signed(where(size < 1.0, fma(size * z, p, size), y + y), x)


@elementary
def cosh(x: Value) -> Value:
    """(exp(x) + exp(-x)) / 2."""
    size = magnitude(x)
    e = quarter_exp(where(size > 710.5, 710.5, size))
    y = e + 0.0625 / e
    return y + y

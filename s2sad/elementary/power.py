"""x to the power of y.

2**(y log2(x)) needs log2(x) to 2**-63, so it is the sum of two doubles: with s as in
`logarithm`, log2(1 + f) = s (C0 + C1 s**2 + s**4 p(s**2)), where s, C0, C1 and the sum are pairs
(T. J. Dekker, "A floating-point technique for extending the available precision", 1971).
"""

from __future__ import annotations

from s2sad.elementary.exponential import exp_polynomial
from s2sad.elementary.lanes import beyond
from s2sad.elementary.logarithm import exponent
from s2sad.elementary.values import (
    Value,
    bits,
    double,
    elementary,
    fma,
    library,
    magnitude,
    polynomial,
    where,
)


def summed(x: Value | float, y: Value) -> tuple[Value, Value]:
    """The sum of two doubles, |x| >= |y|, and what it loses in rounding."""
    total = y + x
    return total, y - (total - x)


def times(x: Value, y: Value | float) -> tuple[Value, Value]:
    """The product of two doubles and what it loses in rounding."""
    product = x * y
    return product, fma(x, y, -product)


def quotient(f: Value) -> tuple[Value, Value]:
    """f / (2 + f)."""
    below, low = summed(2.0, f)
    inverse = 1.0 / below
    s = f * inverse
    return s, fma(-s, low, fma(-s, below, f)) * inverse


def log2_fraction(f: Value) -> tuple[Value, Value]:
    """log2(1 + f)."""
    s, s_low = quotient(f)
    z, z_low = times(s, s)
    z_low = fma(s + s, s_low, z_low)
    p = polynomial(
        z,
        0.577078016355618,
        0.41219858309196294,
        0.3205989022693968,
        0.26230770149373417,
        0.22198398067201805,
        0.19125556104524077,
        0.1903816974655499,
    )
    term, term_low = times(z, 0.9617966939259756)
    term_low = fma(z, 5.0577616648125907e-17, fma(z_low, 0.9617966939259756, term_low))
    rest, rest_low = summed(term, z * z * p)
    factor, low = summed(2.8853900817779268, rest)
    factor_low = low + (rest_low + term_low + 4.0710547481862066e-17)
    y, y_low = times(s, factor)
    return y, fma(s, factor_low, fma(s_low, factor, y_low))


def any_power(x: Value, y: Value) -> Value:
    """The power by the C library: where x is not normal and positive, or the result is extreme."""
    return library("pow", x, y)


@elementary
def power(x: Value, y: Value) -> Value:
    """The power of a normal positive x while the result is a normal number."""
    k, _ = exponent(x, 4503599627371519.0)
    part = (bits(x) + 0x9_5F61_9980_C433) & 0xF_FFFF_FFFF_FFFF
    high, low = log2_fraction(double(part + 0x3FE6_A09E_667F_3BCD) - 1.0)
    high, lost = summed(k, high)
    e, e_low = times(high, y)
    e_low = fma(low + lost, y, e_low)
    shifted = e + 6755399441056767.0
    r = e - (shifted - 6755399441056767.0)
    r_low = fma(e_low, 0.6931471805599453, r * 2.3190468138462996e-17)
    r = fma(r, 0.6931471805599453, r_low)
    result = fma(r * r, exp_polynomial(r), r) + 1.0
    usual = (magnitude(e) < 1020.0) & (x >= 2.2250738585072014e-308) & (x < float("inf"))
    result = result * double(bits(shifted) << 52)
    return beyond(1.0, where(usual, 0.0, float("inf")), any_power, [x, y], result)

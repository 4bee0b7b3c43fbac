"""The cube root.

x = 2**(3 e + j) m with j = -1, 0 or 1. A polynomial gives w near (2**j m)**(-1/3), one step of
third order refines it, and m w**2 is corrected by what its cube leaves.
"""

from __future__ import annotations

from s2sad.elementary.logarithm import split
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


@elementary
def cbrt(x: Value) -> Value:
    """The cube root."""
    size = magnitude(x)
    k, f = split(size)
    shifted = fma(k, 0.3333333333333333, 6755399441055744.0 + 1023.0)
    j = fma(shifted - (6755399441055744.0 + 1023.0), -3.0, k)
    high, low = j > 0.5, j < -0.5
    m = f + 1.0
    w = polynomial(
        m,
        1.8745035373851457,
        -1.861765272815505,
        1.561203276861904,
        -0.7023170735127828,
        0.12835209280512816,
    )
    w = w * where(high, 0.7937005259840998, where(low, 1.2599210498948732, 1.0))
    m = m * where(high, 2.0, where(low, 0.5, 1.0))
    e = fma(-m, w * w * w, 1.0)
    w = fma(w * e, polynomial(e, 1 / 3, 2 / 9, 14 / 81), w)
    inverse = w * w
    y = m * inverse
    square = y * y
    rest = fma(-square, y, m) - fma(y, y, -square) * y
    y = fma(rest * inverse, 1 / 3, y) * double(bits(shifted) << 52)
    return where((size > 0.0) & (size < float("inf")), signed(y, x), x)

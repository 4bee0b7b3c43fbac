"""The logarithms.

x = 2**k m with sqrt(1/2) <= m < sqrt(2). With f = m - 1 and s = f / (2 + f),
log(1 + f) = f - s (f - R), where R = log((1 + s) / (1 - s)) / s - 2 is s**2 times a polynomial in
s**2 (the form of fdlibm's e_log.c, by K. C. Ng, 1993).
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
    where,
)


def exponent(x: Value, bias: Value | float) -> tuple[Value, Value]:
    """k of x = 2**k m with sqrt(1/2) <= m < sqrt(2) for normal x > 0, as double and k + 1023."""
    power = (bits(x) + 0x9_5F61_9980_C433) >> 52
    return double(power | 0x4330_0000_0000_0000) - bias, power


def split(x: Value) -> tuple[Value, Value]:
    """k and m - 1 of any finite x > 0."""
    small = x < 2.2250738585072014e-308
    raised = where(small, x * 18014398509481984.0, x)
    bias = where(small, 4503599627371573.0, 4503599627371519.0)
    k, _ = exponent(raised, bias)
    part = (bits(raised) + 0x9_5F61_9980_C433) & 0xF_FFFF_FFFF_FFFF
    return k, double(part + 0x3FE6_A09E_667F_3BCD) - 1.0


def log_tail(f: Value) -> tuple[Value, Value]:
    """f - log(1 + f), and s = f / (2 + f)."""
    s = f / (f + 2.0)
    z = s * s
    r = polynomial(
        z,
        0.6666666666666734,
        0.3999999999941459,
        0.2857142874240853,
        0.22222198570829915,
        0.18183564458605112,
        0.15314046919795463,
        0.14795988341585,
    )
    return s * fma(-z, r, f), s


def at_limits(y: Value, x: Value, pole: float) -> Value:
    """y between the pole and infinity, and what a logarithm is there and outside."""
    y = where(x < float("inf"), y, x)
    return where(x > pole, y, where(x.equals(pole), -float("inf"), float("nan")))


@elementary
def log(x: Value) -> Value:
    """The natural logarithm."""
    k, f = split(x)
    tail, _ = log_tail(f)
    y = fma(k, 0.6931471805599453, f - fma(k, -2.3190468138462996e-17, tail))
    return at_limits(y, x, 0.0)


def log_of_sum(x: Value, low: Value | None = None, doublings: Value | None = None) -> Value:
    """log((1 + x + low) 2**doublings) with f = 2**-k x + (2**-k - 1): only that sum is rounded."""
    k, power = exponent(x + 1.0, 4503599627371519.0)
    factor, quarter = double((2048 - power) << 52), x * 0.25  # 2**(2 - k), since 2**-k underflows
    offset = fma(factor, 0.25, -1.0)
    f = fma(quarter, factor, offset)
    rest = fma(quarter, factor, offset - f)
    if low is not None:
        rest = fma(factor, low * 0.25, rest)
    if doublings is not None:
        k = k + doublings
    tail, s = log_tail(f)
    tail = fma(k, -2.3190468138462996e-17, fma(-rest, fma(s, fma(s, 2.0, -2.0), 1.0), tail))
    return fma(k, 0.6931471805599453, f - tail)


@elementary
def log1p(x: Value) -> Value:
    """log(1 + x)."""
    return where(magnitude(x) < 1e-17, x, at_limits(log_of_sum(x), x, -1.0))


@elementary
def log2(x: Value) -> Value:
    """The logarithm to base 2, exact for powers of two."""
    k, f = split(x)
    tail, _ = log_tail(f)
    y = fma(f, 1.4426950408889634, fma(tail, -1.4426950408889634, f * 2.0355273740931033e-17))
    return at_limits(k + y, x, 0.0)


@elementary
def log10(x: Value) -> Value:
    """The logarithm to base 10."""
    k, f = split(x)
    tail, _ = log_tail(f)
    low = fma(tail, -0.4342944819032518, f * 1.098319650216765e-17)
    low = fma(k, -2.8037281277851704e-18, low)
    y = fma(k, 0.30102999566398120, fma(f, 0.4342944819032518, low))
    return at_limits(y, x, 0.0)

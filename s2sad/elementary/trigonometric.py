"""sin, cos and tan.

x = n pi / 2 + r with a whole number n and |r| <= pi / 4, where pi / 2 is the sum of three doubles
(Cody and Waite, 1980). x - n P1 is exact: P1 has 53 bits, the difference is a multiple of 2**-52
below 1. The rest is summed in two doubles, so that |x| <= 2**44 leaves r right to the last bit.
"""

from __future__ import annotations

from s2sad.elementary.lanes import beyond
from s2sad.elementary.values import (
    Value,
    bits,
    double,
    elementary,
    entry,
    fma,
    magnitude,
    nearest,
    polynomial,
    where,
)

NEAR = 17592186044416.0
"""Up to here, 2**44, three doubles for pi / 2 are enough."""

TWO_OVER_PI = int(
    "a2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abdebbc561b7246e3a424dd2e0"
    "06492eea09d1921cfe1deb1cb129a73ee88235f52ebb4484e99c7026b45f7e413991d639835339f4"
    "9c845f8bbdf9283b1ff897ffde05980fef2f118b5a0a6d1f6d367ecf27cb09b74f463f669e5fea2d"
    "7527bac7ebe5f17b3d0739f78a5292ea6bfb5fb11f8d5d0856033046fc7b6babf0cfbc209af4361d",
    16,
)
"""The first 1280 bits of 2 / pi."""


def quarter_turns() -> list[tuple[float, ...]]:
    """Four doubles whose sum is 2 / pi * 2**(8 b - 1075) modulo 4, for b = 133 to 255."""
    columns: list[list[float]] = [[], [], [], []]
    for point in (2355 - 8 * b for b in range(133, 256)):
        rest = TWO_OVER_PI & ((4 << point) - 1)
        for column in columns:
            unit = rest.bit_length() - 53
            column.append(float(rest >> unit) * 2.0 ** (unit - point))
            rest &= (1 << unit) - 1
    return [tuple(column) for column in columns]


def added(x: Value, y: Value) -> tuple[Value, Value]:
    """The sum of two doubles and what it loses in rounding (Knuth)."""
    total = x + y
    back = total - x
    return total, (x - (total - back)) + (y - back)


def near(x: Value) -> tuple[Value, Value, Value]:
    """n and r as a sum of two doubles for |x| <= 2**44."""
    n = fma(x, 0.6366197723675814, 6755399441055744.0) - 6755399441055744.0
    product = n * -6.123233995736766e-17
    high, low = added(fma(n, -1.5707963267948966, x), product)
    low = low + fma(n, -6.123233995736766e-17, -product)
    return n, high, fma(n, 1.4973849048591698e-33, low)


def far(x: Value) -> tuple[Value, Value, Value]:
    """n modulo 4 and r for |x| >= 2**44, by the bits of 2 / pi that matter (Payne and Hanek, 1983).

    x = X 2**(8 b - 1075) with a whole number |X| < 2**60, so that multiples of 4 can be left out
    of 2 / pi * 2**(8 b - 1075).
    """
    block = (bits(x) >> 55) & 0xFF
    w1, w2, w3, w4 = (entry(column, block - 133) for column in quarter_turns())
    x = x * double((2098 - (block << 3)) << 52)
    p1, p2, p3 = x * w1, x * w2, x * w3
    total, t1 = added(fma(x, w1, -p1), p2)
    total, t2 = added(p1 - 4.0 * nearest(p1 * 0.25), total)
    n = nearest(total)
    a, t3 = added(t1, t2)
    b, t4 = added(fma(x, w2, -p2), p3)
    a, t5 = added(a, b)
    g, low = added(total - n, a)
    low = low + (fma(x, w4, fma(x, w3, -p3)) + (t3 + t4 + t5))
    r = g * 1.5707963267948966
    rest = fma(g, 1.5707963267948966, -r)
    return n, r, fma(low, 1.5707963267948966, fma(g, 6.123233995736766e-17, rest))


def sin_and_cos(r: Value, low: Value) -> tuple[Value, Value, Value, Value]:
    """sin and cos of r + low for |r| <= pi / 4, each a large part and a small one."""
    z = r * r
    p = polynomial(
        z,
        -0.1666666666666663,
        0.008333333333322144,
        -0.00019841269829581727,
        2.7557313610319017e-06,
        -2.5050744880386453e-08,
        1.5896003712443782e-10,
    )
    q = polynomial(
        z,
        0.04166666666666659,
        -0.0013888888888872642,
        2.480158728858626e-05,
        -2.755731410076985e-07,
        2.087568992930444e-09,
        -1.1357959696199281e-11,
    )
    half = z * 0.5
    sine = fma(r * z, p, fma(-half, low, low))
    whole = 1.0 - half
    lost = fma(fma(r, r, -z), -0.5, ((1.0 - whole) - half) - r * low)
    return r, sine, whole, fma(z * z, q, lost)


def low_bits(n: Value) -> Value:
    """An integer whose lowest bits are those of a whole number."""
    return bits(n + 6755399441055744.0)


def sin_of(n: Value, r: Value, low: Value) -> Value:
    """sin(n pi / 2 + r + low)."""
    r, sine, whole, cosine = sin_and_cos(r, low)
    i = low_bits(n)
    y = where((i & 1).equals(0), r + sine, whole + cosine)
    return double(bits(y) ^ ((i & 2) << 62))


def tan_of(n: Value, r: Value, low: Value) -> Value:
    """tan(n pi / 2 + r + low), where the quotient is corrected by its remainder."""
    r, sine, whole, cosine = sin_and_cos(r, low)
    i = low_bits(n)
    even = (i & 1).equals(0)
    s, c = r + sine, whole + cosine
    s_low, c_low = (r - s) + sine, (whole - c) + cosine
    above, below = where(even, s, c), where(even, c, s)
    inverse = 1.0 / below
    y = above * inverse
    rest = fma(-y, where(even, c_low, s_low), where(even, s_low, c_low))
    y = fma(fma(-y, below, above) + rest, inverse, y)
    return double(bits(y) ^ ((i & 1) << 63))


def far_sin(x: Value) -> Value:
    """sin(x) for |x| >= 2**44."""
    return sin_of(*far(x))


def far_cos(x: Value) -> Value:
    """cos(x) for |x| >= 2**44."""
    n, r, low = far(x)
    return sin_of(n + 1.0, r, low)


def far_tan(x: Value) -> Value:
    """tan(x) for |x| >= 2**44."""
    return tan_of(*far(x))


@elementary
def sin(x: Value) -> Value:
    """The sine."""
    y = where(magnitude(x) < 1e-9, x, sin_of(*near(x)))
    return beyond(NEAR, x, far_sin, [x], y)


@elementary
def cos(x: Value) -> Value:
    """The cosine, as the sine a quarter turn on."""
    n, r, low = near(x)
    return beyond(NEAR, x, far_cos, [x], sin_of(n + 1.0, r, low))


@elementary
def tan(x: Value) -> Value:
    """The tangent."""
    y = where(magnitude(x) < 1e-9, x, tan_of(*near(x)))
    return beyond(NEAR, x, far_tan, [x], y)

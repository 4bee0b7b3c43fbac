"""arctan, arcsin and arccos.

arctan of |x| up to sqrt(2) - 1 is a polynomial; beyond, arctan(x) = pi / 4 + arctan((x - 1) /
(x + 1)) up to sqrt(2) + 1 and pi / 2 - arctan(1 / x) from there (Cephes' atan.c, by S. L. Moshier).
arcsin of |x| up to 1/2 is a polynomial; beyond, arcsin(x) = pi / 2 - 2 arcsin(sqrt((1 - x) / 2)).
"""

from __future__ import annotations

from s2sad.elementary.values import (
    Value,
    elementary,
    fma,
    magnitude,
    polynomial,
    root,
    signed,
    where,
)


@elementary
def arctan(x: Value) -> Value:
    """The inverse tangent."""
    size = magnitude(x)
    middle, large = size > 0.41421356237309515, size > 2.414213562373095
    above = where(large, -1.0, where(middle, size - 1.0, size))
    below = where(large, size, where(middle, size + 1.0, 1.0))
    t = above / below
    z = t * t
    p = polynomial(
        z,
        -0.333333333333332,
        0.19999999999954016,
        -0.14285714280241543,
        0.11111110785773565,
        -0.09090897825561157,
        0.07692061436763106,
        -0.06663118036774641,
        0.058479913689421854,
        -0.05039764478045244,
        0.0380762153135908,
        -0.017919925104455146,
    )
    base = where(large, 1.5707963267948966, where(middle, 0.7853981633974483, 0.0))
    rest = where(large, 6.123233995736766e-17, where(middle, 3.061616997868383e-17, 0.0))
    return signed(base + (t + fma(t * z, p, rest)), x)


def arcsin_parts(size: Value) -> tuple[Value, Value, Value]:
    """r, t and whether |x| <= 1/2, with arcsin(s) = r + t where s is |x| or sqrt((1 - |x|) / 2)."""
    small = size <= 0.5
    z = where(small, size * size, fma(size, -0.5, 0.5))
    s = root(z)
    r = where(small, size, s)
    lost = where(small, 0.0, fma(-s, s, z) * 0.5 / (s + 1e-300))
    p = polynomial(
        z,
        0.16666666666666763,
        0.07499999999970261,
        0.04464285717512121,
        0.03038194268360512,
        0.02237221566048696,
        0.01735160009072185,
        0.01398096144414402,
        0.011397776179127909,
        0.010786527404474831,
        0.0036830499273583068,
        0.021763476382549655,
        -0.021077255824682967,
        0.032676864641694246,
    )
    return r, fma(r * z, p, lost), small


@elementary
def arcsin(x: Value) -> Value:
    """The inverse sine, NaN beyond 1."""
    r, t, small = arcsin_parts(magnitude(x))
    y = 1.5707963267948966 - 2.0 * r
    lost = (1.5707963267948966 - y) - 2.0 * r
    beyond = y + (fma(t, -2.0, lost) + 6.123233995736766e-17)
    return signed(where(small, r + t, beyond), x)


@elementary
def arccos(x: Value) -> Value:
    """The inverse cosine, NaN beyond 1."""
    r, t, small = arcsin_parts(magnitude(x))
    negative = x < 0.0
    r_x, t_x = where(negative, -r, r), where(negative, -t, t)
    y = 1.5707963267948966 - r_x
    near = y + ((1.5707963267948966 - y - r_x) - (t_x - 6.123233995736766e-17))
    twice = 2.0 * (r + t)
    over = 3.141592653589793 - 2.0 * r
    lost = (3.141592653589793 - over) - 2.0 * r
    far = over + (fma(t, -2.0, lost) + 1.2246467991473532e-16)
    return where(small, near, where(negative, far, twice))

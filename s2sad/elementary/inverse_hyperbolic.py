"""arcsinh, arccosh and arctanh by log(1 + x), with x as the sum of two doubles; the cube root."""

from __future__ import annotations

from s2sad.elementary.logarithm import log_of_sum
from s2sad.elementary.values import (
    Value,
    elementary,
    fma,
    magnitude,
    root,
    signed,
    where,
)


@elementary
def arcsinh(x: Value) -> Value:
    """log(1 + a + a**2 / (1 + sqrt(1 + a**2))) with a = |x|, log(2 a) where that is the same."""
    size = magnitude(x)
    large = size > 1e17
    square = where(large, 0.0, size * size)
    more = square / (root(square + 1.0) + 1.0)
    total = size + more
    y = log_of_sum(total, more - (total - size), where(large, 1.0, 0.0))
    y = where(size < float("inf"), y, size)
    return signed(where(size < 1e-9, size, y), x)


@elementary
def arccosh(x: Value) -> Value:
    """log(1 + t + sqrt(2 t + t**2)) with t = x - 1, log(2 x) where that is the same."""
    large = x > 1e17
    t = x - 1.0
    s = where(large, 0.0, root(fma(t, t, t + t)))
    total = t + s
    lost = where(t > s, s - (total - t), t - (total - s))
    y = log_of_sum(total, lost, where(large, 1.0, 0.0))
    y = where(x < float("inf"), y, x)
    return where(x > 1.0, y, where(x.equals(1.0), 0.0, float("nan")))


@elementary
def arctanh(x: Value) -> Value:
    """log(1 + 2 a / (1 - a)) / 2 with a = |x|."""
    size = magnitude(x)
    below = 1.0 - size
    inverse = 1.0 / below
    twice = size + size
    t = twice * inverse
    lost = fma(-t, below, twice) - t * ((1.0 - below) - size)
    y = 0.5 * log_of_sum(t, lost * inverse)
    y = where(size < 1.0, y, where(size.equals(1.0), float("inf"), float("nan")))
    return signed(where(size < 1e-9, size, y), x)

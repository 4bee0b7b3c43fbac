"""What derivatives of cumulative functions need and NumPy lacks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

SHORT, SHORT_ROWS = 1000, 64
"""Recurrences of numbers and of arrays up to these lengths are solved step by step."""
WIDE = 256
"""So are those of so many elements a step, where the calls of NumPy are little of the time."""


def recurrence(a: Any, b: Any, axis: int) -> Any:
    """The solution of `y[i] = a[i] * y[i - 1] + b[i]` along `axis`, with `y[-1] = 0`."""
    y = np.empty(np.shape(b), np.result_type(a, b))
    a, b, rows = np.moveaxis(a, axis, 0), np.moveaxis(b, axis, 0), np.moveaxis(y, axis, 0)
    long = len(rows) > (SHORT if rows.ndim == 1 else SHORT_ROWS)
    if long and math.prod(rows.shape[1:]) < WIDE and y.dtype.kind == "f":
        rows[...] = _in_blocks(a, b, y.dtype)
        if np.all(np.isfinite(rows)):
            return y
    if rows.ndim == 1:  # Python numbers are several times faster than elements of arrays
        a, b = a.tolist(), b.tolist()
    last = b[0] if len(rows) else 0.0
    for i in range(len(rows)):
        last = a[i] * last + b[i] if i else last
        rows[i] = last
    return y


def _in_blocks(a: Any, b: Any, dtype: Any) -> Any:
    """The same, √n blocks at a time, each as if it were the first; then what the others leave.

    What overflows on the way may be lost, and is not finite then.
    """
    n, rest = len(b), b.shape[1:]
    size = math.isqrt(n - 1) + 1
    count = -(-n // size)
    factors, sums = (np.zeros((size, count, *rest), dtype) for _ in range(2))
    for made, given in ((factors, a), (sums, b)):
        by_block = np.moveaxis(made, 1, 0)
        full = n // size
        by_block[:full] = given[: full * size].reshape(full, size, *rest)
        by_block[full:, : n - full * size] = given[full * size :]
    with np.errstate(over="ignore", invalid="ignore"):
        for i in range(1, size):
            sums[i] += factors[i] * sums[i - 1]
            factors[i] *= factors[i - 1]
        left = np.zeros((count, *rest), dtype)
        for k in range(1, count):
            left[k] = factors[-1, k - 1] * left[k - 1] + sums[-1, k - 1]
        factors *= left
        sums += factors
    return np.moveaxis(sums, 1, 0).reshape(count * size, *rest)[:n]


def cumprod_bar(a: Any, g: Any, axis: int) -> Any:
    """The cotangent of `a` for that of its cumulative products along `axis`, which is `g`.

    With p = cumprod(a), element i has Σ_{k >= i} g_k p_k / a_i.  Where a product is zero, or so
    large or small that this may overflow or lose digits, no element is divided by: element i is
    y_i p_{i-1} with y_i = a_{i+1} y_{i+1} + g_i, which is exact for zeros.
    """
    products = np.cumprod(a, axis=axis)
    if products.dtype.kind == "f" and _is_moderate(products):
        made = np.multiply(g, products)
        backward = np.flip(made, axis)
        np.cumsum(backward, axis=axis, out=backward)
        made /= a
        if np.all(np.isfinite(made)):
            return made
    one = np.ones_like(products.take([0], axis)) if products.size else products
    before = (slice(None),) * axis + (slice(0, -1),)
    factors = np.concatenate((one, np.flip(a, axis)[before]), axis=axis)
    y = np.flip(recurrence(factors, np.flip(g, axis), axis), axis)
    return y * np.concatenate((one, products[before]), axis=axis)


def _is_moderate(x: Any) -> bool:
    """Whether no element is zero, or closer to overflow or underflow than a third of the range."""
    if not x.size:
        return True
    if x.min() < 0.0:
        x = np.abs(x)
    limit = float(np.finfo(x.dtype).max) ** (1.0 / 3.0)
    return bool(x.min() > 1.0 / limit and x.max() < limit)

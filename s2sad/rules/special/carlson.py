"""Carlson's elliptic integrals with any half-integer exponents: derivatives of R_F and R_D.

The formulas by which derivatives of R_D reduce to R_D itself divide by differences of its
arguments, which is no use where these are close.  The integral is smooth there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

STEP, DEPTH, PIECE = 0.4, 38.0, 256
"""Step of the trapezoidal rule, where the integrand is nothing, and elements at a time."""


def carlson(x: Any, y: Any, z: Any, i: int = 0, j: int = 0, k: int = 0) -> Any:
    """∫ (t + x)^-(i+1/2) (t + y)^-(j+1/2) (t + z)^-(k+1/2) dt from zero to infinity.

    By the trapezoidal rule in log t, whose error falls as exp(-2π² / step); for complex numbers
    the step shrinks with their angle to the negative axis, next to which it is not a number.
    """
    dtype = np.result_type(x, y, z)
    dtype = dtype if dtype.kind in "fc" else np.dtype(np.float64)
    values = np.array(np.broadcast_arrays(x, y, z), dtype=np.result_type(dtype, np.float64))
    rows, orders = values.reshape(3, -1), np.array((i, j, k))
    found = np.empty_like(rows[0])
    with np.errstate(all="ignore"):
        for start in range(0, found.size, PIECE):
            part = slice(start, start + PIECE)
            found[part] = _integral(rows[:, part], orders)
    return found.reshape(values.shape[1:]).astype(dtype)[()]


def _integral(values: Any, orders: Any) -> Any:
    """The same for columns of x, y and z."""
    size, zero = np.abs(values), values == 0.0
    most, room = np.max(size, axis=0), np.pi - np.max(np.abs(np.angle(values)), axis=0)
    known = (room > 0.05) & (most > 0.0) & (most < np.inf)
    scaled, size = np.where(known, (values / most, size / most), 1.0)
    decay, low = np.sum(orders) + 0.5, np.log(np.min(np.where(zero, 1.0, size.real), axis=0))
    low = low - DEPTH * (1.0 + np.any(zero, axis=0))
    step = STEP * np.min(room, where=known, initial=np.pi) / np.pi
    steps = int(np.ceil(np.max(DEPTH / decay - low) / step))
    width = (DEPTH / decay - low) / steps
    t = np.exp(low + width * np.arange(steps + 1.0)[:, None])
    terms = t.astype(values.dtype)
    for row, order in zip(scaled, orders, strict=True):
        terms *= (t + row) ** -(order + 0.5)
    total = width * np.sum(terms, axis=0) * most**-decay
    endless = np.any(zero & (orders[:, None] > 0), axis=0) | (np.sum(zero, axis=0) > 1)
    beyond = np.where(most == np.inf, 0.0, np.where(most == 0.0, np.inf, np.nan))
    return np.where(known, np.where(endless, np.inf, total), beyond)

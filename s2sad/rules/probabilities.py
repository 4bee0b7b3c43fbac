"""How quantiles of the gamma and beta distributions move with their parameters.

With the distribution function F and the density p, the number that is exceeded with a given
probability moves by -(dF/da) / p.  Both are integrals up to x, or from x on, of the density, so the
quotient is the integral of the density relative to that at x:

    P(a, x) / p(x) =  ∫_0^x (t/x)^(a-1) exp(x-t) dt  =  x ∫_0^∞ exp(-a v + x (1 - exp(-v))) dv

with t = x exp(-v), and likewise with t = x exp(v) above x.  A derivative in `a` multiplies the
integrand by -v, or by v, and adds the slope of log p(x).  Of the two sides that one is taken on
which all terms have one sign, so that nothing cancels, however far out x is.  The integrals are
sums over v = h exp(t - exp(-t)), equally spaced in t (Takahasi and Mori, "Double exponential
formulas for numerical integration", 1974), with h the shortest length of the integrand.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

STEP = 0.0625
FIRST = -4.0
"""Below this the nodes add less than rounding does."""
BLOCK = 16
"""How many nodes are evaluated at a time."""
MOST = 900
"""How many blocks at most: the lengths of an integrand differ by less than exp(800)."""
PIECE = 1024
"""How many numbers are computed at a time."""
EXACT = 1e3
"""Above this shape the exponent is computed without cancellation."""
SMALL = 2.0**-54

BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def integrals(
    weights: Callable[[Any], list[Any]], exponent: Callable[[Any], Any], length: Any
) -> list[Any]:
    """∫_0^∞ w(v) exp(-exponent(v)) dv for every w of `weights`; 1-d arrays of one size."""
    total: list[Any] = []
    start = FIRST
    for _ in range(MOST):
        t = start + STEP * np.arange(BLOCK)[:, None]
        v = length * np.exp(t - np.exp(-t))
        measure = STEP * (1.0 + np.exp(-t)) * v * np.exp(-exponent(v))
        parts = [np.sum(w * measure, axis=0) for w in weights(v)]
        total = [a + b for a, b in zip(total, parts, strict=True)] if total else parts
        start += STEP * BLOCK
        if start > 1.0 and all(np.all(np.abs(b) <= SMALL * np.abs(a))
                               for a, b in zip(total, parts, strict=True)):  # fmt: skip
            break
    return total


def polygamma(n: int, a: Any) -> Any:
    """The n-th derivative of the digamma function for a > 0; log(a) - digamma(a) where n is 0.

    Recurrence up to 14, then the asymptotic series (Abramowitz and Stegun 6.3.18, 6.4.11).
    """
    below: Any = 0.0
    z = a
    for _ in range(14):
        low = z < 14.0
        below = below + np.where(low, 1.0 / z ** (n + 1), 0.0)
        z = np.where(low, z + 1.0, z)
    sign = -1.0 if n % 2 == 0 else 1.0
    factors = [
        b * math.factorial(2 * k + n - 1) / math.factorial(2 * k)
        for k, b in enumerate(BERNOULLI, start=1)
    ]
    w = 1.0 / z
    tail = w**n * sum(f * w ** (2 * k) for k, f in enumerate(factors, start=1))
    tail = tail + 0.5 * math.factorial(n) * w ** (n + 1)
    if n == 0:
        return tail + below - np.log(z / a)
    return sign * (tail + math.factorial(n - 1) * w**n + math.factorial(n) * below)


def excess(v: Any) -> Any:
    """exp(v) - 1 - v, without cancellation."""
    near = np.abs(v) < 0.5
    u = np.where(near, v, 0.0)
    series: Any = 0.0
    for k in range(17, 1, -1):
        series = (series * u + 1.0) / k if k > 2 else (series * u + 1.0) * 0.5
    return np.where(near, series * u * u, np.expm1(v) - v)


def log_ratio(x: Any, a: Any) -> Any:
    """log(x / a), exact also where the two are close."""
    near = np.abs(x - a) < 0.5 * a
    return np.where(near, np.log1p(np.where(near, (x - a) / a, 0.0)), np.log(x) - np.log(a))


def bell(kappa: Callable[[int], Any], n: int) -> list[Any]:
    """The first n derivatives of a function relative to it, from those of its logarithm."""
    found: list[Any] = [1.0]
    for m in range(n):
        found.append(sum(math.comb(m, i) * found[m - i] * kappa(i + 1) for i in range(m + 1)))
    return found


def flat(*values: Any) -> tuple[Any, Any, list[Any]]:
    """The dtype and shape of an elementwise result, and the operands as rows of doubles."""
    dtype = np.result_type(*[v for v in values if not isinstance(v, float | int)] or [float])
    dtype = dtype if dtype.kind == "f" else np.dtype(float)
    arrays = np.broadcast_arrays(*[np.asarray(v, dtype=float) for v in values])
    return dtype, arrays[0].shape, [np.ravel(a) for a in arrays]


def finished(found: Any, dtype: Any, shape: Any) -> Any:
    """A row of results in the shape and dtype of the operands."""
    return np.reshape(found, shape).astype(dtype)[()]


def gamma_score(a: Any, x: Any, order: int = 1) -> Any:
    """The derivative in `a` of the density of the gamma distribution at x, relative to it."""
    dtype, shape, (a, x) = flat(a, x)
    return finished(_gamma_scores(a, x, order)[order] + 0.0 * x, dtype, shape)


def _gamma_scores(a: Any, x: Any, order: int) -> list[Any]:
    first = log_ratio(x, a) + polygamma(0, a)
    return bell(lambda k: first if k == 1 else -polygamma(k - 1, a), order)


def gamma_slope(a: Any, x: Any, order: int = 1) -> Any:
    """-(d/da)^order P(a, x) / p(x) for the gamma distribution with shape `a`; 0 at x = 0.

    Of order 1 it is the derivative of a quantile x in the shape.
    """
    dtype, shape, (a, x) = flat(a, x)
    found = np.zeros(x.shape)
    inside = (x > 0.0) & (a > 0.0) & np.isfinite(x)
    found[inside] = in_pieces(_gamma_slope, order, a[inside], x[inside])
    found[np.isnan(x) | np.isnan(a)] = np.nan
    found[np.isposinf(x)] = np.inf
    return finished(found, dtype, shape)


def in_pieces(slope: Callable[..., Any], order: Any, *values: Any) -> Any:
    """`slope(order, *values)` for rows of any length, so much at a time as the cache holds."""
    n = values[0].size
    with np.errstate(all="ignore"):  # an integrand vanishes at its end
        parts = [slope(order, *[v[i : i + PIECE] for v in values]) for i in range(0, n, PIECE)]
    return np.concatenate(parts) if parts else values[0]


def _gamma_slope(order: int, a: Any, x: Any) -> Any:
    """The same for rows of positive numbers: below a = 1 by P(a, x) = P(a+1, x) + p(x) x / a."""
    found = np.empty(x.shape)
    small = a < 1.0
    small[small] = _gamma_scores(a[small] + 1.0, x[small], 1)[1] <= 0.0
    b, y = a[small] + 1.0, x[small]
    found[small] = y / a[small] * (_gamma_sides(order, b, y) - _gamma_scores(b, y, order)[order])
    found[~small] = _gamma_sides(order, a[~small], x[~small])
    return found


def _gamma_sides(order: int, a: Any, x: Any) -> Any:
    """The same by the integral up to x where that is below the center, else from x on."""
    found = np.empty(x.shape)
    scores = _gamma_scores(a, x, order)
    below = scores[1] <= 0.0
    for side, sign in ((below, -1.0), (~below, 1.0)):
        if side.any():
            moments = _gamma_moments(order, a[side], x[side], sign)
            for i, moment in enumerate(moments):
                rest = scores[order - i]
                parts = math.comb(order, i) * moment * (rest[side] if i < order else rest)
                found[side] = parts if i == 0 else found[side] + parts
            found[side] *= sign * x[side]
    return found


def _gamma_moments(order: int, a: Any, x: Any, sign: float) -> list[Any]:
    """∫ (sign v)^i (t/x)^(a-1) exp(x-t) dt / x with t = x exp(sign v), for i up to `order`."""
    length = 2.0 / (np.abs(a - x) + np.sqrt((a - x) ** 2 + 2.0 * np.minimum(a, x)))
    large = bool(np.max(a) > EXACT)

    def exponent(v: Any) -> Any:
        if large:
            bent = excess(sign * v)
            if sign > 0.0:
                return x * bent + (x - a) * v
            return a * bent - (a - x) * np.expm1(-v)
        return x * np.expm1(sign * v) - sign * a * v

    def weights(v: Any) -> list[Any]:
        return [(sign * v) ** i if i else 1.0 for i in range(order + 1)]

    return integrals(weights, exponent, length)


# the beta distribution


def beta_score(a: Any, b: Any, x: Any, in_a: int = 1, in_b: int = 0) -> Any:
    """A derivative in `a` and `b` of the density of the beta distribution at x, relative to it.

    in_a, in_b: how often it is taken in each.
    """
    dtype, shape, (a, b, x) = flat(a, b, x)
    return finished(_beta_scores(a, b, x, (in_a, in_b))[in_a, in_b] + 0.0 * x, dtype, shape)


def _beta_scores(
    a: Any, b: Any, x: Any, orders: tuple[int, int], more: float = 0.0
) -> dict[tuple[int, int], Any]:
    """All up to `orders`; `more` is added to `a` in its own factor, 1 / gamma(a + more)."""
    both = polygamma(0, a + b)
    own = a + more
    of_a = log_ratio(x, own / (a + b)) + polygamma(0, own) - both
    of_b = log_ratio(1.0 - x, b / (a + b)) + polygamma(0, b) - both

    def kappa(k: int, m: int) -> Any:
        if k + m == 1:
            return of_a if k else of_b
        found = polygamma(k + m - 1, a + b)
        return found - (polygamma(k - 1, own) if not m else polygamma(m - 1, b) if not k else 0.0)

    found: dict[tuple[int, int], Any] = {(0, 0): 1.0}
    for k in range(orders[0] + 1):
        for m in range(orders[1] + 1):
            if k:
                found[k, m] = sum(
                    math.comb(k - 1, i) * math.comb(m, j)
                    * found[k - 1 - i, m - j] * kappa(i + 1, j)
                    for i in range(k) for j in range(m + 1)
                )  # fmt: skip
            elif m:
                found[k, m] = sum(
                    math.comb(m - 1, j) * found[0, m - 1 - j] * kappa(0, j + 1) for j in range(m)
                )
    return found


def beta_slope(a: Any, b: Any, x: Any, in_a: int = 1, in_b: int = 0) -> Any:
    """-(d/da)^in_a (d/db)^in_b I(x; a, b) / p(x) for the beta distribution; 0 at x = 0 and x = 1.

    Of orders 1 and 0 it is the derivative of a quantile x in `a`; that in `b` is the opposite of
    the derivative of 1 - x in the first parameter, with the two exchanged.
    """
    dtype, shape, (a, b, x) = flat(a, b, x)
    found = np.zeros(x.shape)
    inside = (x > 0.0) & (x < 1.0) & (a > 0.0) & (b > 0.0)
    found[inside] = in_pieces(_beta_slope, (in_a, in_b), a[inside], b[inside], x[inside])
    found[np.isnan(x + a + b)] = np.nan
    return finished(found, dtype, shape)


def _beta_slope(orders: tuple[int, int], a: Any, b: Any, x: Any) -> Any:
    """The same for rows: below a = 1 by I(x; a, b) = I(x; a+1, b) + p(x) x (1-x) / a."""
    found = np.empty(x.shape)
    small = a < 1.0
    small[small] = _beta_scores(a[small], b[small], x[small], (1, 0), 1.0)[1, 0] <= 0.0
    c, d, y = a[small], b[small], x[small]
    rest = (1.0 - y) * _beta_scores(c, d, y, orders, 1.0)[orders]
    found[small] = y / c * ((c + d) * _beta_sides(orders, c + 1.0, d, y) - rest)
    found[~small] = _beta_sides(orders, a[~small], b[~small], x[~small])
    return found


def _beta_sides(orders: tuple[int, int], a: Any, b: Any, x: Any) -> Any:
    """The same by the integral up to x where that is below the center, else from x on."""
    found = np.zeros(x.shape)
    scores = _beta_scores(a, b, x, orders)
    below = scores[1, 0] <= 0.0
    for side, sign in ((below, -1.0), (~below, 1.0)):
        if side.any():
            c, d, y = a[side], b[side], x[side]
            k, m = orders
            if sign < 0.0:
                moments = _beta_moments((k, m), c, d, y)
            else:
                turned = _beta_moments((m, k), d, c, 1.0 - y)
                moments = {(i, j): v for (j, i), v in turned.items()}
            for (i, j), moment in moments.items():
                score = scores[k - i, m - j]
                score = score[side] if np.ndim(score) else score
                found[side] += math.comb(k, i) * math.comb(m, j) * moment * score
            found[side] *= sign * (y if sign < 0.0 else 1.0 - y)
    return found


def _beta_moments(orders: tuple[int, int], a: Any, b: Any, x: Any) -> dict[tuple[int, int], Any]:
    """∫_0^x log(t/x)^i log((1-t)/(1-x))^j (t/x)^(a-1) ((1-t)/(1-x))^(b-1) dt / x."""
    ratio = x / (1.0 - x)
    width = np.abs(a - (b - 1.0) * ratio) + np.sqrt(np.abs(b - 1.0) * (ratio + ratio * ratio))
    places = [(i, j) for i in range(orders[0] + 1) for j in range(orders[1] + 1)]

    def rest(v: Any) -> Any:
        return np.log1p(-ratio * np.expm1(-v))

    def exponent(v: Any) -> Any:
        return a * v - (b - 1.0) * rest(v)

    def weights(v: Any) -> list[Any]:
        other = rest(v) if orders[1] else 1.0
        return [(-v) ** i * other**j for i, j in places]

    return dict(zip(places, integrals(weights, exponent, 1.0 / (1.0 + width)), strict=True))


# the normal distribution


def mills(z: Any, order: int = 0) -> Any:
    """∫_0^∞ v^order exp(-z v - v²/2) dv for z > 0: of order 0 Mills' ratio, P(Z > z) / p(z)."""
    dtype, shape, (z,) = flat(z)
    return finished(in_pieces(_mills, order, z), dtype, shape)


def _mills(order: int, z: Any) -> Any:
    length = 1.0 / np.maximum(z, 1.0)
    (found,) = integrals(lambda v: [v**order], lambda v: v * (z + 0.5 * v), length)
    return found

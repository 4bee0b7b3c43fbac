"""Operations on series of polynomials: products, sums, integrals, and values on grids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.polynomial.polyutils import trimcoef

from s2sad.rules.asking import array_of, is_known
from s2sad.rules.conversions import floating
from s2sad.rules.domains import inside_unit, nonzero, of_shape, one_of, reals, together
from s2sad.rules.notation import defined, rule
from s2sad.rules.series import BASES
from s2sad.runtime import index_add


def titled(of: Any) -> Callable[[Any], Any]:
    """A definition for each basis gets the name of the function that it states."""

    def entitle(function: Any) -> Any:
        function.__doc__ = of.__name__
        return function

    return entitle


def trimmed(c: Any) -> Any:
    """Coefficients without the zeros at their end, one at least."""
    found = np.concatenate((np.flip(c[1:] != 0), [True]))
    return c[: c.size - np.argmax(found)]


def fitted(c: Any, size: Any) -> Any:
    """So many coefficients: cut off, or followed by zeros."""
    return np.concatenate((c, np.zeros(size, c.dtype)))[:size]


# products


def squares(name: str, n: Any, like: Any) -> Any:
    """The integral of P_k^2 with the weight of an orthogonal basis, up to a common factor."""
    k = np.arange(n)
    if name == "cheb":
        return np.where(k == 0, 1.0, 0.5).astype(like.dtype)
    if name == "leg":
        return (1.0 / (2 * k + 1)).astype(like.dtype)
    factorials = np.cumprod(np.maximum(k, 1), dtype=float)
    if name == "herm":
        return (2.0**k * factorials).astype(like.dtype)
    return factorials.astype(like.dtype) if name == "herme" else np.ones(n, like.dtype)


SERIES = [of_shape(4), of_shape(3), of_shape(1)]
ENDING = [{"c": np.array(c)} for c in ([1.5, 2.0, 0.0, 0.0], [0.0], [2, 3, 1], [0.0, 1.0])]
PAIRS = together((of_shape(4), of_shape(3)), (of_shape(1), of_shape(3)), (of_shape(2), of_shape(2)))


def state_product(name: str, mul: Any) -> None:
    """The rule of the product of two series in an orthogonal basis.

    ans_k = <c1 c2, P_k> / h_k with h_k = <P_k, P_k>, and multiplication by c2 is self-adjoint in
    this inner product: c1_bar = h * coefficients of c2 Σ ans_bar_k / h_k P_k.
    """

    def factor_bar(c1, c2, g):
        spread = mul(c2, g / squares(name, g.size, g))
        return fitted(spread, c1.size) * squares(name, c1.size, c1)

    def added(total, part):
        # The product leaves out zeros at its end, of which that of a tangent may have more.
        part = part[: total.size]
        return index_add(total, slice(None, np.size(part)), part)

    @rule(mul, on={"c1 c2": PAIRS})
    class product:
        """ans = the coefficients of the product of two series."""

        def primal(c1, c2):
            return mul(c1, c2)

        def shape(c1, c2):
            return (None,)

        def tangent(c1, c2, ans, c1_dot, c2_dot):
            ans_dot = added(np.zeros_like(ans), mul(c1_dot, c2))
            return added(ans_dot, mul(c1, c2_dot))

        def adjoint(c1, c2, ans_bar):
            c1_bar = factor_bar(c1, c2, ans_bar)
            c2_bar = factor_bar(c2, c1, ans_bar)
            return c1_bar, c2_bar


def state_sums(add: Any, sub: Any) -> None:
    """Sums and differences of two series."""

    @defined(add, wrt="c1 c2", on={"c1 c2": PAIRS})
    @titled(add)
    def added(c1: Any, c2: Any) -> Any:
        c1, c2 = trimmed(floating(c1)), trimmed(floating(c2))
        n = max(c1.size, c2.size)
        return trimmed(fitted(c1, n) + fitted(c2, n))

    @defined(sub, wrt="c1 c2", on={"c1 c2": PAIRS})
    @titled(sub)
    def subtracted(c1: Any, c2: Any) -> Any:
        c1, c2 = trimmed(floating(c1)), trimmed(floating(c2))
        n = max(c1.size, c2.size)
        return trimmed(fitted(c1, n) - fitted(c2, n))


def times_x(name: str, c: Any) -> Any:
    """The coefficients of x times a series, by the recurrence of its basis."""
    n = c.size
    k = np.arange(n, dtype=c.dtype)
    none = np.zeros_like(c[:1])
    if name == "poly":
        return np.concatenate((none, c))
    if name == "cheb":
        up, down = c * np.where(k == 0, 1.0, 0.5).astype(c.dtype), c / 2
    elif name == "leg":
        up, down = c * (k + 1) / (2 * k + 1), c * k / (2 * k + 1)
    elif name == "lag":
        up, down = -(c * (k + 1)), -(c * k)
    else:
        up, down = c / 2 if name == "herm" else c, c * k
    made = np.concatenate((none, up)) + np.concatenate((down[1:], none, none))
    return made + np.concatenate((c * (2 * k + 1), none)) if name == "lag" else made


def state_powers(name: str, mul: Any, mulx: Any, power: Any) -> None:
    """Powers of a series, and its product with x."""

    @defined(power, on={"c pow": together((of_shape(3), 0), (of_shape(3), 1), (of_shape(2), 3))})
    @titled(power)
    def raised(c: Any, pow: int, maxpower: int = 16) -> Any:
        c = trimmed(floating(c))
        if int(pow) != pow or pow < 0:
            raise ValueError("Power must be a non-negative integer.")
        if maxpower is not None and pow > maxpower:
            raise ValueError("Power is too large")
        if pow == 0:
            return np.ones(1, c.dtype)
        made = c
        for _ in list(range(pow - 1)):
            made = mul(made, c)
        return made

    @defined(mulx, on={"c": one_of(*SERIES), "values": ENDING})
    @titled(mulx)
    def product_with_x(c: Any) -> Any:
        c = trimmed(floating(c))
        return times_x(name, c)[: c.size + np.count_nonzero(c[-1:])]  # zero has one coefficient


# integrals


def antiderivative(name: str, c: Any) -> Any:
    """The coefficients of an integral of the series along the first axis."""
    n = c.shape[0]
    k = np.arange(n, dtype=c.dtype)
    if c.ndim > 1:
        k = np.reshape(k, (n, *(1,) * (c.ndim - 1)))
    none = np.zeros_like(c[:1])
    if name == "lag":
        return np.concatenate((c, none)) - np.concatenate((none, c))
    if name in ("poly", "herme"):
        return np.concatenate((none, c / (k + 1)))
    if name == "herm":
        return np.concatenate((none, c / (2 * (k + 1))))
    if name == "leg":
        up, down = c / (2 * k + 1), c / (2 * k + 1)
    else:
        up, down = c / np.where(k == 0, 1, 2 * (k + 1)), c / np.where(k < 2, 1, 2 * (k - 1))
    lower = np.concatenate((none, down[2:], none, none))[: n + 1]
    return np.concatenate((none, up)) - lower


INTEGRALS = together(
    (of_shape(4), 1, [], 0, 1, 0),
    (of_shape(4), 2, [0.5, -1.5], 0, 1, 0),
    (of_shape(4), 2, 0.5, 0.3, 1, 0),
    (of_shape(3), 1, [], reals.of(), nonzero.of(), 0),
    (of_shape(1), 1, [reals.of()], 0.2, 1, 0),
    (of_shape(2), 3, [], 0, 2.0, 0),
    (of_shape(3, 2), 2, [], 0, 1, 0),
    (of_shape(2, 4), 1, [0.7], 0.4, 1, 1),
    (of_shape(3), 0, [], 0, 1, 0),
)


def state_integral(name: str, integral: Any, val: Any) -> None:
    """The integral of a series; a series of a single zero gets a second coefficient, too."""

    @defined(integral, wrt="c k lbnd scl", on={"c m k lbnd scl axis": INTEGRALS})
    @titled(integral)
    def integrated(
        c: Any, m: int = 1, k: Any = [], lbnd: Any = 0, scl: Any = 1, axis: int = 0  # noqa: B006
    ) -> Any:  # fmt: skip
        c = floating(c)
        k = list(k) if isinstance(k, (list, tuple)) else [k]
        if m < 0:
            raise ValueError("The order of integration must be non-negative")
        if len(k) > m:
            raise ValueError("Too many integration constants")
        c = c if axis in (0, -c.ndim) else np.moveaxis(c, axis, 0)
        for i in list(range(m)):
            plain = is_known(scl) and scl == 1
            c = antiderivative(name, c if plain else c * scl)
            constant = (k[i] if i < len(k) else 0) - val(lbnd, c)
            c = np.concatenate((c[:1] + constant, c[1:]))
        return c if axis in (0, -c.ndim) else np.moveaxis(c, 0, axis)


# values in two and three dimensions


POINTS = {"x": of_shape(3), "y": of_shape(3)}
DEGREES = one_of([1, 2, 0], [1, 0, 2], [2, 1, 1])
PLANE = {"x": of_shape(3), "y": of_shape(2), "c": of_shape(2, 3)}
SPACE = {"x": of_shape(3), "y": of_shape(2), "z": of_shape(1), "c": of_shape(2, 3, 2)}


def state_plane(val: Any, vander: Any, points: Any, grid: Any, matrix: Any) -> None:
    """Series of products of two polynomials: at points, on a grid, and their matrix."""

    @defined(points, wrt="x y c", on={**POINTS, "c": one_of(of_shape(2, 3), of_shape(2, 3, 2))})
    @titled(points)
    def at_points(x: Any, y: Any, c: Any) -> Any:
        return val(y, val(x, c), tensor=False)

    @defined(grid, wrt="x y c", on=PLANE)
    @titled(grid)
    def on_a_grid(x: Any, y: Any, c: Any) -> Any:
        return val(y, val(x, c))

    @defined(matrix, wrt="x y", on={**POINTS, "deg": one_of([1, 2], [0, 1])})
    @titled(matrix)
    def products(x: Any, y: Any, deg: Any) -> Any:
        both = np.expand_dims(vander(x, deg[0]), -1) * np.expand_dims(vander(y, deg[1]), -2)
        return np.reshape(both, (*both.shape[:-2], -1))


def state_space(val: Any, vander: Any, points: Any, grid: Any, matrix: Any) -> None:
    """The same for products of three."""

    @defined(points, wrt="x y z c", on={**POINTS, "z": of_shape(3), "c": of_shape(2, 3, 2)})
    @titled(points)
    def at_points(x: Any, y: Any, z: Any, c: Any) -> Any:
        return val(z, val(y, val(x, c), tensor=False), tensor=False)

    @defined(grid, wrt="x y z c", on=SPACE)
    @titled(grid)
    def on_a_grid(x: Any, y: Any, z: Any, c: Any) -> Any:
        return val(z, val(y, val(x, c)))

    @defined(
        matrix,
        wrt="x y z",
        on={**POINTS, "z": of_shape(3), "deg": one_of([1, 2, 0], [1, 0, 2], [2, 1, 1])},
    )
    @titled(matrix)
    def products(x: Any, y: Any, z: Any, deg: Any) -> Any:
        u, v, w = vander(x, deg[0]), vander(y, deg[1]), vander(z, deg[2])
        both = np.expand_dims(u, (-2, -1)) * np.expand_dims(v, (-3, -1))
        every = both * np.expand_dims(w, (-3, -2))
        return np.reshape(every, (*every.shape[:-3], -1))


def state_making(name: str, line: Any, fromroots: Any, weight: Any) -> None:
    """Series of straight lines and of given roots, and the weight of the basis."""

    @defined(line, wrt="off scl", on={"off": reals.of(), "scl": one_of(nonzero.of(), 0)})
    @titled(line)
    def straight(off: Any, scl: Any) -> Any:
        if scl == 0:
            return np.stack((off,))
        if name == "lag":
            return np.stack((off + scl, -scl))
        return np.stack((off, scl / 2 if name == "herm" else scl))

    @defined(fromroots, on={"roots": one_of(of_shape(3), of_shape(1))})
    @titled(fromroots)
    def with_roots(roots: Any) -> Any:
        roots = floating(roots)
        c = np.ones(1, roots.dtype)
        for r in roots:
            c = times_x(name, c) - r * np.concatenate((c, np.zeros_like(c[:1])))
        return c

    if weight is not None:

        @defined(weight, on={"x": inside_unit})
        @titled(weight)
        def weighted(x: Any) -> Any:
            if name == "cheb":
                return 1.0 / (np.sqrt(1.0 + x) * np.sqrt(1.0 - x))
            if name == "leg":
                return x * 0.0 + 1.0
            if name == "lag":
                return np.exp(-x)
            return np.exp(-(x**2)) if name == "herm" else np.exp(-0.5 * x**2)


def state_basis(module: Any, name: str) -> None:
    """All operations on series in one basis."""
    parts = ("val", "vander", "mul", "mulx", "pow", "add", "sub", "int")
    val, vander, mul, mulx, power, add, sub, integral = (getattr(module, name + p) for p in parts)
    if name != "poly":
        state_product(name, mul)
    state_sums(add, sub)
    state_powers(name, mul, mulx, power)
    state_integral(name, integral, val)
    line, fromroots = (getattr(module, name + p) for p in ("line", "fromroots"))
    state_making(name, line, fromroots, getattr(module, f"{name}weight", None))
    for state, size in ((state_plane, "2d"), (state_space, "3d")):
        names = (f"{name}val{size}", f"{name}grid{size}", f"{name}vander{size}")
        state(val, vander, *(getattr(module, n) for n in names))


for _module, _name in BASES:
    state_basis(_module, _name)


@defined(np.polynomial.polynomial.polymul, wrt="c1 c2", on={"c1 c2": PAIRS})
def polymul(c1: Any, c2: Any) -> Any:
    """np.polynomial.polynomial.polymul"""
    return trimmed(np.convolve(trimmed(floating(c1)), trimmed(floating(c2))))


@defined(
    np.polynomial.polynomial.polyvalfromroots,
    wrt="x r",
    on={
        "x r tensor": together(
            (reals.of(), of_shape(3), True),
            (of_shape(2), of_shape(3), True),
            (of_shape(2), of_shape(3, 4), True),
            (of_shape(4), of_shape(3, 4), False),
        )
    },
)
def polyvalfromroots(x: Any, r: Any, tensor: bool = True) -> Any:
    """np.polynomial.polynomial.polyvalfromroots"""
    x, r = array_of(x), array_of(r)
    if tensor:
        r = np.reshape(r, r.shape + (1,) * x.ndim)
    return np.prod(x - r, axis=0)


@defined(trimcoef, on={"c": one_of(*SERIES), "tol": one_of(0, 0.5, 9.0)})
def trim(c: Any, tol: Any = 0) -> Any:
    """np.polynomial.polyutils.trimcoef"""
    c = floating(c)
    large = np.abs(c) > tol
    if not np.any(large):
        return c[:1] * 0
    return c[: c.size - np.argmax(np.flip(large))]

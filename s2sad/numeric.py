"""Numeric derivatives to compare with: complex step, and central differences of fourth order."""

from __future__ import annotations

import contextlib
import copy
import ctypes
import io
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from s2sad.errors import Unsupported
from s2sad.frontend.signature import children
from s2sad.matching import rebuild

REFUSALS = (
    TypeError,
    ValueError,
    ArithmeticError,
    AttributeError,
    LookupError,
    AssertionError,
    np.exceptions.ComplexWarning,
    ctypes.ArgumentError,
    Unsupported,
)
"""What code written for real numbers raises when it is given complex ones."""

TINY = 1e-30


def is_inexact(leaf: Any) -> bool:
    """Whether a leaf is a floating number or an array of them."""
    if isinstance(leaf, np.ndarray | np.generic):
        return leaf.dtype.kind in "fc"
    return type(leaf) in (float, complex)


def leaves(value: Any) -> Iterator[Any]:
    """The leaves of a structure, from left to right."""
    inside = children(value)
    if inside is None:
        yield value
        return
    for item in inside[2]:
        yield from leaves(item)


def each(f: Callable[..., Any], value: Any, *others: Any) -> Any:
    """The structure of `value` with `f` of the leaves that stand in the same place."""
    inside = children(value)
    if inside is None:
        return f(value, *others)
    items = [children(o) for o in others]
    parts = [
        each(f, item, *(o[2][i] for o in items if o is not None))
        for i, item in enumerate(inside[2])
    ]
    return rebuild(value, inside[1], parts)


def directional(f: Callable[..., Any], args: Sequence[Any], dots: Sequence[Any]) -> Any:
    """The derivative of `f` at `args` along `dots`, in the structure of the output.

    Complex step where `f` is analytic and takes complex numbers, which is exact to rounding;
    central differences of fourth order elsewhere.  Leaves that are not floating numbers give 0.0.
    """
    found, _ = estimated(f, args, dots)
    return found


def estimated(f: Callable[..., Any], args: Sequence[Any], dots: Sequence[Any]) -> tuple[Any, bool]:
    """The directional derivative, and whether it is that of a complex step."""
    central = central_differences(f, args, dots)
    exact = complex_step(f, args, dots)
    # A function may take complex numbers without being analytic: abs, conj, comparisons.
    if exact is not None and _agree(exact, central):
        return exact, True
    return central, False


def _agree(a: Any, b: Any) -> bool:
    pairs = zip(leaves(a), leaves(b), strict=False)
    return all(np.shape(x) == np.shape(y) and np.allclose(x, y, 1e-4, 1e-6) for x, y in pairs)


def central_differences(f: Callable[..., Any], args: Sequence[Any], dots: Sequence[Any]) -> Any:
    """(8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h."""
    h = 7e-4 * _scale(args, dots)
    values = [_called(f, args, dots, t) for t in (h, -h, 2 * h, -2 * h)]

    def combined(a: Any, b: Any, c: Any, d: Any) -> Any:
        if not is_inexact(a):
            return 0.0
        return (8.0 * (np.subtract(a, b)) - np.subtract(c, d)) / (12.0 * h)

    return each(combined, *values)


def slope(f: Callable[..., Any], args: Sequence[Any], dots: Sequence[Any]) -> tuple[float, float]:
    """The derivative of `f`, which gives one number, along `dots`; and how far it may be off.

    `dots` are of the size of `args`: steps are fractions of them.  Differences with steps from
    coarse to fine are compared with each other and with one-sided ones, so that kinks, jumps and
    rounding widen the bound; it is infinite where nothing is known.
    """

    def at(t: float) -> float:
        return float(_called(f, args, dots, t))

    try:
        found = [_difference(at, STEP / 4**k) for k in range(STEPS)]
        sides = [_difference(at, STEP / 64, side) for side in (1, -1)]
        value, error = _settled(found, abs(at(0.0)))
    except REFUSALS:  # outside of the domain of `f`
        return 0.0, math.inf
    error += abs(sides[0] - sides[1])
    if not math.isfinite(error):
        return 0.0, math.inf
    exact = complex_step(f, args, dots)
    if exact is not None and abs(exact - value) <= max(error, 1e-5 * abs(exact)):
        return float(exact), 1e-12 * abs(float(exact))
    return value, error


def _settled(found: list[float], size: float) -> tuple[float, float]:
    """The number on which three steps in a row agree best, and how far they are apart.

    They agree relative to themselves, or where what moves is rounding of a value of that size:
    differences that alias a wild function are small as well, but not alike.
    """
    best = 0.0, math.inf
    for k in range(len(found) - 2):
        three = found[k : k + 3]
        spread = max(three) - min(three)
        alike = spread <= 1e-3 * max(map(abs, three))
        rounding = spread * STEP / 4 ** (k + 2) <= 1e-10 * size
        if (alike or rounding) and 2.0 * spread < best[1]:
            best = three[1], 2.0 * spread
    return best


STEP, STEPS = 4e-4, 6
"""The coarsest step of `slope`, and how many there are, each a quarter of the one before."""


def _difference(at: Callable[[float], float], h: float, side: int = 0) -> float:
    """A difference quotient of fourth order, or one-sided of second order."""
    if side:
        h *= side
        return (4.0 * at(h) - at(2 * h) - 3.0 * at(0.0)) / (2.0 * h)
    return (8.0 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12.0 * h)


def complex_step(f: Callable[..., Any], args: Sequence[Any], dots: Sequence[Any]) -> Any:
    """Im f(args + i h dots) / h, or None where `f` refuses complex numbers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        try:
            value = _called(f, args, dots, 1j * TINY)
        except REFUSALS:
            return None
    if not any(np.iscomplexobj(leaf) for leaf in leaves(value)):
        return None
    return each(lambda y: np.imag(y) / TINY if is_inexact(y) else 0.0, value)


def _scale(args: Sequence[Any], dots: Sequence[Any]) -> float:
    """How far one may go: the size of the numbers that move, per unit of the direction."""
    moved, speeds = [], [0.0]
    for x, d in zip(leaves(tuple(args)), leaves(tuple(dots)), strict=True):
        if is_inexact(x):
            moving = np.asarray(d) != 0
            moved.extend(np.abs(np.asarray(x)[moving]).ravel())
            speeds.append(float(np.max(np.abs(d), initial=0.0)))
    sizes = [float(s) for s in moved if s > 0]
    size = min(float(np.median(sizes)), 1.0) if sizes else 1.0
    return size / (max(speeds) or 1.0)


def _called(f: Callable[..., Any], args: Sequence[Any], dots: Sequence[Any], t: complex) -> Any:
    """f(args + t dots), in double precision, with what it prints thrown away."""

    def moved(x: Any, d: Any) -> Any:
        if not is_inexact(x):
            return copy.deepcopy(x)
        if isinstance(x, np.ndarray):  # of rank 0 too, which arithmetic makes numbers of
            return np.asarray(_widened(x) + t * d)
        return (_widened(x) if isinstance(x, np.generic) else x) + t * d

    with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        return f(*each(moved, tuple(args), tuple(dots)))


def _widened(x: Any) -> Any:
    return x.astype(np.result_type(x.dtype, np.float64))

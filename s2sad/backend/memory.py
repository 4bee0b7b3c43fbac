"""Which functions allocate their result, which return a view, and which write element by element.

What is not known here to allocate counts as possibly sharing memory with every operand: the worst
that follows is a copy that was not needed.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from s2sad.frontend.prims import ZERO_BUFFER, is_allocation, is_item
from s2sad.ir.nodes import Let, Lit, Operand, Span, Var
from s2sad.ir.types import Array, Number
from s2sad.rules.creation import astype
from s2sad.rules.methods import flatten
from s2sad.rules.notation import Primitive
from s2sad.sequences import cumprod_bar, recurrence

OPERATORS: dict[Callable[..., Any], np.ufunc] = {
    operator.add: np.add,
    operator.sub: np.subtract,
    operator.mul: np.multiply,
    operator.truediv: np.divide,
    operator.floordiv: np.floor_divide,
    operator.mod: np.remainder,
    operator.pow: np.power,
    operator.neg: np.negative,
}
"""The operators that work element by element, with the ufunc that takes `out`."""

COMMUTATIVE = (operator.add, operator.mul)

_COMPARISONS = (
    operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge,
    operator.and_, operator.or_, operator.xor, operator.invert, operator.pos, operator.abs,
    operator.matmul, operator.lshift, operator.rshift,
)  # fmt: skip

_ALLOCATORS = """
    all any arange argmax argmin argpartition argsort choose clip compress concatenate
    convolve copy corrcoef correlate cov cross cumprod cumsum cumulative_prod cumulative_sum
    diff dot empty empty_like eye full full_like geomspace gradient hstack identity inner
    interp isclose kron linspace logspace max mean median min nancumsum nanmax nanmean
    nanmin nanprod nanstd nansum nanvar ones ones_like outer pad partition percentile prod
    ptp quantile repeat roll round sort stack std sum take take_along_axis tensordot tile
    tril triu vander var vdot vstack where zeros zeros_like
"""
_ALLOCATES = frozenset(_ALLOCATORS.split())


@cache
def ufunc_of(p: Primitive) -> np.ufunc | None:
    """The ufunc that computes the primitive into a given array, or None."""
    found = OPERATORS.get(p.of, p.of)
    return found if isinstance(found, np.ufunc) and found.nout == 1 and found.nin <= 2 else None


@cache
def allocates(p: Primitive) -> bool:
    """Whether the result is always an array of its own."""
    if p.view:
        return False
    if is_allocation(p) or p is ZERO_BUFFER or is_item(p):
        return True
    if ufunc_of(p) is not None or p.of in _COMPARISONS:
        return True
    module = getattr(p.of, "__module__", None) or ""
    if p.of in (astype, flatten, cumprod_bar, recurrence):
        return True
    # A first power is the matrix itself.
    linear_algebra = module in ("numpy.linalg", "numpy.fft") and p.of is not np.linalg.matrix_power
    return linear_algebra or (module == "numpy" and p.name.removeprefix("np.") in _ALLOCATES)


def is_basic(index: Operand) -> bool:
    """Whether an index consists of integers, slices, None and Ellipsis: a view, each place once."""
    if isinstance(index, tuple):
        return all(map(is_basic, index))
    if isinstance(index, Span):
        return True
    if isinstance(index, Lit):
        value = index.value
        if isinstance(value, tuple):
            return all(is_basic(Lit(v)) for v in value)
        plain = value is None or value is Ellipsis or isinstance(value, int | slice | np.integer)
        return plain and not isinstance(value, bool)  # `a[True]` is a mask
    t = index.type
    return isinstance(t, Number) and t.dtype.kind in "iu"


def hits_once(index: Operand) -> bool:
    """Whether an index names no place twice, so that `a[index] += v` adds every part of v."""
    if isinstance(index, tuple):
        return all(map(hits_once, index))
    return is_basic(index) or (isinstance(index, Var) and is_mask(index))


def is_mask(var: Var) -> bool:
    """Whether a variable is a boolean array."""
    return isinstance(var.type, Array) and var.type.dtype == np.bool_


def is_advanced(index: Operand) -> bool:
    """Whether indexing certainly copies: an array of one dimension or more is part of the index."""
    if isinstance(index, tuple):
        return any(map(is_advanced, index))
    if isinstance(index, Lit):
        return isinstance(index.value, list) or (
            isinstance(index.value, np.ndarray) and index.value.ndim > 0
        )
    return isinstance(index, Var) and isinstance(index.type, Array) and bool(index.type.dims)


def returns_view(let: Let) -> bool:
    """Whether the result shares memory with the first operand, and with nothing else."""
    if let.primitive.of is operator.getitem:
        return not is_advanced(let.args[1])
    return let.primitive.view


def same_layout(a: object, b: object) -> bool:
    """Whether two types are arrays of the same dtype and provably the same sizes."""
    if not isinstance(a, Array) or not isinstance(b, Array) or not a.dims or not b.dims:
        return False
    return a.dtype is not None and a.dtype == b.dtype and _sizes(a) == _sizes(b)


def _sizes(a: Array) -> list[object]:
    return [d if isinstance(d, int) else (d.name, d.offset) for d in a.dims or ()]

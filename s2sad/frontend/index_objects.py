"""np.r_ and np.c_ of values that are known at run time only: np.concatenate of what they name."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.frontend.infer import type_of
from s2sad.frontend.values import Growing, Sequence, Value, atoms
from s2sad.ir.nodes import Lit, Span, Var
from s2sad.ir.types import Number


def is_joining(container: Value, index: Value) -> bool:
    """Whether brackets after np.r_ or np.c_ hold values of run time."""
    if not isinstance(container, Lit) or not (container.value is np.r_ or container.value is np.c_):
        return False
    items = index.items if isinstance(index, Sequence) else [index]
    return any(isinstance(x, Growing) or any(isinstance(a, Var) for a in atoms(x)) for x in items)


def joined(s: Any, container: Lit, index: Value, n: Any) -> Value:
    """np.r_[...] or np.c_[...]."""
    items = list(index.items) if isinstance(index, Sequence) and index.cls is tuple else [index]
    axis, rank, lead = (-1, 2, 0) if container.value is np.c_ else (0, 1, -1)
    if items and isinstance(items[0], Lit) and isinstance(items[0].value, str):
        axis, rank, lead = _directive(s, items.pop(0).value, (axis, rank, lead), n)
    values = [_evaluated(s, x, n) for x in items]
    dtype = _dtype([type_of(x) for x, _ in values])
    parts = [_part(s, x, sliced, rank, lead, dtype, n) for x, sliced in values]
    return s.call(Lit(np.concatenate), [Sequence(tuple, parts)], {"axis": Lit(axis)}, n)


def _directive(s: Any, text: str, plain: tuple[int, int, int], n: Any) -> tuple[int, int, int]:
    """The axis, the least rank, and where the axes of an array of less go."""
    try:
        numbers = [int(x) for x in text.split(",")]
    except ValueError:
        raise s.refuse(
            f"np.r_[{text!r}, ...], which makes a matrix,", "use np.concatenate and np.reshape", n
        ) from None
    axis, rank, lead = (*numbers, *plain[len(numbers) :])[:3]
    return axis, rank, lead


def _evaluated(s: Any, v: Value, n: Any) -> tuple[Any, bool]:
    """What an item stands for, and whether it was written as a slice."""
    if not isinstance(v, Span):
        return s.current(s.array_operand(v, n)), False
    start = Lit(0) if isinstance(v.start, Lit) and v.start.value is None else v.start
    step = Lit(1) if isinstance(v.step, Lit) and v.step.value is None else v.step
    if isinstance(step, Lit) and isinstance(step.value, complex):
        count = Lit(int(abs(step.value)))
        return s.call(Lit(np.linspace), [start, v.stop], {"num": count}, n), True
    return s.call(Lit(np.arange), [start, v.stop, step], {}, n), True


def _dtype(types: list[Any]) -> Any:
    """The common dtype; a number of Python takes that of the arrays."""
    if any(t.dtype is None for t in types):
        return None
    weak = [isinstance(t, Number) and t.weak for t in types]
    kinds = [t.dtype.type(0).item() if w else t.dtype for t, w in zip(types, weak, strict=True)]
    return np.result_type(*kinds)


def _part(s: Any, x: Any, sliced: bool, rank: int, lead: int, dtype: Any, n: Any) -> Value:
    """One item as an array of at least the rank asked for."""
    if isinstance(type_of(x), Number):
        array = s.call(Lit(np.asarray), [x], {"dtype": Lit(dtype)}, n)
        return s.call(Lit(np.reshape), [array, Sequence(tuple, [Lit(1)] * rank)], {}, n)
    dims = getattr(type_of(x), "dims", None)
    if dims is None:
        raise s.refuse(
            "np.r_ or np.c_ with an array of unknown rank", "give the types of the arguments", n
        )
    have = len(dims)
    missing = rank - have
    if missing <= 0:
        return x
    if sliced:
        at = rank - 1 if lead == -1 else lead % rank
        new = [i for i in range(rank) if i != at]
    else:
        first = lead + missing + 1 if lead < 0 else lead
        new = [i for i in range(rank) if not first <= i < first + have]
    axes = Sequence(tuple, [Lit(i) for i in new])
    return s.call(Lit(np.expand_dims), [x, axes], {}, n)

"""Symbolic sizes: broadcasting, slicing, indexing."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from s2sad.ir.nodes import Lit, Operand, Span, Var
from s2sad.ir.types import (
    OPAQUE,
    SOME_FLOAT,
    UNKNOWN,
    Array,
    Buffer,
    Dim,
    Number,
    Shape,
    Size,
    Type,
)

Dims: TypeAlias = tuple[Size, ...]
Fresh: TypeAlias = Callable[[], Dim]

INDEXED = {operator.getitem}
"""Primitives whose result is their first operand indexed by the second."""


def never_one(d: Size) -> bool:
    """Whether a size is known not to be 1, so that broadcasting leaves it alone."""
    return d != 1 if isinstance(d, int) else d.never_one


def broadcast(shapes: Sequence[Dims | None], fresh: Fresh) -> Dims | None:
    """The sizes of operands broadcast against each other; None where a rank is unknown."""
    if any(s is None for s in shapes):
        return None
    known = [s for s in shapes if s]
    if not known:
        return ()
    rank = max(len(s) for s in known)
    return tuple(
        _meet([s[len(s) - rank + i] for s in known if len(s) - rank + i >= 0], fresh)
        for i in range(rank)
    )


def _meet(dims: list[Size], fresh: Fresh) -> Size:
    """The size of one dimension after broadcasting."""
    result: Size = 1
    for d in dims:
        if d == 1 or d == result:
            continue
        if result == 1:
            result = d
        elif never_one(result):
            result = d if isinstance(d, int) else result
        elif never_one(d):
            result = d
        else:
            result = fresh()
    return result


def size_of(x: Operand, fresh: Fresh) -> Size:
    """The symbolic value of an integer operand."""
    if isinstance(x, Lit) and isinstance(x.value, int):
        return int(x.value)
    size = getattr(x.type, "size", None) if isinstance(x, Var) else None
    return size if size is not None else fresh()


def indexed(t: Type, index: Operand, fresh: Fresh) -> Type:
    """The type of `x[index]` for x of type `t`."""
    if isinstance(t, Shape):
        return _shape_item(t, index)
    if isinstance(t, Number):
        t = Array(t.dtype, ())
    if not isinstance(t, Array):
        return OPAQUE
    if t.dims is None:
        return UNKNOWN
    items = list(index) if isinstance(index, tuple) else [index]
    dims = _walk(t.dims, items, fresh)
    if dims is None:
        return Array(t.dtype, None)
    has_ellipsis = any(isinstance(i, Lit) and i.value is Ellipsis for i in items)
    if not dims and not has_ellipsis:
        return SOME_FLOAT if t.dtype is None else Number(t.dtype, weak=isinstance(t, Buffer))
    return Array(t.dtype, dims)


def _shape_item(t: Shape, index: Operand) -> Type:
    at = index.value if isinstance(index, Lit) else None
    size = t.dims[at] if t.dims is not None and isinstance(at, int) else None
    return Number(np.dtype("i8"), weak=True, size=size)


def _consumed(item: Any) -> int:
    """How many dimensions of the array one item of an index stands for."""
    if isinstance(item, Lit) and (item.value is None or item.value is Ellipsis):
        return 0
    t = item.type if isinstance(item, Var) else None
    if isinstance(t, Array) and t.dtype is not None and t.dtype.kind == "b":
        return -1 if t.dims is None else len(t.dims)
    return 1


def _walk(dims: Dims, items: list[Any], fresh: Fresh) -> Dims | None:
    if any(isinstance(i, Var) and getattr(i.type, "dtype", 0) is None for i in items):
        return None  # integers or a mask: nothing is known of the size
    counts = [_consumed(i) for i in items]
    if -1 in counts or any(isinstance(i, Var) and _rank(i) is None for i in items):
        return None
    if not any(isinstance(i, Lit) and i.value is Ellipsis for i in items):
        items, counts = [*items, Lit(Ellipsis)], [*counts, 0]
    if len(dims) < sum(counts):
        raise IndexError(f"too many indices: {sum(counts)} for an array of {len(dims)} dimensions")
    rest = list(dims)
    out: list[Any] = []
    gathered: list[Dims] = []
    places: list[int] = []
    for item, count in zip(items, counts, strict=True):
        taken = rest[:count]
        if isinstance(item, Lit) and item.value is Ellipsis:
            taken = rest[: len(dims) - sum(counts)]
        rest = rest[len(taken) :]
        _place(item, taken, out, gathered, places, fresh)
    return _insert_gathered(out, gathered, places, fresh)


def _rank(v: Var) -> int | None:
    dims = getattr(v.type, "dims", None)
    return None if dims is None else len(dims)


def _place(
    item: Any,
    taken: list[Size],
    out: list[Any],
    gathered: list[Dims],
    places: list[int],
    fresh: Fresh,
) -> None:
    if isinstance(item, Span):
        out.append(sliced(taken[0], item, fresh))
    elif isinstance(item, Lit) and item.value is None:
        out.append(1)
    elif isinstance(item, Lit) and item.value is Ellipsis:
        out.extend(taken)
    else:
        _place_gathered(item, gathered, fresh)
        places.append(len(out))
        out.append(_GATHERED)


_GATHERED = object()


def _place_gathered(item: Any, gathered: list[Dims], fresh: Fresh) -> None:
    if isinstance(item, Var) and isinstance(item.type, Array):
        boolean = item.type.dtype is not None and item.type.dtype.kind == "b"
        gathered.append((fresh(),) if boolean else item.type.dims or ())
    elif isinstance(item, Lit) and isinstance(item.value, np.ndarray | np.generic):
        gathered.append(tuple(item.value.shape) if item.value.dtype.kind != "b" else (fresh(),))
    elif isinstance(item, tuple):
        gathered.append((len(item),))
    else:
        gathered.append(())


def _insert_gathered(out: list[Any], gathered: list[Dims], places: list[int], fresh: Fresh) -> Dims:
    """Advanced indices stand together at the first of them, or in front if others part them."""
    if not places:
        return tuple(out)
    dims = broadcast(gathered, fresh) or ()
    if not any(gathered):
        return tuple(d for d in out if d is not _GATHERED)
    together = places == list(range(places[0], places[0] + len(places)))
    at = places[0] if together else 0
    kept = [d for d in out if d is not _GATHERED]
    return (*kept[:at], *dims, *kept[at:])


def sliced(d: Size, s: Span, fresh: Fresh) -> Size:
    """The size of `x[start:stop:step]` along a dimension of size `d`."""
    bounds: list[Any] = [x.value if isinstance(x, Lit) else ... for x in (s.start, s.stop, s.step)]
    if isinstance(d, int) and all(b is None or isinstance(b, int) for b in bounds):
        return len(range(d)[slice(*bounds)])
    start, stop, step = bounds
    if step not in (None, 1, -1) or not isinstance(d, Dim):
        return _counted(d, s, fresh)
    if step == -1:
        return d if start is None and stop is None else fresh()
    return _difference(d, start, stop, s, fresh)


def _difference(d: Dim, start: Any, stop: Any, s: Span, fresh: Fresh) -> Size:
    """max(0, d - start) and the like, for literal bounds of one sign."""
    if start in (None, 0):
        if stop is None:
            return d
        return d + stop if isinstance(stop, int) and stop < 0 else _counted(d, s, fresh)
    if isinstance(start, int) and start > 0:
        if stop is None:
            return d - start
        if isinstance(stop, int) and stop < 0:
            return d - start + stop
    return fresh()


def _counted(d: Size, s: Span, fresh: Fresh) -> Size:
    """x[:n] has the size n where n is known as the size of the very dimension, else a new one."""
    from_start = isinstance(s.start, Lit) and s.start.value in (None, 0) and _unit(s.step)
    if from_start and isinstance(s.stop, Var) and getattr(s.stop.type, "size", None) == d:
        return d
    return fresh()


def _unit(step: Operand) -> bool:
    return isinstance(step, Lit) and step.value in (None, 1)


def reaches(g: Dims | None, v: Dims | None) -> bool:
    """Whether a value of sizes `g` surely has the sizes `v`."""
    if g is None or v is None or len(g) != len(v):
        return False
    return all(same(a, b) for a, b in zip(g, v, strict=True))


def same(a: Size, b: Size) -> bool:
    """Whether two sizes that broadcast against each other are surely equal."""
    return a == b or (never_one(a) and never_one(b))

"""Views: whether a result shares memory with its operand, and how a write to it goes back."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.frontend.infer import type_of
from s2sad.frontend.prims import SHAPE
from s2sad.ir.nodes import Let, Lit, Operand, Span, Var
from s2sad.ir.types import Array, Number
from s2sad.rules.notation import RULES
from s2sad.runtime import store

VIEW, COPY, UNSURE = "view", "copy", "unsure"
_SAME = (np.asarray, np.asanyarray)
_FLAT = (np.reshape, np.ravel, np.ascontiguousarray)
_RESHAPED = (*_FLAT, np.expand_dims, np.squeeze, np.atleast_1d, np.atleast_2d,
             np.atleast_3d)  # fmt: skip
_FLIPPED = (np.flip, np.flipud, np.fliplr)
_READ_ONLY = (np.broadcast_to, np.diagonal, np.diag, np.lib.stride_tricks.sliding_window_view)


def sharing(d: Let | None, rows: Callable[[Var], bool | None]) -> str:
    """Whether the result of a statement is a VIEW of its first operand, a COPY, or UNSURE.

    rows: says of a variable whether it is contiguous in C order; None where that is not known.
    """
    if d is None or not d.primitive.view or not d.args:
        return COPY
    of, source = d.primitive.rule.of, d.args[0]
    if not isinstance(source, Var) or isinstance(source.type, Number):
        return COPY
    if of is operator.getitem:
        return _indexed(d)
    named = dict(zip(d.primitive.params, d.args, strict=True))
    order = named.get("order")
    if of in _SAME:
        free = order is None or (isinstance(order, Lit) and order.value in (None, "K", "A"))
        return _converted(d) if free or (_asks_rows(order) and rows(source)) else UNSURE
    if of is np.diag:
        dims = getattr(d.target.type, "dims", None)
        return UNSURE if dims is None else VIEW if len(dims) == 1 else COPY
    copied = named.get("copy")
    if of is np.reshape and isinstance(copied, Lit) and copied.value:
        return COPY
    if of in _FLAT:
        plain = order is None or _asks_rows(order)
        found = rows(source) if plain else None
        if found is False and _flattens(d):
            return COPY
        same = of is not np.ascontiguousarray or _converted(d) == VIEW
        return VIEW if found and same else UNSURE
    return VIEW


def _asks_rows(order: Operand | None) -> bool:
    """Whether an order in memory is that of C, or is not asked for."""
    return isinstance(order, Lit) and order.value in ("C", None)


def _flattens(d: Let) -> bool:
    """Whether all elements are asked for in one row."""
    shape = d.args[1] if len(d.args) > 1 else None
    known = shape.value if isinstance(shape, Lit) else _literals(shape)
    return d.primitive.rule.of is np.ravel or known in (-1, (-1,), [-1])


def _indexed(d: Let) -> str:
    kinds = {_item_kind(i) for i in _items(d.args[1])}
    if "array" in kinds:
        return COPY
    known = isinstance(d.target.type, Array) and d.target.type.dims is not None
    return VIEW if known and "unknown" not in kinds else UNSURE


def _converted(d: Let) -> str:
    dtype = d.args[1] if len(d.args) > 1 else Lit(None)
    if not isinstance(dtype, Lit):
        return UNSURE
    if dtype.value is None:
        return VIEW
    have = getattr(type_of(d.args[0]), "dtype", None)
    if have is None:
        return UNSURE
    return VIEW if np.dtype(dtype.value) == have else COPY


def _items(index: Operand) -> tuple[Operand, ...]:
    return index if isinstance(index, tuple) else (index,)


def _item_kind(i: Operand) -> str:
    """What one part of an index is: "int", "slice", "array" (advanced) or "unknown"."""
    if isinstance(i, Span):
        return "slice"
    if isinstance(i, tuple):
        return "array"
    if isinstance(i, Lit):
        if i.value is None or i.value is Ellipsis or isinstance(i.value, slice):
            return "slice"
        if isinstance(i.value, int | np.integer) and not isinstance(i.value, bool):
            return "int"
        return "array"
    if isinstance(i.type, Number):
        return "int" if i.type.dtype.kind in "iu" else "array"
    if isinstance(i.type, Array) and (i.type.dims or i.type.dtype == np.bool_):
        return "array"
    return "unknown"


def is_basic(index: Operand) -> bool:
    """Whether an index consists of integers and slices only, so that no place occurs twice."""
    return all(_item_kind(i) in ("int", "slice") for i in _items(index))


def hits_once(index: Operand) -> bool:
    """Whether an index surely names no place twice: it is basic, or has masks for its arrays."""
    return all(_item_kind(i) in ("int", "slice") or _is_mask(i) for i in _items(index))


def _is_mask(i: Operand) -> bool:
    dtype = getattr(type_of(i), "dtype", None) if isinstance(i, Var | Lit) else None
    listed = isinstance(i, Lit) and isinstance(i.value, bool | list)
    if listed and isinstance(i, Lit):
        return np.asarray(i.value).dtype == np.bool_
    return dtype is not None and dtype == np.bool_


def composed(outer: Operand, inner: Operand) -> Operand | None:
    """The index k with a[outer][inner] = a[k], where `outer` is integers and whole axes; else None.

    inner: an integer, a slice, or a tuple of these.
    """
    if not is_basic(inner) or any(_is_special(i) for i in (*_items(outer), *_items(inner))):
        return None
    rest = list(_items(inner))
    out: list[Operand] = []
    for i in _items(outer):
        if _item_kind(i) == "int":
            out.append(i)
        elif isinstance(i, Span) and all(_is_none(p) for p in (i.start, i.stop, i.step)):
            out.append(rest.pop(0) if rest else i)
        else:
            return None
    out += rest
    return out[0] if len(out) == 1 else tuple(out)


def through(d: Let, index: Operand) -> Operand | None:
    """The index k with view[index] = base[k], for a view made by `d`; None if there is none."""
    of = d.primitive.rule.of
    if of is operator.getitem:
        return composed(d.args[1], index)
    matrix = len(getattr(type_of(d.args[0]), "dims", None) or ()) == 2
    plain = of is np.matrix_transpose or (of is np.transpose and _literals(d.args[1:]) == (None,))
    items = _items(index)
    if not (matrix and plain and is_basic(index)) or any(map(_is_special, items)):
        return None
    if all(isinstance(i, Span) for i in items):
        return None  # two axes are left, and what is written there would have to be turned
    none = Lit(None)
    return (items[1] if len(items) > 1 else Span(none, none, none), items[0])


def _is_special(i: Operand) -> bool:
    return isinstance(i, Lit) and (i.value is None or i.value is Ellipsis)


def _is_none(p: Operand) -> bool:
    return isinstance(p, Lit) and p.value is None


def is_read_only(d: Let) -> bool:
    """Whether NumPy forbids writing to the result of a statement."""
    of = d.primitive.rule.of
    return of in _READ_ONLY and (of is not np.diag or sharing(d, lambda _: None) == VIEW)


def put_back(b: Any, d: Let, parent: Var, new: Operand) -> Operand | None:
    """The array `parent` after its view, made by `d`, has become `new`; None if not known."""
    of, rest = d.primitive.rule.of, d.args[1:]
    if of is operator.getitem:
        return b.let(RULES[store], (parent, rest[0], new))  # type: ignore[no-any-return]
    if of in _SAME:
        return new
    if of in _RESHAPED:
        return b.let(RULES[np.reshape], (new, _shape_of(b, parent), Lit("C"), Lit(None)))  # type: ignore[no-any-return]
    turned = _turned_back(b, of, d, new)
    # The array keeps its layout in memory, on which the order of sums depends.
    return None if turned is None else b.let(RULES[store], (parent, Lit(Ellipsis), turned))


def _turned_back(b: Any, of: Any, d: Let, new: Operand) -> Operand | None:
    """`new` with its axes as those of the array of which `d` made a view."""
    rest = d.args[1:]
    if of is np.transpose:
        axes = rest[0].value if isinstance(rest[0], Lit) else _literals(rest[0])
        if axes is not None:
            axes = tuple(int(i) for i in np.argsort([i % len(axes) for i in axes]))
        return b.let(RULES[np.transpose], (new, Lit(axes)))  # type: ignore[no-any-return]
    if of is np.moveaxis:
        return b.let(d.primitive, (new, rest[1], rest[0]))  # type: ignore[no-any-return]
    if of in (np.swapaxes, np.matrix_transpose, *_FLIPPED):
        return b.let(d.primitive, (new, *rest))  # type: ignore[no-any-return]
    return None


def _literals(x: Operand | None) -> Any:
    if isinstance(x, tuple) and all(isinstance(i, Lit) for i in x):
        return tuple(i.value for i in x if isinstance(i, Lit))
    return None


def _shape_of(b: Any, v: Var) -> Operand:
    dims = getattr(v.type, "dims", None)
    if dims is not None and all(isinstance(d, int) for d in dims):
        return tuple(Lit(d) for d in dims)
    return b.let(SHAPE, (v,))  # type: ignore[no-any-return]

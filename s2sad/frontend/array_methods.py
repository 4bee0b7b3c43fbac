"""Methods of arrays and numbers that are more than a function of NumPy: astype, item, tolist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.frontend.infer import type_of
from s2sad.frontend.prims import template
from s2sad.frontend.raising import raises
from s2sad.frontend.values import Sequence, Value
from s2sad.ir.nodes import Lit, Var
from s2sad.ir.types import BOOL, Array, Number
from s2sad.rules.creation import astype
from s2sad.rules.methods import item

Handler = Callable[..., Value]
LAYOUT = (
    "which depends on how an array lies in memory,",
    "ask for it outside of the function, or copy with order='C'",
)


def _astype(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    """x.astype(dtype, order, casting, subok, copy), and np.astype."""
    names = ("a", "dtype", "order", "casting", "subok", "copy")
    given = {"order": Lit("K"), "casting": Lit("unsafe"), "copy": Lit(True), "subok": Lit(True)}
    given |= dict(zip(names, a, strict=False)) | k
    options = {x: s.static(given[x], f"{x} of astype", n) for x in ("order", "casting", "copy")}
    x, dtype, order = given["a"], given["dtype"], options["order"]
    if options["casting"] != "unsafe":
        _check_casting(s, x, dtype, options["casting"], n)
    if not options["copy"] and isinstance(type_of(x), Array):
        asked: dict[str, Value] = {} if order == "K" else {"order": Lit(order)}
        return s.call(Lit(np.asarray), [x, dtype], asked, n)
    if order == "A":
        raise s.refuse(f"astype with order='A', {LAYOUT[0]}", "write order='C' or order='F'", n)
    made: Value = s.call(Lit(astype), [x, dtype], {}, n)
    if order == "K" or not isinstance(type_of(x), Array):
        return made
    return s.call(Lit(np.copy), [made, Lit(order)], {}, n)


def _check_casting(s: Any, x: Value, dtype: Value, casting: Any, n: Any) -> None:
    """Raises what NumPy raises where a cast is against the rule that is asked for."""
    have = getattr(type_of(s.operand(x, n)), "dtype", None)
    wanted = np.dtype(s.static(dtype, "a dtype", n))
    if have is None:
        raise s.refuse("astype with casting= of an array of unknown dtype", "leave it out", n)
    if not np.can_cast(have, wanted, casting):
        why = (
            f"Cannot cast array data from {have!r} to {wanted!r} according to the rule {casting!r}"
        )
        raise raises(TypeError(why))


def _astype_function(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    """np.astype(x, dtype, copy=True)"""
    kept = {x: v for x, v in k.items() if x != "device"}
    if isinstance(type_of(s.operand(a[0], n)), Number):
        raise raises(TypeError("Input should be a NumPy array."))
    return _astype(s, a, kept, n)


def _item(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    """x.item(), x.item(place) in the flat array, x.item(i, j)."""
    owner, *rest = a
    if len(rest) == 1 and isinstance(rest[0], Sequence):
        rest = rest[0].items
    if rest:
        at = rest[0] if len(rest) == 1 else Sequence(tuple, rest)
        flat = owner if len(rest) > 1 else s.call(Lit(np.ravel), [owner], {}, n)
        owner = s.subscript(flat, at, n)
    return s.call(Lit(item), [owner], {}, n)


def _tolist(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    """x.tolist(): Python's numbers in lists, one in another."""
    t: Any = type_of(a[0])
    dims = getattr(t, "dims", None)
    if dims == ():
        return _item(s, a, {}, n)
    if dims is not None and len(dims) == 1:
        if t.dtype.kind == "f" and t.dtype.itemsize < 8:  # Python's floats are doubles
            a = [s.call(Lit(astype), [a[0], Lit(np.dtype(np.float64))], {}, n)]
        return s.list_of_array(a[0], n, weak=True)
    if dims is None or not isinstance(dims[0], int):
        raise s.refuse(
            "tolist of an array of several dimensions", "loop over the rows of the array itself", n
        )
    rows = [_tolist(s, [s.subscript(a[0], Lit(i), n)], {}, n) for i in range(dims[0])]
    made: Value = s.new_list(rows, n)
    return made


def _is_integer(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    """x.is_integer(), which is data."""
    return s.b.let(template("{0}.is_integer()", 1, BOOL, pure=True), (a[0],))


def _finfo(of: Any) -> Handler:
    """np.finfo and np.iinfo of what has a known dtype: known, too."""

    def handle(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
        (v,) = (*a, *k.values())
        t = type_of(v) if isinstance(v, Var) else None
        if isinstance(v, Var) and getattr(t, "dtype", None) is None:
            return s.opaque(Lit(of), a, k, n)
        return Lit(of(t.dtype if isinstance(t, Number | Array) else s.static(v, "a dtype", n)))

    return handle


def _isscalar(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    """np.isscalar: whether something is a number, which is a matter of types."""
    (v,) = (*a, *k.values())
    if isinstance(v, Lit):
        return Lit(bool(np.isscalar(v.value)))
    t = type_of(v) if isinstance(v, Var) else None
    known = isinstance(t, Number) or (isinstance(t, Array) and t.dims is not None)
    if isinstance(v, Var) and not known:
        return s.opaque(Lit(np.isscalar), a, k, n)
    return Lit(isinstance(t, Number))


METHOD_HANDLERS: dict[str, Handler] = {
    "astype": _astype, "item": _item, "tolist": _tolist, "is_integer": _is_integer,
}  # fmt: skip
"""What to do for a method of an array or number, by its name."""

METHOD_FUNCTIONS: dict[Any, Handler] = {
    np.astype: _astype_function, np.finfo: _finfo(np.finfo), np.iinfo: _finfo(np.iinfo),
    np.isscalar: _isscalar,
}  # fmt: skip
"""The like for functions that ask for a dtype or a kind."""

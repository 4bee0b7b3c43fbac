"""NumPy functions that make or describe arrays, where their argument may be a container."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from s2sad.frontend import sizes
from s2sad.frontend.cross import cross
from s2sad.frontend.einsum import einsum
from s2sad.frontend.infer import type_of
from s2sad.frontend.joined import JOINED_HANDLERS
from s2sad.frontend.prims import memory, template
from s2sad.frontend.uniques import unique
from s2sad.frontend.values import Bound, Growing, Lazy, Range, Sequence, Value, atoms
from s2sad.frontend.zero import ZERO
from s2sad.ir.nodes import Lit, Span, Var
from s2sad.ir.types import Array, Number, Shape, is_complex
from s2sad.rules.applying import place_of, vectorized
from s2sad.rules.asking import array_of, is_known, refuse
from s2sad.rules.notation import RULES
from s2sad.rules.ranges import progression
from s2sad.rules.table import lookup


def _array(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    """np.array in all of its forms."""
    named = dict(zip(("object", "dtype"), a, strict=False)) | k
    options = {
        x: s.static(named[x], f"{x} of np.array", n) for x in ("copy", "ndmin") if x in named
    }
    dtype, order = named.get("dtype", Lit(None)), named.get("order", Lit(None))
    v = named["object"]
    if isinstance(v, Sequence | Lazy | Range | Growing):
        made = _array_of_items(s, v, dtype, n)
        if isinstance(order, Lit) and order.value == "F":
            made = s.call(Lit(np.copy), [made], {"order": order}, n)
    elif options.get("copy", True):
        kept = {x: w for x, w in named.items() if x not in ("copy", "ndmin")}
        made = s.apply(RULES[np.array], [], kept, n)
    else:
        made = s.call(Lit(np.asarray), [v, dtype, order], {}, n)
    return _with_rank(s, made, options.get("ndmin", 0), n)


def _with_rank(s: Any, v: Value, rank: int, n: Any) -> Value:
    """`v` with axes of size 1 before its own, so that it has at least `rank`."""
    if not rank:
        return v
    have = s.attribute(v, "ndim", n)
    missing = rank - s.static(have, "the rank of what np.array is given", n)
    axes = Sequence(tuple, [Lit(i) for i in range(missing)])
    return s.call(Lit(np.expand_dims), [v, axes], {}, n) if missing > 0 else v


def _array_of_items(s: Any, v: Value, dtype: Any, n: Any) -> Value:
    """np.array of nested lists of numbers and arrays: stacked, level by level."""
    if isinstance(v, Range):
        made = s.call(Lit(np.arange), [v.start, v.stop, v.step], {}, n)
        return _converted(s, made, dtype, n)
    if isinstance(v, Lazy) and s.grows_by(v):
        v = s.list_of(v, n)
    if isinstance(v, Growing):
        return _converted(s, s.as_array(v, n), dtype, n)
    items = v.items if isinstance(v, Sequence) else s.elements(v, n)
    none = Lit(None)
    rows = [_array_of_items(s, x, none, n) if isinstance(x, Sequence) else x for x in items]
    if all(isinstance(x, Lit) for x in rows):
        values = [x.value for x in rows]
        made = np.array(values, dtype=s.static(dtype, "a dtype", n))
        p = memory(_spelled(made, dtype), 0)
        p.result = Array(made.dtype, made.shape)
        return s.b.let(p, ())
    made = s.b.let(RULES[np.stack], (tuple(s.operand(x, n) for x in rows), Lit(0)))
    return _converted(s, made, dtype, n)


def _converted(s: Any, made: Value, dtype: Any, n: Any) -> Value:
    if isinstance(dtype, Lit) and dtype.value is None:
        return made
    return s.call(s.attribute(made, "astype", n), [dtype], {}, n)


def _spelled(made: np.ndarray[Any, Any], dtype: Any) -> str:
    """The text of an array of literals."""
    if made.dtype.kind == "f" and not np.isfinite(made).all():
        text = "[" + ", ".join(f"float('{x}')" for x in made.ravel().tolist()) + "]"
        text += f").reshape({made.shape}" if made.ndim != 1 else ""
    else:
        text = repr(made.tolist())
    wanted = (
        ""
        if made.dtype in (np.dtype("f8"), np.dtype("i8")) and made.size
        else f", dtype=np.{made.dtype.name}"
    )
    return f"np.array({text}{wanted})"


def _asarray(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    """np.asarray; with copy=True it is np.array."""
    named = dict(zip(("a", "dtype", "order"), a, strict=False)) | k
    copied = "copy" in named and bool(s.static(named.pop("copy"), "copy of np.asarray", n))
    if copied or isinstance(named["a"], Sequence | Lazy | Range | Growing):
        return _array(s, [named.pop("a")], named, n)
    return s.apply(RULES[np.asarray], [], named, n)


def _shape(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    return s.attribute(s.array_operand(a[0], n), "shape", n)


def _ndim(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    x = s.array_operand(a[0], n)
    return Lit(0) if isinstance(type_of(x), Number) else s.attribute(x, "ndim", n)


def _size(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    x = s.array_operand(a[0], n)
    axis = k.get("axis", a[1] if len(a) > 1 else Lit(None))
    if not (isinstance(axis, Lit) and axis.value is None):
        return s.subscript(s.attribute(x, "shape", n), axis, n)
    if x is ZERO or isinstance(type_of(x), Number):  # a zero without shape is a number
        return Lit(1)
    return s.attribute(x, "size", n)


def _refuse(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    what, instead = (s.static(x, "a message", n) for x in a)
    raise s.refuse(what, instead, n)


def _is_known(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    return Lit(all(isinstance(x, Lit) for x in atoms(a[0])))


def _array_of(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    x = s.array_operand(a[0], n)
    if getattr(type_of(x), "dims", ()) is None:
        name = (s.calls[-1].__doc__ or "a call").partition("\n")[0]
        raise s.refuse(f"{name} of an array of unknown rank", "give the types of the arguments", n)
    return x


def _walked(f: Any) -> Callable[..., Value]:
    """A function of the compiler's own that stands for a call: walked where it is called."""
    return lambda s, a, k, n: s.call_library(f, a, k, n)


def _broadcast_shapes(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    """The shape that others broadcast to."""
    found = sizes.broadcast([_dims_in(s, v) for v in a], s.b.fresh)
    if found is not None and all(isinstance(d, int) for d in found):
        return Sequence(tuple, [Lit(d) for d in found])
    texts, operands = s.rendered(a)
    text = f"np.broadcast_shapes({', '.join(texts)})"
    return s.b.let(template(text, len(operands), Shape(found), pure=True), tuple(operands))


def _dims_in(s: Any, v: Value) -> Any:
    """The sizes that stand in a shape; None where their number is not known."""
    if isinstance(v, Sequence):
        return tuple(sizes.size_of(s.operand(x), s.b.fresh) for x in v.items)
    if isinstance(v, Lit):
        return v.value if isinstance(v.value, tuple) else (v.value,)
    t = type_of(v)
    if isinstance(t, Number):
        return (sizes.size_of(v, s.b.fresh),)
    return t.dims if isinstance(t, Shape) else None


def _nonzero(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    """np.nonzero, and np.where of a condition alone: the places, as an array for each dimension."""
    x = s.current(s.array_operand(a[0], n))
    dims = getattr(type_of(x), "dims", None)
    if not dims:
        raise s.refuse("np.nonzero of an array of unknown rank", "give its type", n)
    found = Array(np.dtype(np.intp), (s.b.fresh(),))
    places = [
        s.b.let(template(f"np.nonzero({{0}})[{i}]", 1, found, pure=True), (x,))
        for i in range(len(dims))
    ]
    return Sequence(tuple, places)


def _flatnonzero(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    x = s.current(s.array_operand(a[0], n))
    found = Array(np.dtype(np.intp), (s.b.fresh(),))
    return s.b.let(template("np.flatnonzero({0})", 1, found, pure=True), (x,))


def _unravel_index(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    """np.unravel_index: the places of flat indices, as an array for each dimension."""
    named = dict(zip(("indices", "shape", "order"), a, strict=False)) | k
    x = s.current(s.array_operand(named["indices"], n))
    t: Any = type_of(x)
    dims = _dims_in(s, named["shape"])
    if dims is None or getattr(t, "dims", None) is None:
        raise s.refuse("np.unravel_index for a shape of unknown length", "give types", n)
    texts, operands = s.rendered([x, *list(named.values())[1:]])
    found = Array(np.dtype(np.intp), t.dims) if t.dims else Number(np.dtype(np.intp))
    text = f"np.unravel_index({', '.join(texts)})"
    return Sequence(
        tuple,
        [
            s.b.let(template(f"{text}[{i}]", len(operands), found, pure=True), tuple(operands))
            for i in range(len(dims))
        ],
    )


def _where(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    if len(a) == 1 and not k:
        return _nonzero(s, a, k, n)
    return s.apply(RULES[np.where], a, k, n)


def _arange(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    """np.arange; where it starts from, or goes on by, numbers that may depend on arguments."""
    given = dict(zip(("start", "stop", "step", "dtype"), a, strict=False)) | k
    if "start" not in given:
        given["start"] = given.pop("stop") if "step" not in given else Lit(0)
    plain = (
        isinstance(given.get("stop", Lit(None)), Lit) and given.get("stop", Lit(None)).value is None
    )
    varying = [x for x in ("start", "step") if isinstance(given.get(x), Var)]
    kinds = {getattr(getattr(type_of(given[x]), "dtype", None), "kind", "f") for x in varying}
    p = RULES[progression] if "f" in kinds and not plain else RULES[np.arange]
    return s.apply(p, [], {x: v for x, v in given.items() if x not in ("device", "like")}, n)


def _at_least(f: Any) -> Callable[..., Value]:
    """np.atleast_1d and its kin, of several arrays too."""

    def handle(s: Any, a: list[Value], k: Any, n: Any) -> Value:
        found = [s.apply(lookup(f), [x], k, n) for x in a]
        return found[0] if len(found) == 1 else Sequence(tuple, found)

    return handle


def _complexobj(wanted: bool) -> Any:
    """np.iscomplexobj and np.isrealobj, which ask for a dtype."""

    def handle(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
        (x,) = (*a, *k.values())
        return Lit(any(is_complex(type_of(v)) for v in atoms(x)) is wanted)

    return handle


def _fromiter(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    """np.fromiter: np.array of a list of the items."""
    named = dict(zip(("iter", "dtype", "count"), a, strict=False)) | k
    items = s.call(Lit(list), [named["iter"]], {}, n)
    made = s.call(Lit(np.array), [items], {"dtype": named["dtype"]}, n)
    count = named.get("count", Lit(-1))
    if isinstance(count, Lit) and count.value == -1:
        return made
    return s.subscript(made, Span(Lit(None), count, Lit(None)), n)


def _ndindex(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    """np.ndindex: every place of an array of this shape, in the order of its elements."""
    sizes = list(a)
    if len(a) == 1 and not isinstance(type_of(s.operand(a[0], n)), Number):
        sizes = s.elements(a[0], n)
    if all(isinstance(d, Lit) for d in sizes):
        return s.call(
            Lit(itertools.product), [s.call(Lit(range), [d], {}, n) for d in sizes], {}, n
        )
    total = functools.reduce(lambda x, y: s.binary(gast.Mult(), x, y, n), sizes)
    place = Bound(Lit(place_of), (Sequence(tuple, sizes),))
    return s.call(Lit(map), [place, s.call(Lit(range), [total], {}, n)], {}, n)


def _ndenumerate(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    """np.ndenumerate: places and elements side by side."""
    x = s.array_operand(a[0], n)
    places = _ndindex(s, [s.attribute(x, "shape", n)], {}, n)
    return s.call(Lit(zip), [places, s.call(Lit(np.ravel), [x], {}, n)], {}, n)


def _vectorize(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    """np.vectorize(f): a function that applies f to each element."""
    if not a and "pyfunc" not in k:
        return Bound(Lit(np.vectorize), (), k)
    named = (
        dict(zip(("pyfunc", "otypes", "doc", "excluded", "cache", "signature"), a, strict=False))
        | k
    )
    none = Lit(None)
    excluded = named.get("excluded", none)
    if isinstance(excluded, Lit) and not excluded.value:
        excluded = Sequence(tuple, [])
    options = (named.get("otypes", none), excluded, named.get("signature", none))
    return Bound(Lit(vectorized), (named["pyfunc"], *options))


def call_vectorized(s: Any, f: np.vectorize, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    """A call of what np.vectorize has made outside of the function."""
    otypes = None if f.otypes is None else list(f.otypes)
    given = (f.pyfunc, otypes, tuple(f.excluded or ()), f.signature)
    return s.call_library(vectorized, [*(s.known(v, None) for v in given), *a], k, n)


def _real(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    """np.real: what is known to be real is its own real part."""
    (x,) = (*a, *k.values())
    t = type_of(x) if isinstance(x, Var) else None
    if isinstance(t, Number | Array) and t.dtype is not None and not is_complex(t):
        return x
    found: Value = s.apply(lookup(np.real), [x], {}, n)
    return found


ARRAY_HANDLERS: dict[Any, Callable[..., Value]] = {
    refuse: _refuse, is_known: _is_known, array_of: _array_of,
    vectorized: _walked(vectorized), place_of: _walked(place_of),
    np.broadcast_shapes: _broadcast_shapes, np.nonzero: _nonzero, np.flatnonzero: _flatnonzero,
    np.unravel_index: _unravel_index, np.where: _where, np.arange: _arange, np.unique: unique,
    np.fromiter: _fromiter, np.ndindex: _ndindex, np.ndenumerate: _ndenumerate,
    np.vectorize: _vectorize,
    **{f: _at_least(f) for f in (np.atleast_1d, np.atleast_2d, np.atleast_3d)},
    np.array: _array, np.asarray: _asarray, np.shape: _shape, np.ndim: _ndim, np.size: _size,
    np.iscomplexobj: _complexobj(True), np.isrealobj: _complexobj(False), np.real: _real,
    **JOINED_HANDLERS, np.einsum: einsum, np.cross: cross,
}  # fmt: skip

"""The type of a primitive's result: dtype by asking NumPy, sizes by the rule's own `shape`."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.frontend import sizes
from s2sad.frontend.dtypes import KNOWN, attempt, is_operator, probe, result_dtype, sample
from s2sad.frontend.joins import join
from s2sad.frontend.prims import declared_type
from s2sad.ir.nodes import Lit, Operand, Var
from s2sad.ir.types import (
    FLOAT,
    INT,
    OPAQUE,
    SOME_FLOAT,
    UNKNOWN,
    Array,
    Dim,
    Number,
    Opaque,
    Several,
    Shape,
    Type,
)
from s2sad.ir.walk import substitute
from s2sad.rules.creation import astype
from s2sad.rules.notation import Primitive
from s2sad.runtime import (
    copy_array,
    index_add,
    last_writes,
    place,
    resized,
    room,
    scatter,
    store,
    sum_to,
    updated,
)

PYTHON = {"f": float, "i": int, "b": int, "c": complex}


def type_of(x: Operand) -> Type:
    """The type of an operand; literals that are not numbers are opaque."""
    if isinstance(x, Var):
        return x.type
    if isinstance(x, Lit):
        return type_of_value(x.value)
    return OPAQUE


def type_of_value(v: object) -> Type:
    """The type of a value known at compile time."""
    if isinstance(v, np.generic):  # first: np.float64 is a float to Python
        return Number(v.dtype)
    if isinstance(v, bool | int | float | complex):
        dtype = np.dtype(bool if isinstance(v, bool) else type(v))
        return Number(dtype, weak=True, size=v if type(v) is int else None)
    if isinstance(v, np.ndarray):
        return Array(v.dtype, v.shape)
    return OPAQUE


def is_elementwise(p: Primitive) -> bool:
    """Whether the operands of a primitive are broadcast against each other."""
    return p.kind == "elementwise" or (p.kind == "data" and p.signature is not None)


def infer(p: Primitive, args: tuple[Operand, ...], fresh: Callable[[], Dim]) -> Type:
    """The type of `p(*args)`; `fresh` makes a symbol for a size that nothing is known of."""
    first, *rest = _settled(args)
    if p.results > 1:
        return _several(p, first, fresh)
    found = _infer(p, first, fresh)
    for other in rest:
        found = join(found, _infer(p, other, fresh), fresh)
    if rest and isinstance(found, Number) and found.others:
        return replace(found, stored=any(getattr(type_of(x), "stored", False) for x in _flat(args)))
    return found


def _settled(args: tuple[Operand, ...]) -> list[tuple[Operand, ...]]:
    """The operands, once for each choice among the kinds that its numbers may be of."""
    loose = {
        x: x.type.kinds
        for x in _flat(args)
        if isinstance(x, Var) and isinstance(x.type, Number) and x.type.others
    }
    alike = list(dict.fromkeys(loose.values()))  # which may be chosen alike: the widest one decides
    found = []
    for chosen in itertools.product(*alike):
        kinds = dict(zip(alike, chosen, strict=True))
        names = {x: Var(x.name, Number(*kinds[k])) for x, k in loose.items()}
        found.append(tuple(substitute(a, names) for a in args))
    return found


def _infer(p: Primitive, args: tuple[Operand, ...], fresh: Callable[[], Dim]) -> Type:
    if hasattr(p.of, "__s2sad_template__"):
        declared = declared_type(p, [type_of(a) for a in args])
        return UNKNOWN if declared is None else declared
    if hasattr(p, "result"):
        return p.result  # type: ignore[no-any-return]
    special = SPECIAL.get(p.rule.of)
    if special is not None:
        return special(p, args, fresh)
    if p.rule.of in sizes.INDEXED:
        return sizes.indexed(type_of(args[0]), args[1], fresh)
    if is_elementwise(p):
        return _elementwise(p, args, fresh)
    return _structured(p, args, fresh)


def _several(p: Primitive, args: tuple[Operand, ...], fresh: Callable[[], Dim]) -> Type:
    """The types of several results."""
    if p.shape is None or any(_is_unknown(a) for a in _flat(args)):
        return Several((UNKNOWN,) * p.results)
    named = {n: _size_argument(p, n, a, fresh) for n, a in zip(p.params, args, strict=True)}
    dims = p.shape(**{n: named[n] for n in _reads(p.shape)})
    dtypes = _several_dtypes(p, args)
    return Several(tuple(_result(d, t, fresh) for d, t in zip(dims, dtypes, strict=True)))


def _result(dims: Any, dtype: Any, fresh: Callable[[], Dim]) -> Type:
    if dims is None:
        return Array(dtype, None)
    if not dims:
        return Number(dtype) if dtype is not None else SOME_FLOAT
    return Array(dtype, tuple(fresh() if d is None else d for d in dims))


def _several_dtypes(p: Primitive, args: tuple[Operand, ...]) -> Any:
    if _lack_dtype(args):
        return (None,) * p.results
    if p.dtype is not None:
        named = {n: _dtype_argument(a) for n, a in zip(p.params, args, strict=True)}
        return tuple(map(np.dtype, p.dtype(**{n: named[n] for n in _reads(p.dtype)})))
    values = [_probe_argument(a) for a in args]
    key = (p.of, *map(_probe_key, values))
    if key not in KNOWN:
        found = attempt(p.primal.function if p.primal is not None else p.of, values)
        unknown = (_by_operands(p, args),) * p.results  # complex where an operand is
        KNOWN[key] = unknown if found is None else tuple(np.asarray(x).dtype for x in found)
    return KNOWN[key]


WIDE = (np.dtype("f8"), np.dtype("c16"), np.dtype("c8"))
"""Dtypes that numbers of Python, which may be among the operands, do not widen further."""


def _elementwise(p: Primitive, args: tuple[Operand, ...], fresh: Callable[[], Dim]) -> Type:
    types: list[Any] = [type_of(a) for a in args if not (isinstance(a, Lit) and a.value is None)]
    if any(isinstance(t, Opaque | Shape) for t in types):
        return OPAQUE if p.kind == "data" else UNKNOWN
    dims = sizes.broadcast([t.dims for t in types], fresh)
    dtype, weak = result_dtype(p, types)
    if dims == ():
        if dtype is None:
            return SOME_FLOAT if _lack_dtype(args) else UNKNOWN
        size = _integer_size(p, args) if dtype.kind == "i" else None
        return Array(dtype, ()) if _makes_arrays(p) else Number(dtype, weak, size)
    if dims is None and dtype not in WIDE and not is_operator(p):
        dtype = None  # of a number of Python, which may be among the operands, NumPy makes float64
    return Array(dtype, dims) if dims is not None else Array(dtype, None, _alike(types))


def _alike(types: list[Any]) -> str:
    """What an elementwise result of unknown rank is like: its only operand that is no number."""
    names = {t.alike for t in types if t.dims is None}
    numbers = all(t.dims == () for t in types if t.dims is not None)
    return names.pop() if len(names) == 1 and numbers else ""


def _integer_size(p: Primitive, args: tuple[Operand, ...]) -> Any:
    """The symbolic value of `n + 1`, `n - 1`, where n is the size of something."""
    if p.of not in (operator.add, operator.sub):
        return None
    a, b = (getattr(type_of(x), "size", None) for x in args)
    if isinstance(b, int) and a is not None:
        return a + b if p.of is operator.add else a - b
    if isinstance(a, int) and b is not None and p.of is operator.add:
        return b + a
    return None


def _structured(p: Primitive, args: tuple[Operand, ...], fresh: Callable[[], Dim]) -> Type:
    if any(_is_unknown(a) for a in _flat(args)):
        return UNKNOWN
    named = {n: _size_argument(p, n, a, fresh) for n, a in zip(p.params, args, strict=True)}
    dims = None if p.shape is None else p.shape(**{n: named[n] for n in _reads(p.shape)})
    dtype = _structured_dtype(p, args)
    if dims is None:
        return Array(dtype, None)
    dims = tuple(fresh() if d is None else d for d in dims)
    if dims or _makes_arrays(p):
        return Array(dtype, dims)
    if dtype is None:
        return SOME_FLOAT if _lack_dtype(args) else Array(dtype, dims)
    return Number(dtype)


def _makes_arrays(p: Primitive) -> bool:
    """Whether a result without dimensions is an ndarray still, and no NumPy scalar."""
    return p.view or p.rule.makes_arrays or p.rule.of in MAKERS


MAKERS: frozenset[Any] = frozenset(
    {np.array, np.asarray, np.ascontiguousarray, np.copy, np.zeros, np.ones, np.empty, np.full,
     np.zeros_like, np.ones_like, np.full_like, np.empty_like, np.where}
)  # fmt: skip


def _reads(f: Callable[..., Any]) -> tuple[str, ...]:
    return f.__code__.co_varnames[: f.__code__.co_argcount + f.__code__.co_kwonlyargcount]


def _flat(x: Operand) -> list[Operand]:
    return [a for item in x for a in _flat(item)] if isinstance(x, tuple) else [x]


def _is_unknown(a: Operand) -> bool:
    return isinstance(a, Var) and (
        isinstance(a.type, Opaque) or getattr(a.type, "dims", ()) is None
    )


def _size_argument(p: Primitive, name: str, a: Operand, fresh: Callable[[], Dim]) -> Any:
    """What a rule's `shape` gets for one parameter: dims of an array, the value of a static.

    An integer of which nothing is known gets a symbol: None would be an option left out.
    """
    if isinstance(a, tuple):
        return tuple(_size_argument(p, name, x, fresh) for x in a)
    if isinstance(a, Lit):
        array = isinstance(a.value, np.ndarray) or (p.takes_array(name) and a.value is not None)
        return np.shape(a.value) if array else a.value
    t = type_of(a)
    if isinstance(t, Array | Shape):
        return t.dims
    if isinstance(t, Number):
        if p.takes_array(name) or t.dtype.kind in "fcb":
            return ()
        return fresh() if t.size is None else t.size
    return None


def _structured_dtype(p: Primitive, args: tuple[Operand, ...]) -> Any:
    found = _dtype_by_samples(p, args)
    floating = found is not None and found.kind in "fc"
    return None if floating and _lack_dtype(args) else found


def _lack_dtype(args: tuple[Operand, ...]) -> bool:
    return any(isinstance(t, Array) and t.dtype is None for t in map(type_of, _flat(args)))


def _dtype_by_samples(p: Primitive, args: tuple[Operand, ...]) -> Any:
    if p.dtype is not None:
        named = {n: _dtype_argument(a) for n, a in zip(p.params, args, strict=True)}
        return np.dtype(p.dtype(**{n: named[n] for n in _reads(p.dtype)}))
    values = [_probe_argument(a) for a in args]
    key = (p.of, *map(_probe_key, values))
    if key not in KNOWN:
        found = probe(p, values) or probe(p, [_small(v) for v in values])
        KNOWN[key] = _by_operands(p, args) if found is None else found
    return KNOWN[key]


def _by_operands(p: Primitive, args: tuple[Operand, ...]) -> Any:
    """The dtype where the samples do not fit the function: that of what it is made of."""
    wanted = p.wrt[:1] if p.view or p.rule.of in (store, index_add) else p.wrt
    named = zip(p.params, args, strict=True)
    types: list[Any] = [type_of(x) for n, a in named if n in wanted for x in _flat(a)]
    strong = [t for t in types if not (isinstance(t, Number) and t.weak)]
    found = [getattr(t, "dtype", None) for t in strong or types]
    unknown = not found or any(d is None for d in found)
    return None if unknown else np.result_type(*found)


def _dtype_argument(a: Operand) -> Any:
    if isinstance(a, tuple):
        return tuple(_dtype_argument(x) for x in a)
    if isinstance(a, Lit) and not isinstance(a.value, bool | int | float | complex | np.generic):
        return a.value
    return getattr(type_of(a), "dtype", None)


def _probe_argument(a: Operand) -> Any:
    if isinstance(a, tuple):
        return tuple(_probe_argument(x) for x in a)
    if isinstance(a, Lit):
        return a.value
    t = type_of(a)
    if isinstance(t, Shape):
        return (1,) * len(t.dims or ())
    return sample(t) if isinstance(t, Number | Array) else None


def _small(v: Any) -> Any:
    """The first element of an array that is known, which goes with samples of other operands."""
    return v[(slice(0, 1),) * v.ndim] if isinstance(v, np.ndarray) else v


def _probe_key(v: Any) -> Any:
    if isinstance(v, np.ndarray):
        return (v.dtype, v.ndim)
    if isinstance(v, tuple | list):
        return tuple(map(_probe_key, v))
    return (type(v), v if v.__hash__ is not None else str(v))


def _sum_to(p: Primitive, args: tuple[Operand, ...], fresh: Callable[[], Dim]) -> Type:
    """`sum_to(g, shape)`: the dtype of g, the sizes that `shape` says."""
    g, shape = type_of(args[0]), args[1]
    dtype = getattr(g, "dtype", None)
    if isinstance(shape, Var) and isinstance(shape.type, Shape):
        return Array(dtype, shape.type.dims)
    if shape == ():
        return SOME_FLOAT if dtype is None else Number(dtype)
    if isinstance(shape, tuple):
        return Array(dtype, tuple(sizes.size_of(s, fresh) for s in shape))
    return Array(dtype, None)


def learn(b: Any, p: Primitive, args: tuple[Operand, ...]) -> None:
    """What an operation says of the sizes of its operands: they fit each other."""
    if is_elementwise(p):
        known = [d for d in (getattr(type_of(a), "dims", None) for a in args) if d]
        rank = max(map(len, known), default=0)
        for i in range(1, rank + 1):
            found = [b.size(d[-i]) for d in known if len(d) >= i]
            found = [d for d in found if d != 1 and sizes.never_one(d)]
            for d in found[1:]:
                b.unify(d, found[0])
    elif p.rule.of in (np.matmul, np.dot):
        x, y = (getattr(type_of(a), "dims", None) for a in args[:2])
        if x and y:
            b.unify(y[-2] if len(y) > 1 else y[0], x[-1])


def _written(p: Primitive, args: tuple[Operand, ...], fresh: Callable[[], Dim]) -> Type:
    """An array after a write: as it was."""
    return type_of(args[0])


def _last_writes(p: Primitive, args: tuple[Operand, ...], fresh: Callable[[], Dim]) -> Type:
    shape = args[0]
    dims: Any = getattr(type_of(shape), "dims", None)
    if isinstance(shape, tuple):
        dims = tuple(sizes.size_of(s, fresh) for s in shape)
    return sizes.indexed(Array(np.dtype(bool), dims), args[1], fresh)


def _converted(p: Primitive, args: tuple[Operand, ...], fresh: Callable[[], Dim]) -> Type:
    """What is converted to a dtype has that dtype, and is an array if it was one."""
    found, dtype = _structured(p, args, fresh), args[1]
    given = type_of(args[0])
    if isinstance(found, Number) and isinstance(given, Array):
        return Array(found.dtype, ())
    if not isinstance(found, Array) or not isinstance(dtype, Lit) or dtype.value is None:
        return found
    alike = getattr(given, "alike", "") if found.dims is None else ""
    return Array(np.dtype(dtype.value), found.dims, alike)


SPECIAL: dict[Any, Callable[..., Type]] = {
    sum_to: _sum_to, store: _written, scatter: _written, index_add: _written,
    copy_array: _written, last_writes: _last_writes, astype: _converted, np.asarray: _converted,
    updated: lambda *_: UNKNOWN, float: lambda *_: FLOAT,
    resized: lambda p, args, fresh: type_of(args[0]),
    room: lambda p, args, fresh: INT, place: lambda p, args, fresh: INT,
}  # fmt: skip

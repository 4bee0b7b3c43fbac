"""Peephole rules for derivative code: what a person would not have written.

The user's own operations are never touched; only what rules and the engine write is.
Each rule keeps dtype and shape, or does not fire.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from s2sad.frontend import sizes
from s2sad.frontend.arithmetic import (
    ARITHMETIC,
    all_real,
    definition,
    negated,
    same_type,
    scaled_by,
)
from s2sad.frontend.infer import infer, is_elementwise, type_of
from s2sad.frontend.prims import SHAPE, SIZE
from s2sad.frontend.zero import ZERO
from s2sad.ir.nodes import Lit, Operand, Span, Var
from s2sad.ir.types import Array, Number, Shape, same_dtype
from s2sad.rules.creation import astype
from s2sad.rules.notation import RULES, Primitive
from s2sad.runtime import index_add, scatter, store, sum_to

if TYPE_CHECKING:
    from s2sad.frontend.build import Builder

Rule = Callable[["Builder", Primitive, tuple[Operand, ...]], "Operand | None"]


def simplify(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    """Something simpler equal to `p(*args)`, or None."""
    if any(a is ZERO for a in args):
        return _with_zero(b, p, args)
    rule = SIMPLER.get(p.rule.of)
    if rule is not None:
        found = rule(b, p, args)
        if found is not None:
            return found
    if is_elementwise(p):
        return _drop_broadcast(b, p, args) or _late_broadcast(b, p, args)
    return None


def _with_zero(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    """Zero folding: 0 * e, e @ 0, -0 and 0 / e are 0; 0 + e is e."""
    of = p.rule.of
    if of is np.add and len(args) == 2:
        return args[1] if args[0] is ZERO else args[0]
    if of is np.subtract:
        return args[0] if args[1] is ZERO else b.let(RULES[operator.neg], (args[1],))
    if of is np.divide and args[0] is not ZERO:
        return None
    if of is index_add and args[2] is ZERO:
        return args[0]
    if of in (np.where, store, scatter, index_add) or p.kind == "data":
        return b.let(p, tuple(Lit(0.0) if a is ZERO else a for a in args))
    return ZERO


def _astype(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    t = type_of(args[0])
    wanted = args[1].value if isinstance(args[1], Lit) else None
    if isinstance(t, Number | Array) and t.dtype is not None and wanted is not None:
        return args[0] if t.dtype == np.dtype(wanted) else None
    return None


def _reshape(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    """A reshape or broadcast to the sizes that the operand has already."""
    t = type_of(args[0])
    result = infer(p, args, b.fresh)
    copied = p.of is np.reshape and isinstance(args[-1], Lit) and args[-1].value is True
    if isinstance(t, Array) and isinstance(result, Array) and t.dims is not None and not copied:
        return args[0] if t.dims == result.dims else None
    return None


def _drop_broadcast(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    """An elementwise operation broadcasts by itself: no need to broadcast an operand first."""
    for i, a in enumerate(args):
        d = definition(b, a)
        if d is None or d.primitive.rule.of is not np.broadcast_to:
            continue
        shorter = (*args[:i], d.args[0], *args[i + 1 :])
        before = b.canonical(infer(p, args, b.fresh))
        after = b.canonical(infer(p, shorter, b.fresh))
        if isinstance(before, Array) and isinstance(after, Array) and before == after:
            return b.let(p, shorter)
    return None


def _late_broadcast(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    """An operation on one broadcast number and other numbers is done before broadcasting."""
    found = [d for d in (definition(b, a) for a in args) if d is not None]
    wide = [d for d in found if d.primitive.rule.of is np.broadcast_to]
    if len(wide) != 1 or not isinstance(type_of(wide[0].args[0]), Number):
        return None
    others = [a for a in args if a is not wide[0].target]
    if not all(isinstance(type_of(a), Number) for a in others):
        return None
    small = b.let(p, tuple(wide[0].args[0] if a is wide[0].target else a for a in args))
    return b.let(wide[0].primitive, (small, *wide[0].args[1:]))


def _sum_to(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    """Summing to sizes that are known: over known axes, or not at all."""
    g, result = type_of(args[0]), b.canonical(infer(p, args, b.fresh))
    have, want = getattr(b.canonical(g), "dims", None), getattr(result, "dims", None)
    if have is None or want is None or len(have) < len(want):
        return None
    extra = len(have) - len(want)
    pairs = list(zip(have[extra:], want, strict=True))
    ones = tuple(i for i, (h, w) in enumerate(pairs) if w == 1 and h != 1)
    if not all(h == w or w == 1 or sizes.never_one(w) for h, w in pairs):
        return None
    x = args[0]
    if extra:
        x = total(b, x, 0 if extra == 1 and want else tuple(range(extra)) if want else None, False)
    return total(b, x, ones[0] if len(ones) == 1 else ones, True) if ones else x


def total(b: Builder, x: Operand, axis: object, keepdims: bool) -> Operand:
    """The sum of `x` over `axis`."""
    p = RULES[np.sum]
    given = {"a": x, "axis": Lit(axis), "keepdims": Lit(keepdims)}
    return b.let(p, tuple(given.get(n, Lit(p.defaults.get(n))) for n in p.params))


def _and(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    """Nothing is true of what is false."""
    return Lit(False) if any(isinstance(a, Lit) and a.value is False for a in args) else None


def _sum(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    """Factors and signs leave a sum; a sum of products of two arrays is their inner product."""
    e = negated(b, args[0])
    if e is not None:
        return b.let(RULES[operator.neg], (b.let(p, (e, *args[1:])),))
    scaled = scaled_by(b, args[0])
    if scaled is not None:
        return b.let(RULES[operator.mul], (b.let(p, (scaled[1], *args[1:])), scaled[0]))
    return _inner_product(b, p, args)


def _inner_product(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    d = definition(b, args[0])
    named = dict(zip(p.params, args, strict=True))
    whole = all(_is_omitted(named[n], p.defaults[n]) for n in p.params[1:])
    if d is None or d.primitive.of is not operator.mul or not whole or not all_real(*d.args):
        return None
    t, other = (b.canonical(type_of(a)) for a in d.args)
    if not isinstance(t, Array) or not t.dims or t != other:
        return None
    if len(t.dims) == 1:
        return b.let(RULES[operator.matmul], d.args)
    return b.let(RULES[np.vdot], d.args)


def _is_omitted(x: Operand, default: object) -> bool:
    """Whether an optional argument has no effect; 0 is an axis, and not False."""
    if not isinstance(x, Lit):
        return False
    return x.value is None or x.value is False or x.value is default


def _expand_dims(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    """x[:, None] for a known axis; nothing at all for a broadcast number."""
    t, axis = type_of(args[0]), args[1]
    if not isinstance(t, Array) or t.dims is None or not isinstance(axis, Lit):
        return None
    if not isinstance(axis.value, int):
        return None
    at = axis.value % (len(t.dims) + 1)
    d = definition(b, args[0])
    spread = d is not None and d.primitive.rule.of is np.broadcast_to
    if d is not None and spread and isinstance(type_of(d.args[0]), Number):
        items = shape_items(b, d.args[1])
        if items is not None:
            return b.let(d.primitive, (d.args[0], (*items[:at], Lit(1), *items[at:]), *d.args[2:]))
    full = Span(Lit(None), Lit(None), Lit(None))
    index: Operand = (*(full for _ in range(at)), Lit(None)) if at else Lit(None)
    return b.let(RULES[operator.getitem], (args[0], index))


def shape_items(b: Builder, shape: Operand) -> tuple[Operand, ...] | None:
    """The items of a shape operand, one by one."""
    if isinstance(shape, tuple):
        return shape
    t = type_of(shape)
    if not isinstance(t, Shape) or t.dims is None:
        return None
    return tuple(
        Lit(d) if isinstance(d, int) else b.let(RULES[operator.getitem], (shape, Lit(i)))
        for i, d in enumerate(t.dims)
    )


def _broadcast(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    """Broadcasting what has these sizes already, or what was broadcast before."""
    same = _reshape(b, p, args)
    if same is not None:
        return same
    d = definition(b, args[0])
    if d is not None and d.primitive.rule.of is np.broadcast_to:
        return b.let(p, (d.args[0], *args[1:]))
    return None


def size_source(b: Builder, x: Operand, dtype: bool = False) -> Operand:
    """The earliest value that has the sizes of `x`, to be asked for them in its place.

    An array that is read for its sizes alone need not be kept, nor even computed.
    """
    while isinstance(x, Var):
        d = b.defined.get(x)
        if d is None or not is_elementwise(d.primitive):
            return x
        wanted = b.canonical(x.type)
        arrays = [a for a in d.args if isinstance(a, Var)]
        found = [a for a in arrays if _has_sizes(b.canonical(a.type), wanted, dtype)]
        if not found:
            return x
        x = min(found, key=lambda a: (a in b.defined, not a.hint))
    return x


def _has_sizes(t: object, wanted: object, dtype: bool) -> bool:
    if not isinstance(t, Array) or not isinstance(wanted, Array) or t.dims is None:
        return False
    return t.dims == wanted.dims and (not dtype or same_dtype(t.dtype, wanted.dtype))


def _of_sizes(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    x = size_source(b, args[0])
    return b.let(p, (x,)) if x is not args[0] else None


def _like(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    x = size_source(b, args[0], dtype=True)
    return b.let(p, (x, *args[1:])) if x is not args[0] else None


def _getitem(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    """A number indexed by nothing is itself."""
    x, index = args
    nothing = index == () or (isinstance(index, Lit) and index.value is Ellipsis)
    return x if nothing and isinstance(type_of(x), Number) else None


def _copy(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    """A number needs no copy."""
    return args[0] if isinstance(type_of(args[0]), Number) else None


def _is_everything(i: Operand) -> bool:
    if isinstance(i, Span):
        return all(isinstance(p, Lit) and p.value is None for p in (i.start, i.stop, i.step))
    return isinstance(i, Lit) and i.value is Ellipsis


def _written(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    """A write over the whole array is what is written, where it has that form."""
    a, index, v = args
    parts = index if isinstance(index, tuple) else (index,)
    if not all(map(_is_everything, parts)):
        return None
    if p.rule.of is index_add:
        return (
            b.let(RULES[operator.add], (a, v)) if getattr(type_of(a), "dims", None) == () else None
        )
    if isinstance(v, Lit) and type(v.value) is float and v.value == 0:
        return ZERO
    single = getattr(type_of(a), "dims", None) == () == getattr(type_of(v), "dims", None)
    return v if single or same_type(v, type_of(a)) else None


SIMPLER: dict[Any, Rule] = {
    **ARITHMETIC,
    store: _written,
    index_add: _written,
    np.copy: _copy,
    np.broadcast_to: _broadcast,
    np.expand_dims: _expand_dims,
    np.sum: _sum,
    np.zeros_like: _like,
    np.full_like: _like,
    SHAPE.of: _of_sizes,
    SIZE.of: _of_sizes,
    np.reshape: _reshape,
    astype: _astype,
    operator.getitem: _getitem,
    sum_to: _sum_to,
    np.bitwise_and: _and,
}

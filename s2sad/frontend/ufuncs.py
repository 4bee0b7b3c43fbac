"""Calls of ufuncs with options, and their methods reduce, accumulate, reduceat and outer."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from s2sad.frontend import looped
from s2sad.frontend.infer import type_of
from s2sad.frontend.raising import as_users
from s2sad.frontend.values import Sequence, Value
from s2sad.frontend.views import hits_once
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Operand
from s2sad.ir.types import Array, Number
from s2sad.rules.creation import astype
from s2sad.rules.notation import RULES
from s2sad.rules.table import lookup
from s2sad.runtime import index_add, store

PARAMETERS = {
    "reduce": ("array", "axis", "dtype", "out", "keepdims", "initial", "where"),
    "accumulate": ("array", "axis", "dtype", "out"),
    "reduceat": ("array", "indices", "axis", "dtype", "out"),
}
FUNCTIONS: dict[Any, Any] = {
    np.add.reduce: np.sum, np.multiply.reduce: np.prod, np.maximum.reduce: np.max,
    np.minimum.reduce: np.min, np.logical_and.reduce: np.all, np.logical_or.reduce: np.any,
    np.add.accumulate: np.cumsum, np.multiply.accumulate: np.cumprod,
}  # fmt: skip
"""Methods that are functions of NumPy as well, but for the axis that they take by default."""
WRONG = (np.power, np.arctan2)
"""Ufuncs whose vector loops do not carry a result from one element to the next (NumPy 2.4)."""
OPTIONS = frozenset({"dtype", "casting", "order", "subok", "signature", "sig", "where"})
_NONE = Lit(None)


class Ufuncs:
    """Ufuncs called with options, and their methods."""

    def ufunc_handler(self: Walk, f: Any, kwargs: dict[str, Value]) -> Callable[..., Value] | None:
        """What to do for a method of a ufunc, and for a ufunc with options."""
        owner = getattr(f, "__self__", None)
        if isinstance(owner, np.ufunc) and f.__name__ in (*PARAMETERS, "outer"):
            return functools.partial(self.call_ufunc_method, f)
        if isinstance(owner, np.ufunc) and f.__name__ == "at":
            return functools.partial(self.ufunc_at, owner)
        if isinstance(f, np.ufunc) and f.signature is None and not OPTIONS.isdisjoint(kwargs):
            return functools.partial(self.call_with_options, f)
        return None

    def call_with_options(
        self: Walk, f: Any, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        """A ufunc with `dtype`, `casting`, `order`, `subok`, or `where` without `out`."""
        kwargs = dict(kwargs)
        casting = self.static(kwargs.pop("casting", Lit("same_kind")), "casting", node)
        order = self.static(kwargs.pop("order", Lit("K")), "order", node)
        dtype = self.static(kwargs.pop("dtype", _NONE), "a dtype", node)
        self.static(kwargs.pop("subok", Lit(True)), "subok", node)
        for name in ("signature", "sig"):
            if not _is_none(kwargs.pop(name, _NONE)):
                raise self.refuse(f"{f.__name__} with {name}=", "say dtype= instead", node)
        given = self.cast_operands(f, args[: f.nin], dtype, casting, node)
        rest = args[f.nin :]
        if rest or not _is_none(kwargs.get("out", _NONE)):
            return self.call_into(f, [*given, *rest], kwargs, node, casting)
        kwargs.pop("out", None)
        where = kwargs.pop("where", Lit(True))
        if isinstance(where, Lit) and where.value is True:
            made = self.call(Lit(f), given, kwargs, node)
        else:
            made = self.where_alone(f, given, where, node)
        if order in ("K", "A") or not isinstance(type_of(made), Array):
            return made
        return self.call(Lit(np.copy), [made, Lit(order)], {}, node)

    def cast_operands(
        self: Walk, f: Any, args: list[Value], dtype: Any, casting: str, node: Any
    ) -> list[Value]:
        """The operands in the dtypes in which a ufunc computes a result of `dtype`."""
        operands = [self.array_operand(a, node) for a in args]
        if dtype is None and casting == "same_kind":
            return list(operands)
        types = [type_of(x) for x in operands]
        have: Any = [getattr(t, "dtype", None) for t in types]
        if any(d is None for d in have):
            raise self.refuse(
                f"{f.__name__} with dtype= of an array of unknown dtype",
                "give the array its dtype before, by astype",
                node,
            )
        weak = [isinstance(t, Number) and t.weak for t in types]
        asked = [type(d.type(0).item()) if w else d for d, w in zip(have, weak, strict=True)]
        outs = (None,) * f.nout
        wanted: Any = {}
        if dtype is not None:
            wanted["signature"] = (None,) * f.nin + (np.dtype(dtype),) * f.nout
        with as_users(TypeError):
            found = f.resolve_dtypes((*asked, *outs), casting=casting, **wanted)
        pairs = zip(operands, have, found[: f.nin], strict=True)
        return [x if old == new else self.cast(x, new, node) for x, old, new in pairs]

    def cast(self: Walk, x: Operand, dtype: Any, node: Any) -> Value:
        """An operand in another dtype."""
        if isinstance(type_of(x), Number):
            return self.call(Lit(dtype.type), [x], {}, node)
        return self.b.let(RULES[astype], (x, Lit(dtype), *_left_out(astype, 2)))

    def where_alone(self: Walk, f: Any, args: list[Value], where: Value, node: Any) -> Value:
        """A ufunc with `where` and nothing to write into: elsewhere the result is anything."""
        wanted: Any = self.b.canonical(type_of(self.call(Lit(f), list(args), {}, node)))
        for x in (*args, self.array_operand(where, node)):
            alike = getattr(self.b.canonical(type_of(x)), "dims", None) == wanted.dims
            if alike and isinstance(type_of(x), Array) and wanted.dtype is not None:
                room = self.call(Lit(np.empty_like), [x, Lit(wanted.dtype)], {}, node)
                return self.call_into(f, list(args), {"out": room, "where": where}, node)
        raise self.refuse(f"{f.__name__} with where= and without out=", "say out= as well", node)

    def call_into_several(
        self: Walk, f: Any, args: list[Value], kwargs: dict[str, Value], given: Value, node: Any
    ) -> Value:
        """A ufunc with several results: each goes into an array, or is a new one."""
        results = self.elements(self.call(Lit(f), args, kwargs, node), node)
        outs = [*self.elements(given, node), *[Lit(None)] * len(results)][: len(results)]
        for i, out in enumerate(outs):
            if isinstance(out, Lit) and out.value is None:
                continue
            array = self.writable(out, node)
            self.will_write(array)
            self.write_whole(array, self.own(self.current(results[i])), node)
            results[i] = array
        return Sequence(tuple, results)

    # methods

    def call_ufunc_method(
        self: Walk, f: Any, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        """ufunc.reduce(array, ...) and the like."""
        if f.__name__ == "outer":
            return self.outer_of_ufunc(f.__self__, args, kwargs, node)
        names = PARAMETERS[f.__name__]
        if len(args) > len(names):
            raise TypeError(f"{f.__name__}() takes {len(names)} arguments, not {len(args)}")
        named = dict(zip(names, args, strict=False)) | kwargs
        operands = [named.pop(n) for n in ("array", "indices") if n in named]
        if not _is_none(named.get("out", _NONE)):
            out = named["out"]
            array = out.items[0] if isinstance(out, Sequence) else out
            operands[0] = self.widened(operands[0], self.writable(array, node), node)
            return self.call_into(f, operands, named, node)
        named.pop("out", None)
        operands[0] = self.in_loop_dtype(f, operands[0], named.pop("dtype", _NONE), node)
        named.setdefault("axis", Lit(0))
        return self.reduced_by_ufunc(f, operands, named, node)

    def reduced_by_ufunc(
        self: Walk, f: Any, operands: list[Value], named: dict[str, Value], node: Any
    ) -> Value:
        """The method by a function of NumPy, by a rule of its own, or by the loop it stands for."""
        if f in FUNCTIONS:
            given = {k: v for k, v in named.items() if not (k == "initial" and _is_none(v))}
            return self.call(Lit(FUNCTIONS[f]), operands, given, node)
        if f.__self__ in WRONG and f.__name__ != "accumulate":
            raise self.refuse(
                f"{f.__self__.__name__}.{f.__name__}, which some builds of NumPy compute wrongly"
                " where the axis is contiguous,",
                f"use np.{f.__self__.__name__}.accumulate, or write the loop",
                node,
            )
        rest = [named.get(k, _NONE) for k in ("initial", "where")]
        plain = _is_none(rest[0]) and (_is_none(rest[1]) or _is_true(rest[1]))
        rule = lookup(f)
        several = isinstance(named["axis"], Sequence) or _is_none(named["axis"])
        if rule is not None and plain:
            known = {k: v for k, v in named.items() if k not in ("initial", "where")}
            return self.apply(rule, operands, known, node)
        if several and not _is_reorderable(f.__self__):
            with as_users(ValueError):
                f(np.ones((1, 1)), axis=None)
        return self.call_library(LOOPED[f.__name__], [Lit(f.__self__), *operands], named, node)

    def in_loop_dtype(self: Walk, f: Any, array: Value, dtype: Value, node: Any) -> Value:
        """The array in the dtype in which a reduction computes."""
        x = self.array_operand(array, node)
        have: Any = getattr(type_of(x), "dtype", None)
        wanted = self.static(dtype, "a dtype", node)
        direct = FUNCTIONS.get(f)
        if (wanted is None and direct is not None) or direct in (np.all, np.any):
            return x
        if have is None:
            if wanted is None:
                return x
            raise self.refuse(
                f"dtype= of {f.__name__}", "convert the array before, by astype", node
            )
        options: Any = {} if wanted is None else {"signature": (np.dtype(wanted), None, None)}
        with as_users(TypeError):
            found = f.__self__.resolve_dtypes(
                (None, have, None), reduction=True, casting="unsafe", **options
            )
        return x if found[1] == have else self.cast(x, found[1], node)

    def outer_of_ufunc(
        self: Walk, f: Any, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        """f.outer(a, b) = f of each element of a with each of b."""
        a, b = (self.array_operand(x, node) for x in args)
        dims: Any = [getattr(type_of(x), "dims", None) for x in (a, b)]
        if None in dims:
            raise self.refuse(f"{f.__name__}.outer of an array of unknown rank", "give its type")
        if all(dims):
            axes = tuple(range(-len(dims[1]), 0))
            a = self.call(Lit(np.expand_dims), [a, Lit(axes)], {}, node)
        return self.call(Lit(f), [a, b], kwargs, node)

    def ufunc_at(
        self: Walk, ufunc: Any, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        """ufunc.at(a, index, v)."""
        a = self.writable(args[0], node)
        index = self.argument(RULES[store], "index", args[1], node)
        rest = [self.current(self.array_operand(x, node)) for x in args[2:]]
        if ufunc in (np.add, np.subtract):
            value = rest[0] if ufunc is np.add else self.unary(gast.USub(), rest[0], node)
            self.check_cast(type_of(value), a.type, node)
            base, index = self.base_of(a, index)
            self.write_item(base, index, value, RULES[index_add], node)
        elif hits_once(index):
            old = self.b.let(RULES[operator.getitem], (a, index))
            self.assign_places(a, index, self.call(Lit(ufunc), [old, *rest], {}, node), node)
        else:
            # What is added may share memory with the array.
            self.call_library(looped.at, [Lit(ufunc), a, args[1], *rest], {}, node)
        return Lit(None)


def _left_out(of: Any, given: int) -> tuple[Operand, ...]:
    p = RULES[of]
    return tuple(Lit(p.defaults[n]) for n in p.params[given:])


def _is_none(v: Value) -> bool:
    return isinstance(v, Lit) and v.value is None


def _is_true(v: Value) -> bool:
    return isinstance(v, Lit) and v.value is True


def _is_reorderable(f: Any) -> bool:
    """Whether NumPy reduces over several axes by this ufunc."""
    return f.identity is not None or f in (np.maximum, np.minimum, np.fmax, np.fmin)


LOOPED = {
    "reduce": looped.reduce, "accumulate": looped.accumulate, "reduceat": looped.reduceat,
}  # fmt: skip

"""Python's own functions, and those of NumPy that look at structure rather than at numbers."""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from s2sad.frontend.array_methods import METHOD_FUNCTIONS
from s2sad.frontend.arrays import ARRAY_HANDLERS, call_vectorized
from s2sad.frontend.attributes import ArrayMethod, ContainerMethod, OpaqueMethod
from s2sad.frontend.compiled import handler_of
from s2sad.frontend.contexts import CONTEXT_HANDLERS, is_manager_function, managed
from s2sad.frontend.conversions import converted, rounded, to_float
from s2sad.frontend.library import LIBRARY_HANDLERS, getter, known_keys
from s2sad.frontend.objects import OBJECT_HANDLERS, special_of
from s2sad.frontend.prims import Template, template
from s2sad.frontend.raising import raises
from s2sad.frontend.sorting import FEW, sorted_at_run_time
from s2sad.frontend.statements import FALLS
from s2sad.frontend.values import (
    Bound,
    Closure,
    Growing,
    Instance,
    Lazy,
    Mapping,
    Range,
    Sequence,
    Transformed,
    Value,
    atoms,
)
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Span, Var
from s2sad.ir.types import BOOL, INT, OPAQUE, UNKNOWN, Array, Number, Opaque, Shape
from s2sad.rules.notation import RULES, Primitive

Handler = Callable[..., Value]


class Builtins:
    """Handlers of functions by identity; `self` is the interpreter."""

    def handler(self: Walk, f: Any) -> Handler | None:
        """What to do for a function that is neither a primitive nor the user's."""
        if isinstance(f, OpaqueMethod):
            return lambda a, k, n: self.call_opaque_method(f, a, k, n)
        if isinstance(f, ContainerMethod):
            return lambda a, k, n: self.container_method(f.name, a, k, n)
        if isinstance(f, ArrayMethod):
            return lambda a, k, n: self.call_method(f, a, k, n)
        if isinstance(f, np.vectorize):
            return lambda a, k, n: call_vectorized(self, f, a, k, n)
        if is_manager_function(f):
            return lambda a, k, n: managed(self, self.attribute(Lit(f), "__wrapped__", n), a, k)
        if inspect.isgeneratorfunction(f) and self.is_walked(f):
            return lambda a, k, n: self.collected(Lit(f), a, k, n)
        compiled = handler_of(self, f)
        if compiled is not None:
            return compiled
        try:
            found = HANDLERS.get(f) or getter(f)
        except TypeError:
            return None
        if found is None:
            return None
        return lambda a, k, n: found(self, a, k, n)

    def special(self: Walk, f: Any, args: list[Value]) -> Handler | None:
        """What to do for a function of Python that is given an object of the user's."""
        found = special_of(f, args)
        return None if found is None else lambda a, k, n: found(self, a, k, n)

    def class_of(self: Walk, v: Var, n: Any) -> type:
        """The class of a run-time value."""
        t = v.type
        if isinstance(t, Number):
            return type(t.dtype.type(0).item()) if t.weak else t.dtype.type
        if isinstance(t, Array) and t.dims is not None:
            return np.ndarray
        if isinstance(t, Shape):
            return tuple
        if isinstance(t, Opaque) and t.cls is not None:
            return t.cls
        raise self.refuse(
            "the class of a value that is not known", "test for it before the call", n
        )


def _len(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    return s.length(a[0], n)


def _range(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    bounds = [s.operand(x, n) for x in a]
    match bounds:
        case [stop]:
            return Range(Lit(0), stop, Lit(1))
        case [start, stop]:
            return Range(start, stop, Lit(1))
    return Range(*bounds)


def _enumerate(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    start = k.get("start", a[1] if len(a) > 1 else Lit(0))
    return Lazy("enumerate", (a[0], start))


def _zip(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    strict = k.get("strict")
    if strict is not None and s.static(strict, "strict of zip", n):
        known = [s.known_elements(p) for p in a]
        if any(x is None for x in known):
            _check_lengths(s, a, n)
            return Lazy("zip", tuple(a))
        if len({len(x) for x in known}) > 1:
            raise raises(ValueError("zip() arguments have different lengths"))
    return Lazy("zip", tuple(a)) if a else Sequence(tuple, [])


UNEQUAL = "raise ValueError('zip() arguments have different lengths')"


def _check_lengths(s: Any, a: list[Value], n: Any) -> None:
    """zip(..., strict=True) of arrays: lengths that differ raise, before the first trip."""
    first, *others = (s.length(p, n) for p in a)
    for other in others:
        wrong = s.compare(gast.NotEq(), first, other, n)
        truth = s.truth(wrong)
        if truth is True:
            raise ValueError("zip() arguments have different lengths")
        if truth is not False:
            way = s.way(lambda: s.raised(UNEQUAL))
            s.joined(truth, way, s.way(lambda: FALLS), None)


def _reversed(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    if isinstance(a[0], Range) and isinstance(a[0].step, Lit) and a[0].step.value == 1:
        r = a[0]
        minus = functools.partial(s.primitive, operator.sub)
        if isinstance(r.start, Lit) and isinstance(r.stop, Lit):
            return Range(Lit(r.stop.value - 1), Lit(r.start.value - 1), Lit(-1))
        return Range(minus([r.stop, Lit(1)], n), _minus_one(s, r.start, n), Lit(-1))
    return Lazy("reversed", (a[0],))


def _minus_one(s: Any, v: Any, n: Any) -> Any:
    return Lit(v.value - 1) if isinstance(v, Lit) else s.primitive(operator.sub, [v, Lit(1)], n)


def _isinstance(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    return Lit(_instance_of(s, a[0], s.static(a[1], "the class of isinstance", n), n))


def _instance_of(s: Any, v: Value, cls: Any, n: Any) -> bool:
    if isinstance(v, Lit):
        return isinstance(v.value, cls)
    if isinstance(v, Sequence | Instance | Growing):
        return issubclass(v.cls, cls)
    if isinstance(v, Mapping):
        return issubclass(dict, cls)
    if isinstance(v, Span):
        return issubclass(slice, cls)
    if isinstance(v, Var):
        return issubclass(s.class_of(v, n), cls)
    return issubclass(type(lambda: 0), cls)


def _type(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    v = a[0]
    if isinstance(v, Lit):
        return Lit(type(v.value))
    if isinstance(v, Sequence | Instance | Growing):
        return Lit(v.cls)
    return Lit(dict) if isinstance(v, Mapping) else Lit(s.class_of(v, n))


def _callable(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    v = a[0]
    known = isinstance(v, Lit) and callable(v.value)
    return Lit(known or isinstance(v, Closure | Bound | Transformed))


def _print(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    texts, operands = s.rendered([*a, *k.values()])
    named = [f"{x}={t}" for x, t in zip(k, texts[len(a) :], strict=True)]
    p = template(f"print({', '.join([*texts[: len(a)], *named])})", len(operands), OPAQUE)
    p.callee = Lit(print)
    p.raises = ()
    s.b.let(p, tuple(operands))
    return Lit(None)


def _extreme(of: Any, compare: Any, array: Any) -> Handler:
    """min or max: of the arguments, or of the elements of one; the first of equal ones."""

    def handle(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
        items = a if len(a) > 1 else s.known_elements(a[0])
        if items is None:
            return s.extreme_of_growing(of, array, a[0], k, n)
        key = k.get("key")
        if not items:
            if "default" in k:
                return k["default"]
            raise raises(ValueError(f"{of.__name__}() iterable argument is empty"))
        best = items[0]
        for x in items[1:]:
            keys = [x, best] if key is None else [s.call(key, [v], {}, n) for v in (x, best)]
            truth = s.truth(s.compare(compare(), *keys, n))
            known = isinstance(truth, bool)
            best = (x if truth else best) if known else _choice(s, truth, x, best)
        return best

    return handle


def _choice(s: Any, truth: Any, x: Value, y: Value) -> Value:
    return s.branch_expression(truth, lambda: x, lambda: y)


@functools.cache
def _python_sum() -> Primitive:
    """Python's sum of an array: adds in its own order, and has the derivative of np.sum."""
    p = RULES[np.sum]
    of: Any = Template("sum({0})")
    made = Primitive(
        of, "sum", kind=p.kind, params=p.params, wrt=p.wrt, linear=p.linear,
        defaults=p.defaults, primal=p.primal, adjoint=p.adjoint, rule=p.rule,
    )  # fmt: skip
    made.result_of = _summed_type
    return made


def _summed_type(t: Any, *rest: Any) -> Any:
    dims = getattr(t, "dims", None)
    if t.dtype is None or not dims:
        return UNKNOWN
    dtype = np.result_type(t.dtype, np.int64) if t.dtype.kind in "bi" else t.dtype
    return Array(dtype, dims[1:]) if len(dims) > 1 else Number(dtype)


def _sum(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    start = k.get("start", a[1] if len(a) > 1 else Lit(0))
    items = s.known_elements(a[0])
    if items is None and isinstance(a[0], Growing):
        a = [s.as_array(a[0], n) if isinstance(a[0].spec.like, Lit) else a[0]]
    if items is None and isinstance(a[0], Lazy | Range | Growing):
        return s.summed(a[0], start, n)
    if items is None:
        p = _python_sum()
        given = (s.operand(a[0], n), Lit(0), *(Lit(p.defaults[x]) for x in p.params[2:]))
        total = s.b.let(p, given)
        zero = isinstance(start, Lit) and start.value == 0
        return total if zero else s.binary(gast.Add(), start, total, n)
    total = start
    for x in items:
        zero = isinstance(total, Lit) and type(total.value) is int and total.value == 0
        total = x if zero else s.binary(gast.Add(), total, x, n)
    return total


def _tuple(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    if a and s.grows_by(a[0]):
        return s.list_of(a[0], n, tuple)
    return Sequence(tuple, s.elements(a[0], n) if a else [])


def _list(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    if a and s.grows_by(a[0]):
        return s.list_of(a[0], n)
    return s.new_list(s.elements(a[0], n) if a else [], n)


def _dict(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    items: dict[Any, Value] = {}
    if a and isinstance(a[0], Mapping):
        items |= a[0].items
    elif a:
        for pair in s.elements(a[0], n):
            key, value = s.elements(pair, n, 2)
            items[s.static(key, "a key of a dict", n)] = value
    return Mapping(items | k, s.region)


def _sorted(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    if s.grows_by(a[0]):
        return s.sorted_list(a[0], k, n)
    items = s.elements(a[0], n)
    key = k.get("key")
    found = items if key is None else [s.call(key, [x], {}, n) for x in items]
    reverse = bool(s.static(k["reverse"], "reverse of sorted", n)) if "reverse" in k else False
    if 1 < len(items) <= FEW and any(isinstance(x, Var) for v in found for x in atoms(v)):
        return sorted_at_run_time(s, found, items, reverse, n)
    keys = known_keys(s, found, n)
    order = sorted(range(len(items)), key=lambda i: keys[i], reverse=reverse)
    return Sequence(list, [items[i] for i in order], s.region)


def _any_all(wanted: bool) -> Handler:
    def handle(s: Any, a: list[Value], k: Any, n: Any) -> Value:
        items = s.known_elements(a[0])
        if items is None:
            return s.truth_of_all(wanted, a[0], n)
        truths = [s.truth(x) for x in items]
        if any(t is wanted for t in truths):
            return Lit(wanted)
        left = [t for t in truths if not isinstance(t, bool)]
        if not left:
            return Lit(not wanted)
        word = " or " if wanted else " and "
        text = word.join(f"bool({{{i}}})" for i in range(len(left)))
        return s.b.let(template(text, len(left), BOOL, pure=True), tuple(left))

    return handle


def _partial(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    return Bound(a[0], tuple(a[1:]), k)


def _reduce(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    items = s.known_elements(a[1])
    if items is None and s.grows_by(a[1]):
        if len(a) > 2:
            return s.reduced(a[0], a[1], a[2], n)
        values = a[1] if isinstance(a[1], Var) else s.list_of(a[1], n)
        rest = s.subscript(values, Span(Lit(1), Lit(None), Lit(None)), n)
        return s.reduced(a[0], rest, s.subscript(values, Lit(0), n), n)
    items = s.elements(a[1], n) if items is None else items
    if not items and len(a) < 3:
        raise raises(TypeError("reduce() of empty iterable with no initial value"))
    total, rest = (a[2], items) if len(a) > 2 else (items[0], items[1:])
    for x in rest:
        total = s.call(a[0], [total, x], {}, n)
    return total


def _slice(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    bounds = [s.operand(x, n) for x in a]
    start, stop, step = {1: (Lit(None), *bounds, Lit(None)), 2: (*bounds, Lit(None))}.get(
        len(bounds), tuple(bounds)
    )
    return Span(start, stop, step)


def _divmod(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    return Sequence(tuple, [s.binary(gast.FloorDiv(), *a, n), s.binary(gast.Mod(), *a, n)])


def _refused(name: str) -> Handler:
    """A function of Python that reads or writes names behind the compiler's back."""

    def handle(s: Any, a: list[Value], k: Any, n: Any) -> Value:
        raise s.refuse(name, "write out what it does", n)

    return handle


BEHIND_THE_BACK = (eval, exec, compile, globals, locals)
HANDLERS: dict[Any, Handler] = {
    **{f: _refused(f.__name__) for f in BEHIND_THE_BACK}, **OBJECT_HANDLERS,
    len: _len, range: _range, enumerate: _enumerate, zip: _zip, reversed: _reversed,
    isinstance: _isinstance, type: _type, callable: _callable, print: _print, sum: _sum,
    tuple: _tuple, list: _list, dict: _dict,
    sorted: _sorted, any: _any_all(True), all: _any_all(False), int: converted(int, INT),
    bool: converted(bool, BOOL), str: converted(str, OPAQUE), repr: converted(repr, OPAQUE),
    float: to_float, round: rounded, functools.partial: _partial,
    functools.reduce: _reduce, slice: _slice, divmod: _divmod,
    max: _extreme(max, gast.Gt, np.max), min: _extreme(min, gast.Lt, np.min), **ARRAY_HANDLERS,
    **METHOD_FUNCTIONS,
    **CONTEXT_HANDLERS, **LIBRARY_HANDLERS,
}  # fmt: skip

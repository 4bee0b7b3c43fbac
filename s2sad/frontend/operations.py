"""Operators, indexing and attributes, by what they are applied to."""

from __future__ import annotations

import inspect
import operator
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.frontend.infer import type_of
from s2sad.frontend.prims import DTYPE, NDIM, SHAPE, SIZE, template
from s2sad.frontend.signature import Demand
from s2sad.frontend.values import (
    Bound,
    Instance,
    Mapping,
    NeedsUnrolling,
    Sequence,
    Value,
    atoms,
)
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Operand, Span, Var
from s2sad.ir.types import OPAQUE, UNKNOWN, Array, Number, Opaque, Shape
from s2sad.rules.methods import ATTRIBUTES, METHODS, VARARGS
from s2sad.rules.notation import RULES, Primitive

SYMBOLS = {
    "Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "FloorDiv": "//", "Mod": "%", "Pow": "**",
    "MatMult": "@", "BitAnd": "&", "BitOr": "|", "BitXor": "^", "LShift": "<<", "RShift": ">>",
}  # fmt: skip
OPERATORS = {
    "Add": operator.add, "Sub": operator.sub, "Mult": operator.mul, "Div": operator.truediv,
    "FloorDiv": operator.floordiv, "Mod": operator.mod, "Pow": operator.pow,
    "MatMult": operator.matmul, "BitAnd": operator.and_, "BitOr": operator.or_,
    "BitXor": operator.xor, "LShift": operator.lshift, "RShift": operator.rshift,
}  # fmt: skip
DUNDERS = {
    "Add": "add", "Sub": "sub", "Mult": "mul", "Div": "truediv", "FloorDiv": "floordiv",
    "Mod": "mod", "Pow": "pow", "MatMult": "matmul", "BitAnd": "and", "BitOr": "or",
    "BitXor": "xor", "LShift": "lshift", "RShift": "rshift",
}  # fmt: skip
UNARY = {"USub": operator.neg, "UAdd": operator.pos, "Invert": operator.invert}
COMPARES = {
    "Eq": operator.eq, "NotEq": operator.ne, "Lt": operator.lt, "LtE": operator.le,
    "Gt": operator.gt, "GtE": operator.ge,
}  # fmt: skip
COMPARE_DUNDERS = {"Eq": "__eq__", "NotEq": "__ne__", "Lt": "__lt__", "LtE": "__le__",
                   "Gt": "__gt__", "GtE": "__ge__"}  # fmt: skip
SWAPPED = {"__lt__": "__gt__", "__gt__": "__lt__", "__le__": "__ge__", "__ge__": "__le__"}


class Operations:
    """What operators, indexing and attributes mean for each kind of value."""

    def binary(self: Walk, op: Any, left: Value, right: Value, node: Any) -> Value:
        name = type(op).__name__
        if isinstance(left, Lit) and isinstance(right, Lit):
            folded = fold(OPERATORS[name], left, right)
            if folded is not None:
                return folded
        if isinstance(left, Instance) or isinstance(right, Instance):
            return self.user_operator(DUNDERS[name], left, right, node)
        left, right = self.tuple_of_shape(left), self.tuple_of_shape(right)
        if isinstance(left, Sequence) or isinstance(right, Sequence):
            made = self.sequence_operator(name, left, right, node)
            if made is not None:
                return made
        if _is_text(left) or _is_text(right):
            return self.text(f"{{}} {SYMBOLS[name]} {{}}", [left, right])
        return self.primitive(OPERATORS[name], [left, right], node)

    def primitive(self: Walk, of: Any, values: list[Value], node: Any) -> Value:
        operands = tuple(self.array_operand(v, node) for v in values)
        return self.b.let(RULES[of], operands)

    def array_operand(self: Walk, v: Value, node: Any) -> Operand:
        """A list where an array is wanted: NumPy makes an array of it."""
        if isinstance(v, Sequence):
            made: Operand = self.call(Lit(np.array), [v], {}, node)
            return made
        return self.operand(v, node)

    def text(self: Walk, form: str, values: list[Value]) -> Value:
        """An operation of Python on data that is not numeric: `form` with the values in it."""
        texts, operands = self.rendered(values)
        return self.b.let(template(form.format(*texts), len(operands), OPAQUE), tuple(operands))

    def tuple_of_shape(self: Walk, v: Value) -> Value:
        if isinstance(v, Var) and isinstance(v.type, Shape) and v.type.dims is not None:
            return Sequence(tuple, [self.shape_item(v, i) for i in range(len(v.type.dims))])
        return v

    def shape_item(self: Walk, v: Any, i: int) -> Operand:
        size = v.type.dims[i]
        if isinstance(size, int):
            return Lit(size)
        return self.b.let(RULES[operator.getitem], (v, Lit(i)))

    def sequence_operator(
        self: Walk, name: str, left: Value, right: Value, node: Any
    ) -> Value | None:
        both = isinstance(left, Sequence) and isinstance(right, Sequence)
        if name == "Add" and both and (left.cls is list) == (right.cls is list):
            cls = list if left.cls is list else tuple
            return Sequence(cls, [*left.items, *right.items], self.region)
        if name == "Mult":
            s, n = (left, right) if isinstance(left, Sequence) else (right, left)
            t = type_of(n) if isinstance(n, Lit | Var) else None
            if isinstance(t, Number) and t.dtype.kind in "bi":
                count = self.static(n, "the number of repetitions of a list", node)
                return Sequence(s.cls, s.items * count, self.region)
        return None

    def unary(self: Walk, op: Any, value: Value, node: Any) -> Value:
        of = UNARY[type(op).__name__]
        if isinstance(value, Lit):
            folded = fold(of, value)
            if folded is not None:
                return folded
        if isinstance(value, Instance):
            name = {"USub": "__neg__", "UAdd": "__pos__", "Invert": "__invert__"}
            return self.call(self.attribute(value, name[type(op).__name__], node), [], {}, node)
        return self.primitive(of, [value], node)

    def user_operator(self: Walk, name: str, left: Value, right: Value, node: Any) -> Value:
        """An operator that the user's class defines."""
        for owner, other, method in ((left, right, f"__{name}__"), (right, left, f"__r{name}__")):
            if isinstance(owner, Instance) and hasattr(owner.cls, method):
                result = self.call(self.attribute(owner, method, node), [other], {}, node)
                if not (isinstance(result, Lit) and result.value is NotImplemented):
                    return result
        raise TypeError(
            f"unsupported operand types: {self.kind_of(left)} and {self.kind_of(right)}"
        )

    def compare(self: Walk, op: Any, left: Value, right: Value, node: Any) -> Value:
        name = type(op).__name__
        if name in ("Is", "IsNot"):
            return self.identity(left, right, name == "Is")
        if name in ("In", "NotIn"):
            return self.membership(left, right, name == "In", node)
        left, right = self.tuple_of_shape(left), self.tuple_of_shape(right)
        if isinstance(left, Lit) and isinstance(right, Lit):
            folded = fold(COMPARES[name], left, right)
            if folded is not None:
                return folded
        if isinstance(left, Instance) or isinstance(right, Instance):
            return self.compare_instances(COMPARE_DUNDERS[name], left, right, node)
        if isinstance(left, Sequence) and isinstance(right, Sequence):
            return self.compare_sequences(name, left, right, node)
        if name in ("Eq", "NotEq") and (_never_equal(left, right)):
            return Lit(name == "NotEq")
        if _is_text(left) or _is_text(right):
            symbol = {"Eq": "==", "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">="}
            return self.text(f"{{}} {symbol[name]} {{}}", [left, right])
        return self.primitive(COMPARES[name], [left, right], node)

    def compare_sequences(
        self: Walk, name: str, left: Sequence, right: Sequence, node: Any
    ) -> Value:
        """Tuples element by element, where all that decides is known."""
        a = self.static(left, "a comparison of containers", node)
        b = self.static(right, "a comparison of containers", node)
        return Lit(COMPARES[name](a, b))

    def compare_instances(self: Walk, method: str, left: Value, right: Value, node: Any) -> Value:
        swapped = SWAPPED.get(method, method)
        for owner, other, m in ((left, right, method), (right, left, swapped)):
            if isinstance(owner, Instance) and isinstance(
                getattr(owner.cls, m, None), types.FunctionType
            ):
                return self.call(self.attribute(owner, m, node), [other], {}, node)
        if method in ("__eq__", "__ne__"):
            return Lit((left is right) == (method == "__eq__"))
        raise TypeError(f"{method} is not defined for {self.kind_of(left)}")

    def identity(self: Walk, left: Value, right: Value, wanted: bool) -> Value:
        """`a is b`; a number or an array is never None, True or a function."""
        if isinstance(left, Lit) and isinstance(right, Lit):
            return Lit((left.value is right.value) == wanted)
        for v in (left, right):
            if isinstance(v, Var) and (isinstance(v.type, Opaque) or v.type is UNKNOWN):
                return self.text("{} is {}" if wanted else "{} is not {}", [left, right])
        return Lit((left is right) == wanted)

    def membership(self: Walk, left: Value, right: Value, wanted: bool, node: Any) -> Value:
        if isinstance(right, Mapping):
            return Lit((self.static(left, "a key of a dict", node) in right.items) == wanted)
        if isinstance(right, Sequence):
            key = self.static(left, "a search in a container", node)
            found = any(self.static(i, "a search in a container", node) == key for i in right.items)
            return Lit(found == wanted)
        if isinstance(left, Lit) and isinstance(right, Lit):
            return Lit((left.value in right.value) == wanted)
        return self.text("{} in {}" if wanted else "{} not in {}", [left, right])

    def instance_truth(self: Walk, v: Instance) -> bool | Operand:
        for name in ("__bool__", "__len__"):
            if hasattr(v.cls, name):
                return self.truth(self.call(self.attribute(v, name, None), [], {}, None))
        return True

    # primitives

    def apply(
        self: Walk, p: Primitive, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        """A primitive applied as the code writes it, its parameters bound by name."""
        if all(isinstance(v, Lit) for v in (*args, *kwargs.values())) and not kwargs:
            folded = fold(p.of, *args) if _folds(p) else None
            if folded is not None:
                return folded
        named = self.bind_primitive(p, args, kwargs, node)
        operands = []
        for name in p.params:
            v = named[name] if name in named else Lit(p.defaults[name])
            operands.append(self.argument(p, name, v, node))
        return self.b.let(p, tuple(operands))

    def bind_primitive(
        self: Walk, p: Primitive, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> dict[str, Value]:
        if len(args) > len(p.params):
            raise self.refuse(
                f"{p.name} with {len(args)} positional arguments",
                f"use {', '.join(p.params)}",
                node,
            )
        named = dict(zip(p.params, args, strict=False))
        names = _own_names(p)
        for k, v in kwargs.items():
            k = names.get(k, k)
            if k in p.params:
                named[k] = v
            elif not _is_default(p, k, v):
                raise self.refuse(f"{p.name} with {k}=", f"call it without {k}", node)
        missing = [n for n in p.params if n not in named and n not in p.defaults]
        if missing:
            raise TypeError(f"{p.name}() missing a required argument: {missing[0]!r}")
        return named

    def argument(self: Walk, p: Primitive, name: str, v: Value, node: Any) -> Operand:
        """One argument: an operand, a sequence of operands, or a static value."""
        if name == "out" and not (isinstance(v, Lit) and v.value is None):
            raise self.refuse(f"{p.name} with out=", "assign the result to a variable", node)
        if name == "index" and isinstance(v, Lit):
            return index_of(v.value)
        if name in p.sequences:
            return tuple(self.array_operand(x, node) for x in self.elements(v, node))
        if name in p.wrt or p.signature is not None:
            return self.array_operand(v, node) if isinstance(v, Sequence) else self.operand(v, node)
        if isinstance(v, Var) and name in _STATIC and not isinstance(v.type, Opaque):
            return Lit(self.static(v, f"the argument {name} of {p.name}", node))
        if (
            isinstance(v, Sequence)
            and all(isinstance(a, Lit) for a in atoms(v))
            and name != "index"
        ):
            return Lit(self.static(v, name, node)) if name in _STATIC else self.operand(v, node)
        if isinstance(v, Sequence) and v.cls is list and name == "index":
            return self.array_operand(v, node)
        if isinstance(v, Sequence) and name == "index":
            return tuple(self.argument(p, name, i, node) for i in v.items)
        return self.operand(v, node)

    # indexing

    def subscript(self: Walk, container: Value, index: Value, node: Any) -> Value:
        match container:
            case Sequence():
                return self.sequence_item(container, index, node)
            case Mapping():
                key = self.static(index, "a key of a dict", node)
                if key not in container.items:
                    raise KeyError(key)
                return container.items[key]
            case Instance():
                return self.call(self.attribute(container, "__getitem__", node), [index], {}, node)
            case Lit() if not isinstance(container.value, np.ndarray):
                value = container.value[self.static(index, "an index", node)]
                return self.known(value, None)
            case Var() if isinstance(container.type, Shape):
                return self.subscript(self.tuple_of_shape(container), index, node)
            case Var() if isinstance(container.type, Opaque):
                return self.text("{}[{}]", [container, index])
        p = RULES[operator.getitem]
        return self.b.let(p, (self.operand(container), self.argument(p, "index", index, node)))

    def sequence_item(self: Walk, s: Sequence, index: Value, node: Any) -> Value:
        i = self.static(index, "an index into a container", node)
        if isinstance(i, slice):
            cls = list if s.cls is list else tuple
            return Sequence(cls, s.items[i], self.region)
        return s.items[i]

    def set_item(self: Walk, c: Any, index: Value, value: Value, node: Any) -> None:
        key = self.static(index, "an index into a container", node)
        if isinstance(c, Sequence) and c.cls is not list:
            raise TypeError(f"'{c.cls.__name__}' object does not support item assignment")
        if isinstance(key, slice):
            c.items[key] = self.elements(value, node)
        else:
            c.items[key] = value

    def may_change(self: Walk, c: Any, node: Any) -> None:
        """A container may be changed only where it was made: not on one way of a branch."""
        if c.region is not self.region and c.region is not self.foreign and self.loop_depth:
            raise NeedsUnrolling("a container that is changed in a loop of unknown length")
        if c.region is not self.region:
            raise self.refuse(
                "a container that is changed in a loop or branch that depends on data, or that"
                " came from outside the function,",
                "make a new container, or an array",
                node,
            )

    def demand(self: Walk, v: Var, what: str, node: Any = None) -> None:
        """Asks for a run-time number to be known: unroll the loop, or specialize the call."""
        roots = self.roots(v)
        if roots & self.indices:
            raise NeedsUnrolling(f"{what} that changes from trip to trip")
        names = {self.parameters[r] for r in roots if r in self.parameters}
        if roots and len(names) == len(roots) and all(self._is_integer(r) for r in roots):
            raise Demand(names)

    def _is_integer(self: Walk, v: Var) -> bool:
        return isinstance(v.type, Number) and v.type.dtype.kind in "bi"

    def roots(self: Walk, v: Var) -> set[Var]:
        """The parameters and loop indices that a number was computed from."""
        found: set[Var] = set()
        work = [v]
        while work:
            x = work.pop()
            d = self.b.defined.get(x)
            if d is None:
                found.add(x)
                continue
            work += [a for a in _flat(d.args) if isinstance(a, Var)]
        return found

    # attributes

    def attribute(self: Walk, owner: Value, name: str, node: Any) -> Value:
        match owner:
            case Instance():
                return self.instance_attribute(owner, name, node)
            case Sequence() if owner.cls not in (list, tuple) and name in owner.cls._fields:
                return owner.items[owner.cls._fields.index(name)]
            case Lit() if not isinstance(owner.value, np.ndarray | np.generic | float | int):
                return self.known_attribute(owner.value, name, node)
            case Var() | Lit():
                return self.array_attribute(owner, name, node)
        return Bound(Lit(_ContainerMethod(name)), (owner,))

    def known_attribute(self: Walk, value: object, name: str, node: Any) -> Value:
        found = getattr(value, name)
        path = self.paths.get(id(value))
        if isinstance(value, types.ModuleType) and value.__name__.partition(".")[0] in _STABLE:
            path = None
        return self.known(found, None if path is None else (*path, ("attr", name)))

    def instance_attribute(self: Walk, owner: Instance, name: str, node: Any) -> Value:
        if name in owner.fields:
            return owner.fields[name]
        found = inspect.getattr_static(owner.cls, name, _NOTHING)
        if found is _NOTHING:
            raise AttributeError(f"{owner.cls.__name__!r} object has no attribute {name!r}")
        if isinstance(found, property):
            return self.call(self.known(found.fget, None), [owner], {}, node)
        if isinstance(found, staticmethod):
            return self.known(found.__func__, None)
        if isinstance(found, classmethod):
            return Bound(self.known(found.__func__, None), (Lit(owner.cls),))
        if isinstance(found, types.FunctionType):
            return Bound(self.known(found, None), (owner,))
        return self.known(getattr(owner.cls, name), None)

    def array_attribute(self: Walk, owner: Any, name: str, node: Any) -> Value:
        """An attribute or method of an array or a number."""
        t = type_of(owner)
        if isinstance(t, Opaque) and owner in self.parameters:
            raise Demand({self.parameters[owner]})  # an object: its attributes are read now
        made = _META.get(name)
        if made is not None and isinstance(t, Array | Number):
            return made(self, owner, t)
        if isinstance(t, Opaque):
            return Bound(Lit(_OpaqueMethod(name)), (owner,))
        if name in ATTRIBUTES:
            return self.call(Lit(ATTRIBUTES[name]), [owner], {}, node)
        if name in METHODS:
            return Bound(Lit(_ArrayMethod(name)), (owner,))
        if isinstance(t, Array) and t.dtype is None:
            return Bound(Lit(_OpaqueMethod(name)), (owner,))
        if name in _IN_PLACE:
            raise self.refuse(
                f"the in-place array method {name}", f"use np.{name} or build a new array", node
            )
        if not hasattr(np.ndarray, name) and not hasattr(float, name):
            raise AttributeError(f"'{t}' object has no attribute {name!r}")
        raise self.refuse(f"the array attribute {name}", "use a NumPy function with a rule", node)

    def call_method(
        self: Walk, m: Any, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        """x.method(...) of an array: the function that equals it."""
        packed = VARARGS.get(m.name)
        owner, *rest = args
        if m.name == "item" and rest:
            at = rest[0] if len(rest) == 1 else Sequence(tuple, rest)
            flat = owner if len(rest) > 1 else self.call(Lit(np.ravel), [owner], {}, node)
            owner, rest = self.subscript(flat, at, node), []
        if packed is not None and rest and not (len(rest) == 1 and _is_packed(rest[0])):
            rest = [Sequence(tuple, rest)]
        return self.call(Lit(METHODS[m.name]), [owner, *rest], kwargs, node)

    def call_opaque_method(
        self: Walk, m: Any, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        if m.name in WRITING:
            raise self.refuse(
                f"the method {m.name}, which writes into an array,", "build a new array", node
            )
        texts, operands = self.rendered([*args, *kwargs.values()])
        owner, *rest = texts[: len(args)]
        named = [f"{k}={t}" for k, t in zip(kwargs, texts[len(args) :], strict=True)]
        text = f"{owner}.{m.name}({', '.join([*rest, *named])})"
        return self.b.let(template(text, len(operands)), tuple(operands))


class _ArrayMethod:
    def __init__(self, name: str) -> None:
        self.name = name


class _OpaqueMethod(_ArrayMethod):
    pass


class _ContainerMethod(_ArrayMethod):
    pass


_NOTHING = object()
WRITING = frozenset({"fill", "sort", "partition", "put", "itemset", "shuffle"})
_STABLE = frozenset(
    {"numpy", "math", "operator", "scipy", "cmath", "functools", "itertools", "s2sad"}
)
_STATIC = frozenset(
    {"axis", "axes", "keepdims", "ddof", "dtype", "axis1", "axis2", "offset", "order", "k",
     "source", "destination", "endpoint", "indexing", "correction", "mode", "copy", "decimals"}
)  # fmt: skip
_IN_PLACE = frozenset(
    {"fill", "sort", "partition", "put", "resize", "itemset", "setflags", "byteswap"}
)


def _shape(self: Any, v: Any, t: Any) -> Value:
    if isinstance(t, Number):
        return Sequence(tuple, [])
    if t.dims is not None and all(isinstance(d, int) for d in t.dims):
        return Sequence(tuple, [Lit(d) for d in t.dims])
    return self.b.let(SHAPE, (v,))


def _ndim(self: Any, v: Any, t: Any) -> Value:
    return Lit(len(t.dims)) if t.dims is not None else self.b.let(NDIM, (v,))


def _size(self: Any, v: Any, t: Any) -> Value:
    if t.dims is not None and all(isinstance(d, int) for d in t.dims):
        return Lit(int(np.prod(t.dims, dtype=int)))
    return self.b.let(SIZE, (v,))


def _dtype(self: Any, v: Any, t: Any) -> Value:
    return Lit(t.dtype) if t.dtype is not None else self.b.let(DTYPE, (v,))


def _item(self: Any, v: Any, t: Any) -> Value:
    return Lit(t.dtype.itemsize) if t.dtype is not None else Lit(8)


_META: dict[str, Callable[..., Value]] = {
    "shape": _shape, "ndim": _ndim, "size": _size, "dtype": _dtype, "itemsize": _item,
}  # fmt: skip


def index_of(value: Any) -> Operand:
    """An index known at compile time as an operand: slices and tuples taken apart."""
    if isinstance(value, slice):
        return Span(Lit(value.start), Lit(value.stop), Lit(value.step))
    if isinstance(value, tuple):
        return tuple(index_of(v) for v in value)
    return Lit(value)


def _is_packed(v: Value) -> bool:
    return (
        isinstance(v, Sequence)
        or (isinstance(v, Var) and isinstance(v.type, Shape))
        or (isinstance(v, Lit) and v.value is None)
    )


def _is_text(v: Value) -> bool:
    if isinstance(v, Lit):
        return isinstance(v.value, str | bytes)
    return isinstance(v, Var) and isinstance(v.type, Opaque)


def _never_equal(a: Value, b: Value) -> bool:
    """None or a string is never equal to a number."""
    for x, y in ((a, b), (b, a)):
        if isinstance(x, Lit) and (x.value is None or isinstance(x.value, str)):
            t = y.type if isinstance(y, Var) else None
            if isinstance(t, Number) or isinstance(y, Sequence | Mapping | Instance):
                return True
            if isinstance(y, Lit) and isinstance(y.value, int | float):
                return True
    return False


def _flat(args: Any) -> list[Any]:
    out: list[Any] = []
    for a in args:
        if isinstance(a, tuple):
            out += _flat(a)
        elif isinstance(a, Span):
            out += [a.start, a.stop, a.step]
        else:
            out.append(a)
    return out


def _own_names(p: Primitive) -> dict[str, str]:
    """NumPy's own keyword names of a function, where the rule calls them otherwise."""
    if p.signature is None:
        return {}
    return dict(zip(("x1", "x2"), p.params, strict=False))


def _is_default(p: Primitive, name: str, v: Value) -> bool:
    """Whether a keyword without a rule is given the value that NumPy would take anyway."""
    if not isinstance(v, Lit):
        return False
    try:
        known = inspect.signature(p.of).parameters[name].default
    except (ValueError, TypeError, KeyError):
        known = {"out": None, "where": True, "dtype": None, "casting": "same_kind"}.get(
            name, _NOTHING
        )
    return v.value is known


def _folds(p: Primitive) -> bool:
    """Whether a call with literals is computed at once: numbers in, a number out."""
    return p.pure and p.signature is not None


def fold(of: Any, *args: Lit) -> Lit | None:
    """The result of an operation on literals, if it is plain data; None if it raises."""
    values = [a.value for a in args]
    plain = (bool, int, float, complex, str, bytes, tuple, np.generic, np.dtype, type, type(None))
    if not all(isinstance(v, plain) for v in values):
        return None
    try:
        with np.errstate(all="ignore"):
            result = of(*values)
    except (TypeError, ValueError, ArithmeticError):
        return None
    if not isinstance(result, plain) or (isinstance(result, str) and len(result) > 1000):
        return None
    if isinstance(result, int) and result.bit_length() > 256:
        return None
    return Lit(result)


def render(self: Any, v: Value, operands: list[Operand], first: int) -> str:
    """A value as Python text, with holes for what is known only at run time."""
    match v:
        case Sequence():
            items = [render(self, i, operands, first) for i in v.items]
            if v.cls is list:
                return f"[{', '.join(items)}]"
            inner = ", ".join(items) + ("," if len(items) == 1 else "")
            return f"({inner})" if v.cls is tuple else f"{_named(self, v.cls)}({inner})"
        case Mapping():
            pairs = [f"{k!r}: {render(self, i, operands, first)}" for k, i in v.items.items()]
            return "{{" + ", ".join(pairs) + "}}"
        case Span():
            parts = [v.start, v.stop, v.step]
            return f"slice({', '.join(render(self, p, operands, first) for p in parts)})"
        case Instance():
            pairs = [f"{k}={render(self, i, operands, first)}" for k, i in v.fields.items()]
            return f"{_named(self, v.cls)}({', '.join(pairs)})"
        case Var() | Lit():
            if isinstance(v, Lit) and not isinstance(
                v.value, bool | int | float | str | type(None)
            ):
                self.name_object(v.value)
            operands.append(v)
            return f"{{{first + len(operands) - 1}}}"
    raise self.refuse(f"a {self.kind_of(v)} given to a function without a rule", "pass numbers")


def _named(self: Walk, cls: type) -> str:
    self.name_object(cls)
    return next((n for n, value in self.bindings.items() if value is cls), cls.__name__)

"""Operators and indexing, by what they are applied to."""

from __future__ import annotations

import enum
import operator
import types
from typing import Any

import numpy as np

from s2sad.frontend.application import fold
from s2sad.frontend.containers import VIEWS
from s2sad.frontend.fixed import is_fixed
from s2sad.frontend.identity import generator_and_another, may_be_one
from s2sad.frontend.index_objects import is_joining, joined
from s2sad.frontend.infer import type_of
from s2sad.frontend.journal import Items
from s2sad.frontend.prims import template
from s2sad.frontend.raising import as_users, raises
from s2sad.frontend.signature import Demand
from s2sad.frontend.specials import COMPARE_DUNDERS
from s2sad.frontend.values import (
    Frozen,
    Growing,
    Instance,
    Lazy,
    Mapping,
    NeedsUnrolling,
    Range,
    Sequence,
    Value,
)
from s2sad.frontend.walk import Walk
from s2sad.frontend.zero import ZERO
from s2sad.ir.nodes import Lit, Operand, Span, Var
from s2sad.ir.types import OPAQUE, UNKNOWN, Array, Number, Opaque, Shape
from s2sad.rules.notation import RULES

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
DUNDERS = {name: f.__name__.strip("_") for name, f in OPERATORS.items()}
UNARY = {"USub": operator.neg, "UAdd": operator.pos, "Invert": operator.invert}
COMPARES = {
    "Eq": operator.eq, "NotEq": operator.ne, "Lt": operator.lt, "LtE": operator.le,
    "Gt": operator.gt, "GtE": operator.ge,
}  # fmt: skip


class Operations:
    """What operators and indexing mean for each kind of value."""

    def binary(self: Walk, op: Any, left: Value, right: Value, node: Any) -> Value:
        name = type(op).__name__
        if isinstance(left, Lit) and isinstance(right, Lit):
            folded = fold(OPERATORS[name], left, right)
            if folded is not None:
                return folded
        if self.is_overridden(DUNDERS[name], left, right):
            return self.user_operator(DUNDERS[name], left, right, node)
        if isinstance(left, Mapping) and isinstance(right, Mapping) and name == "BitOr":
            return Mapping({**left.items, **right.items}, self.region)
        left, right = self.tuple_of_shape(left), self.tuple_of_shape(right)
        if isinstance(left, Growing) or isinstance(right, Growing):
            made = self.growing_operator(name, left, right, node)
            if made is not None:
                return made
        if isinstance(left, Sequence) or isinstance(right, Sequence):
            made = self.sequence_operator(name, left, right, node)
            if made is not None:
                return made
        if _is_text(left) or _is_text(right):
            return self.text(f"{{}} {SYMBOLS[name]} {{}}", [left, right], numeric=True)
        return self.primitive(OPERATORS[name], [left, right], node)

    def text(
        self: Walk, form: str, values: list[Value], numeric: bool = False, pure: bool = False
    ) -> Value:
        """An operation of Python on data that is not numeric: `form` with the values in it.

        numeric: the result may be a number after all.
        """
        texts, operands = self.rendered(values)
        result = UNKNOWN if numeric else OPAQUE
        p = template(form.format(*texts), len(operands), result, pure=pure)
        p.callee = Lit(f"the operation {form.format('x', 'y')} on an object")
        return self.b.let(p, tuple(operands))

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
            return self.new_list([*left.items, *right.items], node, cls)
        if name == "Mult" and not both:
            s, n = (left, right) if isinstance(left, Sequence) else (right, left)
            t = type_of(n) if isinstance(n, Lit | Var) else None
            if isinstance(t, Number) and t.dtype.kind in "bi":
                repeated = self.repeated_list(s, n, node)
                if repeated is not None:
                    return repeated
                count = self.static(n, "the number of repetitions of a list", node)
                return self.new_list(s.items * count, node, s.cls)
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
        if isinstance(left, Growing) or isinstance(right, Growing):
            g = left if isinstance(left, Growing) else right
            raise self.not_growing(g, "it is compared", node)
        if name in ("Eq", "NotEq") and _is_symbol(left) and _is_symbol(right):
            return Lit((left.value == right.value) == (name == "Eq"))
        if self.is_compared(COMPARE_DUNDERS[name], left, right):
            return self.compare_instances(name, left, right, node)
        if isinstance(left, Sequence) and isinstance(right, Sequence):
            return self.compare_sequences(name, left, right, node)
        if isinstance(left, Mapping) and isinstance(right, Mapping) and name in ("Eq", "NotEq"):
            equal = self.compare_mappings(left, right, node)
            return equal if name == "Eq" else self.negated(equal)
        if name in ("Eq", "NotEq") and _different(left, right):
            return Lit(name == "NotEq")
        if name in ("Eq", "NotEq") and (_never_equal(left, right)):
            return Lit(name == "NotEq")
        if _is_text(left) or _is_text(right):
            symbol = {"Eq": "==", "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">="}
            return self.text(f"{{}} {symbol[name]} {{}}", [left, right])
        return self.primitive(COMPARES[name], [left, right], node)

    def identity(self: Walk, left: Value, right: Value, wanted: bool) -> Value:
        """`a is b`; a number or an array is never None, True or a function."""
        if isinstance(left, Lit) and isinstance(right, Lit):
            return Lit((left.value is right.value) == wanted)
        if generator_and_another(left, right) or generator_and_another(right, left):
            return Lit(not wanted)
        for v in (left, right):
            if isinstance(v, Var) and (
                isinstance(v.type, Opaque) or _is_unknown(v.type) or _is_python_bool(v.type)
            ):
                return self.text("{} is {}" if wanted else "{} is not {}", [left, right], pure=True)
        if left is not right and may_be_one(left, right):
            self.ask_for_choice(left, right)
            raise self.refuse(
                "asking whether two containers are one, of which a branch or loop chose one",
                "keep a number that says which one it is",
            )
        for v in (left, right):
            if isinstance(v, Var) and any(self.is_listed(o) for o in self.bases(v)):
                raise self.refuse("`is` of an item of a list of unknown length", "compare places")
        if all(isinstance(v, Var) and isinstance(v.type, Array) for v in (left, right)):
            same = self.same_array(left, right)
            return same if wanted else self.negated(same)
        return Lit((left is right) == wanted)

    def membership(self: Walk, left: Value, right: Value, wanted: bool, node: Any) -> Value:
        if isinstance(right, Mapping):
            return Lit((self.static(left, "a key of a dict", node) in right.items) == wanted)
        if isinstance(right, Growing):
            return self.found_at_run_time(left, right, wanted, node)
        if isinstance(right, Sequence):
            if isinstance(left, Var) and isinstance(left.type, Number):
                return self.found_at_run_time(left, right, wanted, node)
            found = self.found_in(left, right.items, node)
            return found if wanted else self.negated(found)
        if isinstance(right, Lazy) and right.kind in VIEWS:
            return self.membership(left, Sequence(tuple, self.elements(right, node)), wanted, node)
        if isinstance(right, Instance):
            found = self.instance_membership(left, right, node)
            return found if wanted else self.negated(found)
        if isinstance(right, Range) and right.known is not None:
            right = Lit(right.known)
        known = isinstance(right, Lit) and (is_fixed(right.value) or isinstance(right.value, set))
        if isinstance(left, Lit) and known:
            with as_users(TypeError):
                return Lit((left.value in right.value) == wanted)
        return self.text("{} in {}" if wanted else "{} not in {}", [left, right])

    # indexing

    def subscript(self: Walk, container: Value, index: Value, node: Any) -> Value:
        if container is ZERO:
            return ZERO
        match container:
            case Sequence():
                return self.sequence_item(container, index, node)
            case Range() if container.known is not None:
                return self.subscript(Lit(container.known), index, node)
            case Growing():
                return self.growing_subscript(container, index, node)
            case Mapping():
                key = self.static(index, "a key of a dict", node)
                if key not in container.items:
                    raise raises(KeyError(key))
                return container.items[key]
            case Instance():
                return self.call(self.attribute(container, "__getitem__", node), [index], {}, node)
            case Lit() if is_joining(container, index):
                return joined(self, container, index, node)
            case Lit() if not is_fixed(container.value):
                return self.text("{}[{}]", [container, index], numeric=True)
            case Lit() if not isinstance(container.value, np.ndarray):
                key = self.static(index, "an index", node)
                with as_users(LookupError, TypeError):
                    value = container.value[key]
                return self.known(value, None)
            case Var() if isinstance(container.type, Shape):
                known = self.tuple_of_shape(container)
                if known is not container:
                    return self.subscript(known, index, node)
            case Var() if isinstance(container.type, Opaque):
                return self.text("{}[{}]", [container, index], numeric=True)
        p = RULES[operator.getitem]
        place = self.argument(p, "index", index, node)
        source = self.operand(container)
        if self.b.writes and isinstance(source, Var) and isinstance(source.type, Array):
            source, place = self.base_of(source, place)
        return self.b.let(p, (source, place))

    def sequence_item(self: Walk, s: Sequence, index: Value, node: Any) -> Value:
        found = self.stacked_item(s, index, node)
        if found is not None:
            return found
        i = self.static(index, "an index into a container", node)
        if isinstance(i, slice):
            cls = list if s.cls is list else tuple
            return self.new_list(s.items[i], node, cls)
        with as_users(LookupError, TypeError):
            return s.items[i]

    def set_item(self: Walk, c: Any, index: Value, value: Value, node: Any) -> None:
        key = self.static(index, "an index into a container", node)
        if isinstance(c, Sequence) and c.cls is not list:
            raise TypeError(f"'{c.cls.__name__}' object does not support item assignment")
        if isinstance(c, Mapping) and key not in c.items:
            self.may_change(c, node, grows=True)
        if isinstance(key, slice):
            c.items[key] = self.elements(value, node)
        else:
            c.items[key] = value

    def may_change(self: Walk, c: Any, node: Any, grows: bool = False) -> None:
        """Notes that a container is about to change, which may be forbidden."""
        if c.region is self.foreign:
            raise self.refuse(
                f"a change of a {self.kind_of(c)} from outside the function",
                "pass it as an argument, or change a copy of it",
                node,
            )
        if isinstance(c.region, Frozen):
            self.learn_to_unroll(c.region.loops)
            self.ask_for_choice(c)
            kind = self.kind_of(c)
            what = f"a change of a {kind} that is one of several, as a branch or loop chose,"
            if c.region.in_loop and self.loop_depth:
                raise NeedsUnrolling(what, self.location(node))
            raise self.refuse(what, "change it before, or copy what was chosen", node)
        if c.region is self.region:
            if self.tries:  # its body is walked again from where it may fail
                self.touch(Items(c))
            return
        self.changes_arguments |= c.region is self.handed
        if grows and self.loop_depth:
            raise NeedsUnrolling(
                "a container that grows in a loop of unknown length",
                self.location(node),
                getattr(c, "made", None),
            )
        self.touch(Items(c))

    def demand(self: Walk, v: Var, what: str, node: Any = None) -> None:
        """Asks for a run-time number to be known: unroll the loop, or specialize the call."""
        roots = self.roots(v)
        if roots & self.indices:
            raise NeedsUnrolling(f"{what} that changes from trip to trip", self.location(node))
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


def _is_text(v: Value) -> bool:
    if isinstance(v, Lit):
        return isinstance(v.value, str | bytes)
    return isinstance(v, Var) and isinstance(v.type, Opaque)


def _is_python_bool(t: object) -> bool:
    return isinstance(t, Number) and t.weak and t.dtype.kind == "b"


def _is_unknown(t: object) -> bool:
    return isinstance(t, Array) and t.dims is None and t.dtype is None


def _different(a: Value, b: Value) -> bool:
    """Whether one value is a container, and the other one of another kind: never equal."""
    kinds = [
        type(v) if isinstance(v, Sequence | Mapping) else None
        for v in (a, b)
        if isinstance(v, Sequence | Mapping)
        or (isinstance(v, Lit) and not isinstance(v.value, np.ndarray))
        or (isinstance(v, Var) and isinstance(v.type, Number))
    ]
    return len(kinds) == 2 and kinds[0] is not kinds[1]


def _is_symbol(v: Value) -> bool:
    """Whether a value is known and compares by what it is: an enumeration, a class, a function."""
    kinds = (enum.Enum, type, types.FunctionType, types.BuiltinFunctionType, str, type(None))
    return isinstance(v, Lit) and isinstance(v.value, kinds)


def _never_equal(a: Value, b: Value) -> bool:
    """None or a string is never equal to a number, nor is a number of Python to a container."""
    for x, y in ((a, b), (b, a)):
        if isinstance(x, Lit) and (x.value is None or isinstance(x.value, str)):
            t = y.type if isinstance(y, Var) else None
            if isinstance(t, Number) or isinstance(y, Sequence | Mapping | Instance):
                return True
            if isinstance(y, Lit) and isinstance(y.value, int | float):
                return True
        if _is_python_number(x) and isinstance(y, Sequence | Mapping):
            return True
    return False


def _is_python_number(v: Value) -> bool:
    if isinstance(v, Lit):
        return type(v.value) in (bool, int, float, complex)
    return isinstance(v, Var) and isinstance(v.type, Number) and v.type.weak


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

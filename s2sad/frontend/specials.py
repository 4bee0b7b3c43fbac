"""Operators and comparisons that go through special methods, and comparisons of containers."""

from __future__ import annotations

import dataclasses
import operator
from typing import Any

import gast

from s2sad.frontend.instances import in_order
from s2sad.frontend.values import Instance, Mapping, Sequence, Value
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Operand

COMPARE_DUNDERS = {"Eq": "__eq__", "NotEq": "__ne__", "Lt": "__lt__", "LtE": "__le__",
                   "Gt": "__gt__", "GtE": "__ge__"}  # fmt: skip
SWAPPED = {"__lt__": "__gt__", "__gt__": "__lt__", "__le__": "__ge__", "__ge__": "__le__"}
_ORDER = {"Lt": operator.lt, "LtE": operator.le, "Gt": operator.gt, "GtE": operator.ge}


def user_class(v: Value) -> type | None:
    """The class of an object, or of a namedtuple, which may define special methods."""
    if isinstance(v, Instance) or (isinstance(v, Sequence) and v.cls not in (list, tuple)):
        cls: type = v.cls
        return cls
    return None


def defines(v: Value, method: str) -> bool:
    """Whether the user's class of a value has a special method that Python's own have not."""
    cls = user_class(v)
    if cls is None:
        return False
    found, base = in_order(cls, method)
    return base not in (None, object, tuple) and found is not None


class Specials:
    """What the user's classes make of operators."""

    def user_operator(self: Walk, name: str, left: Value, right: Value, node: Any) -> Value:
        """An operator that the user's class defines."""
        tries = [(left, right, f"__{name}__"), (right, left, f"__r{name}__")]
        a, b = user_class(left), user_class(right)
        if a is b and a is not None:
            tries.pop()
        elif b is not None and issubclass(b, a or object) and a is not None:
            method = f"__r{name}__"
            if in_order(b, method)[0] is not in_order(a, method)[0]:
                tries.reverse()
        for owner, other, method in tries:
            if defines(owner, method):
                result = self.call(self.attribute(owner, method, node), [other], {}, node)
                if not (isinstance(result, Lit) and result.value is NotImplemented):
                    return result
        kinds = f"{self.kind_of(left)} and {self.kind_of(right)}"
        raise TypeError(f"unsupported operand types: {kinds}")

    def is_overridden(self: Walk, name: str, left: Value, right: Value) -> bool:
        """Whether an operator belongs to the class of an operand."""
        if isinstance(left, Instance) or isinstance(right, Instance):
            return True
        return defines(left, f"__{name}__") or defines(right, f"__r{name}__")

    def is_compared(self: Walk, method: str, left: Value, right: Value) -> bool:
        """Whether a comparison belongs to the class of an operand."""
        if isinstance(left, Instance) or isinstance(right, Instance):
            return True
        return defines(left, method) or defines(right, SWAPPED.get(method, method))

    def compare_instances(self: Walk, name: str, left: Value, right: Value, node: Any) -> Value:
        method = COMPARE_DUNDERS[name]
        tries = [(left, right, method), (right, left, SWAPPED.get(method, method))]
        a, b = user_class(left), user_class(right)
        if a is not None and b is not None and a is not b and issubclass(b, a):
            tries.reverse()
        for owner, other, m in tries:
            result = self.compare_by(m, owner, other, name, node)
            if result is not None:
                return result
        if method in ("__eq__", "__ne__"):
            return self.identity(left, right, method == "__eq__")
        raise TypeError(
            f"{method} is not defined for {self.kind_of(left)} and {self.kind_of(right)}"
        )

    def compare_by(
        self: Walk, method: str, owner: Value, other: Value, name: str, node: Any
    ) -> Value | None:
        """What a comparison method says; None where there is none, or it does not know."""
        if not defines(owner, method):
            if method == "__ne__" and defines(owner, "__eq__"):
                equal = self.compare_by("__eq__", owner, other, "Eq", node)
                return None if equal is None else self.negated(equal)
            return None
        found, _ = in_order(owner.cls, method)
        code = getattr(found, "__code__", None)
        if code is not None and code.co_filename == "<string>":
            return self.compare_fields(method, owner, other, node)
        result = self.call(self.attribute(owner, method, node), [other], {}, node)
        return None if isinstance(result, Lit) and result.value is NotImplemented else result

    def negated(self: Walk, v: Value) -> Value:
        truth = self.truth(v)
        if isinstance(truth, bool):
            return Lit(not truth)
        return self.branch_expression(truth, lambda: Lit(False), lambda: Lit(True))

    def compare_fields(
        self: Walk, method: str, owner: Any, other: Value, node: Any
    ) -> Value | None:
        """The comparison that a dataclass generates: field by field, as of tuples."""
        if user_class(other) is not owner.cls:
            return None
        cls: Any = owner.cls
        fields = [f.name for f in dataclasses.fields(cls) if f.compare]
        pair = [
            Sequence(tuple, [self.attribute(v, n, node) for n in fields]) for v in (owner, other)
        ]
        name = next(k for k, m in COMPARE_DUNDERS.items() if m == method)
        return self.compare_sequences(name, *pair, node)

    # containers

    def compare_sequences(
        self: Walk, name: str, left: Sequence, right: Sequence, node: Any
    ) -> Value:
        """Tuples and lists, element by element."""
        alike = (left.cls is list) == (right.cls is list)
        if name in ("Eq", "NotEq"):
            equal = self.all_equal(left, right, node) if alike else Lit(False)
            return equal if name == "Eq" else self.negated(equal)
        if not alike:
            raise TypeError("'<' not supported between instances of 'list' and 'tuple'")
        return self.compare_from(0, name, left, right, node)

    def all_equal(self: Walk, left: Sequence, right: Sequence, node: Any) -> Value:
        if len(left.items) != len(right.items):
            return Lit(False)
        return self.equal_from(0, left.items, right.items, node)

    def equal_from(self: Walk, i: int, a: list[Value], b: list[Value], node: Any) -> Value:
        if i == len(a):
            return Lit(True)
        first = self.equal(a[i], b[i], node)
        return self.either(first, lambda: self.equal_from(i + 1, a, b, node), True)

    def equal(self: Walk, a: Value, b: Value, node: Any) -> Value:
        """Whether two items of containers are the same or equal: a truth."""
        if a is b and not isinstance(a, Lit):
            return Lit(True)
        found = self.compare(gast.Eq(), a, b, node)
        truth = self.truth(found)
        return Lit(truth) if isinstance(truth, bool) else found

    def compare_from(
        self: Walk, i: int, name: str, left: Sequence, right: Sequence, node: Any
    ) -> Value:
        """left < right and the like, by the first items that are not equal."""
        if i == min(len(left.items), len(right.items)):
            return Lit(_ORDER[name](len(left.items), len(right.items)))
        a, b = left.items[i], right.items[i]

        def rest() -> Value:
            return self.compare_from(i + 1, name, left, right, node)

        def here() -> Value:
            return self.compare(getattr(gast, name)(), a, b, node)

        truth = self.truth(self.equal(a, b, node))
        if isinstance(truth, bool):
            return rest() if truth else here()
        return self.branch_expression(truth, rest, here)

    def compare_mappings(self: Walk, left: Mapping, right: Mapping, node: Any) -> Value:
        if left.items.keys() != right.items.keys():
            return Lit(False)
        other = [right.items[k] for k in left.items]
        return self.equal_from(0, list(left.items.values()), other, node)

    def found_in(self: Walk, v: Value, items: list[Value], node: Any) -> Value:
        """Whether one of the items is the value or equals it."""
        if not items:
            return Lit(False)
        first = self.equal(v, items[0], node)
        return self.either(first, lambda: self.found_in(v, items[1:], node), False)

    def instance_membership(self: Walk, left: Value, right: Instance, node: Any) -> Value:
        if defines(right, "__contains__"):
            method = self.attribute(right, "__contains__", node)
            truth = self.truth(self.call(method, [left], {}, node))
            if isinstance(truth, bool):
                return Lit(truth)
            return self.branch_expression(truth, lambda: Lit(True), lambda: Lit(False))
        return self.found_in(left, self.elements(right, node), node)

    def instance_truth(self: Walk, v: Instance) -> bool | Operand:
        for name in ("__bool__", "__len__"):
            if defines(v, name):
                return self.truth(self.call(self.attribute(v, name, None), [], {}, None))
        return True

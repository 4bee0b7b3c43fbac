"""Arrays that are items of lists of unknown length, and operators of such lists."""

from __future__ import annotations

import operator
from typing import Any

import gast
import numpy as np

from s2sad.frontend.infer import type_of
from s2sad.frontend.item_types import Misfit, spec_of
from s2sad.frontend.memory import serial_of
from s2sad.frontend.prims import NOT
from s2sad.frontend.values import Growing, NeedsUnrolling, Sequence, Value, atoms
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Operand, Var
from s2sad.ir.types import Number
from s2sad.rules.notation import RULES

ZERO = Lit(0)


class ListItems:
    """Which arrays are items, and what operators make of lists."""

    def growing_operator(
        self: Walk, name: str, left: Value, right: Value, node: Any
    ) -> Value | None:
        if name == "Add" and all(isinstance(v, Growing | Sequence) for v in (left, right)):
            if (left.cls is list) != (right.cls is list):
                raise TypeError("can only concatenate lists with lists, tuples with tuples")
            made = self.list_of(left, node) if isinstance(left, Growing) else None
            if made is None or made.spec is None:
                first = left.items if isinstance(left, Sequence) else []
                self.learned.growing.setdefault(node, None)
                made = self.new_list(first, node)
            if isinstance(made, Sequence):
                raise self.refuse("+ of these lists", "append the items one by one", node)
            self.extend_growing(made, right, node)
            return Growing(left.cls, made.spec, made.state, made.made)
        if (name == "Mult" and not isinstance(left, Growing)) or not isinstance(right, Growing):
            g, n = (left, right) if isinstance(left, Growing) else (right, left)
            t = type_of(n) if isinstance(n, Var | Lit) else None
            if isinstance(t, Number) and t.dtype.kind in "bi" and name == "Mult":
                return self.repeated_growing(g, n, node)
        return None

    def repeated_growing(self: Walk, g: Growing, n: Operand, node: Any) -> Value:
        """g * n"""
        if g.spec is None:
            return self.new_list([], node, g.cls)
        count = g.state.items[0]
        total = self.call(Lit(max), [self.binary(gast.Mult(), count, n, node), ZERO], {}, node)
        at = self.binary(gast.Mod(), self.call(Lit(np.arange), [total], {}, node), count, node)
        arrays = [self.b.let(RULES[operator.getitem], (a, at)) for a in self.filled(g)]
        return self.listed_from(arrays, g.spec, total, g.cls, node)

    def repeated_list(self: Walk, s: Sequence, n: Operand, node: Any) -> Value | None:
        """[x] * n for a number n that is not known."""
        number = len(s.items) == 1 and isinstance(s.items[0], Var | Lit) and isinstance(n, Var)
        if not number or s.cls is not list or node in self.learned.kept:
            return None
        try:
            spec = spec_of(s.items[0], self.b.canonical, self.is_told)
        except Misfit:
            return None
        (leaf,) = spec.leaves
        if leaf is None or leaf.dims is not None:
            return None
        total = self.call(Lit(max), [n, ZERO], {}, node)
        self.learned.growing.setdefault(node, None)
        rows = self.call(Lit(np.full), [total, s.items[0]], {"dtype": Lit(leaf.dtype)}, node)
        return self.listed_from([self.own(rows)], spec, total, list, node)

    def found_at_run_time(self: Walk, x: Value, v: Value, wanted: bool, node: Any) -> Value:
        """x in v, for a number in a list of numbers."""
        if isinstance(v, Growing):
            if v.spec is None:
                return Lit(not wanted)
            if not isinstance(v.spec.like, Lit) or v.spec.kept()[0].dims is not None:
                raise self.not_growing(v, "it is searched", node)
            same = self.compare(gast.Eq(), self.as_array(v, node), x, node)
            found = self.call(Lit(np.any), [same], {}, node)
        else:
            equal = [self.compare(gast.Eq(), item, x, node) for item in v.items]
            found = self.call(Lit(any), [Sequence(tuple, equal)], {}, node)
        if isinstance(found, Lit):
            return Lit(bool(found.value) == wanted)
        return found if wanted else self.b.let(NOT, (found,))

    def stacked_item(self: Walk, s: Sequence, index: Value, node: Any) -> Value | None:
        """An item of a list of known length at a place that is not known: of an array of all."""
        number = isinstance(index, Var) and isinstance(index.type, Number)
        if not number or node is None or node in self.learned.kept or not s.items:
            return None
        if node not in self.learned.growing:
            roots = self.roots(index)
            if roots & self.indices:
                what = "an index into a container that changes from trip to trip"
                raise NeedsUnrolling(what, self.location(node), node)
            if roots and all(r in self.parameters and self._is_integer(r) for r in roots):
                return None
            self.learned.growing[node] = None
        g = self.new_list(s.items, node)
        return self.growing_subscript(g, index, node)

    def note_listed(self: Walk, items: list[Value]) -> None:
        """The arrays in these values are items: they are written no more."""
        for v in items:
            self.freeze(v)
            for a in atoms(v):
                found = [x for o in self.bases(a) for x in self.family(o)]
                self.memory.listed.update(dict.fromkeys(sorted(found, key=serial_of)))

    def is_listed(self: Walk, v: Var) -> bool:
        """Whether an array may be an item of a list of unknown length."""
        return any(x in self.memory.listed for x in self.family(v))

    def check_unlisted(self: Walk, v: Var, node: Any) -> None:
        """Refuses a write to an array that is an item."""
        if self.memory.listed and self.is_listed(v):
            raise self.refuse(
                "a write to an array that is in a list of unknown length",
                "append a copy of it (.copy()), or assign a new array to the item",
                node,
            )

    def stays_listed(self: Walk, result: Var, x: Operand) -> bool:
        """Marks what a loop makes of an array that is an item; whether that is news."""
        if not self.memory.listed or result in self.memory.listed:
            return False
        if isinstance(x, Var) and any(self.is_listed(o) for o in self.bases(x)):
            self.memory.listed[result] = None
            return True
        return False

"""Whether the elements of an array stand in a row, as reshape and ravel ask for."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

import numpy as np

from s2sad.frontend.infer import is_elementwise
from s2sad.frontend.sizes import never_one
from s2sad.frontend.views import VIEW, sharing
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Let, Lit, Span, Var
from s2sad.ir.types import Array
from s2sad.runtime import store

_ROWS = frozenset(
    {np.zeros, np.ones, np.empty, np.full, np.eye, np.identity, np.arange, np.linspace, np.matmul,
     np.dot, np.outer, operator.matmul}
)  # fmt: skip
_ALIKE = frozenset(
    {np.array, np.copy, np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.where,
     np.cumsum, np.concatenate, np.stack, store, np.sum, np.mean, np.max, np.min, np.prod}
)  # fmt: skip
_ROW_KEEPING = (np.reshape, np.ravel, np.expand_dims, np.squeeze, np.atleast_1d, np.atleast_2d,
                np.asarray, np.asanyarray, np.ascontiguousarray)  # fmt: skip


class Rows:
    """Arrays that are contiguous in C order."""

    def in_rows(self: Walk, v: Any) -> bool | None:
        """Whether an array is contiguous in C order, provided that the arguments are.

        The arguments on which that rests are noted; the generated code looks at them.  Surely not
        contiguous is the transpose of a matrix; of other arrays it is not known (None).
        """
        found = self.rows_of(v, 0)
        if found is None:
            d = self.b.defined.get(self.object_of(v))
            turned = d is not None and d.primitive.rule.of in (np.transpose, np.matrix_transpose)
            dims = getattr(v.type, "dims", None) or ()
            wide = len(dims) == 2 and all(never_one(n) for n in dims)
            found = self.rows_of(d.args[0], 0) if d is not None and turned and wide else None
            if found is None:
                return None
            self.memory.needed.update(dict.fromkeys(found))
            return False
        self.memory.needed.update(dict.fromkeys(found))
        return True

    def rows_of(self: Walk, v: Any, depth: int) -> list[Var] | None:
        """The arguments that must be contiguous for `v` to be so; None if it may not be."""
        if not isinstance(v, Var) or not isinstance(v.type, Array) or depth > 50:
            return []
        o = self.object_of(v)
        if o in self.memory.choices:
            return _together(self, self.memory.choices[o].options, depth)
        d = self.b.defined.get(o)
        if d is None:
            return self.rows_of_given(o, depth)
        if sharing(d, lambda x: True) == VIEW:
            return self.rows_of(d.args[0], depth + 1) if _keeps_rows(d) else None
        if v.type.dims is not None and len(v.type.dims) <= 1:
            return []
        order = _order(d)
        if order not in ("C", "K"):
            return None
        if d.primitive.of is np.linspace and not _begins(d):
            return None
        if d.primitive.of in _ROWS or (order == "C" and "order" in d.primitive.params):
            return []
        if is_elementwise(d.primitive) or d.primitive.rule.of in _ALIKE:
            return _together(self, _flat(d.args), depth)
        return None

    def rows_of_given(self: Walk, o: Var, depth: int) -> list[Var] | None:
        if o in self.parameters:
            return [o]
        actual = self.memory.stands.get(o)
        if actual is not None:
            return self.rows_of(actual, depth + 1)
        return None


def _begins(d: Let) -> bool:
    """Whether the axis along which a range goes is the first one of the result."""
    axis = dict(zip(d.primitive.params, d.args, strict=False))["axis"]
    return isinstance(axis, Lit) and axis.value == 0


def _order(d: Let) -> Any:
    """The order in memory that a statement asks for; K where it does not ask."""
    given = dict(zip(d.primitive.params, d.args, strict=False)).get("order", Lit("K"))
    order = given.value if isinstance(given, Lit) else "?"
    return "K" if order is None else order


def _together(walk: Walk, arrays: Iterable[Any], depth: int) -> list[Var] | None:
    """The arguments that must be contiguous for all of these arrays to be so."""
    parts = [walk.rows_of(a, depth + 1) for a in arrays]
    return None if None in parts else [x for p in parts if p for x in p]


def _keeps_rows(d: Let) -> bool:
    """Whether a view of a contiguous array is contiguous."""
    if d.primitive.rule.of is operator.getitem:
        first, *more = d.args[1] if isinstance(d.args[1], tuple) else (d.args[1],)
        if more and any(isinstance(i, Lit) and i.value is Ellipsis for i in (first, *more)):
            return False
        step = first.step if isinstance(first, Span) else Lit(None)
        plain = isinstance(step, Lit) and step.value in (None, 1)
        leading = not isinstance(first, Span) or not more
        return plain and leading and not any(isinstance(i, Span) for i in more)
    return d.primitive.rule.of in _ROW_KEEPING


def _flat(args: Any) -> list[Any]:
    return [x for a in args for x in (_flat(a) if isinstance(a, tuple) else [a])]

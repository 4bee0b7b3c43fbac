"""Objects that are known while compiling: which of them can change while the function runs.

What cannot change is computed with at once.  What is asked of another object, a deque or a set that
is written, is asked when the function runs.
"""

from __future__ import annotations

import types
from typing import Any

import numpy as np

from s2sad.frontend.memory import Restart
from s2sad.frontend.prims import is_allocation, memory
from s2sad.frontend.values import Value
from s2sad.frontend.walk import Walk
from s2sad.frontend.zero import ZERO
from s2sad.ir.nodes import Lit, Operand, Var
from s2sad.ir.types import OPAQUE, Opaque

FIXED = (
    bool, int, float, complex, str, bytes, range, slice, tuple, frozenset, type, type(None),
    type(...), np.ndarray, np.generic, np.dtype, np.ufunc, types.ModuleType, types.FunctionType,
    types.BuiltinFunctionType, type(np.s_), type(np.r_), type(np.c_), type(np.mgrid),
    type(np.ogrid),
)  # fmt: skip
"""Classes of objects that stay as they are, and of arrays, which are captured as they are."""

CHANGING = frozenset(
    {"add", "clear", "difference_update", "discard", "intersection_update", "pop", "remove",
     "symmetric_difference_update", "update"}
)  # fmt: skip
"""The methods that change a set."""


def is_fixed(value: object) -> bool:
    """Whether an object holds the same as long as the function runs, as functions do."""
    return isinstance(value, FIXED) or (callable(value) and hasattr(value, "__qualname__"))


def has_changing_truth(value: object) -> bool:
    """Whether it may depend on what happens in the function if an object counts as true."""
    if is_fixed(value) or isinstance(value, set):
        return False
    return hasattr(type(value), "__len__") or hasattr(type(value), "__bool__")


class Sets:
    """Sets: known while compiling, unless they are changed."""

    def set_of(self: Walk, elements: list[Any], node: Any) -> Operand:
        """A set of known elements; an object of the program if it turned out to be changed."""
        source = self.frame.source
        where = (source and source.filename, node.lineno, node.col_offset)
        if where not in self.learned.changed_sets:
            values = set(elements)
            self.sets[id(values)] = where, values
            return Lit(values)
        holes = ", ".join(f"{{{i}}}" for i in range(len(elements)))
        p = memory(f"{{{{{holes}}}}}", len(elements))
        p.result = OPAQUE
        return self.b.let(p, tuple(Lit(v) for v in elements))

    def is_object(self: Walk, v: Value) -> bool:
        """Whether a value is a Python object, of which is asked when the function runs."""
        if isinstance(v, Lit):
            known = v is ZERO or is_fixed(v.value) or isinstance(v.value, set)
            return not known
        if not isinstance(v, Var) or not isinstance(v.type, Opaque):
            return False
        made = self.b.defined.get(v)
        return made is None or not made.primitive.pure or is_allocation(made.primitive)

    def set_changes(self: Walk, value: object) -> None:
        """A known set is changed, or handed to something that may change it: walk again."""
        if id(value) in self.sets:
            self.learned.changed_sets.add(self.sets[id(value)][0])
            raise Restart

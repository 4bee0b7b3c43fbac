"""Zero cotangents against infinite partial derivatives: zero times infinity is zero here.

    y = np.where(x > 0, np.log(x), 0)       beta_1 = np.where(x > 0, beta_y, 0)
                                            beta_x = zeroed(beta_1 / x, beta_1)

Where a cotangent comes from a choice among elements, some of it is zero whatever the values, and
what was computed there need not be finite.  Such cotangents are marked.  What elementwise
operations make of one is set to zero where it is, once, before it is summed, added or moved.
"""

from __future__ import annotations

import operator

import numpy as np

from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Let, Lit, Operand, Var
from s2sad.ir.types import Array, Number
from s2sad.runtime import scatter, store, zeroed
from s2sad.transform.engine import Engine

POLES, ALL = 1, 2
"""Marks: of elements that nobody reads, guarded at poles; of elements that were left out."""

LEAVING_OUT = (np.where, np.nan_to_num, zeroed)
CHOOSING = (
    np.maximum, np.minimum, np.fmax, np.fmin, np.clip, np.max, np.min, np.take, store, scatter,
    np.take_along_axis, np.diagonal, np.triu, np.tril, np.diag, np.trace,
)  # fmt: skip


class Masking(Engine):
    """Marks of cotangents, and guards that wait for the end of a chain of elementwise operations.

    marks: by variable, how its cotangent came to have zeros; waiting: the marked cotangent by which
    that of a variable is guarded.
    """

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        self.cot: dict[Var, Operand] = {}
        self.marks: dict[Var, int] = {}
        self.waiting: dict[Var, Operand] = {}

    def mark_of(self, s: Let, a: Operand) -> int:
        """The mark of what an operation makes of the cotangent of its result, for its operand `a`.

        A store leaves out elements of the array that it writes to, and none of the value.
        """
        given = self.marks.get(s.target, 0)
        stored = s.primitive.rule.of is store and a is not s.args[0]
        return given if stored else max(given, selects(s))

    def guard_of(self, s: Let, g: Operand) -> Operand | None:
        """By which cotangent the products of an elementwise operation with `g` are guarded."""
        if s.target in self.waiting:
            return self.waiting[s.target]
        return g if self.marks.get(s.target, 0) >= needed(s) else None

    def guarded(self, x: Var, g: Operand) -> Operand:
        """The cotangent of `x`, whose guard waits no longer."""
        guard = self.waiting.pop(x, None)
        if guard is None or not isinstance(g, Var):
            return g
        made = self.apply(zeroed, g, guard)
        if isinstance(made, Var):
            made.hint = made.hint or g.hint
        return made

    def guard_all(self) -> None:
        """Where control flow is met, no guard waits."""
        for x in list(self.waiting):
            if x in self.cot:
                self.cot[x] = self.guarded(x, self.cot[x])


def needed(s: Let) -> int:
    """From which mark on the products of an elementwise operation need a guard."""
    if has_poles(s):
        return POLES
    partials = s.primitive.partials
    constant = partials is not None and set(partials.params) <= {"d"}
    return ALL + 1 if constant else ALL


def has_poles(s: Let) -> bool:
    """Whether a partial derivative may be infinite here and there: not that of x / 2 or x ** 2.

    A number that divides is zero for all elements or for none, those that are read among them.
    """
    if not s.primitive.rule.poles:
        return False
    last = s.args[-1]
    if s.primitive.rule.of is np.divide and isinstance(last, Var):
        return not isinstance(last.type, Number)
    by = last.value if isinstance(last, Lit) else None
    if not isinstance(by, int | float | np.number):
        return True
    return bool(by < 1 if s.primitive.rule.of in (np.power, np.float_power) else by == 0)


def selects(s: Let) -> int:
    """The mark of the cotangents of an operation that does not read all of its operands."""
    of = s.primitive.rule.of
    if of is operator.getitem:
        index = s.args[1] if isinstance(s.args[1], tuple) else (s.args[1],)
        return ALL if any(map(_is_mask, index)) else POLES
    if of in LEAVING_OUT or _leaves_out(s):
        return ALL
    return POLES if of in CHOOSING else 0


def _leaves_out(s: Let) -> bool:
    """Whether a reduction leaves out elements: `where` is given."""
    where = dict(zip(s.primitive.params, s.args, strict=False)).get("where", Lit(True))
    return not (isinstance(where, Lit) and where.value is True)


def _is_mask(x: Operand) -> bool:
    return isinstance(x, Var) and isinstance(x.type, Array) and x.type.dtype == np.bool_

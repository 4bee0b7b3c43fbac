"""Expressions of which one side is not evaluated: `a if test else b`, `a and b`, `a or b`."""

from __future__ import annotations

import operator
from typing import Any

from s2sad.ir.nodes import Let, Operand
from s2sad.rules.notation import Primitive


def choose(test: Any, a: Any, b: Any) -> Any:
    """One of two values."""
    return a if test else b


def both(a: Any, b: Any) -> Any:
    """The first value that is false, or the last."""
    return a and b


def either(a: Any, b: Any) -> Any:
    """The first value that is true, or the last."""
    return a or b


CHOOSE = Primitive(choose, "choose", kind="data", params=("test", "a", "b"))
BOTH = Primitive(both, "and", kind="data", params=("a", "b"))
EITHER = Primitive(either, "or", kind="data", params=("a", "b"))
NOT = Primitive(operator.not_, "operator.not_", kind="data", params=("x",))


def is_choice(let: Let) -> bool:
    """Whether only the first operand is always evaluated."""
    return let.primitive in (CHOOSE, BOTH, EITHER)


def outcomes(let: Let) -> tuple[Operand, ...]:
    """The operands of a choice that may be its value."""
    return let.args[-2:]


def is_not(let: Let) -> bool:
    """Whether a statement is `not x`."""
    of = let.primitive.of
    return of is operator.not_ or getattr(of, "__s2sad_template__", None) == "not {0}"

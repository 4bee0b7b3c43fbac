"""What the body of a `try` may have bound, or written, by the time it fails."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Any

import gast

from s2sad.frontend.binding import assigned
from s2sad.frontend.memory import serial_of
from s2sad.frontend.names import Made
from s2sad.frontend.raising import Classes, may_raise
from s2sad.ir.nodes import Call, If, Statement
from s2sad.ir.walk import every, targets

__all__ = ["bound_before_failing", "last_failing"]


def last_failing(body: Iterable[Statement], classes: Classes) -> float:
    """The number of the last name that an operation binds which may raise; 0 if none may.

    What is changed while fewer names are made is changed before.  A loop may raise on a later trip
    than the one that changed something, and a function of its own may have written before.
    """
    found: float = 0
    for s in body:
        if may_raise([s], classes):
            match s:
                case If():
                    inner = [last_failing(way.body, classes) for way in (s.then, s.orelse)]
                    found = max(found, *inner)
                case Call():
                    return inf
                case _:
                    made = [serial_of(v) for x in every([s]) for v in targets(x)]
                    found = max(found, *made)
    return found


def bound_before_failing(rest: list[Any], last: int) -> list[str]:
    """The names that the statements up to the last that may fail have perhaps bound before."""
    found = [*assigned(rest[:last]), *_bound_by(rest[last])]
    # The flags of early exits are set by what cannot fail.
    return [n for n in found if not isinstance(n, Made)]


def _bound_by(s: Any) -> list[str]:
    """The names that a statement may have bound when it fails."""
    match s:
        case gast.Assign(targets=[gast.Name() | gast.Subscript() | gast.Attribute() as target]):
            return assigned([s.value, *gast.iter_child_nodes(target)])
        case gast.Assign() if all(isinstance(t, gast.Name) for t in s.targets):
            return assigned([s.value])
        case gast.AugAssign():
            return assigned([s.value, *gast.iter_child_nodes(s.target)])
        case gast.Expr() | gast.Return() | gast.Raise() | gast.Assert():
            return assigned([s])
        case gast.If() | gast.With():
            heads = [s.test] if isinstance(s, gast.If) else s.items
            found = assigned(heads)
            for block in (s.body, getattr(s, "orelse", [])):
                failing = [i for i, x in enumerate(block) if not _is_plain(x)]
                if failing:
                    found += assigned(block[: failing[-1]])
                    found += _bound_by(block[failing[-1]])
            return found
    return assigned([s])


def _is_plain(s: Any) -> bool:
    """Whether a statement cannot fail: it gives a name to a constant, or does nothing."""
    plain = isinstance(s, gast.Assign) and isinstance(s.value, gast.Constant)
    return isinstance(s, gast.Pass) or (plain and isinstance(s.targets[0], gast.Name))

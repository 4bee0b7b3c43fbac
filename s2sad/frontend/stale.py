"""What the body of a `try` may have bound, or written, by the time it fails."""

from __future__ import annotations

from typing import Any

import gast

from s2sad.frontend.binding import assigned
from s2sad.frontend.names import Made
from s2sad.frontend.raising import Classes, may_raise
from s2sad.ir.nodes import Let, Statement
from s2sad.ir.types import Array, Number, Type
from s2sad.ir.walk import every
from s2sad.runtime import index_add, scatter, store

__all__ = ["bound_before_failing", "writes_before_failing"]


def writes_before_failing(made: list[Statement], classes: Classes) -> bool:
    """Whether statements write to an array before the last of them that may raise."""
    flat = list(every(made))
    failing = [i for i, x in enumerate(flat) if may_raise([x], classes)]
    writing = [
        i for i, x in enumerate(flat)
        if isinstance(x, Let) and x.primitive.of in (store, scatter, index_add)
    ]  # fmt: skip
    return bool(failing and writing) and writing[0] < failing[-1]


def bound_before_failing(rest: list[Any], last: int, kinds: dict[str, Type]) -> list[str]:
    """The names that the statements up to the last that may fail have perhaps bound before."""
    found = [*_bound(rest[:last]), *_bound_by(rest[last], kinds)]
    # The flags of early exits are set by what cannot fail.
    return [n for n in found if not isinstance(n, Made)]


def _bound(body: list[Any]) -> list[str]:
    """The names that statements bind, or whose objects they change."""
    stored = [
        _base(n)
        for s in body
        for n in gast.walk(s)
        if isinstance(n, gast.Subscript | gast.Attribute) and isinstance(n.ctx, gast.Store)
    ]
    return [*assigned(body), *stored]


def _bound_by(s: Any, kinds: dict[str, Type]) -> list[str]:
    """The names that a statement may have bound, or whose objects it has changed, when it fails."""
    match s:
        case gast.Assign() if all(isinstance(t, gast.Name) for t in s.targets):
            return assigned([s.value])
        case gast.AugAssign(target=gast.Name()) if isinstance(kinds.get(s.target.id), Number):
            return assigned([s.value])
        case (
            gast.Assign(targets=[gast.Subscript(value=gast.Name()) as target])
            | gast.AugAssign(target=gast.Subscript(value=gast.Name()) as target)
        ) if isinstance(kinds.get(target.value.id), Array):
            return assigned([s.value, target.slice])
        case gast.Expr() | gast.Return() | gast.Raise() | gast.Assert():
            return assigned([s])
        case gast.If() | gast.With():
            heads = [s.test] if isinstance(s, gast.If) else s.items
            found = assigned(heads)
            for block in (s.body, getattr(s, "orelse", [])):
                failing = [i for i, x in enumerate(block) if not _is_plain(x)]
                if failing:
                    found += _bound(block[: failing[-1]])
                    found += _bound_by(block[failing[-1]], kinds)
            return found
    return _bound([s])


def _is_plain(s: Any) -> bool:
    """Whether a statement cannot fail: it gives a name to a constant, or does nothing."""
    plain = isinstance(s, gast.Assign) and isinstance(s.value, gast.Constant)
    return isinstance(s, gast.Pass) or (plain and isinstance(s.targets[0], gast.Name))


def _base(target: Any) -> str:
    while isinstance(target, gast.Subscript | gast.Attribute):
        target = target.value
    return target.id if isinstance(target, gast.Name) else Made("")

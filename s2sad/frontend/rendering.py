"""Values as the text of Python expressions, with holes for what is known at run time."""

from __future__ import annotations

from typing import Any

from s2sad.frontend.instances import is_plain
from s2sad.frontend.values import (
    Instance,
    Mapping,
    Sequence,
    Value,
)
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Operand, Span, Var


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
        case Instance() if is_plain(v.cls, list(v.fields)):
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

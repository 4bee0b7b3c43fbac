"""Private names: in a class, `__name` is `_Class__name`."""

from __future__ import annotations

from types import CodeType
from typing import Any

import gast

from s2sad.frontend.syntax import replaced

LOCALS = "<locals>"


def class_around(code: CodeType) -> str | None:
    """The name of the innermost class in whose text a function stands."""
    parts = code.co_qualname.split(".")
    while len(parts) > 1:
        parts.pop()
        if parts[-1] != LOCALS:
            return parts[-1]
        parts.pop()
    return None


def mangled(name: str, owner: str) -> str:
    """A name as the class `owner` knows it."""
    if not name.startswith("__") or name.endswith("__") or "." in name:
        return name
    stem = owner.lstrip("_")
    return f"_{stem}{name}" if stem else name


def with_private_names(tree: Any, code: CodeType) -> Any:
    """The tree of a function with its private names as Python compiles them."""
    owner = class_around(code)
    if owner is None or not any(_is_private(n) for n in gast.walk(tree)):
        return tree
    return _renamed(tree, owner)


def _is_private(node: Any) -> bool:
    names = [getattr(node, f, None) for f in _FIELDS]
    return any(isinstance(n, str) and n.startswith("__") and not n.endswith("__") for n in names)


_FIELDS = ("id", "attr", "arg", "name")


def _renamed(node: Any, owner: str) -> Any:
    if isinstance(node, list):
        return [_renamed(n, owner) for n in node]
    if isinstance(node, gast.Global | gast.Nonlocal):
        return replaced(node, names=[mangled(n, owner) for n in node.names])
    if not isinstance(node, gast.AST):
        return node
    if isinstance(node, gast.ClassDef):
        return node  # it has private names of its own
    changes: dict[str, Any] = {}
    for f in node._fields:
        value = getattr(node, f, None)
        if f in _FIELDS and isinstance(value, str):
            changes[f] = mangled(value, owner)
        else:
            changes[f] = _renamed(value, owner)
    return replaced(node, **changes)

"""Names that no name of the user's function can clash with."""

from __future__ import annotations

import builtins
from typing import Any

import gast

from s2sad.frontend.source import Source
from s2sad.frontend.syntax import identifiers, walk_scope

__all__ = ["Final", "Flag", "FreshNames", "Made", "Result", "is_builtin_range", "spelled"]


class Made(str):
    """A name that normalization made: another one than the user's, even if it looks alike."""

    __slots__ = ()


class Flag(Made):
    """Says which jumps were made."""

    __slots__ = ()


class Result(Made):
    """Holds what a `return` gives: it is read only where a flag says that it is bound."""

    __slots__ = ()


class Final(Result):
    """Holds a result that nothing is done to any more: no `finally` or `with` around its return."""

    __slots__ = ()


class FreshNames:
    """Hands out names for one function: `s2_more`, then `s2_more_1`, as far as they are free."""

    def __init__(self, tree: Any) -> None:
        self._taken = identifiers(tree)

    def __call__(self, base: str, kind: type[Made] = Made) -> Made:
        """Return a name that begins with `base` and was not used before."""
        name, count = base, 0
        while name in self._taken:
            count += 1
            name = f"{base}_{count}"
        self._taken.add(name)
        return kind(name)


def spelled(name: str) -> str:
    """Return what a name is called in messages."""
    if isinstance(name, Result):
        return "the result"
    return name.removeprefix("s2_") if isinstance(name, Made) else name


def is_builtin_range(tree: Any, source: Source | None) -> bool:
    """Say whether `range` in a function is Python's own."""
    for node in walk_scope([*tree.body, tree.args]):
        if isinstance(node, gast.Name) and node.id == "range" and not _is_read(node):
            return False
        if isinstance(node, gast.FunctionDef | gast.ClassDef) and node.name == "range":
            return False
        if isinstance(node, gast.alias) and (node.asname or node.name) == "range":
            return False
    if source is None:
        return True
    function = source.function
    if "range" in function.__code__.co_freevars:
        return False
    found = function.__globals__.get("range", getattr(builtins, "range", None))
    return found is range


def _is_read(node: Any) -> bool:
    return isinstance(node.ctx, gast.Load)

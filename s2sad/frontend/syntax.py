"""Build gast nodes that carry the place of the user's statement they come from."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

import gast

__all__ = ["Maker", "header", "identifiers", "replaced", "walk_scope"]

_SCOPES = (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef, gast.Lambda)


class Maker:
    """Builds nodes at one place of the user's source."""

    def __init__(self, at: Any) -> None:
        self.at = at

    def place(self, node: Any) -> Any:
        """Give a new node, and its new descendants, the place."""
        gast.copy_location(node, self.at)
        return gast.fix_missing_locations(node)

    def load(self, name: str) -> Any:
        """Build a read of a name."""
        return self.place(gast.Name(name, gast.Load(), None, None))

    def constant(self, value: object) -> Any:
        """Build a constant."""
        return self.place(gast.Constant(value, None))

    def assign(self, name: str, value: Any) -> Any:
        """Build `name = value`."""
        return self.assign_to(self.place(gast.Name(name, gast.Store(), None, None)), value)

    def assign_to(self, target: Any, value: Any) -> Any:
        """Build `target = value`."""
        return self.place(gast.Assign([target], value, None))

    def increment(self, name: str, step: Any) -> Any:
        """Build `name = name + step`."""
        return self.assign(name, self.place(gast.BinOp(self.load(name), gast.Add(), step)))

    def compare(self, left: Any, operator: Any, right: Any) -> Any:
        """Build `left operator right`."""
        return self.place(gast.Compare(left, [operator], [right]))

    def negation(self, test: Any) -> Any:
        """Build `not test`, or take the `not` off."""
        if isinstance(test, gast.UnaryOp) and isinstance(test.op, gast.Not):
            return test.operand
        return self.place(gast.UnaryOp(gast.Not(), test))

    def both(self, tests: Sequence[Any]) -> Any:
        """Build `a and b and ...` of one or more tests."""
        return tests[0] if len(tests) == 1 else self.place(gast.BoolOp(gast.And(), list(tests)))

    def branch(self, test: Any, body: list[Any], orelse: list[Any]) -> list[Any]:
        """Build `if test: body else: orelse`, as no statement at all if both are empty."""
        if not body and not orelse:
            return []
        if not body:
            test, body, orelse = self.negation(test), orelse, []
        return [self.place(gast.If(test, body, orelse))]

    def give_back(self, value: Any) -> Any:
        """Build `return value`."""
        return self.place(gast.Return(value))


def header(statement: Any) -> Any:
    """Return a node with the place of a statement without the block it opens."""
    last = next(
        (
            getattr(statement, field)
            for field in ("iter", "test", "subject")
            if hasattr(statement, field)
        ),
        None,
    )
    if last is None:
        return statement
    place = gast.copy_location(gast.Pass(), statement)
    place.end_lineno, place.end_col_offset = last.end_lineno, last.end_col_offset
    return place


def replaced(node: Any, **fields: Any) -> Any:
    """Return a shallow copy of a node with some fields replaced."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def walk_scope(statements: Iterable[Any]) -> Iterable[Any]:
    """Yield all nodes of the statements, but not of the functions and classes inside."""
    pending = list(statements)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, _SCOPES):
            pending.extend(gast.iter_child_nodes(node))


def identifiers(tree: Any) -> set[str]:
    """Return every identifier that a tree reads, binds or declares, nested functions included."""
    found: set[str] = set()
    for node in gast.walk(tree):
        if isinstance(node, gast.Name):
            found.add(node.id)
        elif isinstance(node, gast.FunctionDef | gast.AsyncFunctionDef | gast.ClassDef):
            found.add(node.name)
        elif isinstance(node, gast.Global | gast.Nonlocal):
            found.update(node.names)
        elif isinstance(node, gast.alias):
            found.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, gast.MatchAs | gast.MatchStar | gast.MatchMapping):
            found.add(getattr(node, "name", None) or getattr(node, "rest", None) or "_")
    return found

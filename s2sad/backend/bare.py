"""Definitions as they stand in a module, without annotations and under other names."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import TypeAlias

Edit: TypeAlias = tuple[int, int, str]
"""From where to where, in bytes, and what stands there instead."""


def bare(text: str, statement: ast.stmt, names: Mapping[str, str]) -> str:
    """The source of a statement of a module: names replaced, annotations left out."""
    place = _Places(text)
    edits = set(_edits(place, statement, names))
    decorators = getattr(statement, "decorator_list", [])
    first = place.before(decorators[0]) - 1 if decorators else place.before(statement)
    data, last = place.data, place.after(statement)
    for start, end, new in sorted(edits, reverse=True):
        if not any(s < start and end <= e and not n for s, e, n in edits):
            data = data[:start] + new.encode() + data[end:]
            last += len(new.encode()) - (end - start)
    return data[first:last].decode()


def _edits(place: _Places, statement: ast.stmt, names: Mapping[str, str]) -> Iterator[Edit]:
    data = place.data
    for node in ast.walk(statement):
        match node:
            case ast.arg(annotation=ast.expr() as found):
                end = place.after(found)
                default = data[end : end + 3] == b" = "
                start = place.before(node) + len(node.arg.encode())
                yield start, end + 3 * default, "=" * default
            case ast.AnnAssign(target=target, annotation=found):
                yield place.after(target), place.after(found), ""
            case ast.Name(id=name) if name in names:
                yield place.before(node), place.after(node), names[name]
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in names:
            first = data.index(node.name.encode(), place.before(node))
            yield first, first + len(node.name.encode()), names[node.name]
        if isinstance(node, ast.FunctionDef) and node.returns is not None:
            arrow = data.rindex(b" ->", 0, place.before(node.returns))
            yield arrow, place.after(node.returns), ""


class _Places:
    """Where the nodes of a text stand, in bytes."""

    def __init__(self, text: str) -> None:
        self.data = text.encode()
        self.starts = [0]
        for line in self.data.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def before(self, node: ast.AST) -> int:
        """Where a node begins."""
        return self._at(node, "lineno", "col_offset")

    def after(self, node: ast.AST) -> int:
        """Where a node has ended."""
        return self._at(node, "end_lineno", "end_col_offset")

    def _at(self, node: ast.AST, line: str, column: str) -> int:
        start: int = self.starts[getattr(node, line) - 1]
        return start + int(getattr(node, column))

"""The text of elementary functions with all that they use, to be pasted into a generated file."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

MODULES = (
    "values",
    "lanes",
    "exponential",
    "logarithm",
    "trigonometric",
    "inverse",
    "inverse_hyperbolic",
    "cube_root",
    "power",
    "error_function",
)
"""In the order in which their definitions may be written."""

PACKAGE = "s2sad.elementary"


@cache
def definitions() -> tuple[dict[str, str], dict[str, str]]:
    """The text of each definition, and the import that brings each name from elsewhere."""
    texts: dict[str, str] = {}
    imports: dict[str, str] = {}
    for module in MODULES:
        text = Path(__file__).with_name(f"{module}.py").read_text("utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, ast.ImportFrom) and not (node.module or "").startswith(PACKAGE):
                for name in (alias.name for alias in node.names):
                    imports[name] = f"from {node.module} import {name}"
            texts.update({name: lines_of(text, node) for name in bound(node)})
    return texts, imports


def bound(node: ast.stmt) -> list[str]:
    """The names that a definition binds."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if not isinstance(node, ast.Assign):
        return []
    return [n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)]


def lines_of(text: str, node: ast.stmt) -> str:
    """The lines of a statement, its decorators included."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(d.lineno for d in decorators)])
    return "\n".join(text.splitlines()[first - 1 : node.end_lineno])


def names_in(text: str) -> set[str]:
    """The names that a text reads and does not bind itself."""
    names = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)]
    return {n.id for n in names} - {n.id for n in names if isinstance(n.ctx, ast.Store)}


def needed(names: Iterable[str]) -> set[str]:
    """The definitions and imports that these definitions use, and they themselves."""
    texts, imports = definitions()
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in found and (name in texts or name in imports):
            found.add(name)
            left.extend(names_in(texts[name]) if name in texts else ())
    return found


def renamed(text: str, names: set[str], prefix: str) -> str:
    """The text with a prefix to each of these names, but not to attributes of the same name."""
    pieces: list[str] = []
    lines, row, column, before = text.splitlines(keepends=True), 1, 0, ""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME and token.string in names and before != ".":
            pieces.extend(between(lines, (row, column), token.start))
            pieces.append(prefix)
            row, column = token.start
        before = token.string
    pieces.extend(between(lines, (row, column), (len(lines) + 1, 0)))
    return "".join(pieces)


def between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> Iterator[str]:
    """The text from one place to another, each a line from 1 and a column from 0."""
    for row in range(start[0], min(end[0], len(lines)) + 1):
        line = lines[row - 1]
        last = end[1] if row == end[0] else len(line)
        yield line[start[1] if row == start[0] else 0 : last]


def source_of(*names: str, prefix: str = "_") -> str:
    """The text that defines these functions, with a prefix to every name that it defines.

    `source_of("exp")` defines `_exp`, which compiled code calls. The text imports from Numba and
    the standard library alone; the file has to start with `from __future__ import annotations`.
    """
    texts, imports = definitions()
    found = needed(names)
    order = [name for name in texts if name in found]
    written = "\n\n\n".join(dict.fromkeys(texts[name] for name in order))
    header = "\n".join(sorted({imports[name] for name in found & imports.keys()}))
    return f"{header}\n\n{renamed(written, set(order), prefix)}\n"

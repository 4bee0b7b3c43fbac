"""Comments in syntax trees, which have none: statements that print as the comment's text."""

from __future__ import annotations

import ast

from s2sad.backend.literal_tree import LOAD

TRAILING = "\x01"
"""Marks a comment that belongs at the end of the next line; no source holds this character."""

CLOSED = {"(": "...)", "[": "...]", "{": "...}"}


def comment(text: str) -> ast.stmt:
    """A comment on a line of its own."""
    return ast.Expr(ast.Name("# " + " ".join(text.removeprefix("#").split()), LOAD))


def remark(text: str) -> ast.stmt:
    """A comment at the end of the next line; brackets that stay open there are closed."""
    text = " ".join(text.split())
    text += CLOSED.get(text[-1:], "")
    return ast.Expr(ast.Name(TRAILING + text, LOAD))


def attach(text: str, width: int) -> str:
    """The printed module with the remarks moved to the end of the lines they belong to.

    Where line and remark together are too wide, the remark becomes a line above.
    """
    lines: list[str] = []
    waiting = ""
    for line in text.split("\n"):
        _, mark, rest = line.partition(TRAILING)
        if mark:
            waiting = rest
            continue
        if waiting:
            indent = line[: len(line) - len(line.lstrip())]
            full = f"{line}  # {waiting}"
            lines += [full] if len(full) <= width else [f"{indent}# {waiting}", line]
            waiting = ""
        else:
            lines.append(line)
    return "\n".join(lines)

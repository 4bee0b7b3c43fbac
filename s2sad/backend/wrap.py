"""Lines that are too long, broken inside of brackets: the contents on lines of their own.

    alpha_1, dot_1 = f(x, y)    ->    alpha_1, dot_1 = f(
                                          x, y
                                      )

The contents stand on one line where they fit, else one item to a line, a comma after each; plain
names fill their lines.
"""

from __future__ import annotations

import io
import textwrap
import tokenize
from collections.abc import Iterator
from itertools import pairwise

Span = tuple[int, int]
"""The columns of an opening bracket and of the closing one."""


def wrapped(text: str, width: int) -> str:
    """The module with statements of one line that are too long broken into several."""
    lines = text.split("\n")
    if max(map(len, lines)) <= width:
        return text
    long = {row for row in _logical_lines(text) if len(lines[row]) > width}
    found: list[str] = []
    for row, line in enumerate(lines):
        found += broken(line, width) if row in long else [line]
    return "\n".join(found)


def broken(line: str, width: int) -> list[str]:
    """The lines of one statement, or of a part of one."""
    code = line.lstrip()
    indent = line[: len(line) - len(code)]
    if len(line) <= width:
        return [line]
    bare = _bare_tuple(code, width)
    if bare is not None:
        start, stop = bare
        line = f"{indent}{code[:start]}({code[start:stop]}){code[stop:]}"
        pair = (len(indent) + start, len(indent) + stop + 1)
    else:
        pairs = [p for p in _outer_brackets(line) if p[1] - p[0] > 1]
        if not pairs:
            return [line]
        pair = max(pairs, key=lambda p: p[1] - p[0])
    return _opened(line, pair, indent, width)


def _opened(line: str, pair: Span, indent: str, width: int) -> list[str]:
    """A line broken inside these brackets; a tuple that is all they hold opens with them."""
    start, stop = pair
    head, inside, tail = line[: start + 1], line[start + 1 : stop], line[stop:]
    if inside[0] == "(" and _outer_brackets(inside) == [(0, len(inside) - 1)]:
        head, inside, tail = head + "(", inside[1:-1], ")" + tail
    within = indent + "    "
    if len(within + inside) <= width:
        return [head, within + inside, indent + tail]
    items = list(_items(inside))
    if len(items) == 1 and not inside.endswith(","):
        return [head, *broken(within + inside, width), indent + tail]
    if all(item.isidentifier() for item in items):
        room = max(width - len(within), 1)  # deep inside, every line is too long
        names = textwrap.wrap(", ".join(items) + ",", room, break_long_words=False)
        return [head, *(within + line for line in names), indent + tail]
    lines = [head]
    for item in items:
        lines += broken(f"{within}{item},", width)
    return [*lines, indent + tail]


def _bare_tuple(code: str, width: int) -> Span | None:
    """Where a tuple without parentheses stands in a statement: returned, or assigned to."""
    if code.startswith("return "):
        return (7, len(code)) if len(list(_items(code[7:]))) > 1 else None
    equals = next((c for c in _top_level(code, "=") if code[c - 1 : c + 2] == " = "), None)
    if equals is None:
        return None
    left, right = code[: equals - 1], code[equals + 2 :]
    needed = len(left) > width or all(b - a == 1 for a, b in _outer_brackets(right))
    return (0, equals - 1) if needed and len(list(_items(left))) > 1 else None


def _items(text: str) -> Iterator[str]:
    """What stands between the commas."""
    commas = [-1, *_top_level(text, ","), len(text)]
    for a, b in pairwise(commas):
        if item := text[a + 1 : b].strip():
            yield item


def _top_level(text: str, sign: str) -> list[int]:
    """The columns of a sign outside of all brackets."""
    depth, found = 0, []
    for column, token in _operators(text):
        depth += (token in "([{") - (token in ")]}")
        if token == sign and depth == 0:
            found.append(column)
    return found


def _outer_brackets(text: str) -> list[Span]:
    """The pairs of brackets that stand in no others."""
    depth, start, found = 0, 0, []
    for column, token in _operators(text):
        if token in "([{":
            start = column if depth == 0 else start
            depth += 1
        elif token in ")]}":
            depth -= 1
            if depth == 0:
                found.append((start, column))
    return found


def _operators(text: str) -> Iterator[tuple[int, str]]:
    """The operators of one line of code, with their columns."""
    indent = len(text) - len(text.lstrip())
    for token in tokenize.generate_tokens(io.StringIO(text[indent:]).readline):
        if token.type == tokenize.OP:
            yield token.start[1] + indent, token.string


def _logical_lines(text: str) -> Iterator[int]:
    """The rows, from 0, of statements that take one line and hold more than a comment."""
    first = None
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NEWLINE:
            if first == token.start[0]:
                yield first - 1
            first = None
        elif first is None and token.type in (tokenize.NAME, tokenize.OP, tokenize.NUMBER):
            first = token.start[0]

"""Text for a terminal or for a pipe: colors, tables, numbers."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np


def highlighted(source: str) -> str:
    """Python source, in color on a terminal that wants it."""
    if not wants_color():
        return source
    from pygments import highlight
    from pygments.formatters import TerminalFormatter
    from pygments.lexers import PythonLexer

    text: str = highlight(source, PythonLexer(), TerminalFormatter())
    return text


def wants_color() -> bool:
    """Whether standard output is a terminal and neither NO_COLOR nor TERM objects."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout.isatty()


def speaks_unicode() -> bool:
    """Whether standard output can show the lines of a table."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return encoding.lower().replace("-", "").startswith("utf")


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = (),
    bars: Sequence[int] = (), plain: bool = False,
) -> str:  # fmt: skip
    """Aligned columns under a rule; `right` are aligned right, before `bars` stands a line."""
    down, across, cross = ("|", "-", "+") if plain else ("│", "─", "┼")
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]

    def line(cells: Sequence[str], fill: str, bar: str) -> str:
        parts = []
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            gap = fill + bar + fill if i in bars else fill * 2
            parts.append((gap if i else "") + _aligned(cell, width, i in right, fill))
        return "".join(parts).rstrip()

    rule = line([""] * len(widths), across, cross)
    return "\n".join([line(head, " ", down), rule, *(line(row, " ", down) for row in rows)])


def _aligned(cell: str, width: int, right: bool, fill: str) -> str:
    return cell.rjust(width, fill) if right else cell.ljust(width, fill)


def spelled(value: Any) -> str:
    """A number or an array in a few characters."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, float | np.floating):
        return _number(float(value))
    if isinstance(value, np.ndarray):
        return _array(value)
    return str(value)


def _number(value: float) -> str:
    text = f"{value:.6g}"
    return text if any(c in text for c in ".en") else f"{text}.0"


def _array(value: np.ndarray[Any, Any]) -> str:
    if value.ndim == 0:
        return spelled(value[()])
    text = np.array2string(
        value,
        separator=", ",
        threshold=6,
        edgeitems=2,
        max_line_width=10**6,
        formatter={"float_kind": lambda x: f"{x:.4g}"},
    )
    text = " ".join(text.split())
    return text if value.size <= 6 else f"{text} {value.shape}".replace(",)", ")")


def shortened(text: str, width: int) -> str:
    """The text, its end replaced by dots where it is too long."""
    return text if len(text) <= width else text[: width - 3].rstrip() + "..."

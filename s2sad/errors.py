"""Every error of s2sad: what is wrong, where, and what to do instead.

Each class derives from `S2SADError` and from the builtin a caller would expect, so that both
`except S2SADError` and `except TypeError` work.
"""

from __future__ import annotations

import os.path
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

__all__ = [
    "ArgumentError",
    "ArgumentIndexError",
    "BackendMissing",
    "CheckFailed",
    "InternalError",
    "Location",
    "NoRule",
    "NumPyUsed",
    "OutputError",
    "S2SADError",
    "SourceUnavailable",
    "Unsupported",
]


@dataclass(frozen=True, slots=True)
class Location:
    """A place in the user's source.

    Columns count the characters of `text` from 0; `end_column` is excluded, and is None where
    the place continues beyond the line.
    """

    filename: str
    line: int
    column: int
    end_column: int | None
    text: str

    def __str__(self) -> str:
        """Return `file:line`, the form editors and terminals turn into a link."""
        return f"{_shorten(self.filename)}:{self.line}"

    def excerpt(self) -> str:
        """Return `file:line`, the source line and a caret line under the place, indented."""
        text = self.text.rstrip()
        start = min(max(self.column, 0), len(text))
        end = len(text) if self.end_column is None else min(self.end_column, len(text))
        indent = min(len(text) - len(text.lstrip()), start)
        # A tab kept as a tab lines up with the tab above it, whatever its width.
        gap = "".join("\t" if c == "\t" else " " for c in text[indent:start])
        carets = "^" * max(end - start, 1)
        return f"  {self}\n    {text[indent:]}\n    {gap}{carets}"


class S2SADError(Exception):
    """The base of every error: a problem, what to do instead, and where it is."""

    def __init__(
        self, problem: str, advice: str | None = None, location: Location | None = None
    ) -> None:
        self.problem = problem
        self.advice = advice
        self.location = location
        self.args = (problem, advice, location)

    def headline(self) -> str:
        """Return what is wrong as one sentence."""
        return self.problem

    def suggestion(self) -> str | None:
        """Return what to do instead, if anything can be said."""
        return self.advice

    def at(self, location: Location | None) -> Self:
        """Return the same error with this location, unless it already has one."""
        if location is None or self.location is not None:
            return self
        return type(self)(self.problem, self.advice, location)

    def __str__(self) -> str:
        """Return the whole message: headline, place, suggestion."""
        parts = [f"s2sad: {self.headline()}"]
        if self.location is not None:
            parts.append(self.location.excerpt())
        suggestion = self.suggestion()
        if suggestion:
            parts.append(suggestion)
        return "\n".join(parts)

    def __reduce__(self) -> tuple[Callable[..., S2SADError], tuple[object, ...], dict[str, object]]:
        """Return class, arguments and state, since OSError reads its arguments its own way."""
        arguments = (self.problem, self.advice, self.location)
        return type(self), arguments, dict(self.__dict__)


class Unsupported(S2SADError, NotImplementedError):
    """A construct outside the accepted language; `problem` names the construct."""

    def headline(self) -> str:
        """Return that the construct is not supported."""
        return f"{self.problem} is not supported here"


class NoRule(S2SADError, NotImplementedError):
    """A function without a derivative; `problem` names the function."""

    def headline(self) -> str:
        """Return that the function has no derivative."""
        return f"there is no derivative rule for {self.problem}"

    def suggestion(self) -> str:
        """Return the advice, or else how to declare a rule."""
        return self.advice or (
            "declare one with @s2sad.rule(f), write the function with functions that have rules, "
            "or wrap its result in s2sad.stop_gradient if it is constant"
        )


class SourceUnavailable(S2SADError, OSError):
    """A function whose source text cannot be found or no longer matches the function."""


class ArgumentError(S2SADError, TypeError):
    """An argument that cannot be differentiated: wrong type, integer value, wrong structure."""


class ArgumentIndexError(S2SADError, ValueError):
    """An `argnums` that names no argument of the function."""


class OutputError(S2SADError, TypeError):
    """An output that the requested derivative is not defined for, such as a vector for `grad`."""


class InternalError(S2SADError, AssertionError):
    """An invariant of s2sad that does not hold: a bug of s2sad, not of the user's function."""

    def headline(self) -> str:
        """Return the broken invariant, named as internal."""
        return f"internal error: {self.problem}"

    def suggestion(self) -> str:
        """Return the advice and the request to report."""
        request = "this is a bug in s2sad; please report it with the function that shows it"
        return f"{self.advice}\n{request}" if self.advice else request


class CheckFailed(S2SADError, AssertionError):
    """A gradient check that found a derivative and its numerical estimate to differ."""


class BackendMissing(S2SADError, ImportError):
    """A backend that is asked for and whose package is not installed."""


class NumPyUsed(UserWarning):
    """Given once for a derivative of backend="numba" that runs on NumPy, as a whole."""


def _shorten(filename: str) -> str:
    """Return the file name relative to the working directory where that is inside it."""
    if not os.path.isabs(filename):
        return filename
    try:
        relative = os.path.relpath(filename)
    except (ValueError, OSError):  # another drive, or a working directory that is gone
        return filename
    return filename if relative.startswith(os.pardir) else relative

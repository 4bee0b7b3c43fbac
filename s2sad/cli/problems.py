"""What goes wrong on a command line, apart from what s2sad itself refuses."""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import Self

from s2sad.errors import S2SADError


class UsageError(Exception):
    """The command line is not right: exit status 2."""

    def __init__(self, problem: str, advice: str = "") -> None:
        super().__init__(problem, advice)
        self.problem, self.advice = problem, advice

    def __str__(self) -> str:
        """Return the problem and, on a line of its own, the advice."""
        return f"s2sad: {self.problem}" + (f"\n{self.advice}" if self.advice else "")


def pointed(option: str, text: str, column: int, problem: str, advice: str = "") -> UsageError:
    """A usage error with the text of an option and a caret under one of its characters."""
    column = min(max(column, 0), len(text))
    return UsageError(f"{option}: {problem}\n  {text}\n  {' ' * column}^", advice)


class UserFailed(Exception):
    """The user's own code raised an exception: exit status 1."""


def file_of(fun: object) -> str | None:
    """The file of a plain function."""
    code = getattr(fun, "__code__", None)
    return None if code is None else str(code.co_filename)


class user_code:
    """Around calls of the user's code: turns what it raises into `UserFailed`.

    The message names the innermost line in `file`, or else the innermost line of all.
    """

    def __init__(self, doing: str, file: str | None = None) -> None:
        self.doing, self.file = doing, file

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        where: TracebackType | None,
    ) -> None:  # fmt: skip
        if isinstance(error, Exception) and not isinstance(error, S2SADError):
            raise UserFailed(self._message(error)) from error

    def _message(self, error: Exception) -> str:
        text = traceback.format_exception_only(error)[-1].strip()
        lines = [f"s2sad: {self.doing} raised {text}"]
        # The first frame is our own call.
        frames = traceback.extract_tb(error.__traceback__)[1:]
        own = [f for f in frames if f.filename == self.file]
        for frame in (own or frames)[-1:]:
            lines.append(f"  {frame.filename}:{frame.lineno}, in {frame.name}")
            lines.append(f"    {frame.line}")
        if isinstance(error, SyntaxError) and error.filename:
            lines = [lines[0], f"  {error.filename}:{error.lineno}"]
            lines += [f"    {error.text.strip()}"] if error.text else []
        return "\n".join(lines)

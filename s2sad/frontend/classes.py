"""Which classes the interpreter takes apart into their attributes."""

from __future__ import annotations

import sys
import types
from typing import Any

from s2sad.rules.notation import Primitive


def is_data(cls: Any) -> bool:
    """Whether the objects of a class are data: those of Python's library, and exceptions."""
    return issubclass(cls, BaseException) or _of_python(cls)


def _of_python(cls: Any) -> bool:
    """Whether a class is of Python's own library: its objects are data."""
    package: str = cls.__module__.partition(".")[0]
    return package in sys.stdlib_module_names and package != "__main__"


def mark_exception(p: Primitive) -> None:
    """Notes of a call that it makes an exception, if it does, and so has no effect."""
    cls = getattr(p.callee, "value", None)
    if isinstance(cls, type) and issubclass(cls, BaseException):
        p.pure = not isinstance(cls.__init__, types.FunctionType)
        p.raises = ()

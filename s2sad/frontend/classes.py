"""Which classes the interpreter takes apart into their attributes."""

from __future__ import annotations

import sys
import types
from typing import Any

from s2sad.rules.notation import Primitive


def is_taken_apart(cls: Any) -> bool:
    """Whether the objects of a class are what its walked `__init__`, or none at all, makes them."""
    if issubclass(cls, BaseException) or _of_python(cls):
        return False
    if isinstance(getattr(cls, "__init__", None), types.FunctionType):
        return True
    plain = cls.__init__ is object.__init__ and cls.__new__ is object.__new__
    return plain and cls is not object


def has_init(cls: Any) -> bool:
    """Whether a class says how its objects are made."""
    return cls.__init__ is not object.__init__


def _of_python(cls: Any) -> bool:
    """Whether a class is of Python's own library: its objects are data."""
    package: str = cls.__module__.partition(".")[0]
    return package in sys.stdlib_module_names


def mark_exception(p: Primitive) -> None:
    """Notes of a call that it makes an exception, if it does, and so has no effect."""
    cls = getattr(p.callee, "value", None)
    if isinstance(cls, type) and issubclass(cls, BaseException):
        p.pure = not isinstance(cls.__init__, types.FunctionType)
        p.raises = ()

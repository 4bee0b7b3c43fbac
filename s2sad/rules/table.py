"""The table of all rules: importing this module states every one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s2sad.rules import (  # noqa: F401  (each chapter adds its rules to the table)
    creation,
    elementwise,
    engine,
    functions,
    indexing,
    methods,
    products,
    rearranging,
    reductions,
    scans,
    shaping,
)
from s2sad.rules.notation import RULES, Primitive


def lookup(function: Callable[..., Any]) -> Primitive | None:
    """The rule of a function, None where it has none."""
    try:
        return RULES.get(function)
    except TypeError:  # not hashable, so certainly no function of NumPy
        return None

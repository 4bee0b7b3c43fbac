"""Branches that are expressions: `y = a if test else b`, `a and b`, `a or b`, `not a`.

    y = if test: t = multiply(x, 2.0); yield t     ->    y = x * 2.0 if test else x
        else: yield x

An `If` becomes a `Let` where it has one result, its arms are pure expressions in which the user
named nothing, and the line stays short.  The statements of the arms leave their blocks: they are
written inside the expression whatever else is folded, so that only the taken side is evaluated.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from s2sad.backend.fold import LIMIT, count_reads, is_write, width_of
from s2sad.errors import Location
from s2sad.ir.nodes import UNDEFINED, Block, Function, If, Let, Lit, Operand, Statement, Var
from s2sad.ir.types import Number, Tape
from s2sad.ir.walk import operand_vars
from s2sad.rules.notation import Primitive
from s2sad.runtime import either, both, choose


class Conditionals:
    """The `function` with conditional expressions; `arms` are the statements inside of these."""

    def __init__(self, function: Function) -> None:
        self.counts = count_reads(function.body)
        self.arms: dict[Var, Let] = {}

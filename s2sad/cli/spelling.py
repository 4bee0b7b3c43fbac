"""Operations as expressions: to read (`sin(alpha_1)`), and to evaluate on values."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Mapping
from types import CodeType
from typing import Any

import numpy as np

from s2sad.backend.printer import print_tree
from s2sad.backend.spell import Speller
from s2sad.ir.nodes import Let, Operand, Var
from s2sad.ir.walk import operand_vars

_LOAD = ast.Load()


class _Names:
    """What each variable is called."""

    def __init__(self, names: Mapping[Var, str]) -> None:
        self.names = names

    def of(self, var: Var) -> str:
        return self.names.get(var, var.hint or var.role)


class _Titles:
    """Objects by their bare names, as mathematics writes them: `sin`, not `np.sin`."""

    def refer(self, value: Any) -> ast.expr:
        name = getattr(value, "__name__", None)
        if name is None:
            name = "array" if isinstance(value, np.ndarray) else type(value).__name__
        return ast.Name("np" if value is np else str(name), _LOAD)

    required = refer


class _Objects:
    """Objects by made-up names, under which `space` holds them."""

    def __init__(self) -> None:
        self.space: dict[str, Any] = {"np": np}
        self.known: dict[int, str] = {}

    def refer(self, value: Any) -> ast.expr:
        name = self.known.setdefault(id(value), f"object_{len(self.known)}")
        self.space[name] = value  # which keeps it alive, so that its id is not given away
        return ast.Name(name, _LOAD)

    required = refer


def formula(
    operand: Operand, names: Mapping[Var, str], folded: Mapping[Var, Let] | None = None
) -> ast.expr:
    """An operand with the operations in `folded` written out."""
    references: Any = _Titles()
    local: Any = _Names(names)
    return Speller(references, local, dict(folded or {})).operand(operand)


def text(tree: ast.expr) -> str:
    """The expression in one line, with few parentheses."""
    return " ".join(print_tree(ast.Module([ast.Expr(tree)], [])).split())


def summed(terms: list[ast.expr]) -> ast.expr:
    """The sum of the terms, those with a minus subtracted."""
    total = terms[0]
    for term in terms[1:]:
        minus = isinstance(term, ast.UnaryOp) and isinstance(term.op, ast.USub)
        op: ast.operator = ast.Sub() if minus else ast.Add()
        total = ast.BinOp(
            total, op, term.operand if isinstance(term, ast.UnaryOp) and minus else term
        )
    return total


class Operations:
    """Runs single operations; each is compiled once."""

    def __init__(self) -> None:
        self.objects = _Objects()
        self.known: dict[Let, tuple[CodeType, dict[Var, str], bool]] = {}

    def run(self, let: Let, values: Mapping[Var, Any]) -> Any:
        """The result for these values of the operands."""
        if let not in self.known:
            self.known[let] = self._compiled(let)
        code, names, is_expression = self.known[let]
        space = self.objects.space | {name: values[v] for v, name in names.items()}
        if is_expression:
            return eval(code, space)
        exec(code, space)
        return None

    def _compiled(self, let: Let) -> tuple[CodeType, dict[Var, str], bool]:
        found = dict.fromkeys(v for a in let.args for v in operand_vars(a))
        names = dict(zip(found, map("operand_{}".format, itertools.count()), strict=False))
        references: Any = self.objects
        local: Any = _Names(names)
        speller = Speller(references, local, {})
        template = hasattr(let.primitive.of, "__s2sad_template__")
        tree: Any = speller.filled(let) if template else speller.value(let)
        is_expression = isinstance(tree, ast.expr)
        module: Any = ast.Expression(tree) if is_expression else ast.Module([tree], [])
        ast.fix_missing_locations(module)
        return compile(module, "<trace>", "eval" if is_expression else "exec"), names, is_expression

"""Printing a tree from the forms of its nodes: fields, lists, blocks, parentheses, lines."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import astunparse

from s2sad.backend.forms import EXPRESSION, FORMS, Step, kind_of, rank_of, steps

__all__ = ["FormPrinter"]

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class FormPrinter(astunparse.Unparser):  # type: ignore[misc]  # astunparse has no types
    """The printed text of a tree, in `parts`; the tree is parenthesized if it ranks below `least`.

    A kind of node without a form is printed by the method named after it, here or inherited.
    """

    def __init__(self, tree: ast.AST, least: int) -> None:
        # The inherited constructor prints to a file; appending to a list is several times faster.
        self.parts: list[str] = []
        self.write = self.parts.append
        self.future_imports: list[str] = []  # the inherited _ImportFrom appends to it
        self._indent = 0
        self.dispatch(tree, least)

    def fill(self, text: str = "") -> None:
        """Start a line."""
        self.write("\n" + "    " * self._indent + text)

    def text(self, text: str) -> None:
        """Print text that may start a line."""
        self.fill(text[1:]) if text.startswith("\n") else self.write(text)

    def dispatch(self, tree: Any, least: int = EXPRESSION) -> None:
        """Print a node, in parentheses if it ranks below `least`, or a list of statements."""
        if isinstance(tree, list):
            self.statements(tree)
            return
        kind = kind_of(tree)
        weak = rank_of(tree) < least
        if weak:
            self.write("(")
        if kind in FORMS:
            self.follow(FORMS[kind], tree)
        else:
            getattr(self, "_" + kind)(tree)
        if weak:
            self.write(")")

    def follow(self, form: str, tree: ast.AST) -> None:
        """Print a node in the given form."""
        for step in steps(form):
            value = getattr(tree, step.field, None) if step.field else ""
            if value or not step.field:
                self.text(step.text)
            if isinstance(value, str):
                self.write(value)
            elif isinstance(value, list):
                self.sequence(value, step)
            elif value:
                self.dispatch(value, step.least)

    def sequence(self, nodes: list[Any], step: Step) -> None:
        """Print the list in a field: an indented block of statements, or items set apart."""
        if nodes and isinstance(nodes[0], (ast.stmt, ast.match_case)):
            self.enter()
            self.statements(nodes)
            self.leave()
        elif nodes:
            self.write(step.around[:1])
            self.items(nodes, step.between, step.least)
            self.write(step.around[1:])

    def items(self, nodes: Sequence[Any], between: str = ", ", least: int = EXPRESSION) -> None:
        """Print nodes with text between them."""
        for i, node in enumerate(nodes):
            if i:
                self.text(between)
            self.dispatch(node, least)

    def statements(self, body: Sequence[ast.AST]) -> None:
        """Print statements, definitions set off by blank lines."""
        for i, statement in enumerate(body):
            if i and (isinstance(statement, DEFINITIONS) or isinstance(body[i - 1], DEFINITIONS)):
                self.write("\n" if self._indent else "\n\n")
            self.dispatch(statement)

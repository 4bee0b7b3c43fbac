"""What each kind of syntax node looks like, and how strongly it binds.

A form is a template. `{field}` prints a field; `{field:Kind}` parenthesizes it if it binds weaker
than that kind, `{field:>Kind}` also if it binds as strongly; `{field:Kind:between:around}` prints a
list with that text between (a comma if none is given) and those two brackets around. Text before an
absent or empty field is left out with it, text before `{}` stays. A newline starts a line; a list
of statements is a block. Operations go by the name of their operator: `Add`, not `BinOp`.
"""

from __future__ import annotations

import ast
from functools import cache
from string import Formatter
from typing import Any, NamedTuple

from astunparse import Unparser

from s2sad.backend.literals import literal

__all__ = ["EXPRESSION", "FORMS", "RANK", "Step", "kind_of", "rank_of", "steps"]

# Weakest first; a kind that is not here is an atom. Integers are none, since `1.real` is no syntax.
LEVELS = (
    "NamedExpr", "Yield YieldFrom", "Tuple", "Lambda MatchAs", "IfExp", "Or MatchOr", "And", "Not",
    "Compare", "BitOr", "BitXor", "BitAnd", "LShift RShift", "Add Sub",
    "Mult MatMult Div FloorDiv Mod", "USub UAdd Invert", "Pow", "Await", "Integer", "Atom",
)  # fmt: skip
RANK = {kind: level for level, kinds in enumerate(LEVELS) for kind in kinds.split()}
EXPRESSION = RANK["Lambda"]

OPERATIONS = (ast.BinOp, ast.UnaryOp, ast.BoolOp)

FORMS = {kind: f"{{left:{kind}}} {sign} {{right:>{kind}}}" for kind, sign in Unparser.binop.items()}
del FORMS["Pow"]  # whether there are spaces around `**` depends on the operands
FORMS |= {
    "And": "{values:>And: and }",
    "Assign": "\n{targets:Tuple: = } = {value:Yield}",
    "AsyncFor": "\nasync for {target:Tuple} in {iter:Tuple}{body}\nelse{orelse}",
    "Attribute": "{value:Atom}.{attr}",
    "Await": "await {value:Atom}",
    "For": "\nfor {target:Tuple} in {iter:Tuple}{body}\nelse{orelse}",
    "IfExp": "{body:>IfExp} if {test:>IfExp} else {orelse}",
    "Invert": "~{operand:Invert}",
    "Match": "\nmatch {subject:Tuple}{cases}",
    "MatchOr": "{patterns:>MatchOr: | }",
    "MatchSequence": "[{}{patterns}]{}",
    "MatchValue": "{value}",
    "NamedExpr": "{target} := {value}",
    "Not": "not {operand:Not}",
    "Or": "{values:>Or: or }",
    "ParamSpec": "**{name} = {default_value}",
    "Return": "\nreturn{} {value:Tuple}",
    "Starred": "*{value:BitOr}",
    "TypeAlias": "\ntype {name}{type_params:::[]} = {value}",
    "TypeVar": "{name}: {bound} = {default_value}",
    "TypeVarTuple": "*{name} = {default_value}",
    "UAdd": "+{operand:UAdd}",
    "USub": "-{operand:USub}",
    "Yield": "yield{} {value:Tuple}",
    "YieldFrom": "yield from {value}",
    "match_case": "\ncase {pattern} if {guard}{body}",
}


class Step(NamedTuple):
    """One field of a form and the text before it; `least` is the rank that needs no parentheses."""

    text: str
    field: str
    least: int
    between: str
    around: str


@cache
def steps(form: str) -> tuple[Step, ...]:
    """Return the steps that print a form; the field is "" where there is only text."""
    return tuple(_step(text, field, spec) for text, field, spec, _ in Formatter().parse(form))


def _step(text: str, field: str | None, spec: str | None) -> Step:
    """Return the step for one field as `string.Formatter` parses it."""
    kind, between, around = [*(spec or "").split(":"), "", ""][:3]
    least = RANK[kind.lstrip(">") or "Lambda"] + kind.startswith(">")
    return Step(text, field or "", least, between or ", ", around)


def kind_of(node: ast.AST) -> str:
    """Return the name of a node's class, or of its operator's class for an operation."""
    name = type(node).__name__
    return type(node.op).__name__ if isinstance(node, OPERATIONS) else name


def rank_of(node: Any) -> int:
    """Return how strongly a node binds as it is printed, an index into the levels."""
    kind = kind_of(node)
    if kind == "Constant":
        if literal(node.value).startswith("-"):
            return RANK["USub"]
        return RANK["Integer" if type(node.value) is int else "Atom"]
    if (kind == "Tuple" and len(node.elts) < 2) or (kind == "MatchAs" and not node.pattern):
        return RANK["Atom"]
    return RANK.get(kind, RANK["Atom"])

"""Conditions as people write them: chained comparisons, no needless `not`, early `break`."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from s2sad.backend.choice import BOTH, CHOOSE
from s2sad.frontend.names import Flag
from s2sad.ir.nodes import Let


def negated(test: ast.expr) -> ast.expr:
    """The opposite of a condition; a comparison is not turned round, because of nan."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand
    return ast.UnaryOp(ast.Not(), test)


def break_if(test: ast.expr) -> ast.stmt:
    """`if test: break`."""
    return ast.If(test, [ast.Break()], [])


def with_break(body: list[ast.stmt], test: ast.expr) -> list[ast.stmt]:
    """The body of a loop with the condition at its end that leaves the loop.

    A value that was bound for the condition alone is written inside of it.  What is done only
    where the loop goes on needs no branch: it stands after the `break`.
    """
    *before, last = body or [ast.Pass()]
    if isinstance(last, ast.Assign) and _named(test) == [_name(t) for t in last.targets]:
        # A copy into the flag is the last line only if nobody else reads it.
        value = negated(last.value) if isinstance(test, ast.UnaryOp) else last.value
        return [*before, break_if(value)]
    count: list[ast.stmt] = []
    while before and _is_step(last):
        count.insert(0, last)
        *before, last = before
    if (
        isinstance(last, ast.If)
        and not last.orelse
        and ast.dump(last.test) == ast.dump(negated(test))
    ):
        inside = {n.id for s in last.body for n in ast.walk(s) if isinstance(n, ast.Name)}
        steps = {n.id for s in count for n in ast.walk(s) if isinstance(n, ast.Name)}
        if not inside & (steps | set(_named(test))):
            return [*before, *count, break_if(test), *last.body]
    return [*body, break_if(test)]


def _is_step(line: ast.stmt) -> bool:
    """Whether a line is `n += 1`."""
    return isinstance(line, ast.AugAssign) and isinstance(line.value, ast.Constant)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _named(test: ast.expr) -> list[str]:
    """The name that a condition consists of, or its opposite does."""
    inner = test.operand if isinstance(test, ast.UnaryOp) else test
    return [inner.id] if isinstance(inner, ast.Name) else []


def joined(let: Let, operands: Sequence[ast.expr]) -> ast.expr:
    """The expression of a choice among these operands."""
    if let.primitive is CHOOSE:
        test, a, b = operands
        if isinstance(let.target.hint, Flag) and (_is(a, True) and _is(b, False)):
            return test  # of whatever class: flags are only asked
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return ast.IfExp(test.operand, b, a)
        return ast.IfExp(test, a, b)
    op = ast.And if let.primitive is BOTH else ast.Or
    values: list[ast.expr] = []
    for value in operands:
        same = isinstance(value, ast.BoolOp) and isinstance(value.op, op)
        for part in value.values if same else [value]:  # type: ignore[attr-defined]
            chain = _chained(values[-1], part) if values and op is ast.And else None
            values[-1:] = [chain] if chain else [*values[-1:], part]
    return values[0] if len(values) == 1 else ast.BoolOp(op(), values)


def _is(value: ast.expr, constant: bool) -> bool:
    return isinstance(value, ast.Constant) and value.value is constant


def _chained(left: ast.expr, right: ast.expr) -> ast.expr | None:
    """`a < b < c` for `a < b and b < c`."""
    if not isinstance(left, ast.Compare) or not isinstance(right, ast.Compare):
        return None
    middle = left.comparators[-1]
    if not isinstance(middle, ast.Name) or not isinstance(right.left, ast.Name):
        return None
    if middle.id != right.left.id:
        return None
    comparators = [*left.comparators, *right.comparators]
    return ast.Compare(left.left, [*left.ops, *right.ops], comparators)

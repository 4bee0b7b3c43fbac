"""Drop second names: of what a custom rule returns as it stands, and of what a loop never changes.

beta_y = beta_x;  f(beta_y)    becomes    f(beta_x)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from s2sad.ir.nodes import Block, For, Function, If, Let, Operand, Statement, Var, While
from s2sad.ir.walk import statements, substitute, substitute_block
from s2sad.transform.custom import SAME


def drop_same(f: Function) -> Function:
    """The function without statements and carried values that give a value another name."""
    body = f.body
    while values := _second_names(body):
        body = substitute_block(_without(body, values), values)
    return f if body is f.body else replace(f, body=body)


def _second_names(body: Block) -> dict[Var, Operand]:
    values: dict[Var, Operand] = {}
    for s in statements(body):
        if isinstance(s, Let) and s.primitive.same:
            values[s.target] = value = substitute(s.args[0], values)
            if isinstance(value, Var) and s.primitive is not SAME:
                value.hint = value.hint or s.target.hint  # a draw has the name of its result
        elif isinstance(s, For | While):
            for i in _unchanged(s):
                values[s.carried[i]] = values[s.results[i]] = substitute(s.inits[i], values)
    return values


def _unchanged(s: For | While) -> Iterator[int]:
    """The places of what a loop carries and no trip changes."""
    each = zip(s.inits, s.carried, s.body.yields, s.results, strict=True)
    for i, (init, c, end, result) in enumerate(each):
        if end is c and isinstance(init, Var) and init.type == c.type == result.type:
            yield i


def _without(block: Block, values: dict[Var, Operand]) -> Block:
    kept = (s for s in block.body if not (isinstance(s, Let) and s.target in values))
    return Block(tuple(_inner(s, values) for s in kept), block.yields)


def _inner(s: Statement, values: dict[Var, Operand]) -> Statement:
    match s:
        case If():
            return replace(s, then=_without(s.then, values), orelse=_without(s.orelse, values))
        case For() | While():
            return _carrying_less(s, values)
    return s


def _carrying_less(s: Any, values: dict[Var, Operand]) -> Statement:
    take = [i for i, c in enumerate(s.carried) if c not in values]
    body = _without(s.body, values)
    inner: dict[str, Any] = {
        "inits": tuple(s.inits[i] for i in take),
        "carried": tuple(s.carried[i] for i in take),
        "body": Block(body.body, tuple(body.yields[i] for i in take)),
        "results": tuple(s.results[i] for i in take),
    }
    if isinstance(s, While):
        inner["test"] = _without(s.test, values)
    found: Statement = replace(s, **inner)
    return found

"""Drop second names: what a custom rule returns as it stands is also named by the call.

beta_y = beta_x;  f(beta_y)    becomes    f(beta_x)
"""

from __future__ import annotations

from s2sad.ir.nodes import Block, For, Function, If, Let, Operand, Statement, Var, While
from s2sad.ir.walk import statements, substitute, substitute_block
from s2sad.transform.custom import SAME


def drop_same(f: Function) -> Function:
    """The function without statements that give a value another name."""
    values: dict[Var, Operand] = {}
    for s in statements(f.body):
        if isinstance(s, Let) and s.primitive is SAME:
            values[s.target] = substitute(s.args[0], values)
    if not values:
        return f
    body = substitute_block(_without(f.body), values)
    return Function(f.name, f.params, body, f.result, f.doc, f.at)


def _without(block: Block) -> Block:
    kept = (s for s in block.body if not (isinstance(s, Let) and s.primitive is SAME))
    return Block(tuple(map(_inner, kept)), block.yields)


def _inner(s: Statement) -> Statement:
    match s:
        case If():
            return If(s.test, _without(s.then), _without(s.orelse), s.results, s.at)
        case For():
            return For(
                s.index, s.start, s.stop, s.step, s.backward, s.inits, s.carried,
                _without(s.body), s.results, s.at,
            )  # fmt: skip
        case While():
            ways = _without(s.test), _without(s.body)
            return While(s.inits, s.carried, *ways, s.results, s.at)
    return s

"""Take several results right where they are made.

r = eigh(a);  w = r[0];  tape[i] = w;  v = r[1]    becomes    r = eigh(a);  w = r[0];  v = r[1]; ...
"""

from __future__ import annotations

from dataclasses import replace

from s2sad.frontend.prims import is_item
from s2sad.ir.nodes import Block, For, Function, If, Let, Operand, Statement, While
from s2sad.ir.walk import every


def take_at_once(f: Function) -> Function:
    """The function with what takes a result moved to the statement that makes it."""
    if not any(isinstance(s, Let) and s.primitive.results > 1 for s in every(f.body.body)):
        return f
    return replace(f, body=_moved(f.body))


def _moved(block: Block) -> Block:
    made = {s.target for s in block.body if isinstance(s, Let) and s.primitive.results > 1}
    taken: dict[Operand, list[Statement]] = {}
    for s in block.body:
        if isinstance(s, Let) and is_item(s.primitive) and s.args[0] in made:
            taken.setdefault(s.args[0], []).append(s)
    body: list[Statement] = []
    for s in block.body:
        if isinstance(s, Let):
            if not (is_item(s.primitive) and s.args[0] in taken):
                body += [s, *taken.get(s.target, ())]
        else:
            body.append(_inside(s))
    return Block(tuple(body), block.yields)


def _inside(s: Statement) -> Statement:
    match s:
        case If():
            return replace(s, then=_moved(s.then), orelse=_moved(s.orelse))
        case For():
            return replace(s, body=_moved(s.body))
        case While():
            return replace(s, test=_moved(s.test), body=_moved(s.body))
    return s

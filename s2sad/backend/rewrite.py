"""Rewriting the statements of a function before anything is decided about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from s2sad.ir.nodes import Block, For, If, Statement, While

Rewrite = Callable[[Statement, int], Statement]
"""A statement, and how deep it stands (1 in the body of a function), to what takes its place."""


def rewritten(block: Block, rewrite: Rewrite, depth: int = 1) -> Block:
    """The block with `rewrite` applied to every statement, inner ones first."""
    body = tuple(rewrite(_inside(s, rewrite, depth), depth) for s in block.body)
    same = all(new is old for new, old in zip(body, block.body, strict=True))
    return block if same else Block(body, block.yields)


def _inside(statement: Statement, rewrite: Rewrite, depth: int) -> Statement:
    if not isinstance(statement, If | For | While):
        return statement
    names = {If: ("then", "orelse"), For: ("body",), While: ("test", "body")}[type(statement)]
    blocks = {name: rewritten(getattr(statement, name), rewrite, depth + 1) for name in names}
    same = all(blocks[name] is getattr(statement, name) for name in names)
    return statement if same else replace(statement, **blocks)

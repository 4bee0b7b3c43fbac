"""Rewriting the statements of a function before anything is decided about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from s2sad.ir.nodes import Block, For, If, Statement, While
from s2sad.ir.walk import regions

Rewrite = Callable[[Statement, int], Statement]
"""A statement, and how deep it stands (1 in the body of a function), to what takes its place."""


def rewritten(block: Block, rewrite: Rewrite, depth: int = 1) -> Block:
    """The block with `rewrite` applied to every statement, inner ones first."""
    body = tuple(rewrite(_inside(s, rewrite, depth), depth) for s in block.body)
    same = all(new is old for new, old in zip(body, block.body, strict=True))
    return block if same else Block(body, block.yields)


def _inside(statement: Statement, rewrite: Rewrite, depth: int) -> Statement:
    """The statement with its regions rewritten."""
    before = regions(statement)
    after = [rewritten(region, rewrite, depth + 1) for region in before]
    if all(new is old for new, old in zip(after, before, strict=True)):
        return statement
    match statement:
        case If():
            return replace(statement, then=after[0], orelse=after[1])
        case While():
            return replace(statement, test=after[0], body=after[1])
        case For():
            return replace(statement, body=after[0])
        case _:
            return statement

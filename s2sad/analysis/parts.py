"""The forward and the backward part of a derivative in reverse mode, with what they call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from s2sad.ir.nodes import Call, Comment, For, Function, Program, Statement, While
from s2sad.ir.walk import every, regions

Loop = For | While


def halves(program: Program) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """The statements of the forward and of the backward part, without those of other functions."""
    pull = pullback(program)
    if pull is not None:
        return program.entry.body.body, pull.body.body
    body = program.entry.body.body
    for i, s in enumerate(body):
        if isinstance(s, Comment) and s.text == "backward":
            return body[:i], body[i + 1 :]
    return body, ()


def pullback(program: Program) -> Function | None:
    """The backward part where it is a function of its own."""
    return next((f for f in program.callees if f.name.endswith("_pullback")), None)


def functions(program: Program) -> tuple[Function, ...]:
    """All functions of a program."""
    return (program.entry, *program.callees)


def backward(program: Program) -> Iterator[tuple[Statement, ...]]:
    """The statements of the backward part, and those of each function that it calls."""
    _, body = halves(program)
    yield body
    yield from (f.body.body for f in _called(program, body))


def forward(program: Program) -> Iterator[tuple[str, Statement, tuple[Loop, ...]]]:
    """Every statement of the forward part: the function called, "" for none, and the loops around.

    The outermost loop comes first.
    """
    body, _ = halves(program)
    yield from (("", s, loops) for s, loops in _inside(body, ()))
    for f in _called(program, body):
        yield from ((f.name, s, loops) for s, loops in _inside(f.body.body, ()))


def _called(program: Program, body: Iterable[Statement]) -> list[Function]:
    """The functions that statements call, and those that these call."""
    found: set[str] = set()
    todo = [body]
    while todo:
        names = {s.callee for s in every(todo.pop()) if isinstance(s, Call)} - found
        found |= names
        todo += [f.body.body for f in program.callees if f.name in names]
    return [f for f in program.callees if f.name in found]


def _inside(
    body: Iterable[Statement], loops: tuple[Loop, ...]
) -> Iterator[tuple[Statement, tuple[Loop, ...]]]:
    for s in body:
        yield s, loops
        inner = (*loops, s) if isinstance(s, For | While) else loops
        for region in regions(s):
            yield from _inside(region.body, inner)

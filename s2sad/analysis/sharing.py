"""Which arrays may share memory: of every name, the arrays that may own its elements."""

from __future__ import annotations

from collections.abc import Iterable

from s2sad.ir.nodes import Call, For, If, Let, Operand, Pop, Statement, Var, While
from s2sad.ir.types import Array
from s2sad.ir.walk import operand_vars

Owners = dict[Var, frozenset[Var]]
"""By name; one without an entry owns its elements itself."""


def owners(body: Iterable[Statement]) -> Owners:
    """The owners of what these statements bind, views and names for one of several arrays."""
    found: Owners = {}
    pushed: list[Operand] = []
    size = -1
    while size != sum(map(len, found.values())):
        size = sum(map(len, found.values()))
        _walk(body, found, pushed)
    return found


def of(v: Operand, known: Owners) -> frozenset[Var]:
    """The arrays that may own the elements of an operand."""
    return frozenset(o for x in operand_vars(v) for o in known.get(x, {x}))


def _walk(body: Iterable[Statement], known: Owners, pushed: list[Operand]) -> None:
    for s in body:
        match s:
            case Let() if s.primitive.view and s.args:
                _note(s.target, s.args[:1], known)
            case Call():
                for t in s.targets:
                    _note(t, s.args, known)
            case If():
                _walk(s.then.body, known, pushed)
                _walk(s.orelse.body, known, pushed)
                for i, r in enumerate(s.results):
                    _note(r, (s.then.yields[i], s.orelse.yields[i]), known)
            case For() | While():
                _loop(s, known, pushed)
            case Pop():
                for t in s.targets:
                    _note(t, pushed, known)
            case _:
                pushed += getattr(s, "values", ())


def _loop(s: For | While, known: Owners, pushed: list[Operand]) -> None:
    for c, start in zip(s.carried, s.inits, strict=True):
        _note(c, (start,), known)
    _walk(s.body.body, known, pushed)
    for c, end, r in zip(s.carried, s.body.yields, s.results, strict=True):
        _note(c, (end,), known)
        _note(r, (c, end), known)


def _note(v: Var, sources: Iterable[Operand], known: Owners) -> None:
    if isinstance(v.type, Array):
        found = {o for x in sources for o in of(x, known)}
        known[v] = known.get(v, frozenset()) | found | ({v} if not found else set())

"""How control leaves statements: what they may jump to, and whether they can run to their end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import gast

__all__ = [
    "always_true",
    "asks_for_jumps",
    "blocks",
    "is_structured",
    "jumps",
    "jumps_of",
    "matches_all",
    "may_finish",
    "runs_on",
]

_NOTHING: frozenset[str] = frozenset()
_RETURN = frozenset({"return"})
_JUMPS = {
    gast.Return: _RETURN,
    gast.Break: frozenset({"break"}),
    gast.Continue: frozenset({"continue"}),
}
_LOOPS = (gast.For, gast.While, gast.AsyncFor)
_SCOPES = (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)


def jumps(statement: Any) -> frozenset[str]:
    """Return which of return, break and continue may leave a statement for what is outside."""
    if type(statement) in _JUMPS:
        return _JUMPS[type(statement)]
    if isinstance(statement, _SCOPES):
        return _NOTHING
    if isinstance(statement, _LOOPS):
        return jumps_of(statement.body) & _RETURN | jumps_of(statement.orelse)
    return _NOTHING.union(*map(jumps_of, blocks(statement)))


def jumps_of(statements: Iterable[Any]) -> frozenset[str]:
    """Return which jumps may leave a block."""
    return _NOTHING.union(*map(jumps, statements))


def blocks(statement: Any) -> list[list[Any]]:
    """Return the blocks directly inside a statement that belong to the same function."""
    if isinstance(statement, _SCOPES):
        return []
    found = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
    for part in [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]:
        found.append(part.body)
    return [block for block in found if block]


def may_finish(statements: Sequence[Any]) -> bool:
    """Say whether control may reach the end of a block."""
    return all(map(_may_finish, statements))


def _may_finish(statement: Any) -> bool:
    if isinstance(statement, gast.Return | gast.Break | gast.Continue | gast.Raise):
        return False
    if isinstance(statement, gast.If):
        return may_finish(statement.body) or may_finish(statement.orelse)
    if isinstance(statement, gast.While) and always_true(statement.test):
        return "break" in jumps_of(statement.body)
    if isinstance(statement, gast.Match) and matches_all(statement.cases):
        return any(may_finish(case.body) for case in statement.cases)
    # A `with` may swallow an exception: it can always finish.
    return True


def asks_for_jumps(statement: Any) -> bool:
    """Say whether a clause of a `try` runs, or counts, only if none before has jumped."""
    if not isinstance(statement, gast.Try):
        return False
    skipped = statement.orelse and jumps_of(statement.body)
    return bool(skipped or jumps_of(statement.finalbody))


def runs_on(statements: Iterable[Any]) -> bool:
    """Say whether code runs after a jump out of a block: that of a `finally` or of a `with`."""
    return any(
        isinstance(s, gast.With)
        or bool(getattr(s, "finalbody", None))
        or any(map(runs_on, blocks(s)))
        for s in statements
    )


def matches_all(cases: Sequence[Any]) -> bool:
    """Say whether one of the cases of a `match` is sure to be taken."""
    return any(case.guard is None and _irrefutable(case.pattern) for case in cases)


def _irrefutable(pattern: Any) -> bool:
    if isinstance(pattern, gast.MatchOr):
        return any(map(_irrefutable, pattern.patterns))
    is_name = isinstance(pattern, gast.MatchAs)
    return is_name and (pattern.pattern is None or _irrefutable(pattern.pattern))


def always_true(test: Any) -> bool:
    """Say whether a test is a true constant, as in `while True`."""
    return isinstance(test, gast.Constant) and bool(test.value)


def is_structured(body: Sequence[Any]) -> bool:
    """Say whether a function has no jumps but returns in tail position and no loop with `else`."""
    *before, last = body
    if isinstance(last, gast.Return):
        return not any(map(_jumps_inside, before))
    if not any(map(_jumps_inside, body)):
        return True
    return (
        isinstance(last, gast.If)
        and bool(last.orelse)
        and not any(map(_jumps_inside, before))
        and all(is_structured(b) and not may_finish(b) for b in (last.body, last.orelse))
    )


def _jumps_inside(statement: Any) -> bool:
    """Say whether a statement holds any jump or loop with `else`, at any depth."""
    if type(statement) in _JUMPS:
        return True
    if isinstance(statement, _LOOPS) and statement.orelse:
        return True
    return any(_jumps_inside(inner) for block in blocks(statement) for inner in block)

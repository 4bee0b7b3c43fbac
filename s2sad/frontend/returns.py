"""Returns from the middle of a function: which one was reached, and what it gives.

A statement that may return from within, and is followed by others, only notes that it did: in a
flag, or in a number where there are several returns. What is given is evaluated after it:

    for i in range(n):                      s2_exit = 0
        if x[i] < 0:                        while s2_exit == 0 and ...:
            return x * 2                        if x[i] < 0:
        if x[i] > 9:                                s2_exit = 1
            y = x[i] - 9                        elif x[i] > 9:
            return y                                y = x[i] - 9
                                                    s2_result = y
                                                    s2_exit = 2
                                            if s2_exit == 1:
                                                return x * 2
                                            elif s2_exit == 2:
                                                return s2_result

Nothing is changed once a return was reached, so an expression gives afterwards what it gives there.
It is evaluated there nevertheless if it reads names that the statement binds, which may be of
another kind on every path, and inside `try` and `with`, which see what it raises.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gast

from s2sad.frontend.binding import assigned, only_augmented
from s2sad.frontend.exits import blocks
from s2sad.frontend.names import Final, Flag, FreshNames, Result
from s2sad.frontend.syntax import Maker, walk_scope

__all__ = ["Returns"]


@dataclass(frozen=True, slots=True)
class _Exit:
    """One return, or several of the same: its number, and the name of its result, if it has one."""

    number: int
    statement: Any
    result: str | None


class Returns:
    """The returns inside one statement, and the flag or number that says which was reached."""

    def __init__(self, statement: Any, fresh: FreshNames) -> None:
        bound = _bound(statement)
        self._keys: dict[Any, Any] = {}
        self._exits: dict[Any, _Exit] = {}
        for found, around in _returns(statement, ()):
            later = not around and _is_same_later(found.value, bound)
            key = _text(found.value) if later else _place(found)
            self._keys[_place(found)] = key
            if key not in self._exits:
                result = None if later else fresh("s2_result", _kind(around))
                self._exits[key] = _Exit(len(self._exits) + 1, found, result)
        self._single = len(self._exits) == 1
        self._name = fresh("s2_done" if self._single else "s2_exit", Flag)

    def start(self, make: Maker) -> Any:
        """Build the statement that no return was reached so far."""
        return make.assign(self._name, make.constant(False if self._single else 0))

    def going_on(self, make: Maker) -> Any:
        """Build the test that no return was reached."""
        name = make.load(self._name)
        if self._single:
            return make.negation(name)
        return make.compare(name, gast.Eq(), make.constant(0))

    def reached(self, make: Maker) -> Any:
        """Build the test that a return was reached."""
        name = make.load(self._name)
        return name if self._single else make.compare(name, gast.NotEq(), make.constant(0))

    def note(self, statement: Any) -> list[Any]:
        """Build what a return becomes."""
        make = Maker(statement)
        found = self._exits[self._keys[_place(statement)]]
        value = make.constant(None) if statement.value is None else statement.value
        out = [] if found.result is None else [make.assign(found.result, value)]
        return [*out, make.assign(self._name, make.constant(self._single or found.number))]

    def give_back(self, rest: list[Any] | None, make: Maker) -> list[Any]:
        """Build the returns that were reached and else the rest, or None if all paths return."""
        exits = list(self._exits.values())
        out = self._given(exits.pop()) if rest is None else rest
        for found in reversed(exits):
            name, number = make.load(self._name), make.constant(found.number)
            test = name if self._single else make.compare(name, gast.Eq(), number)
            out = make.branch(test, self._given(found), out)
        return out

    def _given(self, found: _Exit) -> list[Any]:
        if found.result is None:
            return [found.statement]
        make = Maker(found.statement)
        return [make.give_back(make.load(found.result))]


def _returns(statement: Any, around: tuple[Any, ...]) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """The returns inside a statement, each with the `try` and `with` statements around it."""
    if isinstance(statement, gast.Return):
        yield statement, around
    if isinstance(statement, gast.Try | gast.With):
        around = (*around, statement)
    for block in blocks(statement):
        for inner in block:
            yield from _returns(inner, around)


def _kind(around: tuple[Any, ...]) -> type[Result]:
    """The kind of name that holds a result: whether code runs after its return."""
    runs_on = any(isinstance(s, gast.With) or s.finalbody for s in around)
    return Result if runs_on else Final


def _is_same_later(value: Any, bound: set[str]) -> bool:
    """Say whether an expression may be evaluated after the statement that binds some names."""
    for node in gast.walk(value) if value is not None else ():
        if isinstance(node, gast.NamedExpr | gast.Yield | gast.YieldFrom | gast.Await):
            return False
        if isinstance(node, gast.Name) and node.id in bound:
            return False
    return True


def _bound(statement: Any) -> set[str]:
    """The names that a statement binds otherwise than by `x += 1`."""
    found = set(assigned([statement])) - set(only_augmented(statement))
    for node in walk_scope([statement]):
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Del):
            found.add(node.id)
        elif isinstance(node, gast.alias):
            found.add((node.asname or node.name).partition(".")[0])
    return found


def _text(value: Any) -> str:
    return "None" if value is None else gast.dump(value)


def _place(statement: Any) -> tuple[int, int]:
    """Where a return stands: the same for its copies."""
    return statement.lineno, statement.col_offset

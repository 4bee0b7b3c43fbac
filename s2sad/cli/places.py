"""Which arguments of a call one differentiates with respect to, and how to reach them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from s2sad.cli.problems import UsageError
from s2sad.errors import ArgumentError
from s2sad.numeric import is_inexact, leaves

Place = tuple[str, Any, tuple[Any, ...]]
"""How an argument is written, its argnum, and its path in the bound arguments."""


def places(bound: inspect.BoundArguments, wrt: Any) -> list[Place]:
    """The arguments that `wrt` names, or else all that hold floating numbers.

    An integer that is named becomes a float.
    """
    found = list(_candidates(bound))
    if wrt is None:
        chosen = [p for p in found if any(map(is_inexact, leaves(reached(bound, p[2]))))]
        if not chosen:
            raise ArgumentError("no argument is a floating number", 'write a point: --at "x=1.0"')
        return chosen
    chosen = []
    for name in wrt if isinstance(wrt, tuple) else (wrt,):
        chosen += _named(found, name)
    for _, _, path in chosen:
        value = reached(bound, path)
        if type(value) is int:
            put(bound.arguments, path, float(value))
    return chosen


def _named(found: list[Place], name: int | str) -> list[Place]:
    if isinstance(name, int) and -len(found) <= name < len(found):
        return [found[name]]
    fitting = [p for p in found if name in (p[0], p[1])]
    if not fitting:
        titles = ", ".join(p[0] for p in found)
        raise UsageError(f"--wrt: there is no argument {name}", f"the arguments are {titles}")
    return fitting


def reached(bound: inspect.BoundArguments, path: tuple[Any, ...]) -> Any:
    """The value at a path."""
    value: Any = bound.arguments
    for key in path:
        value = value[key]
    return value


def _candidates(bound: inspect.BoundArguments) -> Iterator[Place]:
    position = 0
    for name, parameter in bound.signature.parameters.items():
        if name not in bound.arguments:
            continue
        if parameter.kind is parameter.VAR_POSITIONAL:
            for i in range(len(bound.arguments[name])):
                yield f"{name}[{i}]", position + i, (name, i)
        elif parameter.kind is parameter.VAR_KEYWORD:
            for key in bound.arguments[name]:
                yield key, key, (name, key)
        else:
            yield name, name, (name,)
            position += 1


def put(values: Any, path: tuple[Any, ...], x: Any) -> None:
    """Replace the value at a path of one or two steps."""
    if len(path) == 1:
        values[path[0]] = x
    elif isinstance(values[path[0]], tuple):
        items = list(values[path[0]])
        items[path[1]] = x
        values[path[0]] = tuple(items)
    else:
        values[path[0]] = {**values[path[0]], path[1]: x}

"""Rewrite the head of a `for` loop that may stop early, so that it does stop."""

from __future__ import annotations

import copy
from typing import Any

import gast

from s2sad.frontend.names import FreshNames
from s2sad.frontend.syntax import Maker, header, replaced

__all__ = ["counting_while", "guarded_for", "is_range_call"]


def is_range_call(node: Any) -> bool:
    """Say whether an expression is `range` called with one to three plain arguments."""
    return (
        isinstance(node, gast.Call)
        and isinstance(node.func, gast.Name)
        and node.func.id == "range"
        and not node.keywords
        and 1 <= len(node.args) <= 3
        and not any(isinstance(argument, gast.Starred) for argument in node.args)
    )


def counting_while(loop: Any, go_on: Any, body: list[Any], fresh: FreshNames) -> list[Any]:
    """Rewrite `for i in range(a, b, c)` to a `while` that also asks `go_on`.

    Before: `for i in range(n): BODY`. After: `s2_index = 0; s2_stop = n`, then
    `while go_on and s2_index < s2_stop: i = s2_index; s2_index = s2_index + 1; BODY`.
    The bounds are evaluated once; `i` is bound by each trip only, and the body may rebind it.
    """
    make = Maker(header(loop))
    arguments = loop.iter.args
    start = arguments[0] if len(arguments) > 1 else make.constant(0)
    bound = arguments[1] if len(arguments) > 1 else arguments[0]
    step = arguments[2] if len(arguments) > 2 else make.constant(1)
    index = fresh("s2_index")
    before = [make.assign(index, start)]
    stop = _once(bound, "s2_stop", before, make, fresh)
    step = _once(step, "s2_step", before, make, fresh)
    test = make.both([go_on, _in_range(make, make.load(index), stop, step)])
    advance = make.increment(index, copy.deepcopy(step))
    trip = [make.assign_to(loop.target, make.load(index)), advance]
    return [*before, make.place(gast.While(test, trip + body, []))]


def _once(value: Any, base: str, before: list[Any], make: Maker, fresh: FreshNames) -> Any:
    """Return an atom for `value`: itself if constant, else a name assigned in `before`."""
    if _integer(value) is not None:
        return value
    name = fresh(base)
    before.append(make.assign(name, value))
    return make.load(name)


def _in_range(make: Maker, index: Any, stop: Any, step: Any) -> Any:
    """Build the test that a trip remains, for a step whose sign may not be known yet."""
    known = _integer(step)
    if known is not None and known != 0:
        return make.compare(index, gast.Lt() if known > 0 else gast.Gt(), stop)
    left = make.place(gast.BinOp(stop, gast.Sub(), index))
    ahead = make.place(gast.BinOp(left, gast.Mult(), step))
    return make.compare(ahead, gast.Gt(), make.constant(0))


def _integer(node: Any) -> int | None:
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        value = _integer(node.operand)
        return None if value is None else -value
    if isinstance(node, gast.Constant) and type(node.value) is int:
        return int(node.value)
    return None


def guarded_for(loop: Any, go_on: Any, body: list[Any], fresh: FreshNames) -> list[Any]:
    """Rewrite a `for` over anything: the trips after the stop do nothing.

    Before: `for x in ITEMS: BODY`. After: `for s2_x in ITEMS: if go_on: x = s2_x; BODY`.
    The loop variable is renamed because it must keep the value it had at the stop.
    """
    make = Maker(header(loop))
    bindings: list[Any] = []
    target = _renamed(loop.target, bindings, make, fresh)
    guarded = make.branch(go_on, bindings + body, [])
    return [replaced(loop, target=target, body=guarded, orelse=[])]


def _renamed(target: Any, bindings: list[Any], make: Maker, fresh: FreshNames) -> Any:
    """Return a target of fresh names, with the assignments to the user's in `bindings`."""
    if isinstance(target, gast.Tuple | gast.List) and _plain(target):
        parts = [_renamed(part, bindings, make, fresh) for part in target.elts]
        return replaced(target, elts=parts)
    plain = isinstance(target, gast.Name)
    name = fresh(f"s2_{target.id}" if plain else "s2_item")
    bindings.append(make.assign_to(copy.deepcopy(target), make.load(name)))
    return make.place(gast.Name(name, gast.Store(), None, None))


def _plain(target: Any) -> bool:
    if isinstance(target, gast.Tuple | gast.List):
        return all(map(_plain, target.elts))
    return isinstance(target, gast.Name)

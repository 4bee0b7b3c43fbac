"""The adjoint of a checkpointed call: the function once more, and backward at once.

Between forward and backward nothing is kept but the arguments of the call.
"""

from __future__ import annotations

from typing import Any

from s2sad.errors import Unsupported
from s2sad.frontend.custom import Use
from s2sad.ir.nodes import Block, Call, Function, Statement, Var
from s2sad.ir.prune import prune
from s2sad.ir.tree import Struct
from s2sad.ir.types import is_inexact
from s2sad.ir.walk import every
from s2sad.transform.apart import parameters
from s2sad.transform.effects import has_effects, once

AGAIN = "a checkpointed function, which is evaluated again,"


def checkpoint_adjoint(a: Any, s: Call) -> list[Statement]:
    """Adds the call of the adjoint; the forward part keeps the call as it is."""
    f = a.walk.functions[s.callee]
    params = [p.tree for p in f.params]
    pairs = zip(params, s.args, strict=True)
    active = [i for i, (p, x) in enumerate(pairs) if is_inexact(p.type) and x in a.active]
    reached = [i for i, t in enumerate(s.targets) if t in a.cot]
    name = _adjoint_function(a, f, tuple(active), tuple(reached))
    cots = [a._call_cot(s.targets[i]) for i in reached]
    given = [x for x in (s.args[i] for i in active) if isinstance(x, Var)]
    bars = [a.bar(x) for x in given]
    a.b.add(Call(tuple(bars), name, (*s.args, *cots), a.b.at, True))
    for x, g in zip(given, bars, strict=True):
        a.accumulate(x, g)
    return [s]


def _adjoint_function(a: Any, f: Function, active: tuple[int, ...], seeds: tuple[int, ...]) -> str:
    """The name of the function from arguments and cotangents to cotangents; itself a checkpoint."""
    key = ("adjoint", f.name, active, seeds)
    found: str | None = a.walk.checkpoints.get(key)
    if found is None:
        found = a.walk.checkpoints[key] = a.walk.unused_name(f"{f.name}_adjoint")
        a.walk.functions[found] = _derived(type(a)(a.walk), f, active, seeds, found)
        a.walk.customs[found] = Use(None)
    return found


def _derived(
    a: Any, f: Function, active: tuple[int, ...], seeds: tuple[int, ...], name: str
) -> Function:
    walk, b = a.walk, a.b
    params = [p.tree for p in f.params]
    a.visible = params
    given = [params[i] for i in active]
    outputs = [f.body.yields[i] for i in seeds]
    body = list(_without_effects(walk, f).body)
    cots = [a.bar(y) for y in outputs if isinstance(y, Var)]
    saved = b.shared, b.role
    b.shared, b.role = [{}], "beta"
    try:
        with b.supposing(body, anew=True):
            forward, backward, bars = a.run(body, outputs, cots, given)
            with b.reopened(backward):
                walk.given.update(cots)  # no result is one of them: the caller may write into it
                full = tuple(walk.derive.finished(given, bars))
    finally:
        b.shared, b.role = saved
    shape = 0 if len(full) == 1 else Struct("tuple", tuple(range(len(full))))
    block = prune(Block((*forward, *backward), full))
    return Function(name, parameters((*params, *cots)), block, shape)


def _without_effects(walk: Any, f: Function) -> Block:
    """The body for its values: what it prints or raises, it did the first time."""
    for s in every(f.body.body):
        if isinstance(s, Call) and _acts(walk, s.callee, set()):
            raise Unsupported(
                f"a call of {s.callee}, which prints, raises or draws, in {AGAIN}",
                "make the call outside of it",
                s.at,
            )
    return once(f.body, AGAIN)


def _acts(walk: Any, name: str, seen: set[str]) -> bool:
    """Whether a function of the program, or one that it calls, has effects."""
    seen.add(name)
    body = walk.functions[name].body.body
    calls = {s.callee for s in every(body) if isinstance(s, Call)} - seen
    return has_effects(body) or any(_acts(walk, c, seen) for c in calls)

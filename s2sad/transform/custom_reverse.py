"""Reverse mode of a call with a derivative of its own: as stated, or the tangent transposed."""

from __future__ import annotations

from typing import Any

from s2sad.analysis.activity import Activity
from s2sad.frontend.custom import Use, isolated
from s2sad.frontend.infer import type_of
from s2sad.frontend.values import Value, atoms, rebuilt
from s2sad.frontend.zero import ZERO
from s2sad.ir.nodes import Call, Lit, Operand, Statement, Var
from s2sad.ir.types import Number, is_inexact
from s2sad.transform.checkpoint import checkpoint_adjoint
from s2sad.transform.custom import (
    bound,
    cotangents_of,
    forward_part,
    function_of,
    refuse_dropped,
    ruled,
    split,
    tangents_of,
    without_tangents,
    zero_of,
)


def adjoint_of(a: Any, use: Use, s: Call) -> list[Statement]:
    """Adds the adjoint of a call; returns the statements of the forward part."""
    if use.custom is None:
        return checkpoint_adjoint(a, s)
    refuse_dropped(a.active, use, s)
    if use.custom.kind == "vjp":
        return _stated_adjoint(a, use, s)
    return _transposed_tangent(a, use, s)


def _stated_adjoint(a: Any, use: Use, s: Call) -> list[Statement]:
    """fwd in the place of the function, and bwd as its adjoint."""
    walk, args = a.walk, use.arguments(s.args)
    apart, primals = split(use, args)
    forward, residuals = forward_part(a, use, s, args)
    bwd = function_of(walk, use, "bwd", s.at)
    cots = _cotangents(a, use, s)
    found = cotangents_of(a, use, s, [*apart, residuals, cots], primals, bwd)
    for x, g in found:
        a.accumulate(x, g)
    return forward


def _cotangents(a: Any, use: Use, s: Call) -> Value:
    """The cotangent of the result, in its structure; zeros where nothing reached it."""
    assert use.apart is not None
    found: list[Operand] = []
    take = iter(s.targets)
    for x in atoms(use.apart.result):
        if not isinstance(x, Var):
            found.append(Lit(0.0) if isinstance(type_of(x), Number) else x)
            continue
        t = next(take)
        g = a.cot.pop(t, ZERO)
        found.append(a.full(g, t) if is_inexact(t.type) else Lit(None))
    return rebuilt(use.apart.result, iter(found))


def _transposed_tangent(a: Any, use: Use, s: Call) -> list[Statement]:
    """The adjoint of the code that computes the tangent, which is linear in the tangents."""
    args = use.arguments(s.args)
    seeds: dict[Var, Var] = {}
    with isolated(a.walk) as body:
        dots = [rebuilt(v, iter([_seed(a, x, seeds) for x in atoms(v)])) for v in args]
        out, dot = ruled(a, use, s, args, dots)
        dot = tangents_of(a, use, s, dot, out)
    body, outs = bound(a.b, body, use, s, out, dot)
    facts = Activity(body, seeds.values(), outs)
    before, a.active = a.active, facts.active  # in tangents only: the rule's values are constants
    a.fields |= {t: sorted(f & facts.wanted.get(t, set())) for t, f in facts.fields.items()}
    start = len(a.b.regions[-1])
    a.make_shadows(body)
    for t, d in zip(s.targets, outs, strict=True):
        g = a.cot.pop(t, ZERO)
        a.accumulate(d, g if g is ZERO else a.full(g, t))
    forward = a.sweep(body)
    a.active = before
    actual = {t: x for x, t in seeds.items()}
    for x, t in seeds.items():
        a.accumulate(x, a.cot.pop(t, ZERO))
    back = a.b.regions[-1]
    cots = tuple(g for g in a.cot.values() if g is not ZERO)
    return without_tangents(a, use, s, forward, back, start, actual, cots)


def _seed(a: Any, x: Operand, seeds: dict[Var, Var]) -> Operand:
    """A name for the tangent of an active atom; a zero for any other."""
    if not isinstance(x, Var):
        return zero_of(x)
    if not is_inexact(x.type):
        return Lit(None)
    if x not in a.active:
        zero: Operand = a.zeros(x)
        return zero
    if x not in seeds:
        seeds[x] = a.b.var(x.type, x.hint, "dot")
    return seeds[x]

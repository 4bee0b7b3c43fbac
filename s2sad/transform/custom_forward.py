"""Forward mode of a call with a derivative of its own: as stated, or the adjoint transposed."""

from __future__ import annotations

from typing import Any

from s2sad.frontend.custom import Use, isolated
from s2sad.frontend.values import atoms, rebuilt
from s2sad.frontend.zero import ZERO
from s2sad.ir.nodes import Call, Lit, Operand, Var
from s2sad.ir.types import is_inexact
from s2sad.ir.walk import substitute
from s2sad.transform.adjoint import Adjoint
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


def tangent_of(t: Any, use: Use, s: Call) -> None:
    """Adds a call with the tangents of what it binds."""
    assert use.custom is not None
    refuse_dropped(t.varied, use, s)
    if use.custom.kind == "vjp":
        _transposed_adjoint(t, use, s)
        return
    args = use.arguments(s.args)
    dots = [rebuilt(v, iter([_dot(t, x) for x in atoms(v)])) for v in args]
    with isolated(t.walk) as body:
        out, found = ruled(t, use, s, args, dots)
        found = tangents_of(t, use, s, found, out)
    body, found = bound(t.b, body, use, s, out, found)
    for x in body:
        t.b.add(x)
    pairs = zip(s.targets, found, strict=True)
    t.dots.update((y, t.named(d, y)) for y, d in pairs if is_inexact(y.type))


def _dot(t: Any, x: Operand) -> Operand:
    """The tangent of an atom of an argument, of its full size."""
    if not isinstance(x, Var):
        return zero_of(x)
    dot: Operand = t.full(t.dot(x), x) if is_inexact(x.type) else Lit(None)
    return dot


def _transposed_adjoint(t: Any, use: Use, s: Call) -> None:
    """The tangent of a custom_vjp function: bwd is linear in the cotangent, and is transposed."""
    walk, b, args = t.walk, t.b, use.arguments(s.args)
    apart, primals = split(use, args)
    forward, residuals = forward_part(t, use, s, args)
    for x in forward:
        b.add(x)
    assert use.apart is not None
    seeds = {y: b.var(y.type, f"beta_{y.hint}" if y.hint else "", "beta") for y in s.targets}
    given = [seeds[y] if isinstance(y, Var) else zero_of(y) for y in atoms(use.result(s.targets))]
    cots = rebuilt(use.apart.result, iter(given))
    bwd = function_of(walk, use, "bwd", s.at)
    with isolated(walk) as body:
        pairs = cotangents_of(t, use, s, [*apart, residuals, cots], primals, bwd)
    pairs = [(x, g) for x, g in pairs if t.dot(x) is not ZERO]
    outs, dots = [g for _, g in pairs], [t.full(t.dot(x), x) for x, _ in pairs]
    wrt = [c for c in seeds.values() if is_inexact(c.type)]
    first, second, found = Adjoint(walk).run(body, outs, dots, wrt)
    both = {c: y for y, c in seeds.items()}
    tail = list(second)
    first = without_tangents(
        t, use, s, first, tail, 0, both, tuple(g for g in found if g is not ZERO)
    )
    for x in (*first, *tail):
        b.add(x)
    for c, g in zip(wrt, found, strict=True):
        y = both[c]
        t.dots[y] = t.named(t.full(substitute(g, both), y), y)

"""Every rule on arrays that lie in memory in another way, against contiguous copies of them.

Results, dtypes and derivatives must be the same for arrays in the order of Fortran, with steps,
read backwards, read-only or broadcast, and for NumPy's numbers in place of arrays of rank 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from s2sad import jvp, vjp
from s2sad.numeric import leaves
from s2sad.rules import table
from s2sad.rules.cases import Direct, Env, arrays_of, carriers, draw, each, like
from s2sad.rules.laws import SHAPES
from s2sad.rules.notation import DEFINITIONS, Primitive
from s2sad.rules.table import RULES
from s2sad.testing import _caller

table.read_all()
SMOOTH = [p for p in RULES.values() if p.rule is p and p.wrt]
STATED = [p for p in DEFINITIONS.values() if p.wrt]
RUN = Direct()


def by_columns(x: Any) -> Any:
    return np.array(x, order="F")


def with_steps(x: Any) -> Any:
    room = np.full([2 * n for n in x.shape], np.nan, x.dtype)
    view = room[(..., *[slice(None, None, 2)] * x.ndim)]
    view[...] = x
    return view


def backwards(x: Any) -> Any:
    turned = (..., *[slice(None, None, -1)] * x.ndim)
    return x[turned].copy()[turned]


def read_only(x: Any) -> Any:
    made = x.copy()
    made.setflags(write=False)
    return made


def numbers(x: Any) -> Any:
    return x[()]


LAYOUTS: tuple[Callable[[Any], Any], ...] = (by_columns, with_steps, backwards, read_only, numbers)


def laid_out(value: Any, layout: Callable[[Any], Any]) -> Any:
    """An argument with every array of floating numbers in it laid out anew."""
    if isinstance(value, tuple | list):
        return type(value)(laid_out(v, layout) for v in value)
    floating = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    return layout(value) if floating else value


def found(rule: Primitive, env: Env, layout: Callable[[Any], Any], seed: int) -> list[Any]:
    """The value, tangent and cotangents of one call, its arrays laid out."""
    rng = np.random.default_rng(seed)
    active = carriers(rule, env)

    def random(v: Any) -> Any:
        return laid_out(each(lambda x: like(np.asarray(x), rng), v), layout)

    env = {k: laid_out(v, layout) if k in active else v for k, v in env.items()}
    ans = RUN.primal(rule, env)
    dots = {a: random(env[a]) for a in active}
    ans_bar = random(ans)
    start = {a: each(lambda x: np.zeros(np.shape(x)), env[a]) for a in rule.wrt if a in active}
    start |= {a: None for a in rule.wrt if a not in active}
    results = [ans, RUN.tangent(rule, env, ans, dots)]
    bars = RUN.adjoint(rule, env, ans, ans_bar, active, start)
    return [x for r in (*results, *(bars[a] for a in active)) for x in arrays_of(r)]


def assert_alike(xs: list[Any], ys: list[Any], what: Any) -> None:
    for x, y in zip(xs, ys, strict=True):
        assert np.shape(x) == np.shape(y), what
        assert np.asarray(x).dtype == np.asarray(y).dtype, what
        np.testing.assert_allclose(x, y, 1e-12, 1e-13, err_msg=str(what))


@pytest.mark.parametrize("rule", SMOOTH, ids=lambda p: p.name)
def test_a_rule_in_every_layout(rule: Primitive) -> None:
    rng = np.random.default_rng(1)
    with np.errstate(all="ignore"):
        for turn in range(6):
            env = draw(rule, rng, SHAPES[turn], turn)
            if carriers(rule, env):
                wanted = found(rule, env, np.copy, turn)
                for layout in LAYOUTS:
                    assert_alike(found(rule, env, layout, turn), wanted, (layout.__name__, env))


NOT_SINGULAR = ("np.linalg.", "np.prod", "np.cumprod")
"""Functions that have no derivative of a matrix with equal rows, or none that is accurate."""
NOT_CALLED = ("np.pad", "np.random.")
"""Rules for the sake of a definition, and not for all options; and draws, which differ by call."""


def broadcast(x: Any) -> Any:
    """An array whose first axis is repeated without memory of its own."""
    return np.broadcast_to(x[:1], x.shape) if x.ndim and len(x) else x


@pytest.mark.parametrize("stated", [*SMOOTH, *STATED], ids=lambda p: p.name)
def test_what_the_compiler_writes_in_every_layout(stated: Primitive) -> None:
    env = draw(stated, np.random.default_rng(2), SHAPES[1], 1)
    active = carriers(stated, env)
    if not active or stated.when == ("copy",) or stated.name.startswith(NOT_CALLED):
        return
    f = _caller(stated, env, active)
    given = [env[a] for a in active]

    def derived(layout: Callable[[Any], Any]) -> list[Any]:
        rng = np.random.default_rng(3)
        args = tuple(laid_out(v, layout) for v in given)
        dots = tuple(each(lambda x: like(x, rng), v) for v in args)
        dots = tuple(
            type(v)(d) if isinstance(v, tuple) else d for v, d in zip(args, dots, strict=True)
        )
        value, tangent = jvp(f, args, dots)
        out, pull = vjp(f, *args)
        bars = pull(_cotangent(out, rng))
        return [x for r in (value, tangent, out, *bars) for x in leaves(r)]

    with np.errstate(all="ignore"):
        wanted = derived(lambda x: x.copy())
        for layout in LAYOUTS[:-1]:
            assert_alike(derived(layout), wanted, (layout.__name__, env))
        if not stated.name.startswith(NOT_SINGULAR):
            spread = derived(broadcast)
            assert_alike(spread, derived(lambda x: broadcast(x).copy()), ("broadcast", env))


def _cotangent(out: Any, rng: np.random.Generator) -> Any:
    if isinstance(out, tuple | list):
        made = [_cotangent(x, rng) for x in out]
        return type(out)(*made) if hasattr(out, "_fields") else type(out)(made)
    floating = np.asarray(out).dtype.kind == "f"
    return like(out, rng) if floating else out

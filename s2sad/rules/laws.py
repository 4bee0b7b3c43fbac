"""What every rule must satisfy.

A law is a function of a rule, one case and a random generator; it raises AssertionError with the
case that breaks it.  `runner` runs the rule: `Direct`, or one that runs the compiler's source.
"""

from __future__ import annotations

import copy
import itertools
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2sad.rules.agreement import close, same, sharply
from s2sad.rules.cases import (
    Direct,
    Env,
    Rng,
    arrays_of,
    carriers,
    carries,
    complex_like,
    dot,
    draw,
    each,
    like,
)
from s2sad.rules.closure import unruled
from s2sad.rules.notation import Primitive

DIRECT = Direct()
SINGLES = (np.float32, np.complex64)


def numeric(rule: Primitive, env: Env, dots: Env, runner: Direct, h: float = 1e-3) -> list[Any]:
    """The derivatives of the results along `dots`: central differences of order four."""

    def at(t: float) -> list[Any]:
        moved = {a: each(lambda x, v: x + t * h * v, env[a], d) for a, d in dots.items()}
        return [np.asarray(x) for x in arrays_of(runner.primal(rule, {**env, **moved}))]

    points = zip(at(1.0), at(-1.0), at(2.0), at(-2.0), strict=True)
    return [(8.0 * (a - b) - (c - d)) / (12.0 * h) for a, b, c, d in points]


def complex_step(rule: Primitive, env: Env, dots: Env, runner: Direct) -> list[Any]:
    """The derivatives along `dots` to machine precision, None where complex numbers are refused."""
    h = 1e-30
    moved = {a: each(lambda x, v: x + 1j * h * v, env[a], d) for a, d in dots.items()}
    try:
        with warnings.catch_warnings(action="error", category=np.exceptions.ComplexWarning):
            values = arrays_of(runner.primal(rule, {**env, **moved}))
    except (TypeError, np.exceptions.ComplexWarning):
        return [None] * rule.results
    return [np.asarray(v).imag / h if np.iscomplexobj(v) else None for v in values]


def tangent_is_the_derivative(rule: Primitive, env: Env, rng: Rng, runner: Direct = DIRECT) -> None:
    """The tangent equals the numeric derivative along a random direction."""
    dots = {a: each(lambda x: like(x, rng), env[a]) for a in carriers(rule, env)}
    if not dots:
        return
    ans = runner.primal(rule, env)
    tangents = arrays_of(runner.tangent(rule, env, ans, dots))
    exactly = complex_step(rule, env, dots, runner)
    numbers = numeric(rule, env, dots, runner)
    finer = numeric(rule, env, dots, runner, 5e-4)
    results = zip(arrays_of(ans), tangents, numbers, finer, exactly, strict=True)
    for value, found, wanted, fine, exact in (r for r in results if carries(r[0])):
        single = np.asarray(value).dtype in SINGLES
        close(found, wanted, 2e-3 if single else 3e-6, rule, env)
        if not single:
            sharply(found, wanted, fine, value, rule, env)
        # Not every function is analytic where it takes complex numbers (vdot conjugates).
        same_shape = exact is not None and np.shape(exact) == np.shape(wanted)
        if same_shape and np.allclose(exact, wanted, rtol=1e-5, atol=1e-6):
            close(found, exact, 1e-5 if single else 1e-11, rule, env)


def adjoint_is_the_transpose(rule: Primitive, env: Env, rng: Rng, runner: Direct = DIRECT) -> None:
    """<ans_bar, tangent> = <adjoint, dots> for every subset of active operands."""
    ans = runner.primal(rule, env)
    found = carriers(rule, env)
    for n in range(1, len(found) + 1):
        for active in itertools.combinations(found, n):
            dots = {a: each(lambda x: like(x, rng), env[a]) for a in active}
            ans_bar = each(lambda x: like(np.asarray(x), rng), ans)
            start = {a: each(lambda x: like(x, rng), env[a]) for a in found}
            start |= {a: None for a in rule.wrt if a not in found}
            forward = runner.tangent(rule, env, ans, dots)
            bars = runner.adjoint(rule, env, ans, ans_bar, active, start)
            for a in active:
                shapes = [np.shape(x) for x in arrays_of(env[a])]
                found_shapes = [np.shape(b) for b in arrays_of(bars[a])]
                same(rule, env, f"shape of {a}_bar", found_shapes, shapes)
            results = [carries(x) for x in arrays_of(ans)]
            left = dot(
                itertools.compress(arrays_of(ans_bar), results),
                itertools.compress(arrays_of(forward), results),
            )
            right = sum(dot(arrays_of(bars[a]), arrays_of(dots[a])) for a in active)
            single = any(np.asarray(x).dtype in SINGLES for x in arrays_of(ans))
            tolerance = 1e-5 if single else 1e-10
            close(right, left, tolerance, rule, env)


def complex_numbers_keep_the_laws(
    rule: Primitive, env: Env, rng: Rng, runner: Direct = DIRECT
) -> None:
    """An analytic rule holds for complex operands as it stands, if NumPy takes any.

    Where vectors have free phases, programs that do not depend on them are tried in its place.
    Tangents are derivatives, and Re Σ ans_bar tangent = Re Σ adjoint dots.
    """
    found, law_holds = carriers(rule, env), rule.analytic and not rule.phases
    for some in {tuple(found), tuple(found[:1])} if law_holds and found else ():
        moved = {a: each(lambda x: x + 0.3j * np.asarray(like(x, rng)), env[a]) for a in some}
        here = {**env, **moved}
        try:
            with warnings.catch_warnings(action="error", category=np.exceptions.ComplexWarning):
                ans = runner.primal(rule, here)
        except (TypeError, np.exceptions.ComplexWarning):
            continue
        dots = {a: each(lambda x: complex_like(x, rng), here[a]) for a in found}
        ans_bar = each(lambda x: complex_like(np.asarray(x), rng), ans)
        results = [carries(x) for x in arrays_of(ans)]
        forward = [*itertools.compress(arrays_of(runner.tangent(rule, here, ans, dots)), results)]
        single = any(np.asarray(x).dtype == np.complex64 for x in arrays_of(ans))
        numbers = itertools.compress(numeric(rule, here, dots, runner), results)
        for tangent, wanted in zip(forward, numbers, strict=True):
            close(tangent, wanted, 2e-3 if single else 1e-6, rule, here)
        start = {a: each(lambda x: np.zeros_like(x)[()], here[a]) for a in found}
        start |= {a: None for a in rule.wrt if a not in found}
        bars = runner.adjoint(rule, here, ans, ans_bar, found, start)
        left = dot(itertools.compress(arrays_of(ans_bar), results), forward)
        right = sum(dot(arrays_of(bars[a]), arrays_of(dots[a])) for a in found)
        close(right, left, 1e-4 if single else 1e-9, rule, here)


def nothing_is_changed(rule: Primitive, env: Env, rng: Rng, runner: Direct = DIRECT) -> None:
    """Neither derivative writes into what it is given, and at regular points nothing overflows."""
    ans = runner.primal(rule, env)
    active = carriers(rule, env)
    if not active:
        return
    dots = {a: each(lambda x: like(x, rng), env[a]) for a in active}
    start = {a: each(lambda x: like(x, rng), env[a]) for a in active}
    start |= {a: None for a in rule.wrt if a not in active}
    ans_bar = each(lambda x: like(np.asarray(x), rng), ans)
    given = (env, ans, dots, ans_bar, start)
    before = copy.deepcopy(given)
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        runner.tangent(rule, env, ans, dots)
        runner.adjoint(rule, env, ans, given[3], active, start)
    assert _equal(before, given), f"{rule.name} changes what it is given: {before} {given}"


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return all(_equal(a[k], b[k]) for k in a)
    if isinstance(a, tuple | list):
        return all(map(_equal, a, b))
    return (
        np.array_equal(a, b, equal_nan=a.dtype.kind == "f") if isinstance(a, np.ndarray) else True
    )


def single_precision_is_kept(rule: Primitive, env: Env, rng: Rng, runner: Direct = DIRECT) -> None:
    """Where float32 in gives float32 out, tangents and cotangents are float32 too."""
    # An elementwise operand may be a Python number, which must not widen the others.
    scalars = carriers(rule, env) if rule.kind == "elementwise" else ()
    for weak in (None, *scalars):
        narrow = {a: _narrowed(env[a], a == weak) for a in carriers(rule, env)}
        if any(v is None for v in narrow.values()):
            continue
        here = {**env, **narrow}
        ans = each(lambda x: np.asarray(x)[()], runner.primal(rule, here))
        results = [carries(x) for x in arrays_of(ans)]
        if any(x.dtype != np.float32 for x in itertools.compress(arrays_of(ans), results)):
            continue
        active = [a for a in narrow if a != weak]
        dots = {a: each(lambda x: like(x, rng), here[a]) for a in active}
        start = {a: each(lambda x: like(x, rng), here[a]) for a in narrow}
        start |= {a: None for a in rule.wrt if a not in narrow}
        if active:
            tangents = arrays_of(runner.tangent(rule, here, ans, dots))
            found = [*itertools.compress(tangents, results)]
            ans_bar = each(lambda x: like(x, rng), ans)
            bars = runner.adjoint(rule, here, ans, ans_bar, active, start)
            found += [b for a in active for b in arrays_of(bars[a])]
            dtypes = {str(np.asarray(v).real.dtype) for v in found}
            same(rule, here, "dtypes", dtypes, {"float32"})


def _narrowed(value: Any, weak: bool) -> Any:
    """An operand in float32, or as a Python float if `weak` and that is possible."""
    if not weak:
        return each(lambda x: _single(np.asarray(x))[()], value)
    return float(value) if not isinstance(value, tuple | list) and np.ndim(value) == 0 else None


def _single(x: Any) -> Any:
    return x.astype(np.complex64 if np.iscomplexobj(x) else np.float32)


@dataclass(frozen=True)
class Symbol:
    """A size of which only the name is known to a rule's `shape`; `n` is for the law alone."""

    n: int
    offset: int = 0

    @property
    def never_one(self) -> bool:
        return self.n + self.offset != 1

    def __add__(self, k: int) -> Symbol:
        return Symbol(self.n, self.offset + k)

    __radd__ = __add__

    def __sub__(self, k: int) -> Symbol:
        return Symbol(self.n, self.offset - k)


def shape_is_as_declared(rule: Primitive, env: Env, runner: Direct = DIRECT) -> None:
    """`shape` and `dtype` say what the primal gives, with sizes known and with symbols."""
    several = rule.results > 1
    results = [np.asarray(x) for x in arrays_of(runner.primal(rule, env))]
    for size in (lambda n: n, lambda n: n if n == 1 else Symbol(n)):
        if rule.shape is not None:
            sizes = {k: _dims(rule, k, v, size) for k, v in env.items()}
            found = rule.shape(**_only(rule.shape, sizes))
            for ans, dims in zip(results, found if several else (found,), strict=True):
                _has_shape(rule, env, dims, ans)
    if rule.dtype is not None and rule.kind != "elementwise":
        types = {k: np.asarray(v).dtype if isinstance(v, np.ndarray) else v for k, v in env.items()}
        found = rule.dtype(**_only(rule.dtype, types))
        for ans, dtype in zip(results, found if several else (found,), strict=True):
            same(rule, env, "dtype", np.dtype(dtype), ans.dtype)


def _has_shape(rule: Primitive, env: Env, dims: Any, ans: Any) -> None:
    if dims is None:
        return
    same(rule, env, "rank", len(dims), ans.ndim)
    known = [n if d is None else _number(d) for d, n in zip(dims, ans.shape, strict=True)]
    same(rule, env, "shape", tuple(known), ans.shape)


def _only(f: Any, values: Env) -> Env:
    return {k: values[k] for k in f.__code__.co_varnames[: f.__code__.co_argcount] if k in values}


def _dims(rule: Primitive, name: str, value: Any, size: Any) -> Any:
    if name in rule.sequences:
        return [_dims(rule, "", v, size) for v in value]
    if isinstance(value, np.ndarray | np.generic):
        return tuple(map(size, np.shape(value)))
    return value


def _number(d: Any) -> Any:
    return d.n + d.offset if isinstance(d, Symbol) else d


def kinks_are_harmless(rule: Primitive, rng: Rng, runner: Direct = DIRECT) -> None:
    """At a kink: finite, between the one-sided derivatives, and zero for a zero cotangent."""
    for point, lift in itertools.product(rule.on.get("kinks", ()), (np.asarray, np.atleast_1d)):
        env = _at(rule, point, lift)
        with np.errstate(all="ignore"):
            _harmless(rule, env, runner)
            _limit(rule, env, rng, runner)
            adjoint_is_the_transpose(rule, env, rng, runner)


def _at(rule: Primitive, point: tuple[Any, ...], lift: Any) -> Env:
    """The call of a rule at a point, with numbers as arrays."""
    values = [lift(v) if isinstance(v, float) else v for v in point]
    env = dict(rule.defaults) | dict(zip(rule.params, values, strict=False))
    return {p: env[p] for p in rule.params}


def slopes_are_as_stated(rule: Primitive, runner: Direct = DIRECT) -> None:
    """At a point of `slopes` each partial is the number stated there, which may be infinite."""
    stated = itertools.product(rule.on.get("slopes", ()), (np.asarray, np.atleast_1d))
    for (point, slopes), lift in stated:
        env = _at(rule, point, lift)
        start = dict.fromkeys(rule.wrt) | {a: np.zeros_like(env[a]) for a in carriers(rule, env)}
        with np.errstate(all="ignore"):
            ans = runner.primal(rule, env)
            for a, slope in zip(rule.params, slopes, strict=False):
                if slope is not None:
                    dot = np.sum(runner.tangent(rule, env, ans, {a: np.ones_like(env[a])}))
                    bar = runner.adjoint(rule, env, ans, np.ones_like(ans), [a], start)[a]
                    text = f"{rule.name}: slopes {bar}, {dot} in {a} and not {slope} at {env}"
                    assert np.allclose(bar, slope, 1e-11, 0.0, equal_nan=True), text
                    assert np.allclose(dot, np.sum(slope), 1e-11, 0.0, equal_nan=True), text


def _harmless(rule: Primitive, env: Env, runner: Direct) -> None:
    ans, active = runner.primal(rule, env), carriers(rule, env)
    start = dict.fromkeys(rule.wrt) | {a: np.zeros_like(env[a]) for a in active}
    bars = runner.adjoint(rule, env, ans, np.zeros_like(ans), active, start)
    for a in active:
        assert np.all(bars[a] == 0), f"{rule.name}: a zero cotangent gives {bars} at {env}"
        zero = runner.tangent(rule, env, ans, {a: np.zeros_like(env[a])})
        assert np.all(zero == 0), f"{rule.name}: a zero tangent gives {zero} at {env}"
        for i in np.ndindex(np.shape(env[a])):
            unit = np.zeros_like(env[a])
            unit[i] = 1.0
            _between(rule, env, ans, {a: unit}, runner)
    # Along ones a maximum of equal numbers is smooth: what a tie gives must add up.
    _between(rule, env, ans, {a: np.ones_like(env[a]) for a in active}, runner)
    ones = runner.adjoint(rule, env, ans, np.ones_like(ans), active, start)
    assert all(np.all(np.isfinite(b)) for b in ones.values()), f"{rule.name}: {ones} at {env}"


def _limit(rule: Primitive, env: Env, rng: Rng, runner: Direct) -> None:
    """At infinite operands the tangent is that at very large ones."""
    active = carriers(rule, env)
    if all(np.all(np.isfinite(env[a])) for a in active):
        return
    dots, large = {a: like(env[a], rng) for a in active}, dict(env)
    large |= {a: np.clip(env[a], -1e5, 1e5) for a in active}
    found, wanted = (runner.tangent(rule, e, runner.primal(rule, e), dots) for e in (env, large))
    close(found, wanted, 1e-6, rule, env)


def _between(rule: Primitive, env: Env, ans: Any, dots: Env, runner: Direct) -> None:
    """The tangent lies between the one-sided derivatives, where both exist."""
    found, h = runner.tangent(rule, env, ans, dots), 1e-7
    assert np.all(np.isfinite(found)), f"{rule.name}: tangent {found} along {dots} at {env}"
    right, left = (
        (runner.primal(rule, env | {a: env[a] + s * d for a, d in dots.items()}) - ans) / s
        for s in (h, -h)
    )
    known = np.isfinite(left) & np.isfinite(right) & (np.abs(left) < 1e3) & (np.abs(right) < 1e3)
    low, high = np.minimum(left, right) - 1e-5, np.maximum(left, right) + 1e-5
    inside = (low <= found) & (found <= high)
    assert np.all(inside | ~known), f"{rule.name}: {found} not between {left} and {right} at {env}"


def is_closed(rule: Primitive) -> None:
    """Everything a derivative of the rule calls has a rule itself."""
    missing = unruled(rule)
    assert not missing, f"{rule.name} calls {', '.join(missing)} without a rule"


def poles_are_declared(rule: Primitive, rng: Rng, runner: Direct = DIRECT) -> None:
    """A ufunc of which a partial is infinite at 0 or ±1 says that it has poles."""
    env = draw(rule, rng)
    active = carriers(rule, env)
    for point in itertools.product((0.0, 1.0, -1.0), repeat=len(active)):
        if rule.poles or rule.partials is None or not isinstance(rule.of, np.ufunc):
            return
        here = {**env, **dict(zip(active, map(np.float64, point), strict=True))}
        with np.errstate(all="ignore"):
            ans = runner.primal(rule, here)
            bars = runner.adjoint(rule, here, ans, np.float64(1.0), active, {})
        infinite = [a for a, bar in bars.items() if np.any(np.isinf(bar))]
        assert not infinite, f"{rule.name} has a pole in {infinite} at {here}, which it must say"


def check_rule(rule: Primitive, examples: int = 20, seed: int = 0, runner: Direct = DIRECT) -> None:
    """Every law over `examples` random calls of one rule; AssertionError where one is broken."""
    rng = np.random.default_rng(seed)
    is_closed(rule)
    poles_are_declared(rule, rng, runner)
    kinks_are_harmless(rule, rng, runner)
    slopes_are_as_stated(rule, runner)
    for turn in range(examples):
        check_case(rule, draw(rule, rng, SHAPES[turn % len(SHAPES)], turn), rng, runner)


def check_case(rule: Primitive, env: Env, rng: Rng, runner: Direct = DIRECT) -> None:
    """Every law on one call."""
    shape_is_as_declared(rule, env, runner)
    if carriers(rule, env):
        tangent_is_the_derivative(rule, env, rng, runner)
        adjoint_is_the_transpose(rule, env, rng, runner)
        nothing_is_changed(rule, env, rng, runner)
        complex_numbers_keep_the_laws(rule, env, rng, runner)
        single_precision_is_kept(rule, env, rng, runner)


SHAPES: tuple[tuple[tuple[int, ...], ...], ...] = (
    ((3,), (3,), (3,)),
    ((2, 3), (3,), (2, 1)),
    ((), (4,), ()),
    ((1, 3), (2, 1), (3,)),
    ((), (), ()),
    ((2, 0), (1,), ()),
)
"""Mutually broadcastable shapes for the free operands of a rule."""

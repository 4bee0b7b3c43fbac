"""What a function stated in terms of others must satisfy: it gives what the function gives."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from s2sad.errors import Unsupported
from s2sad.rules.agreement import close, same
from s2sad.rules.cases import Env, arrays_of, carriers, draw, each, like
from s2sad.rules.laws import SHAPES, SINGLES
from s2sad.rules.notation import OF_COMPLEX, Primitive, variadic


def check_definition(rule: Primitive, examples: int = 20, seed: int = 0) -> None:
    """A definition gives what the function gives: shape, dtype, and the value up to rounding.

    It writes what the function writes, too.  `values` of `on` names calls besides those drawn, in
    which there need not be a derivative, and `errors` those that raise.
    """
    rng = np.random.default_rng(seed)
    errors_are_raised(rule)
    for some in rule.on.get("values", ()):
        _gives_the_same(rule, {p: some.get(p, rule.defaults.get(p)) for p in rule.params})
    for turn in range(examples):
        _gives_the_same(rule, draw(rule, rng, SHAPES[turn % len(SHAPES)], turn))


def _gives_the_same(rule: Primitive, env: Env) -> None:
    """One call of the definition gives and writes what the call of the function does."""
    assert rule.primal is not None
    given = [x for n in env if n not in rule.defaults for x in _arguments(rule, n, env[n])]
    options = {n: v for n, v in env.items() if n in rule.defaults and v is not rule.defaults[n]}
    own, written = copy.deepcopy(given), copy.deepcopy(given)
    try:
        wanted = rule.of(*own, **options)
    except TypeError:  # no option has a name
        wanted = rule.of(*own, *options.values())
    found = rule.primal.function(*written, **options)
    for x, y in zip(_results((found, written)), _results((wanted, own)), strict=True):
        same(rule, env, "dtype", np.asarray(x).dtype, np.asarray(y).dtype)
        if np.asarray(y).dtype.kind in "biufc":
            close(*_finite(x, y), _tolerance(y), rule, env)


def _tolerance(y: Any) -> float:
    return 1e-6 if np.asarray(y).dtype in SINGLES else 1e-12


def _finite(x: Any, y: Any) -> tuple[Any, Any]:
    """Two arrays, zero where both are the same infinity or not a number."""
    if np.shape(x) != np.shape(y):
        return x, y
    alike = ~np.isfinite(y) & ((x == y) | (np.isnan(x) & np.isnan(y)))
    return np.where(alike, 0, x), np.where(alike, 0, y)


def errors_are_raised(rule: Primitive) -> None:
    """Where `on` says that the function raises, a definition raises the same or a kind of it."""
    assert rule.primal is not None
    for wrong in rule.on.get("errors", ()):
        wanted, found = (raised(f, rule, wrong) for f in (rule.of, rule.primal.function))
        assert wanted and found, f"{rule.name} raises {wanted} and not {found}, for {wrong}"
        kind = issubclass(wanted, found) or issubclass(found, wanted)
        assert kind, f"{rule.name} raises {wanted} and not {found}, for {wrong}"


def raised(f: Any, rule: Primitive, env: Env) -> type[Exception] | None:
    """The class of the error that a call raises; None where it raises none."""
    given = [x for n in env if n not in rule.defaults for x in _arguments(rule, n, env[n])]
    try:
        f(*given, **{n: v for n, v in env.items() if n in rule.defaults})
    except (TypeError, ValueError, IndexError, ZeroDivisionError) as error:
        return type(error)
    return None


def _arguments(rule: Primitive, name: str, value: Any) -> list[Any]:
    """What is given for a parameter: several arguments for one such as `*arys`."""
    return list(value) if name == variadic(rule) else [value]


def complex_values(rule: Primitive, examples: int = 10, seed: int = 0) -> None:
    """A definition gives what the function gives for complex operands, or raises, or is real."""
    rng, stated = np.random.default_rng(seed), rule.primal
    assert stated is not None
    for turn in range(examples if rule.analytic and rule.of not in OF_COMPLEX else 0):
        env = draw(rule, rng, SHAPES[turn % len(SHAPES)], turn)
        for a in carriers(rule, env)[:1]:
            env = {**env, a: each(lambda x: x + 0.3j * np.asarray(like(x, rng)), env[a])}
            given = [x for n in env if n not in rule.defaults for x in _arguments(rule, n, env[n])]
            options = {
                n: v for n, v in env.items() if n in rule.defaults and v is not rule.defaults[n]
            }
            wanted = _attempted(rule.of, given, options)
            found = _attempted(stated.function, given, options)
            if wanted is not None and found is not None:
                for x, y in zip(arrays_of(found), arrays_of(wanted), strict=True):
                    close(x, y, _tolerance(y), rule, env)


def _attempted(f: Any, given: list[Any], options: Env) -> Any:
    """f(*given, **options), or None where it takes no complex numbers."""
    try:
        return f(*given, **options)
    except (TypeError, ValueError, NotImplementedError, Unsupported):
        return None


def _results(value: Any) -> list[Any]:
    """The arrays in what a function returns: one, or those in a tuple or list of them."""
    several = isinstance(value, tuple | list)
    return [x for v in value for x in _results(v)] if several else [value]

"""Arguments for one call of a rule, and its functions run on them as they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from s2sad.rules.domains import Domain, reals, sampled
from s2sad.rules.notation import Primitive, Template
from s2sad.runtime import sum_to

Env = dict[str, Any]
Rng = np.random.Generator


def draw(rule: Primitive, rng: Rng, shapes: Sequence[tuple[int, ...]] = (), turn: int = 0) -> Env:
    """Arguments drawn from the domains of a rule.

    shapes: those of its free operands; turn: counted up, it goes through all that a domain offers.
    """
    env: Env = {}
    for place, (key, domain) in enumerate(rule.on.items()):
        names = key.split()
        if key != "kinks" and (len(names) > 1 or _has_shape(domain)):
            value = sampled(_choice(domain, turn, place), rng)
            env.update(zip(names, value, strict=True) if len(names) > 1 else [(key, value)])
    shapes = shapes or [()] * len(rule.params)
    for name, shape in zip(free_operands(rule), shapes, strict=False):
        env[name] = rule.on.get(name, reals).sample(rng, shape)
    return {p: env[p] if p in env else rule.defaults[p] for p in rule.params}


def turns(rule: Primitive) -> int:
    """How many calls try every case of the domains, and many with others."""
    counts = [len(d.cases) for d in rule.on.values() if isinstance(d, Domain)]
    return max([16, *counts]) * (2 if len(counts) > 1 else 1)


def free_operands(rule: Primitive) -> list[str]:
    """The operands that take any mutually broadcastable shapes."""
    fixed = {n for key, d in rule.on.items() for n in key.split() if " " in key or _has_shape(d)}
    return [p for p in rule.params if p not in fixed and p not in rule.defaults]


def _choice(domain: Domain, turn: int, place: int) -> Any:
    """The value of a choice whose turn it is; two choices of one rule do not go in step."""
    n = len(domain.cases)
    return domain.cases[(turn + place * (turn // n)) % n] if n else domain


def _has_shape(domain: Any) -> bool:
    return isinstance(domain, Domain) and domain.shape is not None


def each(f: Callable[..., Any], *values: Any) -> Any:
    """`f` of arrays; of sequences of arrays, nested ones too, item by item."""
    if isinstance(values[0], tuple | list):
        return [each(f, *items) for items in zip(*values, strict=True)]
    return f(*values)


def arrays_of(value: Any) -> list[Any]:
    """An operand as a list of arrays: one, or those of a sequence, which may be nested."""
    nested = isinstance(value, tuple | list)
    return [x for v in value for x in arrays_of(v)] if nested else [value]


def carries(value: Any) -> bool:
    """Whether an argument can carry a derivative, as None and integers cannot."""
    return all(v is not None and np.asarray(v).dtype.kind in "fc" for v in arrays_of(value))


def carriers(rule: Primitive, env: Env) -> list[str]:
    """The parameters that carry derivatives in this call."""
    return [a for a in rule.wrt if a not in rule.unknown and carries(env[a])]


def like(x: Any, rng: Rng) -> Any:
    """A random array of the shape and dtype of x."""
    if np.iscomplexobj(x):
        made = complex_like(x, rng)
        return made.astype(x.dtype) if hasattr(x, "dtype") else complex(made)
    made = rng.normal(size=np.shape(x))
    return made.astype(x.dtype) if hasattr(x, "dtype") else float(made)


def complex_like(x: Any, rng: Rng) -> Any:
    """A random array of the shape of x, complex where x is."""
    made = rng.normal(size=np.shape(x)) + 1j * rng.normal(size=np.shape(x))
    return made if np.iscomplexobj(x) else np.real(made)


def _zero(x: Any) -> Any:
    return np.zeros_like(x) if hasattr(x, "dtype") else 0.0


def dot(xs: Iterable[Any], ys: Iterable[Any]) -> float:
    """The inner product of two lists of arrays: Re Σ x y."""
    pairs = ((np.asarray(x), np.asarray(y)) for x, y in zip(xs, ys, strict=True))
    return float(sum(np.sum(np.real(np.multiply(x, y, dtype=_double(x, y)))) for x, y in pairs))


def _double(x: Any, y: Any) -> Any:
    return np.result_type(x.dtype, y.dtype, "f8")


def one_at_a_time(value: Any, dot: Any) -> list[Any]:
    """An operand replaced by its tangent; for a sequence, each item of it in turn."""
    if not isinstance(value, tuple | list):
        return [dot]
    return [[*value[:i], dot[i], *value[i + 1 :]] for i in range(len(value))]


class Direct:
    """Runs the functions of a rule as they stand; one subset of operands is active at a time."""

    def primal(self, rule: Primitive, env: Env) -> Any:
        """The value of the function itself."""
        return rule.of(*env.values()) if rule.primal is None else rule.primal(env)

    def tangent(self, rule: Primitive, env: Env, ans: Any, dots: Env) -> Any:
        """The tangent for the directions `dots` of the active operands, broadcast to the result."""
        value = self._tangent(rule, env, ans, dots)
        if rule.kind == "elementwise":
            return np.broadcast_to(value, np.shape(ans))
        return value

    def _tangent(self, rule: Primitive, env: Env, ans: Any, dots: Env) -> Any:
        if rule.partials is not None:
            parts = [self._partial(rule, a, {**env, "ans": ans, "d": d}) for a, d in dots.items()]
            return sum(parts[1:], parts[0])
        if rule.multilinear:
            parts = [
                self.primal(rule, {**env, a: v})
                for a, d in dots.items()
                for v in one_at_a_time(env[a], d)
            ]
            return sum(parts[1:], parts[0])
        if rule.linear:
            idle = {a: each(_zero, env[a]) for a in rule.linear if a not in dots}
            return self.primal(rule, {**env, **idle, **dots})
        named = {a + "_dot": dots.get(a, each(_zero, env[a])) for a in rule.wrt}
        return self._template(rule, "tangent")({**env, **named, "ans": ans})

    def adjoint(
        self, rule: Primitive, env: Env, ans: Any, ans_bar: Any, active: Sequence[str], start: Env
    ) -> Env:
        """The cotangents of the active operands; `start` is what accumulating rules add to."""
        values = {**env, "ans": ans, "ans_bar": ans_bar, "d": ans_bar}
        if rule.partials is not None:
            found = {a: self._partial(rule, a, values) for a in active}
        else:
            template = self._template(rule, "adjoint")
            result = template({**values, **{a + "_bar": start[a] for a in rule.wrt}})
            pairs = zip(rule.wrt, result if len(rule.wrt) > 1 else (result,), strict=True)
            found = {a: b for a, b in pairs if a in active}
            for a in active:
                if a + "_bar" in template.params:
                    found[a] = found[a] - start[a]
        if rule.kind == "elementwise":
            return {a: sum_to(np.asarray(b), np.shape(env[a])) for a, b in found.items()}
        return found

    def _partial(self, rule: Primitive, a: str, values: Env) -> Any:
        assert rule.partials is not None
        found = rule.partials(values)
        return found[rule.wrt.index(a)] if len(rule.wrt) > 1 else found

    def _template(self, rule: Primitive, kind: str) -> Template:
        template = getattr(rule, kind)
        assert template is not None, f"{rule.name} states no {kind}"
        return template  # type: ignore[no-any-return]

"""One call of a derivative, as numbers to compare: all of one random direction.

Every derivative of a function is held to the number <cotangent, J direction>, for a random
direction of the arguments and a random cotangent of the output.  A Hessian is a Jacobian of the
gradient.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from s2sad.backend.load import Compiled
from s2sad.derivative import Derivative
from s2sad.frontend.request import Request
from s2sad.matching import match, select
from s2sad.numeric import each, is_inexact, leaves, slope

SECOND = {"hessian": "jacrev", "hvp": "grad"}
"""Kinds that derive a gradient, and the kind of that."""
SCALAR = frozenset({"grad", "value_and_grad"})
FORWARD = frozenset({"jvp", "jacfwd", "hessian", "hvp"})
"""Kinds that end in forward mode, and are held against reverse mode."""


class Subject:
    """A derivative, compiled, and the values of a call of it, one per parameter."""

    def __init__(
        self, derivative: Derivative, compiled: Compiled, values: tuple[Any, ...],
        again: Callable[[], None],
    ) -> None:  # fmt: skip
        """`again` is called before every run, so that all runs draw the same random numbers."""
        self.again = again
        self.derivative, self.compiled, self.values = derivative, compiled, values
        self.kind = derivative.kind
        self.rng = np.random.default_rng(20)
        given = derivative.argnums
        self.argnums = given if isinstance(given, tuple) else (given,)
        self.fun: Any = derivative.fun
        if self.kind in SECOND:
            self.fun = Derivative(
                self.fun, SECOND[self.kind], given, derivative.has_aux, check=False
            )
        self.wrt = select(derivative.request, values)
        self.dots = tuple(each(self.direction, x) for x in self.wrt)
        self.out: Any = None
        self.cotangent: Any = None
        self.size = 0.0  # of the terms that the number under check is the sum of

    # ---- the function

    def value(self, values: tuple[Any, ...]) -> Any:
        """The output of the function that is derived, without what is auxiliary."""
        inner, fun = self.derivative.request.fun, self.fun
        if isinstance(inner, Request) or self.kind in SECOND:
            args, kwargs = call_of(self.derivative, values)
        else:  # a cache around it would ask for arguments that can be hashed
            fun = inner
            args, kwargs = call_of(self.derivative, values, inside=True)
        self.again()
        out = fun(*args, **kwargs)
        return out[0] if self.derivative.has_aux else out

    def evaluate(self) -> bool:
        """Runs the function twice; whether it gave the same value, which is kept as `out`."""
        first, again = (self.value(copied(self.values)) for _ in range(2))
        self.out = first
        self.cotangent = each(_one if self.kind in SCALAR else self.direction, first)
        return same(first, again)

    def direction(self, leaf: Any) -> Any:
        """Random numbers of the size of those in `leaf`; what has no derivative stays itself."""
        if not is_inexact(leaf):
            return leaf
        sizes = np.abs(np.asarray(leaf, float))
        known = sizes[np.isfinite(sizes) & (sizes > 0)]
        usual = float(np.median(known)) if known.size else 1.0
        made = self.rng.normal(size=np.shape(leaf)) * np.where(sizes > 0, sizes, usual)
        made = np.where(np.isfinite(made), made, 1.0)
        return made.astype(leaf.dtype) if isinstance(leaf, np.ndarray) else type(leaf)(float(made))

    # ---- the number, four times

    def claimed(self) -> float:
        """What the derivative under check says."""
        values, kind = copied(self.values), self.kind
        self.again()
        if kind == "vjp":
            out, kept, *_ = self.compiled.call(*values)
            given = match(out, self.cotangent, "the cotangent")
            return self._of_bars(self.compiled.extra["pullback"](kept, given))
        if kind in ("jvp", "hvp"):
            dots = match(self.wrt, self.dots, "the direction")
            found = self.compiled.call(*values, dots)
            return self._of_tangent(found[1] if kind == "jvp" else found)
        found = self.compiled.call(*values)
        if self.derivative.has_aux and kind != "value_and_grad":
            found = found[0]
        if kind == "value_and_grad":
            found = found[1]
        if kind in SCALAR:
            many = isinstance(self.derivative.argnums, tuple)
            return self._of_bars(found if many else (found,))
        return self._of_jacobian(found)

    def other(self) -> tuple[float, Any]:
        """What the other mode says, and the value of the function that came with it."""
        kind = "vjp" if self.kind in FORWARD else "jvp"
        d = self.further(kind)
        args, kwargs = call_of(self.derivative, copied(self.values))
        values = d.bind(*args, **kwargs)
        compiled = d.select(values)
        self.again()
        if kind == "jvp":
            dots = match(select(d.request, values), self.dots, "the direction")
            out, tangent, *_ = compiled.call(*values, dots)
            return self._of_tangent(tangent), out
        out, kept, *_ = compiled.call(*values)
        given = match(out, self.cotangent, "the cotangent")
        return self._of_bars(compiled.extra["pullback"](kept, given)), out

    def further(self, kind: str) -> Derivative:
        """Another derivative of the same function."""
        return Derivative(self.fun, kind, self.argnums, self.derivative.has_aux, check=False)

    def numeric(self) -> tuple[float, float]:
        """A numeric derivative, and how far it may be off."""
        return slope(self.projected, self.wrt, self.dots)

    def projected(self, *wrt: Any) -> Any:
        """<cotangent, output> where one differentiates with respect to other values."""
        values = list(copied(self.values))
        places = self.derivative.request.wrt(self.values)
        for place, x in zip(places, wrt, strict=True):
            values[place[0]] = x if len(place) == 1 else put(values[place[0]], place[1], x)
        return sum(map(np.sum, products(self.out, self.cotangent, self.value(tuple(values)))))

    def _of_bars(self, bars: Any) -> float:
        return self._sum(products(self.wrt, bars, self.dots))

    def _of_tangent(self, tangent: Any) -> float:
        return self._sum(products(self.out, self.cotangent, tangent))

    def _of_jacobian(self, jacobian: Any) -> float:
        blocks = leaves(jacobian)
        terms: list[Any] = []
        for y, bar in zip(leaves(self.out), leaves(self.cotangent), strict=True):
            for x, dot in zip(leaves(self.wrt), leaves(self.dots), strict=True):
                block = next(blocks)
                if is_inexact(x) and is_inexact(y):
                    terms.append(np.multiply(bar, np.tensordot(block, dot, np.ndim(x))))
        return self._sum(terms)

    def _sum(self, terms: list[Any]) -> float:
        size = float(sum(np.sum(np.abs(t)) for t in terms))
        self.size = max(self.size, size) if np.isfinite(size) else self.size
        return float(sum(np.sum(t) for t in terms))


# ---- calls -------------------------------------------------------------------------------------


def call_of(
    d: Derivative, values: tuple[Any, ...], inside: bool = False
) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a call of `d.fun`, of one value per parameter of the function inside it.

    inside: of a call of that function itself, to which nothing is bound.
    """
    p, skip = d.request.parameters, 0 if inside else len(d.bound)
    by_position = p.varargs is not None and len(values[p.varargs]) > 0
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for i, (name, value) in enumerate(zip(p.names, values, strict=True)):
        if p.vector and i == len(p.names) - 1:
            args.append(value)
        elif i == p.varargs:
            args.extend(value[max(skip - p.positional, 0) :])
        elif i == p.varkw:
            kwargs.update(value)
        elif i >= min(skip, p.positional):
            if i < p.positional and (by_position or i < p.positional_only):
                args.append(value)
            else:
                kwargs[name] = value
    return args, kwargs


def copied(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The values with arrays, and containers of them, of their own."""
    found: tuple[Any, ...] = each(
        lambda x: x.copy() if isinstance(x, np.ndarray) else x, tuple(values)
    )
    return found


def put(container: Any, key: Any, x: Any) -> Any:
    """`*args` or `**kwargs` with another item."""
    if isinstance(container, dict):
        return {**container, key: x}
    return (*container[:key], x, *container[key + 1 :])


@contextlib.contextmanager
def same_draws() -> Iterator[Callable[[], None]]:
    """Gives what makes the global generators draw again what they drew; undone at the end."""
    states = random.getstate(), np.random.get_state()  # noqa: NPY002 - the global one

    def again() -> None:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002

    try:
        yield again
    finally:
        again()


# ---- numbers -----------------------------------------------------------------------------------


def products(like: Any, a: Any, b: Any) -> list[Any]:
    """The products of the leaves of `a` and `b` where those of `like` are floating numbers."""
    triples = zip(leaves(like), leaves(a), leaves(b), strict=True)
    return [np.multiply(x, y) for of, x, y in triples if is_inexact(of)]


def _one(y: Any) -> Any:
    """The cotangent 1 of a number."""
    return np.ones_like(y) if isinstance(y, np.ndarray) else type(y)(1)


def same(a: Any, b: Any, rtol: float = 0.0) -> bool:
    """Whether the floating leaves are equal, or nearly so where `rtol` is given."""
    pairs = list(zip(leaves(a), leaves(b), strict=False))
    return all(
        np.shape(x) == np.shape(y) and np.allclose(x, y, rtol, 1e-12 * bool(rtol), equal_nan=True)
        for x, y in pairs
        if is_inexact(x) and is_inexact(y)
    )

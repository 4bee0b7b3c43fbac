"""`s2sad check`: the derivative beside numeric derivatives, element by element."""

from __future__ import annotations

import copy
import inspect
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2sad.cli.places import places, put, reached
from s2sad.cli.problems import file_of, user_code
from s2sad.cli.show import wrt_of
from s2sad.cli.target import find
from s2sad.cli.text import speaks_unicode, table
from s2sad.cli.values import arguments
from s2sad.derivative import Derivative
from s2sad.errors import OutputError
from s2sad.frontend.signature import children
from s2sad.numeric import each, estimated, is_inexact, leaves

SINGLE = 5e-3
"""The least tolerance where numbers of single precision take part."""

MOST_ELEMENTS = 100
"""Of one argument; of more, a random choice is checked."""


def run(options: Namespace) -> int:
    """Print the comparison; see `s2sad check --help`."""
    fun = find(options.target)
    call = Checked(fun, arguments(fun, options.at), wrt_of(options.wrt))
    modes = ["reverse", "forward"] if options.mode == "both" else [options.mode]
    lines = [line for mode in modes for line in call.compared(mode)]
    rows = [line.cells(options.rtol) for line in lines]
    head = ["argument", "mode", "elements", "worst relative error", "where", "s2sad", "numeric", ""]
    print(table(head, rows, right=[2], plain=not speaks_unicode()))
    differ = [line for line in lines if not line.agrees(options.rtol)]
    print("the derivatives " + ("differ" if differ else "agree"))
    return 1 if differ else 0


@dataclass
class Line:
    """The comparison for one argument in one mode."""

    argument: str
    mode: str
    elements: str
    error: float
    where: str
    found: float
    wanted: float
    single: bool

    def agrees(self, rtol: float) -> bool:
        return self.error <= (max(rtol, SINGLE) if self.single else rtol)

    def cells(self, rtol: float) -> list[str]:
        numbers = [f"{self.found:.10g}", f"{self.wanted:.10g}"]
        verdict = "ok" if self.agrees(rtol) else "DIFFERS"
        shown = f"{self.error:.1e}"
        return [self.argument, self.mode, self.elements, shown, self.where, *numbers, verdict]


class Checked:
    """One call of a function, and its derivatives with respect to some arguments."""

    def __init__(self, fun: Callable[..., Any], bound: inspect.BoundArguments, wrt: Any) -> None:
        self.fun, self.bound = fun, bound
        self.file = file_of(fun)
        self.places = places(bound, wrt)
        with self._guarded(getattr(fun, "__name__", "the function")):
            out = self._value(*self._wrt())
        self.cotangent = self._cotangent(out)
        self.size = max(1.0, abs(float(np.real(_inner(self.cotangent, out)))))
        given = [*bound.arguments.values(), out]
        floats = [x for value in given for x in leaves(value) if is_inexact(x)]
        self.single = any(np.asarray(x).real.itemsize < 8 for x in floats)
        self.numeric: dict[tuple[int, int, int], float] = {}

    def _guarded(self, doing: str) -> user_code:
        return user_code(doing, self.file)

    def _wrt(self) -> list[Any]:
        return [reached(self.bound, path) for _, _, path in self.places]

    def _value(self, *xs: Any) -> Any:
        """The output, with other values for the arguments of interest."""
        values = dict(copy.deepcopy(self.bound.arguments))
        for (_, _, path), x in zip(self.places, xs, strict=True):
            put(values, path, copy.deepcopy(x))
        call = inspect.BoundArguments(self.bound.signature, values)
        return self.fun(*call.args, **call.kwargs)

    def _cotangent(self, out: Any) -> Any:
        """One for a number; random for anything else, so that every element counts."""
        floats = [leaf for leaf in leaves(out) if is_inexact(leaf)]
        if not floats:
            raise OutputError("the function returns no floating number", "return a float")
        if children(out) is None and np.ndim(out) == 0:
            return each(lambda y: type(y)(1.0) if not isinstance(y, np.ndarray) else y**0, out)
        rng = np.random.default_rng(0)
        return each(lambda y: _random(y, rng) if is_inexact(y) else y, out)

    def _projected(self, *xs: Any) -> Any:
        return _inner(self.cotangent, self._value(*xs))

    # ---- the two modes

    def compared(self, mode: str) -> list[Line]:
        """The comparison, a line for each argument."""
        derivative = self._reverse() if mode == "reverse" else self._forward()
        return [self._line(i, mode, derivative) for i in range(len(self.places))]

    def _derivative(self, kind: str) -> tuple[Derivative, tuple[Any, ...]]:
        derivative = Derivative(self.fun, kind, tuple(a for _, a, _ in self.places), check=False)
        bound = copy.deepcopy(self.bound)
        return derivative, derivative.bind(*bound.args, **bound.kwargs)

    def _reverse(self) -> Callable[[int, int, int], float]:
        derivative, values = self._derivative("vjp")
        compiled = derivative.select(values)
        with self._guarded("the derivative in reverse mode"):
            _, kept, *_ = compiled.call(*values)
            bars = compiled.extra["pullback"](kept, self.cotangent)

        def element(i: int, leaf: int, at: int) -> float:
            return float(np.ravel(list(leaves(bars[i]))[leaf])[at])

        return element

    def _forward(self) -> Callable[[int, int, int], float]:
        derivative, values = self._derivative("jvp")
        compiled = derivative.select(values)

        def element(i: int, leaf: int, at: int) -> float:
            with self._guarded("the derivative in forward mode"):
                _, dots = compiled.call(*copy.deepcopy(values), self._unit(i, leaf, at))
            return float(_inner(self.cotangent, dots))

        return element

    def _line(self, i: int, mode: str, derivative: Callable[[int, int, int], float]) -> Line:
        title, _, path = self.places[i]
        value = reached(self.bound, path)
        found = list(_elements(value, title))
        total = len(found)
        rng = np.random.default_rng(0)
        if total > MOST_ELEMENTS:
            found = [found[j] for j in sorted(rng.choice(total, MOST_ELEMENTS, replace=False))]
        elements = f"{total}" if total == len(found) else f"{len(found)} of {total}"
        ours = np.array([derivative(i, leaf, at) for _, leaf, at in found])
        numeric = np.array([self._numeric(i, leaf, at) for _, leaf, at in found])
        if not found:
            return Line(title, mode, elements, 0.0, "", 0.0, 0.0, self.single)
        errors = _errors(ours, numeric, self.size)
        k = int(np.argmax(errors))
        return Line(title, mode, elements, errors[k], found[k][0], ours[k], numeric[k], self.single)

    def _numeric(self, i: int, leaf: int, at: int) -> float:
        key = (i, leaf, at)
        if key not in self.numeric:
            with self._guarded("the function near this point"):
                value, _ = estimated(self._projected, self._wrt(), self._unit(i, leaf, at))
            self.numeric[key] = float(value)
        return self.numeric[key]

    def _unit(self, i: int, leaf: int, at: int) -> tuple[Any, ...]:
        """The direction that moves one number alone."""
        return tuple(_one_hot(x, leaf if j == i else -1, at) for j, x in enumerate(self._wrt()))


def _errors(ours: Any, numeric: Any, size: float) -> Any:
    """Relative to each number, or to a thousandth of the largest where that is more.

    What a numeric derivative finds instead of zero, far below `size`, is not relative to itself.
    """
    largest = float(np.max(np.abs(numeric), initial=0.0))
    scale = np.maximum(np.abs(numeric), max(1e-3 * largest, 1e-6 * size))
    with np.errstate(invalid="ignore"):
        errors = np.abs(ours - numeric) / scale
    errors[(ours == numeric)] = 0.0
    return np.where(np.isnan(errors), np.inf, errors)


def _inner(xs: Any, ys: Any) -> Any:
    """The sum of products, without the conjugates that a complex step would suffer from."""
    pairs = zip(leaves(xs), leaves(ys), strict=True)
    return sum(np.sum(np.multiply(x, y)) for x, y in pairs if is_inexact(x))


def _random(y: Any, rng: np.random.Generator) -> Any:
    made = rng.normal(size=np.shape(y))
    return made.astype(y.dtype) if isinstance(y, np.ndarray) else type(y)(float(made))


def _one_hot(value: Any, leaf: int, at: int) -> Any:
    """Zeros like `value`, but a one at one place; other leaves stay."""
    count = -1

    def made(x: Any) -> Any:
        nonlocal count
        count += 1
        if not is_inexact(x):
            return x
        if not isinstance(x, np.ndarray):
            return type(x)(float(count == leaf))
        unit = np.zeros_like(x)
        if count == leaf:
            unit.reshape(-1)[at] = 1.0
        return unit

    return each(made, value)


def _elements(value: Any, title: str) -> Iterator[tuple[str, int, int]]:
    """Every number of a value: how it is written, which leaf, and where in it."""
    for k, (leaf, name) in enumerate(_named_leaves(value, title)):
        if is_inexact(leaf):
            for at, index in enumerate(np.ndindex(np.shape(leaf))):
                place = f"[{', '.join(map(str, index))}]" if index else ""
                yield name + place, k, at


def _named_leaves(value: Any, name: str) -> Iterator[tuple[Any, str]]:
    inside = children(value)
    if inside is None:
        yield value, name
        return
    kind, keys, items = inside
    for i, item in enumerate(items):
        dotted = kind in ("dataclass", "namedtuple")
        yield from _named_leaves(
            item, f"{name}.{keys[i]}" if dotted else f"{name}[{(keys or range(len(items)))[i]!r}]"
        )

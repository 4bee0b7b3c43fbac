"""How a program of the corpus is registered, and the makers of its arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Maker = Callable[[np.random.Generator], Any]


@dataclass(frozen=True)
class Program:
    """A function, how to make its arguments, and what may be asked of it.

    wrt: positions of the active arguments; the others are data (integers, strings, constants).
    complex_step: complex arguments pass through it, so that exact numeric derivatives exist.
    samples: how many draws of arguments reach all of its paths.
    tolerance: relative to the largest entry of what is compared; larger for float32.
    refusal: what the message says of a program that is refused so far.
    rounding: how far the value may be from the program's own, relative to its largest entry, where
        something is stated in terms of what rounds in another order; 0 is bit for bit.
    """

    function: Callable[..., Any]
    makers: tuple[Maker, ...]
    wrt: tuple[int, ...]
    complex_step: bool
    samples: int
    tolerance: float
    refusal: str = ""
    rounding: float = 0.0

    @property
    def name(self) -> str:
        return f"{self.function.__module__.rpartition('.')[2]}.{self.function.__name__}"

    def arguments(self, sample: int) -> tuple[Any, ...]:
        """The arguments of one draw; the same ones for the same number, in every process."""
        seed = [sample, *self.name.encode()]
        rng = np.random.default_rng(seed)
        return tuple(make(rng) for make in self.makers)


PROGRAMS: list[Program] = []
REFUSED: list[Program] = []


def register(
    function: Callable[..., Any],
    *makers: Maker,
    wrt: tuple[int, ...] | None = None,
    complex_step: bool = True,
    samples: int = 2,
    tolerance: float = 1e-9,
    refusal: str = "",
    rounding: float = 0.0,
) -> None:
    """Put a program into the corpus; `wrt` defaults to all of its arguments."""
    active = tuple(range(len(makers))) if wrt is None else wrt
    made = Program(function, makers, active, complex_step, samples, tolerance, refusal, rounding)
    (REFUSED if refusal else PROGRAMS).append(made)


def scalar(low: float = -2.0, high: float = 2.5) -> Maker:
    """A float, uniform between the bounds."""
    return lambda rng: float(rng.uniform(low, high))


def positive(*shape: int) -> Maker:
    """An array (a float without a shape) between 0.4 and 2.7."""
    return between(0.4, 2.7, *shape)


def between(low: float, high: float, *shape: int) -> Maker:
    """An array (a float without a shape), uniform between the bounds."""
    if not shape:
        return scalar(low, high)
    return lambda rng: rng.uniform(low, high, size=shape)


def normal(*shape: int, scale: float = 1.0) -> Maker:
    """An array of normal numbers around 0.2."""
    return lambda rng: 0.2 + scale * rng.normal(size=shape)


def by_columns(*shape: int) -> Maker:
    """An array of normal numbers whose columns are contiguous."""
    return lambda rng: np.asfortranarray(0.2 + rng.normal(size=shape))


def single(*shape: int) -> Maker:
    """A float32 array between -1 and 2."""
    return lambda rng: rng.uniform(-1, 2, size=shape).astype(np.float32)


def zero_dimensional(low: float = 0.4, high: float = 2.5) -> Maker:
    """A 0-d float64 array."""
    return lambda rng: np.array(rng.uniform(low, high))


def value(constant: Any) -> Maker:
    """Always the same thing: an integer, a string, an index array."""
    return lambda rng: constant


def one_of(*constants: Any) -> Maker:
    """One of a few constants."""
    return lambda rng: constants[int(rng.integers(len(constants)))]


def several(*makers: Maker) -> Maker:
    """A tuple of what the makers make."""
    return lambda rng: tuple(make(rng) for make in makers)


def listed(*makers: Maker) -> Maker:
    """A list of what the makers make."""
    return lambda rng: [make(rng) for make in makers]


def named(**makers: Maker) -> Maker:
    """A dict of what the makers make."""
    return lambda rng: {name: make(rng) for name, make in makers.items()}


def built(constructor: Callable[..., Any], **makers: Maker) -> Maker:
    """An instance of a dataclass or namedtuple, its fields as made."""
    return lambda rng: constructor(**{name: make(rng) for name, make in makers.items()})

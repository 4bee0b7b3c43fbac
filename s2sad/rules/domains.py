"""Where the laws of a rule are tried: plain data, drawn with NumPy's random generator alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Shape = tuple[int, ...]
Rng = np.random.Generator


@dataclass(frozen=True)
class Domain:
    """A way to draw one argument: `draw(rng, shape)`.

    shape: where the domain fixes its own; cases: where it is a choice among a few values.
    """

    draw: Callable[[Rng, Shape], Any]
    shape: Shape | None = None
    cases: tuple[Any, ...] = ()

    def sample(self, rng: Rng, shape: Shape = ()) -> Any:
        """One value of the domain, of its own shape or else of the shape asked for."""
        return self.draw(rng, shape if self.shape is None else self.shape)

    def of(self, *shape: int) -> Domain:
        """The same values in arrays of one fixed shape."""
        return Domain(self.draw, shape)


def between(low: float, high: float) -> Domain:
    """Floats spread evenly over an open interval."""
    return Domain(lambda rng, shape: np.asarray(rng.uniform(low, high, shape)))


def either(*parts: Domain) -> Domain:
    """Elements taken from one domain or another, element by element."""

    def draw(rng: Rng, shape: Shape) -> Any:
        values = np.stack([p.draw(rng, shape) for p in parts])
        choice = np.asarray(rng.integers(len(parts), size=shape))
        return np.take_along_axis(values, choice[None], axis=0)[0]

    return Domain(draw)


# Neither symmetric nor positive nor tiny: a lost sign, factor or square shows.
reals = between(-1.7, 2.3)
positive = between(0.2, 3.0)
nonzero = either(between(0.3, 2.0), between(-2.3, -0.4))
inside_unit = between(-0.9, 0.85)
above_one = between(1.2, 4.0)
away_from_poles = between(-1.2, 1.1)


def with_imaginary_part(part: Domain) -> Domain:
    """Complex numbers whose real part is of the domain."""

    def draw(rng: Rng, shape: Shape) -> Any:
        return part.draw(rng, shape) + 1j * reals.draw(rng, shape)

    return Domain(draw, part.shape)


def _distinct(rng: Rng, shape: Shape) -> Any:
    count = int(np.prod(shape))
    steps = 0.31 * np.arange(count) - 0.37 * (count // 2) + 0.05
    return np.asarray(rng.permutation(steps).reshape(shape))


distinct = Domain(_distinct)
"""No two elements are closer than 0.31: maxima are unique and stay so under a small step."""


def _holed(rng: Rng, shape: Shape) -> Any:
    made = _distinct(rng, shape)
    made.reshape(-1)[int(rng.integers(made.size)) :: 3 * shape[-1] + 1] = np.nan
    return made


holed = Domain(_holed)
"""Distinct numbers with a NaN in some rows, but in no row more than one."""

booleans = Domain(lambda rng, shape: np.asarray(rng.integers(0, 2, shape).astype(bool)))


def integers(low: int, high: int) -> Domain:
    """Whole numbers from low to high, high excluded."""
    return Domain(lambda rng, shape: np.asarray(rng.integers(low, high, shape)))


def apart(low: float = 0.3, high: float = 0.7) -> Domain:
    """Reals whose fraction keeps away from whole numbers, where floor and its kin jump."""

    def draw(rng: Rng, shape: Shape) -> Any:
        return np.asarray(rng.integers(-3, 4, shape) + rng.uniform(low, high, shape))

    return Domain(draw)


def of_shape(*shape: int) -> Domain:
    """Reals in an array of one fixed shape."""
    return reals.of(*shape)


def of_shapes(*shapes: Shape) -> Domain:
    """Reals in an array of one of these shapes."""
    return one_of(*[reals.of(*s) for s in shapes])


def one_of(*values: Any) -> Domain:
    """One of some values, domains among them."""

    def draw(rng: Rng, shape: Shape) -> Any:
        return sampled(values[rng.integers(len(values))], rng)

    return Domain(draw, (), values)


def together(*cases: tuple[Any, ...]) -> Domain:
    """One case for several parameters at once, as the key `"a shape"` of `on` names them."""
    return one_of(*cases)


def sampled(value: Any, rng: Rng) -> Any:
    """`value` with every domain in it, at any depth of tuples and lists, replaced by a sample."""
    if isinstance(value, Domain):
        return value.sample(rng)
    if type(value) in (tuple, list):
        return type(value)(sampled(v, rng) for v in value)
    return value.copy() if isinstance(value, np.ndarray) else value  # some functions write


def _regular(rng: Rng, shape: Shape) -> Any:
    return np.asarray(rng.uniform(-0.4, 0.5, shape) + 2.0 * np.eye(shape[-2], shape[-1]))


def _separated(rng: Rng, shape: Shape) -> Any:
    """Near one matrix for each size, where LAPACK keeps the signs of its vectors."""
    places = np.arange(1.0, 1.0 + min(shape[-2:]))
    base = np.random.default_rng((10, *shape[-2:])).uniform(-0.5, 0.6, shape[-2:])
    base[..., : len(places), : len(places)] += np.diag(places * np.cos(np.pi * places))
    return np.asarray(base + rng.uniform(-0.02, 0.02, shape))


def _positive_definite(rng: Rng, shape: Shape) -> Any:
    a = _regular(rng, shape)
    return np.asarray(a @ np.swapaxes(a, -1, -2))


regular_matrix = Domain(_regular)
"""Matrices far from singular; tall and wide ones have full rank."""

positive_definite = Domain(_positive_definite)
"""Symmetric positive definite matrices."""

separated = Domain(_separated)
"""Matrices whose eigenvalues, of both signs, and singular values are far apart."""

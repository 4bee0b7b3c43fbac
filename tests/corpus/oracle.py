"""Numeric derivatives of corpus programs, which know nothing of the compiler under test."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from tests.corpus.registry import Program

Vector = np.ndarray[Any, Any]


def leaves(tree: Any) -> Iterator[Any]:
    """The numbers and arrays in a structure, in order."""
    if isinstance(tree, dict):
        for entry in tree.values():
            yield from leaves(entry)
    elif isinstance(tree, tuple | list):
        for entry in tree:
            yield from leaves(entry)
    elif is_dataclass(tree):
        for field in fields(tree):
            yield from leaves(getattr(tree, field.name))
    else:
        yield tree


def rebuild(tree: Any, source: Iterator[Any]) -> Any:
    """A structure like `tree`, its leaves taken from `source`."""
    if isinstance(tree, dict):
        return {key: rebuild(entry, source) for key, entry in tree.items()}
    if isinstance(tree, tuple | list):
        entries = [rebuild(entry, source) for entry in tree]
        return type(tree)(*entries) if hasattr(tree, "_fields") else type(tree)(entries)
    if is_dataclass(tree):
        entries = [rebuild(getattr(tree, field.name), source) for field in fields(tree)]
        return type(tree)(*entries)  # type: ignore[operator]
    return next(source)


def flat(tree: Any) -> Vector:
    """All numbers of a structure in one vector, real or complex."""
    parts = [np.asarray(leaf).ravel() for leaf in leaves(tree)]
    return np.concatenate(parts) if parts else np.zeros(0)


def unflat(tree: Any, vector: Vector) -> Any:
    """A structure like `tree` holding the numbers of `vector`, in arrays of its own."""

    def take() -> Iterator[Any]:
        start = 0
        for leaf in leaves(tree):
            size, shape = np.size(leaf), np.shape(leaf)
            part = vector[start : start + size]
            start += size
            yield filled(leaf, part.reshape(shape)) if isinstance(leaf, np.ndarray) else part[0]

    return rebuild(tree, take())


def filled(like: Vector, numbers: Vector) -> Vector:
    """A new array in the memory order of `like`, on which depends what is a view."""
    array = np.empty_like(like, dtype=numbers.dtype)
    array[...] = numbers
    return array


def active(program: Program, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments the program is differentiated with respect to."""
    return tuple(arguments[i] for i in program.wrt)


def flat_function(
    program: Program, arguments: tuple[Any, ...]
) -> tuple[Callable[[Vector], Vector], Vector]:
    """The program as a map between vectors, in double precision, and the point.

    Programs may write their arguments, so that every evaluation gets fresh copies of them.
    """
    varying = active(program, arguments)

    def function(vector: Vector) -> Vector:
        moved = list(copy.deepcopy(arguments))
        for position, argument in zip(program.wrt, unflat(varying, vector), strict=True):
            moved[position] = argument
        return flat(program.function(*moved))

    return function, flat(varying).astype(np.float64)


def complex_step(function: Callable[[Vector], Vector], x: Vector, v: Vector) -> Vector:
    """The derivative of `function` at x along v, to rounding."""
    step = 1e-30
    return np.asarray(function(x + 1j * step * v)).imag / step


def differences(
    function: Callable[[Vector], Vector], x: Vector, v: Vector, step: float = 2e-4
) -> Vector:
    """The derivative of `function` at x along v, by a central stencil of fourth order."""
    h = step / max(1.0, float(np.max(np.abs(v))))
    near = function(x + h * v) - function(x - h * v)
    far = function(x + 2 * h * v) - function(x - 2 * h * v)
    return (8 * near - far) / (12 * h)


def jacobian(program: Program, arguments: tuple[Any, ...]) -> tuple[Vector, float]:
    """The Jacobian matrix of a program, (results, active numbers), and how far to trust it."""
    function, x = flat_function(program, arguments)
    derive = complex_step if program.complex_step else differences
    columns = [derive(function, x, unit) for unit in np.eye(len(x))]
    trusted = 1e-11 if program.complex_step else 3e-8
    return np.stack(columns, axis=1), max(program.tolerance, trusted)


def assert_close(ours: Any, expected: Any, tolerance: float, what: str = "") -> None:
    """Equal shapes, finite, and within `tolerance` of the largest entry or of 1."""
    ours, expected = np.asarray(ours, np.float64), np.asarray(expected, np.float64)
    assert ours.shape == expected.shape, f"{what}: shape {ours.shape}, expected {expected.shape}"
    assert np.all(np.isfinite(expected)), f"{what}: the numeric derivative is not finite"
    assert np.all(np.isfinite(ours)), f"{what}: not finite: {ours}"
    scale = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
    worst = float(np.max(np.abs(ours - expected), initial=0.0))
    assert worst <= tolerance * scale, f"{what}: off by {worst:.2e}\n{ours}\n{expected}"

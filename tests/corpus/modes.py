"""Every mode of differentiation, asked of a corpus program through the public functions."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad import grad, jvp, vjp
from tests.corpus.oracle import Vector, active, flat, leaves, rebuild
from tests.corpus.registry import Program


def bound(program: Program, arguments: tuple[Any, ...]) -> Callable[..., Any]:
    """The program as a function of its active arguments, which come first or last.

    The others are copies: a program may write its arguments.
    """
    function, count = program.function, len(arguments)
    arguments = copy.deepcopy(arguments)
    if len(program.wrt) == count:
        return function
    fixed = tuple(a for i, a in enumerate(arguments) if i not in program.wrt)
    if program.wrt[0] == 0:
        return lambda *free: function(*free, *fixed)
    return lambda *free: function(*fixed, *free)


def random_like(tree: Any, rng: np.random.Generator) -> Any:
    """Random numbers in the structure and dtypes of `tree`."""

    def draw(leaf: Any) -> Any:
        numbers = rng.uniform(0.3, 1.5, size=np.shape(leaf)) * rng.choice([-1, 1])
        if isinstance(leaf, np.ndarray):
            return numbers.astype(leaf.dtype)
        return (
            np.asarray(leaf).dtype.type(numbers) if isinstance(leaf, np.generic) else float(numbers)
        )

    return rebuild(tree, iter([draw(leaf) for leaf in leaves(tree)]))


def forward(
    program: Program, arguments: tuple[Any, ...], tangents: tuple[Any, ...]
) -> tuple[Any, Any]:
    """The value and the tangent of the result."""
    free = copy.deepcopy(active(program, arguments))
    return jvp(bound(program, arguments), free, tangents)


def reverse(program: Program, arguments: tuple[Any, ...], cotangent: Any) -> tuple[Any, Any]:
    """The value and the cotangents of the active arguments."""
    free = copy.deepcopy(active(program, arguments))
    value, pullback = vjp(bound(program, arguments), *free)
    return value, pullback(cotangent)


def gradient(program: Program, arguments: tuple[Any, ...]) -> Callable[..., Any]:
    """The gradient with respect to all active arguments, as a function of these."""
    positions = tuple(range(len(program.wrt)))
    return grad(bound(program, arguments), argnums=positions)


def hessian_forward_over_reverse(
    program: Program, arguments: tuple[Any, ...], v: tuple[Any, ...]
) -> Vector:
    """H v as the tangent of the gradient."""
    free = copy.deepcopy(active(program, arguments))
    _, product = jvp(gradient(program, arguments), free, v)
    return flat(product)


def hessian_reverse_over_reverse(
    program: Program, arguments: tuple[Any, ...], v: tuple[Any, ...]
) -> Vector:
    """H v as the pullback of the gradient, H being symmetric."""
    free = copy.deepcopy(active(program, arguments))
    _, pullback = vjp(gradient(program, arguments), *free)
    return flat(pullback(v))


def is_scalar(program: Program) -> bool:
    """Whether the result is a single number on every draw, so that it has a gradient."""
    draws = map(program.arguments, range(program.samples))
    return all(_is_number(program.function(*arguments)) for arguments in draws)


def _is_number(result: Any) -> bool:
    return isinstance(result, float | np.floating | np.ndarray) and np.shape(result) == ()

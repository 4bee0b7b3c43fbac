"""Every program of the corpus, in every mode, against numeric derivatives and each other."""

import contextlib
import copy
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from s2sad import S2SADError, jacfwd, jacrev, value_and_grad
from tests.corpus import PROGRAMS, Program
from tests.corpus.modes import (
    forward,
    gradient,
    hessian_forward_over_reverse,
    hessian_reverse_over_reverse,
    is_scalar,
    random_like,
    reverse,
)
from tests.corpus.oracle import active, assert_close, flat, jacobian, leaves, unflat
from tests.corpus.registry import REFUSED

with contextlib.redirect_stdout(io.StringIO()):
    SCALAR = [program for program in PROGRAMS if is_scalar(program)]

every = pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
every_scalar = pytest.mark.parametrize("program", SCALAR, ids=lambda program: program.name)


def draws(program: Program) -> Iterator[tuple[tuple[Any, ...], np.random.Generator]]:
    """The arguments of every sample, and a generator for seeds."""
    for sample in range(program.samples):
        yield program.arguments(sample), np.random.default_rng([7, sample])


def assert_same_structure(ours: Any, like: Any) -> None:
    """Containers of the same type with the same entries; leaves of the same shape and dtype."""
    if isinstance(like, tuple | list | dict) or hasattr(like, "__dataclass_fields__"):
        assert type(ours) is type(like)
        if isinstance(like, dict):
            assert list(ours) == list(like)
    for a, b in zip(leaves(ours), leaves(like), strict=True):
        assert np.shape(a) == np.shape(b)
        assert np.asarray(a).dtype == np.asarray(b).dtype


def same_leaves(a: Any, b: Any) -> bool:
    """Whether two structures hold equal numbers, arrays and constants."""
    return all(np.array_equal(x, y) for x, y in zip(leaves(a), leaves(b), strict=True))


def assert_value(program: Program, value: Any, result: Any) -> None:
    """The value is the plain function's, bit for bit if the program does not say otherwise."""
    if program.rounding:
        assert_close(flat(value), flat(result), program.rounding, program.name)
    else:
        assert np.array_equal(flat(value), flat(result))


@every
def test_reverse(program: Program):
    """The cotangents are the transposed Jacobian times a seed, structured as the arguments."""
    for arguments, rng in draws(program):
        result = program.function(*copy.deepcopy(arguments))
        seed = random_like(result, rng)
        value, cotangents = reverse(program, arguments, seed)
        assert_value(program, value, result)
        for ours, like in zip(cotangents, active(program, arguments), strict=True):
            assert_same_structure(ours, like)
        matrix, tolerance = jacobian(program, arguments)
        assert_close(flat(cotangents), flat(seed) @ matrix, tolerance, program.name)


@every
def test_forward(program: Program):
    """The tangent of the result is the Jacobian times a random direction."""
    for arguments, rng in draws(program):
        result = program.function(*copy.deepcopy(arguments))
        direction = random_like(active(program, arguments), rng)
        value, tangent = forward(program, arguments, direction)
        assert_value(program, value, result)
        assert_same_structure(tangent, result)
        matrix, tolerance = jacobian(program, arguments)
        assert_close(flat(tangent), matrix @ flat(direction), tolerance, program.name)


@every
def test_modes_are_transposes(program: Program):
    """<seed, J direction> = <J^T seed, direction>, to rounding and without a numeric derivative."""
    for arguments, rng in draws(program):
        result = program.function(*copy.deepcopy(arguments))
        seed, direction = random_like(result, rng), random_like(active(program, arguments), rng)
        _, tangent = forward(program, arguments, direction)
        _, cotangents = reverse(program, arguments, seed)
        left = np.float64(flat(seed) @ flat(tangent))
        right = np.float64(flat(cotangents) @ flat(direction))
        size = np.abs(flat(cotangents)) @ np.abs(flat(direction))
        assert np.isfinite(left) and np.isfinite(right)
        loss = max(program.tolerance * 1e-2, 1e-11)
        assert abs(left - right) <= loss * max(1.0, float(size)), program.name


@every_scalar
def test_value_and_gradient(program: Program, capsys: pytest.CaptureFixture[str]):
    """The value is the plain function's, bit for bit; effects happen once.

    Arguments stay as they were, or become what the plain function makes of them.
    """
    for arguments, _ in draws(program):
        untouched, written = copy.deepcopy(arguments), copy.deepcopy(arguments)
        capsys.readouterr()
        result = program.function(*written)
        printed = capsys.readouterr().out
        value, cotangents = value_and_grad(program.function, argnums=program.wrt)(*arguments)
        assert capsys.readouterr().out == printed
        assert_value(program, value, result)
        assert np.asarray(value).dtype == np.asarray(result).dtype
        for ours, like in zip(cotangents, active(program, untouched), strict=True):
            assert_same_structure(ours, like)
        assert same_leaves(arguments, untouched) or same_leaves(arguments, written)
        matrix, tolerance = jacobian(program, untouched)
        assert_close(flat(cotangents), matrix[0], tolerance, program.name)


@every_scalar
def test_second_order(program: Program):
    """H v, forward and reverse over reverse, against each other and differences of the gradient."""
    for arguments, rng in draws(program):
        point = active(program, arguments)
        direction = random_like(point, rng)
        over_reverse = hessian_forward_over_reverse(program, arguments, direction)
        twice_reverse = hessian_reverse_over_reverse(program, arguments, direction)
        first = gradient(program, arguments)
        x, v = flat(point).astype(np.float64), flat(direction).astype(np.float64)
        h = 2e-4 if program.tolerance < 1e-6 else 1e-2

        def at(step: float) -> np.ndarray:
            moved = unflat(point, x + step * v)
            dtypes = [np.asarray(leaf).dtype for leaf in leaves(point)]
            if any(dtype != np.float64 for dtype in dtypes):
                moved = tuple(np.asarray(m, d) for m, d in zip(moved, dtypes, strict=True))
            return flat(first(*moved)).astype(np.float64)

        numeric = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
        tolerance = max(program.tolerance * 30, 1e-6)
        assert_close(over_reverse, numeric, tolerance, f"{program.name}, forward over reverse")
        closeness = max(program.tolerance, 1e-9)
        assert_close(twice_reverse, over_reverse, closeness, f"{program.name}, reverse twice")


@pytest.mark.parametrize("program", REFUSED, ids=lambda p: p.name)
def test_what_is_refused_so_far(program: Program):
    """Refused in every mode with the same words, where some of the arguments lead there."""
    refusals = set()
    for sample in range(program.samples):
        for operator in (jacrev, jacfwd):
            arguments = program.arguments(sample)
            try:
                operator(program.function, argnums=program.wrt)(*arguments)
            except S2SADError as refusal:
                refusals.add(str(refusal))
    assert refusals
    assert all(program.refusal in text for text in refusals), refusals

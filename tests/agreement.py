"""Whether the derivatives of a function agree with numeric ones, or it is refused properly."""

from __future__ import annotations

import contextlib
import copy
import io
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.errors import InternalError, NoRule, S2SADError, SourceUnavailable, Unsupported
from tests.corpus.modes import forward, random_like, reverse
from tests.corpus.oracle import active, assert_close, flat, jacobian, leaves
from tests.corpus.registry import Program, value


def exact(f: Callable[..., Any], *arguments: Any, wrt: tuple[int, ...] | None = None) -> None:
    """Value, cotangents and tangents of `f` agree with the function and its numeric Jacobian.

    wrt: positions of the active arguments; by default those with a floating number.
    """
    positions = wrt or tuple(i for i, a in enumerate(arguments) if is_active(a))
    makers = tuple(value(a) for a in arguments)
    program = Program(f, makers, positions, complex_step=False, samples=1, tolerance=1e-7)
    with contextlib.redirect_stdout(io.StringIO()):
        compare(program, arguments)


def compare(program: Program, arguments: tuple[Any, ...]) -> None:
    """Both modes against differences, and against each other to rounding."""
    rng = np.random.default_rng(11)
    result = program.function(*copy.deepcopy(arguments))
    matrix, tolerance = jacobian(program, arguments)
    seed = random_like(result, rng)
    direction = random_like(active(program, arguments), rng)
    there, cotangents = reverse(program, arguments, seed)
    again, tangent = forward(program, arguments, direction)
    assert np.array_equal(flat(there), flat(result)), f"value {there}, not {result}"
    assert np.array_equal(flat(again), flat(result)), f"value {again}, not {result}"
    assert_close(flat(cotangents), flat(seed) @ matrix, tolerance, "reverse")
    assert_close(flat(tangent), matrix @ flat(direction), tolerance, "forward")
    left, right = flat(seed) @ flat(tangent), flat(cotangents) @ flat(direction)
    assert abs(left - right) <= 1e-10 * max(1.0, abs(left)), f"transposes: {left}, {right}"


def exact_or_refused(f: Callable[..., Any], *arguments: Any) -> str:
    """ "exact" or "refused"; anything else is a failure."""
    try:
        exact(f, *arguments)
    except InternalError:
        raise
    except (Unsupported, NoRule, SourceUnavailable) as refusal:
        check_message(refusal, f)
        return "refused"
    return "exact"


def check_message(refusal: S2SADError, f: Callable[..., Any]) -> None:
    """A refusal names file, line and construct, and says what to do instead."""
    place, text = refusal.location, str(refusal)
    assert place is not None, f"without a place: {text}"
    assert place.filename.endswith(f.__code__.co_filename.rpartition("/")[2]), text
    with open(place.filename, encoding="utf-8") as file:
        assert file.read().splitlines()[place.line - 1].strip() == place.text.strip(), text
    assert f"{place.filename.rpartition('/')[2]}:{place.line}" in text
    assert "^" in text, f"without a caret: {text}"
    assert refusal.problem.strip() and "{" not in refusal.headline(), text
    assert refusal.suggestion(), f"without a remedy: {text}"


def is_active(argument: Any) -> bool:
    """Whether an argument holds a floating number."""
    found = list(leaves(argument))
    return bool(found) and all(isinstance(leaf, float | np.ndarray | np.floating) for leaf in found)

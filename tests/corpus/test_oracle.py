"""The oracle itself: two numeric derivatives agree, and a wrong one is noticed."""

import numpy as np
import pytest

from tests.corpus import PROGRAMS, Program
from tests.corpus.oracle import (
    active,
    assert_close,
    complex_step,
    differences,
    flat,
    flat_function,
    leaves,
    unflat,
)

EXACT = [program for program in PROGRAMS if program.complex_step]
NUMERIC = [program for program in PROGRAMS if not program.complex_step]


def test_the_corpus_is_large_and_its_names_differ():
    assert len(PROGRAMS) >= 450
    assert len({program.name for program in PROGRAMS}) == len(PROGRAMS)


@pytest.mark.parametrize("program", EXACT, ids=lambda program: program.name)
def test_complex_step_agrees_with_differences(program: Program):
    """Where a program takes complex numbers, both numeric derivatives say the same."""
    for sample in range(program.samples):
        arguments = program.arguments(sample)
        function, x = flat_function(program, arguments)
        v = np.random.default_rng(sample).normal(size=x.shape)
        exact = complex_step(function, x, v)
        assert_close(differences(function, x, v), exact, 1e-6, program.name)


@pytest.mark.parametrize("program", NUMERIC, ids=lambda program: program.name)
def test_differences_of_two_steps_agree(program: Program):
    """The other programs have a derivative at their test points: the step does not matter."""
    for sample in range(program.samples):
        function, x = flat_function(program, program.arguments(sample))
        v = np.random.default_rng(sample).normal(size=x.shape)
        narrow, wide = differences(function, x, v), differences(function, x, v, 4e-4)
        assert_close(narrow, wide, max(1e-6, program.tolerance), program.name)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_the_programs_own_writes_do_not_reach_the_oracle(program: Program):
    """Evaluating twice gives the same numbers and leaves the arguments as they were."""
    arguments = program.arguments(0)
    function, x = flat_function(program, arguments)
    assert np.array_equal(function(x), function(x), equal_nan=True)
    for after, before in zip(leaves(arguments), leaves(program.arguments(0)), strict=True):
        assert np.array_equal(after, before)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_arguments_are_reproducible_and_generic(program: Program):
    """The same draw twice; nothing tiny and nothing but floats among the active arguments."""
    first, second = program.arguments(1), program.arguments(1)
    assert np.array_equal(flat(active(program, first)), flat(active(program, second)))
    for leaf in leaves(active(program, first)):
        assert np.asarray(leaf).dtype.kind == "f"
    assert np.all(np.abs(flat(active(program, first))) > 1e-4)


def test_structures_survive_the_round_trip():
    tree = {"a": [1.0, (np.arange(3.0), 2.0)], "b": np.ones((2, 2))}
    again = unflat(tree, flat(tree) + 1)
    assert np.array_equal(again["a"][1][0], [1.0, 2.0, 3.0])
    assert again["a"][1][1] == 3.0
    assert again["b"].shape == (2, 2)


def test_wrong_derivatives_are_noticed():
    for wrong in ([1.0, 2.1], [1.0, np.nan], [1.0], [np.inf, 2.0]):
        with pytest.raises(AssertionError):
            assert_close(wrong, [1.0, 2.0], 1e-9)
    assert_close([1.0, 2.0 + 1e-12], [1.0, 2.0], 1e-9)

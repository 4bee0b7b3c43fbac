"""Rows added at places that may be named twice: the same numbers as np.add.at gives."""

from __future__ import annotations

import numpy as np
import pytest

from s2sad import grad
from s2sad.runtime import add_rows
from s2sad.testing import check_grads

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(5, 1), (5, 3), (5, 40), (5, 2, 3), (5, 4, 30), (5, 0)])
@pytest.mark.parametrize("index", [[0, 2, 0], [-1, 4, -5], [[1, 1], [3, 1]], [], [2] * 5000])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128])
def test_as_numpy(shape, index, dtype):
    index = np.array(index, dtype=np.intp)
    a = RNG.normal(size=shape).astype(dtype)
    for v in (
        RNG.normal(size=(*index.shape, *shape[1:])).astype(dtype),
        RNG.normal(size=shape[1:]),
    ):
        for found in (a.copy(), np.array(a, order="F"), np.repeat(a, 2, axis=0)[::2]):
            wanted = a.copy()
            np.add.at(wanted, index, v)
            add_rows(found, index, v)
            np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("index", [[5], [-6], [0, 7]])
def test_places_that_are_not_there(index):
    with pytest.raises(IndexError):
        add_rows(np.zeros((5, 3)), np.array(index), 1.0)


def looked_up(table, words):
    return np.sum(table[words] ** 2) + np.sum(np.take(table, words, axis=0))


def test_in_a_derivative():
    table, words = RNG.normal(size=(4, 9)), np.array([[0, 3], [3, -1]])
    check_grads(looked_up, (table, words), order=2)
    g = grad(looked_up)
    g(table, words)
    assert "add_rows(beta_table, words, " in g.source
    np.testing.assert_array_equal(g(table[:, ::-1], words), g(np.copy(table[:, ::-1]), words))

"""The larger and the smaller of two numbers, as NumPy has them."""

from __future__ import annotations

import numpy as np
import pytest

numba = pytest.importorskip("numba")

VALUES = np.array([0.0, -0.0, 1.5, -2.0, np.inf, -np.inf, np.nan, 5e-324])


def test_pairs_equal_numpys() -> None:
    from s2sad.elementary.extrema import larger, smaller

    @numba.njit
    def both(x, y):
        return larger(x, y), smaller(x, y)

    for x in VALUES:
        for y in VALUES:
            found = both(x, y)
            assert np.array_equal(found, (np.maximum(x, y), np.minimum(x, y)), equal_nan=True)

"""Functions that find places: integers, through which no derivative passes."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.asking import array_of
from s2sad.rules.domains import distinct, of_shape, one_of, together
from s2sad.rules.joining import along
from s2sad.rules.notation import defined, rule


@rule(np.argpartition, on={"a": distinct.of(2, 3), "kth": one_of(1), "axis": one_of(0, -1, None)})
class argpartition:
    """ans = the indices that partition a along `axis`."""

    def primal(a, kth, axis=-1, kind="introselect", order=None):
        return np.argpartition(a, kth, axis=axis)

    def shape(a, axis):
        return a if axis is not None else (None,)


@rule(np.argwhere, on={"a": of_shape(2, 3)})
class argwhere:
    """ans = the indices of the elements that are not zero, a row for each."""

    def primal(a):
        return np.argwhere(a)

    def shape(a):
        return (None, len(a))


@rule(np.digitize, on={"x": of_shape(2, 3), "bins": one_of(np.array([-1.0, 0.0, 1.5]))})
class digitize:
    """ans = the number of the bin into which each element of x falls."""

    def primal(x, bins, right=False):
        return np.digitize(x, bins, right=right)

    def shape(x):
        return x


@rule(np.tril_indices, results=2, on={"n k m": together((3, 0, None), (3, -1, 4))})
class tril_indices:
    """ans = the rows and the columns of a lower triangle."""

    def primal(n, k=0, m=None):
        return np.tril_indices(n, k, m)

    def shape(n):
        return (None,), (None,)


@rule(np.triu_indices, results=2, on={"n k m": together((3, 0, None), (3, -1, 4))})
class triu_indices:
    """ans = the rows and the columns of an upper triangle."""

    def primal(n, k=0, m=None):
        return np.triu_indices(n, k, m)

    def shape(n):
        return (None,), (None,)


@rule(np.tril_indices_from, results=2, on={"arr": of_shape(3, 4), "k": one_of(0, 1)})
class tril_indices_from:
    """ans = the rows and the columns of the lower triangle of a matrix like arr."""

    def primal(arr, k=0):
        return np.tril_indices_from(arr, k)

    def shape(arr):
        return (None,), (None,)


@rule(np.triu_indices_from, results=2, on={"arr": of_shape(3, 4), "k": one_of(0, 1)})
class triu_indices_from:
    """ans = the rows and the columns of the upper triangle of a matrix like arr."""

    def primal(arr, k=0):
        return np.triu_indices_from(arr, k)

    def shape(arr):
        return (None,), (None,)


@rule(
    np.lexsort,
    sequences="keys",
    on={"keys": one_of((np.array([1.0, 0.0, 1.0]), np.array([2.0, 3.0, 1.0])))},
)
class lexsort:
    """ans = the order by several keys, the last one first."""

    def primal(keys, axis=-1):
        return np.lexsort(keys, axis=axis)

    def shape(keys):
        return keys[0]


@rule(np.tri, on={"N M k": together((3, None, 0), (2, 3, -1), (3, 2, 1))})
class tri:
    """ans = ones at and below a diagonal, zeros elsewhere."""

    def primal(N, M=None, k=0, dtype=float):
        return np.tri(N, M, k, dtype=dtype)

    def shape(N, M):
        return (N, N if M is None else M)

    def dtype(dtype):
        return np.dtype(dtype)


@defined(
    np.ix_,
    wrt="",
    on={"args": one_of([np.array([0, 2]), np.array([True, False, True])], [np.array([1])])},
)
def ix_(*args: Any) -> Any:
    """np.ix_"""
    found = []
    for i in range(len(args)):
        x = array_of(args[i])
        places = np.flatnonzero(x) if x.dtype == bool else x
        found.append(np.reshape(places, along(i, len(args))))
    return tuple(found)

"""Arrays cut into views of their parts."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.asking import array_of
from s2sad.rules.domains import of_shape, together
from s2sad.rules.notation import defined


def part(a: Any, axis: int, start: Any, stop: Any) -> Any:
    """The view of `a` from `start` to `stop` along `axis`."""
    return a[(slice(None),) * (axis % a.ndim) + (slice(start, stop),)]


@defined(
    np.split,
    on={
        "ary indices_or_sections axis": together(
            (of_shape(6), 3, 0), (of_shape(2, 6), 2, -1), (of_shape(5, 2), (1, 3), 0)
        )
    },
)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """np.split"""
    if not isinstance(indices_or_sections, int):
        bounds = [0, *indices_or_sections, None]
        return [part(ary, axis, bounds[i], bounds[i + 1]) for i in range(len(bounds) - 1)]
    if ary.shape[axis] % indices_or_sections != 0:
        raise ValueError("array split does not result in an equal division")
    n = ary.shape[axis] // indices_or_sections
    return [part(ary, axis, i * n, (i + 1) * n) for i in range(indices_or_sections)]


@defined(
    np.array_split,
    on={
        "ary indices_or_sections axis": together(
            (of_shape(7), 3, 0), (of_shape(2, 5), 2, 1), (of_shape(5, 2), (1, 9), 0)
        )
    },
)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """np.array_split"""
    ary = array_of(ary)
    if not isinstance(indices_or_sections, int):
        bounds = [0, *indices_or_sections, None]
        return [part(ary, axis, bounds[i], bounds[i + 1]) for i in range(len(bounds) - 1)]
    n, more = divmod(ary.shape[axis], indices_or_sections)
    ends = [i * n + min(i, more) for i in range(indices_or_sections + 1)]
    return [part(ary, axis, ends[i], ends[i + 1]) for i in range(indices_or_sections)]


@defined(
    np.hsplit, on={"ary indices_or_sections": together((of_shape(6), 3), (of_shape(2, 6), (1, 2)))}
)
def hsplit(ary: Any, indices_or_sections: Any) -> Any:
    """np.hsplit"""
    return split(ary, indices_or_sections, 1 if ary.ndim > 1 else 0)


@defined(
    np.vsplit,
    on={"ary indices_or_sections": together((of_shape(6, 2), 3), (of_shape(4, 2), (1, 2)))},
)
def vsplit(ary: Any, indices_or_sections: Any) -> Any:
    """np.vsplit"""
    return split(ary, indices_or_sections, 0)


@defined(
    np.dsplit,
    on={"ary indices_or_sections": together((of_shape(1, 2, 6), 3), (of_shape(2, 2, 4), (1, 2)))},
)
def dsplit(ary: Any, indices_or_sections: Any) -> Any:
    """np.dsplit"""
    return split(ary, indices_or_sections, 2)

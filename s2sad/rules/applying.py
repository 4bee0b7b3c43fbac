"""Functions applied to rows, over axes, and element by element."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from s2sad.rules.asking import array_of, refuse
from s2sad.rules.axes import wrapped
from s2sad.rules.domains import of_shape, together
from s2sad.rules.notation import defined


@defined(
    np.apply_along_axis,
    wrt="arr",
    on={
        "func1d axis arr args": together(
            (np.sum, 0, of_shape(2, 3), ()), (np.cumsum, -1, of_shape(2, 3), ()),
            (np.diag, 1, of_shape(2, 3, 2), ()), (np.multiply, 0, of_shape(3), (2.5,)),
        )
    },
)  # fmt: skip
def apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """np.apply_along_axis"""
    x = array_of(arr)
    (axis,) = wrapped(axis, x.ndim)
    last = axis == x.ndim - 1
    moved = x if last else np.moveaxis(x, axis, -1)
    rows = np.reshape(moved, (-1, moved.shape[-1]))
    found = np.array([func1d(rows[i], *args, **kwargs) for i in range(rows.shape[0])])
    found = np.reshape(found, (*moved.shape[:-1], *found.shape[1:]))
    added = range(found.ndim - x.ndim + 1)
    if last or len(added) == 0:
        return found
    return np.moveaxis(found, [x.ndim - 1 + i for i in added], [axis + i for i in added])


@defined(
    np.apply_over_axes,
    wrt="a",
    on={
        "func a axes": together(
            (np.sum, of_shape(2, 3, 4), [0, 2]), (np.mean, of_shape(2, 3), -1),
            (np.cumsum, of_shape(2, 3), (0, 1)),
        )
    },
)  # fmt: skip
def apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    """np.apply_over_axes"""
    x = array_of(a)
    for axis in wrapped(axes, x.ndim):
        found = func(x, axis)
        x = found if found.ndim == x.ndim else np.expand_dims(found, axis)
    return x


def call_of_vectorize(
    function: Any, otypes: Any, excluded: Any, signature: Any, *args: Any, **named: Any
) -> Any:
    """np.vectorize, and a call of what it makes."""
    made = np.vectorize(function, otypes=otypes, excluded=excluded, signature=signature)
    return made(*args, **named)


@defined(
    call_of_vectorize,
    wrt="args",
    on={
        "function otypes excluded signature args": together(
            (math.atan2, None, frozenset(), None, (of_shape(2, 3), of_shape(3))),
            (math.atan2, [np.float64], frozenset(), None, (of_shape(3), of_shape(2, 1))),
            (np.polyval, None, frozenset({0}), None, (of_shape(4), of_shape(3))),
            (np.polyval, [np.float32], frozenset({0}), None, (of_shape(2), of_shape(3))),
        )
    },
)
def vectorized(
    function: Any, otypes: Any, excluded: Any, signature: Any, *args: Any, **named: Any
) -> Any:
    """A call of np.vectorize(function, otypes, excluded=excluded, signature=signature)."""
    if signature is not None:
        refuse("np.vectorize with a signature", "loop over the rows, and stack what it returns")
    own = [i in excluded for i in range(len(args))]
    kept = {k: v for k, v in named.items() if k in excluded}
    spread = {k: v for k, v in named.items() if k not in excluded}
    given = [args[i] for i in range(len(args)) if not own[i]]
    shape = np.broadcast_shapes(*[np.shape(x) for x in [*given, *spread.values()]])
    rows = [a if o else flat(a, shape) for a, o in zip(args, own)]  # noqa: B905
    parts = {k: flat(v, shape) for k, v in spread.items()}
    places = range(len([*[r for r, o in zip(rows, own) if not o], *parts.values()][0]))  # noqa: B905
    found = np.array(
        [
            function(
                *[rows[i] if own[i] else rows[i][j] for i in range(len(rows))],
                **kept,
                **{k: v[j] for k, v in parts.items()},
            )
            for j in places
        ]
    )
    if found.ndim != 1:
        refuse("np.vectorize of a function that returns several numbers", "vectorize one for each")
    found = np.reshape(found, shape)
    return found if otypes is None else found.astype(otypes[0])


def flat(x: Any, shape: Any) -> Any:
    """The elements of `x` broadcast to a shape, in one row."""
    return np.ravel(np.broadcast_to(x, shape))


def place_of(shape: Any, i: int) -> Any:
    """The place of the i-th element of an array."""
    place: tuple[Any, ...] = ()
    for n in shape[:0:-1]:
        place = (i % n, *place)
        i = i // n
    return (i, *place)

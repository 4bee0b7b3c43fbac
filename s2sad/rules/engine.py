"""Rules of the few functions of the run time, so that generated code can be derived again."""

from __future__ import annotations

import numpy as np

from s2sad.rules.domains import of_shape, one_of, reals, together
from s2sad.rules.notation import rule
from s2sad.runtime import (
    copy_array,
    index_add,
    last_writes,
    like,
    place,
    resized,
    room,
    round_bounds,
    round_order,
    scatter,
    spread,
    store,
    sum_to,
    updated,
    zeroed,
)

WRITES = together(
    (of_shape(4), 1, reals.of()),
    (of_shape(4), slice(1, 3), of_shape(2)),
    (of_shape(4, 3), slice(None, None, 2), of_shape(3)),
    (of_shape(4, 3), (slice(1, None), 0), reals.of()),
    (of_shape(4, 3), (Ellipsis, slice(0, 2)), of_shape(4, 2)),
    (of_shape(4, 3), np.array([2, 0]), of_shape(2, 3)),
    (of_shape(4, 3), (np.array([2, 0]), np.array([1, 1])), of_shape(2)),
    (of_shape(4), np.array([True, False, True, True]), of_shape(3)),
)
REPEATED = together(
    (of_shape(4), np.array([1, 0, 1]), of_shape(3)),
    (of_shape(4, 3), (slice(None), np.array([1, 1])), of_shape(4, 2)),
    (of_shape(4), np.array([1, 1]), reals.of()),
)


@rule(
    sum_to,
    linear="g",
    on={
        "g shape": together(
            (of_shape(3), ()),
            (of_shape(2, 3), (3,)),
            (of_shape(2, 3), (2, 1)),
            (of_shape(4, 2, 3), (2, 1)),
            (of_shape(2, 3), (2, 3)),
        )
    },
)
class sum_to_:
    """ans = g summed to `shape`, which broadcasts to the shape of g."""

    def primal(g, shape):
        return sum_to(g, shape)

    def shape(shape):
        return tuple(shape)

    def adjoint(g, ans_bar):
        g_bar = np.broadcast_to(ans_bar, g.shape)
        return g_bar


@rule(spread, linear="g", view=True, on={"g shape": together((of_shape(3), (2, 3)))})
class spread_:
    """ans = g repeated along new axes and axes of size 1."""

    def primal(g, shape):
        return spread(g, shape)

    def shape(shape):
        return tuple(shape)

    def adjoint(g, ans_bar):
        g_bar = sum_to(ans_bar, g.shape)
        return g_bar


@rule(like, linear="g", on={"g x": together((of_shape(3), np.zeros(3)), (reals.of(), 2.0))})
class like_:
    """ans = g, as an array or number of the dtype of x; x is data here."""

    def primal(g, x):
        return like(g, x)

    def shape(g):
        return g

    def adjoint(ans_bar):
        g_bar = ans_bar
        return g_bar


@rule(updated, linear="v", on={"a v": together((np.zeros(3), of_shape(3)), (2.0, reals.of()))})
class updated_:
    """ans = v, in the dtype of a if that is an array; a is data here."""

    def primal(a, v):
        return updated(a, v)

    def shape(v):
        return v

    def adjoint(ans_bar):
        v_bar = ans_bar
        return v_bar


@rule(zeroed, on={"c d": together((of_shape(3), np.array([1.0, 0.0, 2.0])))})
class zeroed_:
    """ans = c; where that is not finite and d is zero, zero.  d is data here.

    What was replaced has no derivative, and what is replaced in the tangent is 0 times infinity.
    """

    def primal(c, d):
        return zeroed(c, d)

    def shape(c):
        return c

    def tangent(c, d, c_dot):
        return zeroed(np.where(np.isfinite(c), c_dot, 0.0), d)

    def adjoint(c, ans_bar):
        c_bar = np.where(np.isfinite(c), ans_bar, 0.0)
        return c_bar


@rule(copy_array, linear="a", on={"a": of_shape(2, 3)})
class copy_array_:
    """ans = a copy of a where that is an array, a itself where it is a number."""

    def primal(a):
        return copy_array(a)

    def shape(a):
        return a

    def adjoint(ans_bar):
        a_bar = ans_bar
        return a_bar


@rule(store, linear="a v", on={"a index v": WRITES})
class store_:
    """ans = a with a[index] replaced by v; no index is repeated."""

    def primal(a, index, v):
        return store(a, index, v)

    def shape(a):
        return a

    def adjoint(index, v, ans_bar):
        v_bar = sum_to(ans_bar[index], v.shape)
        a_bar = store(ans_bar, index, 0.0)
        return a_bar, v_bar


@rule(scatter, linear="a v", on={"a index v": one_of(WRITES, REPEATED)})
class scatter_:
    """ans = a with a[index] replaced by v; of several values for one place the last stays."""

    def primal(a, index, v):
        return scatter(a, index, v)

    def shape(a):
        return a

    def adjoint(a, index, v, ans_bar):
        v_bar = sum_to(np.where(last_writes(a.shape, index), ans_bar[index], 0.0), v.shape)
        a_bar = store(ans_bar, index, 0.0)
        return a_bar, v_bar


@rule(
    last_writes,
    on={"shape index": together(((4,), np.array([1, 0, 1])), ((4, 3), (0, np.array([1, 1]))))},
)
class last_writes_:
    """ans = which of the values written at `index` stay."""

    def primal(shape, index):
        return last_writes(shape, index)


@rule(index_add, linear="a v", on={"a index v": one_of(WRITES, REPEATED)})
class index_add_:
    """ans = a with v added at index, repeated indices adding up."""

    def primal(a, index, v):
        return index_add(a, index, v)

    def shape(a):
        return a

    def adjoint(index, v, ans_bar):
        a_bar = ans_bar
        v_bar = sum_to(ans_bar[index], v.shape)
        return a_bar, v_bar


@rule(room, on={"size needed": together((4, 3), (4, 5), (0, 1))})
class room_:
    """ans = the number of rows to make for a list that needs more than it has."""

    def primal(size, needed):
        return room(size, needed)


@rule(place, on={"i count": together((1, 3), (-1, 3))})
class place_:
    """ans = where item i of a list is."""

    def primal(i, count):
        return place(i, count)


@rule(
    resized,
    linear="a",
    view=True,
    on={
        "a size new": together((of_shape(3), 3, 5), (of_shape(3, 2), 3, 2), (of_shape(3, 2), 3, 3))
    },
)
class resized_:
    """ans = the rows of a, cut off after `new` or followed by zeros.

    To the compiler the number of rows stays what it was: a list keeps its own count.
    """

    def primal(a, size, new, shape=None):
        return resized(a, size, new, shape)

    def shape(a, new):
        return (new, *a[1:])

    def adjoint(size, new, ans_bar):
        a_bar = resized(ans_bar, new, size)
        return a_bar


PLACES = {"places": one_of(np.array([1, 0, 1, 3, 1, 0]), np.array([2, 1]), np.array([], int))}


@rule(round_order, on=PLACES)
class round_order_:
    """ans = the positions of `places` in rounds, in none of which a place comes twice."""

    def primal(places):
        return round_order(places)

    def shape(places):
        return places


@rule(round_bounds, on=PLACES)
class round_bounds_:
    """ans = where each of these rounds begins, and where the last one ends."""

    def primal(places):
        return round_bounds(places)

    def shape(places):
        return (None,)

"""Conversions to whole numbers and truth values, and questions of arrays: the answers are data."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.domains import apart, of_shape, one_of, reals, together
from s2sad.rules.notation import rule

SOME = one_of(of_shape(3), reals.of())


def _whole(of: Any) -> None:
    """The rule of a type of whole numbers or truth values: a conversion that is data."""

    @rule(of, "()->()", on={"x": one_of(apart().of(3), apart().of())})
    class conversion:
        """ans = x as a whole number or truth value, which is data."""

        def primal(x=0):
            return of(x)

        def shape(x):
            return x


for _type in (
    np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64, np.bool,
):  # fmt: skip
    _whole(_type)


@rule(np.isneginf, on={"x": SOME})
class isneginf:
    """ans = where x is -inf."""

    def primal(x, out=None):
        return np.isneginf(x)

    def shape(x):
        return x


@rule(np.isposinf, on={"x": SOME})
class isposinf:
    """ans = where x is inf."""

    def primal(x, out=None):
        return np.isposinf(x)

    def shape(x):
        return x


PAIRS = together((of_shape(3), of_shape(3)), (of_shape(2, 3), of_shape(3)))


@rule(np.array_equal, on={"a1 a2": PAIRS})
class array_equal:
    """ans = whether two arrays have the same shape and the same elements."""

    def primal(a1, a2, equal_nan=False):
        return np.array_equal(a1, a2, equal_nan=equal_nan)

    def shape(a1):
        return ()


@rule(np.array_equiv, on={"a1 a2": PAIRS})
class array_equiv:
    """ans = whether two arrays have the same elements, one of them broadcast."""

    def primal(a1, a2):
        return np.array_equiv(a1, a2)

    def shape(a1):
        return ()

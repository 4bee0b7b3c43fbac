"""Arrays made of arrays: another layout, another dtype, or what was there already."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.asking import array_of, refuse
from s2sad.rules.domains import of_shape, one_of
from s2sad.rules.notation import at_compile_time, defined


def floating(x: Any) -> Any:
    """An array, of floating numbers where it holds whole ones."""
    x = array_of(x)
    return x.astype(np.float64) if x.dtype.kind in "iub" else x


@defined(np.asfortranarray, on={"a": one_of(of_shape(2, 3), of_shape(3))})
def asfortranarray(a: Any, dtype: Any = None) -> Any:
    """np.asfortranarray"""
    return np.asarray(a, dtype=dtype, order="F")


@defined(np.asarray_chkfinite, on={"a": one_of(of_shape(2, 3), of_shape())})
def asarray_chkfinite(a: Any, dtype: Any = None, order: Any = None) -> Any:
    """np.asarray_chkfinite"""
    x = np.asarray(a, dtype=dtype, order=order)
    if not np.all(np.isfinite(x)):
        raise ValueError("array must not contain infs or NaNs")
    return x


@defined(
    np.require,
    on={"a": of_shape(2, 3), "requirements": one_of(None, "C", ["F", "W"], ["CONTIGUOUS"], [])},
)
def require(a: Any, dtype: Any = None, requirements: Any = None) -> Any:
    """np.require"""
    asked = layout(requirements)
    if asked == "O":
        refuse("np.require with OWNDATA, which copies views alone,", "copy with np.array")
    return np.asarray(a, dtype=dtype, order=asked)


@at_compile_time
def layout(requirements: Any) -> Any:
    """Which of the requirements of np.require decides: O for memory of its own, or an order."""
    given = [requirements] if isinstance(requirements, str) else requirements or []
    asked = {r.upper() for r in given}
    named = {"O": {"O", "OWNDATA"}, "F": {"F", "FORTRAN", "F_CONTIGUOUS"}}
    named["C"] = {"C", "CONTIGUOUS", "C_CONTIGUOUS"}
    return next((short for short, names in named.items() if asked & names), None)


@defined(
    np.astype, on={"x": of_shape(2, 3), "dtype": one_of("f4", "f8"), "copy": one_of(True, False)}
)
def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """np.astype"""
    return x.astype(dtype, copy=copy)

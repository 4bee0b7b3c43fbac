"""The table of all rules: the chapters that most programs need, and others when they are needed."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Container
from typing import Any

import numpy as np

from s2sad.rules import (  # noqa: F401  (each chapter adds its rules to the table)
    choosing,
    creation,
    elementwise,
    engine,
    functions,
    indexing,
    methods,
    products,
    ranges,
    rearranging,
    reductions,
    scans,
    shaping,
    splitting,
)
from s2sad.rules.notation import DEFINITIONS, OF_COMPLEX, RULES, Primitive

LATER: dict[str, str] = {
    "complex_numbers": "real imag angle complex cmath",
    "casts": "int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool isneginf isposinf array_equal"
    " array_equiv",
    "contractions": "einsum",
    "drawing": "numpy.random._generator",
    "implicit": "numpy.random.mtrand",
    "slopes": "s2sad.rules.probabilities s2sad.rules.angles",
    "convolutions": "convolve correlate",
    "fits": "polyfit",
    "fourier": "numpy.fft",
    "polynomials": "poly polyadd polyder polydiv polyint polymul polysub polyval",
    "series_forms": "numpy.polynomial.polynomial numpy.polynomial.chebyshev"
    " numpy.polynomial.legendre numpy.polynomial.hermite numpy.polynomial.hermite_e"
    " numpy.polynomial.laguerre numpy.polynomial.polyutils",
    "vectors": "kron cross matmul vecdot matvec vecmat",
    "joining": "append atleast_3d block broadcast_arrays diagflat dstack meshgrid resize rollaxis"
    " rot90 unstack vander",
    "linear_algebra": "numpy.linalg",
    "padding": "pad",
    "floating": "heaviside nextafter ldexp sinc i0 nan_to_num fix divmod modf frexp real_if_close"
    " kaiser",
    "mathematics": "math.ldexp math.nextafter math.ulp math.modf math.frexp math.fsum math.dist"
    " math.sumprod",
    "ufunc_methods": "ufunc.reduce ufunc.accumulate ufunc.reduceat",
    "differences": "diff ediff1d gradient trapezoid unwrap cumulative_sum cumulative_prod",
    "quantiles": "quantile percentile nanquantile nanpercentile",
    "medians": "median nanmedian",
    "selecting": "choose select piecewise compress extract partition trim_zeros",
    "places": "argpartition argwhere digitize tril_indices triu_indices tril_indices_from"
    " triu_indices_from lexsort tri ix_",
    "conversions": "asfortranarray asarray_chkfinite require astype",
    "applying": "apply_along_axis apply_over_axes",
    "inserting": "delete insert numpy.lib.stride_tricks s2sad.runtime",
    "statistics": "average cov corrcoef",
    "interpolation": "interp",
    "histograms": "bincount histogram histogramdd histogram2d",
    "missing": "nansum nanprod nanmean nanvar nanstd nancumsum nancumprod nanmax nanmin nanargmax"
    " nanargmin",
    "special": "scipy.special math.gamma math.lgamma s2sad.rules.special.carlson",
}
"""Chapters by the names of NumPy that they state, or the module: read when one is looked up.

A chapter whose first name is of SciPy needs SciPy.
"""

_BY_NAME = {name: chapter for chapter, names in LATER.items() for name in names.split()}


def lookup(function: Callable[..., Any]) -> Primitive | None:
    """The rule of a function, None where it has none."""
    return _found(RULES, function)


def definition(function: Callable[..., Any], given: Container[str] = ()) -> Primitive | None:
    """What states a function in terms of others, None where nothing does.

    given: the options of the call that are not left at their defaults.
    """
    p = _found(DEFINITIONS, function)
    holds = p is not None and (not p.when or any(name in given for name in p.when))
    return p if holds else None


def is_defined(function: Callable[..., Any]) -> bool:
    """Whether a function is stated in terms of others, with some options at least."""
    return _found(DEFINITIONS, function) is not None


def of_complex(function: Callable[..., Any]) -> Primitive | None:
    """What states a function of complex numbers in terms of others, if it is not analytic."""
    importlib.import_module("s2sad.rules.complex_numbers")
    p = lookup(function)
    return OF_COMPLEX.get(function if p is None else p.rule.of)


def _found(table: dict[Any, Primitive], function: Any) -> Primitive | None:
    try:
        found = table.get(function)
    except TypeError:  # not hashable, so certainly no function of NumPy
        return None
    if found is None and _read_chapter(function):
        found = table.get(function)
    return found


def _read_chapter(function: Any) -> bool:
    """Whether the chapter of a function was not read yet; it is then."""
    name = getattr(function, "__name__", None)
    if not isinstance(name, str):
        return False
    chapter = _BY_NAME.get(name)  # np.str and the like only warn when they are looked up
    if isinstance(getattr(function, "__self__", None), np.ufunc):
        chapter = _BY_NAME.get(f"ufunc.{name}")
    elif chapter is None or getattr(np, name, None) is not function:
        module = _module_of(function, name)
        chapter = _BY_NAME.get(f"{module}.{name}") or _BY_NAME.get(module)
    if chapter is None or not _is_installed(chapter):
        return False
    if f"s2sad.rules.{chapter}" in sys.modules:
        return False
    importlib.import_module(f"s2sad.rules.{chapter}")
    return True


def _is_installed(chapter: str) -> bool:
    """Whether the library that a chapter is about is there."""
    return not LATER[chapter].startswith("scipy") or importlib.util.find_spec("scipy") is not None


def _module_of(function: Any, name: str) -> str:
    """The public module of a function; the functions of scipy.special do not say theirs."""
    module: str = getattr(function, "__module__", None) or ""
    special = sys.modules.get("scipy.special")
    if special is not None and getattr(special, name, None) is function:
        return "scipy.special"
    return module


def draw_rules() -> dict[str, Primitive]:
    """What the derivatives of random draws are, by the names of the methods that draw."""
    for chapter in ("drawing", "implicit"):
        importlib.import_module(f"s2sad.rules.{chapter}")
    found: dict[str, Primitive] = sys.modules["s2sad.rules.pathwise"].PATHWISE
    return found


def read_all() -> None:
    """Read every chapter whose library is installed."""
    for chapter in LATER:
        if _is_installed(chapter):
            importlib.import_module(f"s2sad.rules.{chapter}")

"""Polynomials fitted to points by least squares: np.polyfit, and the fits of numpy.polynomial."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.asking import refuse
from s2sad.rules.conversions import floating
from s2sad.rules.domains import distinct, of_shape, positive, together
from s2sad.rules.notation import defined
from s2sad.rules.series import BASES

POINTS = together(
    (distinct.of(6), of_shape(6), 2, None, False, None),
    (distinct.of(5), of_shape(5, 2), 1, None, False, None),
    (distinct.of(5), of_shape(5), 3, 1e-12, False, positive.of(5)),
    (distinct.of(5), of_shape(5, 2), 2, None, False, positive.of(5)),
    (distinct.of(5), of_shape(5), 0, None, False, None),
)


WRONG = [
    {"x": np.ones((2, 2)), "y": np.ones(2), "deg": 1},
    {"x": np.ones(2), "y": np.float64(1.0), "deg": 1},
    {"x": np.ones(2), "y": np.ones((2, 2, 2)), "deg": 1},
    {"x": np.ones(2), "y": np.ones(3), "deg": 1},
]
FEW, MANY = (
    np.array([0.5, -1.0, 2.0, 3.5, 1.0]),
    np.array([[1.0, 2], [0, 1], [3, 1], [2, 2], [1, 5]]),
)
VARIANCES = [
    {"x": FEW, "y": y, "deg": 1, "cov": cov, "w": w}
    for y in (MANY[:, 0], MANY)
    for cov in (True, "unscaled")
    for w in (None, MANY[:, 1])
]
ALL = [{"x": [1, 2, 4, 3], "y": [2, 1, 0, 1], "deg": 1, "full": True}]


def checked(x: Any, y: Any) -> None:
    """Raises where points cannot be fitted to."""
    if x.ndim != 1 or y.ndim < 1 or y.ndim > 2:
        raise TypeError("expected 1D x and 1D or 2D y")
    if x.shape[0] != y.shape[0]:
        raise TypeError("expected x and y to have same length")


def weighted(w: Any, a: Any) -> Any:
    """The rows of `a` times their weights."""
    return a if w is None else (a.T * w).T


def cut_off(x: Any, rcond: Any) -> Any:
    """The relative size under which singular values count as zeros."""
    return x.shape[0] * float(np.finfo(x.dtype).eps) if rcond is None else rcond


@defined(
    np.polyfit,
    wrt="x y w",
    on={"x y deg rcond full w": POINTS, "errors": WRONG, "values": ALL + VARIANCES},
)
def polyfit(
    x: Any, y: Any, deg: Any, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False
) -> Any:
    """np.polyfit"""
    x, y = floating(x), floating(y)
    w = None if w is None else floating(w)
    checked(x, y)
    rcond = cut_off(x, rcond)
    matrix = weighted(w, np.vander(x, int(deg) + 1))
    scale = np.sqrt(np.sum(matrix * matrix, axis=0))
    matrix = matrix / scale
    c, residuals, rank, s = np.linalg.lstsq(matrix, weighted(w, y), rcond)
    c = (c.T / scale).T
    if full:
        return c, residuals, rank, s, rcond
    if cov is False:
        return c
    spread = np.linalg.inv(matrix.T @ matrix) / np.outer(scale, scale)
    if cov != "unscaled":
        rest = np.sum((weighted(w, y) - matrix @ (c.T * scale).T) ** 2, axis=0)
        factor = rest / (x.shape[0] - (int(deg) + 1))
        return c, spread * factor if y.ndim == 1 else spread[:, :, None] * factor
    return c, spread if y.ndim == 1 else spread[:, :, None] * np.ones(1)


def state_fit(fit: Any, vander: Any) -> None:
    """The fit of a series in one basis."""

    @defined(
        fit,
        wrt="x y w",
        on={"x y deg rcond full w": POINTS, "errors": WRONG, "values": ALL},
    )
    def fitted(
        x: Any, y: Any, deg: Any, rcond: Any = None, full: bool = False, w: Any = None
    ) -> Any:
        """The fit of a series of polynomials."""
        x, y = floating(x), floating(y)
        w = None if w is None else floating(w)
        checked(x, y)
        if not isinstance(deg, (int, np.integer)):
            refuse("a fit of chosen degrees", "fit with np.linalg.lstsq to columns of the matrix")
        rcond = cut_off(x, rcond)
        matrix = weighted(w, vander(x, deg))
        scale = np.sqrt(np.sum(matrix * matrix, axis=0))
        scale = np.where(scale == 0, 1.0, scale)
        c, residuals, rank, s = np.linalg.lstsq(matrix / scale, weighted(w, y), rcond)
        c = (c.T / scale).T
        return (c, [residuals, rank, s, rcond]) if full else c


for _module, _name in BASES:
    state_fit(getattr(_module, _name + "fit"), getattr(_module, _name + "vander"))

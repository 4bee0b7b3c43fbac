"""Draws in terms of others: elements by their places, correlated numbers by independent ones.

NumPy shuffles an array with the same numbers as its indices, so the result is that of the method
bit for bit, and so is the state of the generator.  These functions are not called: the interpreter
walks them like functions of the user's.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np


def permutation(rng: Any, x: Any, axis: int = 0) -> Any:
    """rng.permutation(x)"""
    return np.take(x, rng.permutation(x.shape[axis]), axis=axis)


def shuffle(rng: Any, x: Any, axis: int = 0) -> None:
    """rng.shuffle(x)"""
    x[...] = np.take(x, rng.permutation(x.shape[axis]), axis=axis)


def permuted(rng: Any, x: Any, axis: Any = None, out: Any = None) -> Any:
    """rng.permuted(x): every row along the axis by itself"""
    if axis is None:
        place = np.zeros_like(x if out is None else out, dtype=np.intp)  # shuffled as it lies
        place[...] = np.reshape(np.arange(x.size), x.shape)
        found = np.take(x, rng.permuted(place))
    else:
        last = np.broadcast_to(np.arange(x.shape[axis]), np.moveaxis(x, axis, -1).shape)
        place = rng.permuted(np.moveaxis(last, -1, axis), axis=axis)
        found = np.take_along_axis(x, place, axis=axis)
    if out is None:
        return found
    out[...] = found
    return out


def choice(rng: Any, a: Any, axis: int = 0, **options: Any) -> Any:
    """rng.choice(a)"""
    return np.take(a, rng.choice(a.shape[axis], **options), axis=axis)


def row_sizes(size: Any, n: Any) -> Any:
    """The shape of vectors of length n."""
    if size is None:
        return (n,)
    return (*size, n) if isinstance(size, (tuple, list)) else (size, n)


def check_covariance(made: Any, cov: Any, check_valid: str, tol: float) -> None:
    """Warns or raises where a covariance is not what its factors make again."""
    if check_valid != "ignore" and not np.allclose(made, cov, rtol=tol, atol=tol):
        if check_valid == "raise":
            raise ValueError("covariance is not symmetric positive-semidefinite.")
        warnings.warn(
            "covariance is not symmetric positive-semidefinite.", RuntimeWarning, stacklevel=2
        )


def multivariate_normal(
    rng: Any, mean: Any, cov: Any, size: Any = None, check_valid: str = "warn", tol: float = 1e-8,
    method: str = "svd",
) -> Any:  # fmt: skip
    """rng.multivariate_normal(mean, cov) of a Generator"""
    mean, cov = np.asarray(mean), np.asarray(cov)
    noise = rng.standard_normal(row_sizes(size, mean.shape[0]))
    if method == "cholesky":
        factor = np.linalg.cholesky(cov)
    elif method == "eigh":
        s, u = np.linalg.eigh(cov)
        if check_valid != "ignore" and np.any(s < -tol):
            check_covariance(-cov, cov, check_valid, tol)
        factor = u * np.sqrt(np.abs(s))
    else:
        u, s, vh = np.linalg.svd(cov)
        check_covariance(np.dot(vh.T * s, vh), cov, check_valid, tol)
        factor = u * np.sqrt(s)
    found = mean + np.reshape(noise, (-1, mean.shape[0])) @ factor.T
    return np.reshape(found, noise.shape)


def legacy_normal(
    rng: Any, mean: Any, cov: Any, size: Any = None, check_valid: str = "warn", tol: float = 1e-8
) -> Any:
    """rng.multivariate_normal(mean, cov) of a RandomState"""
    mean, cov = np.asarray(mean), np.asarray(cov)
    noise = rng.standard_normal(row_sizes(size, mean.shape[0]))
    _, s, vh = np.linalg.svd(cov)
    check_covariance(np.dot(vh.T * s, vh), cov, check_valid, tol)
    found = np.dot(np.reshape(noise, (-1, mean.shape[0])), np.sqrt(s)[:, None] * vh)
    return np.reshape(found + mean, noise.shape)

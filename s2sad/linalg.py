"""What derivatives of linear algebra need and NumPy lacks."""

from __future__ import annotations

from typing import Any

import numpy as np

BLOCK = 48
"""Triangular matrices up to this size are inverted as general ones."""


def inverse_lower(lower: Any) -> Any:
    """The inverse of the triangles `lower`, (..., n, n), by halves: a sixth of np.linalg.inv.

    Raises LinAlgError where a diagonal element is zero.
    """
    n = lower.shape[-1]
    if n <= BLOCK:
        return np.tril(np.linalg.inv(np.tril(lower)))
    k, made = n // 2, np.zeros_like(lower)
    made[..., :k, :k] = first = inverse_lower(lower[..., :k, :k])
    made[..., k:, k:] = last = inverse_lower(lower[..., k:, k:])
    made[..., k:, :k] = -(last @ (lower[..., k:, :k] @ first))
    return made


def cofactors(a: Any) -> Any:
    """The matrices of cofactors of `a`, (..., n, n): the gradient of the determinant.

    A regular matrix has det(a) a⁻ᵀ.  A singular one has them, too: of a = U S Vᵀ they are
    det(U) det(V) U cof(S) Vᵀ, and cof(S) holds for each i the product of all s_j but s_i.
    """
    inverse = _inverse(a)
    if inverse is not None:
        return np.linalg.det(a)[..., None, None] * np.swapaxes(inverse, -1, -2)
    u, s, vh = np.linalg.svd(a)
    return (u * (_others(s) * _sign(u, vh))[..., None, :]) @ vh


def cofactors_along(a: Any, e: Any) -> Any:
    """The derivative of `cofactors(a)` along `e`: a self-adjoint map of `e`.

    With x = a⁻¹ it is det(a) (tr(x e) x - x e x)ᵀ.  In the basis of the singular vectors, where a
    is diagonal, element (i, j) of it is -p_ij e_ji, and element (i, i) is Σ_j p_ij e_jj, with p_ij
    the product of all s_k but s_i and s_j.
    """
    x = _inverse(a)
    if x is not None:
        y = x @ e
        trace = np.trace(y, axis1=-2, axis2=-1)[..., None, None]
        return np.linalg.det(a)[..., None, None] * np.swapaxes(trace * x - y @ x, -1, -2)
    u, s, vh = np.linalg.svd(a)
    inner = np.swapaxes(u, -1, -2) @ e @ np.swapaxes(vh, -1, -2)
    p = _others_of_pairs(s) * _sign(u, vh)[..., None]
    i = np.arange(s.shape[-1])
    moved = -p * np.swapaxes(inner, -1, -2)
    moved[..., i, i] = np.sum(p * inner[..., None, i, i], axis=-1)
    return u @ moved @ vh


def regular(a: Any) -> Any:
    """`a` itself; LinAlgError where it is close to singular."""
    if _inverse(a) is None:
        raise np.linalg.LinAlgError(
            "s2sad: the third derivative of a determinant at a singular matrix"
        )
    return a


def _inverse(a: Any) -> Any:
    """The inverses of matrices that are all so well conditioned that these are accurate, or None."""
    try:
        inverse = np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return None
    worst = np.max(np.abs(a), (-2, -1), initial=0.0) * np.max(np.abs(inverse), (-2, -1), initial=0.0)
    return inverse if np.all(worst < np.finfo(inverse.dtype).eps ** -0.25) else None


def _sign(u: Any, vh: Any) -> Any:
    """det(U) det(V) of orthogonal matrices, with an axis to broadcast."""
    return np.round(np.linalg.det(u) * np.linalg.det(vh))[..., None]


def _others(s: Any) -> Any:
    """For each s_i the product of the others."""
    return _before(s) * _before(s[..., ::-1])[..., ::-1]


def _before(s: Any) -> Any:
    """For each s_i the product of those before it."""
    return np.cumprod(np.concatenate((np.ones_like(s[..., :1]), s[..., :-1]), axis=-1), axis=-1)


def _others_of_pairs(s: Any) -> Any:
    """For each pair s_i, s_j of two elements the product of the others; zero for i = j."""
    n = s.shape[-1]
    behind = np.tri(n, k=-1, dtype=bool).T
    between = _before(np.where(behind, s[..., None, :], np.ones_like(s[..., None])))
    ends = _before(s)[..., :, None] * _before(s[..., ::-1])[..., None, ::-1]
    upper = np.where(behind, ends * between, np.zeros_like(ends))
    return upper + np.swapaxes(upper, -1, -2)

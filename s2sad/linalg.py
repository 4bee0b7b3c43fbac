"""What derivatives of linear algebra need and NumPy lacks."""

from __future__ import annotations

from typing import Any

import numpy as np

BLOCK = 24
"""Triangular matrices up to this size are inverted as general ones."""


def inverse_lower(lower: Any) -> Any:
    """The inverse of the triangles `lower`, (..., n, n), by halves: a sixth of np.linalg.inv.

    Raises LinAlgError where a diagonal element is zero.
    """
    return _inverse_by_halves(np.tril(lower))


def _inverse_by_halves(lower: Any) -> Any:
    n = lower.shape[-1]
    if n <= BLOCK:
        return np.linalg.inv(lower)
    k, made = n // 2, np.zeros_like(lower)
    made[..., :k, :k] = first = _inverse_by_halves(lower[..., :k, :k])
    made[..., k:, k:] = last = _inverse_by_halves(lower[..., k:, k:])
    made[..., k:, :k] = -(last @ (lower[..., k:, :k] @ first))
    return made


def halved(x: Any) -> Any:
    """The lower triangle of x with half its diagonal."""
    made, i = np.tril(x), np.arange(x.shape[-1])
    made[..., i, i] *= 0.5
    return made


TIED = 8.0
"""Eigenvalues no further apart than so many roundings of the largest one are one eigenvalue."""


def over_gaps(w: Any, used: Any = None) -> Any:
    """1 / (w_j - w_i), the diagonal 0: how eigenvectors turn; of (..., n) an (..., n, n).

    The eigenvectors of a repeated eigenvalue turn anyhow, and have no derivative.  Without `used`
    its elements are NaN.  With it, which says whether a result depends on eigenvalue i or on its
    vector, they are 0 where it does on neither, and else LinAlgError is raised.
    """
    gaps = w[..., None, :] - w[..., :, None]
    n = w.shape[-1]
    size = np.max(np.abs(w), axis=-1, initial=0.0)[..., None, None]
    tied = (np.abs(gaps) <= TIED * n * np.finfo(w.dtype).eps * size) & ~np.eye(n, dtype=bool)
    if used is not None and np.any(tied & (used[..., None, :] | used[..., :, None])):
        raise np.linalg.LinAlgError(
            "s2sad: the vectors of a repeated eigenvalue or singular value have no derivative;"
            " use a function of the matrix that needs none of them (its norm, its inverse, ...)"
        )
    found = 1.0 / np.where(tied | np.eye(n, dtype=bool), np.ones_like(gaps), gaps)
    found[..., np.arange(n), np.arange(n)] = 0.0
    found[tied] = np.nan if used is None else 0.0
    return found


def over_sums(s: Any) -> Any:
    """1 / (s_i + s_j) of numbers that are not negative; 0 where both are 0."""
    sums = s[..., None, :] + s[..., :, None]
    return np.where(sums > 0.0, 1.0, np.zeros_like(sums)) / np.where(sums > 0.0, sums, 1.0)


def over_each(s: Any, n: int, used: Any = None) -> Any:
    """1 / s_i, how singular vectors of length n leave their span; 0 where that is all there is.

    A zero among `s` has vectors without derivative, for which the result is as in `over_gaps`.
    """
    if s.shape[-1] == n:
        return np.zeros_like(s)
    size = np.max(s, axis=-1, keepdims=True, initial=0.0)
    gone = s <= TIED * n * np.finfo(s.dtype).eps * size
    if used is not None and np.any(gone & used):
        raise np.linalg.LinAlgError(
            "s2sad: the vectors of a singular value that is zero have no derivative"
        )
    found = 1.0 / np.where(gone, np.ones_like(s), s)
    found[gone] = np.nan if used is None else 0.0
    return found


def beyond(u: Any, x: Any) -> Any:
    """What of the columns of x is outside of the span of those of u; nothing if u is square."""
    if u.shape[-2] == u.shape[-1]:
        return np.zeros_like(x)
    return x - u @ (np.swapaxes(np.conj(u), -1, -2) @ x)


def eigen(a: Any) -> Any:
    """np.linalg.eig with complex results, whether or not the numbers need them."""
    found = np.linalg.eig(a)
    made = [x.astype(np.result_type(x, np.complex64), copy=False) for x in found]
    return type(found)(*made)


def eigenvalues(a: Any) -> Any:
    """np.linalg.eigvals with complex results, whether or not the numbers need them."""
    found = np.linalg.eigvals(a)
    return found.astype(np.result_type(found, np.complex64), copy=False)


def depends(s: Any, s_bar: Any, u_bar: Any, v_bar: Any = 0.0, u: Any = None, v: Any = None) -> Any:
    """For each element of s whether a gradient in it or in its vectors is not zero.

    u, v: complex vectors, whose phases are those LAPACK chooses: LinAlgError where gradients in
    them depend on the phases.  The vectors of u and v turn together.
    """
    found, turn = np.broadcast_to(np.not_equal(s_bar, 0.0), s.shape), np.zeros_like(s)
    size = turn
    for x, vectors in ((u_bar, u), (v_bar, v)):
        found = found | np.any(np.not_equal(x, 0.0), axis=-2) if np.ndim(x) else found
        if vectors is not None and np.ndim(x):
            turn = turn + np.sum(np.conj(x) * vectors, axis=-2).imag
            size = size + np.sum(np.abs(x), axis=-2)
    largest = np.max(size, axis=-1, keepdims=True, initial=1.0)
    if np.any(np.abs(turn) > np.sqrt(np.finfo(s.dtype).eps) * largest):
        raise np.linalg.LinAlgError(
            "s2sad: the result depends on the phases of complex eigenvectors or singular vectors,"
            " which nothing determines; use a function of them that does not, such as |v| or v vᴴ"
        )
    return found


def leading(x: Any, n: int) -> Any:
    """The first n columns of a cotangent; LinAlgError where others are not zero."""
    if np.any(x[..., n:] != 0.0):
        raise np.linalg.LinAlgError(
            "s2sad: only the first min(m, n) singular vectors of an (m, n) matrix have derivatives;"
            " pass full_matrices=False"
        )
    return x[..., :n]


def completed(x: Any, n: int) -> Any:
    """The columns of a tangent, followed by NaN for those of n that have no derivative."""
    rest = np.full((*x.shape[:-1], n - x.shape[-1]), np.nan, x.dtype)
    return np.concatenate((x, rest), axis=-1) if rest.size else x


def cofactors(a: Any) -> Any:
    """The matrices of cofactors of `a`, (..., n, n): the gradient of the determinant.

    A regular matrix has det(a) a⁻ᵀ.  A singular one has them, too: of a = U S Vᴴ they are
    det(U) det(Vᴴ) conj(U cof(S) Vᴴ), and cof(S) holds for each i the product of all s_j but s_i.
    """
    inverse = _inverse(a)
    if inverse is not None:
        return np.linalg.det(a)[..., None, None] * np.swapaxes(inverse, -1, -2)
    u, s, vh = np.linalg.svd(a)
    return (np.conj(u) * (_others(s) * _sign(u, vh))[..., None, :]) @ np.conj(vh)


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
    left, right = np.conj(u), np.conj(vh)
    inner = np.swapaxes(left, -1, -2) @ e @ np.swapaxes(right, -1, -2)
    p = _others_of_pairs(s) * _sign(u, vh)[..., None]
    i = np.arange(s.shape[-1])
    moved = -p * np.swapaxes(inner, -1, -2)
    moved[..., i, i] = np.sum(p * inner[..., None, i, i], axis=-1)
    return left @ moved @ right


def regular(a: Any) -> Any:
    """`a` itself; LinAlgError where it is close to singular."""
    if _inverse(a) is None:
        raise np.linalg.LinAlgError(
            "s2sad: the third derivative of a determinant at a singular matrix"
        )
    return a


def _inverse(a: Any) -> Any:
    """The inverses, or None where a matrix is too close to singular for an accurate one."""
    try:
        inverse = np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return None
    worst = np.max(np.abs(a), (-2, -1), initial=0.0) * np.max(
        np.abs(inverse), (-2, -1), initial=0.0
    )
    return inverse if np.all(worst < np.finfo(inverse.dtype).eps ** -0.25) else None


def _sign(u: Any, vh: Any) -> Any:
    """det(U) det(Vᴴ), with an axis to broadcast."""
    return (np.linalg.det(u) * np.linalg.det(vh))[..., None]


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


def cut_off(a: Any, rcond: Any) -> Any:
    """The `rcond` that np.linalg.lstsq uses: None and -1 stand for roundings."""
    eps = np.finfo(a.dtype).eps if a.dtype.kind in "fc" else np.finfo(float).eps
    if rcond is None:
        return eps * max(a.shape[-2:])
    return eps if rcond < 0 else rcond


def inverted(a: Any, p: Any, rcond: Any) -> Any:
    """The pseudo-inverse `p` of a; LinAlgError where `rcond` cut off more than roundings."""
    s = np.linalg.svd(a, compute_uv=False)
    largest = np.max(s, axis=-1, keepdims=True, initial=0.0)
    gone = s <= np.expand_dims(np.asarray(rcond), -1) * largest
    roundings = TIED * max(a.shape[-2:]) * np.finfo(s.dtype).eps * largest
    if np.any(gone & (s > roundings)):
        raise np.linalg.LinAlgError(
            "s2sad: rcond cuts off singular values that are not roundings; take the wanted ones"
            " from np.linalg.svd, which has derivatives"
        )
    return p


def row(g: Any, n: int) -> Any:
    """A row of n numbers; zeros for one that is empty."""
    return g[None, :] if g.shape[0] == n else np.zeros((1, n), g.dtype)


def power_along(a: Any, e: Any, n: int) -> Any:
    """The derivative of aⁿ along e, Σ aⁱ e aⁿ⁻¹⁻ⁱ: by squaring, as np.linalg.matrix_power."""
    if n <= 0:
        inverse = np.linalg.inv(a) if n else a
        return power_along(inverse, -(inverse @ e @ inverse), -n) if n else np.zeros_like(e)
    found, along = None, None
    while n:
        if n % 2:
            along = e if found is None else found @ e + along @ a
            found = a if found is None else found @ a
        n //= 2
        if n:
            e = a @ e + e @ a
            a = a @ a
    return along

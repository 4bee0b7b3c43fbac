"""Eigenvalues and eigenvectors of matrices that need not be Hermitian.

NumPy returns real numbers where all eigenvalues of a real matrix are real, and else complex ones.
Only the numbers tell, and the compiler does not know them, so that the results are complex here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.linalg import depends, eigen, eigenvalues, over_gaps
from s2sad.rules.asking import array_of
from s2sad.rules.domains import Domain, one_of, reals, separated
from s2sad.rules.notation import defined, rule
from s2sad.rules.products import turned
from s2sad.rules.spectra import inner

EIGEN: Any = type(np.linalg.eig(np.eye(1)))


def _with_rotation(rng: Any, shape: Any) -> Any:
    made = separated.sample(rng, shape)
    made[..., 0, 1], made[..., 1, 0] = 0.9, -4.1
    return made


def _complex(rng: Any, shape: Any) -> Any:
    return separated.sample(rng, shape) + 0.3j * reals.sample(rng, shape)


rotating = Domain(_with_rotation)
"""Real matrices of which two eigenvalues are complex."""

COMPLEX_SPECTRA = one_of(
    rotating.of(3, 3), Domain(_complex).of(3, 3), Domain(_complex).of(1, 1),
    Domain(_complex).of(2, 1, 2, 2), rotating.of(2, 3, 3),
)  # fmt: skip
SPECTRA = one_of(separated.of(3, 3), separated.of(2, 1, 1), *COMPLEX_SPECTRA.cases)


def complex_dtype(a):
    """The dtype of complex numbers for a dtype, or an array of it."""
    found = getattr(a, "dtype", a)
    return np.dtype("c8" if found is not None and found.char in "fF" else "c16")


def largest(v):
    """In which row the largest element of each column is, to be used with take_along_axis."""
    return np.argmax(np.abs(v), axis=-2, keepdims=True)


@rule(eigen, results=2, returns=EIGEN, on={"a": SPECTRA})
class eigen_:
    """ans = w, v with a v = v diag(w).

    With p = v⁻¹ a_dot v and f_ij = 1 / (w_j - w_i), w_dot is the diagonal of p, and the columns of
    t = v (f ∘ p) are how the vectors move, up to multiples of themselves.  LAPACK returns columns
    of norm 1 whose largest element is real: v_dot = t - v diag(Re(vᴴ t)) - i v diag(Im t_k / v_k),
    where k is the row of that element.  [Giles 2008, 3.1; LAPACK, zgeev]
    """

    def primal(a):
        return eigen(a)

    def shape(a):
        return a[:-1], a

    def dtype(a):
        return complex_dtype(a), complex_dtype(a)

    def tangent(ans, a_dot):
        w, v = ans
        p = np.linalg.solve(v, a_dot @ v)
        t = v @ (over_gaps(w) * p)
        k = largest(v)
        turn = np.imag(np.take_along_axis(t, k, -2)) / np.real(np.take_along_axis(v, k, -2))
        v_dot = t - v * (np.expand_dims(inner(v, t), -2) + 1j * turn)
        return np.diagonal(p, axis1=-2, axis2=-1), v_dot

    def adjoint(ans, ans_bar):
        w, v = ans
        w_bar, v_bar = ans_bar
        pull = np.sum(v * v_bar, axis=-2, keepdims=True)
        k = largest(v)
        turn = np.imag(pull) / np.real(np.take_along_axis(v, k, -2))
        here = np.expand_dims(np.arange(v.shape[-1]), -1) == k
        t_bar = v_bar - np.real(pull) * np.conj(v) - 1j * (here * turn)
        p_bar = over_gaps(w, depends(w, w_bar, v_bar)) * (turned(v) @ t_bar)
        p_bar = p_bar + np.eye(v.shape[-1]) * np.expand_dims(w_bar, -2)
        a_bar = np.linalg.solve(turned(v), p_bar @ turned(v))
        return a_bar


@rule(eigenvalues, on={"a": SPECTRA})
class eigenvalues_:
    """ans = the eigenvalues, with w_dot the diagonal of v⁻¹ a_dot v."""

    def primal(a):
        return eigenvalues(a)

    def shape(a):
        return a[:-1]

    def dtype(a):
        return complex_dtype(a)

    def tangent(a, a_dot):
        v = eigen(a)[1]
        return np.sum(turned(np.linalg.inv(v)) * (a_dot @ v), axis=-2)

    def adjoint(a, ans_bar):
        v = eigen(a)[1]
        a_bar = np.linalg.solve(turned(v), np.expand_dims(ans_bar, -1) * turned(v))
        return a_bar


@defined(np.linalg.eig, on={"a": COMPLEX_SPECTRA})
def eig(a: Any) -> Any:
    """np.linalg.eig"""
    return eigen(array_of(a))


@defined(np.linalg.eigvals, on={"a": COMPLEX_SPECTRA})
def eigvals(a: Any) -> Any:
    """np.linalg.eigvals"""
    return eigenvalues(array_of(a))

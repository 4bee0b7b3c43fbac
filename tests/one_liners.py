"""Ordinary NumPy expressions of one line, each through s2sad, JAX and autograd.

`python -m tests.one_liners` prints how many of them each tool differentiates rightly, and which it
does not; with the name of a tool (s2sad, JAX, autograd), that tool alone.  A test holds that s2sad
does all but those of `one_liners_gaps.txt`, which `python -m tests.one_liners gaps` makes shorter.

An expression is a function of the names in it: `VALUES` says what they are, and those with floating
numbers are differentiated.  JAX and autograd read the same text with their own NumPy under `np`.
"""

from __future__ import annotations

import ast
import copy
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import s2sad
from s2sad.frontend.source import attach_source

EXPRESSIONS = """
# arithmetic and elementwise functions
x * y + x / p - 3.0 * y
x**2 + p**y - p**-1.5
-x + abs(y) - +p
(x - y) % 1.7
p // 0.3 + x
np.exp(x) - np.expm1(y) + np.exp2(x)
np.log(p) + np.log1p(p) + np.log2(p) + np.log10(p)
np.sin(x) * np.cos(y) + np.tan(u)
np.arcsin(u) - np.arccos(u) + np.arctan(x)
np.sinh(x) + np.cosh(y) * np.tanh(x)
np.arcsinh(x) + np.arccosh(p + 1.0) + np.arctanh(u)
np.sqrt(p) + np.cbrt(p) + np.square(x) + np.reciprocal(p)
np.arctan2(y, p) + np.hypot(x, y)
np.maximum(x, y) - np.minimum(x, 0.1)
np.fmax(x, y) + np.fmin(x, y)
np.logaddexp(x, y) + np.logaddexp2(x, y)
np.power(p, 2.5) + np.float_power(p, y)
np.fmod(x, 0.7) + np.remainder(y, 0.9) + np.mod(x, p)
np.sign(x) * x + np.abs(y) + np.fabs(x) + np.absolute(y)
np.copysign(x, y) + np.heaviside(x, 0.5) * y
np.deg2rad(x) + np.rad2deg(y) + np.degrees(x) - np.radians(y)
np.clip(x, -0.5, 0.5) + np.clip(y, None, 0.3)
np.clip(x, u - 1.0, p)
np.nan_to_num(x) * 2.0
np.sinc(x) + np.i0(p)
np.divide(x, p) + np.multiply(x, y) + np.add(x, y) - np.subtract(x, y) + np.negative(x)
np.true_divide(x, p) + np.positive(y)
np.floor(x) * y + np.ceil(y) * x + np.trunc(x) * p + np.rint(x) * u + np.fix(x) * y
np.round(x, 1) * y + np.around(y) * x
1.0 / (1.0 + np.exp(-x))
np.log(np.exp(x - np.max(x)).sum()) + np.max(x)
np.exp(x) / np.sum(np.exp(x))
np.exp(-((x - s) ** 2) / (2.0 * t**2)) / (t * np.sqrt(2.0 * np.pi))
np.where(x > 0.0, x**2, np.sin(y))
np.where(x > 0.0, x, 0.1 * x)
np.where(m, s, x)
np.maximum(0.0, x) * y
np.real(x) + np.imag(y) + np.conj(x)
np.ldexp(x, 2) + np.frexp(p)[0]
np.modf(x)[0] * y
np.divmod(p, 0.4)[1] + x
divmod(x, p)[1] * y
np.abs(x + 1j * y)
np.real(np.exp(1j * x)) * y
np.angle(p + 1j * y)
np.real((x + 2j * y) * np.conj(y + 1j * p))
np.real_if_close(x * 1.0) + y
np.add(x, y, where=m, out=np.zeros(6))
np.exp(x, dtype=np.float64) + np.sqrt(p, where=p > 0.0, out=np.ones(6))
np.add.reduce(X, axis=1)
np.multiply.reduce(x)
np.maximum.reduce(X, axis=0)
np.logaddexp.reduce(x)
np.add.accumulate(x) + np.multiply.accumulate(y)
np.add.outer(x, y) * np.multiply.outer(y, x)
np.subtract.outer(x, y) ** 2
np.add.reduceat(x, [0, 2, 4])

# reductions
np.sum(x * y)
np.sum(X, axis=0)
np.sum(X, axis=(0, 1), keepdims=True)
np.sum(x, where=m)
np.sum(X, axis=-1, initial=2.0)
(X - X.mean(axis=0)) / X.std(axis=0)
np.mean(X, axis=1, keepdims=True)
np.mean(x, where=m)
np.prod(X, axis=1)
np.prod(x, initial=s)
np.var(X, axis=0, ddof=1)
np.std(x) + np.std(X, axis=1, ddof=1).sum()
np.var(x, mean=s)
np.max(X, axis=1) - np.min(X, axis=0).sum()
np.max(x, initial=0.2, where=m)
np.amax(X) - np.amin(X)
np.ptp(X, axis=0)
np.median(x)
np.median(X, axis=1, keepdims=True)
np.average(x, weights=p)
np.average(X, axis=0, weights=np.arange(1.0, 6.0))
np.percentile(x, 30.0)
np.percentile(X, [10, 50, 90], axis=0)
np.quantile(x, 0.8, method="hazen")
np.quantile(X, [0.25, 0.75], axis=(0, 1))
np.nansum(nans) + np.nanmean(nans) * np.nanprod(nans)
np.nanvar(nans) + np.nanstd(nans, ddof=1)
np.nanmax(nans) - np.nanmin(nans)
np.nanmedian(nans) + np.nanpercentile(nans, 40.0)
np.nancumsum(nans)
np.all(x > -9.0) * x
np.count_nonzero(x > 0.0) * y
x[np.argmax(x)] * y[np.argmin(y)]
np.linalg.norm(x) + np.sqrt(np.sum(np.square(X)))
sum(x) * y
max(x) - min(y)
np.sqrt(np.mean((x - y) ** 2))
np.sum(np.abs(x - y)) / np.sum(np.abs(x + y))
-np.mean(np.log(p / p.sum()) * (p / p.sum()))
np.sum(X * Y, axis=-1) / np.sqrt(np.sum(X**2, axis=-1) * np.sum(Y**2, axis=-1))

# running sums, differences and statistics
np.cumsum(x)
np.cumsum(X, axis=1)
np.cumprod(p)
np.cumprod(X, axis=0)
np.cumulative_sum(x, include_initial=True)
np.cumulative_prod(p)
np.diff(x)
np.diff(X, n=2, axis=0)
np.diff(x, prepend=0.0, append=s)
np.ediff1d(x, to_begin=0.0)
np.gradient(x)
np.gradient(x, 0.1, edge_order=2)
np.gradient(x, np.cumsum(p))
np.gradient(X)[1]
np.trapezoid(x, dx=0.1)
np.trapezoid(y, np.cumsum(p))
np.trapezoid(X, axis=0)
np.cov(X, rowvar=False)
np.cov(x, y)
np.corrcoef(X.T)
np.corrcoef(x, y)[0, 1]
np.interp(0.4, np.cumsum(p), x)
np.interp(np.abs(x), np.arange(5.0), y[:5])
np.bincount(k, weights=y[:4], minlength=6)
np.histogram(x, bins=4, range=(-2.0, 2.0), weights=p)[0]
np.convolve(x, y)
np.convolve(x, y[:3], mode="same")
np.convolve(x, y[:3], "valid")
np.correlate(x, y[:3], mode="full")
np.unwrap(3.0 * x)
np.sort(x) * y
np.sort(X, axis=0)
np.sort(x)[::-1][:3]
np.partition(x, 2)[:3].sum()
x[np.argsort(y)]
np.take_along_axis(X, np.argsort(Y, axis=1), axis=1)
np.unique(np.round(x, 1)).size * y
np.searchsorted(np.sort(y), 0.1) * x
np.digitize(x, [-1.0, 0.0, 1.0]) * y
np.cumsum(x[::-1])[::-1]
(x - np.min(x)) / np.ptp(x)
np.mean(x**3) / np.std(x) ** 3
np.sum((x[1:] - x[:-1]) ** 2)

# products and linear algebra
x @ y
X.T @ Y
X @ W + b
np.dot(x, y) * np.vdot(x, y)
np.dot(A, b)
np.inner(X, Y)
np.outer(x, y)
np.matmul(A, B)
A @ b @ B
np.tensordot(X, Y, axes=([0], [0]))
np.tensordot(T, A, axes=([2], [1]))
np.tensordot(A, B)
np.einsum("ij,jk->ik", A, B)
np.einsum("ij,ij->i", X, Y)
np.einsum("ii", A)
np.einsum("ii->i", A)
np.einsum("i,ij,j->", b, A, c)
np.einsum("...ij,...j->...i", T, b)
np.einsum("ij,kj", X, Y)
np.einsum("ij,jk,kl->il", A, B, A, optimize=True)
np.einsum("i,j->ij", x, y)
np.einsum("ij->", X)
np.einsum(A, [0, 1], B, [1, 2], [0, 2])
np.kron(b, c)
np.kron(A[:2, :2], B[:2, :2])
np.cross(x[:3], y[:3])
np.cross(X, Y)
np.trace(A @ B)
np.vecdot(X, Y)
np.matvec(A, b)
np.vecmat(b, A)
np.linalg.inv(A)
np.linalg.solve(A, b)
np.linalg.solve(A, B)
np.linalg.det(A)
np.linalg.slogdet(A)[1]
np.linalg.cholesky(S + S.T)
np.linalg.qr(A)[1]
np.linalg.svd(A, compute_uv=False)
np.linalg.svd(X)[1]
np.linalg.svdvals(A)
np.linalg.eigvalsh(S + S.T)
np.linalg.eigh(S + S.T)[0]
np.linalg.eigh(S + S.T).eigenvalues
np.abs(np.linalg.eig(A)[0]).sum()
np.abs(np.linalg.eigvals(A)).sum()
np.linalg.pinv(X)
np.linalg.lstsq(X, Y)[0]
np.linalg.norm(X, axis=1)
np.linalg.norm(A, 2) + np.linalg.norm(A, "nuc")
np.linalg.norm(X, np.inf) + np.linalg.norm(x, 1) + np.linalg.norm(x, 3)
np.linalg.norm(A, ord="fro")
np.linalg.matrix_power(A, 3)
np.linalg.matrix_power(A, -2)
np.linalg.multi_dot([A, B, b])
np.linalg.cond(A)
np.linalg.vector_norm(x) * np.linalg.matrix_norm(A)
np.linalg.tensorsolve(A, b)
np.linalg.tensorinv(A, ind=1)
np.linalg.outer(x, y) + np.linalg.trace(A)
np.linalg.solve(X.T @ X + s**2 * np.eye(3), X.T @ p[:5])
b @ np.linalg.inv(S) @ c - np.log(np.linalg.det(S))
0.5 * b @ np.linalg.solve(S, b) + 0.5 * np.linalg.slogdet(S)[1]
np.sum(np.log(np.diag(np.linalg.cholesky(S + S.T))))

# polynomials and transforms
np.polyval(x, s)
np.polyval([1.0, -2.0, 0.5], x)
np.polyfit(x, y, 2)
np.polyder(x) + np.polyint(y)[:5]
np.polymul(x[:3], y[:3])
np.polyadd(x, y) - np.polysub(x, y)
np.polynomial.polynomial.polyval(x, y)
np.polynomial.chebyshev.chebval(u, y)
np.polynomial.legendre.legval(u, y)
np.vander(x, 3)
np.abs(np.fft.fft(x)) ** 2
np.fft.ifft(np.fft.fft(x) * np.fft.fft(y)).real
np.fft.irfft(np.fft.rfft(x) * np.fft.rfft(y), 6)
np.abs(np.fft.rfft(X, axis=0)).sum()
np.real(np.fft.fft2(A))
np.abs(np.fft.fftn(T)).sum(axis=0)
np.fft.fftshift(x) - np.fft.ifftshift(y)
np.fft.rfft(x, norm="ortho").imag
np.sum(np.fft.rfftfreq(6) * np.abs(np.fft.rfft(x)) ** 2)

# shapes
np.reshape(x, (2, 3)) @ np.reshape(y, (3, 2))
X.reshape(3, 5) * X.T
x.reshape(2, -1).sum(axis=0)
np.reshape(X, -1, order="F")
np.ravel(X) + X.flatten()
X.ravel(order="F")
np.transpose(T, (2, 0, 1))
T.transpose(1, 0, 2)
T.T + np.swapaxes(T, 0, 2)
np.moveaxis(T, 0, -1) + np.rollaxis(T, 0, 3)
np.matrix_transpose(T) - T.mT
np.permute_dims(T, (1, 2, 0))
np.squeeze(X[:, :1]) + np.expand_dims(x, 0)[0, :5]
x[:, None] * y[None, :]
x[np.newaxis] - y[:, np.newaxis]
np.broadcast_to(x, (4, 6)) * np.arange(4.0)[:, None]
np.broadcast_arrays(x, s)[1] * x
np.concatenate([x, y])
np.concatenate((X, Y), axis=1)
np.concatenate([X, Y], axis=None)
np.concat([x, p])
np.stack([x, y], axis=1)
np.unstack(X, axis=1)[0]
np.vstack([x, y, p])
np.hstack((X, Y))
np.dstack([x, y])
np.column_stack([x, y, p])
np.block([[A, B], [B, A]])
np.array([x, y])
np.array([s, t, s * t])
np.array([[np.cos(s), -np.sin(s)], [np.sin(s), np.cos(s)]]) @ x[:2]
np.asarray([x, 2.0 * y]) @ p
np.split(x, 3)[1] * np.split(y, 3)[2]
np.array_split(x, 4)[0]
np.hsplit(X, [1])[1] @ np.vsplit(W, [2])[0]
np.tile(x, 2) + np.repeat(y, 2)
np.tile(X, (2, 1))
np.repeat(X, [1, 2, 0, 1, 3], axis=0)
np.pad(x, 2)
np.pad(X, ((1, 0), (0, 2)), mode="constant", constant_values=1.0)
np.pad(x, 2, mode="edge") + np.pad(x, 2, mode="reflect")
np.pad(X, 1, mode="wrap") - np.pad(X, 1, mode="symmetric")
np.roll(x, 1) - 2.0 * x + np.roll(x, -1)
np.roll(X, (1, -1), axis=(0, 1))
np.rot90(X)
np.flip(X) + np.flip(X, axis=0) - np.flip(X, axis=(0, 1))
np.fliplr(X) - np.flipud(X)
x[::-1] * y
np.append(x, y) * np.append(y, x)
np.append(x, s)
np.insert(x, 2, s)
np.delete(x, [1, 3])
np.atleast_1d(s) * np.atleast_2d(x)
np.atleast_3d(X)
np.diag(x) @ y + np.diag(A @ B) @ b
np.diag(x, k=1)
np.diagflat(x)
np.diagonal(T, axis1=0, axis2=1)
np.tril(A) @ np.triu(B)
np.tril(A, -1) + np.triu(A, 1)
np.meshgrid(x, y)[0] * np.meshgrid(x, y)[1]
np.meshgrid(x, y, indexing="ij")[0] ** 2
np.full((2, 3), s) * np.full_like(X[:2], t)
np.linspace(s, 5.0, 7)
np.linspace(x, y, 4, axis=1)
np.logspace(s, t, 4) + np.geomspace(s, t, 4)
np.arange(0.0, 3.0) * s
np.r_[x, s, y]
np.c_[x, y]
np.eye(4) * s + A
np.ones_like(x) * s + np.zeros_like(y)
np.tri(4) * A
np.copy(x) * x.copy()
np.lib.stride_tricks.sliding_window_view(x, 3).mean(axis=-1)
np.resize(x, (2, 4))
np.trim_zeros(np.append(0.0, x))

# choosing and indexing
x[1:5:2] * y[-2:].sum()
X[:, 1] - X[0, 0]
X[1:4, ::-1] ** 2
T[..., 0] + T[:, -1, 1:2]
x[k] * y[k]
X[[0, 2], [1, 1]]
X[k[:2, None], [0, 2]]
x[m]
x[x > 0.0] ** 2
x[np.nonzero(x > 0.0)].sum() * y
x[np.flatnonzero(m)]
A[np.triu_indices(4)]
A[np.diag_indices(4)] + A[np.arange(4), [1, 0, 3, 2]]
A[np.ix_([0, 2], [1, 3])]
np.take(x, k) + np.take(X, [0, 1, 0, 2], axis=0)[:, 0]
np.take(x, [7, -1], mode="wrap")
np.compress(m, x)
np.extract(m, x * y)
np.choose([0, 1, 0, 1, 1, 0], [x, y])
np.select([x > 0.5, x < -0.5], [x**2, -x], default=y)
np.piecewise(x, [x < 0.0, x >= 0.0], [lambda v: -v, lambda v: v**2])
np.apply_along_axis(np.sum, 1, X)
np.vectorize(lambda a, b: a * b + a)(x, y)
np.squeeze(x[None, :, None])
np.nanargmax(nans) * x
np.isclose(x, y) * x + np.isfinite(x) * y
np.logical_and(x > 0.0, y > 0.0) * x * y
(x > y) * x + (x <= y) * y
np.sum((x > 0.0) & m) * y

# methods and attributes
x.sum() * y.mean() - p.prod()
X.max(axis=0) - X.min(axis=0)
X.var(axis=0) + X.std(axis=0, ddof=1)
x.dot(y) + X.T.dot(Y).trace()
x.cumsum() * x.cumprod()
x.clip(-0.5, 0.5) + x.clip(min=0.0)
x.astype(np.float64) * x.real + x.imag
x.take(k) * x.repeat(2)[:4]
x[x.argmax()] * x.argsort()[0] + x.size * s + x.ndim + x.shape[0]
X.swapaxes(0, 1).squeeze().diagonal()
X.reshape(-1)[::2].ravel().copy().T
x.compress(m).sum() + A.trace() + np.float64(s)
x.round(2) * y + x.conj() * p
X.mean(axis=1, where=X > -9.0)
x.flat[2] * x.item(1) * x.tolist()[0]
m.nonzero()[0].size * x + x.nonzero()[0][0] * y

# of a scientist's work
np.sum(-0.5 * ((x - s) / t) ** 2 - np.log(t) - 0.5 * np.log(2.0 * np.pi))
np.mean(np.maximum(0.0, 1.0 - np.sign(y) * (x * s + t)))
-np.sum(m * np.log(1.0 / (1.0 + np.exp(-x))) + (1 - m) * np.log(1.0 - 1.0 / (1.0 + np.exp(-x))))
np.mean(np.logaddexp(0.0, x) - m * x)
X - np.log(np.sum(np.exp(X), axis=1, keepdims=True))
np.tanh(X @ W + b).mean(axis=0)
np.sqrt(((X[:, None, :] - Y[None, :, :]) ** 2).sum(-1))
np.exp(-0.5 * np.sum((X[:, None] - Y[None]) ** 2, axis=-1) / s**2)
np.sum(0.25 * (x[2:] - 2.0 * x[1:-1] + x[:-2]) ** 2)
x[1:-1] + 0.1 * (x[2:] - 2.0 * x[1:-1] + x[:-2])
np.trapezoid(np.exp(-s * np.linspace(0.0, 2.0, 21)) * t, np.linspace(0.0, 2.0, 21))
np.linalg.norm(x - y) / (np.linalg.norm(x) + np.linalg.norm(y))
np.sum(p * np.log(p / np.roll(p, 1)))
(A @ np.array([np.cos(s), np.sin(s), t, 1.0]))[:2] / (5.0 + A[3] @ b)
np.cumsum(np.sqrt(np.diff(x) ** 2 + np.diff(y) ** 2))
np.hypot(np.subtract.outer(x, y), s).sum(axis=0)
np.mean(np.abs(np.sort(x) - np.sort(y)))
np.corrcoef(np.vstack([x, y, p]))[0]
np.einsum("ni,nj->ij", X - X.mean(0), X - X.mean(0)) / (len(X) - 1)
np.prod(1.0 - np.exp(-p * s)) ** (1.0 / 6.0)
np.sum(np.where(np.abs(x) < 1.0, 0.5 * x**2, np.abs(x) - 0.5))
np.polyval(np.polyfit(np.arange(6.0), x, 1), 7.0)
np.linalg.solve(np.diag(p) + 0.1 * np.outer(x, x), y)
np.exp(1j * s).real * x - np.exp(1j * s).imag * y
"""


def _matrix(rng: np.random.Generator) -> np.ndarray:
    return 0.4 * rng.normal(size=(4, 4)) + np.diag([2.0, 3.0, 4.0, 5.0])


def _values() -> dict[str, Any]:
    """What the names are: x, y any numbers, p positive, u inside (-1, 1), capitals matrices."""
    rng = np.random.default_rng(20)
    A = _matrix(rng)
    return {
        "x": np.array([0.83, -1.27, 0.46, 1.71, -0.58, 0.29]),
        "y": np.array([-0.37, 0.92, 1.36, -1.64, 0.55, -0.71]),
        "p": np.array([0.74, 1.32, 0.57, 2.13, 1.68, 0.91]),
        "u": np.array([0.23, -0.67, 0.81, -0.14, 0.49, -0.36]),
        "nans": np.array([0.7, np.nan, -1.1, 0.4, np.nan, 1.9]),
        "s": 0.7,
        "t": 1.3,
        "X": rng.normal(size=(5, 3)),
        "Y": rng.normal(size=(5, 3)),
        "W": rng.normal(size=(3, 4)),
        "A": A,
        "B": _matrix(rng),
        "S": A @ A.T + np.eye(4),
        "b": rng.normal(size=4),
        "c": rng.normal(size=4),
        "T": rng.normal(size=(2, 3, 4)),
        "k": np.array([2, 0, 5, 2]),
        "m": np.array([True, False, True, True, False, True]),
    }


VALUES = _values()


GAPS_FILE = Path(__file__).with_name("one_liners_gaps.txt")


def gaps() -> dict[str, str]:
    """Expressions that s2sad does not differentiate yet, with the reason.  May only shrink."""
    lines = GAPS_FILE.read_text("utf-8").splitlines()
    pairs = (line.partition("    ")[::2] for line in lines if line and line[0] != "#")
    return {text.strip(): reason for reason, text in pairs}


@dataclass(frozen=True)
class OneLiner:
    """An expression, the section it stands in, and its names in order."""

    text: str
    section: str

    @property
    def names(self) -> list[str]:
        """All names of values in it."""
        found = {n.id for n in ast.walk(ast.parse(self.text)) if isinstance(n, ast.Name)}
        return [n for n in VALUES if n in found]

    @property
    def active(self) -> list[str]:
        """The names that are differentiated: the parameters of the function."""
        return [n for n in self.names if np.asarray(VALUES[n]).dtype.kind == "f"]

    @property
    def arguments(self) -> list[Any]:
        """Values for the parameters; arrays are copies."""
        return [copy.deepcopy(VALUES[n]) for n in self.active]

    @property
    def source(self) -> str:
        """The function as text."""
        return f"def f({', '.join(self.active)}):\n    return {self.text}\n"

    def function(self, module: Any = np) -> Callable[..., Any]:
        """The expression as a function, with this module under the name `np`."""
        space = {"np": module} | {n: VALUES[n] for n in self.names if n not in self.active}
        exec(compile(self.source, f"<{self.text}>", "exec"), space)
        f: Callable[..., Any] = attach_source(space["f"], self.source)
        return f


def one_liners() -> Iterator[OneLiner]:
    """All of them, in the order of the text."""
    section = ""
    for line in EXPRESSIONS.strip().splitlines():
        if line.startswith("# "):
            section = line[2:]
        elif line:
            yield OneLiner(line, section)


def cotangent(one: OneLiner) -> Any:
    """A cotangent for the result: the same for every tool."""
    out = one.function()(*one.arguments)
    made = np.random.default_rng(7).normal(size=np.shape(out))
    return made if isinstance(out, np.ndarray) else type(out)(float(made))


def numeric(one: OneLiner, ans_bar: Any) -> list[Any]:
    """The gradients of <ans_bar, f>, by central differences of order four in each element."""
    f, given = one.function(), one.arguments

    def moved(i: int, at: tuple[int, ...], step: float) -> float:
        changed = [np.array(a) if j == i else a for j, a in enumerate(given)]
        changed[i][at] += step
        if not isinstance(given[i], np.ndarray):
            changed[i] = type(given[i])(changed[i])
        return float(np.sum(ans_bar * f(*changed)))

    found, h = [], 1e-3
    for i, a in enumerate(given):
        bar = np.zeros(np.shape(a))
        for at in np.ndindex(bar.shape):
            far = moved(i, at, 2 * h) - moved(i, at, -2 * h)
            bar[at] = (8.0 * (moved(i, at, h) - moved(i, at, -h)) - far) / (12.0 * h)
        found.append(bar)
    return found


def by_s2sad(one: OneLiner, ans_bar: Any) -> list[Any]:
    """Cotangents in reverse mode, after forward mode was found to be its transpose."""
    f, given, rng = one.function(), one.arguments, np.random.default_rng(8)
    _, pull = s2sad.vjp(f, *given)
    bars = pull(ans_bar)
    dots = [rng.normal(size=np.shape(a)) if np.ndim(a) else rng.normal() for a in given]
    _, dot = s2sad.jvp(f, given, dots)
    left = np.sum(ans_bar * dot)
    right = sum(np.sum(b * d) for b, d in zip(bars, dots, strict=True))
    assert np.allclose(left, right, 1e-8, 1e-8), f"forward mode gives {left}, reverse {right}"
    return list(bars)


def by_jax(one: OneLiner, ans_bar: Any) -> list[Any]:
    """Cotangents of the expression under jax.numpy, in double precision."""
    import jax

    jax.config.update("jax_enable_x64", True)
    out, pull = jax.vjp(one.function(jax.numpy), *map(jax.numpy.asarray, one.arguments))
    return list(pull(jax.numpy.asarray(ans_bar, out.dtype)))


def by_autograd(one: OneLiner, ans_bar: Any) -> list[Any]:
    """Cotangents of the expression under autograd.numpy."""
    import autograd
    import autograd.numpy

    f, given = one.function(autograd.numpy), one.arguments
    return [autograd.make_vjp(f, i)(*given)[0](ans_bar) for i in range(len(given))]


TOOLS: dict[str, Callable[[OneLiner, Any], list[Any]]] = {
    "s2sad": by_s2sad,
    "JAX": by_jax,
    "autograd": by_autograd,
}


def verdict(tool: str, one: OneLiner) -> str:
    """ "right", "wrong: ..." or "error: ..." with the first line of what was raised."""
    ans_bar = cotangent(one)
    try:
        found = TOOLS[tool](one, ans_bar)
    except Exception as e:  # whatever a tool raises is its answer
        return f"error: {type(e).__name__}: {' '.join(str(e).split())[:150]}"
    for n, a, b in zip(one.active, found, numeric(one, ans_bar), strict=True):
        scale = max(1.0, float(np.max(np.abs(b), initial=0.0)))
        fits = np.shape(a) == np.shape(b)
        if not fits or not np.max(np.abs(np.asarray(a) - b), initial=0.0) <= 1e-6 * scale:
            return f"wrong: the derivative in {n} is {a}, not {b}"
    return "right"


def main(tools: list[str]) -> None:
    """Print what each tool does with each expression, and the counts."""
    tools = tools or list(TOOLS)
    counts = {tool: {"right": 0, "wrong": 0, "error": 0} for tool in tools}
    every = list(one_liners())
    for tool in tools:
        for one in every:
            with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
                found = verdict(tool, one)
            counts[tool][found.partition(":")[0]] += 1
            if found != "right":
                print(f"{tool}  {one.text}\n    {found}")
    print(f"\n{len(every)} expressions")
    for tool, n in counts.items():
        print(f"{tool:9} {n['right']} right, {n['wrong']} wrong, {n['error']} errors")


def shorten() -> None:
    """Take off the list of gaps what is right today."""
    every = {one.text: one for one in one_liners()}
    head = [line for line in GAPS_FILE.read_text("utf-8").splitlines() if line.startswith("#")]
    left = []
    for text in gaps():
        with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
            found = verdict("s2sad", every[text])
        if found != "right":
            left.append(f"{reason(found):24}    {text}")
    GAPS_FILE.write_text("\n".join([*head, *left]) + "\n", "utf-8")


def reason(found: str) -> str:
    """What is missing, in few words."""
    missing = re.search(r"no derivative rule for (\S+)", found)
    if missing:
        return f"no rule for {missing[1]}"
    unsupported = re.search(r"s2sad: (.*?) is not supported", found)
    return unsupported[1] if unsupported else found[:60]


if __name__ == "__main__":
    shorten() if sys.argv[1:] == ["gaps"] else main(sys.argv[1:])

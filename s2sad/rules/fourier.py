"""Fourier transforms.

A transform is linear, and the matrix of the complex ones is symmetric: its transpose is the same
transform.  A transform of real numbers keeps half of a spectrum, in which all frequencies but the
first and, of an even number, the last one stand for two.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.asking import array_of
from s2sad.rules.domains import of_shape, one_of, reals, together, with_imaginary_part
from s2sad.rules.notation import defined, rule


def spectra(*shape: int) -> Any:
    """Complex numbers in an array of one shape."""
    return with_imaginary_part(reals).of(*shape)


NORMS = (None, "ortho", "forward", "backward")
ROWS = [
    (spectra(5), None, -1), (of_shape(4), None, -1), (spectra(4), 6, -1), (spectra(5), 3, 0),
    (of_shape(3, 4), None, 0), (spectra(3, 4), 2, -2), (of_shape(2, 3), 5, 1),
    (spectra(1), None, -1),
]  # fmt: skip
COMPLEX = {"a n axis": together(*ROWS), "norm": one_of(*NORMS)}
REAL_ROWS = [
    (of_shape(5), None, -1), (of_shape(4), None, -1), (of_shape(4), 6, -1), (of_shape(6), 3, 0),
    (of_shape(3, 4), None, 0), (of_shape(5, 2), 4, -2), (of_shape(2, 3), 5, 1),
    (of_shape(2), 1, -1),
]  # fmt: skip
REAL = {"a n axis": together(*REAL_ROWS), "norm": one_of(*NORMS)}
HALF_ROWS = [
    (spectra(4), None, -1), (spectra(4), 7, -1), (spectra(4), 5, -1), (spectra(3), 8, 0),
    (spectra(3, 2), None, 0), (spectra(2, 4), 6, -1), (spectra(2, 3), 2, 1), (spectra(2), 1, -1),
]  # fmt: skip
HALF = {"a n axis": together(*HALF_ROWS), "norm": one_of(*NORMS)}


def transformed(a, n, axis):
    """The shape of a complex transform."""
    dims = list(a)
    dims[axis] = dims[axis] if n is None else n
    return tuple(dims)


def halved(a, n, axis):
    """The shape of half of a spectrum."""
    dims = transformed(a, n, axis)
    half = dims[axis] // 2 + 1 if isinstance(dims[axis], int) else None
    return tuple(half if i == axis % len(a) else d for i, d in enumerate(dims))


def doubled(a, n, axis):
    """The shape of real numbers with that half of a spectrum."""
    dims = list(a)
    whole = 2 * (dims[axis] - 1) if isinstance(dims[axis], int) else None
    dims[axis] = whole if n is None else n
    return tuple(dims)


def real_dtype(a):
    """The dtype of real numbers that a spectrum of a dtype, or an array of it, stands for."""
    found = getattr(a, "dtype", a)
    return np.dtype("f4" if found is not None and found.char in "efF" else "f8")


def resized(g, size, axis):
    """`g` cut off along an axis, or followed by zeros, to be of that size."""
    n, before = g.shape[axis], axis % g.ndim
    if size <= n:
        return g[(slice(None),) * before + (slice(0, size),)]
    shape = tuple([size - n if i == before else g.shape[i] for i in range(g.ndim)])
    return np.concatenate((g, np.zeros(shape, g.dtype)), axis=axis)


def fit(g, a, n, axis):
    """A cotangent of what a transform took of `a`, as one of `a`."""
    return g if n is None else resized(g, a.shape[axis], axis)


def counted(g, n, axis, factor):
    """Half of a spectrum of n numbers, times a factor where a frequency stands for two."""
    half = n // 2 + 1
    k = np.arange(half)
    one = (k == 0) | (2 * k == n)
    weights = np.where(one, 1.0, factor).astype(np.real(g).dtype)
    return g * (weights if axis in (-1, g.ndim - 1) else np.reshape(weights, along(g.ndim, axis)))


def along(ndim, axis):
    """The shape of a vector along an axis."""
    return tuple([-1 if i == axis % ndim else 1 for i in range(ndim)])


def hermitian(g, axis):
    """Half of (g_j + conj g_-j) / 2, of which the transform is the real part of that of g."""
    half, front = g.shape[axis] // 2 + 1, (slice(None),) * (axis % g.ndim)
    first, last = g[(*front, slice(0, 1))], np.flip(g, axis)[(*front, slice(0, half - 1))]
    turned = np.concatenate((first, last), axis=axis)
    return 0.5 * (g[(*front, slice(0, half))] + np.conjugate(turned))


@rule(np.fft.fft, linear="a", on=COMPLEX)
class fft:
    """ans_k = Σ_j a_j exp(-2πi jk / n) along `axis`."""

    def primal(a, n=None, axis=-1, norm=None):
        return np.fft.fft(a, n, axis, norm)

    def shape(a, n, axis):
        return transformed(a, n, axis)

    def adjoint(a, n, axis, norm, ans_bar):
        if np.iscomplexobj(a):
            whole = np.fft.fft(ans_bar, axis=axis, norm=norm)
        else:
            whole = np.fft.hfft(hermitian(ans_bar, axis), ans_bar.shape[axis], axis, norm)
        a_bar = fit(whole, a, n, axis)
        return a_bar


@rule(np.fft.ifft, linear="a", on=COMPLEX)
class ifft:
    """ans_j = Σ_k a_k exp(2πi jk / n) / n along `axis`."""

    def primal(a, n=None, axis=-1, norm=None):
        return np.fft.ifft(a, n, axis, norm)

    def shape(a, n, axis):
        return transformed(a, n, axis)

    def adjoint(a, n, axis, norm, ans_bar):
        if np.iscomplexobj(a):
            whole = np.fft.ifft(ans_bar, axis=axis, norm=norm)
        else:
            whole = np.fft.irfft(hermitian(ans_bar, axis), ans_bar.shape[axis], axis, norm)
        a_bar = fit(whole, a, n, axis)
        return a_bar


@rule(np.fft.rfft, linear="a", on=REAL)
class rfft:
    """ans_k = Σ_j a_j exp(-2πi jk / n) along `axis` for real a, k to n / 2."""

    def primal(a, n=None, axis=-1, norm=None):
        return np.fft.rfft(a, n, axis, norm)

    def shape(a, n, axis):
        return halved(a, n, axis)

    def adjoint(a, n, axis, norm, ans_bar):
        size = a.shape[axis] if n is None else n
        whole = np.fft.hfft(counted(ans_bar, size, axis, 0.5), size, axis, norm)
        a_bar = fit(whole, a, n, axis)
        return a_bar


@rule(np.fft.ihfft, linear="a", on=REAL)
class ihfft:
    """ans_k = Σ_j a_j exp(2πi jk / n) / n along `axis` for real a, k to n / 2."""

    def primal(a, n=None, axis=-1, norm=None):
        return np.fft.ihfft(a, n, axis, norm)

    def shape(a, n, axis):
        return halved(a, n, axis)

    def adjoint(a, n, axis, norm, ans_bar):
        size = a.shape[axis] if n is None else n
        whole = np.fft.irfft(counted(ans_bar, size, axis, 0.5), size, axis, norm)
        a_bar = fit(whole, a, n, axis)
        return a_bar


@rule(np.fft.irfft, linear="a", on=HALF)
class irfft:
    """ans = the n real numbers whose spectrum begins with a, divided by n."""

    def primal(a, n=None, axis=-1, norm=None):
        return np.fft.irfft(a, n, axis, norm)

    def shape(a, n, axis):
        return doubled(a, n, axis)

    def dtype(a):
        return real_dtype(a)

    def adjoint(a, n, axis, norm, ans_bar):
        half = np.fft.ihfft(ans_bar, axis=axis, norm=norm)
        twice = counted(half, ans_bar.shape[axis], axis, 2.0)
        a_bar = fit(twice, a, n, axis)
        return a_bar


@rule(np.fft.hfft, linear="a", on=HALF)
class hfft:
    """ans = the n real numbers of which a is the beginning of the inverse transform."""

    def primal(a, n=None, axis=-1, norm=None):
        return np.fft.hfft(a, n, axis, norm)

    def shape(a, n, axis):
        return doubled(a, n, axis)

    def dtype(a):
        return real_dtype(a)

    def adjoint(a, n, axis, norm, ans_bar):
        half = np.fft.rfft(ans_bar, axis=axis, norm=norm)
        twice = counted(half, ans_bar.shape[axis], axis, 2.0)
        a_bar = fit(twice, a, n, axis)
        return a_bar


# several axes


def over(a: Any, s: Any, axes: Any) -> list[Any]:
    """The axes of a transform, each with the number of elements that it takes, None for all."""
    if axes is None:
        axes = range(a.ndim) if s is None else range(-len(s), 0)
    sizes = [None] * len(axes) if s is None else s
    if len(sizes) != len(axes):
        raise ValueError("Shape and axes have different lengths.")
    return [(i, a.shape[i] if n == -1 else n) for i, n in zip(axes, sizes, strict=True)]


SIZES = together(
    (None, None), (None, (0, 1)), ((2, 5), (0, -1)), (None, (1,)), ((4, -1), (-2, -1)),
    (None, (0, 0)), ((3, 5), (0, 0)),
)  # fmt: skip
LIST = [[0.5, -1.0, 2.0, 0.3], [1.5, 0.7, -0.2, 1.1], [0.9, -0.4, 1.3, -2.0]]
SEVERAL = {
    "a": one_of(spectra(3, 4), of_shape(3, 4), LIST),
    "s axes": SIZES,
    "norm": one_of(*NORMS[:3]),
}
REAL_SEVERAL = {
    "a": one_of(of_shape(3, 4), of_shape(3, 4), LIST),
    "s axes": together(*SIZES.cases[:5], ((3, 5, 4), (0, 0, 1))),
    "norm": one_of(*NORMS[:3]),
}
HALF_SEVERAL = {
    "a": one_of(spectra(3, 4), spectra(3, 4), LIST),
    "s axes": together(*SIZES.cases[:5]),
    "norm": one_of(*NORMS[:3]),
}


@defined(np.fft.fftn, on=SEVERAL)
def fftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """np.fft.fftn"""
    a = array_of(a)
    for axis, n in over(a, s, axes)[::-1]:
        a = np.fft.fft(a, n, axis, norm)
    return a


@defined(np.fft.ifftn, on=SEVERAL)
def ifftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """np.fft.ifftn"""
    a = array_of(a)
    for axis, n in over(a, s, axes)[::-1]:
        a = np.fft.ifft(a, n, axis, norm)
    return a


@defined(np.fft.rfftn, on=REAL_SEVERAL)
def rfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """np.fft.rfftn"""
    a = array_of(a)
    *others, (last, size) = over(a, s, axes)
    a = np.fft.rfft(a, size, last, norm)
    for axis, n in others[::-1]:
        a = np.fft.fft(a, n, axis, norm)
    return a


@defined(np.fft.irfftn, on=HALF_SEVERAL)
def irfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """np.fft.irfftn"""
    a = array_of(a)
    *others, (last, size) = over(a, s, axes)
    for axis, n in others:
        a = np.fft.ifft(a, n, axis, norm)
    return np.fft.irfft(a, size, last, norm)


PLANE = {"a": one_of(spectra(3, 4), spectra(2, 3, 4)), "s": one_of(None, (2, 5), (4, -1))}
REAL_PLANE = {"a": one_of(of_shape(3, 4), of_shape(2, 3, 4)), "s": one_of(None, (2, 5), (4, 4))}


@defined(np.fft.fft2, on=PLANE)
def fft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """np.fft.fft2"""
    return fftn(a, s, axes, norm)


@defined(np.fft.ifft2, on=PLANE)
def ifft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """np.fft.ifft2"""
    return ifftn(a, s, axes, norm)


@defined(np.fft.rfft2, on=REAL_PLANE)
def rfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """np.fft.rfft2"""
    return rfftn(a, s, axes, norm)


@defined(np.fft.irfft2, on={**PLANE, "s": one_of(None, (2, 5), (4, 4))})
def irfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """np.fft.irfft2"""
    return irfftn(a, s, axes, norm)


# the order of frequencies

SHIFTED = {"x": one_of(of_shape(5), of_shape(4, 3)), "axes": one_of(None, 0, -1, (0,))}


def axes_of(x: Any, axes: Any) -> Any:
    """The axes of a shift as a tuple."""
    if axes is None:
        return tuple(range(x.ndim))
    return axes if isinstance(axes, (tuple, list)) else (axes,)


@defined(np.fft.fftshift, on=SHIFTED)
def fftshift(x: Any, axes: Any = None) -> Any:
    """np.fft.fftshift"""
    x = array_of(x)
    every = tuple(axes_of(x, axes))
    return np.roll(x, tuple([x.shape[i] // 2 for i in every]), every)


@defined(np.fft.ifftshift, on=SHIFTED)
def ifftshift(x: Any, axes: Any = None) -> Any:
    """np.fft.ifftshift"""
    x = array_of(x)
    every = tuple(axes_of(x, axes))
    return np.roll(x, tuple([-(x.shape[i] // 2) for i in every]), every)


@defined(np.fft.fftfreq, wrt="d", on={"n": one_of(5, 4, 1), "d": reals.of()})
def fftfreq(n: int, d: Any = 1.0, device: Any = None) -> Any:
    """np.fft.fftfreq"""
    low, high = np.arange(-(n // 2), 0), np.arange(0, (n - 1) // 2 + 1)
    return np.concatenate((high, low)) * (1.0 / (n * d))


@defined(np.fft.rfftfreq, wrt="d", on={"n": one_of(5, 4, 1), "d": reals.of()})
def rfftfreq(n: int, d: Any = 1.0, device: Any = None) -> Any:
    """np.fft.rfftfreq"""
    return np.arange(0, n // 2 + 1) * (1.0 / (n * d))

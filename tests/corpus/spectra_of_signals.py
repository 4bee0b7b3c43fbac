"""Fourier transforms as they are used: filters, spectra, convolutions, equations in space."""

import numpy as np

from tests.corpus.registry import normal, register, scalar, value


def low_pass(signal, cut):
    """A smooth filter in the frequencies."""
    spectrum = np.fft.rfft(signal)
    f = np.fft.rfftfreq(len(signal))
    return np.fft.irfft(spectrum / (1.0 + (f * cut) ** 2), len(signal))


register(low_pass, normal(8), scalar(), complex_step=False)


def low_pass_of_an_odd_length(signal, cut):
    return low_pass(signal, cut)


register(low_pass_of_an_odd_length, normal(7), scalar(), complex_step=False)


def power_spectrum(signal):
    """The powers of a signal with its mean taken out, the largest one's share."""
    power = np.abs(np.fft.fft(signal - np.mean(signal), norm="ortho")) ** 2
    return np.log(1.0 + power), power[1] / np.sum(power)


register(power_spectrum, normal(6), complex_step=False)


def by_convolution_theorem(x, y):
    n = len(x) + len(y) - 1
    product = np.fft.irfft(np.fft.rfft(x, n) * np.fft.rfft(y, n), n)
    return product - np.convolve(x, y) + product**2


register(by_convolution_theorem, normal(5), normal(3), complex_step=False)


def poisson(density):
    """A potential on a periodic grid, and its energy."""
    k = 2.0 * np.pi * np.fft.fftfreq(density.shape[0])
    squares = k[:, None] ** 2 + k[None, :] ** 2
    squares[0, 0] = 1.0
    potential = np.fft.ifft2(np.fft.fft2(density) / squares).real
    return potential, 0.5 * np.sum(potential * density)


register(poisson, normal(4, 4), complex_step=False)


def wave_in_time(u, steps):
    """A pseudo-spectral step of Burgers' equation, a few times."""
    k = 1j * np.fft.rfftfreq(u.size, 1.0 / u.size)
    for _ in range(steps):
        slope = np.fft.irfft(k * np.fft.rfft(u), u.size)
        u = u - 0.01 * u * slope
    return u


register(wave_in_time, normal(6), value(3), wrt=(0,), complex_step=False)


def image(picture, kernel):
    """A picture blurred by the product of spectra, centered."""
    transfer = np.fft.rfft2(kernel, s=picture.shape)
    blurred = np.fft.irfft2(np.fft.rfft2(picture) * transfer, s=picture.shape)
    return np.fft.fftshift(blurred), np.fft.ifftshift(blurred, axes=0)


register(image, normal(4, 5), normal(2, 2), complex_step=False)


def hermitian(half, real):
    """hfft and ihfft, there and back."""
    return np.fft.hfft(half + 1j * half[::-1], 7), np.fft.ihfft(real).imag, np.fft.ihfft(real).real


register(hermitian, normal(4), normal(6), complex_step=False)


def many_axes(a):
    there = np.fft.fftn(a, axes=(0, 2), norm="forward")
    part = np.fft.rfftn(a, s=(3, 4), axes=(1, 0))
    return np.abs(there) ** 2, part.real, np.fft.irfftn(part * part, axes=(0, 1))


register(many_axes, normal(2, 3, 4), complex_step=False)

"""What the polynomials of `s2sad.elementary` approximate; `python -m tests.elementary.fits`."""

from __future__ import annotations

from mpmath import mp, mpf

from tests.elementary.coefficients import Fit, minimax, series

HALF_LOG_2 = 0.3467
"""A little more than log(2) / 2, for the rounding of k."""

RIGHT_ANGLE = 0.62
"""A little more than (pi / 4)**2."""


def exp_rest(r: mpf) -> mpf:
    """(exp(r) - 1 - r) / r**2."""
    return series([1 / mp.factorial(k + 2) for k in range(32)], r)


def log_rest(z: mpf) -> mpf:
    """(log((1 + s) / (1 - s)) / s - 2) / s**2 for s**2 = z."""
    return series([mpf(2) / (2 * k + 3) for k in range(40)], z)


def log2_rest(z: mpf) -> mpf:
    """((log((1 + s) / (1 - s)) / s - 2) / s**2 - 2 / 3) / s**2 / log(2) for s**2 = z."""
    return series([mpf(2) / (2 * k + 5) / mp.log(2) for k in range(40)], z)


def sin_rest(z: mpf) -> mpf:
    """(sin(r) - r) / r**3 for r**2 = z."""
    return series([(-1) ** (k + 1) / mp.factorial(2 * k + 3) for k in range(20)], z)


def cos_rest(z: mpf) -> mpf:
    """(cos(r) - 1 + r**2 / 2) / r**4 for r**2 = z."""
    return series([(-1) ** k / mp.factorial(2 * k + 4) for k in range(20)], z)


def sinh_rest(z: mpf) -> mpf:
    """(sinh(x) - x) / x**3 for x**2 = z."""
    return series([1 / mp.factorial(2 * k + 3) for k in range(20)], z)


def tanh_rest(z: mpf) -> mpf:
    """(tanh(x) - x) / x**3 for x**2 = z."""
    with mp.workdps(80):
        x = mp.sqrt(z)
        return (mp.tanh(x) / x - 1) / z if z > 1e-12 else -mpf(1) / 3 + 2 * z / 15


def erf_rest(z: mpf) -> mpf:
    """erf(x) / x - 1 for x**2 = z."""
    terms = [(-1) ** k / (mp.factorial(k) * (2 * k + 1)) for k in range(40)]
    return 2 / mp.sqrt(mp.pi) * series(terms, z) - 1


def relative_to_erf(z: mpf) -> mpf:
    """The weight that makes an error of `erf_rest` one relative to erf(x)."""
    return 1 / (erf_rest(z) + 1)


def log_erfc(x: mpf) -> mpf:
    """log(erfc(x))."""
    return mp.log(mp.erfc(x))


def scaled_erfc(t: mpf) -> mpf:
    """(x + 2.5) exp(x**2) erfc(x) for t = (x - 2.5) / (x + 2.5)."""
    x = 2.5 * (1 + t) / (1 - t)
    return (x + 2.5) * mp.exp(x * x) * mp.erfc(x)


def arctan_rest(z: mpf) -> mpf:
    """(arctan(x) - x) / x**3 for x**2 = z."""
    return series([(-1) ** (k + 1) / mpf(2 * k + 3) for k in range(80)], z)


def arcsin_rest(z: mpf) -> mpf:
    """(arcsin(x) - x) / x**3 for x**2 = z."""
    terms = [mp.binomial(2 * k + 2, k + 1) / (mpf(4) ** (k + 1) * (2 * k + 3)) for k in range(120)]
    return series(terms, z)


def relative_to_expm1(r: mpf) -> mpf:
    """The weight that makes an error of `exp_rest` one relative to exp(r) - 1."""
    return abs(r * r / mp.expm1(r)) if r else mpf(0)


def inverse_cube_root(m: mpf) -> mpf:
    """m**(-1/3)."""
    return m ** (-mpf(1) / 3)


FITS = {
    "exp": Fit(exp_rest, -HALF_LOG_2, HALF_LOG_2, 9, lambda r: r * r / mp.exp(r)),
    "expm1": Fit(exp_rest, -HALF_LOG_2, HALF_LOG_2, 10, relative_to_expm1),
    "log": Fit(log_rest, 0, 0.029438, 6, lambda z: z),
    "log2": Fit(log2_rest, 0, 0.029438, 6, lambda z: z * z),
    "sin": Fit(sin_rest, 0, RIGHT_ANGLE, 5, lambda z: z),
    "cos": Fit(cos_rest, 0, RIGHT_ANGLE, 5, lambda z: z * z / mp.cos(mp.sqrt(z))),
    "sinh": Fit(sinh_rest, 0, 1.0, 6, lambda z: z),
    "erf below 1": Fit(erf_rest, 0, 1.0, 12, relative_to_erf),
    "erf from 1": Fit(log_erfc, 1.0, 6.0, 18, lambda x: mp.erfc(x) / mp.erf(x)),
    "erfc": Fit(scaled_erfc, -1.5 / 3.5, 24.8 / 29.8, 20, lambda t: 1 / scaled_erfc(t)),
    "arctan": Fit(arctan_rest, 0, 0.1716, 10, lambda z: z),
    "arcsin": Fit(arcsin_rest, 0, 0.25, 12, lambda z: z),
    "cbrt": Fit(inverse_cube_root, 0.7071, 1.4143, 4, lambda m: 1 / inverse_cube_root(m)),
    "tanh": Fit(tanh_rest, 0, 0.3026, 2, lambda z: z, poles=3),
}

if __name__ == "__main__":
    for name, fit in FITS.items():
        above, below, error = minimax(fit)
        print(f"{name}: error 2**{float(mp.log(error, 2)):.1f}")
        for coefficients in (above, below) if fit.poles else (above,):
            print("".join(f"    {c!r},\n" for c in coefficients))

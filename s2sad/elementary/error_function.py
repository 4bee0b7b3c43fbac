"""erf and erfc.

erfc(x) = exp(-x**2) g(x) / (x + 2.5), where g is a polynomial in (x - 2.5) / (x + 2.5), the form of
M. M. Shepherd and J. G. Laframboise, "Chebyshev approximation of (1 + 2 x) exp(x**2) erfc x in
0 <= x < infinity" (1981). Where erf is near 1, a polynomial for log(erfc) is enough.
"""

from __future__ import annotations

from s2sad.elementary.exponential import exp_polynomial, reduced, scaled
from s2sad.elementary.values import (
    Value,
    bits,
    double,
    elementary,
    fma,
    magnitude,
    polynomial,
    signed,
    where,
)


def one_less_exp(x: Value) -> Value:
    """1 - exp(x) for -40 < x < -1."""
    k, high, shifted = reduced(x, 1023.0)
    r = fma(k, -2.3190468138462996e-17, high)
    power = double(bits(shifted) << 52)
    return (1.0 - power) - power * fma(r * r, exp_polynomial(r), r)


def erf_polynomial(z: Value) -> Value:
    """erf(x) / x - 1 for z = x**2 <= 1."""
    return polynomial(
        z,
        0.1283791670955126,
        -0.3761263890318375,
        0.11283791670954857,
        -0.026866170645072893,
        0.005223977624780855,
        -0.0008548326978741569,
        0.00012055331036877235,
        -1.492559350636722e-05,
        1.646097280885965e-06,
        -1.6350025138570435e-07,
        1.4657879294527195e-08,
        -1.1365663917944587e-09,
        5.945258420111022e-11,
    )


@elementary
def erf(x: Value) -> Value:
    """The error function: x + x p(x**2) below 1, from there 1 - exp(q(x))."""
    size = magnitude(x)
    bounded = where(size > 6.0, 6.0, size)
    p = erf_polynomial(bounded * bounded)
    q = polynomial(
        bounded,
        -1.796049382861706e-07,
        -1.1283773294142971,
        -0.6366284882319746,
        -0.10274725405057931,
        0.019078158675041576,
        0.0002804846070222246,
        -0.0017689964785502896,
        0.0006411692703471133,
        -4.4820242706952546e-05,
        -7.03677555266099e-05,
        4.5037815295293465e-05,
        -1.6514076716590567e-05,
        4.327078463192283e-06,
        -8.505825108882897e-07,
        1.2570649289670938e-07,
        -1.3626919666104949e-08,
        1.025721596995495e-09,
        -4.79615801099461e-11,
        1.0496530474828704e-12,
    )
    q = where(bounded > 1.0, q, -2.0)
    return signed(where(size > 1.0, one_less_exp(q), fma(size, p, size)), x)


def scaled_erfc(x: Value) -> tuple[Value, Value, Value]:
    """exp(x**2) erfc(x) for 1 <= x < 28, what it loses in rounding, and a relative error to add."""
    below, above = x + 2.5, x - 2.5
    inverse = 1.0 / below
    t = above * inverse
    bend = t * polynomial(
        t,
        0.4539141166480966,
        -0.17125114524603802,
        0.028361550131990737,
        0.00839304430184688,
        -0.004818785523723568,
        -0.00043920824602471976,
        0.0007026937268497399,
        5.8307435005059435e-05,
        -0.00011260459114687877,
        -1.9528758421223298e-05,
        1.823960032248978e-05,
        6.7382577734431214e-06,
        -2.295652431758072e-06,
        -1.939741106613378e-06,
        -1.3120493124689886e-07,
        5.220438613289899e-07,
        2.704505051369523e-07,
        -2.9257490053765376e-07,
        6.1622324681554e-08,
    )
    slope = bend - 0.8046518494391489
    slope_low = bend - (slope + 0.8046518494391489)
    part = fma(t, slope, fma(t, slope_low, -5.458165405911492e-17))
    p = part + 1.054031820305718
    g = inverse * p
    g_low = fma(inverse, part - (p - 1.054031820305718), fma(inverse, p, -g))
    lost = fma(-inverse, x - (below - 2.5), fma(-inverse, below, 1.0))  # of 1 / (x + 2.5)
    lost = fma(fma(t, lost, fma(above, inverse, -t)), fma(t, 0.26, -0.76), lost)  # and of t
    return g, g_low, lost


def erfc_tail(x: Value) -> Value:
    """erfc(x) for 1 <= x < 28, with the square of x as the sum of two doubles."""
    g, g_low, lost = scaled_erfc(x)
    square = x * x
    k, r, shifted = reduced(-square, 2046.0)
    r_low = fma(k, -2.3190468138462996e-17, lost - fma(x, x, -square))
    rest = r * r * exp_polynomial(r)
    rest = fma(r + rest, r_low, r_low + rest)
    return scaled(g + fma(g, r, fma(g, rest, g_low)), k, shifted)


@elementary
def erfc(x: Value) -> Value:
    """1 - erf(x)."""
    size = magnitude(x)
    bounded = where(size > 28.0, 28.0, size)
    z = x * x
    p = fma(fma(x, x, -z), -0.24, erf_polynomial(z))  # the derivative times what x * x loses
    near = fma(-x, p, 1.0 - x)
    tail = erfc_tail(bounded)
    return where(size < 1.0, near, where(x < 0.0, 2.0 - tail, tail))

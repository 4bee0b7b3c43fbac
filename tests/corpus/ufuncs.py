"""Ufuncs with options, their methods, floating point routines and functions of Python's math."""

import math

import numpy as np

from tests.corpus.registry import between, listed, normal, positive, register, scalar, single, value


def log_partition(energies, beta):
    """ln Z and the mean energy of levels at an inverse temperature."""
    log_z = np.logaddexp.reduce(-beta * energies)
    weights = np.exp(-beta * energies - log_z)
    return log_z, weights @ energies


register(log_partition, normal(6), positive(), complex_step=False)


def forward_algorithm(log_start, log_steps, log_seen):
    """The likelihood of a hidden Markov chain, in logarithms."""
    state = log_start + log_seen[0]
    for seen in log_seen[1:]:
        state = np.logaddexp.reduce(state[:, None] + log_steps, axis=0) + seen
    return np.logaddexp.reduce(state)


register(forward_algorithm, normal(3), normal(3, 3), normal(4, 3), complex_step=False)


def running_drawdown(returns):
    """How far a series has fallen from its highest value so far."""
    wealth = np.multiply.accumulate(1.0 + 0.1 * returns)
    peak = np.maximum.accumulate(wealth)
    return np.sum((peak - wealth) / peak)


register(running_drawdown, normal(8), complex_step=False)


def pairwise_potential(x, y):
    """Sums over all pairs, by outer."""
    distance = np.hypot.outer(x, y)
    difference = np.subtract.outer(x, y)
    return np.sum(np.multiply.outer(x, y) / distance + np.tanh(difference))


register(pairwise_potential, positive(4), positive(3), complex_step=False)


def sums_of_groups(x, starts):
    """Sums and maxima over neighbors that belong together."""
    total = np.add.reduceat(x, starts)
    largest = np.maximum.reduceat(x, starts)
    return np.sum(total**2 * largest)


register(sums_of_groups, normal(7), value(np.array([0, 2, 3])), wrt=(0,), complex_step=False)


def scattered(x, factors, places):
    """ufunc.at where places come more than once, and unary ufuncs."""
    y = x * 1.0
    np.multiply.at(y, places, factors)
    np.maximum.at(y, places[:3], factors[:3] - 0.3)
    np.sin.at(y, places[::2])
    np.negative.at(y, [0, 0, 1])
    return np.sum(y * np.arange(1.0, 6.0))


register(
    scattered, normal(5), positive(5), value(np.array([0, 3, 0, 4, 3])), wrt=(0, 1),
    complex_step=False,
)  # fmt: skip


def rows_scattered(a, factors, rows):
    b = a * 1.0
    np.multiply.at(b, rows, factors)
    np.divide.at(b, (rows, np.array([0, 1, 0])), factors[0])
    return np.sum(b**2)


register(
    rows_scattered, normal(3, 3), positive(3), value(np.array([0, 2, 0])), wrt=(0, 1),
    complex_step=False,
)  # fmt: skip


def computed_in_doubles(x):
    """Single precision, summed and multiplied in double precision."""
    total = np.add.reduce(x, dtype=np.float64)
    return np.multiply(x, total, dtype=np.float64).sum() + np.exp(x, dtype=np.float64)[0]


register(computed_in_doubles, single(4), complex_step=False, tolerance=2e-3)


def masked_division(x, y):
    """where= and casting= beside out=."""
    ratio = np.zeros(5)
    np.divide(x, y, ratio, where=y > 0.2, casting="same_kind")
    np.add(ratio, x, out=(ratio,), order="C", subok=False)
    return np.sum(ratio**2)


register(masked_division, normal(5), normal(5), samples=3, complex_step=False)


def diffraction(x, width):
    """The intensity behind a slit, its center included."""
    amplitude = np.sinc(width * (x - x[1]))
    return np.sum(amplitude**2 * np.arange(1.0, 5.0)) + np.i0(x[0]) * np.heaviside(x[2], width)


register(diffraction, normal(4), positive(), complex_step=False)


def cleaned(x, fill):
    """What is missing is replaced."""
    broken = np.where(np.arange(5) == 2, np.nan, x)
    broken = np.where(np.arange(5) == 3, np.inf, broken)
    return np.sum(np.nan_to_num(broken, nan=fill, posinf=2.0 * fill) ** 2)


register(cleaned, normal(5), scalar(), complex_step=False)


def phases(t, period):
    """Whole turns and what is left of them, in four ways."""
    turns, rest = np.divmod(t, period)
    part, whole = np.modf(t)
    mantissa, exponent = np.frexp(t)
    back = np.ldexp(mantissa, exponent - 1)
    return np.sum(rest * turns + part * whole) + np.sum(back * t)


register(phases, between(1.05, 1.95, 4), between(0.62, 0.68), complex_step=False)


def written_into_two(t, period):
    whole, rest = np.zeros(3), np.empty(3)
    np.divmod(t, period, out=(whole, rest))
    np.modf(rest * 3.0, rest)
    return np.sum(rest * t + whole)


register(written_into_two, between(1.05, 1.25, 3), between(0.62, 0.68), complex_step=False)


def by_math(p, q, n):
    """Functions of math on lists and numbers."""
    near = math.dist(p, q) + math.hypot(p[0], q[1], p[1] * q[0])
    total = math.fsum([p[0], q[0] * p[1], near])
    fraction, whole = math.modf(3.1 + 0.1 * math.tanh(p[0]))
    mantissa, exponent = math.frexp(2.6 + 0.1 * math.tanh(q[0]))
    scale = math.ldexp(mantissa, exponent - n)
    return total * fraction + whole * scale + math.prod([p[0], q[1]], start=near)


register(by_math, listed(scalar(), scalar()), listed(scalar(), scalar()), value(1), wrt=(0, 1),
         complex_step=False)  # fmt: skip


def differences_by_reduce(a):
    """Reductions that no function of NumPy stands for."""
    left = np.subtract.reduce(a, axis=1) + np.divide.reduce(a, axis=1)
    size = np.hypot.reduce(a, axis=None, keepdims=True)
    steps = np.divide.accumulate(a, axis=1)
    started = np.fmin.reduce(a, axis=0, initial=0.9, where=a > 0.5)
    return np.sum(left**2) * size[0, 0] + np.sum(steps[:, -1]) + np.sum(started)


register(differences_by_reduce, positive(3, 4), complex_step=False)

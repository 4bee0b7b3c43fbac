"""Arrays padded, assembled, cut into windows, sorted and chosen from, as science does it."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tests.corpus.registry import between, normal, one_of, positive, register, scalar, single


def laplacian_with_boundaries(u, c):
    """A stencil on a grid that is extended at its edges."""
    p = np.pad(u, 1, mode="edge")
    lap = p[2:, 1:-1] + p[:-2, 1:-1] + p[1:-1, 2:] + p[1:-1, :-2] - 4.0 * u
    return u + c * lap * u


register(laplacian_with_boundaries, normal(3, 4), scalar())


def periodic_diffusion(u, steps):
    for _ in range(steps):
        p = np.pad(u, 1, mode="wrap")
        u = u + 0.1 * (p[2:] - 2.0 * p[1:-1] + p[:-2]) * u
    return np.sum(u**2)


register(periodic_diffusion, normal(5), one_of(0, 2, 3), wrt=(0,), samples=3)


def padded_in_every_way(x, border):
    total = np.sum(np.pad(x, 2, mode="reflect") ** 2) + np.sum(np.pad(x, (0, 7), "symmetric") ** 3)
    total += np.sum(np.sin(np.pad(x, 3, "reflect", reflect_type="odd")))
    total += np.sum(np.pad(x, (1, 2), constant_values=border) ** 2)
    total += np.sum(np.pad(x, 2, "linear_ramp", end_values=(border, 1.0)) ** 2)
    return total + np.sum(np.pad(x, {0: 1}, "mean", stat_length=2) ** 3)


register(padded_in_every_way, normal(4), scalar())


def moving_average(x, w):
    windows = sliding_window_view(x, 3)
    return np.sum((windows @ (w / np.sum(w)) - x[1:-1]) ** 2)


register(moving_average, normal(8), positive(3))


def convolution_by_windows(image, kernel):
    patches = sliding_window_view(image, (2, 2))
    return np.sum(np.tanh(np.sum(patches * kernel, axis=(-2, -1))))


register(convolution_by_windows, normal(4, 5), normal(2, 2))


def surface(x, y):
    X, Y = np.meshgrid(x, y)
    U, V = np.meshgrid(x, y, indexing="ij", sparse=True)
    return np.sum(np.exp(-X * Y) * (U + V**2).T)


register(surface, normal(3), normal(2))


def block_system(a, b, c):
    k = np.block([[a, b], [b.T, np.zeros((2, 2))]])
    f = np.append(c, [1.0, 2.0])
    return f @ k @ k @ f


register(block_system, normal(3, 3), normal(3, 2), normal(3))


def polynomial_fit(x, y):
    v = np.vander(x, 3)
    w = np.vander(x, 4, increasing=True)
    return np.sum((v @ y) ** 2) + np.sum(w[:, 1:] @ y)


register(polynomial_fit, normal(4), normal(3))


def trimmed_mean(x):
    y = np.partition(x, (1, 5))
    z = x * 1.0
    z.partition(2)
    return np.mean(y[2:5]) * np.sum(x**2) + np.max(z[:2]) * z[2]


register(trimmed_mean, normal(7), samples=3)


def rate_law(t, k):
    slow = np.piecewise(t, [t < 0.5, t >= 0.5], [lambda q: k * q, lambda q: q**2 + k])
    clipped = np.select([t < 0.0, t > 1.0], [-t, k * t**2], default=k)
    return np.sum(slow * clipped)


register(rate_law, normal(6), scalar(), samples=3)


def branches_by_number(which, a, b):
    return np.sum(np.choose(which, [a, b, a * b], mode="wrap") ** 2)


register(branches_by_number, one_of(np.array([0, 4, 2, 1])), normal(4), scalar(), wrt=(1, 2))


def leave_one_out(x):
    total = 0.0
    for i in range(4):
        rest = np.delete(x, i)
        total += np.std(rest) * x[i]
    return total + np.sum(np.insert(x, [0, 2], x[1] ** 2) ** 2)


register(leave_one_out, normal(4), complex_step=False)


def columns_and_rows(x, y, s):
    a = np.c_[np.ones(3), x, x * y]
    b = np.r_[x, s, 0.0, y, 1:3]
    return np.sum(a.T @ a) + np.prod(b[:5]) * s


register(columns_and_rows, normal(3), normal(3), scalar())


def levels(x):
    """Distinct values, and how often each of them comes."""
    values, places, counts = np.unique(
        np.concatenate((x, x[:2])), return_inverse=True, return_counts=True
    )
    return np.sum(values**2 * counts) + np.sum(values[places] * np.arange(6.0))


register(levels, normal(4), samples=3)


def row_by_row(a, s):
    outer = np.apply_along_axis(lambda r: np.outer(r, r * s)[0], 1, a)
    total = np.apply_over_axes(np.sum, outer, (0, 1))
    return outer * total


register(row_by_row, normal(2, 3), scalar())


@np.vectorize
def smooth_step(t, width):
    if t <= 0.0:
        return 0.0
    return 1.0 - np.exp(-t / width) if t < width else 0.75 * t


def steps(x, w):
    return np.sum(smooth_step(x, w) * x)


register(steps, normal(5), scalar(0.4, 0.8), samples=3, complex_step=False)


def by_places(a):
    total = 0.0
    for i, j in np.ndindex(a.shape):
        total += a[i, j] * (i + 2 * j) ** 2 * a[0, j]
    for place, v in np.ndenumerate(a):
        total += v**2 * (1 + place[0])
    return total


register(by_places, normal(2, 3))


def turned(a):
    b = np.rot90(a) @ a
    c = np.rollaxis(np.stack((b, b * b)), 2)
    d = np.dstack((a, a**2))
    return np.sum(c[0]) + np.sum(np.resize(d, (5, 4)) ** 2) + np.sum(np.diagflat(a[0], 1)[:3] ** 2)


register(turned, normal(3, 3))


def joined_from_an_array(a):
    rows = np.concatenate(a)
    columns = np.column_stack(a)
    deep = np.dstack(a)
    return np.sum(rows**2) + np.sum(columns * deep[0] ** 3)


register(joined_from_an_array, normal(2, 3))


def single_precision(x):
    p = np.pad(x, 1, "reflect")
    q = np.insert(p, 1, x[0])
    return np.where(q > 0, q, 0.5 * q) * np.partition(q, 2)


register(single_precision, single(5), tolerance=2e-3, complex_step=False)


def trimmed_spectrum(x):
    return np.sum(np.trim_zeros(np.where(x > 0.5, x, 0.0)) ** 2)


register(trimmed_spectrum, between(0.6, 2.0, 5))


def placed_in_a_table(a, v):
    """Writes along an axis, on a diagonal, in the flat array."""
    b = np.zeros((2, 3, 4))
    np.put_along_axis(b, np.argmax(a, axis=1)[:, None], v, axis=1)
    c = np.zeros((5, 2))
    np.fill_diagonal(c, v, wrap=True)
    np.put(c, [1, 12, -3], v, mode="wrap")
    d = np.zeros((2, 2))
    d.flat = v
    d.flat[3] *= v[1]
    return np.sum(b * a**2) + np.sum(c**2) + np.sum(d**3)


register(placed_in_a_table, normal(2, 3, 4), normal(4), complex_step=False)

"""NumPy's functions and methods that write: out=, where=, copyto, put, fill, sort, ufunc.at."""

import numpy as np

from tests.corpus.registry import normal, one_of, positive, register, scalar


def result_into_out(x):
    y = np.empty_like(x)
    r = np.exp(x, out=y)
    np.multiply(y, x, out=y)
    r += 1.0
    np.add(y, r, y)
    return np.sum(y * x)


register(result_into_out, normal(4))


def out_of_a_reduction(a):
    total = np.zeros(3)
    np.sum(a, axis=0, out=total)
    largest = np.empty(2)
    a.max(axis=1, out=largest)
    prefix = np.zeros((2, 3))
    np.cumsum(a, axis=1, out=prefix)
    return np.sum(total**2) * np.prod(largest) + np.sum(prefix * a)


register(out_of_a_reduction, normal(2, 3), complex_step=False)


def out_of_a_product(a, b):
    c = np.zeros((2, 2))
    np.dot(a, b, out=c)
    d = np.matmul(c, c)
    np.matmul(d, c, out=d)
    return d


register(out_of_a_product, normal(2, 3), normal(3, 2), complex_step=False)


def out_into_a_view(x):
    y = np.zeros(6)
    np.sin(x, out=y[:3])
    np.multiply(x, y[:3], out=y[::-2])
    np.negative(y[1:4], out=y[1:4])
    return np.sum(y * np.arange(1.0, 7.0))


register(out_into_a_view, normal(3), complex_step=False)


def division_where_allowed(x, y):
    """where= leaves the other entries of out as they are."""
    ratio = x * 0.25
    np.divide(x, y, out=ratio, where=y > 0.2)
    np.log(y, out=ratio, where=(y > 0.2) & (x > 0))
    return np.sum(ratio**2)


register(division_where_allowed, normal(7), normal(7), samples=3)


def copied_into(x, s):
    y = np.zeros((2, 3))
    np.copyto(y, x)
    np.copyto(y[1], y[0] * s)
    np.copyto(y, s * s, where=np.array([True, False, True]))
    return np.sum(y * np.arange(1.0, 7.0).reshape(2, 3))


register(copied_into, normal(3), scalar(), complex_step=False)


def filled(x, s):
    y = x * 2.0
    y[::2].fill(s)
    z = np.empty(3)
    z.fill(y[0] * x[1])
    y.fill(3.0)
    return np.sum(y * x) + np.prod(z)


register(filled, normal(4), scalar(), complex_step=False)


def sorted_in_place(x):
    y = x.copy()
    y.sort()
    return np.sum(y * np.arange(1.0, 7.0) ** 2) + y[0] * x[0]


register(sorted_in_place, normal(6), samples=3)


def sorted_by_axis(a):
    b = a * 1.0
    b.sort(axis=0)
    c = a.copy()
    c[1:].sort(axis=-1)
    c.sort(axis=1, kind="stable")
    return np.sum(b * np.arange(12.0).reshape(3, 4)) + np.sum(c**2 * np.arange(4.0))


register(sorted_by_axis, normal(3, 4))


def put_by_flat_index(a, v):
    b = a * 1.0
    np.put(b, [0, 4, -1], v)
    b.put([1, 1], v[:2] * 2)
    np.put(b, 5, a[0, 0])
    return np.sum(b**2 * np.arange(1.0, 7.0).reshape(2, 3))


register(put_by_flat_index, normal(2, 3), normal(3))


def diagonals(a, s):
    b = a @ a
    np.fill_diagonal(b, s)
    c = a.copy()
    np.fill_diagonal(c, np.array([1.0, 2.0, 3.0]) * s)
    return np.sum(b * c * a)


register(diagonals, normal(3, 3), scalar())


def accumulates_at(x, w):
    """np.add.at adds every time an index comes up."""
    y = np.zeros(4)
    index = np.array([0, 1, 0, 3, 0, 1])
    np.add.at(y, index, x)
    np.subtract.at(y, [2, 2], w)
    np.add.at(y, 3, w * w)
    return np.sum(y**2)


register(accumulates_at, normal(6), scalar(), complex_step=False)


def multiplies_at(x, f):
    y = x * 1.0
    np.multiply.at(y, [0, 2, 0], f)
    np.divide.at(y, np.array([1, 1]), f[:2])
    return np.sum(y**2)


register(multiplies_at, normal(4), positive(3))


def accumulates_pairs_at(a, v):
    b = np.zeros((3, 3))
    np.add.at(b, (np.array([0, 1, 0]), np.array([2, 1, 2])), v)
    np.add.at(b, np.array([1, 1, 2]), a)
    np.add.at(b, (slice(None), [0, 0]), a[:, :2])
    return b * b


register(accumulates_pairs_at, normal(3, 3), normal(3), complex_step=False)


def clipped_in_place(x, low, high):
    y = x * 2
    np.clip(y, low, high, out=y)
    y.clip(-0.5, 0.9, out=y)
    np.maximum(y, x, out=y)
    return np.sum(y**2)


register(clipped_in_place, normal(8), scalar(-0.8, -0.3), scalar(0.5, 1.3))


def placed_by_mask(x, v):
    y = x * 1.0
    np.place(y, x > 0, [v, v * v])
    np.putmask(y, x < -0.5, x**2)
    return np.sum(y * np.arange(1.0, 8.0))


register(placed_by_mask, normal(7), scalar(), samples=3)


def put_along_an_axis(a, v):
    b = a.copy()
    order = np.argsort(a, axis=1)
    np.put_along_axis(b, order[:, :1], v, axis=1)
    return np.sum(b**2 * np.arange(6.0).reshape(2, 3))


register(put_along_an_axis, normal(2, 3), scalar())


def flat_iterator(a):
    b = a * 1.0
    b.flat[1] = a[0, 0] ** 2
    b.flat[2:5] = a[1]
    for i in range(b.size):
        b.flat[i] *= i
    return b


register(flat_iterator, normal(2, 3))


def resized_workspace(x, n):
    """The workspace is reused for sums of different lengths."""
    work = np.zeros(8)
    total = 0.0
    for k in range(1, n):
        np.multiply(x[:k], k, out=work[:k])
        work[k:] = 0.0
        total += np.sum(work) * np.sum(work**2)
    return total


register(resized_workspace, normal(5), one_of(1, 3, 5), wrt=(0,), samples=3, complex_step=False)


def written_by_keyword_and_position(x):
    out = np.zeros((3,))
    np.add(x, 1.0, out)
    np.square(out, out=(out,))
    out.cumsum(out=out)
    x.dot(np.eye(3) * 2, out=out) if x[0] > 100 else None
    return out


register(written_by_keyword_and_position, normal(3), complex_step=False)


def rounded_in_place(x):
    y = x * 3.1
    z = y * 1.0
    np.round(y, out=y)
    np.floor(z, out=z)
    return np.sum(x * y) + np.sum(x * x * z)


register(rounded_in_place, normal(5), complex_step=False)

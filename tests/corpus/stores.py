"""Stores into arrays: every kind of index, plain and augmented, to NumPy's letter."""

import numpy as np

from tests.corpus.registry import (
    between,
    normal,
    one_of,
    positive,
    register,
    scalar,
    single,
    value,
    zero_dimensional,
)


def one_by_one(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = x[i] * x[i - 1]
    return np.sum(y * y)


register(one_by_one, normal(6), complex_step=False)


def pairs_of_indices(a):
    """a[i, j] and a[i][j] name the same entry."""
    b = np.zeros((4, 4))
    for i in range(4):
        for j in range(4):
            b[i, j] += a[i, j] * (i + 1)
            b[j][i] -= 0.5 * a[i][j] ** 2
    return b


register(pairs_of_indices, normal(4, 4), complex_step=False)


def augmented_items(x):
    """Every augmented operator on one entry; the old value counts in some of them."""
    y = x * 1.5
    y[0] += x[1]
    y[1] -= x[0] * y[0]
    y[2] *= y[1]
    y[3] /= y[2] ** 2 + 1
    y[4] **= 2
    y[5] **= x[5]
    y[0] *= y[0]
    return np.sum(y * np.arange(1.0, 7.0))


register(augmented_items, positive(6))


def floor_and_remainder(x):
    y = x * 3.0
    y[0] //= 2.0
    y[1] %= 1.7
    y[2:] %= x[0] + 2.0
    y[3] += y[0] * x[3]
    return y


register(floor_and_remainder, between(1.2, 1.6, 5), complex_step=False)


def augmented_slices(x, s):
    y = x.copy()
    y[1:4] *= s
    y[:2] += y[2:4]
    y[-3:] /= 1.0 + y[:3] ** 2
    y[::2] -= x[1::2]
    y[1::2] **= 2
    return np.sum(y**2 * x)


register(augmented_slices, normal(8, scale=0.6), scalar(-1.2, 1.4))


def backwards_slices(x):
    y = np.zeros_like(x)
    y[::-1] = x
    y[4:1:-1] += x[:3] * 2
    y[-2::-2] *= x[1::2]
    y[:] = y[::-1] * np.arange(6)
    return y


register(backwards_slices, normal(6))


def ellipsis_and_new_axes(a, row):
    b = np.ones((2, 3, 4))
    b[...] = a
    b[..., 0] = row
    b[1, ..., 2] *= row[::-1]
    b[:, np.newaxis, :, 1] += row[1]
    b[0, None] -= a[1] * 0.5
    b[..., -1:] = a[..., :1] ** 2
    return np.sum(b**2)


register(ellipsis_and_new_axes, normal(2, 3, 4), normal(3), complex_step=False)


def last_one_wins(x):
    """Repeated indices: the last value is stored, and += adds once."""
    y = np.zeros(4)
    y[np.array([0, 2, 0, 3, 2])] = x
    z = np.ones(4)
    z[[1, 1, 3, 1]] += x[:4] ** 2
    z[[0, 2, 2]] *= x[2:]
    return np.sum(y**2 * np.arange(1.0, 5.0)) + np.sum(z**3)


register(last_one_wins, normal(5), complex_step=False)


def index_arrays_for_pairs(a, v):
    b = a.copy()
    rows, columns = np.array([0, 2, 1]), np.array([1, 0, 1])
    b[rows, columns] = v
    b[rows, 2] *= v
    b[1:, columns] += v**2
    b[np.ix_([0, 2], [0, 2])] -= a[:2, :2]
    return np.sum(b * b * (1 + np.arange(9.0).reshape(3, 3)))


register(index_arrays_for_pairs, normal(3, 3), normal(3))


def gathered_rows(a):
    """Rows exchanged by an index array, which reads a copy."""
    m = a * 2.0
    m[[0, 1]] = m[[1, 0]]
    m[:, [2, 0]] = m[:, [0, 2]] * 3
    m[[2, 2]] += a[:2]
    return m


register(gathered_rows, normal(3, 3))


def masked_stores(x):
    y = x.copy()
    y[y < 0] = 0.0
    y[x > 0.4] *= 2.0
    y[(x > -1) & (x < 0)] = x[(x > -1) & (x < 0)] ** 2
    y[~(x > 0)] -= 0.25
    return np.sum(y * np.arange(1.0, 9.0)) + np.sum(y[x > 0] ** 3)


register(masked_stores, normal(8), samples=3)


def mask_of_two_dimensions(a, s):
    b = a + 0.0
    b[a > 0] = s
    b[a.sum(axis=1) > 0, 1] += s * s
    b[np.eye(3, 4, dtype=bool)] *= np.array([1.0, 2.0, 3.0]) * s
    return np.sum(b**2)


register(mask_of_two_dimensions, normal(3, 4), scalar(), samples=3)


def broadcast_into(x, s):
    """One number, a row and a column, stored into what is larger: cotangents are summed."""
    m = np.empty((3, 4))
    m[...] = s
    m[0] = x
    m[1:, :] += x
    m[:, 1] = s * s
    m[:, 2:3] *= x[:3].reshape(3, 1)
    m[:, :] *= np.sin(m)
    return np.sum(m * np.arange(12.0).reshape(3, 4))


register(broadcast_into, normal(4), scalar(), complex_step=False)


def overwritten(x):
    """What was stored before does not count any more."""
    y = np.zeros(3)
    y[0] = x[0] ** 2
    y[0] = x[1]
    y[:2] = x[1:] * 2
    a = y[0]
    y[0] = 5.0
    return a * y[0] + y[1] * y[2]


register(overwritten, normal(3), complex_step=False)


def loads_before_and_after(x):
    y = x * 2
    before = y[1]
    y[1] = before * y[0]
    after = y[1]
    y[1] += after
    return before * after + y[1]


register(loads_before_and_after, normal(3))


def swapped_numbers(x):
    """Entries are numbers: the right side is read before anything is stored."""
    y = x * x
    y[0], y[1] = y[1], y[0]
    y[2], y[3], y[4] = y[4], y[2], y[3]
    i = 0
    i, y[i] = 3, x[4]
    return np.sum(y * np.array([1.0, 3.0, -2.0, 0.5, 4.0]))


register(swapped_numbers, normal(5))


def swapped_rows_that_are_views(a):
    """NumPy's surprise: the rows are views, and one of them is lost."""
    m = a * 1.0
    m[0], m[1] = m[1], m[0]
    return m


register(swapped_rows_that_are_views, normal(2, 3))


def swapped_copies(a, i, j):
    m = a * 1.0
    m[i], m[j] = m[j].copy(), m[i].copy()
    m[:, 0], m[:, 1] = m[:, 1] * 2, m[:, 0] * 3
    return m


register(swapped_copies, normal(3, 3), value(0), value(2), wrt=(0,))


def into_single_precision(w, x):
    """Doubles are rounded when a float32 array takes them."""
    y = np.zeros(3, dtype=np.float32)
    y[:] = w
    y[1] += x
    y *= x
    return np.sum(y * y)


register(into_single_precision, single(3), scalar(), tolerance=3e-3, complex_step=False)


def truncated_to_integers(x):
    """Floats in an array of integers are data."""
    counts = np.zeros(4, dtype=int)
    for v in x:
        counts[int(abs(v) * 1.3) % 4] += 1
    counts[0] = x[0] * 3
    k = np.arange(4)
    k[1:] = counts[:3]
    return np.sum(x[:4] * counts) + np.sum(x[2:] ** 2 * k)


register(truncated_to_integers, normal(6), complex_step=False)


def integers_into_floats(x, n):
    y = np.empty(4)
    y[0] = n
    y[1:] = np.array([1, 2, 3])
    y[2] = True
    y[0] *= x
    return np.sum(y**2) * x


register(integers_into_floats, scalar(), value(3), wrt=(0,), complex_step=False)


def zero_dimensional_sum(x):
    """An array without dimensions is changed by +=, a number is not."""
    s = np.array(0.0)
    t = s
    for i in range(len(x)):
        s += x[i] ** 2
    s[...] = s * x[0]
    s[()] += 1.0
    r = x[0]
    q = r
    r += 1.0
    return s + t * q * r


register(zero_dimensional_sum, normal(4), complex_step=False)


def item_with_an_ellipsis(x):
    """x[i, ...] is a view, x[i] is a number."""
    y = x * 2
    view = y[1, ...]
    number = y[2]
    view += 1.5
    view *= x[0]
    number += 7.0
    y[2] = y[1] * number
    return np.sum(y**2) * view


register(item_with_an_ellipsis, normal(4))


def accumulates_into_an_argument(total, x):
    """The derivative is that with respect to the values at entry."""
    total[0] = total[0] * x[0]
    total[1:] += x[1:] * total[:-1]
    x *= 2.0
    return np.sum(total * x)


register(accumulates_into_an_argument, normal(4), normal(4))


def zero_dimensional_argument(s, x):
    s += x
    s *= s
    return s * x


register(zero_dimensional_argument, zero_dimensional(), scalar())


def computed_index(x, k):
    """The index changes after the store."""
    y = np.ones(5)
    j = k
    for v in x:
        y[j] *= v
        j = (2 * j + 1) % 5
    y[j - 5] = x[0]
    return np.sum(y * np.arange(1.0, 6.0))


register(computed_index, normal(4), one_of(0, 1, 3), wrt=(0,), samples=3, complex_step=False)


def index_array_changed_later(x):
    index = np.array([0, 1, 2])
    y = x[index] * x[index]
    index[0] = 3
    z = x[index] * y
    index += 1
    z[index % 3] *= x[1:4]
    return np.sum(z)


register(index_array_changed_later, normal(5))


def ping_pong(u, n):
    """Two buffers take turns; what is stale in one is overwritten or read on purpose."""
    old, new = u.copy(), np.zeros_like(u)
    for _ in range(n):
        new[1:-1] = 0.5 * (old[:-2] + old[2:]) * old[1:-1]
        new[0] += old[-1]
        old, new = new, old
    return np.sum(old**2) + np.sum(new)


register(ping_pong, normal(6), one_of(0, 1, 2, 5), wrt=(0,), samples=4)

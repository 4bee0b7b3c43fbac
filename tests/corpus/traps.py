"""Where NumPy surprises: operands that overlap, indexing that copies, views by layout."""

import numpy as np

from tests.corpus.registry import by_columns, normal, one_of, positive, register, scalar


def own_first_row(a):
    """The operand is a part of the array that is changed; NumPy reads all of it first."""
    m = a * 1.0
    m -= m[0]
    m[1:] *= m[1]
    m += m.T
    m[:, 1:] -= m[:, :1] ** 2
    m[:] = m[2]
    return m * a


register(own_first_row, normal(3, 3))


def own_entries(x):
    y = x * 1.0
    y /= y[2]
    y += y[::-1]
    y -= y.mean()
    y *= y
    y[:] = y[[1, 0, 3, 3]]
    y[[2, 0, 1, 2]] = y
    return y


register(own_entries, positive(4))


def overlapping_out(x):
    y = x * 1.0
    np.add(y[:-1], y[1:], out=y[1:])
    np.multiply(y[::-1], y, out=y)
    np.subtract(y, y[0], out=y)
    np.cumsum(y, out=y)
    return y * x


register(overlapping_out, normal(5))


def row_kept_as_a_view(a):
    """The row that was to be kept is overwritten: it is a view."""
    m = a * 1.0
    t = m[0]
    m[0] = m[1]
    m[1] = t
    s = m[2, 0]
    m[2, 0] = m[2, 1]
    m[2, 1] = s
    return m * a


register(row_kept_as_a_view, normal(3, 2))


def written_into_a_copy(x):
    """An index array or a mask gives a copy, and what is written into it is lost."""
    y = x * 1.0
    y[[0, 1]][0] = 100.0
    y[y > -50][1:] = 100.0
    taken = y[np.array([2, 3])]
    taken *= 10.0
    y[1:][[0, 1]] *= 2.0
    y[1:3][0] += taken[0]
    return y


register(written_into_a_copy, normal(4))


def chains_of_indices(a):
    b = np.zeros((3, 4))
    b[:] = a
    b[0][1] = a[1, 1] ** 2
    b[1:][0][:2] += b[0][1:3]
    b[::-1][0, 1:][::2] *= 3.0
    b.T[1][2] -= 1.0
    b[1:, 1:][:, 1:][0] = b[0, 0]
    b.reshape(2, 6)[1][0] **= 2
    return b


register(chains_of_indices, normal(3, 4), complex_step=False)


def layout_by_rows(a):
    """reshape and ravel of rows in order are views, of a transpose they are not."""
    r, t = a.ravel(), a.T.ravel()
    r[1] *= 3.0
    t[1] *= 5.0
    a.reshape(-1)[2] = a[0, 0]
    a.T.reshape(-1)[0] = 50.0
    return np.sum(a**2) + np.sum(t * r)


register(layout_by_rows, normal(2, 3))


def layout_by_columns(a):
    """The same program; here the transpose is the one in order."""
    r, t = a.ravel(), a.T.ravel()
    r[1] *= 3.0
    t[1] *= 5.0
    a.reshape(-1)[2] = a[0, 0]
    a.T.reshape(-1)[0] = 50.0
    return np.sum(a**2) + np.sum(t * r)


register(layout_by_columns, by_columns(2, 3), refusal="an argument is not contiguous")


def copies_that_may_not_copy(x):
    a, b = np.asarray(x), np.array(x)
    c, d = x.astype(float, copy=False), x.astype(float)
    e, f = np.ascontiguousarray(x), np.atleast_1d(x)
    a[0] *= 2.0
    b[1] = 100.0
    c[1] += x[0]
    d[2] = 100.0
    e[2] -= x[1]
    f[3] *= x[2]
    return np.sum(x**2) + np.sum(b * d)


register(copies_that_may_not_copy, normal(4), complex_step=False)


def stores_at_found_places(x):
    y = x * 1.0
    y[np.where(x > 0)] *= 2.0
    y[np.nonzero(x < 0)[0]] -= 1.0
    for k in np.flatnonzero(x > 0):
        y[k] += y[k - 1]
    y[np.argmax(x)], y[np.argmin(x)] = y[np.argmin(x)], y[np.argmax(x)]
    y[np.argsort(x)[:2]] **= 2
    return y


register(stores_at_found_places, normal(5), samples=3)


def enumerated_entries(a):
    m = a * 1.0
    for (i, j), v in np.ndenumerate(a):
        m[i, j] += v * m[j % 2, i]
    for index in np.ndindex(2, 3):
        m[index] *= 1.0 + sum(index)
    for i, j in zip(*np.nonzero(a > 0)):
        m[i, j] = m[i, j] ** 2
    return m


register(enumerated_entries, normal(2, 3))


def tree_of_halves(x):
    """The array shrinks to a view of its half until one number is left."""
    y = x * 1.0
    v = y
    while len(v) > 1:
        half = len(v) // 2
        v[:half] += v[half:] ** 2
        v = v[:half]
    return v[0] * np.sum(y)


register(tree_of_halves, normal(8, scale=0.5), refusal="may have changed under another name")


def tail_by_tail(x):
    y = x * 1.0
    rest = y
    total = 0.0
    while rest.size:
        rest *= 1.1
        total += rest[0] ** 2
        rest = rest[1:]
    return total * y[-1]


register(tail_by_tail, normal(5), refusal="may have changed under another name")


def merge_sorted(y):
    n = len(y)
    if n < 2:
        return
    merge_sorted(y[: n // 2])
    merge_sorted(y[n // 2 :])
    left, right = y[: n // 2].copy(), y[n // 2 :].copy()
    i = j = 0
    for k in range(n):
        if j >= len(right) or (i < len(left) and left[i] <= right[j]):
            y[k] = left[i]
            i += 1
        else:
            y[k] = right[j]
            j += 1


def merge_sort(x):
    y = x * 1.0
    merge_sorted(y)
    return y * np.arange(len(y))


register(merge_sort, normal(6), samples=3)


def sorted_through_views(x):
    y = x * 1.0
    y[::-1].sort()
    z = x * 1.0
    z[1:4].sort()
    return np.sum(y * np.arange(6) ** 2) + np.sum(z * np.arange(6))


register(sorted_through_views, normal(6), samples=3)


def list_of_views(a):
    """rows[0] += v changes the array and stores the same view again."""
    m = a * 1.0
    rows = list(m)
    columns = [c for c in m.T]
    rows[0] += columns[1][0]
    columns[0] *= rows[1][1]
    rows[1] = rows[1] * 2
    rows[1] += 50.0
    return np.sum(m**2) + np.sum(rows[0] * rows[1])


register(list_of_views, normal(2, 3), refusal="in a list of unknown length")


def scaled(x, factor, out=None):
    if out is None:
        out = np.empty_like(x)
    np.multiply(x, factor, out=out)
    return out


def optional_output(x, s):
    a = scaled(x, s)
    b = scaled(a, 2.0, a)
    c = scaled(x, s, out=np.zeros(4)[:3])
    b += scaled(c, s, out=c)
    return a * b * c


register(optional_output, normal(3), scalar(), complex_step=False)


def slices_of_no_length(x, k):
    """x[-k:] is all of it for 0, x[:k] is nothing."""
    y = x * 1.0
    y[-k:] *= 2.0
    y[:k] += y[-k:][:k]
    y[2:2] = 7.0
    y[5:1] += x[5:1]
    y[100:] *= 9.0
    total = np.sum(y[:0]) + np.prod(y[3:3])
    return y * total


register(slices_of_no_length, normal(4), one_of(0, 1, 3), wrt=(0,), samples=5)


def shape_assigned(x):
    y = x * 1.0
    z = y
    y.shape = (2, 3)
    y[1] *= y[0]
    return np.sum(z[1] * z[0]) + y[0, 1] * len(z)


register(shape_assigned, normal(6), refusal="assignment to the attribute shape")


def chosen_by_data(x, k):
    """Which array of a list is written depends on numbers."""
    rows = [x * 1.0, x * 2.0, np.zeros(3)]
    for i in range(4):
        rows[k][i % 3] += x[i % 3] ** 2
        k = (k + 1) % 3 if rows[k][0] > 0 else 2
    target = rows[0] if x[0] > x[1] else rows[1]
    target *= 3.0
    rows[k][:] = rows[k - 1]
    return sum(np.sum(r * r) for r in rows)


register(
    chosen_by_data,
    normal(3),
    one_of(0, 1, 2),
    wrt=(0,),
    samples=5,
    complex_step=False,
    refusal="in a list of unknown length",
)


def results_that_share_memory(x):
    """The cotangents of both results reach what they share."""
    y = x * x
    y[0] *= 2.0
    return y, y[1:], y[::-1], [y, y.reshape(2, 2).T]


register(results_that_share_memory, normal(4))


def argument_and_view_returned(x):
    v = x[1:]
    v *= x[0]
    return x, v


register(argument_and_view_returned, normal(4))


def mask_changed_later(x):
    """A mask is data, and is changed after it was used."""
    mask = x > 0
    y = x * 1.0
    y[mask] = y[mask] ** 2
    mask[0] = not mask[0]
    mask &= x < 1.5
    y[mask] *= 3.0
    mask[:] = False
    return y * np.where(mask, 0.0, x)


register(mask_changed_later, normal(6), samples=3)


def masked_by_its_own_values(x):
    """The condition is made of what the store changes."""
    y = x * 1.0
    for _ in range(3):
        y[y > 1] -= 1.0
        y[y < -1] *= -0.5
        y[np.abs(y) < 0.2] = x[0]
    return y


register(masked_by_its_own_values, normal(6, scale=2.0), samples=3)

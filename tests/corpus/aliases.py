"""Arrays with several names and views of arrays: who sees which write."""

import numpy as np

from tests.corpus.registry import normal, one_of, positive, register, scalar, value


def second_name(x):
    """z = y; z *= 2 changes y; z = z * 2 does not."""
    y = x + 1.0
    z = y
    z *= 2
    w = y
    w = w * 3
    return np.sum(y * x) + np.sum(w)


register(second_name, normal(3))


def argument_by_another_name(x):
    y = x
    y += 1.0
    y[0] = y[1] * x[0]
    return np.sum(x * y)


register(argument_by_another_name, normal(3))


def slice_of_a_slice(x):
    y = x * 1.0
    a = y[1:]
    b = a[::2]
    c = b[1:]
    c *= y[0]
    a[0] = b[1] * 2
    b += 1.0
    return np.sum(y**2 * np.arange(1.0, 8.0))


register(slice_of_a_slice, normal(7))


def base_written_view_read(x):
    y = x * 2
    head, tail = y[:3], y[3:]
    y *= y
    y[2] = x[0]
    return np.sum(head * x[:3]) + np.prod(tail)


register(base_written_view_read, normal(6))


def view_written_base_read(x):
    y = x.copy()
    middle = y[1:-1]
    total = np.sum(y)
    middle **= 2
    middle[0] += total
    return np.sum(y * x) + y[1]


register(view_written_base_read, normal(5))


def saved_before_the_write(x):
    """What a product reads is the value of its time, also through a view."""
    y = x * 1.0
    v = y[:2]
    p = v * y[1:3]
    v[:] = 10.0 * p
    q = v * p
    y[0] = 0.0
    return np.sum(p * q) + np.sum(y)


register(saved_before_the_write, normal(4))


def transposed(a):
    b = a * 1.0
    t = b.T
    t[0] *= 2.0
    t[:, 1] += b[0, 0]
    np.transpose(b)[1, 0] = t[0, 1] ** 2
    b.swapaxes(0, 1)[2] -= 1.0
    return b


register(transposed, normal(2, 3))


def reshaped(x):
    """reshape and ravel of what is contiguous are views."""
    y = x * 1.0
    m = y.reshape(2, 3)
    m[1] *= y[0]
    r = m.ravel()
    r[2:4] = r[0] * r[1]
    n = m[:, ::2].reshape(4)
    n *= 100.0
    f = m.flatten()
    f *= 100.0
    return np.sum(y**2)


register(reshaped, normal(6), refusal="may or may not share its memory")


def ravel_of_a_transpose(a):
    """ravel of a transpose copies."""
    b = a * 1.0
    copied = b.T.ravel()
    copied *= 5.0
    seen = b.ravel()
    seen[1] = copied[2]
    seen *= b[0, 0]
    return np.sum(b**3) + np.sum(copied)


register(ravel_of_a_transpose, normal(2, 3))


def rows_of_an_iteration(a):
    m = a * 1.0
    for row in m:
        row *= 2
        row[0] = row[1] * row[2]
    for i, row in enumerate(m):
        row += i
        m[0] += row[1]
    return m


register(rows_of_an_iteration, normal(3, 3))


def zipped_rows(a, b):
    c, d = a.copy(), b.copy()
    for p, q in zip(c, d):
        p += q**2
        q[:] = p[::-1]
    for p, q in zip(c[::-1], d.T):
        p[0] *= q[0]
    for v in c[0]:
        v *= 3.0
    return np.sum(c * d)


register(zipped_rows, normal(3, 3), normal(3, 3))


def unpacked_rows(a):
    m = a * a
    first, second = m
    first -= second
    (p, q), _ = m[:, :2], None
    p *= 2.0
    q[0] = first[2]
    return m


register(unpacked_rows, normal(2, 3))


def identities_that_copy(x):
    """x * 1 and x + 0 are new arrays; x[:] and asarray are not."""
    y = x * 1
    z = y + 0
    u = y**1
    z += 1.0
    u *= 2.0
    same = np.asarray(y)
    same *= 3.0
    whole = y[:]
    whole[0] = x[1]
    new = np.array(y)
    new[1] = 9.0
    positive = +y
    positive *= 7.0
    return np.sum(y * z * u) + np.sum(new) + np.sum(positive)


register(identities_that_copy, normal(3))


def overlap_to_the_right(u):
    """NumPy reads the right side before it stores, also where they overlap."""
    v = u * u
    v[1:] = v[:-1]
    v[:-1] += v[1:]
    v[2:] *= v[:-2]
    v[:] = v[::-1]
    return np.sum(v * np.arange(1.0, 7.0))


register(overlap_to_the_right, normal(6))


def shifted_register(x, n):
    history = np.zeros(4)
    total = 0.0
    for i in range(n):
        history[1:] = history[:-1]
        history[0] = np.sin(x[i % 3]) + 0.3 * history[3]
        total += history @ np.array([1.0, -0.5, 0.25, 2.0])
    return total


register(shifted_register, normal(3), one_of(0, 1, 9), wrt=(0,), samples=3, complex_step=False)


def same_object_twice(x):
    """a = b = np.zeros(n) is one array; [v] * 2 holds one array twice."""
    a = b = np.zeros(3)
    a[0] = x[0]
    b[1] = a[0] * x[1]
    b += 1.0
    rows = [x * 2] * 2
    rows[0] += a
    rows[1] *= rows[0]
    return np.sum(a * b) + np.sum(rows[0])


register(same_object_twice, normal(3), complex_step=False)


def alias_by_a_branch(x, k):
    y = x * 1.0
    z = x * 2.0
    w = y if k > 0 else z
    w *= 3.0
    if k > 1:
        v = y[1:]
    else:
        v = z[:-1]
    v += w[0]
    return np.sum(y * y) + np.sum(z)


register(alias_by_a_branch, normal(3), one_of(0, 1, 2), wrt=(0,), samples=4)


def alias_in_a_loop(x):
    """The name means another view in every trip."""
    y = x * 1.0
    last = y[:2]
    for k in range(1, 4):
        current = y[k : k + 2]
        current += last * 0.5
        last = current
    last *= 2.0
    return np.sum(y**2)


register(alias_in_a_loop, normal(6))


def broadcast_reads_a_base(x):
    y = x * 1.0
    b = np.broadcast_to(y, (2, 3))
    y[1] = x[0] * x[2]
    d = np.diagonal(np.outer(y, y))
    y += 1.0
    return np.sum(b * b) + np.sum(d * y)


register(broadcast_reads_a_base, normal(3))


def split_into_views(x):
    y = x * 1.0
    left, right = np.split(y, 2)
    left *= right
    right[:] = left[::-1] + 1
    parts = np.array_split(y, 3)
    parts[2] *= 2.0
    return y


register(split_into_views, normal(6))


def copies_are_cut_off(x):
    y = x * 1.0
    a, b, c = y.copy(), np.copy(y), y[[0, 1, 2]]
    d, e = y[y == y], y.astype(float)
    y[:] = 2.0 * a * b
    a += c
    e[0] = d[1]
    return np.sum(y * e) + np.sum(a * d)


register(copies_are_cut_off, positive(3), complex_step=False)


def squeezed_and_expanded(x):
    y = x * 1.0
    column = y[:, None]
    column *= 2.0
    flat = np.squeeze(column)
    flat[1] = flat[0] ** 2
    wide = np.expand_dims(y, 0)
    wide[0, 2] = 1.5 * flat[1]
    again = np.atleast_2d(y)
    again[0] += 1.0
    np.moveaxis(wide, 0, 1)[0] *= y[1]
    return np.sum(y * x)


register(squeezed_and_expanded, normal(3))


def rebinding_in_a_loop(x, n):
    """y = y * 2 makes a new array; the older name keeps the old one."""
    y = x.copy()
    kept = y
    for i in range(n):
        y[0] += x[1]
        if i == 1:
            y = y * 2
    return np.sum(kept * y)


register(rebinding_in_a_loop, normal(3), value(4), wrt=(0,))


def matrix_diagonal_by_a_stride(a, s):
    b = a * 1.0
    b.ravel()[::4] += s
    b.reshape(-1)[1::3] *= s
    b.reshape((9,))[-1] = s**2
    return np.sum(b @ b)


register(matrix_diagonal_by_a_stride, normal(3, 3), scalar())


def deleted_names(x):
    y = x * 2
    z = y
    del y
    z[0] = 1.0
    y = z[1:]
    box = {"a": y, "b": z}
    del box["b"], z
    y *= 3
    return np.sum(box["a"] ** 2)


register(deleted_names, normal(3))


def early_return_of_a_view(x, k):
    y = x * 1.0
    if k == 0:
        return y[1:] * 1.0
    y[0] = y[1] * k
    if k > 1:
        return y[:-1]
    head = y[:2]
    head += x[2]
    return head


register(early_return_of_a_view, normal(3), one_of(0, 1, 2), wrt=(0,), samples=5)

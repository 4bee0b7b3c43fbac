"""Arrays that a branch or a loop chose among others, and writes to the one or to the others."""

import numpy as np

from s2sad import checkpoint
from tests.corpus.registry import normal, one_of, register, scalar, single


def one_of_two(x, c):
    a, b = x * 2.0, x * 3.0
    y = a if c > 0 else b
    y[0] = x[1] * c
    a[1] *= y[0]
    b += a[0]
    return np.sum(a * y) + np.sum(b * b)


register(one_of_two, normal(3), scalar(), samples=5)


def one_of_three(x, c):
    """The options of both ways are the same in another order."""
    a, b, d = x * 2.0, x * 3.0, x * x
    if c > 0.8:
        y, z = a, b
    elif c > -0.3:
        y, z = b, d
    else:
        y, z = d, a
    w = y if a[0] > b[1] else z
    w *= 1.5
    y[1] = w[0] * z[2]
    z[2:] += a[1]
    return a * b + d - w


register(one_of_three, normal(3), scalar(), samples=8)


def kept_or_rebound(x, c):
    """A name that is one of two already, and another one where the second test holds."""
    a, b, d = x * 2.0, x * 3.0, x * x
    y = a if c > 0 else b
    if x[0] > 0.2:
        y = d
    y[0] = 1.5
    if x[1] > 0.2:
        a[0] = y[1]
        y = b
    y += a
    return np.sum(y * d) + np.sum(a * b)


register(kept_or_rebound, normal(3), scalar(), samples=8)


def new_or_old(x, c):
    """One way makes an array and names it twice, the other takes one that is there."""
    a = x * 2.0
    if c > 0:
        y = x * c
        z = y
    else:
        y = x + 1.0
        z = a
    z[0] = 2.0 * x[1]
    a[1] += z[2]
    return np.sum(z * a) * x[0] + np.sum(a * a)


register(new_or_old, normal(3), scalar(), samples=4)


def views_of_either(x, c, k):
    """Views at places that a way computed, and a view of what was chosen."""
    a, b = x * 2.0, x * 3.0
    y = a if c > 0 else b
    if x[0] > 0.3:
        i = k + 1
        v = y[i:]
        v[0] = x[0]
    else:
        v = b[k:]
    v *= c
    t = y[::-1]
    t[0] += v[-1]
    a[1] = 3.0 * t[1]
    return np.sum(v) * np.sum(a * b) + t[-1] * np.sum(t * y)


register(views_of_either, normal(4), scalar(), one_of(0, 1, 2), wrt=(0, 1), samples=10)


def rows_and_columns(m, c):
    a = m * 1.0
    r = a[0] if c > 0 else a[:, 1]
    r *= c
    a[0, 1] += r[1]
    s = a.T if c > 1.0 else a
    s[1] = r
    s[:, 0] *= s[0, 1]
    s += 0.5 * a
    return a * r


register(rows_and_columns, normal(3, 3), scalar(), samples=6)


def all_of_a_view(x, c):
    """The same numbers become what an array holds, or what a part of it does."""
    a, b = x * 2.0, x * 3.0
    v, t = a[1:], b[::-1]
    y = t if c > 0.8 else b
    y *= c
    z = v if c > 0 else b[:-1]
    z *= x[0]
    u = a if c > -0.5 else t
    u -= b
    return np.sum(a * b) + v[0] * t[1]


register(all_of_a_view, normal(4), scalar(), samples=8)


def first_if_larger(a, b):
    b[-1] = a[0]
    if a[1] > 0.3:
        return a
    return b


def returned_by_a_function(x, w):
    a, b = x * 1.0, w * 1.0
    y = first_if_larger(a, b)
    y *= 2.0
    z = first_if_larger(y, a)
    z[1] = y[0] * b[2]
    return a * b + z


register(returned_by_a_function, normal(3), normal(3), samples=5)


def arguments_chosen(x, w, c):
    """The caller sees which one was written."""
    y = x if c > 0 else w
    y[0] *= c
    w += x
    return np.sum(y * y) + x[1] * w[0]


register(arguments_chosen, normal(3), normal(3), scalar(), samples=4)


def bound_by_one_way(x, c):
    a = x * 2.0
    if c > 0:
        v = a[1:]
        w = x * c
        u = w if x[0] > 0.2 else a
    a[0] += 1.0
    if c > 0:
        v *= 2.0
        u[2] = v[0]
        a[1] += w[2] + u[0]
    return np.sum(a * a)


register(bound_by_one_way, normal(3), scalar(), samples=6)


def way_that_raises(x, c):
    a, b = x * 2.0, x * 3.0
    if c > 9.0:
        raise ValueError("too large")
    else:
        y = a[1:] if c > 0 else b[:-1]
    y[0] = c
    b[1] *= a[1]
    return np.sum(y * y) + np.sum(a * b)


register(way_that_raises, normal(3), scalar(), samples=4)


def in_containers(x, c):
    a, b = x * 2.0, x * 3.0
    box, named = [a, b], {"u": a}
    if c > 0:
        b[1] = 4.0 * c
        box[0] = b
        named["u"] = b[1:]
    else:
        a[2] = box[1][0]
        named["u"] = a[:-1]
    box[0][0] = x[2]
    named["u"][1] *= 2.0
    return np.sum(a * b) + np.sum(box[0] ** 2)


register(in_containers, normal(3), scalar(), samples=4)


def number_or_array(x, c):
    a = x * 2.0
    y = 1.5 if c > 0 else a
    a[0] = x[1] * c
    return np.sum(y * a)


register(number_or_array, normal(3), scalar(), samples=4)


def float32_and_float64(x, c, s):
    a, b = x * 2.0, s * np.float32(3.0)
    y = a if c > 0 else b
    y[0] = 0.5
    b[1] = 0.25
    a[2] *= c
    return np.sum(y * a) + np.sum(b * x)


register(float32_and_float64, normal(3), scalar(), single(3), wrt=(0, 1), samples=4,
         complex_step=False)  # fmt: skip


def ping_pong(x, n):
    """Two arrays that change places where the data says so."""
    a, b = x * 1.0, x * 2.0
    first = a
    for i in range(n):
        if a[i % 3] > 0.4:
            a, b = b, a
        a[0] = 0.5 * b[1] + x[2]
        b[1:] *= 0.9
    first += b[0]
    return np.sum(a * b) + a[0] * first[1]


register(ping_pong, normal(3), one_of(0, 1, 5, 70), wrt=(0,), samples=6, tolerance=1e-8)


def round_of_three(x, n):
    a, b, c = x * 1.0, x * 2.0, x * x
    kept = b
    for _ in range(n):
        if np.sum(a) > b[0]:
            a, b, c = b, c, a
        elif b[1] > 0:
            a, c = c, a
        a[1] = np.sin(b[0]) + c[2]
        kept *= 0.8
    return np.sum(a * b) + kept[1] * c[0]


register(round_of_three, normal(3), one_of(0, 3, 66), wrt=(0,), samples=6, tolerance=1e-8)


def replaced_in_a_loop(x, n):
    """The name is the array from before until a trip makes a new one."""
    y = x.copy()
    kept = y
    for i in range(n):
        y[0] += x[1]
        if y[i % 3] > 1.0:
            y = y * 0.5
    kept[1] += y[0]
    return np.sum(kept * y)


register(replaced_in_a_loop, normal(3), one_of(0, 2, 70), wrt=(0,), samples=5, tolerance=1e-8)


def found_and_left(x, n):
    """What a loop leaves with is written after it, and before by its other name."""
    a, b = x * 1.0, x * 2.0
    best = a
    for i in range(n):
        a[i % 3] += 0.3
        if np.sum(a) > 2.5:
            best = b
            break
        b *= 0.9
    best[0] = 2.0 * x[1]
    return a * b + best


register(found_and_left, normal(3), one_of(1, 4, 70), wrt=(0,), samples=6, tolerance=1e-8)


def returned_from_a_loop(x, w, n):
    y = x * 1.0
    for i in range(n):
        w[1] *= y[0]
        for j in range(i):
            y[j % 3] += 0.25 * w[1]
            if y[0] > 1.2:
                return y
            if y[1] > 1.4:
                return w
    return y + w


register(returned_from_a_loop, normal(3), normal(3), one_of(0, 3, 66), wrt=(0, 1), samples=8,
         tolerance=1e-8)  # fmt: skip


def until_it_is_small(x):
    """A `while`, and a choice inside that a choice outside takes part in."""
    a, b = x * 1.0, x * 2.0
    y = a if x[0] > 0 else b
    count = 0
    while np.sum(y * y) > 0.5 and count < 40:
        count += 1
        y *= 0.8
        z = b if y[0] > x[1] else a
        z[2] = 0.5 * y[1]
        if count % 2 == 0:
            y = z
    return np.sum(a * b) + y[1]


register(until_it_is_small, normal(3), samples=6, tolerance=1e-8)


def last_view(m, n):
    """A name that a trip binds to a view, which the next trip finds written."""
    a = m * 1.0
    total, column = 0.0, a[1]
    for i in range(n):
        a[:, 1] *= 0.9
        total += column[0] * i
        column = a.T[1]
        if a[0, 0] > 0.5:
            column = a[0]
        column[1] += 0.1
    return total * np.sum(a)


register(last_view, normal(2, 3), one_of(1, 3, 66), wrt=(0,), samples=5, tolerance=1e-8)


def deeper(a, n):
    if n <= 0:
        return a
    a[n % 3] += 0.5 * a[n % 3 - 1]
    return deeper(a, n - 1)


def handed_to_a_recursion(x, c, n):
    a, b = x * 2.0, x * 3.0
    y = a if c > 0 else b
    z = deeper(y, n)
    z[0] = c
    return np.sum(a * b) + np.sum(y * z)


register(handed_to_a_recursion, normal(3), scalar(), one_of(0, 2), wrt=(0, 1), samples=5)


@checkpoint
def halved(a, b):
    b[1] *= a[0]
    return a * 0.5 + b


def handed_to_a_checkpoint(x, c):
    a, b, d = x * 2.0, x * 3.0, x * x
    y = a if c > 0 else b
    y += halved(d, y)
    a[0] *= y[1]
    return np.sum(a * b) + np.sum(y * d)


register(handed_to_a_checkpoint, normal(3), scalar(), samples=4)


def overlapping(x, c):
    a, b = x * 2.0, x * 3.0
    y = a if c > 0 else b
    y[1:] = y[:-1] * a[1:]
    a[:-1] += y[1:]
    y[x > 0.2] *= 2.0
    y[[0, 2, 0]] = x[1]
    np.add.at(y, [1, 1], b[0])
    np.multiply(a, y, out=y)
    y.sort()
    return a - b


register(overlapping, normal(4), scalar(), samples=5)

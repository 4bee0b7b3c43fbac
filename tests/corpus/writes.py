"""Short programs that write arrays in place, one for each kind of write."""

import numpy as np

from tests.corpus.registry import normal, register, scalar


def item_assignment(x):
    y = np.zeros(3)
    y[0] = x
    return np.sum(y)


def augmented_item(x):
    y = np.ones(3)
    y[1] += x
    return np.sum(y * y)


def slice_assignment(x):
    y = np.zeros(5)
    y[1:-1] = x
    return np.sum(y)


def argument_written(x):
    x[0] = 2.0 * x[1]
    return np.sum(x * x)


def time_loop(u):
    for _ in range(3):
        u[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2)


def written_through_an_alias(x):
    y = x
    y += 1.0
    return np.sum(x * y)


def written_through_a_view(x):
    y = x * 2
    z = y[1:]
    z *= 3.0
    return np.sum(y)


def swapped_entries(x):
    x[0], x[1] = x[1], x[0]
    return x[0] * 2 + x[1]


def written_by_out(x):
    y = np.empty_like(x)
    np.exp(x, out=y)
    return np.sum(y)


def masked_assignment(x):
    y = x * 1.0
    y[y < 0] = 0.0
    return np.sum(y)


def filled(x):
    y = x * 1.0
    y.fill(2.0)
    return np.sum(y)


def sorted_in_place(x):
    y = x * 1.0
    y.sort()
    return y[0]


def copied_into(x):
    y = np.zeros_like(x)
    np.copyto(y, x)
    return np.sum(y)


def added_at(x):
    y = np.zeros(3)
    np.add.at(y, np.array([0, 0, 2]), x)
    return np.sum(y)


def two_dimensional_store(x):
    y = np.zeros((3, 3))
    for i in range(3):
        y[i, i] = x[i]
    return np.sum(y @ y)


def write_line(x):
    x[0] = 1.0


def written_by_a_callee(x):
    y = x * 2
    write_line(y)
    return np.sum(y)


register(item_assignment, scalar(), complex_step=False)
register(augmented_item, scalar(), complex_step=False)
register(slice_assignment, scalar(), complex_step=False)
register(argument_written, normal(5))
register(time_loop, normal(5))
register(written_through_an_alias, normal(5))
register(written_through_a_view, normal(5))
register(swapped_entries, normal(5))
register(written_by_out, normal(5))
register(masked_assignment, normal(5), complex_step=False)
register(filled, normal(5))
register(sorted_in_place, normal(5), complex_step=False)
register(copied_into, normal(5))
register(added_at, normal(3), complex_step=False)
register(two_dimensional_store, normal(3), complex_step=False)
register(written_by_a_callee, normal(5))

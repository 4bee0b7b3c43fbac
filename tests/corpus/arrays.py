"""Arrays: reductions, broadcasting, indexing, products, shapes, dtypes."""

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


def reductions(x):
    a = np.sum(x) * x.sum(axis=0) + np.mean(x, axis=0)
    b = np.sum(x, axis=(0, 2)) * x.mean(axis=(0, -1))
    c = np.sum(np.sum(x, axis=1, keepdims=True) * x)
    d = np.prod(x[0, 0]) + np.sum(np.cumsum(x, axis=1)[:, -1])
    return np.sum(a) + np.sum(b) * c + d


register(reductions, normal(2, 3, 4))


def moments(x):
    """Variance and standard deviation, with and without ddof, of complex-safe parts."""
    centered = x - np.mean(x, axis=1, keepdims=True)
    by_hand = np.sum(centered**2, axis=1) / (x.shape[1] - 1)
    return np.sum(np.sqrt(by_hand) * x[:, 0]) + np.mean(centered**3)


register(moments, normal(3, 5))


def variances(x):
    a = np.var(x) + np.var(x, axis=0).sum() + np.sum(np.var(x, axis=1, ddof=1))
    b = np.std(x, axis=-1) * x.std(axis=1, ddof=1, keepdims=True)[:, 0]
    return a * np.sum(b) + x.var(ddof=2)


register(variances, normal(3, 5), complex_step=False)


def largest_and_smallest(x):
    a = np.max(x) * np.min(x) + x.max(axis=0) @ x.min(axis=0)
    b = np.max(x, axis=1, keepdims=True) * x
    return a + np.sum(b) + np.max(np.abs(x)) * np.amin(x, axis=(0, 1))


register(largest_and_smallest, normal(4, 3), complex_step=False, samples=3)


def products(x, y):
    return np.sum(np.prod(x, axis=0) * y) + np.prod(x * 0.5) + x.prod(axis=1, keepdims=True).sum()


register(products, positive(3, 4), normal(4))


def cumulative(x):
    return np.sum(np.cumsum(x) * x.ravel()) + np.sum(np.cumsum(x, axis=0) ** 2) + x.cumsum()[3]


register(cumulative, normal(3, 4))


def broadcasting(row, column, matrix, s):
    a = row + column
    b = matrix * row - column / (2 + row * row)
    c = s * matrix + (matrix - s) * column
    return np.sum(a * b * c) + np.sum(row) * s


register(broadcasting, normal(4), normal(3, 1), normal(3, 4), scalar())


def three_way_broadcast(x, y, z):
    return np.sum(np.sin(x * y) * np.exp(-z * x), axis=(0, 1)) + z[0, 0]


register(three_way_broadcast, normal(2, 1, 3), normal(4, 1), normal(1, 3))


def broadcast_where(x, s, column):
    picked = np.where(x > 0.1, x * s, column)
    return np.sum(picked * picked) + np.sum(np.where(column > 0, s, column))


register(broadcast_where, normal(3, 4), scalar(), normal(3, 1), samples=3)


def slices(x):
    a = x[1:-1] * (x[2:] - x[:-2])
    b = x[::-1] * x + x[::2].sum() - x[-1] * x[0]
    return np.sum(a) + np.sum(b[3:1:-1] * x[-2:])


register(slices, normal(7))


def matrix_slices(a):
    inner = a[1:-1, 1:-1]
    laplacian = a[2:, 1:-1] + a[:-2, 1:-1] + a[1:-1, 2:] + a[1:-1, :-2] - 4 * inner
    return np.sum(laplacian**2) + a[0, -1] * a[-1, 0] + np.sum(a[..., 0] * a[0, ..., None].T)


register(matrix_slices, normal(4, 4))


def new_axes(x, y):
    outer = x[:, None] * y[None, :]
    return np.sum(outer[..., np.newaxis] ** 2) + outer[1, 2] * np.sum(x[None])


register(new_axes, normal(3), normal(4))


def gather(x, index):
    """Repeated indices: cotangents add up."""
    picked = x[index]
    return np.sum(picked * np.arange(1.0, 6.0)) + np.sum(x[index] ** 2)


register(gather, normal(4), value(np.array([2, 0, 2, 3, 2])), wrt=(0,))


def gather_pairs(a, rows, columns):
    return np.sum(a[rows, columns] ** 2) + np.sum(a[rows] * 0.5) + np.sum(a[:, columns] ** 3)


register(
    gather_pairs,
    normal(3, 4),
    value(np.array([0, 2, 2])),
    value(np.array([1, 3, 3])),
    wrt=(0,),
)


def boolean_mask(x, y):
    big = x > 0.3
    inside = x[big]
    return np.sum(inside**2) * np.mean(y[~big]) + np.sum(y[(x > -0.2) & big])


register(boolean_mask, lambda rng: np.array([0.9, -0.5, 1.4, 0.1, -1.2, 0.8]), normal(6))


def cross_entropy(scores, labels):
    """Integer-array indexing as in every classifier."""
    log_norm = np.log(np.sum(np.exp(scores), axis=1))
    return np.mean(log_norm - scores[np.arange(len(labels)), labels])


register(cross_entropy, normal(4, 3), value(np.array([2, 0, 1, 2])), wrt=(0,))


def matrix_products(a, b, v):
    left = a @ b
    right = np.dot(b.T, a.T)
    forms = v @ left + np.matmul(right, v[:4])[:3] if left.shape[0] < 0 else v @ left
    return np.sum(left * right.T) + np.sum(forms) + v @ v + np.dot(a[0], b[:, 1])


register(matrix_products, normal(3, 4), normal(4, 3), normal(3))


def batched_products(a, b):
    c = a @ b
    return np.sum(c * c) + np.sum(np.matmul(a, b[0]) ** 2)


register(batched_products, normal(2, 3, 4), normal(2, 4, 2))


def outer_and_inner(x, y):
    return np.sum(np.outer(x, y) ** 2) + np.inner(x, x) * np.inner(y, y) + x.dot(x)


register(outer_and_inner, normal(3), normal(4))


def shapes(x):
    a = x.reshape(2, 6) @ x.reshape(-1, 2)
    b = np.reshape(x, (4, 3)).T @ x.ravel()[:4]
    c = (
        np.transpose(x.reshape(2, 3, 2), (2, 0, 1))
        + np.swapaxes(x.reshape(2, 2, 3), 0, 1)[:, :, None][0, 0]
    )
    d = np.squeeze(np.expand_dims(x, 0)) * x
    return np.sum(a) + np.sum(b) + np.sum(c**2) + np.sum(d)


register(shapes, normal(3, 4))


def joined(x, y, s):
    a = np.concatenate([x, y * 2, x[:1]])
    b = np.stack([x, x * s, np.sin(x)], axis=1)
    c = np.concatenate((b, b[:1] * s), axis=0)
    return np.sum(a * a) + np.sum(b @ b.T) + np.sum(c[-1])


register(joined, normal(3), normal(2), scalar())


def array_of_scalars(x, y):
    """np.array builds an array from active numbers."""
    rotation = np.array([[np.cos(x), -np.sin(x)], [np.sin(x), np.cos(x)]])
    v = np.array([y, x * y])
    return np.sum((rotation @ v) * np.array([1.0, 2.0]))


register(array_of_scalars, scalar(), scalar())


def constructors(x, n):
    grid = np.linspace(0.0, 1.0, n)
    weights = np.ones_like(x) + np.zeros(n) + np.arange(n) * np.full(n, 0.5)
    basis = np.eye(n) @ x
    return np.sum(weights * x * grid) + np.sum(basis * np.zeros_like(x) + basis.copy() ** 2)


register(constructors, normal(4), value(4), wrt=(0,))


def active_linspace(a, b):
    """The end points of a grid are active."""
    grid = np.linspace(a, b, 5)
    return np.sum(np.sin(grid) * np.full(5, a)) * (b - a)


register(active_linspace, scalar(), scalar())


def methods(x):
    y = x.T.copy() @ x
    z = x.reshape(-1).sum() * x.mean() + x.mT.transpose().ravel()[2]
    return y.sum() + z * x.size + x.ndim * x.shape[0] + x.flatten()[1] + x.swapaxes(0, 1)[0, 1]


register(methods, normal(3, 2))


def single_precision(w, x):
    h = np.tanh(w @ x + 1)
    return np.sum(h * h) * np.float32(0.5)


register(single_precision, single(3, 4), single(4), complex_step=False, tolerance=3e-5)


def mixed_precision(x, y):
    """float32 and float64 meet: the result is float64, each gradient has its own dtype."""
    return np.sum(x * y) + np.sum(x.astype(np.float64) ** 2) + np.sum(y.astype(np.float32))


register(mixed_precision, single(4), normal(4), complex_step=False, tolerance=5e-4)


def zero_dimensional_arrays(x, y):
    z = x * y + np.sin(x)
    return np.log(z * z + 1) * x[()]


register(zero_dimensional_arrays, zero_dimensional(), zero_dimensional())


def numpy_scalars(x):
    a = np.float64(2.0) * x[0]
    b = x[1] if x[1] > a else a
    return a * b + x.item(2) if x.size < 2 else a * b + x[2]


register(numpy_scalars, normal(3), samples=3)


def vector_result(x, w):
    return np.tanh(w @ x) * x[0]


register(vector_result, normal(3), normal(4, 3))


def scalar_to_vector(t):
    return np.array([np.cos(t), np.sin(t), t * t]) * t


register(scalar_to_vector, scalar())


def empty_sum(x):
    """Reductions over nothing."""
    nothing = x[3:3]
    return np.sum(nothing) + np.prod(nothing) * np.sum(x * x)


register(empty_sum, normal(4))


def axis_as_argument(x, axis, keep):
    return np.sum(np.exp(np.sum(x, axis=axis, keepdims=keep) * 0.3))


register(
    axis_as_argument, normal(2, 3), one_of(0, 1, None, -1), one_of(True, False), wrt=(0,), samples=5
)


def sorted_out(x):
    """Positions are data."""
    k = np.argmax(x)
    order = np.argsort(x)
    return x[k] ** 2 + x[order[0]] * x[order[-1]] + np.count_nonzero(x > 0) * x[1]


register(sorted_out, normal(5), samples=3)


def distance_matrix(p):
    difference = p[:, None, :] - p[None, :, :]
    squared = np.sum(difference**2, axis=-1) + np.eye(len(p))
    return np.sum(np.exp(-squared) / np.sqrt(squared))


register(distance_matrix, normal(4, 2))


def broadcast_explicitly(x, y):
    a = np.broadcast_to(x, (3, 4)) * np.broadcast_to(y[:, None], (3, 4))
    return np.sum(a**2) + np.sum(np.tile(x, 1) * x)


register(broadcast_explicitly, normal(4), normal(3))


def scaled_by_length(x):
    n = len(x)
    return np.sum(x / n) ** 2 + np.sum(x * (n - 1)) / x.shape[0]


register(scaled_by_length, between(-1, 2, 5))

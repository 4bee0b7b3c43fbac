"""Dynamic programming, sorting and other algorithms that fill and exchange entries of arrays."""

import math

import numpy as np

from tests.corpus.registry import between, normal, one_of, positive, register, scalar, value


def edit_distance(a, b, gap):
    """Smallest of three neighbours, on two rows that take turns."""
    previous = gap * np.arange(len(b) + 1.0)
    for i in range(len(a)):
        current = np.zeros(len(b) + 1)
        current[0] = (i + 1) * gap
        for j in range(len(b)):
            change = previous[j] + (a[i] - b[j]) ** 2
            current[j + 1] = min(change, previous[j + 1] + gap, current[j] + gap)
        previous = current
    return previous[-1]


register(edit_distance, normal(4), normal(5), between(0.2, 0.6), samples=3, complex_step=False)


def time_warping(a, b):
    n, m = len(a), len(b)
    d = np.full((n + 1, m + 1), 1e3)
    d[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            d[i, j] = abs(a[i - 1] - b[j - 1]) + min(d[i - 1, j], d[i, j - 1], d[i - 1, j - 1])
    return d[n, m]


register(time_warping, normal(4), normal(5), samples=3, complex_step=False)


def soft_warping(a, b, gamma):
    d = np.full((len(a) + 1, len(b) + 1), 50.0)
    d[0, 0] = 0.0
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            three = -np.array([d[i - 1, j], d[i, j - 1], d[i - 1, j - 1]]) / gamma
            top = np.max(three)
            low = -gamma * (top + np.log(np.sum(np.exp(three - top))))
            d[i, j] = (a[i - 1] - b[j - 1]) ** 2 + low
    return d[-1, -1]


register(soft_warping, normal(3), normal(4), between(0.5, 1.5), complex_step=False)


def viterbi(start, step, emit):
    """The best path: scores are active, the choices are data."""
    T, n = emit.shape
    score = start + emit[0]
    back = np.zeros((T, n), dtype=int)
    for t in range(1, T):
        new = np.empty(n)
        for j in range(n):
            candidates = score + step[:, j]
            back[t, j] = np.argmax(candidates)
            new[j] = candidates[back[t, j]] + emit[t, j]
        score[:] = new
    best = np.argmax(score)
    path = [best]
    for t in range(T - 1, 0, -1):
        path.append(back[t, path[-1]])
    return score[best] + 0.1 * sum(emit[t, k] ** 2 for t, k in enumerate(reversed(path)))


register(viterbi, normal(3), normal(3, 3), normal(4, 3), samples=3, complex_step=False)


def forward_algorithm(transition, emission, observed):
    """Scaled forward pass of a hidden Markov model."""
    n = len(transition)
    A = transition / transition.sum(axis=1, keepdims=True)
    alpha = np.zeros((len(observed), n))
    scale = np.zeros(len(observed))
    for t, o in enumerate(observed):
        if t == 0:
            alpha[0] = emission[:, o] / n
        else:
            alpha[t] = (alpha[t - 1] @ A) * emission[:, o]
        scale[t] = alpha[t].sum()
        alpha[t] /= scale[t]
    return np.sum(np.log(scale))


register(
    forward_algorithm,
    positive(3, 3),
    positive(3, 2),
    value([0, 1, 1, 0]),
    wrt=(0, 1),
    complex_step=False,
)


def shortest_paths_softly(w, beta):
    """Floyd and Warshall with a soft minimum."""
    d = w + 0.0
    n = len(d)
    for k in range(n):
        for i in range(n):
            for j in range(n):
                through = d[i, k] + d[k, j]
                d[i, j] = -np.log(np.exp(-beta * d[i, j]) + np.exp(-beta * through)) / beta
    return np.sum(d)


register(shortest_paths_softly, positive(3, 3), between(0.8, 1.6))


def shortest_paths(w):
    d = w.copy()
    np.fill_diagonal(d, 0.0)
    for k in range(len(d)):
        np.minimum(d, d[:, k, None] + d[None, k, :], out=d)
    return d


register(shortest_paths, positive(4, 4))


def bubble_sort(x):
    y = x.copy()
    n = len(y)
    for i in range(n):
        swapped = False
        for j in range(n - 1 - i):
            if y[j] > y[j + 1]:
                y[j], y[j + 1] = y[j + 1], y[j]
                swapped = True
        if not swapped:
            break
    return np.sum(y * np.arange(1.0, n + 1) ** 2)


register(bubble_sort, normal(5), samples=3)


def insertion_sort(x):
    for i in range(1, len(x)):
        key = x[i]
        j = i - 1
        while j >= 0 and x[j] > key:
            x[j + 1] = x[j]
            j -= 1
        x[j + 1] = key
    return x


register(insertion_sort, normal(6), samples=3)


def sorting_network(x):
    y = x * 1.0
    for i, j in [(0, 1), (2, 3), (0, 2), (1, 3), (1, 2)]:
        low, high = min(y[i], y[j]), max(y[i], y[j])
        y[i], y[j] = low, high
    return y[0] * 3 + y[1] ** 2 + y[2] * y[3]


register(sorting_network, normal(4), samples=3)


def quicksort(y, low, high):
    if low >= high:
        return
    pivot, k = y[high], low
    for i in range(low, high):
        if y[i] < pivot:
            y[i], y[k] = y[k], y[i]
            k += 1
    y[k], y[high] = y[high], y[k]
    quicksort(y, low, k - 1)
    quicksort(y, k + 1, high)


def median_by_quicksort(x):
    y = x.copy()
    quicksort(y, 0, len(y) - 1)
    return y[len(y) // 2] * y[0]


register(median_by_quicksort, normal(7), samples=3)


def prefix_sums(x):
    p = np.zeros(len(x) + 1)
    for i in range(len(x)):
        p[i + 1] = p[i] + x[i] * (1 + 0.1 * p[i])
    best = p[1] - p[0]
    for i in range(len(x)):
        for j in range(i + 1, len(x) + 1):
            best = max(best, p[j] - p[i])
    return best * p[-1]


register(prefix_sums, normal(6), complex_step=False)


def sliding_window(x, width):
    total = np.sum(x[:width])
    means = np.empty(len(x) - width + 1)
    means[0] = total / width
    for i in range(width, len(x)):
        total += x[i] - x[i - width]
        means[i - width + 1] = total / width
    return np.sum(means**2)


register(sliding_window, normal(8), one_of(2, 3, 8), wrt=(0,), samples=3, complex_step=False)


def histogram_of_weights(x, w):
    """The bin is data; what falls into it is not."""
    h = np.zeros(5)
    for v, weight in zip(x, w):
        b = int((v + 3) // 1.2)
        if b < 0 or b >= 5:
            continue
        h[b] += weight * v
    h /= 1 + np.sum(np.abs(h))
    return h


register(histogram_of_weights, normal(7), normal(7), samples=3, complex_step=False)


def linear_binning(x, w):
    """A weight is shared between two grid points."""
    grid = np.zeros(8)
    for k in range(len(x)):
        left = math.floor(x[k])
        t = x[k] - left
        grid[left] += w[k] * (1 - t)
        grid[left + 1] += w[k] * t
    return np.sum(grid**2)


register(linear_binning, between(0.1, 6.9, 5), normal(5), complex_step=False)


def butterflies(real, imaginary):
    """The fast Fourier transform in place, on real and imaginary parts."""
    n = len(real)
    re, im = real.copy(), imaginary.copy()
    j = 0
    for i in range(1, n):
        bit = n >> 1
        while j & bit:
            j ^= bit
            bit >>= 1
        j |= bit
        if i < j:
            re[i], re[j] = re[j], re[i]
            im[i], im[j] = im[j], im[i]
    length = 2
    while length <= n:
        angle = -2 * math.pi / length
        for i in range(0, n, length):
            for k in range(length // 2):
                c, s = math.cos(angle * k), math.sin(angle * k)
                p, q = i + k, i + k + length // 2
                t_re = re[q] * c - im[q] * s
                t_im = re[q] * s + im[q] * c
                re[q], im[q] = re[p] - t_re, im[p] - t_im
                re[p] += t_re
                im[p] += t_im
        length *= 2
    return np.sum((re**2 + im**2) ** 2)


register(butterflies, normal(8), normal(8))


def transform(re, im):
    n = len(re)
    if n == 1:
        return
    even, odd = (re[::2].copy(), im[::2].copy()), (re[1::2].copy(), im[1::2].copy())
    transform(*even)
    transform(*odd)
    half = n // 2
    for k in range(half):
        c, s = np.cos(2 * np.pi * k / n), -np.sin(2 * np.pi * k / n)
        a, b = odd[0][k] * c - odd[1][k] * s, odd[0][k] * s + odd[1][k] * c
        re[k], im[k] = even[0][k] + a, even[1][k] + b
        re[k + half], im[k + half] = even[0][k] - a, even[1][k] - b


def recursive_transform(x):
    re, im = x.copy(), np.zeros_like(x)
    transform(re, im)
    return re * im[1] + im


register(recursive_transform, normal(4))


def knapsack(values, capacity):
    """best[c] of the row before is overwritten from the right."""
    weights = [2, 1, 3, 2]
    best = np.zeros(capacity + 1)
    for v, w in zip(values, weights):
        for c in range(capacity, w - 1, -1):
            best[c] = max(best[c], best[c - w] + v)
    return best[capacity] ** 2


register(knapsack, positive(4), value(5), wrt=(0,), complex_step=False)


def matrix_chain(cost):
    n = len(cost)
    table = np.zeros((n, n))
    for span in range(1, n):
        for i in range(n - span):
            j = i + span
            table[i, j] = np.inf
            for k in range(i, j):
                q = table[i, k] + table[k + 1, j] + cost[i] * cost[k] * cost[j]
                if q < table[i, j]:
                    table[i, j] = q
    return table[0, n - 1]


register(matrix_chain, positive(4), samples=3, complex_step=False)


def pascal_by_row(x, n):
    """One row overwritten from the right, with a weight on every step."""
    row = [1.0] + [0.0] * n
    for i in range(n):
        for j in range(n, 0, -1):
            row[j] = row[j] + row[j - 1] * x
    return sum(v * v for v in row)


register(pascal_by_row, scalar(), value(4), wrt=(0,))


def soft_attention_over_time(h, w):
    """A table of scores, filled below its diagonal only."""
    T = len(h)
    weights = np.zeros((T, T))
    out = np.zeros_like(h)
    for t in range(T):
        for s in range(t + 1):
            weights[t, s] = np.exp(h[t] @ w @ h[s])
        weights[t] /= weights[t, : t + 1].sum()
        out[t] = weights[t] @ h
    return np.sum(out**2)


register(soft_attention_over_time, normal(3, 2, scale=0.6), normal(2, 2), complex_step=False)


def heap_of_two(x):
    """The two largest, found in one pass."""
    top = np.array([-np.inf, -np.inf])
    for v in x:
        if v > top[0]:
            top[1] = top[0]
            top[0] = v
        elif v > top[1]:
            top[1] = v
    return top[0] * top[1]


register(heap_of_two, normal(6), samples=3, complex_step=False)

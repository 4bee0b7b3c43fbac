"""Log likelihood of a Gaussian mixture with a Wishart prior, the first problem of ADBench.

A component c has the weight softmax(alphas)[c], the mean means[c] and the inverse covariance
L' L.  The lower triangle L is packed in a row of `icf`: the d logarithms of its diagonal, then what
is below the diagonal, column after column.  With y = L (x - mean) a point counts

    log sum_c exp(alphas[c] + sum_i log L[i, i] - |y|^2 / 2)  -  log sum_c exp(alphas[c])

and the prior adds, with the parameters gamma and m, for each component

    m * sum_i log L[i, i] - gamma^2 |L|^2 / 2 + a constant.

Formula: F. Srajer, Z. Kukelova, A. Fitzgibbon, "A benchmark of selected algorithmic differentiation
tools on some problems in computer vision and machine learning" (2018), section 4.1.

Sizes: d = 10, k = 10 and d = 64, k = 100, with n = 1000 points.  The adjoint takes the points in
blocks, a block forward and at once backward: small triangles in loops over the points of the block,
large ones by `np.dot`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

WRT = (0, 1, 2)
STATIC = (4, 5)
KIND = "gradient"
SIZES = {
    "d=10 k=10 n=1000": {"d": 10, "k": 10, "n": 1000},
    "d=64 k=100 n=1000": {"d": 64, "k": 100, "n": 1000},
    "small": {"d": 3, "k": 4, "n": 20},
}
LOOPS_UP_TO = 24
BLOCK = 64


def arguments(d: int, k: int, n: int) -> tuple[Any, ...]:
    """alphas (k,), means (k, d), icf (k, d (d + 1) / 2), x (n, d), gamma, m."""
    rng = np.random.default_rng(1)
    alphas = rng.normal(size=k)
    means = rng.uniform(size=(k, d))
    icf = rng.normal(size=(k, d * (d + 1) // 2)) / np.sqrt(d)
    return alphas, means, icf, rng.normal(size=(n, d)), 0.8, 2


def logsumexp(x):
    top = np.max(x, axis=-1)
    return top + np.log(np.sum(np.exp(x - top[..., None]), axis=-1))


def log_gamma_distribution(a, d):
    out = 0.25 * d * (d - 1) * math.log(math.pi)
    for j in range(d):
        out += math.lgamma(a - 0.5 * j)
    return out


def gmm(alphas, means, icf, x, gamma, m):
    n, d = x.shape
    k = len(alphas)
    main = np.empty((n, k))
    frobenius = 0.0
    for c in range(k):
        L = np.zeros((d, d))
        start = d
        for j in range(d):
            L[j, j] = np.exp(icf[c, j])
            L[j + 1 :, j] = icf[c, start : start + d - j - 1]
            start += d - j - 1
        y = (x - means[c]) @ L.T
        main[:, c] = alphas[c] + np.sum(icf[c, :d]) - 0.5 * np.sum(y**2, axis=1)
        frobenius += np.sum(L**2)
    likelihood = np.sum(logsumexp(main)) - n * logsumexp(alphas)
    degrees = d + m + 1
    normal = degrees * d * math.log(gamma / math.sqrt(2)) - log_gamma_distribution(degrees / 2, d)
    prior = m * np.sum(icf[:, :d]) - 0.5 * gamma**2 * frobenius + k * normal
    return -0.5 * n * d * math.log(2 * math.pi) + likelihood + prior


FUNCTION = gmm


# ---- by hand ------------------------------------------------------------------------------------

log_gamma = njit(log_gamma_distribution)


@njit(error_model="numpy", nogil=True)
def constants(alphas, n, d, gamma, m):
    """What does not depend on means and icf, but on alphas; and the weights softmax(alphas)."""
    k = alphas.shape[0]
    top = np.max(alphas)
    weights = np.exp(alphas - top)
    total = np.sum(weights)
    degrees = d + m + 1
    prior = degrees * d * math.log(gamma / math.sqrt(2)) - log_gamma(0.5 * degrees, d)
    value = k * prior - 0.5 * n * d * math.log(2 * math.pi) - n * (top + np.log(total))
    return value, weights / total


@njit(error_model="numpy", nogil=True)
def prepared(alphas, icf, d):
    """The triangles, and per component what is added to -|y|^2 / 2."""
    k = alphas.shape[0]
    triangles = np.zeros((k, d, d))
    offsets = alphas.copy()
    for c in range(k):
        start = d
        for j in range(d):
            offsets[c] += icf[c, j]
            triangles[c, j, j] = np.exp(icf[c, j])
            for i in range(j + 1, d):
                triangles[c, i, j] = icf[c, start + i - j - 1]
            start += d - j - 1
    return triangles, offsets


@njit(error_model="numpy", nogil=True)
def log_prior(icf, triangles, gamma, m):
    """The part of the prior that depends on icf."""
    k, d = triangles.shape[:2]
    out = 0.0
    for c in range(k):
        for i in range(d):
            out += m * icf[c, i]
            for j in range(i + 1):
                out -= 0.5 * gamma * gamma * triangles[c, i, j] ** 2
    return out


@njit(error_model="numpy", nogil=True)
def softmax(main, size):
    """The sum of the logsumexps of the columns of main, which become their softmax."""
    k = main.shape[0]
    top = main[0].copy()
    total = np.zeros_like(top)
    value = 0.0
    for c in range(1, k):
        for p in range(size):
            top[p] = max(top[p], main[c, p])
    for c in range(k):
        for p in range(size):
            main[c, p] = np.exp(main[c, p] - top[p])
        for p in range(size):
            total[p] += main[c, p]
    for p in range(size):
        value += top[p] + np.log(total[p])
        total[p] = 1.0 / total[p]
    for c in range(k):
        for p in range(size):
            main[c, p] *= total[p]
    return value


# Small triangles: the points of a block lie in the last axis, over which the loops vectorize;
# behind the last point there are zeros, so that every loop has the length BLOCK.


@njit(error_model="numpy", nogil=True)
def forward_in_loops(xt, first, means, triangles, offsets, centered, ys, main):
    """For every component x - mean of a block, above a row of ones, and y, and the exponents."""
    k, d = means.shape
    size = min(BLOCK, xt.shape[1] - first)
    squares = np.empty(BLOCK)
    for c in range(k):
        for j in range(d):
            for p in range(size):
                centered[c, j, p] = xt[j, first + p] - means[c, j]
            for p in range(size, BLOCK):
                centered[c, j, p] = 0.0
        squares[:] = 0.0
        for i in range(d):
            for p in range(BLOCK):
                ys[c, i, p] = triangles[c, i, i] * centered[c, i, p]
            for j in range(0, i - 1, 2):
                for p in range(BLOCK):
                    ys[c, i, p] += (
                        triangles[c, i, j] * centered[c, j, p]
                        + triangles[c, i, j + 1] * centered[c, j + 1, p]
                    )
            if i % 2 == 1:
                for p in range(BLOCK):
                    ys[c, i, p] += triangles[c, i, i - 1] * centered[c, i - 1, p]
            for p in range(BLOCK):
                squares[p] += ys[c, i, p] * ys[c, i, p]
        for p in range(BLOCK):
            main[c, p] = offsets[c] - 0.5 * squares[p]


@njit(error_model="numpy", nogil=True)
def backward_in_loops(size, centered, ys, main, sums, moments, outer):
    """Adds the block's sum of r, of r y and of r y (x - mean)', r being the softmax."""
    k, d = moments.shape
    product = np.empty((d, d + 1))
    for c in range(k):
        for p in range(size):
            sums[c] += main[c, p]
        for i in range(d):
            for p in range(BLOCK):
                ys[c, i, p] *= main[c, p]
        np.dot(ys[c], centered[c].T, product)
        for i in range(d):
            moments[c, i] += product[i, d]
            for j in range(i + 1):
                outer[c, i, j] += product[i, j]


# Large triangles: a point is a row, and the products are left to BLAS.


@njit(error_model="numpy", nogil=True)
def forward_by_blas(x, means, triangles, offsets, ys, main):
    """y of a block of points for every component, and the exponents."""
    k, d = means.shape
    size = x.shape[0]
    centered = np.empty((size, d))
    for c in range(k):
        for p in range(size):
            for i in range(d):
                centered[p, i] = x[p, i] - means[c, i]
        y = ys[c, :size]
        np.dot(centered, triangles[c].T, y)
        for p in range(size):
            main[c, p] = offsets[c] - 0.5 * np.dot(y[p], y[p])


@njit(error_model="numpy", nogil=True)
def backward_by_blas(x, means, ys, main, sums, moments, outer):
    """Adds the block's sum of r, of r y and of r y (x - mean)', r being the softmax."""
    k, d = means.shape
    size = x.shape[0]
    centered, product = np.empty((size, d)), np.empty((d, d))
    for c in range(k):
        y = ys[c, :size]
        for p in range(size):
            sums[c] += main[c, p]
            for i in range(d):
                centered[p, i] = x[p, i] - means[c, i]
                y[p, i] *= main[c, p]
                moments[c, i] += y[p, i]
        np.dot(y.T, centered, product)
        for i in range(d):
            for j in range(i + 1):
                outer[c, i, j] += product[i, j]


@njit(error_model="numpy", nogil=True)
def primal(alphas, means, icf, x, gamma, m):
    n, d = x.shape
    k = alphas.shape[0]
    triangles, offsets = prepared(alphas, icf, d)
    value = constants(alphas, n, d, gamma, m)[0] + log_prior(icf, triangles, gamma, m)
    main = np.empty((k, BLOCK))
    if d > LOOPS_UP_TO:
        ys = np.empty((k, BLOCK, d))
        for first in range(0, n, BLOCK):
            block = x[first : first + BLOCK]
            forward_by_blas(block, means, triangles, offsets, ys, main)
            value += softmax(main, block.shape[0])
    else:
        centered, ys = np.ones((k, d + 1, BLOCK)), np.empty((k, d, BLOCK))
        xt = np.ascontiguousarray(x.T)
        for first in range(0, n, BLOCK):
            forward_in_loops(xt, first, means, triangles, offsets, centered, ys, main)
            value += softmax(main, min(BLOCK, n - first))
    return value


@njit(error_model="numpy", nogil=True)
def adjoint(alphas, means, icf, x, gamma, m):
    n, d = x.shape
    k = alphas.shape[0]
    triangles, offsets = prepared(alphas, icf, d)
    main, sums = np.empty((k, BLOCK)), np.zeros(k)
    moments, outer = np.zeros((k, d)), np.zeros((k, d, d))
    if d > LOOPS_UP_TO:
        ys = np.empty((k, BLOCK, d))
        for first in range(0, n, BLOCK):
            block = x[first : first + BLOCK]
            forward_by_blas(block, means, triangles, offsets, ys, main)
            softmax(main, block.shape[0])
            backward_by_blas(block, means, ys, main, sums, moments, outer)
    else:
        centered, ys = np.ones((k, d + 1, BLOCK)), np.empty((k, d, BLOCK))
        xt = np.ascontiguousarray(x.T)
        for first in range(0, n, BLOCK):
            size = min(BLOCK, n - first)
            forward_in_loops(xt, first, means, triangles, offsets, centered, ys, main)
            softmax(main, size)
            backward_in_loops(size, centered, ys, main, sums, moments, outer)
    weights = constants(alphas, n, d, gamma, m)[1]
    return finish(weights, n, triangles, sums, moments, outer, gamma, m)


@njit(error_model="numpy", nogil=True)
def finish(weights, n, triangles, sums, moments, outer, gamma, m):
    """The gradients, from the sums over all points."""
    k, d = moments.shape
    alphas_bar, means_bar = np.empty(k), np.zeros((k, d))
    icf_bar = np.empty((k, d * (d + 1) // 2))
    for c in range(k):
        L = triangles[c]
        alphas_bar[c] = sums[c] - n * weights[c]
        for i in range(d):
            for j in range(i + 1):
                means_bar[c, j] += L[i, j] * moments[c, i]
        start = d
        for j in range(d):
            diagonal = -outer[c, j, j] - gamma * gamma * L[j, j]
            icf_bar[c, j] = sums[c] + m + diagonal * L[j, j]
            for i in range(j + 1, d):
                icf_bar[c, start + i - j - 1] = -outer[c, i, j] - gamma * gamma * L[i, j]
            start += d - j - 1
    return alphas_bar, means_bar, icf_bar


# ---- the peers ----------------------------------------------------------------------------------


def below_diagonal(d: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the entries below the diagonal, column after column."""
    columns, rows = np.triu_indices(d, 1)
    return rows, columns


def constant_of(d: int, k: int, n: int, gamma: float, m: int) -> float:
    """What depends on no parameter."""
    degrees = d + m + 1
    prior = degrees * d * math.log(gamma / math.sqrt(2)) - log_gamma_distribution(0.5 * degrees, d)
    return k * prior - 0.5 * n * d * math.log(2 * math.pi)


def in_jax() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp
    from jax.scipy.special import logsumexp

    def f(alphas, means, icf, x, gamma, m):
        n, d = x.shape
        k = alphas.shape[0]
        rows, columns = below_diagonal(d)

        def exponents(alpha, mean, packed):
            L = jnp.diag(jnp.exp(packed[:d])).at[rows, columns].set(packed[d:])
            y = (x - mean) @ L.T
            return alpha + jnp.sum(packed[:d]) - 0.5 * jnp.sum(y**2, axis=1), jnp.sum(L**2)

        main, frobenius = jax.vmap(exponents)(alphas, means, icf)
        likelihood = jnp.sum(logsumexp(main, axis=0)) - n * logsumexp(alphas)
        prior = m * jnp.sum(icf[:, :d]) - 0.5 * gamma**2 * jnp.sum(frobenius)
        return constant_of(d, k, n, gamma, m) + likelihood + prior

    return f


def in_torch() -> Callable[..., Any]:
    import torch

    def f(alphas, means, icf, x, gamma, m):
        n, d = x.shape
        k = len(alphas)
        rows, columns = (torch.from_numpy(i) for i in below_diagonal(d))
        L = torch.diag_embed(torch.exp(icf[:, :d]))
        L[:, rows, columns] = icf[:, d:]
        y = (x - means[:, None, :]) @ L.transpose(1, 2)
        main = (alphas + icf[:, :d].sum(1))[:, None] - 0.5 * (y**2).sum(2)
        likelihood = torch.logsumexp(main, 0).sum() - n * torch.logsumexp(alphas, 0)
        prior = m * icf[:, :d].sum() - 0.5 * gamma**2 * (L**2).sum()
        return constant_of(d, k, n, gamma, m) + likelihood + prior

    return f


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp
    from autograd.scipy.special import logsumexp

    def f(alphas, means, icf, x, gamma, m):
        n, d = x.shape
        k = len(alphas)
        place = np.zeros((d, d), int)
        place[below_diagonal(d)] = np.arange(d, d * (d + 1) // 2)
        lower = np.tril(np.ones((d, d)), -1)
        L = icf[:, place] * lower + anp.exp(icf[:, :d])[:, :, None] * np.eye(d)
        y = anp.matmul(x - means[:, None, :], anp.swapaxes(L, 1, 2))
        main = (alphas + anp.sum(icf[:, :d], axis=1))[:, None] - 0.5 * anp.sum(y**2, axis=2)
        likelihood = anp.sum(logsumexp(main, axis=0)) - n * logsumexp(alphas)
        prior = m * anp.sum(icf[:, :d]) - 0.5 * gamma**2 * anp.sum(L**2)
        return constant_of(d, k, n, gamma, m) + likelihood + prior

    return f

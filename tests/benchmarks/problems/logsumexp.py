"""The logarithm of a sum of exponentials, shifted by the largest: GradBench's `lse`.

m + log(sum(exp(x - m))), m = max(x); the gradient is the softmax of x.  Sizes are the numbers of
elements.  The adjoint takes NumPy's exponential, which is vectorized and Numba's is not, in blocks
that stay in the cache.
"""

from collections.abc import Callable

import numpy as np
from numba import njit


def logsumexp(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


FUNCTION = logsumexp
WRT = (0,)
SIZES = {"2 500": {"n": 2_500}, "1.28e6": {"n": 1_280_000}, "small": {"n": 37}}


def arguments(n: int) -> tuple:
    return (np.random.default_rng(5).uniform(-3.0, 4.0, n),)


@njit(error_model="numpy", nogil=True)
def primal(x):
    m = x[0]
    for i in range(1, x.shape[0]):
        m = max(m, x[i])
    total = 0.0
    for i in range(x.shape[0]):
        total += np.exp(x[i] - m)
    return m + np.log(total)


BLOCK = 65536


def adjoint(x):
    m = x.max()
    x_bar = np.empty_like(x)
    total = 0.0
    for first in range(0, len(x), BLOCK):
        e = x_bar[first : first + BLOCK]
        np.subtract(x[first : first + BLOCK], m, out=e)
        np.exp(e, out=e)
        total += e.sum()
    x_bar *= 1 / total
    return (x_bar,)


def in_jax() -> Callable:
    from jax.scipy.special import logsumexp

    return logsumexp


def in_torch() -> Callable:
    import torch

    return lambda x: torch.logsumexp(x, 0)


def in_autograd() -> Callable:
    from autograd.scipy.special import logsumexp

    return logsumexp

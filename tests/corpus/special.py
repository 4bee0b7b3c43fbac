"""Programs with the functions of scipy.special, as statistics and physics write them."""

import math

import numpy as np
from scipy import special

from tests.corpus.registry import between, listed, normal, one_of, positive, register, scalar, value


def logistic_regression(w, x, y):
    """Minus the log-likelihood; the labels are 1 and -1."""
    return -np.sum(special.log_expit(y * (x @ w)))


register(
    logistic_regression,
    normal(3),
    normal(6, 3),
    lambda rng: rng.choice([-1.0, 1.0], 6),
    wrt=(0, 1),
    complex_step=False,
)


def mixture(logits, means, x):
    """The log-likelihood of a mixture of normal distributions."""
    terms = special.log_softmax(logits) - 0.5 * (x[:, None] - means) ** 2
    return np.sum(special.logsumexp(terms, axis=1))


register(mixture, normal(3), normal(3), normal(5), complex_step=False)


def weighted_evidence(a, b):
    """A sum of exponentials with weights, kept as a column."""
    return np.sum(special.logsumexp(a, axis=-1, b=b, keepdims=True) ** 2)


register(weighted_evidence, normal(3, 4), positive(4), complex_step=False)


def signed_sum(a, b):
    magnitude, sign = special.logsumexp(a, b=b, return_sign=True)
    return sign * np.exp(0.5 * magnitude)


register(signed_sum, normal(4), lambda rng: np.array([1.0, -2.0, 0.5, -0.2]), complex_step=False)


def attention(q, k, v):
    return special.softmax(q @ k.T / math.sqrt(q.shape[1]), axis=-1) @ v


register(attention, normal(3, 2), normal(4, 2), normal(4, 2), complex_step=False)


def dirichlet(alpha, p):
    total = special.gammaln(np.sum(alpha)) - np.sum(special.gammaln(alpha))
    return total + np.sum(special.xlogy(alpha - 1.0, p))


register(dirichlet, positive(4), between(0.1, 0.4, 4), complex_step=False)


def negative_binomial(r, p, counts):
    """The counts are data; a loop in place of a sum."""
    total = 0.0
    for k in counts:
        total += special.betaln(k + 1.0, r) + np.log(k + r)
        total -= special.xlog1py(k, -p) + r * np.log(p)
    return total


register(
    negative_binomial,
    positive(),
    between(0.2, 0.8),
    value((0.0, 2.0, 5.0)),
    wrt=(0, 1),
    complex_step=False,
)


def option_price(spot, strike, rate, volatility, time):
    """Black and Scholes."""
    spread = volatility * np.sqrt(time)
    d1 = (np.log(spot / strike) + (rate + 0.5 * volatility**2) * time) / spread
    return spot * special.ndtr(d1) - strike * np.exp(-rate * time) * special.ndtr(d1 - spread)


register(
    option_price,
    between(0.8, 1.2),
    between(0.8, 1.2, 4),
    between(0.0, 0.1),
    between(0.1, 0.4),
    between(0.5, 2.0),
)


def probit(w, x, y):
    margin = y * (x @ w)
    return np.mean(-special.log_ndtr(margin)) + 0.1 * np.sum(special.huber(0.7, w))


register(
    probit,
    normal(3),
    normal(5, 3),
    lambda rng: rng.choice([-1.0, 1.0], 5),
    wrt=(0,),
    complex_step=False,
)


def quantiles_of_prices(p, scale, shape):
    """Inverse distribution functions; the shape is data."""
    waiting = scale * special.gammaincinv(shape, p)
    return np.sum(waiting) + special.ndtri(p[0]) * special.betaincinv(2.0, shape, p[-1])


register(
    quantiles_of_prices,
    between(0.2, 0.8, 4),
    positive(),
    value(2),
    wrt=(0, 1),
    complex_step=False,
)


def fiber_modes(v, radius, core):
    """Fields of a step-index fiber: J inside of the core, K outside of it."""
    field = np.zeros_like(radius)
    for i in range(len(radius)):
        if radius[i] < core:
            field[i] = special.jv(v, radius[i]) / special.j0(core)
        else:
            field[i] = special.kv(v, radius[i]) / special.k0(core)
    return np.sum(field**2)


register(
    fiber_modes,
    one_of(0, 1, 2),
    between(0.3, 2.5, 5),
    between(1.0, 1.4),
    wrt=(1, 2),
    complex_step=False,
)


def pendulum(angle, length):
    """The exact period of a pendulum."""
    return 4.0 * np.sqrt(length / 9.81) * special.ellipk(np.sin(0.5 * angle) ** 2)


register(pendulum, between(0.2, 2.5), positive(), complex_step=False)


def expansion(coefficients, x):
    """A sum of Legendre polynomials, whose degrees are the indices of a loop."""
    total = np.zeros_like(x)
    for n, c in enumerate(coefficients):
        total = total + c * special.eval_legendre(n, x)
    return np.exp(total)


register(expansion, listed(*[scalar(-0.5, 0.5)] * 4), between(-0.9, 0.9, 5), complex_step=False)


def airy_and_fresnel(x):
    ai, slope, *_ = special.airy(-x)
    s, c = special.fresnel(x)
    return np.sum(ai * s - slope * c)


register(airy_and_fresnel, positive(4), complex_step=False)


def exchange(x, y):
    """Relative entropies, one of them with a zero."""
    p = special.softmax(x)
    q = special.expit(y)
    masked = np.array([1.0, 0.0, 1.0])
    return np.sum(special.rel_entr(p, q)) + np.sum(special.kl_div(masked * 0.3, q))


register(exchange, normal(3), normal(3), complex_step=False)


def transformed(x, lmbda):
    y = special.boxcox(x, lmbda)
    return np.var(y) + np.sum(special.inv_boxcox(0.1 * y, 0.4))


register(transformed, positive(5), between(-0.8, 0.8), complex_step=False)


def stirling(x):
    """Of Python's floats: math has the functions, scipy.special their derivatives."""
    return math.lgamma(x) - (x - 0.5) * math.log(x) + x + 1.0 / math.gamma(x)


register(stirling, between(1.2, 4.0), complex_step=False)

"""Probability and learning: likelihoods, filters, networks, finance."""

import math

import numpy as np

from tests.corpus.registry import (
    between,
    listed,
    normal,
    positive,
    register,
    scalar,
    several,
    value,
)


def gaussian_log_likelihood(mu, log_sigma, x):
    z = (x - mu) * np.exp(-log_sigma)
    return -0.5 * np.sum(z**2) - x.size * (log_sigma + 0.5 * np.log(2 * np.pi))


register(gaussian_log_likelihood, scalar(), scalar(-1, 1), normal(7))


def mixture_log_likelihood(weights, means, log_scales, x):
    """A one-dimensional Gaussian mixture, through a safe logarithm of a sum of exponentials."""
    log_weights = weights - np.log(np.sum(np.exp(weights)))
    z = (x[:, None] - means) / np.exp(log_scales)
    terms = log_weights - log_scales - 0.5 * z * z
    top = np.max(terms, axis=1, keepdims=True)
    return np.sum(np.log(np.sum(np.exp(terms - top), axis=1)) + top[:, 0])


register(mixture_log_likelihood, normal(3), normal(3), normal(3, scale=0.3), normal(6))


def softmax_regression(w, b, x, t):
    scores = x @ w + b
    scores = scores - np.max(scores, axis=1, keepdims=True)
    log_p = scores - np.log(np.sum(np.exp(scores), axis=1, keepdims=True))
    return -np.mean(np.sum(t * log_p, axis=1)) + 0.01 * np.sum(w * w)


register(
    softmax_regression,
    normal(4, 3),
    normal(3),
    normal(5, 4),
    value(np.eye(3)[[0, 2, 1, 1, 0]]),
    wrt=(0, 1),
)


def two_layer_network(w, v, x, t):
    h = 1 / (1 + np.exp(-(x @ w)))
    z = h @ v
    return np.mean(np.log(np.sum(np.exp(z), axis=1)) - np.sum(t * z, axis=1))


register(
    two_layer_network,
    normal(3, 4),
    normal(4, 3),
    normal(5, 3),
    value(np.eye(3)[[0, 2, 1, 1, 0]]),
    wrt=(0, 1),
)


def layer(w, b, h):
    return np.tanh(h @ w + b)


def five_layers(params, x, y):
    h = x
    for w, b in params:
        h = layer(w, b, h)
    return np.mean((h - y) ** 2)


register(
    five_layers,
    listed(*[several(normal(3, 3, scale=0.7), normal(3)) for _ in range(5)]),
    normal(4, 3),
    normal(4, 3),
    wrt=(0,),
)


def kalman(observations, a, q, r):
    """Log likelihood of a one-dimensional Kalman filter."""
    mean, variance, total = 0.0, 1.0, 0.0
    for y in observations:
        mean, variance = a * mean, a * a * variance + q
        s = variance + r
        innovation = y - mean
        total -= 0.5 * (np.log(2 * np.pi * s) + innovation**2 / s)
        gain = variance / s
        mean, variance = mean + gain * innovation, (1 - gain) * variance
    return total


register(kalman, normal(6), between(0.5, 1.0), positive(), positive())


def hidden_markov(log_start, log_step, means, observations):
    """The forward pass of a hidden Markov model."""
    start = np.exp(log_start) / np.sum(np.exp(log_start))
    step = np.exp(log_step) / np.sum(np.exp(log_step), axis=1, keepdims=True)
    forward = start * np.exp(-0.5 * (observations[0] - means) ** 2)
    total = 0.0
    for t in range(1, len(observations)):
        norm = np.sum(forward)
        total += np.log(norm)
        forward = (forward / norm) @ step * np.exp(-0.5 * (observations[t] - means) ** 2)
    return total + np.log(np.sum(forward))


register(hidden_markov, normal(3), normal(3, 3), normal(3), normal(5))


def normal_cdf(x):
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))


def black_scholes(spot, strike, rate, volatility, maturity):
    root = volatility * math.sqrt(maturity)
    d1 = (math.log(spot / strike) + (rate + volatility**2 / 2) * maturity) / root
    d2 = d1 - root
    return spot * normal_cdf(d1) - strike * math.exp(-rate * maturity) * normal_cdf(d2)


register(
    black_scholes,
    between(80, 120),
    between(80, 120),
    between(0.01, 0.05),
    between(0.1, 0.4),
    between(0.3, 2.0),
    complex_step=False,
)


def logistic_loss(w, x, y):
    margins = y * (x @ w)
    return np.mean(np.logaddexp(0.0, -margins)) + 0.05 * np.dot(w, w)


register(
    logistic_loss,
    normal(4),
    normal(6, 4),
    value(np.array([1.0, -1, 1, 1, -1, -1])),
    wrt=(0, 1),
    complex_step=False,
)


def attention(q, k, v):
    scores = q @ k.T / np.sqrt(q.shape[-1])
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = weights / weights.sum(axis=-1, keepdims=True)
    return weights @ v


register(attention, normal(3, 4), normal(5, 4), normal(5, 2))


def recurrent(w, u, b, xs):
    """A recurrent network over the rows of an array."""
    h = np.zeros(b.shape[0])
    for x in xs:
        h = np.tanh(w @ x + u @ h + b)
    return np.sum(h**2)


register(recurrent, normal(3, 2), normal(3, 3, scale=0.6), normal(3), normal(5, 2))


def layer_norm(x, gain, offset):
    mean = x.mean(axis=-1, keepdims=True)
    scale = np.sqrt(((x - mean) ** 2).mean(axis=-1, keepdims=True) + 1e-5)
    return np.sum(np.sin(gain * (x - mean) / scale + offset))


register(layer_norm, normal(3, 4), normal(4), normal(4))


def annuity(rate, payment, years):
    value_now = 0.0
    discount = 1.0
    for year in range(years):
        discount /= 1 + rate
        value_now += payment * discount * (1 + 0.02) ** year
    return value_now


register(annuity, between(0.01, 0.08), between(90, 110), value(12), wrt=(0, 1))


def poisson_regression(w, x, counts):
    rate = np.exp(x @ w)
    return np.sum(rate - counts * np.log(rate))


register(
    poisson_regression,
    normal(3, scale=0.4),
    normal(6, 3, scale=0.5),
    value(np.array([0, 2, 1, 4, 0, 1])),
    wrt=(0,),
)


def huber(w, x, y, width):
    residual = np.abs(x @ w - y)
    return np.sum(np.where(residual < width, 0.5 * residual**2, width * (residual - 0.5 * width)))


register(huber, normal(3), normal(7, 3), normal(7), positive(), complex_step=False, samples=3)


def gaussian_process(log_length, log_noise, x, y):
    """Log likelihood of a Gaussian process on two points, the 2 by 2 inverse by hand."""
    k = np.exp(-0.5 * ((x[0] - x[1]) / np.exp(log_length)) ** 2)
    diagonal = 1 + np.exp(log_noise)
    determinant = diagonal**2 - k**2
    quadratic = (diagonal * (y[0] ** 2 + y[1] ** 2) - 2 * k * y[0] * y[1]) / determinant
    return -0.5 * (quadratic + np.log(determinant))


register(gaussian_process, scalar(-0.5, 0.5), scalar(-1, 0.5), normal(2), normal(2))

"""Programs that draw random numbers: estimates, stochastic gradients, simulations, resampling."""

# ruff: noqa: NPY002 - programs as they are written

import numpy as np

from tests.corpus.registry import between, listed, normal, positive, register, scalar, value


def evidence_lower_bound(mu, log_sigma, data, samples):
    """Variational inference of a mean, by draws that the parameters move."""
    rng = np.random.default_rng(17)
    sigma = np.exp(log_sigma)
    theta = rng.normal(mu, sigma, size=(samples, mu.size))
    prior = -0.5 * np.sum(theta**2, axis=1)
    likelihood = -0.5 * np.sum((data[None, :, :] - theta[:, None, :]) ** 2, axis=(1, 2))
    return np.mean(prior + likelihood) + np.sum(log_sigma)


register(
    evidence_lower_bound, normal(3), normal(3, scale=0.3), normal(5, 3), value(4),
    wrt=(0, 1), complex_step=False, tolerance=1e-7,
)  # fmt: skip


def stochastic_descent(w, x, t, rate):
    """A few steps of descent on random batches."""
    rng = np.random.RandomState(3)
    for _ in range(4):
        batch = rng.permutation(len(t))[:3]
        error = x[batch] @ w - t[batch]
        w = w - rate * (x[batch].T @ error) / 3
    return np.sum((x @ w - t) ** 2)


register(stochastic_descent, normal(2), normal(6, 2), normal(6), between(0.05, 0.2))


def network_with_dropout(w, v, x, keep):
    rng = np.random.default_rng(0)
    h = np.tanh(x @ w)
    mask = rng.random(h.shape) < keep
    h = np.where(mask, h / keep, 0.0)
    h = h + 0.1 * rng.standard_normal(h.shape)
    return np.sum((h @ v) ** 2)


register(network_with_dropout, normal(3, 4), normal(4), normal(5, 3), value(0.8), wrt=(0, 1, 2))


def geometric_brownian_paths(s0, drift, sigma, steps):
    rng = np.random.default_rng(8)
    dt = 1.0 / steps
    payoff = np.zeros(3)
    for p in range(3):
        s = s0
        for _ in range(steps):
            s = s + s * rng.normal(drift * dt, sigma * np.sqrt(dt))
        payoff[p] = s
    return np.mean(np.maximum(payoff - 1.0, 0.0))


register(
    geometric_brownian_paths, between(1.3, 1.6), between(0.05, 0.2), between(0.05, 0.15), value(5),
    wrt=(0, 1, 2), complex_step=False, tolerance=1e-7,
)  # fmt: skip


def queue_of_one_server(arrival, service, customers):
    """Lindley's recursion for waiting times."""
    rng = np.random.default_rng(5)
    wait, total = 0.0, 0.0
    for _ in range(customers):
        wait = max(0.0, wait + rng.exponential(1.0 / service) - rng.exponential(1.0 / arrival))
        total += wait
    return total / customers


register(
    queue_of_one_server, between(0.9, 1.1), between(1.0, 1.2), value(20),
    wrt=(0, 1), complex_step=False, tolerance=1e-7,
)  # fmt: skip


def bootstrap_of_a_ratio(x, y):
    rng = np.random.default_rng(2)
    ratios = []
    for _ in range(5):
        i = rng.integers(0, len(x), size=len(x))
        ratios.append(np.sum(x[i]) / np.sum(y[i]))
    return np.std(np.array(ratios)) + np.mean(rng.choice(x, 4)) * rng.choice(y)


register(bootstrap_of_a_ratio, positive(6), positive(6), complex_step=False, tolerance=1e-7)


def shuffled_in_place(x, w):
    rng = np.random.default_rng(4)
    rows = x.copy()
    rng.shuffle(rows)
    first = rows[0] @ w
    rng.shuffle(rows, axis=1)
    return first * np.sum(np.cumsum(rows, axis=0) @ w) + np.sum(rng.permuted(x, axis=0)[1] ** 2)


register(shuffled_in_place, normal(4, 3), normal(3))


def heavy_tails(low, high, scale, shape):
    """Every distribution with a formula for its draws."""
    rng = np.random.default_rng(9)
    s = rng.uniform(low, high, 3) * rng.laplace(low, scale, 3) + rng.logistic(low, scale)
    s = s + rng.gumbel(high, scale, 3) * rng.rayleigh(scale) - rng.exponential(scale, (2, 3))
    s = s * rng.weibull(shape) + rng.power(shape, 3) + rng.pareto(shape + 2.0)
    return np.sum(s**2) + rng.triangular(low, 0.5 * (low + high), high) * rng.lognormal(low, scale)


register(
    heavy_tails, between(-0.6, -0.2), between(0.5, 1.2), between(0.3, 0.6), between(1.2, 2.0),
    complex_step=False, tolerance=1e-7,
)  # fmt: skip


def correlated_returns(mean, factor, weights):
    rng = np.random.default_rng(1)
    covariance = factor @ factor.T + np.diag([0.5, 1.0, 1.5])
    returns = rng.multivariate_normal(mean, covariance, size=6, method="cholesky")
    portfolio = returns @ weights
    return np.mean(portfolio) - 0.5 * np.var(portfolio)


register(
    correlated_returns, normal(3), normal(3, 2, scale=0.5), normal(3),
    complex_step=False, tolerance=1e-7,
)  # fmt: skip


class Sampler:
    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.calls = 0

    def draw(self, mu):
        self.calls += 1
        return self.rng.normal(mu, 1.0 / self.calls)


def samplers_with_state(mus):
    sampler = Sampler(6)
    return sum(sampler.draw(mu) * mu for mu in mus) * sampler.calls


register(
    samplers_with_state, listed(scalar(), scalar(), scalar()), complex_step=False, tolerance=1e-7
)


def from_the_module(mu, sigma):
    np.random.seed(12)
    x = np.random.normal(mu, sigma, 4)
    np.random.shuffle(x)
    while np.random.rand() < 0.6:
        x = x * np.random.uniform(0.5, sigma)
    return x @ np.random.randn(4)


register(from_the_module, scalar(), positive(), complex_step=False, tolerance=1e-7)

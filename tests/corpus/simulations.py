"""Simulations, filters, statistics and learning, with arrays that are updated in place."""

import math

import numpy as np

from tests.corpus.registry import (
    between,
    normal,
    one_of,
    positive,
    register,
    scalar,
    several,
    value,
)


def runge_kutta(y, mu, steps):
    """Van der Pol's oscillator; the four slopes live in one array that is made once."""
    k = np.empty((4, 2))

    def rhs(state, out):
        out[0] = state[1]
        out[1] = mu * (1 - state[0] ** 2) * state[1] - state[0]

    h = 0.1
    for _ in range(steps):
        rhs(y, k[0])
        rhs(y + h / 2 * k[0], k[1])
        rhs(y + h / 2 * k[1], k[2])
        rhs(y + h * k[2], k[3])
        y += h / 6 * (k[0] + 2 * k[1] + 2 * k[2] + k[3])
    return y


register(runge_kutta, normal(2), scalar(0.2, 1.5), value(4), wrt=(0, 1), complex_step=False)


def n_bodies(position, velocity, mass):
    """Kick, drift, kick; forces are accumulated pair by pair."""
    n = len(mass)
    force = np.zeros((n, 2))

    def update():
        force[:] = 0.0
        for i in range(n):
            for j in range(i):
                d = position[i] - position[j]
                f = mass[i] * mass[j] * d / (d @ d + 0.5) ** 1.5
                force[i] -= f
                force[j] += f

    dt = 0.1
    update()
    for _ in range(3):
        velocity += 0.5 * dt * force / mass[:, None]
        position += dt * velocity
        update()
        velocity += 0.5 * dt * force / mass[:, None]
    return np.sum(mass[:, None] * velocity**2) / 2


register(n_bodies, normal(3, 2), normal(3, 2), positive(3), complex_step=False)


def kalman_filter(z, q, r):
    x, P = np.zeros(2), np.eye(2)
    F, H = np.array([[1.0, 0.1], [0.0, 1.0]]), np.array([1.0, 0.0])
    track = np.zeros((len(z), 2))
    loss = 0.0
    for k in range(len(z)):
        x[:] = F @ x
        P[:] = F @ P @ F.T
        P[np.diag_indices(2)] += q
        residual = z[k] - H @ x
        S = P[0, 0] + r
        K = P[:, 0] / S
        loss += residual**2 / S + np.log(S)
        x += K * residual
        P -= np.outer(K, P[0])
        track[k] = x
    return loss + np.sum(track[:, 1] ** 2)


register(kalman_filter, normal(5), between(0.1, 0.5), between(0.5, 1.5), complex_step=False)


def markov_chain(weights, start):
    p = np.exp(weights)
    for row in p:
        row /= row.sum()
    state = np.abs(start)
    state /= state.sum()
    history = np.empty((4, 3))
    for t in range(4):
        state = state @ p
        history[t] = state
    return history[-1] @ np.arange(1.0, 4.0) + np.prod(history[1])


register(markov_chain, normal(3, 3), normal(3), complex_step=False)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def long_short_term_memory(w, b, xs):
    n = 2
    h, c = np.zeros(n), np.zeros(n)
    outputs = np.zeros((len(xs), n))
    for t, x in enumerate(xs):
        z = np.concatenate([x, h]) @ w + b
        i, f, o = sigmoid(z[:n]), sigmoid(z[n : 2 * n]), sigmoid(z[2 * n : 3 * n])
        c *= f
        c += i * np.tanh(z[3 * n :])
        h = o * np.tanh(c)
        outputs[t, :] = h
    return np.sum(outputs**2)


register(
    long_short_term_memory, normal(5, 8, scale=0.5), normal(8), normal(3, 3), complex_step=False
)


def gated_recurrent_unit(wz, wr, wh, xs, lengths):
    """A batch of sequences; the state of those that ended is left alone by a mask."""
    h = np.zeros((2, 3))
    for t in range(xs.shape[0]):
        both = np.concatenate([xs[t], h], axis=1)
        z, r = sigmoid(both @ wz), sigmoid(both @ wr)
        candidate = np.tanh(np.concatenate([xs[t], r * h], axis=1) @ wh)
        alive = t < lengths
        h[alive] = ((1 - z) * h + z * candidate)[alive]
    return h


register(
    gated_recurrent_unit,
    normal(5, 3, scale=0.5),
    normal(5, 3, scale=0.5),
    normal(5, 3, scale=0.5),
    normal(3, 2, 2),
    value(np.array([3, 2])),
    wrt=(0, 1, 2, 3),
    complex_step=False,
)


def beam_of_fixed_choices(scores, mix):
    """Beams are reordered by an index array, their scores by what they choose."""
    beams = np.zeros(2)
    for t, row in enumerate(scores):
        parents = np.array([1, 0]) if t % 2 else np.array([0, 0])
        beams[:] = beams[parents]
        beams += row[: len(beams)] * mix
        beams[0] -= np.log(np.exp(row).sum())
    return np.log(np.sum(np.exp(beams)))


register(beam_of_fixed_choices, normal(4, 3), scalar(), complex_step=False)


def monte_carlo_path(s0, drift, sigma, noise):
    """An option on the mean of a path, with the noise given."""
    paths, steps = noise.shape
    payoff = np.zeros(paths)
    dt = 1.0 / steps
    for p in range(paths):
        s = s0
        total = 0.0
        for z in noise[p]:
            s *= math.exp((drift - 0.5 * sigma**2) * dt + sigma * math.sqrt(dt) * z)
            total += s
        payoff[p] = max(total / steps - 1.0, 0.0)
    return payoff.mean() * math.exp(-drift)


register(
    monte_carlo_path,
    between(0.9, 1.3),
    between(0.02, 0.1),
    between(0.1, 0.4),
    value(np.random.default_rng(5).normal(size=(4, 5))),
    wrt=(0, 1, 2),
    complex_step=False,
)


def black_scholes_by_differences(sigma, rate, strike):
    n, m = 8, 10
    s = np.linspace(0.0, 2.0, n)
    v = np.maximum(s - strike, 0.0)
    dt = 1.0 / m
    i = np.arange(n)
    for _ in range(m):
        a = 0.5 * dt * (sigma**2 * i**2 - rate * i)
        b = 1 - dt * (sigma**2 * i**2 + rate)
        c = 0.5 * dt * (sigma**2 * i**2 + rate * i)
        v[1:-1] = a[1:-1] * v[:-2] + b[1:-1] * v[1:-1] + c[1:-1] * v[2:]
        v[0] = 0.0
        v[-1] = 2 * v[-2] - v[-3]
    return v[3] + v[4]


register(black_scholes_by_differences, between(0.1, 0.3), between(0.02, 0.1), between(0.9, 1.1))


def american_option(spot, sigma, rate):
    """A binomial lattice, rolled back in place."""
    n = 6
    dt = 1.0 / n
    u = math.exp(sigma * math.sqrt(dt))
    p = (math.exp(rate * dt) - 1 / u) / (u - 1 / u)
    prices = np.zeros(n + 1)
    values = np.zeros(n + 1)
    for j in range(n + 1):
        prices[j] = spot * u ** (2 * j - n)
        values[j] = max(1.1 - prices[j], 0.0)
    for k in range(n - 1, -1, -1):
        for j in range(k + 1):
            values[j] = math.exp(-rate * dt) * (p * values[j + 1] + (1 - p) * values[j])
            prices[j] = prices[j] * u
            values[j] = max(values[j], 1.1 - prices[j])
    return values[0]


register(
    american_option, between(0.9, 1.2), between(0.2, 0.4), between(0.02, 0.08), complex_step=False
)


def epidemic(beta, gamma, start):
    y = np.array([1.0, start, 0.0])
    record = []
    for day in range(6):
        infected = beta * y[0] * y[1]
        recovered = gamma * y[1]
        y[0] -= infected
        y[1] += infected - recovered
        y[2] += recovered
        record.append(y.copy())
    return np.array(record)[:, 1].max() + y[2]


register(epidemic, between(0.4, 0.9), between(0.1, 0.3), between(0.02, 0.1))


def soft_means(points, centers, sharpness):
    """One step of k-means with soft assignments."""
    new, mass = np.zeros_like(centers), np.zeros(len(centers))
    for p in points:
        d = -sharpness * np.sum((centers - p) ** 2, axis=1)
        r = np.exp(d - d.max())
        r /= r.sum()
        for k in range(len(centers)):
            new[k] += r[k] * p
            mass[k] += r[k]
    new /= mass[:, None]
    centers[...] = new
    return centers


register(soft_means, normal(5, 2), normal(3, 2), between(0.5, 1.5), complex_step=False)


def expectation_maximization(x, mu, log_sigma):
    """Two steps for a mixture of two normals."""
    w = np.array([0.4, 0.6])
    sigma = np.exp(log_sigma)
    for _ in range(2):
        r = w * np.exp(-0.5 * ((x[:, None] - mu) / sigma) ** 2) / sigma
        r /= r.sum(axis=1, keepdims=True)
        n = r.sum(axis=0)
        w[:] = n / len(x)
        mu[:] = (r * x[:, None]).sum(axis=0) / n
        sigma[:] = np.sqrt((r * (x[:, None] - mu) ** 2).sum(axis=0) / n + 0.1)
    return np.sum(w * mu**2) + np.prod(sigma)


register(expectation_maximization, normal(6), normal(2), between(-0.4, 0.4, 2), complex_step=False)


def pid_controller(gains, target, steps):
    kp, ki, kd = gains
    state = np.zeros(2)
    integral, previous, cost = 0.0, None, 0.0
    for _ in range(steps):
        error = target - state[0]
        integral += error * 0.1
        slope = 0.0 if previous is None else (error - previous) / 0.1
        force = kp * error + ki * integral + kd * slope
        if force > 2.0:
            force = 2.0
        state[1] += 0.1 * (force - 0.5 * state[1])
        state[0] += 0.1 * state[1]
        previous = error
        cost += error**2 + 0.01 * force**2
    return cost


register(
    pid_controller,
    several(between(0.5, 2.0), between(0.1, 0.3), between(0.05, 0.2)),
    between(0.6, 1.6),
    one_of(0, 1, 6),
    wrt=(0, 1),
    samples=4,
    complex_step=False,
)


def spline(y, at):
    """A natural cubic spline: a tridiagonal solve, then an interval found by a search."""
    n = len(y)
    m, c, d = np.zeros(n), np.zeros(n), np.zeros(n)
    for i in range(1, n - 1):
        right = 6 * (y[i + 1] - 2 * y[i] + y[i - 1])
        w = 4.0 - c[i - 1]
        c[i] = 1.0 / w
        d[i] = (right - d[i - 1]) / w
    for i in range(n - 2, 0, -1):
        m[i] = d[i] - c[i] * m[i + 1]
    k = 0
    while k < n - 2 and at > k + 1:
        k += 1
    t = at - k
    a, b = (m[k + 1] - m[k]) / 6, m[k] / 2
    return ((a * t + b) * t + (y[k + 1] - y[k] - b - a)) * t + y[k]


register(spline, normal(5), between(0.1, 3.9), samples=4, complex_step=False)


def bisection_with_history(c):
    """The bracket is an array; the root's derivative comes from a last step of Newton."""
    bracket = np.array([0.0, 3.0])
    history = []
    for _ in range(30):
        mid = 0.5 * (bracket[0] + bracket[1])
        history.append(mid)
        side = 1 if mid**3 + mid > c else 0
        bracket[side] = mid
        if abs(bracket[1] - bracket[0]) < 1e-3:
            break
    root = history[-1]
    for _ in range(3):
        root -= (root**3 + root - c) / (3 * root**2 + 1)
    return root * len(history)


register(bisection_with_history, between(1.0, 8.0))


def adam(w, x, y, rate):
    m, v = np.zeros_like(w), np.zeros_like(w)
    for t in range(1, 4):
        g = 2 * x.T @ (x @ w - y) / len(y)
        m *= 0.9
        m += 0.1 * g
        v *= 0.99
        v += 0.01 * g * g
        w -= rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.99**t)) + 0.1)
    return np.sum((x @ w - y) ** 2)


register(adam, normal(3), normal(5, 3), normal(5), between(0.1, 0.4))


def horner_in_place(c, x):
    """Value and derivative of a polynomial for every x at once."""
    p, dp = np.zeros_like(x), np.zeros_like(x)
    for a in c[::-1]:
        dp *= x
        dp += p
        p *= x
        p += a
    return p * dp


register(horner_in_place, normal(4), normal(3))

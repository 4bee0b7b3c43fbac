"""The functions whose derivatives are kept."""

import numpy as np


def slide(x):
    return 10 * np.log(1 + np.exp(-2 * x))


def loss(w, b, x, y):
    h = np.tanh(x @ w + b)
    r = h - y
    return np.sum(r * r)


def spiral(p, x, y, dt, n):
    a, b = p
    for _ in range(n):
        dx = a * x - b * y
        dy = b * x + a * y
        x = x + dt * dx
        y = y + dt * dy
    return x * x + y * y


def root(a):
    x = 1.0
    while True:
        step = (x**3 - a) / (3 * x**2)
        x = x - step
        if abs(step) < 1e-10:
            return x


def layer(w, b, h):
    return np.tanh(h @ w + b)


def net(params, x, y):
    h = x
    for w, b in params:
        h = layer(w, b, h)
    return np.mean((h - y) ** 2)


def gathered(x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] ** 2 if x[i] > 0 else -x[i]
    return s


def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)

"""Generated NumPy gradients against hand-written ones, autograd and jax.jit.

python -m tests.benchmarks.gradients
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import autograd
import autograd.numpy
import jax
import jax.numpy
import numpy as np

import s2sad
from tests.benchmarks.timing import interleaved, on_one_core, table, with_numpy

jax.config.update("jax_enable_x64", True)


def iris_loss(W, V, X, T):
    H = 1 / (1 + np.exp(-(X @ W)))
    Z = H @ V
    return np.mean(np.log(np.sum(np.exp(Z), axis=1)) - np.sum(T * Z, axis=1))


def iris_by_hand(W, V, X, T):
    H = 1 / (1 + np.exp(-(X @ W)))
    E = np.exp(H @ V)
    dZ = (E / E.sum(axis=1, keepdims=True) - T) / len(X)
    return X.T @ (dZ @ V.T * H * (1 - H)), H.T @ dZ


def log_likelihood(mu, log_sigma, x):
    z = (x - mu) * np.exp(-log_sigma)
    return -0.5 * np.sum(z * z) - x.size * (log_sigma + 0.5 * np.log(2 * np.pi))


def log_likelihood_by_hand(mu, log_sigma, x):
    precision = np.exp(-log_sigma)
    z = (x - mu) * precision
    return np.sum(z) * precision, np.sum(z * z) - x.size


def layer(w, b, h):
    return np.tanh(h @ w + b)


def network(params, x, y):
    h = x
    for w, b in params:
        h = layer(w, b, h)
    return np.mean((h - y) ** 2)


def network_by_hand(params, x, y):
    inputs, h = [], x
    for w, b in params:
        inputs.append(h)
        h = np.tanh(h @ w + b)
    gradients = []
    dh = 2.0 / h.size * (h - y)
    for (w, _), below in zip(reversed(params), reversed(inputs), strict=True):
        da = dh * (1 - h * h)
        gradients.append((below.T @ da, da.sum(axis=0)))
        dh = da @ w.T
        h = below
    return (gradients[::-1],)


@dataclass(frozen=True)
class Case:
    """A function, its gradient by hand, where they are evaluated and with respect to what."""

    label: str
    function: Callable[..., Any]
    by_hand: Callable[..., Any]
    arguments: tuple[Any, ...]
    wrt: tuple[int, ...]


def cases() -> list[Case]:
    """The three gradients, at the sizes they are used at."""
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=(150, 2)), np.ones(150)])
    iris = (rng.normal(size=(3, 16)), rng.normal(size=(16, 3)), X, np.eye(3)[np.arange(150) // 50])
    gaussian = (0.3, -0.2, rng.normal(size=100_000))
    params = [(rng.normal(size=(128, 128)) / 11, 0.1 * rng.normal(size=128)) for _ in range(5)]
    mlp = (params, rng.normal(size=(256, 128)), rng.normal(size=(256, 128)))
    return [
        Case("Iris network", iris_loss, iris_by_hand, iris, (0, 1)),
        Case("Gaussian log likelihood", log_likelihood, log_likelihood_by_hand, gaussian, (0, 1)),
        Case("5-layer network", network, network_by_hand, mlp, (0,)),
    ]


def contestants(case: Case) -> dict[str, Callable[[], Any]]:
    """The gradient of each tool, after all have been found equal to 1e-8."""
    arguments = case.arguments
    ours = s2sad.grad(case.function, argnums=case.wrt)
    other = with_numpy(layer, autograd.numpy)
    theirs = autograd.grad(with_numpy(case.function, autograd.numpy, layer=other), case.wrt)
    traced = with_numpy(case.function, jax.numpy, layer=with_numpy(layer, jax.numpy))
    compiled = jax.jit(jax.grad(traced, case.wrt))
    on_device = jax.tree.map(jax.numpy.asarray, arguments)
    expected = jax.tree.leaves(case.by_hand(*arguments))
    for result in (ours(*arguments), theirs(*arguments), compiled(*on_device)):
        for a, b in zip(jax.tree.leaves(result), expected, strict=True):
            assert np.max(np.abs(np.asarray(a) - b)) <= 1e-8 * max(1.0, np.max(np.abs(b)))
    return {
        "s2sad": lambda: ours(*arguments),
        "by hand": lambda: case.by_hand(*arguments),
        "autograd": lambda: theirs(*arguments),
        "jax.jit": lambda: jax.block_until_ready(compiled(*on_device)),
    }


def main() -> None:
    """Measure and print."""
    rows = []
    for case in cases():
        times = interleaved(contestants(case), seconds=0.02)
        micro = [f"{1e6 * seconds:.1f}" for seconds in times.values()]
        rows.append([case.label, *micro, f"{times['s2sad'] / times['by hand']:.2f}"])
    table(["gradient, µs", "s2sad", "by hand", "autograd", "jax.jit", "s2sad/by hand"], rows)


if __name__ == "__main__":
    on_one_core("tests.benchmarks.gradients")
    main()

"""Gradients of loops that write arrays in place: over the primal, beside autograd and JAX; growth.

python -m tests.benchmarks.imperative

s2sad differentiates the programs as they stand; autograd and JAX get them rewritten as they need
them (arrays put together anew, `lax` loops).  "ratio" is gradient over primal, in one run.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import autograd
import autograd.numpy as anp
import jax
import jax.numpy as jnp
import numpy as np

import s2sad
from tests.benchmarks.timing import interleaved, on_one_core, table

jax.config.update("jax_enable_x64", True)

# ---- the programs, as users write them ----------------------------------------------------------


def heat_1d(u, c, steps):
    for _ in range(steps):
        u[1:-1] = u[1:-1] + c * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2)


def heat_2d(u, c, steps):
    for _ in range(steps):
        u[1:-1, 1:-1] += (
            c
            * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1])
            * (1.0 + 0.1 * u[1:-1, 1:-1])
        )
    return np.sum(u**2)


def gauss_seidel(x, b, sweeps):
    n = x.shape[0]
    for _ in range(sweeps):
        for i in range(1, n - 1):
            x[i] = 0.5 * (x[i - 1] + x[i + 1] + b[i] - 0.1 * x[i] ** 3)
    return np.sum(x**2)


def lstm(w, u, b, xs):
    n = b.shape[0] // 4
    h, c = np.zeros(n), np.zeros(n)
    hs = np.zeros((xs.shape[0], n))
    for t in range(xs.shape[0]):
        a = w @ xs[t] + u @ h + b
        i = 1 / (1 + np.exp(-a[:n]))
        f = 1 / (1 + np.exp(-a[n : 2 * n]))
        o = 1 / (1 + np.exp(-a[2 * n : 3 * n]))
        c = f * c + i * np.tanh(a[3 * n :])
        h = o * np.tanh(c)
        hs[t] = h
    return np.sum(hs**2)


def slope(y, k):
    return k * (np.roll(y, 1) - y) - np.sin(y)


def rk4(y, k, dt, steps):
    y = y.copy()
    for _ in range(steps):
        k1 = slope(y, k)
        k2 = slope(y + 0.5 * dt * k1, k)
        k3 = slope(y + 0.5 * dt * k2, k)
        k4 = slope(y + dt * k3, k)
        y += dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return np.sum(y**2)


# ---- as autograd and JAX need them --------------------------------------------------------------


def heat_1d_pure(xp):
    def f(u, c, steps):
        def step(u):
            inner = u[1:-1] + c * (u[2:] - 2 * u[1:-1] + u[:-2])
            return xp.concatenate([u[:1], inner, u[-1:]])

        return xp.sum(repeated(xp, step, u, steps) ** 2)

    return f


def heat_2d_pure(xp):
    def f(u, c, steps):
        def step(u):
            m = u[1:-1, 1:-1]
            around = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2]
            inner = m + c * (around - 4 * m) * (1.0 + 0.1 * m)
            rows = xp.concatenate([u[1:-1, :1], inner, u[1:-1, -1:]], axis=1)
            return xp.concatenate([u[:1], rows, u[-1:]], axis=0)

        return xp.sum(repeated(xp, step, u, steps) ** 2)

    return f


def gauss_seidel_jax(x, b, sweeps):
    n = x.shape[0]

    def visit(i, x):
        new = 0.5 * (x[i - 1] + x[i + 1] + b[i] - 0.1 * x[i] ** 3)
        return x.at[i].set(new)

    def sweep(x):
        return jax.lax.fori_loop(1, n - 1, visit, x)

    return jnp.sum(repeated(jnp, sweep, x, sweeps) ** 2)


def lstm_pure(xp):
    def f(w, u, b, xs):
        n = b.shape[0] // 4

        def step(state, x):
            h, c = state
            a = xp.dot(w, x) + xp.dot(u, h) + b
            i, f, o = (1 / (1 + xp.exp(-a[k * n : (k + 1) * n])) for k in range(3))
            c = f * c + i * xp.tanh(a[3 * n :])
            h = o * xp.tanh(c)
            return (h, c), xp.sum(h**2)

        state = (xp.zeros(n), xp.zeros(n))
        if xp is jnp:
            return jnp.sum(jax.lax.scan(step, state, xs)[1])
        total = 0.0
        for x in xs:
            state, part = step(state, x)
            total = total + part
        return total

    return f


def rk4_pure(xp):
    def f(y, k, dt, steps):
        def slope(y):
            return k * (xp.roll(y, 1) - y) - xp.sin(y)

        def step(y):
            k1 = slope(y)
            k2 = slope(y + 0.5 * dt * k1)
            k3 = slope(y + 0.5 * dt * k2)
            k4 = slope(y + dt * k3)
            return y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

        return xp.sum(repeated(xp, step, y, steps) ** 2)

    return f


def repeated(xp, step, state, count):
    """`step` applied `count` times: a scan under JAX."""
    if xp is jnp:
        return jax.lax.scan(lambda s, _: (step(s), None), state, None, length=count)[0]
    for _ in range(count):
        state = step(state)
    return state


@dataclass(frozen=True)
class Case:
    """A program, what it is rewritten to (None where the tool has no way), and its arguments."""

    label: str
    function: Callable[..., Any]
    for_autograd: Callable[..., Any] | None
    for_jax: Callable[..., Any]
    arguments: tuple[Any, ...]
    wrt: tuple[int, ...]
    static: tuple[int, ...] = ()


def cases() -> list[Case]:
    """The five programs of the issue, at sizes at which they are used."""
    rng = np.random.default_rng(0)
    n = 64
    weights = (rng.normal(size=(4 * n, 32)) / 8, rng.normal(size=(4 * n, n)) / 8)
    lstm_arguments = (*weights, 0.1 * rng.normal(size=4 * n), rng.normal(size=(100, 32)))
    return [
        Case("heat 1-D, 10 000 points, 100 steps", heat_1d, heat_1d_pure(anp), heat_1d_pure(jnp),
             (rng.normal(size=10_000), 0.2, 100), (0,), (2,)),
        Case("heat 2-D, 200 x 200, 50 steps", heat_2d, heat_2d_pure(anp), heat_2d_pure(jnp),
             (rng.normal(size=(200, 200)), 0.1, 50), (0,), (2,)),
        Case("Gauss-Seidel, 1000 points, 10 sweeps", gauss_seidel, None, gauss_seidel_jax,
             (rng.normal(size=1000), rng.normal(size=1000), 10), (0, 1), (2,)),
        Case("LSTM, 64 units, 100 steps", lstm, lstm_pure(anp), lstm_pure(jnp),
             lstm_arguments, (0, 1, 2)),
        Case("RK4, 1000 unknowns, 200 steps", rk4, rk4_pure(anp), rk4_pure(jnp),
             (rng.normal(size=1000), 0.7, 0.01, 200), (0, 1), (3,)),
    ]  # fmt: skip


def contestants(case: Case) -> dict[str, Callable[[], Any]]:
    """Primal and gradients, after all gradients have been found equal to 1e-8."""
    arguments = case.arguments
    copies = tuple(a.copy() if isinstance(a, np.ndarray) else a for a in arguments)
    ours = s2sad.grad(case.function, argnums=case.wrt)
    compiled = jax.jit(jax.grad(case.for_jax, case.wrt), static_argnums=case.static)
    on_device = [a if i in case.static else jax.numpy.asarray(a) for i, a in enumerate(arguments)]
    expected = ours(*arguments)
    others = [compiled(*on_device)]
    found = {
        "primal": lambda: case.function(*copies),
        "s2sad": lambda: ours(*arguments),
    }
    if case.for_autograd is not None:
        theirs = autograd.grad(case.for_autograd, case.wrt)
        others.append(theirs(*arguments))
        found["autograd"] = lambda: theirs(*arguments)
    found["jax.jit"] = lambda: jax.block_until_ready(compiled(*on_device))
    for result in others:
        for a, b in zip(result, expected, strict=True):
            assert np.max(np.abs(np.asarray(a) - b)) <= 1e-8 * max(1.0, np.max(np.abs(b)))
    return found


# ---- growth -------------------------------------------------------------------------------------


def sum_of_squares(x, n):
    s = 0.0
    for i in range(n):
        s += x[i] ** 2
    return s


def filled(x, n):
    y = np.zeros(n)
    for i in range(n):
        y[i] = np.sin(x[i]) * x[i]
    return np.sum(y**2)


def growth() -> list[list[str]]:
    """Time and peak memory of two gradients that should be linear in n."""
    rows = []
    for f in (sum_of_squares, filled):
        for n in (1_000, 10_000, 100_000):
            x = np.random.default_rng(1).normal(size=n)
            gradient = s2sad.grad(f)
            gradient(x, n)
            start = time.perf_counter()
            gradient(x, n)
            seconds = time.perf_counter() - start
            tracemalloc.start()
            gradient(x, n)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            label = f"{f.__name__}, n = {n}"
            rows.append([label, f"{1e6 * seconds / n:.3f}", f"{peak / n:.0f}"])
    return rows


def peak_of_heat() -> list[str]:
    """Peak memory of the gradient of the heat equation in two dimensions."""
    case = cases()[1]
    gradient = s2sad.grad(case.function)
    gradient(*case.arguments)
    tracemalloc.start()
    gradient(*case.arguments)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return [case.label, f"{peak / 2**20:.1f}", f"{case.arguments[0].nbytes / 2**20:.2f}"]


def main() -> None:
    """Measure and print."""
    rows = []
    for case in cases():
        times = interleaved(contestants(case), seconds=0.1)
        shown = [
            f"{1e3 * times[k]:.2f}" if k in times else "-"
            for k in ("primal", "s2sad", "autograd", "jax.jit")
        ]
        rows.append([case.label, *shown, f"{times['s2sad'] / times['primal']:.2f}"])
    table(["gradient, ms", "primal", "s2sad", "autograd", "jax.jit", "ratio"], rows)
    print()
    table(["growth", "µs / n", "peak bytes / n"], growth())
    print()
    table(["peak of the gradient", "MiB", "MiB of u"], [peak_of_heat()])


if __name__ == "__main__":
    on_one_core("tests.benchmarks.imperative")
    main()

"""What a call costs besides the arithmetic: a scalar gradient, and one of a dict of four arrays.

Of compiled gradients, what is spent beyond Numba's own dispatch: of one number, and of ten arrays.

python -m tests.benchmarks.overhead
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy
import jax
import jax.numpy
import numpy as np

import s2sad
from tests.benchmarks.timing import interleaved, on_one_core, table, with_numpy

jax.config.update("jax_enable_x64", True)


def scalar(x):
    return 10 * np.log(1 + np.exp(-2 * x))


def dictionary(p):
    return np.sum(p["a"] * p["b"]) + np.sum(p["c"] * p["d"])


FOUR = {name: np.arange(1.0, 4.0) * (k + 1) for k, name in enumerate("abcd")}


def contestants(function: Callable[..., Any], argument: Any) -> dict[str, Callable[[], Any]]:
    """The compiled gradient of each tool at one argument, after agreement has been checked."""
    ours = s2sad.grad(function)
    theirs = autograd.grad(with_numpy(function, autograd.numpy))
    compiled = jax.jit(jax.grad(with_numpy(function, jax.numpy)))
    on_device = jax.tree.map(jax.numpy.asarray, argument)
    expected = jax.tree.leaves(compiled(on_device))
    for gradient in (ours, theirs):
        for a, b in zip(jax.tree.leaves(gradient(argument)), expected, strict=True):
            assert np.max(np.abs(a - np.asarray(b))) <= 1e-8
    return {
        "s2sad": lambda: ours(argument),
        "jax.jit": lambda: jax.block_until_ready(compiled(on_device)),
        "autograd": lambda: theirs(argument),
        "function itself": lambda: function(argument),
    }


def square(x):
    return 10.0 * x * x + x


def products(a, b, c, d, e, f, g, h, i, j):
    return np.sum(a * b + c * d + e * f + g * h + i * j)


def compiled(function: Callable[..., Any], *arguments: Any) -> dict[str, Callable[[], Any]]:
    """The compiled gradient, and its kernel called by itself."""
    gradient = s2sad.grad(function, backend="numba")
    gradient(*arguments)
    found = gradient.__wrapped__.__globals__
    kernel = next(k for name, k in found.items() if name.endswith("_loops"))
    (signature,) = kernel.nopython_signatures
    given = arguments[: len(signature.args)]
    return {"s2sad": lambda: gradient(*arguments), "its kernel": lambda: kernel(*given)}


def main() -> None:
    """Measure and print."""
    rows = []
    for label, function, argument in (
        ("scalar", scalar, 0.5),
        ("dict of four arrays", dictionary, FOUR),
    ):
        times = interleaved(contestants(function, argument))
        micro = [f"{1e6 * seconds:.2f}" for seconds in times.values()]
        rows.append([label, *micro, f"{times['s2sad'] / times['jax.jit']:.2f}"])
    table(
        ["gradient, µs a call", "s2sad", "jax.jit", "autograd", "function itself", "s2sad/jax"],
        rows,
    )
    rows = []
    for label, function, arguments in (
        ("one number", square, (0.5,)),
        ("ten arrays", products, tuple(np.ones(3) + k for k in range(10))),
    ):
        times = interleaved(compiled(function, *arguments))
        ours, kernel = (1e6 * seconds for seconds in times.values())
        rows.append([label, f"{ours:.2f}", f"{kernel:.2f}", f"{ours - kernel:.2f}"])
    table(["compiled gradient, µs a call", "s2sad", "its kernel", "beyond"], rows)


if __name__ == "__main__":
    on_one_core("tests.benchmarks.overhead")
    main()

"""What a problem of the benchmark is: a module of `tests.benchmarks.problems`, read into one value.

A module has
    FUNCTION     the function, in NumPy as a scientist writes it
    WRT          the arguments that the derivative is taken for
    KIND         "gradient", "jacobian" or "hessian_diagonal" (default "gradient")
    SIZES        label -> keyword arguments of `arguments`; "small" is for the tests
    arguments    makes a fresh tuple of arguments
    primal       the function as loops, compiled by Numba
    adjoint      its derivative by hand, compiled by Numba: a tuple, one for each of WRT; for
                 "hessian_diagonal" the pair of the gradient and the Hessian times ones, for WRT[0]
    STATIC       arguments that JAX has to know when it compiles (default none)
    in_jax, in_torch, in_autograd
                 make the same function for a peer; or JAX, TORCH, AUTOGRAD give the reason why not
and, where they are needed,
    derivative_by_s2sad(backend), derivative_in_jax, derivative_in_torch, derivative_in_autograd
                 make a function with the result of `adjoint`, where that is not the plain gradient,
                 Jacobian (`jacfwd`, dense) or Hessian diagonal of the function; JAX compiles it
    columns      of the arguments: how many columns of a Jacobian are computed; the default is the
                 number of elements of WRT
    REFUSED      a part of the message with which s2sad refuses the function so far
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.benchmarks import problems

PEERS = ("jax", "torch", "autograd")
KINDS = ("gradient", "jacobian", "hessian_diagonal")
SMALL = "small"


@dataclass(frozen=True)
class Problem:
    """A problem; fields as above, those that are functions of a tool by the tool's name."""

    name: str
    function: Callable[..., Any]
    wrt: tuple[int, ...]
    kind: str
    sizes: Mapping[str, Mapping[str, Any]]
    make_arguments: Callable[..., tuple[Any, ...]]
    primal: Callable[..., Any]
    adjoint: Callable[..., Any]
    static: tuple[int, ...]
    functions: Mapping[str, Callable[[], Callable[..., Any]]]
    derivatives: Mapping[str, Callable[..., Callable[..., Any]]]
    unwritten: Mapping[str, str]
    count_columns: Callable[..., int] | None
    refused: str

    def arguments(self, size: str) -> tuple[Any, ...]:
        """Fresh arguments of a size."""
        return self.make_arguments(**self.sizes[size])

    def measured_sizes(self) -> list[str]:
        """All sizes but that of the tests."""
        return [size for size in self.sizes if size != SMALL]

    def columns(self, arguments: tuple[Any, ...]) -> int:
        """How many derivatives of the function's cost the result stands for."""
        if self.kind != "jacobian":
            return 1
        if self.count_columns is not None:
            return self.count_columns(*arguments)
        return sum(leaf.size for i in self.wrt for leaf in leaves(arguments[i]))


def names() -> list[str]:
    """All problems."""
    return sorted(module.name for module in pkgutil.iter_modules(problems.__path__))


def load(name: str) -> Problem:
    """The problem of a module."""
    module = importlib.import_module(f"{problems.__name__}.{name}")
    kind = getattr(module, "KIND", "gradient")
    assert kind in KINDS, kind
    by_hook = {"s2sad": "derivative_by_s2sad", **{p: f"derivative_in_{p}" for p in PEERS}}
    problem = Problem(
        name=name,
        function=module.FUNCTION,
        wrt=module.WRT,
        kind=kind,
        sizes=module.SIZES,
        make_arguments=module.arguments,
        primal=module.primal,
        adjoint=module.adjoint,
        static=getattr(module, "STATIC", ()),
        functions={p: getattr(module, f"in_{p}") for p in PEERS if hasattr(module, f"in_{p}")},
        derivatives={t: getattr(module, h) for t, h in by_hook.items() if hasattr(module, h)},
        unwritten={p: getattr(module, p.upper(), "") for p in PEERS},
        count_columns=getattr(module, "columns", None),
        refused=getattr(module, "REFUSED", ""),
    )
    for peer in PEERS:
        written = peer in problem.functions or peer in problem.derivatives
        assert written != bool(problem.unwritten[peer]), (
            f"{name}: {peer} is written or has a reason"
        )
    return problem


def leaves(tree: Any) -> list[np.ndarray]:
    """The arrays in tuples, lists and dicts, in order; numbers are arrays of rank 0."""
    if isinstance(tree, dict):
        tree = [tree[key] for key in sorted(tree)]
    if isinstance(tree, tuple | list):
        return [leaf for part in tree for leaf in leaves(part)]
    return [np.asarray(tree)]


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """The same tree with every array replaced by the function of it; other leaves stay."""
    if isinstance(tree, dict):
        return {key: mapped(function, part) for key, part in tree.items()}
    if isinstance(tree, tuple | list):
        return type(tree)(mapped(function, part) for part in tree)
    return function(tree) if isinstance(tree, np.ndarray) else tree


def copied(arguments: Any) -> Any:
    """Arguments that may be written to."""
    return mapped(np.copy, arguments)


def disagreement(found: Any, expected: Any, tolerance: float = 1e-8) -> str:
    """What is wrong with a result: "" where it is equal, relative to the largest elements.

    An array may be off by `tolerance` times its own largest element, and by what rounding leaves of
    the largest element of all where its own derivative is zero.
    """
    ours, theirs = leaves(found), leaves(expected)
    if [a.shape for a in ours] != [b.shape for b in theirs]:
        return f"shapes {[a.shape for a in ours]}, not {[b.shape for b in theirs]}"
    largest = [float(np.max(np.abs(b), initial=0.0)) for b in theirs]
    noise = 1e-14 * max(largest, default=0.0)
    for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        off = float(np.max(np.abs(a - b), initial=0.0))
        if not off <= tolerance * largest[i] + noise:
            return f"result {i} is off by {off:.1e}, the largest element being {largest[i]:.1e}"
    return ""

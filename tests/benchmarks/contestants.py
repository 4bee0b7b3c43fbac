"""The tools that take part: the function without arguments with which each computes a derivative.

A contestant is made from a problem and its arguments; making it converts the arguments to the
tool's own, so that this is not timed.  `Missing` says that a tool is not there.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

import s2sad
from tests.benchmarks.problem import Problem, copied, leaves, mapped

Call = Callable[[], Any]
Arguments = tuple[Any, ...]
Maker = Callable[[Problem, Arguments], Call]


class Missing(Exception):
    """The tool is not installed, or the problem is not written for it; the text says why."""


def installed(name: str) -> ModuleType:
    """A peer's module."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise Missing("") from None


def primal(problem: Problem, arguments: Arguments) -> Call:
    """The compiled loops; on copies, which are then timed with them, if they write to arguments."""
    mine = copied(arguments)
    problem.primal(*mine)
    if all(np.array_equal(a, b) for a, b in zip(leaves(mine), leaves(arguments), strict=True)):
        return lambda: problem.primal(*arguments)
    return lambda: problem.primal(*copied(arguments))


def by_hand(problem: Problem, arguments: Arguments) -> Call:
    """The adjoint of the problem."""
    return lambda: problem.adjoint(*arguments)


def s2sad_numpy(problem: Problem, arguments: Arguments) -> Call:
    """The generated NumPy code."""
    return _generated(problem, arguments, "numpy")


def s2sad_numba(problem: Problem, arguments: Arguments) -> Call:
    """The generated compiled code."""
    return _generated(problem, arguments, "numba")


def _generated(problem: Problem, arguments: Arguments, backend: str) -> Call:
    if "s2sad" in problem.derivatives:
        derivative = problem.derivatives["s2sad"](backend)
    elif problem.kind == "hessian_diagonal":
        return _generated_diagonal(problem, arguments, backend)
    elif problem.kind == "jacobian":
        derivative = s2sad.jacfwd(problem.function, problem.wrt, backend=backend)
    else:
        derivative = s2sad.grad(problem.function, problem.wrt, backend=backend)
    return lambda: derivative(*arguments)


def _generated_diagonal(problem: Problem, arguments: Arguments, backend: str) -> Call:
    """Gradient and Hessian times ones: from one pass of forward over reverse, where `jvp` can."""
    i = problem.wrt[0]
    derivative = s2sad.grad(problem.function, i, backend=backend)
    before, after = arguments[:i], arguments[i + 1 :]
    ones = np.ones_like(arguments[i])

    def gradient(x: Any) -> Any:
        return derivative(*before, x, *after)

    if backend == "numpy":
        return lambda: s2sad.jvp(gradient, (arguments[i],), (ones,))
    product = s2sad.hvp(problem.function, i, backend=backend)  # `jvp` takes no backend
    return lambda: (derivative(*arguments), product(*arguments, ones))


def in_jax(problem: Problem, arguments: Arguments) -> Call:
    """JAX, compiled, in double precision."""
    _written("jax", problem)
    jax = installed("jax")
    jax.config.update("jax_enable_x64", True)
    if "jax" in problem.derivatives:
        derivative = problem.derivatives["jax"]()
    elif problem.kind == "hessian_diagonal":
        derivative = _jax_diagonal(jax, problem)
    else:
        operator = jax.grad if problem.kind == "gradient" else jax.jacfwd
        derivative = operator(problem.functions["jax"](), problem.wrt)
    compiled = jax.jit(derivative, static_argnums=problem.static)
    converted = [
        argument if i in problem.static else _on_device(jax, argument, i in problem.wrt)
        for i, argument in enumerate(arguments)
    ]
    return lambda: jax.block_until_ready(compiled(*converted))


def _on_device(jax: Any, argument: Any, active: bool) -> Any:
    argument = float(argument) if active and np.ndim(argument) == 0 else argument
    return jax.tree.map(jax.numpy.asarray, argument)


def _jax_diagonal(jax: Any, problem: Problem) -> Callable[..., Any]:
    """Gradient and Hessian times ones, from one pass of forward over reverse."""
    function, i = problem.functions["jax"](), problem.wrt[0]

    def derivative(*arguments: Any) -> Any:
        def gradient(x: Any) -> Any:
            return jax.grad(function, i)(*arguments[:i], x, *arguments[i + 1 :])

        return jax.jvp(gradient, (arguments[i],), (jax.numpy.ones_like(arguments[i]),))

    return derivative


def in_torch(problem: Problem, arguments: Arguments) -> Call:
    """PyTorch, eager, on one thread."""
    _written("torch", problem)
    torch = installed("torch")
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    plain = mapped(lambda a: torch.from_numpy(a.copy()), arguments)
    if "torch" in problem.derivatives:
        derivative = problem.derivatives["torch"]()
        return lambda: derivative(*plain)
    function = problem.functions["torch"]()
    if problem.kind == "jacobian":
        return lambda: torch.func.jacfwd(function, problem.wrt)(*plain)
    if problem.kind == "hessian_diagonal":
        return _torch_diagonal(torch, function, plain, problem.wrt[0])
    active: list[Any] = []
    tracked = tuple(
        _tracked(torch, argument, active) if i in problem.wrt else argument
        for i, argument in enumerate(plain)
    )

    def gradient() -> Any:
        return torch.autograd.grad(
            function(*tracked), active, allow_unused=True, materialize_grads=True
        )

    return gradient


def _tracked(torch: Any, argument: Any, active: list[Any]) -> Any:
    """An active argument with its tensors noted down, in the order of `leaves`."""
    if isinstance(argument, dict):
        return {key: _tracked(torch, argument[key], active) for key in sorted(argument)}
    if isinstance(argument, tuple | list):
        return type(argument)(_tracked(torch, part, active) for part in argument)
    active.append(torch.as_tensor(argument, dtype=torch.float64).requires_grad_())
    return active[-1]


def _torch_diagonal(torch: Any, function: Callable[..., Any], plain: Any, i: int) -> Call:
    """Gradient and Hessian times ones, reverse over reverse as eager code does it."""
    x = plain[i].requires_grad_()
    ones = torch.ones_like(x)

    def diagonal() -> Any:
        value = function(*plain[:i], x, *plain[i + 1 :])
        (gradient,) = torch.autograd.grad(value, x, create_graph=True)
        (product,) = torch.autograd.grad(gradient, x, ones)
        return gradient.detach(), product

    return diagonal


def in_autograd(problem: Problem, arguments: Arguments) -> Call:
    """HIPS autograd."""
    _written("autograd", problem)
    autograd = installed("autograd")
    if "autograd" in problem.derivatives:
        derivative = problem.derivatives["autograd"]()
        return lambda: derivative(*arguments)
    function = problem.functions["autograd"]()
    if problem.kind == "jacobian":
        each = [autograd.jacobian(function, i) for i in problem.wrt]
        return lambda: tuple(jacobian(*arguments) for jacobian in each)
    if problem.kind == "hessian_diagonal":
        gradient = autograd.grad(function, problem.wrt[0])
        product = autograd.hessian_vector_product(function, problem.wrt[0])
        ones = np.ones_like(arguments[problem.wrt[0]])
        return lambda: (gradient(*arguments), product(*arguments, ones))
    derivative = autograd.grad(function, problem.wrt)
    return lambda: derivative(*arguments)


def _written(peer: str, problem: Problem) -> None:
    if problem.unwritten[peer]:
        raise Missing(problem.unwritten[peer])


CONTESTANTS: dict[str, Maker] = {
    "primal": primal,
    "by hand": by_hand,
    "s2sad numba": s2sad_numba,
    "s2sad numpy": s2sad_numpy,
    "jax.jit": in_jax,
    "torch": in_torch,
    "autograd": in_autograd,
}
"""All, in the order of the table; the yardstick of the results is "by hand"."""

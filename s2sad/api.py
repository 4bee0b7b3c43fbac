"""The public operators, with JAX's conventions."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any, TypeVar

from s2sad.custom import checkpoint
from s2sad.derivative import Derivative
from s2sad.errors import ArgumentError, BackendMissing
from s2sad.frontend.request import OPERATORS
from s2sad.matching import match, select

T = TypeVar("T")

BACKENDS = ("numpy", "numba")


def grad(
    fun: Callable[..., Any] | None = None,
    argnums: int | str | Sequence[int | str] = 0,
    has_aux: bool = False,
    check: bool | None = None,
    *,
    holomorphic: bool = False,
    backend: str = "numpy",
) -> Any:
    """The gradient of a function with one number as its output, in reverse mode.

    fun: the function, or None for a decorator; a builtin such as `np.sin`, a method, a
        `functools.partial` or another derivative will do.  Its source must be at hand.
    argnums: which argument to differentiate with respect to: its position (-1 is the last), its
        name, or a tuple of them.  In the body of a class `self` is argument 0.
    has_aux: `fun` returns (value, aux), and the gradient function (gradient, aux).
    check: compare the first call of each signature with forward mode and with a numeric derivative,
        and raise CheckFailed, which names the statement; None leaves it to S2SAD_CHECK=1 or 0.
    holomorphic: the output may be complex, and the result is the complex derivative.  Without it
        the gradient with respect to a complex x + iy is df/dx - i df/dy, as in JAX.
    backend: "numpy", or "numba": loops that Numba compiles, where it can.

    Returns a function of the same arguments.  Its result has the structure, shapes and dtypes of
    the argument (numbers, arrays, and tuples, lists, dicts, namedtuples and dataclasses of them);
    for a tuple of argnums it is a tuple.  What is in it is compiled at the first call with a
    signature; its `source` attribute is the generated code.

    Raises ArgumentError (a TypeError) where the argument is an integer, a bool, a string or no
    array; ArgumentIndexError (a ValueError) where `argnums` names no argument; OutputError (a
    TypeError) where the output is not one number; Unsupported and NoRule where the function does
    what cannot be differentiated.  An exception of the function itself passes unchanged.

    >>> def f(x, y):
    ...     return x * x * y
    >>> grad(f)(3.0, 2.0)
    12.0
    >>> grad(f, ("y", "x"))(3.0, y=2.0)
    (9.0, 12.0)
    """
    return _operator("grad", fun, argnums, has_aux, check, holomorphic, backend)


def value_and_grad(
    fun: Callable[..., Any] | None = None,
    argnums: int | str | Sequence[int | str] = 0,
    has_aux: bool = False,
    check: bool | None = None,
    *,
    holomorphic: bool = False,
    backend: str = "numpy",
) -> Any:
    """The function's value and its gradient, computed together.

    Arguments and errors are those of `grad`.  Returns a function whose result is (value, gradient),
    or ((value, aux), gradient) with `has_aux`.

    >>> def f(x):
    ...     return x * x
    >>> value_and_grad(f)(3.0)
    (9.0, 6.0)
    """
    return _operator("value_and_grad", fun, argnums, has_aux, check, holomorphic, backend)


def jacfwd(
    fun: Callable[..., Any] | None = None,
    argnums: int | str | Sequence[int | str] = 0,
    has_aux: bool = False,
    check: bool | None = None,
    *,
    holomorphic: bool = False,
    backend: str = "numpy",
) -> Any:
    """The Jacobian, column by column in forward mode: for functions with few inputs.

    Arguments and errors are those of `grad`, but the output may be an array or a structure.
    Returns a function whose result has, for an output of shape (m,) and an argument of shape (n,),
    the shape (m, n); in general the shape of the output followed by that of the argument, in the
    structure of the output with that of the argument inside.

    >>> import numpy as np
    >>> def f(x):
    ...     return x * x
    >>> jacfwd(f)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    return _operator("jacfwd", fun, argnums, has_aux, check, holomorphic, backend)


def jacrev(
    fun: Callable[..., Any] | None = None,
    argnums: int | str | Sequence[int | str] = 0,
    has_aux: bool = False,
    check: bool | None = None,
    *,
    holomorphic: bool = False,
    backend: str = "numpy",
) -> Any:
    """The Jacobian, row by row in reverse mode: for functions with few outputs.

    As `jacfwd` otherwise.  `jacobian` is another name of it.

    >>> import numpy as np
    >>> def f(x):
    ...     return x[0] * x
    >>> jacrev(f)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [2., 1.]])
    """
    return _operator("jacrev", fun, argnums, has_aux, check, holomorphic, backend)


jacobian = jacrev


def hessian(
    fun: Callable[..., Any] | None = None,
    argnums: int | str | Sequence[int | str] = 0,
    has_aux: bool = False,
    check: bool | None = None,
    *,
    holomorphic: bool = False,
    backend: str = "numpy",
) -> Any:
    """The matrix of second derivatives of a function with one number as its output.

    Arguments and errors are those of `grad`.  Returns a function whose result has, for an argument
    of shape (n,), the shape (n, n); for a tuple of argnums it is a tuple of tuples of blocks.

    >>> def f(x):
    ...     return x * x * x
    >>> hessian(f)(2.0)
    12.0
    """
    return _operator("hessian", fun, argnums, has_aux, check, holomorphic, backend)


def hvp(
    fun: Callable[..., Any] | None = None,
    argnums: int | str | Sequence[int | str] = 0,
    check: bool | None = None,
    *,
    backend: str = "numpy",
) -> Any:
    """The Hessian times a vector, at the cost of a few evaluations: forward over reverse.

    Arguments and errors are those of `grad`.  Returns a function that takes the arguments of `fun`
    and then, as the last positional argument, the vector: of the structure, shapes and dtypes of
    the argument one differentiates with respect to (a tuple of them for a tuple of argnums).
    Its result is like the vector.

    >>> def f(x, k):
    ...     return k * x * x * x
    >>> hvp(f)(2.0, 10.0, 1.0)
    120.0
    """
    return _operator("hvp", fun, argnums, False, check, False, backend)


def vjp(
    fun: Callable[..., Any], *primals: Any, has_aux: bool = False, check: bool | None = None
) -> Any:
    """The output of `fun` and its pullback: cotangents of the output to those of the primals.

    Returns (out, pullback), or (out, pullback, aux) where `fun` returns (out, aux) and `has_aux`
    is set.  `pullback(cotangent)` takes a cotangent of the structure, shapes and dtypes of `out`
    and returns a tuple with one cotangent per primal; it may be called any number of times.

    Raises ArgumentError where a primal, or later the cotangent, does not fit; and what `grad` does.

    >>> def f(x, y):
    ...     return x * y
    >>> out, pullback = vjp(f, 3.0, 2.0)
    >>> out, pullback(1.0)
    (6.0, (2.0, 3.0))
    """
    derivative = _of_all("vjp", fun, primals, has_aux, check)
    values = derivative.bind(*primals)
    compiled = derivative.select(values)
    out, kept, *aux = compiled.call(*values)
    return (out, Pullback(compiled.extra["pullback"], kept, out), *aux)


def jvp(
    fun: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    has_aux: bool = False,
    check: bool | None = None,
    *,
    backend: str = "numpy",
) -> Any:
    """The output of `fun` and its derivative in the direction of the tangents, in forward mode.

    primals, tangents: tuples with one item per argument; each tangent has the structure, shapes
    and dtypes of its primal (a Python number will do for a number).

    Returns (out, tangent of out), or with `has_aux` (out, tangent of out, aux).

    Raises ArgumentError where a tangent does not fit its primal; and what `grad` does.

    >>> def f(x, y):
    ...     return x * y
    >>> jvp(f, (3.0, 2.0), (1.0, 0.0))
    (6.0, 2.0)
    """
    for name, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, tuple | list):
            raise ArgumentError(
                f"jvp takes {name} as a tuple, not as a {type(given).__name__}",
                "give one item per argument: jvp(f, (x,), (x_dot,))",
            )
    derivative = _of_all("jvp", fun, tuple(primals), has_aux, check, backend)
    values = derivative.bind(*primals)
    compiled = derivative.select(values)
    wrt = select(derivative.request, values)
    return compiled.call(*values, match(wrt, tuple(tangents), "tangents"))


class Pullback:
    """The linear function from a cotangent of the output to cotangents of the primals."""

    def __init__(self, pull: Callable[..., Any], kept: Any, out: Any) -> None:
        self._pull, self._kept, self._out = pull, kept, out

    def __call__(self, cotangent: Any) -> tuple[Any, ...]:
        """A tuple with one cotangent per primal; `cotangent` fits the output of the function."""
        given = match(self._out, cotangent, "the cotangent")
        pulled: tuple[Any, ...] = self._pull(self._kept, given)
        return pulled


def stop_gradient(x: T) -> T:
    """`x` itself, through which no derivative flows: constant to every operator.

    `x` may be any structure of numbers and arrays.

    >>> def f(x):
    ...     return x * stop_gradient(x)
    >>> grad(f)(3.0)
    3.0
    """
    return x


def _operator(
    kind: str, fun: Any, argnums: Any, has_aux: bool, check: bool | None,
    holomorphic: bool = False, backend: str = "numpy",
) -> Any:  # fmt: skip
    """A derivative; or, without a function, the decorator that makes one."""
    options = chosen(backend)
    options += (("holomorphic", True),) if holomorphic else ()
    if fun is None:
        return lambda fun: Derivative(fun, kind, argnums, has_aux, options, check)
    return Derivative(fun, kind, argnums, has_aux, options, check)


def chosen(backend: str) -> tuple[tuple[str, Any], ...]:
    """The options that ask for a backend, which must be there."""
    if backend not in BACKENDS:
        raise ArgumentError(f"backend {backend!r}", f"use one of {', '.join(map(repr, BACKENDS))}")
    if backend == "numba" and importlib.util.find_spec("numba") is None:
        raise BackendMissing("Numba is not installed", 'install it: pip install "s2sad[numba]"')
    return (("backend", backend),) if backend != "numpy" else ()


def _of_all(
    kind: str, fun: Any, primals: tuple[Any, ...], has_aux: bool, check: bool | None,
    backend: str = "numpy",
) -> Derivative:  # fmt: skip
    if not primals:
        raise ArgumentError(f"{kind} without primals", "give the values at which to differentiate")
    n = len(primals)
    if isinstance(fun, FunctionType) and fun.__closure__ is None:
        return _remembered(kind, fun, n, has_aux, check, backend)
    return Derivative(fun, kind, tuple(range(n)), has_aux, chosen(backend), check)


@functools.lru_cache(maxsize=64)
def _remembered(
    kind: str, fun: FunctionType, n: int, has_aux: bool, check: bool | None, backend: str
) -> Derivative:
    """One derivative for all calls of `vjp` with a function that keeps nothing else alive."""
    return Derivative(fun, kind, tuple(range(n)), has_aux, chosen(backend), check)


OPERATORS.update(
    {operator: operator.__name__ for operator in (grad, value_and_grad, jacfwd, jacrev)}
)
OPERATORS.update({operator: operator.__name__ for operator in (hessian, hvp, vjp, jvp)})
OPERATORS[stop_gradient] = "stop_gradient"
OPERATORS[checkpoint] = "checkpoint"

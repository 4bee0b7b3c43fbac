"""Functions that state their own derivative, and functions that are evaluated again."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from types import MethodType
from typing import Any, TypeVar

from s2sad.errors import ArgumentError, ArgumentIndexError
from s2sad.frontend.parameters import Customized

F = TypeVar("F", bound=Callable[..., Any])


class _Wrapper(Customized):
    """A function with its name, docstring and signature; called plainly it is the function."""

    __name__: str
    __qualname__: str

    def __init__(self, fun: Callable[..., Any], nondiff_argnums: Sequence[int] = ()) -> None:
        if not callable(fun):
            raise ArgumentError(f"{fun!r} is not a function", "decorate a function")
        given = (nondiff_argnums,) if isinstance(nondiff_argnums, int) else tuple(nondiff_argnums)
        if any(isinstance(i, bool) or not isinstance(i, int) or i < 0 for i in given):
            raise ArgumentIndexError(
                f"nondiff_argnums is {nondiff_argnums!r}", "give positions: 0, 1, ..."
            )
        self.fun = fun
        self.nondiff = given
        self.rules: dict[Any, Any] = {}
        self.__name__ = self.__qualname__ = type(fun).__name__  # where `fun` has no name
        functools.update_wrapper(self, fun, updated=())

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return self.fun(*args, **kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """A method, where the function stands in the body of a class."""
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.__qualname__}>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        """By name where a module or class has this very object, else what it is made of."""
        found: Any = sys.modules.get(getattr(self, "__module__", None) or "")
        for part in self.__qualname__.split("."):
            found = getattr(found, part, None)
        if found is self:
            return str(self.__qualname__)
        return _restored, (type(self), self.fun, self.nondiff, self.kind, self.rules)


def _restored(
    cls: type[_Wrapper], fun: Any, nondiff: tuple[int, ...], kind: str, rules: dict[Any, Any]
) -> _Wrapper:
    made = cls(fun, nondiff)
    made.kind, made.rules = kind, rules
    return made


class custom_vjp(_Wrapper):
    """A function whose derivative in reverse mode is stated by `defvjp`, with JAX's conventions.

    Use it as a decorator: `@custom_vjp`, or `@functools.partial(custom_vjp, nondiff_argnums=(0,))`.

    nondiff_argnums: positions of arguments that are no part of the derivative.  They come first in
        the arguments of `bwd`; a derivative with respect to one of them is refused.

    >>> @custom_vjp
    ... def double(x):
    ...     return 2.0 * x
    >>> double.defvjp(lambda x: (double(x), None), lambda residuals, g: (2.0 * g,))
    >>> double(3.0)
    6.0
    """

    kind = "vjp"

    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any]) -> None:
        """State the derivative.

        fwd: takes the arguments of the function and returns (out, residuals): its value, and any
            structure of what `bwd` needs.
        bwd: `bwd(*nondiff, residuals, cotangent)` returns a tuple with one cotangent for each
            other argument, of its structure and shapes; None stands for zero.
        """
        self.rules = {"fwd": _function(fwd, "fwd"), "bwd": _function(bwd, "bwd")}


class custom_jvp(_Wrapper):
    """A function whose derivative in forward mode is stated by `defjvp`, with JAX's conventions.

    Reverse mode follows: the tangent is linear in the tangents of the arguments, and is transposed.
    `nondiff_argnums` as for `custom_vjp`.

    >>> @custom_jvp
    ... def double(x):
    ...     return 2.0 * x
    >>> @double.defjvp
    ... def double_jvp(primals, tangents):
    ...     return double(*primals), 2.0 * tangents[0]
    >>> double(3.0)
    6.0
    """

    kind = "jvp"

    def defjvp(self, jvp: F) -> F:
        """State the derivative: `jvp(*nondiff, primals, tangents)` returns (out, tangent of out).

        primals and tangents are tuples with one item for each other argument.
        """
        self.kind, self.rules = "jvp", {"jvp": _function(jvp, "jvp")}
        return jvp

    def defjvps(self, *jvps: Callable[..., Any] | None) -> None:
        """State the derivative argument by argument: `jvp(tangent, out, *primals)`, None for zero.

        The tangent of the result is their sum.
        """
        if self.nondiff:
            raise ArgumentError("defjvps knows no nondiff_argnums", "use defjvp")
        given = {i: _function(j, f"jvp {i}") for i, j in enumerate(jvps) if j is not None}
        self.kind, self.rules = "jvps", given


class Checkpointed(_Wrapper):
    """A function that reverse mode evaluates again; see `checkpoint`."""

    kind = "checkpoint"


def checkpoint(fun: Callable[..., Any]) -> Any:
    """`fun`, of which reverse mode keeps the arguments alone and evaluates the rest again.

    What backward reads is then not kept from one end of the program to the other: a loop over a
    checkpointed step keeps one state a trip.  It costs one more evaluation of `fun`.  The values
    are the same; in forward mode, and called plainly, it is `fun`.

    What `fun` prints or raises happens once.  A function that draws random numbers, or reads the
    result of a call that has neither source nor rule, is refused in reverse mode.

    >>> step = checkpoint(lambda x: x * x)
    >>> step(3.0)
    9.0
    """
    return Checkpointed(fun)


def _function(f: Any, what: str) -> Any:
    if not callable(f):
        raise ArgumentError(f"{what} is {f!r}, which is not a function", "pass a function")
    return f

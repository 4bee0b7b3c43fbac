"""The parameters of whatever can be called, and binding a call to them as Python itself does."""

from __future__ import annotations

import contextlib
import functools
import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from s2sad.errors import ArgumentError, SourceUnavailable


@dataclass(frozen=True)
class Parameters:
    """The parameters of a function, in the order of its signature.

    positional: how many an integer argnum can name; the first `positional_only` take no keyword.
    varargs, varkw: indices of `*args` and `**kwargs`, or None; what is left is keyword-only.
    defaults, kwdefaults: as in a function.
    vector: the last parameter is the vector of an "hvp", the last positional argument of a call.
    """

    names: tuple[str, ...]
    positional: int
    positional_only: int = 0
    varargs: int | None = None
    varkw: int | None = None
    vector: bool = False
    qualname: str = ""
    defaults: tuple[Any, ...] | None = field(default=None, compare=False)
    kwdefaults: Mapping[str, Any] | None = field(default=None, compare=False)

    def with_vector(self) -> Parameters:
        """The same parameters, and a vector that comes last in every call."""
        name = "v"
        while name in self.names:
            name += "_"
        return replace(self, names=(*self.names, name), vector=True)

    def countable(self) -> tuple[int, ...]:
        """Indices of the parameters an integer argnum can name, without the items of `*args`."""
        vector = (len(self.names) - 1,) if self.vector else ()
        return (*range(self.positional), *vector)

    def bind(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """One value per parameter: a tuple for `*args`, a dict for `**kwargs`.

        Raises the TypeError that a call of the function itself would raise.
        """
        if self.vector:
            return self._bind_vector(args, kwargs)
        values: tuple[Any, ...] = self._binder(*args, **kwargs)
        return values

    @functools.cached_property
    def _binder(self) -> Callable[..., Any]:
        names = "".join(name + ", " for name in self.names)
        return define(self, f"    return ({names})", {})

    @functools.cached_property
    def _without_vector(self) -> Parameters:
        return replace(self, names=self.names[:-1], vector=False)

    def _bind_vector(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        name = self.names[-1]
        if name in kwargs:
            vector = kwargs.pop(name)
        elif args:
            *args, vector = args  # type: ignore[assignment]
        else:
            raise TypeError(f"{self.qualname}() missing 1 required positional argument: '{name}'")
        return (*self._without_vector.bind(*args, **kwargs), vector)


# ---- reading the parameters --------------------------------------------------------------------


def parameters_of(function: Any) -> Parameters:
    """The parameters of a plain function or of a builtin.

    Raises ArgumentError where they cannot be known.
    """
    if isinstance(function, types.FunctionType):
        return _of_code(function)
    if isinstance(function, Customized):
        return parameters_of(function.fun)
    name = getattr(function, "__name__", type(function).__name__)
    if isinstance(function, np.ufunc):
        names = ("x",) if function.nin == 1 else tuple(f"x{i + 1}" for i in range(function.nin))
        return Parameters(names, len(names), len(names), qualname=name)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            f"the parameters of {function!r} are not known",
            "wrap it in a function of your own: lambda x: f(x)",
        ) from error
    return _of_signature(signature, name)


def _of_code(function: types.FunctionType) -> Parameters:
    code = function.__code__
    n, k = code.co_argcount, code.co_kwonlyargcount
    names = list(code.co_varnames[:n])
    rest = list(code.co_varnames[n + k :])
    varargs = varkw = None
    if code.co_flags & inspect.CO_VARARGS:
        varargs = n
        names.append(rest.pop(0))
    names += code.co_varnames[n : n + k]
    if code.co_flags & inspect.CO_VARKEYWORDS:
        varkw = len(names)
        names.append(rest.pop(0))
    return Parameters(
        tuple(names),
        n,
        code.co_posonlyargcount,
        varargs,
        varkw,
        qualname=function.__qualname__,
        defaults=function.__defaults__,
        kwdefaults=function.__kwdefaults__,
    )


def _of_signature(signature: inspect.Signature, name: str) -> Parameters:
    """The required positional parameters of a builtin: its options keep their defaults."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    found = [p for p in signature.parameters.values() if p.kind in kinds]
    names = tuple(p.name for p in found if p.default is p.empty)
    only = sum(p.kind is inspect.Parameter.POSITIONAL_ONLY for p in found[: len(names)])
    return Parameters(names, len(names), only, qualname=name)


# ---- what a callable is made of ----------------------------------------------------------------


class Derived:
    """What users hold of a derivative (the base of `Derivative`): a request bound to values."""

    request: Any
    bound: tuple[Any, ...]
    keywords: Mapping[str, Any]


class Customized:
    """What users hold of a function whose derivative is made in a way of its own.

    The base of `custom_vjp`, `custom_jvp` and of checkpointed functions.

    fun: the function itself; a plain call is a call of it.
    kind: "vjp", "jvp", "jvps" or "checkpoint".
    nondiff: positions of the arguments that its rule gets apart, and that have no derivative.
    rules: the functions of its rule, by role: "fwd" and "bwd", or "jvp", or the numbers of "jvps".
    """

    fun: Any
    kind: str
    nondiff: tuple[int, ...]
    rules: dict[Any, Any]


def take_apart(fun: Any) -> tuple[Any, tuple[Any, ...], Mapping[str, Any]]:
    """The function behind a callable, the values bound to its first parameters, and to names.

    Methods, `functools.partial`, `lru_cache` wrappers, static methods, Numba dispatchers and
    objects with a `__call__` written in Python are taken apart; anything else, a derivative too, is
    its own function.
    Raises ArgumentError for what cannot be called, or is a coroutine or generator function.
    """
    bound: tuple[Any, ...] = ()
    keywords: dict[str, Any] = {}
    while not isinstance(fun, types.FunctionType | Derived | Customized | type):
        if isinstance(fun, functools.partial):
            bound = fun.args + bound
            keywords = {**fun.keywords, **keywords}
            fun = fun.func
        elif isinstance(fun, types.MethodType):
            bound = (fun.__self__, *bound)
            fun = fun.__func__
        elif isinstance(fun, staticmethod | functools._lru_cache_wrapper):
            fun = fun.__wrapped__
        elif isinstance(getattr(fun, "py_func", None), types.FunctionType):
            fun = fun.py_func  # compiled by Numba
        elif type(fun).__name__ == "DUFunc" and hasattr(fun, "__wrapped__"):
            fun = fun.__wrapped__  # made by its @vectorize
        elif isinstance(call := getattr(type(fun), "__call__", None), types.FunctionType):  # noqa: B004
            bound = (fun, *bound)
            fun = call
        else:
            break
    _check_callable(fun)
    return fun, bound, keywords


def _check_callable(fun: Any) -> None:
    if not callable(fun):
        raise ArgumentError(
            f"cannot differentiate {fun!r}: it is not a function",
            "pass the function itself: grad(f), not grad(f(x))",
        )
    if isinstance(fun, type):
        raise ArgumentError(
            f"cannot differentiate the class {fun.__qualname__}",
            "differentiate a function that makes an object of it, or one of its methods",
        )
    kinds = {
        "a coroutine function": inspect.iscoroutinefunction,
        "an asynchronous generator": inspect.isasyncgenfunction,
        "a generator": inspect.isgeneratorfunction,
    }
    for kind, test in kinds.items():
        if test(fun):
            _quote_generator(fun)
            raise ArgumentError(
                f"cannot differentiate {fun.__qualname__}: it is {kind}",
                "differentiate a function that returns a value",
            )


def _quote_generator(fun: Any) -> None:
    """Refuse a generator with the line that makes it one, where the source is at hand."""
    from s2sad.frontend.source import read  # not needed by most calls

    with contextlib.suppress(SourceUnavailable):
        read(fun)


# ---- binding -----------------------------------------------------------------------------------


def define(parameters: Parameters, body: str, names: Mapping[str, Any]) -> Callable[..., Any]:
    """A function with these parameters and this body, in which `names` are known.

    Python binds the call, with Python's own speed, defaults and messages.  The text holds nothing
    but the identifiers of the parameters.
    """
    text = f"def call({spell(parameters)}):\n{body}"
    space: dict[str, Any] = dict(names)
    exec(_compiled(text), space)
    call: types.FunctionType = space.pop("call")
    call.__defaults__ = parameters.defaults
    call.__kwdefaults__ = dict(parameters.kwdefaults) if parameters.kwdefaults else None
    call.__qualname__ = call.__name__ = parameters.qualname
    return call


@functools.lru_cache(maxsize=256)
def _compiled(text: str) -> types.CodeType:
    return compile(text, "<s2sad call>", "exec")


def spell(parameters: Parameters) -> str:
    """The parameters as in a `def`, without defaults."""
    parts: list[str] = []
    for i, name in enumerate(parameters.names):
        if i == parameters.positional and parameters.varargs is None and i != parameters.varkw:
            parts.append("*")
        star = "*" * ((i == parameters.varargs) + 2 * (i == parameters.varkw))
        parts.append(star + name)
        if i + 1 == parameters.positional_only:
            parts.append("/")
    return ", ".join(parts)


def unused(name: str, parameters: Parameters) -> str:
    """`name`, or something like it that no parameter is called."""
    while name in parameters.names:
        name = "_" + name
    return name

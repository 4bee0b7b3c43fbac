"""What `grad` and its kin return: a callable that compiles itself for what it is called with."""

from __future__ import annotations

import functools
import inspect
import os
import sys
import warnings
from collections.abc import Callable, Mapping
from types import FunctionType, MethodType
from typing import Any

from s2sad import declared
from s2sad.backend.load import Compiled
from s2sad.errors import NumPyUsed
from s2sad.frontend.parameters import Derived, take_apart
from s2sad.frontend.request import Argnums, Request, check_early, normalize
from s2sad.ir.types import Type
from s2sad.matching import match, select
from s2sad.specialize import Specializations

SELECTED = frozenset({"vjp", "jvp", "hvp"})
"""Kinds that choose the compiled code first, since they check another value against the others."""


class _OfInstances:
    """A property of the instances that the class itself does not have.

    `inspect` asks the class for `__signature__` and `__wrapped__` too, and must not find ours.
    """

    def __init__(self, get: Callable[[Any], Any]) -> None:
        self._get = get

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            raise AttributeError
        return self._get(instance)


class Derivative(Derived):
    """The derivative of a function, as a function.

    It is called with the arguments of the function it derives, compiles itself for their
    signature (dtypes, ranks, structure) at the first call, and runs what was compiled afterwards.
    It has the name, docstring and signature of that function and pickles as that does.

    fun, kind, argnums, has_aux, options, check: what is asked for, as it was given.
    request: the same in terms of the plain function inside, for the compiler.
    bound, keywords: the values that a method or a `partial` binds to parameters of it.
    """

    fun: Any
    request: Request
    __name__: str
    __qualname__: str

    def __init__(
        self,
        fun: Any,
        kind: str,
        argnums: Any = 0,
        has_aux: bool = False,
        options: tuple[tuple[str, Any], ...] = (),
        check: bool | None = None,
    ) -> None:
        """Raise ArgumentError or ArgumentIndexError where no call can be right."""
        self.check, self._told = check, False
        self.fun, self.kind = fun, kind
        self.argnums = normalize(argnums)
        self.has_aux, self.options = bool(has_aux), options
        inner, self.bound, self.keywords = _inside(fun)
        asked = _shifted(self.argnums, len(self.bound))
        self.request = request = Request(inner, kind, asked, self.has_aux, options)
        if kind not in ("vjp", "jvp"):  # their arguments are at hand: Python checks their number
            check_early(self.argnums, request.parameters, len(self.bound), request.name)
        self.__name__ = self.__qualname__ = request.name  # where `fun` has no name, as a `partial`
        functools.update_wrapper(self, fun, updated=())
        del self.__dict__["__wrapped__"]  # see below
        self._cases = Specializations(self.request, self._deliver)
        self._call = self._entry()

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """The derivative at these arguments, given by position or by keyword."""
        return self._call(*args, **kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """A method, where the derivative stands in the body of a class.

        `self` is argument 0 then, as for the function itself: name the argument instead.
        """
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<{self.kind} of {self.__qualname__} with respect to {self.argnums!r}>"

    # ---- the way of a call

    def _entry(self) -> Callable[..., Any]:
        if self.kind == "hvp":
            return self._call_with_vector
        call = self._cases.dispatch
        if self.bound or self.keywords:
            return functools.partial(call, *self.bound, **self.keywords)
        return call

    def _deliver(self, compiled: Compiled) -> Callable[..., Any]:
        """What the dispatcher calls with the values: the code, or what hands it over."""

        def selected(*values: Any) -> Compiled:
            return compiled

        if compiled.stays and not self._told:
            self._told = True
            warnings.warn(compiled.stays, NumPyUsed, stacklevel=_levels())
        call = selected if self.kind in SELECTED else compiled.call
        unchecked = self._is_checked() and not compiled.checked
        return self._checked_first(compiled, call) if unchecked else call

    def _is_checked(self) -> bool:
        """As `check` says, else as the environment does."""
        if self.check is not None:
            return self.check
        return os.environ.get("S2SAD_CHECK", "0").lower() not in ("", "0", "no", "off", "false")

    def _checked_first(self, compiled: Compiled, call: Callable[..., Any]) -> Callable[..., Any]:
        """What checks the derivative at its first call, and then leaves its place to `call`."""

        def first(*values: Any) -> Any:
            from s2sad.selfcheck.first_call import check_first_call

            check_first_call(self, compiled, values)
            compiled.checked.append(True)
            self._cases.replace(first, call)
            return call(*values)

        return first

    def bind(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """One value per parameter of the plain function, and for an "hvp" the vector, last."""
        return self.request.own_parameters.bind(*self.bound, *args, **{**self.keywords, **kwargs})

    def select(self, values: tuple[Any, ...]) -> Compiled:
        """The compiled code for these values ("vjp", "jvp" and "hvp" only)."""
        compiled: Compiled = self._cases.choose(values)
        return compiled

    def _call_with_vector(self, *args: Any, **kwargs: Any) -> Any:
        *some, vector = self.bind(*args, **kwargs)
        values = tuple(some)
        compiled = self.select(values)
        wrt = select(self.request, values)
        vectors = vector if isinstance(self.argnums, tuple) else (vector,)
        return compiled.call(*values, match(wrt, vectors, "the vector"))

    # ---- the generated code

    @property
    def source(self) -> str:
        """The generated code: of the signature that was compiled last.

        Before the first call it is compiled for the types that the annotations of the function
        say; a parameter without annotation is an array of unknown rank.
        """
        return (self._cases.latest or self._annotated).source

    @property
    def runs_on(self) -> str:
        """What runs the code that `source` shows: "numpy" or "numba"."""
        return (self._cases.latest or self._annotated).backend

    def compiled_for(self, /, *args: Any, **kwargs: Any) -> Any:
        """A function compiled by Numba for arguments like these, which compiled code can call.

        It takes one value for each parameter by position, returns what the derivative returns
        (numbers, arrays and tuples of them), and holds no lock of the interpreter.  Where the loops
        hand over to NumPy, s2sad.runtime.Retreat is raised.

        Raises ArgumentError where the derivative runs on NumPy.
        """
        from s2sad.loops.calling import dispatcher, prepared

        values = self.bind(*args, **kwargs)
        return prepared(dispatcher(self._cases.compiled_for(values)), values)

    def source_for(self, types: Mapping[str, Type]) -> str:
        """The generated code for parameters of these types; others are as annotated."""
        return self._cases.compile(declared.params(self.request, self.bound, types)).source

    @functools.cached_property
    def _annotated(self) -> Compiled:
        return self._cases.compile(declared.params(self.request, self.bound, {}))

    def _find_code(self) -> Any:
        latest = self._cases.latest
        return _Uncompiled(self) if latest is None else latest.call

    # `inspect.getsource` unwraps what it is given: to the generated function, not to the user's.
    __wrapped__ = _OfInstances(_find_code)

    def _find_signature(self) -> inspect.Signature:
        found = _signature(self.fun, self.request.parameters.names)
        return _with_vector(found, self.request) if self.kind == "hvp" else found

    __signature__ = _OfInstances(_find_signature)

    # ---- pickling and copying

    def __reduce__(self) -> str | tuple[Any, ...]:
        """By name where a module or class has this very object (`@grad`), else what it is of."""
        if self._is_global():
            return self.__qualname__
        return Derivative, (
            self.fun,
            self.kind,
            self.argnums,
            self.has_aux,
            self.options,
            self.check,
        )

    def _is_global(self) -> bool:
        found: Any = sys.modules.get(getattr(self, "__module__", None) or "")
        for part in getattr(self, "__qualname__", "").split("."):
            found = getattr(found, part, None)
        return found is self


class _Uncompiled:
    """Stands for the generated function of a derivative that was not called yet.

    `inspect` takes it for a function and asks for its code, upon which it is compiled; whoever
    only wants to know whether there is something to unwrap does not pay for that.
    """

    def __init__(self, derivative: Derivative) -> None:
        self._derivative = derivative

    __class__ = property(lambda self: FunctionType)

    def __getattr__(self, name: str) -> Any:
        if name == "__wrapped__":
            raise AttributeError(name)
        return getattr(self._derivative._annotated.call, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._derivative(*args, **kwargs)


def _levels() -> int:
    """How far up the call is that is not s2sad's, for `warnings.warn` in the caller of this."""
    frame, n = sys._getframe(1), 1
    while frame.f_back is not None and _is_ours(frame.f_code.co_filename):
        frame, n = frame.f_back, n + 1
    return n


def _is_ours(filename: str) -> bool:
    return filename.startswith((_FOLDER, "<s2sad"))


_FOLDER = os.path.dirname(__file__) + os.sep


def _inside(fun: Any) -> tuple[Any, tuple[Any, ...], Mapping[str, Any]]:
    """The plain function or request inside, the values bound to its first parameters and names."""
    fun, bound, keywords = take_apart(fun)
    if isinstance(fun, Derived):
        return fun.request, (*fun.bound, *bound), {**fun.keywords, **keywords}
    return fun, bound, keywords


def _shifted(argnums: Argnums, n: int) -> Argnums:
    """`argnums` counted with the `n` bound parameters; from the end and by name they stay."""
    if isinstance(argnums, tuple):
        return tuple(a + n if isinstance(a, int) and a >= 0 else a for a in argnums)
    return argnums + n if isinstance(argnums, int) and argnums >= 0 else argnums


def _signature(fun: Any, names: tuple[str, ...]) -> inspect.Signature:
    try:
        return inspect.signature(fun)
    except ValueError:  # a builtin that does not say
        only = inspect.Parameter.POSITIONAL_ONLY
        return inspect.Signature([inspect.Parameter(name, only) for name in names])


def _with_vector(signature: inspect.Signature, request: Request) -> inspect.Signature:
    """The signature with the vector as the last positional parameter."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    last = inspect.Parameter(request.own_parameters.names[-1], kinds[0])
    shown = list(signature.parameters.values())
    first = [p.replace(kind=kinds[0], default=p.empty) for p in shown if p.kind in kinds]
    rest = [p for p in shown if p.kind not in kinds]
    return signature.replace(parameters=[*first, last, *rest])

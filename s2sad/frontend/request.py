"""What is asked for: the derivative of which function, with respect to what.

The compiler core reads a `Request`; users hold a `Derivative`, which is a request and the values
that are bound to the first parameters (`self`, the arguments of a `partial`).
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from s2sad.errors import ArgumentError, ArgumentIndexError, Location, OutputError
from s2sad.frontend.parameters import Parameters, parameters_of

Argnums: TypeAlias = int | str | tuple[int | str, ...]
Wrt: TypeAlias = tuple[tuple[Any, ...], ...]

OPERATORS: dict[Any, str] = {}
"""The public functions (`grad`, `vjp`, ...) by identity, with the kind each one makes.

Filled by `s2sad.api`, so that the frontend knows them in a user's function without importing it.
"""


@dataclass(frozen=True, eq=False)
class Request:
    """The derivative `kind` of `fun` with respect to `argnums`.

    fun: a plain Python function, a builtin (`np.sin`), or another request (nesting).
    kind: "grad", "value_and_grad", "vjp", "jvp", "jacfwd", "jacrev", "hessian", "hvp".
    argnums: an int or a name, or a tuple of them: then the result is a tuple too.
    options: pairs of a name and a hashable value, sorted by name.
    """

    fun: Any
    kind: str
    argnums: Argnums
    has_aux: bool = False
    options: tuple[tuple[str, Any], ...] = ()
    parameters: Parameters = field(init=False, repr=False)

    def __post_init__(self) -> None:
        inner = self.fun
        params = inner.own_parameters if isinstance(inner, Request) else parameters_of(inner)
        object.__setattr__(self, "parameters", params)

    @property
    def holomorphic(self) -> bool:
        """Whether the function is said to be holomorphic."""
        return ("holomorphic", True) in self.options

    @property
    def backend(self) -> str:
        """What runs the derivative: "numpy" or "numba"."""
        return str(dict(self.options).get("backend", "numpy"))

    @property
    def root(self) -> Any:
        """The innermost function: not a request."""
        return self.fun.root if isinstance(self.fun, Request) else self.fun

    @property
    def name(self) -> str:
        """The name of the innermost function."""
        return str(getattr(self.root, "__name__", type(self.root).__name__))

    @property
    def identity(self) -> tuple[Any, ...]:
        """A hashable key, the same for functions made from the same code."""
        root = getattr(self.fun, "__code__", None)
        inner = self.fun.identity if isinstance(self.fun, Request) else (root or self.fun)
        where = root.co_filename if root is not None else ""
        return inner, where, self.kind, self.argnums, self.has_aux, self.options

    @functools.cached_property
    def own_parameters(self) -> Parameters:
        """The parameters of the derivative itself: of `fun`, and for "hvp" the vector, last."""
        return self.parameters.with_vector() if self.kind == "hvp" else self.parameters

    def wrt(self, values: Sequence[Any]) -> Wrt:
        """Which parts of the values: (parameter,), (parameter of `*args`, i) or (`**kwargs`, name).

        `values` hold one value per parameter: of `*args` and `**kwargs` the length and the keys
        are read.  Raises ArgumentIndexError where an argnum names none of them.
        """
        return resolve(self.argnums, self.parameters, values)


def normalize(argnums: Any) -> Argnums:
    """`argnums` as an int, a name or a tuple of them.

    Raises ArgumentError for anything else, ArgumentIndexError for an empty tuple.
    """
    if isinstance(argnums, tuple | list):
        if not argnums:
            raise ArgumentIndexError("argnums is empty", "name at least one argument")
        return tuple(_normalize_one(a) for a in argnums)
    return _normalize_one(argnums)


def _normalize_one(argnum: Any) -> int | str:
    if isinstance(argnum, str):
        return argnum
    if isinstance(argnum, bool) or not hasattr(argnum, "__index__"):
        raise ArgumentError(
            f"argnums is {argnum!r}, of type {type(argnum).__name__}",
            "give the position of an argument (an int), its name (a str), or a tuple of them",
        )
    return operator.index(argnum)


def check_early(argnums: Argnums, parameters: Parameters, skip: int, name: str) -> None:
    """Refuse argnums that no call can make right, before any call.

    The first `skip` parameters are bound already: not counted, and not to be named.
    """
    if parameters.varargs is None and parameters.varkw is None:
        blanks: tuple[Any, ...] = (None,) * len(parameters.names)
        resolve(argnums, parameters, blanks, skip, name)


def resolve(
    argnums: Argnums, parameters: Parameters, values: Sequence[Any], skip: int = 0, name: str = ""
) -> Wrt:
    """`argnums` as places in `values`; see `Request.wrt`."""
    many = argnums if isinstance(argnums, tuple) else (argnums,)
    found = tuple(_place(a, parameters, values, skip, name) for a in many)
    for i, place in enumerate(found):
        if place in found[:i]:
            raise ArgumentIndexError(
                f"argnums {argnums!r} names one argument twice: {_spell(place, parameters)}",
                "name each argument once",
            )
    return found


def _place(
    argnum: int | str, parameters: Parameters, values: Sequence[Any], skip: int, name: str
) -> tuple[Any, ...]:
    if isinstance(argnum, str):
        return _named(argnum, parameters, values, skip, name)
    positional = [(i,) for i in parameters.countable()[skip:]]
    places: list[tuple[Any, ...]] = list(positional)
    if parameters.varargs is not None:
        places += [(parameters.varargs, i) for i in range(len(values[parameters.varargs]))]
    if not -len(places) <= argnum < len(places):
        count = len(places)
        raise ArgumentIndexError(
            f"argnums {argnum} is out of range: {name or 'the function'} takes {count} positional"
            f" argument{'s' * (count != 1)}",
            f"use {_choices(parameters, skip)}",
        )
    return places[argnum]


def _named(
    argnum: str, parameters: Parameters, values: Sequence[Any], skip: int, name: str
) -> tuple[Any, ...]:
    names = parameters.names
    special = (parameters.varargs, parameters.varkw)
    if argnum in names[skip:] and names.index(argnum) not in special:
        return (names.index(argnum),)
    if parameters.varkw is not None and argnum in values[parameters.varkw]:
        return (parameters.varkw, argnum)
    raise ArgumentIndexError(
        f"argnums {argnum!r}: {name or 'the function'} has no argument of that name",
        f"use {_choices(parameters, skip)}",
    )


def _choices(parameters: Parameters, skip: int) -> str:
    names = [repr(n) for n in parameters.names[skip:]]
    last = len(parameters.countable()) - skip - 1
    spelled = f"0 to {last}" if last > 0 else "0"
    return f"{spelled}, or a name: {', '.join(names)}" if names else "a function with arguments"


def _spell(place: tuple[Any, ...], parameters: Parameters) -> str:
    name = parameters.names[place[0]]
    return name if len(place) == 1 else f"{name}[{place[1]!r}]"


def not_scalar(request: Request, found: str, location: Location | None = None) -> OutputError:
    """The error for an output that `grad` and its kin are not defined for.

    found: what the output is, such as "an array of shape (n,)" or "a tuple of 2".
    """
    hints = {
        "an array": f"reduce it to one number (np.sum), or take jacrev({request.name})",
        "a tuple": f"return one number; with has_aux=True {request.name} may return (value, aux)",
    }
    fitting = [hint for start, hint in hints.items() if found.startswith(start)]
    return OutputError(
        f"{request.kind} needs a function with one number as its output;"
        f" {request.name} returns {found}",
        fitting[0] if fitting else "return one floating number",
        location,
    )

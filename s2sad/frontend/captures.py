"""What a compiled function depended on besides its arguments, and whether that is still so.

A capture is a path from the root function to a value: `(("global", "config"), ("attr", "G"))`.
Steps:

    ("global", name)     of a function's globals, or a builtin
    ("cell", name)       a closure variable
    ("default", i)       a default value; ("kwdefault", name) of a keyword-only parameter
    ("attr", name)       an attribute, of a module or of an object
    ("item", key)        an item of a dict, list or tuple
    ("len", None)        the length of a container; ("keys", None) the keys of a dict, in order
    ("param", name)      first only: the value of an argument that is static in the signature
    ("is", object)       first only: the object itself, to which no path leads
"""

from __future__ import annotations

import operator
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from s2sad.frontend.parameters import Derived, take_apart
from s2sad.frontend.signature import key

Step: TypeAlias = tuple[str, Any]
Path: TypeAlias = tuple[Step, ...]
Check: TypeAlias = tuple[Callable[[Any], Any], Any, Any]
"""(read, name, value): still valid while `read(name) is value`."""

GONE = (AttributeError, LookupError, NameError, TypeError, ValueError)
"""What a path that no longer leads anywhere raises."""

_NOTHING: Mapping[str, Any] = types.MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Capture:
    """A path from the root function and the value that was found at its end.

    Of an array the code depends on dtype and shape only: another one may be bound in its place.
    pattern: of any value it depends on the key only (see `signature.key`).
    """

    path: Path
    value: Any
    pattern: bool = False

    def fits(self, value: Any) -> bool:
        """Whether the compiled code is right for this value too, once it is bound."""
        if type(value) is not type(self.value):
            return False
        if self.pattern:
            return key(value) == key(self.value)
        if type(value) is np.ndarray:
            return bool(value.dtype == self.value.dtype and value.shape == self.value.shape)
        return same(value, self.value)


def resolve(function: Any, path: Path, arguments: Mapping[str, Any] = _NOTHING) -> Any:
    """The value at the end of `path` now; raises one of `GONE` where there is none."""
    value = function
    for step in path:
        value = take(value, step, arguments)
    return value


def take(value: Any, step: Step, arguments: Mapping[str, Any] = _NOTHING) -> Any:
    """One step of a path."""
    kind, what = step
    if kind == "attr":
        return getattr(value, what)
    if kind == "item":
        return value[what]
    if kind == "len":
        return len(value)
    if kind == "keys":
        return tuple(value)
    if kind == "param":
        return arguments[what]
    if kind == "is":
        return what
    return _take_of_function(plain(value), kind, what)


def _take_of_function(function: Any, kind: str, what: Any) -> Any:
    if kind == "global":
        space = function.__globals__
        return space[what] if what in space else builtins_of(function)[what]
    if kind == "cell":
        return cell_of(function, what).cell_contents
    if kind == "default":
        return function.__defaults__[what]
    return function.__kwdefaults__[what]


def plain(value: Any) -> Any:
    """The plain function inside a method, a partial, a derivative, ..."""
    if isinstance(value, types.FunctionType):
        return value
    inside = take_apart(value)[0]
    return inside.request.root if isinstance(inside, Derived) else inside


def builtins_of(function: Any) -> dict[str, Any]:
    """The builtins a function sees."""
    found: dict[str, Any] = function.__builtins__
    return found


def cell_of(function: Any, name: str) -> types.CellType:
    """The cell of a closure variable; raises ValueError where the function has none."""
    cell: types.CellType = function.__closure__[function.__code__.co_freevars.index(name)]
    return cell


# ---- guards ------------------------------------------------------------------------------------


def guards(
    function: Any, captures: Iterable[Capture], arguments: Mapping[str, Any] = _NOTHING
) -> tuple[Check, ...] | None:
    """The checks that hold while all captures have their values; None if they do not hold now.

    Every step of every path is checked, each once, and the code of every function met: a function
    that is edited in place (as IPython's autoreload does) is another function.
    """
    found: dict[tuple[Any, ...], Check] = {}
    try:
        _add_code(function, found)
        for capture in captures:
            value, path = _class_first(function, capture.path, arguments)
            for step in path:
                value = _add_step(value, step, arguments, found)
            if not same(value, capture.value):
                return None
    except GONE:
        return None
    return tuple(found.values())


def _class_first(function: Any, path: Path, arguments: Mapping[str, Any]) -> tuple[Any, Path]:
    """Where a path begins that leads through the class of an argument: at that class.

    The class is part of the signature, and the guards must not keep the argument.
    """
    if path[:1] and path[0][0] == "param" and ("attr", "__class__") in path:
        n = path.index(("attr", "__class__")) + 1
        return resolve(function, path[:n], arguments), path[n:]
    return function, path


def still_valid(checks: Iterable[Check]) -> bool:
    """Whether every value is the object it was."""
    try:
        for read, name, value in checks:
            if read(name) is not value:
                return False
    except GONE:
        return False
    return True


def _add_step(
    value: Any, step: Step, arguments: Mapping[str, Any], found: dict[tuple[Any, ...], Check]
) -> Any:
    after = take(value, step, arguments)
    if step[0] not in ("param", "is"):  # a static argument is part of the key
        for check in _checks(value, step, after):
            # A check is known by what it reads and where; `read` itself may be made anew each time.
            where = plain(value) if step[0] in ("global", "cell") else value
            found.setdefault((id(where), step[0], repr(step[1]), len(check), id(check[1])), check)
    _add_code(after, found)
    return after


def _add_code(value: Any, found: dict[tuple[Any, ...], Check]) -> None:
    if isinstance(value, types.FunctionType):
        found.setdefault((id(value), "code"), (_CODE, value, value.__code__))


_CODE = operator.attrgetter("__code__")
_CONTENTS = operator.attrgetter("cell_contents")
_DEFAULTS = operator.attrgetter("__defaults__")
_KWDEFAULTS = operator.attrgetter("__kwdefaults__")


def _checks(value: Any, step: Step, after: Any) -> Iterator[Check]:
    kind, what = step
    if kind == "global":
        space = plain(value).__globals__
        if what not in space:  # a global of the same name would hide the builtin
            yield space.get, what, None
            space = builtins_of(plain(value))
        yield space.get, what, after
    elif kind == "cell":
        yield _CONTENTS, cell_of(plain(value), what), after
    elif kind == "default":
        yield _DEFAULTS, plain(value), plain(value).__defaults__
    elif kind == "kwdefault":
        yield plain(value).__kwdefaults__.get, what, after
    elif _is_entry(value, step, after):
        yield (value if kind == "item" else value.__dict__).get, what, after
    else:
        yield _Reader(value, step, after), None, after


def _is_entry(value: Any, step: Step, after: Any) -> bool:
    """Whether the step reads an entry of a plain dict: then the check is the dict's own `get`."""
    kind, what = step
    if kind == "item":
        return type(value) is dict
    space = getattr(value, "__dict__", None)
    if kind != "attr" or type(space) is not dict or isinstance(value, type):
        return False
    return space.get(what) is after and not hasattr(getattr(type(value), what, None), "__set__")


class _Reader:
    """A step read again: gives the very value it had while it is the same, else something else."""

    def __init__(self, value: Any, step: Step, after: Any) -> None:
        self.value, self.step, self.after = value, step, after

    def __call__(self, _: Any) -> Any:
        try:
            now = take(self.value, self.step)
        except GONE:
            return self
        return self.after if same(now, self.after) else self


_PLAIN = (int, float, complex, str, bytes, bool, type(None))


def same(a: Any, b: Any) -> bool:
    """Whether two values are one object, equal immutable values, or one method of one object."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, tuple) and type(a) is tuple:
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, types.MethodType | types.BuiltinMethodType):
        return a == b and not isinstance(a.__self__, types.ModuleType)
    return type(a) in _PLAIN and repr(a) == repr(b)  # repr tells 0.0 from -0.0; NaN equals NaN

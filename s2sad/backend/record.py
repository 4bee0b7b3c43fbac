"""A compiled derivative as JSON and back: what it depends on is described, and verified on return.

A description of a value says what the code relied on: the value of a scalar or string, the code of
a function, dtype and shape of an array, the name of a module.  It is the same in every process
(no `id`, no order of a set).  Objects themselves are never stored: they are found again by their
path from the function, or by import.
"""

from __future__ import annotations

import hashlib
import importlib
import types
from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np

from s2sad.backend.load import Compiled, load
from s2sad.frontend.captures import Capture, resolve
from s2sad.frontend.parameters import Customized, Derived
from s2sad.frontend.request import Request
from s2sad.frontend.signature import key
from s2sad.ir.nodes import Lit, Var
from s2sad.ir.tree import Struct, Tree


class NotDescribable(Exception):
    """A value that no text stands for."""


# ---- code --------------------------------------------------------------------------------------


def digest(code: types.CodeType) -> str:
    """A hash of everything a code object is: the same in every process, unlike `marshal`'s."""
    state = hashlib.sha256()
    _digest(code, state)
    return state.hexdigest()


def _digest(value: Any, state: Any) -> None:
    state.update(type(value).__name__.encode() + b"(")
    if isinstance(value, types.CodeType):
        for name in _CODE:
            _digest(getattr(value, name), state)
    elif isinstance(value, tuple):
        for item in value:
            _digest(item, state)
    elif isinstance(value, frozenset):
        for text in sorted(map(repr, value)):
            state.update(text.encode() + b",")
    else:
        state.update(repr(value).encode())
    state.update(b")")


_CODE = (
    "co_filename",
    "co_firstlineno",
    "co_name",
    "co_flags",
    "co_argcount",
    "co_posonlyargcount",
    "co_kwonlyargcount",
    "co_varnames",
    "co_cellvars",
    "co_freevars",
    "co_names",
    "co_consts",
    "co_code",
    "co_exceptiontable",
    "co_linetable",
)


# ---- values ------------------------------------------------------------------------------------


def describe(value: Any) -> Any:
    """What code relies on that was compiled with this value; raises NotDescribable."""
    t = type(value)
    if value is None or t in (bool, int, float, complex, str, bytes, types.EllipsisType):
        return [t.__name__, repr(value)]
    if t is tuple or t is list:
        return [t.__name__, *map(describe, value)]
    if t is dict:
        return ["dict", *([describe(k), describe(v)] for k, v in value.items())]
    if t is slice:
        return ["slice", describe(value.start), describe(value.stop), describe(value.step)]
    if t is types.FunctionType:
        return ["function", value.__module__, value.__qualname__, digest(value.__code__)]
    if isinstance(value, Derived):
        return ["derivative", describe_request(value.request), *map(describe, value.bound)]
    if isinstance(value, Customized):
        what = [value.kind, value.nondiff, value.fun, *value.rules.items()]
        return ["custom", *map(describe, what)]
    return _describe_named(value) or _describe_numpy(value)


def _describe_named(value: Any) -> Any:
    if isinstance(value, types.ModuleType):
        return ["module", value.__name__]
    if isinstance(value, types.MethodType):
        return ["method", describe(value.__func__), describe_type(type(value.__self__))]
    if isinstance(value, type):
        return ["type", *describe_type(value)]
    if isinstance(value, types.BuiltinFunctionType | np.ufunc | type(np.sum)):
        where = importable(value)
        if where is not None:
            return ["builtin", *where]
    return None


def _describe_numpy(value: Any) -> Any:
    if isinstance(value, np.dtype):
        return ["dtype", repr(value)]
    if type(value) is np.ndarray:
        return ["array", repr(value.dtype), list(value.shape)]
    if isinstance(value, np.number | np.bool):
        return ["scalar", value.dtype.str, value.tobytes().hex()]
    if isinstance(value, np.random.Generator | np.random.RandomState):
        return ["object", *describe_type(type(value))]
    raise NotDescribable(type(value))


def describe_type(t: type) -> list[str]:
    """The name of a class that can be imported."""
    where = importable(t)
    if where is None:
        raise NotDescribable(t)
    return list(where)


def importable(value: Any) -> tuple[str, str] | None:
    """Module and qualified name where exactly this object is found, if any."""
    module = str(getattr(value, "__module__", None) or "numpy")  # a ufunc does not say
    name = str(getattr(value, "__qualname__", None) or getattr(value, "__name__", ""))
    try:
        found = _import(module, name)
    except (ImportError, AttributeError):
        return None
    return (module, name) if found is value else None


def _import(module: str, name: str) -> Any:
    value: Any = importlib.import_module(module)
    for part in name.split("."):
        if isinstance(value, ModuleType) and part not in vars(value):
            raise AttributeError(part)  # what a module makes when it is asked is not looked for
        value = getattr(value, part)
    return value


# ---- requests and signatures -------------------------------------------------------------------


def describe_request(request: Request) -> list[Any]:
    """What is asked of which code."""
    inner = request.fun
    fun = describe_request(inner) if isinstance(inner, Request) else describe(inner)
    argnums = request.argnums
    many = list(argnums) if isinstance(argnums, tuple) else argnums
    return [fun, request.kind, many, request.has_aux, describe(request.options)]


def describe_tree(tree: Tree) -> Any:
    """The tree of a `Param`: containers, types of run-time leaves, values of static ones."""
    if isinstance(tree, Struct):
        cls = None if tree.cls is None else describe_type(tree.cls)
        return [tree.kind, cls, describe(tree.keys), *map(describe_tree, tree.items)]
    if isinstance(tree, Var):
        return ["var", tree.name, repr(tree.type)]
    if isinstance(tree, Lit):
        value = tree.value
        data = [value.tobytes().hex()] if isinstance(value, np.ndarray) else []
        return ["lit", describe(value), *data]
    raise NotDescribable(type(tree))


# ---- compiled derivatives ----------------------------------------------------------------------


def describe_compiled(compiled: Compiled, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The content of an entry; raises NotDescribable."""
    space = compiled.call.__globals__
    for function in (compiled.call, *compiled.extra.values()):
        if space.get(getattr(function, "__name__", "")) is not function:
            raise NotDescribable(function)
    return {
        "source": compiled.source,
        "call": compiled.call.__name__,
        "backend": compiled.backend,
        "stays": compiled.stays,
        "extra": {name: function.__name__ for name, function in compiled.extra.items()},
        "captures": [_describe_capture(c) for c in compiled.captures],
        "bindings": [[n, _place(v, compiled, arguments)] for n, v in compiled.bindings],
    }


def _describe_capture(capture: Capture) -> list[Any]:
    path = [[kind, _json_key(what)] for kind, what in capture.path]
    if capture.pattern:
        return [path, ["pattern", repr(key(capture.value))], True]
    return [path, describe(capture.value), False]


def _json_key(what: Any) -> Any:
    if what is None or type(what) in (int, str):
        return what
    raise NotDescribable(what)


def _place(value: Any, compiled: Compiled, arguments: Mapping[str, Any]) -> list[Any]:
    """Where a bound object is found again."""
    for i, capture in enumerate(compiled.captures):
        if capture.value is value:
            return ["capture", i]
    for name, argument in arguments.items():
        if argument is value:
            return ["param", name]
    if isinstance(value, types.ModuleType):
        return ["import", value.__name__, ""]
    if isinstance(value, np.dtype) and np.dtype(value.str) == value:
        return ["dtype", value.str]
    where = importable(value)
    if where is None:
        raise NotDescribable(value)
    return ["import", *where]


def revive(
    content: Mapping[str, Any], function: Any, arguments: Mapping[str, Any]
) -> Compiled | None:
    """The compiled derivative of an entry, or None where a capture is no longer what it was."""
    captures = []
    for steps, described, pattern in content["captures"]:
        path = tuple((kind, what) for kind, what in steps)
        capture = Capture(path, resolve(function, path, arguments), pattern)
        if _describe_capture(capture)[1] != described:
            return None
        captures.append(capture)
    bindings = [(n, _fetch(p, captures, arguments)) for n, p in content["bindings"]]
    space = load(content["source"], bindings, content["call"])
    extra = {name: space[function] for name, function in content["extra"].items()}
    call = space[content["call"]]
    made = Compiled(call, content["source"], tuple(captures), extra, tuple(bindings))
    return replace(made, backend=content["backend"], stays=content["stays"])


def _fetch(place: list[Any], captures: list[Capture], arguments: Mapping[str, Any]) -> Any:
    kind, *what = place
    if kind == "capture":
        return captures[what[0]].value
    if kind == "param":
        return arguments[what[0]]
    if kind == "dtype":
        return np.dtype(what[0])
    module, name = what
    return _import(module, name) if name else importlib.import_module(module)

"""Calls: primitives, the user's functions, classes, and opaque Python."""

from __future__ import annotations

import builtins
import dataclasses
import functools
import types
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from s2sad.errors import SourceUnavailable
from s2sad.frontend.binding import foreign_names, local_names
from s2sad.frontend.captures import Capture
from s2sad.frontend.draws import DRAWS
from s2sad.frontend.infer import type_of
from s2sad.frontend.mangling import with_private_names
from s2sad.frontend.normalize import normalize
from s2sad.frontend.opaque import OPAQUE_PACKAGES, takes_elements
from s2sad.frontend.options import gives_complex, has_out, out_place, positions_of, stated_by
from s2sad.frontend.parameters import Customized, Derived
from s2sad.frontend.request import OPERATORS
from s2sad.frontend.signature import hashable
from s2sad.frontend.source import read, unwrap
from s2sad.frontend.statements import FALLS, Raised
from s2sad.frontend.values import (
    Bound,
    Closure,
    Frame,
    Instance,
    Mapping,
    Sequence,
    Transformed,
    Unbound,
    Value,
    atoms,
)
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Operand, Var
from s2sad.ir.types import UNKNOWN, Array, Number
from s2sad.rules.naming import is_public
from s2sad.rules.notation import AT_COMPILE_TIME
from s2sad.rules.table import lookup

DEEPEST_INLINE = 64


class Calls:
    """What a call is, by what is called."""

    def call(self: Walk, f: Value, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
        match f:
            case Closure():
                return self.call_walked(f, args, kwargs, node)
            case Bound():
                return self.call(f.function, [*f.args, *args], {**f.kwargs, **kwargs}, node)
            case Transformed():
                return self.call_transformed(f, args, kwargs, node)
            case Lit():
                return self.call_known(f.value, args, kwargs, node)
            case Instance():
                method = self.attribute(f, "__call__", node)
                return self.call(method, args, kwargs, node)
            case Var():
                return self.opaque(f, args, kwargs, node)
        raise TypeError(f"'{self.kind_of(f)}' object is not callable")

    def call_known(
        self: Walk, f: Any, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        """A function, class or object known at compile time."""
        if any(map(self.is_object, args)) and takes_elements(f):
            return self.opaque(Lit(f), args, kwargs, node)
        if hashable(f) and f in DRAWS and args and self.is_generator(args[0]):
            return self.draw(f, args, kwargs, node)
        if hashable(f) and f in AT_COMPILE_TIME:
            return self.known(f(*[self.static(v, "an option", node) for v in args]), None)
        handler = self.handler_of(f, args, kwargs)
        if handler is not None:
            return handler(args, kwargs, node)
        stated = stated_by(f, args, kwargs) if hashable(f) else None
        if stated and stated.primal and stated.primal.function is not self.defining():
            if not stated.analytic and gives_complex(args, kwargs):
                raise self.refuse(f"{stated.name} of complex numbers", "use their parts", node)
            return self.call_library(stated.primal.function, args, kwargs, node)
        primitive = hashable(f) and lookup(f)
        if primitive:
            return self.apply(primitive, args, kwargs, node)
        if hashable(f) and f in OPERATORS:
            return self.call_operator(OPERATORS[f], args, kwargs, node)
        if isinstance(f, Derived | Customized):
            made = self.call_derived if isinstance(f, Derived) else self.call_custom
            return made(f, args, kwargs, node)
        return self.call_of_python(f, args, kwargs, node)

    def call_of_python(
        self: Walk, f: Any, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        """What Python itself calls: a partial, a method, a class, a function."""
        if isinstance(f, functools.partial):
            given = [self.known(a, None) for a in f.args]
            named = {k: self.known(v, None) for k, v in f.keywords.items()}
            return self.call(self.known(f.func, None), [*given, *args], {**named, **kwargs}, node)
        if isinstance(f, types.MethodType):
            return self.call(
                self.known(f.__func__, None), [self.known(f.__self__, None), *args], kwargs, node
            )
        if isinstance(f, type):
            return self.construct(f, args, kwargs, node)
        if self.is_walked(f):
            return self.call_function(f, args, kwargs, node)
        return self.opaque(Lit(f), args, kwargs, node)

    def handler_of(
        self: Walk, f: Any, args: list[Value], kwargs: dict[str, Value]
    ) -> Callable[..., Value] | None:
        """What to do for a function that is more than its rule."""
        found: Callable[..., Value] | None = self.ufunc_handler(f, kwargs)
        if found is None and has_out(f, args, kwargs):
            return functools.partial(self.call_into, f)
        place = out_place(f) if hashable(f) else None
        if found is None and place is not None and len(args) > place:
            return functools.partial(self.call_naming_out, f, place)
        return found or self.special(f, args) or self.handler(f) or self.writing_function(f)

    def call_naming_out(
        self: Walk, f: Any, place: int, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        """A function of NumPy with `out` among its positional arguments."""
        named = dict(zip(positions_of(f)[place + 1 :], args[place + 1 :], strict=False))
        return self.call_known(f, args[:place], {**named, "out": args[place], **kwargs}, node)

    def defining(self: Walk) -> Any:
        """The definition that is walked, whose own function means the rule of it."""
        return next((c for c in reversed(self.calls) if isinstance(c, types.FunctionType)), None)

    def is_walked(self: Walk, f: Any) -> bool:
        """Whether a function is the user's, to be differentiated through its source."""
        plain = getattr(f, "py_func", f)
        plain = f.__wrapped__ if type(f) is functools._lru_cache_wrapper else plain
        if not isinstance(plain, types.FunctionType):
            return False
        package = (plain.__module__ or "").partition(".")[0]
        return package not in OPAQUE_PACKAGES

    # the user's functions

    def call_function(
        self: Walk, f: Any, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        plain = unwrap(f)
        try:
            source, tree = parsed(plain)
        except SourceUnavailable:
            if any(_carries(a) for v in (*args, *kwargs.values()) for a in atoms(v)):
                raise
            return self.opaque(Lit(f), args, kwargs, node)
        cells = dict(zip(plain.__code__.co_freevars, plain.__closure__ or (), strict=True))
        path = self.paths.get(id(f))
        defaults = self.plain_defaults(plain, path)
        inside_rule = self.frame is not None and self.frame.source is None
        frame = Frame(None if inside_rule else source, {}, plain.__globals__, cells, None, path)
        return self.run(plain.__code__, tree, frame, defaults, args, kwargs, plain.__name__)

    def plain_defaults(self: Walk, f: Any, path: Any) -> dict[str, Value]:
        n = f.__code__.co_argcount
        late = f.__code__.co_varnames[n - len(f.__defaults__ or ()) : n]
        at = (lambda *step: None) if path is None else (lambda *step: (*path, step))
        found = enumerate(f.__defaults__ or ())
        given = {late[i]: self.known(v, at("default", i)) for i, v in found}
        named = (f.__kwdefaults__ or {}).items()
        return given | {n: self.known(v, at("kwdefault", n)) for n, v in named}

    def call_closure(
        self: Walk, f: Closure, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        outer = f.frame
        tree = normalized(f.node, outer.source)
        frame = Frame(outer.source, {}, outer.globals, outer.cells, outer, outer.path)
        return self.run((f.node, f), tree, frame, f.defaults, args, kwargs, f.name)

    def run(
        self: Walk, code: Any, tree: Any, frame: Frame, defaults: dict[str, Value],
        args: list[Value], kwargs: dict[str, Value], name: str,
    ) -> Value:  # fmt: skip
        """Walks a function's body with its parameters bound."""
        frame.locals = self.bind_parameters(tree.args, defaults, args, kwargs, name)
        frame.scope = local_names(tree)
        frame.outside = foreign_names(tree)
        if self.recurs(code, frame):
            return self.recur(code, tree, frame, name)
        if len(self.calls) > DEEPEST_INLINE:
            raise self.refuse(f"{name}: calls nested more than {DEEPEST_INLINE} deep", "use a loop")
        return self.walk_body(code, tree, frame)

    def walk_body(self: Walk, code: Any, tree: Any, frame: Frame) -> Value:
        before, at, region = self.frame, self.b.at, self.region
        self.frame = frame
        self.frames.append(frame)
        self.calls.append(code)
        try:
            if isinstance(tree, gast.Lambda) and frame.source is not None:
                with self.b.placed(self.location(tree.body)):
                    return self.eval(tree.body)
            if isinstance(tree, gast.Lambda):
                return self.eval(tree.body)
            outcome = self.block(tree.body)
        finally:
            self.frame, self.b.at, self.region = before, at, region
            self.frames.pop()
            self.calls.pop()
        if isinstance(outcome, Raised):
            raise Unbound("")
        return Lit(None) if outcome is FALLS else outcome

    def bind_parameters(
        self: Walk, a: Any, defaults: dict[str, Value], args: list[Value],
        kwargs: dict[str, Value], name: str,
    ) -> dict[str, Value]:  # fmt: skip
        """The names of the parameters with their values, as Python binds them."""
        positional = [p.id for p in (*a.posonlyargs, *a.args)]
        only = {p.id for p in a.posonlyargs}
        bound: dict[str, Value] = dict(zip(positional, args, strict=False))
        if len(args) > len(positional) and a.vararg is None:
            n = len(positional)
            raise TypeError(f"{name}() takes {n} positional arguments but {len(args)} were given")
        names = [*positional, *(p.id for p in a.kwonlyargs)]
        extra: dict[Any, Value] = {}
        for k, v in kwargs.items():
            if k in bound and k not in only:
                raise TypeError(f"{name}() got multiple values for argument {k!r}")
            if k in names and k not in only:
                bound[k] = v
            elif a.kwarg is not None:
                extra[k] = v
            else:
                raise TypeError(f"{name}() got an unexpected keyword argument {k!r}")
        for n in names:
            if n not in bound:
                if n not in defaults:
                    raise TypeError(f"{name}() missing a required argument: {n!r}")
                bound[n] = defaults[n]
        if a.vararg is not None:
            bound[a.vararg.id] = Sequence(tuple, args[len(positional) :])
        if a.kwarg is not None:
            bound[a.kwarg.id] = Mapping(extra, self.region)
        return bound

    # names from outside

    def captured(self: Walk, value: object, frame: Frame, step: tuple[str, str]) -> Value:
        """A global or closure value: known at compile time, and guarded at every call."""
        path = None if frame.path is None else (*frame.path, step)
        return self.known(value, path)

    def known(self: Walk, value: Any, path: Any) -> Value:
        """A Python object as a value of the frontend; containers are taken apart."""
        if path is not None:
            self.capture(value, path)
        inner = (lambda step: None) if path is None else (lambda step: (*path, step))
        if type(value) in (tuple, list):
            items = [self.known(v, inner(("item", i))) for i, v in enumerate(value)]
            return Sequence(type(value), items, self.foreign)
        if type(value) is dict:
            return Mapping(
                {k: self.known(v, inner(("item", k))) for k, v in value.items()}, self.foreign
            )
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            items = [self.known(v, inner(("item", i))) for i, v in enumerate(value)]
            return Sequence(type(value), items, self.foreign)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            if path is not None:
                self.paths.setdefault(id(type(value)), (*path, ("attr", "__class__")))
            fields = {
                f.name: self.known(getattr(value, f.name), inner(("attr", f.name)))
                for f in dataclasses.fields(value)
            }
            return Instance(type(value), fields, self.foreign)
        if type(value) is set:
            raise self.refuse(
                "a captured set, whose changes could not be noticed,", "use a frozenset or a tuple"
            )
        if isinstance(value, np.ndarray) or _needs_name(value):
            self.name_object(value)
        return Lit(value)

    def path_of(self: Walk, value: object) -> Any:
        """How the root function leads to an object, where that is known."""
        return self.paths.get(id(value))

    def capture(self: Walk, value: Any, path: Any) -> None:
        """Notes that the code depends on what stands at the end of `path`."""
        self.paths.setdefault(id(value), path)
        self.alive.append(value)
        if type(value) in (tuple, list):
            path, value = (*path, ("len", None)), len(value)
        elif type(value) is dict:
            path, value = (*path, ("keys", None)), tuple(value)
        self.captures.setdefault(path, Capture(path, value))

    def name_object(self: Walk, value: object) -> None:
        """Gives a run-time object the name by which the emitted code refers to it."""
        if any(v is value for v in self.bindings.values()):
            return
        self.set_changes(value)
        path = self.paths.get(id(value))
        wish = path[-1][1] if path and isinstance(path[-1][1], str) else None
        wish = wish or getattr(value, "__name__", None) or type(value).__name__.lower()
        name, n = wish, 1
        while name in self.bindings or not name.isidentifier():
            name, n = f"{wish if wish.isidentifier() else 'object'}_{n}", n + 1
        self.bindings[name] = value


def _needs_name(value: object) -> bool:
    plain = (bool, int, float, complex, str, bytes, type(None), type(...), np.generic, np.dtype)
    if isinstance(value, (*plain, types.ModuleType)):
        return False
    if getattr(builtins, getattr(value, "__name__", ""), None) is value:
        return False
    if isinstance(value, np.ufunc):
        return not is_public(value)  # one of another library does not say where it stands
    return not (isinstance(value, types.FunctionType | type | Derived) or callable(value))


def _carries(a: Operand) -> bool:
    """Whether an operand may carry a derivative."""
    t = type_of(a)
    return isinstance(a, Var) and (
        t is UNKNOWN
        or (isinstance(t, Number | Array) and (t.dtype is None or t.dtype.kind in "fc"))
    )


_parsed: dict[tuple[types.CodeType, str], tuple[Any, Any]] = {}


def parsed(f: Any) -> tuple[Any, Any]:
    """The source of a function and its normalized tree, read once."""
    key = (f.__code__, f.__code__.co_filename)  # equal code may stand in two files
    found = _parsed.get(key)
    if found is None:
        source = read(f)
        tree = with_private_names(source.tree, f.__code__)
        found = _parsed[key] = (source, normalize(tree, source))
    return found


_normalized: dict[int, Any] = {}


def normalized(node: Any, source: Any) -> Any:
    """A nested function's tree, normalized once."""
    found = _normalized.get(id(node))
    if found is None or found[0] is not node:
        tree = node if isinstance(node, gast.Lambda) else normalize(node, source)
        found = _normalized[id(node)] = (node, tree)
    return found[1]

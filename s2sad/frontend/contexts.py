"""`with`: the body is walked where it stands, between what its manager does before and after.

Managers that change no values (`np.errstate` that ignores or warns, `warnings.catch_warnings`,
locks) leave no trace in the derivative.  Those of the user are walked: `__enter__` and `__exit__`
like any call, a generator under `contextlib.contextmanager` up to its `yield` and from there on.
"""

from __future__ import annotations

import contextlib
import io
import threading
import types
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from s2sad.frontend.calls import parsed
from s2sad.frontend.raising import Raises, raises
from s2sad.frontend.source import unwrap
from s2sad.frontend.statements import FALLS
from s2sad.frontend.syntax import replaced, walk_scope
from s2sad.frontend.values import Bound, Closure, Instance, Value
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Var

LOCKS = (
    type(threading.Lock()), type(threading.RLock()), threading.Condition, threading.Semaphore,
)  # fmt: skip
LOCK_MAKERS = (threading.Lock, threading.RLock, *LOCKS[2:])
_GENERATED = contextlib.contextmanager(lambda: iter(())).__code__
_NONE = Lit(None)


@dataclass(eq=False)
class Manager:
    """A context manager that the interpreter knows, with its arguments."""

    kind: Any
    args: list[Value]
    kwargs: dict[str, Value]


class Contexts:
    """The `with` statement."""

    def do_With(self: Walk, s: Any) -> Value:
        return self.with_items(s.items, s)

    def with_items(self: Walk, items: list[Any], s: Any) -> Value:
        """The body inside the first manager, the second in it, and so on."""
        if not items:
            return self.block(s.body)
        first, *rest = items
        manager = self.eval(first.context_expr)
        if isinstance(manager, Manager) and manager.kind is contextlib.suppress:
            return self.suppressed(manager, rest, s)

        def body(entered: Value) -> Value:
            if first.optional_vars is not None:
                self.assign(first.optional_vars, entered)
            return self.with_items(rest, s)

        return self.inside_manager(manager, body, first.context_expr)

    def suppressed(self: Walk, m: Manager, rest: list[Any], s: Any) -> Value:
        """contextlib.suppress: a try whose handler does nothing."""
        classes = tuple(self.static(v, "an argument of suppress", s) for v in m.args)
        body = [replaced(s, items=rest)] if rest else s.body
        kind = gast.copy_location(gast.Constant(classes, None), s)
        handler = gast.copy_location(gast.ExceptHandler(kind, None, []), s)
        return self.try_except(gast.copy_location(gast.Try(body, [handler], [], []), s))

    def inside_manager(
        self: Walk, manager: Value, body: Callable[[Value], Value], node: Any
    ) -> Value:
        """The outcome of `body`, which is given what the manager enters with."""
        match manager:
            case Manager():
                return self.inside_known(manager, body, node)
            case Instance():
                return self.inside_instance(manager, body, node)
            case Lit() if isinstance(manager.value, LOCKS):
                return body(Lit(True))
            case Var() if self.made_by(manager) in LOCK_MAKERS:
                return body(Lit(True))
            case Lit() if isinstance(getattr(type(manager.value), "__enter__", None), _FUNCTION):
                return self.inside_instance(manager, body, node)
            case Var() if self.made_by(manager) in (open, io.open):
                outcome = body(manager)
                self.call(self.attribute(manager, "close", node), [], {}, node)
                return outcome
        raise self.refuse(
            f"the context manager {self.name_of_manager(manager)}",
            "move it outside the function, or write a class with __enter__ and __exit__",
            node,
        )

    def made_by(self: Walk, v: Var) -> Any:
        """The function whose opaque call made a value."""
        made = self.b.defined.get(v)
        callee = getattr(made.primitive, "callee", None) if made is not None else None
        return callee.value if isinstance(callee, Lit) else None

    def name_of_manager(self: Walk, manager: Value) -> str:
        found = self.made_by(manager) if isinstance(manager, Var) else None
        return getattr(found, "__name__", None) or str(self.kind_of(manager))

    def inside_known(self: Walk, m: Manager, body: Callable[[Value], Value], node: Any) -> Value:
        if m.kind is contextlib.nullcontext:
            given = [*m.args, *m.kwargs.values()]
            return body(given[0] if given else _NONE)
        if m.kind is np.errstate:
            return self.inside_errstate(m, body, node)
        if m.kind is warnings.catch_warnings:
            return self.inside_warnings(m, body, node)
        return self.inside_generator(m, body, node)

    def inside_errstate(self: Walk, m: Manager, body: Callable[[Value], Value], node: Any) -> Value:
        modes = [
            self.static(v, "an argument of np.errstate", node)
            for v in (*m.args, *m.kwargs.values())
        ]
        if any(mode == "call" for mode in modes):
            raise self.refuse("np.errstate that calls a function", "test the values instead", node)
        if "raise" not in modes:
            return body(_NONE)
        self.raising_floats += 1
        try:
            self.raise_under(m, lambda: body(_NONE), node)
            return body(_NONE)
        finally:
            self.raising_floats -= 1

    def inside_warnings(self: Walk, m: Manager, body: Callable[[Value], Value], node: Any) -> Value:
        """The filters are not set in the derivative: only errors made of warnings change values."""
        if self.static(m.kwargs.get("record", Lit(False)), "record", node):
            raise self.refuse("catch_warnings with record=True", "leave the record out", node)
        if self.static(m.kwargs.get("action", _NONE), "action", node) == "error":
            raise self.refuse("warnings as errors", "test the values, and raise", node)
        self.caught_warnings += 1
        try:
            return body(_NONE)
        finally:
            self.caught_warnings -= 1

    def inside_instance(
        self: Walk, manager: Value, body: Callable[[Value], Value], node: Any
    ) -> Value:
        """A manager of a class of the user's: entered, and left when the body has run."""
        leave = self.attribute(manager, "__exit__", node)
        self.check_exit(leave, node)
        entered = self.call(self.attribute(manager, "__enter__", node), [], {}, node)
        try:
            outcome = body(entered)
        except Raises as error:
            self.call(leave, [Lit(error.cls), error.error, _NONE], {}, node)
            raise
        self.call(leave, [_NONE, _NONE, _NONE], {}, node)
        return outcome

    def check_exit(self: Walk, leave: Value, node: Any) -> None:
        """Refuses an `__exit__` that may swallow exceptions: what happens then is another path."""
        tree = self.tree_of_function(leave)
        for found in walk_scope(tree.body) if tree is not None else ():
            if isinstance(found, gast.Return) and not _is_false(found.value):
                raise self.refuse(
                    "a context manager whose __exit__ may swallow exceptions",
                    "return None from __exit__, and catch the exception with try",
                    node,
                )

    def tree_of_function(self: Walk, f: Value) -> Any:
        """The tree of a function of the user's, as it was written; None for any other."""
        while isinstance(f, Bound):
            f = f.function
        if isinstance(f, Closure):
            return f.node
        plain = getattr(f.value, "__func__", f.value) if isinstance(f, Lit) else None
        return parsed(unwrap(plain))[0].tree if self.is_walked(plain) else None

    def inside_generator(
        self: Walk, m: Manager, body: Callable[[Value], Value], node: Any
    ) -> Value:
        """A generator: its code up to the yield, the body, its code from there on."""
        outer, depth = self.frame, self.b.conditional - len(self.tries)
        outcomes: list[Value] = []
        entered: list[Value] = []

        def at_yield(value: Value) -> Value:
            if self.b.conditional - len(self.tries) != depth:
                raise self.refuse(
                    "a yield under a condition that depends on data",
                    "let the manager yield on every path alike",
                    node,
                )
            if entered:
                raise raises(RuntimeError("generator didn't stop"))
            entered.append(value)
            inner, self.frame = self.frame, outer
            try:
                outcomes.append(body(value))
            finally:
                self.frame = inner
            return _NONE

        self.run_generator(m.kind, m.args, m.kwargs, at_yield)
        if not entered:
            raise raises(RuntimeError("generator didn't yield"))
        return outcomes[0] if outcomes else FALLS  # the generator has handled an exception


def is_manager_function(f: Any) -> bool:
    """Whether a function is a generator under contextlib.contextmanager."""
    return isinstance(f, types.FunctionType) and f.__code__ is _GENERATED


def _is_false(e: Any) -> bool:
    return e is None or (isinstance(e, gast.Constant) and not e.value)


def _known(kind: Any) -> Callable[..., Value]:
    return lambda s, a, k, n: Manager(kind, a, k)


def _contextmanager(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    return Bound(Lit(managed_by), (a[0],))


def managed_by(function: Any, *args: Any, **kwargs: Any) -> Any:
    """The manager that a generator function under contextlib.contextmanager makes."""
    return contextlib.contextmanager(function)(*args, **kwargs)


def managed(s: Any, function: Value, a: list[Value], k: dict[str, Value]) -> Value:
    """The manager that a call of such a function makes."""
    return Manager(function, a, k)


def _filter(of: Any) -> Callable[..., Value]:
    """warnings.simplefilter and the like: dropped inside catch_warnings, which undoes them."""

    def handle(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
        if not s.caught_warnings:
            return s.opaque(Lit(of), a, k, n)
        action = k.get("action", a[0] if a else Lit(""))
        if s.static(action, "the action of a warning filter", n) == "error":
            raise s.refuse("warnings as errors", "test the values, and raise", n)
        return _NONE

    return handle


_FUNCTION = types.FunctionType
CONTEXT_HANDLERS: dict[Any, Callable[..., Value]] = {
    np.errstate: _known(np.errstate),
    warnings.catch_warnings: _known(warnings.catch_warnings),
    contextlib.nullcontext: _known(contextlib.nullcontext),
    contextlib.suppress: _known(contextlib.suppress),
    contextlib.contextmanager: _contextmanager,
    managed_by: lambda s, a, k, n: managed(s, a[0], a[1:], k),
    warnings.simplefilter: _filter(warnings.simplefilter),
    warnings.filterwarnings: _filter(warnings.filterwarnings),
}  # fmt: skip

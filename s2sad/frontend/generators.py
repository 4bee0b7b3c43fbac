"""Generator functions: their bodies are walked where somebody takes what they yield."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import gast

from s2sad.frontend.binding import foreign_names, local_names
from s2sad.frontend.calls import normalized
from s2sad.frontend.normalize import normalize
from s2sad.frontend.raising import has_effects
from s2sad.frontend.source import Source, read, unwrap
from s2sad.frontend.syntax import walk_scope
from s2sad.frontend.values import Bound, Closure, Frame, NeedsUnrolling, Value
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit


class Generators:
    """Walks a generator function with a receiver of its values."""

    def call_walked(
        self: Walk, f: Closure, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        """A call of a function defined while interpreting."""
        if _yields(f.node):
            return self.collected(f, args, kwargs, node)
        return self.call_closure(f, args, kwargs, node)

    def collected(
        self: Walk, function: Value, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        """All that a generator function yields, found at the call."""
        depth, length = self.b.conditional - len(self.tries), len(self.b.regions[-1])
        items: list[Value] = []
        place = self.location(node)

        def at_yield(value: Value) -> Value:
            if self.b.conditional - len(self.tries) != depth:
                what = "a generator that yields in a loop or branch that depends on data"
                raise NeedsUnrolling(what, place)
            items.append(value)
            return Lit(None)

        self.run_generator(function, args, kwargs, at_yield)
        if has_effects(self.b.regions[-1][length:]):
            raise self.refuse(
                "a generator with effects (a print, a random draw, an opaque call)",
                "collect the values in a list and return it",
                node,
            )
        code = function if isinstance(function, Closure) else None
        return self.once(items, *args, *kwargs.values(), code=code)

    def run_generator(
        self: Walk, function: Value, args: list[Value], kwargs: dict[str, Value],
        at_yield: Callable[[Value], Value],
    ) -> None:  # fmt: skip
        """Walks the body of a generator function; `at_yield` is given every value."""
        while isinstance(function, Bound):
            args, kwargs = [*function.args, *args], {**function.kwargs, **kwargs}
            function = function.function
        frame, code, tree, defaults = self.generator_frame(function)
        name = getattr(tree, "name", "generator")
        frame.locals = self.bind_parameters(tree.args, defaults, args, kwargs, name)
        frame.scope, frame.outside = local_names(tree), foreign_names(tree)
        self.generators.append((frame, at_yield))
        try:
            self.walk_body(code, tree, frame)
        finally:
            self.generators.pop()

    def generator_frame(self: Walk, function: Value) -> tuple[Frame, Any, Any, dict[str, Value]]:
        """The frame, code, tree and defaults of a generator function."""
        if isinstance(function, Closure):
            outer = function.frame
            frame = Frame(outer.source, {}, outer.globals, outer.cells, outer, outer.path)
            tree = normalized(function.node, outer.source)
            return frame, (function.node, function), tree, function.defaults
        plain = unwrap(function.value)
        source, tree = _parsed(plain)
        path = self.paths.get(id(function.value))
        cells = dict(zip(plain.__code__.co_freevars, plain.__closure__ or (), strict=True))
        frame = Frame(source, {}, plain.__globals__, cells, None, path)
        return frame, plain.__code__, tree, self.plain_defaults(plain, path)

    def eval_Yield(self: Walk, e: Any) -> Value:
        value = Lit(None) if e.value is None else self.eval(e.value)
        for frame, at_yield in self.generators:
            if frame is self.frame:
                return at_yield(value)
        raise self.refuse("yield", "return the values together", e)

    def eval_YieldFrom(self: Walk, e: Any) -> Value:
        for item in self.elements(self.eval(e.value), e):
            for frame, at_yield in self.generators:
                if frame is self.frame:
                    at_yield(item)
                    break
            else:
                raise self.refuse("yield from", "return the values together", e)
        return Lit(None)


@functools.cache
def _yields(node: Any) -> bool:
    """Whether the function of a tree is a generator."""
    body = [node.body] if isinstance(node, gast.Lambda) else node.body
    return any(isinstance(n, gast.Yield | gast.YieldFrom) for n in walk_scope(body))


_trees: dict[Any, tuple[Source, Any]] = {}


def _parsed(f: Any) -> tuple[Source, Any]:
    """The source of a generator function and its normalized tree, read once."""
    key = (f.__code__, f.__code__.co_filename)
    if key not in _trees:
        source = read(f, generators=True)
        _trees[key] = (source, normalize(source.tree, source))
    return _trees[key]

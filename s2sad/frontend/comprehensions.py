"""Comprehensions and sums of generators."""

from __future__ import annotations

from typing import Any

import gast

from s2sad.frontend.values import (
    Frame,
    Mapping,
    Range,
    Sequence,
    Value,
)
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Var


class Comprehensions:
    """Comprehensions, element by element; a sum over data of unknown length is a loop."""

    def sum_of_generator(self: Walk, e: Any) -> Value | None:
        """sum(f(x) for x in xs) over what is not known one by one: a loop that adds."""
        found = e.args[0] if e.args else None
        if not isinstance(found, gast.GeneratorExp | gast.ListComp) or len(found.generators) > 1:
            return None
        g = found.generators[0]
        with self.trial():
            iterable = self.eval(g.iter)
            short = None if isinstance(iterable, Range) else self.known_elements(iterable)
        if short is not None:
            return None
        iterable = self.eval(g.iter)
        start = self.eval(e.args[1]) if len(e.args) > 1 else Lit(0)
        return self.adding_loop(iterable, start, g.target, found.elt, g.ifs, e)

    def summed(self: Walk, iterable: Value, start: Value, node: Any) -> Value:
        """sum(iterable) of what is not known one by one: a loop that adds."""
        item, store = gast.Load(), gast.Store()
        target = gast.Name(" item", store, None, None)
        return self.adding_loop(
            iterable, start, target, gast.Name(" item", item, None, None), [], node
        )

    def adding_loop(
        self: Walk,
        iterable: Value,
        start: Value,
        target: Any,
        element: Any,
        tests: list[Any],
        e: Any,
    ) -> Value:
        """total = start; for target in iterable: if tests: total = total + element."""
        outer = self.frame
        inner = Frame(outer.source, {}, outer.globals, outer.cells, outer, outer.path)
        name, source = " total", " values"  # no name of the user's has a space
        inner.locals = {name: start, source: iterable}
        total = gast.Name(name, gast.Load(), None, None)
        store = gast.Name(name, gast.Store(), None, None)
        step: Any = gast.Assign([store], gast.BinOp(total, gast.Add(), element), None)
        for test in reversed(tests):
            step = gast.If(test, [step], [])
        loop = gast.For(target, gast.Name(source, gast.Load(), None, None), [step], [], None)
        for node in gast.walk(loop):
            if not hasattr(node, "lineno") and hasattr(e, "lineno"):
                gast.copy_location(node, e)
        self.frame = inner
        self.frames.append(inner)
        try:
            self.do_For(loop)
        finally:
            self.frame = outer
            self.frames.pop()
        result = inner.locals[name]
        if isinstance(result, Var) and result.hint == name:
            result.hint = ""
        return result

    def eval_ListComp(self: Walk, e: Any) -> Value:
        out: list[Value] = []
        self.comprehend(e, e.generators, lambda: out.append(self.eval(e.elt)))
        return Sequence(list, out, self.region)

    def eval_GeneratorExp(self: Walk, e: Any) -> Value:
        out: list[Value] = []
        self.comprehend(e, e.generators, lambda: out.append(self.eval(e.elt)))
        return Sequence(tuple, out)

    def eval_DictComp(self: Walk, e: Any) -> Value:
        out: dict[Any, Value] = {}

        def add() -> None:
            key = self.static(self.eval(e.key), "a key of a dict", e)
            out[key] = self.eval(e.value)

        self.comprehend(e, e.generators, add)
        return Mapping(out, self.region)

    def comprehend(self: Walk, e: Any, generators: list[Any], add: Any) -> None:
        """Runs a comprehension over iterables of known length, its names its own."""
        outer = self.frame
        assert outer is not None
        iterable = self.elements(self.eval(generators[0].iter), e)
        self.frame = Frame(
            outer.source, {}, outer.globals, outer.cells, outer, outer.path, frozenset()
        )
        try:
            self._comprehend(e, iterable, generators, add)
        finally:
            self.frame = outer

    def _comprehend(
        self: Walk, e: Any, items: list[Value], generators: list[Any], add: Any
    ) -> None:
        g, *rest = generators
        for item in items:
            self.assign(g.target, item)
            tests = [self.truth(self.eval(t)) for t in g.ifs]
            if not all(isinstance(t, bool) for t in tests):
                raise self.refuse(
                    "a comprehension whose condition depends on data",
                    "select with np.where or a boolean mask",
                    e,
                )
            if not all(tests):
                continue
            if rest:
                self._comprehend(e, self.elements(self.eval(rest[0].iter), e), rest, add)
            else:
                add()

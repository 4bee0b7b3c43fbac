"""Comprehensions and sums of generators."""

from __future__ import annotations

from typing import Any

import gast

from s2sad.frontend.values import (
    Frame,
    Mapping,
    Range,
    Value,
)
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Var


class OnData(Exception):
    """How many elements a comprehension has depends on data."""


class Comprehensions:
    """Comprehensions, element by element; a sum over data of unknown length is a loop."""

    def sum_of_generator(self: Walk, e: Any) -> Value | None:
        """sum(f(x) for x in xs) over what is not known one by one: a loop that adds."""
        found = e.args[0] if e.args else None
        if not isinstance(found, gast.GeneratorExp | gast.ListComp) or len(found.generators) > 1:
            return None
        given = [*e.args[1:], *(k.value for k in e.keywords if k.arg == "start")]
        if len(e.args) + len(e.keywords) > len(given) + 1:
            return None
        g = found.generators[0]
        iterable = self.eval(g.iter)
        with self.trial():
            short = None if isinstance(iterable, Range) else self.known_elements(iterable)
        if short is not None:
            self.evaluated[id(g.iter)] = iterable
            return None
        start = self.eval(given[0]) if given else Lit(0)
        return self.adding_loop(iterable, start, g.target, found.elt, g.ifs, e)

    def any_of_generator(self: Walk, e: Any, wanted: bool) -> Value | None:
        """any or all of a generator over what is not known one by one: a loop that stops asking."""
        found = e.args[0] if len(e.args) == 1 else None
        if not isinstance(found, gast.GeneratorExp | gast.ListComp) or len(found.generators) > 1:
            return None
        g = found.generators[0]
        iterable = self.eval(g.iter)
        if isinstance(iterable, Range) or self.known_elements(iterable) is not None:
            self.evaluated[id(g.iter)] = iterable
            return None
        total = gast.Name(" total", gast.Load(), None, None)
        store = gast.Name(" total", gast.Store(), None, None)
        test = found.elt if wanted else gast.UnaryOp(gast.Not(), found.elt)
        step: Any = gast.If(test, [gast.Assign([store], gast.Constant(wanted, None), None)], [])
        for condition in reversed(g.ifs):
            step = gast.If(condition, [step], [])
        left = gast.UnaryOp(gast.Not(), total) if wanted else total
        return self.loop_apart(iterable, Lit(not wanted), g.target, gast.If(left, [step], []), e)

    def summed(self: Walk, iterable: Value, start: Value, node: Any) -> Value:
        """sum(iterable) of what is not known one by one: a loop that adds."""
        item, store = gast.Load(), gast.Store()
        target = gast.Name(" item", store, None, None)
        return self.adding_loop(
            iterable, start, target, gast.Name(" item", item, None, None), [], node
        )

    def folded(self: Walk, iterable: Value, start: Value, op: Any, node: Any) -> Value:
        """start op item op item ... of what is not known one by one: a loop."""
        target = gast.Name(" item", gast.Store(), None, None)
        element = gast.Name(" item", gast.Load(), None, None)
        return self.adding_loop(iterable, start, target, element, [], node, op)

    def adding_loop(
        self: Walk, iterable: Value, start: Value, target: Any, element: Any, tests: list[Any],
        e: Any, op: Any = None,
    ) -> Value:  # fmt: skip
        """total = start; for target in iterable: if tests: total = total + element."""
        total = gast.Name(" total", gast.Load(), None, None)
        store = gast.Name(" total", gast.Store(), None, None)
        step: Any = gast.Assign([store], gast.BinOp(total, op or gast.Add(), element), None)
        for test in reversed(tests):
            step = gast.If(test, [step], [])
        return self.loop_apart(iterable, start, target, step, e)

    def reduced(self: Walk, function: Value, iterable: Value, start: Value, node: Any) -> Value:
        """start = function(start, item) for each item of what is not known one by one."""
        load = gast.Load()
        total, item = gast.Name(" total", load, None, None), gast.Name(" item", load, None, None)
        called = gast.Call(gast.Name(" function", load, None, None), [total, item], [])
        step: Any = gast.Assign([gast.Name(" total", gast.Store(), None, None)], called, None)
        target = gast.Name(" item", gast.Store(), None, None)
        return self.loop_apart(iterable, start, target, step, node, {" function": function})

    def loop_apart(
        self: Walk, iterable: Value, start: Value, target: Any, step: Any, e: Any,
        names: dict[str, Value] | None = None,
    ) -> Value:  # fmt: skip
        """What ` total` is after `for target in iterable: step`, with names of its own."""
        outer = self.frame
        inner = Frame(outer.source, {}, outer.globals, outer.cells, outer, outer.path)
        name, source = " total", " values"  # no name of the user's has a space
        inner.locals = {name: start, source: iterable, **(names or {})}
        loop = gast.For(target, gast.Name(source, gast.Load(), None, None), [step], [], None)
        self.run_loop(inner, loop, e)
        result = inner.locals[name]
        if isinstance(result, Var) and result.hint == name:
            result.hint = ""
        return result

    def run_loop(self: Walk, inner: Frame, loop: Any, e: Any) -> None:
        """Walks a loop that stands for the expression `e`, with the names of `inner`."""
        for node in gast.walk(loop):
            if not hasattr(node, "lineno") and hasattr(e, "lineno"):
                gast.copy_location(node, e)
        outer, self.frame = self.frame, inner
        self.frames.append(inner)
        try:
            self.do_For(loop)
        finally:
            self.frame = outer
            self.frames.pop()

    def eval_ListComp(self: Walk, e: Any) -> Value:
        return self.comprehension(e, list)

    def eval_GeneratorExp(self: Walk, e: Any) -> Value:
        return self.comprehension(e, tuple)

    def comprehension(self: Walk, e: Any, cls: Any) -> Value:
        """The elements one by one; where their number is not known, a loop that appends."""
        out: list[Value] = []
        source = e.generators[0].iter
        first = self.evaluated.pop(id(source), None)
        first = self.eval(source) if first is None else first
        before = self.checkpoint()
        try:
            with self.journal() as log:
                self.comprehend(e, first, e.generators, lambda: out.append(self.eval(e.elt)))
            self.keep(log)
        except OnData:
            self.go_back(before)
            return self.collect(first, e.generators, e.elt, e, cls)
        return self.new_list(out, e) if cls is list else self.once(out, code=e)

    def eval_SetComp(self: Walk, e: Any) -> Value:
        out: list[Any] = []

        def add() -> None:
            out.append(self.static(self.eval(e.elt), "an element of a set", e))

        try:
            self.comprehend(e, self.eval(e.generators[0].iter), e.generators, add)
        except OnData:
            raise self.refuse("a set of values that depend on data", "keep a list", e) from None
        return self.set_of(list(dict.fromkeys(out)), e)

    def eval_DictComp(self: Walk, e: Any) -> Value:
        out: dict[Any, Value] = {}

        def add() -> None:
            key = self.static(self.eval(e.key), "a key of a dict", e)
            out[key] = self.eval(e.value)

        try:
            self.comprehend(e, self.eval(e.generators[0].iter), e.generators, add)
        except OnData:
            raise self.refuse(
                "a dict whose keys depend on data", "keep keys and values in two lists", e
            ) from None
        return Mapping(out, self.region)

    def comprehend(self: Walk, e: Any, first: Value, generators: list[Any], add: Any) -> None:
        """Runs a comprehension over iterables of known length, its names its own."""
        outer = self.frame
        assert outer is not None
        iterable = self.elements_known(first, e)
        self.frame = Frame(
            outer.source, {}, outer.globals, outer.cells, outer, outer.path, frozenset()
        )
        self.comprehensions.append(self.frame)
        try:
            self._comprehend(e, iterable, generators, add)
        finally:
            self.comprehensions.pop()
            self.frame = outer

    def elements_known(self: Walk, v: Value, e: Any) -> list[Value]:
        """The elements one by one, if it is known how many there are."""
        if self.grows_by(v) and e not in self.learned.kept:
            raise OnData
        return self.elements(v, e)

    def _comprehend(
        self: Walk, e: Any, items: list[Value], generators: list[Any], add: Any
    ) -> None:
        g, *rest = generators
        for item in items:
            self.assign(g.target, item)
            tests = [self.truth(self.eval(t)) for t in g.ifs]
            if not all(isinstance(t, bool) for t in tests):
                raise OnData
            if not all(tests):
                continue
            if rest:
                inner = self.elements_known(self.eval(rest[0].iter), e)
                self._comprehend(e, inner, rest, add)
            else:
                add()

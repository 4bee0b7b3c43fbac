"""`try`: what is known to raise takes its handler at once; what may raise is tried first, as data.

Statements that cannot raise what is handled are walked where they stand.  From the first that may,
the body becomes a function of its own, without derivative, that is run to see whether it raises:

    try:                                    error = attempt(f_attempt, LinAlgError, a)
        c = cholesky(a)                     if error is None:
    except LinAlgError:                         c = cholesky(a)
        c = cholesky(a + jitter)            else:
                                                c = cholesky(a + jitter)

What follows is an ordinary branch.
"""

from __future__ import annotations

from itertools import pairwise
from math import inf
from typing import Any

import gast

from s2sad.frontend.journal import Contents, Items, Name, Place
from s2sad.frontend.memory import Stale, serial_of
from s2sad.frontend.names import Made
from s2sad.frontend.prims import template
from s2sad.frontend.raising import (
    ANYTHING,
    Classes,
    Raises,
    has_effects,
    kept,
    may_raise,
    raised_by,
    related,
)
from s2sad.frontend.stale import bound_before_failing, last_failing
from s2sad.frontend.statements import FALLS, RAISED
from s2sad.frontend.syntax import replaced
from s2sad.frontend.values import Missing, Value
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Block, Function, Let, Lit, Operand, Param, Statement, Var
from s2sad.ir.prune import prune
from s2sad.ir.tree import Struct
from s2sad.ir.types import BOOL, OPAQUE
from s2sad.ir.walk import free_vars
from s2sad.runtime import attempt, raise_under

STALE = "it is bound in a try body that may have failed"


class Tries:
    """The `try` statement and `raise`."""

    def do_Try(self: Walk, s: Any) -> Value:
        if not s.finalbody:
            return self.try_except(s)
        inside = [replaced(s, finalbody=[])] if s.handlers else s.body
        try:
            outcome = self.guarded_block(inside)
        except Raises as error:
            last = self.block(s.finalbody)
            return last if last is not FALLS else self.throw(error)
        last = self.block(s.finalbody)
        return outcome if last is FALLS else last

    def guarded_block(self: Walk, body: list[Any]) -> Value:
        """Walks statements; what they are known to raise on every path comes as `Raises`."""
        with self.b.supposing():  # it may raise
            self.tries.append(self.b.conditional)
            try:
                return self.block(body)
            finally:
                self.tries.pop()

    def try_except(self: Walk, s: Any) -> Value:
        handlers = [(self.handled_classes(h), h) for h in s.handlers]
        classes = tuple(c for found, _ in handlers for c in found)
        for i, statement in enumerate(s.body):
            before, length = self.checkpoint(), len(self.b.regions[-1])
            raised: Raises | None = None
            outcome: Value = FALLS
            with self.journal() as log:
                try:
                    outcome = self.guarded_block([statement])
                except Raises as error:
                    raised = error
                made = self.b.regions[-1][length:]
                fallible = outcome is RAISED or may_raise(made, classes)
                if fallible:
                    self.revert(log)
            self.keep(log)
            if fallible:
                self.go_back(before)
                return self.attempted(s.body[i:], s.orelse, handlers, s)
            if raised is not None:
                return self.caught(raised, handlers)
            if outcome is not FALLS:
                return outcome
        return self.block(s.orelse)

    def handled_classes(self: Walk, h: Any) -> Classes:
        """The classes of a handler."""
        if h.type is None:
            return ANYTHING
        found = self.static(self.eval(h.type), "the class of an except clause", h)
        return found if isinstance(found, tuple) else (found,)

    # known exceptions

    def throw(self: Walk, error: Raises) -> Value:
        """Raises on: to the handlers around, or as a statement where none is sure to be reached."""
        if self.tries and self.tries[-1] == self.b.conditional:
            raise error
        self.emit_raise(error.error, error.cls, None)
        return RAISED

    def emit_raise(
        self: Walk, error: Value, cls: type[BaseException] | None, cause: Value | None
    ) -> None:
        """The statement `raise`."""
        if isinstance(error, Lit) and isinstance(error.value, BaseException):
            made = [Lit(type(error.value)), *map(Lit, error.value.args)]
            texts, operands = self.rendered(made)
            text = f"raise {texts[0]}({', '.join(texts[1:])})"
        else:
            texts, operands = self.rendered([error])
            text = f"raise {texts[0]}"
        if cause is not None:
            texts, more = self.rendered([cause], len(operands))
            text, operands = f"{text} from {texts[0]}", [*operands, *more]
        p = template(text, len(operands))
        p.raises = ANYTHING if cls is None else (cls,)
        self.b.let(p, tuple(operands))

    def caught(self: Walk, error: Raises, handlers: list[Any]) -> Value:
        """The handler that takes a known exception."""
        for classes, h in handlers:
            if issubclass(error.cls, classes):
                return self.handle(h, error)
        return self.throw(error)

    def handle(self: Walk, h: Any, error: Raises) -> Value:
        """The body of a handler, in which the exception has its name and `raise` repeats it."""
        if h.name is not None:
            self.bind(_text(h.name), error.error)
        self.handling.append(error)
        try:
            outcome = self.block(h.body)
        finally:
            self.handling.pop()
        if h.name is not None:
            self.frame.locals[_text(h.name)] = Missing("it is an exception that was handled")
        return outcome

    def do_Raise(self: Walk, s: Any) -> Value:
        cause = self.eval(s.cause) if s.cause is not None else None
        if s.exc is None:
            if not self.handling:
                raise self.refuse("raise without an exception", "name the exception", s)
            again = self.handling[-1]
            error, cls = again.error, again.cls
        else:
            error = self.eval(s.exc)
            cls = self.class_of_exception(error)
        if cls is not None and self.tries and self.tries[-1] == self.b.conditional:
            raise Raises(error, cls)
        self.emit_raise(error, cls, cause)
        return RAISED

    def class_of_exception(self: Walk, error: Value) -> Any:
        """The class of an exception that is raised; None where it is not known."""
        found = error.value if isinstance(error, Lit) else None
        if isinstance(error, Var):
            found = self.made_by(error)
        if isinstance(found, BaseException):
            return type(found)
        return found if isinstance(found, type) and issubclass(found, BaseException) else None

    # exceptions that depend on data

    def attempted(
        self: Walk, rest: list[Any], orelse: list[Any], handlers: list[Any], s: Any
    ) -> Value:
        """The body run as data, and then what Python does: the body, or a handler.

        Where a handler reads what the body binds, the statements are tried one by one.
        """
        classes = tuple(dict.fromkeys(c for found, _ in handlers for c in found))
        if self.raising_floats and related((FloatingPointError,), classes):
            raise self.refuse(
                "a handler of FloatingPointError inside of np.errstate",
                "put the with statement into the try body",
                s,
            )
        single = rest[0] in self.learned.unrolled
        tried, more = (rest[:1], rest[1:]) if single else (rest, [])
        error, stale, places = self.probed(tried, classes, s)
        p = template("{0} is None", 1, BOOL, pure=True)
        p.raises = ()
        truth = self.b.let(p, (error,))

        def passed() -> Value:
            outcome = self.block(tried)
            if outcome is not FALLS:
                return outcome
            return self.try_except(replaced(s, body=more)) if more else self.block(orelse)

        def handled() -> Value:
            instead = tuple(rest[:1] if len(tried) > 1 else [])
            for name in stale:
                self.frame.locals[name] = Missing(STALE, loops=instead)
            for place in places:
                self.put_stale(place, instead, s)
            return self.choose_handler(error, handlers, s)

        return self.joined(truth, self.way(passed), self.way(handled), s)

    def put_stale(self: Walk, place: Place, instead: tuple[Any, ...], s: Any) -> None:
        """What the body has perhaps changed before it failed is not known in the handlers."""
        if isinstance(place, Contents):
            self.put(place, Stale(self.location(s), instead, tried=True))
        elif isinstance(place, Items):
            self.learn_to_unroll(instead)
            raise self.refuse(
                "a change of a container in a try body that may fail",
                "change it before or after the try statement",
                s,
            )
        else:
            self.put(place, Missing(STALE, loops=instead))

    def choose_handler(self: Walk, error: Any, handlers: list[Any], s: Any) -> Value:
        """The first handler whose classes take an exception known at run time."""
        (classes, h), *others = handlers
        taken = Raises(error, _common(classes))
        if not others:
            return self.handle(h, taken)
        operands = self.class_operands(classes)
        p = template(f"isinstance({{0}}, {_holes(1, len(operands))})", 1 + len(operands), BOOL)
        p.pure, p.raises = True, ()
        truth = self.b.let(p, (error, *operands))
        then = self.way(lambda: self.handle(h, taken))
        return self.joined(truth, then, self.way(lambda: self.choose_handler(error, others, s)), s)

    def class_operands(self: Walk, classes: Classes) -> list[Operand]:
        """Exception classes as operands, with names in the generated code."""
        _, operands = self.rendered([Lit(c) for c in classes])
        return list(operands)

    def probed(
        self: Walk, rest: list[Any], classes: Classes, s: Any
    ) -> tuple[Var, list[str], list[Place]]:
        """What the body raises of the classes, or None; and what may be changed by then."""
        lengths: list[int] = []  # of the body, before each statement
        mark = len(self.touched)

        def run() -> Value:
            for statement in rest:
                lengths.append(len(self.b.regions[-1]))
                outcome = self.statement(statement)
                if outcome is not FALLS:
                    return outcome
            return FALLS

        way = self.way(run)
        name, params = self.probe_function(way.body, classes, s)
        operands = self.class_operands(classes)
        count = 1 + len(operands) + len(params)
        given = "".join(f", {{{i}}}" for i in range(1 + len(operands), count))
        text = f"{{0}}({name}, {_holes(1, len(operands))}{given})"
        p = template(text, count, OPAQUE, pure=True)
        p.calls, p.raises = name, _all_raised(way.body)
        error = self.b.var(OPAQUE, "error")
        self.b.add(Let(error, p, (Lit(attempt), *operands, *params), self.b.at))
        last, number = len(lengths) - 1, inf
        for i, (start, end) in enumerate(pairwise([*lengths, len(way.body)])):
            if may_raise(way.body[start:end], classes):
                last, number = i, last_failing(way.body[start:end], classes)
        keys = {key for key, names in self.touched[mark:] if names < number}
        places = [place for key, (place, _) in way.changes.items() if key in keys]
        made = [x for x in places if isinstance(x, Contents) and serial_of(x.object) > way.counter]
        flags = [x for x in places if isinstance(x, Name) and isinstance(x.name, Made)]
        old = [x for x in places if x not in made and x not in flags]
        return error, bound_before_failing(rest, last), old

    def probe_function(
        self: Walk, body: list[Statement], classes: Classes, s: Any
    ) -> tuple[str, list[Var]]:
        """A function of the program that does what the body does, for what it raises."""
        if has_effects(body):
            raise self.refuse(
                "an effect (a print, a random draw, an opaque call) in a try body that may fail",
                "move it before or after the try statement",
                s,
            )
        block = kept(Block(tuple(body)), lambda let: related(raised_by(let), classes))
        block = prune(Block(block.body))
        params = list(free_vars(block))
        names: list[str] = []
        for v in params:
            wish, n = v.hint or "x", 1
            while wish in names:
                n, wish = n + 1, f"{v.hint or 'x'}_{n}"
            names.append(wish)
        function = getattr(self.frame.source, "function", None)
        name = self.probe_name(getattr(function, "__name__", "body"))
        taken = tuple(Param(n, v) for n, v in zip(names, params, strict=True))
        self.functions[name] = Function(name, taken, block, Struct("tuple", ()), at=self.b.at)
        return name, params

    def raise_under(self: Walk, m: Any, run: Any, s: Any) -> None:
        """A body under np.errstate that raises: run as data for that, before it is walked."""
        way = self.way(run)
        name, params = self.probe_function(way.body, (FloatingPointError,), s)
        modes = [Lit(n) for n in m.kwargs]
        pairs = [f"{n.value!r}: {{{i}}}" for i, n in enumerate(modes, 1)]
        given = "".join(f", {{{i}}}" for i in range(1 + len(pairs), 1 + len(pairs) + len(params)))
        text = f"{{0}}({{{{{', '.join(pairs)}}}}}, {name}{given})"
        p = template(text, 1 + len(pairs) + len(params))
        p.calls, p.raises = name, (FloatingPointError, *_all_raised(way.body))
        self.b.let(p, (Lit(raise_under), *m.kwargs.values(), *params))

    def probe_name(self: Walk, name: str) -> str:
        stem = f"{name if name.isidentifier() else 'body'}_attempt"
        taken = {*self.functions, *(e.name for e in self.outlined.values())}
        n, wish = 1, stem
        while wish in taken:
            n, wish = n + 1, f"{stem}_{n + 1}"
        return wish


def _text(name: Any) -> str:
    return name.id if isinstance(name, gast.Name) else str(name)


def _common(classes: Classes) -> type[BaseException]:
    return classes[0] if len(classes) == 1 else BaseException


def _holes(first: int, count: int) -> str:
    holes = [f"{{{i}}}" for i in range(first, first + count)]
    return holes[0] if count == 1 else f"({', '.join(holes)})"


def _all_raised(body: list[Statement]) -> Classes:
    found = [c for s in body for c in raised_by(s)]
    return tuple(dict.fromkeys(found))

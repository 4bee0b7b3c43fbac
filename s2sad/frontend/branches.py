"""Branches: both ways walked, what they bind joined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.frontend.infer import type_of
from s2sad.frontend.statements import FALLS, RAISED, Raised
from s2sad.frontend.values import (
    Missing,
    Unbound,
    Value,
    atoms,
    freeze,
    is_atom,
    rebuilt,
    same_structure,
)
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import UNDEFINED, Atom, If, Lit, Operand, Statement, Var
from s2sad.ir.types import OPAQUE, UNKNOWN, Array, Number, Shape, Tape, Type

DEAD = object()
"""The state after a path that raised or cannot be walked yet."""


class Way:
    """One way through a branch: its statements, names and outcome."""

    def __init__(self, body: list[Statement], names: dict[str, Value], outcome: Value) -> None:
        self.body = body
        self.names = names
        self.outcome = outcome
        self.dead = isinstance(outcome, Raised) or outcome is DEAD
        self.yields: list[Operand] = []


class Branches:
    """`if` on data, as a statement and as an expression."""

    def do_If(self: Walk, s: Any) -> Value:
        truth = self.truth(self.eval(s.test))
        if isinstance(truth, bool):
            return self.block(s.body if truth else s.orelse)
        then = self.way(lambda: self.block(s.body))
        orelse = self.way(lambda: self.block(s.orelse))
        return self.joined(truth, then, orelse, s)

    def branch_expression(
        self: Walk, truth: Operand, then: Callable[[], Value], orelse: Callable[[], Value]
    ) -> Value:
        """The value of `then` or of `orelse`, whichever the data says; only that one is run."""
        return self.joined(truth, self.way(then), self.way(orelse), None)

    def way(self: Walk, run: Callable[[], Value]) -> Way:
        """Walks one way, from the names as they are now, which are put back afterwards."""
        frame = self.frame
        before, region = dict(frame.locals), self.region
        self.region = object()
        self.b.conditional += 1
        with self.b.region() as body:
            try:
                outcome = run()
            except Unbound:
                outcome = DEAD
            after = frame.locals
        self.b.conditional -= 1
        frame.locals, self.region = before, region
        return Way(body, after, outcome)

    def joined(self: Walk, truth: Any, then: Way, orelse: Way, node: Any) -> Value:
        """One `If` with the joined names and outcome of both ways as its results."""
        if then.dead and orelse.dead:
            self._close(truth, then, orelse, [])
            if DEAD in (then.outcome, orelse.outcome):
                raise Unbound("")
            return RAISED
        results: list[Var] = []
        self.join_names(then, orelse, results)
        outcome = self.join_outcomes(then, orelse, results, node)
        self._close(truth, then, orelse, results)
        return outcome

    def _close(self: Walk, truth: Atom, then: Way, orelse: Way, results: list[Var]) -> None:
        if not results and not then.body and not orelse.body:
            return
        a = self.b.block(then.body, tuple(then.yields))
        b = self.b.block(orelse.body, tuple(orelse.yields))
        self.b.add(If(truth, a, b, tuple(results), self.b.at))

    def join_names(self: Walk, then: Way, orelse: Way, results: list[Var]) -> None:
        names = self.frame.locals
        for name in [*then.names, *(n for n in orelse.names if n not in then.names)]:
            a = then.names.get(name, DEAD) if not then.dead else DEAD
            b = orelse.names.get(name, DEAD) if not orelse.dead else DEAD
            if a is b and a is not DEAD:
                names[name] = a
            elif a is not DEAD or b is not DEAD:
                names[name] = self.join_named(name, a, b, then, orelse, results)

    def join_named(
        self: Walk, name: str, a: Value, b: Value, then: Way, orelse: Way, results: list[Var]
    ) -> Value:
        """What a name holds after a branch that bound it to `a` or to `b` (DEAD: not at all)."""
        if isinstance(a, Missing) or isinstance(b, Missing):
            return a if isinstance(a, Missing) else b
        if (a is DEAD and then.dead) or (b is DEAD and orelse.dead):
            return self.surviving(b if a is DEAD else a, a is DEAD, then, orelse, results, name)
        if a is DEAD or b is DEAD:
            return self.half_bound(name, a, b, then, orelse, results)
        if not same_structure(a, b):
            return Missing("it is bound to different kinds of values by the branches above")
        return self.join_values(a, b, then, orelse, results, name)

    def surviving(
        self: Walk,
        v: Value,
        first_dead: bool,
        then: Way,
        orelse: Way,
        results: list[Var],
        hint: str,
    ) -> Value:
        """The value of the way that goes on, where the other one raised."""
        return self.join_values(
            v, v, then, orelse, results, hint, undefined=(first_dead, not first_dead)
        )

    def half_bound(
        self: Walk, name: str, a: Value, b: Value, then: Way, orelse: Way, results: list[Var]
    ) -> Value:
        """A name that one way binds: undefined after the other, as in Python."""
        v = b if a is DEAD else a
        if not all(isinstance(x, Var | Lit) for x in atoms(v)) or not list(atoms(v)):
            return Missing("it is bound by one of the branches above only")
        return self.join_values(v, v, then, orelse, results, name, undefined=(a is DEAD, b is DEAD))

    def join_values(
        self: Walk,
        a: Value,
        b: Value,
        then: Way,
        orelse: Way,
        results: list[Var],
        hint: str,
        undefined: tuple[bool, bool] = (False, False),
    ) -> Value:
        """One value for both ways, its atoms results of the branch where they differ."""
        out: list[Operand] = []
        single = is_atom(a)
        for x, y in zip(atoms(a), atoms(b), strict=True):
            if _static_equal(x, y) and (not any(undefined) or not _is_number(x)):
                out.append(x)
                continue
            if x is y and isinstance(x, Var) and not any(undefined):
                out.append(x)
                continue
            wanted = hint if single else getattr(x, "hint", "") or getattr(y, "hint", "")
            result = self.b.var(join(type_of(x), type_of(y), self.b.fresh), wanted)
            if _is_owned(self, x) and _is_owned(self, y):
                self.owned.add(result)
            results.append(result)
            then.yields.append(UNDEFINED if undefined[0] else x)
            orelse.yields.append(UNDEFINED if undefined[1] else y)
            out.append(result)
        if a is not b:
            for v in (a, b):
                freeze(v, self.foreign)
        return rebuilt(a, iter(out))

    def join_outcomes(self: Walk, then: Way, orelse: Way, results: list[Var], node: Any) -> Value:
        a, b = then.outcome, orelse.outcome
        if then.dead or orelse.dead:
            v = b if then.dead else a
            if v is FALLS:
                return FALLS
            return self.surviving(v, then.dead, then, orelse, results, "")
        if a is FALLS and b is FALLS:
            return FALLS
        if a is FALLS or b is FALLS:
            raise self.refuse("a return on one way only", "return at the end of the function", node)
        if not same_structure(a, b):
            raise self.refuse(
                "a result of different structure on each way",
                "return the same kind of value from every branch",
                node,
            )
        return self.join_values(a, b, then, orelse, results, "")


def _is_owned(self: Any, x: Operand) -> bool:
    return isinstance(x, Lit) or not self.shared_array(x)


def _is_number(x: Var | Lit) -> bool:
    return isinstance(x, Var) or isinstance(x.value, int | float | complex)


def _static_equal(x: Operand, y: Operand) -> bool:
    """Whether two literals are the same object or the same immutable value."""
    if not isinstance(x, Lit) or not isinstance(y, Lit):
        return False
    if x.value is y.value:
        return True
    plain = (bool, int, float, complex, str, bytes)
    return (
        type(x.value) is type(y.value) and type(x.value) in plain and repr(x.value) == repr(y.value)
    )


def join(a: Type, b: Type, fresh: Any) -> Type:
    """The type of a value that is of type `a` on one path and of type `b` on the other."""
    if a == b:
        return a
    if isinstance(a, Number) and isinstance(b, Number):
        return _join_numbers(a, b)
    if isinstance(a, Tape) or isinstance(b, Tape):
        return a
    if isinstance(a, Shape) and isinstance(b, Shape):
        return Shape(_join_dims(a.dims, b.dims, fresh))
    if isinstance(a, Number | Array) and isinstance(b, Number | Array):
        return _join_arrays(a, b, fresh)
    if a in (OPAQUE, UNKNOWN) or b in (OPAQUE, UNKNOWN):
        return UNKNOWN
    return OPAQUE


def _join_numbers(a: Number, b: Number) -> Number:
    size = a.size if a.size == b.size else None
    if a.weak == b.weak:
        return Number(np.promote_types(a.dtype, b.dtype), a.weak, size)
    strong, weak = (b, a) if a.weak else (a, b)
    promoted = np.result_type(strong.dtype, weak.dtype.type(0).item())
    return Number(promoted, False, size)


def _join_arrays(a: Any, b: Any, fresh: Any) -> Array:
    known = a.dtype is not None and b.dtype is not None
    dtype: np.dtype | None
    if known and isinstance(a, Number) and a.weak:
        dtype = np.result_type(b.dtype, a.dtype.type(0).item())
    elif known and isinstance(b, Number) and b.weak:
        dtype = np.result_type(a.dtype, b.dtype.type(0).item())
    else:
        dtype = np.promote_types(a.dtype, b.dtype) if known else None
    if isinstance(a, Number) != isinstance(b, Number):
        return Array(dtype, None)
    return Array(dtype, _join_dims(a.dims, b.dims, fresh))


def _join_dims(a: Any, b: Any, fresh: Any) -> Any:
    if a is None or b is None or len(a) != len(b):
        return None
    return tuple(x if x == y else fresh() for x, y in zip(a, b, strict=True))

"""grad, jvp, Jacobians and so on of a function value, as statements where the call stands.

The function is walked with fresh names for what one differentiates with respect to; the statements
found are transformed and put into the current region with the arguments in place of those names.
Whatever surrounds the call differentiates the result like any other code: there is nothing by
which an inner and an outer derivative could be confused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2sad.analysis.sharing import Owners, owners
from s2sad.analysis.sharing import of as owners_of
from s2sad.errors import OutputError
from s2sad.frontend.custom import Use
from s2sad.frontend.infer import type_of
from s2sad.frontend.memory import Stale
from s2sad.frontend.prims import template
from s2sad.frontend.values import Sequence, Value, atoms, rebuilt
from s2sad.frontend.zero import ZERO
from s2sad.ir.nodes import Block, Call, Lit, Operand, Statement, Var
from s2sad.ir.types import Array, Number, is_complex, is_inexact, kinds_of
from s2sad.ir.walk import substitute_block
from s2sad.rules.creation import astype
from s2sad.rules.notation import RULES
from s2sad.runtime import like
from s2sad.transform.adjoint import Adjoint
from s2sad.transform.custom_forward import tangent_of
from s2sad.transform.engine import Engine
from s2sad.transform.handed import Held, Left, paired
from s2sad.transform.refusals import not_floating, not_real, not_scalar
from s2sad.transform.tangent import Tangent


@dataclass
class Wrt:
    """What one differentiates with respect to: the value given, and fresh names for its leaves."""

    given: Value
    fresh: Value
    names: list[Var]
    actual: list[Operand]
    form: Value  # as `fresh`, which the function may change
    held: list[Held]
    log: Any = None  # what the function changed of what is around it


@dataclass
class Asked:
    """One application: the arguments by key, the keys of those differentiated, and the function."""

    values: dict[Any, Value]
    places: list[Any]
    call: Callable[[dict[Any, Value]], Value]
    many: bool = False
    has_aux: bool = False
    holomorphic: bool = False


class Derive(Engine):
    """The operators; each returns a value of the frontend."""

    def grad(self, a: Asked, with_value: bool = False) -> Value:
        wrt, body, result = self.primal(a, with_value)
        value, aux = self._split(a, result)
        names = [v for w in wrt for v in w.names]
        start = len(self.b.regions[-1])
        y, unsure = self._scalar(value, a.holomorphic)
        forward, backward, cots = Adjoint(self.walk).run(body, [y], [Lit(1.0)], names)
        self._add(forward, "forward")
        if unsure:
            self._check_scalar(y)
        self._add(backward, "backward")
        found = self.finished(names, cots)
        left = self.left_in(wrt, with_value)
        outs = self._placed(
            start, wrt, [*found, *atoms(value), *(atoms(aux) if aux else ()), *left.operands()]
        )
        self.leave(left, outs)
        gradient = self._structured(a, wrt, iter(outs))
        value = rebuilt(value, iter(outs[len(names) :]))
        if aux is not None:
            aux = rebuilt(aux, iter(outs[len(names) + 1 :]))
        if not with_value:
            return gradient if aux is None else pair(gradient, aux)
        return pair(value if aux is None else pair(value, aux), gradient)

    def jvp(self, a: Asked, tangents: list[Value]) -> Value:
        """(out, tangent of out), or with aux (out, tangent of out, aux)."""
        wrt, body, result = self.primal(a, True)
        value, aux = self._split(a, result)
        names = [v for w in wrt for v in w.names]
        dots = [d for w, t in zip(wrt, tangents, strict=True) for d in self._leaves_like(w, t)]
        start = len(self.b.regions[-1])
        outputs = list(atoms(value))
        found = Tangent(self.walk).run(body, outputs, names, dots)
        found = [self._tangent_like(d, y) for d, y in zip(found, outputs, strict=True)]
        left = self.left_in(wrt)
        outs = self._placed(
            start, wrt, [*found, *outputs, *(atoms(aux) if aux else ()), *left.operands()]
        )
        self.leave(left, outs)
        n = len(outputs)
        pair = [rebuilt(value, iter(outs[n:])), rebuilt(value, iter(outs[:n]))]
        if aux is not None:
            pair.append(rebuilt(aux, iter(outs[2 * n :])))
        return Sequence(tuple, pair)

    def hvp(self, a: Asked, vectors: list[Value]) -> Value:
        """Forward over reverse: the tangent of the gradient."""
        inner = Asked(a.values, a.places, lambda values: self._gradient_of(a, values), True)
        return self.jvp_only(inner, vectors, a.many)

    def _gradient_of(self, a: Asked, values: dict[Any, Value]) -> Value:
        return self.grad(Asked(values, a.places, a.call, True, a.has_aux, a.holomorphic))

    def jvp_only(self, a: Asked, vectors: list[Value], many: bool) -> Value:
        dots = self.jvp(a, vectors).items[1]
        return dots if many else dots.items[0]

    def vjp(self, a: Asked, cotangent: Value) -> Value:
        """The cotangents of the arguments for a cotangent of the output."""
        wrt, body, result = self.primal(a)
        value, _ = self._split(a, result)
        names = [v for w in wrt for v in w.names]
        start = len(self.b.regions[-1])
        outputs, given = list(atoms(value)), list(atoms(cotangent))
        forward, backward, cots = Adjoint(self.walk).run(body, outputs, given, names)
        self._add(forward, "forward")
        self._add(backward, "backward")
        outs = self._placed(start, wrt, self.finished(names, cots))
        return self._structured(a, wrt, iter(outs))

    def custom_tangent(self, t: Tangent, use: Use, s: Call) -> None:
        """A call of a function with a derivative of its own, and the tangents of its results."""
        tangent_of(t, use, s)  # from here, since it may need reverse mode as well

    # the pieces

    def primal(self, a: Asked, effects: bool = False) -> tuple[list[Wrt], list[Statement], Value]:
        """The statements of the function, with fresh names where one differentiates.

        effects: what the function changes (arrays, lists, attributes) is changed afterwards; only
        operators that also return the value do so.
        """
        wrt = [self.fresh(a.values[p], p) for p in a.places]
        values = a.values | dict(zip(a.places, (w.fresh for w in wrt), strict=True))
        role, self.b.role = self.b.role, "alpha"
        try:
            with self.walk.journal() as log, self.b.region() as body:
                result = self.walk.settled(a.call(values))
                if not effects:
                    self.walk.revert(log)
            self.walk.keep(log)
        finally:
            self.b.role = role
        for w in wrt:
            w.log = log
        return wrt, body, result

    def left_in(self, wrt: list[Wrt], effects: bool = True) -> Left:
        """What the function left in the arguments that it was given."""
        contents = self.walk.memory.contents
        arrays = {
            x: contents[v]
            for w in wrt
            for v, x in zip(w.names, w.actual, strict=True)
            if v in contents
        }
        if not effects:
            return Left([], arrays, {}, [])
        names = {v: x for w in wrt for v, x in zip(w.names, w.actual, strict=True)}
        places = [place for place, _ in wrt[0].log.values()] if wrt else []
        return Left([h for w in wrt for h in w.held], arrays, names, places)

    def leave(self, left: Left, outs: list[Operand]) -> None:
        """Leaves it in the actual arguments; it is at the end of `outs`."""
        found = outs[len(outs) - len(left.operands()) :]
        left.put(self.walk, found[len(left.arrays) :])
        for x, new in zip(left.arrays, found, strict=False):
            if isinstance(x, Var) and isinstance(new, Stale):
                self.walk.change(self.walk.object_of(x), new)
            elif isinstance(x, Var):
                self.walk.write(self.walk.object_of(x), new, None)

    def fresh(self, value: Value, place: Any) -> Wrt:
        names: list[Var] = []
        actual: list[Operand] = []
        out: list[Operand] = []
        for x in atoms(value):
            if isinstance(x, Lit) and not isinstance(
                x.value, float | complex | np.generic | np.ndarray
            ):
                if isinstance(x.value, int) and not isinstance(value, Sequence):
                    raise not_floating(place, type(x.value).__name__)
                out.append(x)
                continue
            t = type_of(x)
            if not is_inexact(t):
                raise not_floating(place, str(t))
            v = self.b.var(t, getattr(x, "hint", ""), "alpha")
            if x in self.walk.unnamed:
                self.walk.unnamed[v] = x
            self.walk.memory.stands[v] = x
            names.append(v)
            actual.append(self.walk.current(x))
            out.append(v)
        made, form = rebuilt(value, iter(out)), rebuilt(value, iter(out))
        return Wrt(value, made, names, actual, form, paired(value, made))

    def _split(self, a: Asked, result: Value) -> tuple[Value, Value | None]:
        if not a.has_aux:
            return result, None
        if not isinstance(result, Sequence) or len(result.items) != 2:
            raise OutputError(
                "has_aux is set, and the function does not return a pair",
                "return (value, aux)",
                self.b.at,
            )
        return result.items[0], result.items[1]

    def _scalar(self, value: Value, holomorphic: bool) -> tuple[Operand, bool]:
        """The output of a function that has a gradient: one real number, or what may be one."""
        if isinstance(value, Var | Lit):
            t = type_of(value)
            if is_complex(t) and not holomorphic:
                raise not_real(self.b.at)
            dims = getattr(t, "dims", None)
            dtype = getattr(t, "dtype", None)
            if isinstance(t, Array) and dims is None:
                return value, True
            if (
                isinstance(t, Number | Array)
                and dims == ()
                and (dtype is None or dtype.kind in "fiubc")
            ):
                return value, False
            raise not_scalar(str(t), self.b.at)
        raise not_scalar(self.walk.kind_of(value), self.b.at)

    def _check_scalar(self, value: Operand) -> None:
        text = "assert np.ndim({0}) == 0, 'grad needs a function with one number as its output'"
        self.b.let(template(text, 1), (value,))

    def _add(self, statements: list[Statement], title: str) -> None:
        if len(self.b.regions) == 1:
            self.b.comment(title)
        for s in statements:
            self.b.add(s)

    def _placed(self, start: int, wrt: list[Wrt], outs: list[Operand]) -> list[Operand]:
        """Puts the actual arguments in the place of the fresh names in all that was added."""
        names = {v: x for w in wrt for v, x in zip(w.names, w.actual, strict=True)}
        here = self.b.regions[-1]
        block = substitute_block(Block(tuple(here[start:]), tuple(outs)), names)
        here[start:] = block.body
        self.know(block.body)
        return list(block.yields)

    def _structured(self, a: Asked, wrt: list[Wrt], take: Any) -> Value:
        """The cotangents in the structure of the arguments."""
        found = []
        for w in wrt:
            out = [next(take) if isinstance(x, Var) and x in w.names else x for x in atoms(w.form)]
            found.append(rebuilt(w.form, iter(out)))
        return Sequence(tuple, found) if a.many else found[0]

    def finished(
        self, names: list[Var], cots: list[Operand], backward: Iterable[Statement] | None = None
    ) -> list[Operand]:
        """Cotangents as a user gets them: of full size, and nobody else's array.

        backward: the statements that made them, if they are not in the region at hand.
        """
        before, self.b.role = self.b.role, "beta"
        known = owners(self.b.regions[-1] if backward is None else backward)
        seen: set[Var] = set()
        out = [
            self._own(self._full_size(g, v), v, seen, known)
            for v, g in zip(names, cots, strict=True)
        ]
        self.b.role = before
        return out

    def _full_size(self, g: Operand, v: Var) -> Operand:
        if g is ZERO:
            return self.zeros(v)
        if isinstance(v.type, Number):
            return self._number_like(g, v.type)
        d = self.b.defined.get(g) if isinstance(g, Var) else None
        if d is not None and d.primitive.rule.of is np.broadcast_to and isinstance(d.args[0], Lit):
            g = d.args[0]
        if isinstance(g, Lit):
            return self.apply(np.full_like, v, g)
        g, want = self.full(g, v), getattr(v.type, "dtype", None)
        if isinstance(type_of(g), Number) and isinstance(want, np.dtype):
            return self._number_like(g, Number(want))
        unknown = isinstance(type_of(g), Array) and getattr(type_of(g), "dtype", None) is None
        return self.apply(astype, g, Lit(want)) if unknown and want is not None else g

    def _number_like(self, g: Operand, t: Number) -> Operand:
        """A cotangent that is a number, in the dtype of the number it belongs to."""
        found = {dtype for dtype, _ in kinds_of(type_of(g))}
        number = isinstance(type_of(g), Number)
        if (number and found == {t.dtype}) or any(
            d is not None and d.kind not in "fc" for d in found
        ):
            return g
        if t.weak:
            return self.apply(type(t.dtype.type().item()), g)
        if isinstance(g, Lit):
            return Lit(t.dtype.type(g.value))
        return self.b.let(RULES[t.dtype.type], (g,)) if t.dtype.type in RULES else g

    def _own(self, g: Operand, v: Var, seen: set[Var], known: Owners) -> Operand:
        """A copy where `g` may be an argument, or the cotangent of something `seen` as well."""
        if not isinstance(g, Var) or isinstance(v.type, Number) or isinstance(g.type, Number):
            return g
        d = self.b.defined.get(g)
        root: Any = g
        broadcast = False
        while d is not None and d.primitive.view:
            broadcast |= d.primitive.rule.of is np.broadcast_to
            root = d.args[0]
            d = self.b.defined.get(root)
        held = owners_of(root, known)
        mine = all(o.role in ("beta", "dot") and o not in self.walk.given for o in held)
        if broadcast or not (mine or d is not None) or not held.isdisjoint(seen):
            return self.apply(np.copy, g)
        seen |= held
        return g

    def _is_broadcast(self, g: Var) -> bool:
        d = self.b.defined.get(g)
        return d is not None and d.primitive.rule.of is np.broadcast_to

    def _dtype_of(self, d: Operand, y: Var) -> Operand:
        """The tangent in the dtype of its output, which is asked for it where it is not known."""
        wanted, have = ({d for d, _ in kinds_of(t)} for t in (y.type, type_of(d)))
        dims = getattr(y.type, "dims", None)
        if len(wanted) > 1 or None in wanted or dims is None:
            return self.apply(like, d, y)
        if isinstance(y.type, Number):
            return self._number_like(d, y.type)
        if wanted == have or any(dtype.kind != "f" for dtype in wanted if dtype is not None):
            return d
        return self.apply(astype if dims else np.asarray, d, Lit(*wanted))

    def _leaves_like(self, w: Wrt, t: Value) -> list[Operand]:
        pairs = zip(atoms(w.form), atoms(t), strict=True)
        return [d for x, d in pairs if isinstance(x, Var) and x in w.names]

    def _zero_literal(self, y: Lit) -> Operand:
        """The tangent of what is constant: zero, or itself where it is no number."""
        if isinstance(y.value, np.ndarray):
            return self.apply(np.zeros_like, y)
        return Lit(0.0) if isinstance(y.value, int | float | complex | np.generic) else y

    def _tangent_like(self, d: Operand, y: Operand) -> Operand:
        """The tangent of an output, of the output's size."""
        if isinstance(y, Lit):
            return self._zero_literal(y)
        assert isinstance(y, Var)
        if not is_inexact(y.type):
            return Lit(0.0) if isinstance(y.type, Number) else self.apply(np.zeros_like, y)
        before, self.b.role = self.b.role, "dot"
        d = self._dtype_of(self.full(d, y), y)
        if isinstance(y.type, Array):
            d = self._own(d, y, set(), owners(self.b.regions[-1]))
        self.b.role = before
        return d


def pair(a: Value, b: Value) -> Sequence:
    """The tuple (a, b)."""
    return Sequence(tuple, [a, b])

"""grad, jvp, Jacobians and so on of a function value, as statements where the call stands.

The function is walked with fresh names for what one differentiates with respect to; the statements
found are transformed and put into the current region with the arguments in place of those names.
Whatever surrounds the call differentiates the result like any other code: there is nothing by
which an inner and an outer derivative could be confused.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2sad.errors import ArgumentError, OutputError
from s2sad.frontend.infer import type_of
from s2sad.frontend.prims import template
from s2sad.frontend.simplify import ZERO
from s2sad.frontend.values import Sequence, Value, atoms, rebuilt
from s2sad.ir.nodes import Block, For, Let, Lit, Operand, Statement, Var
from s2sad.ir.types import FLOAT, INT, Array, Number, is_inexact
from s2sad.ir.walk import free_vars, substitute_block, targets
from s2sad.rules.notation import RULES
from s2sad.runtime import store
from s2sad.transform.adjoint import Adjoint
from s2sad.transform.effects import has_effects, without_effects
from s2sad.transform.engine import Engine
from s2sad.transform.tangent import Tangent


@dataclass
class Wrt:
    """What one differentiates with respect to: the value given, and fresh names for its leaves."""

    given: Value
    fresh: Value
    names: list[Var]
    actual: list[Operand]


@dataclass
class Asked:
    """One application: the arguments by key, the keys of those differentiated, and the function."""

    values: dict[Any, Value]
    places: list[Any]
    call: Callable[[dict[Any, Value]], Value]
    many: bool = False
    has_aux: bool = False


class Derive(Engine):
    """The operators; each returns a value of the frontend."""

    def grad(self, a: Asked, with_value: bool = False) -> Value:
        wrt, body, result = self.primal(a)
        value, aux = self._split(a, result)
        names = [v for w in wrt for v in w.names]
        start = len(self.b.regions[-1])
        y, unsure = self._scalar(value)
        forward, backward, cots = Adjoint(self.walk).run(body, [y], [Lit(1.0)], names)
        self._add(forward, "forward")
        if unsure:
            self._check_scalar(y)
        self._add(backward, "backward")
        found = self._finished(names, cots)
        outs = self._placed(start, wrt, [*found, *atoms(value), *(atoms(aux) if aux else ())])
        gradient = self._structured(a, wrt, iter(outs))
        value = rebuilt(value, iter(outs[len(names) :]))
        if aux is not None:
            aux = rebuilt(aux, iter(outs[len(names) + 1 :]))
        if not with_value:
            return gradient if aux is None else _pair(gradient, aux)
        return _pair(value if aux is None else _pair(value, aux), gradient)

    def jvp(self, a: Asked, tangents: list[Value]) -> Value:
        """(out, tangent of out), or with aux (out, tangent of out, aux)."""
        wrt, body, result = self.primal(a)
        value, aux = self._split(a, result)
        names = [v for w in wrt for v in w.names]
        dots = [d for w, t in zip(wrt, tangents, strict=True) for d in self._leaves_like(w, t)]
        start = len(self.b.regions[-1])
        outputs = list(atoms(value))
        found = Tangent(self.walk).run(body, outputs, names, dots)
        found = [self._tangent_like(d, y) for d, y in zip(found, outputs, strict=True)]
        outs = self._placed(start, wrt, [*found, *outputs, *(atoms(aux) if aux else ())])
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
        return self.grad(Asked(values, a.places, a.call, True, a.has_aux))

    def jvp_only(self, a: Asked, vectors: list[Value], many: bool) -> Value:
        dots = self.jvp(a, vectors).items[1]
        return dots if many else dots.items[0]

    def hessian(self, a: Asked) -> Value:
        """Forward over reverse, column by column."""
        inner = Asked(a.values, a.places, lambda v: self.jacrev(_with(a, v, False)), a.many)
        if not a.has_aux:
            return self.jacfwd(inner)
        inner.call = lambda v: self.jacrev(_with(a, v, True))
        inner.has_aux = True
        return self.jacfwd(inner)

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
        outs = self._placed(start, wrt, self._finished(names, cots))
        return self._structured(a, wrt, iter(outs))

    # the pieces

    def primal(self, a: Asked) -> tuple[list[Wrt], list[Statement], Value]:
        """The statements of the function, with fresh names where one differentiates."""
        wrt = [self.fresh(a.values[p], p) for p in a.places]
        values = a.values | dict(zip(a.places, (w.fresh for w in wrt), strict=True))
        role, self.b.role = self.b.role, "alpha"
        try:
            with self.b.region() as body:
                result = a.call(values)
        finally:
            self.b.role = role
        return wrt, body, result

    def fresh(self, value: Value, place: Any) -> Wrt:
        names: list[Var] = []
        actual: list[Operand] = []
        out: list[Operand] = []
        for x in atoms(value):
            if isinstance(x, Lit) and not isinstance(
                x.value, float | complex | np.generic | np.ndarray
            ):
                if isinstance(x.value, int) and not isinstance(value, Sequence):
                    raise _integer(place, type(x.value).__name__)
                out.append(x)
                continue
            t = type_of(x)
            if not is_inexact(t):
                raise _integer(place, str(t))
            v = self.b.var(t, getattr(x, "hint", ""), "alpha")
            if x in self.walk.unnamed:
                self.walk.unnamed[v] = x
            names.append(v)
            actual.append(x)
            out.append(v)
        return Wrt(value, rebuilt(value, iter(out)), names, actual)

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

    def _scalar(self, value: Value) -> tuple[Operand, bool]:
        """The output of a function that has a gradient: one real number, or what may be one."""
        if isinstance(value, Var | Lit):
            t = type_of(value)
            dims = getattr(t, "dims", None)
            dtype = getattr(t, "dtype", None)
            if isinstance(t, Array) and dims is None:
                return value, True
            if (
                isinstance(t, Number | Array)
                and dims == ()
                and (dtype is None or dtype.kind in "fiub")
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
        self._redefine(block)
        return list(block.yields)

    def _redefine(self, block: Block) -> None:
        from s2sad.transform.tangent import every

        for s in every(block.body):
            if isinstance(s, Let):
                self.b.defined[s.target] = s

    def _structured(self, a: Asked, wrt: list[Wrt], take: Any) -> Value:
        """The cotangents in the structure of the arguments."""
        found = []
        for w in wrt:
            out = [next(take) if isinstance(x, Var) and x in w.names else x for x in atoms(w.fresh)]
            found.append(rebuilt(w.fresh, iter(out)))
        return Sequence(tuple, found) if a.many else found[0]

    def _finished(self, names: list[Var], cots: list[Operand]) -> list[Operand]:
        """Cotangents as a user gets them: of full size, and nobody else's array."""
        before, self.b.role = self.b.role, "beta"
        seen: set[Var] = set()
        out: list[Operand] = []
        for v, g in zip(names, cots, strict=True):
            g = self._own(self._full_size(g, v), v, seen)
            if isinstance(g, Var):
                seen.add(g)
            out.append(g)
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
        return self.full(g, v)

    def _number_like(self, g: Operand, t: Number) -> Operand:
        """A cotangent that is a number, in the dtype of a NumPy scalar other than float64."""
        if t.weak or t.dtype == FLOAT.dtype or getattr(type_of(g), "dtype", None) == t.dtype:
            return g
        if isinstance(g, Lit):
            return Lit(t.dtype.type(g.value))
        return self.b.let(RULES[t.dtype.type], (g,)) if t.dtype.type in RULES else g

    def _own(self, g: Operand, v: Var, seen: set[Var]) -> Operand:
        """A copy where `g` is an argument, a view, or the cotangent of something else as well."""
        if not isinstance(g, Var) or isinstance(v.type, Number) or isinstance(g.type, Number):
            return g
        d = self.b.defined.get(g)
        root: Any = g
        while d is not None and d.primitive.view:
            root = d.args[0]
            d = self.b.defined.get(root)
        broadcast = self._is_broadcast(g)
        if d is None and not isinstance(root, Var):
            return self.apply(np.copy, g)
        mine = d is not None or g.role == "beta"
        if g in seen or broadcast or not mine:
            return self.apply(np.copy, g)
        return g

    def _is_broadcast(self, g: Var) -> bool:
        d = self.b.defined.get(g)
        return d is not None and d.primitive.rule.of is np.broadcast_to

    def _leaves_like(self, w: Wrt, t: Value) -> list[Operand]:
        pairs = zip(atoms(w.fresh), atoms(t), strict=True)
        return [d for x, d in pairs if isinstance(x, Var) and x in w.names]

    def _tangent_like(self, d: Operand, y: Operand) -> Operand:
        """The tangent of an output, of the output's size."""
        if isinstance(y, Lit):
            return Lit(0.0) if isinstance(y.value, float | int) else y
        assert isinstance(y, Var)
        if not is_inexact(y.type):
            return Lit(0.0) if isinstance(y.type, Number) else self.apply(np.zeros_like, y)
        before, self.b.role = self.b.role, "dot"
        d = self.full(d, y)
        if isinstance(d, Var) and self._is_broadcast(d):
            d = self.apply(np.copy, d)
        self.b.role = before
        return d

    # Jacobians

    def jacrev(self, a: Asked) -> Value:
        """Row by row: one adjoint for every element of every output."""
        wrt, body, result = self.primal(a)
        value, aux = self._split(a, result)
        names = [v for w in wrt for v in w.names]
        start = len(self.b.regions[-1])
        body = self._effects_once(body, aux is not None)
        blocks = []
        for y in atoms(value):
            rows = self._rows(body, y, names)
            blocks.append(rows)
        flat = [x for rows in blocks for x in rows]
        outs = self._placed(start, wrt, [*flat, *(atoms(aux) if aux else ())])
        take = iter(outs)
        made = [self._structured(a, wrt, take) for _ in blocks]
        jacobian = rebuilt(value, iter(made))
        return jacobian if aux is None else _pair(jacobian, rebuilt(aux, take))

    def _effects_once(self, body: list[Statement], needed: bool) -> list[Statement]:
        """Runs the function once if it has effects, or if its values are `needed` themselves."""
        if not needed and not has_effects(body):
            return body
        for s in body:
            self.b.add(s)
        return without_effects(body)

    def _rows(self, body: list[Statement], y: Operand, names: list[Var]) -> list[Operand]:
        """The derivatives of one output with respect to every leaf."""
        if not isinstance(y, Var) or not is_inexact(y.type):
            return [self.zeros(v) for v in names]
        renamed, (y,) = self._copy(body, [y])
        if isinstance(y.type, Number) or y.type.dims == ():  # type: ignore[union-attr]
            forward, backward, cots = Adjoint(self.walk).run(renamed, [y], [Lit(1.0)], names)
            self._add(forward, "forward")
            self._add(backward, "backward")
            return self._finished(names, cots)
        return self._each(renamed, y, names)

    def _each(self, body: list[Statement], y: Any, names: list[Var]) -> list[Operand]:
        """A loop over the elements of `y`, whose adjoints become the rows."""
        outside = self._hoisted(body)
        inside = [s for s in body if s not in set(outside)]
        for s in outside:
            self.b.add(s)
        shape = self._shapes_of([y], body, outside, names)[y]
        size = self._size(y, shape)
        index = self.b.var(INT, "i", "beta")
        starts = [self._zeros_of(y, (size, *self._shape_items(v)), v) for v in names]
        rows = [self.b.var(type_of(s), "", "beta") for s in starts]
        with self.b.region() as trip:
            seed = self._one_hot(y, index, size, shape)
            forward, backward, cots = Adjoint(self.walk).run(
                [*outside, *inside], [y], [seed], names
            )
            done = set(outside)
            for s in (*forward, *backward):
                if s not in done:
                    self.b.add(s)
            full = [self.full(g, v) for g, v in zip(cots, names, strict=True)]
            ends = tuple(
                self.b.let(RULES[store], (r, index, g)) for r, g in zip(rows, full, strict=True)
            )
        results = [self.b.var(r.type, "", "beta") for r in rows]
        self.b.add(
            For(index, Lit(0), size, Lit(1), False, tuple(starts), tuple(rows),
                Block(tuple(trip), ends), tuple(results), self.b.at)  # type: ignore[arg-type]
        )  # fmt: skip
        return [
            self._reshaped(r, (*shape, *self._shape_items(v)))
            for r, v in zip(results, names, strict=True)
        ]

    def _shapes_of(
        self, made: list[Var], body: list[Statement], outside: list[Statement], names: list[Var]
    ) -> dict[Var, list[Operand]]:
        """The shapes of outputs, from what is there before the loop over the seeds."""
        known = set(names) | {t for s in outside for t in targets(s)}
        found = {
            y: self._shape_items(y) if y in known else self._shape_like(y, names) for y in made
        }
        missing = [y for y, shape in found.items() if shape is None]
        if missing:
            # Nothing of that size is there: the function is run once more, for its sizes alone.
            again, copies = self._renamed(body, list(missing))
            for s in again:
                self.b.add(s)
            found |= {y: self._shape_items(c) for y, c in zip(missing, copies, strict=True)}
        return found  # type: ignore[return-value]

    def _shape_like(self, y: Var, names: list[Var]) -> list[Operand] | None:
        """The shape of `y` put together from sizes of what one differentiates with respect to."""
        dims = getattr(self.b.canonical(y.type), "dims", None)
        if isinstance(y.type, Number):
            return []
        if dims is None:
            return None
        items: list[Operand] = []
        for d in dims:
            item = Lit(d) if isinstance(d, int) else self._item_of_size(d, names)
            if item is None:
                return None
            items.append(item)
        return items

    def _item_of_size(self, d: Any, names: list[Var]) -> Operand | None:
        for v in names:
            dims = getattr(self.b.canonical(v.type), "dims", None) or ()
            if d in dims:
                return self._shape_items(v)[dims.index(d)]
        return None

    def jacfwd(self, a: Asked) -> Value:
        """Column by column: one tangent for every element of every argument."""
        wrt, body, result = self.primal(a)
        value, aux = self._split(a, result)
        names = [v for w in wrt for v in w.names]
        start = len(self.b.regions[-1])
        body = self._effects_once(body, aux is not None)
        outputs = list(atoms(value))
        columns = [self._columns(body, outputs, v, names) for v in names]
        flat = [columns[j][i] for i in range(len(outputs)) for j in range(len(names))]
        outs = self._placed(start, wrt, [*flat, *(atoms(aux) if aux else ())])
        take = iter(outs)
        made = [self._structured(a, wrt, take) for _ in outputs]
        jacobian = rebuilt(value, iter(made))
        return jacobian if aux is None else _pair(jacobian, rebuilt(aux, take))

    def _columns(
        self, body: list[Statement], outputs: list[Operand], v: Var, names: list[Var]
    ) -> list[Operand]:
        """The derivatives of every output with respect to one leaf."""
        body, ys = self._copy(body, outputs)
        if isinstance(v.type, Number) or v.type.dims == ():  # type: ignore[union-attr]
            dots = Tangent(self.walk).run(body, ys, [v], [Lit(1.0)])
            return [self._tangent_like(d, y) for d, y in zip(dots, ys, strict=True)]
        outside = self._hoisted(body)
        inside = [s for s in body if s not in set(outside)]
        for s in outside:
            self.b.add(s)
        size = self._size(v, self._shape_items(v))
        index = self.b.var(INT, "i", "dot")
        made = [y for y in ys if isinstance(y, Var) and is_inexact(y.type)]
        shapes = self._shapes_of(made, body, outside, names)
        starts = [self._zeros_of(v, (*shapes[y], size), y) for y in made]
        cols = [self.b.var(type_of(s), "", "dot") for s in starts]
        with self.b.region() as trip:
            seed = self._one_hot(v, index, size, self._shape_items(v))
            ends = self._trip(outside, inside, made, v, seed, cols, index)
        results = [self.b.var(c.type, "", "dot") for c in cols]
        self.b.add(
            For(index, Lit(0), size, Lit(1), False, tuple(starts), tuple(cols),
                Block(tuple(trip), ends), tuple(results), self.b.at)  # type: ignore[arg-type]
        )  # fmt: skip
        found = {
            y: self._reshaped(r, (*shapes[y], *self._shape_items(v)))
            for y, r in zip(made, results, strict=True)
        }
        return [found[y] if y in found else self.zeros(v) for y in ys]  # type: ignore[index]

    def _trip(
        self, outside: list[Statement], inside: list[Statement], made: list[Var], v: Var,
        seed: Operand, cols: list[Var], index: Var,
    ) -> tuple[Operand, ...]:  # fmt: skip
        t = Tangent(self.walk)
        with self.b.region() as both:
            dots = t.run([*outside, *inside], made, [v], [seed])
            full = [self.full(d, y) for d, y in zip(dots, made, strict=True)]
        done = set(outside)
        for s in both:
            if s not in done:
                self.b.add(s)
        ends = []
        for c, g, y in zip(cols, full, made, strict=True):
            at: Any = (Lit(Ellipsis), index) if getattr(y.type, "dims", ()) else index
            ends.append(self.b.let(RULES[store], (c, at, g)))
        return tuple(ends)

    def _copy(
        self, body: list[Statement], outs: list[Operand]
    ) -> tuple[list[Statement], list[Any]]:
        """The same statements; each derivation adds them once more under the same names."""
        return self._renamed(body, outs)

    def _renamed(
        self, body: list[Statement], outs: list[Operand]
    ) -> tuple[list[Statement], list[Any]]:
        from s2sad.transform.rename import renamed

        block = renamed(self.b, Block(tuple(body), tuple(outs)))
        self._redefine(block)
        return list(block.body), list(block.yields)

    def _hoisted(self, body: list[Statement]) -> list[Statement]:
        """The statements that do not change from one seed to the next: all plain values."""
        return [
            s for s in body if isinstance(s, Let) and s.primitive.pure and self._is_early(s, body)
        ]

    def _is_early(self, s: Let, body: list[Statement]) -> bool:
        late = {
            t for x in body if not isinstance(x, Let) or not x.primitive.pure for t in targets(x)
        }
        seen: set[Var] = set()
        work: list[Any] = [s]
        makers = {t: x for x in body for t in targets(x)}
        while work:
            x = work.pop()
            for v in free_vars(Block((x,), ())):
                if v in late:
                    return False
                if v in makers and v not in seen:
                    seen.add(v)
                    work.append(makers[v])
        return True

    def _size(self, v: Var, shape: list[Operand]) -> Any:
        """The number of elements of an array of this shape."""
        size: Any = Lit(1)
        for n in shape:
            both = isinstance(size, Lit) and isinstance(n, Lit)
            size = Lit(size.value * n.value) if both else self._times(size, n)  # type: ignore[operator]
        return size

    def _times(self, a: Operand, b: Operand) -> Operand:
        if isinstance(a, Lit) and a.value == 1:
            return b
        return self.b.let(RULES[operator.mul], (a, b))

    def _shape_items(self, v: Operand) -> list[Operand]:
        if not isinstance(v, Var) or isinstance(v.type, Number):
            return []
        shape = self.shape(v)
        if isinstance(shape, tuple):
            return list(shape)
        items = self.walk.tuple_of_shape(shape)
        if not isinstance(items, Sequence):
            raise OutputError("a Jacobian of arrays of unknown rank", "state the types", self.b.at)
        return list(items.items)

    def _dtype(self, y: Any, v: Any) -> Any:
        found = [getattr(x.type, "dtype", None) for x in (y, v)]
        return None if None in found else np.result_type(*found)

    def _zeros_of(self, a: Var, shape: tuple[Operand, ...], other: Any) -> Operand:
        dtype = self._dtype(a, other) or FLOAT.dtype
        p = RULES[np.zeros]
        given = {"shape": shape, "dtype": Lit(dtype.type)}
        return self.b.let(p, tuple(given.get(n, Lit(p.defaults.get(n))) for n in p.params))

    def _one_hot(self, v: Any, index: Var, size: Operand, shape: list[Operand]) -> Operand:
        """The index-th unit vector, in the shape of `v`."""
        flat = self._zeros_of(v, (size,), v)
        seed = self.b.let(RULES[store], (flat, index, Lit(1.0)))
        return self._reshaped(seed, tuple(shape))

    def _reshaped(self, x: Operand, shape: tuple[Operand, ...]) -> Operand:
        if len(shape) == len(getattr(type_of(x), "dims", None) or ()):
            return x
        p = RULES[np.reshape]
        given = {"shape": shape, "newshape": shape}
        rest = [given.get(n, Lit(p.defaults.get(n))) for n in p.params[1:]]
        return self.b.let(p, (x, *rest))


def _with(a: Asked, values: dict[Any, Value], has_aux: bool) -> Asked:
    return Asked(values, a.places, a.call, a.many, has_aux)


def _pair(a: Value, b: Value) -> Sequence:
    return Sequence(tuple, [a, b])


def _integer(place: Any, kind: str) -> ArgumentError:
    return ArgumentError(
        f"argument {place!r} is of type {kind}: one differentiates with respect to real numbers",
        "pass a float or an array of floats, or choose another argument with argnums",
    )


def not_scalar(kind: str, at: Any) -> OutputError:
    return OutputError(
        f"the function returns {kind}, and a gradient needs one number",
        "return a sum or a mean, or use jacrev, jacfwd or vjp",
        at,
    )

"""Jacobians and Hessians: a loop over the elements of an output, or of an argument.

One adjoint gives a row, one tangent a column.  What does not change from one seed to the next is
computed before the loop.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

import numpy as np

from s2sad.errors import OutputError
from s2sad.frontend.build import is_shareable
from s2sad.frontend.infer import type_of
from s2sad.frontend.values import Sequence, Value, atoms, rebuilt
from s2sad.ir.nodes import Atom, Block, For, Let, Lit, Operand, Statement, Var
from s2sad.ir.types import FLOAT, INT, Number, is_complex, is_inexact
from s2sad.ir.walk import free_vars, targets
from s2sad.rules.notation import RULES
from s2sad.runtime import store
from s2sad.transform.adjoint import Adjoint
from s2sad.transform.derive import Asked, Derive, pair
from s2sad.transform.effects import has_effects, without_effects
from s2sad.transform.masking import POLES
from s2sad.transform.refusals import complex_argument, not_real
from s2sad.transform.rename import renamed
from s2sad.transform.tangent import Tangent


class Jacobians(Derive):
    """All operators: to those of `Derive` come the ones that need many seeds."""

    guards = False

    def hessian(self, a: Asked) -> Value:
        """Forward over reverse, column by column."""
        inner = _with(a, a.values, False)
        inner.call = lambda v: self.jacrev(_with(a, v, False))
        if not a.has_aux:
            return self.jacfwd(inner, guards=False)
        inner.call = lambda v: self.jacrev(_with(a, v, True))
        inner.has_aux = True
        return self.jacfwd(inner, guards=False)

    def jacrev(self, a: Asked) -> Value:
        """Row by row: one adjoint for every element of every output."""
        wrt, body, result = self.primal(a)
        value, aux = self._split(a, result)
        names = [v for w in wrt for v in w.names]
        start = len(self.b.regions[-1])
        body = self._effects_once(body, aux is not None)
        blocks = []
        if not a.holomorphic and any(is_complex(type_of(y)) for y in atoms(value)):
            raise not_real(self.b.at)
        for y in atoms(value):
            rows = self._rows(body, y, names)
            blocks.append(rows)
        flat = [x for rows in blocks for x in rows]
        outs = self._placed(start, wrt, [*flat, *(atoms(aux) if aux else ())])
        take = iter(outs)
        made = [self._structured(a, wrt, take) for _ in blocks]
        jacobian = rebuilt(value, iter(made))
        return jacobian if aux is None else pair(jacobian, rebuilt(aux, take))

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
        body, (out,) = self._copy(body, [y])
        if getattr(out.type, "dims", None) == ():
            forward, backward, cots = Adjoint(self.walk).run(body, [out], [Lit(1.0)], names)
            self._add(forward, "forward")
            self._add(backward, "backward")
            return self.finished(names, cots)
        return self._each(body, out, names)

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
        with self.b.supposing(), self.b.region() as trip:
            seed = self._one_hot(y, index, size, shape)
            forward, backward, cots = Adjoint(self.walk).run(
                [*outside, *inside], [y], [seed], names, POLES
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
                Block(tuple(trip), ends), tuple(results), self.b.at)
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
        guessed = {
            y: self._shape_items(y) if y in known else self._shape_like(y, names) for y in made
        }
        found = {y: shape for y, shape in guessed.items() if shape is not None}
        missing = [y for y in made if y not in found]
        if missing:
            # Nothing of that size is there: the function is run once more, for its sizes alone.
            again, copies = self._copy(body, missing)
            for s in again:
                self.b.add(s)
            found |= {y: self._shape_items(c) for y, c in zip(missing, copies, strict=True)}
        return found

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

    def jacfwd(self, a: Asked, guards: bool = True) -> Value:
        """Column by column: one tangent for every element of every argument.

        guards: the zeros of the seeds are zero against infinite partial derivatives too.
        """
        self.guards = guards
        wrt, body, result = self.primal(a)
        value, aux = self._split(a, result)
        names = [v for w in wrt for v in w.names]
        if not a.holomorphic and any(is_complex(v.type) for v in names):
            raise complex_argument()
        start = len(self.b.regions[-1])
        body = self._effects_once(body, aux is not None)
        outputs = list(atoms(value))
        columns = [self._columns(body, outputs, v, names) for v in names]
        flat = [columns[j][i] for i in range(len(outputs)) for j in range(len(names))]
        outs = self._placed(start, wrt, [*flat, *(atoms(aux) if aux else ())])
        take = iter(outs)
        made = [self._structured(a, wrt, take) for _ in outputs]
        jacobian = rebuilt(value, iter(made))
        return jacobian if aux is None else pair(jacobian, rebuilt(aux, take))

    def _columns(
        self, body: list[Statement], outputs: list[Atom], v: Var, names: list[Var]
    ) -> list[Operand]:
        """The derivatives of every output with respect to one leaf."""
        body, ys = self._copy(body, outputs)
        if getattr(v.type, "dims", None) == ():
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
        with self.b.supposing(), self.b.region() as trip:
            seed = self._one_hot(v, index, size, self._shape_items(v))
            ends = self._trip(outside, inside, made, v, seed, cols, index)
        results = [self.b.var(c.type, "", "dot") for c in cols]
        self.b.add(
            For(index, Lit(0), size, Lit(1), False, tuple(starts), tuple(cols),
                Block(tuple(trip), ends), tuple(results), self.b.at)
        )  # fmt: skip
        found = {
            y: self._reshaped(r, (*shapes[y], *self._shape_items(v)))
            for y, r in zip(made, results, strict=True)
        }
        return [found[y] if y in found else self.zeros(v) for y in ys]

    def _trip(
        self, outside: list[Statement], inside: list[Statement], made: list[Var], v: Var,
        seed: Operand, cols: list[Var], index: Var,
    ) -> tuple[Operand, ...]:  # fmt: skip
        t = Tangent(self.walk)
        t.guards = self.guards
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
        self, body: list[Statement], outs: Iterable[Operand]
    ) -> tuple[list[Statement], list[Any]]:
        """The same statements under new names: each derivation adds them once more."""
        block = renamed(self.b, Block(tuple(body), tuple(outs)))
        self.know(block.body)
        return list(block.body), list(block.yields)

    def _hoisted(self, body: list[Statement]) -> list[Statement]:
        """The statements that do not change from one seed to the next: all plain values."""
        return [
            s
            for s in body
            if isinstance(s, Let) and is_shareable(s.primitive) and self._is_early(s, body)
        ]

    def _is_early(self, s: Let, body: list[Statement]) -> bool:
        late = {
            t
            for x in body
            if not isinstance(x, Let) or not is_shareable(x.primitive)
            for t in targets(x)
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
            size = self._times(size, n)
        return size

    def _times(self, a: Operand, b: Operand) -> Operand:
        if isinstance(a, Lit) and isinstance(b, Lit):
            return Lit(a.value * b.value)
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

    def _dtype(self, a: Any, other: Any) -> Any:
        """The wider dtype of both, complex where `other` is, which the elements belong to."""
        found = [getattr(x.type, "dtype", None) for x in (a, other)]
        if any(d is None for d in found):  # to NumPy, dtype("f8") == None
            return None
        wide = np.result_type(*found)
        return wide if is_complex(other.type) or wide.kind != "c" else np.finfo(wide).dtype

    def _zeros_of(self, a: Var, shape: tuple[Operand, ...], other: Any) -> Operand:
        dtype = self._dtype(a, other) or FLOAT.dtype
        p = RULES[np.zeros]
        given: dict[str, Operand] = {"shape": shape, "dtype": Lit(dtype.type)}
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
    return Asked(values, a.places, a.call, a.many, has_aux, a.holomorphic)

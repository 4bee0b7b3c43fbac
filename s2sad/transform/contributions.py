"""What one operation contributes to the cotangents of its operands."""

from __future__ import annotations

import operator
from types import FunctionType
from typing import Any

from s2sad.frontend.infer import is_elementwise
from s2sad.frontend.prims import is_item
from s2sad.frontend.values import Sequence, Value
from s2sad.frontend.walk import Walk
from s2sad.frontend.zero import ZERO
from s2sad.ir.nodes import (
    Let,
    Lit,
    Operand,
    Var,
)
from s2sad.ir.types import Array, Dim, Several, Size
from s2sad.rules.notation import Template
from s2sad.runtime import store, sum_to
from s2sad.transform.engine import of_number
from s2sad.transform.masking import Masking
from s2sad.transform.refusals import no_rule, refuse_complex, refuse_unknown
from s2sad.transform.unranked import is_unranked, pulled_by, refuse_second_order


class Contributions(Masking):
    """The cotangents so far, and how an operation adds to them."""

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        self.active: set[Var] = set()

    def accumulate(
        self, x: Operand, g: Operand, mark: int = 0, guard: Operand | None = None
    ) -> None:
        """One more contribution to the cotangent of `x`, with its mark and its guard."""
        if not isinstance(x, Var) or x not in self.active or g is ZERO:
            return
        before = self.cot.get(x)
        if before is not None:
            before = self.guarded(x, before)
        if guard is not None:
            self.waiting[x] = guard
            if before is not None or not self.is_full(g, x.type):
                g = self.guarded(x, g)  # before it is summed
        g = self.fit(g, x)
        self.marks[x] = mark if before is None else min(mark, self.marks.get(x, 0))
        total = g if before is None else self.add(before, g)
        self.cot[x] = self.named(total, x)

    def named(self, g: Operand, v: Var) -> Operand:
        """A fresh cotangent takes the name of its variable."""
        if v.hint and isinstance(g, Var) and not g.hint and g.role == "beta":
            g.hint = f"beta_{v.hint}"
        return g

    def bar(self, v: Var) -> Var:
        """A new name for a cotangent of `v`."""
        return self.b.var(of_number(v.type), f"beta_{v.hint}" if v.hint else "", "beta")

    def let(self, s: Let, g: Operand) -> None:
        """The contributions of one operation to the cotangents of its operands."""
        p = s.primitive
        refuse_complex(s)
        self.check_real(s)
        refuse_second_order(s)
        refuse_unknown(s, self.active)
        if hasattr(p, "callee"):
            raise no_rule(s)
        if is_item(p):
            self._one_of_several(s, self.guarded(s.target, g))
        elif p.of is store and s.target.role == "tape":
            self._recorded(s, g)
        elif p.partials is not None:
            self._elementwise(s, p.partials, g)
        elif p.adjoint is not None:
            self._structured(s, p.adjoint, self.guarded(s.target, g))
        else:
            raise no_rule(s)

    def _one_of_several(self, s: Let, g: Operand) -> None:
        """The cotangent of one result; those of all are a tuple until their function is met."""
        (several,) = s.args
        assert isinstance(several, Var) and isinstance(several.type, Several)
        if several not in self.active:
            return
        bars = self.cot.get(several, (ZERO,) * len(several.type.items))
        assert isinstance(bars, tuple)
        i = s.primitive.item
        self.cot[several] = (*bars[:i], self.add(bars[i], g), *bars[i + 1 :])

    def _given_bar(self, s: Let, g: Operand) -> Value:
        """`ans_bar`: of full size, and a zero where a result among several has none."""
        if not isinstance(g, tuple):
            return self.carried(g, s.target)
        pairs = zip(g, self.results(s), strict=True)
        full = [x if x is ZERO or not isinstance(v, Var) else self.carried(x, v) for x, v in pairs]
        return Sequence(tuple, list(full))

    def _recorded(self, s: Let, g: Operand) -> None:
        """A place of a tape is written once, so no cotangent of what was there must be removed."""
        tape, index, v = s.args
        self.accumulate(v, self.apply(operator.getitem, g, index))
        self._replace(tape, g)

    def _elementwise(self, s: Let, partials: Template, g: Operand) -> None:
        guard = self.guard_of(s, g)
        if any(a in self.active and not self._same_sizes(a, s.target) for a in s.args):
            g = self.full(g, s.target)
        result = self.inline(partials, self.arguments(s) | {"d": g})
        terms = result.items if isinstance(result, Sequence) else [result]
        named = zip(s.primitive.params, s.args, strict=True)
        operands = [a for n, a in named if n in s.primitive.wrt]
        for a, term in zip(operands, terms, strict=True):
            self.accumulate(a, term, self.mark_of(s, a), guard)

    def _same_sizes(self, a: Operand, ans: Var) -> bool:
        return isinstance(a, Var) and self.is_full(a, ans.type)

    def _structured(self, s: Let, adjoint: Template, g: Operand) -> None:
        p = s.primitive
        if is_unranked(p, s.args):
            self._at_run_time(s, g)
            return
        values = self.arguments(s) | {"ans_bar": self._given_bar(s, g)}
        named: dict[str, Any] = dict(zip(p.params, s.args, strict=True))
        into = [n for n in p.wrt if f"{n}_bar" in adjoint.params]
        if into and any(_is_single(named[n]) for n in into):
            self.accumulate(named[into[0]], self.apply(sum_to, values["ans_bar"], ()))
            return
        for n in into:
            values[f"{n}_bar"] = self._so_far(named[n])
        result = self.inline(adjoint, values)
        bars = result.items if isinstance(result, Sequence) and len(p.wrt) > 1 else [result]
        for n, bar in zip(p.wrt, bars, strict=True):
            if n in into:
                self._replace(named[n], bar, self.mark_of(s, named[n]))
            elif n in p.sequences:
                for a, x in zip(named[n], bar.items, strict=True):
                    self.accumulate(a, self._declared(self._plain(x), a), self.mark_of(s, a))
            else:
                a, term = named[n], self._plain(bar)
                if not is_elementwise(p):  # its contributions are summed to the operand's sizes
                    term = self._declared(term, a)
                self.accumulate(a, term, self.mark_of(s, a))

    def _at_run_time(self, s: Let, g: Operand) -> None:
        """The adjoint of an operation on arrays of unknown rank: the rule itself is called."""
        p = s.primitive
        if isinstance(p.rule.of, FunctionType):
            self.walk.name_object(p.rule.of)
        for i, (n, a) in enumerate(zip(p.params, s.args, strict=True)):
            if n in p.wrt and isinstance(a, Var) and a in self.active:
                call = (Lit(p.rule.of), Lit(i), s.target, self._given(s, g), *s.args)
                self.accumulate(a, self.b.let(pulled_by(p, n), call))

    def _given(self, s: Let, g: Operand) -> Operand:
        """A cotangent that is handed on: of several results, zeros where there is none."""
        if not isinstance(g, tuple):
            return g
        pairs = zip(g, self.results(s), strict=True)
        return tuple(self.zeros(v) if x is ZERO and isinstance(v, Var) else x for x, v in pairs)

    def _declared(self, g: Operand, a: Operand) -> Operand:
        """What a rule returns for an operand, of whose sizes it is by contract."""
        if isinstance(g, Var) and isinstance(a, Var) and isinstance(g.type, Array):
            wanted = getattr(a.type, "dims", None)
            have = g.type.dims
            if wanted and have and len(have) == len(wanted) and _has_unknown(have):
                g.type = Array(g.type.dtype, wanted)
        return g

    def _plain(self, v: Value) -> Operand:
        return self.walk.operand(v)

    def _so_far(self, a: Operand) -> Operand:
        """The cotangent so far, for a rule that adds to it in place; a zero where there is none."""
        if not isinstance(a, Var):
            return ZERO
        if a not in self.cot:
            return self.zeros(a)
        self.cot[a] = self.guarded(a, self.cot[a])
        return self.full(self.cot[a], a)

    def _replace(self, a: Operand, bar: Operand, mark: int = 0) -> None:
        if isinstance(a, Var) and a in self.active:
            self.marks[a] = mark if a not in self.cot else min(mark, self.marks.get(a, 0))
            self.cot[a] = self.named(bar, a)


def _has_unknown(dims: tuple[Size, ...]) -> bool:
    return any(isinstance(d, Dim) and d.name.startswith("?") for d in dims)


def _is_single(a: Operand) -> bool:
    """Whether an operand is one number, of which any part is the whole."""
    return isinstance(a, Var) and getattr(a.type, "dims", None) == ()

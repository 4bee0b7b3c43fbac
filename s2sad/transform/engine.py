"""What tangent and adjoint share: rules inlined, cotangents made to fit, zeros made."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.frontend import sizes
from s2sad.frontend.infer import is_elementwise, type_of
from s2sad.frontend.normalize import normalize
from s2sad.frontend.prims import NP_SHAPE, SHAPE, ZERO_BUFFER, is_item, item
from s2sad.frontend.values import Frame, Sequence, Value
from s2sad.frontend.walk import Walk
from s2sad.frontend.zero import ZERO
from s2sad.ir.nodes import Let, Lit, Operand, Statement, Var
from s2sad.ir.types import (
    OPAQUE,
    Array,
    Buffer,
    Dim,
    Number,
    Type,
    is_complex,
    is_inexact,
    kinds_of,
    same_dtype,
)
from s2sad.ir.walk import every, operand_vars
from s2sad.rules.creation import astype
from s2sad.rules.notation import RULES, Primitive, Template
from s2sad.rules.table import lookup
from s2sad.runtime import check_real, spread, sum_to


class Engine:
    """Inlines rules through the interpreter `walk`, whose builder collects the statements."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.b = walk.b
        self.unsure: set[Var] = set()  # may be unbound
        self.complex = False  # whether there are complex numbers
        self.real: set[Var] = set()  # tested to be real, where that is needed
        self.items: dict[Var, dict[int, Let]] = {}  # what takes the results of each several

    # rules

    def inline(self, t: Template, values: dict[str, Value]) -> Value:
        """The result of a rule's function on these values, its body inlined."""
        f = t.function
        names = {p: values[p] for p in t.params}
        cells = dict(zip(f.__code__.co_freevars, f.__closure__ or (), strict=True))
        frame = Frame(None, names, f.__globals__, cells, None, None)
        return self.walk.walk_body(t, _tree(t), frame)

    def arguments(self, s: Let) -> dict[str, Value]:
        """The operands of a statement by the names its rule calls them, and its result `ans`."""
        named = {n: value_of(a) for n, a in zip(s.primitive.params, s.args, strict=True)}
        if s.primitive.results == 1:
            return named | {"ans": s.target}
        return named | {"ans": Sequence(tuple, list(self.results(s)))}

    def results(self, s: Let) -> list[Operand]:
        """The several results of a statement."""
        found = self.items.setdefault(s.target, {})
        return [
            found[i].target if i in found else self.b.let(item(i), (s.target,))
            for i in range(s.primitive.results)
        ]

    def apply(self, of: Any, *args: Operand) -> Operand:
        """A primitive with its optional parameters left at their defaults."""
        p = lookup(of)
        assert p is not None
        rest = tuple(Lit(p.defaults[n]) for n in p.params[len(args) :])
        return self.b.let(p, (*args, *rest))

    def check_real(self, s: Let) -> None:
        """Adds tests that what is not known to be real is: results of functions without a rule."""
        for a in s.args:
            if isinstance(a, Var) and _is_unknown(a.type) and a not in self.real:
                self.real.add(a)
                if self._is_opaque(a):
                    self.b.add(Let(self.b.var(OPAQUE), CHECK_REAL, (a,), self.b.at))

    def _is_opaque(self, v: Var) -> bool:
        """Whether a value comes from a call whose results are not known, by operations on data."""
        s = self.b.defined.get(v)
        if s is None or not _is_unknown(v.type):
            return False
        if hasattr(s.primitive, "callee"):
            return True
        return any(self._is_opaque(x) for a in s.args for x in operand_vars(a))

    # sizes

    def shape(self, v: Var) -> Operand:
        """The shape of a value, to reshape or sum another one to."""
        t = v.type
        if isinstance(t, Number):
            return ()
        dims = getattr(t, "dims", None)
        if dims is None:
            return self.b.let(NP_SHAPE, (v,))
        if all(isinstance(d, int) for d in dims):
            return tuple(Lit(d) for d in dims)
        unsure = any(isinstance(d, Dim) and d.name[0] == "?" for d in dims)
        if v not in self.b.defined and (unsure or v.role in ("beta", "dot") or v in self.unsure):
            # A branch or loop may not have bound it, or have bound a zero without its shape.
            return self.b.let(NP_SHAPE, (v,))
        return self.b.let(SHAPE, (v,))

    def is_full(self, g: Operand, t: Type) -> bool:
        """Whether `g` surely has the sizes of the type `t`."""
        if isinstance(t, Number):
            return isinstance(type_of(g), Number)
        if isinstance(t, Array) and t.dims is None:
            return bool(t.alike) and getattr(type_of(g), "alike", "") == t.alike
        dims = getattr(self.b.canonical(type_of(g)), "dims", None)
        return dims is not None and dims == getattr(self.b.canonical(t), "dims", None)

    def full(self, g: Operand, v: Var) -> Operand:
        """`g` broadcast to the sizes of `v`, if it may lack some."""
        if g is ZERO:
            return self.zeros(v)
        t, gt = self.b.canonical(v.type), self.b.canonical(type_of(g))
        if self.is_full(g, t) or sizes.reaches(getattr(gt, "dims", None), getattr(t, "dims", None)):
            return g
        if isinstance(t, Number):
            return g
        if isinstance(g, Lit) and not isinstance(g.value, np.ndarray):
            g = number_like(g.value, t)
        to_shape = spread if v in self.unsure else np.broadcast_to
        return self.like(self.apply(to_shape, g, self.shape(v)), v)

    def carried(self, g: Operand, v: Var) -> Operand:
        """What branches and loops hand on for `v`: `g` of full size, dtype and kind."""
        g = self.full(g, v)
        t, want = type_of(g), getattr(v.type, "dtype", None)
        number, have = isinstance(t, Number), getattr(t, "dtype", None)
        if number and {*kinds_of(t)} <= {*kinds_of(of_number(v.type))}:
            return g
        if isinstance(v.type, Array) and v.type.dims == () and number:
            return self.apply(np.asarray, g, Lit(want))
        sure = len(kinds_of(t)) == 1 and same_dtype(have, want)
        sure &= number or not isinstance(v.type, Number)
        if want is None or sure or not is_inexact(v.type) or not isinstance(g, Var):
            return g
        if isinstance(v.type, Number):
            return self.apply(type(want.type().item()) if v.type.weak else want.type, g)
        if not getattr(v.type, "dims", None):  # a number, perhaps, which has no `astype`
            return self.apply(np.asarray, g, Lit(want))
        return g if number else self.apply(astype, g, Lit(want))

    def given_dot(self, d: Value, v: Value, p: Primitive) -> Value:
        """What the rule of `p` reads as the tangent of an operand `v`: of full size, or a zero."""
        if isinstance(d, Sequence) and isinstance(v, Sequence):
            pairs = zip(d.items, v.items, strict=True)
            return Sequence(d.cls, [self.given_dot(x, y, p) for x, y in pairs])
        if d is ZERO or not isinstance(v, Var) or is_elementwise(p):
            return d
        return self.carried(self.walk.operand(d), v)

    def know(self, body: Iterable[Statement]) -> None:
        """Names are defined by these statements, as they are since what they read is recorded."""
        self.b.defined |= {s.target: s for s in every(body) if isinstance(s, Let)}
        self.complex |= any(isinstance(s, Let) and is_complex(s.target.type) for s in every(body))
        self.know_items(body)

    def know_items(self, body: Iterable[Statement]) -> None:
        """What takes the results of the functions that return several."""
        for s in every(body):
            if isinstance(s, Let) and is_item(s.primitive) and isinstance(s.args[0], Var):
                self.items.setdefault(s.args[0], {})[s.primitive.item] = s

    def like(self, g: Operand, v: Var) -> Operand:
        """`g`, which is known to have the shape of `v`, whatever that is."""
        if isinstance(g, Var) and isinstance(g.type, Array) and g.type.dims is None:
            g.type = Array(g.type.dtype, None, getattr(v.type, "alike", ""))
        return g

    def zeros(self, v: Var) -> Operand:
        """A zero of the type of `v`."""
        t = v.type
        if isinstance(t, Number):
            return number_like(0.0, t)
        if isinstance(t, Buffer):
            return self.b.let(ZERO_BUFFER, (v,))
        return self.like(self.apply(np.zeros_like, v), v)

    def fit(self, g: Operand, v: Var) -> Operand:
        """The transpose of broadcasting: `g` summed to the sizes of `v`, in its dtype."""
        if g is ZERO or (isinstance(g, Lit) and not isinstance(g.value, np.ndarray)):
            return g
        if self._may_be_complex(g) and not is_complex(v.type) and getattr(v.type, "dtype", None):
            g = self.apply(np.real, g)  # a real number moves along the real axis
        g = self._summed(g, v)
        gt = type_of(g)
        wanted = getattr(v.type, "dtype", None)
        dtype = getattr(gt, "dtype", None)
        python = isinstance(gt, Number) and gt.weak
        if wanted is None or dtype is None or wanted == dtype or python or not is_inexact(v.type):
            return g
        if isinstance(v.type, Number) and v.type.weak:
            return g
        if isinstance(gt, Number) or isinstance(v.type, Number):
            return self.b.let(RULES[wanted.type], (g,)) if wanted.type in RULES else g
        return self.apply(astype, g, Lit(wanted))

    def _may_be_complex(self, g: Operand) -> bool:
        t = type_of(g)
        unknown = isinstance(t, Array) and t.dtype is None
        return is_complex(t) or (unknown and self.complex)

    def _summed(self, g: Operand, v: Var) -> Operand:
        have, want = getattr(type_of(g), "dims", None), getattr(v.type, "dims", None)
        if want is None and isinstance(type_of(g), Number):
            return g
        if have is not None and want is not None and len(have) < len(want):
            return g
        if self.is_full(g, v.type):
            return g
        return self.like(self.apply(sum_to, g, self.shape(v)), v)

    def add(self, a: Operand, b: Operand) -> Operand:
        """a + b, where either may be a zero without shape."""
        if a is ZERO or b is ZERO:
            return b if a is ZERO else a
        views = any(isinstance(type_of(x), Buffer) for x in (a, b))
        return self.b.let(RULES[np.add if views else operator.add], (a, b))


def _is_unknown(t: Type) -> bool:
    return isinstance(t, Array) and t.dims is None and t.dtype is None


CHECK_REAL = Primitive(check_real, "check_real", kind="data", params=("x",), pure=False)


def number_like(value: Any, t: Type) -> Lit:
    """A literal that gives what is broadcast from it the dtype of the type `t`."""
    dtype: Any = getattr(t, "dtype", None)
    python = dtype is None or dtype == np.dtype("f8") or (isinstance(t, Number) and t.weak)
    return Lit(value if python else dtype.type(value))


def of_number(t: Type) -> Type:
    """The type of tangents and cotangents of a value: those of numbers may be Python's, or not."""
    if not isinstance(t, Number) or t.dtype.kind not in "fc":
        return t
    python = np.dtype("f8" if t.dtype.kind == "f" else "c16")
    kinds = {*t.kinds, (python, True)} | ({(t.dtype, False)} if t.weak else set())
    return replace(t, others=tuple(sorted(kinds - {(t.dtype, t.weak)}, key=str)))


def _tree(t: Template) -> Any:
    found = getattr(t, "tree", None)
    if found is None:
        found = t.tree = normalize(t.node, None)
    return found


def value_of(a: Operand) -> Value:
    """An operand as a value of the frontend: tuples of operands are containers there."""
    if isinstance(a, tuple):
        return Sequence(tuple, [value_of(x) for x in a])
    return a

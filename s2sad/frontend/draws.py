"""Random draws: methods of NumPy's generators, as the functions of np.random are too.

    z = rng.normal(loc, scale, n)       the draw itself is data, made once, where it stands
    x = z                               with the derivative in loc and scale that its rule states

The two have one value, and one name in the emitted code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.frontend import shuffles, sizes
from s2sad.frontend.attributes import OpaqueMethod
from s2sad.frontend.draw_methods import (
    DISCRETE,
    GATHERING,
    OF_ROWS,
    PARAMETERS,
    ROW,
    bound,
    is_left,
    names_of,
)
from s2sad.frontend.infer import type_of
from s2sad.frontend.prims import template
from s2sad.frontend.signature import hashable
from s2sad.frontend.values import Bound, Sequence, Value, atoms
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Operand, Var
from s2sad.ir.types import (
    FLOAT,
    GENERATORS,
    INT,
    OPAQUE,
    UNKNOWN,
    Array,
    Number,
    Opaque,
    Shape,
    Type,
)
from s2sad.rules.refused import refusal
from s2sad.rules.table import draw_rules, lookup

LEGACY: Any = getattr(np.random.normal, "__self__", None)
"""The generator of the functions of np.random."""

DRAWS: dict[Any, str] = {
    found: name
    for cls in GENERATORS
    for name in (*PARAMETERS, "rand", "randn", "spawn")
    if (found := getattr(cls, name, None)) is not None
}
"""The methods that draw, by the function that they are."""

CHOSEN = (
    "whose choice jumps where the probabilities change",
    "wrap p in s2sad.stop_gradient, and add the derivative of the logarithm of the probability"
    " yourself",
)
UNSTATED = (
    "whose parameters have none",
    "draw with methods whose derivatives are stated, or wrap the parameters in s2sad.stop_gradient",
)
UNSHAPED = (
    "given what may be a number or an array",
    "give the array its shape before, as by np.reshape or np.zeros",
)


class Draws:
    """Calls of what draws random numbers."""

    def generator_method(self: Walk, owner: Value, cls: Any, name: str) -> Value | None:
        """A method of a generator; None for an attribute that is none."""
        f = getattr(cls, name, None)
        if hashable(f) and f in DRAWS:
            return Bound(Lit(f), (owner,))
        if f is not None and not callable(f) and isinstance(owner, Var):
            if owner in self.parameters:
                return None  # it is read now
            raise self.refuse(
                f"the attribute {name} of a generator that the function makes",
                "set its state before, and pass it as an argument",
            )
        return Bound(Lit(OpaqueMethod(name)), (owner,)) if callable(f) else None

    def is_generator(self: Walk, v: Value, *classes: Any) -> bool:
        """Whether a value is surely a generator, of one of the classes or of any of NumPy's."""
        classes = classes or GENERATORS
        if isinstance(v, Lit):
            return type(v.value) in classes
        return isinstance(v, Var) and isinstance(v.type, Opaque) and v.type.cls in classes

    def draw(self: Walk, f: Any, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
        """A draw from the generator that is the first argument."""
        name, (rng, *rest) = DRAWS[f], args
        if name == "spawn":
            return self.spawned(rng, [*rest, *kwargs.values()], node)
        if name in ("rand", "randn"):
            name = "random_sample" if name == "rand" else "standard_normal"
            rest = [Sequence(tuple, rest)] if rest else []
        named = bound(name, rest, kwargs)
        gather = GATHERED.get(name)
        if gather is not None:
            x = self.drawn_from(name, named, node)
            if x is not None:
                given = {**named, GATHERING[name]: x}
                return self.call_library(gather, [rng], given, node)
        out = named.get("out")
        if not _is_none(out):
            return self.draw_into(f, rng, named, node)
        return self.drawn(name, rng, named, node)

    def spawned(self: Walk, rng: Value, count: list[Value], node: Any) -> Value:
        """Generators that another one makes, as many as are known."""
        n = self.static(count[0], "the number of generators", node)
        texts, operands = self.rendered([rng])
        made = self.b.let(template(f"{texts[0]}.spawn({n})", len(operands), OPAQUE), operands)
        t = Opaque(np.random.Generator)
        items = [self.b.let(template(f"{{0}}[{i}]", 1, t, pure=True), (made,)) for i in range(n)]
        return Sequence(list, items, self.region)

    def drawn_from(self: Walk, name: str, named: dict[str, Value], node: Any) -> Operand | None:
        """The array that is shuffled or drawn from; None where it is data, or a number."""
        v = named[GATHERING[name]]
        if isinstance(v, Sequence):
            return self.array_operand(v, node) if any(map(_carries, atoms(v))) else None
        if not isinstance(v, Var) or not isinstance(v.type, Array) or not v.type.dims:
            return None
        return v if _carries(v) or name == "shuffle" or not _is_none(named.get("out")) else None

    def draw_into(self: Walk, f: Any, rng: Value, named: dict[str, Value], node: Any) -> Value:
        """A draw into the array that is given for it, which has its size."""
        named = dict(named)
        out = self.writable(named["out"], node)
        named["out"] = Lit(None)
        if _is_none(named.get("size")):
            named["size"] = self.attribute(out, "shape", node)
        self.will_write(out)
        found = self.draw(f, [rng], named, node)
        self.write_whole(out, self.current(self.operand(found, node)), node)
        return out

    def drawn(self: Walk, name: str, rng: Value, named: dict[str, Value], node: Any) -> Value:
        """The draw, and where its parameters may be active what its derivatives are."""
        rules = draw_rules()
        params = names_of(PARAMETERS[name])
        for n in params:
            v = named.get(n)
            if isinstance(v, Sequence) and any(map(_carries, atoms(v))):
                named[n] = self.array_operand(v, node)
        active = any(_carries(v) for n in params for v in _atoms(named.get(n)))
        rule = rules.get(name)
        if name == "multivariate_normal" and active:
            found = self.drawn_normal(rng, named, node)
            if found is not None:
                return found
        p, operands = self.draw_template(name, rng, named)
        p.result = self.draw_type(name, named)
        held = self.fixed_parameters(name, named, rule)
        if held:
            p.what, p.advice = _reason(name)
            p.what = f"Generator.{name}, {p.what}"
            p.held = tuple(i for i, v in enumerate(operands) if any(v is h for h in held))
        z: Value = self.b.let(p, tuple(operands))
        if rule is None or not active:
            return z
        if name == "dirichlet" and len(_dims(named["alpha"]) or ()) != 1:
            return z
        return self.b.let(rule, (z, *[self.operand(named[n], node) for n in rule.params[1:]]))

    def fixed_parameters(self: Walk, name: str, named: dict[str, Value], rule: Any) -> list[Any]:
        """The parameters in which no derivative is stated: they must not vary."""
        params = [*names_of(PARAMETERS[name]), "p"]
        if rule is not None:
            params = [n for n in params if n not in rule.params]
            if name == "dirichlet" and len(_dims(named["alpha"]) or ()) != 1:
                params = ["alpha"]
        return [v for n in params for v in _atoms(named.get(n)) if _carries(v)]

    def drawn_normal(self: Walk, rng: Value, named: dict[str, Value], node: Any) -> Value | None:
        """multivariate_normal where the covariance may be active; None where only the mean may."""
        if not any(map(_carries, _atoms(named["cov"]))) or lookup(np.linalg.svd) is None:
            return None
        legacy = self.is_generator(rng, np.random.RandomState)
        made = shuffles.legacy_normal if legacy else shuffles.multivariate_normal
        return self.call_library(made, [rng], named, node)

    def draw_template(
        self: Walk, name: str, rng: Value, named: dict[str, Value]
    ) -> tuple[Any, list[Operand]]:
        """The call as text: arguments by position, after one that is left out by name."""
        own = isinstance(rng, Lit) and rng.value is LEGACY and hasattr(np.random, name)
        given = {k: v for k, v in named.items() if not is_left(name, k, v)}
        texts, operands = self.rendered([*([] if own else [rng]), *given.values()])
        owner = "np.random" if own else texts.pop(0)
        parts, gap = [], False
        places = iter(texts)
        for n in named:
            gap = gap or n not in given or n in _BY_NAME
            if n in given:
                parts.append(f"{n}={next(places)}" if gap else next(places))
        return template(f"{owner}.{name}({', '.join(parts)})", len(operands)), operands

    # types

    def draw_type(self: Walk, name: str, named: dict[str, Value]) -> Type:
        """What a draw is, as far as its arguments tell."""
        if name in OF_ROWS or (name in GATHERING and name != "choice"):
            rows: Type = self.type_of_rows(name, named)
            return rows
        number = _number(name, named.get("dtype"))
        if name == "choice" and not _is_size(named["a"]):
            return UNKNOWN
        params = [] if name == "choice" else names_of(PARAMETERS[name])
        if _is_none(named.get("size")):
            dims = sizes.broadcast([_dims(named.get(n)) for n in params], self.b.fresh)
            if dims == ():
                return number
        else:
            dims = self.dims_of_size(named["size"])
        return Array(getattr(number, "dtype", None), dims)

    def type_of_rows(self: Walk, name: str, named: dict[str, Value]) -> Type:
        """The type of a draw of vectors, or of a permutation."""
        if name == "permutation" and _is_size(named["x"]):
            return Array(np.dtype("i8"), (self.size_drawn(named["x"]),))
        if name in GATHERING:
            t = type_of(named["x"]) if isinstance(named["x"], Var) else UNKNOWN
            return t if isinstance(t, Array) else UNKNOWN
        dtype = np.dtype("f8" if name in ("multivariate_normal", "dirichlet") else "i8")
        row = _dims(named[ROW[name]])
        if _is_none(named.get("size")):
            return Array(dtype, row)
        outer = self.dims_of_size(named["size"])
        return Array(dtype, None if row is None or outer is None else (*outer, *row))

    def dims_of_size(self: Walk, v: Value) -> Any:
        """The dimensions that the argument `size` states; None where they are not known."""
        if isinstance(v, Lit):
            return tuple(v.value) if isinstance(v.value, tuple | list) else (v.value,)
        if isinstance(v, Sequence):
            return tuple(map(self.size_drawn, v.items)) if all(map(_is_size, v.items)) else None
        if isinstance(v, Var) and isinstance(v.type, Shape):
            return v.type.dims
        return (self.size_drawn(v),) if _is_size(v) else None

    def size_drawn(self: Walk, v: Value) -> Any:
        """One size: a number, or a name for it."""
        return sizes.size_of(v, self.b.fresh)


_BY_NAME = frozenset({"out", "axis", "dtype", "endpoint", "replace", "shuffle", "method"})
"""Options that people write with their name."""

GATHERED: dict[str, Callable[..., Any]] = {
    "permutation": shuffles.permutation, "permuted": shuffles.permuted,
    "shuffle": shuffles.shuffle, "choice": shuffles.choice,
}  # fmt: skip


def _is_none(v: Value | None) -> bool:
    return v is None or (isinstance(v, Lit) and v.value is None)


def _atoms(v: Value | None) -> list[Any]:
    return [] if v is None else list(atoms(v))


def _carries(a: Any) -> bool:
    """Whether an operand may be active."""
    t = type_of(a)
    if not isinstance(a, Var) or not isinstance(t, Number | Array):
        return False
    return t.dtype is None or t.dtype.kind in "fc"


def _is_size(v: Value) -> bool:
    """Whether a value is surely a whole number."""
    t = type_of(v) if isinstance(v, Var | Lit) else None
    return isinstance(t, Number) and t.dtype.kind in "iu"


def _dims(v: Value | None) -> Any:
    """The dimensions of a parameter."""
    if isinstance(v, Sequence):
        inner = [_dims(i) for i in v.items]
        even = all(d is not None and d == inner[0] for d in inner)
        return (len(inner), *inner[0]) if inner and even else None
    t = type_of(v) if isinstance(v, Var | Lit) else None
    if isinstance(v, Lit) and v.value is None:
        return ()
    return t.dims if isinstance(t, Number | Array) else None


def _number(name: str, dtype: Value | None) -> Type:
    """The type of one number of a draw."""
    if name in DISCRETE or name == "choice":
        if dtype is not None:
            return UNKNOWN
        return Number(np.dtype("i8")) if name in ("integers", "random_integers") else INT
    if dtype is None:
        return FLOAT
    if isinstance(dtype, Lit):
        return Number(np.dtype(dtype.value), weak=np.dtype(dtype.value) == np.float64)
    return UNKNOWN


def _reason(name: str) -> tuple[str, str]:
    """Why no derivative passes through a draw, and what to do."""
    if name == "choice":
        return CHOSEN
    if name in GATHERING or name == "dirichlet":
        return UNSHAPED
    if name == "multivariate_normal":
        return UNSTATED
    of_integers = {"randint": "integers", "random_integers": "integers"}
    why = refusal(f"np.random.Generator.{of_integers.get(name, name)}")
    assert why is not None
    return why.reason, why.advice

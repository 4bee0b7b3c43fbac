"""Collects the statements of a function under construction, typed as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from s2sad.errors import Location
from s2sad.frontend.infer import infer, learn
from s2sad.frontend.prims import METADATA, is_allocation
from s2sad.frontend.simplify import simplify
from s2sad.frontend.stored import check_stored
from s2sad.ir.nodes import Block, Comment, Let, Lit, Operand, Span, Statement, Var
from s2sad.ir.types import Array, Dim, Shape, Size, Type
from s2sad.ir.walk import operand_vars
from s2sad.rules.notation import Primitive
from s2sad.runtime import copy_array


class Builder:
    """The statements so far, by region; makes names, infers types, shares equal operations."""

    def __init__(self) -> None:
        self.regions: list[list[Statement]] = [[]]
        self.shared: list[dict[object, Var]] = [{}]
        self.defined: dict[Var, Let] = {}
        self.at: Location | None = None
        self.role = "alpha"
        self.counter = 0
        self.sizes = 0
        self.conditional = 0  # depth of branches and loops, whose statements may never run
        self.learned: list[tuple[Size, Size, bool]] = []  # by the statement that is being made
        self.lessons: list[tuple[Let, Size, Size, bool]] = []  # and by those made so far
        self.equal: dict[Dim, Size] = {}  # symbols found to be the same size
        self.here: dict[Dim, Size] = {}  # likewise, if this stretch runs at all
        self.supposes = True  # whether `here` is made use of
        self.writes = False  # whether the user's arrays are objects, of which no two are one
        self.current: Callable[[Operand], Operand] | None = None  # what an operand holds now
        self.origin: Any = None  # an operand with the same form, if not the same elements

    # names and sizes

    def var(self, type: Type, hint: str = "", role: str | None = None) -> Var:
        """A new name."""
        self.counter += 1
        return Var(f"{hint or 't'}.{self.counter}", type, hint, role or self.role)

    def fresh(self) -> Dim:
        """A symbol for a size of which nothing is known."""
        self.sizes += 1
        return Dim(f"?{self.sizes}")

    def size(self, d: Size) -> Size:
        """The size or symbol that stands for all that are known to equal `d`."""
        while isinstance(d, Dim):
            plain = Dim(d.name, 0, True)
            other = self.equal.get(plain, self.here.get(plain))
            if other is None:
                return d
            if isinstance(other, int):
                return max(0, other + d.offset)
            d = other if not d.offset else other + d.offset
        return d

    def canonical(self, t: Type) -> Type:
        """The type with every size by its first name."""
        if not (self.equal or self.here) or not isinstance(t, Array | Shape) or not t.dims:
            return t
        dims = tuple(map(self.size, t.dims))
        if dims == t.dims:
            return t
        return type(t)(t.dtype, dims) if isinstance(t, Array) else Shape(dims)

    def unify(self, a: Size, b: Size) -> None:
        """Notes that two sizes are the same, whatever they are."""
        a, b = self.size(a), self.size(b)
        if a == b or (self.conditional and not self.supposes):
            return
        if isinstance(a, int):
            a, b = b, a
        self.learned.append((a, b, self.conditional > 0))
        if isinstance(a, Dim) and isinstance(b, Dim):
            says_more = a.never_one and not b.never_one and not b.offset
            if a.offset or says_more:
                a, b = b, a
        if isinstance(a, Dim) and not a.offset and not getattr(b, "offset", 0):
            (self.here if self.conditional else self.equal)[Dim(a.name, 0, True)] = b

    @contextmanager
    def supposing(self, body: Iterable[Statement] = (), *, anew: bool = False) -> Iterator[None]:
        """A stretch that may not run: what it teaches of sizes holds in it alone.

        body: statements that it runs along with.  anew: what holds around it need not hold in it.
        """
        before = self.here
        self.here = {} if anew else dict(before)
        self.conditional += 1
        try:
            for s in body:
                if isinstance(s, Let):
                    learn(self, s.primitive, s.args)
            self.learned = []
            yield
        finally:
            self.conditional -= 1
            self.here = before

    # statements

    def let(
        self, p: Primitive, args: tuple[Operand, ...], hint: str = "", *, as_it_is: bool = False
    ) -> Operand:
        """The result of `p(*args)`: a new name, or something equal that exists already.

        The user's operations read what arrays hold now, unless they are to be taken `as_it_is`.
        """
        if self.role != "alpha":
            simple = simplify(self, p, args)
            if simple is not None:
                return simple
        elif self.current is not None and not as_it_is:
            args = tuple(map(self.origin if p in METADATA else self.current, args))
        key = operation_key(p, args) if is_shareable(p) else None
        if key is not None:
            # Zeros are to be added to: those of a loop's trip are made in it.
            near = self.role == "beta" and p.of is np.zeros_like
            for scope in self.shared[-1:] if near else reversed(self.shared):
                if key in scope and not self.is_object(p, scope[key]):
                    return scope[key]
        learn(self, p, args)
        target = self.var(self._certain(infer(p, args, self.fresh)), hint)
        if self.role == "alpha":
            check_stored(operand_vars(args), target.type, self.at)
        if isinstance(target.type, Array) and target.type.dims is None and not target.type.alike:
            target.type = Array(target.type.dtype, None, self.fresh().name)
        statement = Let(target, p, args, self.at)
        self.lessons += [(statement, *lesson) for lesson in self.learned]
        self.learned = []
        self.defined[target] = statement
        self.regions[-1].append(statement)
        if key is not None:
            self.shared[-1][key] = target
        return target

    def _certain(self, t: Type) -> Type:
        """The type with the sizes by the names that they have even if this stretch never runs."""
        here, self.here = self.here, {}
        found = self.canonical(t)
        self.here = here
        return found

    def is_object(self, p: Primitive, v: Var) -> bool:
        """Whether an equal operation makes another array, which may be written by itself."""
        own = (isinstance(v.type, Array) or p.results > 1) and not p.view
        return own and self.writes and self.role == "alpha"

    def add(self, statement: Statement) -> None:
        """One more statement of the current region."""
        self.regions[-1].append(statement)

    def comment(self, text: str) -> None:
        """A line of its own: `# backward`."""
        self.add(Comment(text))

    @contextmanager
    def region(self) -> Iterator[list[Statement]]:
        """A nested region; what is added inside goes to the list it yields."""
        self.regions.append([])
        self.shared.append({})
        try:
            yield self.regions[-1]
        finally:
            self.regions.pop()
            self.shared.pop()

    @contextmanager
    def reopened(self, body: list[Statement]) -> Iterator[None]:
        """Adds to the end of a region that was closed."""
        self.regions.append(body)
        self.shared.append({})
        try:
            yield
        finally:
            self.regions.pop()
            self.shared.pop()

    @contextmanager
    def placed(self, at: Location | None) -> Iterator[None]:
        """Statements made inside belong to the user's line `at`."""
        before, self.at = self.at, at or self.at
        try:
            yield
        finally:
            self.at = before

    def block(self, body: list[Statement], yields: tuple[Operand, ...] = ()) -> Block:
        return Block(tuple(body), yields)


def is_shareable(p: Primitive) -> bool:
    """Whether equal operations may be made one."""
    copies = p.rule.of in (np.copy, copy_array)
    return p.pure and not copies and not is_allocation(p)


def operation_key(p: Primitive, args: tuple[Operand, ...]) -> object:
    """Equal for operations that surely have the same result."""
    return (p, *map(operand_key, args))


def operand_key(x: Operand) -> object:
    """Equal for operands that surely have the same value and type."""
    if isinstance(x, Var):
        return x
    if isinstance(x, tuple):
        return tuple(map(operand_key, x))
    if isinstance(x, Span):
        return ("span", operand_key(x.start), operand_key(x.stop), operand_key(x.step))
    v = x.value
    if isinstance(v, bool | int | float | complex | str | bytes | None):
        return (type(v), repr(v))
    return ("object", id(v))


def literal(x: Operand) -> Any:
    """The value of a literal operand, or Ellipsis for anything else."""
    return x.value if isinstance(x, Lit) else ...

"""Stencils backwards: additions to neighbouring places, gathered place by place.

    for i in range(n - 2):             for i in range(n - 2):
        beta = c * y[i]                    w[i + 2] = c * y[i]
        x[i] += beta             ->    for i in range(n):
        x[i + 2] -= beta                   x[i] += w[i + 2] - w[i]

The first form writes to places that the next iteration reads, so where neighbours lie next to each
other in memory it cannot run in vector instructions.  In the second the values lie in an array with
zeros around them, so that there are no special cases at the borders; it is made once, outside of
all loops, since only the inner part is ever written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from s2sad.analysis.sizes import Amount
from s2sad.loops.nodes import (
    Alloc,
    Apply,
    Assign,
    Expr,
    For,
    If,
    Index,
    Item,
    Kernel,
    Name,
    Nest,
    Stmt,
    Store,
    While,
    constant,
    every,
    items_in,
)

MOST_BUFFERS = 3
"""Different values in one nest that are worth an array each."""


@dataclass(slots=True)
class Loops:
    """Nests with nothing between them, and the statements inside of the innermost."""

    nests: list[Nest]
    body: list[Stmt]

    @property
    def indices(self) -> list[str]:
        return [n.index for n in self.nests]

    @property
    def extents(self) -> list[Amount]:
        return [n.stop for n in self.nests]


@dataclass(slots=True)
class Sums:
    """The additions to one array: where they go, relative to the indices, and what is added."""

    array: str
    stores: list[Store] = field(default_factory=list)
    offsets: list[tuple[int, ...]] = field(default_factory=list)


class Gathering:
    """Rewrites the stencils of a kernel.

    made: the arrays with zeros around them, to be allocated at its start.
    """

    def __init__(self, kernel: Kernel, sizes: set[str], fresh: Callable[[str], str]) -> None:
        self.kernel, self.sizes, self.fresh = kernel, sizes, fresh
        self.made: list[Alloc] = []
        self.dtypes = {s.name: s.dtype for s in every(kernel.body) if isinstance(s, Alloc)}

    def run(self) -> None:
        """Rewrites all, and allocates once what is needed."""
        self.kernel.body[:] = self.block(self.kernel.body)
        at = next(
            (i for i, s in enumerate(self.kernel.body) if isinstance(s, For | While | Nest | If)), 0
        )
        self.kernel.body[at:at] = self.made

    def block(self, body: list[Stmt]) -> list[Stmt]:
        """The statements with stencils gathered."""
        found: list[Stmt] = []
        for s in body:
            match s:
                case Nest():
                    found += self.nest(s)
                    continue
                case For():
                    s.body[:] = self.block(s.body)
                case While():
                    s.before[:], s.body[:] = self.block(s.before), self.block(s.body)
                case If():
                    s.then[:], s.orelse[:] = self.block(s.then), self.block(s.orelse)
            found.append(s)
        return found

    def nest(self, nest: Nest) -> list[Stmt]:
        """A nest, and those that gather what it added up."""
        loops = perfect(nest)
        if not all(isinstance(s, Assign | Store) for s in loops.body):
            return [nest]
        after: list[Stmt] = []
        for sums in self.candidates(loops):
            after += self.gathered(loops, sums)
        return [nest, *after] if loops.body else after

    def candidates(self, loops: Loops) -> list[Sums]:
        """The arrays that are added to at several places each, and not used otherwise."""
        found: dict[str, Sums] = {}
        for s in loops.body:
            if isinstance(s, Store) and s.op:
                found.setdefault(s.array, Sums(s.array)).stores.append(s)
        return [sums for sums in found.values() if self.is_stencil(loops, sums)]

    def is_stencil(self, loops: Loops, sums: Sums) -> bool:
        """Whether the places differ from the indices by numbers, and from each other."""
        if (
            len(sums.stores) < 2
            or sums.array not in self.dtypes
            or not self.sizes.issuperset(x for n in loops.extents for x in n.symbols())
        ):
            return False
        for s in loops.body:
            reads = (x.array for x in items_in(s.value)) if isinstance(s, Assign | Store) else ()
            if sums.array in reads or (isinstance(s, Store) and not s.op and s.array == sums.array):
                return False
        for s in sums.stores:
            offset = offsets(s.index, loops.indices)
            if offset is None:
                return False
            sums.offsets.append(offset)
        resolve(loops.body, sums)
        values = {base(s.value) for s in sums.stores}
        return len({o[-1] for o in sums.offsets}) > 1 and len(values) <= MOST_BUFFERS

    def gathered(self, loops: Loops, sums: Sums) -> list[Stmt]:
        """Keep the values in arrays with zeros around them, and add up what comes to each place."""
        rank = len(loops.indices)
        least = [min(o[d] for o in sums.offsets) for d in range(rank)]
        most = [max(o[d] for o in sums.offsets) for d in range(rank)]
        wide = [b - a for a, b in zip(least, most, strict=True)]
        buffers = self.buffers(loops, sums, wide)
        place = tuple(Amount.symbol(i) for i in loops.indices)
        terms: list[tuple[bool, Expr]] = []
        for s, o in zip(sums.stores, sums.offsets, strict=True):
            index = tuple(p + Amount.number(most[d] - o[d]) for d, p in enumerate(place))
            terms.append((is_negative(s.value), Item(buffers[base(s.value)], index)))
        target = tuple(p + Amount.number(least[d]) for d, p in enumerate(place))
        body: list[Stmt] = [Store(sums.array, target, total(terms), "+")]
        for d in reversed(range(rank)):
            body = [Nest(loops.indices[d], loops.extents[d] + Amount.number(wide[d]), body)]
        return body

    def buffers(self, loops: Loops, sums: Sums, wide: list[int]) -> dict[Expr, str]:
        """The arrays of the values that are added; the additions themselves are dropped."""
        place = tuple(
            Amount.symbol(i) + Amount.number(w) for i, w in zip(loops.indices, wide, strict=True)
        )
        extents = tuple(n + Amount.number(2 * w) for n, w in zip(loops.extents, wide, strict=True))
        found: dict[Expr, str] = {}
        kept: list[Stmt] = []
        for s in loops.body:
            if s not in sums.stores:
                kept.append(s)
                continue
            assert isinstance(s, Store)
            value = base(s.value)
            if value not in found:
                found[value] = self.fresh("around")
                self.made.append(Alloc(found[value], self.dtypes[sums.array], extents, "zeros"))
                kept.append(Store(found[value], place, value))
        loops.body[:] = kept
        return found


def resolve(body: list[Stmt], sums: Sums) -> None:
    """Write out what is only the negative of something: both can come from one array."""
    negatives = {s.name: s.value for s in body if isinstance(s, Assign) and is_negative(s.value)}
    for s in sums.stores:
        if isinstance(s.value, Name) and s.value.name in negatives:
            s.value = negatives[s.value.name]


def perfect(nest: Nest) -> Loops:
    """The nest with those that are all there is in it."""
    nests, body = [nest], nest.body
    while len(body) == 1 and isinstance(body[0], Nest):
        nests.append(body[0])
        body = body[0].body
    return Loops(nests, body)


def offsets(index: Index, indices: list[str]) -> tuple[int, ...] | None:
    """How far a place is from the indices, if it is a fixed number along each axis."""
    if len(index) != len(indices):
        return None
    found = [constant(a - Amount.symbol(i)) for a, i in zip(index, indices, strict=True)]
    return None if None in found else tuple(n for n in found if n is not None)


def base(value: Expr) -> Expr:
    """What is added or subtracted."""
    return value.args[0] if isinstance(value, Apply) and value.text == "-{0}" else value


def is_negative(value: Expr) -> bool:
    """Whether something is subtracted."""
    return isinstance(value, Apply) and value.text == "-{0}"


def total(terms: list[tuple[bool, Expr]]) -> Expr:
    """The sum of terms, each with whether it is subtracted."""
    first = next((i for i, (negative, _) in enumerate(terms) if not negative), None)
    if first is None:
        inner = total([(False, e) for _, e in terms])
        return Apply("-({0})", (inner,))
    ordered = [terms[first], *terms[:first], *terms[first + 1 :]]
    found = ordered[0][1]
    for negative, e in ordered[1:]:
        found = Apply("{0} - {1}" if negative else "{0} + {1}", (found, e))
    return found

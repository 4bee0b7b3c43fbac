"""Fusion: nests over the same sizes become one, where elements are still made before they are read.

Two nests may be one if no iteration of the second needs what a later one of the first makes, and
none of the first reads what an earlier one of the second overwrites.  Places are sums of names, so
that is a comparison of numbers.  Additions to the same place commute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from s2sad.analysis.sizes import Amount
from s2sad.loops.nodes import (
    Add,
    Alloc,
    Apply,
    Assign,
    For,
    Guard,
    If,
    Index,
    Line,
    Name,
    Nest,
    Remark,
    Stmt,
    Store,
    While,
    bodies,
    constant,
    every,
    exprs,
    items_in,
    names_in,
    replaced,
    with_exprs,
)

MOST_ARRAYS = 16
"""Arrays in one nest: LLVM tests each pair of them for overlap before it vectorizes."""


@dataclass(frozen=True, slots=True)
class Access:
    """An element that a statement reads ("r"), writes ("w") or adds to ("+")."""

    array: str
    index: Index
    kind: str


class Touched:
    """The names that a statement reads and writes, the arrays among them as wholes."""

    __slots__ = ("adds", "reads", "writes")

    def __init__(self, body: Iterable[Stmt]) -> None:
        self.reads: set[str] = set()
        self.writes: set[str] = set()
        self.adds: set[str] = set()
        for s in body:
            self.add(s)

    def add(self, s: Stmt) -> None:
        for e in exprs(s):
            self.reads.update(names_in(e))
            self.reads.update(x.array for x in items_in(e))
        match s:
            case Assign() | Alloc():
                self.writes.add(s.name)
            case Add():
                self.adds.add(s.name)
            case Store():
                self.writes.add(s.array)
            case Line():
                self.writes.update(s.writes)
                if ".append(" in s.text or ".pop(" in s.text:
                    self.writes.update(x.name for x in s.args[:1] if isinstance(x, Name))
            case For():
                self.writes.add(s.index)

    def include(self, other: Touched) -> None:
        """What another statement touches, too."""
        self.reads |= other.reads
        self.writes |= other.writes
        self.adds |= other.adds

    def written(self) -> set[str]:
        """The names that are written or added to."""
        return self.writes | self.adds

    def conflicts(self, other: Touched) -> bool:
        """Whether the order of the two matters."""
        mine, theirs = self.writes | self.adds, other.writes | other.adds
        return bool(mine & (other.reads | theirs) or theirs & self.reads)


def accesses(body: Iterable[Stmt]) -> list[Access]:
    """The elements that statements touch."""
    found = []
    for s in body:
        for e in exprs(s):
            found += [Access(x.array, x.index, "r") for x in items_in(e)]
        if isinstance(s, Store):
            found.append(Access(s.array, s.index, "+" if s.op else "w"))
    return found


Choice: TypeAlias = Callable[[Nest, Nest], bool]
"""Whether two nests that may become one are to."""


class Fusion:
    """One pass of fusion, with what it found out of statements.

    wanted: whether two nests that may become one are to; aliases: for names that may stand for one
    array, one that stands for all of them.
    """

    def __init__(self, wanted: Choice, aliases: Mapping[str, str]) -> None:
        self.wanted = wanted
        self.aliases = aliases
        self.known: dict[Stmt, Touched] = {}
        self.elements: dict[Stmt, dict[str, list[Access]]] = {}

    def fused(self, body: list[Stmt]) -> list[Stmt]:
        """The statements with nests fused, those inside of others too."""
        out: list[Stmt] = []
        for s in body:
            self.add(out, self.inside(s))
        return out

    def add(self, out: list[Stmt], s: Stmt) -> None:
        """One more statement, whose inside is done."""
        if isinstance(s, Nest):
            self.place(out, s)
        elif _is_light(s):
            self.lift(out, s)
        else:
            out.append(s)

    def inside(self, s: Stmt) -> Stmt:
        """A statement with the nests inside of it fused."""
        match s:
            case Nest() | For():
                return replace(s, body=self.fused(s.body))
            case While():
                return replace(s, before=self.fused(s.before), body=self.fused(s.body))
            case If():
                return replace(s, then=self.fused(s.then), orelse=self.fused(s.orelse))
            case _:
                return s

    def touched(self, s: Stmt) -> Touched:
        """What a statement and all inside it touch."""
        if s not in self.known:
            found = Touched([s])
            for inner in (x for body in bodies(s) for x in body):
                found.include(self.touched(inner))
            self.known[s] = found
        return self.known[s]

    def accesses(self, nest: Nest) -> dict[str, list[Access]]:
        """The elements that a nest touches, by array."""
        if nest not in self.elements:
            found: dict[str, list[Access]] = {}
            for x in accesses(every(nest.body)):
                found.setdefault(x.array, []).append(x)
            self.elements[nest] = found
        return self.elements[nest]

    def lift(self, out: list[Stmt], s: Stmt) -> None:
        """Put a statement before the nests at the end that it does not depend on."""
        mine = self.touched(s)
        at = len(out)
        while at and isinstance(out[at - 1], Nest | Remark):
            if self.conflict(mine, self.touched(out[at - 1])):
                break
            at -= 1
        while at < len(out) and isinstance(out[at], Remark):
            at += 1
        out.insert(at, s)

    def place(self, out: list[Stmt], nest: Nest) -> None:
        """Fuse a nest with one before it, or append it; what a test guards stays behind it."""
        mine = self.touched(nest)
        for k in range(len(out) - 1, -1, -1):
            other = out[k]
            if isinstance(other, Nest) and self.goes_with(other, nest):
                out[k] = self.joined(other, nest)
                return
            if isinstance(other, Guard) or self.conflict(mine, self.touched(other)):
                break
        out.append(nest)

    def goes_with(self, first: Nest, second: Nest) -> bool:
        """Whether two nests are to become one, and may."""
        alike = first.stop == second.stop and self.wanted(first, second)
        return alike and self.may_fuse(first, second)

    def joined(self, first: Nest, second: Nest) -> Nest:
        """One nest that does the work of both."""
        body = list(first.body)
        for s in renamed(second, first.index).body:
            self.add(body, s)
        return Nest(first.index, first.stop, body)

    def roots(self, names: Iterable[str]) -> dict[str, set[str]]:
        """Those of the names that others may stand for, too, by the one for all of them."""
        found: dict[str, set[str]] = {}
        for name in names:
            if name in self.aliases:
                found.setdefault(self.aliases[name], set()).add(name)
        return found

    def conflict(self, a: Touched, b: Touched) -> bool:
        """Whether the order of two statements matters, arrays with several names included."""
        if a.conflicts(b):
            return True
        mine, theirs = self.roots(a.written()), self.roots(b.written())
        reads, others = self.roots(a.reads), self.roots(b.reads)
        return bool(mine.keys() & (others.keys() | theirs.keys()) or theirs.keys() & reads.keys())

    def is_aliased(self, a: Touched, b: Touched) -> bool:
        """Whether an array that is written may have one name here and another there."""
        mine, theirs = (self.roots(t.reads | t.written()) for t in (a, b))
        written = self.roots(a.written() | b.written())
        return any(len(mine[r] | theirs[r]) > 1 for r in mine if r in theirs and r in written)

    def may_fuse(self, first: Nest, second: Nest) -> bool:
        """Whether one nest after the other may become one."""
        second = renamed(second, first.index)
        a, b = self.touched(first), self.touched(second)
        if self.is_aliased(a, b):
            return False
        mine, theirs = self.accesses(first), self.accesses(second)
        numbers_a, numbers_b = a.written() - mine.keys(), b.written() - theirs.keys()
        inner = bound_in(first.body) | bound_in(second.body)
        outer = inner | {first.index}
        if (numbers_a & (b.reads | numbers_b) or numbers_b & a.reads) - outer:
            return False
        return all(
            in_order(x, y, first.index, inner)
            for array in mine.keys() & theirs.keys()
            for x in mine[array]
            for y in theirs[array]
        )


def _is_light(s: Stmt) -> bool:
    """Whether a statement may stand before a nest that it has nothing to do with."""
    if isinstance(s, Alloc | Guard):
        return True
    return isinstance(s, Assign) and not (
        isinstance(s.value, Apply) and s.value.text.endswith(".copy()")
    )


def aliases_in(body: list[Stmt]) -> dict[str, str]:
    """Names that may stand for one array: one is assigned to the other, or is a reshape of it."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while name in parent:
            name = parent[name]
        return name

    joined: set[str] = set()
    for s in every(body):
        for name, other in alias_pairs(s):
            joined |= {name, other}
            if root(name) != root(other):
                parent[root(name)] = root(other)
    return {name: root(name) for name in joined}


def alias_pairs(s: Stmt) -> list[tuple[str, str]]:
    """The pairs of names that a statement makes stand for one thing."""
    if isinstance(s, Assign) and isinstance(s.value, Name):
        return [(s.name, s.value.name)]
    if isinstance(s, Line):
        return [(w, a.name) for w in s.writes for a in s.args if isinstance(a, Name)]
    return []


def renamed(nest: Nest, index: str) -> Nest:
    """The nest with another index."""
    if nest.index == index:
        return nest
    old, by = nest.index, Amount.symbol(index)
    body = [with_exprs(s, lambda e: e, lambda a: replaced(a, old, by)) for s in nest.body]
    return Nest(index, nest.stop, body)


def arrays_in(body: list[Stmt]) -> set[str]:
    """The arrays whose elements statements touch."""
    return {x.array for x in accesses(every(body))}


def bound_in(body: list[Stmt]) -> set[str]:
    """The indices of inner loops."""
    return {s.index for s in every(body) if isinstance(s, Nest | For)}


def in_order(x: Access, y: Access, index: str, inner: set[str]) -> bool:
    """Whether `x` of one iteration never comes after a `y` of an earlier one, where it matters."""
    if x.kind == y.kind and x.kind in "r+":
        return True
    for a, b in zip(x.index, y.index, strict=True):
        names = {*a.symbols(), *b.symbols()}
        distance = constant(a - b)
        if distance is None or names & inner:
            continue
        if index not in names:
            if distance != 0:
                return True
        elif _once(a, index) and _once(b, index) and distance >= 0:
            return True
    return False


def _once(a: Amount, index: str) -> bool:
    """Whether an index stands in a place as it is, and not in a product."""
    return dict(a.terms).get((index,)) == 1 and sum(index in k for k, _ in a.terms) == 1


def have_in_common(first: Nest, second: Nest) -> bool:
    """Whether two nests use the same array, and not too many in all."""
    a, b = arrays_in(first.body), arrays_in(second.body)
    return bool(a & b) and len(a | b) <= MOST_ARRAYS


def hand_over(body: list[Stmt], results: Iterable[str]) -> Choice:
    """Whether an array made here is used in these two nests and nowhere else."""
    made = {s.name for s in every(body) if isinstance(s, Alloc)} - set(results)
    users: dict[str, int] = {}
    for s in every(body):
        if not isinstance(s, Alloc):
            for name in mentioned(s) & made:
                users[name] = users.get(name, 0) + 1

    def wanted(first: Nest, second: Nest) -> bool:
        a, b = _users(first, made), _users(second, made)
        return any(a[name] + b.get(name, 0) == users[name] for name in a if name in b)

    return wanted


def _users(nest: Nest, made: set[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for s in every(nest.body):
        for name in mentioned(s) & made:
            counts[name] = counts.get(name, 0) + 1
    return counts


def mentioned(s: Stmt) -> set[str]:
    """The names in a statement itself."""
    t = Touched([s])
    return t.reads | t.writes | t.adds

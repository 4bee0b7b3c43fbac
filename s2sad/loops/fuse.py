"""Fusion: nests over the same sizes become one, where elements are still made before they are read.

Two nests may be one if no iteration of the second needs what a later one of the first makes, and
none of the first reads what an earlier one of the second overwrites.  Places are sums of names, so
that is a comparison of numbers.  Additions to the same place commute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
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

    def conflicts(self, other: Touched) -> bool:
        """Whether the order of the two matters."""
        mine, theirs = self.writes | self.adds, other.writes | other.adds
        return bool(mine & (other.reads | theirs) or theirs & self.reads)


def touched(s: Stmt) -> Touched:
    """What a statement and all inside it touch."""
    return Touched(every([s]))


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


def fused(body: list[Stmt], wanted: Choice) -> list[Stmt]:
    """The statements with nests fused, those inside of others too."""
    out: list[Stmt] = []
    for s in body:
        s = _inside(s, wanted)
        if isinstance(s, Nest):
            _place(out, s, wanted)
        elif _is_light(s):
            _lift(out, s)
        else:
            out.append(s)
    return out


def _inside(s: Stmt, wanted: Choice) -> Stmt:
    match s:
        case Nest() | For():
            return replace(s, body=fused(s.body, wanted))
        case While():
            return replace(s, before=fused(s.before, wanted), body=fused(s.body, wanted))
        case If():
            return replace(s, then=fused(s.then, wanted), orelse=fused(s.orelse, wanted))
        case _:
            return s


def _is_light(s: Stmt) -> bool:
    """Whether a statement may stand before a nest that it has nothing to do with."""
    if isinstance(s, Alloc | Guard):
        return True
    return isinstance(s, Assign) and not (
        isinstance(s.value, Apply) and s.value.text.endswith(".copy()")
    )


def _lift(out: list[Stmt], s: Stmt) -> None:
    """Put a statement before the nests at the end that it does not depend on."""
    mine = touched(s)
    at = len(out)
    while (
        at and isinstance(out[at - 1], Nest | Remark) and not mine.conflicts(touched(out[at - 1]))
    ):
        at -= 1
    while at < len(out) and isinstance(out[at], Remark):
        at += 1
    out.insert(at, s)


def _place(out: list[Stmt], nest: Nest, wanted: Choice) -> None:
    """Fuse a nest with one before it, or append it; what a test guards stays behind it."""
    mine = touched(nest)
    for k in range(len(out) - 1, -1, -1):
        other = out[k]
        if isinstance(other, Nest) and goes_with(other, nest, wanted):
            out[k] = joined(other, nest, wanted)
            return
        if isinstance(other, Guard) or mine.conflicts(touched(other)):
            break
    out.append(nest)


def goes_with(first: Nest, second: Nest, wanted: Choice) -> bool:
    """Whether two nests are to become one, and may."""
    return first.stop == second.stop and wanted(first, second) and may_fuse(first, second)


def joined(first: Nest, second: Nest, wanted: Choice) -> Nest:
    """One nest that does the work of both."""
    body = renamed(second, first.index).body
    return Nest(first.index, first.stop, fused([*first.body, *body], wanted))


def renamed(nest: Nest, index: str) -> Nest:
    """The nest with another index."""
    if nest.index == index:
        return nest
    old, by = nest.index, Amount.symbol(index)
    body = [with_exprs(s, lambda e: e, lambda a: replaced(a, old, by)) for s in nest.body]
    return Nest(index, nest.stop, body)


def may_fuse(first: Nest, second: Nest) -> bool:
    """Whether one nest after the other may become one."""
    a, b = Touched(every(first.body)), Touched(every(second.body))
    arrays_a, arrays_b = arrays_in(first.body), arrays_in(second.body)
    numbers_a, numbers_b = (a.writes | a.adds) - arrays_a, (b.writes | b.adds) - arrays_b
    inner = bound_in(first.body) | bound_in(second.body) | {first.index}
    if (numbers_a & (b.reads | numbers_b) or numbers_b & a.reads) - inner:
        return False
    second = renamed(second, first.index)
    theirs = accesses(every(second.body))
    inner = bound_in(first.body) | bound_in(second.body)
    return all(
        in_order(x, y, first.index, inner)
        for x in accesses(every(first.body))
        for y in theirs
        if x.array == y.array
    )


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

"""Arrays of which each iteration uses only its own row become one row, used again and again.

y = np.empty((n, m))                     y = np.empty(m)
for i in range(n):                       for i in range(n):
    for j in range(m):                       for j in range(m):
        y[i, j] = exp(x[i, j])     ->            y[j] = exp(x[i, j])
        ...                                      ...
    for j in range(m):                       for j in range(m):
        ... y[i, j] / total                      ... y[j] / total
"""

from __future__ import annotations

from dataclasses import replace

from s2sad.analysis.sizes import Amount
from s2sad.loops.contract import every_list, innermost, mentioned, mentions, users_in, uses_of
from s2sad.loops.nodes import (
    Alloc,
    Expr,
    Index,
    Item,
    Kernel,
    Nest,
    Stmt,
    Store,
    every,
    exprs,
    items_in,
    with_exprs,
)


def shrink(kernel: Kernel) -> None:
    """Makes rows of all arrays that need be no more."""
    counts = uses_of(kernel)
    for body in every_list(kernel.body):
        where = users_in(body)
        for at, s in enumerate(body):
            if not isinstance(s, Alloc):
                continue
            users = {k: n for k, n in where[s.name].items() if k != at}
            if len(users) != 1:
                continue
            ((k, total),) = users.items()
            nest = body[k]
            if isinstance(nest, Nest) and counts[s.name] == total + 1:
                body[at] = _shrunk(nest, s)


def _shrunk(nest: Nest, array: Alloc) -> Alloc:
    """The allocation with the sizes that are left, the nest changed with it."""
    found = innermost(nest, array.name)
    places = _places(found.body, array.name)
    if not places:
        return array
    own = {str(Amount.symbol(x)): x for x in found.loops}
    dropped = [
        d
        for d in range(len(array.extents))
        if len({p[d] for p in places}) == 1 and str(places[0][d]) in own
    ]
    kept = [d for d in range(len(array.extents)) if d not in dropped]
    if not dropped or not kept or not _written_first(found.body, array, kept):
        return array
    found.body[:] = [_with_rows(s, array.name, kept) for s in found.body]
    return replace(array, extents=tuple(array.extents[d] for d in kept))


def _places(body: list[Stmt], name: str) -> list[Index]:
    """Where an array is read and written; nothing if it is used as a whole."""
    found: list[Index] = []
    for s in every(body):
        items = [x for e in exprs(s) for x in items_in(e) if x.array == name]
        found += [x.index for x in items]
        count = len(items)
        if isinstance(s, Store) and s.array == name:
            found.append(s.index)
            count += 1
        if mentioned(s).count(name) != count:
            return []
    return found


def _written_first(body: list[Stmt], array: Alloc, kept: list[int]) -> bool:
    """Whether all that is left of an array is written before any of it is read."""
    first = next(s for s in body if mentions(s, array.name))
    stops: dict[str, Amount] = {}
    while isinstance(first, Nest):
        stops[first.index] = first.stop
        first = next(s for s in first.body if mentions(s, array.name))
    if not isinstance(first, Store) or first.op or first.array != array.name:
        return False
    if any(x.array == array.name for e in exprs(first) for x in items_in(e)):
        return False
    left = {str(first.index[d]): array.extents[d] for d in kept}
    return len(left) == len(kept) and all(stops.get(i) == n for i, n in left.items())


def _with_rows(s: Stmt, name: str, kept: list[int]) -> Stmt:
    def one(e: Expr) -> Expr:
        if isinstance(e, Item) and e.array == name and len(e.index) > len(kept):
            return Item(name, tuple(e.index[d] for d in kept))
        return e

    changed = with_exprs(s, one, lambda a: a)
    for x in every([changed]):
        if isinstance(x, Store) and x.array == name and len(x.index) > len(kept):
            x.index = tuple(x.index[d] for d in kept)
    return changed

"""Arrays that live within one iteration become numbers; what nobody reads is not made."""

from __future__ import annotations

from dataclasses import dataclass, replace

from s2sad.loops.nodes import (
    Add,
    Alloc,
    Apply,
    Assign,
    Const,
    Expr,
    For,
    Guard,
    If,
    Index,
    Item,
    Kernel,
    Line,
    Name,
    Nest,
    Remark,
    Stmt,
    Store,
    While,
    bodies,
    every,
    exprs,
    items_in,
    mapped,
    names_in,
)


def contracted(kernel: Kernel) -> None:
    """Numbers in place of arrays that are used in one nest only, one element in each iteration."""
    uses = uses_of(kernel)
    for body in every_list(kernel.body):
        where = users_in(body)
        gone = {at for at, s in enumerate(body) if _is_contracted(body, at, s, where, uses)}
        body[:] = [s for at, s in enumerate(body) if at not in gone]


def users_in(body: list[Stmt]) -> dict[str, dict[int, int]]:
    """By name, which statements of a list mention it, and how often."""
    found: dict[str, dict[int, int]] = {}
    for at, s in enumerate(body):
        for x in every([s]):
            for name in mentioned(x):
                counts = found.setdefault(name, {})
                counts[at] = counts.get(at, 0) + 1
    return found


def _is_contracted(
    body: list[Stmt], at: int, s: Stmt, where: dict[str, dict[int, int]], uses: dict[str, int]
) -> bool:
    """Whether an allocation is needed no longer."""
    if not isinstance(s, Alloc):
        return False
    if uses[s.name] == 1:
        return True
    users = {k: n for k, n in where[s.name].items() if k != at}
    if len(users) != 1:
        return False
    ((k, count),) = users.items()
    nest = body[k]
    return isinstance(nest, Nest) and uses[s.name] == count + 1 and _to_number(nest, s)


def every_list(body: list[Stmt]) -> list[list[Stmt]]:
    """All lists of statements, outer ones first."""
    found = [body]
    for s in body:
        for inner in bodies(s):
            found += every_list(inner)
    return found


def uses_of(kernel: Kernel) -> dict[str, int]:
    """How often each name is read or written in all."""
    counts: dict[str, int] = {}
    for s in every(kernel.body):
        for name in mentioned(s):
            counts[name] = counts.get(name, 0) + 1
    for r in kernel.results:
        for name in (*names_in(r), *(x.array for x in items_in(r))):
            counts[name] = counts.get(name, 0) + 1
    return counts


def mentioned(s: Stmt) -> list[str]:
    """The names in a statement itself, as often as they occur."""
    found: list[str] = []
    for e in exprs(s):
        found += names_in(e)
        found += [x.array for x in items_in(e)]
    match s:
        case Assign() | Alloc() | Add():
            found.append(s.name)
        case Store():
            found.append(s.array)
        case Line():
            found += s.writes
    return found


def mentions(s: Stmt, name: str) -> bool:
    """Whether a name occurs in a statement or inside it."""
    return any(name in mentioned(x) for x in every([s]))


@dataclass(slots=True)
class Found:
    """Where an array is used: the innermost list of statements with all uses, and the loops."""

    body: list[Stmt]
    loops: list[str]


def _to_number(nest: Stmt, array: Alloc) -> bool:
    """Make a number of an array all of whose uses are of one element in each iteration."""
    found = innermost(nest, array.name)
    index = _only_index(found.body, array.name)
    if index is None:
        return False
    users = [s for s in found.body if mentions(s, array.name)]
    inner = {s.index for s in every(found.body) if isinstance(s, Nest | For)}
    if {x for a in index for x in a.symbols()} & inner:
        return False
    first = users[0]
    starts = isinstance(first, Store) and first.array == array.name and not first.op
    starts = starts and not any(_reads(e, array.name) for e in exprs(first))
    if not starts:
        plain = {str(a) for a in index}
        if array.fill != "zeros" or not set(found.loops) <= plain:
            return False
        found.body.insert(found.body.index(first), Assign(array.name, zero(array.dtype)))
    found.body[:] = [_numbered(s, array.name) for s in found.body]
    return True


def zero(dtype: str) -> Expr:
    """Zero, as it is written in a dtype."""
    return Const({"f8": "0.0", "f4": "np.float32(0.0)", "i8": "0", "b1": "False"}[dtype])


def _reads(e: Expr, name: str) -> bool:
    return any(x.array == name for x in items_in(e))


def innermost(nest: Stmt, name: str) -> Found:
    """The innermost list of statements with all uses of an array."""
    assert isinstance(nest, Nest)
    body, loops = nest.body, [nest.index]
    while True:
        users = [s for s in body if mentions(s, name)]
        if len(users) != 1 or not isinstance(users[0], Nest):
            return Found(body, loops)
        loops.append(users[0].index)
        body = users[0].body


def _only_index(body: list[Stmt], name: str) -> Index | None:
    """The one place at which an array is used, if it is not used as a whole."""
    places: set[Index] = set()
    for s in every(body):
        for e in exprs(s):
            if name in list(names_in(e)):
                return None
            places.update(x.index for x in items_in(e) if x.array == name)
        if isinstance(s, Store) and s.array == name:
            places.add(s.index)
        if isinstance(s, Line) and name in s.writes:
            return None
        if isinstance(s, Assign | Add) and s.name == name:
            return None
    return places.pop() if len(places) == 1 else None


def _numbered(s: Stmt, name: str) -> Stmt:
    """A statement with a number in place of the element."""

    def one(e: Expr) -> Expr:
        return Name(name) if isinstance(e, Item) and e.array == name else e

    match s:
        case Store() if s.array == name:
            value = mapped(s.value, one)
            return Assign(name, Apply("{0} + {1}", (Name(name), value)) if s.op else value)
        case Store() | Assign() | Add():
            return replace(s, value=mapped(s.value, one))
        case Nest() | For():
            return replace(s, body=[_numbered(x, name) for x in s.body])
        case If():
            then, orelse = ([_numbered(x, name) for x in b] for b in (s.then, s.orelse))
            return replace(s, test=mapped(s.test, one), then=then, orelse=orelse)
        case While():
            before, body = ([_numbered(x, name) for x in b] for b in (s.before, s.body))
            return replace(s, before=before, test=mapped(s.test, one), body=body)
        case Guard():
            return replace(s, test=mapped(s.test, one))
        case Line():
            return replace(s, args=tuple(mapped(a, one) for a in s.args))
        case Alloc() | Remark():
            return s


# ---- what nobody reads --------------------------------------------------------------------------


def without_dead(kernel: Kernel) -> None:
    """Drop what is written and never read, and what is tested twice."""
    changed = True
    while changed:
        read = _read_names(kernel)
        changed = False
        for body in every_list(kernel.body):
            kept = [s for s in body if not _is_dead(s, read)]
            changed = changed or len(kept) != len(body)
            body[:] = kept
    for body in every_list(kernel.body):
        body[:] = _once_tested(body)


def _read_names(kernel: Kernel) -> set[str]:
    read: set[str] = set()
    for s in every(kernel.body):
        for e in exprs(s):
            read.update(names_in(e))
            read.update(x.array for x in items_in(e))
        if isinstance(s, Line) and "(" in s.text and not s.writes and s.args:
            read.update(names_in(s.args[0]))
    for r in kernel.results:
        read.update(names_in(r))
        read.update(x.array for x in items_in(r))
    return read


def _is_dead(s: Stmt, read: set[str]) -> bool:
    match s:
        case Assign() | Alloc() | Add():
            return s.name not in read
        case Store():
            return s.array not in read
        case Line():
            return s.text.endswith("= []") and not set(s.writes) & read
        case Nest():
            return not s.body
        case _:
            return False


def _once_tested(body: list[Stmt]) -> list[Stmt]:
    seen: set[Expr] = set()
    found: list[Stmt] = []
    for s in body:
        if isinstance(s, Guard):
            if s.test in seen:
                continue
            seen.add(s.test)
        found.append(s)
    return found

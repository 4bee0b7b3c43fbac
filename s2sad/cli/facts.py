"""A row for each variable of a function: what is known of it, and what backward wants of it."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from s2sad.analysis.activity import Activity
from s2sad.analysis.parts import functions
from s2sad.analysis.recorded import Record
from s2sad.analysis.sizes import Amount, bytes_of, trips
from s2sad.analysis.versions import origins
from s2sad.cli.reading import Reading
from s2sad.cli.spelling import formula, text
from s2sad.cli.unroll import steps
from s2sad.errors import Location
from s2sad.frontend.source import read
from s2sad.frontend.values import atoms
from s2sad.ir.nodes import Call, Comment, For, Function, If, Let, Program, Statement, Var, While
from s2sad.ir.tree import Struct, Tree
from s2sad.ir.walk import entry_vars, every, param_vars, regions, targets


@dataclass
class Row:
    """One line of the table; without a type where a name stands for nothing that is computed."""

    line: str
    name: str
    type: str = ""
    varied: bool = False
    useful: bool = False
    how: str = ""
    amount: Amount = field(default_factory=Amount)
    readers: tuple[str, ...] = ()
    times: int = 1


@dataclass(frozen=True)
class _Bound:
    """A variable, where it is bound, and what to say behind its name."""

    var: Var
    at: Location | None
    note: str = ""


class Facts:
    """Watches the walk of a derivative; then tells of the function that is derived."""

    walk: Any
    primal: Any

    def __init__(self, fun: Any) -> None:
        self.assigned = _assigned(fun)
        self.indices: dict[Var, str] = {}
        code = getattr(fun, "__code__", None)
        self.file = "" if code is None else code.co_filename
        self.at = None if code is None else Location(self.file, code.co_firstlineno, 0, None, "")

    def watch(self, walk: Any) -> None:
        """Notes the statements of the function, before they are transformed."""
        self.walk = walk
        found = walk.derive.primal

        def noted(asked: Any, effects: bool = False) -> Any:
            self.primal = found(asked, effects)  # of nested derivatives the outermost comes last
            for body in (self.primal[1], *(f.body.body for f in walk.functions.values())):
                for s in every(body):  # tapes give a name to an index that had none
                    if isinstance(s, For):
                        self.indices.setdefault(s.index, s.index.hint)
            return self.primal

        walk.derive.primal = noted

    # ---- sizes

    def bytes_of(self, r: Record) -> Amount:
        """The bytes of a value, once."""
        return bytes_of(self.walk.b.canonical(r.var.type), self._name(r.var))

    def total_of(self, r: Record) -> Amount:
        """The bytes of a value, of all trips and calls."""
        size = self.bytes_of(r)
        for loop in r.loops:
            size *= self.trips(loop)
        return size * Amount.symbol(self.called(r.callee)) if r.callee else size

    def trips(self, loop: For | While) -> Amount:
        """How often a loop runs."""
        return trips(loop, self.walk.b.size)

    def called(self, name: str) -> str:
        """The symbol for the number of calls of a function of the program."""
        return f"calls_{name.removesuffix('_forward')}"

    def legend(self, symbol: str) -> str:
        """What a symbol stands for, where its name does not say it."""
        kind, _, rest = symbol.partition("_")
        if kind == "trips" and rest.isdigit():
            return f"how often the loop at line {rest} runs, on average where that varies"
        if kind == "calls" and rest:
            return f"how often {rest} is called"
        if kind == "size" and rest.isdigit():
            return "a size that only the call knows"
        return "a value of unknown type" if symbol.startswith("bytes(") else ""

    # ---- rows

    def rows(self, program: Program, records: Iterable[Record]) -> list[Row]:
        """A row for every variable, in the order of the text."""
        wrt, body, result = self.primal
        names = [n for w in wrt for n in w.names]
        facts = Activity(body, names, list(atoms(result)))
        self.fresh = {a: n for w in wrt for n, a in zip(w.names, w.actual, strict=True)}
        called = self._derived_by_name()
        inside = [Activity(f.body.body, param_vars(f), f.body.yields) for f in called]
        self._read(program, records, facts.varied.union(*(a.varied for a in inside)))
        found = [self._row(b, facts) for b in self._parameters(program.entry)]
        found += [self._row(b, facts) for b in self._all(body)]
        for f, known in zip(called, inside, strict=True):
            given = self._given(f)
            found += [self._row(b, known) for b in given]
            found += [self._row(b, known) for b in self._all(f.body.body)]
        found += [self._row(b, facts) for b in self._others(program)]
        shown = {(row.line, row.name.split(" (")[0]) for row in found}
        found += [Row(str(n), name) for n, name in self.assigned if (str(n), name) not in shown]
        return sorted(_merged(found), key=lambda row: int(row.line) if row.line.isdigit() else END)

    def _derived_by_name(self) -> list[Function]:
        """The functions that are called, not inlined, and have an adjoint of their own."""
        functions = self.walk.functions
        return [f for name, f in functions.items() if f"{name}_forward" in functions]

    def _read(self, program: Program, records: Iterable[Record], varied: set[Var]) -> None:
        """Notes the records by variable, and what makes a row readable."""
        bodies = [self.primal[1], *(f.body.body for f in self._derived_by_name())]
        own = {v for b in bodies for s in every(b) for v in _binds(s)}
        handed = dict(pair for f in functions(program) for pair in origins(f.body.body))
        actual = {n: a for a, n in self.fresh.items()}
        self.records: dict[Var, Record] = {}
        for r in records:
            v = actual.get(r.var, r.var)  # a pullback knows an argument by its fresh name
            while v in handed and v not in own:  # a branch hands it out to the backward part
                v = handed[v]
            self.records[v] = r
        self.reading = Reading([s for b in bodies for s in b], self.records, varied)
        made = (s for f in functions(program) for s in every(f.body.body) if isinstance(s, Let))
        lets = {s.target: s for s in made} | self.reading.lets
        self.unnamed = {v: s for v, s in lets.items() if not v.hint}
        self.names = {v: v.hint for v in own if v.hint} | self.indices
        self.seen: set[Var] = set()

    def _parameters(self, f: Function) -> Iterator[_Bound]:
        for p in f.params:
            for v, title in _titled(p.tree, p.name):
                if v.role == "alpha":
                    self.names[v] = self.names[self.fresh.get(v, v)] = title
                    yield _Bound(v, self.at)

    def _given(self, f: Function) -> Iterator[_Bound]:
        """The recorded arguments of a function that is called."""
        at = next((s.at for s in every(f.body.body) if not isinstance(s, Comment)), None)
        for v in param_vars(f):
            if v in self.records:
                yield _Bound(v, f.at or at, "" if v.hint else f"argument of {f.name}")

    def _all(self, body: Iterable[Statement]) -> Iterator[_Bound]:
        """What statements bind, as far as it has a row."""
        for s in body:
            at = getattr(s, "at", None)
            if isinstance(s, Let) and (s.target in self.records or _is_shown(s)):
                yield _Bound(s.target, at)
            if isinstance(s, For) and self.names.get(s.index):
                yield _Bound(s.index, at)
            if isinstance(s, For | While):
                yield from (_Bound(v, at, BEGIN) for v in s.carried if v in self.records)
            for region in regions(s):
                yield from self._all(region.body)
            if isinstance(s, If | For | While | Call):
                note = {If: AFTER_BRANCH, Call: f"{getattr(s, 'callee', '')}(...)"}
                found = (v for v in targets(s) if v in self.records)
                yield from (_Bound(v, at, note.get(type(s), AFTER_LOOP)) for v in found)

    def _others(self, program: Program) -> Iterator[_Bound]:
        """What is recorded and no variable of the user: how often a `while` ran."""
        for f in functions(program):
            for s in every(f.body.body):
                for v in _binds(s):
                    if v in self.records and v not in self.seen:
                        yield _Bound(v, getattr(s, "at", None))

    def _row(self, bound: _Bound, facts: Activity) -> Row:
        v = bound.var
        self.seen.add(v)
        known = self.fresh.get(v, v)
        kind = str(self.walk.b.canonical(v.type))
        row = Row(self._line(bound.at), f"{self._name(v)}{bound.note}".strip(), kind)
        row.varied, row.useful = known in facts.varied, known in facts.useful
        r = self.records.get(v)
        if r is not None:
            row.how = r.how
            row.amount = Amount() if r.how == "argument" else self.total_of(r)
            row.readers = tuple(self._reader(known, place) for place in r.readers) or (
                "the result",
            )
        return row

    def _line(self, at: Location | None) -> str:
        if at is None:
            return ""
        return str(at.line) if at.filename == self.file else str(at)

    def _name(self, v: Var) -> str:
        """The user's name, or the expression that has none."""
        if v in self.unnamed:
            return text(formula(v, self.names, self.unnamed))
        return self.names.get(v, v.hint)

    def _reader(self, v: Var, place: Location) -> str:
        """The line of a statement whose adjoint reads `v`, and the operations in it that do."""
        return " ".join([self._line(place), *self.reading.signs(v, place)])


BEGIN, AFTER_BRANCH, AFTER_LOOP = " (as a trip begins)", " (after the branch)", " (after the loop)"
END = 10**9


def _functions(program: Program) -> tuple[Function, ...]:
    return (program.entry, *program.callees)


def _is_shown(s: Let) -> bool:
    """Whether a statement binds a name that the text has, and not a tape of a derivative in it."""
    return bool(s.target.hint) and s.at is not None and s.target.role != "tape"


def _binds(s: Statement) -> tuple[Var, ...]:
    return (*entry_vars(s), *targets(s))


def _titled(tree: Tree, title: str) -> Iterator[tuple[Var, str]]:
    """The variables of a parameter, each as one would write it."""
    if isinstance(tree, Var):
        yield tree, title
    elif isinstance(tree, Struct):
        for item, step in zip(tree.items, steps(tree), strict=True):
            yield from _titled(item, title + step)


def _assigned(fun: Any) -> list[tuple[int, str]]:
    """The names that a function assigns to, with their lines."""
    if not isinstance(fun, FunctionType):
        return []
    source = read(fun)
    tree = ast.parse(textwrap.dedent("\n".join(source.lines)))
    found = (n for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return sorted({(source.first_line + n.lineno - 1, n.id) for n in found})


def _merged(rows: list[Row]) -> list[Row]:
    """Rows that say the same, of a statement that is inlined or unrolled several times, as one."""
    found: dict[Any, Row] = {}
    for row in rows:
        same = found.setdefault(
            (row.line, row.name, row.type, row.varied, row.useful, row.how), row
        )
        if same is not row:
            same.times += 1
            same.amount += row.amount
            same.readers = tuple(dict.fromkeys((*same.readers, *row.readers)))
    return list(found.values())

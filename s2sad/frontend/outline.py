"""Functions that are compiled apart and called by name: recursion."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gast

from s2sad.frontend.identity import holds_container, holds_mutable, parts
from s2sad.frontend.identity import serial as made_at
from s2sad.frontend.infer import type_of
from s2sad.frontend.joins import join
from s2sad.frontend.journal import Contents, Items, Name
from s2sad.frontend.memory import Restart, serial_of
from s2sad.frontend.trips import without_size
from s2sad.frontend.values import (
    Bound,
    Closure,
    Frame,
    Instance,
    Mapping,
    Sequence,
    Transformed,
    Unbound,
    Value,
    atoms,
    is_atom,
    rebuilt,
    same_structure,
    tick,
)
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Block, Call, Function, Lit, Operand, Param, Var
from s2sad.ir.tree import Struct
from s2sad.ir.types import Array, Number, Shape, Type

MOST_WALKS = 6


@dataclass(frozen=True)
class Given:
    """A result that is the argument at this position itself."""

    position: int


@dataclass(eq=False)
class Outlined:
    """A function compiled apart for certain types: its name, and what it returns once known."""

    name: str
    serial: int  # what has a higher one was made by it
    result: Value = None  # with what the function leaves in the arrays that it writes
    types: list[Type] = field(default_factory=list)
    written: list[int] = field(default_factory=list)  # positions of these among the parameters
    within: set[str] = field(default_factory=set)  # functions in the making that it calls
    bases: list[set[int]] = field(default_factory=list)  # which parameters a result may be part of
    shared: list[tuple[int, int]] = field(default_factory=list)  # results that may be one array


class Outline:
    """Recursive functions become functions of the program; a call passes what they read."""

    def depends_on_data(self: Walk, frame: Frame) -> bool:
        return any(isinstance(a, Var) for v in frame.locals.values() for a in atoms(v))

    def recurs(self: Walk, code: Any, frame: Frame) -> bool:
        """Whether a function calls itself with run-time values, so that it is compiled apart.

        One that is handed a closure may read names of functions around through it: it is inlined.
        """
        handed = any(isinstance(v, Closure | Bound | Transformed) for v in frame.locals.values())
        if code not in self.calls or not self.depends_on_data(frame) or handed:
            return False
        return not self.descends(code, frame)

    def descends(self: Walk, code: Any, frame: Frame) -> bool:
        """Whether a function calls itself for a part of a container: an end is known."""
        depth = self.calls[::-1].index(code)
        around = self.frames[len(self.frames) - 1 - depth]
        return any(
            (holds_container(v) and n in around.locals and not same_structure(v, around.locals[n]))
            or (is_atom(v) and holds_container(around.locals.get(n)))
            for n, v in frame.locals.items()
        )

    def recur(self: Walk, code: Any, tree: Any, frame: Frame, name: str) -> Value:
        node = code[0] if isinstance(code, tuple) else code
        if node not in self.recursive:
            self.recursive.add(node)
            raise Restart
        return self.outline(code, tree, frame, name)

    def outline(self: Walk, code: Any, tree: Any, frame: Frame, name: str) -> Value:
        """A call of the function for the types of its arguments, which is compiled if need be."""
        self.add_free_names(tree, frame)
        given = [a for v in frame.locals.values() for a in atoms(v)]
        kinds = [_general(a) for a in given]
        key = (code, tuple(map(_shape_of, frame.locals.values())), tuple(map(_kind_key, kinds)))
        entry = self.outlined.get(key)
        if entry is None:
            entry = self.outlined[key] = Outlined(self.function_name(name), tick())
            self.compile_apart(entry, code, tree, frame, kinds)
        if entry in self.compiling:
            for inner in self.compiling[self.compiling.index(entry) + 1 :]:
                inner.within.add(entry.name)
        if entry.result is None:
            raise Unbound(name)
        passed = [a for a, k in zip(given, kinds, strict=True) if k is not None]
        self.check_disjoint(entry, passed)
        args = tuple(map(self.current, passed))
        targets = [self.b.var(t) for t in entry.types]
        self.b.add(Call(tuple(targets), entry.name, args, self.b.at))
        found = [
            passed[a.value.position] if isinstance(a, Lit) and isinstance(a.value, Given) else a
            for a in atoms(entry.result)
        ]
        take = iter(targets)
        made = [next(take) if isinstance(a, Var) and a not in passed else a for a in found]
        for target, bases in zip(targets, entry.bases, strict=True):
            self.choose(target, [passed[i] for i in bases])
        self.relate_results(targets, entry.shared)
        result = rebuilt(entry.result, iter(made))
        if holds_mutable(result):  # it may be what was handed in
            for v in (*frame.locals.values(), result):
                self.freeze(v)
        for i, new in zip(entry.written, result.items[1:], strict=True):
            self.write(self.object_of(passed[i]), new, None)
        return result.items[0]

    def check_disjoint(self: Walk, entry: Outlined, passed: list[Operand]) -> None:
        """Of the arguments of a function compiled apart, none may share what it writes."""
        for i in entry.written:
            for j, other in enumerate(passed):
                if i != j and self.may_share(passed[i], other):
                    raise self.refuse(
                        f"{entry.name}: a recursive function that writes to an array of which"
                        " another argument is a part",
                        "pass the array once, with the bounds of the part",
                    )

    def function_name(self: Walk, name: str) -> str:
        plain = name if name.isidentifier() else "function"
        taken = {e.name for e in self.outlined.values()}
        n, wish = 1, plain
        while wish in taken:
            n, wish = n + 1, f"{plain}_{n + 1}"
        return wish

    def compile_apart(
        self: Walk, entry: Outlined, code: Any, tree: Any, frame: Frame, kinds: list[Any]
    ) -> None:
        """Walks the body with parameters of these kinds until the type of its result is stable."""
        self.compiling.append(entry)
        calls, self.calls = self.calls, []  # what it calls is inlined into it, as far as it goes
        try:
            self.walk_apart(entry, code, tree, frame, kinds)
        finally:
            self.compiling.pop()
            self.calls = calls

    def walk_apart(
        self: Walk, entry: Outlined, code: Any, tree: Any, frame: Frame, kinds: list[Any]
    ) -> None:
        for _ in range(MOST_WALKS):
            for key, other in list(self.outlined.items()):
                if entry.name in other.within:  # made for what was known of this one so far
                    del self.outlined[key]
                    self.functions.pop(other.name, None)
            params: list[Var] = []
            inner = Frame(
                frame.source, {}, frame.globals, frame.cells, frame.parent, frame.path, frame.scope
            )
            inner.free = set(frame.free)
            take = iter(kinds)
            for n, v in frame.locals.items():
                inner.locals[n] = self._parameters_for(n, v, take, params)
                self.freeze(inner.locals[n])
            shared, self.b.shared = self.b.shared, [{}]
            try:
                with (
                    self.b.supposing(anew=True),
                    self.journal() as log,
                    self.b.region() as body,
                ):
                    result = self.walk_body(code, tree, inner)
                    result = self.left_by(entry, params, result)
                    self.check_changes(entry.name, log, params, entry.serial)
                    self.revert(log)
            except Unbound:
                raise self.refuse(
                    f"{entry.name}: recursion without an end", "return without a call on some path"
                ) from None
            finally:
                self.b.shared = shared
            if self._settled(entry, result):
                self._add_function(entry, params, body, result)
                return
        raise self.refuse(
            f"{entry.name}: the type of its result changes with the depth", "use a loop"
        )

    def left_by(self: Walk, entry: Outlined, params: list[Var], result: Value) -> Value:
        """The result, and what the function leaves in the parameters that it writes."""
        contents = self.memory.contents
        entry.written = [i for i, p in enumerate(params) if p in contents]
        out: list[Operand] = []
        bases = []
        returned: list[Operand] = []
        for a in atoms(result):
            own = self.object_of(a) if isinstance(a, Var) else None
            if isinstance(a, Var) and isinstance(a.type, Array) and own in params:
                out.append(Lit(Given(params.index(own))))
                continue
            if isinstance(a, Var):
                roots = self.roots_of(a)
                bases.append({i for i, p in enumerate(params) if p in roots})
                returned.append(a)
            out.append(self.current(a))
        entry.shared = self.sharing_pairs(returned)
        entry.bases = [*bases, *(set() for _ in entry.written)]
        left = [self.current(params[i]) for i in entry.written]
        return Sequence(tuple, [rebuilt(result, iter(out)), *left])

    def check_changes(self: Walk, name: str, log: Any, params: list[Var], serial: int) -> None:
        """A function compiled apart changes nothing but arrays that it is given."""
        number = serial_of(params[0]) if params else self.b.counter
        for place, _ in log.values():
            if isinstance(place, Contents):
                if serial_of(place.object) >= number:
                    continue
            elif isinstance(place, Items):
                if made_at(place.container) > serial:
                    continue
            elif isinstance(place, Name) and place.frame.serial > serial:
                continue
            raise self.refuse(
                f"{name}: a function compiled apart that changes {place.label} of its caller",
                "return the new value",
            )

    def _parameters_for(self: Walk, name: str, v: Value, kinds: Any, params: list[Var]) -> Value:
        out: list[Operand] = []
        single = isinstance(v, Var | Lit)
        for a in atoms(v):
            kind = next(kinds)
            if kind is None:
                out.append(a)
                continue
            p = self.b.var(kind, name if single else getattr(a, "hint", ""))
            params.append(p)
            out.append(p)
        return rebuilt(v, iter(out))

    def _settled(self: Walk, entry: Outlined, result: Value) -> bool:
        types = [without_size(type_of(a)) for a in _runtime(result)]
        types = [_nameless(t, self.b.fresh) for t in types]
        if entry.result is None:
            entry.result, entry.types = result, types
            # The paths that recur have not been walked yet: once more with the type known.
            return False
        if not same_structure(entry.result, result) or len(types) != len(entry.types):
            entry.result, entry.types = result, types
            return False
        joined = [
            t if _alike(t, u) else join(t, u, self.b.fresh)
            for t, u in zip(entry.types, types, strict=True)
        ]
        stable = all(_alike(a, b) for a, b in zip(joined, entry.types, strict=True))
        entry.types = joined
        if not stable:
            entry.result = result
        return stable

    def _add_function(
        self: Walk, entry: Outlined, params: list[Var], body: list[Any], result: Value
    ) -> None:
        yields = tuple(_runtime(result))
        taken = [p.hint or "x" for p in params]
        positions = tuple(range(len(yields)))
        tree = positions[0] if len(positions) == 1 else Struct("tuple", positions)
        self.functions[entry.name] = Function(
            entry.name,
            tuple(
                Param(f"{taken[i]}_{i}" if taken[i] in taken[:i] else taken[i], p)
                for i, p in enumerate(params)
            ),
            Block(tuple(body), yields),
            tree,
        )

    def add_free_names(self: Walk, tree: Any, frame: Frame) -> None:
        """A nested function gets what it reads of the functions around it as arguments."""
        outer = frame.parent
        while outer is not None:
            for node in gast.walk(tree):
                if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load):
                    v = self.free_value(node.id, frame, outer)
                    if (
                        node.id not in frame.scope
                        and v is not None
                        and any(isinstance(a, Var) for a in atoms(v))
                    ):
                        frame.locals.setdefault(node.id, v)
                        frame.free.add(node.id)
            outer = outer.parent

    def free_value(self: Walk, name: str, frame: Frame, outer: Frame) -> Value | None:
        """What a nested function reads: inside itself, what it was called with."""
        caller = self.frame
        if caller is not None and caller.parent is frame.parent and name in caller.free:
            return caller.locals[name]
        return outer.locals.get(name)


def _general(a: Operand) -> Type | None:
    """The type of a parameter that takes this argument; None where it stays part of the code."""
    if isinstance(a, Lit):
        if type(a.value) in (int, float, complex):
            return without_size(type_of(a))
        return None
    return without_size(type_of(a))


def _runtime(v: Value) -> list[Operand]:
    """The atoms of a result that are returned at run time; objects are known to the caller."""
    return [a for a in atoms(v) if isinstance(a, Var)]


def _kind_key(t: Type | None) -> Any:
    """Equal for types that one compiled function may serve."""
    if isinstance(t, Number):
        return t.dtype, t.weak
    if isinstance(t, Array | Shape) and t.dims is not None:
        seen: dict[Any, int] = {}
        dims = tuple(d if isinstance(d, int) else seen.setdefault(d, len(seen)) for d in t.dims)
        ones = tuple(d if isinstance(d, int) else d.never_one for d in t.dims)
        return type(t), getattr(t, "dtype", None), dims, ones
    return t


def _shape_of(v: Value) -> Any:
    """Equal for values of equal structure and equal static parts."""
    found = [a.value for a in atoms(v) if isinstance(a, Lit) and _general(a) is None]
    itself = id(v) if isinstance(v, Closure | Bound | Transformed) else None
    return (_form(v), itself, *map(_identity, found))


def _form(v: Value) -> Any:
    """The structure of a value: equal where nothing but atoms differs."""
    if is_atom(v):
        return None
    keys: Any = getattr(v, "spec", ())
    if isinstance(v, Mapping):
        keys = tuple(v.items)
    elif isinstance(v, Instance):
        keys = tuple(v.fields)
    return (type(v), getattr(v, "cls", None), keys, *map(_form, parts(v)))


def _identity(x: object) -> Any:
    return (type(x), x) if isinstance(x, str | bool | bytes | type(None)) else id(x)


def _nameless(t: Type, fresh: Any) -> Type:
    if isinstance(t, Array) and t.dims is not None:
        return Array(t.dtype, tuple(d if isinstance(d, int) else fresh() for d in t.dims))
    return t


def _alike(a: Type, b: Type) -> bool:
    if isinstance(a, Array) and isinstance(b, Array) and a.dims is not None and b.dims is not None:
        return Array(a.dtype, None) == Array(b.dtype, None) and len(a.dims) == len(b.dims)
    return a == b

"""Functions with a derivative of their own: each call is one statement, compiled apart.

The statement is a `Call` of a function that holds the body; `walk.customs` knows under its name
how the call is derived (`transform/custom.py`, `transform/checkpoint.py`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from s2sad.errors import NoRule, SourceUnavailable, Unsupported
from s2sad.frontend.custom_types import is_fixed, kinds_of, match_sizes, sized, structure_of
from s2sad.frontend.infer import type_of
from s2sad.frontend.journal import Region
from s2sad.frontend.parameters import Customized
from s2sad.frontend.prims import stopped
from s2sad.frontend.trips import without_size
from s2sad.frontend.values import (
    Bound,
    Sequence,
    Transformed,
    Value,
    atoms,
    rebuilt,
    tick,
)
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import (
    Block,
    Call,
    Function,
    Let,
    Lit,
    Operand,
    Param,
    Pop,
    Push,
    Statement,
    Var,
)
from s2sad.ir.tree import Struct
from s2sad.ir.types import Number, Size
from s2sad.ir.walk import every, free_vars, substitute_block


@dataclass(eq=False)
class Apart:
    """A body compiled apart: its parameters, and the structures of what goes in and comes out.

    args: the values it was walked with, in terms of `params`.
    outside: what closures among the arguments read around them; the last parameters take it.
    result: the value of the function in terms of its own names; None while it is walked.
    """

    name: str
    args: list[Value] = field(default_factory=list)
    params: list[Var] = field(default_factory=list)
    outside: list[Var] = field(default_factory=list)
    result: Value = None
    pure: bool = False
    written: list[int] = field(default_factory=list)  # positions of the arrays it writes
    parts: list[Any] = field(default_factory=list)  # of what a result may be a part, by result
    shared: list[tuple[int, int]] = field(default_factory=list)  # results that may be one array
    alive: list[object] = field(default_factory=list)  # what its key knows by identity


@dataclass(eq=False)
class Use:
    """What a `Call` stands for: a function with a derivative of its own, None for a checkpoint."""

    custom: Customized | None
    apart: Apart | None = None

    def arguments(self, given: Iterable[Operand]) -> list[Value]:
        """The arguments as the user passed them, of the operands of a call."""
        assert self.apart is not None
        values = dict(zip(self.apart.params, given, strict=True))
        out = []
        for v in self.apart.args:
            found = [values[a] if isinstance(a, Var) else a for a in atoms(v)]
            out.append(rebuilt(v, iter(found)))
        return out

    def result(self, targets: Iterable[Var]) -> Value:
        """The value of a call, of what it binds."""
        assert self.apart is not None
        return _filled(self.apart.result, targets)


class CustomCalls:
    """Calls of custom and of checkpointed functions."""

    def call_custom(
        self: Walk, f: Customized, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        if id(f) not in self.paths:  # of a class, say: its rule is looked after all the same
            self.known(f, (("is", f),))
        inner = self.known(f.fun, (*self.paths[id(f)], ("attr", "fun")))
        if f.kind == "checkpoint":
            return self.call_checkpointed(inner, args, kwargs, node)
        given = self.positional(f, args, kwargs, node)
        name = getattr(f, "__name__", "function")

        def call(values: list[Value]) -> Value:
            return self.call(inner, values, {}, node)

        def opaque(values: list[Value]) -> Value:
            return self.opaque(Lit(f.fun), values, {}, node)

        try:
            found = self.compiled_apart(("custom", id(f)), name, given, call)
        except (Unsupported, SourceUnavailable, NoRule):
            # Nothing of its body is needed: the rule says what its derivative is.
            found = self.compiled_apart(("opaque", id(f)), name, given, opaque)
        if found.written:
            raise self.refuse(
                f"{name}, which has a derivative of its own and writes into its arguments,",
                "return new arrays",
                node,
            )
        self.customs[found.name] = Use(f, found)
        found.alive.append(f)
        return self.call_apart(found, given)

    def call_checkpointed(
        self: Walk, f: Value, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        """A call whose adjoint evaluates the function again instead of reading what it recorded."""
        names, n, given = list(kwargs), len(args), [*args, *kwargs.values()]

        def call(values: list[Value]) -> Value:
            return self.call(f, values[:n], dict(zip(names, values[n:], strict=True)), node)

        key = ("checkpoint", structure_of(f), n, *names) if is_fixed(f) else None
        found = self.compiled_apart(key, _name_of(f), given, call)
        self.customs[found.name] = Use(None, found)
        return self.call_apart(found, given)

    def positional(
        self: Walk, f: Customized, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> list[Value]:
        """The arguments in the order of the parameters, defaults included."""
        try:
            signature = inspect.signature(f.fun)
        except (TypeError, ValueError):
            if kwargs:
                raise self.refuse(
                    "a keyword argument of a function whose parameters are not known",
                    "pass it by position",
                    node,
                ) from None
            return args
        bound = signature.bind(*args, **kwargs)
        if isinstance(f.fun, FunctionType):
            path = (*self.paths[id(f)], ("attr", "fun"))
            for name, value in self.plain_defaults(f.fun, path).items():
                if signature.parameters[name].kind is not inspect.Parameter.KEYWORD_ONLY:
                    bound.arguments.setdefault(name, value)
        if bound.kwargs:
            raise self.refuse(
                f"the keyword-only argument {next(iter(bound.kwargs))!r} of a function with a"
                " custom derivative",
                "make it a parameter that can be given by position",
                node,
            )
        return list(bound.args)

    # compiled apart

    def compiled_apart(
        self: Walk, key: Any, name: str, given: list[Value],
        call: Callable[[list[Value]], Value],
    ) -> Apart:  # fmt: skip
        """The function for arguments of these types: made before under this key, or walked now.

        One that is handed a closure, or is one, may read other names each time: it is not shared.
        """
        whole = None
        if key is not None and all(map(is_fixed, given)):
            whole = (key, tuple(map(structure_of, given)), kinds_of(given))
            if whole in self.outlined:
                found: Apart = self.outlined[whole]
                if found.result is None:
                    raise self.refuse(
                        f"{name}, which has a derivative of its own or is checkpointed and calls"
                        " itself,",
                        "use a loop",
                    )
                return found
        made = Apart(self.unused_name(name), alive=list(given))
        if whole is not None:
            self.outlined[whole] = made
        try:
            self.walk_custom(made, given, call)
        except BaseException:
            self.outlined.pop(whole, None)
            raise
        if whole is None:
            self.outlined[object()] = made  # its name is taken
        return made

    def walk_custom(
        self: Walk, made: Apart, given: list[Value], call: Callable[[list[Value]], Value]
    ) -> None:
        actual = [a for v in given for a in _runtime(v)]
        params = [self.parameter_like(a) for a in actual]
        made.args = _replaced(given, iter(params))
        serial = tick()
        with self.journal() as log, isolated(self) as body:
            result = self.settled(call(made.args))
            made.parts = [self.roots_of(a) for a in _runtime(result)]
            made.shared = self.sharing_pairs(_runtime(result))
            result = self.with_left(made, params, result)
            self.check_changes(made.name, log, params, serial)
            self.revert(log)
        for p in params:
            self.b.defined.pop(p, None)
        self.freeze(result)  # seen under the names of the function: never changed again
        block = Block(tuple(body), tuple(_runtime(result)))
        free = [v for v in free_vars(block) if v not in params]
        names = {v: self.b.var(v.type, v.hint, "alpha") for v in free}
        block = substitute_block(block, names)
        redefine(self.b, block.body)
        values = [names.get(a, a) if isinstance(a, Var) else a for a in atoms(result)]
        given_to = [*params, *free]
        made.parts = [[n for n, p in enumerate(given_to) if p in found] for found in made.parts]
        made.params, made.outside = [*params, *names.values()], free
        made.result = rebuilt(result, iter(values))
        made.pure = all(map(_is_pure, every(block.body)))
        n = len(block.yields)
        shape = 0 if n == 1 else Struct("tuple", tuple(range(n)))
        self.functions[made.name] = Function(made.name, _named(made.params), block, shape)

    def roots_of(self: Walk, a: Operand) -> set[Var]:
        """The arrays of which an operand may be a part."""
        return {r for o in self.bases(a) for r in self.family(o)}

    def with_left(self: Walk, made: Apart, params: list[Var], result: Value) -> Value:
        """The result, followed by what the function leaves in the arrays that it writes."""
        made.written = [i for i, p in enumerate(params) if p in self.memory.contents]
        left = [self.current(params[i]) for i in made.written]
        if left and any(self.may_share(a, p) for a in atoms(result) for p in params):
            raise self.refuse(
                f"{made.name}: a function apart that returns an array that it is given and writes",
                "return a copy of it",
            )
        return Sequence(tuple, [result, *left]) if left else result

    def parameter_like(self: Walk, a: Var) -> Var:
        """A parameter that takes this argument, and leads to it where its value is asked for."""
        p = self.b.var(without_size(type_of(a)), a.hint, "alpha")
        if isinstance(p.type, Number) and p.type.dtype.kind in "bi":
            self.b.defined[p] = Let(p, stopped(a), (a,))
        return p

    def unused_name(self: Walk, name: str) -> str:
        """A name for a function of the program."""
        plain = name if name.isidentifier() else "function"
        taken = {e.name for e in self.outlined.values()} | set(self.functions)
        n, wish = 1, plain
        while wish in taken:
            n, wish = n + 1, f"{plain}_{n + 1}"
        return wish

    def call_apart(self: Walk, found: Apart, given: list[Value]) -> Value:
        """The call as a statement, with results of the types they have for these arguments."""
        passed = [a for v in given for a in _runtime(v)]
        args = [self.current(a) for a in (*passed, *found.outside)]
        sizes: dict[str, Size] = {}
        for p, a in zip(found.params, args, strict=True):
            match_sizes(p.type, self.b.canonical(type_of(a)), sizes)
        made = [(y, self.b.canonical(y.type)) for y in _runtime(found.result)]
        targets = [self.b.var(sized(t, sizes, self.b.fresh), y.hint) for y, t in made]
        self.b.add(Call(tuple(targets), found.name, tuple(args), self.b.at, found.pure))
        for target, places in zip(targets, found.parts, strict=False):
            self.choose(target, [(*passed, *found.outside)[n] for n in places])
        self.relate_results(targets, found.shared)
        result = _filled(found.result, targets)
        if not found.written:
            return result
        for i, new in zip(found.written, result.items[1:], strict=True):
            if any(self.may_share(passed[i], a) for j, a in enumerate(passed) if j != i):
                raise self.refuse(
                    f"{found.name}: a checkpointed function that writes to an array of which"
                    " another argument is a part",
                    "pass a copy",
                )
            self.write(self.object_of(passed[i]), new, None)
        return result.items[0]


@contextmanager
def isolated(walk: Walk) -> Iterator[list[Statement]]:
    """A region for code that is walked by itself: it shares nothing and changes nothing outside."""
    b = walk.b
    saved = b.shared, b.role, walk.region, walk.loop_depth
    b.shared, b.role, walk.region = [{}], "alpha", Region()
    try:
        with b.supposing(anew=True), b.region() as body:
            yield body
    finally:
        b.shared, b.role, walk.region, walk.loop_depth = saved


def redefine(b: Any, body: Iterable[Statement]) -> None:
    """Notes the statements as the definitions of what they bind."""
    for s in every(body):
        if isinstance(s, Let):
            b.defined[s.target] = s


def _is_pure(s: Statement) -> bool:
    if isinstance(s, Let):
        return s.primitive.pure
    return s.pure if isinstance(s, Call) else not isinstance(s, Push | Pop)


def _runtime(v: Value) -> list[Var]:
    return [a for a in atoms(v) if isinstance(a, Var)]


def _replaced(values: list[Value], take: Iterator[Var]) -> list[Value]:
    """The values with their run-time atoms taken from `take`."""
    out = []
    for v in values:
        found = [next(take) if isinstance(a, Var) else a for a in atoms(v)]
        out.append(rebuilt(v, iter(found)))
    return out


def _filled(v: Value, targets: Iterable[Var]) -> Value:
    return _replaced([v], iter(targets))[0]


def _named(given: Iterable[Var]) -> tuple[Param, ...]:
    found: dict[str, Var] = {}
    for v in given:
        wish = v.hint or "x"
        name, n = wish, 1
        while name in found:
            name, n = f"{wish}_{n}", n + 1
        found[name] = v
    return tuple(Param(name, v) for name, v in found.items())


def _name_of(f: Value) -> str:
    value = f.value if isinstance(f, Lit) else f
    if isinstance(value, Bound | Transformed):
        return _name_of(value.function)
    return str(getattr(value, "__name__", None) or getattr(value, "name", "function"))

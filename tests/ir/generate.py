"""Random programs of the IR: numbers and arrays, writes, views, tapes, loops, branches, swaps."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np

from s2sad.ir.nodes import UNDEFINED, Lit, Program, Var
from s2sad.ir.types import BOOL, FLOAT, INT, Array, Dim, Number, Type
from s2sad.rules.creation import astype
from tests.ir.build import (
    ADD,
    COPY,
    INDEX_ADD,
    ITEM,
    LT,
    MUL,
    NEG,
    NP_ADD,
    SCALAR,
    STORE,
    SUB,
    SUM,
    TANH,
    VEC,
    ZEROS_LIKE,
    Build,
    primitive,
    template,
)

F8 = np.dtype("f8")
ROWS = Array(F8, (Dim("k", never_one=True), *(VEC.dims or ())))
SINGLE = Array(np.dtype("f4"), VEC.dims)
INDICES = Lit(np.array([1, 1, 3]))
MASK = Lit(np.array([True, False, True, False]))
BINDINGS = (("places", INDICES.value), ("mask", MASK.value))
OUTER = template("np.outer(np.arange(2.0), {0})", "a")
NOT = template("not {0}", "x")
HALF = primitive(astype, "a", "dtype")
HINTS = ("", "", "", "x", "y", "z", "beta_x", "alpha_1")


class Generator:
    """One random program; everything is drawn from `random`."""

    def __init__(self, random: Random, size: int = 12) -> None:
        self.random = random
        self.build = Build()
        self.scope: list[Var] = []
        self.maybe: list[Var] = []  # possibly undefined: never read by a statement
        self.read: set[Var] = set()  # what nobody reads is not tested
        self.left = size
        self.size = size

    def program(self) -> Program:
        b = self.build
        self.scope = [
            b.param("x", FLOAT),
            b.param("a", VEC),
            b.param("y", FLOAT),
            b.param("c", VEC),
        ]
        self.statements(self.size, 0)
        count = self.random.randint(1, 6)
        picked = [self.any(self.random.choice((FLOAT, VEC))) for _ in range(count)]
        return b.program(*picked, bindings=BINDINGS)

    def statements(self, count: int, depth: int) -> None:
        for _ in range(self.random.randint(1, count)):
            self.statement(depth)

    def statement(self, depth: int) -> None:
        kinds = [self.number, self.array, self.array, self.write, self.write, self.view, self.fresh]
        kinds += [self.matrix, self.matrix]
        if depth < 3 and self.left > 0:
            nested = [self.loop, self.loop, self.branch, self.repeat, self.taped]
            nested += [self.choice, self.choice, self.flagged]
            if self.random.random() < 0.35:
                self.left -= 1
                self.random.choice(nested)(depth + 1)
                return
        self.random.choice(kinds)()

    # -- operands

    def known(self, type: Type) -> list[Var]:
        if isinstance(type, Array):
            return [v for v in self.scope if v.type == type]
        return [v for v in self.scope if isinstance(v.type, Number) and v.type.dtype.kind == "f"]

    def any(self, type: Type) -> Any:
        found = self.known(type)
        unread = [v for v in found[-8:] if v not in self.read]
        if unread and self.random.random() < 0.6:
            found = unread
        elif self.random.random() < 0.5:
            found = found[-3:]
        var = self.random.choice(found)
        self.read.add(var)
        return var

    def float(self) -> Any:
        return 0.5 if self.random.random() < 0.2 else self.any(FLOAT)

    def hint(self) -> str:
        return self.random.choice(HINTS)

    def let(self, p: Any, *args: Any, type: Type) -> Var:
        role = "beta" if self.random.random() < 0.3 else "alpha"
        var = self.build.let(p, *args, type=type, hint=self.hint(), role=role)
        self.scope.append(var)
        return var

    # -- statements

    def number(self) -> None:
        p = self.random.choice((ADD, SUB, MUL, NEG, NP_ADD))
        args = [self.float() for _ in p.params]
        self.let(p, *args, type=SCALAR if p is NP_ADD else FLOAT)

    def array(self) -> None:
        p = self.random.choice((ADD, SUB, MUL, NEG, NP_ADD, TANH))
        args = [self.any(VEC)]
        if len(p.params) == 2:
            args.append(self.any(VEC) if self.random.random() < 0.6 else self.float())
            self.random.shuffle(args)
        self.let(p, *args, type=VEC)

    def index(self) -> tuple[Any, bool]:
        """An index, and whether it names one element."""
        integers = [v for v in self.scope if v.type == INT]
        choices: list[Any] = [0, 3, slice(None, None, -1), slice(1, 3, None), INDICES, MASK]
        index = self.random.choice(choices + integers * 2)
        return index, isinstance(index, int | Var)

    def matrix(self) -> None:
        """Arrays of another rank and dtype, whose buffers fit nothing else."""
        rows, single = self.known(ROWS), self.known(SINGLE)
        kind = self.random.random()
        if kind < 0.2 or not rows:
            self.let(OUTER, self.any(VEC), type=ROWS)
        elif kind < 0.35 or not single:
            self.let(HALF, self.any(VEC), Lit(SINGLE.dtype), type=SINGLE)
        elif kind < 0.5:
            self.let(ITEM, self.any(ROWS), self.random.choice((0, 1)), type=VEC)
        elif kind < 0.6:
            self.let(SUM, self.any(ROWS), 0, False, type=VEC)
        elif kind < 0.7:
            p = self.random.choice((NP_ADD, MUL))
            self.let(p, *self.shuffled(self.any(SINGLE), self.any(VEC)), type=VEC)
        elif kind < 0.8:
            self.let(STORE, self.any(ROWS), self.random.choice((0, 1)), self.any(VEC), type=ROWS)
        else:
            p = self.random.choice((ADD, NP_ADD))
            other = self.any(self.random.choice((ROWS, VEC)))
            self.let(p, *self.shuffled(self.any(ROWS), other), type=ROWS)

    def shuffled(self, *items: Any) -> list[Any]:
        found = list(items)
        self.random.shuffle(found)
        return found

    def write(self) -> None:
        index, single = self.index()
        if single or self.random.random() < 0.5:
            value = self.float()
        else:
            value = self.any(VEC)
            index = slice(None, None, self.random.choice((1, -1)))
        p = self.random.choice((STORE, INDEX_ADD))
        self.let(p, self.any(VEC), index, value, type=VEC)

    def view(self) -> None:
        kind = self.random.random()
        if kind < 0.4:
            self.let(ITEM, self.any(VEC), slice(None, None, -1), type=VEC)
        elif kind < 0.5:
            self.let(SUM, self.any(VEC), None, False, type=SCALAR)
        else:
            integers = [v for v in self.scope if v.type == INT]
            self.let(ITEM, self.any(VEC), self.random.choice([0, 2, *integers]), type=SCALAR)

    def fresh(self) -> None:
        self.let(self.random.choice((COPY, ZEROS_LIKE)), self.any(VEC), type=VEC)

    # -- regions

    def types(self) -> list[Type]:
        return [self.random.choice((FLOAT, VEC, VEC)) for _ in range(self.random.randint(1, 4))]

    def initial(self, types: Sequence[Type]) -> list[Any]:
        return [self.any(t) for t in types]

    def results(self, types: Sequence[Type], maybe: set[int] = frozenset()) -> list[Var]:  # type: ignore[assignment]
        role = "beta" if self.random.random() < 0.3 else "alpha"
        return [self.build.var(t, self.hint(), role) for t in types]

    def inside(self, bound: Sequence[Var], types: Sequence[Type], depth: int) -> list[Any]:
        """A region: its statements, and what it yields."""
        outside = list(self.scope)
        self.scope = outside + list(bound)
        self.statements(4, depth)
        yields = []
        for t in types:
            same = [v for v in bound if type(v.type) is type(t) and v.type != INT]
            swap = same and self.random.random() < 0.3
            yields.append(self.random.choice(same) if swap else self.any(t))
        self.scope = outside
        return yields

    def hints(self, types: Sequence[Type]) -> list[str]:
        return [self.hint() for _ in types]

    def loop(self, depth: int) -> None:
        types = self.types()
        results = self.build.loop(
            self.random.randint(0, 3),
            self.initial(types),
            lambda i, *carried: self.inside([i, *carried], types, depth),
            self.hints(types),
            types=types,
            backward=self.random.random() < 0.3,
            role="beta" if self.random.random() < 0.3 else "alpha",
            step=self.random.choice((1, 1, 2)),
            index=self.random.choice(("i", "j")),
        )
        self.scope.extend(results)

    def repeat(self, depth: int) -> None:
        types = self.types()

        def body(k: Var, *carried: Var) -> list[Any]:
            yields = self.inside(carried, types, depth)
            return [self.build.let(ADD, k, 1, type=INT), *yields]

        def test(k: Var, *carried: Var) -> Any:
            outside, self.scope = self.scope, [*self.scope, *carried]
            if self.random.random() < 0.3:
                self.statement(3)
            self.scope = outside
            return self.build.let(LT, k, self.random.randint(0, 3), type=BOOL)

        inits = [0, *self.initial(types)]
        found = self.build.repeat(inits, test, body, ["", *self.hints(types)])
        self.scope.extend(found[1:])

    def branch(self, depth: int) -> None:
        types = self.types()
        test = self.build.let(LT, self.float(), self.float(), type=BOOL)
        results = self.results(types)
        holes = self.random.random() < 0.3
        self.build.branch(
            test,
            lambda: self.arm(types, depth, holes),
            lambda: self.arm(types, depth, False),
            *results,
        )
        self.scope.extend(results[holes:])
        if holes:
            self.record(test, results[0])

    def logic(self) -> Var:
        """A comparison, or `and`, `or` and `not` of such as the frontend makes them."""
        test = self.build.let(LT, self.float(), self.float(), type=BOOL)
        kind = self.random.random()
        if kind < 0.4:
            return test
        result = self.build.var(BOOL, self.random.choice(("", "", "x")))
        if kind < 0.5:
            self.build.branch(test, lambda: [False], lambda: [True], result)
        elif kind < 0.75:
            self.build.branch(test, lambda: [self.logic()], lambda: [test], result)
        else:
            self.build.branch(test, lambda: [test], lambda: [self.logic()], result)
        return result

    def choice(self, depth: int) -> None:
        """A branch with one result, whose arms are mostly a single expression."""
        test = self.logic()
        type = self.random.choice((FLOAT, VEC))
        result = self.build.var(type, self.hint())

        def arm() -> list[Any]:
            outside = list(self.scope)
            kind = self.random.random()
            if kind < 0.5:
                args = self.any(type), self.float()
                out = self.build.let(self.random.choice((ADD, MUL)), *args, type=type)
                if self.random.random() < 0.3:
                    out = self.build.let(NEG, out, type=type, hint=self.hint())
            elif kind < 0.6 and depth < 3:
                self.choice(depth + 1)
                out = self.scope[-1] if self.scope[-1].type == type else self.any(type)
            else:
                out = self.any(type)
            self.scope = outside
            return [out]

        self.build.branch(test, arm, arm, result)
        self.scope.append(result)

    def flagged(self, depth: int) -> None:
        """A loop that a flag ends, with the number of its trips and a record of each."""
        types, tape = self.types(), self.build.tape()
        go, tested = self.random.random() < 0.5, self.random.random() < 0.5
        limit, early = self.random.randint(0, 3), self.random.random() < 0.5

        def test(flag: Var, k: Var, n: Var, *carried: Var) -> Any:
            b = self.build
            first = flag if go else b.let(NOT, flag, type=BOOL)
            if not tested:
                return first
            out = b.var(BOOL)
            b.branch(first, lambda: [b.let(LT, k, 2, type=BOOL)], lambda: [first], out)
            return out

        def body(flag: Var, k: Var, n: Var, *carried: Var) -> list[Any]:
            b = self.build
            late = b.let(LT, limit, k, type=BOOL)
            if early:
                b.push(tape, carried[0])
            yields = self.inside(carried, types, depth)
            after = b.var(BOOL)
            others = [b.var(t, self.hint()) for t in types]
            extra = others if self.random.random() < 0.5 else []
            b.branch(
                late,
                lambda: [not go, *(carried if extra else ())],
                lambda: [flag, *(yields if extra else ())],
                after,
                *extra,
            )
            if not early:
                b.push(tape, carried[0])
            out = [b.let(ADD, k, 1, type=INT), b.let(ADD, n, 1, type=INT)]
            return [after, *out, *(extra or yields)]

        inits = [Lit(go), 0, 0, *self.initial(types)]
        hints = ["s2_more", "", "trips", *self.hints(types)]
        _, _, trips, *results = self.build.repeat(
            inits, test, body, hints, [BOOL, INT, INT, *types]
        )
        self.scope.extend(results)

        def backward(i: Var, *carried: Var) -> list[Any]:
            found = self.build.pop(tape, self.build.var(types[0], self.hint()))
            return self.inside([*carried, *found], types, depth)

        self.scope.extend(
            self.build.loop(
                trips, self.initial(types), backward, self.hints(types), types=types, backward=True
            )
        )

    def arm(self, types: Sequence[Type], depth: int, hole: bool) -> list[Any]:
        yields = (
            self.inside([], types, depth) if self.random.random() < 0.7 else self.initial(types)
        )
        return [UNDEFINED, *yields[1:]] if hole else yields

    def record(self, test: Var, var: Var) -> None:
        """A value that may be undefined flows on, and is read only where it is defined."""
        tape = self.build.tape()
        later = self.build.var(var.type, self.hint())
        other = self.initial([var.type])
        self.build.push(tape, var)
        (popped,) = self.build.pop(tape, self.build.var(var.type, self.hint()))
        self.build.branch(test, lambda: other, lambda: [popped], later)
        self.scope.append(later)

    def taped(self, depth: int) -> None:
        types, trips = self.types(), self.random.randint(0, 3)
        tape, early = self.build.tape(), self.random.random() < 0.5
        kept: list[Var] = []

        def forward(i: Var, *carried: Var) -> list[Any]:
            kept.append(carried[0])
            record = (tape, carried[0], self.any(VEC))
            if early:
                self.build.push(*record)
            yields = self.inside([i, *carried], types, depth)
            if not early:
                self.build.push(*record)
            return yields

        def backward(i: Var, *carried: Var) -> list[Any]:
            found = [self.build.var(kept[0].type, self.hint()), self.build.var(VEC, self.hint())]
            popped = self.build.pop(tape, *found)
            return self.inside([i, *carried, *popped], types, depth)

        results = self.build.loop(
            trips, self.initial(types), forward, self.hints(types), types=types
        )
        self.scope.extend(results)
        self.scope.extend(
            self.build.loop(
                trips, self.initial(types), backward, self.hints(types), types=types, backward=True
            )
        )

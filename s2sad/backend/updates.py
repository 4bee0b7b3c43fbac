"""Single statements: assignments, updates in place, writes into arrays."""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterable
from typing import Any

import numpy as np

from s2sad.backend.fold import is_write
from s2sad.backend.literal_tree import LOAD
from s2sad.backend.memory import COMMUTATIVE, hits_once, is_basic, ufunc_of
from s2sad.backend.plan import Plan
from s2sad.backend.spell import BINARY, Speller
from s2sad.ir.nodes import Let, Lit, Operand, Span, Var
from s2sad.ir.types import Array, Number
from s2sad.runtime import add_rows, scatter, store

AUGMENTED = (operator.add, operator.sub, operator.mul, operator.truediv)


class Updates:
    """The lines of a `Let`."""

    def __init__(self, plan: Plan, speller: Speller) -> None:
        self.plan = plan
        self.speller = speller

    def lines(self, let: Let) -> list[ast.stmt]:
        """The statements that bind the target, or that have the effect."""
        if not self.plan.is_read(let.target, self.plan.live.after[let]):
            return self.effect(let)
        if is_write(let):
            return self.write(let)
        updated = None if self.plan.atomic else self.update(let)
        value = self.speller.value(let)
        if let in self.plan.reuse.parted:
            value = ast.Call(ast.Attribute(value, "copy", LOAD), [], [])
        return [updated or ast.Assign([self.speller.name(let.target)], value)]

    def effect(self, let: Let) -> list[ast.stmt]:
        """A statement whose result nobody reads."""
        if let.primitive.pure:
            return []
        if not hasattr(let.primitive.of, "__s2sad_template__"):
            return [ast.Expr(self.speller.value(let))]
        node = self.speller.filled(let)
        return [ast.Expr(node) if isinstance(node, ast.expr) else node]

    def update(self, let: Let) -> ast.stmt | None:
        """The statement that computes into the place of an operand, where that is allowed."""
        of, args = let.primitive.of, let.args
        allowed = self.plan.reuse.outputs.get(let, ())
        shared = [i for i, a in enumerate(args) if self.plan.shares(let.target, a)]
        number = isinstance(let.target.type, Number) and all_numbers(args)
        if of in BINARY:
            if 0 in shared and (number or 0 in allowed):
                return self.augmented(let, args[1])
            if 1 in shared and (number or 1 in allowed) and of in COMMUTATIVE:
                return self.augmented(let, args[0])
        places = [i for i in allowed if i in shared] or list(allowed)
        # An operator on other names stays an operator: NumPy reuses what is nested in it.
        if not places or (of in BINARY and places[0] not in shared):
            return None
        return self.into(let, args[places[0]], places[0] in shared)

    def augmented(self, let: Let, value: Operand) -> ast.stmt:
        op = BINARY[let.primitive.of]()
        return ast.AugAssign(self.speller.name(let.target), op, self.speller.operand(value))

    def into(self, let: Let, place: Operand, shared: bool) -> ast.stmt:
        """A ufunc with the array that takes its result as last argument."""
        ufunc = self.speller.module.required(ufunc_of(let.primitive))
        given, out = [self.speller.operand(a) for a in let.args], self.speller.operand(place)
        call = ast.Call(ufunc, [*given, out], [])
        if ufunc_of(let.primitive) in (np.maximum, np.minimum):  # these want it by its name
            call = ast.Call(ufunc, given, [ast.keyword("out", out)])
        return ast.Expr(call) if shared else ast.Assign([self.speller.name(let.target)], call)

    def write(self, let: Let) -> list[ast.stmt]:
        """`a[index] = v` and `a[index] += v`, after a copy where the old array is still needed."""
        array, index, value = let.args
        target = self.speller.name(let.target)
        lines: list[ast.stmt] = []
        if let not in self.plan.reuse.in_place:
            lines.append(ast.Assign([target], self.speller.copied(array)))
        elif not self.plan.shares(let.target, array):
            lines.append(ast.Assign([target], self.speller.operand(array)))
        item: Any = ast.Subscript(target, self.speller.place(let.target.type, index), LOAD)
        if let.primitive.of in (store, scatter):
            return [*lines, self.assignment(item, let)]
        if hits_once(index):
            item = target if is_whole(index) and same_dtype(let.target, value) else item
            added = self.speller.operand(value)
            if isinstance(added, ast.UnaryOp) and isinstance(added.op, ast.USub):
                return [*lines, ast.AugAssign(item, ast.Sub(), added.operand)]
            return [*lines, ast.AugAssign(item, ast.Add(), added)]
        add: ast.expr = ast.Attribute(self.speller.module.required(np.add), "at", LOAD)
        rows = index[0] if isinstance(index, tuple) and len(index) == 1 else index
        if let.target.role != "alpha" and is_of_rows(rows, let.target):
            add, index = self.speller.module.required(add_rows), rows
        operands = [self.speller.operand(o) for o in (index, value)]
        return [*lines, ast.Expr(ast.Call(add, [target, *operands], []))]

    def assignment(self, item: ast.Subscript, let: Let) -> ast.stmt:
        """`a[index] = v`, or `a[index] += w` where v is `a[index] + w` of the same dtype."""
        array, index, value = let.args
        sum_ = self.inner(value)
        read = self.inner(sum_.args[0]) if sum_ and sum_.primitive.of in AUGMENTED else None
        if sum_ is None or read is None or read.primitive.of is not operator.getitem:
            return ast.Assign([item], self.speller.operand(value))
        same = read.args[0] is array and same_operand(read.args[1], index)
        if not same or not same_dtype(let.target, sum_.target):
            return ast.Assign([item], self.speller.operand(value))
        op = BINARY[sum_.primitive.of]()
        return ast.AugAssign(item, op, self.speller.operand(sum_.args[1]))

    def inner(self, operand: Operand) -> Let | None:
        """The statement that is written out where this operand stands."""
        return self.plan.live.folded.get(operand) if isinstance(operand, Var) else None


def is_whole(index: Operand) -> bool:
    """Whether an index is `...`."""
    return isinstance(index, Lit) and index.value is Ellipsis


def is_of_rows(index: Operand, array: Var) -> bool:
    """Whether an index is an array of numbers of rows, which are arrays themselves."""
    t = index.type if isinstance(index, Var) else None
    numbers = isinstance(t, Array) and t.dtype is not None and t.dtype.kind in "iu" and t.dims
    return bool(numbers) and len(getattr(array.type, "dims", None) or ()) > 1


def same_operand(a: Operand, b: Operand) -> bool:
    """Whether two operands are the same, part by part."""
    if isinstance(a, Lit) and isinstance(b, Lit):
        return a is b or (is_basic(a) and is_basic(b) and repr(a.value) == repr(b.value))
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(same_operand, a, b))
    if isinstance(a, Span) and isinstance(b, Span):
        parts = ((a.start, b.start), (a.stop, b.stop), (a.step, b.step))
        return all(same_operand(x, y) for x, y in parts)
    return a is b


def same_dtype(a: Var, b: Operand) -> bool:
    """Whether both are variables of the same known dtype."""
    if not isinstance(b, Var) or not isinstance(b.type, Number | Array):
        return False
    if not isinstance(a.type, Number | Array):
        return False
    return a.type.dtype is not None and a.type.dtype == b.type.dtype


def all_numbers(operands: Iterable[Operand]) -> bool:
    """Whether all operands are numbers: there is nothing that could be changed in place."""
    return all(
        isinstance(a.type, Number) if isinstance(a, Var) else isinstance(a, Lit) for a in operands
    )

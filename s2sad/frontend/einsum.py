"""np.einsum written as products of matrices, sums and transpositions wherever it is one.

`np.einsum("ij,jk->ik", a, b)` becomes `a @ b`, which is faster and has a derivative that is a
product again.  Several operands are taken two at a time, in the order that NumPy's own search
finds.  What is left is the primitive of `rules/contractions.py`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.frontend.infer import type_of
from s2sad.frontend.sizes import never_one
from s2sad.frontend.values import Sequence, Value
from s2sad.frontend.zero import ZERO
from s2sad.ir.nodes import Lit, Operand
from s2sad.ir.types import Number
from s2sad.rules.subscripts import checked, distinct, explicit, taken_apart, written
from s2sad.rules.table import lookup

Term = tuple[Operand, str]
"""An array with the labels of its axes."""

SOME = 8
"""The size by which the order of several operands is found where sizes are not known."""
MANY = 5
"""So many operands are ordered by a greedy search."""


def einsum(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    """np.einsum in all of its forms."""
    k = {name: v for name, v in k.items() if not (isinstance(v, Lit) and v.value is None)}
    if "out" in k:
        return s.call_into(np.einsum, a, k, n)
    named = [x for x in ("dtype", "casting", "order") if x in k]
    options: dict[str, Any] = {x: s.static(k[x], f"{x} of np.einsum", n) for x in named}
    unknown = k.keys() - {"dtype", "casting", "order", "optimize"}
    if unknown:
        raise TypeError(f"einsum() got an unexpected keyword argument {min(unknown)!r}")
    text, operands = _parsed(s, a, n)
    if any(x is ZERO for x in operands):
        return ZERO
    if "dtype" in options:
        operands = [_converted(s, x, options, n) for x in operands]
    return _Einsum(s, n, k.get("optimize", Lit(False)), options.get("order", "K")).of(
        text, operands
    )


def _parsed(s: Any, a: list[Value], n: Any) -> tuple[str, list[Operand]]:
    """The subscripts and the operands of a call, in either of its forms."""
    first = a[0] if a else Lit("")
    if isinstance(first, Lit) and isinstance(first.value, str):
        return first.value, [s.current(s.array_operand(v, n)) for v in a[1:]]
    if len(a) < 2:
        raise s.refuse("the subscripts of np.einsum that depend on data", "write them out", n)
    count = len(a) // 2
    lists = [s.static(v, "the labels of np.einsum", n) for v in a[1 : 2 * count : 2]]
    operands = [s.current(s.array_operand(v, n)) for v in a[0 : 2 * count : 2]]
    if len(a) % 2:
        return written([*lists, s.static(a[-1], "the labels of np.einsum", n)]), operands
    return written([*lists, []]).removesuffix("->"), operands


def _converted(s: Any, x: Operand, options: dict[str, Any], n: Any) -> Operand:
    """An operand in the dtype asked for; TypeError where NumPy would not convert it."""
    dtype, casting = np.dtype(options["dtype"]), options.get("casting", "safe")
    have = getattr(type_of(x), "dtype", None)
    if have == dtype:
        return x
    if have is not None and not np.can_cast(have, dtype, casting):
        raise TypeError(f"einsum: cannot cast {have} to {dtype} according to the rule {casting!r}")
    found: Operand = s.call(Lit(np.asarray), [x], {"dtype": Lit(dtype)}, n)
    return found


class _Einsum:
    """The operations of one call."""

    def __init__(self, s: Any, node: Any, optimize: Value, order: str) -> None:
        self.s, self.node = s, node
        self.optimize, self.order = optimize, order

    def of(self, text: str, operands: list[Operand]) -> Operand:
        """The sum over explicit subscripts, one way or another."""
        dims = [self.dims(x) for x in operands]
        if any(d is None for d in dims):
            if "..." in text:
                raise self.s.refuse(
                    "an ellipsis in np.einsum for an array of unknown rank",
                    "write out the labels",
                    self.node,
                )
            return self.primitive(explicit(text), operands)
        ranks = [len(d) for d in dims if d is not None]
        if len(ranks) != text.partition("->")[0].count(",") + 1:
            raise ValueError("einsum: the subscripts are not those of so many operands")
        parts, result = taken_apart(checked(explicit(text, *ranks), *ranks))
        plain = self.order in ("K", "A", "C") and self.is_floating(operands)
        if not plain and not (len(parts) == 1 and set(parts[0]) == set(result)):
            return self.primitive(",".join(parts) + "->" + result, operands)
        return self.lowered(list(zip(operands, parts, strict=True)), result)

    def lowered(self, terms: list[Term], result: str) -> Operand:
        """The terms taken two at a time, then those that are left."""
        if len(terms) == 1:
            return self.single(terms[0], result)
        if len(terms) == 2:
            return self.pair(terms[0], terms[1], result)[0]
        path = self.path(terms, result)
        if path is None:
            return self.several(terms, result)
        for places in path:
            taken = [terms[i] for i in places]
            terms = [t for i, t in enumerate(terms) if i not in places]
            needed = set(result).union(*(labels for _, labels in terms))
            kept = result if not terms else ""
            for _, labels in taken if terms else ():
                kept += "".join(x for x in distinct(labels) if x in needed and x not in kept)
            if len(taken) == 1:
                terms.append((self.single(taken[0], kept), kept))
            elif len(taken) == 2:
                terms.append(self.pair(taken[0], taken[1], kept, free=bool(terms)))
            else:
                terms.append((self.several(taken, kept), kept))
        return terms[0][0]

    def path(self, terms: list[Term], result: str) -> list[tuple[int, ...]] | None:
        """In which order several operands are taken; None where that is for run time to say."""
        optimize = self.given()
        if optimize is None:
            return None
        if isinstance(optimize, list | tuple) and len(optimize) and optimize[0] == "einsum_path":
            return [tuple(step) for step in optimize[1:]]
        labels = [p for _, p in terms]
        arrays = [np.broadcast_to(0.0, self.numbers(x)) for x, _ in terms]
        way = "optimal" if len(terms) < MANY else "greedy"
        found = np.einsum_path(",".join(labels) + "->" + result, *arrays, optimize=way)[0]
        return [tuple(step) for step in found[1:]]

    def given(self) -> Any:
        """`optimize`, None where it is not known."""
        v = self.optimize
        if isinstance(v, Lit):
            return v.value
        known = isinstance(v, Sequence)
        return self.s.static(v, "optimize of np.einsum", self.node) if known else None

    def numbers(self, x: Operand) -> tuple[int, ...]:
        """Sizes to compare costs by."""
        return tuple(1 if d == 1 else SOME for d in self.dims(x) or ())

    def several(self, terms: list[Term], result: str) -> Operand:
        """Three operands or more at once."""
        text = ",".join(labels for _, labels in terms) + "->" + result
        return self.primitive(text, [x for x, _ in terms])

    def primitive(self, text: str, operands: list[Operand], faster: bool = False) -> Operand:
        p: Any = lookup(np.einsum)
        if isinstance(self.optimize, Sequence):
            optimize: Operand = Lit(self.given())
        else:
            optimize = self.s.operand(self.optimize, self.node)
        if len(operands) < 3 and not (isinstance(optimize, Lit) and optimize.value is False):
            optimize = Lit(True)
        if faster:
            optimize = Lit(True)
        made: Operand = self.s.b.let(p, (Lit(text), tuple(operands), optimize, Lit(self.order)))
        return made

    # one operand

    def single(self, term: Term, result: str) -> Operand:
        """Diagonals, sums and the order of the axes."""
        x, labels = self.reduced(term, result)
        if labels == result:
            return self.s.subscript(x, Lit(Ellipsis), self.node) if x is term[0] else x
        return self.ordered((x, labels), result)

    def reduced(self, term: Term, kept: str) -> Term:
        """A term without repeated labels, and with no label that is not kept."""
        x, labels = term
        for c in distinct(labels):
            while labels.count(c) > 1:
                i, j = (at for at, d in enumerate(labels) if d == c and labels[:at].count(c) < 2)
                sizes = self.dims(x) or ()
                self.s.b.unify(sizes[i], sizes[j])
                rest = "".join(d for at, d in enumerate(labels) if at not in (i, j))
                last = labels.count(c) == 2 and c not in kept
                x = self.do(np.trace if last else np.diagonal, x, 0, i, j)
                labels = rest if last else rest + c
        lost = tuple(i for i, c in enumerate(labels) if c not in kept)
        if not lost:
            return x, labels
        axis = None if len(lost) == len(labels) else lost[0] if len(lost) == 1 else lost
        return self.do(np.sum, x, axis=axis), "".join(c for c in labels if c in kept)

    # two operands

    def pair(self, left: Term, right: Term, result: str, free: bool = False) -> Term:
        """The product of two terms; with `free` its labels may come in another order."""
        left = self.squeezed(left, right)
        right = self.squeezed(right, left)
        left, right = self.reduced(left, result + right[1]), self.reduced(right, result + left[1])
        if not left[1] or not right[1]:
            return self.scaled(left, right, result)
        shared = [c for c in left[1] if c in right[1]]
        if not all(self.same_size(left, right, c) for c in shared):
            return self.general(left, right, result)
        summed = "".join(c for c in shared if c not in result)
        batch = "".join(c for c in shared if c in result)
        rows = "".join(c for c in left[1] if c not in shared)
        columns = "".join(c for c in right[1] if c not in shared)
        if not summed:
            return self.multiplied(left, right, result)
        if batch:
            stacked = len(summed) == len(rows) == len(columns) == 1
            if stacked:
                return self.stacks(left, right, batch, result)
            return self.general(left, right, result, faster=bool(rows and columns))
        if rows or columns or len(summed) == 1:
            return self.matrices(left, right, summed, result, free)
        return self.general(left, right, result)

    def general(self, left: Term, right: Term, result: str, faster: bool = False) -> Term:
        text = f"{left[1]},{right[1]}->{result}"
        return self.primitive(text, [left[0], right[0]], faster), result

    def squeezed(self, term: Term, other: Term) -> Term:
        """A term without axes of size 1 that the other one has: they broadcast."""
        x, labels = term
        dims = self.dims(x) or ()
        lost = tuple(i for i, (c, d) in enumerate(zip(labels, dims, strict=True))
                     if d == 1 and c in other[1])  # fmt: skip
        if not lost:
            return term
        kept = "".join(c for i, c in enumerate(labels) if i not in lost)
        return self.do(np.squeeze, x, lost[0] if len(lost) == 1 else lost), kept

    def same_size(self, left: Term, right: Term, label: str) -> bool:
        """Whether neither of two axes broadcasts against the other."""
        a, b = ((self.dims(x) or ())[labels.index(label)] for x, labels in (left, right))
        same = a == b or (never_one(a) and never_one(b))
        if same:
            self.s.b.unify(a, b)
        return same

    def scaled(self, left: Term, right: Term, result: str) -> Term:
        """A product with a number."""
        (x, labels), (y, more) = left, right
        whole, own = self.reduced((y, more) if more else (x, labels), result)
        number = x if more else y
        made = (
            self.do(operator.mul, number, whole) if more else self.do(operator.mul, whole, number)
        )
        return (made if own == result else self.single((made, own), result)), result

    def multiplied(self, left: Term, right: Term, result: str) -> Term:
        """A product element by element, or of all pairs of elements."""
        if set(left[1]) == set(right[1]):
            x, y = self.ordered(left, result), self.ordered(right, result)
            return self.do(operator.mul, x, y), result
        inside = set(left[1]) < set(right[1]) or set(right[1]) < set(left[1])
        if inside and self.s.b.role != "alpha":  # of the user's, einsum gives the faster adjoint
            x, y = self.widened(left, result), self.widened(right, result)
            return self.do(operator.mul, x, y), result
        if len(left[1]) == len(right[1]) == 1:
            rows, columns = (left, right) if result[0] == left[1] else (right, left)
            return self.do(np.outer, rows[0], columns[0]), result
        return self.general(left, right, result)

    def widened(self, term: Term, labels: str) -> Operand:
        """A term with axes of size 1 where it lacks labels, to broadcast."""
        own = "".join(c for c in labels if c in term[1])
        x, lost = self.ordered(term, own), [i for i, c in enumerate(labels) if c not in own]
        if own == labels[len(lost) :]:
            return x
        return self.do(np.expand_dims, x, lost[0] if len(lost) == 1 else tuple(lost))

    def ordered(self, term: Term, labels: str) -> Operand:
        """A term with its axes in another order."""
        x, own = term
        if own == labels:
            return x
        if labels == own[::-1]:
            return self.do(np.transpose, x)
        return self.do(np.transpose, x, tuple(map(own.index, labels)))

    def stacks(self, left: Term, right: Term, batch: str, result: str) -> Term:
        """Matrices multiplied one by one."""
        row, column = ("".join(c for c in t[1] if c not in o[1])
                       for t, o in ((left, right), (right, left)))  # fmt: skip
        (summed,) = (c for c in left[1] if c in right[1] and c not in batch)
        stack = "".join(c for c in result if c in batch)
        if result == stack + column + row:
            left, right, row, column = right, left, column, row
        x = self.matrix(left, stack, row, summed)
        y = self.matrix(right, stack, summed, column)
        made = self.do(operator.matmul, x, y), stack + row + column
        return self.ordered(made, result), result

    def matrix(self, term: Term, stack: str, row: str, column: str) -> Operand:
        if term[1] == stack + column + row:
            return self.do(np.matrix_transpose, term[0])
        return self.ordered(term, stack + row + column)

    def matrices(self, left: Term, right: Term, summed: str, result: str, free: bool) -> Term:
        """A product of two matrices, or of arrays as matrices of groups of axes."""
        rows = "".join(c for c in left[1] if c not in summed)
        columns = "".join(c for c in right[1] if c not in summed)
        if result == columns + rows and rows and columns:
            left, right, rows, columns = right, left, columns, rows
        made = rows + columns
        if len(rows) < 2 and len(columns) < 2 and len(summed) == 1:
            x, y = self.ordered(left, rows + summed), self.ordered(right, summed + columns)
            product = self.do(operator.matmul, x, y)
        else:
            axes = tuple(tuple(t[1].index(c) for c in summed) for t in (left, right))
            product = self.do(np.tensordot, left[0], right[0], axes=axes)
        wanted = made if free else result
        return self.ordered((product, made), wanted), wanted

    # shared

    def do(self, of: Callable[..., Any], *args: Any, **named: Any) -> Operand:
        """A call of a function on operands and values."""
        given = [_value(v) for v in args]
        options = {x: _value(v) for x, v in named.items()}
        made: Operand = self.s.call(Lit(of), given, options, self.node)
        return made

    def dims(self, x: Operand) -> tuple[Any, ...] | None:
        t = type_of(x)
        if isinstance(t, Number):
            return ()
        found: tuple[Any, ...] | None = getattr(self.s.b.canonical(t), "dims", None)
        return found

    def is_floating(self, operands: list[Operand]) -> bool:
        """Whether the products are of floating numbers of single or double precision."""
        kinds = [getattr(type_of(x), "dtype", None) for x in operands]
        known = [d for d in kinds if d is not None]
        inexact = [d for d in known if d.kind in "fc"]
        return bool(inexact or len(known) < len(kinds)) and all(d.char in "fdFD" for d in inexact)


def _value(v: Any) -> Value:
    if isinstance(v, tuple):
        return Sequence(tuple, [_value(x) for x in v])
    if v is None or isinstance(v, int):
        return Lit(v)
    made: Value = v
    return made

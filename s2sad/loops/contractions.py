"""Sums of products over letters, as `np.einsum` has them: loops, or a product of matrices."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from s2sad.analysis.sizes import Amount
from s2sad.ir.nodes import Let, Lit, Operand
from s2sad.ir.types import Number
from s2sad.loops.elementwise import cast, result_dtype
from s2sad.loops.indexing import is_literal
from s2sad.loops.lower import Lowering, check_type
from s2sad.loops.nodes import (
    Add,
    Alloc,
    Apply,
    Assign,
    Const,
    Expr,
    Index,
    Line,
    Name,
    Stmt,
    Store,
    constant,
)
from s2sad.loops.reducing import lower_matmul, matrix, spelled_zero
from s2sad.loops.values import ZERO, Elements, Unlowered, in_memory, viewed

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def lower_einsum(low: Lowering, let: Let) -> None:
    """`np.einsum` of letters; without Ellipsis."""
    text, operands = _given(let)
    arrays = [low.array(x) for x in operands]
    inputs, output = _letters(text, let)
    if [len(x) for x in inputs] != [len(a.extents) for a in arrays]:
        raise Unlowered(f"np.einsum of {text!r}", let.at)
    contract(low, let, inputs, output, arrays)


def lower_tensordot(low: Lowering, let: Let) -> None:
    """`np.tensordot` over axes that are known."""
    a, b = (low.array(x) for x in let.args[:2])
    axes = let.args[2].value if isinstance(let.args[2], Lit) else None
    n, m = len(a.extents), len(b.extents)
    if isinstance(axes, int):
        axes = (tuple(range(n - axes, n)), tuple(range(axes)))
    if not isinstance(axes, tuple) or len(axes) != 2:
        raise Unlowered("np.tensordot over axes that are not known", let.at)
    first, second = ((x,) if isinstance(x, int) else tuple(x) for x in axes)
    x, y = list(LETTERS[:n]), list(LETTERS[n : n + m])
    for i, j in zip(first, second, strict=True):
        low.same(a.extents[i], b.extents[j])
        y[j] = x[i]
    output = [c for c in (*x, *y) if not (c in x and c in y)]
    contract(low, let, ["".join(x), "".join(y)], "".join(output), [a, b])


def lower_product(low: Lowering, let: Let) -> None:
    """`a @ b`: of vectors and matrices, or of stacks of them."""
    a, b = (low.array(x) for x in let.args[:2])
    n, m = len(a.extents), len(b.extents)
    if min(n, m) < 1 or max(n, m) < 3:
        lower_matmul(low, let)
        return
    if let.primitive.of is np.dot:
        raise Unlowered(f"np.dot of ranks {n, m}", let.at)
    stack = LETTERS[3 : 3 + max(n, m) - 2]
    x = (stack[len(stack) - n + 2 :] + "ab") if n > 1 else "b"
    y = (stack[len(stack) - m + 2 :] + "bc") if m > 1 else "b"
    low.same(a.extents[-1], b.extents[-2 if m > 1 else 0])
    output = stack + ("a" if n > 1 else "") + ("c" if m > 1 else "")
    contract(low, let, [x, y], output, [a, b])


def lower_inner(low: Lowering, let: Let) -> None:
    """`np.inner`: over the last axes."""
    a, b = (low.array(x) for x in let.args[:2])
    n, m = len(a.extents), len(b.extents)
    if not n or not m:
        raise Unlowered("np.inner of numbers", let.at)
    low.same(a.extents[-1], b.extents[-1])
    x, y = LETTERS[: n - 1], LETTERS[n : n + m - 1]
    last = LETTERS[n + m]
    contract(low, let, [x + last, y + last], x + y, [a, b])


def contract(
    low: Lowering, let: Let, inputs: Sequence[str], output: str, arrays: Sequence[Elements]
) -> None:
    """The sum of products over the letters that are not in the output."""
    dtype = result_dtype(let)
    if _is_product(inputs, output) and all(a.dtype == dtype for a in arrays) and dtype.kind == "f":
        _product(low, let, inputs, output, arrays)
    else:
        _by_loops(low, let, inputs, output, arrays)


def _by_loops(
    low: Lowering, let: Let, inputs: Sequence[str], output: str, arrays: Sequence[Elements]
) -> None:
    dtype = result_dtype(let)
    sizes = _sizes(low, inputs, arrays)
    summed = [x for x in dict.fromkeys("".join(inputs)) if x not in output]
    element = _element(inputs, arrays, dtype)
    zero = Const("0" if dtype.kind == "i" else spelled_zero(dtype))
    name = low.indices.fresh("alpha")
    extents = tuple(sizes[x] for x in output)
    over = tuple(sizes[x] for x in summed)

    def gathered(i: Index) -> list[Stmt]:
        def step(j: Index) -> list[Stmt]:
            return [Add(total, element(dict(zip((*output, *summed), (*i, *j), strict=True))))]

        return [Assign(total, zero), *low.loops(over, step)]

    def added(i: Index) -> list[Stmt]:
        letters = (*output[:-1], *summed, output[-1])
        at = dict(zip(letters, i, strict=True))
        return [Store(name, tuple(at[x] for x in output), element(at), "+" if summed else "")]

    total = low.indices.fresh("total")
    if isinstance(let.target.type, Number):
        low.out += gathered(())
        low.assign(let.target, Name(total))
        return
    check_type(let.target.type, let.primitive.name)
    last = [x[-1:] for x in inputs]
    in_rows = not summed or last.count(output[-1]) >= sum(x in summed for x in last)
    low.out.append(Alloc(name, dtype.str[1:], extents, "zeros" if in_rows and summed else "empty"))
    if in_rows:
        low.nest((*extents[:-1], *over, extents[-1]), added)
    else:
        low.nest(extents, lambda i: [*gathered(i), Store(name, i, Name(total))])
    low.values[let.target] = in_memory(name, extents, dtype)


def _given(let: Let) -> tuple[str, Sequence[Operand]]:
    """The letters and the operands."""
    first, *rest = let.args
    if not isinstance(first, Lit) or not isinstance(first.value, str):
        raise Unlowered("np.einsum without letters", let.at)
    operands: list[Operand] = []
    for x, name in zip(rest, let.primitive.params[1:], strict=False):
        if isinstance(x, tuple):
            operands += x
        elif name in ("optimize", "out", "dtype", "order", "casting"):
            if name == "out" and not is_literal(x, None):
                raise Unlowered("np.einsum with out", let.at)
        else:
            operands.append(x)
    return first.value, operands


def _letters(text: str, let: Let) -> tuple[list[str], str]:
    text = text.replace(" ", "")
    if "." in text:
        raise Unlowered("np.einsum with an Ellipsis", let.at)
    left, arrow, output = text.partition("->")
    if not arrow:
        output = "".join(sorted(x for x in set(left) if left.count(x) == 1 and x != ","))
    return left.split(","), output


def _sizes(low: Lowering, inputs: Sequence[str], arrays: Sequence[Elements]) -> dict[str, Amount]:
    """The size of each letter; where one of several is 1, it is broadcast."""
    found: dict[str, Amount] = {}
    for letters, a in zip(inputs, arrays, strict=True):
        for x, n in zip(letters, a.extents, strict=True):
            if x not in found or constant(found[x]) == 1:
                found[x] = n
            elif constant(n) != 1:
                low.same(found[x], n)
    return found


def _element(
    inputs: Sequence[str], arrays: Sequence[Elements], dtype: np.dtype
) -> Callable[[dict[str, Amount]], Expr]:
    """The product of elements, by the place of each letter."""

    def at(places: dict[str, Amount]) -> Expr:
        found = [_item(a, x, places, dtype) for a, x in zip(arrays, inputs, strict=True)]
        product = found[0]
        for e in found[1:]:
            product = Apply("{0} * {1}", (product, e))
        return product

    return at


def _item(a: Elements, letters: str, at: dict[str, Amount], dtype: np.dtype) -> Expr:
    place = tuple(
        ZERO if constant(n) == 1 else at[x] for x, n in zip(letters, a.extents, strict=True)
    )
    return cast(a.at(place), a.dtype, dtype)


def _is_product(inputs: Sequence[str], output: str) -> bool:
    """Whether this is a product of two matrices, some of them transposed."""
    if len(inputs) != 2 or len(output) != 2 or any(len(set(x)) != 2 for x in (*inputs, output)):
        return False
    common = set(inputs[0]) & set(inputs[1])
    return len(common) == 1 and not common & set(output) and set(output) <= set("".join(inputs))


def _product(
    low: Lowering, let: Let, inputs: Sequence[str], output: str, arrays: Sequence[Elements]
) -> None:
    (summed,) = set(inputs[0]) & set(inputs[1])
    pairs = list(zip(inputs, arrays, strict=True))
    if output[0] not in inputs[0]:
        pairs.reverse()
    (x, a), (y, b) = pairs
    a = a if x[1] == summed else _transposed(a)
    b = b if y[0] == summed else _transposed(b)
    low.same(a.extents[1], b.extents[0])
    name = low.indices.fresh("alpha")
    low.out.append(
        Line(f"{name} = np.dot({{0}}, {{1}})", (matrix(low, a), matrix(low, b)), (name,))
    )
    low.values[let.target] = in_memory(name, (a.extents[0], b.extents[1]), result_dtype(let))


def _transposed(a: Elements) -> Elements:
    return viewed(a, a.extents[::-1], lambda i: i[::-1])

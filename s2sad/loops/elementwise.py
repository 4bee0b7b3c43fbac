"""Elementwise operations: broadcasting, dtypes, and the expression of one element."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from s2sad.analysis.sizes import Amount
from s2sad.ir import types as t
from s2sad.ir.nodes import Let, Lit, Operand, Var
from s2sad.loops import scalars
from s2sad.loops.lower import Lowering, check_type
from s2sad.loops.nodes import Apply, Const, Expr, Guard, Index, Size, constant
from s2sad.loops.values import ZERO, Elements, Scalar, Unlowered, integer

SIMPLE: dict[object, str] = {
    **scalars.ARITHMETIC,
    **scalars.COMPARISONS,
    **scalars.LOGIC,
    **scalars.TESTS,
}
POWERS = (operator.pow, np.power, np.float_power)


def is_elementwise(let: Let) -> bool:
    """Whether an operation works element by element."""
    of = let.primitive.of
    known = (
        scalars.DIVISION,
        scalars.FLOATING,
        scalars.CHOOSING,
        scalars.OF_PYTHON,
        scalars.INTEGERS,
    )
    known_name = let.primitive.name in scalars.BY_NAME
    return (
        known_name
        or of is np.where
        or of in POWERS
        or of in SIMPLE
        or any(of in table for table in known)
    )


def lower_elementwise(low: Lowering, let: Let) -> None:
    """A number, or an array made element by element."""
    if isinstance(let.target.type, t.Number):
        _number(low, let)
        return
    check_type(let.target.type, let.primitive.name)
    operands = [low.array(a) for a in let.args[: _count(let)]]
    extents = broadcast(low, operands)
    dtype = result_dtype(let)
    kinds = [o.dtype for o in operands]

    def at(place: Index) -> Expr:
        given = [element(o, place) for o in operands]
        return expression(low, let, given, kinds, dtype)

    if not extents:
        low.values[let.target] = Elements((), dtype, lambda _: at(()))
        return
    name = low.names.of(let.target)
    places = low.plan.reuse.outputs.get(let, ())
    shared = any(low.plan.shares(let.target, let.args[i]) for i in places)
    low.values[let.target] = low.fill(name, extents, dtype, at, in_place=shared)


def _count(let: Let) -> int:
    of = let.primitive.of
    return 3 if of is np.where else len(let.args)


def result_dtype(let: Let) -> np.dtype:
    """The dtype of what a statement makes."""
    dtype = getattr(let.target.type, "dtype", None)
    if dtype is None:
        raise Unlowered(f"{let.primitive.name} of unknown dtype", let.at)
    found: np.dtype = np.dtype(dtype)
    return found


def broadcast(low: Lowering, operands: Sequence[Elements]) -> Index:
    """The sizes of the result; operands whose sizes differ are NumPy's."""
    rank = max((len(o.extents) for o in operands), default=0)
    found: list[Amount] = []
    for axis in range(rank):
        sizes = [o.extents[axis - rank] for o in operands if rank - axis <= len(o.extents)]
        wide = [s for s in sizes if constant(s) != 1]
        size = wide[0] if wide else sizes[0]
        for other in wide[1:]:
            low.same(size, other)
        found.append(size)
    return tuple(found)


def element(o: Elements, place: Index) -> Expr:
    """The element that an operand contributes to a place of the result."""
    mine = place[len(place) - len(o.extents) :]
    return o.at(
        tuple(ZERO if constant(n) == 1 else i for n, i in zip(o.extents, mine, strict=True))
    )


def _number(low: Lowering, let: Let) -> None:
    operands = [low.scalar(a) for a in let.args[: _count(let)]]
    dtype = result_dtype(let)
    amounts = [o.amount for o in operands]
    if dtype.kind == "i" and None not in amounts:
        exact = _integer(let, [a for a in amounts if a is not None])
        if exact is not None:
            low.values[let.target] = integer(exact)
            return
    _check_python(low, let, operands)
    expr = expression(low, let, [o.expr for o in operands], [o.dtype for o in operands], dtype)
    low.assign(let.target, expr)


def _integer(let: Let, amounts: list[Amount]) -> Amount | None:
    """Sums, differences and products of integers stay amounts."""
    match scalars.ARITHMETIC.get(let.primitive.of):
        case "{0} + {1}":
            return amounts[0] + amounts[1]
        case "{0} - {1}":
            return amounts[0] - amounts[1]
        case "{0} * {1}":
            return amounts[0] * amounts[1]
        case "-{0}":
            return ZERO - amounts[0]
    return None


def _check_python(low: Lowering, let: Let, operands: Sequence[Scalar]) -> None:
    """Where Python would raise, NumPy's code takes over."""
    of = let.primitive.of
    weak = all(o.weak for o in operands)
    given = tuple(o.expr for o in operands)
    if of in scalars.INTEGERS or (weak and of in scalars.DIVISION):
        if not _is_nonzero(given[1]):
            low.out.append(Guard(Apply("{0} != 0", given[1:])))
    elif weak and of in POWERS and not _small_power(let.args[1]):
        low.out.append(Guard(Apply("{0} > 0", given[:1])))
    elif of in scalars.OF_PYTHON:
        condition = scalars.OF_PYTHON[of][1]
        if condition:
            value = Apply(scalars.OF_PYTHON[of][0], given)
            low.out.append(Guard(Apply(condition, (*given, value))))


def _is_nonzero(e: Expr) -> bool:
    if isinstance(e, Size):
        return constant(e.amount) not in (None, 0)
    return isinstance(e, Const) and e.text not in ("0.0", "-0.0")


def _small_power(x: Operand) -> bool:
    return isinstance(x, Lit) and x.value in (1, 2, 3, 4)


def expression(
    low: Lowering, let: Let, given: Sequence[Expr], kinds: Sequence[np.dtype], dtype: np.dtype
) -> Expr:
    """One element of the result."""
    of = let.primitive.of
    if of in POWERS:
        return _power(let, given, kinds, dtype)
    if of is np.where:
        a, b = _cast_all(given[1:], kinds[1:], dtype)
        return Apply("{1} if {0} else {2}", (given[0], a, b))
    if of in scalars.COMPARISONS:
        common = np.result_type(*(_kind(a, k) for a, k in zip(let.args, kinds, strict=False)))
        return Apply(SIMPLE[of], tuple(_cast_all(given, kinds, common)))
    if of in scalars.LOGIC:
        return _logic(let, given, kinds)
    if of in scalars.TESTS:
        return Apply(SIMPLE[of], tuple(given))
    if of in scalars.INTEGERS:
        return _integers(let, given, kinds, dtype)
    return _arithmetic(let, tuple(_cast_all(given, kinds, dtype)), dtype)


def _integers(let: Let, given: Sequence[Expr], kinds: Sequence[np.dtype], dtype: np.dtype) -> Expr:
    text = scalars.INTEGERS[let.primitive.of]
    if not isinstance(let.target.type, t.Number) or (dtype.kind == "f" and "%" not in text):
        raise Unlowered(f"{let.primitive.name} of arrays", let.at)
    return Apply(text, tuple(_cast_all(given, kinds, dtype)))


def _logic(let: Let, given: Sequence[Expr], kinds: Sequence[np.dtype]) -> Expr:
    if all(k.kind == "b" for k in kinds):
        return Apply(SIMPLE[let.primitive.of], tuple(given))
    if let.primitive.of is operator.not_:
        return Apply("{0} == 0", tuple(given))
    raise Unlowered(f"{let.primitive.name} of what is not boolean", let.at)


def _arithmetic(let: Let, operands: tuple[Expr, ...], dtype: np.dtype) -> Expr:
    of: Any = let.primitive.of
    if dtype.kind == "b":
        raise Unlowered(f"{let.primitive.name} of booleans", let.at)
    if of in scalars.OF_PYTHON:
        return Apply(scalars.OF_PYTHON[of][0], operands)
    if let.primitive.name in scalars.BY_NAME:
        if dtype != np.dtype("f8"):
            raise Unlowered(f"{let.primitive.name} of {dtype}", let.at)
        return Apply(scalars.BY_NAME[let.primitive.name], operands)
    text = scalars.FLOATING.get(of) or scalars.DIVISION.get(of)
    if text is not None and dtype.kind != "f" and text != "abs({0})":
        raise Unlowered(f"{let.primitive.name} of integers", let.at)
    text = text or SIMPLE.get(of) or scalars.CHOOSING[of]
    if text in (scalars.LARGER, scalars.SMALLER) and dtype != np.dtype("f8"):
        first, last = text.removeprefix("{0} if ").removesuffix(" else {1}").split(" or ")
        text = f"{{0}} if {last} or {first} else {{1}}"
    return Apply(text, operands)


def _kind(operand: Operand, dtype: np.dtype) -> Any:
    """What NumPy promotes by: a number of Python is weak."""
    weak = isinstance(operand, Var) and isinstance(operand.type, t.Number) and operand.type.weak
    if weak or (isinstance(operand, Lit) and not isinstance(operand.value, np.generic)):
        return {"b": False, "i": 0, "f": 0.0}[dtype.kind]
    return dtype


def _cast_all(given: Sequence[Expr], kinds: Sequence[np.dtype], to: np.dtype) -> list[Expr]:
    return [cast(e, k, to) for e, k in zip(given, kinds, strict=True)]


def cast(e: Expr, dtype: np.dtype, to: np.dtype) -> Expr:
    """An element as one of another dtype."""
    if dtype == to:
        return e
    if to == np.dtype("f8"):
        number = constant(e.amount) if isinstance(e, Size) else None
        if number is not None:
            return Const(repr(float(number)))
        return e if dtype.kind == "f" and isinstance(e, Const) else Apply("np.float64({0})", (e,))
    return Apply(f"np.{to.name}({{0}})", (e,))


def _power(let: Let, given: Sequence[Expr], kinds: Sequence[np.dtype], dtype: np.dtype) -> Expr:
    x = let.args[1]
    value = x.value if isinstance(x, Lit) else None
    base = cast(given[0], kinds[0], dtype)
    small = {1: "{0}", 2: "{0} * {0}", 3: "{0} * {0} * {0}", 4: "({0} * {0}) * ({0} * {0})"}
    if isinstance(value, int | float) and value in small and not isinstance(value, bool):
        return Apply(small[int(value)], (base,))
    if value == 0.5 and dtype.kind == "f":
        return Apply("np.sqrt({0})", (base,))
    if dtype.kind != "f":
        raise Unlowered("a power of integers", let.at)
    return Apply("np.power({0}, {1})", (base, cast(given[1], kinds[1], dtype)))

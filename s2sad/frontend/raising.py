"""Exceptions of the user's program: those known while it is walked, and what may raise which."""

from __future__ import annotations

import copy
import dataclasses
import operator
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np

from s2sad.frontend import prims
from s2sad.frontend.infer import is_elementwise, type_of
from s2sad.ir.nodes import Block, Call, If, Let, Lit, Operand, Statement, Var
from s2sad.ir.types import TAPE, Array, Number, Shape
from s2sad.ir.walk import regions

Classes: TypeAlias = tuple[type[BaseException], ...]

ANYTHING: Classes = (BaseException,)
_NUMPY: Classes = (ValueError, TypeError, IndexError, FloatingPointError, MemoryError, Warning)
_ELEMENTWISE: Classes = (
    ValueError, OverflowError, FloatingPointError, MemoryError, Warning,
)  # fmt: skip
_DATA: Classes = (ValueError, TypeError, ArithmeticError, LookupError)
_DIVISIONS = (operator.truediv, operator.floordiv, operator.mod, operator.pow)
_SAFE = (prims.SHAPE, prims.NP_SHAPE, prims.NDIM, prims.SIZE, prims.DTYPE, prims.LENGTH, prims.NOT)
REPEATABLE = ("numpy.linalg", "numpy.fft", "scipy.linalg", "scipy.special", "scipy.fft")
"""Packages whose functions without a rule may be called twice: they have no effects."""


class Raises(Exception):
    """The user's program raises here, which is known while it is walked."""

    def __init__(self, error: Any, cls: type[BaseException]) -> None:
        super().__init__(cls.__name__)
        self.error = error  # a value of the frontend
        self.cls = cls

    def exception(self) -> BaseException:
        """The exception itself, for who called the derivative."""
        if isinstance(self.error, Lit) and isinstance(self.error.value, BaseException):
            return self.error.value
        return self.cls()


def raises(error: BaseException) -> Raises:
    """A known exception of the user's program."""
    return Raises(Lit(error), type(error))


@contextmanager
def as_users(*classes: type[BaseException]) -> Iterator[None]:
    """What known objects of the user's raise inside is an exception of the user's program."""
    try:
        yield
    except classes as error:
        raise raises(error) from None


def related(raised: Iterable[type], handled: Iterable[type]) -> bool:
    """Whether a handler may take what is raised, each class standing for its subclasses too."""
    handled = tuple(handled)
    return any(issubclass(r, h) or issubclass(h, r) for r in raised for h in handled)


def raises_always(body: list[Statement]) -> bool:
    """Whether every path through these statements meets a statement `raise`."""
    return any(
        isinstance(s, Let) and s.primitive.name.startswith("raise ")
        if not isinstance(s, If)
        else raises_always(list(s.then.body)) and raises_always(list(s.orelse.body))
        for s in body
    )


def may_raise(body: Iterable[Statement], handled: Classes) -> bool:
    """Whether statements, run one after the other, may raise what is handled."""
    return any(related(raised_by(s), handled) for s in body)


def raised_by(s: Statement) -> Classes:
    """The classes of what a statement may raise, those of the statements inside it too."""
    match s:
        case Let():
            return raised_by_let(s)
        case Call():
            return ANYTHING
        case If() if not isinstance(getattr(s.test, "type", None), Number):
            found: Classes = (ValueError, TypeError)
        case _:
            found = ()
    inner = [raised_by(i) for region in regions(s) for i in region.body]
    return tuple(dict.fromkeys((*found, *(c for classes in inner for c in classes))))


def raised_by_let(let: Let) -> Classes:
    """The classes of what an operation may raise, as far as its operands tell."""
    p = let.primitive
    stated: Classes | None = getattr(p, "raises", None)
    if stated is not None:
        return stated
    if p in _SAFE:
        return ()
    if hasattr(p.of, "__s2sad_template__"):
        return _DATA if p.pure else ANYTHING
    if not p.pure or not all(map(_is_known, let.args)):
        return ANYTHING
    if p.of is operator.getitem:
        return (*_NUMPY, LookupError)
    if getattr(p.of, "__module__", "") == "math":
        return (ValueError, OverflowError, TypeError)
    if all(map(_is_python_number, let.args)) and p.of in vars(operator).values():
        return _raised_by_numbers(p.of, let.args)
    if is_elementwise(p):
        numbers = all(isinstance(type_of(a), Number) for a in let.args)
        # A number of NumPy's type may be one of Python's still, where a rule does not say.
        return (*_ELEMENTWISE, ZeroDivisionError) if numbers else _ELEMENTWISE
    return (*_NUMPY, np.linalg.LinAlgError)


def _raised_by_numbers(of: Any, args: tuple[Operand, ...]) -> Classes:
    if of in _DIVISIONS:
        return (ZeroDivisionError, OverflowError, ValueError)
    floats = all(_type(a).dtype.kind in "fc" for a in args)
    return () if floats else (OverflowError,)


def _type(a: Operand) -> Any:
    return type_of(a)


def _is_known(a: Operand) -> bool:
    """Whether the class of an operand is known."""
    if isinstance(a, tuple):
        return all(map(_is_known, a))
    t = a.type if isinstance(a, Var) else None
    return not isinstance(a, Var) or (
        isinstance(t, Number | Shape) or (isinstance(t, Array) and t.dtype is not None)
    )


def _is_python_number(a: Operand) -> bool:
    t = type_of(a)
    return isinstance(t, Number) and t.weak


def has_effects(body: Iterable[Statement]) -> bool:
    """Whether running statements twice would show: prints, draws, opaque calls."""
    for s in body:
        if isinstance(s, Let) and not (s.primitive.pure or _is_repeatable(s)):
            return True
        if any(has_effects(region.body) for region in regions(s)):
            return True
    return False


def _is_repeatable(s: Let) -> bool:
    if getattr(s.primitive, "raises", ()) or s.target.type == TAPE:
        return True
    callee = getattr(s.primitive, "callee", None)
    of = callee.value if isinstance(callee, Lit) else None
    return (getattr(of, "__module__", None) or "").startswith(REPEATABLE)


def kept(block: Block, keep: Any) -> Block:
    """The block with every statement that `keep` says made one that is never dropped or moved."""
    return Block(tuple(_kept(s, keep) for s in block.body), block.yields)


def _kept(s: Statement, keep: Any) -> Statement:
    if isinstance(s, Let):
        if not s.primitive.pure or not keep(s):
            return s
        primitive = copy.copy(s.primitive)
        primitive.pure = False
        return dataclasses.replace(s, primitive=primitive)
    changed: dict[str, Any] = {
        name: kept(part, keep)
        for name in ("then", "orelse", "test", "body")
        if isinstance(part := getattr(s, name, None), Block)
    }
    return dataclasses.replace(s, **changed) if changed else s

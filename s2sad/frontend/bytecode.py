"""Code objects: whether two were compiled from the same text, and where in a line one stands."""

from __future__ import annotations
import __future__

import ast
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType

__all__ = ["compiled", "contains", "same_code", "same_parameters"]

_FUTURES = 0
for _name in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _name).compiler_flag

# A test runner rewrites `assert` in test modules; it marks what it wrote with such names.
_REWRITTEN = ("@pytest_ar", "@py_builtins")


def compiled(
    statement: ast.stmt, filename: str, like: CodeType, imports: tuple[str, ...] = ()
) -> tuple[CodeType, ...]:
    """Return every code object in a module-level statement, compiled as `like` was.

    `imports` are the names that the module imports: CPython calls their attributes otherwise
    than those of other names.
    """
    return _compile(statement, filename, like.co_flags & _FUTURES, imports)


@lru_cache(maxsize=256)
def _compile(
    statement: ast.stmt, filename: str, flags: int, imports: tuple[str, ...]
) -> tuple[CodeType, ...]:
    body = [statement]
    if imports:
        names = [ast.alias(name, lineno=1, col_offset=0) for name in imports]
        body.insert(0, ast.Import(names, lineno=1, col_offset=0))
    module = ast.Module(body, [])
    return tuple(_nested(compile(module, filename, "exec", flags, dont_inherit=True)))


def _nested(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _nested(constant)


def same_code(one: CodeType, other: CodeType) -> bool:
    """Say whether two code objects do the same, wherever in a file they stand."""
    if not same_parameters(one, other):
        return False
    if _rewritten(one) or _rewritten(other):
        return True
    return (
        one.co_code == other.co_code
        and one.co_names == other.co_names
        and one.co_varnames == other.co_varnames
        and one.co_freevars == other.co_freevars
        and one.co_cellvars == other.co_cellvars
        and one.co_exceptiontable == other.co_exceptiontable
        and _same_constant(one.co_consts, other.co_consts)
    )


def same_parameters(one: CodeType, other: CodeType) -> bool:
    """Say whether two code objects have the same name, kind and parameters."""
    kinds = 0x04 | 0x08 | 0x20 | 0x80 | 0x200  # *args, **kwargs, generator, coroutine, async
    counts = (one.co_argcount, one.co_posonlyargcount, one.co_kwonlyargcount)
    count = one.co_argcount + one.co_kwonlyargcount + bool(one.co_flags & 4)
    count += bool(one.co_flags & 8)
    return (
        one.co_name == other.co_name
        and counts == (other.co_argcount, other.co_posonlyargcount, other.co_kwonlyargcount)
        and one.co_flags & kinds == other.co_flags & kinds
        and one.co_varnames[:count] == other.co_varnames[:count]
    )


def _rewritten(code: CodeType) -> bool:
    return any(name in code.co_names for name in _REWRITTEN)


def _same_constant(one: object, other: object) -> bool:
    """Compare constants by type too: 1, 1.0 and True are equal and not the same."""
    if isinstance(one, CodeType) and isinstance(other, CodeType):
        return same_code(one, other)
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same_constant, one, other))
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return sorted(map(repr, one)) == sorted(map(repr, other))
    return repr(one) == repr(other)  # tells -0.0 from 0.0, and finds nan the same as nan


def contains(node: ast.Lambda, code: CodeType) -> bool | None:
    """Say whether a lambda's body covers all of a code object; None without column information."""
    body = node.body
    first = (body.lineno, body.col_offset)
    last = (body.end_lineno or body.lineno, body.end_col_offset or body.col_offset)
    known = None
    for line, end_line, column, end_column in code.co_positions():
        if line is None or end_line is None or column is None or end_column is None:
            continue
        if column == end_column == 0:  # the entry of the function, which stands for no text
            continue
        if (line, column) < first or (end_line, end_column) > last:
            return False
        known = True
    return known

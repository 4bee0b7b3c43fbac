"""From a function to its syntax tree and the user's own text of it."""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any, TypeVar

import gast

from s2sad.errors import Location, NoRule, SourceUnavailable, Unsupported
from s2sad.frontend.locate import Definition, find, find_by_parameters

__all__ = ["Source", "attach_source", "read", "unwrap"]

_ATTACHED = "__s2sad_source__"
_COMPOUND = ("body", "orelse", "handlers", "finalbody", "cases", "decorator_list")
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Source:
    """A function, its tree without decorators, and its lines as the user wrote them."""

    function: FunctionType
    tree: gast.FunctionDef | gast.Lambda
    filename: str
    first_line: int
    lines: tuple[str, ...]

    def location(self, node: Any) -> Location:
        """Return where a node stands, in lines of the file and columns of characters."""
        line = getattr(node, "lineno", None) or self.first_line
        text = self._line(line)
        column = _characters(text, getattr(node, "col_offset", None) or 0)
        end = None
        if getattr(node, "end_lineno", None) == line:
            end = _characters(text, node.end_col_offset)
        return Location(self.filename, line, column, end, text)

    def text(self, node: Any) -> str:
        """Return the user's text of a node; of several lines, or of a block, the first line."""
        place = self.location(node)
        if place.end_column is not None:
            return place.text[place.column : place.end_column].strip()
        first = place.text[place.column :].strip()
        if _header_end(node) <= place.line:
            return first
        return first.removesuffix("\\").rstrip() + " ..."

    def _line(self, line: int) -> str:
        index = line - self.first_line
        return self.lines[index] if 0 <= index < len(self.lines) else ""


def read(function: Callable[..., Any], *, generators: bool = False) -> Source:
    """Return the source of a function; a cache or compiled wrapper is looked through.

    generators: those that yield are wanted; otherwise they are refused.
    """
    plain = unwrap(function)
    text, filename = _text(plain)
    lines = text.split("\n")
    definition = _find(plain, text, filename)
    first, last = definition.lineno, definition.end_lineno or definition.lineno
    tree = gast.ast_to_gast(definition)
    if not isinstance(definition, ast.Lambda):
        tree.decorator_list = []  # this tree is ours alone: the conversion has just made it
    source = Source(plain, tree, filename, first, tuple(lines[first - 1 : last]))
    if not generators:
        _refuse_generator(source, definition)
    return source


def attach_source(function: F, text: str) -> F:
    """Give a function that was defined in a prompt or by `exec` its source text; return it."""
    setattr(unwrap(function), _ATTACHED, text)
    return function


def unwrap(function: object) -> FunctionType:
    """Return the plain function behind methods, caches and compiled dispatchers.

    Any other wrapper stays, `functools.wraps` or not: it may change values.
    """
    while not isinstance(function, FunctionType):
        if inspect.ismethod(function) or isinstance(function, staticmethod | classmethod):
            function = function.__func__
        elif isinstance(function, functools._lru_cache_wrapper):
            function = function.__wrapped__
        elif _is_dispatcher(function):
            function = function.py_func  # type: ignore[attr-defined]
        else:
            raise _not_plain(function)
    return function


def _is_dispatcher(function: object) -> bool:
    module = type(function).__module__.partition(".")[0]
    return module == "numba" and hasattr(function, "py_func")


def _not_plain(function: object) -> Exception:
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    if isinstance(function, functools.partial):
        return Unsupported("a functools.partial object", "write a function or lambda that calls it")
    if isinstance(function, type):
        return Unsupported(f"the class {name}", "write a function that calls it")
    if callable(function) and isinstance(vars(type(function)).get("__call__"), FunctionType):
        advice = "pass its __call__ method, or write a function that calls it"
        return Unsupported(f"an object of class {name}", advice)
    if callable(function):
        module = getattr(function, "__module__", None)
        return NoRule(f"{module}.{name}" if module and module != "builtins" else name)
    return Unsupported(f"a value of type {name} in place of a function")


def _text(function: FunctionType) -> tuple[str, str]:
    filename = function.__code__.co_filename
    if function.__globals__.get("__name__") == "numba.experimental.jitclass.boxing":
        raise Unsupported(
            "a method of a jitclass",
            "take @jitclass off: a plain class is differentiated, and compiled",
        )
    attached = getattr(function, _ATTACHED, None)
    if attached is not None:
        return str(attached), filename
    linecache.checkcache(filename)
    lines = linecache.getlines(filename, function.__globals__)
    if not lines:
        name = function.__qualname__
        raise SourceUnavailable(
            f"the source of {name} is not available: it was defined in {filename}",
            f"define it in a file, or set {name}.{_ATTACHED} to its text",
        )
    return "".join(lines), filename


def _find(function: FunctionType, text: str, filename: str) -> Definition:
    attached = hasattr(function, _ATTACHED)
    code = function.__code__
    try:
        found = find(text, filename, code)
        if found is None and attached:
            # Without what encloses it, the text of a closure compiles differently: trust it.
            found = find_by_parameters(text, filename, code)
    except SyntaxError as error:
        raise _mismatch(function, attached) from error
    if found is None:
        raise _mismatch(function, attached)
    return found


def _mismatch(function: FunctionType, attached: bool) -> SourceUnavailable:
    name, code = function.__qualname__, function.__code__
    if attached:
        return SourceUnavailable(
            f"the text in {name}.{_ATTACHED} does not define {name}",
            f"set it to the text of a function named {code.co_name} with the same parameters",
        )
    file, line = code.co_filename, code.co_firstlineno
    advice = f"import the module again, or set {name}.{_ATTACHED} to the text that was run"
    if code.co_name == "<lambda>":
        advice += "; if another lambda stands on the same line, put each on a line of its own"
    return SourceUnavailable(
        f"the source of {name} cannot be trusted: "
        f"{file} has changed since it was imported, or line {line} is not its definition",
        advice,
    )


def _refuse_generator(source: Source, definition: Definition) -> None:
    flags = source.function.__code__.co_flags
    name = source.function.__qualname__
    if flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        raise Unsupported(
            f"the async function {name}",
            "write it as a plain function",
            source.location(definition),
        )
    if flags & inspect.CO_GENERATOR:
        raise Unsupported(
            f"the generator {name}",
            "collect the values in a list and return it",
            source.location(_first_yield(definition)),
        )


def _first_yield(definition: Definition) -> ast.AST:
    body = definition.body if isinstance(definition.body, list) else [definition.body]
    pending: list[ast.AST] = list(reversed(body))
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return node
        if not isinstance(node, Definition):
            pending.extend(reversed(list(ast.iter_child_nodes(node))))
    return definition


def _characters(text: str, column: int) -> int:
    """Return the column in characters of a column in UTF-8 bytes, which is what a tree has."""
    if text.isascii():
        return column
    return len(text.encode()[:column].decode(errors="replace"))


def _header_end(node: Any) -> int:
    """Return the last line of a statement, or of what stands before the block it opens."""
    if not isinstance(getattr(node, "body", None), list):
        return getattr(node, "end_lineno", None) or 0
    ends = [
        getattr(child, "end_lineno", None) or 0
        for field in node._fields
        if field not in _COMPOUND
        for child in _children(getattr(node, field, None))
    ]
    return max(ends, default=0)


def _children(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [grandchild for child in value for grandchild in _children(child)]
    if isinstance(value, gast.arguments):
        return [grandchild for f in value._fields for grandchild in _children(getattr(value, f))]
    return [value]

"""Find the syntax tree of a function in the text of its file.

The lines around the function are parsed alone, the whole file only if that finds nothing; both
are remembered by their text. A candidate is accepted only if it compiles to what the function
runs, so a file that was edited since it was imported is noticed, and a function that merely
moved is still found.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from keyword import iskeyword
from types import CodeType

from s2sad.frontend.bytecode import compiled, contains, same_code, same_parameters

__all__ = ["Definition", "find", "find_by_parameters"]

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True)
class File:
    """The parsed text of a file: its module-level statements; never changed once built."""

    filename: str
    statements: tuple[ast.stmt, ...]
    imports: tuple[str, ...] = ()

    def around(self, line: int) -> list[ast.stmt]:
        """Return the statements that cover a line: more than one if `;` separates them."""
        return [s for s in self.statements if _first_line(s) <= line <= (s.end_lineno or s.lineno)]


@lru_cache(maxsize=64)
def parse(text: str, filename: str) -> File:
    """Parse the text of a file, or of an indented definition in its own right."""
    if text[:1] not in (" ", "\t"):
        return File(filename, tuple(ast.parse(text, filename).body), imported_names(text))
    # Under an `if` the columns stay the user's, and so does the text of multi-line strings.
    (block,) = ast.parse("if True:\n" + text, filename).body
    assert isinstance(block, ast.If)
    return File(
        filename, tuple(ast.increment_lineno(s, -1) for s in block.body), imported_names(text)
    )


_IMPORT = re.compile(
    r"^[ \t]*(?:import[ \t]+([^#\n;]+)|from[ \t]+\S+[ \t]+import[ \t]+(\([^)]*\)|[^#\n;]+))",
    re.MULTILINE,
)


@lru_cache(maxsize=64)
def imported_names(text: str) -> tuple[str, ...]:
    """Return the names that the import statements of a text bind, wherever they stand."""
    found: dict[str, None] = {}
    for plain, given in _IMPORT.findall(text):
        for part in re.sub(r"#.*|[()\\\n]", " ", plain or given).split(","):
            words = part.split()
            if words:
                name = words[-1] if "as" in words else words[0].partition(".")[0]
                if name.isidentifier() and not iskeyword(name):
                    found[name] = None
    return tuple(found)


def find(text: str, filename: str, code: CodeType) -> Definition | None:
    """Return the definition that compiles to `code`: the one on its line, else one that moved."""
    try:
        near = _statement_at(text.split("\n"), code.co_firstlineno, filename, imported_names(text))
    except SyntaxError:  # the guess where the statement begins or ends was wrong
        near = None
    found = _search(near, near.statements, code) if near else None
    if found is not None:
        return found
    file = parse(text, filename)
    return _search(file, file.around(code.co_firstlineno), code) or _search(
        file, file.statements, code
    )


def _statement_at(
    lines: list[str], line: int, filename: str, imports: tuple[str, ...]
) -> File | None:
    """Parse the module-level statement that seems, from indentation, to cover a line."""
    first = min(line, len(lines)) - 1
    while first > 0 and not _begins_statement(lines[first]):
        first -= 1
    last = max(line, first + 1)
    decorated = lines[first].startswith("@")
    while last < len(lines) and (decorated or not _begins_statement(lines[last])):
        decorated = decorated and not lines[last].startswith(("def ", "class ", "async "))
        last += 1
    return _parse_from("\n".join(lines[first:last]), first, filename, imports)


def _begins_statement(line: str) -> bool:
    return line[:1] not in ("", " ", "\t", "#", ")", "]", "}", "\r", "\f")


@lru_cache(maxsize=256)
def _parse_from(text: str, above: int, filename: str, imports: tuple[str, ...]) -> File | None:
    if text[:1] in (" ", "\t"):
        return None
    body = ast.parse(text, filename).body
    return File(filename, tuple(ast.increment_lineno(s, above) for s in body), imports)


def find_by_parameters(text: str, filename: str, code: CodeType) -> Definition | None:
    """Return the first definition with the name and parameters of `code`, whatever its body."""
    file = parse(text, filename)
    for statement in file.statements:
        for other in compiled(statement, file.filename, code):
            if same_parameters(code, other):
                return _definition_of(other, statement)
    return None


def _search(file: File, statements: Iterable[ast.stmt], code: CodeType) -> Definition | None:
    matches = [
        (other, statement)
        for statement in statements
        for other in _compiled(statement, file, code)
        if same_code(code, other)
    ]
    if not matches:
        return None
    # Equal functions may stand side by side: the place decides which text is quoted.
    exact = [m for m in matches if _position(m[0]) == _position(code)]
    near = [m for m in matches if m[0].co_firstlineno == code.co_firstlineno]
    return _definition_of(*(exact or near or matches)[0])


def _compiled(statement: ast.stmt, file: File, code: CodeType) -> tuple[CodeType, ...]:
    if not _mentions(statement, code.co_name):
        return ()
    # Names that a function imports for itself are no imports of the module: try without them too.
    plain = compiled(statement, file.filename, code)
    if not file.imports or any(same_code(code, other) for other in plain):
        return plain
    whole = compiled(statement, file.filename, code, file.imports)
    if any(same_code(code, other) for other in whole):
        return whole
    own = {n for s in ast.walk(statement) if isinstance(s, ast.Import | ast.ImportFrom)
           for n in (a.asname or a.name.partition(".")[0] for a in s.names)}  # fmt: skip
    others = tuple(n for n in file.imports if n not in own)
    return compiled(statement, file.filename, code, others)


def _mentions(statement: ast.stmt, name: str) -> bool:
    """Say cheaply whether a statement may define a function of this name."""
    if isinstance(statement, ast.FunctionDef) and statement.name == name:
        return True
    return any(_defines(node, name) for node in ast.walk(statement))


def _defines(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Lambda):
        return name == "<lambda>"
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name


def _position(code: CodeType) -> tuple[int, list[object]]:
    return code.co_firstlineno, list(code.co_positions())


def _definition_of(code: CodeType, statement: ast.stmt) -> Definition | None:
    """Return the node of `statement` that `code` was compiled from; None if two may be meant."""
    here: list[Definition] = [
        node
        for node in ast.walk(statement)
        if isinstance(node, Definition) and _first_line(node) == code.co_firstlineno
    ]
    lambdas = [node for node in here if isinstance(node, ast.Lambda)]
    if code.co_name != "<lambda>":
        return next((node for node in here if getattr(node, "name", None) == code.co_name), None)
    if len(lambdas) == 1:
        return lambdas[0]
    # `ast.walk` goes outside in: the last that covers the code is the innermost.
    return next((node for node in reversed(lambdas) if contains(node, code)), None)


def _first_line(node: ast.stmt | ast.Lambda) -> int:
    """Return the line where a definition begins for the interpreter: at its first decorator."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])

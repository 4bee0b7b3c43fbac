"""Generated code as one file that runs where s2sad is not installed: `standalone`.

What the code takes from s2sad, and what that takes from elsewhere in s2sad, is written into the
file by its source; objects that the user's function captured become literals or imports.
"""

from __future__ import annotations

import ast
import builtins
import functools
import importlib
import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from s2sad import errors
from s2sad.backend.bare import bare
from s2sad.backend.record import importable
from s2sad.errors import S2SADError, Unsupported

FREE = frozenset({"numpy", "numba", "scipy"}) | sys.stdlib_module_names
"""What the file may import."""

LARGEST = 1000
"""Captured arrays up to this size are written as literals."""


def standalone(
    source: str, bindings: Sequence[tuple[str, Any]], title: str, original: Sequence[str]
) -> str:
    """The text of the file.

    source, bindings: a generated module; title: the docstring of the file; original: the lines of
    the function that is derived.
    """
    file = _File(source)
    code = file.separated()
    file.bind(dict(bindings))
    lines = [f'"""{title}"""', "", *sorted(file.imports, key=_rank), ""]
    parts = ["\n".join(lines).rstrip("\n")]
    parts += ["\n".join(file.constants)] if file.constants else []
    parts += file.definitions
    quoted = "\n".join(f"# {line}".rstrip() for line in original)
    return "\n\n\n".join([*parts, f"# The function:\n#\n{quoted}", code]) + "\n"


class _File:
    """The parts of a file around generated functions."""

    def __init__(self, source: str) -> None:
        self.source, self.tree = source, ast.parse(source)
        self.imports: set[str] = set()
        self.constants: list[str] = []
        self.definitions: list[str] = []
        self.names: dict[tuple[str, str], str] = {}
        found = ast.walk(self.tree)
        self.used = {n.id for n in found if isinstance(n, ast.Name)}
        self.used |= {n.arg for n in ast.walk(self.tree) if isinstance(n, ast.arg)}

    def separated(self) -> str:
        """The functions alone; what they take from s2sad is put among the definitions."""
        lines = self.source.split("\n")
        for node in self.tree.body:
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            lines[node.lineno - 1 : node.end_lineno] = [""] * (
                (node.end_lineno or node.lineno) - node.lineno + 1
            )
            for alias in node.names:
                self._imported(node, alias, lines)
        return "\n".join(lines).strip("\n")

    def _imported(
        self, node: ast.Import | ast.ImportFrom, alias: ast.alias, lines: list[str]
    ) -> None:
        module = node.module or "" if isinstance(node, ast.ImportFrom) else alias.name
        name = alias.asname or alias.name
        if not _is_ours(module):
            self.imports.add(ast.unparse(type(node)(**{**vars(node), "names": [alias]})))
        elif isinstance(node, ast.ImportFrom):
            self.used.discard(name)
            made = self.placed(module, alias.name)
            if made != name:
                self.definitions.append(f"{name} = {made}")
        else:
            self._flattened(module, name, lines)

    def _flattened(self, module: str, name: str, lines: list[str]) -> None:
        """`linalg.solve(...)` as `solve(...)`."""
        found = [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == name
        ]
        for node in sorted(found, key=lambda n: (n.lineno, n.col_offset), reverse=True):
            line = lines[node.lineno - 1].encode()
            made = self.placed(module, node.attr).encode()
            line = line[: node.col_offset] + made + line[node.end_col_offset :]
            lines[node.lineno - 1] = line.decode()

    def placed(self, module: str, name: str) -> str:
        """The name in the file of a member of a module of s2sad, which is written before."""
        if (module, name) in self.names:
            return self.names[module, name]
        if module == errors.__name__:
            self.names[module, name] = self._free(name)
            self.definitions.append(_error(name, self.names[module, name]))
            return self.names[module, name]
        statement = _members(module)[name]
        if isinstance(statement, ast.ImportFrom) and _is_ours(statement.module or ""):
            origin = next(a.name for a in statement.names if (a.asname or a.name) == name)
            return self.placed(statement.module or "", origin)
        if isinstance(statement, ast.Import | ast.ImportFrom):
            self.imports.add(ast.unparse(statement))
            self.names[module, name] = name
            return name
        for bound in _bound(statement):
            self.names[module, bound] = self._free(bound)
        self._define(module, statement)
        return self.names[module, name]

    def _define(self, module: str, statement: ast.stmt) -> None:
        for node in ast.walk(statement):
            if isinstance(node, ast.ImportFrom) and _is_ours(node.module or ""):
                raise Unsupported(
                    "a file of its own for code without types",
                    'say the types of the arguments: --types "x: f8[:, :]"',
                )
        members, marks = _members(module), set(_annotations(statement))
        renamed = {
            node.id: self.placed(module, node.id)
            for node in ast.walk(statement)
            if isinstance(node, ast.Name) and node.id in members and node not in marks
        }
        renamed |= {name: self.names[module, name] for name in _bound(statement)}
        changed = {old: new for old, new in renamed.items() if old != new}
        self.definitions.append(bare(_text(module), statement, changed))

    def _free(self, name: str) -> str:
        taken = self.used | set(self.names.values())
        n, found = 1, name
        while found in taken:
            found, n = f"{name}_{n}", n + 1
        return found

    # ---- captured objects

    def bind(self, bindings: Mapping[str, Any]) -> None:
        """Literals and imports of the objects that the functions refer to by name."""
        for name in sorted(set(bindings) & self.used):
            value = bindings[name]
            if value is getattr(builtins, name, None):
                continue
            line = _imported_as(name, value)
            if line is not None:
                self.imports.add(line)
                continue
            self.constants.append(f"{name} = {_literal(name, value)}")
            self.imports.add("import numpy as np")


def _imported_as(name: str, value: Any) -> str | None:
    """The import of an object that is found in what a file may import."""
    if isinstance(value, ModuleType):
        module, found = value.__name__, ""
    elif isinstance(value, np.ndarray | np.generic | np.dtype):
        return None
    else:
        place = importable(value)
        if place is None:
            return None
        module, found = place
    if module.partition(".")[0] not in FREE or "." in found:
        return None
    line = f"from {module} import {found}" if found else f"import {module}"
    return line if name in (found, "" if found else module) else f"{line} as {name}"


def _literal(name: str, value: Any) -> str:
    """A captured value as it is written."""
    if isinstance(value, np.dtype) and value.names is None:
        return f"np.dtype({value.str!r})"
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufc" and value.size <= LARGEST:
        text = f"np.array({value.ravel().tolist()!r}, np.{value.dtype.name})"
        text = text.replace("nan", "np.nan").replace("inf", "np.inf")
        return text.replace("np.bool)", "np.bool_)") + f".reshape({value.shape!r})"
    advice = "pass it as an argument"
    if isinstance(value, type):
        advice = "use tuples and dicts, which need no class"
    elif callable(value):
        advice = "write what it computes into the function, or with functions of NumPy"
    what = f"an array of {value.size} elements" if isinstance(value, np.ndarray) else "an object"
    raise S2SADError(
        f"the derivative refers to {name}, {what} that cannot be written into a file", advice
    )


def _rank(line: str) -> tuple[bool, str, str]:
    """The standard library first."""
    module = line.split()[1]
    return module.partition(".")[0] not in sys.stdlib_module_names, module, line


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "s2sad"


@functools.cache
def _text(module: str) -> str:
    return inspect.getsource(importlib.import_module(module))


@functools.cache
def _members(module: str) -> dict[str, ast.stmt]:
    """The statements of a module by the names that they bind."""
    tree = ast.parse(_text(module))
    return {name: s for s in tree.body for name in _bound(s)}


def _bound(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.FunctionDef() | ast.ClassDef():
            yield statement.name
        case ast.Import() | ast.ImportFrom():
            yield from (a.asname or a.name for a in statement.names)
        case ast.Assign():
            for node in ast.walk(ast.Tuple(statement.targets)):
                if isinstance(node, ast.Name):
                    yield node.id
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name


def _error(name: str, called: str) -> str:
    """A class of errors without the machinery of s2sad's messages."""
    cls: type = getattr(errors, name)
    builtin = next((c for c in cls.__mro__ if c.__module__ == "builtins"), Exception)
    doc = (cls.__doc__ or "").strip().split("\n")[0]
    return (
        f'class {called}({builtin.__name__}):\n    """{doc}"""\n\n'
        "    def __init__(self, problem, advice):\n"
        '        super().__init__(f"{problem}; {advice}")'
    )


def _annotations(statement: ast.stmt) -> Iterator[ast.AST]:
    """What stands in annotations."""
    for node in ast.walk(statement):
        for found in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if found is not None:
                yield from ast.walk(found)

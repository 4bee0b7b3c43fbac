"""The derivative as a function that compiled code can call."""

from __future__ import annotations

import ast
import hashlib
from typing import Any

from s2sad.backend.load import Compiled, load
from s2sad.backend.printer import print_tree
from s2sad.errors import ArgumentError, Unsupported
from s2sad.loops.module import decorator


def dispatcher(compiled: Compiled) -> Any:
    """Numba's function of the same arguments; for `derivative.compiled_for`.

    It is the entry function without what only Python can do: where a test of the loops fails, the
    exception passes to the caller.
    """
    if compiled.backend != "numba":
        raise ArgumentError(
            "compiled code can call a derivative of loops only, and this one runs on NumPy",
            compiled.stays.removeprefix("s2sad: ") or 'ask for it with backend="numba"',
        )
    tree = ast.parse(compiled.source)
    name = compiled.call.__name__
    entry = next(s for s in tree.body if isinstance(s, ast.FunctionDef) and s.name == name)
    body: list[ast.stmt] = []
    for s in entry.body[:-1]:
        body += s.body if isinstance(s, ast.Try) else [s]
    check_statements(name, body)
    entry.body, entry.decorator_list = body, [decorator()]
    imports = (s for s in tree.body if isinstance(s, ast.Import))
    text = print_tree(ast.Module([*imports, entry], [])).strip("\n") + "\n"
    used = {n.id for n in ast.walk(entry) if isinstance(n, ast.Name)}
    known = compiled.call.__globals__
    bindings = [(n, known[n]) for n in sorted(used & known.keys()) if n != name]
    digest = hashlib.sha256(compiled.source.encode()).hexdigest()
    return load(text, bindings, name, digest)[name]


def prepared(function: Any, values: tuple[Any, ...]) -> Any:
    """The function, compiled for values of these types."""
    import numba

    function.compile(tuple(map(numba.typeof, values)))
    return function


def check_statements(name: str, body: list[ast.stmt]) -> None:
    """Refuses what a compiled function cannot do."""
    if any(isinstance(s, ast.Expr) and isinstance(s.value, ast.Call) for s in body):
        raise Unsupported(
            f"{name} in compiled code: a function that writes to its arguments",
            "write to copies of them",
        )
    for s in body:
        if any(isinstance(n, ast.Dict | ast.List) for n in ast.walk(s)):
            raise Unsupported(f"{name} in compiled code: a result of lists or dicts", "use tuples")

"""The smallest program that fails as a given one does."""

from __future__ import annotations

import ast
import copy
import time
from collections.abc import Iterator

from tests.random_programs.judge import Verdict, verdict_of

MOST_SECONDS = 90.0
_BLOCKS = ("body", "orelse", "finalbody")


def shrink(text: str, seed: int, verdict: Verdict, second: bool = True) -> tuple[str, Verdict]:
    """Smaller text of the same kind of failure, by leaving out what is not needed for it."""
    tree, found = ast.parse(text), verdict
    best, end = ast.unparse(tree), time.monotonic() + MOST_SECONDS
    start, unchanged = 0, False
    while not unchanged and time.monotonic() < end:
        unchanged = start == 0
        for index, smaller in _smaller(tree, start):
            candidate = ast.unparse(ast.fix_missing_locations(smaller))
            if len(candidate) >= len(best):
                continue
            if time.monotonic() > end:
                break
            try:
                verdict = verdict_of(candidate, seed, second and "second" in found.kind, 5)
            except Exception:
                continue  # no function is left
            if verdict.kind == found.kind:
                tree, best, found = ast.parse(candidate), candidate, verdict
                start, unchanged = index, False  # what stands before could not be left out
                break
        else:
            start = 0
    return best, found


def _smaller(tree: ast.Module, start: int = 0) -> Iterator[tuple[int, ast.Module]]:
    """Programs with one statement less, one block flattened, or one expression reduced.

    They differ at the node of the number that stands with them, which is not less than `start`.
    """
    for index, node in enumerate(list(ast.walk(tree))):
        for change in _changes(node) if index >= start else ():
            other = copy.deepcopy(tree)
            change(list(ast.walk(other))[index])
            yield index, other


def _changes(node: ast.AST) -> Iterator:  # type: ignore[type-arg]
    for block in _BLOCKS:
        statements = getattr(node, block, None)
        if not isinstance(statements, list):
            continue
        for i, s in enumerate(statements):
            if len(statements) > 1 or block != "body":
                yield lambda n, b=block, i=i: getattr(n, b).pop(i)
            for inner in _BLOCKS:
                if getattr(s, inner, None) and not isinstance(s, ast.FunctionDef):
                    yield lambda n, b=block, i=i, inner=inner: _flatten(getattr(n, b), i, inner)
    for name, value in ast.iter_fields(node):
        for i, e in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(e, ast.expr) and isinstance(getattr(e, "ctx", ast.Load()), ast.Load):
                at = i if isinstance(value, list) else None
                for part in _parts(e):
                    yield lambda n, name=name, at=at, part=part: _replace(n, name, at, part)


def _parts(e: ast.expr) -> Iterator[ast.expr]:
    """What may stand in the place of an expression."""
    for child in ast.walk(e):
        if child is not e and isinstance(child, ast.expr) and not isinstance(child, ast.Starred):
            yield copy.deepcopy(child)
    if not isinstance(e, ast.Name | ast.Constant):
        for name in ("x", "y", "m"):
            yield ast.Name(name, ast.Load())


def _flatten(statements: list[ast.stmt], i: int, inner: str) -> None:
    statements[i : i + 1] = getattr(statements[i], inner)


def _replace(node: ast.AST, name: str, at: int | None, part: ast.expr) -> None:
    if at is None:
        setattr(node, name, part)
    else:
        getattr(node, name)[at] = part

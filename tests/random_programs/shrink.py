"""The smallest program that fails as a given one does."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from tests.random_programs.judge import Verdict, judge

MOST_TRIALS = 1500
_BLOCKS = ("body", "orelse", "finalbody")


def shrink(text: str, seed: int, verdict: Verdict) -> tuple[str, Verdict]:
    """Smaller text of the same kind of failure, by leaving out what is not needed for it."""
    tree, trials = ast.parse(text), 0
    best, found = ast.unparse(tree), verdict
    progress = True
    while progress and trials < MOST_TRIALS:
        progress = False
        for smaller in _smaller(tree):
            candidate = ast.unparse(ast.fix_missing_locations(smaller))
            if len(candidate) >= len(best):
                continue
            trials += 1
            if trials > MOST_TRIALS:
                break
            try:
                verdict = judge(candidate, seed, "second" in found.kind)
            except Exception:
                continue  # no function is left
            if verdict.kind == found.kind:
                tree, best, found, progress = ast.parse(candidate), candidate, verdict, True
                break
    return best, found


def _smaller(tree: ast.Module) -> Iterator[ast.Module]:
    """Programs with one statement less, one block flattened, or one expression reduced."""
    count = sum(1 for _ in ast.walk(tree))
    for index in range(count):
        for change in _changes(list(ast.walk(tree))[index]):
            other = copy.deepcopy(tree)
            change(list(ast.walk(other))[index])
            yield other


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

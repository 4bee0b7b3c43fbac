"""Which names the statements of a function bind."""

from __future__ import annotations

import functools
from typing import Any

import gast


def assigned(body: list[Any]) -> list[str]:
    """The names that statements bind, nested functions' own names excepted, in order."""
    found: dict[str, None] = {}
    work = list(reversed(body))
    while work:
        node = work.pop()
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store):
            found[node.id] = None
        elif isinstance(node, gast.MatchAs | gast.MatchStar) and node.name is not None:
            found[node.name] = None
        elif isinstance(node, gast.MatchMapping) and node.rest is not None:
            found[node.rest] = None
        elif isinstance(node, gast.FunctionDef | gast.ClassDef):
            found[node.name] = None
            continue
        elif isinstance(node, gast.Lambda):
            continue
        elif isinstance(node, gast.ListComp | gast.GeneratorExp | gast.DictComp | gast.SetComp):
            # Only a walrus in a comprehension binds a name outside it.
            work.extend(n.target for n in gast.walk(node) if isinstance(n, gast.NamedExpr))
            continue
        work.extend(reversed(list(gast.iter_child_nodes(node))))
    return list(found)


def only_augmented(loop: Any) -> list[str]:
    """The names that a loop changes by augmented assignment (`x += 1`) and in no other way."""
    augmented = {n.target for n in gast.walk(loop) if isinstance(n, gast.AugAssign)}
    stored = [n for n in gast.walk(loop) if isinstance(n, gast.Name) and not _is_read(n)]
    plain = {n.id for n in stored if n not in augmented}
    return [n.id for n in stored if n in augmented and n.id not in plain]


def _is_read(name: Any) -> bool:
    return isinstance(name.ctx, gast.Load)


@functools.lru_cache(maxsize=4096)
def local_names(tree: Any) -> frozenset[str]:
    """The names that a function binds, `global` and `nonlocal` ones excepted."""
    if isinstance(tree, gast.Lambda):
        return frozenset()
    return frozenset(assigned(tree.body)) - foreign_names(tree)


@functools.lru_cache(maxsize=4096)
def foreign_names(tree: Any) -> frozenset[str]:
    """The names that a function itself declares global or nonlocal."""
    found: set[str] = set()
    work = [] if isinstance(tree, gast.Lambda) else list(tree.body)
    while work:
        node = work.pop()
        if isinstance(node, gast.Global | gast.Nonlocal):
            found.update(node.names)
        elif not isinstance(node, gast.FunctionDef | gast.Lambda | gast.ClassDef):
            work += gast.iter_child_nodes(node)
    return frozenset(found)

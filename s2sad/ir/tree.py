"""Containers whose structure is static: a tree of leaves, taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Struct:
    """A container: `kind` is tuple, list, dict, namedtuple or dataclass (the last two with `cls`).

    `keys` are the keys of a dict or the field names of a dataclass or namedtuple, else empty.
    """

    kind: str
    items: tuple[Tree, ...]
    keys: tuple[Any, ...] = ()
    cls: type | None = None


Tree: TypeAlias = Any
"""A `Struct` or anything else, which is then a leaf."""


def leaves(tree: Tree) -> Iterator[Any]:
    """The leaves, from left to right."""
    if isinstance(tree, Struct):
        for item in tree.items:
            yield from leaves(item)
    else:
        yield tree


def map_tree(f: Callable[[Any], Any], tree: Tree) -> Tree:
    """The same structure with `f` applied to every leaf, from left to right."""
    if isinstance(tree, Struct):
        items = tuple(map_tree(f, item) for item in tree.items)
        return Struct(tree.kind, items, tree.keys, tree.cls)
    return f(tree)

"""Containers at the edge of a function: parameters taken apart, the result put together."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from s2sad.backend.literal_tree import LOAD, literal_tree
from s2sad.backend.spell import Speller
from s2sad.frontend.instances import is_plain
from s2sad.ir.nodes import Lit, Operand, Param, Var
from s2sad.ir.tree import Struct, Tree, leaves
from s2sad.runtime import instance

Used = Callable[[Var], bool]


def unpack(param: Param, speller: Speller, used: Used) -> list[ast.stmt]:
    """The assignments that take a parameter apart, as far as its leaves are used."""
    if not isinstance(param.tree, Struct):
        return []
    return list(_unpack(ast.Name(param.name, LOAD), param.tree, speller, used))


def _unpack(value: ast.expr, tree: Tree, speller: Speller, used: Used) -> Iterator[ast.stmt]:
    if isinstance(tree, Var):
        if used(tree):
            yield ast.Assign([speller.name(tree)], value)
    elif isinstance(tree, Struct) and _any_used(tree, used):
        if _is_pattern(tree, used):
            yield ast.Assign([_pattern(tree, speller, used)], value)
            return
        for i, item in enumerate(tree.items):
            yield from _unpack(_part(value, tree, i, speller), item, speller, used)


def _any_used(tree: Tree, used: Used) -> bool:
    return any(isinstance(leaf, Var) and used(leaf) for leaf in leaves(tree))


def _is_pattern(tree: Tree, used: Used) -> bool:
    """Whether a tuple is unpacked in one assignment: most of its items are used."""
    if isinstance(tree, Var) or not isinstance(tree, Struct):
        return True
    if tree.kind not in ("tuple", "list", "namedtuple") or not 1 < len(tree.items) <= 8:
        return False
    count = sum(_any_used(item, used) for item in tree.items)
    parts = (item for item in tree.items if _any_used(item, used))
    return 2 * count >= len(tree.items) and all(_is_pattern(item, used) for item in parts)


def _pattern(tree: Tree, speller: Speller, used: Used) -> ast.expr:
    if not _any_used(tree, used):
        return ast.Name(speller.names.unused(), LOAD)
    if isinstance(tree, Var):
        return speller.name(tree)
    return ast.Tuple([_pattern(item, speller, used) for item in tree.items], LOAD)


def _part(value: ast.expr, tree: Struct, i: int, speller: Speller) -> ast.expr:
    """One item of a container: by position, key or attribute."""
    if tree.kind in ("dataclass", "namedtuple"):
        return ast.Attribute(value, str(tree.keys[i]), LOAD)
    key = tree.keys[i] if tree.kind == "dict" else i
    return ast.Subscript(value, literal_tree(key, speller.module.refer), LOAD)


def result_tree(tree: Tree, yields: Sequence[Operand], speller: Speller) -> ast.expr:
    """The expression of a result whose leaves are positions in `yields`."""
    if isinstance(tree, Lit):
        return speller.operand(tree)
    if not isinstance(tree, Struct):
        return ast.Constant(None) if tree is None else speller.operand(yields[tree])
    items = [result_tree(item, yields, speller) for item in tree.items]
    if tree.kind == "tuple":
        return ast.Tuple(items, LOAD)
    if tree.kind == "list":
        return ast.List(items, LOAD)
    if tree.kind == "dict":
        keys = [literal_tree(k, speller.module.refer) for k in tree.keys]
        return ast.Dict(list(keys), items)
    keywords = [ast.keyword(str(k), item) for k, item in zip(tree.keys, items, strict=True)]
    cls = speller.module.required(tree.cls)
    if tree.kind == "dataclass" and tree.cls and not is_plain(tree.cls, list(tree.keys)):
        return ast.Call(speller.module.required(instance), [cls], keywords)
    return ast.Call(cls, [], keywords)

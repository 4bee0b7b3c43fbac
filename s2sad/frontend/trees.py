"""Between the trees of a signature and the values of the frontend."""

from __future__ import annotations

from typing import Any

from s2sad.errors import Unsupported
from s2sad.frontend.identity import is_mutable
from s2sad.frontend.journal import Items
from s2sad.frontend.values import Growing, Instance, Mapping, Sequence, Value
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Operand, Param, Span, Var
from s2sad.ir.tree import Struct, Tree


def value_of(walk: Walk, p: Param, handed: bool = True) -> Value:
    """The value of a parameter: containers taken apart, static leaves known and guarded.

    handed: it is an argument of the user's function, in which that may change containers.
    """
    known = len(walk.containers)
    value = _value(walk, p.tree, (("param", p.name),))
    if not handed:
        del walk.containers[known:]
    return value


def _value(walk: Walk, tree: Tree, path: Any) -> Value:
    if isinstance(tree, Struct):
        steps = [("item", i) for i in range(len(tree.items))]
        if tree.kind == "dict":
            steps = [("item", k) for k in tree.keys]
        elif tree.kind == "dataclass":
            steps = [("attr", k) for k in tree.keys]
        items = [_value(walk, t, (*path, s)) for t, s in zip(tree.items, steps, strict=True)]
        if tree.kind == "dataclass":
            walk.paths.setdefault(id(tree.cls), (*path, ("attr", "__class__")))
        made = _container(tree, items, walk.handed)
        if is_mutable(made):
            walk.containers.append((made, path, Items(made).get()))
        return made
    if isinstance(tree, Var):
        return tree
    value = tree.value if isinstance(tree, Lit) else tree
    if not isinstance(value, bool | int | float | complex | str | bytes | type(None)):
        walk.paths.setdefault(id(value), path)
    return walk.known(value, None) if not isinstance(value, slice) else _span(value)


def _span(s: slice) -> Span:
    return Span(Lit(s.start), Lit(s.stop), Lit(s.step))


def _container(tree: Struct, items: list[Value], region: object) -> Value:
    if tree.kind == "dict":
        return Mapping(dict(zip(tree.keys, items, strict=True)), region)
    if tree.kind == "dataclass":
        assert tree.cls is not None
        return Instance(tree.cls, dict(zip(tree.keys, items, strict=True)), region)
    cls: Any = tree.cls or {"tuple": tuple, "list": list}[tree.kind]
    return Sequence(cls, items, region)


def tree_of(value: Value) -> tuple[Tree, list[Operand]]:
    """The structure of a result with positions as leaves, and the operands at these positions."""
    found: list[Operand] = []
    return _tree(value, found), found


def _tree(value: Value, found: list[Operand]) -> Tree:
    match value:
        case Sequence():
            items = tuple(_tree(i, found) for i in value.items)
            if value.cls in (tuple, list):
                return Struct(value.cls.__name__, items)
            return Struct("namedtuple", items, value.cls._fields, value.cls)
        case Mapping():
            items = tuple(_tree(i, found) for i in value.items.values())
            return Struct("dict", items, tuple(value.items))
        case Instance():
            items = tuple(_tree(i, found) for i in value.fields.values())
            return Struct("dataclass", items, tuple(value.fields), value.cls)
        case Var() | Lit():
            found.append(value)
            return len(found) - 1
    if isinstance(value, Growing):
        raise Unsupported("returning a list of unknown length", "return np.array(...) of it")
    raise TypeError(f"a {type(value).__name__} cannot be returned")

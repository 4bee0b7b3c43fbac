"""Python's functions about objects: attributes by name, classes, copies."""

from __future__ import annotations

import copy
import dataclasses
import operator
from collections.abc import Callable
from typing import Any

from s2sad.frontend.construction import zero_argument_super
from s2sad.frontend.raising import Raises
from s2sad.frontend.values import Instance, Mapping, Sequence, Super, Value
from s2sad.ir.nodes import Lit, Var

Handler = Callable[..., Value]
_ATTRIBUTE = "the name of an attribute"


def _getattr(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    name = s.static(a[1], _ATTRIBUTE, n)
    if len(a) == 3:
        try:
            return s.attribute(a[0], name, n)
        except Raises as error:
            if not issubclass(error.cls, AttributeError):
                raise
            return a[2]
    return s.attribute(a[0], name, n)


def _hasattr(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    name = s.static(a[1], _ATTRIBUTE, n)
    v = a[0]
    if isinstance(v, Instance):
        return Lit(s.has_attribute(v, name, n))
    if isinstance(v, Var):
        return Lit(hasattr(s.class_of(v, n), name))
    return Lit(hasattr(v.value if isinstance(v, Lit) else getattr(v, "cls", dict), name))


def _setattr(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    s.set_attribute(a[0], s.static(a[1], _ATTRIBUTE, n), a[2], n)
    return Lit(None)


def _delattr(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    s.delete_attribute(_object(s, a[0], n), s.static(a[1], _ATTRIBUTE, n), n)
    return Lit(None)


def _plain_setattr(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    s.set_plainly(_object(s, a[0], n), s.static(a[1], _ATTRIBUTE, n), a[2], n)
    return Lit(None)


def _object(s: Any, v: Value, n: Any) -> Instance:
    if not isinstance(v, Instance):
        raise s.refuse(f"a change of the attributes of a {s.kind_of(v)}", "use a variable", n)
    return v


def _vars(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    """vars(object), to be read: a change of it does not reach the object."""
    if not a or not isinstance(a[0], Instance):
        raise s.refuse("vars", "name the variables, or give it an object", n)
    return Mapping(dict(a[0].fields), s.foreign)


def _issubclass(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    classes = [s.static(x, "a class", n) for x in a]
    return Lit(issubclass(*classes))


def _super(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    if not a:
        return zero_argument_super(s, n)
    return Super(s.static(a[0], "the class of super", n), a[1])


def _new(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    return s.bare(s.static(a[0], "a class", n))


def _nothing(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    return Lit(None)


def _replace(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    return s.replaced(a[0], k, n)


def _as_plain(into: type) -> Handler:
    def handle(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
        if k:
            raise s.refuse("asdict with a factory", "make the container from the fields", n)
        return s.as_plain(a[0], into, n)

    return handle


def _copy(deep: bool) -> Handler:
    def handle(s: Any, a: list[Value], k: Any, n: Any) -> Value:
        return s.copied(a[0], n, deep)

    return handle


def _fromkeys(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    keys = [s.static(x, "a key of a dict", n) for x in s.elements(a[0], n)]
    value = a[1] if len(a) > 1 else Lit(None)
    return Mapping(dict.fromkeys(keys, value), s.region)


def _iter(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    """iter(x), to be looped over: the items as they are now."""
    items = s.known_elements(a[0])
    if len(a) > 1:
        raise s.refuse("iter with a sentinel", "write a while loop", n)
    return a[0] if items is None else Sequence(tuple, items)


def _next(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    raise s.refuse("next", "loop with for, or count an index", n)


def _special(name: str) -> Handler:
    """A function of Python that asks an object first: abs, and the like."""

    def handle(s: Any, a: list[Value], k: Any, n: Any) -> Value:
        return s.call(s.attribute(a[0], name, n), a[1:], {}, n)

    return handle


def special_of(f: Any, args: list[Value]) -> Handler | None:
    """What to do for a function of Python that is given an object of the user's."""
    if not args or not isinstance(args[0], Instance):
        return None
    try:
        name = SPECIAL.get(f)
    except TypeError:
        return None
    return None if name is None else _special(name)


SPECIAL: dict[Any, str] = {
    abs: "__abs__", round: "__round__", float: "__float__", int: "__int__", complex: "__complex__",
    len: "__len__", hash: "__hash__", operator.neg: "__neg__", operator.index: "__index__",
}  # fmt: skip
OBJECT_HANDLERS: dict[Any, Handler] = {
    getattr: _getattr, hasattr: _hasattr, setattr: _setattr, delattr: _delattr, vars: _vars,
    issubclass: _issubclass, super: _super, object.__new__: _new, object.__init__: _nothing,
    object.__init_subclass__: _nothing, object.__setattr__: _plain_setattr,
    object.__getattribute__: _getattr, iter: _iter, next: _next,
    dataclasses.replace: _replace, dataclasses.asdict: _as_plain(dict),
    dataclasses.astuple: _as_plain(tuple), copy.copy: _copy(False), copy.deepcopy: _copy(True),
    dict.fromkeys: _fromkeys,
}  # fmt: skip

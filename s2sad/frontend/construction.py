"""Objects made by calling their class: `__new__`, `__init__`, and what dataclasses generate."""

from __future__ import annotations

import collections
import copy
import dataclasses
import enum
import types
from typing import Any

import numpy as np

from s2sad.frontend.classes import is_data
from s2sad.frontend.compiled import is_numba
from s2sad.frontend.identity import like, parts, refill
from s2sad.frontend.instances import in_order
from s2sad.frontend.parameters import Customized
from s2sad.frontend.signature import hashable
from s2sad.frontend.values import Instance, Mapping, Sequence, Super, Value, atoms
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Var
from s2sad.ir.types import GENERATORS, Array, Opaque
from s2sad.rules.notation import RULES
from s2sad.rules.refused import refusal
from s2sad.runtime import copy_array


class Construction:
    """Calls of classes."""

    def construct(
        self: Walk, cls: Any, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        """An instance of a class whose `__new__` and `__init__` can be walked."""
        if issubclass(cls, Customized):
            raise self.refuse(f"{cls.__name__} inside a function", "decorate a global one", node)
        new, owner = in_order(cls, "__new__")
        if issubclass(cls, tuple) and hasattr(cls, "_fields") and _is_generated(new):
            return self.named_tuple(cls, args, kwargs)
        if cls.__module__ == "numpy" or (is_data(cls) and not issubclass(cls, enum.Enum)):
            return self.construct_opaque(cls, args, kwargs, node)
        self.check_constructed(cls, node)
        if isinstance(new, staticmethod) and isinstance(new.__func__, types.FunctionType):
            function = self.of_class(new.__func__, cls, owner, "__new__")
            made = self.call(function, [Lit(cls), *args], kwargs, node)
            if not isinstance(made, Instance) or not issubclass(made.cls, cls):
                return made
        elif owner is object:
            made = self.bare(cls)
        else:
            return self.construct_opaque(cls, args, kwargs, node)
        self.initialize(made, args, kwargs, node, has_new=owner is not object)
        return made

    def check_constructed(self: Walk, cls: type, node: Any) -> None:
        why = refusal(cls)
        if why is not None:
            raise self.refuse(f"{cls.__name__}, {why.reason},", why.advice, node)
        if is_numba(cls):
            advice = "take @jitclass off: a plain class is differentiated, and compiled"
            raise self.refuse(f"the jitclass {cls.__name__}", advice, node)
        if type(cls).__call__ is not type.__call__ and not isinstance(cls, enum.EnumMeta):
            raise self.refuse(
                f"the class {cls.__name__}, whose metaclass has a __call__", "use a function", node
            )

    def bare(self: Walk, cls: Any) -> Instance:
        """object.__new__(cls)."""
        missing = sorted(getattr(cls, "__abstractmethods__", ()))
        if missing:
            raise TypeError(
                f"Can't instantiate abstract class {cls.__name__} with {', '.join(missing)}"
            )
        return Instance(cls, {}, self.region)

    def initialize(
        self: Walk, made: Instance, args: list[Value], kwargs: dict[str, Value], node: Any,
        has_new: bool = False, after: type | None = None,
    ) -> None:  # fmt: skip
        """Runs `__init__` of an object: of its class, or of what stands behind `after`."""
        init, owner = in_order(made.cls, "__init__", after)
        if owner is object:
            if (args or kwargs) and not has_new:
                raise TypeError(f"{made.cls.__name__}() takes no arguments")
        elif _is_generated(init) and "__dataclass_fields__" in vars(owner or object):
            self.initialize_dataclass(made, owner, args, kwargs, node)
        else:
            method = self.described(made.cls, init, owner, made, "__init__", node)
            self.call(method, args, kwargs, node)

    def initialize_dataclass(
        self: Walk, made: Instance, cls: Any, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> None:
        """The `__init__` that a dataclass generates."""
        fields = [f for f in cls.__dataclass_fields__.values() if _kind(f) != "_FIELD_CLASSVAR"]
        given = self.given_fields(cls, fields, args, kwargs)
        frozen = cls.__dataclass_params__.frozen
        late: list[Value] = []
        for f in fields:
            if f.name in given:
                value = given[f.name]
            elif f.default_factory is not dataclasses.MISSING:
                value = self.call(self.known(f.default_factory, None), [], {}, node)
            elif f.init and f.default is not dataclasses.MISSING:
                value = (
                    self.of_class(f.default, cls, cls, f.name)
                    if _stands(cls, f)
                    else (self.known(f.default, None))
                )
            else:
                continue
            if _kind(f) == "_FIELD_INITVAR":
                late.append(value)
            elif frozen:
                self.set_plainly(made, f.name, value, node)
            else:
                self.set_attribute(made, f.name, value, node)
        if hasattr(cls, "__post_init__"):
            self.call(self.attribute(made, "__post_init__", node), late, {}, node)

    def given_fields(
        self: Walk, cls: type, fields: list[Any], args: list[Value], kwargs: dict[str, Value]
    ) -> dict[str, Value]:
        """The arguments of a generated `__init__` by field."""
        wanted = [f for f in fields if f.init]
        names = [f.name for f in wanted if not f.kw_only]
        if len(args) > len(names):
            raise TypeError(
                f"{cls.__name__}() takes {len(names)} positional arguments but {len(args)} were"
                " given"
            )
        given = dict(zip(names, args, strict=False))
        for k, v in kwargs.items():
            if k in given:
                raise TypeError(f"{cls.__name__}() got multiple values for argument {k!r}")
            if k not in [f.name for f in wanted]:
                raise TypeError(f"{cls.__name__}() got an unexpected keyword argument {k!r}")
            given[k] = v
        missing = [f.name for f in wanted if f.name not in given and _has_no_default(f)]
        if missing:
            raise TypeError(f"{cls.__name__}() missing a required argument: {missing[0]!r}")
        return given

    def named_tuple(self: Walk, cls: Any, args: list[Value], kwargs: dict[str, Value]) -> Sequence:
        defaults = {k: self.known(v, None) for k, v in cls._field_defaults.items()}
        given = dict(zip(cls._fields, args, strict=False)) | kwargs
        missing = [n for n in cls._fields if n not in given and n not in defaults]
        if missing or len(args) > len(cls._fields) or set(kwargs) - set(cls._fields):
            raise TypeError(f"{cls.__name__}() called with wrong arguments")
        return Sequence(cls, [given[n] if n in given else defaults[n] for n in cls._fields])

    def construct_opaque(
        self: Walk, cls: Any, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        """An object of a class of Python or NumPy: known, or data."""
        known = all(isinstance(a, Lit) for v in (*args, *kwargs.values()) for a in atoms(v))
        if known and (cls.__module__ == "numpy" or isinstance(cls, enum.EnumMeta)):
            given = [self.static(a, "an argument") for a in args]
            return Lit(cls(*given, **{k: self.static(v, k) for k, v in kwargs.items()}))
        if issubclass(cls, list | dict | tuple) and cls.__module__ not in ("builtins", "numpy"):
            raise self.refuse(
                f"an object of {cls.__name__}, a class made from {cls.__mro__[-2].__name__}",
                INSTEAD.get(cls, "keep the container in an attribute"),
                node,
            )
        return self.opaque(Lit(cls), args, kwargs, node)

    # copies

    def replaced(self: Walk, v: Value, changes: dict[str, Value], node: Any) -> Value:
        """dataclasses.replace."""
        if not isinstance(v, Instance) or not dataclasses.is_dataclass(v.cls):
            raise TypeError("replace() should be called on dataclass instances")
        given = dict(changes)
        for f in dataclasses.fields(v.cls):
            if not f.init and f.name in changes:
                raise ValueError(f"field {f.name} is declared with init=False")
            if f.init and f.name not in given:
                given[f.name] = self.attribute(v, f.name, node)
        return self.construct(v.cls, [], given, node)

    def as_plain(self: Walk, v: Value, into: type, node: Any) -> Value:
        """dataclasses.asdict and astuple."""
        match v:
            case Instance() if dataclasses.is_dataclass(v.cls):
                names = [f.name for f in dataclasses.fields(v.cls)]
                items = [self.as_plain(self.attribute(v, n, node), into, node) for n in names]
                if into is tuple:
                    return Sequence(tuple, items)
                return Mapping(dict(zip(names, items, strict=True)), self.region)
            case Sequence():
                return Sequence(v.cls, [self.as_plain(x, into, node) for x in v.items], self.region)
            case Mapping():
                return Mapping(
                    {k: self.as_plain(x, into, node) for k, x in v.items.items()}, self.region
                )
        return self.copied(v, node)

    def copied(self: Walk, v: Value, node: Any, deep: bool = True) -> Value:
        """copy.deepcopy, and copy.copy where not `deep`."""
        return self.copied_once(v, node, deep, {})

    def copied_once(self: Walk, v: Value, node: Any, deep: bool, seen: dict[int, Any]) -> Value:
        if id(v) in seen:
            return seen[id(v)][0]

        def inside(x: Value) -> Value:
            return self.copied_once(x, node, deep, seen) if deep else x

        special = ("__copy__", "__deepcopy__", "__getnewargs__")
        if isinstance(v, Instance) and any(hasattr(v.cls, n) for n in special):
            raise self.refuse(
                f"a copy of a {v.cls.__name__}, which has its own way", "make a new one", node
            )
        if isinstance(v, Sequence | Mapping | Instance):
            made: Any = like(v, parts(v), self.region)
            seen[id(v)] = made, v
            refill(made, [inside(x) for x in parts(v)])
            return made
        if _is_object(v):
            return self.opaque(Lit(copy.deepcopy if deep else copy.copy), [v], {}, node)
        if isinstance(v, Lit) and not isinstance(v.value, np.ndarray):
            return v
        array = isinstance(v, Var) and isinstance(v.type, Array)
        if isinstance(v, Var) and isinstance(v.type, Array) and v.type.dims is None:
            return self.b.let(RULES[copy_array], (v,))  # it may be a number
        return self.call(Lit(np.copy), [v], {}, node) if array or isinstance(v, Lit) else v


def _is_object(v: Value) -> bool:
    """Whether a value is an object without source, which may be changed."""
    if isinstance(v, Lit):
        changed = type(v.value) in GENERATORS or not hashable(v.value)
        return changed and not isinstance(v.value, np.ndarray)
    return isinstance(v, Var) and isinstance(v.type, Opaque)


def zero_argument_super(walk: Walk, node: Any) -> Super:
    """super(): of the class in which the function stands, and its first argument."""
    frame = walk.frame
    if "__class__" not in frame.cells or not frame.locals:
        raise walk.refuse(
            "super() outside of a method", "call it in the method, or name class and object", node
        )
    owner = next(iter(frame.locals.values()))
    return Super(frame.cells["__class__"].cell_contents, owner)


def _is_generated(f: Any) -> bool:
    """Whether a function was generated: by a dataclass or a namedtuple."""
    plain = f.__func__ if isinstance(f, staticmethod) else f
    code = getattr(plain, "__code__", None)
    return code is not None and code.co_filename.startswith("<")


def _kind(f: Any) -> str:
    return str(f._field_type.name)


def _stands(cls: type, f: Any) -> bool:
    return vars(cls).get(f.name) is f.default


def _has_no_default(f: Any) -> bool:
    missing = dataclasses.MISSING
    return f.default is missing and f.default_factory is missing


INSTEAD = {
    collections.OrderedDict: "use a dict, which keeps the order as well",
    collections.defaultdict: "use a dict with d.setdefault(key, default)",
    collections.Counter: "use a dict with d.get(key, 0)",
}
COPIES = {copy.copy: False, copy.deepcopy: True}

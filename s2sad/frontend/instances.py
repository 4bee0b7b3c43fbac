"""Attributes of objects, as Python looks them up: descriptors, slots, classes, `super()`."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import types
from typing import Any

from s2sad.frontend import inplace
from s2sad.frontend.parameters import Customized
from s2sad.frontend.raising import Raises, raises
from s2sad.frontend.values import Bound, Instance, Sequence, Super, Value
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Var
from s2sad.ir.types import Array

NOTHING = object()
_SLOT = types.MemberDescriptorType
_GETSET = types.GetSetDescriptorType


def in_order(cls: type, name: str, after: type | None = None) -> tuple[Any, type | None]:
    """What a class or one of its bases defines under a name, and which; unbound.

    after: only what stands behind this class in the order of the bases.
    """
    order = cls.__mro__
    start = 0 if after is None else order.index(after) + 1
    for base in order[start:]:
        if name in base.__dict__:
            return base.__dict__[name], base
    return NOTHING, None


def of_user(cls: type, name: str) -> bool:
    """Whether a special method is one that `object` does not have as it is."""
    found, base = in_order(cls, name)
    return found is not NOTHING and base is not object and found is not None


class Instances:
    """Reading, binding and deleting attributes of objects."""

    def instance_attribute(self: Walk, owner: Instance, name: str, node: Any) -> Value:
        found, base = in_order(owner.cls, name)
        if of_user(owner.cls, "__getattribute__"):
            raise self.refuse(
                f"{owner.cls.__name__}.__getattribute__", "use __getattr__ or a property", node
            )
        if _is_data(found) and not isinstance(found, _SLOT):
            return self.described(owner.cls, found, base, owner, name, node)
        if name in owner.fields:
            return owner.fields[name]
        if found is not NOTHING and not isinstance(found, _SLOT):
            return self.described(owner.cls, found, base, owner, name, node)
        if name == "__dict__":
            raise self.refuse("the __dict__ of an object", "name the attributes", node)
        fallback, base = in_order(owner.cls, "__getattr__")
        if fallback is not NOTHING:
            method = self.described(owner.cls, fallback, base, owner, "__getattr__", node)
            return self.call(method, [Lit(name)], {}, node)
        raise raises(AttributeError(f"{owner.cls.__name__!r} object has no attribute {name!r}"))

    def described(
        self: Walk, cls: type, found: Any, base: type | None, owner: Value, name: str, node: Any
    ) -> Value:
        """What stands in a class under a name, bound to an object."""
        if isinstance(found, property):
            if found.fget is None:
                text = f"property {name!r} of {cls.__name__!r} has no getter"
                raise raises(AttributeError(text))
            getter = self.of_class(found.fget, cls, base, name, "fget")
            return self.call(getter, [owner], {}, node)
        if isinstance(found, functools.cached_property):
            value = self.call(self.of_class(found.func, cls, base, name, "func"), [owner], {}, node)
            self.put_field(owner, found.attrname or name, value, node)
            return value
        if isinstance(found, staticmethod):
            return self.of_class(found.__func__, cls, base, name)
        if isinstance(found, classmethod):
            return Bound(self.of_class(found.__func__, cls, base, name, "__func__"), (Lit(cls),))
        if isinstance(found, functools.partialmethod):
            given = [owner, *(self.known(a, None) for a in found.args)]
            named = {k: self.known(v, None) for k, v in found.keywords.items()}
            return Bound(self.of_class(found.func, cls, base, name, "func"), tuple(given), named)
        if isinstance(found, types.FunctionType | functools._lru_cache_wrapper | Customized):
            return Bound(self.of_class(found, cls, base, name), (owner,))
        if isinstance(found, types.WrapperDescriptorType | types.MethodDescriptorType):
            return Bound(Lit(found), (owner,))
        if name in ("__class__", "__doc__", "__module__", "__slots__"):
            return Lit(cls) if name == "__class__" else Lit(found)
        getter = inspect.getattr_static(type(found), "__get__", None)
        if getter is None:
            return self.of_class(found, cls, base, name)
        if not isinstance(getter, types.FunctionType):
            raise self.refuse(
                f"the attribute {cls.__name__}.{name}, a {type(found).__name__}",
                "use a plain attribute, a method or a property",
                node,
            )
        known = self.known(found, None)
        return self.call(self.known(getter, None), [known, owner, Lit(cls)], {}, node)

    def of_class(
        self: Walk, value: Any, cls: type, base: type | None, name: str, part: str = ""
    ) -> Value:
        """Something that a class defines: known, and guarded where the class is."""
        path = self.path_of(cls)
        if path is None and base is not None:
            path, cls = self.path_of(base), base
        if path is None:
            return self.known(value, None)
        if base is not None and base is not cls and in_order(cls, name)[1] is not base:
            path = (*path, ("attr", "__mro__"), ("item", cls.__mro__.index(base)))
        path = (*path, ("attr", name))
        return self.known(value, (*path, ("attr", part)) if part else path)

    # super()

    def super_attribute(self: Walk, s: Super, name: str, node: Any) -> Value:
        owner = s.owner
        cls = owner.cls if isinstance(owner, Instance) else owner.value
        found, base = in_order(cls, name, s.cls)
        if found is NOTHING:
            raise raises(AttributeError(f"'super' object has no attribute {name!r}"))
        if isinstance(owner, Instance):
            return self.described(cls, found, base, owner, name, node)
        return self.class_described(cls, found, base, name, node)

    def class_described(
        self: Walk, cls: type, found: Any, base: type | None, name: str, node: Any
    ) -> Value:
        """What stands in a class under a name, as an attribute of the class itself."""
        if isinstance(found, staticmethod):
            return self.of_class(found.__func__, cls, base, name)
        if isinstance(found, classmethod):
            return Bound(self.of_class(found.__func__, cls, base, name, "__func__"), (Lit(cls),))
        if isinstance(found, property):
            raise self.refuse(f"the property {name} of a class", "read it of an object", node)
        return self.of_class(found, cls, base, name)

    # binding

    def set_attribute(self: Walk, owner: Value, name: str, value: Value, node: Any) -> None:
        if isinstance(owner, Sequence) and owner.cls not in (list, tuple):
            raise raises(AttributeError("can't set attribute"))
        if isinstance(owner, Lit) and isinstance(owner.value, type):
            raise self.refuse(
                f"assignment to the attribute {name} of the class {owner.value.__name__}",
                "keep it in an object, or pass it as an argument",
                node,
            )
        if isinstance(owner, Var) and isinstance(owner.type, Array) and name == "flat":
            self.call_writing(inplace.set_flat, [owner, value], {}, node)
            return
        if not isinstance(owner, Instance):
            raise self.refuse(
                f"assignment to the attribute {name}",
                "keep the value in a variable, or build a new object",
                node,
            )
        setter, base = in_order(owner.cls, "__setattr__")
        if base is not object:
            if is_frozen_setter(setter):
                raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
            method = self.described(owner.cls, setter, base, owner, "__setattr__", node)
            self.call(method, [Lit(name), value], {}, node)
            return
        self.set_plainly(owner, name, value, node)

    def set_plainly(self: Walk, owner: Instance, name: str, value: Value, node: Any) -> None:
        """object.__setattr__."""
        found, base = in_order(owner.cls, name)
        if isinstance(found, property):
            if found.fset is None:
                text = f"property {name!r} of {owner.cls.__name__!r} has no setter"
                raise raises(AttributeError(text))
            setter = self.of_class(found.fset, owner.cls, base, name, "fset")
            self.call(setter, [owner, value], {}, node)
            return
        if (
            found is not NOTHING
            and not isinstance(found, _SLOT)
            and hasattr(type(found), "__set__")
        ):
            descriptor = type(found).__dict__.get("__set__")
            if not isinstance(descriptor, types.FunctionType):
                raise self.refuse(f"assignment to the attribute {name}", "use a plain one", node)
            known = self.known(found, None)
            self.call(self.known(descriptor, None), [known, owner, value], {}, node)
            return
        if not isinstance(found, _SLOT) and not has_dict(owner.cls):
            raise raises(AttributeError(f"{owner.cls.__name__!r} object has no attribute {name!r}"))
        self.put_field(owner, name, value, node)

    def put_field(self: Walk, owner: Any, name: str, value: Value, node: Any) -> None:
        self.may_change(owner, node, grows=name not in owner.fields)
        owner.fields[name] = value

    def delete_attribute(self: Walk, owner: Instance, name: str, node: Any) -> None:
        deleter, base = in_order(owner.cls, "__delattr__")
        if base is not object:
            if is_frozen_setter(deleter):
                raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
            method = self.described(owner.cls, deleter, base, owner, "__delattr__", node)
            self.call(method, [Lit(name)], {}, node)
            return
        found, base = in_order(owner.cls, name)
        if isinstance(found, property):
            if found.fdel is None:
                text = f"property {name!r} of {owner.cls.__name__!r} has no deleter"
                raise raises(AttributeError(text))
            self.call(self.of_class(found.fdel, owner.cls, base, name, "fdel"), [owner], {}, node)
            return
        if name not in owner.fields:
            raise raises(AttributeError(f"{owner.cls.__name__!r} object has no attribute {name!r}"))
        self.may_change(owner, node, grows=True)
        del owner.fields[name]

    def has_attribute(self: Walk, owner: Instance, name: str, node: Any) -> bool:
        """hasattr: what is found is evaluated, as Python does."""
        try:
            self.attribute(owner, name, node)
        except Raises as error:
            if not issubclass(error.cls, AttributeError):
                raise
            return False
        return True


def is_frozen_setter(f: Any) -> bool:
    """Whether a function is the one that a frozen dataclass refuses assignments with."""
    code = getattr(f, "__code__", None)
    return code is not None and code.co_filename == "<string>"


def is_plain(cls: type, names: list[str]) -> bool:
    """Whether an object is what its class makes of its attributes, given by name."""
    if not dataclasses.is_dataclass(cls) or hasattr(cls, "__post_init__"):
        return False
    generated = cls.__init__.__code__.co_filename == "<string>"
    return generated and [f.name for f in dataclasses.fields(cls) if f.init] == names


def has_dict(cls: type) -> bool:
    """Whether objects of a class may have attributes that it does not declare."""
    return any("__dict__" in base.__dict__ for base in cls.__mro__)


def _is_data(found: Any) -> bool:
    """Whether a descriptor goes before the attributes of the object itself."""
    kind = type(found)
    return found is not NOTHING and (hasattr(kind, "__set__") or hasattr(kind, "__delete__"))

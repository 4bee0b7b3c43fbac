"""Methods of containers whose structure is known: lists, dicts, namedtuples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from s2sad.frontend.identity import refill
from s2sad.frontend.raising import as_users, raises
from s2sad.frontend.values import Growing, Lazy, Mapping, Sequence, Value
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit

Handler = Callable[..., Value]


class Containers:
    """Calls of the methods of containers, and operators that change them."""

    def augmented_list(self: Walk, owner: Sequence, s: Any, value: Value) -> Value:
        """owner += value, owner *= value."""
        if isinstance(s.op, gast.Add):
            items = [*owner.items, *self.elements(value, s)]
        elif isinstance(s.op, gast.Mult):
            items = owner.items * self.static(value, "the number of repetitions of a list", s)
        else:
            return self.binary(s.op, owner, value, s)
        self.may_change(owner, s, grows=True)
        owner.items[:] = items
        return owner

    def container_method(
        self: Walk, name: str, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        owner, *rest = args
        if isinstance(owner, Growing):
            return self.growing_method(owner, name, rest, kwargs, node)
        found = METHODS.get((type(owner), name))
        if found is None:
            kind = list if isinstance(owner, Sequence) else dict
            if not hasattr(kind, name) and not hasattr(getattr(owner, "cls", kind), name):
                text = f"{self.kind_of(owner)!r} object has no attribute {name!r}"
                raise raises(AttributeError(text))
            raise self.refuse(
                f"the method {name} of a {self.kind_of(owner)}", "use indexing and literals", node
            )
        if isinstance(owner, Sequence) and owner.cls is not list and name in CHANGING:
            raise raises(AttributeError(f"{owner.cls.__name__!r} object has no attribute {name!r}"))
        if name in CHANGING and (name != "setdefault" or self.is_new_key(owner, rest, node)):
            self.may_change(owner, node, grows=name not in ("reverse", "sort"))
        with as_users(LookupError, ValueError, AttributeError):
            return found(self, owner, rest, kwargs, node)

    def is_new_key(self: Walk, owner: Mapping, args: list[Value], node: Any) -> bool:
        return self.static(args[0], "a key of a dict", node) not in owner.items


def _append(s: Any, o: Sequence, a: list[Value], k: Any, n: Any) -> Value:
    o.items.append(a[0])
    return Lit(None)


def _extend(s: Any, o: Sequence, a: list[Value], k: Any, n: Any) -> Value:
    if s.grows_by(a[0]):
        s.grow_instead(o.made, n)
    o.items.extend(s.elements(a[0], n))
    return Lit(None)


def _insert(s: Any, o: Sequence, a: list[Value], k: Any, n: Any) -> Value:
    o.items.insert(s.static(a[0], "a position", n), a[1])
    return Lit(None)


def _pop(s: Any, o: Sequence, a: list[Value], k: Any, n: Any) -> Value:
    at = s.static(a[0], "a position", n) if a else -1
    with as_users(IndexError):
        return o.items.pop(at)


def _reverse(s: Any, o: Sequence, a: list[Value], k: Any, n: Any) -> Value:
    o.items.reverse()
    return Lit(None)


def _clear(s: Any, o: Any, a: list[Value], k: Any, n: Any) -> Value:
    o.items.clear()
    return Lit(None)


def _place(s: Any, o: Sequence, v: Value, n: Any, start: int = 0) -> int:
    """Where the first item stands that equals a value; which must be known."""
    for i, x in enumerate(o.items[start:], start):
        truth = s.truth(s.equal(x, v, n))
        if not isinstance(truth, bool):
            raise s.refuse(
                "a search in a list that depends on data", "keep the position in a variable", n
            )
        if truth:
            return i
    raise ValueError("the value is not in the list")


def _index(s: Any, o: Sequence, a: list[Value], k: Any, n: Any) -> Value:
    start = s.static(a[1], "a position", n) if len(a) > 1 else 0
    return Lit(_place(s, o, a[0], n, start))


def _remove(s: Any, o: Sequence, a: list[Value], k: Any, n: Any) -> Value:
    del o.items[_place(s, o, a[0], n)]
    return Lit(None)


def _count(s: Any, o: Sequence, a: list[Value], k: Any, n: Any) -> Value:
    total: Value = Lit(0)
    for x in o.items:
        truth = s.truth(s.equal(x, a[0], n))
        one = (
            Lit(int(truth))
            if isinstance(truth, bool)
            else s.branch_expression(truth, lambda: Lit(1), lambda: Lit(0))
        )
        total = s.binary(gast.Add(), total, one, n)
    return total


def _sort(s: Any, o: Sequence, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    made = s.call(Lit(sorted), [o], k, n)
    o.items[:] = s.elements(made, n)
    return Lit(None)


def _list_copy(s: Any, o: Sequence, a: list[Value], k: Any, n: Any) -> Value:
    return s.new_list(list(o.items), n)


def _list_item(s: Any, o: Any, a: list[Value], k: Any, n: Any) -> Value:
    return s.subscript(o, a[0], n)


def _set_item(s: Any, o: Any, a: list[Value], k: Any, n: Any) -> Value:
    s.store_into(o, a[0], a[1], n)
    return Lit(None)


def _length(s: Any, o: Any, a: list[Value], k: Any, n: Any) -> Value:
    return Lit(len(o.items))


def _contains(s: Any, o: Any, a: list[Value], k: Any, n: Any) -> Value:
    return s.membership(a[0], o, True, n)


def _keys(s: Any, o: Mapping, a: list[Value], k: Any, n: Any) -> Value:
    return Lazy("dict_keys", (o,))


def _values(s: Any, o: Mapping, a: list[Value], k: Any, n: Any) -> Value:
    return Lazy("dict_values", (o,))


def _items(s: Any, o: Mapping, a: list[Value], k: Any, n: Any) -> Value:
    return Lazy("dict_items", (o,))


VIEWS: dict[str, Callable[[Mapping], list[Value]]] = {
    "dict_keys": lambda o: [Lit(x) for x in o.items],
    "dict_values": lambda o: list(o.items.values()),
    "dict_items": lambda o: [Sequence(tuple, [Lit(x), v]) for x, v in o.items.items()],
}
"""The elements of the views of a dict, as it is when they are asked for."""


def _key(s: Any, v: Value, n: Any) -> Any:
    return s.static(v, "a key of a dict", n)


def _get(s: Any, o: Mapping, a: list[Value], k: Any, n: Any) -> Value:
    return o.items.get(_key(s, a[0], n), a[1] if len(a) > 1 else Lit(None))


def _setdefault(s: Any, o: Mapping, a: list[Value], k: Any, n: Any) -> Value:
    return o.items.setdefault(_key(s, a[0], n), a[1] if len(a) > 1 else Lit(None))


def _dict_pop(s: Any, o: Mapping, a: list[Value], k: Any, n: Any) -> Value:
    key = _key(s, a[0], n)
    with as_users(KeyError):
        return o.items.pop(key, *a[1:])


def _popitem(s: Any, o: Mapping, a: list[Value], k: Any, n: Any) -> Value:
    with as_users(KeyError):
        key, value = o.items.popitem()
    return Sequence(tuple, [Lit(key), value])


def _update(s: Any, o: Mapping, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    new = [s.call(Lit(dict), [m], {}, n).items for m in a]
    for items in (*new, k):
        refill(o, {**o.items, **items})
    return Lit(None)


def _dict_copy(s: Any, o: Mapping, a: list[Value], k: Any, n: Any) -> Value:
    return Mapping(dict(o.items), s.region)


def _asdict(s: Any, o: Sequence, a: list[Value], k: Any, n: Any) -> Value:
    return Mapping(dict(zip(o.cls._fields, o.items, strict=True)), s.region)


def _replace(s: Any, o: Sequence, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    unknown = set(k) - set(o.cls._fields)
    if unknown:
        raise ValueError(f"Got unexpected field names: {sorted(unknown)!r}")
    fields = dict(zip(o.cls._fields, o.items, strict=True)) | k
    return Sequence(o.cls, fields.values())


METHODS: dict[tuple[type, str], Handler] = {
    (Sequence, "append"): _append, (Sequence, "extend"): _extend, (Sequence, "insert"): _insert,
    (Sequence, "pop"): _pop, (Sequence, "reverse"): _reverse, (Sequence, "copy"): _list_copy,
    (Sequence, "clear"): _clear, (Sequence, "index"): _index, (Sequence, "remove"): _remove,
    (Sequence, "count"): _count, (Sequence, "sort"): _sort, (Sequence, "__len__"): _length,
    (Sequence, "__getitem__"): _list_item, (Sequence, "__setitem__"): _set_item,
    (Sequence, "__contains__"): _contains,
    (Sequence, "_asdict"): _asdict, (Sequence, "_replace"): _replace,
    (Mapping, "keys"): _keys, (Mapping, "values"): _values, (Mapping, "items"): _items,
    (Mapping, "get"): _get, (Mapping, "pop"): _dict_pop, (Mapping, "update"): _update,
    (Mapping, "copy"): _dict_copy, (Mapping, "clear"): _clear, (Mapping, "popitem"): _popitem,
    (Mapping, "setdefault"): _setdefault, (Mapping, "__getitem__"): _list_item,
    (Mapping, "__setitem__"): _set_item, (Mapping, "__contains__"): _contains,
    (Mapping, "__len__"): _length,
}  # fmt: skip
CHANGING = frozenset(
    {"append", "extend", "insert", "pop", "reverse", "update", "clear", "remove", "sort", "popitem",
     "setdefault"}
)  # fmt: skip

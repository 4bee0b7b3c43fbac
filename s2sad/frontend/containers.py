"""Methods of containers whose structure is known: lists, dicts, namedtuples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s2sad.frontend.raising import as_users, raises
from s2sad.frontend.values import Mapping, Sequence, Value
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit

Handler = Callable[..., Value]


class Containers:
    """Calls of the methods of containers."""

    def container_method(
        self: Walk, name: str, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        owner, *rest = args
        found = METHODS.get((type(owner), name))
        if found is None:
            raise self.refuse(
                f"the method {name} of a {self.kind_of(owner)}", "use indexing and literals", node
            )
        if name in CHANGING:
            self.may_change(owner, node, grows=True)
        return found(self, owner, rest, kwargs, node)


def _append(s: Any, o: Sequence, a: list[Value], k: Any, n: Any) -> Value:
    o.items.append(a[0])
    return Lit(None)


def _extend(s: Any, o: Sequence, a: list[Value], k: Any, n: Any) -> Value:
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


def _list_copy(s: Any, o: Sequence, a: list[Value], k: Any, n: Any) -> Value:
    return Sequence(list, o.items, s.region)


def _keys(s: Any, o: Mapping, a: list[Value], k: Any, n: Any) -> Value:
    return Sequence(tuple, [Lit(x) for x in o.items])


def _values(s: Any, o: Mapping, a: list[Value], k: Any, n: Any) -> Value:
    return Sequence(tuple, o.items.values())


def _items(s: Any, o: Mapping, a: list[Value], k: Any, n: Any) -> Value:
    return Sequence(tuple, [Sequence(tuple, [Lit(x), v]) for x, v in o.items.items()])


def _get(s: Any, o: Mapping, a: list[Value], k: Any, n: Any) -> Value:
    return o.items.get(s.static(a[0], "a key of a dict", n), a[1] if len(a) > 1 else Lit(None))


def _dict_pop(s: Any, o: Mapping, a: list[Value], k: Any, n: Any) -> Value:
    key = s.static(a[0], "a key of a dict", n)
    with as_users(KeyError):
        return o.items.pop(key, *a[1:])


def _update(s: Any, o: Mapping, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    for m in a:
        o.items.update(s.call(Lit(dict), [m], {}, n).items)
    o.items.update(k)
    return Lit(None)


def _dict_copy(s: Any, o: Mapping, a: list[Value], k: Any, n: Any) -> Value:
    return Mapping(dict(o.items), s.region)


def _asdict(s: Any, o: Sequence, a: list[Value], k: Any, n: Any) -> Value:
    return Mapping(dict(zip(o.cls._fields, o.items, strict=True)), s.region)


def _replace(s: Any, o: Sequence, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    fields = dict(zip(o.cls._fields, o.items, strict=True)) | k
    return Sequence(o.cls, fields.values())


def _index(s: Any, o: Sequence, a: list[Value], k: Any, n: Any) -> Value:
    known = s.static(Sequence(tuple, [*o.items, *a]), "a search in a container", n)
    try:
        return Lit(known[: len(o.items)].index(known[len(o.items)], *known[len(o.items) + 1 :]))
    except ValueError as error:
        raise raises(error) from None


def _count(s: Any, o: Sequence, a: list[Value], k: Any, n: Any) -> Value:
    known = s.static(Sequence(tuple, [*o.items, a[0]]), "a search in a container", n)
    return Lit(known[:-1].count(known[-1]))


def _remove(s: Any, o: Sequence, a: list[Value], k: Any, n: Any) -> Value:
    del o.items[_index(s, o, a[:1], k, n).value]
    return Lit(None)


def _clear(s: Any, o: Sequence | Mapping, a: list[Value], k: Any, n: Any) -> Value:
    o.items.clear()
    return Lit(None)


def _sort(s: Any, o: Sequence, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    o.items[:] = s.call(Lit(sorted), [Sequence(list, o.items)], k, n).items
    return Lit(None)


def _setdefault(s: Any, o: Mapping, a: list[Value], k: Any, n: Any) -> Value:
    key = s.static(a[0], "a key of a dict", n)
    return o.items.setdefault(key, a[1] if len(a) > 1 else Lit(None))


def _popitem(s: Any, o: Mapping, a: list[Value], k: Any, n: Any) -> Value:
    with as_users(KeyError):
        key, value = o.items.popitem()
    return Sequence(tuple, [Lit(key), value])


METHODS: dict[tuple[type, str], Handler] = {
    (Sequence, "append"): _append, (Sequence, "extend"): _extend, (Sequence, "insert"): _insert,
    (Sequence, "pop"): _pop, (Sequence, "reverse"): _reverse, (Sequence, "copy"): _list_copy,
    (Sequence, "_asdict"): _asdict, (Sequence, "_replace"): _replace,
    (Mapping, "keys"): _keys, (Mapping, "values"): _values, (Mapping, "items"): _items,
    (Mapping, "get"): _get, (Mapping, "pop"): _dict_pop, (Mapping, "update"): _update,
    (Mapping, "copy"): _dict_copy, (Sequence, "index"): _index, (Sequence, "count"): _count,
    (Sequence, "remove"): _remove, (Sequence, "clear"): _clear, (Sequence, "sort"): _sort,
    (Mapping, "clear"): _clear, (Mapping, "setdefault"): _setdefault,
    (Mapping, "popitem"): _popitem,
}  # fmt: skip
CHANGING = frozenset(
    {"append", "extend", "insert", "pop", "reverse", "update", "remove", "clear", "sort",
     "setdefault", "popitem"}
)  # fmt: skip

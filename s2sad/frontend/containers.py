"""Methods of containers whose structure is known: lists, dicts, namedtuples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s2sad.frontend.values import Growing, Mapping, Sequence, Value
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit

Handler = Callable[..., Value]


class Containers:
    """Calls of the methods of containers."""

    def container_method(
        self: Walk, name: str, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        owner, *rest = args
        if isinstance(owner, Growing):
            return self.growing_method(owner, name, rest, kwargs, node)
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
    if s.grows_by(a[0]):
        s.grow_instead(o.made, n)
    o.items.extend(s.elements(a[0], n))
    return Lit(None)


def _insert(s: Any, o: Sequence, a: list[Value], k: Any, n: Any) -> Value:
    o.items.insert(s.static(a[0], "a position", n), a[1])
    return Lit(None)


def _pop(s: Any, o: Sequence, a: list[Value], k: Any, n: Any) -> Value:
    return o.items.pop(s.static(a[0], "a position", n) if a else -1)


def _reverse(s: Any, o: Sequence, a: list[Value], k: Any, n: Any) -> Value:
    o.items.reverse()
    return Lit(None)


def _list_copy(s: Any, o: Sequence, a: list[Value], k: Any, n: Any) -> Value:
    return s.new_list(list(o.items), n)


def _keys(s: Any, o: Mapping, a: list[Value], k: Any, n: Any) -> Value:
    return Sequence(tuple, [Lit(x) for x in o.items])


def _values(s: Any, o: Mapping, a: list[Value], k: Any, n: Any) -> Value:
    return Sequence(tuple, o.items.values())


def _items(s: Any, o: Mapping, a: list[Value], k: Any, n: Any) -> Value:
    return Sequence(tuple, [Sequence(tuple, [Lit(x), v]) for x, v in o.items.items()])


def _get(s: Any, o: Mapping, a: list[Value], k: Any, n: Any) -> Value:
    return o.items.get(s.static(a[0], "a key of a dict", n), a[1] if len(a) > 1 else Lit(None))


def _dict_pop(s: Any, o: Mapping, a: list[Value], k: Any, n: Any) -> Value:
    return o.items.pop(s.static(a[0], "a key of a dict", n), *a[1:])


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


METHODS: dict[tuple[type, str], Handler] = {
    (Sequence, "append"): _append, (Sequence, "extend"): _extend, (Sequence, "insert"): _insert,
    (Sequence, "pop"): _pop, (Sequence, "reverse"): _reverse, (Sequence, "copy"): _list_copy,
    (Sequence, "_asdict"): _asdict, (Sequence, "_replace"): _replace,
    (Mapping, "keys"): _keys, (Mapping, "values"): _values, (Mapping, "items"): _items,
    (Mapping, "get"): _get, (Mapping, "pop"): _dict_pop, (Mapping, "update"): _update,
    (Mapping, "copy"): _dict_copy,
}  # fmt: skip
CHANGING = frozenset({"append", "extend", "insert", "pop", "reverse", "update"})

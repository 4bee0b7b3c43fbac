"""functools, itertools, operator and math of Python on what is known one by one."""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Callable
from typing import Any

import gast

from s2sad.frontend.onetime import Once
from s2sad.frontend.raising import as_users, raises
from s2sad.frontend.values import Bound, Closure, Lazy, Sequence, Value
from s2sad.ir.nodes import Lit, Var
from s2sad.rules.notation import RULES
from s2sad.rules.table import lookup
from s2sad.runtime import hypot

Handler = Callable[..., Value]
GETTERS = (operator.itemgetter, operator.attrgetter, operator.methodcaller)


def getter(f: Any) -> Handler | None:
    """What a call of an itemgetter, attrgetter or methodcaller does; None for anything else."""
    if not isinstance(f, GETTERS):
        return None
    given = f.__reduce__()[1:]

    def handle(s: Any, a: list[Value], k: Any, n: Any) -> Value:
        (owner,) = a
        if isinstance(f, operator.methodcaller):
            return _method(s, f, owner, n)
        names = given[0]
        found = [_item(s, f, owner, name, n) for name in names]
        return found[0] if len(found) == 1 else Sequence(tuple, found)

    return handle


def _item(s: Any, f: Any, owner: Value, name: Any, n: Any) -> Value:
    if isinstance(f, operator.itemgetter):
        return s.subscript(owner, s.known(name, None), n)
    for part in name.split("."):
        owner = s.attribute(owner, part, n)
    return owner


def _method(s: Any, f: Any, owner: Value, n: Any) -> Value:
    made, (name, *args), *_ = f.__reduce__()
    named = made.keywords if isinstance(made, functools.partial) else {}
    if named:
        (name, *_), args = made.args, [name, *args]
    given = [s.known(v, None) for v in args]
    return s.call(
        s.attribute(owner, name, n), given, {x: s.known(v, None) for x, v in named.items()}, n
    )


def _made(cls: Any) -> Handler:
    """A getter: an object made at once of what is known."""

    def handle(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
        given = [s.static(v, f"an argument of {cls.__name__}", n) for v in a]
        return Lit(cls(*given, **{x: s.static(v, x, n) for x, v in k.items()}))

    return handle


def known_keys(s: Any, values: list[Value], n: Any) -> list[Any]:
    """What to sort by; of tuples, the first elements where these are known and tell all apart."""
    if values and all(isinstance(v, Sequence) for v in values):
        least = min(len(v.items) for v in values)
        known = [[i for i in v.items[:least] if isinstance(i, Lit)] for v in values]
        count = min(map(len, known))
        heads = [tuple(i.value for i in found[:count]) for found in known]
        first = all(all(isinstance(i, Lit) for i in v.items[:count]) for v in values)
        if first and len(set(heads)) == len(values):
            return heads
    return [s.static(v, "a key to sort by", n) for v in values]


# itertools


def _selecting(of: Any) -> Handler:
    """A function of itertools that arranges elements without looking at them."""

    def handle(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
        items = s.elements(a[0], n)
        rest = [s.static(v, f"an argument of {of.__name__}", n) for v in a[1:]]
        named = {x: s.static(v, x, n) for x, v in k.items()}
        rows = [
            items[r] if isinstance(r, int) else Sequence(tuple, [items[i] for i in r])
            for r in of(range(len(items)), *rest, **named)
        ]
        return s.once(rows, a[0])

    return handle


def _chain(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    return s.once([x for part in a for x in s.elements(part, n)], *a)


def _chain_from(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    return _chain(s, s.elements(a[0], n), k, n)


def _product(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    repeat = s.static(k["repeat"], "repeat", n) if "repeat" in k else 1
    parts = [s.elements(part, n) for part in a]
    rows = [Sequence(tuple, row) for row in itertools.product(*parts, repeat=repeat)]
    return s.once(rows, *a)


def _zip_longest(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    parts = [s.elements(part, n) for part in a]
    fill = k.get("fillvalue", Lit(None))
    rows = itertools.zip_longest(*parts, fillvalue=fill)
    return s.once([Sequence(tuple, row) for row in rows], *a)


def _repeat(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    times = k.get("times", a[1] if len(a) > 1 else None)
    if times is None:
        raise s.refuse("itertools.repeat without a number of times", "give it the number", n)
    return s.once([a[0]] * s.static(times, "the number of times", n))


def _accumulate(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    function = k.get("func", a[1] if len(a) > 1 else Lit(None))
    items = s.elements(a[0], n)
    initial = k.get("initial", Lit(None))
    if not (isinstance(initial, Lit) and initial.value is None):
        items = [initial, *items]
    if isinstance(function, Lit) and function.value is None:
        function = Lit(operator.add)
    found = items[:1]
    for x in items[1:]:
        found.append(s.call(function, [found[-1], x], {}, n))
    return s.once(found, a[0])


def _starmap(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    rows = [s.elements(row, n) for row in s.elements(a[1], n)]
    return s.once([s.call(a[0], row, {}, n) for row in rows], a[1])


def _truths(s: Any, f: Value, items: list[Value], what: str, n: Any) -> list[bool]:
    itself = isinstance(f, Lit) and f.value is None
    found = [s.truth(x if itself else s.call(f, [x], {}, n)) for x in items]
    if not all(isinstance(t, bool) for t in found):
        raise s.refuse(
            f"{what} with a condition that depends on data",
            "select with np.where or a boolean mask",
            n,
        )
    return found


def _filter(wanted: bool) -> Handler:
    def handle(s: Any, a: list[Value], k: Any, n: Any) -> Value:
        items = s.elements(a[1], n)
        truths = _truths(s, a[0], items, "filter", n)
        return s.once([x for x, t in zip(items, truths, strict=True) if t is wanted], a[1])

    return handle


def _while(taking: bool) -> Handler:
    def handle(s: Any, a: list[Value], k: Any, n: Any) -> Value:
        items = s.elements(a[1], n)
        count = 0
        while count < len(items) and _truths(s, a[0], [items[count]], "takewhile", n)[0]:
            count += 1
        return s.once(items[:count] if taking else items[count:], a[1])

    return handle


def _endless(name: str) -> Handler:
    def handle(s: Any, a: list[Value], k: Any, n: Any) -> Value:
        raise s.refuse(f"itertools.{name}, which has no end,", "use range or enumerate", n)

    return handle


# iterators


def _iter(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    if len(a) > 1:
        raise s.refuse("iter with a sentinel", "write a while loop", n)
    if isinstance(a[0], Once | Lazy):
        return a[0]
    return s.once(s.elements(a[0], n), a[0])


def _next(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    if not isinstance(a[0], Once):
        raise s.refuse(f"next of a {s.kind_of(a[0])}", "call iter on it first", n)
    found = s.advance(a[0], n)
    if found is not None:
        return found
    if len(a) > 1:
        return a[1]
    raise raises(StopIteration())


def _map(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    if len(a) == 2:
        return Lazy("map", (a[1], a[0]))
    return Lazy("map", (Lazy("zip", tuple(a[1:])), Bound(Lit(call_starred), (a[0],))))


def call_starred(function: Any, arguments: Any) -> Any:
    """function(*arguments)."""
    return function(*arguments)


def _call_starred(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    return s.call(a[0], s.elements(a[1], n), {}, n)


# functools


def _cached(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    """A cache around a function: what it computes stays the same."""
    if len(a) == 1 and isinstance(a[0], Closure | Bound):
        return a[0]
    if len(a) == 1 and isinstance(a[0], Lit) and callable(a[0].value):
        return a[0]
    return Lit(the_function)


def _wraps(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    """functools.wraps(f): a decorator that changes names only."""
    return Lit(the_function)


def the_function(function: Any) -> Any:
    """The function itself."""
    return function


def _prod(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    start = k.get("start", Lit(1))
    items = s.known_elements(a[0])
    if items is None:
        return s.folded(a[0], start, gast.Mult(), n)
    for x in items:
        one = isinstance(start, Lit) and type(start.value) is int and start.value == 1
        start = x if one else s.binary(gast.Mult(), start, x, n)
    return start


def _hypot(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    if len(a) == 2:
        return s.apply(RULES[math.hypot], a, k, n)
    lookup(math.dist)  # reads the chapter
    return s.apply(RULES[hypot], [Sequence(tuple, a)], k, n)


def _fsum(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    """math.fsum, whose terms may be made one by one."""
    items = a[0] if isinstance(a[0], Var | Sequence) else Sequence(list, s.elements(a[0], n))
    return s.apply(lookup(math.fsum), [items], k, n)


def _pow(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    a = [*a, *k.values()]
    if len(a) == 2:
        return s.binary(gast.Pow(), *a, n)
    with as_users(TypeError, ValueError):
        return Lit(pow(*(s.static(v, "an argument of pow", n) for v in a)))


def _fromkeys(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    value = a[1] if len(a) > 1 else Lit(None)
    pairs = [Sequence(tuple, [key, value]) for key in s.elements(a[0], n)]
    return s.call(Lit(dict), [Sequence(list, pairs)], {}, n)


LIBRARY_HANDLERS: dict[Any, Handler] = {
    **{cls: _made(cls) for cls in GETTERS},
    **{of: _selecting(of) for of in (
        itertools.combinations, itertools.permutations, itertools.islice, itertools.pairwise,
        itertools.combinations_with_replacement,
    )},
    itertools.chain: _chain, itertools.chain.from_iterable: _chain_from,
    itertools.product: _product, itertools.zip_longest: _zip_longest,
    itertools.repeat: _repeat, itertools.accumulate: _accumulate, itertools.starmap: _starmap,
    itertools.takewhile: _while(True), itertools.dropwhile: _while(False),
    itertools.filterfalse: _filter(False), filter: _filter(True),
    itertools.count: _endless("count"), itertools.cycle: _endless("cycle"),
    iter: _iter, next: _next, map: _map, call_starred: _call_starred,
    functools.lru_cache: _cached, functools.cache: _cached, functools.wraps: _wraps,
    the_function: lambda s, a, k, n: a[0],
    math.prod: _prod, math.hypot: _hypot, math.fsum: _fsum, pow: _pow, dict.fromkeys: _fromkeys,
}  # fmt: skip

"""Whether tangents and cotangents fit what they belong to, and arguments can be differentiated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from s2sad.errors import ArgumentError
from s2sad.frontend.request import Request
from s2sad.frontend.signature import children


def select(request: Request, values: Sequence[Any]) -> tuple[Any, ...]:
    """The values that one differentiates with respect to."""
    return tuple(_at(values, place) for place in request.wrt(values))


def _at(values: Sequence[Any], place: tuple[Any, ...]) -> Any:
    value = values[place[0]]
    return value[place[1]] if len(place) > 1 else value


def check_active(request: Request, values: Sequence[Any]) -> None:
    """Refuse to differentiate with respect to integers, strings and other data (ArgumentError)."""
    for place in request.wrt(values):
        value = _at(values, place)
        name = request.parameters.names[place[0]]
        spelled = name if len(place) == 1 else f"{name}[{place[1]!r}]"
        if value is None:
            _refuse(request, spelled, value)
        for leaf, at in _leaves(value, spelled):
            if leaf is not None and not _is_inexact(leaf):
                _refuse(request, at, leaf)


def _leaves(value: Any, name: str) -> Iterator[tuple[Any, str]]:
    inside = children(value)
    if inside is None:
        yield value, name
        return
    kind, keys, items = inside
    for i, item in enumerate(items):
        yield from _leaves(item, name + _step(kind, keys, i))


def _step(kind: str, keys: tuple[Any, ...], i: int) -> str:
    if kind in ("dataclass", "namedtuple"):
        return f".{keys[i]}"
    return f"[{keys[i]!r}]" if kind == "dict" else f"[{i}]"


def _is_inexact(leaf: Any) -> bool:
    if isinstance(leaf, np.ndarray | np.generic):
        return leaf.dtype.kind in "fc"
    return type(leaf) in (float, complex)


def _refuse(request: Request, spelled: str, leaf: Any) -> None:
    raise ArgumentError(
        f"cannot differentiate {request.name} with respect to {spelled}, which is {_spell(leaf)}",
        _advice(spelled, leaf),
    )


def _advice(spelled: str, leaf: Any) -> str:
    other = "or leave the argument out with argnums"
    if type(leaf) is int or isinstance(leaf, np.integer):
        return f"pass a float, such as {float(leaf)!r}, {other}"
    if isinstance(leaf, np.ndarray) and leaf.dtype.kind in "iub":
        return f"pass floating numbers, {spelled}.astype(float), {other}"
    return f"differentiate with respect to floating numbers and arrays of them only: {other[3:]}"


def _spell(leaf: Any) -> str:
    if isinstance(leaf, np.ndarray):
        return f"an array of dtype {leaf.dtype}"
    if leaf is None:
        return "None"
    name = type(leaf).__name__
    article = "an" if name[0].lower() in "aeiou" else "a"
    return f"{article} {name} ({leaf!r})" if isinstance(leaf, int | str) else f"{article} {name}"


# ---- tangents and cotangents -------------------------------------------------------------------


def match(like: Any, given: Any, what: str) -> Any:
    """`given` as the core expects it: structure, shapes and dtypes of `like`.

    Python numbers take the dtype of the number they belong to.  Where `like` is no floating number
    (an integer output, a string) anything is taken and passed on.
    Raises ArgumentError where structure, shape or dtype differ; `what` says of what.
    """
    inside = children(like)
    if inside is None:
        return _match_leaf(like, given, what)
    if type(given) is not type(like):
        raise _misfit(what, _spell_structure(like), _spell_structure(given))
    kind, keys, items = inside
    _, given_keys, given_items = children(given) or ("", (), ())
    if kind == "dict" and set(keys) == set(given_keys):
        given_items = tuple(given[k] for k in keys)
    elif given_keys != keys or len(given_items) != len(items):
        raise _misfit(what, _spell_structure(like), _spell_structure(given))
    parts = [
        match(item, given_items[i], what + _step(kind, keys, i)) for i, item in enumerate(items)
    ]
    return rebuild(like, keys, parts)


def rebuild(like: Any, keys: tuple[Any, ...], parts: list[Any]) -> Any:
    """A container like this one, with these items."""
    t = type(like)
    if t is tuple or t is list:
        return t(parts)
    if hasattr(t, "_fields"):
        return t(*parts)
    named = dict(zip(keys, parts, strict=True))
    return t(named) if issubclass(t, dict) else t(**named)


def _match_leaf(like: Any, given: Any, what: str) -> Any:
    if not _is_inexact(like):
        return given
    if type(like) is np.ndarray:
        return _match_array(like, given, what)
    number = type(given) in (float, int, complex) or isinstance(given, np.number)
    if isinstance(given, np.ndarray) and given.shape == () and given.dtype.kind in "fc":
        return given[()]
    if not number or (_is_complex(given) and not _is_complex(like)):
        raise _misfit(what, _spell(like), _spell_shape(given))
    return type(like)(given) if type(given) in (float, int, complex) else given


def _match_array(like: np.ndarray[Any, Any], given: Any, what: str) -> Any:
    if type(given) in (float, int) and like.shape == ():
        return np.asarray(given, like.dtype)
    if not isinstance(given, np.ndarray | np.generic) or isinstance(given, np.ma.MaskedArray):
        raise _misfit(what, _spell_shape(like), _spell_shape(given))
    if given.shape != like.shape or given.dtype != like.dtype:
        raise _misfit(what, _spell_shape(like), _spell_shape(given))
    return np.asarray(given)


def _is_complex(value: Any) -> bool:
    return isinstance(value, complex | np.complexfloating)


def _misfit(what: str, wanted: str, given: str) -> ArgumentError:
    return ArgumentError(
        f"{what} is {given}, where {wanted} is needed",
        "a tangent or cotangent has the structure, shape and dtype of the value it belongs to",
    )


def _spell_shape(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    return _spell_structure(value)


def _spell_structure(value: Any) -> str:
    inside = children(value)
    if inside is None:
        return _spell_shape(value) if isinstance(value, np.ndarray) else _spell(value)
    kind, keys, items = inside
    if kind == "dict":
        return f"a dict with keys {', '.join(map(repr, keys))}"
    name = type(value).__name__
    return f"a {name} of {len(items)}" if kind in ("tuple", "list") else f"a {name}"

"""The function every call of a derivative goes through, written for its parameters.

A derivative of a function of one float is called in a few hundred nanoseconds, so nothing is done
here that can be done once: the parameters are those of the user's function, bound by Python
itself, the keys of the values are looked up without packing what need not be packed, and the
guards of captured values are compared where they lie.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from s2sad.frontend.captures import Check
from s2sad.frontend.parameters import Parameters, define, unused
from s2sad.frontend.signature import Key, key

Entry: TypeAlias = tuple[Callable[..., Any], tuple[Check, ...]]
"""What to call with the values, and the checks that must hold for it."""

_BODY = """\
    {entry} = {get}(({keys}))
    if {entry} is not None:
        {call}, {checks} = {entry}
        for {read}, {name}, {value} in {checks}:
            if {read}({name}) is not {value}:
                break
        else:
            return {call}({values})
    return {miss}({values})
"""
_KNOWN = {"key": key, "type": type, "float": float, "ndarray": np.ndarray, "len": len}
_NAMES = ("entry", "call", "checks", "read", "name", "value", "get", "miss", "shape", *_KNOWN)


def dispatcher(
    parameters: Parameters, entries: Mapping[Key, Entry], miss: Callable[..., Any]
) -> Callable[..., Any]:
    """A function with these parameters that calls what `entries` hold for their values, or `miss`.

    A wrong call raises the TypeError that the user's function would raise.
    """
    if parameters.vector:
        return _general(parameters, entries, miss)
    names = {name: unused(name, parameters) for name in _NAMES}
    body = _BODY.format(
        **names,
        keys="".join(_key_of(p, names) + ", " for p in parameters.names),
        values=", ".join(parameters.names),
    )
    known = {"get": entries.get, "miss": miss, **_KNOWN}
    return define(parameters, body, {names[name]: value for name, value in known.items()})


_KEY = (
    "{float} if {type}({0}) is {float} else ({0}.dtype, {len}({shape}))"
    " if {type}({0}) is {ndarray} and 1 not in ({shape} := {0}.shape) else {key}({0})"
)


def _key_of(parameter: str, names: Mapping[str, str]) -> str:
    """The key of a parameter as an expression: mostly that of `key`, without a call of it."""
    return _KEY.format(parameter, **names)


def _general(
    parameters: Parameters, entries: Mapping[Key, Entry], miss: Callable[..., Any]
) -> Callable[..., Any]:
    plain = Parameters(parameters.names, len(parameters.names), qualname=parameters.qualname)
    inner = dispatcher(plain, entries, miss)

    def call(*args: Any, **kwargs: Any) -> Any:
        return inner(*parameters.bind(*args, **kwargs))

    return call

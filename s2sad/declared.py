"""A signature without a call: from given types, annotations, bound values and defaults."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import FunctionType
from typing import Any

import numpy as np

from s2sad.frontend.parameters import Parameters
from s2sad.frontend.request import Request
from s2sad.frontend.signature import abstract
from s2sad.ir.nodes import Param, Var
from s2sad.ir.types import BOOL, FLOAT, INT, UNKNOWN, Array, Number, Type

_SCALARS: dict[Any, Type] = {
    float: FLOAT,
    int: INT,
    bool: BOOL,
    complex: Number(np.dtype("c16"), weak=True),
}


def params(
    request: Request, bound: tuple[Any, ...], known: Mapping[str, Type]
) -> tuple[Param, ...]:
    """Each parameter as given in `known`, as annotated, as its bound value or default is.

    What is left is an array of unknown rank.
    """
    parameters = request.parameters
    values = {**_defaults(parameters), **dict(zip(parameters.names, bound, strict=False))}
    hints = _annotations(request.root)
    return tuple(_param(name, known, hints, values) for name in parameters.names)


def _param(
    name: str, known: Mapping[str, Type], hints: Mapping[str, Any], values: Mapping[str, Any]
) -> Param:
    if name in known:
        return Param(name, Var(name, known[name], name))
    if name in hints:
        return Param(name, Var(name, _type_of(hints[name]), name))
    if name in values:
        return abstract([name], [values[name]])[0]
    return Param(name, Var(name, UNKNOWN, name))


def _defaults(parameters: Parameters) -> dict[str, Any]:
    defaults = parameters.defaults or ()
    with_default = parameters.names[: parameters.positional][-len(defaults) :] if defaults else ()
    values = dict(zip(with_default, defaults, strict=True))
    values.update(parameters.kwdefaults or {})
    if parameters.varargs is not None:
        values[parameters.names[parameters.varargs]] = ()
    if parameters.varkw is not None:
        values[parameters.names[parameters.varkw]] = {}
    return values


def _annotations(function: Any) -> Mapping[str, Any]:
    """The annotations of a function; none where they do not evaluate."""
    if not isinstance(function, FunctionType):
        return {}
    try:
        return inspect.get_annotations(function, eval_str=True)
    except (NameError, AttributeError, SyntaxError, TypeError):
        return {}


def _type_of(hint: Any) -> Type:
    if isinstance(hint, type) and hint in _SCALARS:
        return _SCALARS[hint]
    if isinstance(hint, type) and issubclass(hint, np.generic):
        return Number(np.dtype(hint))
    if getattr(hint, "__origin__", None) is np.ndarray:  # NDArray[np.float64]
        scalar = getattr(hint.__args__[-1], "__args__", (None,))[0]
        if isinstance(scalar, type) and issubclass(scalar, np.generic):
            return Array(np.dtype(scalar), None)
    return UNKNOWN

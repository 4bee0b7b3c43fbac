"""np.unique: the distinct elements are gathered from where each one is first."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.frontend.infer import type_of
from s2sad.frontend.prims import template
from s2sad.frontend.values import Sequence, Value
from s2sad.ir.nodes import Lit
from s2sad.ir.types import OPAQUE, Array

PARAMETERS = ("ar", "return_index", "return_inverse", "return_counts", "axis")


def unique(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    """np.unique of what may carry a derivative, with any of its results."""
    named = dict(zip(PARAMETERS, a, strict=False)) | k
    x = s.current(s.array_operand(named.pop("ar"), n))
    options = {name: s.static(v, f"{name} of np.unique", n) for name, v in named.items()}
    axis = options.get("axis")
    wanted = [options.pop(name, False) for name in PARAMETERS[1:4]]
    t = type_of(x)
    dims, dtype = getattr(t, "dims", None), getattr(t, "dtype", None)
    size = s.b.fresh()
    places = Array(np.dtype(np.intp), (size,))
    if not any(wanted) and dtype is not None and dtype.kind not in "fc" and dims is not None:
        left = (*dims[: axis % len(dims)], size, *dims[axis % len(dims) + 1 :]) if axis else (size,)
        return _data(s, f"np.unique({{0}}{_text(options)})", x, Array(dtype, left))
    asked = {"return_index": True}
    asked |= {name: True for name, w in zip(PARAMETERS[2:4], wanted[1:], strict=True) if w}
    whole = _data(s, f"np.unique({{0}}{_text(asked | options)})", x, OPAQUE)
    types = {"return_index": places, "return_counts": places}
    types["return_inverse"] = Array(np.dtype(np.intp), dims if axis is None else (s.b.fresh(),))
    found = {p: _data(s, f"{{0}}[{i}]", whole, types[p]) for i, p in enumerate(asked, start=1)}
    index = found["return_index"]
    if axis is None:
        values = s.subscript(s.call(Lit(np.ravel), [x], {}, n), index, n)
    else:
        values = s.call(Lit(np.take), [x, index], {"axis": Lit(axis)}, n)
    rest = [found[p] for p, w in zip(PARAMETERS[1:4], wanted, strict=True) if w]
    return Sequence(tuple, [values, *rest]) if rest else values


def _text(options: dict[str, Any]) -> str:
    return "".join(f", {name}={value!r}" for name, value in options.items())


def _data(s: Any, text: str, x: Any, t: Any) -> Any:
    return s.b.let(template(text, 1, t, pure=True), (x,))

"""The docstring of a derivative."""

from __future__ import annotations

import os
from typing import Any

from s2sad.frontend.request import Request
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Param, Var
from s2sad.ir.tree import Struct

_TITLES = {
    "grad": "Gradient of {0} with respect to {1}.",
    "value_and_grad": "Value and gradient of {0} with respect to {1}.",
    "jvp": "Value of {0} and its tangent for tangents of {1}.",
    "vjp": "Value of {0} and what its pullback to {1} needs.",
    "jacrev": "Jacobian of {0} with respect to {1}, row by row.",
    "jacfwd": "Jacobian of {0} with respect to {1}, column by column.",
    "hessian": "Hessian of {0} with respect to {1}.",
    "hvp": "Hessian of {0} with respect to {1}, times a vector.",
}


def docstring(walk: Walk, request: Request, params: tuple[Param, ...], places: Any) -> str:
    """What the function is, of which lines, and the types it was written for."""
    own = request.parameters
    wrt = ", ".join(
        own.names[p[0]] if len(p) == 1 else f"{own.names[p[0]]}[{p[1]!r}]" for p in places
    )
    root = request.root
    code = getattr(root, "__code__", None)
    name = request.name
    if code is not None:
        name += f" ({os.path.basename(code.co_filename)}:{code.co_firstlineno})"
    if isinstance(request.fun, Request):
        name = f"the {request.fun.kind} of {name}"
    types = ", ".join(f"{p.name}: {_spelled(walk, p.tree)}" for p in params)
    first = _TITLES[request.kind].format(name, wrt)
    return f"{first} Written by s2sad.\n\n{types}."


def _spelled(walk: Walk, tree: Any) -> str:
    if isinstance(tree, Struct):
        items = [_spelled(walk, i) for i in tree.items]
        if tree.kind == "dict":
            return "{" + ", ".join(f"{k}: {i}" for k, i in zip(tree.keys, items, strict=True)) + "}"
        if tree.kind in ("namedtuple", "dataclass") and tree.cls is not None:
            return f"{tree.cls.__name__}({', '.join(items)})"
        return f"[{', '.join(items)}]" if tree.kind == "list" else f"({', '.join(items)})"
    if isinstance(tree, Var):
        return str(walk.b.canonical(tree.type))
    value = tree.value if isinstance(tree, Lit) else tree
    return getattr(value, "__name__", None) or repr(value)

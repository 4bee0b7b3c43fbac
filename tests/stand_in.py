"""A compiler core that differentiates numerically, to test what is around the core by itself.

It generates real source text, depends on the globals and cells the function names, asks for the
value of an integer called `static`, and counts its compilations.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from s2sad.backend.load import Compiled, load
from s2sad.errors import OutputError
from s2sad.frontend.captures import Capture
from s2sad.frontend.request import Request
from s2sad.frontend.signature import Demand, children
from s2sad.ir.nodes import Param, Var
from s2sad.ir.tree import leaves
from s2sad.matching import rebuild

compilations: list[str] = []


def install(patch: pytest.MonkeyPatch | None = None) -> None:
    """Let `s2sad` compile with this module."""
    module = types.ModuleType("s2sad.pipeline")
    module.compile_derivative = compile_derivative  # type: ignore[attr-defined]
    if patch is None:
        sys.modules["s2sad.pipeline"] = module
        import s2sad

        s2sad.pipeline = module  # type: ignore[attr-defined]
        return
    patch.setitem(sys.modules, "s2sad.pipeline", module)
    patch.setattr("s2sad.pipeline", module, raising=False)
    compilations.clear()


def compile_derivative(request: Request, params: tuple[Param, ...]) -> Compiled:
    """A module whose function hands everything over to `derive`."""
    wanted = {v.name for p in params for v in leaves(p.tree) if isinstance(v, Var)}
    if asked := {name for name in wanted if name.endswith("static")}:
        raise Demand(asked)
    name = f"{request.name.strip('<>')}_{request.kind}"
    compilations.append(name)
    names = ", ".join(request.parameters.names)
    extra = ", tangents" if request.kind in ("jvp", "hvp") else ""
    source = (
        f"def {name}({names}{extra}):\n"
        f"    # {len(params)} parameters\n"
        f"    return derive(request, ({names},){extra})\n"
    )
    if request.kind == "vjp":
        source += "\n\ndef pullback(kept, cotangent):\n    return pull(kept, cotangent)\n"
    bindings = (("derive", derive), ("request", request), ("pull", pull))
    space = load(source, bindings, name)
    more = {"pullback": space["pullback"]} if request.kind == "vjp" else {}
    return Compiled(space[name], source, captures_of(request.root), more, bindings)


def captures_of(function: Any) -> tuple[Capture, ...]:
    """The globals and cells a function names."""
    if not isinstance(function, types.FunctionType):
        return ()
    code, space = function.__code__, function.__globals__
    found = [Capture((("global", n),), space[n]) for n in code.co_names if n in space]
    cells = zip(code.co_freevars, function.__closure__ or (), strict=True)
    return (*found, *(Capture((("cell", n),), c.cell_contents) for n, c in cells))


# ---- numeric differentiation -------------------------------------------------------------------


def primal(request: Request, values: Sequence[Any]) -> Any:
    """The function that the request derives, of one value per parameter."""
    fun, p = request.fun, request.parameters
    if isinstance(fun, Request):
        return derive(fun, values[:-1], values[-1:]) if p.vector else derive(fun, values)
    named = dict(zip(p.names, values, strict=True))
    args = [named.pop(n) for n in p.names[: p.positional]]
    if p.varargs is not None:
        args += named.pop(p.names[p.varargs])
    more = named.pop(p.names[p.varkw]) if p.varkw is not None else {}
    return fun(*args, **named, **more)


def flat(tree: Any) -> np.ndarray:
    """All numbers of a tree as a vector."""
    inside = children(tree)
    if inside is None:
        return np.ravel(np.asarray(tree, float))
    return np.concatenate([np.zeros(0), *map(flat, inside[2])])


def shaped(like: Any, vector: np.ndarray) -> Any:
    """The vector in the structure of `like`."""
    inside = children(like)
    if inside is None:
        part = vector.reshape(np.shape(like))
        return part.astype(like.dtype) if isinstance(like, np.ndarray) else type(like)(part)
    parts, i = [], 0
    for item in inside[2]:
        n = flat(item).size
        parts.append(shaped(item, vector[i : i + n]))
        i += n
    return rebuild(like, inside[1], parts)


def put(values: Sequence[Any], wrt: Any, chosen: Sequence[Any]) -> list[Any]:
    """`values` with the chosen ones at the places of `wrt`."""
    out = list(values)
    for place, new in zip(wrt, chosen, strict=True):
        if len(place) == 1:
            out[place[0]] = new
        elif isinstance(place[1], str):
            out[place[0]] = {**out[place[0]], place[1]: new}
        else:
            items = list(out[place[0]])
            items[place[1]] = new
            out[place[0]] = tuple(items)
    return out


def derive(request: Request, values: Sequence[Any], tangents: Any = None) -> Any:
    """What the generated function of this request returns."""
    wrt = request.wrt(values)
    chosen = tuple(values[p[0]] if len(p) == 1 else values[p[0]][p[1]] for p in wrt)
    point = flat(chosen)

    def call(v: np.ndarray) -> Any:
        return primal(request, put(values, wrt, shaped(chosen, v)))

    def f(v: np.ndarray) -> np.ndarray:
        return flat(call(v)[0] if request.has_aux else call(v))

    def one(parts: Any) -> Any:
        return parts if isinstance(request.argnums, tuple) else parts[0]

    full = call(point)
    out, aux = full if request.has_aux else (full, None)
    jacobian = numeric_jacobian(f, point)
    if request.kind == "jvp":
        return out, shaped(out, jacobian @ flat(tangents))
    if request.kind == "vjp":
        return (out, (chosen, jacobian), aux) if request.has_aux else (out, (chosen, jacobian))
    if request.kind in ("jacfwd", "jacrev"):
        return one([jacobian.reshape(np.shape(out) + np.shape(c)) for c in chosen])
    if np.shape(out) != ():
        raise OutputError(f"{request.name} returns an array", "sum it")
    if request.kind in ("hessian", "hvp"):
        second = numeric_jacobian(lambda v: numeric_jacobian(f, v, 1e-4)[0], point, 1e-4)
        if request.kind == "hessian":
            return one([second.reshape(np.shape(c) * 2) for c in chosen])
        return one(shaped(chosen, second @ flat(tangents)))
    gradient = one(shaped(chosen, jacobian[0]))
    if request.kind == "grad":
        return (gradient, aux) if request.has_aux else gradient
    return ((out, aux) if request.has_aux else out), gradient


def pull(kept: Any, cotangent: Any) -> Any:
    """The cotangents of the primals."""
    chosen, jacobian = kept
    return shaped(chosen, flat(cotangent) @ jacobian)


def numeric_jacobian(f: Any, x: np.ndarray, h: float = 1e-6) -> np.ndarray:
    """Central differences, (outputs, inputs)."""
    columns = [(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(x.size)]
    return np.stack(columns, axis=-1)

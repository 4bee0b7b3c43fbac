"""The straight line: a function and a call signature in, a compiled derivative out.

    read, normalize, lower with types   frontend    (the interpreter walks the user's code)
    tangent or adjoint                  transform   (as part of the walk: operators nest)
    drop what nobody reads              optimize
    print, load                         backend

`HOOKS` see the program after each stage; with S2SAD_VERIFY=1 in the environment the IR is verified
there as well.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from s2sad.backend.emit import emit
from s2sad.backend.load import Compiled, Written, load
from s2sad.errors import S2SADError, Unsupported
from s2sad.frontend.build import Builder
from s2sad.frontend.infer import type_of
from s2sad.frontend.interpret import Interpreter
from s2sad.frontend.memory import Learned, Restart, StaleRead
from s2sad.frontend.prims import template
from s2sad.frontend.raising import Raises, raises_always
from s2sad.frontend.request import Request
from s2sad.frontend.trees import tree_of, value_of
from s2sad.frontend.values import (
    NeedsUnrolling,
    Sequence,
    Transformed,
    Unbound,
    Value,
    atoms,
    rebuilt,
)
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Block, Function, Let, Lit, Operand, Param, Program, Statement, Var
from s2sad.ir.prune import prune
from s2sad.ir.tree import Struct, leaves, map_tree
from s2sad.ir.types import TAPE, Array, Number, Tape, Type
from s2sad.ir.verify import verify
from s2sad.ir.walk import free_vars
from s2sad.optimize.passes import optimize
from s2sad.optimize.sizes import check_sizes
from s2sad.transform.adjoint import Adjoint
from s2sad.transform.derive import Asked
from s2sad.transform.endings import (
    checks,
    kept_apart,
    name_sizes_alike,
    read_from_copies,
    shown_apart,
    write_back,
)
from s2sad.transform.jacobians import Jacobians
from s2sad.transform.titles import docstring

HOOKS: list[Callable[[str, Program], None]] = []
"""Called with the name of a stage and the program after it."""

MOST_RESTARTS = 20


def compile_derivative(request: Request, params: tuple[Param, ...]) -> Compiled:
    """The derivative that `request` asks for, for parameters of these types."""
    program, captures, extra = derive(request, params)
    made = written(request, program)
    space = load(made.source, program.bindings, program.entry.name)
    call, more = space[program.entry.name], {k: space[name] for k, name in extra.items()}
    return Compiled(call, made.source, captures, more, program.bindings, made.backend, made.stays)


def written(request: Request, program: Program) -> Written:
    """The text of the module: of compiled loops where they are asked for and can be had."""
    if request.backend == "numba":
        from s2sad.loops.reasons import by_loops

        return by_loops(program)
    return Written(emit(program))


def derive(
    request: Request, params: tuple[Param, ...], watch: Callable[[Walk], None] | None = None
) -> tuple[Program, Any, dict[str, str]]:
    """The program of the derivative, what it captured, and the names of its further functions.

    `watch` sees every interpreter before its walk.
    """
    learned = Learned()
    for _ in range(MOST_RESTARTS):
        walk = interpreter(learned)
        if watch is not None:
            watch(walk)
        try:
            program, extra = _lowered(walk, request, params)
            program = _staged("derived", program)
            program = _staged("optimized", check_sizes(walk, optimize(program)))
            break
        except Restart:
            continue
        except StaleRead:
            if not learned.follow_choices():
                raise
    else:
        raise Unsupported(f"{request.name}: what it does to its arrays", "write to copies", None)
    return program, tuple(walk.captures.values()), extra


def _staged(stage: str, program: Program) -> Program:
    if os.environ.get("S2SAD_VERIFY"):
        verify(program)
    for hook in HOOKS:
        hook(stage, program)
    return program


def interpreter(learned: Learned) -> Walk:
    """An interpreter that knows how to derive, and what was learned so far."""
    walk: Walk = Interpreter(Builder())
    walk.learned, walk.recursive = learned, learned.recursive
    walk.b.writes, walk.b.supposes = learned.writes, learned.supposes
    walk.derive = Jacobians(walk)
    walk.asked_for = Asked
    return walk


def _lowered(
    walk: Walk, request: Request, params: tuple[Param, ...]
) -> tuple[Program, dict[str, str]]:
    own, values = params, _entered(walk, params)
    extra: dict[str, str] = {}
    try:
        if request.kind == "vjp":
            return _vjp(walk, request, params, values)
        if request.kind in ("jvp", "hvp"):
            wrt = _places(request, params)
            vectors = [Param(f"dot_{i}", _like(walk, _at(params, p))) for i, p in enumerate(wrt)]
            tangents = Param("tangents", Struct("tuple", tuple(v.tree for v in vectors)))
            dots = [value_of(walk, v, handed=False) for v in vectors]
            params = (*params, tangents)
            result = _applied(walk, request, own, values, dots)
        else:
            result = _applied(walk, request, params, values, [])
    except NeedsUnrolling as e:
        raise Unsupported(
            str(e), "loop over a range or a container of known length", e.at
        ) from None
    except Raises as e:
        raise e.exception() from None
    except Unbound:
        return _raising(interpreter(walk.learned), request, own, params), extra
    if request.kind in ("value_and_grad", "jvp"):
        write_back(walk)
    body = [*checks(walk), *walk.b.regions[0]]
    entry = _function(walk, request, params, body, result)
    return _program(walk, entry), extra


def _entered(walk: Walk, params: tuple[Param, ...]) -> dict[Any, Value]:
    """The parameters made known to an interpreter, and their values."""
    for p in params:
        for leaf in leaves(p.tree):
            if isinstance(leaf, Var):
                walk.parameters[leaf] = leaf.name
                if isinstance(leaf.type, Array) and leaf.type.dims is None:
                    leaf.type = Array(leaf.type.dtype, None, leaf.name)
                if isinstance(p.tree, Struct):
                    walk.unnamed[leaf] = None
    return {i: value_of(walk, p) for i, p in enumerate(params)}


def _raising(
    walk: Walk, request: Request, own: tuple[Param, ...], params: tuple[Param, ...]
) -> Program:
    """The program of a function that raises on every path: what it does until then."""
    a = asked(walk, request, own, _entered(walk, own))
    with contextlib.suppress(Unbound):
        a.call(a.values)
    if not raises_always(walk.b.regions[0]):
        raise S2SADError(f"{request.name} never returns", "return a value on some path")
    return _program(walk, _function(walk, request, params, walk.b.regions[0], Lit(None)))


def _program(walk: Walk, entry: Function, more: tuple[Function, ...] = ()) -> Program:
    functions = (*walk.functions.values(), *more)
    name_sizes_alike(walk, (entry, *functions))
    return Program(entry, functions, _named(walk.bindings, (entry, *functions)))


def _named(
    bindings: dict[str, object], functions: tuple[Function, ...]
) -> tuple[tuple[str, object], ...]:
    """The objects that the code refers to, under names that no function or parameter has."""
    taken = {f.name for f in functions} | {p.name for f in functions for p in f.params}
    found: dict[str, object] = {}
    for wish, value in bindings.items():
        name, n = wish, 1
        while name in taken or name in found or (n > 1 and name in bindings):
            name, n = f"{wish}_{n}", n + 1
        found[name] = value
    return tuple(found.items())


def _applied(
    walk: Walk,
    request: Request,
    params: tuple[Param, ...],
    values: dict[Any, Value],
    vectors: list[Value],
) -> Value:
    a = asked(walk, request, params, values)
    if request.kind == "jvp":
        return walk.derive.jvp(a, vectors)
    if request.kind == "hvp":
        return walk.derive.hvp(a, vectors)
    return walk.derived(Transformed(request.kind, None), a)


def asked(
    walk: Walk, request: Request, params: tuple[Param, ...], values: dict[Any, Value]
) -> Asked:
    """The application that a request stands for: its arguments taken apart, one key each."""
    own = request.parameters
    flat: dict[Any, Value] = {}
    for i, v in values.items():
        if i == own.varargs:
            flat.update({(i, j): x for j, x in enumerate(v.items)})
        elif i == own.varkw:
            flat.update({(i, k): x for k, x in v.items.items()})
        else:
            flat[(i,)] = v
    function = walk.of_request(request.fun)

    def call(values: dict[Any, Value]) -> Value:
        args, kwargs = [], {}
        for key, v in values.items():
            if key[0] == own.varkw:
                kwargs[key[1]] = v
            elif key[0] == own.varargs or key[0] < own.positional or own.vector:
                args.append(v)
            else:
                kwargs[own.names[key[0]]] = v
        return walk.call(function, args, kwargs, None)

    places = list(_places(request, params))
    many = isinstance(request.argnums, tuple)
    return Asked(flat, places, call, many, request.has_aux, request.holomorphic)


def _places(request: Request, params: tuple[Param, ...]) -> Any:
    shapes = [_outline(p.tree) for p in params]
    return request.wrt(shapes)


def _outline(tree: Any) -> Any:
    """A stand-in for a value, of which only length and keys are read."""
    if isinstance(tree, Struct):
        return dict.fromkeys(tree.keys) if tree.kind == "dict" else tree.items
    return tree


def _at(params: tuple[Param, ...], place: tuple[Any, ...]) -> Any:
    tree = params[place[0]].tree
    if len(place) == 1:
        return tree
    if tree.kind == "dict":
        return tree.items[tree.keys.index(place[1])]
    return tree.items[place[1]]


def _like(walk: Walk, tree: Any) -> Any:
    """Fresh names of the same types: tangents or cotangents of a value."""

    def leaf(x: Any) -> Any:
        if not isinstance(x, Var):
            return x
        found = walk.b.var(x.type, f"dot_{x.hint}" if x.hint else "", "dot")
        walk.given.add(found)
        return found

    return map_tree(leaf, tree)


def _function(
    walk: Walk, request: Request, params: tuple[Param, ...], body: list[Statement],
    result: Value, suffix: str = "",
) -> Function:  # fmt: skip
    tree, yields = tree_of(result)
    _name_classes(walk, tree)
    name = f"{_identifier(request.name)}_{suffix or _SUFFIX.get(request.kind, request.kind)}"
    return Function(
        name,
        params,
        Block(tuple(body), tuple(yields)),
        tree,
        docstring(walk, request, params, _places(request, params)),
    )


def _name_classes(walk: Walk, tree: Any) -> None:
    """The code refers to the classes of a result by name."""
    if isinstance(tree, Struct):
        if tree.cls is not None and tree.cls not in (tuple, list, dict):
            walk.name_object(tree.cls)
        for item in tree.items:
            _name_classes(walk, item)


_SUFFIX = {"jacrev": "jacobian", "jacfwd": "jacobian", "value_and_grad": "value_and_grad"}


def _identifier(name: str) -> str:
    return name if name.isidentifier() else "function"


def _vjp(
    walk: Walk, request: Request, params: tuple[Param, ...], values: dict[Any, Value]
) -> tuple[Program, dict[str, str]]:
    """Two functions: the value with what backward needs, and the pullback."""
    a = asked(walk, request, params, values)
    d = walk.derive
    wrt, body, result = d.primal(a, True)
    value, aux = d._split(a, result)
    names = [v for w in wrt for v in w.names]
    outputs = list(atoms(value))
    cotangents = [walk.b.var(_kind(y), "beta", "beta") for y in outputs]
    walk.given.update(cotangents)
    run = Adjoint(walk)
    forward, backward, cots = run.run(body, outputs, list(cotangents), names)
    with walk.b.region() as ending:
        found = d.finished(names, cots, backward)
    back = prune(Block((*backward, *ending), tuple(found)))
    bound = set(cotangents)
    kept = [v for v in free_vars(back) if v not in bound]
    for s in forward:
        walk.b.add(s)
    safe = kept_apart(walk, kept, forward, (*outputs, *names))
    shown = shown_apart(walk, outputs, forward)
    left = d.left_in(wrt)
    outs = d._placed(
        0, wrt, [*shown, *safe, *(atoms(aux) if aux is not None else ()), *left.operands()]
    )
    d.leave(left, outs)
    out = rebuilt(value, iter(outs))
    recorded = outs[len(outputs) : len(outputs) + len(kept)]
    if any(isinstance(v.type, Tape) for v in kept):
        recorded = read_from_copies(walk, recorded)
    write_back(walk)
    items = [out, Sequence(tuple, recorded)]
    if aux is not None:
        items.append(rebuilt(aux, iter(outs[len(outputs) + len(kept) :])))
    made = [*checks(walk), *walk.b.regions[0]]
    entry = _function(walk, request, params, made, Sequence(tuple, items), "vjp")
    pull = _pullback(walk, request, a, wrt, kept, cotangents, value, back)
    return _program(walk, entry, (pull,)), {"pullback": pull.name}


def _kind(y: Operand) -> Type:
    """The type of the cotangent of an output."""
    t = type_of(y)
    return replace(t, size=None) if isinstance(t, Number) else t


def _pullback(
    walk: Walk, request: Request, a: Asked, wrt: Any, kept: list[Var],
    cotangents: list[Var], value: Value, back: Block,
) -> Function:  # fmt: skip
    """The backward part as a function of what was kept and of the cotangent of the output."""
    tree, _ = tree_of(value)
    given = iter(cotangents)
    shape = map_tree(lambda _: next(given), tree)
    copies: list[Statement] = []
    params: list[Any] = []
    for v in kept:
        if isinstance(v.type, Tape):
            # A tape is emptied by reading it, and the pullback may be called again.
            given_tape = walk.b.var(v.type, v.hint, "tape")
            copies.append(Let(v, template("{0}.copy()", 1, TAPE), (given_tape,)))
            params.append(given_tape)
        else:
            params.append(v)
    structured = walk.derive._structured(
        Asked({}, a.places, a.call, True, False), wrt, iter(back.yields)
    )
    result, yields = tree_of(structured)
    _name_classes(walk, result)
    body = Block((*copies, *back.body), tuple(yields))
    heads = (Param("kept", Struct("tuple", tuple(params))), Param("cotangent", shape))
    doc = f"Cotangents of the arguments of {request.name} for a cotangent of its result."
    return Function(f"{_identifier(request.name)}_pullback", heads, body, result, doc)

"""A function with a derivative of its own: its rule, the user's code, where the call stands.

The functions of a rule are walked like any other code, so that what they compute is derived again
in a second derivative.
"""

from __future__ import annotations

from typing import Any

from s2sad.errors import Location, NoRule, OutputError, Unsupported
from s2sad.frontend.custom import Use, isolated, redefine
from s2sad.frontend.infer import type_of
from s2sad.frontend.prims import Template as Text
from s2sad.frontend.values import Sequence, Value, atoms, is_atom, rebuilt, same_structure
from s2sad.ir.nodes import Block, Call, Let, Lit, Operand, Statement, Var
from s2sad.ir.types import Array, Number, is_inexact
from s2sad.ir.walk import free_vars, substitute_block, targets
from s2sad.rules.notation import Primitive, Template
from s2sad.transform.linear import depends, kept, shape_test
from s2sad.transform.rename import called

SAME = Primitive(
    Text("{0}"),  # type: ignore[arg-type]
    "the identity",
    kind="elementwise",
    params=("x",),
    wrt=("x",),
    linear=("x",),
    partials=Template(lambda d: d),
    view=True,
)
"""A result under the name that the statement gives it."""
SAME.result_of = lambda t: t
SAME.same = True


def function_of(walk: Any, use: Use, role: Any, at: Location | None) -> Value:
    """A function of the rule, which the compiled code depends on from now on."""
    f = use.custom
    assert f is not None
    found = f.rules.get(role)
    if found is None and role != "jvps":
        define = "defvjp(fwd, bwd)" if f.kind == "vjp" else "defjvp(jvp)"
        raise NoRule(name_of(use), f"state it with {name_of(use)}.{define}", at)
    return walk.known(found, (*walk.paths[id(f)], ("attr", "rules"), ("item", role)))


def name_of(use: Use) -> str:
    """The name of the user's function, for messages."""
    return str(getattr(use.custom, "__name__", "the function"))


def split(use: Use, args: list[Value]) -> tuple[list[Value], list[Value]]:
    """The arguments without derivatives, and the others."""
    nondiff = use.custom.nondiff if use.custom is not None else ()
    apart = [args[i] for i in nondiff if i < len(args)]
    return apart, [v for i, v in enumerate(args) if i not in nondiff]


def refuse_dropped(active: set[Var], use: Use, s: Call) -> None:
    """A derivative with respect to what the rule has no derivative for must not be lost."""
    assert use.apart is not None
    outside = s.args[len(s.args) - len(use.apart.outside) :] if use.apart.outside else ()
    if any(isinstance(v, Var) and v in active for v in outside):
        raise Unsupported(
            f"a function handed to {name_of(use)} that reads values one differentiates with respect"
            " to",
            f"pass them to {name_of(use)} as arguments",
            s.at,
        )
    apart, _ = split(use, use.arguments(s.args))
    if any(a in active for v in apart for a in atoms(v) if isinstance(a, Var)):
        raise Unsupported(
            f"a derivative with respect to an argument of {name_of(use)} named in nondiff_argnums",
            "leave it out of nondiff_argnums, or apply s2sad.stop_gradient to it",
            s.at,
        )


def ruled(e: Any, use: Use, s: Call, args: list[Value], dots: list[Value]) -> tuple[Value, Value]:
    """The value of a custom_jvp function and its tangent, by its rule, in the current region."""
    apart, primals = split(use, args)
    _, tangents = split(use, dots)
    assert use.custom is not None
    if use.custom.kind == "jvps":
        return _summed(e, use, s, primals, tangents)
    rule = function_of(e.walk, use, "jvp", s.at)
    given = [*apart, Sequence(tuple, primals), Sequence(tuple, tangents)]
    found = e.walk.call(rule, given, {}, None)
    if not isinstance(found, Sequence) or len(found.items) != 2:
        raise OutputError(
            f"the jvp rule of {name_of(use)} returns no pair", "return (out, tangent of out)", s.at
        )
    out, dot = found.items
    _same_as_result(use, s, out, "the jvp rule")
    return out, dot


def _summed(
    e: Any, use: Use, s: Call, primals: list[Value], tangents: list[Value]
) -> tuple[Value, Value]:
    """The sum of what each argument contributes, where the rule states one function for each."""
    e.b.add(s)
    out = use.result(s.targets)
    total: Value = None
    for i, t in enumerate(tangents):
        if use.custom is None or use.custom.rules.get(i) is None:
            continue
        term = e.walk.call(function_of(e.walk, use, i, s.at), [t, out, *primals], {}, None)
        if total is None:
            total = term
        else:
            both = zip(atoms(total), atoms(term), strict=True)
            total = rebuilt(total, iter([e.add(x, y) for x, y in both]))
    if total is None:
        zeros = [e.zeros(y) if isinstance(y, Var) else Lit(0.0) for y in atoms(out)]
        total = rebuilt(out, iter(zeros))
    return out, total


def tangents_of(e: Any, use: Use, s: Call, dot: Value, out: Value) -> list[Operand]:
    """The tangents of the names that a call binds, each of the size of its value."""
    if not same_structure(dot, out):
        raise OutputError(
            f"the jvp rule of {name_of(use)} returns a tangent of another structure than the value",
            "return (out, tangent of out), both of the same structure",
            s.at,
        )
    assert use.apart is not None
    who = f"the jvp rule of {name_of(use)}"
    three = zip(atoms(use.apart.result), atoms(out), atoms(dot), strict=True)
    return [
        _fitting(e, use, s, d, y, who) if is_inexact(type_of(y)) else Lit(0.0)
        for x, y, d in three
        if isinstance(x, Var)
    ]


def forward_part(e: Any, use: Use, s: Call, args: list[Value]) -> tuple[list[Statement], Value]:
    """The statements of fwd, which bind what the call binds, and the residuals."""
    fwd = function_of(e.walk, use, "fwd", s.at)
    with isolated(e.walk) as body:
        found = e.walk.call(fwd, args, {}, None)
    if not isinstance(found, Sequence) or len(found.items) != 2:
        raise OutputError(f"fwd of {name_of(use)} returns no pair", "return (out, residuals)", s.at)
    out, residuals = found.items
    _same_as_result(use, s, out, "fwd")
    body, leaves = bound(e.b, body, use, s, out, list(atoms(residuals)))
    return body, rebuilt(residuals, iter(leaves))


def cotangents_of(
    e: Any, use: Use, s: Call, given: list[Value], primals: list[Value], bwd: Value
) -> list[tuple[Var, Operand]]:
    """The active arguments with the cotangents that bwd returns for them."""
    walk = e.walk
    region, walk.region = walk.region, object()
    try:
        with e.b.supposing():
            found = walk.call(bwd, given, {}, None)
    finally:
        walk.region = region
    items = found.items if isinstance(found, Sequence) and found.cls in (tuple, list) else None
    if items is None or len(items) != len(primals):
        raise OutputError(
            f"bwd of {name_of(use)} returns {walk.kind_of(found) if items is None else len(items)}"
            f" for {len(primals)} arguments",
            "return a tuple with one cotangent for each argument, None where there is none",
            s.at,
        )
    pairs: list[tuple[Var, Operand]] = []
    for i, (v, g) in enumerate(zip(primals, items, strict=True)):
        pairs += _cotangent_of(e, use, s, v, g, i)
    return pairs


def _cotangent_of(
    e: Any, use: Use, s: Call, v: Value, g: Value, i: int
) -> list[tuple[Var, Operand]]:
    if isinstance(g, Lit) and g.value is None:
        return []
    if not same_structure(v, g) and not (is_atom(v) and isinstance(g, Lit)):
        raise OutputError(
            f"bwd of {name_of(use)} returns another structure for argument {i} than it has",
            "return a cotangent of the same structure",
            s.at,
        )
    pairs = []
    for x, y in zip(atoms(v), atoms(g), strict=True):
        none = isinstance(y, Lit) and y.value is None
        if isinstance(x, Var) and is_inexact(x.type) and not none:
            pairs.append((x, _fitting(e, use, s, y, x, f"bwd of {name_of(use)}")))
    return pairs


def _same_as_result(use: Use, s: Call, out: Value, what: str) -> None:
    assert use.apart is not None
    wanted = use.apart.result
    if not same_structure(wanted, out):
        raise OutputError(
            f"{what} of {name_of(use)} returns another structure than {name_of(use)} itself",
            "return the same containers; a function without source that returns several values"
            " is best called in a Python function that returns them as a tuple",
            s.at,
        )
    for x, y in zip(atoms(wanted), atoms(out), strict=True):
        if isinstance(x, Var) and not _agree(type_of(y), type_of(x)):
            raise OutputError(
                f"{what} of {name_of(use)} returns {type_of(y)} where {name_of(use)} returns"
                f" {type_of(x)}",
                "return the same value as the function itself",
                s.at,
            )


def _agree(a: Any, b: Any) -> bool:
    """Whether two types may be those of one value."""
    if not isinstance(a, Array | Number) or not isinstance(b, Array | Number):
        return True
    if a.dtype is not None and b.dtype is not None and (a.dtype.kind != b.dtype.kind):
        return False
    return a.dims is None or b.dims is None or len(a.dims) == len(b.dims)


def _fitting(e: Any, use: Use, s: Call, g: Operand, x: Operand, who: str) -> Operand:
    """What a rule returns for `x`, which has the sizes of `x`; tested where that is not sure."""
    wanted, have = e.b.canonical(type_of(x)), e.b.canonical(type_of(g))
    if not isinstance(x, Var) or (isinstance(wanted, Number) and have.dims == ()):
        return g
    dims, got = getattr(wanted, "dims", None), getattr(have, "dims", None)
    if dims is not None and got is not None and len(dims) != len(got):
        raise OutputError(
            f"{who} returns {have} for a value of type {wanted}",
            "return an array of the same shape (np.full_like, np.broadcast_to, np.sum)",
            s.at,
        )
    if dims is None or got is None or dims != got:
        e.b.let(shape_test(who), (g, x))
        if isinstance(g, Var) and isinstance(g.type, Array) and isinstance(x.type, Array):
            g.type = Array(g.type.dtype, x.type.dims, x.type.alike)
    return g


def bound(
    b: Any, body: list[Statement], use: Use, s: Call, out: Value, more: list[Operand]
) -> tuple[list[Statement], list[Any]]:
    """The statements of a rule, binding the names that the call binds; `more` in their terms."""
    assert use.apart is not None
    made = {t for x in body for t in targets(x)}
    names: dict[Var, Var] = {}
    ending: list[Statement] = []
    pairs = zip(atoms(use.apart.result), atoms(out), strict=True)
    values = [y for x, y in pairs if isinstance(x, Var)]
    for target, value in zip(s.targets, values, strict=True):
        if value is target:
            continue
        if isinstance(value, Var) and value in made and value not in names:
            names[value] = target
            target.hint = target.hint or value.hint
        else:
            ending.append(Let(target, SAME, (value,), s.at))
    block = called(Block((*body, *ending), tuple(more)), names)
    redefine(b, block.body)
    return list(block.body), list(block.yields)


def without_tangents(
    e: Any, use: Use, s: Call, forward: list[Statement], back: list[Statement], start: int,
    actual: dict[Var, Var], cots: tuple[Operand, ...],
) -> list[Statement]:  # fmt: skip
    """The forward part without what depends on tangents, once it is sure that nothing reads it.

    Of a tangent only the shape may be read: that of what it is a tangent of does as well.
    """
    added = Block(tuple(back[start:]), cots)
    if depends(forward, added, actual):
        mode = "jvp rule" if use.custom is None or use.custom.kind != "vjp" else "bwd"
        what = "tangents" if mode == "jvp rule" else "cotangent"
        raise Unsupported(
            f"the transpose of the {mode} of {name_of(use)}, which is not linear in the {what},",
            f"compute with the {what} by sums and by products with values that do not depend on"
            " them, or state the derivative of this mode",
            s.at,
        )
    added = substitute_block(added, actual)
    back[start:] = added.body
    redefine(e.b, added.body)
    left = kept(forward, (*s.targets, *free_vars(added)))
    block = substitute_block(Block(tuple(left)), actual)
    redefine(e.b, block.body)
    return list(block.body)


def zero_of(x: Operand) -> Operand:
    """The tangent of a literal: zero, or itself where it is no number."""
    return Lit(0.0) if isinstance(type_of(x), Number) else x

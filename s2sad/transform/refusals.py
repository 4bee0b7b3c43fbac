"""What has no derivative: none is better than a wrong one."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from typing import Any

from s2sad.analysis.activity import Activity
from s2sad.analysis.lost import Lost, has_opaque, is_opaque
from s2sad.errors import ArgumentError, NoRule, OutputError, Unsupported
from s2sad.frontend.draw_methods import CONTINUOUS
from s2sad.frontend.infer import type_of
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Call, Function, Let, Lit, Operand, Statement, Var
from s2sad.ir.types import is_complex, is_inexact
from s2sad.ir.walk import every, operand_vars, param_vars
from s2sad.rules.refused import refusal


def refuse_complex(s: Let) -> None:
    """Raises where a rule does not hold for the complex numbers that a function is given."""
    if not s.primitive.analytic and any(map(is_complex, map(type_of, (s.target, *s.args)))):
        raise Unsupported(
            f"{name_of(s)} of complex numbers on the way from the arguments to the result",
            "compute with real and imaginary parts",
            s.at,
        )


def refuse_unknown(s: Let, active: Container[Any]) -> None:
    """An active operand in which the rule states no derivative."""
    unknown = s.primitive.rule.unknown
    for name, a in zip(s.primitive.params, s.args, strict=True):
        if name in unknown and any(v in active and is_inexact(v.type) for v in operand_vars(a)):
            raise NoRule(
                f"{s.primitive.name} with respect to {unknown[name]}",
                "if that is constant, wrap it in s2sad.stop_gradient; otherwise declare a rule for"
                " a function of your own that calls this one",
                s.at,
            )


def refuse_lost(
    walk: Walk, body: list[Statement], facts: Activity, outputs: Iterable[Operand]
) -> None:
    """Objects and texts behind which derivatives do not see, on the way to the outputs."""
    refuse_varied(body, facts.varied, walk.functions, walk.customs)
    if not has_opaque(body, walk.functions):
        return
    lost = Lost(body, facts.varied, walk.functions, walk.customs)
    found = lost.before(facts.useful, outputs)
    if found is None:
        return
    if not is_opaque(found.at.primitive):
        raise Unsupported(
            f"an array of dtype {dtype_of(found.at)} that depends on the arguments",
            "use a floating dtype",
            found.at.at,
        )
    if found.written:
        raise Unsupported(
            f"an array given to {name_of(found.at)}, which has no source and may write into it,",
            "pass a copy of it if it is only read, or declare what it does with s2sad.custom_vjp",
            found.at.at,
        )
    if not found.stored:
        raise no_rule(found.at)
    raise Unsupported(
        "a number that depends on the arguments and is kept in an object of a class without source",
        "keep it in a list, a dict, an array or an attribute",
        found.at.at,
    )


def refuse_varied(
    body: Iterable[Statement], varied: Collection[Var], functions: Mapping[str, Function],
    followed: Collection[str], seen: frozenset[str] = frozenset(),
) -> None:  # fmt: skip
    """Draws that jump where their parameters change: no derivative sees that, wherever they go."""
    for s in every(body):
        if not isinstance(s, Let | Call) or not any(v in varied for v in operand_vars(s.args)):
            continue
        if isinstance(s, Call):
            f = functions.get(s.callee)
            if f is not None and s.callee not in (*followed, *seen):
                facts = Activity(f.body.body, param_vars(f), f.body.yields)
                refuse_varied(f.body.body, facts.varied, functions, followed, seen | {s.callee})
        elif any(s.args[i] in varied for i in getattr(s.primitive, "held", ())):
            raise NoRule(s.primitive.what, s.primitive.advice, s.at)


def dtype_of(s: Let) -> Any:
    """The dtype of what a statement makes."""
    return getattr(type_of(s.target), "dtype", None)


def no_rule(s: Let) -> NoRule:
    """The error for a statement that no derivative passes, with the reason where there is one."""
    callee: Any = getattr(s.primitive, "callee", None)
    of = callee.value if isinstance(callee, Lit) else callee
    method = isinstance(of, str) and of.startswith("the method ")
    why = refusal(f"ndarray.{of.rpartition(' ')[2]}" if method else of)
    if why is None and method and of.rpartition(" ")[2] in CONTINUOUS:
        advice = "make the random generator in the function, or pass one of NumPy's as an argument"
        return NoRule(f"{name_of(s)}, of an object whose class is not known", advice, s.at)
    if why is None:
        return NoRule(name_of(s), None, s.at)
    return NoRule(f"{name_of(s)}, {why.reason}", why.advice, s.at)


def name_of(s: Let) -> str:
    """What a statement calls."""
    callee: Any = getattr(s.primitive, "callee", None)
    of = callee.value if isinstance(callee, Lit) else callee
    if isinstance(callee, Var):
        name = f"what {callee.hint or 'an expression'} is bound to, which is called here"
    elif of is None or isinstance(of, str):
        name = of or s.primitive.name
    else:
        name = (
            getattr(of, "__qualname__", None)
            or getattr(of, "__name__", None)
            or f"an object of the class {type(of).__qualname__}"
        )
    return str(name)


def not_floating(place: Any, kind: str) -> ArgumentError:
    """The error for an argument that has no derivative."""
    return ArgumentError(
        f"argument {place!r} is of type {kind}: one differentiates with respect to real numbers",
        "pass a float or an array of floats, or choose another argument with argnums",
    )


def not_real(at: Any) -> OutputError:
    """The error for a complex output of a function that is not said to be holomorphic."""
    return OutputError(
        "the function returns complex numbers, which have no gradient",
        "return its real part or its absolute value, use vjp or jvp, or, if the function is"
        " holomorphic, holomorphic=True",
        at,
    )


def not_scalar(kind: str, at: Any) -> OutputError:
    """The error for an output that has no gradient."""
    return OutputError(
        f"the function returns {kind}, and a gradient needs one number",
        "return a sum or a mean, or use jacrev, jacfwd or vjp",
        at,
    )


def complex_argument() -> ArgumentError:
    """The error for a Jacobian by columns with respect to complex numbers."""
    return ArgumentError(
        "a Jacobian with respect to complex numbers is not one matrix",
        "use vjp or jvp, or, if the function is holomorphic, holomorphic=True",
    )

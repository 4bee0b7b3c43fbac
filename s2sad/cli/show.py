"""`s2sad show`: the generated derivative."""

from __future__ import annotations

import inspect
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from s2sad import declared
from s2sad.api import chosen
from s2sad.cli import notation
from s2sad.cli.problems import UsageError
from s2sad.cli.target import find
from s2sad.cli.text import highlighted
from s2sad.derivative import Derivative
from s2sad.errors import OutputError
from s2sad.frontend.request import Argnums, Request
from s2sad.frontend.signature import Demand
from s2sad.ir.nodes import Lit, Param, Program
from s2sad.ir.tree import Tree

KINDS = {"reverse": "grad", "forward": "jvp", "hessian": "hessian", "hvp": "hvp"}


def run(options: Namespace) -> int:
    """Print the code; see `s2sad show --help`."""
    from s2sad.backend.emit import emit
    from s2sad.ir.show import show
    from s2sad.pipeline import written

    if options.value and options.mode != "reverse":
        raise UsageError("--value goes with --mode reverse", "forward mode gives the value anyway")
    if options.atomic and options.backend == "numba":
        raise UsageError("--atomic goes with --backend numpy", "loops are shown as they are")
    fun = find(options.target)
    known = notation.parse(options.types or "")
    request, program = _program(fun, options, known)
    if options.ir:
        print(show(program).rstrip("\n"))
        return 0
    source = emit(program, atomic=True) if options.atomic else written(request, program).source
    print(highlighted(source).strip("\n"))
    return 0


def _program(
    fun: Callable[..., Any], options: Namespace, known: dict[str, Tree]
) -> tuple[Request, Program]:
    """The derivative; several numbers have no gradient, but they have a pullback."""
    kind = "value_and_grad" if options.value else KINDS[options.mode]
    kinds = [kind, instead(options.backend)] if options.mode == "reverse" else [kind]
    return first_of(fun, kinds, options, known)


def instead(backend: str) -> str:
    """What is asked for of a function that has no gradient."""
    return "vjp" if backend == "numpy" else "jacrev"


def first_of(
    fun: Callable[..., Any], kinds: Sequence[str], options: Namespace, known: Mapping[str, Tree],
    watch: Callable[[Any], None] | None = None,
) -> tuple[Request, Program]:  # fmt: skip
    """The first of these derivatives that the outputs of the function allow."""
    argnums = wrt_of(options.wrt) or 0
    for kind in kinds:
        derivative = Derivative(fun, kind, argnums, options=chosen(options.backend))
        try:
            return derivative.request, derived(derivative, known, watch)
        except OutputError:
            if kind == kinds[-1]:
                raise
    raise AssertionError("no kind of derivative")


def wrt_of(text: str | None) -> Argnums | None:
    """The argnums that --wrt names: one name or position, or a tuple of several."""
    if text is None:
        return None
    names = [part.strip() for part in text.split(",") if part.strip()]
    found = tuple(int(n) if n.lstrip("-").isdigit() else n for n in names)
    if not found:
        raise UsageError("--wrt names no argument", "write --wrt x or --wrt x,y")
    return found if len(found) > 1 else found[0]


def derived(
    derivative: Derivative,
    known: Mapping[str, Tree],
    watch: Callable[[Any], None] | None = None,
) -> Program:
    """The program of a derivative for these types; others are annotated, default or unknown.

    `watch` is that of `pipeline.derive`.
    """
    from s2sad import pipeline

    values: dict[str, object] = {}
    while True:
        try:
            params = _params(derivative, {**known, **values})
            return pipeline.derive(derivative.request, params, watch)[0]
        except Demand as demand:
            values |= _demanded(derivative, demand, values)


def _params(derivative: Derivative, known: Mapping[str, Tree]) -> tuple[Param, ...]:
    request, fun = derivative.request, derivative.request.root
    names = request.parameters.names
    wrong = [name for name in known if name not in names]
    if wrong:
        raise UsageError(
            f"--types: {request.name} has no parameter {wrong[0]!r}",
            f"its parameters are {', '.join(names)}",
        )
    hints = inspect.get_annotations(fun) if inspect.isfunction(fun) else {}
    bound = names[: len(derivative.bound)]
    given = {**notation.annotated({k: h for k, h in hints.items() if k in names}), **known}
    others = declared.params(request, derivative.bound, {})
    return tuple(
        notation.param(p.name, given[p.name]) if p.name in given and p.name not in bound else p
        for p in others
    )


def _demanded(
    derivative: Derivative, demand: Demand, values: Mapping[str, object]
) -> dict[str, object]:
    """The defaults of parameters whose values the compiler asks for."""
    found: dict[str, object] = {}
    for name in sorted(demand.names):
        default = _default(derivative, name)
        if name in values or default is inspect.Parameter.empty:
            raise UsageError(
                f"the code depends on the value of {name}", f'say it: --types "{name}: 3"'
            )
        found[name] = Lit(default)
    return found


def _default(derivative: Derivative, name: str) -> object:
    p = inspect.signature(derivative.fun).parameters.get(name)
    return inspect.Parameter.empty if p is None else p.default

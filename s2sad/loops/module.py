"""A program as the source of a module: compiled kernels, and the function that calls them."""

from __future__ import annotations

import ast
from dataclasses import replace

from s2sad.backend import files
from s2sad.backend.comments import attach
from s2sad.backend.emit import WIDTH, docstring, emit
from s2sad.backend.literal_tree import LOAD
from s2sad.backend.names import LocalNames, ModuleNames
from s2sad.backend.printer import print_tree
from s2sad.backend.spell import ModuleReferences, Speller
from s2sad.backend.structures import result_tree, unpack
from s2sad.backend.wrap import wrapped
from s2sad.ir.nodes import Function, Lit, Operand, Program, Var
from s2sad.ir.types import Array, Number
from s2sad.ir.walk import entry_vars, statements, targets
from s2sad.loops.control import Control
from s2sad.loops.elementary import with_elementary
from s2sad.loops.improve import improve
from s2sad.loops.lower import Lowering
from s2sad.loops.names import Indices
from s2sad.loops.nodes import Kernel
from s2sad.loops.plan import Plan
from s2sad.loops.text import PLUS, SUPPORT, kernel_tree
from s2sad.loops.values import Unlowered
from s2sad.runtime import Retreat, check_apart

RETREAT = "Retreat"


def module(program: Program) -> str:
    """The source of a module whose entry function runs compiled loops.

    Raises Unlowered where something stays NumPy's.
    """
    if program.callees:
        raise Unlowered(f"a call of {program.callees[0].name}")
    function = program.entry
    plan = Plan(function, {})
    names = ModuleNames(program)
    local = LocalNames(names, plan.classes, [p.name for p in function.params])
    low = Control(plan, local, Indices(local, taken(function)))
    kernel = low.kernel(f"{function.name}_loops")
    improve(kernel, low.facts.sizes, low.indices.fresh)
    kernel.body = with_elementary(kernel.body, lambda m, name: names.module(f"{m}:{name}", name))
    tree = kernel_tree(kernel, RETREAT)
    if (names.module("numpy", "np"), names.module("numba", "numba")) != ("np", "numba"):
        raise Unlowered("a variable called np or numba")
    references = ModuleReferences(names, program.bindings)
    references.required(Retreat)
    tree.decorator_list = [decorator()]
    if "math." in print_tree(tree):
        names.module("math", "math")
    entry = entry_tree(function, kernel, plan, low, references)
    text = "\n\n".join(print_tree(ast.Module([f], [])) for f in (tree, entry))
    source = wrapped(attach(text, WIDTH), WIDTH).strip("\n")
    source = "\n\n".join([*(SUPPORT[PLUS] for _ in [0] if f"{PLUS}(" in source), source])
    imports, slow = by_numpy(program)
    lines = sorted({*names.imports(), *imports}, key=lambda x: ("s2sad" in x, x))
    return "\n".join([*lines, "", "", source, "", "", slow, ""])


def decorator() -> ast.expr:
    """What has a function compiled; with S2SAD_DEBUG=1 places in arrays are checked."""
    debug = ", boundscheck=True" if files.debugging() else ""
    text = f'numba.njit(error_model="numpy", nogil=True{debug})'
    return ast.parse(text, mode="eval").body


def by_numpy(program: Program) -> tuple[list[str], str]:
    """The imports and the text of the same derivative in array statements."""
    entry = replace(program.entry, name=slow_name(program.entry), doc="")
    lines = emit(replace(program, entry=entry)).split("\n")
    first = next(i for i, line in enumerate(lines) if line.startswith("def "))
    return [line for line in lines[:first] if line], "\n".join(lines[first:]).strip("\n")


def slow_name(entry: Function) -> str:
    """The name of the function that runs where the loops hand over."""
    return f"{entry.name}_by_numpy"


def taken(function: Function) -> set[str]:
    """The names of sizes and of the user's variables, which no index gets."""
    found: set[str] = set()
    for v in (x for s in statements(function.body) for x in (*targets(s), *entry_vars(s))):
        found.add(v.hint)
    return found | {p.name for p in function.params}


def entry_tree(
    function: Function, kernel: Kernel, plan: Plan, low: Lowering, references: ModuleReferences
) -> ast.stmt:
    """The function with the user's parameters: in C order, results as NumPy's code returns them."""
    speller = Speller(references, low.names, {})
    body: list[ast.stmt] = [ast.Expr(ast.Constant(docstring(function.doc)))]
    for param in function.params:
        body += unpack(param, speller, lambda v: v in low.given)
    for groups in low.checks:
        written = [ast.Tuple([ast.Name(n, LOAD) for n in names], LOAD) for names in groups]
        body.append(ast.Expr(ast.Call(references.required(check_apart), [*written], [])))
    args = [given(v, name) for v, name in zip(low.given, kernel.params, strict=False)]
    args += [contiguous(speller.operand(Lit(array))) for array in low.outside.values()]
    call = ast.Call(ast.Name(kernel.name, LOAD), args, [])
    names = [low.indices.fresh("result") for _ in function.body.yields]
    kept = [low.indices.fresh("written") for _ in low.written]
    bound: list[ast.expr] = [ast.Name(n, LOAD) for n in (*names, *kept)]
    made = bound[0] if len(bound) == 1 else ast.Tuple(bound, LOAD)
    plain: list[ast.expr] = [ast.Name(p.name, LOAD) for p in function.params]
    slow = ast.Call(ast.Name(slow_name(function), LOAD), plain, [])
    back: list[ast.stmt] = [
        ast.parse(f"{low.names.of(v)}[...] = {name}").body[0]
        for (v, _), name in zip(low.written, kept, strict=True)
    ]
    values = dict(zip(function.body.yields, names, strict=True)) if names else {}
    found = result_tree(function.result, function.body.yields, Results(speller, values))
    # NumPy's code runs behind the handler: its errors are then not said to come while handling.
    handler = ast.ExceptHandler(ast.Name(RETREAT, LOAD), None, [ast.Pass()])
    body.append(ast.Try([ast.Assign([made], call), *back, ast.Return(found)], [handler], [], []))
    body.append(ast.Return(slow))
    params = [ast.arg(p.name) for p in function.params]
    return ast.FunctionDef(
        function.name, ast.arguments([], params, None, [], [], None, []), body, [], None, None
    )


def given(v: Var, name: str) -> ast.expr:
    """An argument as the kernel takes it."""
    if isinstance(v.type, Array):
        return contiguous(ast.Name(name, LOAD))
    return ast.Name(name, LOAD)


def contiguous(array: ast.expr) -> ast.expr:
    """An array in C order."""
    of = ast.parse("np.ascontiguousarray", mode="eval").body
    return ast.Call(of, [array], [])


class Results(Speller):
    """What the kernel returned, in the kinds that NumPy's code gives."""

    def __init__(self, speller: Speller, values: dict[Operand, str]) -> None:
        super().__init__(speller.module, speller.names, {})
        self.values = values

    def operand(self, operand: Operand) -> ast.expr:
        name = self.values.get(operand)
        if name is None:
            return super().operand(operand)
        found: ast.expr = ast.Name(name, LOAD)
        if isinstance(operand, Var) and isinstance(operand.type, Number) and not operand.type.weak:
            return ast.parse(f"np.{operand.type.dtype.name}({name})", mode="eval").body
        return found

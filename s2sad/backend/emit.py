"""IR to Python source: `emit`."""

from __future__ import annotations

import ast
import textwrap

from s2sad.backend.buffers import Summary
from s2sad.backend.comments import attach
from s2sad.backend.names import LocalNames, ModuleNames
from s2sad.backend.plan import Plan
from s2sad.backend.printer import print_tree
from s2sad.backend.spell import ModuleReferences, Speller
from s2sad.backend.statements import Writer
from s2sad.backend.structures import result_tree, unpack
from s2sad.backend.wrap import wrapped
from s2sad.ir.nodes import Function, Program

__all__ = ["emit"]

WIDTH = 100


def emit(program: Program, *, atomic: bool = False) -> str:
    """The source of a module: imports, callees, the entry function.

    Objects in `program.bindings` are referred to by name and must be put into the module's
    namespace.  `atomic` prints one statement for each of the IR's, nothing folded.
    """
    names = ModuleNames(program)
    references = ModuleReferences(names, program.bindings)
    known: dict[str, Summary] = {}
    functions: list[ast.stmt] = []
    for function in (*program.callees, program.entry):
        plan = Plan(function, known, atomic=atomic)
        known[function.name] = plan.reuse.summary
        functions.append(_function(function, plan, names, references))
    source = wrapped(attach(print_tree(ast.Module(functions, [])), WIDTH), WIDTH)
    imports = names.imports()
    return "\n".join([*imports, "", "", source]) if imports else source


def _function(
    function: Function, plan: Plan, names: ModuleNames, references: ModuleReferences
) -> ast.stmt:
    local = LocalNames(names, plan.classes, plan.params)
    speller = Speller(references, local, plan.live.folded)
    function = plan.function
    body: list[ast.stmt] = []
    if function.doc:
        body.append(ast.Expr(ast.Constant(docstring(function.doc))))
    for param in function.params:
        body += unpack(param, speller, lambda v: plan.is_read(v, plan.live.start))
    lines, heading = Writer(plan, speller).parts(function.body)
    body += [*lines, *(heading if lines else [])]
    body.append(ast.Return(result_tree(function.result, function.body.yields, speller)))
    params = [ast.arg(name) for name in plan.params]
    return ast.FunctionDef(
        function.name, ast.arguments([], params, None, [], [], None, []), body, [], None, None
    )


def docstring(doc: str) -> str:
    """The text wrapped to the width of the page, indented like the body of a function."""
    lines: list[str] = []
    for line in doc.strip().split("\n"):
        room = WIDTH - 4 - 3 * (not lines)
        lines += textwrap.wrap(line, room, break_long_words=False) or [""]
    text = "\n    ".join(lines).replace("    \n", "\n")
    fits = len(lines) == 1 and len(text) + 10 <= WIDTH
    return text if fits else text + "\n    "

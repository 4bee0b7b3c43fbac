"""The layout of the package: who imports whom, how long things are, and that all is documented."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import s2sad

PACKAGE = Path(s2sad.__file__).parent

ORDER = (
    "errors.py",
    "version.py",
    "_generated.py",  # the name of the module that generated code is of
    "runtime.py",
    "linalg.py",
    "elementary",  # pasted into compiled code
    "sequences.py",
    "rules",  # before ir: a node holds the primitive it applies
    "ir",
    "frontend",
    "analysis",
    "transform",
    "optimize",
    "backend",
    "loops",
    "pipeline.py",
    "matching.py",
    "declared.py",
    "dispatch.py",
    "specialize.py",
    "derivative.py",
    "custom.py",
    "api.py",
    "__init__.py",  # what a user imports; the tools below stand on it
    "numeric.py",
    "testing.py",
    "cli",
    "selfcheck",  # walks the trace that the command line prints
    "__main__.py",
)
"""A folder or file imports only what stands above it, inside functions too."""

AGAINST_THE_ORDER = {
    ("runtime.py", "rules"): "derivatives of code without types ask the rules at run time",
    ("derivative.py", "selfcheck"): "the check of a first call, which takes further derivatives",
}

LONGEST_MODULE = 400
LONG_MODULES: dict[str, int] = {}
"""Modules over the limit with their number of lines: it may only shrink."""

LONGEST_FUNCTION = 40
LONG_FUNCTIONS = {"rules/primitive.py:Primitive.__init__": 46, "rules/notation.py:rule": 45}
"""Functions over the limit, likewise."""


@cache
def modules() -> dict[str, ast.Module]:
    """The tree of every module by its path in the package."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return {p.relative_to(PACKAGE).as_posix(): ast.parse(p.read_text("utf-8")) for p in paths}


def layer(path: str) -> str:
    """The folder or file of `ORDER` to which a module belongs."""
    return path.partition("/")[0]


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules of the package that a module imports, those for type checkers left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (path_of(a.name) for a in node.names if a.name.split(".")[0] == "s2sad")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "s2sad":
            for name in node.names:
                inner = path_of(f"{node.module}.{name.name}")
                yield inner if inner in modules() else path_of(str(node.module))
        else:
            yield from imported(node)


def path_of(module: str) -> str:
    """`s2sad.ir.walk` as `ir/walk.py`, `s2sad.ir` as `ir/__init__.py`."""
    parts = module.split(".")[1:]
    package = PACKAGE.joinpath(*parts).is_dir()
    return "/".join([*parts, "__init__.py"] if package else parts) + ("" if package else ".py")


def functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function of a module, nested ones too, with its qualified name."""
    for node in ast.iter_child_nodes(tree):
        name = f"{prefix}{node.name}" if isinstance(node, ast.FunctionDef | ast.ClassDef) else ""
        if isinstance(node, ast.FunctionDef):
            yield name, node
        yield from functions(node, f"{name}." if name else prefix)


def test_all_have_a_place_in_the_order():
    assert {layer(path) for path in modules()} == set(ORDER)


@pytest.mark.parametrize("path", modules())
def test_imports_follow_the_order(path: str):
    for other in imported(modules()[path]):
        allowed = ORDER.index(layer(other)) <= ORDER.index(layer(path))
        excused = {(path, layer(other)), (layer(path), layer(other))} & AGAINST_THE_ORDER.keys()
        assert allowed or excused, f"{path} imports {other}, which stands below it"


def test_every_exception_to_the_order_is_needed():
    found = {(p, layer(o)) for p, tree in modules().items() for o in imported(tree)}
    assert AGAINST_THE_ORDER.keys() <= found


def test_no_import_is_circular():
    """Modules import each other in one direction, inside a folder as well."""
    left = {path: set(imported(tree)) - {path} for path, tree in modules().items()}
    for path, other in AGAINST_THE_ORDER:
        left[path] = {o for o in left[path] if layer(o) != other}
    while free := {path for path, others in left.items() if not others & left.keys()}:
        left = {path: others for path, others in left.items() if path not in free}
    assert not left, f"imports in circles among {sorted(left)}"


def test_modules_stay_short():
    lines = {p: len((PACKAGE / p).read_text("utf-8").splitlines()) for p in modules()}
    check_lengths(lines, LONG_MODULES, LONGEST_MODULE)


def test_functions_stay_short():
    lines = {
        f"{path}:{name}": (node.end_lineno or 0) - node.lineno + 1
        for path, tree in modules().items()
        for name, node in functions(tree)
    }
    check_lengths(lines, LONG_FUNCTIONS, LONGEST_FUNCTION)


def check_lengths(lines: dict[str, int], listed: dict[str, int], limit: int) -> None:
    """Nothing is over the limit but what is listed, and that has not grown."""
    over = {name: n for name, n in lines.items() if n > limit}
    grown = {name: n for name, n in over.items() if n > listed.get(name, limit)}
    assert not grown, f"too long, split by idea: {grown}"
    assert not listed.keys() - over.keys(), "no longer too long: take it off the list"


@pytest.mark.parametrize("path", modules())
def test_all_that_is_public_is_documented(path: str):
    """Modules, classes and functions; not methods, nor the bodies of rules, which are formulas."""
    tree = modules()[path]
    assert ast.get_docstring(tree) is not None, f"{path} has no docstring"
    public = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]
    missing = [node.name for node in public if ast.get_docstring(node) is None]
    assert not missing, f"{path}: no docstring on {', '.join(missing)}"


def test_the_parts_of_the_interpreter_share_no_name():
    """A method of one part would hide that of another, and nothing would tell."""
    from s2sad.frontend.interpret import Interpreter

    parts = [c for c in Interpreter.__mro__[1:] if c is not object]
    names = [n for c in parts for n in vars(c) if not n.startswith("__")]
    assert sorted(n for n in set(names) if names.count(n) > 1) == []

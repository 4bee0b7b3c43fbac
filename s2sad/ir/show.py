"""The IR as text, for people and for tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from s2sad.errors import Location
from s2sad.ir.nodes import (
    Block,
    Call,
    Comment,
    For,
    Function,
    If,
    Let,
    Lit,
    Operand,
    Pop,
    Program,
    Push,
    Span,
    Statement,
    Var,
    While,
)
from s2sad.ir.tree import Struct, Tree

_COLUMN = 52
"""Where the `@line` stands, unless the statement is longer."""


def show(item: Function | Program) -> str:
    """The text of a function, or of a program with its callees first."""
    if isinstance(item, Program):
        functions = [show(f) for f in (*item.callees, item.entry)]
        names = ", ".join(name for name, _ in item.bindings)
        return "\n".join([f"bindings {names}\n", *functions] if names else functions)
    params = ", ".join(f"{p.name}: {_tree(p.tree, typed=True)}" for p in item.params)
    lines = [f"{item.name}({params})", *_block(item.body, 1, item.at)]
    return "\n".join([*lines, f"  return {_result(item.result, item.body.yields)}", ""])


def operand_text(operand: Operand) -> str:
    """An operand as it is written: `x`, `2.0`, `1:-1`, `(i, 1:)`."""
    if isinstance(operand, Span):
        start, stop, step = (
            "" if isinstance(part, Lit) and part.value is None else operand_text(part)
            for part in (operand.start, operand.stop, operand.step)
        )
        return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"
    if isinstance(operand, tuple):
        return _tuple(map(operand_text, operand))
    return repr(operand)


def statement_text(statement: Statement) -> str:
    """The first line of a statement, without its regions."""
    match statement:
        case Let():
            return f"{_typed(statement.target)} = {statement.primitive.name}{_args(statement.args)}"
        case Call():
            return f"{_names(statement.targets)} = call {statement.callee}{_args(statement.args)}"
        case If():
            return f"{_bound(statement.results)}if {statement.test!r}:"
        case For():
            span = ", ".join(map(repr, (statement.start, statement.stop, statement.step)))
            order = f"reversed(range({span}))" if statement.backward else f"range({span})"
            carried = _carried(statement.carried, statement.inits)
            return f"{_bound(statement.results)}for {statement.index} in {order}{carried}:"
        case While():
            carried = _carried(statement.carried, statement.inits)
            return f"{_bound(statement.results)}while{carried}:"
        case Push():
            return f"push {statement.tape}{_args(statement.values)}"
        case Pop():
            return f"{_names(statement.targets)} = pop {statement.tape}"
        case Comment():
            return f"# {statement.text.removeprefix('# ')}"


def _block(block: Block, depth: int, at: Location | None = None) -> Iterator[str]:
    for statement in block.body:
        place = None if isinstance(statement, Comment) else statement.at
        line = "  " * depth + statement_text(statement)
        if place is not None and (at is None or place.line != at.line):
            line = f"{line:<{_COLUMN}}@{place.line}"
            at = place
        yield line
        yield from _regions(statement, depth + 1, at)


def _regions(statement: Statement, depth: int, at: Location | None) -> Iterator[str]:
    match statement:
        case If():
            yield from _region(statement.then, depth, at)
            yield "  " * (depth - 1) + "else:"
            yield from _region(statement.orelse, depth, at)
        case For():
            yield from _region(statement.body, depth, at)
        case While():
            yield from _region(statement.test, depth, at, word="test")
            yield "  " * (depth - 1) + "do:"
            yield from _region(statement.body, depth, at)
        case _:
            return


def _region(block: Block, depth: int, at: Location | None, word: str = "yield") -> Iterator[str]:
    yield from _block(block, depth, at)
    if block.yields:
        yield "  " * depth + f"{word} {', '.join(map(operand_text, block.yields))}"


def _typed(var: Var) -> str:
    return f"{var}: {var.type}"


def _names(found: Iterable[Var]) -> str:
    return ", ".join(map(_typed, found)) or "_"


def _bound(results: tuple[Var, ...]) -> str:
    return f"{_names(results)} = " if results else ""


def _carried(carried: tuple[Var, ...], inits: tuple[Operand, ...]) -> str:
    pairs = (f"{_typed(c)} = {operand_text(i)}" for c, i in zip(carried, inits, strict=False))
    return f" with {', '.join(pairs)}" if carried else ""


def _args(operands: Iterable[Operand]) -> str:
    return f"({', '.join(map(operand_text, operands))})"


def _tuple(items: Iterable[str]) -> str:
    texts = list(items)
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"


def _tree(tree: Tree, typed: bool = False) -> str:
    if not isinstance(tree, Struct):
        return _typed(tree) if typed and isinstance(tree, Var) else str(tree)
    items = [_tree(item, typed) for item in tree.items]
    if tree.keys:
        items = [f"{k}: {item}" for k, item in zip(tree.keys, items, strict=True)]
    name = tree.cls.__name__ if tree.cls is not None else tree.kind
    return f"{name}({', '.join(items)})"


def _result(tree: Tree, yields: tuple[Operand, ...]) -> str:
    if isinstance(tree, Struct):
        parts = [_result(item, yields) for item in tree.items]
        return _tuple(parts) if tree.kind == "tuple" else f"{tree.kind}({', '.join(parts)})"
    return operand_text(yields[tree]) if isinstance(tree, int) else str(tree)

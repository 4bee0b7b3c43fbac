"""Walking the IR: what a statement reads and binds, its regions, operands replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from s2sad.ir.nodes import (
    Atom,
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
    Push,
    Span,
    Statement,
    Var,
    While,
)
from s2sad.ir.tree import leaves


def operand_vars(operand: Operand) -> Iterator[Var]:
    """The variables of an operand, from left to right, as often as they occur."""
    if isinstance(operand, Var):
        yield operand
    elif isinstance(operand, tuple):
        for item in operand:
            yield from operand_vars(item)
    elif isinstance(operand, Span):
        yield from operand_vars((operand.start, operand.stop, operand.step))


def reads(statement: Statement) -> tuple[Operand, ...]:
    """The operands that a statement itself reads, without those of its regions."""
    match statement:
        case Let() | Call():
            return statement.args
        case If():
            return (statement.test,)
        case For():
            return (*statement.inits, statement.start, statement.stop, statement.step)
        case While():
            return statement.inits
        case Push():
            return (statement.tape, *statement.values)
        case Pop():
            return (statement.tape,)
        case Comment():
            return ()


def targets(statement: Statement) -> tuple[Var, ...]:
    """The variables that a statement binds for those that follow it."""
    match statement:
        case Let():
            return (statement.target,)
        case If() | For() | While():
            return statement.results
        case Call() | Pop():
            return statement.targets
        case Push() | Comment():
            return ()


def entry_vars(statement: Statement) -> tuple[Var, ...]:
    """The variables that a loop binds inside its regions: the index and the carried ones."""
    match statement:
        case For():
            return (statement.index, *statement.carried)
        case While():
            return statement.carried
        case _:
            return ()


def regions(statement: Statement) -> tuple[Block, ...]:
    """The blocks of a statement, in the order of execution."""
    match statement:
        case If():
            return (statement.then, statement.orelse)
        case For():
            return (statement.body,)
        case While():
            return (statement.test, statement.body)
        case _:
            return ()


def statements(block: Block) -> Iterator[Statement]:
    """Every statement of a block and of the regions inside it, in the order of the text."""
    return every(block.body)


def every(body: Iterable[Statement]) -> Iterator[Statement]:
    """The same for statements that are no block of their own."""
    for statement in body:
        yield statement
        for region in regions(statement):
            yield from every(region.body)


def param_vars(function: Function) -> tuple[Var, ...]:
    """The run-time values among the leaves of the parameters."""
    found = (leaf for p in function.params for leaf in leaves(p.tree))
    return tuple(leaf for leaf in found if isinstance(leaf, Var))


def free_vars(block: Block) -> tuple[Var, ...]:
    """The variables that a block reads and does not bind, in the order of first use."""
    found: dict[Var, None] = {}
    _free(block, set(), found)
    return tuple(found)


def _free(block: Block, bound: set[Var], found: dict[Var, None]) -> None:
    bound = set(bound)
    for statement in block.body:
        _add_free(reads(statement), bound, found)
        for region in regions(statement):
            _free(region, bound | set(entry_vars(statement)), found)
        bound.update(targets(statement))
    _add_free(block.yields, bound, found)


def _add_free(operands: Iterable[Operand], bound: set[Var], found: dict[Var, None]) -> None:
    for operand in operands:
        for var in operand_vars(operand):
            if var not in bound:
                found.setdefault(var)


def substitute(operand: Operand, values: Mapping[Var, Operand]) -> Operand:
    """The operand with every variable in `values` replaced."""
    if isinstance(operand, Var):
        return values.get(operand, operand)
    if isinstance(operand, tuple):
        return tuple(substitute(item, values) for item in operand)
    if isinstance(operand, Span):
        parts = (operand.start, operand.stop, operand.step)
        return Span(*(substitute(part, values) for part in parts))
    return operand


def substitute_block(block: Block, values: Mapping[Var, Operand]) -> Block:
    """The block with every variable in `values` replaced wherever it is read."""
    return map_operands(block, lambda operand: substitute(operand, values))


def map_operands(block: Block, f: Callable[[Operand], Operand]) -> Block:
    """The block with `f` applied to every operand that is read, in its regions too."""
    body = tuple(_mapped(statement, f) for statement in block.body)
    return Block(body, tuple(map(f, block.yields)))


def _mapped(statement: Statement, f: Callable[[Operand], Operand]) -> Statement:
    match statement:
        case Let() | Call():
            return replace(statement, args=tuple(map(f, statement.args)))
        case If():
            then, orelse = (map_operands(b, f) for b in (statement.then, statement.orelse))
            return replace(statement, test=_atom(f(statement.test)), then=then, orelse=orelse)
        case For():
            bounds = (statement.start, statement.stop, statement.step)
            start, stop, step = (_atom(f(a)) for a in bounds)
            inits, body = tuple(map(f, statement.inits)), map_operands(statement.body, f)
            return replace(statement, start=start, stop=stop, step=step, inits=inits, body=body)
        case While():
            test, body = (map_operands(b, f) for b in (statement.test, statement.body))
            return replace(statement, inits=tuple(map(f, statement.inits)), test=test, body=body)
        case Push():
            values = tuple(map(f, statement.values))
            return replace(statement, values=values, tape=_var(f(statement.tape)))
        case Pop():
            return replace(statement, tape=_var(f(statement.tape)))
        case Comment():
            return statement


def _atom(operand: Operand) -> Atom:
    if not isinstance(operand, Var | Lit):
        raise TypeError(f"{operand!r} stands where only a name or a literal may")
    return operand


def _var(operand: Operand) -> Var:
    if not isinstance(operand, Var):
        raise TypeError(f"{operand!r} stands where only a tape may")
    return operand

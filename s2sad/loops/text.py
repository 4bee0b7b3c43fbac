"""Loops as Python source."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TypeAlias

from s2sad.analysis.sizes import Amount
from s2sad.backend.comments import comment, remark
from s2sad.backend.conditions import negated
from s2sad.backend.literal_tree import LOAD
from s2sad.loops.nodes import (
    Add,
    Alloc,
    Apply,
    Assign,
    Const,
    Expr,
    For,
    Guard,
    If,
    Item,
    Kernel,
    Line,
    Name,
    Nest,
    Remark,
    Size,
    Stmt,
    Store,
    While,
    constant,
)
from s2sad.loops.values import Unlowered

PLUS = "plus"
SUPPORT = {
    PLUS: """\
@numba.njit(fastmath={"reassoc"})
def plus(total, x):
    \"\"\"The sum; of many, the order is left open, as NumPy leaves it.\"\"\"
    return total + x
""",
}
"""Functions that kernels call, as they stand in the module."""

DTYPES = {"f8": "np.float64", "f4": "np.float32", "i8": "np.int64", "b1": "np.bool_"}


def kernel_tree(kernel: Kernel, retreat: str) -> ast.FunctionDef:
    """The function; `retreat` is the exception by which it hands over to NumPy's code."""
    body = block(kernel.body, retreat)
    results = [expression(r) for r in kernel.results]
    value = results[0] if len(results) == 1 else ast.Tuple(results, LOAD)
    args = [ast.arg(p) for p in kernel.params]
    return ast.FunctionDef(
        kernel.name, ast.arguments([], args, None, [], [], None, []),
        [*body, ast.Return(value)], [], None, None,
    )  # fmt: skip


def block(body: Sequence[Stmt], retreat: str) -> list[ast.stmt]:
    """The statements of a list."""
    found: list[ast.stmt] = []
    for s in body:
        found += statement(s, retreat)
    return found


def statement(s: Stmt, retreat: str) -> list[ast.stmt]:
    """One statement."""
    match s:
        case Assign():
            return [assigned(ast.Name(s.name, LOAD), s.value)]
        case Add():
            name = ast.Name(s.name, LOAD)
            plus = ast.Call(ast.Name(PLUS, LOAD), [name, expression(s.value)], [])
            return [ast.Assign([name], plus)]
        case Store():
            target = item(s.array, s.index)
            if s.op:
                return [augmented(target, s.value)]
            return [assigned(target, s.value)]
        case Alloc():
            return [ast.Assign([ast.Name(s.name, LOAD)], allocation(s))]
        case Nest():
            bounds = [amount(s.stop)]
            loop = ast.Call(ast.Name("range", LOAD), bounds, [])
            return [ast.For(ast.Name(s.index, LOAD), loop, block(s.body, retreat), [])]
        case For():
            body = block(s.body, retreat) or [ast.Pass()]
            return [ast.For(ast.Name(s.index, LOAD), counted(s), body, [])]
        case While():
            return [repeated(s, retreat)]
        case If():
            return branch(s, retreat)
        case Guard():
            raised = ast.Raise(ast.Name(retreat, LOAD), None)
            if s.test == Const("False"):
                return [raised]
            return [ast.If(negated(expression(s.test)), [raised], [])]
        case Line():
            return [line(s)]
        case Remark():
            return [remark(s.text) if s.beside else comment(s.text)]


Target: TypeAlias = ast.Name | ast.Subscript


def assigned(target: Target, value: Expr) -> ast.stmt:
    """An assignment; `x = x + y` as `x += y`."""
    found = expression(value)
    if isinstance(found, ast.BinOp) and ast.dump(found.left) == ast.dump(target):
        return ast.AugAssign(target, found.op, found.right)
    return ast.Assign([target], found)


def augmented(target: Target, value: Expr) -> ast.stmt:
    """`a += b`, or `a -= b` of what is negated."""
    found = expression(value)
    if isinstance(found, ast.UnaryOp) and isinstance(found.op, ast.USub):
        return ast.AugAssign(target, ast.Sub(), found.operand)
    return ast.AugAssign(target, ast.Add(), found)


def branch(s: If, retreat: str) -> list[ast.stmt]:
    """A branch, without arms that are empty."""
    then, orelse = block(s.then, retreat), block(s.orelse, retreat)
    if not then and not orelse:
        return []
    test = expression(s.test)
    if not then:
        return [ast.If(ast.UnaryOp(ast.Not(), test), orelse, [])]
    return [ast.If(test, then, orelse)]


def repeated(s: While, retreat: str) -> ast.stmt:
    """A loop that tests first."""
    before, body = block(s.before, retreat), block(s.body, retreat)
    test = expression(s.test)
    if not before:
        return ast.While(test, body or [ast.Pass()], [])
    stop = ast.If(ast.UnaryOp(ast.Not(), test), [ast.Break()], [])
    return ast.While(ast.Constant(True), [*before, stop, *body], [])


def counted(s: For) -> ast.expr:
    """The iterator of a loop of the user's."""
    start, stop, step = s.bounds
    name = ast.Name("range", LOAD)
    by_one = step == Size(Amount.number(1))
    if s.backward and by_one:
        assert isinstance(start, Size) and isinstance(stop, Size)
        one = Amount.number(1)
        first, last = amount(stop.amount - one), amount(start.amount - one)
        return ast.Call(name, [first, last, ast.UnaryOp(ast.USub(), ast.Constant(1))], [])
    bounds = [expression(stop)] if start == Size(Amount()) and by_one else [
        expression(start), expression(stop)]  # fmt: skip
    if s.backward:
        return ast.Call(name, [_parsed(x) for x in reversed_bounds(s)], [])
    return ast.Call(name, bounds if by_one else [*bounds, expression(step)], [])


def reversed_bounds(s: For) -> list[str]:
    """The bounds of a range that is run through from its end, for a known step."""
    start, stop, by = (ast.unparse(expression(b)) for b in s.bounds)
    step = constant(s.bounds[2].amount) if isinstance(s.bounds[2], Size) else None
    if not step:
        raise Unlowered("a loop backwards of a step that is not known")
    if step > 0:
        return [f"{start} + ({stop} - ({start}) - 1) // {by} * {by}", f"{start} - 1", f"-{by}"]
    n = -step
    return [f"{start} - ({start} - ({stop}) - 1) // {n} * {n}", f"{start} + 1", f"{n}"]


def allocation(s: Alloc) -> ast.expr:
    """The call that makes an array."""
    sizes = [amount(n) for n in s.extents]
    shape = sizes[0] if len(sizes) == 1 else ast.Tuple(sizes, LOAD)
    dtype = [] if s.dtype == "f8" else [_parsed(DTYPES[s.dtype])]
    return ast.Call(_parsed(f"np.{s.fill}"), [shape, *dtype], [])


def line(s: Line) -> ast.stmt:
    """The statement of a text with holes."""
    holes = {f"hole__{i}": expression(a) for i, a in enumerate(s.args)}
    text = s.text.format(*holes)
    (node,) = ast.parse(text).body
    made: ast.stmt = Filler(holes).visit(node)
    return made


class Filler(ast.NodeTransformer):
    """Puts expressions into holes."""

    def __init__(self, holes: dict[str, ast.expr]) -> None:
        self.holes = holes

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.holes.get(node.id, node)


def item(array: str, index: Sequence[Amount]) -> ast.Subscript:
    """An element of an array."""
    places = [amount(a) for a in index]
    place = places[0] if len(places) == 1 else ast.Tuple(places, LOAD)
    return ast.Subscript(ast.Name(array, LOAD), place, LOAD)


def expression(e: Expr) -> ast.expr:
    """An expression."""
    match e:
        case Const():
            return _parsed(e.text)
        case Name():
            return ast.Name(e.name, LOAD)
        case Size():
            return amount(e.amount)
        case Item():
            return item(e.array, e.index)
        case Apply():
            holes = {f"hole__{i}": expression(a) for i, a in enumerate(e.args)}
            made: ast.expr = Filler(holes).visit(_parsed(e.text.format(*holes)))
            return made


def amount(a: Amount) -> ast.expr:
    """A sum of products, the names first."""
    n = constant(a)
    if n is not None:
        return ast.Constant(n) if n >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-n))
    return _parsed(str(Amount(tuple(sorted(a.terms, key=lambda t: t[1] < 0)))) if a.terms else "0")


def _parsed(text: str) -> ast.expr:
    """A tree of its own."""
    return ast.parse(text, mode="eval").body

"""Walking: free variables, substitution."""

from s2sad.ir.nodes import Block, Let, Lit, Span
from s2sad.ir.types import FLOAT
from s2sad.ir.walk import (
    free_vars,
    map_operands,
    operand_vars,
    param_vars,
    statements,
    substitute,
    substitute_block,
)
from tests.ir.build import ADD, MUL, VEC, Build


def looping() -> tuple[Build, list]:
    b = Build()
    x, dt = b.param("x", FLOAT), b.param("dt", FLOAT)
    (last,) = b.loop(3, [x], lambda i, c: [b.let(ADD, c, dt)])
    y = b.let(MUL, last, x)
    return b, [x, dt, last, y]


def test_free_variables_are_those_that_nothing_inside_binds():
    b, (x, dt, *_) = looping()
    block = Block(tuple(b.body))
    assert free_vars(block) == (x, dt)
    assert free_vars(b.body[0].body) == (b.body[0].carried[0], dt)


def test_statements_are_visited_in_the_order_of_the_text():
    b, _ = looping()
    names = [s.target.name for s in statements(Block(tuple(b.body))) if isinstance(s, Let)]
    assert names == [b.body[0].body.body[0].target.name, b.body[1].target.name]


def test_operand_vars_look_into_tuples_and_spans():
    b = Build()
    x, y, z = (b.param(n, FLOAT) for n in "xyz")
    assert list(operand_vars((x, Span(y, Lit(1), z), Lit(None)))) == [x, y, z]


def test_substitution_reaches_indices_and_regions():
    b, (x, dt, *_) = looping()
    assert substitute((x, Span(x, Lit(2), dt)), {x: Lit(1)})[0].value == 1
    block = substitute_block(Block(tuple(b.body), (x,)), {x: dt})
    assert free_vars(block) == (dt,)
    assert block.yields == (dt,)


def test_mapping_with_the_identity_keeps_the_text():
    b, _ = looping()
    block = Block(tuple(b.body))
    again = map_operands(block, lambda operand: operand)
    assert [type(s) for s in statements(again)] == [type(s) for s in statements(block)]


def test_parameters_are_the_leaves():
    b = Build()
    x = b.param("x", VEC)
    assert param_vars(b.function(x)) == (x,)

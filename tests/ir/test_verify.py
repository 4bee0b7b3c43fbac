"""Every invariant, broken once."""

import numpy as np
import pytest

from s2sad.errors import InternalError
from s2sad.ir.nodes import Call, For, Function, Let, Lit, Pop, Program
from s2sad.ir.types import FLOAT, INT, Array, Number
from s2sad.ir.verify import verify
from tests.ir.build import ADD, LT, MAT, MUL, VEC, Build


def refused(program: Program, *parts: str) -> None:
    with pytest.raises(InternalError) as caught:
        verify(program)
    for part in parts:
        assert part in str(caught.value)


def test_a_correct_program_passes():
    b = Build()
    x = b.param("x", VEC)
    (y,) = b.loop(3, [x], lambda i, c: [b.let(ADD, c, x, type=VEC)])
    verify(b.program(y))


def test_a_name_bound_twice():
    b = Build()
    x = b.param("x", FLOAT)
    b.body.append(Let(x, ADD, (x, x)))
    refused(b.program(x), "v1 is bound twice", "of function f", "operator.add(v1, v1)")


def test_a_use_before_the_definition():
    b = Build()
    x = b.param("x", FLOAT)
    later = b.var(FLOAT)
    b.let(ADD, x, later)
    b.body.append(Let(later, ADD, (x, x)))
    refused(b.program(x), "v2 is not bound")


def test_a_use_out_of_scope():
    b = Build()
    x = b.param("x", FLOAT)
    inner = []
    b.loop(3, [x], lambda i, c: inner.append(b.let(ADD, c, x)) or inner)
    refused(b.program(inner[0]), "out of scope")


def test_too_few_yields():
    b = Build()
    x = b.param("x", FLOAT)
    test = b.let(LT, x, x)
    b.branch(test, lambda: [x], list, b.var(FLOAT))
    refused(b.program(x), "0 values for 1 results", "if v2")


@pytest.mark.parametrize("other", [MAT, Array(np.dtype("c16"), VEC.dims), FLOAT])
def test_types_that_disagree(other):
    b = Build()
    x, y = b.param("x", VEC), b.param("y", other)
    b.loop(3, [x], lambda i, c: [y])
    refused(b.program(x), "flows into")


def test_dtypes_that_disagree():
    b = Build()
    x = b.param("x", Number(np.dtype("f8")))
    b.loop(3, [x], lambda i, c: [c], types=[Number(np.dtype("f4"))])
    refused(b.program(x), "v1: f8 flows into v2: f4")


def test_an_unknown_callee_and_a_wrong_call():
    b = Build()
    x = b.param("x", FLOAT)
    b.body.append(Call((b.var(FLOAT),), "g", (x,)))
    refused(b.program(x), "there is no function g")
    g = Build()
    refused(b.program(x, callees=[g.function(g.param("y", FLOAT), 1.0, name="g")]), "returns 2")


def test_a_foreign_array():
    array = np.ones(3)
    b = Build()
    y = b.let(MUL, b.param("x", VEC), Lit(array), type=VEC)
    refused(b.program(y), "without a binding")
    verify(b.program(y, bindings=[("array", array)]))


def test_a_tape_that_is_none():
    b = Build()
    x = b.param("x", FLOAT)
    b.body.append(Pop((b.var(FLOAT),), x))
    refused(b.program(x), "v1 is not a tape")


def test_too_many_operands():
    b = Build()
    x = b.param("x", FLOAT)
    b.let(ADD, x, x, x)
    refused(b.program(x), "3 operands for the parameters ('x1', 'x2')")


def test_results_and_parameters_of_a_function():
    b = Build()
    x = b.param("x", FLOAT)
    refused(b.program(x, result=1), "the result asks for value 1 of 1")
    twice = Function("f", (*b.params, *b.params), b.function(x).body, 0)
    refused(Program(twice), "two parameters have the same name")
    refused(Program(b.function(x), (b.function(x),)), "the same name")


def test_loops_bind_their_index_inside_only():
    b = Build()
    x = b.param("x", FLOAT)
    b.loop(3, [x], lambda i, c: [c])
    (loop,) = b.body
    assert isinstance(loop, For)
    refused(b.program(b.let(ADD, loop.index, 1, type=INT)), "out of scope")

"""Identifiers: the user's own come first."""

import math

import numpy as np
import pytest

from s2sad.backend.emit import emit
from s2sad.ir.nodes import Lit
from s2sad.ir.types import FLOAT, INT
from tests.ir.build import ADD, EXP, MUL, SUB, VEC, Build, primitive, template

MATH_EXP = primitive(math.exp, "x")


def run(source, *args, **bindings):
    space = dict(bindings)
    exec(compile(source, "<test>", "exec"), space)
    return space["f"](*args)


def test_imports_make_way_for_the_users_names():
    b = Build()
    np_, math_ = b.param("np", VEC), b.param("math", FLOAT)
    y = b.let(EXP, np_, type=VEC, hint="np_1")
    z = b.let(MATH_EXP, math_)
    source = emit(b.program(b.let(MUL, b.let(MUL, y, y, type=VEC), z, type=VEC)))
    assert "import math as math_1\nimport numpy as np_2\n" in source
    assert np.allclose(run(source, np.zeros(2), 0.0), 1.0)


def test_numbering_skips_the_users_names():
    b = Build()
    x = b.param("alpha_1", FLOAT)
    t = b.let(ADD, x, x)
    source = emit(b.program(b.let(MUL, t, t)))
    assert "alpha_2 = alpha_1 + alpha_1" in source


def test_an_adjoint_makes_way_for_a_variable_of_the_same_name():
    b = Build()
    x = b.param("beta_x", FLOAT)
    bar = b.let(MUL, 2.0, x, hint="beta_x", role="beta")
    source = emit(b.program(b.let(ADD, bar, bar), b.let(ADD, x, x)))
    assert "beta_x_1 = 2.0 * beta_x" in source


def test_versions_share_a_name_where_they_can():
    b = Build()
    x = b.param("x", FLOAT)
    first = b.let(ADD, x, 1.0, hint="y")
    second = b.let(MUL, first, first, hint="y")
    third = b.let(ADD, second, first, hint="y")
    source = emit(b.program(third, first))
    assert "y = x + 1.0\n" in source
    assert "y_1 = y * y\n" in source
    assert "y_1 += y\n" in source


def test_builtins_that_the_user_redefined():
    b = Build()
    n = b.param("range", INT)
    (s,) = b.loop(n, [0.0], lambda i, s: [b.let(ADD, s, i)], ["len"])
    source = emit(b.program(s))
    assert "import builtins" in source
    assert "in builtins.range(range):" in source
    assert run(source, 4) == 6.0


def test_the_name_of_what_nobody_reads():
    b = Build()
    x = b.param("_", FLOAT)
    (s,) = b.loop(2, [x], lambda i, s: [b.let(ADD, s, s)], ["s"])
    source = emit(b.program(s, x))
    assert "for unused_1 in range(2):" in source
    assert run(source, 1.0) == (4.0, 1.0)


def test_bindings_keep_their_names():
    weights = np.arange(3.0)
    b = Build()
    x = b.param("x", VEC)
    local = b.let(MUL, x, Lit(weights), type=VEC, hint="weights")
    source = emit(b.program(b.let(MUL, local, local, type=VEC), bindings=[("weights", weights)]))
    assert "weights_1 = x * weights" in source
    assert list(run(source, np.ones(3), weights=weights)) == [0.0, 1.0, 4.0]


def test_keywords_and_nonsense_are_not_names():
    b = Build()
    x = b.param("x", FLOAT)
    y = b.let(ADD, x, x, hint="lambda")
    z = b.let(MUL, y, y, hint="not a name")
    assert run(emit(b.program(y, z)), 1.0) == (2.0, 4.0)


@pytest.mark.parametrize("atomic", [False, True])
def test_the_same_program_gives_the_same_text(atomic):
    def make():
        b = Build()
        x = b.param("x", VEC)
        names = [b.let(MUL, x, x, type=VEC, hint=h) for h in "abcab"]
        out = b.let(EXP, x, type=VEC)
        for v in names:
            out = b.let(SUB, out, v, type=VEC)
        return b.program(out)

    assert emit(make(), atomic=atomic) == emit(make(), atomic=atomic)


def test_templates_use_the_modules_names():
    b = Build()
    x = b.param("np", FLOAT)
    y = b.let(template("np.hypot({0}, len('ab'))", "x"), x, hint="len")
    source = emit(b.program(y, b.let(ADD, y, y)))
    assert "len = np_1.hypot(np, builtins.len('ab'))" in source


def test_the_adjoint_loop_shares_the_name_of_its_index():
    b = Build()
    n = b.param("n", INT)
    (s,) = b.loop(n, [0.0], lambda i, s: [b.let(ADD, s, i)], ["s"])
    inside = b.loop(n, [s], lambda i, s: [b.let(ADD, s, i)], ["beta_s"], role="beta")
    b.body[-1].index.role = "beta"
    assert emit(b.program(*inside)).count("for i in range(n):") == 2


def test_a_derivative_whose_name_is_taken_is_written_where_it_is_read():
    b = Build()
    h = b.let(MUL, 2.0, b.param("x", FLOAT), hint="beta_h", role="beta")
    part = b.let(MUL, 0.5, h, hint="beta_h", role="beta")
    other = b.let(MUL, h, h, role="beta")
    h = b.let(ADD, part, other, hint="beta_h", role="beta")
    source = emit(b.program(h, h))
    assert "beta_h = 0.5 * beta_h + beta_h * beta_h\n" in source

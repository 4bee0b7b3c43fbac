"""Branches that are printed as expressions."""

import pytest

from s2sad.backend.emit import emit
from s2sad.ir.nodes import UNDEFINED
from s2sad.ir.types import BOOL, FLOAT, OPAQUE
from tests.ir.build import ADD, LT, MUL, NEG, Build, template


def body(b: Build, *yields: object) -> str:
    """The lines of the function, without its first one."""
    lines = emit(b.program(*yields)).split("def f(")[1].splitlines()[1:]
    return "\n".join(line[4:] for line in lines)


def choice(b, test, then, orelse, *, type=FLOAT, hint=""):
    (out,) = b.branch(test, then, orelse, b.var(type, hint))
    return out


def start() -> tuple:
    b = Build()
    x, y = b.param("x", FLOAT), b.param("y", FLOAT)
    return b, x, y


def test_one_result_of_two_expressions():
    b, x, y = start()
    test = b.let(LT, x, y, type=BOOL)
    out = choice(b, test, lambda: [b.let(MUL, x, b.let(ADD, x, y))], lambda: [y], hint="z")
    assert body(b, out, test) == (
        "alpha_1 = x < y\nz = x * (x + y) if alpha_1 else y\nreturn z, alpha_1"
    )


def test_chained_comparisons_and_short_circuits():
    b, x, y = start()
    first = b.let(LT, 0.0, x, type=BOOL)
    low = choice(b, first, lambda: [b.let(LT, x, y, type=BOOL)], lambda: [first], type=BOOL)
    out = choice(b, low, lambda: [low], lambda: [b.let(LT, y, 9.0, type=BOOL)], type=BOOL)
    assert body(b, out) == "return 0.0 < x < y or y < 9.0"


def test_literals_of_a_condition():
    b, x, y = start()
    test = b.let(LT, x, y, type=BOOL)
    opposite = choice(b, test, lambda: [False], lambda: [True], type=BOOL)
    less = b.let(LT, x, 1.0, type=BOOL)
    also = choice(b, less, lambda: [b.let(LT, y, 1.0, type=BOOL)], lambda: [False], type=BOOL)
    assert body(b, opposite, also) == "return not x < y, x < 1.0 and y < 1.0"


def test_conditions_are_not_negated_where_sides_can_be_swapped():
    b, x, y = start()
    test = b.let(template("not {0}", "x"), b.let(LT, x, y, type=BOOL), type=BOOL)
    assert body(b, choice(b, test, lambda: [x], lambda: [y])) == "return y if x < y else x"


def test_what_is_named_or_undefined_or_impure_stays_a_statement():
    b, x, y = start()
    effect = template("use({0})", "x", pure=False)
    for arm in (
        lambda: [b.let(NEG, b.let(MUL, x, x, hint="named"))],
        lambda: [UNDEFINED],
        lambda: [b.let(effect, x, type=OPAQUE)],
    ):
        test = b.let(LT, x, y, type=BOOL)
        choice(b, test, arm, lambda: [y], hint="z")
    text = body(b, x)
    assert " else " not in text
    assert text.count("if ") == 2  # of the undefined one nothing is read


def test_an_update_of_a_variable_stays_a_statement():
    b, x, y = start()
    test = b.let(LT, x, y, type=BOOL)
    out = choice(b, test, lambda: [b.let(MUL, x, 2.0)], lambda: [x], hint="x")
    assert body(b, out) == "if x < y:\n    x *= 2.0\nreturn x"


def test_nothing_moves_to_a_side_that_may_not_be_evaluated():
    b, x, y = start()
    before = b.let(MUL, x, x)
    test = b.let(LT, x, y, type=BOOL)
    out = choice(b, test, lambda: [b.let(ADD, before, 1.0)], lambda: [y])
    assert body(b, out) == "alpha_1 = x * x\nreturn alpha_1 + 1.0 if x < y else y"


def test_long_ones_stay_statements():
    b = Build()
    x = b.param("a_rather_long_name_of_a_parameter", FLOAT)
    test = b.let(LT, x, 1.0, type=BOOL)
    out = choice(b, test, lambda: [b.let(MUL, x, x)], lambda: [b.let(ADD, x, x)], hint="out")
    assert "if a_rather_long_name_of_a_parameter < 1.0:\n" in body(b, out)


def test_atomic_output_keeps_the_branches():
    b, x, y = start()
    test = b.let(LT, x, y, type=BOOL)
    out = choice(b, test, lambda: [b.let(MUL, x, x)], lambda: [y])
    assert "    if alpha_1:\n" in emit(b.program(out), atomic=True)


@pytest.mark.parametrize("taken", [True, False])
def test_only_the_taken_side_is_evaluated(taken):
    b, x, y = start()
    test = b.let(LT, x, y, type=BOOL)
    fails = template("1 / ({0} - {0})", "x")
    good, bad = (lambda: [b.let(NEG, x)]), (lambda: [b.let(fails, x)])
    out = choice(b, test, good, bad) if taken else choice(b, test, bad, good)
    space: dict = {}
    exec(emit(b.program(out)), space)
    assert space["f"](1.0, 2.0 if taken else 0.0) == -1.0

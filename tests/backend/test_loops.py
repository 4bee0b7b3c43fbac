"""Loops that end by a flag, and loops over what another loop recorded."""

from textwrap import dedent

from s2sad.backend.emit import emit
from s2sad.ir.nodes import Lit
from s2sad.ir.types import BOOL, FLOAT, INT
from tests.ir.build import ADD, LT, MUL, SUB, Build, template

NOT = template("not {0}", "x")


def newton(b: Build, *, go: bool, condition: bool = False, record: bool = True) -> tuple:
    """A loop with a flag and a counter, and what it records."""
    a = b.param("a", FLOAT)
    tape = b.tape()

    def test(flag, trips, x):
        tested = flag if go else b.let(NOT, flag, type=BOOL)
        if not condition:
            return tested
        both = b.var(BOOL)
        b.branch(tested, lambda: [b.let(LT, x, 50.0, type=BOOL)], lambda: [tested], both)
        return both

    def body(flag, trips, x):
        step = b.let(MUL, x, a, hint="step")
        small = b.let(LT, step, 1e-9, type=BOOL)
        if record:
            b.push(tape, x)
        after = b.var(BOOL, "s2_more")
        new = b.var(FLOAT, "x")
        b.branch(small, lambda: [not go, x], lambda: [flag, b.let(SUB, x, step)], after, new)
        return after, b.let(ADD, trips, 1, type=INT), new

    hints, types = ["s2_more", "trips", "x"], [BOOL, INT, FLOAT]
    _, trips, x = b.repeat([Lit(go), 0, 1.0], test, body, hints, types)
    return tape, trips, x


def backward(b: Build, tape, trips) -> tuple:
    def step(i, bar):
        (x,) = b.pop(tape, b.var(FLOAT, "x"))
        return [b.let(MUL, bar, x, role="beta")]

    return b.loop(trips, [1.0], step, ["beta_x"], backward=True, role="beta")


EXPECTED = """
def f(a):
    tape = []
    x = 1.0
    while {test}:
        step = x * a
        alpha_1 = step < 1e-09
        tape.append(x)
        if alpha_1:
            break
        x -= step
    beta_x = 1.0
    while tape:
        x_1 = tape.pop()
        beta_x *= x_1
    return x, beta_x
"""


def test_a_flag_is_a_break_and_the_length_of_a_tape_is_not_counted():
    for go in (True, False):
        for condition in (True, False):
            b = Build()
            tape, trips, x = newton(b, go=go, condition=condition)
            (bar,) = backward(b, tape, trips)
            expected = EXPECTED.format(test="x < 50.0" if condition else "True")
            assert emit(b.program(x, bar)) == dedent(expected).lstrip()


def test_a_counter_that_is_read_stays():
    b = Build()
    tape, trips, x = newton(b, go=True)
    (bar,) = backward(b, tape, trips)
    source = emit(b.program(x, bar, trips))
    assert "trips += 1" in source and "for _ in range(trips):" in source


def test_a_tape_that_others_push_to_does_not_count():
    b = Build()
    tape = newton_tape, trips, x = newton(b, go=True)
    b.push(newton_tape, x)
    (bar,) = backward(b, newton_tape, trips)
    assert "for _ in range(trips):" in emit(b.program(x, bar))
    assert tape[0] is newton_tape


def test_a_flag_that_is_read_after_the_loop_stays():
    b = Build()
    x = b.param("x", FLOAT)

    def body(more, x):
        return b.let(LT, x, 9.0, type=BOOL), b.let(MUL, x, x)

    more, x = b.repeat([Lit(True), x], lambda more, x: more, body, ["more", "x"], [BOOL, FLOAT])
    assert "while more:" in emit(b.program(more, x))


def test_the_condition_stands_in_the_test_of_the_break():
    b = Build()
    x = b.param("x", FLOAT)

    def body(done, x):
        new = b.let(MUL, x, x, hint="x")
        return b.let(LT, 9.0, new, type=BOOL), new

    def test(done, x):
        return b.let(NOT, done, type=BOOL)

    _, x = b.repeat([Lit(False), x], test, body, ["", "x"], [BOOL, FLOAT])
    assert emit(b.program(x)) == dedent(
        """\
        def f(x):
            while True:
                x *= x
                if 9.0 < x:
                    break
            return x
        """
    )


def test_atomic_output_keeps_flags_and_counters():
    b = Build()
    tape, trips, x = newton(b, go=True)
    (bar,) = backward(b, tape, trips)
    source = emit(b.program(x, bar), atomic=True)
    assert "while s2_more:" in source and "range(trips)" in source

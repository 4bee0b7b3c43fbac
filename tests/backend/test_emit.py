"""What emitted code looks like."""

import operator
from collections import namedtuple
from dataclasses import dataclass
from textwrap import dedent

import numpy as np
import pytest

from s2sad.backend.emit import emit
from s2sad.errors import InternalError
from s2sad.ir.nodes import UNDEFINED, Lit, Param
from s2sad.ir.tree import Struct
from s2sad.ir.types import FLOAT, INT, OPAQUE, TAPE, Array, Number
from s2sad.rules.table import lookup
from tests.ir.build import (
    ADD,
    EXP,
    F8,
    INDEX_ADD,
    ITEM,
    LT,
    MAT,
    MATMUL,
    MUL,
    NEG,
    NEW_TAPE,
    POW,
    SUB,
    SUM,
    TANH,
    TRANSPOSE,
    VEC,
    ZEROS,
    Build,
    M,
    N,
    template,
)


def text(expected: str) -> str:
    return dedent(expected).lstrip("\n")


def rule(f):
    found = lookup(f)
    assert found is not None
    return found


def layer() -> Build:
    """The gradient of np.sum((np.tanh(x @ w + b) - y) ** 2)."""
    b = Build()
    w, bias = b.param("w", MAT), b.param("b", Array(F8, (M,)))
    x, y = b.param("x", Array(F8, (N, N))), b.param("y", MAT)
    user, square = "h = np.tanh(x @ w + b)", "return np.sum(r * r)"
    b.comment("forward")
    product = b.let(MATMUL, x, w, type=MAT, at=user)
    h = b.let(TANH, b.let(ADD, product, bias, type=MAT), type=MAT, hint="h")
    r = b.let(SUB, h, y, type=MAT, hint="r")
    b.comment("backward")
    bar = b.let(MUL, 2.0, r, type=MAT, hint="beta_r", role="beta", at=square)
    slope = b.let(SUB, 1.0, b.let(MUL, h, h, type=MAT, role="beta"), type=MAT, role="beta")
    bar = b.let(MUL, bar, slope, type=MAT, role="beta", at=user)
    first = b.let(SUM, bar, 0, type=bias.type, hint="beta_b", role="beta", at=user)
    turned = b.let(TRANSPOSE, x, type=x.type, role="beta")
    b.last = b.let(MATMUL, turned, bar, type=MAT, hint="beta_w", role="beta", at=user), first
    return b


DOC = """Gradient of loss (model.py:9) with respect to w, b. Written by s2sad.

w: f8[d, k], b: f8[k], x: f8[n, d], y: f8[n, k]."""


def test_the_gradient_of_a_layer():
    b = layer()
    assert emit(b.program(*b.last, name="loss_grad", doc=DOC)) == text(
        '''
        import numpy as np


        def loss_grad(w, b, x, y):
            """Gradient of loss (model.py:9) with respect to w, b. Written by s2sad.

            w: f8[d, k], b: f8[k], x: f8[n, d], y: f8[n, k].
            """
            # forward
            h = np.tanh(x @ w + b)
            r = h - y
            # backward
            beta_r = 2.0 * r  # return np.sum(r * r)
            beta_1 = beta_r * (1.0 - h * h)  # h = np.tanh(x @ w + b)
            beta_b = beta_1.sum(axis=0)
            beta_w = x.T @ beta_1
            return beta_w, beta_b
        '''
    )


def slide(b: Build) -> object:
    x = b.param("x", FLOAT)
    b.comment("forward")
    a1 = b.let(MUL, -2, x)
    a2 = b.let(EXP, a1)
    a3 = b.let(ADD, 1, a2)
    b.comment("backward")
    b2 = b.let(rule(operator.truediv), 10.0, a3, role="beta", at="return 10 * np.log(a3)")
    b1 = b.let(MUL, b2, a2, role="beta")
    return b.let(MUL, -2, b1, hint="beta_x", role="beta")


def test_the_only_derivative_needs_no_name():
    b = Build()
    out = slide(b)
    assert emit(b.program(out, name="slide_grad")) == text(
        """
        import numpy as np


        def slide_grad(x):
            # forward
            alpha_1 = np.exp(-2 * x)
            # backward
            return -2 * (10.0 / (1 + alpha_1) * alpha_1)
        """
    )


def test_atomic_prints_every_statement():
    b = Build()
    out = slide(b)
    assert emit(b.program(out, name="slide_grad"), atomic=True) == text(
        """
        import numpy as np


        def slide_grad(x):
            # forward
            alpha_1 = -2 * x
            alpha_2 = np.exp(alpha_1)
            alpha_3 = 1 + alpha_2
            # backward
            beta_1 = 10.0 / alpha_3  # return 10 * np.log(a3)
            beta_2 = beta_1 * alpha_2
            beta_x = -2 * beta_2
            return beta_x
        """
    )


def test_a_loop_and_its_adjoint():
    b = Build()
    x, y, dt = (b.param(n, FLOAT) for n in ("x", "y", "dt"))
    n = b.param("n", INT)
    b.comment("forward")
    tape = b.tape()

    def forward(i, x, y):
        b.push(tape, x, y)
        dx = b.let(MUL, x, y, hint="dx")
        new = b.let(ADD, x, b.let(MUL, dt, dx), hint="x")
        return new, b.let(SUB, y, b.let(MUL, dt, y), hint="y")

    x, y = b.loop(n, [x, y], forward, ["x", "y"])
    b.comment("backward")
    bar_x = b.let(MUL, 2.0, x, hint="beta_x", role="beta", at="return x * x")

    def backward(i, bar_x, bar_y):
        x, y = b.pop(tape, b.var(FLOAT, "x"), b.var(FLOAT, "y"))
        t = b.let(MUL, dt, bar_y, role="beta", at="y = y - dt * y")
        bar_y = b.let(SUB, bar_y, t, role="beta", hint="beta_y", at="y = y - dt * y")
        at = "x = x + dt * dx"
        bar_dx = b.let(MUL, dt, bar_x, hint="beta_dx", role="beta", at=at)
        at = "dx = x * y"
        t = b.let(MUL, bar_dx, y, role="beta", at=at)
        bar_x = b.let(ADD, bar_x, t, role="beta", hint="beta_x", at=at)
        t = b.let(MUL, bar_dx, x, role="beta", at=at)
        return bar_x, b.let(ADD, bar_y, t, role="beta", hint="beta_y", at=at)

    hints = ["beta_x", "beta_y"]
    bars = b.loop(n, [bar_x, 0.0], backward, hints, backward=True, role="beta")
    assert emit(b.program(*bars)) == text(
        """
        def f(x, y, dt, n):
            # forward
            tape = []
            for _ in range(n):
                tape.append((x, y))
                dx = x * y
                x += dt * dx
                y -= dt * y
            # backward
            beta_x = 2.0 * x  # return x * x
            beta_y = 0.0
            for _ in range(n):
                x, y = tape.pop()
                beta_y -= dt * beta_y  # y = y - dt * y
                beta_dx = dt * beta_x  # x = x + dt * dx
                beta_x += beta_dx * y  # dx = x * y
                beta_y += beta_dx * x
            return beta_x, beta_y
        """
    )


def test_swaps_are_tuple_assignments():
    b = Build()
    n = b.param("n", INT)
    first, second = b.loop(n, [0.0, 1.0], lambda i, x, y: (y, b.let(ADD, x, y)), ["a", "b"])
    assert emit(b.program(first, second)) == text(
        """
        def f(n):
            a = 0.0
            b = 1.0
            for _ in range(n):
                a, b = b, a + b
            return a, b
        """
    )


def test_branches():
    b = Build()
    x = b.param("x", FLOAT)

    def chain(limits):
        if not limits:
            return x
        out = b.var(FLOAT, "y")
        test = b.let(LT, x, limits[0])
        b.branch(test, lambda: [b.let(MUL, x, limits[0])], lambda: [chain(limits[1:])], out)
        return out

    y = chain([1.0, 2.0])
    test = b.let(LT, y, 0.0)
    (z,) = b.branch(test, lambda: [UNDEFINED], lambda: [b.let(NEG, y)], b.var(FLOAT, "z"))
    assert emit(b.program(b.let(ADD, z, y))) == text(
        """
        def f(x):
            y = x * 1.0 if x < 1.0 else x * 2.0 if x < 2.0 else x
            if not y < 0.0:
                z = -y
            return z + y
        """
    )


def test_while_with_an_expression_and_with_statements():
    b = Build()
    x = b.param("x", FLOAT)
    (x,) = b.repeat([x], lambda c: b.let(LT, c, 9.0), lambda c: [b.let(MUL, c, c)], ["x"])

    def test(c):
        t = b.let(MUL, c, c, hint="t")
        return b.let(LT, t, b.let(ADD, t, 1.0))

    (x,) = b.repeat([x], test, lambda c: [b.let(ADD, c, 1.0)], ["x"])
    assert emit(b.program(x)) == text(
        """
        def f(x):
            while x < 9.0:
                x *= x
            while True:
                t = x * x
                if not t < t + 1.0:
                    break
                x += 1.0
            return x
        """
    )


@pytest.mark.parametrize(
    ("start", "stop", "step", "backward", "expected"),
    [
        (0, "n", 1, False, "range(n)"),
        (1, "n", 1, False, "range(1, n)"),
        (0, "n", 2, False, "range(0, n, 2)"),
        (0, "n", 1, True, "range(n - 1, -1, -1)"),
        (0, 4, 1, True, "range(3, -1, -1)"),
        (2, "n", 3, True, "reversed(range(2, n, 3))"),
        (5, 0, -1, False, "range(5, 0, -1)"),
    ],
)
def test_ranges(start, stop, step, backward, expected):
    b = Build()
    n, x = b.param("n", INT), b.param("x", FLOAT)
    stop = n if stop == "n" else stop
    (s,) = b.loop(
        stop, [x], lambda i, s: [b.let(ADD, s, i)], ["s"], start=start, step=step, backward=backward
    )
    assert f"for i in {expected}:" in emit(b.program(s))


Point = namedtuple("Point", "x y")


@dataclass
class Model:
    w: object
    b: object


def test_structures_are_taken_apart_and_put_together():
    b = Build()
    leaf = {n: b.var(FLOAT, n) for n in ("s", "r", "w", "c", "px", "mw")}
    b.params += [
        Param("p", Struct("tuple", (leaf["s"], leaf["r"], b.var(FLOAT, "unread")))),
        Param("d", Struct("dict", (leaf["w"], b.var(FLOAT, "b")), ("w", "b"))),
        Param("q", Struct("list", (Lit(3), Struct("tuple", (leaf["c"],))))),
        Param("point", Struct("namedtuple", (leaf["px"], b.var(FLOAT)), ("x", "y"), Point)),
        Param("model", Struct("dataclass", (leaf["mw"], Lit(None)), ("w", "b"), Model)),
    ]
    result = Struct(
        "tuple",
        (
            Struct("dict", (0, 1), ("a", 2)),
            Struct("list", (2,)),
            Struct("dataclass", (3, None), ("w", "b"), Model),
            Struct("namedtuple", (4, 5), ("x", "y"), Point),
        ),
    )
    program = b.program(
        *leaf.values(), result=result, bindings=[("Model", Model), ("Point", Point)]
    )
    source = emit(program)
    assert source == text(
        """
        def f(p, d, q, point, model):
            s, r, _ = p
            w = d["w"]
            c = q[1][0]
            px, _ = point
            mw = model.w
            return {"a": s, 2: r}, [w], Model(w=c, b=None), Point(x=px, y=mw)
        """
    ).replace('"', "'")
    space = {"Model": Model, "Point": Point}
    exec(source, space)
    out = space["f"]((1, 2, 3), {"w": 4, "b": 5}, [3, (6,)], Point(7, 8), Model(9, None))
    assert out == ({"a": 1, 2: 2}, [4], Model(6, None), Point(7, 9))


def test_calls_of_other_functions():
    g = Build()
    y = g.param("y", FLOAT)
    callee = g.function(g.let(MUL, y, y), g.let(NEG, y), name="g")
    b = Build()
    x = b.param("x", FLOAT)
    first, _ = b.call("g", [b.let(ADD, x, 1.0)], b.var(FLOAT), b.var(FLOAT))
    assert emit(b.program(first, callees=[callee])) == text(
        """
        def g(y):
            return y * y, -y


        def f(x):
            alpha_1, _ = g(x + 1.0)
            return alpha_1
        """
    )


@pytest.mark.parametrize(
    ("f", "args", "of", "expected"),
    [
        (np.sum, (..., 0, None, None, False), MAT, "x.sum(axis=0)"),
        (np.sum, (..., None, None, None, True), MAT, "x.sum(keepdims=True)"),
        (np.sum, (..., (0, 1)), MAT, "x.sum(axis=(0, 1))"),
        (np.sum, (..., 0), FLOAT, "np.sum(x, axis=0)"),
        (np.sum, (...,), Array(None, None), "np.sum(x)"),
        (np.reshape, (..., (2, 3), "C"), MAT, "x.reshape((2, 3))"),
        (np.transpose, (..., None), MAT, "x.T"),
        (np.transpose, (..., (1, 0)), MAT, "x.transpose((1, 0))"),
        (np.matrix_transpose, (...,), MAT, "x.mT"),
        (np.concatenate, ((..., ...), 0), VEC, "np.concatenate((x, x))"),
        (np.expand_dims, (..., 1), VEC, "np.expand_dims(x, 1)"),
        (np.add, (..., 1.5), FLOAT, "np.add(x, 1.5)"),
        (np.zeros, ((2, 3), np.dtype("f4"), "C"), VEC, "np.zeros((2, 3), dtype=np.float32)"),
        (np.arange, (0, 5, 2), VEC, "np.arange(0, 5, 2)"),
        (operator.getitem, (..., (0, slice(1, -1, None))), MAT, "x[0, 1:-1]"),
        (operator.getitem, (..., Lit((slice(None), None, Ellipsis))), MAT, "x[:, None, ...]"),
        (operator.getitem, (..., slice(None, None, -1)), VEC, "x[::-1]"),
    ],
)
def test_spelling(f, args, of, expected):
    b = Build()
    x = b.param("x", of)

    def put(a):
        return tuple(map(put, a)) if isinstance(a, tuple) else x if a is ... else a

    out = b.let(rule(f), *map(put, args), type=VEC)
    assert emit(b.program(out)).split("return ")[1].strip() == expected


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        (-1.5, "-1.5"),
        (float("nan"), "np.nan"),
        (float("-inf"), "-np.inf"),
        (-0.0, "-0.0"),
        (np.float32(1.5), "np.float32(1.5)"),
        (np.dtype("f4"), "np.float32"),
        (np.dtype("?"), "np.bool_"),
        (float, "float"),
        (None, "None"),
        (True, "True"),
        ("a'b", '"a\'b"'),
        ([1, (2.0,)], "[1, (2.0,)]"),
        (slice(1, None), "slice(1, None, None)"),
        (1j, "1j"),
        (complex(1, -2), "complex(1.0, -2.0)"),
        (np.float64, "np.float64"),
        (np.linalg.solve, "np.linalg.solve"),
        ({"a": [1]}, "{'a': [1]}"),
    ],
)
def test_literals(literal, expected):
    b = Build()
    b.param("x", FLOAT)
    assert emit(b.program(Lit(literal))).split("return ")[1].strip() == expected


def test_an_object_without_a_name_is_an_error():
    b = Build()
    b.param("x", FLOAT)
    with pytest.raises(InternalError, match="has no name in the generated module"):
        emit(b.program(Lit(object())))


def test_minimal_parentheses():
    b = Build()
    x, y = b.param("x", FLOAT), b.param("y", FLOAT)
    left = b.let(MUL, b.let(SUB, x, b.let(SUB, y, 1.0)), b.let(NEG, b.let(POW, x, -2)))
    assert "return (x - (y - 1.0)) * -x ** -2" in emit(b.program(left)).replace("x**-2", "x ** -2")


def test_opaque_python_is_printed_from_its_template():
    b = Build()
    x = b.param("x", OPAQUE)
    b.let(template("print(f'{{{0}}}', end={1})", "a", "b", pure=False), x, Lit(""), type=OPAQUE)
    b.let(template("assert {0}, 'no'", "a", pure=False), x, type=OPAQUE)
    name = b.let(template("{0}.name", "a", pure=False), x, type=OPAQUE, hint="name")
    assert emit(b.program(name)) == text(
        """
        def f(x):
            print(f'{x}', end='')
            assert x, 'no'
            name = x.name
            return name
        """
    )


def test_long_expressions_are_not_folded_into_one_line():
    b = Build()
    x = b.param("a_rather_long_name_of_a_parameter", FLOAT)
    out = x
    for _ in range(4):
        out = b.let(ADD, out, x)
    source = emit(b.program(out))
    assert "alpha_1 = " in source
    assert max(map(len, source.splitlines())) <= 88


def test_nothing_is_folded_into_a_loop_or_past_a_new_version():
    b = Build()
    x = b.param("x", FLOAT)
    outside = b.let(EXP, x)
    (s,) = b.loop(3, [0.0], lambda i, s: [b.let(ADD, s, outside)], ["s"])
    early = b.let(MUL, x, x)
    new = b.let(ADD, x, s, hint="x")
    assert emit(b.program(b.let(MUL, new, early))) == text(
        """
        import numpy as np


        def f(x):
            alpha_1 = np.exp(x)
            s = 0.0
            for _ in range(3):
                s += alpha_1
            alpha_2 = x * x
            x += s
            return x * alpha_2
        """
    )


def test_remarks_move_above_lines_that_are_too_long():
    b = Build()
    x = b.param("x", FLOAT)
    bar = b.let(MUL, x, x, role="beta", hint="beta_x", at="y = " + " + ".join(["x"] * 25))
    source = emit(b.program(bar, bar))
    assert f"    # y = {' + '.join(['x'] * 25)}\n    beta_x = x * x\n" in source


def test_docstrings_are_wrapped():
    b = Build()
    source = emit(b.program(b.param("x", FLOAT), doc="word " * 40 + "\n\nend"))
    assert max(map(len, source.splitlines())) <= 100
    assert source.count('"""') == 2
    assert '\n\n    end\n    """\n' in source


def test_constants_are_chained():
    b = Build()
    n = b.param("n", INT)
    out = b.loop(
        n, [0.0, 0.0, 1], lambda i, x, y, k: [b.let(ADD, x, i), b.let(ADD, y, x), k], "xyk"
    )
    assert "    x = y = 0.0\n" in emit(b.program(*out))


def test_sizes_known_to_be_numbers_are_augmented_and_unknown_ones_are_not():
    b = Build()
    x, y = b.param("x", Number(F8)), b.param("y", Array(None, None))
    x = b.let(MUL, x, 2.0, type=Number(F8), hint="x")
    y = b.let(MUL, y, 2.0, type=Array(None, None), hint="y")
    source = emit(b.program(x, y))
    assert "x *= 2.0" in source
    assert "y = y * 2.0" in source


def test_zeros_of_a_size():
    b = Build()
    n = b.param("n", INT)
    assert "return np.zeros(n)" in emit(b.program(b.let(ZEROS, n, Lit(float), type=VEC)))
    assert "return np.zeros((n, 2))" in emit(b.program(b.let(ZEROS, (n, 2), type=MAT)))


def test_elements():
    b = Build()
    x = b.param("x", VEC)
    assert "return x[0] * x[-1]" in emit(
        b.program(
            b.let(MUL, b.let(ITEM, x, 0, type=Number(F8)), b.let(ITEM, x, -1, type=Number(F8)))
        )
    )


def test_opposites_are_subtracted():
    b = Build()
    x, y = b.param("x", VEC), b.param("y", FLOAT)
    out = b.let(INDEX_ADD, x, 0, b.let(NEG, b.let(MUL, y, y)), type=VEC)
    assert "alpha_1[0] -= y * y" in emit(b.program(out))


def test_numbers_are_updated_from_either_side():
    b = Build()
    x = b.param("x", FLOAT)
    assert "x *= 2.0" in emit(b.program(*[b.let(MUL, 2.0, x, hint="x")] * 2))


def test_tapes_of_tapes_have_one_ending():
    b = Build()
    x = b.param("x", FLOAT)
    tapes = [b.let(NEW_TAPE, type=TAPE, role="tape", hint=h) for h in ("h_tape_tape", "tape_tape")]
    for tape in tapes:
        b.push(tape, x)
    assert "    h_tape = []\n    tape = []\n" in emit(b.program(x))


def test_a_loop_variable_that_nobody_reads_may_have_been_called_underscore():
    b = Build()
    x = b.param("x", FLOAT)
    out = b.loop(3, [x], lambda i, s: [b.let(MUL, s, s)], ["s"], index="_")
    assert "for _ in range(3):" in emit(b.program(*out))


def test_slices_outside_of_brackets():
    b = Build()
    x = b.param("x", VEC)
    places = (slice(None), slice(1, None), slice(None, None, 2)), Lit(np.array([0, 1]))
    out = b.let(INDEX_ADD, x, (*places[0], places[1]), 1.0, type=VEC)
    source = emit(b.program(out, bindings=[("i", places[1].value)]))
    assert "(slice(None), slice(1, None), slice(None, None, 2), i)" in source


def test_remarks_close_their_brackets():
    b = Build()
    x = b.param("x", FLOAT)
    bar = b.let(MUL, x, x, role="beta", hint="beta_x", at="y = f(")
    assert "beta_x = x * x  # y = f(...)" in emit(b.program(bar, bar))


def test_what_is_bound_wherever_it_is_read_is_not_set_to_none():
    b = Build()
    x = b.param("x", FLOAT)
    test = b.let(LT, x, 1.0)
    (y,) = b.branch(test, lambda: [UNDEFINED], lambda: [b.let(MUL, x, x)], b.var(FLOAT, "y"))
    tape = b.tape()

    def push():
        b.push(tape, y)
        return []

    b.branch(test, list, push)
    assert "None" not in emit(b.program(x))
    b.push(tape, y)
    assert "y = None" in emit(b.program(x))

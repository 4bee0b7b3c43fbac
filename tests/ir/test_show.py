"""The IR as text."""

from s2sad.ir.show import show
from s2sad.ir.types import FLOAT, INT
from tests.ir.build import ADD, ITEM, LT, MUL, VEC, Build


def test_straight_code_with_places():
    b = Build()
    x = b.param("x", VEC)
    n = b.param("n", INT)
    part = b.let(ITEM, x, slice(1, n, None), type=VEC, at="y = x[1:n]")
    b.comment("backward")
    text = show(b.function(b.let(MUL, 2.0, part, type=VEC)))
    line = b.body[0].at.line
    assert text.splitlines() == [
        "f(x: v1: f8[n], n: v2: int)",
        f"{'  v3: f8[n] = operator.getitem(v1, 1:v2)':<52}@{line}",
        "  # backward",
        "  v4: f8[n] = operator.mul(2.0, v3)",
        "  return v4",
    ]


def test_regions():
    b = Build()
    x, n = b.param("x", FLOAT), b.param("n", INT)
    tape = b.tape()

    def body(i, s):
        b.push(tape, s, i)
        test = b.let(LT, s, 1.0)
        out = b.var(FLOAT)
        b.branch(test, lambda: [b.let(ADD, s, x)], lambda: [s], out)
        return [out]

    (s,) = b.loop(n, [0.0], body)
    (t,) = b.repeat([s], lambda c: b.let(LT, c, 1.0), lambda c: [b.let(MUL, c, c)])
    (u,) = b.pop(tape, b.var(FLOAT))
    b.call("g", [t], b.var(FLOAT))
    text = show(b.program(u))
    assert "v5: float = for v6 in range(0, v2, 1) with v4: float = 0.0:" in text
    assert "    push v3(v4, v6)" in text
    assert "    v8: float = if v7:" in text
    assert "      yield v9" in text
    assert "  v11: float = while with v10: float = v5:" in text
    assert "    test v12" in text
    assert "  v14: float = pop v3" in text
    assert "  v15: float = call g(v11)" in text

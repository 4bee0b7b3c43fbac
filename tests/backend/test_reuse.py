"""Writing in place where the old value is dead, and only there."""

import numpy as np
import pytest

from s2sad.backend.emit import emit
from s2sad.ir.nodes import UNDEFINED, Lit
from s2sad.ir.types import FLOAT, INT, OPAQUE, Array
from tests.ir.build import (
    ADD,
    COPY,
    F8,
    INDEX_ADD,
    ITEM,
    LT,
    MUL,
    NEG,
    NP_ADD,
    SCALAR,
    STORE,
    SUB,
    TANH,
    VEC,
    ZEROS_LIKE,
    Build,
    M,
    template,
)

INTS = Array(np.dtype("i8"), (M,))


def lines(b: Build, *yields, **more) -> list[str]:
    """The body of what is emitted."""
    source = emit(b.program(*yields, **more))
    return [line.strip() for line in source.split("def f(")[-1].split("\n")[1:-1]]


def test_a_write_to_an_argument_goes_to_a_copy():
    b = Build()
    u = b.param("u", VEC)
    assert lines(b, b.let(STORE, u, 0, 1.0, type=VEC, hint="u")) == [
        "u = u.copy()",
        "u[0] = 1.0",
        "return u",
    ]


def test_an_array_that_is_still_read_is_copied():
    b = Build()
    a = b.let(ZEROS_LIKE, b.param("x", VEC), type=VEC, hint="a")
    new = b.let(STORE, a, 0, 1.0, type=VEC, hint="a")
    assert lines(b, a, new)[1:3] == ["a_1 = a.copy()", "a_1[0] = 1.0"]


def test_a_view_that_is_still_read_is_copied_in_place_of_the_array():
    b = Build()
    a = b.let(ZEROS_LIKE, b.param("x", VEC), type=VEC, hint="a")
    view = b.let(ITEM, a, slice(1, None, None), type=VEC, hint="v")
    new = b.let(STORE, a, 0, 1.0, type=VEC, hint="a")
    assert lines(b, view, new)[1:3] == ["v = a[1:].copy()", "a[0] = 1.0"]


def test_a_chain_of_writes_is_in_place():
    b = Build()
    x = b.param("x", VEC)
    a = b.let(ZEROS_LIKE, x, type=VEC, hint="beta_x", role="beta")
    for i in range(2):
        a = b.let(INDEX_ADD, a, i, 2.0, type=VEC, hint="beta_x", role="beta")
    assert lines(b, a) == [
        "beta_x = np.zeros_like(x)",
        "beta_x[0] += 2.0",
        "beta_x[1] += 2.0",
        "return beta_x",
    ]


def test_a_carried_array_is_written_without_a_copy():
    b = Build()
    x, n = b.param("x", VEC), b.param("n", INT)
    zero = b.let(ZEROS_LIKE, x, type=VEC, hint="beta_x", role="beta")

    def body(i, bar):
        return [b.let(INDEX_ADD, bar, i, 2.0, type=VEC, hint="beta_x", role="beta")]

    (bar,) = b.loop(n, [zero], body, ["beta_x"], role="beta", backward=True)
    assert lines(b, bar) == [
        "beta_x = np.zeros_like(x)",
        "for i in range(n - 1, -1, -1):",
        "beta_x[i] += 2.0",
        "return beta_x",
    ]


def test_a_carried_argument_is_copied_once_before_nested_loops():
    b = Build()
    u, n = b.param("u", VEC), b.param("n", INT)

    def inner(j, v):
        return [b.let(STORE, v, j, 1.0, type=VEC, hint="u")]

    (out,) = b.loop(n, [u], lambda i, v: b.loop(n, [v], inner, ["u"], index="j"), ["u"])
    found = lines(b, out)
    assert found[0] == "u = u.copy()"
    assert sum("copy" in line for line in found) == 1


def test_a_branch_may_write_or_not():
    b = Build()
    u, c = b.param("u", VEC), b.param("c", FLOAT)

    def body(i, v):
        test = b.let(LT, c, 1.0)
        out = b.var(VEC, "u")
        b.branch(test, lambda: [b.let(STORE, v, i, c, type=VEC, hint="u")], lambda: [v], out)
        return [out]

    (out,) = b.loop(9, [u], body, ["u"])
    assert lines(b, out) == [
        "u = u.copy()",
        "for i in range(9):",
        "if c < 1.0:",
        "u[i] = c",
        "return u",
    ]


def test_swapped_buffers_are_written_in_place():
    b = Build()
    x = b.param("x", VEC)
    a, c = b.let(COPY, x, type=VEC, hint="a"), b.let(COPY, x, type=VEC, hint="b")

    def body(i, a, c):
        v = b.let(ITEM, a, i, type=SCALAR)
        return [b.let(STORE, c, i, v, type=VEC, hint="b"), a]

    a, c = b.loop(9, [a, c], body, ["a", "b"])
    found = lines(b, a, c)
    assert "b[i] = a[i]" in found
    assert "a, b = b, a" in found
    assert not any(".copy()" in line for line in found[2:])


def test_two_carried_names_of_one_array_are_not_written_in_place():
    b = Build()
    a = b.let(COPY, b.param("x", VEC), type=VEC, hint="a")

    def body(i, u, v):
        return [b.let(STORE, u, i, 1.0, type=VEC, hint="u"), v]

    u, v = b.loop(9, [a, a], body, ["u", "v"])
    assert any(".copy()" in line for line in lines(b, u, v)[1:])


def test_what_is_recorded_is_not_overwritten():
    b = Build()
    x = b.param("x", VEC)
    tape = b.tape()
    a = b.let(COPY, x, type=VEC, hint="a")
    b.push(tape, a)
    new = b.let(STORE, a, 0, 1.0, type=VEC, hint="a")
    (old,) = b.pop(tape, b.var(VEC, "old"))
    assert "a = a.copy()" in lines(b, b.let(SUB, new, old, type=VEC))


def test_a_carried_array_that_is_recorded_is_copied_every_time():
    b = Build()
    u = b.param("u", VEC)
    tape = b.tape()

    def body(i, v):
        b.push(tape, v)
        return [b.let(STORE, v, i, 1.0, type=VEC, hint="u")]

    (u,) = b.loop(3, [u], body, ["u"])
    (old,) = b.pop(tape, b.var(VEC, "old"))
    found = lines(b, u, old)
    assert found[1] == "for i in range(3):"
    assert found[3] == "u = u.copy()"


def test_what_unknown_code_may_keep_is_not_overwritten():
    b = Build()
    kept = b.param("kept", OPAQUE)
    a = b.let(COPY, b.param("x", VEC), type=VEC, hint="a")
    b.let(template("{0}.append({1})", "l", "x", pure=False), kept, a)
    assert "a = a.copy()" in lines(b, b.let(STORE, a, 0, 1.0, type=VEC, hint="a"))


def test_what_a_callee_returns_fresh_may_be_overwritten():
    g = Build()
    out = g.let(TANH, g.param("y", VEC), type=VEC)
    fresh = g.function(out, name="g")
    h = Build()
    same = h.function(h.param("y", VEC), name="h")
    for callee, copies in ((fresh, False), (same, True)):
        b = Build()
        (a,) = b.call(callee.name, [b.param("x", VEC)], b.var(VEC, "a"))
        new = b.let(STORE, a, 0, 1.0, type=VEC, hint="a")
        assert ("a = a.copy()" in lines(b, new, callees=[callee])) is copies


@pytest.mark.parametrize(
    ("index", "text"),
    [
        (0, "a[0] += 2.0"),
        (slice(1, None, None), "a[1:] += 2.0"),
        ((Lit(Ellipsis), 0), "a[..., 0] += 2.0"),
        (Lit([0, 0]), "np.add.at(a, [0, 0], 2.0)"),
    ],
)
def test_repeated_indices_add_up(index, text):
    b = Build()
    a = b.let(COPY, b.param("x", VEC), type=VEC, hint="a")
    assert text in lines(b, b.let(INDEX_ADD, a, index, 2.0, type=VEC, hint="a"))


def test_integer_arrays_and_masks_as_indices():
    b = Build()
    x, at = b.param("x", VEC), b.param("at", INTS)
    mask = b.param("mask", Array(np.dtype("?"), VEC.dims))
    a = b.let(COPY, x, type=VEC, hint="a")
    a = b.let(INDEX_ADD, a, at, 2.0, type=VEC, hint="a")
    a = b.let(INDEX_ADD, a, mask, 2.0, type=VEC, hint="a")
    assert lines(b, a)[1:3] == ["np.add.at(a, at, 2.0)", "a[mask] += 2.0"]


def test_an_update_of_a_part_is_augmented():
    b = Build()
    u = b.let(COPY, b.param("x", VEC), type=VEC, hint="u")
    part = Array(F8, (M,))
    old = b.let(ITEM, u, (slice(1, -1, None),), type=part)
    new = b.let(SUB, old, b.let(MUL, 2.0, 0.5), type=part)
    u = b.let(STORE, u, (slice(1, -1, None),), new, type=VEC, hint="u")
    assert lines(b, u)[1] == "u[1:-1] -= 2.0 * 0.5"


def test_a_dead_temporary_gives_its_buffer():
    b = Build()
    x = b.param("x", VEC)
    t = b.let(MUL, x, x, type=VEC)
    s = b.let(SUB, t, b.let(TANH, t, type=VEC), type=VEC)  # t is read twice: it has a name
    u = b.let(NEG, s, type=VEC)
    v = b.let(ADD, s, u, type=VEC)
    w = b.let(TANH, v, type=VEC)
    assert lines(b, b.let(MUL, w, w, type=VEC)) == [
        "alpha_1 = x * x",
        "alpha_1 -= np.tanh(alpha_1)",
        "alpha_2 = np.tanh(alpha_1 + -alpha_1)",
        "return alpha_2 * alpha_2",
    ]


def test_a_named_array_gives_its_buffer_to_a_function():
    b = Build()
    x = b.param("x", VEC)
    z = b.let(MUL, x, x, type=VEC, hint="z")
    h = b.let(TANH, z, type=VEC, hint="h")
    assert lines(b, b.let(MUL, h, h, type=VEC))[1] == "h = np.tanh(z, z)"


@pytest.mark.parametrize(
    "other", [Array(F8, (M, *(VEC.dims or ()))), Array(np.dtype("f4"), VEC.dims), Array(None, None)]
)
def test_a_buffer_that_does_not_fit_is_left_alone(other):
    b = Build()
    x, y = b.param("x", VEC), b.param("y", other)
    z = b.let(MUL, y, y, type=other, hint="z")
    result = VEC if other.dims is not None and len(other.dims) == 1 else other
    h = b.let(NP_ADD, z, x, type=result, hint="h")
    expected = "h = np.add(z, x, z)" if other.dims and len(other.dims) == 2 else "h = np.add(z, x)"
    assert lines(b, b.let(MUL, h, h, type=result))[1] == expected


def test_arguments_and_views_never_give_their_buffer():
    b = Build()
    x = b.param("x", VEC)
    view = b.let(
        ITEM, b.let(COPY, x, type=VEC, hint="a"), slice(None, None, -1), type=VEC, hint="v"
    )
    h = b.let(TANH, view, type=VEC, hint="h")
    k = b.let(TANH, x, type=VEC, hint="k")
    found = lines(b, b.let(MUL, h, h, type=VEC), b.let(MUL, k, k, type=VEC))
    assert "h = np.tanh(v)" in found
    assert "k = np.tanh(x)" in found


def test_an_accumulated_argument_is_not_changed():
    b = Build()
    x, n = b.param("x", VEC), b.param("n", INT)
    (s,) = b.loop(n, [x], lambda i, s: [b.let(ADD, s, s, type=VEC, hint="s")], ["s"])
    assert "s = s + s" in lines(b, s)
    b = Build()
    x, n = b.param("x", VEC), b.param("n", INT)
    start = b.let(COPY, x, type=VEC, hint="s")
    (s,) = b.loop(n, [start], lambda i, s: [b.let(ADD, s, x, type=VEC, hint="s")], ["s"])
    assert "s += x" in lines(b, s)


def test_a_value_bound_on_one_path_only_is_none_where_it_is_recorded():
    b = Build()
    x = b.param("x", FLOAT)
    tape = b.tape()
    test = b.let(LT, x, 0.0)
    (y,) = b.branch(test, lambda: [b.let(NEG, x)], lambda: [UNDEFINED], b.var(FLOAT, "y"))
    b.push(tape, y)
    (z,) = b.pop(tape, b.var(FLOAT, "z"))
    found = lines(b, z)
    assert found[2:5] == ["y = -x", "else:", "y = None"]


def test_a_narrower_array_does_not_take_what_follows():
    """float32 flows into a variable of float64: its buffer could not hold the sum."""
    single = Array(np.dtype("f4"), VEC.dims)
    b = Build()
    x, c = b.param("x", single), b.param("c", FLOAT)
    test = b.let(LT, c, 1.0)
    narrow = b.let(MUL, x, x, type=single)
    wide = b.param("y", VEC)
    (s,) = b.branch(test, lambda: [narrow], lambda: [wide], b.var(VEC, "s"))
    out = b.let(ADD, s, wide, type=VEC, hint="s")
    assert "s = s + y" in lines(b, b.let(MUL, out, out, type=VEC))
    b = Build()
    x = b.param("x", single)
    start = b.let(COPY, x, type=single, hint="s")
    y = b.param("y", VEC)
    (s,) = b.loop(3, [start], lambda i, s: [b.let(ADD, s, y, type=VEC, hint="s")], types=[VEC])
    assert "s = s + y" in lines(b, s)


def test_a_part_that_is_recorded_does_not_keep_the_array():
    b = Build()
    x, n = b.param("x", VEC), b.param("n", INT)
    tape = b.tape()
    a = b.let(ZEROS_LIKE, x, type=VEC, hint="a")

    def body(i, v):
        part = b.let(ITEM, v, slice(1, None, None), type=VEC, hint="part")
        b.push(tape, part)
        return [b.let(STORE, v, i, 1.0, type=VEC, hint="a")]

    (out,) = b.loop(n, [a], body, ["a"])
    found = lines(b, out)
    assert "tape.append(a[1:].copy())" in found or "tape.append(part.copy())" in found
    assert "a[i] = 1.0" in found
    assert sum("copy" in line for line in found) == 1


def test_a_part_that_is_recorded_and_never_written_is_not_copied():
    b = Build()
    x, n = b.param("x", VEC), b.param("n", INT)
    tape = b.tape()

    def body(i, v):
        b.push(tape, b.let(ITEM, v, slice(1, None, None), type=VEC, hint="part"))
        return [b.let(TANH, v, type=VEC, hint="a")]

    (out,) = b.loop(n, [x], body, ["a"])
    assert not any("copy" in line for line in lines(b, out))


def test_a_part_that_is_stored_in_an_array_leaves_its_own_free():
    b = Build()
    x, n = b.param("x", VEC), b.param("n", INT)
    matrix = Array(F8, (M, M))
    a = b.let(ZEROS_LIKE, x, type=VEC, hint="a")
    rows = b.let(ZEROS_LIKE, b.param("r", matrix), type=matrix, hint="rows")

    def body(i, v, kept):
        part = b.let(ITEM, v, slice(1, None, None), type=VEC, hint="part")
        kept = b.let(STORE, kept, i, part, type=matrix, hint="rows")
        return [b.let(STORE, v, i, 1.0, type=VEC, hint="a"), kept]

    found = lines(b, *b.loop(n, [a, rows], body, ["a", "rows"]))
    assert {"rows[i] = a[1:]", "rows[i] = part"} & set(found)
    assert "a[i] = 1.0" in found
    assert not any("copy" in line for line in found)

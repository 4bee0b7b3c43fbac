"""Lines that are too long."""

import ast

import pytest

from s2sad.backend.wrap import wrapped


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("first, second = f(one, two)", "first, second = f(\n    one, two\n)"),
        ("y = f(a + 'b,(' + c, d_long)", "y = f(\n    a + 'b,(' + c,\n    d_long,\n)"),
        ("t.append((one, two, three, four))", "t.append((\n    one, two, three,\n    four,\n))"),
        ("one, two, three = tape.pop()", "(\n    one, two, three\n) = tape.pop()"),
        (
            "    x = f(one, g(two, three))",
            "    x = f(\n        one,\n        g(two, three),\n    )",
        ),
        ("short = x", "short = x"),
        (
            "# a comment that is too long for this page",
            "# a comment that is too long for this page",
        ),
        ("a_long_name_without_brackets = x", "a_long_name_without_brackets = x"),
    ],
)
def test_one_statement(line, expected):
    before = "if x:\n" if line.startswith(" ") else ""
    assert wrapped(before + line, 22) == before + expected
    assert ast.dump(ast.parse(before + line)) == ast.dump(ast.parse(before + expected))


def test_results_and_what_stands_in_them():
    text = "def f():\n    return [(a_1, b_1), (a_2, b_2)], {'a': c}\n"
    assert wrapped(text, 34) == (
        "def f():\n    return (\n        [(a_1, b_1), (a_2, b_2)],\n        {'a': c},\n    )\n"
    )


def test_names_stay_whole_where_no_room_is_left():
    before = "if x:\n  if y:\n   if z:\n"
    text = f"{before}    f(a_name_that_is_long, b)"
    names = "        a_name_that_is_long,\n        b,"
    for width in (8, 4):
        assert wrapped(text, width) == f"{before}    f(\n{names}\n    )"


def test_definitions_and_docstrings():
    text = 'def f(one, two, three):\n    """\n    A long line (of text, in a docstring).\n    """\n'
    assert wrapped(text, 20) == (
        "def f(\n    one, two, three\n):\n"
        '    """\n    A long line (of text, in a docstring).\n    """\n'
    )

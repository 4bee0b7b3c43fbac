"""Printed source parses back to the tree it came from, and reads as a person would write it."""

from __future__ import annotations

import ast
import colorsys
import math
import random
import statistics
import sys
import textwrap
import warnings
from pathlib import Path

import gast
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2sad.backend.printer import print_expression, print_tree
from s2sad.errors import InternalError

NUMPY = Path(np.__file__).parent
CORPUS = [Path(module.__file__) for module in (colorsys, random, statistics)]
CORPUS += sorted(NUMPY.rglob("*.py"))


def parse(source: str | bytes) -> ast.Module:
    """Parse without warnings about escapes, which old code in a corpus may cause."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def expression(source: str) -> ast.expr:
    """Parse one expression."""
    return ast.parse(source, mode="eval").body


class InfinityByName(ast.NodeTransformer):
    """What an overflowing literal such as 1e999 is printed as."""

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        """Replace an infinity by `np.inf`."""
        return expression("np.inf") if node.value == math.inf else node


def assert_round_trip(tree: ast.AST) -> None:
    """Check that a module prints as source of the same tree."""
    printed = parse(print_tree(tree))
    assert ast.dump(printed) == ast.dump(InfinityByName().visit(tree))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: "/".join(path.parts[-3:]))
def test_corpus_round_trips(path):
    assert_round_trip(parse(path.read_bytes()))


@pytest.mark.parametrize("module", [colorsys, random, statistics])
def test_gast_prints_as_ast(module):
    source = Path(module.__file__).read_text(encoding="utf-8")
    assert print_tree(gast.parse(source)) == print_tree(ast.parse(source))


def test_every_kind_of_gast_node_is_accepted():
    module = gast.parse("def f(x, *, y=1):\n    return lambda z: x[y] + z\n")
    (function,) = module.body
    (statement,) = function.body
    source = "def f(x, *, y=1):\n    return lambda z: x[y] + z\n"
    assert print_tree(module) == print_tree(function) == source
    assert print_tree(statement) == "return lambda z: x[y] + z\n"
    assert print_expression(statement.value.body) == "x[y] + z"


def test_a_gast_node_without_locations_is_accepted():
    x = gast.Name("x", gast.Load(), None, None)
    assert print_expression(gast.BinOp(x, gast.Add(), gast.Constant(1, None))) == "x + 1"


def test_printing_leaves_the_tree_alone():
    tree = parse(
        "class C(B, metaclass=M):\n    match x:\n        case {1: y, **z}:\n            pass\n"
    )
    before = ast.dump(tree, include_attributes=True)
    print_tree(tree)
    assert ast.dump(tree, include_attributes=True) == before


# ---------------------------------------------------------------------------- exact text

EXPRESSIONS = """
    x
    x[1:, None, ...]
    x[:, 0]
    x[1:-1]
    x[::2, ::-1]
    x[a + 1:]
    x[i, j]
    x[i,]
    x[()]
    x[*i]
    x[*i, 1:2]
    x[(i, j):k]
    x[(i := 0)]
    x[0][1].T
    (a + b)[0]
    (a, b)[0]
    (1).real
    1.5.real
    1j.imag
    (-1).real
    (-x).real
    x.real
    'a'.join(b)
    (await x).y
    await x.y
    await x ** 2
    (await x)()
    a * b + c
    a * (b + c)
    (a + b) * c
    a - b - c
    a - (b - c)
    a / (b * c)
    a / b * c
    a @ b @ c
    a // b % c
    a ** b**c
    (a**b) ** c
    -a**b
    (-a) ** b
    a**-b
    a ** -b**c
    3 * x.y**2
    f(x) ** 2
    x[0] ** 2
    -a * b
    -(a * b)
    --a
    +a
    ~a
    a - -b
    not a
    not a == b
    (not a) == b
    -(not a)
    not (a and b)
    not a and b
    a and b or c
    a and (b or c)
    (a or b) or c
    a or (b or c)
    a | b ^ c & d << e
    ((a | b) ^ c) & d
    a < b <= c != d
    (a < b) < c
    a < (b < c)
    a in b
    a not in b
    a is not None
    a | b == c
    a | (b == c)
    a if b else c
    a if b else c if d else e
    (a if b else c) if d else e
    a if (b if c else d) else e
    (a if b else c) + d
    f(a if b else c)
    lambda: 0
    lambda x: x
    lambda x, y=1, *z, k, j=2, **w: x
    lambda *, k: k
    lambda x, /, y: x
    lambda: (yield)
    (lambda x: x)(1)
    (lambda: a) or b
    lambda: a or b
    lambda: lambda: a
    a if b else lambda: c
    f()
    f(a, *b, k=v, **d)
    f(*a | b)
    f(*(a or b))
    f(x for x in y)
    f((x for x in y), z)
    f((a, b))
    f(a=(yield))
    (x := 1)
    (x := (yield))
    [(x := 1), (y, z)]
    ()
    []
    {}
    [a]
    [a, *b]
    {a, b}
    {a: b, **c}
    {**(a or b)}
    {lambda: a: b}
    [x for x in y]
    [x for x, y in z if a if b or c]
    [x for x in (a if b else c) if (lambda: d)]
    [(x, y) for x in a for y in b]
    {x async for x in y}
    {k: v for k, v in d}
    (x for x in y)
    None
    ...
    True
    1e-07
    1e+100
    2j
    'it\\'s "x"'
    "it's"
    'a\\\\b\\n'
    b'a\\x00\\\\'
    'é'
    f'{x}'
    f'{x!r}'
    f'{x:>{w}.{p}f}'
    f'{x!s:^10}'
    f"it's {x}"
    f'a{{b}}{x}'
    f"{d['k']}"
    f'''{f"{d['k']}"}'''
    f'{ {a: b}}'
    f'{(lambda: x)}'
    f'{(a if b else c)}'
    f'{a or b}'
    f'{a != b}'
    f'{(x := 1)}'
    f'{x}\\n\\\\'
"""


@pytest.mark.parametrize("source", textwrap.dedent(EXPRESSIONS).strip("\n").split("\n"))
def test_expression_prints_as_written(source):
    assert print_expression(expression(source)) == source


STATEMENTS = {
    "assignments": """
        a = b = c, d
        a, *b = yield c
        a += yield
        a @= b, c
        a: int
        a.b: int = (1, 2)
        (a): int = 1
        x[1:, 0] = y
        x = await y
        x = lambda: 0
        x = (y := 1)
        del a, b[0], (c, d)
        yield a, b
        a, b
        """,
    "simple statements": """
        import a.b as c, d
        from . import a
        from ..a.b import c as d, e
        from a import *
        global a, b
        nonlocal c
        assert a, b
        raise
        raise E from e
        pass
        """,
    "signatures": """
        def f():
            return


        def f(a, b: int, /, c=1, d: int = 2, *args: *Ts, e, g: str = 'x', **k: int) -> (yield):
            return a, *b


        @decorate
        @decorate(1)
        async def f(*, a):
            async with a as b, c:
                await d
            async for i in x:
                continue
            else:
                pass
            return (yield)
        """,
    "classes": """
        x = 1


        class A:
            \"\"\"A class.\"\"\"
            x = 1

            @property
            def f(self):
                pass

            class B(A, *b, metaclass=M, **k):
                pass


        y = 2
        """,
    "compound statements": """
        for i, (j, k) in a, b:
            break
        else:
            pass
        while not a:
            continue
        if a:
            pass
        elif (b := c):
            pass
        else:
            x = 1
            if d:
                pass
        with a as (b, c), d:
            pass
        """,
    "exceptions": """
        try:
            pass
        except (A, B) as e:
            try:
                pass
            except:
                pass
        else:
            pass
        finally:
            pass
        try:
            pass
        except* A:
            pass
        except* B as e:
            try:
                pass
            except C:
                pass
        """,
    "patterns": """
        match a, *b:
            case 1 | -1 | 1 + 2j | None | 'x':
                pass
            case a.b if c:
                pass
            case [x, *_, 1 | 2 as y, *rest]:
                pass
            case {'a': x, -1: 1 | 2, **rest}:
                pass
            case {**rest}:
                pass
            case {}:
                pass
            case []:
                pass
            case C():
                pass
            case a.C(x, 1 | 2, y=(1 as z) | 2, w=D(_)) as whole:
                pass
            case (1 as x) as y:
                pass
            case _:
                pass
        """,
}


@pytest.mark.parametrize("source", STATEMENTS.values(), ids=STATEMENTS.keys())
def test_statements_print_as_written(source):
    source = textwrap.dedent(source).lstrip("\n")
    assert print_tree(parse(source)) == source


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters are syntax of Python 3.12")
def test_type_parameters_print_as_written():
    source = """
        type A[T] = list[T]


        def f[T: (int, str), *Ts, **P](x: T) -> T:
            pass


        class C[T](B):
            pass


        class D[*Ts]:
            pass
        """
    source = textwrap.dedent(source).lstrip("\n")
    assert print_tree(parse(source)) == source


@pytest.mark.skipif(sys.version_info < (3, 13), reason="their defaults are syntax of Python 3.13")
def test_defaults_of_type_parameters_print_as_written():
    source = "def f[T: int = bool, *Ts = *tuple[int], **P = [int]]():\n    pass\n"
    assert print_tree(parse(source)) == source


@pytest.mark.parametrize(
    "source",
    [
        '"""Text."""\n',
        'def f():\n    """Gradient of f.\n\n    In it, \\\\ is one backslash.\n    """\n',
        '"""A "quote\\""""\n',
        '"""Three \\"\\"" in a row."""\n',
    ],
)
def test_docstring_keeps_its_shape(source):
    assert print_tree(ast.parse(source)) == source


@given(st.text(st.sampled_from("\"'\\\\\n\r{} aé")) | st.text())
def test_any_docstring_round_trips(text):
    function = ast.parse("def f():\n    ''").body[0]
    function.body[0].value.value = text
    assert ast.dump(ast.parse(print_tree(function)).body[0]) == ast.dump(function)


def test_elif_is_collapsed():
    source = "if a:\n    pass\nelse:\n    if b:\n        pass\n"
    assert print_tree(ast.parse(source)) == "if a:\n    pass\nelif b:\n    pass\n"


# ---------------------------------------------------------------------------- constants

NAMES = {"np": np, "complex": complex}


@pytest.mark.parametrize(
    ("value", "source"),
    [
        (math.nan, "np.nan"),
        (math.inf, "np.inf"),
        (-math.inf, "-np.inf"),
        (-2, "-2"),
        (-0.0, "-0.0"),
        (2j, "2j"),
        (1 + 2j, "(1+2j)"),
        (complex(0.0, -2.0), "complex(0.0, -2.0)"),
        (complex(-0.0, 2.0), "complex(-0.0, 2.0)"),
        (complex(1.0, -0.0), "complex(1.0, -0.0)"),
        (complex(math.nan, math.inf), "complex(np.nan, np.inf)"),
        ((1, -2.0), "(1, -2.0)"),
        ((math.inf,), "(np.inf,)"),
        ((), "()"),
        (True, "True"),
        (10**30, "1" + "0" * 30),
        ("nan", "'nan'"),
    ],
)
def test_constant(value, source):
    assert print_expression(ast.Constant(value)) == source
    assert repr(eval(source, NAMES)) == repr(value)


@given(st.floats() | st.complex_numbers() | st.integers())
def test_number_prints_as_itself(value):
    copy = eval(print_expression(ast.Constant(value)), NAMES)
    assert type(copy) is type(value)
    parts = (value.real, value.imag), (copy.real, copy.imag)
    assert repr(parts[0]) == repr(parts[1])


@pytest.mark.parametrize("value", [-2, -2.0, -math.inf])
def test_negative_constant_keeps_its_sign_under_operators(value):
    x, y = ast.Constant(value), ast.Name("x")
    text = print_expression(x)
    assert print_expression(ast.BinOp(x, ast.Pow(), y)) == f"({text}) ** x"
    assert print_expression(ast.BinOp(y, ast.Pow(), x)) == f"x ** {text}"
    assert print_expression(ast.BinOp(y, ast.Sub(), x)) == f"x - {text}"
    assert print_expression(ast.Attribute(x, "real")) == f"({text}).real"


# ---------------------------------------------------------------------------- f-strings


@given(st.text(min_size=1), st.sampled_from(["{x}", "{d['k']}", "{d['k']}{e[\"k\"]!r:>{w}}"]))
def test_f_string_text_round_trips(text, field):
    tree = expression(f"f'''{field}'''")
    tree.values.insert(0, ast.Constant(text))
    assert ast.dump(expression(print_expression(tree))) == ast.dump(tree)


def test_f_string_field_keeps_line_breaks_and_both_quotes():
    for source in ["f'''{\"\"\"a\nb\"\"\"}'''", "f\"\"\"{'''a'b\"c'''}\"\"\""]:
        tree = expression(source)
        assert ast.dump(expression(print_expression(tree))) == ast.dump(tree)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python 3.12 has no such limit")
def test_f_string_that_cannot_be_written_is_reported():
    tree = ast.JoinedStr([ast.FormattedValue(ast.Constant("\0"), -1)])
    with pytest.raises(InternalError, match=r"before Python 3\.12"):
        print_expression(tree)


# ---------------------------------------------------------------------------- any expression

LOAD, STORE = ast.Load(), ast.Store()
BINARY = [ast.Add(), ast.Sub(), ast.Mult(), ast.MatMult(), ast.Div(), ast.Mod(), ast.Pow()]
BINARY += [ast.LShift(), ast.RShift(), ast.BitOr(), ast.BitXor(), ast.BitAnd(), ast.FloorDiv()]
UNARY = [ast.UAdd(), ast.USub(), ast.Invert(), ast.Not()]
COMPARE = [ast.Eq(), ast.NotEq(), ast.Lt(), ast.LtE(), ast.Gt(), ast.GtE()]
COMPARE += [ast.Is(), ast.IsNot(), ast.In(), ast.NotIn()]

names = st.sampled_from("abxyz").map(lambda name: ast.Name(name, LOAD))
targets = st.sampled_from("abxyz").map(lambda name: ast.Name(name, STORE))
literals = (
    st.integers(0)
    | st.floats(0, allow_infinity=False)
    | st.floats(0, allow_infinity=False).map(lambda x: complex(0, x))
    | st.text()
    | st.binary()
    | st.sampled_from([None, True, ...])
)
constants = literals.filter(lambda value: str(value)[0:1] != "-").map(ast.Constant)
NO_PARAMETERS = ast.parse("lambda: 0", mode="eval").body.args


def operations(child):
    """Return the expressions in which precedence decides, of these operands."""
    several = st.lists(child, min_size=2, max_size=3)
    return st.one_of(
        st.builds(ast.BinOp, child, st.sampled_from(BINARY), child),
        st.builds(ast.UnaryOp, st.sampled_from(UNARY), child),
        st.builds(ast.BoolOp, st.sampled_from([ast.And(), ast.Or()]), several),
        st.builds(
            lambda left, pairs: ast.Compare(left, [op for op, _ in pairs], [x for _, x in pairs]),
            child,
            st.lists(st.tuples(st.sampled_from(COMPARE), child), min_size=1, max_size=2),
        ),
        st.builds(ast.IfExp, child, child, child),
        st.builds(ast.Lambda, st.just(NO_PARAMETERS), child),
        st.builds(ast.Await, child),
    )


def expressions(child):
    """Return all other expressions, too."""
    elements = st.lists(child | st.builds(ast.Starred, child, st.just(LOAD)), max_size=3)
    bound = st.none() | child
    slices = child | st.builds(ast.Slice, bound, bound, bound)
    load = st.just(LOAD)
    keywords = st.builds(ast.keyword, st.none() | st.just("k"), child)
    generator = st.builds(
        ast.comprehension,
        targets | st.builds(ast.Tuple, st.lists(targets, max_size=2), st.just(STORE)),
        child,
        st.lists(child, max_size=2),
        st.integers(0, 1),
    )
    generators = st.lists(generator, min_size=1, max_size=2)
    return st.one_of(
        operations(child),
        st.builds(ast.Tuple, elements, load),
        st.builds(ast.List, elements, load),
        st.builds(ast.Set, elements.filter(bool)),
        st.lists(st.tuples(bound, child), max_size=2).map(
            lambda pairs: ast.Dict([key for key, _ in pairs], [value for _, value in pairs])
        ),
        st.builds(ast.Attribute, child, st.just("t"), load),
        st.builds(ast.Call, child, elements, st.lists(keywords, max_size=2)),
        st.builds(ast.Subscript, child, slices, load),
        st.lists(slices, min_size=1, max_size=3).flatmap(
            lambda index: st.builds(ast.Subscript, child, st.just(ast.Tuple(index, LOAD)), load)
        ),
        st.builds(ast.NamedExpr, targets, child),
        st.builds(ast.Yield, bound),
        st.builds(ast.YieldFrom, child),
        st.builds(ast.GeneratorExp, child, generators),
        st.builds(ast.ListComp, child, generators),
        st.builds(ast.DictComp, child, child, generators),
        st.builds(
            lambda x: ast.JoinedStr([ast.FormattedValue(x, -1)]), st.recursive(names, operations)
        ),
    )


@settings(max_examples=300)
@given(st.recursive(names | constants, expressions, max_leaves=12))
def test_any_expression_round_trips(tree):
    printed = print_expression(tree)
    assert "\n" not in printed
    assert ast.dump(expression(printed)) == ast.dump(tree)


def without_pair(source: str, start: int) -> str:
    """Return the text without the parenthesis at `start` and the one that closes it."""
    depth = 0
    for end in range(start, len(source)):
        depth += {"(": 1, ")": -1}.get(source[end], 0)
        if depth == 0:
            break
    return source[:start] + " " + source[start + 1 : end] + " " + source[end + 1 :]


def means(source: str, tree: ast.expr) -> bool:
    """Return whether the text parses to the tree."""
    try:
        return ast.dump(expression(source.strip())) == ast.dump(tree)
    except SyntaxError:
        return False


@settings(max_examples=200)
@given(st.recursive(names, operations, max_leaves=10))
def test_every_parenthesis_is_needed(tree):
    printed = print_expression(tree)
    assert means(printed, tree)
    for start in (i for i, character in enumerate(printed) if character == "("):
        assert not means(without_pair(printed, start), tree)

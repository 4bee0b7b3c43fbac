"""Normalized control flow does what the user's control flow did, without jumps."""

import ast
import copy
import textwrap

import gast
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2sad.frontend.normalize import normalize
from s2sad.frontend.source import attach_source, read
from s2sad.frontend.syntax import walk_scope

LIMIT = 400


class TooLong(Exception):
    """Raised by a program that ran for longer than the comparison cares for."""


def parsed(text):
    (tree,) = gast.parse(textwrap.dedent(text)).body
    return tree


def runnable(tree, **names):
    # As text: names that normalization made are no plain strings.
    exec(ast.unparse(gast.gast_to_ast(copy.deepcopy(tree))), names)
    return names[tree.name]


def outcome(tree, *arguments):
    """Return what a program returns or raises, and what it did on the way."""
    log = []

    def note(value):
        log.append(value)
        if len(log) > LIMIT:
            raise TooLong
        return value

    try:
        result = runnable(tree, note=note)(*arguments)
    except Exception as error:
        result = type(error)
    return result, log


def assert_structured(tree):
    """Assert that no jump remains but `return` in tail position, and no loop with `else`."""
    tails = list(tail_returns(tree.body))
    for node in walk_scope(tree.body):
        assert not isinstance(node, gast.Break | gast.Continue)
        assert not getattr(node, "orelse", None) or not isinstance(node, gast.For | gast.While)
        assert not isinstance(node, gast.Return) or any(node is tail for tail in tails)
        if isinstance(node, gast.stmt | gast.expr):
            assert node.lineno >= tree.lineno and node.end_lineno <= tree.end_lineno


def tail_returns(body):
    last = body[-1]
    if isinstance(last, gast.Return):
        yield last
    if isinstance(last, gast.For | gast.While):
        return
    for part in [last, *getattr(last, "handlers", []), *getattr(last, "cases", [])]:
        for name in ("body", "orelse"):
            if getattr(part, name, None):
                yield from tail_returns(getattr(part, name))


def check(text, *inputs):
    """Compare a program with its normal form on some inputs; return the normal form."""
    tree = parsed(text)
    before = gast.dump(tree, include_attributes=True)
    normal = normalize(tree, None)
    assert gast.dump(tree, include_attributes=True) == before
    assert_structured(normal)
    for arguments in inputs:
        arguments = arguments if isinstance(arguments, tuple) else (arguments,)
        assert outcome(normal, *arguments) == outcome(tree, *arguments)
    return normal


def size(tree):
    return sum(1 for _ in gast.walk(tree))


PROGRAMS = {
    "early return": """
        def f(x):
            if x > 2:
                return 'big'
            note(x)
            if x > 1:
                return note('middle')
            return 'small'
    """,
    "return from some paths only": """
        def f(x):
            if x > 1:
                if x > 3:
                    return 'big'
                note('a')
            elif x < -1:
                note('b')
            note('rest')
            if x == 0:
                return
            return x * 2
    """,
    "falls off the end": """
        def f(x):
            if x > 1:
                return x
            note(x)
    """,
    "break": """
        def f(n):
            for i in range(n):
                if i == 3:
                    break
                note(i)
            return i
    """,
    "break in a step from above": """
        def f(n):
            for i in range(n, -2, -2):
                if i == 1:
                    note('stop')
                    break
                i = note(i) + 100
            note('after')
            return i
    """,
    "unknown step": """
        def f(n):
            total = 0
            for i in range(note(n), note(7 - n), note(n - 2 or 1)):
                if note(i) > 5:
                    break
                total += i
                n = 50
            return total, n
    """,
    "continue": """
        def f(n):
            total = 0
            for i in range(n):
                if i % 2:
                    if i % 3:
                        continue
                    note('three')
                total += note(i)
            return total
    """,
    "return in if in loop in if in loop": """
        def f(n):
            for i in range(n):
                if i > 0:
                    for j in range(i, n):
                        if i * j == 6:
                            return i, j
                        if j == 4:
                            break
                        note((i, j))
                    else:
                        note('else')
                        continue
                note('outer')
                if i == 5:
                    break
            else:
                note('whole')
            return note('none')
    """,
    "for else": """
        def f(n):
            for x in [1, 2, 3, 4]:
                if x == n:
                    break
            else:
                return 'not found'
            return x
    """,
    "while else": """
        def f(n):
            while note(n) > 0:
                n -= 1
                if n == 2:
                    continue
                if n == 5:
                    break
            else:
                n = 100
            return n
    """,
    "else without break": """
        def f(n):
            for i in range(n):
                note(i)
            else:
                note('else')
            while n > 3:
                n -= 1
            else:
                note('again')
            return n
    """,
    "while True": """
        def f(n):
            while True:
                n -= 1
                if n < 0:
                    break
                if n == 4:
                    return 'four'
                note(n)
            return n
    """,
    "while True without break": """
        def f(n):
            while True:
                n += 1
                if n % 4 == 0:
                    return n
                note(n)
    """,
    "loop variable after a stop": """
        def f(n):
            for i, (a, b) in enumerate(zip([1, 2, 3], [4, 5, 6])):
                if i == n:
                    break
            note((i, a, b))
            for s2_x in 'abc':
                if s2_x == 'b':
                    break
            return s2_x
    """,
    "item as loop variable": """
        def f(n):
            last = [0]
            for last[0] in [5, 6, 7]:
                if last[0] - 5 == n:
                    break
            for last[0] in range(last[0], 20):
                if last[0] % 7 == 0:
                    break
            return last
    """,
    "with and try": """
        def f(n):
            for i in range(4):
                try:
                    note(1 / (n - i))
                    if i == 2:
                        continue
                    if i == 3:
                        return 'three'
                except ZeroDivisionError:
                    if n > 1:
                        break
                    note('zero')
                finally:
                    note('finally')
                note(i)
            return i
    """,
    "suppressed": """
        def f(n):
            import contextlib
            with contextlib.suppress(ZeroDivisionError):
                if n > 3:
                    return n
                return 1 / n
            return 'zero'
    """,
    "try with else at the end": """
        def f(n):
            try:
                note(1 / n)
            except ZeroDivisionError:
                return 'zero'
            else:
                note('else')
                if n > 1:
                    return 'more'
            finally:
                note('finally')
    """,
    "match": """
        def f(n):
            for i in range(n):
                match i:
                    case 1:
                        continue
                    case 3:
                        return 'three'
                    case 2 if n == 3:
                        break
                note(i)
            return n
    """,
    "raise": """
        def f(n):
            if n < 0:
                raise ValueError
            if n == 0:
                for i in range(3):
                    if i == 1:
                        break
                raise TypeError
            return n
    """,
    "raise on both paths": """
        def f(n):
            if n < 4:
                for i in range(n):
                    if i == 1:
                        break
                    note(i)
                raise TypeError
            else:
                raise ValueError
    """,
    "jump out of a try with else": """
        def f(n):
            for i in range(n):
                try:
                    if i == 2:
                        continue
                    if i == 5:
                        break
                    if note(i) == 3 and n == 4:
                        return note('four')
                    note(1 / (i - 1))
                except ZeroDivisionError:
                    note('zero')
                else:
                    note('else')
                    if n == 2:
                        return 'two'
                finally:
                    note('finally')
                note('rest')
            return n
    """,
    "jump out of a try with else at the end": """
        def f(n):
            try:
                if n > 3:
                    return note(n)
                1 / n
            except ZeroDivisionError:
                return 'zero'
            else:
                note('else')
    """,
    "jump out of finally": """
        def f(n):
            for i in range(n):
                try:
                    if i == 1:
                        continue
                    if i == 2:
                        break
                    if i == 3:
                        return note(i)
                    note(1 / (n - 4))
                finally:
                    if n == 3:
                        continue
                    if n == 4 and i == 0:
                        note('go on')
                        continue
                    if n == 5 and i == 1:
                        break
                    if n == 6:
                        return note('six')
                    note('last')
                note('rest')
            else:
                note('else')
            return i
    """,
    "finally makes a return void": """
        def f(n):
            i = 0
            while True:
                i += 1
                try:
                    if i == 2:
                        return note(i)
                    if i == 4:
                        break
                    1 / (i - n)
                except ZeroDivisionError:
                    note('zero')
                    return note(1 / (n - 3))
                else:
                    note('else')
                finally:
                    if n > 1 and i < 6:
                        continue
                    note('finally')
                    if n == 1:
                        break
            return i
    """,
    "return in finally at the end": """
        def f(n):
            try:
                if n > 3:
                    return note(n)
                1 / n
                raise ValueError
            finally:
                return n
    """,
    "return in finally after a try": """
        def f(n):
            for i in range(n):
                try:
                    if i == 2:
                        return note('body')
                    if i == 3:
                        break
                finally:
                    try:
                        if n == 4 and i == 2:
                            return note('inner')
                        note(1 / (n - 5))
                    except ZeroDivisionError:
                        continue
                    if n == 6:
                        return note('last')
            return note('end')
    """,
    "finally in finally": """
        def f(n):
            for i in range(5):
                try:
                    if i == 1:
                        return note(1 / n)
                finally:
                    try:
                        note(1 / (n - 2))
                        if i == 2:
                            break
                    finally:
                        if i == 1 and n != 4:
                            continue
                        note('inner')
                note('rest')
            return 'end'
    """,
    "nested functions are left alone": """
        def f(n):
            def g(x):
                for y in range(x):
                    if y == 2:
                        return y
                return -1
            while True:
                if g(n) > 0 or n <= 0:
                    return n
                n -= 1
    """,
    "docstring": """
        def f(n):
            '''Say it.'''
            while n > 0:
                if n == 3:
                    return 'three'
                n -= 1
            return 'none'
    """,
    "shadowed range": """
        def f(n):
            range = lambda n: [n, n + 1, n + 2]
            for i in range(n):
                if i == 4:
                    break
                note(i)
            return i
    """,
    "clashing names": """
        def f(s2_done):
            s2_result, s2_index, s2_more, s2_stop = 1, 2, 3, 4
            for i in range(s2_done):
                if i == 3:
                    return i, s2_index
                if i == s2_more:
                    break
            return s2_result, s2_index, s2_more, s2_stop, s2_done
    """,
    "the same result twice": """
        def f(n):
            total = 0
            for i in range(n):
                if note(i) == 2:
                    return note(total) + n
                for j in range(i):
                    if j * n == 8:
                        return note(total) + n
                    if j == 4:
                        return
                total += i
            if n > 6:
                return
            return total
    """,
    "several returns, and what raises": """
        def f(n):
            for i in range(n):
                try:
                    if i == 3:
                        return 1 / (n - 5)
                    if i == 2 and n == 7:
                        return note(i)
                except ZeroDivisionError:
                    if n == 5:
                        return note('zero')
                finally:
                    n = note(n) + 0
            else:
                return [n]
    """,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_same_meaning(name):
    check(PROGRAMS[name], *range(-3, 9))


def test_two_loops_in_two_loops():
    check(
        """
        def f(a, b):
            found = 0
            for i in range(a):
                j = 0
                while True:
                    j += 1
                    if j > b:
                        break
                    if (i + j) % 3 == 0:
                        continue
                    for k in [i, j, 3]:
                        if k == 2:
                            found += 1
                            break
                        if k + found > 7:
                            return note(found), i, j, k
                    else:
                        note((i, j, k))
                        if b == 3:
                            break
                        continue
                    note('k')
                if i == 4:
                    continue
                note('i')
            return found
        """,
        *[(a, b) for a in range(6) for b in range(6)],
    )


def written(text):
    return ast.unparse(gast.gast_to_ast(copy.deepcopy(check(text))))


def test_before_and_after():
    text = """
    def f(x, n):
        s = 0.0
        for i in range(n):
            if x[i] < 0:
                return i
            s = s + x[i]
        return s
    """
    assert written(text) == textwrap.dedent("""\
        def f(x, n):
            s = 0.0
            s2_done = False
            s2_index = 0
            s2_stop = n
            while not s2_done and s2_index < s2_stop:
                i = s2_index
                s2_index = s2_index + 1
                if x[i] < 0:
                    s2_result = i
                    s2_done = True
                else:
                    s = s + x[i]
            if s2_done:
                return s2_result
            else:
                return s""")


def test_several_returns_are_numbered():
    text = """
    def f(x, n):
        for v in x:
            if v < 0:
                return x * n
            if v > 9:
                y = v - 9
                return y
            if v == n:
                return x * n
        n += 1
        return n
    """
    assert written(text) == textwrap.dedent("""\
        def f(x, n):
            s2_exit = 0
            for s2_v in x:
                if s2_exit == 0:
                    v = s2_v
                    if v < 0:
                        s2_exit = 1
                    elif v > 9:
                        y = v - 9
                        s2_result = y
                        s2_exit = 2
                    elif v == n:
                        s2_exit = 1
            if s2_exit == 1:
                return x * n
            elif s2_exit == 2:
                return s2_result
            else:
                n += 1
                return n""")


def test_a_result_that_a_try_or_with_sees_is_evaluated_inside():
    text = """
    def f(x, n):
        try:
            if n:
                return x[n]
        except IndexError:
            n = 2
        return n
    """
    assert written(text) == textwrap.dedent("""\
        def f(x, n):
            s2_done = False
            try:
                if n:
                    s2_result = x[n]
                    s2_done = True
            except IndexError:
                n = 2
            if s2_done:
                return s2_result
            else:
                return n""")


def test_a_stopped_loop_over_anything_keeps_the_shape_of_its_target():
    text = """
    def f(items):
        for i, x in enumerate(items):
            if x == 3:
                break
        return i
    """
    assert written(text) == textwrap.dedent("""\
        def f(items):
            s2_more = True
            for s2_i, s2_x in enumerate(items):
                if s2_more:
                    i = s2_i
                    x = s2_x
                    if x == 3:
                        s2_more = False
            return i""")


def test_while_true_gets_a_simple_test():
    text = """
    def f(x):
        while True:
            x = x / 2
            if x < 1:
                break
        return x
    """
    assert written(text) == textwrap.dedent("""\
        def f(x):
            s2_more = True
            while s2_more:
                x = x / 2
                if x < 1:
                    s2_more = False
            return x""")


def test_continue_alone_needs_no_flag():
    text = """
    def f(n):
        for i in range(n):
            if not i % 2:
                continue
            note(i)
    """
    assert written(text) == textwrap.dedent("""\
        def f(n):
            for i in range(n):
                if i % 2:
                    note(i)
            return None""")


def test_structured_functions_are_returned_as_they_are():
    for text in (
        "def f(x):\n    y = x\n    return y",
        "def f(x):\n    x[0] = 1",
        "def f(x):\n    if x:\n        return 1\n    else:\n        return 2",
        "def f(x):\n    for i in x:\n        def g(y):\n            return y\n    return x",
    ):
        tree = parsed(text)
        assert normalize(tree, None) is tree


def test_lambda_is_returned_as_it_is():
    tree = gast.parse("lambda x: x").body[0].value
    assert normalize(tree, None) is tree


def test_no_exponential_growth():
    condition = "    if x > {0}:\n        if x > {1}:\n            return {0}\n        x += 1\n"

    def program(n):
        return (
            "def f(x):\n" + "".join(condition.format(i, i + 1) for i in range(n)) + "    return x"
        )

    small, large = (size(check(program(n), 0, 1, 5)) for n in (5, 20))
    assert large < 5 * small


def test_created_nodes_carry_the_place_of_the_jump():
    normal = check(
        "def f(n):\n    for i in range(n):\n        if i:\n            break\n    return i"
    )
    places = {
        node.lineno: node
        for node in gast.walk(normal)
        if isinstance(node, gast.Assign) and getattr(node.value, "value", None) is False
    }
    assert list(places) == [4]
    assert (places[4].col_offset, places[4].end_col_offset) == (12, 17)


def with_own_range():
    def range(*_):
        return [3, 1, 2]

    def shadowed(n):
        for i in range(n):
            if i == 1:
                break
        return i

    return shadowed


def with_global_range():
    text = "def f(n):\n    for i in range(n):\n        if i:\n            return i\n    return 0"
    names = {"range": reversed}
    exec(text, names)
    return attach_source(names["f"], text)


@pytest.mark.parametrize("make", [with_own_range, with_global_range])
def test_a_shadowed_range_is_not_counted(make):
    source = read(make())
    loops = [type(node) for node in gast.walk(normalize(source.tree, source))]
    assert gast.For in loops and gast.While not in loops


def indented(lines):
    return ["    " + line for line in lines]


@st.composite
def block(draw, depth, in_loop):
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        lines += draw(statement(depth, in_loop))
    return lines


VARIABLE = st.sampled_from("abc")
CONDITION = st.builds(
    "{} % {} == {}".format, st.sampled_from("abcxy"), st.integers(2, 3), st.integers(0, 2)
)
ITERABLE = st.one_of(
    st.builds(
        "range({}, {}, {})".format, VARIABLE, VARIABLE, st.sampled_from(["1", "-1", "2", "s"])
    ),
    st.builds("range({})".format, st.one_of(VARIABLE, st.integers(0, 3))),
    st.builds("[{}, 1, {}]".format, VARIABLE, VARIABLE),
    st.just("[]"),
)


@st.composite
def statement(draw, depth, in_loop):
    jumps = ["return note(a)", "return", "return b"] + (
        ["break", "continue"] * 2 if in_loop else []
    )
    kinds = ["note", "assign", "jump"] + (["if", "if", "for", "while", "try"] if depth else [])
    kind = draw(st.sampled_from(kinds))
    if kind == "note":
        return [f"note({draw(st.sampled_from('abcxy'))})"]
    if kind == "assign":
        return [f"{draw(st.sampled_from('abcxy'))} = {draw(VARIABLE)} + {draw(st.integers(-2, 2))}"]
    if kind == "jump":
        return [draw(st.sampled_from(jumps))]
    if kind == "try":
        return draw(attempted(depth - 1, in_loop))
    if kind == "if":
        lines = [f"if {draw(CONDITION)}:", *indented(draw(block(depth - 1, in_loop)))]
        other = in_loop
    else:
        head = f"for {draw(st.sampled_from('xyc'))} in {draw(ITERABLE)}:"
        if kind == "while":
            head = draw(st.sampled_from(["while True:", f"while note({draw(VARIABLE)}) < 3:"]))
        first = "note('trip')"
        endless = "while" if kind == "while" or in_loop == "while" else "for"
        lines = [head, *indented([first, *draw(block(depth - 1, endless))])]
        other = in_loop
    if draw(st.booleans()):
        lines += ["else:", *indented(draw(block(depth - 1, other)))]
    return lines


@st.composite
def attempted(draw, depth, in_loop):
    """A `try`; a jump out of `finally` would keep a `while` from ending by an exception."""
    fails = f"note(1 // {draw(VARIABLE)})"
    lines = ["try:", *indented([*draw(block(depth, in_loop)), fails])]
    handled = draw(st.booleans())
    if handled:
        lines += ["except ZeroDivisionError:", *indented(draw(block(depth, in_loop)))]
        if draw(st.booleans()):
            lines += ["else:", *indented(draw(block(depth, in_loop)))]
    if not handled or draw(st.booleans()):
        last = ["note('last')"] if in_loop == "while" else draw(block(depth, in_loop))
        lines += ["finally:", *indented(last)]
    return lines


@settings(max_examples=200, deadline=None)
@given(block(4, ""), st.tuples(*[st.integers(-2, 5)] * 3), st.sampled_from([-2, -1, 1, 2]))
def test_random_programs(lines, values, step):
    text = "\n".join(["def f(a, b, c, s):", "    x = y = 1", *indented(lines)])
    check(text, (*values, step), (0, 3, 1, step))

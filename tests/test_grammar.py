"""Every statement and expression of Python: exact, as programs of the corpus show, or refused.

For every node class of gast there is at least one small program. It must either be exact, and then
the corpus must hold a program with the node as well, or be refused by a message with file, line,
construct and remedy. There is no third outcome.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import inspect
import io
import sys
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

import gast
import numpy as np
import pytest

from s2sad import grad
from s2sad.errors import InternalError, S2SADError
from tests.agreement import check_message, exact
from tests.corpus import PROGRAMS

X = np.array([0.7, -1.3, 2.1])

KINDS = (gast.stmt, gast.expr, gast.operator, gast.unaryop, gast.cmpop, gast.boolop)
PARTS = (gast.slice, gast.comprehension, gast.excepthandler, gast.withitem, gast.type_param)
PATTERNS = (gast.pattern, gast.match_case)

NOT_OF_PYTHON_3 = {"Print", "Exec", "Repr"}
"""Node classes that gast keeps for Python 2: no text of today parses to them."""

LATER = {"TemplateStr": (3, 14), "Interpolation": (3, 14)}
LATER |= dict.fromkeys(("TypeAlias", "TypeVar", "ParamSpec", "TypeVarTuple"), (3, 12))
"""Node classes of Python versions after the oldest that is supported."""

OPERATORS = {
    "Add": "+",
    "Sub": "-",
    "Mult": "*",
    "Div": "/",
    "Pow": "**",
    "Mod": "%",
    "FloorDiv": "//",
    "MatMult": "@",
}
ON_INTEGERS = {"BitAnd": "&", "BitOr": "|", "BitXor": "^", "LShift": "<<", "RShift": ">>"}
UNARY = {"UAdd": "+", "USub": "-"}
COMPARISONS = {"Eq": "==", "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">="}
MEMBERSHIP = {"Is": "is", "IsNot": "is not", "In": "in", "NotIn": "not in"}

TEXTS: dict[str, list[str]] = {
    "FunctionDef": [
        "def g(v):\n    return v * v\nreturn np.sum(g(x))",
        "def g(v, *a, k=2.0, **b):\n    return v * k\ny = g(x[0], x[1], k=x[2])\nreturn y * y",
        "@staticmethod\ndef g(v):\n    return v * v\nreturn np.sum(g(x))",
    ],
    "AsyncFunctionDef": ["async def g():\n    return 1.0\nreturn np.sum(x * x)"],
    "ClassDef": [
        "class C:\n    k = 2.0\n    def m(self, v):\n        return v * self.k\n"
        "return np.sum(C().m(x) * x)",
    ],
    "Return": ["return np.sum(x)", "if x[0] > 0:\n    return x[0] ** 2\nreturn x[1]"],
    "Delete": [
        "y = x * x\ndel x\nreturn np.sum(y)",
        "d = {'a': x, 'b': x * x}\ndel d['a']\nreturn np.sum(d['b'])",
        "v = [x[0], x[1], x[2]]\ndel v[1:]\nreturn v[0] * v[-1]",
    ],
    "Assign": [
        "a = b = x * x\na[0] = 2.0\nreturn np.sum(b * x)",
        "(a, b), [c, *d] = (x[0], x[1]), [x[2], x[0]]\nreturn a * b * c * d[0]",
        "y = x * 1.0\ny[1:] = y[:-1]\nreturn np.sum(y * x)",
    ],
    "AugAssign": [
        "y = x * 1.0\nz = y\nz *= x\nreturn np.sum(y)",
        "y = x * 1.0\ny[0] += x[1] ** 2\nreturn np.sum(y)",
        "y = x @ x\ny **= 2\nreturn y",
    ],
    "AnnAssign": ["y: float = x[0] * x[1]\nz: int\nreturn y"],
    "For": [
        "s = 0.0\nfor v in x:\n    s += v * v\nelse:\n    s *= 2\nreturn s",
        "y = np.zeros(3)\nfor i in range(3):\n    y[i] = x[i] * x[i - 1]\nreturn np.sum(y)",
    ],
    "AsyncFor": ["async def g():\n    async for v in x:\n        pass\nreturn np.sum(x * x)"],
    "While": ["s = x[0]\nwhile s < 9:\n    s = s * 2\nelse:\n    s = s * x[1]\nreturn s"],
    "If": ["if x[0] > 0 and x[1] < 0:\n    y = x * x\nelse:\n    y = x\nreturn np.sum(y)"],
    "With": ["with np.errstate(all='ignore') as e:\n    y = x * x\nreturn np.sum(y)"],
    "AsyncWith": ["async def g():\n    async with x:\n        pass\nreturn np.sum(x * x)"],
    "Match": [
        "match 1:\n    case 1:\n        y = x * x\n    case _:\n        y = x\nreturn np.sum(y)"
    ],
    "Raise": [
        "if x[0] > 100:\n    raise ValueError('large')\nreturn np.sum(x * x)",
        "try:\n    raise KeyError from None\nexcept KeyError:\n    y = x * x\nreturn np.sum(y)",
    ],
    "Try": [
        "try:\n    y = x[9]\nexcept IndexError:\n    y = np.sum(x * x)\nreturn y",
        "try:\n    y = x * x\nfinally:\n    z = 2.0\nreturn np.sum(y * z)",
    ],
    "TryStar": [
        "try:\n    y = x * x\nexcept* ValueError:\n    y = x\nreturn np.sum(y)",
    ],
    "Assert": ["assert x[0] > 0, 'positive'\nreturn np.sum(x * x)"],
    "Import": ["import math\nreturn math.sin(x[0])", "import numpy.linalg as la\nreturn x @ x"],
    "ImportFrom": ["from math import sin as s, cos\nreturn s(x[0]) * cos(x[1])"],
    "Global": [
        "global counter\ncounter = 1.0\nreturn np.sum(x * x)",
        "global np\nreturn np.sum(x)",
    ],
    "Nonlocal": [
        "k = x[0]\ndef g():\n    nonlocal k\n    k = k * x[1]\ng()\nreturn k * k",
        "k = x[0]\ndef g():\n    nonlocal k\n    return k\nreturn g() * k",
    ],
    "Expr": [
        "y = [x[0]]\ny.append(x[1])\nreturn y[0] * y[1]",
        "'text'\nx[0]\nreturn np.sum(x * x)",
    ],
    "Pass": ["pass\nreturn np.sum(x * x)"],
    "Break": ["s = 1.0\nfor v in x:\n    if v < 0:\n        break\n    s *= v\nreturn s"],
    "Continue": ["s = 1.0\nfor v in x:\n    if v < 0:\n        continue\n    s *= v\nreturn s"],
    "TypeAlias": ["type Number = float\nreturn np.sum(x * x)"],
    "BoolOp": ["y = x[0] > 0 and x[0] or x[1]\nreturn y * x[2]"],
    "NamedExpr": ["if (y := x[0] * x[1]) < 0:\n    return y * y\nreturn y"],
    "BinOp": ["return np.sum(x * x + 2 * x)"],
    "UnaryOp": ["return -np.sum(x * x)"],
    "Lambda": ["g = lambda v, k=2.0, *a: v * v * k\nreturn g(x[0]) + (lambda: x[1])()"],
    "IfExp": ["return x[0] ** 2 if x[1] < 0 else x[2]"],
    "Dict": ["d = {'a': x[0], **{'b': x[1]}}\nreturn d['a'] * d['b']"],
    "TypeVar": ["def g[T](v: T) -> T:\n    return v * v\nreturn np.sum(g(x))"],
    "ParamSpec": ["def g[**P](v):\n    return v * v\nreturn np.sum(g(x))"],
    "TypeVarTuple": ["def g[*T](v):\n    return v * v\nreturn np.sum(g(x))"],
    "Set": ["return x[0] ** 2 if 3 in {1, 3} else x[1]", "return sum({x[0], x[1]})"],
    "ListComp": ["return sum([v * w for v in x for w in (1.0, 2.0) if w > 1])"],
    "SetComp": [
        "return len({i % 2 for i in range(4)}) * np.sum(x * x)",
        "return sum({v for v in x})",
    ],
    "DictComp": ["d = {i: x[i] ** 2 for i in range(3)}\nreturn d[0] * d[2]"],
    "GeneratorExp": [
        "return sum(v * v for v in x)",
        "g = (v for v in x)\nreturn next(g) * next(g)",
    ],
    "Await": ["async def g():\n    await x\nreturn np.sum(x * x)"],
    "Yield": ["def g():\n    yield x[0]\n    yield x[1]\nreturn sum(g())", "yield np.sum(x)"],
    "YieldFrom": ["def g():\n    yield from x\nreturn sum(g())"],
    "Compare": ["return x[0] ** 2 if -5 < x[1] < x[0] <= 9 else x[2]"],
    "Call": ["return np.sum(np.multiply(*[x, x]), **{'axis': 0})", "return max(x[0], x[1]) ** 2"],
    "FormattedValue": ["assert x[0] > 0, f'{x[0]:.{2}f} {x[1]!r}'\nreturn np.sum(x * x)"],
    "JoinedStr": ["d = {'k1': x[0]}\ni = 1\nreturn d[f'k{i}'] ** 2"],
    "TemplateStr": ["t = t'{1}'\nreturn np.sum(x * x)"],
    "Interpolation": ["t = t'{1}'\nreturn np.sum(x * x)"],
    "Constant": ["k = (None, ..., True, 'a', b'b', 2, 1.5)\nreturn np.sum(x * k[5] * k[6])"],
    "Attribute": ["return np.sum(x.T * x.size)", "x.flags.writeable = False\nreturn np.sum(x * x)"],
    "Subscript": ["return np.sum(x[:2] * x[[0, 2]]) + x[-1] * np.sum(x[x > 0] * x[..., None][0])"],
    "Starred": ["a, *b = (x[0], x[1], x[2])\nreturn a * np.prod(np.array([*b, a]))"],
    "Name": ["y = x\nreturn np.sum(y * x)"],
    "List": ["y = [x[0], x[1]]\ny[0] = x[2]\nreturn y[0] * y[1]"],
    "Tuple": ["y = (x[0], (x[1], x[2]))\nreturn y[0] * y[1][1]"],
    "Slice": ["return np.sum(x[1:] * x[:-1] * x[::-2])"],
    "Invert": ["return x[~0] ** 2", "return np.sum(x[~(x > 0)] ** 2)"],
    "Not": ["return x[0] ** 2 if not x[1] > 0 else x[2]"],
    "And": ["return x[0] ** 2 if x[1] < 0 and x[0] > 0 else x[2]"],
    "Or": ["return x[0] ** 2 if x[1] > 0 or x[0] > 0 else x[2]"],
    "ExceptHandler": ["try:\n    y = x[9]\nexcept IndexError as e:\n    y = x[0] ** 2\nreturn y"],
    "comprehension": ["return sum([v * v for v in x if v > 0 if v < 9])"],
    "withitem": ["with np.errstate(), np.errstate(all='ignore'):\n    y = x @ x\nreturn y"],
}
TEXTS |= {name: [f"return np.sum((x * x) {sign} (x * 2 + 5))"] for name, sign in OPERATORS.items()}
TEXTS |= {
    name: [f"return np.sum(x ** 2) * (6 {sign} 3)", f"k = 6\nk {sign}= 2\nreturn x[0] * k * x[1]"]
    for name, sign in ON_INTEGERS.items()
}
TEXTS |= {name: [f"return np.sum(({sign}x) * x)"] for name, sign in UNARY.items()}
TEXTS |= {
    name: [
        f"return x[0] ** 2 if x[1] {sign} x[2] else x[1] ** 3",
        f"return np.sum(x * x * (x {sign} 0.5))",
    ]
    for name, sign in COMPARISONS.items()
}
TEXTS |= {
    name: [
        f"k = 3\nreturn x[0] ** 2 if k {sign} {'None' if 's' in sign else '(1, 3)'} else x[1] ** 3"
    ]
    for name, sign in MEMBERSHIP.items()
}

CASES = {
    "MatchValue": "1.5",
    "MatchSingleton": "None",
    "MatchSequence": "[a, b]",
    "MatchStar": "[a, *b]",
    "MatchMapping": "{'k': a, **rest}",
    "MatchClass": "int(a)",
    "MatchAs": "a",
    "MatchOr": "1 | 2 | 1.5",
}
TEXTS |= {
    name: [
        f"y = x * 1.0\nfor s in (1.5, None, (1.0, 2.0), {{'k': 1, 'm': 2}}, 7):\n"
        f"    match s:\n        case {pattern} if s != 7:\n            y = y * x\n"
        "        case _:\n            y = y + 1.0\nreturn np.sum(y)"
    ]
    for name, pattern in CASES.items()
}
TEXTS["match_case"] = [
    "match 3:\n    case int() as k if k > 2:\n        x = x * k\nreturn np.sum(x * x)"
]


def nodes() -> Iterator[str]:
    """The names of all statements, expressions, operators and patterns that gast knows."""
    for name, cls in sorted(vars(gast).items()):
        if (
            isinstance(cls, type)
            and issubclass(cls, KINDS + PARTS + PATTERNS)
            and not abstract(cls)
        ):
            yield name


def abstract(cls: type) -> bool:
    """Whether a class of gast stands for a group of nodes, such as `stmt`."""
    return bool(cls.__subclasses__()) or cls in KINDS


SMALL = [(name, number) for name in nodes() for number in range(len(TEXTS.get(name, [])))]


def test_every_node_has_a_small_program():
    missing = set(nodes()) - TEXTS.keys()
    assert missing == NOT_OF_PYTHON_3
    assert not TEXTS.keys() - set(nodes())
    for name in NOT_OF_PYTHON_3:
        assert not hasattr(ast, name), f"{name} is a node of this Python"
    for name, version in LATER.items():
        assert hasattr(ast, name) == (sys.version_info >= version), name


def function(tmp_path: Path, name: str, number: int) -> FunctionType:
    """The small program in a file of its own, imported."""
    body = textwrap.indent(TEXTS[name][number], "    ")
    path = tmp_path / f"{name.lower()}_{number}.py"
    path.write_text(f"import numpy as np\n\ncounter = 0.0\n\n\ndef f(x):\n{body}\n", "utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.f


@pytest.mark.parametrize(("name", "number"), SMALL, ids=lambda v: str(v))
def test_exact_or_refused(name: str, number: int, tmp_path: Path):
    """The small program has one of two outcomes; an exact one is backed by the corpus."""
    if sys.version_info < LATER.get(name, (3, 0)):
        pytest.skip(f"{name} is a node of Python {LATER[name]}")
    f = function(tmp_path, name, number)
    assert name in names_in(f), f"the program does not contain {name}"
    if refused(f):
        return
    with contextlib.redirect_stdout(io.StringIO()):
        exact(f, X)
    if name not in ("AsyncFunctionDef", "AsyncFor", "AsyncWith", "Await", *LATER):
        assert corpus().get(name), f"{name} is accepted, and no program of the corpus contains it"


def refused(f: Callable[..., Any]) -> bool:
    """Whether the gradient is refused, properly."""
    try:
        grad(f)(X.copy())
    except InternalError:
        raise
    except S2SADError as refusal:
        check_message(refusal, f)
        return True
    return False


def names_in(f: Callable[..., Any]) -> set[str]:
    """The names of the node classes in a function."""
    tree = gast.parse(textwrap.dedent(inspect.getsource(f)))
    return {type(node).__name__ for node in gast.walk(tree)}


@cache
def corpus() -> dict[str, list[str]]:
    """Which programs of the corpus contain a node, by the name of its class."""
    found: dict[str, list[str]] = {}
    for program in PROGRAMS:
        for name in sorted(names_in(program.function)):
            found.setdefault(name, []).append(program.name)
    return found


def test_the_corpus_contains_the_language():
    """What can be computed with numbers is in some program, accepted today or not."""
    apart = {"AsyncFor", "AsyncFunctionDef", "AsyncWith", "Await", "TryStar", "YieldFrom"}
    apart |= {"Yield", "ClassDef", *NOT_OF_PYTHON_3, *LATER}
    assert set(nodes()) - corpus().keys() <= apart

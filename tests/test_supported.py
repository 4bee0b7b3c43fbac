"""The page of what is supported is true, and nothing is used as data behind the back of a user."""

from __future__ import annotations

import ast
import warnings
from typing import Any

import numpy as np
import pytest
import scipy.special

import s2sad
from s2sad.frontend.draw_methods import PARAMETERS
from s2sad.frontend.source import attach_source
from s2sad.numeric import directional
from s2sad.rules import table
from s2sad.rules.cases import draw
from s2sad.rules.laws import SHAPES
from s2sad.rules.notation import DEFINITIONS, RULES, Primitive
from tests import supported
from tests.one_liners import OneLiner, verdict
from tests.supported_samples import DATA, DERIVATIVE, ELSEWHERE

table.read_all()

SAMPLES = {**DERIVATIVE, **DATA}
REFUSED = [s.name for s in supported.every() if s.kind == "refused"]
WITHOUT = [s.name for s in supported.every() if s.kind in ("refused", "missing")]
AS_DATA = [
    p for p in RULES.values() if p.pure and not p.wrt and p.name.startswith(("np.", "scipy."))
]
STATED = [p for t in (RULES, DEFINITIONS) for p in t.values() if p.primal is not None]


def test_the_page_is_what_would_be_written() -> None:
    assert supported.PAGE.read_text("utf-8") == supported.page(), "python -m tests.supported"


def test_every_name_is_known() -> None:
    """It has a derivative, is data or is refused; the exceptions may only become fewer."""
    assert set(supported.missing()) <= set(supported.gaps())


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample(name: str) -> None:
    one = OneLiner(SAMPLES[name], name)
    assert name.rpartition(".")[2] in one.text
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
        assert verdict("s2sad", one) == "right"


@pytest.mark.parametrize("name", ELSEWHERE)
def test_programs_use_what_is_followed_elsewhere(name: str) -> None:
    assert name in (supported.PAGE.parents[1] / ELSEWHERE[name]).read_text("utf-8")


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_of_a_name_without_a_rule(name: str) -> None:
    space, _, last = name.rpartition(".")
    of = getattr(supported.SPACES[space], last)
    if space != "ndarray":
        found = table.lookup(of)
        assert found is None and of not in DEFINITIONS, f"{name} has a rule, and needs no sample"


def function_of(name: str) -> Any:
    """A function of x that gives what a function, method or attribute makes of it."""
    head, _, last = name.rpartition(".")
    drawn = ", ".join("x" for _ in PARAMETERS.get(last, "x").split())
    parts = {"ndarray": f"x.{last}()", "np.random.Generator": f"rng.{last}({drawn})"}
    if name in ("ndarray.base", "ndarray.ctypes", "ndarray.data"):
        parts["ndarray"] = f"x.{last}"
    text = f"def f(x):\n    return np.sum({parts.get(head, f'{name}(x)')}) * 2.0\n"
    space = {"np": np, "scipy": scipy, "rng": np.random.default_rng(0)}
    exec(compile(text, f"<{name}>", "exec"), space)
    return attach_source(space["f"], text)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_why(name: str) -> None:
    space, _, last = name.rpartition(".")
    why = supported.refusal(getattr(supported.SPACES[space], last)) or supported.refusal(name)
    assert why is not None
    with pytest.raises(s2sad.S2SADError) as error:
        s2sad.grad(function_of(name))(np.ones(3))
    assert why.reason in str(error.value) and why.advice in str(error.value)


@pytest.mark.parametrize("name", WITHOUT)
def test_what_has_no_rule_is_not_taken_for_data(name: str) -> None:
    """A gradient of zeros, where nothing is known of a function, would be wrong."""
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
        try:
            found = s2sad.grad(function_of(name))(np.ones(3))
        except Exception:  # refused, or no function of one array
            return
    pytest.fail(f"the gradient is {found}")


@pytest.mark.parametrize("rule", AS_DATA, ids=[p.name for p in AS_DATA])
def test_data_has_the_derivative_zero(rule: Primitive) -> None:
    """Numbers made of what varies carry no derivative; the compiler makes no error of them."""
    env = draw(rule, np.random.default_rng(0), SHAPES[0])
    floats = {n: v for n, v in env.items() if not isinstance(v, tuple | list)}
    floats = {n: v for n, v in floats.items() if np.asarray(v).dtype.kind == "f"}
    required = [n for n in env if n not in rule.defaults]
    text = f"def f({', '.join(floats)}):\n    return np.sum(of({', '.join(required)})) * 1.0\n"
    space = {"np": np, "of": rule.of, **{n: v for n, v in env.items() if n not in floats}}
    exec(compile(text, f"<{rule.name}>", "exec"), space)
    if not floats:
        return
    given = {n: np.asarray(v, float) for n, v in floats.items()}
    f = attach_source(space["f"], text)
    dots = [np.random.default_rng(1).normal(size=v.shape) for v in given.values()]
    assert directional(f, tuple(given.values()), dots) == pytest.approx(0.0, abs=1e-6)
    _, pull = s2sad.vjp(f, *given.values())
    assert all(np.all(bar == 0.0) for bar in pull(np.float64(1.0)))


HANDLED = {"out", "subok", "overwrite_input", "device", "like"}
"""Results are written where `out` says; there are no subclasses, and no device but one."""


EXCUSED = {
    "np.nan_to_num": {"copy"},  # a writing function when it is False
    "np.matmul": {"order"}, "np.vecdot": {"order"}, "np.matvec": {"order"}, "np.vecmat": {"order"},
    "np.sort": {"order"}, "np.argsort": {"order"},  # of fields, which arrays of numbers lack
    "np.partition": {"kind", "order"}, "np.argpartition": {"kind", "order"},  # one kind alone
    "np.real_if_close": {"tol"},  # of complex numbers
}  # fmt: skip
"""Parameters that make no difference where a rule gets them, or are seen to before it."""


def handled(rule: Primitive) -> set[str]:
    """Parameters that a rule need not read."""
    methods = rule.name.endswith((".reduce", ".accumulate", ".reduceat"))
    return HANDLED | ({"dtype"} if methods else set()) | EXCUSED.get(rule.name, set())


def read_by(rule: Primitive) -> set[str]:
    """The names that a rule reads, and those that select what states the function otherwise."""
    both = [p for p in STATED if p.of is rule.of and p.primal is not None]
    trees = [p.primal.plain for p in both if p.primal is not None]
    found = {n.id for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Name)}
    return found | {name for p in both for name in p.when}


@pytest.mark.parametrize("rule", STATED, ids=[p.name for p in STATED])
def test_no_parameter_of_a_rule_is_ignored(rule: Primitive) -> None:
    assert not set(rule.params) - read_by(rule) - handled(rule)


@pytest.mark.parametrize(
    "text",
    [
        "np.add.reduce(x, dtype=np.float32) * y",
        "np.logaddexp.reduce(X, axis=1, dtype=np.float32)",
        "np.maximum.accumulate(x, dtype=np.float32)",
        "np.add.reduceat(x, [0, 3], dtype=np.float32)",
        "np.matmul(A, B, order='F')",
        "np.nan_to_num(nans, copy=False) * x",
        "np.linspace(s, t, 6, retstep=True)[0] * x",
    ],
)
def test_what_the_compiler_reads_is_obeyed(text: str) -> None:
    """The value, its dtype and the derivative are those of NumPy."""
    one = OneLiner(text, "")
    wanted = one.function()(*one.arguments)
    try:
        found, _ = s2sad.vjp(one.function(), *one.arguments)
    except s2sad.Unsupported:
        return
    assert np.asarray(found).dtype == np.asarray(wanted).dtype
    np.testing.assert_allclose(found, wanted, rtol=1e-6)

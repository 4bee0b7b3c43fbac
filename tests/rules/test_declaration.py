"""Rules that users declare: checked at once, replaced where that is meant, and never stale."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

import numpy as np
import pytest
from scipy import special

from s2sad import NoRule, elementwise, grad, rule
from s2sad.rules import declaration
from s2sad.rules.domains import positive, reals
from s2sad.rules.notation import RULES
from s2sad.rules.table import read_all
from s2sad.testing import check_grads, check_rule

X = np.array([0.3, -0.7, 1.9])


@pytest.fixture(autouse=True)
def as_before():
    """Every test leaves the table of rules as it was."""
    read_all()
    rules, declared = dict(RULES), dict(declaration.DECLARED)
    yield
    for table, saved in ((RULES, rules), (declaration.DECLARED, declared)):
        table.clear()
        table.update(saved)
    for holder in list(declaration.COMPILED):
        holder.forget()


compiled = special._ufuncs._log1pmx
"""log(1 + x) - x, a compiled function that s2sad states no rule of."""


def product(a, b):
    return np.vdot(a, b)


def cube(x):
    return x**3


class ProductRule:
    """ans = a · b."""

    def primal(a, b):
        return product(a, b)

    def shape(a, b):
        return ()

    def adjoint(a, b, ans_bar):
        a_bar = ans_bar * b
        b_bar = ans_bar * a
        return a_bar, b_bar


def test_a_rule_for_an_opaque_function():
    elementwise(compiled, lambda d, x: -(d * x / (1.0 + x)), on={"x": positive})
    assert grad(lambda x: np.sum(compiled(x)))(np.array([2.5]))[0] == pytest.approx(-2.5 / 3.5)


def test_the_laws_check_it():
    elementwise(compiled, lambda d, x: -(d * x / (1.0 + x)), on={"x": positive}, poles=True)
    check_rule(compiled)
    check_rule(
        rule(product, multilinear="a b", on={"a": reals.of(3), "b": reals.of(3)})(ProductRule)
    )
    check_grads(lambda a: product(a, a * a) * compiled(a[0]), (X,))


def test_declared_after_the_function_was_compiled():
    def loss(x):
        return np.sum(compiled(x) * x)

    g, h = grad(loss), grad(lambda x: np.sum(cube(x)))
    with pytest.raises(NoRule, match="log1pmx"):
        g(X)
    np.testing.assert_allclose(h(X), 3.0 * X**2)
    elementwise(compiled, lambda d, x: -(d * x / (1.0 + x)))
    elementwise(cube, lambda d, x: d * 30.0 * x * x)  # wrong, and therefore seen
    np.testing.assert_allclose(g(X), compiled(X) - X * X / (1.0 + X))
    np.testing.assert_allclose(h(X), 30.0 * X**2)


def test_declared_again_by_the_same_module():
    g = grad(lambda x: np.sum(cube(x)))
    elementwise(cube, lambda d, x: d * 3.0 * x)
    np.testing.assert_allclose(g(X), 3.0 * X)
    elementwise(cube, lambda d, x: d * 5.0 * x)
    np.testing.assert_allclose(g(X), 5.0 * X)


def test_two_modules_do_not_share_a_function():
    elementwise(cube, lambda d, x: d * 3.0 * x * x)
    other = type("other", (), {**vars(ProductRule), "__module__": "elsewhere"})
    with pytest.raises(ValueError, match="has a rule already, declared in"):
        rule(cube)(other)
    with pytest.raises(ValueError, match="stated by s2sad"):
        elementwise(np.exp, lambda d, ans: d * ans)
    check_rule(cube)


class NoPrimal:
    def adjoint(a, ans_bar):
        a_bar = ans_bar
        return a_bar


class NoAdjoint:
    def primal(a, b):
        return product(a, b)


class Misspelled(ProductRule):
    def primal(a, b):
        return product(a, b)

    def adjont(a, ans_bar):
        return ans_bar


class ForAnother:
    def primal(a, b):
        return product(a, b)

    def adjoint(a, ans_bar):
        c_bar = ans_bar * a
        return c_bar


class Reads:
    def primal(a, b):
        return product(a, b)

    def adjoint(a, y, ans_bar):
        a_bar = ans_bar * y
        return a_bar


MALFORMED = {
    "has no primal": lambda: rule(product)(NoPrimal),
    'no adjoint: state one, or wrt=""': lambda: rule(product)(NoAdjoint),
    "adjont": lambda: rule(product)(Misspelled),
    r"names \['c'\]": lambda: rule(product)(ForAnother),
    r"names \['q'\] \(linear\)": lambda: rule(product, linear="q")(ProductRule),
    "adjoint reads": lambda: rule(product)(Reads),
    "reads unknown names": lambda: elementwise(cube, lambda d, y: d * y),
    "1 products for 3": lambda: elementwise(special.chndtr, lambda d, x1, x2: d * x1),
    "2 products for 1": lambda: elementwise(cube, lambda d, x: (d * x, d)),
    "not of 3": lambda: elementwise(3, lambda d: d),
    "no hash": lambda: elementwise(ctypes.CDLL(None).abs, lambda d: d),
}


@pytest.mark.parametrize("message", MALFORMED)
def test_malformed_rules(message):
    before = dict(RULES)
    with pytest.raises(TypeError, match=message):
        MALFORMED[message]()
    assert before == RULES


def test_a_malformed_rule_does_not_replace_a_good_one():
    elementwise(cube, lambda d, x: d * 3.0 * x * x)
    with pytest.raises(TypeError, match="unknown names"):
        elementwise(cube, lambda d, y: d * y)
    check_rule(cube)


def test_a_result_that_is_constant():
    rule(product, wrt="")(NoAdjoint)
    assert grad(lambda a: product(a, a) * a[0])(X)[0] == pytest.approx(X @ X)


PROGRAM = """
import numpy as np
import s2sad
from scipy.special._ufuncs import _log1pmx as compiled

K = {0}


def helper(d):
    return d * K + {1} * d


s2sad.elementwise(compiled, lambda d, x: -(helper(d) * x / (1.0 + x)))
print(s2sad.grad(lambda x: compiled(x) * 2.0)(0.3))
"""


def test_an_edited_rule_is_not_served_from_disk(tmp_path):
    env = {**os.environ, "S2SAD_CACHE": "1", "S2SAD_CACHE_DIR": str(tmp_path / "cache")}
    for k, m in ((1.0, 0.0), (1.0, 0.0), (2.0, 0.0), (2.0, 3.0)):
        (tmp_path / "program.py").write_text(PROGRAM.format(k, m))
        run = subprocess.run(
            [sys.executable, tmp_path / "program.py"], env=env, capture_output=True, text=True
        )
        assert not run.returncode, run.stderr
        assert float(run.stdout) == pytest.approx(-2.0 * (k + m) * 0.3 / 1.3)
    assert len(list((tmp_path / "cache").iterdir())) == 3


def test_a_function_made_inside_of_another_has_a_name_in_the_code():
    def scaled(k):
        def cubed(x):
            return k * x**3

        elementwise(cubed, lambda d, x: d * 3.0 * k * x * x)
        return cubed

    once, twice = scaled(1.0), scaled(2.0)
    try:
        x = np.array([1.0, 2.0])
        check_grads(lambda x: once(x) * x, (x,), order=2)
        assert grad(lambda x: np.sum(once(x) * twice(x)))(x).tolist() == (12.0 * x**5).tolist()
    finally:
        for of in (once, twice):
            RULES.pop(of)
            declaration.DECLARED.pop(of)

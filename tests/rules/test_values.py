"""A few bare numbers per chapter, known in closed form, that no law computes."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
import pytest

from s2sad.frontend.arrays import ARRAY_HANDLERS
from s2sad.rules.cases import Direct
from s2sad.rules.methods import ATTRIBUTES, METHODS, ONLY_METHODS, VARARGS
from s2sad.rules.table import RULES, lookup

RUN = Direct()


def bars(f: Any, *args: Any, ans_bar: Any = 1.0, **static: Any) -> Any:
    """The cotangents of all operands of f(*args)."""
    rule: Any = lookup(f)
    env = {p: rule.defaults.get(p) for p in rule.params}
    env |= dict(zip(rule.params, args, strict=False)) | static
    start = {a: np.zeros(np.shape(env[a])) for a in rule.wrt if env[a] is not None}
    start |= {a: None for a in rule.wrt if env[a] is None}
    active = [a for a in rule.wrt if env[a] is not None]
    with np.errstate(all="ignore"):
        found = RUN.adjoint(rule, env, RUN.primal(rule, env), ans_bar, active, start)
    return found[rule.wrt[0]] if len(rule.wrt) == 1 else tuple(found.values())


@pytest.mark.parametrize(
    ("f", "x", "wanted"),
    [
        (np.exp, 0.0, 1.0),
        (np.log, 2.0, 0.5),
        (np.sin, math.pi, -1.0),
        (np.tan, math.pi / 4, 2.0),
        (np.arcsin, 0.6, 1.25),
        (np.arccos, 0.6, -1.25),
        (np.arctan, 2.0, 0.2),
        (np.tanh, 0.0, 1.0),
        (np.arctanh, 0.5, 4 / 3),
        (np.arccosh, 1.25, 4 / 3),
        (np.sqrt, 4.0, 0.25),
        (np.sqrt, 0.0, 0.0),
        (np.cbrt, 8.0, 1 / 12),
        (np.reciprocal, 2.0, -0.25),
        (np.absolute, 0.0, 0.0),
        (np.absolute, -3.0, -1.0),
        (np.exp2, 3.0, 8 * math.log(2)),
        (np.expm1, -40.0, math.exp(-40.0)),
        (np.log10, 10.0, 1 / (10 * math.log(10))),
        (math.erf, 0.0, 2 / math.sqrt(math.pi)),
        (math.erfc, 0.0, -2 / math.sqrt(math.pi)),
        (np.arcsinh, 1e200, 1e-200),
        (np.arccosh, 1e200, 1e-200),
    ],
)
def test_functions_of_one_number(f: Any, x: float, wanted: float) -> None:
    assert bars(f, np.float64(x)) == pytest.approx(wanted, rel=1e-14, abs=1e-300)


@pytest.mark.parametrize(
    ("f", "x", "y", "wanted"),
    [
        (np.divide, 3.0, 2.0, (0.5, -0.75)),
        (np.power, 3.0, 2.0, (6.0, 9 * math.log(3))),
        (np.power, 0.0, 0.0, (0.0, 0.0)),
        (np.power, 0.0, 1.0, (1.0, 0.0)),
        (np.power, 0.0, 2.0, (0.0, 0.0)),
        (np.power, 5.0, 0.0, (0.0, math.log(5))),
        (np.hypot, 3.0, 4.0, (0.6, 0.8)),
        (np.hypot, 0.0, 0.0, (0.0, 0.0)),
        (np.arctan2, 1.0, 1.0, (0.5, -0.5)),
        (np.arctan2, 0.0, 0.0, (0.0, 0.0)),
        (np.maximum, 2.0, 1.0, (1.0, 0.0)),
        (np.maximum, 1.0, 1.0, (0.5, 0.5)),
        (np.minimum, 1.0, 1.0, (0.5, 0.5)),
        (np.fmax, np.nan, 1.0, (0.0, 1.0)),
        (np.fmin, 2.0, np.nan, (1.0, 0.0)),
        (np.maximum, -np.inf, -np.inf, (0.5, 0.5)),
        (np.logaddexp, 0.0, 0.0, (0.5, 0.5)),
        (np.logaddexp, 1000.0, 0.0, (1.0, 0.0)),
        (np.logaddexp, -np.inf, -np.inf, (0.5, 0.5)),
        (np.logaddexp, np.inf, 1.0, (1.0, 0.0)),
        (np.logaddexp2, -np.inf, 1.0, (0.0, 1.0)),
        (np.arctan2, 1e-200, 2e-200, (4e199, -2e199)),
        (np.arctan2, 1e200, 2e200, (4e-201, -2e-201)),
        (np.heaviside, 0.0, 0.3, 1.0),
        (np.remainder, 7.5, 2.0, (1.0, -3.0)),
        (np.remainder, -7.5, 2.0, (1.0, 4.0)),
        (np.fmod, -7.5, 2.0, (1.0, 3.0)),
        (math.log, 8.0, 2.0, (1 / (8 * math.log(2)), -3 / (2 * math.log(2)))),
    ],
)
def test_functions_of_two_numbers(f: Any, x: float, y: float, wanted: Any) -> None:
    assert bars(f, np.float64(x), np.float64(y)) == pytest.approx(wanted, rel=1e-14)


def test_a_negative_base_with_a_whole_exponent() -> None:
    x_bar, _ = bars(np.power, np.array([-2.0, -3.0]), 3, ans_bar=np.ones(2))
    assert x_bar.tolist() == [12.0, 27.0]


def test_clip_counts_its_bounds_as_inside() -> None:
    a = np.array([-1.0, 0.0, 0.5, 1.0, 2.0])
    a_bar, low, high = bars(np.clip, a, np.float64(0.0), np.float64(1.0), ans_bar=np.ones(5))
    assert (a_bar.tolist(), low, high) == ([0.0, 1.0, 1.0, 1.0, 0.0], 1.0, 1.0)


def test_clip_with_crossed_bounds_is_the_upper_bound() -> None:
    a = np.array([-1.0, 1.5, 3.0])
    a_bar, low, high = bars(np.clip, a, np.float64(2.0), np.float64(1.0), ans_bar=np.ones(3))
    assert (a_bar.tolist(), low, high) == ([0.0, 0.0, 0.0], 0.0, 3.0)


def test_where_keeps_infinities_apart() -> None:
    _, x_bar, y_bar = (None, *bars(np.where, np.array([True, False]), np.zeros(2), np.zeros(2),
                                   ans_bar=np.array([np.inf, 1.0])))  # fmt: skip
    assert (x_bar.tolist(), y_bar.tolist()) == ([np.inf, 0.0], [0.0, 1.0])


def test_reductions() -> None:
    a = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert bars(np.sum, a, axis=0, ans_bar=np.array([1.0, 2.0])).tolist() == [[1.0, 2.0]] * 2
    assert bars(np.mean, a).tolist() == [[0.25, 0.25], [0.25, 0.25]]
    assert bars(np.var, a).tolist() == [[-0.75, -0.25], [0.25, 0.75]]
    assert bars(np.cumsum, np.arange(3.0), ans_bar=np.ones(3)).tolist() == [3.0, 2.0, 1.0]
    assert bars(np.max, np.array([1.0, 3.0, 3.0])).tolist() == [0.0, 0.5, 0.5]
    assert bars(np.std, np.full(4, 2.5)).tolist() == [0.0] * 4


def test_logarithms_of_sums_of_nothing() -> None:
    a = np.array([[-np.inf, -np.inf], [0.0, -np.inf], [np.inf, np.inf]])
    wanted = [[0.5, 0.5], [1.0, 0.0], [0.5, 0.5]]
    assert bars(np.logaddexp.reduce, a, 1, ans_bar=np.ones(3)).tolist() == wanted
    wanted = [[2.0, 0.0], [2.0, 0.0], [2.0, 0.0]]
    assert bars(np.logaddexp.accumulate, a, 1, ans_bar=np.ones((3, 2))).tolist() == wanted


def test_extrema_so_far_share_among_all_that_attain_them() -> None:
    a = np.array([1.0, 2.0, 2.0, 0.0, 2.0])
    a_bar = bars(np.maximum.accumulate, a, 0, ans_bar=np.array([1.0, 0.0, 0.0, 0.0, 3.0]))
    assert a_bar == pytest.approx([1.0, 1.0, 1.0, 0.0, 1.0])


def test_products_of_zeros_are_exact() -> None:
    assert bars(np.prod, np.array([2.0, 0.0, 3.0])).tolist() == [0.0, 6.0, 0.0]
    assert bars(np.prod, np.array([2.0, 0.0, 0.0])).tolist() == [0.0, 0.0, 0.0]
    wanted = [1.0 + 0.0 + 0.0, 2.0 + 2.0 * 3.0, 0.0]
    a_bar = bars(np.cumprod, np.array([2.0, 0.0, 3.0]), ans_bar=np.ones(3))
    assert a_bar.tolist() == wanted


def test_matrix_products() -> None:
    a, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([5.0, 6.0])
    a_bar, b_bar = bars(np.matmul, a, b, ans_bar=np.array([1.0, -1.0]))
    assert a_bar.tolist() == [[5.0, 6.0], [-5.0, -6.0]]
    assert b_bar.tolist() == [-2.0, -2.0]
    assert bars(np.trace, a).tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_a_gather_adds_up_repeated_indices() -> None:
    a_bar = bars(operator.getitem, np.zeros(3), np.array([1, 1, 2]), ans_bar=np.array([1.0, 2, 4]))
    assert a_bar.tolist() == [0.0, 3.0, 4.0]


def test_shapes() -> None:
    g = np.arange(6.0)
    assert bars(np.reshape, np.zeros((2, 3)), (6,), order="F", ans_bar=g).tolist() == [
        [0.0, 2.0, 4.0],
        [1.0, 3.0, 5.0],
    ]
    assert bars(np.broadcast_to, np.zeros((2, 1)), (2, 3), ans_bar=np.ones((2, 3))).tolist() == [
        [3.0],
        [3.0],
    ]
    assert bars(
        np.repeat, np.zeros(2), np.array([1, 2]), ans_bar=np.array([1.0, 2, 4])
    ).tolist() == [
        1.0,
        6.0,
    ]


def test_linspace_moves_with_its_ends() -> None:
    start, stop = np.float64(0.0), np.float64(1.0)
    assert bars(np.linspace, start, stop, 3, ans_bar=np.ones(3)) == (1.5, 1.5)
    assert bars(np.linspace, start, stop, 1, ans_bar=np.ones(1)) == (1.0, 0.0)


def test_spellings_share_one_rule() -> None:
    for of, same in ((operator.add, np.add), (math.sin, np.sin), (abs, np.absolute)):
        assert RULES[of].rule is RULES[same]
    assert RULES[np.amax].rule is RULES[np.max]


def test_the_table_answers_for_anything() -> None:
    assert lookup(np.exp) is RULES[np.exp]
    assert lookup([]) is None  # type: ignore[arg-type]
    assert lookup(print) is None
    for f in (*METHODS.values(), *ATTRIBUTES.values(), *ONLY_METHODS):
        walked = getattr(f, "__module__", "") == "s2sad.rules.methods"
        assert lookup(f) is not None or walked or f in ARRAY_HANDLERS
    for name, parameter in VARARGS.items():
        assert parameter in RULES[METHODS[name]].params
    for name in METHODS:
        assert hasattr(np.ndarray, name)

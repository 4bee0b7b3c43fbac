"""Every law over every rule, on inputs that Hypothesis draws from the rule's own domains."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from s2sad.rules import laws
from s2sad.rules.cases import draw, free_operands
from s2sad.rules.notation import Primitive
from s2sad.rules.table import RULES, read_all

read_all()
STATED = [p for p in RULES.values() if p.rule is p]
SMOOTH = [p for p in STATED if p.wrt]
KINKED = [p for p in STATED if "kinks" in p.on]

# The nightly run draws more, and other cases every night: S2SAD_LAW_EXAMPLES=500.
EXAMPLES = int(os.environ.get("S2SAD_LAW_EXAMPLES", "20"))
often = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="S2SAD_LAW_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def each(rules: list[Primitive]) -> Any:
    return pytest.mark.parametrize("rule", rules, ids=[p.name for p in rules])


@st.composite
def calls(draw_from: Any, rule: Primitive) -> tuple[dict[str, Any], np.random.Generator]:
    """Arguments of one call of the rule, and the generator to draw directions with."""
    rng = np.random.default_rng(draw_from(st.integers(0, 2**32 - 1)))
    names = free_operands(rule)
    shapes: Any = [()] * len(names)
    if names and rule.signature is not None:
        found = mutually_broadcastable_shapes(
            num_shapes=len(names), min_dims=0, max_dims=3, min_side=0, max_side=4
        )
        shapes = draw_from(found).input_shapes
    return draw(rule, rng, shapes, draw_from(st.integers(0, 1000))), rng


@each(SMOOTH)
@often
@given(data=st.data())
def test_tangent_is_the_derivative(rule: Primitive, data: Any) -> None:
    laws.tangent_is_the_derivative(rule, *data.draw(calls(rule)))


@each(SMOOTH)
@often
@given(data=st.data())
def test_adjoint_is_the_transpose_of_the_tangent(rule: Primitive, data: Any) -> None:
    laws.adjoint_is_the_transpose(rule, *data.draw(calls(rule)))


@each(SMOOTH)
@often
@given(data=st.data())
def test_arguments_are_left_alone_and_nothing_overflows(rule: Primitive, data: Any) -> None:
    laws.nothing_is_changed(rule, *data.draw(calls(rule)))


@each(SMOOTH)
@often
@given(data=st.data())
def test_single_precision_stays_single(rule: Primitive, data: Any) -> None:
    laws.single_precision_is_kept(rule, *data.draw(calls(rule)))


@each(STATED)
@often
@given(data=st.data())
def test_shape_and_dtype_are_as_declared(rule: Primitive, data: Any) -> None:
    laws.shape_is_as_declared(rule, data.draw(calls(rule))[0])


@each(SMOOTH)
def test_what_a_rule_calls_has_a_rule(rule: Primitive) -> None:
    laws.is_closed(rule)


@each(KINKED)
def test_kinks_are_finite_and_between_the_sides(rule: Primitive) -> None:
    laws.kinks_are_harmless(rule, np.random.default_rng(0))


@each([p for p in STATED if "slopes" in p.on])
def test_slopes_are_as_stated(rule: Primitive) -> None:
    laws.slopes_are_as_stated(rule)


@each(STATED)
def test_a_rule_says_what_it_is(rule: Primitive) -> None:
    assert rule.doc or rule.primal is None, f"{rule.name} has no docstring"
    if rule.wrt:
        ways = [rule.partials, rule.linear, rule.multilinear, rule.tangent]
        assert any(ways), f"{rule.name} has no forward rule"
        assert rule.partials or rule.adjoint, f"{rule.name} has no adjoint"


@each(STATED)
def test_every_case_of_a_domain_in_turn(rule: Primitive) -> None:
    laws.check_rule(rule, examples=64)

"""The lecture functions against the derivatives on the slides."""

import numpy as np
import pytest

from s2sad import grad, jacfwd, jacrev, jvp, vjp
from tests.examples.load import example

lectures = example("lectures")

POINTS = [-1.3, 0.0, 0.4, 2.5]


@pytest.mark.parametrize("x", POINTS)
def test_slide(x):
    assert grad(lectures.slide)(x) == pytest.approx(-20 / (1 + np.exp(2 * x)), rel=1e-14)


@pytest.mark.parametrize("x1", POINTS)
def test_product(x1):
    ours = grad(lectures.product, argnums=(0, 1))(x1, 7.0)
    assert ours == pytest.approx((np.cos(x1) + 7.0, x1), rel=1e-14)


@pytest.mark.parametrize("w", POINTS)
def test_squared_error(w):
    ours = grad(lectures.squared_error, argnums=(0, 1, 2))(w, 1.5, 2.0)
    r = w * 1.5 - 2.0
    assert ours == pytest.approx((r * 1.5, r * w, -r), rel=1e-14)


def test_waves_in_forward_and_reverse_mode():
    """Two outputs, three inputs: both modes give the Jacobian on the slide."""
    w0, w1, x = 0.3, 1.1, 0.7
    s, c = np.sin(w1 * x + w0), np.cos(w1 * x + w0)
    jacobian = np.array([[c, c * x, c * w1], [-s, -s * x, -s * w1]])
    values, pullback = vjp(lectures.waves, w0, w1, x)
    assert values == lectures.waves(w0, w1, x)
    for i, seed in enumerate([(1.0, 0.0), (0.0, 1.0)]):
        assert pullback(seed) == pytest.approx(jacobian[i], rel=1e-14)
    for j, seed in enumerate(np.eye(3)):
        _, rates = jvp(lectures.waves, (w0, w1, x), tuple(float(v) for v in seed))
        assert rates == pytest.approx(jacobian[:, j], rel=1e-14)
    for operator in (jacfwd, jacrev):
        ours = operator(lectures.waves, argnums=(0, 1, 2))(w0, w1, x)
        assert np.allclose(ours, jacobian, rtol=1e-14)


@pytest.mark.parametrize("x", [-2.0, -1e-3, 1e-3, 3.0])
def test_the_identity_away_from_its_kink(x):
    assert lectures.identity(x) == pytest.approx(x)
    assert grad(lectures.identity)(x) == pytest.approx(1.0)
    assert grad(lectures.identity_by_maximum)(x) == pytest.approx(1.0)


def test_the_identity_at_its_kink():
    """The branch that ran decides, and ties of maximum share."""
    assert grad(lectures.identity)(0.0) == 10.0
    assert grad(lectures.identity_by_maximum)(0.0) == 1.0


def test_script_runs(capsys):
    lectures.main()
    assert "10.0 with branches" in capsys.readouterr().out

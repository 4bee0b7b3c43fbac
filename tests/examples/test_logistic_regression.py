"""Logistic regression through scipy.optimize.minimize."""

import numpy as np
import pytest

from tests.examples.load import example

regression = example("logistic_regression")


def gradient_by_hand(w, X, T, penalty):
    """X^T (P - T) + penalty w."""
    Z = X @ w.reshape(5, 3)
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return (X.T @ (E / E.sum(axis=1, keepdims=True) - T)).ravel() + penalty * w


def test_gradient_equals_the_one_by_hand():
    from s2sad import grad

    X, species = regression.data()
    w = np.random.default_rng(2).normal(size=15)
    arguments = (w, X, np.eye(3)[species], 0.3)
    expected = gradient_by_hand(*arguments)
    ours = grad(regression.negative_log_likelihood)(*arguments)
    assert np.max(abs(ours - expected)) <= 1e-11 * np.max(abs(expected))


def test_scipy_finds_the_minimum():
    """Where it stops, the gradient by hand vanishes and nearly all flowers are recognized."""
    result = regression.fit()
    X, species = regression.data()
    assert np.max(abs(gradient_by_hand(result.x, X, np.eye(3)[species], 0.01))) < 1e-3
    assert np.mean(np.argmax(X @ result.x.reshape(5, 3), axis=1) == species) >= 0.97


def test_script_runs(capsys):
    regression.main()
    assert "accuracy" in capsys.readouterr().out


def test_loss_is_finite_far_away():
    X, species = regression.data()
    w = np.full(15, 1e3) * np.tile([1, -1, 1], 5)
    assert np.isfinite(regression.negative_log_likelihood(w, X, np.eye(3)[species], 0.0))
    assert regression.negative_log_likelihood(np.zeros(15), X, np.eye(3)[species], 0.0) == (
        pytest.approx(150 * np.log(3))
    )

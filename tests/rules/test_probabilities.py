"""Slopes of quantiles against numbers of sixty digits, computed with mpmath, and at their ends."""

from __future__ import annotations

import numpy as np
import pytest

from s2sad.rules.angles import angle_score, angle_slope
from s2sad.rules.probabilities import beta_score, beta_slope, gamma_score, gamma_slope, mills

GAMMA = [
    (1e-06, 0.5, 1, 461455.85344023468), (0.001, 1e-200, 1, 4.5994144666699882e-195),
    (0.05, 3.0, 1, 17.346243038012599), (0.3, 0.01, 1, 0.14920695356145887),
    (1.0, 0.7, 1, 0.97321874099238759), (2.5, 40.0, 1, 3.1253161988697033),
    (50.0, 20.0, 1, 0.61284322044391147), (10000.0, 10200.0, 1, 1.0099508242883197),
    (0.7, 0.4, 2, -0.69715330993207559), (12.0, 15.0, 2, 0.2535564578085289),
    (3.0, 2.0, 3, -0.12910828568991575),
]  # fmt: skip
BETA = [
    (0.001, 2.0, 1e-100, 1, 0, 2.2925950830040357e-95),
    (0.05, 0.02, 0.3, 1, 0, 65.135627556808463), (0.5, 0.5, 0.999, 1, 0, 0.0027709974227853704),
    (1.0, 3.0, 0.2, 1, 0, 0.22573213607700052), (30.0, 4.0, 0.95, 1, 0, 0.0015495245953381034),
    (1000.0, 700.0, 0.6, 1, 0, 0.00023771797704451999),
    (2.0, 3.0, 0.4, 1, 1, -0.0051640090683068769), (0.4, 3.0, 0.1, 2, 0, -0.31621650660135968),
]  # fmt: skip
ANGLES = [
    (0.01, 2.0, 1, -0.9111768661376055), (1.0, 0.5, 1, -0.2788272248960605),
    (4.0, 3.0, 1, -0.2564681421177213), (30.0, -0.4, 1, 0.0068177539540005204),
    (2.0, 1.0, 2, 0.22085478448610122),
]  # fmt: skip
MILLS = [(1e-08, 1.2533141273155003), (0.5, 0.87636445645369235), (30.0, 0.033296419072497213)]


@pytest.mark.parametrize(("a", "x", "order", "wanted"), GAMMA)
def test_the_gamma_distribution(a, x, order, wanted):
    assert gamma_slope(a, x, order) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(("a", "b", "x", "in_a", "in_b", "wanted"), BETA)
def test_the_beta_distribution(a, b, x, in_a, in_b, wanted):
    assert beta_slope(a, b, x, in_a, in_b) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(("kappa", "y", "order", "wanted"), ANGLES)
def test_the_von_mises_distribution(kappa, y, order, wanted):
    assert angle_slope(kappa, y, order) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(("z", "wanted"), MILLS)
def test_the_ratio_of_mills(z, wanted):
    assert mills(z) == pytest.approx(wanted, rel=1e-13)


@pytest.mark.parametrize(("a", "z"), [(1e8, 0.5), (1e12, -1.0), (1e16, 2.0)])
def test_large_shapes(a, z):
    """To the first order in 1/sqrt(a) the gamma distribution is normal."""
    root = np.sqrt(a)
    assert gamma_slope(a, a + z * root) - 1.0 == pytest.approx(0.5 * z / root, rel=1e-3, abs=1e-14)


def test_the_ends_and_what_is_no_number():
    assert gamma_slope(2.0, 0.0) == 0.0
    assert gamma_slope(2.0, np.inf) == np.inf
    assert np.isnan(gamma_slope(np.nan, 1.0))
    assert np.isnan(beta_slope(1.0, np.nan, 0.5))
    assert beta_slope(2.0, 3.0, 0.0) == beta_slope(2.0, 3.0, 1.0) == 0.0
    assert angle_slope(2.0, 0.0) == 0.0
    assert gamma_slope(np.array([]), 1.0).shape == (0,)
    assert beta_slope(np.ones((2, 1)), np.ones(3), 0.5).shape == (2, 3)


def test_single_precision_and_numbers():
    narrow = np.array([0.5, 2.0], np.float32)
    for found in (gamma_slope(narrow, narrow), gamma_score(narrow, 1.0), mills(narrow),
                  beta_slope(narrow, narrow, np.float32(0.3)), beta_score(narrow, 2.0, 0.3),
                  angle_slope(narrow, 1.0), angle_score(narrow, narrow)):  # fmt: skip
        assert found.dtype == np.float32
    assert type(gamma_slope(2.0, 1.0)) is np.float64


def test_nothing_is_reported_that_harms_nobody():
    with np.errstate(all="raise"):
        gamma_slope(1e-5, 3.0)
        gamma_slope(1e150, 1e150)
        beta_slope(0.01, 0.02, 0.3)
        angle_slope(3.0, 2.0)
        mills(1e-200)


def test_long_rows():
    x = np.random.default_rng(0).gamma(1.5, size=5000)
    found = gamma_slope(1.5, x)
    assert found[4321] == pytest.approx(gamma_slope(1.5, x[4321]), rel=1e-14)

"""The Iris network: its data, its gradient, its training, its picture."""

import sys

import numpy as np
import pytest

from tests.examples.load import EXAMPLES, example

iris = example("iris")


@pytest.fixture
def point():
    """Weights and data at which gradients are compared."""
    petals, species = iris.measurements()
    return (*iris.initial_weights(seed=3), iris.inputs(petals), np.eye(3)[species])


def test_the_data_are_fishers_table():
    """Counts, means and standard deviations of the table of 1936."""
    rows = np.genfromtxt(EXAMPLES / "iris.csv", delimiter=",", skip_header=1, usecols=range(4))
    species = iris.measurements()[1]
    assert np.bincount(species).tolist() == [50, 50, 50]
    assert np.allclose(rows.mean(axis=0), [5.843333, 3.057333, 3.758, 1.199333], atol=1e-6)
    means = [rows[species == k].mean(axis=0) for k in range(3)]
    assert np.allclose(means[0], [5.006, 3.428, 1.462, 0.246])
    assert np.allclose(means[1], [5.936, 2.770, 4.260, 1.326])
    assert np.allclose(means[2], [6.588, 2.974, 5.552, 2.026])
    deviations = rows[species == 2].std(axis=0, ddof=1)
    assert np.allclose(deviations, [0.635880, 0.322497, 0.551895, 0.274650], atol=1e-6)


@pytest.mark.parametrize("which", [0, 1])
def test_the_derivation_by_hand_is_right(point, which):
    """The oracle itself, against complex step and central differences in every weight."""
    _, by_hand = iris.loss_by_hand(*point)
    for index in np.ndindex(point[which].shape):
        shift = np.zeros(point[which].shape)
        shift[index] = 1.0

        def at(step, shift=shift):
            moved = list(point)
            moved[which] = moved[which] + step * shift
            return iris.loss(*moved)

        complex_step = at(1e-30j).imag / 1e-30
        central = (at(1e-5) - at(-1e-5)) / 2e-5
        assert by_hand[which][index] == pytest.approx(complex_step, rel=1e-11, abs=1e-14)
        assert by_hand[which][index] == pytest.approx(central, rel=1e-6, abs=1e-9)


def test_loss_agrees_with_the_one_by_hand(point):
    assert iris.loss(*point) == pytest.approx(iris.loss_by_hand(*point)[0], rel=1e-13)


def test_the_generated_gradient_is_the_one_derived_by_hand(point):
    """dW and dV to 1e-12 of their size, at random and at trained weights."""
    from s2sad import value_and_grad

    gradient = value_and_grad(iris.loss, argnums=(0, 1))
    W, V, _ = iris.train(iris.loss_by_hand, steps=200, show=False)
    for W_, V_ in (point[:2], (W, V)):
        value, ours = gradient(W_, V_, *point[2:])
        assert value == iris.loss(W_, V_, *point[2:])
        for ours_, by_hand in zip(ours, iris.loss_by_hand(W_, V_, *point[2:])[1], strict=True):
            assert np.max(abs(ours_ - by_hand)) <= 1e-12 * np.max(abs(by_hand))


def test_training_by_hand_reaches_95_percent():
    """The example's settings suffice, whoever derives."""
    W, V, losses = iris.train(iris.loss_by_hand, show=False)
    petals, species = iris.measurements()
    assert np.mean(iris.predict(W, V, iris.inputs(petals)) == species) >= 0.95
    assert losses[-1] < 0.1 * losses[0]


def test_the_script_trains_and_prints_its_gradient(tmp_path, capsys):
    """At least 95 % at the end, progress on the way, a picture, and the source that was used."""
    picture = tmp_path / "iris.png"
    iris.main(["--picture", str(picture)])
    out = capsys.readouterr().out
    progress = [line for line in out.splitlines() if line.startswith("step ")]
    assert len(progress) == 11
    assert float(progress[-1].split("accuracy")[1].split("%")[0]) >= 95.0
    assert "def loss" in out and "X.T @" in out
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_picture_is_optional(monkeypatch, tmp_path):
    """Without matplotlib nothing is drawn and nothing fails."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    W, V = iris.initial_weights()
    assert not iris.draw(W, V, [1.0, 0.5], tmp_path / "none.png")


def test_the_picture_is_drawn(tmp_path):
    W, V = iris.initial_weights()
    assert iris.draw(W, V, [1.0, 0.5], tmp_path / "iris.png")
    assert (tmp_path / "iris.png").stat().st_size > 10_000

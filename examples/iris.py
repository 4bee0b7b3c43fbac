"""Train a two-layer network on Fisher's Iris data with a gradient that s2sad wrote.

Two measurements of a flower and a bias feed 16 logistic units, and these feed a softmax over the
three species.  `loss` is plain NumPy; its gradient is printed after the training that used it.

The data, `iris.csv`, are the 150 flowers of R. A. Fisher, "The use of multiple measurements in
taxonomic problems", Annals of Eugenics 7 (1936), 179-188, with the values of that table: the copy
at the UCI repository differs from it in three numbers (flowers 35 and 38).

    python examples/iris.py [--steps 1000] [--picture iris.png]
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path
from typing import Any

import numpy as np

import s2sad

DATA = Path(__file__).with_name("iris.csv")
SPECIES = ("setosa", "versicolor", "virginica")


def loss(W, V, X, T):
    H = 1 / (1 + np.exp(-(X @ W)))
    Z = H @ V
    return np.mean(np.log(np.sum(np.exp(Z), axis=1)) - np.sum(T * Z, axis=1))


def loss_by_hand(W, V, X, T):
    """The loss and its derivatives dW and dV, as one derives them on paper."""
    n = len(X)
    H = 1 / (1 + np.exp(-(X @ W)))
    E = np.exp(H @ V)
    P = E / E.sum(axis=1, keepdims=True)
    dZ = (P - T) / n
    dV = H.T @ dZ
    dW = X.T @ (dZ @ V.T * H * (1 - H))
    return -np.sum(T * np.log(P)) / n, (dW, dV)


def measurements() -> tuple[np.ndarray, np.ndarray]:
    """Petal length and width of every flower, as (150, 2), and its species as 0, 1 or 2."""
    with DATA.open(newline="") as file:
        rows = list(csv.DictReader(file))
    petals = np.array([[float(row["petal_length"]), float(row["petal_width"])] for row in rows])
    return petals, np.array([SPECIES.index(row["species"]) for row in rows])


def inputs(petals: np.ndarray) -> np.ndarray:
    """What the network reads: both measurements, centered and scaled, and a one for the bias."""
    center, scale = np.array([3.758, 1.199]), np.array([1.76, 0.76])
    return np.column_stack([(petals - center) / scale, np.ones(len(petals))])


def initial_weights(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Small random W, (3, 16), and V, (16, 3)."""
    rng = np.random.default_rng(seed)
    return 0.5 * rng.normal(size=(3, 16)), 0.5 * rng.normal(size=(16, 3))


def predict(W: np.ndarray, V: np.ndarray, X: np.ndarray) -> np.ndarray:
    """The species with the largest score, for each row of X."""
    return np.argmax(1 / (1 + np.exp(-(X @ W))) @ V, axis=1)


def train(
    gradient: Any, steps: int = 1000, rate: float = 1.0, seed: int = 0, show: bool = True
) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """Gradient descent on the whole training set; the weights, and the loss at every step."""
    petals, species = measurements()
    X, T = inputs(petals), np.eye(3)[species]
    W, V = initial_weights(seed)
    losses = []
    for step in range(steps + 1):
        value, (dW, dV) = gradient(W, V, X, T)
        losses.append(float(value))
        if show and step % max(steps // 10, 1) == 0:
            accuracy = np.mean(predict(W, V, X) == species)
            bar = "#" * round(40 * value / losses[0])
            print(f"step {step:5d}   loss {value:.4f}   accuracy {accuracy:6.1%}   {bar}")
        W = W - rate * dW
        V = V - rate * dV
    return W, V, losses


def draw(W: np.ndarray, V: np.ndarray, losses: list[float], path: Path) -> bool:
    """The loss curve and the decision regions as a picture; False where matplotlib is missing."""
    try:
        import matplotlib
    except ImportError:
        return False
    matplotlib.use("agg")
    from matplotlib import pyplot

    petals, species = measurements()
    length, width = np.meshgrid(np.linspace(0.5, 7.5, 300), np.linspace(0, 2.7, 300))
    grid = np.column_stack([length.ravel(), width.ravel()])
    regions = predict(W, V, inputs(grid)).reshape(length.shape)

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    left.semilogy(losses)
    left.set(title="cross-entropy", xlabel="step", ylabel="loss")
    colors = ["#4477aa", "#ccbb44", "#aa3377"]
    right.contourf(length, width, regions, levels=[-0.5, 0.5, 1.5, 2.5], colors=colors, alpha=0.3)
    for k, name in enumerate(SPECIES):
        right.scatter(*petals[species == k].T, color=colors[k], s=18, label=name)
    right.set(title="decision regions", xlabel="petal length [cm]", ylabel="petal width [cm]")
    right.legend(loc="upper left")
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return True


def largest_difference(gradient: Any) -> float:
    """How far the generated gradient is from the one derived by hand, relative to its size."""
    petals, species = measurements()
    X, T = inputs(petals), np.eye(3)[species]
    W, V = initial_weights(seed=1)
    _, ours = gradient(W, V, X, T)
    _, by_hand = loss_by_hand(W, V, X, T)
    return max(
        float(np.max(abs(a - b)) / np.max(abs(b))) for a, b in zip(ours, by_hand, strict=True)
    )


def main(argv: list[str] | None = None) -> None:
    """Train, compare with the derivation by hand, draw, and print the generated gradient."""
    parser = argparse.ArgumentParser(description="Train a two-layer network on the Iris data.")
    parser.add_argument("--steps", type=int, default=1000, help="steps of gradient descent")
    parser.add_argument("--picture", type=Path, default=Path("iris.png"), help="where to draw")
    options = parser.parse_args(argv)

    gradient = s2sad.value_and_grad(loss, argnums=(0, 1))
    start = time.perf_counter()
    W, V, losses = train(gradient, options.steps)
    print(f"\n{options.steps} steps took {time.perf_counter() - start:.2f} s.")
    print(f"Generated and hand-derived gradient differ by {largest_difference(gradient):.1e}.")
    if draw(W, V, losses, options.picture):
        print(f"Loss curve and decision regions: {options.picture}")
    else:
        print("No picture: matplotlib is not installed.")
    print(f"\nThe gradient that trained it:\n\n{gradient.source}")


if __name__ == "__main__":
    main()

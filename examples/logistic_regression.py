"""Fit a logistic regression to the Iris data: SciPy minimizes, s2sad supplies the gradient.

python examples/logistic_regression.py
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from s2sad import value_and_grad

DATA = Path(__file__).with_name("iris.csv")
SPECIES = ("setosa", "versicolor", "virginica")


def negative_log_likelihood(w, X, T, penalty):
    Z = X @ w.reshape(X.shape[1], T.shape[1])
    top = np.max(Z, axis=1)
    log_norm = top + np.log(np.sum(np.exp(Z - top[:, None]), axis=1))
    return np.sum(log_norm - np.sum(T * Z, axis=1)) + 0.5 * penalty * np.sum(w**2)


def data() -> tuple[np.ndarray, np.ndarray]:
    """All four measurements and a one, as (150, 5), and the species as 0, 1 or 2."""
    with DATA.open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    X = np.array([[float(cell) for cell in row[:4]] + [1.0] for row in rows])
    return X, np.array([SPECIES.index(row[4]) for row in rows])


def fit(penalty: float = 0.01) -> OptimizeResult:
    """The maximum a posteriori weights, by BFGS."""
    X, species = data()
    objective = value_and_grad(negative_log_likelihood)
    start = np.zeros(X.shape[1] * len(SPECIES))
    return minimize(objective, start, args=(X, np.eye(3)[species], penalty), jac=True)


def main() -> None:
    """Fit, and print how well it went."""
    result = fit()
    X, species = data()
    accuracy = np.mean(np.argmax(X @ result.x.reshape(5, 3), axis=1) == species)
    print(f"{result.message} {result.nit} iterations, {result.nfev} gradients.")
    print(f"negative log likelihood {result.fun:.4f}, accuracy {accuracy:.1%}")
    print(f"largest entry of the gradient there {np.max(np.abs(result.jac)):.1e}")


if __name__ == "__main__":
    main()

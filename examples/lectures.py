"""The functions that lectures on automatic differentiation are taught with.

Each is plain Python.  `python examples/lectures.py` prints the derivatives s2sad writes for them.
"""

from __future__ import annotations

import numpy as np

import s2sad


def slide(x):
    return 10 * np.log(1 + np.exp(-2 * x))


def product(x1, x2):
    return np.sin(x1) + x1 * x2


def waves(w0, w1, x):
    y1 = np.sin(w1 * x + w0)
    y2 = np.cos(w1 * x + w0)
    return y1, y2


def squared_error(w, x, y):
    return 0.5 * (w * x - y) ** 2


def relu(x):
    return x if x > 0 else 0.0


def identity(x):
    return 10 * x - 9 * (relu(x) - relu(-x))


def relu_by_maximum(x):
    return np.maximum(x, 0.0)


def identity_by_maximum(x):
    return 10 * x - 9 * (relu_by_maximum(x) - relu_by_maximum(-x))


def kink() -> None:
    """What automatic differentiation returns where a function is smooth but its parts are not.

    `identity` is x for every x, so its derivative is 1.  At 0 both calls of `relu` take the branch
    that returns the constant, each contributes 0, and what is left is the derivative of 10 * x.
    The program that ran at 0 is 10 * x; automatic differentiation differentiates the program that
    ran.  With `np.maximum` both operands tie at 0, each gets half of the cotangent, and the halves
    add up to the 1 that mathematics wants: a lucky choice, not a better principle.
    """
    for x in (-1.0, 0.0, 1.0):
        branches, maximum = s2sad.grad(identity)(x), s2sad.grad(identity_by_maximum)(x)
        print(f"x = {x:4.1f}: {branches:4.1f} with branches, {maximum:4.1f} with np.maximum")


def main() -> None:
    """Print every derivative and its value at a point."""
    for function, point in ((slide, (0.5,)), (product, (2.0, 7.0)), (squared_error, (0.4, 1.5, 2))):
        names = tuple(range(len(point)))
        derivative = s2sad.grad(function, argnums=names)
        print(f"{function.__name__}{point} has the gradient {derivative(*map(float, point))}")
        print(derivative.source)

    primals, tangents = (0.3, 1.1, 0.7), (0.0, 1.0, 0.0)
    values, rates = s2sad.jvp(waves, primals, tangents)
    print(f"waves{primals} = {values}; along w1 it changes by {rates}")
    values, pullback = s2sad.vjp(waves, *primals)
    print(f"the gradient of y1 is {pullback((1.0, 0.0))}, that of y2 {pullback((0.0, 1.0))}")

    print("\nthe identity, written as 10*x - 9*(relu(x) - relu(-x)):")
    kink()


if __name__ == "__main__":
    main()

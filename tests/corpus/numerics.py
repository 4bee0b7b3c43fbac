"""Numerical methods: roots, series, interpolation, quadrature, small systems, unrolled solvers."""

import numpy as np

from tests.corpus.registry import between, normal, one_of, positive, register, scalar, value


def newton_root(a):
    """The cube root, to convergence."""
    x = 1.0
    step = 1.0
    while abs(step) > 1e-12:
        step = (x**3 - a) / (3 * x**2)
        x = x - step
    return x


register(newton_root, positive(), complex_step=False)


def secant(a, n):
    x0, x1 = 1.0, 2.0
    for _ in range(n):
        f0, f1 = np.exp(x0) - a, np.exp(x1) - a
        x0, x1 = x1, x1 - f1 * (x1 - x0) / (f1 - f0)
    return x1


register(secant, between(3, 6), value(4), wrt=(0,))


def continued_fraction(a, depth):
    """a0 + 1/(a1 + 1/(a2 + ...)), from the inside out."""
    total = a[depth]
    for i in range(depth - 1, -1, -1):
        total = a[i] + 1 / total
    return total


register(continued_fraction, positive(6), value(5), wrt=(0,))


def chebyshev(c, x):
    """Clenshaw's recurrence."""
    b1, b2 = 0.0, 0.0
    for k in range(len(c) - 1, 0, -1):
        b1, b2 = c[k] + 2 * x * b1 - b2, b1
    return c[0] + x * b1 - b2


register(chebyshev, normal(6), between(-1, 1))


def cubic_spline(x, knots, values, slopes):
    """A Hermite spline at one point; the interval is found by search."""
    i = int(np.searchsorted(knots, x)) - 1
    h = knots[i + 1] - knots[i]
    t = (x - knots[i]) / h
    a = (1 + 2 * t) * (1 - t) ** 2 * values[i] + t * (1 - t) ** 2 * h * slopes[i]
    b = t**2 * (3 - 2 * t) * values[i + 1] + t**2 * (t - 1) * h * slopes[i + 1]
    return a + b


register(
    cubic_spline,
    between(0.1, 3.9),
    lambda rng: np.arange(5.0) + rng.uniform(-0.05, 0.05, size=5),
    normal(5),
    normal(5),
    samples=3,
)


def lagrange(x, nodes, values):
    total = 0.0
    for i in range(len(nodes)):
        term = values[i]
        for j in range(len(nodes)):
            if i != j:
                term = term * (x - nodes[j]) / (nodes[i] - nodes[j])
        total = total + term
    return total


register(lagrange, scalar(), lambda rng: np.arange(4.0) + rng.uniform(-0.2, 0.2, 4), normal(4))


def least_squares_descent(w, x, y, rate, n):
    """Gradient descent unrolled: a derivative through an optimizer."""
    for _ in range(n):
        residual = x @ w - y
        w = w - rate * (x.T @ residual) / len(y)
    return np.sum((x @ w - y) ** 2)


register(
    least_squares_descent,
    normal(3),
    normal(6, 3),
    normal(6),
    between(0.05, 0.3),
    value(5),
    wrt=(0, 1, 2, 3),
)


def power_iteration(a, v, n):
    symmetric = a @ a.T
    for _ in range(n):
        v = symmetric @ v
        v = v / np.sqrt(np.sum(v * v))
    return v @ symmetric @ v


register(power_iteration, normal(3, 3), normal(3), value(6), wrt=(0, 1))


def gram_schmidt(a, b):
    q1 = a / np.sqrt(a @ a)
    rest = b - (q1 @ b) * q1
    q2 = rest / np.sqrt(rest @ rest)
    return q1[0] * q2[1] - q1[1] * q2[0] + np.sum(q1 * q2)


register(gram_schmidt, normal(4), normal(4))


def solve_two_by_two(a, b):
    determinant = a[0, 0] * a[1, 1] - a[0, 1] * a[1, 0]
    x = (a[1, 1] * b[0] - a[0, 1] * b[1]) / determinant
    y = (a[0, 0] * b[1] - a[1, 0] * b[0]) / determinant
    return np.array([x, y])


register(solve_two_by_two, lambda rng: np.eye(2) * 2 + 0.5 * rng.normal(size=(2, 2)), normal(2))


def jacobi_iteration(a, b, n):
    """Jacobi's method for a diagonally dominant system."""
    diagonal = np.sum(a * np.eye(len(b)), axis=1)
    x = np.zeros(len(b))
    for _ in range(n):
        x = (b - a @ x + diagonal * x) / diagonal
    return np.sum(x * x)


register(
    jacobi_iteration,
    lambda rng: 4 * np.eye(4) + rng.uniform(-0.5, 0.5, size=(4, 4)),
    normal(4),
    value(6),
    wrt=(0, 1),
)


def trapezoid(f, y, h):
    return h * (np.sum(f) - 0.5 * (f[0] + f[-1])) * y


register(trapezoid, normal(7), scalar(), positive())


def gauss_legendre(a, b, w):
    nodes = (-0.7745966692414834, 0.0, 0.7745966692414834)
    weights = (5 / 9, 8 / 9, 5 / 9)
    half, middle = (b - a) / 2, (a + b) / 2
    total = 0.0
    for node, weight in zip(nodes, weights):
        t = middle + half * node
        total += weight * np.exp(-w * t**2)
    return half * total


register(gauss_legendre, between(-1, 0), between(0.5, 1.5), positive())


def fixed_point(a, x):
    """Iterate x = cos(a x) until nothing moves, at most fifty times."""
    trips, change = 0, 1.0
    while change > 1e-14 and trips < 50:
        new = np.cos(a * x)
        change = (new - x) ** 2
        x = new
        trips += 1
    return x


register(fixed_point, between(0.3, 0.9), between(0.2, 1.0))


def fourier(coefficients, x, terms):
    total = coefficients[0] / 2
    for k in range(1, terms):
        total = total + coefficients[k] * np.cos(k * x) + coefficients[-k] * np.sin(k * x)
    return np.mean(total**2)


register(fourier, normal(9), normal(5), value(5), wrt=(0, 1))


def richardson(x, levels):
    """Extrapolated differences, in a triangular table of tuples."""
    row = ()
    h = 0.4
    for i in range(levels):
        first = (np.sin(x + h) - np.sin(x - h)) / (2 * h)
        new = (first,)
        factor = 4.0
        for previous in row:
            new = new + (new[-1] + (new[-1] - previous) / (factor - 1),)
            factor = factor * 4.0
        row = new
        h = h / 2
    return row[-1]


register(richardson, scalar(), value(3), wrt=(0,))


def convolution(signal, kernel):
    """A convolution as a sum of shifted slices."""
    n, k = len(signal), len(kernel)
    total = np.zeros(n - k + 1)
    for i in range(k):
        total = total + kernel[k - 1 - i] * signal[i : n - k + 1 + i]
    return np.sum(np.tanh(total))


register(convolution, normal(8), normal(3))


def matrix_exponential(a, terms):
    total = np.eye(a.shape[0])
    term = np.eye(a.shape[0])
    for k in range(1, terms):
        term = term @ a / k
        total = total + term
    return total


register(matrix_exponential, normal(3, 3, scale=0.5), one_of(2, 6), wrt=(0,), samples=3)


def normalized_entropy(p):
    q = np.exp(p) / np.sum(np.exp(p))
    return -np.sum(q * np.log(q)) / np.log(len(p))


register(normalized_entropy, normal(5))


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2.0) ** 2.0 + (1 - x[:-1]) ** 2.0)


register(rosenbrock, normal(5))


def homography(h, p):
    """A projective map of a point, with tuple unpacking of the rows of a matrix."""
    (a, b, c), (d, e, f), (g, k, m) = h
    x, y = p
    w = g * x + k * y + m
    return (a * x + b * y + c) / w + (d * x + e * y + f) / w


register(homography, lambda rng: np.eye(3) + 0.2 * rng.normal(size=(3, 3)), positive(2))

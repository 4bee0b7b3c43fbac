"""Programs that call np.linalg: densities, fits, filters, spectra, implicit steps."""

import numpy as np

from tests.corpus.registry import between, normal, positive, register, scalar, single, value


def definite(a):
    return a @ a.T + 2.0 * np.eye(len(a))


def gaussian_log_density(x, mean, a):
    """By the Cholesky factor, with the log determinant from its diagonal."""
    factor = np.linalg.cholesky(definite(a))
    z = np.linalg.solve(factor, x - mean)
    return -0.5 * z @ z - np.sum(np.log(np.diag(factor))) - 0.5 * len(x) * np.log(2.0 * np.pi)


register(gaussian_log_density, normal(3), normal(3), normal(3, 3), complex_step=False)


def gaussian_process_evidence(lengths, noise, x, y):
    """The log marginal likelihood of a Gaussian process, by slogdet and solve."""
    difference = (x[:, None, :] - x[None, :, :]) / lengths
    kernel = np.exp(-0.5 * np.sum(difference**2, axis=-1)) + (0.1 + noise**2) * np.eye(len(x))
    sign, logdet = np.linalg.slogdet(kernel)
    return -0.5 * y @ np.linalg.solve(kernel, y) - 0.5 * sign * logdet


register(
    gaussian_process_evidence, positive(2), positive(), normal(4, 2), normal(4), complex_step=False
)


def kalman_filter(measured, transition, gain_noise):
    """Predict and update; the covariance is inverted at every step."""
    mean, covariance = np.zeros(2), np.eye(2)
    log_likelihood = 0.0
    observe = np.array([[1.0, 0.5]])
    for z in measured:
        mean = transition @ mean
        covariance = transition @ covariance @ transition.T + gain_noise**2 * np.eye(2)
        innovation = z - observe @ mean
        s = observe @ covariance @ observe.T + 0.3 * np.eye(1)
        gain = covariance @ observe.T @ np.linalg.inv(s)
        mean = mean + gain @ innovation
        covariance = (np.eye(2) - gain @ observe) @ covariance
        log_likelihood -= 0.5 * (innovation @ np.linalg.solve(s, innovation))
        log_likelihood -= 0.5 * np.log(np.linalg.det(s))
    return log_likelihood + mean @ covariance @ mean


register(kalman_filter, normal(3), normal(2, 2, scale=0.4), scalar(0.5, 1.0))


def ridge(x, y, strength):
    coefficients = np.linalg.solve(x.T @ x + strength * np.eye(x.shape[1]), x.T @ y)
    return np.linalg.norm(y - x @ coefficients) + 0.1 * np.linalg.norm(coefficients, 1)


register(ridge, normal(5, 3), normal(5), positive(), complex_step=False)


def polynomial_fit(t, y):
    """Coefficients by least squares, and what is left over."""
    basis = np.stack([np.ones_like(t), t, t * t], axis=1)
    coefficients, rest, rank, _ = np.linalg.lstsq(basis, y, rcond=None)
    return coefficients * rank, rest


register(polynomial_fit, between(-2.0, 2.0, 6), normal(6), complex_step=False)


def gauss_newton(p, t, y):
    """A decay fitted by a few steps of Gauss and Newton."""
    for _ in range(3):
        model = p[0] * np.exp(-p[1] * t)
        jacobian = np.stack([np.exp(-p[1] * t), -t * model], axis=1)
        step = np.linalg.lstsq(jacobian, y - model, rcond=None)[0]
        p = p + 0.3 * step
    return p


register(gauss_newton, between(1.0, 1.5, 2), positive(5), positive(5), complex_step=False)


def aligned(points, target):
    """Orthogonal Procrustes: the rotation that brings points onto the target."""
    u, _, vh = np.linalg.svd(points.T @ target + np.diag([3.0, 2.0, 1.0]))
    return np.linalg.norm(points @ (u @ vh) - target, "fro") ** 2


register(aligned, normal(5, 3, scale=0.2), normal(5, 3, scale=0.2), complex_step=False)


def principal_direction(x):
    """The variance along the first principal axis, and the share of it."""
    centered = x - np.mean(x, axis=0)
    w, v = np.linalg.eigh(centered.T @ centered / (len(x) - 1))
    first = v[:, -1]
    return w[-1] / np.sum(w), np.abs(centered @ first)


register(principal_direction, normal(6, 3), complex_step=False, tolerance=1e-8)


def matrix_logarithm(a):
    w, v = np.linalg.eigh(a @ a.T + np.diag([1.0, 3.0, 6.0]))
    return (v * np.log(w)) @ v.T


register(matrix_logarithm, normal(3, 3, scale=0.3), complex_step=False)


def low_rank_approximation(a):
    u, s, vh = np.linalg.svd(a + 3.0 * np.eye(4, 3) * np.array([1.0, 2.0, 3.0]), False)
    return (u[:, :2] * s[:2]) @ vh[:2]


register(low_rank_approximation, normal(4, 3, scale=0.3), complex_step=False)


def spectral_penalty(w1, w2, x):
    """Two layers, and the norms of their weights."""
    out = np.tanh(w2 @ np.tanh(w1 @ x))
    penalty = np.linalg.norm(w1, 2) + np.linalg.norm(w2, "nuc") + np.linalg.norm(w1, np.inf)
    return np.sum(out**2) + 0.1 * penalty


register(spectral_penalty, normal(3, 2), normal(2, 3), normal(2), complex_step=False)


def implicit_diffusion(u, kappa, steps):
    """Implicit Euler: one linear system a step."""
    n = len(u)
    laplacian = np.diag(np.full(n - 1, 1.0), 1) + np.diag(np.full(n - 1, 1.0), -1) - 2.0 * np.eye(n)
    matrix = np.eye(n) - 0.1 * (kappa[:, None] * laplacian)
    for _ in range(steps):
        u = np.linalg.solve(matrix, u)
        u[0] = 0.0
    return u


register(implicit_diffusion, normal(5), positive(5), value(3), wrt=(0, 1))


def pade_exponential(a):
    """exp(a) by scaling, a Padé quotient, and squaring."""
    scaled = a / 4.0
    eye = np.eye(len(a))
    square = np.linalg.matrix_power(scaled, 2)
    even, odd = eye + square / 10.0, 0.5 * scaled + scaled @ square / 120.0
    return np.linalg.matrix_power(np.linalg.solve(even - odd, even + odd), 4)


register(pade_exponential, normal(3, 3))


def clipped_by_norm(x, limit):
    """A vector shortened to a norm, where it is longer."""
    norm = np.linalg.norm(x)
    if norm > limit:
        x = x * (limit / norm)
    return x


register(clipped_by_norm, normal(3), positive(), complex_step=False, samples=4)


def unit_rows(x):
    lengths = np.linalg.norm(x, axis=1, keepdims=True)
    rows = x / lengths
    return rows @ rows.T, np.linalg.norm(x, 3, axis=0), np.linalg.norm(x, -np.inf, axis=1)


register(unit_rows, normal(3, 2), complex_step=False)


def mahalanobis(points, centers, spreads):
    """One covariance for each center: stacks of matrices and of systems."""
    covariances = spreads @ spreads.swapaxes(-1, -2) + np.eye(2)
    difference = points[None, :, :] - centers[:, None, :]
    solved = np.linalg.solve(covariances, difference.swapaxes(-1, -2))
    squared = np.sum(difference.swapaxes(-1, -2) * solved, axis=-2)
    return squared / np.linalg.det(covariances)[:, None] + np.linalg.slogdet(covariances).logabsdet


register(mahalanobis, normal(3, 2), normal(3, 2), normal(3, 2, 2), complex_step=False)


def qr_iteration(a):
    """Eigenvalues of a symmetric matrix by repeated factorization."""
    m = a + a.T + np.diag([1.0, 4.0, 9.0])
    for _ in range(3):
        q, r = np.linalg.qr(m)
        m = r @ q
    return np.diag(m)


register(qr_iteration, normal(3, 3, scale=0.3), complex_step=False)


def minimum_norm_control(a, b, goal):
    """The least control that reaches a goal, by the pseudo-inverse of the reachability matrix."""
    reach = np.concatenate((b, a @ b, a @ a @ b), axis=1)
    return np.linalg.pinv(reach) @ goal


register(minimum_norm_control, normal(2, 2), normal(2, 1), normal(2), complex_step=False)


def condition(a, p):
    m = definite(a)
    return np.linalg.cond(m) + np.linalg.cond(m, p) + np.linalg.matrix_rank(a) * a[0, 0]


register(condition, normal(3, 3), value(1), wrt=(0,), complex_step=False)


def chained(a, b, c, x):
    y = np.linalg.multi_dot([a, b, c, x])
    return y @ np.linalg.tensorsolve(definite(a), y) + np.linalg.vector_norm(c)


register(chained, normal(3, 3), normal(3, 4), normal(4, 2), normal(2), complex_step=False)


def in_single_precision(a, b):
    x = np.linalg.solve(definite(a).astype(np.float32), b)
    return np.linalg.norm(x) + np.linalg.slogdet(definite(a))[1]


register(in_single_precision, single(3, 3), single(3), complex_step=False, tolerance=2e-3)

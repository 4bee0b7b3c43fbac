"""Linear algebra where it is delicate: single results, repeated values, singular matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from s2sad import Unsupported, grad, hessian, jacrev, jvp, vjp
from s2sad.rules.domains import positive_definite, regular_matrix, separated
from s2sad.testing import check_grads

rng = np.random.default_rng(5)
TALL, WIDE = regular_matrix.of(4, 3).sample(rng), regular_matrix.of(3, 4).sample(rng)
SQUARE, DEFINITE = regular_matrix.of(3, 3).sample(rng), positive_definite.of(3, 3).sample(rng)
APART, HIGH = separated.of(3, 3).sample(rng), separated.of(4, 2).sample(rng)
LINE = rng.normal(size=4)


def eigenvalues(a):
    w, _ = np.linalg.eigh(a)
    return w


def eigenvectors(a):
    return np.linalg.eigh(a).eigenvectors


def left(a):
    u, _, _ = np.linalg.svd(a, full_matrices=False)
    return u


def values(a):
    return np.linalg.svd(a).S


def right(a):
    return np.linalg.svd(a, full_matrices=False)[2]


def leading_of_all(a):
    return np.linalg.svd(a)[0][:, :2]


def q_factor(a):
    return np.linalg.qr(a)[0]


def r_factor(a):
    return np.linalg.qr(a).R


def r_below(a):
    return np.linalg.qr(a, mode="complete")[1]


def solution(a):
    return np.linalg.lstsq(a, LINE[: a.shape[0]], rcond=None)[0]


def residual(a):
    return np.linalg.lstsq(a, LINE[: a.shape[0]], rcond=None)[1]


def values_of_fit(a):
    return np.linalg.lstsq(a, LINE[: a.shape[0]], rcond=None)[3]


def of_its_right_side(b):
    x, residuals, rank, s = np.linalg.lstsq(TALL, b, rcond=None)
    return x * rank + residuals[0] * s


@pytest.mark.parametrize(
    ("f", "at"),
    [
        (eigenvalues, APART),
        (eigenvectors, APART),
        (left, HIGH),
        (values, HIGH),
        (right, HIGH),
        (left, HIGH.T),
        (values, HIGH.T),
        (right, HIGH.T),
        (leading_of_all, HIGH),
        (q_factor, TALL),
        (r_factor, TALL),
        (r_below, TALL),
        (q_factor, WIDE),
        (r_factor, WIDE),
        (r_below, WIDE),
        (solution, TALL),
        (residual, TALL),
        (values_of_fit, TALL),
        (solution, WIDE),
        (of_its_right_side, LINE),
    ],
)
def test_each_result_by_itself(f: Any, at: Any) -> None:
    check_grads(f, (at,), order=2)


def determinant(a):
    return np.linalg.det(a)


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_determinants_of_singular_matrices(rank: int) -> None:
    a = rng.normal(size=(4, rank)) @ rng.normal(size=(rank, 4))
    check_grads(determinant, (a,), order=2)
    minors = [[np.delete(np.delete(a, i, 0), j, 1) for j in range(4)] for i in range(4)]
    signs = (-1.0) ** np.add.outer(np.arange(4), np.arange(4))
    assert_allclose(grad(determinant)(a), signs * np.linalg.det(minors), atol=1e-12)


def test_third_derivatives_of_a_determinant() -> None:
    check_grads(determinant, (SQUARE,), order=3)
    with pytest.raises(np.linalg.LinAlgError, match="third derivative"):
        grad(lambda a: np.sum(hessian(determinant)(a)))(np.ones((3, 3)))


def test_a_small_singular_value_costs_no_accuracy() -> None:
    """Of det(diag(1, e)), and turned, the gradient is diag(e, 1), turned."""
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    a = (q * np.array([1.0, 2.0, 1e-13])) @ q.T
    wanted = (q * np.array([2e-13, 1e-13, 2.0])) @ q.T
    assert_allclose(grad(determinant)(a), wanted, atol=1e-12)


def top(a):
    return np.linalg.eigh(a)[1][:, -1]


def squares(a):
    return np.sum(np.linalg.eigvalsh(a) ** 2)


def root(a):
    w, v = np.linalg.eigh(a)
    return np.sum((v * np.sqrt(w)) @ v.T)


def test_vectors_of_repeated_eigenvalues() -> None:
    """What depends on none of them has derivatives, and what does is refused."""
    a = np.diag([1.0, 1.0, 3.0])
    assert_allclose(grad(squares)(np.eye(3)), 2.0 * np.eye(3))
    _, pull = vjp(top, a)
    (a_bar,) = pull(np.array([1.0, 0.0, 0.0]))
    assert_allclose(a_bar + a_bar.T, [[0, 0, 0.5], [0, 0, 0], [0.5, 0, 0]], atol=1e-15)
    with pytest.raises(np.linalg.LinAlgError, match="repeated"):
        grad(root)(np.eye(2))
    assert np.isnan(jvp(root, (np.eye(2),), (np.ones((2, 2)),))[1])
    assert np.all(np.isfinite(jvp(top, (a,), (np.ones((3, 3)),))[1]))


def test_repeated_singular_values() -> None:
    _, pull = vjp(lambda a: np.linalg.norm(a, "nuc"), np.eye(3))
    assert_allclose(pull(1.0)[0], np.eye(3), atol=1e-15)
    assert_allclose(grad(lambda a: np.linalg.norm(a, 2))(np.diag([2.0, 2.0, 1.0])),
                    np.diag([0.5, 0.5, 0.0]), atol=1e-15)  # fmt: skip
    with pytest.raises(np.linalg.LinAlgError, match="repeated"):
        grad(lambda a: np.sum(np.linalg.svd(a)[0]))(np.eye(2))


def test_vectors_that_have_no_derivative() -> None:
    with pytest.raises(np.linalg.LinAlgError, match="full_matrices=False"):
        grad(lambda a: np.sum(np.linalg.svd(a)[0]))(HIGH)
    assert np.isnan(jvp(lambda a: np.linalg.svd(a)[0], (HIGH,), (HIGH,))[1][:, 2:]).all()
    with pytest.raises(np.linalg.LinAlgError, match="zero"):
        grad(lambda a: np.sum(np.linalg.svd(a, full_matrices=False)[0]))(np.ones((3, 2)))
    with pytest.raises(Unsupported, match="raw"):
        grad(lambda a: np.sum(np.linalg.qr(a, mode="raw")[0]))(HIGH)


def test_a_square_matrix_of_low_rank_has_vectors() -> None:
    a = np.diag([3.0, 1.0, 0.0]) @ q_factor(SQUARE)
    _, pull = vjp(lambda a: np.linalg.svd(a)[2][0], a)
    assert np.all(np.isfinite(pull(np.ones(3))[0]))


def test_one_triangle_is_read() -> None:
    """NumPy reads one triangle of a symmetric matrix, and the others have no derivative."""
    assert_allclose(np.triu(grad(lambda a: np.sum(np.linalg.cholesky(a)))(DEFINITE), 1), 0.0)
    upper = grad(lambda a: np.sum(np.linalg.eigh(a, UPLO="U")[0] ** 3))(DEFINITE)
    assert_allclose(np.tril(upper, -1), 0.0)
    check_grads(lambda a: np.linalg.pinv(a, hermitian=True), (SQUARE,), order=2)


def low_rank(b, c):
    return np.linalg.pinv(b @ c)


def test_pseudo_inverses_of_constant_rank() -> None:
    check_grads(low_rank, (rng.normal(size=(4, 2)), rng.normal(size=(2, 3))), order=2)
    with pytest.raises(np.linalg.LinAlgError, match="rcond"):
        grad(lambda a: np.sum(np.linalg.pinv(a, 0.9)))(np.diag([1.0, 0.5]))


def fit_of_low_rank(b, c):
    return np.linalg.lstsq(b @ c, LINE, rcond=None)[0]


def test_least_squares_of_constant_rank() -> None:
    check_grads(fit_of_low_rank, (rng.normal(size=(4, 2)), rng.normal(size=(2, 3))), order=2)


@pytest.mark.parametrize("ord", [None, 1, 2, 3, 1.5, 0.5, np.inf, -np.inf, -1])
def test_norms_of_zero(ord: Any) -> None:
    with np.errstate(divide="ignore"):  # NumPy divides by zero itself
        assert_allclose(grad(lambda x: np.linalg.norm(x, ord))(np.zeros(3)), 0.0)


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_norms_far_from_one(scale: float) -> None:
    x = scale * np.array([3.0, 4.0])
    assert_allclose(grad(lambda x: np.linalg.norm(x))(x), [0.6, 0.8])
    assert_allclose(grad(lambda x: np.linalg.norm(x, 2.0))(x), [0.6, 0.8])


def test_the_order_of_a_norm_is_an_operand() -> None:
    x = np.array([1.0, -2.0, 0.5])
    for p in (1.0, 1.5, 2.0, 3.0, -1.0):
        check_grads(lambda x, p: np.linalg.norm(x, p), (x, p), order=2)


def power(a, n):
    return np.linalg.matrix_power(a, n)


def test_powers_whose_exponent_is_computed() -> None:
    for n in (-2, 0, 1, 5):
        check_grads(lambda a, n=n: power(a, len(a) + n - 3), (SQUARE,), order=2)


def test_jacobians() -> None:
    x = np.linalg.solve(SQUARE, np.eye(3))
    assert_allclose(jacrev(np.linalg.inv)(SQUARE), -np.einsum("ik,lj->ijkl", x, x))


def of_numbers(x, y):
    a = [[x, y], [y, 2.0]]
    b = np.linalg.solve(a, [x, y])
    return np.linalg.det(a) * np.linalg.norm([x, y, 1.0]) + b @ np.linalg.inv(a) @ b


def test_lists_of_numbers() -> None:
    check_grads(of_numbers, (1.3, 0.4), order=2)
    check_grads(lambda x, y: np.linalg.cross([x, y, 1.0], [y, x, 2.0]), (1.3, 0.4), order=2)
    check_grads(lambda x, y: np.linalg.outer([x, y], [y, x]), (1.3, 0.4), order=2)


def writes_into_a_power(a, n):
    m = np.linalg.matrix_power(a, n)
    m[0, 0] = 5.0
    return np.sum(a * a) + np.sum(m)


def writes_into_the_first_power(a):
    return writes_into_a_power(a, 1)


def test_a_first_power_is_the_matrix_itself() -> None:
    a = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert grad(writes_into_the_first_power)(a.copy()).tolist() == [[0.0, 5.0], [7.0, 9.0]]
    with pytest.raises(Unsupported, match="matrix_power"):
        grad(writes_into_a_power)(a.copy(), 1)


def determinant_of_complex(x, y):
    return np.abs(np.linalg.det(x + 1j * y)) ** 2 + np.linalg.det(x + 1j * y).imag


def test_determinants_of_complex_matrices() -> None:
    b, c = rng.normal(size=(3, 2)), rng.normal(size=(2, 3))
    singular = (b + 1j * b[::-1]) @ (c - 0.5j * c[:, ::-1])
    for a in (singular, singular + np.eye(3)):
        check_grads(determinant_of_complex, (a.real.copy(), a.imag.copy()), order=2)


COMPLEX = SQUARE + 0.3j * rng.normal(size=(3, 3))
HERMITIAN = COMPLEX @ COMPLEX.conj().T + np.diag([0.0, 1.0, 2.0])
LONG = TALL + 0.4j * rng.normal(size=(4, 3))
BROAD = LONG.T.copy()
ROTATING = SQUARE + np.array([[0.0, 2.0, 0.0], [-3.0, 0.0, 0.0], [0.0, 0.0, 2.0]])


def of_hermitian(a):
    w, v = np.linalg.eigh(a)
    return np.sum(np.abs((v * np.exp(0.1 * w)) @ v.conj().T) ** 2) + np.sum(w * np.abs(v[1]) ** 2)


def of_its_upper_triangle(a):
    w, v = np.linalg.eigh(a, UPLO="U")
    return np.sum(w * np.abs(v[0]) ** 2) + np.sum(np.linalg.eigvalsh(a) ** 3)


def of_singular_vectors(a):
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    turned = (u * np.sin(s)) @ vh
    return np.sum(turned.imag) + np.sum(np.abs(u[0] * vh[:, 1]) * s) + np.linalg.norm(a, "nuc")


def of_hermitian_singular_values(a):
    u, s, vh = np.linalg.svd(a, hermitian=True)
    return np.sum(((u * s**2) @ vh).imag) + np.sum(np.linalg.svdvals(a) ** 3)


def of_factors(a):
    q, r = np.linalg.qr(a)
    return np.sum(np.abs(q) ** 3) + np.sum((r * r).imag) + np.sum(q.real)


def of_roots(a):
    low, high = np.linalg.cholesky(a), np.linalg.cholesky(a, upper=True)
    return np.sum((low * low).imag) + np.sum(np.abs(high) ** 3)


def of_sign(a):
    sign, log = np.linalg.slogdet(a)
    return sign.real * log + sign.imag


def of_inverses(a):
    x, residuals, _, s = np.linalg.lstsq(a, LINE[: a.shape[0]], rcond=None)
    return np.sum(np.abs(np.linalg.pinv(a)) ** 3) + np.sum(x.imag) * np.sum(s) + np.sum(residuals)


def of_norms(a):
    norms = [np.linalg.norm(a, o) for o in (None, 1, 2, np.inf, -2, "nuc")]
    rows = np.linalg.norm(a, axis=1) * np.linalg.norm(a, 3, axis=1)
    rest = np.linalg.vector_norm(a, ord=3) * np.linalg.matrix_norm(a, ord=1)
    return sum(norms) + np.sum(rows) + rest + np.linalg.cond(a) * np.linalg.cond(a, 2)


@pytest.mark.parametrize(
    ("f", "at"),
    [
        (of_hermitian, HERMITIAN),
        (of_its_upper_triangle, HERMITIAN),
        (of_singular_vectors, COMPLEX),
        (of_singular_vectors, LONG),
        (of_singular_vectors, BROAD),
        (of_hermitian_singular_values, HERMITIAN),
        (of_factors, COMPLEX),
        (of_factors, LONG),
        (of_factors, BROAD),
        (of_roots, HERMITIAN),
        (of_sign, COMPLEX),
        (of_inverses, LONG),
        (of_inverses, BROAD),
        (of_norms, COMPLEX),
        (of_norms, LONG),
    ],
)
def test_complex_matrices(f: Any, at: Any) -> None:
    check_grads(f, (at,), order=2)


def test_mixed_real_and_complex_systems() -> None:
    check_grads(lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0], (LONG, LINE), order=2)
    check_grads(lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0], (TALL, 1j * LINE + 1.0), order=2)


def test_phases_of_complex_vectors_are_refused() -> None:
    with pytest.raises(np.linalg.LinAlgError, match="phases"):
        grad(lambda a: np.linalg.eigh(a)[1][1, 0].real)(HERMITIAN)
    with pytest.raises(np.linalg.LinAlgError, match="phases"):
        grad(lambda a: np.linalg.svd(a)[0][1, 0].imag)(COMPLEX)


def of_spectrum(a):
    w, v = np.linalg.eig(a)
    return np.sum((v * np.exp(0.1 * w)) @ np.linalg.inv(v)).real + np.sum(v.imag * np.abs(w))


def of_eigenvalues(a):
    w = np.linalg.eigvals(a)
    w = w * 2.0
    w[0] *= 3.0
    return np.max(np.abs(w)) + np.sum(w**3).real


@pytest.mark.parametrize("at", [SQUARE + np.diag([0.0, 1.0, 2.0]), ROTATING, COMPLEX, APART])
def test_eigenvalues_of_any_matrix(at: Any) -> None:
    """Real and complex matrices, whose eigenvalues are real or complex."""
    check_grads(of_spectrum, (at,), order=2)
    check_grads(of_eigenvalues, (at,), order=2)


def test_eigenvalues_of_a_symmetric_matrix_are_those_of_eigh() -> None:
    found = grad(lambda a: np.sum(np.linalg.eigvals(a).real ** 3))(DEFINITE)
    assert_allclose(found, 3.0 * DEFINITE @ DEFINITE, rtol=1e-10)
    assert (
        grad(lambda a: np.sum(np.linalg.eig(a)[0].real))(np.eye(3)).tolist() == np.eye(3).tolist()
    )
    with pytest.raises(np.linalg.LinAlgError, match="repeated"):
        grad(lambda a: np.sum(np.linalg.eig(a)[1].real))(np.eye(3))

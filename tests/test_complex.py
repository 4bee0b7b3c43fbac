"""Complex numbers on the way and as arguments: holomorphic functions and others."""

from __future__ import annotations

import cmath
from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad.rules.declaration import DECLARED
from s2sad.rules.table import RULES
from s2sad.testing import check_grads

rng = np.random.default_rng(7)
Z = rng.normal(size=4) + 1j * rng.normal(size=4)
X = rng.normal(size=4)


def energy(z: Any) -> Any:
    return np.sum(np.abs(z) ** 2) + np.sum(np.abs(z - 1.0))


def polynomial(z: Any) -> Any:
    return np.real(np.sum(z**3 * np.exp(1j * z) / (z + 2.0)))


def phase(x: Any) -> Any:
    z = x * np.exp(2j * x)
    return np.sum(z.real * z.imag) + np.sum(np.angle(z)) + np.sum(np.angle(z, deg=True))


def overlap(x: Any, z: Any) -> Any:
    return np.abs(np.vdot(x * z, z)) + np.vdot(z, x).imag


def spread(z: Any) -> Any:
    w = z.conj() * z
    return np.sum(w).real + np.var(z) + np.std(z, ddof=1) + np.mean(np.sign(z)).imag


def series(x: Any) -> Any:
    s = 0.0
    for i in range(len(x)):
        s += x[i] * 1j**i
    return abs(s)


def written(x: Any) -> Any:
    out = np.zeros(4, dtype=complex)
    for i in range(4):
        out[i] = x[i] + 2j * x[i] ** 2
    out[1:] *= out[:-1].conj()
    return np.sum(np.abs(np.sqrt(out))) + np.abs(out.sum())


def python_number(a: float) -> float:
    z = complex(a, a**2)
    return (z * z.conjugate()).real + abs(z) + (1 / z).imag + (z**-2).real


def with_cmath(a: float) -> float:
    r, phi = cmath.polar(cmath.exp(1j * a) * cmath.sqrt(complex(a, 1.0)))
    return r * phi + cmath.rect(a, 2.0).imag + cmath.log(1j * a, 2).real + cmath.phase(a - 2j)


def array_of_conjugates(z: Any) -> Any:
    return z**2 * np.conj(z)


def mixed(z: Any, x: Any) -> Any:
    return z * x + np.real(z) - 1j * np.imag(z * z)


def escape(z: Any, c: Any) -> Any:
    k = 0
    while abs(z) < 2.0 and k < 10:
        z = z * z + c
        k += 1
    return abs(z)


def matrices(x: Any) -> Any:
    a = np.outer(x, x) + 1j * np.eye(4) + 3 * np.eye(4)
    return np.abs(np.trace(a @ a.T.conj() @ np.tensordot(a, a, 1)))


def branches(z: Any) -> Any:
    w = z if z.real.sum() > 0 else -z
    out = np.where(np.abs(w) > 0.5, w * w, 1j * w)
    return np.sum(out * out.conj()).real


def chosen_by_size(x: Any) -> Any:
    z = x + 1j * x[::-1]
    return np.abs(z[np.argmax(np.abs(z))])


def kept_on_a_tape(z: Any) -> Any:
    found = []
    for k in range(3):
        z = np.sin(z) * (1.0 + 0.5j * k)
        found.append(z)
    return sum(np.sum(np.abs(w) ** 2) for w in found)


PROGRAMS = [
    (energy, (Z,)), (polynomial, (Z,)), (phase, (X,)), (overlap, (X, Z)), (spread, (Z,)),
    (series, (X,)), (written, (X,)), (python_number, (0.7,)), (with_cmath, (0.4,)),
    (array_of_conjugates, (Z,)), (mixed, (Z, X)), (escape, (0.1j, 0.3 + 0.5j)), (matrices, (X,)),
    (branches, (Z,)), (chosen_by_size, (X,)), (kept_on_a_tape, (Z,)),
]  # fmt: skip


@pytest.mark.parametrize(("f", "args"), PROGRAMS, ids=lambda v: getattr(v, "__name__", ""))
def test_program(f: Any, args: Any) -> None:
    check_grads(f, args, order=2)


def test_gradient_of_a_real_function_is_that_of_jax() -> None:
    """df/dx - i df/dy: of |z|², 2x - 2iy."""
    assert np.allclose(s2sad.grad(lambda z: np.sum(np.abs(z) ** 2))(Z), 2 * Z.conj())
    assert s2sad.grad(lambda z: z.real)(1.0 + 2.0j) == 1.0
    assert s2sad.grad(lambda z: z.imag)(1.0 + 2.0j) == -1.0j


def test_holomorphic_functions_have_complex_derivatives() -> None:
    found = s2sad.grad(lambda z: np.sum(np.sin(z) * z), holomorphic=True)(Z)
    assert np.allclose(found, np.cos(Z) * Z + np.sin(Z))
    by_rows, by_columns = (
        j(lambda z: np.exp(z) * z[0], holomorphic=True)(Z) for j in (s2sad.jacrev, s2sad.jacfwd)
    )
    assert np.allclose(by_rows, by_columns)
    assert np.allclose(by_rows, np.diag(np.exp(Z) * Z[0]) + np.outer(np.exp(Z), [1, 0, 0, 0]))
    second = s2sad.hessian(lambda z: np.sum(z**3), holomorphic=True)(Z)
    assert np.allclose(second, np.diag(6 * Z))


def test_jacobians_are_complex_where_what_they_belong_to_is() -> None:
    columns = s2sad.jacfwd(lambda x: np.exp(1j * x))(X)
    assert np.allclose(columns, np.diag(1j * np.exp(1j * X)))
    rows = s2sad.jacrev(lambda z: np.abs(z) ** 2)(Z)
    assert np.allclose(rows, np.diag(2 * Z.conj()))


@pytest.mark.parametrize("kind", ["grad", "value_and_grad", "jacrev"])
def test_complex_outputs_are_refused(kind: str) -> None:
    with pytest.raises(s2sad.OutputError, match="holomorphic=True"):
        getattr(s2sad, kind)(np.sum)(Z)


def test_jacobians_by_columns_of_complex_arguments_are_refused() -> None:
    with pytest.raises(s2sad.ArgumentError, match="holomorphic=True"):
        s2sad.jacfwd(np.abs)(Z)


def test_derivatives_inside_a_function() -> None:
    def inner(z: Any) -> Any:
        return s2sad.grad(lambda w: np.sum(w**3), holomorphic=True)(z)

    assert np.allclose(inner(Z), 3 * Z**2)
    check_grads(lambda z: np.sum(np.abs(inner(z))), (Z,), order=1)


def test_single_precision_stays_single() -> None:
    z = Z.astype(np.complex64)
    assert s2sad.grad(energy)(z).dtype == np.complex64
    assert s2sad.grad(phase)(X.astype(np.float32)).dtype == np.float32
    out, dot = s2sad.jvp(np.exp, (z,), (z,))
    assert out.dtype == dot.dtype == np.complex64


def test_zero_has_the_subgradient_zero() -> None:
    assert np.array_equal(s2sad.grad(lambda z: np.sum(np.abs(z)))(np.zeros(2, complex)), [0, 0])
    assert s2sad.grad(abs)(0j) == 0
    assert np.array_equal(s2sad.grad(lambda z: np.std(z))(np.ones(3, complex)), [0, 0, 0])


def test_writes_through_parts_are_refused() -> None:
    def f(z: Any) -> Any:
        z = z.copy()
        z.real[0] = 3.0
        return np.sum(np.abs(z))

    with pytest.raises(s2sad.Unsupported, match=r"a write through np\.real"):
        s2sad.grad(f)(Z)


def test_the_real_part_of_a_real_array_is_the_array() -> None:
    def f(x: Any) -> Any:
        y = x.real
        y[0] = 2.0
        return np.sum(x**2)

    assert np.array_equal(s2sad.grad(f)(X.copy()), [0, *2 * X[1:]])


def test_complex_results_of_unknown_functions_are_noticed() -> None:
    fft = pytest.importorskip("scipy.fft").fft
    h = np.array([1.0, 2.0, 0.3, -1.0])

    def f(x: Any) -> Any:
        return np.sum(np.sqrt(2.0 * fft(h) * x + 1.0) ** 2).real

    for derivative in (s2sad.grad(f), lambda x: s2sad.jvp(f, (x,), (x,))):
        with pytest.raises(s2sad.ArgumentError, match="complex numbers"):
            derivative(X)

    def g(x: Any) -> Any:
        spectrum = np.asarray(fft(h), dtype=complex)
        return np.sum(np.sqrt(2.0 * spectrum * x + 1.0) ** 2).real

    check_grads(g, (X,), order=1)


def cube(x: Any) -> Any:
    return x * x * x


def fourth(x: Any) -> Any:
    return x**4


@pytest.fixture
def _declared() -> Any:
    s2sad.elementwise(cube, lambda d, x: d * (3.0 * x * x))
    s2sad.elementwise(fourth, lambda d, x: d * (4.0 * x**3), analytic=True)
    yield
    for of in (cube, fourth):
        RULES.pop(of)
        DECLARED.pop(of)


@pytest.mark.usefixtures("_declared")
def test_a_declared_rule_is_for_real_numbers_unless_it_says_more() -> None:
    assert s2sad.grad(cube)(2.0) == 12.0
    with pytest.raises(s2sad.Unsupported, match="cube of complex numbers"):
        s2sad.grad(lambda z: np.abs(cube(z)))(1.0 + 2.0j)
    check_grads(fourth, (1.0 + 2.0j,), order=1)

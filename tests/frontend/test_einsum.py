"""np.einsum in every form that NumPy takes: its value, its derivatives, and how it is written."""

from __future__ import annotations

import numpy as np
import pytest

from s2sad import grad, vjp
from s2sad.testing import check_grads

RNG = np.random.default_rng(3)
A, B, C = RNG.normal(size=(2, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=(4, 2))
S, T = RNG.normal(size=(3, 3)), RNG.normal(size=(5, 2, 3))
V, W = RNG.normal(size=3), RNG.normal(size=1)
N = np.arange(6).reshape(2, 3)


def interleaved(a, b):
    return np.einsum(a, [0, 1], b, [1, 2], [0, 2])


def interleaved_implicit(a, b):
    return np.einsum(a, [1, 0], b, (0, 2))


def interleaved_ellipsis(t, b):
    return np.einsum(t, [..., 1], b, [1, 2], [2, ...])


def with_spaces(a, b):
    return np.einsum(" i j , j k -> k i ", a, b)


def by_numpys_own_path(a, b, c):
    path = np.einsum_path("ij,jk,kl->il", a, b, c, optimize="optimal")[0]
    return np.einsum("ij,jk,kl->il", a, b, c, optimize=path)


def by_a_given_path(a, b, c):
    path = ["einsum_path", (1, 2), (0, 1)]
    return np.einsum("ij,jk,kl->il", a, b, c, optimize=path)


def greedily(a, b, c):
    return np.einsum("ij,jk,kl", a, b, c, optimize="greedy")


def optimized(a, b):
    return np.einsum("ij,ij,jk->ik", a, a, b, optimize=True)


def with_limit(a, b, c):
    return np.einsum("ij,jk,kl->", a, b, c, optimize=("greedy", 100))


def into_memory(a, b):
    c = np.zeros((2, 4))
    np.einsum("ij,jk->ik", a, b, out=c)
    d = np.empty(3)
    np.einsum("ij->j", a * 2, out=d, optimize=True)
    return c * d[0]


def in_a_dtype(a, b):
    return np.einsum("ij,jk->ik", a, b, dtype="f8", casting="safe")


def in_fortran_order(a, b):
    return np.einsum("ij,jk->ik", a, b, order="F")


def of_lists(x, y):
    return np.einsum("ij,j", [[x, y], [y, 1.0]], [x, x * y])


def with_integers(a):
    return np.einsum("ij,jk->ik", N.T, a) + np.einsum("ij,jk->ik", a, np.array([[1], [0], [2]]))[0]


def of_a_size_of_one(w, v):
    return np.einsum("i,i->i", w, v) + np.einsum("i,i", w, v)


def one_against_many(a, b):
    return np.einsum("ij,jk->ik", a[:, :1], b)


def maybe_one(a, v):
    rows = a[a[:, 0] > -9.0]
    return np.einsum("ij,ij->j", rows, rows[:2] * v)


def scaled_by_a_number(x, a):
    return np.einsum(",ij->ji", x, a) + np.einsum("ij,", a, x).T + np.einsum("...,...", x, a).T


def powers_of_a_matrix(s):
    p = s
    for _ in range(3):
        p = np.einsum("ij,jk->ik", p, s)
    return np.einsum("ii", p)


def in_a_branch(a, b):
    c = np.einsum("ij,jk", a, b) if a[0, 0] > -9.0 else np.einsum("ij,jk", a, 2 * b)
    return np.einsum("ij->j", c)


def on_a_diagonal(s):
    return np.einsum("ii->i", s) * np.einsum("ii", s) + np.einsum("iij->j", np.ones((3, 3, 3)) * s)


def squares_of_rows(a, b):
    return np.sqrt(np.einsum("...i,...i->...", a, a)) @ a @ b


def covariances(t, s):
    return np.einsum("nki,ij,nkj->nk", t, s, t)


def attention(t):
    scores = np.einsum("bqd,bkd->bqk", t, t)
    return np.einsum("bqk,bkd->bqd", np.exp(scores), t)


PROGRAMS = [
    (interleaved, (A, B)), (interleaved_implicit, (S, B)), (interleaved_ellipsis, (T, B)),
    (with_spaces, (A, B)), (by_numpys_own_path, (A, B, C)), (by_a_given_path, (A, B, C)),
    (greedily, (A, B, C)), (optimized, (A, B)), (with_limit, (A, B, C)), (into_memory, (A, B)),
    (in_a_dtype, (A, B)), (in_fortran_order, (A, B)), (of_lists, (0.3, 1.2)),
    (with_integers, (A,)), (of_a_size_of_one, (W, V)), (one_against_many, (A, B)),
    (maybe_one, (A, V)), (scaled_by_a_number, (0.7, A)), (powers_of_a_matrix, (S,)),
    (in_a_branch, (A, B)), (on_a_diagonal, (S,)), (squares_of_rows, (A, B)),
    (covariances, (T, S)), (attention, (T,)),
]  # fmt: skip


@pytest.mark.parametrize(("f", "args"), PROGRAMS, ids=lambda x: getattr(x, "__name__", ""))
def test_derivatives(f, args):
    np.testing.assert_allclose(vjp(f, *args)[0], f(*args), 1e-13)
    check_grads(f, args)


@pytest.mark.parametrize(("f", "args"), PROGRAMS, ids=lambda x: getattr(x, "__name__", ""))
def test_single_precision(f, args):
    narrow = [np.float32(a) for a in args]
    out, pull = vjp(f, *narrow)
    assert out.dtype == f(*narrow).dtype
    assert all(b.dtype == np.float32 for b in pull(out))


@pytest.mark.parametrize("layout", [np.asfortranarray, lambda a: a.repeat(2, 1)[:, ::2]])
def test_any_layout(layout):
    for x, y in zip(vjp(attention, T)[1](T), vjp(attention, layout(T))[1](T), strict=True):
        np.testing.assert_allclose(x, y)


WRITTEN = {
    "ij,jk->ik": ("2 * (x @ y)", "beta_1 @ y.T", "x.T @ beta_1"),
    "ij,kj->ik": ("2 * (x @ alpha_1)", "(x.T @ beta_1).T"),
    "ji,jk->ki": ("2 * (alpha_1 @ x)", "(beta_1 @ x.T).T"),
    "bij,bkj->bik": ("alpha_1 = y.mT", "2 * (x @ alpha_1)"),
    "ij,ij->ij": ("x * y",),
    "i,j->ji": ("np.outer(y, x)", "y @ beta_1", "beta_1 @ x"),
    "ijk,kl->ijl": ("np.tensordot(x, y, axes=((2,), (0,)))",),
    "ij,ij->i": ("np.einsum('ij,ij->i', x, y)", "beta_1 * y", "beta_1 * x"),
    "i,ij->ij": ("np.einsum('i,ij->ij', x, y)", "np.einsum('ij,ij->i', beta_1, y)"),
    "ij,bjk->ik": ("alpha_1 = y.sum(axis=0)", "x @ alpha_1"),
    "biqd,bikd->biqk": ("alpha_1 = y.mT", "x @ alpha_1"),
    "ij,ij->": ("np.einsum('ij,ij->', x, y)",),
    "abij,abjk->ak": ("np.einsum('abj,abjk->ak', alpha_1, y)", "x.sum(axis=2)"),
    "aijb,abik->aijk": ("alpha_1 = y.transpose((0, 2, 1, 3))", "x @ alpha_1"),
    "aijb,abki->ajk": ("np.einsum('aijb,abki->ajk', x, y, optimize=True)",),
}


@pytest.mark.parametrize("text", WRITTEN)
def test_how_it_is_written(text):
    left, right = text.partition("->")[0].split(",")
    sizes = dict(zip("abijkldq", range(2, 10), strict=True))
    x, y = (np.ones([sizes[c] for c in labels]) for labels in (left, right))

    def f(x, y):
        return np.sum(np.einsum(text, x, y) ** 2)

    g = grad(f, (0, 1))
    g(x, y)
    assert [part for part in WRITTEN[text] if part not in g.source] == [], g.source


def view(s):
    d = np.einsum("ji", s * 1.0)
    d[0] = 1.0
    e = s * 1.0
    np.einsum("ij->ji", e)[1, 0] = 5.0
    np.einsum("ij", e)[2] *= 2.0
    return d * e


def test_what_is_written_through_a_view():
    check_grads(view, (S,))


def test_a_dtype_that_numpy_does_not_convert_to():
    def f(a):
        return np.sum(np.einsum("ij->i", a, dtype="f4"))

    with pytest.raises(TypeError, match="cannot cast"):
        grad(f)(A)


@pytest.mark.parametrize("text", ["ij,j->k", "ijk,j->i", "ij->i", "ij,jk->ii", "i...,j", "ij,jk,k"])
def test_what_numpy_refuses(text):
    def f(a, b):
        return np.sum(np.einsum(text, a, b))

    with pytest.raises(ValueError):
        np.einsum(text, A, B)
    with pytest.raises(ValueError):
        grad(f)(A, B)

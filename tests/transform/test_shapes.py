"""An array is not computed for its shape where other arrays have the same sizes."""

from __future__ import annotations

import numpy as np
import pytest

from s2sad import grad, value_and_grad
from s2sad.testing import check_grads

RNG = np.random.default_rng(0)
A, B, W = (RNG.normal(size=shape) for shape in ((4, 3), (4, 5), (3, 5)))


def middle(a):
    return np.sum(np.median(a, axis=1))


def form(a, b, w):
    return np.sum(np.einsum("ni,ij,nj->n", a, w, b))


def squares(a):
    return np.sum(np.median(a, axis=1) ** 2)


def chosen(a):
    return np.sum(np.median(a[a > 0.0].reshape(-1, 1), axis=1))


def in_a_loop(a, n):
    s = 0.0
    for _ in range(n):
        s = s + np.sum(np.median(a, axis=1))
        a = 2.0 * a
    return s


def test_other_arrays_are_asked():
    g = grad(middle)
    np.testing.assert_allclose(np.sum(g(A), axis=1), np.ones(4))
    assert "np.median(a, axis=1).shape" not in g.source and "(a.shape[0],)" in g.source


@pytest.mark.parametrize("f", [squares, chosen])
def test_what_is_read_or_has_a_size_of_its_own_is_computed(f):
    check_grads(f, (A,), order=1)
    g = grad(f)
    g(A)
    assert "np.median" in g.source


def test_the_value_is_computed():
    g = value_and_grad(middle)
    assert g(A)[0] == middle(A)


def test_in_a_loop():
    check_grads(in_a_loop, (A, 3), order=1)


def test_a_product_of_ones_is_no_product():
    g = grad(form)
    np.testing.assert_allclose(g(A, B, W), B @ W.T)
    assert g.source.endswith("return b @ w.T\n")


@pytest.mark.parametrize("wrong", [(A[:3], B, W), (A, B[:, :4], W), (A[:, :2], B, W)])
def test_sizes_that_do_not_fit_raise(wrong):
    with pytest.raises(ValueError):
        form(*wrong)
    with pytest.raises(ValueError):
        grad(form)(*wrong)

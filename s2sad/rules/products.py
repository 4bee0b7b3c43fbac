"""Matrix and vector products."""

from __future__ import annotations

import numpy as np

from s2sad.rules.axes import broadcast, first, inverse, place, size_of, without, wrapped
from s2sad.rules.domains import of_shape, one_of, together
from s2sad.rules.notation import rule
from s2sad.runtime import sum_to

PAIRS = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3, 4)),
    ((1, 3), (3, 1)),
    ((5, 2, 3), (3,)),
    ((3,), (5, 3, 4)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (1, 3, 4)),
    ((1, 5, 2, 3), (6, 1, 3, 4)),
    ((6, 5, 2, 3), (3,)),
    ((3,), (6, 5, 3, 4)),
    ((6, 5, 2, 3), (3, 4)),
    ((2, 0), (0, 3)),
]
MATMUL = together(*[(of_shape(*a), of_shape(*b)) for a, b in PAIRS])


def turned(x):
    """The matrix, or each matrix of a stack, transposed."""
    return x.T if x.ndim == 2 else x.mT


def conjugated(x):
    """The complex conjugate, of what is not real."""
    return np.conj(x) if np.iscomplexobj(x) else x


def adjointed(x):
    """The conjugate transpose of the matrix, or of each matrix of a stack."""
    return turned(np.conj(x)) if np.iscomplexobj(x) else turned(x)


def real_part(x):
    """The real part, of what is not real."""
    return np.real(x) if np.iscomplexobj(x) else x


def left_bar(x1, x2, g):
    """The cotangent of x1 in x1 @ x2."""
    if x1.ndim == 1 and x2.ndim == 1:
        return g * x2
    if x2.ndim == 1:
        return np.expand_dims(g, -1) * x2
    if x1.ndim == 1 and x2.ndim == 2:
        return x2 @ g
    if x1.ndim == 1:
        return sum_to(np.matmul(x2, np.expand_dims(g, -1))[..., 0], x1.shape)
    if x1.ndim == 2 and x2.ndim > 2:
        others = (*first(x2.ndim - 2), x2.ndim - 1)
        return np.tensordot(g, x2, axes=(others, others))
    return sum_to(g @ turned(x2), x1.shape)


def right_bar(x1, x2, g):
    """The cotangent of x2 in x1 @ x2."""
    if x1.ndim == 1 and x2.ndim == 1:
        return g * x1
    if x1.ndim == 1:
        return np.expand_dims(x1, -1) * np.expand_dims(g, -2)
    if x2.ndim <= 2 and x1.ndim > 2:
        rows = first(x1.ndim - 1)
        return np.tensordot(x1, g, axes=(rows, rows))
    return sum_to(turned(x1) @ g, x2.shape)


@rule(np.matmul, multilinear="x1 x2", on={"x1 x2": MATMUL})
class matmul:
    """ans = x1 @ x2; stacks of matrices broadcast, vectors are rows on the left, columns right."""

    def primal(x1, x2):
        return x1 @ x2

    def shape(x1, x2):
        rows, columns = x1[-2:-1], x2[-1:] if len(x2) > 1 else ()
        stack = broadcast(x1[:-2], x2[:-2])
        return None if stack is None else stack + rows + columns

    def adjoint(x1, x2, ans_bar):
        x1_bar = left_bar(x1, x2, ans_bar)
        x2_bar = right_bar(x1, x2, ans_bar)
        return x1_bar, x2_bar


DOT = together(
    *[(of_shape(*a), of_shape(*b)) for a, b in PAIRS[:4]],
    (of_shape(), of_shape(2, 3)),
    (of_shape(2, 3), of_shape()),
    (of_shape(2, 5, 3), of_shape(3)),
    (of_shape(2, 5, 3), of_shape(3, 4)),
    (of_shape(2, 3), of_shape(5, 3, 4)),
    (of_shape(3), of_shape(5, 3, 4)),
    (of_shape(2, 5, 3), of_shape(6, 3, 4)),
)


@rule(np.dot, multilinear="a b", on={"a b": DOT})
class dot:
    """ans = Σ a[..., i] b[..., i, :]; a product with a scalar; stacks do not broadcast."""

    def primal(a, b, out=None):
        return np.dot(a, b)

    def shape(a, b):
        if not a or not b:
            return tuple(a or b)
        return a[:-1] + (b[:-2] + b[-1:] if len(b) > 1 else ())

    def adjoint(a, b, ans_bar):
        a_bar = dot_left_bar(a, b, ans_bar)
        b_bar = dot_right_bar(a, b, ans_bar)
        return a_bar, b_bar


def dot_left_bar(a, b, g):
    """The cotangent of a in np.dot(a, b)."""
    if a.ndim == 0:
        return np.sum(g * b)
    if b.ndim == 0:
        return g * b
    if b.ndim <= 2:
        return left_bar(a, b, g)
    there = (*first(b.ndim - 2), b.ndim - 1)
    here = tuple([a.ndim - 1 + i for i in range(b.ndim - 1)])
    return np.tensordot(g, b, axes=(here, there))


def dot_right_bar(a, b, g):
    """The cotangent of b in np.dot(a, b)."""
    if a.ndim == 0:
        return a * g
    if b.ndim == 0:
        return np.sum(a * g)
    if b.ndim <= 2:
        return right_bar(a, b, g)
    kept = np.tensordot(a, g, axes=(first(a.ndim - 1), first(a.ndim - 1)))
    return np.moveaxis(kept, 0, -2)


@rule(
    np.inner,
    multilinear="a b",
    on={
        "a b": together(
            (of_shape(3), of_shape(3)),
            (of_shape(2, 3), of_shape(3)),
            (of_shape(3), of_shape(4, 3)),
            (of_shape(2, 5, 3), of_shape(4, 3)),
            (of_shape(), of_shape(3)),
            (of_shape(3), of_shape()),
        )
    },
)
class inner:
    """ans = Σ a[..., i] b[..., i], all pairs of the leading axes; a product with a scalar."""

    def primal(a, b):
        return np.inner(a, b)

    def shape(a, b):
        return tuple(a or b) if not a or not b else a[:-1] + b[:-1]

    def adjoint(a, b, ans_bar):
        a_bar = inner_bar(a, b, ans_bar, True)
        b_bar = inner_bar(b, a, ans_bar, False)
        return a_bar, b_bar


def inner_bar(own, other, g, left):
    """The cotangent of one operand of np.inner: the axes of `other` in g meet those of `other`."""
    if own.ndim == 0:
        return np.sum(g * other)
    if other.ndim == 0:
        return g * other
    start = own.ndim - 1 if left else 0
    axes = tuple([start + i for i in range(other.ndim - 1)])
    return np.tensordot(g, other, axes=(axes, first(other.ndim - 1)))


@rule(
    np.outer,
    multilinear="a b",
    on={"a": one_of(of_shape(3), of_shape(2, 2)), "b": one_of(of_shape(4), of_shape())},
)
class outer:
    """ans_ij = a_i b_j, both operands flattened."""

    def primal(a, b, out=None):
        return np.outer(a, b)

    def shape(a, b):
        return (size_of(a), size_of(b))

    def adjoint(a, b, ans_bar):
        a_bar = shaped(ans_bar @ in_a_row(b), a)
        b_bar = shaped(in_a_row(a) @ ans_bar, b)
        return a_bar, b_bar


def in_a_row(a):
    """The elements of an array in one row."""
    return a if a.ndim == 1 else np.ravel(a)


def shaped(g, a):
    """A row in the shape of `a`."""
    return g if a.ndim == 1 else np.reshape(g, a.shape)


@rule(
    np.vdot,
    multilinear="a b",
    analytic=False,
    on={"a b": together((of_shape(3), of_shape(3)), (of_shape(2, 3), of_shape(6)))},
)
class vdot:
    """ans = Σ a_i b_i, both operands flattened."""

    def primal(a, b):
        return np.vdot(a, b)

    def shape(a, b):
        return ()

    def adjoint(a, b, ans_bar):
        a_bar = ans_bar * np.reshape(b, a.shape)
        b_bar = ans_bar * np.reshape(a, b.shape)
        return a_bar, b_bar


def contracted(axes, a_ndim, b_ndim):
    """The axes that np.tensordot sums over, of each operand, none negative."""
    if isinstance(axes, (tuple, list)):
        return wrapped(axes[0], a_ndim), wrapped(axes[1], b_ndim)
    return tuple([a_ndim - axes + i for i in range(axes)]), first(axes)


def in_order(axes, partners):
    """`axes` in the order in which tensordot leaves them: sorted by their partners."""
    return tuple([axes[place(partners, p)] for p in sorted(partners)])


@rule(
    np.tensordot,
    multilinear="a b",
    on={
        "a b axes": together(
            (of_shape(2, 3), of_shape(3, 4), 1),
            (of_shape(2, 3), of_shape(3, 4, 5), 1),
            (of_shape(3, 5, 2), of_shape(3, 4), (0, 0)),
            (of_shape(3, 4), of_shape(5, 2, 4), (1, 2)),
            (of_shape(5, 2, 3), of_shape(2, 3, 4), 2),
            (of_shape(2), of_shape(3), 0),
            (of_shape(5, 2, 3), of_shape(3, 4, 5), ((2, 0), (0, 2))),
            (of_shape(5, 2, 3), of_shape(3, 4, 5), ((0, -1), (-1, 0))),
            (of_shape(5, 2, 3), of_shape(4, 3), ([-1], [1])),
            (of_shape(5, 2, 3), of_shape(4, 3), (2, 1)),
            (of_shape(2, 3), of_shape(3, 2), ((0, 1), (1, 0))),
        )
    },
)
class tensordot:
    """ans = Σ a b over paired axes; what is left of a comes first."""

    def primal(a, b, axes=2):
        return np.tensordot(a, b, axes=axes)

    def shape(a, b, axes):
        summed_a, summed_b = contracted(axes, len(a), len(b))
        rest_a, rest_b = without(len(a), summed_a), without(len(b), summed_b)
        return tuple(a[i] for i in rest_a) + tuple(b[i] for i in rest_b)

    def adjoint(a, b, axes, ans_bar):
        a_bar = tensordot_left_bar(a, b, contracted(axes, a.ndim, b.ndim), ans_bar)
        b_bar = tensordot_right_bar(a, b, contracted(axes, a.ndim, b.ndim), ans_bar)
        return a_bar, b_bar


def tensordot_left_bar(a, b, axes, g):
    """The cotangent of a: g and b summed over what is left of b, then its axes put in order."""
    rest_a, rest_b = without(a.ndim, axes[0]), without(b.ndim, axes[1])
    there = tuple([len(rest_a) + i for i in range(len(rest_b))])
    order = inverse(rest_a + in_order(axes[0], axes[1]))
    return ordered(np.tensordot(g, b, axes=(there, rest_b)), order)


def tensordot_right_bar(a, b, axes, g):
    """The cotangent of b: a and g summed over what is left of a, then its axes put in order."""
    rest_a, rest_b = without(a.ndim, axes[0]), without(b.ndim, axes[1])
    order = inverse(in_order(axes[1], axes[0]) + rest_b)
    return ordered(np.tensordot(a, g, axes=(rest_a, first(len(rest_a)))), order)


def ordered(a, order):
    """`a` with its axes in this order; `a` itself where they are."""
    return a if order == first(len(order)) else np.transpose(a, order)


@rule(
    np.trace,
    linear="a",
    on={
        "a offset axis1 axis2": together(
            (of_shape(3, 3), 0, 0, 1),
            (of_shape(3, 4), 1, 0, 1),
            (of_shape(4, 3), -1, 0, 1),
            (of_shape(3, 2, 4), 0, 0, 2),
            (of_shape(3, 2, 4), 1, -1, 0),
            (of_shape(3, 3), 1, 1, 0),
            (of_shape(3, 4), -1, -1, -2),
            (of_shape(4, 3), 1, -2, -1),
        )
    },
)
class trace:
    """ans = Σ a_ii, or of a parallel of the diagonal, over two axes."""

    def primal(a, offset=0, axis1=0, axis2=1, dtype=None, out=None):
        return np.trace(a, offset, axis1, axis2, dtype=dtype)

    def shape(a, axis1, axis2):
        return tuple(a[i] for i in without(len(a), wrapped((axis1, axis2), len(a))))

    def adjoint(a, offset, axis1, axis2, ans_bar):
        diagonal = np.eye(a.shape[axis1], a.shape[axis2], offset, dtype=a.dtype)
        if a.ndim > 2:
            ans_bar = np.expand_dims(ans_bar, (-2, -1))
        spread = ans_bar * diagonal
        in_place = a.ndim == 2 and axis1 in (0, -2)
        a_bar = spread if in_place else np.moveaxis(spread, (-2, -1), (axis1, axis2))
        return a_bar

"""Sums of products over labels, convolutions, and products of vectors, as scientists write them."""

import numpy as np

from tests.corpus.registry import by_columns, normal, positive, register, scalar, single, value


def attention(q, k, v):
    """Several heads: batch, position, head, feature."""
    scores = np.einsum("bqhd,bkhd->bhqk", q, k) / np.sqrt(q.shape[-1])
    weights = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    weights /= np.sum(weights, axis=-1, keepdims=True)
    return np.einsum("bhqk,bkhd->bqhd", weights, v)


register(attention, *[normal(2, 3, 2, 2)] * 3, complex_step=False, rounding=1e-14)


def quadratic_forms(x, a):
    """x_n A x_n for every row."""
    return np.einsum("ni,ij,nj->n", x, a, x)


register(quadratic_forms, normal(4, 3), normal(3, 3), rounding=1e-14)


def quadratic_forms_by_columns(x, a):
    return quadratic_forms(x, a)


register(quadratic_forms_by_columns, by_columns(4, 3), by_columns(3, 3), rounding=1e-14)


def stress(strain, lame, shear):
    """Hooke's law with the tensor of elasticity written out."""
    i = np.eye(3)
    c = lame * np.einsum("ij,kl->ijkl", i, i)
    c = c + shear * (np.einsum("ik,jl->ijkl", i, i) + np.einsum("il,jk->ijkl", i, i))
    sigma = np.einsum("ijkl,...kl->...ij", c, strain)
    return 0.5 * np.einsum("...ij,...ij", sigma, strain), np.einsum("...ii", sigma)


register(stress, normal(2, 3, 3), scalar(), scalar(), rounding=1e-14)


def tucker(core, u, v, w):
    return np.einsum("abc,ia,jb,kc->ijk", core, u, v, w, optimize=True)


register(tucker, normal(2, 2, 2), normal(3, 2), normal(2, 2), normal(4, 2), rounding=1e-14)


def pairwise_energies(r, charge):
    """Coulomb energy of charges, the distances by broadcasting."""
    d = r[:, None, :] - r[None, :, :]
    far = np.sqrt(np.einsum("ijk,ijk->ij", d, d) + np.eye(len(r)))
    i, j = np.triu_indices(len(r), 1)
    return np.einsum("i,j,ij", charge, charge, 1.0 / far) + np.sum(far[i, j])


register(pairwise_energies, normal(4, 3), normal(4), rounding=1e-14)


def partial_trace(rho):
    """A density matrix of two systems, the second one traced out."""
    r = rho.reshape(2, 3, 2, 3)
    left = np.einsum(r, [0, 1, 2, 1], [0, 2])
    right = np.einsum("ijik->jk", r)
    return left, np.einsum("ii->i", right) ** 2


register(partial_trace, normal(6, 6), rounding=1e-14)


def chain_in_a_loop(states, a, b):
    """A recurrent network whose products are labelled sums."""
    h = np.zeros_like(states[0])
    energy = 0.0
    for x in states:
        h = np.tanh(np.einsum("ij,j->i", a, h) + np.einsum("ij,...j->...i", b, x))
        energy += np.einsum("i,i", h, x)
    return energy, h


register(
    chain_in_a_loop, normal(4, 3), normal(3, 3), normal(3, 3), complex_step=False, rounding=1e-14
)


def single_precision(x, y):
    return np.einsum("bij,bjk->bik", x, y) + np.einsum("bij->ij", x)[:, :1]


register(
    single_precision, single(2, 3, 4), single(2, 4, 5),
    tolerance=1e-4, complex_step=False, rounding=1e-6,
)  # fmt: skip


def smoothed(signal, kernel):
    """A signal smoothed by a kernel of sum one, and what is left over."""
    weights = kernel / np.sum(kernel)
    smooth = np.convolve(signal, weights, mode="same")
    return smooth, np.convolve(signal - smooth, np.array([1.0, -2.0, 1.0]), "valid")


register(smoothed, normal(9), positive(4))


def matched_filter(signal, template):
    score = np.correlate(signal, template, "valid")
    power = np.correlate(signal**2, np.ones(len(template)), "valid")
    return np.max(score / np.sqrt(power + 1.0)), np.correlate(template, signal, "full")


register(matched_filter, normal(8), normal(3), complex_step=False)


def echoes(x, gains):
    """Filters one after the other: the signal grows with every one."""
    y = x
    for g in gains:
        y = np.convolve(y, np.array([1.0, 0.0, g]))
    return y


register(echoes, normal(4), normal(3))


def torque(r, f, omega):
    """Moments of forces, and the velocities of a rotation."""
    total = np.cross(r, f).sum(axis=0)
    turning = np.cross(omega, r) + np.cross(r, omega, axisa=1, axisb=0, axisc=1)
    return total, np.einsum("ij,ij->i", turning, f), np.cross(r.T, f.T, axis=0)


register(torque, normal(4, 3), normal(4, 3), normal(3), rounding=1e-14)


def normals_of_triangles(p):
    """Unit normals and areas of the faces of a mesh."""
    faces = np.array([[0, 1, 2], [0, 2, 3], [1, 3, 2]])
    a, b, c = p[faces[:, 0]], p[faces[:, 1]], p[faces[:, 2]]
    n = np.cross(b - a, c - a)
    area = np.sqrt(np.einsum("ij,ij->i", n, n))
    return n / area[:, None], 0.5 * area


register(normals_of_triangles, normal(4, 3), rounding=1e-14)


def spins(a, b):
    """Operators on two spins."""
    both = np.kron(a, b) + np.kron(np.eye(2), b) @ np.kron(a, np.eye(2))
    return np.trace(both), both[0], np.kron(a[0], b)


register(spins, normal(2, 2), normal(2, 2))


def by_ufuncs(m, v):
    """np.vecdot, np.matvec and np.vecmat of stacks."""
    u = np.matvec(m, v)
    return np.vecdot(u, v[:, :2]), np.vecmat(u, m), np.vecdot(m, m, axis=1)


register(by_ufuncs, normal(4, 2, 3), normal(4, 3), complex_step=False, rounding=1e-14)


def into_memory(x, kernel, a):
    out = np.zeros((3, 3))
    for i in range(3):
        out[i] = np.convolve(x, kernel, "valid") * (i + 1.0)
    np.einsum("ij,kj->ik", out, a, out=out)
    return out @ x[:3]


register(into_memory, normal(5), normal(3), normal(3, 3), complex_step=False, rounding=1e-14)


def integers_beside(a, counts):
    return np.einsum("ij,j->i", a, counts) + np.dot(a, counts) * np.tensordot(counts, counts, 1)


register(integers_beside, normal(2, 3), value(np.array([2, 0, 1])), wrt=(0,))

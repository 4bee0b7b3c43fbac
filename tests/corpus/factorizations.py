"""Linear algebra written out with loops, in place."""

import numpy as np

from tests.corpus.registry import between, normal, positive, register, scalar, value


def well_conditioned(a):
    return a @ a.T + 2.0 * np.eye(len(a))


def thomas(lower, diagonal, upper, right):
    """A tridiagonal system, by forward elimination and back substitution."""
    n = len(right)
    b, d = diagonal + 3.0, right.copy()
    for i in range(1, n):
        w = lower[i - 1] / b[i - 1]
        b[i] -= w * upper[i - 1]
        d[i] -= w * d[i - 1]
    d[-1] /= b[-1]
    for i in range(n - 2, -1, -1):
        d[i] = (d[i] - upper[i] * d[i + 1]) / b[i]
    return d


register(thomas, normal(4), positive(5), normal(4), normal(5))


def lu_in_place(a):
    """Doolittle; the determinant is the product of the pivots."""
    m = well_conditioned(a)
    n = m.shape[0]
    for k in range(n):
        for i in range(k + 1, n):
            m[i, k] /= m[k, k]
            for j in range(k + 1, n):
                m[i, j] -= m[i, k] * m[k, j]
    determinant = 1.0
    for k in range(n):
        determinant *= m[k, k]
    return np.log(determinant) + np.sum(np.tril(m, -1) ** 2)


register(lu_in_place, normal(3, 3))


def lu_with_pivots(a, b):
    """Rows are exchanged where the pivot is larger below."""
    m, x = a.copy(), b.copy()
    n = len(x)
    for k in range(n - 1):
        p = k + np.argmax(np.abs(m[k:, k]))
        if p != k:
            m[[k, p]] = m[[p, k]]
            x[k], x[p] = x[p], x[k]
        factors = m[k + 1 :, k] / m[k, k]
        m[k + 1 :, k:] -= np.outer(factors, m[k, k:])
        x[k + 1 :] -= factors * x[k]
    for k in reversed(range(n)):
        x[k] = (x[k] - m[k, k + 1 :] @ x[k + 1 :]) / m[k, k]
    return x


register(lu_with_pivots, normal(4, 4), normal(4), samples=3)


def cholesky(a):
    m = well_conditioned(a)
    n = len(m)
    L = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            s = m[i, j]
            for k in range(j):
                s -= L[i, k] * L[j, k]
            if i == j:
                L[i, j] = np.sqrt(s)
            else:
                L[i, j] = s / L[j, j]
    return L


register(cholesky, normal(4, 4), complex_step=False)


def log_density_by_cholesky(a, x):
    m = well_conditioned(a)
    n = len(x)
    for j in range(n):
        m[j, j] = np.sqrt(m[j, j])
        m[j + 1 :, j] /= m[j, j]
        for k in range(j + 1, n):
            m[k:, k] -= m[k:, j] * m[k, j]
    y = x.copy()
    for i in range(n):
        y[i] = (y[i] - m[i, :i] @ y[:i]) / m[i, i]
    return -0.5 * np.sum(y**2) - np.sum(np.log(np.diag(m)))


register(log_density_by_cholesky, normal(3, 3), normal(3))


def modified_gram_schmidt(a):
    q = a + 2 * np.eye(4, 3)
    r = np.zeros((3, 3))
    for j in range(3):
        r[j, j] = np.sqrt(q[:, j] @ q[:, j])
        q[:, j] /= r[j, j]
        for k in range(j + 1, 3):
            r[j, k] = q[:, j] @ q[:, k]
            q[:, k] -= r[j, k] * q[:, j]
    return q, r


register(modified_gram_schmidt, normal(4, 3), complex_step=False)


def givens(a):
    """QR by rotations of two rows at a time."""
    r = a * 1.0
    n, m = r.shape
    for j in range(m):
        for i in range(n - 1, j, -1):
            length = np.hypot(r[i - 1, j], r[i, j])
            c, s = r[i - 1, j] / length, r[i, j] / length
            upper = c * r[i - 1] + s * r[i]
            r[i] = -s * r[i - 1] + c * r[i]
            r[i - 1] = upper
    return np.sum(np.log(np.abs(np.diagonal(r)))) + r[0, 1] * r[1, 2]


register(givens, normal(4, 3), complex_step=False)


def householder(a):
    r = a.copy()
    for k in range(2):
        v = r[k:, k].copy()
        v[0] += np.sign(v[0]) * np.sqrt(np.sum(v * v))
        v /= np.sqrt(np.sum(v * v))
        r[k:, k:] -= 2.0 * np.outer(v, v @ r[k:, k:])
    return r[:2] * 1.0


register(householder, normal(4, 3), complex_step=False)


def gauss_jordan(a):
    """The inverse, by elimination of a matrix and the identity side by side."""
    n = len(a)
    m = np.zeros((n, 2 * n))
    m[:, :n] = well_conditioned(a)
    np.fill_diagonal(m[:, n:], 1.0)
    for k in range(n):
        m[k] /= m[k, k]
        for i in range(n):
            if i == k:
                continue
            m[i] -= m[i, k] * m[k]
    return m[:, n:]


register(gauss_jordan, normal(3, 3), complex_step=False)


def conjugate_gradient(a, b):
    m = well_conditioned(a)
    x = np.zeros(len(b))
    r = b.copy()
    p = r.copy()
    rs = r @ r
    for _ in range(2):
        ap = m @ p
        alpha = rs / (p @ ap)
        x += alpha * p
        r -= alpha * ap
        new = r @ r
        p *= new / rs
        p += r
        rs = new
    return x


register(conjugate_gradient, normal(4, 4), normal(4), complex_step=False)


def power_iteration_in_place(a, v):
    m = well_conditioned(a)
    w = np.empty(len(v))
    for _ in range(5):
        np.dot(m, v, out=w)
        v[:] = w
        v /= np.sqrt(np.sum(v * v))
    return v @ m @ v


register(power_iteration_in_place, normal(3, 3), normal(3), complex_step=False)


def jacobi_rotations(a):
    """Eigenvalues of a symmetric matrix, a rotation at a time."""
    m = a + a.T + np.diag([1.0, 4.0, 9.0])
    for p, q in [(0, 1), (0, 2), (1, 2)] * 2:
        theta = 0.5 * np.arctan2(2 * m[p, q], m[q, q] - m[p, p])
        c, s = np.cos(theta), np.sin(theta)
        row_p, row_q = m[p].copy(), m[q].copy()
        m[p] = c * row_p - s * row_q
        m[q] = s * row_p + c * row_q
        column_p, column_q = m[:, p].copy(), m[:, q].copy()
        m[:, p], m[:, q] = c * column_p - s * column_q, s * column_p + c * column_q
    return np.sum(np.diag(m) ** 2 * np.array([1.0, 0.5, 2.0]))


register(jacobi_rotations, normal(3, 3, scale=0.5), complex_step=False)


def triangular_product(a, b):
    c = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            for k in range(i, j + 1):
                c[i, j] += a[i, k] * b[k, j]
    return c


register(triangular_product, normal(3, 3), normal(3, 3), complex_step=False)


def power_by_squaring(a, n):
    """result and base change in place while bits are read from the exponent."""
    result, base = np.eye(2), a.copy()
    while n > 0:
        if n & 1:
            result[:] = result @ base
        base[:] = base @ base
        n >>= 1
    return result


register(power_by_squaring, normal(2, 2, scale=0.7), value(5), wrt=(0,), complex_step=False)


def durbin(r):
    """Levinson and Durbin's recursion for Toeplitz systems."""
    n = len(r)
    y = np.zeros(n)
    alpha, beta = -r[0], 1.0
    y[0] = -r[0]
    for k in range(1, n):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(np.flip(r[:k]), y[:k])) / beta
        y[:k] += alpha * np.flip(y[:k])
        y[k] = alpha
    return y


register(durbin, between(-0.3, 0.3, 5), complex_step=False)


def normal_equations(points, values):
    """A line fitted by sums that are accumulated, solved by Cramer's rule."""
    ata, atb = np.zeros((2, 2)), np.zeros(2)
    for t, v in zip(points, values):
        row = np.array([1.0, t])
        ata += np.outer(row, row)
        atb += row * v
    ata[np.diag_indices(2)] += 0.1
    determinant = ata[0, 0] * ata[1, 1] - ata[0, 1] * ata[1, 0]
    x = np.array([atb[0] * ata[1, 1] - ata[0, 1] * atb[1], ata[0, 0] * atb[1] - ata[1, 0] * atb[0]])
    x /= determinant
    return x


register(normal_equations, normal(5), normal(5), complex_step=False)


def newton_system(x, s):
    """Newton's iteration for two equations; the Jacobian is refilled in place."""
    J, f = np.zeros((2, 2)), np.zeros(2)
    z = np.array([1.0, 1.0])
    for _ in range(6):
        f[0] = z[0] ** 2 + z[1] - x[0]
        f[1] = z[0] + s * z[1] ** 3 - x[1]
        J[0, 0], J[0, 1] = 2 * z[0], 1.0
        J[1, :] = 1.0, 3 * s * z[1] ** 2
        det = J[0, 0] * J[1, 1] - J[0, 1] * J[1, 0]
        z[0] -= (J[1, 1] * f[0] - J[0, 1] * f[1]) / det
        z[1] -= (J[0, 0] * f[1] - J[1, 0] * f[0]) / det
    return z


register(newton_system, between(2.5, 3.5, 2), between(1.0, 2.0), complex_step=False)


def triangular_solves(a, b):
    lower = np.tril(a, -1) + np.eye(3) * 2
    x = b * 1.0
    for i in range(3):
        for j in range(i):
            x[i] -= lower[i, j] * x[j]
        x[i] /= lower[i, i]
    for column in (lower * 1.0).T:
        x += column * x[0]
    return x


register(triangular_solves, normal(3, 3), normal(3))


def scaled_columns(a, s):
    """Columns divided by their lengths, then weighted by a scalar."""
    m = a + 0.0
    for column in m.T:
        column /= np.sqrt(np.sum(column**2))
        column *= s
    return m


register(scaled_columns, normal(3, 2), scalar())

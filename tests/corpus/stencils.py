"""Equations of physics on grids, stepped in place; filters of images and signals."""

import numpy as np

from tests.corpus.registry import between, normal, one_of, positive, register, scalar, value


def heat_by_slices(u, c, n):
    for _ in range(n):
        u[1:-1] = u[1:-1] + c * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2)


register(heat_by_slices, normal(7), scalar(0.1, 0.4), one_of(0, 1, 6), wrt=(0, 1), samples=3)


def heat_by_indices(u, c):
    n = len(u)
    new = np.empty(n)
    for _ in range(4):
        for i in range(1, n - 1):
            new[i] = u[i] + c * (u[i + 1] - 2 * u[i] + u[i - 1])
        new[0] = u[0]
        new[n - 1] = new[n - 2]
        for i in range(n):
            u[i] = new[i]
    return u


register(heat_by_indices, normal(6), scalar(0.1, 0.4), complex_step=False)


def heat_on_a_plate(u, source, alpha):
    """Five-point stencil; two sides held, one insulated."""
    t = u.copy()
    for step in range(3):
        t[1:-1, 1:-1] += alpha * (
            t[2:, 1:-1] + t[:-2, 1:-1] + t[1:-1, 2:] + t[1:-1, :-2] - 4 * t[1:-1, 1:-1]
        )
        t[2, 1:3] += 0.1 * source
        t[:, 0] = 0.0
        t[0, :] = step
        t[-1, :] = t[-2, :]
    return np.sum(t**2) / t.size


register(heat_on_a_plate, normal(5, 4), scalar(), scalar(0.05, 0.2))


def heat_on_a_plate_by_indices(u, alpha):
    rows, columns = u.shape
    v = np.zeros((rows, columns))
    for _ in range(2):
        for i in range(rows):
            for j in range(columns):
                up = u[i - 1, j] if i > 0 else 0.0
                down = u[i + 1, j] if i < rows - 1 else 0.0
                left, right = u[i, j - 1], u[i, (j + 1) % columns]
                v[i, j] = u[i, j] + alpha * (up + down + left + right - 4 * u[i, j])
        u, v = v, u
    return np.sum(u**2)


register(heat_on_a_plate_by_indices, normal(3, 4), scalar(0.05, 0.2), complex_step=False)


def burgers(u, c, steps):
    """The basic explicit time loop, nonlinear in what it overwrites."""
    for _ in range(steps):
        u[1:-1] = u[1:-1] + c * (u[2:] - 2 * u[1:-1] + u[:-2]) * u[1:-1]
    return np.sum(u * u)


register(burgers, normal(8), scalar(-0.2, 0.2), value(5), wrt=(0, 1))


def burgers_upwind(u, dt, dx):
    flux = np.zeros(len(u) + 1)
    for _ in range(4):
        speed = 0.5 * (u[1:] + u[:-1])
        flux[1:-1] = np.where(speed > 0, 0.5 * u[:-1] ** 2, 0.5 * u[1:] ** 2)
        flux[0], flux[-1] = flux[1], flux[-2]
        u -= dt / dx * (flux[1:] - flux[:-1])
    return u


register(burgers_upwind, normal(6), between(0.05, 0.1), between(0.8, 1.2), complex_step=False)


def wave_by_leapfrog(u, speed):
    dt = 0.1
    past = u.copy()
    now = u * 1.0
    future = np.zeros_like(u)
    for k in range(5):
        future[1:-1] = (
            2 * now[1:-1] - past[1:-1] + (speed * dt) ** 2 * (now[2:] - 2 * now[1:-1] + now[:-2])
        )
        future[0] = np.sin(speed * k * dt)
        past, now, future = now, future, past
    return np.sum(now**2) + past[2]


register(wave_by_leapfrog, normal(7), scalar(0.5, 2.0))


def advected_on_a_ring(q, courant):
    for _ in range(5):
        q -= courant * (q - np.roll(q, 1))
        q[0] *= 0.9
    return q


register(advected_on_a_ring, normal(6), between(0.2, 0.8))


def gauss_seidel(a, b):
    """Every entry is overwritten while the next one reads it."""
    n = len(b)
    x = np.zeros(n)
    for _ in range(5):
        for i in range(n):
            s = b[i]
            for j in range(n):
                if j != i:
                    s -= a[i, j] * x[j]
            x[i] = s / (a[i, i] + 6.0)
    return x


register(gauss_seidel, normal(3, 3), normal(3), complex_step=False)


def over_relaxation(u, f, omega):
    """Successive over-relaxation of the Poisson equation, in the order of the grid."""
    p = u.copy()
    n, m = p.shape
    for _ in range(3):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                gs = 0.25 * (p[i - 1, j] + p[i + 1, j] + p[i, j - 1] + p[i, j + 1] - f[i, j])
                p[i, j] = (1 - omega) * p[i, j] + omega * gs
    return np.sum(p * p)


register(over_relaxation, normal(4, 4), normal(4, 4), between(1.1, 1.8))


def red_black(u, f):
    p = u.copy()
    for sweep in range(4):
        for i in range(1, p.shape[0] - 1):
            start = 1 + (i + sweep) % 2
            p[i, start:-1:2] = 0.25 * (
                p[i - 1, start:-1:2]
                + p[i + 1, start:-1:2]
                + p[i, start - 1 : -2 : 2]
                + p[i, start + 1 :: 2]
                - f[i, start:-1:2]
            )
    return np.sum(p**2)


register(red_black, normal(5, 6), normal(5, 6))


def jacobi_with_residual(b, tolerance):
    """Swapped buffers, and a trip count that depends on the numbers."""
    x, new = np.zeros_like(b), np.zeros_like(b)
    change, trips = 1.0, 0
    while change > tolerance and trips < 30:
        new[1:-1] = (b[1:-1] + x[:-2] + x[2:]) / 2.5
        new[0], new[-1] = b[0] * 0.5, b[-1] * 0.5
        change = np.max(np.abs(new - x))
        x, new = new, x
        trips += 1
    return np.sum(x**3)


register(jacobi_with_residual, normal(5), value(0.02), wrt=(0,))


def reaction_diffusion(u, v, feed):
    """Gray-Scott; both fields step at once, through views of their interiors."""
    U, V = u[1:-1], v[1:-1]
    for _ in range(4):
        Lu = u[:-2] - 2 * U + u[2:]
        Lv = v[:-2] - 2 * V + v[2:]
        uvv = U * V * V
        U += 0.16 * Lu - uvv + feed * (1 - U)
        V += 0.08 * Lv + uvv - (feed + 0.06) * V
        u[0], u[-1] = u[1], u[-2]
        v[0] = v[1]
    return np.sum(u * v)


register(reaction_diffusion, between(0.2, 1.0, 6), between(0.1, 0.6, 6), between(0.02, 0.06))


def shallow_water(h, u, g):
    hu = h * u
    dt = 0.05
    for _ in range(3):
        flux_h = hu
        flux_u = hu**2 / h + 0.5 * g * h**2
        h_new = h.copy()
        h_new[1:-1] = 0.5 * (h[2:] + h[:-2]) - dt * (flux_h[2:] - flux_h[:-2])
        hu_new = hu.copy()
        hu_new[1:-1] = 0.5 * (hu[2:] + hu[:-2]) - dt * (flux_u[2:] - flux_u[:-2])
        h, hu = h_new, hu_new
        hu[0] = -hu[1]
        hu[-1] = -hu[-2]
    return np.sum(h**2) + np.sum(hu * u)


register(shallow_water, between(0.8, 1.6, 6), normal(6, scale=0.3), between(0.7, 1.2))


def image_filter(image, kernel):
    """Convolution by four loops."""
    height, width = image.shape
    k = kernel.shape[0] // 2
    out = np.zeros_like(image)
    for y in range(height):
        for x in range(width):
            total = 0.0
            for dy in range(-k, k + 1):
                for dx in range(-k, k + 1):
                    yy, xx = y + dy, x + dx
                    if 0 <= yy < height and 0 <= xx < width:
                        total += image[yy, xx] * kernel[dy + k, dx + k]
            out[y, x] = total
    return np.sum(out**2)


register(image_filter, normal(3, 4), normal(3, 3))


def correlation_by_shifts(image, kernel):
    out = np.zeros((image.shape[0] - 1, image.shape[1] - 2))
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            out += kernel[i, j] * image[i : i + out.shape[0], j : j + out.shape[1]]
    out[out < 0] *= 0.1
    return out


register(correlation_by_shifts, normal(4, 5), normal(2, 3), complex_step=False)


def pooled(image):
    """Largest of every two by two block."""
    out = np.empty((2, 3))
    for i in range(2):
        for j in range(3):
            out[i, j] = np.max(image[2 * i : 2 * i + 2, 2 * j : 2 * j + 2])
    return np.sum(out**2 * np.arange(1.0, 7.0).reshape(2, 3))


register(pooled, normal(4, 6), complex_step=False)


def sharpened(image, strength):
    blurred = image.copy()
    for _ in range(2):
        blurred[1:-1] = (blurred[:-2] + 2 * blurred[1:-1] + blurred[2:]) / 4
        blurred[:, 1:-1] = (blurred[:, :-2] + 2 * blurred[:, 1:-1] + blurred[:, 2:]) / 4
    result = image + strength * (image - blurred)
    np.clip(result, -1.5, 1.5, out=result)
    return result


register(sharpened, normal(4, 5), scalar(0.4, 1.5))


def recursive_filter(signal, a, b):
    """y[i] = b x[i] - a y[i - 1], there and back."""
    y = np.empty(len(signal))
    y[0] = b * signal[0]
    for i in range(1, len(y)):
        y[i] = b * signal[i] - a * y[i - 1]
    for i in range(len(y) - 2, -1, -1):
        y[i] -= a * y[i + 1]
    return np.sum(y * signal)


register(recursive_filter, normal(7), between(-0.8, 0.8), scalar(), complex_step=False)


def smooth_life(cells, steepness):
    """A cellular automaton whose rule is smooth, on a torus."""
    for _ in range(2):
        neighbours = np.zeros_like(cells)
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                if dy or dx:
                    neighbours += np.roll(np.roll(cells, dy, 0), dx, 1)
        birth = 1 / (1 + np.exp(-steepness * (neighbours - 2.5)))
        death = 1 / (1 + np.exp(-steepness * (neighbours - 3.5)))
        cells *= 1 - death
        cells += (1 - cells) * (birth - death)
    return cells


register(smooth_life, between(0.1, 0.9, 3, 4), between(0.5, 1.5))


def lattice_boltzmann(f, omega):
    """Three velocities on a line: collide in place, then stream."""
    velocities, weights = np.array([0, 1, -1]), np.array([4 / 6, 1 / 6, 1 / 6])
    for _ in range(3):
        density = f.sum(axis=0)
        momentum = (f * velocities[:, None]).sum(axis=0) / density
        for k in range(3):
            cu = velocities[k] * momentum
            balance = weights[k] * density * (1 + 3 * cu + 4.5 * cu**2 - 1.5 * momentum**2)
            f[k] += omega * (balance - f[k])
        f[1, 1:] = f[1, :-1].copy()
        f[2, :-1] = f[2, 1:]
    return np.sum(f**2)


register(lattice_boltzmann, positive(3, 5), between(0.5, 1.5))

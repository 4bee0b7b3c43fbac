"""Physical programs: integrators, oscillators, bodies, fields."""

import numpy as np

from tests.corpus.registry import between, named, normal, positive, register, scalar, value


def pendulum(angle, speed, length, n):
    """Explicit Euler steps of a pendulum."""
    dt = 0.05
    for _ in range(n):
        acceleration = -9.81 / length * np.sin(angle)
        angle = angle + dt * speed
        speed = speed + dt * acceleration
    return angle


register(pendulum, scalar(-1, 1), scalar(-1, 1), positive(), value(12), wrt=(0, 1, 2))


def lorenz_field(state, sigma, rho, beta):
    x, y, z = state
    return np.array([sigma * (y - x), x * (rho - z) - y, x * y - beta * z])


def lorenz(state, sigma, rho, beta, n):
    """Runge-Kutta steps of the Lorenz equations."""
    dt = 0.01
    for _ in range(n):
        k1 = lorenz_field(state, sigma, rho, beta)
        k2 = lorenz_field(state + 0.5 * dt * k1, sigma, rho, beta)
        k3 = lorenz_field(state + 0.5 * dt * k2, sigma, rho, beta)
        k4 = lorenz_field(state + dt * k3, sigma, rho, beta)
        state = state + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return np.sum(state * state)


register(
    lorenz,
    normal(3, scale=2.0),
    between(9, 11),
    between(26, 29),
    between(2, 3),
    value(8),
    wrt=(0, 1, 2, 3),
)


def lorenz_scalars(p, x, y, z, dt, n):
    sigma, rho, beta = p
    for i in range(n):
        dx = sigma * (y - x)
        dy = x * (rho - z) - y
        dz = x * y - beta * z
        x = x + dt * dx
        y = y + dt * dy
        z = z + dt * dz
    return x * x + y * y + z * z


register(
    lorenz_scalars,
    lambda rng: (10.0 + rng.uniform(), 28.0 - rng.uniform(), 8 / 3),
    scalar(),
    scalar(),
    scalar(),
    between(0.005, 0.02),
    value(10),
    wrt=(0, 1, 2, 3, 4),
)


def leapfrog(position, velocity, stiffness, steps):
    dt = 0.1
    for _ in range(steps):
        velocity = velocity - 0.5 * dt * stiffness * position
        position = position + dt * velocity
        velocity = velocity - 0.5 * dt * stiffness * position
    return 0.5 * np.sum(velocity**2 + stiffness * position**2)


register(leapfrog, normal(3), normal(3), positive(3), value(6), wrt=(0, 1, 2))


def logistic_map(x, r, n):
    for _ in range(n):
        x = r * x * (1 - x)
    return x


register(logistic_map, between(0.2, 0.8), between(2.6, 3.6), value(9), wrt=(0, 1))


def body_energy(positions, velocities, masses):
    """Kinetic and gravitational energy of several bodies, by loops."""
    n = len(masses)
    energy = 0.5 * np.sum(masses * np.sum(velocities**2, axis=1))
    for i in range(n):
        for j in range(i):
            r = positions[i] - positions[j]
            energy -= masses[i] * masses[j] / np.sqrt(r @ r + 0.01)
    return energy


register(body_energy, normal(4, 3), normal(4, 3), positive(4))


def body_forces(positions, masses):
    """Accelerations of several bodies, by broadcasting."""
    r = positions[None, :, :] - positions[:, None, :]
    cubed = (np.sum(r**2, axis=-1) + 0.1) ** 1.5
    return np.sum(masses[None, :, None] * r / cubed[:, :, None], axis=1)


register(body_forces, normal(3, 2), positive(3))


def heat(u, c, n):
    """Explicit heat equation; every step builds a new array."""
    for _ in range(n):
        inner = u[1:-1] + c * (u[2:] - 2 * u[1:-1] + u[:-2])
        u = np.concatenate((u[:1], inner, u[-1:]))
    return np.sum(u * u)


register(heat, normal(8), between(0.1, 0.4), value(5), wrt=(0, 1))


def projectile(speed, angle, drag):
    """Fly until it lands: the trip count depends on all arguments."""
    x, y = 0.0, 0.0
    vx, vy = speed * np.cos(angle), speed * np.sin(angle)
    dt = 0.02
    while y >= 0.0:
        v = np.sqrt(vx * vx + vy * vy)
        vx = vx - dt * drag * v * vx
        vy = vy - dt * (9.81 + drag * v * vy)
        x, y = x + dt * vx, y + dt * vy
    return x - y * vx / vy


register(projectile, between(4, 8), between(0.5, 1.1), between(0.01, 0.1))


def van_der_waals(t, v, gas):
    pressure = gas["R"] * t / (v - gas["b"]) - gas["a"] / v**2
    return pressure * v / (gas["R"] * t)


register(
    van_der_waals,
    between(250, 350),
    between(1.0, 3.0),
    named(R=between(8.2, 8.4), a=between(0.1, 0.5), b=between(0.01, 0.05)),
)


def damped_oscillator(p, observed, times):
    """Least squares of a damped oscillation."""
    amplitude, rate, frequency, phase = p
    model = amplitude * np.exp(-rate * times) * np.cos(frequency * times + phase)
    return np.mean((model - observed) ** 2)


register(damped_oscillator, positive(4), normal(9), value(np.linspace(0, 3, 9)), wrt=(0, 1))


def ising(spins, coupling, field):
    interaction = np.sum(spins[:, :-1] * spins[:, 1:]) + np.sum(spins[:-1] * spins[1:])
    return -coupling * interaction - np.sum(field * spins)


register(ising, normal(3, 4), scalar(), normal(3, 4))


def ray(origin, direction, radius):
    """Where a ray meets a sphere, or how far it misses it."""
    unit = direction / np.sqrt(np.sum(direction * direction))
    b = np.dot(origin, unit)
    discriminant = b * b - np.dot(origin, origin) + radius**2
    if discriminant > 0:
        return -b - np.sqrt(discriminant)
    return np.sqrt(np.dot(origin, origin) - b * b) - radius


register(ray, normal(3), normal(3), positive(), samples=5)


def predator_prey(z, rates, steps):
    a, b, c, d = rates
    h = 0.05
    for _ in range(steps):
        prey, predator = z
        middle = (
            prey + 0.5 * h * (a * prey - b * prey * predator),
            predator + 0.5 * h * (c * prey * predator - d * predator),
        )
        z = (
            prey + h * (a * middle[0] - b * middle[0] * middle[1]),
            predator + h * (c * middle[0] * middle[1] - d * middle[1]),
        )
    return z[0] - z[1]


register(
    predator_prey,
    lambda rng: (float(rng.uniform(1, 2)), float(rng.uniform(0.5, 1))),
    lambda rng: [float(r) for r in rng.uniform(0.5, 1.5, size=4)],
    value(7),
    wrt=(0, 1),
)

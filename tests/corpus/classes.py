"""Classes of the user: inheritance, super, static and class methods, operators."""

import numpy as np

from tests.corpus.registry import positive, register, scalar


class Shape:
    scale = 2.0
    made = 0

    def __init__(self, size):
        self.size = size

    def area(self):
        raise NotImplementedError

    def describe(self, factor=1.0):
        return factor * self.scale * self.area()

    @staticmethod
    def square_of(v):
        return v * v

    @classmethod
    def of_diameter(cls, d):
        return cls(d / cls.scale)


class Disk(Shape):
    def area(self):
        return np.pi * self.square_of(self.size)


class Ring(Disk):
    scale = 3.0

    def __init__(self, size, hole):
        super().__init__(size)
        self.hole = hole

    def area(self):
        return super().area() - np.pi * Shape.square_of(self.hole)

    @classmethod
    def of_diameter(cls, d):
        return cls(d, 0.1 * d)


def inherited(a, b):
    shapes = [Disk(a), Ring(a, b), Disk.of_diameter(b), Ring.of_diameter(a * b)]
    shapes[0].scale = b
    total = 0.0
    for k, shape in enumerate(shapes):
        total += shape.describe(factor=k + 1)
        if isinstance(shape, Ring):
            total -= shape.hole
    return total


register(inherited, positive(), positive())


class Dual:
    """Operators of the user, which differentiate on their own."""

    def __init__(self, value, slope=0.0):
        self.value, self.slope = value, slope

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    __radd__ = __add__

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value * other.value, self.value * other.slope + self.slope * other.value)

    def __rmul__(self, other):
        return self * other

    def __neg__(self):
        return Dual(-self.value, -self.slope)

    def __sub__(self, other):
        return self + (-other)

    def __pow__(self, n):
        result = Dual(1.0)
        for _ in range(n):
            result = result * self
        return result

    def sin(self):
        return Dual(np.sin(self.value), np.cos(self.value) * self.slope)


def dual_numbers(x, y):
    d = Dual(x, 1.0)
    f = 3.0 * d**3 - d * y + d.sin() * (d + 1)
    return f.slope * f.value


register(dual_numbers, scalar(), scalar())


class Vector2:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __iadd__(self, other):
        self.x += other.x
        self.y += other.y
        return self

    def __matmul__(self, other):
        return self.x * other.x + self.y * other.y

    def __getitem__(self, k):
        return (self.x, self.y)[k]

    def __setitem__(self, k, v):
        if k == 0:
            self.x = v
        else:
            self.y = v

    def __len__(self):
        return 2

    def __abs__(self):
        return np.sqrt(self @ self)

    def __lt__(self, other):
        return abs(self) < abs(other)

    def __bool__(self):
        return bool(self.x > 0)


def vector_class(a, b, c):
    u, v = Vector2(a, b), Vector2(c, a * b)
    w = u
    w += v
    u[1] = v[0] * len(u)
    v[0] += 1.0
    longer = v if u < v else u
    return (u @ w) * longer[0] + (abs(v) if v else abs(u))


register(vector_class, scalar(), scalar(), scalar(), samples=4)

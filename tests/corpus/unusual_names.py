"""Names a generated module could trip over: its own, NumPy's, Python's, other alphabets."""

import math as m

import numpy
import numpy as jnp
import numpy as np
from numpy import exp as e
from numpy import sin
from numpy import zeros as make_zeros

from tests.corpus.registry import normal, positive, register, scalar


def own_names(alpha_1, beta_x, tape):
    """The names of generated temporaries and adjoints."""
    beta_alpha_1 = alpha_1 * beta_x
    alpha_2 = np.sin(beta_alpha_1)
    dot_x = alpha_2 * tape
    for alpha_3 in range(2):
        tape = tape * dot_x + alpha_3
    grad = tape * beta_alpha_1
    value, pullback, vjp = grad * 2, alpha_2, grad
    return value * pullback + vjp


register(own_names, scalar(), scalar(), scalar())


def shadows_of_numpy(np, x):
    sum = np * x
    math = sum + np
    s2sad = sin(math) * m.pi
    numpy = s2sad
    return numpy * jnp.cos(sum)


register(shadows_of_numpy, scalar(), scalar())


def shadows_of_builtins(len, list, range):
    max = len * list
    float, int = max + range, max * range
    print = float * int
    _ = print * 2
    __ = _ + len
    for id in (1, 2):
        _ = _ * __ / id
    return _


register(shadows_of_builtins, scalar(), scalar(), scalar())


def unicode_names(θ, größe, 变量):
    σ = np.exp(-θ)
    Δx = größe * σ
    é = Δx + 变量
    return é**2 * σ + numpy.sum(np.array([θ, é]))


register(unicode_names, scalar(), scalar(), scalar())


def aliased_imports(x):
    import math as mathematics

    from numpy import log as l

    y = make_zeros(2)
    y[0], y[1] = e(x), l(x)
    return jnp.sum(y * mathematics.sqrt(2)) + m.pow(2.0, 3) * numpy.sqrt(x)


register(aliased_imports, positive(), complex_step=False)


def same_as_function(same_as_function, d, da, b_x):
    d = d * same_as_function
    da = da + d
    b_x, d_d = da * b_x, d
    return b_x * d_d


register(same_as_function, scalar(), scalar(), scalar(), scalar())


def names_in_inner_scopes(x):
    def x_bar(x):
        return x * 2

    def f(f):
        return f(x) + x

    i = x * 3
    total = sum([i * i for i in range(3)])
    values = [x for x in (i, total)]
    g = lambda x, np=np: np.sin(x) * i
    return f(x_bar) * g(values[0]) + total * x


register(names_in_inner_scopes, scalar())


def private_and_numbered(x, _hidden, x1, x_1, X, l, I, O):
    x_2 = x * x1 + x_1
    __private = x_2 * X - l
    self = __private * I
    cls, args, kwargs = self + O, x * self, _hidden
    return cls * args + kwargs**2 * x_2


register(private_and_numbered, *[scalar()] * 8)


class Model:
    __secret = 2.0

    def __init__(self, w):
        self.__w = w

    def apply(self, x):
        """Names with two underscores are mangled."""
        self.__w = self.__w * self.__secret
        return self.__w * x


def mangled_names(w, x):
    model = Model(w)
    return model.apply(x) + model.apply(x) * model._Model__w


register(mangled_names, scalar(), scalar())


def buffers_named_like_ours(x):
    tape, stack, out, result = np.zeros(3), [], np.zeros_like(x), 0.0
    for i in range(3):
        tape[i] = x[i] ** 2
        stack.append(tape[i])
        out[i] += stack[-1] * x[i - 1]
    beta_tape = tape * out
    result += np.sum(beta_tape)
    return result


register(buffers_named_like_ours, normal(3), complex_step=False)

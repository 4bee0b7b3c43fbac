"""Arrays handed to functions, lists, dicts, objects and closures which write them."""

import numpy as np

from tests.corpus.registry import listed, named, normal, one_of, register, scalar, value


def scale(v, factor):
    v *= factor


def fill_with_squares(out, x):
    for i in range(len(x)):
        out[i] = x[i] ** 2
    return out


def same(v):
    return v


def second_half(v):
    return v[len(v) // 2 :]


def callee_writes(x):
    y = x * 2
    scale(y, x[0])
    scale(y[1:], 3.0)
    scale(second_half(y), y[0])
    return np.sum(y * y)


register(callee_writes, normal(4))


def callee_returns_its_argument(x):
    y = np.zeros(3)
    z = fill_with_squares(y, x)
    z[0] += 1.0
    w = same(same(y))
    w *= x
    return np.sum(y * z) + np.sum(w)


register(callee_returns_its_argument, normal(3), complex_step=False)


def callee_writes_the_argument(x):
    scale(x, 2.0)
    scale(x[::2], x[1])
    return np.sum(x**2)


register(callee_writes_the_argument, normal(4))


def exchange(a, b):
    a[:], b[:] = b.copy(), a * 2


def same_array_as_both_arguments(x):
    y = x * 1.0
    exchange(y[:2], y[2:])
    exchange(y[:3], y[1:])
    scale(y, y[0])
    return y


register(same_array_as_both_arguments, normal(4))


def recursive_fill(y, x, i):
    if i == len(x):
        return y
    y[i] = x[i] * (y[i - 1] if i else 1.0)
    return recursive_fill(y, x, i + 1)


def recursion_that_writes(x):
    return np.sum(recursive_fill(np.zeros(5), x, 0) ** 2)


register(recursion_that_writes, normal(5), complex_step=False)


def arrays_in_a_list(x):
    rows = [np.zeros(2) for _ in range(3)]
    for i, row in enumerate(rows):
        row[0] = x[i]
        row[1] = x[i] * x[i - 1]
    alias = rows[1]
    alias *= 5.0
    rows[2] += rows[1]
    rows[0] = rows[0] * rows[2]
    rows[-1][0] -= 1.0
    return np.sum(np.array(rows) ** 2)


register(arrays_in_a_list, normal(3), complex_step=False)


def arrays_in_a_dict(x):
    state = {"u": x * 1.0, "v": np.zeros(3)}
    u = state["u"]
    for _ in range(3):
        state["v"] += 0.1 * state["u"]
        state["u"] -= 0.1 * state["v"]
        state["u"][0] *= 1.1
    state["u"] = state["u"] + 1
    return np.sum(u * state["v"]) + np.sum(state["u"])


register(arrays_in_a_dict, normal(3), complex_step=False)


def dict_argument_written(state, dt):
    state["v"] += dt * state["u"] ** 2
    state["u"][1:] = state["v"][:-1]
    state["scale"] = state["scale"] * 2
    return np.sum(state["u"] * state["v"]) * state["scale"]


register(dict_argument_written, named(u=normal(3), v=normal(3), scale=scalar()), scalar())


def list_argument_written(rows):
    for i in range(1, len(rows)):
        rows[i] += rows[i - 1] ** 2
    rows[0][0] = 1.0
    rows[1] = rows[1] * 2
    return np.sum(rows[0] * rows[1] * rows[2])


register(list_argument_written, listed(normal(2), normal(2), normal(2)))


class Field:
    def __init__(self, values):
        self.values = values
        self.old = values.copy()

    def step(self, rate):
        self.old[:] = self.values
        self.values[1:-1] += rate * (self.old[2:] - 2 * self.old[1:-1] + self.old[:-2])


def arrays_in_an_object(x, rate):
    u = x * 1.0
    field = Field(u)
    for _ in range(3):
        field.step(rate)
        u[0] *= 0.5
    return np.sum(field.values**2) + field.old[1]


register(arrays_in_an_object, normal(5), scalar(0.1, 0.4))


def closure_over_an_array(x):
    work = np.zeros(3)

    def add(i, v):
        work[i] += v

    for i, v in enumerate(x):
        add(i % 3, v * v)
        add(0, work[1])
    return np.sum(work**2)


register(closure_over_an_array, normal(5), complex_step=False)


def default_is_an_alias(x):
    y = x * 1.0

    def bump(k, v=y):
        v[k] *= 2.0
        return v

    bump(0)
    z = bump(1)
    y[2] = z[0] * z[1]
    return np.sum(z * x)


register(default_is_an_alias, normal(3))


def next_index(box):
    box[0] += 1
    return box[0]


def target_evaluated_once(x):
    """The index of an augmented target comes from a call that counts."""
    box = [0]
    y = x * 1.0
    y[next_index(box)] += x[0]
    y[next_index(box)] *= 3.0
    y[next_index(box)] = y[next_index(box) - 1] * x[1]
    return np.sum(y * np.arange(1.0, 7.0)) * box[0]


register(target_evaluated_once, normal(6))


def doubled(v):
    v *= 2.0
    return v[0]


def writes_inside_expressions(x):
    """Operands are evaluated from left to right, and a call in between may write."""
    y = x * 1.0
    a = y[0] * doubled(y) + y[0]
    b = (y, doubled(y), y[1])
    c = y[1] + doubled(y) * (y[1] - doubled(y))
    d = [y[2], doubled(y), y[2]]
    return a + b[0][1] * b[1] + b[2] + c + d[0] * d[2]


register(writes_inside_expressions, normal(3))


def array_operand_written_before_use(x):
    """y + f(y): the left operand is the array, not a copy of what it was."""
    y = x * 1.0
    z = y + doubled(y)
    w = y[:2] * doubled(y) - y[1:]
    return np.sum(z * z) + np.sum(w)


register(array_operand_written_before_use, normal(3))


def order_of_an_assignment(x):
    """The value comes first, then the array, then the index."""
    y = x * 1.0
    box = [0]
    y[next_index(box)] = y[next_index(box)] * box[0]
    y[1] += doubled(y)
    y[0], box[0], y[box[0]] = y[1] * 2, 0, y[2]
    return y


register(order_of_an_assignment, normal(4))


def chosen_callee(x, kind):
    writers = {"scale": lambda v: scale(v, 2.0), "shift": lambda v: np.add(v, 1.0, out=v)}
    y = x * 1.0
    for _ in range(2):
        writers[kind](y)
        writers["scale"](y[:1])
    return np.sum(y * x)


register(chosen_callee, normal(3), one_of("scale", "shift"), wrt=(0,), samples=4)


def accumulate(out, x, y=None, *more, **options):
    out += options.get("weight", 1.0) * x
    if y is not None:
        accumulate(out, y, *more, **options)
    return out


def through_several_calls(x, w):
    total = np.zeros(3)
    accumulate(total, x, x * x, x**3, weight=w)
    result = accumulate(total[1:], x[:2])
    result[0] *= total[0]
    return np.sum(total**2)


register(through_several_calls, normal(3), scalar(), complex_step=False)


def nested_containers(x):
    model = {"layers": [(x * 1.0, np.ones(3)), (x * 2.0, np.zeros(3))], "count": 0}
    for w, b in model["layers"]:
        w *= 1.5
        b += w[0]
        model["count"] += 1
    first = model["layers"][0][0]
    first[1] = model["layers"][1][1][0]
    return sum(np.sum(w * b) for w, b in model["layers"]) * model["count"]


register(nested_containers, normal(3), complex_step=False)


def workspace_of_a_factory(x, n):
    """The workspace outlives a call, and every use overwrites it first."""

    def make():
        work = np.empty(3)

        def norm_of(v):
            np.multiply(v, v, out=work)
            return work.sum()

        return norm_of

    norm_of = make()
    total = 0.0
    for k in range(n):
        total += norm_of(x * k) * norm_of(x + 1)
    return total


register(workspace_of_a_factory, normal(3), value(3), wrt=(0,), complex_step=False)


def in_place_or_new(v, new):
    if new:
        v = v * 3.0
    else:
        v *= 3.0
    return v


def parameter_rebound(x, new):
    """Rebinding a parameter does not reach the caller's array; an in-place change does."""
    y = x * 1.0
    z = in_place_or_new(y, new)
    z[0] += 1.0
    return np.sum(y * z)


register(parameter_rebound, normal(3), one_of(True, False), wrt=(0,), samples=4)

"""Returns from the middle, whose results differ in kind; names that only one path binds."""

import numpy as np

from tests.corpus.registry import normal, one_of, register, scalar


def arrays_and_numbers(x, m, k):
    """Each return gives another kind of value: the one that is reached decides."""
    for i in range(k):
        for v in m[i]:
            if v > 1.2:
                return np.sum(m[i] * x) * v
            x[i] += v**2
        if x[i] > 0.8:
            return m[i] * x
    for v in x:
        if v < -0.4:
            return m * x
    return x * 2.0


register(arrays_and_numbers, normal(3), normal(3, 3), one_of(0, 1, 3), wrt=(0, 1), samples=8)


def row_or_all(m, bound):
    """What is returned is a view of what other trips write."""
    work = m * 1.0
    for row in work:
        if row[0] > bound:
            return row
        row *= 1.5
        if row[1] < -bound:
            return row[1:]
    return work[0]


register(row_or_all, normal(3, 3), one_of(0.2, 0.7, 5.0), samples=6)


def argument_given_back(x, w, k):
    for _ in range(2):
        n = 0
        while n < k:
            n += 1
            for v in w:
                if v > 0.9:
                    return x
                x[1] += v * x[0]
            if x[1] > 1.0:
                return w[::-1]
    x *= 2.0
    return x


register(argument_given_back, normal(3), normal(3), one_of(0, 1, 3), wrt=(0, 1), samples=6)


def chosen_by_a_setting(x, mode):
    """Jumps that are known not to be made, or made by the first trip."""
    for i, v in enumerate(x):
        for j in range(i):
            if mode == "pair":
                return v * x[j]
            if mode == "none" and j > 5:
                return [v]
        x[i] = v * 1.5
    while True:
        if mode == "sum":
            return np.sum(x)
        if mode != "sum":
            return x * x


register(chosen_by_a_setting, normal(3), one_of("pair", "sum", "none"), wrt=(0,), samples=4)


def same_result_in_two_places(x, a):
    total = 0.0
    for v in x:
        if v > 1.0:
            return total
        if total > a:
            return None or total * a
        total += v * v
        if total * v < -1.0:
            return total
    return np.tanh(total)


register(same_result_in_two_places, normal(5), scalar(0.2, 2.0), samples=8)


def returned_under_conditions(x, a, b):
    """Both ways of the outer branch may go on, and both may return."""
    if a > 0:
        y = x * a
        if y[0] > 0.5:
            y[0] = b
            return y
        x = y + 1.0
    else:
        for v in x:
            if v > b:
                return v
            if v < -1.0:
                break
        else:
            return x[1:] * a
    return x * b


register(returned_under_conditions, normal(3), scalar(-1.0, 1.0), scalar(-0.5, 1.0), samples=8)


def newton(a, start):
    """The value, and what was wrong with it where the steps do not end."""
    x = start
    for _ in range(6):
        step = (x**3 - a) / (3 * x**2)
        x = x - step
        if abs(step) < 1e-3:
            return x
    return x * 0.5


register(newton, scalar(1.0, 2.0), one_of(1.1, 0.01), wrt=(0,), samples=3)


def of_a_helper(m, bound):
    """A function whose result another one changes."""
    y = m * 1.0
    found = first_over(y, bound)
    found *= 2.0
    return np.sum(y * y) + np.sum(found)


def first_over(y, bound):
    for i in range(len(y)):
        if np.sum(y[i]) > bound:
            return y[i] * y[0]
    return np.ones(2) * y[0, 0]


register(of_a_helper, normal(3, 3), one_of(0.3, 9.0), wrt=(0,), samples=2)


def returned_from_within_managers(x, k):
    """What surrounds a return sees what its expression raises."""
    for v in x:
        try:
            with np.errstate(all="ignore"):
                if v > 0.3:
                    y = x * v
                    return y[k]
        except IndexError:
            if v > 0.8:
                return x[0] * v
    return x[1] ** 2


register(returned_from_within_managers, normal(4), one_of(1, 7), wrt=(0,), samples=6)


def bound_by_one_branch(x, k):
    """A branch that would read an unbound name is not taken."""
    if k > 5:
        scale = scale * 2.0  # noqa: F821
    elif k > 1:
        scale = x[0]
    else:
        return x[1] ** 2
    del k
    return scale * x[1]


register(bound_by_one_branch, normal(3), one_of(1, 2), wrt=(0,), samples=3)


def repeated_labels(x, n):
    """A name without a number in it, which a loop binds before it is left."""
    for i in range(n):
        kind = "square"
        if x[i] > 0.5:
            return apply(kind, x[i])
    return apply("cube", x[0])


def apply(kind, v):
    return v**2 if kind == "square" else v**3


register(repeated_labels, normal(3), one_of(0, 3), wrt=(0,), samples=4)


def stored_or_not(x, k):
    """A store is made as a whole or not at all."""
    y = x * 2.0
    try:
        y[k] = x[0] ** 2
    except IndexError:
        y = y * 3.0
    try:
        y[k - 1] *= x[1]
    except IndexError:
        y[0] -= 1.0
    return y


register(stored_or_not, normal(3), one_of(1, 3, 7), wrt=(0,), samples=6)


def out_of_a_try_with_else(x, bound):
    """What jumps leaves the `else` out."""
    total = 1.0
    for i, v in enumerate(x):
        try:
            if v > bound:
                break
            if v < -bound:
                continue
            total += x[i + 1] * v
        except IndexError:
            return total * v
        else:
            total *= v
            if total < -1.0:
                return x * total
        finally:
            total += 0.5
    return total


register(out_of_a_try_with_else, normal(3), one_of(0.5, 2.0, 9.0), wrt=(0,), samples=12)


def out_of_finally(x, k):
    """A jump out of `finally` makes void what was raised, and the jump before."""
    y = x * 1.0
    for v in x:
        try:
            if v > 0.8:
                return y
            y = y * x[k]
        finally:
            if v > 0.2:
                y = y * 2.0
                continue
            if k == 5:
                return y * v
        y = y + x
    try:
        y = y * x[k - 1]
    finally:
        return np.sum(y)  # noqa: B012


register(out_of_finally, normal(4), one_of(1, 5), wrt=(0,), samples=12)


def bound_before_what_fails(x, k):
    """A handler reads what the statements before the one that failed have bound and stored."""
    y, z = x * 2.0, x[0]
    try:
        y = y * x
        z = z * x[k]
        y[0] = 5.0 * z
        z = z * x[k + 1]
        y[1] *= z
    except IndexError:
        y[1] = y[0] * z
    return y * z


register(bound_before_what_fails, normal(3), one_of(1, 2, 7), wrt=(0,), samples=6)


def written_in_a_view(x, k):
    y = x * x
    tail, part = y[1:], y[0]
    try:
        tail[k] += part
        part = part * tail[k + 1]
    except IndexError:
        y = y * 3.0
    return part * y


register(written_in_a_view, normal(3), one_of(0, 1, 2), wrt=(0,), samples=6)

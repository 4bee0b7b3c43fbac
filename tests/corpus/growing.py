"""Lists whose length is not known before the program runs: made, read, changed, used up."""

import numpy as np

from tests.corpus.registry import between, normal, one_of, register


def squares_of_a_range(x, n):
    return np.sum(np.array([x[i] ** 2 for i in range(n)]) ** 2)


register(squares_of_a_range, normal(6), one_of(0, 1, 6), wrt=(0,), samples=3)


def kept_by_condition(x):
    kept = [v * v for v in x if v > 0]
    return sum(kept) + len(kept) * x[0]


register(kept_by_condition, normal(6), samples=4)


def stack_of_intervals(x):
    total = 0.0
    work = [(0.0, x[0]), (x[1], 2.0)]
    while work:
        a, b = work.pop()
        m = 0.5 * (a + b)
        if abs(b - a) > 0.5:
            work.append((a, m))
            work.append((m, b))
        else:
            total += (b - a) * np.sin(m) ** 2
    return total


register(stack_of_intervals, between(-2.0, -0.3, 2), samples=2)


def queue_of_numbers(x):
    q = [x[0]]
    total = 0.0
    while q and total < 50.0:
        v = q.pop(0)
        total += v * v
        if v < 4.0:
            q.append(v + 1.0)
            q.append(v * x[1])
    return total


register(queue_of_numbers, between(0.4, 1.6, 2), samples=3)


def starred_array(x):
    first, *rest, last = x
    return first * sum(rest) + last * rest[0] * len(rest)


register(starred_array, normal(5))


def listed_array(x):
    items = list(x)
    items[1] = items[0] * items[2]
    items.append(items[-1] * 2.0)
    items[-2] += 3.0
    return np.sum(np.array(items) ** 2) + items[0]


register(listed_array, normal(5))


def listed_as_python_numbers(x):
    items = x.tolist()
    return sum(items) * items[-1]


register(listed_as_python_numbers, normal(5))


def sorted_array(x):
    items = sorted(x)
    m = sorted(x, reverse=True)
    return items[0] * 2 + items[-1] * items[1] + m[1] ** 2


register(sorted_array, normal(5), samples=2)


def enumerated_zipped_reversed(x):
    items = [v * 2 for v in x]
    t = 0.0
    for i, v in enumerate(items):
        t += i * v * v
    for a, b in zip(items, x):
        t += a * b
    for v in reversed(items):
        t = t * 0.5 + v
    return t


register(enumerated_zipped_reversed, normal(5))


def nested_comprehension(x):
    items = [a * b for a in x for b in x if a > b]
    return sum(items)


register(nested_comprehension, normal(5), samples=2)


def added_sliced_extended(x):
    a = [v for v in x]
    b = a + [v * v for v in x]
    b += [1.0, x[0]]
    b.extend(x)
    b.insert(1, x[1] * 3)
    b.reverse()
    c = b[1:4] + a[::2]
    return np.sum(np.array(b) * np.arange(len(b))) + np.sum(np.array(c) ** 2)


register(added_sliced_extended, normal(5))


def generators_consumed(x):
    return (
        max(v * v for v in x)
        + min(np.sin(v) for v in x)
        + (1.0 if any(v > 0 for v in x) else 2.0) * x[0]
    )


register(generators_consumed, normal(5), samples=2)


def rows_stacked_and_joined(x, n):
    states = [x]
    for i in range(n):
        states.append(np.sin(states[-1]) + x)
    return (
        np.sum(np.stack(states, axis=1) ** 2) + np.concatenate(states)[-1] + np.vstack(states)[0, 0]
    )


register(rows_stacked_and_joined, normal(3), one_of(0, 1, 4), wrt=(0,), samples=3)


def workspace_of_run_time_length(x, n):
    f = [0.0] * (n + 1)
    f[0] = x[0]
    for k in range(n):
        f[k + 1] = f[k] * np.cos(f[k]) + 0.5
        f[k] *= 2
    return sum(f) + f[-1] * f[0]


register(workspace_of_run_time_length, normal(2), one_of(0, 1, 5), wrt=(0,), samples=3)


def passed_to_a_function(x):
    def push(items, v):
        items.append(v)
        return len(items)

    out = []
    n = 0
    for v in x:
        n = push(out, v * v)
    return out[n - 1] * n


register(passed_to_a_function, normal(5))


def mapped_and_tupled(x):
    return sum(list(map(lambda v: v * v, x))) + sum(tuple(x)) * tuple(x)[1]


register(mapped_and_tupled, normal(5))


def two_lists(x):
    a, b = [], []
    for v in x:
        a.append(v)
        if v > 0:
            b.append(v * 2)
            b.append(3.0)
    return np.sum(np.array(a)) * sum(b)


register(two_lists, normal(5), samples=2)


def appended_in_nested_loops(x):
    out = []
    for i in range(len(x)):
        for j in range(i):
            out.append(x[i] * x[j])
    return np.sum(np.array(out) ** 2)


register(appended_in_nested_loops, normal(5))


def items_of_several_parts(x):
    items = []
    for i, v in enumerate(x):
        items.append((i, v, x * v))
    return sum(i * v * np.sum(r) for i, v, r in items) + items[-1][1]


register(items_of_several_parts, normal(4))


def left_early(x):
    items = []
    for v in x:
        if len(items) > 3:
            break
        items.append(v * v)
    return np.array(items)


register(left_early, normal(6))


def written_before_it_is_appended(x):
    items = []
    for v in x:
        y = x * v
        y[0] = 1.0
        items.append(y)
    return np.sum(np.array(items) ** 2)


register(written_before_it_is_appended, normal(4))


def buffer_that_is_copied(x):
    b = x[:3] * 0.0
    items = []
    for v in x:
        b[0] = v
        items.append(b.copy())
    return np.sum(np.array(items) ** 2)


register(buffer_that_is_copied, normal(4))


def array_of_the_list_written(x):
    items = [v * 2 for v in x]
    a = np.array(items)
    a[0] = 7.0
    return np.sum(a) + sum(items)


register(array_of_the_list_written, normal(4))


def items_swapped(x):
    items = [x * v for v in x]
    items[0], items[1] = items[1], items[0]
    r = items[0]
    items[0] = x
    return np.sum(r * np.arange(len(x))) + np.sum(items[0] ** 2) + np.sum(items[1] ** 3)


register(items_swapped, normal(4))


def list_with_two_names(x):
    items = []
    m = items
    for v in x:
        m.append(v * v)
    return sum(items) * len(m)


register(list_with_two_names, normal(4))


def list_in_a_dict(x):
    d = {"a": []}
    for v in x:
        d["a"].append(v * v)
    return sum(d["a"])


register(list_in_a_dict, normal(4))


def list_given_to_recursion(x):
    def f(items, k):
        return sum(items) if k <= 0 else f(items, k - 1.0) * 2

    return f([v * v for v in x], x[0] * 0 + 2.0)


register(list_given_to_recursion, normal(4))


def list_of_short_lists(x):
    t = []
    for v in x:
        t.append([v, v * v])
    return sum(r[0] * r[1] for r in t)


register(list_of_short_lists, normal(4))


def list_made_by_every_trip(x):
    items = []
    for v in x:
        m = []
        for w in x:
            m.append(v * w)
        items.append(sum(m))
    return sum(items) * items[-1]


register(list_made_by_every_trip, normal(4))


def integers_and_floats(x):
    items = []
    for i in range(len(x)):
        items.append(x[i] if i % 2 else i)
    return sum(items) * items[-1]


register(integers_and_floats, normal(4))


def cleared_now_and_then(x):
    items = []
    t = 0.0
    for v in x:
        items.append(v * v)
        if len(items) == 2:
            t += items[0] * items[1]
            items.clear()
    return t


register(cleared_now_and_then, normal(5))


def list_of_places(x):
    p = []
    for i in range(len(x)):
        p.append(i * 2 % len(x))
    t = 0.0
    for i in p:
        t += x[i] * i
    return t + x[p[-1]]


register(list_of_places, normal(5))


def inner_and_outer_appends(x, n):
    items = [x[0]]
    for i in range(n):
        for j in range(i):
            items.append(items[-1] * 0.5 + x[1])
        items.append(x[2])
    return np.sum(np.array(items) ** 2)


register(inner_and_outer_appends, normal(3), one_of(0, 1, 5), wrt=(0,), samples=3)


def appended_in_a_branch(x):
    items = [v * v for v in x]
    if x[0] > -100:
        items.append(x[1] ** 3)
    return sum(items) * len(items)


register(appended_in_a_branch, normal(4))


def weights_by_a_running_index(x):
    ws = [x[:2], x[1:3] * 2.0, x[2:4]]
    v = x[:2]
    i = 0
    while np.sum(v**2) < 50.0:
        v = v * 1.5 + ws[i % 3] ** 2
        i += 1
    return np.sum(v)


register(weights_by_a_running_index, normal(4))


def coefficients_by_a_loop_index(x):
    c = (x[0], 2.0, x[1])
    t = 0.0
    for i in range(len(x)):
        t += c[i % 3] * x[i]
    return t


register(coefficients_by_a_loop_index, normal(5))


def mapped_over_two_arrays(x):
    return sum(list(map(lambda a, b: a * b, x, x[::-1])))


register(mapped_over_two_arrays, normal(5))


def appended_in_every_way(x):
    rows = []
    for v in x:
        rows.append(v)
        rows += [v * 2]
        rows.extend([v * v, 1.0])
    return np.sum(np.array(rows) ** 2)


register(appended_in_every_way, normal(5))

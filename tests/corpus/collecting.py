"""Lists, dicts and sets that grow and change, then become arrays or sums."""

import numpy as np

from tests.corpus.registry import (
    between,
    listed,
    named,
    normal,
    one_of,
    positive,
    register,
    scalar,
    value,
)


def appended_then_stacked(x, n):
    states = []
    v = x
    for i in range(n):
        v = np.sin(v) + 0.1 * i
        states.append(v)
    return np.sum(np.stack(states) ** 2) + np.sum(np.array(states)[-1])


register(appended_then_stacked, normal(3), value(4), wrt=(0,))


def appended_while_it_lasts(x, limit):
    """How many there are depends on the numbers."""
    values = [x]
    while values[-1] < limit:
        values.append(values[-1] * 1.3 + 0.2)
    a = np.array(values)
    return np.sum(a * np.arange(len(values))) * len(values) + a[-1]


register(appended_while_it_lasts, between(0.2, 1.5), one_of(0.1, 2.0, 6.0), wrt=(0,), samples=4)


def appended_under_a_condition(x):
    kept, signs = [], []
    for v in x:
        if v > 0:
            kept.append(v * v)
        signs.append(1 if v > 0 else -1)
    if not kept:
        return np.sum(x)
    return sum(kept) / len(kept) * max(kept) + sum(s * v for s, v in zip(signs, x))


register(appended_under_a_condition, normal(6), samples=4)


def collected_rows(a):
    rows = []
    for row in a:
        rows.append(row / np.sum(row**2))
        rows += [row * 2]
        rows.extend([row[::-1], row])
    rows.insert(1, a[0] * a[1])
    rows[2] = rows[2] + rows[0]
    del rows[0]
    last = rows.pop()
    return np.vstack(rows).sum(axis=0) * last


register(collected_rows, normal(3, 2))


def concatenated_lists(x, y):
    a = [x] * 2 + [y]
    b = a + [x * y]
    a += [3.0]
    b = b[1:] + b[:1]
    c = [*a, *reversed(b)]
    c[0], c[-1] = c[-1], c[0]
    c[1:3] = [x + y]
    return np.array(c) * np.arange(len(c))


register(concatenated_lists, scalar(), scalar())


def list_as_workspace(x, n):
    f = [0.0] * (n + 1)
    f[0] = x
    for k in range(n):
        f[k + 1] = f[k] * np.cos(f[k]) + 0.5
        f[k] *= 2
    return sum(f) + f[-1] * f[0]


register(list_as_workspace, scalar(), one_of(0, 1, 5), wrt=(0,), samples=3)


def table_of_lists(x):
    grid = [[0.0 for _ in range(3)] for _ in range(3)]
    for i in range(3):
        for j in range(3):
            grid[i][j] = x[i] * x[j] + (grid[i - 1][j] if i else 0.0)
    grid[1][1] += 2.0
    grid[0], grid[2] = grid[2], grid[0]
    shared = [[x[0]] * 2] * 2
    shared[0][1] = x[1]
    return np.sum(np.array(grid) ** 2) + shared[1][1] * shared[1][0]


register(table_of_lists, normal(3))


def fibonacci_with_memory(x, n):
    memo = {0: 0.1, 1: x}

    def fib(k):
        if k not in memo:
            memo[k] = fib(k - 1) * x + fib(k - 2)
        return memo[k]

    return fib(n) + len(memo) * x


register(fibonacci_with_memory, scalar(), one_of(1, 4, 6), wrt=(0,), samples=3)


def record_of_statistics(x):
    stats = {}
    stats["sum"] = 0.0
    for i, v in enumerate(x):
        stats["sum"] += v
        stats[f"at_{i}"] = v**2
        stats["largest"] = max(stats.get("largest", -1e9), v)
    stats.update(mean=stats["sum"] / len(x), extra={"half": stats["sum"] * 0.5})
    spare = stats.pop("at_0")
    stats.setdefault("mean", 99.0)
    del stats["at_1"]
    return sum(v for k, v in stats.items() if k.startswith("at")) * stats["mean"] + (
        spare * stats["largest"] * stats["extra"]["half"] * ("at_1" in stats or 2.0)
    )


register(record_of_statistics, normal(4), refusal="changes from trip to trip")


def training_with_a_dict(params, x, y):
    """Gradients by hand, parameters updated in place under their names."""
    velocity = {k: np.zeros_like(v) for k, v in params.items()}
    losses = []
    for _ in range(3):
        h = np.tanh(x @ params["w"] + params["b"])
        r = h @ params["v"] - y
        losses.append(np.mean(r**2))
        back = 2 * r[:, None] / len(y) * params["v"] * (1 - h * h)
        grads = {"w": x.T @ back, "b": back.sum(axis=0), "v": h.T @ (2 * r / len(y))}
        for name in params:
            velocity[name] *= 0.5
            velocity[name] += grads[name]
            params[name] -= 0.1 * velocity[name]
    return losses[-1] + np.sum(params["w"] ** 2) + 0.5 * losses[0]


register(
    training_with_a_dict,
    named(w=normal(2, 3), b=normal(3), v=normal(3)),
    normal(4, 2),
    normal(4),
)


def grouped(x, keys):
    groups = {}
    for k, v in zip(keys, x):
        groups.setdefault(k, []).append(v)
    means = {k: sum(vs) / len(vs) for k, vs in groups.items()}
    return sum(m * m * (1 + i) for i, (k, m) in enumerate(sorted(means.items())))


register(
    grouped,
    normal(5),
    value(["b", "a", "b", "c", "a"]),
    wrt=(0,),
    refusal="other items after each way",
)


def stack_of_a_calculator(x, y):
    stack = []
    for token in "xy*x+yx/-xd":
        if token == "x":
            stack.append(x)
        elif token == "y":
            stack.append(y)
        elif token == "d":
            stack[-1] = stack[-1] * 2
        else:
            b, a = stack.pop(), stack.pop()
            stack.append({"*": a * b, "+": a + b, "-": a - b, "/": a / b}[token])
    return stack[0] * stack[-1]


register(stack_of_a_calculator, positive(), positive())


def queue_of_intervals(a):
    """A work list that shrinks and grows."""
    work, total = [(0.0, a, 0)], 0.0
    while work:
        low, high, depth = work.pop(0)
        if high - low < 0.4 or depth == 3:
            total += (high - low) * np.sin(high)
        else:
            middle = 0.5 * (low + high)
            work.append((low, middle, depth + 1))
            work.append((middle, high, depth + 1))
    return total


register(queue_of_intervals, one_of(0.3, 1.1, 2.5), samples=4)


def comprehensions(x, a):
    squares = [v * v for v in x]
    pairs = [p * q for p in x for q in squares if p < q]
    nested = [[a[i][j] * x[i] for j in range(3)] for i in range(len(x))]
    by_name = {f"k{i}": s for i, s in enumerate(squares) if i != 1}
    kinds = {i % 2 for i in range(5)}
    return sum(pairs) + sum(by_name.values()) * len(kinds) + np.sum(np.array(nested) ** 2)


register(comprehensions, normal(3), normal(3, 3), refusal="a dict whose keys depend on data")


def generators_used_at_once(x):
    total = sum(v * v for v in x)
    largest = max(np.sin(v) for v in x)
    alive = all(v < 100 for v in x) and any(v > -100 for v in x)
    a = np.array(list(v + i for i, v in enumerate(x)))
    b = tuple(v * total for v in x if v > 0)
    d = dict((i, v) for i, v in enumerate(x))
    return (total * largest + a[1] + sum(b) + d[2]) * alive


register(generators_used_at_once, normal(4), samples=3, refusal="of unknown length one by one")


def list_of_rows_argument(rows):
    rows.append(rows[0] * rows[1])
    rows[0] = rows[0] + 1.0
    out = np.zeros(2)
    for r in rows:
        out += r**2
    return np.sum(out * rows[0])


register(list_of_rows_argument, listed(normal(2), normal(2)), complex_step=False)


def array_from_nested_lists(x, s):
    rotation = np.array([[np.cos(s), -np.sin(s), 0.0], [np.sin(s), np.cos(s), 0.0], [0, 0, 1]])
    points = np.asarray([[x[0], x[1], 1.0], [x[1], 2, x[0]]])
    return np.concatenate([(points @ rotation).ravel(), [s, x[0]]])


register(array_from_nested_lists, normal(2), scalar())


def slices_of_lists(x):
    v = [a for a in x]
    v[::2] = [a * 2 for a in v[::2]]
    v[1:1] = [v[0] * v[1]]
    v.reverse()
    w = v.copy()
    w[0] = 0.0
    del v[-1]
    v.sort(key=lambda a: -a)
    return v[0] * v[1] + sum(w) + v.index(v[2]) + v.count(v[0])


register(slices_of_lists, normal(4), samples=3, refusal="of unknown length one by one")

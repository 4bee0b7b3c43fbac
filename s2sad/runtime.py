"""The few functions that generated code may call besides NumPy's own."""

from __future__ import annotations

from typing import Any

import numpy as np


def sum_to(g: Any, shape: tuple[int, ...]) -> Any:
    """The transpose of broadcasting: `g` summed to `shape`, which broadcasts to `g.shape`.

    A `g` that is the same all over the missing dimensions may come without them.
    """
    if not shape:
        return np.sum(g)  # a number even where `g` is an array without dimensions
    if np.shape(g) == shape:
        return g
    extra = np.ndim(g) - len(shape)
    if extra < 0:
        return np.broadcast_to(g, shape)
    kept = enumerate(shape, start=extra)
    axes = tuple(range(extra)) + tuple(i for i, n in kept if n == 1 and g.shape[i] != 1)
    return np.add.reduce(g, axis=axes, keepdims=True).reshape(shape)


def pulled(function: Any, i: int, ans: Any, ans_bar: Any, *args: Any) -> Any:
    """The cotangent of the i-th argument of `function(*args)`, whose ranks were not known before.

    ans: the result; ans_bar: its cotangent.  The rule is run as it stands.
    """
    from s2sad.rules.table import lookup  # only code without types needs the rules at run time

    rule: Any = lookup(function)
    values = {
        n: np.asarray(a) if n in rule.wrt else a for n, a in zip(rule.params, args, strict=True)
    }
    bars = {f"{n}_bar": np.zeros_like(values[n]) for n in rule.wrt}
    ans_bar = np.broadcast_to(ans_bar, np.shape(ans))
    found = rule.adjoint({**values, **bars, "ans": ans, "ans_bar": ans_bar})
    return (found if len(rule.wrt) > 1 else (found,))[rule.wrt.index(rule.params[i])]


def store(a: Any, index: Any, v: Any) -> Any:
    """A copy of `a` in which `a[index] = v` was done."""
    a = a.copy()
    a[index] = v
    return a


def index_add(a: Any, index: Any, v: Any) -> Any:
    """A copy of `a` in which `v` was added at `index`, repeated indices adding up."""
    a = a.copy()
    np.add.at(a, index, v)
    return a


def recurrence(a: Any, b: Any, axis: int) -> Any:
    """The solution of `y[i] = a[i] * y[i - 1] + b[i]` along `axis`, with `y[-1] = 0`."""
    y = np.empty(np.shape(b), np.result_type(a, b))
    a, b, rows = np.moveaxis(a, axis, 0), np.moveaxis(b, axis, 0), np.moveaxis(y, axis, 0)
    if rows.ndim == 1:  # Python numbers are several times faster than elements of arrays
        a, b = a.tolist(), b.tolist()
    last = b[0] if len(rows) else 0.0
    for i in range(len(rows)):
        last = a[i] * last + b[i] if i else last
        rows[i] = last
    return y

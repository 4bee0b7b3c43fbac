"""The few functions that generated code may call besides NumPy's own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from s2sad.errors import ArgumentError


class Retreat(Exception):
    """Raised by compiled loops where only NumPy's code is right: it runs in their place."""


def sum_to(g: Any, shape: tuple[int, ...]) -> Any:
    """The transpose of broadcasting: `g` summed to `shape`, which broadcasts to `g.shape`.

    A `g` that is the same all over the missing dimensions may come without them.
    """
    if not shape:
        return np.sum(g)  # a number even where `g` is an array without dimensions
    if getattr(g, "shape", ()) == shape:
        return g
    extra = np.ndim(g) - len(shape)
    if extra < 0:
        return np.broadcast_to(g, shape)
    kept = enumerate(shape, start=extra)
    axes = tuple(range(extra)) + tuple(i for i, n in kept if n == 1 and g.shape[i] != 1)
    return np.add.reduce(g, axis=axes, keepdims=True).reshape(shape)


def spread(g: Any, shape: tuple[int, ...]) -> Any:
    """`g` broadcast to `shape`; as it is where that, (), is the shape of what is not bound."""
    return np.broadcast_to(g, shape) if shape or np.ndim(g) == 0 else g


def like(g: Any, x: Any) -> Any:
    """`g` as an array, NumPy's number or Python's, of the dtype of `x`, if that is floating."""
    if isinstance(x, np.ndarray):
        return np.asarray(g, x.dtype) if x.dtype.kind == "f" else g
    return type(x)(g) if isinstance(x, float | np.floating) else g


def zeroed(c: Any, d: Any) -> Any:
    """`c`, and zero where `d` is, of which it is a multiple: there zero met an infinity."""
    if np.all(np.isfinite(c)):
        return c
    return np.where(np.equal(d, 0), np.zeros((), np.asarray(c).dtype), c)[()]


def updated(a: Any, v: Any) -> Any:
    """What `a` is after `a op= ...` that gives `v`: an array keeps its dtype, a number becomes v.

    Raises TypeError and ValueError where NumPy cannot write v into the array.
    """
    if not isinstance(a, np.ndarray):
        return v
    made = np.empty_like(a)
    np.copyto(made, v, casting="same_kind")
    return made


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
    if not isinstance(ans, tuple):
        ans_bar = np.broadcast_to(ans_bar, np.shape(ans))
    found = rule.adjoint({**values, **bars, "ans": ans, "ans_bar": ans_bar})
    return (found if len(rule.wrt) > 1 else (found,))[rule.wrt.index(rule.params[i])]


def copy_array(a: Any) -> Any:
    """A copy of an array; a number, or None for what a path left unbound, as it is."""
    return a.copy() if isinstance(a, np.ndarray) else a


def check_apart(written: tuple[Any, ...], others: tuple[Any, ...]) -> None:
    """Raises where an array that the function writes shares memory with another argument."""
    for i, a in enumerate(written):
        for b in (*written[:i], *others):
            if np.may_share_memory(a, b) and _overlap(a, b):
                raise ArgumentError(
                    "two arguments share memory, and the function writes to one of them",
                    "pass a copy of one of them",
                )


def instance(cls: Any, /, **attributes: Any) -> Any:
    """An object of a class with these attributes, without running its `__init__`."""
    made = object.__new__(cls)
    for name, value in attributes.items():
        object.__setattr__(made, name, value)
    return made


def check_distinct(*arguments: Any) -> None:
    """Raises where a list, dict or object is found twice in the arguments, and may be changed."""
    seen: set[int] = set()
    work = list(arguments)
    while work:
        v = work.pop()
        if isinstance(v, list | dict) or hasattr(v, "__dataclass_fields__"):
            if id(v) in seen:
                raise ValueError(
                    "s2sad: a container is found twice in the arguments, and the function changes"
                    " one of those given; pass a copy of it"
                )
            seen.add(id(v))
        if isinstance(v, list | tuple):
            work += v
        elif isinstance(v, dict):
            work += v.values()
        else:
            work += [getattr(v, k) for k in getattr(v, "__dataclass_fields__", ())]


def _overlap(a: Any, b: Any) -> bool:
    try:
        work: Any = 10000
        return np.shares_memory(a, b, max_work=work)
    except np.exceptions.TooHardError:
        return True


def check_real(x: Any) -> None:
    """Raises where an array that the compiler knows nothing of is complex."""
    if isinstance(x, complex | np.ndarray | np.generic) and np.iscomplexobj(x):
        raise ArgumentError(
            "a function without a rule has returned complex numbers, and code was written for real"
            " ones",
            "say what it returns: np.asarray(f(x), dtype=complex)",
        )


def check_rows(arrays: tuple[Any, ...]) -> None:
    """Raises where the elements of an argument do not stand one after the other."""
    for a in arrays:
        if isinstance(a, np.ndarray) and not a.flags.c_contiguous:
            raise ArgumentError(
                "an argument is not contiguous, and the function writes through a reshaped view",
                "pass np.ascontiguousarray(...) of it",
            )


def store(a: Any, index: Any, v: Any) -> Any:
    """A copy of `a` in which `a[index] = v` was done."""
    a = np.array(a)
    a[index] = v
    return a


def scatter(a: Any, index: Any, v: Any) -> Any:
    """`store` where a place may be named twice: the last value stays."""
    a = a.copy()
    a[index] = v
    return a


def last_writes(shape: tuple[int, ...], index: Any) -> Any:
    """Which values stay when one writes at `index` of an array: a boolean for each."""
    order = np.empty(shape, np.intp)
    count = np.arange(order[index].size).reshape(np.shape(order[index]))
    order[index] = count
    return order[index] == count


def index_add(a: Any, index: Any, v: Any) -> Any:
    """A copy of `a` in which `v` was added at `index`, repeated indices adding up."""
    a = np.array(a)
    np.add.at(a, index, v)
    return a


def add_rows(a: Any, index: Any, v: Any) -> None:
    """`np.add.at(a, index, v)` for an array of row numbers: of elements NumPy adds faster."""
    rows, plain = np.ravel(index), a.flags.c_contiguous and a.size and np.size(index)
    rows = np.where(rows < 0, rows + len(a), rows) if plain and rows.min() < 0 else rows
    if not plain or rows.min() < 0 or rows.max() >= len(a):
        np.add.at(a, index, v)
        return
    values = np.broadcast_to(v, (*np.shape(index), *a.shape[1:])).reshape(rows.size, -1)
    width = values.shape[1]
    if width < 8:
        for k, column in enumerate(a.reshape(-1, width).T):
            np.add.at(column, rows, values[:, k])
        return
    flat, count = a.reshape(-1), max(1, 2**16 // width)
    for start in range(0, rows.size, count):
        part = slice(start, start + count)
        places = rows[part, None] * width + np.arange(width)
        np.add.at(flat, places.ravel(), values[part].ravel())


def add_windows(a: Any, window_shape: Any, axis: Any, v: Any) -> Any:
    """A copy of `a` in which `v` was added to its windows, as sliding_window_view has them."""
    sizes = tuple(window_shape) if isinstance(window_shape, tuple | list) else (window_shape,)
    axes = range(a.ndim) if axis is None else axis if isinstance(axis, tuple | list) else (axis,)
    a = np.array(a)
    for place in np.ndindex(*sizes):
        starts = [0] * a.ndim
        for i, k in zip(axes, place, strict=True):
            starts[i] += k
        ends = [k + n for k, n in zip(starts, v.shape, strict=False)]
        a[tuple(map(slice, starts, ends))] += v[(..., *place)]
    return a


def room(size: int, needed: int) -> int:
    """The number of rows to make for a list that has room for `size` and needs so many."""
    return size if needed <= size else max(needed, 2 * size)


def place(i: int, count: int) -> int:
    """Where item `i` of a list of so many items is; negative ones count from its end."""
    if not -count <= i < count:
        raise IndexError("list index out of range")
    return i + count if i < 0 else i


def resized(a: Any, size: int, new: int, shape: tuple[int, ...] | None = None) -> Any:
    """`a`, of `size` rows, with `new` rows: cut off, or followed by zeros; `a` itself if equal.

    shape: that of a row to come, which must be that of the rows there are.
    """
    if shape is not None and a.shape[1:] != shape:
        if size:
            raise ValueError("s2sad: the arrays in a list of unknown length have unequal shapes")
        return np.zeros((new, *shape), a.dtype)
    if new <= size:
        return a if new == size else a[:new]
    rows = np.zeros((new, *a.shape[1:]), a.dtype)
    rows[:size] = a
    return rows


def hypot(coordinates: tuple[float, ...]) -> float:
    """math.hypot of any number of coordinates."""
    return math.hypot(*coordinates)


def places_of_parts(indices: Any, size: int) -> Any:
    """The places of all elements that `ufunc.reduceat(a, indices)` reads, part by part."""
    starts, lengths = _parts(indices, size)
    first = np.cumsum(lengths) - lengths
    return np.arange(np.sum(lengths)) + np.repeat(starts - first, lengths)


def parts_of_places(indices: Any, size: int) -> Any:
    """For each of these elements the part that it is read for."""
    starts, lengths = _parts(indices, size)
    return np.repeat(np.arange(len(starts)), lengths)


def _parts(indices: Any, size: int) -> tuple[Any, Any]:
    """Where the parts of a `reduceat` begin and how many elements they have, one at least."""
    starts = np.asarray(indices, np.intp)
    return starts, np.maximum(np.append(starts[1:], size) - starts, 1)


def round_order(places: Any) -> Any:
    """The positions of `places` in rounds: those of first occurrences, of second ones and so on."""
    by_place = np.argsort(places, kind="stable")
    sorted_places = places[by_place]
    first = np.searchsorted(sorted_places, sorted_places)
    turn = np.empty_like(by_place)
    turn[by_place] = np.arange(len(places)) - first
    return np.argsort(turn, kind="stable")


def round_bounds(places: Any) -> Any:
    """Where each of these rounds begins and the last one ends."""
    counts = np.bincount(np.asarray(places, np.intp))
    rounds = np.bincount(counts)[::-1].cumsum()[::-1]
    return np.append(0, np.cumsum(rounds[1:]))


def sinc_derivative(x: Any, order: int) -> Any:
    """The derivative of this order (1, 2, ...) of sin(pi x) / (pi x).

    u f(u) = sin u gives u f_k + k f_(k-1) = sin(u + k pi / 2), which loses digits for u < k; there
    the power series is summed.
    """
    x = np.asarray(x)
    u = np.pi * x.astype(np.result_type(x, np.float64))
    far = np.abs(u) > max(1.5, order)
    safe = np.where(far, u, 1.0)
    found = np.sin(safe) / safe
    for k in range(1, order + 1):
        found = (np.sin(safe + 0.5 * np.pi * k) - k * found) / safe
    near = np.where(far, 0.0, u)
    first = order + order % 2
    coefficient = (-1.0) ** (first // 2) * math.factorial(first) / math.factorial(first + 1)
    term = coefficient / math.factorial(first - order) * near ** (first - order)
    total = term
    for n in range(first, first + 40 + 2 * order, 2):
        grown = (n + 1) / ((n + 3) * (n + 2 - order) * (n + 1 - order))
        term = -term * near * near * grown
        total = total + term
    made = np.pi**order * np.where(far, found, total)
    return made.astype(np.result_type(x, np.float16) if x.dtype.kind == "f" else float)[()]


def bessel_i(order: int, x: Any) -> Any:
    """The modified Bessel function of a whole order, from its integral with positive terms.

    I_n(x) = (x/2)^n / (sqrt(pi) Gamma(n + 1/2)) times the integral of exp(x cos t) sin(t)^(2n)
    over 0 < t < pi (Abramowitz and Stegun 9.6.18); the trapezoidal rule for a periodic function
    converges faster than any power.
    """
    x, order = np.asarray(x), abs(order)  # I_-n is I_n
    size = np.abs(x.astype(np.result_type(x, np.float64)))
    largest = np.max(np.where(np.isfinite(size), size, 0.0), initial=0.0)
    count = 24 + 2 * order + int(8.0 * np.sqrt(largest))
    total = 0.5 * (np.exp(-2.0 * size) + 1.0) if order == 0 else np.zeros_like(size)
    for k in range(1, count):  # one after the other: all at once would take much memory
        t = math.pi * k / count
        total = total + np.exp(size * (math.cos(t) - 1.0)) * math.sin(t) ** (2 * order)
    mean = total / count
    half = 0.5 * size
    factor = np.sqrt(np.pi) / math.gamma(order + 0.5) * np.sign(x) ** order
    made = np.exp(half) * (factor * half**order * mean) * np.exp(half)
    return made.astype(np.result_type(x, np.float16) if x.dtype.kind == "f" else float)[()]


def attempt(body: Any, handled: Any, *args: Any) -> BaseException | None:
    """What `body(*args)` raises of the classes `handled`; None if it ends."""
    try:
        body(*args)
    except handled as error:
        caught: BaseException = error
        return caught
    return None


def raise_under(modes: dict[str, Any], body: Any, *args: Any) -> None:
    """Run `body(*args)` under `np.errstate(**modes)`, for the errors that it raises."""
    with np.errstate(**modes):
        body(*args)

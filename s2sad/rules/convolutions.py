"""Convolution and correlation of sequences."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.asking import array_of
from s2sad.rules.domains import of_shape, reals, together, with_imaginary_part
from s2sad.rules.notation import at_compile_time, defined, rule

MODES = ("valid", "same", "full")


@at_compile_time
def named(mode):
    """The mode by its name; NumPy takes 0, 1 and 2 as well."""
    found = MODES[mode] if mode in (0, 1, 2) else mode
    if found not in MODES:
        raise ValueError(f"mode is 'valid', 'same' or 'full', not {mode!r}")
    return found


def length(n, m, mode):
    """The number of elements of a convolution; None where that is not known."""
    mode = named(mode)
    if not isinstance(n, int) or not isinstance(m, int):
        return None
    return n + m - 1 if mode == "full" else max(n, m) if mode == "same" else abs(n - m) + 1


def in_a_row(a):
    """A sequence; a number is one of a single element."""
    return np.reshape(a, (1,)) if a.ndim == 0 else a


def shaped(g, a):
    """A cotangent of a sequence, of a number if that was given."""
    return g[0] if a.ndim == 0 else g


def middle(a, v, g):
    """The cotangent of mode "same" as one of mode "full": zeros where that was cut off."""
    cut = min(a.size, v.size) - 1
    return between_zeros(cut // 2, g, cut - cut // 2)


def between_zeros(before, g, after):
    """A sequence with so many zeros before and after it."""
    return np.concatenate((np.zeros(before, g.dtype), g, np.zeros(after, g.dtype)))


def convolved_bar(a, v, mode, g):
    """The cotangent of a in np.convolve(a, v, mode), which is symmetric in a and v."""
    if mode == "same":
        return np.correlate(middle(a, v, g), conjugated(v), "valid")
    if mode == "full":
        return np.correlate(g, conjugated(v), "valid")
    if a.size < v.size:
        return np.flip(np.correlate(v, conjugated(g), "valid"))
    return np.convolve(g, np.flip(v), "full")


def conjugated(v):
    """np.correlate conjugates its second operand, where that is complex."""
    return np.conjugate(v) if np.iscomplexobj(v) else v


OPERANDS = [
    (of_shape(5), of_shape(3)),
    (of_shape(3), of_shape(5)),
    (of_shape(4), of_shape(2)),
    (of_shape(2), of_shape(5)),
    (of_shape(3), of_shape(4)),
    (of_shape(4), of_shape(4)),
    (of_shape(1), of_shape(3)),
    (of_shape(1), of_shape(1)),
]
NUMBERS = [(of_shape(4), of_shape(3), mode) for mode in (0, 1, 2)]
CASES = [*NUMBERS, *[(*pair, mode) for pair in OPERANDS for mode in MODES]]
SINGLE = [(of_shape(), of_shape(3), "same"), (of_shape(3), of_shape(), "full")]


@rule(np.convolve, multilinear="a v", on={"a v mode": together(*SINGLE, *CASES)})
class convolve:
    """ans_k = Σ_j a_j v_(k-j): all k ("full"), the middle ones, or where both overlap in full."""

    def primal(a, v, mode="full"):
        return np.convolve(a, v, mode)

    def shape(a, v, mode):
        return (length(*(x[0] if x else 1 for x in (a, v)), mode),)

    def adjoint(a, v, mode, ans_bar):
        a_bar = shaped(convolved_bar(in_a_row(a), in_a_row(v), named(mode), ans_bar), a)
        v_bar = shaped(convolved_bar(in_a_row(v), in_a_row(a), named(mode), ans_bar), v)
        return a_bar, v_bar


VECTOR = with_imaginary_part(reals)
COMPLEX_PAIRS = [
    (VECTOR.of(5), VECTOR.of(3)), (VECTOR.of(2), VECTOR.of(5)), (of_shape(4), VECTOR.of(4)),
    (VECTOR.of(4), of_shape(2)),
]  # fmt: skip


@rule(np.correlate, multilinear="a v", on={"a v mode": together(*CASES)}, analytic=False)
class correlate:
    """ans_k = Σ_j a_(j+k) v_j: all k ("full"), the middle ones, or where both overlap in full."""

    def primal(a, v, mode="valid"):
        return np.correlate(a, v, mode)

    def shape(a, v, mode):
        return (length(a[0], v[0], mode),)

    def adjoint(a, v, mode, ans_bar):
        a_bar = correlated_bar(a, v, named(mode), ans_bar)
        v_bar = other_bar(a, v, named(mode), ans_bar)
        return a_bar, v_bar


def correlated_bar(a, v, mode, g):
    """The cotangent of a in np.correlate(a, v, mode)."""
    if mode == "full":
        return np.convolve(g, v, "valid")
    if mode == "same":
        return np.convolve(whole(a, v, g), v, "valid")
    if a.size < v.size:
        return np.correlate(v, np.flip(g), "valid")
    return np.convolve(g, v, "full")


def other_bar(a, v, mode, g):
    """The cotangent of v in np.correlate(a, v, mode)."""
    if mode == "full":
        return np.flip(np.correlate(g, a, "valid"))
    if mode == "same":
        return np.flip(np.correlate(whole(a, v, g), a, "valid"))
    if a.size < v.size:
        return np.convolve(np.flip(g), a, "full")
    return np.correlate(a, g, "valid")


def whole(a, v, g):
    """The cotangent of mode "same" as one of mode "full".

    NumPy takes the middle of the correlation with the longer sequence first, and turns it round.
    """
    cut = min(a.size, v.size) - 1
    before = cut - cut // 2 if a.size < v.size else cut // 2
    return between_zeros(before, g, cut - before)


@defined(
    np.correlate, "a v", when="complex",
    on={
        "a v mode": together(
            *[(*pair, mode) for pair in COMPLEX_PAIRS for mode in MODES]
        )
    },
)  # fmt: skip
def complex_correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    """np.correlate of complex numbers: a convolution with v turned round and conjugated."""
    a, v, mode = array_of(a), array_of(v), named(mode)
    turned = np.flip(np.conjugate(v))
    if mode != "same":
        return np.convolve(a, turned, mode)
    cut = min(a.size, v.size) - 1
    before = cut - cut // 2 if a.size < v.size else cut // 2
    return np.convolve(a, turned, "full")[before : before + max(a.size, v.size)]

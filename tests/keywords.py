"""Every documented keyword of every function with a derivative: obeyed or refused, never ignored.

python -m tests.keywords [NAME...]      prints what breaks this, and how many calls were tried

A function is called as NumPy takes it, then with each of its keywords in turn, with values that
NumPy takes.  s2sad must give NumPy's value and dtype and the numeric derivative, or refuse the call
with an error of its own.
"""

from __future__ import annotations

import copy
import inspect
import itertools
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import s2sad
from s2sad.frontend.source import attach_source
from s2sad.numeric import directional, leaves
from tests.one_liners import VALUES

CALLS = (
    "(X)", "(u)", "(p + 1.0)", "(x)", "(A)", "(x, y)", "(p, y)", "(A, B)", "(A, b)", "(x, 2)",
    "(X, 1)", "([x, y])", "(X, (3, 5))",
    "(x, 0.3)", "(x, p)", "(s)", "(s, t)", "(S)", "(4, s)", "(m, x)", "(x, k)", "(x, 2, s)",
    "(x, -0.5, 0.5)", "(m, x, y)", "(X, 0, 1)", "(X, [0, 2], 1)", "(0.4, np.cumsum(p), x)",
    "('ij,jk', A, B)", "(x, k, y[:4])", "(x, y, 2)", "(k)", "(X, Y, 1)",
)  # fmt: skip
"""How functions may be called; the first that NumPy takes is the one."""

BASES = {
    "np.clip": ("(x, -0.5, 0.5)", "(X, None, 0.3)"),
    "np.interp": ("(0.4, np.cumsum(p), x)", "(x, np.cumsum(p), y)"),
}
"""For functions that take what they have no meaning for."""

OPTIONS: dict[str, tuple[str, ...]] = {
    "axis": ("0", "-1", "None", "(0, 1)", "1"),
    "axes": ("0", "1", "(1, 0)", "[(0, 1), (0, 1), (0, 1)]"),
    "keepdims": ("True", "False"),
    "dtype": ("np.float32", "'f8'", "float"),
    "out": ("np.zeros(np.shape(BASE))",),
    "where": ("m", "X > 0.0", "True"),
    "initial": ("1.5",),
    "mean": ("0.25",),
    "weights": ("p", "[1.0, 2.0, 3.0, 4.0, 5.0]"),
    "order": ("'F'", "'C'", "'K'", "'A'"),
    "casting": ("'same_kind'", "'unsafe'"),
    "mode": ("'wrap'", "'clip'", "'same'", "'valid'", "'edge'", "'reflect'", "'reduced'"),
    "copy": ("True", "False", "None"),
    "kind": ("'stable'", "'heapsort'"),
    "method": ("'hazen'", "'lower'", "'nearest'"),
    "indexing": ("'ij'",),
    "correction": ("1",),
    "ddof": ("1", "0.5"),
    "rowvar": ("False",),
    "ndmin": ("2", "3"),
    "n": ("2", "0"),
    "k": ("1", "-1"),
    "offset": ("1",),
    "axis1": ("1",),
    "axis2": ("0",),
    "decimals": ("1",),
    "prepend": ("0.5", "x[:1]"),
    "append": ("0.5",),
    "side": ("'right'",),
    "num": ("5",),
    "ord": ("1", "2", "np.inf", "'fro'", "'nuc'", "3"),
    "nan": ("2.0",),
    "posinf": ("3.0",),
    "neginf": ("-3.0",),
    "left": ("-1.0",),
    "right": ("2.0",),
    "period": ("3.5",),
    "base": ("3.0",),
    "dx": ("0.2",),
    "x": ("np.cumsum(p)",),
    "edge_order": ("2",),
    "shape": ("(4,)",),
    "reps": ("2",),
    "repeats": ("2",),
    "total_repeat_length": ("8",),
    "optimize": ("True", "'greedy'"),
    "rtol": ("1e-9",),
    "N": ("4",),
    "p": ("-2",),
    "sorter": ("np.argsort(x)",),
    "fill_value": ("s",),
    "default": ("s",),
}
"""Values for keywords; for those not listed, their defaults and a few plain values are tried."""

PLAIN = ("True", "False", "1")
LEAVE_OUT = frozenset({"like", "device", "signature", "extobj", "subok"})
"""Keywords without a meaning for arrays in memory."""


@dataclass(frozen=True)
class Call:
    """A call of a function, as text."""

    text: str

    def function(self) -> Any:
        """The function of the arguments x, y, ... that makes the call."""
        names = [n for n in VALUES if n != "nans"]
        active = [n for n in names if np.asarray(VALUES[n]).dtype.kind == "f"]
        source = f"def f({', '.join(active)}):\n    return {self.text}\n"
        space = {"np": np} | {n: VALUES[n] for n in names if n not in active}
        exec(compile(source, f"<{self.text}>", "exec"), space)
        return attach_source(space["f"], source)


def arguments() -> list[Any]:
    """Those of every call."""
    found = [v for n, v in VALUES.items() if n != "nans" and np.asarray(v).dtype.kind == "f"]
    return copy.deepcopy(found)


def taken(text: str) -> Any:
    """What NumPy returns for a call; None where it takes it not, or returns no floating array."""
    try:
        out = Call(text).function()(*arguments())
    except Exception:  # whatever NumPy raises, it does not take the call
        return None
    found = list(leaves(out))
    fits = all(isinstance(x, np.ndarray | np.generic | float) for x in found)
    return out if found and fits and all(np.all(np.isfinite(x)) for x in found) else None


def calls(name: str, of: Any, count: int = 1) -> Iterator[str]:
    """The first calls of a function that NumPy takes, and with each value of each keyword."""
    bases = (name + c for c in BASES.get(name, CALLS) if taken(name + c) is not None)
    for base in itertools.islice(bases, count):
        yield base
        yield from with_keywords(base, of)


def with_keywords(base: str, of: Any) -> Iterator[str]:
    """A call with each value of each keyword that NumPy takes."""
    for keyword in keywords_of(of):
        for value in OPTIONS.get(keyword, PLAIN):
            text = f"{base[:-1]}, {keyword}={value})"
            if keyword == "where" and isinstance(of, np.ufunc):
                text = f"{text[:-1]}, out=np.ones(np.shape(BASE)))"  # the rest of it is not written
            text = text.replace("BASE", base)
            if taken(text) is not None:
                yield text


def keywords_of(of: Any) -> list[str]:
    """The names of the options that a function documents."""
    if isinstance(of, np.ufunc):
        return ["out", "where", "dtype", "casting", "order"]
    try:
        found = inspect.signature(of).parameters.values()
    except (TypeError, ValueError):
        return ["axis", "out", "dtype", "casting"]
    return [p.name for p in found if p.default is not p.empty and p.name not in LEAVE_OUT]


def verdict(text: str) -> str:
    """right, refused, or what is wrong: an error not of s2sad, the value or the derivative."""
    f, given = Call(text).function(), arguments()
    wanted = taken(text)
    rng = np.random.default_rng(5)
    dots = [rng.normal(size=np.shape(a)) if np.ndim(a) else float(rng.normal()) for a in given]
    try:
        out, tangent = s2sad.jvp(f, given, dots)
        pulled, pull = s2sad.vjp(f, *given)
        bars = each(lambda x: cotangent(x, rng), wanted)
        cotangents = pull(bars)
    except s2sad.S2SADError:
        return "refused"
    except Exception as e:  # said by s2sad, where a value refuses the derivative, or not
        if str(e).startswith("s2sad: "):
            return "refused"
        return f"{type(e).__name__}: {str(e)[:100]}"
    pairs = list(zip(leaves(wanted), leaves(out), leaves(pulled), strict=True))
    for w, a, b in pairs:
        for found in (a, b):
            if np.shape(found) != np.shape(w) or np.asarray(found).dtype != np.asarray(w).dtype:
                return f"the value is {found!r}, not {w!r}"
            if not np.allclose(found, w, 1e-5, 1e-6, equal_nan=True):
                return f"the value is {found!r}, not {w!r}"
    numeric = directional(f, given, dots)
    single = any(np.asarray(w).real.dtype.itemsize < 8 for w, *_ in pairs)
    expected = total(bars, numeric)
    close = (5e-2, 5e-2) if single else (1e-5, 1e-6)
    for found in (total(bars, tangent), sum(map(inner, cotangents, dots))):
        if not np.allclose(found, expected, *close):
            return f"the derivative is {found}, not {expected}"
    return "right"


def each(f: Any, value: Any) -> Any:
    """A structure with f of its leaves."""
    from s2sad.numeric import each as mapped

    return mapped(f, value)


def cotangent(x: Any, rng: Any) -> Any:
    """A cotangent for a leaf."""
    dtype = np.asarray(x).dtype
    if dtype.kind not in "fc":
        return x
    made = rng.normal(size=np.shape(x))
    if dtype.kind == "c":
        made = made + 1j * rng.normal(size=np.shape(x))
    return made.astype(dtype) if isinstance(x, np.ndarray) else type(x)(np.asarray(made).item())


def inner(a: Any, b: Any) -> float:
    """The inner product of two leaves; 0 of those without a derivative."""
    if np.asarray(a).dtype.kind not in "fc":
        return 0.0
    return float(np.sum(np.real(np.multiply(a, b, dtype=np.result_type(a, b, float)))))


def total(bars: Any, dots: Any) -> float:
    """The inner product of two structures."""
    return sum(map(inner, leaves(bars), leaves(dots)))


def names() -> list[str]:
    """The functions of NumPy with a derivative."""
    from tests.supported import every

    spaces = ("np", "np.linalg", "np.fft")
    return [
        s.name
        for s in every()
        if s.kind == "derivative"
        and s.name.rpartition(".")[0] in spaces
        and s.name != "np.kaiser"  # what it takes for a size depends on the release of NumPy
    ]


def function_of(name: str) -> Any:
    """What a name stands for."""
    found: Any = np
    for part in name.split(".")[1:]:
        found = getattr(found, part)
    return found


def main(given: list[str]) -> None:
    """Try all calls and print those that are neither right nor refused."""
    counts: dict[str, int] = {}
    for name in given or names():
        with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
            for text in calls(name, function_of(name), 4):
                found = verdict(text)
                kind = found if found in ("right", "refused") else "broken"
                counts[kind] = counts.get(kind, 0) + 1
                if kind == "broken" or (given and kind == "refused"):
                    print(f"{text}\n    {found}", flush=True)
    print(counts)


if __name__ == "__main__":
    main(sys.argv[1:])

"""What becomes of a program: exact, refused, or failed, by its own numeric derivative."""

from __future__ import annotations

import contextlib
import copy
import functools
import importlib.util
import inspect
import io
import signal
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from s2sad import hvp, jvp, value_and_grad, vjp
from s2sad.errors import InternalError, S2SADError
from s2sad.numeric import complex_step

LARGEST = 1e6
MOST_SECONDS = 60
"""For one program."""

DATA = ("k", "q")
"""The arguments with respect to which nothing is differentiated."""


class TooLong(BaseException):
    """A program took more than the seconds it is given."""


@dataclass
class Verdict:
    """`kind` is "exact", "discarded", "refused: ..." or "failed: ..."; `detail` says more."""

    kind: str
    detail: str = ""

    @property
    def failed(self) -> bool:
        return self.kind.startswith("failed")


@dataclass
class Subject:
    """A function, what it is called with, what it gives and what it leaves in its arguments."""

    f: Callable[..., Any]
    primals: tuple[Any, ...]
    data: dict[str, Any]
    expected: Any
    left: tuple[Any, ...]
    single: bool  # precision

    def fresh(self) -> tuple[Any, ...]:
        return copy.deepcopy(self.primals)

    def bound(self) -> Callable[..., Any]:
        return functools.partial(self.f, **self.data)

    def spoilt(self, out: Any, args: tuple[Any, ...]) -> str:
        """Nothing where value and arguments are as the function has them, or these untouched."""
        differs = _differs(out, self.expected)
        if differs or not _differs(args, self.primals):
            return differs
        return _differs(args, self.left)


def arguments(seed: int, names: list[str], wider: int = 0) -> dict[str, Any]:
    """Mostly float64, some float32, the number of every kind a number can have."""
    rng = np.random.default_rng(seed)
    dtype = np.float32 if seed % 7 == 3 else np.float64
    n, p = (5 + 2 * wider, 3 + wider) if "q" in names else (3, 2)
    x, m = rng.normal(size=n).astype(dtype), rng.normal(size=(p, n)).astype(dtype)
    y = float(rng.normal())
    numbers: list[Any] = [y, y, np.float64(y), np.array(y), np.float32(y)]
    found = {"x": x, "y": numbers[seed % 5], "m": m, "k": int(rng.integers(0, 4))}
    found |= {"w": rng.normal(size=n).astype(dtype), "q": rng.integers(0, 3, size=n)}
    if wider:
        found["k"] = arguments(seed, names)["k"]
    return {name: found[name] for name in names}


@contextlib.contextmanager
def loaded(text: str) -> Iterator[Callable[..., Any]]:
    """The function `f` of a module with this text, which is a file meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.py"
        path.write_text(text)
        spec = importlib.util.spec_from_file_location("program", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module.f


def verdict_of(text: str, seed: int, second: bool, seconds: int = MOST_SECONDS) -> Verdict:
    """The judgement of a program; a failure where it takes too long."""

    def stop(*_: Any) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        return judge(text, seed, second)
    except TooLong:
        return Verdict("failed: too slow", f"more than {seconds} seconds")
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def judge(text: str, seed: int, second: bool = False) -> Verdict:
    """Run a program at the arguments of a seed and compare; `second` asks for second order too."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), loaded(text) as f:
        warnings.simplefilter("ignore")
        found = _judged(f, text, seed, 0, second)
        if not found.kind.startswith("exact") or "q" not in inspect.signature(f).parameters:
            return found
        other = _judged(f, text, seed, 1, False)
        if other.failed:
            return Verdict(f"{other.kind}, other sizes", other.detail)
        return found


def _judged(f: Any, text: str, seed: int, wider: int, second: bool) -> Verdict:
    args = arguments(seed, list(inspect.signature(f).parameters), wider)
    data = {name: args.pop(name) for name in DATA if name in args}
    primals = tuple(args.values())
    left = copy.deepcopy(primals)
    try:
        with np.errstate(divide="raise", invalid="raise", over="raise"):
            expected = f(*left, **copy.deepcopy(data))
    except Exception as error:
        return Verdict("discarded", f"{type(error).__name__}: {error}")
    if not isinstance(expected, float | np.ndarray | np.floating) or not _moderate(expected):
        return Verdict("discarded", "no finite floating number")
    single = "32" in text or any(getattr(a, "dtype", None) == np.float32 for a in primals)
    s = Subject(f, primals, data, copy.deepcopy(expected), left, single)
    try:
        return _compared(s, seed + wider, second)
    except InternalError as error:
        return Verdict("failed: internal error", str(error))
    except S2SADError as error:
        if error.location is None:
            return Verdict("failed: refused without a place", str(error))
        return Verdict(f"refused: {type(error).__name__}", error.problem)
    except Exception as error:
        return Verdict(f"failed: {type(error).__name__}", str(error))


def _moderate(value: Any) -> bool:
    if np.asarray(value).dtype.kind != "f":
        return False
    return bool(np.all(np.isfinite(value)) and np.all(np.abs(value) < LARGEST))


def _compared(s: Subject, seed: int, second: bool) -> Verdict:
    rng = np.random.default_rng(seed)
    tolerance = 5e-3 if s.single else 1e-6
    dots = tuple(_direction(a, rng) for a in s.primals)
    args = s.fresh()
    out, dot = jvp(s.bound(), args, dots)
    differs = s.spoilt(out, args)
    if differs:
        return Verdict("failed: value or arguments, jvp", differs)
    args = s.fresh()
    out, pull = vjp(s.bound(), *args)
    differs = s.spoilt(out, args)
    if differs:
        return Verdict("failed: value or arguments, vjp", differs)
    cotangent = _direction(out, rng)
    for a in (*args, out):
        if isinstance(a, np.ndarray) and a.flags.writeable:
            a[...] = np.nan  # which the pullback must not read any more
    bars = pull(cotangent)
    kinds = _kinds(dot, s.expected) or next(filter(None, map(_kinds, bars, s.primals)), "")
    if kinds:
        return Verdict("failed: shape or dtype", kinds)
    if not _balanced(cotangent, dot, bars, dots, 5e-3 if s.single else 1e-9):
        return Verdict("failed: reverse", f"{dot!r} forward, {bars!r} reverse")
    numeric = _numeric(s.bound(), s.primals, dots)
    if numeric is None or _far(dot, numeric, tolerance):
        kind = "exact, without numeric derivative" if numeric is None else "failed: forward"
        return Verdict(kind, f"{dot!r}, numeric {numeric!r}")
    failed = _of_number(s, bars, cotangent) if seed % 4 == 1 else None
    if failed is None and second and not s.single:
        failed = _second(s, dots, cotangent, tolerance * 10)
    return failed or Verdict("exact")


def _balanced(cotangent: Any, dot: Any, bars: Any, dots: Any, tolerance: float) -> bool:
    """The law of the transpose."""
    pairs = [(cotangent, dot), *zip(bars, dots, strict=True)]
    terms = [np.asarray(a, float) * np.asarray(b, float) for a, b in pairs]
    left, right = float(np.sum(terms[0])), float(sum(np.sum(t) for t in terms[1:]))
    size = max(1.0, *(float(np.sum(np.abs(t))) for t in terms))
    return abs(left - right) <= tolerance * size


def _of_number(s: Subject, bars: Any, cotangent: Any) -> Verdict | None:
    """`value_and_grad`, where the output is a number."""
    if isinstance(cotangent, np.ndarray):
        return None
    args = s.fresh()
    out, found = value_and_grad(s.bound(), tuple(range(len(args))))(*args)
    differs = s.spoilt(out, args)
    if differs:
        return Verdict("failed: value or arguments, value_and_grad", differs)
    if all(not _far(g * cotangent, b, 1e-3 if s.single else 1e-9) for g, b in zip(found, bars)):  # noqa: B905
        return None
    return Verdict("failed: value_and_grad", f"{found!r}, times {cotangent}: {bars!r}")


def _second(s: Subject, dots: Any, cotangent: Any, tolerance: float) -> Verdict | None:
    """Forward over reverse, and where the output is a number `hvp`, against differences."""
    if np.ndim(cotangent) or isinstance(cotangent, np.ndarray):
        return None

    def pulled(*at: Any) -> Any:
        return np.concatenate([np.ravel(b) for b in vjp(s.bound(), *at)[1](cotangent)])

    numeric = _numeric(pulled, s.primals, dots, analytic=False)
    if numeric is None:
        return None
    args = s.fresh()
    product = hvp(s.bound(), tuple(range(len(args))))(*args, dots)
    found = np.concatenate([np.ravel(b) for b in product]) * float(cotangent)
    if _far(found, numeric, tolerance):
        return Verdict("failed: second order", f"{found!r}, numeric {numeric!r}")
    return None


def _direction(like: Any, rng: np.random.Generator) -> Any:
    made = rng.normal(size=np.shape(like))
    if isinstance(like, np.ndarray):
        return np.asarray(made, like.dtype)
    return type(like)(made)


def _differs(found: Any, expected: Any) -> str:
    """Nothing where both are the same but for the last bits, of one dtype, and arrays or not."""
    if isinstance(expected, tuple):
        return next(filter(None, map(_differs, found, expected)), "")
    arrays = isinstance(found, np.ndarray) == isinstance(expected, np.ndarray)
    same = arrays and _kinds(found, expected) == ""
    if same and np.asarray(found).tobytes() == np.asarray(expected).tobytes():
        return ""
    if same and np.allclose(found, expected, rtol=0.0, atol=_ulps(expected), equal_nan=True):
        return ""  # a copy has another layout, and BLAS another order
    return f"{found!r}, and the function gives {expected!r}"


def _ulps(a: Any) -> float:
    dtype = np.asarray(a).dtype
    largest = float(np.max(np.abs(a), initial=1.0))
    return 4 * float(np.finfo(dtype).eps) * largest if dtype.kind == "f" else 0.0


def _kinds(found: Any, expected: Any) -> str:
    """Nothing where shape and dtype are the same, and no array stands for a number."""
    a, b = np.asarray(found), np.asarray(expected)
    number = isinstance(found, np.ndarray) and not isinstance(expected, np.ndarray)
    same = a.shape == b.shape and a.dtype == b.dtype and not number
    return "" if same else f"{found!r} of {a.dtype} for {expected!r} of {b.dtype}"


def _far(found: Any, expected: Any, tolerance: float) -> bool:
    size = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
    return not np.allclose(found, expected, rtol=tolerance, atol=tolerance * size)


def _numeric(g: Any, primals: tuple[Any, ...], dots: tuple[Any, ...], analytic: bool = True) -> Any:
    """The derivative along `dots` in double precision; None where no two step sizes agree."""
    wide = [_wide(a) for a in primals]

    def at(t: float) -> Any:
        moved = [_like(a, a + t * np.asarray(d, float)) for a, d in zip(wide, dots, strict=True)]
        return np.asarray(g(*moved), float)

    def slope(h: float) -> Any:
        return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)

    try:
        found, other = slope(1e-4), slope(3e-5)
    except Exception:
        return None  # the shapes or the trips hang on the last digit
    if not np.allclose(found, other, rtol=1e-6, atol=1e-7):
        return None
    exact = complex_step(g, tuple(wide), dots) if analytic else None
    if exact is not None and np.allclose(exact, found, rtol=1e-4, atol=1e-5):
        return exact
    return found


def _wide(a: Any) -> Any:
    if isinstance(a, np.ndarray):
        return a.astype(np.float64)
    return np.float64(a) if isinstance(a, np.floating) else a


def _like(a: Any, moved: Any) -> Any:
    return np.asarray(moved) if isinstance(a, np.ndarray) else type(a)(moved)

"""What becomes of a program: exact, refused, or failed, by its own numeric derivative."""

from __future__ import annotations

import contextlib
import copy
import functools
import importlib.util
import io
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from s2sad import hvp, jvp, vjp
from s2sad.errors import InternalError, S2SADError

LARGEST = 1e6


@dataclass
class Verdict:
    """`kind` is "exact", "discarded", "refused: ..." or "failed: ..."; `detail` says more."""

    kind: str
    detail: str = ""

    @property
    def failed(self) -> bool:
        return self.kind.startswith("failed")


def arguments(seed: int) -> tuple[Any, ...]:
    """x, y, m and k: mostly float64, some float32, the number of every kind a number can have."""
    rng = np.random.default_rng(seed)
    dtype = np.float32 if seed % 7 == 3 else np.float64
    x, m = rng.normal(size=3).astype(dtype), rng.normal(size=(2, 3)).astype(dtype)
    y = float(rng.normal())
    numbers: list[Any] = [y, y, np.float64(y), np.array(y), np.float32(y)]
    return x, numbers[seed % 5], m, int(rng.integers(0, 4))


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


def judge(text: str, seed: int, second: bool = False) -> Verdict:
    """Run a program at the arguments of a seed and compare; `second` asks for second order too."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), loaded(text) as f:
        warnings.simplefilter("ignore")
        args = arguments(seed)
        try:
            expected = f(*copy.deepcopy(args))
        except Exception as error:
            return Verdict("discarded", f"{type(error).__name__}: {error}")
        if not isinstance(expected, float | np.ndarray | np.floating) or not _moderate(expected):
            return Verdict("discarded", "no finite floating number")
        try:
            return _compared(f, args, expected, seed, "32" in text, second)
        except InternalError as error:
            return Verdict("failed: internal error", str(error))
        except S2SADError as error:
            where = "" if error.location is not None else " (without a place)"
            return Verdict(f"refused: {type(error).__name__}{where}", error.problem)
        except Exception as error:
            return Verdict(f"failed: {type(error).__name__}", str(error))


def _moderate(value: Any) -> bool:
    return bool(np.all(np.isfinite(value)) and np.all(np.abs(value) < LARGEST))


def _compared(
    f: Any, args: tuple[Any, ...], expected: Any, seed: int, single: bool, second: bool
) -> Verdict:
    rng = np.random.default_rng(seed)
    single = single or any(getattr(a, "dtype", None) == np.float32 for a in args)
    tolerance = 5e-3 if single else 1e-6
    primals, g = args[:3], functools.partial(f, k=args[3])
    before = copy.deepcopy(primals)
    dots = tuple(_direction(a, rng) for a in primals)
    out, dot = jvp(g, primals, dots)
    differs = _differs(out, expected) or _differs(primals, before)
    if differs:
        return Verdict("failed: value or arguments, jvp", differs)
    out, pull = vjp(g, *primals)
    differs = _differs(out, expected) or _differs(primals, before)
    if differs:
        return Verdict("failed: value or arguments, vjp", differs)
    cotangent = _direction(out, rng)
    bars = pull(cotangent)
    kinds = _kinds(dot, out) or next(filter(None, map(_kinds, bars, primals)), "")
    if kinds:
        return Verdict("failed: shape or dtype", kinds)
    left, right = _dot(cotangent, dot), sum(map(_dot, bars, dots))
    if not np.isclose(left, right, rtol=5e-3 if single else 1e-9, atol=5e-3 if single else 1e-9):
        return Verdict("failed: reverse", f"{left!r} forward, {right!r} reverse")
    numeric = _numeric(g, primals, dots)
    if numeric is None or _far(dot, numeric, tolerance):
        kind = "exact, without numeric derivative" if numeric is None else "failed: forward"
        return Verdict(kind, f"{dot!r}, numeric {numeric!r}")
    if second and not single:
        return _second(g, primals, dots, cotangent, tolerance * 10)
    return Verdict("exact")


def _second(g: Any, primals: Any, dots: Any, cotangent: Any, tolerance: float) -> Verdict:
    """Forward over reverse, and where the output is a number `hvp`, against differences."""

    def pulled(*at: Any) -> Any:
        return np.concatenate([np.ravel(b) for b in vjp(g, *at)[1](cotangent)])

    numeric = _numeric(pulled, primals, dots)
    if numeric is None or np.ndim(cotangent) or isinstance(cotangent, np.ndarray):
        return Verdict("exact")
    product = hvp(g, (0, 1, 2))(*primals, dots)
    found = np.concatenate([np.ravel(b) for b in product]) * float(cotangent)
    if _far(found, numeric, tolerance):
        return Verdict("failed: second order", f"{found!r}, numeric {numeric!r}")
    return Verdict("exact")


def _direction(like: Any, rng: np.random.Generator) -> Any:
    made = rng.normal(size=np.shape(like))
    if isinstance(like, np.ndarray):
        return np.asarray(made, like.dtype)
    return type(like)(made)


def _dot(a: Any, b: Any) -> float:
    return float(np.sum(np.asarray(a, float) * np.asarray(b, float)))


def _differs(found: Any, expected: Any) -> str:
    """Nothing where both are the same to the bit, of one type and dtype."""
    if isinstance(expected, tuple):
        return next(filter(None, map(_differs, found, expected)), "")
    same = _kinds(found, expected) == "" and type(found) is type(expected)
    if same and np.asarray(found).tobytes() == np.asarray(expected).tobytes():
        return ""
    return f"{found!r}, and the function gives {expected!r}"


def _kinds(found: Any, expected: Any) -> str:
    """Nothing where shape and dtype are the same."""
    a, b = np.asarray(found), np.asarray(expected)
    same = (a.shape, a.dtype) == (b.shape, b.dtype)
    return "" if same else f"{found!r} of {a.dtype} for {expected!r} of {b.dtype}"


def _far(found: Any, expected: Any, tolerance: float) -> bool:
    return not np.allclose(found, expected, rtol=tolerance, atol=tolerance)


def _numeric(g: Any, primals: tuple[Any, ...], dots: tuple[Any, ...]) -> Any:
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
    return found if np.allclose(found, other, rtol=1e-6, atol=1e-7) else None


def _wide(a: Any) -> Any:
    if isinstance(a, np.ndarray):
        return a.astype(np.float64)
    return np.float64(a) if isinstance(a, np.floating) else a


def _like(a: Any, moved: Any) -> Any:
    return np.asarray(moved) if isinstance(a, np.ndarray) else type(a)(moved)

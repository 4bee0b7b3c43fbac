"""From source text to functions that tracebacks, `inspect` and debuggers can show."""

from __future__ import annotations

import builtins
import contextlib
import functools
import hashlib
import linecache
import os
import threading
import types
import weakref
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from s2sad.backend import files
from s2sad.errors import Location
from s2sad.frontend.captures import Capture


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A derivative compiled for one signature.

    call: the generated entry function; it takes one value per parameter of the user's function
        (then, where the kind has one, the tangents) and returns what the user gets.
    source: the text of the generated module.
    captures: what the code depends on besides the arguments.
    extra: further functions of the module, such as the `pullback` of a "vjp".
    bindings: the run-time objects the text refers to by name, as given to `load`.
    backend: what runs it, "numpy" or "numba".
    stays: where loops were asked for, the reason why it runs on NumPy.
    checked: not empty once a call of this code, bound to whatever captures, passed its check.
    """

    call: Callable[..., Any]
    source: str
    captures: tuple[Capture, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    bindings: tuple[tuple[str, Any], ...] = ()
    backend: str = "numpy"
    stays: str = ""
    checked: list[bool] = field(default_factory=list, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Written:
    """The text of a module, the backend that it is for, and why it is not the one asked for."""

    source: str
    backend: str = "numpy"
    stays: str = ""
    at: Location | None = None


class _Alive:
    """Lies in the globals of a generated module and dies with them.

    (The globals themselves must be a plain dict, which takes no weak reference: CPython reads
    globals of any other type ten times slower.)
    """

    __slots__ = ("__weakref__",)


def load(
    source: str, bindings: Sequence[tuple[str, Any]] = (), name: str = "derivative", key: str = ""
) -> dict[str, Any]:
    """The globals of the module with text `source`, in which the names of `bindings` are bound.

    Its file, NAME_DIGEST.py among the generated files, is the same for the same text and key.
    `linecache` knows the text too, so tracebacks, `inspect.getsource` and pdb's breakpoints show
    the lines even where nothing can be written (the file is called `<s2sad NAME DIGEST>` then).
    """
    filename = _filename(name, source, key)
    space: dict[str, Any] = dict(bindings)
    space["__name__"] = "s2sad._generated"
    space["__builtins__"] = builtins
    space["__alive__"] = alive = _Alive()
    _show(filename, source, alive)
    exec(_compiled(source, filename), space)
    if not filename.startswith("<"):
        _keep_compiled(space)
    return space


def _keep_compiled(space: dict[str, Any]) -> None:
    """Let Numba keep beside the file what it compiles of it, where nobody else can write.

    Its index knows neither globals nor callees; the name of the file stands for both.
    """
    for value in list(space.values()):
        function = getattr(value, "py_func", None)
        if getattr(function, "__globals__", None) is not space or not files.is_private():
            continue
        with contextlib.suppress(RuntimeError, OSError):  # no place to write to
            value.enable_caching()


@functools.lru_cache(maxsize=128)
def _compiled(source: str, filename: str) -> types.CodeType:
    return compile(source, filename, "exec", dont_inherit=True)


def rebound(compiled: Compiled, captures: Sequence[Capture]) -> Compiled:
    """The same code for captures with other values (see `Capture.fits`), loaded anew.

    `captures` are those of `compiled`, in order, with the values that hold now.
    """
    now = {id(a.value): b.value for a, b in zip(compiled.captures, captures, strict=True)}
    bindings = tuple((name, now.get(id(value), value)) for name, value in compiled.bindings)
    space = load(compiled.source, bindings, compiled.call.__name__)
    extra = {
        key: space[value.__name__] if isinstance(value, types.FunctionType) else value
        for key, value in compiled.extra.items()
    }
    call = space[compiled.call.__name__]
    return replace(compiled, call=call, captures=tuple(captures), extra=extra, bindings=bindings)


def _filename(name: str, source: str, key: str) -> str:
    """The name of a file with this text, which is written for those who look at files only.

    So do Python 3.12 and older when they show an exception that nobody catches, and editors.
    Nothing is ever executed from the file.
    """
    name = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)[:64]
    data = source.encode()
    if "import numba\n" in source:
        key += files.build()  # what compiled code calls of s2sad is in it
    digest = hashlib.sha256(key.encode() + b"\0" + data).hexdigest()[:12]
    if files.enabled():
        path = files.directory() / f"{name}_{digest}.py"
        if _has_size(path, len(data)) or files.write(path, data):
            return str(path)
    return f"<s2sad {name} {digest}>"


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False


# ---- sources for linecache ---------------------------------------------------------------------

_shown: Counter[str] = Counter()
_lock = threading.RLock()  # a finalizer may run while this very thread holds it


def _renew_lock() -> None:
    global _lock
    _lock = threading.RLock()  # the thread that held it does not exist in the child


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


def _show(filename: str, source: str, alive: _Alive) -> None:
    """Keep the source in `linecache` until the last module of this name is gone."""
    with _lock:
        _shown[filename] += 1
        # Without a modification time `linecache.checkcache` leaves the entry alone.
        lines = source.splitlines(keepends=True)
        linecache.cache[filename] = (len(source), None, lines, filename)
    weakref.finalize(alive, _forget, filename).atexit = False


def _forget(filename: str) -> None:
    with _lock:
        _shown[filename] -= 1
        if not _shown[filename]:
            del _shown[filename]
            linecache.cache.pop(filename, None)

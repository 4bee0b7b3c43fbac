"""From the values of a call to the compiled derivative: by signature, guarded, bounded.

One `Specializations` belongs to one derivative.  `entries` is what the dispatcher reads at every
call, without a lock; everything else happens once per signature, under one lock.
"""

from __future__ import annotations

import functools
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from s2sad.backend import cache, files
from s2sad.backend.load import Compiled, rebound
from s2sad.dispatch import Entry, dispatcher
from s2sad.errors import InternalError, S2SADError
from s2sad.frontend.captures import GONE, Capture, guards, resolve, still_valid
from s2sad.frontend.request import Request
from s2sad.frontend.signature import (
    Demand,
    Identity,
    Key,
    Path,
    abstract,
    by_value,
    follow,
    hashable,
    key,
    leaf_paths,
)
from s2sad.ir.nodes import Param
from s2sad.matching import check_active
from s2sad.rules.declaration import COMPILED

Values: TypeAlias = tuple[Any, ...]

MAX_ENTRIES = 256
"""Signatures kept by one derivative, and by all of them together for functions made again."""
MAX_VARIANTS = 8
"""Specializations kept of one signature, for different values of globals and closures."""

_lock = threading.RLock()
_shared: OrderedDict[Key, Compiled] = OrderedDict()
"""Compiled derivatives by the code they were made from: for `grad(lambda x: ...)` in a loop."""


def _renew_lock() -> None:
    global _lock
    _lock = threading.RLock()  # the thread that held it does not exist in the child


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


class Specializations:
    """All compiled forms of one request, and the dispatcher that chooses among them."""

    def __init__(self, request: Request, deliver: Callable[[Compiled], Callable[..., Any]]) -> None:
        """`deliver` makes of a compiled derivative what the dispatcher calls with the values."""
        self.request = request
        self.entries: dict[Key, Entry] = {}
        self.latest: Compiled | None = None
        self._deliver = deliver
        self._variants: dict[Key, list[tuple[Compiled, Entry]]] = {}
        self._demands: dict[Key, frozenset[str]] = {}
        COMPILED.add(self)

    def forget(self) -> None:
        """Nothing that was compiled is valid any more."""
        with _lock:
            for kept in (self.entries, self._variants, self._demands, _shared):
                kept.clear()

    @functools.cached_property
    def dispatch(self) -> Callable[..., Any]:
        """A function with the parameters of the user's function; see `dispatcher`."""
        return dispatcher(self.request.parameters, self.entries, self._miss)

    def choose(self, values: Values) -> Any:
        """What the dispatcher would give, for values that are bound to the parameters already."""
        entry = self.entries.get(tuple(map(key, values)))
        if entry is not None and still_valid(entry[1]):
            return entry[0](*values)
        return self._miss(*values)

    def compiled_for(self, values: Values) -> Compiled:
        """What is called for these values."""
        with _lock:
            self._find(values)
            assert self.latest is not None
            return self.latest

    def compile(self, params: tuple[Param, ...]) -> Compiled:
        """The derivative for a signature given as such, not by values; not kept."""
        with _lock:
            return _compile(self.request, params)

    def replace(self, old: Callable[..., Any], new: Callable[..., Any]) -> None:
        """Calls `new` from now on wherever `old` was called."""
        with _lock:
            for at, (call, checks) in list(self.entries.items()):
                if call is old:
                    self.entries[at] = (new, checks)
            for variants in self._variants.values():
                for i, (compiled, (call, checks)) in enumerate(variants):
                    if call is old:
                        variants[i] = (compiled, (new, checks))

    def _miss(self, *values: Any) -> Any:
        """The call of a signature that is new, or whose captures have changed."""
        try:
            with _lock:
                call = self._find(values)
        except InternalError:
            raise
        except S2SADError as error:
            # The message says where in the user's code; the way through the compiler does not.
            raise error.with_traceback(None)  # noqa: B904 - the cause stays what it was
        return call(*values)

    def _find(self, values: Values) -> Callable[..., Any]:
        base = tuple(map(key, values))
        while True:
            static = self._demands.get(base, frozenset())
            paths = self._paths(values, static)
            exact = _exact(base, paths, values)
            try:
                entry = self._valid(exact, values) or self._made(exact, values, static)
            except Demand as demand:
                self._add_demand(base, static, demand.names)
                continue
            self._store(exact, entry)
            if static:
                self._store(base, (self._chosen_by_value(base, paths), ()))
            return entry[0]

    def _chosen_by_value(self, base: Key, paths: tuple[Path, ...]) -> Callable[..., Any]:
        """What is called for a signature some of whose leaves are static by demand."""

        def call(*values: Any) -> Any:
            entry = self.entries.get(_exact(base, paths, values))
            if entry is not None and still_valid(entry[1]):
                return entry[0](*values)
            return self._miss(*values)

        return call

    def _paths(self, values: Values, static: frozenset[str]) -> tuple[Path, ...]:
        if not static:
            return ()
        found = leaf_paths(self.request.parameters.names, values)
        return tuple(found[name] for name in sorted(static))

    def _add_demand(self, base: Key, static: frozenset[str], names: frozenset[str]) -> None:
        if names <= static:
            raise InternalError(f"the values of {sorted(names)} were asked for twice")
        if len(self._demands) >= MAX_ENTRIES:
            self._demands.clear()
        self._demands[base] = static | names

    def _store(self, at: Key, entry: Entry) -> None:
        if at not in self.entries and len(self.entries) >= MAX_ENTRIES:
            oldest = next(iter(self.entries))
            del self.entries[oldest]
            self._variants.pop(oldest, None)
        self.entries[at] = entry

    def _valid(self, exact: Key, values: Values) -> Entry | None:
        """A specialization made before whose captures have their values (again)."""
        variants = self._variants.get(exact, [])
        for i, (compiled, (call, checks)) in enumerate(variants):
            # Guards made anew see values that are equal without being the same object.
            now = checks if still_valid(checks) else self._guards(compiled, values)
            if now is not None:
                variants.insert(0, variants.pop(i))
                variants[0] = (compiled, (call, now))
                self.latest = compiled
                return call, now
        return None

    def _guards(self, compiled: Compiled, values: Values) -> Any:
        return guards(self.request.root, compiled.captures, self._arguments(values))

    def _arguments(self, values: Values) -> Mapping[str, Any]:
        return dict(zip(self.request.parameters.names, values, strict=True))

    def _made(self, exact: Key, values: Values, static: frozenset[str]) -> Entry:
        """A new specialization: of code made before for the same function, or compiled."""
        check_active(self.request, values)
        compiled = self._refitted(exact, values)
        if compiled is None:
            params = abstract(self.request.parameters.names, values, static)
            compiled = _obtain(self.request, params, self._arguments(values))
        checks = self._guards(compiled, values)
        if checks is None:
            return self._unguarded(compiled)
        entry = self._deliver(compiled), checks
        variants = self._variants.setdefault(exact, [])
        variants.insert(0, (compiled, entry))
        del variants[MAX_VARIANTS:]
        self.latest = compiled
        _share((_identity(self.request), exact), compiled)
        return entry

    def _refitted(self, exact: Key, values: Values) -> Compiled | None:
        """Code made before for other arrays in the same places, or for the same code elsewhere."""
        candidates = [compiled for compiled, _ in self._variants.get(exact, [])]
        shared = _shared.get((_identity(self.request), exact))
        if shared is not None:
            candidates.append(shared)
        for compiled in candidates:
            fitted = refit(compiled, self.request.root, self._arguments(values))
            if fitted is not None:
                return fitted
        return None

    def _unguarded(self, compiled: Compiled) -> Entry:
        """A capture changed while it was compiled for: right for this call and for no other."""
        self.latest = compiled
        return self._deliver(compiled), ((bool, None, True),)


def refit(compiled: Compiled, function: Any, arguments: Mapping[str, Any]) -> Compiled | None:
    """The same code bound to what `function` captures now; None where other code is needed."""
    captures = []
    changed = False
    for old in compiled.captures:
        try:
            value = resolve(function, old.path, arguments)
        except GONE:
            return None
        if not old.fits(value):
            return None
        changed = changed or value is not old.value
        captures.append(Capture(old.path, value, old.pattern))
    return rebound(compiled, captures) if changed else compiled


def _exact(base: Key, paths: tuple[Path, ...], values: Values) -> Key:
    """The key that also holds the values the compiler asked for."""
    return (base, paths, *[by_value(follow(values, path)) for path in paths]) if paths else base


def _identity(request: Request) -> Key:
    return tuple(p if hashable(p) else Identity(p) for p in request.identity)


def _share(at: Key, compiled: Compiled) -> None:
    _shared[at] = compiled
    _shared.move_to_end(at)
    if len(_shared) > MAX_ENTRIES:
        _shared.popitem(last=False)


def _obtain(request: Request, params: tuple[Param, ...], arguments: Mapping[str, Any]) -> Compiled:
    """From the disk cache, or else compiled and stored there."""
    name = cache.identify(request, params) if files.enabled() else None
    if name is None:
        return _compile(request, params)
    found = cache.read(name, request.root, arguments)
    if found is not None:
        return found
    try:
        compiled = _compile(request, params)
    except Demand as demand:
        cache.write_demand(name, demand.names)
        raise
    cache.write(name, compiled, arguments)
    return compiled


def _compile(request: Request, params: tuple[Param, ...]) -> Compiled:
    # At the first call, so that importing s2sad stays quick.
    from s2sad.pipeline import compile_derivative

    return compile_derivative(request, params)

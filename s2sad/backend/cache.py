"""The disk cache: generated source by function, signature and versions, across processes.

`S2SAD_CACHE=0` switches it off; `S2SAD_CACHE_DIR` says where it is, else the platform's cache
directory of the user.  An entry is one file, readable by its owner only: a line with the checksum
of the rest, then JSON.  It is written under another name and renamed, so that readers and
concurrent writers only ever see whole entries; whatever does not check out is not there.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from s2sad.backend import record
from s2sad.backend.load import Compiled
from s2sad.frontend.captures import GONE
from s2sad.frontend.request import Request
from s2sad.frontend.signature import Demand
from s2sad.ir.nodes import Param
from s2sad.version import __version__

FORMAT = "s2sad 1"
MAX_BYTES = 64 * 2**20
"""The oldest entries are removed where the directory holds more than this."""


def enabled() -> bool:
    """Whether the disk cache is used (environment variable S2SAD_CACHE)."""
    return os.environ.get("S2SAD_CACHE", "1").lower() not in ("0", "no", "off", "false")


def directory() -> Path:
    """Where entries are: S2SAD_CACHE_DIR or the user's cache directory on this platform."""
    given = os.environ.get("S2SAD_CACHE_DIR")
    if given:
        return Path(given)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "s2sad"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "s2sad" / "Cache"
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    # The standard says that a relative path is to be ignored.
    return (Path(xdg) if os.path.isabs(xdg) else Path.home() / ".cache") / "s2sad"


def identify(request: Request, params: tuple[Param, ...]) -> str | None:
    """The name of the entry for a request and a signature; None where no text can stand for it."""
    try:
        asked = record.describe_request(request)
        signature = [[p.name, record.describe_tree(p.tree)] for p in params]
    except record.NotDescribable:
        return None
    versions = [__version__, sys.version, sys.implementation.cache_tag, np.__version__]
    text = json.dumps([FORMAT, versions, asked, signature])
    return hashlib.sha256(text.encode()).hexdigest()


def read(name: str, function: Any, arguments: Mapping[str, Any]) -> Compiled | None:
    """The entry of this name, bound to the values its captures have now; None where it misses.

    Raises Demand where the compiler had asked for the values of leaves.
    """
    content = _read(directory() / name)
    if content is None:
        return None
    if "demand" in content:
        raise Demand(content["demand"])
    try:
        return record.revive(content, function, arguments)
    except (record.NotDescribable, ImportError, KeyError, TypeError, SyntaxError, *GONE):
        return None


def write(name: str, compiled: Compiled, arguments: Mapping[str, Any]) -> bool:
    """Store a compiled derivative; False where it cannot be described or written."""
    try:
        content = record.describe_compiled(compiled, arguments)
    except record.NotDescribable:
        return False
    return _write(directory(), name, content)


def write_demand(name: str, names: frozenset[str]) -> bool:
    """Store that the compiler needs the values of these leaves."""
    return _write(directory(), name, {"demand": sorted(names)})


# ---- files -------------------------------------------------------------------------------------


def _read(path: Path) -> dict[str, Any] | None:
    """The content of a whole entry that nobody else could have written."""
    try:
        with open(path, "rb") as file:
            if not _is_ours(os.fstat(file.fileno())):
                return None
            data = file.read()
        os.utime(path)  # what is used stays longest
    except OSError:
        return None
    head, _, body = data.partition(b"\n")
    if head != _checksum(body):
        return None
    content = json.loads(body)
    # Another entry of ours under this name, put there by a link, is not what is asked for.
    return content if isinstance(content, dict) and content.get("name") == path.name else None


def _is_ours(status: os.stat_result) -> bool:
    if not hasattr(os, "getuid"):
        return True  # the profile directory is private there
    return status.st_uid == os.getuid() and not stat.S_IMODE(status.st_mode) & 0o022


def _write(where: Path, name: str, content: dict[str, Any]) -> bool:
    body = json.dumps({"name": name, **content}).encode()
    temporary = where / f".{name[:16]}.{os.getpid()}.{secrets.token_hex(4)}"
    try:
        where.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            file.write(_checksum(body) + b"\n" + body)
        os.replace(temporary, where / name)
    except OSError:  # a full or read-only disk must not stop the user's program
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        return False
    if secrets.randbelow(16) == 0:  # looking through the directory is not for every time
        evict(where)
    return True


def _checksum(body: bytes) -> bytes:
    return f"{FORMAT} {hashlib.sha256(body).hexdigest()}".encode()


def evict(where: Path) -> None:
    """Remove the entries unused for longest until three quarters of the limit are left."""
    with contextlib.suppress(OSError):
        found = []
        with os.scandir(where) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):  # removed by another process meanwhile
                    found.append((entry.stat().st_mtime, entry.stat().st_size, entry.path))
        total = sum(size for _, size, _ in found)
        if total <= MAX_BYTES:
            return
        for _, size, path in sorted(found):
            if total <= MAX_BYTES * 3 // 4:
                return
            with contextlib.suppress(OSError):
                os.unlink(path)
            total -= size

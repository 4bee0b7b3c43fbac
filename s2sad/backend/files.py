"""The directory of generated files: where it is, and writing to it so that nobody sees a part.

`S2SAD_CACHE=0` switches it off; `S2SAD_CACHE_DIR` says where it is, else it is `s2sad` in the
platform's cache directory of the user.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import secrets
import stat
import sys
from pathlib import Path

MAX_BYTES = 64 * 2**20
"""The files unused for longest are removed where the directory holds more than this."""


def enabled() -> bool:
    """Whether anything is kept on disk (environment variable S2SAD_CACHE)."""
    return os.environ.get("S2SAD_CACHE", "1").lower() not in ("0", "no", "off", "false")


def debugging() -> bool:
    """Whether compiled code checks places in arrays (environment variable S2SAD_DEBUG)."""
    return os.environ.get("S2SAD_DEBUG", "0").lower() not in ("", "0", "no", "off", "false")


def directory() -> Path:
    """S2SAD_CACHE_DIR, or the directory in the user's cache."""
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


def read(path: Path) -> bytes | None:
    """The content of a file that nobody else could have written, or None."""
    try:
        with open(path, "rb") as file:
            if not _is_ours(os.fstat(file.fileno())):
                return None
            data = file.read()
        os.utime(path)  # what is used stays longest
    except OSError:
        return None
    return data


def _is_ours(status: os.stat_result) -> bool:
    if not hasattr(os, "getuid"):
        return True  # the profile directory is private there
    return status.st_uid == os.getuid() and not stat.S_IMODE(status.st_mode) & 0o022


def is_private() -> bool:
    """Whether nobody else can have written what lies in the directory, or beside it for Numba."""
    try:
        where = directory()
        within = where / "__pycache__"
        return _is_ours(where.stat()) and (not within.exists() or _is_ours(within.stat()))
    except OSError:
        return False


@functools.cache
def build() -> str:
    """The state of s2sad's own files: a compiler that was edited is another version."""
    found = []
    folders = [str(Path(__file__).parents[1])]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    status = entry.stat()
                    found.append((entry.path, status.st_mtime_ns, status.st_size))
                elif entry.is_dir() and entry.name != "__pycache__":
                    folders.append(entry.path)
    return hashlib.sha256(repr(sorted(found)).encode()).hexdigest()


def write(path: Path, data: bytes) -> bool:
    """Write a file readable by its owner only, whole or not at all; False where it cannot be."""
    temporary = path.parent / f".{path.name[:32]}.{os.getpid()}.{secrets.token_hex(4)}"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:  # a full or read-only disk must not stop the user's program
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        return False
    if secrets.randbelow(16) == 0:  # looking through the directory is not for every time
        evict(path.parent)
    return True


def evict(where: Path) -> None:
    """Remove the files unused for longest until three quarters of the limit are left."""
    found = []
    for folder in (where, where / "__pycache__"):
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):  # removed by another process meanwhile
                    status = entry.stat()
                    found.append((status.st_mtime, status.st_size, entry.path))
    total = sum(size for _, size, _ in found)
    if total <= MAX_BYTES:
        return
    for _, size, path in sorted(found):
        if total <= MAX_BYTES * 3 // 4:
            return
        with contextlib.suppress(OSError):
            os.unlink(path)
        total -= size

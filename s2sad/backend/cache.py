"""The disk cache: generated source by function, signature and versions, across processes.

An entry is a line with the checksum of the rest, then JSON.  Whatever does not check out is not
there, and is written anew.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from s2sad.backend import files, record
from s2sad.backend.load import Compiled
from s2sad.frontend.captures import GONE
from s2sad.frontend.request import Request
from s2sad.frontend.signature import Demand
from s2sad.ir.nodes import Param
from s2sad.rules import declaration
from s2sad.version import __version__

FORMAT = "s2sad 1"


def identify(request: Request, params: tuple[Param, ...]) -> str | None:
    """The name of the entry for a request and a signature; None where no text can stand for it."""
    try:
        asked = record.describe_request(request)
        signature = [[p.name, record.describe_tree(p.tree)] for p in params]
    except record.NotDescribable:
        return None
    versions = [
        __version__,
        files.build(),
        sys.version,
        sys.implementation.cache_tag,
        np.__version__,
    ]
    versions += ["debug"] if files.debugging() else []
    rules = declaration.digest(record.digest)
    if rules is None:
        return None
    text = json.dumps([FORMAT, versions, asked, signature, rules])
    return hashlib.sha256(text.encode()).hexdigest()


def read(name: str, function: Any, arguments: Mapping[str, Any]) -> Compiled | None:
    """The entry of this name, bound to the values its captures have now; None where it misses.

    Raises Demand where the compiler had asked for the values of leaves.
    """
    content = _read(name)
    if content is None:
        return None
    if "demand" in content:
        raise Demand(content["demand"])
    try:
        return record.revive(content, function, arguments)
    except (record.NotDescribable, ImportError, SyntaxError, *GONE):
        return None


def write(name: str, compiled: Compiled, arguments: Mapping[str, Any]) -> bool:
    """Store a compiled derivative; False where it cannot be described or written."""
    try:
        content = record.describe_compiled(compiled, arguments)
    except record.NotDescribable:
        return False
    return _write(name, content)


def write_demand(name: str, names: frozenset[str]) -> bool:
    """Store that the compiler needs the values of these leaves."""
    return _write(name, {"demand": sorted(names)})


def _read(name: str) -> dict[str, Any] | None:
    data = files.read(files.directory() / name)
    if data is None:
        return None
    head, _, body = data.partition(b"\n")
    if head != _checksum(body):
        return None
    content = json.loads(body)
    # Another entry of ours under this name, put there by a link, is not what is asked for.
    return content if isinstance(content, dict) and content.get("name") == name else None


def _write(name: str, content: dict[str, Any]) -> bool:
    body = json.dumps({"name": name, **content}).encode()
    return files.write(files.directory() / name, _checksum(body) + b"\n" + body)


def _checksum(body: bytes) -> bytes:
    return f"{FORMAT} {hashlib.sha256(body).hexdigest()}".encode()

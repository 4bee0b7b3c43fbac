"""Drop what nobody reads: forward values that backward does not need, and what led to them."""

from __future__ import annotations

from s2sad.ir.nodes import Function
from s2sad.ir.prune import prune


def drop_dead(f: Function) -> Function:
    """The function without dead statements, dead carried values and dead results of branches."""
    return Function(f.name, f.params, prune(f.body), f.result, f.doc, f.at)

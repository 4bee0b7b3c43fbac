"""Loops made better: fused, arrays that live for one iteration made numbers, the dead dropped."""

from __future__ import annotations

from collections.abc import Callable

from s2sad.loops.contract import contracted, without_dead
from s2sad.loops.fuse import Fusion, aliases_in, hand_over, have_in_common
from s2sad.loops.gather import Gathering
from s2sad.loops.nodes import Kernel, Name
from s2sad.loops.rows import shrink


def improve(kernel: Kernel, sizes: set[str], fresh: Callable[[str], str]) -> None:
    """All passes; `sizes` are the names that hold sizes of the arguments."""
    without_dead(kernel)
    aliases = aliases_in(kernel.body)
    returned = [r.name for r in kernel.results if isinstance(r, Name)]
    kernel.body = Fusion(hand_over(kernel.body, returned), aliases).fused(kernel.body)
    contracted(kernel)
    kernel.body = Fusion(have_in_common, aliases).fused(kernel.body)
    contracted(kernel)
    Gathering(kernel, sizes, fresh).run()
    shrink(kernel)
    without_dead(kernel)

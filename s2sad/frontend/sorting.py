"""sorted() by keys that are known at run time only: neighbours change places, as branches."""

from __future__ import annotations

from typing import Any

import gast

from s2sad.frontend.values import Sequence, Value

FEW = 12
"""So many items are sorted by branches; the number of these grows with the square."""


def sorted_at_run_time(
    s: Any, keys: list[Value], items: list[Value], reverse: bool, node: Any
) -> Sequence:
    """The items in the order of their keys; those of equal keys stay in the order they have."""
    pairs = [Sequence(tuple, [k, x]) for k, x in zip(keys, items, strict=True)]
    compare = gast.Gt() if reverse else gast.Lt()
    for end in range(len(pairs) - 1, 0, -1):
        for i in range(end):
            first, second = pairs[i], pairs[i + 1]
            wrong = s.truth(s.compare(compare, second.items[0], first.items[0], node))
            pairs[i : i + 2] = _exchanged(s, wrong, first, second)
    return Sequence(list, [p.items[1] for p in pairs], s.region)


def _exchanged(s: Any, wrong: Any, first: Value, second: Value) -> list[Value]:
    if isinstance(wrong, bool):
        return [second, first] if wrong else [first, second]
    swapped, kept = Sequence(tuple, [second, first]), Sequence(tuple, [first, second])
    found: Sequence = s.branch_expression(wrong, lambda: swapped, lambda: kept)
    return found.items

"""What is known of sizes: bounds of names, and what was tested."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from s2sad.analysis.sizes import Amount
from s2sad.loops.nodes import constant, replaced

DEPTH = 6


class Facts:
    """Bounds of names, innermost last.

    lower, upper: amounts that a name is not less, not more than.
    """

    def __init__(self) -> None:
        self.order: list[str] = []
        self.lower: dict[str, list[Amount]] = {}
        self.upper: dict[str, list[Amount]] = {}
        self.tested: list[Amount] = []
        self.always: list[Amount] = []
        self.sizes: set[str] = set()

    def is_size(self, a: Amount) -> bool:
        """Whether an amount is made of sizes of the arguments only."""
        return self.sizes.issuperset(a.symbols())

    def bound(self, name: str, low: Amount | None, high: Amount | None) -> None:
        """A name, and what it lies between."""
        if name not in self.order:
            self.order.append(name)
        if low is not None:
            self.lower.setdefault(name, []).append(low)
        if high is not None:
            self.upper.setdefault(name, []).append(high)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """What is learned in a region is forgotten at its end."""
        kept = (
            list(self.order),
            {k: list(v) for k, v in self.lower.items()},
            {k: list(v) for k, v in self.upper.items()},
            list(self.tested),
        )
        yield
        self.order, self.lower, self.upper, self.tested = kept

    def learn(self, a: Amount) -> None:
        """An amount is not negative: it was tested."""
        (self.always if self.is_size(a) else self.tested).append(a)

    def holds(self, a: Amount, depth: int = DEPTH) -> bool:
        """Whether an amount is certainly not negative."""
        n = constant(a)
        if n is not None:
            return n >= 0
        for known in (*self.tested, *self.always):
            n = constant(a - known)
            if n is not None and n >= 0:
                return True
        if depth == 0:
            return False
        for name in reversed(self.order):
            sign = _sign(a, name)
            if sign:
                options = self.lower if sign > 0 else self.upper
                found = (replaced(a, name, b) for b in options.get(name, ()))
                if any(self.holds(x, depth - 1) for x in found):
                    return True
        if depth == DEPTH:
            return any(self.holds(a - known, 2) for known in (*self.tested, *self.always))
        return False


def _sign(a: Amount, name: str) -> int:
    """The sign with which a name stands in an amount; 0 where it is not there or in a product."""
    for names, n in a.terms:
        if name in names:
            return (n > 0) - (n < 0) if names == (name,) else 0
    return 0

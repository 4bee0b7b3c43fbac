"""What is known of sizes: bounds of names, and what was tested."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

from s2sad.analysis.sizes import Amount
from s2sad.loops.nodes import constant, replaced

DEPTH = 6

Rest: TypeAlias = tuple[tuple[tuple[str, ...], int], ...]


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
        self.found: dict[Amount, bool] = {}
        self.apart: list[tuple[Rest, int]] | None = None

    def is_size(self, a: Amount) -> bool:
        """Whether an amount is made of sizes of the arguments only."""
        return self.sizes.issuperset(a.symbols())

    def bound(self, name: str, low: Amount | None, high: Amount | None) -> None:
        """A name, and what it lies between."""
        if name not in self.order:
            self.order.append(name)
        self._forget()
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
        self._forget()
        self.order, self.lower, self.upper, self.tested = kept

    def learn(self, a: Amount) -> None:
        """An amount is not negative: it was tested."""
        (self.always if self.is_size(a) else self.tested).append(a)
        self._forget()

    def holds(self, a: Amount) -> bool:
        """Whether an amount is certainly not negative."""
        if a not in self.found:
            self.found[a] = self._holds(a, DEPTH)
        return self.found[a]

    def _holds(self, a: Amount, depth: int) -> bool:
        n = constant(a)
        if n is not None:
            return n >= 0
        rest, number = _apart(a)
        if any(rest == other and number >= least for other, least in self._known()):
            return True
        if depth == 0:
            return False
        for name in reversed(self.order):
            sign = _sign(a, name)
            if sign:
                options = self.lower if sign > 0 else self.upper
                found = (replaced(a, name, b) for b in options.get(name, ()))
                if any(self._holds(x, depth - 1) for x in found):
                    return True
        if depth == DEPTH:
            names = set(a.symbols())
            near = (k for k in (*self.tested, *self.always) if names & set(k.symbols()))
            return any(self._holds(a - known, 2) for known in near)
        return False

    def _known(self) -> list[tuple[Rest, int]]:
        """What was tested, without its number, and the number."""
        if self.apart is None:
            self.apart = [_apart(k) for k in (*self.tested, *self.always)]
        return self.apart

    def _forget(self) -> None:
        """What follows from less, or from more, is found anew."""
        self.found = {}
        self.apart = None


def _apart(a: Amount) -> tuple[Rest, int]:
    """An amount without its number, and the number."""
    if a.terms and a.terms[0][0] == ():
        return a.terms[1:], a.terms[0][1]
    return a.terms, 0


def _sign(a: Amount, name: str) -> int:
    """The sign with which a name stands in an amount; 0 where it is not there or in a product."""
    for names, n in a.terms:
        if name in names:
            return (n > 0) - (n < 0) if names == (name,) else 0
    return 0

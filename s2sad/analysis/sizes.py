"""How many bytes values take: numbers, or formulas in the sizes that are known at the call only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from s2sad.ir.nodes import Atom, For, Lit, Var, While
from s2sad.ir.types import INT, Array, Dim, Number, Shape, Size, Type


@dataclass(frozen=True)
class Amount:
    """A sum of products of symbols: `{("m", "n"): 8, (): 4}` is 8*m*n + 4."""

    terms: tuple[tuple[tuple[str, ...], int], ...] = ()

    @staticmethod
    def of(terms: dict[tuple[str, ...], int]) -> Amount:
        """The amount with these terms, those that are zero left out."""
        return Amount(tuple(sorted((k, n) for k, n in terms.items() if n)))

    @staticmethod
    def number(n: int) -> Amount:
        """A known number."""
        return Amount.of({(): n})

    @staticmethod
    def symbol(name: str) -> Amount:
        """A number known by name only."""
        return Amount.of({(name,): 1})

    def __add__(self, other: Amount) -> Amount:
        found = dict(self.terms)
        for k, n in other.terms:
            found[k] = found.get(k, 0) + n
        return Amount.of(found)

    def __mul__(self, other: Amount) -> Amount:
        found: dict[tuple[str, ...], int] = {}
        for a, m in self.terms:
            for b, n in other.terms:
                key = tuple(sorted((*a, *b)))
                found[key] = found.get(key, 0) + m * n
        return Amount.of(found)

    def __sub__(self, other: Amount) -> Amount:
        return self + other * Amount.number(-1)

    def __str__(self) -> str:
        """The longest products first, the number last."""
        text = ""
        for names, n in sorted(self.terms, key=lambda term: (-len(term[0]), term[0])):
            size = "*".join((*([str(abs(n))] if abs(n) != 1 or not names else []), *names))
            sign = " - " if n < 0 else " + "
            text += (sign if text else sign.strip(" +")) + size
        return text or "0"

    def symbols(self) -> list[str]:
        """The names in it, each once."""
        return sorted({name for names, _ in self.terms for name in names})


def bytes_of(t: Type, name: str) -> Amount:
    """The bytes of the data of a value of this type; of what is not known, `bytes(name)`."""
    if isinstance(t, Number):
        return Amount.number(t.dtype.itemsize)
    if isinstance(t, Shape) and t.dims is not None:
        return Amount.number(INT.dtype.itemsize * len(t.dims))
    if not isinstance(t, Array) or t.dims is None or t.dtype is None:
        return Amount.symbol(f"bytes({name})")
    total = Amount.number(t.dtype.itemsize)
    for d in t.dims:
        total = total * _size(d)
    return total


def _size(d: Size) -> Amount:
    if isinstance(d, int):
        return Amount.number(d)
    name = f"size_{d.name[1:]}" if d.name.startswith("?") else d.name
    return Amount.symbol(name) + Amount.number(d.offset)


def trips(loop: For | While, canonical: Callable[[Size], Size]) -> Amount:
    """How often a loop runs; `trips_9` for a loop at line 9 where only the call knows.

    canonical: gives sizes that are known to be equal one name.
    """
    line = loop.at.line if loop.at is not None else 0
    unknown = Amount.symbol(f"trips_{line}")
    if isinstance(loop, While):
        return unknown
    bounds = [_bound(a, canonical) for a in (loop.start, loop.stop)]
    step = loop.step.value if isinstance(loop.step, Lit) else None
    start, stop = bounds
    if start is None or stop is None or not isinstance(step, int):
        return unknown
    if isinstance(loop.start, Lit) and isinstance(loop.stop, Lit):
        return Amount.number(len(range(loop.start.value, loop.stop.value, step)))
    return stop - start if step == 1 else unknown


def _bound(a: Atom, canonical: Callable[[Size], Size]) -> Amount | None:
    if isinstance(a, Lit):
        return Amount.number(a.value) if isinstance(a.value, int) else None
    size = a.type.size if isinstance(a, Var) and isinstance(a.type, Number) else None
    if isinstance(size, Dim | int):
        return _size(canonical(size))
    return None

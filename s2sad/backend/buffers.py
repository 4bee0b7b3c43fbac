"""What is known of the memory behind variables: pieces, and who may stand for them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Buffer:
    """A piece of memory: `holders` are the variables that may stand for it or for a part.

    `written` tells that a write in place relies on it.
    """

    fresh: bool = True
    holders: int = 0
    written: bool = False


@dataclass(slots=True)
class Held:
    """What a variable may stand for; `whole` unless it may be a view of it."""

    buffers: list[Buffer] = field(default_factory=list)
    whole: bool = True

    def owned(self) -> bool:
        return self.whole and all(b.fresh for b in self.buffers)


@dataclass(frozen=True, slots=True)
class Summary:
    """What callers may know: which results are arrays of their own, and whether arguments are kept.

    Arguments are kept if a record or a result may still refer to them.
    """

    fresh: tuple[bool, ...]
    keeps: bool

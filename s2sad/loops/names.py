"""Identifiers of loops: indices by depth, sizes, and what has no name in the IR."""

from __future__ import annotations

from s2sad.backend.names import LocalNames

LETTERS = "ijklpqrsuvwabcdefgh"


class Indices:
    """The indices of nests: one by depth, never a name of the user's."""

    def __init__(self, names: LocalNames, taken: set[str]) -> None:
        self.names = names
        self.taken = taken | names.used | names.module.taken
        self.letters = [x for x in LETTERS if x not in self.taken]
        self.letters += [f"i_{k}" for k in range(20) if f"i_{k}" not in self.taken]
        self.depth = 0
        self.numbers: dict[str, int] = {}

    def take(self, count: int) -> list[str]:
        """The indices of that many loops, one inside the other."""
        found = self.letters[self.depth : self.depth + count]
        self.depth += count
        return found

    def release(self, count: int) -> None:
        self.depth -= count

    def fresh(self, stem: str) -> str:
        """A name that nothing has: numbered."""
        while True:
            self.numbers[stem] = self.numbers.get(stem, 0) + 1
            name = f"{stem}_{self.numbers[stem]}"
            if name not in self.taken and name not in self.names.used:
                self.taken.add(name)
                self.names.used.add(name)
                return name

    def size(self, wish: str) -> str:
        """A name for a size."""
        if wish not in self.taken and wish not in self.names.used and wish not in self.letters[:8]:
            self.taken.add(wish)
            self.names.used.add(wish)
            return wish
        return self.fresh(wish if wish not in self.letters[:8] else "n")

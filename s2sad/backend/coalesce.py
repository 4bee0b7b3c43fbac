"""Out of single assignment: which variables of the IR share one Python variable.

Variables that are not alive together may share.  Those that a write in place makes one array come
first, then those that a copy joins (so that the copy disappears), then the versions of one user
variable, then a result that is computed into the buffer of an operand.  Two names of the user's
are never made one: `y = x` stays where the user let y be x.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from s2sad.backend.live import Live
from s2sad.ir.nodes import Var


def wanted(var: Var) -> tuple[str, str] | None:
    """The identifier a variable wants, and whose it is: the user's or the adjoint's `beta_x`."""
    if not var.hint:
        return None
    derived = var.hint.startswith(f"{var.role}_")
    return var.role if derived else "alpha", var.hint


class Classes:
    """A partition of the variables, each class an identifier to be."""

    def __init__(self, live: Live, fixed: Mapping[Var, str]) -> None:
        self.parent: dict[Var, Var] = {}
        self.members = dict(live.bits)
        self.rows = dict(live.rows)
        self.fixed = dict(fixed)
        self.hints = {v: wanted(v) for v in live.variables}
        self.first: dict[tuple[str, str], Var] = {}
        self.variables = [v for v in live.variables if v not in live.folded]

    def of(self, var: Var) -> Var:
        """The representative of a variable's class."""
        root = var
        while root in self.parent:
            root = self.parent[root]
        while var is not root:
            self.parent[var], var = root, self.parent[var]
        return root

    def same(self, a: Var, b: Var) -> bool:
        return self.of(a) is self.of(b)

    def compatible(self, a: Var, b: Var) -> bool:
        """Whether a common identifier misleads nobody: one name is wanted, or none."""
        first, second = self.hints[self.of(a)], self.hints[self.of(b)]
        if first is None or second is None:
            return a.role == b.role
        return first == second

    def join(self, a: Var, b: Var) -> bool:
        """Let two variables share an identifier if they can."""
        a, b = self.of(a), self.of(b)
        if a is b:
            return True
        if self.rows[a] & self.members[b] or self.rows[b] & self.members[a]:
            return False
        if a in self.fixed and b in self.fixed:
            return False
        if b in self.fixed:
            a, b = b, a
        self.parent[b] = a
        self.members[a] |= self.members[b]
        self.rows[a] |= self.rows[b]
        if self.hints[a] is None:
            self.hints[a] = self.hints[b]
        return True

    def join_versions(self) -> None:
        """Give the versions of one variable as few identifiers as they need."""
        groups: dict[tuple[str, str], list[Var]] = {}
        for var in self.variables:
            name = wanted(var)
            if name is None or self.hints[self.of(var)] != name:
                continue
            known = groups.setdefault(name, [])
            if not any(self.join(other, var) for other in known):
                known.append(var)
        self.first = {name: known[0] for name, known in groups.items() if known}

    def is_numbered(self, var: Var) -> bool:
        """Whether a variable with a name of its own has to share it with another."""
        name = wanted(var)
        return name in self.first and not self.same(var, self.first[name])


def coalesce(
    live: Live,
    fixed: Mapping[Var, str],
    writes: Iterable[tuple[Var, Var]],
    outputs: Iterable[tuple[Var, Var]],
) -> Classes:
    """The classes: `writes` are pairs of versions of one array, `outputs` of result and operand."""
    classes = Classes(live, fixed)
    for new, old in writes:
        classes.join(old, new)
    for target, source in live.moves:
        if classes.compatible(target, source):
            classes.join(target, source)
    classes.join_versions()
    for result, operand in outputs:
        if classes.compatible(result, operand) and not operand.hint:
            classes.join(operand, result)
    return classes

"""Which operations of a statement have adjoints that read a value."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator

from s2sad.errors import Location
from s2sad.ir.nodes import For, If, Let, Operand, Statement, Var, While
from s2sad.ir.walk import every, operand_vars
from s2sad.runtime import index_add, scatter, store

SIGNS = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "pow": "**",
    "matmul": "@",
    "neg": "-",
    "getitem": "[]",
}
WRITES = (store, scatter, index_add)


class Reading:
    """The operations among statements.

    apart: values that are recorded or kept themselves; varied: those that depend on what one
    differentiates with respect to.
    """

    def __init__(
        self, body: Iterable[Statement], apart: Container[Var], varied: Container[Var]
    ) -> None:
        self.apart, self.varied = apart, varied
        self.users: dict[Var, list[Let]] = {}
        self.lets: dict[Var, Let] = {}
        self.tests: set[tuple[str, int]] = set()
        self.ends: dict[Var, list[Operand]] = {}
        for s in every(body):
            if isinstance(s, If) and s.at is not None:
                self.tests.add((s.at.filename, s.at.line))
            for v, *ends in _ends(s):
                self.ends.setdefault(v, []).extend(ends)
            if isinstance(s, Let):
                self.lets[s.target] = s
                for v in {v for a in s.args for v in operand_vars(a)}:
                    self.users.setdefault(v, []).append(s)

    def signs(self, v: Var, place: Location) -> list[str]:
        """The operations at a place whose adjoints read `v`, or what is found from it again."""
        again = [x for w in self._names(v) for x in self._again(w)]
        near = [(w, s) for w in again for s in self._around(w) if s.at == place]
        exact = [s for w, s in near if self._is_read(w, s)]
        if not exact and (place.filename, place.line) in self.tests:
            return ["if"]
        found = exact or [s for w, s in near if w is v and s.primitive.wrt]
        return list(dict.fromkeys(map(_sign, found)))

    def _names(self, v: Var) -> list[Var]:
        """`v` and what ends a trip or a branch as `v`, which has its adjoint there."""
        found = [v]
        for w in found:
            ends = (x for x in self.ends.get(w, ()) if isinstance(x, Var))
            found += [x for x in ends if x not in found and x not in self.apart]
        return found

    def _around(self, v: Var) -> list[Let]:
        """The operations that `v` goes into, and the one that it comes from."""
        made = self.lets.get(v)
        return [*self.users.get(v, ()), *([made] if made is not None else ())]

    def _is_read(self, v: Var, s: Let) -> bool:
        """Whether the adjoint of an operation reads `v`."""
        told = _told(s, self.varied)
        args = zip(s.primitive.params, s.args, strict=False)
        names = {n for n, a in args if v in operand_vars(a)}
        return bool(names & told) or (s.target is v and "ans" in told)

    def _again(self, v: Var) -> Iterator[Var]:
        """The value itself, and what is linear in it, such as its parts."""
        seen, todo = {v}, [v]
        while todo:
            w = todo.pop()
            yield w
            for s in reversed(self.users.get(w, [])):
                carries = (
                    s.primitive.wrt and s.primitive.of not in WRITES and not self._is_read(w, s)
                )
                if carries and s.target not in seen and s.target not in self.apart:
                    seen.add(s.target)
                    todo.append(s.target)


def _ends(s: Statement) -> Iterator[tuple[Var, *tuple[Operand, ...]]]:
    """What a loop carries or a statement results in, with what its regions yield for it."""
    if isinstance(s, If):
        yield from zip(s.results, s.then.yields, s.orelse.yields, strict=True)
    elif isinstance(s, For | While):
        yield from zip(s.carried, s.body.yields, strict=True)
        yield from zip(s.results, s.body.yields, strict=True)


def _told(s: Let, varied: Container[Var]) -> set[str]:
    """The parameters that the adjoint of an operation reads: those of the templates of its rule.

    For an operand that is not varied there is no adjoint, and nothing is read for it.
    """
    p = s.primitive.rule
    named = dict(zip(s.primitive.params, s.args, strict=False))
    wrt = {n for n in p.wrt if any(v in varied for v in operand_vars(named.get(n, ())))}
    if p.partials is not None:
        parts = getattr(getattr(p.partials.plain, "body", None), "elts", ())
        if len(parts) != len(p.wrt):
            return set(p.partials.params) if wrt else set()
        return {x for n, part in zip(p.wrt, parts, strict=True) if n in wrt for x in _words(part)}
    told = {n for t in (p.adjoint, p.tangent) if t is not None for n in t.params}
    alone = {n for n in p.multilinear if wrt <= {n}}
    return told - set(p.linear) - alone if wrt else set()


def _words(tree: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}


def _sign(s: Let) -> str:
    module, _, name = s.primitive.name.rpartition(".")
    return SIGNS.get(name, s.primitive.name) if "operator" in module else s.primitive.name

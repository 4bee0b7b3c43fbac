"""Elementary functions in nests: those that LLVM vectorizes, in place of calls of the C library."""

from __future__ import annotations

from collections.abc import Callable

import numba

from s2sad.elementary import NAMED
from s2sad.loops.nodes import Apply, Expr, For, If, Nest, Stmt, While, with_exprs
from s2sad.loops.scalars import LARGER, SMALLER

TEXTS = {
    f"{f.scalar}({{0}}, {{1}})" if name == "power" else f"{f.scalar}({{0}})": f
    for name, f in NAMED.items()
}
"""How the functions are written by the lowering."""

EXTREMA = {LARGER: "larger", SMALLER: "smaller"}


def with_elementary(body: list[Stmt], named: Callable[[str, str], str]) -> list[Stmt]:
    """The statements with other functions in nests; `named` gives the name of a module's member.

    The functions are instructions: there is nothing to call where Numba is told not to compile.
    """
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return body

    def one(e: Expr) -> Expr:
        if not isinstance(e, Apply) or e.text not in (*TEXTS, *EXTREMA):
            return e
        found = TEXTS.get(e.text)
        if found is None:
            name = named("s2sad.elementary.extrema", EXTREMA[e.text])
        else:
            name = named(found.module, found.name)
        holes = ", ".join(f"{{{i}}}" for i in range(len(e.args)))
        return Apply(f"{name}({holes})", e.args)

    changed: list[Stmt] = []
    for s in body:
        match s:
            case Nest():
                changed.append(with_exprs(s, one, lambda a: a))
            case For():
                s.body[:] = with_elementary(s.body, named)
                changed.append(s)
            case While():
                s.before[:], s.body[:] = (with_elementary(b, named) for b in (s.before, s.body))
                changed.append(s)
            case If():
                s.then[:], s.orelse[:] = (with_elementary(b, named) for b in (s.then, s.orelse))
                changed.append(s)
            case _:
                changed.append(s)
    return changed

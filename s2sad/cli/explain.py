"""`s2sad explain`: what a derivative keeps for its backward part, how many bytes, and for whom."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import Any

from s2sad.analysis.recorded import Record, recorded
from s2sad.analysis.sizes import Amount
from s2sad.cli import notation
from s2sad.cli.facts import Facts, Row
from s2sad.cli.show import derived, wrt_of
from s2sad.cli.target import find
from s2sad.cli.text import shortened, speaks_unicode, table
from s2sad.derivative import Derivative
from s2sad.errors import OutputError
from s2sad.ir.nodes import For, Program, While
from s2sad.ir.tree import Tree

WIDEST = 44
"""Longer expressions are cut."""


def run(options: Namespace) -> int:
    """Print the table and the sums; see `s2sad explain --help`."""
    fun = find(options.target)
    known = notation.parse(options.types or "")
    facts, program = _derived(fun, options, known)
    records = recorded(program) if options.mode == "reverse" else ()
    rows = facts.rows(program, records)
    print(_table(rows, options.mode == "reverse"))
    print()
    if options.mode == "reverse":
        print("\n".join(_summary(facts, records)))
    else:
        print("forward mode records nothing")
    return 0


def _derived(
    fun: Callable[..., Any], options: Namespace, known: dict[str, Tree]
) -> tuple[Facts, Program]:
    argnums = wrt_of(options.wrt) or 0
    kinds = ["jvp"] if options.mode == "forward" else ["grad", "vjp"]
    for kind in kinds:
        facts = Facts(Derivative(fun, kind, argnums).request.root)
        try:
            return facts, derived(Derivative(fun, kind, argnums), known, facts.watch)
        except OutputError:
            if kind == kinds[-1]:
                raise
    raise AssertionError("no kind of derivative")


def _table(rows: list[Row], reverse: bool) -> str:
    head = ["line", "variable", "type", "varied", "useful", "active"]
    if reverse:
        head += ["for backward", "bytes", "read by the adjoint of"]
    cells = []
    for row in rows:
        marks = [
            "yes" if fact else "-" for fact in (row.varied, row.useful, row.varied and row.useful)
        ]
        name = shortened(row.name, WIDEST) + f" ({row.times} times)" * (row.times > 1)
        shown = [row.line, name, row.type or "-", *marks]
        if reverse:
            size = str(row.amount) if row.how not in ("", "argument") else ""
            shown += [row.how, size, shortened(", ".join(row.readers), WIDEST)]
        cells.append(shown)
    return table(head, cells, right=[0], plain=not speaks_unicode())


# ---- sums --------------------------------------------------------------------------------------


def _summary(facts: Facts, records: tuple[Record, ...]) -> list[str]:
    total, lines = Amount(), []
    loops: dict[For | While, Amount] = {}
    calls: dict[str, Amount] = {}
    kept = Amount()
    for r in records:
        size = facts.bytes_of(r)
        if r.how == "argument":
            continue
        total += facts.total_of(r)
        if r.loops:
            loops[r.loops[-1]] = loops.get(r.loops[-1], Amount()) + size
        elif r.callee:
            calls[r.callee] = calls.get(r.callee, Amount()) + size
        else:
            kept += size
    for loop, size in loops.items():
        line = loop.at.line if loop.at is not None else 0
        whole = sum_of(r for r in map(facts.total_of, _of_loop(records, loop)))
        lines.append(
            f"loop at line {line}, {facts.trips(loop)} trips: {size} bytes a trip, {whole} in all"
        )
    lines += [f"{facts.called(name)}: {size} bytes a call" for name, size in calls.items()]
    lines.append(f"kept by name: {kept} bytes")
    lines.append(f"alive when the backward part begins: {total} bytes, and the arguments")
    return lines + [f"  {s}: {facts.legend(s)}" for s in total.symbols() if facts.legend(s)]


def _of_loop(records: tuple[Record, ...], loop: For | While) -> list[Record]:
    return [r for r in records if r.loops and r.loops[-1] is loop]


def sum_of(amounts: Any) -> Amount:
    """The sum of amounts."""
    total = Amount()
    for a in amounts:
        total += a
    return total

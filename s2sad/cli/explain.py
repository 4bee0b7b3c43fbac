"""`s2sad explain`: what a derivative keeps for its backward part, how many bytes, and for whom."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import Any

from s2sad.analysis.recorded import Record, recorded
from s2sad.analysis.sizes import Amount
from s2sad.backend.load import Written
from s2sad.cli import notation
from s2sad.cli.facts import Facts, Row
from s2sad.cli.show import first_of, instead
from s2sad.cli.target import find
from s2sad.cli.text import shortened, speaks_unicode, table
from s2sad.derivative import Derivative
from s2sad.frontend.request import Request
from s2sad.ir.nodes import For, Program, While
from s2sad.ir.tree import Tree

WIDEST = 44
"""Longer expressions are cut."""


def run(options: Namespace) -> int:
    """Print the table and the sums; see `s2sad explain --help`."""
    from s2sad.pipeline import written

    fun = find(options.target)
    known = notation.parse(options.types or "")
    facts, request, program = _derived(fun, options, known)
    if options.backend == "numba":
        print(_verdict(written(request, program)) + "\n")
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
) -> tuple[Facts, Request, Program]:
    facts: list[Facts] = []

    def watch(walk: Any) -> None:
        facts[0].watch(walk)

    kinds = ["jvp"] if options.mode == "forward" else ["grad", instead(options.backend)]
    facts.append(Facts(Derivative(fun, kinds[0]).request.root))
    request, program = first_of(fun, kinds, options, known, watch)
    return facts[0], request, program


def _verdict(made: Written) -> str:
    """Whether loops are compiled, else what has none, where it stands, and what to write."""
    if made.backend == "numba":
        return "the derivative runs as loops that Numba compiles"
    from s2sad.loops.reasons import advice

    lines = [made.stays.removeprefix("s2sad: ")]
    lines += [made.at.excerpt()] if made.at is not None else []
    found = advice(made.stays)
    return "\n".join([*lines, found] if found else lines)


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

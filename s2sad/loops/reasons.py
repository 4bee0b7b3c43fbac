"""A module of loops, or NumPy's with the reason why: for `s2sad explain` and the warning."""

from __future__ import annotations

import re
from os.path import basename

from s2sad.backend.emit import emit
from s2sad.backend.load import Written
from s2sad.ir.nodes import Program
from s2sad.loops.module import module
from s2sad.loops.values import Unlowered

ADVICE = (
    (r"^a call of ", "write what it computes into the function, without recursion"),
    (
        r"unknown rank|unknown dtype|\?\[",
        'say the types: --types "x: f8[:, :]", or in an annotation',
    ),
    (r"dtype|^the value|of type (f2|c8|c16|i1|i2|i4|u\d)", "loops know f8, f4, i8 and bool only"),
    (r"axis that is not known|axes that are not known", "write the axis as a number"),
    (r"slice whose step|negative step", "write the loop over the places, or copy the part first"),
    (r"step that is not known", "write the step of the range as a number"),
    (r"^the argument .* of type", "pass arrays and numbers"),
    (r"called np or numba", "call that variable something else"),
    (r"from outside the function", "pass the array as an argument"),
    (r"dtype changes in a loop|changes its kind", "give the variable its last type at the start"),
)
"""What to write instead, by what the reason says."""


def by_loops(program: Program) -> Written:
    """The module of loops; where something has none, that of NumPy, which says what."""
    try:
        return Written(module(program), "numba")
    except Unlowered as found:
        place = "" if found.at is None else f" ({found.at})"
        name = program.entry.name
        why = f"{name} runs on NumPy: there are no loops yet for {found.what}"
        near = "" if found.at is None else f" ({basename(found.at.filename)}:{found.at.line})"
        source = f"# {why}{near}.\n{emit(program)}"
        return Written(source, "numpy", f"s2sad: {why}{place}", found.at)


def advice(stays: str) -> str:
    """What may be written instead, where that is known."""
    what = stays.partition(" no loops yet for ")[2]
    return next((text for pattern, text in ADVICE if re.search(pattern, what)), "")
